"""One recording of one file or of many: its parts in order, on one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from ..errors import RecordingError
from ..recording import Chunk, Repair
from .clock import NumberClock
from .columns import G_PER, Unit
from .companions import WallClock, companions_of
from .gravity import with_gravity
from .layout import Layout, ReadOptions, recognize_layout
from .opening import TextFile
from .selection import Candidate, select
from .sources import Source
from .stream import SampleStream

_FIRST_ROWS_BYTES = 2**16
# Files of one recording overlap by seconds where one ends and the next begins.
_MOST_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a recording; `lead_s` is its clock's zero after that of the main file."""

    file: TextFile
    layout: Layout
    lead_s: float = 0.0

    def stream(self, origin_s: float, on_bytes: Callable[[int], None] | None) -> SampleStream:
        """Return its samples, in s after `origin_s` by the main file's clock."""
        layout = self.layout
        return SampleStream(
            file=replace(self.file, on_bytes=on_bytes),
            parser=layout.parser,
            first_line=layout.header_rows + 1,
            scale=layout.scale_to_g,
            zero=layout.zero,
            origin_s=origin_s - self.lead_s,
            period_s=1 / layout.hz,
            rows_per_stamp=layout.rows_per_stamp,
            is_local=layout.chosen.is_local,
            jitters=layout.jitters,
            zeros_are_gaps=layout.gravity_included,
            idle_sleep=layout.idle_sleep,
            wall=layout.wall,
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """All files of a recording in order of time; `layout` is that of the main one.

    `options` are the owner's, with what stands beside the files filled in.
    """

    name: str
    layout: Layout
    options: ReadOptions
    parts: tuple[Part, ...]
    gravity: Part | None = None

    @property
    def size_bytes(self) -> int:
        """How many bytes one pass reads."""
        read = (*self.parts, self.gravity) if self.gravity else self.parts
        return sum(part.file.size_bytes for part in read if part is not None)

    def origin_s(self) -> float:
        """Return the first sample by the main file's clock, s."""
        for part in self.parts:
            first = _first_s(part)
            if first is not None:
                return first
        raise RecordingError(
            f"{self.name}: no row holds a sample of acceleration: was the sensor on?"
        )

    def start(self, origin_s: float) -> datetime | None:
        """Return the wall clock of the first sample."""
        zone = self.options.zone(self.name)
        said = self.options.start
        if said is None:
            return self.layout.chosen.start(origin_s, zone)
        if zone is None:
            return said
        return said.replace(tzinfo=zone) if said.tzinfo is None else said.astimezone(zone)

    def chunks(
        self, origin_s: float, on_bytes: Callable[[int], None] | None = None
    ) -> Iterator[Chunk]:
        """Yield the samples of all parts in s after `origin_s`."""
        found = self._joined(origin_s, on_bytes)
        if self.gravity is None:
            return found
        return with_gravity(found, self.gravity.stream(origin_s, on_bytes).chunks())

    def _joined(self, origin_s: float, on_bytes: Callable[[int], None] | None) -> Iterator[Chunk]:
        if len(self.parts) == 1:
            yield from self.parts[0].stream(origin_s, on_bytes).chunks()
            return
        last_s = float("-inf")
        for part in self.parts:
            chunks = part.stream(origin_s, on_bytes).chunks()
            for chunk in _after(last_s, chunks, part.file.name):
                last_s = float(chunk.t_s[-1]) if chunk.t_s.size else last_s
                yield chunk


def _after(last_s: float, chunks: Iterable[Chunk], name: str) -> Iterator[Chunk]:
    """Yield what comes after `last_s`; RecordingError where that is less than half of a part."""
    n = n_before = 0
    for chunk in chunks:
        late = chunk.t_s > last_s
        n += late.size
        n_before += late.size - int(late.sum())
        named = tuple(replace(repair, text=f"{name}: {repair.text}") for repair in chunk.repairs)
        yield Chunk(chunk.t_s[late], chunk.acceleration_g[:, late], named)
    if n_before > _MOST_OVERLAP * n:
        raise RecordingError(
            f"{name}: was recorded at the same time as another file beside it: give the file of "
            "the one recording that is meant"
        )
    if n_before:
        text = f"{name}: rows that the part before holds already are left out"
        repair = Repair("overlap", n_before, 0, text)
        yield Chunk(np.empty(0), np.empty((3, 0), dtype=np.float32), (repair,))


def recognize_parts(source: Source, options: ReadOptions) -> Parts:
    """Recognize all files of a recording; raise RecordingError where they are not one."""
    candidates = select(source)
    main = max(candidates, key=lambda candidate: candidate.entry.size_bytes)
    beside = companions_of(source, main.entry)
    used = replace(options, timezone=options.timezone or beside.timezone)
    main_file = main.entry.open()
    layout = _with_wall(recognize_layout(main_file, used), beside.wall, used)
    if beside.unit is not None and options.unit is None and not layout.gravity_included:
        layout = _rescaled(layout, beside.unit, f"{beside.unit.value}: Metadata.csv says so")
    gravity = None
    if beside.gravity is not None and not layout.gravity_included:
        gravity = _gravity(beside.gravity, layout, used)
        if options.unit is None:
            layout = _rescaled(layout, gravity.layout.unit, "the unit is that of Gravity.csv")
    elif len(candidates) == 1 and layout.gravity_axes is not None:
        parser = replace(layout.parser, axes=layout.gravity_axes)
        gravity = Part(main_file, replace(layout, parser=parser, zero=0.0))
    parts = [_part(candidate, main, main_file, layout, used) for candidate in candidates]
    if len(parts) > 1:
        parts = _in_order(parts)
    if gravity is not None:
        layout = _described(layout, gravity)
    return Parts(source.name, layout, used, tuple(parts), gravity)


def _part(
    candidate: Candidate, main: Candidate, main_file: TextFile, layout: Layout, options: ReadOptions
) -> Part:
    """Return a file as a part: by the main file's layout where its stamps hold the date."""
    if candidate is main:
        return Part(main_file, layout)
    file = candidate.entry.open()
    if layout.chosen.is_absolute:
        return Part(file, replace(layout, header_rows=candidate.recognized.table.first_row))
    own = recognize_layout(file, options)
    zero_s, main_zero_s = own.chosen.wall_s, layout.chosen.wall_s
    if zero_s is None or main_zero_s is None:
        raise RecordingError(
            f"{file.name}: counts from its own first sample and has no date, so that it cannot be "
            "put in order with the files beside it: give one file"
        )
    own = _rescaled(own, layout.unit, "the unit is that of the largest file")
    return Part(file, own, lead_s=zero_s - main_zero_s)


def _in_order(parts: list[Part]) -> list[Part]:
    """Return the parts by their first sample; one without a sample has nothing to add."""
    starts: dict[int, float] = {}
    for place, part in enumerate(parts):
        first = _first_s(part)
        if first is not None:
            starts[place] = first
    return [parts[place] for place in sorted(starts, key=lambda place: starts[place])]


def _first_s(part: Part) -> float | None:
    """Return the first sample of a part by the main file's clock; None where it has none."""
    stream = replace(part.stream(0.0, None), block_bytes=_FIRST_ROWS_BYTES)
    return next((float(chunk.t_s[0]) for chunk in stream.chunks() if chunk.t_s.size), None)


def _with_wall(layout: Layout, wall: WallClock | None, options: ReadOptions) -> Layout:
    """Give a clock that counts from a start the wall clock that stands beside it."""
    if wall is None or layout.chosen.wall_s is not None:
        return layout
    clock = layout.chosen.clock
    base_s = clock.base * clock.step_s if isinstance(clock, NumberClock) else 0.0
    chosen = replace(
        layout.chosen,
        wall_s=wall.zero_s + base_s,
        zone="utc",
        stated_offset_s=wall.offset_s,
        is_utc_by_guess=wall.offset_s is None,
        reason=f"{layout.chosen.reason}; the date is from meta/time.csv",
    )
    warnings = tuple(w for w in layout.warnings if w[0] != "no_clock")
    return replace(
        layout,
        chosen=chosen,
        start=options.start or chosen.start(0.0, options.zone(layout.exporter)),
        reasons=(chosen.reason, *layout.reasons[1:]),
        warnings=warnings,
        wall=replace(wall, elapsed_s=wall.elapsed_s - base_s),
    )


def _rescaled(layout: Layout, unit: Unit, reason: str) -> Layout:
    if layout.unit is unit or unit is Unit.COUNTS:
        return layout
    reasons = (layout.reasons[0], reason, *layout.reasons[2:])
    return replace(layout, unit=unit, scale_to_g=G_PER[unit], reasons=reasons)


def _gravity(file: TextFile, layout: Layout, options: ReadOptions) -> Part:
    """Return the gravity file as a part on the clock of the file it belongs to."""
    own = recognize_layout(file, replace(options, unit=None, scale=None))
    lead_s = (own.chosen.wall_s or 0.0) - (layout.chosen.wall_s or 0.0)
    return Part(file, own, lead_s)


def _described(layout: Layout, gravity: Part) -> Layout:
    """Return the layout of the sum; that of the parts says still how they are read."""
    where = "columns of its own" if layout.gravity_axes is not None else gravity.file.name
    text = f"gravity is added from {where}"
    return replace(
        layout,
        gravity_included=True,
        confidence={**layout.confidence, "gravity": "certain"},
        reasons=(*layout.reasons[:-1], text),
        warnings=tuple(w for w in layout.warnings if w[0] != "no_gravity"),
    )
