"""Which three columns are the axes of the acceleration, and whether they are three."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import RecordingError
from ..recording import FloatArray, SampleArray
from .columns import AxisGroup, axis_groups
from .exporters import Exporter
from .measure import goes_back_often
from .table import Table

_ENOUGH_ROWS = 100
_MOST_LABELS = 5
# How far the sizes of a sensor that turns differ, and of one that gravity holds.
_RESTLESS, _STEADY = 0.3, 0.1
_SIZE_WITHIN = 0.01
# A cheap sensor shows 15 % of gravity too much or too little.
_SIZES_WITHIN = 0.3
# The cosine of 20 degrees.
_ONE_DIRECTION = 0.94
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+")
_APOSTROPHES = re.compile(r"[+-]?[1-9]\d{0,2}(?:['\u2019]\d{3})+")
_PLACES = {
    *("left", "right", "l", "r", "ankle", "wrist", "foot", "leg", "shank", "thigh", "hand", "arm"),
    *("hip", "waist", "chest", "head", "lw", "rw", "la", "ra", "ll", "rl", "lf", "rf"),
    *("lt", "rt", "links", "rechts", "gauche", "droite", "izquierda", "derecha", "sinistra"),
    *("destra", "back", "trunk", "sternum", "torso", "knee", "heel", "toe", "forearm", "finger"),
    *("ear", "neck", "upper", "lower", "front", "rear", "top", "bottom", "inner", "outer"),
    *("proximal", "distal", "medial", "lateral", "pocket", "belt", "pillow", "mattress", "bed"),
    *("dominant", "nondominant", "non", "dom", "nondom", "affected", "unaffected"),
    *("primary", "secondary", "main", "reference", "ref", "first", "second", "one", "two"),
    *("master", "slave", "parent", "child", "patient", "partner"),
    # A device stands for the place where it is worn.
    *("phone", "watch", "smartphone", "smartwatch", "iphone", "android", "band", "ring", "tag"),
    *("headphone", "headphones", "earbud", "strap", "actigraph", "axivity", "geneactiv"),
    *("garmin", "polar", "empatica", "movesense", "shimmer", "fitbit", "apple"),
}
# Letters of other sensors beside that of the acceleration.
_SENSOR_LETTERS = {"g", "m", "w", "r", "l"}


def choose_axes(name: str, table: Table, exporter: Exporter) -> AxisGroup:
    """Return the three columns of acceleration; raise RecordingError where there are none."""
    if exporter.axes is not None:
        names = [column.lower() for column in table.names]
        x, y, z = (names.index(axis.lower()) for axis in exporter.axes)
        return AxisGroup(x, y, z, "", exporter.unit, exporter.gravity, (), named=True)
    if not any(table.names):
        return _unnamed_axes(name, table)
    groups = axis_groups(table.names, table.units)
    if not groups:
        found = ", ".join(n for n in table.names if n)
        raise RecordingError(
            f"{name}: no column holds x acceleration; found {found}: give a file with three "
            "columns of acceleration, named for example x, y, z"
        )
    best = groups[0]
    twin = next((group for group in groups[1:] if _are_twins(table, best, group)), None)
    if twin is not None:
        both = f"{table.names[best.x]}, {table.names[twin.x]}"
        raise RecordingError(
            f"{name}: holds several sensors ({both}): give a file with the columns of one of them"
        )
    return best


def _are_twins(table: Table, one: AxisGroup, other: AxisGroup) -> bool:
    """Whether names differ in the place of the sensor, its number or its letter alone.

    A sensor A beside a sensor B is no acceleration beside something else if both feel gravity.
    """
    differing = set(one.key.split()) ^ set(other.key.split())
    if not differing or not all(
        word in _PLACES or word.isdigit() or len(word) == 1 for word in differing
    ):
        return False
    if one.rank[:-1] == other.rank[:-1]:
        return True
    is_lettered = "a" in differing and len(differing) == 2 and not differing & _SENSOR_LETTERS
    return is_lettered and one.rank[0] == other.rank[0] and _are_of_a_size(table, one, other)


def _are_of_a_size(table: Table, one: AxisGroup, other: AxisGroup) -> bool:
    """Whether the middle sizes of two groups of axes are as near as two sensors of gravity are."""
    first, second = (float(np.linalg.norm(_middle(table, group))) for group in (one, other))
    return abs(first - second) < _SIZES_WITHIN * max(first, second)


def _middle(table: Table, group: AxisGroup) -> FloatArray:
    """Return the middle (3,) of three axes; NaN where no row has all of them."""
    axes = np.array([table.numbers(at) for at in (group.x, group.y, group.z)])
    known = axes[:, np.isfinite(axes).all(axis=0)]
    return np.median(known, axis=1) if known.size else np.full(3, np.nan)


def other_sensor_warnings(table: Table, group: AxisGroup) -> Iterator[tuple[str, str]]:
    """Yield which axes beside those that are read feel gravity too, from another direction."""
    if not group.named:
        return
    for other in axis_groups(table.names, table.units):
        if other.x == group.x or other.rank[:2] != group.rank[:2]:
            continue
        one, two = _middle(table, group), _middle(table, other)
        sizes = np.linalg.norm(one) * np.linalg.norm(two)
        if _are_of_a_size(table, group, other) and one @ two < _ONE_DIRECTION * sizes:
            x, y, z = axis_names(table, group)
            yield (
                "several_sensors",
                f"{x}, {y} and {z} are read; {axis_names(table, other)[0]} is of another sensor, "
                "or turned: where that is the one, give a file with it alone",
            )
            return


def _unnamed_axes(name: str, table: Table) -> AxisGroup:
    """Take the first three columns beside each other that are numbers and do not only grow."""
    columns = [np.array(table.numbers(i)) for i in range(table.dialect.n_columns)]
    usable = [bool(np.isfinite(c).mean() > 0.5) and not _only_grows(c) for c in columns]
    # A label, a person, a rate: few whole numbers before three columns of fractions are no axis.
    fractions = [not np.all(c[np.isfinite(c)] % 1 == 0) for c in columns]
    for x in range(len(columns) - 3):
        is_label = not fractions[x] and np.unique(columns[x]).size <= _MOST_LABELS
        three = columns[x + 1 : x + 4]
        are_three = usable[x] and all(usable[x + 1 : x + 4])
        if are_three and (
            (is_label and all(fractions[x + 1 : x + 4])) or _is_size(columns[x], three)
        ):
            usable[x] = False
    triples = [x for x in range(len(columns) - 2) if all(usable[x : x + 3])]
    if triples:
        x = triples[0]
        if x + 3 in triples and _spread(columns[x : x + 3]) > _RESTLESS:
            # Turning has no size of its own; what stands beside it has that of gravity.
            x += 3 * (_spread(columns[x + 3 : x + 6]) < _STEADY)
        return AxisGroup(x, x + 1, x + 2, "", None, None, (), named=False)
    raise RecordingError(
        f"{name}: no column holds x acceleration: of {table.dialect.n_columns} columns without "
        "names no three beside each other could be axes"
    )


def _is_size(values: FloatArray, columns: Sequence[FloatArray]) -> bool:
    """Whether values (n,) are the size of the vectors in three columns."""
    off = np.abs(values - np.linalg.norm(columns, axis=0))
    return bool(np.nanmedian(off) < _SIZE_WITHIN * np.nanmedian(np.abs(values)))


def _spread(columns: Sequence[FloatArray]) -> float:
    """Return how far the sizes of vectors differ, as a share of the middle one."""
    quarter, middle, rest = np.nanpercentile(np.linalg.norm(columns, axis=0), [25, 50, 75])
    return float((rest - quarter) / middle) if middle > 0 else np.inf


def _only_grows(values: FloatArray) -> bool:
    steps = np.diff(values[np.isfinite(values)])
    grows = steps.size > 2 and np.mean(steps < 0) < 0.05 and np.mean(steps > 0) > 0.5
    return bool(grows) or goes_back_often(values)


def refuse_thousands(name: str, table: Table, group: AxisGroup, *, are_counts: bool) -> None:
    """Raise RecordingError where marks between thousands would be taken for decimal marks.

    They stand in all numbers from 1000 on and in no other; decimals come in small ones too.
    """
    cells = [cell for at in (group.x, group.y, group.z) for cell in table.column(at)]
    swiss = next((cell for cell in cells if _APOSTROPHES.fullmatch(cell)), None)
    if swiss is not None:
        raise RecordingError(
            f"{name}: numbers such as {swiss} have a mark between thousands: export it without"
        )
    marked = [cell for cell in cells if "," in cell or "." in cell]
    large = any(cell.lstrip("+-").isdigit() and len(cell.lstrip("+-")) > 2 for cell in cells)
    if marked and (large or are_counts) and all(map(_THOUSANDS.fullmatch, marked)):
        raise RecordingError(
            f"{name}: numbers such as {marked[0]} have a mark between thousands, which may be "
            "taken for a decimal mark: export it without"
        )


def axis_names(table: Table, group: AxisGroup) -> tuple[str, str, str]:
    """Return what messages call the columns of x, y and z."""
    x, y, z = (table.names[at] or f"column {at + 1}" for at in (group.x, group.y, group.z))
    return x, y, z


def require_axes(name: str, axes: SampleArray, names: Sequence[str]) -> None:
    """Raise RecordingError where axes (3, n) are one axis, or where one of them holds nothing."""
    x, y, z = axes
    are_numbers = np.isfinite(axes).any()
    if (
        are_numbers
        and np.array_equal(x, y, equal_nan=True)
        and np.array_equal(y, z, equal_nan=True)
    ):
        raise RecordingError(
            f"{name}: x, y and z are the same in every row, which no sensor gives: export the "
            "three axes of the acceleration"
        )
    empty = [not np.isfinite(axis).any() for axis in axes]
    if are_numbers and any(empty):
        raise RecordingError(
            f"{name}: {_chosen(names, empty)} holds no number in the first {axes.shape[1]} "
            "rows: export all three axes of the acceleration"
        )


def axis_warnings(axes: SampleArray, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield which of the axes (3, n) never changes."""
    known = axes[:, np.isfinite(axes).all(axis=0)]
    stuck = [bool(np.all(axis == axis[:1])) for axis in known]
    if known.shape[1] > _ENOUGH_ROWS and any(stuck) and not all(stuck):
        which = _chosen(names, stuck)
        yield "axis_stuck", f"{which} never changes: movements along it are not seen"


def _chosen(names: Sequence[str], chosen: Sequence[bool]) -> str:
    return " and ".join(name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen)
