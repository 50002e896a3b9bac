"""The diary: one row an evening, as a person fills it in a spreadsheet. Missing stays missing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from types import MappingProxyType

from detector.trend.factors import Factor, Kind, factor_named, factors
from detector.trend.sheet import DiaryError, Sheet, column_key, read_dates, read_sheet

Value = bool | float | str | time
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "wahr", "\N{CHECK MARK}"})
_NO = frozenset({"no", "n", "false", "0", "nein", "falsch"})
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "unknown"})
_EXERCISE = {
    "none": "none",
    "no": "none",
    "0": "none",
    "nein": "none",
    "keine": "none",
    "kein": "none",
    "day": "day",
    "tag": "day",
    "tags": "day",
    "evening": "evening",
    "abend": "evening",
    "abends": "evening",
}
_TEXT_NAMES = ("remarks", "remark", "notes", "note", "comments", "comment")
_DATE_NAMES = ("date", "datum", "evening", "abend", "night_of")


@dataclass(frozen=True, slots=True)
class Diary:
    """Evenings with what was noted of each; a value that is not there was not noted."""

    name: str
    columns: tuple[Factor, ...]
    rows: Mapping[date, Mapping[str, Value]]

    def column(self, name: str) -> Factor:
        """Return a column by its name, or by another name for it; DiaryError where none is."""
        key = column_key(name)
        known = factor_named(key)
        for factor in self.columns:
            if factor.name == key or (known is not None and factor.name == known.name):
                return factor
        have = ", ".join(factor.name for factor in self.columns) or "none"
        raise DiaryError(f"{self.name}: has no column {key}; it has {have}")

    def value(self, evening: date | None, factor: Factor) -> Value | None:
        """Return what was noted of an evening, None where nothing was."""
        return None if evening is None else self.rows.get(evening, {}).get(factor.name)


def diary_csv(evenings: Iterable[date]) -> str:
    """Return an empty diary: a row of names, a row of hints, a row an evening."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["date", *factors(), "remarks"])
    writer.writerow(["# how to fill it in", *(one.hint for one in factors().values()), "any text"])
    for evening in sorted(set(evenings)):
        writer.writerow([evening.isoformat(), *([""] * (len(factors()) + 1))])
    return out.getvalue()


def read_diary(path: Path, known: Collection[date] = ()) -> Diary:
    """Read a diary; `known` are the evenings of the nights, which may decide the order of dates.

    DiaryError, with file, row and what to do, where a cell is not clear.
    """
    sheet = read_sheet(path)
    keys = [column_key(name) for name in sheet.columns]
    at = next((keys.index(name) for name in _DATE_NAMES if name in keys), None)
    if at is None:
        raise DiaryError(
            f"{sheet.name}: no column is called date; call the one with the evenings' dates so"
        )
    dates = read_dates(sheet, at, known)
    columns = [(index, _column(sheet, index, key)) for index, key in enumerate(keys) if index != at]
    _require_different(sheet, [factor for _, factor in columns])
    rows: dict[date, dict[str, Value]] = {evening: {} for evening in dates}
    for index, factor in columns:
        for line, evening in zip(sheet.lines, dates, strict=True):
            value = _read_cell(sheet, line.number, line.cells[index], factor)
            if value is not None:
                rows[evening][factor.name] = value
    read_only = {evening: MappingProxyType(values) for evening, values in rows.items()}
    return Diary(sheet.name, tuple(factor for _, factor in columns), MappingProxyType(read_only))


def _require_different(sheet: Sheet, columns: list[Factor]) -> None:
    names = [factor.name for factor in columns]
    for name in names:
        if names.count(name) > 1:
            raise DiaryError(f"{sheet.name}: two columns mean {name}; keep one of them")


def _column(sheet: Sheet, index: int, key: str) -> Factor:
    """Return what a column means; of one's own, what its cells look like."""
    known = factor_named(key)
    if known is not None:
        return known
    title = sheet.columns[index]
    if key in _TEXT_NAMES:
        return Factor(key, Kind.TEXT, title)
    if not key:
        raise DiaryError(f"{sheet.name}: a column is called {title!r}; give it a name of letters")
    cells = [cell.lower() for line in sheet.lines if not _missing(cell := line.cells[index])]
    numbers = [number_of(cell) is not None for cell in cells]
    kind = Kind.TEXT
    # 1 and 0 are yes and no where nothing else is there, and numbers beside others
    if cells and all(cell in _YES | _NO for cell in cells):
        kind = Kind.YES_NO
    elif cells and all(numbers):
        kind = Kind.NUMBER
    elif cells and all(time_of(cell) is not None for cell in cells):
        kind = Kind.TIME
    return Factor(key, kind, title)


def _missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _read_cell(sheet: Sheet, number: int, cell: str, factor: Factor) -> Value | None:
    if _missing(cell):
        return None
    value = value_of(cell, factor)
    if value is None:
        raise sheet.fault(
            number,
            f"{factor.name}: {cell!r} is not clear; write {_wanted(factor)}, or leave it empty",
        )
    return value


def value_of(text: str, factor: Factor) -> Value | None:
    """Return a cell's or an option's text as the factor's kind, None where it is none."""
    lower = text.strip().lower()
    if factor.kind is Kind.YES_NO:
        return True if lower in _YES else False if lower in _NO else None
    if factor.kind is Kind.CHOICE:
        return _EXERCISE.get(lower)
    if factor.kind is Kind.NUMBER:
        number = number_of(lower)
        if number is None:
            return None
        within = (factor.least is None or number >= factor.least) and (
            factor.most is None or number <= factor.most
        )
        return number if within else None
    if factor.kind is Kind.TIME:
        return time_of(lower)
    return text.strip()


def _wanted(factor: Factor) -> str:
    wanted = {
        Kind.YES_NO: "yes or no",
        Kind.CHOICE: "none, day or evening",
        Kind.TIME: "a time like 22:30",
        Kind.NUMBER: "a number",
    }[factor.kind]
    if factor.least is not None and factor.most is not None:
        return f"{wanted} from {factor.least:g} to {factor.most:g}"
    return wanted


def number_of(text: str) -> float | None:
    """Return a number with a decimal point or comma."""
    if not re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return None
    return float(text.replace(",", "."))


def time_of(text: str) -> time | None:
    """Return a time of day: 22:30, 22.30, 22h30, 22:30:00, 10:30 pm, 22:30 Uhr."""
    match = re.fullmatch(
        r"(\d{1,2})\s*[:.h]\s*(\d{2})(?::\d{2}(?:[.,]0+)?)?\s*(uhr|am|pm|a\.m\.|p\.m\.)?",
        text.lower(),
    )
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").replace(".", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
