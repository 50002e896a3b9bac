"""A bar over the bytes of a recording, for a person who waits."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SHOWN_AFTER_S = 1.0


class ByteBar:
    """Shows how much of a file was read, once that takes more than a second on a terminal."""

    def __init__(self, name: str, *, shown: bool) -> None:
        self._shown = shown
        self._began = time.monotonic()
        self._name = name
        self._done = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, count: int, size: int) -> None:
        """Take note that `count` more bytes were read, of `size`."""
        self._done += count
        if not self._shown:
            return
        if self._progress is None:
            if time.monotonic() - self._began < SHOWN_AFTER_S:
                return
            self._progress = _bar()
            self._progress.start()
            self._task = self._progress.add_task(f"reading {self._name}", total=size)
        if self._task is not None:
            self._progress.update(self._task, completed=self._done)


def _bar() -> Progress:
    # Not needed for a file that is read within a second
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
