"""Tables in Markdown, and figures held against their bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

DASH = "–"
FEWER = "†"
SEEDS_ASKED = 20
Form = Callable[[float], str]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown; the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def places(count: int) -> Form:
    return lambda value: f"{value:.{count}f}"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def signed_percent(value: float) -> str:
    return f"{100 * value:+.1f} %"


def minutes(value_s: float) -> str:
    return f"{value_s / 60:.1f} min"


def said(value: float | None, form: Form) -> str:
    return DASH if value is None else form(value)


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked of a figure: at least `low` and at most `high`."""

    text: str
    low: float = -np.inf
    high: float = np.inf

    def holds(self, value: float | None) -> bool:
        return value is not None and self.low <= value <= self.high

    def worst(self, values: Sequence[float]) -> float:
        """Return the value that is farthest from what is asked, or nearest to missing it."""
        return max(values, key=lambda v: max(self.low - v, v - self.high))


def at_least(low: float, form: Form) -> Bar:
    return Bar(f"≥ {form(low)}", low=low)


def at_most(high: float, form: Form) -> Bar:
    return Bar(f"≤ {form(high)}", high=high)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure over nights beside its bar; `together` is that of all nights as one, if any.

    It rests on `count` nights or runs, else on as many as there are values; it is marked where
    these are fewer than were `asked`.
    """

    what: str
    nights: Sequence[float]
    bar: Bar
    form: Form
    together: float | None = None
    worst_bar: Bar | None = None
    count: int | None = None
    asked: int = SEEDS_ASKED

    def row(self) -> list[str]:
        if not self.nights and self.together is None:
            return [self.what, "", DASH, DASH, DASH, self.bar.text, "not measured"]
        middle = float(np.median(self.nights)) if len(self.nights) else None
        worst = self.bar.worst(self.nights) if len(self.nights) else None
        count = len(self.nights) if self.count is None else self.count
        return [
            self.what,
            f"{count} of {self.asked} {FEWER}" if count < self.asked else str(count),
            said(self.together, self.form),
            said(middle, self.form),
            said(worst, self.form),
            self.bar.text + (f", worst {self.worst_bar.text}" if self.worst_bar else ""),
            self.met(middle, worst),
        ]

    def met(self, middle: float | None, worst: float | None) -> str:
        """Return whether the bar is met: in every night, in the median night, all in all."""
        if worst is None:
            return "yes" if self.bar.holds(self.together) else "**no**"
        if not self.bar.holds(middle):
            return "**no**"
        if (self.worst_bar or self.bar).holds(worst):
            return "yes"
        return "in the median"


LINE_HEADER = ("simulation", "nights", "all together", "median", "worst", "bar", "met")


def lines(found: Sequence[Line], header: Sequence[str] = LINE_HEADER) -> str:
    return table(header, [line.row() for line in found])
