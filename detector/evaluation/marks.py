"""The movements of a night as something marked them: a run of the detector, or a person."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from detector.annotations import Annotation, AnnotationError, Annotations, read_annotations
from detector.criteria import Criteria
from detector.hypnogram import holes, hypnogram
from detector.intervals import inside, subtract, total
from detector.scoring import score_night

PERIODIC = "periodic_limb_movement"
ISOLATED = "isolated_movement"
UNLABELLED = "unlabelled"
NO_STAGES = "no stage is scored"


@dataclass(frozen=True, slots=True)
class Mark:
    """A movement: `label` says of what kind, `peak_g` how large, None where that is not known."""

    onset_s: float
    label: str
    peak_g: float | None = None


@dataclass(frozen=True, slots=True)
class PeriodicIndex:
    """Periodic movements an hour of sleep; None, with the reason, where it is withheld."""

    value: float | None
    count: int | None
    sleep_h: float | None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """The movements of a night in order of onset, and what else its file tells.

    `span_s` is the time that was looked at, None where the file does not tell; `start` the local
    clock at second 0, with a zone where that is UTC for want of another. `stretches` are (what,
    onset, end) of times in which something moved that is no limb.
    """

    name: str
    marks: tuple[Mark, ...]
    index: PeriodicIndex
    span_s: tuple[float, float] | None = None
    start: datetime | None = None
    stretches: tuple[tuple[str, float, float], ...] = ()

    def shifted(self, seconds: float) -> Marks:
        """Return the same with all times `seconds` later."""
        if not seconds:
            return self
        span = self.span_s
        return replace(
            self,
            marks=tuple(replace(m, onset_s=m.onset_s + seconds) for m in self.marks),
            span_s=None if span is None else (span[0] + seconds, span[1] + seconds),
            stretches=tuple((what, a + seconds, b + seconds) for what, a, b in self.stretches),
        )


def is_result(path: Path) -> bool:
    """Tell whether a path is a folder that a run of the detector wrote."""
    return (path / "summary.json").is_file()


def read_result(path: Path, criteria: Criteria, kind: str | None = None) -> Marks:
    """Read what is to be judged: a folder of the detector, or annotations (CSV or EDF+)."""
    return _from_folder(path) if path.is_dir() else read_truth(path, criteria, kind)


def read_truth(path: Path, criteria: Criteria, kind: str | None = None) -> Marks:
    """Read annotations: those of `kind`, else `movement` where there is one, else limb_movement.

    Leg movements are scored by the rules: legs are combined, and what is in a series is periodic.
    """
    annotations = read_annotations(path)
    legs, labelled = annotations.of("limb_movement"), annotations.of("movement")
    kind = kind or ("limb_movement" if legs and not labelled else "movement")
    if (legs or labelled) and not annotations.of(kind):
        raise AnnotationError(f"{annotations.name}: holds no row of kind {kind}; leave out --kind")
    if kind == "movement":
        return _from_labels(annotations, labelled, criteria)
    return _from_legs(annotations, criteria)


def _from_labels(annotations: Annotations, rows: Sequence[Annotation], criteria: Criteria) -> Marks:
    stages = hypnogram(annotations)
    sleep = subtract(stages.sleep, holes(annotations))
    marks = tuple(Mark(row.onset_s, _label(row), row.peak_g) for row in rows)
    periodic_s = [m.onset_s for m in marks if m.label == PERIODIC]
    count = int(inside(sleep, periodic_s).sum())
    index = _index(count, total(sleep) / 3600 if stages.stages else None, criteria)
    return _marks(annotations, marks, index)


def _label(row: Annotation) -> str:
    return UNLABELLED if row.value.lower() in ("", "none") else row.value


def _from_legs(annotations: Annotations, criteria: Criteria) -> Marks:
    others = tuple(row for row in annotations.rows if row.kind != "movement")
    night = score_night(replace(annotations, rows=others), criteria.series)
    marks = tuple(
        Mark(
            one.movement.onset_s,
            PERIODIC if one.periodic else ISOLATED,
            _largest(annotations, one.movement.onset_s, one.movement.offset_s),
        )
        for one in night.movements
    )
    count = sum(one.periodic and one.state == "sleep" for one in night.movements)
    hours = total(night.sleep) / 3600 if night.has_stages else None
    return _marks(annotations, marks, _index(count, hours, criteria))


def _largest(annotations: Annotations, onset_s: float, offset_s: float) -> float | None:
    """Return the greatest amplitude among the leg movements that a combined one is made of."""
    peaks = [
        row.peak_g
        for row in annotations.of("limb_movement")
        if row.peak_g is not None and onset_s <= row.onset_s and row.offset_s <= offset_s + 1e-6
    ]
    return max(peaks, default=None)


def _index(count: int, sleep_h: float | None, criteria: Criteria) -> PeriodicIndex:
    least_h = criteria.summary.min_sleep_h
    if sleep_h is None:
        return PeriodicIndex(None, None, None, NO_STAGES)
    if sleep_h < least_h:
        why = f"{sleep_h:.1f} h of sleep; an index needs {least_h:g} h"
        return PeriodicIndex(None, count, sleep_h, why)
    return PeriodicIndex(count / sleep_h, count, sleep_h)


def _marks(annotations: Annotations, marks: Iterable[Mark], index: PeriodicIndex) -> Marks:
    stages = annotations.of("stage")
    span = None
    if stages:
        span = min(row.onset_s for row in stages), max(row.offset_s for row in stages)
    stretches = tuple((r.value, r.onset_s, r.offset_s) for r in annotations.of("distractor"))
    return Marks(
        name=annotations.name,
        marks=tuple(sorted(marks, key=lambda m: m.onset_s)),
        index=index,
        span_s=span,
        start=annotations.start,
        stretches=stretches,
    )


def _from_folder(folder: Path) -> Marks:
    where = f"{folder.name}/summary.json"
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        with (folder / "movements.csv").open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
    except OSError as error:
        raise AnnotationError(
            f"{folder.name}: is no result of detector analyze: {Path(error.filename).name} cannot "
            f"be read ({error.strerror})"
        ) from error
    except (ValueError, csv.Error) as error:
        raise AnnotationError(f"{where}: is damaged ({error}); analyze the night again") from error
    try:
        recording = summary["recording"]
        marks = [
            _mark(folder, number, row)
            for number, row in enumerate(table, 2)
            if not row["excluded_as"]
        ]
        return Marks(
            name=folder.name,
            marks=tuple(sorted(marks, key=lambda m: m.onset_s)),
            index=_index_of(summary["nights"]),
            span_s=(0.0, 3600 * float(recording["hours"])),
            start=_clock(recording["start"], recording["timezone"]),
        )
    except (KeyError, TypeError) as error:
        raise AnnotationError(
            f"{where}: lacks {error}; it was written by another version: analyze the night again"
        ) from error


def _clock(start: str | None, timezone: str | None) -> datetime | None:
    if start is None:
        return None
    moment = datetime.fromisoformat(start)
    by_default = moment.utcoffset() == timedelta(0) and timezone in (None, "UTC")
    return moment if by_default else moment.replace(tzinfo=None)


def _mark(folder: Path, number: int, row: Mapping[str, str]) -> Mark:
    try:
        onset_s, peak_g = float(row["onset_s"]), float(row["peak_g"])
    except ValueError:
        onset_s = peak_g = math.nan
    if not (math.isfinite(onset_s) and math.isfinite(peak_g)):
        raise AnnotationError(
            f"{folder.name}/movements.csv: row {number} has no number as onset_s or peak_g; "
            "analyze the night again"
        )
    return Mark(onset_s, row["label"], peak_g)


def _index_of(nights: Sequence[Mapping[str, Any]]) -> PeriodicIndex:
    """Return the index over the nights of a recording: of those that have one."""
    indices = [night["indices"]["periodic_limb_movement_per_h"] for night in nights]
    given = [k for k, index in enumerate(indices) if index["value"] is not None]
    if not given:
        return PeriodicIndex(None, None, None, str(indices[0]["withheld"]))
    count = sum(int(nights[k]["counts"][PERIODIC]) for k in given)
    hours = float(np.sum([indices[k]["hours"] for k in given]))
    value = float(indices[given[0]]["value"]) if len(given) == 1 else count / hours
    return PeriodicIndex(value, count, hours)
