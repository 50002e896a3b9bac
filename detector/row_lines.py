r"""The line along which a row of movements shakes the sensor, where no posture is seen.

row        |    |    |    |     one limb, the same way each time: one line
restless   \  /  -  \  |  /     a body that tosses shakes along any

A mattress or a sensor that shakes along one line whatever moves tells nothing by it: that is seen
by what is restless outside the rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detector.criteria import ClassificationCriteria, SeriesCriteria
from detector.filtering import SectionFilter, butterworth_band
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import FloatArray
from detector.series import row_about

_ORDER = 2
_SETTLE_S = 4.0  # until the filter has forgotten that it began
_REST_S = 0.5  # where it begins


def shakes(
    signal: NightSignal, movements: Sequence[Movement], criteria: ClassificationCriteria
) -> list[FloatArray]:
    """Return for each movement (3, 3) how its power parts among the axes, of trace 1.

    A line (3,) of length 1 holds the share `line @ shake @ line` of it. NaN at a gap, and in a
    recording too slow for the band.
    """
    low, high = criteria.line_band_low_hz, criteria.line_band_high_hz
    if signal.hz < 2.2 * high:
        return [np.full((3, 3), np.nan)] * len(movements)
    filter_ = SectionFilter(butterworth_band(_ORDER, low, high, signal.hz))
    return [_shake(signal, movement, filter_) for movement in movements]


def _shake(signal: NightSignal, movement: Movement, filter_: SectionFilter) -> FloatArray:
    unknown = np.full((3, 3), np.nan)
    first, last = int(movement.onset_s * signal.hz), int(np.ceil(movement.offset_s * signal.hz))
    begin = max(0, first - round(_SETTLE_S * signal.hz))
    if not np.all(signal.valid[first:last]):
        return unknown
    gaps = np.flatnonzero(~signal.valid[begin:first])
    begin += int(gaps[-1]) + 1 if gaps.size else 0
    cells = signal.acceleration_g[begin:last].T.astype(np.float64)
    filtered = filter_.from_rest(cells, max(1, round(_REST_S * signal.hz)))
    own = filtered[:, first - begin :]
    power = own @ own.T
    whole = float(np.trace(power))
    return power / whole if whole > 0 else unknown


def on_line_of_row(
    movements: Sequence[Movement],
    given: Sequence[FloatArray],
    criteria: ClassificationCriteria,
    series: SeriesCriteria,
    *,
    alike: npt.NDArray[np.bool_],
    restless: npt.NDArray[np.bool_],
) -> list[int]:
    """Return which of the `restless` (n,) movements shake along the line of the row they stand in.

    `given` (n,) are from `shakes`; `alike` (n,) tells which may be of a row. A line tells only
    where most of a row shares it and few of what is restless outside the rows does.
    """
    powers = np.array(given, dtype=np.float64).reshape(-1, 3, 3)
    known = ~np.isnan(powers[:, 0, 0])
    rows: dict[int, list[int]] = {}
    for index in np.flatnonzero(alike).tolist():
        most = criteria.line_row_members
        before, after = row_about(movements, index, alike & known, series, most)
        if len(before) + len(after) >= most:
            rows[index] = before + after
    inside = np.zeros(len(known), dtype=np.bool_)
    inside[list(rows)] = True
    others = powers[restless & known & ~inside]
    if len(others) < criteria.line_members:
        return []
    out: list[int] = []
    for index in np.flatnonzero(restless & known & inside).tolist():
        of_row = powers[rows[index]]
        line = np.linalg.eigh(of_row.mean(axis=0))[1][:, -1]
        least = criteria.line_power_ratio
        if (
            np.median(_shares(of_row, line)) >= least
            and _shares(powers[[index]], line)[0] >= least
            and np.mean(_shares(others, line) >= least) <= criteria.line_chance_ratio
        ):
            out.append(index)
    return out


def _shares(powers: FloatArray, line: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("i,nij,j->n", line, powers, line), dtype=np.float64)
