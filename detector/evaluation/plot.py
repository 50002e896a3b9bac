"""The plot of Bland and Altman as SVG: one panel a measure, a point a night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from detector.evaluation.agreement import Agreement, Span

_WIDTH, _PANEL = 760, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 44, 52
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1c2430 }
.title { font-weight: 600 }
.axis { stroke: #6b7280; stroke-width: 1 }
.zero { stroke: #b0b5bd; stroke-width: 1 }
.line { stroke: #0072b2; stroke-width: 1.5 }
.limit { stroke: #d55e00; stroke-width: 1.5; stroke-dasharray: 6 4 }
.band { fill: #0072b2; opacity: 0.15 }
.limit-band { fill: #d55e00; opacity: 0.15 }
circle { fill: #1c2430; fill-opacity: 0.75 }
"""


def bland_altman_svg(measures: Mapping[str, Agreement]) -> str:
    """Return a drawing with a panel for each of `measures`, by what it is called.

    Each point says its night's name where the pointer rests on it. The bands are the 95 %
    confidence intervals of the lines.
    """
    height = _PANEL * len(measures)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>Agreement over nights: {escape(', '.join(measures))}</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for k, (name, found) in enumerate(measures.items()):
        parts += [f'<g transform="translate(0 {k * _PANEL})">', *_panel(name, found), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Axis:
    """A scale from values `low` to `high` onto places `first` to `last`."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)

    def ticks(self) -> list[float]:
        """Return some even values within."""
        rough = (self.high - self.low) / 5
        size = 10.0 ** np.floor(np.log10(rough))
        step = float(size * min((1, 2, 5, 10), key=lambda m: abs(m * size - rough)))
        first = int(np.ceil(self.low / step))
        return [round(k * step, 10) for k in range(first, int(np.floor(self.high / step)) + 1)]


def _axis(values: list[float], first: float, last: float) -> _Axis:
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 1.0
    return _Axis(low - margin, high + margin, first, last)


def _panel(name: str, found: Agreement) -> Iterator[str]:
    means = [(a + b) / 2 for a, b in zip(found.found, found.true, strict=True)]
    differences = [a - b for a, b in zip(found.found, found.true, strict=True)]
    right, bottom = _WIDTH - _RIGHT, _PANEL - _BOTTOM
    x = _axis(means, _LEFT, right)
    # few nights leave the limits so uncertain that their bands would squeeze the points
    reach = 3 * max(abs(value - found.bias) for value in (found.upper, *differences))
    ends = [*found.lower_interval, *found.upper_interval, *found.bias_interval]
    shown = [min(max(v, found.bias - reach), found.bias + reach) for v in ends]
    y = _axis([0.0, *differences, *shown], bottom, _TOP)
    yield f'<text class="title" x="{_LEFT}" y="24">{escape(name)}</text>'
    yield from _frame(x, y)
    lines = (
        ("bias", found.bias, found.bias_interval, "line", "band"),
        ("upper limit", found.upper, found.upper_interval, "limit", "limit-band"),
        ("lower limit", found.lower, found.lower_interval, "limit", "limit-band"),
    )
    middle = y.at(found.bias)
    places = (middle, min(y.at(found.upper), middle - 16), max(y.at(found.lower), middle + 16))
    for (said, value, interval, style, band), place in zip(lines, places, strict=True):
        yield from _line(y, value, interval, style, band)
        low, high = interval
        yield (
            f'<text x="{right + 8}" y="{place + 4}">{said} {_number(value)}'
            f"<title>95 % interval {_number(low)} to {_number(high)}</title></text>"
        )
    for night, mean, difference in zip(found.names, means, differences, strict=True):
        yield (
            f'<circle cx="{x.at(mean)}" cy="{y.at(difference)}" r="4"><title>{escape(night)}: '
            f"mean {_number(mean)}, difference {_number(difference)}</title></circle>"
        )


def _line(y: _Axis, value: float, interval: Span, style: str, band: str) -> Iterator[str]:
    right = _WIDTH - _RIGHT
    top, bottom = (y.at(min(max(v, y.low), y.high)) for v in (interval[1], interval[0]))
    yield (
        f'<rect class="{band}" x="{_LEFT}" y="{top}" width="{right - _LEFT}" '
        f'height="{round(bottom - top, 1)}"/>'
    )
    at = y.at(value)
    yield f'<line class="{style}" x1="{_LEFT}" x2="{right}" y1="{at}" y2="{at}"/>'


def _frame(x: _Axis, y: _Axis) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _PANEL - _BOTTOM
    yield f'<line class="axis" x1="{_LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'
    yield f'<line class="axis" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{bottom}"/>'
    yield f'<line class="zero" x1="{_LEFT}" x2="{right}" y1="{y.at(0)}" y2="{y.at(0)}"/>'
    for tick in x.ticks():
        at = x.at(tick)
        yield f'<line class="axis" x1="{at}" x2="{at}" y1="{bottom}" y2="{bottom + 5}"/>'
        yield f'<text x="{at}" y="{bottom + 20}" text-anchor="middle">{_number(tick)}</text>'
    for tick in y.ticks():
        at = y.at(tick)
        yield f'<line class="axis" x1="{_LEFT - 5}" x2="{_LEFT}" y1="{at}" y2="{at}"/>'
        yield f'<text x="{_LEFT - 9}" y="{at + 4}" text-anchor="end">{_number(tick)}</text>'
    middle = (_LEFT + right) / 2
    yield (
        f'<text x="{middle}" y="{bottom + 42}" text-anchor="middle">mean of result and truth</text>'
    )
    yield (
        f'<text transform="translate(16 {(_TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">'
        "result minus truth</text>"
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
