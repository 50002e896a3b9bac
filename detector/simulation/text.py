"""Columns of text for many rows at once: fixed decimals, clock stamps, numbers with an exponent."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.int64]
MS_PER_DAY = 86_400_000


def decimals(values: npt.NDArray[np.floating], places: int) -> pa.Array:
    """Return `values` (n,) as decimal numbers with `places` digits behind the point."""
    counts = np.rint(values.astype(np.float64) * 10**places).astype(np.int64)
    words = np.empty((counts.size, 2), dtype="<i8")  # 128 bits: low word, then the sign
    words[:, 0] = counts
    words[:, 1] = counts >> 63
    kind = pa.decimal128(18, places)
    return pa.Array.from_buffers(kind, counts.size, [None, pa.py_buffer(words)])


def exponents(values: npt.NDArray[np.floating], places: int) -> pa.Array:
    """Return `values` (n,) as text with one digit before the point and an exponent, `9.85E0`."""
    sizes = np.abs(values.astype(np.float64))
    safe = np.where(sizes > 0, sizes, 1.0)
    powers = np.floor(np.log10(safe)).astype(np.int64)
    mantissas = np.rint(sizes / 10.0**powers * 10**places).astype(np.int64)
    over = mantissas >= 10 ** (places + 1)  # rounded up to ten
    mantissas = np.where(over, 10**places, mantissas)
    powers = powers + over
    digits = _digits(mantissas, places + 1)
    text = np.empty((values.size, places + 2), dtype=np.uint8)
    text[:, 0] = digits[:, 0]
    text[:, 1] = ord(".")
    text[:, 2:] = digits[:, 1:]
    signs = pa.array(["", "-"]).take(pa.array((values < 0).astype(np.int8)))
    lowest = int(powers.min(initial=0))
    names = [f"E{power}" for power in range(lowest, int(powers.max(initial=0)) + 1)]
    tails = pa.array(names).take(pa.array(powers - lowest))
    return pc.binary_join_element_wise(signs, _strings(text), tails, "")


def stamps(start: datetime, elapsed_ms: IntArray, date_format: str, colon: bool) -> pa.Array:
    """Return the local clock at `elapsed_ms` (n,) after `start` as text, to the millisecond.

    `date_format` is "ymd" for 2024-01-15 and "mdy" for 1/15/2024; with `colon` the milliseconds
    stand after a colon and not after a point.
    """
    midnight = datetime.combine(start.date(), datetime.min.time())
    clock_ms = elapsed_ms + round((start - midnight).total_seconds() * 1000)
    days = clock_ms // MS_PER_DAY
    times = _times_of_day(clock_ms % MS_PER_DAY, colon)
    dates = [
        _date(date.fromordinal(start.toordinal() + day), date_format)
        for day in range(int(days.max(initial=0)) + 1)
    ]
    return pc.binary_join_element_wise(pa.array(dates).take(pa.array(days)), times, " ")


def _date(day: date, date_format: str) -> str:
    return day.isoformat() if date_format == "ymd" else f"{day.month}/{day.day}/{day.year}"


def _times_of_day(ms: IntArray, colon: bool) -> pa.Array:
    text = np.empty((ms.size, 12), dtype=np.uint8)
    text[:, [2, 5]] = ord(":")
    text[:, 8] = ord(":" if colon else ".")
    text[:, 0:2] = _digits(ms // 3_600_000, 2)
    text[:, 3:5] = _digits(ms // 60_000 % 60, 2)
    text[:, 6:8] = _digits(ms // 1000 % 60, 2)
    text[:, 9:12] = _digits(ms % 1000, 3)
    return _strings(text)


def _digits(numbers: IntArray, width: int) -> npt.NDArray[np.uint8]:
    """Return (n, width) the decimal digits of `numbers` (n,) as ASCII, with leading zeros."""
    digits = np.empty((numbers.size, width), dtype=np.uint8)
    rest = numbers
    for column in range(width - 1, -1, -1):
        rest, last = np.divmod(rest, 10)
        digits[:, column] = last + ord("0")
    return digits


def _strings(text: npt.NDArray[np.uint8]) -> pa.Array:
    """Return an array of n strings from ASCII (n, width)."""
    offsets = np.arange(text.shape[0] + 1, dtype=np.int32) * text.shape[1]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
    return pa.Array.from_buffers(pa.string(), text.shape[0], buffers)
