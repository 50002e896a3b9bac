"""pyarrow columns as numpy arrays.

Their own `to_numpy` imports pandas, 0.2 s that a small file's reading does not take otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray


def put_floats(column: Any, out: npt.NDArray[np.floating[Any]]) -> None:
    """Write a chunked float column (n,) into `out` (n,), of the same type; NaN where null."""
    done = 0
    for chunk in column.chunks:
        part = out[done : done + len(chunk)]
        done += len(chunk)
        part[:] = _stored(chunk, out.dtype)
        if chunk.null_count:
            part[_missing(chunk)] = np.nan


def floats(column: Any) -> FloatArray:
    """Return a chunked float64 column (n,); NaN where null."""
    values = np.empty(len(column))
    put_floats(column, values)
    return values


def integers(column: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_] | None]:
    """Return a chunked int64 or timestamp column (n,), and where it is null (None: nowhere)."""
    values = np.empty(len(column), dtype=np.int64)
    missing = np.zeros(len(column), dtype=np.bool_) if column.null_count else None
    done = 0
    for chunk in column.chunks:
        part = slice(done, done + len(chunk))
        done += len(chunk)
        values[part] = _stored(chunk, values.dtype)
        if missing is not None and chunk.null_count:
            missing[part] = _missing(chunk)
    return values, missing


def _stored(chunk: Any, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if not len(chunk):
        return np.empty(0, dtype=dtype)
    return np.frombuffer(chunk.buffers()[1], dtype=dtype)[chunk.offset :][: len(chunk)]


def _missing(chunk: Any) -> npt.NDArray[np.bool_]:
    bits = np.frombuffer(chunk.buffers()[0], dtype=np.uint8)
    valid = np.unpackbits(bits, bitorder="little").astype(np.bool_)
    return ~valid[chunk.offset :][: len(chunk)]
