"""How far two reviewers agree: on which movements there are, and on what they are called.

Only what both judged is compared. A movement that one of them added counts against the other where
it lies within the time that the other reviewed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detector.matching import Hits, match_onsets
from detector.reviewing.apply import TOLERANCE_S, Judged, judgements
from detector.reviewing.log import Decision

_SD_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa with its 95 % interval (Fleiss, Cohen and Everitt 1969), and the plain share.

    `value` and limits are None where both give one and the same label to all: then agreement by
    chance is all there can be.
    """

    count: int
    same: float | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """Two reviews of a night held against each other.

    `both`, `only_first` and `only_second` are movements judged; of `movements` the first one's are
    the true ones, `found` those of the second. `labels` counts (first, second) labels of what both
    keep, and `kappa` is over these.
    """

    both: int
    only_first: int
    only_second: int
    movements: Hits
    labels: Mapping[tuple[str, str], int]
    kappa: Kappa


def reviewer_agreement(
    first: Iterable[Decision], second: Iterable[Decision], tolerance_s: float = TOLERANCE_S
) -> ReviewerAgreement:
    """Return how far two reviews agree; movements are paired one to one by onset."""
    ours = [one for one in judgements(first) if one.how]
    theirs = [one for one in judgements(second) if one.how]
    matching = match_onsets(
        [one.onset_s for one in ours], [one.onset_s for one in theirs], tolerance_s
    )
    pairs = [(ours[i], theirs[j]) for i, j in matching.pairs]
    alone = _alone(ours, {i for i, _ in matching.pairs})
    others = _alone(theirs, {j for _, j in matching.pairs})
    extra, more = _added_within(alone, theirs), _added_within(others, ours)
    labels: dict[tuple[str, str], int] = {}
    for one, other in pairs:
        if one.label is not None and other.label is not None:
            labels[one.label, other.label] = labels.get((one.label, other.label), 0) + 1
    return ReviewerAgreement(
        both=len(pairs),
        only_first=len(alone) - extra,
        only_second=len(others) - more,
        movements=Hits(
            hits=sum(labels.values()),
            found=sum(other.label is not None for _, other in pairs) + more,
            true=sum(one.label is not None for one, _ in pairs) + extra,
        ),
        labels=labels,
        kappa=cohens_kappa(labels),
    )


def _alone(judged: Sequence[Judged], paired: set[int]) -> list[Judged]:
    return [one for index, one in enumerate(judged) if index not in paired]


def _added_within(alone: Sequence[Judged], other: Sequence[Judged]) -> int:
    """Return how many added movements lie within the time that the other reviewed."""
    if not other:
        return 0
    start_s, stop_s = other[0].onset_s, max(one.offset_s for one in other)
    return sum(one.how == "added" and start_s <= one.onset_s < stop_s for one in alone)


def cohens_kappa(counts: Mapping[tuple[str, str], int]) -> Kappa:
    """Return the kappa of how often each pair of labels met."""
    names = sorted({name for pair in counts for name in pair})
    table = np.array([[counts.get((a, b), 0) for b in names] for a in names], dtype=np.float64)
    total = int(table.sum()) if table.size else 0
    if not total:
        return Kappa(0, None, None, None, None)
    share = table / total
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    same, chance = float(np.trace(share)), float(rows @ columns)
    if chance >= 1.0:
        return Kappa(total, same, None, None, None)
    kappa = (same - chance) / (1 - chance)
    diagonal = np.diag(share) * (1 - (rows + columns) * (1 - kappa)) ** 2
    off = share * (columns[:, None] + rows[None, :]) ** 2
    spread = (1 - kappa) ** 2 * (off.sum() - np.trace(off))
    variance = (diagonal.sum() + spread - (kappa - chance * (1 - kappa)) ** 2) / total
    reach = _SD_95 * math.sqrt(max(0.0, float(variance))) / (1 - chance)
    return Kappa(total, same, kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))
