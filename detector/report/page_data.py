"""What the page's script draws from: one block of JSON, within what the page may weigh."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.export import movements_csv
from detector.pipeline import Analysis
from detector.raw_samples import RawSource
from detector.report.figures import Figure, night_figure_dict
from detector.report.pieces import (
    COARSE_LEAST_MG,
    COARSE_RATIO,
    FINE_LEAST_MG,
    FINE_RATIO,
    in_base64,
    low_rate_pieces,
    night_levels,
    onsets_s,
    raw_pieces,
    weakest_first,
)
from detector.report.signal_figure import movement_figure_dict
from detector.report.style import EXCLUDED, MARKS
from detector.report.texts import texts
from detector.report.timeline import LABEL_ORDER
from detector.report.view import NightView

_LOW_RATE_SHARE = 0.45  # of what is left, for pieces at a low rate; a sixth of the page at most
_LOW_RATE_BYTES = 900_000
KINDS = (*LABEL_ORDER, "excluded")
STATES_SAID = ("sleep", "wake", "unknown")
_FILLED_BY_THE_SCRIPT = frozenset({"x", "y", "x0", "dx", "text", "customdata"})


def page_data(
    analysis: Analysis, nights: Sequence[NightView], raw: Sequence[RawSource], room_bytes: int
) -> str:
    """Return the block: figures, levels and pieces of signal, and movements.csv in it.

    `room_bytes` is what it may take: pieces of signal are made coarser and fewer to keep to it.
    """
    words = texts()
    found: dict[str, Any] = {
        "texts": words["script"],
        "kinds": [str(kind) for kind in KINDS],
        "states": STATES_SAID,
        "colours": {str(label): mark[0] for label, mark in MARKS.items()}
        | {"excluded": EXCLUDED[0]},
        "names": {str(label): words["labels"][label]["one"] for label in MARKS},
        "codes": {
            "coarse": [COARSE_LEAST_MG, COARSE_RATIO],
            "fine": [FINE_LEAST_MG, FINE_RATIO],
        },
        "hz": round(analysis.recording.hz, 4),
        "movements": _movements(analysis),
        "movement": _skeleton(movement_figure_dict(analysis, 0)) if analysis.movements else None,
        "csv": _packed(movements_csv(analysis)),
        "nights": [
            {
                "key": view.key,
                "night": _skeleton(night_figure_dict(analysis, index)),
                "levels": night_levels(analysis, analysis.nights[index]),
                "charts": {
                    chart.key: _skeleton(chart.figure) if chart.key == "course" else chart.figure
                    for chart in view.charts
                },
            }
            for index, view in enumerate(nights)
        ],
    }
    left = room_bytes - len(as_data_block(found))
    order = weakest_first(analysis)
    low_rate = max(0, min(_LOW_RATE_BYTES, int(_LOW_RATE_SHARE * left)))
    for index, night in enumerate(found["nights"]):
        share = low_rate // len(nights)
        night["pieces"] = low_rate_pieces(analysis, analysis.nights[index], order, share)
        left -= len(json.dumps(night["pieces"]))
    pieces = raw_pieces(analysis, raw, order, max(0, left))
    found["raw"] = {str(index + 1): piece for index, piece in pieces.items()}
    return as_data_block(found)


def as_data_block(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _packed(text: str) -> str:
    """Return text as base64 of what zlib packed: a browser unpacks it to the very bytes."""
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 6)).decode("ascii")


def _skeleton(figure: Figure) -> Figure:
    """Return a figure whose traces have their names and styles, but states and turns no values.

    The script fills them for what is in view, from levels, pieces and movements.
    """
    kept = ("state_", "turn")
    return figure | {
        "data": [
            trace
            if trace["meta"].startswith(kept)
            else {k: v for k, v in trace.items() if k not in _FILLED_BY_THE_SCRIPT}
            for trace in figure["data"]
        ]
    }


def _movements(analysis: Analysis) -> dict[str, str]:
    """Return what the script needs of each movement, in the order of movements.csv, as base64.

    Seconds are in ms, accelerations in hundredths of mg; 0 is no interval, and no series.
    """
    found = analysis.movements
    onset_g, offset_g = analysis.detection.thresholds_at(onsets_s(analysis))
    whole: dict[str, npt.ArrayLike] = {
        "onset": [1e3 * m.movement.onset_s for m in found],
        "duration": [1e3 * m.movement.duration_s for m in found],
        "peak": [1e5 * m.movement.peak_g for m in found],
        "begins": 1e5 * onset_g,
        "ends": 1e5 * offset_g,
        "interval": [1e3 * (m.interval_s or 0.0) for m in found],
    }
    small = {
        "kind": [KINDS.index("excluded" if m.excluded_as else m.label) for m in found],
        "state": [STATES_SAID.index(m.state) for m in found],
    }
    series = np.array([m.series or 0 for m in found], dtype=np.uint16)
    return {
        **{name: _in_whole(values) for name, values in whole.items()},
        **{name: in_base64(np.array(values, dtype=np.uint8)) for name, values in small.items()},
        "series": in_base64(series),
    }


def _in_whole(values: npt.ArrayLike) -> str:
    return in_base64(np.rint(np.asarray(values, dtype=np.float64)).astype(np.uint32))
