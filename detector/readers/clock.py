"""The kinds of clock a file can have; each turns its columns into seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..recording import FloatArray
from .cells import Cells, NumberCells, StampCells
from .stamps import DateOrder, utc_seconds

RowIndex = npt.NDArray[np.int64]


class Clock(Protocol):
    """Columns of a file that say when; seconds count from the file's first stamp."""

    @property
    def kind(self) -> str:
        """A few words for people."""

    @property
    def columns(self) -> tuple[int, ...]:
        """Which columns of the file it needs."""

    @property
    def wraps_s(self) -> float:
        """After how many seconds it starts anew; 0 where it does not."""

    @property
    def cells(self) -> tuple[Cells, ...]:
        """What its columns hold."""

    def seconds(self, values: Sequence[FloatArray], index: RowIndex) -> FloatArray:
        """Return (n,) s of what `cells` says, (n,) each; NaN where a row has no stamp.

        `index` counts the file's rows from 0.
        """


@dataclass(frozen=True, slots=True)
class CountedClock:
    """No clock: rows at an even rate."""

    hz: float
    kind: str = "none, rows at the stated rate"
    columns: tuple[int, ...] = ()
    wraps_s: float = 0.0
    cells: tuple[Cells, ...] = ()

    def seconds(self, values: Sequence[FloatArray], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the row number over the rate."""
        return index / self.hz


@dataclass(frozen=True, slots=True)
class NumberClock:
    """One column of numbers; `base` is the first of them, `step_s` what one is in seconds."""

    column: int
    step_s: float
    base: float
    kind: str
    is_integer: bool = False
    wraps_s: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        """The one column."""
        return (self.column,)

    @property
    def cells(self) -> tuple[Cells, ...]:
        """The numbers less the first."""
        return (NumberCells(self.column, self.base, self.is_integer),)

    def seconds(self, values: Sequence[FloatArray], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return what has passed since the first."""
        return values[0] * self.step_s


@dataclass(frozen=True, slots=True)
class TextClock:
    """Stamps as text, in one column or in two (date and time), in s after `base_s`.

    Where `part_s` is not 0, the last of `columns` counts on from the whole second, in so many s.
    """

    columns: tuple[int, ...]
    order: DateOrder
    base_s: int
    kind: str
    zone: ZoneInfo | None = None
    wraps_s: float = 0.0
    part_s: float = 0.0

    @property
    def cells(self) -> tuple[Cells, ...]:
        """The stamps less the base, and the part of a second."""
        if not self.part_s:
            return (StampCells(self.columns, self.order, self.base_s),)
        stamps = StampCells(self.columns[:-1], self.order, self.base_s)
        return (stamps, NumberCells(self.columns[-1]))

    def seconds(self, values: Sequence[FloatArray], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the stamps; a clock with a zone runs in UTC."""
        seconds = values[0] if not self.part_s else values[0] + values[1] * self.part_s
        return seconds if self.zone is None else utc_seconds(seconds, self.zone, self.base_s)


@dataclass(frozen=True, slots=True)
class PartsClock:
    """Year, month, day, hour, minute, second and perhaps millisecond, a column each.

    Without `has_date` it begins with the hour, and starts anew at midnight.
    """

    columns: tuple[int, ...]
    base_s: int
    kind: str = "date and time in several columns"
    zone: ZoneInfo | None = None
    wraps_s: float = 0.0
    has_date: bool = True

    @property
    def cells(self) -> tuple[Cells, ...]:
        """A number for every part."""
        return tuple(NumberCells(column) for column in self.columns)

    def seconds(self, values: Sequence[FloatArray], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the joined parts less the base; a clock with a zone runs in UTC."""
        seconds = parts_seconds(values, self.base_s, has_date=self.has_date)
        return seconds if self.zone is None else utc_seconds(seconds, self.zone, self.base_s)


def parts_seconds(
    parts: Sequence[npt.NDArray[Any]], base_s: int = 0, *, has_date: bool = True
) -> FloatArray:
    """Return year, month, day, hour, minute, second (and ms), (n,) each, in s after `base_s`.

    Without a date they begin with the hour, and count from midnight.
    """
    values = [np.asarray(part, dtype=np.float64) for part in parts]
    if not has_date:
        values = [np.full(values[0].size, part) for part in (1970.0, 1.0, 1.0)] + values
    good = np.isfinite(np.sum(values, axis=0))
    good &= (np.abs(values[0] - 2000) < 150) & (values[1] >= 1) & (values[1] <= 12)
    year, month, day = (np.where(good, part, 1).astype(np.int64) for part in values[:3])
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    seconds: FloatArray = days * 86400.0 - base_s + values[3] * 3600 + values[4] * 60 + values[5]
    if len(values) > 6:
        seconds += values[6] / 1000
    seconds[~good] = np.nan
    return seconds
