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
from detector.trend.plan import LEAST_NIGHTS, MOST_NIGHTS, counted, draw_plan

_PLAN_NIGHTS = (14, 28, 56)
_DRAWS = 12


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
        smallest=_smallest_changes(values, days, c),
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


def _smallest_changes(
    values: FloatArray, days: FloatArray, c: TrendCriteria
) -> tuple[Smallest, ...]:
    """Return the smallest change for as many nights as there are, and for usual plans."""
    found = slope_of(values, days)
    if found is None or values.size < c.min_trend_nights:
        return ()
    sd = float(values.std(ddof=1))
    lengths = sorted({values.size, *_PLAN_NIGHTS})
    return tuple(
        Smallest(n, sd * smallest_change(n, found.correlation, c))
        for n in lengths
        if LEAST_NIGHTS <= n <= MOST_NIGHTS
    )


def smallest_change(
    nights: int, correlation: float, criteria: TrendCriteria | None = None
) -> float:
    """Return the change, in SD of nights, that a plan of `nights` would show with the set power.

    `correlation` is that of a night with the one before. It is the sum of the t values for
    confidence and power times the standard error of the difference, averaged over drawn plans.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to import

    c = criteria or TrendCriteria()
    errors, sizes = [], []
    for seed in range(_DRAWS):
        arms = draw_plan("any", date(2000, 1, 1), nights, seed, min(1, c.washout_nights)).arms
        day = np.flatnonzero(counted(arms, c.washout_nights)).astype(np.float64)
        arm = arms[day.astype(np.int64)].astype(np.float64)
        columns = np.column_stack((np.ones(day.size), day - day.mean(), arm))
        apart = np.abs(day[:, None] - day[None, :])
        inverse = np.linalg.inv(correlation**apart if correlation else np.eye(day.size))
        errors.append(math.sqrt(np.linalg.inv(columns.T @ inverse @ columns)[-1, -1]))
        sizes.append(day.size - 3)
    freedom = float(np.mean(sizes))
    times = stdtrit(freedom, (1 + c.confidence) / 2) + stdtrit(freedom, c.power)
    return float(times) * float(np.mean(errors))
