"""Result folders come back as rows, one a night, with all that a summary says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from detector.criteria import default_criteria
from detector.errors import DetectorError
from detector.export import summary, to_json
from detector.pipeline import Analysis
from detector.recording import Placement
from detector.results import (
    COLUMNS,
    criteria_id,
    find_results,
    is_result,
    read_rows,
    rows_of,
    table_rows,
)


@pytest.fixture
def folder(long_analysis: Analysis, tmp_path: Path) -> Path:
    made = tmp_path / "person" / "monday.night"
    made.mkdir(parents=True)
    (made / "summary.json").write_text(to_json(summary(long_analysis)), encoding="utf-8")
    return made


def test_a_row_holds_what_the_analysis_found(long_analysis: Analysis, folder: Path) -> None:
    (row,) = read_rows(folder)
    found = long_analysis.nights[0].summary
    index = found.indices["periodic_limb_movement_per_h"]
    assert row.result == "monday"
    assert row.date == found.date
    assert row.indices["periodic_limb_movement_per_h"].value == pytest.approx(index.value, abs=1e-4)
    assert row.counts == dict(found.counts)
    assert row.hours["sleep"] == pytest.approx(found.hours["sleep"], abs=1e-4)
    assert row.setup.placement == "ankle"
    assert row.sleep_start is not None
    assert found.sleep_period_s is not None
    seen = long_analysis.recording.clock(found.sleep_period_s[0])
    assert seen is not None
    assert abs((row.sleep_start - seen).total_seconds()) < 1.001


def test_a_clock_that_changes_in_the_night_is_told(long_analysis: Analysis) -> None:
    made = summary(long_analysis)
    made["recording"] |= {"start": "2026-03-28T23:00:00.000+01:00", "timezone": "Europe/Berlin"}
    made["nights"][0]["sleep_period"] = {"onset_s": 3600.0, "duration_s": 4 * 3600.0}
    (row,) = rows_of(made, "a")
    assert row.sleep_start is not None
    assert row.sleep_start.isoformat() == "2026-03-29T00:00:00+01:00"
    assert row.sleep_end is not None
    assert row.sleep_end.isoformat() == "2026-03-29T05:00:00+02:00"


def test_a_flat_row_has_the_columns_in_their_order(folder: Path) -> None:
    rows = read_rows(folder)
    assert tuple(rows[0].flat()) == COLUMNS
    (table,) = table_rows(rows)
    json.dumps(table, allow_nan=False)
    assert table["date"] == rows[0].date.isoformat()  # type: ignore[union-attr]
    assert isinstance(rows[0].flat()["date"], date)


def test_results_are_found_below_a_folder(folder: Path) -> None:
    assert is_result(folder)
    assert not is_result(folder.parent)
    assert find_results(folder.parent.parent) == [folder]
    assert find_results(folder) == [folder]


def test_other_thresholds_are_another_setup(long_analysis: Analysis) -> None:
    made = summary(long_analysis)
    (one,) = rows_of(made, "a")
    made["criteria"]["detection"]["absolute_floor_g"] = 0.5
    made["recording"]["side"] = "right"
    (other,) = rows_of(made, "b")
    assert one.setup.differences(other.setup) == ("side", "criteria")
    assert one.setup.differences(one.setup) == ()


def test_the_order_of_thresholds_is_no_other_setup() -> None:
    assert criteria_id({"a": {"x": 1, "y": 2}}) == criteria_id({"a": {"y": 2, "x": 1}})
    assert default_criteria(Placement.ANKLE) == default_criteria(Placement.ANKLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "monday.night/summary.json: is damaged"),
        ('{"schema": "other/1"}', "is not a summary of this program"),
        ('{"schema": "night-movement-detector/summary/1", "nights": [{}]}', "lacks"),
        ("[]", "lacks"),
    ],
)
def test_a_damaged_summary_is_named(folder: Path, text: str, said: str) -> None:
    (folder / "summary.json").write_text(text, encoding="utf-8")
    with pytest.raises(DetectorError, match=said) as error:
        read_rows(folder)
    assert "monday" in str(error.value)
    assert "\n" not in str(error.value)


def test_no_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="no folder that detector analyze wrote"):
        read_rows(tmp_path)
