"""A file's rows as chunks of samples in g, in order of time, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ..errors import RecordingError
from ..recording import Chunk, Repair
from .clock import NumberClock, PartsClock, TextClock
from .companions import WallClock
from .opening import BLOCK_BYTES, TextFile
from .order import StampOrder
from .packing import CutShort
from .parse import RowParser, Rows
from .sensor_limits import FullScale, HeldValues

# No sensor worn at night shows this; a number that large is damage.
_LARGEST_G = 1e3
_MOST_BAD = 0.01
# A counter that has turned over goes on at once; what steps back farther was started anew.
_WRAP_WITHIN_S = 10.0
_SHOWN_CHARACTERS = 60
# After so many blocks on end in which a row deviates, no other is tried as rows of one layout.
_MOST_REFUSED = 3


@dataclass(slots=True)
class _Damage:
    """What was left out of one file so far."""

    rows: int = 0
    bad: int = 0
    first_bad: tuple[int, str] = (0, "")
    repairs: list[Repair] = field(default_factory=list)

    def add_bad(self, lines: list[tuple[int, str]]) -> None:
        if not lines:
            return
        if not self.bad:
            self.first_bad = lines[0]
        self.bad += len(lines)
        text = f"rows that are not readable; the first is {shown(lines[0][1])}"
        self.repairs.append(Repair("bad_rows", len(lines), lines[0][0], text))

    def note(self, kind: str, count: int, first_row: int, text: str) -> None:
        self.repairs.append(Repair(kind, count, first_row, text))

    def refuse(self, source: str) -> None:
        """Raise RecordingError where more than 1 % of the rows so far are bad."""
        if self.bad > _MOST_BAD * self.rows:
            line, text = self.first_bad
            raise RecordingError(
                f"{source}: {self.bad} of {self.rows} rows are not readable, more than "
                f"{100 * _MOST_BAD:.0f} %; the first is row {line}: {shown(text)}: export the file "
                "again, or take them out"
            )

    def refuse_backward(self, source: str, order: StampOrder) -> None:
        """Raise RecordingError where more than 1 % of the rows are bad or go back in time."""
        if order.dropped and self.bad + order.dropped > _MOST_BAD * self.rows:
            raise RecordingError(
                f"{source}: stamps run backwards in {order.dropped} of {self.rows} rows, more than "
                f"{100 * _MOST_BAD:.0f} %; the first is row {order.first_dropped}: export the file "
                "again, or cut it there"
            )


def shown(line: str) -> str:
    """Return a line as a message can show it."""
    text = "".join(c if c.isprintable() else "?" for c in line.strip())
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")


@dataclass(frozen=True, slots=True)
class SampleStream:
    """All that a pass over a file needs; `scale` turns the file's numbers, less `zero`, into g.

    `origin_s` is the first sample by the file's clock. `zeros_are_gaps`: a sensor that feels
    gravity never reads zero on all axes. `wall` tells the pauses of a clock that stops at them.
    """

    file: TextFile
    parser: RowParser
    first_line: int
    scale: float
    zero: float
    origin_s: float
    period_s: float
    rows_per_stamp: int
    is_local: bool
    jitters: bool
    zeros_are_gaps: bool
    idle_sleep: bool = False
    wall: WallClock | None = None
    block_bytes: int | None = None

    def chunks(self) -> Iterator[Chunk]:
        """Yield the recording; raise RecordingError where more than 1 % of its rows are bad."""
        damage = _Damage()
        order = StampOrder(
            self.file.name, self.period_s, self.rows_per_stamp,
            self.parser.clock.wraps_s,
            _WRAP_WITHIN_S if isinstance(self.parser.clock, NumberClock) else float("inf"),
            self.is_local, self.jitters, self._hours_from_s(),
        )  # fmt: skip
        held = HeldValues(self.period_s) if self.idle_sleep else None
        full = FullScale()
        try:
            for rows in self._rows(damage):
                awake = rows if held is None else held.without(rows, damage.note)
                full.mark(awake, damage.note)
                yield from self._chunk(*order.push(self._on_the_wall(awake)), damage)
        except CutShort:
            line = self.first_line + damage.rows
            damage.note("truncated", 1, line, "the packed file ends too early: it was cut off")
        yield from self._chunk(*order.flush(), damage)
        damage.refuse(self.file.name)
        damage.refuse_backward(self.file.name, order)

    def _hours_from_s(self) -> float | None:
        clock = self.parser.clock
        if not isinstance(clock, TextClock | PartsClock) or clock.wraps_s not in (0, 86400):
            return None
        return float(clock.base_s)

    def _chunk(
        self,
        t: npt.NDArray[np.float64],
        axes: npt.NDArray[np.float32],
        repairs: tuple[Repair, ...],
        damage: _Damage,
    ) -> Iterator[Chunk]:
        if not t.size and not repairs:
            return
        everything = (*damage.repairs, *repairs)
        damage.repairs.clear()
        yield Chunk(t - self.origin_s, axes, everything)

    def _on_the_wall(self, rows: Rows) -> Rows:
        if self.wall is None:
            return rows
        return replace(rows, t_s=rows.t_s + self.wall.paused_s(rows.t_s))

    def _rows(self, damage: _Damage) -> Iterator[Rows]:
        """Yield the good rows of each block, in g."""
        line, index = 1, 0
        skip = self.first_line - 1
        parser, n_refused = self.parser, 0
        for whole in self.file.blocks(self.block_bytes or BLOCK_BYTES, report=True):
            start = 0
            while skip and start < len(whole):
                start = whole.find(b"\n", start) + 1 or len(whole)
                skip -= 1
                line += 1
            block = whole[start:]
            if not block.endswith(b"\n"):
                block = self._without_torn_end(block, line, damage)
            if not block:
                continue
            parsed = parser.parse(block, line, index)
            n_refused = 0 if parsed.is_fixed else n_refused + 1
            if n_refused == _MOST_REFUSED:
                parser = replace(parser, tries_fixed=False)
            for rows in parsed.parts:
                damage.rows += rows.line.size + len(rows.bad)
                yield self._sound(rows, block, line, damage)
            line += parsed.n_lines
            index += parsed.n_rows
            if damage.rows > 10**5 and damage.bad > 0.5 * damage.rows:
                damage.refuse(self.file.name)

    def _without_torn_end(self, block: bytes, first_line: int, damage: _Damage) -> bytes:
        """Return a last block without its last line, where that was cut off in the middle."""
        *before, last = block.rsplit(b"\n", 2)
        if not before or self._is_whole(last, before[-1]):
            return block
        line = first_line + block.count(b"\n")
        text = shown(last.decode("utf-8", "replace"))
        damage.note("truncated", 1, line, f"the last line is cut off: {text}")
        return block[: len(block) - len(last)]

    def _is_whole(self, last: bytes, before: bytes) -> bool:
        """Whether a line without an end has all that the line before has, to the last decimal."""
        dialect = self.parser.dialect
        cells, others = (dialect.split(line.decode("utf-8", "replace")) for line in (last, before))
        if len(cells) != len(others):
            return False
        mark = dialect.decimal
        decimals, others_decimals = (len(c[-1]) - c[-1].rfind(mark) for c in (cells, others))
        return decimals >= others_decimals

    def _sound(self, rows: Rows, block: bytes, block_line: int, damage: _Damage) -> Rows:
        """Return the rows that hold a stamp and a possible acceleration, scaled to g."""
        axes = rows.axes
        if self.zero:
            axes -= np.float32(self.zero)
        if self.scale != 1:
            axes *= np.float32(self.scale)
        bad = list(rows.bad)
        finite = np.isfinite(axes)
        has_stamp = np.isfinite(rows.t_s)
        keep = np.ones(rows.line.size, dtype=np.bool_)
        if not (finite.all() and has_stamp.all()):
            padding = np.isnan(axes).all(axis=0)
            keep &= ~padding
            if padding.any():
                first = int(rows.line[np.argmax(padding)])
                damage.note("padding", int(padding.sum()), first, "rows without acceleration")
            broken = ~padding & ~(finite.all(axis=0) & has_stamp)
            keep &= ~broken
            bad += _lines_of(block, block_line, rows.line[broken])
        huge = keep & (np.abs(axes).max(axis=0, initial=0) > _LARGEST_G)
        if huge.any():
            keep &= ~huge
            bad += _lines_of(block, block_line, rows.line[huge])
        damage.add_bad(sorted(bad))
        if self.zeros_are_gaps:
            zero = (axes[0] == 0) & (axes[1] == 0) & (axes[2] == 0) & keep
            if zero.any():
                keep &= ~zero
                first = int(rows.line[np.argmax(zero)])
                why = "idle sleep" if self.idle_sleep else "zero on all axes"
                damage.note("zeros", int(zero.sum()), first, f"{why}: a gap, no movement")
        if keep.all():
            return Rows(rows.t_s, axes, rows.line)
        return Rows(rows.t_s[keep], axes[:, keep], rows.line[keep])


def _lines_of(
    block: bytes, block_line: int, wanted: npt.NDArray[np.int64]
) -> list[tuple[int, str]]:
    """Return (line number, text) of lines of a block; only the first few with their text."""
    if not wanted.size:
        return []
    lines = block.split(b"\n") if wanted.size else []
    first = int(wanted[0])
    text = lines[first - block_line].decode("utf-8", "replace")
    return [(first, text), *((int(line), "") for line in wanted[1:])]
