"""A limb as a damped segment that turns about a joint, and what a sensor on it feels.

Muscles drive the angle of the segment; the segment follows as a damped second-order system, so
that every quick change rings at the limb's own frequency. The sensor sits at a radius from the
joint and feels the tangential and the centripetal acceleration and, because it turns with the
segment, gravity from a new direction. Everything is worked out on a fine grid of 400 Hz, well
above any frequency of the model, and read off at the stamps of the recording afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from detector.recording import FloatArray

FINE_HZ = 400.0
STANDARD_GRAVITY = 9.80665  # m/s² in one g


@dataclass(frozen=True, slots=True)
class Limb:
    """A segment with a sensor: unit axes (3,) in the sensor's frame, radius from the joint."""

    radius_m: float
    ring_hz: float
    damping: float
    flexion_axis: FloatArray
    long_axis: FloatArray

    def __post_init__(self) -> None:
        if not 0 < self.damping < 1:
            raise ValueError(f"a damping ratio of {self.damping} does not ring; 0 to 1 is needed")

    def tail_s(self, peak_g: float, rest_g: float) -> float:
        """Return how long a ringing of `peak_g` takes to fall to `rest_g`."""
        rate_per_s = self.damping * 2 * np.pi * self.ring_hz
        return float(np.log(max(peak_g / rest_g, 1.0)) / rate_per_s)


@dataclass(frozen=True, slots=True)
class Felt:
    """What a sensor feels of a turning segment, on the fine grid.

    `change_g` (3, m) is the whole departure from the gravity at rest before it; `dynamic_g`
    (3, m) is the part of it that is acceleration of the limb and not turned gravity.
    """

    change_g: FloatArray
    dynamic_g: FloatArray


def minimum_jerk(x: FloatArray) -> FloatArray:
    """Return the smoothest way from 0 (x <= 0) to 1 (x >= 1): its speed and acceleration end at 0.

    Flash and Hogan, J Neurosci 1985.
    """
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x**2)


def fine_times(duration_s: float) -> FloatArray:
    """Return (m,) the times of the fine grid from 0 to `duration_s`."""
    return np.arange(max(2, int(np.ceil(duration_s * FINE_HZ)) + 1)) / FINE_HZ


def path_drive(
    t_s: FloatArray, starts_s: FloatArray, lasts_s: FloatArray, angles_rad: FloatArray
) -> FloatArray:
    """Return (m,) an angle that moves on from each of `angles_rad` (k,) to the next.

    The step to `angles_rad[i]` begins at `starts_s[i]` and takes `lasts_s[i]`; it begins at 0.
    """
    drive = np.zeros_like(t_s)
    for start, last, step in zip(starts_s, lasts_s, np.diff(angles_rad, prepend=0.0), strict=True):
        drive += step * minimum_jerk((t_s - start) / last)
    return drive


def flexion_drive(
    t_s: FloatArray, start_s: float, duration_s: float, flexion_s: float, release_s: float
) -> FloatArray:
    """Return (m,) flexion to 1, hold, release to 0 within `duration_s` from `start_s`."""
    shrink = min(1.0, duration_s / (flexion_s + release_s))
    flexion_s, release_s = flexion_s * shrink, release_s * shrink
    up = minimum_jerk((t_s - start_s) / flexion_s)
    down = minimum_jerk((t_s - start_s - duration_s + release_s) / release_s)
    return up - down


def hold_tremor(
    t_s: FloatArray,
    limb: Limb,
    *,
    start_s: float,
    stop_s: float,
    strength_per_s2: float,
    freqs_hz: FloatArray,
    phases_rad: FloatArray,
) -> FloatArray:
    """Return (m,) a drive that makes the limb tremble from `start_s` to `stop_s`.

    `strength_per_s2` is the root mean square of the angular acceleration it leaves in the limb,
    for a flexion of 1; the tremble fades in and out over the first and last tenth of the hold.
    """
    length_s = stop_s - start_s
    if length_s <= 0.2:
        return np.zeros_like(t_s)
    edge_s = 0.1 * length_s
    fade = minimum_jerk((t_s - start_s) / edge_s) * (1 - minimum_jerk((t_s - stop_s) / edge_s + 1))
    tremor = np.zeros_like(t_s)
    for freq_hz, phase_rad in zip(freqs_hz, phases_rad, strict=True):
        ratio = freq_hz / limb.ring_hz
        gain = 1 / np.hypot(1 - ratio**2, 2 * limb.damping * ratio)
        amplitude = strength_per_s2 * np.sqrt(2 / freqs_hz.size)
        amplitude /= (2 * np.pi * freq_hz) ** 2 * gain
        tremor += amplitude * np.sin(2 * np.pi * freq_hz * t_s + phase_rad)
    return fade * tremor


def burst_drive(t_s: FloatArray, start_s: float, burst_s: float, twitch_s: float) -> FloatArray:
    """Return (m,) the pull of a muscle that one EMG burst of `burst_s` sets off.

    The burst is a raised cosine; the muscle follows it as a critically damped system that is
    strongest `twitch_s` after a single impulse.
    """
    inside = (t_s >= start_s) & (t_s <= start_s + burst_s)
    burst = np.where(inside, 1 - np.cos(2 * np.pi * (t_s - start_s) / burst_s), 0.0)
    decay = np.exp(-1 / (FINE_HZ * twitch_s))
    pull = lfilter([1 - decay], [1, -decay], lfilter([1 - decay], [1, -decay], burst))
    return np.asarray(pull, dtype=np.float64)


def respond(drive: FloatArray, limb: Limb) -> FloatArray:
    """Return (m,) the angle of the limb that is driven by `drive` (m,), from rest at 0."""
    omega = 2 * np.pi * limb.ring_hz
    warped = 2 * FINE_HZ * np.tan(omega / (2 * FINE_HZ))  # keeps the frequency on a grid
    k = 2 * FINE_HZ
    a = np.array(
        [
            k**2 + 2 * limb.damping * warped * k + warped**2,
            2 * warped**2 - 2 * k**2,
            k**2 - 2 * limb.damping * warped * k + warped**2,
        ]
    )
    b = warped**2 * np.array([1.0, 2.0, 1.0])
    return np.asarray(lfilter(b / a[0], a / a[0], drive), dtype=np.float64)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the vector product (3,) of two vectors (3,); numpy's own takes ten times as long."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def rotated(vector: FloatArray, axis: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """Return (3, m) `vector` (3,) turned about the unit `axis` (3,) by each of `angle_rad` (m,)."""
    along = axis * float(axis @ vector)
    across = vector - along
    sideways = cross(axis, vector)
    return (
        along[:, None]
        + across[:, None] * np.cos(angle_rad)[None, :]
        + sideways[:, None] * np.sin(angle_rad)[None, :]
    )


def feel(angle_rad: FloatArray, limb: Limb, gravity_g: FloatArray) -> Felt:
    """Return what the sensor on `limb` feels while its angle runs through `angle_rad` (m,).

    `gravity_g` (3,) is what it reads at rest before. The sensor turns with the limb: in its own
    frame the tangent and the way to the joint stay, and gravity turns the other way.
    """
    speed = np.gradient(angle_rad, 1 / FINE_HZ)
    acceleration = np.gradient(speed, 1 / FINE_HZ)
    tangent = cross(limb.flexion_axis, limb.long_axis)
    dynamic = (np.outer(tangent, acceleration) - np.outer(limb.long_axis, speed**2)) * (
        limb.radius_m / STANDARD_GRAVITY
    )
    turned = rotated(gravity_g, limb.flexion_axis, -angle_rad)
    return Felt(turned - gravity_g[:, None] + dynamic, dynamic)


def length(vectors: FloatArray) -> FloatArray:
    """Return (m,) the lengths of `vectors` (3, m)."""
    return np.asarray(np.linalg.norm(vectors, axis=0), dtype=np.float64)


def angle_scale(
    angle_rad: FloatArray, limb: Limb, gravity_g: FloatArray, *, peak_g: float, max_rad: float
) -> float:
    """Return the factor on `angle_rad` (m,) that makes the sensor feel `peak_g` at most.

    Tangential acceleration and turned gravity grow almost in proportion to the angle, so that a
    few corrections find the factor. No joint turns beyond `max_rad`.
    """
    widest = float(np.max(np.abs(angle_rad)))
    limit = max_rad / widest
    scale = min(limit, 0.01 / widest)
    for _ in range(8):
        peak = float(np.max(length(feel(scale * angle_rad, limb, gravity_g).change_g)))
        better = min(limit, scale * peak_g / peak)
        if abs(better / scale - 1) < 0.005:
            return better
        scale = better
    return scale


def time_at_rest_s(change_g: FloatArray, rest_g: float) -> float:
    """Return from when on `change_g` (3, m) stays within `rest_g` of where it ends."""
    away = np.flatnonzero(length(change_g - change_g[:, -1:]) > rest_g)
    return float((away[-1] + 1) / FINE_HZ) if away.size else 0.0
