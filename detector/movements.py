r"""Movements of a night: two thresholds over the recording's own noise floor.

envelope            ____/\____/\_______         the 0.5 s window decides: on above the upper
on     - - - - - - - - / -\- / -\- - -          threshold, kept while above the lower one
off    - - - - - - - -/- - \/- - \- - -
posture             ___/------\________         a hold: the limb is elsewhere between two
                       flexion release          bursts and comes back with the second
posture             __.--'              \___     a slow beginning: the limb is on its way
                                                before the burst that decides

What lasts as long as the recording is looked at a stretch at a time; whole are only its seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.edges import (
    edges_of,
    jumps_near,
    running_means,
    second_of,
    tilt_offset,
    tilt_onset,
)
from detector.endings import Endings
from detector.flanks import Span, with_flanks
from detector.intervals import IndexSpans, empty_spans, merge, runs
from detector.night_signal import NightSignal, stretches
from detector.noise_floor import (
    mean_by_second,
    noise_floor,
    rest_level,
    seconds_of,
    thresholds_g,
)
from detector.posture import (
    Tilt,
    angle_deg,
    find_turns,
    mean_posture,
    posture_after,
    posture_before,
    posture_steps,
)
from detector.recording import FloatArray
from detector.rises import parted_at_rises
from detector.slow_flanks import with_slow_flanks

BoolArray = npt.NDArray[np.bool_]
_Piece = tuple[int, int, bool]  # start, stop, whether the upper threshold was passed


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

    def thresholds_of(self, seconds: slice | npt.NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        """Return (k,) g, the thresholds of onset and of offset in some of the seconds."""
        return thresholds_g(self.noise_floor_g[seconds], self.hz, self.criteria)

    def thresholds_at(self, moments_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the same at moments (k,) in s; what lies beyond an end has those at the end."""
        last = self.noise_floor_g.size - 1
        return self.thresholds_of(np.clip(moments_s.astype(np.intp), 0, last))


def find_movements(signal: NightSignal, criteria: DetectionCriteria) -> Detection:
    """Return the movements of `signal` in order of onset, with the thresholds they crossed."""
    turns_s = find_turns(signal, criteria)
    floor = noise_floor(signal, turns_s, criteria)
    tilt = _tilt(signal, turns_s, criteria) if signal.gravity_included else None
    evidence, sure = _evidence(signal, floor, tilt, criteria)
    spans = _joined(signal, evidence, sure, tilt, criteria)
    endings = Endings.of(signal, backwards=criteria.backward_ends)
    edged: list[Span] = []
    middles = [(stop + start) // 2 for (_, stop), (start, _) in pairwise(spans)]
    borders = [0, *middles, signal.valid.size]
    for index, span in enumerate(spans):
        within = (borders[index], borders[index + 1])
        edges = edges_of(endings, span, within, floor, criteria)
        if tilt is not None:
            limit_g = float(tilt.limit_g[second_of(signal, edges[0], floor)])
            edges = (
                tilt_onset(signal, edges[0], max(within[0], span[0]), limit_g, criteria),
                tilt_offset(signal, edges[1], min(within[1], span[1]), limit_g, criteria),
            )
        if (edges[1] - edges[0]) / signal.hz >= criteria.min_duration_s:
            edged.append(edges)
    whole = with_flanks(endings, edged, floor, criteria)
    if criteria.sudden_rises and tilt is not None:
        whole = parted_at_rises(endings, whole, floor, tilt, criteria)
    if criteria.slow_flanks:
        whole = with_slow_flanks(signal, whole, turns_s, criteria)
    whole = _without_weak_pieces(signal, whole, floor, criteria)
    found = tuple(_measured(signal, *span, floor, criteria.turn_window_s) for span in whole)
    return Detection(
        _without_the_beds(signal, found, criteria), floor, turns_s, signal.hz, criteria
    )


def _without_weak_pieces(
    signal: NightSignal, spans: list[Span], floor: FloatArray, criteria: DetectionCriteria
) -> list[Span]:
    """Leave out what is weak and near to others: it is a piece of one that is not seen whole."""
    seconds = [second_of(signal, start, floor) for start, _ in spans]
    strong = np.array(
        [
            float(np.max(signal.envelope_g[start:stop])) > criteria.near_floor_ratio * floor[second]
            for (start, stop), second in zip(spans, seconds, strict=True)
        ],
        dtype=np.bool_,
    )
    near = round(criteria.near_s * signal.hz)
    borders = [-near, *(edge for span in spans for edge in span), signal.valid.size + near]
    return [
        span
        for k, span in enumerate(spans)
        if strong[k] or min(span[0] - borders[2 * k], borders[2 * k + 3] - span[1]) >= near
    ]


def _without_the_beds(
    signal: NightSignal, movements: tuple[Movement, ...], criteria: DetectionCriteria
) -> tuple[Movement, ...]:
    """Leave out what may be another person's: small, and gravity stays where it is.

    That tells nothing of a movement that would turn the limb no further if it were the sleeper's
    own, by how far the strong ones turn it for their size; unless there are more small ones than
    the sleeper's own can be.
    """
    strong = [
        m.swing_deg / m.peak_g
        for m in movements
        if m.peak_g >= criteria.bed_peak_g and not math.isnan(m.swing_deg)
    ]
    enough = len(strong) >= criteria.bed_strong_members
    own_deg_per_g = float(np.median(strong)) if enough else math.inf
    sizes_g = np.array([_size_g(signal, m) for m in movements])
    turned_deg = np.array([m.swing_deg for m in movements])
    still = (sizes_g < criteria.bed_peak_g) & (turned_deg < criteria.bed_still_deg)
    too_many = not _are_own(int(still.sum()), sizes_g, criteria)
    return tuple(
        m
        for m, is_still in zip(movements, still, strict=True)
        if not (too_many and is_still)
        and (
            m.peak_g >= criteria.bed_peak_g
            or not m.swing_deg < criteria.bed_swing_deg <= own_deg_per_g * m.peak_g
        )
    )


def _size_g(signal: NightSignal, movement: Movement) -> float:
    """Return the highest RMS over 0.5 s of a movement, without that of rest."""
    first, last = int(movement.onset_s * signal.hz), math.ceil(movement.offset_s * signal.hz)
    power_g2 = float(np.max(signal.envelope_g[first:last])) ** 2 - movement.noise_floor_g**2
    return math.sqrt(max(power_g2, 0.0))


def _are_own(small: int, sizes_g: FloatArray, criteria: DetectionCriteria) -> bool:
    """Tell whether so many `small` movements may be the sleeper's own, by those that are larger.

    Sizes are spread about a usual one: towards small ones they grow fewer ever faster, so that
    from one doubling of size to the next below the share falls at least as much as before. One or
    two tell nothing.
    """
    above, further = (
        int(np.sum((sizes_g >= least_g) & (sizes_g < 2 * least_g)))
        for least_g in (criteria.bed_peak_g, 2 * criteria.bed_peak_g)
    )
    expected = max(1.0, above * min(1.0, above / max(1, further)))
    return small * criteria.bed_own_ratio <= expected


def measure(signal: NightSignal, detection: Detection, onset_s: float, offset_s: float) -> Movement:
    """Return the movement that somebody marked from `onset_s` to `offset_s`, with its peaks.

    ValueError where that is no stretch of the signal, or a stretch without valid samples.
    """
    start, stop = round(onset_s * signal.hz), round(offset_s * signal.hz)
    if not 0 <= start < stop <= signal.valid.size or not signal.valid[start:stop].any():
        raise ValueError(f"no valid samples from {onset_s:.3f} to {offset_s:.3f} s")
    window_s = detection.criteria.turn_window_s
    return _measured(signal, start, stop, detection.noise_floor_g, window_s)


def _tilt(signal: NightSignal, turns_s: FloatArray, criteria: DetectionCriteria) -> Tilt | None:
    """Return the steps of posture and their limit: above what breathing and noise make at rest."""
    steps_g = posture_steps(signal, criteria)
    rest_g = rest_level(signal, mean_by_second(signal, steps_g), turns_s, criteria)
    if rest_g is None:
        return None
    least_g = max(criteria.min_tilt_g, signal.step_g)
    return Tilt(steps_g, np.maximum(least_g, criteria.tilt_rest_ratio * rest_g))


def _evidence(
    signal: NightSignal, floor: FloatArray, tilt: Tilt | None, criteria: DetectionCriteria
) -> tuple[IndexSpans, BoolArray]:
    """Return (k, 2) the runs of cells in which something moves, and (k,) whether it is sure.

    Something moves where the envelope is above the lower threshold or the posture steps. It is
    surely a movement if the envelope passes the upper one; runs far from a sure one are left out.
    """
    upper, lower = thresholds_g(floor, signal.hz, criteria)
    candidates, hits = [empty_spans()], [empty_spans()]
    for first, last in stretches(signal.valid.size):
        second = seconds_of(first, last, signal.hz, floor.size)
        envelope = signal.envelope_g[first:last]
        moving = envelope > lower[second]
        if tilt is not None:
            moving |= tilt.steps_g[first:last] > tilt.limit_g[second]
        valid = signal.valid[first:last]
        candidates.append(runs(valid & moving) + np.float64(first))
        hits.append(runs(valid & (envelope > upper[second])) + np.float64(first))
    # One again where the end of a stretch cuts it
    spans = merge(np.vstack(candidates)).astype(np.int64)
    passed = merge(np.vstack(hits))[:, 0].astype(np.int64)
    reach = round(criteria.max_hold_s * signal.hz)
    near = np.searchsorted(passed, spans + np.array([-reach, reach]))
    spans = spans[near[:, 1] > near[:, 0]]
    own = np.searchsorted(passed, spans)
    return spans, own[:, 1] > own[:, 0]


def _joined(
    signal: NightSignal,
    spans: IndexSpans,
    sure: BoolArray,
    tilt: Tilt | None,
    criteria: DetectionCriteria,
) -> list[tuple[int, int]]:
    """Join what a short gap, or a posture on its way, parts; never across what is not valid.

    `sure` (k,) tells which of `spans` (k, 2) passed the upper threshold. What joins none of
    them is left out.
    """
    pieces = [(a, b, bool(c)) for (a, b), c in zip(spans.tolist(), sure.tolist(), strict=True)]
    pieces = _united(pieces, partial(_holds, signal, tilt=tilt, criteria=criteria))
    if tilt is not None:
        pieces = _united(pieces, partial(_goes_on, signal, tilt=tilt, criteria=criteria))
    return [(start, stop) for start, stop, certain in pieces if certain]


def _united(pieces: list[_Piece], belongs: Callable[[_Piece, _Piece], bool]) -> list[_Piece]:
    """Join each of `pieces` with those after it that `belong` to it, and what lies between."""
    out: list[_Piece] = []
    ahead = 0
    while ahead < len(pieces):
        first, ahead = pieces[ahead], ahead + 1
        while more := _how_many(first, pieces, ahead, belongs):
            joined = pieces[ahead : ahead + more]
            first = (first[0], joined[-1][1], first[2] or any(sure for *_, sure in joined))
            ahead += more
        out.append(first)
    return out


def _how_many(
    first: _Piece, pieces: list[_Piece], ahead: int, belongs: Callable[[_Piece, _Piece], bool]
) -> int:
    """Return how many of `pieces` from `ahead` on it takes to the next that belongs to `first`.

    What is too weak for a movement is passed over: a limb that is held may twitch. 0 for none.
    """
    for index in range(ahead, len(pieces)):
        if belongs(first, pieces[index]):
            return index + 1 - ahead
        if pieces[index][2]:
            break
    return 0


def _unbroken(signal: NightSignal, first: _Piece, second: _Piece, longest_s: float) -> bool:
    """Tell whether the gap between two pieces is no longer than that, and valid throughout."""
    near = (second[0] - first[1]) / signal.hz <= longest_s
    return near and bool(np.all(signal.valid[first[1] : second[0]]))


def _holds(
    signal: NightSignal,
    first: _Piece,
    second: _Piece,
    *,
    tilt: Tilt | None,
    criteria: DetectionCriteria,
) -> bool:
    """Tell whether the gap is short, or the limb is elsewhere in it and comes back after it."""
    if not _unbroken(signal, first, second, max(criteria.merge_gap_s, criteria.max_hold_s)):
        return False
    gap_s = (second[0] - first[1]) / signal.hz
    if gap_s < criteria.merge_gap_s:
        return True
    if tilt is None or gap_s > criteria.max_hold_s:
        return False
    away_g, back_g = _way_g(signal, first, second, criteria)
    limit_g = criteria.hold_tilt_ratio * _limit_g(signal, second, tilt)
    return away_g > limit_g and back_g < criteria.hold_return_ratio * away_g


def _goes_on(
    signal: NightSignal,
    first: _Piece,
    second: _Piece,
    *,
    tilt: Tilt,
    criteria: DetectionCriteria,
) -> bool:
    """Tell whether the limb pauses in the gap, neither where it was nor where it will be.

    What is too short for a flexion and its release, and leaves the limb elsewhere, is half a
    movement: less has to be seen of where the limb is, and the pause may be longer.
    """
    lengths_s = [(stop - start) / signal.hz for start, stop, _ in (first, second)]
    half = min(lengths_s) < criteria.half_max_duration_s
    longest_s = criteria.half_max_pause_s if half else criteria.max_pause_s
    if not _unbroken(signal, first, second, longest_s):
        return False
    limit_g = (criteria.hold_tilt_ratio if half else 1.0) * _limit_g(signal, second, tilt)
    return _way_g(signal, first, second, criteria)[0] > limit_g


def _limit_g(signal: NightSignal, piece: _Piece, tilt: Tilt) -> float:
    """Return the limit on steps of posture where a piece begins."""
    return float(tilt.limit_g[second_of(signal, piece[0], tilt.limit_g)])


def _way_g(
    signal: NightSignal, first: _Piece, second: _Piece, criteria: DetectionCriteria
) -> tuple[float, float]:
    """Return how far the limb between two pieces is from before and after, and these apart.

    0 and 0 where that is not known.
    """
    reach = round((criteria.posture_window_s + 1) * signal.hz)
    if jumps_near(signal, first[0] - reach, second[1] + reach):
        return 0.0, 0.0
    before = posture_before(signal, first[0], criteria.posture_window_s)
    after = posture_after(signal, second[1], criteria.posture_window_s)
    held = mean_posture(signal, first[1], second[0])
    away_g = float(min(np.linalg.norm(held - before), np.linalg.norm(held - after)))
    return away_g, float(np.linalg.norm(before - after))


def _measured(
    signal: NightSignal, start: int, stop: int, floor: FloatArray, window_s: float
) -> Movement:
    turn = swing = path = float("nan")
    if signal.gravity_included:
        before = posture_before(signal, start, window_s)
        after = posture_after(signal, stop, window_s)
        turn = float(angle_deg(before[None], after[None])[0])
        swing, path = _travel(signal, start, stop, before)
    return Movement(
        onset_s=start / signal.hz,
        offset_s=stop / signal.hz,
        peak_g=float(
            max(np.max(signal.edge_envelope_g[start:stop]), np.max(signal.envelope_g[start:stop]))
        ),
        jerk_g_per_s=float(np.max(signal.jerk_g_per_s[start:stop])),
        noise_floor_g=float(floor[second_of(signal, start, floor)]),
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
    means = running_means(cells, width)[:: max(1, round(0.25 * signal.hz))]
    swing = float(np.max(angle_deg(means, np.broadcast_to(before, means.shape))))
    way = float(np.sum(angle_deg(means[:-1], means[1:])))
    return swing, way / (2 * swing) if swing > 0 else float("nan")
