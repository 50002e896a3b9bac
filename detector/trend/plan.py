"""An experiment's plan: which evening is which, drawn by lot, and its file.

Evenings come in periods of two to five with the same condition, so that few nights are lost to the
switches between them. Of all orders in which both conditions have nights enough that count, each
is as likely. Who analyzes the plan draws again in the same way: that is what chance would have
done.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detector.errors import CriteriaError
from detector.trend.diary import number_of
from detector.trend.factors import Factor, factor_named
from detector.trend.sheet import DiaryError, Sheet, column_key, read_dates, read_sheet

Arms = npt.NDArray[np.int64]
SHORTEST, LONGEST = 2, 5  # nights in a period; choice: shorter ones are all washout
LEAST_NIGHTS = 14  # below, fewer than forty orders are possible: no p below 0.05 could come of it
MOST_NIGHTS = 120
_LARGEST_IMBALANCE = 2  # nights that count, of one condition more than of the other
_DRAWN_BY = f"periods of {SHORTEST} to {LONGEST} evenings, 1"
CONDITIONS = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Plan:
    """Evenings from `first` on; `arms` (n,) is 1 where the factor is to be there, 0 where not.

    `by_lot` says that drawing again with `seed` gives the same: nobody changed the order.
    """

    factor: str
    first: date
    arms: Arms
    seed: int
    by_lot: bool
    washout_nights: int
    name: str = ""

    @property
    def evenings(self) -> tuple[date, ...]:
        """The date of each evening."""
        return tuple(self.first + timedelta(days=k) for k in range(self.arms.size))


def draw_plan(factor: str, first: date, nights: int, seed: int, washout_nights: int = 1) -> Plan:
    """Draw a plan; CriteriaError where that many nights can make none."""
    if not LEAST_NIGHTS <= nights <= MOST_NIGHTS:
        raise CriteriaError(
            f"a plan takes {LEAST_NIGHTS} to {MOST_NIGHTS} nights, not {nights}: with fewer than "
            f"{LEAST_NIGHTS} no difference could be told from chance"
        )
    if not 0 <= washout_nights < SHORTEST:
        raise CriteriaError(f"a plan's washout is 0 or 1 nights, not {washout_nights}")
    arms = next(_orders(nights, random.Random(seed), washout_nights))
    return Plan(column_key(factor), first, arms, seed, by_lot=True, washout_nights=washout_nights)


def drawn_orders(nights: int, count: int, seed: int, washout_nights: int = 1) -> Arms:
    """Return `count` orders (count, nights) as a plan of so many nights is drawn."""
    drawn = _orders(nights, random.Random(seed), washout_nights)
    return np.array([next(drawn) for _ in range(count)])


def counted(arms: Arms, washout_nights: int) -> npt.NDArray[np.bool_]:
    """Return which nights (n,) count: not those right after a switch."""
    counts = np.ones(arms.size, dtype=np.bool_)
    for switch in np.flatnonzero(np.diff(arms)) + 1:
        counts[switch : switch + washout_nights] = False
    return counts


def _orders(nights: int, lot: random.Random, washout_nights: int) -> Iterator[Arms]:
    """Yield orders without end, each as likely as any other.

    Were a few orders more likely than the rest, chance would too often give just them. Only
    `lot.random()` is drawn: its numbers never change.
    """
    least = 5
    ways = _ways(nights)
    while True:
        arms: list[int] = []
        arm = int(lot.random() * 2)
        while len(arms) < nights:
            arms += [arm] * _length(ways, nights - len(arms), lot.random())
            arm = 1 - arm
        order = np.array(arms, dtype=np.int64)
        counts = counted(order, washout_nights)
        ones, all_ = int(order[counts].sum()), int(counts.sum())
        if min(ones, all_ - ones) >= least and abs(2 * ones - all_) <= _LARGEST_IMBALANCE:
            yield order


def _ways(nights: int) -> list[int]:
    """Return in how many ways 0, 1, ... `nights` evenings can be parted into periods."""
    ways = [1] + [0] * nights
    for total in range(1, nights + 1):
        lengths = range(SHORTEST, min(LONGEST, total) + 1)
        ways[total] = sum(ways[total - length] for length in lengths)
    return ways


def _length(ways: Sequence[int], left: int, drawn: float) -> int:
    """Return the next period's length, as often as there are ways to go on after it."""
    place = drawn * ways[left]
    for length in range(SHORTEST, min(LONGEST, left) + 1):
        place -= ways[left - length]
        if place < 0:
            return length
    return min(LONGEST, left)


def plan_csv(plan: Plan) -> str:
    """Return the plan as a table that a spreadsheet shows and `read_plan` reads."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["night", "date", plan.factor, "counts", "seed", "washout_nights", "drawn_by"])
    counts = counted(plan.arms, plan.washout_nights)
    rows = zip(plan.evenings, plan.arms.tolist(), counts.tolist(), strict=True)
    for number, (evening, arm, counts_here) in enumerate(rows, 1):
        said = "yes" if counts_here else "no: first night after a switch"
        end = (plan.seed, plan.washout_nights, _DRAWN_BY)
        writer.writerow([number, evening.isoformat(), CONDITIONS[arm], said, *end])
    return out.getvalue()


def read_plan(path: Path, known: Collection[date] = ()) -> Plan:
    """Read a plan's file, as it was written or as a spreadsheet saved it; else DiaryError."""
    sheet = read_sheet(path)
    keys = [column_key(name) for name in sheet.columns]
    own = {"night", "date", "counts", "seed", "washout_nights", "drawn_by"}
    factors = [key for key in keys if key not in own]
    if not own <= set(keys) or len(factors) != 1 or not sheet.lines:
        raise DiaryError(
            f"{sheet.name}: is no plan that detector plan wrote; give that file, or leave out "
            "--plan and give the diary"
        )
    dates = read_dates(sheet, keys.index("date"), known)
    _require_following(sheet, dates)
    cells = [line.cells[keys.index(factors[0])].lower() for line in sheet.lines]
    for line, cell in zip(sheet.lines, cells, strict=True):
        if cell not in CONDITIONS:
            raise sheet.fault(line.number, f"{factors[0]}: {cell!r} is not clear; write yes or no")
    arms = np.array([CONDITIONS.index(cell) for cell in cells], dtype=np.int64)
    seed = _whole(sheet, keys.index("seed"))
    washout_nights = _whole(sheet, keys.index("washout_nights"))
    written_by = {line.cells[keys.index("drawn_by")] for line in sheet.lines}
    try:
        drawn = draw_plan(factors[0], dates[0], len(dates), seed, washout_nights)
        by_lot = written_by == {_DRAWN_BY} and np.array_equal(drawn.arms, arms)
    except CriteriaError:
        by_lot = False
    return Plan(factors[0], dates[0], arms, seed, by_lot, washout_nights, sheet.name)


def _whole(sheet: Sheet, column: int) -> int:
    """Return the one whole number of a column."""
    first = sheet.lines[0]
    for line in sheet.lines:
        number = number_of(line.cells[column])
        if number is None or number != int(number) or line.cells[column] != first.cells[column]:
            raise sheet.fault(
                line.number,
                f"{sheet.columns[column]} is not the number that detector plan wrote; make the "
                "plan's file again with its seed",
            )
    return int(first.cells[column].split(".")[0].split(",")[0])


def _require_following(sheet: Sheet, dates: tuple[date, ...]) -> None:
    for line, day, before in zip(sheet.lines[1:], dates[1:], dates, strict=False):
        if day - before != timedelta(days=1):
            raise sheet.fault(
                line.number, f"{day} does not follow {before}; a plan has every evening in order"
            )


def planned_factor(name: str) -> Factor | None:
    """Return what a plan is of, None for a factor of one's own; CriteriaError for a medicine."""
    factor = factor_named(column_key(name))
    if factor is not None and factor.no_plan:
        raise CriteriaError(f"{factor.name}: {factor.no_plan}")
    return factor
