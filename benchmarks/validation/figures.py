"""What pages are made of: the results of some seeds, summed up in a few ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from validation.measures import label_f1, moved
from validation.rates import MARK_PER_H
from validation.store import Results
from validation.tables import DASH, Form

Night = Mapping[str, Any]
FEW_PERIODIC = 40  # below it a night's count in percent says nothing
FEW_LABELS = 10

CASES = {
    "ankle": "ankle",
    "ankle_partner": "ankle, a partner in bed",
    "ankle_30": "ankle, 30 periodic/h",
    "ankle_60": "ankle, 60 periodic/h",
    "third": "ankle, a third as strong",
    "wrist": "wrist, 0.35 of the ankle",
    "wrist_own": "wrist, an arm's movements",
    "mattress": "mattress, 0.12, to 9 Hz, no tilt",
    "mattress_own": "mattress, 0.10, to 6 Hz",
}


class Measured:
    """The figures of some seeds."""

    def __init__(self, results: Results, seeds: range) -> None:
        self._results = results
        self.seeds = seeds

    def of(self, check: str) -> list[Night]:
        """Return the figures of a check, a seed each."""
        found = self._results.of(check)
        return [figures for seed, figures in found.items() if seed in self.seeds]

    def variants(self, check: str) -> list[str]:
        """Return the names of what was measured in each seed of a check, the reference first."""
        nights = self.of(check)
        return list(nights[0]) if nights else []

    def index_moves(self, check: str, name: str) -> list[float]:
        """Return by what share the index of each night moves from the reference."""
        reference = self.variants(check)[0]
        found = (moved(n[name]["index"], n[reference]["index"]) for n in self.of(check))
        return [value for value in found if value is not None]

    def jerks(self, basis: str) -> Counter[str]:
        """Return how many hypnic jerks are true, found, and both."""
        return pooled([{"jerks": one[basis]} for one in self.of("jerks")], "jerks")

    def people(self) -> list[Night]:
        """Return true and estimated index of everybody about whom is decided."""
        found = [night for seed in self.of("decisions") for night in seed["nights"]]
        return [night for night in found if night["index"] is not None]

    def decided(self, truth: str) -> dict[bool, tuple[int, int]]:
        """Return (right, of) of those above the mark by `truth`, and of those not above it."""
        found = {}
        for above in (True, False):
            here = [n for n in self.people() if (n[truth] > MARK_PER_H) == above]
            found[above] = (sum((n["index"] > MARK_PER_H) == above for n in here), len(here))
        return found

    def drawn(self, band: str, kind: str) -> list[Night]:
        """Return the short-cut nights of a band and a kind of process."""
        return [one for seed in self.of("coverage") for one in seed[f"{band}|{kind}"]]

    def held(self, band: str, kind: str, rate: str) -> tuple[int, int]:
        """Return in how many nights the interval holds the person's rate, and of how many."""
        return _held([(n[rate], n) for n in self.drawn(band, kind)])

    def held_of(self, band: str, kind: str, index: str) -> tuple[int, int]:
        """Return the same of any index, of nights that have it."""
        there = [n["all"][index] for n in self.drawn(band, kind) if index in n["all"]]
        return _held([(one["true"], one) for one in there])

    def took_s(self, check: str) -> list[float]:
        """Return the processor's seconds of each seed that is measured."""
        return [s for seed, s in self._results.took_s(check).items() if seed in self.seeds]

    def injected(self, name: str) -> list[Night]:
        """Return the runs with movements put into a real night."""
        return [run for seed in self.of("injection") for run in seed.get(name, ())]


def _held(pairs: Sequence[tuple[float, Night]]) -> tuple[int, int]:
    return sum(n["low"] <= rate <= n["high"] for rate, n in pairs), len(pairs)


def pooled(nights: Sequence[Night], key: str) -> Counter[str]:
    """Return the sum over nights of what is counted under `key`."""
    sums: Counter[str] = Counter()
    for night in nights:
        sums.update(night[key])
    return sums


def total(nights: Sequence[Night], key: str) -> float:
    return float(sum(n[key] for n in nights))


def known(nights: Sequence[Night], key: str) -> list[float]:
    """Return the values of `key` in the nights that have one."""
    return [n[key] for n in nights if n[key] is not None]


def counts_off(nights: Sequence[Night]) -> list[float]:
    """Return by what share each night's periodic count is off, where there are enough to tell."""
    return [
        n["periodic_found"] / n["periodic_true"] - 1
        for n in nights
        if n["periodic_true"] >= FEW_PERIODIC
    ]


def label_by_night(nights: Sequence[Night], label: str) -> list[float]:
    """Return the F1 of a label in each night that has enough of it."""
    values = []
    for n in nights:
        true = sum(count for pair, count in n["labels"].items() if pair.split(">")[0] == label)
        value = label_f1(n["labels"], label)
        if true >= FEW_LABELS and value is not None:
            values.append(value)
    return values


def farthest(values: Sequence[float]) -> float:
    return max(values, key=abs)


def spread(
    values: Sequence[float | None], form: Form, worst: Callable[[Sequence[float]], float]
) -> list[str]:
    """Return the median and the worst of what is known of `values`, as text."""
    there = [v for v in values if v is not None]
    return [form(float(np.median(there))), form(worst(there))] if there else [DASH, DASH]
