r"""Restless activity: what is more than one limb that goes out and comes back.

limb       ___/\____/\___     flexion, a hold that is weak or silent, release; back where it was
gross      ___/\/\/\/\/\_     moves in its middle too, goes about, or comes to lie elsewhere

How exactly a limb comes back differs between sleepers, beds and sensors, and nothing is published
of it: each recording tells it by its own short movements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import ClassificationCriteria, SeriesCriteria
from detector.intervals import runs
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.posture import POSTURE_LAG_S, angle_deg, posture_after, posture_before
from detector.recording import FloatArray
from detector.series import row_about


@dataclass(frozen=True, slots=True)
class Course:
    """How a movement goes in time, told by its envelopes.

    `evenness` is the mean over the maximum: 1 moves throughout. The others are of the part that is
    strong, of `strong_s`: `middle_ratio` is the highest of its middle third over the highest of
    all, 1 where the middle is strongest, and `spread_ratio` how far from its middle its energy lies
    (SD) over its length: 0.5 half at either end, 0.29 as much at any time.
    """

    evenness: float
    middle_ratio: float
    spread_ratio: float
    strong_s: float


UNKNOWN = Course(evenness=0.0, middle_ratio=1.0, spread_ratio=0.29, strong_s=0.0)


def course(signal: NightSignal, movement: Movement, criteria: ClassificationCriteria) -> Course:
    """Return how `movement` goes in time.

    Its weak beginning and end, which are seen or not by how quiet the sensor is, are left out but
    for the evenness, which is of all of it.
    """
    first, last = int(movement.onset_s * signal.hz), int(np.ceil(movement.offset_s * signal.hz))
    envelope = signal.envelope_g[first:last].astype(np.float64)
    edges = signal.edge_envelope_g[first:last].astype(np.float64)
    highest, strongest = float(envelope.max(initial=0.0)), float(edges.max(initial=0.0))
    if not (highest > 0 and strongest > 0):
        return UNKNOWN
    strong = np.flatnonzero(edges >= criteria.strong_ratio * strongest)
    edges = edges[strong[0] : strong[-1] + 1]
    third = edges.size // 3
    energy = edges**2 / np.sum(edges**2)
    at = np.arange(edges.size) / edges.size
    return Course(
        evenness=float(envelope.mean()) / highest,
        middle_ratio=float(edges[third : edges.size - third].max()) / strongest,
        spread_ratio=float(np.sqrt(np.sum(energy * (at - np.sum(energy * at)) ** 2))),
        strong_s=edges.size / signal.hz,
    )


def rest_deg(
    signal: NightSignal,
    movements: Sequence[Movement],
    criteria: ClassificationCriteria,
    window_s: float,
) -> float:
    """Return the angle that three in four turns stay below where nothing moves; 0 where unknown.

    Noise and breath seem to turn a limb at rest. It is seen ahead of the short movements, in the
    same windows of `window_s` and as far apart, where no other movement is near.
    """
    seen: list[float] = []
    for before, movement in pairwise(movements):
        if movement.duration_s >= criteria.large_min_duration_s:
            continue
        last = round((movement.onset_s - POSTURE_LAG_S) * signal.hz)
        stop = last - round((POSTURE_LAG_S + window_s) * signal.hz)
        start = stop - round(movement.duration_s * signal.hz)
        first = start - round((2 * POSTURE_LAG_S + window_s) * signal.hz)
        if first < before.offset_s * signal.hz or not np.all(signal.valid[first:last]):
            continue
        ends = (
            posture_before(signal, start, window_s),
            posture_after(signal, stop, window_s),
        )
        seen.append(float(angle_deg(ends[0][None], ends[1][None])[0]))
    return float(np.quantile(seen, 0.75)) if len(seen) >= criteria.return_members else 0.0


def return_deg(
    movements: Sequence[Movement],
    counts: npt.NDArray[np.bool_],
    criteria: ClassificationCriteria,
    at_rest_deg: float = 0.0,
) -> float:
    """Return the angle above which a limb of this recording did not come back.

    A multiple of what three in four of the short movements that count (n,) stay below, and a
    smaller one of the part of it that is seen without a movement (`rest_deg`).
    """
    short = [
        m.turn_deg
        for m, counted in zip(movements, counts, strict=True)
        if counted and m.duration_s < criteria.large_min_duration_s and not np.isnan(m.turn_deg)
    ]
    if len(short) < criteria.return_members:
        return criteria.large_lasting_deg
    seen_deg = float(np.quantile(short, 0.75))
    rest = min(at_rest_deg, seen_deg)
    usual_deg = math.hypot(
        criteria.rest_return_ratio * rest, criteria.return_ratio * math.sqrt(seen_deg**2 - rest**2)
    )
    return min(max(usual_deg, criteria.return_min_deg), criteria.return_max_deg)


def stays_in_rows(
    movements: Sequence[Movement],
    counts: npt.NDArray[np.bool_],
    lasting_deg: float,
    criteria: ClassificationCriteria,
    series: SeriesCriteria,
) -> bool:
    """Tell whether a limb of this recording stays where it went in long rows as well.

    Of the movements that count (n,), a body that moves leaves the limb elsewhere at any time, and a
    row of periodic movements has few of these. Where they are as frequent in rows as outside them,
    it is how this limb moves, and tells nothing.
    """
    kept = [m for m, counted in zip(movements, counts, strict=True) if counted]
    limbs = np.array(
        [
            m.duration_s <= series.max_duration_s and not m.turn_deg >= criteria.restless_turn_deg
            for m in kept
        ],
        dtype=np.bool_,
    )
    stayed = limbs & np.array(
        [m.turn_deg >= _least_lasting_deg(m, lasting_deg, criteria) for m in kept], dtype=np.bool_
    )
    intervals = np.diff([m.onset_s for m in kept])
    even = (intervals >= series.min_interval_s) & (intervals <= series.max_interval_s)
    within = np.zeros(len(kept), dtype=np.bool_)
    for first, stop in runs(even & limbs[1:] & limbs[:-1]):
        if stop - first >= criteria.stay_row_members - 1:
            within[first : stop + 1] = True
    if np.sum(stayed & within) < criteria.return_members:
        return False
    share = _share(stayed & within, limbs & within)
    return share >= criteria.stay_ratio * _share(stayed & ~within, limbs & ~within)


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float:
    return int(part.sum()) / max(1, int(whole.sum()))


def lasting_reason(
    movement: Movement, cluster: int, lasting_deg: float, criteria: ClassificationCriteria
) -> str | None:
    """Return why `movement` is restless by what it leaves, or by its length, or None.

    `cluster` is how many its cluster holds, 0 outside one; `lasting_deg` is from `return_deg`.
    """
    said = f"{movement.duration_s:.1f} s"
    if movement.turn_deg >= criteria.restless_turn_deg:
        return f"turned by {movement.turn_deg:.3g} degrees, {said}"
    if movement.duration_s > criteria.restless_min_duration_s:
        return f"lasted {movement.duration_s:.0f} s"
    if movement.turn_deg >= _least_lasting_deg(movement, lasting_deg, criteria):
        return f"{said}, left the limb {movement.turn_deg:.1f} degrees from where it was"
    if cluster:
        return f"one of {cluster} movements less than {criteria.cluster_interval_s:g} s apart"
    return None


def _least_lasting_deg(
    movement: Movement, lasting_deg: float, criteria: ClassificationCriteria
) -> float:
    """Return the angle above which a limb did not come back; where it ends, a short one rings."""
    if movement.duration_s >= criteria.lasting_min_duration_s:
        return lasting_deg
    return max(lasting_deg, criteria.large_lasting_deg)


def way_reason(movement: Movement, course: Course, criteria: ClassificationCriteria) -> str | None:
    """Return why `movement`, which leaves no trace, is restless by its way, or None.

    What goes out, is held and comes back is none, however far it goes. Where no turn is seen, to
    have no hold is enough.
    """
    if is_held(course, criteria):
        return None
    said = f"{movement.duration_s:.1f} s"
    if (
        movement.duration_s >= criteria.large_min_duration_s
        and movement.swing_deg >= criteria.large_swing_deg
        and movement.path_ratio >= criteria.large_path_ratio
    ):
        return f"{said}, the limb went about, {movement.swing_deg:.0f} degrees away at most"
    if (
        movement.duration_s >= criteria.even_min_duration_s
        and course.evenness >= criteria.even_ratio
    ):
        return f"{said}, moved throughout, without a hold"
    if criteria.unheld_is_restless and has_no_hold(course, criteria):
        return f"{said}, without a hold"
    return None


def is_held(course: Course, criteria: ClassificationCriteria) -> bool:
    """Tell whether a movement goes out, is held and comes back."""
    return (
        course.middle_ratio <= criteria.middle_ratio
        and course.spread_ratio >= criteria.hold_spread_ratio
    )


def has_no_hold(course: Course, criteria: ClassificationCriteria) -> bool:
    """Tell whether the energy of a movement lies together, where a limb has two moves.

    A shorter one has no room for a hold.
    """
    long = course.strong_s >= criteria.large_min_duration_s
    return long and course.spread_ratio <= criteria.middle_spread_ratio


def is_central(course: Course, criteria: ClassificationCriteria) -> bool:
    """Tell whether a movement has no hold and is strong in its middle, where a limb is held."""
    return course.middle_ratio >= criteria.middle_ratio and has_no_hold(course, criteria)


def hold_reason(
    movement: Movement, course: Course, lasting_deg: float, criteria: ClassificationCriteria
) -> str | None:
    """Return why `movement`, which has no hold, is restless, or None.

    It is strong in its middle, or it leaves the limb elsewhere by less than `lasting_deg`.
    """
    said = f"{movement.duration_s:.1f} s"
    if is_central(course, criteria):
        return f"{said}, strongest where a limb is held"
    least_deg = max(criteria.return_min_deg, criteria.unheld_return_ratio * lasting_deg)
    if has_no_hold(course, criteria) and movement.turn_deg >= least_deg:
        return f"{said}, without a hold, left the limb {movement.turn_deg:.1f} degrees off"
    return None


def goes_and_returns(movement: Movement, criteria: ClassificationCriteria) -> bool:
    """Tell whether a movement is seen to go out and back, rather than about."""
    return (
        movement.swing_deg >= criteria.large_swing_deg
        and movement.path_ratio < criteria.large_path_ratio
    )


def is_their_way(
    courses: Sequence[Course],
    returns: npt.NDArray[np.bool_],
    criteria: ClassificationCriteria,
) -> bool:
    """Tell whether the limbs of a recording, when they move for long, are strong in the middle.

    Where most movements that come back (n,) are, it tells no restless one from others.
    """
    long = _long_ones(courses, returns, criteria)
    central = [course for course in long if is_central(course, criteria)]
    few = len(long) < criteria.usual_members
    return not few and len(central) >= criteria.usual_ratio * len(long)


def hold_at_all(
    courses: Sequence[Course],
    returns: npt.NDArray[np.bool_],
    criteria: ClassificationCriteria,
) -> bool:
    """Tell whether any limb of a recording, when it moves for long, is held between two moves.

    Where next to none of the movements that come back (n,) is, to have no hold tells nothing.
    """
    long = _long_ones(courses, returns, criteria)
    held = [course for course in long if is_held(course, criteria)]
    few = len(long) < criteria.held_members
    return few or len(held) >= criteria.held_ratio * len(long)


def _long_ones(
    courses: Sequence[Course], kept: npt.NDArray[np.bool_], criteria: ClassificationCriteria
) -> list[Course]:
    return [
        course
        for course, is_kept in zip(courses, kept, strict=True)
        if is_kept and course.strong_s >= criteria.large_min_duration_s
    ]


def of_its_row(
    movements: Sequence[Movement],
    index: int,
    alike: npt.NDArray[np.bool_],
    criteria: ClassificationCriteria,
    series: SeriesCriteria,
    *,
    whole: bool = False,
) -> bool:
    """Tell whether a movement is one of a row: about as long as others at periodic intervals.

    `alike` (n,) tells which of the movements may be of a row. The row is looked for on both
    sides, as far as a series with it needs; `whole`: that much has to be on either side.
    """
    before, after = row_about(movements, index, alike, series, series.min_members - 1)
    needed = (series.min_members - 1) * (2 if whole else 1)
    if not before or not after or len(before) + len(after) < needed:
        return False
    lengths = [movements[at].duration_s for at in before + after]
    usual_s = float(np.median(lengths))
    return movements[index].duration_s <= criteria.row_duration_ratio * usual_s


def clusters(
    onsets_s: FloatArray, counts: npt.NDArray[np.bool_], criteria: ClassificationCriteria
) -> list[int]:
    """Return for each movement how many its cluster holds, 0 outside one."""
    sizes = [0] * onsets_s.size
    counted = np.flatnonzero(counts)
    run: list[int] = []
    for index in [*counted.tolist(), -1]:
        near = (
            run and index >= 0 and onsets_s[index] - onsets_s[run[-1]] < criteria.cluster_interval_s
        )
        if not near:
            if len(run) >= criteria.cluster_members:
                for member in run:
                    sizes[member] = len(run)
            run = []
        run.append(index)
    return sizes
