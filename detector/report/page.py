"""The page: one HTML file that needs no network, and says so to the browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.pipeline import Analysis, NightResult
from detector.report.figures import Figure, night_figure_dict
from detector.report.style import EXCLUDED, MARKS
from detector.report.texts import texts
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import TimeAxis, envelope_extremes_mg
from detector.report.view import (
    criteria_view,
    guidance_view,
    night_view,
    overview_table,
    quality_view,
    shared_notes,
    sources_view,
    technical_view,
)

# Values of the close view over all nights; many movements take of it, so that the page stays below
# 8 MB, and each night keeps some
_DETAIL_VALUES, _VALUES_PER_MOVEMENT, _LEAST_VALUES = 1_500_000, 200, 30_000
_DETAIL_LEAST_MG, _DETAIL_RATIO = 0.5, 1.037  # one byte: 0.5 mg to 5 g in steps of 3.7 %


def page_html(analysis: Analysis, *, command: str, notes: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page of an analysis as one string; see `page_parts`."""
    return "".join(page_parts(analysis, command=command, notes=notes))


def page_parts(
    analysis: Analysis, *, command: str, notes: Sequence[tuple[str, str]] = ()
) -> Iterator[str]:
    """Return the page of an analysis in pieces, so that it need not be in memory as a whole.

    `command` is shown as what made it; `notes` are (what, text), as the person wrote them down.
    """
    scripts = (_plotly_script(), _page_script())
    template = _environment().get_template("report.html.j2")
    shared = shared_notes(analysis)
    nights = [night_view(analysis, i, set(shared)) for i in range(len(analysis.nights))]
    return template.generate(
        t=texts(),
        labels=LABEL_ORDER,
        policy=content_security_policy(scripts),
        scripts=[Markup(script) for script in scripts],  # our own, and plotly's
        data=Markup(as_data_block(_plot_data(analysis, nights))),  # escaped there
        recording=analysis.recording,
        hours=analysis.signal.duration_s / 3600,
        version=analysis.version,
        command=command,
        nights=nights,
        notes=[(texts()["notes"].get(what, what), text) for what, text in notes],
        overview=overview_table(analysis),
        guidance=guidance_view(analysis),
        sources=sources_view(analysis),
        quality=quality_view(analysis),
        criteria=criteria_view(analysis),
        technical=technical_view(analysis),
    )


def content_security_policy(scripts: Sequence[str]) -> str:
    """Return the policy that lets these scripts run and nothing else load."""
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def as_data_block(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("detector.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _plotly_script() -> str:
    # The file that plotly.offline.get_plotlyjs gives, without the import of plotly
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("No module named 'plotly'", name="plotly")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return _inline(path.read_text(encoding="utf-8"))


@cache
def _page_script() -> str:
    script = files(__package__).joinpath("templates/report.js").read_text(encoding="utf-8")
    return _inline(script)


def _inline(script: str) -> str:
    """Return a script as a browser sees it within a page, whose hash has to fit."""
    if re.search("</script|<!--", script, re.IGNORECASE):
        raise ValueError("a script would end its own element in the page")
    return script.replace("\r\n", "\n").replace("\r", "\n")


def _plot_data(analysis: Analysis, nights: Sequence[Any]) -> dict[str, Any]:
    words = texts()
    colours = {str(label): mark[0] for label, mark in MARKS.items()} | {"excluded": EXCLUDED[0]}
    left = _DETAIL_VALUES - _VALUES_PER_MOVEMENT * len(analysis.movements)
    budget = max(_LEAST_VALUES, left // len(analysis.nights))
    return {
        "colours": colours,
        "texts": {name: words["page"][name] for name in ("shown", "picked", "column_number")},
        "nights": [
            {
                "key": view.key,
                "night": _without_texts(night_figure_dict(analysis, index)),
                "detail": _detail(analysis, analysis.nights[index], budget),
                "charts": {chart.key: chart.figure for chart in view.charts},
            }
            for index, view in enumerate(nights)
        ],
    }


def _without_texts(figure: Figure) -> Figure:
    """Return the plot without what its marks say: the page takes that from the table's rows."""
    return figure | {
        "data": [{k: v for k, v in trace.items() if k != "text"} for trace in figure["data"]]
    }


def _detail(analysis: Analysis, night: NightResult, budget: int) -> dict[str, Any]:
    """Return the envelope of a night for close views: a byte a value on a scale of logarithms.

    0 is no data. Where the whole would pass the budget each value is the greatest of a block.
    """
    context, hz = night.context, analysis.signal.hz
    _, high, size = envelope_extremes_mg(analysis, context.start_s, context.stop_s, budget)
    level = np.log(np.maximum(high, _DETAIL_LEAST_MG) / _DETAIL_LEAST_MG) / np.log(_DETAIL_RATIO)
    coded = np.where(np.isnan(level), 0, np.clip(np.rint(level) + 1, 1, 255)).astype(np.uint8)
    axis = TimeAxis(analysis)
    return {
        "start": axis.at(context.start_s),
        "step": axis.step(size / hz),
        "second": axis.step(1.0),
        "start_s": context.start_s,
        "least": _DETAIL_LEAST_MG,
        "ratio": _DETAIL_RATIO,
        "values": base64.b64encode(coded.tobytes()).decode("ascii"),
    }
