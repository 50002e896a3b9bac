"""From samples to the low-rate signals of a night, streaming, with carried filter state.

    samples --grid--> work rate --band 0.5 to 8 Hz--> squared norm, jerk --cells--> 25 Hz
                          `-------- mean, SD, range, energy by band --seconds--> 1 Hz

Envelopes and gravity are computed from the cells and the seconds afterwards, run by run, in blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from tempfile import gettempdir

import numpy as np
import numpy.typing as npt

from detector.calibration import calibrate
from detector.criteria import ConditioningCriteria
from detector.errors import RecordingError
from detector.filtering import SectionFilter, butterworth, butterworth_band, filter_both_ways
from detector.grid import Piece, Rates, bridged_s, pieces
from detector.holds import Holds, with_holds
from detector.intervals import IndexSpans, runs
from detector.night_signal import (
    BANDS_HZ,
    Calibration,
    NightSignal,
    Spool,
    Track,
    stretches,
    track_runs,
)
from detector.recording import Chunk, FloatArray, Recording, Repair

SLOWEST_HZ = 1.2
LONGEST_GAP_S = 5 * 86400.0
GRAVITY_HZ = 0.15
BLOCK = 2**18
_ROUNDING = 1e-9  # s: what the place of a sample may be off


def condition(recording: Recording, criteria: ConditioningCriteria) -> NightSignal:
    """Return the low-rate signals of `recording`; memory does not grow with its length."""
    if recording.hz < SLOWEST_HZ:
        raise RecordingError(
            f"{recording.source}: {recording.hz:.2g} samples a second are too few to show a "
            f"movement; at least {SLOWEST_HZ:g} are needed, 25 or more are good"
        )
    rates = Rates.of(recording.hz)
    hole_s = bridged_s(recording.hz, criteria.gap_bridge_s)
    stamps = _Stamps(recording, hole_s)
    cells = _Cells(rates, criteria)
    seconds = _Seconds(rates)

    try:
        with closing(cells), closing(seconds):
            even = pieces(stamps.watched(), rates.work_hz, rates.align, hole_s)
            for piece in with_holds(even, _holds(stamps, rates, criteria), rates.align):
                means = _cell_means(piece.samples, rates.per_cell)
                cells.add(piece, means)
                seconds.add(piece, means)
            return _finished(
                recording, criteria, rates, stamps=stamps, cells=cells, seconds=seconds
            )
    except OSError as error:
        raise RecordingError(
            f"{recording.source}: its signals cannot be kept in {gettempdir()} "
            f"({error.strerror}): make room there, or name another folder in TMPDIR"
        ) from error


def _holds(stamps: _Stamps, rates: Rates, criteria: ConditioningCriteria) -> Callable[[], Holds]:
    """Return what tells, from the first sample on, which values are held by the recorder."""
    least = max(2, round(criteria.hold_s * rates.work_hz))

    def holds() -> Holds:
        # Coarse steps repeat by themselves while nothing moves.
        fine = stamps.step_g <= criteria.hold_max_step_g
        return Holds(least, criteria.hold_jump_g if fine else 0.0)

    return holds


class _Stamps:
    """Passes chunks on and keeps what they tell: gaps, length, step of values, repairs."""

    def __init__(self, recording: Recording, hole_s: float) -> None:
        self._recording = recording
        self._hole_s = hole_s
        self._repairs: dict[str, Repair] = {}
        self.gaps: list[tuple[float, float]] = []
        self.last_s = 0.0
        self.samples = 0
        self.step_g = 0.0

    def watched(self) -> Iterator[Chunk]:
        for chunk in self._recording.chunks():
            for repair in chunk.repairs:
                self._note(repair)
            if not chunk.t_s.size:
                continue
            if not self.samples:
                self.step_g = smallest_step(chunk.acceleration_g[:, :100_000])
                self.last_s = float(chunk.t_s[0])
            before = np.concatenate(([self.last_s], chunk.t_s[:-1]))
            for index in np.flatnonzero(chunk.t_s - before > self._hole_s):
                self._add_gap(float(before[index]), float(chunk.t_s[index]))
            self.last_s = float(chunk.t_s[-1])
            self.samples += chunk.t_s.size
            yield chunk

    def _add_gap(self, start: float, stop: float) -> None:
        if stop - start > LONGEST_GAP_S:
            raise RecordingError(
                f"{self._recording.source}: the clock jumps by {(stop - start) / 86400:.0f} days "
                f"after {start / 3600:.1f} h; split the file there, or correct its clock"
            )
        self.gaps.append((start, stop))

    def _note(self, repair: Repair) -> None:
        seen = self._repairs.get(repair.kind)
        self._repairs[repair.kind] = repair if seen is None else seen.with_more(repair)

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(self._repairs.values())


def smallest_step(samples: npt.NDArray[np.floating]) -> float:
    """Return the step between values of `samples` (3, n): 0 where they are held or continuous."""
    steps = np.abs(np.diff(samples.astype(np.float64), axis=1))
    steps = steps[steps > 1e-6]
    return float(np.quantile(steps, 0.01)) if steps.size else 0.0


class _Filter:
    """A filter whose state is carried from piece to piece and begins at rest after a gap.

    So it does where a hold begins or is over: the jump there is the recorder's and no movement.
    Rest is the mean of the first `settle` samples: of one alone the noise would ring.
    """

    def __init__(self, sections: FloatArray, settle: int) -> None:
        self._filter = SectionFilter(sections)
        self._settle = settle
        self._state = self._filter.at_rest(np.zeros(3))

    def __call__(self, samples: FloatArray, opens: bool, edges: tuple[int, ...] = ()) -> FloatArray:
        filtered = np.empty_like(samples)
        for first, last in pairwise(sorted({0, *edges, samples.shape[1]})):
            part = samples[:, first:last]
            if opens or first or 0 in edges:
                self._state = self._filter.at_rest(part[:, : self._settle].mean(axis=1))
            filtered[:, first:last], self._state = self._filter(part, self._state)
        return filtered


def movement_band(hz: float, low_hz: float, criteria: ConditioningCriteria) -> FloatArray:
    """Return the sections of the movement band from `low_hz`; a slow file has no upper edge."""
    low = butterworth(2, "high", min(low_hz, 0.3 * hz), hz)
    if hz <= 2.2 * criteria.band_high_hz:
        return low
    return np.vstack((low, butterworth(4, "low", criteria.band_high_hz, hz)))


class _Cells:
    """The signals at the night rate: one cell is the mean, or the peak, of its samples."""

    def __init__(self, rates: Rates, criteria: ConditioningCriteria) -> None:
        self._rates = rates
        hz = rates.work_hz
        self._band = _Filter(movement_band(hz, criteria.band_low_hz, criteria), rates.align)
        self._edge_band = _Filter(
            movement_band(hz, criteria.edge_band_low_hz, criteria), rates.align
        )
        self._last = np.zeros((3, 1))
        self.acceleration = Spool(np.float32, 3)
        self.energy = Spool(np.float32)
        self.edge_energy = Spool(np.float32)
        self.jerk = Spool(np.float32)
        self.valid = Spool(np.bool_)
        self.jumps = Spool(np.bool_)

    def add(self, piece: Piece, means: FloatArray) -> None:
        """Take a piece and the (3, k) means of its cells."""
        per = self._rates.per_cell
        band = self._band(piece.samples, piece.opens, piece.edges)
        steps = _steps(band, band[:, :1] if piece.opens else self._last)
        steps[:, piece.edges] = 0.0
        self._last = band[:, -1:]
        squares = np.einsum("ij,ij->j", steps, steps).reshape(-1, per)
        jerk = np.sqrt(reduce(np.maximum, squares.T)) * self._rates.work_hz
        first = piece.first // per
        for spool in (self.acceleration, self.energy, self.edge_energy, self.jerk):
            spool.fill(first, 0.0)
        self.valid.fill(first, False)
        self.acceleration.append(means.T)
        self.energy.append(_cell_energy(band, per))
        edge_band = self._edge_band(piece.samples, piece.opens, piece.edges)
        self.edge_energy.append(_cell_energy(edge_band, per))
        jumps = np.zeros(jerk.size, dtype=np.bool_)
        jumps[[edge // per for edge in piece.edges]] = True
        self.jumps.fill(first, False)
        self.jumps.append(jumps)
        self.jerk.append(jerk)
        self.valid.append(np.ones(jerk.size, dtype=bool))

    def close(self) -> None:
        """Let the files go."""
        for spool in (
            self.acceleration,
            self.energy,
            self.edge_energy,
            self.jerk,
            self.valid,
            self.jumps,
        ):
            spool.close()


def _steps(band: FloatArray, before: FloatArray) -> FloatArray:
    """Return (3, n) the change from each sample to the next; `before` (3, 1) is ahead of all."""
    steps = np.empty_like(band)
    np.subtract(band[:, :1], before, out=steps[:, :1])
    np.subtract(band[:, 1:], band[:, :-1], out=steps[:, 1:])
    return steps


def _cell_means(samples: FloatArray, per_cell: int) -> FloatArray:
    """Return the means (..., k) of the cells of samples (..., n)."""
    cells = samples.reshape(*samples.shape[:-1], -1, per_cell)
    means: FloatArray = cells @ np.full(per_cell, 1 / per_cell)
    return means


def _cell_energy(band: FloatArray, per_cell: int) -> FloatArray:
    return _cell_means(_energy(band), per_cell)


class _Seconds:
    """Sums over each second: of the samples, and of what lies within each band.

    The bands below 8 Hz are those of the cells, each of which stands for its samples.
    """

    _WIDTH = 17  # count, 3 sums, 3 sums of squares, 3 minima, 3 maxima, energies in 4 bands

    def __init__(self, rates: Rates) -> None:
        self._hz, self._per = rates.work_hz, rates.per_cell
        reach_hz = rates.night_hz / 2.1
        self._bands = {
            column: _Filter(butterworth_band(2, low, high, rates.night_hz), rates.per_align)
            for column, (low, high) in enumerate(BANDS_HZ[:-1])
            if high <= reach_hz
        }
        edge_hz = BANDS_HZ[-1][0]
        self._high = None
        if rates.work_hz > 2.2 * edge_hz:
            self._high = _Filter(butterworth(4, "high", edge_hz, rates.work_hz), rates.align)
        self._open: tuple[int, FloatArray] | None = None
        self.rows = Spool(np.float64, self._WIDTH)

    def add(self, piece: Piece, means: FloatArray) -> None:
        """Take a piece and the (3, k) means of its cells."""
        samples = piece.samples
        size = samples.shape[1]
        first, last = self._second(piece.first), self._second(piece.first + size - 1)
        seconds = np.arange(first, last + 1)
        starts = np.ceil((seconds - _ROUNDING) * self._hz).astype(np.int64) - piece.first
        starts[0] = 0
        rows = np.full((seconds.size, self._WIDTH), np.nan)
        rows[:, 0] = np.diff(starts, append=size)
        rows[:, 1:4] = np.add.reduceat(samples, starts, axis=1).T
        rows[:, 4:7] = np.add.reduceat(samples**2, starts, axis=1).T
        rows[:, 7:10] = np.minimum.reduceat(samples, starts, axis=1).T
        rows[:, 10:13] = np.maximum.reduceat(samples, starts, axis=1).T
        for column, band in self._bands.items():
            energy = self._per * _energy(band(means, piece.opens))
            rows[:, 13 + column] = np.add.reduceat(energy, starts // self._per)
        if self._high is not None:
            rows[:, 16] = np.add.reduceat(_energy(self._high(samples, piece.opens)), starts)
        self._write(seconds, rows)

    def _second(self, sample: int) -> int:
        return math.floor(sample / self._hz + _ROUNDING)

    def _write(self, numbers: npt.NDArray[np.int64], rows: FloatArray) -> None:
        if self._open is not None and self._open[0] == numbers[0]:
            rows[0] = _joined(self._open[1], rows[0])
        else:
            self.end()
        self.rows.fill(int(numbers[0]), 0.0)
        self.rows.append(rows[:-1])
        self._open = (int(numbers[-1]), rows[-1])

    def close(self) -> None:
        """Let the file go."""
        self.rows.close()

    def end(self) -> None:
        """Write the second that was still open."""
        if self._open is not None:
            self.rows.append(self._open[1][None, :])
            self._open = None


def _energy(band: FloatArray) -> FloatArray:
    energy: FloatArray = np.einsum("ij,ij->j", band, band)
    return energy


def _joined(a: FloatArray, b: FloatArray) -> FloatArray:
    out = a + b
    out[7:10] = np.minimum(a[7:10], b[7:10])
    out[10:13] = np.maximum(a[10:13], b[10:13])
    return out


@dataclass(frozen=True, slots=True)
class _SecondSignals:
    """(m, 3) once a second, `bands` (m, 4); NaN without a sample."""

    mean: Track[np.float64]
    sd: Track[np.float64]
    span: Track[np.float32]
    bands: Track[np.float32]


def _second_signals(seconds: _Seconds) -> _SecondSignals:
    seconds.end()
    table = seconds.rows.track()
    means, sds = Spool(np.float64, 3), Spool(np.float64, 3)
    spans, bands = Spool(np.float32, 3), Spool(np.float32, len(BANDS_HZ))
    for first, last in stretches(len(table)):
        rows = table[first:last]
        count = np.where(rows[:, :1] > 0, rows[:, :1], np.nan)
        mean = rows[:, 1:4] / count
        variance = np.maximum(rows[:, 4:7] / count - mean**2, 0.0)
        # A difference of squares near 1 g leaves this much of a constant signal.
        variance[variance < 1e-13] = 0.0
        means.append(mean)
        sds.append(np.sqrt(variance))
        spans.append(np.where(count > 0, rows[:, 10:13] - rows[:, 7:10], np.nan))
        bands.append(rows[:, 13:] / count)
    return _SecondSignals(means.track(), sds.track(), spans.track(), bands.track())


def _finished(
    recording: Recording,
    criteria: ConditioningCriteria,
    rates: Rates,
    *,
    stamps: _Stamps,
    cells: _Cells,
    seconds: _Seconds,
) -> NightSignal:
    hz = rates.night_hz
    valid = cells.valid.track()
    unbroken = track_runs(valid)
    guard = math.ceil(criteria.gap_guard_s * hz) if stamps.gaps else 0
    each = _second_signals(seconds)
    if recording.gravity_included:
        calibration = calibrate(each.mean, each.sd)
    else:
        calibration = Calibration(False, "the signal is without gravity")
    return NightSignal(
        hz=hz,
        duration_s=stamps.last_s,
        gravity_included=recording.gravity_included,
        acceleration_g=cells.acceleration.track(),
        envelope_g=_envelope(cells.energy.track(), unbroken, criteria.envelope_s * hz),
        edge_envelope_g=_envelope(
            cells.edge_energy.track(), unbroken, criteria.edge_envelope_s * hz
        ),
        jerk_g_per_s=cells.jerk.track(),
        valid=_guarded(len(valid), unbroken, guard),
        jumps=cells.jumps.track(),
        gravity_g=_gravity(each.mean, calibration),
        sd_g=_single(each.sd),
        range_g=each.span,
        band_g2=each.bands,
        gaps=np.array(stamps.gaps, dtype=np.float64).reshape(-1, 2),
        step_g=stamps.step_g,
        calibration=calibration,
        repairs=stamps.repairs,
        conditioned=criteria,
    )


def _guarded(cells: int, unbroken: IndexSpans, guard: int) -> Track[np.bool_]:
    """Return what is `unbroken` less `guard` cells about each hole, but not at the very ends."""
    trusted = Spool(np.bool_)
    for start, stop in unbroken.tolist():
        first = start + guard if start > unbroken[0, 0] else start
        last = stop - guard if stop < unbroken[-1, 1] else stop
        if last > first:
            trusted.fill(first, False)
            trusted.fill(last, True)
    trusted.fill(cells, False)
    return trusted.track()


def _envelope(energy: Track[np.float32], unbroken: IndexSpans, window: float) -> Track[np.float32]:
    """Return the RMS over `window` cells about each cell, within its own run."""
    half = max(0, round((window - 1) / 2))
    spool = Spool(np.float32)
    for start, stop in unbroken.tolist():
        spool.fill(start, 0.0)
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            low, high = max(start, first - half), min(stop, last + half)
            sums = np.concatenate(([0.0], np.cumsum(energy[low:high], dtype=np.float64)))
            # As if nothing moved beyond the ends of the run, where the window holds fewer cells
            beyond = (half - (first - low), half - (high - last))
            sums, counts = (
                np.pad(running, beyond, mode="edge") for running in (sums, np.arange(sums.size))
            )
            ahead, behind = slice(2 * half + 1, None), slice(-2 * half - 1)
            mean = (sums[ahead] - sums[behind]) / (counts[ahead] - counts[behind])
            spool.append(np.sqrt(np.maximum(mean, 0.0)))
    spool.fill(len(energy), 0.0)
    return spool.track()


def _gravity(mean: Track[np.float64], calibration: Calibration) -> Track[np.float32]:
    """Return the mean of each second below 0.15 Hz, without lag, within each run."""
    lowpass = SectionFilter(butterworth(2, "low", GRAVITY_HZ, 1.0))
    out = np.empty(mean.shape, dtype=np.float32)
    for axis, (gain, offset) in enumerate(zip(calibration.gain, calibration.offset_g, strict=True)):
        values = np.empty(len(mean))
        for first, last in stretches(len(mean)):
            values[first:last] = mean[first:last][:, axis] * gain + offset
        for start, stop in runs(~np.isnan(values)).tolist():
            if stop - start > 30:
                values[start:stop] = filter_both_ways(lowpass, values[None, start:stop], 15)[0]
        out[:, axis] = values
    return _spooled(out)


def _single(rows: Track[np.float64]) -> Track[np.float32]:
    spool = Spool(np.float32, *rows.shape[1:])
    for first, last in stretches(len(rows)):
        spool.append(rows[first:last])
    return spool.track()


def _spooled(rows: npt.NDArray[np.float32]) -> Track[np.float32]:
    spool = Spool(np.float32, *rows.shape[1:])
    spool.append(rows)
    return spool.track()
