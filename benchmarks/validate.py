"""Measure what docs/validation.md says, on nights that were never used for tuning.

    python benchmarks/validate.py --seeds 7000:7020 --results DIR --write
    python benchmarks/validate.py --seeds 0:4 --only ankle,wrist

With --results each figure is kept as it comes, and a run that was stopped goes on where it was.
Without --write the page goes to the standard output.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from validation.checks import CHECKS
from validation.page import page
from validation.store import Results, sources

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0:4", help="first:stop")
    parser.add_argument("--only", help=f"checks, parted by commas, of: {', '.join(CHECKS)}")
    parser.add_argument("--workers", type=int, default=2, choices=[1, 2])
    parser.add_argument("--results", type=Path, help="folder that keeps the results")
    parser.add_argument("--stale", action="store_true", help="take results of other code too")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(CHECKS)
    if unknown := [name for name in names if name not in CHECKS]:
        parser.error(f"no check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    first, stop = (int(part) for part in options.seeds.split(":"))
    results = Results(options.results, sources(), stale=options.stale)
    failed = run(names, range(first, stop), results, options.workers)
    text = page(results, range(first, stop))
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
    sys.exit(1 if failed else 0)


def run(names: list[str], seeds: range, results: Results, workers: int) -> int:
    """Measure what is not there yet, a seed of a check at a time; return how many failed."""
    todo, failed = [], 0
    for name in names:
        wanted = seeds[:1] if CHECKS[name].once else seeds
        todo += [(name, seed) for seed in wanted if seed not in results.of(name)]
    began = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        jobs = {pool.submit(measure, *one): one for one in todo}
        for k, job in enumerate(as_completed(jobs), 1):
            name, seed = jobs[job]
            if (error := job.exception()) is not None:
                print(f"{k}/{len(todo)} {name} {seed}: {error!r}", file=sys.stderr, flush=True)
                failed += 1
                continue
            figures, took_s = job.result()
            results.add(name, seed, figures)
            gone = (time.monotonic() - began) / 60
            print(f"{k}/{len(todo)} {name} {seed}: {took_s:.1f} s; {gone:.1f} min", flush=True)
    return failed


def measure(name: str, seed: int) -> tuple[Any, float]:
    began = time.perf_counter()
    return CHECKS[name].measure(seed), time.perf_counter() - began


if __name__ == "__main__":
    main()
