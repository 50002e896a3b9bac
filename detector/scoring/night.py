"""A night of annotated leg movements, scored: a row for each combined movement, and its series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.annotations import Annotation, AnnotationError, Annotations
from detector.criteria import SeriesCriteria
from detector.hypnogram import WAKE, Hypnogram, holes, hypnogram
from detector.intervals import Spans, inside, subtract
from detector.recording import FloatArray
from detector.series import (
    CombinedMovement,
    LegMovement,
    Series,
    combine,
    find_series,
    respiratory_related,
    with_arousal,
)

_TIES_S = 1e-6  # as in the rules: a bound that is met exactly counts as met


@dataclass(frozen=True, slots=True)
class ScoredMovement:
    """A combined movement and what the rules make of it.

    `series` counts from 1, None outside a series. `periodic_without_respiratory` is None for a
    candidate that is bound to breathing. `stage` is that of the onset: W after the last scored
    epoch, empty where nothing else is scored. `state` is sleep or wake as it was scored, else
    unscored. `after_short_interval`: less than the least interval of a series lies between its
    onset and that of the movement before it.
    """

    movement: CombinedMovement
    series: int | None
    respiratory: bool
    arousal: bool
    periodic_without_respiratory: bool | None
    stage: str
    state: str
    after_short_interval: bool

    @property
    def periodic(self) -> bool:
        """Tell whether it belongs to a series."""
        return self.series is not None

    @property
    def isolated(self) -> bool:
        """Tell whether it is a candidate in no series, and no short interval is before it."""
        return self._left_over and not self.after_short_interval

    @property
    def short_interval(self) -> bool:
        """Tell whether it is a candidate in no series, and a short interval is before it."""
        return self._left_over and self.after_short_interval

    @property
    def _left_over(self) -> bool:
        return self.movement.candidate and not self.periodic


@dataclass(frozen=True, slots=True)
class ScoredNight:
    """All movements of a night in order of onset, and the hours that they are counted by.

    `sleep` and `wake` (k, 2) s are what was scored as such and recorded; `has_stages` tells
    whether anything was. `breaks_s` (m,) are instants that no series crosses, `sleep_ends_s` (i,)
    those at which a stretch of sleep ends.
    """

    name: str
    criteria: SeriesCriteria
    movements: tuple[ScoredMovement, ...]
    series: tuple[Series, ...]
    sleep: Spans
    wake: Spans
    has_stages: bool
    breaks_s: FloatArray
    sleep_ends_s: FloatArray


def score_night(annotations: Annotations, criteria: SeriesCriteria) -> ScoredNight:
    """Score the leg movements of a night.

    Of `annotations`, the kinds limb_movement, stage, respiratory_event and arousal are used; gap
    and off_body leave the hours, and end a series where they are longer than the criteria allow.
    """
    _require_legs(annotations)
    legs = [
        LegMovement(row.value, row.onset_s, row.duration_s)
        for row in annotations.of("limb_movement")
    ]
    movements = combine(legs, criteria)
    stages = hypnogram(annotations)
    gaps = holes(annotations)
    breaks_s = gaps[gaps[:, 1] - gaps[:, 0] > criteria.gap_ends_series_s].mean(axis=1)
    onsets_s = np.array([m.onset_s for m in movements], dtype=np.float64)
    respiratory = respiratory_related(
        movements, _spans(annotations.of("respiratory_event")), criteria
    )
    arousal = with_arousal(movements, _spans(annotations.of("arousal")), criteria)
    states = _states(onsets_s, stages)
    scored = np.ones(onsets_s.size, dtype=bool)
    if criteria.asleep_only and stages.stages:
        scored &= np.array([state == "sleep" for state in states], dtype=bool)
    if criteria.respiratory_passes:
        scored &= ~respiratory
    candidate = np.array([m.candidate for m in movements], dtype=bool)
    bound = respiratory & candidate
    series = _series(movements, scored, breaks_s, criteria)
    without = _series(movements, scored & ~bound, breaks_s, criteria)
    number = {index: k for k, one in enumerate(series, 1) for index in one.members}
    apart = {index for one in without for index in one.members}
    steps_s = np.diff(onsets_s, prepend=-np.inf)
    return ScoredNight(
        name=annotations.name,
        criteria=criteria,
        movements=tuple(
            ScoredMovement(
                movement=movement,
                series=number.get(k),
                respiratory=bool(respiratory[k]),
                arousal=bool(arousal[k]),
                periodic_without_respiratory=None if bound[k] else k in apart,
                stage=stage,
                state=states[k],
                after_short_interval=bool(steps_s[k] < criteria.min_interval_s - _TIES_S),
            )
            for k, (movement, stage) in enumerate(
                zip(movements, _stages(onsets_s, stages), strict=True)
            )
        ),
        series=series,
        sleep=subtract(stages.sleep, gaps),
        wake=subtract(stages.wake, gaps),
        has_stages=bool(stages.stages),
        breaks_s=breaks_s,
        sleep_ends_s=stages.sleep[:, 1],
    )


def _require_legs(annotations: Annotations) -> None:
    """Raise AnnotationError for a list of labelled movements that was taken for one of legs."""
    labelled = len(annotations.of("movement"))
    if labelled and not annotations.of("limb_movement"):
        raise AnnotationError(
            f"{annotations.name}: holds {labelled} rows of kind movement and none of kind "
            "limb_movement; score takes leg movements: call what is one limb_movement, its side "
            "as value"
        )


def _spans(rows: Iterable[Annotation]) -> Spans:
    """Return onset and end (k, 2) of rows."""
    return np.array([(r.onset_s, r.offset_s) for r in rows], dtype=np.float64).reshape(-1, 2)


def _states(onsets_s: FloatArray, stages: Hypnogram) -> list[str]:
    asleep, awake = inside(stages.sleep, onsets_s), inside(stages.wake, onsets_s)
    return [
        "sleep" if sleeps else "wake" if wakes else "unscored"
        for sleeps, wakes in zip(asleep.tolist(), awake.tolist(), strict=True)
    ]


def _stages(onsets_s: FloatArray, stages: Hypnogram) -> list[str]:
    """Return the stage at each onset (n,): W after the last scored epoch."""
    stop_s = np.inf if stages.stop_s is None else stages.stop_s
    return [
        WAKE if not stage and onset_s >= stop_s else stage
        for onset_s, stage in zip(onsets_s.tolist(), stages.at(onsets_s), strict=True)
    ]


def _series(
    movements: Sequence[CombinedMovement],
    scored: npt.NDArray[np.bool_],
    breaks_s: FloatArray,
    criteria: SeriesCriteria,
) -> tuple[Series, ...]:
    """Return the series among those `scored` (n,); the others are passed over."""
    kept = np.flatnonzero(scored).tolist()
    found = find_series(
        [movements[k].onset_s for k in kept],
        [movements[k].candidate for k in kept],
        breaks_s,
        criteria,
    )
    return tuple(
        Series(tuple(kept[i] for i in one.members), one.intervals_s, one.ended_by) for one in found
    )
