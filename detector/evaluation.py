"""Movements held against annotations: one to one, by onset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Matching:
    """Pairs of (found, true) indices, each used once, and how many there were of both."""

    pairs: tuple[tuple[int, int], ...]
    found: int
    true: int

    @property
    def precision(self) -> float | None:
        """Return the share of the found that is true; None where nothing was found."""
        return len(self.pairs) / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Return the share of the true that was found; None where nothing was there."""
        return len(self.pairs) / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """Return 2 hits / (found + true); None where both are empty."""
        both = self.found + self.true
        return 2 * len(self.pairs) / both if both else None


def match_onsets(
    found_s: npt.ArrayLike, true_s: npt.ArrayLike, tolerance_s: float = 1.0
) -> Matching:
    """Pair onsets (n,) and (m,) in ascending order that differ by `tolerance_s` at most.

    Going through both in order of time and pairing the first that fits gives the largest number of
    pairs, since all tolerances are the same.
    """
    found, true = np.asarray(found_s, dtype=float), np.asarray(true_s, dtype=float)
    for name, onsets in (("found", found), ("true", true)):
        if np.any(np.diff(onsets) < 0):
            raise ValueError(f"the {name} onsets are not in ascending order")
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < found.size and j < true.size:
        if abs(found[i] - true[j]) <= tolerance_s:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif found[i] < true[j]:
            i += 1
        else:
            j += 1
    return Matching(tuple(pairs), found.size, true.size)


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
