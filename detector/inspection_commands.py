"""`detector inspect` and `detector formats`: what a file is, and which files are known."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detector.errors import RecordingError
from detector.reading_options import Reading, reading_options, shown_name, shows_progress

if TYPE_CHECKING:
    from detector.inspection import Inspection

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", " ": "blanks", "|": "pipe"}
_SHOWN_GAPS = 5
_LABEL = 12


@click.command("inspect")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object for each file, a line.")
def inspect(
    files: tuple[Path, ...],
    *,
    reading: Reading,
    as_json: bool,
) -> None:
    """Say what was recognized in each of FILES, and how surely, without analyzing it.

    A file, a folder or an archive as an app exported it, or - for standard input.
    """
    status = 0
    for place, path in enumerate(files):
        try:
            inspection = _inspected(path, reading, shown=not as_json)
        except RecordingError as error:
            click.echo(f"detector: {error}", err=True)
            status = 1
            continue
        if as_json:
            click.echo(json.dumps(inspection.to_dict(), ensure_ascii=False))
        else:
            _print(shown_name(path), inspection, parted=place > 0)
    sys.exit(status)


def _inspected(path: Path, reading: Reading, *, shown: bool) -> Inspection:
    from detector.inspection import inspect as inspect_file  # noqa: PLC0415  numpy takes 0.1 s
    from detector.progress import ByteBar  # noqa: PLC0415

    with ByteBar(shown_name(path), shown=shows_progress(wanted=shown)) as bar:
        return inspect_file(path, reading.options(), bar.advance)


def _print(name: str, inspection: Inspection, *, parted: bool) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    if parted:
        console.print()
    console.print(Text(name, style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(width=_LABEL, style="dim")
    table.add_column()
    for label, text in _lines(inspection):
        table.add_row(label, Text(text))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _lines(inspection: Inspection) -> list[tuple[str, str]]:
    """Return what was recognized as (label, text)."""
    layout, sure = inspection.layout, inspection.layout.confidence
    mark = {"certain": "", "likely": " (likely)", "assumed": " (assumed)"}
    columns = layout.columns
    delimiter = _DELIMITERS.get(layout.delimiter, repr(layout.delimiter))
    point = "comma" if layout.decimal == "," else "point"
    above = f"{layout.header_rows} lines above" if layout.header_rows != 1 else "one line above"
    kept = "in it" if layout.gravity_included else "taken out"
    lines = [("written by", layout.exporter)]
    if len(inspection.files) > 1:
        lines.append(("files", f"{len(inspection.files)}, the first is {inspection.files[0]}"))
    lines += [
        ("text", f"{delimiter}, decimal {point}, {layout.encoding}, {above} the rows"),
        ("axes", f"{columns['x']}, {columns['y']}, {columns['z']}{mark[sure['axes']]}"),
        ("unit", f"{layout.unit}{mark[sure['unit']]}; gravity {kept}{mark[sure['gravity']]}"),
        ("clock", f"{columns['time'] or 'none'}: {layout.clock}{mark[sure['time']]}"),
        ("start", _start(inspection)),
        ("length", _length(inspection)),
        ("rate", _rate(inspection)),
        ("gaps", _gaps(inspection)),
    ]
    for repair in inspection.repairs:
        where = f", first in row {repair.first_row}" if repair.first_row else ""
        lines.append(("repaired", f"{repair.text} ({repair.count}{where})"))
    lines += [("mind", text) for _, text in layout.warnings]
    for number, (t_s, *axes) in enumerate(inspection.first_g):
        label = "samples in g" if number == 0 else ""
        lines.append((label, f"{t_s:8.3f} s  " + "  ".join(f"{value:+.4f}" for value in axes)))
    return lines


def _rate(inspection: Inspection) -> str:
    if not inspection.layout.columns["time"]:
        return f"{inspection.hz:.4g} Hz, as stated: the rows have no clock"
    drift = inspection.hz_drift_percent
    drifts = f", drifting by {drift:.1f} %" if drift >= 1 else ""
    return f"{inspection.hz:.4g} Hz, measured{drifts}"


def _start(inspection: Inspection) -> str:
    start = inspection.start
    if start is None:
        return "unknown: the file has no date"
    zone = (
        "local, zone unknown"
        if start.tzinfo is None
        else str(inspection.layout.timezone or start.tzname())
    )
    return f"{start:%Y-%m-%d %H:%M:%S} ({zone})"


def _length(inspection: Inspection) -> str:
    minutes, seconds = divmod(round(inspection.duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    spoken = f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds} s"
    return f"{spoken}, {inspection.rows} samples"


def _gaps(inspection: Inspection) -> str:
    gaps = inspection.gaps
    if not gaps:
        return "none"
    longest = sorted(gaps, key=lambda gap: -gap.duration_s)[:_SHOWN_GAPS]
    shown = ", ".join(f"{gap.duration_s:.1f} s at {gap.onset_s:.0f} s" for gap in longest)
    seconds = sum(gap.duration_s for gap in gaps)
    more = f"{len(gaps)}, {seconds:.0f} s in all, the longest: " if len(gaps) > 1 else ""
    return more + shown


@click.command("formats")
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def formats(*, as_json: bool) -> None:
    """List the known exporters, and what to choose in each app.

    A file of any other app is read as well, where it has three columns of acceleration.
    """
    from detector.readers.exporters import EXPORTERS, GENERIC  # noqa: PLC0415  numpy takes 0.1 s

    known: dict[str, tuple[str, list[str]]] = {}
    for exporter in (*sorted(EXPORTERS, key=lambda one: one.title.lower()), GENERIC):
        known.setdefault(exporter.slug, (exporter.title, []))[1].append(exporter.advice)
    if as_json:
        entries = [
            {"exporter": slug, "title": title, "advice": advice}
            for slug, (title, advice) in known.items()
        ]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for title, advice in known.values():
        table.add_row(title, Text("; or ".join(advice)))
    Console(highlight=False).print(table)
