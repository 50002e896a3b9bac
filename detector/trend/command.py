"""`detector trend`: parse, gather, write; no numerics."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from detector.errors import CriteriaError, DetectorError
from detector.reading_options import Reading, reading_options, shown_name, shows_progress
from detector.results import INDICES

if TYPE_CHECKING:
    from detector.trend.diary import Diary
    from detector.trend.gather import Gathered

_EMPTY_EVENINGS = 28


@dataclass(frozen=True, slots=True)
class _Files:
    """What is read beside the nights, and what is written."""

    output: Path | None
    diary: Path | None
    make_diary: Path | None


@click.command("trend")
@click.argument("nights", nargs=-1, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write trend.html, nights.csv and results of new recordings into this folder.",
)
@click.option(
    "--diary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A CSV with a row an evening, shown beside the nights.",
)
@click.option(
    "--make-diary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an empty diary with the nights' dates, or the next four weeks without NIGHTS.",
)
@click.option(
    "--figure",
    type=click.Choice(INDICES),
    help="The figure to follow; by default periodic movements at the ankle, else all movements.",
)
@click.option("--name", help="Whose nights they are, as the page shows it.  [default: one person]")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON, nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no report.")
def trend(
    nights: tuple[Path, ...],
    *,
    output: Path | None,
    diary: Path | None,
    make_diary: Path | None,
    figure: str | None,
    name: str | None,
    reading: Reading,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show many nights of one person: each with its interval, their mean, how much they differ.

    NIGHTS are folders that analyze wrote, folders of these, or recordings: what has no result yet
    is analyzed, with the options below. One row a night, in order of the evenings. Nights with
    another placement, side, device, basis of sleep, criteria or version are marked and left out
    of the mean. Without --output results of new recordings go beside them, as NAME.night.
    """
    files = _Files(output, diary, make_diary)
    try:
        gathered = _gathered(nights, files, reading, shown=not quiet)
        if gathered is None:
            return
        noted = _noted(diary, gathered)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    for fault in gathered.faults:
        click.echo(f"detector: {fault}", err=True)
    try:
        if make_diary is not None:
            _make_diary(make_diary, [row.date for row in gathered.rows if row.date])
        _deliver(
            gathered, noted, output, figure, name or "one person", as_json=as_json, quiet=quiet
        )
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if gathered.faults else 0)


def _gathered(
    nights: tuple[Path, ...], files: _Files, reading: Reading, *, shown: bool
) -> Gathered | None:
    """Return the nights; None where only an empty diary was asked for, and was written."""
    from detector.trend.folder import require_own  # noqa: PLC0415
    from detector.trend.gather import gather, look  # noqa: PLC0415

    if files.make_diary is not None and files.make_diary.exists():
        raise CriteriaError(
            f"{files.make_diary} is there; give another name, or add rows to it yourself"
        )
    if not nights:
        if files.make_diary is None:
            raise CriteriaError("give one or more NIGHTS: results, or recordings")
        today = date.today()
        _make_diary(files.make_diary, [today + timedelta(days=k) for k in range(_EMPTY_EVENINGS)])
        return None
    if files.output is not None:
        require_own(files.output)
    beside = [path for path in (files.diary, files.make_diary) if path is not None]
    asked = look(nights, files.output, beside)

    def analyzed(recording: Path, folder: Path) -> None:
        _analyze(recording, folder, reading, shown=shown)

    return gather(asked, files.output, analyzed)


def _analyze(recording: Path, folder: Path, reading: Reading, *, shown: bool) -> None:
    """Write the result of a recording as analyze does."""
    from detector.export import write_results  # noqa: PLC0415
    from detector.pipeline import analyze  # noqa: PLC0415
    from detector.progress import ByteBar  # noqa: PLC0415
    from detector.raw_samples import SampleSpool  # noqa: PLC0415
    from detector.readers import open_recording  # noqa: PLC0415
    from detector.report.page import page_parts  # noqa: PLC0415

    with ByteBar(shown_name(recording), shown=shows_progress(wanted=shown)) as bar:
        opened = open_recording(recording, reading.options(), bar.advance)
        spool = SampleSpool()
        analysis = analyze(spool.watching(opened.recording))
        command = f"detector trend {recording.name}"
        page = page_parts(analysis, command=command, raw=[spool.pieces])
        write_results(analysis, folder, page)


def _noted(path: Path | None, gathered: Gathered) -> Diary | None:
    from detector.trend.diary import read_diary  # noqa: PLC0415

    if path is None:
        return None
    return read_diary(path, {row.date for row in gathered.rows if row.date is not None})


def _make_diary(path: Path, evenings: list[date]) -> None:
    from detector.trend.diary import diary_csv  # noqa: PLC0415
    from detector.writing import write_text  # noqa: PLC0415

    write_text(path, diary_csv(evenings))
    click.echo(f"{path}: an empty diary of {len(set(evenings))} evenings", err=True)


def _deliver(
    gathered: Gathered,
    diary: Diary | None,
    output: Path | None,
    figure: str | None,
    name: str,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    from detector.trend.folder import write_trend  # noqa: PLC0415
    from detector.trend.nights import person_nights  # noqa: PLC0415
    from detector.trend.overview import overview  # noqa: PLC0415

    if not gathered.rows:
        raise DetectorError("no night could be read; detector inspect tells of a recording")
    person = person_nights(gathered.rows, figure)
    if output is not None:
        links = {result: _link(path, output) for result, path in gathered.reports.items()}
        write_trend(gathered.rows, output, name=name, figure=figure, diary=diary, links=links)
    if as_json:
        from detector.trend.document import trend_document  # noqa: PLC0415
        from detector.writing import json_text  # noqa: PLC0415

        click.echo(json_text(trend_document(person, overview(person))))
    elif not quiet:
        # rich takes long to import and only a person needs it
        from rich.console import Console  # noqa: PLC0415

        from detector.trend.terminal import print_trend  # noqa: PLC0415

        print_trend(Console(), name, person, overview(person), output)


def _link(report: Path, output: Path) -> str:
    """Return the address of a report from a page in `output`, empty where there is none."""
    if not report.exists():
        return ""
    try:
        return quote(Path(os.path.relpath(report.resolve(), output.resolve())).as_posix())
    except ValueError:  # on another drive of Windows
        return report.resolve().as_uri()
