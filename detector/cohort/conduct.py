"""A run of a study, from what was asked for to the files in its folder."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from detector import __version__
from detector.cohort.bar import StudyBar, duration_text, size_text
from detector.cohort.codebook import codebook_csv
from detector.cohort.gather import Person, gather
from detector.cohort.index import Index
from detector.cohort.lock import RunLock
from detector.cohort.page import StudyPages
from detector.cohort.places import LocalPlace, Place, place_at
from detector.cohort.provenance import provenance
from detector.cohort.run import local_workers, scheduler_at
from detector.cohort.store import Store
from detector.cohort.study import Standing, Stop, run_study, standing_of
from detector.cohort.table import Entry, entries_of, sleep_span
from detector.cohort.task import Plan
from detector.cohort.walk import stamp_at
from detector.criteria import default_criteria
from detector.criteria_files import read_criteria
from detector.errors import DetectorError
from detector.reading_options import Reading
from detector.recording import Placement
from detector.writing import json_text

PROVENANCE = "provenance.json"
OUTPUTS = ("movements", "nights.parquet", "nights.csv", "failures.csv", "recordings.csv")
# Of one thread on the machine that docs/scale.md tells of: where nothing was measured here yet.
_USUAL_S_PER_GB = 10.0
_START_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for; `shown_output` as typed, `progress` is bar, lines or nothing."""

    recordings: tuple[str, ...]
    output: str
    shown_output: str
    workers: int | None
    scheduler: str | None
    reading: Reading
    sleep: str
    rules: str
    criteria: Path | None
    pages: bool
    progress: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What is said at the end, and the exit status."""

    text: str
    status: int


def foretell(asked: Asked) -> str:
    """Return what a run would do and how long it may take; nothing is written."""
    place, plan, entries = _prepared(asked)
    index = Index(place)
    standing = standing_of(entries, plan, Store(place), index)
    todo = [entries[k] for k in standing.todo]
    n_bytes = sum(entry.size_bytes for entry in todo)
    people = len({entry.participant for entry in entries})
    lines = [
        f"{_count(len(entries), 'recording')} of {_count(people, 'participant')}, "
        f"{size_text(sum(entry.size_bytes for entry in entries))}",
        f"already done: {sum(bool(name) for name in standing.names)}",
        f"known to be unusable: {standing.n_failed}",
        f"to be done: {len(todo)}, {size_text(n_bytes)}",
    ]
    if todo:
        measured = index.read_bytes > 0 and index.seconds > 0
        per_gb = index.seconds / index.read_bytes * 1e9 if measured else _USUAL_S_PER_GB
        source = "as measured in this folder" if measured else "a guess until some are done"
        total_s = per_gb * n_bytes / 1e9
        if asked.scheduler is None:
            workers = _workers(asked)
            took = duration_text(_START_S + total_s / min(workers, len(todo)))
            lines.append(f"about {took} by {_count(workers, 'worker')} ({source})")
        else:
            lines.append(
                f"about {duration_text(total_s)} of work, shared by all workers ({source})"
            )
    lines += [f"first: {entry.participant}, {entry.file}" for entry in todo[:1]]
    return "\n".join(lines)


def conduct(asked: Asked) -> Ended:
    """Run a study as far as it goes; what is done is kept whatever happens.

    DetectorError where nothing can be done, KeyboardInterrupt where a person stopped it twice.
    """
    began = datetime.now(UTC)
    place, plan, entries = _prepared(asked)
    _require_ours(place)
    with RunLock(place) as lock:
        plan = replace(plan, stop=f".stop/{lock.run}")
        if isinstance(place, LocalPlace):
            place.sweep()
        store, index = Store(place), Index(place)
        standing = standing_of(entries, plan, store, index)
        n_todo = len(standing.todo)
        n_bytes = sum(entries[k].size_bytes for k in standing.todo)
        with StudyBar(asked.progress, n_todo, n_bytes) as bar:
            stop = Stop(bar.note)
            with stop.listening():
                if n_todo:
                    session = (
                        local_workers(min(_workers(asked), n_todo))
                        if asked.scheduler is None
                        else scheduler_at(asked.scheduler, bar.note)
                    )
                    run_study(standing, plan, place, session, (index, lock, bar, stop))
                bar.phase("making the tables")
                _write_all(standing, plan, store, lock, began)
    return _ended(asked, standing, n_todo, began)


def _prepared(asked: Asked) -> tuple[Place, Plan, tuple[Entry, ...]]:
    place = place_at(asked.output)
    plan = Plan(
        output=asked.output,
        version=__version__,
        rules=asked.rules,
        criteria=_criteria_text(asked),
        criteria_name="criteria.toml" if asked.criteria is None else asked.criteria.name,
        pages=asked.pages,
        stop="",
    )
    sleep = sleep_span(asked.sleep) if asked.sleep else ""
    return place, plan, entries_of(asked.recordings, asked.reading, sleep, asked.output)


def _criteria_text(asked: Asked) -> str:
    """Return the text of the TOML file; CriteriaError where a recording could not use it."""
    if asked.criteria is None:
        return ""
    for placement in Placement:
        read_criteria(asked.criteria, default_criteria(placement, asked.rules))
    return asked.criteria.read_text(encoding="utf-8")


def _require_ours(place: Place) -> None:
    """Raise DetectorError for a folder that holds what no run wrote."""
    if not isinstance(place, LocalPlace) or not place.folder.exists():
        return
    if not place.folder.is_dir():
        raise DetectorError(f"{place.folder}: is a file; give --output a folder")
    ours = {"running.json", "index.jsonl", PROVENANCE, "results"}
    names = {path.name for path in place.folder.iterdir() if not path.name.startswith(".")}
    if names and not names & ours:
        raise DetectorError(
            f"{place.folder} is there and was not written by detector cohort; it is left as it is. "
            "Choose another place with --output"
        )


def _write_all(
    standing: Standing, plan: Plan, store: Store, lock: RunLock, began: datetime
) -> None:
    """Write the tables and pages of a study, unless those that are there are of the same."""
    place = store.place
    before = _digest(standing, plan)
    if _written(place) == before:
        return
    pages = StudyPages(place, plan, links=plan.pages)
    n_nights = 0

    def told(person: Person) -> None:
        nonlocal n_nights
        n_nights += len(person.nights)
        pages.add(person)

    n_movements = gather(standing, store, pages=plan.pages, told=told, turn=lock.refresh)
    pages.close(standing)
    place.write("codebook.csv", codebook_csv(standing.entries))
    facts = provenance(standing, plan, began, n_nights=n_nights, n_movements=n_movements)
    facts["tables_sha256"] = _digest(standing, plan)
    place.write(PROVENANCE, f"{json_text(facts)}\n".encode())


def _written(place: Place) -> str | None:
    """Return what the tables that are there were made of; None where one is missing."""
    if not all(place.has(name) for name in (*OUTPUTS[1:], "cohort.html", "codebook.csv")):
        return None
    try:
        found = json.loads(place.read(PROVENANCE))
    except (FileNotFoundError, ValueError):
        return None
    return str(found.get("tables_sha256"))


def _digest(standing: Standing, plan: Plan) -> str:
    """Return a digest of all that the tables are made of."""
    digest = hashlib.sha256(f"{plan.version} {plan.pages}".encode())
    rows = zip(standing.entries, standing.names, standing.failures, standing.digests, strict=True)
    for entry, name, failure, content in rows:
        why = "" if failure is None else f"{failure.kind} {failure.message}"
        diary = stamp_at(entry.diary) if entry.diary else ""
        digest.update(repr((entry.order, entry.carried, diary, name, why, content)).encode())
    return digest.hexdigest()


def _ended(asked: Asked, standing: Standing, n_todo: int, began: datetime) -> Ended:
    left = len(standing.todo)
    took = duration_text((datetime.now(UTC) - began).total_seconds())
    n_done = sum(bool(name) for name in standing.names)
    lines = [
        f"{_count(n_done, 'recording')} done, {standing.n_failed} failed, {left} left; "
        f"{n_todo - left} of them in this run of {took}",
    ]
    if standing.n_failed:
        lines.append(f"why they failed: {asked.shown_output}/failures.csv")
    if left:
        lines.append("stopped: the same command goes on where it was")
    lines.append(f"page of the study: {asked.shown_output}/cohort.html")
    return Ended("\n".join(lines), 130 if left else int(standing.n_failed > 0))


def _workers(asked: Asked) -> int:
    return asked.workers or os.cpu_count() or 1


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
