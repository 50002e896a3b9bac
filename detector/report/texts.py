"""The reports' words, read from the file of a language, and numbers and times said with them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from detector.pipeline import Analysis, NightResult
from detector.summary import Index

DEFAULT_LANGUAGE = "en"
_spoken: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def texts(language: str | None = None) -> Mapping[str, Any]:
    """Return the texts of a language, by default of the one that is spoken (see `speaking`).

    English is texts.toml; German would be texts.de.toml beside it, with the same keys. ValueError
    where there is no such file.
    """
    return _read(language or _spoken.get())


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make `texts` return those of a language for as long as the context lasts."""
    _read(language)
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def _read(language: str) -> Mapping[str, Any]:
    file = texts_file(language)
    if not file.is_file():
        raise ValueError(f"there are no texts in {language!r}: {file.name} is missing")
    return MappingProxyType(tomllib.loads(file.read_text(encoding="utf-8")))


def texts_file(language: str) -> Traversable:
    """Return where the texts of a language lie, or would lie."""
    name = "texts.toml" if language == DEFAULT_LANGUAGE else f"texts.{language}.toml"
    return files(__package__).joinpath(name)


def date_text(day: date, *, short: bool = False) -> str:
    """Return a date in words, which no locale of the machine changes."""
    words = texts()["time"]
    text: str = words["short_date" if short else "date"].format(
        weekday=words["weekdays"][day.weekday()],
        day=day.day,
        month=words["months"][day.month - 1],
        year=day.year,
    )
    return text


def duration_text(hours: float) -> str:
    """Return hours as hours and minutes in words."""
    words = texts()["time"]
    minutes = round(60 * hours)
    if minutes < 60:
        return str(words["duration_min"].format(minutes=minutes))
    return str(words["duration_h"].format(hours=minutes // 60, minutes=minutes % 60))


def axis_start(analysis: Analysis) -> datetime | None:
    """Return the wall clock at the first sample without its zone: where a time axis begins.

    An axis runs evenly, so it keeps the clock of the first sample when clocks change at night.
    """
    start = analysis.recording.start
    return None if start is None else start.replace(tzinfo=None)


def clock_text(analysis: Analysis, seconds: float, *, with_seconds: bool = False) -> str:
    """Return the local clock time, or hours and minutes from the first sample without a clock."""
    moment = analysis.recording.clock(seconds)
    if moment is not None:
        return moment.strftime("%H:%M:%S" if with_seconds else "%H:%M")
    whole = int(seconds)
    clock = f"{whole // 3600}:{whole % 3600 // 60:02d}"
    return f"{clock}:{whole % 60:02d}" if with_seconds else clock


def night_name(night: NightResult, *, short: bool = False) -> str:
    """Return what a night is called: by its evening, or by its number without a clock."""
    words, summary = texts()["time"], night.summary
    if summary.date is None:
        return str(words["night_number"].format(night=summary.night))
    if short:
        return date_text(summary.date, short=True)
    return str(words["night_of"].format(date=date_text(summary.date)))


def number_text(value: float) -> str:
    """Return a figure with as many places as it carries."""
    return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def index_text(name: str, index: Index) -> str:
    """Return a figure with its interval, hours and basis, or the reason why it is not given."""
    words = texts()
    if index.value is None:
        return str(words["figures"]["withheld"].format(reason=index.withheld))
    kind = words["indices"][name]
    scale = 100.0 if kind["share"] else 1.0
    low, high = (0.0 if v is None else v for v in (index.low, index.high))

    def said(value: float) -> str:
        return f"{scale * value:.0f}" if kind["share"] else number_text(value)

    form = words["figures"]["share" if kind["share"] else "rate"]
    return str(
        form.format(
            value=said(index.value),
            low=said(low),
            high=said(high),
            unit=kind["unit"],
            hours=f"{index.hours:.1f}",
            basis=words["basis"].get(index.basis, index.basis),
        )
    )


def listed(parts: list[str]) -> str:
    """Return parts as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return str(texts()["page"]["list_and"]).join((", ".join(parts[:-1]), parts[-1]))


def legs_text(night: NightResult) -> str:
    """Return the counts of a night's movements asleep by leg, empty for one sensor."""
    words = texts()["side"]
    return ", ".join(
        words["leg_counts"].format(
            side=words[side],
            count=counts.movement,
            periodic="?"
            if counts.periodic_limb_movement is None
            else counts.periodic_limb_movement,
        )
        for side, counts in (night.legs or {}).items()
    )


def counted(label: str, count: int) -> str:
    """Return a count with the noun of a label."""
    words = texts()["labels"][label]
    return f"{count} {words['one' if count == 1 else 'many']}"


def printable(text: str) -> str:
    """Return text without control characters, which a file name may hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
