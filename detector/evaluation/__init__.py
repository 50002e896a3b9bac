"""Movements held against annotations: one to one, by onset."""

from detector.evaluation.agreement import Agreement, agreement
from detector.evaluation.comparison import Comparison, compare
from detector.evaluation.marks import Mark, Marks, read_result, read_truth
from detector.matching import Matching, confusion, match_onsets

__all__ = [
    "Agreement",
    "Comparison",
    "Mark",
    "Marks",
    "Matching",
    "agreement",
    "compare",
    "confusion",
    "match_onsets",
    "read_result",
    "read_truth",
]
