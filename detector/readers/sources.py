"""What was given as a recording: a file, a folder, an archive or standard input."""

from __future__ import annotations

import atexit
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import RecordingError
from ..recording_files import BESIDE, is_text_name
from .opening import TextFile, open_text
from .packing import require_no_bomb

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "standard input"
_DEEPEST = 4
_SPREADSHEET_OR_GT3X = (
    ("log.bin", "is a binary ActiGraph .gt3x file: export it as “Raw data” CSV in ActiLife"),
    ("[content_types].xml", "is a spreadsheet: save it as CSV"),
    ("mimetype", "is a spreadsheet or document: save it as CSV"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a folder or an archive; `inside` is its path there."""

    inside: PurePosixPath
    path: Path
    name: str
    size_bytes: int
    member: str = ""

    def open(self) -> TextFile:
        """Open it; raise RecordingError where it is no text."""
        return open_text(self.path, self.name, self.size_bytes, self.member)


@dataclass(frozen=True, slots=True)
class Source:
    """What was given: the files that may hold the recording, and those that may stand beside them.

    `is_one_file` says that its owner chose the file. `beside` maps paths, in lower case, to files.
    """

    name: str
    entries: tuple[Entry, ...]
    beside: Mapping[str, Entry]
    is_one_file: bool

    def neighbour(self, entry: Entry, name: str) -> Entry | None:
        """Return the file that lies at `name` from the folder of `entry`."""
        return self.beside.get(str(entry.inside.parent / name).lower())


def open_source(path: Path) -> Source:
    """Look at what was given; raise RecordingError where it cannot hold a recording."""
    if str(path) == STANDARD_INPUT:
        return _one_file(_spooled(path), STANDARD_INPUT_NAME)
    name = path.name or path.resolve().name or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _folder(path, name)
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise RecordingError(f"{name}: is a device, no file: give the recording's file")
        if not stat.S_ISREG(mode):
            return _one_file(_spooled(path), name)
        return _one_file(path, name)
    except FileNotFoundError as error:
        raise RecordingError(f"{name}: there is no such file") from error
    except OSError as error:
        raise RecordingError(
            f"{name}: cannot be opened: {error.strerror or error}: see that it may be read"
        ) from error


def _spooled(path: Path) -> Path:
    """Copy what can be read once only to a file that lives as long as the program."""
    folder = Path(tempfile.mkdtemp(prefix="detector-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "recording"
    try:
        with copy.open("wb") as out:
            if str(path) == STANDARD_INPUT:
                shutil.copyfileobj(sys.stdin.buffer, out, 2**20)
            else:
                with path.open("rb") as pipe:
                    shutil.copyfileobj(pipe, out, 2**20)
    except OSError as error:
        raise RecordingError(
            f"{STANDARD_INPUT_NAME if str(path) == STANDARD_INPUT else path.name}: cannot be kept "
            f"in {folder}: {error.strerror or error}"
        ) from error
    return copy


def _one_file(path: Path, name: str) -> Source:
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PK\x03\x04":
        return _archive(path, name)
    entry = Entry(PurePosixPath(name), path, name, path.stat().st_size)
    beside = {}
    for other in BESIDE:
        there = path.parent / other
        if there.is_file():
            beside[other.lower()] = Entry(
                PurePosixPath(other), there, f"{name} with {other}", there.stat().st_size
            )
    return Source(name, (entry,), beside, is_one_file=True)


def _folder(path: Path, name: str) -> Source:
    found = [
        Entry(PurePosixPath(inside.as_posix()), path / inside, f"{name}/{inside.as_posix()}", size)
        for inside, size in _files_below(path, Path())
    ]
    if not found:
        raise RecordingError(
            f"{name}: is a folder without a CSV or text file: give the recording as it was exported"
        )
    return _several(name, found)


def _files_below(root: Path, inside: Path) -> Iterator[tuple[Path, int]]:
    """Yield the text files below a folder in order of their names; results are passed over."""
    for path in sorted((root / inside).iterdir()):
        below = inside / path.name
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        if path.is_dir():
            is_result = path.suffix == ".night" or (path / "summary.json").is_file()
            if len(below.parts) < _DEEPEST and not is_result:
                yield from _files_below(root, below)
        elif is_text_name(below.name) and path.is_file():
            yield below, path.stat().st_size


def _archive(path: Path, name: str) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise RecordingError(
            f"{name}: the archive is cut short or damaged ({error}): copy it again"
        ) from error
    _require_recording(name, [info.filename for info in infos])
    shown = [info for info in infos if not info.is_dir() and not _is_hidden(info.filename)]
    found = []
    for info in shown:
        inside = PurePosixPath(info.filename)
        if len(shown) > 1 and not is_text_name(inside.name):
            continue
        if info.flag_bits & 1:
            raise RecordingError(
                f"{name}: is locked with a password: unpack it and give its folder"
            )
        require_no_bomb(f"{name}/{inside}", info.compress_size, info.file_size)
        found.append(Entry(inside, path, f"{name}/{inside}", info.file_size, info.filename))
    if not found:
        raise RecordingError(
            f"{name}: is an archive without a CSV or text file: give the recording as it was "
            "exported"
        )
    return _several(name, sorted(found, key=lambda entry: str(entry.inside)))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _require_recording(name: str, members: list[str]) -> None:
    """Raise RecordingError for a zip that is another kind of file, or that no exporter makes."""
    for member, what in _SPREADSHEET_OR_GT3X:
        if any(other.lower() == member for other in members):
            raise RecordingError(f"{name}: {what}")
    for member in members:
        path = PurePosixPath(member.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise RecordingError(
                f"{name}: holds the name {member!r}, which leads out of the archive and which no "
                "app writes: it is not opened"
            )
    if len(set(members)) < len(members):
        raise RecordingError(f"{name}: holds two files of one name: unpack it and give the file")


def _several(name: str, entries: list[Entry]) -> Source:
    beside = {str(entry.inside).lower(): entry for entry in entries}
    return Source(name, tuple(entries), beside, is_one_file=False)
