"""Samples on an even grid: stamps in, evenly spaced samples of each unbroken run out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.recording import Chunk, FloatArray

NIGHT_HZ = 25.0
ALIGN_HZ = 5.0
_ROUNDING = 1e-6  # of a sample: what stamps in floating point may be off


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates that belong to a recording of one rate.

    `work_hz` the even grid, the file's rate or a little above it; `night_hz` the low-rate signals;
    `per_cell` grid samples to one of these; `per_align` cells to the fifth of a second, or the one
    cell of a slow file, that pieces are whole multiples of.
    """

    work_hz: float
    night_hz: float
    per_cell: int
    per_align: int

    @property
    def align(self) -> int:
        """Return the samples that a piece is a multiple of: they tell a filter what rest is."""
        return self.per_cell * self.per_align

    @classmethod
    def of(cls, hz: float) -> Rates:
        """Return the rates for a recording of `hz`; 2 % below 25 Hz still counts as 25 Hz."""
        if hz >= 0.98 * NIGHT_HZ:
            per_cell = max(1, math.ceil(hz / NIGHT_HZ - 0.02))
            return cls(NIGHT_HZ * per_cell, NIGHT_HZ, per_cell, round(NIGHT_HZ / ALIGN_HZ))
        return cls(hz, hz, 1, max(1, round(hz / ALIGN_HZ)))


@dataclass(frozen=True, slots=True)
class Piece:
    """Grid samples `first`, `first` + 1, ...: `samples` (3, k); `opens` after a gap.

    `edges` are the samples at which the recorder began, or ceased, to hold a value.
    """

    first: int
    samples: FloatArray
    opens: bool
    edges: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return int(self.samples.shape[1])


def bridged_s(hz: float, bridge_s: float) -> float:
    """Return the longest hole that is bridged: never less than two and a half samples."""
    return max(bridge_s, 2.5 / hz)


def pieces(
    chunks: Iterable[Chunk], work_hz: float, align: int, longest_hole_s: float
) -> Iterator[Piece]:
    """Yield the samples of `chunks` on the grid k / `work_hz`, by straight lines between stamps.

    A piece begins and ends at a multiple of `align` samples; what is left at the end of a run is
    dropped, so that nothing is ever made up beyond the last stamp before a gap.
    """
    t = np.empty(0)
    samples: npt.NDArray[np.float32] = np.empty((3, 0), dtype=np.float32)
    following = -1  # the next grid sample of the open run, -1 without one
    for chunk in chunks:
        t = np.concatenate((t, chunk.t_s))
        samples = np.concatenate((samples, chunk.acceleration_g), axis=1)
        if not t.size:
            continue
        starts = np.flatnonzero(np.diff(t) > longest_hole_s) + 1
        for first, last in zip((0, *starts), (*starts, t.size), strict=True):
            opens = following < 0 or first > 0
            if opens:
                following = _aligned(t[first] * work_hz - _ROUNDING, align)
            end = math.floor(t[last - 1] * work_hz + _ROUNDING) + 1
            end = following + max(0, end - following) // align * align
            if end > following:
                at = np.arange(following, end) / work_hz
                values = _values_at(at, t[first:last], samples[:, first:last], work_hz)
                yield Piece(following, values, opens)
                following = end
            elif opens:
                following = -1
        last_start = int(starts[-1]) if starts.size else 0
        kept = last_start
        if following >= 0:
            at_or_before = np.searchsorted(t, following / work_hz, side="right") - 1
            kept = max(last_start, int(at_or_before))
        t, samples = t[kept:], samples[:, kept:]


def _values_at(
    at: FloatArray, t: FloatArray, samples: npt.NDArray[np.float32], work_hz: float
) -> FloatArray:
    """Return (3, k) the samples at the instants `at`: as they are where they stand on the grid."""
    first = int(np.searchsorted(t, at[0] - _ROUNDING / work_hz))
    own = t[first : first + at.size]
    if own.size == at.size and np.max(np.abs(own - at)) <= _ROUNDING / work_hz:
        return samples[:, first : first + at.size].astype(np.float64)
    return np.vstack([np.interp(at, t, axis) for axis in samples])


def _aligned(position: float, align: int) -> int:
    return math.ceil(position / align) * align
