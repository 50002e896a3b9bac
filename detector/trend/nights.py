"""The nights of one person in order: which have a figure, and which are alike enough to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from detector.recording import FloatArray
from detector.results import INDICES, NightRow, Setup
from detector.summary import Index

_PERIODIC, _ALL = "periodic_limb_movement_per_h", "movement_per_h"


@dataclass(frozen=True, slots=True)
class PersonNight:
    """A night with its figure; `excluded` says why it is in no mean, empty where it is in.

    `differs` names what is not as in the nights that are compared: placement, side, ...
    """

    row: NightRow
    index: Index
    excluded: str
    differs: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the night is one of those that are compared."""
        return not self.excluded


@dataclass(frozen=True, slots=True)
class PersonNights:
    """The nights in order of their evenings, with the one `setup` in which they are compared."""

    figure: str
    setup: Setup | None
    nights: tuple[PersonNight, ...]

    @property
    def used(self) -> tuple[PersonNight, ...]:
        """The nights that are compared."""
        return tuple(night for night in self.nights if night.counts)

    def values(self) -> FloatArray:
        """Return the figure of each night that is compared."""
        return np.array([night.index.value for night in self.used], dtype=np.float64)

    def days(self) -> FloatArray:
        """Return the days of these from the first of them."""
        evenings = [night.row.date for night in self.used]
        ordinals = [evening.toordinal() for evening in evenings if evening is not None]
        return np.array(ordinals, dtype=np.float64) - (ordinals[0] if ordinals else 0)


def person_nights(rows: Sequence[NightRow], figure: str | None = None) -> PersonNights:
    """Put nights in order and tell which are compared.

    Those are the nights of the setup (placement, side, device, basis, rules, criteria, version)
    that most have; where two have as many, of the later. `figure` defaults to the one that their
    placement supports. Of two recordings of one evening the one with more sleep counts.
    """
    ordered = sorted(rows, key=lambda row: (row.date or date.max, row.result, row.night))
    chosen = figure or _supported(ordered)
    setup = _commonest(ordered, chosen)
    best = _longest(ordered, chosen, setup)
    return PersonNights(chosen, setup, tuple(_judged(row, chosen, setup, best) for row in ordered))


def default_figure(placement: str) -> str:
    """Return the figure that a placement supports: periodic movements at the ankle alone."""
    return _PERIODIC if placement == "ankle" else _ALL


def known_figures() -> tuple[str, ...]:
    """Return the figures that nights can be compared by."""
    return INDICES


def _supported(rows: Sequence[NightRow]) -> str:
    placements = Counter(row.setup.placement for row in rows)
    return default_figure(placements.most_common(1)[0][0]) if placements else _PERIODIC


def _usable(row: NightRow, figure: str) -> bool:
    return row.date is not None and row.indices[figure].value is not None


def _commonest(rows: Sequence[NightRow], figure: str) -> Setup | None:
    """Return the setup of most evenings with a figure, of the latest of these where two tie."""
    evenings: dict[Setup, set[date]] = {}
    for row in rows:
        if row.date is not None and _usable(row, figure):
            evenings.setdefault(row.setup, set()).add(row.date)
    if not evenings:
        return None
    return max(evenings, key=lambda setup: (len(evenings[setup]), max(evenings[setup])))


def _longest(rows: Sequence[NightRow], figure: str, setup: Setup | None) -> dict[date, NightRow]:
    """Return for each evening the night that counts, of several recordings of it."""
    best: dict[date, NightRow] = {}
    for row in rows:
        if row.date is None or row.setup != setup or not _usable(row, figure):
            continue
        other = best.get(row.date)
        if other is None or row.hours["sleep"] > other.hours["sleep"]:
            best[row.date] = row
    return best


def _judged(
    row: NightRow, figure: str, setup: Setup | None, best: dict[date, NightRow]
) -> PersonNight:
    index = row.indices[figure]
    if row.date is None:
        return PersonNight(row, index, "no date: give the time of its first sample with --start")
    if index.value is None:
        return PersonNight(row, index, str(index.withheld))
    if setup is not None and row.setup != setup:
        differs = row.setup.differences(setup)
        return PersonNight(row, index, "another " + ", ".join(differs), differs)
    if best[row.date] is not row:
        return PersonNight(row, index, f"the same evening as {best[row.date].result}")
    return PersonNight(row, index, "")
