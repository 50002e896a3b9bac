"""A night as its reviewers left it: what they decided stands, the rest follows by the same code.

    decisions --undone ones taken out--> standing --those on one movement--> judgements
    judgements + movements found --by onset, one to one--> movements kept, relabelled, added
    movements --series, labels, summary of the pipeline--> the reviewed night

Rest and sleep stay as they were: a review judges movements, and a denominator that moved with each
of them could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.analysis import Analysis, Review, Seen
from detector.annotations import AnnotationError
from detector.classification import (
    ClassifiedMovement,
    Judgement,
    Label,
    Verdict,
    is_series_candidate,
)
from detector.exclusion import Exclusion
from detector.matching import match_onsets
from detector.movements import Movement, measure
from detector.pipeline import answer_of, judged_on
from detector.quality import QualityNote
from detector.reviewing.log import Action, Decision, standing

# Half of the onsets or more have to be found again, else the review is of another recording.
_LEAST_SHARE = 0.5
TOLERANCE_S = 0.5  # WASM 2016 keeps the onsets of one leg a second apart or more


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands decided of one movement.

    `label` is None for one that is deleted and for one that has but a note; `how` is one of:
    accepted, relabelled, added, deleted, or empty for a note alone. `found` is False for a
    movement that a reviewer added.
    """

    onset_s: float
    duration_s: float
    found: bool
    how: str
    label: str | None
    note: str
    reviewers: tuple[str, ...]

    @property
    def offset_s(self) -> float:
        """Return where it ends, in seconds."""
        return self.onset_s + self.duration_s


def judgements(decisions: Iterable[Decision]) -> tuple[Judged, ...]:
    """Return what stands of each movement, in order of onset; of several rows the last decides."""
    rows: dict[tuple[int, int], list[Decision]] = {}
    for decision in standing(decisions):
        rows.setdefault(_key(decision.onset_s, decision.duration_s), []).append(decision)
    judged = [one for found in rows.values() if (one := _judged(found)) is not None]
    return tuple(sorted(judged, key=lambda one: (one.onset_s, one.offset_s)))


def _key(onset_s: float, duration_s: float) -> tuple[int, int]:
    return round(1000 * onset_s), round(1000 * duration_s)


def _judged(rows: Sequence[Decision]) -> Judged | None:
    """Return what the rows about one movement come to, None for one added and deleted again."""
    added = any(row.action is Action.ADD for row in rows)
    deciding = [row for row in rows if row.action is not Action.NOTE]
    last = deciding[-1] if deciding else None
    if added and last is not None and last.action is Action.DELETE:
        return None
    how = ""
    if last is not None:
        relabelled = last.label_after not in ("", _first_label(deciding))
        how = "relabelled" if relabelled else "accepted"
        how = "deleted" if last.action is Action.DELETE else "added" if added else how
    return Judged(
        onset_s=rows[0].onset_s,
        duration_s=rows[0].duration_s,
        found=not added,
        how=how,
        label=(last.label_after or None) if last is not None else None,
        note=next((row.note for row in reversed(rows) if row.note), ""),
        reviewers=tuple(dict.fromkeys(row.reviewer for row in deciding)),
    )


def _first_label(deciding: Sequence[Decision]) -> str:
    return deciding[0].label_before


@dataclass(frozen=True, slots=True)
class Placed:
    """Judgements put to the movements of an analysis: `of_movement` by index, and those added.

    `lost` belong to no movement that is there, and cannot be added since others lie there.
    """

    of_movement: dict[int, Judged]
    added: tuple[Judged, ...]
    lost: tuple[Judged, ...]


def placed(analysis: Analysis, judged: Sequence[Judged]) -> Placed:
    """Put each judgement to the movement with its onset, one to one.

    What a reviewer kept and other criteria no longer find is added; what was added and is found
    now is the movement found. AnnotationError where most onsets are not those of this recording.
    """
    found = [one for one in judged if one.found]
    movements = [one.movement for one in analysis.movements]
    onsets = [movement.onset_s for movement in movements]
    matching = match_onsets([one.onset_s for one in found], onsets, TOLERANCE_S)
    if found and len(matching.pairs) < _LEAST_SHARE * len(found):
        raise AnnotationError(
            f"{len(found) - len(matching.pairs)} of {len(found)} movements of the review are not "
            f"in {analysis.recording.source}: is it the review of another recording?"
        )
    of_movement = {j: found[i] for i, j in matching.pairs}
    left = [one for i, one in enumerate(found) if i not in {i for i, _ in matching.pairs}]
    added: list[Judged] = []
    lost: list[Judged] = []
    for one in sorted(left + [o for o in judged if not o.found], key=lambda o: o.onset_s):
        if one.label is None:
            lost.append(one)
            continue
        there = overlapping(movements, one.onset_s, one.offset_s)
        free = [index for index in there if index not in of_movement]
        if free:
            of_movement[free[0]] = one
        elif any(of_movement[index].how != "deleted" for index in there):
            lost.append(one)
        else:
            added.append(one)
    return Placed(of_movement, tuple(added), tuple(lost))


def overlapping(movements: Sequence[Movement], onset_s: float, offset_s: float) -> list[int]:
    """Return the indices of the movements that share time with a span."""
    return [i for i, m in enumerate(movements) if m.onset_s < offset_s and onset_s < m.offset_s]


def reviewed(analysis: Analysis, decisions: Iterable[Decision]) -> Analysis:
    """Return the nights of an analysis as reviewers left them.

    Labels that they decided stand. A movement that they call periodic may belong to a series, one
    that they call anything else belongs to none and ends one. Series, the labels that nobody
    decided, counts, indices and advice are made anew by the code of the analysis; rest and sleep
    are those of the analysis. AnnotationError where the review is not of this recording,
    ValueError where the analysis is reviewed already.
    """
    if any(night.review is not None for night in analysis.nights):
        raise ValueError("the analysis is reviewed already: give the one that it came from")
    found = placed(analysis, judgements(decisions))
    again = answer_of(
        _seen(analysis, found),
        analysis.criteria,
        analysis.evidence,
        [night.context for night in analysis.nights],
        [night.estimate for night in analysis.nights],
        child=analysis.child,
    )
    nights = []
    for night in again.nights:
        review = _review(analysis, night.summary.night, found)
        note = QualityNote("reviewed", review_text(review))
        nights.append(replace(night, review=review, quality=(note, *night.quality)))
    return replace(again, nights=tuple(nights))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A movement of the reviewed night: as the sensor's, and what was decided of it."""

    judgement: Judgement
    side: str
    of_rules: bool
    candidate: bool
    decided: Judged | None
    said: tuple[str, str] = ("", "")  # the program's label and reason

    @property
    def onset_s(self) -> float:
        return self.judgement.movement.onset_s


def _seen(analysis: Analysis, found: Placed) -> Seen:
    """Return what the sensor saw, with the movements that reviewers left."""
    seen, series = analysis.seen, analysis.criteria.series
    entries = [
        _Entry(
            judgement=seen.judged[i],
            side=seen.sides[i],
            of_rules=bool(seen.of_rules[i]),
            candidate=bool(seen.candidate[i]),
            decided=found.of_movement.get(i),
            said=(shown_label(one), one.reason),
        )
        for i, one in enumerate(analysis.movements)
        if i not in found.of_movement or found.of_movement[i].how != "deleted"
    ]
    side = "" if analysis.recording.side is None else str(analysis.recording.side)
    for one in found.added:
        judgement = _added(analysis, one)
        long_enough = judgement.movement.duration_s >= series.min_duration_s
        may = is_series_candidate(judgement, series)
        entries.append(_Entry(judgement, side, long_enough, may, one))
    entries = _rejudged(analysis, sorted(entries, key=lambda entry: entry.onset_s))
    judged = tuple(_with(entry) for entry in entries)
    candidate = [
        entry.candidate if one.decided is None else is_series_candidate(one, series)
        for entry, one in zip(entries, judged, strict=True)
    ]
    return replace(
        seen,
        detection=replace(seen.detection, movements=tuple(one.movement for one in judged)),
        judged=judged,
        sides=tuple(entry.side for entry in entries),
        of_rules=np.array(
            [entry.of_rules or may for entry, may in zip(entries, candidate, strict=True)],
            dtype=np.bool_,
        ),
        candidate=np.array(candidate, dtype=np.bool_),
    )


def shown_label(one: ClassifiedMovement) -> str:
    """Return what a review calls a movement: its label, or what it is excluded as."""
    return str(one.label if one.excluded_as is None else one.excluded_as)


def _rejudged(analysis: Analysis, entries: list[_Entry]) -> list[_Entry]:
    """Return the movements judged anew: a cluster of four of which one is deleted is none.

    Those of two legs were judged leg by leg, and stay as they are.
    """
    if analysis.alignment is not None:
        return entries
    movements = [entry.judgement.movement for entry in entries]
    exclusions = [entry.judgement.exclusion for entry in entries]
    judged = judged_on(analysis.signal, movements, exclusions, analysis.criteria)
    return [
        replace(entry, judgement=one, candidate=is_series_candidate(one, analysis.criteria.series))
        for entry, one in zip(entries, judged, strict=True)
    ]


def _added(analysis: Analysis, one: Judged) -> Judgement:
    try:
        movement = measure(analysis.signal, analysis.detection, one.onset_s, one.offset_s)
    except ValueError as error:
        raise AnnotationError(f"the movement added at {one.onset_s:.3f} s: {error}") from None
    return Judgement(movement, None, None)


def _with(entry: _Entry) -> Judgement:
    """Return the judgement as it stands after what reviewers decided of its movement."""
    one, judgement = entry.decided, entry.judgement
    if one is None or one.label is None:
        return judgement
    label, reason = entry.said
    said = reason if one.label == label else f"by review; before, {label}: {reason}"
    if not label:
        said = "added by review"
    if one.label in tuple(Exclusion):
        verdict = Verdict(Label.ISOLATED_MOVEMENT, said, one.how)
        return replace(judgement, exclusion=(Exclusion(one.label), said), decided=verdict)
    verdict = Verdict(Label(one.label), said, one.how)
    return replace(judgement, exclusion=None, restless=None, decided=verdict)


def _review(analysis: Analysis, night: int, found: Placed) -> Review:
    """Return how far a night, counted from 1, was reviewed."""
    mine = [i for i, one in enumerate(analysis.movements) if one.night == night]
    decided = [one for i in mine if (one := found.of_movement.get(i)) is not None and one.how]
    starts_s = [one.context.start_s for one in analysis.nights]
    added = [
        one
        for one in found.added
        if max(1, int(np.searchsorted(starts_s, one.onset_s, side="right"))) == night
    ]
    return Review(
        reviewers=tuple(dict.fromkeys(n for one in (*decided, *added) for n in one.reviewers)),
        reviewed=len(decided),
        of=len(mine),
        relabelled=sum(one.how == "relabelled" for one in decided),
        deleted=sum(one.how == "deleted" for one in decided),
        added=len(added),
    )


def review_text(review: Review) -> str:
    """Return in a sentence how far a night was reviewed, by whom, and what that changed."""
    by = f" by {' and '.join(review.reviewers)}" if review.reviewers else ""
    return (
        f"Reviewed{by}: {review.reviewed} of the {review.of} movements found, {review.relabelled} "
        f"relabelled, {review.deleted} deleted; {review.added} added. What nobody reviewed is as "
        "the program found it; rest and sleep are the program's."
    )
