"""How near a movement lies to the thresholds that made it what it is."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from detector.analysis import Analysis
from detector.classification import ClassifiedMovement
from detector.criteria import Criteria


def doubts(analysis: Analysis) -> tuple[float, ...]:
    """Return for each movement how far it is from the nearest threshold, as |ln(value/threshold)|.

    0 lies on a threshold, 0.1 a tenth from it. The thresholds are those of peak, of length, of
    turning, and of the intervals that make a series.
    """
    onsets_s = np.array([one.movement.onset_s for one in analysis.movements], dtype=np.float64)
    levels_g, _ = analysis.detection.thresholds_at(onsets_s)
    found = []
    for one, level_g in zip(analysis.movements, levels_g.tolist(), strict=True):
        ratios = [one.movement.peak_g / level_g, *_ratios(one, analysis.criteria)]
        found.append(min(abs(math.log(ratio)) for ratio in ratios if ratio > 0))
    return tuple(found)


def _ratios(one: ClassifiedMovement, criteria: Criteria) -> Iterator[float]:
    movement, series, kinds = one.movement, criteria.series, criteria.classification
    for limit_s in (series.min_duration_s, series.max_duration_s, kinds.hypnic_max_duration_s):
        yield movement.duration_s / limit_s
    if not math.isnan(movement.turn_deg):
        yield movement.turn_deg / kinds.restless_turn_deg
    if one.interval_s is not None:
        yield one.interval_s / series.min_interval_s
        yield one.interval_s / series.max_interval_s
