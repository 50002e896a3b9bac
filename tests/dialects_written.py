"""The same samples as a table in any dialect: delimiter, decimal mark, clock, unit, header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

HZ = 25.0
N = 300
START = datetime(2026, 3, 14, 22, 41, 7, 240000)
UNIX_S = START.replace(tzinfo=UTC).timestamp()
COUNTS_PER_G = 16384


@dataclass(frozen=True)
class Dialect:
    """How a table is written; `encoding` and `newline` are for its bytes."""

    delimiter: str = ","
    decimal: str = "."
    clock: str = "iso"
    unit: str = "g"
    head: str = "plain"
    order: str = "xyz"
    encoding: str = "utf-8"
    newline: str = "\n"
    quoted: bool = False
    extra: bool = False

    def is_possible(self) -> bool:
        """Whether such a table can be told from any other."""
        marks = self.decimal + ("," if self.clock == "iso_comma" else "")
        if self.delimiter in marks and not self.quoted:
            return False
        if self.delimiter == " " and not self.quoted and (
            self.clock in {"twelve", "offset_apart"} or self.extra
        ):  # fmt: skip
            return False
        if self.delimiter == " " and self.head == "phrase":
            return False
        # Without names, nothing tells the axes' order or the parts of a date.
        return self.head != "none" or (self.order == "xyz" and self.clock != "parts")


PER_G = {"g": 1.0, "mg": 1000.0, "m/s2": 9.80665, "counts": float(COUNTS_PER_G)}
UNIT_NAMES = {"g": "g", "mg": "mg", "m/s2": "m/s²", "counts": "counts"}
HEADS = {
    "plain": "{axis}",
    "accX": "acc{AXIS}",
    "phrase": "Acceleration {axis} ({unit})",
    "axis": "{AXIS}-axis ({unit})",
    "none": "",
    "above": "{axis}",
    "units below": "accel_{axis}",
}
ABOVE = ("# made by an app, version 1.2", "# 25 Hz", "Subject: A; 41 years", "", "Note,1")


@cache
def samples() -> npt.NDArray[np.float64]:
    """Return (3, N) g: a limb at rest, with a kick in the middle; of whole counts."""
    noise = np.random.default_rng(5).normal(0, 0.004, (3, N))
    axes = np.array([[-0.31], [0.52], [0.79]]) + noise
    axes[:, 150:180] += np.sin(np.arange(30) / 3) * np.array([[0.4], [-0.3], [0.2]])
    return np.round(axes * COUNTS_PER_G) / COUNTS_PER_G


def _milli(form: str, mark: str = ".", tail: str = "") -> Callable[[datetime], tuple[str, ...]]:
    def cells(at: datetime) -> tuple[str, ...]:
        return (f"{at:{form}}{mark}{at.microsecond // 1000:03d}{tail}",)

    return cells


def _since_1970(per_s: int, decimals: int = 0) -> Callable[[datetime], tuple[str, ...]]:
    def cells(at: datetime) -> tuple[str, ...]:
        ms = round(at.replace(tzinfo=UTC).timestamp() * 1000)
        return (f"{ms / 1000:.{decimals}f}" if decimals else str(ms * per_s // 1000),)

    return cells


def _elapsed(per_s: int, first: float) -> Callable[[datetime], tuple[str, ...]]:
    def cells(at: datetime) -> tuple[str, ...]:
        value = (at - START).total_seconds() * per_s + first
        return (f"{value:.3f}" if per_s == 1 else f"{value:.0f}",)

    return cells


def _parts(at: datetime) -> tuple[str, ...]:
    whole = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 1000)
    return tuple(map(str, whole))


def _no_clock(at: datetime) -> tuple[str, ...]:
    return ()


DAY, TIME = "%Y-%m-%d", "%H:%M:%S"
CLOCKS: dict[str, Callable[[datetime], tuple[str, ...]]] = {
    "iso": _milli(f"{DAY} {TIME}"),
    "iso_t": _milli(f"{DAY}T{TIME}"),
    "iso_comma": _milli(f"{DAY} {TIME}", ","),
    "iso_z": _milli(f"{DAY}T{TIME}", tail="Z"),
    "offset": _milli(f"{DAY}T{TIME}", tail="+02:00"),
    "offset_apart": _milli(f"{DAY} {TIME}", tail=" -0530"),
    "colon": _milli(f"{DAY} {TIME}", ":"),
    "day_first": _milli(f"%d/%m/%Y {TIME}"),
    "dots": _milli(f"%d.%m.%Y {TIME}"),
    "short_year": _milli(f"%d.%m.%y {TIME}"),
    "month_name": _milli(f"%d-%b-%Y {TIME}"),
    "month_first": _milli(f"%m/%d/%Y {TIME}"),
    "twelve": lambda at: (f"{at:%m/%d/%Y %I:%M:%S}.{at.microsecond // 1000:03d} {at:%p}",),
    "two_columns": lambda at: (f"{at:%d/%m/%Y}", *_milli(TIME)(at)),
    "unix_s": _since_1970(1, 3),
    "unix_ms": _since_1970(10**3),
    "unix_us": _since_1970(10**6),
    "unix_ns": _since_1970(10**9),
    "elapsed_s": _elapsed(1, 3.5),
    "elapsed_ms": _elapsed(1000, 528),
    "days": lambda at: (f"{at.replace(tzinfo=UTC).timestamp() / 86400 + 25569:.10f}",),
    "parts": _parts,
    "none": _no_clock,
}
CLOCK_NAMES = {
    "two_columns": ("Date", "Time"),
    "elapsed_ms": ("time (ms)",),
    "parts": ("Year", "Month", "Day", "Hour", "Minute", "Second", "Millisecond"),
    "none": (),
}
LOCAL = {"iso", "iso_t", "iso_comma", "colon", "day_first", "dots", "short_year", "month_name",
         "month_first", "twelve", "two_columns", "days", "parts"}  # fmt: skip
IN_UTC = {"iso_z", "unix_s", "unix_ms", "unix_us", "unix_ns"}
OFFSETS = {"offset": timedelta(hours=2), "offset_apart": -timedelta(hours=5, minutes=30)}


@cache
def _stamps(clock: str) -> tuple[tuple[str, ...], ...]:
    return tuple(CLOCKS[clock](START + timedelta(seconds=i / HZ)) for i in range(N))


@cache
def _numbers(unit: str) -> tuple[tuple[str, ...], ...]:
    values = samples() * PER_G[unit]
    decimals = 0 if unit == "counts" else 8 if unit != "mg" else 5
    return tuple(tuple(f"{value:.{decimals}f}" for value in row) for row in values.T)


def _marked(cell: str, decimal: str) -> str:
    is_number = cell.replace("-", "", 1).replace(".", "", 1).isdigit()
    return cell.replace(".", ",") if decimal == "," and is_number else cell


def written(dialect: Dialect) -> bytes:
    """Return the samples as a file in a dialect."""
    clock_names = list(CLOCK_NAMES.get(dialect.clock, ("timestamp",)))
    unit = UNIT_NAMES[dialect.unit]
    names = [HEADS[dialect.head].format(axis=axis, AXIS=axis.upper(), unit=unit)
             for axis in dialect.order]  # fmt: skip
    rows = [[*clock_names, *names]]
    if dialect.extra:
        rows[0] = ["label", *rows[0], "gyro_x", "gyro_y", "gyro_z", "temperature"]
    if dialect.head == "units below":
        below = [*("ms" if "ms" in name else "-" for name in clock_names), unit, unit, unit]
        rows.append(["-", *below, "deg/s", "deg/s", "deg/s", "C"] if dialect.extra else below)
    if dialect.head == "none":
        rows = []
    at = ["xyz".index(axis) for axis in dialect.order]
    for i, (stamp, axes) in enumerate(
        zip(_stamps(dialect.clock), _numbers(dialect.unit), strict=True)
    ):
        row = [*stamp, *(axes[j] for j in at)]
        if dialect.extra:
            row = ["a", *row, "12.5", f"{i % 7}.5", "-3.1", "31.4"]
        rows.append([_marked(cell, dialect.decimal) for cell in row])
    quote = '"' if dialect.quoted else ""
    lines = [dialect.delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    if dialect.head == "above":
        lines = [*ABOVE, *lines]
    text = dialect.newline.join(lines) + dialect.newline
    return text.encode(dialect.encoding)
