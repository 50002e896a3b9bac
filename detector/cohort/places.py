"""Files on this machine, or at any address that an installed fsspec library knows."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from detector.errors import DetectorError

_STALE_S = 3600.0  # a temporary file is written within minutes
_SCRATCH = ".unfinished"
# Which library knows an address: what a person has to install who has it not.
_LIBRARIES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
}


def is_remote(address: str) -> bool:
    """Tell an address such as s3://bucket/night.csv from a path."""
    return "://" in address


def file_system(address: str) -> tuple[Any, str]:
    """Return fsspec's file system of an address and the path in it.

    DetectorError where the library for that kind of address is not installed.
    """
    kind = address.split("://", 1)[0]
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - local paths do without fsspec

        fs, path = url_to_fs(address)
    except ImportError as error:
        library = "fsspec" if error.name == "fsspec" else _LIBRARIES.get(kind, f"fsspec's {kind}")
        raise DetectorError(
            f"{address}: needs {library}, which is not installed: pip install {library}"
        ) from error
    except ValueError as error:
        raise DetectorError(f"{address}: {error}") from error
    return fs, str(path)


def fetched(address: str, folder: Path) -> Path:
    """Return the file, or the folder, at an address as a path; what is far away is copied first."""
    if not is_remote(address):
        return Path(address)
    fs, path = file_system(address)
    copy = folder / (path.rstrip("/").rsplit("/", 1)[-1] or "recording")
    try:
        fs.get(path, str(copy), recursive=fs.isdir(path))
    except FileNotFoundError as error:
        raise DetectorError(f"{address}: there is no such file") from error
    return copy


class Place(ABC):
    """A folder of files that appear whole or not at all, addressed by names such as a/b.csv."""

    def __init__(self, address: str) -> None:
        self.address = address

    @abstractmethod
    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return a file's content; FileNotFoundError where there is none."""

    @abstractmethod
    def opened(self, name: str) -> IO[bytes]:
        """Open a file to read parts of it; FileNotFoundError where there is none."""

    @abstractmethod
    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all files below a folder, in no order; none where it is not there."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""

    @abstractmethod
    def writing(self, name: str, *, once: bool = False) -> AbstractContextManager[Path]:
        """Give a path to write to, which takes its place as `name` when the block ends well.

        With `once` a file that is there by then stays as it is.
        """

    def write(self, name: str, content: bytes, *, once: bool = False) -> None:
        """Write a file whole."""
        with self.writing(name, once=once) as path:
            path.write_bytes(content)


class LocalPlace(Place):
    """A folder that this machine sees, on a disk of its own or of a cluster."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.folder = Path(address)

    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""
        return (self.folder / name).is_file()

    def read(self, name: str) -> bytes:
        """Return a file's content; FileNotFoundError where there is none."""
        return (self.folder / name).read_bytes()

    def opened(self, name: str) -> IO[bytes]:
        """Open a file to read parts of it; FileNotFoundError where there is none."""
        return (self.folder / name).open("rb")

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all files below a folder, in no order; none where it is not there."""
        for root, _, files in os.walk(self.folder / folder):
            inside = Path(root).relative_to(self.folder).as_posix()
            yield from (f"{inside}/{name}" for name in files)

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    @contextmanager
    def writing(self, name: str, *, once: bool = False) -> Iterator[Path]:
        """Give a path on the same disk; it is on the disk before it gets its name."""
        goal = self.folder / name
        scratch = self.folder / _SCRATCH
        scratch.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=scratch)
        os.close(handle)
        temporary = Path(path)
        try:
            yield temporary
            _to_disk(temporary)
            temporary.chmod(0o644)
            goal.parent.mkdir(parents=True, exist_ok=True)
            if not (once and goal.exists()):
                temporary.replace(goal)
        finally:
            temporary.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what killed processes left half-written."""
        with suppress(OSError):
            for path in (self.folder / _SCRATCH).iterdir():
                if time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink(missing_ok=True)
            (self.folder / _SCRATCH).rmdir()  # only when it is empty


class RemotePlace(Place):
    """A folder at an address that fsspec knows."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._fs, path = file_system(address)
        self._root = path.rstrip("/")

    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""
        self._fs.invalidate_cache()
        return bool(self._fs.isfile(f"{self._root}/{name}"))

    def read(self, name: str) -> bytes:
        """Return a file's content; FileNotFoundError where there is none."""
        content: bytes = self._fs.cat_file(f"{self._root}/{name}")
        return content

    def opened(self, name: str) -> IO[bytes]:
        """Open a file to read parts of it; FileNotFoundError where there is none."""
        file: IO[bytes] = self._fs.open(f"{self._root}/{name}", "rb")
        return file

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all files below a folder, in no order; none where it is not there."""
        self._fs.invalidate_cache()
        if not self._fs.isdir(f"{self._root}/{folder}"):
            return
        for path in self._fs.find(f"{self._root}/{folder}"):
            yield str(path)[len(self._root) + 1 :]

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{name}")

    @contextmanager
    def writing(self, name: str, *, once: bool = False) -> Iterator[Path]:
        """Give a path on this machine; its content is sent in one piece at the end."""
        folder = Path(tempfile.mkdtemp(prefix="detector-"))
        try:
            path = folder / "content"
            path.touch()
            yield path
            if not (once and self.has(name)):
                goal = f"{self._root}/{name}"
                self._fs.makedirs(goal.rpartition("/")[0], exist_ok=True)
                self._fs.put_file(str(path), goal)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def place_at(address: str) -> Place:
    """Return the folder at a path or an address."""
    return RemotePlace(address) if is_remote(address) else LocalPlace(address)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
