"""`detector compare`: parse, compare, print; no numerics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detector.errors import CriteriaError, DetectorError
from detector.results import INDICES

if TYPE_CHECKING:
    from detector.trend.comparison import Comparison
    from detector.trend.conditions import Contrast
    from detector.trend.diary import Diary
    from detector.trend.nights import PersonNights
    from detector.trend.plan import Plan


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be compared."""

    sides: tuple[str, ...]
    others: tuple[str, ...]
    every: bool
    washout_nights: int


@click.command("compare")
@click.argument("nights", nargs=-1, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--with",
    "sides",
    multiple=True,
    metavar="CONDITION",
    help="One side: caffeine=no, stress>=6, bedtime<23:00, exercise=day,evening. Repeatable.",
)
@click.option(
    "--against",
    "others",
    multiple=True,
    metavar="CONDITION",
    help="The other side of each --with; by default all other nights that were noted.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Compare every column of the diary, with Holm's correction.",
)
@click.option(
    "--diary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The diary; by default the one that trend read, in its folder.",
)
@click.option(
    "--plan",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of detector plan: tests the plan by what its lot could have given.",
)
@click.option(
    "--figure",
    type=click.Choice(INDICES),
    help="The figure to compare; by default periodic movements at the ankle, else all movements.",
)
@click.option(
    "--washout",
    type=click.IntRange(0, 7),
    default=1,
    show_default=True,
    help="Nights after a switch that do not count. A plan has its own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON, nothing else.")
def compare(
    nights: tuple[Path, ...],
    *,
    sides: tuple[str, ...],
    others: tuple[str, ...],
    every: bool,
    diary: Path | None,
    plan: Path | None,
    figure: str | None,
    washout: int,
    as_json: bool,
) -> None:
    """Compare nights with nights: detector compare trend --with caffeine=no --against caffeine=yes.

    NIGHTS is the folder that trend wrote (by default this one), its nights.csv, or results. Gives
    the difference with its 95 % interval, adjusted for a trend through time, and says in words what
    these nights do and do not show. Each side needs five nights that count; the first night after
    a switch does not. A diary gives an association; a plan drawn by lot (detector plan) gives more.
    """
    from detector.trend.gather import rows_at  # noqa: PLC0415
    from detector.trend.nights import person_nights  # noqa: PLC0415
    from detector.trend.plan import read_plan  # noqa: PLC0415

    asked = _Asked(sides, others, every, washout)
    given = nights or (Path(),)
    try:
        rows = rows_at(given)
        evenings = {row.date for row in rows if row.date is not None}
        noted = _diary(diary, given, evenings)
        drawn = None if plan is None else read_plan(plan, evenings)
        person = person_nights(rows, figure)
        found = _compared(person, _contrasts(asked, noted, drawn, person), noted, drawn, washout)
    except CriteriaError as error:
        raise click.UsageError(str(error)) from error
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    _show(person, found, as_json=as_json)


def _diary(path: Path | None, nights: Sequence[Path], evenings: set[date]) -> Diary | None:
    """Return the diary; that of trend's folder where none was given, None where there is none."""
    from detector.trend.diary import read_diary  # noqa: PLC0415
    from detector.trend.folder import READ_DIARY  # noqa: PLC0415

    if path is None:
        beside = [(one if one.is_dir() else one.parent) / READ_DIARY for one in nights]
        path = next((one for one in beside if one.exists()), None)
    return None if path is None else read_diary(path, evenings)


def _contrasts(
    asked: _Asked, diary: Diary | None, plan: Plan | None, person: PersonNights
) -> tuple[Contrast, ...]:
    from detector.trend.conditions import (  # noqa: PLC0415
        every_contrast,
        planned_contrast,
        read_contrasts,
    )

    if asked.others and not asked.sides:
        raise CriteriaError("--against is the other side of a --with: give both")
    if asked.every and (asked.sides or plan is not None):
        raise CriteriaError("--all compares every column: leave out --with and --plan")
    if plan is not None:
        return planned_contrast(plan.factor, asked.sides, asked.others)
    if diary is None:
        raise CriteriaError(
            "there is no diary: give --diary, or run detector trend with it; detector trend "
            "--make-diary makes an empty one"
        )
    if asked.every:
        evenings = [night.row.date for night in person.used if night.row.date is not None]
        found = every_contrast(diary, evenings)
        if not found:
            raise CriteriaError(f"{diary.name}: no column differs between these nights")
        return found
    if not asked.sides:
        columns = ", ".join(column.name for column in diary.columns)
        raise CriteriaError(f"say what to compare, such as --with caffeine=no; there are {columns}")
    return read_contrasts(asked.sides, asked.others, diary)


def _compared(
    person: PersonNights,
    contrasts: Sequence[Contrast],
    diary: Diary | None,
    plan: Plan | None,
    washout_nights: int,
) -> tuple[Comparison, ...]:
    from detector.trend.comparison import (  # noqa: PLC0415
        compare_diary,
        compare_plan,
        noted_arms,
        with_holm,
    )
    from detector.trend.criteria import TrendCriteria  # noqa: PLC0415

    criteria = replace(TrendCriteria(), washout_nights=washout_nights)
    found = []
    for contrast in contrasts:
        arms = noted_arms(diary, contrast)
        if plan is not None:
            found.append(compare_plan(person, plan, contrast, arms, criteria))
        else:
            found.append(compare_diary(person, arms, contrast, criteria))
    return with_holm(found)


def _show(person: PersonNights, found: Sequence[Comparison], *, as_json: bool) -> None:
    if as_json:
        from detector.trend.document import compare_document  # noqa: PLC0415
        from detector.writing import json_text  # noqa: PLC0415

        click.echo(json_text(compare_document(person, found)))
        return
    # rich takes long to import and only a person needs it
    from rich.console import Console  # noqa: PLC0415

    from detector.trend.compare_terminal import print_comparisons  # noqa: PLC0415

    print_comparisons(Console(), person, found)
