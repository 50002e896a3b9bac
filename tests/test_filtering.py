"""The filters are those of scipy.signal, which is imported here only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from detector.filtering import (
    BLOCK,
    PART,
    SectionFilter,
    butterworth,
    butterworth_band,
    filter_both_ways,
    moving_median,
)

ORDERS = st.sampled_from([2, 4, 6])
CASCADES = {
    "movement": np.vstack((butterworth(2, "high", 0.5, 100.0), butterworth(4, "low", 8.0, 100.0))),
    "breathing": butterworth_band(2, 0.2, 0.5, 25.0),
    "vibration": butterworth(4, "high", 8.0, 100.0),
}


def samples(size: int, seed: int = 3) -> np.ndarray:
    """Return (3, size) g: noise about a posture."""
    noise = np.random.default_rng(seed).normal(0, 0.05, (3, size))
    return noise + np.array([[0.1], [-0.3], [0.95]])


def by_scipy(sections: np.ndarray, values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return what scipy gives when it begins at rest at `levels` (r,)."""
    zi = signal.sosfilt_zi(sections)[:, None, :] * levels[None, :, None]
    filtered, _ = signal.sosfilt(sections, values, axis=-1, zi=zi)
    return np.asarray(filtered)


def assert_same_response(found: np.ndarray, expected: np.ndarray) -> None:
    _, one = signal.sosfreqz(found, 512)
    _, other = signal.sosfreqz(expected, 512)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


class TestDesign:
    @given(ORDERS, st.sampled_from(["low", "high"]), st.floats(0.01, 0.45), st.floats(1.0, 200.0))
    def test_one_edge(self, order: int, kind: str, edge: float, hz: float) -> None:
        found = butterworth(order, kind, edge * hz, hz)  # type: ignore[arg-type]
        assert found.shape == (order // 2, 6)
        expected = signal.butter(order, edge * hz, f"{kind}pass", fs=hz, output="sos")
        assert_same_response(found, expected)

    @given(ORDERS, st.floats(0.01, 0.4), st.floats(1.3, 8.0), st.floats(1.0, 200.0))
    def test_a_band(self, order: int, low: float, ratio: float, hz: float) -> None:
        high = min(low * ratio, 0.48)
        found = butterworth_band(order, low * hz, high * hz, hz)
        assert found.shape == (order, 6)
        edges = (low * hz, high * hz)
        expected = signal.butter(order, edges, "bandpass", fs=hz, output="sos")
        assert_same_response(found, expected)

    def test_half_the_power_is_left_at_an_edge(self) -> None:
        _, response = signal.sosfreqz(butterworth_band(2, 0.5, 4.0, 25.0), [0.5, 4.0], fs=25.0)
        np.testing.assert_allclose(np.abs(response) ** 2, 0.5, rtol=1e-9)

    def test_an_odd_order_is_refused(self) -> None:
        with pytest.raises(ValueError, match="order 3 is not even"):
            butterworth(3, "low", 1.0, 25.0)


class TestFilter:
    @pytest.mark.parametrize("name", CASCADES)
    @pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, PART, PART + 700])
    def test_it_gives_what_scipy_gives(self, name: str, size: int) -> None:
        values = samples(size)
        own = SectionFilter(CASCADES[name])
        filtered, _ = own(values, own.at_rest(values[:, 0]))
        expected = by_scipy(CASCADES[name], values, values[:, 0])
        np.testing.assert_allclose(filtered, expected, rtol=0, atol=1e-11)

    @settings(max_examples=30, deadline=None)
    @given(
        st.sampled_from(list(CASCADES)),
        st.lists(st.integers(0, 2 * PART + 100), max_size=6),
    )
    def test_in_pieces_is_whole(self, name: str, edges: list[int]) -> None:
        values = samples(2 * PART + 100)
        own = SectionFilter(CASCADES[name])
        whole, end = own(values, own.at_rest(values[:, 0]))
        state, parts = own.at_rest(values[:, 0]), []
        for part in np.split(values, sorted(edges), axis=1):
            filtered, state = own(part, state)
            assert filtered.shape == part.shape
            parts.append(filtered)
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=0, atol=1e-11)
        np.testing.assert_allclose(state, end, rtol=0, atol=1e-9)

    def test_rest_stays_rest(self) -> None:
        held = np.repeat([[0.5], [-1.0]], 3 * BLOCK + 5, axis=1)
        low = SectionFilter(butterworth(2, "low", 3.0, 50.0))
        np.testing.assert_allclose(low(held, low.at_rest(held[:, 0]))[0], held, rtol=1e-9)
        high = SectionFilter(CASCADES["movement"])
        np.testing.assert_allclose(high(held, high.at_rest(held[:, 0]))[0], 0, atol=1e-11)

    @pytest.mark.parametrize("size", [17, 40, 1000])
    def test_both_ways(self, size: int) -> None:
        sections = butterworth(2, "low", 0.15, 1.0)
        values = samples(size)
        np.testing.assert_allclose(
            filter_both_ways(SectionFilter(sections), values, 15),
            signal.sosfiltfilt(sections, values, axis=1, padlen=15),
            rtol=0,
            atol=1e-12,
        )


@given(
    st.lists(st.one_of(st.floats(-5, 5), st.just(np.inf)), min_size=1, max_size=80),
    st.integers(0, 20),
)
def test_the_median_goes_along(values: list[float], half: int) -> None:
    expected = ndimage.median_filter(np.array(values), size=2 * half + 1, mode="nearest")
    np.testing.assert_array_equal(moving_median(np.array(values), 2 * half + 1), expected)
