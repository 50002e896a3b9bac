"""A study on real processes of Dask: whatever is killed, the tables come out the same."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.cohort.run import Job, Reports, WorkerLostError, local_workers, run_jobs
from detector.recording import Placement
from detector.simulation import Exporter, simulate_night, write_night

dask = pytest.importorskip("dask", reason="a study needs the extra cluster")
pytest.importorskip("distributed", reason="a study needs the extra cluster")
if sys.platform == "win32":
    pytest.skip("processes are killed by POSIX signals", allow_module_level=True)

N_GOOD = 48
PATIENCE_S = 600.0  # of a machine with much else to do
DASK = [sys.executable, "-m", "dask"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty-eight short nights of sixteen people, and five files that are none."""
    root = tmp_path_factory.mktemp("study")
    night = simulate_night(seed=7, placement=Placement.ANKLE, hours=25 / 60, hz=20.0)
    write_night(night, root / "night.csv", Exporter.AXIVITY)
    lines = (root / "night.csv").read_bytes().splitlines(keepends=True)
    (root / "night.csv").unlink()
    for k in range(N_GOOD):
        path = root / f"P{k % 16:02}" / f"night{k // 16}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(lines[: len(lines) - 20 * k]))
    bad = root / "P99"
    bad.mkdir()
    (bad / "empty.csv").touch()
    (bad / "text.csv").write_text("this is\nno recording\nat all\n")
    (bad / "steps.csv").write_text("time,steps\n2024-01-15 22:00:00,4\n2024-01-15 22:01:00,0\n")
    (bad / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (bad / "short.csv").write_bytes(b"".join(lines[:2000]))
    return root


def command(study: Path, out: Path, *words: object) -> list[str]:
    cohort = [sys.executable, "-m", "detector.cli", "cohort", str(study), "--output", str(out)]
    return [*cohort, "--placement", "ankle", "--no-pages", *map(str, words)]


@pytest.fixture(scope="module")
def undisturbed(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as two processes of its own make it."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    done = subprocess.run(
        command(study, out, "--workers", 2), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert f"{N_GOOD} recordings done, 5 failed, 0 left" in done.stdout
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(out: Path) -> int:
    return sum(1 for _ in out.glob("results/*/*.json.gz"))


def waited(for_what: Callable[[], bool], why: str) -> None:
    """Wait until something holds; fail, and say what did not, after a generous time."""
    deadline = time.monotonic() + PATIENCE_S
    while not for_what():
        assert time.monotonic() < deadline, f"waited in vain: {why}"
        time.sleep(0.01)


@dataclass
class Cluster:
    """Processes on loopback, as somebody would start them by hand."""

    address: str
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        host, port = self.address.removeprefix("tcp://").split(":")
        words = ["scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show"]
        self.scheduler = started([*DASK, *words])

    def start_worker(self) -> None:
        words = ["worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(started([*DASK, *words, "--host", "127.0.0.1"]))


def started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(process: subprocess.Popen[bytes] | None) -> None:
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A scheduler and two workers of one thread."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Cluster(f"tcp://127.0.0.1:{free.getsockname()[1]}")
    try:
        made.start_scheduler()
        made.start_worker()
        made.start_worker()
        yield made
    finally:
        for process in (*made.workers, made.scheduler):
            if process is not None and process.poll() is None:
                killed(process)


@contextmanager
def running(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> None:
    said, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, said + complaints
    assert f"{N_GOOD} recordings done, 5 failed, 0 left" in said


def in_the_middle(out: Path, process: subprocess.Popen[str]) -> None:
    """Wait until some recordings are done, and hold that others are not."""
    waited(lambda: results(out) >= 3 or process.poll() is not None, "three results")
    assert process.poll() is None, process.communicate()
    assert results(out) < N_GOOD


def sorted_rows(table: pa.Table) -> list[str]:
    return sorted(map(repr, table.to_pylist()))


def assert_same(out: Path, undisturbed: Path, *, killed: int = 0) -> None:
    """Hold that two studies are the same to the byte, and that nothing is there twice.

    Each process that was `killed` may leave one file half-written, apart from the results: a later
    run takes it away.
    """
    for name in ("nights.csv", "failures.csv", "recordings.csv", "codebook.csv", "cohort.html"):
        assert (out / name).read_bytes() == (undisturbed / name).read_bytes(), name
    both = [pq.read_table(folder / "nights.parquet") for folder in (out, undisturbed)]
    assert sorted_rows(both[0]) == sorted_rows(both[1])
    both = [pq.read_table(folder / "movements") for folder in (out, undisturbed)]
    rows = sorted_rows(both[0])
    assert rows == sorted_rows(both[1])
    assert len(rows) > 100
    assert len(set(rows)) == len(rows)
    files = [sorted(p.name for p in folder.glob("results/*/*")) for folder in (out, undisturbed)]
    assert files[0] == files[1]
    assert len(list(out.glob(".unfinished/*"))) <= killed


def test_five_corrupt_files_are_five_rows(undisturbed: Path) -> None:
    rows = rows_of(undisturbed / "failures.csv")
    names = ["binary", "empty", "short", "steps", "text"]
    assert [row["file"] for row in rows] == [f"P99/{name}.csv" for name in names]
    assert {row["kind"] for row in rows} == {"unusable"}
    assert all(row["message"].startswith(Path(row["file"]).name) for row in rows)


def test_a_worker_that_is_killed_costs_its_recording_only(
    study: Path, undisturbed: Path, cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with running(command(study, out, "--scheduler", cluster.address)) as client:
        in_the_middle(out, client)
        killed(cluster.workers.pop())
        ended(client)
    assert_same(out, undisturbed, killed=1)
    cluster.start_worker()


def test_a_client_that_is_killed_goes_on_where_it_was(
    study: Path, undisturbed: Path, cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = command(study, out, "--scheduler", cluster.address)
    with running(words) as client:
        in_the_middle(out, client)
        client.kill()
        client.wait()
    before = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json.gz")}
    assert len(before) < N_GOOD
    with running(words) as client:
        ended(client)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing is done twice"
    assert_same(out, undisturbed, killed=1)


def test_a_scheduler_that_is_killed_is_waited_for(
    study: Path, undisturbed: Path, cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with running(command(study, out, "--scheduler", cluster.address)) as client:
        in_the_middle(out, client)
        ends = 1 + len(cluster.workers)
        killed(cluster.scheduler)
        for worker in cluster.workers:
            killed(worker)
        cluster.workers.clear()
        cluster.start_scheduler()
        cluster.start_worker()
        cluster.start_worker()
        ended(client)
    assert_same(out, undisturbed, killed=ends)


def test_one_interrupt_finishes_the_running_files(
    study: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with running(command(study, out, "--workers", 1)) as client:
        in_the_middle(out, client)
        client.send_signal(signal.SIGINT)
        said, complaints = client.communicate(timeout=PATIENCE_S)
    assert client.returncode == 130, complaints
    assert "finishing the files that are being read" in complaints
    assert "the same command goes on where it was" in said
    assert 3 <= results(out) < N_GOOD
    assert len(rows_of(out / "nights.csv")) == results(out)
    with running(command(study, out, "--workers", 2)) as client:
        ended(client)
    assert_same(out, undisturbed)


def dies_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_recording_that_ends_its_process_is_given_up_and_no_other() -> None:
    found: dict[int, object] = {}
    reports = Reports(found.__setitem__, lambda _: None, lambda: False)
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        run_jobs(local_workers(1), dies_on_three, [Job(k, (k,)) for k in range(6)], reports)
    assert isinstance(found.pop(3), WorkerLostError)
    assert found == {k: k for k in range(6) if k != 3}
