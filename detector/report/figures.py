"""The figures of a night as plain dicts that plotly draws, on the page and in a notebook.

They are made without plotly itself, whose checks of every value cost more than the analysis.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from detector.classification import ClassifiedMovement
from detector.intervals import clip, total
from detector.pipeline import Analysis, NightResult
from detector.report.signal_figure import movement_figure_dict
from detector.report.style import EXCLUDED, LEGEND, MARKS, SERIES, STATES, base_layout
from detector.report.texts import axis_start, clock_text, counted, texts
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import (
    TimeAxis,
    blocks_of,
    envelope_extremes_mg,
    linked_intervals,
    night_movements,
    night_states,
    packed,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

Figure = dict[str, Any]
_ENVELOPE_BLOCKS = 3000
_POSTURE_POINTS = 1500
_THRESHOLD_POINTS = 1000
_LEAST_MG = 0.5  # the bottom of the logarithmic axis; below it is no sensor's noise
_BIN_S, _LAST_BIN_S = 2.0, 90.0
# The buttons by which plotly sends a chart to its makers, as its versions call them
_SHARING = ["sendChartToCloud", "sendDataToCloud"]
_TURN_G = 1.3  # where turns are marked: above all that posture reaches


def night_figure(analysis: Analysis, night: int = 0) -> go.Figure:
    """Return the plot of one night (counted from 0) as a plotly figure."""
    return _plotly(night_figure_dict(analysis, night))


def movement_figure(analysis: Analysis, movement: int) -> go.Figure:
    """Return the signal around one movement (counted from 0) as a plotly figure."""
    return _plotly(movement_figure_dict(analysis, movement))


def interval_figure(analysis: Analysis, night: int = 0) -> go.Figure:
    """Return the histogram of intervals of one night as a plotly figure."""
    return _plotly(interval_figure_dict(analysis, night))


def hours_figure(analysis: Analysis, night: int = 0) -> go.Figure:
    """Return the movements per hour through one night as a plotly figure."""
    return _plotly(hours_figure_dict(analysis, night))


def _plotly(figure: Figure) -> go.Figure:
    import plotly.graph_objects as go  # noqa: PLC0415 - slow, and only a notebook needs it

    made = go.Figure(figure)
    made.update_layout(modebar_remove=_SHARING)
    return made


def night_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return the plot of one night: movement with marks and thresholds, states, posture."""
    result, axis, words = analysis.nights[night], TimeAxis(analysis), texts()["plot"]
    context = result.context
    data = [
        *_state_traces(result, axis),
        _envelope_trace(analysis, result, axis),
        _threshold_trace(analysis, result, axis, "threshold"),
        _threshold_trace(analysis, result, axis, "offset_threshold"),
        *_mark_traces(analysis, result, axis),
        *_posture_traces(analysis, result, axis),
        *_turn_traces(analysis, result, axis),
    ]
    top = max((m.peak_g for m in analysis.detection.movements), default=0.0)
    layout = base_layout() | {
        "height": 560,
        "xaxis": axis.layout()
        | {
            "range": axis.places((context.start_s, context.stop_s)),
            "domain": [0, 1],
            "anchor": "y3",
        },
        "yaxis": {
            "type": "log",
            "title": {"text": words["envelope"]},
            "domain": [0.38, 1],
            "range": [np.log10(1.0), float(np.log10(max(200.0, 1500 * top)))],
            "dtick": 1,
            "minor": {"ticks": "outside", "ticklen": 2},
        },
        "yaxis2": {
            "domain": [0.3, 0.35],
            "range": [0, 1],
            "fixedrange": True,
            "visible": False,
        },
        "yaxis3": {
            "title": {"text": words["posture"]},
            "domain": [0, 0.25],
            "range": [-1.15, 1.45],
            "tickvals": [-1, 0, 1],
            "fixedrange": True,
        },
        "shapes": _band_shapes(result, axis),
        "dragmode": "zoom",
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout}


def _envelope_trace(analysis: Analysis, night: NightResult, axis: TimeAxis) -> Figure:
    """Return a line that runs through the least and the greatest value of each block."""
    context, hz = night.context, analysis.signal.hz
    low, high, size = envelope_extremes_mg(
        analysis, context.start_s, context.stop_s, _ENVELOPE_BLOCKS
    )
    line = np.maximum(np.column_stack((low, high)).ravel(), _LEAST_MG)
    return {
        "type": "scatter",
        "name": texts()["plot"]["envelope_trace"],
        "mode": "lines",
        "line": {"width": 1, "color": SERIES["envelope"]},
        "meta": "envelope",
        "x0": axis.at(context.start_s),
        "dx": axis.step(size / hz / 2),
        "y": packed(line),
        "hoverinfo": "skip",
    }


def _threshold_trace(analysis: Analysis, night: NightResult, axis: TimeAxis, name: str) -> Figure:
    context, detection = night.context, analysis.detection
    part = slice(int(context.start_s), int(np.ceil(context.stop_s)))
    onset = name == "threshold"
    level_g = detection.thresholds_of(part)[0 if onset else 1]
    rows, size = blocks_of(1000 * level_g, _THRESHOLD_POINTS)
    return {
        "type": "scatter",
        "name": texts()["plot"][name],
        "mode": "lines",
        "line": {"width": 1.5, "dash": "dash" if onset else "dot", "color": SERIES[name]},
        "meta": name,
        "x0": axis.at(context.start_s),
        "dx": axis.step(float(size)),
        "y": packed(rows[:, 0]),
        "hoverinfo": "skip",
    }


def _mark_traces(analysis: Analysis, night: NightResult, axis: TimeAxis) -> list[Figure]:
    """Return one trace a label: filled marks asleep, open ones awake or unknown."""
    # Those asleep come first: a legend shows the first mark of a trace
    mine = sorted(night_movements(analysis, night), key=lambda one: one[1].state != "sleep")
    traces = []
    for label in LABEL_ORDER:
        found = [(i, m) for i, m in mine if m.label is label and m.excluded_as is None]
        name = texts()["labels"][label]["name"]
        traces.append(_marks(analysis, axis, found, name=name, meta=str(label), style=MARKS[label]))
    left_out = [(i, m) for i, m in mine if m.excluded_as is not None]
    name = texts()["plot"]["excluded_name"]
    return [*traces, _marks(analysis, axis, left_out, name=name, meta="excluded", style=EXCLUDED)]


def _marks(
    analysis: Analysis,
    axis: TimeAxis,
    found: list[tuple[int, ClassifiedMovement]],
    *,
    name: str,
    meta: str,
    style: tuple[str, str],
) -> Figure:
    colour, symbol = style
    symbols = [symbol if m.state == "sleep" else f"{symbol}-open" for _, m in found]
    return {
        "type": "scatter",
        "name": name,
        "mode": "markers",
        "meta": meta,
        "x": axis.places([m.movement.onset_s for _, m in found]),
        "y": [round(1000 * m.movement.peak_g, 2) for _, m in found],
        "customdata": [i + 1 for i, _ in found],
        "text": [_hover(analysis, m) for _, m in found],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": colour,
            "size": 9,
            "symbol": symbols if len(set(symbols)) > 1 else symbols[0] if symbols else symbol,
            "line": {"width": 1.2, "color": colour},
        },
    }


def _hover(analysis: Analysis, one: ClassifiedMovement) -> str:
    name = counted(one.label, 1)[2:]
    if one.excluded_as is not None:
        name = texts()["excluded"][one.excluded_as]
    text: str = texts()["plot"]["mark"].format(
        label=name,
        state=texts()["states"][one.state],
        clock=clock_text(analysis, one.movement.onset_s, with_seconds=True),
        duration=f"{one.movement.duration_s:.1f}",
        peak=f"{1000 * one.movement.peak_g:.0f}",
        reason=one.reason,
    )
    return text


def _state_traces(night: NightResult, axis: TimeAxis) -> list[Figure]:
    """Return the strip of states: one filled outline a state, its spans parted by holes."""
    traces = []
    for state, spans in night_states(night).items():
        x: list[str | float | None] = []
        y: list[int | None] = []
        for start, stop in spans.tolist():
            a, b = axis.at(start), axis.at(stop)
            x += [a, a, b, b, a, None]
            y += [0, 1, 1, 0, 0, None]
        if x:
            traces.append(
                {
                    "type": "scatter",
                    "name": texts()["states"][state],
                    "meta": f"state_{state}",
                    "yaxis": "y2",
                    "mode": "lines",
                    "line": {"width": 0, "color": STATES[state]},
                    "fill": "toself",
                    "fillcolor": STATES[state],
                    "x": x,
                    "y": y,
                    "hoveron": "fills",
                    "hoverinfo": "name",
                }
            )
    return traces


def _band_shapes(night: NightResult, axis: TimeAxis) -> list[Figure]:
    """Return a pale band over all rows where the person was not asleep, or nothing is known."""
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "layer": "below",
            "x0": axis.at(start),
            "x1": axis.at(stop),
            "y0": 0,
            "y1": 1,
            "line": {"width": 0},
            "fillcolor": STATES[state],
            "opacity": 0.16,
        }
        for state, spans in night_states(night).items()
        if state != "sleep"
        for start, stop in spans.tolist()
    ]


def _posture_traces(analysis: Analysis, night: NightResult, axis: TimeAxis) -> list[Figure]:
    if not analysis.signal.gravity_included:
        return []
    context, words = night.context, texts()["plot"]
    part = slice(int(context.start_s), int(np.ceil(context.stop_s)))
    gravity = np.asarray(analysis.signal.gravity_g[part], dtype=np.float64)
    step = max(1, -(-len(gravity) // _POSTURE_POINTS))
    dashes = {"axis_x": "solid", "axis_y": "dash", "axis_z": "dot"}
    return [
        {
            "type": "scatter",
            "name": words[name],
            "meta": name,
            "yaxis": "y3",
            "mode": "lines",
            "line": {"width": 1.4, "dash": dash, "color": SERIES[name]},
            "x0": axis.at(context.start_s + 0.5),
            "dx": axis.step(float(step)),
            "y": packed(gravity[::step, column]),
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for column, (name, dash) in enumerate(dashes.items())
    ]


def _turn_traces(analysis: Analysis, night: NightResult, axis: TimeAxis) -> list[Figure]:
    """Return a mark above the posture at each turn in bed."""
    if not analysis.signal.gravity_included:
        return []
    context = night.context
    turns_s = analysis.detection.turns_s
    mine = turns_s[(turns_s >= context.start_s) & (turns_s < context.stop_s)].tolist()
    return [
        {
            "type": "scatter",
            "name": texts()["plot"]["turn"],
            "meta": "turn",
            "yaxis": "y3",
            "mode": "markers",
            "x": axis.places(mine),
            "y": [_TURN_G] * len(mine),
            "cliponaxis": False,
            "marker": {"color": SERIES["turn"], "symbol": "triangle-down", "size": 8},
            "hovertemplate": "%{x}<extra>%{fullData.name}</extra>",
        }
    ]


def interval_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return the histogram of onset-to-onset intervals asleep, 2 s bins from 0 to 90 s."""
    words = texts()["plot"]
    edges = np.arange(0.0, _LAST_BIN_S + _BIN_S, _BIN_S)
    data = []
    for name, found in linked_intervals(analysis, analysis.nights[night]).items():
        counts, _ = np.histogram([interval_s for _, interval_s in found], edges)
        data.append(
            {
                "type": "bar",
                "name": words[name],
                "meta": name,
                "x": (edges[:-1] + _BIN_S / 2).tolist(),
                "y": counts.tolist(),
                "width": _BIN_S,
                "marker": {"color": SERIES[name]},
                "hovertemplate": "%{y}<extra>%{fullData.name}</extra>",
            }
        )
    layout = base_layout() | {
        "height": 300,
        "barmode": "stack",
        "legend": LEGEND | {"traceorder": "normal"},
        "bargap": 0.05,
        "xaxis": {"title": {"text": words["interval_axis"]}, "range": [0, 90], "dtick": 10},
        "yaxis": {"title": {"text": words["interval_count"]}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def hours_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return movements per hour of sleep in each hour that holds at least a quarter asleep."""
    result, axis, words = analysis.nights[night], TimeAxis(analysis), texts()["plot"]
    context = result.context
    edges = hour_edges(analysis, result)
    asleep_h = np.array(
        [total(clip(context.sleep, a, b)) / 3600 for a, b in pairwise(edges.tolist())]
    )
    shown = np.flatnonzero(asleep_h >= 0.25)
    mine = [m for _, m in night_movements(analysis, result)]
    data = []
    for label in LABEL_ORDER:
        onsets = [
            m.movement.onset_s
            for m in mine
            if m.label is label and m.excluded_as is None and m.state == "sleep"
        ]
        counts = np.histogram(onsets, edges)[0]
        data.append(
            {
                "type": "bar",
                "name": texts()["labels"][label]["name"],
                "meta": str(label),
                "x": axis.places([float(edges[k]) + 1800 for k in shown]),
                "y": [round(float(counts[k] / asleep_h[k]), 2) for k in shown],
                "width": axis.step(3200.0),
                "text": [
                    words["hours_hover"].format(
                        count=int(counts[k]), minutes=round(60 * asleep_h[k])
                    )
                    for k in shown
                ],
                "textposition": "none",
                "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
                "marker": {"color": MARKS[label][0]},
            }
        )
    layout = base_layout() | {
        "height": 300,
        "barmode": "stack",
        "legend": LEGEND | {"traceorder": "normal"},
        "xaxis": axis.layout() | {"range": axis.places((edges[0], edges[-1]))},
        "yaxis": {"title": {"text": words["hours_axis"]}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def hour_edges(analysis: Analysis, night: NightResult) -> npt.NDArray[np.float64]:
    """Return the full hours by the clock around a night, in seconds."""
    start = axis_start(analysis)
    into = 0.0
    if start is not None:
        moment = start + timedelta(seconds=night.context.start_s)
        into = moment.minute * 60 + moment.second + moment.microsecond / 1e6
    first = night.context.start_s - into
    count = max(1, int(np.ceil((night.context.stop_s - first) / 3600)))
    return np.asarray(first + 3600.0 * np.arange(count + 1), dtype=np.float64)
