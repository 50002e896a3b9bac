"""The options that say what a recording's file does not, for every command that reads one."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from detector.recording_files import ARCHIVE, PACKED

if TYPE_CHECKING:
    from detector.readers import ReadOptions


@dataclass(frozen=True, slots=True)
class Reading:
    """What the owner of a recording says of it; None where the file is to say it."""

    placement: str | None
    side: str | None
    unit: str | None
    rate: float | None
    scale: float | None
    start: datetime | None
    timezone: str | None

    def options(self) -> ReadOptions:
        """Return the same for the readers."""
        from detector.readers import ReadOptions, Unit  # noqa: PLC0415  numpy takes 0.1 s
        from detector.recording import Placement, Side  # noqa: PLC0415

        return ReadOptions(
            placement=Placement(self.placement) if self.placement else None,
            side=Side(self.side) if self.side else None,
            unit=Unit(self.unit) if self.unit else None,
            rate_hz=self.rate,
            scale=self.scale,
            start=self.start,
            timezone=self.timezone,
        )


def _moment(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise click.BadParameter(f"{value!r} is not like 2026-03-02T22:41:07") from None


def _zone(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> str | None:
    if value is None or is_zone(value):
        return value
    raise click.BadParameter(f"{value!r} is no time zone such as Europe/Berlin")


def _number(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: float | None,
) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number")
    return value


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_OPTIONS = (
    click.option(
        "--placement",
        type=click.Choice(["ankle", "wrist", "mattress", "unknown"]),
        help="Where the sensor was.",
    ),
    click.option(
        "--side", type=click.Choice(["left", "right"]), help="The side that wore the sensor."
    ),
    click.option(
        "--unit",
        type=click.Choice(["g", "mg", "m/s2", "counts"]),
        help="The file's unit, if not told.",
    ),
    click.option(
        "--scale",
        type=click.FloatRange(min=1e-6, max=1e9),
        callback=_number,
        help="Counts per g, for raw counts.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0.5, max=10_000),
        callback=_number,
        help="Samples a second, for a file without a clock.",
    ),
    click.option(
        "--start", callback=_moment, help="Time of the first sample: 2026-03-02T22:41:07."
    ),
    click.option("--timezone", callback=_zone, help="Zone of a Unix clock: Europe/Berlin."),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of which a `Reading` is made, as its argument `reading`."""

    @wraps(command)
    def with_reading(*values: Any, **options: Any) -> None:
        reading = Reading(**{field.name: options.pop(field.name) for field in fields(Reading)})
        command(*values, reading=reading, **options)

    given: Callable[..., None] = with_reading
    for option in reversed(_OPTIONS):
        given = option(given)
    return given


def shown_name(path: Path) -> str:
    """Return what messages and bars call a recording."""
    return "standard input" if str(path) == "-" else path.name or path.resolve().name


def recording_name(path: Path) -> str:
    """Return the file's stem, ankle_night for ankle_night.csv.gz, as any system can hold it.

    The whole name of a folder, and standard_input for what has none.
    """
    if str(path) == "-":
        return "standard_input"
    if path.is_dir():
        return path.name or path.resolve().name or "recording"
    inner = Path(path.stem) if path.suffix.lower() in PACKED | ARCHIVE else path
    return re.sub(r'[<>:"/\\|?*]', "-", inner.stem or inner.name)


def shows_progress(*, wanted: bool) -> bool:
    """Whether a bar has a terminal to stand on."""
    return wanted and sys.stderr.isatty()
