"""A recording's chunks read in a thread of their own, one ahead of where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from threading import Thread

from detector.recording import Chunk, Recording


def reading_ahead(recording: Recording) -> Recording:
    """Return the recording, of which a second thread reads while the first one works.

    It takes a second processor: where several recordings are analyzed side by side, it gains
    nothing.
    """
    return replace(recording, open_chunks=partial(_ahead, recording.open_chunks))


def _ahead(open_chunks: Callable[[], Iterable[Chunk]]) -> Iterator[Chunk]:
    wanted: SimpleQueue[bool] = SimpleQueue()
    found: SimpleQueue[Chunk | BaseException | None] = SimpleQueue()
    # Not waited for: at the end of a program it may still be at a pipe that gives nothing.
    Thread(target=_serve, args=(open_chunks, wanted, found), daemon=True).start()
    wanted.put(True)
    try:
        while (chunk := found.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            wanted.put(True)
            yield chunk
    finally:
        wanted.put(False)


def _serve(
    open_chunks: Callable[[], Iterable[Chunk]],
    wanted: SimpleQueue[bool],
    found: SimpleQueue[Chunk | BaseException | None],
) -> None:
    """Put a chunk into `found` each time that one is `wanted`, and after the last one None."""
    try:
        chunks = iter(open_chunks())
        while wanted.get():
            chunk = next(chunks, None)
            found.put(chunk)
            if chunk is None:
                return
    except BaseException as error:
        found.put(error)
