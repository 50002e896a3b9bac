"""Spans of time as (k, 2) arrays of start and stop: the one interval algebra.

Spans are half-open, sorted and apart from each other; stop is exclusive:

    mask   . . # # # . # # .        runs  -> [[2, 5], [6, 8]]
    spans  |---|   |-----|          merge(gap=3) -> |-----------|
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Spans = npt.NDArray[np.float64]
IndexSpans = npt.NDArray[np.int64]


def empty_spans() -> Spans:
    """Return no spans: shape (0, 2)."""
    return np.empty((0, 2), dtype=np.float64)


def runs(mask: npt.NDArray[np.bool_]) -> IndexSpans:
    """Return (k, 2) start and stop indices of the True runs in `mask` (n,); stop exclusive."""
    padded = np.zeros(mask.size + 2, dtype=np.int8)
    padded[1:-1] = mask
    edges = np.flatnonzero(np.diff(padded))
    return edges.reshape(-1, 2).astype(np.int64)


def mask_of(spans: npt.NDArray[np.number], size: int) -> npt.NDArray[np.bool_]:
    """Return the mask (size,) that is True within the index spans (k, 2)."""
    steps = np.zeros(size + 1, dtype=np.int64)
    clipped = np.clip(np.asarray(spans, dtype=np.int64).reshape(-1, 2), 0, size)
    np.add.at(steps, clipped[:, 0], 1)
    np.add.at(steps, clipped[:, 1], -1)
    return np.cumsum(steps[:-1]) > 0


def merge(spans: npt.ArrayLike, gap: float = 0.0) -> Spans:
    """Return the union of `spans` (k, 2), joined where not more than `gap` lies between."""
    ordered = np.asarray(spans, dtype=np.float64).reshape(-1, 2)
    ordered = ordered[ordered[:, 1] > ordered[:, 0]]
    if not len(ordered):
        return empty_spans()
    ordered = ordered[np.argsort(ordered[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    opens = np.ones(len(ordered), dtype=bool)
    opens[1:] = ordered[1:, 0] > reach[:-1] + gap
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(ordered)) - 1
    return np.column_stack((ordered[first, 0], reach[last]))


def complement(spans: npt.ArrayLike, start: float, stop: float) -> Spans:
    """Return what of [start, stop) lies in none of the `spans` (k, 2)."""
    inner = clip(spans, start, stop)
    edges = np.concatenate(([start], inner.ravel(), [stop])).reshape(-1, 2)
    return edges[edges[:, 1] > edges[:, 0]]


def clip(spans: npt.ArrayLike, start: float, stop: float) -> Spans:
    """Return the part of the `spans` (k, 2) inside [start, stop)."""
    return merge(np.clip(np.asarray(spans, dtype=np.float64).reshape(-1, 2), start, stop))


def intersect(a: npt.ArrayLike, b: npt.ArrayLike) -> Spans:
    """Return where spans of `a` (k, 2) and of `b` (m, 2) are both."""
    one, other = merge(a), merge(b)
    if not len(one) or not len(other):
        return empty_spans()
    start = float(min(one[0, 0], other[0, 0]))
    stop = float(max(one[-1, 1], other[-1, 1]))
    neither_or_one = np.vstack((complement(one, start, stop), complement(other, start, stop)))
    return complement(neither_or_one, start, stop)


def subtract(a: npt.ArrayLike, b: npt.ArrayLike) -> Spans:
    """Return where spans of `a` (k, 2) are and those of `b` (m, 2) are not."""
    one = merge(a)
    if not len(one):
        return empty_spans()
    return intersect(one, complement(b, float(one[0, 0]), float(one[-1, 1])))


def total(spans: npt.ArrayLike) -> float:
    """Return the length of the union of `spans` (k, 2)."""
    union = merge(spans)
    return float(np.sum(union[:, 1] - union[:, 0]))


def inside(spans: npt.ArrayLike, times: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return for each of `times` (n,) whether a span (k, 2) holds it."""
    union = merge(spans)
    at = np.asarray(times, dtype=np.float64)
    if not len(union):
        return np.zeros(at.shape, dtype=bool)
    index = np.searchsorted(union[:, 0], at, side="right") - 1
    held: npt.NDArray[np.bool_] = (index >= 0) & (at < union[np.maximum(index, 0), 1])
    return held
