"""The quantiles are those of scipy.special, which is imported here only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from detector.distributions import (
    beta_below,
    beta_quantile,
    chi_square_exceeded,
    gamma_quantile,
    gamma_tails,
)

SHAPES = st.floats(0.05, 3000.0)
TAILS = st.sampled_from([0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995])


class TestGamma:
    @given(SHAPES, TAILS)
    def test_quantile(self, shape: float, probability: float) -> None:
        expected = special.gammaincinv(shape, probability)
        assert gamma_quantile(shape, probability) == pytest.approx(expected, rel=1e-9)

    @given(SHAPES, st.floats(0.0, 10.0))
    def test_tails(self, shape: float, ratio: float) -> None:
        x = ratio * shape
        below, above = gamma_tails(shape, x)
        assert below == pytest.approx(special.gammainc(shape, x), rel=1e-9, abs=1e-15)
        assert above == pytest.approx(special.gammaincc(shape, x), rel=1e-9, abs=1e-15)

    @given(st.floats(1.0, 200.0), st.sampled_from([1e-9, 1e-6, 1e-3, 0.5, 0.99]))
    def test_what_noise_exceeds(self, freedom: float, probability: float) -> None:
        expected = special.chdtri(freedom, probability)
        assert chi_square_exceeded(freedom, probability) == pytest.approx(expected, rel=1e-9)

    def test_no_event_in_95_percent(self) -> None:
        # with no event the upper limit of a Poisson rate is -ln 0.025
        assert gamma_quantile(1.0, 0.975) == pytest.approx(3.688879454)


class TestBeta:
    @given(st.floats(0.1, 1000.0), st.floats(0.1, 1000.0), TAILS)
    def test_quantile(self, a: float, b: float, probability: float) -> None:
        expected = special.betaincinv(a, b, probability)
        assert beta_quantile(a, b, probability) == pytest.approx(expected, rel=1e-8)

    @given(st.floats(0.1, 1000.0), st.floats(0.1, 1000.0), st.floats(0.0, 1.0))
    def test_share_below(self, a: float, b: float, x: float) -> None:
        assert beta_below(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-14)

    def test_an_even_one_has_its_share_in_proportion(self) -> None:
        assert beta_quantile(1.0, 1.0, 0.3) == pytest.approx(0.3)
