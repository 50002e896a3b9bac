"""What an app's other files say of a recording: its zone, its unit, its wall clock, its pauses."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from ..errors import RecordingError
from ..recording import FloatArray
from .columns import Unit
from .opening import TextFile
from .sources import Entry, Source
from .stamps import zone_seconds

_MOST_BYTES = 2**16
_LATEST_S = 4.1e9  # in 2099


@dataclass(frozen=True, slots=True)
class WallClock:
    """When a clock that stops at each pause ran: `elapsed_s` (k,) of its starts, `wall_s` (k,).

    `wall_s` are seconds from 1970; `offset_s` is the stated offset from UTC, None where unknown.
    """

    elapsed_s: FloatArray
    wall_s: FloatArray
    offset_s: int | None

    @property
    def zero_s(self) -> float:
        """The wall clock where the recording's own clock is 0."""
        return float(self.wall_s[0] - self.elapsed_s[0])

    def paused_s(self, elapsed_s: FloatArray) -> FloatArray:
        """Return how long the pauses before each moment (n,) lasted, (n,) s."""
        lost = np.maximum.accumulate(self.wall_s - self.elapsed_s - self.zero_s)
        # A start and the last sample before it may share a stamp but for rounding.
        at = np.searchsorted(self.elapsed_s, elapsed_s + 1e-6, side="right") - 1
        paused: FloatArray = lost[np.maximum(at, 0)]
        return paused


@dataclass(frozen=True, slots=True)
class Companions:
    """What stands beside a recording; all of it may be missing."""

    timezone: str | None = None
    unit: Unit | None = None
    wall: WallClock | None = field(default=None, compare=False)
    gravity: TextFile | None = None


def companions_of(source: Source, entry: Entry) -> Companions:
    """Look beside the file that holds the acceleration."""
    metadata = _row(source.neighbour(entry, "Metadata.csv"))
    times = source.neighbour(entry, "meta/time.csv")
    gravity = source.neighbour(entry, "Gravity.csv")
    return Companions(
        timezone=_timezone(metadata),
        unit=_unit(metadata),
        wall=None if times is None else _wall_clock(times),
        gravity=None if gravity is None or gravity.size_bytes == 0 else gravity.open(),
    )


def _rows(entry: Entry) -> list[dict[str, str]]:
    raw, _ = entry.open().head(_MOST_BYTES)
    text = raw.decode("utf-8", "replace").lstrip("\ufeff")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        return [
            {(key or "").strip().lower(): (value or "").strip() for key, value in row.items()
             if not isinstance(value, list)}
            for row in reader
        ]  # fmt: skip
    except csv.Error as error:
        raise RecordingError(f"{entry.name}: is not readable ({error}): leave it out") from error


def _row(entry: Entry | None) -> Mapping[str, str]:
    if entry is None or entry.size_bytes == 0:
        return {}
    rows = _rows(entry)
    return rows[0] if rows else {}


def _timezone(metadata: Mapping[str, str]) -> str | None:
    name = metadata.get("recording timezone", "")
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _unit(metadata: Mapping[str, str]) -> Unit | None:
    """Return g for Sensor Logger on an iPhone, unless it was set to write standard units."""
    is_own = metadata.get("standardisation", "").lower() == "false"
    return Unit.G if is_own and metadata.get("platform", "").lower() == "ios" else None


def _wall_clock(entry: Entry) -> WallClock | None:
    """Read phyphox's table of starts and pauses; None where it has no start."""
    starts = [row for row in _rows(entry) if row.get("event", "").upper() == "START"]
    if not starts:
        return None
    try:
        elapsed = np.array([float(row["experiment time"].replace(",", ".")) for row in starts])
        wall = np.array([float(row["system time"].replace(",", ".")) for row in starts])
    except (KeyError, ValueError) as error:
        raise _no_starts(entry) from error
    if not (np.all(np.abs(elapsed) < _LATEST_S) and np.all((wall > 0) & (wall < _LATEST_S))):
        raise _no_starts(entry)
    if np.any(np.diff(elapsed) < 0) or np.any(np.diff(wall) < 0):
        raise _no_starts(entry)
    offset_s = zone_seconds(starts[0].get("system time text", "").rpartition("UTC")[2])
    return WallClock(elapsed, wall, offset_s)


def _no_starts(entry: Entry) -> RecordingError:
    return RecordingError(
        f"{entry.name}: is no table of starts and pauses as phyphox writes it: leave it out"
    )
