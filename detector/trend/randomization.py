"""The test of a plan that was drawn by lot: the difference against all orders the lot could give.

Nothing is taken for granted of how nights follow each other: had the factor no effect, every order
would have met the same nights. The statistic is a t value adjusted for a linear trend; its working
correlation between nights decides how sharp the test is, not whether it holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.recording import FloatArray
from detector.trend.plan import Arms, counted

_WORKING_PHI = 0.3  # choice: near the middle of what nights of one person may have
_LEAST_FREEDOM = 2
_STEPS: FloatArray = np.geomspace(0.1, 100.0, 60)  # in standard errors


@dataclass(frozen=True, slots=True)
class Orders:
    """The statistic of each order on the nights (n,) that are there.

    `contrasts` (k, n) weigh the nights to the difference over its unit error, `rests` (k, n, n)
    give the variance around the line, both without an order that could not be judged.
    """

    contrasts: FloatArray
    rests: FloatArray

    def squares(self, values: FloatArray, other: FloatArray) -> FloatArray:
        """Return values' R other (k,) over the orders."""
        k, n = self.contrasts.shape
        product: FloatArray = (self.rests.reshape(k * n, n) @ other).reshape(k, n) @ values
        return product


def orders_of(orders: Arms, there: npt.NDArray[np.bool_], washout_nights: int) -> Orders:
    """Return the statistics of `orders` (k, n); `there` (n,) are the nights with a figure."""
    made = [one for order in orders if (one := _statistic(order, there, washout_nights))]
    n = there.size
    if not made:
        return Orders(np.empty((0, n)), np.empty((0, n, n)))
    return Orders(np.array([c for c, _ in made]), np.array([r for _, r in made]))


def _statistic(
    order: Arms, there: npt.NDArray[np.bool_], washout_nights: int
) -> tuple[FloatArray, FloatArray] | None:
    nights = np.flatnonzero(there & counted(order, washout_nights))
    arm = order[nights].astype(np.float64)
    freedom = nights.size - 3
    if freedom < _LEAST_FREEDOM or not 2 <= arm.sum() <= nights.size - 2:
        return None
    days = nights.astype(np.float64)
    columns = np.column_stack((np.ones(days.size), days - days.mean(), arm))
    inverse = np.linalg.inv(_WORKING_PHI ** np.abs(days[:, None] - days[None, :]))
    weighed = columns.T @ inverse
    information = weighed @ columns
    if np.linalg.matrix_rank(information) < 3:
        return None
    solved = np.linalg.solve(information, weighed)
    contrast, rest = np.zeros(order.size), np.zeros((order.size, order.size))
    contrast[nights] = solved[-1] / math.sqrt(np.linalg.inv(information)[-1, -1])
    rest[np.ix_(nights, nights)] = (inverse - weighed.T @ solved) / freedom
    return contrast, rest


@dataclass(frozen=True, slots=True)
class LotTest:
    """The difference of a plan and its test. `others` are k orders, `own` the one that was."""

    value: float
    error: float
    _own_t: tuple[float, float]  # numerator at 0 and its change a unit of effect
    _own_rest: float
    _numerators: tuple[FloatArray, FloatArray]
    _rests: tuple[FloatArray, FloatArray, FloatArray]

    def probability(self, effect: float = 0.0) -> float:
        """Return the share of orders with a difference as far from `effect` as this one's."""
        return float(self._probabilities(np.array([effect]))[0])

    def _probabilities(self, effects: FloatArray) -> FloatArray:
        """Return the probability of each of `effects` (m,)."""
        at_0, slope = self._numerators
        square, mixed, change = self._rests
        effect = effects[:, None]
        rest = np.maximum(square - 2 * effect * mixed + effect**2 * change, 1e-300)
        own = (self._own_t[0] - effect * self._own_t[1]) ** 2 / self._own_rest
        as_far = (at_0 - effect * slope) ** 2 >= own * rest * (1 - 1e-9)
        shares: FloatArray = (1 + np.count_nonzero(as_far, axis=1)) / (1 + at_0.size)
        return shares

    def limits(self, confidence: float) -> tuple[float, float]:
        """Return the effects between which all are that the test does not reject.

        Infinite where the lot could have given too few orders.
        """
        return self._limit(-1, 1 - confidence), self._limit(1, 1 - confidence)

    def _limit(self, way: int, alpha: float) -> float:
        kept = _STEPS[self._probabilities(self.value + way * self.error * _STEPS) > alpha]
        last = float(kept[-1]) if kept.size else 0.0
        if last == _STEPS[-1]:
            return way * math.inf
        low = last
        high = float(_STEPS[np.searchsorted(_STEPS, last, side="right")])
        for _ in range(30):
            middle = (low + high) / 2
            if self.probability(self._at(way, middle)) > alpha:
                low = middle
            else:
                high = middle
        return self._at(way, high)

    def _at(self, way: int, step: float) -> float:
        return self.value + way * float(step) * self.error


def lot_test(values: FloatArray, own_order: Arms, own: Orders, others: Orders) -> LotTest | None:
    """Return the test of `values` (n,), 0 where a night is not there; None where there is none.

    `own` holds the order that was, alone. An effect is taken to act from the first night on.
    """
    arm = own_order.astype(np.float64)
    if not len(own.contrasts) or not len(others.contrasts):
        return None
    rest = float(own.squares(values, values)[0])
    if rest <= 1e-18 * max(1.0, float(values @ values)):
        return None
    numerator, slope = float(own.contrasts[0] @ values), float(own.contrasts[0] @ arm)
    return LotTest(
        value=numerator / slope,
        error=math.sqrt(rest) / slope,
        _own_t=(numerator, slope),
        _own_rest=rest,
        _numerators=(others.contrasts @ values, others.contrasts @ arm),
        _rests=(
            others.squares(values, values),
            others.squares(values, arm),
            others.squares(arm, arm),
        ),
    )
