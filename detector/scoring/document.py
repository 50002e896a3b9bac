"""A scored night as files: one row a combined movement, and all figures as plain values."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from detector import __version__
from detector.annotations import Annotations
from detector.criteria import Criteria
from detector.intervals import total
from detector.scoring.indices import (
    asleep_intervals,
    counts,
    figures,
    interval_statistics,
    series_intervals,
)
from detector.scoring.night import ScoredNight

SCHEMA = "night-movement-detector/score/1"
COLUMNS = (
    "side",
    "onset_s",
    "duration_s",
    "offset_s",
    "candidate",
    "periodic",
    "series",
    "respiratory",
    "arousal",
    "periodic_without_respiratory",
    "stage",
)


def rows(night: ScoredNight) -> Iterator[tuple[Any, ...]]:
    """Yield one row a combined movement in the order of `COLUMNS`; None where nothing applies."""
    for one in night.movements:
        without = one.periodic_without_respiratory
        yield (
            one.movement.side or None,
            round(one.movement.onset_s, 6),
            round(one.movement.duration_s, 6),
            round(one.movement.offset_s, 6),
            int(one.movement.candidate),
            int(one.periodic),
            one.series,
            int(one.respiratory),
            int(one.arousal),
            None if without is None else int(without),
            one.stage or None,
        )


def rows_csv(night: ScoredNight) -> str:
    """Return the rows as the text of a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(night))
    return out.getvalue()


def document(night: ScoredNight, annotations: Annotations, criteria: Criteria) -> dict[str, Any]:
    """Return all that scoring a night gives, as plain values for JSON."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "source": night.name,
        "criteria": dataclasses.asdict(night.criteria),
        "basis": "hypnogram" if night.has_stages else None,
        "hours": {
            "sleep": _hours(night, night.sleep),
            "wake": _hours(night, night.wake),
        },
        "counts": counts(night),
        "indices": {
            name: {key: _rounded(value) for key, value in dataclasses.asdict(figure).items()}
            for name, figure in figures(night, criteria.summary).items()
        },
        "series": _series(night),
        "intervals": {
            "asleep" if night.has_stages else "all": _intervals(asleep_intervals(night)),
            "in_series": _intervals(series_intervals(night)),
        },
        "passed_over": list(annotations.passed_over),
        "movements": [dict(zip(COLUMNS, row, strict=True)) for row in rows(night)],
    }


def _hours(night: ScoredNight, spans: Any) -> float | None:
    return round(total(spans) / 3600, 4) if night.has_stages else None


def _series(night: ScoredNight) -> dict[str, Any]:
    lengths = [len(one.members) for one in night.series]
    return {
        "count": len(lengths),
        "members_median": float(np.median(lengths)) if lengths else None,
        "ended_by": [one.ended_by for one in night.series],
    }


def _intervals(intervals_s: Any) -> dict[str, Any]:
    found = dataclasses.asdict(interval_statistics(intervals_s))
    return {name: _rounded(value) for name, value in found.items()}


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
