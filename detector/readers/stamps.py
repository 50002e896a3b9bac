"""Text stamps to seconds, many at once: the layout is read from one and checked on all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray
from .digits import Bytes, number_of

DateOrder = Literal["ymd", "dmy", "mdy"]

_FARTHEST_OFFSET_S = 14 * 3600
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DATE = (
    r"\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}"
    r"|\d{1,2}(?P<sep2>[-/.])\d{1,2}(?P=sep2)(?:\d{4}|\d{2})"
    r"|\d{1,2}\.?[-/ ]?[A-Za-z]{3,10}\.?[-/ ,]*(?:\d{4}|\d{2})"
    r"|[A-Za-z]{3,10}\.? ?\d{1,2}[ ,]+\d{4}"
    r"|\d{8}"
)
# Behind an offset, Java names the zone and JavaScript describes it; alone, letters name no offset.
_ZONE = (
    r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d\d)?)?"
    r"\s*(?:\[[A-Za-z_/+-]+\]|\([^()]*\)|[A-Z]{3,5})?\s*"
)
_STAMP = re.compile(
    rf"\s*(?P<open>\[)?(?:(?:[A-Za-z]{{2,10}}\.?,? )?(?P<date>{_DATE})(?:\s*[T_,;]?\s*))?"
    r"(?P<hour>\d{1,2})(?(date)(?:[:-]|\.(?=\d\d\.\d\d))|:)(?P<minute>\d{1,2})"
    r"(?:(?(date)[:.-]|:)(?P<second>\d{1,2})"
    r"(?:\s?(?P<early>[AaPp][Mm])(?=[.,:]\d))?(?:[.,:_-](?P<fraction>\d{1,12}))?)?"
    rf"\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?{_ZONE}(?(open)\])"
)
# Minutes and seconds: counted from the start, or what a spreadsheet leaves of a time of day.
_MINUTES = re.compile(
    r"\s*(?P<date>)(?P<hour>)(?P<minute>\d{1,3}):(?P<second>\d\d)[.,](?P<fraction>\d{1,9})"
    r"(?P<half>)(?P<early>)(?P<zone>)\s*"
)
_DATE_ALONE = re.compile(rf"(?:[A-Za-z]{{3,10}},? )?(?!(?!19|20)\d{{8}})(?:{_DATE})")
_PACKED = re.compile(
    rf"\s*(?P<date>\d{{8}}|(?:{_DATE})(?=\s))(?:[T_-]|\s+)?"
    r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)"
    rf"(?:[.,:_-]?(?P<fraction>(?<=\D)\d{{1,9}}|\d{{3}}|\d{{6}}))?(?P<half>)(?P<early>){_ZONE}"
)
# As C's ctime and the shell's date write it.
_YEAR_LAST = re.compile(
    r"\s*(?:[A-Za-z]{2,10}\.?,? )?(?P<date>[A-Za-z]{3,10}\.? {1,2}\d{1,2}) (?P<hour>\d{1,2})"
    r":(?P<minute>\d\d):(?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?"
    r"(?: (?:(?P<zone>UTC|GMT)|[A-Z]{3,5}))? (?P<year>\d{4})(?P<half>)(?P<early>)\s*"
)
_MONTHS = {
    name: month
    for month, group in enumerate(
        ("jan january januar janvier enero ene gennaio gen",
         "feb february februar febrero febbraio",
         "mar march mär mrz märz mars marzo", "apr april abr abril avr avril aprile",
         "may mai mei mayo maggio mag", "jun june juni juin junio giugno giu",
         "jul july juli juil juillet julio luglio lug", "aug august ago agosto",
         "sep sept september septembre septiembre settembre set",
         "oct october okt oktober octobre octubre ottobre ott",
         "nov november novembre noviembre", "dec december dez dezember dic diciembre dicembre"),
        start=1,
    )
    for name in group.split()
}  # fmt: skip
# Which digits a stamp has says nothing of where its parts stand.
_ANY_DIGIT = str.maketrans("123456789", "000000000")
# Rows of a block that are laid out differently (1/9/2024 and 1/10/2024) are taken group by group.
_MOST_LAYOUTS = 64
_MOST_DECIMALS = 9
# So many ns still fit an integer of 64 bits: from 1684 to 2255.
_FARTHEST_S = 9 * 10**9
_NO_DAY_S = 2 * _FARTHEST_S


@dataclass(frozen=True, slots=True)
class StampLayout:
    """Where the parts of a stamp stand, as (start, stop) columns of its text.

    `year` is one that does not stand in its date, but behind its time.
    """

    hour: tuple[int, int]
    minute: tuple[int, int]
    second: tuple[int, int]
    fraction: tuple[int, int]
    date: tuple[int, int]
    zone: tuple[int, int]
    half: Literal["", "a", "p"]
    year: tuple[int, int] = (0, 0)

    @property
    def has_date(self) -> bool:
        """Whether the stamp names a day, not the time of day alone."""
        return self.date[1] > self.date[0]

    @property
    def has_hour(self) -> bool:
        """Whether it names an hour, and does not begin with the minute."""
        return self.hour[1] > self.hour[0]


def layout_of(text: str) -> StampLayout | None:
    """Return where the parts of one stamp stand, or None where the text is no stamp.

    >>> layout_of("2022-03-16 14:07:17:870").fraction
    (20, 23)
    """
    return _layout_of(text.translate(_ANY_DIGIT))


def is_date(text: str) -> bool:
    """Whether a text is a date alone."""
    return _DATE_ALONE.fullmatch(text) is not None


@lru_cache(maxsize=512)
def _layout_of(text: str) -> StampLayout | None:
    patterns = (_STAMP, _PACKED, _MINUTES, _YEAR_LAST)
    match = next((found for pattern in patterns if (found := pattern.fullmatch(text))), None)
    if match is None:
        return None
    half = (match["half"] or match["early"] or "")[:1].lower()
    hour, minute, second, fraction, day, zone = (
        match.span(part) if match[part] else (0, 0)
        for part in ("hour", "minute", "second", "fraction", "date", "zone")
    )
    return StampLayout(
        hour, minute, second, fraction, day, zone, "a" if half == "a" else "p" if half else "",
        match.span("year") if match.re is _YEAR_LAST else (0, 0),
    )  # fmt: skip


def day_of(text: str, order: DateOrder) -> int | None:
    """Return the day of a date text, counted from 1970-01-01; None where there is no such day."""
    names = [name.lower() for name in re.findall(r"[A-Za-zä]+", text)]
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if len(numbers) == 1 and not names and len(text.strip()) == 8:
        numbers = [int(text[:4]), int(text[4:6]), int(text[6:8])]
        order = "ymd"
    if names:
        month = _MONTHS.get(names[0])
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
    if seconds > _FARTHEST_OFFSET_S:
        return None
    return -seconds if match[1] == "-" else seconds


def stamp_seconds(text: str, order: DateOrder = "ymd") -> float:
    """Return one stamp in s: from 1970 in its own clock less its offset; NaN where it is none."""
    return float(seconds_of_list([text], order)[0])


def seconds_of_list(texts: Sequence[str], order: DateOrder) -> FloatArray:
    """Return a list of stamps in s, as `stamp_seconds`."""
    encoded = [text.encode("ascii", "replace") for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    return seconds_between(offsets, data, order, 0)


def seconds_between(
    offsets: npt.NDArray[np.int32], data: Bytes, order: DateOrder, base_s: int
) -> FloatArray:
    """Return the stamps that lie between offsets (n + 1,) of `data`, as `seconds_of_rows`."""
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
    """Return stamps of one length, (n, width) bytes, in s after `base_s`; NaN: no stamp.

    The base is a whole second of the clock of `stamp_seconds`. What comes out is the float64
    nearest to the text, of whose decimals nine are read.
    """
    if not len(texts):
        return np.empty(0)
    seconds, alike = _laid_out_as_first(texts, order, base_s)
    left = np.flatnonzero(~alike)
    seconds[left] = np.nan
    for _ in range(_MOST_LAYOUTS - 1):
        if not left.size:
            break
        found, alike = _laid_out_as_first(texts[left], order, base_s)
        seconds[left[alike]] = found[alike]
        left = left[~alike]
    return seconds


def _laid_out_as_first(
    texts: Bytes, order: DateOrder, base_s: int
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return (n,) s of the stamps that are laid out as the first, and which those are.

    Little but the second changes from row to row; all else is read once for each run of rows
    that have it in common.
    """
    n = len(texts)
    layout = layout_of(texts[0].tobytes().decode("latin-1"))
    quick = [] if layout is None else [*range(*layout.second), *range(*layout.fraction)]
    starts = _run_starts(texts, quick)
    heads, lengths = texts[starts], np.diff(starts, append=n)
    alike = np.repeat(_same_layout(heads), lengths)
    digits = np.empty((len(quick), n), dtype=np.uint8)
    for row, at in zip(digits, quick, strict=True):
        np.subtract(texts[:, at], np.uint8(48), out=row)
    if digits.max(initial=0) > 9:
        alike &= (digits <= 9).all(axis=0)
    if layout is None:
        return np.full(n, np.nan), alike
    whole_s, is_possible = _whole_seconds(heads.T, layout, order)
    n_second = layout.second[1] - layout.second[0]
    decimals = min(len(quick) - n_second, _MOST_DECIMALS)
    ticks = np.repeat((whole_s - base_s) * 10**decimals, lengths)
    possible = np.repeat(is_possible, lengths)
    if n_second:
        second = number_of(digits[: n_second + decimals]).astype(np.int64)
        possible &= second < 61 * 10**decimals
        ticks += second
    seconds: FloatArray = ticks / 10.0**decimals
    seconds[~possible] = np.nan
    return seconds, alike


def _run_starts(texts: Bytes, quick: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return where, in rows (n, width), another text begins, the `quick` columns apart."""
    n, width = texts.shape
    flat = texts.reshape(-1)
    differs = (flat[width:] != flat[: flat.size - width]).reshape(n - 1, width)
    for at in quick:
        differs[:, at] = False
    changed = np.flatnonzero(differs) // max(1, width)
    return np.concatenate(([0], changed[np.diff(changed, prepend=-1) > 0] + 1))


def _same_layout(texts: Bytes) -> npt.NDArray[np.bool_]:
    """Whether each stamp has digits where the first has digits, and else the same characters."""
    first = texts[0]
    is_digit = (first >= 48) & (first <= 57)
    lowest = np.where(is_digit, np.uint8(48), first)
    return np.asarray((texts - lowest <= np.where(is_digit, np.uint8(9), 0)).all(axis=1))


def _whole_seconds(
    columns: Bytes, layout: StampLayout, order: DateOrder
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return stamps (width, n) to the minute, in s from 1970, and which of them are possible."""
    hour, minute = (
        number_of(columns[slice(*span)] - np.uint8(48)).astype(np.int64)
        if span[1] else np.zeros(columns.shape[1], dtype=np.int64)
        for span in (layout.hour, layout.minute)
    )  # fmt: skip
    # Without a date, it may have been counted from the start: for days.
    # Some write midnight as 24:00 of the day that ends, and go on so for an hour.
    possible = hour < (25 if layout.has_date else 100)
    if layout.has_hour:
        possible &= minute < 60
    if layout.half:
        possible &= (hour > 0) & (hour <= 12)
        hour = hour % 12 + (12 if layout.half == "p" else 0)
    date, year, zone = (
        np.ascontiguousarray(columns[slice(*span)].T)
        for span in (layout.date, layout.year, layout.zone)
    )
    slow = np.concatenate([date, year, zone], axis=1)
    starts = _run_starts(slow, ())
    dates = (date[at].tobytes() + b" " * bool(layout.year[1]) + year[at].tobytes() for at in starts)
    days = [
        _day_less_zone(text, zone[at].tobytes(), order)
        for text, at in zip(dates, starts, strict=True)
    ]
    lengths = np.diff(starts, append=len(slow))
    day_s = np.array([_NO_DAY_S if day is None else day for day in days])
    whole_s = np.repeat(day_s, lengths) + hour * 3600 + minute * 60
    return whole_s, possible & (np.abs(whole_s) < _FARTHEST_S)


@lru_cache(maxsize=4096)
def _day_less_zone(day_text: bytes, zone_text: bytes, order: DateOrder) -> int | None:
    """Return the day, as its first second from 1970, less the offset; None: there is no such."""
    day = day_of(day_text.decode("latin-1"), order) if day_text else 0
    offset_s = zone_seconds(zone_text.decode("latin-1")) if zone_text else 0
    return None if day is None or offset_s is None else day * 86400 - offset_s


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
