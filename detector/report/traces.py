"""What plots and drawings are made of: the time axis, the envelope in blocks, spans of states."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.classification import ClassifiedMovement
from detector.intervals import Spans
from detector.night_signal import NightSignal, stretches
from detector.nights import outside
from detector.pipeline import Analysis, NightResult
from detector.report.texts import axis_start, texts


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Seconds of a recording on an axis: local clock where there is one, else hours."""

    analysis: Analysis

    def at(self, seconds: float) -> str | float:
        """Return the place of one instant."""
        start = axis_start(self.analysis)
        if start is None:
            return round(seconds / 3600, 6)
        return (start + timedelta(seconds=seconds)).isoformat(" ", timespec="milliseconds")

    def places(self, seconds: Sequence[float]) -> list[str | float]:
        """Return the places of several instants."""
        return [self.at(s) for s in seconds]

    def step(self, seconds: float) -> float:
        """Return a length on the axis, in its own unit."""
        return seconds / 3600 if axis_start(self.analysis) is None else 1000 * seconds

    def layout(self) -> dict[str, Any]:
        """Return what plotly has to know of the axis."""
        words = texts()["plot"]
        if axis_start(self.analysis) is None:
            return {"title": {"text": words["elapsed_hours"]}}
        return {
            "type": "date",
            "title": {"text": words["clock"]},
            "hoverformat": "%H:%M:%S",
            "tickformatstops": [
                {"dtickrange": [None, 1000], "value": "%H:%M:%S.%L"},
                {"dtickrange": [1000, 60000], "value": "%H:%M:%S"},
                {"dtickrange": [60000, None], "value": "%H:%M"},
            ],
        }


def night_movements(analysis: Analysis, night: NightResult) -> list[tuple[int, ClassifiedMovement]]:
    """Return the movements of a night with their index in the analysis."""
    number = night.summary.night
    return [(i, m) for i, m in enumerate(analysis.movements) if m.night == number]


def linked_intervals(
    analysis: Analysis, night: NightResult
) -> dict[str, list[tuple[ClassifiedMovement, float]]]:
    """Return the movements asleep that have an interval before them, in a series and others."""
    found: dict[str, list[tuple[ClassifiedMovement, float]]] = {
        "in_series": [],
        "outside_series": [],
    }
    counting = [m for _, m in night_movements(analysis, night) if m.excluded_as is None]
    for before, one in pairwise(counting):
        if one.state == "sleep" and one.interval_s is not None:
            linked = one.series is not None and one.series == before.series
            found["in_series" if linked else "outside_series"].append((one, one.interval_s))
    return found


def packed(values: npt.ArrayLike) -> dict[str, str]:
    """Return values as plotly reads them from base64: 4 bytes each; NaN is a hole in a line."""
    array = np.ascontiguousarray(values, dtype="<f4")
    return {"dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode("ascii")}


def blocks_of(values: npt.NDArray[np.floating], count: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return values (n,) as (blocks, size), NaN at the end, with at most `count` blocks."""
    size = max(1, -(-values.size // count))
    return _rows_of(values, size), size


def _rows_of(values: npt.NDArray[np.floating], size: int) -> npt.NDArray[np.float64]:
    rows = -(-values.size // size)
    padded = np.full(rows * size, np.nan)
    padded[: values.size] = values
    return padded.reshape(rows, size)


def envelope_mg(analysis: Analysis, start_s: float, stop_s: float) -> npt.NDArray[np.float64]:
    """Return (n,) mg, the 0.5 s envelope of a span at the rate of the signal, NaN where invalid."""
    signal = analysis.signal
    return _cells_mg(signal, slice(round(start_s * signal.hz), round(stop_s * signal.hz)))


def _cells_mg(signal: NightSignal, part: slice) -> npt.NDArray[np.float64]:
    values = 1000 * signal.envelope_g[part].astype(np.float64)
    values[~signal.valid[part]] = np.nan
    return values


def envelope_extremes_mg(
    analysis: Analysis, start_s: float, stop_s: float, count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """Return `least_and_most` of the envelope of a span, of which a stretch at a time is read."""
    signal = analysis.signal
    begin, end = round(start_s * signal.hz), min(round(stop_s * signal.hz), len(signal.valid))
    size = max(1, -(-(end - begin) // count))
    parts = [
        _extremes(_rows_of(_cells_mg(signal, slice(begin + first, begin + last)), size))
        for first, last in stretches(end - begin, size)
    ]
    low, high = np.concatenate(parts, axis=1) if parts else np.empty((2, 0))
    return low, high, size


def least_and_most(
    values: npt.NDArray[np.floating], count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """Return the least and the greatest of each block, NaN for an empty one, and its size."""
    rows, size = blocks_of(values, count)
    low, high = _extremes(rows)
    return low, high, size


def _extremes(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (2, k) the least and the greatest of each row (k, size), NaN for an empty one."""
    known = ~np.isnan(rows)
    low = np.where(known, rows, np.inf).min(axis=1)
    high = np.where(known, rows, -np.inf).max(axis=1)
    return np.where(known.any(axis=1), (low, high), np.nan)


def night_states(night: NightResult) -> dict[str, Spans]:
    """Return the spans of each state of a night, gaps among them."""
    context = night.context
    return {
        "sleep": context.sleep,
        "wake": context.wake,
        "off_body": context.off_body,
        "gap": outside(context),
    }
