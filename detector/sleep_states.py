"""Asleep or awake, from how often movements come that may tell of waking.

movements    ||| | ||     |         |     ||| |   |          |      || |||
awake        #######..              .    .###.                     .######
             likely   possible

Asleep they come seldom, awake often. Sleep lasts for a while; so does waking, briefly as a rule and
long now and then. People differ in how much they move asleep: a fixed rate calls a restless sleeper
awake all night. So many pairs of rates are tried. Each counts by how well it explains the night and
how usual it is, and so does each course of the night under it: the answer is how probable waking is
at each moment. A small change moves that a little, where the likeliest course would flip. As many
epochs are taken as awake as these probabilities add up to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.criteria import NightCriteria
from detector.recording import FloatArray

_ASLEEP = 0  # the states after it are waking: brief, and long
_AWAKE = slice(1, 3)
# In spreads from what is usual; wider steps let the answer jump from one to the next. Asleep they
# reach three above: the most restless of people would else be awake all night.
_ASLEEP_STEPS = np.arange(-4, 7) / 2
_AWAKE_STEPS = np.arange(-4, 5) / 2


@dataclass(frozen=True, slots=True)
class Course:
    """Epoch by epoch (k,): whether it is taken as `awake`, and how `probable` waking is.

    `begins` is how probable it is that waking gives way to sleep between the epoch before and it;
    `rates_per_h` are those of movements asleep and awake that the night tells, on average.
    """

    awake: npt.NDArray[np.bool_]
    probable: FloatArray
    begins: FloatArray
    rates_per_h: tuple[float, float]


def course_of(counts: FloatArray, seen_h: FloatArray, criteria: NightCriteria) -> Course:
    """Return the course of a night of movements `counts` (k,) in the hours seen (k,) of epochs.

    `counts` may have parts of a movement. Before the first epoch and at the last one is awake.
    """
    asleep, awake, usual = _rates(criteria)
    seen = _likelihoods(counts, seen_h, asleep, awake)
    stay = _steps(criteria)
    forward, scale = _forward(seen[0], stay, criteria)
    weight = usual + scale + seen[1]
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    probable, begins = _probable(seen[0], forward, stay, weight)
    rates = (float(weight @ asleep), float(weight @ awake))
    return Course(_waking(probable, criteria), probable, begins, rates)


def _waking(probable: FloatArray, criteria: NightCriteria) -> npt.NDArray[np.bool_]:
    """Return (k,) which epochs are awake: the most `probable`, as many as are on average.

    A short waking is seldom likelier than sleep, so that the likelier state of each epoch makes
    the hours of sleep too many. Only the end of sleep lies where waking becomes likelier.
    """
    asleep = round(float(np.sum(1 - probable)))
    limit = float(np.sort(probable)[max(asleep, 1) - 1])
    awake = probable > min(max(limit, criteria.min_waking_probability), 0.5)
    last = probable.size - int(np.argmin(awake[::-1]))
    awake[last:] = probable[last:] > 0.5
    return awake


def _rates(criteria: NightCriteria) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return pairs of rates asleep and awake (r,) an hour, and the logarithm of how usual."""
    low, high = np.meshgrid(_ASLEEP_STEPS, _AWAKE_STEPS)
    usual = -0.5 * (low**2 + high**2).ravel()
    asleep = criteria.movement_per_h_asleep * criteria.asleep_spread_ratio ** low.ravel()
    awake = criteria.movement_per_h_awake * criteria.awake_spread_ratio ** high.ravel()
    apart = awake >= criteria.min_awake_ratio * asleep
    if not apart.any():
        one = np.ones(1)
        return criteria.movement_per_h_asleep * one, criteria.movement_per_h_awake * one, one
    return asleep[apart], awake[apart], usual[apart]


def _likelihoods(
    counts: FloatArray, seen_h: FloatArray, asleep: FloatArray, awake: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (k, r, 3) how likely an epoch is in each state, the likeliest 1, and what that took.

    The second, (r,), is the logarithm over all epochs. Epochs in which nothing was seen are 1.
    """
    rate = np.stack((asleep, awake, awake), axis=-1)
    score = counts[:, None, None] * np.log(rate) - seen_h[:, None, None] * rate
    best = score.max(axis=2)
    return np.exp(score - best[:, :, None]), best.sum(axis=0)


def _steps(criteria: NightCriteria) -> FloatArray:
    """Return (3, 3) the probabilities of going from one state to another in an epoch."""
    epoch, brief = criteria.state_epoch_s, criteria.brief_waking_probability
    wakes = epoch / criteria.mean_sleep_bout_s
    ends = epoch / criteria.mean_brief_waking_s, epoch / criteria.mean_long_waking_s
    return np.array(
        [
            [1 - wakes, brief * wakes, (1 - brief) * wakes],
            [ends[0], 1 - ends[0], 0.0],
            [ends[1], 0.0, 1 - ends[1]],
        ]
    )


def _forward(
    seen: FloatArray, stay: FloatArray, criteria: NightCriteria
) -> tuple[FloatArray, FloatArray]:
    """Return (k, r, 3) the states given all up to an epoch, and (r,) the logarithm of the night."""
    brief = criteria.brief_waking_probability
    spent = brief * criteria.mean_brief_waking_s, (1 - brief) * criteria.mean_long_waking_s
    state = np.zeros(seen.shape[1:])
    state[:, _AWAKE] = np.array(spent) / sum(spent)
    forward, whole = np.empty_like(seen), np.empty((*seen.shape[:2], 1))
    for k, likely in enumerate(seen):
        state = (state @ stay) * likely
        np.add.reduce(state, axis=1, keepdims=True, out=whole[k])
        state /= whole[k]
        forward[k] = state
    return forward, np.log(whole[:, :, 0]).sum(axis=0)


def _probable(
    seen: FloatArray, forward: FloatArray, stay: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (k,) how probable waking is, over all courses and rates of `weight` (r,).

    The second, (k,), is how probable it is that sleep begins with an epoch.
    """
    state = np.empty_like(seen)
    # of going from an epoch on to the next, asleep then, and whatever then
    asleep, either = np.ones(seen.shape[:2]), np.ones_like(seen)
    after = np.ones(seen.shape[1:])
    after[:, _ASLEEP] = 0.0
    back = stay.T.copy()
    for k in range(len(seen) - 1, -1, -1):
        np.multiply(forward[k], after, out=state[k])
        after = after * seen[k]
        asleep[k] = after[:, _ASLEEP]
        after = np.matmul(after, back, out=either[k])
        after = after / np.add.reduce(after, axis=1, keepdims=True)
    awake = state[:, :, _AWAKE].sum(axis=2) / state.sum(axis=2)
    begins = np.zeros(len(seen))
    went = (forward[:-1, :, _AWAKE] @ stay[_AWAKE, _ASLEEP]) * asleep[1:]
    begins[1:] = (went / (forward[:-1] * either[1:]).sum(axis=2)) @ weight
    return np.clip(awake @ weight, 0.0, 1.0), np.clip(begins, 0.0, 1.0)
