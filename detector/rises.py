r"""Where one movement begins while the weak end of another, or of rest, has not yet died away.

short window   |##|.:.,:.,.:.,|####|__     a rise by several times at once, after a weak second
posture        __/-------------/\_____     at the rise the limb lies as at rest: another movement
               __/-------------\______     it lies elsewhere and comes back: flexion, hold, release
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.edges import edges_of, second_of
from detector.endings import Endings
from detector.flanks import Span, with_room
from detector.intervals import runs
from detector.night_signal import NightSignal
from detector.noise_floor import seconds_of, thresholds_g
from detector.posture import POSTURE_LAG_S, Tilt, mean_posture, posture_after, posture_before
from detector.recording import FloatArray


def parted_at_rises(
    endings: Endings,
    spans: Sequence[Span],
    floor_g: FloatArray,
    tilt: Tilt,
    criteria: DetectionCriteria,
) -> list[Span]:
    """Return the cells of movements, sorted and apart, parted where another one begins in them.

    That is where, after `rise_weak_s` without anything that passes the upper threshold, the short
    window rises `rise_ratio` times at once, though the limb lies as it does at rest: it was not
    held, nor on its way. What is weak ahead of the first rise is no movement and left out.
    `floor_g` (m,) is the noise floor once a second.
    """
    signal = endings.signal
    out: list[Span] = []
    for span, within in with_room(spans, signal.valid.size):
        first, start = within[0], span[0]
        for rise in _rises(signal, span, floor_g, tilt, criteria):
            second = second_of(signal, rise.cell, tilt.limit_g)
            limit = criteria.hold_tilt_ratio * float(tilt.limit_g[second])
            if not _at_rest(signal, (start, span[1]), rise, limit, criteria):
                continue
            if rise.weak_from > start:
                end = (start, rise.weak_from)
                _, stop = edges_of(endings, end, (first, rise.cell), floor_g, criteria)
                out.append((start, stop))
            first = start = rise.cell
        out.append((start, span[1]))
    return out


@dataclass(frozen=True, slots=True)
class _Rise:
    """The cell of a rise, and the first one from which on it is weak ahead of it."""

    cell: int
    weak_from: int


def _rises(
    signal: NightSignal,
    span: Span,
    floor_g: FloatArray,
    tilt: Tilt,
    criteria: DetectionCriteria,
) -> list[_Rise]:
    """Return the rises in a movement, in order, none nearer than `rise_weak_s` to another."""
    ahead = round(criteria.rise_weak_s * signal.hz)
    half = round(0.5 * signal.conditioned.envelope_s * signal.hz)
    behind = max(1, round(criteria.rise_within_s * signal.hz))
    first, last = span
    if last - first < ahead + behind + 1 or ahead <= 2 * half:
        return []
    second = seconds_of(first, last, signal.hz, floor_g.size)
    upper, lower = thresholds_g(floor_g[second], signal.hz, criteria)
    envelope = signal.envelope_g[first:last]
    strong = envelope > upper
    cells = np.arange(ahead, last - first - behind)
    passed = np.concatenate(([0], np.cumsum(strong)))
    weak = passed[cells - half + 1] == passed[cells - ahead + half]
    if not weak.any():
        return []
    silent = (envelope <= lower) & ~(tilt.steps_g[first:last] > tilt.limit_g[second])
    edge = signal.edge_envelope_g[first:last].astype(np.float64)
    before, after = _highest(edge, ahead), _highest(edge, behind)
    low, high = before[cells - ahead], after[cells + 1]
    sudden = weak & (high >= criteria.rise_ratio * low) & (high > upper[cells])
    found: list[_Rise] = []
    ratios = np.where(sudden, high / np.maximum(low, 1e-12), 0.0)
    for at in np.argsort(-ratios, kind="stable")[: int(sudden.sum())]:
        cell = first + int(cells[at])
        if all(abs(cell - other.cell) >= ahead for other in found):
            over = np.flatnonzero(strong[: cell - first - half])
            weak_from = int(over[-1]) + 1 if over.size else 0
            pause = weak_from > 0 and _is_pause(
                silent[weak_from : cell - first], criteria.merge_gap_s * signal.hz
            )
            if not pause:
                found.append(_Rise(cell, first + weak_from))
    return sorted(found, key=lambda rise: rise.cell)


def _is_pause(silent: npt.NDArray[np.bool_], longest: float) -> bool:
    """Tell whether of cells (n,) between two strong parts neither silence nor the rest is long."""
    silences = np.diff(runs(silent), axis=1)
    return bool(silent.size - silences.sum() < longest > silences.max(initial=0))


def _highest(values: FloatArray, width: int) -> FloatArray:
    """Return (n - width + 1,) the highest of each `width` neighbours."""
    highest: FloatArray = np.lib.stride_tricks.sliding_window_view(values, width).max(axis=1)
    return highest


def _at_rest(
    signal: NightSignal, span: Span, rise: _Rise, limit_g: float, criteria: DetectionCriteria
) -> bool:
    """Tell whether the limb lies at a rise as it did before `span`, or as it will after it."""
    near_s = 0.5 * signal.conditioned.edge_envelope_s
    near, held = (round(s * signal.hz) for s in (near_s, criteria.tilt_window_s + near_s))
    held_g = mean_posture(signal, rise.cell - held, rise.cell - near)
    before_g = _before(signal, span[0], rise, criteria)
    if np.linalg.norm(held_g - before_g) < limit_g:
        return True
    least = round(criteria.rise_least_s * signal.hz)
    if rise.weak_from <= span[0] or span[1] - rise.cell < least:
        return False
    after_g = posture_after(signal, span[1], criteria.posture_window_s)
    return bool(np.linalg.norm(held_g - after_g) < limit_g)


def _before(
    signal: NightSignal, start: int, rise: _Rise, criteria: DetectionCriteria
) -> FloatArray:
    """Return (3,) g, the posture ahead of `start`; where a recorder held a value, after that.

    NaN where such a value is no longer that of before, as the limb has moved since.
    """
    low = max(0, start - round((POSTURE_LAG_S + criteria.posture_window_s) * signal.hz))
    jumps = np.flatnonzero(signal.jumps[low : rise.cell])
    if not jumps.size:
        return posture_before(signal, start, criteria.posture_window_s)
    if rise.weak_from > start:
        return np.full(3, np.nan)
    low += int(jumps[-1])
    return mean_posture(signal, low, max(start, low + round(criteria.tilt_window_s * signal.hz)))
