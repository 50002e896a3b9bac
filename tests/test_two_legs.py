"""Two sensors, one on each leg: clocks put together, movements combined, counted apart."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detector import two_legs
from detector.annotations import Annotation, Annotations
from detector.classification import Label
from detector.cli import main
from detector.criteria import default_criteria
from detector.errors import RecordingError
from detector.export import summary, to_json
from detector.pipeline import Analysis, analyze, reanalyze
from detector.recording import Placement, Recording, Side, from_arrays
from detector.report.page import page_html
from detector.simulation import Exporter, NightPlan, SimulatedNight, simulate_night, write_night
from detector.two_clocks import Alignment, align_onsets, find_peak
from detector.two_legs import analyze_legs, reanalyze_legs

SWAPPED = {"left": "right", "right": "left", "bilateral": "bilateral"}
SCHEMA = Path(__file__).parents[1] / "docs" / "summary.schema.json"


def simulated(side: Side, seed: int = 3, hours: float = 3.0) -> SimulatedNight:
    plan = NightPlan(side=side)
    return simulate_night(
        seed=seed, placement=Placement.ANKLE, hours=hours, hz=25.0, plm_per_h=30.0, plan=plan
    )


@pytest.fixture(scope="module")
def left() -> SimulatedNight:
    return simulated(Side.LEFT)


@pytest.fixture(scope="module")
def right() -> SimulatedNight:
    return simulated(Side.RIGHT)


@pytest.fixture(scope="module")
def stranger() -> SimulatedNight:
    """Another sleeper's night."""
    return simulated(Side.RIGHT, seed=9)


@pytest.fixture(scope="module")
def both(left: SimulatedNight, right: SimulatedNight) -> Analysis:
    return analyze_legs(left.recording(), right.recording())


def without_clock(night: SimulatedNight) -> Recording:
    return replace(night.recording(), start=None)


def rows(analysis: Analysis) -> list[tuple[Any, ...]]:
    """Return what stands in a row of movements.csv, times to the ms."""
    return [
        (
            round(m.movement.onset_s, 3),
            round(m.movement.offset_s, 3),
            m.label,
            m.state,
            m.series,
            m.excluded_as,
        )
        for m in analysis.movements
    ]


def sides(analysis: Analysis) -> set[str]:
    return {m.side for m in analysis.movements}


def periodic(analysis: Analysis) -> int:
    return sum(m.label is Label.PERIODIC_LIMB_MOVEMENT for m in analysis.movements)


def onsets(analysis: Analysis, side: str) -> np.ndarray:
    return np.array([m.movement.onset_s for m in analysis.movements if m.side == side])


def codes(analysis: Analysis) -> list[str]:
    return [note.code for note in analysis.nights[0].quality]


class TestCombined:
    @pytest.mark.parametrize("rules", ["wasm", "aasm"])
    def test_one_recording_as_both_legs_is_itself(self, rules: str, left: SimulatedNight) -> None:
        criteria = default_criteria(Placement.ANKLE, rules)
        alone = analyze(left.recording(), criteria=criteria)
        twice = analyze_legs(left.recording(), left.recording(), criteria=criteria)
        assert rows(twice) == rows(alone)
        assert sides(twice) == {"bilateral"}
        assert twice.nights[0].summary.counts == alone.nights[0].summary.counts

    def test_exchanged_legs_exchange_the_sides(
        self, both: Analysis, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        other = analyze_legs(right.recording(), left.recording())
        assert [SWAPPED[m.side] for m in other.movements] == [m.side for m in both.movements]
        assert [r[2:] for r in rows(other)] == [r[2:] for r in rows(both)]
        one, two = both.nights[0], other.nights[0]
        assert one.summary.counts == two.summary.counts
        assert one.legs is not None
        assert two.legs is not None
        assert {SWAPPED[side]: counts for side, counts in two.legs.items()} == one.legs
        for side, swapped in SWAPPED.items():
            np.testing.assert_allclose(onsets(other, swapped), onsets(both, side), atol=0.05)

    def test_a_leg_that_lies_still_changes_no_movement(self, left: SimulatedNight) -> None:
        rng = np.random.default_rng(1)
        breath = 0.01 * np.sin(2 * np.pi * 0.25 * left.t_s)
        still = np.array([0 * breath, breath, 1 + 0 * breath])
        still += rng.normal(0, 0.002, still.shape)
        quiet = from_arrays(left.t_s, still, hz=25.0, start=left.start, placement=Placement.ANKLE)
        found = analyze_legs(left.recording(), quiet)
        alone = analyze(left.recording())
        assert sides(found) == {"left"}
        assert [r[:2] for r in rows(found)] == [r[:2] for r in rows(alone)]
        assert periodic(found) == periodic(alone)
        assert "clocks_unchecked" in codes(found)

    def test_two_legs_see_more_than_either(
        self, both: Analysis, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        alone = [analyze(night.recording()) for night in (left, right)]
        assert periodic(both) > max(map(periodic, alone))
        assert len(both.movements) < sum(len(one.movements) for one in alone)

    def test_counts_apart_make_up_the_counts(self, both: Analysis) -> None:
        (night,) = both.nights
        assert night.legs is not None
        counts = night.summary.counts
        assert sum(one.movement for one in night.legs.values()) == sum(
            count or 0 for count in counts.values()
        )
        assert (
            sum(one.periodic_limb_movement or 0 for one in night.legs.values())
            == (counts[Label.PERIODIC_LIMB_MOVEMENT])
        )

    def test_what_is_bound_to_breathing_is_so_for_both_legs(
        self, both: Analysis, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        onset_s = next(
            m.movement.onset_s
            for m in both.movements
            if m.side == "bilateral" and m.label is Label.PERIODIC_LIMB_MOVEMENT
        )
        event = Annotation("respiratory_event", "apnea", onset_s - 20.0, 20.0)
        found = analyze_legs(
            left.recording(), right.recording(), events=Annotations("events", (event,))
        )
        near = [m for m in found.movements if abs(m.movement.onset_s - onset_s) < 0.01]
        assert [(m.side, str(m.excluded_as)) for m in near] == [("bilateral", "respiratory_train")]

    def test_an_analysis_of_two_legs_is_not_made_again_of_one_signal(self, both: Analysis) -> None:
        with pytest.raises(ValueError, match="both signals"):
            reanalyze(both, both.criteria)


class TestGaps:
    def test_a_gap_of_one_leg_leaves_the_hours_and_ends_series(
        self, both: Analysis, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        hole = (1.5 * 3600, 2.0 * 3600)
        kept = (right.t_s < hole[0]) | (right.t_s >= hole[1])
        torn = from_arrays(
            right.t_s[kept],
            right.acceleration_g[:, kept],
            hz=25.0,
            start=right.start,
            placement=Placement.ANKLE,
        )
        found = analyze_legs(left.recording(), torn)
        lost_h = (
            both.nights[0].summary.hours["recorded"] - found.nights[0].summary.hours["recorded"]
        )
        assert lost_h == pytest.approx(0.5, abs=0.01)
        within = [m for m in found.movements if hole[0] + 1 < m.movement.onset_s < hole[1] - 1]
        assert within, "the left leg still moves"
        assert {m.side for m in within} == {"left"}
        assert {m.state for m in within} == {"unknown"}
        assert any(note.text.startswith("Right leg: ") for note in found.nights[0].quality)
        assert found.signal.gaps == pytest.approx(np.array([hole]), abs=0.2)
        for series in found.series:
            first, last = (found.movements[series.members[k]].movement.onset_s for k in (0, -1))
            assert not first < np.mean(hole) < last

    def test_hours_are_those_that_both_saw(
        self, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        part = right.t_s >= 3600.0
        late = from_arrays(
            right.t_s[part],
            right.acceleration_g[:, part],
            hz=25.0,
            start=right.start + timedelta(hours=1),
            placement=Placement.ANKLE,
        )
        found = analyze_legs(left.recording(), late)
        assert found.nights[0].summary.hours["recorded"] == pytest.approx(2.0, abs=0.01)
        turned = analyze_legs(late, left.recording())
        assert turned.nights[0].summary.hours["recorded"] == pytest.approx(2.0, abs=0.01)
        assert periodic(turned) == periodic(found)

    def test_too_little_in_common_is_refused(
        self, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        away = replace(right.recording(), start=right.start + timedelta(hours=2.8))
        with pytest.raises(RecordingError, match="at least 20 are needed"):
            analyze_legs(left.recording(), away)
        with pytest.raises(RecordingError, match=r"share 0\.0 valid minutes"):
            analyze_legs(away, replace(left.recording(), start=left.start - timedelta(days=3)))


class TestClocks:
    @pytest.mark.parametrize(
        "clocks",
        [(7.3, 0.0, True), (0.0, 200.0, True), (-61.0, -200.0, True), (7.3, 200.0, False)],
        ids=["shift", "drift", "both", "no clock"],
    )
    def test_a_shift_and_a_drift_are_found(
        self,
        clocks: tuple[float, float, bool],
        left: SimulatedNight,
        right: SimulatedNight,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        shift_s, drift_ppm, has_clock = clocks
        told_s = right.t_s * (1 + 1e-6 * drift_ppm)
        moved = from_arrays(
            told_s,
            right.acceleration_g,
            hz=25.0,
            start=right.start + timedelta(seconds=shift_s) if has_clock else None,
            placement=Placement.ANKLE,
        )
        found = analyze_legs(left.recording(), moved)
        assert found.alignment is not None
        assert found.alignment.by == "movements"
        ends = found.alignment.on_left(told_s[[0, -1]])
        np.testing.assert_allclose(ends, right.t_s[[0, -1]], atol=0.3)
        note = next(n for n in found.nights[0].quality if n.code == "clocks_aligned")
        assert f"{found.alignment.shared} movements" in note.text
        assert "ppm" in note.text
        # Other stamps cut the samples into other cells, which alone moves a weak movement
        true = Alignment(0.0, 1e6 * (1 / (1 + 1e-6 * drift_ppm) - 1), 0, "movements")
        monkeypatch.setattr(two_legs, "align_onsets", lambda *_: true)
        expected = analyze_legs(left.recording(), moved)
        assert periodic(found) == pytest.approx(periodic(expected), rel=0.02)
        assert len(found.movements) == pytest.approx(len(expected.movements), rel=0.02)

    def test_a_shift_alone_changes_no_count(
        self, both: Analysis, left: SimulatedNight, right: SimulatedNight
    ) -> None:
        late = replace(right.recording(), start=right.start + timedelta(seconds=7.3))
        found = analyze_legs(left.recording(), late)
        assert [r[2:] for r in rows(found)] == [r[2:] for r in rows(both)]

    def test_unrelated_nights_without_clocks_are_refused(
        self, left: SimulatedNight, stranger: SimulatedNight
    ) -> None:
        with pytest.raises(RecordingError, match="--start"):
            analyze_legs(without_clock(left), without_clock(stranger))
        with pytest.raises(RecordingError, match="--start"):
            analyze_legs(left.recording(), without_clock(stranger))

    def test_a_zone_on_one_clock_alone_is_no_clock_in_common(
        self, left: SimulatedNight, stranger: SimulatedNight
    ) -> None:
        zoned = replace(stranger.recording(), start=stranger.start.replace(tzinfo=UTC))
        with pytest.raises(RecordingError, match="no clock in common"):
            analyze_legs(left.recording(), zoned)

    def test_unrelated_nights_lie_as_their_clocks_say(
        self, left: SimulatedNight, stranger: SimulatedNight
    ) -> None:
        found = analyze_legs(left.recording(), stranger.recording())
        assert found.alignment is not None
        assert (found.alignment.by, found.alignment.offset_s) == ("wall clocks", 0.0)
        assert "clocks_unchecked" in codes(found)

    @settings(max_examples=25, deadline=None)
    @given(
        seed=st.integers(0, 10_000),
        shift_s=st.floats(-7000, 7000),
        drift_ppm=st.floats(-300, 300),
        shared=st.integers(60, 120),
    )
    def test_shared_onsets_are_found_among_others(
        self, seed: int, shift_s: float, drift_ppm: float, shared: int
    ) -> None:
        rng = np.random.default_rng(seed)
        common = rng.uniform(0, 25_000, shared)
        one = np.sort(np.append(common, rng.uniform(0, 25_000, 60)))
        lag = rng.uniform(-0.2, 0.2, shared)
        two = np.sort(np.append(common + lag, rng.uniform(0, 25_000, 60)))
        two = (two - shift_s) / (1 + 1e-6 * drift_ppm)
        found = align_onsets(one, two, None)
        assert found is not None
        ends = two[[0, -1]]
        np.testing.assert_allclose(
            found.on_left(ends), shift_s + ends * (1 + 1e-6 * drift_ppm), atol=0.3
        )
        np.testing.assert_allclose(found.on_right(found.on_left(ends)), ends)

    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 10_000), count=st.integers(0, 300), clock=st.booleans())
    def test_chance_shares_nothing(self, seed: int, count: int, clock: bool) -> None:
        rng = np.random.default_rng(seed)
        one, two = (np.sort(rng.uniform(0, 25_000, count)) for _ in range(2))
        found = align_onsets(one, two, 0.0 if clock else None)
        assert (found.by if found else None) == ("wall clocks" if clock else None)

    def test_a_metronome_tells_no_offset(self) -> None:
        beats = np.arange(0, 25_000, 30.0)
        peak = find_peak(beats, beats + 3.0, None)
        assert peak is not None
        assert peak.count > 100
        assert not peak.clear


class TestRefused:
    def test_placements_that_differ(self, left: SimulatedNight, right: SimulatedNight) -> None:
        wrist = replace(right.recording(), placement=Placement.WRIST)
        with pytest.raises(RecordingError, match="--placement"):
            analyze_legs(left.recording(), wrist)

    def test_a_phone_on_the_mattress(self, left: SimulatedNight) -> None:
        phone = replace(left.recording(), placement=Placement.MATTRESS)
        with pytest.raises(RecordingError, match="no leg apart"):
            analyze_legs(phone, phone)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("legs")
    paths = (folder / "a.csv", folder / "b.csv")
    for path, side in zip(paths, Side, strict=True):
        write_night(simulated(side, seed=4, hours=1.0), path, Exporter.AXIVITY)
    return paths


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["analyze", *map(str, arguments)])


class TestCommand:
    def test_it_writes_one_result(self, files: tuple[Path, Path]) -> None:
        result = run("--left", files[0], "--right", files[1], "--placement", "ankle")
        assert result.exit_code == 0, result.output
        assert "by leg: left " in result.stdout
        folder = files[0].with_name("a+b.night")
        with (folder / "movements.csv").open(encoding="utf-8", newline="") as file:
            assert {row["side"] for row in csv.DictReader(file)} == {"left", "right", "bilateral"}
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        assert found["recording"]["source"] == "a.csv + b.csv"
        assert set(found["nights"][0]["legs"]) == {"left", "right", "bilateral"}
        assert "by leg: left " in (folder / "report.html").read_text(encoding="utf-8")

    def test_it_is_named_after_both(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        out = tmp_path / "out"
        result = run("--left", files[1], "--right", files[0], "-o", out, "--json")
        assert result.exit_code == 0, result.output
        (found,) = json.loads(result.stdout)
        assert found["recording"]["source"] == "b.csv + a.csv"
        assert [path.name for path in out.iterdir()] == ["b+a"]

    def test_wrong_use(self, files: tuple[Path, Path]) -> None:
        left, right = files
        for arguments, said in (
            (("--left", left), "--right is missing"),
            (("--right", right), "--left is missing"),
            (("--left", left, "--right", left), "as both legs"),
            ((left, "--left", left, "--right", right), "RECORDINGS"),
            (("--left", left, "--right", right, "--side", "left"), "--side"),
            (("--left", "-", "--right", right), "--output"),
        ):
            assert_refused(run(*arguments), 2, said)

    def test_a_file_that_is_not_there(self, files: tuple[Path, Path]) -> None:
        gone = files[0].with_name("gone.csv")
        assert_refused(run("--left", files[0], "--right", gone, "--quiet"), 1, "gone.csv")
        assert_refused(run("--left", gone, "--right", files[1], "--quiet"), 1, "gone.csv")
        assert not files[0].with_name("a+gone.night").exists()


class TestOtherCriteria:
    def test_are_applied_to_both_signals(
        self, left: SimulatedNight, right: SimulatedNight, both: Analysis
    ) -> None:
        other = replace(
            both.criteria, detection=replace(both.criteria.detection, absolute_floor_g=0.03)
        )
        expected = analyze_legs(left.recording(), right.recording(), criteria=other)
        found = reanalyze_legs(both, other)
        assert found.criteria == other
        assert 0 < len(found.movements) < len(both.movements)
        # The clock is the one found before, which differs by a little
        assert len(found.movements) == pytest.approx(len(expected.movements), abs=2)
        assert rows(reanalyze_legs(both, both.criteria)) == rows(both)

    def test_of_conditioning_need_the_recordings(self, both: Analysis) -> None:
        other = replace(both.criteria.conditioning, envelope_s=0.4)
        with pytest.raises(ValueError, match="need the recording"):
            reanalyze_legs(both, replace(both.criteria, conditioning=other))


def assert_refused(result: Result, status: int, said: str) -> None:
    """Hold that a run ended with `status` and said why in one line."""
    assert result.exit_code == status, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("detector: ")
    assert said in line


def test_the_summary_keeps_to_its_schema(both: Analysis) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = json.loads(to_json(summary(both)))
    assert [e.json_path for e in Draft202012Validator(schema).iter_errors(found)] == []
    assert found["recording"]["alignment"]["by"] == "movements"


def test_new_keys_are_in_the_glossary(both: Analysis) -> None:
    glossary = (Path(__file__).parents[1] / "GLOSSARY.md").read_text(encoding="utf-8")
    found = summary(both)
    names = {"legs", "alignment", *found["recording"]["alignment"]}
    names |= {key for one in found["nights"][0]["legs"].values() for key in one}
    assert {name for name in names if f"`{name}`" not in glossary} == set()


def test_the_page_says_whose_signal_it_shows(both: Analysis) -> None:
    page = page_html(both, command="detector analyze")
    assert "The plots show the signal of the left leg" in page
