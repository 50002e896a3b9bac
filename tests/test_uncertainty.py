"""Limits of rates and shares: values by hand, laws, and what they hold on simulated counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from detector.criteria import AASM, WASM, SummaryCriteria
from detector.intervals import merge
from detector.uncertainty import (
    block_dispersion,
    cluster_sizes,
    clusters,
    count_limits,
    independent_trials,
    rows_by_chance,
    series_dispersion,
    share_limits,
)

H = 3600.0
CRITERIA = SummaryCriteria()
NIGHT = merge([(H, 9 * H)])


class TestClusters:
    def test_by_hand(self) -> None:
        # 30 s apart is one, 90 s is one still, 91 s is the next
        onsets = np.array([0.0, 30.0, 60.0, 150.0, 241.0, 261.0, 1000.0])
        spans = clusters(onsets, WASM)
        np.testing.assert_array_equal(spans, [[0, 150], [241, 261], [1000, 1000]])
        np.testing.assert_array_equal(cluster_sizes(onsets, spans), [4, 2, 1])
        np.testing.assert_array_equal(cluster_sizes(onsets[[1, 4]], spans), [1, 1, 0])

    def test_of_nothing(self) -> None:
        spans = clusters(np.empty(0), WASM)
        assert spans.shape == (0, 2)
        assert cluster_sizes(np.empty(0), spans).size == 0

    @given(st.lists(st.floats(0, 3e4), max_size=60))
    def test_each_movement_is_in_one(self, drawn: list[float]) -> None:
        onsets = np.sort(np.array(drawn))
        assert cluster_sizes(onsets, clusters(onsets, WASM)).sum() == onsets.size


class TestDispersion:
    def test_of_series_by_hand(self) -> None:
        # a usual series has 10 members, SD 7: (149 + 16 + 400) / (10 + 4 + 20)
        assert series_dispersion(np.array([4.0, 20.0]), CRITERIA) == pytest.approx(
            565 / 34 * (1 + 0.5 / 3)
        )
        assert series_dispersion(np.empty(0), CRITERIA) == 10.0

    def test_of_half_of_their_members(self) -> None:
        # half of ten and half the SD: (149 / 4 + 4 + 100) / (5 + 2 + 10)
        found = series_dispersion(np.array([2.0, 10.0]), CRITERIA, 0.5)
        assert found == pytest.approx((149 / 4 + 104) / 17 * (1 + 0.5 / 3))
        assert series_dispersion(np.array([0.0]), CRITERIA, 0.0) == 1.0

    def test_even_blocks_have_none(self) -> None:
        assert block_dispersion(H + 900 + 1800.0 * np.arange(16), NIGHT, 1800.0) == 1.0
        assert block_dispersion(np.empty(0), NIGHT, 1800.0) == 1.0

    def test_of_blocks_by_hand(self) -> None:
        # 32 in one block of 16, 2 expected in each: (30^2 + 15 x 2^2) / 2 / 15
        onsets = H + 10.0 + np.arange(32)
        assert block_dispersion(onsets, NIGHT, 1800.0) == pytest.approx((900 + 60) / 2 / 15)


class TestLimits:
    def test_no_event_has_the_exact_upper_limit(self) -> None:
        # P(no event | mean) = 0.025 at ln 40 = 3.689; of series, so many series
        assert count_limits(0, 1.0, 0.95) == (0.0, pytest.approx(3.6889, rel=1e-4))
        assert count_limits(0, 10.0, 0.95) == (0.0, pytest.approx(36.889, rel=1e-4))

    def test_what_comes_one_by_one_has_those_of_a_poisson_count(self) -> None:
        # 16: the exact upper limit is 25.983; below, chi-square of 33 at 2.5 % halved
        low, high = count_limits(16, 1.0, 0.95)
        assert high == pytest.approx(25.983, rel=1e-4)
        assert low == pytest.approx(special.chdtri(33, 0.975) / 2, rel=1e-9)
        assert low == pytest.approx(9.52, abs=0.01)

    @given(st.integers(1, 500), st.floats(1.0, 40.0))
    def test_clusters_widen_them(self, count: int, dispersion: float) -> None:
        low, high = count_limits(count, dispersion, 0.95)
        alone = count_limits(count, 1.0, 0.95)
        assert low <= alone[0] + 1e-9
        assert high >= alone[1] - 1e-9

    @settings(deadline=None)
    @given(
        st.floats(0, 800),
        st.floats(1.0, 60.0),
        st.sampled_from([0.5, 0.9, 0.95, 0.99]),
        st.floats(0, 20),
    )
    def test_they_hold_the_count(
        self, count: float, dispersion: float, confidence: float, by_chance: float
    ) -> None:
        low, high = count_limits(count, dispersion, confidence, by_chance)
        assert 0 <= low <= count < high < np.inf

    def test_what_chance_explains_has_no_lower_limit(self) -> None:
        assert count_limits(8, 8.0, 0.95, by_chance=4.0)[0] == 0.0
        assert count_limits(80, 8.0, 0.95, by_chance=4.0)[0] == pytest.approx(
            count_limits(80, 8.0, 0.95)[0] - 4.0
        )

    @pytest.mark.parametrize("mean_series", [2.0, 6.0, 20.0])
    def test_they_hold_the_mean_of_counts_in_series(self, mean_series: float) -> None:
        # series of 4 and more, geometric, on average 12
        rng = np.random.default_rng(11)
        held = 0
        for _ in range(1200):
            sizes = 3.0 + rng.geometric(1 / 9, rng.poisson(mean_series))
            low, high = count_limits(sizes.sum(), series_dispersion(sizes, CRITERIA), 0.95)
            held += low <= 12 * mean_series <= high
        assert 0.92 <= held / 1200 <= 0.99


class TestShares:
    def test_limits_by_hand(self) -> None:
        # 0 of 20: 1 - 0.025^(1/20) = 0.1684; 10 of 20: 0.2720 to 0.7280 (Clopper and Pearson)
        assert share_limits(0.0, 20, 0.95) == (0.0, pytest.approx(0.1684, abs=1e-4))
        assert share_limits(1.0, 20, 0.95) == (pytest.approx(1 - 0.1684, abs=1e-4), 1.0)
        assert share_limits(0.5, 20, 0.95) == pytest.approx((0.2720, 0.7280), abs=1e-4)
        low, high = share_limits(0.5, 0.2, 0.95)
        assert 0 <= low < 0.5 < high <= 1

    def test_what_comes_one_by_one_is_independent(self) -> None:
        assert independent_trials(0.3, 50, 1.0, 1.0) == 50

    def test_the_variance_is_that_of_a_ratio(self) -> None:
        # hits come ten by ten, others one by one; Var p = p^2 (1 - p)^2 (10 / hits + 1 / others)
        p, of = 0.4, 200
        variance = p**2 * (1 - p) ** 2 * (10 / (p * of) + 1 / ((1 - p) * of))
        assert p * (1 - p) / independent_trials(p, of, 10.0, 1.0) == pytest.approx(variance)


class TestChance:
    def test_it_is_that_of_random_movements(self) -> None:
        # counted on movements at random moments, 20 an hour for 4000 hours
        rng = np.random.default_rng(5)
        onsets = np.cumsum(rng.exponential(180.0, 80_000))
        fits = (np.diff(onsets) >= 10) & (np.diff(onsets) <= 90)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], fits.astype(int), [0]))))
        runs = edges[1::2] - edges[::2]
        hours = onsets[-1] / 3600
        by_chance = float(np.sum(runs[runs >= 3] + 1))
        assert rows_by_chance(80_000, 0, hours, WASM) == pytest.approx(by_chance, rel=0.05)

    def test_what_ends_a_row_makes_fewer_unless_the_rules_pass_over_it(self) -> None:
        assert rows_by_chance(100, 60, 7.0, WASM) < rows_by_chance(100, 0, 7.0, WASM)
        assert rows_by_chance(100, 60, 7.0, AASM) == rows_by_chance(100, 0, 7.0, AASM)
        assert AASM.non_candidate_passes

    def test_longer_rows_are_rarer(self) -> None:
        longer = replace(WASM, min_members=6)
        assert 0 < rows_by_chance(100, 0, 7.0, longer) < rows_by_chance(100, 0, 7.0, WASM)

    @pytest.mark.parametrize(("candidates", "hours"), [(0, 7.0), (20, 0.0)])
    def test_of_nothing_there_is_none(self, candidates: int, hours: float) -> None:
        assert rows_by_chance(candidates, 3, hours, WASM) == 0.0
