"""The charts under a night: what plotly draws, and drawings that stand there until it has.

A drawing's places are in percent of its box, so that it needs no script and prints as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.classification import ClassifiedMovement
from detector.pipeline import Analysis
from detector.report.figures import Figure, hour_edges, hours_figure_dict, interval_figure_dict
from detector.report.picture import percent
from detector.report.series_figures import (
    interval_course_figure_dict,
    interval_log_figure_dict,
    passage_figure_dict,
    restless_figure_dict,
)
from detector.report.texts import clock_text, texts
from detector.report.traces import TimeAxis, linked_intervals

_ROW = 34  # height of a passage's row in a drawing
_HEIGHT = 160


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, in percent of its box."""

    series: str
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One mark of a chart, in percent of its box; `series` says its colour and shape."""

    series: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: what plotly draws, and what stands there until it has.

    `clouds` are (series, path) of many points in a box of 1000 by 1000, `rows` (text, y) names at
    the left, `band` (y, height) a shaded stretch, `zero` the place of an upright line; `first` and
    `last` stand at the ends of the axis, `most` at its top.
    """

    key: str
    title: str
    meaning: str
    figure: Figure
    height: int
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    clouds: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    band: tuple[str, str] | None = None
    zero: str | None = None
    legend: tuple[tuple[str, str], ...] = ()
    first: str = ""
    last: str = ""
    most: str = ""


def night_charts(analysis: Analysis, index: int) -> tuple[Chart, ...]:
    """Return the charts of a night that have something to show."""
    context = analysis.nights[index].context
    ends = (clock_text(analysis, context.start_s), clock_text(analysis, context.stop_s))
    edges = hour_edges(analysis, analysis.nights[index])
    hours = TimeAxis(analysis).places((edges[:-1] + 1800).tolist())
    full = (clock_text(analysis, edges[0]), clock_text(analysis, edges[-1]))
    logs = interval_log_figure_dict(analysis, index)
    seconds = [f"{math.exp(edge):.0f} s" for edge in logs["layout"]["xaxis"]["range"]]
    found = (
        _bars("hours", hours_figure_dict(analysis, index), full, hours),
        _bars("restless", restless_figure_dict(analysis, index), full, hours),
        _course(analysis, index, ends),
        _bars("intervals", interval_figure_dict(analysis, index), ("0 s", "90 s")),
        _bars("logs", logs, (seconds[0], seconds[1])),
        _passages(passage_figure_dict(analysis, index)),
    )
    return tuple(chart for chart in found if chart is not None)


def _word(name: str) -> str:
    return str(texts()["plot"][name])


def _legend(figure: Figure) -> tuple[tuple[str, str], ...]:
    return tuple((trace["meta"], trace["name"]) for trace in figure["data"])


def _bars(
    key: str, figure: Figure, ends: tuple[str, str], places: Sequence[str | float] = ()
) -> Chart | None:
    if not any(any(trace["y"]) for trace in figure["data"]):
        return None
    return Chart(
        key=key,
        title=_word(f"{key}_title"),
        meaning=_word(f"{key}_meaning"),
        figure=figure,
        height=_HEIGHT,
        bars=bar_picture(figure, places),
        legend=_legend(figure),
        first=ends[0],
        last=ends[1],
        most=f"{tallest(figure):.3g}",
    )


def _course(analysis: Analysis, index: int, ends: tuple[str, str]) -> Chart | None:
    """Return the chart of intervals along the night, on a logarithmic scale of seconds."""
    night, series = analysis.nights[index], analysis.criteria.series
    found = linked_intervals(analysis, night)
    values = [interval_s for rows in found.values() for _, interval_s in rows]
    if not values:
        return None
    low, high = math.log(min(*values, 5.0)), math.log(max(*values, 120.0))
    start_s, stop_s = night.context.start_s, night.context.stop_s

    def down(value: float) -> float:
        return (high - math.log(max(value, 1e-3))) / (high - low)

    def path(rows: Sequence[tuple[ClassifiedMovement, float]]) -> str:
        points = {
            (
                round(1000 * (one.movement.onset_s - start_s) / (stop_s - start_s)),
                round(1000 * down(interval_s)),
            )
            for one, interval_s in rows
        }
        return "".join(f"M{x} {y}h0" for x, y in sorted(points))

    figure = interval_course_figure_dict(analysis, index)
    top, bottom = down(series.max_interval_s), down(series.min_interval_s)
    return Chart(
        key="course",
        title=_word("course_title"),
        meaning=_word("course_meaning"),
        figure=figure,
        height=_HEIGHT,
        clouds=tuple((name, path(rows)) for name, rows in found.items()),
        rows=tuple(
            (f"{s} s", percent(down(s))) for s in (10, 30, 90, 600) if low < math.log(s) < high
        ),
        band=(percent(top), percent(bottom - top)),
        legend=_legend(figure),
        first=ends[0],
        last=ends[1],
    )


def _passages(figure: Figure) -> Chart | None:
    names = figure["layout"]["yaxis"]["ticktext"]
    if not names:
        return None
    low, high = figure["layout"]["xaxis"]["range"]

    def across(minutes: float) -> str:
        return percent((minutes - low) / (high - low))

    return Chart(
        key="passages",
        title=_word("passages_title"),
        meaning=_word("passages_meaning"),
        figure=figure,
        height=_ROW * len(names),
        dots=tuple(
            Dot(trace["meta"], across(x), percent((y + 0.65) / len(names)))
            for trace in figure["data"]
            for x, y in zip(trace["x"], trace["y"], strict=True)
        ),
        rows=tuple((name, percent((row + 0.65) / len(names))) for row, name in enumerate(names)),
        zero=across(0.0),
        legend=_legend(figure),
        first=_word("minutes").format(minutes=f"{low:.0f}"),
        last=_word("minutes").format(minutes=f"{high:.0f}"),
    )


def bar_picture(figure: Figure, places: Sequence[str | float] = ()) -> tuple[Bar, ...]:
    """Return the bars of a stacked bar chart whose bars have the places of the first trace.

    `places` are all that the axis has room for, where some have no bar.
    """
    traces = figure["data"]
    axis = list(places) or traces[0]["x"]
    at = [axis.index(x) for x in traces[0]["x"]]
    stack = np.zeros(len(at))
    most = tallest(figure)
    bars = []
    for trace in traces:
        for k, value in enumerate(trace["y"]):
            if value:
                bars.append(
                    Bar(
                        trace["meta"],
                        percent((at[k] + 0.05) / len(axis)),
                        percent(0.9 / len(axis)),
                        percent(1 - (stack[k] + value) / most),
                        percent(value / most),
                    )
                )
                stack[k] += value
    return tuple(bars)


def tallest(figure: Figure) -> float:
    """Return the height of the tallest stack of a bar chart, at least 1."""
    return float(np.sum([trace["y"] for trace in figure["data"]], axis=0).max(initial=1.0))
