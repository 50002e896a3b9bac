"""An evaluation as files: a row a night, a row a movement, and all figures as plain values."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from detector import __version__
from detector.evaluation.agreement import Agreement, agreement
from detector.evaluation.comparison import (
    NONE,
    Comparison,
    Labels,
    by_peak,
    label_hits,
    pooled,
)
from detector.evaluation.marks import PERIODIC
from detector.matching import Hits

SCHEMA = "night-movement-detector/evaluation/1"
NIGHT_COLUMNS = (
    "result",
    "truth",
    "shift_s",
    "true",
    "found",
    "hits",
    "recall",
    "precision",
    "f1",
    "onset_bias_s",
    "onset_sd_s",
    "true_periodic",
    "found_periodic",
    "true_index_per_h",
    "found_index_per_h",
    "index_error_per_h",
    "true_sleep_h",
    "found_sleep_h",
)
MATCH_COLUMNS = (
    "result",
    "true_onset_s",
    "found_onset_s",
    "difference_s",
    "true_label",
    "found_label",
    "true_peak_g",
    "found_peak_g",
)
MEASURES = {
    "periodic_limb_movement_per_h": "periodic, an hour of sleep",
    "periodic_limb_movement": "periodic, number",
    "movement": "all movements, number",
}


def agreements(comparisons: Sequence[Comparison]) -> dict[str, Agreement | None]:
    """Return the agreement over nights of each of `MEASURES`; None below two nights."""
    indexed = [one for one in comparisons if one.index_error is not None]
    periodic = [
        (one.found_name, label_hits(one.labels).get(PERIODIC, Hits(0, 0, 0))) for one in comparisons
    ]
    return {
        "periodic_limb_movement_per_h": agreement(
            [one.found_name for one in indexed],
            np.array([one.found_index.value for one in indexed], dtype=float),
            np.array([one.true_index.value for one in indexed], dtype=float),
        ),
        "periodic_limb_movement": agreement(
            [name for name, _ in periodic],
            [hits.found for _, hits in periodic],
            [hits.true for _, hits in periodic],
        ),
        "movement": agreement(
            [one.found_name for one in comparisons],
            [len(one.found) for one in comparisons],
            [len(one.true) for one in comparisons],
        ),
    }


def document(comparisons: Sequence[Comparison], tolerance_s: float) -> dict[str, Any]:
    """Return all that an evaluation gives, as plain values for JSON."""
    hits, labels = pooled(comparisons)
    return {
        "schema": SCHEMA,
        "version": __version__,
        "tolerance_s": tolerance_s,
        "nights": [_night(one) for one in comparisons],
        "all_nights": {
            **_scores(hits),
            **_count_error(hits),
            **_onset(comparisons),
            **_labels(labels),
            "by_peak": _by_peak(comparisons),
            "over_nights": _over_nights(comparisons),
        },
        "agreement": {name: _agreement(found) for name, found in agreements(comparisons).items()},
    }


def _night(one: Comparison) -> dict[str, Any]:
    return {
        "result": one.found_name,
        "truth": one.true_name,
        "from_s": _rounded(one.span_s[0]),
        "to_s": _rounded(one.span_s[1]),
        "shift_s": _rounded(one.shift_s),
        **_scores(one.matching.hits),
        **_count_error(one.matching.hits),
        **_onset([one]),
        **_labels(one.labels),
        "by_peak": _by_peak([one]),
        "found_within": dict(one.within),
        "index": {
            "true": _plain(dataclasses.asdict(one.true_index)),
            "found": _plain(dataclasses.asdict(one.found_index)),
            "error": _rounded(one.index_error),
        },
    }


def _scores(hits: Hits) -> dict[str, Any]:
    return {
        "true": hits.true,
        "found": hits.found,
        "hits": hits.hits,
        "recall": _rounded(hits.recall),
        "precision": _rounded(hits.precision),
        "f1": _rounded(hits.f1),
    }


def _count_error(hits: Hits) -> dict[str, Any]:
    error = hits.found - hits.true
    return {
        "count_error": error,
        "count_error_share": _rounded(error / hits.true) if hits.true else None,
    }


def _onset(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return mean and SD of found minus true onset; None where too few pairs tell them."""
    differences = np.concatenate([one.differences_s for one in comparisons])
    return {
        "onset_bias_s": _rounded(float(differences.mean())) if differences.size else None,
        "onset_sd_s": _rounded(float(differences.std(ddof=1))) if differences.size > 1 else None,
    }


def _labels(labels: Labels) -> dict[str, Any]:
    scores = label_hits(labels)
    order = [*scores, NONE]
    return {
        "labels": {name: {**_scores(hits), **_count_error(hits)} for name, hits in scores.items()},
        "confusion": [
            {"true": true, "found": found, "count": labels[true, found]}
            for true in order
            for found in order
            if (true, found) in labels
        ],
    }


def _by_peak(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    side, rows = by_peak(comparisons)
    share = "precision" if side == "found" else "recall"
    return {
        "of": side or None,
        "rows": [
            {**dataclasses.asdict(row), share: _rounded(row.matched / row.count)} for row in rows
        ],
    }


def _over_nights(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return median and worst of the nights that have the figure."""
    found = {}
    for name in ("recall", "precision", "f1"):
        values = [v for one in comparisons if (v := getattr(one.matching, name)) is not None]
        found[name] = {
            "median": _rounded(float(np.median(values))) if values else None,
            "worst": _rounded(min(values)) if values else None,
        }
    return found


def _agreement(found: Agreement | None) -> dict[str, Any] | None:
    if found is None:
        return None
    plain = _plain(dataclasses.asdict(found))
    for name in ("names", "found", "true"):
        del plain[name]
    return {"nights": len(found.names), **plain}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_rounded(v) for v in value] if isinstance(value, tuple) else _rounded(value)
        for name, value in values.items()
    }


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def nights_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one row a night."""
    return _table(NIGHT_COLUMNS, (_night_row(one) for one in comparisons))


def _night_row(one: Comparison) -> Sequence[Any]:
    found, periodic = _night(one), label_hits(one.labels).get(PERIODIC, Hits(0, 0, 0))
    shared = (found[name] for name in NIGHT_COLUMNS[:11])
    true, ours = found["index"]["true"], found["index"]["found"]
    return (
        *shared,
        periodic.true,
        periodic.found,
        true["value"],
        ours["value"],
        found["index"]["error"],
        true["sleep_h"],
        ours["sleep_h"],
    )


def matches_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one row a movement, in order of onset: a pair, or one without a partner."""
    return _table(MATCH_COLUMNS, (row for one in comparisons for row in _match_rows(one)))


def _match_rows(one: Comparison) -> list[tuple[Any, ...]]:
    partner = {j: i for i, j in one.matching.pairs}
    alone = set(range(len(one.found))) - set(partner.values())
    both = [(partner.get(j), j) for j in range(len(one.true))] + [(i, None) for i in alone]
    rows = []
    for i, j in both:
        ours = None if i is None else one.found[i]
        theirs = None if j is None else one.true[j]
        at = None if theirs is None else _rounded(theirs.onset_s)
        found_at = None if ours is None else _rounded(ours.onset_s)
        rows.append(
            (
                one.found_name,
                at,
                found_at,
                None if ours is None or theirs is None else _rounded(ours.onset_s - theirs.onset_s),
                None if theirs is None else theirs.label,
                None if ours is None else ours.label,
                None if theirs is None else theirs.peak_g,
                None if ours is None else ours.peak_g,
            )
        )
    return sorted(rows, key=lambda row: float(row[2] if row[1] is None else row[1]))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
