"""A label for every movement, and the reason for it in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from detector.criteria import ClassificationCriteria, SeriesCriteria
from detector.exclusion import Exclusion
from detector.movements import Movement
from detector.nights import NightContext, state_at
from detector.recording import FloatArray
from detector.series import Series, is_candidate


class Label(StrEnum):
    """The three patterns, and the limb movement that belongs to none."""

    HYPNIC_JERK = "hypnic_jerk"
    PERIODIC_LIMB_MOVEMENT = "periodic_limb_movement"
    RESTLESS_ACTIVITY = "restless_activity"
    ISOLATED_MOVEMENT = "isolated_movement"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label and why."""

    label: Label
    reason: str


@dataclass(frozen=True, slots=True)
class ClassifiedMovement:
    """A movement with what was made of it.

    `series` counts from 1 over the recording, None outside one; `state` is sleep, wake or unknown;
    `interval_s` onset to onset from the movement before, None at a start and after a break.
    """

    movement: Movement
    label: Label
    reason: str
    night: int
    state: str
    excluded_as: Exclusion | None = None
    series: int | None = None
    interval_s: float | None = None
    side: str = ""


def restless_reasons(
    movements: Sequence[Movement], excluded: Sequence[bool], criteria: ClassificationCriteria
) -> list[str | None]:
    """Return for each movement why it is restless activity, or None."""
    onsets = np.array([m.onset_s for m in movements])
    clusters = _clusters(onsets, np.asarray(excluded, dtype=bool), criteria)
    out: list[str | None] = []
    for movement, cluster in zip(movements, clusters, strict=True):
        if movement.turn_deg >= criteria.restless_turn_deg:
            out.append(f"turned by {movement.turn_deg:.3g} degrees, {movement.duration_s:.1f} s")
        elif movement.duration_s > criteria.restless_min_duration_s:
            out.append(f"lasted {movement.duration_s:.0f} s")
        elif _moves_on(movement, criteria):
            said = f"{movement.duration_s:.1f} s, left the limb {movement.turn_deg:.1f} degrees"
            out.append(f"{said} from where it was")
        elif cluster:
            out.append(f"one of {cluster} movements less than {criteria.cluster_interval_s:g} s apart")
        else:
            out.append(None)
    return out


def _moves_on(movement: Movement, criteria: ClassificationCriteria) -> bool:
    """Tell whether a longer movement did not bring the limb back to where it was."""
    long_enough = movement.duration_s >= criteria.large_min_duration_s
    return long_enough and movement.turn_deg >= criteria.large_lasting_deg


def _clusters(
    onsets_s: FloatArray, excluded: npt.NDArray[np.bool_], criteria: ClassificationCriteria
) -> list[int]:
    """Return for each movement how many its cluster holds, 0 outside one."""
    sizes = [0] * onsets_s.size
    counted = np.flatnonzero(~excluded)
    run: list[int] = []
    for index in [*counted.tolist(), -1]:
        near = run and index >= 0 and onsets_s[index] - onsets_s[run[-1]] < criteria.cluster_interval_s
        if not near:
            if len(run) >= criteria.cluster_members:
                for member in run:
                    sizes[member] = len(run)
            run = []
        run.append(index)
    return sizes


def candidates(
    movements: Sequence[Movement], restless: Sequence[str | None], criteria: SeriesCriteria
) -> npt.NDArray[np.bool_]:
    """Return (n,) whether a movement may belong to a periodic series."""
    return np.array(
        [
            is_candidate(m.duration_s, criteria) and why is None
            for m, why in zip(movements, restless, strict=True)
        ],
        dtype=bool,
    )


def hypnic_reason(
    movement: Movement,
    alone_s: float,
    sleep_onsets_s: Sequence[float],
    criteria: ClassificationCriteria,
) -> str | None:
    """Return why `movement` is consistent with a hypnic jerk, or None.

    `alone_s` is the time to its nearest neighbour.
    """
    if movement.duration_s > criteria.hypnic_max_duration_s or alone_s < criteria.hypnic_alone_s:
        return None
    for onset_s in sleep_onsets_s:
        after_s = movement.onset_s - onset_s
        if -criteria.hypnic_before_onset_s <= after_s <= criteria.hypnic_after_onset_s:
            word = "after" if after_s >= 0 else "before"
            return f"alone, {movement.duration_s:.1f} s, {abs(after_s):.0f} s {word} falling asleep"
    return None


def classify(
    movements: Sequence[Movement],
    excluded: Sequence[tuple[Exclusion, str] | None],
    restless: Sequence[str | None],
    series: Sequence[Series],
    contexts: Sequence[NightContext],
    breaks_s: FloatArray,
    criteria: ClassificationCriteria,
    jerks_shown: bool,
) -> tuple[ClassifiedMovement, ...]:
    """Return every movement with its label, reason, state and place in a series.

    `breaks_s` (k,) are the instants across which no interval is told; `jerks_shown` is False where
    the rate is too low to tell a jerk from a slower movement.
    """
    number = {index: k for k, one in enumerate(series, 1) for index in one.members}
    members = {index: len(one.members) for one in series for index in one.members}
    onsets = np.array([m.onset_s for m in movements])
    alone = _alone(movements, excluded)
    borders = np.array([c.start_s for c in contexts])
    nights = np.maximum(np.searchsorted(borders, onsets, side="right"), 1)
    states = _states(contexts, nights, onsets)
    part = np.searchsorted(np.sort(breaks_s), onsets)
    out: list[ClassifiedMovement] = []
    before = -1
    for index, movement in enumerate(movements):
        verdict = _verdict(
            movement,
            excluded[index],
            restless[index],
            members.get(index, 0),
            alone[index],
            contexts[nights[index] - 1].sleep_onsets_s if jerks_shown else (),
            criteria,
        )
        counts = excluded[index] is None
        linked = (
            counts
            and before >= 0
            and part[before] == part[index]
            and nights[before] == nights[index]
        )
        out.append(
            ClassifiedMovement(
                movement=movement,
                label=verdict.label,
                reason=verdict.reason,
                night=int(nights[index]),
                state=states[index],
                excluded_as=_kind(excluded[index]),
                series=number.get(index),
                interval_s=float(onsets[index] - onsets[before]) if linked else None,
            )
        )
        before = index if counts else before
    return tuple(out)


def _kind(excluded: tuple[Exclusion, str] | None) -> Exclusion | None:
    return None if excluded is None else excluded[0]


def _states(
    contexts: Sequence[NightContext], nights: npt.NDArray[np.int64], onsets: FloatArray
) -> list[str]:
    states = np.full(onsets.size, "unknown", dtype=object)
    for number, context in enumerate(contexts, 1):
        mine = nights == number
        states[mine] = state_at(context, onsets[mine])
    return [str(s) for s in states]


def _alone(
    movements: Sequence[Movement], excluded: Sequence[tuple[Exclusion, str] | None]
) -> list[float]:
    """Return the seconds from each movement to the nearest one that counts."""
    counted = [m for m, why in zip(movements, excluded, strict=True) if why is None]
    onsets = np.array([m.onset_s for m in counted])
    reach = np.maximum.accumulate(np.array([m.offset_s for m in counted])) if counted else onsets
    out = []
    for movement in movements:
        after = int(np.searchsorted(onsets, movement.onset_s, side="right"))
        first_before = int(np.searchsorted(onsets, movement.onset_s, side="left")) - 1
        ahead = onsets[after] - movement.offset_s if after < onsets.size else np.inf
        behind = movement.onset_s - reach[first_before] if first_before >= 0 else np.inf
        out.append(float(max(0.0, min(ahead, behind))))
    return out


def _verdict(
    movement: Movement,
    excluded: tuple[Exclusion, str] | None,
    restless: str | None,
    members: int,
    alone_s: float,
    sleep_onsets_s: Sequence[float],
    criteria: ClassificationCriteria,
) -> Verdict:
    if excluded is not None:
        return Verdict(Label.ISOLATED_MOVEMENT, excluded[1])
    if restless is not None:
        return Verdict(Label.RESTLESS_ACTIVITY, restless)
    if members:
        said = f"{movement.duration_s:.1f} s, one of {members} in an even row"
        return Verdict(Label.PERIODIC_LIMB_MOVEMENT, said)
    hypnic = hypnic_reason(movement, alone_s, sleep_onsets_s, criteria)
    if hypnic is not None:
        return Verdict(Label.HYPNIC_JERK, hypnic)
    if movement.duration_s >= criteria.large_alone_min_duration_s:
        said = f"{movement.duration_s:.1f} s, longer than most twitches, in no series of four"
        return Verdict(Label.RESTLESS_ACTIVITY, said)
    near = "alone" if alone_s >= criteria.hypnic_alone_s else f"a neighbour within {alone_s:.0f} s"
    return Verdict(
        Label.ISOLATED_MOVEMENT, f"{movement.duration_s:.1f} s, {near}, in no series of four"
    )
