"""The kinds of clock a file can have; each turns its columns into seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..recording import FloatArray
from .arrow import floats, integers
from .stamps import DateOrder, seconds_of_texts, utc_seconds

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

    def types(self, *, lenient: bool) -> tuple[Any, ...]:
        """Return the pyarrow type to parse each column as; a lenient one takes more texts."""

    def seconds(self, columns: Sequence[Any], index: RowIndex) -> FloatArray:
        """Return (n,) s; NaN where a row has no stamp. `index` counts the file's rows from 0."""


@dataclass(frozen=True, slots=True)
class CountedClock:
    """No clock: rows at an even rate."""

    hz: float
    kind: str = "none, rows at the stated rate"
    columns: tuple[int, ...] = ()
    wraps_s: float = 0.0

    def types(self, *, lenient: bool) -> tuple[Any, ...]:  # noqa: ARG002
        """Return no types: there are no columns."""
        return ()

    def seconds(self, columns: Sequence[Any], index: RowIndex) -> FloatArray:  # noqa: ARG002
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

    def types(self, *, lenient: bool) -> tuple[Any, ...]:
        """Return int64 for long integers: nanoseconds from 1970 do not fit a float64."""
        return (pa.int64() if self.is_integer and not lenient else pa.float64(),)

    def seconds(self, columns: Sequence[Any], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the numbers less the first."""
        if pa.types.is_integer(columns[0].type):
            ticks, missing = integers(columns[0])
            since = (ticks - np.int64(self.base)).astype(np.float64)
            return _blanked(since * self.step_s, missing)
        seconds: FloatArray = (floats(columns[0]) - self.base) * self.step_s
        return seconds


@dataclass(frozen=True, slots=True)
class TextClock:
    """Stamps as text, in one column or in two (date and time), in s after `base_s`."""

    columns: tuple[int, ...]
    order: DateOrder
    base_s: int
    kind: str
    is_iso: bool = False
    zone: ZoneInfo | None = None
    wraps_s: float = 0.0

    def types(self, *, lenient: bool) -> tuple[Any, ...]:
        """Return pyarrow's own timestamp where it reads this text, else bytes."""
        fast = self.is_iso and not lenient
        return tuple(pa.timestamp("ns") if fast else pa.binary() for _ in self.columns)

    def seconds(self, columns: Sequence[Any], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the stamps less the base; a clock with a zone runs in UTC."""
        texts = columns[0]
        if pa.types.is_timestamp(texts.type):
            ticks, missing = integers(texts)
            seconds = _blanked((ticks - self.base_s * 10**9) / 1e9, missing)
        else:
            if len(columns) == 2:
                import pyarrow.compute as pc  # noqa: PLC0415  it costs 0.1 s, for few files

                texts = pc.binary_join_element_wise(columns[0], columns[1], b" ")
            seconds = seconds_of_texts(texts, self.order, self.base_s)
        return seconds if self.zone is None else utc_seconds(seconds, self.zone, self.base_s)


def _blanked(seconds: FloatArray, missing: npt.NDArray[np.bool_] | None) -> FloatArray:
    if missing is not None:
        seconds[missing] = np.nan
    return seconds


@dataclass(frozen=True, slots=True)
class PartsClock:
    """Year, month, day, hour, minute, second and perhaps millisecond, a column each."""

    columns: tuple[int, ...]
    base_s: int
    kind: str = "date and time in several columns"
    zone: ZoneInfo | None = None
    wraps_s: float = 0.0

    def types(self, *, lenient: bool) -> tuple[Any, ...]:  # noqa: ARG002
        """Return float64 for every part."""
        return tuple(pa.float64() for _ in self.columns)

    def seconds(self, columns: Sequence[Any], index: RowIndex) -> FloatArray:  # noqa: ARG002
        """Return the joined parts less the base; a clock with a zone runs in UTC."""
        seconds = parts_seconds([floats(column) for column in columns], self.base_s)
        return seconds if self.zone is None else utc_seconds(seconds, self.zone, self.base_s)


def parts_seconds(parts: Sequence[npt.NDArray[Any]], base_s: int = 0) -> FloatArray:
    """Return year, month, day, hour, minute, second (and ms), (n,) each, in s after `base_s`."""
    values = [np.asarray(part, dtype=np.float64) for part in parts]
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
