"""Which columns are the clock: judged by their names, and more by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import RecordingError
from ..recording import FloatArray
from .clock import CountedClock, TextClock
from .clock_candidates import clock_candidates
from .clock_judged import Candidate, ClockChoice, ClockSources
from .clock_numbers import told_by_another
from .columns import ACCELERATION_WORDS, names_a_clock, offset_of, words
from .exporters import Facts, start_seconds

# A stamp of another column, of the same row, is written so much later at most.
_MOST_LAG_S = 60.0
_MOST_OFFSET_S = 14 * 3600
_FIRST_ROWS = 101
_ROWS_AFTER = 5


def choose_clock(sources: ClockSources) -> ClockChoice:
    """Choose the clock of a table; raise RecordingError where there is none and no rate."""
    candidates = clock_candidates(sources)
    running = [c for c in candidates if c.is_running]
    others = _other_sensors(running, sources)
    running.sort(key=lambda c: (bool(c.choice.doubt), c.choice.clock.columns[0] in others, c.rank))
    if not running:
        return _counted(sources, candidates)
    best = running[0]
    if best.choice.doubt:
        title = ", ".join(best.choice.names) or f"column {best.choice.clock.columns[0] + 1}"
        raise RecordingError(f"{sources.file_name}: the clock ({title}) {best.choice.doubt}")
    walls = [c for c in candidates if c.choice.wall_s is not None and not c.choice.doubt]
    best = told_by_another(best, walls)
    if best.choice.wall_s is None:
        best = replace(best, choice=_dated(best, walls, sources.facts))
    return _placed(best, walls, sources.table.names)


def _other_sensors(running: list[Candidate], sources: ClockSources) -> set[int]:
    """Return the columns of clocks that are another sensor's.

    Where one is called as the axes are, all others; of those of one name, all but the nearest.
    """
    names, first = sources.table.names, min(sources.axes)
    columns = [c.choice.clock.columns[0] for c in running]
    sensor = {word for at in sources.axes for word in words(names[at])} & ACCELERATION_WORDS
    own = [column for column in columns if sensor & set(words(names[column]))]
    if own:
        return set(columns) - set(own)
    before = [column for column in columns if column < first and names[column]]
    last = {names[column]: column for column in before}
    return {column for column in before if last[names[column]] != column}


def _dated(best: Candidate, walls: list[Candidate], facts: Facts) -> ClockChoice:
    """Give a clock that runs from its own zero the date that another column, or the head, has."""
    choice = best.choice
    if not walls:
        stated = start_seconds(facts)
        if stated is None or isinstance(choice.clock, TextClock):
            return choice
        wall_s, is_utc = stated
        return replace(
            choice,
            wall_s=wall_s - _begins(best.seconds),
            zone="utc" if is_utc else "local",
            is_utc_by_guess=is_utc,
        )
    wall = min(walls, key=lambda c: c.rank[0])
    lead_s = wall.seconds - best.seconds
    # Of many rows, as one may be damaged; of the first, as a pause may come later.
    offset_s = _middle(lead_s[np.isfinite(lead_s)][:_FIRST_ROWS])
    if offset_s is None:
        return choice
    if wall.rank[0]:
        # A stamp that is cut to the second lags by up to 1 s: its latest start is the true one.
        offset_s = float(lead_s[np.abs(lead_s - offset_s) < 1.5].max())
    return replace(
        choice,
        wall_s=(wall.choice.wall_s or 0.0) + offset_s,
        zone=wall.choice.zone,
        names=(*choice.names, *wall.choice.names),
        stated_offset_s=wall.choice.stated_offset_s,
        is_utc_by_guess=wall.choice.is_utc_by_guess,
        reason=f"{choice.reason}; the date is from {', '.join(wall.choice.names)}",
    )


def _begins(seconds: FloatArray) -> float:
    """Return the first stamp that those after it run on from: a row may have changed its place."""
    known = seconds[np.isfinite(seconds)][:_FIRST_ROWS]
    return next(
        (
            float(first)
            for at, first in enumerate(known[:-1])
            if first <= np.median(known[at + 1 : at + 1 + _ROWS_AFTER])
        ),
        0.0,
    )


def _placed(best: Candidate, walls: list[Candidate], names: Sequence[str]) -> ClockChoice:
    """Give a clock that runs in UTC the offset that another column, or its name, shows."""
    choice = best.choice
    if not choice.is_utc_by_guess:
        return choice
    offset_s = next((offset for name in names if (offset := offset_of(name))), None)
    local = next((c for c in walls if c.choice.zone == "local"), None)
    if offset_s is None and local is not None:
        ahead_s = (local.choice.wall_s or 0.0) - (choice.wall_s or 0.0)
        apart_s = _middle(ahead_s + local.seconds - best.seconds) or 0.0
        quarters_s = 900 * round(apart_s / 900)
        if abs(apart_s - quarters_s) < _MOST_LAG_S and abs(quarters_s) <= _MOST_OFFSET_S:
            offset_s = quarters_s
    if not offset_s:
        return choice
    return replace(choice, stated_offset_s=offset_s, is_utc_by_guess=False)


def _middle(values: FloatArray) -> float | None:
    """Return the middle one of those that are known: of two halves, a median is in neither."""
    known = np.sort(values[np.isfinite(values)])
    return float(known[known.size // 2]) if known.size else None


def _counted(sources: ClockSources, candidates: list[Candidate]) -> ClockChoice:
    name, facts, table = sources.file_name, sources.facts, sources.table
    hz = sources.rate_hz or facts.hz
    if hz is None:
        stuck = next((c for c in candidates if c.is_named), None)
        if stuck is not None and len(table.rows) > 2:
            column = table.names[stuck.choice.clock.columns[0]] or "the clock"
            raise RecordingError(
                f"{name}: the clock ({column}) stands still or runs backwards over the first "
                f"{len(table.rows)} rows: export the file again, or say the rate with --rate"
            )
        raise RecordingError(_no_clock(sources))
    stated = start_seconds(facts)
    source = "--rate" if sources.rate_hz else "the file's header"
    return ClockChoice(
        CountedClock(hz),
        wall_s=stated[0] if stated else None,
        zone="none" if stated is None else "utc" if stated[1] else "local",
        names=(),
        confidence="likely",
        reason=f"no column is a clock; {hz:g} Hz from {source}",
        is_utc_by_guess=bool(stated and stated[1]),
    )


def _no_clock(sources: ClockSources) -> str:
    """Say that there is no clock, or that one is there which is not understood."""
    name, table = sources.file_name, sources.table
    for column, title in enumerate(table.names):
        cells = table.column(column)
        if column in sources.axes or not names_a_clock(title) or len(cells) < 2 or not any(cells):
            continue
        steps = np.diff(table.numbers(column))
        if not steps.any():
            return (
                f"{name}: the clock ({title}) stands still over the first {len(cells)} rows: "
                "export the file again, or say the rate with --rate"
            )
        if np.all(steps == 1):
            return (
                f"{name}: the clock ({title}) counts rows, or a unit that it does not name: say "
                "the rate in Hz with --rate"
            )
        return (
            f"{name}: the clock ({title}) is written as {cells[len(cells) // 2]!r}, which is not "
            "understood: export it again with date and time, not saved by a spreadsheet, or say "
            "the rate in Hz with --rate"
        )
    return (
        f"{name}: no column holds a clock and the file states no rate: say the rate in Hz "
        "with --rate"
    )
