"""What is known of a night beside the signal: times of sleep, a hypnogram, scored events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

import numpy as np

from detector.annotations import Annotation, AnnotationError, Annotations
from detector.hypnogram import Hypnogram, hypnogram
from detector.intervals import Spans, empty_spans

_FARTHEST_S = 2 * 86400.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it may be missing; spans (k, 2) are seconds from the recording's first sample.

    `sleep_times` are the clock times of lying down and getting up. `respiratory_s` and
    `arousals_s` are None where nobody scored such events, empty where there were none.
    """

    sleep_times: tuple[time, time] | None = None
    hypnogram: Hypnogram | None = None
    respiratory_s: Spans | None = field(default=None, compare=False)
    arousals_s: Spans | None = field(default=None, compare=False)

    @property
    def tells_sleep(self) -> bool:
        """Whether sleep rests on more than the signal."""
        return self.sleep_times is not None or self.hypnogram is not None

    def estimate(self) -> Evidence:
        """Return the same without what is known of sleep."""
        return Evidence(respiratory_s=self.respiratory_s, arousals_s=self.arousals_s)


def scored_stages(annotations: Annotations, start: datetime | None, hours: float) -> Hypnogram:
    """Return the hypnogram for a recording of `hours` that begins at `start`.

    AnnotationError where it holds no stage, or lies wholly before or after the recording.
    """
    found = hypnogram(on_the_recording(annotations, start))
    if not found.stages:
        raise AnnotationError(
            f"{annotations.name}: holds no row of kind stage: give a hypnogram with "
            "kind,value,onset_s,duration_s"
        )
    first_s, last_s = float(found.spans[0, 0]), float(found.spans[-1, 1])
    if last_s <= 0 or first_s >= 3600 * hours:
        raise AnnotationError(
            f"{annotations.name}: its stages lie from {first_s:.0f} to {last_s:.0f} s, outside the "
            f"recording of {3600 * hours:.0f} s: onset_s counts from the recording's first sample"
        )
    return found


def scored_events(annotations: Annotations, start: datetime | None) -> tuple[Spans, Spans]:
    """Return the respiratory events and the arousals (k, 2) s; AnnotationError without either."""
    moved = on_the_recording(annotations, start)
    breathing, arousals = moved.of("respiratory_event"), moved.of("arousal")
    if not breathing and not arousals:
        raise AnnotationError(
            f"{annotations.name}: holds no row of kind respiratory_event or arousal"
        )
    return _spans(breathing), _spans(arousals)


def on_the_recording(annotations: Annotations, start: datetime | None) -> Annotations:
    """Return annotations in seconds from the recording's first sample.

    A CSV counts from there; an EDF+ has a clock of its own, which the recording's has to meet.
    """
    if annotations.start is None:
        return annotations
    if start is None:
        raise AnnotationError(
            f"{annotations.name}: has a clock and the recording has none: give the time of its "
            "first sample with --start"
        )
    shift_s = (annotations.start.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds()
    if abs(shift_s) > _FARTHEST_S:
        raise AnnotationError(
            f"{annotations.name}: begins on {annotations.start:%Y-%m-%d %H:%M}, the recording on "
            f"{start:%Y-%m-%d %H:%M}: they are not of one night"
        )
    return annotations.shifted(shift_s)


def _spans(rows: Iterable[Annotation]) -> Spans:
    spans = np.array([(row.onset_s, row.offset_s) for row in rows], dtype=np.float64)
    return spans.reshape(-1, 2) if spans.size else empty_spans()
