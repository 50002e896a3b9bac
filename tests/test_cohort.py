"""A study: which recordings, what is kept of each, what is done again, and the tables of all."""

from __future__ import annotations

import csv
import gzip
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from detector import __version__
from detector.cli import main
from detector.cohort import conduct as conducting
from detector.cohort import gather as gathering
from detector.cohort.codebook import codebook_rows, quality_texts
from detector.cohort.content import digest_of_recording
from detector.cohort.lock import RunLock
from detector.cohort.places import LocalPlace, fetched, place_at
from detector.cohort.run import Job, Reports
from detector.cohort.store import Failure, Store, name_of
from detector.cohort.study import Stop
from detector.cohort.table import Entry, entries_of
from detector.cohort.task import Plan, analyze_entry, result_name
from detector.errors import CriteriaError, DetectorError
from detector.export import COLUMNS, movement_rows, movements_csv
from detector.pipeline import Analysis, analyze
from detector.quality import AS_MEASURED
from detector.readers import read
from detector.reading_options import Reading
from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night

fsspec = pytest.importorskip("fsspec", reason="a study needs the extra cluster")
pytest.importorskip("distributed", reason="a study needs the extra cluster")
ANKLE = Reading("ankle", None, None, None, None, None, None)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-five minutes at 20 Hz."""
    path = tmp_path_factory.mktemp("night") / "night.csv"
    made = simulate_night(seed=5, placement=Placement.ANKLE, hours=25 / 60, hz=20.0, plm_per_h=60.0)
    write_night(made, path, Exporter.AXIVITY)
    return path


@pytest.fixture
def study(night: Path, tmp_path: Path) -> Path:
    """Two people, one of them with two visits, and a file that is none."""
    for k, name in enumerate(("P01/V1/a.csv", "P01/V2/a.csv", "P02/b.csv")):
        shortened(night, tmp_path / "study" / name, k)
    (tmp_path / "study" / "P02" / "empty.csv").touch()
    return tmp_path / "study"


def shortened(night: Path, path: Path, n_rows: int) -> Path:
    """Write the night without its last rows: another content, hardly another result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = night.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) - n_rows]))
    return path


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Run the jobs of a study in this process, and say which were run."""
    done: list[int] = []

    def run_jobs(
        session: object, function: Any, jobs: Sequence[Job], reports: Reports, window: object = None
    ) -> None:
        for job in jobs:
            reports.turn(1)
            if not reports.stopped():
                done.append(job.number)
                reports.done(job.number, function(*job.arguments))

    monkeypatch.setattr("detector.cohort.study.run_jobs", run_jobs)
    return done


def cohort(*words: object) -> Result:
    return CliRunner().invoke(main, ["cohort", *map(str, words)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def entries(*given: object, output: str = "") -> tuple[Entry, ...]:
    return entries_of([str(one) for one in given], ANKLE, "", output)


def plan(output: Path, **changes: Any) -> Plan:
    made = Plan(str(output), __version__, "wasm", "", "criteria.toml", False, ".stop/x")
    return replace(made, **changes)


# Which recordings


def test_a_folder_below_is_a_participant_and_what_lies_between_is_the_visit(study: Path) -> None:
    found = [(e.participant, e.visit, e.file) for e in entries(study)]
    assert found == [
        ("P01", "V1", "P01/V1/a.csv"),
        ("P01", "V2", "P01/V2/a.csv"),
        ("P02", "", "P02/b.csv"),
        ("P02", "", "P02/empty.csv"),
    ]


def test_a_folder_a_pattern_and_the_files_themselves_give_the_same_entries(study: Path) -> None:
    by_folder = entries(study)
    assert entries(*sorted(study.iterdir())) == by_folder
    assert entries(f"{study}/**/*.csv") == by_folder
    assert entries(*sorted(study.rglob("*.csv"))) == by_folder
    assert entries(study, study / "P02", study / "P02" / "b.csv") == by_folder


def test_files_of_one_folder_are_participants_by_their_names(night: Path, tmp_path: Path) -> None:
    for name in ("x.csv.gz", "y.csv", "z.csv.truth.csv", "y.truth.csv"):
        shutil.copy(night, tmp_path / name)
    assert [e.participant for e in entries(tmp_path)][:2] == ["x", "y"]
    assert not any(e.file.endswith(".truth.csv") for e in entries(tmp_path))


def test_an_apps_folder_is_one_recording_and_results_are_none(study: Path) -> None:
    app = study / "P03" / "2024-01-15"
    app.mkdir(parents=True)
    for name in ("TotalAcceleration.csv", "Gravity.csv", "Metadata.csv"):
        (app / name).write_text("time,x,y,z\n")
    (study / "P03" / "x.night").mkdir()
    (study / "P03" / "x.night" / "movements.csv").touch()
    assert [e.file for e in entries(study) if e.participant == "P03"] == ["P03/2024-01-15"]


def test_links_that_lead_round_end(study: Path) -> None:
    (study / "P02" / "back").symlink_to(study, target_is_directory=True)
    assert len(entries(study)) == 4


def test_a_table_says_what_the_options_leave_open(study: Path) -> None:
    table = study / "people.csv"
    table.write_text(
        "\ufeffParticipant;Visit;File;Placement;Side;Timezone;Diary;age\n"
        "007;base;P01/V1/a.csv;wrist;left;Europe/Berlin;22:30-6:45;41\n"
        "008;;P02/b.csv;;;;;\n"
        "009;;gone.csv;;;;;\n",
        encoding="utf-8",
    )
    first, second, third = entries(table)
    assert (first.participant, first.visit, first.file) == ("007", "base", "P01/V1/a.csv")
    assert (first.reading.placement, first.reading.side) == ("wrist", "left")
    assert (first.reading.timezone, first.sleep) == ("Europe/Berlin", "22:30-06:45")
    assert first.carried == (("age", "41"),)
    assert (second.reading, second.sleep) == (ANKLE, "")
    assert Path(second.address) == study / "P02" / "b.csv"
    assert (third.size_bytes, third.stamp) == (0, "")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P1,a.csv,ancle,,", "row 2: placement 'ancle' is none of ankle"),
        ("P1,,ankle,,", "row 2: names no file"),
        (",a.csv,ankle,,", "row 2: names no participant"),
        ("P1,a.csv,ankle,Berlin,", "row 2: timezone 'Berlin' is no zone"),
        ("P1,a.csv,ankle,,25:00-06:00", "row 2: diary '25:00-06:00' is no times of sleep"),
        ("P1,a.csv,ankle,,,more", "row 2 has more cells"),
        ("P1,a.csv,,,\nP1,a.csv,,,", "row 3: a.csv is there twice for P1"),
    ],
)
def test_a_wrong_row_is_refused_by_its_number(tmp_path: Path, row: str, said: str) -> None:
    table = tmp_path / "people.csv"
    table.write_text(f"participant,file,placement,timezone,diary\n{row}\n")
    with pytest.raises(CriteriaError, match=said):
        entries(table)


def test_a_diary_is_shown_on_the_page_of_its_participant(study: Path, tmp_path: Path) -> None:
    (study / "diary.csv").write_text("date,dogs_walked\n2024-01-15,3\n", encoding="utf-8")
    table = study / "people.csv"
    table.write_text("participant,file,diary\nA,P01/V1/a.csv,diary.csv\nB,P02/b.csv,\n")
    out = tmp_path / "out"
    assert cohort(table, "-o", out, "--placement", "ankle").exit_code == 0
    with_diary, without = ((out / "people" / f"{k}.html").read_text("utf-8") for k in "AB")
    assert ("dogs_walked" in with_diary, "dogs_walked" in without) == (True, False)
    table.write_text("participant,file,diary\nA,P01/V1/a.csv,gone.csv\n")
    with pytest.raises(CriteriaError, match=r"row 2: diary gone.csv: there is no such file"):
        entries(table)


def test_what_is_not_there_or_empty_is_said(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    for given_, said in (
        (tmp_path / "gone", "there is no such file or folder"),
        (f"{tmp_path}/*.csv", "fits no file"),
        (tmp_path / "nothing", "holds no recording"),
    ):
        with pytest.raises(CriteriaError, match=said):
            entries(given_)


# One recording


def test_a_result_holds_what_analyze_gives(night: Path, tmp_path: Path) -> None:
    (entry,) = entries(night)
    outcome = analyze_entry(plan(tmp_path), entry)
    assert outcome.status == "done"
    result = Store(place_at(str(tmp_path))).get(outcome.name)
    whole = analyze(read(night, placement="ankle"))
    expected = [dict(zip(COLUMNS, row, strict=True)) for row in movement_rows(whole)]
    assert len(expected) > 10
    assert result.movements.to_pylist() == expected
    assert result.summary["recording"]["source"] == "night.csv"


def test_the_same_again_reads_and_finds_it(night: Path, tmp_path: Path) -> None:
    (entry,) = entries(night)
    first = analyze_entry(plan(tmp_path), entry)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.json.gz")}
    second = analyze_entry(plan(tmp_path), entry)
    assert (first.status, second.status) == ("done", "reused")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.json.gz")} == before


def test_whatever_a_result_depends_on_is_in_its_name(night: Path, tmp_path: Path) -> None:
    (entry,) = entries(night)
    one = plan(tmp_path)
    names = [
        result_name(one, entry, ("a",)),
        result_name(one, entry, ("b",)),
        result_name(replace(one, rules="aasm"), entry, ("a",)),
        result_name(replace(one, criteria="[series]\nmin_members = 5\n"), entry, ("a",)),
        result_name(replace(one, version="9"), entry, ("a",)),
        result_name(one, replace(entry, sleep="22:00-06:00"), ("a",)),
        result_name(one, replace(entry, hypnogram="h.csv"), ("a", "h")),
        result_name(one, replace(entry, events="h.csv"), ("a", "h")),
        result_name(one, replace(entry, reading=replace(ANKLE, side="left")), ("a",)),
        result_name(one, replace(entry, address="/else/other.csv"), ("a",)),
    ]
    assert len(set(names)) == len(names)
    # but not who it is of, where it lies, or where the results go
    moved = replace(entry, participant="X", visit="2", file="y", address="/else/night.csv")
    assert result_name(replace(one, output="/other", stop="z"), moved, ("a",)) == names[0]


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_a_name_does_not_depend_on_the_order_of_what_is_in_it(parts: dict[str, Any]) -> None:
    assert name_of(parts) == name_of(dict(reversed(parts.items())))


def test_a_digest_is_that_of_sha256sum_and_sees_what_lies_beside(
    night: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(night, tmp_path / "night.csv"))
    alone = digest_of_recording(copy)
    assert alone == hashlib.sha256(night.read_bytes()).hexdigest()
    (tmp_path / "Gravity.csv").write_text("time,x,y,z\n0,0,0,1\n")
    assert digest_of_recording(copy) != alone


def test_a_failure_is_kept_where_it_is_the_recordings_own(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("time,steps\n2024-01-01 00:00:00,5\n2024-01-01 00:01:00,7\n")
    (entry,) = entries(bad)
    first = analyze_entry(plan(tmp_path / "out"), entry)
    assert first.status == "failed"
    assert first.failure is not None
    assert first.failure.message.startswith("bad.csv: ")
    assert Store(place_at(str(tmp_path / "out"))).failure(first.name) == first.failure
    bad.unlink()
    gone = analyze_entry(plan(tmp_path / "out"), entry)
    assert gone.failure is not None
    assert not gone.name, "a file that is not there may be there tomorrow"


def test_a_fault_of_the_program_stops_nothing_and_is_called_that(
    night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Analysis:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("detector.pipeline.analyze", broken)
    outcome = analyze_entry(plan(tmp_path), entries(night)[0])
    assert outcome.failure == Failure(
        "unexpected", "a fault of this program: ZeroDivisionError: division by zero"
    )
    assert not list(tmp_path.rglob("*.failure.json"))


def test_a_recording_that_changes_while_it_is_read_is_no_result(
    night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = Path(shutil.copy(night, tmp_path / "growing.csv"))
    whole = analyze

    def slow(*arguments: Any, **options: Any) -> Analysis:
        found = whole(*arguments, **options)
        with growing.open("a") as file:
            file.write("2024-01-15 23:59:00.000,0,0,1\n")
        return found

    monkeypatch.setattr("detector.pipeline.analyze", slow)
    outcome = analyze_entry(plan(tmp_path / "out"), entries(growing)[0])
    assert outcome.failure is not None
    assert "changed while it was read" in outcome.failure.message
    assert not list((tmp_path / "out").rglob("*.json.gz"))


def test_a_process_of_another_version_says_so_and_does_nothing(night: Path, tmp_path: Path) -> None:
    outcome = analyze_entry(plan(tmp_path, version="0.0.0"), entries(night)[0])
    assert outcome.status == "foreign"
    assert outcome.failure is not None
    assert "this is 0.0.0" in outcome.failure.message
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_run_begins_no_recording(night: Path, tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    place.write(".stop/x", b"")
    assert analyze_entry(plan(tmp_path), entries(night)[0]).status == "left"


# Files that appear whole or not at all


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path / "out"))
    place.write("a/b.txt", b"old")

    def half() -> None:
        with place.writing("a/b.txt") as path:
            path.write_bytes(b"new, but")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert place.read("a/b.txt") == b"old"
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["b.txt"]


def test_what_is_written_once_stays(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path))
    place.write("x", b"first", once=True)
    place.write("x", b"second", once=True)
    assert place.read("x") == b"first"


def test_old_unfinished_files_are_swept_and_fresh_ones_are_not(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path))
    (tmp_path / ".unfinished").mkdir()
    old, fresh = (tmp_path / ".unfinished" / name for name in ("old", "fresh"))
    for path in (old, fresh):
        path.touch()
    day_before = time.time() - 86_400
    os.utime(old, (day_before, day_before))
    place.sweep()
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_damaged_result_is_told_and_taken_away(night: Path, tmp_path: Path) -> None:
    outcome = analyze_entry(plan(tmp_path), entries(night)[0])
    (file,) = tmp_path.rglob("*.json.gz")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DetectorError, match="run the same command again"):
        Store(place_at(str(tmp_path))).get(outcome.name)
    assert not file.exists()


def test_two_runs_on_one_folder_are_one_too_many(tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    with RunLock(place), pytest.raises(DetectorError, match="another run writes here"):
        RunLock(place).__enter__()
    with RunLock(place):
        pass  # free again


def test_the_lock_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    code = (
        "import sys, os; from detector.cohort.lock import RunLock;"
        "from detector.cohort.places import place_at;"
        "RunLock(place_at(sys.argv[1])).__enter__(); os._exit(9)"
    )
    gone = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert gone.returncode == 9
    assert (tmp_path / "running.json").exists()
    with RunLock(place_at(str(tmp_path))) as lock:
        assert json.loads((tmp_path / "running.json").read_text())["run"] == lock.run


# A study


def test_a_bad_file_is_a_row_and_the_others_are_done(study: Path, tmp_path: Path) -> None:
    result = cohort(study, "-o", tmp_path / "out", "--placement", "ankle", "--no-pages")
    assert result.exit_code == 1, result.output
    assert "3 recordings done, 1 failed, 0 left" in result.output
    (failure,) = rows_of(tmp_path / "out" / "failures.csv")
    assert (failure["participant"], failure["file"]) == ("P02", "P02/empty.csv")
    assert failure["message"] == "empty.csv: is empty: export the recording again"
    nights = rows_of(tmp_path / "out" / "nights.csv")
    assert [(row["participant"], row["visit"]) for row in nights] == [
        ("P01", "V1"),
        ("P01", "V2"),
        ("P02", ""),
    ]


def test_the_tables_agree_with_each_other_and_with_analyze(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cohort(study, "-o", out, "--placement", "ankle", "--no-pages")
    movements = pd.read_parquet(out / "movements")
    nights = pd.read_parquet(out / "nights.parquet")
    text = rows_of(out / "nights.csv")
    assert list(nights.columns) == list(text[0])
    for name in ("participant", "recording", "quality", "periodic_limb_movement_per_h_withheld"):
        assert nights[name].fillna("").tolist() == [row[name] for row in text]
    numbers = [float(row["recorded_h"]) for row in text]
    assert nights["recorded_h"].tolist() == numbers
    for (participant, file), mine in movements.groupby(["participant", "file"]):
        expected = movements_csv(analyze(read(study / str(file), placement="ankle")))
        assert len(mine) == expected.count("\n") - 1
        assert set(mine["recording"]) == set(nights.loc[nights["file"] == file, "recording"])
        assert str(file).startswith(str(participant))


def test_every_column_is_in_the_codebook_with_its_type(study: Path, tmp_path: Path) -> None:
    table = study / "people.csv"
    table.write_text("participant,file,age\n1,P01/V1/a.csv,40\n", encoding="utf-8")
    out = tmp_path / "out"
    assert cohort(table, "-o", out, "--placement", "ankle", "--no-pages").exit_code == 0
    book = rows_of(out / "codebook.csv")
    codes = [r["column"].removeprefix("quality: ") for r in book if r["type"] == "code"]
    glossary = (Path(__file__).parents[1] / "GLOSSARY.md").read_text(encoding="utf-8")
    assert [code for code in codes if f"| `{code}` |" not in glossary] == []
    used = {code for row in rows_of(out / "nights.csv") for code in row["quality"].split(";")}
    assert used <= set(codes)
    book = [row for row in book if row["type"] != "code"]
    told = {name: [r["column"] for r in book if r["table"] == name] for name in
            ("movements", "nights", "failures", "recordings")}  # fmt: skip
    assert told["movements"] == pq.read_schema(next((out / "movements").iterdir())).names
    assert told["nights"] == pq.read_schema(out / "nights.parquet").names
    assert told["nights"][-1] == "age"
    for name in ("failures", "recordings"):
        with (out / f"{name}.csv").open() as file:
            assert told[name] == next(csv.reader(file))
    shown = {"integer": pa.types.is_integer, "number": pa.types.is_floating,
             "date": pa.types.is_date, "text": pa.types.is_string}  # fmt: skip
    schema = pq.read_schema(out / "nights.parquet")
    assert all(shown[r["type"]](schema.field(r["column"]).type)
               for r in book if r["table"] == "nights")  # fmt: skip
    assert all(row["meaning"] and row["empty_where"] for row in book)
    units = {(r["table"], r["column"]): r["unit"] for r in book}
    assert units["nights", "sleep_h"] == "h"
    assert units["nights", "restless_min_per_h_low"] == "min/h"
    assert units["nights", "periodicity_share"] == ""


def test_numbers_with_leading_zeros_stay_what_they_are(study: Path, tmp_path: Path) -> None:
    table = study / "people.csv"
    table.write_text("participant,file\n001,P01/V1/a.csv\n1,P01/V2/a.csv\na/b %,P02/b.csv\n")
    out = tmp_path / "out"
    cohort(table, "-o", out, "--placement", "ankle")
    found = pd.read_parquet(out / "movements")["participant"].unique().tolist()
    assert sorted(found) == ["001", "1", "a/b %"]
    page = (out / "cohort.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(people/[^"]+)"', page)
    assert sorted(unquote(link) for link in links) == sorted(
        f"people/{path.name}" for path in (out / "people").iterdir()
    )
    assert len(links) == 3


def test_a_second_run_does_only_what_is_missing_or_changed(
    study: Path, night: Path, tmp_path: Path, here: list[int]
) -> None:
    out = tmp_path / "out"
    words = (study, "-o", out, "--placement", "ankle", "--no-pages")
    cohort(*words)
    assert len(here) == 4
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    here.clear()
    again = cohort(*words)
    assert here == [], "nothing is read, the file that failed neither"
    assert again.exit_code == 1
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()} == before
    shortened(night, study / "P02" / "b.csv", 50)
    cohort(*words)
    assert here == [2]
    here.clear()
    cohort(*words, "--rules", "aasm")
    assert len(here) == 4
    here.clear()
    cohort(*words)
    assert here == [], "results by the criteria before are still there"


def test_a_file_that_moved_or_was_touched_is_read_but_not_analyzed(
    study: Path, tmp_path: Path, here: list[int]
) -> None:
    words = (study, "-o", tmp_path / "out", "--placement", "ankle", "--no-pages")
    cohort(*words)
    (study / "P01").rename(study / "P09")
    os.utime(study / "P02" / "b.csv")
    kept = {p.name for p in (tmp_path / "out").rglob("*.json.gz")}
    cohort(*words)
    assert {p.name for p in (tmp_path / "out").rglob("*.json.gz")} == kept
    assert {row["participant"] for row in rows_of(tmp_path / "out" / "nights.csv")} == {
        "P02",
        "P09",
    }
    assert {p.name for p in (tmp_path / "out" / "movements").iterdir()} == {
        "participant=P02.parquet",
        "participant=P09.parquet",
    }


def test_losing_the_index_costs_reading_only(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = (study, "-o", out, "--placement", "ankle", "--no-pages")
    cohort(*words)
    before = {p: p.read_bytes() for p in out.rglob("*.csv")}
    lines = (out / "index.jsonl").read_text().splitlines()
    (out / "index.jsonl").write_text("\n".join([*lines[:1], lines[1][:20]]))  # as a kill leaves it
    cohort(*words)
    assert {p: p.read_bytes() for p in out.rglob("*.csv")} == before


def test_a_damaged_result_is_a_row_and_the_next_run_mends_it(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = (study / "P01", "-o", out, "--placement", "ankle", "--no-pages")
    cohort(*words)
    good = (out / "nights.csv").read_bytes()
    next(out.rglob("*.json.gz")).write_bytes(gzip.compress(b"{}"))
    (out / "provenance.json").unlink()
    assert cohort(*words).exit_code == 1
    assert rows_of(out / "failures.csv")[0]["kind"] == "damaged"
    assert cohort(*words).exit_code == 0
    assert (out / "nights.csv").read_bytes() == good


def test_the_same_content_twice_is_said(night: Path, tmp_path: Path) -> None:
    for name in ("P01/n.csv", "P02/n.csv", "P03/other.csv"):
        shortened(night, tmp_path / "study" / name, 0)
    out = tmp_path / "out"
    cohort(tmp_path / "study", "-o", out, "--placement", "ankle", "--no-pages")
    same = [row["same_as"] for row in rows_of(out / "nights.csv")]
    assert same == ["", "P01: P01/n.csv", "P01: P01/n.csv"]
    assert len(list(out.rglob("*.json.gz"))) == 2, "two of one name are one result"


def test_many_participants_share_files(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--placement", "ankle", "--no-pages")
    cohort(study, "-o", tmp_path / "own", *words)
    monkeypatch.setattr(gathering, "MOST_FILES", 1)
    cohort(study, "-o", tmp_path / "shared", *words)
    files = [p.name for p in (tmp_path / "shared" / "movements").iterdir()]
    assert files == ["participants-00000.parquet"]
    own, shared = (pd.read_parquet(tmp_path / k / "movements") for k in ("own", "shared"))
    pd.testing.assert_frame_equal(own, shared)


def test_a_dry_run_writes_nothing_and_says_how_much(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = cohort(study, "-o", out, "--dry-run", "--workers", "2")
    assert said.exit_code == 0
    assert not out.exists()
    assert "4 recordings of 2 participants" in said.output
    assert "to be done: 4" in said.output
    assert "a guess" in said.output
    cohort(study, "-o", out, "--placement", "ankle", "--no-pages")
    said = cohort(study, "-o", out, "--placement", "ankle", "--no-pages", "--dry-run")
    assert "already done: 3\nknown to be unusable: 1\nto be done: 0" in said.output


def test_one_interrupt_leaves_the_rest_and_the_next_run_goes_on(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: list[int]
) -> None:
    out = tmp_path / "out"
    words = (study, "-o", out, "--placement", "ankle", "--no-pages")

    class Impatient(Stop):
        @contextmanager
        def listening(self) -> Iterator[None]:
            yield

        @property
        def asked(self) -> bool:
            return len(here) >= 2

        @asked.setter
        def asked(self, value: bool) -> None:
            pass

    monkeypatch.setattr(conducting, "Stop", Impatient)
    stopped = cohort(*words)
    assert stopped.exit_code == 130
    assert "2 left" in stopped.output
    assert json.loads((out / "provenance.json").read_text())["complete"] is False
    assert "not complete" in (out / "cohort.html").read_text(encoding="utf-8")
    monkeypatch.setattr(conducting, "Stop", Stop)
    assert cohort(*words).exit_code == 1
    assert sorted(here) == [0, 1, 2, 3]
    assert not (out / ".stop").exists() or not any((out / ".stop").iterdir())


def test_a_second_interrupt_is_not_waited_with() -> None:
    said: list[str] = []
    stop = Stop(said.append)
    stop()
    assert (stop.asked, len(said)) == (True, 1)
    with pytest.raises(KeyboardInterrupt):
        stop()


def test_a_folder_with_other_things_is_left_as_it_is(study: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    result = cohort(study, "-o", tmp_path / "mine")
    assert result.exit_code == 1
    assert "was not written by detector cohort" in result.output
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workers", 2, "--scheduler", "tcp://x:1"), "give one"),
        (("--scheduler", "nonsense"), "is no address such as"),
        (("--sleep", "late"), "is no times of sleep"),
        (("--criteria", "gone.toml"), "gone.toml: cannot be read"),
    ],
)
def test_wrong_use_is_one_line(study: Path, tmp_path: Path, words: Any, said: str) -> None:
    result = cohort(study, "-o", tmp_path / "out", *words)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_provenance_says_what_made_it(study: Path, tmp_path: Path) -> None:
    criteria = tmp_path / "mine.toml"
    criteria.write_text("[series]\nmin_members = 5\n")
    out = tmp_path / "out"
    words = ("--placement", "ankle", "--no-pages", "--criteria", criteria)
    cohort(study, "-o", out, *words)
    found = json.loads((out / "provenance.json").read_text())
    assert found["own_criteria"] == {"series": {"min_members": 5}}
    assert found["version"] == __version__
    assert (found["recordings"], found["done"], found["failed"]) == (4, 3, {"unusable": 1})
    assert found["environment"]["libraries"]["pyarrow"] == pa.__version__
    assert str(tmp_path) not in json.dumps(found), "where the files lie is private"


def test_the_pages_ask_for_nothing_and_lead_to_each_other(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cohort(study, "-o", out, "--placement", "ankle")
    for page in (out / "cohort.html", *(out / "people").iterdir()):
        text = html.unescape(page.read_text(encoding="utf-8"))
        assert "default-src 'none'" in text
        assert "<script" not in text
        for link in re.findall(r'(?:href|src)="([^"#]*)(?:#[^"]*)?"', text):
            assert "://" not in link
            assert not link or (page.parent / unquote(link)).exists(), link


# Addresses


def test_a_study_far_away_gives_the_same_as_one_here(
    study: Path, tmp_path: Path, here: list[int]
) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(study), "/far/study", recursive=True)
    try:
        cohort(study, "-o", tmp_path / "near", "--placement", "ankle", "--no-pages")
        here.clear()
        words = ("memory://far/study", "-o", "memory://far/out", "--placement", "ankle")
        assert cohort(*words, "--no-pages").exit_code == 1
        for name in ("nights.csv", "failures.csv", "recordings.csv", "codebook.csv"):
            assert memory.cat(f"/far/out/{name}") == (tmp_path / "near" / name).read_bytes()
        for file in (tmp_path / "near" / "movements").iterdir():
            assert memory.cat(f"/far/out/movements/{file.name}") == file.read_bytes()
        here.clear()
        cohort(*words, "--no-pages")
        assert here == [], "what is far away is not read again either"
    finally:
        memory.rm("/far", recursive=True)


def test_an_address_without_its_library_says_which(tmp_path: Path) -> None:
    if find_spec("s3fs") is None:
        with pytest.raises(DetectorError, match="needs s3fs, which is not installed"):
            fetched("s3://bucket/night.csv", tmp_path)
    with pytest.raises(DetectorError, match="nothing://"):
        place_at("nothing://x")


def test_local_paths_do_without_fsspec(night: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['fsspec'] = None;"
        "from detector.cohort.table import entries_of; from detector.cohort.task import *;"
        "from detector.reading_options import Reading;"
        "r = Reading('ankle', None, None, None, None, None, None);"
        "(e,) = entries_of([sys.argv[1]], r, '', '');"
        f"p = Plan(sys.argv[2], {__version__!r}, 'wasm', '', 'c', False, '.stop/x');"
        "print(analyze_entry(p, e).status)"
    )
    words = [sys.executable, "-c", code, str(night), str(tmp_path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "done"


def test_every_table_of_the_codebook_is_known() -> None:
    assert {row[0] for row in codebook_rows(())} == {
        "movements",
        "nights",
        "failures",
        "recordings",
    }


def test_the_codebook_has_each_note_of_the_glossary_that_stands_in_the_column() -> None:
    glossary = (Path(__file__).parents[1] / "GLOSSARY.md").read_text(encoding="utf-8")
    table = glossary.split("| code | there when |\n| --- | --- |\n")[1].split("\n\n")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert len(told) == len(table.splitlines())
    plain = {code: text.replace("`", "") for code, text in told.items() if code not in AS_MEASURED}
    assert quality_texts() == plain
