"""The head of a file: the lines above its table, the names of the columns, the first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import RecordingError
from .dialect import MISSING, Dialect, tell_dialect
from .header import read_header
from .stamps import layout_of

# So many rows are kept for the clock.
_KEPT_ROWS = 4000
_FOLLOWING = 7
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:['\u2019]\d{3})+(?!\d)|;-?\d{1,3}( \d{3})+;")


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a file: the lines before its table, the names, and its first rows.

    `first_row` counts lines from 0. A cell is text without blanks around it.
    """

    dialect: Dialect
    preamble: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    first_row: int
    rows: tuple[tuple[str, ...], ...]

    def column(self, index: int) -> list[str]:
        """Return the cells of one column in the rows that have it."""
        return [row[index] for row in self.rows]

    def numbers(self, index: int) -> list[float]:
        """Return one column as numbers, NaN where a cell is none."""
        return [self.dialect.number(row[index]) for row in self.rows]


def read_table(name: str, text: str, *, complete: bool) -> Table:
    """Find the table in the first part of a file.

    Raises RecordingError where no delimiter gives rows with three numbers.
    """
    lines = text.split("\n")
    first_line = lines[0]
    if lines and (not complete or not lines[-1]):
        lines.pop()  # the last is torn, or empty
    dialect = tell_dialect(lines)
    start = None if dialect is None else _first_row(lines, dialect)
    if dialect is None or start is None:
        marked = next((line for line in lines if _THOUSANDS.search(line)), None)
        if marked is not None:
            raise RecordingError(
                f"{name}: numbers in {_shown(marked)} have a mark between thousands: export it "
                "without"
            )
        raise RecordingError(
            f"{name}: has no three columns of numbers "
            f"(first line {_shown(first_line)}): give a CSV export with a row for each sample and "
            "three columns of acceleration, numbers alone"
        )
    rows = _rows(lines[start:], dialect)
    header = read_header(lines[:start], rows, dialect)
    if header is None:
        raise RecordingError(
            f"{name}: the columns have other names than there are columns (row {start + 1} has "
            f"{dialect.n_columns} of them: {_shown(lines[start])}): export it with another "
            "delimiter or decimal mark"
        )
    above = tuple(lines[: header.n_lines])
    return Table(dialect, above, header.names, header.units, header.n_lines, rows)


def _rows(lines: Sequence[str], dialect: Dialect) -> tuple[tuple[str, ...], ...]:
    split = (tuple(dialect.split(line)) for line in lines[:_KEPT_ROWS])
    return tuple(cells for cells in split if len(cells) == dialect.n_columns)


def _shown(line: str, most: int = 60) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in line.strip())
    return repr(plain if len(plain) <= most else plain[: most - 1] + "…")


def _first_row(lines: Sequence[str], dialect: Dialect) -> int | None:
    """Return the first line that looks like a row and is followed by more of them than not."""
    for i, line in enumerate(lines):
        if not _is_row(line, dialect):
            continue
        following = [other for other in lines[i + 1 : i + _FOLLOWING] if other.strip()]
        if 2 * sum(_is_row(other, dialect) for other in following) >= len(following):
            return i
    return next((i for i, line in enumerate(lines) if _is_row(line, dialect)), None)


def _is_row(line: str, dialect: Dialect) -> bool:
    cells = dialect.split(line)
    if len(cells) != dialect.n_columns:
        return False
    numeric = sum(dialect.is_number(cell) for cell in cells)
    missing = sum(cell.lower() in MISSING for cell in cells)
    if numeric >= 3:
        return numeric + missing >= 0.4 * len(cells)
    stamps = sum(layout_of(cell) is not None for cell in cells)
    return numeric + stamps >= 1 and numeric + stamps + missing >= 0.8 * len(cells)
