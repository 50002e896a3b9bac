"""How far chance moves a night's figures: limits of rates and shares of what comes in clusters.

    movements  |||||||      ||||      |||||||||||        series begin at random, each of several
    clusters      7           4           11             count 22, dispersion (49 + 16 + 121) / 22

The count of such a night varies as that of a compound Poisson process: its variance is the mean
times the dispersion, sum of squared sizes over sum of sizes. So 22 movements in these series tell
as much as 22 / 8.5 = 2.6 that come one by one, and the limits are those of a Poisson count of 2.6,
times 8.5. They are limits of the rate of this person on nights like this one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detector.criteria import SeriesCriteria, SummaryCriteria
from detector.distributions import beta_quantile, gamma_quantile
from detector.intervals import Spans
from detector.recording import FloatArray


def clusters(onsets_s: FloatArray, criteria: SeriesCriteria) -> Spans:
    """Return first and last onset (k, 2) of the clusters among onsets (n,) of series, in order.

    A series that something broke off and that goes on within the longest interval is one cluster.
    """
    if not onsets_s.size:
        return np.empty((0, 2))
    new = np.flatnonzero(np.diff(onsets_s) > criteria.max_interval_s)
    first, last = np.append(0, new + 1), np.append(new, onsets_s.size - 1)
    return np.column_stack((onsets_s[first], onsets_s[last]))


def cluster_sizes(onsets_s: FloatArray, spans_s: Spans) -> FloatArray:
    """Return how many of the onsets (n,), in order, lie in each of the clusters (k, 2)."""
    first = np.searchsorted(onsets_s, spans_s[:, 0], side="left")
    last = np.searchsorted(onsets_s, spans_s[:, 1], side="right")
    return np.asarray(last - first, dtype=np.float64)


def series_dispersion(
    sizes: FloatArray, criteria: SummaryCriteria, counted_share: float = 1.0
) -> float:
    """Return variance over mean of a count of movements in clusters of `sizes` (k,).

    One usual series more is put to those of the night, which are few: their own would tell too
    narrow limits. Of its members, `counted_share` are counted. What so few tell is still too
    little more often than too much: the dispersion grows by `few_series_ratio` over their number.
    """
    mean, sd = criteria.usual_series_members, criteria.usual_series_members_sd
    if not sizes.sum():
        return max(1.0, mean * counted_share)
    second = (mean**2 + sd**2) * counted_share**2 + float((sizes**2).sum())
    told = max(1.0, second / (mean * counted_share + float(sizes.sum())))
    return told * (1 + criteria.few_series_ratio / (1 + np.count_nonzero(sizes)))


def block_dispersion(onsets_s: FloatArray, sleep: Spans, block_s: float) -> float:
    """Return variance over mean of the counts in blocks of sleep, at least 1."""
    if not onsets_s.size or not len(sleep):
        return 1.0
    edges = np.arange(sleep[0, 0], sleep[-1, 1] + block_s, block_s)
    slept = np.clip(edges[:, np.newaxis] - sleep[:, 0], 0.0, sleep[:, 1] - sleep[:, 0])
    slept_s = np.diff(slept.sum(axis=1))
    counts, _ = np.histogram(onsets_s, edges)
    used = slept_s > 0.25 * block_s
    if used.sum() < 4 or not counts[used].sum():
        return 1.0
    expected = counts[used].sum() / slept_s[used].sum() * slept_s[used]
    pearson = np.sum((counts[used] - expected) ** 2 / expected) / (used.sum() - 1)
    return max(1.0, float(pearson))


def count_limits(
    count: float, dispersion: float, confidence: float, by_chance: float = 0.0
) -> tuple[float, float]:
    """Return limits of the mean of a count, of which `by_chance` are something else on average.

    The upper one is exact for a Poisson count of count / dispersion (Garwood), the lower one
    Jeffreys': the exact one would hold too often. Of no event, only the upper one tells something.
    """
    effective = count / dispersion
    tail = (1 - confidence) / 2
    high = dispersion * gamma_quantile(effective + 1, 1 - tail)
    if not count:
        return 0.0, high
    low = dispersion * gamma_quantile(effective + 0.5, tail) - by_chance
    return min(max(0.0, low), count), high


def sum_limits(
    counts: Sequence[float], limits: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Return limits of the mean of a sum of independent counts from those of each.

    The distances to the limits add as their squares do (Zou and Donner 2008).
    """
    whole = sum(counts)
    below, above = (
        math.hypot(*(count - pair[side] for count, pair in zip(counts, limits, strict=True)))
        for side in (0, 1)
    )
    return max(0.0, whole - below), whole + above


def share_limits(value: float, trials: float, confidence: float) -> tuple[float, float]:
    """Return exact binomial limits of a share of `trials`, as many as are independent."""
    trials = max(1.0, trials)
    hits = value * trials
    tail = (1 - confidence) / 2
    low = beta_quantile(hits, trials - hits + 1, tail) if hits > 0 else 0.0
    high = beta_quantile(hits + 1, trials - hits, 1 - tail) if hits < trials else 1.0
    return low, high


def independent_trials(share: float, of: int, of_hits: float, of_others: float) -> float:
    """Return how many independent trials tell as much as a `share` of `of` that come in clusters.

    `of_hits` and `of_others` are the dispersions of both counts: of their ratio, the variance is
    that of a binomial share of so many.
    """
    return of / ((1 - share) * of_hits + share * of_others)


def rows_by_chance(candidates: int, breakers: int, hours: float, criteria: SeriesCriteria) -> float:
    """Return how many of the candidates outside series would be in one by chance, in `hours`.

    At random moments a share p of them is followed by another at the interval of a series, with no
    breaker between. One with k such intervals around it, of which there are (k + 1) (1 - p)^2 p^k,
    is in a row of four where k is three or more.
    """
    if not candidates or hours <= 0:
        return 0.0
    breaking = 0 if criteria.non_candidate_passes else breakers
    per_s = (candidates + breaking) / (3600 * hours)
    early, late = np.exp(-per_s * np.array([criteria.min_interval_s, criteria.max_interval_s]))
    fits = candidates / (candidates + breaking) * float(early - late)
    k = np.arange(criteria.min_members - 1)
    return candidates * (1 - (1 - fits) ** 2 * float(np.sum((k + 1) * fits**k)))
