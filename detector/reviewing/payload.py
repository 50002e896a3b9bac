"""What the widget is told, as plain values: words, movements, figures and plots."""

from __future__ import annotations

from typing import Any

from detector.analysis import Analysis, NightResult
from detector.exclusion import Exclusion
from detector.report.figures import Figure, night_figure_dict
from detector.report.signal_figure import window_figure_dict
from detector.report.style import DARK, EXCLUDED, MARKS
from detector.report.texts import clock_text, index_text, night_name, texts
from detector.report.timeline import LABEL_ORDER
from detector.report.traces import TimeAxis
from detector.reviewing.session import Item, Session

_OVERVIEW_PX, _DETAIL_PX = 220, 330
_FONT_PX = 12


def opening(session: Session) -> dict[str, Any]:
    """Return what does not change while the widget is open."""
    analysis, words = session.before, texts()
    axis = TimeAxis(analysis)
    return {
        "words": dict(words["review"]),
        "states": dict(words["states"]),
        "labels": [
            {
                "key": str(label),
                "name": words["labels"][label]["one"],
                "short": words["labels"][label]["short"],
                "colour": MARKS[label][0],
            }
            for label in LABEL_ORDER
        ],
        "excluded": {str(kind): words["excluded"][kind] for kind in Exclusion},
        "excluded_colour": EXCLUDED[0],
        "dark": DARK,
        "source": analysis.recording.source,
        "file": session.log.path.name,
        "nights": [
            {
                "number": night.summary.night,
                "name": night_name(night),
                "start_s": night.context.start_s,
                "stop_s": night.context.stop_s,
            }
            for night in analysis.nights
        ],
        "axis": {"start": axis.at(0.0), "second": axis.step(1.0)},
        "clock_at": None if analysis.recording.start is None else clock_text(analysis, 0.0),
        "length_s": analysis.signal.duration_s,
    }


def items(session: Session) -> dict[str, dict[str, Any]]:
    """Return the movements by their keys, in order of onset."""
    return {item.key: _item(session, item) for item in session.items}


def _item(session: Session, item: Item) -> dict[str, Any]:
    analysis = session.analysis if item.is_there else session.before
    clock = clock_text(analysis, item.onset_s, with_seconds=True)
    return {
        "key": item.key,
        "onset_s": round(item.onset_s, 3),
        "duration_s": round(item.duration_s, 3),
        "night": item.night,
        "state": item.state,
        "label": item.label,
        "reason": item.reason,
        "how": item.how,
        "note": item.note,
        "doubt": round(item.doubt, 3),
        "clock": clock,
        "hour": clock.partition(":")[0],
        "peak_mg": round(1000 * analysis.movements[item.index].movement.peak_g),
    }


def figures(session: Session) -> list[dict[str, Any]]:
    """Return for each night how far it is reviewed, and its figures found and as they are now."""
    pairs = zip(session.before.nights, session.analysis.nights, strict=True)
    return [_figures(before, now) for before, now in pairs]


def _figures(before: NightResult, now: NightResult) -> dict[str, Any]:
    words = texts()
    found = {**_counts(before), **_indices(before)}
    rows = [
        {"name": name, "found": found[name], "now": value}
        for name, value in {**_counts(now), **_indices(now)}.items()
    ]
    review = now.review
    said, changed = "", ""
    if review is not None:
        form = words["review"]["progress_by" if review.reviewers else "progress"]
        by = ", ".join(review.reviewers)
        said = form.format(reviewed=review.reviewed, of=review.of, by=by)
        changed = words["review"]["changed"].format(
            relabelled=review.relabelled, deleted=review.deleted, added=review.added
        )
    basis = words["basis"].get(now.summary.basis, now.summary.basis)
    hours = f"{now.summary.hours['sleep']:.1f}"
    return {
        "rows": rows,
        "progress": said,
        "changed": changed,
        "basis": words["review"]["hours_basis"].format(hours=hours, basis=basis),
    }


def _counts(night: NightResult) -> dict[str, str]:
    words = texts()
    return {
        words["labels"][label]["name"]: words["review"]["none"] if count is None else str(count)
        for label in LABEL_ORDER
        for count in (night.summary.counts[label],)
    }


def _indices(night: NightResult) -> dict[str, str]:
    return {
        texts()["indices"][name]["short"]: index_text(name, index)
        for name, index in night.summary.indices.items()
    }


def overview(session: Session, night: int) -> Figure:
    """Return the plot of a night (counted from 0) without its posture, and with what is deleted."""
    whole = night_figure_dict(session.analysis, night)
    marks = {*map(str, LABEL_ORDER), "excluded"}
    kept = [
        trace | {"showlegend": trace["meta"] in marks and bool(trace["x"])}
        for trace in whole["data"]
        if trace.get("yaxis") != "y3"
    ]
    layout = {name: part for name, part in whole["layout"].items() if name != "yaxis3"}
    layout |= {
        "height": _OVERVIEW_PX,
        "font": layout["font"] | {"size": _FONT_PX},
        "margin": {"l": 62, "r": 12, "t": 26, "b": 34},
        "xaxis": {k: v for k, v in layout["xaxis"].items() if k != "title"} | {"anchor": "y2"},
        "yaxis": layout["yaxis"] | {"domain": [0.14, 1]},
        "yaxis2": layout["yaxis2"] | {"domain": [0, 0.1]},
    }
    gone = [item for item in session.items if not item.is_there and item.night == night + 1]
    return {"data": [*kept, _deleted(session, gone)], "layout": layout}


def _deleted(session: Session, gone: list[Item]) -> Figure:
    movements = session.before.movements
    return {
        "type": "scatter",
        "name": texts()["review"]["deleted"],
        "meta": "deleted",
        "mode": "markers",
        "x": TimeAxis(session.before).places([item.onset_s for item in gone]),
        "y": [round(1000 * movements[item.index].movement.peak_g, 2) for item in gone],
        "hoverinfo": "skip",
        "showlegend": bool(gone),
        "marker": {"color": EXCLUDED[0], "symbol": "x-thin-open", "size": 8},
    }


def detail(analysis: Analysis, start_s: float, stop_s: float, origin_s: float) -> Figure:
    """Return the signal of a span, as the page shows it around a movement."""
    figure = window_figure_dict(analysis, start_s, stop_s, origin_s)
    figure["layout"] |= {
        "height": _DETAIL_PX,
        "font": figure["layout"]["font"] | {"size": _FONT_PX},
        "margin": {"l": 62, "r": 12, "t": 26, "b": 40},
        "hovermode": False,
        "dragmode": "pan",
    }
    return figure
