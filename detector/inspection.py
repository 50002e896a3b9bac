"""What a recording's file holds, and how surely it was recognized, without analyzing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from detector.criteria import ConditioningCriteria
from detector.errors import RecordingError
from detector.grid import bridged_s
from detector.readers import Layout, ReadOptions, open_recording
from detector.readers.measure import snapped_hz
from detector.recording import Chunk, FloatArray, Repair

FIRST_SAMPLES = 3
_DRIFT_PARTS = 8
# So little of their middle do the steps of an even clock differ.
_EVEN = 0.25
_MOST_ROWS = 0.9


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples, in s from the first sample."""

    onset_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """A recording as it was recognized, and one pass through it.

    `hz` is measured over the whole of it, `hz_drift_percent` how far the slowest and the fastest
    eighth of it differ. `first_g` are the first samples, (t_s, x, y, z) each.
    """

    layout: Layout
    start: datetime | None
    files: tuple[str, ...]
    hz: float
    hz_drift_percent: float
    rows: int
    duration_s: float
    gaps: tuple[Gap, ...]
    repairs: tuple[Repair, ...]
    first_g: tuple[tuple[float, float, float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of `detector inspect --json`."""
        layout = self.layout
        return {
            "exporter": layout.exporter,
            "files": list(self.files),
            "delimiter": layout.delimiter,
            "decimal": layout.decimal,
            "encoding": layout.encoding,
            "header_rows": layout.header_rows,
            "columns": dict(layout.columns),
            "clock": layout.clock,
            "start": None if self.start is None else self.start.isoformat(timespec="milliseconds"),
            "timezone": layout.timezone,
            "unit": str(layout.unit),
            "scale_to_g": layout.scale_to_g,
            "gravity": "included" if layout.gravity_included else "removed",
            "hz": round(self.hz, 4),
            "hz_drift_percent": round(self.hz_drift_percent, 2),
            "rows": self.rows,
            "duration_s": round(self.duration_s, 3),
            "placement": str(layout.placement),
            "side": None if layout.side is None else str(layout.side),
            "gaps": [
                {"onset_s": round(gap.onset_s, 3), "duration_s": round(gap.duration_s, 3)}
                for gap in self.gaps
            ],
            "repairs": [asdict(repair) for repair in self.repairs],
            "warnings": [{"code": code, "text": text} for code, text in layout.warnings],
            "confidence": dict(layout.confidence),
            "reasons": list(layout.reasons),
            "first_g": [[round(value, 6) for value in sample] for sample in self.first_g],
        }


def inspect(
    path: Path,
    options: ReadOptions | None = None,
    on_bytes: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Recognize a recording and read it through once; RecordingError as `read` raises it."""
    opened = open_recording(path, options or ReadOptions(), on_bytes)
    recording = opened.recording
    passed = _Pass(bridged_s(recording.hz, ConditioningCriteria().gap_bridge_s))
    for chunk in recording.chunks():
        passed.take(chunk)
    if not passed.rows:
        raise RecordingError(f"{recording.source}: no row holds a sample of acceleration")
    hz = passed.hz() or recording.hz
    return Inspection(
        layout=opened.layout,
        start=recording.start,
        files=opened.files,
        hz=snapped_hz(hz),
        hz_drift_percent=passed.drift_percent(),
        rows=passed.rows,
        duration_s=passed.last_s,
        gaps=tuple(passed.gaps),
        repairs=tuple(passed.repairs.values()),
        first_g=tuple(passed.first),
    )


class _Pass:
    """What one pass through the samples tells."""

    def __init__(self, longest_hole_s: float) -> None:
        self._longest_hole_s = longest_hole_s
        self.rows = 0
        self.last_s = 0.0
        self.gaps: list[Gap] = []
        self.repairs: dict[str, Repair] = {}
        self.first: list[tuple[float, float, float, float]] = []
        self._steps: list[tuple[int, float]] = []  # of each chunk: how many, and their seconds

    def take(self, chunk: Chunk) -> None:
        for repair in chunk.repairs:
            seen = self.repairs.get(repair.kind)
            self.repairs[repair.kind] = repair if seen is None else seen.with_more(repair)
        t = chunk.t_s
        if not t.size:
            return
        for place in range(min(FIRST_SAMPLES - len(self.first), t.size)):
            x, y, z = (float(axis[place]) for axis in chunk.acceleration_g)
            self.first.append((float(t[place]), x, y, z))
        steps = np.diff(t) if not self.rows else np.diff(t, prepend=self.last_s)
        self._note_gaps(t, steps)
        within = steps[steps <= self._longest_hole_s]
        if within.size:
            quarter, middle, rest = np.percentile(within, [25, 50, 75])
            is_near = within < 1.5 * middle
            # A row that was left out is no slower clock.
            if rest - quarter < _EVEN * middle and np.mean(is_near) > _MOST_ROWS:
                within = within[is_near]
            self._steps.append((within.size, float(within.sum())))
        self.rows += t.size
        self.last_s = float(t[-1])

    def _note_gaps(self, t: FloatArray, steps: FloatArray) -> None:
        offset = t.size - steps.size
        for place in np.flatnonzero(steps > self._longest_hole_s):
            duration_s = float(steps[place])
            self.gaps.append(Gap(float(t[place + offset]) - duration_s, duration_s))

    def hz(self) -> float | None:
        seconds = sum(s for _, s in self._steps)
        return sum(n for n, _ in self._steps) / seconds if seconds else None

    def drift_percent(self) -> float:
        """Return how far the rates of eighths of the recording lie apart, in percent."""
        parts = np.array_split(np.array(self._steps), min(_DRIFT_PARTS, len(self._steps)))
        sums = [part.sum(axis=0) for part in parts if part.size]
        rates = [n / seconds for n, seconds in sums if seconds]
        return 100 * (max(rates) / min(rates) - 1) if rates else 0.0
