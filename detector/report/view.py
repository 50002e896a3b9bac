"""What the page says of an analysis, as plain values for its template: words, no markup."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from detector.criteria import to_dict
from detector.guidance import Advice, Group, articles, group_title
from detector.guidance.choice import HARMLESS_FACT
from detector.pipeline import Analysis, NightResult
from detector.quality import AS_MEASURED, QualityNote
from detector.recording import Placement
from detector.report.charts import Chart, night_charts
from detector.report.picture import Picture, counted_list, night_picture
from detector.report.texts import (
    clock_text,
    date_text,
    duration_text,
    legs_text,
    listed,
    night_name,
    number_text,
    texts,
)
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import night_movements
from detector.summary import Index

OPEN_GROUPS = (Group.TRY_FIRST, Group.SEE_DOCTOR, Group.LIMITS)
_SPREAD_PER_H = 25.1  # mean distance of a patient's lowest and highest night


@dataclass(frozen=True, slots=True)
class Count:
    """One label's card."""

    label: str
    name: str
    meaning: str
    asleep: str
    awake: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An index drawn: places in percent of a line from 0 to `top`."""

    point: str
    low: str
    width: str
    spread_low: str | None
    spread_width: str | None
    top: str
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """An index in words: `interval` as a clause, `range` as a cell of a table."""

    name: str
    meaning: str
    value: str
    interval: str
    range: str
    hours: str
    basis: str
    rule: str
    withheld: str | None


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement as the table shows it."""

    number: int
    clock: str
    duration: str
    peak: str
    turn: str
    state_name: str
    kind_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quality:
    """A note and the names of what is withheld for it."""

    text: str
    withholds: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One group of advice with the articles behind each line."""

    title: str
    group: str
    open: bool
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NightView:
    """One night's section."""

    key: str
    name: str
    sentences: tuple[str, str]
    picture: Picture
    counts: tuple[Count, ...]
    index: Figures
    scale: Scale | None
    index_spread: bool
    figures: tuple[Figures, ...]
    hours: tuple[tuple[str, str], ...]
    excluded: str
    legs: str
    review: str
    overview: tuple[tuple[str, str], ...]
    movements: int
    rows: Callable[[], Iterable[MovementRow]]
    series: str
    charts: tuple[Chart, ...]
    quality: tuple[Quality, ...]
    recorded: tuple[Quality, ...]
    clock_change: bool


def night_view(analysis: Analysis, index: int, shared: set[QualityNote]) -> NightView:
    """Return what the page says of one night; `shared` notes are said of all nights at once."""
    night = analysis.nights[index]
    main = main_index(analysis)
    figure = night.summary.indices[main]
    return NightView(
        key=f"night-{night.summary.night}",
        name=night_name(night),
        sentences=(_slept(analysis, night), _felt(analysis, night)),
        picture=night_picture(analysis, night),
        counts=_counts(night),
        index=_figures(main, figure),
        scale=_scale(main, figure),
        index_spread=main == "periodic_limb_movement_per_h",
        figures=tuple(_figures(name, one) for name, one in night.summary.indices.items()),
        hours=tuple(
            (texts()["page"][f"hours_{name}"], duration_text(value))
            for name, value in night.summary.hours.items()
            if value >= 1 / 120
        ),
        excluded=_excluded(night),
        legs=_legs(night),
        review=_review(night),
        overview=_lines(_overview(analysis, night)),
        movements=len(night_movements(analysis, night)),
        rows=partial(_rows, analysis, night),  # made as they are written: of a week they are large
        series=_series(night),
        charts=night_charts(analysis, index),
        quality=tuple(
            _quality(note)
            for note in night.quality
            if note not in shared and not _as_measured(note)
        ),
        recorded=tuple(_quality(note) for note in night.quality if _as_measured(note)),
        clock_change=_clocks_change(analysis, night),
    )


def main_index(analysis: Analysis) -> str:
    """Return the one index that the placement supports best."""
    ankle = analysis.recording.placement is Placement.ANKLE
    return "periodic_limb_movement_per_h" if ankle else "movement_per_h"


def shared_notes(analysis: Analysis) -> tuple[QualityNote, ...]:
    """Return the notes that every night has on what it cannot tell."""
    first = analysis.nights[0].quality
    return tuple(
        note
        for note in first
        if all(note in night.quality for night in analysis.nights) and not _as_measured(note)
    )


def _as_measured(note: QualityNote) -> bool:
    """Tell whether a note says how well a night was recorded, not what it cannot tell."""
    return note.code in AS_MEASURED


def quality_view(analysis: Analysis) -> tuple[Quality, ...]:
    """Return what holds of all nights."""
    return tuple(_quality(note) for note in shared_notes(analysis))


def _quality(note: QualityNote) -> Quality:
    names = texts()["withheld_names"]
    return Quality(note.text, ", ".join(names.get(name, name) for name in note.withholds))


def guidance_view(analysis: Analysis) -> tuple[Guide, ...]:
    """Return the advice of all nights, each line once, in its groups; the overview apart."""
    found = dict.fromkeys(line for night in analysis.nights for line in night.guidance)
    groups = [group for group in Group if group is not Group.OVERVIEW]
    guides = []
    for group in groups:
        lines = _lines(line for line in found if line.group == group)
        if lines:
            guides.append(Guide(group_title(group), str(group), group in OPEN_GROUPS, lines))
    return tuple(guides)


def sources_view(analysis: Analysis) -> tuple[str, ...]:
    """Return every source that a line names, in full."""
    named = {id_ for n in analysis.nights for line in n.guidance for id_ in line.articles}
    return tuple(article.citation for article in articles() if article.id in named)


def _lines(advice: Iterable[Advice]) -> tuple[tuple[str, str], ...]:
    names = {article.id: article.name for article in articles()}
    return tuple((one.text, "; ".join(names[id_] for id_ in one.articles)) for one in advice)


def _overview(analysis: Analysis, night: NightResult) -> list[Advice]:
    """Return what is said of the night; no blanket word for one where another night forbids it."""
    blanket = all(
        any(HARMLESS_FACT in line.facts for line in one.guidance) for one in analysis.nights
    )
    return [
        line
        for line in night.guidance
        if line.group == Group.OVERVIEW and (blanket or HARMLESS_FACT not in line.facts)
    ]


def _slept(analysis: Analysis, night: NightResult) -> str:
    words, summary = texts()["page"], night.summary
    if summary.sleep_period_s is None:
        return str(words["slept_none"].format(recorded=duration_text(summary.hours["recorded"])))
    onset, length = summary.sleep_period_s
    form = words["slept" if summary.basis == "estimated" else "slept_given"]
    if analysis.recording.clock(0.0) is None:
        form = words["slept_elapsed"]
    text: str = form.format(
        sleep=duration_text(summary.hours["sleep"]),
        start=clock_text(analysis, onset),
        stop=clock_text(analysis, onset + length),
        basis=texts()["basis"].get(summary.basis, summary.basis),
    )
    return text


def _felt(analysis: Analysis, night: NightResult) -> str:
    words = texts()["page"]
    sensor = texts()["placement_phrase"][analysis.recording.placement]
    counts = {label: count or 0 for label, count in night.summary.counts.items()}
    total = sum(counts.values())
    awake = sum(count or 0 for count in night.summary.counts_wake.values())
    if not total and awake:
        return str(words["felt_awake"].format(sensor=sensor, count=awake))
    if not total:
        return str(words["felt_none"].format(sensor=sensor))
    form = words["movement_one" if total == 1 else "movement_many"]
    text: str = words["felt"].format(
        sensor=sensor, total=form.format(count=total), list=listed(counted_list(counts))
    )
    return text


def _counts(night: NightResult) -> tuple[Count, ...]:
    words, summary = texts(), night.summary
    cards = []
    for label in LABEL_ORDER:
        name = words["labels"][label]
        asleep, awake = summary.counts[label], summary.counts_wake[label]
        shown = words["page"]["not_counted"] if asleep is None else str(asleep)
        beside = "" if awake is None else words["page"]["awake"].format(count=awake)
        cards.append(Count(str(label), name["name"], name["meaning"], shown, beside))
    return tuple(cards)


def _said(name: str, value: float) -> str:
    return f"{100 * value:.0f} %" if texts()["indices"][name]["share"] else number_text(value)


def _figures(name: str, index: Index) -> Figures:
    kind, words = texts()["indices"][name], texts()["page"]
    value, interval, between = "", "", ""
    if index.value is not None and index.low is not None and index.high is not None:
        value = _said(name, index.value)
        if not kind["share"]:
            value = words["rate"].format(value=value, unit=kind["unit"])
        between = words["range"].format(low=_said(name, index.low), high=_said(name, index.high))
        interval = words["interval"].format(
            low=_said(name, index.low), high=_said(name, index.high)
        )
    return Figures(
        name=kind["name"],
        meaning=kind["meaning"],
        value=value,
        interval=interval,
        range=between,
        hours=f"{index.hours:.1f}",
        basis=texts()["basis"].get(index.basis, index.basis),
        rule=index.rule or "",
        withheld=index.withheld,
    )


def _scale(name: str, index: Index) -> Scale | None:
    """Return the drawing of an index; around the estimate of periodic ones the span of nights."""
    if index.value is None or index.low is None or index.high is None:
        return None
    spread = None
    if name == "periodic_limb_movement_per_h":
        spread = (max(0.0, index.value - _SPREAD_PER_H / 2), index.value + _SPREAD_PER_H / 2)
    reach = max(index.high, spread[1] if spread else 0.0, 1.0)
    top = next(t for t in (2, 5, 10, 20, 40, 60, 80, 120, 200, 400, 1e9) if t >= 1.05 * reach)

    def place(value: float) -> str:
        return f"{100 * value / top:.2f}%"

    text = texts()["page"]["scale_label"].format(
        value=_said(name, index.value),
        unit=texts()["indices"][name]["unit"],
        low=_said(name, index.low),
        high=_said(name, index.high),
    )
    return Scale(
        point=place(index.value),
        low=place(index.low),
        width=place(index.high - index.low),
        spread_low=None if spread is None else place(spread[0]),
        spread_width=None if spread is None else place(spread[1] - spread[0]),
        top=f"{top:.0f}",
        text=text,
    )


def _excluded(night: NightResult) -> str:
    names = texts()["excluded"]
    found = [f"{count} {names[kind]}" for kind, count in night.summary.excluded.items() if count]
    return texts()["page"]["excluded"].format(list=listed(found)) if found else ""


def _review(night: NightResult) -> str:
    """Return how far people reviewed the night, empty where nobody did."""
    return next((note.text for note in night.quality if note.code == "reviewed"), "")


def _legs(night: NightResult) -> str:
    said = legs_text(night)
    return texts()["page"]["legs"].format(list=said) if said else ""


def _rows(analysis: Analysis, night: NightResult) -> Iterable[MovementRow]:
    words = texts()
    for number, one in night_movements(analysis, night):
        m = one.movement
        name = words["labels"][one.label]["short"]
        if one.excluded_as is not None:
            name = words["excluded"][one.excluded_as]
        yield MovementRow(
            number=number + 1,
            clock=clock_text(analysis, m.onset_s, with_seconds=True),
            duration=f"{m.duration_s:.1f}",
            peak=f"{1000 * m.peak_g:.0f}",
            turn="" if math.isnan(m.turn_deg) else f"{m.turn_deg:.0f}",
            state_name=words["states"][one.state],
            kind_name=name,
            reason=one.reason,
        )


def _series(night: NightResult) -> str:
    words, series = texts()["page"], night.summary.series
    if not series.count or series.members_median is None:
        return str(words["series_none"])
    spread = ""
    if series.interval_ln_sd is not None:
        spread = words["series_spread"].format(sd=f"{series.interval_ln_sd:.2f}")
    text: str = words["series_text"].format(
        count=series.count,
        members=f"{series.members_median:g}",
        interval=f"{series.interval_s_geometric_mean:.1f}",
        spread=spread,
    )
    return text


def _clocks_change(analysis: Analysis, night: NightResult) -> bool:
    """Tell whether the axis, which keeps the first sample's clock, is wrong at the night's end."""
    first = analysis.recording.clock(0.0)
    last = analysis.recording.clock(night.context.stop_s)
    if first is None or last is None:
        return False
    return first.utcoffset() != last.utcoffset()


def overview_table(analysis: Analysis) -> tuple[dict[str, Any], ...]:
    """Return one row a night, for the page of several nights."""
    main = main_index(analysis)
    rows = []
    for night in analysis.nights:
        summary = night.summary
        name = night_name(night)
        rows.append(
            {
                "key": f"night-{summary.night}",
                "name": name if summary.date is None else date_text(summary.date, short=True),
                "sleep": f"{summary.hours['sleep']:.1f}",
                "counts": [summary.counts[label] for label in LABEL_ORDER],
                "index": _figures(main, summary.indices[main]),
            }
        )
    return tuple(rows)


def criteria_view(analysis: Analysis) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return every criterion in use: (table, ((name, value), ...))."""
    none = texts()["page"]["none"]
    return tuple(
        (table, tuple((name, none if v is None else f"{v}") for name, v in values.items()))
        for table, values in to_dict(analysis.criteria).items()
    )


def technical_view(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Return what else was known or done: clock, noise, calibration, gaps, repairs."""
    words, signal = texts()["page"], analysis.signal
    calibration = signal.calibration
    start = analysis.recording.start
    applied = words["calibrated"]
    if not calibration.applied:
        applied = words["not_calibrated"].format(reason=calibration.reason)
    noise = max(night.noise_g for night in analysis.nights)
    rows = [
        (words["start"], words["no_clock"] if start is None else start.isoformat(" ", "seconds")),
        (words["noise"], f"{1000 * noise:.1f} mg"),
        (words["calibration"], applied),
        (words["gaps"], str(len(signal.gaps))),
    ]
    repairs = "; ".join(f"{repair.text} ({repair.count})" for repair in signal.repairs)
    return (*rows, (words["repairs"], repairs or words["none"]))
