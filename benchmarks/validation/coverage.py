"""What the 95 % intervals hold: nights without a signal, through series and summary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from detector.classification import ClassifiedMovement, Label
from detector.criteria import AASM, WASM, Criteria, SeriesCriteria, default_criteria
from detector.intervals import complement
from detector.movements import Movement
from detector.nights import NightContext
from detector.recording import Placement
from detector.series import (
    find_series,
    intervals_between,
    intervals_in_runs,
    periodicity_of_intervals,
)
from detector.summary import Index, summarize
from validation.nights import Figures
from validation.people import (
    HOURS,
    KINDS,
    LARGE,
    PERIODIC,
    Kind,
    Night,
    draw_mover,
    draw_night,
    periodic_rate,
)

BANDS = {"0": (0.0, 0.0), "1 to 5": (1.0, 5.0), "5 to 15": (5.0, 15.0), "15 to 60": (15.0, 60.0)}
NIGHTS_A_BAND = 50  # of each seed: 20 seeds make 1000 nights
NIGHTS_A_PERSON = 30  # whose mean is taken for the person's rate
PLM = "periodic_limb_movement_per_h"
AASM_PLM = f"{PLM}, AASM"
FULL = "as simulated"  # the kind of people of whom all indices are measured
INDICES = (
    PLM,
    AASM_PLM,
    "periodic_with_arousal_per_h",
    "periodicity_intervals",
    "periodicity_share",
    "movement_per_h",
    "restless_min_per_h",
    "turn_per_h",
)


def measure_coverage(seed: int) -> Figures:
    """Return for people of each band and kind whether the intervals of one night hold their rates.

    `drawn` is the rate of movements drawn in series, `ruled` that of what the rules call periodic.
    """
    found: Figures = {}
    for number, (band, (low, high)) in enumerate(BANDS.items()):
        for which, (name, kind) in enumerate(KINDS.items()):
            rng = np.random.default_rng([seed, number, which])
            found[f"{band}|{name}"] = [
                _one_person(rng, low, high, kind, every=name == FULL) for _ in range(NIGHTS_A_BAND)
            ]
    return found


def _one_person(
    rng: np.random.Generator, low: float, high: float, kind: Kind, *, every: bool
) -> Figures:
    rate = math.exp(rng.uniform(math.log(low), math.log(high))) if high else 0.0
    mover = draw_mover(rng, rate, kind)
    indices = figures_of(draw_night(rng, mover))
    figures: Figures = _limits(indices[PLM])
    if not every:
        return {"drawn": periodic_rate(rng, mover, NIGHTS_A_PERSON), **figures}
    truth = _long_run([draw_night(rng, mover) for _ in range(NIGHTS_A_PERSON)])
    figures["all"] = {
        name: {"true": truth[name], **_limits(indices[name])}
        for name in INDICES
        if indices[name].value is not None
    }
    return {"drawn": truth["drawn"], **figures}


def _limits(index: Index) -> Figures:
    return {"index": index.value, "low": index.low, "high": index.high}


def _long_run(nights: list[Night]) -> dict[str, float]:
    """Return each figure over many nights as one: rates by the hour, shares of all movements."""
    sums: Counter[str] = Counter()
    for night in nights:
        sums.update(_counted(night))
    rates = {name: sums[name] / sums["hours"] for name in ("drawn", *INDICES) if name in sums}
    return {
        **rates,
        "periodicity_intervals": sums["in_runs"] / sums["intervals"],
        "periodicity_share": sums[PLM] / sums["candidates"],
    }


def _counted(night: Night) -> dict[str, float]:
    """Return what there is in a night, counted by the rules."""
    periodic = _periodic(night, WASM)
    large, hours = night.kinds == LARGE, night.hours
    intervals_s = intervals_between(night.onsets_s, night.sleep[:, 1])
    return {
        "hours": hours,
        "drawn": float((night.kinds == PERIODIC).sum()),
        PLM: float(periodic.sum()),
        AASM_PLM: float(_periodic(night, AASM).sum()),
        "periodic_with_arousal_per_h": float((periodic & night.aroused).sum()),
        "candidates": float((~large).sum()),
        "in_runs": float(intervals_in_runs(intervals_s, WASM)),
        "intervals": float(np.isfinite(intervals_s).sum()),
        "movement_per_h": float(large.size),
        "restless_min_per_h": float(night.lasts_s[large].sum()) / 60,
        "turn_per_h": float((night.turn_deg > 0).sum()),
    }


def _periodic(night: Night, rules: SeriesCriteria) -> np.ndarray:
    found = np.zeros(night.kinds.size, dtype=bool)
    for one in find_series(night.onsets_s, night.kinds != LARGE, [], rules):
        found[list(one.members)] = True
    return found


def figures_of(night: Night) -> dict[str, Index]:
    """Return the indices of a night, by name, with their intervals; under both rule sets."""
    wasm, aasm = (_indices(night, default_criteria(Placement.ANKLE, r)) for r in ("wasm", "aasm"))
    return {**wasm, AASM_PLM: aasm[PLM]}


def _indices(night: Night, criteria: Criteria) -> Mapping[str, Index]:
    candidate = night.kinds != LARGE
    series = find_series(night.onsets_s, candidate, [], criteria.series)
    number = {k: n for n, one in enumerate(series, 1) for k in one.members}
    movements = [
        ClassifiedMovement(
            movement=Movement(onset, onset + lasts, 0.2, 2.0, 0.002, turn),
            label=_label(k in number, bool(may)),
            reason="drawn",
            night=1,
            state="sleep",
            series=number.get(k),
        )
        for k, (onset, lasts, turn, may) in enumerate(
            zip(
                night.onsets_s.tolist(),
                night.lasts_s.tolist(),
                night.turn_deg.tolist(),
                candidate,
                strict=True,
            )
        )
    ]
    summary = summarize(
        1,
        _context(night),
        movements,
        series,
        criteria,
        evening=None,
        periodicity=periodicity_of_intervals(night.onsets_s, night.sleep[:, 1], criteria.series),
        hz=50.0,
        arousals_s=np.column_stack((night.onsets_s, night.onsets_s + 3.0))[night.aroused],
    )
    return summary.indices


def _context(night: Night) -> NightContext:
    whole = np.array([[0.0, HOURS * 3600]])
    return NightContext(
        start_s=0.0,
        stop_s=HOURS * 3600,
        valid=whole,
        off_body=whole[:0],
        rest=whole,
        sleep=night.sleep,
        wake=complement(night.sleep, 0.0, HOURS * 3600),
        sleep_onsets_s=(float(night.sleep[0, 0]),),
        basis="hypnogram",
    )


def _label(periodic: bool, candidate: bool) -> Label:
    if periodic:
        return Label.PERIODIC_LIMB_MOVEMENT
    return Label.ISOLATED_MOVEMENT if candidate else Label.RESTLESS_ACTIVITY
