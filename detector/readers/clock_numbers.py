"""Clocks that are numbers: counted from 1970, from another year, or from a start of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ..recording import FloatArray
from .clock import NumberClock
from .clock_judged import Candidate, ClockChoice, ClockSources, Confidence
from .columns import seconds_of
from .table import Table

# Numeric clocks between 2005 and 2049 count from 1970; a Polar sensor's from 2000 do not reach it.
# Larger numbers are counted from 1904 (LabVIEW) or from 1900.
_UNIX_FROM_S, _UNIX_TO_S = 1.1e9, 2.5e9
_STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_STEP_RANGE_S = (5e-5, 5.0)
# 2000 to 2100 in days from 1899-12-30, as spreadsheets count, and from the year 0, as MATLAB does.
_DAYS = (
    (36526.0, 73050.0, -25569, "spreadsheet days", "days as spreadsheets do"),
    (730486.0, 767011.0, -719529, "days from the year 0", "days from the year 0"),
)
# 2005 to 2100 in 100 ns from 0001-01-01 (.NET, local) and from 1601-01-01 (Windows, UTC).
_TICKS_S = 1e-7
_TICKS = ((6.32e17, 6.63e17, 62_135_596_800, "local"), (1.27e17, 1.58e17, 11_644_473_600, "utc"))
# GPS counts s from 1980-01-06; until 2027 that looks like a time from 1970 to 2017.
_GPS_S, _GPS_BEFORE_S = 315_964_800, 1.5e9
_GPS = re.compile(r"(?i)\bgps\b|gps[ _-]?(?:time|sec|stamp|epoch)")
# Of 32 bits, as microcontrollers count.
_COUNTER = 2**32
# Steps without a unit that fit two of them; those of whole numbers, and those of fractions.
_AMBIGUOUS = (
    (1000.0, 2000.0, True, ((1e-3, "ms"), (1e-6, "µs"))),
    (5e-4, 9e-4, False, ((60.0, "minutes"), (1.0, "s"))),
)
# Units that counters have, and how far a rate may be off that tells which it is.
_UNITS_S = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9)
_RATE_WITHIN = 0.05
# Rates of most recorders of movement: where the size of a step gives another, its unit is assumed.
_USUAL_HZ = (8.0, 210.0)
# So long do two clocks have to go on together to tell that they count otherwise.
_LEAST_SPAN_S = 5.0


def number_candidate(sources: ClockSources, column: int, *, is_named: bool) -> Candidate | None:
    """Judge a column of numbers that grow as a clock's do."""
    table = sources.table
    values = np.array(table.numbers(column))
    known = values[np.isfinite(values)]
    steps = np.diff(known)
    if known.size < max(2, 0.5 * values.size) or not np.any(steps > 0):
        return None
    step = float(np.median(steps[steps > 0]))
    found = (
        _unix(sources, column, values, step)
        or _days(table, column, known, step)
        or _ticks(table, column, known, step)
    )
    if found is None:
        found = _elapsed(sources, column, known, step, is_named=is_named)
    if found is None:
        return None
    choice, step_s = found
    return Candidate(choice, (values - known[0]) * step_s, is_named)


def _unix(
    sources: ClockSources, column: int, values: FloatArray, step: float
) -> tuple[ClockChoice, float] | None:
    """Judge a column as s, ms, µs or ns from 1970."""
    table = sources.table
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
        doubt="" if sources.has_start else _doubt_of_gps(table, name, middle * step_s),
    )
    return choice, step_s


def _doubt_of_gps(table: Table, name: str, seconds: float) -> str:
    """Say why a time is in doubt that may be counted as GPS does; empty where it is not."""
    is_said = _GPS.search("\n".join((name.replace("_", " "), *table.preamble)))
    if not is_said or seconds >= _GPS_BEFORE_S:
        return ""
    days = [datetime.fromtimestamp(seconds + s, UTC).strftime("%Y-%m-%d") for s in (0, _GPS_S)]
    return (
        f"may count from 1970 ({days[0]}) or from 1980 as GPS does ({days[1]}): say the start with "
        "--start"
    )


def _days(
    table: Table, column: int, values: FloatArray, step: float
) -> tuple[ClockChoice, float] | None:
    """Judge a column as days of a calendar."""
    found = next((days for days in _DAYS if days[0] <= values[0] <= days[1]), None)
    if found is None or not 1e-4 <= step * 86400 <= 2.0:
        return None
    _, _, epoch_day, kind, counted = found
    name = table.names[column]
    choice = ClockChoice(
        NumberClock(column, 86400.0, float(values[0]), kind),
        wall_s=(float(values[0]) + epoch_day) * 86400,
        zone="local",
        names=(name,),
        confidence="likely",
        reason=f"{name or f'column {column + 1}'} counts {counted}",
        is_absolute=True,
    )
    return choice, 86400.0


def _ticks(
    table: Table, column: int, values: FloatArray, step: float
) -> tuple[ClockChoice, float] | None:
    """Judge a column as 100 ns of the calendar, as programs for Windows count."""
    found = next((ticks for ticks in _TICKS if ticks[0] <= values[0] <= ticks[1]), None)
    is_stated = seconds_of(table.names[column], table.units[column]) is not None
    if found is None or is_stated or not 1e-4 <= step * _TICKS_S <= 2.0:
        return None
    if not _holds_long_integers(table, column):
        return None
    _, _, epoch_s, zone = found
    base, name = int(table.column(column)[0]), table.names[column]
    choice = ClockChoice(
        NumberClock(column, _TICKS_S, base, "ticks of 100 ns", is_integer=True),
        wall_s=base / 10**7 - epoch_s,
        zone="utc" if zone == "utc" else "local",
        names=(name,),
        confidence="likely",
        reason=f"{name or f'column {column + 1}'} counts 100 ns as Windows does",
        is_utc_by_guess=zone == "utc",
        is_absolute=True,
    )
    return choice, _TICKS_S


def _elapsed(
    sources: ClockSources, column: int, values: FloatArray, step: float, *, is_named: bool
) -> tuple[ClockChoice, float] | None:
    """Judge a column as seconds (or ms, µs, ns) from a zero of its own."""
    table = sources.table
    name = table.names[column]
    stated_s = seconds_of(name, table.units[column])
    confidence: Confidence = "certain"
    doubt, is_by_size = "", False
    if stated_s is not None and _STEP_RANGE_S[0] <= step * stated_s <= _STEP_RANGE_S[1]:
        step_s = stated_s
    elif np.all(np.diff(values) == 1):
        return None  # a counter of rows
    elif is_named:
        step_s, doubt = _step_by_size(values, step, sources.rate_hz, sources.facts.hz)
        is_by_size = sources.rate_hz is None and bool(np.all(values % 1 == 0))
        is_usual = not step_s or _USUAL_HZ[0] <= 1 / (step * step_s) <= _USUAL_HZ[1]
        confidence = "likely" if is_usual or not is_by_size else "assumed"
    elif _runs_as_seconds(values, step) and column < min(sources.axes):
        step_s, confidence = 1.0, "assumed"
    else:
        return None  # some other reading that grows
    if not step_s:
        return None
    if _is_digits_of_a_time(values, step):
        doubt = "is written as hours, minutes and seconds without marks: export it with colons"
    label = dict(_STEPS).get(step_s, f"{step_s:g} s")
    is_long = _holds_long_integers(table, column)
    base = int(table.column(column)[0]) if is_long else float(values[0])
    are_counts = bool(np.all(values % 1 == 0)) and 0 <= values.min() <= values.max() < _COUNTER
    clock = NumberClock(
        column, step_s, base, f"{label} from the start", is_long,
        sources.exporter.wraps_s or (_COUNTER * step_s if are_counts else 0.0),
    )  # fmt: skip
    reason = f"{name or f'column {column + 1}'} counts {label} from its own zero"
    choice = ClockChoice(
        clock, None, "none", (name,), confidence, reason, doubt=doubt, is_unit_by_size=is_by_size
    )
    return choice, step_s


def told_by_another(best: Candidate, others: list[Candidate]) -> Candidate:
    """Return a counter whose unit was told by its size, in the unit that a clock with a date shows.

    That is one of tens, hundreds or thousands of the other, over the same rows.
    """
    clock = best.choice.clock
    if not best.choice.is_unit_by_size or not isinstance(clock, NumberClock):
        return best
    for other in others:
        both = np.isfinite(best.seconds) & np.isfinite(other.seconds)
        if not both.any():
            continue
        span_s, counted_s = (float(np.ptp(c.seconds[both])) for c in (other, best))
        if span_s < _LEAST_SPAN_S or counted_s <= 0:
            continue
        step_s = next((unit_s for unit_s in _UNITS_S
                       if abs(counted_s * unit_s / clock.step_s / span_s - 1) < 4 * _RATE_WITHIN),
                      clock.step_s)  # fmt: skip
        if abs(step_s / clock.step_s - 1) < _RATE_WITHIN:
            return best
        factor, name = step_s / clock.step_s, best.choice.names[0] or "the counter"
        in_unit = replace(clock, step_s=step_s, kind=f"{step_s:g} s from the start",
                          wraps_s=clock.wraps_s * factor)  # fmt: skip
        choice = replace(
            best.choice, clock=in_unit, confidence="likely",
            reason=f"{name} counts {step_s:g} s, as the date and time beside it show",
        )  # fmt: skip
        return replace(best, choice=choice, seconds=best.seconds * factor)
    return best


def _step_by_size(
    values: FloatArray, step: float, rate_hz: float | None, header_hz: float | None
) -> tuple[float, str]:
    """Return what one is in s, by how far the rows are apart, and why that is in doubt.

    0 where nothing fits. A step of 2 is 2 ms rather than 2 s: nobody records movement so slowly.
    """
    are_whole = bool(np.all(values % 1 == 0))
    if are_whole and rate_hz is not None and (unit_s := _unit_at(step, rate_hz)):
        return unit_s, ""
    for low, high, of_whole, readings in _AMBIGUOUS:
        if are_whole == of_whole and low <= step < high:
            (one_s, one), (other_s, other) = readings
            one_hz, other_hz = 1 / (step * one_s), 1 / (step * other_s)
            if rate_hz is not None:
                return (one_s if abs(rate_hz - one_hz) < abs(rate_hz - other_hz) else other_s), ""
            return one_s, (
                f"goes on by {step:.3g} a row, which may be {one} ({one_hz:.4g} Hz) or {other} "
                f"({other_hz:.4g} Hz): say which with --rate"
            )
    fast = [s for s, _ in _STEPS if 5e-4 <= step * s < 1]
    step_s = next((s for s in (*fast, *(s for s, _ in _STEPS)) if 5e-4 <= step * s <= 2), 0.0)
    if are_whole and header_hz is not None and step_s:
        unit_s = _unit_at(step, header_hz)
        if unit_s and abs(unit_s / step_s - 1) > _RATE_WITHIN:
            return step_s, (
                f"goes on by {step:.3g} a row, which may be {dict(_STEPS)[step_s]} "
                f"({1 / (step * step_s):.4g} Hz) or {unit_s:g} s ({header_hz:.4g} Hz, as the head "
                "says): say which with --rate"
            )
    return step_s, ""


def _unit_at(step: float, hz: float) -> float:
    """Return the unit in which steps are those of a rate; 0 where none is."""
    return next((s for s in _UNITS_S if abs(step * s * hz - 1) < _RATE_WITHIN), 0.0)


def _is_digits_of_a_time(values: FloatArray, step: float) -> bool:
    """Whether numbers such as 224159.96 go on with 224200.0: a minute has 60, not 100.

    Digits of a part of the second may follow without a point, and those of a date stand before.
    """
    return any(_skips_after_59(values / per_s, step / per_s) for per_s in (1, 10, 100, 1e3, 1e6))


def _skips_after_59(seconds: FloatArray, step_s: float) -> bool:
    """Whether numbers go on by 41 of 100 after 59 s, and by more after 59 min or 23 h."""
    jumps = np.diff(seconds)
    is_end = (seconds[:-1] % 100 >= 59) & (seconds[1:] % 100 < 1) & (jumps > 0)
    is_end |= (np.abs(seconds[:-1] % 1e6 - 235959) < 1) & (seconds[1:] % 1e6 < 1)
    if not is_end.any() or step_s > 2:
        return False
    return bool(np.all(seconds % 100 < 60) and np.all(seconds % 1e4 < 6000))


def _runs_as_seconds(values: FloatArray, step: float) -> bool:
    """Whether values (n,), whatever they are called, go on in even parts of a second."""
    steps = np.diff(values)
    is_even = np.mean(np.abs(steps - step) < 0.5 * step) > 0.9
    return bool(_STEP_RANGE_S[0] <= step <= 2.0 and is_even and np.any(values % 1 != 0))


def _holds_long_integers(table: Table, column: int) -> bool:
    """Whether a float64 would lose digits of a column."""
    cells = table.column(column)
    return bool(cells) and all(re.fullmatch(r"\d{16,18}|[1-8]\d{18}", cell) for cell in cells)
