"""Rows of movements that go with pauses of breathing, where the sensor sees the breath.

breath      ~~~~~.......~~~~~~.......~~~~~~.......~~~~
movement         |      #     |      #     |      #        each where breathing comes back

A movement at the end of an apnea follows a pause and is followed by deep breaths. A periodic limb
movement changes breathing little. One movement tells nothing; a row of them does, if the breath
reaches the sensor at all. Where it does not, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from detector.criteria import ClassificationCriteria
from detector.filtering import SectionFilter, butterworth_band, filter_both_ways
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import FloatArray
from detector.series import Series

_BREATH_HZ = (0.15, 0.5)
_LEAST_HZ = 2.0  # a slower recording shows no breath
_ENOUGH_HZ = 5.0  # a faster one shows no more of it
_MARGIN_S = 30.0  # for the filter to settle
_AWAY_S = (4.0, 11.0)  # of a movement: nearer, its own tilt is larger than a breath


def breath_change(signal: NightSignal, movement: Movement) -> float:
    """Return the power of breathing after a movement over that before it, NaN where unknown."""
    hz = signal.hz
    if hz < _LEAST_HZ:
        return float("nan")
    reach_s = _AWAY_S[1] + _MARGIN_S
    first = max(0, int((movement.onset_s - reach_s) * hz))
    last = min(signal.valid.size, int((movement.offset_s + reach_s) * hz))
    if last <= first or not np.all(signal.valid[first:last]):
        return float("nan")
    per = max(1, round(hz / _ENOUGH_HZ))
    cells = signal.acceleration_g[first : last - (last - first) % per].astype(np.float64)
    means = cells.reshape(-1, per, 3).mean(axis=1)
    rate = hz / per
    moving = filter_both_ways(_breath(rate), means.T, min(len(means) - 1, round(10 * rate)))
    power = np.sum(moving**2, axis=0)

    def level(start_s: float, stop_s: float) -> float:
        start, stop = (int((edge_s - first / hz) * rate) for edge_s in (start_s, stop_s))
        part = power[max(0, start) : max(0, stop)]
        whole = part.size >= 0.9 * (_AWAY_S[1] - _AWAY_S[0]) * rate
        return float(np.median(part)) if whole else float("nan")

    before = level(movement.onset_s - _AWAY_S[1], movement.onset_s - _AWAY_S[0])
    after = level(movement.offset_s + _AWAY_S[0], movement.offset_s + _AWAY_S[1])
    return after / before if before > 0 else float("nan")


@cache
def _breath(hz: float) -> SectionFilter:
    return SectionFilter(butterworth_band(2, *_BREATH_HZ, hz))


def of_breathing(changes: FloatArray, criteria: ClassificationCriteria) -> float | None:
    """Return by how much breathing grows over the movements of a row (n,), None where it does not.

    It has to grow at most of them, and by enough in the median.
    """
    known = changes[np.isfinite(changes) & (changes > 0)]
    if known.size < criteria.train_members:
        return None
    median = float(np.median(known))
    share = float(np.mean(known > 1.0))
    if median < criteria.train_breath_ratio or share < criteria.train_member_ratio:
        return None
    return median


def find_trains(
    signal: NightSignal,
    movements: Sequence[Movement],
    series: Sequence[Series],
    criteria: ClassificationCriteria,
) -> dict[int, str]:
    """Return the members of rows that go with pauses of breathing, and why."""
    told: dict[int, str] = {}
    for one in series:
        grows = of_breathing(_changes(signal, movements, one, criteria), criteria)
        if grows is not None:
            why = (
                f"in a row of {len(one.members)} after which breathing is {grows**0.5:.1f} times "
                "as deep as before, as after pauses of breathing"
            )
            told.update(dict.fromkeys(one.members, why))
    return told


def _changes(
    signal: NightSignal,
    movements: Sequence[Movement],
    one: Series,
    criteria: ClassificationCriteria,
) -> FloatArray:
    """Return how breathing changes at the members of a row, as far as it may be one of breathing.

    At most rows it soon grows at too few of them, whatever the others show.
    """
    changes: list[float] = []
    may_grow = size = len(one.members)
    for index in one.members:
        changes.append(breath_change(signal, movements[index]))
        may_grow -= 0.0 < changes[-1] <= 1.0
        if may_grow / size < criteria.train_member_ratio:
            break
    return np.array(changes)
