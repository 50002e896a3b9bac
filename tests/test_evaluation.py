"""Evaluation: laws of matching and agreement, one night and many, the command."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from detector.annotations import Annotation, AnnotationError, read_annotations, write_annotations
from detector.cli import main
from detector.criteria import Criteria
from detector.evaluation import (
    Mark,
    Marks,
    agreement,
    compare,
    confusion,
    match_onsets,
    read_result,
    read_truth,
)
from detector.evaluation.comparison import by_peak, label_hits, pooled
from detector.evaluation.document import MATCH_COLUMNS, NIGHT_COLUMNS
from detector.evaluation.marks import PeriodicIndex
from detector.evaluation.plot import bland_altman_svg
from detector.export import write_results
from detector.pipeline import Analysis
from detector.simulation import SimulatedNight
from detector.simulation.formats import write_truth

SAMPLES = Path(__file__).parents[1] / "sample_recordings"
TRUTHS = sorted(SAMPLES.glob("*.truth.csv"))
law = settings(max_examples=120, deadline=None)
tenths = st.lists(st.integers(0, 60), max_size=9).map(lambda xs: np.sort(xs) / 10)
tolerances = st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0])
labels = st.sampled_from(["hypnic_jerk", "periodic_limb_movement", "isolated_movement"])
NO_INDEX = PeriodicIndex(None, None, None, "none")


@st.composite
def marks(draw: st.DrawFn) -> Marks:
    onsets = sorted(draw(st.lists(st.integers(0, 600), max_size=12)))
    peaks = st.one_of(st.none(), st.floats(0.001, 2))
    return Marks(
        name="night",
        marks=tuple(Mark(at / 10, draw(labels), draw(peaks)) for at in onsets),
        index=NO_INDEX,
    )


def differences(found: np.ndarray, true: np.ndarray, tolerance_s: float) -> list[float]:
    pairs = match_onsets(found, true, tolerance_s).pairs
    return [abs(float(found[i] - true[j])) for i, j in pairs]


class TestMatching:
    @law
    @given(tenths, tenths, tolerances)
    def test_each_is_used_once_and_within_the_tolerance(
        self, found: np.ndarray, true: np.ndarray, tolerance_s: float
    ) -> None:
        matching = match_onsets(found, true, tolerance_s)
        for side in (0, 1):
            used = [pair[side] for pair in matching.pairs]
            assert used == sorted(set(used))
        assert all(d <= tolerance_s + 1e-5 for d in differences(found, true, tolerance_s))

    @law
    @given(tenths, tenths, tolerances)
    def test_there_are_as_many_pairs_as_can_be(
        self, found: np.ndarray, true: np.ndarray, tolerance_s: float
    ) -> None:
        near = np.abs(found[:, np.newaxis] - true) <= tolerance_s + 1e-5
        graph = csr_array(near.astype(np.int8))
        most = int(np.sum(maximum_bipartite_matching(graph, perm_type="column") >= 0))
        assert len(match_onsets(found, true, tolerance_s).pairs) == most

    @law
    @given(tenths, tenths, tolerances)
    def test_and_of_these_the_nearest(
        self, found: np.ndarray, true: np.ndarray, tolerance_s: float
    ) -> None:
        apart = np.abs(found[:, np.newaxis] - true)
        near = apart <= tolerance_s + 1e-5
        # a pair that may not be costs more than all that may be
        cost = np.where(near, apart, 1000.0)
        i, j = linear_sum_assignment(cost)
        least = float(apart[i, j][near[i, j]].sum())
        assert sum(differences(found, true, tolerance_s)) == pytest.approx(least, abs=1e-6)

    @law
    @given(tenths, tenths, tolerances)
    def test_who_is_held_against_whom_is_of_no_account(
        self, found: np.ndarray, true: np.ndarray, tolerance_s: float
    ) -> None:
        one, other = match_onsets(found, true, tolerance_s), match_onsets(true, found, tolerance_s)
        assert (one.recall, one.precision, one.f1) == (other.precision, other.recall, other.f1)
        assert sum(differences(found, true, tolerance_s)) == pytest.approx(
            sum(differences(true, found, tolerance_s))
        )

    @law
    @given(tenths, tolerances)
    def test_a_list_matches_itself(self, onsets: np.ndarray, tolerance_s: float) -> None:
        assert match_onsets(onsets, onsets, tolerance_s).pairs == tuple(
            (k, k) for k in range(onsets.size)
        )

    @law
    @given(tenths, tenths, st.lists(labels, min_size=18, max_size=18))
    def test_the_confusion_counts_each_once(
        self, found: np.ndarray, true: np.ndarray, names: list[str]
    ) -> None:
        ours, theirs = names[: found.size], names[9 : 9 + true.size]
        met = confusion(ours, theirs, match_onsets(found, true, 0.5))
        hits = label_hits(met)
        for name in set(ours) | set(theirs):
            assert (hits[name].found, hits[name].true) == (ours.count(name), theirs.count(name))
            assert hits[name].hits <= min(ours.count(name), theirs.count(name))

    def test_three_around_one_are_one_hit(self) -> None:
        # the first that fits is not the nearest: 0.9 lies at 1.0
        matching = match_onsets([0.6, 0.9, 1.3], [1.0], 0.5)
        assert matching.pairs == ((1, 0),)
        assert (matching.recall, matching.precision) == (1.0, 1 / 3)

    def test_more_pairs_go_before_nearer_ones(self) -> None:
        # 0.4 lies nearest to 0.5, but then 0.0 and 0.9 stay alone
        assert match_onsets([0.4, 0.9], [0.0, 0.5], 0.5).pairs == ((0, 0), (1, 1))

    def test_the_bound_is_included(self) -> None:
        assert len(match_onsets([1.1], [0.6], 0.5).pairs) == 1
        assert len(match_onsets([1.101], [0.6], 0.5).pairs) == 0

    def test_nothing_to_nothing(self) -> None:
        empty = match_onsets([], [], 0.5)
        assert (empty.recall, empty.precision, empty.f1) == (None, None, None)
        assert match_onsets([1.0], [], 0.5).recall is None
        assert match_onsets([], [1.0], 0.5).f1 == 0.0

    def test_onsets_have_to_be_in_order(self) -> None:
        with pytest.raises(ValueError, match="the true onsets are not in ascending order"):
            match_onsets([1.0, 2.0], [2.0, 1.0], 0.5)

    def test_small_ones_by_trying_all(self) -> None:
        rng = np.random.default_rng(7)
        for _ in range(60):
            found, true = (np.sort(rng.uniform(0, 3, rng.integers(0, 5))) for _ in range(2))
            assert len(differences(found, true, 0.6)) == most_pairs(found, true, 0.6)


def most_pairs(found: np.ndarray, true: np.ndarray, tolerance_s: float) -> int:
    for size in range(min(found.size, true.size), 0, -1):
        for some in combinations(range(found.size), size):
            for others in permutations(range(true.size), size):
                pairs = zip(some, others, strict=True)
                if all(abs(found[i] - true[j]) <= tolerance_s for i, j in pairs):
                    return size
    return 0


class TestComparison:
    @law
    @given(marks())
    def test_a_night_held_against_itself_is_all_right(self, night: Marks) -> None:
        found = compare(night, night, 0.5, None)
        assert not np.any(found.differences_s)
        assert found.matching.f1 == (1.0 if night.marks else None)
        assert all(true == ours for true, ours in found.labels)

    @law
    @given(marks(), marks(), st.sampled_from([-100.0, 30.0, 1e6]))
    def test_a_shift_is_undone(self, one: Marks, other: Marks, shift_s: float) -> None:
        plain = compare(one, other, 0.5, 0.0)
        shifted = compare(one, other.shifted(-shift_s), 0.5, shift_s)
        assert plain.matching == shifted.matching
        np.testing.assert_allclose(plain.differences_s, shifted.differences_s, atol=1e-8)

    @law
    @given(marks(), marks())
    def test_what_only_one_of_both_looked_at_is_left_out(self, one: Marks, other: Marks) -> None:
        narrow = replace(other, span_s=(10.0, 40.0))
        found = compare(replace(one, span_s=(0.0, 30.0)), narrow, 0.5, None)
        assert found.span_s == (10.0, 30.0)
        assert all(10 <= m.onset_s < 30 for m in (*found.found, *found.true))
        kept = [m for m in one.marks if 10 <= m.onset_s < 30]
        assert list(found.found) == kept

    @law
    @given(marks(), marks())
    def test_every_amplitude_that_is_known_counts(self, one: Marks, other: Marks) -> None:
        found = compare(one, other, 0.5, 0.0)
        side, rows = by_peak([found])
        of = {"true": other.marks, "found": one.marks, "": ()}[side]
        known = [m for m in of if m.peak_g is not None]
        assert sum(row.count for row in rows) == len(known)
        assert all(0 <= row.matched <= row.count for row in rows)

    @law
    @given(st.lists(st.tuples(marks(), marks()), min_size=1, max_size=4))
    def test_all_nights_are_the_sum_of_each(self, pairs: list[tuple[Marks, Marks]]) -> None:
        nights = [compare(one, other, 0.5, 0.0) for one, other in pairs]
        hits, met = pooled(nights)
        assert hits.hits == sum(len(one.matching.pairs) for one in nights)
        assert sum(met.values()) == hits.found + hits.true - hits.hits

    def test_two_clocks_without_a_common_time_are_refused(self) -> None:
        one = Marks("result", (Mark(10.0, "a"), Mark(20.0, "a")), NO_INDEX)
        other = one.shifted(1.7e9)
        with pytest.raises(AnnotationError, match=r"say with --shift how many"):
            compare(one, replace(other, name="truth"), 0.5, None)

    def test_clocks_shift_the_truth(self) -> None:
        start = datetime(2026, 3, 2, 22, 0)
        one = Marks("result", (Mark(100.0, "a"),), NO_INDEX, start=start)
        other = Marks("truth", (Mark(40.0, "a"),), NO_INDEX, start=start.replace(minute=1))
        assert compare(one, other, 0.5, None).shift_s == 60.0
        assert compare(one, other, 0.5, None).matching.f1 == 1.0
        assert compare(one, other, 0.5, 59.8).differences_s == pytest.approx([0.2])
        with pytest.raises(AnnotationError, match="if they are of one night, say with --shift"):
            compare(one, replace(other, start=start.replace(day=9)), 0.5, None)

    def test_found_where_something_else_moved_is_told(self) -> None:
        one = Marks("result", (Mark(10.0, "a"), Mark(50.0, "a"), Mark(90.0, "a")), NO_INDEX)
        stretches = (("tremor", 45.0, 60.0), ("turn", 9.0, 12.0))
        other = Marks("truth", (Mark(10.0, "a"),), NO_INDEX, stretches=stretches)
        assert compare(one, other, 0.5, None).within == {"tremor": 1}


class TestAgreement:
    # peak flow in l/min by two meters, Bland and Altman, Lancet 1986
    LARGE = (494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
    MINI = (512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)

    def test_the_published_example(self) -> None:
        found = agreement(["x"] * 17, self.LARGE, self.MINI)
        assert found is not None
        assert found.bias == pytest.approx(-2.1, abs=0.05)
        assert found.sd == pytest.approx(38.8, abs=0.05)
        assert found.bias_interval == pytest.approx((-22.0, 17.8), abs=0.1)
        assert found.upper == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.1)

    @law
    @given(st.lists(st.floats(-50, 50), min_size=2, max_size=12), st.floats(-30, 30))
    def test_a_constant_moves_the_bias_and_nothing_else(
        self, values: list[float], constant: float
    ) -> None:
        names, zero = ["x"] * len(values), np.zeros(len(values))
        one = agreement(names, values, zero)
        other = agreement(names, np.array(values) + constant, zero)
        assert one is not None
        assert other is not None
        assert other.sd == pytest.approx(one.sd, abs=1e-9)
        assert other.bias == pytest.approx(one.bias + constant, abs=1e-9)
        assert other.upper - other.bias == pytest.approx(one.upper - one.bias, abs=1e-6)
        swapped = agreement(names, zero, values)
        assert swapped is not None
        assert swapped.lower_interval == pytest.approx(
            tuple(-v for v in reversed(one.upper_interval)), abs=1e-6
        )

    @law
    @given(st.lists(st.floats(-50, 50), min_size=2, max_size=12))
    def test_the_intervals_hold_their_line(self, values: list[float]) -> None:
        found = agreement(["x"] * len(values), values, np.zeros(len(values)))
        assert found is not None
        for value, (low, high) in (
            (found.bias, found.bias_interval),
            (found.lower, found.lower_interval),
            (found.upper, found.upper_interval),
        ):
            assert low - 1e-9 <= value <= high + 1e-9

    @pytest.mark.parametrize("n", [2, 4, 12])
    def test_each_end_of_an_interval_misses_as_often_as_it_says(self, n: int) -> None:
        # what an interval adds to the bias, in SD, depends on n alone
        rng = np.random.default_rng(n)
        found = agreement(["x"] * n, rng.normal(0, 1, n), np.zeros(n))
        assert found is not None
        runs = 200_000
        draws = rng.normal(0.0, 1.0, (runs, n))
        means, sds = draws.mean(axis=1), draws.std(axis=1, ddof=1)
        for true, (low, high) in (
            (0.0, found.bias_interval),
            (-1.959964, found.lower_interval),
            (1.959964, found.upper_interval),
        ):
            below = np.mean(means + sds * (high - found.bias) / found.sd < true)
            above = np.mean(means + sds * (low - found.bias) / found.sd > true)
            # five standard errors
            assert [below, above] == pytest.approx([0.025, 0.025], abs=0.0018)

    def test_one_night_has_no_limits(self) -> None:
        assert agreement([], [], []) is None
        assert agreement(["x"], [1.0], [2.0]) is None

    @law
    @given(st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90)), min_size=2, max_size=9))
    def test_every_night_is_drawn(self, values: list[tuple[float, float]]) -> None:
        found = agreement(
            [f"night <{k}>" for k in range(len(values))],
            [one for one, _ in values],
            [other for _, other in values],
        )
        assert found is not None
        drawing = ElementTree.fromstring(bland_altman_svg({"index & count": found}))
        space = "{http://www.w3.org/2000/svg}"
        points = drawing.findall(f".//{space}circle")
        assert len(points) == len(values)
        for point in points:
            assert 70 <= float(point.attrib["cx"]) <= 610
            assert 44 <= float(point.attrib["cy"]) <= 308


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Return the truth of the sample night at the ankle, alone in a folder."""
    return Path(shutil.copy(SAMPLES / "ankle_night.truth.csv", tmp_path / "ankle.truth.csv"))


class TestReading:
    def test_labels_go_before_legs(self, truth: Path) -> None:
        found = read_truth(truth, Criteria())
        rows = read_annotations(truth)
        assert [m.label for m in found.marks] == [row.value for row in rows.of("movement")]
        assert found.span_s == (0.0, 27_000.0)
        assert found.index.sleep_h == pytest.approx(6.69, abs=0.01)
        assert found.index.value is not None
        assert found.index.count == round(found.index.value * (found.index.sleep_h or 0))

    def test_legs_are_scored(self, truth: Path) -> None:
        found = read_truth(truth, Criteria(), "limb_movement")
        assert {m.label for m in found.marks} == {"periodic_limb_movement", "isolated_movement"}
        assert all(m.peak_g is not None for m in found.marks)
        one = read_truth(truth, Criteria())
        assert (found.index.value or 0) > (one.index.value or 0), "two legs move more than one"

    def test_a_night_without_stages_has_no_index(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        write_annotations(path, [Annotation("movement", "", 1.0, 2.0)])
        found = read_truth(path, Criteria())
        assert found.index == PeriodicIndex(None, None, None, "no stage is scored")
        assert found.span_s is None
        assert [m.label for m in found.marks] == ["unlabelled"]
        with pytest.raises(AnnotationError, match="holds no row of kind limb_movement"):
            read_truth(path, Criteria(), "limb_movement")


@pytest.fixture(scope="module")
def folders(
    ankle_night: SimulatedNight, ankle_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with `results` and `truths` of one simulated night under two names."""
    root = tmp_path_factory.mktemp("evaluation")
    (root / "truths").mkdir()
    for name in ("one", "two"):
        write_results(ankle_analysis, root / "results" / f"{name}.night", "")
        write_truth(ankle_night, root / "truths" / f"{name}.truth.csv")
    return root


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def told(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def assert_refused(result: Result, status: int, said: str) -> None:
    assert result.exit_code == status, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("detector: ")
    assert said in result.stderr


class TestCommand:
    @pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
    @pytest.mark.parametrize("kind", ["movement", "limb_movement"])
    def test_a_sample_truth_against_itself_is_all_right(self, path: Path, kind: str) -> None:
        (night,) = told(path, path, "--kind", kind)["nights"]
        assert night["recall"] == night["precision"] == night["f1"] == 1.0
        assert night["onset_bias_s"] == night["onset_sd_s"] == 0.0
        assert night["index"]["error"] == 0.0
        assert {row["true"] == row["found"] for row in night["confusion"]} == {True}
        assert all(row["recall"] == 1.0 for row in night["by_peak"]["rows"])

    def test_what_was_taken_out_of_a_sample_truth_is_missed(
        self, truth: Path, tmp_path: Path
    ) -> None:
        rows = read_annotations(truth).rows
        weak = [r for r in rows if r.kind == "movement" and (r.peak_g or 0) < 0.02]
        result = tmp_path / "result.csv"
        kept = [replace(r, onset_s=r.onset_s + 0.1) for r in rows if r not in weak]
        write_annotations(result, kept)
        (night,) = told(result, truth)["nights"]
        assert night["true"] - night["found"] == len(weak) == -night["count_error"] > 0
        assert night["precision"] == 1.0
        assert night["recall"] == round(1 - len(weak) / night["true"], 4)
        assert (night["onset_bias_s"], night["onset_sd_s"]) == (0.1, 0.0)
        shares = {row["low_g"]: row["recall"] for row in night["by_peak"]["rows"]}
        assert shares[0.01] == 0.0
        assert set(shares.values()) == {0.0, 1.0}

    def test_a_run_against_the_truth_of_its_night(self, folders: Path) -> None:
        result = folders / "results" / "one.night"
        found = told(result, folders / "truths" / "one.truth.csv", "--tolerance", "1")
        (night,) = found["nights"]
        assert night["f1"] > 0.7
        assert abs(night["onset_bias_s"]) < 0.5
        assert night["index"]["found"]["withheld"].endswith("an index needs 3 h")
        assert night["index"]["error"] is None
        assert found["agreement"]["periodic_limb_movement_per_h"] is None
        read = read_result(result, Criteria())
        assert night["found"] == len(read.marks)

    def test_folders_are_matched_by_name(self, folders: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        results, truths = folders / "results", folders / "truths"
        found = told(results, truths, "--output", out)
        assert [night["result"] for night in found["nights"]] == ["one", "two"]
        assert found["all_nights"]["true"] == 2 * found["nights"][0]["true"]
        assert found["agreement"]["movement"]["nights"] == 2
        assert found["agreement"]["movement"]["sd"] == 0.0
        names = ["bland_altman.svg", "evaluation.csv", "evaluation.json", "matches.csv"]
        assert sorted(path.name for path in out.iterdir()) == names
        table = list(csv.DictReader(io.StringIO((out / "evaluation.csv").read_text())))
        assert [row["f1"] for row in table] == [str(n["f1"]) for n in found["nights"]]
        matches = list(csv.DictReader(io.StringIO((out / "matches.csv").read_text())))
        assert sum(bool(row["true_onset_s"]) for row in matches) == found["all_nights"]["true"]
        assert sum(bool(row["found_onset_s"]) for row in matches) == found["all_nights"]["found"]
        assert json.loads((out / "evaluation.json").read_text())["nights"] == found["nights"]

    def test_the_glossary_names_every_column_and_key(self, folders: Path) -> None:
        page = (SAMPLES.parent / "GLOSSARY.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([\w.-]+)`", page.split("## detector evaluate")[1]))
        found = told(folders / "results", folders / "truths")
        night = found["nights"][0]
        parts = [found, night, found["all_nights"], night["index"], night["index"]["true"]]
        parts += [night["by_peak"], *night["by_peak"]["rows"], *night["labels"].values()]
        parts += [*night["confusion"], found["agreement"], found["agreement"]["movement"]]
        parts += [found["all_nights"]["over_nights"]["f1"]]
        keys = {*NIGHT_COLUMNS, *MATCH_COLUMNS, *(key for part in parts for key in part)}
        assert keys - named == set()

    def test_it_prints_a_table_for_people(self, folders: Path) -> None:
        result = run(folders / "results", folders / "truths")
        assert result.exit_code == 0, result.output
        for said in ("2 nights, onsets within 0.5 s", "median", "worst", "limits of agreement"):
            assert said in result.stdout
        assert max(len(line) for line in result.stdout.splitlines()) <= 80

    def test_a_result_without_a_truth_is_said_and_the_others_are_done(
        self, folders: Path, tmp_path: Path
    ) -> None:
        truths = tmp_path / "truths"
        truths.mkdir()
        shutil.copy(folders / "truths" / "one.truth.csv", truths)
        shutil.copy(folders / "truths" / "one.truth.csv", truths / "three.truth.csv")
        result = run(folders / "results", truths, "--json")
        assert_refused(result, 1, "two: there is no truth of that name; call it two.truth.csv")
        found = json.loads(result.stdout)
        assert [night["result"] for night in found["nights"]] == ["one"]
        assert found["without_result"] == ["three.truth.csv"]

    def test_a_plot_of_older_nights_does_not_stay(self, folders: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert run(folders / "results", folders / "truths", "-o", out).exit_code == 0
        truth = folders / "truths" / "one.truth.csv"
        assert run(folders / "results" / "one.night", truth, "-o", out).exit_code == 0
        assert not (out / "bland_altman.svg").exists()

    def test_another_persons_file_is_left(self, truth: Path, tmp_path: Path) -> None:
        (tmp_path / "evaluation.csv").write_text("mine\n")
        assert_refused(run(truth, truth, "-o", tmp_path), 2, "was not written by evaluate")
        assert (tmp_path / "evaluation.csv").read_text() == "mine\n"

    def test_wrong_use(self, folders: Path, truth: Path, tmp_path: Path) -> None:
        assert_refused(run(truth, tmp_path / "gone.csv"), 2, "is not there")
        assert_refused(run(folders / "results", truth), 2, "is a folder of results")
        assert_refused(run(truth, folders / "truths"), 2, "is one result")
        (tmp_path / "empty").mkdir()
        assert_refused(run(tmp_path / "empty", folders / "truths"), 2, "and no annotations")

    def test_a_damaged_result_is_refused(self, folders: Path, tmp_path: Path) -> None:
        truth = folders / "truths" / "one.truth.csv"
        for name, text, said in (
            ("summary.json", "{", "one.night/summary.json: is damaged"),
            ("summary.json", "{}", "lacks 'recording'"),
            ("movements.csv", "onset_s\n1\n", "lacks 'excluded_as'"),
        ):
            folder = tmp_path / "one.night"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(folders / "results" / "one.night", folder)
            (folder / name).write_text(text)
            assert_refused(run(folder, truth), 1, said)
        (folder / "movements.csv").unlink()
        assert_refused(run(folder, truth), 1, "movements.csv cannot be read (No such file")

    def test_edf_counts_from_its_own_start(self, folders: Path, tmp_path: Path) -> None:
        pytest.importorskip("edfio", reason="EDF+ takes the extra edf")
        result = folders / "results" / "one.night"
        start = json.loads((result / "summary.json").read_text())["recording"]["start"]
        rows = read_annotations(folders / "truths" / "one.truth.csv").rows
        edf = tmp_path / "psg.edf"
        first = datetime.fromisoformat(start)
        earlier = [replace(row, onset_s=row.onset_s + 5.0) for row in rows]
        write_annotations(edf, earlier, first - timedelta(seconds=5))
        plain = told(result, folders / "truths" / "one.truth.csv")["nights"][0]
        moved = told(result, edf)["nights"][0]
        assert moved["shift_s"] == -5.0
        assert (moved["true"], moved["found"], moved["f1"]) == (
            plain["true"],
            plain["found"],
            plain["f1"],
        )
