"""What is said of a clock: where its seconds begin, how surely, and how it compares with others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from ..recording import FloatArray
from .clock import Clock, PartsClock, TextClock
from .exporters import Exporter, Facts
from .measure import goes_back_often
from .table import Table

Confidence = Literal["certain", "likely", "assumed"]

# Steps that differ by less of their size are alike; whole ms at 52 Hz differ by more.
_ROUGH = 0.02


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """A clock, and the wall clock where it is 0: s from 1970, local or UTC; None for none.

    `stated_offset_s` is the offset from UTC that the stamps carry; `is_utc_by_guess` says that
    the clock runs in UTC and nothing tells where the sleeper was; `is_absolute` that the stamps
    themselves hold the date, so that files of one recording can be put in order by them; `doubt`
    why it cannot be taken, after its name; `is_unit_by_size` that nothing but the size of its
    steps tells what one is.
    """

    clock: Clock
    wall_s: float | None
    zone: Literal["local", "utc", "none"]
    names: tuple[str, ...]
    confidence: Confidence
    reason: str
    stated_offset_s: int | None = None
    is_utc_by_guess: bool = False
    is_absolute: bool = False
    doubt: str = ""
    is_unit_by_size: bool = False

    @property
    def is_local(self) -> bool:
        """Whether the stamps are those of a clock on a wall, which is set back in autumn."""
        is_text = isinstance(self.clock, TextClock | PartsClock)
        has_zone = isinstance(self.clock, TextClock | PartsClock) and self.clock.zone is not None
        return has_zone or (self.zone == "local" and (is_text or self.is_absolute))

    def start(self, seconds: float, zone: ZoneInfo | None) -> datetime | None:
        """Return the wall clock at `seconds` of the clock; naive where no zone is known."""
        if self.wall_s is None:
            return None
        since_1970 = timedelta(microseconds=round((self.wall_s + seconds) * 1e6))
        if self.zone == "local":
            return (datetime(1970, 1, 1) + since_1970).replace(tzinfo=zone)
        stamp = datetime(1970, 1, 1, tzinfo=UTC) + since_1970
        if zone is not None:
            return stamp.astimezone(zone)
        if self.stated_offset_s is not None:
            return stamp.astimezone(fixed_zone(timedelta(seconds=self.stated_offset_s)))
        return stamp


@dataclass(frozen=True, slots=True)
class ClockSources:
    """All that a clock can be told from; `last_lines` reads on to the end of the file."""

    file_name: str
    table: Table
    axes: tuple[int, int, int]
    exporter: Exporter
    facts: Facts
    zone: ZoneInfo | None
    rate_hz: float | None
    has_start: bool
    last_lines: Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column, or some of them, that may be the clock; `is_named`: it is called so.

    `seconds` (n,) are those of the sampled rows, from the clock's own first.
    """

    choice: ClockChoice
    seconds: FloatArray
    is_named: bool

    @property
    def is_running(self) -> bool:
        """Whether the stamps go on, with a few that do not."""
        steps = np.diff(self.seconds[np.isfinite(self.seconds)])
        if not np.any(steps > 0):
            return False
        # At midnight, and when clocks change, a good local clock steps back as well.
        backwards = (steps < 0) & (steps > -43200) & (np.abs(steps + 3600) > 60)
        return bool(np.mean(backwards) < 0.1) or goes_back_often(self.seconds)

    @property
    def rank(self) -> tuple[bool, bool, int, int, bool]:
        """What to prefer, the least first: fine, named, even and exact steps, with a date."""
        steps = np.diff(self.seconds[np.isfinite(self.seconds)])
        moving = steps[steps > 0]
        if not moving.size:
            return (True, True, 0, 0, True)
        quarter, middle, rest = np.percentile(moving, [25, 50, 75])
        unevenness = round(float((rest - quarter) / middle) / 0.2)
        near = moving[np.abs(moving - middle) < 0.5 * middle]
        roughness = round(float(near.std() / middle) / _ROUGH) if near.size else 0
        is_coarse = moving.size < 0.7 * steps.size
        has_no_date = self.choice.wall_s is None
        return (is_coarse, not self.is_named, unevenness, roughness, has_no_date)
