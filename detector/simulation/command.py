"""`detector simulate`: parse, simulate, write; no numerics."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from detector.errors import DetectorError
from detector.recording import Placement, Side
from detector.simulation.formats import (
    Exporter,
    usual_device,
    usual_hz,
    write_night,
    write_truth,
)
from detector.simulation.night import simulate_night
from detector.simulation.plan import NightPlan

PLACEMENTS = [p.value for p in Placement if p is not Placement.UNKNOWN]


@click.command("simulate")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--placement",
    type=click.Choice(PLACEMENTS),
    default="ankle",
    show_default=True,
    help="Where the sensor is.",
)
@click.option(
    "--format",
    "exporter",
    type=click.Choice([e.value for e in Exporter]),
    default="axivity",
    show_default=True,
    help="Whose files to write.",
)
@click.option(
    "--hours",
    type=click.FloatRange(0.25, 24),
    default=8.0,
    show_default=True,
    help="Length of the night.",
)
@click.option("--hz", type=click.FloatRange(10, 200), help="Rate; by default that of the format.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Which night.")
@click.option(
    "--plm-per-h",
    type=click.FloatRange(0, 150),
    help="Periodic limb movements of both legs an hour of sleep; by default drawn by the seed.",
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write what is true; by default OUTPUT's name with .truth.csv.",
)
@click.option(
    "--side",
    type=click.Choice([s.value for s in Side]),
    default="left",
    show_default=True,
    help="The leg or arm with the sensor.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"]),
    default="2024-01-15T22:30:00",
    show_default=True,
    help="Local clock at the first sample.",
)
@click.option("--bed-partner", is_flag=True, help="Somebody else moves in the same bed.")
@click.option(
    "--apneas-per-h",
    type=click.FloatRange(0, 60),
    default=0.0,
    help="Respiratory events an hour of sleep, most with a movement at their end.",
)
@click.option(
    "--gaps-per-h",
    type=click.FloatRange(0, 60),
    default=0.0,
    help="Stretches without samples an hour.",
)
@click.option(
    "--drift-ppm",
    type=click.FloatRange(-10_000, 10_000),
    default=0.0,
    help="By how much samples come later than the rate says.",
)
@click.option(
    "--jitter-ms",
    type=click.FloatRange(0, 50),
    default=0.0,
    help="How much the moments of the samples scatter (SD).",
)
@click.option(
    "--off-body-before", type=click.FloatRange(0), default=0.0, help="Minutes before it is worn."
)
@click.option(
    "--off-body-after", type=click.FloatRange(0), default=0.0, help="Minutes after it was worn."
)
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def simulate(
    *,
    output: Path,
    placement: str,
    exporter: str,
    hours: float,
    hz: float | None,
    seed: int,
    plm_per_h: float | None,
    truth: Path | None,
    side: str,
    start: datetime,
    bed_partner: bool,
    apneas_per_h: float,
    gaps_per_h: float,
    drift_ppm: float,
    jitter_ms: float,
    off_body_before: float,
    off_body_after: float,
    force: bool,
) -> None:
    """Write a simulated night to OUTPUT, packed if it ends in .gz, and its truth beside it."""
    layout = Exporter(exporter)
    truth = truth or truth_path(output)
    if truth == output:
        raise click.UsageError("the truth would replace the night; give --truth another name")
    for path in (output, truth):
        if not path.parent.is_dir():
            raise click.UsageError(f"{path.parent} is no folder")
        if path.exists() and not force:
            raise click.UsageError(f"{path} is there already; --force replaces it")
    plan = NightPlan(
        start=start,
        side=Side(side),
        device=usual_device(layout),
        bed_partner=bed_partner,
        apneas_per_h=apneas_per_h,
        gaps_per_h=gaps_per_h,
        clock_drift_ppm=drift_ppm,
        stamp_jitter_s=jitter_ms / 1000,
        off_body_before_min=off_body_before,
        off_body_after_min=off_body_after,
    )
    try:
        night = simulate_night(
            seed=seed,
            placement=Placement(placement),
            hours=hours,
            hz=hz or usual_hz(layout),
            plm_per_h=plm_per_h,
            plan=plan,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        write_night(night, output, layout)
        write_truth(night, truth)
    except DetectorError as error:
        raise click.ClickException(str(error)) from error
    moved = len(night.annotations("movement"))
    click.echo(
        f"{output}: {hours:g} h at {night.hz:g} Hz, {placement}, {layout}; "
        f"{moved} movements in {truth}"
    )


def truth_path(output: Path) -> Path:
    """Return where the truth of `output` goes: the name without .csv and .gz, and .truth.csv."""
    stem = output.name.removesuffix(".gz").removesuffix(".csv")
    return output.with_name(f"{stem}.truth.csv")
