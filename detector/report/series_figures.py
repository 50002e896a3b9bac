"""How movements follow each other, as plain dicts that plotly draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from detector.classification import Label
from detector.intervals import clip, total
from detector.pipeline import Analysis
from detector.report.figures import Figure, hour_edges
from detector.report.style import LEGEND, MARKS, SERIES, base_layout
from detector.report.texts import clock_text, texts
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import TimeAxis, linked_intervals, night_movements

LN_BIN = 0.1
_SECONDS_SHOWN = (0.5, 1, 2, 5, 10, 20, 50, 90, 200, 600, 1800, 7200)
_LEAST_SLEEP_H = 0.25  # an hour with less sleep has no rate


def interval_course_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return each interval asleep at the moment of the movement that ends it."""
    result, axis, words = analysis.nights[night], TimeAxis(analysis), texts()["plot"]
    context, criteria = result.context, analysis.criteria.series
    shapes = {"in_series": "circle", "outside_series": "circle-open"}
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": words[name],
            "meta": name,
            "x": axis.places([m.movement.onset_s for m, _ in found]),
            "y": [round(interval_s, 2) for _, interval_s in found],
            "marker": {"color": SERIES[name], "symbol": shapes[name], "size": 7},
            "hovertemplate": "%{x}, %{y:.1f} s<extra>%{fullData.name}</extra>",
        }
        for name, found in linked_intervals(analysis, result).items()
    ]
    band = {
        "type": "rect",
        "xref": "paper",
        "layer": "below",
        "x0": 0,
        "x1": 1,
        "y0": criteria.min_interval_s,
        "y1": criteria.max_interval_s,
        "line": {"width": 0},
        "fillcolor": SERIES["in_series"],
        "opacity": 0.12,
    }
    layout = base_layout() | {
        "height": 300,
        "xaxis": axis.layout() | {"range": axis.places((context.start_s, context.stop_s))},
        "yaxis": {
            "type": "log",
            "title": {"text": words["interval_seconds"]},
            "tickvals": list(_SECONDS_SHOWN),
            "ticktext": [f"{s:g}" for s in _SECONDS_SHOWN],
        },
        "shapes": [band],
    }
    return {"data": data, "layout": layout}


def interval_log_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return the histogram of the logarithm of intervals asleep, in bins of 0.1 of ln(s)."""
    words = texts()["plot"]
    found = linked_intervals(analysis, analysis.nights[night])
    logs = {name: np.log([max(s, 0.1) for _, s in rows]) for name, rows in found.items()}
    together = np.concatenate(list(logs.values()))
    first = min(0.0, float(together.min(initial=0.0)))
    last = max(np.log(100.0), float(together.max(initial=0.0)))
    low, high = int(np.floor(first / LN_BIN)), int(np.ceil(last / LN_BIN)) + 1
    edges = LN_BIN * np.arange(low, high + 1)
    data = [
        {
            "type": "bar",
            "name": words[name],
            "meta": name,
            "x": np.round(edges[:-1] + LN_BIN / 2, 3).tolist(),
            "y": np.histogram(values, edges)[0].tolist(),
            "width": LN_BIN,
            "marker": {"color": SERIES[name]},
            "hovertemplate": "%{y}<extra>%{fullData.name}</extra>",
        }
        for name, values in logs.items()
    ]
    shown = [s for s in _SECONDS_SHOWN if edges[0] <= np.log(s) <= edges[-1]]
    layout = base_layout() | {
        "height": 300,
        "barmode": "stack",
        "bargap": 0.05,
        "legend": LEGEND | {"traceorder": "normal"},
        "xaxis": {
            "title": {"text": words["interval_log_axis"]},
            "range": [float(edges[0]), float(edges[-1])],
            "tickvals": [round(float(np.log(s)), 4) for s in shown],
            "ticktext": [f"{s:g}" for s in shown],
        },
        "yaxis": {"title": {"text": words["interval_count"]}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def passage_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return what moved around each passage into sleep, in minutes from it, a row a passage."""
    result, words = analysis.nights[night], texts()["plot"]
    criteria = analysis.criteria.classification
    before_s, after_s = criteria.hypnic_before_onset_s, criteria.hypnic_after_onset_s
    passages = result.context.sleep_onsets_s
    mine = [m for _, m in night_movements(analysis, result) if m.excluded_as is None]
    data = []
    for label in LABEL_ORDER:
        around = [
            (row, (m.movement.onset_s - passage_s) / 60)
            for row, passage_s in enumerate(passages)
            for m in mine
            if m.label is label and -before_s <= m.movement.onset_s - passage_s <= after_s
        ]
        is_jerk = label is Label.HYPNIC_JERK
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": texts()["labels"][label]["name"],
                "meta": str(label),
                "x": [round(minutes, 2) for _, minutes in around],
                "y": [row for row, _ in around],
                "opacity": 1.0 if is_jerk else 0.55,
                "marker": {
                    "color": MARKS[label][0],
                    "symbol": MARKS[label][1],
                    "size": 12 if is_jerk else 7,
                },
                "hovertemplate": "%{x:.1f} min<extra>%{fullData.name}</extra>",
            }
        )
    line = {"type": "line", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
    layout = base_layout() | {
        "height": 150 + 26 * max(1, len(passages)),
        "xaxis": {
            "title": {"text": words["passage_axis"]},
            "range": [-before_s / 60 - 0.3, after_s / 60 + 0.3],
            "dtick": 5,
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": words["passage_rows"]},
            "range": [len(passages) - 0.5, -0.5],
            "tickvals": list(range(len(passages))),
            "ticktext": [clock_text(analysis, passage_s) for passage_s in passages],
            "zeroline": False,
        },
        "shapes": [line | {"line": {"width": 1.5, "dash": "dash", "color": SERIES["envelope"]}}],
    }
    return {"data": data, "layout": layout}


def restless_figure_dict(analysis: Analysis, night: int) -> Figure:
    """Return the minutes of restless activity in each hour by the clock, for an hour asleep."""
    result, axis, words = analysis.nights[night], TimeAxis(analysis), texts()["plot"]
    edges = hour_edges(analysis, result)
    asleep_h = np.array(
        [total(clip(result.context.sleep, a, b)) / 3600 for a, b in pairwise(edges.tolist())]
    )
    restless = [
        m.movement
        for _, m in night_movements(analysis, result)
        if m.label is Label.RESTLESS_ACTIVITY and m.excluded_as is None and m.state == "sleep"
    ]
    minutes = np.histogram(
        [m.onset_s for m in restless], edges, weights=[m.duration_s / 60 for m in restless]
    )[0]
    shown = np.flatnonzero(asleep_h >= _LEAST_SLEEP_H)
    label = Label.RESTLESS_ACTIVITY
    data = [
        {
            "type": "bar",
            "name": texts()["labels"][label]["name"],
            "meta": str(label),
            "x": axis.places([float(edges[k]) + 1800 for k in shown]),
            "y": [round(float(minutes[k] / asleep_h[k]), 2) for k in shown],
            "width": axis.step(3200.0),
            "text": [
                words["restless_hover"].format(
                    minutes=f"{minutes[k]:.1f}", asleep=round(60 * asleep_h[k])
                )
                for k in shown
            ],
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"color": MARKS[label][0]},
        }
    ]
    layout = base_layout() | {
        "height": 300,
        "showlegend": False,
        "xaxis": axis.layout() | {"range": axis.places((edges[0], edges[-1]))},
        "yaxis": {"title": {"text": words["restless_axis"]}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}
