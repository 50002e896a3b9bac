"""Write the tables of docs/criteria.md from the fields and comments of the source.

    python docs/make_criteria.py            # write them
    python docs/make_criteria.py --check    # exit 1 where they are not up to date

What stands between the two marks is generated; the rest of the page is written by hand.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from detector.criteria import Criteria, default_criteria, to_dict
from detector.recording import Placement

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "criteria.md"
BEGIN = "<!-- generated: python docs/make_criteria.py -->"
END = "<!-- end of what is generated -->"

# Endings of names, the longest first where one ends in another.
UNITS = {
    "_ratio": "times",
    "_share": "share",
    "_count": "number",
    "_members_sd": "number",
    "_members": "number",
    "_cycles": "number",
    "_parts": "number",
    "_deg": "degrees",
    "_hz": "Hz",
    "_h": "h",
    "_g": "g",
    "_s": "s",
}
SECTIONS = {
    "conditioning": "ConditioningCriteria",
    "detection": "DetectionCriteria",
    "nights": "NightCriteria",
    "series": "SeriesCriteria",
    "classification": "ClassificationCriteria",
    "summary": "SummaryCriteria",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A threshold as it stands in the source: its name, its value, and where it is from."""

    name: str
    value: object
    source: str


def comments_of(source: str) -> tuple[dict[int, str], set[int]]:
    """Return the comment of each line, and the lines that hold nothing else."""
    comments: dict[int, str] = {}
    alone: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            comments[line] = token.string.lstrip("# ").strip()
            if not token.line[: token.start[1]].strip():
                alone.add(line)
    return comments, alone


def source_of(
    node: ast.stmt, before: ast.stmt | None, comments: Mapping[int, str], alone: set[int]
) -> str:
    """Return the comment behind a statement, or the lines of comment right above it.

    A comment above speaks for the next line too, if that has none of its own.
    """
    behind = comments.get(node.end_lineno or node.lineno, "")
    if behind:
        return behind
    first = node.lineno
    while first - 1 in alone:
        first -= 1
    if first < node.lineno:
        return " ".join(comments[line] for line in range(first, node.lineno))
    if before is None or before.end_lineno != node.lineno - 1:
        return ""
    return "as above" if before.lineno - 1 in alone else ""


def fields_of(module: str, name: str) -> Iterator[Row]:
    """Yield the fields of a dataclass with their defaults and the comments at them."""
    found = importlib.import_module(module)
    defaults = getattr(found, name)()
    text = Path(str(found.__file__)).read_text(encoding="utf-8")
    comments, alone = comments_of(text)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for before, line in pairwise([None, *node.body]):
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    field = line.target.id
                    source = source_of(line, before, comments, alone)
                    yield Row(field, getattr(defaults, field), source)


def constants_of(module: str) -> Iterator[Row]:
    """Yield the constants in capitals of a module with the comments at them."""
    found = importlib.import_module(module)
    text = Path(str(found.__file__)).read_text(encoding="utf-8")
    comments, alone = comments_of(text)
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.isupper():
                yield Row(name, getattr(found, name), source_of(node, None, comments, alone))


def unit_of(name: str, value: object) -> str:
    """Return the unit that a name ends in."""
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, str):
        return "text"
    if "_per_h" in name:
        return "1/h"
    name = name.lower()
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def shown(value: object) -> str:
    """Return a value as TOML writes it; a criterion that is off is none."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def table(rows: Iterator[Row]) -> Iterator[str]:
    """Yield the lines of a table of thresholds."""
    yield "| name | default | unit | source |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        source = re.sub(r"\+-", "±", row.source.replace("|", "\\|"))
        unit = unit_of(row.name, row.value)
        yield f"| `{row.name}` | {shown(row.value)} | {unit} | {source} |"


def differences(variants: Mapping[str, Criteria]) -> Iterator[str]:
    """Yield the lines of a table of what differs between criteria, one column a variant."""
    tables = {name: to_dict(criteria) for name, criteria in variants.items()}
    yield "| criterion | " + " | ".join(tables) + " |"
    yield "| --- |" + " --- |" * len(tables)
    first = next(iter(tables.values()))
    for section, fields in first.items():
        for field in fields:
            values: list[Any] = [one[section][field] for one in tables.values()]
            if len(set(values)) > 1:
                cells = " | ".join(shown(value) for value in values)
                yield f"| `{section}.{field}` | {cells} |"


def generated() -> str:
    """Return all the tables."""
    lines: list[str] = []
    for section, name in SECTIONS.items():
        doc = getattr(importlib.import_module("detector.criteria"), name).__doc__
        lines += [f"### `[{section}]`", "", doc.strip().splitlines()[0], ""]
        lines += [*table(fields_of("detector.criteria", name)), ""]
    lines += ["### What differs by placement", ""]
    by_placement = {str(place): default_criteria(place) for place in Placement}
    lines += [*differences(by_placement), ""]
    lines += ["### What differs by rule set", ""]
    by_rules = {rules: default_criteria(Placement.ANKLE, rules) for rules in ("wasm", "aasm")}
    lines += [*differences(by_rules), ""]
    lines += ["### Choice of guidance", "", "These choose texts and change no figure.", ""]
    lines += [*table(fields_of("detector.guidance.choice", "GuidanceCriteria")), ""]
    lines += ["### Calibration to gravity", "", "These are constants and cannot be set.", ""]
    lines += [*table(constants_of("detector.calibration")), ""]
    return "\n".join(lines)


def put_between(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """Return a page with `text` between its two marks."""
    head, rest = page.split(begin)
    _, tail = rest.split(end)
    return f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}"


def up_to_date() -> str:
    """Return the page as it has to be."""
    missing = {field.name for field in dataclasses.fields(Criteria)} ^ set(SECTIONS)
    if missing:
        raise SystemExit(f"sections that this script does not know, or are gone: {missing}")
    return put_between(PAGE.read_text(encoding="utf-8"), generated())


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the tables of docs/criteria.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, tell by exit status")
    fresh = up_to_date()
    if parser.parse_args().check:
        sys.exit(int(fresh != PAGE.read_text(encoding="utf-8")))
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
