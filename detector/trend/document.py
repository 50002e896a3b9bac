"""Trend and comparisons as plain values, for --json."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from detector.results import table_rows
from detector.trend.comparison import Comparison
from detector.trend.nights import PersonNights
from detector.trend.overview import Overview

TREND_SCHEMA = "night-movement-detector/trend/1"
COMPARE_SCHEMA = "night-movement-detector/compare/1"


def trend_document(nights: PersonNights, found: Overview) -> dict[str, Any]:
    """Return the nights and what they say together."""
    rows = table_rows([night.row for night in nights.nights])
    judged = [
        row | {"compared": night.counts, "not_compared_because": night.excluded or None}
        for row, night in zip(rows, nights.nights, strict=True)
    ]
    summed = dataclasses.asdict(found)
    if found.recent_from is not None:
        summed["recent_from"] = found.recent_from.isoformat()
    return {
        "schema": TREND_SCHEMA,
        "figure": nights.figure,
        "setup": None if nights.setup is None else dataclasses.asdict(nights.setup),
        "overview": summed,
        "nights": judged,
    }


def compare_document(nights: PersonNights, found: Sequence[Comparison]) -> dict[str, Any]:
    """Return the comparisons and the nights that they rest on."""
    return {
        "schema": COMPARE_SCHEMA,
        "figure": nights.figure,
        "setup": None if nights.setup is None else dataclasses.asdict(nights.setup),
        "nights": len(nights.used),
        "comparisons": [dataclasses.asdict(one) for one in found],
    }
