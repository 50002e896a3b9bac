"""Laws of held values: where they are, however the samples come; their ends move nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_movements import burst, detected, lying, noise, tilted, times

from detector.conditioning import condition
from detector.criteria import ConditioningCriteria
from detector.grid import Piece
from detector.holds import Holds, with_holds
from detector.recording import from_arrays

LEAST, ALIGN, JUMP_G = 6, 4, 1.5


def plainly(samples: np.ndarray) -> set[int]:
    """Return the edges by looking at one sample after the other."""
    size = samples.shape[1]
    edges = set()
    start = 0
    for k in range(1, size + 1):
        if k == size or not np.array_equal(samples[:, k], samples[:, start]):
            if k - start >= LEAST:
                edges |= {start, k}
            start = k
    edges -= {0, size}
    return {k for k in edges if abs(samples[0, k] - samples[0, k - 1]) <= JUMP_G}


@st.composite
def samples_and_cuts(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    lengths = draw(st.lists(st.integers(1, 15), min_size=1, max_size=25))
    values = np.repeat(np.arange(len(lengths)) % 3, lengths)
    values = np.append(values, np.full(-values.size % ALIGN, 7))
    cuts = draw(st.lists(st.integers(0, values.size // ALIGN), max_size=8))
    samples = np.vstack((values, np.zeros(values.size), np.ones(values.size))).astype(float)
    return samples, [ALIGN * cut for cut in sorted({0, *cuts, values.size // ALIGN})]


class TestMarks:
    @settings(max_examples=300, deadline=None)
    @given(samples_and_cuts())
    def test_they_are_the_same_however_the_samples_come(
        self, given_: tuple[np.ndarray, list[int]]
    ) -> None:
        samples, cuts = given_
        parts = [Piece(a, samples[:, a:b], opens=a == 0) for a, b in pairwise(cuts)]
        out = list(with_holds(parts, lambda: Holds(LEAST, JUMP_G), ALIGN))
        np.testing.assert_array_equal(np.concatenate([p.samples for p in out], axis=1), samples)
        assert [p.opens for p in out] == [True] + [False] * (len(out) - 1)
        assert all(p.size % ALIGN == 0 for p in out)
        found = {p.first + edge for p in out for edge in p.edges}
        assert found == plainly(samples)

    def test_nothing_is_held_across_a_gap(self) -> None:
        same = np.ones((3, 4))
        parts = [Piece(0, same, opens=True), Piece(40, same, opens=True)]
        assert not any(p.edges for p in with_holds(parts, lambda: Holds(LEAST, JUMP_G), ALIGN))

    def test_no_pieces_give_none(self) -> None:
        assert list(with_holds([], lambda: Holds(LEAST, JUMP_G), ALIGN)) == []


def held_between(samples: np.ndarray, t_s: np.ndarray, spans: list[tuple[float, float]]) -> None:
    for start, stop in spans:
        part = (t_s >= start) & (t_s < stop)
        samples[:, part] = samples[:, part][:, :1]


@pytest.mark.parametrize("hz", [30.0, 50.0, 100.0])
@pytest.mark.parametrize("jump_g", [0.01, 0.03])
def test_a_recorder_that_wakes_with_a_jump_moves_nothing(hz: float, jump_g: float) -> None:
    t_s = times(600, hz)
    samples = lying(t_s) + noise(t_s, 0.003)
    spans = [(k, k + 40.0) for k in np.arange(60.0, 540.0, 60.0)]
    for number, (start, _) in enumerate(spans):
        samples[0, (t_s >= start) & (t_s < start + 40.0)] += jump_g * (-1) ** number
    held_between(samples, t_s, spans)
    assert detected(t_s, samples, hz).movements == ()


def test_a_turn_between_two_holds_is_a_movement() -> None:
    t_s = times(600, 30.0)
    samples = tilted(t_s, 30.0 * (t_s >= 300.0))
    (found,) = detected(t_s, samples, 30.0).movements
    assert found.onset_s == pytest.approx(300.0, abs=0.5)
    assert found.turn_deg == pytest.approx(30.0, abs=1.0)


def test_what_moves_after_a_hold_is_found_where_it_is() -> None:
    t_s = times(600, 30.0)
    samples = lying(t_s) + noise(t_s, 0.003)
    onsets = np.arange(104.0, 540.0, 60.0)
    samples += sum(burst(t_s, onset) for onset in onsets)
    spans = [(k, k + 40.0) for k in np.arange(60.0, 540.0, 60.0)]
    held_between(samples, t_s, spans)
    found = [m.onset_s for m in detected(t_s, samples, 30.0).movements]
    assert found == pytest.approx(list(onsets), abs=0.3)


def test_the_ends_of_a_hold_are_told() -> None:
    t_s = times(60, 50.0)
    samples = lying(t_s) + noise(t_s, 0.003)
    held_between(samples, t_s, [(20.0, 30.0)])
    jumps = condition(from_arrays(t_s, samples, hz=50.0), ConditioningCriteria()).jumps[:]
    assert np.flatnonzero(jumps) / 25 == pytest.approx([20.0, 30.0], abs=0.05)
