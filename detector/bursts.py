r"""How sudden a movement is: one pull of the muscles, or two, which go out and come back.

limb     __/\/\/\~~~___    one pull, and the limb rings at its own, slow rate
pull     __||__________    what is left where its ringing is undone
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.criteria import ClassificationCriteria
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import FloatArray

_MARGIN_S = 0.15  # on either side, as wide as the envelope that places the edges
_REST_S = 0.25  # before that: where the limb lay
_CELL = 2.5  # what cells and differences add to the square of the spread of a pull, in cells
_WEAK = 0.0075  # of the highest: noise, and what is left of the ringing
_POWER = 6  # of the distance from the middle: a weak release far off tells as much as a strong one
_MIDDLE = (0.05, 0.95)  # of the whole
# Limbs that are tried: how fast they ring, and how soon it dies down (share of critical damping).
_RING_HZ = np.array([1.4, 1.7, 2.0, 2.4, 2.8, 3.3, 3.9, 4.6, 5.4, 6.4, 7.5])
_DAMPING = np.array([0.12, 0.2, 0.3, 0.4, 0.52])


@dataclass(frozen=True, slots=True)
class Burst:
    """How sudden a movement is, in s; infinite if not known.

    `spread_s` is how far in time its pull lies from its middle (the sixth root of the mean sixth
    power, so that little of it far off counts), and `strength_s` how long the middle nine tenths of
    its strength, the squared acceleration, take.

    A limb is a damped segment that its muscles pull: x'' + 2 d w x' + w² x for the acceleration x
    is what they do, w and d being those of the limb. These are not known, and the limb is taken
    under which the pull is the shortest. What the cells of the signal add is left out.
    """

    spread_s: float
    strength_s: float


UNSEEN = Burst(np.inf, np.inf)


def burst(signal: NightSignal, movement: Movement, criteria: ClassificationCriteria) -> Burst:
    """Return how sudden `movement` is; at a gap, and too long for a jerk, it is not known."""
    if movement.duration_s > criteria.hypnic_max_duration_s:
        return UNSEEN
    hz = signal.hz
    first = max(0, int((movement.onset_s - _MARGIN_S) * hz))
    last = int(np.ceil((movement.offset_s + _MARGIN_S) * hz))
    begin = max(0, first - round(_REST_S * hz))
    stop = last + 2  # two differences
    cells = signal.acceleration_g[begin:stop].astype(np.float64)
    if last - first < 4 or not signal.valid[begin:stop].all():
        return UNSEEN
    from_rest = cells - cells[: max(1, first - begin)].mean(axis=0)
    change = np.gradient(from_rest, axis=0)
    second = np.gradient(change, axis=0)
    part = slice(first - begin, last - begin)
    x = from_rest[part]
    spread = _shortest(x, change[part], second[part], hz)
    return Burst(spread / hz, _length(np.einsum("ij,ij->i", x, x)) / hz)


def _length(strength: FloatArray) -> float:
    """Return how many cells hold the middle of the sum of `strength` (n,)."""
    share = np.cumsum(strength)
    if not share[-1] > 0:
        return np.inf
    begun, done = np.interp(_MIDDLE, share / share[-1], np.arange(share.size))
    return float(done - begun)


def _shortest(x: FloatArray, change: FloatArray, second: FloatArray, hz: float) -> float:
    """Return how spread the pull is, in cells, under the limb that makes it the least.

    `x` (n, 3) is the acceleration from rest, the others its differences from cell to cell.
    """
    omega, damping = (grid.ravel() for grid in np.meshgrid(2 * np.pi * _RING_HZ / hz, _DAMPING))
    a, b = 2 * damping * omega, omega**2
    weights = np.stack((np.ones_like(a), 2 * a, 2 * b, a**2, 2 * a * b, b**2), axis=1)
    pairs = ((second, second), (second, change), (second, x), (change, change), (change, x), (x, x))
    pull = np.maximum(weights @ [np.einsum("ij,ij->i", p, q) for p, q in pairs], 0.0)
    pull[pull < _WEAK * pull.max(axis=1, keepdims=True)] = 0.0
    whole = pull.sum(axis=1)
    if not whole.all():
        return np.inf
    at = np.arange(pull.shape[1], dtype=np.float64)
    apart = at - (pull @ at / whole)[:, None]
    spread = (pull * apart**_POWER).sum(axis=1) / whole
    return float(np.sqrt(max(0.0, spread.min() ** (2 / _POWER) - _CELL)))
