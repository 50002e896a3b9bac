"""Rates of people: the decision at 15/h, few movements, and what the intervals of an index hold.

A short-cut night has movements and no signal: their onsets are drawn from a generating process
and go through series and summary, with the true sleep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, default_criteria
from detector.intervals import Spans, complement, total
from detector.movements import Movement
from detector.nights import NightContext
from detector.recording import FloatArray, Placement
from detector.series import find_series
from detector.simulation import NightPlan
from detector.simulation.sleep import SLEEP_STAGES, Person, draw_person, draw_stages, spans
from detector.simulation.table import log_normal, value
from detector.simulation.timing import clock_s, lay_out, poisson_s
from detector.summary import summarize
from validation.nights import Case, Figures, found_marks, series_figures, true_marks

HOURS = 8.0
BANDS = {"0": (0.0, 0.0), "1 to 5": (1.0, 5.0), "5 to 15": (5.0, 15.0), "15 to 60": (15.0, 60.0)}
NIGHTS_A_BAND = 13  # of each seed: 20 seeds make 1040 nights
NIGHTS_A_PERSON = 100  # whose mean is taken for the person's rate
DECISIONS = 10  # of each seed: 20 seeds make 200 nights
MARK_PER_H = 15.0


def measure_decisions(seed: int) -> Figures:
    """Return true and estimated index of ten people, one from each tenth of 0 to 60/h."""
    rng = np.random.default_rng([seed, 15])
    nights = []
    for k in range(DECISIONS):
        asked = 60.0 / DECISIONS * (k + float(rng.random()))
        nights.append({"asked": asked, **_indices(Case(plm_per_h=asked), DECISIONS * seed + k)})
    return {"nights": nights}


def measure_few(seed: int) -> Figures:
    """Return true and estimated index of people with no, and with two, periodic movements/h."""
    return {f"{asked:g}": _indices(Case(plm_per_h=asked), seed) for asked in (0.0, 2.0)}


def _indices(case: Case, seed: int) -> Figures:
    night = case.simulate(seed)
    analysis = case.analyze(night)
    figures = series_figures(night, analysis, true_marks(night), found_marks(analysis)[0])
    kept = ("index_true", "index_two_legs", "index", "index_low", "index_high")
    return {name: figures[name] for name in kept}


@dataclass(frozen=True, slots=True)
class Process:
    """How one person's movements are drawn: series, and other movements between them.

    Breaks between series are random, `mean_break_s` on average beyond the least one; where that
    is None, as many movements as the rate asks for are laid out over the night, as `simulate`
    does: then no night has more than another.
    """

    person: Person
    mean_break_s: float | None


def measure_coverage(seed: int) -> Figures:
    """Return for people of each band their rates, and the index of one night with its interval."""
    found: Figures = {}
    for number, (band, (low, high)) in enumerate(BANDS.items()):
        for kind in ("random", "laid out"):
            rng = np.random.default_rng([seed, number, kind == "random"])
            found[f"{band}|{kind}"] = [
                _one_person(rng, low, high, kind) for _ in range(NIGHTS_A_BAND)
            ]
    return found


def _one_person(rng: np.random.Generator, low: float, high: float, kind: str) -> Figures:
    criteria = default_criteria(Placement.ANKLE)
    rate = float(np.exp(rng.uniform(np.log(low), np.log(high)))) if high else 0.0
    process = draw_process(rng, rate, kind)
    drawn, ruled = [], []
    for _ in range(NIGHTS_A_PERSON):
        sleep = draw_sleep(rng)
        onsets, candidate, periodic = draw_night(rng, process, sleep)
        members = _members(onsets, candidate, criteria)
        hours = total(sleep) / 3600
        drawn.append(periodic.sum() / hours)
        ruled.append(len(members) / hours)
    sleep = draw_sleep(rng)
    index = _summarized(*draw_night(rng, process, sleep)[:2], sleep, criteria)
    return {"drawn": float(np.mean(drawn)), "ruled": float(np.mean(ruled)), **index}


def draw_process(rng: np.random.Generator, rate_per_h: float, kind: str) -> Process:
    """Draw a person who makes `rate_per_h` periodic movements an hour; redraw who cannot."""
    while True:
        person = draw_person(rng, Placement.ANKLE, rate_per_h, NightPlan())
        if kind != "random" or not rate_per_h:
            return Process(person, None)
        sample = np.random.default_rng(0)
        members = float(np.mean([_draw_members(sample) for _ in range(4000)]))
        interval_s = float(np.mean([_draw_interval(sample, person) for _ in range(2000)]))
        cycle_s = members * 3600 / rate_per_h
        break_s = cycle_s - (members - 1) * interval_s - value("plm_break_min_s")
        if break_s >= 30.0:
            return Process(person, break_s)


def draw_sleep(rng: np.random.Generator) -> Spans:
    return spans(draw_stages(rng, HOURS * 3600, 0.0, 0.0), SLEEP_STAGES)


def draw_night(
    rng: np.random.Generator, process: Process, sleep: Spans
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """Return onsets (n,) asleep in order, which are candidates, and which are drawn as periodic.

    Large movements go before periodic ones, these before single ones; what would lie within 4 s
    of one that goes before it is left out. Nothing moves awake.
    """
    person = process.person
    runs = _periodic_runs(rng, process, sleep)
    large = poisson_s(rng, person.large_per_h + person.turn_per_h, sleep)
    single = poisson_s(rng, value("single_per_h"), sleep)
    in_series = np.zeros(single.size, dtype=bool)
    for run in runs:
        in_series |= (single >= run[0]) & (single <= run[-1])
    single = single[~in_series | (rng.random(single.size) < value("single_in_series_share"))]
    periodic = apart(np.concatenate([*runs, np.zeros(0)]), large)
    single = apart(single, np.concatenate((large, periodic)))
    onsets = np.concatenate((large, periodic, single))
    kinds = np.repeat([0, 1, 2], [large.size, periodic.size, single.size])
    order = np.argsort(onsets)
    return onsets[order], kinds[order] > 0, kinds[order] == 1


def apart(onsets_s: FloatArray, others_s: FloatArray, least_s: float = 4.0) -> FloatArray:
    """Return the onsets that lie at least so far from each of the others."""
    if not others_s.size:
        return onsets_s
    ordered = np.sort(others_s)
    after = np.searchsorted(ordered, onsets_s)
    ahead = np.append(ordered, np.inf)[after] - onsets_s
    behind = onsets_s - np.insert(ordered, 0, -np.inf)[after]
    return onsets_s[np.minimum(ahead, behind) >= least_s]


def _periodic_runs(rng: np.random.Generator, process: Process, sleep: Spans) -> list[FloatArray]:
    person = process.person
    if not person.plm_per_h:
        return []
    if process.mean_break_s is None:
        return lay_out(
            rng,
            round(person.plm_per_h * total(sleep) / 3600),
            lambda: _draw_interval(rng, person),
            within=sleep,
            denser_early=person.denser_early,
        )
    # It began long before the night, so that the night's start is no special moment.
    length_s = total(sleep)
    at = -float(rng.uniform(2, 3)) * 3600
    runs = []
    while at < length_s:
        at += value("plm_break_min_s") + float(rng.exponential(process.mean_break_s))
        steps = [0.0] + [_draw_interval(rng, person) for _ in range(_draw_members(rng) - 1)]
        run = at + np.cumsum(steps)
        at = float(run[-1])
        run = run[(run >= 0) & (run < length_s)]
        if run.size:
            runs.append(clock_s(run, sleep))
    return runs


def _draw_members(rng: np.random.Generator) -> int:
    drawn = log_normal(rng, value("plm_series_members_median"), value("plm_series_members_sd"))
    return max(4, round(drawn))


def _draw_interval(rng: np.random.Generator, person: Person) -> float:
    while True:
        drawn = log_normal(rng, person.interval_gm_s, person.interval_sd)
        if 10.0 <= drawn <= 90.0:
            return drawn


def _members(onsets_s: FloatArray, candidate: np.ndarray, criteria: Criteria) -> list[int]:
    series = find_series(onsets_s, candidate, [], criteria.series)
    return [k for one in series for k in one.members]


def _summarized(
    onsets_s: FloatArray, candidate: np.ndarray, sleep: Spans, criteria: Criteria
) -> Figures:
    """Return the index of a night of these movements, with its interval."""
    series = find_series(onsets_s, candidate, [], criteria.series)
    number = {k: n for n, one in enumerate(series, 1) for k in one.members}
    movements = [
        ClassifiedMovement(
            movement=Movement(float(onset), float(onset) + 2.0, 0.2, 2.0, 0.002, 0.0),
            label=_label(k in number, bool(may)),
            reason="drawn",
            night=1,
            state="sleep",
            series=number.get(k),
        )
        for k, (onset, may) in enumerate(zip(onsets_s, candidate, strict=True))
    ]
    whole = np.array([[0.0, HOURS * 3600]])
    context = NightContext(
        start_s=0.0,
        stop_s=HOURS * 3600,
        valid=whole,
        off_body=whole[:0],
        rest=whole,
        sleep=sleep,
        wake=complement(sleep, 0.0, HOURS * 3600),
        sleep_onsets_s=(float(sleep[0, 0]),),
        basis="hypnogram",
    )
    summary = summarize(
        1, context, movements, series, criteria, evening=None, periodicity=None, hz=50.0
    )
    index = summary.indices["periodic_limb_movement_per_h"]
    return {"index": index.value, "low": index.low, "high": index.high}


def _label(periodic: bool, candidate: bool) -> Label:
    if periodic:
        return Label.PERIODIC_LIMB_MOVEMENT
    return Label.ISOLATED_MOVEMENT if candidate else Label.RESTLESS_ACTIVITY
