"""Jobs handed to a Dask scheduler, a window of them at a time, until each has come to something.

What is lost on the way (a worker, the scheduler) is handed out again. A job whose process dies
several times is tried once more by itself, as its neighbours suffer for it, and is then given up.
"""

from __future__ import annotations

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detector.errors import DetectorError

if TYPE_CHECKING:
    from distributed import Client, Future

_TURN_S = 0.5  # how often a waiting run looks at what else there is to do
_COUNT_EVERY_S = 2.0  # how often workers are counted
_FIRST_PATIENCE_S = 30.0
_PATIENCE_S = 900.0  # a scheduler that is started again has this long
Session = Callable[[], AbstractContextManager["Client"]]


class SchedulerLostError(Exception):
    """The scheduler is gone, and with it what it knew of the jobs."""


class WorkerLostError(Exception):
    """The process that worked on a job ended again and again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A call: `function(*arguments)` gives what is reported of `number`."""

    number: int
    arguments: tuple[Any, ...]
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Reports:
    """What a run calls as it goes on, all from the thread that runs it.

    `done` gets a number and what its job returned, or the exception that it ended with; `turn` is
    called at least every half second; `stopped` tells whether no further job is to begin.
    """

    done: Callable[[int, object], None]
    turn: Callable[[int], None]
    stopped: Callable[[], bool]


def run_jobs(
    session: Session,
    function: Callable[..., Any],
    jobs: Sequence[Job],
    reports: Reports,
    window: int | None = None,
) -> None:
    """Run all jobs, the costliest first, and report each once.

    `session` gives a client, again where one was lost; DetectorError where it cannot. `window` is
    how many jobs are at the scheduler at a time, by default two a thread and two.
    """
    waiting = deque(sorted(jobs, key=lambda job: -job.cost))
    suspects: deque[Job] = deque()
    while (waiting or suspects) and not reports.stopped():
        with suppress(SchedulerLostError), session() as client:
            driver = _Driver(client, function, reports)
            suspects.extend(driver.drive(waiting, window))
            for job in driver.drive(suspects, 1):
                reports.done(job.number, WorkerLostError())


class _Driver:
    """Hands jobs to one scheduler as long as it is there."""

    def __init__(self, client: Client, function: Callable[..., Any], reports: Reports) -> None:
        self._client, self._function, self._reports = client, function, reports
        self._arrived: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._flying: dict[str, tuple[Future, Job]] = {}
        self._threads = _Threads(client)

    def drive(self, waiting: deque[Job], window: int | None) -> list[Job]:
        """Run what is `waiting`; return the jobs whose worker was lost too often.

        SchedulerLostError where the scheduler is gone; then `waiting` has all that is not done.
        """
        lost: list[Job] = []
        try:
            while waiting or self._flying:
                threads = self._counted()
                self._reports.turn(threads)
                if self._reports.stopped():
                    waiting.clear()
                    if not threads:
                        break
                self._submit(waiting, window or 2 * threads + 2)
                lost += self._land(waiting)
        except (SchedulerLostError, OSError) as error:
            waiting.extendleft(job for _, job in self._flying.values())
            waiting.extend(lost)
            raise SchedulerLostError from error
        return lost

    def _counted(self) -> int:
        if self._client.status != "running":
            raise SchedulerLostError
        return self._threads.count()

    def _submit(self, waiting: deque[Job], window: int) -> None:
        while waiting and len(self._flying) < window:
            future = self._client.submit(self._function, *waiting[0].arguments, pure=False)
            self._flying[future.key] = (future, waiting.popleft())
            future.add_done_callback(self._arrived.put)

    def _land(self, waiting: deque[Job]) -> list[Job]:
        """Report what is done; return the jobs whose worker was lost too often."""
        from distributed import KilledWorker  # noqa: PLC0415 - Dask takes a second to import

        keys = [f.key for f in _next(self._arrived) if f.key in self._flying]
        lost = []
        for job, outcome in _outcomes(self._client, [self._flying.pop(key) for key in keys]):
            if outcome is None:
                waiting.appendleft(job)
            elif isinstance(outcome, KilledWorker):
                lost.append(job)
            else:
                self._reports.done(job.number, outcome)
        return lost


def _next(arrived: queue.SimpleQueue[Future]) -> list[Future]:
    """Return the futures that are done, after half a second of waiting for the first."""
    found: list[Future] = []
    with suppress(queue.Empty):
        found.append(arrived.get(timeout=_TURN_S))
        while True:
            found.append(arrived.get_nowait())
    return found


def _outcomes(
    client: Client, landed: Sequence[tuple[Future, Job]]
) -> Iterator[tuple[Job, object | None]]:
    """Yield what each returned, or its exception; None where that was lost on the way."""
    finished = [(future, job) for future, job in landed if future.status == "finished"]
    try:
        found = client.gather([future for future, _ in finished], errors="skip") if finished else []
        if len(found) < len(finished):  # one was lost with its worker: ask one at a time
            found = [_one(future) for future, _ in finished]
    except Exception:
        found = [None] * len(finished)
    for (_, job), value in zip(finished, found, strict=True):
        yield job, value
    for future, job in landed:
        if future.status == "error":
            yield job, future.exception()
        elif future.status != "finished":
            yield job, None


def _one(future: Future) -> object | None:
    try:
        found: object = future.result(timeout=10)
    except Exception:
        return None
    return found


class _Threads:
    """How many threads work, asked for now and then."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked = float("-inf")
        self._n = 0

    def count(self) -> int:
        if time.monotonic() - self._asked > _COUNT_EVERY_S:
            self._n = sum(self._client.nthreads().values())
            self._asked = time.monotonic()
        return self._n


def local_workers(n_workers: int) -> Session:
    """Return a session of `n_workers` processes of one thread each on this machine alone."""

    @contextmanager
    def session() -> Iterator[Client]:
        import dask  # noqa: PLC0415
        from distributed import Client, LocalCluster  # noqa: PLC0415

        _be_quiet()
        # A worker keeps an hour of samples of its own stack, 0.1 MB a night
        with dask.config.set({"distributed.worker.profile.enabled": False}):
            cluster = LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster, set_as_default=False) as client:
            client.register_plugin(_interrupt_plugin())
            yield client

    return session


def scheduler_at(address: str, say: Callable[[str], None]) -> Session:
    """Return a session at a scheduler that runs already; one that is lost is waited for."""
    patience = [_FIRST_PATIENCE_S]

    @contextmanager
    def session() -> Iterator[Client]:
        _be_quiet()
        client = _connected(address, patience[0], say)
        patience[0] = _PATIENCE_S
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=2)

    return session


def _connected(address: str, patience_s: float, say: Callable[[str], None]) -> Client:
    from distributed import Client  # noqa: PLC0415

    deadline = time.monotonic() + patience_s
    said = patience_s == _FIRST_PATIENCE_S
    while True:
        try:
            return Client(address, timeout=5, set_as_default=False)
        except (OSError, TimeoutError) as error:
            if time.monotonic() > deadline:
                raise DetectorError(
                    f"no scheduler answers at {address}; when it does, the same command goes on "
                    "where it was"
                ) from error
        if not said:
            say(f"the scheduler at {address} is gone; waiting for it")
            said = True
        time.sleep(0.5)


def _interrupt_plugin() -> Any:
    """Return a plugin that leaves Ctrl-C to the process that the person sees."""
    import signal  # noqa: PLC0415

    from distributed import WorkerPlugin  # noqa: PLC0415

    class LeaveInterrupts(WorkerPlugin):  # type: ignore[misc]
        name = "leave-interrupts"

        def setup(self, worker: Any) -> None:  # noqa: ARG002
            with suppress(ValueError):  # not in a thread
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    return LeaveInterrupts()


def _be_quiet() -> None:
    """Let Dask's own log not stand between the lines that a person reads."""
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
