"""The sensor itself and what it always feels: stamps, breathing, heartbeat, noise and steps."""

from __future__ import annotations

import numpy as np

from detector.recording import FloatArray, Placement, SampleArray
from detector.simulation.plan import Device, NightPlan
from detector.simulation.table import log_uniform, uniform, value

CHUNK_SAMPLES = 2**18
Posture = tuple[int, int, FloatArray]


def draw_stamps_s(rng: np.random.Generator, samples: int, hz: float, plan: NightPlan) -> FloatArray:
    """Return (n,) the moments of the samples: drifting and jittered as planned, the first at 0.

    The stamps are true: the sensor takes each sample at the moment that the stamp says.
    """
    t_s = np.arange(samples, dtype=np.float64) * ((1 + plan.clock_drift_ppm * 1e-6) / hz)
    if plan.rate_drift:
        # The step between two samples shrinks evenly, and the last sample keeps its moment.
        t_s *= 1 + plan.rate_drift / 2 * (1 - t_s / t_s[-1])
    if plan.stamp_jitter_s:
        jitter = plan.stamp_jitter_s * rng.standard_normal(samples)
        t_s += np.clip(jitter, -0.4 / hz, 0.4 / hz)  # so that no two stamps change places
        t_s -= t_s[0]
    return np.asarray(t_s, dtype=np.float64)


def add_background(
    rng: np.random.Generator,
    t_s: FloatArray,
    acceleration_g: SampleArray,
    postures: list[Posture],
    placement: Placement,
    *,
    plan: NightPlan,
) -> None:
    """Add breathing and heartbeat, in place, along a line and at a strength new in each posture.

    `postures` are the first sample, the stop and the gravity (3,) of each. Both move the sensor
    across gravity and tilt it no more than that.
    """
    breath = _breathing(rng, t_s, plan.breathing_hz)
    beat = _heartbeat(rng, t_s)
    for first, stop, gravity in postures:
        across = np.cross(gravity, rng.standard_normal(3))
        across /= np.linalg.norm(across)
        strength = log_uniform(rng, "breathing_min_g", "breathing_max_g", placement)
        strength = strength if plan.breathing_peak_g is None else plan.breathing_peak_g
        along = rng.standard_normal(3)
        heart_g = log_uniform(rng, "heart_min_g", "heart_max_g", placement)
        along *= (heart_g if plan.heart_peak_g is None else plan.heart_peak_g) / np.linalg.norm(
            along
        )
        part = slice(first, stop)
        for axis in range(3):
            acceleration_g[axis, part] += np.float32(strength * across[axis]) * breath[part]
            acceleration_g[axis, part] += np.float32(along[axis]) * beat[part]


def _breathing(
    rng: np.random.Generator, t_s: FloatArray, steady_hz: float | None = None
) -> SampleArray:
    """Return (n,) breaths between about -1 and 1, steady or wandering within the rate's bounds."""
    knots_s = np.arange(0.0, t_s[-1] + 120.0, 60.0)
    low, high = value("breathing_min_hz"), value("breathing_max_hz")
    middle = uniform(rng, "breathing_min_hz", "breathing_max_hz")
    rate_hz = np.clip(middle + 0.02 * rng.standard_normal(knots_s.size), low, high)
    if steady_hz is not None:
        rate_hz = np.full(knots_s.size, steady_hz)
    cycles = np.concatenate([[0.0], np.cumsum((rate_hz[1:] + rate_hz[:-1]) / 2 * 60.0)])
    phase = 2 * np.pi * np.interp(t_s, knots_s, cycles)
    breath = 0.85 * np.sin(phase) + 0.15 * np.sin(2 * phase + 0.7)
    return np.asarray(breath, dtype=np.float32)


def _heartbeat(rng: np.random.Generator, t_s: FloatArray) -> SampleArray:
    """Return (n,) beats, each a short ringing with a peak of about 1."""
    mean_s = 60 / uniform(rng, "heart_min_per_min", "heart_max_per_min")
    count = int((t_s[-1] + 5) / mean_s * 1.2) + 5
    lasts = mean_s * (1 + value("heart_variation") * np.clip(rng.standard_normal(count), -3, 3))
    beats_s = np.cumsum(lasts) - lasts[0]
    since = t_s - beats_s[np.searchsorted(beats_s, t_s, side="right") - 1]
    ring = 1.4 * np.exp(-since / 0.12) * np.sin(2 * np.pi * value("heart_ring_hz") * since)
    return np.asarray(ring, dtype=np.float32)


def measure(rng: np.random.Generator, acceleration_g: SampleArray, device: Device) -> None:
    """Turn `acceleration_g` (3, n), in place, into what `device` writes: noise, range, steps."""
    noise_g = np.float32(value("device_noise_g", device))
    step_g = np.float32(value("device_step_g", device))
    limit_g = np.float32(value("device_range_g", device))
    for first in range(0, acceleration_g.shape[1], CHUNK_SAMPLES):
        part = acceleration_g[:, first : first + CHUNK_SAMPLES]
        part += noise_g * rng.standard_normal(part.shape, dtype=np.float32)
        np.clip(part, -limit_g, limit_g, out=part)
        np.rint(part / step_g, out=part)
        part *= step_g


def draw_gaps_s(rng: np.random.Generator, duration_s: float, per_h: float) -> FloatArray:
    """Draw (k, 2) stretches without samples, apart from one another, in order."""
    count = rng.poisson(per_h * duration_s / 3600)
    onsets = np.sort(rng.uniform(0, duration_s, count))
    gaps: list[tuple[float, float]] = []
    for onset in onsets:
        length = log_uniform(rng, "gap_min_s", "gap_max_s")
        after = gaps[-1][1] if gaps else 0.0
        if onset > after + 1.0 and onset + length < duration_s - 1.0:
            gaps.append((float(onset), float(onset) + length))
    return np.array(gaps, dtype=np.float64).reshape(-1, 2)
