"""Quantiles of the gamma and the beta distribution, for limits of rates and shares.

scipy.special has the same and takes longer to import than a night's movements take to find; the
tests hold what is here to it. Each is the root of a rising function, found by halving.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

_SMALLEST = 1e-300
_MOST_TERMS = 100_000


def gamma_quantile(shape: float, probability: float) -> float:
    """Return x below which a gamma distribution of `shape`, scale 1, holds `probability`."""
    return _root(lambda x: gamma_tails(shape, x)[0] - probability, math.inf)


@cache
def chi_square_exceeded(freedom: float, probability: float) -> float:
    """Return x that a chi-square value of `freedom` exceeds with `probability`."""
    return 2 * _root(lambda x: probability - gamma_tails(freedom / 2, x)[1], math.inf)


def beta_quantile(a: float, b: float, probability: float) -> float:
    """Return x below which a beta distribution of `a` and `b` holds `probability`."""
    return _root(lambda x: beta_below(a, b, x) - probability, 1.0)


def gamma_tails(shape: float, x: float) -> tuple[float, float]:
    """Return the shares of a gamma distribution below and above `x` (DLMF 8.7.1 and 8.9.2)."""
    if x <= 0:
        return 0.0, 1.0
    weight = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        n = shape
        while term > 1e-17 * total:
            n += 1
            term *= x / n
            total += term
        return weight * total, 1 - weight * total

    def parts(n: int) -> tuple[float, float]:
        return (-(n - 1) * (n - 1 - shape) if n > 1 else 1.0), x + 2 * n - 1 - shape

    above = weight * _continued_fraction(parts)
    return 1 - above, above


def beta_below(a: float, b: float, x: float) -> float:
    """Return the share of a beta distribution below `x` (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    weight = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a

    def parts(n: int) -> tuple[float, float]:
        m, odd = divmod(n - 1, 2)
        if n == 1:
            return 1.0, 1.0
        if odd:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    return weight * _continued_fraction(parts)


def _continued_fraction(parts: Callable[[int], tuple[float, float]]) -> float:
    """Return a1 / (b1 + a2 / (b2 + ...)) of `parts` n: (an, bn), by Lentz' method."""
    value, above, below = _SMALLEST, _SMALLEST, 0.0
    for n in range(1, _MOST_TERMS):
        a, b = parts(n)
        below = 1 / (b + a * below or _SMALLEST)
        above = b + a / above or _SMALLEST
        value *= above * below
        if abs(above * below - 1) < 1e-16:
            break
    return value


def _root(function: Callable[[float], float], high: float) -> float:
    """Return where a rising function of positive numbers, up to `high`, passes 0."""
    low = 0.0
    if high == math.inf:
        high = 1.0
        while function(high) < 0:
            low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        if function(middle) < 0:
            low = middle
        else:
            high = middle
