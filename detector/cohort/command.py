"""`detector cohort`: parse, run, gather; no numerics."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from detector.errors import CriteriaError, DetectorError
from detector.judging_options import criteria_option, rules_option
from detector.reading_options import Reading, reading_options

_ADDRESS = re.compile(r"([a-z]+://)?[^\s/]+:\d+")
_INSTALL = "pip install 'night-movement-detector[cluster]'"


@click.command("cohort")
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDINGS...")
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="DIR",
    help="The study's folder, or an address such as s3://bucket/study. The same one again goes on.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    help="Processes on this machine, one thread each; by default one a core.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask scheduler that runs already, tcp://host:8786, in place of own processes.",
)
@reading_options
@click.option("--sleep", help="Bedtime and rising of all: 22:30-06:45. A table can say it by row.")
@rules_option
@criteria_option
@click.option(
    "--pages/--no-pages",
    default=True,
    show_default=True,
    help="Write a page for each recording too, about 1.3 MB a night.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and how long it may take.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress and no closing lines.")
def cohort(
    recordings: tuple[str, ...],
    *,
    output: str,
    workers: int | None,
    scheduler: str | None,
    reading: Reading,
    sleep: str | None,
    rules: str,
    criteria: Path | None,
    pages: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Analyze all RECORDINGS of a study: folders, patterns, addresses, or a table of them.

    A table is a CSV with the column file and any of participant, visit, placement, side, timezone,
    diary (22:30-06:45), hypnogram, events. In a folder, each folder below is a participant. What
    cannot be analyzed is a row of failures.csv and stops nothing. Run again, it does only what is
    missing or has changed.
    """
    try:
        _require_one_kind(workers, scheduler)
        from detector.cohort.conduct import Asked, conduct, foretell  # noqa: PLC0415 - heavy

        asked = Asked(
            recordings=recordings,
            output=output if "://" in output else str(Path(output).absolute()),
            shown_output=output.rstrip("/"),
            workers=workers,
            scheduler=scheduler,
            reading=reading,
            sleep=sleep or "",
            rules=rules,
            criteria=criteria,
            pages=pages,
            progress="nothing" if quiet else "bar" if sys.stderr.isatty() else "lines",
        )
        if dry_run:
            click.echo(foretell(asked))
            return
        ended = conduct(asked)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("detector: stopped; the same command goes on where it was", err=True)
        sys.exit(130)
    if not quiet:
        click.echo(ended.text)
    sys.exit(ended.status)


def _require_one_kind(workers: int | None, scheduler: str | None) -> None:
    if workers is not None and scheduler is not None:
        raise CriteriaError("--workers are processes here, --scheduler has its own: give one")
    if scheduler is not None and not _ADDRESS.fullmatch(scheduler):
        raise CriteriaError(f"--scheduler {scheduler} is no address such as tcp://node01:8786")
    if find_spec("distributed") is None:
        raise DetectorError(f"detector cohort needs Dask, which is not installed: {_INSTALL}")
