"""The gravity that an app took out of the acceleration, put back from its other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..recording import Chunk, FloatArray, Repair, SampleArray

# Gravity turns with the sensor: over a longer hole a straight line would make a movement up.
_LONGEST_HOLE_S = 1.0


def with_gravity(chunks: Iterable[Chunk], gravity: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield `chunks` with the `gravity` of the same clock added, by straight lines between stamps.

    Samples for which there is no gravity within a second are left out, and counted.
    """
    feed = iter(gravity)
    t = np.empty(0)
    axes: SampleArray = np.empty((3, 0), dtype=np.float32)
    ends = False
    for chunk in chunks:
        while not ends and chunk.t_s.size and (not t.size or t[-1] < chunk.t_s[-1]):
            more = next(feed, None)
            if more is None:
                ends = True
            else:
                t = np.concatenate((t, more.t_s))
                axes = np.concatenate((axes, more.acceleration_g), axis=1)
        yield _added(chunk, t, axes)
        if chunk.t_s.size and t.size:
            kept = max(0, int(np.searchsorted(t, chunk.t_s[-1])) - 1)
            t, axes = t[kept:], axes[:, kept:]


def _added(chunk: Chunk, t: FloatArray, axes: SampleArray) -> Chunk:
    at = chunk.t_s
    if not t.size:
        known = np.zeros(at.size, dtype=np.bool_)
        total = chunk.acceleration_g
    else:
        after = np.searchsorted(t, at)
        before_s = t[np.maximum(after - 1, 0)]
        after_s = t[np.minimum(after, t.size - 1)]
        is_outside = (at < t[0]) | (at > t[-1])
        hole_s = np.where(
            is_outside, 2 * np.minimum(np.abs(at - before_s), np.abs(at - after_s)),
            after_s - before_s,
        )  # fmt: skip
        hole_s[after_s == at] = 0
        known = hole_s <= _LONGEST_HOLE_S
        between = np.vstack([np.interp(at, t, axis) for axis in axes]).astype(np.float32)
        total = chunk.acceleration_g + between
    if known.all():
        return Chunk(at, total, chunk.repairs)
    text = "samples without a value in the app's gravity file are left out"
    missing = Repair("no_gravity_value", int((~known).sum()), 0, text)
    return Chunk(at[known], total[:, known], (*chunk.repairs, missing))
