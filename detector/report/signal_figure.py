"""The signal of a few seconds as a plain dict that plotly draws: around a movement, or anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detector.analysis import Analysis
from detector.report.style import EXCLUDED, MARKS, SERIES, base_layout
from detector.report.texts import clock_text, counted, texts
from detector.report.traces import envelope_mg, packed

Figure = dict[str, Any]
_LEAST_MG = 0.5  # the bottom of the logarithmic axis; below it is no sensor's noise


def movement_figure_dict(analysis: Analysis, movement: int, margin_s: float = 10.0) -> Figure:
    """Return envelope, thresholds and acceleration from `margin_s` before to as long after."""
    one, words = analysis.movements[movement], texts()["plot"]
    m = one.movement
    figure = window_figure_dict(analysis, m.onset_s - margin_s, m.offset_s + margin_s, m.onset_s)
    colour = MARKS[one.label][0] if one.excluded_as is None else EXCLUDED[0]
    title = words["movement_title"].format(
        label=counted(one.label, 1)[2:], clock=clock_text(analysis, m.onset_s, with_seconds=True)
    )
    band = {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "layer": "below",
        "x0": 0,
        "x1": m.duration_s,
        "y0": 0,
        "y1": 1,
        "line": {"width": 1, "color": colour},
        "fillcolor": colour,
        "opacity": 0.15,
    }
    figure["layout"] |= {"title": {"text": title}, "shapes": [band]}
    return figure


def window_figure_dict(
    analysis: Analysis, start_s: float, stop_s: float, origin_s: float
) -> Figure:
    """Return envelope, thresholds and acceleration of a span, in seconds from `origin_s`."""
    signal, words = analysis.signal, texts()["plot"]
    hz = signal.hz
    first = max(0, round(start_s * hz))
    last = max(first, min(signal.valid.size, round(stop_s * hz)))
    times = np.arange(first, last) / hz - origin_s
    envelope = envelope_mg(analysis, first / hz, last / hz)
    acceleration = np.asarray(signal.acceleration_g[first:last], dtype=np.float64)
    acceleration[~np.asarray(signal.valid[first:last])] = np.nan
    data = [
        _line("envelope_trace", times, np.maximum(envelope, _LEAST_MG), series="envelope", axis="y")
    ]
    levels_g = analysis.detection.thresholds_at(np.arange(first, last) / hz)
    for name, level_g in zip(("threshold", "offset_threshold"), levels_g, strict=True):
        values = 1000 * level_g
        dash = "dash" if name == "threshold" else "dot"
        data.append(_line(name, times, values, series=name, axis="y", dash=dash))
    for column, (name, dash) in enumerate(
        {"axis_x": "solid", "axis_y": "dash", "axis_z": "dot"}.items()
    ):
        data.append(_line(name, times, acceleration[:, column], series=name, axis="y2", dash=dash))
    layout = base_layout() | {
        "height": 420,
        "xaxis": {"title": {"text": words["seconds"]}, "anchor": "y2"},
        "yaxis": {"type": "log", "title": {"text": words["envelope"]}, "domain": [0.45, 1]},
        "yaxis2": {"title": {"text": words["acceleration"]}, "domain": [0, 0.4]},
    }
    return {"data": data, "layout": layout}


def _line(
    name: str,
    times: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    *,
    series: str,
    axis: str,
    dash: str = "solid",
) -> Figure:
    return {
        "type": "scatter",
        "name": texts()["plot"][name],
        "meta": series,
        "mode": "lines",
        "x": packed(times),
        "y": packed(values),
        "yaxis": axis,
        "line": {"width": 1.5, "dash": dash, "color": SERIES[series]},
    }
