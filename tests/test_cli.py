"""The command line: what it writes, what it prints, and how it refuses."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from detector.cli import main
from detector.criteria import default_criteria
from detector.criteria_files import to_toml
from detector.export import FILES, SCHEMA
from detector.reading_options import recording_name
from detector.recording import Placement


@pytest.fixture
def night(night_file: Path, tmp_path: Path) -> Path:
    """Return a night of half an hour, alone in a folder."""
    return Path(shutil.copy(night_file, tmp_path / "ankle_night.csv"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyze", *map(str, arguments)])


def names_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def assert_refused(result: Result, status: int, *said: str) -> None:
    """Hold that a run ended with `status` and told the person why, without a traceback."""
    assert result.exit_code == status, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    told = [line for line in result.stderr.splitlines() if line]
    if not told[0].startswith("Usage:"):
        assert len(told) == 1, told
    assert told[-1].startswith(("detector: ", "Error: ")), told
    for part in said:
        assert part in told[-1]


class TestWrites:
    def test_beside_the_recording(self, night: Path) -> None:
        result = run(night, "--placement", "ankle")
        assert result.exit_code == 0, result.output
        folder = night.with_name("ankle_night.night")
        assert names_in(night.parent) == sorted(
            ["ankle_night.csv", "ankle_night.night", *(f"ankle_night.night/{n}" for n in FILES)]
        )
        assert "ankle" in result.stdout
        assert json.loads((folder / "summary.json").read_text())["schema"] == SCHEMA

    def test_into_the_output(self, night: Path, tmp_path: Path) -> None:
        result = run(night, "--output", tmp_path / "results", "--quiet")
        assert result.exit_code == 0
        assert result.stdout == ""
        assert sorted(p.name for p in (tmp_path / "results" / "ankle_night").iterdir()) == sorted(
            FILES
        )

    def test_a_second_run_replaces_the_first(self, night: Path) -> None:
        assert run(night, "--quiet").exit_code == 0
        first = names_in(night.parent)
        assert run(night, "--quiet", "--placement", "wrist").exit_code == 0
        assert names_in(night.parent) == first
        summary = json.loads((night.with_name("ankle_night.night") / "summary.json").read_text())
        assert summary["recording"]["placement"] == "wrist"

    def test_the_others_are_finished(self, night: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.csv"
        broken.write_text("nothing of use\n")
        result = run(broken, night, "--quiet")
        assert_refused(result, 1, "broken.csv")
        assert (tmp_path / "ankle_night.night" / "summary.json").is_file()
        assert not (tmp_path / "broken.night").exists()

    def test_no_name_holds_a_colon(self, night: Path, tmp_path: Path) -> None:
        assert run(night, "--quiet", "--output", tmp_path / "out").exit_code == 0
        assert not any(":" in name for name in names_in(tmp_path / "out"))

    def test_a_colon_in_a_recordings_name_is_not_carried_on(self, night: Path) -> None:
        odd = night.rename(night.with_name("2026-03-02T22:41.csv"))
        out = night.parent / "out"
        result = run(odd, "--quiet", "--output", out)
        assert result.exit_code == 0, result.output
        assert not any(":" in name for name in names_in(out))

    def test_the_page_does_not_tell_where_things_lie(
        self, night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "private_results"
        arguments = ["analyze", str(night), "--quiet", "--output", str(out)]
        monkeypatch.setattr("sys.argv", ["detector", *arguments])
        assert CliRunner().invoke(main, arguments).exit_code == 0
        for name in FILES:
            text = (out / "ankle_night" / name).read_text(encoding="utf-8")
            assert str(tmp_path) not in text, name


class TestJson:
    def test_it_is_all_that_is_printed(self, night: Path) -> None:
        result = run(night, "--json", "--placement", "ankle")
        assert result.exit_code == 0
        (found,) = json.loads(result.stdout)
        assert found["schema"] == SCHEMA
        assert found["recording"]["placement"] == "ankle"
        assert result.stderr == ""
        assert names_in(night.parent) == ["ankle_night.csv"], "files only with --output"

    def test_with_an_output_files_are_written_too(self, night: Path, tmp_path: Path) -> None:
        result = run(night, "--json", "--output", tmp_path / "out")
        (found,) = json.loads(result.stdout)
        written = (tmp_path / "out" / "ankle_night" / "summary.json").read_text()
        assert json.loads(written) == found

    def test_it_is_an_array_also_where_one_fails(self, night: Path, tmp_path: Path) -> None:
        result = run(tmp_path / "missing.csv", night, "--json")
        assert result.exit_code == 1
        assert len(json.loads(result.stdout)) == 1
        result = run(tmp_path / "missing.csv", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout) == []
        assert "missing.csv" in result.stderr


def ten_minutes(folder: Path, night: Path) -> Path:
    lines = night.read_text().splitlines()[: 10 * 60 * 25]
    path = folder / "short.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def text_file(folder: Path, night: Path) -> Path:
    path = folder / "letter.csv"
    path.write_text("Dear doctor,\nI slept badly.\nYours\n" * 50)
    return path


def no_axes(folder: Path, night: Path) -> Path:
    path = folder / "steps.csv"
    rows = [f"2026-03-02 22:{k // 60:02d}:{k % 60:02d},{k},{60 + k % 7}" for k in range(3000)]
    path.write_text("\n".join(["time,steps,heart_rate", *rows]) + "\n")
    return path


def empty_file(folder: Path, night: Path) -> Path:
    path = folder / "empty.csv"
    path.write_text("")
    return path


def header_only(folder: Path, night: Path) -> Path:
    path = folder / "header.csv"
    path.write_text("time,x,y,z\n")
    return path


def directory(folder: Path, night: Path) -> Path:
    path = folder / "a_folder"
    path.mkdir()
    return path


def binary_file(folder: Path, night: Path) -> Path:
    path = folder / "photo.csv"
    path.write_bytes(bytes(range(256)) * 200)
    return path


def torn_gzip(folder: Path, night: Path) -> Path:
    path = folder / "torn.csv.gz"
    packed = gzip.compress(night.read_bytes())
    path.write_bytes(packed[: len(packed) // 20])
    return path


def missing_file(folder: Path, night: Path) -> Path:
    return folder / "missing.csv"


class TestRefuses:
    @pytest.mark.parametrize(
        "make",
        [
            missing_file,
            directory,
            empty_file,
            header_only,
            text_file,
            binary_file,
            no_axes,
            ten_minutes,
            torn_gzip,
        ],
    )
    def test_a_file_that_is_no_night(
        self, make: Callable[[Path, Path], Path], night_file: Path, tmp_path: Path
    ) -> None:
        path = make(tmp_path, night_file)
        before = names_in(tmp_path)
        result = run(path, "--placement", "ankle")
        assert_refused(result, 1, path.name)
        assert result.stdout == ""
        assert names_in(tmp_path) == before

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--sleep", "late"], "is not like 22:30-06:45"),
            (["--sleep", "25:00-06:00"], "is not like 22:30-06:45"),
            (["--sleep", "22:30"], "is not like 22:30-06:45"),
            (["--start", "yesterday"], "is not like 2026-03-02T22:41:07"),
            (["--timezone", "Mars/Olympus"], "is no time zone"),
            (["--placement", "neck"], "'neck' is not one of"),
            (["--rules", "own"], "'own' is not one of"),
            (["--unit", "furlong"], "'furlong' is not one of"),
            (["--rate", "0"], "--rate"),
            (["--scale", "-1"], "--scale"),
            (["--no-such-option"], "--no-such-option"),
            (["--criteria", "missing.toml"], "missing.toml"),
            (["--notes", "missing.toml"], "missing.toml"),
        ],
    )
    def test_wrong_use(self, options: list[str], said: str, night: Path) -> None:
        before = names_in(night.parent)
        result = run(night, *options)
        assert_refused(result, 2, said)
        assert names_in(night.parent) == before

    def test_no_recording_at_all(self) -> None:
        assert_refused(run(), 2, "RECORDINGS")

    def test_two_recordings_of_one_name(self, night: Path, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        other = Path(shutil.copy(night, tmp_path / "other" / "ankle_night.csv"))
        before = names_in(tmp_path)
        result = run(night, other, "--output", tmp_path / "out")
        assert_refused(result, 2, "would both be written to")
        assert names_in(tmp_path) == before
        assert_refused(run(night, night), 2, "would both be written to")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[detection]\nonset_floor = 3\n", "has no onset_floor"),
            ("[detect]\nonset_floor_ratio = 3\n", "no table [detect]"),
            ("[detection]\nonset_floor_ratio = 'three'\n", "is of another kind"),
            ("[detection\n", "is no TOML file"),
        ],
    )
    def test_criteria_that_are_none(
        self, text: str, said: str, night: Path, tmp_path: Path
    ) -> None:
        criteria = tmp_path / "mine.toml"
        criteria.write_text(text)
        before = names_in(tmp_path)
        result = run(night, "--criteria", criteria)
        assert_refused(result, 2, "mine.toml", said)
        assert names_in(tmp_path) == before

    @pytest.mark.parametrize(
        ("table", "line"),
        [
            ("conditioning", "band_low_hz = 0"),
            ("conditioning", "band_low_hz = 20"),
            ("conditioning", "band_high_hz = 0"),
            ("conditioning", "envelope_s = 0"),
            ("detection", "floor_window_s = 0"),
            ("detection", "onset_floor_ratio = 0"),
            ("nights", "epoch_s = 0"),
            ("nights", "state_epoch_s = 0"),
            ("nights", "movement_per_h_asleep = 0"),
            ("nights", "mean_sleep_bout_s = 1"),
            ("nights", "min_night_s = 0"),
            ("summary", "confidence = 1.5"),
            ("summary", "block_s = 0"),
            ("summary", "min_sleep_h = 0"),
        ],
    )
    def test_criteria_beyond_sense_end_in_a_line_not_in_a_traceback(
        self, table: str, line: str, night: Path, tmp_path: Path
    ) -> None:
        criteria = tmp_path / "mine.toml"
        always = "" if line.startswith("min_sleep_h") else "min_sleep_h = 0.1\n"
        summary = f"[summary]\n{always}"
        text = f"{summary}{line}\n" if table == "summary" else f"{summary}[{table}]\n{line}\n"
        criteria.write_text(text)
        result = run(night, "--json", "--criteria", criteria)
        if result.exit_code == 0:
            json.loads(result.stdout)
            assert "NaN" not in result.stdout
        else:
            assert_refused(result, 2, "mine.toml")

    @pytest.mark.parametrize(
        ("text", "said"),
        [("mood = 'good'\n", "mood is no note"), ("age_group = 'old'\n", "adult or child")],
    )
    def test_notes_that_are_none(self, text: str, said: str, night: Path, tmp_path: Path) -> None:
        notes = tmp_path / "notes.toml"
        notes.write_text(text)
        result = run(night, "--notes", notes)
        assert_refused(result, 2, said)
        assert not night.with_name("ankle_night.night").exists()

    def test_a_folder_that_is_not_ours(self, night: Path) -> None:
        folder = night.with_name("ankle_night.night")
        folder.mkdir()
        (folder / "thesis.txt").write_text("mine")
        assert_refused(run(night, "--quiet"), 1, "was not written by this program")
        assert names_in(folder) == ["thesis.txt"]

    def test_an_output_that_is_a_file(self, night: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        result = run(night, "--quiet", "--output", tmp_path / "file")
        assert result.exit_code == 2
        assert (tmp_path / "file").read_text() == "mine"


class TestOptions:
    def test_criteria_are_taken_and_told(self, night: Path, tmp_path: Path) -> None:
        criteria = tmp_path / "mine.toml"
        criteria.write_text("[detection]\nabsolute_floor_g = 0.05\n")
        (found,) = json.loads(run(night, "--json", "--criteria", criteria).stdout)
        (usual,) = json.loads(run(night, "--json").stdout)
        assert found["criteria"]["detection"]["absolute_floor_g"] == 0.05
        floor_g = default_criteria(Placement.UNKNOWN).detection.absolute_floor_g
        assert usual["criteria"]["detection"]["absolute_floor_g"] == floor_g
        counts = [sum(s["nights"][0]["counts"].values()) for s in (found, usual)]
        counts_wake = [sum(s["nights"][0]["counts_wake"].values()) for s in (found, usual)]
        assert counts[0] + counts_wake[0] < counts[1] + counts_wake[1]

    def test_the_defaults_change_nothing(self, night: Path, tmp_path: Path) -> None:
        criteria = tmp_path / "same.toml"
        criteria.write_text(to_toml(default_criteria(Placement.ANKLE)))
        same = run(night, "--json", "--placement", "ankle", "--criteria", criteria)
        assert same.stdout == run(night, "--json", "--placement", "ankle").stdout

    def test_a_diary_is_the_basis(self, night: Path) -> None:
        (found,) = json.loads(run(night, "--json", "--sleep", "22:35-22:55").stdout)
        (one,) = found["nights"]
        assert one["basis"] == "diary"
        assert one["rest"]["onset_s"] == pytest.approx(300.0, abs=1.0)
        assert one["rest"]["duration_s"] == pytest.approx(1200.0, abs=1.0)

    def test_rules_are_told(self, night: Path) -> None:
        (found,) = json.loads(run(night, "--json", "--rules", "aasm").stdout)
        index = found["nights"][0]["indices"]["periodic_limb_movement_per_h"]
        assert index["rule"] == "aasm"

    def test_help_and_version(self) -> None:
        runner = CliRunner()
        for command in ("analyze", "guidance", "simulate"):
            result = runner.invoke(main, [command, "--help"])
            assert result.exit_code == 0
            assert "Usage:" in result.stdout
        shown = runner.invoke(main, ["--help"]).stdout
        assert all(command in shown for command in ("analyze", "guidance", "simulate"))
        assert "detector" in runner.invoke(main, ["--version"]).stdout
        assert runner.invoke(main, ["analyse"]).exit_code == 2

    def test_every_option_has_help(self) -> None:
        context = main.make_context("detector", [], resilient_parsing=True)
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            assert command is not None
            assert command.help
            for option in command.params:
                if option.param_type_name == "option":
                    assert getattr(option, "help", None), f"{name} {option.opts}"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("ankle_night.csv", "ankle_night"),
        ("ankle_night.csv.gz", "ankle_night"),
        ("ankle.night.csv", "ankle.night"),
        ("NIGHT.CSV.ZIP", "NIGHT"),
        ("night", "night"),
        (".csv", ".csv"),
    ],
)
def test_the_name_of_a_recording(file: str, name: str) -> None:
    assert recording_name(Path("some") / file) == name


def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys; from detector.cli import main;"
        "main(['--help'], standalone_mode=False);"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    listed, _, imported = done.stdout.strip().rpartition("\n")
    assert imported == "False"
    for name in main.list_commands(click.Context(main)):
        line = next(line for line in listed.splitlines() if line.startswith(f"  {name} "))
        assert line.endswith("."), "a line that is cut off explains nothing"


def test_the_module_is_the_command() -> None:
    line = [sys.executable, "-m", "detector", "--help"]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Usage: python -m detector [OPTIONS] COMMAND [ARGS]...")
    assert not done.stderr
