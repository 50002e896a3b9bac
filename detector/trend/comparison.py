"""Nights on two sides of a factor: the difference, its interval, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from detector.recording import FloatArray
from detector.trend.conditions import Contrast
from detector.trend.correlated import difference_of
from detector.trend.criteria import TrendCriteria
from detector.trend.diary import Diary
from detector.trend.nights import PersonNights
from detector.trend.plan import Plan, drawn_orders
from detector.trend.randomization import LotTest, Orders, lot_test, orders_of

RANDOMIZED, ASSOCIATION = "randomized", "association"
_LOT_SEED = 20_000  # of the orders that a plan is held against; any would do


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its condition as typed and in words, and the nights that count.

    `mean` is their plain mean, None where they are too few.
    """

    condition: str
    phrase: str
    nights: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The nights `with_` a condition against the others; `difference` is the first minus the other.

    Adjusted for a linear trend. All is None, and `too_few` says why, where nights are missing.
    `low` or `high` is None, with a difference, where the orders of the plan bound it not at all.
    `kind` is randomized where a plan drawn by lot was tested, else association. `washout` are
    nights left out after a switch; `strayed` evenings on which the diary tells another condition
    than the plan, None without both.
    """

    factor: str
    kind: str
    figure: str
    with_: Side
    against: Side
    washout: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    smallest: float | None = None
    too_few: str | None = None
    strayed: int | None = None


def compare_diary(
    nights: PersonNights,
    arms: Mapping[date, int | None],
    contrast: Contrast,
    criteria: TrendCriteria | None = None,
) -> Comparison:
    """Compare nights by what a diary tells: an association, whatever made the evenings differ.

    `arms` tell of every evening that was noted, with a night or without, 1, 0 or None for neither;
    a night right after an evening of another arm does not count.
    """
    c = criteria or TrendCriteria()
    return _associated(_kept(nights, arms, contrast, c), c)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The nights that count, (n,) each, and the comparison as far as counting goes."""

    base: Comparison
    values: FloatArray
    days: FloatArray
    arm: FloatArray


def _kept(
    nights: PersonNights, arms: Mapping[date, int | None], contrast: Contrast, c: TrendCriteria
) -> _Kept:
    """Leave out the nights that belong to no side, or follow a switch."""
    steady = _steady(arms, c.washout_nights)
    told = [(n, arms[n.row.date]) for n in nights.used if n.row.date and n.row.date in arms]
    known = [(night, arm) for night, arm in told if arm is not None]
    kept = [(night, arm) for night, arm in known if night.row.date in steady]
    arm = np.array([a for _, a in kept], dtype=np.float64)
    values = np.array([night.index.value for night, _ in kept], dtype=np.float64)
    days = np.array([n.row.date.toordinal() for n, _ in kept if n.row.date], dtype=np.float64)
    base = Comparison(
        factor=contrast.factor.name,
        kind=ASSOCIATION,
        figure=nights.figure,
        with_=_side(contrast.with_.text, contrast.with_.phrase, values[arm == 1], c),
        against=_side(contrast.against.text, contrast.against.phrase, values[arm == 0], c),
        washout=len(known) - len(kept),
    )
    return _Kept(replace(base, too_few=_too_few(base, c)), values, days, arm)


def _associated(kept: _Kept, c: TrendCriteria) -> Comparison:
    """Add the difference, by nights that depend on the night before."""
    if kept.base.too_few:
        return kept.base
    found = difference_of(kept.values, kept.days, kept.arm)
    if found is None:
        return replace(kept.base, too_few="these nights cannot be told from a line through time")
    low, high = found.limits(c.confidence)
    return replace(
        kept.base,
        difference=found.value,
        low=low,
        high=high,
        p=found.probability(),
        smallest=_smallest((high - low) / 2, kept.values.size - 3, c),
    )


def compare_plan(
    nights: PersonNights,
    plan: Plan,
    contrast: Contrast,
    noted: Mapping[date, int | None],
    criteria: TrendCriteria | None = None,
) -> Comparison:
    """Compare nights by a plan, as it was drawn: what was planned counts, not what was done.

    Where the order was changed since it is an association. `noted` is what the diary tells.
    """
    c = replace(criteria or TrendCriteria(), washout_nights=plan.washout_nights)
    first_is_yes = contrast.arm(True) == 1
    arms = plan.arms if first_is_yes else 1 - plan.arms
    by_evening: dict[date, int | None] = dict(zip(plan.evenings, arms.tolist(), strict=True))
    strayed = None
    if noted:
        strayed = sum(
            noted.get(day) not in (None, arm) and arm is not None for day, arm in by_evening.items()
        )
    kept = _kept(nights, by_evening, contrast, c)
    base = replace(kept.base, strayed=strayed)
    if base.too_few:
        return base
    test = _lot_test(nights, plan, c) if plan.by_lot else None
    if test is None:
        return replace(_associated(kept, c), strayed=strayed)
    way = 1 if first_is_yes else -1
    low, high = sorted(way * limit for limit in test.limits(c.confidence))
    bounded = math.isfinite(low) and math.isfinite(high)
    return replace(
        base,
        kind=RANDOMIZED,
        difference=way * test.value,
        low=low if math.isfinite(low) else None,
        high=high if math.isfinite(high) else None,
        p=test.probability(),
        smallest=_smallest((high - low) / 2, kept.values.size - 3, c) if bounded else None,
    )


def _lot_test(nights: PersonNights, plan: Plan, c: TrendCriteria) -> LotTest | None:
    """Return the test of yes minus no by the orders that the lot could have given."""
    figures = {night.row.date: night.index.value for night in nights.used}
    got = [figures.get(day) for day in plan.evenings]
    there = np.array([value is not None for value in got])
    values = np.array([0.0 if value is None else value for value in got])
    others = _lot_orders(plan.arms.size, c.washout_nights, c.permutations, tuple(there.tolist()))
    own = orders_of(plan.arms[None, :], there, c.washout_nights)
    return lot_test(values, plan.arms, own, others)


@lru_cache(maxsize=2)
def _lot_orders(nights: int, washout_nights: int, count: int, there: tuple[bool, ...]) -> Orders:
    """Return what a plan is held against: the same for all plans of that length."""
    others = drawn_orders(nights, count, _LOT_SEED, washout_nights)
    return orders_of(others, np.array(there), washout_nights)


def _steady(arms: Mapping[date, int | None], washout_nights: int) -> frozenset[date]:
    """Return the evenings that follow enough noted evenings of their own arm, or no evening.

    Evenings of which nothing was noted are passed over: the last that was noted decides.
    """
    ordered = sorted(arms)
    steady = set()
    for k, day in enumerate(ordered):
        before = [arms[other] for other in ordered[max(0, k - washout_nights) : k]]
        if all(arm == arms[day] for arm in before):
            steady.add(day)
    return frozenset(steady)


def _side(condition: str, phrase: str, values: FloatArray, c: TrendCriteria) -> Side:
    mean = float(values.mean()) if values.size >= c.min_nights else None
    return Side(condition, phrase, int(values.size), mean)


def _too_few(base: Comparison, c: TrendCriteria) -> str | None:
    short = [side for side in (base.with_, base.against) if side.nights < c.min_arm_nights]
    if not short:
        return None
    said = " and ".join(
        f"{side.nights} night{'' if side.nights == 1 else 's'} {side.phrase}" for side in short
    )
    return f"{said}; each side needs {c.min_arm_nights}"


def _smallest(half_width: float, freedom: int, c: TrendCriteria) -> float:
    """Return the difference that nights like these would show with the set power."""
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to import

    by_confidence = float(stdtrit(freedom, (1 + c.confidence) / 2))
    return half_width * (1 + float(stdtrit(freedom, c.power)) / by_confidence)


def noted_arms(diary: Diary | None, contrast: Contrast) -> dict[date, int | None]:
    """Return the arm of each evening of which the contrast's factor was noted."""
    arms: dict[date, int | None] = {}
    if diary is None or all(c.name != contrast.factor.name for c in diary.columns):
        return arms
    for evening in diary.rows:
        value = diary.value(evening, contrast.factor)
        if value is not None:
            arms[evening] = contrast.arm(value)
    return arms


def with_holm(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return the same with the probabilities that Holm's correction gives to all looked at."""
    tested = [k for k, one in enumerate(comparisons) if one.p is not None]
    corrected = holm([comparisons[k].p or 0.0 for k in tested])
    by_place = dict(zip(tested, corrected, strict=True))
    return tuple(replace(one, p_holm=by_place.get(k)) for k, one in enumerate(comparisons))


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return probabilities corrected for their number (Holm 1979), in the order given."""
    order = sorted(range(len(probabilities)), key=lambda k: probabilities[k])
    corrected = [0.0] * len(probabilities)
    highest = 0.0
    for rank, k in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * probabilities[k]))
        corrected[k] = highest
    return corrected
