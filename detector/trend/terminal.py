"""Many nights in the terminal: a line a night with its interval drawn, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions
from rich.text import Text

from detector.report.texts import number_text, printable
from detector.trend.nights import PersonNight, PersonNights
from detector.trend.overview import Overview
from detector.trend.texts import (
    evening_text,
    figure_scale,
    figure_text,
    figure_unit,
    texts,
    why_text,
)
from detector.trend.view import spread_sentence, trend_sentence, trend_view

WIDTH = 80
_NAME, _VALUE, _RANGE = 12, 7, 15


@dataclass(frozen=True, slots=True)
class _Signs:
    """What an interval is drawn with."""

    point: str
    other: str
    line: str
    mean: str


_UNICODE = _Signs(
    "\N{BLACK CIRCLE}",
    "\N{WHITE CIRCLE}",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}",
    "\N{BOX DRAWINGS LIGHT QUADRUPLE DASH VERTICAL}",
)
_ASCII = _Signs("*", "o", "-", ":")


def print_trend(
    console: Console, name: str, nights: PersonNights, found: Overview, output: Path | None
) -> None:
    """Print what the nights of `name` show; `output` is the folder that was written."""
    console.print(TrendReport(name, nights, found, output))


@dataclass(frozen=True, slots=True)
class TrendReport:
    """The terminal view, laid out when the terminal that shows it is known."""

    name: str
    nights: PersonNights
    found: Overview
    output: Path | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, in characters that the output can carry."""
        width = min(WIDTH, options.max_width)
        signs = _ASCII if options.ascii_only else _UNICODE
        for line in self._lines(width, signs):
            said = printable(line.plain).encode(options.encoding, "replace")
            line.plain = said.decode(options.encoding)
            yield from wrapped(line, width)

    def _lines(self, width: int, signs: _Signs) -> Iterator[Text]:
        words = texts()["view"]
        view = trend_view(self.name, self.nights, self.found)
        yield Text(view.title, style="bold")
        yield Text(f"{view.span}. {view.about}")
        yield Text()
        yield from _plot(self.nights, self.found, width, signs)
        yield Text()
        for sentence in view.sentences:
            yield Text(sentence)
        for sentence in (
            spread_sentence(self.nights, self.found),
            trend_sentence(self.nights, self.found),
        ):
            if sentence:
                yield Text(sentence)
        if view.smallest:
            yield Text()
            yield Text(words["smallest_title"], style="bold")
            yield Text(words["smallest_lead"])
            for sentence in view.smallest:
                yield Text(f"- {sentence}")
        if view.apart:
            yield Text()
            yield Text(words["apart"], style="bold")
            for evening, why in view.apart:
                yield Text(f"- {evening}: {why}")
        yield Text()
        yield Text(words["no_doctor"], style="italic")
        if self.output is not None:
            yield Text(words["files"].format(folder=self.output))


def wrapped(line: Text, width: int) -> Iterator[Text]:
    """Yield a line in parts of at most `width`, the later ones indented as a list's."""
    lead = (
        "  " if line.plain.startswith("- ") else " " * (len(line.plain) - len(line.plain.lstrip()))
    )
    rest = line
    first = True
    while True:
        room = width if first else width - len(lead)
        if len(rest.plain) <= room:
            yield rest if first else Text(lead) + rest
            return
        cut = rest.plain.rfind(" ", 1, room + 1)
        cut = cut if cut > 0 else room
        part, rest = rest[:cut], rest[cut:]
        yield part if first else Text(lead) + part
        while rest.plain.startswith(" "):
            rest = rest[1:]
        first = False


def _plot(nights: PersonNights, found: Overview, width: int, signs: _Signs) -> Iterator[Text]:
    """Yield a row a night on one scale from 0, and the scale itself."""
    words = texts()["view"]
    cells = width - _NAME - _VALUE - _RANGE - 2
    shown = [night for night in nights.nights if night.index.value is not None]
    yield Text(figure_unit(nights.figure), style="bold")
    if not shown:
        yield Text(words["no_night"])
        return
    top = _top(shown)
    for night in nights.nights:
        blank = [" "] * cells
        if found.recent is not None:
            blank[_cell(found.recent.value, top, cells)] = signs.mean
        yield _night_line(night, nights, top, blank, signs)
    scale = figure_scale(nights.figure)
    end = number_text(scale * top)
    lead = " " * (_NAME + _VALUE + _RANGE + 2)
    yield Text(f"{lead}0{' ' * max(1, cells - 1 - len(end))}{end}", style="dim")


def _top(shown: Sequence[PersonNight]) -> float:
    values = [night.index.value or 0.0 for night in shown]
    highs = [night.index.high or 0.0 for night in shown]
    most = max(highs) if max(values) <= 0 else min(max(highs), 2.5 * max(values))
    return most or 1.0


def _night_line(
    night: PersonNight,
    nights: PersonNights,
    top: float,
    drawn: list[str],
    signs: _Signs,
) -> Text:
    """Return a night's line; `drawn` are the cells that its interval is drawn into."""
    index, cells = night.index, len(drawn)
    name = evening_text(night.row.date) if night.row.date else night.row.result
    name = f"{name[: _NAME - 1]:<{_NAME}}"
    if index.value is None:
        return Text(f"{name}{texts()['view']['no_value']}: {why_text(night, nights)}", style="dim")
    value = figure_text(index.value, nights.figure)
    bounds = ""
    if index.low is not None and index.high is not None:
        low, high = (figure_text(v, nights.figure) for v in (index.low, index.high))
        bounds = f"({low}-{high})"
        first, last = _cell(index.low, top, cells), _cell(index.high, top, cells)
        drawn[first : last + 1] = signs.line * (last - first + 1)
    drawn[_cell(index.value, top, cells)] = signs.point if night.counts else signs.other
    return Text.assemble(
        f"{name}{value:>{_VALUE - 1}} {bounds:<{_RANGE}}  ",
        ("".join(drawn).rstrip(), "cyan" if night.counts else "dim"),
    )


def _cell(value: float, top: float, cells: int) -> int:
    return min(cells - 1, max(0, round(value / top * (cells - 1))))
