"""Scoring of leg movements: laws, the reference nights to the row, figures by hand, the command."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.annotations import Annotation, AnnotationError, in_order, write_annotations
from detector.cli import main
from detector.criteria import AASM, WASM, SeriesCriteria, SummaryCriteria
from detector.scoring import ScoredNight, figures, interval_statistics, score_night
from detector.scoring.document import COLUMNS, rows
from detector.scoring.indices import NO_STAGES, asleep_intervals, counts, series_intervals

VECTORS = Path(__file__).parents[2] / "shared" / "scoring_vectors"
beside = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the scoring vectors are not beside this checkout"
)
NO_NEW_SERIES = replace(WASM, series_after_short_interval=False)
RULES = st.sampled_from([WASM, AASM, NO_NEW_SERIES])
law = settings(max_examples=80, deadline=None)
HOURS = SummaryCriteria(min_sleep_h=1e-3, min_movement_per_h=1e-3)


def row(kind: str, value: str, onset_s: float, duration_s: float) -> Annotation:
    return Annotation(kind, value, onset_s, duration_s)


# tenths of a second, so that bounds are met exactly and often
steps = st.lists(
    st.sampled_from([3, 5, 14, 49, 50, 99, 100, 101, 200, 300, 899, 900, 901]), max_size=14
)
lengths = st.sampled_from([3, 5, 20, 20, 20, 99, 100, 101, 150])
sides = st.sampled_from(["left", "right"])


@st.composite
def legs(draw: st.DrawFn) -> list[Annotation]:
    onsets = np.cumsum([100, *draw(steps)]).tolist()
    return [row("limb_movement", draw(sides), onset / 10, draw(lengths) / 10) for onset in onsets]


@st.composite
def nights(draw: st.DrawFn) -> list[Annotation]:
    """Some leg movements in some stages, with some breathing events, arousals and gaps."""
    found = draw(legs())
    ends = np.cumsum([0, *draw(st.lists(st.sampled_from([30, 60, 300]), max_size=8))]).tolist()
    for start, stop in pairwise(ends):
        stage = draw(st.sampled_from(["W", "N1", "N2", "R", "sleep"]))
        found.append(row("stage", stage, start, stop - start))
    for kind in ("respiratory_event", "arousal", "gap"):
        for at in draw(st.lists(st.integers(0, 6000), max_size=2)):
            found.append(row(kind, "", at / 10, draw(st.sampled_from([0.5, 3.0, 20.0]))))
    return found


def scored(annotations: list[Annotation], criteria: SeriesCriteria = WASM) -> ScoredNight:
    return score_night(in_order("night", annotations), criteria)


def told(night: ScoredNight) -> list[tuple[Any, ...]]:
    """Return the rows without their times."""
    places = [COLUMNS.index(name) for name in ("onset_s", "offset_s", "duration_s")]
    return [tuple(v for k, v in enumerate(one) if k not in places) for one in rows(night)]


def assert_same(one: ScoredNight, other: ScoredNight) -> None:
    assert told(one) == told(other)
    assert counts(one) == counts(other)
    for name, figure in figures(one, HOURS).items():
        same = figures(other, HOURS)[name]
        assert (figure.count, figure.withheld) == (same.count, same.withheld), name
        assert figure.value == (None if same.value is None else pytest.approx(same.value)), name
    for intervals in (asleep_intervals, series_intervals):
        np.testing.assert_allclose(intervals(one), intervals(other), atol=1e-5)


class TestLaws:
    @law
    @given(nights(), RULES, st.sampled_from([-5000.0, 0.1, 86_400.0, 1_772_487_667.25]))
    def test_a_later_clock_changes_nothing(
        self, night: list[Annotation], rules: SeriesCriteria, shift_s: float
    ) -> None:
        later = [replace(one, onset_s=one.onset_s + shift_s) for one in night]
        assert_same(scored(night, rules), scored(later, rules))
        np.testing.assert_allclose(
            [m.movement.onset_s for m in scored(later, rules).movements],
            [m.movement.onset_s + shift_s for m in scored(night, rules).movements],
        )

    @law
    @given(nights(), RULES, st.randoms())
    def test_the_order_of_rows_is_of_no_account(
        self, night: list[Annotation], rules: SeriesCriteria, random: Any
    ) -> None:
        mixed = list(night)
        random.shuffle(mixed)
        assert list(rows(scored(mixed, rules))) == list(rows(scored(night, rules)))

    @law
    @given(nights(), RULES, st.sampled_from([1, 2, 30]))
    def test_bouts_and_epochs_give_the_same(
        self, night: list[Annotation], rules: SeriesCriteria, parts: int
    ) -> None:
        epochs = [one for one in night if one.kind != "stage"]
        for one in night:
            size = one.duration_s / parts
            if one.kind == "stage":
                epochs += [
                    row("stage", one.value, one.onset_s + k * size, size) for k in range(parts)
                ]
        assert_same(scored(night, rules), scored(epochs, rules))

    @law
    @given(nights(), st.data())
    def test_a_movement_in_two_pieces_less_than_half_a_second_apart_is_one(
        self, night: list[Annotation], data: st.DataObject
    ) -> None:
        whole = [k for k, one in enumerate(night) if one.kind == "limb_movement"]
        k = data.draw(st.sampled_from(whole))
        one = night[k]
        first_s = data.draw(st.floats(0.05, 0.4)) * one.duration_s
        hole_s = min(0.4, 0.3 * one.duration_s)
        rest = one.duration_s - first_s - hole_s
        pieces = [
            replace(one, duration_s=first_s),
            replace(one, onset_s=one.onset_s + first_s + hole_s, duration_s=rest),
        ]
        assert_same(scored(night), scored([*night[:k], *night[k + 1 :], *pieces]))

    @law
    @given(nights(), RULES)
    def test_the_legs_may_change_places(
        self, night: list[Annotation], rules: SeriesCriteria
    ) -> None:
        other = {"left": "right", "right": "left"}
        mirrored = scored([replace(o, value=other.get(o.value, o.value)) for o in night], rules)
        plain = scored(night, rules)
        assert [one[1:] for one in rows(mirrored)] == [one[1:] for one in rows(plain)]
        assert [other.get(m.movement.side, m.movement.side) for m in mirrored.movements] == [
            m.movement.side for m in plain.movements
        ]

    @law
    @given(nights(), RULES)
    def test_a_candidate_is_periodic_isolated_or_after_a_short_interval(
        self, night: list[Annotation], rules: SeriesCriteria
    ) -> None:
        for one in scored(night, rules).movements:
            sorts = (one.periodic, one.isolated, one.short_interval)
            assert sum(sorts) == one.movement.candidate

    @law
    @given(nights(), RULES)
    def test_the_states_make_up_the_whole(
        self, night: list[Annotation], rules: SeriesCriteria
    ) -> None:
        found = scored(night, rules)
        total = counts(found)["limb_movement"]
        assert sum(count or 0 for count in total.values()) == len(found.movements)
        periodic = sum(count or 0 for count in counts(found)["periodic"].values())
        assert periodic == sum(len(one.members) for one in found.series)

    @law
    @given(nights(), RULES)
    def test_without_breathing_events_both_counts_are_one(
        self, night: list[Annotation], rules: SeriesCriteria
    ) -> None:
        calm = [one for one in night if one.kind != "respiratory_event"]
        for one in scored(calm, rules).movements:
            assert not one.respiratory
            assert one.periodic_without_respiratory is one.periodic

    @law
    @given(nights())
    def test_the_aasm_scores_asleep_and_apart_from_breathing(self, night: list[Annotation]) -> None:
        found = scored(night, AASM)
        for one in found.movements:
            if one.periodic:
                assert one.movement.candidate
                assert not one.respiratory
                assert one.state == "sleep" or not found.has_stages

    @law
    @given(nights(), RULES)
    def test_the_histogram_counts_every_interval(
        self, night: list[Annotation], rules: SeriesCriteria
    ) -> None:
        intervals = asleep_intervals(scored(night, rules))
        found = interval_statistics(intervals)
        assert sum(found.histogram) + found.above == found.count == np.isfinite(intervals).sum()
        assert sum(found.ln_histogram) == found.count
        assert len(found.histogram) == 45

    @pytest.mark.parametrize("rules", [WASM, AASM])
    def test_no_movement_is_ordinary(self, rules: SeriesCriteria) -> None:
        for stages in ([], [row("stage", "N2", 0, 14_400)]):
            found = scored(stages, rules)
            assert found.movements == ()
            index = figures(found, SummaryCriteria())["periodic_limb_movement_per_h"]
            assert index.value == (0.0 if stages else None)
            shares = figures(found, SummaryCriteria())["periodicity_intervals"]
            assert shares.value is None
            assert interval_statistics(asleep_intervals(found)).count == 0


def table(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@beside
@pytest.mark.parametrize("number", range(30))
def test_a_reference_night_to_every_row_and_column(number: int, tmp_path: Path) -> None:
    written = tmp_path / "rows.csv"
    result = run(VECTORS / f"night{number:02d}.csv", "--output", written)
    assert result.exit_code == 0, result.output
    with written.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    expected = table(f"night{number:02d}.expected.csv")
    assert len(found) == len(expected) > 0
    assert set(found[0]) == set(expected[0])
    for name in expected[0]:
        ours, theirs = [one[name] for one in found], [one[name] for one in expected]
        if name in ("side", "stage"):
            assert ours == theirs, name
        else:
            np.testing.assert_allclose(numbers(ours), numbers(theirs), atol=1e-6, err_msg=name)


def numbers(cells: list[str]) -> np.ndarray:
    return np.array([float(cell) if cell else np.nan for cell in cells])


def test_the_vectors_are_all_there_or_none() -> None:
    assert len(list(VECTORS.glob("night??.csv"))) in (0, 30)


def even(count: int, first_s: float = 100.0, step_s: float = 20.0) -> list[Annotation]:
    return [row("limb_movement", "left", first_s + k * step_s, 2.0) for k in range(count)]


ASLEEP = [row("stage", "N2", 0, 4 * 3600)]


class TestFigures:
    def test_each_index_has_its_denominator(self) -> None:
        # 50 in 4 h asleep, then 8 in half an hour awake: one series, since waking ends none
        awake = [row("stage", "W", 14_400, 1800)]
        found = scored([*ASLEEP, *awake, *even(50, 13_410), *even(8, 14_410)])
        index = figures(found, SummaryCriteria())
        asleep = index["periodic_limb_movement_per_h"]
        assert (asleep.value, asleep.count, asleep.denominator) == (12.5, 50, 4.0)
        waking = index["periodic_limb_movement_awake_per_h"]
        assert (waking.value, waking.count, waking.denominator) == (16.0, 8, 0.5)
        assert len(found.series) == 1
        intervals = index["periodicity_intervals"]
        assert (intervals.value, intervals.count, intervals.denominator) == (1.0, 49, 49)

    def test_without_stages_nothing_is_counted_by_the_hour(self) -> None:
        index = figures(scored(even(60)), SummaryCriteria())
        for figure in index.values():
            assert (figure.value, figure.count, figure.denominator) == (None, None, None)
            assert figure.withheld == NO_STAGES
        assert counts(scored(even(60)))["periodic"] == {
            "sleep": None,
            "wake": None,
            "unscored": 60,
        }

    def test_a_short_sleep_gives_no_index_but_its_counts(self) -> None:
        index = figures(scored([row("stage", "N2", 0, 7200), *even(60)]), SummaryCriteria())
        asleep = index["periodic_limb_movement_per_h"]
        assert (asleep.value, asleep.count, asleep.denominator) == (None, 60, 2.0)
        assert asleep.withheld == "2.0 h of sleep; an index needs 3 h"

    def test_periodicity_means_nothing_where_little_moves(self) -> None:
        index = figures(scored([*ASLEEP, *even(39)]), SummaryCriteria())
        assert index["periodic_limb_movement_per_h"].value == 9.75
        assert index["periodicity_share"].withheld == (
            "9.8 movements an hour; it means nothing below 10"
        )

    def test_time_without_a_recording_leaves_the_hours(self) -> None:
        gaps = [row("gap", "", 3600, 1800), row("off_body", "", 5000, 2200)]
        index = figures(scored([*ASLEEP, *gaps, *even(30)]), SummaryCriteria())
        assert index["periodic_limb_movement_per_h"].denominator == 3.0

    @pytest.mark.parametrize(("gap_s", "series"), [(12.0, 1), (12.1, 2)])
    def test_a_longer_gap_ends_a_series(self, gap_s: float, series: int) -> None:
        found = scored([*ASLEEP, *even(8), row("gap", "", 165, gap_s)])
        assert len(found.series) == series
        assert np.isnan(asleep_intervals(found)).sum() == series - 1

    def test_an_interval_across_waking_is_none_and_a_series_is_one(self) -> None:
        # eight 20 s apart; from 170 to 178 s the person is awake, and nothing moves
        stages = [row("stage", "N2", 0, 170), row("stage", "W", 170, 8)]
        found = scored([*stages, row("stage", "N2", 178, 14_400), *even(8)])
        assert len(found.series) == 1
        assert np.isnan(asleep_intervals(found)).tolist() == [k == 3 for k in range(7)]

    def test_after_the_last_epoch_is_waking_in_the_row_and_in_no_hour(self) -> None:
        found = scored([row("stage", "N2", 0, 300), *even(20)])
        late = [one for one in found.movements if one.movement.onset_s >= 300]
        assert {(one.stage, one.state) for one in late} == {("W", "unscored")}

    def test_intervals_by_hand(self) -> None:
        # 10 20 40 100 s; ln 2.3026, 2.9957, 3.6889, 4.6052
        found = interval_statistics(np.array([10.0, 20.0, np.nan, 40.0, 100.0]))
        assert (found.count, found.median_s, found.above) == (4, 30.0, 1)
        assert found.histogram[5] == found.histogram[10] == found.histogram[20] == 1
        assert found.ln_first == 2.3
        assert [k for k, n in enumerate(found.ln_histogram) if n] == [0, 6, 13, 23]
        assert found.ln_mean == pytest.approx(3.3981, abs=1e-4)
        assert found.geometric_mean_s == pytest.approx(29.9070, abs=1e-3)
        assert interval_statistics(np.array([90.0])).histogram[-1] == 1
        assert interval_statistics(np.array([90.0])).ln_sd is None

    def test_a_short_interval_belongs_to_the_later_movement(self) -> None:
        # two 5 s apart, and one alone: both ends of the short interval are in no series
        found = scored([*ASLEEP, *even(2, 100, 5), *even(1, 1000)])
        assert [one.isolated for one in found.movements] == [True, False, True]
        assert [one.short_interval for one in found.movements] == [False, True, False]

    def test_a_list_of_labels_is_no_list_of_legs(self) -> None:
        with pytest.raises(AnnotationError, match=r"night: holds 1 rows of kind movement"):
            scored([row("movement", "isolated_movement", 1, 2)])


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


@pytest.fixture
def night(tmp_path: Path) -> Path:
    path = tmp_path / "emg.csv"
    write_annotations(path, [*ASLEEP, *even(50), row("arousal", "", 101, 3)])
    return path


def assert_refused(result: Result, status: int, said: str) -> None:
    assert result.exit_code == status, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("detector: ")
    assert said in result.stderr
    assert result.stdout == ""


class TestCommand:
    def test_it_prints_a_table_for_people(self, night: Path) -> None:
        result = run(night)
        assert result.exit_code == 0, result.output
        assert "emg.csv: 1 periodic series by wasm-2016" in result.stdout
        assert "50 in 4.0 h of sleep" in result.stdout
        assert max(len(line) for line in result.stdout.splitlines()) <= 80
        assert list(night.parent.iterdir()) == [night]

    def test_json_and_nothing_else(self, night: Path) -> None:
        result = run(night, "--json", "--rules", "aasm")
        found = json.loads(result.stdout)
        assert found["schema"] == "night-movement-detector/score/1"
        assert found["criteria"]["rules"] == "aasm"
        assert found["indices"]["periodic_limb_movement_per_h"]["value"] == 12.5
        assert found["intervals"]["in_series"]["count"] == 49
        assert [set(one) for one in found["movements"]] == [set(COLUMNS)] * 50
        assert found["series"] == {"count": 1, "members_median": 50, "ended_by": ["end"]}

    def test_the_glossary_names_every_column_and_key(self, night: Path) -> None:
        page = (Path(__file__).parents[1] / "GLOSSARY.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([\w.-]+)`", page.split("## detector score")[1]))
        found = json.loads(run(night, "--json").stdout)
        parts = [found[name] for name in ("counts", "indices", "series", "hours", "intervals")]
        keys = {*found, *COLUMNS, *(key for part in parts for key in part)}
        keys |= {
            key for part in parts for one in part.values() if isinstance(one, dict) for key in one
        }
        assert keys - named == set()

    def test_the_rows_replace_older_rows_and_nothing_else(self, night: Path) -> None:
        rows_file = night.with_name("rows.csv")
        for _ in range(2):
            assert run(night, "-o", rows_file).exit_code == 0
        assert rows_file.read_text().startswith("side,onset_s,duration_s,offset_s,candidate")
        assert_refused(run(night, "-o", night), 2, "the rows would replace")
        mine = night.with_name("mine.csv")
        mine.write_text("my own table\n")
        assert_refused(run(night, "-o", mine), 2, "was not written by score")
        assert mine.read_text() == "my own table\n"
        assert_refused(run(night, "-o", night.parent / "gone" / "x.csv"), 2, "is no folder")

    def test_an_option_for_what_follows_a_short_interval(self, tmp_path: Path) -> None:
        path = tmp_path / "emg.csv"
        write_annotations(path, [*even(1, 95), *even(4)])
        assert "1 periodic series" in run(path).stdout
        assert "0 periodic series" in run(path, "--no-series-after-short-interval").stdout
        both = run(path, "--no-series-after-short-interval", "--rules", "aasm")
        assert_refused(both, 2, "is for WASM")

    def test_own_thresholds(self, night: Path) -> None:
        mine = night.with_name("mine.toml")
        mine.write_text("[series]\nmax_interval_s = 19.0\n")
        assert "0 periodic series" in run(night, "--criteria", mine).stdout
        mine.write_text("[series]\nmax_gap = 19.0\n")
        assert_refused(run(night, "--criteria", mine), 2, "has no max_gap")

    def test_what_cannot_be_read(self, night: Path) -> None:
        assert_refused(run(night.with_name("gone.csv")), 1, "gone.csv: cannot be read")
        night.write_text("kind,value,onset_s,duration_s\nstage,N2,0,30\nleg,left,1,2\n")
        rows_file = night.with_name("rows.csv")
        assert_refused(run(night, "-o", rows_file), 1, "emg.csv: row 3: kind 'leg' is not known")
        assert not rows_file.exists()
        night.write_text("kind,value,onset_s,duration_s\nstage,N2,0,30\nstage,W,10,30\n")
        assert_refused(run(night), 1, "give each moment one stage")

    def test_a_list_without_stages_says_what_it_lacks(self, tmp_path: Path) -> None:
        path = tmp_path / "emg.csv"
        write_annotations(path, even(50))
        assert "nothing can be counted by the hour" in run(path).stdout
        index = json.loads(run(path, "--json").stdout)["indices"]["periodic_limb_movement_per_h"]
        assert (index["value"], index["withheld"]) == (None, NO_STAGES)

    def test_edf_is_scored_as_csv_is(self, night: Path) -> None:
        pytest.importorskip("edfio", reason="EDF+ takes the extra edf")
        edf = night.with_name("emg.edf")
        write_annotations(edf, [*ASLEEP, *even(50), row("arousal", "", 101, 3)])
        one, other = (json.loads(run(path, "--json").stdout) for path in (night, edf))
        assert one["movements"] == other["movements"]
        assert one["indices"] == other["indices"]
