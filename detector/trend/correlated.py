"""A line through nights that depend on the night before: estimate and interval of a coefficient.

The errors are taken as AR(1): nights k days apart have correlation phi^k. Few nights cannot tell
phi, and to take it as known makes intervals too narrow. So every phi from 0 to 0.95 is fitted by
generalized least squares, and the t distributions that each gives are mixed in the proportion in
which the nights speak for it (the restricted likelihood, with the variance integrated out).
docs/trend.md tells how often the intervals hold what they claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detector.recording import FloatArray

_PHI = np.linspace(0.0, 0.95, 20)
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient of a line: mixture of t distributions, (k,) each, with `freedom` degrees."""

    estimates: FloatArray
    errors: FloatArray
    weights: FloatArray
    freedom: int

    @property
    def value(self) -> float:
        """The estimate: the mean of the mixture."""
        return float(self.weights @ self.estimates)

    @property
    def correlation(self) -> float:
        """How much a night resembles the one before, as far as these nights tell."""
        return float(self.weights @ _PHI)

    def below(self, x: float) -> float:
        """Return the share of the mixture below `x`."""
        from scipy.special import stdtr  # noqa: PLC0415 - slow to import

        return float(self.weights @ stdtr(self.freedom, (x - self.estimates) / self.errors))

    def limits(self, confidence: float) -> tuple[float, float]:
        """Return the interval that holds the middle `confidence` of the mixture."""
        tail = (1 - confidence) / 2
        return self._quantile(tail), self._quantile(1 - tail)

    def probability(self, x: float = 0.0) -> float:
        """Return the two-sided probability of a value as far off as `x`."""
        share = self.below(x)
        return min(1.0, 2 * min(share, 1 - share))

    def _quantile(self, share: float) -> float:
        step = float(self.errors.max())
        low = high = self.value
        while self.below(low) > share:
            low -= step
            step *= 2
        step = float(self.errors.max())
        while self.below(high) < share:
            high += step
            step *= 2
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self.below(middle) < share:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def coefficient(values: FloatArray, columns: FloatArray, days: FloatArray) -> Coefficient | None:
    """Return the last coefficient of `values` (n,) on `columns` (n, p), of nights on `days` (n,).

    None where it cannot be told: too few nights, columns that say the same, or values that a line
    goes through exactly.
    """
    n, p = columns.shape
    if n <= p or np.linalg.matrix_rank(columns) < p:
        return None
    apart = np.abs(days[:, None] - days[None, :])
    estimates, errors, logs = (np.empty(_PHI.size) for _ in range(3))
    for k, phi in enumerate(_PHI):
        factor = np.linalg.cholesky(phi**apart if phi else np.eye(n))
        white = np.linalg.solve(factor, np.column_stack((columns, values)))
        upper = np.linalg.qr(white).R
        rest = upper[p, p] ** 2 / (n - p)
        if rest <= 1e-18 * max(1.0, float(values @ values)):
            return None
        solved = np.linalg.solve(upper[:p, :p], upper[:p, p])
        estimates[k] = solved[-1]
        errors[k] = math.sqrt(rest) / abs(upper[p - 1, p - 1])
        logs[k] = (
            -np.log(np.diag(factor)).sum()
            - np.log(np.abs(np.diag(upper[:p, :p]))).sum()
            - (n - p) / 2 * math.log(rest)
        )
    weights = np.exp(logs - logs.max())
    return Coefficient(estimates, errors, weights / weights.sum(), n - p)


def mean_of(values: FloatArray, days: FloatArray) -> Coefficient | None:
    """Return the mean of nights."""
    return coefficient(values, np.ones((values.size, 1)), days)


def slope_of(values: FloatArray, days: FloatArray) -> Coefficient | None:
    """Return the change a day."""
    centred = days - days.mean()
    return coefficient(values, np.column_stack((np.ones(days.size), centred)), days)


def difference_of(values: FloatArray, days: FloatArray, arm: FloatArray) -> Coefficient | None:
    """Return the mean where `arm` (n,) is 1 minus that where it is 0, on one linear trend."""
    centred = days - days.mean()
    return coefficient(values, np.column_stack((np.ones(days.size), centred, arm)), days)
