r"""How sudden a movement is: one pull of the muscles, or two, which go out and come back.

limb           __/\/\/\~~~___    one pull, and the limb rings at its own, slow rate
third change   __|||_________    of the acceleration: the pull alone
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.criteria import ClassificationCriteria
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import FloatArray

_MARGIN_S = 0.15  # on either side, as wide as the envelope that places the edges
_THIRD = 1.8  # square of the SD, in cells, that the third change of a single cell has
_WEAK = 0.01  # of the highest: noise, and what is left of the ringing
_BEGUN, _HALF = 0.05, 0.5  # of the whole


@dataclass(frozen=True, slots=True)
class Burst:
    """When the changes of acceleration come; of what is not known both are infinite.

    `spread_s` is how far in time the third ones lie from their middle (SD), which weigh what is
    quick, less what the length of a cell makes of it; `rise_s` how long the first ones, squared,
    take from a twentieth to half of their sum.
    """

    spread_s: float
    rise_s: float


UNSEEN = Burst(np.inf, np.inf)


def burst(signal: NightSignal, movement: Movement, criteria: ClassificationCriteria) -> Burst:
    """Return how sudden `movement` is; at a gap, and too long for a jerk, it is not known."""
    if movement.duration_s > criteria.hypnic_max_duration_s:
        return UNSEEN
    hz = signal.hz
    first = max(0, int((movement.onset_s - _MARGIN_S) * hz))
    last = int(np.ceil((movement.offset_s + _MARGIN_S) * hz))
    cells = signal.acceleration_g[first:last].astype(np.float64)
    if len(cells) < 4 or not signal.valid[first:last].all():
        return UNSEEN
    change = np.gradient(cells, axis=0)
    third = np.gradient(np.gradient(change, axis=0), axis=0)
    return Burst(_spread(_squares(third)) / hz, _rise(_squares(change)) / hz)


def _squares(vectors: FloatArray) -> FloatArray:
    squares: FloatArray = np.einsum("ij,ij->i", vectors, vectors)
    return squares


def _spread(weights: FloatArray) -> float:
    """Return the SD, in cells, of where `weights` (n,), of third changes, lie."""
    strong = np.where(weights >= _WEAK * weights.max(), weights, 0.0)
    if not strong.sum() > 0:
        return np.inf
    at = np.arange(strong.size)
    middle = np.average(at, weights=strong)
    return float(np.sqrt(max(0.0, np.average((at - middle) ** 2, weights=strong) - _THIRD)))


def _rise(weights: FloatArray) -> float:
    """Return how many cells the sum of `weights` (n,) takes to rise from its begin to its half."""
    share = np.cumsum(weights)
    if not share[-1] > 0:
        return np.inf
    begun, half = np.interp((_BEGUN, _HALF), share / share[-1], np.arange(share.size))
    return float(half - begun)
