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
from detector.simulation.mechanics import (
    FINE_HZ,
    Limb,
    angle_scale,
    burst_drive,
    feel,
    fine_times,
    respond,
)

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


def of_limb(burst_s: float, *, ring_hz: float = 3.0, damping: float = 0.35) -> FloatArray:
    """Return (3, n) the change, on the fine grid, of a limb that one burst pulls at 20 s."""
    limb = Limb(0.4, ring_hz, damping, np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    t_s = fine_times(60.0)
    angle = respond(burst_drive(t_s, 20.0, burst_s, 0.05), limb)
    scale = angle_scale(angle, limb, REST[:, 0], peak_g=0.2, max_rad=1.2)
    return feel(scale * angle, limb, REST[:, 0]).change_g


def recorded(change_g: FloatArray, *, hz: float = HZ) -> NightSignal:
    """Return the signal of a sensor that sees each (3, n) change of the fine grid at `hz`."""
    at = np.arange(round(60 * hz)) / hz
    fine = np.arange(change_g.shape[1]) / FINE_HZ
    samples = REST + np.array([np.interp(at, fine, axis) for axis in change_g])
    return condition(from_arrays(at, samples, hz=hz), CRITERIA.conditioning)


def is_sudden(found: Burst) -> bool:
    is_short = found.strength_s <= KINDS.hypnic_max_strength_s
    return found.spread_s <= KINDS.hypnic_max_spread_s and is_short


def test_strength_that_dies_down_as_slowly_as_a_limb_movement_lasts_is_not_sudden() -> None:
    found = [
        burst(seen(ringing(20.0, hz=2.5, damping=damping)), movement(20.0, 21.2), KINDS)
        for damping in (0.12, 0.2, 0.4)
    ]
    assert all(one.spread_s <= KINDS.hypnic_max_spread_s for one in found)
    assert [is_sudden(one) for one in found] == [False, True, True]
    assert found[0].strength_s > found[1].strength_s > found[2].strength_s


@pytest.mark.parametrize("hz", [2.0, 3.0, 4.0, 5.0])
def test_one_pull_is_sudden_however_slowly_the_limb_rings(hz: float) -> None:
    assert is_sudden(burst(seen(ringing(20.0, hz=hz)), movement(19.9, 21.2), KINDS))


@pytest.mark.parametrize("apart_s", [0.5, 1.0, 2.0])
def test_a_pull_and_its_release_are_not(apart_s: float) -> None:
    both = ringing(20.0) - ringing(20.0 + apart_s)
    of_any_length = replace(KINDS, hypnic_max_duration_s=10.0)
    found = burst(seen(both), movement(19.9, 21.2 + apart_s), of_any_length)
    assert found.spread_s > KINDS.hypnic_max_spread_s
    # as much at either end of the time between them: every distance is half of it
    assert found.spread_s == pytest.approx(apart_s / 2, rel=0.2)


@pytest.mark.parametrize("share", [0.15, 0.3, 0.6])
def test_a_release_that_is_weaker_than_the_pull_is_seen(share: float) -> None:
    both = ringing(20.0) - share * ringing(20.4)
    alone, released = (burst(seen(x), movement(19.9, 21.6), KINDS) for x in (ringing(20.0), both))
    assert alone.spread_s < KINDS.hypnic_max_spread_s < released.spread_s


def test_what_grows_slowly_is_not() -> None:
    grows = np.clip((T_S - 20) / 1.0, 0, 1) * np.sin(2 * np.pi * 3 * T_S) * (T_S < 21)
    assert not is_sudden(burst(seen(grows), movement(20.0, 21.0), KINDS))


@given(
    strength_g=st.floats(0.05, 1.5), axis=st.sampled_from([0, 1, 2]), turn_rad=st.floats(0, 6.28)
)
def test_neither_strength_nor_the_way_the_sensor_lies_changes_it(
    strength_g: float, axis: int, turn_rad: float
) -> None:
    turned = np.roll(np.eye(3), axis, axis=0)
    turned[:2] = [[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]] @ (
        turned[:2]
    )
    pulled = of_limb(0.15)
    first = burst(recorded(pulled), movement(19.9, 21.2), KINDS)
    other = burst(recorded(strength_g / 0.2 * turned @ pulled), movement(19.9, 21.2), KINDS)
    assert other.spread_s == pytest.approx(first.spread_s, rel=0.01)


@pytest.mark.parametrize("ring_hz", [1.8, 3.0, 5.0])
@pytest.mark.parametrize("damping", [0.25, 0.45])
def test_the_same_pull_is_as_sudden_on_any_limb_and_a_longer_one_less(
    ring_hz: float, damping: float
) -> None:
    brief, long = (
        burst(
            recorded(of_limb(burst_s, ring_hz=ring_hz, damping=damping)),
            movement(19.9, 21.2),
            KINDS,
        ).spread_s
        for burst_s in (0.15, 0.4)
    )
    usual = burst(recorded(of_limb(0.15)), movement(19.9, 21.2), KINDS).spread_s
    assert brief == pytest.approx(usual, abs=0.025)
    assert brief < KINDS.hypnic_max_spread_s < long


@pytest.mark.parametrize(("degrees", "about", "seed"), [(20.0, 0, 1), (75.0, 1, 2), (160.0, 2, 3)])
def test_turned_axes_change_nothing_where_rest_is_noisy(
    degrees: float, about: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.003, (3, T_S.size))
    samples = REST + noise + 0.2 * ringing(20.0) * np.array([[1.0], [0.0], [0.0]])
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.roll(np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]]), about, (0, 1))
    one, other = (
        condition(from_arrays(T_S, axes, hz=HZ), CRITERIA.conditioning)
        for axes in (samples, turn @ samples)
    )
    jerk = movement(19.95, 21.2)
    ours, theirs = (burst(signal, jerk, KINDS) for signal in (one, other))
    assert theirs.spread_s == pytest.approx(ours.spread_s, rel=1e-4)
    assert theirs.strength_s == pytest.approx(ours.strength_s, rel=1e-4)


@pytest.mark.parametrize("hz", [16.0, 20.0, 25.0, 100.0])
def test_any_rate_that_shows_jerks_gives_the_same(hz: float) -> None:
    usual = burst(recorded(of_limb(0.15)), movement(19.9, 21.2), KINDS).spread_s
    found = burst(recorded(of_limb(0.15), hz=hz), movement(19.9, 21.2), KINDS).spread_s
    assert found == pytest.approx(usual, abs=0.014)


def test_a_limb_that_stays_elsewhere_made_no_jerk() -> None:
    moved = np.clip((T_S - 20.0) / 0.2, 0, 1) * 0.3
    assert not is_sudden(burst(seen(moved, strength_g=1.0), movement(19.9, 20.5), KINDS))


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
