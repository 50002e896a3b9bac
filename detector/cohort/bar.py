"""One bar over the files and bytes of a study, or a line a minute where there is no screen."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_EVERY_S = 60.0


class StudyBar:
    """Shows files, bytes, failures and the time left; `how` is bar, lines or nothing."""

    def __init__(self, how: str, n_files: int, n_bytes: int) -> None:
        self._how = how
        self._n_files, self._n_bytes = n_files, n_bytes
        self._done_files = self._done_bytes = self._failed = 0
        self._began = self._said = time.monotonic()
        self._workers: int | None = None
        self._phase = ""
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._how == "bar":
            self._progress = _bar()
            self._progress.start()
            self._task = self._progress.add_task("", total=max(self._n_bytes, 1), text=self._text())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, n_bytes: int, *, failed: bool) -> None:
        """Take note that one more file is through."""
        self._done_files += 1
        self._done_bytes += n_bytes
        self._failed += failed
        self._show()

    def turn(self, workers: int) -> None:
        """Take note of how many workers there are, and speak up where only lines are shown."""
        if workers != self._workers:
            self._workers = workers
            self._show()
        if self._how == "lines" and time.monotonic() - self._said > _LINE_EVERY_S:
            self._said = time.monotonic()
            click.echo(f"{self._text()}{self._left()}", err=True)

    def note(self, text: str) -> None:
        """Say something once, above the bar."""
        if self._progress is not None:
            self._progress.console.print(text, highlight=False)
        elif self._how != "nothing":
            click.echo(text, err=True)

    def phase(self, text: str) -> None:
        """Show on the bar what is done after the files."""
        self._phase = text
        self._show()

    def _show(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._done_bytes, text=self._text())

    def _text(self) -> str:
        parts = [
            f"{self._done_files} of {self._n_files} files",
            f"{size_text(self._done_bytes)} of {size_text(self._n_bytes)}",
            f"{self._failed} failed" if self._failed else "none failed",
        ]
        if self._workers is not None:
            waits = "no worker yet" if not self._workers else f"{self._workers} at work"
            parts.append(waits)
        return self._phase or ", ".join(parts)

    def _left(self) -> str:
        if not self._done_bytes:
            return ""
        passed = time.monotonic() - self._began
        left_s = passed * (self._n_bytes - self._done_bytes) / self._done_bytes
        return f", {duration_text(left_s)} left"


def size_text(n_bytes: float) -> str:
    """Return bytes as a person reads them: 152 MB."""
    for unit in ("kB", "MB", "GB", "TB"):
        n_bytes /= 1000
        if n_bytes < 1000 or unit == "TB":
            break
    return f"{n_bytes:.3g} {unit}" if n_bytes < 1000 else f"{n_bytes:.0f} {unit}"


def duration_text(seconds: float) -> str:
    """Return a time as a person says it: 40 s, 12 min, 3.5 h, 6 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def _bar() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - not needed where nobody looks
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[text]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=900,
    )
