"""Read ahead, a recording is what it is, and its errors are raised where it is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from detector.errors import RecordingError
from detector.read_ahead import reading_ahead
from detector.recording import Chunk, Placement, Recording, from_arrays

HZ = 25.0


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
            yield Chunk(everything.t_s[part], everything.acceleration_g[:, part], ())

    return replace(whole, open_chunks=chunks)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_chunks_are_the_same_in_each_pass(size: int) -> None:
    plain = in_chunks(size)
    ahead = reading_ahead(plain)
    for _ in range(2):
        for one, other in zip(plain.chunks(), ahead.chunks(), strict=True):
            assert np.array_equal(one.t_s, other.t_s)
            assert np.array_equal(one.acceleration_g, other.acceleration_g)


def test_an_error_comes_after_what_could_be_read() -> None:
    chunks = reading_ahead(in_chunks(10, fails_after=3)).chunks()
    assert [next(chunks).t_s.size for _ in range(3)] == [10, 10, 10]
    with pytest.raises(RecordingError, match="row 7"):
        next(chunks)


def test_the_thread_ends_where_nobody_reads_on() -> None:
    before = set(threading.enumerate())
    chunks = iter(reading_ahead(in_chunks(10)).chunks())
    next(chunks)
    (thread,) = set(threading.enumerate()) - before
    chunks.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    thread.join(timeout=60)
    assert not thread.is_alive()
