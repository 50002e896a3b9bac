"""Rates of people: the decision at 15/h, and what is found in who has few movements."""

from __future__ import annotations

import numpy as np

from validation.nights import Case, Figures, found_marks, series_figures, true_marks

DECISIONS = 10  # of each seed: 20 seeds make 200 nights
MARK_PER_H = 15.0


def measure_decisions(seed: int) -> Figures:
    """Return true and estimated index of ten people, one from each tenth of 0 to 60/h."""
    rng = np.random.default_rng([seed, 15])
    nights = []
    for k in range(DECISIONS):
        asked = 60.0 / DECISIONS * (k + float(rng.random()))
        nights.append({"asked": asked, **_indices(Case(plm_per_h=asked), DECISIONS * seed + k)})
    return {"nights": nights}


def measure_few(seed: int) -> Figures:
    """Return true and estimated index of people with no, and with two, periodic movements/h."""
    return {f"{asked:g}": _indices(Case(plm_per_h=asked), seed) for asked in (0.0, 2.0)}


def _indices(case: Case, seed: int) -> Figures:
    night = case.simulate(seed)
    analysis = case.analyze(night)
    figures = series_figures(night, analysis, true_marks(night), found_marks(analysis)[0])
    kept = ("index_true", "index_two_legs", "index", "index_low", "index_high")
    return {name: figures[name] for name in kept}
