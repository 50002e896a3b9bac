"""Counts and indices of a night, each with its denominator, basis and interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, SummaryCriteria, reaches
from detector.distributions import beta_quantile, gamma_quantile
from detector.exclusion import Exclusion
from detector.intervals import Spans, clip, total
from detector.nights import NightContext
from detector.recording import FloatArray
from detector.series import Series, with_arousal


@dataclass(frozen=True, slots=True)
class Index:
    """A figure of the night: value and interval None, and a reason, where it is withheld."""

    value: float | None
    low: float | None
    high: float | None
    hours: float
    basis: str
    rule: str | None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """The periodic series that begin in a night; None where there is none."""

    count: int
    members_median: float | None
    interval_s_geometric_mean: float | None
    interval_ln_sd: float | None


@dataclass(frozen=True, slots=True)
class NightSummary:
    """One night in figures. Times in seconds from the recording's first sample, hours in h."""

    night: int
    date: date | None
    basis: str
    rest_s: tuple[float, float] | None
    sleep_period_s: tuple[float, float] | None
    sleep_onsets_s: tuple[float, ...]
    hours: Mapping[str, float]
    counts: Mapping[str, int | None]
    counts_wake: Mapping[str, int | None]
    excluded: Mapping[str, int]
    indices: Mapping[str, Index]
    series: SeriesSummary


def summarize(
    number: int,
    context: NightContext,
    movements: Sequence[ClassifiedMovement],
    series: Sequence[Series],
    criteria: Criteria,
    *,
    evening: date | None,
    periodicity: float | None,
    hz: float,
    turns_seen: bool = True,
    arousals_s: Spans | None = None,
) -> NightSummary:
    """Return the figures of one night.

    `movements` and `series` are those of this night; `periodicity` the share of intervals in runs;
    `arousals_s` (k, 2) the arousals that were scored, None where nobody did.
    """
    asleep = [m for m in movements if m.state == "sleep" and m.excluded_as is None]
    awake = [m for m in movements if m.state == "wake" and m.excluded_as is None]
    hours = {
        "recorded": total(context.valid) / 3600,
        "rest": total(context.rest) / 3600,
        "sleep": total(context.sleep) / 3600,
        "wake": total(context.wake) / 3600,
        "unknown": 0.0,
        "off_body": total(context.off_body) / 3600,
    }
    hours["unknown"] = max(
        0.0, hours["recorded"] - hours["sleep"] - hours["wake"] - hours["off_body"]
    )
    excluded = Counter(str(m.excluded_as) for m in movements if m.excluded_as is not None)
    untold = [
        str(label)
        for label, needed_hz in (
            (Label.HYPNIC_JERK, criteria.summary.min_jerk_hz),
            (Label.PERIODIC_LIMB_MOVEMENT, criteria.summary.min_movement_hz),
        )
        if not reaches(hz, needed_hz)
    ]
    indices = _indices(asleep, context, periodicity, criteria, hz=hz, turns_seen=turns_seen)
    if arousals_s is not None:
        indices["periodic_with_arousal_per_h"] = _with_arousal_index(
            asleep, context, criteria, arousals_s, indices["periodic_limb_movement_per_h"].withheld
        )
    return NightSummary(
        night=number,
        date=evening,
        basis=context.basis,
        rest_s=_outer(context.rest),
        sleep_period_s=_outer(context.sleep),
        sleep_onsets_s=context.sleep_onsets_s,
        hours=hours,
        counts=_counts(asleep, untold),
        counts_wake=_counts(awake, untold),
        excluded={str(kind): excluded[str(kind)] for kind in Exclusion},
        indices=indices,
        series=_series_summary(series),
    )


def _outer(spans: Spans) -> tuple[float, float] | None:
    """Return onset and length of all spans together."""
    if not len(spans):
        return None
    return float(spans[0, 0]), float(spans[-1, 1] - spans[0, 0])


def _counts(
    movements: Sequence[ClassifiedMovement], untold: Sequence[str]
) -> dict[str, int | None]:
    found = Counter(str(m.label) for m in movements)
    counts: dict[str, int | None] = {str(label): found[str(label)] for label in Label}
    return counts | dict.fromkeys(untold)


def _indices(
    asleep: Sequence[ClassifiedMovement],
    context: NightContext,
    periodicity: float | None,
    criteria: Criteria,
    *,
    hz: float,
    turns_seen: bool,
) -> dict[str, Index]:
    c = criteria.summary
    hours = total(context.sleep) / 3600
    periodic = [m for m in asleep if m.label is Label.PERIODIC_LIMB_MOVEMENT]
    restless = [m for m in asleep if m.label is Label.RESTLESS_ACTIVITY]
    turns = [m for m in asleep if m.movement.turn_deg >= criteria.classification.restless_turn_deg]
    shortest = criteria.series.min_duration_s
    candidates = [
        m
        for m in asleep
        if m.label is not Label.RESTLESS_ACTIVITY and m.movement.duration_s >= shortest
    ]
    few_hours = None
    if hours < c.min_sleep_h:
        few_hours = f"{hours:.1f} h of sleep; an index needs {c.min_sleep_h:g} h"
    no_turns = few_hours if turns_seen else "without gravity a turn cannot be seen"
    slow = few_hours
    if slow is None and not reaches(hz, c.min_movement_hz):
        slow = f"{hz:.2g} samples a second are too few to time a limb movement"
    sparse = slow
    if sparse is None and len(asleep) < c.min_movement_per_h * hours:
        rate = len(asleep) / hours
        sparse = f"{rate:.1f} movements an hour; it means nothing below {c.min_movement_per_h:g}"

    def rate_of(found: Sequence[ClassifiedMovement], rule: str | None, why: str | None) -> Index:
        onsets = np.array([m.movement.onset_s for m in found])
        return count_rate(onsets, context, c, rule=rule, withheld=why)

    minutes = sum(m.movement.duration_s for m in restless) / 60
    # Without one, the upper limit still speaks of the shortest that would have counted.
    shortest_min = criteria.classification.restless_min_duration_s / 60
    per_movement = minutes / len(restless) if restless else shortest_min
    restless_rate = rate_of(restless, None, few_hours)
    spread = _dispersion(np.array([m.movement.onset_s for m in periodic]), context.sleep, c.block_s)

    def share_of(value: float | None, of: int, rule: str) -> Index:
        if sparse is not None or value is None or of == 0:
            why = sparse or "there was no movement"
            return Index(None, None, None, hours, context.basis, rule, why)
        low, high = share_limits(value, of / spread, c.confidence)
        return Index(value, low, high, hours, context.basis, rule)

    return {
        "periodic_limb_movement_per_h": rate_of(periodic, criteria.series.rules, slow),
        "periodicity_intervals": share_of(periodicity, len(asleep), "ferri-2006"),
        "periodicity_share": share_of(
            len(periodic) / len(candidates) if candidates else None,
            len(candidates),
            "plm-over-candidates",
        ),
        "movement_per_h": rate_of(asleep, None, slow),
        "restless_min_per_h": _scaled(restless_rate, per_movement),
        "turn_per_h": rate_of(turns, None, no_turns),
    }


def _with_arousal_index(
    asleep: Sequence[ClassifiedMovement],
    context: NightContext,
    criteria: Criteria,
    arousals_s: Spans,
    withheld: str | None,
) -> Index:
    periodic = [m.movement for m in asleep if m.label is Label.PERIODIC_LIMB_MOVEMENT]
    aroused = with_arousal(periodic, arousals_s, criteria.series)
    onsets = np.array([m.onset_s for m in periodic])[aroused]
    return count_rate(
        onsets, context, criteria.summary, rule=criteria.series.rules, withheld=withheld
    )


def _scaled(index: Index, factor: float) -> Index:
    def times(value: float | None) -> float | None:
        return None if value is None else value * factor

    return Index(
        times(index.value),
        times(index.low),
        times(index.high),
        index.hours,
        index.basis,
        index.rule,
        index.withheld,
    )


def count_rate(
    onsets_s: FloatArray,
    context: NightContext,
    criteria: SummaryCriteria,
    *,
    rule: str | None,
    withheld: str | None,
) -> Index:
    """Return events an hour of sleep with the interval of an overdispersed Poisson rate.

    Movements come in clusters, so the exact Poisson limits are widened by the dispersion of the
    counts between blocks of the night; with no event they are the exact limits of a zero count.
    """
    sleep, basis = context.sleep, context.basis
    hours = total(sleep) / 3600
    if withheld is not None or hours <= 0:
        return Index(None, None, None, hours, basis, rule, withheld or "no sleep was found")
    spread = _dispersion(onsets_s, sleep, criteria.block_s)
    effective = onsets_s.size / spread
    tail = (1 - criteria.confidence) / 2
    low = gamma_quantile(effective, tail) if effective else 0.0
    high = gamma_quantile(effective + 1, 1 - tail)
    return Index(
        onsets_s.size / hours, low * spread / hours, high * spread / hours, hours, basis, rule
    )


def _dispersion(onsets_s: FloatArray, sleep: Spans, block_s: float) -> float:
    """Return variance over mean of the counts in blocks of sleep, at least 1."""
    if not onsets_s.size or not len(sleep):
        return 1.0
    edges = np.arange(sleep[0, 0], sleep[-1, 1] + block_s, block_s)
    hours = np.array([total(clip(sleep, a, b)) / 3600 for a, b in pairwise(edges)])
    counts, _ = np.histogram(onsets_s, edges)
    used = hours > 0.25 * block_s / 3600
    if used.sum() < 4 or not counts[used].sum():
        return 1.0
    expected = counts[used].sum() / hours[used].sum() * hours[used]
    pearson = np.sum((counts[used] - expected) ** 2 / expected) / (used.sum() - 1)
    return max(1.0, float(pearson))


def share_limits(value: float, trials: float, confidence: float) -> tuple[float, float]:
    """Return exact binomial limits of a share of `trials`, as many as are independent."""
    trials = max(1.0, trials)
    hits = value * trials
    tail = (1 - confidence) / 2
    low = beta_quantile(hits, trials - hits + 1, tail) if hits > 0 else 0.0
    high = beta_quantile(hits + 1, trials - hits, 1 - tail) if hits < trials else 1.0
    return low, high


def _series_summary(series: Sequence[Series]) -> SeriesSummary:
    if not series:
        return SeriesSummary(0, None, None, None)
    logs = np.log(np.concatenate([one.intervals_s for one in series]))
    return SeriesSummary(
        count=len(series),
        members_median=float(np.median([len(one.members) for one in series])),
        interval_s_geometric_mean=float(np.exp(logs.mean())),
        interval_ln_sd=float(logs.std(ddof=1)) if logs.size > 1 else None,
    )
