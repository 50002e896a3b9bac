"""How long a night takes, whole process, beside the bare reading of its bytes.

    python benchmarks/speed.py

Simulates an 8 h night at 100 Hz in a temporary folder and runs, in turn and five times each,
`cat` on it and `detector analyze` on it; prints the median seconds of both and the peak memory.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night

RUNS = 5
PEAK = (
    "import resource, subprocess, sys;"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def timed(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak memory in MB of a command."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", PEAK, *command], check=True, capture_output=True)
    return time.perf_counter() - began, int(done.stdout) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.csv"
        night = simulate_night(seed=1, placement=Placement.ANKLE, hz=100.0, plm_per_h=30.0)
        write_night(night, path, Exporter.AXIVITY)
        rows, size = night.t_s.size, path.stat().st_size / 1e6
        del night
        commands = {
            "cat": ["cat", str(path)],
            "detector analyze": [
                sys.executable, "-m", "detector.cli", "analyze", str(path),
                "--placement", "ankle", "--quiet",
            ],
        }  # fmt: skip
        figures = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                figures[name].append(timed(command))
        print(f"{rows / 1e6:.2f} million rows, {size:.0f} MB")
        for name, runs in figures.items():
            seconds = statistics.median(s for s, _ in runs)
            print(f"{name:18} {seconds:6.2f} s  {max(mb for _, mb in runs):6.0f} MB")


if __name__ == "__main__":
    main()
