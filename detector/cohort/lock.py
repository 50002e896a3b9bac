"""One run at a time writes to a study's folder: a file that its owner keeps fresh."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from detector.cohort.places import LocalPlace, Place
from detector.errors import DetectorError

_NAME = "running.json"
_FRESH_EVERY_S = 20.0
_DEAD_AFTER_S = 180.0  # of an owner on another machine, which cannot be asked


class RunLock:
    """Held while a run lasts; one whose owner was killed is taken over."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._mine = {
            "run": uuid.uuid4().hex,
            "machine": platform.node(),
            "process": os.getpid(),
            "process_start": _started(os.getpid()),
        }
        self._written = 0.0

    @property
    def run(self) -> str:
        """The name of this run, which no other has."""
        return str(self._mine["run"])

    def __enter__(self) -> Self:
        if not self._created():
            owner = self._owner()
            if owner is not None and _is_alive(owner):
                raise DetectorError(
                    f"{self._place.address}: another run writes here (process {owner['process']} "
                    f"on {owner['machine']}): wait for it or end it. One that was killed on "
                    f"another machine is passed over {_DEAD_AFTER_S / 60:.0f} minutes after its "
                    "last sign"
                )
            self._place.remove(_NAME)
            if not self._created():
                raise DetectorError(f"{self._place.address}: another run began here just now")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._place.remove(_NAME)

    def refresh(self) -> None:
        """Say now and then that the owner lives; DetectorError where another took over."""
        if time.time() - self._written < _FRESH_EVERY_S:
            return
        owner = self._owner()
        if owner is not None and owner.get("run") != self.run:
            raise DetectorError(f"{self._place.address}: another run has taken over here")
        self._place.write(_NAME, self._content())

    def _content(self) -> bytes:
        self._written = time.time()
        return json.dumps(self._mine | {"seen": self._written}).encode()

    def _created(self) -> bool:
        """Make the file; False where there is one."""
        if isinstance(self._place, LocalPlace):
            return _linked(self._place.folder, self._content())
        if self._place.has(_NAME):
            return False
        self._place.write(_NAME, self._content())
        owner = self._owner()
        return owner is not None and owner.get("run") == self.run

    def _owner(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self._place.read(_NAME))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) and "seen" in found else None


def _linked(folder: Path, content: bytes) -> bool:
    """Make the file with its content in one step; False where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".running.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.link(name, folder / _NAME)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink(missing_ok=True)
    return True


def _is_alive(owner: dict[str, Any]) -> bool:
    if owner.get("machine") == platform.node():
        started = _started(int(owner["process"]))
        return started is not None and started == owner.get("process_start")
    return time.time() - float(owner["seen"]) < _DEAD_AFTER_S


def _started(process: int) -> float | None:
    """Return when a process of this machine began, None where there is none."""
    import psutil  # noqa: PLC0415 - comes with Dask

    try:
        found = psutil.Process(process)
        if found.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(found.create_time())
    except psutil.Error:
        return None
