"""`detector agreement`: parse, compare, print; no numerics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from detector.annotations import AnnotationError
from detector.reviewing.agreement import ReviewerAgreement, reviewer_agreement
from detector.reviewing.apply import TOLERANCE_S
from detector.reviewing.log import Decision, read_review
from detector.writing import json_text

SCHEMA = "night-movement-detector/agreement/1"


@click.command("agreement")
@click.argument("first", type=click.Path(dir_okay=False, readable=False, path_type=Path))
@click.argument("second", type=click.Path(dir_okay=False, readable=False, path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=60),
    default=TOLERANCE_S,
    show_default=True,
    help="Seconds by which the onsets of a pair may differ.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON, nothing else.")
def agreement(first: Path, second: Path, *, tolerance: float, as_json: bool) -> None:
    """Say how far two reviewers of a night agree.

    FIRST and SECOND are the files review.csv of two people, or of one person twice. Compared is
    what both judged: F1 of the movements that they keep, Cohen's kappa of the labels.
    """
    try:
        reviews = (read_review(first), read_review(second))
    except AnnotationError as error:
        raise click.UsageError(str(error)) from error
    found = reviewer_agreement(*reviews, tolerance_s=tolerance)
    names = [_name(path, review) for path, review in zip((first, second), reviews, strict=True)]
    if as_json:
        click.echo(json_text(document(found, names, tolerance)))
        return
    for line in _lines(found, names, tolerance):
        click.echo(line)


def _name(path: Path, review: tuple[Decision, ...]) -> str:
    people = " and ".join(dict.fromkeys(one.reviewer for one in review))
    text = f"{people} ({path.name})" if people else path.name
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def document(found: ReviewerAgreement, names: list[str], tolerance_s: float) -> dict[str, Any]:
    """Return all figures as plain values."""
    movements, kappa = found.movements, found.kappa
    return {
        "schema": SCHEMA,
        "tolerance_s": tolerance_s,
        "first": names[0],
        "second": names[1],
        "both": found.both,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "movements": {
            "first": movements.true,
            "second": movements.found,
            "hits": movements.hits,
            "f1": _rounded(movements.f1),
        },
        "labels": {
            "count": kappa.count,
            "same": _rounded(kappa.same),
            "kappa": _rounded(kappa.value),
            "low": _rounded(kappa.low),
            "high": _rounded(kappa.high),
            "pairs": [
                {"first": one, "second": other, "count": count}
                for (one, other), count in sorted(found.labels.items())
            ],
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _lines(found: ReviewerAgreement, names: list[str], tolerance_s: float) -> Iterator[str]:
    movements, kappa = found.movements, found.kappa
    yield f"first   {names[0]}"
    yield f"second  {names[1]}"
    yield f"Onsets within {tolerance_s:g} s, one to one.\n"
    yield (
        f"judged     by both {found.both}, by the first only {found.only_first}, "
        f"by the second only {found.only_second}"
    )
    if movements.f1 is None:
        yield "movements  nothing to compare"
        return
    yield (
        f"movements  F1 {movements.f1:.3f}: the first keeps {movements.true}, the second "
        f"{movements.found}, both the same {movements.hits}"
    )
    if kappa.value is None or kappa.low is None or kappa.high is None:
        yield f"labels     no kappa: one and the same label throughout, {kappa.count} movements"
        return
    yield (
        f"labels     Cohen's kappa {kappa.value:.3f} (95 %: {kappa.low:.3f} to {kappa.high:.3f}), "
        f"{100 * (kappa.same or 0):.0f} % the same of {kappa.count}"
    )
    differ = [(n, one, other) for (one, other), n in found.labels.items() if one != other]
    for count, one, other in sorted(differ, key=lambda row: (-row[0], row[1:])):
        yield f"           {count:4d}  {one} / {other}"
