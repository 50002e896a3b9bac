"""The reference nights of scored leg movements beside the checkout, to every row and column."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from detector.annotations import read_annotations
from detector.criteria import WASM
from detector.scoring import score_night
from detector.scoring.document import rows_csv
from validation.nights import Figures

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "scoring_vectors"


def measure_vectors(_: int) -> Figures:
    """Return how many nights, rows and cells there are, and how many cells differ."""
    nights = sorted(FOLDER.glob("night??.csv"))
    compared = [_compare(path) for path in nights]
    return {
        "nights": len(nights),
        "rows": sum(n for n, _, _ in compared),
        "cells": sum(n for _, n, _ in compared),
        "different": sum(n for _, _, n in compared),
    }


def _compare(path: Path) -> tuple[int, int, int]:
    """Return the rows and cells expected, and how many cells differ or are missing."""
    scored = rows_csv(score_night(read_annotations(path), WASM))
    columns, *ours = list(csv.reader(scored.splitlines()))
    with path.with_name(f"{path.stem}.expected.csv").open(newline="", encoding="utf-8") as file:
        header, *theirs = list(csv.reader(file))
    order = [columns.index(name) for name in header]
    cells = len(theirs) * len(header)
    equal = sum(
        same(one[k], cell)
        for one, expected in zip(ours, theirs, strict=False)
        for k, cell in zip(order, expected, strict=True)
    )
    more = abs(len(ours) - len(theirs)) * len(header)
    return len(theirs), cells, cells - equal + (more if len(ours) > len(theirs) else 0)


def same(ours: str, theirs: str) -> bool:
    """Tell whether two cells are the same text, or the same number to a millionth."""
    try:
        return bool(np.isclose(float(ours), float(theirs), rtol=1e-7, atol=1e-6))
    except ValueError:
        return ours == theirs
