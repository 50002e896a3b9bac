"""How many recordings a second a real Dask scheduler can hand out: as many empty tasks.

    python benchmarks/scheduler.py [--tasks 100000] [--workers 2] [--window N]

Starts `dask scheduler` and `dask worker` processes on loopback and runs so many tasks through the
loop that `detector cohort` uses, each with the arguments of a real one and nothing to do. Prints
tasks a second, and the CPU seconds and memory of client, scheduler and workers. `--window` is how
many are at the scheduler at a time; by default two a thread, as in a run.
"""

from __future__ import annotations

import argparse
import operator
import os
import resource
import socket
import subprocess
import sys
import time

import psutil

from detector.cohort.run import Job, Reports, run_jobs, scheduler_at
from detector.cohort.table import Entry
from detector.cohort.task import Plan
from detector.reading_options import Reading

DASK = [sys.executable, "-m", "dask"]


def jobs_of(n_tasks: int) -> list[Job]:
    reading = Reading("ankle", "left", None, None, None, None, "Europe/Berlin")
    plan = Plan("/shared/study/results", "0.1.0", "wasm", "", "", False, ".stop/" + "0" * 32)
    return [
        Job(
            k,
            (
                plan,
                Entry(
                    participant=f"P{k // 7:06}",
                    visit="base",
                    file=f"raw/P{k // 7:06}/{k % 7}.csv.gz",
                    address=f"/shared/study/raw/P{k // 7:06}/{k % 7}.csv.gz",
                    size_bytes=152_000_000,
                    stamp="152000000:1700000000000000000",
                    reading=reading,
                ),
            ),
        )
        for k in range(n_tasks)
    ]


def used(process: psutil.Process) -> tuple[float, float]:
    """Return CPU seconds and memory in MB."""
    times = process.cpu_times()
    return times.user + times.system, process.memory_info().rss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--window", type=int)
    asked = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"]
    processes = [subprocess.Popen([*DASK, *words], **quiet)]
    for _ in range(asked.workers):
        words = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        processes.append(subprocess.Popen([*DASK, *words, "--host", "127.0.0.1"], **quiet))
    try:
        measure(address, [psutil.Process(one.pid) for one in processes], asked)
    finally:
        for one in processes:
            one.kill()


def measure(address: str, processes: list[psutil.Process], asked: argparse.Namespace) -> None:
    jobs = jobs_of(asked.tasks)
    done: list[int] = []
    began = 0.0

    def take(number: int, found: object) -> None:
        nonlocal began
        if found is not False:
            sys.exit(f"task {number}: {found!r}")
        began = began or time.perf_counter()
        done.append(number)

    # The first connection waits until the scheduler is up
    run_jobs(
        scheduler_at(address, print),
        operator.is_,
        jobs,
        Reports(take, lambda _: None, lambda: False),
        asked.window,
    )
    took = time.perf_counter() - began
    if sorted(done) != list(range(asked.tasks)):
        sys.exit("not every task was reported once")
    print(f"{asked.tasks} tasks, {asked.workers} workers, window {asked.window or 'as in a run'}")
    print(f"{took:.0f} s, {asked.tasks / took:.0f} a second; load {os.getloadavg()[0]:.1f}")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    rows = [("client", usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)]
    rows += [("scheduler", *used(processes[0]))]
    rows += [(f"worker {k}", *used(one)) for k, one in enumerate(processes[1:], 1)]
    for name, cpu_s, megabytes in rows:
        per = cpu_s / asked.tasks * 1e3
        print(f"{name:10} {cpu_s:7.1f} s of CPU, {per:.2f} ms a task, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
