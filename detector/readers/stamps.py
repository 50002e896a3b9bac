"""Text stamps to seconds, many at once: the layout is read from one and checked on all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray

Bytes = npt.NDArray[np.uint8]
DateOrder = Literal["ymd", "dmy", "mdy"]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DATE = (
    r"\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}"
    r"|\d{1,2}(?P<sep2>[-/.])\d{1,2}(?P=sep2)(?:\d{4}|\d{2})"
    r"|\d{1,2}[-/ ]?[A-Za-z]{3,9}[-/ ,]*\d{4}"
    r"|\d{8}"
)
_STAMP = re.compile(
    rf"\s*(?:(?P<date>{_DATE})(?:\s*[T_,;]?\s*))?"
    r"(?P<hour>\d{1,2})(?(date)[:-]|:)(?P<minute>\d{1,2})"
    r"(?:(?(date)[:.-]|:)(?P<second>\d{1,2})(?:[.,:_-](?P<fraction>\d{1,12}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d\d)?)?\s*"
)
_MONTHS = {
    name: month
    for month, group in enumerate(
        ("jan januar january", "feb februar february", "mar mär mrz march märz", "apr april",
         "may mai mei", "jun juni june", "jul juli july", "aug august", "sep sept september",
         "oct okt october oktober", "nov november", "dec dez december dezember"), start=1,
    )
    for name in group.split()
}  # fmt: skip
# Rows of a block that are laid out differently (1/9/2024 and 1/10/2024) are taken group by group.
_MOST_LAYOUTS = 64


@dataclass(frozen=True, slots=True)
class StampLayout:
    """Where the parts of a stamp stand, as (start, stop) columns of its text."""

    hour: tuple[int, int]
    minute: tuple[int, int]
    second: tuple[int, int]
    fraction: tuple[int, int]
    date: tuple[int, int]
    zone: tuple[int, int]
    half: Literal["", "a", "p"]

    @property
    def has_date(self) -> bool:
        """Whether the stamp names a day, not the time of day alone."""
        return self.date[1] > self.date[0]


@lru_cache(maxsize=512)
def layout_of(text: str) -> StampLayout | None:
    """Return where the parts of one stamp stand, or None where the text is no stamp.

    >>> layout_of("2022-03-16 14:07:17:870").fraction
    (20, 23)
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    half = (match["half"] or "")[:1].lower()
    hour, minute, second, fraction, day, zone = (
        match.span(part) if match[part] else (0, 0)
        for part in ("hour", "minute", "second", "fraction", "date", "zone")
    )
    return StampLayout(
        hour, minute, second, fraction, day, zone, "a" if half == "a" else "p" if half else ""
    )


def day_of(text: str, order: DateOrder) -> int | None:
    """Return the day of a date text, counted from 1970-01-01; None where there is no such day."""
    names = re.findall(r"[A-Za-zä]+", text)
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if len(numbers) == 1 and not names and len(text.strip()) == 8:
        numbers = [int(text[:4]), int(text[4:6]), int(text[6:8])]
        order = "ymd"
    if names:
        month = _MONTHS.get(names[0].lower())
        if month is None or len(numbers) != 2:
            return None
        numbers.insert(1, month)
        order = "dmy"
    if len(numbers) != 3:
        return None
    if numbers[0] > 31:
        order = "ymd"
    year, month, day = (numbers[order.index(part)] for part in "ymd")
    try:
        return date(year + 2000 if year < 100 else year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def zone_seconds(text: str) -> int | None:
    """Return the offset from UTC that `Z`, `+02:00`, `GMT +01` name, in s."""
    match = re.search(r"([+-])(\d{1,2}):?(\d\d)?", text)
    if match is None:
        return 0 if text.strip().upper() in {"Z", "UTC", "GMT"} else None
    seconds = int(match[2]) * 3600 + int(match[3] or 0) * 60
    return -seconds if match[1] == "-" else seconds


def stamp_seconds(text: str, order: DateOrder = "ymd") -> float:
    """Return one stamp in s: from 1970 in its own clock less its offset; NaN where it is none."""
    return float(seconds_of_list([text], order)[0])


def seconds_of_texts(texts: Any, order: DateOrder, base_s: int) -> FloatArray:
    """Return a pyarrow chunked array of binary stamps in s after `base_s`; NaN: no stamp.

    The base is a whole second of the clock of `stamp_seconds`: so nothing is lost to rounding.
    """
    found = [np.empty(0)]
    for chunk in texts.chunks:
        _, offset_buffer, data_buffer = chunk.buffers()
        if not len(chunk) or data_buffer is None:
            found.append(np.full(len(chunk), np.nan))
            continue
        offsets = np.frombuffer(offset_buffer, dtype=np.int32)[chunk.offset :][: len(chunk) + 1]
        data = np.frombuffer(data_buffer, dtype=np.uint8)
        found.append(_seconds_between(offsets, data, order, base_s))
    return np.concatenate(found)


def seconds_of_list(texts: Sequence[str], order: DateOrder) -> FloatArray:
    """Return a list of stamps in s, as `stamp_seconds`."""
    encoded = [text.encode("ascii", "replace") for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    return _seconds_between(offsets, data, order, 0)


def _seconds_between(
    offsets: npt.NDArray[np.int32], data: Bytes, order: DateOrder, base_s: int
) -> FloatArray:
    """Return the stamps that lie between offsets (n + 1,) of `data`, length by length."""
    n = offsets.size - 1
    lengths = np.diff(offsets)
    if n and lengths[0] and np.all(lengths == lengths[0]):
        rows = data[offsets[0] : offsets[-1]].reshape(n, -1)
        return seconds_of_rows(rows, order, base_s)
    seconds = np.full(n, np.nan)
    for length in np.unique(lengths[lengths > 0]):
        alike = np.flatnonzero(lengths == length)
        rows = data[offsets[alike][:, None] + np.arange(length)]
        seconds[alike] = seconds_of_rows(rows, order, base_s)
    return seconds


def seconds_of_rows(texts: Bytes, order: DateOrder, base_s: int) -> FloatArray:
    """Return stamps of one length, (n, width) bytes, in s after `base_s`; NaN: no stamp."""
    seconds = np.full(texts.shape[0], np.nan)
    columns = np.ascontiguousarray(texts.T)
    left = np.arange(texts.shape[0])
    for _ in range(_MOST_LAYOUTS):
        if not left.size:
            break
        first = columns[:, left[0]]
        here = columns if left.size == texts.shape[0] else columns[:, left]
        alike = _same_layout(here, first)
        rows = left if alike.all() else left[alike]
        layout = layout_of(first.tobytes().decode("latin-1"))
        if layout is not None:
            block = columns if rows.size == texts.shape[0] else columns[:, rows]
            seconds[rows] = _seconds(block, layout, order, base_s)
        left = left[~alike]
    return seconds


def _same_layout(columns: Bytes, first: Bytes) -> npt.NDArray[np.bool_]:
    """Whether each stamp has digits where the first has digits, and else the same characters."""
    alike = np.ones(columns.shape[1], dtype=np.bool_)
    for column, character in zip(columns, first, strict=True):
        if 48 <= character <= 57:
            alike &= (column - np.uint8(48)) < 10
        else:
            alike &= column == character
    return alike


def _number(columns: Bytes, span: tuple[int, int]) -> npt.NDArray[np.int64]:
    number = np.zeros(columns.shape[1], dtype=np.int64)
    for column in columns[span[0] : span[1]]:
        number = number * 10 + (column - np.uint8(48))
    return number


def _seconds(columns: Bytes, layout: StampLayout, order: DateOrder, base_s: int) -> FloatArray:
    hour, minute, second = (
        _number(columns, span) for span in (layout.hour, layout.minute, layout.second)
    )
    possible = (hour < 24) & (minute < 60) & (second < 61)
    if layout.half:
        possible &= (hour > 0) & (hour <= 12)
        hour = hour % 12 + (12 if layout.half == "p" else 0)
    seconds: FloatArray = (hour * 3600 + minute * 60 + second).astype(np.float64)
    digits = layout.fraction[1] - layout.fraction[0]
    if digits:
        seconds += _number(columns, layout.fraction) / 10.0**digits
    seconds += _slow_seconds(columns, layout, order) - base_s
    if not possible.all():
        seconds[~possible] = np.nan
    return seconds


def _slow_seconds(columns: Bytes, layout: StampLayout, order: DateOrder) -> FloatArray:
    """Return date and zone in s: they change seldom, so that each run of equals is read once."""
    slow = [*range(*layout.date), *range(*layout.zone)]
    n = columns.shape[1]
    changes = np.zeros(max(0, n - 1), dtype=np.bool_)
    for at in slow:
        changes |= columns[at, 1:] != columns[at, :-1]
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    values = np.empty(starts.size)
    for run, start in enumerate(starts):
        text = columns[:, start].tobytes().decode("latin-1")
        values[run] = _slow_part(text[slice(*layout.date)], text[slice(*layout.zone)], order)
    return np.repeat(values, np.diff(np.append(starts, n)))


@lru_cache(maxsize=4096)
def _slow_part(day_text: str, zone_text: str, order: DateOrder) -> float:
    day = day_of(day_text, order) if day_text else 0
    offset = zone_seconds(zone_text) if zone_text else 0
    return float("nan") if day is None or offset is None else day * 86400.0 - offset


def utc_seconds(local_s: FloatArray, zone: ZoneInfo, base_s: int) -> FloatArray:
    """Return local seconds after `base_s` as UTC seconds; an hour that comes twice is its first.

    A stretch of samples crosses one change of clocks at most.
    """
    finite = local_s[np.isfinite(local_s)]
    if not finite.size:
        return local_s
    low, high = int(np.floor(finite.min())), int(np.ceil(finite.max()))
    before, after = _offset(base_s + low, zone), _offset(base_s + high, zone)
    if before == after:
        return local_s - before
    while high - low > 1:
        middle = (low + high) // 2
        still = _offset(base_s + middle, zone) == before
        low, high = (middle, high) if still else (low, middle)
    return local_s - np.where(local_s < high, before, after)


def _offset(local_s: int, zone: ZoneInfo) -> float:
    local = datetime(1970, 1, 1) + timedelta(seconds=local_s)
    offset = local.replace(tzinfo=zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
