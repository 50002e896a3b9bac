"""What a recording shows at rest, second by second, and the thresholds that stand over it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.distributions import chi_square_exceeded
from detector.intervals import runs
from detector.night_signal import NightSignal, Track, stretches
from detector.recording import FloatArray

FLOOR_STEP_S = 5
_WINDOWS = 4096  # windows of the floor that are sorted at a time


def noise_floor(
    signal: NightSignal, turns_s: FloatArray, criteria: DetectionCriteria
) -> FloatArray:
    """Return (m,) g once a second: the envelope of rest around it, not across a turn or a gap.

    A second in which the recorder held its value shows no noise, and so tells none.
    """
    by_second = mean_by_second(signal, signal.envelope_g)
    level = rest_level(signal, by_second, turns_s, criteria)
    if level is None:
        return np.full(len(signal.gravity_g), criteria.absolute_floor_g)
    # Steps are noise of their size over the root of 12 on each axis, also where a value is held.
    steps_g = signal.step_g * np.sqrt(3 * _band_width_hz(signal.hz) / (signal.hz / 2) / 12)
    lowest: FloatArray = np.maximum(level, max(steps_g, signal.step_g / np.sqrt(12.0)))
    return lowest


def rest_level(
    signal: NightSignal,
    level: FloatArray,
    turns_s: FloatArray,
    criteria: DetectionCriteria,
) -> FloatArray | None:
    """Return (m,) what is left at rest, around each second, of a level; None if unknown.

    `level` (m,) is from `mean_by_second`. A second in which the recorder held its value tells
    nothing.
    """
    told = np.where(_held_seconds(signal), np.nan, level)
    floor = np.full(level.size, np.nan)
    borders = [0, *np.floor(turns_s).astype(int), level.size]
    half = round(criteria.floor_window_s)
    for start, stop in runs(~np.isnan(level)):
        inner = [b for b in borders if start < b < stop]
        for first, last in pairwise([start, *inner, stop]):
            if last - first < criteria.min_floor_segment_s and len(level) > last - first:
                continue  # between two turns there is no rest to measure
            floor[first:last] = _windowed_floor(told[first:last], half, criteria)
    usual = _usual_rest(told[~np.isnan(told)], criteria)
    if usual is None:
        return None
    floor[np.isnan(floor)] = usual
    capped: FloatArray = np.minimum(floor, criteria.floor_cap_ratio * usual, out=floor)
    return capped


def _usual_rest(told: FloatArray, criteria: DetectionCriteria) -> float | None:
    """Return the rest of a whole recording from the seconds (k,) that tell, None without any.

    Where a recorder sleeps through rest, few of them are at rest: it is sought among the lowest.
    """
    if not told.size:
        return None
    ordered = np.sort(told)
    low = ordered[int((ordered.size - 1) * criteria.floor_low_ratio)]
    at_rest = ordered[ordered <= criteria.floor_mask_ratio * low]
    return float(at_rest[(at_rest.size - 1) // 2])


def thresholds_g(
    floor_g: FloatArray, hz: float, criteria: DetectionCriteria
) -> tuple[FloatArray, FloatArray]:
    """Return the thresholds (m,) of onset and of offset over a noise floor (m,)."""
    ratio = max(criteria.onset_floor_ratio, noise_ratio(hz, criteria))
    onset_g = np.maximum(criteria.absolute_floor_g, ratio * floor_g)
    offset_g = np.maximum(
        criteria.offset_floor_ratio * floor_g, criteria.offset_onset_ratio * onset_g
    )
    return onset_g, offset_g


def noise_ratio(hz: float, criteria: DetectionCriteria) -> float:
    """Return how many times its median the envelope of even noise may reach at this rate.

    The envelope is the root of a mean of squares, which follows a chi-square with three axes times
    as many independent values as the window holds; a slow recording has few of them.
    """
    window_s = (2 * round(max(0.0, 0.5 * hz - 1) / 2) + 1) / hz
    freedom = max(3.0, freedom_per_s(hz) * window_s)
    highest = chi_square_exceeded(freedom, criteria.noise_above_ratio)
    return criteria.noise_margin_ratio * math.sqrt(highest / chi_square_exceeded(freedom, 0.5))


def freedom_per_s(hz: float) -> float:
    """Return how many independent values of even noise a second of the three axes holds."""
    return 3 * 2 * _band_width_hz(hz)


def _band_width_hz(hz: float) -> float:
    return min(8.0, hz / 2) - 0.5


def mean_by_second(signal: NightSignal, trace: Track[np.float32]) -> FloatArray:
    """Return (m,) the mean of a trace (n,) in each second, NaN where half of it is not known."""
    seconds = len(signal.gravity_g)
    sums, counts = np.zeros(seconds), np.zeros(seconds)
    for first, last in stretches(signal.valid.size):
        second = seconds_of(first, last, signal.hz, seconds)
        values = trace[first:last]
        known = signal.valid[first:last] & ~np.isnan(values)
        # In order, so that a second that two stretches share has the same sum.
        np.add.at(counts, second, known.astype(np.float64))
        np.add.at(sums, second, np.where(known, values, 0.0).astype(np.float64))
    enough = counts >= max(1.0, 0.5 * signal.hz)
    level: FloatArray = np.divide(sums, counts, out=np.full(seconds, np.nan), where=enough)
    return level


def _held_seconds(signal: NightSignal) -> npt.NDArray[np.bool_]:
    """Return (m,) whether all samples of a second are the same."""
    held = np.zeros(len(signal.sd_g), dtype=np.bool_)
    for first, last in stretches(held.size):
        held[first:last] = np.all(signal.sd_g[first:last] == 0, axis=1)
    return held


def seconds_of(first: int, last: int, hz: float, seconds: int) -> npt.NDArray[np.int64]:
    """Return the second of each of the cells from `first` to before `last`."""
    return np.minimum((np.arange(first, last) / hz).astype(np.int64), seconds - 1)


def _windowed_floor(level: FloatArray, half: int, criteria: DetectionCriteria) -> FloatArray:
    """Return (k,) the median of rest within `half` seconds of each second of one segment."""
    centres = np.arange(0, level.size, FLOOR_STEP_S)
    padded = np.pad(level, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[::FLOOR_STEP_S]
    median = np.empty(centres.size)
    for first in range(0, centres.size, _WINDOWS):
        median[first : first + _WINDOWS] = _rest_median(windows[first : first + _WINDOWS], criteria)
    known = ~np.isnan(median)
    if not known.any():
        return np.full(level.size, np.nan)
    seconds = np.arange(level.size)
    by_second: FloatArray = np.interp(seconds, centres[known], median[known])
    by_second[~known[seconds // FLOOR_STEP_S]] = np.nan
    return by_second


def _rest_median(windows: FloatArray, criteria: DetectionCriteria) -> FloatArray:
    """Return (k,) the median of what is at rest in each of the windows (k, width).

    NaN where too few seconds of a window tell anything.
    """
    ordered = np.sort(windows, axis=1)
    count = np.sum(~np.isnan(ordered), axis=1)
    rows = np.arange(len(ordered))
    quarter = ordered[rows, ((count - 1) * 0.25).astype(int)]
    at_rest = np.sum(ordered <= criteria.floor_mask_ratio * quarter[:, None], axis=1)
    median: FloatArray = ordered[rows, np.maximum(at_rest - 1, 0) // 2]
    median[count < min(criteria.min_floor_segment_s, ordered.shape[1])] = np.nan
    return median
