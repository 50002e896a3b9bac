"""Calibration to gravity at rest (van Hees et al. 2014)."""

from __future__ import annotations

import numpy as np

from detector.night_signal import Calibration, Track, stretches
from detector.recording import FloatArray

WINDOW_S = 10
STILL_SD_G = 0.013  # van Hees 2014: SD below 13 mg on each axis
COVERED_G = 0.3  # van Hees 2014: still values on both sides of +-0.3 g
MAX_ERROR_G = 0.01  # van Hees 2014: a fit is kept when it leaves less than 10 mg
MAX_CHANGE = 0.25  # choice: more is no calibration error but a wrong unit

Rows = FloatArray | Track[np.float64]


def calibrate(mean_g: Rows, sd_g: Rows) -> Calibration:
    """Fit gain and offset so that still windows lie on the unit sphere.

    `mean_g` and `sd_g` (m, 3) once a second, NaN where nothing is valid.
    """
    points = _still_points(mean_g, sd_g)
    if len(points) < 10:
        return Calibration(False, "there were fewer than ten still stretches of 10 s")
    low, high = points.min(axis=0), points.max(axis=0)
    if np.any(low > -COVERED_G) or np.any(high < COVERED_G):
        narrow = "xyz"[int(np.argmin(np.minimum(-low, high)))]
        return Calibration(False, f"still positions cover too little of the {narrow} axis")
    middle = points.mean(axis=0)
    spread = points - middle
    gain, offset = np.ones(3), np.zeros(3)
    for _ in range(200):
        current = points * gain + offset
        target = current / np.linalg.norm(current, axis=1, keepdims=True)
        previous = gain
        gain = np.sum(spread * target, axis=0) / np.sum(spread**2, axis=0)
        offset = target.mean(axis=0) - gain * middle
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


def _still_points(mean_g: Rows, sd_g: Rows) -> FloatArray:
    """Return (k, 3) g, the means of the still windows."""
    found = [np.empty((0, 3))]
    whole_s = len(mean_g) // WINDOW_S * WINDOW_S
    for first, last in stretches(whole_s, WINDOW_S):
        means = np.reshape(mean_g[first:last], (-1, WINDOW_S, 3))
        within = np.reshape(sd_g[first:last], (-1, WINDOW_S, 3))
        known = ~np.isnan(means).any(axis=(1, 2))
        means, within = means[known], within[known]
        sd = np.sqrt(np.mean(within**2, axis=1) + np.var(means, axis=1))
        found.append(means.mean(axis=1)[(sd < STILL_SD_G).all(axis=1)])
    return np.concatenate(found)
