"""Which nights a person means: results that are there, and recordings that have none yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector import __version__
from detector.errors import CriteriaError, DetectorError
from detector.reading_options import recording_name
from detector.recording_files import ARCHIVE, PACKED, is_recording_folder, may_be_recording
from detector.results import NightRow, find_results, is_result, read_rows, read_table

_OURS = ("result,night,date,", "night,date,", "date,bedtime,", "kind,value,")
TABLE = "nights.csv"
RESULTS = "results"  # the folder, in that of --output, of what was analyzed for it


@dataclass(frozen=True, slots=True)
class Asked:
    """The result folders, the recordings and the tables of nights that paths mean, each once."""

    results: tuple[Path, ...]
    recordings: tuple[Path, ...]
    tables: tuple[Path, ...] = ()


def look(paths: Sequence[Path], output: Path | None, ignored: Collection[Path]) -> Asked:
    """Return what lies at paths; CriteriaError where nothing is.

    In a folder results are taken at any depth, and files that may be recordings; where there are
    none, its nights.csv. What lies in `output`, and the files `ignored`, are passed over.
    """
    passed = {path.resolve() for path in ignored if path.exists()}
    if output is not None and output.exists():
        passed.add(output.resolve())
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise CriteriaError(f"{path} is not there")
        # An output folder that is named itself means the results in it
        if path.is_dir() and not is_result(path) and not is_recording_folder(path):
            inside = passed - {path.resolve()}
            below = list(_below(path, inside))
            if not below and is_table(path / TABLE):
                below = [path / TABLE]
            found |= {one.resolve(): one for one in below}
        else:
            found[path.resolve()] = path
    results = tuple(path for path in found.values() if is_result(path))
    tables = tuple(path for path in found.values() if is_table(path))
    others = tuple(path for path in found.values() if path not in {*results, *tables})
    return Asked(results, others, tables)


def rows_at(paths: Sequence[Path]) -> tuple[NightRow, ...]:
    """Return the nights of tables and results at paths, analyzing nothing; else DetectorError.

    A folder's nights.csv is taken before the results in it.
    """
    rows: list[NightRow] = []
    for path in paths:
        if not path.exists():
            raise CriteriaError(f"{path} is not there")
        if is_table(path) or is_table(path / TABLE):
            rows += read_table(path if path.is_file() else path / TABLE)
        elif path.is_dir():
            rows += [row for folder in find_results(path) for row in read_rows(folder)]
        else:
            raise CriteriaError(f"{path} is no table of nights; run detector trend first")
    if not rows:
        raise CriteriaError(
            f"{', '.join(map(str, paths))}: there is no nights.csv and no result; run detector "
            "trend first, and give its folder"
        )
    return tuple(rows)


def is_table(path: Path) -> bool:
    """Tell whether a path is a table of nights that trend wrote."""
    try:
        with path.open("rb") as file:
            return file.read(18) == b"result,night,date,"
    except OSError:
        return False


def _below(folder: Path, passed: Collection[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") or path.name == "__MACOSX"
        if hidden or path.resolve() in passed:
            continue
        if path.is_dir():
            if is_result(path) or is_recording_folder(path):
                yield path
            else:
                yield from _below(path, passed)
        elif _may_be_recording(path):
            yield path


def _may_be_recording(path: Path) -> bool:
    plain = path.suffix.lower() not in PACKED | ARCHIVE
    return may_be_recording(path.name) and not (plain and _is_ours(path))


def _is_ours(path: Path) -> bool:
    """Tell whether a file is a diary, a plan or a table of this program."""
    try:
        with path.open("rb") as file:
            head = file.read(200).decode("utf-8-sig", "replace").replace(";", ",").lower()
    except OSError:
        return False
    return head.startswith(_OURS)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The nights, the report of each result, and a line for all that could not be used."""

    rows: tuple[NightRow, ...]
    reports: dict[str, Path]
    faults: tuple[str, ...]


def gather(asked: Asked, output: Path | None, analyzed: Callable[[Path, Path], None]) -> Gathered:
    """Return the nights of what was asked for; a bad file is a line and stops no other.

    `analyzed` makes the result of a recording in a folder. It is called where there is no result,
    an older one than the recording, or one of another version of this program.
    """
    rows: list[NightRow] = []
    reports: dict[str, Path] = {}
    faults: list[str] = []
    folders = dict.fromkeys(asked.results)
    for recording, folder in _folders(asked.recordings, output).items():
        beside = recording.parent / f"{recording_name(recording)}.night"
        try:
            current = next((one for one in (folder, beside) if _is_current(one, recording)), None)
            if current is None:
                analyzed(recording, folder)
                current = folder
                folders.pop(beside, None)  # older than its recording, or of another version
        except DetectorError as error:
            faults.append(str(error))
            continue
        folders[current] = None
    for table in asked.tables:
        try:
            rows += read_table(table)
        except DetectorError as error:
            faults.append(str(error))
    read: set[Path] = set()
    for folder in folders:
        if folder.resolve() in read:
            continue
        read.add(folder.resolve())
        try:
            found = read_rows(folder)
        except DetectorError as error:
            faults.append(str(error))
            continue
        rows += found
        reports |= {row.result: folder / "report.html" for row in found}
    return Gathered(tuple(rows), reports, tuple(faults))


def _is_current(result: Path, recording: Path) -> bool:
    if not is_result(result):
        return False
    files = [path for path in recording.rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime for path in (files or [recording]))
    if (result / "summary.json").stat().st_mtime < newest:
        return False
    return all(row.setup.version == __version__ for row in read_rows(result))


def _folders(recordings: Sequence[Path], output: Path | None) -> dict[Path, Path]:
    """Return where the result of each recording goes; CriteriaError where two would be one."""
    names = {path: recording_name(path) for path in recordings}
    common = {name for name in names.values() if list(names.values()).count(name) > 1}
    folders: dict[Path, Path] = {}
    for path, name in names.items():
        own = f"{path.resolve().parent.name}-{name}" if name in common else name
        folder = path.parent / f"{name}.night" if output is None else output / RESULTS / own
        for other, taken in folders.items():
            if taken == folder:
                raise CriteriaError(f"{other} and {path} would both be written to {folder}")
        folders[path] = folder
    return folders
