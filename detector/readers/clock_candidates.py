"""The columns that may be a clock, and what each of them says."""

from __future__ import annotations

from .clock_judged import Candidate, ClockSources
from .clock_numbers import number_candidate
from .clock_texts import parts_candidate, text_candidate
from .columns import names_a_clock


def clock_candidates(sources: ClockSources) -> list[Candidate]:
    """Return all columns that hold stamps, or numbers that grow as a clock's do."""
    table = sources.table
    has_header = any(table.names)
    parts = parts_candidate(sources)
    found = [] if parts is None else [parts]
    taken = {*sources.axes, *(() if parts is None else parts.choice.clock.columns)}
    for column in range(table.dialect.n_columns):
        if column in taken:
            continue
        # Without names, what stands before the axes is a clock, and hardly what follows them.
        is_named = names_a_clock(table.names[column]) if has_header else column < min(sources.axes)
        candidate = text_candidate(sources, column, is_named=is_named)
        if candidate is None:
            candidate = number_candidate(sources, column, is_named=is_named)
        if candidate is not None:
            found.append(candidate)
    return found
