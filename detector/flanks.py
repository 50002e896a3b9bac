r"""The weak flanks of a movement: no window of fixed length shows them, all of it together does.

short window   ....,.:.,:.:|####|:.,..,....     above rest on the whole, though never clearly
evidence       <--- grows --|    |-- grows ->    summed outwards, until rest outweighs it

Each cell tells how much likelier its energy is under `flank_power_ratio` times the power of rest
than under rest (a chi-square with the cell's degrees of freedom). The logarithms, summed from the
edge outwards, are a cumulative sum test (Page 1954): the movement goes to where the sum is highest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.criteria import DetectionCriteria
from detector.night_signal import NightSignal
from detector.noise_floor import freedom_per_s, seconds_of
from detector.recording import FloatArray

Span = tuple[int, int]


def with_flanks(
    signal: NightSignal, spans: Sequence[Span], floor_g: FloatArray, criteria: DetectionCriteria
) -> list[Span]:
    """Return the cells of movements, sorted and apart, each with its weak flanks.

    A flank is `max_hold_s` long at most. Where those of two neighbours meet, they are one movement.
    `floor_g` (m,) is the noise floor once a second.
    """
    out: list[Span] = []
    borders = [0, *(edge for span in spans for edge in span), signal.valid.size]
    for index, (start, stop) in enumerate(spans):
        first = start - _reach(signal, borders[2 * index], start, floor_g, criteria, back=True)
        last = stop + _reach(signal, stop, borders[2 * index + 3], floor_g, criteria, back=False)
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return out


def _reach(
    signal: NightSignal,
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
    longest = round(criteria.max_hold_s * signal.hz)
    first, last = (
        (max(first, last - longest), last) if back else (first, min(last, first + longest))
    )
    if last <= first:
        return 0
    floor = floor_g[seconds_of(first, last, signal.hz, floor_g.size)]
    power = (signal.edge_envelope_g[first:last] / floor) ** 2
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
    highest = np.maximum.accumulate(np.maximum(evidence, 0.0))
    rest = np.flatnonzero(highest - evidence > np.log(criteria.rest_likelihood_ratio))
    evidence = evidence[: rest[0]] if rest.size else evidence
    if not evidence.size or not evidence.max() > np.log(criteria.flank_likelihood_ratio):
        return 0
    return shown + int(np.argmax(evidence)) + 1
