"""What conditioning leaves of a recording: low-rate signals, on disk, read piece by piece."""

from __future__ import annotations

import math
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from detector.criteria import ConditioningCriteria
from detector.intervals import IndexSpans, Spans, empty_spans, merge, runs
from detector.recording import FloatArray, Repair

BANDS_HZ = ((0.2, 0.5), (0.5, 4.0), (4.0, 8.0), (8.0, float("inf")))
STRETCH = 2**16  # rows that are looked at at a time: 44 min at 25 Hz
WINDOW = 2**13  # rows that are read for the sake of a few of them: 5 min at 25 Hz

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Gain and offset by axis that bring gravity at rest to 1 g, or the reason for none."""

    applied: bool
    reason: str
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset_g: tuple[float, float, float] = (0.0, 0.0, 0.0)


def stretches(rows: int, multiple: int = 1) -> Iterator[tuple[int, int]]:
    """Yield first and stop of stretches that make up `rows`, each but the last of a multiple."""
    length = max(1, STRETCH // multiple) * multiple
    for first in range(0, rows, length):
        yield first, min(first + length, rows)


class Track(Generic[T]):
    """Rows (n,) or (n, width) of one type in an unnamed file, of which slices are read.

    A slice is an array of its own: of a week no more is in memory than is being looked at, where
    a memory map would keep every page that was ever touched. `track[:]` is all of it. Short slices
    come from a window that is kept, as the next is often near.
    """

    def __init__(self, file: IO[bytes], dtype: np.dtype[T], shape: tuple[int, ...]) -> None:
        self._file: Any = file  # typing.IO knows no readinto
        self._row_bytes = dtype.itemsize * math.prod(shape[1:])
        self._window = np.empty((0, *shape[1:]), dtype=dtype)
        self._window_first = 0
        self.dtype = dtype
        self.shape = shape
        weakref.finalize(self, file.close)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def size(self) -> int:
        """Return the number of values."""
        return math.prod(self.shape)

    def __getitem__(self, part: slice) -> npt.NDArray[T]:
        first, last, step = part.indices(len(self))
        if step != 1:
            raise ValueError("a track is read row by row, not in steps")
        last = max(first, last)
        if last - first > WINDOW // 2:
            return self._read(first, last)
        if first < self._window_first or last > self._window_first + len(self._window):
            self._window_first = max(0, first - WINDOW // 4)
            self._window = self._read(
                self._window_first, min(self._window_first + WINDOW, len(self))
            )
        return self._window[first - self._window_first : last - self._window_first].copy()

    def _read(self, first: int, last: int) -> npt.NDArray[T]:
        rows = np.empty((last - first, *self.shape[1:]), dtype=self.dtype)
        self._file.seek(first * self._row_bytes)
        self._file.readinto(rows.data)
        return rows

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a track is on disk: an array of it is a copy")
        return self[:].astype(dtype or self.dtype, copy=False)


def track_runs(mask: Track[np.bool_]) -> IndexSpans:
    """Return (k, 2) start and stop of the True runs of a track (n,); stop exclusive."""
    cut = [runs(mask[first:last]) + first for first, last in stretches(len(mask))]
    return merge(np.vstack((empty_spans(), *cut))).astype(np.int64)


@dataclass(frozen=True, slots=True)
class NightSignal:
    """The signals of a recording at `hz` (at most 25) and once a second, each a track on disk.

    (n,) at `hz`: `envelope_g`, `edge_envelope_g` RMS of the movement band over 0.5 and 0.15 s;
    `jerk_g_per_s`; `valid`; `jumps` where the recorder began, or ceased, to hold a value; (n, 3)
    `acceleration_g`, the mean of the samples, with gravity.
    (m,) or (m, 3) once a second: `gravity_g`, `sd_g`, `range_g` by axis, NaN where not valid;
    (m, 4) `band_g2` mean square within `BANDS_HZ`, NaN where the rate does not reach.
    Where not valid the values at `hz` are 0 and mean nothing.
    `step_g` is the smallest step between values of the file; `gaps` (k, 2) s; `conditioned` is how
    the signals were made.
    """

    hz: float
    duration_s: float
    gravity_included: bool
    acceleration_g: Track[np.float32]
    envelope_g: Track[np.float32]
    edge_envelope_g: Track[np.float32]
    jerk_g_per_s: Track[np.float32]
    valid: Track[np.bool_]
    jumps: Track[np.bool_]
    gravity_g: Track[np.float32]
    sd_g: Track[np.float32]
    range_g: Track[np.float32]
    band_g2: Track[np.float32]
    gaps: Spans
    step_g: float
    calibration: Calibration
    repairs: tuple[Repair, ...]
    conditioned: ConditioningCriteria

    def valid_spans(self) -> Spans:
        """Return (k, 2) s, the unbroken valid stretches."""
        return track_runs(self.valid) / self.hz

    def known_band_g2(self, band: int) -> FloatArray:
        """Return (k,) the mean squares in one of `BANDS_HZ`, of the seconds that have one."""
        parts = [self.band_g2[first:last][:, band] for first, last in stretches(len(self.band_g2))]
        values = np.concatenate((np.empty(0, dtype=np.float32), *parts))
        return values[~np.isnan(values)].astype(np.float64)


class Spool(Generic[T]):
    """Rows of one type appended to an unnamed file, read back as a track."""

    def __init__(self, dtype: type[T], width: int = 0) -> None:
        self._dtype = np.dtype(dtype)
        self._row = (width,) if width else ()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="detector-")  # noqa: SIM115
        self._handed_over = False
        self.rows = 0

    def append(self, values: npt.ArrayLike) -> None:
        """Append rows, of shape (k,) or (k, width)."""
        block = np.ascontiguousarray(values, dtype=self._dtype)
        if block.shape[1:] != self._row:
            raise ValueError(f"rows have shape {block.shape[1:]}, not {self._row}")
        self._file.write(block.data)
        self.rows += len(block)

    def fill(self, rows: int, value: float) -> None:
        """Append rows of one value until there are `rows`."""
        while self.rows < rows:
            count = min(rows - self.rows, 2**16)
            self.append(np.full((count, *self._row), value, dtype=self._dtype))

    def track(self) -> Track[T]:
        """Return all rows, no more to be appended; the file goes when the track goes."""
        self._file.flush()
        self._handed_over = True
        return Track(self._file, self._dtype, (self.rows, *self._row))

    def close(self) -> None:
        """Let the file go, where no track has it."""
        if not self._handed_over:
            self._file.close()
