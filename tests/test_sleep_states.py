"""Counts of movements an epoch, and the course of sleep and waking that they tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.criteria import NightCriteria
from detector.sleep_states import Course, course_of

CRITERIA = NightCriteria()
EPOCH_H = CRITERIA.state_epoch_s / 3600


def course(*stretches: tuple[float, float], seed: int = 0) -> Course:
    """Return the course of stretches of hours and movements an hour, at random moments."""
    rng = np.random.default_rng(seed)
    counts = [rng.poisson(per_h * EPOCH_H, round(hours / EPOCH_H)) for hours, per_h in stretches]
    every = np.concatenate(counts).astype(float)
    return course_of(every, np.full(every.size, EPOCH_H), CRITERIA)


def asleep_h(found: Course, start_h: float, stop_h: float) -> float:
    part = found.awake[round(start_h / EPOCH_H) : round(stop_h / EPOCH_H)]
    return float(np.sum(~part)) * EPOCH_H


@pytest.mark.parametrize("seed", range(5))
def test_few_are_sleep_and_many_are_waking(seed: int) -> None:
    found = course((0.5, 45), (6.5, 7), (0.5, 45), seed=seed)
    assert asleep_h(found, 0, 0.5) < 0.15
    assert asleep_h(found, 0.5, 7) > 6.0
    assert asleep_h(found, 7, 7.5) < 0.15


@pytest.mark.parametrize("seed", range(5))
def test_a_restless_sleeper_is_not_awake_all_night(seed: int) -> None:
    found = course((0.5, 55), (7, 17), seed=seed)
    assert asleep_h(found, 0.5, 7.5) > 5.5
    assert found.rates_per_h[0] > 1.5 * CRITERIA.movement_per_h_asleep


@pytest.mark.parametrize("seed", range(5))
def test_who_is_as_restless_as_few_are_sleeps_most_of_the_night(seed: int) -> None:
    found = course((0.3, 60), (7.5, 28), seed=seed)
    assert asleep_h(found, 0.3, 7.8) > 6.0


def test_rates_are_those_of_the_night_and_near_the_usual_ones() -> None:
    calm, usual, restless = (
        course((0.5, 40), (7, per_h)).rates_per_h[0] for per_h in (0.5, 7.5, 100)
    )
    assert calm < usual < restless
    assert usual == pytest.approx(7.5, rel=0.35)
    # three spreads above and two below what is usual, and no further
    spread = CRITERIA.asleep_spread_ratio
    assert restless <= CRITERIA.movement_per_h_asleep * spread**3 + 1e-9
    assert calm >= CRITERIA.movement_per_h_asleep / spread**2 - 1e-9


def test_short_wakings_are_possible_before_they_are_likely() -> None:
    counts = np.zeros(600)
    counts[300] = 1.0  # one movement in five hours without any
    found = course_of(counts, np.full(600, EPOCH_H), CRITERIA)
    assert not found.awake[299:304].any()
    assert found.probable[300] > 0.05
    assert found.probable[200] < 0.03


@pytest.mark.parametrize("seed", range(5))
def test_as_many_epochs_are_awake_as_are_on_average(seed: int) -> None:
    found = course((0.3, 40), (3, 8), (0.1, 30), (4, 10), seed=seed)
    awake_h, expected_h = (float(np.sum(of)) * EPOCH_H for of in (found.awake, found.probable))
    assert awake_h == pytest.approx(expected_h, abs=0.35)
    assert np.sum(found.probable > 0.5) * EPOCH_H < awake_h, "some are less likely than sleep"
    # none is awake that is less so than one asleep, but for those at the end
    last = np.flatnonzero(~found.awake)[-1]
    assert found.probable[:last][found.awake[:last]].min() >= CRITERIA.min_waking_probability


def test_where_nothing_moves_nobody_wakes_once_asleep() -> None:
    found = course((6, 0))
    changes = np.flatnonzero(np.diff(found.awake.astype(int)))
    assert changes.size == 2, "awake before and after"
    assert asleep_h(found, 0, 6) > 5.85


def test_where_tossing_ends_sleep_begins_and_in_calm_seldom() -> None:
    found = course((0.5, 45), (3, 0), seed=1)
    assert found.begins[30:90].sum() > 0.95
    assert found.begins[180:240].sum() < 0.15, "a waking in which nothing moved"


@pytest.mark.parametrize("seed", range(5))
def test_a_movement_more_or_less_moves_the_hours_by_little(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rates = np.repeat([40.0, 7.0, 35.0, 9.0], [60, 200, 20, 200])
    counts = rng.poisson(rates * EPOCH_H).astype(float)
    whole = course_of(counts, np.full(counts.size, EPOCH_H), CRITERIA)
    moves = []
    for index in np.flatnonzero(counts)[::4]:
        fewer = counts.copy()
        fewer[index] -= 0.1  # as a movement that is measured a fifth of a second shorter
        found = course_of(fewer, np.full(counts.size, EPOCH_H), CRITERIA)
        moves.append(abs(np.sum(found.awake) - np.sum(whole.awake)))
    assert max(moves) * EPOCH_H <= 0.1
    assert np.mean(moves) * EPOCH_H <= 0.03


def test_parts_of_a_movement_count_in_part() -> None:
    seen_h = np.full(60, EPOCH_H)
    chance = [
        course_of(np.full(60, part), seen_h, CRITERIA).probable[30] for part in (0.0, 0.1, 0.2, 0.5)
    ]
    assert chance == sorted(chance)
    assert chance[0] < 0.1
    assert chance[-1] > 0.9


def test_one_is_awake_when_the_rest_ends() -> None:
    found = course((4, 0))
    assert found.awake[-1]
    assert asleep_h(found, 0, 4) > 3.9


def test_what_was_not_seen_tells_nothing() -> None:
    counts, seen_h = np.zeros(600), np.full(600, EPOCH_H)
    counts[:60] = 1.0
    seen_h[60:90] = 0.0
    found = course_of(counts, seen_h, CRITERIA)
    assert found.awake[:60].all()
    # still counted as waking for as long as nothing speaks against it, or not: never in between
    assert np.abs(np.diff(found.awake[55:95].astype(int))).sum() <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=60))
def test_probabilities_are_some_and_the_course_follows_them(counts: list[int]) -> None:
    drawn = np.array(counts, dtype=float)
    found = course_of(drawn, np.full(drawn.size, EPOCH_H), CRITERIA)
    assert found.awake.shape == found.probable.shape == drawn.shape
    assert np.all((found.probable >= 0) & (found.probable <= 1))
    # who falls asleep was awake before and is asleep after; and waking loses no more than that
    assert found.begins[0] == 0
    before, after, begins = found.probable[:-1], found.probable[1:], found.begins[1:]
    assert np.all(begins <= np.minimum(before, 1 - after) + 1e-9)
    assert np.all(begins >= before - after - 1e-9)
    low, high = found.rates_per_h
    assert high >= CRITERIA.min_awake_ratio * low


def test_rates_that_no_pair_keeps_apart_are_the_usual_ones() -> None:
    close = NightCriteria(movement_per_h_asleep=40, movement_per_h_awake=41, min_awake_ratio=9)
    assert course_of(np.ones(9), np.full(9, EPOCH_H), close).rates_per_h == (40, 41)
