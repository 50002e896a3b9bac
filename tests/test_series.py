"""Periodic series: against the rules written plainly, and cases by hand.

The reference nights stand in test_scoring.py.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.criteria import AASM, WASM, SeriesCriteria
from detector.series import (
    CombinedMovement,
    LegMovement,
    combine,
    find_series,
    intervals_between,
    is_candidate,
    join_on_one_leg,
    periodicity_of_intervals,
    respiratory_related,
    row_about,
    with_arousal,
)

NO_NEW_SERIES = replace(WASM, series_after_short_interval=False)
law = settings(max_examples=150, deadline=None)

# tenths of a second, so that bounds are met exactly and often
steps = st.lists(
    st.sampled_from([20, 50, 99, 100, 101, 150, 300, 899, 900, 901, 1500]), max_size=16
)
lengths = st.sampled_from([2, 4, 5, 6, 30, 99, 100, 101, 149, 151])
legs = st.lists(
    st.tuples(st.sampled_from(["left", "right"]), st.integers(0, 600), lengths), max_size=14
)


def onsets_of(tenths: list[int]) -> np.ndarray:
    return np.cumsum([1000, *tenths]) / 10.0


def members(
    onsets: object, candidate: object, breaks: object, c: SeriesCriteria
) -> list[list[int]]:
    return [list(one.members) for one in find_series(onsets, candidate, breaks, c)]


def plain_series(tenths: np.ndarray, may: list[bool], breaks: list[float]) -> list[list[int]]:
    """WASM 2016 without regard to cost: link neighbours, keep the chains of four and more."""
    chains: list[list[int]] = []
    for k in range(len(tenths)):
        if not may[k]:
            chains.append([])
            continue
        linked = (
            bool(chains)
            and bool(chains[-1])
            and chains[-1][-1] == k - 1
            and 100 <= tenths[k] - tenths[k - 1] <= 900
            and not any(tenths[k - 1] <= 10 * b < tenths[k] for b in breaks)
        )
        if linked:
            chains[-1].append(k)
        else:
            chains.append([k])
    return [chain for chain in chains if len(chain) >= 4]


class TestLaws:
    @law
    @given(steps, st.data())
    def test_series_are_those_of_the_plain_rules(
        self, tenths: list[int], data: st.DataObject
    ) -> None:
        at = np.cumsum([1000, *tenths])
        may = data.draw(
            st.lists(st.sampled_from([True] * 5 + [False]), min_size=at.size, max_size=at.size)
        )
        breaks = data.draw(
            st.lists(st.integers(1000, int(at[-1])).map(lambda b: b / 10 + 0.05), max_size=2)
        )
        assert members(at / 10, may, breaks, WASM) == plain_series(at, may, breaks)

    @law
    @given(steps)
    def test_intervals_are_those_of_the_members(self, tenths: list[int]) -> None:
        onsets = onsets_of(tenths)
        for one in find_series(onsets, np.ones(onsets.size, dtype=bool), [], WASM):
            assert len(one.members) >= 4
            assert one.intervals_s == pytest.approx(np.diff(onsets[list(one.members)]))
            assert all(10 - 1e-9 <= interval <= 90 + 1e-9 for interval in one.intervals_s)

    @law
    @given(steps, st.floats(0, 1e6), st.sampled_from([WASM, AASM, NO_NEW_SERIES]))
    def test_a_later_clock_changes_nothing(
        self, tenths: list[int], shift: float, criteria: SeriesCriteria
    ) -> None:
        onsets = onsets_of(tenths)
        may = np.ones(onsets.size, dtype=bool)
        assert members(onsets + shift, may, [], criteria) == members(onsets, may, [], criteria)

    @law
    @given(steps)
    def test_no_series_opens_after_a_short_interval_where_that_is_off(
        self, tenths: list[int]
    ) -> None:
        onsets = onsets_of(tenths)
        may = np.ones(onsets.size, dtype=bool)
        for first, *_ in members(onsets, may, [], NO_NEW_SERIES):
            assert first == 0 or onsets[first] - onsets[first - 1] > 10 - 1e-6

    @law
    @given(steps)
    def test_fewer_series_where_a_short_interval_bars(self, tenths: list[int]) -> None:
        onsets = onsets_of(tenths)
        may = np.ones(onsets.size, dtype=bool)
        some = {k for one in members(onsets, may, [], NO_NEW_SERIES) for k in one}
        assert some <= {k for one in members(onsets, may, [], WASM) for k in one}

    @law
    @given(legs)
    def test_combining_keeps_all_that_is_long_enough(
        self, tenths: list[tuple[str, int, int]]
    ) -> None:
        movements = [LegMovement(side, a / 10, n / 10) for side, a, n in tenths]
        found = combine(movements, WASM)
        onsets = [m.onset_s for m in found]
        assert onsets == sorted(onsets)
        for before, after in pairwise(found):
            assert after.onset_s >= before.offset_s + 0.5 - 1e-9, "nearer ones are one"
        for movement in movements:
            if movement.duration_s >= 0.5:
                assert any(
                    m.onset_s <= movement.onset_s and movement.offset_s <= m.offset_s + 1e-9
                    for m in found
                )
        for m in found:
            assert m.duration_s >= 0.5 - 1e-9
            if m.candidate:
                assert m.duration_s <= (15 if m.side == "bilateral" else 10) + 1e-9
                assert m.parts <= 4

    @law
    @given(legs)
    def test_the_order_of_the_list_is_of_no_account(
        self, tenths: list[tuple[str, int, int]]
    ) -> None:
        movements = [LegMovement(side, a / 10, n / 10) for side, a, n in set(tenths)]
        assert {m.onset_s for m in combine(movements[::-1], WASM)} == {
            m.onset_s for m in combine(movements, WASM)
        }


class TestIntervals:
    @pytest.mark.parametrize(
        ("step_s", "is_series"),
        [(9.99, False), (10.0, True), (30.0, True), (90.0, True), (90.01, False)],
    )
    def test_the_bounds_are_included(self, step_s: float, is_series: bool) -> None:
        onsets = 1234.567 + step_s * np.arange(4)
        assert bool(members(onsets, [True] * 4, [], WASM)) is is_series

    def test_three_are_no_series(self) -> None:
        assert members([0, 20, 40], [True] * 3, [], WASM) == []
        assert find_series([], [], [], WASM) == ()

    def test_why_a_series_ends(self) -> None:
        #         0 to 60: four, then 5 s: short; 65 to 125: four, then 100 s: long;
        #         225 to 285: four, then no candidate; 345 to 405: four, then a gap; four to the end
        onsets = [0, 20, 40, 60, 65, 85, 105, 125, 225, 245, 265, 285, 305]
        onsets += [345, 365, 385, 405, 425, 445, 465, 485]
        may = [True] * len(onsets)
        may[12] = False
        found = find_series(onsets, may, [415.0], WASM)
        assert [one.ended_by for one in found] == [
            "short interval",
            "long interval",
            "non-candidate",
            "gap",
            "end",
        ]
        assert [len(one.members) for one in found] == [4] * 5

    def test_after_a_non_candidate_the_next_movement_opens_a_series(self) -> None:
        assert members([0, 20, 40, 60, 80], [False, True, True, True, True], [], WASM) == [
            [1, 2, 3, 4]
        ]

    def test_a_short_interval_opens_a_series_or_not(self) -> None:
        # 0, then 5 s later a row of four: the first of it comes after a short interval
        onsets = [0.0, 5.0, 25.0, 45.0, 65.0]
        assert members(onsets, [True] * 5, [], WASM) == [[1, 2, 3, 4]]
        assert members(onsets, [True] * 5, [], NO_NEW_SERIES) == []
        assert members([*onsets, 85.0], [True] * 6, [], NO_NEW_SERIES) == [[2, 3, 4, 5]]

    def test_two_short_intervals_bar_two_movements(self) -> None:
        # 0, 3, 6: both 3 and 6 come after a short interval; 26, 46, 66 are only three
        onsets = [0.0, 3.0, 6.0, 26.0, 46.0, 66.0]
        assert members(onsets, [True] * 6, [], NO_NEW_SERIES) == []

    def test_under_aasm_the_later_of_a_short_interval_is_passed_over(self) -> None:
        # 23 lies 3 s after 20: passed over, and 40 is held against 20
        onsets = [0.0, 20.0, 23.0, 40.0, 60.0]
        assert members(onsets, [True] * 5, [], AASM) == [[0, 1, 3, 4]]
        (one,) = find_series(onsets, [True] * 5, [], AASM)
        assert one.intervals_s == (20.0, 20.0, 20.0)
        assert members(onsets, [True] * 5, [], WASM) == []

    def test_aasm_begins_at_five_seconds(self) -> None:
        assert members([0, 5, 10, 15], [True] * 4, [], AASM) == [[0, 1, 2, 3]]
        assert members([0, 4.9, 9.8, 14.7], [True] * 4, [], AASM) == []
        assert members([0, 90, 180, 270], [True] * 4, [], AASM) == [[0, 1, 2, 3]]

    def test_under_aasm_a_long_movement_ends_nothing(self) -> None:
        onsets, may = [0.0, 20.0, 30.0, 40.0, 60.0], [True, True, False, True, True]
        assert members(onsets, may, [], AASM) == [[0, 1, 3, 4]]
        assert members(onsets, may, [], WASM) == []

    def test_the_order_of_breaks_is_of_no_account(self) -> None:
        onsets = np.arange(12) * 20.0
        found = members(onsets, [True] * 12, [150.0, 70.0], WASM)
        assert found == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


class TestLegs:
    @pytest.mark.parametrize(
        ("duration_s", "fits"), [(0.49, False), (0.5, True), (10.0, True), (10.01, False)]
    )
    def test_the_length_of_a_candidate(self, duration_s: float, fits: bool) -> None:
        assert is_candidate(duration_s, WASM) is fits

    def test_half_a_second_parts_two_movements_of_a_leg(self) -> None:
        near = [LegMovement("left", 0.0, 1.0), LegMovement("left", 1.49, 1.0)]
        apart = [LegMovement("left", 0.0, 1.0), LegMovement("left", 1.5, 1.0)]
        assert [(m.onset_s, m.offset_s) for m in join_on_one_leg(near, WASM)] == [(0.0, 2.49)]
        assert len(join_on_one_leg(apart, WASM)) == 2

    def test_short_ones_may_add_up_to_a_movement(self) -> None:
        # 0.3 s, 0.2 s apart, 0.3 s: 0.8 s
        both = [LegMovement("left", 0.0, 0.3), LegMovement("left", 0.5, 0.3)]
        assert len(join_on_one_leg(both, WASM)) == 1
        assert join_on_one_leg(both[:1], WASM) == []

    def test_two_legs_make_one_of_up_to_fifteen_seconds(self) -> None:
        (long,) = combine([LegMovement("left", 0, 9), LegMovement("right", 6, 9)], WASM)
        assert (long.side, long.duration_s, long.candidate) == ("bilateral", 15.0, True)
        (too_long,) = combine([LegMovement("left", 0, 9), LegMovement("right", 6, 9.1)], WASM)
        assert not too_long.candidate

    def test_more_than_four_parts_are_no_candidate(self) -> None:
        def zip_of(parts: int) -> bool:
            # each a second long and 0.4 s after the one before: on one leg they lie 1.8 s apart
            sides = ["left", "right"] * 3
            movements = [LegMovement(sides[k], 1.4 * k, 1.0) for k in range(parts)]
            (one,) = combine(movements, WASM)
            assert one.parts == parts
            return one.candidate

        assert zip_of(4)
        assert not zip_of(5)

    def test_a_part_that_is_none_makes_none_of_it(self) -> None:
        (one,) = combine([LegMovement("left", 0, 10.5), LegMovement("right", 8, 1)], WASM)
        assert not one.candidate

    def test_under_aasm_onsets_less_than_five_seconds_apart_are_one(self) -> None:
        near = [LegMovement("left", 0, 1), LegMovement("right", 4.9, 1)]
        apart = [LegMovement("left", 0, 1), LegMovement("right", 5.0, 1)]
        assert [m.side for m in combine(near, AASM)] == ["bilateral"]
        assert [m.side for m in combine(apart, AASM)] == ["left", "right"]
        assert [m.side for m in combine(near, WASM)] == ["left", "right"]

    def test_under_aasm_two_that_count_as_one_may_last_fifteen_seconds_together(self) -> None:
        (one,) = combine([LegMovement("left", 0, 10), LegMovement("right", 4.9, 10)], AASM)
        assert (one.side, one.candidate) == ("bilateral", True)

    def test_under_aasm_what_is_too_long_joins_no_other(self) -> None:
        both = combine([LegMovement("left", 0, 10.1), LegMovement("right", 2, 1)], AASM)
        assert [(m.side, m.candidate) for m in both] == [("left", False), ("right", True)]

    @pytest.mark.parametrize(("duration_s", "fits"), [(15.0, True), (15.1, False)])
    def test_a_list_may_hold_combined_movements(self, duration_s: float, fits: bool) -> None:
        (one,) = combine([LegMovement("bilateral", 0, duration_s)], WASM)
        assert (one.side, one.candidate) == ("bilateral", fits)


def movement(onset_s: float, offset_s: float) -> CombinedMovement:
    return CombinedMovement("left", onset_s, offset_s, 1, True)


class TestBreathing:
    # an event from 100 to 120 s: under WASM 118 to 130.25 s, under AASM 99.5 to 120.5 s
    EVENT = ((100.0, 120.0),)

    @pytest.mark.parametrize(
        ("onset_s", "offset_s", "wasm", "aasm"),
        [
            (98.0, 99.4, False, False),
            (98.0, 99.5, False, True),
            (110.0, 117.9, False, True),
            (110.0, 118.0, True, True),
            (120.5, 121.0, True, True),
            (120.6, 121.0, True, False),
            (130.25, 132.0, True, False),
            (130.3, 132.0, False, False),
        ],
    )
    def test_the_bounds_are_included(
        self, onset_s: float, offset_s: float, wasm: bool, aasm: bool
    ) -> None:
        one = [movement(onset_s, offset_s)]
        assert respiratory_related(one, self.EVENT, WASM).tolist() == [wasm]
        assert respiratory_related(one, self.EVENT, AASM).tolist() == [aasm]

    @pytest.mark.parametrize("criteria", [WASM, AASM])
    def test_nothing_to_nothing(self, criteria: SeriesCriteria) -> None:
        none = np.empty((0, 2))
        for related in (respiratory_related, with_arousal):
            assert related([], none, criteria).tolist() == []
            assert related([], self.EVENT, criteria).tolist() == []
            assert related([movement(1, 2)], none, criteria).tolist() == [False]


@pytest.mark.parametrize(
    ("onset_s", "offset_s", "goes_with"),
    [
        (97.0, 99.5, False),
        (97.0, 99.6, True),
        (101.0, 102.0, True),
        (103.4, 104.0, True),
        (103.5, 104.0, False),
    ],
)
def test_half_a_second_parts_a_movement_from_an_arousal(
    onset_s: float, offset_s: float, goes_with: bool
) -> None:
    arousal = ((100.0, 103.0),)
    assert with_arousal([movement(onset_s, offset_s)], arousal, WASM).tolist() == [goes_with]


class TestPeriodicity:
    def test_by_hand(self) -> None:
        # intervals 20 20 20 | 5 | 30 30 | 100 | 40: three of eight lie in a run of three or more
        onsets = np.cumsum([0, 20, 20, 20, 5, 30, 30, 100, 40])
        assert periodicity_of_intervals(onsets, [], WASM) == pytest.approx(3 / 8)

    def test_an_interval_across_a_break_is_none(self) -> None:
        # of five intervals of 20 s the third lies across the break: runs of two and of two
        onsets = 20.0 * np.arange(6)
        assert periodicity_of_intervals(onsets, [], WASM) == 1.0
        assert periodicity_of_intervals(onsets, [50.0], WASM) == 0.0
        # seven movements, break after the second: one interval, none, then four: 4 of 5
        assert periodicity_of_intervals(20.0 * np.arange(7), [30.0], WASM) == pytest.approx(4 / 5)

    def test_an_interval_across_a_break_is_not_a_number(self) -> None:
        found = intervals_between([0.0, 20.0, 50.0], [30.0])
        np.testing.assert_array_equal(found, [20.0, np.nan])
        assert intervals_between([], [30.0]).shape == (0,)

    def test_without_an_interval_there_is_none(self) -> None:
        assert periodicity_of_intervals([], [], WASM) is None
        assert periodicity_of_intervals([5.0], [], WASM) is None
        assert periodicity_of_intervals([5.0, 25.0], [15.0], WASM) is None

    @law
    @given(steps)
    def test_it_is_the_share_of_intervals_in_series(self, tenths: list[int]) -> None:
        onsets = onsets_of(tenths)
        found = periodicity_of_intervals(onsets, [], WASM)
        series = find_series(onsets, np.ones(onsets.size, dtype=bool), [], WASM)
        inside = sum(len(one.intervals_s) for one in series)
        assert found == (pytest.approx(inside / len(tenths)) if tenths else None)


def test_a_row_passes_over_what_is_not_alike_and_ends_at_another_interval() -> None:
    # intervals between those alike: 100, 20, 30, 30, 20, 5
    at_s = [0.0, 100.0, 110.0, 120.0, 150.0, 180.0, 200.0, 205.0]
    movements = [LegMovement("", onset_s, 1.0) for onset_s in at_s]
    alike = np.array([onset_s != 110.0 for onset_s in at_s])
    assert row_about(movements, 4, alike, WASM, 5) == ([3, 1], [5, 6])
    assert row_about(movements, 4, alike, WASM, 1) == ([3], [5])
    assert row_about(movements, 0, alike, WASM, 5) == ([], [])
