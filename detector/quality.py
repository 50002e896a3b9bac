"""What a reader has to know before trusting a figure of a night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, reaches
from detector.intervals import clip, inside, total
from detector.movements import Detection
from detector.night_signal import NightSignal
from detector.nights import NightContext
from detector.recording import FloatArray, Placement, Recording
from detector.summary import NightSummary

_PLACEMENT_TEXT = {
    Placement.ANKLE: (
        "An ankle sensor sees one leg, and not all that an EMG sees: this is an accelerometric "
        "estimate on its own scale, to be compared with your other nights, not with a laboratory's."
    ),
    Placement.WRIST: (
        "No study has compared periodic limb movements counted at the wrist with an EMG: the legs "
        "are not seen, and no clinical mark applies."
    ),
    Placement.MATTRESS: (
        "No study has compared movements seen by a phone on the mattress with an EMG: a partner's "
        "movements count as yours, and no clinical mark applies."
    ),
    Placement.UNKNOWN: (
        "Where the sensor was worn is not known; the wrist's criteria were taken and no clinical "
        "mark applies. Say it with --placement."
    ),
}
_NO_MARK = ("clinical_comparison",)
# How well a night was recorded, where nothing is the matter; said once more weightily where it is
AS_MEASURED = frozenset({"hours_valid", "rate", "noise", "weak_share"})
_WEAK_RATIO = 1.5  # choice: a peak below so many times the threshold is near to it
_WEAK_SHARE = 0.3  # choice: where more are weak, a note says so
_FEW = 20  # movements, of which a share says little
_PARTNER_G = 0.015  # published: a partner's movements stay below it at an ankle or a wrist
_SHARED_TEXT = {
    Placement.MATTRESS: (
        "You did not sleep alone: the phone feels the whole mattress, and nothing tells your "
        "movements from those of who lay beside you. Every count is of both of you."
    ),
}
_WORN_SHARED_TEXT = (
    "You did not sleep alone: what moves the bed reaches a worn sensor as less than 15 mg. {weak} "
    "of the night's {count} movements are that weak and may be another's; stronger ones hardly are."
)


@dataclass(frozen=True, slots=True)
class QualityNote:
    """A remark with a code, and the figures that are withheld for it."""

    code: str
    text: str
    withholds: tuple[str, ...] = ()


def quality_notes(
    recording: Recording,
    signal: NightSignal,
    detection: Detection,
    context: NightContext,
    criteria: Criteria,
) -> tuple[QualityNote, ...]:
    """Return the notes of one night, the weightiest first."""
    c = criteria.summary
    notes: list[QualityNote] = []
    sleep_h = total(context.sleep) / 3600
    if sleep_h < c.min_sleep_h:
        text = f"Only {sleep_h:.1f} h of sleep were found; an index needs {c.min_sleep_h:g} h."
        notes.append(QualityNote("short_sleep", text, ("indices",)))
    if not reaches(recording.hz, c.min_movement_hz):
        text = (
            f"At {recording.hz:.2g} samples a second only slow, large movements are seen: their "
            "number is a lower bound, and periodic ones cannot be timed. Record at 25 Hz or more."
        )
        withheld = (
            "counts.hypnic_jerk",
            "counts.periodic_limb_movement",
            "indices.periodic_limb_movement_per_h",
            "indices.periodicity_intervals",
            "indices.periodicity_share",
            "indices.movement_per_h",
        )
        notes.append(QualityNote("low_rate", text, withheld))
    elif not reaches(recording.hz, c.min_jerk_hz):
        text = (
            f"At {recording.hz:.2g} samples a second a jerk of a quarter of a second cannot be "
            "told from a slower movement: hypnic jerks are not counted. Record at 25 Hz or more."
        )
        notes.append(QualityNote("low_rate", text, ("counts.hypnic_jerk",)))
    if not recording.gravity_included:
        text = (
            "The signal is without gravity: turns in bed and the time of rest cannot be seen; all "
            "of the recording is taken as rest. Export the acceleration with gravity."
        )
        notes.append(QualityNote("no_gravity", text, ("indices.turn_per_h",)))
    notes += [
        QualityNote(code, f"{text[:1].upper()}{text[1:].rstrip('.')}.")
        for code, text in recording.warnings
        if code != "no_gravity"
    ]
    notes += _signal_notes(signal, detection, context, criteria)
    notes.append(QualityNote("placement", _PLACEMENT_TEXT[recording.placement], _NO_MARK))
    notes.append(_basis_note(context))
    text = (
        "One night decides nothing: in patients the lowest and the highest night lay 25 an hour "
        "apart on average. Three nights are the least for a mean."
    )
    notes.append(QualityNote("one_night", text))
    notes += _as_measured(recording, detection, context, criteria)
    return tuple(notes)


def _as_measured(
    recording: Recording, detection: Detection, context: NightContext, criteria: Criteria
) -> Iterator[QualityNote]:
    """Yield how well the night was recorded: hours, rate, noise, movements near the threshold."""
    whole_h = (context.stop_s - context.start_s) / 3600
    valid_h = (total(context.valid) - total(context.off_body)) / 3600
    text = f"{valid_h:.1f} h of {whole_h:.1f} h are valid: recorded, with the sensor on the body."
    yield QualityNote("hours_valid", text)
    if reaches(recording.hz, criteria.summary.min_jerk_hz):
        text = f"{recording.hz:.3g} samples a second: enough for every figure."
        yield QualityNote("rate", text)
    floor, least = typical_floor_g(detection, context), _threshold_g(detection, context)
    if floor <= criteria.summary.noisy_g:
        text = (
            f"At rest the signal has {1000 * floor:.1f} mg of noise: movements from "
            f"{1000 * least:.0f} mg on are seen."
        )
        yield QualityNote("noise", text)
    weak = _share_near_threshold(detection, context)
    if weak is None:
        text = f"Of fewer than {_FEW} movements it cannot be said which share is weak."
        yield QualityNote("weak_share", text)
    elif weak <= _WEAK_SHARE:
        text = (
            f"{100 * weak:.0f} % of the movements are weak, less than half again their threshold."
        )
        yield QualityNote("weak_share", text)


def shared_bed_note(placement: Placement, movements: Sequence[ClassifiedMovement]) -> QualityNote:
    """Return what cannot be told apart where another person slept in the bed.

    `movements` are those of a night.
    """
    counted = [m.movement.peak_g for m in movements if m.excluded_as is None]
    weak = sum(peak_g < _PARTNER_G for peak_g in counted)
    text = _SHARED_TEXT.get(placement) or _WORN_SHARED_TEXT.format(weak=weak, count=len(counted))
    return QualityNote("shared_bed", text)


def chance_note(summary: NightSummary) -> QualityNote | None:
    """Return a note where single movements at random moments would make as many rows by chance."""
    index = summary.indices["periodic_limb_movement_per_h"]
    if not index.value or index.low:
        return None
    text = (
        "The few periodic movements need not mean anything: movements as frequent as this "
        f"night's others, at random moments, would put about {summary.chance_rows_per_h:.1f} an "
        f"hour into rows of four, and {index.value:.1f} were found."
    )
    return QualityNote("chance_rows", text)


def basis_note(
    summary: NightSummary,
    movements: Sequence[ClassifiedMovement],
    context: NightContext,
    estimate: NightContext,
) -> QualityNote | None:
    """Return what the index of periodic movements would be by the other basis at hand.

    That is the estimate of sleep alone, and where sleep is that estimate, all of the rest.
    """
    index = summary.indices["periodic_limb_movement_per_h"].value
    estimated = context.basis == "estimated"
    spans = context.rest if estimated else estimate.sleep
    hours = total(spans) / 3600
    if index is None or not hours:
        return None
    periodic = [
        m.movement.onset_s
        for m in movements
        if m.label is Label.PERIODIC_LIMB_MOVEMENT and m.excluded_as is None
    ]
    other = int(np.sum(inside(spans, periodic))) / hours
    if not index and not other:
        return None
    by = "all of the rest, as a diary has it," if estimated else "the estimate of sleep"
    text = (
        f"By {by} the periodic movements would be {other:.1f} an hour of {hours:.1f} h"
        f"{_moved(other, index)}; by the {'estimate' if estimated else context.basis} they are "
        f"{index:.1f} of {total(context.sleep) / 3600:.1f} h."
    )
    return QualityNote("other_basis", text)


def _moved(other: float, index: float) -> str:
    percent = round(100 * (other / index - 1)) if index else 0
    return f", {abs(percent)} % {'more' if percent > 0 else 'less'}" if percent else ""


def _basis_note(context: NightContext) -> QualityNote:
    if context.basis == "estimated":
        code = "sleep_basis"
        text = (
            "Sleep is estimated from movement: lying awake and still looks like sleep. Another "
            "estimate of sleep can move an index by up to 36 %; --sleep takes your own times."
        )
    else:
        code = "sleep_given"
        text = f"Sleep rests on the {context.basis}, not on the signal alone."
    return QualityNote(code, text)


def _signal_notes(
    signal: NightSignal, detection: Detection, context: NightContext, criteria: Criteria
) -> list[QualityNote]:
    notes = []
    lost_h = (context.stop_s - context.start_s - total(context.valid)) / 3600
    gaps = clip(signal.gaps, context.start_s, context.stop_s)
    if len(gaps):
        said = "One gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
        text = f"{said}, {60 * lost_h:.1f} min in all: left out of every hour."
        notes.append(QualityNote("gaps", text))
    off_h = total(context.off_body) / 3600
    if off_h > 0:
        text = f"For {off_h:.1f} h the sensor lay still without a body; they are left out."
        notes.append(QualityNote("off_body", text))
    floor = typical_floor_g(detection, context)
    if floor > criteria.summary.noisy_g:
        text = (
            f"The signal's rest is noisy ({1000 * floor:.1f} mg): movements below "
            f"{1000 * _threshold_g(detection, context):.0f} mg are not seen."
        )
        notes.append(QualityNote("noisy", text))
    sd = signal.sd_g[int(context.start_s) : int(context.stop_s)]
    held_h = float(np.all(sd == 0, axis=1).sum()) / 3600
    if held_h > 0.5:
        text = (
            f"For {held_h:.1f} h the recorder wrote the same value on and on. That is taken as "
            "stillness; where it had stopped instead, nothing was seen."
        )
        notes.append(QualityNote("held_values", text))
    weak = _share_near_threshold(detection, context)
    if weak is not None and weak > _WEAK_SHARE:
        text = (
            f"{100 * weak:.0f} % of the movements are weak, less than half again their threshold: "
            "a slightly different sensor would count otherwise."
        )
        notes.append(QualityNote("near_threshold", text))
    return notes


def typical_floor_g(detection: Detection, context: NightContext) -> float:
    """Return the median noise floor of a night in g."""
    return _typical(detection.noise_floor_g[_seconds(context)])


def _threshold_g(detection: Detection, context: NightContext) -> float:
    return _typical(detection.thresholds_of(_seconds(context))[0])


def _seconds(context: NightContext) -> slice:
    return slice(int(context.start_s), int(np.ceil(context.stop_s)))


def _typical(levels_g: FloatArray) -> float:
    return float(np.median(levels_g)) if levels_g.size else 0.0


def _share_near_threshold(detection: Detection, context: NightContext) -> float | None:
    mine = [m for m in detection.movements if context.start_s <= m.onset_s < context.stop_s]
    if len(mine) < _FEW:
        return None
    threshold_g, _ = detection.thresholds_at(np.array([m.onset_s for m in mine]))
    peaks_g = np.array([m.peak_g for m in mine])
    return float(np.mean(peaks_g < _WEAK_RATIO * threshold_g))
