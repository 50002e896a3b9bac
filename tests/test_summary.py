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
from detector.intervals import merge
from detector.movements import Movement
from detector.nights import NightContext
from detector.pipeline import Analysis
from detector.series import Series
from detector.summary import NightSummary, count_rate, share_limits, summarize

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
) -> NightSummary:
    return summarize(
        1, context, movements, series, criteria, evening=None, periodicity=periodicity, hz=hz
    )


class TestRate:
    def test_no_event_has_the_exact_upper_limit(self) -> None:
        # P(no event | rate) = 0.025 at rate x hours = ln 40 = 3.689
        index = count_rate(
            np.empty(0), night(8.0), CRITERIA.summary, rule="wasm-2016", withheld=None
        )
        assert (index.value, index.low) == (0.0, 0.0)
        assert index.high == pytest.approx(3.6889 / 8.0, rel=1e-4)
        assert (index.hours, index.basis, index.rule) == (8.0, "estimated", "wasm-2016")

    def test_even_events_have_the_exact_poisson_limits(self) -> None:
        # 16 in 8 h, one every half hour: exact limits of 16 are 9.145 and 25.983
        onsets = H + 1800.0 * np.arange(16) + 900
        index = count_rate(onsets, night(8.0), CRITERIA.summary, rule=None, withheld=None)
        assert index.value == 2.0
        assert index.low == pytest.approx(9.145 / 8, rel=1e-3)
        assert index.high == pytest.approx(25.983 / 8, rel=1e-3)

    def test_clusters_widen_the_interval(self) -> None:
        even = H + 100.0 * np.arange(288) + 50
        clustered = H + 25.0 * np.arange(288) + 50  # all in the first two hours
        one, other = (
            count_rate(onsets, night(8.0), CRITERIA.summary, rule=None, withheld=None)
            for onsets in (even, clustered)
        )
        assert one.value == other.value == 36.0
        narrow, wide = ((i.low or 0.0, i.high or 0.0) for i in (one, other))
        assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])
        assert wide[0] < narrow[0] < 36 < narrow[1] < wide[1]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.floats(H, 9 * H - 1), max_size=80), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
    def test_the_value_lies_within_its_limits(self, onsets: list[float], confidence: float) -> None:
        criteria = SummaryCriteria(confidence=confidence)
        index = count_rate(
            np.sort(np.array(onsets)), night(8.0), criteria, rule=None, withheld=None
        )
        assert index.value == pytest.approx(len(onsets) / 8)
        assert index.low is not None
        assert index.high is not None
        assert 0 <= index.low <= index.value < index.high < np.inf

    def test_a_withheld_rate_keeps_its_reason_and_no_number(self) -> None:
        index = count_rate(
            np.array([H]), night(8.0), CRITERIA.summary, rule=None, withheld="too slow"
        )
        assert (index.value, index.low, index.high) == (None, None, None)
        assert index.withheld == "too slow"
        nothing = count_rate(np.empty(0), night(0.0), CRITERIA.summary, rule=None, withheld=None)
        assert nothing.value is None
        assert nothing.withheld == "no sleep was found"

    def test_limits_of_a_share(self) -> None:
        # 0 of 20: 1 - 0.025^(1/20) = 0.1684; 10 of 20: 0.2720 to 0.7280 (Clopper and Pearson)
        assert share_limits(0.0, 20, 0.95) == (0.0, pytest.approx(0.1684, abs=1e-4))
        assert share_limits(1.0, 20, 0.95) == (pytest.approx(1 - 0.1684, abs=1e-4), 1.0)
        assert share_limits(0.5, 20, 0.95) == pytest.approx((0.2720, 0.7280), abs=1e-4)
        low, high = share_limits(0.5, 0.2, 0.95)
        assert 0 <= low < 0.5 < high <= 1


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
        rate = one.indices["periodic_limb_movement_per_h"]
        assert rate.value == 0.0
        assert rate.high == pytest.approx(3.6889 / 7, rel=1e-3)
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
        ("hz", "count"), [(5.0, None), (9.7, None), (9.9, 0), (10.0, 0), (25.0, 0)]
    )
    def test_a_jerk_needs_ten_samples_a_second(self, hz: float, count: int | None) -> None:
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
