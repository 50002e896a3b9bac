"""Periodic series of leg movements under WASM 2016 or AASM rules.

    leg movements --join on one leg--> --combine two legs--> combined movements
    combined movements --candidates, intervals--> series of four or more
    combined movements --breathing, arousals--> which of them go with either

The rules know nothing of the sensor: a list of movements scored from EMG goes the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from detector.criteria import SeriesCriteria
from detector.intervals import Spans, runs
from detector.recording import FloatArray

# A bound that decimals meet exactly counts as met, also where they are seconds from 1970.
_TIES_S = 1e-6


class Extended(Protocol):
    """Anything that lasts from an onset to an offset, in seconds."""

    @property
    def onset_s(self) -> float:
        """When it begins."""

    @property
    def offset_s(self) -> float:
        """When it ends."""


@dataclass(frozen=True, slots=True)
class LegMovement:
    """A movement of one leg; `side` left, right or empty where unknown.

    A list may also hold movements that are combined already: their side is bilateral.
    """

    side: str
    onset_s: float
    duration_s: float

    @property
    def offset_s(self) -> float:
        """Return where it ends, in seconds."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class CombinedMovement:
    """What one or two legs did together: the unit of all counts.

    `parts` is the number of its `members`, each joined on one leg.
    """

    side: str
    onset_s: float
    offset_s: float
    parts: int
    candidate: bool
    members: tuple[LegMovement, ...] = field(default=(), compare=False, repr=False)

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
        if not all(_is_short_enough(m, criteria) for m in (*group, part)):
            return False  # AASM: what is too long is no leg movement, and joins none
        other_leg = part.side not in {m.side for m in group}
        return other_leg and part.onset_s - group[0].onset_s < criteria.bilateral_onset_s - _TIES_S
    offset_s = max(m.offset_s for m in group)
    return part.onset_s < offset_s + criteria.join_gap_s - _TIES_S


def _combined(group: list[LegMovement], criteria: SeriesCriteria) -> CombinedMovement:
    sides = {m.side for m in group}
    onset_s, offset_s = group[0].onset_s, max(m.offset_s for m in group)
    side = "bilateral" if len(sides) > 1 else group[0].side
    whole = LegMovement(side, onset_s, offset_s - onset_s)
    return CombinedMovement(
        side=side,
        onset_s=onset_s,
        offset_s=offset_s,
        parts=len(group),
        candidate=len(group) <= criteria.max_parts
        and all(_is_short_enough(m, criteria) for m in (*group, whole)),
        members=tuple(group),
    )


def _is_short_enough(movement: LegMovement, criteria: SeriesCriteria) -> bool:
    bilateral = movement.side == "bilateral"
    longest_s = criteria.max_bilateral_duration_s if bilateral else criteria.max_duration_s
    return movement.duration_s <= longest_s + _TIES_S


def is_candidate(duration_s: float, criteria: SeriesCriteria) -> bool:
    """Tell whether a movement of one leg has the length of a candidate."""
    low, high = criteria.min_duration_s - _TIES_S, criteria.max_duration_s + _TIES_S
    return low <= duration_s <= high


def respiratory_related(
    movements: Sequence[Extended], events_s: Spans, criteria: SeriesCriteria
) -> npt.NDArray[np.bool_]:
    """Tell for each movement (n,) whether it overlaps or touches the span of an event.

    `events_s` (k, 2) are onset and end of the respiratory events, in any order.
    """
    events = np.asarray(events_s, dtype=np.float64).reshape(-1, 2)
    begins = events[:, 1] if criteria.respiratory_from_end else events[:, 0]
    spans = np.column_stack(
        (begins - criteria.respiratory_before_s, events[:, 1] + criteria.respiratory_after_s)
    )
    return _meet(movements, spans, within_s=_TIES_S)


def with_arousal(
    movements: Sequence[Extended], arousals_s: Spans, criteria: SeriesCriteria
) -> npt.NDArray[np.bool_]:
    """Tell for each movement (n,) whether an arousal overlaps it or lies near.

    `arousals_s` (k, 2) are onset and end of the arousals, in any order.
    """
    spans = np.asarray(arousals_s, dtype=np.float64).reshape(-1, 2)
    return _meet(movements, spans, within_s=criteria.arousal_gap_s - _TIES_S)


def _meet(movements: Sequence[Extended], spans: Spans, within_s: float) -> npt.NDArray[np.bool_]:
    """Tell for each movement (n,) whether one of `spans` (k, 2) lies less than `within_s` away."""
    onsets = np.array([m.onset_s for m in movements], dtype=np.float64)[:, np.newaxis]
    offsets = np.array([m.offset_s for m in movements], dtype=np.float64)[:, np.newaxis]
    met: npt.NDArray[np.bool_] = np.any(
        (onsets < spans[:, 1] + within_s) & (spans[:, 0] < offsets + within_s), axis=1
    )
    return met


def find_series(
    onsets_s: npt.ArrayLike,
    candidate: npt.ArrayLike,
    breaks_s: npt.ArrayLike,
    criteria: SeriesCriteria,
) -> tuple[Series, ...]:
    """Return the series among movements with `onsets_s` (n,), in order.

    `candidate` (n,) tells which may belong to one; the others end a series, or are passed over
    where the criteria say so. `breaks_s` (k,) are instants that no series crosses, such as gaps.
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
            if not criteria.non_candidate_passes:
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


def row_about(
    movements: Sequence[Extended],
    index: int,
    alike: npt.NDArray[np.bool_],
    criteria: SeriesCriteria,
    most: int,
) -> tuple[list[int], list[int]]:
    """Return the neighbours of a movement in its row, those before and those after it.

    They are `alike` (n,), at the intervals of a series from one to the next, nearest first, and
    `most` on either side; what is not alike is passed over.
    """
    sides: tuple[list[int], list[int]] = ([], [])
    for way, found in zip((-1, 1), sides, strict=True):
        onset_s, at = movements[index].onset_s, index + way
        while 0 <= at < len(movements) and len(found) < most:
            if alike[at]:
                interval_s = abs(movements[at].onset_s - onset_s)
                if not criteria.min_interval_s <= interval_s <= criteria.max_interval_s:
                    break
                found.append(at)
                onset_s = movements[at].onset_s
            at += way
    return sides


def intervals_between(onsets_s: npt.ArrayLike, breaks_s: npt.ArrayLike) -> FloatArray:
    """Return the intervals from onset to onset (n - 1,) in order; nan where a break lies between.

    `onsets_s` (n,) are in order, `breaks_s` (k,) instants in any order.
    """
    onsets = np.asarray(onsets_s, dtype=np.float64)
    number = np.searchsorted(np.sort(np.asarray(breaks_s, dtype=np.float64)), onsets)
    intervals: FloatArray = np.where(np.diff(number) == 0, np.diff(onsets), np.nan)
    return intervals


def periodicity_of_intervals(
    onsets_s: npt.ArrayLike, breaks_s: npt.ArrayLike, criteria: SeriesCriteria
) -> float | None:
    """Return the share of all intervals that lie in runs of three or more of 10 to 90 s.

    Ferri et al. 2006. None without an interval.
    """
    intervals = intervals_between(onsets_s, breaks_s)
    count = int(np.isfinite(intervals).sum())
    return intervals_in_runs(intervals, criteria) / count if count else None


def intervals_in_runs(intervals_s: FloatArray, criteria: SeriesCriteria) -> int:
    """Return how many of the intervals (n,), nan for a break, lie in such runs."""
    fits = (intervals_s >= criteria.min_interval_s - _TIES_S) & (
        intervals_s <= criteria.max_interval_s + _TIES_S
    )
    lengths = np.diff(runs(fits), axis=1)
    return int(lengths[lengths >= criteria.min_members - 1].sum())
