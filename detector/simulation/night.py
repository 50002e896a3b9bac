"""A whole night: the person, the stages, the events, the sensor, and the truth of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from detector.recording import FloatArray, Placement, SampleArray, Side
from detector.simulation.mechanics import FINE_HZ
from detector.simulation.plan import Annotation, Kind, NightPlan, SimulatedNight
from detector.simulation.rules import Moved, number_series
from detector.simulation.schedule import Event, Schedule, draw_schedule, is_limb
from detector.simulation.sensor import (
    Posture,
    add_background,
    draw_gaps_s,
    draw_stamps_s,
    measure,
)
from detector.simulation.sleep import Stage, draw_person, draw_stages
from detector.simulation.table import uniform, value
from detector.simulation.waveforms import Waveform, draw_frame, render, slipped

LABELLED = frozenset({Kind.JERK, Kind.LARGE, Kind.TURN})
DISTRACTING = frozenset(
    {Kind.TURN, Kind.CLUSTER, Kind.TREMOR, Kind.VIBRATION, Kind.PARTNER, Kind.HANDLING}
)


@dataclass(frozen=True, slots=True)
class _Rendered:
    """An event and what became of it at the sensor."""

    event: Event
    onset_s: float
    duration_s: float
    peak_g: float


def simulate_night(
    *,
    seed: int,
    placement: Placement,
    hours: float = 8.0,
    hz: float = 50.0,
    plm_per_h: float | None = None,
    plan: NightPlan | None = None,
) -> SimulatedNight:
    """Simulate one night of one sensor, the same for the same arguments on every machine.

    `plm_per_h` is how many movements in series the legs make in an hour of sleep, drawn by the
    seed if None. The recorded limb misses those of the other leg, and what the rules call
    periodic is decided on the recorded limb alone.
    """
    plan = plan or NightPlan()
    _refuse_unusable(seed, placement, hours, hz, plm_per_h, plan)
    duration_s = hours * 3600.0
    before_s, after_s = 60 * plan.off_body_before_min, 60 * plan.off_body_after_min
    worn_s = (before_s, duration_s - after_s)

    def stream(purpose: str) -> np.random.Generator:
        words = [seed, crc32(purpose.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    person = draw_person(stream("person"), placement, plm_per_h, plan)
    stages = draw_stages(stream("stages"), duration_s, before_s, after_s)
    schedule = draw_schedule(
        stream, person=person, stages=stages, placement=placement, plan=plan, worn_s=worn_s
    )
    t_s = draw_stamps_s(stream("stamps"), int(duration_s * hz), hz, plan)
    acceleration = np.empty((3, t_s.size), dtype=np.float32)
    rendered, postures = _render_events(stream, schedule, t_s, acceleration, placement)
    worn = [p for p in (_within(p, t_s, worn_s) for p in postures) if p[0] < p[1]]
    add_background(stream("background"), t_s, acceleration, worn, placement)
    if not plan.ideal_sensor:
        measure(stream("noise"), acceleration, plan.device)
    kept, gaps = _lose_samples(stream("gaps"), t_s, duration_s, plan)
    end_s = float(t_s[-1] + 1 / hz)
    truth = [
        *_stage_rows(stages),
        *_movement_rows(rendered, schedule, placement),
        *_leg_rows(rendered, placement, plan.side),
        *_distractor_rows(rendered),
        *_respiratory_rows(schedule),
        *_arousal_rows(stream("arousal"), rendered),
        *_off_body_rows(worn_s, duration_s),
        *gaps,
    ]
    if not kept.all():
        t_s, acceleration = t_s[kept], acceleration[:, kept]
    t_s.setflags(write=False)
    acceleration.setflags(write=False)
    return SimulatedNight(
        t_s=t_s,
        acceleration_g=acceleration,
        truth=_in_order(truth, end_s),
        placement=placement,
        side=plan.side,
        device=plan.device,
        start=plan.start,
        hz=hz,
        seed=seed,
    )


def _refuse_unusable(
    seed: int,
    placement: Placement,
    hours: float,
    hz: float,
    plm_per_h: float | None,
    plan: NightPlan,
) -> None:
    if seed < 0:
        raise ValueError(f"seed is {seed}, 0 or more is needed")
    if placement is Placement.UNKNOWN:
        raise ValueError("a simulated sensor has a placement: ankle, wrist or mattress")
    if not 0.25 <= hours <= 24:
        raise ValueError(f"a night of {hours} h cannot be simulated; 0.25 to 24 h is needed")
    if not 10 <= hz <= FINE_HZ / 2:
        raise ValueError(f"a rate of {hz} Hz cannot be simulated; 10 to {FINE_HZ / 2:g} is needed")
    if plm_per_h is not None and not 0 <= plm_per_h <= 150:
        raise ValueError(f"{plm_per_h} periodic movements an hour; 0 to 150 is needed")
    if 60 * hours - plan.off_body_before_min - plan.off_body_after_min < 15:
        raise ValueError("the sensor is off the body for all but 15 min; lengthen the night")


def _render_events(
    stream: Callable[[str], np.random.Generator],
    schedule: Schedule,
    t_s: FloatArray,
    acceleration_g: SampleArray,
    placement: Placement,
) -> tuple[list[_Rendered], list[Posture]]:
    """Fill `acceleration_g` (3, n) with gravity and every event; return them and the postures."""
    frame = draw_frame(stream("mounting"))
    rendered: list[_Rendered] = []
    postures: list[Posture] = []
    lies_since = 0
    pending: list[tuple[Event, Waveform]] = []
    for event in schedule.events:
        # an own stream for each event: leaving one out does not change the others
        rng = stream(f"{event.kind} {event.onset_s:.6f}")
        wave = render(rng, event, frame, placement)
        pending.append((event, wave))
        rendered.append(_Rendered(event, event.onset_s, wave.duration_s, wave.peak_g))
        if not np.array_equal(wave.gravity_after_g, frame.gravity_g):
            stop = int(np.searchsorted(t_s, event.onset_s + wave.change_g.shape[1] / FINE_HZ))
            postures.append((lies_since, stop, frame.gravity_g))
            lies_since = stop
            frame = slipped(rng, frame, wave.gravity_after_g)
    postures.append((lies_since, t_s.size, frame.gravity_g))
    for first, stop, gravity in postures:
        acceleration_g[:, first:stop] = gravity[:, None]
    for event, wave in pending:
        _add(wave, event.onset_s, t_s, acceleration_g)
    return rendered, postures


def _add(wave: Waveform, onset_s: float, t_s: FloatArray, acceleration_g: SampleArray) -> None:
    fine_s = onset_s + np.arange(wave.change_g.shape[1]) / FINE_HZ
    first, stop = np.searchsorted(t_s, [fine_s[0], fine_s[-1]])
    for axis in range(3):
        acceleration_g[axis, first:stop] += np.interp(
            t_s[first:stop], fine_s, wave.change_g[axis]
        ).astype(np.float32)


def _within(posture: Posture, t_s: FloatArray, worn_s: tuple[float, float]) -> Posture:
    first, stop = np.searchsorted(t_s, worn_s)
    return max(posture[0], int(first)), min(posture[1], int(stop)), posture[2]


def _lose_samples(
    rng: np.random.Generator, t_s: FloatArray, duration_s: float, plan: NightPlan
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], list[Annotation]]:
    """Return which samples are kept (n,), and a row for every gap between those that are."""
    kept = np.ones(t_s.size, dtype=np.bool_)
    rows: list[Annotation] = []
    for start, stop in draw_gaps_s(rng, duration_s, plan.gaps_per_h):
        first, after = (int(i) for i in np.searchsorted(t_s, [start, stop]))
        if 0 < first < after < t_s.size:
            kept[first:after] = False
            rows.append(Annotation("gap", "", float(t_s[first]), float(t_s[after] - t_s[first])))
    return kept, rows


def _stage_rows(stages: tuple[Stage, ...]) -> list[Annotation]:
    return [Annotation("stage", s.name, s.onset_s, s.duration_s) for s in stages]


def _own_lag_s(event: Event, placement: Placement, side: Side) -> float:
    second = placement is Placement.ANKLE and len(event.legs) == 2 and side is event.legs[1]
    return event.lag_s if second else 0.0


def _movement_rows(
    rendered: list[_Rendered], schedule: Schedule, placement: Placement
) -> list[Annotation]:
    """Return what the recorded limb did, each with its label."""
    scored = [
        r for r in rendered if r.event.kind in LABELLED or (is_limb(r.event) and r.event.recorded)
    ]
    # an EMG burst of 75 to 250 ms is below 0.5 s, however long the limb rings: passed over
    of_rules = [r for r in scored if r.event.kind is not Kind.JERK]
    ends = [onset + length for onset, length in schedule.respiratory]
    numbers = iter(
        number_series([Moved(r.onset_s, r.duration_s, is_limb(r.event)) for r in of_rules], ends)
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


def _leg_rows(rendered: list[_Rendered], placement: Placement, side: Side) -> list[Annotation]:
    """Return what either leg did alone: a row a leg."""
    rows = []
    for r in rendered:
        if not is_limb(r.event):
            continue
        for i, leg in enumerate(r.event.legs):
            onset = r.event.onset_s + i * r.event.lag_s
            own = placement is Placement.ANKLE and leg is side
            duration = r.duration_s if own else r.event.duration_s
            peak = r.peak_g if own else r.event.peak_g
            rows.append(Annotation("limb_movement", leg.value, onset, duration, peak))
    return rows


def _distractor_rows(rendered: list[_Rendered]) -> list[Annotation]:
    return [
        Annotation("distractor", r.event.kind.value, r.onset_s, r.duration_s, r.peak_g)
        for r in rendered
        if r.event.kind in DISTRACTING
    ]


def _respiratory_rows(schedule: Schedule) -> list[Annotation]:
    return [
        Annotation("respiratory_event", "apnea", onset, length)
        for onset, length in schedule.respiratory
        if onset >= 0
    ]


def _arousal_rows(rng: np.random.Generator, rendered: list[_Rendered]) -> list[Annotation]:
    rows = []
    for r in rendered:
        draw, length = rng.random(), uniform(rng, "arousal_min_s", "arousal_max_s")
        if r.event.kind is Kind.LARGE:
            share = value("arousal_large_share")
        else:
            share = value("arousal_plm_share") if is_limb(r.event) else 0.0
        if draw < share:
            rows.append(Annotation("arousal", "", r.onset_s + 0.3, length))
    return rows


def _off_body_rows(worn_s: tuple[float, float], duration_s: float) -> list[Annotation]:
    first, last = worn_s
    rows = []
    if first > 0:
        rows.append(Annotation("off_body", "", 0.0, first))
    if last < duration_s:
        rows.append(Annotation("off_body", "", last, duration_s - last))
    return rows


def _in_order(rows: list[Annotation], end_s: float) -> tuple[Annotation, ...]:
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
