"""Which of two lists of onsets belong together: one to one, as many as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_TIES_S = 1e-6  # stamps written as decimals: a tolerance that is met exactly is kept
_SKIP_FOUND, _SKIP_TRUE, _PAIR = range(3)


@dataclass(frozen=True, slots=True)
class Hits:
    """How many were found, how many are true, and how many of both belong together."""

    hits: int
    found: int
    true: int

    @property
    def precision(self) -> float | None:
        """Return the share of the found that is true; None where nothing was found."""
        return self.hits / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Return the share of the true that was found; None where nothing was there."""
        return self.hits / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """Return 2 hits / (found + true); None where both are empty."""
        both = self.found + self.true
        return 2 * self.hits / both if both else None


@dataclass(frozen=True, slots=True)
class Matching:
    """Pairs of (found, true) indices, each used once, and how many there were of both."""

    pairs: tuple[tuple[int, int], ...]
    found: int
    true: int

    @property
    def hits(self) -> Hits:
        """Return the counts alone."""
        return Hits(len(self.pairs), self.found, self.true)

    @property
    def precision(self) -> float | None:
        """Return the share of the found that is true; None where nothing was found."""
        return self.hits.precision

    @property
    def recall(self) -> float | None:
        """Return the share of the true that was found; None where nothing was there."""
        return self.hits.recall

    @property
    def f1(self) -> float | None:
        """Return 2 hits / (found + true); None where both are empty."""
        return self.hits.f1


def match_onsets(
    found_s: npt.ArrayLike, true_s: npt.ArrayLike, tolerance_s: float = 1.0
) -> Matching:
    """Pair onsets (n,) and (m,) in ascending order that differ by `tolerance_s` at most.

    Of all pairings with the largest number of pairs it is the one in which the pairs lie nearest
    to each other, summed up. Such a one never crosses, so it is found by going through both lists
    once: best[j] holds the best pairing of all found so far with the first j of the true.
    """
    found, true = np.asarray(found_s, dtype=float), np.asarray(true_s, dtype=float)
    for name, onsets in (("found", found), ("true", true)):
        if np.any(np.diff(onsets) < 0):
            raise ValueError(f"the {name} onsets are not in ascending order")
    reach_s = tolerance_s + _TIES_S
    first = np.searchsorted(true, found - reach_s, side="left").tolist()
    last = np.searchsorted(true, found + reach_s, side="right").tolist()
    best = [(0, 0.0)] * (true.size + 1)  # number of pairs, and minus the sum of differences
    filled = 0
    steps: list[list[int]] = []
    for i, onset_s in enumerate(found.tolist()):
        low, high = first[i], last[i]
        best[filled + 1 : high + 1] = [best[filled]] * (high - filled)
        filled = max(filled, high)
        before = best[low]
        taken = []
        for j in range(low + 1, high + 1):
            difference_s = abs(onset_s - float(true[j - 1]))
            paired = (before[0] + 1, before[1] - difference_s)
            before = best[j]
            step = max((best[j], _SKIP_FOUND), (best[j - 1], _SKIP_TRUE), (paired, _PAIR))
            best[j] = step[0]
            taken.append(step[1])
        steps.append(taken)
    return Matching(_pairs(steps, first, true.size), found.size, true.size)


def _pairs(
    steps: Sequence[Sequence[int]], first: Sequence[int], true_count: int
) -> tuple[tuple[int, int], ...]:
    """Return the pairs by going back the way that `steps` tell."""
    pairs = []
    i, j = len(steps) - 1, true_count
    while i >= 0 and j > 0:
        j = min(j, first[i] + len(steps[i]))
        step = steps[i][j - first[i] - 1] if j > first[i] else _SKIP_FOUND
        if step == _PAIR:
            pairs.append((i, j - 1))
        if step != _SKIP_TRUE:
            i -= 1
        if step != _SKIP_FOUND:
            j -= 1
    return tuple(reversed(pairs))


def confusion(
    found_labels: Sequence[str], true_labels: Sequence[str], matching: Matching
) -> dict[tuple[str, str], int]:
    """Return how often each (true, found) pair of labels met; "none" where there is no partner."""
    counts: dict[tuple[str, str], int] = {}
    hit_found = {i for i, _ in matching.pairs}
    hit_true = {j for _, j in matching.pairs}
    met = [(true_labels[j], found_labels[i]) for i, j in matching.pairs]
    met += [(label, "none") for j, label in enumerate(true_labels) if j not in hit_true]
    met += [("none", label) for i, label in enumerate(found_labels) if i not in hit_found]
    for pair in met:
        counts[pair] = counts.get(pair, 0) + 1
    return counts
