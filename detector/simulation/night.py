"""A whole night: the person, the stages, the events, the sensor, and the truth of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from detector.recording import FloatArray, Placement, SampleArray, Side
from detector.simulation.events import Event, Sleeper
from detector.simulation.frame import draw_frame, slipped
from detector.simulation.mechanics import FINE_HZ
from detector.simulation.plan import Annotation, Kind, NightPlan, SimulatedNight
from detector.simulation.schedule import Schedule, draw_schedule
from detector.simulation.sensor import (
    Posture,
    add_background,
    draw_gaps_s,
    draw_stamps_s,
    measure,
)
from detector.simulation.sleep import draw_person, draw_stages
from detector.simulation.truth import (
    Rendered,
    arousal_rows,
    distractor_rows,
    in_order,
    leg_rows,
    movement_rows,
    off_body_rows,
    respiratory_rows,
    stage_rows,
)
from detector.simulation.waveforms import Waveform, render, usual_mattress

MIN_WORN_S = 900.0
Stream = Callable[[str], np.random.Generator]


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
    _refuse_unusable(seed, hours, hz, plm_per_h)
    if placement is Placement.UNKNOWN:
        raise ValueError("a simulated sensor has a placement: ankle, wrist or mattress")
    duration_s = hours * 3600.0
    before_s, after_s = 60 * plan.off_body_before_min, 60 * plan.off_body_after_min
    worn_s = (before_s, duration_s - after_s)
    if worn_s[1] - worn_s[0] < MIN_WORN_S:
        raise ValueError("the sensor is off the body for all but 15 min; lengthen the night")

    def stream(purpose: str) -> np.random.Generator:
        words = [seed, crc32(purpose.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    person = draw_person(stream("person"), placement, plm_per_h, plan)
    stages = draw_stages(stream("stages"), duration_s, before_s, after_s)
    schedule = draw_schedule(stream, Sleeper(person, stages, placement, plan, worn_s))
    t_s = draw_stamps_s(stream("stamps"), int(duration_s * hz), hz, plan)
    acceleration, rendered, postures = _render(stream, schedule, t_s, placement, plan)
    worn = [_within(posture, t_s, worn_s) for posture in postures]
    add_background(stream("background"), t_s, acceleration, worn, placement, plan=plan)
    if not plan.ideal_sensor:
        measure(stream("noise"), acceleration, plan.device)
    kept, gaps = _lose_samples(stream("gaps"), t_s, duration_s, plan)
    truth = [
        *stage_rows(stages),
        *movement_rows(rendered, schedule.respiratory),
        *leg_rows(rendered, placement, plan.side),
        *distractor_rows(rendered),
        *respiratory_rows(schedule.respiratory),
        *arousal_rows(stream("arousal"), rendered),
        *off_body_rows(worn_s, duration_s),
        *gaps,
    ]
    end_s = float(t_s[-1] + 1 / hz)
    if not kept.all():
        t_s, acceleration = t_s[kept], acceleration[:, kept]
    t_s.setflags(write=False)
    acceleration.setflags(write=False)
    return SimulatedNight(
        t_s=t_s,
        acceleration_g=acceleration,
        truth=in_order(truth, end_s),
        placement=placement,
        side=plan.side,
        device=plan.device,
        start=plan.start,
        hz=hz,
        seed=seed,
    )


def _refuse_unusable(seed: int, hours: float, hz: float, plm_per_h: float | None) -> None:
    if seed < 0:
        raise ValueError(f"seed is {seed}, 0 or more is needed")
    if not 0.25 <= hours <= 24:
        raise ValueError(f"a night of {hours} h cannot be simulated; 0.25 to 24 h is needed")
    if not 10 <= hz <= FINE_HZ / 2:
        raise ValueError(f"a rate of {hz} Hz cannot be simulated; 10 to {FINE_HZ / 2:g} is needed")
    if plm_per_h is not None and not 0 <= plm_per_h <= 150:
        raise ValueError(f"{plm_per_h} periodic movements an hour; 0 to 150 is needed")


def _render(
    stream: Stream, schedule: Schedule, t_s: FloatArray, placement: Placement, plan: NightPlan
) -> tuple[SampleArray, list[Rendered], list[Posture]]:
    """Return gravity and every event at the stamps (3, n), what became of each, the postures."""
    acceleration = np.zeros((3, t_s.size), dtype=np.float32)
    frame = draw_frame(stream("mounting"))
    rendered: list[Rendered] = []
    postures: list[Posture] = []
    mattress = plan.mattress or usual_mattress()
    lies_since = 0
    for planned in schedule.events:
        event = _amplified(planned, plan.gain)
        # an own stream for each event: leaving one out does not change the others
        rng = stream(f"{event.kind} {event.onset_s:.6f}")
        wave = render(rng, event, frame, placement, mattress)
        onset_s = event.onset_s + _own_lag_s(event, placement, plan.side)
        lasts_s = max(wave.duration_s, 1 / FINE_HZ)  # what never leaves rest has its moment too
        rendered.append(Rendered(event, onset_s, lasts_s, wave.peak_g))
        _add(wave, onset_s, t_s, acceleration)
        if not np.array_equal(wave.gravity_after_g, frame.gravity_g):
            stop = int(np.searchsorted(t_s, onset_s + (wave.change_g.shape[1] - 1) / FINE_HZ))
            postures.append((lies_since, stop, frame.gravity_g))
            lies_since = stop
            frame = slipped(rng, frame, wave.gravity_after_g)
    postures.append((lies_since, t_s.size, frame.gravity_g))
    for first, stop, gravity in postures:
        acceleration[:, first:stop] += gravity.astype(np.float32)[:, None]
    return acceleration, rendered, postures


def _amplified(event: Event, gain: float) -> Event:
    """Return what the sleeper does `gain` times as large; the bed and others stay as they are."""
    if event.kind in (Kind.VIBRATION, Kind.PARTNER, Kind.HANDLING):
        return event
    return replace(event, peak_g=event.peak_g * gain)


def _own_lag_s(event: Event, placement: Placement, side: Side) -> float:
    """Return by how much the leg with the sensor is later than the event's first leg."""
    second = placement is Placement.ANKLE and event.legs[1:] == (side,)
    return event.lag_s if second else 0.0


def _add(wave: Waveform, onset_s: float, t_s: FloatArray, acceleration_g: SampleArray) -> None:
    fine_s = onset_s + np.arange(wave.change_g.shape[1]) / FINE_HZ
    first, stop = np.searchsorted(t_s, [fine_s[0], fine_s[-1]])
    for axis in range(3):
        acceleration_g[axis, first:stop] += np.interp(
            t_s[first:stop], fine_s, wave.change_g[axis]
        ).astype(np.float32)


def _within(posture: Posture, t_s: FloatArray, worn_s: tuple[float, float]) -> Posture:
    """Return what of a posture falls in the time the sensor is worn, empty if nothing does."""
    first, stop = np.searchsorted(t_s, worn_s)
    begin = max(posture[0], int(first))
    return begin, max(begin, min(posture[1], int(stop))), posture[2]


def _lose_samples(
    rng: np.random.Generator, t_s: FloatArray, duration_s: float, plan: NightPlan
) -> tuple[npt.NDArray[np.bool_], list[Annotation]]:
    """Return which samples are kept (n,), and a row for every gap between those that are."""
    kept = np.ones(t_s.size, dtype=np.bool_)
    rows: list[Annotation] = []
    for start, stop in draw_gaps_s(rng, duration_s, plan.gaps_per_h):
        first, after = (int(i) for i in np.searchsorted(t_s, [start, stop]))
        if 0 < first < after < t_s.size:
            kept[first:after] = False
            rows.append(Annotation("gap", "", float(t_s[first]), float(t_s[after] - t_s[first])))
    return kept, rows
