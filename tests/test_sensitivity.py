"""How far figures move with each threshold: laws, and what the command says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.pipeline import Analysis, analyze
from detector.recording import Placement, Side
from detector.sensitivity import FACTORS, Move, sensitivity
from detector.simulation import Exporter, NightPlan, simulate_night, write_night
from detector.two_legs import analyze_legs


@pytest.fixture(scope="module")
def night() -> Analysis:
    return analyze(simulate_night(seed=2, placement=Placement.ANKLE, hours=0.5, hz=25).recording())


@pytest.fixture(scope="module")
def moves(night: Analysis) -> tuple[Move, ...]:
    return sensitivity(night)


def test_the_first_is_the_night_as_it_is(night: Analysis, moves: tuple[Move, ...]) -> None:
    base = moves[0]
    counted = [m for m in night.movements if m.excluded_as is None]
    assert (base.criterion, base.factor, base.movements) == ("as it is", 1.0, len(counted))
    assert base.change_percent(base) in (None, 0.0)


def test_each_threshold_is_lower_and_higher(moves: tuple[Move, ...]) -> None:
    names = [move.criterion for move in moves[1:]]
    assert {"detection.onset_floor_ratio", "classification.hypnic_alone_s"} <= set(names)
    assert all(names.count(name) <= len(FACTORS) for name in names)
    assert {move.factor for move in moves[1:]} == set(FACTORS)
    assert len(moves) > 80


def test_a_lower_threshold_finds_no_less(moves: tuple[Move, ...]) -> None:
    by_factor = {m.factor: m for m in moves if m.criterion == "detection.absolute_floor_g"}
    assert by_factor[0.8].movements >= moves[0].movements >= by_factor[1.2].movements


def test_change_is_in_percent_of_the_index() -> None:
    base, other = Move("as it is", 1.0, 9, 8, 10.0), Move("detection.x", 1.2, 9, 8, 11.0)
    assert other.change_percent(base) == pytest.approx(10.0)
    assert Move("detection.x", 1.2, 9, 8, None).change_percent(base) is None


def test_two_legs_are_moved_at_once() -> None:
    legs = [
        simulate_night(
            seed=2, placement=Placement.ANKLE, hours=0.5, hz=25, plan=NightPlan(side=side)
        ).recording()
        for side in (Side.LEFT, Side.RIGHT)
    ]
    moves = sensitivity(analyze_legs(*legs))
    assert len(moves) > 80
    by_factor = {m.factor: m for m in moves if m.criterion == "detection.absolute_floor_g"}
    assert by_factor[0.8].movements >= moves[0].movements >= by_factor[1.2].movements


def test_the_command_prints_a_table_and_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    short = simulate_night(seed=2, placement=Placement.ANKLE, hours=0.5, hz=25)
    write_night(short, path, Exporter.AXIVITY)
    arguments = ["analyze", str(path), "--placement", "ankle", "--sensitivity"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0
    assert "Each threshold a fifth lower and a fifth higher" in done.output
    assert max(map(len, done.output.splitlines())) <= 80
    summary = json.loads((tmp_path / "a.night/summary.json").read_text())
    assert summary["sensitivity"][0]["criterion"] == "as it is"
    assert len(summary["sensitivity"]) > 80
