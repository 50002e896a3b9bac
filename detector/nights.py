"""The night around the movements: nights of a recording, off-body, rest, sleep and wake.

The estimate of sleep is blind to periodic and to brief movements: who kicks every half minute, or
jerks once while falling asleep, is not awake for that. What is left tells it (sleep_states), large
movements more than small ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import NightCriteria
from detector.filtering import moving_median
from detector.hypnogram import Hypnogram
from detector.intervals import (
    Spans,
    clip,
    complement,
    empty_spans,
    inside,
    intersect,
    merge,
    runs,
    subtract,
    total,
)
from detector.movements import Detection, Movement
from detector.night_signal import NightSignal, stretches
from detector.posture import angle_deg
from detector.recording import FloatArray, Recording
from detector.series import Series
from detector.sleep_states import course_of

_DAY_S = 86_400.0
_BREATH_HZ = 2.0  # the rate at which breathing is looked for
_BREATH_WINDOW_S = 64.0


@dataclass(frozen=True, slots=True)
class NightContext:
    """One night: spans (k, 2) in seconds from the recording's first sample.

    `sleep` lies within `rest`, `wake` is the rest of the worn time; `off_body` and invalid time
    are in neither. `basis` is estimated, diary or hypnogram. An estimate passes over most short
    wakings: `possible_onsets` (k, 2) are moments in s and how probable it is that sleep begins
    then, None where it is no estimate.
    """

    start_s: float
    stop_s: float
    valid: Spans
    off_body: Spans
    rest: Spans
    sleep: Spans
    wake: Spans
    sleep_onsets_s: tuple[float, ...]
    basis: str
    possible_onsets: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class WakingEvidence:
    """Onsets (k,) s of movements that may tell waking, and how much each tells, 0 to 1."""

    onset_s: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class View:
    """What the sensors tell of the time itself: spans (k, 2) in seconds.

    `rest` returns the longest time at rest, (0 or 1, 2) s, of the worn spans within a border.
    """

    valid: Spans
    off_body: Spans
    rest: Callable[[Spans, tuple[float, float]], Spans]


def night_borders(
    recording: Recording, signal: NightSignal, criteria: NightCriteria
) -> tuple[tuple[float, float], ...]:
    """Return (start, stop) s of each night.

    A recording of a day or less is one night. A longer one is parted at noon; where rest crosses
    noon, or without a clock, in the middle of the longest active stretch within half a day of it.
    """
    length_s = signal.duration_s
    if length_s <= _DAY_S:
        return ((0.0, length_s),)
    still = rest_blocks(signal, signal.valid_spans(), (0.0, length_s), criteria)
    borders = []
    for noon in _noons(recording, length_s):
        if recording.start is not None and not inside(still, [noon])[0]:
            borders.append(noon)
            continue
        near = (max(0.0, noon - _DAY_S / 2), min(length_s, noon + _DAY_S / 2))
        active = complement(still, *near)
        longest = active[np.argmax(active[:, 1] - active[:, 0])] if len(active) else [noon, noon]
        borders.append(float(np.mean(longest)))
    edges = sorted({0.0, *(at for at in borders if 0 < at < length_s), length_s})
    return tuple(pairwise(edges))


def _noons(recording: Recording, length_s: float) -> list[float]:
    """Return the seconds of each noon, or of each whole day where there is no clock."""
    start = recording.start
    if start is None:
        return np.arange(_DAY_S, length_s, _DAY_S).tolist()
    noons = []
    noon = datetime.combine(start.date(), time(12), start.tzinfo)
    while recording.seconds_at(noon) < length_s:
        noons.append(recording.seconds_at(noon))
        noon = datetime.combine(noon.date() + timedelta(days=1), time(12), start.tzinfo)
    return [at for at in noons if at > 0]


def night_contexts(
    signal: NightSignal,
    detection: Detection,
    series: Sequence[Series],
    borders: Sequence[tuple[float, float]],
    criteria: NightCriteria,
    *,
    diaries: Sequence[tuple[float, float]] = (),
    scored: Hypnogram | None = None,
) -> tuple[NightContext, ...]:
    """Return the context of each night within `borders`.

    `diaries`, one span in s a night or none at all, replace the estimate of rest; `scored` stages
    replace that of sleep in the nights that they reach into.
    """
    view = view_of(signal, detection, criteria)
    evidence = waking_evidence(detection.movements, series, criteria)
    return contexts_of(view, evidence, borders, criteria, diaries=diaries, scored=scored)


def view_of(signal: NightSignal, detection: Detection, criteria: NightCriteria) -> View:
    """Return what one sensor tells of the time."""

    def rest(worn: Spans, border: tuple[float, float]) -> Spans:
        return rest_span(signal, worn, border, criteria)

    return View(signal.valid_spans(), off_body(signal, detection, criteria), rest)


def contexts_of(
    view: View,
    evidence: WakingEvidence,
    borders: Sequence[tuple[float, float]],
    criteria: NightCriteria,
    *,
    diaries: Sequence[tuple[float, float]] = (),
    scored: Hypnogram | None = None,
) -> tuple[NightContext, ...]:
    """Return the context of each night by what may tell waking."""
    valid, off = view.valid, view.off_body
    contexts = []
    for number, (start, stop) in enumerate(borders):
        seen = clip(valid, start, stop)
        bouts = empty_spans() if scored is None else clip(scored.spans, start, stop)
        if scored is not None and len(bouts):
            lifeless = subtract(off, scored.sleep)  # who sleeps by it wears the sensor
            worn = subtract(seen, lifeless)
            rest = clip(worn, float(bouts[0, 0]), float(bouts[-1, 1]))
            sleep, wake = intersect(scored.sleep, worn), intersect(scored.wake, worn)
            min_wake_s, basis = criteria.min_scored_wake_before_onset_s, "hypnogram"
            possible = None
        else:
            lifeless, worn = off, subtract(seen, off)
            if diaries:
                rest = clip(worn, *diaries[number])
            else:
                rest = intersect(view.rest(worn, (start, stop)), worn)
            sleep, possible = sleep_spans(evidence, rest, criteria)
            wake = subtract(worn, sleep)
            min_wake_s = criteria.min_wake_before_onset_s
            basis = "diary" if diaries else "estimated"
        began_s = float(worn[0, 0]) if len(worn) else start
        contexts.append(
            NightContext(
                start_s=start,
                stop_s=stop,
                valid=seen,
                off_body=intersect(lifeless, seen),
                rest=rest,
                sleep=sleep,
                wake=wake,
                sleep_onsets_s=passages_into_sleep(sleep, rest, began_s, min_wake_s, criteria),
                basis=basis,
                possible_onsets=possible,
            )
        )
    return tuple(contexts)


def off_body(signal: NightSignal, detection: Detection, criteria: NightCriteria) -> Spans:
    """Return (k, 2) s where the sensor lay still without a body: no movement, no breath.

    A calm sleeper breathes. A recorder that holds the last value, writes coarse steps or samples
    slowly shows no breath, and then nothing is said.
    """
    if signal.step_g > criteria.off_body_max_step_g or signal.hz < _BREATH_HZ:
        return empty_spans()
    window, step = round(criteria.off_body_window_s), round(criteria.off_body_step_s)
    found = []
    for start, stop in runs(~_moving(signal, detection, criteria)).tolist():
        lasts = stop - window
        for first in {*range(start, lasts, step), lasts} if lasts >= start else ():
            if _is_lifeless(signal, first, first + window, criteria):
                found.append((float(first), float(first + window)))
    return merge(found)


def _moving(
    signal: NightSignal, detection: Detection, criteria: NightCriteria
) -> npt.NDArray[np.bool_]:
    """Return (m,) whether in this second more than a knock moved the sensor."""
    busy = np.zeros(len(signal.sd_g), dtype=bool)
    for movement in detection.movements:
        if movement.duration_s >= criteria.brief_movement_s:  # shorter: a knock on the table
            busy[int(movement.onset_s) : int(movement.offset_s) + 1] = True
    knocks = merge([(m.onset_s - 1, m.offset_s + 1) for m in detection.movements])
    moving = np.zeros(busy.size, dtype=bool)
    for first, last in stretches(busy.size):
        sd = signal.sd_g[first:last]
        unsteady = np.any(np.nan_to_num(sd) >= criteria.off_body_sd_g, axis=1)
        unsteady &= ~inside(knocks, np.arange(first, last))
        moving[first:last] = ~np.isnan(sd[:, 0]) & (busy[first:last] | unsteady)
    return moving


def _is_lifeless(signal: NightSignal, start: int, stop: int, criteria: NightCriteria) -> bool:
    """Tell whether the spectrum has no more at breathing than its two sides lead to expect."""
    first, last = round(start * signal.hz), round(stop * signal.hz)
    per = max(1, round(signal.hz / _BREATH_HZ))
    cells = signal.acceleration_g[first:last].astype(np.float64)
    means = cells[: len(cells) // per * per].reshape(-1, per, 3).mean(axis=1)
    hz = signal.hz / per
    valid = signal.valid[first:last][: len(cells) // per * per]
    means = means[valid.reshape(-1, per).all(axis=1)]
    size = round(_BREATH_WINDOW_S * hz)
    if len(means) < 10 * size:
        return False
    windows = means[: len(means) // size * size].reshape(-1, size, 3)
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size)[None, :, None]
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).sum(axis=2).mean(axis=0)
    frequency = np.fft.rfftfreq(size, 1 / hz)

    def density(low: float, high: float) -> float:
        return float(power[(frequency >= low) & (frequency <= high)].mean())

    below, breathing, above = density(0.1, 0.15), density(0.2, 0.4), density(0.5, 0.9)
    if not min(below, above) > 0:
        return False
    return breathing < criteria.off_body_breathing_ratio * float(np.sqrt(below * above))


def posture_change_deg(
    signal: NightSignal, epochs: tuple[int, int], criteria: NightCriteria
) -> FloatArray:
    """Return (k,) degrees of lasting posture from the epoch before to each of `epochs`.

    `epochs` are the first and the stop of them; NaN where unknown.
    """
    step, half = round(criteria.epoch_s), round(criteria.posture_median_s) // 2
    begin, count = max(0, epochs[0] - 1), epochs[1] - max(0, epochs[0] - 1)
    means = np.full((count, 3), np.nan)
    for first, last in stretches(step * count, step):
        low, high = begin * step + first - half, begin * step + last + half
        gravity = signal.gravity_g[max(0, low) : high].astype(np.float64)
        lasting = np.full_like(gravity, np.nan)
        for start, stop in runs(~np.isnan(gravity[:, 0])).tolist():
            for axis in range(3):
                lasting[start:stop, axis] = moving_median(gravity[start:stop, axis], 2 * half + 1)
        inner = lasting[half + min(0, low) :][: last - first]
        means[first // step : last // step] = inner.reshape(-1, step, 3).mean(axis=1)
    change = np.full(count, np.nan)
    change[1:] = angle_deg(means[:-1], means[1:])
    return change[epochs[0] - begin :]


def rest_blocks(
    signal: NightSignal, worn: Spans, border: tuple[float, float], criteria: NightCriteria
) -> Spans:
    """Return (k, 2) s, the times at rest within `border`: HDCZA on the angle of gravity."""
    start, stop = border
    epoch = criteria.epoch_s
    half = round(criteria.still_window_s / epoch) // 2
    first = max(0, int(start / epoch) - half)
    last = min(len(signal.gravity_g) // round(epoch), int(stop / epoch) + 1 + half)
    change = posture_change_deg(signal, (first, last), criteria)
    at = (np.arange(first, last) + 0.5) * epoch
    # A short hole tells nothing and breaks nothing: taken as still, and left out of the hours.
    near_worn = merge(worn, criteria.max_unknown_s)
    usable = inside(near_worn, at) & (at >= start) & (at < stop)
    level = np.where(usable, np.nan_to_num(change, nan=0.0), np.inf)
    quiet = moving_median(level, 2 * half + 1) < criteria.still_deg
    blocks = (runs(quiet & usable) + first) * epoch
    blocks = blocks[blocks[:, 1] - blocks[:, 0] >= criteria.min_rest_block_s]
    return clip(merge(blocks, criteria.max_rest_gap_s), start, stop)


def rest_span(
    signal: NightSignal, worn: Spans, border: tuple[float, float], criteria: NightCriteria
) -> Spans:
    """Return (0 or 1, 2) s, the longest time at rest; all of it where gravity is not seen."""
    if not signal.gravity_included or not len(worn):
        return worn[:0] if not len(worn) else merge([(worn[0, 0], worn[-1, 1])])
    blocks = rest_blocks(signal, worn, border, criteria)
    if not len(blocks):
        return empty_spans()
    return blocks[[np.argmax(blocks[:, 1] - blocks[:, 0])]]


def waking_evidence(
    movements: Sequence[Movement], series: Sequence[Series], criteria: NightCriteria
) -> WakingEvidence:
    """Return what may tell waking: nothing brief, and little of a periodic series.

    A lasting turn does, in a series too. Long movements tell most, small ones a little, and those
    within reach of a series, which they may be a part of, the less the surer it is none of chance.
    A turn that is not known, as without gravity, tells nothing.
    """
    onsets = np.array([m.onset_s for m in movements], dtype=np.float64)
    lasts = np.array([m.duration_s for m in movements], dtype=np.float64)
    turns = np.nan_to_num(np.array([m.turn_deg for m in movements], dtype=np.float64))
    members = np.array([index for one in series for index in one.members], dtype=np.int64)
    periodic = np.zeros(onsets.size)
    for one in series:
        near = _distance(onsets, onsets[list(one.members)]) <= criteria.near_series_s
        periodic[near] = np.maximum(periodic[near], _not_by_chance(one.intervals_s, criteria))
    small = np.where(lasts >= criteria.brief_movement_s, criteria.small_movement_ratio, 0.0)
    small *= 1 - periodic
    large = _ramp(lasts, criteria.large_from_s, criteria.large_in_full_s)
    large[members] = 0.0
    turned = _ramp(turns, criteria.lasting_turn_deg / 2, criteria.lasting_turn_deg)
    turned[members] = np.floor(turned[members])
    weight = np.maximum.reduce([small, large, turned])
    tells = weight > 0
    return WakingEvidence(onsets[tells], weight[tells])


def _not_by_chance(intervals_s: Sequence[float], criteria: NightCriteria) -> float:
    """Return how probable it is that intervals are of a series, not of who lies awake and moves.

    Those of a series lie about their median, on a logarithmic scale; by chance short ones are more
    frequent than long ones.
    """
    interval = np.log(intervals_s)
    rate = criteria.any_movement_per_h_awake / 3600.0
    spread = math.log(criteria.series_spread_ratio)
    about = (interval - np.median(interval)) / spread
    periodic = -0.5 * about**2 - math.log(spread * math.sqrt(2 * math.pi))
    some = math.exp(-rate * criteria.series_from_s) - math.exp(-rate * criteria.near_series_s)
    chance = interval + math.log(rate / some) - rate * np.exp(interval)
    # Half a logarithm of their number, as the median is theirs.
    unlikely = criteria.chance_series_ratio * math.sqrt(interval.size)
    surer = float(np.clip(np.sum(periodic - chance), -100.0, 100.0))
    return 1 / (1 + unlikely * math.exp(-surer))


def _ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    """Return (k,) from 0 at `low` to 1 at `high`."""
    ramp: FloatArray = np.clip((values - low) / (high - low), 0.0, 1.0)
    return ramp


def _distance(times_s: FloatArray, marks_s: FloatArray) -> FloatArray:
    """Return (k,) s from each of `times_s` to the nearest of `marks_s`, in order; inf with none."""
    padded = np.concatenate(([-np.inf], marks_s, [np.inf]))
    after = np.searchsorted(padded, times_s)
    distance: FloatArray = np.minimum(times_s - padded[after - 1], padded[after] - times_s)
    return distance


def sleep_spans(
    evidence: WakingEvidence, rest: Spans, criteria: NightCriteria
) -> tuple[Spans, FloatArray]:
    """Return (k, 2) s of likely sleep within `rest`, and (j, 2) when it may begin.

    The latter are moments in s and their probability.
    """
    if not len(rest):
        return empty_spans(), np.empty((0, 2))
    start, stop = float(rest[0, 0]), float(rest[-1, 1])
    epoch = criteria.state_epoch_s
    count = max(1, int(np.ceil((stop - start) / epoch)))
    index = np.floor((evidence.onset_s - start) / epoch).astype(np.int64)
    there = (index >= 0) & (index < count)
    counts = np.zeros(count)
    np.add.at(counts, index[there], evidence.weight[there])
    seen = np.zeros(count)
    for a, b in rest:
        edges = start + np.arange(count) * epoch
        seen += np.clip(np.minimum(edges + epoch, b) - np.maximum(edges, a), 0.0, epoch)
    course = course_of(counts, seen / 3600.0, criteria)
    sleep = intersect(runs(~course.awake) * epoch + start, rest)
    return sleep, np.column_stack((start + np.arange(count) * epoch, course.begins))


def passages_into_sleep(
    sleep: Spans, rest: Spans, began_s: float, min_wake_s: float, criteria: NightCriteria
) -> tuple[float, ...]:
    """Return the onsets of sleep (s) after a waking of `min_wake_s` or more.

    The first counts after any waking at all; who was asleep at the first sample gives none.
    """
    onsets = []
    for index, (start, _) in enumerate(sleep):
        if index:
            waking_s = total(clip(rest, float(sleep[index - 1, 1]), float(start)))
            counts = waking_s >= min_wake_s
        else:
            counts = start >= began_s + criteria.state_epoch_s
        if counts:
            onsets.append(float(start))
    return tuple(onsets)


def state_at(context: NightContext, times_s: npt.ArrayLike) -> list[str]:
    """Return sleep, wake or unknown for each of `times_s` (n,)."""
    times = np.asarray(times_s, dtype=np.float64)
    asleep, awake = inside(context.sleep, times), inside(context.wake, times)
    return [
        "sleep" if s else "wake" if w else "unknown" for s, w in zip(asleep, awake, strict=True)
    ]


def outside(context: NightContext) -> Spans:
    """Return (k, 2) s of the night without valid samples; less than a second is none to show."""
    spans = complement(context.valid, context.start_s, context.stop_s)
    return spans[spans[:, 1] - spans[:, 0] >= 1.0]
