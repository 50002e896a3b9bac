"""Scoring of any list of leg movements by the rules, from EMG as well as from acceleration."""

from detector.scoring.indices import Figure, IntervalStatistics, figures, interval_statistics
from detector.scoring.night import ScoredMovement, ScoredNight, score_night

__all__ = [
    "Figure",
    "IntervalStatistics",
    "ScoredMovement",
    "ScoredNight",
    "figures",
    "interval_statistics",
    "score_night",
]
