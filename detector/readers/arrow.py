"""Blocks of lines to columns of numbers by pyarrow: whatever a CSV file can hold.

It takes 0.05 s and 30 MB to import, which most files do not need: `fixed` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc_csv

from ..recording import FloatArray, SampleArray
from .cells import NULLS, Cells, StampCells
from .dialect import Dialect
from .stamps import seconds_between

_PARSE_BYTES = 2**20


def read_columns(
    block: bytes, dialect: Dialect, axes: Sequence[int], cells: Sequence[Cells], *, lenient: bool
) -> tuple[SampleArray, list[FloatArray]] | None:
    """Return axes (3, n) and what the clock's cells hold, (n,) each; NaN where there is nothing.

    None where a line is no row. A lenient reading takes long integers as float64.
    """
    types = {column: pa.float32() for column in axes}
    for cell in cells:
        types |= _types(cell, lenient=lenient)
    try:
        table = _table(block, dialect, types)
    except pa.ArrowInvalid:
        return None
    samples = np.empty((3, len(table)), dtype=np.float32)
    for axis, column in zip(samples, axes, strict=True):
        _put(table[str(column)], axis)
    return samples, [_values(table, cell) for cell in cells]


def _types(cell: Cells, *, lenient: bool) -> dict[int, Any]:
    if isinstance(cell, StampCells):
        return {column: pa.binary() for column in cell.columns}
    is_long = cell.is_integer and not lenient
    return {cell.column: pa.int64() if is_long else pa.float64()}


def _table(block: bytes, dialect: Dialect, types: dict[int, Any]) -> Any:
    return pc_csv.read_csv(
        pa.BufferReader(block),
        read_options=pc_csv.ReadOptions(
            column_names=[str(i) for i in range(dialect.n_columns)],
            block_size=_PARSE_BYTES,
            # With threads, a program that ends soon after aborts now and then (apache/arrow 34314).
            use_threads=False,
        ),
        parse_options=pc_csv.ParseOptions(
            delimiter=dialect.delimiter, quote_char='"' if dialect.has_quotes else False
        ),
        convert_options=pc_csv.ConvertOptions(
            column_types={str(column): kind for column, kind in types.items()},
            include_columns=[str(column) for column in types],
            decimal_point=dialect.decimal,
            null_values=NULLS,
            check_utf8=False,
        ),
    )


def _values(table: Any, cell: Cells) -> FloatArray:
    if isinstance(cell, StampCells):
        return _stamps(table, cell)
    column = table[str(cell.column)]
    if pa.types.is_integer(column.type):
        return _ticks(column, int(cell.base))
    values = np.empty(len(column))
    _put(column, values)
    return values - cell.base


def _ticks(column: Any, base: int) -> FloatArray:
    """Return a chunked int64 column (n,) less `base`; NaN where null."""
    found = [np.empty(0)]
    for chunk in column.chunks:
        since = (_stored(chunk, np.dtype(np.int64)) - np.int64(base)).astype(np.float64)
        if chunk.null_count:
            since[_missing(chunk)] = np.nan
        found.append(since)
    return np.concatenate(found)


def _stamps(table: Any, cell: StampCells) -> FloatArray:
    texts = table[str(cell.columns[0])]
    if len(cell.columns) == 2:
        import pyarrow.compute as pc  # noqa: PLC0415  it costs 0.1 s more, for few files

        texts = pc.binary_join_element_wise(texts, table[str(cell.columns[1])], b" ")
    found = [np.empty(0)]
    for chunk in texts.chunks:
        _, offset_buffer, data_buffer = chunk.buffers()
        if not len(chunk) or data_buffer is None:
            found.append(np.full(len(chunk), np.nan))
            continue
        offsets = np.frombuffer(offset_buffer, dtype=np.int32)[chunk.offset :][: len(chunk) + 1]
        data = np.frombuffer(data_buffer, dtype=np.uint8)
        found.append(seconds_between(offsets, data, cell.order, cell.base_s))
    return np.concatenate(found)


def _put(column: Any, out: npt.NDArray[np.floating[Any]]) -> None:
    """Write a chunked float column (n,) into `out` (n,), of the same type; NaN where null.

    pyarrow's own `to_numpy` would import pandas, which takes 0.2 s.
    """
    done = 0
    for chunk in column.chunks:
        part = out[done : done + len(chunk)]
        done += len(chunk)
        part[:] = _stored(chunk, out.dtype)
        if chunk.null_count:
            part[_missing(chunk)] = np.nan


def _stored(chunk: Any, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if not len(chunk):
        return np.empty(0, dtype=dtype)
    return np.frombuffer(chunk.buffers()[1], dtype=dtype)[chunk.offset :][: len(chunk)]


def _missing(chunk: Any) -> npt.NDArray[np.bool_]:
    bits = np.frombuffer(chunk.buffers()[0], dtype=np.uint8)
    valid = np.unpackbits(bits, bitorder="little").astype(np.bool_)
    return ~valid[chunk.offset :][: len(chunk)]
