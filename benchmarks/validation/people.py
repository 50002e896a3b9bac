"""People who move at random, and nights of theirs without a signal: onsets, kinds and lengths.

A person's series begin at random while none runs, each with a random number of movements; other
movements come at random between them. `KINDS` differ in how the numbers and the times are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from detector.intervals import Spans, total
from detector.recording import FloatArray, Placement
from detector.simulation import NightPlan
from detector.simulation.sleep import SLEEP_STAGES, Person, draw_person, draw_stages, spans
from detector.simulation.table import log_normal, value
from detector.simulation.timing import clock_s, lay_out, poisson_s

HOURS = 8.0
LARGE, PERIODIC, SINGLE = 0, 1, 2
TURN_DEG = 45.0
EARLY_FALL = 3.0  # as many times more series begin in the first hour as in the last

Members = Callable[[np.random.Generator], int]


def _simulated(rng: np.random.Generator) -> int:
    """Draw how many members a series of the simulation of whole nights has."""
    drawn = log_normal(rng, value("plm_series_members_median"), value("plm_series_members_sd"))
    return max(4, round(drawn))


def _geometric(mean: float) -> Members:
    return lambda rng: 3 + int(rng.geometric(1 / (mean - 3)))


def _negative_binomial(mean: float) -> Members:
    return lambda rng: 4 + int(rng.negative_binomial(3, 3 / (mean - 1)))


def _log_normal(mean: float) -> Members:
    return lambda rng: max(4, round(mean * float(np.exp(rng.normal(-0.32, 0.8)))))


@dataclass(frozen=True, slots=True)
class Kind:
    """`members` of a series with a mean between 7 and 22 movements, None as in the simulation.

    `laid_out`: as many movements as the rate asks for in each night, as the simulation has it.
    """

    members: Callable[[float], Members] | None = None
    denser_early: bool = False
    laid_out: bool = False


KINDS: Mapping[str, Kind] = {
    "as simulated": Kind(),
    "geometric": Kind(_geometric),
    "negative binomial": Kind(_negative_binomial),
    "log-normal, denser early": Kind(_log_normal, denser_early=True),
    "laid out": Kind(laid_out=True),
}


@dataclass(frozen=True, slots=True)
class Mover:
    """How one person's movements are drawn; `mean_break_s` is None where none are periodic."""

    person: Person
    kind: Kind
    members: Members
    mean_break_s: float | None


@dataclass(frozen=True, slots=True)
class Night:
    """Movements asleep (n,) in order of onset, and in which periodic ones an arousal begins."""

    sleep: Spans
    onsets_s: FloatArray
    kinds: np.ndarray
    lasts_s: FloatArray
    turn_deg: FloatArray
    aroused: np.ndarray

    @property
    def hours(self) -> float:
        return total(self.sleep) / 3600


def draw_mover(rng: np.random.Generator, rate_per_h: float, kind: Kind) -> Mover:
    """Draw a person who makes `rate_per_h` periodic movements an hour; redraw who cannot."""
    while True:
        person = draw_person(rng, Placement.ANKLE, rate_per_h, NightPlan())
        members = _simulated if kind.members is None else kind.members(float(rng.uniform(7, 22)))
        if kind.laid_out or not rate_per_h:
            return Mover(person, kind, members, None)
        sample = np.random.default_rng(0)
        mean = float(np.mean([members(sample) for _ in range(2000)]))
        interval_s = float(_draw_intervals_s(sample, person, 4000).mean())
        break_s = mean * 3600 / rate_per_h - (mean - 1) * interval_s - value("plm_break_min_s")
        if break_s >= 30.0:
            return Mover(person, kind, members, break_s)


def draw_sleep(rng: np.random.Generator) -> Spans:
    return spans(draw_stages(rng, HOURS * 3600, 0.0, 0.0), SLEEP_STAGES)


def draw_night(rng: np.random.Generator, mover: Mover) -> Night:
    """Draw one night; nothing moves awake.

    Large movements go before periodic ones, these before single ones; what would lie within 4 s
    of one that goes before it is left out.
    """
    sleep, person = draw_sleep(rng), mover.person
    runs = _periodic_runs(rng, mover, sleep)
    turns = poisson_s(rng, person.turn_per_h, sleep)
    large = np.concatenate((poisson_s(rng, person.large_per_h, sleep), turns))
    single = poisson_s(rng, value("single_per_h"), sleep)
    in_series = np.zeros(single.size, dtype=bool)
    for run in runs:
        in_series |= (single >= run[0]) & (single <= run[-1])
    single = single[~in_series | (rng.random(single.size) < value("single_in_series_share"))]
    periodic = apart(np.concatenate([*runs, np.zeros(0)]), large)
    single = apart(single, np.concatenate((large, periodic)))
    sizes = (large.size, periodic.size, single.size)
    onsets = np.concatenate((large, periodic, single))
    others_s = np.full(periodic.size + single.size, 2.0)
    lasts = np.concatenate((_draw_large_s(rng, large.size), others_s))
    turn_deg = np.zeros(onsets.size)
    turn_deg[large.size - turns.size : large.size] = TURN_DEG
    order = np.argsort(onsets)
    kinds = np.repeat([LARGE, PERIODIC, SINGLE], sizes)[order]
    aroused = (kinds == PERIODIC) & (rng.random(kinds.size) < value("arousal_plm_share"))
    return Night(sleep, onsets[order], kinds, lasts[order], turn_deg[order], aroused)


def periodic_rate(rng: np.random.Generator, mover: Mover, nights: int) -> float:
    """Return how many periodic movements an hour a person makes over so many nights."""
    person, count, hours = mover.person, 0, 0.0
    for _ in range(nights if person.plm_per_h else 0):
        sleep = draw_sleep(rng)
        large = poisson_s(rng, person.large_per_h + person.turn_per_h, sleep)
        runs = _periodic_runs(rng, mover, sleep)
        count += apart(np.concatenate([*runs, np.zeros(0)]), large).size
        hours += total(sleep) / 3600
    return count / hours if hours else 0.0


def apart(onsets_s: FloatArray, others_s: FloatArray, least_s: float = 4.0) -> FloatArray:
    """Return the onsets that lie at least so far from each of the others."""
    if not others_s.size:
        return onsets_s
    ordered = np.sort(others_s)
    after = np.searchsorted(ordered, onsets_s)
    ahead = np.append(ordered, np.inf)[after] - onsets_s
    behind = onsets_s - np.insert(ordered, 0, -np.inf)[after]
    return onsets_s[np.minimum(ahead, behind) >= least_s]


def _periodic_runs(rng: np.random.Generator, mover: Mover, sleep: Spans) -> list[FloatArray]:
    person = mover.person
    if not person.plm_per_h:
        return []
    if mover.mean_break_s is None:
        return lay_out(
            rng,
            round(person.plm_per_h * total(sleep) / 3600),
            lambda: float(_draw_intervals_s(rng, person, 1)[0]),
            within=sleep,
            denser_early=person.denser_early,
        )
    # It began long before the night, so that the night's start is no special moment.
    length_s = total(sleep)
    at = -float(rng.uniform(2, 3)) * 3600
    runs = []
    while True:
        at += value("plm_break_min_s") + _draw_break_s(rng, mover, at, length_s)
        if at >= length_s:
            return runs
        steps_s = _draw_intervals_s(rng, person, mover.members(rng) - 1)
        run = at + np.concatenate(([0.0], np.cumsum(steps_s)))
        at = float(run[-1])
        run = run[(run >= 0) & (run < length_s)]
        if run.size:
            runs.append(clock_s(run, sleep))


def _draw_break_s(rng: np.random.Generator, mover: Mover, at_s: float, length_s: float) -> float:
    """Draw a break beyond the least one: at random, or shorter early in the night than late."""
    mean_s = mover.mean_break_s
    assert mean_s is not None
    if not mover.kind.denser_early:
        return float(rng.exponential(mean_s))
    drawn_s = 0.0
    while True:  # thinned from the rate at its highest
        drawn_s += float(rng.exponential(mean_s / EARLY_FALL))
        place = np.clip((at_s + drawn_s) / length_s, 0, 1)
        if rng.random() < EARLY_FALL**-place:
            return drawn_s


def _draw_large_s(rng: np.random.Generator, count: int) -> FloatArray:
    sd = value("large_duration_sd")
    drawn = value("large_duration_gm_s") * np.exp(sd * rng.standard_normal(count))
    return np.clip(drawn, value("large_duration_min_s"), value("large_duration_max_s"))


def _draw_intervals_s(rng: np.random.Generator, person: Person, count: int) -> FloatArray:
    drawn = np.zeros(0)
    while drawn.size < count:
        more = person.interval_gm_s * np.exp(person.interval_sd * rng.standard_normal(count + 8))
        drawn = np.concatenate((drawn, more[(more >= 10.0) & (more <= 90.0)]))
    return drawn[:count]
