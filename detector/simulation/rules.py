"""Which movements of the recorded limb are periodic, by the rules of WASM 2016.

Written for the truth of a simulation and apart from the detector's own engine, so that a mistake
in one does not hide in the other. Ferri et al., Sleep Med 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MIN_DURATION_S = 0.5
MAX_DURATION_S = 10.0
MIN_INTERVAL_S = 10.0
MAX_INTERVAL_S = 90.0
MIN_MEMBERS = 4
RESPIRATORY_BEFORE_END_S = 2.0
RESPIRATORY_AFTER_END_S = 10.25


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of the recorded limb; a large movement or a turn is never `of_limb`."""

    onset_s: float
    duration_s: float
    of_limb: bool


def number_series(
    moved: Sequence[Moved], respiratory_ends_s: Sequence[float] = ()
) -> tuple[int, ...]:
    """Return for each movement, in order of onset, the number of its series; 0 for none.

    A series is four or more candidates in a row, 10 to 90 s from onset to onset, both included.
    A movement below 0.5 s, and one bound to a respiratory event, is passed over; one that is no
    candidate ends a series. After an interval that is too short a new series may begin.
    """
    numbers = [0] * len(moved)
    run: list[int] = []
    count = 0

    def close() -> None:
        nonlocal count
        if len(run) >= MIN_MEMBERS:
            count += 1
            for member in run:
                numbers[member] = count
        run.clear()

    for i, movement in enumerate(moved):
        if movement.duration_s < MIN_DURATION_S:
            continue
        if not (movement.of_limb and movement.duration_s <= MAX_DURATION_S):
            close()
            continue
        if _is_respiratory(movement, respiratory_ends_s):
            continue
        if run:
            interval = movement.onset_s - moved[run[-1]].onset_s
            if not MIN_INTERVAL_S <= interval <= MAX_INTERVAL_S:
                close()
        run.append(i)
    close()
    return tuple(numbers)


def _is_respiratory(movement: Moved, ends_s: Sequence[float]) -> bool:
    return any(
        movement.onset_s <= end + RESPIRATORY_AFTER_END_S
        and movement.onset_s + movement.duration_s >= end - RESPIRATORY_BEFORE_END_S
        for end in ends_s
    )
