"""Small rows of movements made by hand, with the label that each must get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.bursts import UNSEEN, Burst
from detector.classification import (
    ClassifiedMovement,
    Judgement,
    Label,
    classify,
    find_jerks,
    hypnic_reason,
    is_of_rules,
    is_series_candidate,
    judge,
)
from detector.conditioning import condition
from detector.criteria import WASM, ClassificationCriteria, ConditioningCriteria
from detector.exclusion import Exclusion, Rhythm, _shortest_period
from detector.gross import Course, course, return_deg
from detector.intervals import merge
from detector.movements import Movement
from detector.nights import NightContext
from detector.recording import from_arrays
from detector.series import Series, find_series

# the thresholds that the cases below are worked out for, whatever the defaults become
CRITERIA = ClassificationCriteria(
    hypnic_max_duration_s=1.5,
    hypnic_before_onset_s=300.0,
    hypnic_after_onset_s=600.0,
    hypnic_alone_s=30.0,
    restless_min_duration_s=10.0,
    restless_turn_deg=20.0,
    large_min_duration_s=3.0,
    large_lasting_deg=1.0,
    lasting_min_duration_s=1.5,
    cluster_interval_s=10.0,
    cluster_members=4,
)
TREMOR = (Exclusion.TREMOR, "12 even cycles at 5.0 Hz")
HYPNIC, PERIODIC = Label.HYPNIC_JERK, Label.PERIODIC_LIMB_MOVEMENT
RESTLESS, ISOLATED = Label.RESTLESS_ACTIVITY, Label.ISOLATED_MOVEMENT

HELD = Course(evenness=0.2, middle_ratio=0.2, spread_ratio=0.4, strong_s=4.0)
CENTRAL = Course(evenness=0.3, middle_ratio=0.6, spread_ratio=0.25, strong_s=3.0)


def going(evenness: float) -> Course:
    """Return a course that has as much of its energy at any time."""
    return Course(evenness, middle_ratio=0.8, spread_ratio=0.29, strong_s=4.0)


def moved(onset_s: float, duration_s: float = 1.0, turn_deg: float = 0.0) -> Movement:
    return Movement(onset_s, onset_s + duration_s, 0.1, 5.0, 0.003, turn_deg)


def slept(
    start_s: float = 0.0, stop_s: float = 8000.0, sleep: Sequence[Sequence[float]] = ((1000, 7000),)
) -> NightContext:
    """Return a night that is asleep in `sleep`, awake else, all of it at rest."""
    whole = merge([(start_s, stop_s)])
    asleep = merge(sleep)
    edges = [start_s, *asleep.ravel().tolist(), stop_s]
    wake = merge(np.array(edges).reshape(-1, 2))
    onsets = tuple(float(a) for a, _ in asleep)
    return NightContext(start_s, stop_s, whole, merge([]), whole, asleep, wake, onsets, "estimated")


def may_sleep(*onsets: tuple[float, float]) -> NightContext:
    """Return the night of `slept` with moments (s) when sleep may begin, and how probable it is."""
    return replace(slept(), possible_onsets=np.array(onsets))


def labelled(
    movements: Sequence[Movement],
    *,
    exclusions: Sequence[tuple[Exclusion, str] | None] | None = None,
    contexts: Sequence[NightContext] | None = None,
    breaks_s: Sequence[float] = (),
    jerks_shown: bool = True,
    courses: Sequence[Course] = (),
) -> tuple[ClassifiedMovement, ...]:
    """Return the movements as the pipeline would label them."""
    none = [None] * len(movements)
    given = none if exclusions is None else exclusions
    judged = judge(movements, given, CRITERIA, courses=courses)
    nights = contexts or [slept()]
    jerks: dict[int, str] = {}
    if jerks_shown:
        jerks = find_jerks(judged, rows_of(judged, (), breaks_s), nights, CRITERIA, WASM)
    return classify(
        judged,
        rows_of(judged, tuple(jerks), breaks_s),
        nights,
        CRITERIA,
        breaks_s=np.array(breaks_s, dtype=float),
        jerks=jerks,
    )


def rows_of(
    judged: Sequence[Judgement], passed_over: Sequence[int], breaks_s: Sequence[float]
) -> list[Series]:
    kept = [k for k, one in enumerate(judged) if one.counts and one.of_rules]
    kept = [k for k in kept if k not in passed_over]
    found = find_series(
        [judged[k].movement.onset_s for k in kept],
        [is_series_candidate(judged[k], WASM) for k in kept],
        breaks_s,
        WASM,
    )
    return [Series(tuple(kept[k] for k in s.members), s.intervals_s, s.ended_by) for s in found]


def counting(movements: Sequence[Movement]) -> np.ndarray:
    return np.ones(len(movements), dtype=bool)


def burst_and_hold() -> np.ndarray:
    """Return a minute (3, n) that shakes from 10 to 16 s, and at 40 and at 45.5 s for 0.5 s."""
    t_s = np.arange(3000) / 50
    shakes = (t_s >= 10) & (t_s < 16)
    shakes |= ((t_s >= 40) & (t_s < 40.5)) | ((t_s >= 45.5) & (t_s < 46))
    shaken = 0.1 * shakes * np.sin(2 * np.pi * 3 * t_s)
    return np.vstack((shaken, 0 * t_s, 1 + 0 * t_s))


def labels(found: Sequence[ClassifiedMovement]) -> list[Label]:
    return [one.label for one in found]


class TestHypnicJerk:
    # asleep from 1000 s on
    @pytest.mark.parametrize(
        ("onset_s", "label"),
        [
            (690.0, ISOLATED),  # 310 s before: too early
            (700.0, HYPNIC),  # 300 s before
            (1000.0, HYPNIC),
            (1600.0, HYPNIC),  # 600 s after
            (1610.0, ISOLATED),
        ],
    )
    def test_it_is_near_falling_asleep(self, onset_s: float, label: Label) -> None:
        (one,) = labelled([moved(onset_s, 0.4)])
        assert one.label is label

    @pytest.mark.parametrize(
        ("duration_s", "label"), [(0.3, HYPNIC), (1.5, HYPNIC), (1.7, ISOLATED)]
    )
    def test_it_is_brief(self, duration_s: float, label: Label) -> None:
        (one,) = labelled([moved(1095.0, duration_s)])
        assert one.label is label

    @pytest.mark.parametrize(("other_s", "label"), [(1115.0, ISOLATED), (1130.0, HYPNIC)])
    def test_it_is_alone(self, other_s: float, label: Label) -> None:
        # the other is restless, 5 s long; the jerk ends at 1095.4 s, 30 s before 1125.4 s
        first, _ = labelled([moved(1095.0, 0.4), moved(other_s, 11.0)])
        assert first.label is label

    def test_what_came_before_counts_by_its_end(self) -> None:
        # 1060 to 1080 s, 15 s before the jerk
        _, jerk = labelled([moved(1060.0, 20.0), moved(1095.0, 0.4)])
        assert jerk.label is ISOLATED
        assert "15 s" in jerk.reason

    def test_a_tremor_beside_it_does_not_count(self) -> None:
        _, jerk = labelled([moved(1090.0, 3.0), moved(1095.0, 0.4)], exclusions=[TREMOR, None])
        assert jerk.label is HYPNIC

    def test_the_reason_tells_all_three(self) -> None:
        (one,) = labelled([moved(1095.0, 0.4)])
        assert one.reason == "alone, 0.4 s, 95 s after falling asleep"
        (one,) = labelled([moved(990.0, 0.4)])
        assert one.reason == "alone, 0.4 s, 10 s before falling asleep"

    def test_a_slow_recorder_shows_none(self) -> None:
        (one,) = labelled([moved(1095.0, 0.4)], jerks_shown=False)
        assert one.label is ISOLATED

    def test_each_passage_into_sleep_counts(self) -> None:
        night = slept(sleep=((1000, 3000), (4000, 7000)))
        (one,) = labelled([moved(4100.0, 0.4)], contexts=[night])
        assert one.label is HYPNIC
        assert hypnic_reason(moved(4100, 0.4), 60.0, night, CRITERIA) is not None
        assert hypnic_reason(moved(4100, 0.4), 29.0, night, CRITERIA) is None
        no_passage = replace(night, sleep_onsets_s=())
        assert hypnic_reason(moved(4100, 0.4), 60.0, no_passage, CRITERIA) is None

    @pytest.mark.parametrize(
        ("onset_s", "label"),
        [(3699.0, ISOLATED), (3700.0, HYPNIC), (4540.0, HYPNIC), (4541.0, ISOLATED)],
    )
    def test_a_possible_passage_counts_where_enough_of_it_is_near(
        self, onset_s: float, label: Label
    ) -> None:
        third = 0.34 * CRITERIA.hypnic_min_passage_probability  # all three have to be near
        night = may_sleep((3940.0, third), (3970.0, third), (4000.0, third))
        (one,) = labelled([moved(onset_s, 0.4)], contexts=[night])
        assert one.label is label

    @pytest.mark.parametrize(
        ("passage", "ratio"),
        [
            (1.0, 1.0),
            (CRITERIA.hypnic_min_passage_probability**0.5, CRITERIA.hypnic_unsure_ratio**0.5),
            (CRITERIA.hypnic_min_passage_probability, CRITERIA.hypnic_unsure_ratio),
        ],
    )
    def test_the_less_probable_a_passage_the_more_sudden_it_has_to_be(
        self, passage: float, ratio: float
    ) -> None:
        night, jerk = may_sleep((4000.0, passage)), moved(4100.0, 1.0)
        limit_s = CRITERIA.hypnic_max_spread_s * ratio
        for spread_s, told in ((0.999 * limit_s, True), (1.001 * limit_s, False)):
            reason = hypnic_reason(jerk, 60.0, night, CRITERIA, burst=Burst(spread_s, 0.1))
            assert (reason is not None) == told

    def test_what_makes_no_passage_probable_makes_no_jerk(self) -> None:
        least = CRITERIA.hypnic_min_passage_probability
        for passage, told in ((1.01 * least, True), (0.99 * least, False)):
            night = may_sleep((4000.0, passage))
            assert (hypnic_reason(moved(4100.0, 0.4), 60.0, night, CRITERIA) is not None) == told

    def test_it_is_sudden(self) -> None:
        night, jerk = slept(), moved(1095.0, 1.0)
        spread_s, strength_s = CRITERIA.hypnic_max_spread_s, CRITERIA.hypnic_max_strength_s
        for burst, count in (
            (Burst(spread_s, strength_s), 1),
            (Burst(1.01 * spread_s, strength_s), 0),
            (Burst(spread_s, 1.01 * strength_s), 0),
            (UNSEEN, 0),
        ):
            assert (hypnic_reason(jerk, 60.0, night, CRITERIA, burst=burst) is not None) == count
            judged = judge([jerk], [None], CRITERIA, bursts=[burst])
            assert len(find_jerks(judged, (), [night], CRITERIA, WASM)) == count

    @pytest.mark.parametrize(
        ("duration_s", "turn_deg", "label"),
        [(0.4, 5.0, HYPNIC), (1.4, 19.0, HYPNIC), (0.4, 20.0, RESTLESS), (1.5, 5.0, RESTLESS)],
    )
    def test_it_may_leave_the_limb_elsewhere(
        self, duration_s: float, turn_deg: float, label: Label
    ) -> None:
        (one,) = labelled([moved(1095.0, duration_s, turn_deg)], contexts=[slept()])
        assert one.label is label
        (late,) = labelled([moved(5000.0, duration_s, turn_deg)], contexts=[slept()])
        assert late.label is RESTLESS

    def test_a_possible_waking_is_called_so(self) -> None:
        night = may_sleep((1000.0, 1.0), (3900.0, 0.2))
        (one,) = labelled([moved(3950.0, 0.4)], contexts=[night])
        assert one.reason == "alone, 0.4 s, where a short waking is possible"
        (known,) = labelled([moved(1100.0, 0.4)], contexts=[night])
        assert known.reason == "alone, 0.4 s, 100 s after falling asleep"

    def test_noise_makes_nothing_sudden(self) -> None:
        # the floor of 3 mg times 10
        at, below = (Movement(1095, 1095.4, g, 50 * g, 0.003, 0.0) for g in (0.031, 0.029))
        assert labels(labelled([at])) == [HYPNIC]
        assert labels(labelled([below])) == [ISOLATED]

    def test_one_in_a_series_is_passed_over_by_it(self) -> None:
        # 35 s apart: sharp ones are alone, and slow ones are none
        row = [moved(1000 + 35.0 * k, 0.4 if k == 2 else 2.0) for k in range(7)]
        row[2] = replace(row[2], offset_s=row[2].onset_s + 0.6)
        found = labelled(row)
        assert labels(found) == [PERIODIC] * 2 + [HYPNIC] + [PERIODIC] * 4
        assert {one.series for one in found} == {1, None}

    def test_three_in_a_row_are_jerks_and_four_a_series(self) -> None:
        for count, label in ((3, HYPNIC), (4, PERIODIC)):
            row = [moved(1000 + 35.0 * k, 0.6) for k in range(count)]
            assert labels(labelled(row)) == [label] * count


class TestPeriodic:
    def test_four_in_a_row(self) -> None:
        found = labelled([moved(3000 + 25 * k, 2.0) for k in range(4)])
        assert labels(found) == [PERIODIC] * 4
        assert [one.series for one in found] == [1] * 4
        assert found[0].reason == "2.0 s, one of 4 in an even row"
        assert [one.interval_s for one in found] == [None, 25.0, 25.0, 25.0]

    def test_three_in_a_row_are_none(self) -> None:
        found = labelled([moved(3000 + 25 * k, 2.0) for k in range(3)])
        assert labels(found) == [ISOLATED] * 3
        assert found[1].reason == "2.0 s, a neighbour within 23 s, in no series of four"

    def test_a_turn_in_the_row_ends_it(self) -> None:
        row = [moved(3000 + 25 * k, 2.0, turn_deg=40.0 if k == 3 else 0.0) for k in range(8)]
        found = labelled(row)
        assert labels(found) == [ISOLATED] * 3 + [RESTLESS] + [PERIODIC] * 4

    def test_a_tremor_in_the_row_is_passed_over(self) -> None:
        row = [moved(3000 + 25 * k, 2.0) for k in range(4)]
        row.insert(2, moved(3035, 3.0))
        found = labelled(row, exclusions=[None, None, TREMOR, None, None])
        assert [one.series for one in found] == [1, 1, None, 1, 1]
        assert found[3].interval_s == 25.0, "the interval passes over it too"

    def test_a_jerk_too_short_to_be_scored_is_passed_over(self) -> None:
        row = [moved(3000 + 25 * k, 2.0) for k in range(4)]
        row.insert(2, moved(3035, 0.3))
        assert [one.series for one in labelled(row)] == [1, 1, None, 1, 1]

    def test_series_are_numbered_over_the_recording(self) -> None:
        row = [moved(2000 + 25 * k, 2.0) for k in range(4)]
        later = [moved(4000 + 25 * k, 2.0) for k in range(5)]
        assert [one.series for one in labelled(row + later)] == [1] * 4 + [2] * 5

    def test_a_series_near_sleep_onset_is_no_row_of_jerks(self) -> None:
        found = labelled([moved(1000 + 40 * k, 0.8) for k in range(4)])
        assert labels(found) == [PERIODIC] * 4


class TestRestless:
    @pytest.mark.parametrize(
        ("duration_s", "turn_deg", "label", "said"),
        [
            (2.0, 25.0, RESTLESS, "turned by 25 degrees, 2.0 s"),
            (2.0, 20.0, RESTLESS, "turned by 20 degrees"),
            (1.4, 19.0, RESTLESS, "left the limb 19.0 degrees from where it was"),
            (12.0, 0.0, RESTLESS, "lasted 12 s"),
            (4.0, 3.0, RESTLESS, "left the limb 3.0 degrees from where it was"),
            (4.0, 0.5, ISOLATED, "4.0 s, alone"),
            (2.0, 3.0, RESTLESS, "left the limb 3.0 degrees from where it was"),
            (1.0, 0.9, ISOLATED, "1.0 s, alone"),
            (4.0, float("nan"), ISOLATED, "4.0 s, alone"),
        ],
    )
    def test_one_alone(self, duration_s: float, turn_deg: float, label: Label, said: str) -> None:
        (one,) = labelled([moved(3000, duration_s, turn_deg)])
        assert one.label is label
        assert said in one.reason

    def test_four_within_ten_seconds_of_each_other(self) -> None:
        found = labelled([moved(3000 + 4 * k) for k in range(4)])
        assert labels(found) == [RESTLESS] * 4
        assert found[0].reason == "one of 4 movements less than 10 s apart"

    def test_three_are_no_cluster(self) -> None:
        assert labels(labelled([moved(3000 + 4 * k) for k in range(3)])) == [ISOLATED] * 3

    def test_ten_seconds_are_a_periodic_interval(self) -> None:
        assert labels(labelled([moved(3000 + 10 * k) for k in range(4)])) == [PERIODIC] * 4

    def test_tremor_makes_no_cluster(self) -> None:
        row = [moved(3000 + 4 * k) for k in range(4)]
        found = labelled(row, exclusions=[None, TREMOR, None, None])
        assert RESTLESS not in labels(found)


class TestReturn:
    """How exactly limbs come back is told by the recording's own short movements."""

    def test_few_movements_tell_nothing(self) -> None:
        few = [moved(100.0 * k, 2.0, 3.0) for k in range(CRITERIA.return_members - 1)]
        assert return_deg(few, counting(few), CRITERIA) == CRITERIA.large_lasting_deg

    @pytest.mark.parametrize(
        ("usual_deg", "expected_deg"),
        [(0.0, CRITERIA.return_min_deg), (0.7, 2.8), (40.0, CRITERIA.return_max_deg)],
    )
    def test_it_is_four_times_what_three_in_four_stay_below(
        self, usual_deg: float, expected_deg: float
    ) -> None:
        many = [moved(100.0 * k, 2.0, usual_deg) for k in range(CRITERIA.return_members)]
        assert return_deg(many, counting(many), CRITERIA) == pytest.approx(expected_deg)

    def test_longer_unknown_and_excluded_ones_tell_nothing_of_it(self) -> None:
        short = [moved(100.0 * k, 2.0, 0.5) for k in range(30)]
        others = [moved(4000 + 100.0 * k, 5.0, 60.0) for k in range(30)]
        others += [moved(8000 + 100.0 * k, 2.0, float("nan")) for k in range(30)]
        tremors = [moved(12000 + 100.0 * k, 2.0, 60.0) for k in range(30)]
        counts = np.concatenate((counting([*short, *others]), ~counting(tremors)))
        assert return_deg([*short, *others, *tremors], counts, CRITERIA) == pytest.approx(2.0)

    def test_limbs_that_come_back_inexactly_are_no_restless_ones(self) -> None:
        degrees = np.random.default_rng(3).uniform(0.0, 2.5, 40)
        row = [moved(3000 + 25.0 * k, 2.0, float(deg)) for k, deg in enumerate(degrees)]
        assert set(labels(labelled(row))) == {PERIODIC}

    def test_one_in_a_row_of_exact_ones_is(self) -> None:
        row = [moved(3000 + 25.0 * k, 2.0, 2.5 if k == 20 else 0.05) for k in range(40)]
        found = labels(labelled(row))
        assert [k for k, label in enumerate(found) if label is RESTLESS] == [20]


class TestWay:
    """What goes about, moves throughout or in its middle, and leaves no trace."""

    def test_what_moves_throughout_has_no_hold(self) -> None:
        long = [moved(3000, 6.0)]
        assert labels(labelled(long, courses=[going(0.39)])) == [ISOLATED]
        (one,) = labelled(long, courses=[going(0.4)])
        assert one.label is RESTLESS
        assert one.reason == "6.0 s, moved throughout, without a hold"

    def test_a_short_one_has_no_room_for_a_hold(self) -> None:
        assert labels(labelled([moved(3000, 4.9)], courses=[going(1.0)])) == [ISOLATED]

    @pytest.mark.parametrize(("duration_s", "label"), [(8.0, PERIODIC), (8.1, RESTLESS)])
    def test_in_a_row_of_like_ones_it_is_one_of_them(self, duration_s: float, label: Label) -> None:
        row = [moved(3000 + 25.0 * k, duration_s if k == 3 else 4.0) for k in range(7)]
        found = labelled(row, courses=[going(0.5 if k == 3 else 0.2) for k in range(7)])
        assert found[3].label is label

    def test_a_sleeper_whose_limbs_all_move_so_has_periodic_movements(self) -> None:
        row = [moved(3000 + 25.0 * k, 6.0) for k in range(7)]
        found = labels(labelled(row, courses=[going(0.6)] * 7))
        assert found == [RESTLESS, *[PERIODIC] * 5, RESTLESS]

    def test_at_the_end_of_a_row_it_is_none_of_it(self) -> None:
        row = [moved(3000 + 25.0 * k, 6.0) for k in range(5)]
        found = labelled(row, courses=[going(0.2)] * 4 + [going(0.5)])
        assert labels(found) == [PERIODIC] * 4 + [RESTLESS]

    def test_a_row_of_other_intervals_is_none(self) -> None:
        row = [moved(3000 + 100.0 * k, 6.0) for k in range(7)]
        found = labelled(row, courses=[going(0.5 if k == 3 else 0.2) for k in range(7)])
        assert found[3].label is RESTLESS

    def test_what_is_held_goes_out_and_comes_back_however_far(self) -> None:
        way = replace(moved(3000, 6.0), swing_deg=30.0, path_ratio=2.5)
        assert labels(labelled([way], courses=[going(0.2)])) == [RESTLESS]
        assert labels(labelled([way], courses=[HELD])) == [ISOLATED]

    @pytest.mark.parametrize(("strong_s", "label"), [(2.9, ISOLATED), (3.0, RESTLESS)])
    def test_what_is_strong_in_the_middle_has_no_hold(self, strong_s: float, label: Label) -> None:
        found = labelled([moved(3000, 4.0)], courses=[replace(CENTRAL, strong_s=strong_s)])
        assert labels(found) == [label]

    @pytest.mark.parametrize(
        "other",
        [Course(0.3, 0.59, 0.2, 4.0), Course(0.3, 1.0, 0.26, 4.0)],
        ids=["weak middle", "apart"],
    )
    def test_a_weak_middle_or_strong_ends_are_a_limbs(self, other: Course) -> None:
        assert labels(labelled([moved(3000, 4.0)], courses=[other])) == [ISOLATED]

    @pytest.mark.parametrize(
        ("turn_deg", "course", "label"),
        [
            (0.5, Course(0.3, 0.5, 0.25, 4.0), RESTLESS),  # half of what is no return
            (0.49, Course(0.3, 0.5, 0.25, 4.0), ISOLATED),
            (0.9, Course(0.3, 0.5, 0.26, 4.0), ISOLATED),
            (0.9, HELD, ISOLATED),
        ],
    )
    def test_without_a_hold_it_has_to_come_back_better(
        self, turn_deg: float, course: Course, label: Label
    ) -> None:
        found = labelled([moved(3000, 4.0, turn_deg)], courses=[course])
        assert labels(found) == [label]

    def test_it_is_none_of_a_row_of_held_ones(self) -> None:
        row = [moved(3000 + 25.0 * k, 4.0) for k in range(13)]
        found = labels(labelled(row, courses=[CENTRAL if k == 6 else HELD for k in range(13)]))
        assert found == [PERIODIC] * 6 + [RESTLESS] + [PERIODIC] * 6

    @pytest.mark.parametrize(
        ("at", "swing_deg", "path_ratio", "label"),
        [
            (6, 3.0, 1.0, PERIODIC),
            (3, 3.0, 1.0, PERIODIC),
            (6, 2.9, 1.0, RESTLESS),
            (6, 3.0, 1.8, RESTLESS),  # goes about
            (2, 3.0, 1.0, RESTLESS),  # no whole row before it
        ],
    )
    def test_out_and_back_in_the_midst_of_a_row_may_pull_while_held(
        self, at: int, swing_deg: float, path_ratio: float, label: Label
    ) -> None:
        row = [moved(3000 + 25.0 * k, 4.0) for k in range(13)]
        row[at] = replace(row[at], swing_deg=swing_deg, path_ratio=path_ratio)
        courses = [CENTRAL if k == at else HELD for k in range(13)]
        assert labelled(row, courses=courses)[at].label is label

    @pytest.mark.parametrize(("strong", "label"), [(4, RESTLESS), (5, PERIODIC), (10, PERIODIC)])
    def test_where_half_of_them_are_so_it_is_how_this_sleeper_moves(
        self, strong: int, label: Label
    ) -> None:
        row = [moved(3000 + 25.0 * k, 4.0) for k in range(10)]
        found = labelled(row, courses=[CENTRAL] * strong + [HELD] * (10 - strong))
        assert found[0].label is label

    def test_few_movements_tell_no_way_of_a_sleeper(self) -> None:
        row = [moved(3000 + 25.0 * k, 4.0) for k in range(9)]
        assert labels(labelled(row, courses=[CENTRAL] * 9)) == [RESTLESS] * 9

    @pytest.mark.parametrize(("held", "label"), [(1, PERIODIC), (2, RESTLESS)])
    @pytest.mark.parametrize("other", [CENTRAL, going(0.6)], ids=["central", "throughout"])
    def test_where_next_to_no_limb_holds_none_has_to(
        self, held: int, label: Label, other: Course
    ) -> None:
        """Of twenty that are long, in a row, eight are unheld; the rest tell nothing or hold."""
        plain = Course(evenness=0.2, middle_ratio=0.8, spread_ratio=0.29, strong_s=4.0)
        courses = [other] * 8 + [HELD] * held + [plain] * (12 - held)
        row = [moved(3000 + 25.0 * k, 6.0) for k in range(20)]
        assert labelled(row, courses=courses)[0].label is label
        few = labelled(row[:19], courses=courses[:19])
        assert few[0].label is RESTLESS


class TestCourse:
    """How a movement goes in time."""

    def test_a_burst_throughout_is_even_and_one_with_a_hold_is_not(self) -> None:
        signal = condition(
            from_arrays(np.arange(3000) / 50, burst_and_hold(), hz=50.0),
            ConditioningCriteria(),
        )
        throughout = course(signal, Movement(10.0, 16.0, 0.1, 5.0, 0.003, 0.0), CRITERIA)
        held = course(signal, Movement(40.0, 46.0, 0.1, 5.0, 0.003, 0.0), CRITERIA)
        assert throughout.evenness > 0.8
        assert held.evenness < 0.3
        assert throughout.middle_ratio > 0.8
        assert held.middle_ratio < 0.2
        # As much at any time: 1 / sqrt(12). Half at either end: 0.5.
        assert throughout.spread_ratio == pytest.approx(12**-0.5, abs=0.02)
        assert held.spread_ratio == pytest.approx(0.46, abs=0.04)

    def test_weak_ends_do_not_change_it(self) -> None:
        signal = condition(
            from_arrays(np.arange(3000) / 50, burst_and_hold(), hz=50.0),
            ConditioningCriteria(),
        )
        found, longer = (
            course(signal, Movement(40.0 - s, 46.0 + s, 0.1, 5.0, 0.003, 0.0), CRITERIA)
            for s in (0.5, 3.0)
        )
        assert found.strong_s == longer.strong_s == pytest.approx(6.2, abs=0.3)
        assert found.middle_ratio == longer.middle_ratio
        assert found.spread_ratio == longer.spread_ratio

    def test_strength_does_not_change_it(self) -> None:
        rest = np.array([[0.0], [0.0], [1.0]])
        one, other = (
            course(
                condition(
                    from_arrays(np.arange(3000) / 50, samples, hz=50.0), ConditioningCriteria()
                ),
                Movement(40.0, 46.0, 0.1, 5.0, 0.003, 0.0),
                CRITERIA,
            )
            for samples in (burst_and_hold(), 2 * (burst_and_hold() - rest) + rest)
        )
        assert one.middle_ratio == pytest.approx(other.middle_ratio, rel=0.01)
        assert one.spread_ratio == pytest.approx(other.spread_ratio, rel=0.01)


class TestPartSeen:
    """Near the noise a movement is seen in part."""

    @pytest.mark.parametrize(
        ("duration_s", "peak_g", "of_rules"),
        [
            (0.5, 1.0, True),
            (0.49, 1.0, False),
            (0.49, 0.03, False),  # 10 times the floor of 3 mg
            (0.49, 0.029, True),
            (0.2, 0.029, True),
            (0.19, 0.029, False),
        ],
    )
    def test_length_is_asked_by_strength(
        self, duration_s: float, peak_g: float, of_rules: bool
    ) -> None:
        movement = Movement(0.0, duration_s, peak_g, 5.0, 0.003, 0.0)
        assert is_of_rules(movement, CRITERIA, WASM) is of_rules
        (judgement,) = judge([movement], [None], CRITERIA)
        assert is_series_candidate(judgement, WASM) is of_rules


class TestPieces:
    """Near the noise the hold of a movement is lost, and its two moves are seen."""

    def weak(self, onset_s: float, duration_s: float) -> Movement:
        return Movement(onset_s, onset_s + duration_s, 0.02, 1.0, 0.003, 0.0)

    def of_rules(self, *movements: Movement) -> list[bool]:
        return [one.of_rules for one in judge(movements, [None] * len(movements), CRITERIA)]

    def test_the_second_piece_is_passed_over(self) -> None:
        assert self.of_rules(self.weak(100, 0.6), self.weak(104, 0.6)) == [True, False]

    def test_the_release_of_a_strong_one_may_be_weak(self) -> None:
        assert self.of_rules(moved(100, 0.6), self.weak(104, 0.6)) == [True, False]

    def test_a_strong_one_is_a_movement_of_its_own(self) -> None:
        assert self.of_rules(self.weak(100, 0.6), moved(104, 0.6)) == [True, True]

    def test_further_apart_than_a_hold_they_are_two(self) -> None:
        assert self.of_rules(self.weak(100, 0.6), self.weak(108.6, 0.6)) == [True, True]
        assert self.of_rules(self.weak(100, 0.6), self.weak(108.5, 0.6)) == [True, False]

    @pytest.mark.parametrize("lengths_s", [(1.5, 0.6), (0.6, 1.5)])
    def test_a_longer_one_is_no_piece(self, lengths_s: tuple[float, float]) -> None:
        first, second = self.weak(100, lengths_s[0]), self.weak(104, lengths_s[1])
        assert self.of_rules(first, second) == [True, True]

    def test_all_pieces_are_of_one_movement_no_longer_than_an_interval(self) -> None:
        four = [self.weak(100 + 3.2 * k, 0.6) for k in range(4)]
        assert self.of_rules(*four) == [True, False, False, True]

    def test_a_row_of_weak_movements_in_pieces_is_a_series(self) -> None:
        row = [self.weak(3000 + 25 * k + 3 * half, 0.6) for k in range(5) for half in (0, 1)]
        assert labels(labelled(row)) == [PERIODIC, ISOLATED] * 5


class TestExcluded:
    def test_it_keeps_its_kind_and_stays_outside(self) -> None:
        (one,) = labelled([moved(3000, 15.0, 30.0)], exclusions=[TREMOR])
        assert one.excluded_as is Exclusion.TREMOR
        assert one.label is ISOLATED
        assert one.reason == TREMOR[1]
        assert one.interval_s is None
        assert one.series is None


class TestState:
    def test_each_movement_has_its_state(self) -> None:
        night = slept(sleep=((1000, 3000), (4000, 7000)))
        row = [moved(at) for at in (500, 1000, 2999, 3500, 4000, 6999, 7000)]
        found = labelled(row, contexts=[night])
        assert [one.state for one in found] == [
            "wake",
            "sleep",
            "sleep",
            "wake",
            "sleep",
            "sleep",
            "wake",
        ]

    def test_a_series_may_cross_wake(self) -> None:
        night = slept(sleep=((1000, 3050), (3100, 7000)))
        found = labelled([moved(3000 + 25 * k, 2.0) for k in range(6)], contexts=[night])
        assert [one.series for one in found] == [1] * 6
        assert [one.state for one in found] == ["sleep"] * 2 + ["wake"] * 2 + ["sleep"] * 2

    def test_nights_and_intervals_begin_anew(self) -> None:
        nights = [slept(0, 8000), slept(8000, 16000, ((9000, 15000),))]
        row = [moved(at, 2.0) for at in (7970, 7990, 8010, 8030)]
        found = labelled(row, contexts=nights, breaks_s=[0.0, 8000.0])
        assert [one.night for one in found] == [1, 1, 2, 2]
        assert [one.interval_s for one in found] == [None, 20.0, None, 20.0]
        assert [one.series for one in found] == [None] * 4

    def test_no_interval_across_a_break(self) -> None:
        found = labelled([moved(3000), moved(3030), moved(3060)], breaks_s=[3045.0])
        assert [one.interval_s for one in found] == [None, 30.0, None]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.5, 120),
            st.floats(0.1, 20),
            st.sampled_from([0.0, 2.0, 40.0]),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_every_movement_gets_one_label_and_a_reason(
    drawn: list[tuple[float, float, float, bool]],
) -> None:
    movements, exclusions, at = [], [], 100.0
    for pause_s, duration_s, turn_deg, is_tremor in drawn:
        movements.append(moved(at + pause_s, duration_s, turn_deg))
        exclusions.append(TREMOR if is_tremor else None)
        at += pause_s + duration_s
    found = labelled(movements, exclusions=exclusions)
    assert [one.movement for one in found] == movements
    for one, exclusion in zip(found, exclusions, strict=True):
        assert one.reason
        assert (one.series is not None) == (one.label is PERIODIC)
        assert (one.excluded_as is None) == (exclusion is None)
        assert one.label is ISOLATED or exclusion is None
        if one.label is PERIODIC:
            assert 0.5 <= one.movement.duration_s <= 10


def test_no_movement_no_label() -> None:
    assert labelled([]) == ()


def test_a_correlation_that_is_negative_throughout_is_no_rhythm() -> None:
    falling = -0.5 - 0.1 * np.cos(np.arange(40.0))
    assert _shortest_period(falling, 2, 30, 25.0) == Rhythm(0.0, 0.0)
