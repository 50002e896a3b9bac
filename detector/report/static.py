"""The same figures through matplotlib, for papers and for viewers without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detector.pipeline import Analysis
from detector.report.figures import hours_figure_dict, interval_figure_dict
from detector.report.style import EXCLUDED, MARKS, SERIES, STATES
from detector.report.texts import clock_text, counted, night_name, texts
from detector.report.timeline import LABEL_ORDER, full_hours, hour_step
from detector.report.traces import (
    TimeAxis,
    envelope_extremes_mg,
    envelope_mg,
    night_movements,
    night_states,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 2000
_MARKERS = {"triangle-up": "^", "circle": "o", "square": "s", "diamond": "D", "x-thin": "x"}


def static_night(analysis: Analysis, night: int = 0) -> Figure:
    """Return one night (counted from 0): movement, marks by label, sleep and waking."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow

    result, words = analysis.nights[night], texts()
    context = result.context
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    axes = figure.subplots()
    _draw_states(axes, analysis, night)
    low, high, size = envelope_extremes_mg(analysis, context.start_s, context.stop_s, _COLUMNS)
    hours = (context.start_s + np.arange(low.size) * size / analysis.signal.hz) / 3600
    axes.fill_between(hours, low, high, color=SERIES["envelope"], linewidth=0.4, zorder=2)
    for label in LABEL_ORDER:
        _draw_marks(axes, analysis, night, label)
    axes.set_yscale("log")
    axes.set_ylabel(words["plot"]["envelope"])
    axes.set_xlim(context.start_s / 3600, context.stop_s / 3600)
    ticks = full_hours(analysis, result, hour_step((hours[-1] - hours[0]) / 12))
    axes.set_xticks([at / 3600 for at, _ in ticks], [text for _, text in ticks])
    clock = "elapsed_hours" if analysis.recording.start is None else "clock"
    axes.set_xlabel(words["plot"][clock])
    axes.set_title(night_name(result), loc="left")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return figure


def static_movement(analysis: Analysis, movement: int, margin_s: float = 10.0) -> Figure:
    """Return one movement (counted from 0): envelope with thresholds, and acceleration."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow

    one, words = analysis.movements[movement], texts()["plot"]
    m, hz = one.movement, analysis.signal.hz
    first = max(0, round((m.onset_s - margin_s) * hz))
    last = min(analysis.signal.valid.size, round((m.offset_s + margin_s) * hz))
    times = np.arange(first, last) / hz - m.onset_s
    figure = Figure(figsize=(7, 4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(times, envelope_mg(analysis, first / hz, last / hz), color=SERIES["envelope"])
    second = np.minimum(np.arange(first, last) / hz, analysis.detection.noise_floor_g.size - 1)
    for name, level, style in (
        ("threshold", analysis.detection.onset_threshold_g, "--"),
        ("offset_threshold", analysis.detection.offset_threshold_g, ":"),
    ):
        values = 1000 * level[second.astype(np.int64)]
        upper.plot(times, values, style, color=SERIES[name], label=words[name])
    acceleration = np.array(analysis.signal.acceleration_g[first:last], dtype=np.float64)
    acceleration[~np.asarray(analysis.signal.valid[first:last])] = np.nan
    for column, (name, style) in enumerate({"axis_x": "-", "axis_y": "--", "axis_z": ":"}.items()):
        lower.plot(times, acceleration[:, column], style, color=SERIES[name], label=words[name])
    colour = MARKS[one.label][0] if one.excluded_as is None else EXCLUDED[0]
    for axes, title in ((upper, words["envelope"]), (lower, words["acceleration"])):
        axes.axvspan(0, m.duration_s, color=colour, alpha=0.15, linewidth=0)
        axes.set_ylabel(title)
        axes.legend(loc="upper right", frameon=False, fontsize=8)
    upper.set_yscale("log")
    lower.set_xlabel(words["seconds"])
    clock = clock_text(analysis, m.onset_s, with_seconds=True)
    title = words["movement_title"].format(label=counted(one.label, 1)[2:], clock=clock)
    upper.set_title(f"{title}: {one.reason}", loc="left", fontsize=9)
    return figure


def static_intervals(analysis: Analysis, night: int = 0) -> Figure:
    """Return the histogram of one night's intervals asleep."""
    figure, axes = _bars(interval_figure_dict(analysis, night))
    axes.set_xlim(0, 90)
    axes.set_xticks(range(0, 91, 10))
    return figure


def static_hours(analysis: Analysis, night: int = 0) -> Figure:
    """Return the movements by label through one night, for each hour of sleep."""
    figure, axes = _bars(hours_figure_dict(analysis, night))
    context = analysis.nights[night].context
    places = [(at, text) for at, text in full_hours(analysis, analysis.nights[night])]
    axis = TimeAxis(analysis)
    ticks = [_number(axis.at(at)) for at, _ in places]
    axes.set_xticks(ticks, [text for _, text in places])
    axes.set_xlim(_number(axis.at(context.start_s)), _number(axis.at(context.stop_s)))
    return figure


def _bars(made: dict[str, Any]) -> tuple[Figure, Axes]:
    """Return a stacked bar chart as the page's plot has it."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow

    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    first = made["data"][0]
    below = np.zeros(len(first["x"]))
    unit = 1.0 if first["x"] and not isinstance(first["x"][0], str) else 1 / 3_600_000
    for trace in made["data"]:
        heights = np.asarray(trace["y"], dtype=np.float64)
        places = [_number(x) for x in trace["x"]]
        colour = trace["marker"]["color"]
        axes.bar(
            places, heights, trace["width"] * unit, below, color=colour, label=trace["name"], lw=0
        )
        below += heights
    axes.set_xlabel(made["layout"]["xaxis"]["title"]["text"])
    axes.set_ylabel(made["layout"]["yaxis"]["title"]["text"])
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return figure, axes


def _number(place: str | float) -> float:
    """Return a place on a time axis in hours."""
    if not isinstance(place, str):
        return place
    return float(np.datetime64(place, "ms").astype(np.int64)) / 3_600_000


def _draw_states(axes: Axes, analysis: Analysis, night: int) -> None:
    for state, spans in night_states(analysis.nights[night]).items():
        for number, (start, stop) in enumerate((spans / 3600).tolist()):
            name = texts()["states"][state] if number == 0 else None
            strip = {"ymin": 0.0, "ymax": 0.05} if state == "sleep" else {}
            alpha = 0.9 if state == "sleep" else 0.25
            axes.axvspan(
                start, stop, color=STATES[state], alpha=alpha, linewidth=0, label=name, **strip
            )


def _draw_marks(axes: Axes, analysis: Analysis, night: int, label: str) -> None:
    """Draw the marks of a label, open ones for movements awake."""
    found = [
        m
        for _, m in night_movements(analysis, analysis.nights[night])
        if m.label == label and m.excluded_as is None
    ]
    colour, symbol = MARKS[label]
    axes.scatter(
        [m.movement.onset_s / 3600 for m in found],
        [1000 * m.movement.peak_g for m in found],
        s=16,
        marker=_MARKERS[symbol],
        facecolors=[colour if m.state == "sleep" else "none" for m in found],
        edgecolors=colour,
        linewidths=0.9,
        label=texts()["labels"][label]["name"],
        zorder=3,
    )
