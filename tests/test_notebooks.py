"""The notebooks run from a clean kernel, and what is committed shows without one."""

from __future__ import annotations

import base64
import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

import detector
from detector.pipeline import Analysis

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
SAMPLE = ROOT / "sample_recordings" / "ankle_night.csv.gz"
# Cells with pictures, and how many at least
PICTURES = {
    "review_night": {"overview": 1, "stills": 3, "picture": 1},
    "compare_nights": {"plot": 1, "shape": 1},
    "tune_criteria": {"see": 2, "curve": 1},
}
NAMES = sorted(PICTURES)
LARGEST = {"review_night": 600_000, "compare_nights": 100_000, "tune_criteria": 200_000}
Notebooks = Callable[[str], Any]


@pytest.fixture(scope="module")
def execute() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        return importlib.import_module("execute")


@pytest.fixture(scope="module")
def committed() -> Notebooks:
    return lambda name: nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def fresh(execute: ModuleType) -> Notebooks:
    """Run a notebook, once for all tests."""
    return cache(lambda name: execute.stripped(execute.executed(FOLDER / f"{name}.ipynb")))


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return detector.analyze(detector.read(SAMPLE, placement="ankle"))


def outputs(notebook: Any, cell_id: str) -> list[Any]:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return list(cell.outputs)


def printed(notebook: Any, cell_id: str) -> str:
    return "".join(out.text for out in outputs(notebook, cell_id) if out.output_type == "stream")


def pictures(notebook: Any, cell_id: str) -> list[bytes]:
    found = [out.data.get("image/png") for out in outputs(notebook, cell_id) if "data" in out]
    return [base64.b64decode(png) for png in found if png]


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_from_a_clean_kernel_without_a_warning(fresh: Notebooks, name: str) -> None:
    said = [out for cell in fresh(name).cells for out in cell.get("outputs", [])]
    assert [out.text for out in said if out.get("name") == "stderr"] == []
    assert [out for out in said if out.output_type == "error"] == []


@pytest.mark.parametrize("which", ["fresh", "committed"])
@pytest.mark.parametrize("name", NAMES)
def test_pictures_stand_without_a_kernel(
    which: str, name: str, request: pytest.FixtureRequest
) -> None:
    notebook = request.getfixturevalue(which)(name)
    for cell_id, least in PICTURES[name].items():
        found = pictures(notebook, cell_id)
        assert len(found) >= least, cell_id
        assert all(png.startswith(b"\x89PNG") and len(png) > 2_500 for png in found)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_have_words_for_who_does_not_see_them(committed: Notebooks, name: str) -> None:
    for cell_id in PICTURES[name]:
        for out in outputs(committed(name), cell_id):
            if "image/png" in out.get("data", {}):
                assert out.metadata["image/png"]["alt"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_is_small_and_tells_nothing_of_where_it_ran(
    committed: Notebooks, execute: ModuleType, name: str
) -> None:
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert len(text) < LARGEST[name]
    assert not re.search(r'"(/home|/Users|/root|/tmp|/work|[A-Z]:\\\\)', text)
    assert str(ROOT) not in text
    assert "site-packages" not in text
    notebook = committed(name)
    assert notebook.metadata == execute.KEPT_METADATA
    assert all(not cell.metadata for cell in notebook.cells)
    kinds = {
        kind
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        for kind in out.get("data", {})
    }
    assert kinds <= set(execute.STATIC)


@pytest.mark.parametrize("name", ["review_night", "tune_criteria"])
def test_it_runs_from_the_root_as_well(committed: Notebooks, name: str) -> None:
    """The first cell finds the sample from either folder."""
    (cell,) = (c for c in committed(name).cells if c.id == "read")
    for folder in (ROOT, FOLDER):
        found: dict[str, Any] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            exec(cell.source.split("recording =")[0], found)
            assert (found["folder"] / "ankle_night.csv.gz").is_file()


# Review a night


def test_it_shows_as_many_movements_as_the_analysis_has(
    fresh: Notebooks, analysis: Analysis
) -> None:
    notebook = fresh("review_night")
    assert f"\n{len(analysis.movements)} movements\n" in printed(notebook, "read")
    assert f"{analysis.nights[0].summary.hours['sleep']:.1f} h asleep" in printed(notebook, "read")
    (table,) = outputs(notebook, "counts")
    counted = sum(one.excluded_as is None for one in analysis.movements)
    assert int(table.data["text/plain"].split()[-1]) == counted


def test_it_shows_every_figure_of_the_night(fresh: Notebooks, analysis: Analysis) -> None:
    (table,) = outputs(fresh("review_night"), "figures")
    for name in analysis.nights[0].summary.indices:
        assert name in table.data["text/plain"]


def test_it_compares_with_the_truth(fresh: Notebooks) -> None:
    said = printed(fresh("review_night"), "truth")
    hits, true = map(int, re.findall(r"(\d+) of (\d+) true movements", said)[0])
    assert 0.8 * true < hits <= true


def test_opening_the_review_judges_nothing(fresh: Notebooks, analysis: Analysis) -> None:
    said = printed(fresh("review_night"), "judged")
    assert f"reviewed 0 of {len(analysis.movements)} movements" in said
    assert not (FOLDER / "ankle_night.night").exists()


def test_what_is_committed_is_what_it_shows_today(committed: Notebooks, analysis: Analysis) -> None:
    said = printed(committed("review_night"), "read")
    assert f"\n{len(analysis.movements)} movements\n" in said, "run: python notebooks/execute.py"


# Try another threshold


def test_a_higher_threshold_lets_movements_go(fresh: Notebooks) -> None:
    notebook = fresh("tune_criteria")
    gone, come = map(int, re.findall(r"(\d+) go, (\d+) come", printed(notebook, "come"))[0])
    assert gone > 5
    assert come < gone
    (table,) = outputs(notebook, "change")
    rows = table.data["text/plain"].splitlines()
    asleep = [int(row.split()[1]) for row in rows if re.match(r"\d+\.\d+ ", row)]
    assert len(asleep) >= 5
    assert asleep[0] > asleep[-1]


# Compare nights


def test_the_night_with_more_movements_stands_out(fresh: Notebooks) -> None:
    said = printed(fresh("compare_nights"), "mean")
    mean = float(re.findall(r"mean ([\d.]+) an hour", said)[0])
    assert float(re.findall(r"Fri: ([\d.]+) an hour", said)[0]) > 1.4 * mean
