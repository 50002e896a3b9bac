"""`detector evaluate`: parse, compare, write; no numerics."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from detector.criteria import Criteria, default_criteria
from detector.errors import CriteriaError, DetectorError
from detector.evaluation.comparison import Comparison, compare
from detector.evaluation.document import (
    MEASURES,
    NIGHT_COLUMNS,
    agreements,
    document,
    matches_csv,
    nights_csv,
)
from detector.evaluation.marks import read_result, read_truth
from detector.evaluation.pairs import Pair, find_pairs, without_result
from detector.evaluation.plot import bland_altman_svg
from detector.judging_options import rules_option
from detector.recording import Placement
from detector.writing import json_text, write_together

# WASM 2016 keeps the onsets of one leg a second apart or more (0.5 s of movement, 0.5 s of rest),
# so that an onset is never within half a second of two of them.
TOLERANCE_S = 0.5
_TABLE, _MATCHES, _FIGURES, _PLOT = (
    "evaluation.csv",
    "matches.csv",
    "evaluation.json",
    "bland_altman.svg",
)


@click.command("evaluate")
@click.argument("result", type=click.Path(readable=False, path_type=Path))
@click.argument("truth", type=click.Path(readable=False, path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=60),
    default=TOLERANCE_S,
    show_default=True,
    help="Seconds by which the onsets of a pair may differ.",
)
@click.option(
    "--kind",
    type=click.Choice(["movement", "limb_movement"]),
    help="Rows of annotations to take; by default movement, and limb_movement without one.",
)
@rules_option
@click.option(
    "--shift",
    type=float,
    help="Seconds to add to the truth's times; by default from the clocks of EDF+ and result.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write tables, figures and the plot of Bland and Altman into this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON, nothing else.")
def evaluate(
    result: Path,
    truth: Path,
    *,
    tolerance: float,
    kind: str | None,
    rules: str,
    shift: float | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Hold RESULT against TRUTH, movement by movement, and the counts over many nights.

    RESULT is a folder that analyze wrote, or annotations; TRUTH is annotations: CSV with
    kind,value,onset_s,duration_s, or EDF+. Or both are folders of these, matched by name: the
    truth of NAME is NAME.truth.csv or NAME.edf.
    """
    try:
        pairs = find_pairs(result, truth)
        if output is not None:
            _require_own(output)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    compared, status = _compared(
        pairs, default_criteria(Placement.UNKNOWN, rules), kind, tolerance, shift
    )
    if not compared:
        sys.exit(status)
    try:
        if output is not None:
            _write(output, compared, tolerance)
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    found = document(compared, tolerance)
    found["without_result"] = without_result(pairs, truth)
    if as_json:
        click.echo(json_text(found))
    else:
        # rich takes long to import and only a person needs it
        from rich.console import Console  # noqa: PLC0415

        from detector.evaluation.terminal import print_evaluation  # noqa: PLC0415

        print_evaluation(Console(), found, output)
    sys.exit(status)


def _compared(
    pairs: Sequence[Pair],
    criteria: Criteria,
    kind: str | None,
    tolerance_s: float,
    shift_s: float | None,
) -> tuple[list[Comparison], int]:
    """Return the comparison of each pair, and 1 where one could not be made, said in a line."""
    compared, status = [], 0
    for pair in pairs:
        try:
            found = read_result(pair.result, criteria, kind)
            true = read_truth(pair.needed_truth(), criteria, kind)
            comparison = compare(found, true, tolerance_s, shift_s)
            compared.append(replace(comparison, found_name=pair.name))
        except DetectorError as error:
            click.echo(f"detector: {error}", err=True)
            status = 1
    return compared, status


def _require_own(output: Path) -> None:
    """Raise CriteriaError for a folder whose files would be replaced, and are no evaluation's."""
    theirs = [name for name in (_TABLE, _MATCHES, _FIGURES, _PLOT) if (output / name).exists()]
    if not theirs:
        return
    try:
        head = (output / _TABLE).read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError):
        head = ""
    if head != ",".join(NIGHT_COLUMNS):
        raise CriteriaError(
            f"{output / theirs[0]} is there and was not written by evaluate; choose another folder"
        )


def _write(output: Path, compared: Sequence[Comparison], tolerance_s: float) -> None:
    """Write the files of an evaluation; a plot of older nights goes where these allow none."""
    measures = {
        MEASURES[name]: found for name, found in agreements(compared).items() if found is not None
    }
    texts = {
        _TABLE: nights_csv(compared),
        _MATCHES: matches_csv(compared),
        _FIGURES: json_text(document(compared, tolerance_s)) + "\n",
    }
    if measures:
        texts[_PLOT] = bland_altman_svg(measures)
    try:
        output.mkdir(parents=True, exist_ok=True)
        if not measures:
            (output / _PLOT).unlink(missing_ok=True)
    except OSError as error:
        raise DetectorError(f"{output}: cannot be written ({error.strerror})") from error
    write_together({output / name: text.encode() for name, text in texts.items()})
