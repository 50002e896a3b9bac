"""The tables of a study, made of the results of its recordings, in the order of its entries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from detector.cohort.nights import NIGHT_COLUMNS, NightTables, csv_bytes
from detector.cohort.places import Place
from detector.cohort.store import SCHEMA, Failure, Store, page_path
from detector.cohort.study import Standing
from detector.cohort.table import Entry
from detector.errors import DetectorError
from detector.results import NightRow, rows_of

MOST_FILES = 2000  # of movements: so many a file system and a reader of Parquet take in one folder
_GROUP_ROWS = 131_072
_MEMBERS = b"night-movement-detector/members"
_MOVEMENTS = "movements"
MOVEMENT_COLUMNS = ("participant", "visit", "file", "recording", *SCHEMA.names)
_SCHEMA = pa.schema([(n, pa.string()) for n in MOVEMENT_COLUMNS[:4]] + list(SCHEMA))
FAILURE_COLUMNS = ("participant", "visit", "file", "kind", "message")
RECORDING_COLUMNS = ("participant", "visit", "file", "recording", "status", "bytes", "sha256")


@dataclass(slots=True)
class Person:
    """What the page of the study tells of a participant."""

    participant: str
    nights: list[tuple[NightRow, str]] = field(default_factory=list)  # with the page, or ""
    n_failed: int = 0
    diary: str = ""  # its address


def gather(
    standing: Standing,
    store: Store,
    *,
    pages: bool,
    told: Callable[[Person], None],
    turn: Callable[[], None],
) -> int:
    """Write movements/, nights.parquet, nights.csv, failures.csv, recordings.csv.

    `told` is called with each participant, in order, `turn` now and then. Returns the number of
    movements. A result that cannot be read becomes a failure.
    """
    place = store.place
    same_as = _same(standing)
    carried = carried_columns(standing.entries)
    kept: set[str] = set()
    n_movements = 0
    with ExitStack() as stack:
        parquet = stack.enter_context(place.writing("nights.parquet"))
        text = stack.enter_context(place.writing("nights.csv"))
        nights = NightTables(parquet, text, carried)
        stack.callback(nights.close)
        for file, numbers in _parts(standing):
            tables: list[pa.Table] = []
            for participant, mine in _by_person(standing, numbers):
                person = Person(participant)
                for number in mine:
                    turn()
                    rows, table = _result(standing, store, number)
                    entry, name = standing.entries[number], standing.names[number]
                    page = page_path(name) if pages and rows else ""
                    person.diary = person.diary or entry.diary
                    person.n_failed += standing.failures[number] is not None
                    for row in rows:
                        nights.add(_night(row, entry, name, same_as.get(number, "")))
                        person.nights.append((row, page))
                    if table is not None:
                        tables.append(table)
                told(person)
            n_movements += sum(table.num_rows for table in tables)
            if tables:
                kept.add(file)
                _write_movements(place, file, tables)
    for file in set(place.names(_MOVEMENTS)) - kept:
        place.remove(file)
    place.write("failures.csv", csv_bytes(FAILURE_COLUMNS, _failure_rows(standing)))
    place.write("recordings.csv", csv_bytes(RECORDING_COLUMNS, _recording_rows(standing)))
    return n_movements


def _parts(standing: Standing) -> Iterator[tuple[str, list[int]]]:
    """Yield the files of movements with the numbers of their entries.

    A file a participant; where that would be too many files, one for some that follow each other.
    """
    people = [(p, list(mine)) for p, mine in _by_person(standing, range(len(standing.entries)))]
    if len(people) <= MOST_FILES:
        for participant, mine in people:
            yield f"{_MOVEMENTS}/participant={quote(participant, safe=' @+')}.parquet", mine
        return
    size = -(-len(people) // MOST_FILES)
    for first in range(0, len(people), size):
        numbers = [k for _, mine in people[first : first + size] for k in mine]
        yield f"{_MOVEMENTS}/participants-{first // size:05}.parquet", numbers


def _by_person(standing: Standing, numbers: Sequence[int]) -> Iterator[tuple[str, Iterator[int]]]:
    return groupby(numbers, key=lambda k: standing.entries[k].participant)


def _result(
    standing: Standing, store: Store, number: int
) -> tuple[tuple[NightRow, ...], pa.Table | None]:
    name, entry = standing.names[number], standing.entries[number]
    if not name:
        return (), None
    try:
        result = store.get(name)
        rows = rows_of(result.summary, entry.file)
    except (DetectorError, FileNotFoundError) as error:
        standing.names[number] = ""
        standing.failures[number] = Failure("damaged", str(error))
        return (), None
    size = result.movements.num_rows
    whose = (entry.participant, entry.visit, entry.file, name)
    columns = [pa.repeat(pa.scalar(text, pa.string()), size) for text in whose]
    return rows, pa.table([*columns, *result.movements.columns], _SCHEMA)


def _night(row: NightRow, entry: Entry, name: str, same_as: str) -> dict[str, object]:
    flat = row.flat()
    del flat["result"]
    whose = {"participant": entry.participant, "visit": entry.visit, "file": entry.file}
    return whose | {"recording": name, "same_as": same_as} | flat | dict(entry.carried)


def _write_movements(place: Place, file: str, tables: Sequence[pa.Table]) -> None:
    """Write a file of movements, unless what is there was made of the same."""
    table = pa.concat_tables(tables)
    members = hashlib.sha256()
    for name in ("participant", "visit", "file", "recording"):
        column = table[name].combine_chunks().dictionary_encode()
        members.update(json.dumps(column.dictionary.to_pylist()).encode())
        members.update(column.indices.to_numpy().tobytes())
    digest = members.hexdigest().encode()
    if _members(place, file) == digest:
        return
    with place.writing(file) as path:
        pq.write_table(
            table.replace_schema_metadata({_MEMBERS: digest}),
            path,
            compression="zstd",
            row_group_size=_GROUP_ROWS,
        )


def _members(place: Place, file: str) -> bytes | None:
    try:
        with place.opened(file) as there:
            found: bytes | None = (pq.read_metadata(there).metadata or {}).get(_MEMBERS)
    except (OSError, pa.ArrowException):
        return None
    return found


def _same(standing: Standing) -> dict[int, str]:
    """Return, of entries whose content another one before has too, that one."""
    first: dict[str, int] = {}
    same = {}
    for number, digest in enumerate(standing.digests):
        if digest and standing.names[number]:
            before = first.setdefault(digest, number)
            if before != number:
                other = standing.entries[before]
                same[number] = f"{other.participant}: {other.file}"
    return same


def carried_columns(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the columns that tables of recordings have of their own, in their order."""
    found = dict.fromkeys(name for entry in entries for name, _ in entry.carried)
    return tuple(name for name in found if name not in NIGHT_COLUMNS)


def _failure_rows(standing: Standing) -> Iterator[tuple[str, ...]]:
    for entry, failure in zip(standing.entries, standing.failures, strict=True):
        if failure is not None:
            yield entry.participant, entry.visit, entry.file, failure.kind, failure.message


def _recording_rows(standing: Standing) -> Iterator[tuple[object, ...]]:
    rows = zip(standing.entries, standing.names, standing.failures, standing.digests, strict=True)
    for entry, name, failure, digest in rows:
        status = "done" if name else "failed" if failure else "left"
        whose = (entry.participant, entry.visit, entry.file, name or None, status)
        yield (*whose, entry.size_bytes, digest or None)
