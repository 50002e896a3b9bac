"""Many nights in figures: their mean, how much they differ, and what change they could show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from detector.recording import FloatArray
from detector.trend.correlated import mean_of, slope_of
from detector.trend.criteria import TrendCriteria
from detector.trend.nights import PersonNights
from detector.trend.plan import MOST_NIGHTS

_PLAN_NIGHTS = (28, 56)
# nights of a plan: the effect, in SD of nights, that 80 % of simulated persons showed; each has a
# correlation of 0 to 0.6 with the night before (benchmarks/trend.py power)
_SHOWN_SD = {20: 2.3, 28: 1.65, 40: 1.3, 60: 1.02}
LEAST_SHOWN = min(_SHOWN_SD)  # shorter plans show no change that often, however large


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; `nights` is the number that it rests on."""

    value: float
    low: float
    high: float
    nights: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How much nights differ by themselves. `chance` is the SD that counting alone would give.

    `correlation` tells how much a night resembles the one before, None for fewer than ten nights.
    """

    sd: float
    chance: float
    lowest: float
    highest: float
    correlation: float | None


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest change that an experiment of so many nights would show four times in five."""

    nights: int
    change: float


@dataclass(frozen=True, slots=True)
class Overview:
    """What the nights that are compared say together; None where they are too few for it.

    `missing` is how many more a mean needs. `all_nights` is the mean of them, `recent` that of the
    last weeks, from `recent_from` on, `earlier` that of the nights before; `per_week` the change
    in a week.
    """

    usable: int
    missing: int
    recent_from: date | None
    all_nights: Estimate | None
    recent: Estimate | None
    earlier: Estimate | None
    per_week: Estimate | None
    spread: Spread | None
    smallest: tuple[Smallest, ...]


def overview(nights: PersonNights, criteria: TrendCriteria | None = None) -> Overview:
    """Sum up the nights of a person."""
    c = criteria or TrendCriteria()
    values, days = nights.values(), nights.days()
    missing = max(0, c.min_nights - values.size)
    if missing:
        return Overview(values.size, missing, None, None, None, None, None, None, ())
    last = nights.used[-1].row.date
    recent = days > days[-1] - c.recent_days
    first = date.fromordinal(last.toordinal() - c.recent_days + 1) if last else None
    slope = slope_of(values, days) if values.size >= c.min_trend_nights else None
    per_week = None
    if slope is not None:
        low, high = slope.limits(c.confidence)
        per_week = Estimate(7 * slope.value, 7 * low, 7 * high, values.size)
    spread = _spread(nights, values, days)
    return Overview(
        usable=values.size,
        missing=0,
        recent_from=first,
        all_nights=_mean(values, days, c),
        recent=_mean(values[recent], days[recent], c),
        earlier=_mean(values[~recent], days[~recent], c),
        per_week=per_week,
        spread=spread,
        smallest=_smallest_changes(values, c),
    )


def _mean(values: FloatArray, days: FloatArray, c: TrendCriteria) -> Estimate | None:
    if values.size < c.min_nights:
        return None
    found = mean_of(values, days)
    mean = float(values.mean())
    if found is None:  # all nights alike to the last digit
        return Estimate(mean, mean, mean, values.size)
    low, high = found.limits(c.confidence)
    return Estimate(mean, min(low, mean), max(high, mean), values.size)


def _spread(nights: PersonNights, values: FloatArray, days: FloatArray) -> Spread:
    # a 95 % interval is about four standard errors wide
    widths = [
        night.index.high - night.index.low
        for night in nights.used
        if night.index.high is not None and night.index.low is not None
    ]
    chance = math.sqrt(float(np.mean(np.square(np.array(widths) / (2 * 1.96))))) if widths else 0.0
    found = slope_of(values, days) if values.size >= 10 else None
    return Spread(
        sd=float(values.std(ddof=1)),
        chance=chance,
        lowest=float(values.min()),
        highest=float(values.max()),
        correlation=None if found is None else found.correlation,
    )


def _smallest_changes(values: FloatArray, c: TrendCriteria) -> tuple[Smallest, ...]:
    """Return the smallest change for as many nights as there are, and for usual plans."""
    sd = float(values.std(ddof=1))
    if values.size < c.min_trend_nights or not sd:
        return ()
    return tuple(
        Smallest(nights, sd * smallest_change(nights))
        for nights in sorted({values.size, *_PLAN_NIGHTS})
        if LEAST_SHOWN <= nights <= MOST_NIGHTS
    )


def smallest_change(nights: int) -> float:
    """Return the change, in SD of nights, that a plan of `nights` shows four times out of five.

    Interpolated between the numbers of nights that were simulated, from `LEAST_SHOWN` on; beyond
    them it falls with the square root of their number.
    """
    known = sorted(_SHOWN_SD)
    if nights > known[-1]:
        return _SHOWN_SD[known[-1]] * math.sqrt(known[-1] / nights)
    logs = np.log([_SHOWN_SD[n] for n in known])
    return float(np.exp(np.interp(math.log(nights), np.log(known), logs)))
