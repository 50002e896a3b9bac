"""A study in its folder: what is there, what is to be done, and doing it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from detector.cohort.bar import StudyBar
from detector.cohort.index import Index
from detector.cohort.lock import RunLock
from detector.cohort.places import Place
from detector.cohort.run import Job, Reports, Session, WorkerLostError, run_jobs
from detector.cohort.store import Failure, Store
from detector.cohort.table import Entry
from detector.cohort.task import Outcome, Plan, analyze_entry, result_name
from detector.errors import DetectorError


@dataclass(slots=True)
class Standing:
    """How far a study is: of each entry the name of its result, and why it has none.

    Of an entry that is still to be done, both are empty. `digests` are the SHA-256 of the
    recordings, where they are known.
    """

    entries: Sequence[Entry]
    names: list[str] = field(default_factory=list)
    failures: list[Failure | None] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @property
    def todo(self) -> list[int]:
        """Return the numbers of the entries that nothing is known of."""
        pairs = zip(self.names, self.failures, strict=True)
        return [k for k, (name, failure) in enumerate(pairs) if not name and failure is None]

    @property
    def n_failed(self) -> int:
        """How many have no result and will not get one as they are."""
        return sum(failure is not None for failure in self.failures)


def standing_of(entries: Sequence[Entry], plan: Plan, store: Store, index: Index) -> Standing:
    """Return how far a study is, without reading a recording."""
    there = store.names()
    standing = Standing(entries)
    for entry in entries:
        digests = index.digests(entry)
        name, failure = "", None
        if digests is not None:
            wanted = result_name(plan, entry, digests)
            if wanted in there.results and (not plan.pages or wanted in there.pages):
                name = wanted
            elif wanted in there.failures:
                failure = store.failure(wanted)
        standing.names.append(name)
        standing.failures.append(failure)
        standing.digests.append("" if digests is None else digests[0])
    return standing


class Stop:
    """Ctrl-C: once lets the running files finish, twice ends at once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.asked = False

    def __call__(self, *_: object) -> None:
        """Take note of a wish to stop; KeyboardInterrupt for the second."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say("finishing the files that are being read; Ctrl-C again stops at once")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to Ctrl-C within the block."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def run_study(
    standing: Standing,
    plan: Plan,
    place: Place,
    session: Session,
    tools: tuple[Index, RunLock, StudyBar, Stop],
) -> None:
    """Do what is to be done of a study, and write into `standing` what came of it.

    DetectorError where workers cannot do it at all; all that was done by then is kept.
    """
    index, lock, bar, stop = tools
    entries = standing.entries
    jobs = [Job(k, (plan, entries[k]), float(entries[k].size_bytes)) for k in standing.todo]
    marked = False

    def done(number: int, found: object) -> None:
        outcome = _outcome(found, entries[number])
        if outcome.status == "left":
            return
        if outcome.status in ("done", "reused"):
            standing.names[number] = outcome.name
        standing.failures[number] = outcome.failure
        standing.digests[number] = outcome.digests[0] if outcome.digests else ""
        index.add(entries[number], outcome)
        bar.advance(entries[number].size_bytes, failed=outcome.failure is not None)

    def turn(workers: int) -> None:
        nonlocal marked
        lock.refresh()
        bar.turn(workers)
        if stop.asked and not marked:
            place.write(plan.stop, b"")
            marked = True

    try:
        run_jobs(session, analyze_entry, jobs, Reports(done, turn, lambda: stop.asked))
    finally:
        with suppress(OSError):
            index.save()
            place.remove(plan.stop)


def _outcome(found: object, entry: Entry) -> Outcome:
    """Return what came of a recording; DetectorError for what would befall all others too."""
    if isinstance(found, Outcome):
        if found.status == "foreign" and found.failure is not None:
            raise DetectorError(f"{found.failure.message}: install the same on all workers")
        return found
    if isinstance(found, WorkerLostError):
        why = "the process that read it ended several times, most likely for lack of memory"
        return Outcome("failed", failure=Failure("lost", f"{entry.file}: {why}"))
    if isinstance(found, ImportError):
        raise DetectorError(
            f"the workers cannot load this program ({found}): install night-movement-detector, the "
            "same version, where they run"
        )
    return Outcome("failed", failure=Failure("unexpected", f"{type(found).__name__}: {found}"))
