"""What `detector inspect` and `detector formats` say, as JSON and to people."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.inspection import inspect
from detector.readers.exporters import EXPORTERS

HZ = 50
N = 6000
KEYS = {
    "exporter", "delimiter", "decimal", "encoding", "header_rows", "columns", "clock", "start",
    "timezone", "unit", "scale_to_g", "gravity", "hz", "rows", "duration_s", "gaps", "repairs",
    "warnings", "confidence", "reasons",
}  # fmt: skip


def night(path: Path, *, hole: bool = False, slower: bool = False) -> Path:
    axes = np.array([-0.31, 0.52, 0.79]) + np.random.default_rng(4).normal(0, 0.004, (N, 3))
    t = np.arange(N) / HZ
    if slower:
        t = np.cumsum(np.where(np.arange(N) < N // 2, 1 / HZ, 1.05 / HZ))
    start = datetime(2026, 3, 14, 22, 41, 7)
    rows = [
        f"{(start + timedelta(seconds=s)).isoformat(' ', 'milliseconds')};{x:.4f};{y:.4f};{z:.4f}"
        for s, (x, y, z) in zip(t, axes, strict=True)
    ]
    rows[100] = "torn"
    if hole:
        del rows[2000:2500]
    path.write_text("time;x [g];y [g];z [g]\n" + "\n".join(rows).replace(".", ",") + "\n")
    return path


def test_all_of_a_file_is_said_as_json(tmp_path: Path) -> None:
    path = night(tmp_path / "a.csv", hole=True)
    done = CliRunner().invoke(main, ["inspect", str(path), "--json"])
    assert done.exit_code == 0
    said = json.loads(done.output)
    assert set(said) >= KEYS
    assert said["columns"] == {"time": "time", "x": "x [g]", "y": "y [g]", "z": "z [g]"}
    assert said["confidence"] == {
        "time": "certain", "axes": "certain", "unit": "certain", "gravity": "likely",
    }  # fmt: skip
    assert (said["delimiter"], said["decimal"], said["encoding"]) == (";", ",", "utf-8")
    assert (said["unit"], said["scale_to_g"], said["gravity"]) == ("g", 1.0, "included")
    assert (said["start"], said["timezone"]) == ("2026-03-14T22:41:07.000", None)
    assert (said["hz"], said["rows"], said["header_rows"]) == (50.0, N - 501, 1)
    assert said["duration_s"] == pytest.approx((N - 1) / HZ, abs=1e-3)
    assert said["gaps"] == [{"onset_s": 39.98, "duration_s": 10.02}]
    (repair,) = said["repairs"]
    assert (repair["kind"], repair["count"], repair["first_row"]) == ("bad_rows", 1, 102)


def test_each_file_is_an_object_on_its_line(tmp_path: Path) -> None:
    paths = [str(night(tmp_path / name)) for name in ("a.csv", "b.csv")]
    done = CliRunner().invoke(main, ["inspect", *paths, str(tmp_path / "none.csv"), "--json"])
    assert done.exit_code == 1
    assert [json.loads(line)["rows"] for line in done.stdout.splitlines()] == [N - 1, N - 1]
    assert done.stderr == "detector: none.csv: there is no such file\n"


def test_for_people_it_is_a_short_table(tmp_path: Path) -> None:
    path = night(tmp_path / "a.csv", hole=True)
    done = CliRunner().invoke(main, ["inspect", str(path)])
    assert done.exit_code == 0
    for wanted in (
        "semicolon, decimal comma, utf-8, one line above", "x [g], y [g], z [g]",
        "2026-03-14 22:41:07 (local, zone unknown)", "2 min 0 s, 5499 samples", "50 Hz, measured",
        "10.0 s at 40 s", "0.020 s",
    ):  # fmt: skip
        assert wanted in done.output
    assert len(done.output.splitlines()) <= 20
    assert max(map(len, done.output.splitlines())) <= 80


def test_rate_and_drift_are_measured_over_all_of_it(tmp_path: Path) -> None:
    inspection = inspect(night(tmp_path / "a.csv", slower=True))
    assert inspection.hz == pytest.approx(HZ / 1.025, rel=1e-3)
    assert inspect(night(tmp_path / "b.csv")).hz_drift_percent < 0.1


def test_an_option_is_used_and_a_wrong_one_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = np.random.default_rng(1).normal((-310, 520, 790), 4, (500, 3))
    path.write_text("x,y,z\n" + "".join(f"{x:.0f},{y:.0f},{z:.0f}\n" for x, y, z in rows))
    arguments = ["inspect", str(path), "--json", "--rate", "25", "--scale", "1000"]
    said = json.loads(CliRunner().invoke(main, arguments).output)
    assert (said["hz"], said["unit"], said["scale_to_g"]) == (25.0, "counts", 0.001)
    for wrong in (["--rate", "nan"], ["--scale", "inf"], ["--timezone", "Mars"]):
        assert CliRunner().invoke(main, ["inspect", str(path), *wrong]).exit_code == 2


def test_formats_names_each_exporter_and_what_to_choose() -> None:
    said = json.loads(CliRunner().invoke(main, ["formats", "--json"]).output)
    assert {entry["exporter"] for entry in said} == {one.slug for one in EXPORTERS} | {"generic"}
    assert all(all(entry["advice"]) for entry in said)
    shown = CliRunner().invoke(main, ["formats"]).output
    assert all(one.title in shown for one in EXPORTERS)
