"""The page of each night in a browser: it asks for nothing, and all of it can be seen and moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_core_python.sync_playwright import Axe
from conftest import Opening, WatchedNight, Writing
from playwright.sync_api import Page

from detector.export import LIBRARY_FILE, movements_csv
from detector.report.page import plotly_script

TABLE = "table.movements-table"
ROWS = f"{TABLE} tbody tr:visible"
MOST_MARKS = 500
WHOLE = "[data-act=whole]"


SPAN = """
() => {
  const axis = document.querySelector("[data-plot=night]")._fullLayout.xaxis;
  const [first, last] = axis.range.map((place) => axis.r2l(place));
  return axis.type === "date" ? (last - first) / 1000 : 3600 * (last - first);
}
"""


# The page allows no eval, which waiting for a condition from outside would need
UNTIL = """
([what, arg]) => new Promise((done, fail) => {
  const conditions = {
    narrow: () => document.documentElement.scrollWidth <= arg,
    zoomed: () => (SPAN)() < arg,
    dark: () => document.querySelector("[data-plot=night]")._fullLayout.font.color === arg,
  };
  const late = setTimeout(() => fail(new Error(`${what} did not come`)), 60000);
  const look = () => {
    if (!conditions[what]()) return requestAnimationFrame(look);
    clearTimeout(late);
    done(true);
  };
  look();
})
""".replace("SPAN", SPAN.strip())


def span_s(page: Page) -> float:
    """Return the seconds that the first night's plot shows."""
    return float(page.evaluate(SPAN))


def marks(page: Page) -> list[int]:
    """Return the numbers of the marks in the first plot, negative for those of several."""
    found: list[int] = page.evaluate(
        "document.querySelector('[data-plot=night]').data"
        ".filter(t => t.customdata).flatMap(t => [...t.customdata])"
    )
    return found


def column(page: Page, number: int) -> list[str]:
    """Return the texts of a column of the first night's rows that are shown."""
    texts: list[str] = page.evaluate(
        "n => [...document.querySelector('table.movements-table').tBodies[0].rows]"
        ".filter(r => !r.hidden).map(r => r.cells[n].textContent.trim())",
        number,
    )
    return texts


def pages(printed: bytes) -> int:
    return printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ")


def found_by_axe(page: Page) -> list[Any]:
    violations = Axe().run(page)["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in violations]


def test_text_and_picture_stand_there_and_names_are_text(shown: WatchedNight) -> None:
    page, night = shown.page, shown.analysis.nights[0]
    assert shown.analysis.recording.source in page.locator("header").inner_text()
    assert page.locator("img, b, i:not(.swatch)").count() == 0
    assert "<b>tingling</b> legs" in page.locator("main").inner_text()
    cards = page.locator(".night").first.locator(".card .big").all_inner_texts()
    counts = night.summary.counts.values()  # too few samples a second for one of them
    assert cards == ["not counted" if count is None else str(count) for count in counts]
    assert page.locator(".picture svg path").first.is_visible()


def test_it_asks_for_nothing_and_complains_of_nothing(shown: WatchedNight) -> None:
    page = shown.page
    for chart in page.locator(".night").first.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(state="attached")
    assert shown.said == []
    assert shown.away == []


def test_buttons_and_keys_zoom_and_move_all_rows(shown: WatchedNight) -> None:
    page = shown.page
    plot = page.locator("[data-plot=night]").first
    page.locator(WHOLE).first.click()
    whole = span_s(page)
    page.locator("[data-act=in]").first.click()
    assert abs(span_s(page) - whole / 2) < 0.01 * whole
    plot.focus()
    before = page.evaluate("document.querySelector('[data-plot=night]').layout.xaxis.range[0]")
    page.keyboard.press("ArrowRight")
    after = page.evaluate("document.querySelector('[data-plot=night]').layout.xaxis.range[0]")
    assert after != before
    page.keyboard.press("+")
    assert abs(span_s(page) - whole / 4) < 0.01 * whole
    page.keyboard.press("0")
    assert abs(span_s(page) - whole) < 0.001 * whole
    domains = page.evaluate(
        "Object.keys(document.querySelector('[data-plot=night]')._fullLayout)"
        ".filter(k => /^xaxis/.test(k)).length"
    )
    assert domains == 1  # one axis for all rows


def test_dragging_zooms_and_a_double_click_shows_the_whole_night(shown: WatchedNight) -> None:
    page = shown.page
    page.locator(WHOLE).first.click()
    whole = span_s(page)
    plot = page.locator("[data-plot=night]").first
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=4)
    page.mouse.up()
    assert page.evaluate(UNTIL, ["zoomed", 0.3 * whole])
    page.locator(WHOLE).first.click()
    assert abs(span_s(page) - whole) < 0.001 * whole


def test_many_marks_are_binned_and_come_apart_close_by(shown: WatchedNight) -> None:
    page = shown.page
    page.locator(WHOLE).first.click()
    mine = [k for k, m in enumerate(shown.analysis.movements, 1) if m.night == 1]
    if len(mine) <= MOST_MARKS:
        assert sorted(marks(page)) == mine
        return
    assert all(number < 0 for number in marks(page))
    assert len(marks(page)) < MOST_MARKS
    for _ in range(4):
        page.locator("[data-act=in]").first.click()
    close = marks(page)
    assert close
    assert all(number in mine for number in close)


def test_a_movement_chosen_in_the_table_shows_signal_thresholds_and_reason(
    shown: WatchedNight,
) -> None:
    page = shown.page
    if not shown.busy:
        assert "No movement was found" in page.locator(".movements").first.inner_text()
        return
    panel = page.locator(".movement").first
    page.locator(f"{TABLE} tbody button").nth(4).click()
    page.wait_for_selector('[data-plot=movement][data-number="5"]', state="attached")
    assert shown.analysis.movements[4].reason in panel.inner_text()
    assert "ends below" in panel.inner_text()
    lines = page.evaluate(
        "Object.fromEntries(document.querySelector('[data-plot=movement]').data"
        ".map(t => [t.meta, t.x.length]))"
    )
    assert lines["threshold"] == lines["offset_threshold"] == 2
    assert lines["envelope"] > 1
    no_room = "There was no room" in panel.inner_text()
    assert no_room or lines["axis_x"] > 10
    page.locator("[data-act=next]").first.click()
    page.wait_for_selector('[data-plot=movement][data-number="6"]', state="attached")
    page.locator("[data-act=zoom]").first.click()
    assert span_s(page) < 120


def test_a_mark_chosen_in_the_plot_is_shown(shown: WatchedNight) -> None:
    page = shown.page
    if not shown.busy:
        assert marks(page) == []
        return
    page.locator(f"{TABLE} tbody button").nth(9).click()
    page.locator("[data-act=zoom]").first.click()
    page.locator("[data-plot=night]").first.scroll_into_view_if_needed()
    place = page.evaluate(
        "() => { const p = document.querySelector('[data-plot=night]'), l = p._fullLayout;"
        "const t = p.data.find(t => t.customdata && [...t.customdata].includes(10));"
        "const k = [...t.customdata].indexOf(10), r = p.getBoundingClientRect();"
        "return [r.left + l.xaxis._offset + l.xaxis.d2p(t.x[k]),"
        " r.top + l.yaxis._offset + l.yaxis.d2p(t.y[k])]; }"
    )
    page.evaluate("document.querySelectorAll('tr.picked').forEach(r => r.className = '')")
    page.mouse.move(place[0] - 3, place[1] - 3)
    page.mouse.move(*place)
    page.mouse.click(*place)
    page.wait_for_selector("#m10.picked", state="attached")


def test_the_filters_leave_only_what_they_name(shown: WatchedNight) -> None:
    page = shown.page
    if not shown.busy:
        return
    selects = page.locator(".filters").first.locator("select")
    everything = len(column(page, 0))
    selects.nth(0).select_option("isolated_movement")
    selects.nth(1).select_option("sleep")
    assert set(column(page, 6)) <= {"single"}
    assert set(column(page, 5)) <= {"asleep"}
    left = len(column(page, 0))
    assert f"{left} of {everything} shown" in page.locator(".filters").first.inner_text()
    for select in selects.all():
        select.select_option("")
    assert len(column(page, 0)) == everything


def test_a_heading_sorts_both_ways(shown: WatchedNight) -> None:
    page = shown.page
    if not shown.busy:
        return
    heads = page.locator(TABLE).first.locator("thead button")
    heads.nth(3).click()
    peaks = [float(text) for text in column(page, 3)]
    assert peaks == sorted(peaks)
    heads.nth(3).click()
    assert [float(text) for text in column(page, 3)] == sorted(peaks, reverse=True)
    heads.nth(0).click()
    assert column(page, 0) == sorted(column(page, 0), key=int)


def test_keys_go_through_the_table(shown: WatchedNight) -> None:
    page = shown.page
    if not shown.busy:
        return
    first = page.locator(f"{TABLE} tbody button").first
    first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "PageDown", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#m12.picked", state="attached")
    stops = page.locator(TABLE).first.locator("tbody button[tabindex='0']").count()
    assert stops == 1


def test_movements_csv_comes_out_of_the_page(shown: WatchedNight, tmp_path: Path) -> None:
    with shown.page.expect_download() as waiting:
        shown.page.locator("[data-download]").last.click()
    waiting.value.save_as(tmp_path / "saved.csv")
    assert waiting.value.suggested_filename == "movements.csv"
    assert (tmp_path / "saved.csv").read_bytes() == movements_csv(shown.analysis).encode()


def test_a_word_is_explained_one_click_away(shown: WatchedNight) -> None:
    page = shown.page
    link = page.locator("a.term").first
    link.click()
    box = page.locator("#explained")
    assert box.is_visible()
    assert len(box.inner_text()) > 30
    page.keyboard.press("Escape")
    assert not box.is_visible()


def test_it_prints_to_a_clean_document_and_the_sheet_to_one_page(shown: WatchedNight) -> None:
    page = shown.page
    whole = pages(page.pdf(format="A4", prefer_css_page_size=True))
    assert 4 <= whole <= 12 + 4 * len(shown.analysis.nights)
    page.evaluate("document.documentElement.classList.add('sheet-only')")
    sheet = pages(page.pdf(format="A4", prefer_css_page_size=True))
    page.evaluate("document.documentElement.classList.remove('sheet-only')")
    assert sheet == 1


def test_nothing_runs_over_the_side(shown: WatchedNight) -> None:
    page = shown.page
    for width in (360, 768, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(UNTIL, ["narrow", width])
    page.set_viewport_size({"width": 1280, "height": 900})
    assert shown.said == []


def test_axe_finds_nothing_by_day_and_by_night(shown: WatchedNight) -> None:
    page = shown.page
    # Thousands of rows are alike, and axe looks at each for long; this is the last test of a page
    page.evaluate(
        "document.querySelectorAll('table.movements-table tbody tr:nth-child(n + 20)')"
        ".forEach(row => { row.hidden = true; })"
    )
    assert found_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(UNTIL, ["dark", "#e6e9ee"])
    assert found_by_axe(page) == []


def test_the_plot_library_beside_the_page_is_the_only_request(
    written: Writing, look: Opening
) -> None:
    one = written("ankle", "beside")
    (one.path.parent / LIBRARY_FILE).write_text(plotly_script(), "utf-8")
    with look(one) as watched:
        assert watched.said == []
        assert watched.away == [(one.path.parent / LIBRARY_FILE).as_uri()]


def test_without_the_library_the_page_says_so(written: Writing, look: Opening) -> None:
    one = written("wrist", "beside")
    with look(one, drawn=False) as watched:
        watched.page.wait_for_selector(".plot-missing", state="visible")
        assert watched.page.locator(".picture").first.is_visible()


def test_no_script_that_was_slipped_in_runs(written: Writing, look: Opening) -> None:
    for assets in ("inline", "beside"):
        one = written("empty", assets)
        slipped = one.path.with_name("slipped.html")
        bad = '<script>window.ran = 1</script><img src="x" onerror="window.ran = 1">'
        slipped.write_text(one.path.read_text("utf-8").replace("<main>", f"<main>{bad}"), "utf-8")
        with look(type(one)(slipped, one.analysis), drawn=False) as watched:
            assert watched.page.evaluate("window.ran") is None
            assert watched.page.evaluate("document.querySelector('main > img') !== null")


def test_without_scripts_text_and_pictures_stand(written: Writing, look: Opening) -> None:
    with look(written("ankle"), drawn=False, java_script_enabled=False) as watched:
        page = watched.page
        assert page.locator(".lead").is_visible()
        assert page.locator(".chart .static").first.is_visible()
        assert page.locator(f"{TABLE} tbody tr").count() == len(watched.analysis.movements)
        assert "needs JavaScript" in page.locator("noscript").first.inner_text()
