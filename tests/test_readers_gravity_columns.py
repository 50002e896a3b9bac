"""Gravity in columns of its own, beside an acceleration without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foreign_written import HZ, N, samples

from detector.errors import RecordingError
from detector.readers import describe, read

STANDARD = 9.80665
GRAVITY = np.outer([-0.31, 0.52, 0.79], np.ones(N))


def written(header: str, columns: np.ndarray) -> str:
    """Return a file: stamps in s, then the rows of `columns` (k, n), to six decimals."""
    lines = [header]
    for row in range(N):
        numbers = ",".join(f"{value:.6f}" for value in columns[:, row])
        lines.append(f"{1772487600 + row / HZ:.3f},{numbers}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("acceleration", "gravity", "per_g", "unit"),
    [
        ("motionUserAcceleration{}(G)", "motionGravity{}(G)", 1.0, "g"),
        ("user_acc_{}", "gravity_{}", STANDARD, "m/s2"),
        ("linearAcc{}", "grav{}", 1.0, "g"),
        ("LinearAcceleration {} (m/s²)", "Gravity {} (m/s²)", STANDARD, "m/s2"),
    ],
)
@pytest.mark.parametrize("gravity_first", [False, True])
def test_the_sum_is_read(
    acceleration: str, gravity: str, per_g: float, unit: str, *, gravity_first: bool, tmp_path: Path
) -> None:
    names = [[name.format(axis) for axis in "XYZ"] for name in (acceleration, gravity)]
    columns = [samples() - GRAVITY, GRAVITY]
    order = (1, 0) if gravity_first else (0, 1)
    header = ",".join(["time", *(name for k in order for name in names[k])])
    path = tmp_path / "export.csv"
    path.write_text(written(header, per_g * np.vstack([columns[k] for k in order])), "utf-8")
    layout = describe(path)
    assert str(layout.unit) == unit
    assert layout.gravity_included
    axes = np.concatenate([chunk.acceleration_g for chunk in read(path).chunks()], axis=1)
    np.testing.assert_allclose(axes, samples(), atol=3e-6)


def test_gravity_alone_is_no_acceleration(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(written("time,gravX,gravY,gravZ", GRAVITY), "utf-8")
    with pytest.raises(RecordingError, match="no column holds x acceleration"):
        read(path)


def test_columns_that_are_not_of_the_size_of_gravity_are_not_added(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    names = "time,userAccX(G),userAccY(G),userAccZ(G),gravityX,gravityY,gravityZ"
    moving = samples() - GRAVITY
    path.write_text(written(names, np.vstack([moving, 3 * GRAVITY])), "utf-8")
    assert not describe(path).gravity_included
    axes = np.concatenate([chunk.acceleration_g for chunk in read(path).chunks()], axis=1)
    np.testing.assert_allclose(axes, moving, atol=3e-6)
