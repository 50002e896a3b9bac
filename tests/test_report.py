"""The reports: all of the analysis in them, nothing that could run or ask, 80 columns."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import io
import json
import re
import zlib
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from rich.console import Console

from detector.classification import Label
from detector.export import movements_csv
from detector.guidance import articles
from detector.guidance.choice import HARMLESS_FACT
from detector.pipeline import Analysis, analyze
from detector.quality import AS_MEASURED
from detector.recording import Placement, from_arrays
from detector.report import figures, static
from detector.report import texts as texts_module
from detector.report.page import content_security_policy, page_html
from detector.report.page_data import as_data_block
from detector.report.sheet import doctor_sheet
from detector.report.style import MARKS
from detector.report.terminal import print_report, terminal_report
from detector.report.terms import all_terms, explainer
from detector.report.texts import (
    clock_text,
    duration_text,
    index_text,
    listed,
    number_text,
    printable,
    texts,
)
from detector.report.timeline import ASCII, UNICODE, density_row, hour_step, state_row, tick_row
from detector.report.traces import blocks_of, least_and_most
from detector.report.view import main_index, night_view, technical_view
from detector.summary import Index

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m.csv"
START = datetime(2026, 3, 2, 22, 41, 7)
HZ = 25.0


def recording(hours: float, **said: object):
    """A still night with a breath, turns, a row of movements every 25 to 30 s, and a gap."""
    rng = np.random.default_rng(7)
    n = round(hours * 3600 * HZ)
    t = np.arange(n) / HZ
    g = rng.normal(0, 0.0035, (n, 3)) + np.array([0.1, 0.2, 0.97])
    g += 0.004 * np.sin(2 * np.pi * 0.25 * t)[:, None]
    at = 1500.0
    while at < hours * 3600 - 300:
        at += rng.uniform(25, 30)
        size = round(2.0 * HZ)
        first = round(at * HZ)
        g[first : first + size, 0] += 0.2 * rng.normal(size=size) * np.hanning(size)
        if rng.random() < 0.06:
            at += 400
    for turn in (200, 500, 900, 5000):
        first = round(turn * HZ)
        g[first:] = g[first:][:, [1, 2, 0]]
        g[first : first + 100] += rng.normal(0, 0.3, (100, 3)) * np.hanning(100)[:, None]
    keep = (t < 6000) | (t > 6120)
    return from_arrays(t[keep], g[keep], hz=HZ, **said)


@pytest.fixture(scope="module")
def night() -> Analysis:
    return analyze(recording(5.0, start=START, placement=Placement.ANKLE, source="ankle.csv.gz"))


@pytest.fixture(scope="module")
def short() -> Analysis:
    return analyze(recording(2.0, source=HOSTILE))


@pytest.fixture(scope="module")
def nights() -> Analysis:
    start = datetime(2026, 3, 2, 6, 0)
    return analyze(recording(26.0, start=start, placement=Placement.WRIST))


@pytest.fixture(scope="module")
def page(night: Analysis) -> str:
    return page_html(night, command="detector analyze ankle.csv.gz")


class Page(HTMLParser):
    """Elements with their attributes, the text outside scripts, and the scripts."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})
    IMPLIED = frozenset({"td", "tr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    INLINE = frozenset({"a", "cite", "code", "span", "strong"})

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.INLINE:
            self.texts.append(" ")
        if tag == "script":
            self.scripts.append("")
        if tag not in self.VOID | self.IMPLIED:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.INLINE:
            self.texts.append(" ")
        if tag not in self.IMPLIED:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def printed(analysis: Analysis, files: Path | None = None, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, newline="")
    print_report(Console(file=out, width=80), analysis, files)
    out.flush()
    return raw.getvalue().decode(encoding)


# The terminal ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["night", "short", "nights"])
def test_terminal_is_one_plain_screen(name, request):
    text = printed(request.getfixturevalue(name), Path("out") / "ankle.night")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 48
    assert "\x1b" not in text
    assert "ankle.night" in text
    assert "replaces no doctor" in text


def test_terminal_keeps_to_a_narrow_screen(night):
    out = io.StringIO()
    Console(file=out, width=60).print(terminal_report(night, None))
    assert max(map(len, out.getvalue().splitlines())) <= 60
    assert "report.html" not in out.getvalue()


def test_terminal_says_every_figure_with_hours_and_basis(night):
    text = printed(night)
    for index in night.nights[0].summary.indices.values():
        assert index.withheld is None
    index = night.nights[0].summary.indices["periodic_limb_movement_per_h"]
    said = (
        f"{index.value:.1f} per hour of estimated sleep "
        f"({number_text(index.low)} to {number_text(index.high)}; {index.hours:.1f} h)"
    )
    assert said in text
    assert "stimated accelerometric ind" in text
    assert "PLMI" not in text


def test_terminal_gives_the_reason_in_place_of_a_figure(short):
    reason = short.nights[0].summary.indices["movement_per_h"].withheld
    assert reason is not None
    assert f"No index is given: {reason}" in printed(short)


def test_terminal_falls_back_to_what_the_encoding_carries(night):
    text = printed(night, encoding="ascii")
    assert "#" in text
    assert text.isascii()
    assert "█" in printed(night)
    assert "█" not in printed(night, encoding="cp1252")


def test_terminal_shows_a_hostile_name_as_text(short):
    first = printed(short).splitlines()[1]
    assert first.startswith("<script>alert(1)</script>")
    assert "\x1b" not in first


def test_several_nights_have_a_row_each(nights):
    assert len(nights.nights) == 2
    text = printed(nights)
    assert "2 nights" in text
    assert re.search(r"^Sun 1 Mar ", text, re.M)
    assert re.search(r"^Mon 2 Mar ", text, re.M)


def test_rows_of_the_timeline_have_the_same_width(night):
    one = night.nights[0]
    states = state_row(one, 40, UNICODE)
    assert len(states) == 40
    assert UNICODE.sleep in states
    assert len(tick_row(night, one, 40)) == 40
    for label in Label:
        row = density_row(night, one, label, 40, ASCII)
        assert len(row) == 40
        found = any(m.label is label and m.excluded_as is None for m in night.movements)
        assert bool(row.strip()) is found


def test_hour_steps_divide_the_day():
    assert [hour_step(x) for x in (0.4, 1.0, 1.2, 5.0, 13.0)] == [1, 1, 2, 6, 24]


# Words -------------------------------------------------------------------------------------------


def test_clock_is_right_after_the_clocks_changed(night):
    start = datetime(2026, 3, 28, 23, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    moved = dataclasses.replace(night, recording=dataclasses.replace(night.recording, start=start))
    assert clock_text(moved, 2.5 * 3600) == "01:30"
    assert clock_text(moved, 3.5 * 3600) == "03:30"
    assert night_view(moved, 0, set()).clock_change
    assert not night_view(night, 0, set()).clock_change


def test_without_a_clock_times_are_elapsed(short):
    assert clock_text(short, 3725.4, with_seconds=True) == "1:02:05"
    assert figures.TimeAxis(short).at(5400.0) == 1.5
    assert ("First sample", "no wall clock in the file") in technical_view(short)


def test_numbers_in_words():
    assert duration_text(6.81) == "6 h 49 min"
    assert duration_text(0.4) == "24 min"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert printable("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"
    share = Index(0.81, 0.74, 0.86, 6.81, "estimated", "ferri-2006")
    assert index_text("periodicity_intervals", share).startswith("81 % of them")
    withheld = Index(None, None, None, 1.0, "estimated", None, "too short")
    assert index_text("movement_per_h", withheld) == "not given: too short"


# The page ----------------------------------------------------------------------------------------


def test_page_is_whole_and_below_8_mb(page):
    parsed = Page(page)
    assert parsed.open == []
    assert page.startswith("<!DOCTYPE html>")
    assert len(page.encode()) < 8_000_000
    ids = [attrs["id"] for _, attrs in parsed.elements if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for attrs in parsed.of("a") + parsed.of("use"):
        assert str(attrs["href"])[1:] in ids


def test_page_asks_nothing_of_any_network(page):
    parsed = Page(page)
    loading = {"src", "srcset", "href", "xlink:href", "action", "poster", "data", "formaction"}
    for _, attrs in parsed.elements:
        for name in loading & set(attrs):
            assert str(attrs[name]).startswith("#")
        assert not any(name.startswith("on") for name in attrs)
    assert not parsed.of("link")
    assert not parsed.of("iframe")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_policy_names_the_scripts_as_they_stand(page):
    parsed = Page(page)
    policy = next(
        str(m["content"]) for m in parsed.of("meta") if "Content-Security-Policy" in m.values()
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    kinds = [attrs.get("type") for attrs in parsed.of("script")]
    run = [s for s, kind in zip(parsed.scripts, kinds, strict=True) if kind is None]
    assert len(run) == 2
    for script in run:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert content_security_policy(run) == policy


def test_beside_only_the_own_script_may_ask_for_the_library(night, page):
    beside = page_html(night, command="x", assets="beside")
    assert len(beside.encode()) < min(3_000_000, len(page.encode()) - 4_000_000)
    parsed = Page(beside)
    run = [
        s
        for s, attrs in zip(parsed.scripts, parsed.of("script"), strict=True)
        if attrs.get("type") is None
    ]
    assert len(run) == 1
    assert "'strict-dynamic'" in content_security_policy(run, beside=True)
    assert html.escape(content_security_policy(run, beside=True)).replace("&#x27;", "&#39;") in (
        beside
    )
    assert all("src" not in attrs for attrs in parsed.of("script"))


def test_the_button_that_sends_a_chart_away_is_off(page):
    script = Page(page).scripts[-1]
    assert 'plotlyServerURL: ""' in script
    assert "showSendToCloud: false" in script
    assert "displayModeBar: false" in script
    assert "sendChartToCloud" not in script


def test_page_holds_every_movement(night, page):
    assert len(night.movements) > 100
    parsed = Page(page)
    rows = [attrs["id"] for attrs in parsed.of("tr") if attrs.get("id")]
    assert rows == [f"m{number}" for number in range(1, len(night.movements) + 1)]
    assert all(one.reason in parsed.text for one in night.movements)
    data = json.loads(parsed.scripts[0])
    said = {name: base64.b64decode(text) for name, text in data["movements"].items()}
    onsets = np.frombuffer(said["onset"], "<u4") / 1000
    np.testing.assert_allclose(onsets, [m.movement.onset_s for m in night.movements], atol=6e-4)
    kinds = [data["kinds"][kind] for kind in said["kind"]]
    assert kinds == ["excluded" if m.excluded_as else m.label for m in night.movements]
    assert set(kinds) <= {trace["meta"] for trace in data["nights"][0]["night"]["data"]}
    assert [data["states"][k] for k in said["state"]] == [m.state for m in night.movements]
    floor = night.detection.onset_threshold_g
    begins = [1000 * floor[int(m.movement.onset_s)] for m in night.movements]
    np.testing.assert_allclose(np.frombuffer(said["begins"], "<u4") / 100, begins, atol=0.006)
    series = np.frombuffer(said["series"], "<u2").tolist()
    assert series == [m.series or 0 for m in night.movements]


def test_page_holds_the_bytes_of_movements_csv(night, page):
    packed = json.loads(Page(page).scripts[0])["csv"]
    assert zlib.decompress(base64.b64decode(packed)).decode() == movements_csv(night)


def test_page_says_counts_index_notes_and_guidance(night, page):
    text, one = Page(page).text, night.nights[0]
    index = one.summary.indices["periodic_limb_movement_per_h"]
    assert "estimated accelerometric index" in text
    assert f"{index.value:.1f} per hour of sleep" in text
    limits = f"{number_text(index.low)} to {number_text(index.high)}"
    assert f"95 % interval {limits}" in text
    assert f"over {index.hours:.1f} h of estimated sleep" in text
    for note in one.quality:
        assert note.text in text
    for line in one.guidance:
        assert " ".join(line.text.split()) in text
    assert "detector analyze ankle.csv.gz" in text
    assert "absolute_floor_g" in text
    assert "Night of Monday 2 March 2026" in text


def test_page_opens_what_matters_and_folds_the_rest(page):
    guides = [
        (str(attrs["class"]), "open" in attrs)
        for attrs in Page(page).of("details")
        if str(attrs.get("class", "")).startswith("guide ")
    ]
    opened = {name.split()[1] for name, is_open in guides if is_open}
    assert opened == {"try_first", "see_doctor", "limits"}
    assert {"may_be", "can_bring_on", "words"} <= {name.split()[1] for name, _ in guides}


def test_withheld_index_shows_its_reason(short):
    parsed = Page(page_html(short, command="x"))
    reason = short.nights[0].summary.indices["movement_per_h"].withheld
    assert f"Not given: {reason}" in parsed.text
    assert "95 % interval 0" not in parsed.text


def test_hostile_names_come_out_as_text(short):
    command = "detector analyze '</script><img src=x onerror=alert(1)>'"
    parsed = Page(page_html(short, command=command))
    assert "<script>alert(1)</script>" in parsed.text
    assert command in parsed.text
    assert not parsed.of("img")
    assert len(parsed.scripts) == 3


def test_notes_are_shown_as_they_were_written(short):
    notes = (("symptoms", "legs <b>tingle</b>"), ("remarks", "slept at a friend's"))
    text = Page(page_html(short, command="x", notes=notes)).text
    assert "Symptoms legs <b>tingle</b> Remarks slept at a friend's" in text
    assert "What was noted" not in Page(page_html(short, command="x")).text


def test_data_block_cannot_end_its_element():
    value = {"a": "</script><!--&\u2028", "b": [1.5, None]}
    block = as_data_block(value)
    assert not set("<>&\u2028") & set(block)
    assert json.loads(block) == value


def test_several_nights_have_a_section_each(nights):
    parsed = Page(page_html(nights, command="x"))
    sections = [a for a in parsed.of("section") if "data-night" in a]
    assert [a["id"] for a in sections] == ["night-1", "night-2"]
    assert sum(m.night == 1 for m in nights.movements) > 0
    assert len([a for a in parsed.of("tr") if a.get("id")]) == len(nights.movements)
    assert parsed.text.count("One night decides nothing") == 2  # once for all, and on the sheet


def test_no_blanket_word_for_a_night_where_another_forbids_it(nights):
    def blanket(analysis: Analysis, index: int) -> bool:
        harmless = {x.text for x in lines if HARMLESS_FACT in x.facts}
        said = night_view(analysis, index, set()).overview
        return any(text in harmless for text, _ in said)

    lines = [line for one in nights.nights for line in one.guidance]
    have = [any(HARMLESS_FACT in x.facts for x in one.guidance) for one in nights.nights]
    assert [blanket(nights, k) for k in range(2)] == [all(have)] * 2


@pytest.mark.parametrize(
    ("placement", "name"),
    [(Placement.ANKLE, "periodic_limb_movement_per_h"), (Placement.MATTRESS, "movement_per_h")],
)
def test_placement_chooses_the_index(night, placement, name):
    moved = dataclasses.replace(night.recording, placement=placement)
    assert main_index(dataclasses.replace(night, recording=moved)) == name


# Another language --------------------------------------------------------------------------------


def in_pseudo(value: object) -> object:
    """Return texts with each sentence marked, names that code looks up as they are."""
    if isinstance(value, dict):
        kept = ("code", "concerns", "articles", "share", "words")
        return {k: v if k in kept else in_pseudo(v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_pseudo(one) for one in value]
    return f"«{value}»" if isinstance(value, str) else value


def test_another_language_is_another_file(short, monkeypatch):
    english = texts("en")
    pseudo = MappingProxyType(in_pseudo(dict(english)))
    read = texts_module._read
    monkeypatch.setattr(texts_module, "_read", lambda name: pseudo if name == "xx" else read(name))
    translated = Page(page_html(short, command="x", language="xx"))
    said = Page(page_html(short, command="x")).text
    for part in ("page", "sheet"):
        for name, text in english[part].items():
            is_sentence = isinstance(text, str) and "{" not in text and len(text) > 25
            if is_sentence and text in said:
                assert f"«{text}»" in translated.text, name
    data = json.loads(translated.scripts[0])
    assert all(text.startswith("«") for text in data["texts"].values())
    assert texts()["page"]["heading"] == english["page"]["heading"]
    with pytest.raises(ValueError, match=r"texts\.yy\.toml is missing"):
        page_html(short, command="x", language="yy")


# Words and the sheet -----------------------------------------------------------------------------


def test_a_word_leads_to_what_it_means_once_a_part():
    explained = explainer()
    text = str(explained("By EMG and <EMG>, not the index of WASM-like rules: 12 mg."))
    assert text.count('href="#word-emg"') == 1
    assert "&lt;EMG&gt;" in text
    assert 'href="#word-mg"' in text
    assert "wasm" not in text  # a part of another word is no word
    assert (
        Page(f"<p>{text}</p>").text == "By EMG and <EMG>, not the index of WASM-like rules: 12 mg."
    )
    assert "#word-emg" not in str(explained("EMG once more"))


def test_no_abbreviation_without_what_it_means(night, nights):
    said = {word for term in texts()["terms"].values() for one in term["words"] for word in [one]}
    known = " ".join(said)
    # Titles of sources and names of files and keys are no words of the page
    passed_over = {"NHS", "IEEE", "EMBC", "UTC", "JSON", "DST"}
    for analysis in (night, nights):
        text = Page(page_html(analysis, command="x")).text
        found = set(re.findall(r"\b[A-Z]{2,}[A-Za-z]*\b", text)) - passed_over
        assert [word for word in sorted(found) if word not in known] == []


def test_every_term_is_in_the_list_that_links_lead_to(page):
    parsed = Page(page)
    listed_ones = {attrs.get("id") for attrs in parsed.of("div")}
    assert {f"word-{term.key}" for term in all_terms()} <= listed_ones
    assert len([a for a in parsed.of("a") if a.get("class") == "term"]) > 15


def test_the_sheet_asks_what_fits_and_names_its_articles(night):
    sheet = doctor_sheet(night, [("symptoms", "cramps")])
    every = texts()["sheet"]["questions"]
    known = {article.id for article in articles()}
    assert all(set(question["articles"]) <= known for question in every)
    found = {m.label for m in night.movements if m.state == "sleep" and m.excluded_as is None}
    asked = {text for text, _ in sheet.questions}
    for question in every:
        fits = not question["concerns"] or bool(found & set(question["concerns"]))
        assert (question["text"] in asked) is fits
    assert texts()["sheet"]["blanks"]["symptoms"] not in sheet.blanks
    assert texts()["sheet"]["blanks"]["medicines"] in sheet.blanks
    limiting = {n.text for n in night.nights[0].quality if n.code not in AS_MEASURED}
    assert set(sheet.limits) == limiting


# The figures -------------------------------------------------------------------------------------


def test_envelope_keeps_the_extremes_of_each_block():
    values = np.array([1.0, 9.0, 2.0, np.nan, np.nan, np.nan, 5.0])
    low, high, size = least_and_most(values, 3)
    assert size == 3
    np.testing.assert_array_equal(low, [1.0, np.nan, 5.0])
    np.testing.assert_array_equal(high, [9.0, np.nan, 5.0])
    rows, size = blocks_of(np.empty(0), 10)
    assert rows.shape == (0, 1)
    assert size == 1


def test_night_figure_shows_marks_by_colour_and_shape(night):
    figure = figures.night_figure_dict(night, 0)
    traces = {trace["meta"]: trace for trace in figure["data"]}
    assert len({MARKS[label] for label in Label}) == len(Label)
    assert len({symbol for _, symbol in MARKS.values()}) == len(Label)
    for label in Label:
        mine = [m for m in night.movements if m.label is label and m.excluded_as is None]
        assert len(traces[label]["x"]) == len(mine)
    one = next(m for m in night.movements if m.label is Label.PERIODIC_LIMB_MOVEMENT)
    place = (START + timedelta(seconds=one.movement.onset_s)).isoformat(" ", "milliseconds")
    assert place in traces[Label.PERIODIC_LIMB_MOVEMENT]["x"]
    assert {"envelope", "threshold", "state_sleep", "state_gap", "axis_z"} <= set(traces)
    points = np.frombuffer(base64.b64decode(traces["envelope"]["y"]["bdata"]), "<f4")
    assert 4000 <= points.size <= 8000
    assert np.isnan(points).any()


def test_intervals_are_all_counted_once(night):
    figure = figures.interval_figure_dict(night, 0)
    counted = sum(sum(trace["y"]) for trace in figure["data"])
    expected = [
        m.interval_s
        for m in night.movements
        if m.state == "sleep" and m.interval_s is not None and m.interval_s <= 90
    ]
    assert counted == len(expected)
    within = next(trace for trace in figure["data"] if trace["meta"] == "in_series")
    in_sleep = [
        interval
        for one in night.series
        for member, interval in zip(one.members[1:], one.intervals_s, strict=True)
        if night.movements[member].state == "sleep"
    ]
    assert sum(within["y"]) == len(in_sleep)
    assert within["x"][0] == 1.0
    assert within["x"][-1] == 89.0


def test_hours_are_rates_over_the_time_asleep(night):
    figure = figures.hours_figure_dict(night, 0)
    said = [text for trace in figure["data"] for text in trace["text"]]
    assert all(int(text.split(" in ")[1].split()[0]) >= 15 for text in said)
    for trace in figure["data"]:
        for rate, text in zip(trace["y"], trace["text"], strict=True):
            count, minutes = (int(x) for x in re.findall(r"\d+", text))
            assert rate == pytest.approx(60 * count / minutes, rel=0.04)


def test_movement_figure_stands_at_the_onset(night):
    figure = figures.movement_figure_dict(night, 10, margin_s=5.0)
    x = np.frombuffer(base64.b64decode(figure["data"][0]["x"]["bdata"]), "<f4")
    m = night.movements[10].movement
    assert x[0] == pytest.approx(-5.0, abs=1 / HZ)
    assert x[-1] == pytest.approx(m.duration_s + 5.0, abs=2 / HZ)
    assert figure["layout"]["shapes"][0]["x1"] == m.duration_s


def test_figures_are_valid_plotly_figures(night, short):
    for analysis in (night, short):
        assert figures.night_figure(analysis).data
        assert figures.interval_figure(analysis).data
        assert figures.hours_figure(analysis).data
    assert figures.movement_figure(night, 3).data


def test_static_figures_draw(night, short, tmp_path):
    for analysis, name in ((night, "night"), (short, "short")):
        static.static_night(analysis).savefig(tmp_path / f"{name}.svg")
    static.static_movement(night, 3).savefig(tmp_path / "movement.png")
    assert (tmp_path / "night.svg").stat().st_size > 10_000
    assert (tmp_path / "movement.png").stat().st_size > 10_000
