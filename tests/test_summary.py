"""Counts and indices of nights made by hand, the expected value worked out beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, SummaryCriteria
from detector.exclusion import Exclusion
from detector.intervals import Spans, merge
from detector.movements import Movement
from detector.nights import NightContext
from detector.pipeline import Analysis
from detector.quality import chance_note
from detector.series import Series
from detector.summary import NightSummary, summarize

H = 3600.0
CRITERIA = Criteria()
PERIODIC, RESTLESS = Label.PERIODIC_LIMB_MOVEMENT, Label.RESTLESS_ACTIVITY
HYPNIC, ISOLATED = Label.HYPNIC_JERK, Label.ISOLATED_MOVEMENT


def night(sleep_h: float, *, wake_h: float = 1.0, off_h: float = 0.0) -> NightContext:
    """Return a night: awake first, then asleep, then off the body."""
    a, b, c = wake_h * H, (wake_h + sleep_h) * H, (wake_h + sleep_h + off_h) * H
    return NightContext(
        start_s=0.0,
        stop_s=c,
        valid=merge([(0, c)]),
        off_body=merge([(b, c)]),
        rest=merge([(0.5 * a, b)]),
        sleep=merge([(a, b)]),
        wake=merge([(0, a)]),
        sleep_onsets_s=(a,),
        basis="estimated",
    )


def found(
    onset_s: float,
    label: Label = ISOLATED,
    state: str = "sleep",
    *,
    duration_s: float = 2.0,
    turn_deg: float = 0.0,
    excluded_as: Exclusion | None = None,
) -> ClassifiedMovement:
    movement = Movement(onset_s, onset_s + duration_s, 0.1, 5.0, 0.003, turn_deg)
    return ClassifiedMovement(movement, label, "so", 1, state, excluded_as)


def summed(
    context: NightContext,
    movements: Sequence[ClassifiedMovement] = (),
    *,
    series: Sequence[Series] = (),
    periodicity: float | None = None,
    hz: float = 50.0,
    criteria: Criteria = CRITERIA,
    arousals_s: Spans | None = None,
) -> NightSummary:
    return summarize(
        1,
        context,
        movements,
        series,
        criteria,
        evening=None,
        periodicity=periodicity,
        hz=hz,
        arousals_s=arousals_s,
    )


class TestCounts:
    MOVEMENTS = (
        found(900, ISOLATED, "wake"),
        found(1000, RESTLESS, "wake", turn_deg=50),
        found(H + 10, HYPNIC, duration_s=0.4),
        *(found(H + 1000 + 25 * k, PERIODIC) for k in range(12)),
        found(2 * H, RESTLESS, duration_s=12.0),
        found(3 * H, RESTLESS, duration_s=6.0, turn_deg=40.0),
        found(3 * H + 60, excluded_as=Exclusion.TREMOR),
        found(4.9 * H, ISOLATED, "unknown"),
    )

    def test_by_label_and_state(self) -> None:
        one = summed(night(4.0), self.MOVEMENTS)
        assert dict(one.counts) == {
            "hypnic_jerk": 1,
            "periodic_limb_movement": 12,
            "restless_activity": 2,
            "isolated_movement": 0,
        }
        assert dict(one.counts_wake) == {
            "hypnic_jerk": 0,
            "periodic_limb_movement": 0,
            "restless_activity": 1,
            "isolated_movement": 1,
        }
        assert dict(one.excluded) == {
            "tremor": 1,
            "rhythmic": 0,
            "vibration": 0,
            "respiratory_train": 0,
        }

    def test_indices_by_hand(self) -> None:
        # 4 h asleep: 12 periodic, 15 movements, 12 + 6 s restless, one turn
        indices = summed(night(4.0), self.MOVEMENTS).indices
        assert indices["periodic_limb_movement_per_h"].value == pytest.approx(3.0)
        assert indices["periodic_limb_movement_per_h"].rule == "wasm-2016"
        assert indices["movement_per_h"].value == pytest.approx(15 / 4)
        assert indices["restless_min_per_h"].value == pytest.approx(18 / 60 / 4)
        assert indices["turn_per_h"].value == pytest.approx(0.25)
        for index in indices.values():
            assert index.hours == pytest.approx(4.0)
            assert index.basis == "estimated"

    def test_periodicity_needs_ten_movements_an_hour(self) -> None:
        few = summed(night(4.0), self.MOVEMENTS, periodicity=0.8).indices
        assert few["periodicity_intervals"].value is None
        assert few["periodicity_intervals"].withheld == (
            "3.8 movements an hour; it means nothing below 10"
        )
        # 40 periodic and 10 isolated of 0.5 s and more, 10 shorter, 5 restless in 4 h
        movements = [found(H + 200 * k, PERIODIC) for k in range(40)]
        movements += [found(H + 200 * k + 60) for k in range(10)]
        movements += [found(H + 200 * k + 90, duration_s=0.4) for k in range(10)]
        movements += [found(H + 200 * k + 120, RESTLESS) for k in range(5)]
        many = summed(night(4.0), movements, periodicity=0.7).indices
        assert many["periodicity_intervals"].value == 0.7
        assert many["periodicity_intervals"].rule == "ferri-2006"
        assert many["periodicity_share"].value == pytest.approx(40 / 50)
        assert many["periodicity_share"].rule == "plm-over-candidates"

    def test_a_night_without_movement_has_figures_and_limits(self) -> None:
        one = summed(night(7.0))
        turns, periodic = (
            one.indices[name] for name in ("turn_per_h", "periodic_limb_movement_per_h")
        )
        assert (turns.value, turns.low) == (periodic.value, periodic.low) == (0.0, 0.0)
        # P(no event | rate) = 0.025 at rate x hours = ln 40 = 3.689: of turns, and of series of 10
        assert turns.high == pytest.approx(3.6889 / 7, rel=1e-3)
        assert periodic.high == pytest.approx(10 * 3.6889 / 7, rel=1e-3)
        # the upper limit of restless time: 3.689 movements of the 10 s from which one counts
        assert one.indices["restless_min_per_h"].high == pytest.approx(3.6889 / 7 / 6, rel=1e-3)
        assert one.series.count == 0
        assert one.series.members_median is None

    def test_series_by_hand(self) -> None:
        # intervals 20 20 20 and 40 40 40 40: mean of ln = (3 ln 20 + 4 ln 40) / 7
        series = (
            Series((0, 1, 2, 3), (20.0,) * 3, "end"),
            Series((4, 5, 6, 7, 8), (40.0,) * 4, "end"),
        )
        one = summed(night(7.0), series=series).series
        logs = np.log([20.0] * 3 + [40.0] * 4)
        assert one.count == 2
        assert one.members_median == 4.5
        assert one.interval_s_geometric_mean == pytest.approx(20 * 2 ** (4 / 7))
        assert one.interval_ln_sd == pytest.approx(np.std(logs, ddof=1))


class TestIntervals:
    def test_movements_in_series_tell_less_than_as_many_apart(self) -> None:
        apart = [found(H + 280 * k, PERIODIC) for k in range(96)]
        rows = [found(H + 3000 * (k // 16) + 25 * (k % 16), PERIODIC) for k in range(96)]
        one, other = (
            summed(night(8.0), movements).indices["periodic_limb_movement_per_h"]
            for movements in (apart, rows)
        )
        assert one.value == other.value == 12.0
        narrow, wide = ((i.low or 0.0, i.high or 0.0) for i in (one, other))
        assert wide[0] < narrow[0] < 12 < narrow[1] < wide[1]

    def test_few_rows_among_many_others_may_be_chance(self) -> None:
        row = [found(2 * H + 40 * k, PERIODIC) for k in range(4)]
        others = [found(H + 190.0 * k) for k in range(150)]
        alone, among = summed(night(8.0), row), summed(night(8.0), [*row, *others])
        note = chance_note(among)
        assert among.indices["periodic_limb_movement_per_h"].low == 0.0
        assert note is not None
        assert note.code == "chance_rows"
        assert f"about {among.chance_rows_per_h:.1f} an hour" in note.text
        assert alone.indices["periodic_limb_movement_per_h"].low
        assert chance_note(alone) is None

    @pytest.mark.parametrize("hours", [1.0, 7.0])
    def test_without_a_row_nothing_is_said_of_chance(self, hours: float) -> None:
        assert chance_note(summed(night(hours), [found(H + 100)])) is None

    def test_one_long_restlessness_tells_less_than_many_short_ones(self) -> None:
        short = [found(H + 1000 * k, RESTLESS, duration_s=12.0) for k in range(25)]
        long = [found(H + 1000, RESTLESS, duration_s=252.0)]
        long += [found(H + 6000 * k, RESTLESS, duration_s=12.0) for k in range(4)]
        one, other = (summed(night(8.0), m).indices["restless_min_per_h"] for m in (short, long))
        assert one.value == pytest.approx(other.value) == pytest.approx(5 / 8)
        assert (other.high or 0) > (one.high or 0)
        assert (other.low or 0) < (one.low or 0)

    @pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
    def test_of_movements_with_an_arousal(self, share: float) -> None:
        movements = [found(H + 1500 * (k // 8) + 30 * (k % 8), PERIODIC) for k in range(96)]
        count = round(96 * share)
        onsets = np.array([m.movement.onset_s for m in movements])[
            :: max(1, round(1 / (share or 1)))
        ]
        arousals = np.column_stack((onsets, onsets + 3))[:count]
        index = summed(night(6.0), movements, arousals_s=arousals).indices[
            "periodic_with_arousal_per_h"
        ]
        assert index.value == pytest.approx(count / 6)
        assert index.rule == "wasm-2016"
        assert (index.low or 0) <= count / 6 < (index.high or 0)
        if not share:
            assert index.high == pytest.approx(3.6889 / 6, rel=1e-3)


class TestWithheld:
    @pytest.mark.parametrize("sleep_h", [0.0, 1.0, 2.99])
    def test_below_three_hours_of_sleep(self, sleep_h: float) -> None:
        for name, index in summed(night(sleep_h), [found(H + 1, PERIODIC)]).indices.items():
            assert (index.value, index.low, index.high) == (None, None, None), name
            assert index.withheld == f"{sleep_h:.1f} h of sleep; an index needs 3 h"

    def test_from_three_hours_on_it_stands(self) -> None:
        index = summed(night(3.0)).indices["periodic_limb_movement_per_h"]
        assert index.withheld is None
        assert index.value == 0.0

    def test_a_slow_recorder_times_no_limb_movement(self) -> None:
        one = summed(night(7.0), hz=1.6)
        assert one.indices["periodic_limb_movement_per_h"].value is None
        assert "1.6 samples a second" in (one.indices["movement_per_h"].withheld or "")
        assert one.indices["turn_per_h"].value == 0.0
        assert one.counts["hypnic_jerk"] is None
        assert one.counts_wake["hypnic_jerk"] is None
        assert one.counts["restless_activity"] == 0

    @pytest.mark.parametrize(
        ("hz", "count"), [(5.0, None), (14.6, None), (14.8, 0), (15.0, 0), (25.0, 0)]
    )
    def test_a_jerk_needs_fifteen_samples_a_second(self, hz: float, count: int | None) -> None:
        assert summed(night(7.0), hz=hz).counts["hypnic_jerk"] == count

    def test_the_bound_is_a_criterion(self) -> None:
        criteria = replace(CRITERIA, summary=SummaryCriteria(min_sleep_h=1.0))
        one = summed(night(2.0), criteria=criteria)
        assert one.indices["turn_per_h"].value == 0.0


class TestHours:
    @settings(max_examples=40, deadline=None)
    @given(st.floats(0, 9), st.floats(0, 5), st.floats(0, 5))
    def test_they_add_up_to_what_was_recorded(
        self, sleep_h: float, wake_h: float, off_h: float
    ) -> None:
        hours = summed(night(sleep_h, wake_h=wake_h, off_h=off_h)).hours
        parts = hours["sleep"] + hours["wake"] + hours["unknown"] + hours["off_body"]
        assert parts == pytest.approx(hours["recorded"])
        assert hours["sleep"] == pytest.approx(sleep_h)
        assert hours["off_body"] == pytest.approx(off_h)
        assert hours["unknown"] == pytest.approx(0, abs=1e-9)

    def test_of_a_whole_night(self, long_analysis: Analysis) -> None:
        for night_result in long_analysis.nights:
            hours = night_result.summary.hours
            parts = hours["sleep"] + hours["wake"] + hours["unknown"] + hours["off_body"]
            assert parts == pytest.approx(hours["recorded"])
            assert hours["sleep"] <= hours["rest"] + 1e-9
            assert hours["recorded"] == pytest.approx(5.0, abs=0.01)

    def test_spans_are_the_outer_ones(self) -> None:
        one = summed(night(7.0))
        assert one.rest_s == (0.5 * H, 7.5 * H)
        assert one.sleep_period_s == (H, 7 * H)
        awake = summed(night(0.0))
        assert awake.sleep_period_s is None


def test_counts_are_those_of_the_table(long_analysis: Analysis) -> None:
    (result,) = long_analysis.nights
    movements = [m for m in long_analysis.movements if m.excluded_as is None]
    for counts, state in ((result.summary.counts, "sleep"), (result.summary.counts_wake, "wake")):
        for label in Label:
            assert counts[str(label)] == sum(
                m.label is label and m.state == state for m in movements
            )
    index = result.summary.indices["periodic_limb_movement_per_h"]
    periodic = result.summary.counts["periodic_limb_movement"]
    assert periodic
    assert index.value == pytest.approx(periodic / index.hours)
