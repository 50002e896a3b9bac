"""A person's folder: nights.csv and trend.html, written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from detector.errors import CriteriaError, DetectorError
from detector.results import COLUMNS, NightRow
from detector.trend.conditions import said
from detector.trend.diary import Diary
from detector.trend.gather import TABLE
from detector.trend.nights import PersonNights, person_nights
from detector.trend.overview import overview
from detector.trend.page import trend_page_html
from detector.writing import write_together

PAGE, READ_DIARY = "trend.html", "diary_read.csv"


def write_trend(
    rows: Sequence[NightRow],
    folder: Path,
    *,
    name: str,
    figure: str | None = None,
    diary: Diary | None = None,
    links: Mapping[str, str] | None = None,
) -> PersonNights:
    """Write the trend of the nights of `name` into `folder`, and return what it is of.

    `links` are the addresses of the reports by result. DetectorError where the folder holds files
    of these names that are not ours, or cannot be written.
    """
    require_own(folder)
    nights = person_nights(rows, figure)
    page = trend_page_html(name, nights, overview(nights), diary, links)
    contents = {
        folder / TABLE: nights_csv(nights, diary).encode(),
        folder / PAGE: page.encode(),
    }
    if diary is not None:
        contents[folder / READ_DIARY] = read_diary_csv(diary).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if diary is None:
            (folder / READ_DIARY).unlink(missing_ok=True)
    except OSError as error:
        raise DetectorError(f"{folder}: cannot be written ({error.strerror})") from error
    write_together(contents)
    return nights


def require_own(folder: Path) -> None:
    """Raise CriteriaError for a folder whose files would be replaced and are none of ours."""
    table = folder / TABLE
    if not any((folder / name).exists() for name in (TABLE, PAGE, READ_DIARY)):
        return
    try:
        head = table.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError):
        head = ""
    if not head.startswith(",".join(COLUMNS[:3])):
        raise CriteriaError(
            f"{folder} holds files that detector trend did not write; choose another folder"
        )


def nights_csv(nights: PersonNights, diary: Diary | None = None) -> str:
    """Return the table of nights: all columns of a result, whether it is compared, the diary's."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    noted = [] if diary is None else [f"diary_{column.name}" for column in diary.columns]
    writer.writerow([*COLUMNS, "figure", "compared", "not_compared_because", *noted])
    for night in nights.nights:
        cells = [_cell(value) for value in night.row.flat().values()]
        compared = "yes" if night.counts else "no"
        writer.writerow(
            [*cells, nights.figure, compared, night.excluded, *_noted(night.row, diary)]
        )
    return out.getvalue()


def _cell(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return "" if value is None else value


def _noted(row: NightRow, diary: Diary | None) -> list[str]:
    if diary is None:
        return []
    values = [diary.value(row.date, column) for column in diary.columns]
    return ["" if value is None else said(value) for value in values]


def read_diary_csv(diary: Diary) -> str:
    """Return a diary as it was understood: every date and every value in one form."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", *(column.name for column in diary.columns)])
    for evening in sorted(diary.rows):
        values = [diary.value(evening, column) for column in diary.columns]
        cells = ["" if value is None else said(value) for value in values]
        writer.writerow([evening.isoformat(), *cells])
    return out.getvalue()
