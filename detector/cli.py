"""The command line: parse, call, write; no numerics."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from detector import __version__
from detector.errors import CriteriaError, DetectorError
from detector.judging_options import criteria_option, rules_option
from detector.reading_options import (
    Reading,
    is_zone,
    reading_options,
    recording_name,
    shown_name,
    shows_progress,
)

# The matrices here are small: threads of numpy's own would only wait. Read before its first import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from detector.annotations import Annotations
    from detector.notes import Notes
    from detector.pipeline import Analysis
    from detector.raw_samples import RawSource
    from detector.report.page import Assets
    from detector.reviewing.log import Decision
    from detector.sensitivity import Move

# Where each command stands, and its line in the list: to show that, none of them is imported.
_COMMANDS = {
    "agreement": ("detector.reviewing.command:agreement", "Hold two reviews of a night together."),
    "analyze": ("detector.cli:analyze", "Find the movements of each RECORDING and report them."),
    "cohort": ("detector.cohort.command:cohort", "Analyze all RECORDINGS of a study, in parallel."),
    "compare": ("detector.trend.compare_command:compare", "Compare nights with nights by a diary."),
    "evaluate": ("detector.evaluation.command:evaluate", "Compare a RESULT with a TRUTH."),
    "formats": ("detector.inspection_commands:formats", "List the known exporters."),
    "guidance": ("detector.guidance.command:guidance", "List what the articles know."),
    "inspect": (
        "detector.inspection_commands:inspect",
        "Say what was recognized in each of FILES.",
    ),
    "plan": ("detector.trend.plan_command:plan", "Draw by lot which evenings are which."),
    "score": ("detector.scoring.command:score", "Score a list of leg movements."),
    "simulate": ("detector.simulation.command:simulate", "Write a simulated night to OUTPUT."),
    "trend": ("detector.trend.command:trend", "Show many nights of one person."),
}


class _OneLineError(click.ClickException):
    """A refusal as one line on stderr, with the way to the help where the use was wrong."""

    def __init__(self, error: click.ClickException) -> None:
        message = error.format_message().replace("\n", " ")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            message = f"{message.rstrip('.')} (see {error.ctx.command_path} --help)"
        super().__init__(message)
        self._cause = error

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        return self._cause.exit_code

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002
        click.echo(f"detector: {self.message}", err=True)


class _LazyGroup(click.Group):
    """Imports a command only when it is called: start-up is most of what a small file costs."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise _OneLineError(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="detector")
def main() -> None:
    """Find the jerks and limb movements of a night in an accelerometer's CSV export.

    Start with: detector analyze NIGHT.csv --placement ankle
    """
    with suppress(ValueError):  # outside the main thread nobody ends the program by a signal
        signal.signal(signal.SIGTERM, _ended)


def _ended(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """End as Ctrl-C does: what lies in temporary folders is taken away."""
    sys.exit(128 + number)


@dataclass(frozen=True, slots=True)
class _Scoring:
    """The options that say how to judge."""

    rules: str
    criteria: Path | None
    sleep: tuple[time, time] | None
    hypnogram: Annotations | None
    events: Annotations | None
    review: tuple[Decision, ...] | None


def _clock_times(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> tuple[time, time] | None:
    if value is None:
        return None
    times = re.split(r"\s*(?:-|–|to)\s*", value.strip())
    try:
        begin, end = (datetime.strptime(clock, "%H:%M").time() for clock in times)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not like 22:30-06:45") from None
    return begin, end


@click.command()
@click.argument(
    "recordings",
    nargs=-1,
    type=click.Path(readable=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each recording's folder into this one; else beside the recording.",
)
@click.option(
    "--left",
    type=click.Path(readable=False, allow_dash=True, path_type=Path),
    help="With --right, in place of RECORDINGS: one night of a sensor on each leg, as one.",
)
@click.option(
    "--right",
    type=click.Path(readable=False, allow_dash=True, path_type=Path),
    help="The recording of the right leg.",
)
@reading_options
@click.option("--sleep", callback=_clock_times, help="Your own bedtime and rising: 22:30-06:45.")
@click.option(
    "--hypnogram",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Scored stages, CSV (kind,value,onset_s,duration_s) or EDF+, in place of the estimate.",
)
@click.option(
    "--events",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Scored respiratory events and arousals, in the same form.",
)
@rules_option
@criteria_option
@click.option(
    "--notes",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file with symptoms, medicines, alone_in_bed, age_group: shown, never scored.",
)
@click.option(
    "--review",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A review.csv of detector.review: what people decided stands, the figures follow.",
)
@click.option(
    "--sensitivity",
    "sensitive",
    is_flag=True,
    help="Also say how far the figures move with each threshold a fifth lower and higher.",
)
@click.option(
    "--assets",
    type=click.Choice(["inline", "beside"]),
    default="inline",
    show_default=True,
    help="The plot library within report.html, or a file beside it, for many nights in one folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as JSON, nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no report.")
def analyze(
    recordings: tuple[Path, ...],
    *,
    output: Path | None,
    left: Path | None,
    right: Path | None,
    reading: Reading,
    sleep: tuple[time, time] | None,
    hypnogram: Path | None,
    events: Path | None,
    rules: str,
    criteria: Path | None,
    notes: Path | None,
    review: Path | None,
    sensitive: bool,
    assets: Assets,
    as_json: bool,
    quiet: bool,
) -> None:
    """Analyze each RECORDING as a phone or sensor exported it: a file, a folder or an archive.

    Writes movements.csv, summary.json and report.html into NAME.night beside the recording, or
    into NAME in the folder of --output, which standard input (-) needs. Of two legs, --left A.csv
    --right B.csv, the name is A+B.
    """
    try:
        from detector.annotations import AnnotationError  # noqa: PLC0415
        from detector.notes import Notes, read_notes  # noqa: PLC0415

        nights = _nights(recordings, left, right)
        _require_one_sensor(nights, reading.side)
        _require_one_night(nights, sleep, hypnogram, events)
        _require_one_review(nights, review, sensitive=sensitive)
        scoring = _Scoring(
            rules,
            criteria,
            sleep,
            _annotations(hypnogram),
            _annotations(events),
            _decisions(review),
        )
        noted = Notes() if notes is None else read_notes(notes)
        folders = _folders(nights, output)
    except (CriteriaError, AnnotationError) as error:
        raise click.UsageError(str(error)) from error
    summaries = []
    status = 0
    for paths, folder in zip(nights, folders, strict=True):
        try:
            written = None if as_json and output is None else folder
            analysis, raw = _analysis(
                paths, reading, scoring, noted, shown=not quiet, kept=written is not None
            )
            moves = _moves(analysis) if sensitive else ()
            page = _Page(noted.lines, raw, assets)
            shown = not (quiet or as_json)
            summaries.append(_delivered(analysis, written, page, moves, report=shown))
        except DetectorError as error:
            click.echo(f"detector: {error}", err=True)
            wrong_use = isinstance(error, CriteriaError | AnnotationError)
            status = max(status, 2 if wrong_use else 1)
    if as_json:
        from detector.export import to_json  # noqa: PLC0415

        click.echo(to_json(summaries))
    sys.exit(status)


Paths = tuple[Path, ...]  # the file of one sensor, or those of the left and the right leg


def _nights(recordings: tuple[Path, ...], left: Path | None, right: Path | None) -> list[Paths]:
    """Return the files of each analysis; CriteriaError where they cannot be meant."""
    if left is None and right is None:
        if not recordings:
            raise CriteriaError("give one or more RECORDINGS, or --left and --right")
        return [(path,) for path in recordings]
    if left is None or right is None:
        missing = "--left" if left is None else "--right"
        raise CriteriaError(f"--left and --right belong together: {missing} is missing")
    if recordings:
        raise CriteriaError("--left and --right stand in place of RECORDINGS: give either")
    if str(left) == str(right) or (left.exists() and right.exists() and left.samefile(right)):
        raise CriteriaError(f"{left} is given as both legs; each needs a recording of its own")
    return [(left, right)]


def _require_one_sensor(nights: Sequence[Paths], side: str | None) -> None:
    """Raise CriteriaError where what belongs to one sensor is given for two legs."""
    if len(nights[0]) > 1 and side is not None:
        raise CriteriaError("--side belongs to one sensor, not to two legs")


def _require_one_night(
    nights: Sequence[Paths],
    sleep: tuple[time, time] | None,
    hypnogram: Path | None,
    events: Path | None,
) -> None:
    """Raise CriteriaError where what was scored of one recording is given for several."""
    if len(nights) > 1 and (hypnogram is not None or events is not None):
        raise CriteriaError("--hypnogram and --events belong to one recording: give one at a time")
    if sleep is not None and hypnogram is not None:
        raise CriteriaError("--sleep and --hypnogram both say when sleep was: give one of them")


def _require_one_review(nights: Sequence[Paths], review: Path | None, *, sensitive: bool) -> None:
    """Raise CriteriaError where a review is given with what it cannot belong to."""
    if review is not None and len(nights) > 1:
        raise CriteriaError("--review belongs to one recording: give one at a time")
    if review is not None and sensitive:
        raise CriteriaError("--sensitivity moves what the program decides, --review what people do")


def _decisions(path: Path | None) -> tuple[Decision, ...] | None:
    if path is None:
        return None
    from detector.reviewing.log import read_review  # noqa: PLC0415

    return read_review(path)


def _annotations(path: Path | None) -> Annotations | None:
    from detector.annotations import read_annotations  # noqa: PLC0415

    return None if path is None else read_annotations(path)


def _folders(nights: Sequence[Paths], output: Path | None) -> list[Path]:
    """Return where the results of each go; two of one name are wrong use."""
    folders: list[Path] = []
    for paths in nights:
        name = "+".join(recording_name(path) for path in paths)
        if str(paths[0]) == "-" and output is None:
            raise CriteriaError("standard input lies in no folder: say where to write, --output")
        folders.append(output / name if output else paths[0].parent / f"{name}.night")
    for index, folder in enumerate(folders):
        if folder in folders[:index]:
            first, second = nights[folders.index(folder)][0], nights[index][0]
            raise CriteriaError(f"{first} and {second} would both be written to {folder}")
    return folders


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page shows beside the analysis."""

    notes: Sequence[tuple[str, str]]
    raw: Sequence[RawSource]
    assets: Assets


def _analysis(
    paths: Paths, reading: Reading, scoring: _Scoring, notes: Notes, *, shown: bool, kept: bool
) -> tuple[Analysis, list[RawSource]]:
    """Return the analysis and, where they are `kept`, the samples of each sensor."""
    from detector.criteria import default_criteria  # noqa: PLC0415
    from detector.criteria_files import read_criteria  # noqa: PLC0415
    from detector.pipeline import analyze as analyze_recording  # noqa: PLC0415
    from detector.progress import ByteBar  # noqa: PLC0415
    from detector.raw_samples import SampleSpool  # noqa: PLC0415
    from detector.read_ahead import ReadAhead  # noqa: PLC0415
    from detector.readers import open_recording  # noqa: PLC0415

    sides = (reading.side,) if len(paths) == 1 else ("left", "right")
    # A bar counts the bytes of one file
    has_bar = shows_progress(wanted=shown and len(paths) == 1)
    with ByteBar(shown_name(paths[0]), shown=has_bar) as bar:
        ahead = ReadAhead(bar.advance)
        opened = [
            open_recording(path, replace(reading, side=side).options(), ahead.advance)
            for path, side in zip(paths, sides, strict=True)
        ]
        recordings = [ahead.of(one.recording) for one in opened]
        criteria = default_criteria(recordings[0].placement, scoring.rules)
        if scoring.criteria is not None:
            criteria = read_criteria(scoring.criteria, criteria)
        together: Callable[..., Analysis] = analyze_recording
        if len(recordings) > 1:
            from detector.two_legs import analyze_legs  # noqa: PLC0415

            together = analyze_legs
        spools = [SampleSpool() for _ in recordings] if kept else []
        if kept:
            recordings = [s.watching(r) for s, r in zip(spools, recordings, strict=True)]
        analysis = together(
            *recordings,
            criteria=criteria,
            sleep=scoring.sleep,
            hypnogram=scoring.hypnogram,
            events=scoring.events,
            child=notes.child,
        )
    if scoring.review is not None:
        from detector.reviewing.apply import reviewed  # noqa: PLC0415

        analysis = reviewed(analysis, scoring.review)
    if notes.shared_bed:
        from detector.pipeline import in_shared_bed  # noqa: PLC0415

        analysis = in_shared_bed(analysis)
    return analysis, [spool.pieces for spool in spools]


def _moves(analysis: Analysis) -> tuple[Move, ...]:
    from detector.sensitivity import sensitivity  # noqa: PLC0415

    return sensitivity(analysis)


def _delivered(
    analysis: Analysis,
    folder: Path | None,
    page: _Page,
    moves: tuple[Move, ...],
    *,
    report: bool,
) -> dict[str, Any]:
    """Write the files, print the report, and return the summary."""
    from detector.export import summary, write_results  # noqa: PLC0415

    if folder is not None:
        from detector.report.page import page_parts, plotly_script  # noqa: PLC0415

        parts = page_parts(
            analysis, command=_command(), notes=page.notes, raw=page.raw, assets=page.assets
        )
        library = plotly_script() if page.assets == "beside" else None
        write_results(analysis, folder, parts, moves, library)
    if report:
        from rich.console import Console  # noqa: PLC0415

        from detector.report.terminal import print_report  # noqa: PLC0415

        print_report(Console(), analysis, folder)
        if moves:
            from detector.report.moves import print_moves  # noqa: PLC0415

            print_moves(Console(), moves)
    return summary(analysis, moves)


def _command() -> str:
    """Return the command as it was typed, each file by its name: where it lies is private."""
    return shlex.join(["detector", *(_without_folder(word) for word in sys.argv[1:])])


def _without_folder(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    is_path = any(mark in value for mark in "/\\") and value != "m/s2" and not is_zone(value)
    return option + equals + (Path(value).name or "." if is_path else value)


if __name__ == "__main__":
    main()
