"""The dialect of a file: delimiter, decimal mark, quotes, and where its table begins."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..errors import RecordingError
from .columns import unit_of
from .stamps import layout_of

DELIMITERS = (",", ";", "\t", "|", " ")
# Half a minute of rows decide on the dialect; more of them are kept for the clock.
_JUDGED_ROWS = 200
_KEPT_ROWS = 4000

_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+,\d+|,\d+)(?:[eE][+-]?\d+)?")
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "inf", "-inf"})
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_UNIT_LIKE = re.compile(
    r"(?i)m?g|m/.*|ms|s|ns|[µμu]s|[µμu]t|deg.*|.*/s\S*|rad.*|degrees.*|mv|v|k?ohms?|no[_ ]units?"
    r"|none|%|hpa|k?pa|.?c|hz|counts?|\S*lux|local_\S+|unix|iso\S*|[µμu]s\S*|-|n/?a"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the rows of a table are written; `row_pattern` counts columns."""

    delimiter: str
    decimal: str
    n_columns: int
    has_quotes: bool

    def split(self, line: str) -> list[str]:
        """Return the cells of a line, without blanks around them."""
        text = line.strip("\r\n\0")
        if self.delimiter == " ":
            return [cell.strip('"') for cell in text.split()]
        row = text.split(self.delimiter)
        if '"' in text:
            with suppress(csv.Error):
                row = next(csv.reader([text], delimiter=self.delimiter, skipinitialspace=True), [])
        return [cell.strip() for cell in row]

    def is_number(self, cell: str) -> bool:
        """Whether a cell is a number as this dialect writes it."""
        if _POINT.fullmatch(cell):
            return self.decimal == "." or "." not in cell
        return self.decimal == "," and _COMMA.fullmatch(cell) is not None

    def number(self, cell: str) -> float:
        """Return the number of a cell, NaN where there is none."""
        if not self.is_number(cell):
            return float("nan")
        return float(cell.replace(",", ".") if self.decimal == "," else cell)


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
    if lines and (not complete or not lines[-1]):
        lines.pop()  # the last is torn, or empty
    judged = [line for line in lines if line.strip()][-_JUDGED_ROWS:]
    scored = [(score, d) for d in DELIMITERS if (score := _score(judged, d)) > 0.5]
    delimiter = max(scored, default=(0.0, ","))[1]
    dialect = _dialect(judged, delimiter)
    start = _first_row(lines, dialect) if scored else None
    if start is None:
        raise RecordingError(
            f"{name}: has no three columns of numbers "
            f"(first line {_shown(lines[0] if lines else '')}): "
            "give a CSV export with three columns of acceleration"
        )
    names, units = _header(lines[:start], dialect)
    rows = []
    for line in lines[start : start + _KEPT_ROWS]:
        cells = dialect.split(line)
        if len(cells) == dialect.n_columns:
            rows.append(tuple(cells))
    return Table(dialect, tuple(lines[:start]), names, units, start, tuple(rows))


def _shown(line: str, most: int = 60) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in line.strip())
    return repr(plain if len(plain) <= most else plain[: most - 1] + "…")


def _score(lines: Sequence[str], delimiter: str) -> float:
    """Return how much of the lines is one table under a delimiter, 0 to 1 and a bit."""
    trial = Dialect(delimiter, ".", 0, has_quotes=False)
    rows = [trial.split(line) for line in lines]
    lengths = Counter(len(row) for row in rows)
    n_columns, alike = max(lengths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    if n_columns < 3:
        return 0.0
    table = [row for row in rows if len(row) == n_columns]
    known = numeric = 0
    for row in table:
        for cell in row:
            is_number = bool(_POINT.fullmatch(cell) or _COMMA.fullmatch(cell))
            numeric += is_number
            known += is_number or cell.lower() in _MISSING or _is_stamp_like(cell)
    if numeric < 3 * len(table) * 0.5:
        return 0.0
    # Blanks also stand within a stamp, or beside a tab: any other delimiter comes before them.
    preference = 0.9 if delimiter == " " else 1.0
    share = alike / len(rows) * known / (n_columns * len(table))
    return preference * share + 1e-4 * min(n_columns, 99)


def _is_stamp_like(cell: str) -> bool:
    return layout_of(cell) is not None or _DATE_LIKE.match(cell) is not None


def _dialect(lines: Sequence[str], delimiter: str) -> Dialect:
    trial = Dialect(delimiter, ".", 0, has_quotes=False)
    rows = [trial.split(line) for line in lines]
    n_columns = max(
        Counter(len(row) for row in rows).items(), key=lambda i: (i[1], i[0]), default=(0,)
    )[0]
    cells = [cell for row in rows if len(row) == n_columns for cell in row]
    commas = sum(1 for cell in cells if _COMMA.fullmatch(cell))
    points = sum(1 for cell in cells if _POINT.fullmatch(cell) and "." in cell)
    return Dialect(
        delimiter,
        "," if commas > points else ".",
        n_columns,
        has_quotes=any('"' in line for line in lines),
    )


def _first_row(lines: Sequence[str], dialect: Dialect) -> int | None:
    """Return the first line that looks like a row and is followed by more of them."""
    for i, line in enumerate(lines):
        if _is_row(line, dialect) and all(
            _is_row(other, dialect) for other in [o for o in lines[i + 1 : i + 6] if o.strip()][:2]
        ):
            return i
    return next((i for i, line in enumerate(lines) if _is_row(line, dialect)), None)


def _is_row(line: str, dialect: Dialect) -> bool:
    cells = dialect.split(line)
    if len(cells) != dialect.n_columns:
        return False
    numeric = sum(dialect.is_number(cell) for cell in cells)
    missing = sum(cell.lower() in _MISSING for cell in cells)
    if numeric >= 3:
        return numeric + missing >= 0.4 * len(cells)
    stamps = sum(layout_of(cell) is not None for cell in cells)
    return numeric + stamps >= 1 and numeric + stamps + missing >= 0.8 * len(cells)


def _header(before: Sequence[str], dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and the units of the columns, as the lines above the rows give them."""
    found = [cells for line in before if (cells := _names(line, dialect)) is not None]
    none = ("",) * dialect.n_columns
    if not found:
        return none, none
    if len(found) > 1 and _is_units(found[-1]):
        return _fitted(found[-2], dialect), _fitted(found[-1], dialect)
    last = next((line for line in reversed(before) if line.strip()), "")
    if _names(last, dialect) is None:
        return none, none  # a header stands right above its rows
    return _fitted(found[-1], dialect), none


def _names(line: str, dialect: Dialect) -> list[str] | None:
    text = re.sub(r"^\ufeff?\s*(?:#|%|//)+\s*", "", line).lstrip("\ufeff")
    cells = dialect.split(text)
    filled = [cell for cell in cells if cell and not dialect.is_number(cell)]
    if len(filled) < 3 or abs(len(cells) - dialect.n_columns) > 1:
        return None
    return cells


def _is_units(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    alike = sum(1 for c in filled if _UNIT_LIKE.fullmatch(c.strip("()[]")) or unit_of(c))
    return alike >= 0.6 * len(filled) and any(unit_of(c) for c in filled)


def _fitted(cells: Sequence[str], dialect: Dialect) -> tuple[str, ...]:
    padded = [*cells, *([""] * dialect.n_columns)]
    return tuple(padded[: dialect.n_columns])
