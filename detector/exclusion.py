"""Movements that are known to be something else: tremor, rhythmic movement, vibration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np

from detector.criteria import ClassificationCriteria
from detector.filtering import SectionFilter, butterworth, filter_both_ways
from detector.movements import Movement
from detector.night_signal import BANDS_HZ, NightSignal
from detector.recording import FloatArray

_SLOWEST_HZ, _FASTEST_HZ = 0.4, 8.5
_NEARLY = 0.85  # of the best repetition: the top between two samples is known no better
_LEAST_OWN = 0.5  # of the power of what was found; it passes twice the noise somewhere
_HIGH, _LOW, _MIDDLE = 3, 1, 2  # columns of band_g2: above 8 Hz, 0.5 to 4 Hz, 4 to 8 Hz


class Exclusion(StrEnum):
    """What a movement is known to be when it is no limb movement of the night's patterns."""

    TREMOR = "tremor"
    RHYTHMIC = "rhythmic"
    VIBRATION = "vibration"
    RESPIRATORY_TRAIN = "respiratory_train"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rate of a repetition and how alike its cycles are: 1 the same, 0 unrelated."""

    hz: float
    strength: float


def find_exclusion(
    signal: NightSignal,
    movement: Movement,
    quiet_band_g2: FloatArray,
    criteria: ClassificationCriteria,
) -> tuple[Exclusion, str] | None:
    """Return what `movement` is known to be, with the reason, or None.

    `quiet_band_g2` (4,) are the mean squares of rest in the bands of the signal.
    """
    if is_vibration(signal, movement, quiet_band_g2, criteria):
        return Exclusion.VIBRATION, "most of it above 8 Hz, no limb moves so fast"
    if movement.duration_s < criteria.rhythm_min_duration_s:
        return None
    rhythm = find_rhythm(signal, movement)
    cycles = rhythm.hz * movement.duration_s
    least = criteria.rhythm_strength * _own_share(signal, movement)
    if rhythm.strength < least or cycles < criteria.rhythm_min_cycles:
        return None
    said = f"{cycles:.0f} even cycles at {rhythm.hz:.1f} Hz"
    kind = Exclusion.TREMOR if rhythm.hz >= criteria.tremor_low_hz else Exclusion.RHYTHMIC
    return kind, said


def _own_share(signal: NightSignal, movement: Movement) -> float:
    """Return the share of a movement's power that is not the noise of rest: 1 well above it.

    Noise repeats nothing, so that a weak rhythm seems as much less alike from cycle to cycle.
    """
    first, last = int(movement.onset_s * signal.hz), int(np.ceil(movement.offset_s * signal.hz))
    power_g2 = float(np.mean(signal.envelope_g[first:last].astype(np.float64) ** 2))
    if not power_g2 > 0:
        return 1.0
    return max(_LEAST_OWN, 1 - movement.noise_floor_g**2 / power_g2)


def quiet_bands(signal: NightSignal) -> FloatArray:
    """Return (4,) the 25th percentile of each band over the recording, NaN where it has none."""
    quiet = np.full(len(BANDS_HZ), np.nan)
    for band in range(quiet.size):
        known = signal.known_band_g2(band)
        if known.size:
            quiet[band] = np.quantile(known, 0.25, overwrite_input=True)
    return quiet


def is_vibration(
    signal: NightSignal,
    movement: Movement,
    quiet_band_g2: FloatArray,
    criteria: ClassificationCriteria,
) -> bool:
    """Tell whether a short movement has most of its energy above 8 Hz.

    No bed shakes as strongly as a limb that jerks.
    """
    if movement.duration_s > criteria.vibration_max_duration_s:
        return False
    if movement.peak_g > criteria.vibration_max_peak_g:
        return False
    first, last = int(movement.onset_s), int(movement.offset_s) + 1
    around = np.asarray(signal.band_g2[first:last], dtype=np.float64)
    if not len(around) or np.isnan(around[:, [_LOW, _MIDDLE, _HIGH]]).any():
        return False
    above = np.maximum(around.sum(axis=0) - len(around) * quiet_band_g2, 0.0)
    return bool(above[_HIGH] > criteria.vibration_ratio * (above[_LOW] + above[_MIDDLE]))


def find_rhythm(signal: NightSignal, movement: Movement) -> Rhythm:
    """Return the repetition within `movement`, by autocorrelation summed over the axes.

    The strength is taken two cycles on, where the ringing of a single jerk has died away.
    """
    hz = signal.hz
    first, last = int(movement.onset_s * hz), int(np.ceil(movement.offset_s * hz))
    cells = np.asarray(signal.acceleration_g[first:last], dtype=np.float64)
    if len(cells) < 16 or hz < 8:
        return Rhythm(0.0, 0.0)
    moving = filter_both_ways(_moving_part(hz), cells.T, min(len(cells) - 1, 12)).T
    size = len(moving)
    spectrum = np.fft.rfft(moving, 2 * size, axis=0)
    correlation = np.fft.irfft(np.sum(np.abs(spectrum) ** 2, axis=1))[:size]
    lags = np.arange(size)
    correlation = correlation * size / np.maximum(size - lags, 1)
    if not correlation[0] > 0:
        return Rhythm(0.0, 0.0)
    correlation /= correlation[0]
    shortest, longest = int(np.ceil(hz / _FASTEST_HZ)), min(int(hz / _SLOWEST_HZ), size // 3)
    if longest <= shortest + 1:
        return Rhythm(0.0, 0.0)
    return _shortest_period(correlation, shortest, longest, hz)


@cache
def _moving_part(hz: float) -> SectionFilter:
    return SectionFilter(butterworth(2, "high", 0.5, hz))


def _shortest_period(correlation: FloatArray, shortest: int, longest: int, hz: float) -> Rhythm:
    """Return the rhythm of the shortest lag that repeats nearly as well as the best.

    A multiple of a period repeats as well as the period, and may lie nearer to a sample.
    """
    peaks = [
        (lag, *_parabola(correlation[lag - 1 : lag + 2]))
        for lag in range(shortest, longest + 1)
        if correlation[lag - 1] <= correlation[lag] >= correlation[lag + 1]
    ]
    if not peaks:
        return Rhythm(0.0, 0.0)
    best = max(height for _, _, height in peaks)
    if not best > 0:
        return Rhythm(0.0, 0.0)
    lag, shift, height = next(p for p in peaks if p[2] >= _NEARLY * best)
    period = lag + shift
    again = round(2 * period)
    second = float(np.max(correlation[again - 1 : again + 2]))
    return Rhythm(hz / period, min(1.0, max(0.0, min(height, second))))


def _parabola(around: FloatArray) -> tuple[float, float]:
    """Return where, from the middle of three values, a parabola has its top, and how high."""
    left, middle, right = (float(v) for v in around)
    bend = left - 2 * middle + right
    if bend >= 0:
        return 0.0, middle
    shift = 0.5 * (left - right) / bend
    return shift, middle - 0.25 * (left - right) * shift
