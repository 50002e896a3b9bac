"""Stamps put right: each sample after the one before, whatever the file's clock did."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import RecordingError
from ..recording import FloatArray, Repair, SampleArray
from .measure import MOST_JITTER
from .parse import Rows

# A month without a sample is a broken stamp, no gap in a recording.
_LONGEST_GAP_S = 31 * 86400.0
# So long may a clock hold still before it is called stuck, where its steps are finer than that.
_LONGEST_STAND_S = 10.0
# The last rows of a block wait for the next: whether a stamp is out of order shows only then.
_HELD_ROWS = 64
# So near a whole number of sample periods is that number.
_NEAR = 0.25
_HOUR_S = 3600.0
_HALF_DAY_S = 12 * _HOUR_S
# A clock shows another hour where a quarter of one ends, whatever its zone.
_QUARTER_S = 900.0


@dataclass(slots=True)
class StampOrder:
    """Puts rows in order of time as they come, block after block.

    Where a clock starts anew after `wraps_s`, the samples around that lie at most `wraps_within_s`
    apart: what steps back farther did not. `rows_per_stamp` is how many rows share a stamp in this
    file: 1 for a clock finer than the rate. Rows that share one are spread evenly up to the next
    stamp; the fewest rows that make stamps run backwards are left out; a local clock set back by
    an hour runs on. In a file that `jitters` the rows are in order and the stamps are not: they
    are put in order by themselves. `hours_from_s` is set where stamps have hours: a stamp and it
    are the time of day, in some zone.
    """

    source: str
    period_s: float
    rows_per_stamp: int = 1
    wraps_s: float = 0.0
    wraps_within_s: float = float("inf")
    is_local: bool = False
    jitters: bool = False
    hours_from_s: float | None = None
    _held: Rows | None = None
    _shift_s: float = 0.0
    _last_raw_s: float = float("nan")
    _last_s: float = float("-inf")
    _is_first: bool = True
    dropped: int = 0
    first_dropped: int = 0
    _repairs: list[Repair] = field(default_factory=list)

    def push(self, rows: Rows) -> tuple[FloatArray, SampleArray, tuple[Repair, ...]]:
        """Take rows in, give rows out that are settled: stamps (n,), axes (3, n), repairs."""
        t = self._unwrapped(rows)
        rows = Rows(t, rows.axes, rows.line)
        if self._held is not None:
            rows = _joined(self._held, rows)
        if self.jitters:
            rows = self._sorted(rows)
        rows = self._increasing(rows)
        cut = self._settled(rows)
        self._held = Rows(rows.t_s[cut:], rows.axes[:, cut:], rows.line[cut:])
        following = rows.t_s[cut] if cut < rows.t_s.size else None
        return self._out(Rows(rows.t_s[:cut], rows.axes[:, :cut], rows.line[:cut]), following)

    def flush(self) -> tuple[FloatArray, SampleArray, tuple[Repair, ...]]:
        """Give out what waits."""
        rows = self._held
        self._held = None
        if rows is None:
            return np.empty(0), np.empty((3, 0), dtype=np.float32), ()
        return self._out(rows, None)

    def _unwrapped(self, rows: Rows) -> FloatArray:
        """Add up the turns of a clock that starts anew, and the hour that a clock is set back."""
        t = rows.t_s
        if not t.size or not (self.wraps_s or self.is_local):
            return t
        before = np.concatenate(([self._last_raw_s], t[:-1]))
        self._last_raw_s = float(t[-1])
        steps = t - before
        jumps = np.zeros(t.size)
        if self.wraps_s:
            within_s = min(self.wraps_within_s, 0.5 * self.wraps_s)
            jumps[np.abs(steps + self.wraps_s) < within_s] = self.wraps_s
            jumps[np.abs(steps - self.wraps_s) < within_s] = -self.wraps_s
        if self.hours_from_s is not None:
            self._run_on_after_half_days(steps, rows, jumps)
        if self.is_local:
            back = np.flatnonzero(np.abs(steps + _HOUR_S) < 5)
            ahead = np.flatnonzero(np.abs(steps - _HOUR_S) < 5)
            for at in back:
                if not np.any(np.abs(ahead - at) < _HELD_ROWS):  # else a few stamps are damaged
                    jumps[at] = _HOUR_S
                    self._note("clock_change", 1, int(rows.line[at]),
                               "the clock was set back by an hour; time runs on")  # fmt: skip
        if not jumps.any():
            return t + self._shift_s if self._shift_s else t
        shifts = self._shift_s + np.cumsum(jumps)
        self._shift_s = float(shifts[-1])
        return np.asarray(t + shifts)

    def _run_on_after_half_days(self, steps: FloatArray, rows: Rows, jumps: FloatArray) -> None:
        """Add 12 h where 1:00 follows 12:59; refuse that with a date: which half it is shows not.

        With a date, 12:00 follows 11:59 of the day before, and is a day ahead.
        """
        within_s = max(2.0, 2 * self.period_s)
        far = np.flatnonzero(np.abs(steps) > _HALF_DAY_S - within_s)
        for at in far:
            is_back = abs(steps[at] + _HALF_DAY_S) < within_s
            is_ahead = not self.wraps_s and abs(steps[at] - 2 * _HALF_DAY_S) < within_s
            hour_s = rows.t_s[at] + (self.hours_from_s or 0.0)
            # Without a date there is no zone: it has to be 1:00.
            into_s = hour_s % _QUARTER_S if not self.wraps_s else abs(hour_s - _HOUR_S)
            returns = np.any((far != at) & (np.abs(far - at) < _HELD_ROWS))
            if not (is_back or is_ahead) or into_s > within_s or returns:
                continue
            if not self.wraps_s:
                how = "back by 12 hours" if is_back else "ahead by a day"
                raise RecordingError(
                    f"{self.source}: at row {rows.line[at]} the clock goes {how} from one sample "
                    "to the next, as one of 12 hours without AM or PM does: export it with them, "
                    "or with 24 hours"
                )
            jumps[at] = _HALF_DAY_S
            self._note("half_days", 1, int(rows.line[at]),
                       "the clock has 12 hours and no AM or PM; time runs on")  # fmt: skip

    def _increasing(self, rows: Rows) -> Rows:
        """Leave out the fewest rows that make the stamps run backwards."""
        t = rows.t_s
        late = t <= self._last_s
        if not t.size or (not late[0] and np.all(t[1:] >= t[:-1])):
            return rows
        candidates = np.flatnonzero(~late)
        keep = candidates[_longest_rising(t[candidates])]
        left_out = np.ones(t.size, dtype=np.bool_)
        left_out[keep] = False
        n = int(left_out.sum())
        first = int(rows.line[np.argmax(left_out)])
        self.first_dropped = first if not self.dropped else self.first_dropped
        self.dropped += n
        self._note("backward_stamps", n, first, "stamps run backwards; these rows are left out")
        return Rows(t[keep], rows.axes[:, keep], rows.line[keep])

    def _sorted(self, rows: Rows) -> Rows:
        """Put stamps that lie a few samples apart in order, each row keeping its place."""
        back_s = np.maximum.accumulate(rows.t_s) - rows.t_s if rows.t_s.size else rows.t_s
        if not back_s.any() or back_s.max() > MOST_JITTER * self.period_s:
            return rows
        first = int(np.argmax(back_s > 0))
        self._note("jittered_stamps", int((back_s > 0).sum()), int(rows.line[first]),
                   "stamps go back by a few samples; the rows keep their order")  # fmt: skip
        return Rows(np.sort(rows.t_s), rows.axes, rows.line)

    def _settled(self, rows: Rows) -> int:
        """Return how many rows can go out: the last stamp, and what may be out of order, wait."""
        t = rows.t_s
        if not t.size:
            return 0
        last_stamp = int(np.searchsorted(t, t[-1], side="left"))
        self._refuse_standing(t.size - last_stamp, int(rows.line[last_stamp]))
        cut = max(0, min(last_stamp, t.size - _HELD_ROWS))
        while cut > 0 and t[cut] == t[cut - 1]:
            cut -= 1
        return cut

    def _refuse_standing(self, n_rows: int, first_row: int) -> None:
        most = max(10 * self.rows_per_stamp, _LONGEST_STAND_S / self.period_s, 1000)
        if n_rows > most:
            raise RecordingError(
                f"{self.source}: the clock stands still for {n_rows} rows from row {first_row} on: "
                "export the file again, or leave its clock out and say the rate with --rate"
            )

    def _out(
        self, rows: Rows, following_s: float | None
    ) -> tuple[FloatArray, SampleArray, tuple[Repair, ...]]:
        t = rows.t_s
        if t.size:
            t = self._spread(t, rows.line, following_s)
            self._refuse_jump(t, rows.line)
            self._last_s = float(t[-1])
            self._is_first = False
        repairs = tuple(self._repairs)
        self._repairs.clear()
        return t, rows.axes, repairs

    def _refuse_jump(self, t: FloatArray, line: npt.NDArray[np.int64]) -> None:
        before = t[0] if self._last_s == float("-inf") else self._last_s
        steps = np.diff(t, prepend=before)
        at = int(np.argmax(steps))
        if steps[at] > _LONGEST_GAP_S:
            raise RecordingError(
                f"{self.source}: the clock jumps by {steps[at] / 86400:.0f} days at row "
                f"{line[at]}: cut the file there, or export it again"
            )

    def _spread(
        self, t: FloatArray, line: npt.NDArray[np.int64], following_s: float | None
    ) -> FloatArray:
        """Give rows that share a stamp times of their own, evenly up to the next stamp.

        Before a gap they end with their stamp, if the time before it holds them: they came late.
        """
        if np.all(t[1:] > t[:-1]):
            return t
        starts = np.concatenate(([0], np.flatnonzero(t[1:] > t[:-1]) + 1))
        sizes = np.diff(np.append(starts, t.size))
        longest = int(np.argmax(sizes))
        self._refuse_standing(int(sizes[longest]), int(line[starts[longest]]))
        stamps = t[starts]
        last = stamps[-1] + sizes[-1] * self.period_s if following_s is None else following_s
        room = np.diff(np.append(stamps, last))
        spacing = np.minimum(room / sizes, self.period_s)
        offset = np.zeros(sizes.size)
        if self._is_first and self.rows_per_stamp > 1:
            # The first stamp's rows began somewhere within it, and end where the next begins,
            # if there is no gap between.
            full_s = min(float(room[0]), self.rows_per_stamp * self.period_s)
            offset[0] = max(0.0, full_s - float(spacing[0]) * int(sizes[0]))
        if self.rows_per_stamp == 1:
            offset -= self._late_s(stamps, sizes, spacing, room)
            n = int((sizes - 1).sum())
            first = int(line[starts[np.argmax(sizes > 1)] + 1])
            self._note("repeated_stamps", n, first, "rows share a stamp and are spread evenly")
        within = np.arange(t.size) - np.repeat(starts, sizes)
        return np.asarray(t + np.repeat(offset, sizes) + within * np.repeat(spacing, sizes))

    def _late_s(
        self,
        stamps: FloatArray,
        sizes: npt.NDArray[np.intp],
        spacing_s: FloatArray,
        room_s: FloatArray,
    ) -> FloatArray:
        """Return (n,) by how much the rows of a stamp come before it: 0, or all but the last do."""
        late_s = np.zeros(stamps.size)
        ends_s = stamps + (sizes - 1) * spacing_s
        for at in np.flatnonzero((sizes > 1) & (room_s > (sizes + 1) * self.period_s)):
            before_s = ends_s[at - 1] if at else stamps[0] if self._is_first else self._last_s
            early_s = (sizes[at] - 1) * self.period_s
            if stamps[at] - early_s - before_s > (1 - _NEAR) * self.period_s:
                late_s[at], ends_s[at] = early_s, stamps[at]
        return late_s

    def _note(self, kind: str, count: int, first_row: int, text: str) -> None:
        self._repairs.append(Repair(kind, count, first_row, text))


def _joined(first: Rows, second: Rows) -> Rows:
    return Rows(
        np.concatenate([first.t_s, second.t_s]),
        np.concatenate([first.axes, second.axes], axis=1),
        np.concatenate([first.line, second.line]),
    )


def _longest_rising(values: FloatArray) -> npt.NDArray[np.intp]:
    """Return the places (k,) of the longest part of `values` (n,) that never falls.

    Of two that are as long it is the one with the earlier rows: a step back drops what comes
    after it. That is why the values are gone through from their end.
    """
    tails: list[float] = []
    tail_at: list[int] = []
    following = np.full(values.size, -1, dtype=np.intp)
    for at in range(values.size - 1, -1, -1):
        value = -float(values[at])
        place = bisect_right(tails, value)
        if place:
            following[at] = tail_at[place - 1]
        if place == len(tails):
            tails.append(value)
            tail_at.append(at)
        else:
            tails[place] = value
            tail_at[place] = at
    chain: list[int] = []
    at = tail_at[-1] if tail_at else -1
    while at >= 0:
        chain.append(at)
        at = int(following[at])
    return np.array(chain, dtype=np.intp)
