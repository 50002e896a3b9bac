"""The names and units of columns, as the lines above a table's rows give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .columns import axis_groups, names_a_clock, names_an_axis, per_g_of, unit_of
from .dialect import Dialect
from .stamps import layout_of

_UNIT_LIKE = re.compile(
    r"(?i)m?g|[cm]?m/.*|ms|s|ns|[µμu]s|[µμu]t|deg.*|.*/s\S*|rad.*|degrees.*|mv|v|k?ohms?"
    r"|no[_ ]units?|none|%|dps|[°º].*|gauss|hpa|k?pa|.?c|hz|counts?|\S*lux|local_\S+|unix"
    r"|iso\S*|[µμu]s\S*|-|n/?a"
)
# Rows that are damaged may stand between the names and the first row that is whole.
_FARTHEST_LINES = 6
_HEADING = re.compile(r"(?i)[;#%/\s]*(headers?|fields?|columns?|names?|channel ?titles?)\s*[:=]?")


@dataclass(frozen=True, slots=True)
class Header:
    """Names and units of the columns; `n_lines` of the file stand above the first row."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    n_lines: int


def read_header(
    above: Sequence[str], rows: Sequence[tuple[str, ...]], dialect: Dialect
) -> Header | None:
    """Return what the lines above the first whole row name; nothing where no line has names.

    None where a line names axes and does not fit the columns: they would be taken for others.
    """
    none = ("",) * dialect.n_columns
    at = _names_at(above, dialect)
    if at is None:
        return Header(none, none, len(above))
    cells = _cells(above[at], dialect)
    if len(cells) > dialect.n_columns and _HEADING.fullmatch(cells[0]):
        del cells[0]
    below = next((i for i in range(at + 1, len(above)) if above[i].strip()), at)
    has_units = below > at and _is_units(_cells(above[below], dialect))
    cells = _with_groups(cells, [_cells(line, dialect) for line in above[:at] if line.strip()])
    names = _fitted(cells, rows, dialect)
    if names is None:
        is_header = any(map(names_an_axis, cells))
        return None if is_header else Header(none, none, len(above))
    if not has_units:
        return Header(names, none, at + 1)
    units = _fitted(_cells(above[below], dialect), rows, dialect)
    return Header(names, units or none, below + 1)


def _names_at(above: Sequence[str], dialect: Dialect) -> int | None:
    """Return which line holds the names: one that names axes, else that right above the rows."""
    filled = [i for i, line in enumerate(above) if line.strip()][-_FARTHEST_LINES:]
    for i in reversed(filled):
        cells = _cells(above[i], dialect)
        if len(_words_in(cells, dialect)) > 2 and axis_groups(cells, ()):
            return i
    if filled and len(_words_in(_cells(above[filled[-1]], dialect), dialect)) > 2:
        return filled[-1]
    return None


def _cells(line: str, dialect: Dialect) -> list[str]:
    marks = r"#|%|//" if dialect.delimiter == ";" else r"#|%|//|;"
    text = re.sub(rf"^\ufeff?\s*(?:{marks})+\s*", "", line).lstrip("\ufeff")
    if dialect.delimiter == " ":
        text = re.sub(r" +(?=[(\[])", "", text)  # a unit belongs to the name before it
    return dialect.split(text)


def _words_in(cells: Sequence[str], dialect: Dialect) -> list[str]:
    return [cell for cell in cells if cell and not dialect.is_number(cell)]


def _is_units(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    alike = sum(1 for c in filled if _UNIT_LIKE.fullmatch(c.strip("()[]")) or unit_of(c))
    return alike >= 0.6 * len(filled) and any(unit_of(c) or per_g_of(c) for c in filled)


def _with_groups(cells: list[str], lines: Sequence[list[str]]) -> list[str]:
    """Return names with those of the line above, where that names what several have in common.

    It does where an axis comes twice, or where a name is missing that the line above has.
    """
    group = lines[-1] if lines and len(lines[-1]) == len(cells) else []
    axes = [cell.lower() for cell in cells if names_an_axis(cell)]
    is_missing = any(
        not cell and names_a_clock(other) for cell, other in zip(cells, group, strict=False)
    )
    if not group or (len(set(axes)) == len(axes) and not is_missing):
        return cells
    names, last = [], ""
    for cell, other in zip(cells, group, strict=True):
        last = other or last
        names.append(f"{last} {cell}".strip() if names_an_axis(cell) else other or cell)
    return names


def _fitted(
    cells: Sequence[str], rows: Sequence[tuple[str, ...]], dialect: Dialect
) -> tuple[str, ...] | None:
    """Return a name for every column; None where it is not clear which name is whose."""
    n = dialect.n_columns
    if len(cells) == n or (len(cells) == n + 1 and not cells[-1]):
        return tuple(cells[:n])
    if len(cells) != n - 1 or not rows:
        return None
    if not any(row[-1] for row in rows):
        return (*cells, "")  # rows end in a delimiter that the names do not
    is_number_unnamed = names_a_clock(cells[0]) or names_an_axis(cells[0])
    if is_number_unnamed and _counts_rows([dialect.number(row[0]) for row in rows]):
        return ("", *cells)
    if dialect.delimiter == " ":
        for at in range(n - 1):
            if layout_of(" ".join(rows[0][at : at + 2])) and not layout_of(rows[0][at]):
                return (*cells[:at], "date", *cells[at:])
    return None


def _counts_rows(values: Sequence[float]) -> bool:
    return len(values) > 1 and bool(np.mean(np.diff(values) == 1) > 0.9)
