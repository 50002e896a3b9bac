"""What a run writes: columns, types, and whole or not at all."""

from __future__ import annotations

import csv
import dataclasses
import errno
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import numpy as np
import pytest

from detector.errors import DetectorError
from detector.export import (
    COLUMNS,
    FILES,
    SCHEMA,
    is_result_folder,
    iso_ms,
    movements_csv,
    movements_frame,
    summary,
    to_json,
    write_results,
)
from detector.pipeline import Analysis, analyze
from detector.recording import Placement, from_arrays

PAGE = "<!doctype html><title>A night</title>\n"
SCHEMA_FILE = Path(__file__).parents[1] / "docs" / "summary.schema.json"
NUMBERS = ("onset_s", "duration_s", "peak_g", "jerk_g_per_s", "turn_deg", "interval_s")


@pytest.fixture(scope="module")
def still() -> Analysis:
    """Half an hour in which nothing moves, without a clock."""
    t_s = np.arange(1800 * 25) / 25.0
    return analyze(from_arrays(t_s, np.tile([[0.0], [0.0], [1.0]], t_s.size), hz=25.0))


def table(analysis: Analysis) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(movements_csv(analysis))))


class TestTable:
    def test_the_columns_are_those_of_the_design(self) -> None:
        assert ",".join(COLUMNS) == (
            "movement,night,onset,onset_s,duration_s,peak_g,jerk_g_per_s,turn_deg,side,state,"
            "label,excluded_as,reason,series,interval_s"
        )

    def test_one_row_a_movement(self, ankle_analysis: Analysis) -> None:
        rows = table(ankle_analysis)
        assert len(rows) == len(ankle_analysis.movements) > 100
        assert [int(row["movement"]) for row in rows] == list(range(1, len(rows) + 1))
        for row, one in zip(rows, ankle_analysis.movements, strict=True):
            assert float(row["onset_s"]) == pytest.approx(one.movement.onset_s, abs=5e-4)
            assert float(row["duration_s"]) == pytest.approx(one.movement.duration_s, abs=5e-4)
            assert row["label"] == one.label
            assert row["reason"] == one.reason
            assert row["series"] == ("" if one.series is None else str(one.series))
            assert (row["interval_s"] == "") == (one.interval_s is None)
            assert row["state"] in ("sleep", "wake", "unknown")

    def test_the_clock_is_local_to_the_millisecond(self, ankle_analysis: Analysis) -> None:
        row = table(ankle_analysis)[0]
        assert re.fullmatch(r"2024-01-1[56]T\d\d:\d\d:\d\d\.\d{3}", row["onset"])
        since = datetime.fromisoformat(row["onset"]) - datetime(2024, 1, 15, 22, 30)
        assert since.total_seconds() == pytest.approx(float(row["onset_s"]), abs=1e-3)

    def test_no_value_is_written_as_nan(self, ankle_analysis: Analysis) -> None:
        text = movements_csv(ankle_analysis).lower()
        assert "nan" not in text
        assert "none" not in text
        assert "\r" not in text

    def test_without_a_clock_the_onset_is_empty(self, ankle_analysis: Analysis) -> None:
        recording = dataclasses.replace(ankle_analysis.recording, start=None)
        rows = table(dataclasses.replace(ankle_analysis, recording=recording))
        assert {row["onset"] for row in rows} == {""}

    def test_types_of_the_frame(self, ankle_analysis: Analysis) -> None:
        frame = movements_frame(ankle_analysis)
        assert tuple(frame.columns) == COLUMNS
        assert {str(frame[name].dtype) for name in NUMBERS} == {"float64"}
        assert str(frame["movement"].dtype) == str(frame["night"].dtype) == "int64"
        assert str(frame["series"].dtype) == "Int64"
        assert frame["duration_s"].min() > 0
        assert ankle_analysis.to_frame().equals(frame)

    def test_an_empty_frame_has_the_same_types(
        self, still: Analysis, ankle_analysis: Analysis
    ) -> None:
        assert still.movements == ()
        empty, full = movements_frame(still), movements_frame(ankle_analysis)
        assert len(empty) == 0
        assert tuple(empty.columns) == COLUMNS
        for name in (*NUMBERS, "movement", "night", "series"):
            assert empty[name].dtype == full[name].dtype, name
        for name in ("state", "label", "reason", "side"):
            assert empty[name].dtype == full[name].dtype, name
        assert movements_csv(still) == ",".join(COLUMNS) + "\n"


class TestSummary:
    def test_it_fits_its_schema(
        self, still: Analysis, ankle_analysis: Analysis, long_analysis: Analysis
    ) -> None:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        for analysis in (still, ankle_analysis, long_analysis):
            found = json.loads(to_json(summary(analysis)))
            jsonschema.validate(found, schema)
            assert found["schema"] == SCHEMA

    def test_the_schema_refuses_what_is_wrong(self, long_analysis: Analysis) -> None:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        found = json.loads(to_json(summary(long_analysis)))
        del found["nights"][0]["hours"]["sleep"]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(found, schema)

    def test_it_holds_the_keys_of_the_contract(self, long_analysis: Analysis) -> None:
        found = summary(long_analysis)
        assert {"schema", "version", "recording", "criteria", "nights"} <= set(found)
        (night,) = found["nights"]
        assert set(night["hours"]) >= {"recorded", "rest", "sleep", "wake", "unknown", "off_body"}
        assert (
            set(night["counts"])
            == set(night["counts_wake"])
            == {
                "hypnic_jerk",
                "periodic_limb_movement",
                "restless_activity",
                "isolated_movement",
            }
        )
        assert set(night["excluded"]) == {"tremor", "rhythmic", "vibration", "respiratory_train"}
        for index in night["indices"].values():
            assert set(index) == {"value", "low", "high", "hours", "basis", "rule", "withheld"}
            assert (index["value"] is None) == (index["withheld"] is not None)

    def test_a_number_is_a_number_of_the_standard(
        self, still: Analysis, long_analysis: Analysis
    ) -> None:
        def refuse(name: str) -> Any:
            raise AssertionError(f"{name} is no JSON")

        for analysis in (still, long_analysis):
            text = to_json(summary(analysis))
            assert json.loads(text, parse_constant=refuse) == summary(analysis)
        with pytest.raises(ValueError, match="not JSON compliant"):
            to_json({"value": float("nan")})

    def test_a_withheld_figure_is_null_with_its_reason(self, still: Analysis) -> None:
        for index in summary(still)["nights"][0]["indices"].values():
            assert index["value"] is index["low"] is index["high"] is None
            assert "3 h" in index["withheld"]


class TestClock:
    @staticmethod
    def at(start: datetime | None, seconds: float) -> str | None:
        recording = from_arrays([0.0], [[0.0, 0.0, 1.0]], hz=25.0, start=start)
        return iso_ms(recording.clock(seconds))

    def test_a_local_clock_stays_local(self) -> None:
        start = datetime(2026, 3, 2, 22, 41, 7, 250_000)
        assert self.at(start, 3600.5) == "2026-03-02T23:41:07.750"
        assert self.at(None, 5.0) is None

    def test_a_zone_is_right_across_a_change_of_clocks(self) -> None:
        # Berlin, 29 March 2026: two hours after 01:30 it is 04:30
        start = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        assert self.at(start, 0.0) == "2026-03-29T01:30:00.000+01:00"
        assert self.at(start, 7200.0) == "2026-03-29T04:30:00.000+02:00"
        assert self.at(datetime(2026, 3, 29, tzinfo=UTC), 0.5) == "2026-03-29T00:00:00.500+00:00"


def names_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


class TestFolder:
    @pytest.fixture
    def written(self, ankle_analysis: Analysis, tmp_path: Path) -> Path:
        folder = tmp_path / "ankle.night"
        write_results(ankle_analysis, folder, PAGE)
        return folder

    def test_three_files_and_nothing_beside_them(self, written: Path) -> None:
        assert names_in(written) == sorted(FILES)
        assert names_in(written.parent) == ["ankle.night"]
        assert (written / "report.html").read_text(encoding="utf-8") == PAGE
        assert (written / "movements.csv").read_bytes().endswith(b"\n")
        assert is_result_folder(written)

    def test_ours_is_replaced_whole(self, written: Path, still: Analysis) -> None:
        (written / "review.csv").write_text("of a person")
        write_results(still, written, PAGE)
        assert names_in(written) == sorted((*FILES, "review.csv"))
        assert (written / "review.csv").read_text() == "of a person"
        assert names_in(written.parent) == ["ankle.night"]
        assert len((written / "movements.csv").read_text().splitlines()) == 1

    @pytest.mark.parametrize(
        "make",
        [
            lambda folder: folder.mkdir(),
            lambda folder: (folder.mkdir(), (folder / "thesis.txt").write_text("mine")),
            lambda folder: (folder.mkdir(), (folder / "summary.json").write_text("{")),
            lambda folder: (
                folder.mkdir(),
                (folder / "summary.json").write_text('{"schema": "x"}'),
            ),
            lambda folder: (folder.mkdir(), (folder / "summary.json").write_text("[]")),
            lambda folder: folder.write_text("a file"),
        ],
    )
    def test_what_is_not_ours_is_left_as_it_is(
        self, make: Callable[[Path], object], ankle_analysis: Analysis, tmp_path: Path
    ) -> None:
        folder = tmp_path / "ankle.night"
        make(folder)
        before = contents(tmp_path)
        with pytest.raises(DetectorError, match="was not written by this program"):
            write_results(ankle_analysis, folder, PAGE)
        assert contents(tmp_path) == before

    def test_a_folder_is_made_where_there_is_none(
        self, ankle_analysis: Analysis, tmp_path: Path
    ) -> None:
        folder = tmp_path / "a" / "b" / "night"
        write_results(ankle_analysis, folder, PAGE)
        assert names_in(folder) == sorted(FILES)

    def test_others_may_read_it(self, written: Path) -> None:
        assert written.stat().st_mode & 0o055 == 0o055
        assert all((written / name).stat().st_mode & 0o044 == 0o044 for name in FILES)


class TestNothingHalfWritten:
    @pytest.fixture(params=[False, True], ids=["new", "there"])
    def folder(self, request: pytest.FixtureRequest, still: Analysis, tmp_path: Path) -> Path:
        """Return where results are to go: nothing is there yet, or an older result."""
        if request.param:
            write_results(still, tmp_path / "ankle.night", PAGE)
        return tmp_path / "ankle.night"

    @pytest.mark.parametrize("name", FILES)
    def test_a_full_disk(
        self,
        name: str,
        folder: Path,
        ankle_analysis: Analysis,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        before = contents(tmp_path)
        real = Path.open

        def full(path: Path, mode: str = "r", *args: Any, **how: Any) -> Any:
            if path.name == name and "w" in mode:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(path, mode, *args, **how)

        monkeypatch.setattr(Path, "open", full)
        with pytest.raises(DetectorError, match=r"cannot be written .No space left"):
            write_results(ankle_analysis, folder, PAGE)
        assert contents(tmp_path) == before

    @pytest.mark.parametrize("failing", [1, 2])
    def test_a_rename_that_fails(
        self,
        failing: int,
        folder: Path,
        ankle_analysis: Analysis,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if not folder.exists():
            failing = 1  # only one rename is needed
        before = contents(tmp_path)
        calls = iter(range(1, 9))
        real = os.replace

        def refuse(source: Any, target: Any, **how: Any) -> None:
            if next(calls) == failing:
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            real(source, target, **how)

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(DetectorError, match=r"cannot be written .Permission denied"):
            write_results(ankle_analysis, folder, PAGE)
        assert contents(tmp_path) == before

    def test_a_place_that_cannot_be_written(self, ankle_analysis: Analysis, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(DetectorError, match="cannot be written"):
            write_results(ankle_analysis, tmp_path / "file" / "night", PAGE)
        assert names_in(tmp_path) == ["file"]


def contents(folder: Path) -> dict[str, str | None]:
    """Return every path in a folder with its text, None for a folder."""

    def walk() -> Iterator[tuple[str, str | None]]:
        for path in sorted(folder.rglob("*")):
            text = path.read_text(encoding="utf-8") if path.is_file() else None
            yield str(path.relative_to(folder)), text

    return dict(walk())


def test_placement_is_told(ankle_analysis: Analysis) -> None:
    assert summary(ankle_analysis)["recording"]["placement"] == Placement.ANKLE
    assert summary(ankle_analysis)["recording"]["hours"] == pytest.approx(2.5, abs=0.001)
