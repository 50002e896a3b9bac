"""Blocks of lines to columns of numbers: fast where all is well, line by line where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc_csv

from ..recording import FloatArray, SampleArray
from .arrow import put_floats
from .clock import Clock
from .dialect import Dialect
from .stamps import layout_of

_PIECE_BYTES = 2**16
_PARSE_BYTES = 2**20
_NULLS = ("", "NaN", "nan", "NAN", "null", "NULL", "None", "N/A", "n/a", "NA", "-")


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
    """A block's rows in one or more parts; `n_lines` counts its line ends, `n_rows` its lines."""

    parts: tuple[Rows, ...]
    n_lines: int
    n_rows: int


@dataclass(frozen=True, slots=True)
class RowParser:
    """Parses blocks of one file."""

    dialect: Dialect
    axes: tuple[int, int, int]
    clock: Clock

    def parse(self, block: bytes, first_line: int, first_index: int) -> Parsed:
        """Return the rows of a block that begins at line `first_line`, its row `first_index`."""
        n_lines = block.count(b"\n")
        block = self._plain(block)
        rows = self._strict(block, first_line, first_index, n_lines, lenient=False)
        if rows is not None:
            return Parsed((rows,), n_lines, rows.line.size)
        found: list[Rows] = []
        line, index = first_line, first_index
        for piece in _pieces(block):
            ends = piece.count(b"\n")
            part = self._strict(piece, line, index, ends, lenient=True)
            if part is None:
                part = self._by_line(piece, line, index)
            found.append(part)
            line += ends
            index += part.line.size + len(part.bad)
        return Parsed(tuple(found), n_lines, index - first_index)

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

    def _strict(
        self, block: bytes, first_line: int, first_index: int, n_ends: int, *, lenient: bool
    ) -> Rows | None:
        """Parse a block in which every line is a row; None where one is not."""
        try:
            table = self._table(block, lenient=lenient)
        except pa.ArrowInvalid:
            return None
        n = len(table)
        index = np.arange(first_index, first_index + n, dtype=np.int64)
        line = np.arange(first_line, first_line + n, dtype=np.int64)
        if n != n_ends + (not block.endswith(b"\n")):
            filled = _filled_lines(block)
            if filled.size != n:
                return None  # a stray quote made two lines one
            line = first_line + filled
        axes = np.empty((3, n), dtype=np.float32)
        for i in range(3):
            put_floats(table.column(i), axes[i])
        columns = [table.column(3 + i) for i in range(len(self.clock.columns))]
        return Rows(self.clock.seconds(columns, index), axes, line)

    def _table(self, block: bytes, *, lenient: bool) -> Any:
        names = [str(i) for i in range(self.dialect.n_columns)]
        wanted = [*self.axes, *self.clock.columns]
        types = [pa.float32()] * 3 + list(self.clock.types(lenient=lenient))
        return pc_csv.read_csv(
            pa.BufferReader(block),
            read_options=pc_csv.ReadOptions(column_names=names, block_size=_PARSE_BYTES),
            parse_options=pc_csv.ParseOptions(
                delimiter=self.dialect.delimiter,
                quote_char='"' if self.dialect.has_quotes else False,
            ),
            convert_options=pc_csv.ConvertOptions(
                column_types={names[c]: t for c, t in zip(wanted, types, strict=True)},
                include_columns=[names[c] for c in wanted],
                decimal_point=self.dialect.decimal,
                null_values=_NULLS,
                check_utf8=False,
            ),
        )

    def _by_line(self, piece: bytes, first_line: int, first_index: int) -> Rows:
        """Parse a piece that has lines in it which are no rows."""
        bad: list[tuple[int, str]] = []
        good: list[bytes] = []
        place: list[tuple[int, int]] = []
        index = first_index
        for at, raw in enumerate(piece.split(b"\n")):
            if not raw.strip():
                continue
            text = raw.decode("utf-8", "replace").rstrip("\r")
            if self._is_row(text):
                good.append(raw)
                place.append((first_line + at, index))
            else:
                bad.append((first_line + at, text))
            index += 1
        parts = list(self._runs(good, place, bad))
        if not parts:
            parts = [_no_rows()]
        return Rows(
            np.concatenate([p.t_s for p in parts]),
            np.concatenate([p.axes for p in parts], axis=1),
            np.concatenate([p.line for p in parts]),
            tuple(sorted(bad)),
        )

    def _runs(
        self, lines: list[bytes], place: list[tuple[int, int]], bad: list[tuple[int, str]]
    ) -> Iterator[Rows]:
        """Yield rows of lines without a break; what the fast parser still refuses is bad."""
        start = 0
        for stop in range(1, len(lines) + 1):
            if stop < len(lines) and place[stop][1] == place[stop - 1][1] + 1:
                continue
            run = lines[start:stop]
            rows = self._strict(b"\n".join(run), *place[start], len(run) - 1, lenient=True)
            if rows is not None:
                yield rows
            else:
                for line, where in zip(run, place[start:stop], strict=True):
                    row = self._strict(line, *where, 0, lenient=True)
                    if row is None:
                        bad.append((where[0], line.decode("utf-8", "replace")))
                    else:
                        yield row
            start = stop

    def _is_row(self, text: str) -> bool:
        cells = self.dialect.split(text)
        if len(cells) != self.dialect.n_columns:
            return False
        numbers = [cells[column] for column in self.axes]
        stamps = [cells[column] for column in self.clock.columns]
        if self.clock.columns and not pa.types.is_binary(self.clock.types(lenient=True)[0]):
            numbers += stamps
        elif len(stamps) == 1 and layout_of(stamps[0]) is None:
            return False
        return all(cell in _NULLS or self._is_float(cell) for cell in numbers)

    def _is_float(self, cell: str) -> bool:
        try:
            float(cell.replace(self.dialect.decimal, "."))
        except ValueError:
            return False
        return True


def _no_rows() -> Rows:
    return Rows(np.empty(0), np.empty((3, 0), dtype=np.float32), np.empty(0, dtype=np.int64))


def _pieces(block: bytes) -> Iterator[bytes]:
    """Yield a block in pieces of whole lines."""
    start = 0
    while start < len(block):
        stop = block.find(b"\n", start + _PIECE_BYTES) + 1 or len(block)
        yield block[start:stop]
        start = stop


def _filled_lines(block: bytes) -> npt.NDArray[np.int64]:
    """Return the numbers, from 0, of the lines that are not empty."""
    filled = [i for i, line in enumerate(block.split(b"\n")) if line.strip(b"\r")]
    return np.array(filled, dtype=np.int64)
