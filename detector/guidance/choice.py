"""Which of the guidance concerns one night: from findings to situations to lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from detector.guidance.facts import (
    PATTERNS,
    Fact,
    Group,
    Kind,
    Line,
    facts,
    lines,
)

LABELS = (*PATTERNS, "isolated_movement")
EXCLUSIONS = ("tremor", "rhythmic", "vibration", "respiratory_train")
PLACEMENTS = ("ankle", "wrist", "mattress", "unknown")
RLS_OR_PLMD_PATTERNS = frozenset({"periodic_limb_movement", "restless_activity"})
# What reassures without condition; the articles' README keeps it from findings that fit RLS or PLMD
HARMLESS_FACT = "E12"
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GuidanceCriteria:
    """When a pattern counts as found. They choose texts; no count or index depends on them."""

    hypnic_jerk_min_count: int = 1  # choice: one is enough to be told what it is
    periodic_min_count: int = 4  # AASM, WASM 2016: the least of a series; asleep and awake together
    # IRLSSG 2021, upper quartile of healthy adults' large movements; that it carries over from the
    # laboratory to bouts of a motion sensor is a choice
    restless_adult_min_per_h: float = 10.8
    restless_child_min_per_h: float = 5.0  # DelRosso 2020, in children only; carried over likewise
    min_sleep_h: float = 3.0  # choice: as for an index; less cannot call a night quiet
    # ICSD-3, on EMG; asked of the ankle alone, where accelerometers were compared with it
    laboratory_mark_adult_per_h: float = 15.0
    laboratory_mark_child_per_h: float = 5.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"{name} is {value}, it has to be above 0")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the choice needs to know of one night.

    `asleep` and `awake` are counts by label, `excluded` counts by what a movement was excluded as;
    a missing key is a count of 0. `hours_sleep` is None where sleep is not known, and
    `periodic_limb_movement_per_h` where the estimate is withheld. `untold` are the labels that the
    recording's rate cannot show: no count of them says that there were none.
    """

    asleep: Mapping[str, int] = field(default_factory=lambda: _NONE)
    awake: Mapping[str, int] = field(default_factory=lambda: _NONE)
    hours_sleep: float | None = None
    periodic_limb_movement_per_h: float | None = None
    placement: str = "unknown"
    child: bool = False
    excluded: Mapping[str, int] = field(default_factory=lambda: _NONE)
    untold: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name, known in (("asleep", LABELS), ("awake", LABELS), ("excluded", EXCLUSIONS)):
            counts: Mapping[str, int] = getattr(self, name)
            if strange := sorted(set(counts) - set(known)):
                raise ValueError(f"{name} counts {', '.join(strange)}; known are {known}")
            if any(count < 0 for count in counts.values()):
                raise ValueError(f"{name} has a count below 0")
        if self.placement not in PLACEMENTS:
            raise ValueError(f"placement is {self.placement}; known are {PLACEMENTS}")

    def count(self, label: str) -> int:
        """Return how often a label was given in the night, asleep and awake."""
        return self.asleep.get(label, 0) + self.awake.get(label, 0)


@dataclass(frozen=True, slots=True)
class Advice:
    """One line as a report shows it, with the ids of its facts and of every source to name."""

    group: str
    text: str
    facts: tuple[str, ...]
    articles: tuple[str, ...]


def advise(findings: Findings, criteria: GuidanceCriteria | None = None) -> tuple[Advice, ...]:
    """Choose the guidance for one night: groups in their order, the most useful line first."""
    present = situations(findings, criteria or GuidanceCriteria())
    return tuple(_advice(line) for line in lines() if line.when & present)


def situations(findings: Findings, criteria: GuidanceCriteria) -> frozenset[str]:
    """Name every situation that the night is in, as `when` in the texts speaks of them.

    The patterns found stand by their label. `quiet` says that none was found in a night that
    could have shown them; `unjudged`, that too little sleep is known to call it quiet or restless.
    """
    found = _patterns_found(findings, criteria)
    judged = findings.hours_sleep is not None and findings.hours_sleep >= criteria.min_sleep_h
    named = {
        "found": bool(found),
        "quiet": judged and not found and not findings.untold,
        "unjudged": not judged,
        "untold": judged and bool(findings.untold),
        "restless_adult": "restless_activity" in found and not findings.child,
        "restless_child": "restless_activity" in found and findings.child,
        "child": findings.child,
        # A night that could not be judged may hide what fits: no blanket word for it either
        "nothing_like_rls_or_plmd": judged
        and not findings.untold
        and not found & RLS_OR_PLMD_PATTERNS
        and not findings.excluded.get("respiratory_train", 0),
        "above_laboratory_mark": _above_laboratory_mark(findings, criteria),
        "tremor_or_rhythm": any(findings.excluded.get(kind, 0) for kind in ("tremor", "rhythmic")),
        "respiratory_train": bool(findings.excluded.get("respiratory_train", 0)),
    }
    place = "unknown_placement" if findings.placement == "unknown" else findings.placement
    return frozenset({"always", place, *found, *(name for name, holds in named.items() if holds)})


def facts_on(pattern: str | None = None) -> tuple[Fact, ...]:
    """Return every fact, or those that concern one pattern.

    When to see a doctor, and safety, belong to each pattern. The fact that calls twitching
    harmless is left out where the pattern is one that RLS or PLMD would show.
    """
    if pattern is None:
        return facts()
    return tuple(
        fact
        for fact in facts()
        if (fact.bears_on(pattern) or fact.kind in (Kind.SEE_DOCTOR, Kind.SAFETY))
        and not (fact.id == HARMLESS_FACT and pattern in RLS_OR_PLMD_PATTERNS)
    )


def beyond_the_articles() -> tuple[Advice, ...]:
    """Return what no article says and a clinical source does: when not to wait."""
    return tuple(_advice(line) for line in lines() if line.beyond)


def limits() -> tuple[Advice, ...]:
    """Return what guidance does not replace."""
    return tuple(_advice(line) for line in lines() if line.group is Group.LIMITS)


def _patterns_found(findings: Findings, criteria: GuidanceCriteria) -> frozenset[str]:
    """Return the labels of the patterns above their mark.

    Jerks and series count asleep and awake: the one belongs to the passage into sleep, the other
    shows awake in RLS above all. Restlessness counts asleep alone, since lying awake everybody
    moves, and needs hours enough to be a rate.
    """
    found = set()
    if findings.count("hypnic_jerk") >= criteria.hypnic_jerk_min_count:
        found.add("hypnic_jerk")
    if findings.count("periodic_limb_movement") >= criteria.periodic_min_count:
        found.add("periodic_limb_movement")
    hours = findings.hours_sleep
    if hours is not None and hours >= criteria.min_sleep_h:
        mark = (
            criteria.restless_child_min_per_h
            if findings.child
            else criteria.restless_adult_min_per_h
        )
        if findings.asleep.get("restless_activity", 0) / hours >= mark:
            found.add("restless_activity")
    return frozenset(found)


def _above_laboratory_mark(findings: Findings, criteria: GuidanceCriteria) -> bool:
    """Tell whether an ankle's estimate passes the mark; elsewhere nothing carries a comparison."""
    rate = findings.periodic_limb_movement_per_h
    if rate is None or findings.placement != "ankle":
        return False
    mark = (
        criteria.laboratory_mark_child_per_h
        if findings.child
        else criteria.laboratory_mark_adult_per_h
    )
    return rate > mark


def _advice(line: Line) -> Advice:
    """Name the articles of a line's facts first, each once, then what it rests on besides."""
    article_of = {fact.id: fact.article for fact in facts()}
    named = dict.fromkeys((*(article_of[fact] for fact in line.facts), *line.sources))
    return Advice(line.group.value, line.text, line.facts, tuple(named))
