"""Where the seconds of `detector analyze` go: its stages one by one, in one process.

    python benchmarks/stages.py NIGHT.csv [--placement ankle]

Wall and processor seconds. Imports count where they happen, with what was not imported before.
What overlaps in a run, reading and filtering, is told once alone and once together.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
IMPORTS = (
    "click",
    "numpy",
    "detector.readers",
    "detector.pipeline",
    "detector.export",
    "detector.report.page",
)


def told(name: str, work: Callable[[], T]) -> T:
    """Do `work`, and print how long it took."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{name:34} {wall:7.3f} s {processor:7.3f} s")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("night", type=Path)
    parser.add_argument("--placement", default="ankle")
    options = parser.parse_args()
    print(f"{'':34} {'wall':>9} {'processor':>9}")
    for name in IMPORTS:
        told(f"import {name}", lambda name=name: importlib.import_module(name))

    from detector.conditioning import condition  # noqa: PLC0415 - counted above
    from detector.criteria import default_criteria  # noqa: PLC0415
    from detector.export import write_results  # noqa: PLC0415
    from detector.movements import find_movements  # noqa: PLC0415
    from detector.pipeline import analyze  # noqa: PLC0415
    from detector.readers import read  # noqa: PLC0415
    from detector.report.page import page_parts  # noqa: PLC0415

    recording = told("open", lambda: read(options.night, placement=options.placement))
    told("read", lambda: sum(chunk.t_s.size for chunk in recording.chunks()))
    criteria = default_criteria(recording.placement)
    signal = told("read and condition", lambda: condition(recording, criteria.conditioning))
    told("movements", lambda: find_movements(signal, criteria.detection))
    analysis = told("read, condition, movements, rest", lambda: analyze(recording))
    page = told("page", lambda: list(page_parts(analysis, command="detector analyze")))
    with tempfile.TemporaryDirectory() as folder:
        told("files", lambda: write_results(analysis, Path(folder) / "night", page))


if __name__ == "__main__":
    main()
