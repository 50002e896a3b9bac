"""What conditioning leaves of a recording: low-rate signals, on disk, read-only."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from detector.intervals import Spans, runs
from detector.recording import Repair, SampleArray

BANDS_HZ = ((0.2, 0.5), (0.5, 4.0), (4.0, 8.0), (8.0, float("inf")))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Gain and offset by axis that bring gravity at rest to 1 g, or the reason for none."""

    applied: bool
    reason: str
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset_g: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class NightSignal:
    """The signals of a recording at `hz` (at most 25) and once a second.

    (n,) at `hz`: `envelope_g`, `edge_envelope_g` RMS of the movement band over 0.5 and 0.15 s;
    `jerk_g_per_s`; `valid`; (n, 3) `acceleration_g`, the mean of the samples, with gravity.
    (m,) or (m, 3) once a second: `gravity_g`, `sd_g`, `range_g` by axis, NaN where not valid;
    (m, 4) `band_g2` mean square within `BANDS_HZ`, NaN where the rate does not reach.
    Where not valid the values at `hz` are 0 and mean nothing.
    `step_g` is the smallest step between values of the file; `gaps` (k, 2) s.
    """

    hz: float
    duration_s: float
    gravity_included: bool
    acceleration_g: SampleArray
    envelope_g: SampleArray
    edge_envelope_g: SampleArray
    jerk_g_per_s: SampleArray
    valid: npt.NDArray[np.bool_]
    gravity_g: SampleArray
    sd_g: SampleArray
    range_g: SampleArray
    band_g2: SampleArray
    gaps: Spans
    step_g: float
    calibration: Calibration
    repairs: tuple[Repair, ...]

    def valid_spans(self) -> Spans:
        """Return (k, 2) s, the unbroken valid stretches."""
        return runs(np.asarray(self.valid)) / self.hz


class Spool:
    """Rows of one type appended to an unnamed file, read back as one read-only array."""

    def __init__(self, dtype: npt.DTypeLike, width: int = 0) -> None:
        self._dtype = np.dtype(dtype)
        self._row = (width,) if width else ()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="detector-")  # noqa: SIM115
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

    def array(self) -> npt.NDArray[np.generic]:
        """Return all rows, mapped from the file; the file goes when the array goes."""
        shape = (self.rows, *self._row)
        with self._file:
            if not self.rows:
                return np.empty(shape, dtype=self._dtype)
            self._file.flush()
            return np.memmap(self._file, dtype=self._dtype, mode="r", shape=shape)

    def close(self) -> None:
        """Let the file go, also where its rows were never asked for."""
        self._file.close()
