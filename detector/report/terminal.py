"""The night at a glance: one screen of 80 columns, plain text where it is piped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from detector.guidance import Advice, group_title
from detector.pipeline import Analysis, NightResult
from detector.quality import AS_MEASURED, QualityNote
from detector.report.texts import (
    clock_text,
    date_text,
    index_text,
    legs_text,
    night_name,
    number_text,
    printable,
    texts,
)
from detector.report.timeline import (
    ASCII,
    LABEL_ORDER,
    UNICODE,
    Blocks,
    density_row,
    state_row,
    tick_row,
)

WIDTH = 80
_TRY_FIRST = 3
_QUALITY = 4
_NAME, _TIMELINE, _COUNT = 15, 50, 7


def print_report(console: Console, analysis: Analysis, files: Path | None) -> None:
    """Print the report; `files` is the folder that was written, None where nothing was."""
    console.print(terminal_report(analysis, files))


def terminal_report(analysis: Analysis, files: Path | None) -> RenderableType:
    """Return the report as something that rich prints."""
    return TerminalReport(analysis, files)


@dataclass(frozen=True, slots=True)
class TerminalReport:
    """The report of one analysis, laid out when the terminal that shows it is known."""

    analysis: Analysis
    files: Path | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, in characters that the output can carry."""
        width = min(WIDTH, options.max_width)
        blocks = ASCII if options.ascii_only else UNICODE
        for line in _lines(self.analysis, self.files, width, blocks):
            line.plain = _carried(line.plain, options.encoding)
            line.no_wrap = True
            line.overflow = "ignore"
            yield from _wrapped(line, width)


def _carried(text: str, encoding: str) -> str:
    """Return text with a question mark for each character that the encoding lacks."""
    return printable(text).encode(encoding, "replace").decode(encoding)


def _wrapped(line: Text, width: int) -> Iterator[Text]:
    """Yield a line in parts of at most `width`, the later ones indented as the first one is."""
    plain = line.plain
    indent = len(plain) - len(plain.lstrip(" -"))
    if len(plain) <= width:
        yield line
        return
    start = 0
    while start < len(plain):
        lead = indent if start else 0
        room = max(8, width - lead)
        stop = len(plain) if len(plain) - start <= room else start + room
        if stop < len(plain):
            space = plain.rfind(" ", start + lead + 1, stop + 1)
            stop = space if space > start else stop
        part = line[start:stop]
        yield Text(" " * lead) + part
        start = stop + (1 if plain[stop : stop + 1] == " " else 0)


def _lines(analysis: Analysis, files: Path | None, width: int, blocks: Blocks) -> Iterator[Text]:
    words = texts()["terminal"]
    yield from _head(analysis)
    yield Text()
    if len(analysis.nights) == 1:
        night = analysis.nights[0]
        yield from _timeline(analysis, night, width, blocks)
        yield Text()
        yield from _indices(night)
    else:
        yield from _night_table(analysis)
    yield Text()
    yield from _quality(analysis)
    yield Text()
    yield from _guidance(analysis)
    if files is not None:
        yield Text()
        yield Text.assemble(
            (words["files"] + " ", "bold"), printable(words["files_in"].format(folder=files))
        )


def _head(analysis: Analysis) -> Iterator[Text]:
    words = texts()["terminal"]
    recording = analysis.recording
    yield Text(words["title"].format(version=analysis.version), style="bold")
    placement = texts()["placement"][recording.placement]
    if recording.side is not None:
        placement = f"{texts()['side'][recording.side]} {placement}"
    yield Text(
        words["recording"].format(
            source=printable(recording.source),
            exporter=printable(recording.exporter),
            placement=placement,
            hz=f"{recording.hz:.4g}",
            hours=f"{analysis.signal.duration_s / 3600:.1f}",
        )
    )
    first = analysis.recording.clock(0.0)
    if first is None:
        yield Text(words["span_elapsed"])
        return
    stop_s = analysis.signal.duration_s
    stop = clock_text(analysis, stop_s)
    last = analysis.recording.clock(stop_s)
    if last is not None and len(analysis.nights) > 1:
        stop = f"{date_text(last.date())}, {stop}"
    start = clock_text(analysis, 0.0)
    yield Text(words["span"].format(date=date_text(first.date()), start=start, stop=stop))


def _timeline(analysis: Analysis, night: NightResult, width: int, blocks: Blocks) -> Iterator[Text]:
    """Yield the rows of the night, each with its counts asleep and awake at its end."""
    words, summary = texts()["terminal"], night.summary
    cells = width - _NAME - 2 * _COUNT - 1
    head = " " * (_NAME + cells + 1)
    yield Text(f"{head}{words['asleep']:>{_COUNT}}{words['awake']:>{_COUNT}}", style="bold")
    hours = [f"{summary.hours[state]:.1f} h" for state in ("sleep", "wake")]
    yield _row(words["sleep_row"], state_row(night, cells, blocks), hours, "blue")
    styles = ("yellow", "cyan", "green", "bright_black")
    for label, style in zip(LABEL_ORDER, styles, strict=True):
        counts = [summary.counts[label], summary.counts_wake[label]]
        said = ["n/a" if count is None else str(count) for count in counts]
        name = texts()["labels"][label]["short"]
        yield _row(name, density_row(analysis, night, label, cells, blocks), said, style)
    yield Text(" " * _NAME + tick_row(analysis, night, cells), style="dim")
    legend = words["legend"].format(
        sleep=blocks.sleep,
        wake=blocks.wake,
        off=blocks.off_body,
        gap="' '",
        few=blocks.density[0],
        many=blocks.density[-1],
    )
    yield Text(" " * _NAME + legend, style="dim")
    left_out = [
        f"{count} {texts()['excluded'][kind]}" for kind, count in summary.excluded.items() if count
    ]
    if left_out:
        yield Text(words["excluded"].format(list=", ".join(left_out)))
    if night.legs is not None:
        yield Text(words["legs"].format(list=legs_text(night)))


def _row(name: str, cells: str, ends: list[str], style: str) -> Text:
    tail = "".join(f"{end:>{_COUNT}}" for end in ends)
    return Text.assemble(f"{name:<{_NAME}}", (cells, style), f" {tail}")


def _indices(night: NightResult) -> Iterator[Text]:
    words = texts()["terminal"]
    found = night.summary.indices
    reasons = {index.withheld for index in found.values()}
    if len(reasons) == 1 and None not in reasons:
        yield Text(words["all_withheld"].format(reason=reasons.pop()))
        return
    yield Text(words["indices"], style="bold")
    for name, index in found.items():
        yield Text(f"{texts()['indices'][name]['short']:<20}{index_text(name, index)}")


def _night_table(analysis: Analysis) -> Iterator[Text]:
    """Yield one row a night, counts asleep, the index with its interval or a sign for why not."""
    words = texts()["terminal"]
    yield Text(words["nights"].format(count=len(analysis.nights)), style="bold")
    names = ("sleep", "jerk", "periodic", "restless", "single")
    head = "".join(f"{words[f'column_{name}']:>9}" for name in names)
    yield Text(f"{words['column_night']:<12}{head}  {words['column_index']}", style="bold")
    reasons: dict[str, None] = {}
    for night in analysis.nights:
        summary = night.summary
        cells = [f"{summary.hours['sleep']:.1f} h"]
        for label in LABEL_ORDER:
            count = summary.counts[label]
            cells.append("n/a" if count is None else str(count))
        index = summary.indices["periodic_limb_movement_per_h"]
        if index.value is None or index.low is None or index.high is None:
            reasons[str(index.withheld)] = None
            shown = words["index_withheld"]
        else:
            value, low, high = (number_text(v) for v in (index.value, index.low, index.high))
            shown = words["index_cell"].format(value=value, low=low, high=high)
        row = "".join(f"{cell:>9}" for cell in cells)
        yield Text(f"{night_name(night, short=True):<12}{row}  {shown}")
    bases = dict.fromkeys(n.summary.basis for n in analysis.nights)
    yield Text(words["nights_note"].format(basis=", ".join(bases)), style="dim")
    if reasons:
        yield Text(words["reasons"].format(list="; ".join(reasons)), style="dim")


def _quality(analysis: Analysis) -> Iterator[Text]:
    """Yield what limits the figures, each once, the weightiest first."""
    words = texts()["terminal"]
    placement = str(analysis.recording.placement)
    notes = dict.fromkeys(
        _short(note, placement)
        for night in analysis.nights
        for note in night.quality
        if note.code not in AS_MEASURED
    )
    yield Text(words["quality"], style="bold")
    # A line that says there is one more would take the room of that one
    shown = list(notes)[: _QUALITY if len(notes) > _QUALITY + 1 else None]
    for note in shown:
        yield Text(f"- {note}")
    if len(notes) > len(shown):
        yield Text("  " + words["more"].format(count=len(notes) - len(shown)), style="dim")


def _short(note: QualityNote, placement: str) -> str:
    short = texts()["quality_short"]
    code = f"placement_{placement}" if note.code == "placement" else note.code
    return str(short.get(code, note.text))


def _guidance(analysis: Analysis) -> Iterator[Text]:
    words = texts()["terminal"]
    yield Text(words["guidance"], style="bold")
    for text in _chosen(analysis, "try_first")[:_TRY_FIRST]:
        yield Text(f"- {text}")
    yield Text(group_title("see_doctor"), style="bold")
    for text in _chosen(analysis, "see_doctor")[:1]:
        yield Text(f"- {text}")
    yield Text(words["no_doctor"], style="italic")


def _chosen(analysis: Analysis, group: str) -> list[str]:
    """Return the lines of a group over all nights, each once, in the order of the guidance."""
    advice: Iterable[Advice] = (line for night in analysis.nights for line in night.guidance)
    return list(dict.fromkeys(line.text for line in advice if line.group == group))
