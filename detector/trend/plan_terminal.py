"""A plan in words, for the terminal: which evening is which, and what it may show."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from detector.report.texts import date_text
from detector.trend.factors import Factor
from detector.trend.overview import LEAST_SHOWN, smallest_change
from detector.trend.plan import MOST_NIGHTS, Plan
from detector.trend.texts import texts

_WIDTH = 80


def plan_lines(plan: Plan, factor: Factor | None, file: str) -> Iterator[str]:
    """Yield what to do on which evening, one line a period."""
    words = texts()["plan"]
    evenings = plan.evenings
    title = factor.title if factor else plan.factor
    head = words["title"].format(
        factor=title,
        nights=len(evenings),
        first=date_text(evenings[0]),
        last=date_text(evenings[-1]),
        seed=plan.seed,
    )
    yield from textwrap.wrap(head, _WIDTH)
    yield ""
    place = 0
    for arm, group in groupby(plan.arms.tolist()):
        size = len(list(group))
        first, last = evenings[place], evenings[place + size - 1]
        days = f"{date_text(first, short=True)} to {date_text(last, short=True)}"
        yield f"  {days:<26}{size} evenings  {_condition(arm, factor)}"
        place += size
    yield ""
    paragraphs = [words["washout"], words["how"]]
    if factor is not None and factor.plan_note:
        paragraphs.append(factor.plan_note)
    longer = min(2 * len(evenings), MOST_NIGHTS)
    paragraphs.append(
        words["power" if len(evenings) >= LEAST_SHOWN else "power_few"].format(
            change=f"{smallest_change(len(evenings)):.1f}",
            longer=longer,
            change_longer=f"{smallest_change(longer):.1f}",
        )
    )
    paragraphs.append(words["then"].format(file=file))
    for paragraph in paragraphs:
        yield from textwrap.wrap(paragraph, _WIDTH)


def _condition(arm: int, factor: Factor | None) -> str:
    value = ("no", "yes")[arm]
    said = factor.said.get(value) if factor else None
    return f"{value:<4} {said or texts()['plan'][f'row_{value}']}"
