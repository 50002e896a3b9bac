"""The page of many nights: one HTML file that runs no script and needs no network."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from detector import __version__
from detector.report.templating import templates
from detector.report.texts import texts as report_texts
from detector.trend.diary import Diary
from detector.trend.drawing import chart
from detector.trend.nights import PersonNights
from detector.trend.overview import Overview
from detector.trend.texts import figure_name, figure_unit, texts
from detector.trend.view import spread_sentence, trend_sentence, trend_view


def trend_page_html(
    name: str,
    nights: PersonNights,
    found: Overview,
    diary: Diary | None = None,
    links: Mapping[str, str] | None = None,
) -> str:
    """Return the page of the nights of `name`; `links` are addresses of reports by result."""
    words = texts()["view"]
    figure = figure_unit(nights.figure)
    return (
        templates("detector.trend", "detector.report")
        .get_template("trend.html.j2")
        .render(
            language=report_texts()["language"]["code"],
            t=words,
            view=trend_view(name, nights, found, diary, links),
            chart=chart(nights, found, diary),
            figure=figure[0].upper() + figure[1:],
            figure_name=figure_name(nights.figure),
            through_time=trend_sentence(nights, found),
            spread=spread_sentence(nights, found),
            next_plan=_with_code(words["next_plan"]),
            version=__version__,
        )
    )


def _with_code(text: str) -> Markup:
    """Return a sentence with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
