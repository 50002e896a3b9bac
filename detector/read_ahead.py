"""A recording's chunks read by a process of its own, ahead of where they are used.

    child     parses block after block --.
                                         pipe: chunks, bytes read, an error
    parent    conditions chunk by chunk <'

Two threads would wait for each other: of the small steps of either, half need the interpreter.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, NoReturn

from detector.errors import RecordingError
from detector.recording import Chunk, Recording

_THREADS = Path("/proc/self/task")  # Linux: one entry for each thread
# Where F_SETPIPE_SZ is known: the largest pipe that Linux gives without being asked twice
_PIPE_BYTES = 2**20

OnBytes = Callable[[int, int], None]
# What goes through the pipe: a chunk, the bytes read of all there are, an error, or the end.
_Message = Chunk | tuple[int, int] | Exception | None


class ReadAhead:
    """Reads recordings ahead, and tells `on_bytes` how many bytes of how many were read.

    It takes a second processor: where several recordings are analyzed side by side, it gains
    nothing. `advance` is for the reader, which may be in the other process.
    """

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._out: IO[bytes] | None = None

    def advance(self, count: int, size: int) -> None:
        """Take note that `count` more bytes were read, of `size`."""
        if self._out is None:
            self._on_bytes(count, size)
        else:
            _send(self._out, (count, size))

    def of(self, recording: Recording) -> Recording:
        """Return the recording, read ahead where that is safe."""
        return replace(recording, open_chunks=partial(self._chunks, recording))

    def _chunks(self, recording: Recording) -> Iterator[Chunk]:
        open_chunks = recording.open_chunks
        source, sink = os.pipe()
        child = _fork() if _may_fork() else None
        if child == 0:
            os.close(source)
            self._serve(open_chunks, sink)
        os.close(sink)
        if child is None:
            os.close(source)
            yield from open_chunks()
            return
        try:
            with os.fdopen(source, "rb") as pipe:
                yield from self._received(pipe, recording.source)
        finally:
            # It only reads: there is nothing that it could leave half done.
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def _received(self, pipe: IO[bytes], name: str) -> Iterator[Chunk]:
        while (message := _receive(pipe, name)) is not None:
            if isinstance(message, Chunk):
                yield message
            elif isinstance(message, Exception):
                raise message
            else:
                self._on_bytes(*message)

    def _serve(self, open_chunks: Callable[[], Iterable[Chunk]], sink: int) -> NoReturn:
        """Read all in the child, and end it there: nothing that the parent began is ended twice."""
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _enlarge(sink)
            with os.fdopen(sink, "wb") as out:
                self._out = out
                try:
                    for chunk in open_chunks():
                        _send(out, chunk)
                    _send(out, None)
                except BrokenPipeError:
                    raise
                except Exception as error:
                    error.add_note(traceback.format_exc())
                    _send(out, error)
            status = 0
        finally:
            os._exit(status)


def _may_fork() -> bool:
    """Tell whether no other thread runs here: a lock that one holds would be held for ever."""
    try:
        return len(os.listdir(_THREADS)) == 1  # noqa: PTH208
    except OSError:
        return False


def _fork() -> int | None:
    """Return the number of a new process, 0 within it, None where the system gives none."""
    try:
        return os.fork()
    except OSError:
        return None


def _enlarge(sink: int) -> None:
    """Let a chunk or two wait in the pipe, where the system can be told so."""
    import fcntl  # noqa: PLC0415

    try:
        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        return


def _send(out: IO[bytes], message: _Message) -> None:
    pickle.dump(message, out, protocol=5)
    out.flush()


def _receive(pipe: IO[bytes], name: str) -> _Message:
    try:
        message: _Message = pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError) as error:  # between two messages, or within one
        raise RecordingError(
            f"{name}: the process that reads the recording was ended: start again, and see that "
            "there is memory left"
        ) from error
    return message
