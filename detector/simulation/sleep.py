"""The stages of a simulated night, and the person who sleeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from detector.recording import FloatArray, Placement
from detector.simulation.plan import NightPlan
from detector.simulation.table import log_normal, uniform, value

EPOCH_S = 30.0
SLEEP_STAGES = frozenset({"N1", "N2", "N3", "R"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of one stage: W, N1, N2, N3 or R."""

    name: str
    onset_s: float
    duration_s: float

    @property
    def offset_s(self) -> float:
        """Return where the next stage begins."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Person:
    """What differs between people and stays over one night."""

    plm_per_h: float
    interval_gm_s: float
    interval_sd: float
    duration_gm_s: float
    duration_sd: float
    limb_peak_g: float
    large_per_h: float
    turn_per_h: float
    denser_early: bool
    has_jerks: bool


def draw_person(
    rng: np.random.Generator, placement: Placement, plm_per_h: float | None, plan: NightPlan
) -> Person:
    """Draw one person; `plm_per_h` and the plan's median peak go before what is drawn."""
    drawn_rate = _draw_plm_rate(rng)
    peak = log_normal(rng, value("limb_peak_median_g", placement), value("limb_peak_person_sd"))
    drawn = Person(
        plm_per_h=drawn_rate if plm_per_h is None else plm_per_h,
        limb_peak_g=peak if plan.limb_peak_median_g is None else plan.limb_peak_median_g,
        interval_gm_s=uniform(rng, "plm_interval_gm_min_s", "plm_interval_gm_max_s"),
        interval_sd=uniform(rng, "plm_interval_sd_min", "plm_interval_sd_max"),
        duration_gm_s=uniform(rng, "plm_duration_gm_min_s", "plm_duration_gm_max_s"),
        duration_sd=uniform(rng, "plm_duration_sd_min", "plm_duration_sd_max"),
        large_per_h=log_normal(rng, value("large_per_h"), value("large_person_sd")),
        turn_per_h=max(0.2, float(rng.normal(value("turn_per_h"), value("turn_person_sd_per_h")))),
        denser_early=bool(rng.random() < value("plm_early_share")),
        has_jerks=bool(rng.random() < value("jerk_person_share")),
    )
    return drawn if plan.turns_per_h is None else replace(drawn, turn_per_h=plan.turns_per_h)


def _draw_plm_rate(rng: np.random.Generator) -> float:
    """Draw how many periodic movements an hour of sleep this person has."""
    which, where = rng.random(2)
    none = value("plm_none_share")
    low = none + value("plm_low_share")
    moderate = low + value("plm_moderate_share")
    if which < none:
        return 0.0
    band = "low" if which < low else "moderate" if which < moderate else "high"
    least, most = value(f"plm_{band}_min_per_h"), value(f"plm_{band}_max_per_h")
    return float(least + where * (most - least))


def draw_stages(
    rng: np.random.Generator, duration_s: float, before_s: float, after_s: float
) -> tuple[Stage, ...]:
    """Draw the stages of a night of `duration_s`, awake while the sensor is off before and after.

    Awake at first, then cycles of about 90 min, deep sleep early and REM late, with awakenings
    that lead back into sleep by N1; awake again before the end.
    """
    total = int(duration_s // EPOCH_S)
    awake_before, awake_after = round(before_s / EPOCH_S), round(after_s / EPOCH_S)
    in_bed = total - awake_before - awake_after
    latency_min = uniform(rng, "sleep_latency_min_min", "sleep_latency_max_min")
    latency = min(2 * latency_min, 0.25 * in_bed)
    final = min(rng.uniform(2, 10) * 2, in_bed * 0.05)
    asleep = max(1, in_bed - round(latency) - round(final))
    names = _draw_cycles(rng, asleep)
    _add_awakenings(rng, names)
    names = ["W"] * (awake_before + round(latency)) + names
    names += ["W"] * (total - len(names))
    return _runs(names, duration_s)


def _draw_cycles(rng: np.random.Generator, epochs: int) -> list[str]:
    names: list[str] = []
    cycle = 0
    while len(names) < epochs:
        minutes = float(rng.normal(value("sleep_cycle_min"), value("sleep_cycle_sd_min")))
        light = float(rng.uniform(2, 6)) if cycle == 0 else float(rng.uniform(0.5, 2))
        deep = max(0.04, 0.36 - 0.1 * cycle) * minutes
        dream = min(0.34, 0.06 + 0.07 * cycle) * minutes
        middle = minutes - light - deep - dream
        for name, part in (
            ("N1", light),
            ("N2", 0.45 * middle),
            ("N3", deep),
            ("N2", 0.55 * middle),
            ("R", dream),
        ):
            names += [name] * round(2 * part)
        cycle += 1
    return names[:epochs]


def _add_awakenings(rng: np.random.Generator, names: list[str]) -> None:
    count = rng.poisson(value("awakenings_per_h") * len(names) * EPOCH_S / 3600)
    for first in np.sort(rng.integers(0, len(names), count)):
        minutes = log_normal(rng, value("awakening_median_min"), value("awakening_sd"))
        awake = max(1, round(2 * min(minutes, 15.0)))
        drowsy = int(rng.integers(2, 7))
        if first < 40 or first + awake + drowsy >= len(names):
            continue  # the passage into sleep and the end of the night are drawn elsewhere
        names[first : first + awake] = ["W"] * awake
        names[first + awake : first + awake + drowsy] = ["N1"] * drowsy


def _runs(names: list[str], duration_s: float) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    first = 0
    for stop in range(1, len(names) + 1):
        if stop == len(names) or names[stop] != names[first]:
            end_s = duration_s if stop == len(names) else stop * EPOCH_S
            stages.append(Stage(names[first], first * EPOCH_S, end_s - first * EPOCH_S))
            first = stop
    return tuple(stages)


def spans(stages: tuple[Stage, ...], names: frozenset[str]) -> FloatArray:
    """Return (k, 2) onset and offset in s of the stretches whose stage is one of `names`."""
    found: list[list[float]] = []
    for stage in stages:
        if stage.name not in names:
            continue
        if found and found[-1][1] == stage.onset_s:
            found[-1][1] = stage.offset_s
        else:
            found.append([stage.onset_s, stage.offset_s])
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def passages_into_sleep_s(stages: tuple[Stage, ...]) -> FloatArray:
    """Return (k,) the moments at which wake gives way to sleep."""
    return np.array(
        [
            after.onset_s
            for before, after in pairwise(stages)
            if before.name == "W" and after.name in SLEEP_STAGES
        ],
        dtype=np.float64,
    )
