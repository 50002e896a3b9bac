"""A side of a comparison as it is typed: caffeine=no, stress>=6, bedtime<23:00."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from statistics import median
from typing import Any

from detector.errors import CriteriaError
from detector.trend.diary import Diary, Value, value_of
from detector.trend.factors import Factor, Kind, factor_named
from detector.trend.sheet import DiaryError

_FORM = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|!=|<|>|=)\s*(.+?)\s*")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"<": "below", "<=": "up to", ">": "above", ">=": "at least"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds of an evening: a factor, how it is compared, and with what."""

    factor: Factor
    sign: str
    values: tuple[Value, ...]

    def holds(self, value: Value) -> bool:
        """Tell whether it holds of what was noted."""
        if self.sign in _ORDER:
            return _ORDER[self.sign](_ordered(value), _ordered(self.values[0]))
        return (value in self.values) == (self.sign == "=")

    @property
    def text(self) -> str:
        """The condition as it is typed."""
        return f"{self.factor.name}{self.sign}{','.join(said(value) for value in self.values)}"

    @property
    def phrase(self) -> str:
        """The condition in a sentence: without caffeine after 14:00."""
        if self.sign == "=" and len(self.values) == 1:
            phrase = self.factor.said.get(said(self.values[0]))
            if phrase:
                return phrase
        if self.sign in _ORDER:
            return f"with {self.factor.title.lower()} {_WORDS[self.sign]} {said(self.values[0])}"
        return f"with {self.text}"

    def negated(self) -> Condition:
        """Return the condition that holds wherever this one does not."""
        other = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}[self.sign]
        if self.factor.kind is Kind.YES_NO and len(self.values) == 1:
            return Condition(self.factor, self.sign, (not self.values[0],))
        return Condition(self.factor, other, self.values)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two conditions of one factor: nights of the first are compared with those of the other."""

    factor: Factor
    with_: Condition
    against: Condition

    def arm(self, value: Value | None) -> int | None:
        """Return 1 for the first side, 0 for the other, None for neither or nothing noted."""
        if value is None:
            return None
        first, second = self.with_.holds(value), self.against.holds(value)
        if first == second:
            return None
        return int(first)


def said(value: Value) -> str:
    """Return a value as a person would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:g}" if isinstance(value, float) else value


def _ordered(value: Value) -> float | str:
    """Return what values are put in order by: times from noon on, since nights cross midnight."""
    if isinstance(value, time):
        hours = value.hour + value.minute / 60
        return hours if hours >= 12 else hours + 24
    return value if isinstance(value, str) else float(value)


def read_condition(text: str, diary: Diary) -> Condition:
    """Read a condition on a column of the diary; CriteriaError where it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise CriteriaError(f"{text!r} is no condition such as caffeine=no or stress>=6")
    name, sign, right = match.groups()
    try:
        factor = diary.column(name)
    except DiaryError as error:
        raise CriteriaError(str(error)) from error
    parts = [right] if factor.kind in (Kind.NUMBER, Kind.TIME) else right.split(",")
    values = [value_of(part, factor) for part in parts]
    told = [value for value in values if value is not None]
    if len(told) < len(values):
        raise CriteriaError(f"{text!r}: {factor.name} is {_kind_text(factor)}")
    if sign in _ORDER and factor.kind not in (Kind.NUMBER, Kind.TIME):
        raise CriteriaError(f"{text!r}: {factor.name} has no order; use = or !=")
    return Condition(factor, sign, tuple(told))


def _kind_text(factor: Factor) -> str:
    return {
        Kind.YES_NO: "yes or no",
        Kind.CHOICE: "none, day or evening",
        Kind.NUMBER: "a number",
        Kind.TIME: "a time such as 23:00",
        Kind.TEXT: "a text",
    }[factor.kind]


def read_contrasts(
    sides: Sequence[str], others: Sequence[str], diary: Diary
) -> tuple[Contrast, ...]:
    """Return the contrasts of --with and --against, paired in the order in which they were given.

    Where no --against was given each side is compared with all other nights of which the factor
    was noted.
    """
    if others and len(others) != len(sides):
        raise CriteriaError("give as many --against as --with, or none: they belong together")
    found = []
    for number, text in enumerate(sides):
        one = read_condition(text, diary)
        other = read_condition(others[number], diary) if others else one.negated()
        if one.factor.name != other.factor.name:
            raise CriteriaError(
                f"{one.text} and {other.text} are of two factors; compare one factor at a time"
            )
        found.append(Contrast(one.factor, one, other))
    return tuple(found)


def planned_contrast(
    name: str, sides: Sequence[str], others: Sequence[str]
) -> tuple[Contrast, ...]:
    """Return the contrast of a plan: no against yes, or as --with and --against have it."""
    factor = factor_named(name) or Factor(name, Kind.YES_NO, name)
    if factor.kind is not Kind.YES_NO:
        factor = Factor(name, Kind.YES_NO, factor.title, said=factor.said, facts=factor.facts)
    if not sides:
        no = Condition(factor, "=", (False,))
        return (Contrast(factor, no, no.negated()),)
    found = read_contrasts(sides, others, Diary("the plan", (factor,), {}))
    if len(found) > 1:
        raise CriteriaError("a plan has one factor: give one --with")
    return found


def every_contrast(diary: Diary, evenings: Sequence[date]) -> tuple[Contrast, ...]:
    """Return one contrast for each column that differs between evenings, but not for texts.

    Yes and no: without against with, alone or a bath the other way round. Exercise: none against
    some. Numbers and times: up to their median against above it.
    """
    found = []
    for factor in diary.columns:
        values = [v for day in evenings if (v := diary.value(day, factor)) is not None]
        if factor.kind is Kind.TEXT or len(set(values)) < 2:
            continue
        one = _first_side(factor, values)
        found.append(Contrast(factor, one, one.negated()))
    return tuple(found)


def _first_side(factor: Factor, values: Sequence[Value]) -> Condition:
    if factor.kind is Kind.YES_NO:
        wanted = factor.name in ("bath_or_massage", "alone_in_bed")
        return Condition(factor, "=", (wanted,))
    if factor.kind is Kind.CHOICE:
        return Condition(factor, "=", ("none",))
    ordered = sorted(values, key=_ordered)
    middle = ordered[(len(ordered) - 1) // 2]
    if factor.kind is Kind.NUMBER:
        middle = float(median(v for v in values if isinstance(v, float)))
    if _ordered(middle) == _ordered(ordered[-1]):
        return Condition(factor, "<", (middle,))
    return Condition(factor, "<=", (middle,))
