"""Calibration to gravity at rest (van Hees et al. 2014)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detector.night_signal import Calibration

WINDOW_S = 10
STILL_SD_G = 0.013  # van Hees 2014: SD below 13 mg on each axis
COVERED_G = 0.3  # van Hees 2014: still values on both sides of +-0.3 g
MAX_ERROR_G = 0.01  # van Hees 2014: a fit is kept when it leaves less than 10 mg
MAX_CHANGE = 0.25  # choice: more is no calibration error but a wrong unit


def calibrate(mean_g: npt.ArrayLike, sd_g: npt.ArrayLike) -> Calibration:
    """Fit gain and offset so that still windows lie on the unit sphere.

    `mean_g` and `sd_g` (m, 3) once a second, NaN where nothing is valid.
    """
    points = _still_points(np.asarray(mean_g, float), np.asarray(sd_g, float))
    if len(points) < 10:
        return Calibration(False, "there were fewer than ten still stretches of 10 s")
    low, high = points.min(axis=0), points.max(axis=0)
    if np.any(low > -COVERED_G) or np.any(high < COVERED_G):
        narrow = "xyz"[int(np.argmin(np.minimum(-low, high)))]
        return Calibration(False, f"still positions cover too little of the {narrow} axis")
    gain, offset = np.ones(3), np.zeros(3)
    for _ in range(200):
        current = points * gain + offset
        target = current / np.linalg.norm(current, axis=1, keepdims=True)
        previous = gain.copy()
        for axis in range(3):
            slope, intercept = np.polyfit(points[:, axis], target[:, axis], 1)
            gain[axis], offset[axis] = slope, intercept
        if np.max(np.abs(gain - previous)) < 1e-9:
            break
    error = np.mean(np.abs(np.linalg.norm(points * gain + offset, axis=1) - 1))
    if error > MAX_ERROR_G or np.max(np.abs(gain - 1)) > MAX_CHANGE:
        return Calibration(False, f"the fit to gravity left {1000 * error:.0f} mg")
    return Calibration(
        True,
        f"{len(points)} still stretches were fitted to 1 g, {1000 * error:.1f} mg are left",
        (float(gain[0]), float(gain[1]), float(gain[2])),
        (float(offset[0]), float(offset[1]), float(offset[2])),
    )


def _still_points(
    mean_g: npt.NDArray[np.float64], sd_g: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    windows = len(mean_g) // WINDOW_S
    means = mean_g[: windows * WINDOW_S].reshape(windows, WINDOW_S, 3)
    within = sd_g[: windows * WINDOW_S].reshape(windows, WINDOW_S, 3)
    whole = ~np.isnan(means).any(axis=(1, 2))
    means, within = means[whole], within[whole]
    sd = np.sqrt(np.mean(within**2, axis=1) + np.var(means, axis=1))
    still: npt.NDArray[np.float64] = means.mean(axis=1)[(sd < STILL_SD_G).all(axis=1)]
    return still
