"""The page in a browser: it asks for nothing, and all of it can be seen, chosen, moved and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from conftest import Opening
from playwright.sync_api import Page

from detector.export import movements_csv
from detector.pipeline import Analysis

SHOWN = "table.movements-table tbody tr:visible"


def span_s(page: Page) -> float:
    """Return the seconds that the plot of the first night shows."""
    first, last = page.evaluate(
        "document.querySelector('[data-plot=night]').layout.xaxis.range.map("
        "p => typeof p === 'number' ? p : Date.parse(p.replace(' ', 'T') + 'Z'))"
    )
    return float(last - first) / 1000


def test_it_asks_for_nothing_and_complains_of_nothing(look: Opening, ankle_page: Path) -> None:
    with look(ankle_page) as watched:
        watched.page.locator(".chart").last.scroll_into_view_if_needed()
        watched.page.wait_for_selector(".chart.drawn")
        assert watched.said == []
        assert watched.away == []


def test_a_movement_chosen_in_the_table_is_shown(look: Opening, ankle_page: Path) -> None:
    with look(ankle_page) as watched:
        page = watched.page
        panel = page.locator(".movement").first
        assert "No movement is chosen" in panel.inner_text()
        page.locator("table.movements-table tbody button").nth(4).click()
        page.wait_for_selector('[data-plot=movement][data-number="5"]')
        row = page.locator("#m5 td").all_inner_texts()
        assert "No movement is chosen" not in panel.inner_text()
        assert row[7] in panel.inner_text()
        assert "ends below" in panel.inner_text()
        assert watched.said == []


def test_the_filter_leaves_only_its_label(look: Opening, ankle_page: Path) -> None:
    with look(ankle_page) as watched:
        page = watched.page
        everything = page.locator(SHOWN).count()
        page.locator("select").first.select_option("periodic_limb_movement")
        kinds = set(
            page.locator(SHOWN).evaluate_all("rows => rows.map(r => r.cells[6].textContent.trim())")
        )
        assert kinds == {"periodic limb"}
        assert 0 < page.locator(SHOWN).count() < everything


def test_movements_csv_comes_out_of_the_page(
    look: Opening, ankle_page: Path, ankle: Analysis, tmp_path: Path
) -> None:
    with look(ankle_page) as watched:
        with watched.page.expect_download() as waiting:
            watched.page.locator("[data-download]").first.click()
        waiting.value.save_as(tmp_path / "saved.csv")
    assert waiting.value.suggested_filename == "movements.csv"
    assert (tmp_path / "saved.csv").read_bytes() == movements_csv(ankle).encode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(look: Opening, ankle_page: Path, scheme: str) -> None:
    with look(ankle_page, color_scheme=scheme, bypass_csp=True) as watched:
        found = Axe().run(watched.page)["violations"]
    assert [violation["id"] for violation in found] == []


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_runs_over_the_side(look: Opening, ankle_page: Path, width: int) -> None:
    with look(ankle_page, viewport={"width": width, "height": 800}) as watched:
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_to_a_few_sheets(look: Opening, ankle_page: Path) -> None:
    with look(ankle_page) as watched:
        printed = watched.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 40
