"""Read any CSV of a phone or wrist or ankle accelerometer, or say why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from os import PathLike
from pathlib import Path

from ..errors import RecordingError
from ..recording import Placement, Recording, Side
from .columns import Unit
from .layout import Layout, ReadOptions, recognize_layout
from .opening import TextFile, open_text
from .stream import SampleStream

__all__ = ["Layout", "ReadOptions", "Unit", "describe", "read"]


def read(
    path: str | PathLike[str],
    *,
    placement: Placement | str | None = None,
    side: Side | str | None = None,
    unit: Unit | str | None = None,
    rate_hz: float | None = None,
    scale: float | None = None,
    start: datetime | None = None,
    timezone: str | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Recording:
    """Return the recording that a file holds, in g, on one clock.

    Everything is told from the file; the arguments say what a file leaves open. `unit` is g, mg,
    m/s2 or counts; `scale` is counts per g. `rate_hz` is for rows without a clock, `start` for a
    clock without a date, `timezone` an IANA name such as Europe/Berlin. `on_bytes` is called
    with the number of (packed) bytes read since its last call, on every pass.

    Each call of `chunks` reads the file anew, in constant memory. Raises RecordingError where
    the file is no raw acceleration, holds too many bad rows, or leaves open what must be said.
    """
    file = open_text(Path(path), on_bytes)
    try:
        options = ReadOptions(
            placement=Placement(placement) if placement else None,
            side=Side(side) if side else None,
            unit=Unit(unit) if unit else None,
            rate_hz=rate_hz,
            scale=scale,
            start=start,
            timezone=timezone,
        )
    except ValueError as error:
        raise RecordingError(f"{file.name}: {error}") from error
    return _recording(file, recognize_layout(file, options), options)


def describe(path: str | PathLike[str], options: ReadOptions | None = None) -> Layout:
    """Return what `read` would recognize in a file, without reading it through."""
    return recognize_layout(open_text(Path(path)), options or ReadOptions())


def _recording(file: TextFile, layout: Layout, options: ReadOptions) -> Recording:
    stream = SampleStream(
        file=file,
        parser=layout.parser,
        first_line=layout.header_rows + 1,
        scale=layout.scale_to_g,
        origin_s=0.0,
        period_s=1 / layout.hz,
        rows_per_stamp=layout.rows_per_stamp,
        is_local=layout.chosen.is_local,
        zeros_are_gaps=layout.gravity_included,
        idle_sleep=layout.idle_sleep,
    )
    quiet = replace(stream, file=replace(file, on_bytes=None))
    first = next((chunk for chunk in quiet.chunks() if chunk.t_s.size), None)
    if first is None:
        raise RecordingError(f"{file.name}: no row holds a sample of acceleration")
    origin_s = float(first.t_s[0])
    return Recording(
        source=file.name,
        exporter=layout.exporter,
        hz=layout.hz,
        open_chunks=replace(stream, origin_s=origin_s).chunks,
        start=_start(file.name, layout, options, origin_s),
        placement=layout.placement,
        side=layout.side,
        timezone=layout.timezone,
        gravity_included=layout.gravity_included,
        warnings=layout.warnings,
    )


def _start(name: str, layout: Layout, options: ReadOptions, origin_s: float) -> datetime | None:
    zone = options.zone(name)
    if options.start is None:
        return layout.chosen.start(origin_s, zone)
    if zone is None:
        return options.start
    if options.start.tzinfo is None:
        return options.start.replace(tzinfo=zone)
    return options.start.astimezone(zone)
