"""Files written whole or not at all: under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from detector.errors import DetectorError


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`; DetectorError where that cannot be, and then nothing is left."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`; DetectorError where that cannot be, and then nothing is left."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files: none takes its place before all of them are complete."""
    complete: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            complete[path] = _beside(path, content)
        for path, temporary in complete.items():
            temporary.replace(path)
    except OSError as error:
        raise DetectorError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        for temporary in complete.values():
            temporary.unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> Path:
    """Write a temporary file in the folder of `path`, with the rights a new file has there."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~_umask())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def json_text(value: object) -> str:
    """Return JSON text that every reader of the standard accepts: no NaN, no infinity."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
