"""The codebook of a study: each column of each table with its type, its unit and what it means."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pyarrow as pa

from detector.cohort.gather import (
    FAILURE_COLUMNS,
    MOVEMENT_COLUMNS,
    RECORDING_COLUMNS,
    carried_columns,
)
from detector.cohort.nights import NIGHT_COLUMNS, csv_bytes, night_type
from detector.cohort.store import SCHEMA
from detector.cohort.table import Entry

COLUMNS = ("table", "column", "type", "unit", "meaning", "empty_where")
_UNITS = (
    ("_g_per_s", "g/s"),
    ("min_per_h", "min/h"),
    ("_per_h", "1/h"),
    ("_deg", "degrees"),
    ("_h", "h"),
    ("_s", "s"),
    ("_g", "g"),
)
_SHOWN = {"int32": "integer", "int64": "integer", "double": "number", "date32[day]": "date"}


def codebook_csv(entries: Sequence[Entry]) -> bytes:
    """Return codebook.csv for a study of these recordings."""
    return csv_bytes(COLUMNS, codebook_rows(entries))


def codebook_rows(entries: Sequence[Entry]) -> Iterator[tuple[str, ...]]:
    """Yield a row a column, in the order of the tables."""
    for column in MOVEMENT_COLUMNS:
        kind = SCHEMA.field(column).type if column in SCHEMA.names else pa.string()
        yield _row("movements", column, kind)
    for column in NIGHT_COLUMNS:
        yield _row("nights", column, night_type(column))
    for column in carried_columns(entries):
        text = "as it stands in the table of recordings"
        yield ("nights", column, "text", "", text, "the table has no value")
    for code, text in quality_texts().items():
        yield ("nights", f"quality: {code}", "code", "", text, "the night has no such note")
    for table, columns in (("failures", FAILURE_COLUMNS), ("recordings", RECORDING_COLUMNS)):
        for column in columns:
            yield _row(table, column, pa.int64() if column == "bytes" else pa.string())


def quality_texts() -> Mapping[str, str]:
    """Return what each code in the column quality means."""
    found: dict[str, str] = tomllib.loads(_text())["quality"]
    return found


def _row(table: str, column: str, kind: pa.DataType) -> tuple[str, ...]:
    meaning, empty = _meaning(table, column)
    unit = ""
    if kind == pa.float64():
        stem = column.removesuffix("_low").removesuffix("_high")
        unit = next((unit for end, unit in _UNITS if stem.endswith(end)), "")
        unit = {"hz": "1/s", "interval_s_geometric_mean": "s"}.get(column, unit)
    return (table, column, _SHOWN.get(str(kind), "text"), unit, meaning, empty)


def _meaning(table: str, column: str) -> tuple[str, str]:
    """Return what a column means and where it is empty; KeyError where nothing says so."""
    texts = _texts()
    for ending, text in texts["endings"].items():
        stem = column.removesuffix(ending)
        if stem != column and stem in texts["nights"]:
            meaning, empty = texts["nights"][stem]
            return text[0].format(meaning=meaning), text[1] or empty
    own = texts.get(table, {})
    meaning, empty = own[column] if column in own else texts["all"][column]
    return meaning, empty


@cache
def _texts() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_text())


def _text() -> str:
    return files(__package__).joinpath("codebook.toml").read_text(encoding="utf-8")
