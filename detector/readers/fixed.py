"""Rows that are all laid out alike to numbers, in plain numpy, a block of bytes at a time.

It reads what exporters write: columns parted by one delimiter; numbers of digits with a sign and a
decimal mark at most; stamps of one width. All that this rests on is checked in every row, and a
block in which one row is otherwise is left to pyarrow. Both read the same numbers from the same
text, to the last bit. Digits below 2**53 over a power of ten that a float64 holds are rounded once,
to the float64 nearest to the text. Rounded again, that is the float32 nearest to the text: with 12
decimals at most, a text that is not the middle between two float32 is further than 2**-53 of itself
from any such middle, so that its float64 lies on the same side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray, SampleArray
from .cells import Cells, StampCells
from .dialect import Dialect
from .digits import MOST_DIGITS, Bytes, number_of
from .stamps import seconds_of_rows

# What work on so many needs stays in the processor's cache.
_PIECE_ROWS = 12_000
# Numbers are read from their ends, all as far to the left as the longest of them reaches.
_MARGIN = 32
# With these, float32 and float64 are those nearest to the text: see above.
_MOST_DECIMALS = 12
_LARGEST = 2**53
_NEWLINE, _RETURN, _MINUS, _ZERO = (np.uint8(ord(character)) for character in "\n\r-0")

Places = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


class _NotFixed(Exception):  # noqa: N818  nothing failed: another parser reads the block
    """A row is laid out in a way that is not read here."""


def read_fixed(
    block: bytes, dialect: Dialect, axes: Sequence[int], cells: Sequence[Cells]
) -> tuple[SampleArray, list[FloatArray]] | None:
    """Return axes (3, n) and what the clock's cells hold, (n,) each; None where a row deviates."""
    if dialect.has_quotes:
        return None
    samples: list[SampleArray] = []
    values: list[list[FloatArray]] = [[] for _ in cells]
    try:
        for data in _pieces(block):
            piece = _piece(data, dialect, {*axes, *_columns(cells)})
            samples.append(piece.numbers(axes).astype(np.float32))
            for found, cell in zip(values, cells, strict=True):
                found.append(_values(piece, cell))
    except _NotFixed:
        return None
    return np.concatenate(samples, axis=1), [np.concatenate(found) for found in values]


def _columns(cells: Sequence[Cells]) -> Iterator[int]:
    for cell in cells:
        yield from cell.columns if isinstance(cell, StampCells) else (cell.column,)


def _values(piece: _Piece, cell: Cells) -> FloatArray:
    if isinstance(cell, StampCells):
        seconds = seconds_of_rows(piece.texts(cell.columns), cell.order, cell.base_s)
        if np.isnan(seconds).any():
            raise _NotFixed
        return seconds
    if cell.is_integer:
        return (piece.integers(cell.column) - np.int64(cell.base)).astype(np.float64)
    numbers: FloatArray = piece.numbers([cell.column])[0] - cell.base
    return numbers


def _pieces(block: bytes) -> Iterator[Bytes]:
    """Yield a block in pieces of whole lines, each after `_MARGIN` bytes of what comes before."""
    if not block.endswith(b"\n"):
        block += b"\n"
    whole = np.frombuffer(block, dtype=np.uint8)
    most = _PIECE_ROWS * (block.find(b"\n") + 1)
    size = max(_MARGIN, len(block) // (len(block) // most + 1))
    stop = block.find(b"\n", size) + 1 or len(block)
    yield np.frombuffer(b"\n".rjust(_MARGIN) + block[:stop], dtype=np.uint8)
    while stop < len(block):
        start, stop = stop, block.find(b"\n", stop + size) + 1 or len(block)
        yield whole[start - _MARGIN : stop]


def _piece(data: Bytes, dialect: Dialect, wanted: set[int]) -> _Piece:
    """Find the cells; raise _NotFixed where a row has more or fewer of them than another."""
    body = data[_MARGIN - 1 :]
    is_newline = body == _NEWLINE
    n = np.count_nonzero(is_newline) - 1
    is_separator = body == np.uint8(ord(dialect.delimiter))
    is_separator |= is_newline
    separators = np.flatnonzero(is_separator)
    line_ends = separators[dialect.n_columns :: dialect.n_columns]
    if separators.size != n * dialect.n_columns + 1 or not is_newline[line_ends].all():
        raise _NotFixed
    ends_in_return = bool(body[line_ends[0] - 1] == _RETURN)
    if ends_in_return and (body[line_ends - 1] != _RETURN).any():
        raise _NotFixed
    if len(wanted) < dialect.n_columns:
        # pyarrow ends a line at a return, also in a cell that is not looked at.
        n_returns = np.count_nonzero(body == _RETURN)
        if n_returns != n * ends_in_return:
            raise _NotFixed
    mark = dialect.decimal.encode()
    return _Piece(data, separators, dialect.n_columns, mark, ends_in_return)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows as bytes; `separators` (n * n_columns + 1,) are where their cells end, in `data`.

    They count from the last byte of the margin, which ends the line before.
    """

    data: Bytes
    separators: Places
    n_columns: int
    mark: bytes
    ends_in_return: bool

    def numbers(self, columns: Sequence[int]) -> FloatArray:
        """Return columns of numbers, (k, n)."""
        is_negative, before, end = self._unsigned(columns)
        decimals = self._decimals(before, end)
        number = self._digits(before, end, decimals)
        if number.dtype == np.uint64 and number.max() > _LARGEST:
            raise _NotFixed
        values: FloatArray = number / 10.0 ** int(decimals.max())
        np.negative(values, out=values, where=is_negative)
        return values.reshape(len(columns), -1)

    def integers(self, column: int) -> npt.NDArray[np.int64]:
        """Return a column of long integers (n,)."""
        is_negative, before, end = self._unsigned([column])
        number = self._digits(before, end, np.zeros(end.size, dtype=np.uint8))
        if number.max() > np.iinfo(np.int64).max:
            raise _NotFixed
        signed = number.astype(np.int64)
        return np.negative(signed, out=signed, where=is_negative)

    def texts(self, columns: Sequence[int]) -> Bytes:
        """Return a column as texts of one width (n, width); several with a blank between them."""
        found: list[Bytes] = []
        for column in columns:
            before, end = self._cells([column])
            widths = end - before
            width = int(widths[0]) - 1
            if width < 1 or (widths != width + 1).any():
                raise _NotFixed
            # One item of `width` bytes is copied at once, which is faster than byte after byte.
            windows = np.ndarray(
                self.data.size - _MARGIN - width + 1, f"V{width}", self.data, _MARGIN, (1,)
            )
            texts = windows[before].view(np.uint8).reshape(-1, width)
            found += [np.full((len(texts), 1), ord(" "), dtype=np.uint8), texts]
        return found[1] if len(columns) == 1 else np.concatenate(found[1:], axis=1)

    def _cells(self, columns: Sequence[int]) -> tuple[Places, Places]:
        """Return the separators before and after the cells of columns, one after another."""
        n = (self.separators.size - 1) // self.n_columns
        before, end = np.empty((2, len(columns), n), dtype=np.intp)
        for row, column in enumerate(columns):
            before[row] = self.separators[column : -1 : self.n_columns]
            end[row] = self.separators[column + 1 :: self.n_columns]
            if self.ends_in_return and column == self.n_columns - 1:
                end[row] -= 1
        return before.reshape(-1), end.reshape(-1)

    def _unsigned(self, columns: Sequence[int]) -> tuple[BoolArray, Places, Places]:
        """Return which cells of columns have a minus, and the places before and after the rest."""
        before, end = self._cells(columns)
        is_negative = self._take(before, 1) == _MINUS
        before += is_negative
        return is_negative, before, end

    def _decimals(self, before: Places, end: Places) -> Bytes:
        """Return how many decimals the numbers between places (n,) have."""
        text = self.data[_MARGIN + before[0] : _MARGIN - 1 + end[0]].tobytes()
        n_first = len(text.partition(self.mark)[2])
        if n_first > _MOST_DECIMALS:
            raise _NotFixed
        is_alike = self._take(end, -n_first - 1) == ord(self.mark)
        is_alike &= end - before > n_first + 1  # else that mark is another cell's
        if n_first and is_alike.all():
            return np.full(end.size, n_first, dtype=np.uint8)
        # Some programs leave out the zeros at a number's end, and the mark of a whole number.
        decimals = np.zeros(end.size, dtype=np.uint8)
        widths = end - before - 1
        for place in range(1, min(_MOST_DECIMALS, int(widths.max()) - 2) + 1):
            is_mark = self._take(end, -place - 1) == ord(self.mark)
            is_mark &= (widths > place + 1) & (decimals == 0)
            decimals += is_mark * np.uint8(place)
        return decimals

    def _digits(self, before: Places, end: Places, decimals: Bytes) -> npt.NDArray[Any]:
        """Return the numbers between places (n,) without their mark, as whole numbers.

        One with fewer decimals than another has zeros for them.
        """
        least_decimals, most_decimals = int(decimals.min()), int(decimals.max())
        with_mark = decimals + (decimals > 0)
        mark = end - (with_mark if least_decimals < most_decimals else with_mark[0])
        widths = mark - before
        widths -= 1
        least, most = int(widths.min()), int(widths.max())
        if least < 1 or most + most_decimals > MOST_DIGITS:
            raise _NotFixed
        digits = np.empty((most + most_decimals, end.size), dtype=np.uint8)
        whole, part = digits[:most][::-1], digits[most:]
        for place, row in enumerate(whole, start=1):
            self._take(mark, -place, row)
        for place, row in enumerate(part, start=1):
            self._take(mark, place, row)
        digits -= _ZERO
        # What stands beside a shorter number is no digit of it.
        for place in range(least + 1, most + 1):
            whole[place - 1] *= widths >= place
        for place in range(least_decimals + 1, most_decimals + 1):
            part[place - 1] *= decimals >= place
        if digits.max() > 9:
            raise _NotFixed
        return number_of(digits)

    def _take(self, places: Places, offset: int, out: Bytes | None = None) -> Bytes:
        """Return the bytes that lie `offset` after places."""
        return self.data[_MARGIN - 1 + offset :].take(places, out=out, mode="clip")
