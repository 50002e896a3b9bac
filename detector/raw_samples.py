"""A recording's samples about some moments, at its full rate, after it was read through.

They are kept on disk while a recording is read: that costs a hundredth of a second where reading it
a second time would cost as much as the analysis, and standard input can be read only once.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, Any

import numpy as np

from detector.intervals import Spans
from detector.recording import Chunk, FloatArray, Recording, SampleArray

ROOM_LEFT_BYTES = 2**30  # of the disk, which the signals of the analysis need too
_ROW_BYTES = 16  # three axes and a stamp in float32


@dataclass(frozen=True, slots=True)
class RawPiece:
    """Samples of a stretch: `t_s` (n,) s from the recording's first, `acceleration_g` (3, n)."""

    t_s: FloatArray
    acceleration_g: SampleArray


# Spans (k, 2) in s to a piece each, which may be empty
RawSource = Callable[[Spans], Sequence[RawPiece]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a chunk lies in the file; its stamps count from `first_s`."""

    first_s: float
    last_s: float
    offset: int
    rows: int


class SampleSpool:
    """Keeps what one pass over a recording reads in an unnamed file, while the disk has room."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._chunks: list[_Kept] = []
        self._begun = False

    def watching(self, recording: Recording) -> Recording:
        """Return the recording, of which the first pass is kept."""
        return replace(recording, open_chunks=partial(self._pass, recording.open_chunks))

    def _pass(self, open_chunks: Callable[[], Iterable[Chunk]]) -> Iterator[Chunk]:
        keeping = not self._begun
        self._begun = True
        for chunk in open_chunks():
            if keeping and chunk.t_s.size:
                keeping = self._keep(chunk)
            yield chunk

    def _keep(self, chunk: Chunk) -> bool:
        """Append a chunk; where there is no room for it nothing is kept any more."""
        first_s = float(chunk.t_s[0])
        offset = self._chunks[-1].offset + _ROW_BYTES * self._chunks[-1].rows if self._chunks else 0
        if shutil.disk_usage(tempfile.gettempdir()).free < ROOM_LEFT_BYTES:
            self.close()
            return False
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="detector-")  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            self._file.write(np.ascontiguousarray(chunk.acceleration_g, dtype=np.float32).data)
            self._file.write((chunk.t_s - first_s).astype(np.float32).data)
        except OSError:
            self.close()
            return False
        self._chunks.append(_Kept(first_s, float(chunk.t_s[-1]), offset, chunk.t_s.size))
        return True

    def pieces(self, spans: Spans) -> list[RawPiece]:
        """Return the samples of each span (k, 2) in s; empty ones where nothing was kept."""
        return [self._piece(start, stop) for start, stop in spans.tolist()]

    def _piece(self, start_s: float, stop_s: float) -> RawPiece:
        touched = [one for one in self._chunks if one.first_s < stop_s and one.last_s >= start_s]
        return joined([self._cut(one, start_s, stop_s) for one in touched])

    def _cut(self, kept: _Kept, start_s: float, stop_s: float) -> RawPiece:
        stamps = self._read(kept.offset + 12 * kept.rows, kept.rows)
        first, last = np.searchsorted(stamps, (start_s - kept.first_s, stop_s - kept.first_s))
        rows = [
            self._read(kept.offset + 4 * (axis * kept.rows + int(first)), int(last - first))
            for axis in range(3)
        ]
        return RawPiece(kept.first_s + stamps[first:last].astype(np.float64), np.array(rows))

    def _read(self, offset: int, count: int) -> SampleArray:
        values = np.empty(count, dtype=np.float32)
        file: Any = self._file  # typing.IO knows no readinto
        file.seek(offset)
        file.readinto(values.data)
        return values

    def close(self) -> None:
        """Let the file go."""
        self._chunks = []
        if self._file is not None:
            self._file.close()
            self._file = None


def second_pass(recording: Recording) -> RawSource:
    """Return what reads a recording through once more and keeps only what lies within spans."""

    def pieces(spans: Spans) -> list[RawPiece]:
        found: list[list[RawPiece]] = [[] for _ in spans]
        for chunk in recording.chunks():
            bounds = np.searchsorted(chunk.t_s, spans)
            for index in np.flatnonzero(bounds[:, 0] < bounds[:, 1]):
                part = slice(*bounds[index])
                found[index].append(RawPiece(chunk.t_s[part], chunk.acceleration_g[:, part].copy()))
        return [joined(parts) for parts in found]

    return pieces


def joined(parts: Sequence[RawPiece]) -> RawPiece:
    """Return pieces that follow each other as one."""
    return RawPiece(
        np.concatenate([np.empty(0), *(part.t_s for part in parts)]),
        np.concatenate(
            [np.empty((3, 0), dtype=np.float32), *(part.acceleration_g for part in parts)], axis=1
        ),
    )
