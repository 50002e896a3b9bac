"""`detector plan`: parse, draw, write; no numerics."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from detector.errors import CriteriaError, DetectorError

_SEEDS = 1_000_000  # a number that a person can type


@click.command("plan")
@click.argument("factor")
@click.option(
    "--nights",
    type=int,
    default=28,
    show_default=True,
    help="Evenings of the plan, 14 to 120. Fourteen show little; see docs/trend.md.",
)
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first evening: 2026-03-02; by default tomorrow.",
)
@click.option("--seed", type=click.IntRange(0, 10**9), help="Draw again what this number gave.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The plan's file; by default FACTOR_plan.csv.",
)
def plan(
    factor: str, *, nights: int, first: datetime | None, seed: int | None, output: Path | None
) -> None:
    """Draw by lot on which evenings FACTOR is left out and on which it is as usual: caffeine.

    Evenings come in periods of two to five, since the first night after a switch does not count.
    The plan blinds nothing: you know which evening it is. It keeps from reading the order of
    things into the result, and detector compare --plan tests it by what the lot could have given.
    """
    from detector.trend.plan import draw_plan, plan_csv, planned_factor  # noqa: PLC0415
    from detector.trend.plan_terminal import plan_lines  # noqa: PLC0415
    from detector.writing import write_text  # noqa: PLC0415

    begin = date.today() + timedelta(days=1) if first is None else first.date()
    number = secrets.randbelow(_SEEDS) if seed is None else seed
    try:
        known = planned_factor(factor)
        drawn = draw_plan(known.name if known else factor, begin, nights, number)
        path = output or Path(f"{drawn.factor}_plan.csv")
        _require_new(path)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    try:
        write_text(path, plan_csv(drawn))
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    for line in plan_lines(drawn, known, path.name):
        click.echo(line)


def _require_new(path: Path) -> None:
    if path.exists():
        raise CriteriaError(
            f"{path} is there: a plan is drawn once; keep to it, or give another --output"
        )
