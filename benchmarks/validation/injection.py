"""Simulated movements put into real recordings: their noise, steps and movements as background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from detector.evaluation import match_onsets
from detector.intervals import Spans, complement, merge, runs, total
from detector.pipeline import Analysis, analyze
from detector.posture import angle_deg
from detector.readers import read
from detector.recording import FloatArray, Placement, Recording, SampleArray, from_arrays
from detector.simulation.events import Event
from detector.simulation.frame import Frame, unit
from detector.simulation.mechanics import FINE_HZ, cross
from detector.simulation.plan import Kind
from detector.simulation.table import log_normal, uniform, value
from detector.simulation.waveforms import render, usual_mattress
from validation.measures import TOLERANCE_S, vector_rms_g
from validation.nights import Figures, found_marks

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "nights"
SIZES_MG = (5, 10, 15, 20, 30, 40, 60, 80, 120, 200)
FILES: dict[str, tuple[Placement, float | None]] = {
    "wrist_30hz_evening.csv.gz": (Placement.WRIST, None),
    "wrist_5hz_a.txt.gz": (Placement.WRIST, None),
    "wrist_5hz_b.txt.gz": (Placement.WRIST, None),
    "bed_2hz.csv.gz": (Placement.MATTRESS, 16384.0),
}
RUNS = {"wrist_30hz_evening.csv.gz": 5}  # of a seed, where there is little room; else one
PER_H = 30.0  # injected an hour of recording, at most
QUIET_G = 0.008  # the recording's own movement stays below it, by the same measure
# And it turns by less from one half second to the next but one: a limb on its way to another
# posture is no quiet one, though that is too slow for the measure.
STILL_DEG = 1.0
BEFORE_S, AFTER_S = 2.0, 5.0  # quiet and not held from before the onset to after it
LONGEST_S = 3.0
HELD_S = 1.0  # a value that lasts so long is held by the recorder, not measured
SPACE_S = 20.0  # from one injected onset to the next, at least


@dataclass(frozen=True, slots=True)
class Background:
    """A real recording, what is found in it, and where something may be put into it."""

    recording: Recording
    t_s: FloatArray
    acceleration_g: SampleArray
    analysis: Analysis
    free: Spans


def is_there() -> bool:
    return all((FOLDER / name).is_file() for name in FILES)


@cache
def background(name: str) -> Background:
    placement, scale = FILES[name]
    recording = read(FOLDER / name, placement=placement, scale=scale)
    chunks = list(recording.chunks())
    t_s = np.concatenate([c.t_s for c in chunks])
    samples = np.concatenate([c.acceleration_g for c in chunks], axis=1)
    analysis = analyze(recording)
    busy = np.vstack(
        (
            moving_spans(t_s, samples, recording.hz),
            turning_spans(t_s, samples, recording.hz),
            held_spans(t_s, samples),
        )
    )
    free = complement(merge(busy), 0.0, float(t_s[-1]))
    long = free[:, 1] - free[:, 0] > BEFORE_S + AFTER_S
    return Background(recording, t_s, samples, analysis, free[long])


def moving_spans(t_s: FloatArray, acceleration_g: SampleArray, hz: float) -> Spans:
    """Return (k, 2) s in which more than rest is in the movement band, or no sample at all."""
    edges = t_s[runs(vector_rms_g(acceleration_g, hz) >= QUIET_G) - [0, 1]]
    wide = np.flatnonzero(np.diff(t_s) > 2.0)
    return np.vstack((edges, np.column_stack((t_s[wide], t_s[wide + 1]))))


def turning_spans(t_s: FloatArray, acceleration_g: SampleArray, hz: float) -> Spans:
    """Return (k, 2) s in which the posture changes by `STILL_DEG` or more within a second."""
    width = max(1, round(0.5 * hz))
    sums = np.cumsum(np.pad(acceleration_g.astype(np.float64), ((0, 0), (1, 0))), axis=1)
    means = (sums[:, width:] - sums[:, :-width]) / width
    turned = angle_deg(means[:, : -2 * width].T, means[:, 2 * width :].T)
    change = np.zeros(t_s.size)
    first = width + width // 2
    change[first : first + turned.size] = turned
    return t_s[runs(change >= STILL_DEG) - [0, 1]]


def held_spans(t_s: FloatArray, acceleration_g: SampleArray) -> Spans:
    """Return (k, 2) s in which the values do not change for `HELD_S` or more."""
    same = np.all(np.diff(acceleration_g, axis=1) == 0, axis=0)
    spans = t_s[runs(same)]
    return spans[spans[:, 1] - spans[:, 0] >= HELD_S]


def draw_slots(rng: np.random.Generator, free: Spans, count: int) -> FloatArray:
    """Draw up to `count` moments, at least `SPACE_S` apart, with their room in `free` (k, 2)."""
    inner = free + np.array([BEFORE_S, -AFTER_S])
    lengths = inner[:, 1] - inner[:, 0]
    chosen: list[float] = []
    if not lengths.size:
        return np.array(chosen)
    for _ in range(20 * count):
        k = int(rng.choice(lengths.size, p=lengths / lengths.sum()))
        moment = float(rng.uniform(*inner[k]))
        if len(chosen) < count and all(abs(moment - other) >= SPACE_S for other in chosen):
            chosen.append(moment)
    return np.array(sorted(chosen))


def draw_movement(
    rng: np.random.Generator, gravity_g: FloatArray, placement: Placement, size_g: float
) -> FloatArray:
    """Return (3, m) g on the fine grid, a limb movement whose amplitude is `size_g`."""
    long = unit(cross(gravity_g, rng.standard_normal(3)))
    side = cross(long, unit(gravity_g))
    about = rng.uniform(0, 2 * np.pi)
    flexion = unit(np.cos(about) * side + np.sin(about) * unit(gravity_g))
    frame = Frame(gravity_g, flexion, long)
    event = Event(
        Kind.PERIODIC,
        0.0,
        min(LONGEST_S, log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))),
        2 * size_g,
        uniform(rng, "ring_min_hz", "ring_max_hz"),
        uniform(rng, "ring_damping_min", "ring_damping_max"),
    )
    drawn = int(rng.integers(2**32))
    for _ in range(3):  # the size follows the peak almost in proportion
        wave = render(np.random.default_rng(drawn), event, frame, placement, usual_mattress())
        factor = size_g / _amplitude_g(wave.change_g)
        event = replace(event, peak_g=min(event.peak_g * factor, value("limb_peak_max_g")))
    return np.asarray(wave.change_g * factor, dtype=np.float64)


def _amplitude_g(change_g: FloatArray) -> float:
    padded = np.pad(change_g, ((0, 0), (round(4 * FINE_HZ),) * 2), mode="edge")
    return float(vector_rms_g(padded, FINE_HZ).max())


def measure_injection(seed: int) -> Figures:
    """Return for each real night what was injected, what of it found, and what else."""
    if not is_there():
        return {}
    return {name: [_run(name, seed, k) for k in range(RUNS.get(name, 1))] for name in FILES}


def _run(name: str, seed: int, number: int) -> Figures:
    real = background(name)
    rng = np.random.default_rng([seed, number, crc32(name.encode())])
    hours = float(real.t_s[-1]) / 3600
    onsets = draw_slots(rng, real.free, round(PER_H * hours))
    sizes = rng.choice(SIZES_MG, onsets.size)
    mixed = real.acceleration_g.copy()
    for onset, size in zip(onsets, sizes, strict=True):
        _inject(rng, real, mixed, float(onset), float(size) / 1000)
    recording = replace(
        from_arrays(real.t_s, mixed, hz=real.recording.hz),
        start=real.recording.start,
        placement=real.recording.placement,
        warnings=real.recording.warnings,
    )
    found = [m.onset_s for m in found_marks(analyze(recording))[0]]
    before = [m.onset_s for m in found_marks(real.analysis)[0]]
    hit = {j for _, j in match_onsets(found, onsets, TOLERANCE_S).pairs}
    known = sorted([*onsets.tolist(), *before])
    explained = len(match_onsets(found, known, TOLERANCE_S).pairs)
    return {
        "hours": hours,
        "free_h": total(real.free) / 3600,
        "own": len(before),
        "found": len(found),
        "more": len(found) - explained,
        "lost_own": len(before) - len(match_onsets(found, before, TOLERANCE_S).pairs),
        "by_size": {
            str(mg): [
                int(np.sum(sizes == mg)),
                sum(int(sizes[j]) == mg for j in hit),
            ]
            for mg in SIZES_MG
        },
    }


def _inject(
    rng: np.random.Generator, real: Background, mixed: SampleArray, onset_s: float, size_g: float
) -> None:
    """Add a movement to `mixed` (3, n), in place, in whole steps of the recording's values."""
    first, rest = np.searchsorted(real.t_s, [onset_s - 2.0, onset_s])
    gravity = real.acceleration_g[:, first:rest].mean(axis=1).astype(np.float64)
    change = draw_movement(rng, gravity, real.recording.placement, size_g)
    fine_s = onset_s + np.arange(change.shape[1]) / FINE_HZ
    stop = int(np.searchsorted(real.t_s, fine_s[-1]))
    step_g = real.analysis.signal.step_g
    for axis in range(3):
        added = np.interp(real.t_s[rest:stop], fine_s, change[axis])
        mixed[axis, rest:stop] += np.rint(added / step_g) * step_g
