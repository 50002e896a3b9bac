"""A night of two sensors, one on each leg, as one: movements combined, counted apart and together.

    left    ###      ##         ###           each leg found and judged on its own
    right     ####         ##    ##           then put on the left one's clock
    both    ######   ##    ##   ####          bilateral, left, right, bilateral

Hours are those in which both sensors saw the body: elsewhere a leg that is still cannot be told
from one that is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time

import numpy as np

from detector.annotations import Annotations
from detector.classification import Judgement
from detector.conditioning import condition
from detector.criteria import Criteria, NightCriteria, SeriesCriteria, default_criteria
from detector.errors import RecordingError
from detector.evidence import Evidence
from detector.exclusion import Exclusion
from detector.intervals import Spans, clip, intersect, merge, total
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.nights import NightContext, View, rest_blocks
from detector.pipeline import (
    Analysis,
    Seen,
    analysis_of,
    evidence_for,
    require_conditioning,
    seen_by,
)
from detector.quality import QualityNote
from detector.recording import Placement, Recording
from detector.series import CombinedMovement, LegMovement, combine
from detector.two_clocks import Alignment, align_onsets

_SIDES = ("left", "right")
_Leg = tuple[Recording, NightSignal]
# Notes that tell of the night; all others tell of a sensor, and are said of its leg.
_OF_THE_NIGHT = frozenset({"short_sleep", "placement", "sleep_basis", "sleep_given", "one_night"})
_ANKLES_TEXT = (
    "Two ankle sensors see both legs, but not all that an EMG sees: this is an accelerometric "
    "estimate on its own scale, to be compared with your other nights, not with a laboratory's."
)


def align(left: Seen, right: Seen) -> Alignment:
    """Return how the right recording's seconds read on the left one's clock.

    RecordingError where a recording has no wall clock and the movements do not tell for certain.
    """
    found = align_onsets(
        np.array([m.onset_s for m in left.detection.movements]),
        np.array([m.onset_s for m in right.detection.movements]),
        clock_offset_s(left.recording, right.recording),
    )
    if found is None:
        raise RecordingError(
            f"{_name(left.recording, right.recording)}: have no clock in common, and the movements "
            "that they share do not tell for certain how they lie; give files with a wall clock, "
            "or --start if both were started at one moment"
        )
    return found


def clock_offset_s(left: Recording, right: Recording) -> float | None:
    """Return the right one's start in seconds of the left one, None without a clock in common."""
    if left.start is None or right.start is None:
        return None
    if (left.start.tzinfo is None) != (right.start.tzinfo is None):
        return None
    return left.seconds_at(right.start)


def analyze_legs(
    left: Recording,
    right: Recording,
    *,
    criteria: Criteria | None = None,
    sleep: tuple[time, time] | None = None,
    hypnogram: Annotations | None = None,
    events: Annotations | None = None,
    child: bool = False,
) -> Analysis:
    """Return what the recordings of both legs give as one; seconds and clock are the left one's.

    The arguments are those of `analyze`. RecordingError where the sensors were placed differently
    or on a mattress, the clocks cannot be put together, or less than 20 valid minutes are shared.
    """
    _require_legs(left, right)
    used = criteria or default_criteria(left.placement)
    left_signal = condition(left, used.conditioning)
    right_signal = condition(right, used.conditioning)
    evidence = evidence_for(left, left_signal, sleep, hypnogram, events)
    legs = ((left, left_signal), (right, right_signal))
    return analysis_of(_seen(legs, used, evidence), used, evidence, child=child)


def reanalyze_legs(analysis: Analysis, criteria: Criteria, *, child: bool = False) -> Analysis:
    """Return what other criteria make of the same two signals, on the clock found before.

    ValueError where they ask for another conditioning, which the signals do not have.
    """
    require_conditioning(analysis, criteria)
    left, right = analysis.seen.legs
    seen = _seen((left, right), criteria, analysis.evidence, analysis.alignment)
    return analysis_of(seen, criteria, analysis.evidence, child=child)


def _seen(
    legs: tuple[_Leg, _Leg],
    used: Criteria,
    evidence: Evidence,
    alignment: Alignment | None = None,
) -> Seen:
    """Return what both sensors saw on the left one's clock, by `alignment` or one to be found."""
    left, right = legs
    one = seen_by(*left, used, evidence.respiratory_s)
    other = seen_by(*right, used, None)
    alignment = alignment or align(one, other)
    if evidence.respiratory_s is not None:
        other = seen_by(*right, used, alignment.on_right(evidence.respiratory_s))
    seen = _together(one, other, alignment, used)
    shared_s = total(seen.view.valid)
    if shared_s < used.nights.min_night_s:
        raise RecordingError(
            f"{seen.recording.source}: share {shared_s / 60:.1f} valid minutes; at least "
            f"{used.nights.min_night_s / 60:g} are needed: are they of one night, and are both "
            "clocks right?"
        )
    return seen


def _require_legs(left: Recording, right: Recording) -> None:
    if left.placement is not right.placement:
        raise RecordingError(
            f"{_name(left, right)}: the left one's placement is {left.placement}, the right one's "
            f"{right.placement}; give --placement"
        )
    if left.placement is Placement.MATTRESS:
        raise RecordingError(
            f"{_name(left, right)}: a phone on the mattress sees no leg apart; analyze one of them"
        )


def _name(left: Recording, right: Recording) -> str:
    return f"{left.source} + {right.source}"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one leg did, on the left clock."""

    side: str
    judgement: Judgement

    @property
    def leg(self) -> LegMovement:
        movement = self.judgement.movement
        return LegMovement(self.side, movement.onset_s, movement.duration_s)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Parts that are one movement; `combined` is None where all are too short for the rules."""

    parts: tuple[_Part, ...]
    combined: CombinedMovement | None

    @property
    def restless(self) -> bool:
        return any(part.judgement.restless is not None for part in self.parts)

    @property
    def span(self) -> tuple[float, float]:
        """Return onset and offset in s: as the rules tell, else of all parts."""
        if self.combined is not None:
            return self.combined.onset_s, self.combined.offset_s
        legs = [part.leg for part in self.parts]
        return min(leg.onset_s for leg in legs), max(leg.offset_s for leg in legs)

    @property
    def side(self) -> str:
        sides = {part.side for part in self.parts}
        return "bilateral" if len(sides) > 1 else sides.pop()


def _together(left: Seen, right: Seen, alignment: Alignment, used: Criteria) -> Seen:
    """Return what both saw on the left clock, in order of onset.

    Movements from before one recorder began, or after it ended, are left out.
    """
    parts = [_Part("left", judgement) for judgement in left.judged]
    parts += [_Part("right", _moved(judgement, alignment)) for judgement in right.judged]
    start_s, stop_s = alignment.on_left(np.array([0.0, right.signal.duration_s])).tolist()
    start_s, stop_s = max(0.0, start_s), min(left.signal.duration_s, stop_s)
    # The ends of recordings that are the same to the sample come out apart by rounding
    parts = [p for p in parts if p.leg.onset_s > start_s - 1e-6 and p.leg.offset_s < stop_s + 1e-6]
    # Breathing moves both legs; a tremor of one leg says nothing of what the other does.
    counted = [part for part in parts if _exclusion(part) in (None, Exclusion.RESPIRATORY_TRAIN)]
    others = [part for part in parts if _exclusion(part) not in (None, Exclusion.RESPIRATORY_TRAIN)]
    wholes = [*_wholes(counted, used.series), *_wholes(others, used.series)]
    found = [(_judgement(whole), whole) for whole in wholes]
    found.sort(key=lambda one: (one[0].movement.onset_s, one[0].movement.offset_s))
    judged = tuple(judgement for judgement, _ in found)
    rules = [whole.combined for _, whole in found]
    candidate = [
        judgement.restless is None and (judgement.of_rules if rule is None else rule.candidate)
        for judgement, rule in zip(judged, rules, strict=True)
    ]
    moved_gaps = alignment.on_left(right.signal.gaps)
    legs = (left.recording, right.recording)
    recording = replace(
        left.recording,
        source=_name(*legs),
        side=None,
        hz=min(leg.hz for leg in legs),
        gravity_included=any(leg.gravity_included for leg in legs),
    )
    return Seen(
        recording=recording,
        signal=replace(
            left.signal,
            gaps=merge(np.vstack((left.signal.gaps, moved_gaps))),
            repairs=tuple(
                replace(repair, text=f"{side} leg: {repair.text}")
                for side, leg in zip(_SIDES, (left, right), strict=True)
                for repair in leg.signal.repairs
            ),
        ),
        detection=replace(left.detection, movements=tuple(j.movement for j in judged)),
        judged=judged,
        sides=tuple(whole.side for _, whole in found),
        of_rules=np.array([judgement.of_rules for judgement in judged], dtype=np.bool_),
        candidate=np.array(candidate, dtype=np.bool_),
        view=_view(left, right, alignment, used.nights),
        noise_g=lambda context: max(
            left.noise_g(context), right.noise_g(_on_right(context, right, alignment))
        ),
        quality=lambda context: _notes(left, right, alignment, context),
        alignment=alignment,
        legs=((left.recording, left.signal), (right.recording, right.signal)),
    )


def _exclusion(part: _Part) -> Exclusion | None:
    exclusion = part.judgement.exclusion
    return None if exclusion is None else exclusion[0]


def _moved(judgement: Judgement, alignment: Alignment) -> Judgement:
    movement = judgement.movement
    onset_s, offset_s = alignment.on_left(np.array([movement.onset_s, movement.offset_s])).tolist()
    return replace(judgement, movement=replace(movement, onset_s=onset_s, offset_s=offset_s))


def _wholes(parts: Sequence[_Part], criteria: SeriesCriteria) -> list[_Whole]:
    """Return the parts that the rules combine, and what is too short for them.

    A short part goes with a movement of the other leg alone that it lies within `join_gap_s` of,
    which it does not lengthen; short parts of both legs that lie so near are one.
    """
    combined = combine([part.leg for part in parts], criteria)
    home = {
        (member.side, member.onset_s): number
        for number, whole in enumerate(combined)
        for member in whole.members
    }
    begins = {
        side: np.array(sorted(onset_s for of, onset_s in home if of == side)) for side in _SIDES
    }
    groups: list[list[_Part]] = [[] for _ in combined]
    short: list[_Part] = []
    for part in sorted(parts, key=lambda p: p.leg.onset_s):
        onsets = begins[part.side]
        before = int(np.searchsorted(onsets, part.leg.onset_s, side="right")) - 1
        number = home[part.side, float(onsets[before])] if before >= 0 else -1
        held = number >= 0 and any(
            m.side == part.side and m.onset_s <= part.leg.onset_s < m.offset_s
            for m in combined[number].members
        )
        if held:
            groups[number].append(part)
        else:
            short.append(part)
    loose = _attached(short, combined, groups, criteria.join_gap_s)
    ruled = [_Whole(tuple(g), c) for g, c in zip(groups, combined, strict=True)]
    pairs = _paired(loose, criteria.join_gap_s)
    return [*_bouts(ruled), *(_Whole(tuple(group), None) for group in pairs)]


def _bouts(wholes: Sequence[_Whole]) -> list[_Whole]:
    """Return the movements with restless ones that overlap as one.

    WASM combines them itself; to the AASM what is too long is no leg movement and joins none, and a
    turn that both legs make would be two.
    """
    out: list[_Whole] = []
    last = -1  # the restless one before
    for whole in sorted(wholes, key=lambda w: w.span[0]):
        if not whole.restless:
            out.append(whole)
            continue
        if last >= 0 and whole.span[0] < out[last].span[1]:
            out[last] = _as_one(out[last], whole)
            continue
        last = len(out)
        out.append(whole)
    return out


def _as_one(first: _Whole, second: _Whole) -> _Whole:
    parts = first.parts + second.parts
    stop_s = max(first.span[1], second.span[1])
    whole = CombinedMovement("bilateral", first.span[0], stop_s, len(parts), candidate=False)
    return _Whole(parts, whole)


def _attached(
    short: Sequence[_Part],
    combined: Sequence[CombinedMovement],
    groups: Sequence[list[_Part]],
    gap_s: float,
) -> list[_Part]:
    """Add short parts to the groups of the other leg alone; return those that lie near none."""
    loose = []
    onsets = np.array([one.onset_s for one in combined])
    reach = np.array([one.offset_s for one in combined])
    for part in short:
        leg = part.leg
        near = np.flatnonzero((onsets < leg.offset_s + gap_s) & (leg.onset_s < reach + gap_s))
        other = [k for k in near.tolist() if combined[k].side not in (part.side, "bilateral")]
        if other:
            groups[other[0]].append(part)
        else:
            loose.append(part)
    return loose


def _paired(short: Sequence[_Part], gap_s: float) -> list[list[_Part]]:
    """Return short parts in order of onset, each with one of the other leg that lies near."""
    groups: list[list[_Part]] = []
    for part in short:
        last = groups[-1] if groups else []
        alone = len(last) == 1 and last[0].side != part.side
        if alone and part.leg.onset_s < last[0].leg.offset_s + gap_s:
            last.append(part)
        else:
            groups.append([part])
    return groups


def _judgement(whole: _Whole) -> Judgement:
    """Return the judgement of what both legs did.

    It lasts as the rules tell, is as strong as its strongest part and turns as far as the one that
    turns furthest; it is restless, bound to breathing, or of the rules, where a part is.
    """
    judged = sorted((p.judgement for p in whole.parts), key=lambda j: -j.movement.peak_g)
    movements = [judgement.movement for judgement in judged]
    strongest = movements[0]
    swinging = max(movements, key=lambda m: np.nan_to_num(m.swing_deg, nan=-1.0))
    turning = max(movements, key=lambda m: np.nan_to_num(m.turn_deg, nan=-1.0))
    movement = Movement(
        onset_s=whole.span[0],
        offset_s=whole.span[1],
        peak_g=strongest.peak_g,
        jerk_g_per_s=max(m.jerk_g_per_s for m in movements),
        noise_floor_g=strongest.noise_floor_g,
        turn_deg=turning.turn_deg,
        swing_deg=swinging.swing_deg,
        path_ratio=swinging.path_ratio,
    )
    return Judgement(
        movement,
        next((j.exclusion for j in judged if j.exclusion is not None), None),
        next((j.restless for j in judged if j.restless is not None), None),
        whole.combined is not None or any(j.of_rules for j in judged),
        burst=max((j.burst for j in judged if j.burst), key=lambda b: b.spread_s, default=None),
    )


def _view(left: Seen, right: Seen, alignment: Alignment, criteria: NightCriteria) -> View:
    """Return the time that both saw: off the body where either is, at rest where both are."""
    valid = intersect(left.view.valid, alignment.on_left(right.view.valid))
    off = merge(np.vstack((left.view.off_body, alignment.on_left(right.view.off_body))))
    lasts_s = left.signal.duration_s

    def rest(worn: Spans, border: tuple[float, float]) -> Spans:
        worn_there = clip(alignment.on_right(worn), 0.0, right.signal.duration_s)
        there = tuple(np.clip(alignment.on_right(np.array(border)), 0, right.signal.duration_s))
        blocks = [
            rest_blocks(left.signal, worn, border, criteria),
            alignment.on_left(rest_blocks(right.signal, worn_there, there, criteria)),
        ]
        seeing = [
            spans
            for spans, leg in zip(blocks, (left, right), strict=True)
            if leg.signal.gravity_included
        ]
        if not len(worn):
            return worn
        if not seeing:
            return merge([(worn[0, 0], worn[-1, 1])])
        both = seeing[0] if len(seeing) == 1 else intersect(*seeing)
        both = clip(merge(both, criteria.max_rest_gap_s), *border)
        return both[[np.argmax(both[:, 1] - both[:, 0])]] if len(both) else both

    return View(clip(valid, 0.0, lasts_s), clip(off, 0.0, lasts_s), rest)


def _on_right(context: NightContext, right: Seen, alignment: Alignment) -> NightContext:
    """Return a night in seconds of the right recording, with what its sensor saw of it."""

    def moved(spans: Spans) -> Spans:
        return clip(alignment.on_right(spans), 0.0, right.signal.duration_s)

    ends = alignment.on_right(np.array([context.start_s, context.stop_s]))
    start_s, stop_s = np.clip(ends, 0.0, right.signal.duration_s).tolist()
    return replace(
        context,
        start_s=start_s,
        stop_s=stop_s,
        valid=clip(right.view.valid, start_s, stop_s),
        off_body=clip(right.view.off_body, start_s, stop_s),
        rest=moved(context.rest),
        sleep=moved(context.sleep),
        wake=moved(context.wake),
    )


def _notes(
    left: Seen, right: Seen, alignment: Alignment, context: NightContext
) -> tuple[QualityNote, ...]:
    """Return the notes of a night: of the clocks, of either sensor by its leg, of the night."""
    border = (context.start_s, context.stop_s)
    own = replace(
        context, valid=clip(left.view.valid, *border), off_body=clip(left.view.off_body, *border)
    )
    by_leg = [left.quality(own), right.quality(_on_right(context, right, alignment))]
    ours, theirs = ([n for n in notes if n.code not in _OF_THE_NIGHT] for notes in by_leg)
    of_both = [note for note in ours if note in theirs]
    of_one = [
        replace(note, text=f"{side} leg: {note.text}")
        for side, notes in (("Left", ours), ("Right", theirs))
        for note in notes
        if note not in of_both
    ]
    of_night = [note for note in left.quality(context) if note.code in _OF_THE_NIGHT]
    if left.recording.placement is Placement.ANKLE:
        of_night = [
            QualityNote("two_ankles", _ANKLES_TEXT, note.withholds)
            if note.code == "placement"
            else note
            for note in of_night
        ]
    clocks = _clock_note(alignment, clock_offset_s(left.recording, right.recording))
    first = [note for note in of_night if note.code == "short_sleep"]
    last = [note for note in of_night if note.code != "short_sleep"]
    return (*first, clocks, *of_both, *of_one, *last)


def _clock_note(alignment: Alignment, by_clocks_s: float | None) -> QualityNote:
    if alignment.by != "movements":
        text = (
            f"At most {alignment.shared} movements agree between the legs, too few to check the "
            "clocks: the recordings lie as their own wall clocks say. Where one was set wrongly, "
            "movements of both legs are counted twice."
        )
        return QualityNote("clocks_unchecked", text)
    shift_s = round(alignment.offset_s - (by_clocks_s or 0.0), 2)
    than = "the left one's start" if by_clocks_s is None else "its clock says"
    moved = f"{abs(shift_s):.2f} s {'later' if shift_s > 0 else 'earlier'} than {than}"
    begins = moved if shift_s else f"{'at' if by_clocks_s is None else 'when'} {than}"
    text = (
        f"{alignment.shared} movements that both legs share put the recordings on one clock: the "
        f"right one begins {begins}, and drifts by {round(alignment.drift_ppm)} ppm."
    )
    return QualityNote("clocks_aligned", text)
