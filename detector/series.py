"""Periodic series of leg movements under WASM 2016 or AASM rules.

    leg movements --join on one leg--> --combine two legs--> combined movements
    combined movements --candidates, intervals--> series of four or more

The rules know nothing of the sensor: a list of movements scored from EMG goes the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import SeriesCriteria

_TIES_S = 1e-9  # stamps written as decimals: a bound that is met exactly counts as met


@dataclass(frozen=True, slots=True)
class LegMovement:
    """A movement of one leg; `side` left, right or empty where unknown."""

    side: str
    onset_s: float
    duration_s: float

    @property
    def offset_s(self) -> float:
        """Return where it ends, in seconds."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class CombinedMovement:
    """What one or two legs did together: the unit of all counts."""

    side: str
    onset_s: float
    offset_s: float
    parts: int
    candidate: bool

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True)
class Series:
    """A periodic series: `members` index the movements given; intervals onset to onset.

    `ended_by` is one of: short interval, long interval, non-candidate, gap, end.
    """

    members: tuple[int, ...]
    intervals_s: tuple[float, ...]
    ended_by: str


def join_on_one_leg(
    movements: Sequence[LegMovement], criteria: SeriesCriteria
) -> list[LegMovement]:
    """Return the movements of one leg joined over short gaps, those too short dropped."""
    joined: list[LegMovement] = []
    for movement in sorted(movements, key=lambda m: m.onset_s):
        if joined and movement.onset_s < joined[-1].offset_s + criteria.join_gap_s - _TIES_S:
            first = joined[-1]
            offset_s = max(first.offset_s, movement.offset_s)
            joined[-1] = LegMovement(first.side, first.onset_s, offset_s - first.onset_s)
        else:
            joined.append(movement)
    return [m for m in joined if m.duration_s >= criteria.min_duration_s - _TIES_S]


def combine(movements: Sequence[LegMovement], criteria: SeriesCriteria) -> list[CombinedMovement]:
    """Return what the legs did together, in order of onset."""
    parts: list[LegMovement] = []
    for side in sorted({m.side for m in movements}):
        parts += join_on_one_leg([m for m in movements if m.side == side], criteria)
    parts.sort(key=lambda m: m.onset_s)
    groups: list[list[LegMovement]] = []
    for part in parts:
        if groups and _together(groups[-1], part, criteria):
            groups[-1].append(part)
        else:
            groups.append([part])
    return [_combined(group, criteria) for group in groups]


def _together(group: list[LegMovement], part: LegMovement, criteria: SeriesCriteria) -> bool:
    if criteria.bilateral_onset_s is not None:
        other_leg = part.side not in {m.side for m in group}
        return other_leg and part.onset_s - group[0].onset_s < criteria.bilateral_onset_s - _TIES_S
    offset_s = max(m.offset_s for m in group)
    return part.onset_s < offset_s + criteria.join_gap_s - _TIES_S


def _combined(group: list[LegMovement], criteria: SeriesCriteria) -> CombinedMovement:
    sides = {m.side for m in group}
    onset_s, offset_s = group[0].onset_s, max(m.offset_s for m in group)
    longest = criteria.max_duration_s if len(sides) == 1 else criteria.max_bilateral_duration_s
    parts_fit = all(m.duration_s <= criteria.max_duration_s + _TIES_S for m in group)
    return CombinedMovement(
        side="bilateral" if len(sides) > 1 else group[0].side,
        onset_s=onset_s,
        offset_s=offset_s,
        parts=len(group),
        candidate=parts_fit
        and len(group) <= criteria.max_parts
        and offset_s - onset_s <= longest + _TIES_S,
    )


def is_candidate(duration_s: float, criteria: SeriesCriteria) -> bool:
    """Tell whether a movement of one leg has the length of a candidate."""
    low, high = criteria.min_duration_s - _TIES_S, criteria.max_duration_s + _TIES_S
    return low <= duration_s <= high


def find_series(
    onsets_s: npt.ArrayLike,
    candidate: npt.ArrayLike,
    breaks_s: npt.ArrayLike,
    criteria: SeriesCriteria,
) -> tuple[Series, ...]:
    """Return the series among movements with `onsets_s` (n,), in order.

    `candidate` (n,) tells which may belong to one; the others end a series. `breaks_s` (k,) are
    instants that no series crosses, such as gaps.
    """
    onsets = np.asarray(onsets_s, dtype=np.float64)
    may = np.asarray(candidate, dtype=bool)
    gap_number = np.searchsorted(np.sort(np.asarray(breaks_s, dtype=np.float64)), onsets)
    found: list[Series] = []
    run: list[int] = []

    def close(ended_by: str) -> None:
        if len(run) >= criteria.min_members:
            intervals = tuple(float(onsets[b] - onsets[a]) for a, b in pairwise(run))
            found.append(Series(tuple(run), intervals, ended_by))
        run.clear()

    before = -1  # the last candidate, of whatever series
    for index in range(onsets.size):
        if not may[index]:
            close("non-candidate")
            before = -1
            continue
        if before >= 0 and gap_number[index] != gap_number[before]:
            close("gap")
            before = -1
        interval = onsets[index] - onsets[before] if before >= 0 else np.inf
        short = interval < criteria.min_interval_s - _TIES_S
        if short and criteria.short_interval_passes:
            continue
        if short:
            close("short interval")
        elif interval > criteria.max_interval_s + _TIES_S:
            close("long interval")
        before = index
        if not short or criteria.series_after_short_interval:
            run.append(index)
    close("end")
    return tuple(found)


def periodicity_of_intervals(
    onsets_s: npt.ArrayLike, breaks_s: npt.ArrayLike, criteria: SeriesCriteria
) -> float | None:
    """Return the share of all intervals that lie in runs of three or more of 10 to 90 s.

    Ferri et al. 2006. None without an interval.
    """
    onsets = np.asarray(onsets_s, dtype=np.float64)
    number = np.searchsorted(np.sort(np.asarray(breaks_s, dtype=np.float64)), onsets)
    intervals = np.diff(onsets)[np.diff(number) == 0]
    if not intervals.size:
        return None
    steps = np.diff(onsets)
    fits = (steps >= criteria.min_interval_s - _TIES_S) & (
        steps <= criteria.max_interval_s + _TIES_S
    )
    fits &= np.diff(number) == 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], fits.astype(np.int8), [0]))))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths >= 3].sum() / intervals.size)
