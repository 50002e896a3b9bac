"""Decisions of reviewers, one a row, in a file to which rows are only ever added.

A row is on the disk before the next one is taken. What is undone stays in the file, with a row
that undoes it, so that the file tells how a review came about.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from detector.annotations import AnnotationError
from detector.classification import Label
from detector.errors import DetectorError
from detector.exclusion import Exclusion

SAME_S = 0.0015  # onsets are written to the ms
LABELS = frozenset({str(one) for kind in (Label, Exclusion) for one in kind})


class Action(StrEnum):
    """What a reviewer did: `note` judges nothing, `undo` takes the own last row back."""

    ACCEPT = "accept"
    RELABEL = "relabel"
    DELETE = "delete"
    ADD = "add"
    NOTE = "note"
    UNDO = "undo"


# Which labels a row has to have: before, after
_HAS = {
    Action.ACCEPT: (True, True),
    Action.RELABEL: (True, True),
    Action.DELETE: (True, False),
    Action.ADD: (False, True),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of review.csv.

    `time` is ISO 8601. `onset_s` and `duration_s` are those of the movement it is about, which
    they name. The labels are a `Label`, or an `Exclusion` of what is left out of all counts;
    empty where there was no movement before, or is none after.
    """

    reviewer: str
    time: str
    action: Action
    onset_s: float
    duration_s: float
    label_before: str
    label_after: str
    note: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.onset_s) and 0 < self.duration_s < math.inf):
            raise ValueError(f"{self.onset_s} s for {self.duration_s} s is no span of time")
        if not self.reviewer or any(c in self.reviewer + self.note for c in "\r\n"):
            raise ValueError("a reviewer needs a name; names and notes are one line each")
        for label in (self.label_before, self.label_after):
            if label and label not in LABELS:
                raise ValueError(f"{label!r} is no label; they are {', '.join(sorted(LABELS))}")
        needs = _HAS.get(self.action)
        if needs is not None and needs != (bool(self.label_before), bool(self.label_after)):
            raise ValueError(f"{self.action} does not go with these labels before and after")

    @property
    def offset_s(self) -> float:
        """Return where the movement ends, in seconds."""
        return self.onset_s + self.duration_s

    def is_about(self, onset_s: float, duration_s: float) -> bool:
        """Tell whether it names the movement of this onset and length."""
        apart_s = max(abs(self.onset_s - onset_s), abs(self.duration_s - duration_s))
        return apart_s < SAME_S


COLUMNS = tuple(field.name for field in fields(Decision))
_HEADER = (",".join(COLUMNS) + "\n").encode()


def now() -> str:
    """Return the time as a row has it: UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_review(file: str | Path) -> tuple[Decision, ...]:
    """Return the rows of a review in their order; AnnotationError names file, row and fault."""
    path = Path(file)
    try:
        text = _mended(path.read_bytes()).decode("utf-8-sig")
    except OSError as error:
        raise AnnotationError(f"{path.name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise AnnotationError(f"{path.name}: is no text in UTF-8, so it is no review") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        _require_columns(path.name, next(reader, []))
        return tuple(
            _decision(f"{path.name}: row {reader.line_num}", cells) for cells in reader if cells
        )
    except csv.Error as error:
        raise AnnotationError(f"{path.name}: row {reader.line_num} is no CSV ({error})") from error


def _mended(content: bytes) -> bytes:
    """Return the content without a last row that was cut off while it was being written."""
    if content.endswith(b"\n") or not content:
        return content
    head, newline, last = content.rpartition(b"\n")
    if not newline:
        return b"" if _HEADER.startswith(content) else content
    try:
        _decision("", next(csv.reader([last.decode()], strict=True), []))
    except (csv.Error, UnicodeDecodeError, AnnotationError):
        return head + newline
    return content + b"\n"


def _require_columns(name: str, header: Sequence[str]) -> None:
    if tuple(cell.strip().lower() for cell in header) != COLUMNS:
        raise AnnotationError(f"{name}: is no review: its first line has to be {','.join(COLUMNS)}")


def _decision(where: str, cells: Sequence[str]) -> Decision:
    if len(cells) != len(COLUMNS):
        raise AnnotationError(f"{where} has {len(cells)} values for {len(COLUMNS)} columns")
    reviewer, time, action, onset, duration, before, after, note = cells
    try:
        onset_s, duration_s = float(onset), float(duration)
    except ValueError:
        raise AnnotationError(f"{where}: onset_s or duration_s is not a number") from None
    if action not in tuple(Action):
        raise AnnotationError(
            f"{where}: action {action!r} is not known; it is one of {', '.join(Action)}"
        )
    try:
        return Decision(reviewer, time, Action(action), onset_s, duration_s, before, after, note)
    except ValueError as error:
        raise AnnotationError(f"{where}: {error}") from None


class Log:
    """The file of a review: what stands in it, and rows added one by one.

    Opening it reads what is there; a folder or file that is not there is made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        begun = path.exists() and _mended(path.read_bytes())
        self._decisions = list(read_review(path)) if begun else []

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Return all rows in their order."""
        return tuple(self._decisions)

    def append(self, decision: Decision) -> None:
        """Add a row; when this returns it is on the disk. DetectorError where it cannot be."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _append(self.path, _row(decision))
        except OSError as error:
            raise DetectorError(f"{self.path}: cannot be written ({error.strerror})") from error
        self._decisions.append(decision)


def _append(path: Path, row: bytes) -> None:
    """Write a row to the end of the file, after a header where it is new, and to the disk."""
    with path.open("a+b") as file:
        file.seek(0)
        content = file.read()
        kept = _mended(content)
        file.truncate(min(len(kept), len(content)))
        file.write((kept[len(content) :] if kept else _HEADER) + row)
        file.flush()
        os.fsync(file.fileno())


def _row(decision: Decision) -> bytes:
    out = io.StringIO(newline="")
    cells = [round(v, 3) if isinstance(v, float) else str(v) for v in astuple(decision)]
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the rows that nobody took back; an undo takes the last one of its own reviewer."""
    kept: list[Decision] = []
    for decision in decisions:
        if decision.action is not Action.UNDO:
            kept.append(decision)
            continue
        last = last_of(kept, decision.reviewer)
        if last is not None:
            del kept[last]
    return tuple(kept)


def last_of(kept: Sequence[Decision], reviewer: str) -> int | None:
    """Return the index of the last row of a reviewer, None without one."""
    mine = [index for index, decision in enumerate(kept) if decision.reviewer == reviewer]
    return mine[-1] if mine else None
