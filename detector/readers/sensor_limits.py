"""What a sensor could not feel: stretches that it slept through, and blows beyond its range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .parse import Rows

# An ActiGraph falls into idle sleep after 10 s of stillness, and then repeats its last value.
IDLE_AFTER_S = 10.0
# Sensors end at 2, 4, 8 or 16 g; calibration moves that by some percent.
_FULL_SCALES_G = (2.0, 4.0, 8.0, 16.0)
_NEAR = 0.04
# Two equal values at a blow's peak may be chance; three are the end of the range.
_SATURATED_ROWS = 3

Note = Callable[[str, int, int, str], None]


@dataclass(slots=True)
class HeldValues:
    """Leaves out what a recorder in idle sleep repeats, from the tenth second on."""

    period_s: float
    _last: npt.NDArray[np.float32] | None = None
    _run: int = 0

    def without(self, rows: Rows, note: Note) -> Rows:
        """Return the rows without held ones; tells `note` how many there were."""
        n = rows.line.size
        if not n:
            return rows
        before = rows.axes[:, :1] if self._last is None else self._last
        changes = (np.diff(rows.axes, axis=1, prepend=before) != 0).any(axis=0)
        if self._last is None:
            changes[0] = True
        place = np.arange(n)
        since = place - np.maximum.accumulate(np.where(changes, place, -1))
        opened = np.logical_or.accumulate(changes)
        run = np.where(opened, since, self._run + 1 + place)
        self._last, self._run = rows.axes[:, -1:].copy(), int(run[-1])
        held = run >= IDLE_AFTER_S / self.period_s
        if not held.any():
            return rows
        first = int(rows.line[np.argmax(held)])
        note("idle_sleep", int(held.sum()), first, "idle sleep: a gap, no stillness")
        keep = ~held
        return replace(rows, t_s=rows.t_s[keep], axes=rows.axes[:, keep], line=rows.line[keep])


@dataclass(slots=True)
class FullScale:
    """Marks rows in which an axis stays at the end of the sensor's range."""

    _largest_g: float = 0.0

    def mark(self, rows: Rows, note: Note) -> None:
        """Tell `note` how many rows are saturated; they are kept."""
        sizes = np.abs(rows.axes)
        self._largest_g = max(self._largest_g, float(sizes.max(initial=0)))
        # What was exceeded before is not the end of the range.
        ends = [g for g in _FULL_SCALES_G if g * (1 + _NEAR) >= self._largest_g]
        if not ends or self._largest_g < ends[0] * (1 - _NEAR):
            return
        saturated = np.zeros(rows.line.size, dtype=np.bool_)
        for values, size in zip(rows.axes, sizes, strict=True):
            near = np.abs(size - ends[0]) < _NEAR * ends[0]
            same = near[1:] & (values[1:] == values[:-1])
            edges = np.flatnonzero(np.diff(np.concatenate(([0], same.view(np.int8), [0]))))
            for first, last in zip(edges[::2], edges[1::2], strict=True):
                if last - first + 1 >= _SATURATED_ROWS:
                    saturated[first : last + 1] = True
        if saturated.any():
            text = "the sensor is at the end of its range: movements there are larger than shown"
            note("saturated", int(saturated.sum()), int(rows.line[np.argmax(saturated)]), text)
