"""The arithmetic of the validation: figures by hand, and laws."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import validate
from hypothesis import given
from hypothesis import strategies as st
from validation import coverage, measures, people
from validation.checks import CHECKS
from validation.figures import CASES, label_by_night
from validation.index import draw_gaps, without
from validation.injection import (
    draw_movement,
    draw_slots,
    held_spans,
    moving_spans,
    turning_spans,
)
from validation.measures import Mark
from validation.nights import NIGHTS, Case, measure_night, same_movements
from validation.page import page
from validation.store import Results, sources
from validation.tables import Bar, Line, at_least, percent, places, table
from validation.vectors import same

from detector.intervals import inside, total
from detector.pipeline import analyze
from detector.recording import Placement
from detector.simulation.mechanics import FINE_HZ

PERIODIC, ISOLATED, RESTLESS = measures.PERIODIC, "isolated_movement", measures.RESTLESS


def mark(onset_s: float, label: str = ISOLATED, *, lasts_s: float = 2.0, mg: float = 50.0) -> Mark:
    return Mark(onset_s, onset_s + lasts_s, label, size_g=mg / 1000)


class TestMeasures:
    def test_the_vector_of_a_sine_has_its_root_mean_square(self) -> None:
        t = np.arange(0, 60, 1 / 50)
        wave = np.outer([0.6, 0.8, 0.0], 0.1 * np.sin(2 * np.pi * 2.0 * t))
        rms_g = measures.vector_rms_g(wave, 50.0)
        assert rms_g.size == t.size
        np.testing.assert_allclose(rms_g[500:-500], 0.1 / np.sqrt(2), rtol=0.02)

    def test_a_turned_vector_is_as_large(self) -> None:
        rng = np.random.default_rng(0)
        noise = rng.normal(size=(3, 2000))
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        np.testing.assert_allclose(
            measures.vector_rms_g(turn @ noise, 50.0), measures.vector_rms_g(noise, 50.0)
        )

    def test_gravity_and_breathing_are_no_movement(self) -> None:
        t = np.arange(0, 60, 1 / 50)
        still = np.array([[0.6], [0.0], [0.8]]) + 0.008 * np.sin(2 * np.pi * 0.1 * t)
        assert measures.vector_rms_g(still, 50.0)[500:-500].max() < 0.001

    def test_a_short_movement_is_looked_at_for_half_a_second(self) -> None:
        rms_g = np.zeros(100)
        rms_g[52] = 0.07
        assert measures.largest_within(rms_g, 10.0, 5.0, 5.05) == 0.07
        assert measures.largest_within(rms_g, 10.0, 6.0, 6.05) == 0.0

    def test_a_movement_that_begins_small_is_visible_later(self) -> None:
        rms_g = np.zeros(1000)
        rms_g[130:150] = 0.02
        slow, small = Mark(10.0, 20.0, ISOLATED), Mark(30.0, 40.0, ISOLATED)
        seen = measures.visible([slow, small], rms_g, 10.0, 0.01)
        assert [m.onset_s for m in seen] == [13.0, 30.0]

    def test_small_true_movements_count_on_neither_side(self) -> None:
        true = [mark(10), mark(30, mg=5), mark(50), mark(70, mg=5)]
        found = [mark(10.2), mark(30.4), mark(90)]
        counts = measures.counts_above(measures.matched(found, true), true, 0.009)
        assert counts == {"hits": 1, "missed": 1, "false": 1, "ignored": 1}
        assert measures.f1(counts) == pytest.approx(2 / (2 + 1 + 1))
        labels = measures.labels_above(found, true, measures.matched(found, true), 0.009)
        assert labels == {
            f"{ISOLATED}>{ISOLATED}": 1,
            f"{ISOLATED}>none": 1,
            f"none>{ISOLATED}": 1,
        }

    @given(st.lists(st.integers(0, 400), max_size=30), st.lists(st.integers(0, 400), max_size=30))
    def test_every_movement_is_counted_once(self, found_s: list[int], true_s: list[int]) -> None:
        found = [mark(s / 4) for s in sorted(found_s)]
        true = [mark(s / 4, mg=s % 20) for s in sorted(true_s)]
        matching = measures.matched(found, true)
        counts = measures.counts_above(matching, true, 0.010)
        assert counts["hits"] + counts["missed"] == sum(m.size_g >= 0.010 for m in true)
        assert counts["hits"] + counts["false"] + counts["ignored"] == len(found)
        rows = measures.recall_by_ratio(matching, true, 0.004)
        assert sum(n for n, _ in rows) == len(true)
        assert sum(n for _, n in rows) == len(matching.pairs)
        missed = measures.miss_causes(found, [], true, matching)
        assert len(missed) == len(true) - len(matching.pairs)
        false = measures.false_causes(found, true, [], matching)
        assert len(false) == counts["false"]

    def test_a_label_counts_where_both_have_it(self) -> None:
        # periodic: 3 true, 4 found, 2 both
        labels = {
            f"{PERIODIC}>{PERIODIC}": 2,
            f"{PERIODIC}>none": 1,
            f"{ISOLATED}>{PERIODIC}": 1,
            f"none>{PERIODIC}": 1,
        }
        assert measures.label_f1(labels, PERIODIC) == pytest.approx(4 / 7)
        assert measures.label_f1(labels, RESTLESS) is None

    def test_causes_by_hand(self) -> None:
        true = [mark(10), mark(30, lasts_s=5), mark(50), mark(53), mark(70), mark(90)]
        found = [mark(32), mark(48.5, lasts_s=6), mark(88), mark(120)]
        found[2] = mark(88.5, lasts_s=3)
        excluded = [mark(70.5)]
        matching = measures.matched(found, true)
        assert matching.pairs == ()
        missed = dict(measures.miss_causes(found, excluded, true, matching))
        assert missed == {
            0: "not seen",
            1: "onset late",
            2: "joined to another",
            3: "joined to another",
            4: "excluded",
            5: "onset early",
        }
        other = [Mark(119, 119.5, "vibration")]
        false = dict(measures.false_causes(found, true, other, matching))
        assert false[0] == f"part of {ISOLATED}"
        assert false[3] == "vibration"
        assert measures.tally([(0, "a"), (1, "b"), (2, "a")]) == {"a": 2, "b": 1}

    def test_covered_seconds_by_hand(self) -> None:
        true = [mark(10, RESTLESS, lasts_s=10), mark(40, PERIODIC)]
        found = [mark(15, RESTLESS, lasts_s=10), mark(18, RESTLESS, lasts_s=1)]
        assert measures.covered_s(found, true, RESTLESS) == {
            "true_s": 10.0,
            "found_s": 10.0,
            "both_s": 5.0,
        }

    def test_limits_of_a_share_hold_it(self) -> None:
        assert measures.binomial_limits(95, 100) == pytest.approx((0.888, 0.978), abs=0.001)

    def test_how_far_a_value_moves(self) -> None:
        assert measures.moved(11.0, 10.0) == pytest.approx(0.1)
        assert measures.moved(None, 10.0) is None
        assert measures.moved(1.0, 0.0) is None


class TestTables:
    def test_a_bar_is_met_in_every_night_in_the_median_or_not(self) -> None:
        bar = at_least(0.9, places(2))
        assert Line("x", [0.95, 0.92, 0.97], bar, places(2)).row()[3:] == [
            "0.95",
            "0.92",
            "≥ 0.90",
            "yes",
        ]
        assert Line("x", [0.95, 0.92, 0.5], bar, places(2)).row()[-1] == "in the median"
        assert Line("x", [0.95, 0.62, 0.5], bar, places(2)).row()[-1] == "**no**"
        assert Line("x", [], bar, places(2)).row()[-1] == "not measured"
        assert Line("x", [], bar, places(2), together=0.91).row()[-1] == "yes"

    def test_fewer_nights_than_asked_are_marked(self) -> None:
        bar = at_least(0.9, places(2))
        assert Line("x", [0.95] * 20, bar, places(2)).row()[1] == "20"
        assert Line("x", [0.95] * 19, bar, places(2)).row()[1] == "19 of 20 †"
        many = Line("x", [], bar, places(2), together=0.9, count=900, asked=1000)
        assert many.row()[1] == "900 of 1000 †"

    def test_the_worst_is_the_one_farthest_from_the_bar(self) -> None:
        assert Bar("", -0.04, 0.04).worst([0.03, -0.07, 0.05]) == -0.07
        assert Bar("", 0.92, 0.98).worst([0.95, 1.0, 0.91]) == 1.0

    def test_a_table_is_one_of_markdown(self) -> None:
        assert table(("a", "b"), [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"
        assert percent(0.123) == "12.3 %"


class TestGaps:
    @pytest.mark.parametrize("length_s", [(0.02, 0.3), (2.0, 2.0), (60.0, 60.0)])
    def test_gaps_make_up_two_percent_and_lie_apart(self, length_s: tuple[float, float]) -> None:
        gaps = draw_gaps(np.random.default_rng(1), 28_800.0, length_s)
        lengths = gaps[:, 1] - gaps[:, 0]
        assert np.all(np.diff(gaps.ravel()) >= 0)
        assert gaps[0, 0] >= 0
        assert gaps[-1, 1] <= 28_800
        assert length_s[0] <= lengths.min() + 1e-9
        assert lengths.max() <= length_s[1] + 1e-9
        assert 0.02 * 28_800 <= lengths.sum() <= 0.02 * 28_800 + length_s[1]

    def test_what_lies_in_a_gap_is_gone_and_all_else_stays(self) -> None:
        simulated = Case(hours=0.25, hz=25.0).simulate(1)
        gaps = np.array([[100.0, 101.0], [300.01, 400.0]])
        kept_s = np.concatenate([c.t_s for c in without(simulated, gaps).chunks()])
        np.testing.assert_array_equal(kept_s, simulated.t_s[~inside(gaps, simulated.t_s)])


class TestInjection:
    @pytest.mark.parametrize("placement", [Placement.WRIST, Placement.MATTRESS])
    def test_a_movement_has_the_size_that_is_asked(self, placement: Placement) -> None:
        rng = np.random.default_rng(3)
        gravity = np.array([0.36, -0.48, 0.8])
        for size_g in (0.02, 0.08):
            change = draw_movement(rng, gravity, placement, size_g)
            padded = np.pad(change, ((0, 0), (1600, 1600)), mode="edge")
            assert measures.vector_rms_g(padded, FINE_HZ).max() == pytest.approx(size_g, rel=1e-6)
            np.testing.assert_allclose(change[:, 0], 0.0, atol=0.05 * size_g)

    def test_moments_lie_apart_and_have_their_room(self) -> None:
        free = np.array([[0.0, 200.0], [300.0, 310.0]])
        slots = draw_slots(np.random.default_rng(0), free, 8)
        assert 4 <= slots.size <= 8
        assert np.all(np.diff(slots) >= 20)
        assert inside(free, slots - 2).all()
        assert inside(free, slots + 4.99).all()
        assert draw_slots(np.random.default_rng(0), free[:0], 8).size == 0

    def test_a_value_that_stays_is_held_and_one_that_moves_is_moving(self) -> None:
        rng = np.random.default_rng(5)
        t_s = np.arange(0, 60, 1 / 30)
        samples = rng.normal(0, 0.002, (3, t_s.size)).astype(np.float32)
        samples[:, 600:900] = samples[:, 600:601]
        samples[:, 1200:1290] += 0.2 * np.sin(2 * np.pi * 2 * t_s[1200:1290]).astype(np.float32)
        np.testing.assert_allclose(held_spans(t_s, samples), [[20.0, 29.97]], atol=0.05)
        moving = moving_spans(t_s, samples, 30.0)
        assert inside(moving, [40.5, 42.0]).all()
        assert total(moving) < 5

    def test_a_slow_turn_is_no_quiet_stretch(self) -> None:
        t_s = np.arange(1800) / 30.0
        angle = np.radians(np.interp(t_s, [30.0, 40.0], [0.0, 20.0]))
        samples = np.vstack((np.sin(angle), 0 * angle, np.cos(angle)))
        samples += np.random.default_rng(0).normal(0, 0.003, samples.shape)
        assert not inside(moving_spans(t_s, samples, 30.0), [33.0, 36.0]).any()
        np.testing.assert_allclose(turning_spans(t_s, samples, 30.0), [[30.0, 40.0]], atol=0.6)


def drawn_h(night: people.Night) -> tuple[int, float]:
    return int(np.sum(night.kinds == people.PERIODIC)), night.hours


class TestPeople:
    @pytest.mark.parametrize("rate_per_h", [3.0, 12.0, 45.0])
    @pytest.mark.parametrize("name", ["as simulated", "geometric", "negative binomial"])
    def test_random_breaks_make_the_rate_that_is_asked(self, name: str, rate_per_h: float) -> None:
        rng = np.random.default_rng(2)
        mover = people.draw_mover(rng, rate_per_h, people.KINDS[name])
        # a few percent make way for large movements
        rate = people.periodic_rate(rng, mover, 200)
        assert rate == pytest.approx(rate_per_h, rel=0.25)

    @pytest.mark.parametrize("name", list(people.KINDS))
    def test_a_night_is_in_order_and_asleep(self, name: str) -> None:
        rng = np.random.default_rng(2)
        mover = people.draw_mover(rng, 20.0, people.KINDS[name])
        night = people.draw_night(rng, mover)
        assert np.all(np.diff(night.onsets_s) >= 0)
        assert night.onsets_s.size == night.kinds.size == night.lasts_s.size == night.turn_deg.size
        assert inside(night.sleep, night.onsets_s).all()
        assert not np.any(night.aroused & (night.kinds != people.PERIODIC))
        assert not np.any((night.turn_deg > 0) & (night.kinds != people.LARGE))
        assert np.all(night.lasts_s[night.kinds == people.LARGE] >= 3.0)

    def test_the_same_seed_makes_the_same_night(self) -> None:
        kind = people.KINDS["geometric"]
        one, other = (
            people.draw_night(rng, people.draw_mover(rng, 9.0, kind))
            for rng in (np.random.default_rng(4), np.random.default_rng(4))
        )
        np.testing.assert_array_equal(one.onsets_s, other.onsets_s)

    def test_who_has_none_has_none(self) -> None:
        rng = np.random.default_rng(2)
        mover = people.draw_mover(rng, 0.0, people.KINDS["as simulated"])
        assert drawn_h(people.draw_night(rng, mover))[0] == 0
        assert people.periodic_rate(rng, mover, 3) == 0.0

    def test_what_is_too_near_to_another_is_left_out(self) -> None:
        onsets = np.array([1.0, 10.0, 20.0])
        apart = people.apart(onsets, np.array([13.9, 24.0]))
        np.testing.assert_array_equal(apart, [1.0, 20.0])
        np.testing.assert_array_equal(people.apart(onsets, np.zeros(0)), onsets)


def test_the_indices_of_a_drawn_night_are_the_detector_s() -> None:
    rng = np.random.default_rng(3)
    mover = people.draw_mover(rng, 30.0, people.KINDS["as simulated"])
    night = people.draw_night(rng, mover)
    indices = coverage.figures_of(night)
    assert set(coverage.INDICES) <= set(indices)
    large = night.kinds == people.LARGE
    assert indices["movement_per_h"].value == pytest.approx(large.size / night.hours)
    minutes = float(night.lasts_s[large].sum()) / 60
    assert indices["restless_min_per_h"].value == pytest.approx(minutes / night.hours)
    index = indices[coverage.PLM]
    assert index.value == pytest.approx(drawn_h(night)[0] / night.hours, rel=0.3)


def test_a_quarter_of_a_night_has_all_figures() -> None:
    case = Case(plm_per_h=60.0, hours=0.5, hz=25.0)
    found = measure_night(case, 1)
    json.dumps(found)
    assert found["above"]["hits"] > 10
    assert 0.002 < found["noise_g"] < 0.006
    assert len(found["onset_s"]) == found["all"]["hits"]
    counted = sum(n for pair, n in found["labels"].items() if not pair.startswith("none>"))
    assert counted == found["above"]["hits"] + found["above"]["missed"]
    analysis = analyze(case.simulate(1).recording())
    assert same_movements(analysis, analysis)["different"] == 0


def test_a_gain_of_the_wrist_is_told_to_the_detector() -> None:
    case = NIGHTS["wrist"]
    short = Case(told=case.told, plan=case.plan, hours=0.5, hz=25.0)
    analysis = short.analyze(short.simulate(1))
    assert analysis.recording.placement is Placement.WRIST


def test_cells_are_the_same_as_text_or_as_numbers() -> None:
    assert same("1.0000000", "1")
    assert same("", "")
    assert not same("", "0")
    assert not same("1.001", "1")


class TestResults:
    def test_the_time_that_a_seed_took_is_kept(self, tmp_path: Path) -> None:
        Results(tmp_path, "abc").add("few", 3, {}, 12.34)
        assert Results(tmp_path, "abc").took_s("few") == {3: 12.3}
        assert Results(None, "abc").took_s("gaps") == {}

    def test_what_was_kept_is_there_again(self, tmp_path: Path) -> None:
        one = Results(tmp_path / "kept", "abc")
        one.add("few", 3, {"a": (1, 2)}, 1.0)
        one.add("few", 1, {"a": None}, 1.0)
        again = Results(tmp_path / "kept", "abc")
        assert again.of("few") == one.of("few") == {1: {"a": None}, 3: {"a": [1, 2]}}

    def test_results_of_other_code_are_dropped_unless_asked_for(self, tmp_path: Path) -> None:
        Results(tmp_path, "abc").add("few", 1, {}, 1.0)
        assert Results(tmp_path, "other").of("few") == {}
        stale = Results(tmp_path, "other", stale=True)
        assert stale.of("few") == {1: {}}
        assert stale.marks == {"abc"}

    def test_without_a_folder_nothing_is_kept(self) -> None:
        results = Results(None, "abc")
        results.add("few", 1, {"a": 1}, 1.0)
        assert results.of("few") == {1: {"a": 1}}
        assert results.of("gaps") == {}

    def test_the_same_code_has_the_same_mark(self) -> None:
        assert sources() == sources()


def test_a_page_of_nothing_says_so() -> None:
    text = page(Results(None, "abc"), range(3, 5))
    assert "not measured" in text
    assert "seeds 3 to 4" in text
    assert "no validation" in text
    assert "never" in page(Results(None, "abc"), range(20, 22))
    assert "$" not in text
    assert set(CASES) == set(NIGHTS) <= set(CHECKS)


class TestRun:
    def test_all_checks_of_a_seed_come_before_the_next(self) -> None:
        results = Results(None, "abc")
        results.add("few", 30, {}, 1.0)
        jobs = validate.todo(["vectors", "few", "gain"], range(30, 32), results)
        assert jobs == [("vectors", 30), ("gain", 30), ("few", 31), ("gain", 31)]

    def test_after_the_minutes_nothing_is_begun(self, capsys: pytest.CaptureFixture[str]) -> None:
        results = Results(None, "abc")
        assert validate.run([("vectors", 30)], results, 1, minutes=-1) == 0
        assert "1 of 1 not begun" in capsys.readouterr().out
        assert results.of("vectors") == {}


def test_a_label_of_a_night_with_few_of_it_is_left_out() -> None:
    nights: Sequence[Mapping[str, Any]] = [
        {"labels": {f"{PERIODIC}>{PERIODIC}": 20}},
        {"labels": {f"{PERIODIC}>none": 9}},
    ]
    assert label_by_night(nights, PERIODIC) == [1.0]
