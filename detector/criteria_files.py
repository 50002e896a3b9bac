"""Criteria in and out of TOML: tables of the same names; what one leaves out keeps its default."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from detector.criteria import Criteria, to_dict
from detector.errors import CriteriaError


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; CriteriaError where it cannot be read or is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CriteriaError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CriteriaError(f"{path.name}: is no TOML file ({error})") from error


def read_criteria(path: Path, base: Criteria) -> Criteria:
    """Return `base` with what the TOML file at `path` sets; its tables are named as the fields."""
    tables = read_toml(path)
    changed: dict[str, Any] = {}
    for name, table in tables.items():
        if name not in Criteria.__dataclass_fields__ or not isinstance(table, dict):
            known = ", ".join(Criteria.__dataclass_fields__)
            raise CriteriaError(f"{path.name}: no table [{name}]; the tables are {known}")
        changed[name] = _with_values(getattr(base, name), table, f"{path.name}: [{name}]")
    return replace(base, **changed)


def _with_values(section: Any, values: dict[str, Any], where: str) -> Any:
    fields = {f.name: f for f in dataclasses.fields(section)}
    for name, value in values.items():
        if name not in fields:
            raise CriteriaError(f"{where} has no {name}; it has {', '.join(fields)}")
        old = getattr(section, name)
        if not _fits(value, old):
            raise CriteriaError(f"{where} {name} = {value!r} is of another kind than {old!r}")
    try:
        return replace(section, **values)
    except ValueError as error:
        raise CriteriaError(f"{where} {error}") from error


def _fits(value: object, old: object) -> bool:
    """Tell whether a value of TOML is of the kind that a field holds."""
    if isinstance(old, bool) or isinstance(value, bool):
        return isinstance(old, bool) and isinstance(value, bool)
    if isinstance(old, int):
        return isinstance(value, int)
    if old is None or isinstance(old, float):
        return isinstance(value, int | float)
    return isinstance(value, str)


def to_toml(criteria: Criteria) -> str:
    """Return the criteria as the text of a TOML file that `read_criteria` reads."""
    lines = []
    for name, table in to_dict(criteria).items():
        lines.append(f"[{name}]")
        for key, value in table.items():
            if isinstance(value, bool):
                lines.append(f"{key} = {str(value).lower()}")
            elif isinstance(value, str):
                lines.append(f'{key} = "{value}"')
            elif value is not None:
                lines.append(f"{key} = {value!r}")
        lines.append("")
    return "\n".join(lines)
