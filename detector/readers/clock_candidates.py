"""The columns that may be a clock, and what each of them says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from ..recording import FloatArray
from .clock import Clock, NumberClock, PartsClock, TextClock, parts_seconds
from .columns import names_a_clock, offset_of, seconds_of, words
from .date_order import tell_date_order
from .exporters import Exporter, Facts
from .measure import goes_back_often
from .stamps import (
    DateOrder,
    StampLayout,
    layout_of,
    seconds_of_list,
    utc_seconds,
    zone_seconds,
)
from .table import Table

Confidence = Literal["certain", "likely", "assumed"]

# Numeric clocks between 2005 and 2100 count from 1970; a Polar sensor's from 2000 do not reach it.
_UNIX_FROM_S, _UNIX_TO_S = 1.1e9, 4.1e9
_STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_STEP_RANGE_S = (5e-5, 5.0)
_SPREADSHEET_DAYS = (36526.0, 73050.0)  # 2000 to 2100, counted from 1899-12-30
_SPREADSHEET_EPOCH_S = -25569 * 86400
# Steps that differ by less of their size are alike; whole ms at 52 Hz differ by more.
_ROUGH = 0.02
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_MILLISECONDS = ("millisecond", "milliseconds", "ms", "msec")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}|\d{1,2}[-/ ]?[A-Za-z]{3,9}[-/ ,]*\d{4}")


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """A clock, and the wall clock where it is 0: s from 1970, local or UTC; None for none.

    `stated_offset_s` is the offset from UTC that the stamps carry; `is_utc_by_guess` says that
    the clock runs in UTC and nothing tells where the sleeper was; `is_absolute` that the stamps
    themselves hold the date, so that files of one recording can be put in order by them.
    """

    clock: Clock
    wall_s: float | None
    zone: Literal["local", "utc", "none"]
    names: tuple[str, ...]
    confidence: Confidence
    reason: str
    stated_offset_s: int | None = None
    is_utc_by_guess: bool = False
    is_absolute: bool = False

    @property
    def is_local(self) -> bool:
        """Whether the stamps are those of a clock on a wall, which is set back in autumn."""
        has_zone = isinstance(self.clock, TextClock | PartsClock) and self.clock.zone is not None
        return self.zone == "local" or has_zone

    def start(self, seconds: float, zone: ZoneInfo | None) -> datetime | None:
        """Return the wall clock at `seconds` of the clock; naive where no zone is known."""
        if self.wall_s is None:
            return None
        since_1970 = timedelta(microseconds=round((self.wall_s + seconds) * 1e6))
        if self.zone == "local":
            return (datetime(1970, 1, 1) + since_1970).replace(tzinfo=zone)
        stamp = datetime(1970, 1, 1, tzinfo=UTC) + since_1970
        if zone is not None:
            return stamp.astimezone(zone)
        if self.stated_offset_s is not None:
            return stamp.astimezone(fixed_zone(timedelta(seconds=self.stated_offset_s)))
        return stamp


@dataclass(frozen=True, slots=True)
class ClockSources:
    """All that a clock can be told from; `last_lines` reads on to the end of the file."""

    file_name: str
    table: Table
    axes: tuple[int, int, int]
    exporter: Exporter
    facts: Facts
    zone: ZoneInfo | None
    rate_hz: float | None
    has_start: bool
    last_lines: Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column, or some of them, that may be the clock; `is_named`: it is called so.

    `seconds` (n,) are those of the sampled rows, from the clock's own first.
    """

    choice: ClockChoice
    seconds: FloatArray
    is_named: bool

    @property
    def is_running(self) -> bool:
        """Whether the stamps go on, with a few that do not."""
        steps = np.diff(self.seconds[np.isfinite(self.seconds)])
        if not np.any(steps > 0):
            return False
        # At midnight, and when clocks change, a good local clock steps back as well.
        backwards = (steps < 0) & (steps > -43200) & (np.abs(steps + 3600) > 60)
        return bool(np.mean(backwards) < 0.1) or goes_back_often(self.seconds)

    @property
    def rank(self) -> tuple[bool, bool, int, int, bool]:
        """What to prefer, the least first: fine, named, even and exact steps, with a date."""
        steps = np.diff(self.seconds[np.isfinite(self.seconds)])
        moving = steps[steps > 0]
        if not moving.size:
            return (True, True, 0, 0, True)
        quarter, middle, rest = np.percentile(moving, [25, 50, 75])
        unevenness = round(float((rest - quarter) / middle) / 0.2)
        near = moving[np.abs(moving - middle) < 0.5 * middle]
        roughness = round(float(near.std() / middle) / _ROUGH) if near.size else 0
        is_coarse = moving.size < 0.7 * steps.size
        has_no_date = self.choice.wall_s is None
        return (is_coarse, not self.is_named, unevenness, roughness, has_no_date)


def clock_candidates(sources: ClockSources) -> list[Candidate]:
    """Return all columns that hold stamps, or numbers that grow as a clock's do."""
    table = sources.table
    has_header = any(table.names)
    parts = _parts_candidate(table, sources.zone)
    found = [] if parts is None else [parts]
    taken = {*sources.axes, *(() if parts is None else parts.choice.clock.columns)}
    for column in range(table.dialect.n_columns):
        if column in taken:
            continue
        # Without names, what stands before the axes is a clock, and hardly what follows them.
        is_named = names_a_clock(table.names[column]) if has_header else column < min(sources.axes)
        candidate = _text_candidate(sources, column, is_named=is_named)
        if candidate is None:
            candidate = _number_candidate(sources, column, is_named=is_named)
        if candidate is not None:
            found.append(candidate)
    return found


def _number_candidate(sources: ClockSources, column: int, *, is_named: bool) -> Candidate | None:
    table = sources.table
    values = np.array(table.numbers(column))
    known = values[np.isfinite(values)]
    steps = np.diff(known)
    if known.size < max(2, 0.5 * values.size) or not np.any(steps > 0):
        return None
    step = float(np.median(steps[steps > 0]))
    found = _unix(table, column, values, step) or _spreadsheet(table, column, known, step)
    if found is None:
        found = _elapsed(sources, column, known, step, is_named=is_named)
    if found is None:
        return None
    choice, step_s = found
    return Candidate(choice, (values - known[0]) * step_s, is_named)


def _unix(
    table: Table, column: int, values: FloatArray, step: float
) -> tuple[ClockChoice, float] | None:
    """Judge a column as s, ms, µs or ns from 1970."""
    at = int(np.argmax(np.isfinite(values)))
    middle = float(np.nanmedian(values))
    found = [(s, label) for s, label in _STEPS if _UNIX_FROM_S <= middle * s <= _UNIX_TO_S]
    if not found or not _STEP_RANGE_S[0] <= step * found[0][0] <= _STEP_RANGE_S[1]:
        return None
    step_s, label = found[0]
    is_long = _holds_long_integers(table, column)
    base = int(table.column(column)[at]) if is_long else float(values[at])
    name = table.names[column]
    choice = ClockChoice(
        NumberClock(column, step_s, base, f"Unix {label}", is_long),
        # Divided, never multiplied: so nothing is lost of a long integer.
        wall_s=base / round(1 / step_s),
        zone="utc",
        names=(name,),
        confidence="certain",
        reason=f"{name or f'column {column + 1}'} counts {label} from 1970",
        is_utc_by_guess=True,
        is_absolute=True,
    )
    return choice, step_s


def _spreadsheet(
    table: Table, column: int, values: FloatArray, step: float
) -> tuple[ClockChoice, float] | None:
    """Judge a column as days from 1899-12-30, as spreadsheets count them."""
    low, high = _SPREADSHEET_DAYS
    if not (low <= values[0] <= high and 1e-4 <= step * 86400 <= 2.0):
        return None
    name = table.names[column]
    choice = ClockChoice(
        NumberClock(column, 86400.0, float(values[0]), "spreadsheet days"),
        wall_s=float(values[0]) * 86400 + _SPREADSHEET_EPOCH_S,
        zone="local",
        names=(name,),
        confidence="likely",
        reason=f"{name or f'column {column + 1}'} counts days as spreadsheets do",
        is_absolute=True,
    )
    return choice, 86400.0


def _elapsed(
    sources: ClockSources, column: int, values: FloatArray, step: float, *, is_named: bool
) -> tuple[ClockChoice, float] | None:
    """Judge a column as seconds (or ms, µs, ns) from a zero of its own."""
    table = sources.table
    name = table.names[column]
    stated_s = seconds_of(name, table.units[column])
    confidence: Confidence = "certain"
    if stated_s is not None and _STEP_RANGE_S[0] <= step * stated_s <= _STEP_RANGE_S[1]:
        step_s = stated_s
    elif not is_named or np.all(np.diff(values) == 1):
        return None  # a counter of rows, or some other reading that grows
    else:
        # A step of 2 is 2 ms rather than 2 s: nobody records movement so slowly.
        fast = [s for s, _ in _STEPS if 5e-4 <= step * s < 1]
        step_s = next((s for s in (*fast, *(s for s, _ in _STEPS)) if 5e-4 <= step * s <= 2), 0.0)
        confidence = "likely"
        if not step_s:
            return None
    label = dict(_STEPS).get(step_s, f"{step_s:g} s")
    is_long = _holds_long_integers(table, column)
    base = int(table.column(column)[0]) if is_long else float(values[0])
    clock = NumberClock(
        column, step_s, base, f"{label} from the start", is_long, sources.exporter.wraps_s
    )
    reason = f"{name or f'column {column + 1}'} counts {label} from its own zero"
    return ClockChoice(clock, None, "none", (name,), confidence, reason), step_s


def _holds_long_integers(table: Table, column: int) -> bool:
    """Whether a float64 would lose digits of a column."""
    cells = table.column(column)
    return bool(cells) and all(re.fullmatch(r"\d{16,18}|[1-8]\d{18}", cell) for cell in cells)


def _parts_candidate(table: Table, zone: ZoneInfo | None) -> Candidate | None:
    """Judge columns named year, month, day, hour, minute, second, and millisecond."""
    found = {" ".join(words(name)): i for i, name in reversed(list(enumerate(table.names)))}
    at = [found.get(part, found.get(part + "s", found.get(part[:3], -1))) for part in _PARTS]
    if -1 in at or len(set(at)) != len(at):
        return None
    milli = next((found[word] for word in _MILLISECONDS if word in found), -1)
    if milli >= 0 and np.nanmax(table.numbers(milli), initial=0) < 1000:
        at.append(milli)  # beyond 999 it runs on, and is a clock of its own
    seconds = parts_seconds([np.array(table.numbers(column)) for column in at])
    known = seconds[np.isfinite(seconds)]
    if not known.size:
        return None
    base_s = int(np.floor(known[0]))
    clock = PartsClock(tuple(at), base_s, zone=zone)
    names = tuple(table.names[column] for column in at)
    reason = "date and time stand in columns of their own"
    choice = ClockChoice(
        clock, float(base_s), "local" if zone is None else "utc", names, "certain", reason,
        is_absolute=True,
    )  # fmt: skip
    return Candidate(choice, _in_zone(seconds, base_s, zone), is_named=True)


def _text_candidate(sources: ClockSources, column: int, *, is_named: bool) -> Candidate | None:
    """Judge a column, or a date and the time beside it, as stamps in text."""
    table = sources.table
    texts = table.column(column)
    layout = _first_layout(texts)
    if layout is None:
        return None
    columns: tuple[int, ...] = (column,)
    if not layout.has_date:
        beside = [c for c in (column - 1, column + 1) if _holds_dates(table, c)]
        if beside:
            columns = (beside[0], column)
            dates = table.column(beside[0])
            texts = [f"{day} {time}" for day, time in zip(dates, texts, strict=True)]
            layout = _first_layout(texts) or layout
    judged = texts[:: max(1, len(texts) // 200)]
    if sum(layout_of(text) is not None for text in judged) < 0.9 * len(judged):
        return None

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
    clock = TextClock(
        columns,
        order,
        base_s,
        _text_kind(layout, order),
        zone=zone,
        wraps_s=0.0 if layout.has_date else 86400.0,
    )
    choice = ClockChoice(
        clock,
        wall_s=float(base_s - (said_s or 0)) if layout.has_date else None,
        zone="local" if stated is None and zone is None else "utc",
        names=tuple(sources.table.names[column] for column in columns),
        confidence="certain",
        reason=f"stamps such as {texts[first]!r}",
        stated_offset_s=stated or None,
        is_utc_by_guess=stated == 0,
        is_absolute=layout.has_date,
    )
    return Candidate(choice, _in_zone(seconds, base_s, zone), is_named)


def _in_zone(seconds: FloatArray, base_s: int, zone: ZoneInfo | None) -> FloatArray:
    since = seconds - base_s
    return since if zone is None else utc_seconds(since, zone, base_s)


def _first_layout(texts: Sequence[str]) -> StampLayout | None:
    return next((found for text in texts[:20] if (found := layout_of(text))), None)


def _holds_dates(table: Table, column: int) -> bool:
    if not 0 <= column < table.dialect.n_columns:
        return False
    texts = table.column(column)[:50]
    return bool(texts) and all(_DATE.fullmatch(text) for text in texts)


def _text_kind(layout: StampLayout, order: DateOrder) -> str:
    if not layout.has_date:
        return "time of day, no date"
    days = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}[order]
    return f"text, {days}, {'with offset' if layout.zone[1] else 'local'}"
