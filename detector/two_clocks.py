"""Two recordings of one night on one clock, by the movements that both sensors felt.

    left     |    |  |      |   |          |     of all differences between an onset here and an
    right       |    |         |   |          |  onset there, those of shared movements agree:
    counts   __.__.._.__|__.._.__.__._.__.._.__  one peak above what chance makes

A drift lets that peak run along a line; a grid of drifts is tried, and the line then fitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.recording import FloatArray

REACH_S = 120.0  # choice: as far as two wall clocks that were set by hand lie apart
_MAX_DRIFT_PPM = 400.0  # choice: twice a poor quartz on either side
_BIN_S, _BINS = 0.1, 5  # choice: 0.5 s, as far as two legs of one movement begin apart
_NEAR_S = 5.0  # choice: differences this near to the peak are of its slope, no rival
_MIN_SHARED = 12  # choice, as the next one; docs/two_legs.md has how often chance passes them
_MIN_PEAK_RATIO = 3.0
_PAIRED_S = 0.5
_ROWS = 256  # onsets whose differences are taken at a time
_LONGEST_SEARCH_S = 36 * 3600.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """How seconds of the right recording read on the left one's clock.

    `shared` is the number of movements that it rests on, `by` what tells it: movements, or the
    wall clocks of both files, where too few movements are shared.
    """

    offset_s: float
    drift_ppm: float
    shared: int
    by: str

    def on_left(self, right_s: FloatArray) -> FloatArray:
        """Return seconds of the right recording (any shape) as seconds of the left one."""
        read: FloatArray = self.offset_s + (1 + 1e-6 * self.drift_ppm) * np.asarray(right_s)
        return read

    def on_right(self, left_s: FloatArray) -> FloatArray:
        """Return seconds of the left recording (any shape) as seconds of the right one."""
        read: FloatArray = (np.asarray(left_s) - self.offset_s) / (1 + 1e-6 * self.drift_ppm)
        return read


@dataclass(frozen=True, slots=True)
class Peak:
    """The best of all offsets and drifts: `count` pairs of onsets agree, elsewhere `rival`."""

    offset_s: float
    drift_ppm: float
    count: int
    rival: int

    @property
    def clear(self) -> bool:
        """Tell whether it stands far enough above what chance makes elsewhere."""
        return self.count >= max(_MIN_SHARED, _MIN_PEAK_RATIO * self.rival)


def align_onsets(
    left_s: FloatArray, right_s: FloatArray, clock_offset_s: float | None
) -> Alignment | None:
    """Return how the right recording's seconds read on the left clock, None where nothing tells.

    `left_s` (n,) and `right_s` (m,) are onsets in order, each from its recording's first sample;
    `clock_offset_s` is the right one's start on the left clock by the wall clocks, None without.
    """
    peak = find_peak(left_s, right_s, clock_offset_s)
    if peak is not None and peak.clear:
        fitted = _fitted(left_s, right_s, peak)
        if fitted.shared >= _MIN_SHARED:
            return fitted
    if clock_offset_s is None:
        return None
    return Alignment(clock_offset_s, 0.0, 0 if peak is None else peak.count, "wall clocks")


def find_peak(left_s: FloatArray, right_s: FloatArray, clock_offset_s: float | None) -> Peak | None:
    """Return the offset and drift on which most pairs of onsets agree; None without a pair."""
    if not left_s.size or not right_s.size:
        return None
    if clock_offset_s is None:
        if max(left_s[-1], right_s[-1]) > _LONGEST_SEARCH_S:
            return None  # any offset of a week is more than can be told apart
        low_s, high_s = float(-right_s[-1]), float(left_s[-1])
        middle_s = right_s[-1] / 2
    else:
        low_s, high_s = clock_offset_s - REACH_S, clock_offset_s + REACH_S
        begin, end = max(0.0, -clock_offset_s), min(right_s[-1], left_s[-1] - clock_offset_s)
        middle_s = (begin + end) / 2
    apart, at = _differences(left_s, right_s, low_s, high_s)
    if not apart.size:
        return None
    lasts_s = max(float(np.ptp(right_s)), 3600.0)
    step_ppm = 1e6 * _BIN_S * _BINS / lasts_s
    tried = round(_MAX_DRIFT_PPM / step_ppm)
    best = Peak(0.0, 0.0, -1, 0)
    # From no drift outwards: of equals the smaller one is taken
    for k in sorted(range(-tried, tried + 1), key=abs):
        drift = k * step_ppm
        moved = apart - 1e-6 * drift * (at - middle_s)
        bins = np.floor((moved - low_s) / _BIN_S).astype(np.int64) + _BINS
        size = int((high_s - low_s) / _BIN_S) + 3 * _BINS
        counts = np.bincount(bins[(bins >= _BINS) & (bins < size)], minlength=size)
        sums = np.cumsum(counts)
        within = sums[_BINS:] - sums[:-_BINS]  # bins i + 1 to i + _BINS
        top = int(np.argmax(within))
        if within[top] <= best.count:
            continue
        near = round(_NEAR_S / _BIN_S)
        rest = np.concatenate((within[: max(0, top - near)], within[top + near + 1 :]))
        offset_s = low_s + (top + 1 - _BINS + _BINS / 2) * _BIN_S - 1e-6 * drift * middle_s
        best = Peak(offset_s, drift, int(within[top]), int(rest.max()) if rest.size else 0)
    return best


def _differences(
    left_s: FloatArray, right_s: FloatArray, low_s: float, high_s: float
) -> tuple[FloatArray, FloatArray]:
    """Return (k,) all differences left minus right from `low_s` to `high_s`, and (k,) the right."""

    def found() -> Iterator[tuple[FloatArray, FloatArray]]:
        for first in range(0, right_s.size, _ROWS):
            part = right_s[first : first + _ROWS]
            near = left_s[
                np.searchsorted(left_s, part[0] + low_s) : np.searchsorted(
                    left_s, part[-1] + high_s, side="right"
                )
            ]
            apart = near[:, None] - part
            kept = (apart >= low_s) & (apart <= high_s)
            yield apart[kept], np.broadcast_to(part, apart.shape)[kept]

    differences, at = zip(*found(), strict=True)
    return np.concatenate(differences), np.concatenate(at)


def _fitted(left_s: FloatArray, right_s: FloatArray, peak: Peak) -> Alignment:
    """Return the line through the pairs next to the peak's, far ones weighing less (biweight)."""
    one = Alignment(peak.offset_s, peak.drift_ppm, peak.count, "movements")
    for _ in range(10):
        left, right = _pairs(left_s, right_s, one)
        apart = left - one.on_left(right)
        weight = (1 - np.minimum(1.0, np.abs(apart) / (2 * _PAIRED_S)) ** 2) ** 2
        close = int(np.sum(np.abs(apart) < _PAIRED_S))
        middle = float(np.sum(weight * right) / np.sum(weight))
        centred = right - middle
        spread = float(np.sum(weight * centred**2))
        slope = float(np.sum(weight * centred * apart)) / spread if spread else 0.0
        mean = float(np.sum(weight * apart) / np.sum(weight))
        offset_s = float(one.offset_s + mean - slope * middle)
        one = Alignment(offset_s, one.drift_ppm + 1e6 * slope, close, "movements")
    return one


def _pairs(
    left_s: FloatArray, right_s: FloatArray, alignment: Alignment
) -> tuple[FloatArray, FloatArray]:
    """Return (k,) onsets of either list that are each other's nearest, and less than 1 s apart."""
    moved = alignment.on_left(right_s)
    there, back = _nearest(moved, left_s), _nearest(left_s, moved)
    mutual = back[there] == np.arange(moved.size)
    mutual &= np.abs(left_s[there] - moved) < 2 * _PAIRED_S
    return left_s[there[mutual]], right_s[mutual]


def _nearest(values: FloatArray, among: FloatArray) -> npt.NDArray[np.int64]:
    """Return (n,) the index of the nearest in `among` (m,), in order, to each of `values`."""
    if among.size == 1:
        return np.zeros(values.size, dtype=np.int64)
    after = np.clip(np.searchsorted(among, values), 1, among.size - 1)
    nearer = values - among[after - 1] <= among[after] - values
    return np.where(nearer, after - 1, after).astype(np.int64)
