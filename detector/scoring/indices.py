"""The figures of a scored night, each with what it counts and what that is divided by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from detector.criteria import SummaryCriteria
from detector.intervals import total
from detector.recording import FloatArray
from detector.scoring.night import ScoredMovement, ScoredNight
from detector.series import intervals_between, intervals_in_runs

NO_STAGES = "no stage is scored; add rows of kind stage"
STATES = ("sleep", "wake", "unscored")
_BIN_S, _LAST_BIN_S = 2.0, 90.0  # the histogram of intervals between movements, Ferri 2006
_LN_BIN = 0.1

COUNTED: dict[str, Callable[[ScoredMovement], object]] = {
    "limb_movement": attrgetter("movement"),  # all of them
    "candidate": attrgetter("movement.candidate"),
    "periodic": attrgetter("periodic"),
    "periodic_without_respiratory": attrgetter("periodic_without_respiratory"),
    "periodic_with_arousal": lambda one: one.periodic and one.arousal,
    "isolated": attrgetter("isolated"),
    "short_interval": attrgetter("short_interval"),
    "respiratory": attrgetter("respiratory"),
    "arousal": attrgetter("arousal"),
}

Counts = dict[str, dict[str, int | None]]


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is `count` over `denominator`; None, with the reason, where it is withheld.

    `per` names what the denominator counts; it is None, and so is the count, where no stage is
    scored.
    """

    value: float | None
    count: int | None
    denominator: float | None
    per: str
    rule: str
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class IntervalStatistics:
    """Intervals from onset to onset; None where there is none, an SD where there is only one.

    `histogram` counts bins of 2 s from 0 to 90 s, the last with both its ends, `above` what is
    longer; `ln_histogram` counts bins of 0.1 of the natural logarithm, the first from `ln_first`.
    """

    count: int
    median_s: float | None
    geometric_mean_s: float | None
    ln_mean: float | None
    ln_sd: float | None
    histogram: tuple[int, ...]
    above: int
    ln_first: float | None
    ln_histogram: tuple[int, ...]


def counts(night: ScoredNight) -> Counts:
    """Return how many movements of each sort there are by state; None for states not scored."""
    found: Counts = {}
    for name, is_one in COUNTED.items():
        states = [one.state for one in night.movements if is_one(one)]
        found[name] = {
            state: states.count(state) if night.has_stages or state == "unscored" else None
            for state in STATES
        }
    return found


def figures(night: ScoredNight, criteria: SummaryCriteria) -> dict[str, Figure]:
    """Return the indices of a night by name: rates an hour asleep (one awake), and two shares."""
    found = counts(night)
    rates = {
        "periodic_limb_movement_per_h": "periodic",
        "periodic_without_respiratory_per_h": "periodic_without_respiratory",
        "periodic_with_arousal_per_h": "periodic_with_arousal",
        "limb_movement_per_h": "limb_movement",
        "candidate_per_h": "candidate",
        "isolated_per_h": "isolated",
        "short_interval_per_h": "short_interval",
    }
    asleep = {
        name: _rate(night, found[counted]["sleep"], criteria.min_sleep_h)
        for name, counted in rates.items()
    }
    sparse = _sparse(asleep["limb_movement_per_h"], criteria)
    intervals_s = asleep_intervals(night)
    return {
        "periodic_limb_movement_per_h": asleep.pop("periodic_limb_movement_per_h"),
        "periodic_limb_movement_awake_per_h": _awake_rate(night, found["periodic"]["wake"]),
        "periodicity_intervals": _share(
            intervals_in_runs(intervals_s, night.criteria),
            int(np.isfinite(intervals_s).sum()),
            Figure(None, None, None, "interval asleep", "ferri-2006", sparse),
        ),
        "periodicity_share": _share(
            found["periodic"]["sleep"],
            found["candidate"]["sleep"],
            Figure(None, None, None, "candidate asleep", "plm-over-candidates", sparse),
        ),
        **asleep,
    }


def _rate(night: ScoredNight, count: int | None, least_h: float) -> Figure:
    per, rule, hours = "hour of sleep", night.criteria.rules, total(night.sleep) / 3600
    if not night.has_stages or count is None:
        return Figure(None, None, None, per, rule, NO_STAGES)
    if hours < least_h or hours == 0:
        why = f"{hours:.1f} h of sleep; an index needs {least_h:g} h"
        return Figure(None, count, hours, per, rule, why)
    return Figure(count / hours, count, hours, per, rule)


def _awake_rate(night: ScoredNight, count: int | None) -> Figure:
    per, rule, hours = "hour of waking", night.criteria.rules, total(night.wake) / 3600
    if not night.has_stages or count is None:
        return Figure(None, None, None, per, rule, NO_STAGES)
    if night.criteria.asleep_only:
        return Figure(None, None, hours, per, rule, "the AASM scores movements in sleep only")
    if hours == 0:
        return Figure(None, count, hours, per, rule, "no waking is scored")
    return Figure(count / hours, count, hours, per, rule)


def _sparse(movements: Figure, criteria: SummaryCriteria) -> str | None:
    """Return why a share of the movements would mean nothing; None where it means something."""
    least = criteria.min_movement_per_h
    if movements.value is None or movements.value >= least:
        return movements.withheld
    return f"{movements.value:.1f} movements an hour; it means nothing below {least:g}"


def _share(count: int | None, of: int | None, figure: Figure) -> Figure:
    """Return `figure` with a share as its value, where nothing withholds it."""
    if count is None or of is None or figure.withheld == NO_STAGES:
        return figure
    why = figure.withheld or (None if of else f"there is no {figure.per}")
    return Figure(None if why else count / of, count, of, figure.per, figure.rule, why)


def asleep_intervals(night: ScoredNight) -> FloatArray:
    """Return the intervals between candidates asleep (n - 1,); nan where there is none.

    There is none across waking, a break, or a movement that ends a series; without stages, all
    candidates count as asleep.
    """
    onsets_s = np.array([m.movement.onset_s for m in night.movements], dtype=np.float64)
    candidate = np.array([m.movement.candidate for m in night.movements], dtype=bool)
    asleep = np.array([m.state == "sleep" for m in night.movements], dtype=bool)
    asleep |= not night.has_stages
    breaks_s = [night.breaks_s, night.sleep_ends_s]
    if not night.criteria.non_candidate_passes:
        breaks_s.append(onsets_s[~candidate])
    return intervals_between(onsets_s[candidate & asleep], np.concatenate(breaks_s))


def series_intervals(night: ScoredNight) -> FloatArray:
    """Return the intervals (n,) within series, whatever the state."""
    return np.array([i for one in night.series for i in one.intervals_s], dtype=np.float64)


def interval_statistics(intervals_s: FloatArray) -> IntervalStatistics:
    """Return what there is to say of intervals (n,) in s; nan is none."""
    intervals = intervals_s[np.isfinite(intervals_s)]
    histogram, _ = np.histogram(intervals, np.arange(0, _LAST_BIN_S + _BIN_S, _BIN_S))
    above = int(np.sum(intervals > _LAST_BIN_S))
    if not intervals.size:
        none: tuple[int, ...] = ()
        return IntervalStatistics(
            0, None, None, None, None, tuple(histogram.tolist()), above, None, none
        )
    logs = np.log(intervals)
    bins = np.floor(logs / _LN_BIN).astype(np.int64)
    ln_histogram = np.bincount(bins - bins.min())
    return IntervalStatistics(
        count=intervals.size,
        median_s=float(np.median(intervals)),
        geometric_mean_s=float(np.exp(logs.mean())),
        ln_mean=float(logs.mean()),
        ln_sd=float(logs.std(ddof=1)) if logs.size > 1 else None,
        histogram=tuple(histogram.tolist()),
        above=above,
        ln_first=round(float(bins.min()) * _LN_BIN, 1),
        ln_histogram=tuple(ln_histogram.tolist()),
    )
