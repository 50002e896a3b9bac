"""Read ahead, a recording is what it is, and its errors are raised where it is used."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from detector import read_ahead
from detector.errors import RecordingError
from detector.read_ahead import ReadAhead
from detector.recording import Chunk, Placement, Recording, Repair, from_arrays

HZ = 25.0
needs_fork = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="recordings are read ahead on Linux alone"
)


def recording() -> Recording:
    t_s = np.arange(0.0, 100.0, 1 / HZ)
    axes = np.random.default_rng(0).normal(size=(3, t_s.size)).astype(np.float32)
    return from_arrays(t_s, axes, hz=HZ, placement=Placement.ANKLE)


def in_chunks(size: int, fails_after: int | None = None) -> Recording:
    """Return the recording in chunks of `size` samples, the reading of which fails after some."""
    whole = recording()
    (everything,) = whole.chunks()

    def chunks() -> Iterator[Chunk]:
        for number, first in enumerate(range(0, everything.t_s.size, size)):
            if number == fails_after:
                raise RecordingError("row 7: damaged")
            part = slice(first, first + size)
            repairs = (Repair("gap", number, first, "a gap"),)
            yield Chunk(everything.t_s[part], everything.acceleration_g[:, part], repairs)

    return replace(whole, open_chunks=chunks)


def nothing(count: int, size: int) -> None:
    raise AssertionError(f"{count} of {size}")


@pytest.fixture(params=["own process", "other threads"])
def ahead(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ReadAhead:
    """Return what reads ahead in a process of its own, and what may not, as threads run."""
    own = request.param == "own process"
    if own and not Path("/proc/self/task").is_dir():
        pytest.skip("recordings are read ahead on Linux alone")
    monkeypatch.setattr(read_ahead, "_may_fork", lambda: own)
    return ReadAhead(nothing)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_chunks_are_the_same_in_each_pass(ahead: ReadAhead, size: int) -> None:
    plain = in_chunks(size)
    read = ahead.of(plain)
    for _ in range(2):
        for one, other in zip(plain.chunks(), read.chunks(), strict=True):
            assert np.array_equal(one.t_s, other.t_s)
            assert np.array_equal(one.acceleration_g, other.acceleration_g)
            assert one.acceleration_g.dtype == other.acceleration_g.dtype
            assert one.repairs == other.repairs


def test_an_error_comes_after_what_could_be_read(ahead: ReadAhead) -> None:
    chunks = ahead.of(in_chunks(10, fails_after=3)).chunks()
    assert [next(chunks).t_s.size for _ in range(3)] == [10, 10, 10]
    with pytest.raises(RecordingError, match="row 7"):
        next(chunks)


def test_what_was_read_is_told_where_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, ahead: ReadAhead
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(ahead, "_on_bytes", lambda count, size: told.append((count, size)))
    plain = in_chunks(1000)

    def telling() -> Iterator[Chunk]:
        for chunk in plain.chunks():
            ahead.advance(chunk.t_s.size, 2500)
            yield chunk

    assert len(list(ahead.of(replace(plain, open_chunks=telling)).chunks())) == 3
    assert told == [(1000, 2500), (1000, 2500), (500, 2500)]


@needs_fork
def test_the_process_ends_where_nobody_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "_may_fork", lambda: True)
    before = children()  # of other tests
    chunks = iter(ReadAhead(nothing).of(in_chunks(10)).chunks())
    next(chunks)
    (child,) = children() - before
    chunks.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    assert child not in children()


@needs_fork
def test_a_process_that_was_ended_is_an_error_of_the_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_ahead, "_may_fork", lambda: True)

    def dies() -> Iterator[Chunk]:
        yield from in_chunks(1000).chunks()
        os._exit(3)

    chunks = ReadAhead(nothing).of(replace(recording(), open_chunks=dies)).chunks()
    with pytest.raises(RecordingError, match="process that reads the recording was ended"):
        list(chunks)


@needs_fork
def test_so_is_one_that_was_ended_within_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "_may_fork", lambda: True)

    def half(out: IO[bytes], message: object) -> None:
        whole = pickle.dumps(message, protocol=5)
        out.write(whole[: len(whole) // 2])
        out.flush()
        os._exit(3)

    monkeypatch.setattr(read_ahead, "_send", half)
    chunks = ReadAhead(nothing).of(in_chunks(1000)).chunks()
    with pytest.raises(RecordingError, match=r"^arrays: the process that reads"):
        list(chunks)


@needs_fork
def test_it_forks_only_where_no_other_thread_runs() -> None:
    script = (
        "import threading\n"
        "from detector.read_ahead import _may_fork\n"
        "alone = _may_fork()\n"
        "go = threading.Event()\n"
        "other = threading.Thread(target=go.wait)\n"
        "other.start()\n"
        "both = _may_fork()\n"
        "go.set()\n"
        "other.join()\n"
        "print(alone, both)\n"
    )
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=settings)
    assert done.stdout.split() == ["True", "False"]


def test_where_the_system_gives_no_process_it_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_process() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(read_ahead, "_may_fork", lambda: True)
    monkeypatch.setattr(os, "fork", no_process, raising=False)
    chunks = list(ReadAhead(nothing).of(in_chunks(1000)).chunks())
    assert [chunk.t_s.size for chunk in chunks] == [1000, 1000, 500]


@needs_fork
def test_the_command_may_fork() -> None:
    script = (
        "import detector.cli, numpy\n"
        "from detector.read_ahead import _may_fork\n"
        "numpy.ones((300, 300)) @ numpy.ones((300, 300))\n"
        "print(_may_fork())\n"
    )
    settings = {key: v for key, v in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=settings)
    assert done.stdout.strip() == "True"


def children() -> set[int]:
    """Return the processes that this one began and has not waited for."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {int(word) for word in listed.split()}
