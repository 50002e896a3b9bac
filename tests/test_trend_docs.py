"""The example in docs/trend.md runs, and prints what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import trend as benchmark
from click.testing import CliRunner

from detector.cli import main

DOCS = Path(__file__).parents[1] / "docs"
BLOCKS = re.compile(r"```sh\n(detector (?:plan|compare) .*?)\n```(?:\n\n```text\n(.*?)```)?", re.S)


def test_every_example_runs_and_prints_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(DOCS / "trend_example", tmp_path / "docs" / "trend_example")
    monkeypatch.chdir(tmp_path)
    checked = 0
    blocks = BLOCKS.findall((DOCS / "trend.md").read_text(encoding="utf-8"))
    for command, text in blocks:
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, done.output
        if text:
            printed = [line.rstrip() for line in done.stdout.strip().splitlines()]
            assert "\n".join(printed) == text.strip()
            checked += 1
    assert (len(blocks), checked) == (3, 2)


def test_the_example_is_what_its_script_makes(tmp_path: Path) -> None:
    benchmark.example(tmp_path / "example")
    for path in (DOCS / "trend_example").iterdir():
        made = (tmp_path / "example" / path.name).read_bytes()
        assert made == path.read_bytes(), "run: python benchmarks/trend.py example"


def test_the_plot_of_the_power_has_every_row() -> None:
    rows = [(n, e, min(1.0, n * e / 60)) for e in (0.5, 1.0, 1.5, 2.0) for n in (14, 28, 60)]
    drawn = benchmark.power_svg({"plan": rows, "haphazard": rows})
    assert drawn.count("<circle") == 2 * len(rows)
    assert drawn.count("<polyline") == 8
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', drawn)]
    assert min(heights) >= 46
    assert np.isfinite(heights).all()
