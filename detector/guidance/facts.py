"""The facts, the articles they come from, and the lines made of them, read from the data files."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType
from typing import Any

ANY_PATTERN = "any"
PATTERNS = ("hypnic_jerk", "periodic_limb_movement", "restless_activity")


class Group(StrEnum):
    """Where a line of advice stands; the order here is the order shown."""

    OVERVIEW = "overview"
    MAY_BE = "may_be"
    CAN_BRING_ON = "can_bring_on"
    TRY_FIRST = "try_first"
    DOCTOR_MAY_DISCUSS = "doctor_may_discuss"
    SEE_DOCTOR = "see_doctor"
    LIMITS = "limits"
    WORDS = "words"


class Kind(StrEnum):
    """What sort of fact it is; the order here is the order listed."""

    BACKGROUND = "background"
    CONDITION = "condition"
    CAUSE = "cause"
    SELF_HELP = "self_help"
    TREATMENT = "treatment"
    SEE_DOCTOR = "see_doctor"
    SAFETY = "safety"
    TERM = "term"


class Role(StrEnum):
    """What a source is to the guidance."""

    ARTICLE = "article"  # one of the five that the facts come from
    CLINICAL = "clinical"  # stands behind what the articles leave out
    STUDY = "study"  # stands behind a figure


@dataclass(frozen=True, slots=True)
class Article:
    """A source. `author` and `publisher` are empty where none is known."""

    id: str
    role: Role
    author: str
    title: str
    publisher: str

    @property
    def name(self) -> str:
        """The source in short, as it stands behind a fact."""
        if self.author and self.publisher:
            return f"{self.author}, {self.publisher}"
        return self.author or self.publisher or self.title

    @property
    def citation(self) -> str:
        """The source in full."""
        return ", ".join(part for part in (self.author, f'"{self.title}"', self.publisher) if part)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of one article in the product's words; `concerns` are patterns, or just "any"."""

    id: str
    article: str
    kind: Kind
    concerns: tuple[str, ...]
    text: str

    def bears_on(self, pattern: str) -> bool:
        """Tell whether the fact concerns a pattern, as all with "any" do."""
        return ANY_PATTERN in self.concerns or pattern in self.concerns


@dataclass(frozen=True, slots=True)
class Line:
    """A line that advice can hold, shown in any one of the situations `when`.

    `facts` are what it carries, `sources` what it rests on besides; `beyond` marks what the
    articles leave out and clinical sources add.
    """

    group: Group
    when: frozenset[str]
    text: str
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    beyond: bool


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def articles() -> tuple[Article, ...]:
    """Return every source: the five articles first, then clinical ones and studies."""
    return tuple(
        Article(row["id"], Role(row["role"]), row["author"], row["title"], row["publisher"])
        for row in csv.DictReader(StringIO(_read("articles.csv")))
    )


@cache
def facts() -> tuple[Fact, ...]:
    """Return every fact of the five articles, in the order of its id."""
    return tuple(
        Fact(
            id=row["id"],
            article=row["article"],
            kind=Kind(row["kind"]),
            concerns=tuple(row["concerns"].split("|")),
            text=row["text"],
        )
        for row in csv.DictReader(StringIO(_read("facts.csv")))
    )


@cache
def texts() -> Mapping[str, Any]:
    """Return the parsed texts file."""
    return MappingProxyType(tomllib.loads(_read("texts.toml")))


@cache
def lines() -> tuple[Line, ...]:
    """Return every line of advice; groups in their order, within one the most useful first."""
    found = (
        Line(
            group=Group(entry["group"]),
            when=frozenset(entry["when"]),
            text=entry["text"],
            facts=tuple(entry.get("facts", ())),
            sources=tuple(entry.get("articles", ())),
            beyond=entry.get("beyond", False),
        )
        for entry in texts()["line"]
    )
    order = list(Group)
    return tuple(sorted(found, key=lambda line: order.index(line.group)))


def group_title(group: str) -> str:
    """Return the heading of a group of advice."""
    title: str = texts()["groups"][Group(group)]
    return title
