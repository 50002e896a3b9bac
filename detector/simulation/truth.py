"""What is true of a simulated night, as rows of annotation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.recording import Placement, Side
from detector.simulation.events import Event
from detector.simulation.plan import Annotation, Kind
from detector.simulation.rules import Moved, number_series
from detector.simulation.sleep import Stage
from detector.simulation.table import uniform, value

LABELLED = frozenset({Kind.JERK, Kind.LARGE, Kind.TURN})
DISTRACTING = frozenset(
    {Kind.TURN, Kind.CLUSTER, Kind.TREMOR, Kind.VIBRATION, Kind.PARTNER, Kind.HANDLING}
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An event and what became of it at the sensor."""

    event: Event
    onset_s: float
    duration_s: float
    peak_g: float


def stage_rows(stages: tuple[Stage, ...]) -> list[Annotation]:
    """Return the hypnogram, a row a stretch of one stage."""
    return [Annotation("stage", s.name, s.onset_s, s.duration_s) for s in stages]


def movement_rows(
    rendered: list[Rendered], respiratory: tuple[tuple[float, float], ...]
) -> list[Annotation]:
    """Return what the recorded limb did, each with its label."""
    scored = [
        r for r in rendered if r.event.kind in LABELLED or (r.event.is_limb and r.event.recorded)
    ]
    # an EMG burst of 75 to 250 ms is below 0.5 s, however long the limb rings: passed over
    of_rules = [r for r in scored if r.event.kind is not Kind.JERK]
    ends = [onset + length for onset, length in respiratory]
    numbers = iter(
        number_series([Moved(r.onset_s, r.duration_s, r.event.is_limb) for r in of_rules], ends)
    )
    rows = []
    for r in scored:
        if r.event.kind is Kind.JERK:
            label, series = "hypnic_jerk", 0
        else:
            series = next(numbers)
            label = "periodic_limb_movement" if series else "isolated_movement"
            if r.event.kind in LABELLED:
                label = "restless_activity"
        rows.append(
            Annotation("movement", label, r.onset_s, r.duration_s, r.peak_g, series or None)
        )
    return rows


def leg_rows(rendered: list[Rendered], placement: Placement, side: Side) -> list[Annotation]:
    """Return what either leg did alone: a row a leg."""
    rows = []
    for r in rendered:
        if not r.event.is_limb:
            continue
        for i, leg in enumerate(r.event.legs):
            onset = r.event.onset_s + i * r.event.lag_s
            own = placement is Placement.ANKLE and leg is side
            duration = r.duration_s if own else r.event.duration_s
            peak = r.peak_g if own else r.event.peak_g
            rows.append(Annotation("limb_movement", leg.value, onset, duration, peak))
    return rows


def distractor_rows(rendered: list[Rendered]) -> list[Annotation]:
    """Return what moves the sensor and is no limb movement, and every turn a second time."""
    return [
        Annotation("distractor", r.event.kind.value, r.onset_s, r.duration_s, r.peak_g)
        for r in rendered
        if r.event.kind in DISTRACTING
    ]


def respiratory_rows(respiratory: tuple[tuple[float, float], ...]) -> list[Annotation]:
    """Return the respiratory events."""
    return [
        Annotation("respiratory_event", "apnea", onset, length)
        for onset, length in respiratory
        if onset >= 0
    ]


def arousal_rows(rng: np.random.Generator, rendered: list[Rendered]) -> list[Annotation]:
    """Draw which movements go with an arousal."""
    rows = []
    for r in rendered:
        draw, length = rng.random(), uniform(rng, "arousal_min_s", "arousal_max_s")
        if r.event.kind is Kind.LARGE:
            share = value("arousal_large_share")
        else:
            share = value("arousal_plm_share") if r.event.is_limb else 0.0
        if draw < share:
            rows.append(Annotation("arousal", "", r.onset_s + 0.3, length))
    return rows


def off_body_rows(worn_s: tuple[float, float], duration_s: float) -> list[Annotation]:
    """Return when the sensor lies somewhere else."""
    first, last = worn_s
    rows = []
    if first > 0:
        rows.append(Annotation("off_body", "", 0.0, first))
    if last < duration_s:
        rows.append(Annotation("off_body", "", last, duration_s - last))
    return rows


def in_order(rows: list[Annotation], end_s: float) -> tuple[Annotation, ...]:
    """Return `rows` by onset, each ending within the recording."""
    inside = [
        Annotation(
            row.kind,
            row.value,
            row.onset_s,
            min(row.duration_s, end_s - row.onset_s),
            row.peak_g,
            row.series,
        )
        for row in rows
        if row.onset_s < end_s
    ]
    return tuple(sorted(inside, key=lambda row: (row.onset_s, row.kind, row.value)))
