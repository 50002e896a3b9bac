r"""Movements of a night: two thresholds over the recording's own noise floor.

envelope            ____/\____/\_______         the 0.5 s window decides: on above the upper
on     - - - - - - - - / -\- / -\- - -          threshold, kept while above the lower one
off    - - - - - - - -/- - \/- - \- - -
posture             ___/------\________         a hold: the limb is elsewhere between two
                       flexion release          bursts and comes back with the second

What lasts as long as the recording is looked at a stretch at a time; whole are only its seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.distributions import chi_square_exceeded
from detector.intervals import empty_spans, merge, runs
from detector.night_signal import NightSignal, stretches
from detector.recording import FloatArray

FLOOR_STEP_S = 5
_POSTURE_LAG_S = 0.5
_WINDOWS = 4096  # windows of the floor that are sorted at a time


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: seconds from the recording's first sample, half-open.

    `peak_g` RMS of the movement band over 0.15 s at its highest; `noise_floor_g` the floor that it
    was held against; `turn_deg` the angle of gravity between before and after, NaN where unknown.
    `swing_deg` is how far gravity went from before at most, and `path_ratio` how far it travelled
    over twice that: 1 out and back, more for a limb that goes about; NaN where unknown.
    """

    onset_s: float
    offset_s: float
    peak_g: float
    jerk_g_per_s: float
    noise_floor_g: float
    turn_deg: float
    swing_deg: float = float("nan")
    path_ratio: float = float("nan")

    def __post_init__(self) -> None:
        if not self.onset_s < self.offset_s:
            raise ValueError(f"onset {self.onset_s} s is not before offset {self.offset_s} s")

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True)
class Detection:
    """Movements and the evidence: noise floor once a second (m,), turns in bed (k,) s.

    The thresholds, once a second too, follow from the floor, the rate and the criteria.
    """

    movements: tuple[Movement, ...]
    noise_floor_g: FloatArray
    turns_s: FloatArray
    hz: float
    criteria: DetectionCriteria

    @property
    def onset_threshold_g(self) -> FloatArray:
        """Return (m,) g, what the envelope has to pass somewhere in a movement."""
        return thresholds_g(self.noise_floor_g, self.hz, self.criteria)[0]

    @property
    def offset_threshold_g(self) -> FloatArray:
        """Return (m,) g, what the envelope stays above throughout a movement."""
        return thresholds_g(self.noise_floor_g, self.hz, self.criteria)[1]


def find_movements(signal: NightSignal, criteria: DetectionCriteria) -> Detection:
    """Return the movements of `signal` in order of onset, with the thresholds they crossed."""
    turns_s = find_turns(signal, criteria)
    floor = noise_floor(signal, turns_s, criteria)
    spans = _above_two(signal, *thresholds_g(floor, signal.hz, criteria))
    spans = _joined(signal, spans, floor, criteria)
    found = []
    middles = [(stop + start) // 2 for (_, stop), (start, _) in pairwise(spans)]
    borders = [0, *middles, signal.valid.size]
    for index, span in enumerate(spans):
        within = (borders[index], borders[index + 1])
        edges = _edges(signal, span, within, floor, criteria)
        edges = (
            _tilt_edge(signal, edges[0], within[0], criteria),
            _tilt_edge(signal, edges[1], within[1], criteria),
        )
        if (edges[1] - edges[0]) / signal.hz >= criteria.min_duration_s:
            found.append(_measured(signal, *edges, floor, criteria.posture_window_s))
    return Detection(tuple(found), floor, turns_s, signal.hz, criteria)


def measure(signal: NightSignal, detection: Detection, onset_s: float, offset_s: float) -> Movement:
    """Return the movement that somebody marked from `onset_s` to `offset_s`, with its peaks.

    ValueError where that is no stretch of the signal, or a stretch without valid samples.
    """
    start, stop = round(onset_s * signal.hz), round(offset_s * signal.hz)
    if not 0 <= start < stop <= signal.valid.size or not signal.valid[start:stop].any():
        raise ValueError(f"no valid samples from {onset_s:.3f} to {offset_s:.3f} s")
    window_s = detection.criteria.posture_window_s
    return _measured(signal, start, stop, detection.noise_floor_g, window_s)


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
    freedom = 3 * max(1.0, 2 * _band_width_hz(hz) * window_s)
    highest = chi_square_exceeded(freedom, criteria.noise_above_ratio)
    return criteria.noise_margin_ratio * math.sqrt(highest / chi_square_exceeded(freedom, 0.5))


def find_turns(signal: NightSignal, criteria: DetectionCriteria) -> FloatArray:
    """Return (k,) s, the seconds about which gravity turns more than `turn_deg` and stays."""
    if not signal.gravity_included:
        return np.empty(0)
    angle = _turned_deg(signal, 3)
    # A movement there and back shows within +-3 s but not between 8 s before and 8 s after.
    over = (angle > criteria.turn_deg) & (_turned_deg(signal, 8) > criteria.turn_deg)
    peaks = [start + int(np.argmax(angle[start:stop])) for start, stop in runs(over)]
    return np.array(peaks, dtype=np.float64) + 0.5


def _turned_deg(signal: NightSignal, reach_s: int) -> FloatArray:
    """Return (m,) degrees from `reach_s` before a second to as long after it, 0 where unknown."""
    turned = np.zeros(len(signal.gravity_g))
    for first, last in stretches(turned.size - 2 * reach_s):
        gravity = signal.gravity_g[first : last + 2 * reach_s].astype(np.float64)
        angle = angle_deg(gravity[: -2 * reach_s], gravity[2 * reach_s :])
        turned[first + reach_s : last + reach_s] = np.nan_to_num(angle)
    return turned


def angle_deg(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> FloatArray:
    """Return (k,) degrees between the rows of `a` and `b` (k, 3); NaN where one is NaN or zero."""
    norms = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    cosine = np.divide(
        np.sum(a * b, axis=-1), norms, out=np.full(np.shape(norms), np.nan), where=norms > 0
    )
    degrees: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return degrees


def noise_floor(
    signal: NightSignal, turns_s: FloatArray, criteria: DetectionCriteria
) -> FloatArray:
    """Return (m,) g once a second: the envelope of rest around it, not across a turn or a gap.

    A second in which the recorder held its value shows no noise, and so tells none.
    """
    level = _level_by_second(signal)
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
    unknown = np.isnan(floor)
    if unknown.all():
        return np.full(level.size, criteria.absolute_floor_g)
    usual = float(np.median(floor[~unknown], overwrite_input=True))
    floor[unknown] = usual
    np.minimum(floor, criteria.floor_cap_ratio * usual, out=floor)
    # Steps are noise of their size over the root of 12 on each axis, also where a value is held.
    steps_g = signal.step_g * np.sqrt(3 * _band_width_hz(signal.hz) / (signal.hz / 2) / 12)
    lowest: FloatArray = np.maximum(floor, max(steps_g, signal.step_g / np.sqrt(12.0)))
    return lowest


def _band_width_hz(hz: float) -> float:
    return min(8.0, hz / 2) - 0.5


def _level_by_second(signal: NightSignal) -> FloatArray:
    """Return (m,) the mean envelope of each second, NaN where it is not valid throughout."""
    seconds = len(signal.gravity_g)
    sums, counts = np.zeros(seconds), np.zeros(seconds)
    for first, last in stretches(signal.valid.size):
        second = _seconds(first, last, signal.hz, seconds)
        weight = signal.valid[first:last].astype(np.float64)
        # In order, so that a second that two stretches share has the same sum.
        np.add.at(counts, second, weight)
        np.add.at(sums, second, weight * signal.envelope_g[first:last])
    enough = counts >= max(1.0, 0.5 * signal.hz)
    level: FloatArray = np.divide(sums, counts, out=np.full(seconds, np.nan), where=enough)
    return level


def _held_seconds(signal: NightSignal) -> npt.NDArray[np.bool_]:
    """Return (m,) whether all samples of a second are the same."""
    held = np.zeros(len(signal.sd_g), dtype=np.bool_)
    for first, last in stretches(held.size):
        held[first:last] = np.all(signal.sd_g[first:last] == 0, axis=1)
    return held


def _seconds(first: int, last: int, hz: float, seconds: int) -> npt.NDArray[np.int64]:
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
    by_second: FloatArray = np.interp(np.arange(level.size), centres[known], median[known])
    return by_second


def _rest_median(windows: FloatArray, criteria: DetectionCriteria) -> FloatArray:
    """Return (k,) the median of what is at rest in each of the windows (k, width)."""
    ordered = np.sort(windows, axis=1)
    count = np.sum(~np.isnan(ordered), axis=1)
    rows = np.arange(len(ordered))
    quarter = ordered[rows, ((count - 1) * 0.25).astype(int)]
    at_rest = np.sum(ordered <= criteria.floor_mask_ratio * quarter[:, None], axis=1)
    median: FloatArray = ordered[rows, np.maximum(at_rest - 1, 0) // 2]
    return median


def _above_two(signal: NightSignal, upper: FloatArray, lower: FloatArray) -> list[tuple[int, int]]:
    """Return the runs of cells above `lower` that somewhere lie above `upper`."""
    candidates, hits = [empty_spans()], [empty_spans()]
    for first, last in stretches(signal.valid.size):
        second = _seconds(first, last, signal.hz, upper.size)
        envelope = signal.envelope_g[first:last]
        above = signal.valid[first:last] & (envelope > lower[second])
        candidates.append(runs(above) + np.float64(first))
        hits.append(runs(above & (envelope > upper[second])) + np.float64(first))
    spans = merge(np.vstack(candidates))  # one again where the end of a stretch cuts it
    passed = np.searchsorted(np.vstack(hits)[:, 0], spans)
    return [(int(a), int(b)) for a, b in spans[passed[:, 1] > passed[:, 0]]]


def _joined(
    signal: NightSignal,
    spans: list[tuple[int, int]],
    floor: FloatArray,
    criteria: DetectionCriteria,
) -> list[tuple[int, int]]:
    """Join what a short gap, or a posture on its way, parts; never across what is not valid."""
    breathing_g = _breathing_g(signal)
    furthest_s = max(criteria.merge_gap_s, criteria.max_hold_s)
    out: list[tuple[int, int]] = []
    for span in spans:
        gap_s = (span[0] - out[-1][1]) / signal.hz if out else np.inf
        if gap_s <= furthest_s and np.all(signal.valid[out[-1][1] : span[0]]):
            rest_g = max(breathing_g, float(floor[_second(signal, span[0], floor)]))
            if gap_s < criteria.merge_gap_s or _goes_on(signal, out[-1], span, rest_g, criteria):
                out[-1] = (out[-1][0], span[1])
                continue
        out.append(span)
    return out


def _breathing_g(signal: NightSignal) -> float:
    """Return the usual RMS of the breathing band over all axes: what sways a posture at rest."""
    energy = signal.known_band_g2(0)
    return float(np.sqrt(np.median(energy, overwrite_input=True))) if energy.size else 0.0


def _goes_on(
    signal: NightSignal,
    first: tuple[int, int],
    second: tuple[int, int],
    rest_g: float,
    criteria: DetectionCriteria,
) -> bool:
    """Tell whether the limb, between two bursts, is neither where it was nor where it will be.

    A hold that comes back may last; a limb that goes on to a third place may pause for less.
    """
    gap_s = (second[0] - first[1]) / signal.hz
    if not signal.gravity_included or gap_s > criteria.max_hold_s:
        return False
    before = _posture(signal, first[0], -1, criteria.posture_window_s)
    after = _posture(signal, second[1], 1, criteria.posture_window_s)
    cells = signal.acceleration_g[first[1] : second[0]].astype(np.float64)
    held = cells.mean(axis=0)
    sway_deg = float(np.degrees(criteria.hold_rest_ratio * rest_g / np.sqrt(gap_s * signal.hz)))
    away = angle_deg(np.vstack((before, after)), np.vstack((held, held)))
    least = float(np.min(away))
    if not least > max(criteria.min_hold_deg, sway_deg):
        return False
    back = float(angle_deg(before[None], after[None])[0])
    pauses = gap_s <= criteria.max_pause_s and least > criteria.min_pause_deg
    return pauses or back < 0.5 * least


def _second(signal: NightSignal, cell: int, by_second: FloatArray) -> int:
    return min(int(cell / signal.hz), by_second.size - 1)


def _posture(signal: NightSignal, cell: int, direction: int, window_s: float) -> FloatArray:
    """Return (3,) g, the mean acceleration of a window before, or after, a cell."""
    lag, width = round(_POSTURE_LAG_S * signal.hz), max(1, round(window_s * signal.hz))
    edges = sorted((cell + direction * lag, cell + direction * (lag + width)))
    part = slice(max(0, edges[0]), max(0, edges[1]))
    valid = signal.valid[part]
    if not valid.any():
        return np.full(3, np.nan)
    cells = signal.acceleration_g[part].astype(np.float64)[valid]
    mean: FloatArray = cells.mean(axis=0)
    return mean


def _edges(
    signal: NightSignal,
    span: tuple[int, int],
    within: tuple[int, int],
    floor: FloatArray,
    criteria: DetectionCriteria,
) -> tuple[int, int]:
    """Return the first and last cells, stop exclusive, in which the short window is above rest.

    They lie in the cells `within`, so that neighbours stay apart.
    """
    start, stop = span
    reach = round(0.25 * signal.hz)
    low, high = max(within[0], start - reach), min(within[1], stop + reach)
    edge = signal.edge_envelope_g[low:high]
    threshold = max(
        criteria.edge_floor_ratio * float(floor[_second(signal, start, floor)]),
        criteria.edge_peak_ratio * float(edge.max()),
    )
    above = np.flatnonzero((edge > threshold) & signal.valid[low:high])
    if not above.size:
        return start, stop
    return low + int(above[0]), low + int(above[-1]) + 1


def _tilt_edge(signal: NightSignal, edge: int, limit: int, criteria: DetectionCriteria) -> int:
    """Return where a slow tilt that runs into `edge` begins, or one that leads out of it ends.

    A turn may begin too slowly for the movement band: the posture shows it. The search goes from
    `edge` towards `limit`, for `tilt_reach_s` at most.
    """
    towards = -1 if limit < edge else 1
    reach = min(round(criteria.tilt_reach_s * signal.hz), abs(limit - edge))
    base = round(criteria.posture_window_s * signal.hz)
    low = edge if towards > 0 else edge - reach - base
    path = slice(low, low + reach + base)
    smooth = max(1, round(criteria.tilt_mean_s * signal.hz))
    if not signal.gravity_included or reach <= smooth:
        return edge
    if path.start < 0 or path.stop > signal.valid.size or not np.all(signal.valid[path]):
        return edge
    cells = signal.acceleration_g[path].astype(np.float64)[::towards]
    rest = cells[reach:].mean(axis=0)
    sums = np.vstack((np.zeros(3), np.cumsum(cells[:reach], axis=0)))
    means = (sums[smooth:] - sums[:-smooth]) / smooth
    away = angle_deg(means, np.broadcast_to(rest, means.shape)) > criteria.min_tilt_deg
    if not away[0]:
        return edge
    still = np.flatnonzero(~away)
    return edge + towards * int(still[0]) if still.size else edge


def _measured(
    signal: NightSignal, start: int, stop: int, floor: FloatArray, window_s: float
) -> Movement:
    turn = swing = path = float("nan")
    if signal.gravity_included:
        before = _posture(signal, start, -1, window_s)
        after = _posture(signal, stop, 1, window_s)
        turn = float(angle_deg(before[None], after[None])[0])
        swing, path = _travel(signal, start, stop, before)
    return Movement(
        onset_s=start / signal.hz,
        offset_s=stop / signal.hz,
        peak_g=float(
            max(np.max(signal.edge_envelope_g[start:stop]), np.max(signal.envelope_g[start:stop]))
        ),
        jerk_g_per_s=float(np.max(signal.jerk_g_per_s[start:stop])),
        noise_floor_g=float(floor[_second(signal, start, floor)]),
        turn_deg=turn,
        swing_deg=swing,
        path_ratio=path,
    )


def _travel(signal: NightSignal, start: int, stop: int, before: FloatArray) -> tuple[float, float]:
    """Return how far gravity swings from `before`, and its way over out and back.

    It is seen through means of 1 s, which take out what does not tilt, every quarter of a second.
    """
    half = round(0.5 * signal.hz)
    low, high = max(0, start - half), min(signal.valid.size, stop + half)
    cells = signal.acceleration_g[low:high].astype(np.float64)
    width = max(1, 2 * half)
    if len(cells) <= width or not np.all(signal.valid[low:high]):
        return float("nan"), float("nan")
    sums = np.vstack((np.zeros(3), np.cumsum(cells, axis=0)))
    means = ((sums[width:] - sums[:-width]) / width)[:: max(1, round(0.25 * signal.hz))]
    swing = float(np.max(angle_deg(means, np.broadcast_to(before, means.shape))))
    way = float(np.sum(angle_deg(means[:-1], means[1:])))
    return swing, way / (2 * swing) if swing > 0 else float("nan")
