"""Which recordings a study has: from folders, patterns and tables to one entry a recording."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from detector.cohort.places import file_system, is_remote
from detector.cohort.walk import Found, found_at, joined, own_name, stamp_at
from detector.errors import CriteriaError, DetectorError
from detector.reading_options import Reading, is_zone

_MARKS = {
    "placement": ("ankle", "wrist", "mattress", "unknown"),
    "side": ("left", "right"),
    "unit": ("g", "mg", "m/s2", "counts"),
}
_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
_FILES = ("hypnogram", "events")
KNOWN = ("participant", "visit", "file", *_MARKS, "rate", "scale", "start", "timezone", "diary")
_Row = tuple[int, dict[str, str]]  # its line in the table, and its cells by the columns' names
_SPAN = re.compile(r"\s*(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording of a study: whose it is, where it lies, what its owner says of it.

    `file` is what tables call it. `sleep` is empty or two clock times such as 22:30-06:45;
    `hypnogram`, `events` and `diary` are addresses or empty; `carried` are the table's other
    columns. `stamp` changes when the content at the address does, as far as that shows without
    reading.
    """

    participant: str
    visit: str
    file: str
    address: str
    size_bytes: int
    stamp: str
    reading: Reading
    sleep: str = ""
    hypnogram: str = ""
    events: str = ""
    diary: str = ""
    carried: tuple[tuple[str, str], ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """What the tables of a study are sorted by."""
        return (self.participant, self.visit, self.file, self.address)

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """Address and stamp of all files that the result depends on, the recording first."""
        others = [address for address in (self.hypnogram, self.events) if address]
        return ((self.address, self.stamp), *((one, stamp_at(one)) for one in others))


def entries_of(
    recordings: Sequence[str], reading: Reading, sleep: str, output: str
) -> tuple[Entry, ...]:
    """Return the recordings of a study in order, each once.

    `reading` and `sleep` hold where a table says nothing else; `output` is passed over.
    CriteriaError where something that was given is not there, is empty or contradicts itself.
    """
    entries: list[Entry] = []
    files: list[Found] = []
    roots: list[str] = []
    for given in recordings:
        rows = _table_rows(given)
        if rows is not None:
            entries += _from_table(given, rows, reading, sleep)
            continue
        found, root = found_at(given, output)
        if not found:
            raise CriteriaError(f"{given}: holds no recording (CSV or text files, archives)")
        files += found
        roots.append(root)
    entries += _by_folders(files, roots, reading, sleep)
    once: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        once.setdefault(entry.order, entry)
    return tuple(sorted(once.values(), key=lambda entry: entry.order))


def _by_folders(
    files: Sequence[Found], roots: Sequence[str], reading: Reading, sleep: str
) -> list[Entry]:
    """Return entries whose participant is the first folder below what all have in common.

    A file that lies in no folder of its own is a participant by its name.
    """
    if not files:
        return []
    root = _common(roots)
    entries = []
    for one in files:
        inside = one.address[len(root) :].strip("/").split("/") if root else [one.address]
        lone = len(inside) == 1
        entries.append(
            Entry(
                participant=own_name(inside[0]) if lone else inside[0],
                visit="/".join(inside[1:-1]),
                file="/".join(inside),
                address=one.address,
                size_bytes=one.size_bytes,
                stamp=one.stamp,
                reading=reading,
                sleep=sleep,
            )
        )
    return entries


def _common(roots: Sequence[str]) -> str:
    parts = [root.rstrip("/").split("/") for root in roots]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def _table_rows(given: str) -> list[_Row] | None:
    """Return the rows of a table of recordings, None where what was given is none."""
    if not given.lower().endswith(_TABLE_SUFFIXES):
        return None
    try:
        text = _text_at(given)
    except (OSError, UnicodeDecodeError, DetectorError):
        return None  # whether it is a recording is told when it is read
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    names = [cell.strip().strip('"').lower() for cell in first.split(delimiter)]
    if "file" not in names:
        return None
    rows = csv.reader(io.StringIO(_text_at(given, whole=True)), delimiter=delimiter)
    next(rows)
    found = []
    for row in rows:
        if len(row) > len(names):
            raise CriteriaError(
                f"{own_name(given)}: row {rows.line_num} has more cells than the first row: quote "
                "a cell that holds the delimiter"
            )
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            found.append((rows.line_num, dict.fromkeys(names, "") | cells))
    return found


def _text_at(address: str, *, whole: bool = False) -> str:
    size = -1 if whole else 2**12
    if is_remote(address):
        fs, path = file_system(address)
        with fs.open(path, "rb") as file:
            head: bytes = file.read(size)
    else:
        with Path(address).open("rb") as file:
            head = file.read(size)
    return head.decode("utf-8-sig", "strict" if whole else "ignore").replace("\r\n", "\n")


def _from_table(table: str, rows: list[_Row], reading: Reading, sleep: str) -> list[Entry]:
    folder = table.rpartition("/")[0] if is_remote(table) else str(Path(table).absolute().parent)
    if not rows:
        raise CriteriaError(f"{own_name(table)}: has no row below the names of its columns")
    entries: dict[tuple[str, ...], Entry] = {}
    for number, row in rows:
        where = f"{Path(table).name}: row {number}"
        entry = _row_entry(where, row, folder, reading, sleep)
        if entry.order in entries:
            raise CriteriaError(f"{where}: {entry.file} is there twice for {entry.participant}")
        entries[entry.order] = entry
    return list(entries.values())


def _row_entry(where: str, row: dict[str, str], folder: str, reading: Reading, sleep: str) -> Entry:
    if not row["file"]:
        raise CriteriaError(f"{where}: names no file")
    if "participant" in row and not row["participant"]:
        raise CriteriaError(f"{where}: names no participant")
    address = joined(folder, row["file"])
    try:
        (found,), _ = found_at(address, "", as_one=True)
    except (DetectorError, OSError):
        # A file that is not there is a row of failures, as one that cannot be read
        found = Found(address, 0, "")
    span, diary = _told_by(where, row.get("diary", ""), folder)
    others = {name: joined(folder, row[name]) if row.get(name) else "" for name in _FILES}
    if span and others["hypnogram"]:
        raise CriteriaError(f"{where}: diary and hypnogram both say when sleep was: give one")
    return Entry(
        participant=row.get("participant") or own_name(row["file"]),
        visit=row.get("visit", ""),
        file=row["file"],
        address=address,
        size_bytes=found.size_bytes,
        stamp=found.stamp,
        reading=_row_reading(where, row, reading),
        sleep="" if others["hypnogram"] else span or sleep,
        hypnogram=others["hypnogram"],
        events=others["events"],
        diary=diary,
        carried=tuple((k, v) for k, v in row.items() if k and k not in (*KNOWN, *_FILES)),
    )


def _told_by(where: str, diary: str, folder: str) -> tuple[str, str]:
    """Return the times of sleep, or the address of a diary; CriteriaError for a cell of neither."""
    if not diary:
        return "", ""
    if diary.lower().endswith(_TABLE_SUFFIXES):
        address = joined(folder, diary)
        if not stamp_at(address):
            raise CriteriaError(f"{where}: diary {diary}: there is no such file")
        return "", address
    return sleep_span(diary, f"{where}: diary "), ""


def _row_reading(where: str, row: dict[str, str], reading: Reading) -> Reading:
    """Return what the row says of its recording, the options where it says nothing."""
    said: dict[str, Any] = {}
    for name, marks in _MARKS.items():
        if value := row.get(name, "").lower():
            if value not in marks:
                raise CriteriaError(f"{where}: {name} {value!r} is none of {', '.join(marks)}")
            said[name] = value
    for name in ("rate", "scale"):
        if value := row.get(name, ""):
            said[name] = _number(where, name, value)
    if value := row.get("start", ""):
        try:
            said["start"] = datetime.fromisoformat(value)
        except ValueError:
            raise CriteriaError(f"{where}: start {value!r} is not like 2026-03-02T22:41") from None
    if value := row.get("timezone", ""):
        if not is_zone(value):
            raise CriteriaError(f"{where}: timezone {value!r} is no zone such as Europe/Berlin")
        said["timezone"] = value
    return replace(reading, **said)


def _number(where: str, name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise CriteriaError(f"{where}: {name} {value!r} is no number above 0")
    return number


def sleep_span(text: str, where: str = "--sleep ") -> str:
    """Return two clock times as 22:30-06:45; CriteriaError, which begins with `where`, else."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise CriteriaError(f"{where}{text!r} is no times of sleep like 22:30-06:45")
    try:
        times = [datetime.strptime(clock, "%H:%M").time() for clock in match.groups()]
    except ValueError:
        raise CriteriaError(f"{where}{text!r} is no times of sleep like 22:30-06:45") from None
    return "-".join(f"{clock:%H:%M}" for clock in times)
