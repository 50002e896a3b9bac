"""The rows of nights.parquet and nights.csv, and of what else is a table of a whole study."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from detector.results import COLUMNS, EXCLUSIONS, LABELS

WHOSE = ("participant", "visit", "file", "recording", "same_as")
_INTEGERS = {
    "night",
    "series_count",
    *LABELS,
    *(f"{name}_wake" for name in LABELS),
    *(f"excluded_{name}" for name in EXCLUSIONS),
}
_TEXTS = {
    *WHOSE,
    "source",
    "placement",
    "side",
    "device",
    "basis",
    "rules",
    "criteria",
    "version",
    "bedtime",
    "sleep_start",
    "sleep_end",
    "quality",
}
NIGHT_COLUMNS = (*WHOSE, *(name for name in COLUMNS if name != "result"))
_ROWS = 5000


def night_type(column: str) -> pa.DataType:
    """Return the Parquet type of a column of nights."""
    if column in _INTEGERS:
        return pa.int32()
    if column == "date":
        return pa.date32()
    if column in _TEXTS or column.endswith("_withheld"):
        return pa.string()
    return pa.float64()


class NightTables:
    """Writes nights.parquet and nights.csv, row by row, in the memory of some thousand rows.

    `carried` are columns of the table of recordings that stand at the end, as text.
    """

    def __init__(self, parquet: Path, text: Path, carried: Sequence[str]) -> None:
        self._columns = (*NIGHT_COLUMNS, *carried)
        types = [(c, night_type(c)) for c in NIGHT_COLUMNS] + [(c, pa.string()) for c in carried]
        self._schema = pa.schema(types)
        self._writer = pq.ParquetWriter(parquet, self._schema, compression="zstd")
        self._out = text.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._out, lineterminator="\n")
        self._csv.writerow(self._columns)
        self._rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """Write one row; clocks as texts of ISO 8601."""
        plain = {k: _text(v) if isinstance(v, datetime) else v for k, v in row.items()}
        self._rows.append(plain)
        self._csv.writerow([_cell(plain.get(column)) for column in self._columns])
        if len(self._rows) >= _ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()
        self._out.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a table as the text of a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _cell(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
