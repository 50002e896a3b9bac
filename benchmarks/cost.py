"""What a night of a study costs, and what a recording costs the client, for docs/scale.md.

    python benchmarks/cost.py [--recordings 2000]

Simulates 8 h at 25, 50 and 100 Hz and analyzes each as a worker does, twice in one process: the
second time nothing has to be imported any more. Prints CPU seconds (which a busy machine hardly
changes), the share that the digest of the content takes, bytes read and written, and the memory.
Then it makes a study of so many recordings, all with the result of the last, and prints what the
client does for each before and after the work.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from detector import __version__
from detector.cohort.content import digest_of_recording
from detector.cohort.gather import gather
from detector.cohort.index import Index
from detector.cohort.places import place_at
from detector.cohort.store import Store
from detector.cohort.study import standing_of
from detector.cohort.table import entries_of
from detector.cohort.task import Plan, analyze_entry, result_name
from detector.reading_options import Reading
from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night

Found = TypeVar("Found")
READING = Reading("ankle", None, None, None, None, None, None)


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def night_cost(folder: Path, hz: float) -> Path:
    path = folder / f"night{hz:.0f}.csv"
    night = simulate_night(seed=3, placement=Placement.ANKLE, hours=8.0, hz=hz, plm_per_h=30.0)
    write_night(night, path, Exporter.AXIVITY)
    # In a process of its own, whose memory has held nothing else
    words = [sys.executable, __file__, "--night", str(path)]
    print(subprocess.run(words, check=True, capture_output=True, text=True).stdout, end="")
    return path


def analyze_twice(path: Path) -> None:
    """Print what analyzing a night costs, and what it costs once all is imported."""
    _, digest_s = timed(lambda: digest_of_recording(path))
    for name in ("first", "again"):
        for pages in (False, True):
            out = path.parent / f"{path.stem}-{name}-{pages}"
            plan = Plan(str(out), __version__, "wasm", "", "", pages, ".x")
            (entry,) = entries_of([str(path)], READING, "", "")
            outcome = analyze_entry(plan, entry)
            sizes = {p.suffix: p.stat().st_size for p in out.rglob("*") if p.is_file()}
            print(
                f"{path.stem}, {name}, {'with' if pages else 'no'} page: "
                f"{outcome.cpu_s:.2f} s of CPU ({digest_s:.2f} for the digest), "
                f"{path.stat().st_size / 1e6:.0f} MB read, result {sizes['.gz'] / 1e3:.1f} kB, "
                f"page {sizes.get('.html', 0) / 1e3:.0f} kB, at most {outcome.peak_mb:.0f} MB"
            )


def client_cost(folder: Path, night: Path, n_recordings: int) -> None:
    study, out = folder / "study", folder / "many"
    first = study / "P00000" / "0.csv"
    first.parent.mkdir(parents=True)
    shutil.copy(night, first)
    plan = Plan(str(out), __version__, "wasm", "", "", False, ".x")
    (entry,) = entries_of([str(first)], READING, "", "")
    outcome = analyze_entry(plan, entry)
    result = next(out.rglob("*.json.gz")).read_bytes()
    for k in range(1, n_recordings):
        path = study / f"P{k // 7:05}" / f"{k % 7}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{k}\n")
    entries, listed_s = timed(lambda: entries_of([str(study)], READING, "", ""))
    place = place_at(str(out))
    index = Index(place)
    for k, one in enumerate(entries):
        digests = (f"{k:064x}",)
        index.add(one, replace(outcome, digests=digests, stamps=(one.stamp,)))
        place.write(f"results/{_name(plan, one, digests)}", result)
    store, index = Store(place), Index(place)
    standing, known_s = timed(lambda: standing_of(entries, plan, store, index))
    if standing.todo:
        raise SystemExit(f"{len(standing.todo)} are not known")
    told = lambda _: None  # noqa: E731
    n, gathered_s = timed(
        lambda: gather(standing, store, pages=False, told=told, turn=lambda: None)
    )
    sizes = sum(path.stat().st_size for path in (out / "movements").iterdir())
    nights = (out / "nights.parquet").stat().st_size
    print(f"{len(entries)} recordings, {n} movements")
    for name, seconds in (("listed", listed_s), ("known", known_s), ("gathered", gathered_s)):
        print(f"  {name}: {seconds / len(entries) * 1e3:.2f} ms of CPU each")
    print(f"  movements {sizes / n:.1f} B a movement, nights {nights / len(entries):.0f} B a night")


def _name(plan: Plan, entry: object, digests: tuple[str, ...]) -> str:
    name = result_name(plan, entry, digests)  # type: ignore[arg-type]
    return f"{name[:2]}/{name}.json.gz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--recordings", type=int, default=2000)
    parser.add_argument("--night", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.night is not None:
        analyze_twice(asked.night)
        return
    folder = Path(tempfile.mkdtemp(prefix="cost-"))
    try:
        for hz in (25.0, 50.0, 100.0):
            night = night_cost(folder, hz)
        client_cost(folder, night, asked.recordings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
