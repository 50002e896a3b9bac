"""Which events a night holds, and that none of the sleeper's run into one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from detector.simulation.events import (
    Event,
    Sleeper,
    draw_apneas,
    draw_clusters,
    draw_handling,
    draw_jerks,
    draw_large,
    draw_partner,
    draw_periodic,
    draw_singles,
    draw_tremors,
    draw_turns,
    draw_vibrations,
)
from detector.simulation.plan import Kind
from detector.simulation.table import value
from detector.simulation.timing import stretches

SPACE_S = 1.5  # choice: least rest between two movements, so that none run into one another


@dataclass(frozen=True, slots=True)
class Schedule:
    """All events of a night, in order, and the ends and lengths of respiratory events."""

    events: tuple[Event, ...]
    respiratory: tuple[tuple[float, float], ...]


def draw_schedule(stream: Callable[[str], np.random.Generator], sleeper: Sleeper) -> Schedule:
    """Draw every event of the night; `stream` gives an own stream of chance for each purpose.

    What is drawn first keeps its place; a later event that would run into it is left out, except
    for shakes of the bed, which may fall on anything.
    """
    plan = sleeper.plan
    kinds = plan.kinds
    taken = _Taken(sleeper.worn_s)
    periodic = draw_periodic(stream("periodic"), sleeper)
    apneas, respiratory = draw_apneas(stream("apnea"), sleeper)
    in_series = stretches([event.onset_s for event in periodic])

    taken.add(draw_handling(stream("handling"), sleeper), everywhere=True)
    taken.add(draw_jerks(stream("jerk"), sleeper), wanted=Kind.JERK in kinds)
    taken.guard(value("jerk_solitude_s"))
    taken.add(draw_turns(stream("turn"), sleeper), wanted=Kind.TURN in kinds)
    taken.add(draw_large(stream("large"), sleeper), wanted=Kind.LARGE in kinds)
    taken.add(apneas)
    taken.add(periodic, wanted=Kind.PERIODIC in kinds)
    singles = draw_singles(stream("single"), sleeper, in_series)
    taken.add(singles, wanted=Kind.SINGLE in kinds)
    rng = stream("distractor")
    clusters, tremors = draw_clusters(rng, sleeper), draw_tremors(rng, sleeper)
    taken.add(clusters, wanted=Kind.CLUSTER in kinds, space_s=10.0)
    taken.add(tremors, wanted=Kind.TREMOR in kinds, space_s=10.0)

    shakes = draw_vibrations(stream("vibration"), sleeper) if Kind.VIBRATION in kinds else []
    if plan.bed_partner:
        shakes += draw_partner(stream("partner"), sleeper)
    events = sorted([*taken.events, *shakes], key=lambda event: event.onset_s)
    return Schedule(tuple(events), tuple(respiratory))


class _Taken:
    """The events that have their place, and the room around them."""

    def __init__(self, worn_s: tuple[float, float]) -> None:
        self.events: list[Event] = []
        self._worn_s = worn_s
        self._guard_s: dict[int, float] = {}

    def guard(self, space_s: float) -> None:
        """Keep `space_s` free around everything that has its place by now, but handling."""
        for i, event in enumerate(self.events):
            if event.kind is not Kind.HANDLING:
                self._guard_s[i] = space_s

    def add(
        self,
        events: Iterable[Event],
        *,
        wanted: bool = True,
        everywhere: bool = False,
        space_s: float = SPACE_S,
    ) -> None:
        """Give each of `events` its place where there is room for it."""
        if not wanted:
            return
        first, last = self._worn_s
        for event in events:
            inside = first + SPACE_S <= event.onset_s and event.offset_s <= last - SPACE_S
            if (inside or everywhere) and self._is_free(event, space_s):
                self.events.append(event)

    def _is_free(self, event: Event, space_s: float) -> bool:
        return all(
            event.onset_s >= other.offset_s + max(space_s, self._guard_s.get(i, 0.0))
            or event.offset_s + max(space_s, self._guard_s.get(i, 0.0)) <= other.onset_s
            for i, other in enumerate(self.events)
        )
