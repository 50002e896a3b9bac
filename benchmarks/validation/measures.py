"""One night against its truth: sizes, F1, onsets, labels, series, sleep. Plain arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from detector.evaluation import Matching, confusion, match_onsets
from detector.intervals import Spans, inside, intersect, merge, total

BAND_HZ = (0.5, 8.0)
WINDOW_S = 0.5
TOLERANCE_S = 1.0
NOISE_RATIO = 3.0  # a movement that counts is larger than this times the noise
VISIBLE_RATIO = 2.0  # from here on what moves can be told from the noise
RATIO_EDGES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, np.inf)
PERIODIC, RESTLESS = "periodic_limb_movement", "restless_activity"
NONE = "none"

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mark:
    """A movement, true or found; `state` is sleep, wake or unknown, `size_g` its amplitude."""

    onset_s: float
    offset_s: float
    label: str
    state: str = ""
    size_g: float = 0.0


def vector_rms_g(acceleration_g: npt.NDArray[np.floating], hz: float) -> FloatArray:
    """Return (n,) g, the RMS over 0.5 s of the vector (3, n) in 0.5 to 8 Hz, without delay.

    A slow recording has no more of the band than lies below half its rate.
    """
    band = butter(2, (BAND_HZ[0], min(BAND_HZ[1], 0.45 * hz)), "bandpass", fs=hz, output="sos")
    moving = sosfiltfilt(band, acceleration_g, axis=1)
    width = max(1, round(WINDOW_S * hz))
    sums = np.concatenate(([0.0], np.cumsum((moving**2).sum(axis=0))))
    mean = np.maximum(sums[width:] - sums[:-width], 0.0) / width
    before = width // 2
    padded = np.pad(mean, (before, moving.shape[1] - mean.size - before), mode="edge")
    return np.asarray(np.sqrt(padded), dtype=np.float64)


def largest_within(rms_g: FloatArray, hz: float, onset_s: float, offset_s: float) -> float:
    """Return the largest of `rms_g` (n,) from onset to offset, of half a second at least."""
    first = int(onset_s * hz)
    stop = int(max(offset_s, onset_s + WINDOW_S) * hz) + 1
    return float(rms_g[first:stop].max(initial=0.0))


def visible(marks: Sequence[Mark], rms_g: FloatArray, hz: float, least_g: float) -> list[Mark]:
    """Return the marks in order, each from where `rms_g` (n,) first is `least_g` in it."""
    seen = []
    for mark in marks:
        first = int(mark.onset_s * hz)
        there = np.flatnonzero(rms_g[first : int(mark.offset_s * hz) + 1] >= least_g)
        onset_s = mark.onset_s + float(there[0]) / hz if there.size else mark.onset_s
        seen.append(replace(mark, onset_s=onset_s))
    return sorted(seen, key=lambda mark: mark.onset_s)


def matched(found: Sequence[Mark], true: Sequence[Mark]) -> Matching:
    return match_onsets([m.onset_s for m in found], [m.onset_s for m in true], TOLERANCE_S)


def counts_above(matching: Matching, true: Sequence[Mark], least_g: float) -> dict[str, int]:
    """Return hits, misses and false detections where only true movements of `least_g` count.

    A detection that belongs to a smaller true movement counts on neither side.
    """
    large = [m.size_g >= least_g for m in true]
    hits = sum(large[j] for _, j in matching.pairs)
    return {
        "hits": hits,
        "missed": sum(large) - hits,
        "false": matching.found - len(matching.pairs),
        "ignored": len(matching.pairs) - hits,
    }


def f1(counts: dict[str, int]) -> float | None:
    both = 2 * counts["hits"] + counts["missed"] + counts["false"]
    return 2 * counts["hits"] / both if both else None


def labels_above(
    found: Sequence[Mark], true: Sequence[Mark], matching: Matching, least_g: float
) -> dict[str, int]:
    """Return how often each "true>found" pair of labels met, small true movements left out."""
    small = {j for j, m in enumerate(true) if m.size_g < least_g}
    theirs = ["small" if j in small else m.label for j, m in enumerate(true)]
    met = confusion([m.label for m in found], theirs, matching)
    return {f"{a}>{b}": n for (a, b), n in met.items() if a != "small"}


def label_f1(labels: dict[str, int], label: str) -> float | None:
    """Return the F1 of a label: a hit is where truth and detector both have it."""
    true = sum(n for pair, n in labels.items() if pair.split(">")[0] == label)
    found = sum(n for pair, n in labels.items() if pair.split(">")[1] == label)
    return 2 * labels.get(f"{label}>{label}", 0) / (true + found) if true + found else None


def recall_by_ratio(
    matching: Matching, true: Sequence[Mark], noise_g: float
) -> list[tuple[int, int]]:
    """Return (true, hit) movements in each class of amplitude over noise of `RATIO_EDGES`."""
    hit = {j for _, j in matching.pairs}
    ratios = np.array([m.size_g / noise_g for m in true])
    was_hit = np.array([j in hit for j in range(len(true))], dtype=bool)
    rows = []
    for low, high in pairwise(RATIO_EDGES):
        here = (ratios >= low) & (ratios < high)
        rows.append((int(here.sum()), int((here & was_hit).sum())))
    return rows


def covered_s(found: Sequence[Mark], true: Sequence[Mark], label: str) -> dict[str, float]:
    """Return the seconds that truth, detector and both give to a label."""
    spans = [
        merge([(m.onset_s, m.offset_s) for m in marks if m.label == label])
        for marks in (true, found)
    ]
    both = total(intersect(*spans))
    return {"true_s": total(spans[0]), "found_s": total(spans[1]), "both_s": both}


def miss_causes(
    found: Sequence[Mark], excluded: Sequence[Mark], true: Sequence[Mark], matching: Matching
) -> list[tuple[int, str]]:
    """Return for each missed movement its index and why no detection is paired with it."""
    hit = {j for _, j in matching.pairs}
    causes = []
    for j, movement in enumerate(true):
        if j in hit:
            continue
        over = [m for m in found if _overlap(m, movement)]
        if not over:
            cause = "excluded" if any(_overlap(m, movement) for m in excluded) else "not seen"
        elif any(m.onset_s < movement.onset_s - TOLERANCE_S for m in over):
            taken = [m for m in over if m.onset_s < movement.onset_s - TOLERANCE_S]
            others = [k for k in true if k is not movement and any(_overlap(m, k) for m in taken)]
            cause = "joined to another" if others else "onset early"
        else:
            cause = "onset late"
        causes.append((j, cause))
    return causes


def false_causes(
    found: Sequence[Mark], true: Sequence[Mark], others: Sequence[Mark], matching: Matching
) -> list[tuple[int, str]]:
    """Return for each false detection its index and what true movement or other event is there."""
    hit = {i for i, _ in matching.pairs}
    causes = []
    for i, mark in enumerate(found):
        if i in hit:
            continue
        near = Mark(mark.onset_s - 1.0, mark.offset_s + 1.0, mark.label)
        parts = [m for m in true if _overlap(near, m)]
        there = [m.label for m in others if _overlap(near, m)]
        part = f"part of {parts[0].label}" if parts else None
        causes.append((i, part or (there[0] if there else "nothing there")))
    return causes


def _overlap(one: Mark, other: Mark) -> bool:
    return one.onset_s < other.offset_s and other.onset_s < one.offset_s


def tally(causes: Sequence[tuple[int, str]]) -> dict[str, int]:
    return dict(Counter(cause for _, cause in causes))


def asleep(marks: Sequence[Mark], sleep: Spans) -> list[Mark]:
    """Return the marks whose onset lies in `sleep` (k, 2)."""
    held = inside(sleep, [m.onset_s for m in marks])
    return [m for m, within in zip(marks, held, strict=True) if within]


def moved(value: float | None, reference: float | None) -> float | None:
    """Return by what share a value lies above its reference; None where one is missing or 0."""
    return value / reference - 1 if value is not None and reference else None


def share(true: int, of: int) -> float | None:
    return true / of if of else None


def median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if len(values) else None


def binomial_limits(hits: int, of: int) -> tuple[float, float]:
    """Return the Wilson limits (95 %) of a share."""
    z = 1.959964
    middle = (hits + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * float(np.sqrt(hits * (of - hits) / of + z * z / 4))
    return middle - half, middle + half
