"""The scored stages of a night: which one holds at an instant, and the spans of sleep and waking.

Rows may be bouts or epochs, in any order; a moment that no row covers is not scored.

    rows    |W W W|N1|N2 N2 N2|     |N2|W W|
    bouts   |--W--|N1|---N2---|     |N2|-W-|
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.annotations import STAGES, Annotation, AnnotationError, Annotations
from detector.intervals import Spans, merge

WAKE = "W"
ASLEEP = frozenset(STAGES) - {WAKE}
_ROUNDING_S = 0.002  # stamps in milliseconds: epochs of a third of a minute meet to that


@dataclass(frozen=True, slots=True)
class Hypnogram:
    """Bouts of one stage each, in order and apart: `stages` (k,), `spans` (k, 2) s."""

    stages: tuple[str, ...]
    spans: Spans

    @property
    def sleep(self) -> Spans:
        """Return the spans (k, 2) of sleep, whatever its stage."""
        return self._merged(ASLEEP)

    @property
    def wake(self) -> Spans:
        """Return the spans (k, 2) scored as waking."""
        return self._merged(frozenset({WAKE}))

    def _merged(self, stages: frozenset[str]) -> Spans:
        kept = np.array([stage in stages for stage in self.stages], dtype=bool)
        return merge(self.spans[kept], _ROUNDING_S)

    @property
    def stop_s(self) -> float | None:
        """Return where the last bout ends; None where nothing is scored."""
        return float(self.spans[-1, 1]) if self.stages else None

    def at(self, times_s: npt.ArrayLike) -> list[str]:
        """Return the stage at each of `times_s` (n,); empty where none is scored."""
        times = np.asarray(times_s, dtype=np.float64)
        last = np.searchsorted(self.spans[:, 0], times + _ROUNDING_S / 2, side="right") - 1
        return [
            self.stages[k] if k >= 0 and time < self.spans[k, 1] else ""
            for k, time in zip(last.tolist(), times.tolist(), strict=True)
        ]


def hypnogram(annotations: Annotations) -> Hypnogram:
    """Return the hypnogram of a night; AnnotationError where two rows contradict each other."""
    stages: list[str] = []
    spans: list[list[float]] = []
    for row in annotations.of("stage"):
        if row.duration_s == 0:
            continue
        if spans and stages[-1] == row.value and row.onset_s <= spans[-1][1] + _ROUNDING_S:
            spans[-1][1] = max(spans[-1][1], row.offset_s)
            continue
        if spans and row.onset_s < spans[-1][1] - _ROUNDING_S:
            raise AnnotationError(_contradiction(annotations, row, stages[-1], spans[-1]))
        stages.append(row.value)
        spans.append([row.onset_s, row.offset_s])
    return Hypnogram(tuple(stages), np.array(spans, dtype=np.float64).reshape(-1, 2))


def holes(annotations: Annotations) -> Spans:
    """Return where nothing was recorded (k, 2) s: the rows of kind gap and off_body."""
    rows = (*annotations.of("gap"), *annotations.of("off_body"))
    return merge([(row.onset_s, row.offset_s) for row in rows])


def _contradiction(
    annotations: Annotations, row: Annotation, stage: str, span: Sequence[float]
) -> str:
    return (
        f"{annotations.name}: stage {row.value} at {row.onset_s:g} s begins while stage {stage} "
        f"lasts, from {span[0]:g} to {span[1]:g} s; give each moment one stage"
    )
