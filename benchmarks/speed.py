"""How long a night takes, whole processes from start to end, each beside another of the same run.

    python benchmarks/speed.py [--runs 5] [--week] [--peer COMMAND]

Simulates an 8 h night at 100 Hz in a temporary folder and runs in turn, after one round that warms
the disk's cache,

- `bare_parse.py`, the least that the night costs with pyarrow, and `detector analyze`;
- `detector analyze` of the same samples with other stamps and marks;
- `import click` and `detector --help`;
- with --peer another program: `{}` in COMMAND stands for the file;
- with --week seven days on end (3.2 GB), the night repeated with stamps that run on.

Prints the median and the least seconds of each, its peak memory, and the ratio of medians: only
ratios are worth comparing between machines. `stages.py` tells where the seconds go.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from detector.recording import Placement
from detector.simulation import Exporter, SimulatedNight, simulate_night, write_night

WEEK_NIGHTS = 21  # of 8 h
HERE = Path(__file__).parent
# A small process between, as memory is counted with that of the one that starts a program
WATCH = (
    "import resource, subprocess, sys, time;"
    "began = time.perf_counter();"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(time.perf_counter() - began);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and the name of the one that its time is divided by."""

    name: str
    command: list[str]
    beside: str | None = None


def analyze(path: Path) -> list[str]:
    return [*detector("analyze"), str(path), "--placement", "ankle", "--quiet"]


def detector(*words: str) -> list[str]:
    return [sys.executable, "-m", "detector.cli", *words]


def timed(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak memory in MB of a command, its modules compiled before."""
    # As installed: else Python compiles every module of the program each time
    settings = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *command], check=True, capture_output=True, env=settings
    )
    seconds, megabytes = (float(line) for line in done.stdout.split())
    return seconds, megabytes


def compare(programs: list[Program], runs: int) -> None:
    """Run the programs in turn, once and then `runs` times, and print what they took."""
    figures: dict[str, list[tuple[float, float]]] = {one.name: [] for one in programs}
    for turn in range(runs + 1):
        for one in programs:
            measured = timed(one.command)
            if turn:
                figures[one.name].append(measured)
    print(f"{'':28} {'median':>9} {'least':>9} {'peak':>9}")
    medians = {name: statistics.median(s for s, _ in found) for name, found in figures.items()}
    for one in programs:
        found = figures[one.name]
        ratio = ""
        if one.beside is not None:
            ratio = f"{medians[one.name] / medians[one.beside]:6.2f} x {one.beside}"
        least, megabytes = min(s for s, _ in found), max(mb for _, mb in found)
        print(
            f"{one.name:28} {medians[one.name]:7.3f} s {least:7.3f} s {megabytes:6.0f} MB  {ratio}"
        )


def with_epoch_stamps(night: Path, path: Path) -> None:
    """Write a night of ISO stamps with seconds since 1970, as many recorders do."""
    with night.open(encoding="ascii") as lines, path.open("w", encoding="ascii") as out:
        out.write(next(lines))
        for row, line in enumerate(lines):
            out.write(f"{1705357800 + row / 100:.2f}{line[line.index(',') :]}")


def with_decimal_commas(night: Path, path: Path) -> None:
    """Write a night as a German spreadsheet exports it."""
    with night.open("rb") as blocks, path.open("wb") as out:
        while block := blocks.read(2**20):
            out.write(block.replace(b",", b";").replace(b".", b","))


def write_week(night: SimulatedNight, path: Path) -> None:
    """Write the night again and again, each with the stamps that follow."""
    length = timedelta(seconds=round(float(night.t_s[-1]) + 1 / night.hz, 3))
    part = path.with_name("part.csv")
    with path.open("wb") as out:
        for number in range(WEEK_NIGHTS):
            write_night(replace(night, start=night.start + number * length), part, Exporter.AXIVITY)
            with part.open("rb") as lines:
                header = lines.readline()
                if not number:
                    out.write(header)
                shutil.copyfileobj(lines, out)
    part.unlink()


def programs_on(folder: Path, night: SimulatedNight, peer: str | None) -> Iterator[Program]:
    """Write the files of a night and yield what is run on them."""
    iso = folder / "iso.csv"
    write_night(night, iso, Exporter.AXIVITY)
    print(f"{night.t_s.size / 1e6:.2f} million rows, {iso.stat().st_size / 1e6:.0f} MB")
    yield Program("bare parse", [sys.executable, str(HERE / "bare_parse.py"), str(iso)])
    yield Program("analyze", analyze(iso), "bare parse")
    if peer is not None:
        words = [word.replace("{}", str(iso)) for word in shlex.split(peer)]
        yield Program("peer", words, "bare parse")
        yield Program("analyze beside the peer", analyze(iso), "peer")
    with_epoch_stamps(iso, folder / "epoch.csv")
    yield Program("epoch seconds", analyze(folder / "epoch.csv"), "analyze")
    write_night(night, folder / "unstamped.csv", Exporter.ACTIGRAPH)
    yield Program("ActiGraph, no stamps", analyze(folder / "unstamped.csv"), "analyze")
    with_decimal_commas(iso, folder / "commas.csv")
    yield Program("semicolons, decimal commas", analyze(folder / "commas.csv"), "analyze")
    yield Program("import click", [sys.executable, "-c", "import click"])
    yield Program("detector --help", detector("--help"), "import click")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--week", action="store_true", help="a week too: 3.2 GB on disk")
    parser.add_argument("--peer", metavar="COMMAND", help="another program; {} is the file")
    options = parser.parse_args()
    night = simulate_night(seed=1, placement=Placement.ANKLE, hz=100.0, plm_per_h=30.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(list(programs_on(folder, night, options.peer)), options.runs)
        if options.week:
            write_week(night, folder / "week.csv")
            week = Program("analyze a week", analyze(folder / "week.csv"), "analyze")
            compare([Program("analyze", analyze(folder / "iso.csv")), week], options.runs)


if __name__ == "__main__":
    main()
