"""Values that a recorder holds while nothing moves: the jump at either end is no movement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from detector.grid import Piece
from detector.recording import FloatArray


@dataclass(frozen=True, slots=True)
class Holds:
    """A hold is `least` samples in a row, or more, that are the same on all axes.

    Where the value jumps by more than `max_jump_g` at its end, the sensor was turned; at 0 nothing
    counts as held.
    """

    least: int
    max_jump_g: float


def with_holds(pieces: Iterable[Piece], holds: Callable[[], Holds], align: int) -> Iterator[Piece]:
    """Yield the samples of `pieces` anew, with the edges: where a hold begins or is over.

    `holds` is asked at the first piece. Pieces stay multiples of `align` samples; the end of one
    waits until it is known whether it is held.
    """
    waiting: Piece | None = None
    ahead = _Ahead()
    for piece in pieces:
        rule = holds()
        if not rule.max_jump_g:
            yield piece
            continue
        if waiting is None or piece.opens:
            if waiting is not None:
                yield _marked(waiting, waiting.size, ahead, rule)
            waiting, ahead = piece, _Ahead()
        else:
            samples = np.concatenate((waiting.samples, piece.samples), axis=1)
            waiting = replace(waiting, samples=samples)
        size = waiting.size - -(-_undecided(waiting.samples, rule.least) // align) * align
        if size > 0:
            yield _marked(waiting, size, ahead, rule)
            ahead = ahead.after(waiting.samples[:, :size])
            waiting = Piece(waiting.first + size, waiting.samples[:, size:], opens=False)
    if waiting is not None:
        yield _marked(waiting, waiting.size, ahead, holds())


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The last (3, 1) of the samples ahead of a piece, if any, and how many are `alike` to it."""

    alike: int = 0
    last: FloatArray | None = None

    def goes_on(self, samples: FloatArray) -> bool:
        """Tell whether the first of the samples is the same as the last ahead."""
        return self.last is not None and bool(np.all(samples[:, :1] == self.last))

    def after(self, samples: FloatArray) -> _Ahead:
        """Return what is ahead of what follows the samples."""
        alike = _like_last(samples)
        if alike == samples.shape[1] and self.goes_on(samples):
            alike += self.alike
        return _Ahead(alike, samples[:, -1:])


def _undecided(samples: FloatArray, least: int) -> int:
    """Return how many samples at the end may begin a hold, or be the last of one: 1 at least."""
    alike = _like_last(samples[:, -least:])
    return 1 if alike >= least else alike


def _like_last(samples: FloatArray) -> int:
    """Return how many samples at the end are the same as the last, itself included."""
    other = np.flatnonzero(np.any(samples != samples[:, -1:], axis=0))
    return int(samples.shape[1]) - (int(other[-1]) + 1 if other.size else 0)


def _marked(piece: Piece, size: int, ahead: _Ahead, rule: Holds) -> Piece:
    """Return the first `size` samples of a piece with the edges in them."""
    goes_on = ahead.goes_on(piece.samples)
    holds = _holds(piece.samples, ahead.alike if goes_on else 0, rule.least)
    edges = {edge for hold in holds for edge in hold}
    if ahead.alike >= rule.least and not goes_on:
        edges.add(0)
    within = (edge for edge in sorted(edges) if 0 <= edge < size)
    small = tuple(edge for edge in within if _jump_g(piece, edge, ahead) <= rule.max_jump_g)
    return Piece(piece.first, piece.samples[:, :size], piece.opens, small)


def _jump_g(piece: Piece, edge: int, ahead: _Ahead) -> float:
    """Return how far a sample is from the one before it, without end where there is none."""
    before = piece.samples[:, edge - 1 : edge] if edge else ahead.last
    if before is None:
        return float("inf")
    return float(np.linalg.norm(piece.samples[:, edge : edge + 1] - before))


def _holds(samples: FloatArray, before: int, least: int) -> list[tuple[int, int]]:
    """Return start and stop of each hold; it starts below 0 where it began ahead of the samples.

    `before` samples ahead are like the first.
    """
    size = samples.shape[1]
    probe = np.arange(0, size - 1, max(1, least // 2))
    if not before and not np.any(np.all(samples[:, probe] == samples[:, probe + 1], axis=0)):
        return []  # a hold would show in one of these pairs
    other = np.any(samples[:, 1:] != samples[:, :-1], axis=0)
    starts = np.concatenate(([0], np.flatnonzero(other) + 1))
    stops = np.append(starts[1:], size)
    starts[0] = -before
    long = stops - starts >= least
    return list(zip(starts[long].tolist(), stops[long].tolist(), strict=True))
