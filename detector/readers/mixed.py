"""Tables in which rows of several sensors follow each other: which rows are the acceleration's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..errors import RecordingError
from .columns import STANDARD_GRAVITY_MS2, AxisGroup, names_a_clock, sensor_named, words
from .table import Table

_JUDGED_ROWS = 1000
_MOST_SENSORS = 12
# Rows of sensors alternate; a label that the wearer set stays for long.
_LEAST_CHANGES = 0.1
_SENSOR_WORDS = {"sensor", "type", "device", "source", "id", "channel", "axis", "kind", "name"}
# How much of the spread of the axes is between two kinds of rows where these are of two sensors.
_BETWEEN = 0.8
# TYPE_ACCELEROMETER of Android, which writes m/s².
_ANDROID_ACCELEROMETER = "1"
_NEAR_GRAVITY = 0.25


def rows_of_acceleration(name: str, table: Table) -> tuple[int, str] | None:
    """Return the column that names each row's sensor, and what it says of the acceleration.

    None where no column does. Raises RecordingError where all rows are of other sensors, or those
    of two accelerometers are mixed.
    """
    for column, values in _alternating(table):
        named = {value: sensor_named(value) for value in values}
        known = {value: one for value, one in named.items() if one.kind != "unknown"}
        found = {v: (one.is_linear, one.is_uncalibrated) for v, one in known.items()
                 if one.kind == "acceleration"}  # fmt: skip
        if len(known) < len(values) and not found:
            if _is_android(table, column, values):
                return column, _ANDROID_ACCELEROMETER
            continue
        if not found:
            raise RecordingError(
                f"{name}: holds {' and '.join(values[:3])}, no acceleration: give a file with rows "
                "of the accelerometer"
            )
        best = min(found.values())
        chosen = [value for value in found if found[value] == best]
        if len(chosen) > 1:
            raise _mixed(name, table, column, chosen)
        return (column, chosen[0]) if len(values) > 1 else None
    return None


def refuse_mixed(name: str, table: Table, group: AxisGroup) -> None:
    """Raise RecordingError where rows of several sensors, which nothing names, are mixed."""
    for column, values in _alternating(table):
        if len(values) < 2 or column in (group.x, group.y, group.z):
            continue
        axes = np.array([table.numbers(at) for at in (group.x, group.y, group.z)])
        axes = axes[:, :_JUDGED_ROWS]
        cells = np.array(table.column(column)[:_JUDGED_ROWS])
        known = np.isfinite(axes).all(axis=0)
        if not known.any():
            continue
        total = axes[:, known].var(axis=1).sum()
        within = sum(
            float(known[cells == value].sum()) * axes[:, known & (cells == value)].var(axis=1).sum()
            for value in values
            if (known & (cells == value)).any()
        )
        if total > 0 and within < (1 - _BETWEEN) * total * known.sum():
            raise _mixed(name, table, column, values)


def _alternating(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yield columns of a few words or codes that change from row to row, or are one sensor's name.

    With them comes what they say, in order.
    """
    has_header = any(table.names)
    for column, title in enumerate(table.names):
        cells = table.column(column)[:_JUDGED_ROWS]
        values = list(dict.fromkeys(cells))
        if not 1 <= len(values) <= _MOST_SENSORS or "" in values or names_a_clock(title):
            continue
        are_words = not any(map(table.dialect.is_number, values))
        is_named = not _SENSOR_WORDS.isdisjoint(words(title))
        if not (are_words or is_named or (not has_header and column == 0)):
            continue
        changes = sum(one != other for one, other in pairwise(cells))
        if changes >= _LEAST_CHANGES * len(cells) or (len(values) == 1 and are_words):
            yield column, values


def _is_android(table: Table, column: int, values: list[str]) -> bool:
    """Whether a column holds Android's numbers of sensors, as the size of gravity shows."""
    if _ANDROID_ACCELEROMETER not in values or not all(value.isdigit() for value in values):
        return False
    if {"type", "sensor"}.isdisjoint(words(table.names[column])):
        return False
    rows = [row for row in table.rows if row[column] == _ANDROID_ACCELEROMETER]
    numbers = np.array([[table.dialect.number(cell) for cell in row] for row in rows])
    sizes = [np.sqrt((numbers[:, at : at + 3] ** 2).sum(axis=1)) for at in range(len(rows[0]) - 2)]
    near = [abs(np.median(s) / STANDARD_GRAVITY_MS2 - 1) < _NEAR_GRAVITY for s in sizes]
    return any(near)


def _mixed(name: str, table: Table, column: int, values: list[str]) -> RecordingError:
    title = table.names[column] or column + 1
    return RecordingError(
        f"{name}: rows of several sensors are mixed (column {title}: {', '.join(values[:4])}): "
        "give a file with the rows of one accelerometer"
    )
