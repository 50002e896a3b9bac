"""One night against its truth: what was found, when, as what, and how large it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.annotations import AnnotationError
from detector.evaluation.marks import Mark, Marks, PeriodicIndex
from detector.matching import Hits, Matching, confusion, match_onsets

NONE = "none"
LABEL_ORDER = (
    "hypnic_jerk",
    "periodic_limb_movement",
    "restless_activity",
    "isolated_movement",
)
PEAK_EDGES_G = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, np.inf)
_MAX_SHIFT_S = 43_200.0  # clocks half a day apart are those of two nights

Labels = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A night and its truth within the time that both looked at.

    The pairs of `matching` index `found` and `true`. `span_s` is that time, None on a side that
    neither file tells; `shift_s` was added to the truth's times. `within` counts the found without
    a partner that lie where the truth has something else moving.
    """

    found_name: str
    true_name: str
    found: tuple[Mark, ...]
    true: tuple[Mark, ...]
    matching: Matching
    found_index: PeriodicIndex
    true_index: PeriodicIndex
    span_s: tuple[float | None, float | None]
    shift_s: float
    within: dict[str, int]

    @property
    def differences_s(self) -> npt.NDArray[np.float64]:
        """Return found minus true onset of each pair (k,)."""
        return np.array(
            [self.found[i].onset_s - self.true[j].onset_s for i, j in self.matching.pairs],
            dtype=np.float64,
        )

    @property
    def labels(self) -> Labels:
        """Return how often each (true, found) pair of labels met; "none" for no partner."""
        return confusion([m.label for m in self.found], [m.label for m in self.true], self.matching)

    @property
    def index_error(self) -> float | None:
        """Return found minus true index; None where one of them is withheld."""
        if self.found_index.value is None or self.true_index.value is None:
            return None
        return self.found_index.value - self.true_index.value


def compare(found: Marks, true: Marks, tolerance_s: float, shift_s: float | None) -> Comparison:
    """Hold a night against its truth; what lies outside the time that both looked at is left out.

    `shift_s` is added to the truth's times; None takes it from the two clocks, where both have one.
    """
    shift_s = clock_shift_s(found, true) if shift_s is None else shift_s
    moved = true.shifted(shift_s)
    _require_same_time(found, moved)
    start_s, stop_s = _common(found.span_s, moved.span_s)

    def inside(marks: Iterable[Mark]) -> tuple[Mark, ...]:
        return tuple(
            m
            for m in marks
            if (start_s is None or m.onset_s >= start_s) and (stop_s is None or m.onset_s < stop_s)
        )

    ours, theirs = inside(found.marks), inside(moved.marks)
    matching = match_onsets([m.onset_s for m in ours], [m.onset_s for m in theirs], tolerance_s)
    hit = {i for i, _ in matching.pairs}
    alone = [m for i, m in enumerate(ours) if i not in hit]
    return Comparison(
        found_name=found.name,
        true_name=true.name,
        found=ours,
        true=theirs,
        matching=matching,
        found_index=found.index,
        true_index=true.index,
        span_s=(start_s, stop_s),
        shift_s=shift_s,
        within=_within(alone, moved.stretches, tolerance_s),
    )


def clock_shift_s(found: Marks, true: Marks) -> float:
    """Return by how much the truth's second 0 comes after that of the result, by their clocks."""
    if found.start is None or true.start is None:
        return 0.0
    if found.start.tzinfo is not None:
        raise AnnotationError(
            f"{found.name}: its clock is UTC, that of {true.name} is local; analyze the night with "
            "--timezone, or say with --shift how many seconds to add to the truth's times"
        )
    shift_s = (true.start - found.start).total_seconds()
    if abs(shift_s) > _MAX_SHIFT_S:
        raise AnnotationError(
            f"{true.name}: begins {true.start:%Y-%m-%d %H:%M}, {found.name} "
            f"{found.start:%Y-%m-%d %H:%M}; if they are of one night, say with --shift how many "
            "seconds to add to the truth's times"
        )
    return shift_s


def _common(
    one: tuple[float, float] | None, other: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    spans = [span for span in (one, other) if span is not None]
    if not spans:
        return None, None
    return max(start for start, _ in spans), min(stop for _, stop in spans)


def _require_same_time(found: Marks, true: Marks) -> None:
    """Raise AnnotationError where the two have no time in common: their clocks differ."""
    ours, theirs = _extent(found), _extent(true)
    if ours is None or theirs is None:
        return
    # where a file tells no span, the night may have begun long before its first movement
    apart_s = 0.0 if found.span_s and true.span_s else _MAX_SHIFT_S
    if ours[0] <= theirs[1] + apart_s and theirs[0] <= ours[1] + apart_s:
        return
    raise AnnotationError(
        f"{true.name}: runs from {theirs[0]:.0f} to {theirs[1]:.0f} s, {found.name} from "
        f"{ours[0]:.0f} to {ours[1]:.0f} s; both have to count seconds from one moment: say with "
        "--shift how many to add to the truth's times"
    )


def _extent(marks: Marks) -> tuple[float, float] | None:
    if marks.span_s is not None:
        return marks.span_s
    if not marks.marks:
        return None
    return marks.marks[0].onset_s, marks.marks[-1].onset_s


def _within(
    alone: Sequence[Mark], stretches: Sequence[tuple[str, float, float]], tolerance_s: float
) -> dict[str, int]:
    found: Counter[str] = Counter()
    for mark in alone:
        for what, start_s, stop_s in stretches:
            if start_s - tolerance_s <= mark.onset_s < stop_s + tolerance_s:
                found[what] += 1
                break
    return dict(sorted(found.items()))


def label_hits(labels: Labels) -> dict[str, Hits]:
    """Return the counts of each label, the detector's own first; a hit has it on both sides."""
    names = {name for pair in labels for name in pair} - {NONE}
    return {
        name: Hits(
            hits=labels.get((name, name), 0),
            found=sum(n for (_, found), n in labels.items() if found == name),
            true=sum(n for (true, _), n in labels.items() if true == name),
        )
        for name in sorted(names, key=_place)
    }


def _place(label: str) -> tuple[int, str]:
    return (LABEL_ORDER.index(label) if label in LABEL_ORDER else len(LABEL_ORDER)), label


@dataclass(frozen=True, slots=True)
class PeakRow:
    """Marks of an amplitude in [low_g, high_g), and how many of them have a partner."""

    low_g: float
    high_g: float | None
    count: int
    matched: int


def by_peak(comparisons: Sequence[Comparison]) -> tuple[str, list[PeakRow]]:
    """Return whose amplitudes are known, and the marks of that side by amplitude.

    Of the truth's, matched over count is recall. Where no truth tells amplitudes, of the result's:
    there it is precision. Empty where neither does.
    """
    for side in ("true", "found"):
        peaks, hit = _peaks(comparisons, side)
        if peaks.size:
            rows = []
            for low, high in pairwise(PEAK_EDGES_G):
                here = (peaks >= low) & (peaks < high)
                top = None if np.isinf(high) else high
                rows.append(PeakRow(low, top, int(here.sum()), int(hit[here].sum())))
            return side, [row for row in rows if row.count]
    return "", []


def _peaks(
    comparisons: Sequence[Comparison], side: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the known amplitudes (n,) g of a side, and which of them have a partner (n,)."""
    peaks, hits = [], []
    for one in comparisons:
        marks = one.true if side == "true" else one.found
        matched = {pair[side == "true"] for pair in one.matching.pairs}
        for k, mark in enumerate(marks):
            if mark.peak_g is not None:
                peaks.append(mark.peak_g)
                hits.append(k in matched)
    return np.array(peaks, dtype=np.float64), np.array(hits, dtype=bool)


def pooled(comparisons: Sequence[Comparison]) -> tuple[Hits, Labels]:
    """Return the counts of all nights together, as if they were one."""
    labels: Counter[tuple[str, str]] = Counter()
    for one in comparisons:
        labels.update(one.labels)
    hits = [one.matching.hits for one in comparisons]
    all_hits = Hits(
        sum(h.hits for h in hits), sum(h.found for h in hits), sum(h.true for h in hits)
    )
    return all_hits, dict(labels)
