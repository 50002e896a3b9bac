"""A label for every movement, and the reason for it in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from detector.bursts import Burst
from detector.criteria import WASM, ClassificationCriteria, SeriesCriteria
from detector.exclusion import Exclusion
from detector.gross import (
    UNKNOWN,
    Course,
    clusters,
    goes_and_returns,
    hold_at_all,
    hold_reason,
    is_their_way,
    lasting_reason,
    of_its_row,
    return_deg,
    stays_in_rows,
    way_reason,
)
from detector.movements import Movement
from detector.nights import NightContext, state_at
from detector.recording import FloatArray
from detector.row_lines import on_line_of_row
from detector.series import Series, is_candidate


class Label(StrEnum):
    """The three patterns, and the limb movement that belongs to none."""

    HYPNIC_JERK = "hypnic_jerk"
    PERIODIC_LIMB_MOVEMENT = "periodic_limb_movement"
    RESTLESS_ACTIVITY = "restless_activity"
    ISOLATED_MOVEMENT = "isolated_movement"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label and why; `review` tells how a reviewer came to it, empty where none did.

    `review` is one of: accepted, relabelled, added.
    """

    label: Label
    reason: str
    review: str = ""


@dataclass(frozen=True, slots=True)
class ClassifiedMovement:
    """A movement with what was made of it.

    `series` counts from 1 over the recording, None outside one; `state` is sleep, wake or unknown;
    `interval_s` onset to onset from the movement before, None at a start and after a break.
    `review` is that of its verdict.
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
    review: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A movement with what can be said of it before any series is looked for.

    `exclusion` is what it is known to be, and why; `restless` why it is restless activity;
    `of_rules` whether it is long enough for the rules of series to look at; `decided` what a
    reviewer said it is, which stands; `burst` how sudden it is, None where nobody looked.
    """

    movement: Movement
    exclusion: tuple[Exclusion, str] | None
    restless: str | None
    of_rules: bool = True
    decided: Verdict | None = None
    burst: Burst | None = None

    @property
    def counts(self) -> bool:
        """Tell whether it is a movement of the night's patterns at all."""
        return self.exclusion is None


def judge(
    movements: Sequence[Movement],
    exclusions: Sequence[tuple[Exclusion, str] | None],
    criteria: ClassificationCriteria,
    *,
    courses: Sequence[Course] = (),
    bursts: Sequence[Burst] = (),
    series: SeriesCriteria = WASM,
    at_rest_deg: float = 0.0,
    shaken: Sequence[FloatArray] = (),
) -> tuple[Judgement, ...]:
    """Return for each movement whether it is something else, or restless activity.

    `courses` (n,) are from `gross.course`, `bursts` (n,) from `bursts.burst`; without them nothing
    is said of it, nor without `shaken` (n,) from `row_lines.shakes` of lines; `at_rest_deg` is from
    `gross.rest_deg`. A movement that is restless by its way alone is none where it stands in a row
    of others that are as long, or that shake along its line; nor is one that is strong in its
    middle where most are, or where it goes out and back in the midst of a row: muscles pull in
    bursts while a limb is held, too.
    """
    onsets = np.array([m.onset_s for m in movements])
    counted = np.array([exclusion is None for exclusion in exclusions], dtype=bool)
    sizes = clusters(onsets, counted, criteria)
    of_rules = [is_of_rules(movement, criteria, series) for movement in movements]
    for index in _later_pieces(movements, counted, criteria, series):
        of_rules[index] = False
    ruled = counted & np.array(of_rules, dtype=bool)
    lasting_deg = return_deg(movements, counted, criteria, at_rest_deg)
    if stays_in_rows(movements, ruled, lasting_deg, criteria, series):
        lasting_deg = criteria.restless_turn_deg
    given = courses or [UNKNOWN] * len(movements)
    restless = [
        lasting_reason(movement, size, lasting_deg, criteria)
        for movement, size in zip(movements, sizes, strict=True)
    ]
    returns = np.array([reason is None for reason in restless], dtype=bool)
    alike = ruled & returns
    if not hold_at_all(given, counted & returns, criteria):
        given = [UNKNOWN] * len(movements)
    their_way = is_their_way(given, counted & returns, criteria)
    for index, (movement, course) in enumerate(zip(movements, given, strict=True)):
        if restless[index] is not None:
            continue
        why = way_reason(movement, course, criteria)
        if why is not None and not of_its_row(movements, index, alike, criteria, series):
            restless[index] = why
        elif not their_way and not (
            goes_and_returns(movement, criteria)
            and of_its_row(movements, index, alike, criteria, series, whole=True)
        ):
            restless[index] = hold_reason(movement, course, lasting_deg, criteria)
    if shaken:
        called = counted & np.array([reason is not None for reason in restless], dtype=bool)
        for index in on_line_of_row(
            movements, shaken, criteria, series, alike=alike, restless=called
        ):
            restless[index] = None
    sudden: Sequence[Burst | None] = bursts or [None] * len(movements)
    judged = zip(movements, exclusions, restless, of_rules, sudden, strict=True)
    return tuple(
        Judgement(movement, exclusion, why, long_enough, burst=one)
        for movement, exclusion, why, long_enough, one in judged
    )


def _later_pieces(
    movements: Sequence[Movement],
    counts: npt.NDArray[np.bool_],
    criteria: ClassificationCriteria,
    series: SeriesCriteria,
) -> list[int]:
    """Return which movements are taken for the end of the one before, of which the middle is lost.

    Near the noise a flexion and its release are seen, and not the hold between them.
    """
    pieces: list[int] = []
    whole = -1
    for index in np.flatnonzero(counts).tolist():
        movement = movements[index]
        brief = movement.duration_s <= criteria.part_seen_max_duration_s
        if whole >= 0 and brief and _is_near_noise(movement, criteria):
            apart_s = movement.onset_s - movements[max(whole, index - 1)].offset_s
            lasts_s = movement.offset_s - movements[whole].onset_s
            if apart_s < criteria.part_seen_gap_s and lasts_s <= series.min_interval_s:
                pieces.append(index)
                continue
        whole = index if brief else -1
    return pieces


def _is_near_noise(movement: Movement, criteria: ClassificationCriteria) -> bool:
    return movement.peak_g < criteria.part_seen_floor_ratio * movement.noise_floor_g


def is_of_rules(
    movement: Movement, criteria: ClassificationCriteria, series: SeriesCriteria
) -> bool:
    """Tell whether a movement is long enough for the rules of series.

    Near the noise only a part of it is seen: then a shorter one is taken for one that is.
    """
    hidden = _is_near_noise(movement, criteria)
    least_s = criteria.part_seen_min_duration_s if hidden else series.min_duration_s
    return movement.duration_s >= min(least_s, series.min_duration_s)


def is_series_candidate(judgement: Judgement, criteria: SeriesCriteria) -> bool:
    """Tell whether a movement may belong to a periodic series.

    Where a reviewer decided, what is called periodic may, and nothing else.
    """
    if judgement.decided is not None:
        return judgement.decided.label is Label.PERIODIC_LIMB_MOVEMENT
    longest_s = max(judgement.movement.duration_s, criteria.min_duration_s)
    return judgement.restless is None and judgement.of_rules and is_candidate(longest_s, criteria)


def is_decided_jerk(judgement: Judgement) -> bool:
    """Tell whether a reviewer called it a hypnic jerk: then no series looks at it."""
    return judgement.decided is not None and judgement.decided.label is Label.HYPNIC_JERK


def hypnic_reason(
    movement: Movement,
    alone_s: float,
    context: NightContext,
    criteria: ClassificationCriteria,
    *,
    burst: Burst | None = None,
) -> str | None:
    """Return why `movement` is consistent with a hypnic jerk in its night, or None.

    `alone_s` is the time to its nearest neighbour; `burst` that of its judgement.
    """
    if movement.duration_s > criteria.hypnic_max_duration_s or alone_s < criteria.hypnic_alone_s:
        return None
    if movement.peak_g < criteria.hypnic_min_floor_ratio * movement.noise_floor_g:
        return None
    passage = _passage_probability(movement.onset_s, context, criteria)
    if passage < criteria.hypnic_min_passage_probability:
        return None
    part = _part_of_limits(passage, criteria)
    if burst is not None and (
        burst.strength_s > part * criteria.hypnic_max_strength_s
        or burst.spread_s > part * criteria.hypnic_max_spread_s
    ):
        return None
    said = f"alone, {movement.duration_s:.1f} s"
    after_s = _nearest_passage(movement.onset_s, context.sleep_onsets_s, criteria)
    if after_s is not None:
        word = "after" if after_s >= 0 else "before"
        return f"{said}, {abs(after_s):.0f} s {word} falling asleep"
    return f"{said}, where a short waking is possible"


def _passage_probability(
    onset_s: float, context: NightContext, criteria: ClassificationCriteria
) -> float:
    """Return how probable a passage into sleep is that is near enough; scored sleep is certain."""
    if context.possible_onsets is None:
        return float(_nearest_passage(onset_s, context.sleep_onsets_s, criteria) is not None)
    after_s = onset_s - context.possible_onsets[:, 0]
    near = (after_s >= -criteria.hypnic_before_onset_s) & (after_s <= criteria.hypnic_after_onset_s)
    return min(1.0, float(context.possible_onsets[near, 1].sum()))


def _part_of_limits(passage: float, criteria: ClassificationCriteria) -> float:
    """Return how much of the limits on a burst holds: less where a passage is less sure."""
    doubt = math.log(passage) / math.log(criteria.hypnic_min_passage_probability)
    return math.pow(criteria.hypnic_unsure_ratio, doubt)


def _nearest_passage(
    onset_s: float, passages_s: Sequence[float], criteria: ClassificationCriteria
) -> float | None:
    """Return the seconds from the nearest passage into sleep that is near enough, or None."""
    after = [onset_s - passage_s for passage_s in passages_s]
    near = [
        seconds
        for seconds in after
        if -criteria.hypnic_before_onset_s <= seconds <= criteria.hypnic_after_onset_s
    ]
    return min(near, key=abs) if near else None


def _only_shifts(movement: Movement, criteria: ClassificationCriteria) -> bool:
    """Tell whether a movement is restless for nothing but where it left the limb, as a jerk may."""
    brief = movement.duration_s < criteria.lasting_min_duration_s
    return brief and not movement.turn_deg >= criteria.restless_turn_deg


def find_jerks(
    judged: Sequence[Judgement],
    series: Sequence[Series],
    contexts: Sequence[NightContext],
    criteria: ClassificationCriteria,
    rules: SeriesCriteria,
) -> dict[int, str]:
    """Return the movements that are consistent with hypnic jerks, and why.

    They are looked for before the final series: the burst of a jerk is too short for the rules,
    however long the limb rings. But as many of one of `series` as would make one are periodic.
    """
    alone = _alone(judged)
    nights = _nights_of(contexts, np.array([j.movement.onset_s for j in judged]))
    told: dict[int, str] = {}
    for index, judgement in enumerate(judged):
        if not judgement.counts or judgement.decided is not None:
            continue
        if judgement.restless is not None and not _only_shifts(judgement.movement, criteria):
            continue
        context = contexts[nights[index] - 1]
        why = hypnic_reason(
            judgement.movement, alone[index], context, criteria, burst=judgement.burst
        )
        if why is not None:
            told[index] = why
    for one in series:
        alike = [index for index in one.members if index in told]
        if len(alike) >= rules.min_members:
            for index in alike:
                del told[index]
    return told


def classify(
    judged: Sequence[Judgement],
    series: Sequence[Series],
    contexts: Sequence[NightContext],
    criteria: ClassificationCriteria,
    *,
    breaks_s: FloatArray,
    jerks: Mapping[int, str],
    side: str = "",
) -> tuple[ClassifiedMovement, ...]:
    """Return every movement with its label, reason, state and place in a series.

    `breaks_s` (k,) are the instants across which no interval is told; `jerks` are from
    `find_jerks`, and in no series; `side` is where the sensor was.
    """
    number = {index: k for k, one in enumerate(series, 1) for index in one.members}
    members = {index: len(one.members) for one in series for index in one.members}
    onsets = np.array([j.movement.onset_s for j in judged])
    alone = _alone(judged)
    nights = _nights_of(contexts, onsets)
    states = _states(contexts, nights, onsets)
    intervals = _intervals(judged, nights, np.searchsorted(np.sort(breaks_s), onsets))
    out: list[ClassifiedMovement] = []
    for index, judgement in enumerate(judged):
        verdict = judgement.decided or _verdict(
            judgement, members.get(index, 0), jerks.get(index), alone[index], criteria
        )
        out.append(
            ClassifiedMovement(
                movement=judgement.movement,
                label=verdict.label,
                reason=verdict.reason,
                night=int(nights[index]),
                state=states[index],
                excluded_as=judgement.exclusion[0] if judgement.exclusion else None,
                series=number.get(index),
                interval_s=intervals[index],
                side=side,
                review=verdict.review,
            )
        )
    return tuple(out)


def _nights_of(contexts: Sequence[NightContext], onsets_s: FloatArray) -> npt.NDArray[np.int64]:
    """Return (n,) the number of the night of each onset, from 1."""
    borders = np.array([c.start_s for c in contexts])
    return np.maximum(np.searchsorted(borders, onsets_s, side="right"), 1)


def _intervals(
    judged: Sequence[Judgement], nights: npt.NDArray[np.int64], parts: npt.NDArray[np.int64]
) -> list[float | None]:
    """Return the seconds from the onset before, None at a night's start and after a break."""
    out: list[float | None] = []
    before = -1
    for index, judgement in enumerate(judged):
        linked = (
            judgement.counts
            and before >= 0
            and parts[before] == parts[index]
            and nights[before] == nights[index]
        )
        since = judgement.movement.onset_s - judged[before].movement.onset_s
        out.append(since if linked else None)
        before = index if judgement.counts else before
    return out


def _states(
    contexts: Sequence[NightContext], nights: npt.NDArray[np.int64], onsets: FloatArray
) -> list[str]:
    states = np.full(onsets.size, "unknown", dtype=object)
    for number, context in enumerate(contexts, 1):
        mine = nights == number
        states[mine] = state_at(context, onsets[mine])
    return [str(s) for s in states]


def _alone(judged: Sequence[Judgement]) -> list[float]:
    """Return the seconds from each movement to the nearest one that counts."""
    counted = [j.movement for j in judged if j.counts]
    onsets = np.array([m.onset_s for m in counted])
    reach = np.maximum.accumulate(np.array([m.offset_s for m in counted])) if counted else onsets
    out = []
    for movement in (j.movement for j in judged):
        after = int(np.searchsorted(onsets, movement.onset_s, side="right"))
        before = int(np.searchsorted(onsets, movement.onset_s, side="left")) - 1
        ahead = onsets[after] - movement.offset_s if after < onsets.size else np.inf
        behind = movement.onset_s - reach[before] if before >= 0 else np.inf
        out.append(float(max(0.0, min(ahead, behind))))
    return out


def _verdict(
    judgement: Judgement,
    members: int,
    hypnic: str | None,
    alone_s: float,
    criteria: ClassificationCriteria,
) -> Verdict:
    movement = judgement.movement
    if judgement.exclusion is not None:
        return Verdict(Label.ISOLATED_MOVEMENT, judgement.exclusion[1])
    if judgement.restless is not None and hypnic is None:
        return Verdict(Label.RESTLESS_ACTIVITY, judgement.restless)
    said = f"{movement.duration_s:.1f} s"
    if members:
        return Verdict(Label.PERIODIC_LIMB_MOVEMENT, f"{said}, one of {members} in an even row")
    if hypnic is not None:
        return Verdict(Label.HYPNIC_JERK, hypnic)
    near = "alone" if alone_s >= criteria.hypnic_alone_s else f"a neighbour within {alone_s:.0f} s"
    return Verdict(Label.ISOLATED_MOVEMENT, f"{said}, {near}, in no series of four")
