"""A night as a few rows of characters: sleep and waking, and how densely each kind came."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.classification import Label
from detector.intervals import Spans, clip, total
from detector.nights import outside
from detector.pipeline import Analysis, NightResult
from detector.report.texts import clock_text

LABEL_ORDER = (
    Label.HYPNIC_JERK,
    Label.PERIODIC_LIMB_MOVEMENT,
    Label.RESTLESS_ACTIVITY,
    Label.ISOLATED_MOVEMENT,
)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The characters of a timeline; `density` from few to many."""

    sleep: str
    wake: str
    off_body: str
    gap: str
    density: str


UNICODE = Blocks("█", "░", "·", " ", "▁▂▃▄▅▆▇█")
ASCII = Blocks("#", "-", ".", " ", ".:+*#")


def state_row(night: NightResult, width: int, blocks: Blocks) -> str:
    """Return `width` characters, each the state that fills most of its part of the night."""
    context = night.context
    edges = cell_edges(night, width)
    states: list[tuple[str, Spans]] = [
        (blocks.gap, outside(context)),
        (blocks.off_body, context.off_body),
        (blocks.wake, context.wake),
        (blocks.sleep, context.sleep),
    ]
    row = []
    for start, stop in pairwise(edges.tolist()):
        share = [total(clip(spans, start, stop)) for _, spans in states]
        row.append(states[int(np.argmax(share))][0])
    return "".join(row)


def density_row(analysis: Analysis, night: NightResult, label: Label, width: int, b: Blocks) -> str:
    """Return `width` characters for how many movements of `label` each part of the night holds.

    The scale is the same for every kind of the night, so that rows compare.
    """
    counts = {kind: _counts(analysis, night, kind, width) for kind in LABEL_ORDER}
    most = max(1, *(int(count.max()) for count in counts.values()))
    steps = len(b.density)
    levels = np.ceil(counts[label] / most * steps).astype(int)
    return "".join(b.density[level - 1] if level else " " for level in levels)


def _counts(
    analysis: Analysis, night: NightResult, label: Label, width: int
) -> npt.NDArray[np.int64]:
    onsets = [
        m.movement.onset_s
        for m in analysis.movements
        if m.night == night.summary.night and m.label is label and m.excluded_as is None
    ]
    return np.histogram(onsets, cell_edges(night, width))[0]


def cell_edges(night: NightResult, width: int) -> npt.NDArray[np.float64]:
    """Return (width + 1,) s, the borders of the parts of a night."""
    return np.linspace(night.context.start_s, night.context.stop_s, width + 1)


def full_hours(analysis: Analysis, night: NightResult, every: int = 1) -> list[tuple[float, str]]:
    """Return (s, text) of the full hours within a night, of every so many hours by the clock."""
    start, stop = night.context.start_s, night.context.stop_s
    moment = analysis.recording.clock(start)
    into = 0.0 if moment is None else moment.minute * 60 + moment.second + moment.microsecond / 1e6
    first = start + (3600 - into if into else 0.0)
    found = []
    for at in np.arange(first, stop, 3600.0).tolist():
        text = clock_text(analysis, at)
        if int(text.split(":")[0]) % every == 0:
            found.append((float(at), text))
    return found


def tick_row(analysis: Analysis, night: NightResult, width: int) -> str:
    """Return `width` characters with a tick and the hour at full hours, as many as have room."""
    span = night.context.stop_s - night.context.start_s
    row = [" "] * width
    for at, text in full_hours(analysis, night, hour_step(span / 3600 / width * 7)):
        cell = int((at - night.context.start_s) / span * width)
        mark = f"|{text}"
        if cell + len(mark) <= width:
            row[cell : cell + len(mark)] = mark
    return "".join(row)


def hour_step(least: float) -> int:
    """Return the smallest step in hours that divides a day and is at least `least`."""
    return next((step for step in (1, 2, 3, 4, 6, 12) if step >= least), 24)
