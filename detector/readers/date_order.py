"""Whether 3/2/2026 is in March or in February."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from ..errors import RecordingError
from .stamps import DateOrder, day_of, layout_of

# A date that no more stamps have may be a damaged one.
_DAMAGED_SHARE = 0.01
_ORDERLESS = re.compile(r"\d{4}|\d{1,2}[-/ ]?[A-Za-z]")


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
    if told is None and stated != "ymd":
        told = stated
    if told is None and "." in dates[0]:
        told = "dmy"
    if told is None:
        told = _told([dates[0], *_dates(later())])
    if told is None and has_start:
        return "dmy"  # the day is given: only the steps of the clock are taken from the stamps
    if told is None:
        first, second = (_day(dates[0], order) for order in ("dmy", "mdy"))
        raise RecordingError(
            f"{name}: the date {dates[0]!r} may be {first} or {second} and nothing in the file "
            f"decides: say which with --start, e.g. --start {first}T22:30"
        )
    return told


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


def _told(dates: Iterable[str]) -> DateOrder | None:
    """Return the order that the dates leave as the only one; None where both remain."""
    numbers = [tuple(int(n) for n in re.findall(r"\d+", text)) for text in dates]
    three = [n for n in numbers if len(n) == 3]
    if any(n[0] > 31 for n in three):
        return "ymd"
    if any(n[0] > 12 for n in three):
        return "dmy"
    if any(n[1] > 12 for n in three):
        return "mdy"
    firsts, seconds = {n[0] for n in three}, {n[1] for n in three}
    if len(firsts) > 1 and len(seconds) == 1:
        return "dmy"  # a night goes on to the next day, not to the next month
    if len(seconds) > 1 and len(firsts) == 1:
        return "mdy"
    return None
