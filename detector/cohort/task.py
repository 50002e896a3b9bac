"""One recording: read, analyzed and kept, in whatever process it is called."""

from __future__ import annotations

import dataclasses
import os
import platform
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock_time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detector import __version__
from detector.cohort.places import fetched, is_remote, place_at
from detector.cohort.store import FORMAT, Failure, Store, name_of
from detector.cohort.table import Entry
from detector.cohort.walk import found_at, own_name
from detector.criteria import default_criteria, to_dict
from detector.criteria_files import read_criteria
from detector.errors import DetectorError
from detector.recording import Placement

if TYPE_CHECKING:
    from detector.annotations import Annotations
    from detector.pipeline import Analysis

_COMMAND = "detector cohort"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for all recordings of a run.

    `output` is the study's folder, `criteria` the text of a TOML file or empty, `stop` the name of
    a file in that folder that ends the run: recordings that were not begun by then are left.
    """

    output: str
    version: str
    rules: str
    criteria: str
    criteria_name: str
    pages: bool
    stop: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording.

    `status` is done, reused (it was there), failed, left (the run was stopped) or foreign (the
    process has another version of this program, which `failure` says). `digests` are those of
    the entry's inputs at `stamps`, empty where they could not be read.
    """

    status: str
    name: str = ""
    digests: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    failure: Failure | None = None
    kept: bool = False  # the failure holds for as long as nothing changes
    seconds: float = 0.0
    cpu_s: float = 0.0
    read_bytes: int = 0
    peak_mb: float = 0.0
    worker: str = ""


def result_name(plan: Plan, entry: Entry, digests: tuple[str, ...]) -> str:
    """Return the name of the result of a recording whose inputs have these SHA-256 digests."""
    said = dataclasses.asdict(entry.reading)
    start = entry.reading.start
    return name_of(
        {
            "format": FORMAT,
            "version": plan.version,
            "content": digests,
            "called": own_name(entry.address),  # some exporters are told by the file's name
            "said": said | {"start": start.isoformat() if isinstance(start, datetime) else None},
            "sleep": entry.sleep,
            "hypnogram": bool(entry.hypnogram),
            "events": bool(entry.events),
            "rules": plan.rules,
            "defaults": _defaults(plan.rules),
            "criteria": plan.criteria,
        }
    )


@cache
def _defaults(rules: str) -> str:
    """Return a digest of all thresholds: a version under work has other ones from day to day."""
    return name_of({p.value: to_dict(default_criteria(p, rules)) for p in Placement})


def analyze_entry(plan: Plan, entry: Entry) -> Outcome:
    """Analyze a recording and keep what it gives; nothing that is wrong with it is raised."""
    began, cpu_began = time.perf_counter(), time.thread_time()
    store = Store(place_at(plan.output))
    here = __version__
    if here != plan.version:
        why = f"has version {here} of night-movement-detector, this is {plan.version}"
        return Outcome(
            "foreign", failure=Failure("foreign", f"a worker on {platform.node()} {why}")
        )
    if store.place.has(plan.stop):
        return Outcome("left")
    _use_one_thread()
    with tempfile.TemporaryDirectory(prefix="detector-", ignore_cleanup_errors=True) as folder:
        outcome = _safely(lambda: _analyzed(plan, entry, store, Path(folder)))
    return dataclasses.replace(
        outcome,
        seconds=time.perf_counter() - began,
        cpu_s=time.thread_time() - cpu_began,
        read_bytes=entry.size_bytes,
        peak_mb=_memory_mb(),
        worker=f"{platform.node()}:{os.getpid()}",
    )


def _safely(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except DetectorError as error:
        return Outcome("failed", failure=Failure("unusable", _line(error)))
    except OSError as error:
        return Outcome("failed", failure=Failure("unreachable", _line(error)))
    except MemoryError:
        return Outcome("failed", failure=Failure("memory", "more memory is needed than there is"))
    except Exception as error:
        why = f"{type(error).__name__}: {_line(error)}"
        return Outcome("failed", failure=Failure("unexpected", f"a fault of this program: {why}"))


def _analyzed(plan: Plan, entry: Entry, store: Store, folder: Path) -> Outcome:
    from detector.cohort.content import digest_of_file, digest_of_recording  # noqa: PLC0415

    stamps = _stamps(entry)
    paths = [
        fetched(address, _made(folder / str(k))) for k, (address, _) in enumerate(entry.inputs)
    ]
    digests = (digest_of_recording(paths[0]), *(digest_of_file(path) for path in paths[1:]))
    name = result_name(plan, entry, digests)
    if store.has(name) and (not plan.pages or store.has_page(name)):
        return Outcome("reused", name, digests, stamps)
    known = store.failure(name)
    if known is not None:
        return Outcome("failed", name, digests, stamps, known, kept=True)
    try:
        analysis = _analysis(plan, entry, paths, folder)
    except DetectorError as error:
        if isinstance(error.__cause__, OSError):
            raise  # of the disk or the network, not of the recording
        failure = Failure("unusable", _line(error))
        store.put_failure(name, failure)
        return Outcome("failed", name, digests, stamps, failure, kept=True)
    if _stamps(entry) != stamps:
        raise DetectorError(f"{own_name(entry.address)}: changed while it was read: run again")
    _keep(plan, store, name, analysis)
    return Outcome("done", name, digests, stamps)


def _stamps(entry: Entry) -> tuple[str, ...]:
    """Return the stamps of the inputs as they are now; of what was far away, as it was listed."""
    return tuple(
        stamp if is_remote(address) else found_at(address, "", as_one=True)[0][0].stamp
        for address, stamp in entry.inputs
    )


def _analysis(plan: Plan, entry: Entry, paths: list[Path], folder: Path) -> Analysis:
    from detector.annotations import read_annotations  # noqa: PLC0415 - heavy, and tasks are late
    from detector.pipeline import analyze  # noqa: PLC0415
    from detector.readers import open_recording  # noqa: PLC0415

    recording = open_recording(paths[0], entry.reading.options()).recording
    criteria = default_criteria(recording.placement, plan.rules)
    if plan.criteria:
        file = folder / plan.criteria_name
        file.write_text(plan.criteria, encoding="utf-8")
        criteria = read_criteria(file, criteria)
    beside: dict[str, Annotations] = {}
    given = [name for name in ("hypnogram", "events") if getattr(entry, name)]
    for name, path in zip(given, paths[1:], strict=True):
        beside[name] = read_annotations(path)
    return analyze(
        recording,
        criteria=criteria,
        sleep=_clock_times(entry.sleep),
        hypnogram=beside.get("hypnogram"),
        events=beside.get("events"),
    )


def _keep(plan: Plan, store: Store, name: str, analysis: Analysis) -> None:
    from detector.export import movement_rows, summary  # noqa: PLC0415

    rows, found = movement_rows(analysis), summary(analysis)
    if not plan.pages:
        store.put(name, rows, found, None)
        return
    from detector.report.page import page_parts, plotly_script  # noqa: PLC0415

    page = page_parts(analysis, command=_COMMAND, assets="beside")
    store.put(name, rows, found, page, plotly_script())


def _clock_times(span: str) -> tuple[clock_time, clock_time] | None:
    if not span:
        return None
    begin, end = (datetime.strptime(text, "%H:%M").time() for text in span.split("-"))
    return begin, end


def _use_one_thread() -> None:
    """Keep the libraries of this process to the one thread that the task runs on."""
    import pyarrow as pa  # noqa: PLC0415

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def _memory_mb() -> float:
    """Return the most memory that this process has held, MB; 0 where the system does not tell."""
    # Not of getrusage, which counts that of the process which started this one
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return 0.0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
