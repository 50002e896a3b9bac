"""What was recognized in a file, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from ..errors import RecordingError
from ..recording import FloatArray, Placement, Side
from .axes import (
    axis_names,
    axis_warnings,
    choose_axes,
    other_sensor_warnings,
    refuse_thousands,
    require_axes,
)
from .clock import CountedClock
from .clock_choice import choose_clock
from .clock_judged import ClockChoice, ClockSources, Confidence
from .columns import G_PER, AxisGroup, Unit, gravity_axes
from .companions import WallClock
from .exporters import GENERIC, Exporter, Facts, recognize, why_not_raw
from .measure import Rest, at_rest, goes_back_often, measure_hz
from .mixed import refuse_mixed, rows_of_acceleration
from .opening import TextFile
from .packing import CutShort
from .parse import RowParser, Rows
from .table import Table, read_table
from .units import Scaling, Stated, judge_scaling

_HEAD_BYTES = 2**18
# The unit shows at rest: where the first of these does not hold enough of it, more is read.
_SAMPLE_BYTES = (2**20, 2**23, 2**25)
_TAIL_BYTES = 2**14
_RATE_AGREES = 0.02
_GRAVITY_AGREES = 0.05


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the owner of a file says of it, where the file does not.

    `unit` is g, mg, m/s2 or counts; `scale` is counts per g and means counts. `rate_hz` is for
    rows without a clock, `start` for a clock without a date, `timezone` an IANA name.
    """

    placement: Placement | None = None
    side: Side | None = None
    unit: Unit | None = None
    rate_hz: float | None = None
    scale: float | None = None
    start: datetime | None = None
    timezone: str | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and not 0 < self.scale < float("inf"):
            raise ValueError(f"a scale of {self.scale:g} counts per g is impossible")
        if self.rate_hz is not None and not 0.5 <= self.rate_hz <= 10_000:
            raise ValueError(f"a rate of {self.rate_hz:g} Hz is outside 0.5 to 10000 Hz")

    def zone(self, file_name: str) -> ZoneInfo | None:
        """Return the time zone; raise RecordingError where there is none of that name."""
        if not self.timezone:
            return None
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise RecordingError(
                f"{file_name}: there is no time zone {self.timezone!r}: give one such as "
                "Europe/Berlin"
            ) from error


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out; `scale_to_g` turns its numbers, less `zero`, into g.

    `columns` names time, x, y and z; `confidence` says of time, axes, unit and gravity whether
    they are certain, likely or assumed; `reasons` say why.
    """

    exporter: str
    delimiter: str
    decimal: str
    encoding: str
    header_rows: int
    columns: Mapping[str, str]
    clock: str
    start: datetime | None
    timezone: str | None
    unit: Unit
    scale_to_g: float
    gravity_included: bool
    hz: float
    placement: Placement
    side: Side | None
    confidence: Mapping[str, Confidence]
    reasons: tuple[str, ...]
    warnings: tuple[tuple[str, str], ...]
    idle_sleep: bool
    rows_per_stamp: int
    zero: float
    jitters: bool
    parser: RowParser = field(repr=False)
    chosen: ClockChoice = field(repr=False)
    wall: WallClock | None = field(default=None, repr=False)
    gravity_axes: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Recognized:
    """What the head of a file tells."""

    table: Table
    exporter: Exporter
    facts: Facts
    group: AxisGroup
    only: tuple[int, str] | None


def recognize_layout(file: TextFile, options: ReadOptions) -> Layout:
    """Recognize a file; raise RecordingError, with what to do, where it cannot be read."""
    zone = options.zone(file.name)
    recognized = recognize_table(file, _HEAD_BYTES)
    table, exporter, facts = recognized.table, recognized.exporter, recognized.facts
    group = recognized.group
    refuse_thousands(file.name, table, group, are_counts=options.scale is not None)
    sources = ClockSources(
        file_name=file.name,
        table=table,
        axes=(group.x, group.y, group.z),
        exporter=exporter,
        facts=facts,
        zone=zone,
        rate_hz=options.rate_hz,
        has_start=options.start is not None,
        last_lines=lambda: _last_lines(file),
    )
    chosen = choose_clock(sources)
    parser = RowParser(table.dialect, sources.axes, chosen.clock, only=recognized.only)
    rows = _sample(file, parser, table.first_row, _SAMPLE_BYTES[0], exporter.zero)
    names = axis_names(table, group)
    require_axes(file.name, rows.axes, names)
    jitters = goes_back_often(rows.t_s)
    hz, rows_per_stamp = _rate(file.name, np.sort(rows.t_s) if jitters else rows.t_s, chosen, facts)

    def rest_within(size: int) -> Rest | None:
        if not size:
            return at_rest(rows.axes, hz)
        more = _sample(file, parser, table.first_row, _SAMPLE_BYTES[size], exporter.zero)
        return at_rest(more.axes, hz)

    beside = _gravity_beside(file, parser, table, group)
    stated = _stated(sources, group, options, beside)
    scaling = judge_scaling(stated, rest_within)
    if not scaling.gravity_included and not any(table.names):
        raise RecordingError(
            f"{file.name}: {', '.join(names)} show no gravity and have no names, so that they may "
            "be those of another sensor: put a line with the names above them, such as time,x,y,z"
        )
    warnings = [
        *scaling.warnings,
        *_clock_warnings(chosen, options, rows_per_stamp, hz),
        *_rate_warnings(chosen, options, facts, hz),
        *axis_warnings(rows.axes, names),
        *(other_sensor_warnings(table, group) if exporter is GENERIC else ()),
        *_rows_warnings(recognized),
    ]
    return Layout(
        exporter=exporter.slug,
        delimiter=table.dialect.delimiter,
        decimal=table.dialect.decimal,
        encoding=file.encoding,
        header_rows=table.first_row,
        columns=_column_names(table, group, chosen),
        clock=chosen.clock.kind,
        start=options.start or chosen.start(0.0, zone),
        timezone=options.timezone or facts.timezone or None,
        unit=scaling.unit,
        scale_to_g=scaling.scale_to_g,
        gravity_included=scaling.gravity_included,
        hz=hz,
        placement=options.placement or facts.placement,
        side=options.side or facts.side,
        confidence=_confidence(recognized, chosen, scaling),
        reasons=(chosen.reason, *scaling.reasons),
        warnings=tuple(warnings),
        idle_sleep=facts.idle_sleep,
        rows_per_stamp=rows_per_stamp,
        zero=exporter.zero,
        jitters=jitters,
        parser=parser,
        chosen=chosen,
        gravity_axes=beside[0] if beside is not None and beside[1] is scaling.unit else None,
    )


def _gravity_beside(
    file: TextFile, parser: RowParser, table: Table, group: AxisGroup
) -> tuple[tuple[int, int, int], Unit] | None:
    """Return the columns of gravity beside an acceleration without it, and the unit they show."""
    axes = gravity_axes(table.names) if group.includes_gravity is False else None
    if axes is None:
        return None
    rows = _sample(file, replace(parser, axes=axes), table.first_row, _SAMPLE_BYTES[0], 0.0)
    size = float(np.nanmedian(np.linalg.norm(rows.axes.astype(np.float64), axis=0)))
    shown = (unit for unit, g in G_PER.items() if abs(size * g - 1) < _GRAVITY_AGREES)
    unit = next(shown, None)
    return None if unit is None else (axes, unit)


def recognize_table(file: TextFile, head_bytes: int) -> Recognized:
    """Recognize the table in the first bytes of a file, who wrote it, and which axes are meant."""
    raw, complete = file.head(head_bytes)
    encoding = "cp1252" if file.encoding == "cp1252" else "utf-8"
    text = raw.decode(encoding, "replace").replace("\r\n", "\n").lstrip("\ufeff")
    if not_raw := why_not_raw(text):
        raise RecordingError(f"{file.name}: {not_raw}")
    table = read_table(file.name, text, complete=complete)
    exporter = recognize(table)
    facts = exporter.facts(table, file.name)
    if exporter.columns and not any(table.names):
        names = [*exporter.columns, *([""] * table.dialect.n_columns)]
        table = replace(table, names=tuple(names[: table.dialect.n_columns]))
    skip = facts.skip_rows
    table = replace(table, first_row=table.first_row + skip, rows=table.rows[skip:])
    only = rows_of_acceleration(file.name, table)
    if only is not None:
        column, value = only
        table = replace(table, rows=tuple(row for row in table.rows if row[column] == value))
    group = choose_axes(file.name, table, exporter)
    refuse_mixed(file.name, table, group)
    return Recognized(table, exporter, facts, group, only)


def _sample(file: TextFile, parser: RowParser, first_row: int, n_bytes: int, zero: float) -> Rows:
    """Return the rows in the first part of a file, in its numbers less its zero."""
    raw, complete = file.head(n_bytes)
    start = 0
    for _ in range(first_row):
        start = raw.find(b"\n", start) + 1
    stop = len(raw) if complete else raw.rfind(b"\n") + 1
    found = parser.parse(raw[start:stop], first_row + 1, 0).parts
    if not found:
        raise RecordingError(f"{file.name}: no row holds a sample of acceleration")
    return Rows(
        np.concatenate([rows.t_s for rows in found]),
        np.concatenate([rows.axes for rows in found], axis=1) - np.float32(zero),
        np.concatenate([rows.line for rows in found]),
    )


def _rate(name: str, t_s: FloatArray, chosen: ClockChoice, facts: Facts) -> tuple[float, int]:
    """Return the rate, measured where there are stamps, and how many rows share a stamp."""
    hz, rows_per_stamp = facts.hz, 1
    if isinstance(chosen.clock, CountedClock):
        hz = chosen.clock.hz
    elif (measured := measure_hz(t_s, chosen.clock.wraps_s)) is not None:
        hz, rows_per_stamp = measured
    if hz is None:
        raise RecordingError(f"{name}: holds fewer than two samples with a stamp")
    if hz > 10_000 and rows_per_stamp > 1:
        raise RecordingError(
            f"{name}: the clock stands still over {rows_per_stamp} rows: export the file again, or "
            "leave its clock out and say the rate with --rate"
        )
    if not 0.5 <= hz <= 10_000:
        raise RecordingError(
            f"{name}: {hz:.3g} samples a second are no recording of movement (0.5 to 10000 are "
            "read): export the raw acceleration, not its averages"
        )
    return hz, rows_per_stamp


def _stated(
    sources: ClockSources,
    group: AxisGroup,
    options: ReadOptions,
    beside: tuple[tuple[int, int, int], Unit] | None,
) -> Stated:
    table, exporter, facts = sources.table, sources.exporter, sources.facts
    said = (
        (Unit.COUNTS if options.scale is not None else None, "--scale says so"),
        (options.unit, "--unit says so"),
        (group.unit, "the header names it"),
        (None if beside is None else beside[1], "the columns of gravity show it"),
        (facts.unit or exporter.unit, f"{exporter.title} writes it"),
    )
    unit, source = next(((u, s) for u, s in said if u is not None), (None, ""))
    gravity = (group.includes_gravity, facts.gravity, exporter.gravity)
    return Stated(
        file_name=sources.file_name,
        names=axis_names(table, group),
        unit=unit,
        source=source,
        counts_per_g=options.scale or group.per_g or exporter.counts_per_g,
        gravity=next((g for g in gravity if g is not None), None),
        may_be_wrong=options.unit is None and options.scale is None,
    )


def _column_names(table: Table, group: AxisGroup, chosen: ClockChoice) -> dict[str, str]:
    named = dict(zip("xyz", axis_names(table, group), strict=True))
    time = " + ".join(table.names[at] or f"column {at + 1}" for at in chosen.clock.columns)
    return {"time": time, **named}


def _confidence(
    recognized: Recognized, chosen: ClockChoice, scaling: Scaling
) -> dict[str, Confidence]:
    is_known = recognized.group.named or recognized.exporter is not GENERIC
    return {
        "time": chosen.confidence,
        "axes": "certain" if is_known else "likely",
        "unit": scaling.unit_confidence,
        "gravity": scaling.gravity_confidence,
    }


def _rows_warnings(recognized: Recognized) -> Iterator[tuple[str, str]]:
    if recognized.only is not None:
        column, value = recognized.only
        title = recognized.table.names[column] or f"column {column + 1}"
        yield (
            "mixed_sensors",
            f"rows of several sensors are mixed: those with {title} {value} are read",
        )


def _clock_warnings(
    chosen: ClockChoice, options: ReadOptions, rows_per_stamp: int, hz: float
) -> Iterator[tuple[str, str]]:
    if chosen.wall_s is None and options.start is None:
        yield "no_clock", "the file has no date: times count from its first sample"
    if chosen.is_utc_by_guess and not options.timezone and options.start is None:
        yield "clock_utc", "the clock has no zone and is shown as UTC: say the zone with --timezone"
    if chosen.is_unit_by_size and chosen.confidence == "assumed":
        yield (
            "clock_unit",
            f"{chosen.names[0] or 'the clock'} names no unit and is taken as {chosen.clock.kind}, "
            f"which makes {hz:.4g} Hz: if the rate is another, say it with --rate",
        )
    if rows_per_stamp > 1:
        yield "coarse_clock", f"about {rows_per_stamp} rows share a stamp and are spread evenly"


def _rate_warnings(
    chosen: ClockChoice, options: ReadOptions, facts: Facts, hz: float
) -> Iterator[tuple[str, str]]:
    if isinstance(chosen.clock, CountedClock):
        return
    if options.rate_hz is not None and abs(options.rate_hz - hz) > _RATE_AGREES * hz:
        yield "rate_not_used", f"--rate is left aside: by its own clock the file has {hz:.4g} Hz"
    if facts.hz is not None and abs(facts.hz - hz) > _RATE_AGREES * facts.hz:
        yield (
            "rate_contradicts_header",
            f"the header says {facts.hz:g} Hz, the stamps {hz:.4g} Hz: the stamps are believed",
        )


def _last_lines(file: TextFile) -> list[str]:
    last = b""
    with suppress(CutShort):
        for block in file.blocks():
            last = block
    return last[-_TAIL_BYTES:].decode("utf-8", "replace").split("\n")[1:]
