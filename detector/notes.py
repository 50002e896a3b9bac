"""What a person notes beside a night: shown with the results, never scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from detector.criteria_files import read_toml
from detector.errors import CriteriaError

FIELDS = ("symptoms", "medicines", "alone_in_bed", "age_group", "remarks")
AGE_GROUPS = ("adult", "child")


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines of (what, text) as they are shown.

    A child has its own marks in the guidance; of a shared bed the page says what cannot be told.
    """

    lines: tuple[tuple[str, str], ...] = field(default=())
    child: bool = False
    shared_bed: bool = False


def read_notes(path: Path) -> Notes:
    """Read a TOML file with any of `FIELDS`; CriteriaError where it holds something else."""
    table = read_toml(path)
    unknown = sorted(set(table) - set(FIELDS))
    if unknown:
        raise CriteriaError(
            f"{path.name}: {', '.join(unknown)} is no note; the notes are {', '.join(FIELDS)}"
        )
    for name in ("symptoms", "medicines"):
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise CriteriaError(f'{path.name}: {name} is a list of texts, such as ["cramps"]')
    if not isinstance(table.get("alone_in_bed", True), bool):
        raise CriteriaError(f"{path.name}: alone_in_bed is true or false")
    age_group = table.get("age_group", "adult")
    if age_group not in AGE_GROUPS:
        raise CriteriaError(f"{path.name}: age_group is adult or child, not {age_group!r}")
    lines = tuple((name, _said(table[name])) for name in FIELDS if name in table)
    return Notes(lines, age_group == "child", shared_bed=table.get("alone_in_bed") is False)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)
