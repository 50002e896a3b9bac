"""How much faster two workers are than one, and whether the memory of a worker stays flat.

    python benchmarks/cohort.py [--nights 200] [--whole 40] [--hz 100] [--rounds 1] [--folder DIR]

Simulates a study (whole nights of 8 h, the others of 25 min) into a temporary folder, or into DIR,
where it is used again, and runs `detector cohort --no-pages` as a person would: with one worker and
with two, in turn, `--rounds` times there and back (1 2 2 1), whole processes from start to end.
Prints the seconds of each, the ratio of their sums, and for each worker its memory by tenths of
its time. Only the ratio is worth comparing between machines, and only where nothing else runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import psutil

from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night

DIFFERENT = 4  # nights are simulated; the others are these without their last rows
LOOK_EVERY_S = 0.25


def make_study(root: Path, n_nights: int, n_whole: int, hz: float) -> None:
    for kind, number, hours, rate in (
        ("whole", n_whole, 8.0, hz),
        ("short", n_nights - n_whole, 25 / 60, 20.0),
    ):
        for k in range(number):
            path = root / f"P{k % 25:02}" / f"{kind}{k:03}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                continue
            if k < DIFFERENT:
                night = simulate_night(seed=k, placement=Placement.ANKLE, hours=hours, hz=rate)
                write_night(night, path, Exporter.AXIVITY)
                continue
            like = k % DIFFERENT
            whole = (root / f"P{like:02}" / f"{kind}{like:03}.csv").read_bytes()
            path.write_bytes(whole[: whole.rindex(b"\n", 0, len(whole) - 1000 * k) + 1])


def run(study: Path, out: Path, workers: int) -> tuple[float, dict[int, list[float]]]:
    """Return the seconds of a whole run, and of each worker its memory in MB as time passed."""
    words = [sys.executable, "-m", "detector.cli", "cohort", str(study), "--output", str(out)]
    words += ["--placement", "ankle", "--no-pages", "--quiet", "--workers", str(workers)]
    memory: dict[int, list[float]] = defaultdict(list)
    began = time.perf_counter()
    process = subprocess.Popen(words)
    known: list[psutil.Process] = []
    while process.poll() is None:
        # To look for them costs as much as a tenth of a core
        known = known if len(known) == workers else workers_of(process.pid)
        for worker in known:
            try:
                memory[worker.pid].append(worker.memory_info().rss / 2**20)
            except psutil.Error:
                continue
        time.sleep(LOOK_EVERY_S)
    if process.returncode:
        sys.exit(f"the run ended with {process.returncode}")
    return time.perf_counter() - began, memory


def workers_of(client: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(client).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def tenths(values: list[float]) -> list[float]:
    """Return the greatest of each tenth."""
    edges = [round(k * len(values) / 10) for k in range(11)]
    return [max(values[a:b]) for a, b in pairwise(edges) if b > a]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nights", type=int, default=200)
    parser.add_argument("--whole", type=int, default=40)
    parser.add_argument("--hz", type=float, default=100.0, help="rate of the whole nights")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the study here and use it again")
    asked = parser.parse_args()
    temporary = Path(tempfile.mkdtemp(prefix="cohort-"))
    study = asked.folder or temporary / "study"
    try:
        print(f"simulating {asked.nights} nights, {asked.whole} of them whole", flush=True)
        make_study(study, asked.nights, asked.whole, asked.hz)
        size = sum(path.stat().st_size for path in study.rglob("*.csv"))
        for path in study.rglob("*.csv"):
            digest_of(path)  # into the disk's cache
        load = os.getloadavg()[0]
        print(f"{size / 1e9:.2f} GB; {os.cpu_count()} cores, load {load:.1f} before the first run")
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for turn, workers in enumerate([1, 2, 2, 1] * asked.rounds):
            out = temporary / f"out{turn}"
            took, memory = run(study, out, workers)
            shutil.rmtree(out)
            seconds[workers].append(took)
            print(f"{workers} worker{'s' if workers > 1 else ''}: {took:.1f} s", flush=True)
            for number, values in enumerate(memory.values(), 1):
                shown = " ".join(f"{value:.0f}" for value in tenths(values))
                print(f"  memory of worker {number}, MB, most in each tenth of its time: {shown}")
        ratio = sum(seconds[1]) / sum(seconds[2])
        print(f"two workers are {ratio:.2f} times as fast as one (to be at least 1.8)")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def digest_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(len(piece) for piece in iter(lambda: file.read(2**20), b""))


if __name__ == "__main__":
    main()
