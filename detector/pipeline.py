"""The way of a recording from samples to a night's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from detector import __version__
from detector.analysis import Analysis, LegCounts, NightResult, Review, Seen
from detector.annotations import Annotations
from detector.breathing import find_trains
from detector.bursts import burst
from detector.classification import (
    ClassifiedMovement,
    Judgement,
    Label,
    classify,
    find_jerks,
    is_decided_jerk,
    is_series_candidate,
    judge,
)
from detector.conditioning import condition
from detector.criteria import Criteria, SeriesCriteria, default_criteria, reaches
from detector.errors import RecordingError
from detector.evidence import Evidence, scored_events, scored_stages
from detector.exclusion import Exclusion, find_exclusion, quiet_bands
from detector.gross import course, rest_deg
from detector.guidance import Findings, advise
from detector.intervals import Spans, inside, merge, total
from detector.movements import Detection, Movement, find_movements
from detector.night_signal import NightSignal
from detector.nights import (
    NightContext,
    contexts_of,
    night_borders,
    view_of,
    waking_evidence,
)
from detector.quality import (
    basis_note,
    chance_note,
    quality_notes,
    shared_bed_note,
    typical_floor_g,
)
from detector.recording import FloatArray, Recording
from detector.row_lines import shakes
from detector.series import (
    Series,
    find_series,
    periodicity_of_intervals,
    respiratory_related,
)
from detector.summary import NightSummary, summarize

__all__ = ["Analysis", "LegCounts", "NightResult", "Review", "Seen", "analyze", "reanalyze"]


def analyze(
    recording: Recording,
    *,
    criteria: Criteria | None = None,
    sleep: tuple[time, time] | None = None,
    hypnogram: Annotations | None = None,
    events: Annotations | None = None,
    child: bool = False,
) -> Analysis:
    """Find the movements of a recording, tell them apart and sum up its nights.

    `criteria` default to those of the recording's placement; `sleep` are the clock times of lying
    down and of getting up, which replace the estimate of rest; a `hypnogram` replaces that of
    sleep; `events` give respiratory events and arousals; `child` chooses the marks that the
    guidance speaks of. RecordingError where there are less than 20 valid minutes, AnnotationError
    where annotations do not belong to the recording.
    """
    used = criteria or default_criteria(recording.placement)
    signal = condition(recording, used.conditioning)
    _require_length(recording, signal, used)
    evidence = evidence_for(recording, signal, sleep, hypnogram, events)
    seen = seen_by(recording, signal, used, evidence.respiratory_s)
    return analysis_of(seen, used, evidence, child=child)


def evidence_for(
    recording: Recording,
    signal: NightSignal,
    sleep: tuple[time, time] | None,
    hypnogram: Annotations | None,
    events: Annotations | None,
) -> Evidence:
    """Return what is known beside the signal, in seconds from the recording's first sample."""
    stages = None
    if hypnogram is not None:
        stages = scored_stages(hypnogram, recording.start, signal.duration_s / 3600)
    respiratory_s = arousals_s = None
    if events is not None:
        respiratory_s, arousals_s = scored_events(events, recording.start)
    return Evidence(sleep, stages, respiratory_s, arousals_s)


def reanalyze(analysis: Analysis, criteria: Criteria, *, child: bool = False) -> Analysis:
    """Return what other criteria make of the same signal, without reading the recording again.

    ValueError where they ask for another conditioning, which the signal does not have, and for two
    legs, of which an analysis keeps one signal.
    """
    if analysis.alignment is not None:
        raise ValueError("two legs need both signals: call two_legs.reanalyze_legs")
    require_conditioning(analysis, criteria)
    evidence = analysis.evidence
    seen = seen_by(analysis.recording, analysis.signal, criteria, evidence.respiratory_s)
    return analysis_of(seen, criteria, evidence, child=child)


def in_shared_bed(analysis: Analysis) -> Analysis:
    """Return the analysis with a note in each night on what cannot be told from a bed partner."""
    placement = analysis.recording.placement
    nights = []
    for night in analysis.nights:
        mine = [m for m in analysis.movements if m.night == night.summary.night]
        note = shared_bed_note(placement, mine)
        nights.append(replace(night, quality=(note, *night.quality)))
    return replace(analysis, nights=tuple(nights))


def require_conditioning(analysis: Analysis, criteria: Criteria) -> None:
    """Raise ValueError where criteria ask for another signal than the analysis has."""
    if criteria.conditioning != analysis.criteria.conditioning:
        raise ValueError("other criteria of conditioning need the recording: call analyze")


def seen_by(
    recording: Recording, signal: NightSignal, used: Criteria, respiratory_s: Spans | None
) -> Seen:
    """Return what one sensor saw; `respiratory_s` (k, 2) are events, None where nobody scored."""
    detection = find_movements(signal, used.detection)
    quiet = quiet_bands(signal)
    exclusions = [
        find_exclusion(signal, movement, quiet, used.classification)
        for movement in detection.movements
    ]
    exclusions = _with_respiratory(detection, exclusions, respiratory_s, used.series)
    judged = judged_on(signal, detection.movements, exclusions, used)
    if respiratory_s is None and reaches(recording.hz, used.summary.min_movement_hz):
        judged = _without_trains(signal, judged, used)
    size = len(judged)
    return Seen(
        recording=recording,
        signal=signal,
        detection=detection,
        judged=judged,
        sides=("" if recording.side is None else str(recording.side),) * size,
        of_rules=np.array([j.of_rules for j in judged], dtype=np.bool_),
        candidate=np.array([is_series_candidate(j, used.series) for j in judged], dtype=np.bool_),
        view=view_of(signal, detection, used.nights),
        noise_g=lambda context: typical_floor_g(detection, context),
        quality=lambda context: quality_notes(recording, signal, detection, context, used),
    )


def judged_on(
    signal: NightSignal,
    movements: Sequence[Movement],
    exclusions: Sequence[tuple[Exclusion, str] | None],
    used: Criteria,
) -> tuple[Judgement, ...]:
    """Return what each movement (n,) is judged to be by how it goes in the signal."""
    kinds = used.classification
    return judge(
        movements,
        exclusions,
        kinds,
        courses=[course(signal, movement, kinds) for movement in movements],
        bursts=[burst(signal, movement, kinds) for movement in movements],
        series=used.series,
        at_rest_deg=rest_deg(signal, movements, kinds, used.detection.turn_window_s),
        shaken=shakes(signal, movements, kinds) if kinds.rows_have_lines else (),
    )


def _without_trains(
    signal: NightSignal, judged: tuple[Judgement, ...], used: Criteria
) -> tuple[Judgement, ...]:
    """Exclude the rows that go with pauses of breathing, where nobody scored these."""
    kept = [index for index, one in enumerate(judged) if one.counts and one.of_rules]
    candidate = [is_series_candidate(one, used.series) for one in judged]
    rows = _series_of(judged, candidate, kept, _breaks(signal, (), used), used.series)
    movements = [one.movement for one in judged]
    trains = find_trains(signal, movements, rows, used.classification)
    return tuple(
        replace(one, exclusion=(Exclusion.RESPIRATORY_TRAIN, trains[index]))
        if index in trains
        else one
        for index, one in enumerate(judged)
    )


def analysis_of(seen: Seen, used: Criteria, evidence: Evidence, *, child: bool) -> Analysis:
    """Return the answer of the nights: states, series, labels, figures and advice."""
    recording, detection, judged = seen.recording, seen.detection, seen.judged
    borders = _used_borders(seen, used)
    timed = reaches(recording.hz, used.summary.min_movement_hz)
    everything = np.ones(len(judged), dtype=np.bool_)
    breaks_s = _breaks(seen.signal, [start for start, _ in borders], used)
    series = _series(seen, everything, breaks_s, used.series) if timed else ()

    def contexts_by(given: Evidence) -> tuple[NightContext, ...]:
        times = given.sleep_times
        return contexts_of(
            seen.view,
            waking_evidence(detection.movements, series, used.nights),
            borders,
            used.nights,
            diaries=[_diary_span(recording, border, times) for border in borders] if times else (),
            scored=given.hypnogram,
        )

    contexts = contexts_by(evidence)
    others = contexts_by(evidence.estimate()) if evidence.tells_sleep else contexts
    return answer_of(seen, used, evidence, contexts, others, child=child)


def answer_of(
    seen: Seen,
    used: Criteria,
    evidence: Evidence,
    contexts: Sequence[NightContext],
    estimates: Sequence[NightContext],
    *,
    child: bool,
) -> Analysis:
    """Return series, labels, figures and advice of nights in which it is told when sleep was.

    `estimates` are the contexts by movement alone.
    """
    judged = seen.judged
    breaks_s = _breaks(seen.signal, [context.start_s for context in contexts], used)
    scored = np.ones(len(judged), dtype=np.bool_)
    if used.series.asleep_only:
        scored = _asleep(judged, contexts)
    timed = reaches(seen.recording.hz, used.summary.min_movement_hz)
    series = _series(seen, scored, breaks_s, used.series) if timed else ()
    jerks: dict[int, str] = {}
    if reaches(seen.recording.hz, used.summary.min_jerk_hz):
        jerks = find_jerks(judged, series, contexts, used.classification, used.series)
    if timed:
        passed = [i in jerks or is_decided_jerk(j) for i, j in enumerate(judged)]
        scored &= ~np.array(passed, dtype=np.bool_)
        series = _series(seen, scored, breaks_s, used.series)
    classified = classify(
        judged, series, contexts, used.classification, breaks_s=breaks_s, jerks=jerks
    )
    classified = tuple(
        replace(one, side=side) for one, side in zip(classified, seen.sides, strict=True)
    )
    found = _Found(seen, used, classified, series, breaks_s, evidence.arousals_s)
    nights = zip(contexts, estimates, strict=True)
    return Analysis(
        recording=seen.recording,
        criteria=used,
        signal=seen.signal,
        detection=seen.detection,
        movements=classified,
        series=series,
        nights=tuple(
            _night(k, found, one, other, child) for k, (one, other) in enumerate(nights, 1)
        ),
        evidence=evidence,
        version=__version__,
        seen=seen,
        child=child,
        alignment=seen.alignment,
    )


def _with_respiratory(
    detection: Detection,
    exclusions: list[tuple[Exclusion, str] | None],
    respiratory_s: Spans | None,
    criteria: SeriesCriteria,
) -> list[tuple[Exclusion, str] | None]:
    """Exclude what a scored respiratory event brought about, as the rules tell it."""
    if respiratory_s is None:
        return exclusions
    bound = respiratory_related(detection.movements, respiratory_s, criteria)
    why = (Exclusion.RESPIRATORY_TRAIN, "bound to a respiratory event that was scored")
    return [
        why if is_bound and exclusion is None else exclusion
        for exclusion, is_bound in zip(exclusions, bound, strict=True)
    ]


def _asleep(judged: Sequence[Judgement], contexts: Sequence[NightContext]) -> npt.NDArray[np.bool_]:
    sleep = merge(np.vstack([context.sleep for context in contexts]))
    return inside(sleep, [judgement.movement.onset_s for judgement in judged])


@dataclass(frozen=True, slots=True)
class _Found:
    """What the whole recording gave, for each night to take its own from."""

    seen: Seen
    criteria: Criteria
    movements: tuple[ClassifiedMovement, ...]
    series: tuple[Series, ...]
    breaks_s: FloatArray
    arousals_s: Spans | None


def _require_length(recording: Recording, signal: NightSignal, criteria: Criteria) -> None:
    valid_s = total(signal.valid_spans())
    if valid_s < criteria.nights.min_night_s:
        raise RecordingError(
            f"{recording.source}: {valid_s / 60:.1f} valid minutes; at least "
            f"{criteria.nights.min_night_s / 60:g} are needed, a whole night is best"
        )


def _used_borders(seen: Seen, criteria: Criteria) -> list[tuple[float, float]]:
    """Return the nights that hold enough valid time; the longest one where none does."""
    valid = seen.view.valid
    borders = night_borders(seen.recording, seen.signal, criteria.nights)
    lengths = [total(np.clip(valid, *border)) for border in borders]
    enough = [b for b, n in zip(borders, lengths, strict=True) if n >= criteria.nights.min_night_s]
    return enough or [borders[int(np.argmax(lengths))]]


def _breaks(signal: NightSignal, borders_s: Iterable[float], criteria: Criteria) -> FloatArray:
    """Return the instants (k,) s that no series crosses: longer gaps and the nights' borders."""
    gaps = signal.gaps[signal.gaps[:, 1] - signal.gaps[:, 0] > criteria.series.gap_ends_series_s]
    return np.sort(np.concatenate((gaps.mean(axis=1), list(borders_s))))


def _series(
    seen: Seen,
    scored: npt.NDArray[np.bool_],
    breaks_s: FloatArray,
    criteria: SeriesCriteria,
) -> tuple[Series, ...]:
    """Return the series among the movements; what is excluded, or too short, is passed over.

    So is what is not `scored` (n,).
    """
    kept = [
        index
        for index, judgement in enumerate(seen.judged)
        if scored[index] and judgement.counts and seen.of_rules[index]
    ]
    return _series_of(seen.judged, seen.candidate, kept, breaks_s, criteria)


def _series_of(
    judged: Sequence[Judgement],
    candidate: Sequence[bool] | npt.NDArray[np.bool_],
    kept: Sequence[int],
    breaks_s: FloatArray,
    criteria: SeriesCriteria,
) -> tuple[Series, ...]:
    """Return the series among those of the movements that are `kept`, by their own numbers."""
    found = find_series(
        [judged[i].movement.onset_s for i in kept],
        [bool(candidate[i]) for i in kept],
        breaks_s,
        criteria,
    )
    return tuple(
        Series(tuple(kept[i] for i in one.members), one.intervals_s, one.ended_by) for one in found
    )


def _diary_span(
    recording: Recording, border: tuple[float, float], sleep: tuple[time, time]
) -> tuple[float, float]:
    """Return the diary's times as seconds within the night of `border`."""
    start = recording.start
    if start is None:
        raise RecordingError(
            f"{recording.source}: the file has no wall clock, so times of sleep cannot be placed; "
            "give the time of its first sample with --start"
        )
    first = recording.clock(border[0])
    days = [] if first is None else [first.date() + timedelta(days=k) for k in (-1, 0, 1)]
    nights = 0 if sleep[1] > sleep[0] else 1
    spans = [
        (
            recording.seconds_at(datetime.combine(day, sleep[0], start.tzinfo)),
            recording.seconds_at(
                datetime.combine(day + timedelta(days=nights), sleep[1], start.tzinfo)
            ),
        )
        for day in days
    ]
    longest = max(spans, key=lambda span: min(span[1], border[1]) - max(span[0], border[0]))
    if min(longest[1], border[1]) <= max(longest[0], border[0]):
        raise RecordingError(
            f"{recording.source}: was recorded from {_clock_text(recording, border[0])} to "
            f"{_clock_text(recording, border[1])}, not at the given times of sleep"
        )
    return longest


def _clock_text(recording: Recording, seconds: float) -> str:
    moment = recording.clock(seconds)
    return "?" if moment is None else f"{moment:%H:%M}"


def _evening(recording: Recording, context: NightContext) -> date | None:
    """Return the date of the evening that a night belongs to: of twelve hours before its middle."""
    moment = recording.clock((context.start_s + context.stop_s) / 2 - 43_200)
    return None if moment is None else moment.date()


def _night(
    number: int, found: _Found, context: NightContext, estimate: NightContext, child: bool
) -> NightResult:
    """Return one night; `estimate` is its context by movement alone."""
    movements, recording = found.movements, found.seen.recording
    mine = [m for m in movements if m.night == number]
    own = [s for s in found.series if context.start_s <= _onset(movements, s) < context.stop_s]
    asleep = [m.movement.onset_s for m in mine if m.state == "sleep" and m.excluded_as is None]
    waking_breaks_s = _waking_breaks(context, found.breaks_s)
    summary = summarize(
        number,
        context,
        mine,
        own,
        found.criteria,
        evening=_evening(recording, context),
        periodicity=periodicity_of_intervals(asleep, waking_breaks_s, found.criteria.series),
        hz=recording.hz,
        turns_seen=recording.gravity_included,
        arousals_s=found.arousals_s,
    )
    chance = chance_note(summary)
    notes = found.seen.quality(context)
    other = basis_note(summary, movements, context, estimate)
    given = (chance, other, *notes) if context.basis != "estimated" else (chance, *notes, other)
    return NightResult(
        context=context,
        estimate=estimate,
        summary=summary,
        noise_g=found.seen.noise_g(context),
        quality=tuple(note for note in given if note is not None),
        guidance=advise(_findings(summary, recording, child)),
        legs=None if found.seen.alignment is None else _legs(mine, summary),
    )


def _legs(movements: Sequence[ClassifiedMovement], summary: NightSummary) -> dict[str, LegCounts]:
    """Return the counts of a night's movements asleep by the side that they carry."""
    asleep = [m for m in movements if m.state == "sleep" and m.excluded_as is None]
    periodic = Label.PERIODIC_LIMB_MOVEMENT
    told = summary.counts[periodic] is not None
    return {
        side: LegCounts(
            sum(m.side == side for m in asleep),
            sum(m.side == side and m.label is periodic for m in asleep) if told else None,
        )
        for side in ("left", "right", "bilateral")
    }


def _onset(movements: Sequence[ClassifiedMovement], series: Series) -> float:
    return movements[series.members[0]].movement.onset_s


def _waking_breaks(context: NightContext, breaks_s: FloatArray) -> FloatArray:
    """Return the breaks of intervals asleep: gaps, and each end of a stretch of sleep."""
    ends: Spans = merge(context.sleep)
    return np.concatenate((breaks_s, ends[:, 1]))


def _findings(summary: NightSummary, recording: Recording, child: bool) -> Findings:
    def told(counts: Mapping[str, int | None]) -> dict[str, int]:
        return {label: count for label, count in counts.items() if count is not None}

    return Findings(
        asleep=told(summary.counts),
        awake=told(summary.counts_wake),
        hours_sleep=summary.hours["sleep"],
        periodic_limb_movement_per_h=summary.indices["periodic_limb_movement_per_h"].value,
        placement=str(recording.placement),
        child=child,
        excluded=dict(summary.excluded),
        untold=frozenset(label for label, count in summary.counts.items() if count is None),
    )
