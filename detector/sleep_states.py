"""Asleep or awake, from how often movements come that may tell of waking.

movements    ||| | ||     |         |     ||| |   |          |      || |||
awake        |-------|                    |---|                     |----|

Two states, each with its rate; both last for a while. People differ in how much they move asleep:
a fixed rate calls a restless sleeper awake all night. So the night tells its own two rates, held
to what is usual, and the likeliest course is taken under them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.criteria import NightCriteria
from detector.recording import FloatArray

_ASLEEP, _AWAKE = 0, 1
# In spreads from what is usual: a calm night tells little, a restless one may be far off.
_STEPS_ASLEEP = np.arange(-2, 5) / 2
_STEPS_AWAKE = np.arange(-3, 5) / 2


@dataclass(frozen=True, slots=True)
class Course:
    """Epoch by epoch (k,): whether the likeliest course is `awake`, and how `probable` waking is.

    `rates_per_h` are those of movements asleep and awake that the night tells.
    """

    awake: npt.NDArray[np.bool_]
    probable: FloatArray
    rates_per_h: tuple[float, float]


def course_of(counts: FloatArray, seen_h: FloatArray, criteria: NightCriteria) -> Course:
    """Return the course of a night of movements `counts` (k,) in the hours seen (k,) of epochs.

    Before the first epoch one is awake.
    """
    rates = _own_rates(counts, seen_h, criteria)
    score = _scores(counts, seen_h, np.array([rates[0]]), np.array([rates[1]]))[:, 0, :]
    step = _steps(criteria)
    return Course(_likeliest(score, step), _probable(score, step), rates)


def _own_rates(
    counts: FloatArray, seen_h: FloatArray, criteria: NightCriteria
) -> tuple[float, float]:
    """Return the rates an hour under which the night is likeliest, as usual as they are."""
    spreads = np.log([criteria.asleep_spread_ratio, criteria.awake_spread_ratio])
    asleep, awake = np.meshgrid(_STEPS_ASLEEP, _STEPS_AWAKE)
    usual = -0.5 * (asleep**2 + awake**2).ravel()
    low = criteria.movement_per_h_asleep * np.exp(spreads[0] * asleep).ravel()
    high = criteria.movement_per_h_awake * np.exp(spreads[1] * awake).ravel()
    apart = high >= criteria.min_awake_ratio * low
    if not apart.any():
        return criteria.movement_per_h_asleep, criteria.movement_per_h_awake
    low, high, usual = low[apart], high[apart], usual[apart]
    score, step = _scores(counts, seen_h, low, high), _steps(criteria)
    forward = np.full((low.size, 2), -np.inf)
    forward[:, _AWAKE] = 0.0
    for of_epoch in score:
        forward = np.logaddexp.reduce(forward[:, :, None] + step, axis=1) + of_epoch
    best = int(np.argmax(np.logaddexp.reduce(forward, axis=1) + usual))
    return float(low[best]), float(high[best])


def _scores(
    counts: FloatArray, seen_h: FloatArray, asleep: FloatArray, awake: FloatArray
) -> FloatArray:
    """Return (k, r, 2) how likely the counts of an epoch are in each state, for rates (r,)."""
    rate = np.stack((asleep, awake), axis=-1)
    score: FloatArray = counts[:, None, None] * np.log(rate) - seen_h[:, None, None] * rate
    return score


def _steps(criteria: NightCriteria) -> FloatArray:
    """Return (2, 2) the logarithms of going from one state to the other."""
    epoch = criteria.state_epoch_s
    leave = epoch / np.array([criteria.mean_sleep_bout_s, criteria.mean_wake_bout_s])
    step: FloatArray = np.log(np.array([[1 - leave[0], leave[0]], [leave[1], 1 - leave[1]]]))
    return step


def _likeliest(score: FloatArray, step: FloatArray) -> npt.NDArray[np.bool_]:
    """Return (k,) whether awake, by Viterbi's algorithm, for scores (k, 2)."""
    best = score[0] + step[_AWAKE]
    came_from = np.zeros((len(score), 2), dtype=np.int64)
    for k in range(1, len(score)):
        paths = best[:, None] + step
        came_from[k] = np.argmax(paths, axis=0)
        best = paths[came_from[k], [0, 1]] + score[k]
    state = np.empty(len(score), dtype=np.int64)
    state[-1] = int(np.argmax(best))
    for k in range(len(score) - 1, 0, -1):
        state[k - 1] = came_from[k, state[k]]
    awake: npt.NDArray[np.bool_] = state == _AWAKE
    return awake


def _probable(score: FloatArray, step: FloatArray) -> FloatArray:
    """Return (k,) the probability of waking over all courses, for scores (k, 2)."""
    forward, backward = np.empty_like(score), np.zeros_like(score)
    forward[0] = score[0] + step[_AWAKE]
    for k in range(1, len(score)):
        forward[k] = np.logaddexp.reduce(forward[k - 1][:, None] + step, axis=0) + score[k]
    for k in range(len(score) - 2, -1, -1):
        backward[k] = np.logaddexp.reduce(step + score[k + 1] + backward[k + 1], axis=1)
    both = forward + backward
    probable: FloatArray = np.exp(both[:, _AWAKE] - np.logaddexp.reduce(both, axis=1))
    return probable
