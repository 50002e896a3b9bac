"""A recording: chunks of acceleration on one clock, and what its file says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
SampleArray = npt.NDArray[np.float32]


class Placement(StrEnum):
    """Where the sensor was during the night."""

    ANKLE = "ankle"
    WRIST = "wrist"
    MATTRESS = "mattress"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """The side of the body that wore the sensor."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of damage that was mended, or left out, while reading."""

    kind: str
    count: int
    first_row: int
    text: str

    def with_more(self, other: Repair) -> Repair:
        """Return both as one; what is first in the file speaks for both."""
        first = self if self.first_row <= other.first_row else other
        return Repair(self.kind, self.count + other.count, first.first_row, first.text)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of samples as they stand in the file.

    `t_s` (n,) seconds from the recording's first sample, strictly increasing;
    `acceleration_g` (3, n) in g. A hole in the stamps is a gap: nothing is filled in.
    """

    t_s: FloatArray
    acceleration_g: SampleArray
    repairs: tuple[Repair, ...] = ()

    def __post_init__(self) -> None:
        if self.acceleration_g.shape != (3, self.t_s.size):
            raise ValueError(
                f"acceleration has shape {self.acceleration_g.shape}, "
                f"{self.t_s.size} stamps need (3, {self.t_s.size})"
            )
        if self.t_s.size and not np.all(np.diff(self.t_s) > 0):
            raise ValueError("stamps do not increase within a chunk")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of one sensor, read afresh each time `chunks` is called.

    `hz` is measured from the stamps; `start` is the clock at the first sample, naive where the
    file's clock has no zone, None where it has no clock. `warnings` are what a reader of the
    result has to know of the file, as (code, text).
    """

    source: str
    exporter: str
    hz: float
    open_chunks: Callable[[], Iterable[Chunk]] = field(repr=False)
    start: datetime | None = None
    placement: Placement = Placement.UNKNOWN
    side: Side | None = None
    timezone: str | None = None
    gravity_included: bool = True
    warnings: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0.5 <= self.hz <= 10_000:
            raise ValueError(f"a rate of {self.hz} Hz is outside 0.5 to 10000 Hz")

    def clock(self, seconds: float) -> datetime | None:
        """Return the local clock `seconds` after the start, right across a change of clocks."""
        if self.start is None or self.start.tzinfo is None:
            return None if self.start is None else self.start + timedelta(seconds=seconds)
        moment = self.start.astimezone(UTC) + timedelta(seconds=seconds)
        return moment.astimezone(self.start.tzinfo)

    def seconds_at(self, moment: datetime) -> float:
        """Return the seconds from the start to a `moment` of the same kind of clock."""
        if self.start is None:
            raise ValueError(f"{self.source} has no clock")
        if self.start.tzinfo is None:
            return (moment - self.start).total_seconds()
        return (moment.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples from the first to the last, in order of time."""
        return iter(self.open_chunks())


def from_arrays(
    t_s: npt.ArrayLike,
    acceleration_g: npt.ArrayLike,
    *,
    hz: float,
    start: datetime | None = None,
    placement: Placement = Placement.UNKNOWN,
    side: Side | None = None,
    source: str = "arrays",
    chunk_samples: int = 2**18,
) -> Recording:
    """Make a recording of arrays: `t_s` (n,) in s, `acceleration_g` (n, 3) or (3, n) in g.

    A sample with a value that is not finite is left out, and so becomes a gap.
    """
    t = np.asarray(t_s, dtype=np.float64)
    samples = np.asarray(acceleration_g, dtype=np.float32)
    if samples.ndim != 2 or 3 not in samples.shape:
        raise ValueError(f"acceleration has shape {samples.shape}, (n, 3) or (3, n) is needed")
    if samples.shape[1] == 3 and samples.shape != (3, t.size):
        samples = samples.T
    known = np.isfinite(t) & np.isfinite(samples).all(axis=0)
    t, samples = t[known], samples[:, known]
    t = t - t[0] if t.size else t

    def chunks() -> Iterator[Chunk]:
        for first in range(0, t.size, chunk_samples):
            part = slice(first, first + chunk_samples)
            yield Chunk(t[part], samples[:, part])

    return Recording(
        source=source,
        exporter="arrays",
        hz=hz,
        open_chunks=chunks,
        start=start,
        placement=placement,
        side=side,
    )
