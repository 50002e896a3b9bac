"""How far the index moves when the same night is recorded otherwise, and when samples are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from detector.intervals import merge
from detector.pipeline import Analysis, analyze
from detector.recording import Chunk, FloatArray, Recording, SampleArray
from detector.simulation import NightPlan, SimulatedNight
from detector.simulation.frame import draw_rotation
from detector.simulation.sensor import measure
from validation.measures import PERIODIC
from validation.nights import Case, Figures, found_marks, same_movements

DENSE = Case(plm_per_h=30.0)
GAP_LENGTHS_S = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 120.0)
MISSING_SHARE = 0.02
CHUNKS = {"one chunk": 2**40, "chunks of 997": 997, "chunks of 50000": 50_000}
CHANGES = ("axes rotated", "clock 11 h 17 min later", "two chunks", *CHUNKS)


def _index(analysis: Analysis) -> Figures:
    index = analysis.nights[0].summary.indices["periodic_limb_movement_per_h"]
    found, _ = found_marks(analysis)
    return {
        "index": index.value,
        "periodic": sum(m.label == PERIODIC for m in found),
        "sleep_h": index.hours,
    }


def _rng(seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose])


def measure_rates(seed: int) -> Figures:
    """Return the index of one night as other sensors would record it."""
    base = DENSE.simulate(seed)
    fast = replace(DENSE, hz=100.0).simulate(seed)
    recordings: dict[str, Callable[[], Recording]] = {
        "50 Hz": base.recording,
        "50 Hz, other noise": lambda: _other_noise(seed),
        "25 Hz": replace(DENSE, hz=25.0).simulate(seed).recording,
        "100 Hz": fast.recording,
        "100 Hz, each fourth sample": lambda: _thinned(fast, 4),
        "52.5 Hz": replace(DENSE, hz=52.5).simulate(seed).recording,
        "47.5 Hz": replace(DENSE, hz=47.5).simulate(seed).recording,
        "from 48.75 to 51.25 Hz": _planned(NightPlan(rate_drift=0.05)).simulate(seed).recording,
        "4 ms jitter, of samples": _planned(NightPlan(stamp_jitter_s=0.004))
        .simulate(seed)
        .recording,
        "4 ms jitter, of stamps alone": lambda: _jittered(base, 0.004, _rng(seed, 4)),
    }
    return {name: _index(analyze(made())) for name, made in recordings.items()}


def measure_gain(seed: int) -> Figures:
    """Return the index of one night with all movements smaller, and larger."""
    return {
        f"x {gain:g}": _index(analyze(_planned(NightPlan(gain=gain)).simulate(seed).recording()))
        for gain in (1.0, 0.6, 1.8, 1 / 3, 0.2)
    }


def measure_gaps(seed: int) -> Figures:
    """Return the index of one night that lacks samples."""
    night = DENSE.simulate(seed)
    end_s = float(night.t_s[-1])
    short = draw_gaps(_rng(seed, 1), end_s, (0.02, 0.3))
    long = np.array([[0.4 * end_s, 0.4 * end_s + 90.0]])
    lost = {
        "whole": np.empty((0, 2)),
        "2 % in gaps to 0.3 s": short,
        "one gap of 90 s": long,
        "2 % in gaps to 0.3 s, and one of 90 s": merge(np.vstack((short, long))),
    }
    for k, length_s in enumerate(GAP_LENGTHS_S):
        lost[f"2 % in gaps of {length_s:g} s"] = draw_gaps(
            _rng(seed, 10 + k), end_s, (length_s,) * 2
        )
    return {name: _index(analyze(without(night, gaps))) for name, gaps in lost.items()}


def measure_sameness(seed: int) -> Figures:
    """Return how many movements change with the axes, the clock and the size of chunks."""
    night = DENSE.simulate(seed)
    base = analyze(night.recording())
    turned = replace(
        night, acceleration_g=(draw_rotation(_rng(seed, 2)) @ night.acceleration_g).astype("f4")
    )
    half = night.t_s.size // 2
    later = replace(night, start=night.start + timedelta(hours=11, minutes=17))
    sizes = (half, *CHUNKS.values())
    others = (
        turned.recording(),
        later.recording(),
        *(_chunked(night, size) for size in sizes),
    )
    return {
        name: same_movements(base, analyze(other))
        for name, other in zip(CHANGES, others, strict=True)
    }


def draw_gaps(rng: np.random.Generator, end_s: float, length_s: tuple[float, float]) -> FloatArray:
    """Draw (k, 2) s of gaps, apart from each other, that make up 2 % of the time to `end_s`.

    Each is between the two of `length_s` long.
    """
    lengths: list[float] = []
    while sum(lengths) < MISSING_SHARE * end_s:
        lengths.append(float(rng.uniform(*length_s)))
    free = end_s - sum(lengths)
    starts = np.sort(rng.uniform(0.0, free, len(lengths)))
    before = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    return np.column_stack((starts + before, starts + before + np.array(lengths)))


def without(night: SimulatedNight, gaps_s: FloatArray) -> Recording:
    """Return the night without the samples in `gaps_s` (k, 2)."""
    index = np.searchsorted(gaps_s.ravel(), night.t_s, side="right")
    kept = index % 2 == 0
    kept[[0, -1]] = True
    return replace(
        night, t_s=night.t_s[kept], acceleration_g=night.acceleration_g[:, kept]
    ).recording()


def _planned(plan: NightPlan) -> Case:
    return replace(DENSE, plan=plan)


def _other_noise(seed: int) -> Recording:
    """Return the base night with another draw of the same noise: what chance alone moves."""
    night = DENSE.twin(seed)
    samples: SampleArray = night.acceleration_g.copy()
    measure(_rng(seed, 3), samples, night.device)
    return replace(night, acceleration_g=samples).recording()


def _thinned(night: SimulatedNight, step: int) -> Recording:
    return replace(
        night,
        t_s=night.t_s[::step],
        acceleration_g=night.acceleration_g[:, ::step],
        hz=night.hz / step,
    ).recording()


def _jittered(night: SimulatedNight, sd_s: float, rng: np.random.Generator) -> Recording:
    noise = np.clip(sd_s * rng.standard_normal(night.t_s.size), -0.4 / night.hz, 0.4 / night.hz)
    return replace(night, t_s=night.t_s + noise).recording()


def _chunked(night: SimulatedNight, size: int) -> Recording:
    def chunks() -> Iterable[Chunk]:
        for first in range(0, night.t_s.size, size):
            part = slice(first, first + size)
            yield Chunk(night.t_s[part], night.acceleration_g[:, part])

    return replace(night.recording(), open_chunks=chunks)
