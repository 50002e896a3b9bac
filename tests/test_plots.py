"""The figures that Python gives are those of the page, and draw for a paper too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detector.pipeline import Analysis
from detector.report import static
from detector.report.figures import (
    hours_figure_dict,
    interval_figure_dict,
    movement_figure_dict,
    night_figure_dict,
)

PLOTS = {
    "plot_night": night_figure_dict,
    "plot_movement": movement_figure_dict,
    "plot_intervals": interval_figure_dict,
    "plot_hours": hours_figure_dict,
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_what_the_page_shows(long_analysis: Analysis, name: str) -> None:
    plotted: Any = getattr(long_analysis, name)(0)
    made, shown = json.loads(plotted.to_json()), PLOTS[name](long_analysis, 0)
    assert [trace["type"] for trace in made["data"]] == [trace["type"] for trace in shown["data"]]
    assert [trace.get("y") for trace in made["data"]] == [trace.get("y") for trace in shown["data"]]
    assert made["layout"]["yaxis"]["title"] == shown["layout"]["yaxis"]["title"]


@pytest.mark.parametrize("name", PLOTS)
def test_no_plot_has_a_button_that_sends_it_away(long_analysis: Analysis, name: str) -> None:
    removed = getattr(long_analysis, name)(0).layout.modebar.remove
    assert {"sendChartToCloud", "sendDataToCloud"} <= set(removed)


@pytest.mark.parametrize("name", PLOTS)
def test_there_is_no_plot_of_what_is_not_there(long_analysis: Analysis, name: str) -> None:
    with pytest.raises(IndexError):
        getattr(long_analysis, name)(len(long_analysis.movements))


@pytest.mark.parametrize("name", ["static_intervals", "static_hours"])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_bars_draw_for_a_paper(
    long_analysis: Analysis, tmp_path: Path, name: str, suffix: str
) -> None:
    figure = getattr(static, name)(long_analysis)
    figure.savefig(tmp_path / f"figure.{suffix}")
    assert (tmp_path / f"figure.{suffix}").stat().st_size > 2000


def test_bars_of_a_paper_are_as_high_as_those_of_the_page(long_analysis: Analysis) -> None:
    shown = interval_figure_dict(long_analysis, 0)
    heights = [bar.get_height() for bar in static.static_intervals(long_analysis).axes[0].patches]
    assert heights == [y for trace in shown["data"] for y in trace["y"]]
