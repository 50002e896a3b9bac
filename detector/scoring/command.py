"""`detector score`: parse, score, write; no numerics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from detector.annotations import read_annotations
from detector.criteria import Criteria, default_criteria
from detector.criteria_files import read_criteria
from detector.errors import CriteriaError, DetectorError
from detector.judging_options import criteria_option, rules_option
from detector.recording import Placement
from detector.scoring.document import COLUMNS, document, rows_csv
from detector.scoring.night import score_night
from detector.writing import json_text, write_text


@click.command("score")
@click.argument("night", type=click.Path(readable=False, path_type=Path))
@rules_option
@click.option(
    "--no-series-after-short-interval",
    is_flag=True,
    help="WASM: the later movement of a short interval opens no new series.",
)
@criteria_option
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one row a combined movement to this CSV file.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print figures and rows as JSON, nothing else."
)
def score(
    night: Path,
    *,
    rules: str,
    no_series_after_short_interval: bool,
    criteria: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score the leg movements in NIGHT by the rules: series, indices, intervals.

    NIGHT is a list of annotations, CSV with kind,value,onset_s,duration_s or EDF+: limb_movement
    (left, right), and where known stage, respiratory_event, arousal. From EMG or any other source.
    """
    try:
        judged = _criteria(rules, criteria, barred=no_series_after_short_interval)
        if output is not None:
            _require_free(output, night)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    try:
        annotations = read_annotations(night)
        scored = score_night(annotations, judged.series)
        if output is not None:
            write_text(output, rows_csv(scored))
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    found = document(scored, annotations, judged)
    if as_json:
        click.echo(json_text(found))
        return
    # rich takes long to import and only a person needs it
    from rich.console import Console  # noqa: PLC0415

    from detector.scoring.terminal import print_score  # noqa: PLC0415

    print_score(Console(), found, output)


def _criteria(rules: str, file: Path | None, *, barred: bool) -> Criteria:
    criteria = default_criteria(Placement.UNKNOWN, rules)
    if file is not None:
        criteria = read_criteria(file, criteria)
    if not barred:
        return criteria
    if criteria.series.short_interval_passes:
        raise CriteriaError(
            "--no-series-after-short-interval is for WASM; by the AASM the later movement of a "
            "short interval is passed over"
        )
    return replace(criteria, series=replace(criteria.series, series_after_short_interval=False))


def _require_free(output: Path, night: Path) -> None:
    """Raise CriteriaError where the rows would replace what score has not written."""
    if not output.parent.is_dir():
        raise CriteriaError(f"{output.parent} is no folder")
    if not output.exists():
        return
    if output.resolve() == night.resolve():
        raise CriteriaError(f"the rows would replace {night}; give --output another name")
    with output.open("rb") as file:
        if file.readline().strip() != ",".join(COLUMNS).encode():
            raise CriteriaError(
                f"{output} is there and was not written by score; choose another name"
            )
