r"""The weak flanks of a movement: no window of fixed length shows them, all of it together does.

short window   ....,.:.,:.:|####|:.,..,....     above rest on the whole, though never clearly
evidence       <--- grows --|    |-- grows ->    summed outwards, until rest outweighs it

Each cell tells how much likelier its energy is under `flank_power_ratio` times the power of rest
than under rest (a chi-square with the cell's degrees of freedom). The logarithms, summed from the
edge outwards, are a cumulative sum test (Page 1954): the movement goes to where the sum is highest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detector.criteria import DetectionCriteria
from detector.endings import Endings
from detector.noise_floor import freedom_per_s, seconds_of
from detector.recording import FloatArray

Span = tuple[int, int]


def with_flanks(
    endings: Endings, spans: Sequence[Span], floor_g: FloatArray, criteria: DetectionCriteria
) -> list[Span]:
    """Return the cells of movements, sorted and apart, each with its weak flanks.

    A flank is `max_hold_s` long at most. Where those of two neighbours meet, they are one movement.
    `floor_g` (m,) is the noise floor once a second.
    """

    def reach(span: Span, within: Span) -> tuple[int, int]:
        return (
            _reach(endings, within[0], span[0], floor_g, criteria, back=True),
            _reach(endings, span[1], within[1], floor_g, criteria, back=False),
        )

    return grown(spans, endings.signal.valid.size, reach)


def grown(
    spans: Sequence[Span], size: int, reach: Callable[[Span, Span], tuple[int, int]]
) -> list[Span]:
    """Return spans, sorted and apart, of `size` cells, grown by their `reach` ahead and behind.

    It is asked with a span and the cells within which that may grow. Those that meet are one.
    """
    out: list[Span] = []
    for span, within in with_room(spans, size):
        ahead, behind = reach(span, within)
        first, last = span[0] - ahead, span[1] + behind
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return out


def with_room(spans: Sequence[Span], size: int) -> list[tuple[Span, Span]]:
    """Return each span with the cells that lie between its neighbours, or the ends."""
    borders = [0, *(edge for span in spans for edge in span), size]
    return [(span, (borders[2 * k], borders[2 * k + 3])) for k, span in enumerate(spans)]


def _reach(
    endings: Endings,
    first: int,
    last: int,
    floor_g: FloatArray,
    criteria: DetectionCriteria,
    *,
    back: bool,
) -> int:
    """Return how many cells of those from `first` to before `last` belong to the movement.

    It lies after them (`back`) or before them.
    """
    signal = endings.signal
    longest = round(criteria.max_hold_s * signal.hz)
    first, last = (
        (max(first, last - longest), last) if back else (first, min(last, first + longest))
    )
    if last <= first:
        return 0
    floor = floor_g[seconds_of(first, last, signal.hz, floor_g.size)]
    edge = signal.edge_envelope_g[first:last] if back else endings.envelope_g(first, last)
    power = (edge / floor) ** 2
    known = signal.valid[first:last]
    if back:
        power, known = power[::-1], known[::-1]
    unknown = np.flatnonzero(~known)
    power = power[: unknown[0]] if unknown.size else power
    # What the window shows by itself, next to the edge, is the edge and no flank.
    shown = int(np.argmin(np.append(power > criteria.edge_floor_ratio**2, False)))
    ratio = criteria.flank_power_ratio
    half_freedom = 0.5 * freedom_per_s(signal.hz) / signal.hz
    evidence = np.cumsum(half_freedom * (power[shown:] * (1 - 1 / ratio) - np.log(ratio)))
    reached = flank_cells(until_rest(evidence, 0.0, criteria), criteria)
    return shown + reached if reached else 0


def until_rest(sums: FloatArray, begun: float, criteria: DetectionCriteria) -> FloatArray:
    """Return `sums` (n,) of evidence up to where rest outweighs the highest, `begun` or above."""
    highest = np.maximum.accumulate(np.maximum(sums, begun))
    rest = np.flatnonzero(highest - sums > np.log(criteria.rest_likelihood_ratio))
    return sums[: rest[0]] if rest.size else sums


def flank_cells(sums: FloatArray, criteria: DetectionCriteria) -> int:
    """Return how many cells, by the `sums` (n,) of their evidence, are a flank: 0 for none."""
    if not sums.size or not sums.max() > np.log(criteria.flank_likelihood_ratio):
        return 0
    return int(np.argmax(sums)) + 1
