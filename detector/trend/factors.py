"""What a diary asks of an evening, and what the articles say on it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from detector.guidance import Fact
from detector.guidance import facts as all_facts

_NOTHING_SAID: Mapping[str, str] = MappingProxyType({})


class Kind(StrEnum):
    """What the cells of a column hold."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Factor:
    """A column of a diary. `said` are the words for its values, `hint` what to write in it.

    `facts` are ids of the articles' facts; `no_plan` says why no plan is made of it, empty where
    one may be.
    """

    name: str
    kind: Kind
    title: str
    hint: str = ""
    said: Mapping[str, str] = field(default_factory=lambda: _NOTHING_SAID)
    also: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    plan_note: str = ""
    no_plan: str = ""


@cache
def factors() -> Mapping[str, Factor]:
    """Return the factors that every diary asks for, in the order of its columns."""
    table = tomllib.loads(files(__package__).joinpath("factors.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _factor(name, values) for name, values in table.items()})


def _factor(name: str, values: dict[str, object]) -> Factor:
    named = ("yes", "no", "none", "day", "evening")
    said: dict[str, str] = {value: str(values[value]) for value in named if value in values}
    return Factor(
        name=name,
        kind=Kind(str(values["kind"])),
        title=str(values["title"]),
        hint=str(values["hint"]),
        said=MappingProxyType(said),
        also=_texts(values.get("also", [])),
        facts=_texts(values["facts"]),
        least=_number(values.get("least")),
        most=_number(values.get("most")),
        plan_note=str(values.get("plan_note", "")),
        no_plan=str(values.get("no_plan", "")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def factor_named(key: str) -> Factor | None:
    """Return the factor that a column of that name means, None for a column of one's own."""
    found = factors()
    if key in found:
        return found[key]
    return next((factor for factor in found.values() if key in factor.also), None)


def facts_on_factor(factor: Factor) -> tuple[Fact, ...]:
    """Return what the articles say on a factor, in the order of the file."""
    by_id = {fact.id: fact for fact in all_facts()}
    return tuple(by_id[one] for one in factor.facts)
