"""What the documentation says of thresholds, commands and files is what the program does."""

from __future__ import annotations

import dataclasses
import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

import detector
from detector.cli import main
from detector.criteria import Criteria, default_criteria
from detector.criteria_files import read_criteria
from detector.recording import Placement

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (*sorted(DOCS.glob("*.md")), *(ROOT / f"{n}.md" for n in ("GLOSSARY", "CONTRIBUTING")))


@pytest.fixture
def make_criteria(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("make_criteria")


@pytest.fixture
def make_cli(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("make_cli")


def words(text: str) -> list[str]:
    """Return a page without its line breaks, which another version of click puts elsewhere."""
    return text.split()


def test_the_page_of_criteria_is_up_to_date(make_criteria: ModuleType) -> None:
    written = (DOCS / "criteria.md").read_text(encoding="utf-8")
    assert make_criteria.up_to_date() == written, "run: python docs/make_criteria.py"


def test_the_page_of_commands_is_up_to_date(make_cli: ModuleType) -> None:
    written = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert words(make_cli.up_to_date()) == words(written), "run: python docs/make_cli.py"


FIELDS = """
from dataclasses import dataclass

@dataclass
class Some:
    behind_s: float = 1.0  # somebody 2016
    # Above it, on
    # two lines.
    above_s: float = 2.0
    below_s: float = 3.0
    apart_s: float = 4.0

    bare_s: float = 5.0
"""


def test_a_comment_is_found_behind_a_field_above_it_or_above_the_one_before(
    make_criteria: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_fields.py").write_text(FIELDS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = list(make_criteria.fields_of("some_fields", "Some"))
    assert [(row.name, row.value, row.source) for row in rows] == [
        ("behind_s", 1.0, "somebody 2016"),
        ("above_s", 2.0, "Above it, on two lines."),
        ("below_s", 3.0, "as above"),
        ("apart_s", 4.0, ""),
        ("bare_s", 5.0, ""),
    ]


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("merge_gap_s", 0.5, "s"),
        ("jerk_g", 0.5, "g"),
        ("min_movement_per_h", 10.0, "1/h"),
        ("movement_per_h_asleep", 18.0, "1/h"),
        ("min_sleep_h", 3.0, "h"),
        ("bilateral_onset_s", None, "s"),
        ("short_interval_passes", True, "yes or no"),
        ("rules", "wasm-2016", "text"),
        ("confidence", 0.95, ""),
    ],
)
def test_a_unit_is_read_from_the_name(
    make_criteria: ModuleType, name: str, value: object, unit: str
) -> None:
    assert make_criteria.unit_of(name, value) == unit


def test_every_criterion_is_in_a_table() -> None:
    page = (DOCS / "criteria.md").read_text(encoding="utf-8")
    for section in dataclasses.fields(Criteria):
        assert f"### `[{section.name}]`" in page
        for field in dataclasses.fields(getattr(Criteria(), section.name)):
            assert f"| `{field.name}` |" in page


def test_the_example_of_own_criteria_can_be_read(tmp_path: Path) -> None:
    page = (DOCS / "criteria.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.S)
    path = tmp_path / "mine.toml"
    path.write_text(example, encoding="utf-8")
    base = default_criteria(Placement.ANKLE)
    changed = dataclasses.asdict(read_criteria(path, base))
    for section, values in tomllib.loads(example).items():
        for name, value in values.items():
            assert changed[section][name] == value != dataclasses.asdict(base)[section][name]


def test_every_command_and_option_has_help() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.help, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.name}"


def test_every_page_is_in_the_navigation_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    site = importlib.import_module("conf")
    listed = Counter(page for pages in site.NAVIGATION.values() for page in pages)
    written = {page.stem for page in DOCS.glob("*.md")} - {"index"}
    assert set(listed) == written | {
        f"/{name}" for name in ("GLOSSARY", "CHANGELOG", "CONTRIBUTING")
    }
    assert set(listed.values()) == {1}


def test_every_public_name_is_in_the_chapter_on_the_public_api() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    chapter = page.split("## Public API")[1].split("\n## ")[0]
    assert {name for name in detector.__all__ if f"`{name}`" not in chapter} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text)]
    gone = [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]
    assert gone == []


BLOCKS = re.compile(
    r"`(?P<name>[\w.]+)`[^`\n]*:\n\n```csv\n(?P<rows>.*?)```|"
    r"```(?P<kind>sh|text)\n(?P<text>.*?)```",
    re.S,
)


@pytest.mark.parametrize("page", ["scoring.md", "evaluation.md"])
def test_an_example_prints_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed, checked = "", 0
    for block in BLOCKS.finditer((DOCS / page).read_text(encoding="utf-8")):
        if block["name"] and not printed:
            Path(block["name"]).write_text(block["rows"], encoding="utf-8")
        elif block["name"]:
            assert Path(block["name"]).read_text(encoding="utf-8") == block["rows"]
        elif block["kind"] == "sh" and not printed:
            result = CliRunner().invoke(main, shlex.split(block["text"])[1:])
            printed = "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())
        elif block["kind"] == "text":
            assert printed == block["text"].strip()
            checked += 1
    assert checked == 1


def test_the_example_of_a_study_prints_what_the_page_says(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="a study needs the extra cluster")
    page = (DOCS / "cohort.md").read_text(encoding="utf-8")
    (commands, said), *_ = re.findall(r"```sh\n(.*?)```\n\n```text\n(.*?)```", page, re.S)
    for folder in ("study/P01", "study/P02"):
        (tmp_path / folder).mkdir(parents=True)
    printed = ""
    for line in commands.splitlines():
        words, _, file = line.partition(" > ")
        done = subprocess.run(
            [sys.executable, "-m", "detector.cli", *shlex.split(words)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode <= 1, done.stderr
        printed = done.stdout
        if file:
            (tmp_path / file).write_text(printed, encoding="utf-8")
    anyhow = re.escape(said).replace(r"9\ s", r"\d+\ \w+")
    assert re.fullmatch(anyhow, printed), printed
    outputs = page.split("## What comes out")[1].split("\n## ")[0]
    named = re.findall(r"^\| (`[^|]+`) \|", outputs, re.M)
    files = [name.strip("` ") for cell in named for name in cell.split(",")]
    assert len(files) > 10
    assert [name for name in files if not (tmp_path / "results" / name).exists()] == []
