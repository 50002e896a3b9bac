"""Moments in time: at random, in stretches of the night, and in series."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detector.recording import FloatArray
from detector.simulation.table import log_normal, value


def poisson_s(rng: np.random.Generator, per_h: float, within: FloatArray) -> FloatArray:
    """Draw (k,) moments at `per_h` on average in the stretches `within` (j, 2), in order."""
    lengths = within[:, 1] - within[:, 0]
    count = rng.poisson(per_h * lengths.sum() / 3600)
    return clock_s(np.sort(rng.uniform(0, lengths.sum(), count)), within)


def clock_s(elapsed_s: FloatArray, within: FloatArray) -> FloatArray:
    """Return the moments at which `elapsed_s` (k,) of the stretches `within` (j, 2) have passed."""
    if not within.size:
        return np.zeros(0)
    before = np.concatenate([[0.0], np.cumsum(within[:, 1] - within[:, 0])])
    which = np.clip(np.searchsorted(before, elapsed_s, side="right") - 1, 0, len(within) - 1)
    return np.asarray(within[which, 0] + elapsed_s - before[which], dtype=np.float64)


def stretches(onsets_s: Sequence[float]) -> list[tuple[float, float]]:
    """Return from where to where each series runs, by onsets in order."""
    found: list[tuple[float, float]] = []
    for onset in onsets_s:
        if found and onset - found[-1][1] <= 90.0:
            found[-1] = (found[-1][0], onset)
        else:
            found.append((onset, onset))
    return found


def lay_out(
    rng: np.random.Generator,
    count: int,
    interval: Callable[[], float],
    *,
    within: FloatArray,
    denser_early: bool,
) -> list[FloatArray]:
    """Return the onsets of about `count` movements as series in the stretches `within` (j, 2).

    The breaks between series grow over the night where it is denser early, and are longest at
    both ends where it is not. Series that find no room are left out.
    """
    room = float(np.sum(within[:, 1] - within[:, 0]))
    least = value("plm_break_min_s")
    runs: list[FloatArray] = []
    used, left = least, count
    while left >= 4:
        drawn = log_normal(rng, value("plm_series_members_median"), value("plm_series_members_sd"))
        members = min(max(4, round(drawn)), left)
        if left - members < 4:
            members = left
        steps = np.array([0.0] + [interval() for _ in range(members - 1)])
        left -= members
        if used + steps.sum() + least <= room:
            runs.append(np.cumsum(steps))
            used += float(steps.sum()) + least
    if not runs:
        return []
    place = np.arange(len(runs) + 1) / len(runs)
    slope = value("plm_early_slope")
    shape = np.exp(slope * place) if denser_early else 0.3 + np.abs(2 * place - 1) * slope
    weights = rng.exponential(size=place.size) * shape
    breaks = (room - used) * weights / weights.sum()
    laid = []
    elapsed = 0.0
    for run, pause in zip(runs, breaks, strict=False):
        elapsed += pause + least
        laid.append(clock_s(elapsed + run, within))
        elapsed += float(run[-1])
    return laid
