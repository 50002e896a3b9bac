"""The night, and its bar charts, as drawings that need no script: parts in percent of the width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.classification import ClassifiedMovement
from detector.pipeline import Analysis, NightResult
from detector.report.texts import clock_text, counted, texts
from detector.report.timeline import LABEL_ORDER, full_hours, hour_step
from detector.report.traces import envelope_extremes_mg, night_movements, night_states

_COLUMNS = 500
_BOTTOM_MG, _TOP_MG = 2.0, 2000.0
_FEW_TICKS = 6
_MOST_MARKS = 250  # of a lane, beyond which they hide each other


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a state; places in percent of the night."""

    state: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The marks of one label; `x` in percent of the night, asleep or not.

    Where they are too many to be told apart `ticks` is a path of strokes in a box of 1000 by 16.
    """

    label: str
    name: str
    marks: tuple[tuple[str, bool], ...]
    ticks: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a template draws of one night; `path` lies in a box of 1000 by 100."""

    title: str
    path: str
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[str, str, bool], ...]


def night_picture(analysis: Analysis, night: NightResult) -> Picture:
    """Return the drawing of a night."""
    words, context = texts(), night.context
    mine = [m for _, m in night_movements(analysis, night) if m.excluded_as is None]
    lanes = tuple(
        _lane(night, label, words["labels"][label]["name"], [m for m in mine if m.label is label])
        for label in LABEL_ORDER
    )
    title = words["plot"]["picture"].format(
        start=clock_text(analysis, context.start_s),
        stop=clock_text(analysis, context.stop_s),
        count=len(mine),
    )
    path = _envelope_path(analysis, night)
    return Picture(title, path, night_bands(night), lanes, _ticks(analysis, night))


def night_bands(night: NightResult) -> tuple[Band, ...]:
    """Return the states of a night as places along it."""
    return tuple(
        Band(state, _place(night, start), percent((stop - start) / _length(night)))
        for state, spans in night_states(night).items()
        for start, stop in spans.tolist()
    )


def _lane(night: NightResult, label: str, name: str, movements: list[ClassifiedMovement]) -> Lane:
    if len(movements) <= _MOST_MARKS:
        return Lane(str(label), name, _marks(night, movements))
    return Lane(str(label), name, (), ticks(night, movements, 2, 14))


def ticks(night: NightResult, movements: list[ClassifiedMovement], top: int, bottom: int) -> str:
    """Return a path with an upright stroke at each movement, in a box 1000 wide."""
    places = dict.fromkeys(round(1000 * _share(night, m.movement.onset_s)) for m in movements)
    return "".join(f"M{place} {top}V{bottom}" for place in places)


def _marks(night: NightResult, movements: list[ClassifiedMovement]) -> tuple[tuple[str, bool], ...]:
    """Return places and whether asleep; marks less than a thousandth apart fall into one."""
    return tuple(
        dict.fromkeys(
            (percent(round(_share(night, m.movement.onset_s), 3)), m.state == "sleep")
            for m in movements
        )
    )


def _length(night: NightResult) -> float:
    return night.context.stop_s - night.context.start_s


def percent(share: float) -> str:
    """Return a share as a place in a drawing."""
    return f"{100 * share:.4g}%"


def _place(night: NightResult, seconds: float) -> str:
    return percent(_share(night, seconds))


def _share(night: NightResult, seconds: float) -> float:
    return (seconds - night.context.start_s) / _length(night)


def _ticks(analysis: Analysis, night: NightResult) -> tuple[tuple[str, str, bool], ...]:
    """Return place, text, and whether a narrow picture shows it too."""
    every = hour_step(_length(night) / 3600 / 12)
    found = full_hours(analysis, night, every)
    rare = -(-len(found) // _FEW_TICKS)
    return tuple(
        (_place(night, at), text, number % rare == 0)
        for number, (at, text) in enumerate(found)
        if (at - night.context.start_s) / _length(night) < 0.95
    )


def night_ticks(analysis: Analysis, night: NightResult) -> tuple[tuple[str, str], ...]:
    """Return place and text of the full hours that a narrow picture has room for."""
    return tuple((place, text) for place, text, always in _ticks(analysis, night) if always)


def _envelope_path(analysis: Analysis, night: NightResult) -> str:
    """Return outlines around the least and greatest movement, one for each stretch of data."""
    context = night.context
    low, high, size = envelope_extremes_mg(analysis, context.start_s, context.stop_s, _COLUMNS)
    width = 1000 * size / (analysis.signal.hz * _length(night))
    top, bottom = _height(high), _height(low)
    parts = []
    known = np.flatnonzero(~np.isnan(high))
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if run.size:
            there = [f"{width * k:.1f},{top[k]:.1f}H{width * (k + 1):.1f}" for k in run]
            back = [
                f"{width * (k + 1):.1f},{bottom[k] + 0.6:.1f}H{width * k:.1f}" for k in run[::-1]
            ]
            parts.append("M" + "L".join((*there, *back)) + "Z")
    return "".join(parts)


def _height(values_mg: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Return places from the top of a box 100 high, on a logarithmic scale."""
    clipped = np.clip(values_mg, _BOTTOM_MG, _TOP_MG)
    return 99 - 99 * np.log(clipped / _BOTTOM_MG) / np.log(_TOP_MG / _BOTTOM_MG)


def counted_list(counts: dict[str, int]) -> list[str]:
    """Return each count with its noun, those of none left out."""
    return [counted(label, count) for label, count in counts.items() if count]
