"""Read any CSV of a phone or wrist or ankle accelerometer, or say why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from os import PathLike
from pathlib import Path

from ..errors import RecordingError
from ..recording import Placement, Recording, Side
from .columns import Unit
from .layout import Layout, ReadOptions
from .parts import recognize_parts
from .sources import open_source

__all__ = ["Layout", "Opened", "ReadOptions", "Unit", "describe", "open_recording", "read"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording, how its main file is laid out, and the names of all its files."""

    recording: Recording
    layout: Layout
    files: tuple[str, ...]


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
    on_bytes: Callable[[int, int], None] | None = None,
) -> Recording:
    """Return the recording that a file, a folder or an archive holds, in g, on one clock.

    Everything is told from what is there; the arguments say what is left open. `unit` is g, mg,
    m/s2 or counts; `scale` is counts per g. `rate_hz` is for rows without a clock, `start` for a
    clock without a date, `timezone` an IANA name such as Europe/Berlin. `path` may be `-` for
    standard input. `on_bytes` is called with the number of (packed) bytes read since its last
    call and with those of one whole pass.

    Each call of `chunks` reads anew, in constant memory. Raises RecordingError where there is no
    raw acceleration or more than one recording, where too many rows are bad, or where something
    is left open that must be said.
    """
    file = Path(path)
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
    return open_recording(file, options, on_bytes).recording


def describe(path: str | PathLike[str], options: ReadOptions | None = None) -> Layout:
    """Return what `read` would recognize, without reading it through."""
    return recognize_parts(open_source(Path(path)), options or ReadOptions()).layout


def open_recording(
    path: Path, options: ReadOptions, on_bytes: Callable[[int, int], None] | None = None
) -> Opened:
    """Return the recording as `read` does, with what was recognized."""
    parts = recognize_parts(open_source(path), options)
    layout, origin_s = parts.layout, parts.origin_s()
    tell = None if on_bytes is None else partial(_told, on_bytes, parts.size_bytes)
    recording = Recording(
        source=parts.name,
        exporter=layout.exporter,
        hz=layout.hz,
        open_chunks=partial(parts.chunks, origin_s, tell),
        start=parts.start(origin_s),
        placement=layout.placement,
        side=layout.side,
        timezone=layout.timezone,
        gravity_included=layout.gravity_included,
        warnings=layout.warnings,
    )
    return Opened(recording, layout, tuple(part.file.name for part in parts.parts))


def _told(on_bytes: Callable[[int, int], None], size_bytes: int, count: int) -> None:
    on_bytes(count, size_bytes)
