"""What lies at a path, a pattern or an address: recordings, each a file, an archive or a folder."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from detector.cohort.places import file_system, is_remote
from detector.errors import CriteriaError
from detector.recording_files import (
    ARCHIVE,
    BESIDE,
    PACKED,
    TEXT,
    is_recording_folder,
    may_be_recording,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A recording: where it lies, its bytes, and what changes when its content does."""

    address: str
    size_bytes: int
    stamp: str


def found_at(given: str, output: str, *, as_one: bool = False) -> tuple[list[Found], str]:
    """Return the recordings at a path, a pattern or an address, and the folder they are named from.

    CriteriaError where nothing is there. With `as_one` a folder is one recording. What lies in the
    folder `output` is passed over.
    """
    if is_remote(given):
        return _remote(given, as_one=as_one)
    path = Path(given)
    if any(mark in given for mark in "*?[") and not path.exists():
        return _matching(given, output)
    if not path.exists():
        raise CriteriaError(f"{given}: there is no such file or folder")
    path = path.absolute()
    if path.is_dir():
        if as_one or is_recording_folder(path):
            return [_folder(path)], str(path.parent)
        return list(_below(path, output, set())), str(path)
    return [_file(path)], str(path.parent)


def own_name(address: str) -> str:
    """Return what a recording is called by itself: night for study/night.csv.gz."""
    path = PurePosixPath(address.replace("\\", "/").rstrip("/"))
    inner = PurePosixPath(path.stem) if path.suffix.lower() in PACKED | ARCHIVE else path
    return inner.stem if inner.suffix.lower() in TEXT else inner.name or "recording"


def joined(folder: str, file: str) -> str:
    """Return the address of a file that a table in `folder` names."""
    if is_remote(file) or (not is_remote(folder) and Path(file).is_absolute()):
        return file
    if is_remote(folder):
        return f"{folder}/{file}"
    return os.path.normpath(Path(folder) / file)


def stamp_at(address: str) -> str:
    """Return what changes when the content at an address does; empty where it is not there."""
    try:
        return found_at(address, "", as_one=True)[0][0].stamp
    except (CriteriaError, OSError):
        return ""


def _matching(pattern: str, output: str) -> tuple[list[Found], str]:
    fixed = []
    for part in Path(pattern).absolute().parts:
        if any(mark in part for mark in "*?["):
            break
        fixed.append(part)
    found: list[Found] = []
    for text in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - absolute patterns too
        path = Path(text).absolute()
        if path.is_dir():
            found += [_folder(path)] if is_recording_folder(path) else _below(path, output, set())
        else:
            found.append(_file(path))
    if not found:
        raise CriteriaError(f"{pattern}: fits no file")
    return found, str(Path(*fixed))


def _below(folder: Path, output: str, seen: set[tuple[int, int]]) -> Iterator[Found]:
    """Yield the recordings below a folder by their names; results are passed over."""
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in seen:
        return  # a link that leads round
    seen.add(here)
    if output and folder == Path(output):
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        if path.is_dir():
            if path.suffix == ".night" or (path / "summary.json").is_file():
                continue
            if is_recording_folder(path):
                yield _folder(path)
            else:
                yield from _below(path, output, seen)
        elif may_be_recording(path.name):
            yield _file(path)


def _file(path: Path) -> Found:
    size_bytes, stamp = _stat(path)
    beside = [f"{name}:{_stat(path.parent / name)[1]}" for name in BESIDE if _is_beside(path, name)]
    return Found(path.as_posix(), size_bytes, "|".join((stamp, *beside)))


def _is_beside(path: Path, name: str) -> bool:
    return path.name != name and (path.parent / name).is_file()


def _stat(path: Path) -> tuple[int, str]:
    status = path.stat()
    return status.st_size, f"{status.st_size}:{status.st_mtime_ns}"


def _folder(folder: Path) -> Found:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    stats = [(path.relative_to(folder).as_posix(), *_stat(path)) for path in files]
    text = "\n".join(f"{name}:{stamp}" for name, _, stamp in stats)
    size_bytes = sum(size for name, size, _ in stats if may_be_recording(name))
    return Found(folder.as_posix(), size_bytes, hashlib.sha256(text.encode()).hexdigest()[:32])


def _remote(given: str, *, as_one: bool) -> tuple[list[Found], str]:
    fs, path = file_system(given)
    kind = given.split("://", 1)[0]

    def found(info: dict[str, Any]) -> Found:
        name = str(info["name"])
        address = (
            name if is_remote(name) else f"{kind}://{name.lstrip('/') if kind != 'file' else name}"
        )
        return Found(address, int(info.get("size") or 0), _token(info))

    try:
        if any(mark in path for mark in "*?["):
            infos = fs.glob(path, detail=True)
            chosen = [found(infos[name]) for name in sorted(infos)]
            return [one for one in chosen if one.address], _fixed_part(given)
        info = fs.info(path)
        if info["type"] != "directory":
            return [Found(given, int(info.get("size") or 0), _token(info))], _parent(given)
        infos = fs.find(path, detail=True)
    except FileNotFoundError as error:
        raise CriteriaError(f"{given}: there is no such file or folder") from error
    if as_one:
        text = "\n".join(f"{name}:{_token(infos[name])}" for name in sorted(infos))
        size_bytes = sum(int(one.get("size") or 0) for one in infos.values())
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        return [Found(given, size_bytes, digest)], _parent(given)
    names = [name for name in sorted(infos) if may_be_recording(name)]
    return [found(infos[name]) for name in names], given.rstrip("/")


def _token(info: dict[str, Any]) -> str:
    """Return what a server tells of a file's version: its tag, its time, at least its size."""
    for name in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created", "last_modified"):
        if info.get(name):
            return f"{info.get('size')}:{info[name]}"
    return f"{info.get('size')}"


def _parent(address: str) -> str:
    return address.rstrip("/").rpartition("/")[0]


def _fixed_part(pattern: str) -> str:
    parts = pattern.split("/")
    first = next(k for k, part in enumerate(parts) if any(mark in part for mark in "*?["))
    return "/".join(parts[:first])
