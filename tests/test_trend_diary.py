"""A diary comes back from any spreadsheet as it was meant, or is refused with its row."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import DetectorError
from detector.trend.diary import Diary, diary_csv, number_of, read_diary, time_of
from detector.trend.factors import Kind, factors, facts_on_factor
from detector.trend.folder import read_diary_csv
from detector.trend.sheet import DiaryError

FIRST = date(2026, 3, 2)
EVENINGS = [FIRST + timedelta(days=k) for k in range(14)]
PLAIN = """date,bedtime,caffeine,exercise,stress,wine
2026-03-02,22:30,yes,none,3.5,2
2026-03-03,23:05,no,day,,0
2026-03-04,,,evening,10,1
"""


def read(tmp_path: Path, content: str | bytes, known: list[date] | None = None) -> Diary:
    path = tmp_path / "diary.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_diary(path, known or [])


@pytest.fixture
def plain(tmp_path: Path) -> Diary:
    return read(tmp_path, PLAIN)


def test_cells_become_values_and_missing_stays_missing(plain: Diary) -> None:
    second = EVENINGS[1]
    assert dict(plain.rows[FIRST]) == {
        "bedtime": time(22, 30),
        "caffeine": True,
        "exercise": "none",
        "stress": 3.5,
        "wine": 2.0,
    }
    assert "stress" not in plain.rows[second]
    assert plain.value(second, plain.column("stress")) is None
    assert plain.value(EVENINGS[2], plain.column("caffeine")) is None
    assert plain.value(None, plain.column("caffeine")) is None


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace(",", ";").replace("3.5", "3,5"),
        PLAIN.replace(",", "\t"),
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        "sep=;\r\n" + PLAIN.replace(",", ";"),
        PLAIN.replace("2026-03-0", "0")
        .replace("02,", "02.03.2026,", 1)
        .replace("\n03,", "\n03.03.2026,")
        .replace("\n04,", "\n04.03.2026,"),
        PLAIN.replace("yes", "ja").replace("no,", "nein,").replace("evening", "abends"),
        PLAIN.replace("yes", "TRUE").replace(",no,", ",FALSE,"),
        PLAIN.replace("yes", "1").replace(",no,", ",0,"),
        PLAIN.replace("yes", "x"),
        PLAIN.replace("22:30", "22.30").replace("23:05", "11:05 PM"),
        PLAIN.replace("22:30", "22:30:00").replace("2026-03-02", "2026-03-02 00:00:00"),
        PLAIN.replace("caffeine", "Caffeine after 14:00").replace("stress", "Stress 0 to 10"),
        PLAIN + "\n,,,,,\n",
        PLAIN.replace("2026-03-02", "# how,22:00,yes or no\n2026-03-02"),
        PLAIN.replace("2026-03-0", "2026/3/"),
        PLAIN.replace("2026-03-02", "Mon 2 Mar 2026")
        .replace("2026-03-03", "3-Mar-26")
        .replace("2026-03-04", "4. March 2026"),
        PLAIN.encode("utf-16"),
    ],
)
def test_every_spreadsheet_gives_the_same_diary(
    plain: Diary, tmp_path: Path, content: str | bytes
) -> None:
    found = read(tmp_path, content)
    assert {k: dict(v) for k, v in found.rows.items()} == {
        k: dict(v) for k, v in plain.rows.items()
    }
    assert [c.name for c in found.columns] == [c.name for c in plain.columns]


def test_an_old_encoding_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "date;Tee\u00fcbung;caffeine\n02.03.2026;ja;nein\n".encode("cp1252"))
    assert found.columns[0].name == "tee\u00fcbung"
    assert found.rows[FIRST]["tee\u00fcbung"] is True


def test_a_column_of_ones_own_is_what_its_cells_are(tmp_path: Path) -> None:
    text = (
        "date,magnesium,steps,nap,mood,remarks\n"
        "2026-03-02,yes,8000,14:10,good,7\n"
        "2026-03-03,no,9500,,bad,\n"
    )
    kinds = {c.name: c.kind for c in read(tmp_path, text).columns}
    assert kinds == {
        "magnesium": Kind.YES_NO,
        "steps": Kind.NUMBER,
        "nap": Kind.TIME,
        "mood": Kind.TEXT,
        "remarks": Kind.TEXT,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN.replace("yes", "maybe"), "row 2: caffeine: 'maybe' is not clear; write yes or no"),
        (PLAIN.replace("3.5", "12"), "row 2: stress: '12' is not clear; write a number from 0 to"),
        (PLAIN.replace("22:30", "late"), "row 2: bedtime: 'late' is not clear; write a time like"),
        (PLAIN.replace("day", "yes"), "row 3: exercise: 'yes' is not clear; write none, day or"),
        (PLAIN.replace("2026-03-03", "someday"), "row 3: 'someday' is no date; write the date"),
        (PLAIN.replace("2026-03-03", ""), "row 3: has no date; write the date of the evening"),
        (PLAIN.replace("2026-03-03", "2026-02-30"), "row 3: '2026-02-30' is no date"),
        (PLAIN.replace("2026-03-03", "2026-03-02"), "row 3: 2026-03-02 is there already, in row 2"),
        (PLAIN.replace(",2\n", ",2,9,9\n"), "row 2: has 8 cells, the first row names 6 columns"),
        (PLAIN.replace("date", "when"), "no column is called date"),
        (PLAIN.replace("wine", "coffee"), "two columns mean caffeine"),
        (PLAIN.replace(",bedtime", ","), "row 1: column 2 has no name"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('date,caffeine\n2026-03-02,"yes\n', "is no CSV"),
    ],
)
def test_what_is_not_clear_names_file_row_and_what_to_do(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(DiaryError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "diary.csv" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\x00\x01\x02\x00date"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DiaryError, match="save"):
        read(tmp_path, content)


def test_a_diary_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"none\.csv: cannot be read"):
        read_diary(tmp_path / "none.csv")


# Day or month first ------------------------------------------------------------------------------


def test_a_day_above_twelve_tells_the_order_of_all_rows(tmp_path: Path) -> None:
    american = "date,caffeine\n03/02/2026,yes\n03/13/2026,no\n"
    assert set(read(tmp_path, american).rows) == {date(2026, 3, 2), date(2026, 3, 13)}
    british = "date,caffeine\n02/03/2026,yes\n13/03/2026,no\n"
    assert set(read(tmp_path, british).rows) == {date(2026, 3, 2), date(2026, 3, 13)}


def test_the_nights_tell_the_order_where_the_dates_do_not(tmp_path: Path) -> None:
    text = "date,caffeine\n02/03/2026,yes\n05/03/2026,no\n"
    april = [date(2026, 2, 3), date(2026, 5, 3)]
    assert set(read(tmp_path, text, [date(2026, 3, 2)]).rows) == {
        date(2026, 3, 2),
        date(2026, 3, 5),
    }
    assert (
        set(read(tmp_path, text, [date(2026, 2, 3)]).rows)
        == {
            date(2026, 2, 3),
            date(2026, 5, 3),
        }
        == set(april)
    )


def test_days_that_follow_each_other_tell_the_order(tmp_path: Path) -> None:
    text = "date,caffeine\n" + "".join(f"{k:02d}/03/2026,yes\n" for k in range(2, 7))
    assert min(read(tmp_path, text).rows) == date(2026, 3, 2)


def test_an_order_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DiaryError, match=r"row 2: '02/05/2026' may be 02 May or 05 February"):
        read(tmp_path, "date,caffeine\n02/05/2026,yes\n")


def test_with_dots_the_day_stands_first(tmp_path: Path) -> None:
    assert set(read(tmp_path, "date,caffeine\n02.05.2026,yes\n").rows) == {date(2026, 5, 2)}


# Round trips -------------------------------------------------------------------------------------


def test_the_diary_that_is_made_can_be_read(tmp_path: Path) -> None:
    found = read(tmp_path, diary_csv(EVENINGS))
    assert list(found.rows) == EVENINGS
    assert all(not values for values in found.rows.values())
    assert [c.name for c in found.columns] == [*factors(), "remarks"]


values = st.fixed_dictionaries(
    {},
    optional={
        "bedtime": st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        "caffeine": st.booleans(),
        "exercise": st.sampled_from(["none", "day", "evening"]),
        "stress": st.integers(0, 10).map(float),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=1, max_size=10))
def test_what_was_read_is_read_the_same_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    columns = tuple(factors()[name] for name in ("bedtime", "caffeine", "exercise", "stress"))
    diary = Diary("d", columns, {EVENINGS[k]: row for k, row in enumerate(rows)})  # type: ignore[misc]
    found = read(tmp_path_factory.mktemp("diary"), read_diary_csv(diary))
    assert {k: dict(v) for k, v in found.rows.items()} == diary.rows


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("22:30", time(22, 30)),
        ("9.05", time(9, 5)),
        ("22h30", time(22, 30)),
        ("12:15 am", time(0, 15)),
        ("12:15 p.m.", time(12, 15)),
        ("22:30 uhr", time(22, 30)),
        ("25:00", None),
        ("13:00 pm", None),
        ("late", None),
        ("22", None),
    ],
)
def test_times_of_day(text: str, meant: time | None) -> None:
    assert time_of(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("3", 3.0), ("3,5", 3.5), ("-3.5", -3.5), ("1.000,5", None), ("1e3", None), ("", None)],
)
def test_numbers(text: str, meant: float | None) -> None:
    assert number_of(text) == meant


def test_every_fact_of_a_factor_is_there() -> None:
    for factor in factors().values():
        assert [fact.id for fact in facts_on_factor(factor)] == list(factor.facts)
        assert factor.hint
    assert factors()["medicine_changed"].no_plan
