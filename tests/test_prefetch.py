"""Laws of what is made ahead: the order, the error in its turn, no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.prefetch import one_ahead


@given(st.lists(st.integers()))
def test_the_items_come_as_they_are(items: list[int]) -> None:
    assert list(one_ahead(items)) == items


def test_one_is_made_while_one_is_used() -> None:
    second_begun, first_used = threading.Event(), threading.Event()

    def items() -> Iterator[str]:
        yield "first"
        second_begun.set()
        assert first_used.wait(10)
        yield "second"

    coming = one_ahead(items())
    assert next(coming) == "first"
    assert second_begun.wait(10), "the second is made before it is asked for"
    first_used.set()
    assert list(coming) == ["second"]


def test_an_error_comes_in_its_turn() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("the third is torn")

    coming = one_ahead(items())
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(LookupError, match="the third is torn"):
        next(coming)


def test_who_stops_early_leaves_no_thread_and_has_no_more_made() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    before = threading.active_count()
    with closing(one_ahead(items())) as coming:
        assert next(coming) == 0
    assert threading.active_count() == before
    assert made in ([0], [0, 1])


def test_nothing_is_made_before_it_is_asked_for() -> None:
    made = []

    def items() -> Iterator[int]:
        made.append(0)
        yield 0

    coming = one_ahead(items())
    assert made == []
    coming.close()
