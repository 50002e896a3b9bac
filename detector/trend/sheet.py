"""A CSV as a spreadsheet saves it: any delimiter, any encoding, and the dates of its rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from detector.errors import DetectorError

_DELIMITERS = (",", ";", "\t", "|")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME_BEHIND = re.compile(r"[T ]\s*0?0[:.]00([:.]00([.,]0+)?)?$")
_LARGEST_BYTES = 10_000_000


class DiaryError(DetectorError):
    """A table that a person filled in cannot be used; the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: `number` as a spreadsheet counts it, from 1, and its cells by column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its file's name, the names of its columns as written, and the rows below them."""

    name: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    def fault(self, line: int, what: str) -> DiaryError:
        """Return the error that names this file and a row."""
        return DiaryError(f"{self.name}: row {line}: {what}")


def read_sheet(path: Path) -> Sheet:
    """Read a table with a row of names; rows that are empty, or begin with #, are passed over."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise DiaryError(f"{path.name}: is too large for a diary; give the diary's CSV")
        content = path.read_bytes()
    except OSError as error:
        raise DiaryError(f"{path}: cannot be read ({error.strerror})") from error
    text = _decoded(content, path.name)
    rows = _rows(text, path.name)
    if not rows:
        raise DiaryError(f"{path.name}: is empty; make one with detector trend --make-diary")
    number, head = rows[0]
    columns = tuple(head)
    while columns and not columns[-1]:
        columns = columns[:-1]
    sheet = Sheet(path.name, columns, ())
    if "" in columns:
        place = columns.index("") + 1
        raise sheet.fault(number, f"column {place} has no name; give it one, or delete it")
    lines = []
    for number, row in rows[1:]:
        cells = [*row, *([""] * (len(columns) - len(row)))]
        if any(cells[len(columns) :]):
            raise sheet.fault(
                number,
                f"has {len(row)} cells, the first row names {len(columns)} columns; "
                "give the last ones a name, or put text with a comma in quotes",
            )
        lines.append(Line(number, tuple(cells[: len(columns)])))
    return Sheet(path.name, columns, tuple(lines))


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise DiaryError(f"{name}: is a spreadsheet; save it as CSV")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise DiaryError(f"{name}: is no text; save the diary as CSV (UTF-8)")


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return the rows that say something, each with its number in the file."""
    first = text.split("\n", 1)[0].strip().strip('"').lower()
    skipped = 0
    if re.fullmatch(r"sep=.", first):  # what Excel writes and reads to say the delimiter
        text, skipped = text.partition("\n")[2], 1
    delimiter = _delimiter(text)
    try:
        parsed = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DiaryError(f"{name}: is no CSV ({error}); save the diary as CSV again") from error
    cleaned = [[_clean(cell) for cell in row] for row in parsed]
    return [
        (number, row)
        for number, row in enumerate(cleaned, 1 + skipped)
        if any(row) and not row[0].startswith("#")
    ]


def _delimiter(text: str) -> str:
    """Return the delimiter of the row of names: the one that parts it most often."""
    for line in text.splitlines():
        if line.strip():
            return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark))))
    return ","


def _clean(cell: str) -> str:
    return cell.replace("\u00a0", " ").replace("\u202f", " ").strip()


def column_key(name: str) -> str:
    """Return a column's name as options name it: `bath_or_massage` for "Bath or massage"."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


# Dates -------------------------------------------------------------------------------------------

Reader = Callable[[str], date | None]


def read_dates(sheet: Sheet, column: int, known: Collection[date]) -> tuple[date, ...]:
    """Return the date of each row of a sheet, by the one order that all its rows allow.

    03/02 may be the third of February or the second of March. Where both orders read every row,
    the one that meets more of the `known` evenings is taken, then one in which the rows follow day
    upon day; else DiaryError. An unclear or repeated date is one too.
    """
    texts = [_TIME_BEHIND.sub("", line.cells[column]).strip() for line in sheet.lines]
    readings = [[read(text) for text in texts] for read in (_day_first, _month_first)]
    whole = [found for found in readings if None not in found]
    if not whole:
        best = max(readings, key=lambda found: len(found) - found.count(None))
        at = best.index(None)
        raise sheet.fault(sheet.lines[at].number, _unclear_date(texts[at]))
    found = [[day for day in one if day is not None] for one in whole]
    dates = found[0]
    if len(found) == 2 and found[0] != found[1]:
        scores = [_fit(one, known) for one in found]
        if scores[0] == scores[1]:
            at = next(k for k, (a, b) in enumerate(zip(*found, strict=True)) if a != b)
            raise sheet.fault(
                sheet.lines[at].number,
                f"{texts[at]!r} may be {found[0][at]:%d %B} or {found[1][at]:%d %B}; write dates "
                f"like {found[0][at]}",
            )
        dates = found[scores.index(max(scores))]
    _require_once(sheet, dates)
    return tuple(dates)


def _unclear_date(text: str) -> str:
    if not text:
        return "has no date; write the date of the evening, like 2026-03-02"
    return f"{text!r} is no date; write the date of the evening, like 2026-03-02"


def _fit(dates: Sequence[date], known: Collection[date]) -> tuple[int, int]:
    follows = sum(b - a == timedelta(days=1) for a, b in pairwise(dates))
    return sum(day in known for day in dates), follows


def _require_once(sheet: Sheet, dates: Sequence[date]) -> None:
    first: dict[date, int] = {}
    for line, day in zip(sheet.lines, dates, strict=True):
        if day in first:
            raise sheet.fault(
                line.number, f"{day} is there already, in row {first[day]}; keep one row an evening"
            )
        first[day] = line.number


def _day_first(text: str) -> date | None:
    return _date(text, month_first=False)


def _month_first(text: str) -> date | None:
    return _date(text, month_first=True)


def _date(text: str, *, month_first: bool) -> date | None:
    text = re.sub(r"^[^\W\d_]+\.?,?\s+(?=\d)", "", text)  # a weekday before it
    numbers: Iterator[int] | None = None
    if match := re.fullmatch(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})", text):
        numbers = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})\.?", text):
        first, mark, second, year = match.groups()
        day, month = (first, second)
        if month_first and mark != ".":  # with dots the day stands first everywhere
            day, month = month, day
        numbers = iter((_year(year), int(month), int(day)))
    elif match := re.fullmatch(r"(\d{1,2})[-. ]+([^\W\d_]{3})[^\W\d_]*[-. ,]+(\d{4}|\d{2})", text):
        day, name, year = match.groups()
        if name.lower() in _MONTHS:
            numbers = iter((_year(year), 1 + _MONTHS.index(name.lower()), int(day)))
    if numbers is None:
        return None
    try:
        return date(*numbers)
    except ValueError:
        return None


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)
