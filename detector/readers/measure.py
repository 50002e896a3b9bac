"""What the samples themselves say: their rate, and the size of gravity at rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..recording import FloatArray, SampleArray
from .columns import G_PER, Unit

# Gravity at rest: a sensor out of calibration shows 3 % too much or little, a cheap one 15 %.
_GRAVITY_RANGE = (0.8, 1.25)
_NO_GRAVITY_BELOW_G = 0.35
_COMMON_SCALES = (64, 128, 256, 341, 512, 1024, 2048, 4096, 8192, 16384, 32768)
_CALM_SHARE = 0.2
_SNAP = 0.003
# A clock that is read beside the samples, not with them, is off by so many of them.
MOST_JITTER = 4.0
# Rows that changed places are no jitter: it comes again and again.
_JITTER_SHARE = 0.005
_JITTER_ROWS = 10
_ENOUGH_STAMPS = 100
# Stamps beyond are damage, steps below rounding.
_FARTHEST_S = 1e12
_LEAST_STEP_S = 1e-9


def measure_hz(t_s: FloatArray, wraps_s: float = 0.0) -> tuple[float, int] | None:
    """Return the rate of stamps (n,), and how many rows share one; None without two stamps.

    A clock that starts anew after `wraps_s` runs on. Gaps are left out. Where steps are even, their
    mean near the median is the rate; else, and where stamps repeat, the rows over the time between
    the first and the last change.
    """
    t_s = t_s[np.abs(t_s) < _FARTHEST_S]
    if wraps_s:
        t_s = t_s + wraps_s * np.cumsum(np.diff(t_s, prepend=t_s[:1]) < -0.5 * wraps_s)
    back = np.flatnonzero(np.diff(t_s) < 0)
    # One of the two rows has a wrong stamp; which of them is left open.
    steps = np.diff(np.delete(t_s, np.concatenate((back, back + 1))))
    steps = np.where(steps > _LEAST_STEP_S, steps, 0.0)[steps >= 0]
    moving = steps[steps > 0]
    if not moving.size:
        return None
    rows_per_stamp = _rows_per_stamp(steps)
    middle = float(np.median(moving))
    quarter, rest = np.percentile(moving, [25, 75])
    is_even = rest - quarter < 0.25 * middle and moving.size > 0.99 * steps.size
    if is_even:
        near = moving[(moving > 0.5 * middle) & (moving < 1.5 * middle)]
        return snapped_hz(1 / float(near.mean())), 1
    changes = np.flatnonzero(steps > 0)
    first, last = changes[0], changes[-1]
    inner = steps[first + 1 : last + 1]
    inner = inner[inner <= 5 * middle]
    if not inner.size or inner.sum() <= 0:
        inner = steps[steps <= 5 * middle]
    return snapped_hz(inner.size / float(inner.sum())), rows_per_stamp


def goes_back_often(t_s: FloatArray) -> bool:
    """Whether stamps (n,) go back again and again, and never by more than a few samples."""
    t_s = t_s[np.abs(t_s) < _FARTHEST_S]
    n_back = int(np.sum(np.diff(t_s) < 0))
    if t_s.size < _ENOUGH_STAMPS or n_back < max(_JITTER_ROWS, _JITTER_SHARE * t_s.size):
        return False
    back_s = np.maximum.accumulate(t_s) - t_s
    period_s = (t_s.max() - t_s.min()) / t_s.size
    return bool(back_s.max() <= MOST_JITTER * period_s)


def _rows_per_stamp(steps: FloatArray) -> int:
    changes = np.flatnonzero(steps > 0)
    if changes.size > 0.7 * steps.size:
        return 1
    sizes = np.diff(changes) if changes.size > 1 else np.array([steps.size + 1])
    return max(1, int(np.median(sizes)))


def snapped_hz(hz: float) -> float:
    """Return a measured rate as the whole number that it is but for the clock's error."""
    whole = round(hz)
    return float(whole) if whole and abs(hz - whole) < _SNAP * hz else hz


@dataclass(frozen=True, slots=True)
class Rest:
    """The size of the acceleration in the calmest windows, in the file's numbers.

    `spread` is how far these windows differ, as a share of the size: gravity has one size.
    `least_axis` is the smallest of the three axes.
    """

    size: float
    spread: float
    is_whole_numbers: bool
    least_axis: float = 0.0

    @property
    def fits(self) -> Unit | None:
        """The unit in which this size is gravity."""
        low, high = _GRAVITY_RANGE
        return next((u for u, g in G_PER.items() if low <= self.size * g <= high), None)

    @property
    def likely_scale(self) -> int:
        """The scale in use for counts that comes nearest."""
        ratios = np.abs(np.log(np.array(_COMMON_SCALES) / max(self.size, 1e-9)))
        return _COMMON_SCALES[int(np.argmin(ratios))]


def at_rest(axes: SampleArray, hz: float) -> Rest | None:
    """Measure samples (3, n) in windows of 1 s, at least 5 samples; None where there are none."""
    known = np.isfinite(axes).all(axis=0) & (axes != 0).any(axis=0)
    samples = axes[:, known].astype(np.float64)
    width = max(5, round(hz))
    n = samples.shape[1] // width
    if not n:
        width, n = samples.shape[1], int(samples.shape[1] > 1)
    if not n:
        return None
    windows = samples[:, : n * width].reshape(3, n, width)
    restless = np.sqrt(windows.var(axis=2).sum(axis=0))
    calm = restless <= np.quantile(restless, _CALM_SHARE)
    means = windows[:, calm].mean(axis=2)
    sizes = np.sqrt((means**2).sum(axis=0))
    size = float(np.median(sizes))
    low, high = np.percentile(sizes, [25, 75])
    is_whole = bool(np.all(samples == np.round(samples)))
    least = float(np.median(means, axis=1).min())
    return Rest(size, float(high - low) / size if size else np.inf, is_whole, least)


def gravity_of(rest: Rest | None, scale: float) -> Literal["included", "removed"] | None:
    """Tell from the size at rest, in g, whether gravity is in the signal; None: undecided."""
    if rest is None:
        return None
    size_g = rest.size * scale
    if size_g < _NO_GRAVITY_BELOW_G:
        return "removed"
    low, high = _GRAVITY_RANGE
    return "included" if low <= size_g <= high else None
