"""The documentation site: every page is in it, every public name, every picture, and no network."""

from __future__ import annotations

import csv
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import detector

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LARGEST_PICTURE = 120_000


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("conf")


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)


def test_the_first_page_has_the_navigation_on_the_site_alone(site: ModuleType) -> None:
    first = (DOCS / "index.md").read_text(encoding="utf-8")
    source = [first]
    site.add_navigation(None, "docs/index", source)
    assert "toctree" not in first
    assert source[0].startswith(first)
    assert source[0].count("```{toctree}") == len(site.NAVIGATION)
    other = ["# Another page"]
    site.add_navigation(None, "docs/cli", other)
    assert other == ["# Another page"]


def test_every_public_name_is_on_the_page_of_the_api() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. auto(\w+):: detector\.(\w+)$", page, re.M)
    assert sorted(name for _, name in shown) == sorted(detector.__all__)
    for kind, name in shown:
        public = getattr(detector, name)
        is_error = isinstance(public, type) and issubclass(public, Exception)
        expected = "exception" if is_error else "class" if isinstance(public, type) else "function"
        assert kind == expected, name


def test_every_public_name_says_what_it_is() -> None:
    without = [name for name in detector.__all__ if not (getattr(detector, name).__doc__ or "")]
    assert without == []


def test_every_picture_is_shown_is_small_and_is_told_in_words() -> None:
    shown: dict[str, str] = {}
    for page in DOCS.glob("*.md"):
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", prose(page)):
            shown[target] = words
    assert [target for target, words in shown.items() if len(words) < 20] == []
    for picture in (DOCS / "pictures").glob("*.png"):
        assert f"pictures/{picture.name}" in shown
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name


def test_facts_that_a_page_names_are_facts_of_the_articles() -> None:
    path = ROOT / "detector" / "guidance" / "facts.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        known = {row["id"] for row in csv.DictReader(rows)}
    named = set(re.findall(r"\b[A-E]\d\d\b", prose(DOCS / "questions.md")))
    assert len(named) > 20
    assert named - known == set()


def test_sources_of_the_science_are_there_and_used() -> None:
    text, _, sources = prose(DOCS / "science.md").partition("## Sources")
    numbered = {int(number) for number in re.findall(r"^(\d+)\. ", sources, re.M)}
    used = {int(number) for number in re.findall(r"\[(\d+)\](?!\()", text)}
    assert numbered == used == set(range(1, len(numbered) + 1))


def test_what_inspect_prints_is_as_the_first_night_shows_it() -> None:
    page = (DOCS / "first_night.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.S)
    sample = ROOT / "sample_recordings" / "ankle_night.csv.gz"
    command = [sys.executable, "-m", "detector.cli", "inspect", str(sample)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = [line.split() for line in done.stdout.splitlines()]
    assert [line.split() for line in shown.splitlines()] == printed[: len(shown.splitlines())]
