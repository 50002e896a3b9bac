"""Which way the sensor lies: angles of gravity, turns in bed, and small steps of posture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.intervals import runs
from detector.night_signal import NightSignal, Spool, Track, stretches
from detector.recording import FloatArray

POSTURE_LAG_S = 0.5


@dataclass(frozen=True, slots=True)
class Tilt:
    """Steps of posture (n,) g and, once a second (m,) g, what rest alone does not reach."""

    steps_g: Track[np.float32]
    limit_g: FloatArray


def angle_deg(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> FloatArray:
    """Return (k,) degrees between the rows of `a` and `b` (k, 3); NaN where one is NaN or zero."""
    squares = np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b)
    norms = np.sqrt(squares)
    products = np.einsum("ij,ij->i", a, b)
    cosine = np.divide(products, norms, out=np.full(norms.shape, np.nan), where=norms > 0)
    degrees: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return degrees


def find_turns(signal: NightSignal, criteria: DetectionCriteria) -> FloatArray:
    """Return (k,) s, the seconds about which gravity turns more than `turn_deg` and stays."""
    if not signal.gravity_included:
        return np.empty(0)
    angle = _turned_deg(signal, 3)
    # A movement there and back shows within +-3 s but not between 8 s before and 8 s after.
    over = (angle > criteria.turn_deg) & (_turned_deg(signal, 8) > criteria.turn_deg)
    peaks = [start + int(np.argmax(angle[start:stop])) for start, stop in runs(over)]
    return np.array(peaks, dtype=np.float64) + 0.5


def _turned_deg(signal: NightSignal, reach_s: int) -> FloatArray:
    """Return (m,) degrees from `reach_s` before a second to as long after it, 0 where unknown."""
    turned = np.zeros(len(signal.gravity_g))
    for first, last in stretches(turned.size - 2 * reach_s):
        gravity = signal.gravity_g[first : last + 2 * reach_s].astype(np.float64)
        angle = angle_deg(gravity[: -2 * reach_s], gravity[2 * reach_s :])
        turned[first + reach_s : last + reach_s] = np.nan_to_num(angle)
    return turned


def posture_before(signal: NightSignal, cell: int, window_s: float) -> FloatArray:
    """Return (3,) g, the mean acceleration of a window that ends shortly before a cell."""
    lag, width = round(POSTURE_LAG_S * signal.hz), max(1, round(window_s * signal.hz))
    return mean_posture(signal, cell - lag - width, cell - lag)


def posture_after(signal: NightSignal, cell: int, window_s: float) -> FloatArray:
    """Return (3,) g, the mean acceleration of a window that begins shortly after a cell."""
    lag, width = round(POSTURE_LAG_S * signal.hz), max(1, round(window_s * signal.hz))
    return mean_posture(signal, cell + lag, cell + lag + width)


def mean_posture(signal: NightSignal, first: int, last: int) -> FloatArray:
    """Return (3,) g, the mean acceleration of the valid cells of a part; NaN without any."""
    part = slice(max(0, first), max(0, last))
    valid = signal.valid[part]
    count = np.count_nonzero(valid)
    if not count:
        return np.full(3, np.nan)
    # What is not valid is 0
    sums: FloatArray = np.add.reduce(signal.acceleration_g[part], axis=0, dtype=np.float64)
    return sums / count


def posture_steps(signal: NightSignal, criteria: DetectionCriteria) -> Track[np.float32]:
    """Return (n,) g, by how much the mean acceleration changes across each cell.

    It is that of `tilt_window_s` after it against as long before it, as far apart. A limb that
    lies another way by a third of a degree shows, however slowly it came there. NaN at the ends and
    near what is not valid, or where a recorder begins or ceases to hold a value.
    """
    width = max(1, round(criteria.tilt_window_s * signal.hz))
    apart = round(criteria.tilt_window_s * signal.hz)
    reach = width + apart // 2
    cells = signal.valid.size
    steps = Spool(np.float32)
    steps.fill(min(reach, cells), np.nan)
    inner = max(0, cells - 2 * reach)
    for first, last in stretches(inner):
        part = slice(first, last + 2 * reach)
        samples = signal.acceleration_g[part].T.astype(np.float64)
        broken = np.concatenate(([0], np.cumsum(~signal.valid[part] | signal.jumps[part])))
        size = last - first
        sums = sums_of(samples, width)
        change = (sums[:, width + apart :][:, :size] - sums[:, :size]) / width
        length = np.sqrt(np.einsum("ij,ij->j", change, change))
        length[broken[2 * reach :][:size] > broken[:size]] = np.nan
        steps.append(length)
    steps.fill(cells, np.nan)
    return steps.track()


def sums_of(samples: FloatArray, width: int) -> FloatArray:
    """Return (r, n - width + 1) the sums of as many neighbours in the rows of samples (r, n).

    Sums of 1, 2, 4, ... are put together. A running sum would round by where it began.
    """
    size = samples.shape[1] - width + 1
    sums, done = np.zeros((len(samples), size)), 0
    doubled, length = samples, 1
    while True:
        if width & length:
            sums += doubled[:, done : done + size]
            done += length
        length *= 2
        if length > width:
            return sums
        doubled = doubled[:, : -length // 2] + doubled[:, length // 2 :]
