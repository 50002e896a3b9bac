"""The picture of many nights: places of points, intervals and marks, for the page to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from detector.report.texts import date_text, number_text
from detector.trend.conditions import said
from detector.trend.diary import Diary, Value
from detector.trend.factors import Kind
from detector.trend.nights import PersonNight, PersonNights
from detector.trend.overview import Overview
from detector.trend.texts import evening_text, figure_scale, figure_text, texts, why_text

HEIGHT = 260.0  # px of the drawing between its lowest and its highest value
_MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A night: `x` in percent, the rest in px from the top; None without an interval."""

    x: str
    y: float
    high: float | None
    low: float | None
    counts: bool
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What was noted of one thing: marks at x in percent, filled for yes."""

    name: str
    marks: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the nights. `mean` is the band of the last weeks: x, width, top, height, line."""

    label: str
    points: tuple[Point, ...]
    mean: tuple[str, str, float, float, float] | None
    levels: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[str, str, bool], ...]
    lanes: tuple[Lane, ...]
    height: float
    radius: float
    has_others: bool


def chart(nights: PersonNights, found: Overview, diary: Diary | None = None) -> Chart | None:
    """Return the chart of the nights that have a date and a figure; None where there is none."""
    shown = [n for n in nights.nights if n.row.date is not None and n.index.value is not None]
    if not shown:
        return None
    evenings = [night.row.date for night in shown if night.row.date is not None]
    axis = _Axis(evenings[0], evenings[-1])
    top = _top(nights, shown, found)
    levels = tuple((_y(level, top), _level_text(level)) for level in _levels(top))
    name = texts()["figure"][nights.figure]
    return Chart(
        label=texts()["view"]["chart_label"].format(
            figure=name[0].upper() + name[1:],
            count=len(shown),
            first=date_text(evenings[0]),
            last=date_text(evenings[-1]),
        ),
        points=tuple(_point(night, nights, axis, top) for night in shown),
        mean=_mean(nights, found, axis, top),
        levels=levels,
        ticks=_ticks(axis),
        lanes=() if diary is None else _lanes(diary, axis),
        height=HEIGHT,
        radius=5.0 if len(shown) <= 45 else 3.5 if len(shown) <= 120 else 2.5,
        has_others=any(not night.counts for night in shown),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Evenings from `first` to `last` in percent of the width, with half a day at each end."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days

    def at(self, evening: date, shift: float = 0.0) -> float:
        passed = (evening - self.first).days + 0.5 + shift
        return min(100.0, max(0.0, 100 * passed / (self.days + 1)))

    def x(self, evening: date, shift: float = 0.0) -> str:
        return f"{self.at(evening, shift):.2f}%"


def _top(nights: PersonNights, shown: list[PersonNight], found: Overview) -> float:
    """Return the highest value drawn: of the intervals, but none squeezes all the points."""
    scale = figure_scale(nights.figure)
    values = [night.index.value or 0.0 for night in shown]
    highs = [night.index.high or 0.0 for night in shown]
    most = min(max(highs), 2.5 * max(values)) if max(values) > 0 else max(highs)
    if found.recent is not None:
        most = max(most, min(found.recent.high, 2 * max(values)))
    return float(max(scale * most, 1e-9) * 1.05)


def _levels(top: float) -> list[float]:
    size = 10.0 ** math.floor(math.log10(top / 4))
    step = min((m * size for m in (1, 2, 5, 10)), key=lambda step: abs(top / step - 4))
    return [k * step for k in range(int(top / step) + 1)]


def _level_text(level: float) -> str:
    return f"{level:.6g}"


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1 - min(max(value / top, 0.0), 1.0)), 1)


def _point(night: PersonNight, nights: PersonNights, axis: _Axis, top: float) -> Point:
    words, index = texts()["view"], night.index
    scale = figure_scale(nights.figure)
    value = index.value or 0.0
    bounded = index.low is not None and index.high is not None
    low, high = (index.low or 0.0, index.high or 0.0) if bounded else (value, value)
    reason = why_text(night, nights)
    text = words["point"].format(
        night=evening_text(night.row.date),
        value=figure_text(value, nights.figure),
        low=figure_text(low, nights.figure),
        high=figure_text(high, nights.figure),
        hours=number_text(index.hours),
        why=words["why"].format(why=reason) if reason else "",
    )
    return Point(
        x=axis.x(night.row.date or axis.first),
        y=_y(scale * value, top),
        high=_y(scale * high, top) if bounded else None,
        low=_y(scale * low, top) if bounded else None,
        counts=night.counts,
        text=text,
    )


def _mean(
    nights: PersonNights, found: Overview, axis: _Axis, top: float
) -> tuple[str, str, float, float, float] | None:
    one, begin = found.recent, found.recent_from
    if one is None or begin is None or not nights.used:
        return None
    last = nights.used[-1].row.date or axis.last
    scale = figure_scale(nights.figure)
    x, end = axis.at(max(begin, axis.first), -0.5), axis.at(last, 0.5)
    high, low, line = (_y(scale * v, top) for v in (one.high, one.low, one.value))
    return f"{x:.2f}%", f"{end - x:.2f}%", high, round(low - high, 1), line


def _ticks(axis: _Axis) -> tuple[tuple[str, str, bool], ...]:
    """Return x, text, and whether a narrow screen shows it too, of some evenings."""
    step = next(
        step for step in (1, 2, 7, 14, 28, 56, 112, 365, 3650) if axis.days / step < _MOST_TICKS
    )
    days = range(0, axis.days + 1, step)
    return tuple(
        (
            axis.x(evening),
            f"{evening.day} {date_text(evening, short=True).split()[-1]}",
            place % 3 == 0,
        )
        for place, evening in enumerate(date.fromordinal(axis.first.toordinal() + k) for k in days)
    )


def _lanes(diary: Diary, axis: _Axis) -> tuple[Lane, ...]:
    """Return a lane for each thing of which yes or no was noted; exercise counts as yes."""
    lanes = []
    for column in diary.columns:
        if column.kind not in (Kind.YES_NO, Kind.CHOICE):
            continue
        marks = [
            (axis.x(evening), _is_there(value), f"{evening_text(evening)}: {said(value)}")
            for evening in sorted(diary.rows)
            if axis.first <= evening <= axis.last
            and (value := diary.value(evening, column)) is not None
        ]
        if marks:
            lanes.append(Lane(column.title, tuple(marks)))
    return tuple(lanes)


def _is_there(value: Value) -> bool:
    return value is True or value in ("day", "evening")
