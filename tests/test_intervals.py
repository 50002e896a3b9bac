"""Spans against the plainest model of them: a mask of whole seconds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.intervals import (
    clip,
    complement,
    empty_spans,
    inside,
    intersect,
    mask_of,
    merge,
    runs,
    subtract,
    total,
)

SIZE = 40
masks = st.lists(st.booleans(), max_size=SIZE).map(lambda bits: np.array(bits, dtype=bool))
spans = st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(sorted), max_size=8).map(
    lambda pairs: np.array(pairs, dtype=float).reshape(-1, 2)
)
law = settings(max_examples=80, deadline=None)


def seconds_of(some: np.ndarray) -> np.ndarray:
    """Return the mask (SIZE,) of whole seconds that lie in a span, one at a time."""
    return np.array([any(a <= k < b for a, b in some) for k in range(SIZE)], dtype=bool)


def assert_spans(found: np.ndarray, mask: np.ndarray) -> None:
    """Hold that `found` covers `mask`, sorted, apart and none of them empty."""
    assert found.shape[1:] == (2,)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(seconds_of(found), mask)
    assert np.all(found[:, 0] < found[:, 1])
    assert np.all(found[1:, 0] > found[:-1, 1])


@law
@given(masks)
def test_runs_rebuild_their_mask(mask: np.ndarray) -> None:
    found = runs(mask)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(mask_of(found, mask.size), mask)
    assert np.all(found[:, 0] < found[:, 1])
    assert np.all(found[1:, 0] > found[:-1, 1]), "two runs touch"


def test_runs_of_eight_samples() -> None:
    mask = np.array([0, 0, 1, 1, 1, 0, 1, 0], dtype=bool)
    assert runs(mask).tolist() == [[2, 5], [6, 7]]


@law
@given(spans)
def test_mask_of_overlapping_spans_is_their_union(some: np.ndarray) -> None:
    np.testing.assert_array_equal(mask_of(some, SIZE), seconds_of(some))


def test_mask_of_cuts_what_lies_outside() -> None:
    assert mask_of(np.array([[-3, 2], [4, 99]]), 6).tolist() == [1, 1, 0, 0, 1, 1]


@law
@given(spans)
def test_merge_is_the_union(some: np.ndarray) -> None:
    assert_spans(merge(some), seconds_of(some))


@law
@given(spans, st.integers(0, 6))
def test_merge_closes_the_holes_that_are_not_longer_than_the_gap(
    some: np.ndarray, gap: int
) -> None:
    mask = seconds_of(some)
    closed = mask.copy()
    for start, stop in runs(~mask):
        if start > 0 and stop < SIZE and stop - start <= gap:
            closed[start:stop] = True
    assert_spans(merge(some, gap), closed)


@law
@given(spans, st.integers(0, 4))
def test_merging_again_changes_nothing(some: np.ndarray, gap: int) -> None:
    once = merge(some, gap)
    np.testing.assert_array_equal(merge(once, gap), once)


@law
@given(spans)
def test_complement_is_what_is_left(some: np.ndarray) -> None:
    assert_spans(complement(some, 0, SIZE), ~seconds_of(some))


@law
@given(spans, st.integers(0, SIZE), st.integers(0, SIZE))
def test_clip_keeps_what_lies_within(some: np.ndarray, a: int, b: int) -> None:
    start, stop = sorted((a, b))
    second = np.arange(SIZE)
    assert_spans(clip(some, start, stop), seconds_of(some) & (second >= start) & (second < stop))


@law
@given(spans, spans)
def test_intersect_is_where_both_are(one: np.ndarray, other: np.ndarray) -> None:
    assert_spans(intersect(one, other), seconds_of(one) & seconds_of(other))


@law
@given(spans, spans)
def test_subtract_is_where_only_the_first_is(one: np.ndarray, other: np.ndarray) -> None:
    assert_spans(subtract(one, other), seconds_of(one) & ~seconds_of(other))


@law
@given(spans, spans)
def test_what_is_taken_and_what_is_left_add_up(one: np.ndarray, other: np.ndarray) -> None:
    assert total(intersect(one, other)) + total(subtract(one, other)) == total(one)
    assert total(one) == seconds_of(one).sum()


@law
@given(spans)
def test_inside_is_half_open(some: np.ndarray) -> None:
    np.testing.assert_array_equal(inside(some, np.arange(SIZE)), seconds_of(some))


def test_inside_at_the_edges() -> None:
    assert inside([[2.0, 5.0]], [1.999, 2.0, 4.999, 5.0]).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    "found",
    [
        merge(empty_spans()),
        merge(empty_spans(), 5.0),
        merge([[3.0, 3.0]]),
        clip(empty_spans(), 0, 5),
        clip([[1.0, 2.0]], 4, 5),
        complement([[0.0, 5.0]], 0, 5),
        complement(empty_spans(), 5, 5),
        intersect(empty_spans(), [[0.0, 1.0]]),
        intersect([[0.0, 1.0]], [[1.0, 2.0]]),
        subtract(empty_spans(), [[0.0, 1.0]]),
        subtract([[0.0, 1.0]], [[0.0, 1.0]]),
    ],
)
def test_empty_is_ordinary(found: np.ndarray) -> None:
    assert found.shape == (0, 2)
    assert found.dtype == np.float64


def test_nothing_has_no_length_and_holds_nothing() -> None:
    assert total(empty_spans()) == 0.0
    assert inside(empty_spans(), [0.0, 1.0]).tolist() == [False, False]
    assert runs(np.zeros(0, dtype=bool)).shape == (0, 2)
    assert runs(np.zeros(7, dtype=bool)).shape == (0, 2)
    assert mask_of(empty_spans(), 3).tolist() == [False, False, False]
    assert mask_of(empty_spans(), 0).shape == (0,)
