"""Blocks of lines to columns of numbers: fast where all is well, line by line where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray, SampleArray
from .cells import NULLS, StampCells
from .clock import Clock
from .dialect import Dialect
from .fixed import read_fixed
from .stamps import layout_of

_PIECE_BYTES = 2**16
_COMMENTS = ("#", "//", "%")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a block: `t_s` (n,) by the file's clock, `axes` (3, n) in the file's unit.

    `line` (n,) counts the file's lines from 1. `bad` are the lines that are no rows.
    """

    t_s: FloatArray
    axes: SampleArray
    line: npt.NDArray[np.int64]
    bad: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A block's rows in one or more parts; `n_lines` counts its line ends, `n_rows` its lines.

    `is_fixed` says that all rows were laid out alike, which is read fastest.
    """

    parts: tuple[Rows, ...]
    n_lines: int
    n_rows: int
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class RowParser:
    """Parses blocks of one file; `tries_fixed` where its rows may all be laid out alike.

    Of a file in which rows of several sensors are mixed, `only` is the column that names the
    sensor, and the name of the one whose rows are read.
    """

    dialect: Dialect
    axes: tuple[int, int, int]
    clock: Clock
    tries_fixed: bool = True
    only: tuple[int, str] | None = None

    def parse(self, block: bytes, first_line: int, first_index: int) -> Parsed:
        """Return the rows of a block that begins at line `first_line`, its row `first_index`."""
        if self.only is not None:
            return self._parse_only(block, first_line, first_index, *self.only)
        plain = self._plain(block)
        if self.tries_fixed and (rows := self._fixed(plain, first_line, first_index)) is not None:
            n = rows.line.size
            return Parsed((rows,), n - (not block.endswith(b"\n")), n, is_fixed=True)
        n_lines = _line_ends(block)
        block = plain
        rows = self._strict(block, first_line, first_index, n_lines, lenient=False)
        if rows is not None:
            return Parsed((rows,), n_lines, rows.line.size)
        found: list[Rows] = []
        line, index = first_line, first_index
        for piece in _pieces(block):
            ends = _line_ends(piece)
            part = self._strict(piece, line, index, ends, lenient=True)
            if part is None:
                part = self._by_line(piece, line, index)
            found.append(part)
            line += ends
            index += part.line.size + len(part.bad)
        return Parsed(tuple(found), n_lines, index - first_index)

    def _parse_only(
        self, block: bytes, first_line: int, first_index: int, column: int, value: str
    ) -> Parsed:
        """Return those rows of a block in which a column holds a value; a row without it is bad."""
        lines = block.split(b"\n")
        cells = (self.dialect.split(line.decode("utf-8", "replace")) for line in lines)
        place = np.array(
            [
                i
                for i, row in enumerate(cells)
                if (row[column] == value if column < len(row) else any(row))
            ],
            dtype=np.int64,
        )
        if not place.size:
            return Parsed((), len(lines) - 1, 0)
        chosen = b"\n".join(lines[i] for i in place)
        parsed = replace(self, only=None).parse(chosen, 0, first_index)
        line = first_line + place
        parts = tuple(
            replace(
                rows,
                line=line[rows.line],
                bad=tuple((int(line[at]), text) for at, text in rows.bad),
            )
            for rows in parsed.parts
        )
        return Parsed(parts, len(lines) - 1, parsed.n_rows, parsed.is_fixed)

    def _plain(self, block: bytes) -> bytes:
        """Make runs of blanks one blank: only then does one character part the columns."""
        if self.dialect.delimiter != " ":
            return block
        block = block.replace(b"\t", b" ")
        while b"  " in block:
            block = block.replace(b"  ", b" ")
        return (
            block.replace(b"\n ", b"\n")
            .replace(b" \n", b"\n")
            .replace(b" \r\n", b"\n")
            .lstrip(b" ")
        )

    def _fixed(self, block: bytes, first_line: int, first_index: int) -> Rows | None:
        """Parse a block in which all rows are laid out alike; None where one is not."""
        found = read_fixed(block, self.dialect, self.axes, self.clock.cells)
        if found is None:
            return None
        axes, values = found
        place = np.arange(axes.shape[1])
        return Rows(self.clock.seconds(values, first_index + place), axes, first_line + place)

    def _strict(
        self, block: bytes, first_line: int, first_index: int, n_ends: int, *, lenient: bool
    ) -> Rows | None:
        """Parse a block in which every line is a row; None where one is not."""
        from .arrow import read_columns  # noqa: PLC0415  heavy, and needed for few files

        cells = self.clock.cells
        found = read_columns(block, self.dialect, self.axes, cells, lenient=lenient)
        if found is None:
            return None
        axes, values = found
        n = axes.shape[1]
        place = np.arange(n)
        line = first_line + place
        if n != n_ends + (not block.endswith(b"\n")):
            filled = _filled_lines(block)
            if filled.size != n:
                return None  # a stray quote made two lines one
            line = first_line + filled
        return Rows(self.clock.seconds(values, first_index + place), axes, line)

    def _by_line(self, piece: bytes, first_line: int, first_index: int) -> Rows:
        """Parse a piece that has lines in it which are no rows."""
        bad: list[tuple[int, str]] = []
        good: list[bytes] = []
        place: list[tuple[int, int]] = []
        index = first_index
        for at, raw in enumerate(piece.split(b"\n")):
            text = raw.decode("utf-8", "replace").rstrip("\r")
            if not raw.strip() or self._is_comment(text):
                continue
            if self._is_row(text):
                good.append(raw)
                place.append((first_line + at, index))
            else:
                bad.append((first_line + at, text))
            index += 1
        parts = list(self._rows(good, np.array(place, dtype=np.int64).reshape(-1, 2), bad))
        if not parts:
            parts = [_no_rows()]
        return Rows(
            np.concatenate([p.t_s for p in parts]),
            np.concatenate([p.axes for p in parts], axis=1),
            np.concatenate([p.line for p in parts]),
            tuple(sorted(bad)),
        )

    def _rows(
        self, lines: list[bytes], place: npt.NDArray[np.int64], bad: list[tuple[int, str]]
    ) -> Iterator[Rows]:
        """Yield the rows of lines at `place` (n, 2), their numbers in the file and among its rows.

        Of lines with one that pyarrow refuses, halves are tried, down to that, which is bad.
        """
        from .arrow import read_columns  # noqa: PLC0415  heavy, and needed for few files

        if not lines:
            return
        block, cells = b"\n".join(lines), self.clock.cells
        found = read_columns(block, self.dialect, self.axes, cells, lenient=True)
        if found is not None and found[0].shape[1] == len(lines):
            axes, values = found
            yield Rows(self.clock.seconds(values, place[:, 1]), axes, place[:, 0])
        elif len(lines) == 1:
            bad.append((int(place[0, 0]), lines[0].decode("utf-8", "replace")))
        else:
            middle = len(lines) // 2
            yield from self._rows(lines[:middle], place[:middle], bad)
            yield from self._rows(lines[middle:], place[middle:], bad)

    def _is_row(self, text: str) -> bool:
        cells = self.dialect.split(text)
        if len(cells) != self.dialect.n_columns:
            return False
        numbers = [cells[column] for column in self.axes]
        for held in self.clock.cells:
            if not isinstance(held, StampCells):
                numbers.append(cells[held.column])
            elif len(held.columns) == 1 and layout_of(cells[held.columns[0]]) is None:
                return False
        return all(cell in NULLS or self._is_float(cell) for cell in numbers)

    def _is_comment(self, text: str) -> bool:
        """Whether a line is a note between rows, and no damaged row."""
        return text.startswith(_COMMENTS) and (
            len(self.dialect.split(text)) != self.dialect.n_columns
        )

    def _is_float(self, cell: str) -> bool:
        try:
            float(cell.replace(self.dialect.decimal, "."))
        except ValueError:
            return False
        return "_" not in cell  # which Python takes for a mark between thousands


def _no_rows() -> Rows:
    return Rows(np.empty(0), np.empty((3, 0), dtype=np.float32), np.empty(0, dtype=np.int64))


def _pieces(block: bytes) -> Iterator[bytes]:
    """Yield a block in pieces of whole lines."""
    start = 0
    while start < len(block):
        stop = block.find(b"\n", start + _PIECE_BYTES) + 1 or len(block)
        yield block[start:stop]
        start = stop


def _line_ends(block: bytes) -> int:
    """Count the line ends of a block; its own `count` takes several times as long."""
    return int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")))


def _filled_lines(block: bytes) -> npt.NDArray[np.int64]:
    """Return the numbers, from 0, of the lines that are not empty."""
    filled = [i for i, line in enumerate(block.split(b"\n")) if line.strip(b"\r")]
    return np.array(filled, dtype=np.int64)
