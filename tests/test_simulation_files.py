"""What is written of a simulated night can be read as what was simulated."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from detector.errors import DetectorError
from detector.recording import Placement
from detector.simulation import (
    Exporter,
    NightPlan,
    SimulatedNight,
    simulate_night,
    write_night,
    write_truth,
)
from detector.simulation.command import simulate, truth_path
from detector.simulation.formats import WriteError, usual_device
from detector.simulation.table import value
from detector.simulation.text import decimals, exponents, stamps


@cache
def night(*, hz: float = 25.0, plan: NightPlan | None = None) -> SimulatedNight:
    return simulate_night(seed=1, placement=Placement.ANKLE, hours=0.25, hz=hz, plan=plan)


def test_decimals_keep_sign_and_places() -> None:
    numbers = np.array([0.0, -0.009, 1.5, -12.3456, 0.0004])
    assert [str(v) for v in decimals(numbers, 3)] == [
        "0.000", "-0.009", "1.500", "-12.346", "0.000",
    ]  # fmt: skip


def test_exponents_have_one_digit_before_the_point() -> None:
    numbers = np.array([0.0, 9.85, -0.0386, 123.0, 9.9999])
    assert exponents(numbers, 3).to_pylist() == [
        "0.000E0", "9.850E0", "-3.860E-2", "1.230E2", "1.000E1",
    ]  # fmt: skip


def test_stamps_cross_midnight_in_either_form_of_date() -> None:
    start = datetime(2024, 1, 31, 23, 59, 59)
    elapsed_ms = np.array([0, 5, 1000], dtype=np.int64)
    assert stamps(start, elapsed_ms, "ymd", colon=True).to_pylist() == [
        "2024-01-31 23:59:59:000", "2024-01-31 23:59:59:005", "2024-02-01 00:00:00:000",
    ]  # fmt: skip
    assert stamps(start, elapsed_ms, "mdy", colon=False)[2].as_py() == "2/1/2024 00:00:00.000"


def csv_rows(path: Path, head_lines: int) -> tuple[list[str], list[list[str]]]:
    lines = path.read_bytes().decode("ascii").splitlines()
    return lines[:head_lines], [line.split(",") for line in lines[head_lines:]]


def clock_s(fields: list[list[str]], form: str) -> np.ndarray:
    times = [datetime.strptime(row[0], form) for row in fields]
    return np.array([(t - times[0]) / timedelta(seconds=1) for t in times])


LAYOUTS = {
    # lines ahead, what one of them holds, the form of the clock, first column of x, its unit in g
    Exporter.AXIVITY: (1, "Time,Accel-X (g), Accel-Y", "%Y-%m-%d %H:%M:%S.%f", 1, 1.0),
    Exporter.ACTIGRAPH: (11, "date format M/d/yyyy at 32 Hz", None, 0, 1.0),
    Exporter.ACTIGRAPH_TIMESTAMPED: (11, "Timestamp,Acc", "%m/%d/%Y %H:%M:%S.%f", 1, 1.0),
    Exporter.GENEACTIV: (100, "Measurement Frequency,32 Hz", "%Y-%m-%d %H:%M:%S:%f", 1, 1.0),
    Exporter.EMPATICA_E4: (2, "1705362900.000000, 1705362900.000000", None, 0, 1 / 64),
    Exporter.SENSOR_LOGGER: (1, "time,seconds_elapsed,z,y,x", None, 2, 1 / 9.80665),
    Exporter.PHYPHOX: (1, '"Time (s)","Acceleration x (m/s^2)"', None, 1, 1 / 9.80665),
}


@pytest.mark.parametrize("exporter", list(Exporter))
def test_what_is_written_is_what_was_simulated(exporter: Exporter, tmp_path: Path) -> None:
    plan = NightPlan(device=usual_device(exporter), start=datetime(2024, 1, 15, 23, 55))
    simulated = night(hz=32.0, plan=plan)
    path = tmp_path / "night.csv"
    write_night(simulated, path, exporter)
    head_lines, mark, form, first, unit_g = LAYOUTS[exporter]
    head, fields = csv_rows(path, head_lines)
    assert any(mark in line for line in head)
    written = unit_g * np.array([row[first : first + 3] for row in fields], dtype=float).T
    written = written[::-1] if exporter is Exporter.SENSOR_LOGGER else written
    half_step = value("device_step_g", usual_device(exporter)) / 2
    np.testing.assert_allclose(written, simulated.acceleration_g, atol=half_step)
    if form is not None:
        np.testing.assert_allclose(clock_s(fields, form), simulated.t_s, atol=0.0006)


def test_apps_write_their_own_seconds(tmp_path: Path) -> None:
    simulated = night(hz=32.0)
    write_night(simulated, tmp_path / "a.csv", Exporter.SENSOR_LOGGER)
    write_night(simulated, tmp_path / "b.csv", Exporter.PHYPHOX)
    _, logger = csv_rows(tmp_path / "a.csv", 1)
    _, phyphox = csv_rows(tmp_path / "b.csv", 1)
    np.testing.assert_allclose([float(row[1]) for row in logger], simulated.t_s, atol=1e-8)
    np.testing.assert_allclose([float(row[0]) for row in phyphox], simulated.t_s, atol=1e-6)
    ns = np.array([int(row[0]) for row in logger])
    assert ns[0] == 1_705_357_800_000_000_000  # 2024-01-15 22:30, taken as UTC
    np.testing.assert_allclose((ns - ns[0]) / 1e9, simulated.t_s, atol=1e-8)


def test_lines_end_as_the_exporter_ends_them(tmp_path: Path) -> None:
    simulated = night()
    for exporter, crlf in ((Exporter.GENEACTIV, True), (Exporter.AXIVITY, False)):
        path = tmp_path / f"{exporter}.csv"
        write_night(simulated, path, exporter)
        raw = path.read_bytes()
        assert raw.count(b"\r\n") == (raw.count(b"\n") if crlf else 0)


def test_a_packed_file_holds_the_same_bytes(tmp_path: Path) -> None:
    simulated = night()
    write_night(simulated, tmp_path / "a.csv", Exporter.AXIVITY)
    write_night(simulated, tmp_path / "b.csv.gz", Exporter.AXIVITY)
    write_night(simulated, tmp_path / "c.csv.gz", Exporter.AXIVITY)
    plain = (tmp_path / "a.csv").read_bytes()
    assert gzip.decompress((tmp_path / "b.csv.gz").read_bytes()) == plain
    assert (tmp_path / "b.csv.gz").read_bytes() == (tmp_path / "c.csv.gz").read_bytes()


def test_gaps_need_stamps_and_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    simulated = night(plan=NightPlan(gaps_per_h=60.0))
    with pytest.raises(WriteError, match="no stamps"):
        write_night(simulated, tmp_path / "ACC.csv", Exporter.EMPATICA_E4)
    with pytest.raises(DetectorError, match="not allowed"):
        write_truth(simulated, tmp_path / "22:30.csv")
    with pytest.raises(DetectorError, match="cannot be written"):
        write_truth(simulated, tmp_path / "nowhere" / "truth.csv")
    assert not list(tmp_path.iterdir())


def test_truth_is_written_as_annotations(tmp_path: Path) -> None:
    simulated = night()
    write_truth(simulated, tmp_path / "truth.csv")
    lines = (tmp_path / "truth.csv").read_text().splitlines()
    assert lines[0] == "kind,value,onset_s,duration_s,peak_g,series"
    assert len(lines) == 1 + len(simulated.truth)
    assert lines[1].startswith("stage,W,0.000,")


# the command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(simulate, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_the_command_writes_a_night_and_its_truth(tmp_path: Path) -> None:
    output = tmp_path / "night.csv.gz"
    options = ("--hours", "0.25", "--placement", "wrist", "--format", "geneactiv")
    code, text = run(str(output), *options)
    assert code == 0
    assert len(text.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["night.csv.gz", "night.truth.csv"]
    code, text = run(str(output), *options)
    assert code == 2
    assert "--force" in text
    assert run(str(output), *options, "--force")[0] == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--hours", "99"),
        ("--placement", "unknown"),
        ("--hours", "0.25", "--off-body-before", "10"),
        ("--hours", "0.25", "--truth", "{output}"),
    ],
)
def test_wrong_use_is_said_in_a_line_and_writes_nothing(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    output = tmp_path / "night.csv"
    code, text = run(str(output), *(option.format(output=output) for option in options))
    assert code == 2
    assert "Error: " in text
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none" / "night.csv"))[0] == 2


def test_what_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    code, text = run(str(tmp_path / "ACC.csv"), "--format", "empatica_e4", "--gaps-per-h", "60")
    assert code == 1
    assert text.splitlines() == [
        "Error: empatica_e4 writes no stamps, so that its file can hold no gaps"
    ]
    assert not list(tmp_path.iterdir())


def test_the_truth_stands_beside_the_night() -> None:
    assert truth_path(Path("a/night.csv.gz")) == Path("a/night.truth.csv")
    assert truth_path(Path("a/night.csv")) == Path("a/night.truth.csv")
