"""Many nights of one person: which are compared, what they say, and the files of it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nights_written
import numpy as np
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from detector.cli import main
from detector.results import COLUMNS, NightRow, read_table, rows_of
from detector.trend.command import trend as trend_command
from detector.trend.drawing import HEIGHT, chart
from detector.trend.folder import write_trend
from detector.trend.nights import person_nights
from detector.trend.overview import overview
from detector.trend.page import trend_page_html
from detector.trend.terminal import print_trend

FIRST = nights_written.FIRST
HOSTILE = "<script>alert(1)</script>\x1b[31m"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["trend", *(str(word) for word in words)])


def rows(count: int, seed: int = 1) -> list[NightRow]:
    return nights_written.rows(nights_written.person(count, seed))


# Which nights are compared -----------------------------------------------------------------------


def test_the_setup_of_most_nights_is_compared_and_the_others_say_what_differs() -> None:
    mixed = rows(6) + [
        one
        for k, said in enumerate(
            ({"side": "right"}, {"placement": "wrist"}, {"exporter": "actigraph"}), 6
        )
        for one in rows_of(
            nights_written.summary_of(FIRST + timedelta(days=k), 20.0, **said), f"n{k}"
        )
    ]
    person = person_nights(mixed)
    assert [night.counts for night in person.nights] == [True] * 6 + [False] * 3
    assert [night.differs for night in person.nights[6:]] == [
        ("side",),
        ("placement",),
        ("device",),
    ]
    assert np.allclose(person.days(), np.arange(6))


def test_other_criteria_and_another_version_are_not_compared_as_the_same() -> None:
    made = nights_written.summary_of(FIRST + timedelta(days=9), 20.0)
    made["criteria"]["detection"]["absolute_floor_g"] = 0.02
    other = nights_written.summary_of(FIRST + timedelta(days=10), 20.0) | {"version": "0.2.0"}
    person = person_nights([*rows(5), *rows_of(made, "a"), *rows_of(other, "b")])
    assert [night.excluded for night in person.nights[5:]] == [
        "another criteria",
        "another version",
    ]


def test_a_night_without_figure_or_date_is_there_and_not_compared() -> None:
    undated = nights_written.summary_of(FIRST, 20.0)
    undated["nights"][0]["date"] = None
    person = person_nights([*nights_written.rows([10.0, None, 12.0]), *rows_of(undated, "u")])
    assert [night.excluded for night in person.nights] == [
        "",
        "2.1 h of sleep",
        "",
        "no date: give the time of its first sample with --start",
    ]


def test_of_two_recordings_of_an_evening_the_longer_sleep_counts() -> None:
    long = nights_written.summary_of(FIRST, 30.0)
    long["nights"][0]["hours"]["sleep"] = 7.9
    person = person_nights([*rows(3), *rows_of(long, "long")])
    assert len(person.used) == 3
    assert person.used[0].row.result == "long"
    assert [n.excluded for n in person.nights if not n.counts] == ["the same evening as long"]


@pytest.mark.parametrize(
    ("placement", "figure"),
    [
        ("ankle", "periodic_limb_movement_per_h"),
        ("wrist", "movement_per_h"),
        ("mattress", "movement_per_h"),
        ("unknown", "movement_per_h"),
    ],
)
def test_the_figure_is_what_the_placement_supports(placement: str, figure: str) -> None:
    assert person_nights(nights_written.rows([9.0] * 3, placement=placement)).figure == figure


# What they say -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_is_averaged_under_three_nights_and_it_says_how_many_are_missing(
    count: int,
) -> None:
    person = person_nights(rows(count) if count else nights_written.rows([None]))
    found = overview(person)
    assert found.missing == 3 - count
    assert found.recent is found.all_nights is found.spread is found.per_week is None
    assert found.smallest == ()
    text = " ".join(printed(person).split())
    missing = "One more night is" if count == 2 else f"{3 - count} more nights are"
    assert f"{missing} needed before a mean" in text
    assert "average" not in text


def test_the_mean_of_the_last_weeks_leaves_out_what_was_before() -> None:
    person = person_nights(nights_written.rows([10.0, 11.0, 12.0, 10.0] + [20.0, 21.0] * 14))
    found = overview(person)
    assert found.recent is not None
    assert found.earlier is not None
    assert found.recent.nights == 28
    assert found.recent.value == pytest.approx(20.5)
    assert found.earlier.value == pytest.approx(10.75)
    assert found.recent_from == FIRST + timedelta(days=4)
    assert found.recent.low < 20.5 < found.recent.high


def test_spread_and_chance_are_told_apart() -> None:
    found = overview(person_nights(rows(30)))
    assert found.spread is not None
    values = np.array(nights_written.person(30, 1))
    assert found.spread.sd == pytest.approx(values.std(ddof=1))
    assert (found.spread.lowest, found.spread.highest) == (values.min(), values.max())
    assert found.spread.chance == pytest.approx(np.sqrt(np.mean(values) / 7), rel=0.05)
    assert found.spread.correlation is not None


def test_a_rising_figure_has_a_slope_and_nights_alike_have_none_that_is_told() -> None:
    values = np.array(nights_written.person(30, 1, sd=1.0))
    rising = overview(person_nights(nights_written.rows((values + np.arange(30)).tolist())))
    assert rising.per_week is not None
    assert rising.per_week.low < 7 < rising.per_week.high
    assert rising.per_week.low > 0
    same = overview(person_nights(nights_written.rows([12.0] * 6)))
    assert same.recent is not None
    assert same.recent.low == same.recent.value == same.recent.high == 12.0
    assert same.per_week is None


def test_more_nights_in_an_experiment_show_less() -> None:
    found = overview(person_nights(rows(20)))
    assert [one.nights for one in found.smallest] == [20, 28, 56]
    changes = [one.change for one in found.smallest]
    assert changes == sorted(changes, reverse=True)


# The terminal ------------------------------------------------------------------------------------


def printed(person, encoding: str = "utf-8", width: int = 80, name: str = "one person") -> str:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, newline="")
    print_trend(Console(file=out, width=width), name, person, overview(person), None)
    out.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_terminal_keeps_to_its_width(width: int) -> None:
    text = printed(person_nights([*rows(12), *nights_written.rows([None])]), width=width)
    assert max(map(len, text.splitlines())) <= min(width, 80)
    assert "replaces no doctor" in " ".join(text.split())
    assert "\x1b" not in text


def test_the_terminal_is_told_in_ascii_too() -> None:
    text = printed(person_nights(rows(5)), encoding="ascii")
    assert "*" in text
    assert "---" in text


def test_a_name_cannot_run_in_the_terminal() -> None:
    assert "\x1b" not in printed(person_nights(rows(3)), name=HOSTILE)


# The page ----------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The elements of a page, and that each is closed."""

    VOID = frozenset({"meta", "line", "circle", "rect", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_runs_nothing_and_asks_for_nothing() -> None:
    person = person_nights(rows(20))
    html = trend_page_html(HOSTILE, person, overview(person))
    page = Page(html)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.elements}
    assert "&lt;script&gt;" in html
    policy = [a["content"] for tag, a in page.elements if "http-equiv" in a]
    assert policy == [
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", html)
    assert "url(" not in html


def test_every_night_is_a_point_with_its_interval_within_the_chart() -> None:
    person = person_nights([*rows(20), *nights_written.rows([None])])
    drawn = chart(person, overview(person))
    assert drawn is not None
    assert len(drawn.points) == 20
    for point in drawn.points:
        assert point.high is not None
        assert point.low is not None
        assert 0 <= point.high <= point.y <= point.low <= HEIGHT
        assert 0 < float(point.x.rstrip("%")) < 100
    assert drawn.points[0].x < drawn.points[1].x
    assert drawn.mean is not None


def test_no_night_with_a_figure_still_makes_a_page() -> None:
    person = person_nights(nights_written.rows([None]))
    assert chart(person, overview(person)) is None
    html = trend_page_html("A", person, overview(person))
    assert "3 more nights are needed" in html


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for k, value in enumerate(nights_written.person(12, seed=4)):
        evening = FIRST + timedelta(days=k)
        nights_written.write_result(tmp_path / "nights" / f"{evening}.night", evening, value)
    return tmp_path / "nights"


def test_it_writes_a_page_and_a_table_that_reads_back(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(results, "--output", out)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == ["nights.csv", "trend.html"]
    with (out / "nights.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 12
    assert tuple(table[0])[: len(COLUMNS)] == COLUMNS
    assert {row["compared"] for row in table} == {"yes"}
    again = read_table(out / "nights.csv")
    assert [r.indices["movement_per_h"].value for r in again] == nights_written.person(12, seed=4)
    html = (out / "trend.html").read_text(encoding="utf-8")
    assert 'href="../nights/2026-03-02.night/report.html"' in html


def test_a_table_gives_the_trend_that_it_came_from(results: Path, tmp_path: Path) -> None:
    first = run(results, "--output", tmp_path / "out", "--json")
    again = run(tmp_path / "out" / "nights.csv", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout) == json.loads(first.stdout)


def test_json_is_all_that_is_printed(results: Path) -> None:
    done = run(results, "--json")
    found = json.loads(done.stdout)
    assert found["overview"]["usable"] == 12
    assert found["overview"]["recent"]["nights"] == 12
    assert len(found["nights"]) == 12


def test_a_damaged_result_stops_no_other(results: Path) -> None:
    (results / "2026-03-05.night" / "summary.json").write_text(
        '{"schema": "night-movement-detector/summary/1"', encoding="utf-8"
    )
    done = run(results, "--json")
    assert done.exit_code == 1
    assert "2026-03-05.night/summary.json: is damaged" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(json.loads(done.stdout)["nights"]) == 11


def test_a_diary_is_shown_beside_the_nights(results: Path, tmp_path: Path) -> None:
    diary = tmp_path / "diary.csv"
    diary.write_text(
        "date;caffeine;tea\n02.03.2026;ja;2,5\n03.03.2026;nein;\n", encoding="utf-8-sig"
    )
    out = tmp_path / "out"
    done = run(results, "--diary", diary, "--output", out, "--quiet")
    assert done.exit_code == 0, done.output
    assert (out / "diary_read.csv").read_text(encoding="utf-8").splitlines() == [
        "date,caffeine,tea",
        "2026-03-02,yes,2.5",
        "2026-03-03,no,",
    ]
    with (out / "nights.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["diary_caffeine"] for row in table[:3]] == ["yes", "no", ""]
    assert "Caffeine after 14:00" in (out / "trend.html").read_text(encoding="utf-8")


def test_an_unclear_diary_leaves_nothing_written(results: Path, tmp_path: Path) -> None:
    diary = tmp_path / "diary.csv"
    diary.write_text("date,caffeine\n2026-03-02,perhaps\n", encoding="utf-8")
    done = run(results, "--diary", diary, "--output", tmp_path / "out")
    assert done.exit_code == 1
    assert "diary.csv: row 2: caffeine" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_diary_is_made_of_the_nights_dates_and_never_replaced(
    results: Path, tmp_path: Path
) -> None:
    diary = tmp_path / "diary.csv"
    assert run(results, "--make-diary", diary, "--quiet").exit_code == 0
    lines = diary.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("date,bedtime,caffeine,alcohol,exercise,stress,screen,")
    assert lines[2].startswith("2026-03-02,")
    assert len(lines) == 2 + 12
    again = run(results, "--make-diary", diary)
    assert again.exit_code == 2
    assert "diary.csv is there" in again.stderr


def test_a_diary_for_nights_to_come_is_of_four_weeks(tmp_path: Path) -> None:
    done = run("--make-diary", tmp_path / "diary.csv")
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "diary.csv").read_text(encoding="utf-8").splitlines()[2:]
    days = [date.fromisoformat(line.split(",")[0]) for line in lines]
    assert [(b - a).days for a, b in pairwise(days)] == [1] * 27


def test_files_of_others_are_not_replaced(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "nights.csv").write_text("my,own,table\n", encoding="utf-8")
    done = run(results, "--output", out)
    assert done.exit_code == 2
    assert "did not write" in done.stderr
    assert (out / "nights.csv").read_text(encoding="utf-8") == "my,own,table\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "give one or more NIGHTS"), (("nowhere",), "nowhere is not there")],
)
def test_wrong_use_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_without_nights_is_told(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.exit_code == 1
    assert "no night could be read" in done.stderr


# New recordings ----------------------------------------------------------------------------------


def test_a_recording_is_analyzed_once_and_again_when_it_is_newer(
    night_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    recording = Path(shutil.copy(night_file, folder / "monday.csv"))
    (folder / "diary.csv").write_text("date,bedtime,caffeine\n", encoding="utf-8")
    out = tmp_path / "out"
    done = run(folder, "--output", out, "--placement", "ankle", "--json")
    assert done.exit_code == 0, done.stderr
    (night,) = json.loads(done.stdout)["nights"]
    assert night["result"] == "monday"
    assert night["placement"] == "ankle"
    summary = out / "results" / "monday" / "summary.json"
    before = summary.stat().st_mtime_ns
    assert run(folder, "--output", out, "--quiet").exit_code == 0
    assert summary.stat().st_mtime_ns == before
    later = summary.stat().st_mtime + 10
    os.utime(recording, (later, later))
    assert run(folder, "--output", out, "--quiet").exit_code == 0
    assert summary.stat().st_mtime_ns != before


def test_without_an_output_the_result_goes_beside_the_recording(
    night_file: Path, tmp_path: Path
) -> None:
    recording = Path(shutil.copy(night_file, tmp_path / "monday.csv"))
    assert run(recording, "--quiet").exit_code == 0
    assert (tmp_path / "monday.night" / "summary.json").exists()
    both = run(tmp_path, "--json")
    assert len(json.loads(both.stdout)["nights"]) == 1


def test_a_file_that_is_no_recording_stops_no_other(results: Path) -> None:
    (results / "shopping.csv").write_text("milk,2\nbread,1\n", encoding="utf-8")
    done = run(results, "--quiet")
    assert done.exit_code == 1
    assert "shopping.csv" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_people_have_each_their_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_trend(rows(4), tmp_path / name, name=name)
    assert (tmp_path / "a" / "trend.html").exists()
    assert trend_command.name == "trend"
