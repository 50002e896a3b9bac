"""Counts and indices of a night, each with its denominator, basis and interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, reaches
from detector.exclusion import Exclusion
from detector.intervals import Spans, total
from detector.nights import NightContext
from detector.recording import FloatArray
from detector.series import Series, with_arousal
from detector.uncertainty import (
    block_dispersion,
    cluster_sizes,
    clusters,
    count_limits,
    independent_trials,
    rows_by_chance,
    series_dispersion,
    share_limits,
    sum_limits,
)


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
    """One night in figures. Times in seconds from the recording's first sample, hours in h.

    `chance_rows_per_h` is how many periodic movements an hour the single ones would make by chance.
    """

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
    chance_rows_per_h: float


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
    rates = _Rates(asleep, context, criteria)
    indices = _indices(rates, periodicity, hz=hz, turns_seen=turns_seen)
    if arousals_s is not None:
        indices["periodic_with_arousal_per_h"] = rates.periodic_with_arousal(
            arousals_s, indices["periodic_limb_movement_per_h"].withheld
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
        chance_rows_per_h=rates.by_chance / rates.hours if rates.hours else 0.0,
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


class _Rates:
    """The movements asleep of a night, parted for its indices, with the dispersion of each part."""

    def __init__(
        self, asleep: Sequence[ClassifiedMovement], context: NightContext, criteria: Criteria
    ) -> None:
        c, least_s = criteria, criteria.series.min_duration_s
        self.criteria, self.context, self.asleep = c, context, asleep
        self.hours = total(context.sleep) / 3600
        self.periodic = [m for m in asleep if m.label is Label.PERIODIC_LIMB_MOVEMENT]
        self.restless = [m for m in asleep if m.label is Label.RESTLESS_ACTIVITY]
        self.turns = [
            m for m in asleep if m.movement.turn_deg >= c.classification.restless_turn_deg
        ]
        self.single = [
            m
            for m in asleep
            if m.label not in (Label.PERIODIC_LIMB_MOVEMENT, Label.RESTLESS_ACTIVITY)
            and m.movement.duration_s >= least_s
        ]
        self.others = [m for m in asleep if m.label is not Label.PERIODIC_LIMB_MOVEMENT]
        onsets_s = _onsets(self.periodic)
        self.clusters = clusters(onsets_s, c.series)
        sizes = cluster_sizes(onsets_s, self.clusters)
        self.of_periodic = series_dispersion(sizes, c.summary)
        self.by_chance = rows_by_chance(
            len(self.single),
            len(self.restless),
            self.hours - total(self.clusters) / 3600,
            c.series,
        )

    def spread(self, found: Sequence[ClassifiedMovement]) -> float:
        """Return the dispersion of movements that come in no series."""
        return block_dispersion(_onsets(found), self.context.sleep, self.criteria.summary.block_s)

    def index(self, limits: tuple[float, float], value: float, why: str | None) -> Index:
        """Return what `value` in the night, and its limits, make an hour of sleep."""
        hours, basis = self.hours, self.context.basis
        if why is not None or hours <= 0:
            return Index(None, None, None, hours, basis, None, why or "no sleep was found")
        return Index(value / hours, limits[0] / hours, limits[1] / hours, hours, basis, None)

    def rate(
        self, count: float, dispersion: float, why: str | None, by_chance: float = 0.0
    ) -> Index:
        """Return a count of the night as one an hour of sleep, with its limits."""
        limits = count_limits(count, dispersion, self.criteria.summary.confidence, by_chance)
        return self.index(limits, count, why)

    def every(self, why: str | None) -> Index:
        """Return the rate of all movements: of those in series, and of others, each in its way."""
        parts = (self.periodic, self.others)
        counts = [len(part) for part in parts if part]
        spreads = (self.of_periodic, self.spread(self.others))
        confidence = self.criteria.summary.confidence
        limits = [
            count_limits(len(part), spread, confidence)
            for part, spread in zip(parts, spreads, strict=True)
            if part
        ]
        if not counts:
            return self.rate(0, 1.0, why)
        return self.index(sum_limits(counts, limits), sum(counts), why)

    def minutes(self, found: Sequence[ClassifiedMovement], why: str | None) -> Index:
        """Return the minutes an hour that movements take: those that last weigh more."""
        lasting = np.array([m.movement.duration_s / 60 for m in found])
        # Without one, the upper limit still speaks of the shortest that would have counted
        shortest = self.criteria.classification.restless_min_duration_s / 60
        mean = float((lasting**2).sum() / lasting.sum()) if lasting.size else shortest
        return self.rate(float(lasting.sum()), mean * self.spread(found), why)

    def periodic_with_arousal(self, arousals_s: Spans, why: str | None) -> Index:
        """Return the rate of periodic movements that go with an arousal."""
        c, movements = self.criteria, [m.movement for m in self.periodic]
        aroused = with_arousal(movements, arousals_s, c.series)
        onsets_s = _onsets(self.periodic)[aroused]
        # Few movements tell little of the share of a usual series: half of one is put to them
        usual = c.summary.usual_series_members
        share = (float(aroused.sum()) + 0.5 * usual) / (aroused.size + usual)
        sizes = cluster_sizes(onsets_s, self.clusters)
        index = self.rate(onsets_s.size, series_dispersion(sizes, c.summary, share), why)
        return replace(index, rule=c.series.rules)

    def share(self, value: float | None, of: int, rule: str, why: str | None) -> Index:
        """Return a share of what is periodic among `of`, with its limits."""
        hours, basis = self.hours, self.context.basis
        if why is not None or value is None or of == 0:
            return Index(None, None, None, hours, basis, rule, why or "there was no movement")
        trials = independent_trials(value, of, self.of_periodic, self.spread(self.others))
        low, high = share_limits(value, trials, self.criteria.summary.confidence)
        return Index(value, low, high, hours, basis, rule)


def _onsets(movements: Sequence[ClassifiedMovement]) -> FloatArray:
    return np.array([m.movement.onset_s for m in movements], dtype=np.float64)


def _indices(
    rates: _Rates, periodicity: float | None, *, hz: float, turns_seen: bool
) -> dict[str, Index]:
    c, hours, asleep = rates.criteria.summary, rates.hours, rates.asleep
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
    periodic, candidates = len(rates.periodic), len(rates.periodic) + len(rates.single)
    return {
        "periodic_limb_movement_per_h": replace(
            rates.rate(periodic, rates.of_periodic, slow, rates.by_chance),
            rule=rates.criteria.series.rules,
        ),
        "periodicity_intervals": rates.share(periodicity, len(asleep), "ferri-2006", sparse),
        "periodicity_share": rates.share(
            periodic / candidates if candidates else None,
            candidates,
            "plm-over-candidates",
            sparse,
        ),
        "movement_per_h": rates.every(slow),
        "restless_min_per_h": rates.minutes(rates.restless, few_hours),
        "turn_per_h": rates.rate(len(rates.turns), rates.spread(rates.turns), no_turns),
    }


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
