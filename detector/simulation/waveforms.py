"""What one event looks like at the sensor: muscles, limb, and the way to the sensor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, lfilter

from detector.recording import FloatArray, Placement
from detector.simulation.events import Event
from detector.simulation.frame import Frame, draw_rotation, unit
from detector.simulation.mechanics import (
    FINE_HZ,
    Felt,
    Limb,
    angle_scale,
    burst_drive,
    cross,
    feel,
    fine_times,
    flexion_drive,
    hold_tremor,
    length,
    minimum_jerk,
    path_drive,
    respond,
    rotated,
    time_at_rest_s,
)
from detector.simulation.plan import Kind, Mattress
from detector.simulation.table import uniform, value

STILL_G = 0.0002  # choice: where a waveform is cut off, far below any sensor's noise


@dataclass(frozen=True, slots=True)
class Waveform:
    """An event at the sensor, on the fine grid from its onset.

    `change_g` (3, m) is the departure from the gravity before it, `duration_s` the time until
    the limb is at rest, `peak_g` the longest departure, `gravity_after_g` what is read then.
    """

    change_g: FloatArray
    duration_s: float
    peak_g: float
    gravity_after_g: FloatArray


def usual_mattress() -> Mattress:
    """Return the mattress of the table."""
    return Mattress(
        limb_ratio=value("mattress_limb_ratio"),
        body_ratio=value("mattress_body_ratio"),
        lowpass_hz=value("mattress_lowpass_hz"),
    )


def render(
    rng: np.random.Generator,
    event: Event,
    frame: Frame,
    placement: Placement,
    mattress: Mattress,
) -> Waveform:
    """Render `event` for a sensor that lies as `frame` says, on `mattress` where it lies there."""
    if event.kind is Kind.VIBRATION:
        return _vibration(rng, event, frame)
    if event.kind in (Kind.TURN, Kind.HANDLING):
        return _turn(rng, event, frame, placement, mattress)
    limb = _limb(rng, event, frame, placement)
    felt, after = _moved(rng, event, limb, frame)
    rest_s = time_at_rest_s(felt.change_g, value("at_rest_g"))
    if event.kind is Kind.PARTNER:
        ratio = value("partner_ratio", placement)
        if placement is Placement.MATTRESS:
            ratio *= mattress.limb_ratio
            change = _through_mattress(rng, felt.dynamic_g, ratio, mattress.lowpass_hz)
        else:
            change = _capped(
                ratio * draw_rotation(rng) @ felt.dynamic_g, value("partner_peak_max_g")
            )
        after = frame.gravity_g
    elif placement is Placement.MATTRESS:
        ratio = mattress.body_ratio if event.kind is Kind.LARGE else mattress.limb_ratio
        change = _through_mattress(rng, felt.dynamic_g, ratio, mattress.lowpass_hz)
        if len(event.legs) == 2 and event.kind is not Kind.LARGE:
            second, _ = _moved(rng, event, limb, frame)
            other = _through_mattress(rng, second.dynamic_g, ratio, mattress.lowpass_hz)
            change = _joined(change, other, event.lag_s)
            rest_s = max(rest_s, event.lag_s + time_at_rest_s(second.change_g, value("at_rest_g")))
        after = frame.gravity_g
    elif not event.recorded:
        sent = value("other_limb_ratio", placement) * draw_rotation(rng) @ felt.dynamic_g
        change = _capped(sent, value("other_limb_peak_max_g"))
        after = frame.gravity_g
    else:
        change = felt.change_g
    return Waveform(change, rest_s, float(np.max(length(change))), after)


def _limb(rng: np.random.Generator, event: Event, frame: Frame, placement: Placement) -> Limb:
    radius = uniform(rng, "limb_radius_min_m", "limb_radius_max_m", placement)
    return Limb(radius, event.ring_hz, event.damping, frame.flexion_axis, frame.long_axis)


def _moved(
    rng: np.random.Generator, event: Event, limb: Limb, frame: Frame
) -> tuple[Felt, FloatArray]:
    """Return what a sensor on the moving limb itself feels, and gravity after it."""
    rest_g = value("at_rest_g")
    pull_s = max(event.duration_s - limb.tail_s(event.peak_g, rest_g), 0.3)
    t_s = fine_times(pull_s + limb.tail_s(event.peak_g, STILL_G) + 0.3)
    max_rad = value("limb_angle_max_rad")
    if event.kind is Kind.LARGE:
        lasting = value("large_lasting_share")
        return _struggle(
            rng, t_s, pull_s, peak_g=event.peak_g, limb=limb, frame=frame, lasting_share=lasting
        )
    if event.kind is Kind.TREMOR:
        angle = _rhythm(rng, t_s, pull_s, event.ring_hz)
    else:
        angle = respond(_drive(rng, event, limb, t_s, pull_s), limb)
    scale = angle_scale(angle, limb, frame.gravity_g, peak_g=event.peak_g, max_rad=max_rad)
    return feel(scale * angle, limb, frame.gravity_g), frame.gravity_g


def _drive(
    rng: np.random.Generator, event: Event, limb: Limb, t_s: FloatArray, pull_s: float
) -> FloatArray:
    """Return the pull of the muscles for a flexion, a burst or a cluster of small flexions."""
    if event.kind is Kind.JERK:
        burst_s = uniform(rng, "jerk_burst_min_s", "jerk_burst_max_s")
        return burst_drive(t_s, 0.0, burst_s, value("jerk_twitch_s"))
    flexion_s = uniform(rng, "flexion_min_s", "flexion_max_s")
    release_s = uniform(rng, "release_min_s", "release_max_s")
    if event.kind is Kind.CLUSTER:
        drive = np.zeros_like(t_s)
        pulse_s = min(0.6 * event.lag_s, 0.5)
        for onset in np.arange(0.0, max(pull_s - pulse_s, 3.5 * event.lag_s), event.lag_s):
            early = float(rng.uniform(0, 0.1)) * event.lag_s
            size = float(rng.uniform(0.6, 1.0))
            drive += size * flexion_drive(t_s, onset + early, pulse_s, flexion_s, release_s)
        return drive
    drive = flexion_drive(t_s, 0.0, pull_s, flexion_s, release_s)
    share = uniform(rng, "hold_tremor_min", "hold_tremor_max")
    low, high = value("hold_tremor_min_hz"), value("hold_tremor_max_hz")
    return drive + hold_tremor(
        t_s,
        limb,
        start_s=flexion_s,
        stop_s=pull_s - release_s,
        strength_per_s2=share * 5.77 / flexion_s**2,  # 5.77: peak acceleration of minimum jerk
        freqs_hz=rng.uniform(low, high, 3),
        phases_rad=rng.uniform(0, 2 * np.pi, 3),
    )


def _rhythm(
    rng: np.random.Generator, t_s: FloatArray, lasts_s: float, freq_hz: float
) -> FloatArray:
    """Return (m,) a rhythmic angle whose rate and size waver, from rest to rest."""
    edge_s = 0.15 * lasts_s
    fade = minimum_jerk(t_s / edge_s) * (1 - minimum_jerk((t_s - lasts_s) / edge_s + 1))
    waver_rad = 0.6 * np.sin(2 * np.pi * t_s / lasts_s + rng.uniform(0, 2 * np.pi))
    return np.asarray(fade * np.sin(2 * np.pi * freq_hz * t_s + waver_rad), dtype=np.float64)


def _struggle(
    rng: np.random.Generator,
    t_s: FloatArray,
    pull_s: float,
    *,
    peak_g: float,
    limb: Limb,
    frame: Frame,
    lasting_share: float,
) -> tuple[Felt, FloatArray]:
    """Return a large movement: to and fro about two axes, to come to lie a little elsewhere."""
    steps = max(2, round(pull_s / 1.5))
    starts = np.sort(rng.uniform(0, max(pull_s - 1.3, 0.1), steps))
    starts[0] = 0.0
    lasts = rng.uniform(0.4, 1.2, steps)
    bends, rolls = rng.standard_normal((2, steps))
    bends[-1] *= lasting_share
    rolls[-1] = 0.0
    bend = respond(path_drive(t_s, starts, lasts, bends), limb)
    max_rad = value("limb_angle_max_rad")
    scale = angle_scale(bend, limb, frame.gravity_g, peak_g=peak_g, max_rad=max_rad)
    roll_limb = replace(
        limb,
        radius_m=0.05,
        flexion_axis=frame.long_axis,
        long_axis=cross(frame.long_axis, frame.flexion_axis),
    )
    roll = respond(path_drive(t_s, starts, lasts, rolls), roll_limb)
    bent = feel(scale * bend, limb, frame.gravity_g)
    rolled = feel(0.4 * scale * roll, roll_limb, frame.gravity_g)
    felt = Felt(bent.change_g + rolled.change_g, bent.dynamic_g + rolled.dynamic_g)
    lies = rotated(frame.gravity_g, limb.flexion_axis, -scale * bends[-1:])[:, 0]
    return felt, lies


def _turn(
    rng: np.random.Generator,
    event: Event,
    frame: Frame,
    placement: Placement,
    mattress: Mattress,
) -> Waveform:
    """Render a turn of the body about its length, in one to three pushes, with kicks in it."""
    count = int(rng.integers(1, 4))
    lasts = rng.uniform(value("turn_step_min_s"), value("turn_step_max_s"), count)
    lasts *= event.duration_s / lasts.sum()
    angle = uniform(rng, "turn_angle_min_rad", "turn_angle_max_rad")
    angle *= rng.choice([-1.0, 1.0])
    targets = angle * np.cumsum(rng.dirichlet(np.full(count, 4.0)))
    axis = unit(frame.long_axis + 0.2 * rng.standard_normal(3))
    arm = unit(cross(axis, frame.flexion_axis))
    body = Limb(value("turn_radius_m"), event.ring_hz, event.damping, axis, arm)
    t_s = fine_times(event.duration_s + body.tail_s(1.0, STILL_G) + 0.3)
    starts = np.cumsum(lasts) - lasts
    path = respond(path_drive(t_s, starts, lasts, targets), body)
    rolled = feel(path, body, frame.gravity_g)
    limb = _limb(rng, event, frame, placement)
    pull_s = event.duration_s - 0.3
    kicks, _ = _struggle(
        rng, t_s, pull_s, peak_g=event.peak_g, limb=limb, frame=frame, lasting_share=0.0
    )
    whole = rolled.change_g + kicks.change_g
    rest_s = time_at_rest_s(whole, value("at_rest_g"))
    after = rotated(frame.gravity_g, axis, np.array([-angle]))[:, 0]
    if placement is Placement.MATTRESS and event.kind is Kind.TURN:
        dynamic = rolled.dynamic_g + kicks.dynamic_g
        whole = _through_mattress(rng, dynamic, mattress.body_ratio, mattress.lowpass_hz)
        tilt = uniform(rng, "turn_mattress_tilt_min_rad", "turn_mattress_tilt_max_rad")
        tilt = tilt if mattress.tilts else 0.0
        level = unit(cross(frame.gravity_g, rng.standard_normal(3)))
        tilted = rotated(frame.gravity_g, level, tilt * path / angle)
        whole = whole + tilted - frame.gravity_g[:, None]
        after = rotated(frame.gravity_g, level, np.array([tilt]))[:, 0]
    return Waveform(whole, rest_s, float(np.max(length(whole))), after)


def _vibration(rng: np.random.Generator, event: Event, frame: Frame) -> Waveform:
    """Render a shake of the bed or house: a short burst along one line, no tilt."""
    t_s = fine_times(event.duration_s)
    swing = np.sin(np.pi * np.clip(t_s / event.duration_s, 0, 1))
    swing = swing * np.cos(2 * np.pi * event.ring_hz * (t_s - event.duration_s / 2))
    swing *= event.peak_g / np.max(np.abs(swing))
    change = np.outer(unit(rng.standard_normal(3)), swing)
    return Waveform(change, event.duration_s, event.peak_g, frame.gravity_g)


def _capped(change_g: FloatArray, peak_g: float) -> FloatArray:
    """Return `change_g` (3, m), made smaller where it would pass `peak_g`."""
    peak = float(np.max(length(change_g)))
    return change_g * min(1.0, peak_g / peak)


def _through_mattress(
    rng: np.random.Generator, dynamic_g: FloatArray, ratio: float, lowpass_hz: float
) -> FloatArray:
    """Return what the mattress passes on of a limb's acceleration: little, and the slow part."""
    b, a = butter(2, lowpass_hz, fs=FINE_HZ)
    return np.asarray(lfilter(b, a, ratio * draw_rotation(rng) @ dynamic_g), dtype=np.float64)


def _joined(first_g: FloatArray, second_g: FloatArray, late_s: float) -> FloatArray:
    """Return (3, m) the sum of two changes (3, k), (3, j) of which the second is `late_s` later."""
    late = round(late_s * FINE_HZ)
    both = np.zeros((3, max(first_g.shape[1], late + second_g.shape[1])))
    both[:, : first_g.shape[1]] += first_g
    both[:, late : late + second_g.shape[1]] += second_g
    return both
