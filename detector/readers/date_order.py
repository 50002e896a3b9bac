"""Whether 3/2/2026 is in March or in February."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from ..errors import RecordingError
from .stamps import DateOrder, day_of, layout_of

# A date that no more stamps have may be a damaged one.
_DAMAGED_SHARE = 0.01
_ORDERLESS = re.compile(r"\d{4}|\d{1,2}\.?[-/ ]?[A-Za-z]|[A-Za-z]")
_FOUR_DIGITS = re.compile(r"\d{4}")
_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
# Before it nobody recorded a night; it tells a year of two digits from a day.
_FIRST_YEAR = 2007


def tell_date_order(
    name: str,
    texts: list[str],
    stated: DateOrder | None,
    later: Callable[[], list[str]],
    *,
    has_start: bool,
) -> DateOrder:
    """Tell the order of day and month in stamps.

    Their own numbers decide, then what the head states, then the stamps at the file's end.
    Raises RecordingError, with both readings, where all of them leave it open and the owner
    has given no start.
    """
    dates = _dates(texts)
    if not dates or _ORDERLESS.match(dates[0]):
        return "ymd"
    told = _told(dates)
    if len(told) > 1 and stated in told:
        return stated
    if len(told) > 1 and "." in dates[0]:
        told = ["dmy"]
    if len(told) > 1:
        told = _told([dates[0], *_dates(later())])
    readings = [_day(dates[0], order) for order in told or _ORDERS[:2]]
    # Where the owner gives the day, only the steps of the clock are taken from the stamps.
    if told and (len(set(readings)) == 1 or has_start):
        return told[0]
    raise RecordingError(
        f"{name}: the date {dates[0]!r} may be {' or '.join(map(str, readings))} and nothing in "
        f"the file decides: say which with --start, e.g. --start {readings[0]}T22:30"
    )


def _dates(texts: Iterable[str]) -> list[str]:
    """Return the different dates in stamps, in order, but for those of damaged stamps."""
    found: Counter[str] = Counter()
    for text in texts:
        layout = layout_of(text)
        if layout is not None and layout.has_date:
            found[text[slice(*layout.date)]] += 1
    return [text for text, n in found.items() if n > _DAMAGED_SHARE * found.total()]


def _day(text: str, order: DateOrder) -> date | str:
    day = day_of(text, order)
    return "?" if day is None else date.fromordinal(date(1970, 1, 1).toordinal() + day)


def _told(dates: Sequence[str]) -> list[DateOrder]:
    """Return the orders under which all dates exist, and follow each other as those of a night."""
    orders = [o for o in _ORDERS if all(_year(text, o) for text in dates)]
    # A clock that was never set shows the year 2000.
    likely = [o for o in orders if _FIRST_YEAR <= _year(dates[0], o) <= datetime.now().year]
    if not _FOUR_DIGITS.search(dates[0]):
        orders = likely or orders
    numbers = [re.findall(r"\d+", text) for text in dates]
    changing = [len({n[place] for n in numbers if len(n) == 3}) > 1 for place in range(3)]
    if sum(changing) == 1:  # a night goes on to the next day, not to the next month
        orders = [order for order in orders if order[changing.index(True)] == "d"]
    return orders


def _year(text: str, order: DateOrder) -> int:
    """Return the year of a date read in an order; 0 where there is no such day."""
    if order == "ymd" and ("." in text or _FOUR_DIGITS.search(text)):
        return 0
    day = _day(text, order)
    return day.year if isinstance(day, date) else 0
