"""How sudden a movement is: one pull of a limb that rings, or a way out and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.bursts import UNSEEN, Burst, burst
from detector.conditioning import condition
from detector.criteria import default_criteria
from detector.exclusion import is_vibration, quiet_bands
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import FloatArray, Placement, from_arrays

HZ = 50.0
CRITERIA = default_criteria(Placement.ANKLE)
KINDS = CRITERIA.classification
T_S = np.arange(round(60 * HZ)) / HZ
REST = np.array([[0.0], [0.0], [1.0]])


def movement(onset_s: float, offset_s: float, peak_g: float = 0.1) -> Movement:
    return Movement(onset_s, offset_s, peak_g, 5.0, 0.003, 0.0)


def ringing(at_s: float, *, hz: float = 3.0, damping: float = 0.4) -> FloatArray:
    """Return (n,) what a limb does after one pull of no length at `at_s`."""
    since = np.clip(T_S - at_s, 0, None)
    omega = 2 * np.pi * hz
    return np.asarray(np.exp(-damping * omega * since) * np.sin(omega * since))


def seen(shape: FloatArray, *, strength_g: float = 0.2, along: int = 0) -> NightSignal:
    samples = np.repeat(REST, T_S.size, axis=1)
    samples[along] += strength_g * shape
    return condition(from_arrays(T_S, samples, hz=HZ), CRITERIA.conditioning)


def is_sudden(found: Burst) -> bool:
    limits = KINDS.hypnic_max_spread_s, KINDS.hypnic_max_rise_s
    return found.spread_s <= limits[0] and found.rise_s <= limits[1]


@pytest.mark.parametrize("hz", [2.0, 3.0, 4.0, 5.0])
def test_one_pull_is_sudden_however_slowly_the_limb_rings(hz: float) -> None:
    assert is_sudden(burst(seen(ringing(20.0, hz=hz)), movement(19.9, 21.2), KINDS))


@pytest.mark.parametrize("apart_s", [0.5, 1.0, 2.0])
def test_a_pull_and_its_release_are_not(apart_s: float) -> None:
    both = ringing(20.0) - ringing(20.0 + apart_s)
    of_any_length = replace(KINDS, hypnic_max_duration_s=10.0)
    found = burst(seen(both), movement(19.9, 21.2 + apart_s), of_any_length)
    assert found.spread_s > KINDS.hypnic_max_spread_s
    # as much at either end of the time between them
    assert found.spread_s == pytest.approx(apart_s / 2, rel=0.2)


def test_what_grows_slowly_is_not() -> None:
    grows = np.clip((T_S - 20) / 1.0, 0, 1) * np.sin(2 * np.pi * 3 * T_S) * (T_S < 21)
    assert burst(seen(grows), movement(20.0, 21.0), KINDS).rise_s > KINDS.hypnic_max_rise_s


@given(strength_g=st.floats(0.05, 1.5), along=st.sampled_from([0, 1, 2]))
def test_neither_strength_nor_direction_changes_it(strength_g: float, along: int) -> None:
    first = burst(seen(ringing(20.0)), movement(19.9, 21.2), KINDS)
    other = burst(
        seen(ringing(20.0), strength_g=strength_g, along=along), movement(19.9, 21.2), KINDS
    )
    assert other.spread_s == pytest.approx(first.spread_s, rel=1e-3)
    assert other.rise_s == pytest.approx(first.rise_s, rel=1e-3)


def test_where_nothing_was_recorded_it_is_not_known() -> None:
    kept = (T_S < 20.3) | (T_S > 25)
    samples = np.repeat(REST, T_S.size, axis=1)
    samples[0] += 0.2 * ringing(20.0)
    signal = condition(from_arrays(T_S[kept], samples[:, kept], hz=HZ), CRITERIA.conditioning)
    assert burst(signal, movement(19.9, 21.2), KINDS) == UNSEEN
    assert not is_sudden(UNSEEN)


def test_what_is_too_long_for_a_jerk_is_not_looked_at() -> None:
    longest_s = KINDS.hypnic_max_duration_s
    signal = seen(ringing(20.0))
    assert burst(signal, movement(19.75, 19.75 + longest_s), KINDS) != UNSEEN
    assert burst(signal, movement(19.75, 19.80 + longest_s), KINDS) == UNSEEN


def test_rest_is_no_burst() -> None:
    assert not is_sudden(burst(seen(np.zeros(T_S.size)), movement(20.0, 21.0), KINDS))


def test_what_is_stronger_than_a_shaken_bed_is_no_vibration() -> None:
    # 12 Hz for 0.3 s: the band passes a part of it
    shake = np.sin(2 * np.pi * 12 * T_S) * ((T_S >= 20) & (T_S < 20.3))
    signal = seen(shake, strength_g=0.1)
    quiet = quiet_bands(signal)
    weak, strong = (movement(20.0, 20.3, peak_g=g) for g in (0.039, 0.041))
    assert is_vibration(signal, weak, quiet, KINDS)
    assert not is_vibration(signal, strong, quiet, KINDS)
