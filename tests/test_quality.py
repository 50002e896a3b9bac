"""What a night's quality says: always how it was recorded, and what a shared bed hides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.pipeline import Analysis, analyze, in_shared_bed
from detector.quality import AS_MEASURED, QualityNote, quality_notes
from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night


def by_code(analysis: Analysis) -> dict[str, QualityNote]:
    return {note.code: note for note in analysis.nights[0].quality}


@pytest.fixture(scope="module")
def short() -> Iterator[Analysis]:
    night = simulate_night(seed=2, placement=Placement.ANKLE, hours=1.0, hz=25.0, plm_per_h=60)
    return analyze(night.recording())


def test_a_night_says_how_well_it_was_recorded(short: Analysis) -> None:
    notes = by_code(short)
    assert set(notes) >= AS_MEASURED
    assert notes["hours_valid"].text.startswith("1.0 h of 1.0 h are valid")
    assert notes["rate"].text.startswith("25 samples a second")
    assert f"{1000 * short.nights[0].noise_g:.1f} mg of noise" in notes["noise"].text
    assert "placement" in notes


def again(short: Analysis, **changed: Any) -> set[str]:
    """Return the codes of the first night with another recording or detection."""
    parts = {"recording": short.recording, "detection": short.detection, **changed}
    context = short.nights[0].context
    notes = quality_notes(
        parts["recording"], short.signal, parts["detection"], context, short.criteria
    )
    return {note.code for note in notes}


def test_a_low_rate_is_said_in_place_of_the_rate(short: Analysis) -> None:
    codes = again(short, recording=replace(short.recording, hz=6.0))
    assert "low_rate" in codes
    assert "rate" not in codes


def test_many_weak_movements_are_said_in_place_of_their_share(short: Analysis) -> None:
    weak = tuple(replace(m, peak_g=0.001) for m in short.detection.movements)
    codes = again(short, detection=replace(short.detection, movements=weak))
    assert "near_threshold" in codes
    assert "weak_share" not in codes


def test_of_few_movements_no_share_is_said(short: Analysis) -> None:
    few = replace(short.detection, movements=short.detection.movements[:5])
    assert {"weak_share"} <= again(short, detection=few)


def test_noise_that_hides_small_movements_is_said() -> None:
    night = simulate_night(seed=2, placement=Placement.ANKLE, hours=0.5, hz=25.0)
    samples = 5 * (night.acceleration_g - night.acceleration_g.mean(axis=1, keepdims=True))
    loud = replace(night, acceleration_g=night.acceleration_g.mean(axis=1, keepdims=True) + samples)
    notes = by_code(analyze(loud.recording()))
    assert "noisy" in notes
    assert "noise" not in notes


class TestSharedBed:
    def test_a_worn_sensor_says_how_many_may_be_another_s(self, short: Analysis) -> None:
        note = in_shared_bed(short).nights[0].quality[0]
        counted = [m.movement.peak_g for m in short.movements if m.excluded_as is None]
        weak = sum(peak_g < 0.015 for peak_g in counted)
        assert note.code == "shared_bed"
        assert f"{weak} of the night's {len(counted)} movements" in note.text

    def test_a_mattress_tells_nobody_apart(self, short: Analysis) -> None:
        recording = replace(short.recording, placement=Placement.MATTRESS)
        note = in_shared_bed(replace(short, recording=recording)).nights[0].quality[0]
        assert "Every count is of both of you" in note.text

    @pytest.mark.parametrize(("noted", "said"), [("false", True), ("true", False), (None, False)])
    def test_the_notes_say_so(self, noted: str | None, said: bool, tmp_path: Path) -> None:
        path, notes = tmp_path / "a.csv", tmp_path / "notes.toml"
        night = simulate_night(seed=2, placement=Placement.ANKLE, hours=0.5, hz=25)
        write_night(night, path, Exporter.AXIVITY)
        notes.write_text("" if noted is None else f"alone_in_bed = {noted}\n")
        arguments = ["analyze", str(path), "--placement", "ankle", "--notes", str(notes)]
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
        summary = json.loads((tmp_path / "a.night/summary.json").read_text())
        codes = [note["code"] for note in summary["nights"][0]["quality"]]
        assert ("shared_bed" in codes) == said
        page = (tmp_path / "a.night/report.html").read_text()
        assert ("You did not sleep alone" in page) == said
