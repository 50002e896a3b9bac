"""Two simulated nights against what they gave when the committed files were written.

After a change that means to move them: python tests/golden/regenerate.py, and look at the diff.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def regenerate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("regenerate", HERE / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_near(found: Any, expected: Any, where: str) -> None:
    """Hold that two figures agree: counts to 3 or 5 %, times to a minute, numbers to 5 %."""
    if isinstance(expected, dict):
        assert set(found) == set(expected), where
        for key in expected:
            assert_near(found[key], expected[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{where}: {found}"
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_near(one, other, f"{where}[{index}]")
    elif isinstance(expected, int | float):
        assert found is not None, where
        if where.startswith("sleep_onsets_s"):
            within = 60.0
        elif isinstance(expected, int):
            within = 3 if where.startswith(("counts", "excluded")) else 0
        else:
            within = 0.05
        assert found == pytest.approx(expected, abs=within, rel=0.05), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("name", ["ankle", "wrist_with_gaps"])
def test_a_night_gives_what_it_gave(name: str, regenerate: ModuleType) -> None:
    expected = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    found = json.loads(json.dumps(regenerate.golden(name)))
    for key in expected:
        assert_near(found[key], expected[key], key)
    assert set(found) == set(expected)


def test_every_file_has_its_night(regenerate: ModuleType) -> None:
    assert {p.stem for p in HERE.glob("*.json")} == set(regenerate.NIGHTS)
    assert all(p.stat().st_size < 5000 for p in HERE.glob("*.json"))
