"""Where a movement begins and ends: where the short window, or the posture, is away from rest."""

from __future__ import annotations

import numpy as np

from detector.criteria import DetectionCriteria
from detector.endings import Endings
from detector.night_signal import NightSignal
from detector.recording import FloatArray


def edges_of(
    endings: Endings,
    span: tuple[int, int],
    within: tuple[int, int],
    floor: FloatArray,
    criteria: DetectionCriteria,
) -> tuple[int, int]:
    """Return the first and last cells, stop exclusive, in which the short window is above rest.

    They lie in the cells `within`, so that neighbours stay apart.
    """
    signal = endings.signal
    start, stop = span
    reach = round(0.25 * signal.hz)
    low, high = max(within[0], start - reach), min(within[1], stop + reach)
    edge = signal.edge_envelope_g[low:high]
    threshold = max(
        criteria.edge_floor_ratio * float(floor[second_of(signal, start, floor)]),
        criteria.edge_peak_ratio * float(edge.max()),
    )
    valid = signal.valid[low:high]
    above = np.flatnonzero((edge > threshold) & valid)
    if not above.size:
        return start, stop
    first = low + int(above[0])
    over = np.flatnonzero((endings.envelope_g(low, high) > threshold) & valid)
    last = low + int(over[-1] if over.size else above[-1])
    late = round(criteria.offset_late_s * signal.hz) if endings.backwards else 0
    return first, min(high, max(first, last) + 1 + late)


def tilt_onset(
    signal: NightSignal, edge: int, limit: int, limit_g: float, criteria: DetectionCriteria
) -> int:
    """Return where a tilt that runs into `edge` begins, no earlier than the cell `limit`.

    A turn may begin too slowly for the movement band: the posture is away from rest already. What
    is seen are means of what has passed, so that a jolt does not show before it comes.
    """
    first = max(limit, edge - round(criteria.tilt_reach_s * signal.hz))
    away = _away_g(signal, first, edge, -1, criteria)
    beyond = np.flatnonzero(away > limit_g)
    return first + int(beyond[0]) if beyond.size else edge


def tilt_offset(
    signal: NightSignal, edge: int, limit: int, limit_g: float, criteria: DetectionCriteria
) -> int:
    """Return where a tilt that leads out of `edge` ends, no later than the cell `limit`."""
    last = min(limit, edge + round(criteria.tilt_reach_s * signal.hz))
    away = _away_g(signal, edge, last, 1, criteria)
    beyond = np.flatnonzero(away > limit_g)
    return edge + int(beyond[-1]) + 1 if beyond.size else edge


def _away_g(
    signal: NightSignal, first: int, last: int, side: int, criteria: DetectionCriteria
) -> FloatArray:
    """Return (last - first,) g, how far the mean acceleration is from rest; empty where unknown.

    Rest lies before `first` (`side` -1) or after `last` (1), and the means on that side of a cell.
    """
    smooth = max(1, round(criteria.tilt_mean_s * signal.hz))
    base = max(smooth, round(criteria.posture_window_s * signal.hz))
    low, high = (first - base, last) if side < 0 else (first, last + base)
    if last <= first or low < 0 or high > signal.valid.size:
        return np.empty(0)
    if not np.all(signal.valid[low:high]) or jumps_near(signal, low, high):
        return np.empty(0)
    cells = signal.acceleration_g[low:high].astype(np.float64)
    rest = cells[:base].mean(axis=0) if side < 0 else cells[last - first :].mean(axis=0)
    means = running_means(cells - rest, smooth)
    own = (means[base - smooth :] if side < 0 else means)[: last - first]
    away: FloatArray = np.sqrt(np.einsum("ij,ij->i", own, own))
    return away


def running_means(cells: FloatArray, width: int) -> FloatArray:
    """Return (n - width + 1, 3) the means of as many neighbours of `cells` (n, 3)."""
    sums = np.zeros((len(cells) + 1, 3))
    np.cumsum(cells, axis=0, out=sums[1:])
    means: FloatArray = (sums[width:] - sums[:-width]) / width
    return means


def jumps_near(signal: NightSignal, first: int, last: int) -> bool:
    """Tell whether the recorder began or ceased to hold a value there: postures differ by that."""
    return bool(np.any(signal.jumps[max(0, first) : last]))


def second_of(signal: NightSignal, cell: int, by_second: FloatArray) -> int:
    """Return the second of a cell, of those that `by_second` (m,) has."""
    return min(int(cell / signal.hz), by_second.size - 1)
