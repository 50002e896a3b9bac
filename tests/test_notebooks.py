"""The notebook runs from a clean kernel, and what is committed shows without one."""

from __future__ import annotations

import base64
import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

import detector
from detector.pipeline import Analysis

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "review_night.ipynb"
SAMPLE = ROOT / "sample_recordings" / "ankle_night.csv.gz"
PICTURES = {"overview": 1, "stills": 4}


@pytest.fixture(scope="module")
def execute() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(NOTEBOOK.parent))
        return importlib.import_module("execute")


@pytest.fixture(scope="module")
def committed() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def fresh(execute: ModuleType) -> Any:
    return execute.stripped(execute.executed(NOTEBOOK))


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


def test_it_runs_from_a_clean_kernel_without_a_warning(fresh: Any) -> None:
    said = [out for cell in fresh.cells for out in cell.get("outputs", [])]
    assert [out.text for out in said if out.get("name") == "stderr"] == []
    assert [out for out in said if out.output_type == "error"] == []


def test_it_shows_as_many_movements_as_the_analysis_has(fresh: Any, analysis: Analysis) -> None:
    assert f"\n{len(analysis.movements)} movements\n" in printed(fresh, "read")
    assert f"{analysis.nights[0].summary.hours['sleep']:.1f} h asleep" in printed(fresh, "read")
    (table,) = outputs(fresh, "counts")
    counted = sum(one.excluded_as is None for one in analysis.movements)
    assert int(table.data["text/plain"].split()[-1]) == counted


def test_it_shows_every_figure_of_the_night(fresh: Any, analysis: Analysis) -> None:
    (table,) = outputs(fresh, "figures")
    for name in analysis.nights[0].summary.indices:
        assert name in table.data["text/plain"]


def test_it_compares_with_the_truth(fresh: Any) -> None:
    hits, true = map(int, re.findall(r"(\d+) of (\d+) true movements", printed(fresh, "truth"))[0])
    assert 0.8 * true < hits <= true


@pytest.mark.parametrize("which", ["fresh", "committed"])
def test_pictures_stand_without_a_kernel(which: str, request: pytest.FixtureRequest) -> None:
    notebook = request.getfixturevalue(which)
    for cell_id, least in PICTURES.items():
        found = pictures(notebook, cell_id)
        assert len(found) >= least
        assert all(png.startswith(b"\x89PNG") and len(png) > 5_000 for png in found)


def test_pictures_have_words_for_who_does_not_see_them(committed: Any) -> None:
    for cell_id in PICTURES:
        for out in outputs(committed, cell_id):
            if "image/png" in out.get("data", {}):
                assert out.metadata["image/png"]["alt"]


def test_what_is_committed_is_small_and_tells_nothing_of_where_it_ran(
    committed: Any, execute: ModuleType
) -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 600_000
    assert not re.search(r'"(/home|/Users|/root|/tmp|/work|[A-Z]:\\\\)', text)
    assert str(ROOT) not in text
    assert "site-packages" not in text
    assert committed.metadata == execute.KEPT_METADATA
    assert all(not cell.metadata for cell in committed.cells)
    kinds = {
        kind
        for cell in committed.cells
        for out in cell.get("outputs", [])
        for kind in out.get("data", {})
    }
    assert kinds <= set(execute.STATIC)


def test_what_is_committed_is_what_it_shows_today(committed: Any, analysis: Analysis) -> None:
    said = printed(committed, "read")
    assert f"\n{len(analysis.movements)} movements\n" in said, "run: python notebooks/execute.py"


def test_it_runs_from_the_root_as_well(execute: ModuleType, tmp_path: Path) -> None:
    """The first cell finds the sample from either folder."""
    (cell,) = (c for c in nbformat.read(NOTEBOOK, as_version=4).cells if c.id == "read")
    for folder in (ROOT, NOTEBOOK.parent):
        found: dict[str, Any] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            exec(cell.source.split("recording =")[0], found)
            assert (found["folder"] / "ankle_night.csv.gz").is_file()
