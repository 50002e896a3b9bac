"""The even grid: exact between stamps, the same however the file is cut, silent in holes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.grid import NIGHT_HZ, Rates, bridged_s, pieces
from detector.recording import Chunk

HOLE_S = 0.5
law = settings(max_examples=40, deadline=None)


def cut(t_s: np.ndarray, samples: np.ndarray, at: list[int]) -> list[Chunk]:
    """Return the samples in chunks that end at the indices `at`."""
    edges = sorted({0, t_s.size, *(min(k, t_s.size) for k in at)})
    return [Chunk(t_s[a:b], samples[:, a:b].astype(np.float32)) for a, b in pairwise(edges)]


def gridded(chunks: list[Chunk], hz: float, align: int) -> list[tuple[int, np.ndarray]]:
    """Return (first, samples) of every unbroken run on the grid."""
    found: list[tuple[int, np.ndarray]] = []
    for piece in pieces(chunks, hz, align, HOLE_S):
        if piece.opens:
            found.append((piece.first, piece.samples))
        else:
            first, before = found[-1]
            assert first + before.shape[1] == piece.first, "a run goes on where it ended"
            found[-1] = (first, np.hstack((before, piece.samples)))
    return found


def ragged(seed: int, hz: float, size: int, holes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return stamps (n,) with jitter and holes, and samples (3, n)."""
    rng = np.random.default_rng(seed)
    steps = (1 + rng.uniform(-0.3, 0.3, size)) / hz
    steps[rng.choice(np.arange(1, size), holes, replace=False)] += rng.uniform(0.6, 3.0, holes)
    t_s = np.cumsum(steps)
    return t_s - t_s[0], rng.standard_normal((3, size)).astype(np.float32)


@law
@given(
    st.integers(0, 2**31),
    st.sampled_from([25.0, 50.0, 100.0]),
    st.integers(0, 4),
    st.lists(st.integers(1, 400), max_size=12),
)
def test_chunks_make_no_difference(seed: int, hz: float, holes: int, at: list[int]) -> None:
    t_s, samples = ragged(seed, hz, 400, holes)
    whole = gridded(cut(t_s, samples, []), hz, 5)
    parts = gridded(cut(t_s, samples, at), hz, 5)
    assert [first for first, _ in parts] == [first for first, _ in whole]
    for (_, one), (_, other) in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_sample_at_a_time_is_the_whole() -> None:
    t_s, samples = ragged(7, 25.0, 120, 2)
    whole = gridded(cut(t_s, samples, []), 25.0, 5)
    single = gridded(cut(t_s, samples, list(range(120))), 25.0, 5)
    assert [first for first, _ in single] == [first for first, _ in whole]
    for (_, one), (_, other) in zip(single, whole, strict=True):
        np.testing.assert_array_equal(one, other)


@law
@given(st.integers(0, 2**31), st.sampled_from([25.0, 50.0, 75.0]), st.integers(0, 4))
def test_every_grid_sample_lies_between_two_stamps(seed: int, hz: float, holes: int) -> None:
    t_s, samples = ragged(seed, hz, 300, holes)
    segments = np.split(np.arange(t_s.size), np.flatnonzero(np.diff(t_s) > HOLE_S) + 1)
    for first, run in gridded(cut(t_s, samples, []), hz, 5):
        at = (first + np.arange(run.shape[1])) / hz
        assert first % 5 == 0
        assert run.shape[1] % 5 == 0
        own = [s for s in segments if t_s[s[0]] - 1e-6 <= at[0] and at[-1] <= t_s[s[-1]] + 1e-6]
        assert len(own) == 1, "a run lies within the stamps of one stretch"
        for axis in range(3):
            expected = np.interp(at, t_s[own[0]], samples[axis, own[0]])
            np.testing.assert_allclose(run[axis], expected, atol=1e-6)


def test_samples_on_the_grid_stay_as_they_are() -> None:
    t_s = np.arange(100) / 50.0
    samples = np.random.default_rng(1).standard_normal((3, 100)).astype(np.float32)
    ((first, run),) = gridded(cut(t_s, samples, []), 50.0, 10)
    assert first == 0
    np.testing.assert_allclose(run, samples, atol=1e-6)


def test_a_straight_line_stays_one_at_any_rate() -> None:
    t_s = np.arange(200) / 31.0  # 6.4 s
    samples = np.vstack((t_s, 2 * t_s, -t_s))
    ((first, run),) = gridded(cut(t_s, samples, [77]), 50.0, 10)
    at = (first + np.arange(run.shape[1])) / 50.0
    np.testing.assert_allclose(run, np.vstack((at, 2 * at, -at)), atol=1e-5)


def test_what_is_shorter_than_a_piece_is_left_out() -> None:
    t_s = np.arange(4) / 50.0
    assert gridded(cut(t_s, np.zeros((3, 4)), []), 50.0, 10) == []
    assert gridded([], 50.0, 10) == []


@law
@given(st.floats(1.2, 1000.0))
def test_rates_divide_and_lose_nothing(hz: float) -> None:
    rates = Rates.of(hz)
    assert rates.work_hz == pytest.approx(rates.night_hz * rates.per_cell)
    assert rates.work_hz >= 0.98 * hz
    assert rates.night_hz <= NIGHT_HZ
    assert rates.per_cell >= 1
    assert rates.per_align >= 1
    assert rates.night_hz == (NIGHT_HZ if hz >= 0.98 * NIGHT_HZ else hz)


@pytest.mark.parametrize(
    ("hz", "work_hz", "per_cell"),
    [
        (25.0, 25, 1),
        (24.6, 25, 1),
        (25.3, 25, 1),
        (30.0, 50, 2),
        (50.4, 50, 2),
        (64.0, 75, 3),
        (100.0, 100, 4),
        (12.5, 12.5, 1),
        (1.6, 1.6, 1),
    ],
)
def test_rates_of_common_recorders(hz: float, work_hz: float, per_cell: int) -> None:
    rates = Rates.of(hz)
    assert (rates.work_hz, rates.per_cell) == (work_hz, per_cell)


def test_a_slow_file_bridges_its_own_steps() -> None:
    assert bridged_s(50.0, 0.5) == 0.5
    assert bridged_s(1.6, 0.5) == pytest.approx(2.5 / 1.6)
