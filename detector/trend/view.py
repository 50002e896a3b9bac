"""What the page and the terminal say of many nights: words and figures, no markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.report.texts import date_text, number_text
from detector.trend.conditions import said
from detector.trend.diary import Diary
from detector.trend.nights import PersonNight, PersonNights
from detector.trend.overview import Estimate, Overview
from detector.trend.texts import (
    evening_text,
    figure_scale,
    figure_text,
    figure_unit,
    nights_text,
    setup_text,
    texts,
    why_text,
)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure over nights: its name, its value, and what stands below it."""

    name: str
    value: str
    note: str
    is_words: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """One night of the table; `why` is empty for a night that is compared."""

    evening: str
    href: str
    value: str
    interval: str
    sleep: str
    bed: str
    compared: str
    why: str
    noted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendView:
    """All that is said of a person's nights, in the order of the page."""

    title: str
    span: str
    about: str
    sentences: tuple[str, ...]
    cards: tuple[Card, ...]
    smallest: tuple[str, ...]
    apart: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


def trend_view(
    name: str,
    nights: PersonNights,
    found: Overview,
    diary: Diary | None = None,
    links: Mapping[str, str] | None = None,
) -> TrendView:
    """Say what the nights of `name` show; `links` are the addresses of the reports by result."""
    words = texts()["view"]
    return TrendView(
        title=words["title"].format(name=name),
        span=_span(nights),
        about=_about(nights),
        sentences=tuple(_sentences(nights, found)),
        cards=() if found.missing else _cards(nights, found),
        smallest=tuple(
            words["smallest"].format(
                nights=one.nights,
                change=figure_text(one.change, nights.figure),
                figure=figure_unit(nights.figure),
            )
            for one in found.smallest
        ),
        apart=tuple(
            (evening_text(night.row.date), why_text(night, nights))
            for night in nights.nights
            if not night.counts
        ),
        columns=tuple(column.title for column in diary.columns) if diary else (),
        rows=tuple(_row(night, nights, diary, links or {}) for night in nights.nights),
    )


def _span(nights: PersonNights) -> str:
    words = texts()["view"]
    evenings = [night.row.date for night in nights.nights if night.row.date is not None]
    if not evenings:
        return str(words["no_night"])
    first, last = date_text(evenings[0]), date_text(evenings[-1])
    return str(words["one_evening" if first == last else "span"].format(first=first, last=last))


def _about(nights: PersonNights) -> str:
    words = texts()["view"]
    count = nights_text(len(nights.nights))
    if nights.setup is None:
        return count
    return str(
        words["about"].format(used=len(nights.used), count=count, setup=setup_text(nights.setup))
    )


def _sentences(nights: PersonNights, found: Overview) -> list[str]:
    words = texts()["view"]
    if found.missing:
        key = "missing_one" if found.missing == 1 else "missing_many"
        are = "is" if found.usable == 1 else "are"
        return [words[key].format(missing=found.missing, used=found.usable or "none", are=are)]
    sentences = []
    mean = found.recent or found.all_nights
    if mean is not None:
        sentences.append(
            words["mean" if found.recent else "mean_few"].format(
                nights=nights_text(mean.nights),
                figure=figure_unit(nights.figure),
                **_estimate(mean, nights.figure),
            )
        )
    spread = found.spread
    if spread is not None:
        values = {
            name: figure_text(getattr(spread, name), nights.figure)
            for name in ("lowest", "highest", "sd")
        }
        sentences.append(words["spread"].format(**values))
    return sentences


def _estimate(one: Estimate, figure: str) -> dict[str, str]:
    return {name: figure_text(getattr(one, name), figure) for name in ("value", "low", "high")}


def trend_sentence(nights: PersonNights, found: Overview) -> str:
    """Return whether a change through time can be told; empty where nights are too few for that."""
    words, week = texts()["view"], found.per_week
    if week is None:
        return ""
    if week.low <= 0 <= week.high:
        low, high = (signed(v, nights.figure) for v in (week.low, week.high))
        return str(words["trend_none"].format(low=low, high=high))
    return str(
        words["trend_told"].format(
            way=words["rises" if week.value > 0 else "falls"],
            value=figure_text(abs(week.value), nights.figure),
            low=signed(week.low, nights.figure),
            high=signed(week.high, nights.figure),
        )
    )


def spread_sentence(nights: PersonNights, found: Overview) -> str:
    """Return what of the spread is chance, and how much a night resembles the one before."""
    words, spread = texts()["view"], found.spread
    if spread is None:
        return ""
    parts = [words["chance"].format(chance=figure_text(spread.chance, nights.figure))]
    if spread.correlation is not None:
        parts.append(words["correlation"].format(correlation=f"{spread.correlation:.1f}"))
    return " ".join(parts)


def signed(value: float, figure: str) -> str:
    """Return a difference with its sign."""
    shown = number_text(abs(value) * figure_scale(figure))
    if float(shown) == 0:
        return shown
    return f"+{shown}" if value > 0 else f"\N{MINUS SIGN}{shown}" if value < 0 else shown


def _cards(nights: PersonNights, found: Overview) -> tuple[Card, ...]:
    words = texts()["view"]
    cards = []
    for name, one in (("mean_card", found.recent), ("earlier_card", found.earlier)):
        if one is None:
            note = words["few_nights"].format(least=3)
            cards.append(Card(words[name], words["none"], note, is_words=True))
            continue
        values = _estimate(one, nights.figure)
        note = words["card_interval"].format(nights=nights_text(one.nights), **values)
        cards.append(Card(words[name], values["value"], note, is_words=False))
    week = found.per_week
    if week is None:
        note = words["few_nights"].format(least=5)
        cards.append(Card(words["week_card"], words["none"], note, is_words=True))
    else:
        low, high = (signed(v, nights.figure) for v in (week.low, week.high))
        note = words["card_interval"].format(low=low, high=high, nights=nights_text(week.nights))
        value = signed(week.value, nights.figure)
        cards.append(Card(words["week_card"], value, note, is_words=False))
    if found.spread is not None:
        spread = found.spread
        low, high = (figure_text(v, nights.figure) for v in (spread.lowest, spread.highest))
        note = words["card_spread"].format(lowest=low, highest=high)
        value = words["sd"].format(sd=figure_text(spread.sd, nights.figure))
        cards.append(Card(words["spread_card"], value, note, is_words=False))
    return tuple(cards)


def _row(
    night: PersonNight, nights: PersonNights, diary: Diary | None, links: Mapping[str, str]
) -> TableRow:
    words, index, row = texts()["view"], night.index, night.row
    given = index.value is not None and index.low is not None and index.high is not None
    value = words["no_value"]
    interval = ""
    if index.value is not None:
        value = figure_text(index.value, nights.figure)
    if given and index.low is not None and index.high is not None:
        low, high = figure_text(index.low, nights.figure), figure_text(index.high, nights.figure)
        interval = f"{low} to {high}"
    return TableRow(
        evening=evening_text(row.date) if row.date else row.result,
        href=links.get(row.result, ""),
        value=value,
        interval=interval,
        sleep=f"{row.hours['sleep']:.1f}",
        bed="" if row.bedtime is None else f"{row.bedtime:%H:%M}",
        compared=words["yes"] if night.counts else "",
        why=why_text(night, nights),
        noted=_noted(night, diary),
    )


def _noted(night: PersonNight, diary: Diary | None) -> tuple[str, ...]:
    if diary is None:
        return ()
    values = [diary.value(night.row.date, column) for column in diary.columns]
    return tuple("" if value is None else said(value) for value in values)
