"""How a sensor lies on a limb, and the limb in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.recording import FloatArray
from detector.simulation.mechanics import rotated
from detector.simulation.table import value


@dataclass(frozen=True, slots=True)
class Frame:
    """How the sensor lies: unit vectors (3,) in its own axes.

    `gravity_g` is what it reads at rest, `flexion_axis` the axis of the limb's joint and
    `long_axis` points from the joint to the sensor.
    """

    gravity_g: FloatArray
    flexion_axis: FloatArray
    long_axis: FloatArray


def draw_frame(rng: np.random.Generator) -> Frame:
    """Draw a limb that lies level, turned in any way about itself, a sensor in any way on it."""
    about = rng.uniform(0, 2 * np.pi)
    mounting = draw_rotation(rng)
    gravity = np.array([0.0, np.sin(about), np.cos(about)])
    return Frame(mounting @ gravity, mounting @ np.array([0.0, 1.0, 0.0]), mounting[:, 0])


def slipped(rng: np.random.Generator, frame: Frame, gravity_g: FloatArray) -> Frame:
    """Return the frame after a turn: new gravity, and the sensor a little askew on the limb."""
    slip = float(rng.normal(0, value("turn_slip_rad")))
    axis = unit(rng.standard_normal(3))
    flexion, long = (
        rotated(vector, axis, np.array([slip]))[:, 0]
        for vector in (frame.flexion_axis, frame.long_axis)
    )
    return Frame(unit(gravity_g), flexion, long)


def unit(vector: FloatArray) -> FloatArray:
    """Return `vector` (3,) at length 1."""
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)


def draw_rotation(rng: np.random.Generator) -> FloatArray:
    """Draw a rotation (3, 3), all alike likely, from a unit quaternion."""
    w, x, y, z = rng.standard_normal(4)
    norm = np.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
