"""From samples to the low-rate signals of a night, streaming, with carried filter state.

    samples --grid--> work rate --band 0.5 to 8 Hz--> squared norm, jerk --cells--> 25 Hz
                          `-------- mean, SD, range, energy above 8 Hz --seconds--> 1 Hz

What needs no more than 25 Hz (envelopes, gravity, the lower bands) is computed from the cells
afterwards, run by run, in blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal as sp

from detector.calibration import calibrate
from detector.criteria import ConditioningCriteria
from detector.errors import RecordingError
from detector.grid import Piece, Rates, bridged_s, pieces
from detector.intervals import runs
from detector.night_signal import BANDS_HZ, Calibration, NightSignal, Spool
from detector.recording import Chunk, FloatArray, Recording, Repair

SLOWEST_HZ = 1.2
LONGEST_GAP_S = 5 * 86400.0
GRAVITY_HZ = 0.15
BLOCK = 2**18


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

    with closing(cells), closing(seconds):
        for piece in pieces(stamps.watched(), rates.work_hz, rates.align, hole_s):
            cells.add(piece)
            seconds.add(piece)
        return _finished(recording, criteria, rates, stamps=stamps, cells=cells, seconds=seconds)


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
        if seen is not None:
            first_row = min(seen.first_row, repair.first_row)
            repair = Repair(repair.kind, seen.count + repair.count, first_row, repair.text)
        self._repairs[repair.kind] = repair

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

    Rest is the mean of the first `settle` samples: of one alone the noise would ring.
    """

    def __init__(self, sos: FloatArray, settle: int) -> None:
        self._sos = sos
        self._settle = settle
        self._rest: FloatArray = sp.sosfilt_zi(sos)[:, None, :]
        self._state: FloatArray = np.zeros((len(sos), 3, 2))

    def __call__(self, samples: FloatArray, opens: bool) -> FloatArray:
        if opens:
            level = samples[:, : self._settle].mean(axis=1)
            self._state = self._rest * level[None, :, None]
        filtered, self._state = sp.sosfilt(self._sos, samples, axis=-1, zi=self._state)
        out: FloatArray = filtered
        return out


def movement_band(hz: float, low_hz: float, criteria: ConditioningCriteria) -> FloatArray:
    """Return the sections of the movement band from `low_hz`; a slow file has no upper edge."""
    low: FloatArray = sp.butter(2, min(low_hz, 0.3 * hz), "highpass", fs=hz, output="sos")
    if hz <= 2.2 * criteria.band_high_hz:
        return low
    high = sp.butter(4, criteria.band_high_hz, "lowpass", fs=hz, output="sos")
    return np.vstack((low, high))


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

    def add(self, piece: Piece) -> None:
        per = self._rates.per_cell
        band = self._band(piece.samples, piece.opens)
        steps = np.diff(band, axis=1, prepend=band[:, :1] if piece.opens else self._last)
        self._last = band[:, -1:]
        jerk = np.sqrt(np.einsum("ij,ij->j", steps, steps)) * self._rates.work_hz
        first = piece.first // per
        for spool in (self.acceleration, self.energy, self.edge_energy, self.jerk):
            spool.fill(first, 0.0)
        self.valid.fill(first, False)
        self.acceleration.append(piece.samples.reshape(3, -1, per).mean(axis=2).T)
        self.energy.append(_cell_energy(band, per))
        self.edge_energy.append(_cell_energy(self._edge_band(piece.samples, piece.opens), per))
        self.jerk.append(jerk.reshape(-1, per).max(axis=1))
        self.valid.append(np.ones(jerk.size // per, dtype=bool))

    def close(self) -> None:
        """Let the files go."""
        for spool in (
            self.acceleration,
            self.energy,
            self.edge_energy,
            self.jerk,
            self.valid,
        ):
            spool.close()


def _cell_energy(band: FloatArray, per_cell: int) -> FloatArray:
    energy: FloatArray = np.einsum("ij,ij->j", band, band).reshape(-1, per_cell).mean(axis=1)
    return energy


class _Seconds:
    """Mean, SD, range and energy above 8 Hz of the samples in each second."""

    _WIDTH = 14  # count, 3 sums, 3 sums of squares, 3 minima, 3 maxima, energy above 8 Hz

    def __init__(self, rates: Rates) -> None:
        self._hz = rates.work_hz
        self._edge_hz = BANDS_HZ[-1][0]
        self.sees_high = rates.work_hz > 2.2 * self._edge_hz
        edge = self._edge_hz if self.sees_high else 0.2 * rates.work_hz
        self._high = _Filter(
            sp.butter(4, edge, "highpass", fs=rates.work_hz, output="sos"), rates.align
        )
        self._open: tuple[int, FloatArray] | None = None
        self.rows = Spool(np.float64, self._WIDTH)

    def add(self, piece: Piece) -> None:
        samples = piece.samples
        high = self._high(samples, piece.opens)
        size = samples.shape[1]
        second = np.floor((piece.first + np.arange(size)) / self._hz + 1e-9).astype(np.int64)
        starts = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
        rows = np.vstack(
            (
                np.diff(starts, append=size),
                np.add.reduceat(samples, starts, axis=1),
                np.add.reduceat(samples**2, starts, axis=1),
                np.minimum.reduceat(samples, starts, axis=1),
                np.maximum.reduceat(samples, starts, axis=1),
                np.add.reduceat(np.einsum("ij,ij->j", high, high), starts),
            )
        ).T
        self._write(second[starts], rows)

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


def _joined(a: FloatArray, b: FloatArray) -> FloatArray:
    out = a + b
    out[7:10] = np.minimum(a[7:10], b[7:10])
    out[10:13] = np.maximum(a[10:13], b[10:13])
    return out


@dataclass(frozen=True, slots=True)
class _SecondSignals:
    mean: FloatArray
    sd: FloatArray
    span: FloatArray
    high: FloatArray


def _second_signals(seconds: _Seconds) -> _SecondSignals:
    seconds.end()
    rows = np.asarray(seconds.rows.array(), dtype=np.float64)
    count = np.where(rows[:, :1] > 0, rows[:, :1], np.nan)
    mean = rows[:, 1:4] / count
    variance = np.maximum(rows[:, 4:7] / count - mean**2, 0.0)
    # A difference of squares near 1 g leaves this much of a constant signal.
    variance[variance < 1e-13] = 0.0
    span = np.where(count > 0, rows[:, 10:13] - rows[:, 7:10], np.nan)
    high = rows[:, 13] / count[:, 0] if seconds.sees_high else np.full(len(rows), np.nan)
    return _SecondSignals(mean, np.sqrt(variance), span, high)


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
    acceleration = cells.acceleration.array().astype(np.float32, copy=False)
    energy, valid = cells.energy.array(), cells.valid.array().astype(bool, copy=False)
    stretches = runs(valid)
    guard = math.ceil(criteria.gap_guard_s * hz) if stamps.gaps else 0
    trusted = _guarded(valid, stretches, guard)
    each = _second_signals(seconds)
    if recording.gravity_included:
        calibration = calibrate(each.mean, each.sd)
    else:
        calibration = Calibration(False, "the signal is without gravity")
    gain, offset = np.array(calibration.gain), np.array(calibration.offset_g)
    return NightSignal(
        hz=hz,
        duration_s=stamps.last_s,
        gravity_included=recording.gravity_included,
        acceleration_g=acceleration,
        envelope_g=_envelope(energy, stretches, criteria.envelope_s * hz),
        edge_envelope_g=_envelope(
            cells.edge_energy.array(), stretches, criteria.edge_envelope_s * hz
        ),
        jerk_g_per_s=cells.jerk.array().astype(np.float32, copy=False),
        valid=trusted,
        gravity_g=_gravity(each.mean * gain + offset).astype(np.float32),
        sd_g=each.sd.astype(np.float32),
        range_g=each.span.astype(np.float32),
        band_g2=_bands(acceleration, stretches, hz, each),
        gaps=np.array(stamps.gaps, dtype=np.float64).reshape(-1, 2),
        step_g=stamps.step_g,
        calibration=calibration,
        repairs=stamps.repairs,
    )


def _guarded(
    valid: npt.NDArray[np.bool_], stretches: npt.NDArray[np.int64], guard: int
) -> npt.NDArray[np.bool_]:
    """Return `valid` less `guard` cells on both sides of each hole, but not at the very ends."""
    trusted = Spool(np.bool_)
    for start, stop in stretches:
        first = start + guard if start > stretches[0, 0] else start
        last = stop - guard if stop < stretches[-1, 1] else stop
        if last > first:
            trusted.fill(int(first), False)
            trusted.fill(int(last), True)
    trusted.fill(valid.size, False)
    return trusted.array().astype(bool, copy=False)


def _envelope(
    energy: npt.NDArray[np.generic], stretches: npt.NDArray[np.int64], window: float
) -> npt.NDArray[np.float32]:
    """Return the RMS over `window` cells about each cell, within its own run."""
    half = max(0, round((window - 1) / 2))
    spool = Spool(np.float32)
    for start, stop in stretches:
        spool.fill(int(start), 0.0)
        for first in range(int(start), int(stop), BLOCK):
            last = min(first + BLOCK, int(stop))
            low, high = max(int(start), first - half), min(int(stop), last + half)
            sums = np.concatenate(([0.0], np.cumsum(energy[low:high], dtype=np.float64)))
            at = np.arange(first, last)
            left = np.maximum(at - half, start) - low
            right = np.minimum(at + half + 1, stop) - low
            mean = (sums[right] - sums[left]) / (right - left)
            spool.append(np.sqrt(np.maximum(mean, 0.0)))
    spool.fill(len(energy), 0.0)
    out: npt.NDArray[np.float32] = spool.array().astype(np.float32, copy=False)
    return out


def _gravity(mean: FloatArray) -> FloatArray:
    """Return the mean of each second below 0.15 Hz, without lag, within each run."""
    sos = sp.butter(2, GRAVITY_HZ, "lowpass", fs=1.0, output="sos")
    out = mean.copy()
    for start, stop in runs(~np.isnan(mean[:, 0])):
        if stop - start > 30:
            out[start:stop] = sp.sosfiltfilt(sos, mean[start:stop], axis=0, padlen=15)
    return out


def _bands(
    acceleration: npt.NDArray[np.generic],
    stretches: npt.NDArray[np.int64],
    hz: float,
    each: _SecondSignals,
) -> npt.NDArray[np.float32]:
    """Return (m, 4) mean squares within `BANDS_HZ` for each second."""
    out = np.full((len(each.high), len(BANDS_HZ)), np.nan)
    for column, (low, high) in enumerate(BANDS_HZ[:-1]):
        if hz < 2.1 * high:
            continue
        band = sp.butter(2, (low, high), "bandpass", fs=hz, output="sos")
        out[:, column] = _mean_square(
            acceleration, stretches, hz, _Filter(band, round(0.2 * hz) or 1), len(out)
        )
    out[:, -1] = each.high
    return out.astype(np.float32)


def _mean_square(
    acceleration: npt.NDArray[np.generic],
    stretches: npt.NDArray[np.int64],
    hz: float,
    band: _Filter,
    seconds: int,
) -> FloatArray:
    sums, counts = np.zeros(seconds), np.zeros(seconds)
    for start, stop in stretches:
        for first in range(int(start), int(stop), BLOCK):
            last = min(first + BLOCK, int(stop))
            cells = np.asarray(acceleration[first:last], dtype=np.float64).T
            filtered = band(cells, first == start)
            second = np.minimum((np.arange(first, last) / hz + 1e-9).astype(np.int64), seconds - 1)
            sums += np.bincount(second, np.einsum("ij,ij->j", filtered, filtered), seconds)
            counts += np.bincount(second, minlength=seconds)
    mean: FloatArray = np.divide(sums, counts, out=np.full(seconds, np.nan), where=counts > 0)
    return mean
