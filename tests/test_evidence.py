"""What others scored: a hypnogram in place of the estimate, respiratory events, arousals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from detector.annotations import Annotation, AnnotationError, Annotations, in_order
from detector.classification import Label
from detector.cli import main
from detector.criteria import default_criteria
from detector.evidence import on_the_recording
from detector.intervals import inside, total
from detector.pipeline import Analysis, analyze, reanalyze
from detector.recording import Placement
from detector.simulation import Exporter, SimulatedNight, simulate_night, write_night


def rows(kind: str, spans: list[tuple[float, float]], value: str = "") -> list[Annotation]:
    return [Annotation(kind, value, onset, duration) for onset, duration in spans]


def truth(night: SimulatedNight, kind: str) -> Annotations:
    found = [Annotation(kind, r.value, r.onset_s, r.duration_s) for r in night.annotations(kind)]
    return in_order("truth.csv", found)


@pytest.fixture(scope="module")
def ankle_night() -> SimulatedNight:
    """Five hours: an index needs three of sleep."""
    return simulate_night(seed=1, placement=Placement.ANKLE, hours=5.0, hz=25.0)


@pytest.fixture(scope="module")
def scored(ankle_night: SimulatedNight) -> Analysis:
    return analyze(ankle_night.recording(), hypnogram=truth(ankle_night, "stage"))


def test_sleep_and_wake_are_those_that_were_scored(
    ankle_night: SimulatedNight, scored: Analysis
) -> None:
    (night,) = scored.nights
    stages = ankle_night.annotations("stage")
    asleep_s = sum(r.duration_s for r in stages if r.value != "W")
    assert night.context.basis == "hypnogram"
    assert all(index.basis == "hypnogram" for index in night.summary.indices.values())
    assert total(night.context.sleep) == pytest.approx(asleep_s, abs=2)
    lost_s = night.summary.hours["recorded"] * 3600 - total(night.context.off_body)
    assert total(night.context.sleep) + total(night.context.wake) <= lost_s + 1
    codes = {note.code for note in night.quality}
    assert {"sleep_given", "other_basis"} <= codes
    assert "sleep_basis" not in codes


def test_a_night_says_how_far_the_index_moves_by_another_basis(long_analysis: Analysis) -> None:
    (night,) = long_analysis.nights
    (note,) = [note for note in night.quality if note.code == "other_basis"]
    periodic = [
        m.movement.onset_s
        for m in long_analysis.movements
        if m.label is Label.PERIODIC_LIMB_MOVEMENT and m.excluded_as is None
    ]
    hours = total(night.context.rest) / 3600
    other = inside(night.context.rest, periodic).sum() / hours
    assert f"would be {other:.1f} an hour of {hours:.1f} h" in note.text
    index = night.summary.indices["periodic_limb_movement_per_h"].value or 0.0
    assert f"by the estimate they are {index:.1f} of" in note.text
    percent = round(100 * (other / index - 1))
    assert not percent or f"{abs(percent)} %" in note.text


def test_movements_are_the_same_under_every_basis(
    ankle_night: SimulatedNight, scored: Analysis
) -> None:
    estimated = analyze(ankle_night.recording())
    assert [m.movement for m in scored.movements] == [m.movement for m in estimated.movements]
    assert [m.series for m in scored.movements] == [m.series for m in estimated.movements]


def test_what_nobody_scored_is_unknown(ankle_night: SimulatedNight) -> None:
    hours = ankle_night.t_s[-1] / 3600
    half = in_order("half.csv", rows("stage", [(0.0, 1800 * hours)], "N2"))
    (night,) = analyze(ankle_night.recording(), hypnogram=half).nights
    assert night.summary.hours["sleep"] == pytest.approx(hours / 2, rel=0.02)
    assert night.summary.hours["unknown"] == pytest.approx(hours / 2, rel=0.02)


def test_bouts_and_epochs_are_the_same(ankle_night: SimulatedNight, scored: Analysis) -> None:
    epochs = [
        Annotation("stage", row.value, row.onset_s + 30 * k, min(30.0, row.duration_s - 30 * k))
        for row in ankle_night.annotations("stage")
        for k in range(int(np.ceil(row.duration_s / 30 - 1e-9)))
    ]
    other = analyze(ankle_night.recording(), hypnogram=in_order("epochs.csv", epochs))
    assert other.nights[0].summary == scored.nights[0].summary


def test_a_respiratory_event_takes_its_movement_out_of_all_counts(
    ankle_night: SimulatedNight, scored: Analysis
) -> None:
    bound = next(m for m in scored.movements if m.excluded_as is None and m.state == "sleep")
    end_s = bound.movement.onset_s
    events = in_order("events.csv", rows("respiratory_event", [(end_s - 20, 20.0)], "apnea"))
    other = analyze(ankle_night.recording(), hypnogram=truth(ankle_night, "stage"), events=events)
    excluded = [m for m in other.movements if m.excluded_as == "respiratory_train"]
    assert [m.movement for m in excluded] == [
        m.movement
        for m in scored.movements
        if m.excluded_as is None
        and m.movement.onset_s <= end_s + 10.25
        and m.movement.offset_s >= end_s - 2
    ]
    assert bound.movement in [m.movement for m in excluded]
    assert other.nights[0].summary.excluded["respiratory_train"] == len(excluded)


def test_arousals_give_their_own_index(ankle_night: SimulatedNight, scored: Analysis) -> None:
    periodic = [
        m.movement
        for m in scored.movements
        if m.label == "periodic_limb_movement" and m.state == "sleep" and m.excluded_as is None
    ]
    spans = [(m.offset_s + 0.3, 1.0) for m in periodic[:4]]
    events = in_order("events.csv", rows("arousal", spans))
    other = analyze(ankle_night.recording(), hypnogram=truth(ankle_night, "stage"), events=events)
    index = other.nights[0].summary.indices["periodic_with_arousal_per_h"]
    assert index.value == pytest.approx(4 / index.hours)
    assert "periodic_with_arousal_per_h" not in scored.nights[0].summary.indices


def test_under_aasm_a_series_is_of_movements_asleep(ankle_night: SimulatedNight) -> None:
    criteria = default_criteria(ankle_night.placement, "aasm")
    found = analyze(
        ankle_night.recording(), hypnogram=truth(ankle_night, "stage"), criteria=criteria
    )
    states = {found.movements[k].state for one in found.series for k in one.members}
    assert states == {"sleep"}


def test_other_criteria_need_no_second_reading(scored: Analysis) -> None:
    assert reanalyze(scored, scored.criteria).movements == scored.movements
    stricter = replace(
        scored.criteria, detection=replace(scored.criteria.detection, absolute_floor_g=0.2)
    )
    assert len(reanalyze(scored, stricter).movements) < len(scored.movements)
    other = replace(
        scored.criteria, conditioning=replace(scored.criteria.conditioning, gap_bridge_s=0.1)
    )
    with pytest.raises(ValueError, match="need the recording"):
        reanalyze(scored, other)


def test_an_edf_has_a_clock_of_its_own() -> None:
    begins = datetime(2026, 3, 2, 22, 0)
    edf = Annotations("n.edf", tuple(rows("arousal", [(100.0, 5.0)])), start=begins)
    moved = on_the_recording(edf, datetime(2026, 3, 2, 22, 1))
    assert moved.rows[0].onset_s == 40.0
    with pytest.raises(AnnotationError, match=r"n\.edf: has a clock and the recording has none"):
        on_the_recording(edf, None)
    with pytest.raises(AnnotationError, match="not of one night"):
        on_the_recording(edf, datetime(2026, 3, 9, 22, 0))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, ankle_night: SimulatedNight) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    write_night(ankle_night, folder / "night.csv.gz", Exporter.AXIVITY)
    head = "kind,value,onset_s,duration_s\n"
    stages = "".join(
        f"stage,{r.value},{r.onset_s},{r.duration_s}\n" for r in ankle_night.annotations("stage")
    )
    (folder / "hypnogram.csv").write_text(head + stages)
    (folder / "events.csv").write_text(head + "arousal,,100,5\n")
    (folder / "late.csv").write_text(head + "stage,N2,999999,30\n")
    (folder / "torn.csv").write_text(head + "stage,N2,?,30\n")
    return folder


def test_files_are_taken_from_the_command_line(files: Path) -> None:
    arguments = ["analyze", str(files / "night.csv.gz"), "--placement", "ankle", "--json"]
    arguments += [
        "--hypnogram",
        str(files / "hypnogram.csv"),
        "--events",
        str(files / "events.csv"),
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    (summary,) = json.loads(done.stdout)
    (night,) = summary["nights"]
    assert night["basis"] == "hypnogram"
    assert "periodic_with_arousal_per_h" in night["indices"]


@pytest.mark.parametrize(("options", "wanted"), [
    (["--hypnogram", "late.csv"], "late.csv: its stages lie from 999999"),
    (["--hypnogram", "torn.csv"], "torn.csv: row 2"),
    (["--hypnogram", "events.csv"], "events.csv: holds no row of kind stage"),
    (["--events", "late.csv"], "late.csv: holds no row of kind respiratory_event"),
    (["--hypnogram", "none.csv"], "none.csv: cannot be read"),
    (["--hypnogram", "hypnogram.csv", "--sleep", "22:30-06:00"], "give one of them"),
    (["--hypnogram", "hypnogram.csv", "night.csv.gz"], "belong to one recording"),
])  # fmt: skip
def test_wrong_files_are_wrong_use(files: Path, options: list[str], wanted: str) -> None:
    paths = [str(files / word) if ".csv" in word else word for word in options]
    done = CliRunner().invoke(main, ["analyze", str(files / "night.csv.gz"), "--quiet", *paths])
    assert done.exit_code == 2
    assert wanted in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(files.glob("*.night"))
