"""Clocks that are text, or that stand in several columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from ..recording import FloatArray
from .clock import PartsClock, TextClock, parts_seconds
from .clock_judged import Candidate, ClockChoice, ClockSources
from .columns import names_a_clock, offset_of, words
from .date_order import tell_date_order
from .stamps import (
    DateOrder,
    StampLayout,
    day_of,
    is_date,
    layout_of,
    seconds_of_list,
    utc_seconds,
    zone_seconds,
)
from .table import Table

# What the columns of a date's and a time's parts are called.
_DATE_PARTS = (("year", "yyyy", "yr"), ("month", "mon"), ("day", "dd"))
_TIME_PARTS = (
    ("hour", "hours", "hr", "hrs", "hh", "h"),
    ("minute", "minutes", "min", "mins", "m"),
    ("second", "seconds", "sec", "secs", "ss", "s"),
)
# What stands in a column of its own behind the whole second, and what one of it is in s.
_PARTS_OF_A_SECOND = {
    **dict.fromkeys(("millisecond", "milliseconds", "millis", "ms", "msec", "m sec"), 1e-3),
    **dict.fromkeys(("microsecond", "microseconds", "micros", "us", "usec"), 1e-6),
}
# Hours, minutes and seconds without marks, which are a time where a date stands beside.
_TIME_DIGITS = re.compile(r"[0-2]\d[0-5]\d[0-5]\d(?:[.,]?\d{3}|[.,]\d+|\d{6})?")
_EARLIEST_S, _LATEST_S = 9.4e8, 4.1e9  # 2000 to 2099
# Of so many stamps one or two may be damaged.
_MOST_BACKWARD = 0.02


def parts_candidate(sources: ClockSources) -> Candidate | None:
    """Judge columns named hour, minute and second, with their date or a part of a second beside."""
    table, zone = sources.table, sources.zone
    found = {" ".join(words(name)): i for i, name in reversed(list(enumerate(table.names)))}
    date_at = [next((found[n] for n in names if n in found), -1) for names in _DATE_PARTS]
    time_at = [next((found[n] for n in names if n in found), -1) for names in _TIME_PARTS]
    has_date = -1 not in date_at
    at = [*date_at, *time_at] if has_date else time_at
    if -1 in at or len(set(at)) != len(at):
        return None
    parts = [np.array(table.numbers(column)) for column in at]
    if np.nanmax(parts[-1], initial=0) > 60 or np.nanmax(parts[-2], initial=0) > 60:
        return None  # it runs on, and is a clock of its own
    milli = next((found[word] for word in ("millisecond", "milliseconds", "ms", "msec")
                  if word in found), -1)  # fmt: skip
    if milli >= 0 and np.nanmax(table.numbers(milli), initial=0) < 1000:
        at.append(milli)
        parts.append(np.array(table.numbers(milli)))
    seconds = parts_seconds(parts, has_date=has_date)
    known = seconds[np.isfinite(seconds)]
    if not known.size:
        return None
    base_s = int(np.floor(known[0]))
    zone = zone if has_date else None
    clock = PartsClock(
        tuple(at), base_s, zone=zone, has_date=has_date, wraps_s=0.0 if has_date else 86400.0
    )
    dates = None if has_date else next(
        (c for c in range(table.dialect.n_columns) if _holds_dates(table, c)), None
    )  # fmt: skip
    wall_s = (
        float(base_s)
        if has_date
        else None
        if dates is None
        else _on_the_day(sources, dates, base_s)
    )
    choice = ClockChoice(
        clock, wall_s, "none" if wall_s is None else "local" if zone is None else "utc",
        tuple(table.names[column] for column in (*at, *([] if dates is None else [dates]))),
        "certain", "date and time stand in columns of their own", is_absolute=has_date,
    )  # fmt: skip
    return Candidate(choice, _in_zone(seconds, base_s, zone), is_named=True)


def _on_the_day(sources: ClockSources, column: int, base_s: int) -> float | None:
    """Return the first date of a column in s from 1970, `base_s` of that day."""
    texts = [f"{text} 00:00" for text in sources.table.column(column)]
    order = tell_date_order(
        sources.file_name, texts, sources.facts.date_order, lambda: [],
        has_start=sources.has_start,
    )  # fmt: skip
    day = day_of(sources.table.column(column)[0], order)
    return None if day is None else day * 86400.0 + base_s


def text_candidate(sources: ClockSources, column: int, *, is_named: bool) -> Candidate | None:
    """Judge a column, or a date and the time beside it, as stamps in text."""
    table = sources.table
    texts = table.column(column)
    layout = _first_layout(texts)
    if layout is None and not all(map(_TIME_DIGITS.fullmatch, texts[:20])):
        return None
    columns: tuple[int, ...] = (column,)
    if layout is None or not layout.has_date:
        beside = _date_column(table, column)
        if beside is not None:
            columns = (beside, column)
            dates = table.column(beside)
            texts = [f"{day} {time}" for day, time in zip(dates, texts, strict=True)]
            layout = _first_layout(texts) or layout
    if layout is None:
        return None
    judged = texts[:: max(1, len(texts) // 200)]
    n_no_stamps = sum(layout_of(text) is None for text in judged)
    if n_no_stamps > max(1, 0.1 * len(judged)) or n_no_stamps == len(judged):
        return None

    if judged[0].replace(".", "").isdigit() and not _are_stamps(judged):
        return None  # numbers of as many digits

    def later() -> list[str]:
        rows = (table.dialect.split(line) for line in sources.last_lines())
        whole = (row for row in rows if len(row) == table.dialect.n_columns)
        return [" ".join(row[c] for c in columns) for row in whole]

    order = tell_date_order(
        sources.file_name, judged, sources.facts.date_order, later, has_start=sources.has_start
    )
    return _text_clock(sources, columns, texts, order, is_named=is_named)


def _text_clock(
    sources: ClockSources,
    columns: tuple[int, ...],
    texts: list[str],
    order: DateOrder,
    *,
    is_named: bool,
) -> Candidate | None:
    seconds = seconds_of_list(texts, order)
    if not np.isfinite(seconds).any():
        return None
    first = int(np.argmax(np.isfinite(seconds)))
    layout = layout_of(texts[first])
    assert layout is not None  # it has a time
    base_s = int(np.floor(seconds[first]))
    stated = zone_seconds(texts[first][slice(*layout.zone)]) if layout.zone[1] else None
    said_s = None
    if stated is None and layout.has_date:
        said_s = next((s for c in columns if (s := offset_of(sources.table.names[c])) is not None),
                      None)  # fmt: skip
        stated = said_s
    zone = sources.zone if layout.has_date and stated is None else None
    part, part_s = _part_of_second(sources.table, seconds, layout)
    if part_s:
        seconds = seconds + np.array(sources.table.numbers(part)) * part_s
    clock = TextClock(
        columns if not part_s else (*columns, part),
        order,
        base_s,
        _text_kind(layout, order),
        zone=zone,
        wraps_s=0.0 if layout.has_date else 86400.0 if layout.has_hour else 3600.0,
        part_s=part_s,
    )
    choice = ClockChoice(
        clock,
        wall_s=float(base_s - (said_s or 0)) if layout.has_date else None,
        zone=_zone_of(layout, is_local=stated is None and zone is None),
        names=tuple(sources.table.names[column] for column in clock.columns),
        confidence="certain",
        reason=f"stamps such as {texts[first]!r}",
        stated_offset_s=stated or None,
        is_utc_by_guess=stated == 0,
        is_absolute=layout.has_date,
    )
    return Candidate(choice, _in_zone(seconds, base_s, zone), is_named)


def _zone_of(layout: StampLayout, *, is_local: bool) -> Literal["local", "utc", "none"]:
    if not layout.has_hour:
        return "none"  # it begins anew each hour, and is never set
    return "local" if is_local else "utc"


def _part_of_second(table: Table, seconds: FloatArray, layout: StampLayout) -> tuple[int, float]:
    """Return the column that goes on where stamps of whole seconds stop, and what one of it is.

    (-1, 0) where there is none: its numbers stay below a second and fall where the next begins.
    """
    if not layout.second[1] or layout.fraction[1]:
        return -1, 0.0
    for column, name in enumerate(table.names):
        part_s = _PARTS_OF_A_SECOND.get(" ".join(words(name)), 0.0)
        if not part_s:
            continue
        parts = np.array(table.numbers(column)) * part_s
        if not (np.nanmin(parts, initial=0) >= 0 and np.nanmax(parts, initial=0) < 1):
            continue
        steps, part_steps = np.diff(seconds + parts), np.diff(parts)
        is_next = np.diff(seconds) == 1
        if not is_next.any() or np.mean(part_steps[is_next] < 0) < 1 - _MOST_BACKWARD:
            continue  # it counts on from the start, and is a clock of its own
        steps = steps[np.isfinite(steps)]
        if np.mean(steps < 0) < _MOST_BACKWARD and np.mean(steps > 0) > 0.5:
            return column, part_s
    return -1, 0.0


def _in_zone(seconds: FloatArray, base_s: int, zone: ZoneInfo | None) -> FloatArray:
    since = seconds - base_s
    return since if zone is None else utc_seconds(since, zone, base_s)


def _first_layout(texts: Sequence[str]) -> StampLayout | None:
    return next((found for text in texts[:20] if (found := layout_of(text))), None)


def _date_column(table: Table, column: int) -> int | None:
    """Return the column of dates that belongs to one of times: beside it, or named as a clock."""
    nearest = sorted(range(table.dialect.n_columns), key=lambda other: abs(other - column))
    return next(
        (
            other
            for other in nearest
            if other != column
            and (abs(other - column) == 1 or names_a_clock(table.names[other]))
            and _holds_dates(table, other)
        ),
        None,
    )


def _holds_dates(table: Table, column: int) -> bool:
    texts = table.column(column)[:50]
    return bool(texts) and all(map(is_date, texts))


def _are_stamps(texts: Sequence[str]) -> bool:
    """Whether numbers of as many digits as a stamp has are stamps of this time."""
    seconds = seconds_of_list(texts, "ymd")
    return bool(np.mean((seconds > _EARLIEST_S) & (seconds < _LATEST_S)) > 0.9)


def _text_kind(layout: StampLayout, order: DateOrder) -> str:
    if not layout.has_date:
        return "time of day, no date" if layout.has_hour else "minutes and seconds"
    days = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}[order]
    return f"text, {days}, {'with offset' if layout.zone[1] else 'local'}"
