"""One printed page to take to a doctor: figures with their basis, limits, notes and questions.

It holds what was measured and what the person wishes to ask; no advice to the doctor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.classification import Label
from detector.guidance import articles
from detector.pipeline import Analysis, NightResult
from detector.quality import AS_MEASURED
from detector.report.picture import Band, night_bands, night_ticks, ticks
from detector.report.texts import clock_text, date_text, texts
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import night_movements

_MOST_NIGHTS = 7  # that a sheet has room for


@dataclass(frozen=True, slots=True)
class Strip:
    """A night in one row: states, and the movements asleep as (label, path) in 1000 by 44."""

    name: str
    start: str
    stop: str
    bands: tuple[Band, ...]
    marks: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet; `questions` are (text, sources), `limits` plain sentences."""

    strips: tuple[Strip, ...]
    left_out: int
    limits: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    blanks: tuple[str, ...]


def doctor_sheet(analysis: Analysis, notes: Sequence[tuple[str, str]]) -> Sheet:
    """Return the sheet of an analysis; `notes` are (field, text), what was noted of the night."""
    nights = analysis.nights[:_MOST_NIGHTS]
    return Sheet(
        strips=tuple(_strip(analysis, night) for night in nights),
        left_out=len(analysis.nights) - len(nights),
        limits=tuple(_limits(analysis)),
        questions=tuple(_questions(analysis)),
        blanks=tuple(_blanks({field for field, _ in notes})),
    )


def _limits(analysis: Analysis) -> Iterable[str]:
    """Yield what limits the figures, each kind once: where nights differ, as it is of the first."""
    by_code: dict[str, list[str]] = {}
    for night in analysis.nights:
        for note in night.quality:
            if note.code not in AS_MEASURED:
                by_code.setdefault(note.code, []).append(note.text)
    others = texts()["sheet"]["other_nights"]
    for found in by_code.values():
        yield found[0] if len(set(found)) == 1 else f"{found[0]} {others}"


def _strip(analysis: Analysis, night: NightResult) -> Strip:
    start, stop = night.context.start_s, night.context.stop_s
    asleep = [
        m
        for _, m in night_movements(analysis, night)
        if m.excluded_as is None and m.state == "sleep"
    ]
    day = night.summary.date
    name = texts()["time"]["night_number"].format(night=night.summary.night)
    return Strip(
        name=name if day is None else date_text(day, short=True),
        start=clock_text(analysis, start),
        stop=clock_text(analysis, stop),
        bands=night_bands(night),
        marks=tuple(
            (str(label), ticks(night, [m for m in asleep if m.label is label], top, top + 8))
            for label, top in zip(LABEL_ORDER, (4, 14, 24, 34), strict=True)
        ),
        ticks=night_ticks(analysis, night),
    )


def _questions(analysis: Analysis) -> Iterable[tuple[str, str]]:
    """Yield the questions that fit what was found, each with the articles it comes from."""
    found = {m.label for m in analysis.movements if m.excluded_as is None and m.state == "sleep"}
    names = {article.id: article.name for article in articles()}
    for question in texts()["sheet"]["questions"]:
        concerns = {Label(label) for label in question["concerns"]}
        if not concerns or concerns & found:
            yield question["text"], "; ".join(names[id_] for id_ in question["articles"])


def _blanks(noted: set[str]) -> Iterable[str]:
    """Yield what can be filled in by hand, without what was noted already."""
    for field, text in texts()["sheet"]["blanks"].items():
        if field not in noted:
            yield text
