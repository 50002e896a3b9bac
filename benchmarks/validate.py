"""Measure what docs/validation.md says, on nights that were never used for tuning.

    python benchmarks/validate.py --seeds 7000:7020 --results DIR --write
    python benchmarks/validate.py --seeds 0:4 --only ankle,wrist

With --results each figure is kept as it comes, and a run that was stopped goes on where it was.
All checks of a seed come before the next seed, so that a run which --minutes ended has as many
nights of one as of another; the page marks what comes from fewer than 20 seeds, and says what each
check takes. Without --write the page goes to the standard output.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
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
    parser.add_argument("--minutes", type=float, default=1e9, help="begin nothing after as many")
    parser.add_argument("--stale", action="store_true", help="take results of other code too")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(CHECKS)
    if unknown := [name for name in names if name not in CHECKS]:
        parser.error(f"no check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    first, stop = (int(part) for part in options.seeds.split(":"))
    results = Results(options.results, sources(), stale=options.stale)
    seeds = range(first, stop)
    failed = run(todo(names, seeds, results), results, options.workers, options.minutes)
    text = page(results, seeds)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
    sys.exit(1 if failed else 0)


Job = tuple[str, int]  # the check and the seed


def todo(names: Sequence[str], seeds: range, results: Results) -> list[Job]:
    """Return what is not measured yet, all checks of a seed before the next."""
    return [
        (name, seed)
        for seed in seeds
        for name in names
        if seed not in results.of(name) and (seed == seeds[0] or not CHECKS[name].once)
    ]


def run(jobs: Sequence[Job], results: Results, workers: int, minutes: float) -> int:
    """Measure a seed of a check at a time, begin none after `minutes`; return how many failed."""
    began, failed, done = time.monotonic(), 0, 0
    with ProcessPoolExecutor(workers) as pool:
        waiting = iter(jobs)
        running: dict[Future[Any], Job] = {}
        while True:
            late = time.monotonic() - began > 60 * minutes
            for job in () if late else _next(waiting, workers - len(running)):
                running[pool.submit(measure, *job)] = job
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done += 1
                name, seed = running.pop(future)
                said = f"{done}/{len(jobs)} {name} {seed}"
                if (error := future.exception()) is not None:
                    print(f"{said}: {error!r}", file=sys.stderr, flush=True)
                    failed += 1
                    continue
                figures, took_s = future.result()
                results.add(name, seed, figures, took_s)
                gone = (time.monotonic() - began) / 60
                print(f"{said}: {took_s:.1f} s of processor; {gone:.1f} min", flush=True)
    if done < len(jobs):
        print(f"{len(jobs) - done} of {len(jobs)} not begun: run it again to go on", flush=True)
    return failed


def _next(waiting: Iterator[Job], count: int) -> Iterator[Job]:
    yield from (job for _, job in zip(range(count), waiting, strict=False))


def measure(name: str, seed: int) -> tuple[Any, float]:
    """Return the figures of a check and the processor's seconds, which a busy machine leaves."""
    began = time.process_time()
    return CHECKS[name].measure(seed), time.process_time() - began


if __name__ == "__main__":
    main()
