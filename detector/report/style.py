"""Colours and shapes of the figures: told apart by both, also with colour-blind eyes.

The colours are of Okabe and Ito's palette where they reach a contrast of 3 to 1 on white; the
page swaps them for lighter ones of the same palette in the dark (templates/report.js).
"""

from __future__ import annotations

from typing import Any

from detector.classification import Label

MARKS: dict[str, tuple[str, str]] = {
    Label.HYPNIC_JERK: ("#d55e00", "triangle-up"),
    Label.PERIODIC_LIMB_MOVEMENT: ("#0072b2", "circle"),
    Label.RESTLESS_ACTIVITY: ("#008a66", "square"),
    Label.ISOLATED_MOVEMENT: ("#a8518a", "diamond"),
}
EXCLUDED = ("#6b7280", "x-thin")
STATES = {"sleep": "#4f6db8", "wake": "#c98500", "off_body": "#5b616b", "gap": "#8d939c"}
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
SERIES = {
    "envelope": "#5b6470",
    "threshold": "#b0413e",
    "offset_threshold": "#8a6d3b",
    "axis_x": "#0072b2",
    "axis_y": "#d55e00",
    "axis_z": "#008a66",
    "in_series": "#0072b2",
    "outside_series": "#8a8f98",
    "turn": "#5b616b",
}

# Each colour of the figures on a dark ground: lighter ones of the same palette
DARK = {
    "#d55e00": "#ff8b3d",
    "#0072b2": "#56b4e9",
    "#008a66": "#2fc79b",
    "#a8518a": "#e08fc4",
    "#6b7280": "#9aa2ae",
    "#4f6db8": "#6f8cd6",
    "#8a8f98": "#9aa2ae",
    "#8d939c": "#727a86",
    "#5b616b": "#a2a9b4",
    "#c98500": "#e69f00",
    "#5b6470": "#a8b0bc",
    "#b0413e": "#f08c88",
    "#8a6d3b": "#d0b070",
    "#1c2430": "#e6e9ee",
}


def base_layout() -> dict[str, Any]:
    """Return the part of a layout that every figure shares."""
    return {
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#1c2430"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 62, "r": 12, "t": 34, "b": 48},
        "legend": LEGEND,
        "hoverlabel": {"align": "left"},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#6b7280", "activecolor": "#1c2430"},
    }
