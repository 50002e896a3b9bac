"""The dialect of a file: delimiter, decimal mark, quotes, and what a number in it is."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from .stamps import layout_of

DELIMITERS = (",", ";", "\t", "|", " ")
# Some seconds of rows decide.
_JUDGED_ROWS = 200
# Of fewer lines with three columns, no table is made.
_LEAST_PARTED = 0.45

# No sensor or clock counts so far; the squares of smaller numbers can be added up.
_IMPOSSIBLE = 1e30
_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+,\d+|,\d+)(?:[eE][+-]?\d+)?")
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "inf", "-inf"})
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


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
        value = float(cell.replace(",", ".") if self.decimal == "," else cell)
        return value if abs(value) < _IMPOSSIBLE else float("nan")


def tell_dialect(lines: Sequence[str]) -> Dialect | None:
    """Return how the table at the end of some lines is written; None where none has three numbers.

    The last of them decide: what stands above a table is not written as the table is.
    """
    judged = [line for line in lines if line.strip()][-_JUDGED_ROWS:]
    scored = [(score, d) for d in DELIMITERS if (score := _score(judged, d)) > 0.5]
    return _dialect(judged, max(scored)[1]) if scored else None


def _score(lines: Sequence[str], delimiter: str) -> float:
    """Return how much of the lines is one table under a delimiter, 0 to 1 and a bit."""
    n_parted = sum(
        (len(line.split()) if delimiter == " " else line.count(delimiter) + 1) > 2 for line in lines
    )
    if n_parted < _LEAST_PARTED * len(lines):
        return 0.0
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
            known += is_number or cell.lower() in MISSING or _is_stamp_like(cell)
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
