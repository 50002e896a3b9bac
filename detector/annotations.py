"""Annotations of a night, read and written as CSV or EDF+.

    kind,value,onset_s,duration_s
    stage,N2,0.0,30.0
    limb_movement,left,12.4,2.1

Times are seconds from the recording's first sample; in EDF+, from the start of that file. EDF+
texts are those of edfplus.info/specs/edftexts.html ("Sleep stage N2", "Limb movement", "EEG
arousal"), and those that other scoring programs write for the same.
"""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from detector.errors import DetectorError
from detector.writing import write_bytes

if TYPE_CHECKING:
    import edfio

COLUMNS = ("kind", "value", "onset_s", "duration_s")
MORE_COLUMNS = ("peak_g", "series")  # of simulated nights; any other column is passed over
KINDS = (
    "stage",
    "limb_movement",
    "movement",
    "respiratory_event",
    "arousal",
    "distractor",
    "off_body",
    "gap",
)
SIDES = ("left", "right", "bilateral", "")
STAGES = ("W", "N1", "N2", "N3", "R", "sleep")
_STAGE_NAMES = {
    **{stage.lower(): stage for stage in STAGES},
    **dict.fromkeys(("0", "wake", "awake", "sleep stage w"), "W"),
    **dict.fromkeys(("1", "s1", "n1 sleep", "sleep stage 1", "sleep stage n1"), "N1"),
    **dict.fromkeys(("2", "s2", "n2 sleep", "sleep stage 2", "sleep stage n2"), "N2"),
    **dict.fromkeys(("3", "s3", "n3 sleep", "sleep stage 3", "sleep stage n3"), "N3"),
    **dict.fromkeys(("4", "s4", "n4", "sleep stage 4"), "N3"),
    **dict.fromkeys(("5", "rem", "rem sleep", "sleep stage r", "sleep stage rem"), "R"),
    **dict.fromkeys(("n", "nrem", "sleep stage n", "sleep stage sleep"), "sleep"),
}
_UNSCORED = frozenset(
    {"?", "", "unknown", "unscored", "no stage", "m", "mt", "movement time", "artifact"}
    | {"sleep stage ?", "sleep stage m"}
)
_SIDE_NAMES = {
    **{side: side for side in SIDES},
    **dict.fromkeys(("l", "lat", "left leg"), "left"),
    **dict.fromkeys(("r", "rat", "right leg"), "right"),
    **dict.fromkeys(("b", "both", "bilat", "both legs"), "bilateral"),
}
# The labels, and what others call them; any other value of a movement stays as it is written.
_LABEL_WORDS = {
    "periodic_limb_movement": (
        "periodic_limb_movements periodic_leg_movement periodic_movement periodic plm plms plmw"
    ),
    "hypnic_jerk": "hypnic_jerks hypnagogic_jerk hypnic jerk sleep_start",
    "restless_activity": "restless_movement restless restlessness",
    "isolated_movement": "isolated_limb_movement isolated single_movement single",
}
_LABEL_NAMES = {
    name: label for label, words in _LABEL_WORDS.items() for name in (label, *words.split())
}
_LONG_MOVEMENT_S = 100.0  # a median above it: no list of movements in seconds
_FEW = 4  # fewer may be odd ones

# Texts of EDF+ and what is in front of ": value"
_HEADS = {
    "limb_movement": "Limb movement",
    "movement": "Movement",
    "respiratory_event": "Respiratory event",
    "arousal": "EEG arousal",
    "distractor": "Distractor",
    "off_body": "Off body",
    "gap": "Gap",
}
_LEG = re.compile(r"(?:(?:periodic )?(?:limb|leg) movements?\b|p?lm[sw]?\b)", re.IGNORECASE)
_BREATHING = re.compile(r"apno?ea\b|hypopn|\brera\b|respiratory (?:event|effort)", re.IGNORECASE)
_AROUSAL = re.compile(r"\barousal", re.IGNORECASE)
_KIND_OF_HEAD = {head: kind for kind, head in _HEADS.items() if kind != "limb_movement"}
_NO_EVENT = _UNSCORED | {"recording starts"}
_CUT_OFF = re.compile("Incomplete data record|header indicates")  # what edfio warns of
_UNKNOWN_DATE = date(1985, 1, 1)  # EDF's first day: what an anonymized file has
_EDF_NEEDS = "EDF+ takes the library edfio: pip install 'night-movement-detector[edf]'"


class AnnotationError(DetectorError):
    """A list of annotations cannot be read, or says what cannot be."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation; `peak_g` and `series` are known of simulated nights only."""

    kind: str
    value: str
    onset_s: float
    duration_s: float
    peak_g: float | None = None
    series: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.onset_s) and 0 <= self.duration_s < math.inf):
            raise ValueError(
                f"{self.kind} at {self.onset_s} s for {self.duration_s} s is no span of time"
            )

    @property
    def offset_s(self) -> float:
        """Return where it ends, in seconds."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a file holds, in order of onset.

    `name` is the file's; `start` the clock at second 0, where the file tells it; `passed_over` the
    texts of an EDF+ that are no kind of annotation known here.
    """

    name: str
    rows: tuple[Annotation, ...]
    start: datetime | None = None
    passed_over: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[Annotation, ...]:
        """Return the rows of one kind."""
        return tuple(row for row in self.rows if row.kind == kind)

    def shifted(self, seconds: float) -> Annotations:
        """Return the same with all times `seconds` later."""
        rows = tuple(replace(row, onset_s=row.onset_s + seconds) for row in self.rows)
        return replace(self, rows=rows)


def in_order(name: str, rows: Iterable[Annotation]) -> Annotations:
    """Return rows in any order as the annotations of one night."""
    return Annotations(name, tuple(sorted(rows, key=_place)))


def _place(row: Annotation) -> tuple[float, str, str, float]:
    return row.onset_s, row.kind, row.value, row.duration_s


def read_annotations(path: Path) -> Annotations:
    """Read a CSV or EDF+ file; AnnotationError names the file, the row and what to do."""
    try:
        found = _from_edf(path) if is_edf(path) else _from_csv(path)
    except OSError as error:
        raise AnnotationError(f"{path.name}: cannot be read ({error.strerror})") from error
    for kind, said in (("limb_movement", "leg movements"), ("movement", "movements")):
        lengths_s = [row.duration_s for row in found.of(kind)]
        if len(lengths_s) >= _FEW and median(lengths_s) > _LONG_MOVEMENT_S:
            raise AnnotationError(
                f"{path.name}: half of the {said} last more than {_LONG_MOVEMENT_S:g} s; "
                "onset_s and duration_s are in seconds, not in milliseconds or samples"
            )
    return found


def is_edf(path: Path) -> bool:
    """Tell by the name whether a file is EDF+ or BDF+."""
    return path.suffix.lower() in (".edf", ".bdf")


def _from_csv(path: Path) -> Annotations:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise AnnotationError(
            f"{path.name}: is no text in UTF-8; save it as CSV in UTF-8 with the columns "
            f"{','.join(COLUMNS)}"
        ) from None
    return in_order(path.name, _rows(path.name, text))


def _rows(name: str, text: str) -> Iterator[Annotation]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _require_columns(name, header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{name}: row {reader.line_num}"
            row = _row(where, _named(where, header, cells), "." if delimiter == "," else ",")
            if row is not None:
                yield row
    except csv.Error as error:
        raise AnnotationError(f"{name}: row {reader.line_num} is no CSV ({error})") from error


def _require_columns(name: str, header: Sequence[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        found = ", ".join(cell[:40] for cell in header[:8]) or "nothing"
        raise AnnotationError(
            f"{name}: is no list of annotations: its first line lacks {', '.join(missing)} "
            f"(found: {found}); it has to be {','.join(COLUMNS)}"
        )


def _named(where: str, header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    values = [cell.strip() for cell in cells]
    if len(values) < len(header):
        raise AnnotationError(f"{where} has {len(values)} values for {len(header)} columns")
    if any(values[len(header) :]):
        raise AnnotationError(
            f"{where} has {len(values)} values for {len(header)} columns; write numbers with a "
            "point, 12.5"
        )
    return dict(zip(header, values, strict=False))


def _row(where: str, cells: Mapping[str, str], decimal: str) -> Annotation | None:
    """Return a row, None for a stage that was not scored."""
    kind = cells["kind"].lower()
    label = _label(cells["kind"])
    if kind not in KINDS and label in _LABEL_WORDS:
        raise AnnotationError(
            f"{where}: kind {cells['kind']!r} is a label; write the kind movement and the value "
            f"{label}"
        )
    if kind not in KINDS:
        raise AnnotationError(
            f"{where}: kind {cells['kind']!r} is not known; the kinds are {', '.join(KINDS)}"
        )
    value = _value(where, kind, cells["value"])
    if value is None:
        return None
    onset_s = _number(where, "onset_s", cells["onset_s"], decimal)
    duration_s = _number(where, "duration_s", cells["duration_s"], decimal)
    if duration_s < 0:
        raise AnnotationError(
            f"{where}: duration_s is {duration_s:g}; give how long it lasts, 0 or more"
        )
    peak, series = cells.get("peak_g", ""), cells.get("series", "")
    return Annotation(
        kind,
        value,
        onset_s,
        duration_s,
        _number(where, "peak_g", peak, decimal) if peak else None,
        round(_number(where, "series", series, decimal)) if series else None,
    )


def _value(where: str, kind: str, value: str) -> str | None:
    if kind == "limb_movement":
        if value.lower() not in _SIDE_NAMES:
            raise AnnotationError(
                f"{where}: value {value!r} of a limb_movement is no side; it is left, right, "
                "bilateral or empty"
            )
        return _SIDE_NAMES[value.lower()]
    if kind == "stage":
        if value.lower() in _UNSCORED:
            return None
        if value.lower() not in _STAGE_NAMES:
            raise AnnotationError(
                f"{where}: value {value!r} is no stage; the stages are {', '.join(STAGES)}, and ? "
                "for what was not scored"
            )
        return _STAGE_NAMES[value.lower()]
    return _label(value) if kind == "movement" else value


def _label(value: str) -> str:
    """Return the label that a word such as "PLM" or "Restless movement" means, or the word."""
    return _LABEL_NAMES.get(re.sub(r"[\s-]+", "_", value.strip().lower()), value)


def _number(where: str, column: str, text: str, decimal: str) -> float:
    try:
        number = float(text.replace(decimal, "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        said = repr(text) if text else "empty"
        unit = " of seconds from the recording's first sample" if column == "onset_s" else ""
        raise AnnotationError(f"{where}: {column} is {said}, not a number{unit}")
    return number


def _from_edf(path: Path) -> Annotations:
    name = path.name
    try:
        import edfio  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise AnnotationError(f"{name}: {_EDF_NEEDS}") from error
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            edf = edfio.read_bdf(path) if path.suffix.lower() == ".bdf" else edfio.read_edf(path)
            texts = [(one.onset, one.duration, one.text) for one in edf.annotations]
            start = _start(edf)
    except OSError:
        raise
    except Exception as error:  # a damaged header brings about exceptions of any kind
        said = " ".join(str(error).split())
        raise AnnotationError(f"{name}: is no EDF+ that can be read ({said})") from error
    if any(_CUT_OFF.search(str(one.message)) for one in told):
        raise AnnotationError(f"{name}: is cut off, so that annotations may be lost; copy it anew")
    if not texts:
        raise AnnotationError(f"{name}: holds no annotations; give the EDF+ with the scoring")
    rows, passed_over = [], []
    for onset_s, duration_s, text in _with_stage_lengths(texts):
        meaning = _meaning(text)
        if meaning is not None:
            rows.append(Annotation(*meaning, onset_s, duration_s))
        elif text.strip().lower() not in _NO_EVENT:
            passed_over.append(text)
    found = in_order(name, rows)
    return replace(found, start=start, passed_over=tuple(dict.fromkeys(passed_over)))


def _start(edf: edfio.Edf | edfio.Bdf) -> datetime | None:
    """Return the clock at second 0, None where the date was taken out."""
    from edfio import AnonymizedDateError  # noqa: PLC0415 - an extra

    try:
        day = edf.startdate
    except AnonymizedDateError:
        return None
    return None if day == _UNKNOWN_DATE else datetime.combine(day, edf.starttime)


def _with_stage_lengths(
    texts: Sequence[tuple[float, float | None, str]],
) -> Iterator[tuple[float, float, str]]:
    """Yield each text with a length: a stage without one lasts to the next stage.

    The last one lasts as long as the one before it. Anything else without a length is a moment.
    """
    ordered = sorted(texts, key=lambda one: one[0])
    onsets_s = [onset_s for onset_s, _, text in ordered if _is_stage(text)]
    steps_s = [later - earlier for earlier, later in pairwise(onsets_s)]
    lengths_s = iter([*steps_s, *steps_s[-1:], 0.0])
    for onset_s, duration_s, text in ordered:
        length_s = next(lengths_s) if _is_stage(text) else 0.0
        yield onset_s, duration_s or length_s, text


def _is_stage(text: str) -> bool:
    plain = text.strip().lower()
    return (plain in _STAGE_NAMES or plain in _UNSCORED) and not plain.isdigit()


def _meaning(text: str) -> tuple[str, str] | None:
    """Return kind and value of a text of EDF+, None where it is none of these."""
    said, _, channel = text.strip().partition("@@")
    said = said.strip()
    if said.lower() in _STAGE_NAMES and not said.isdigit():  # a digit may be a trigger
        return "stage", _STAGE_NAMES[said.lower()]
    head, _, value = said.partition(": ")
    if head in _KIND_OF_HEAD:
        kind = _KIND_OF_HEAD[head]
        return kind, _label(value) if kind == "movement" else value
    if leg := _LEG.match(said):
        return "limb_movement", _side(f"{said[leg.end() :]} {channel}")
    if _BREATHING.search(said):
        return "respiratory_event", said
    if _AROUSAL.search(said):
        return "arousal", ""
    return None


def _side(text: str) -> str:
    """Return the side that words such as "(Left)" or "EMG RAT" name; empty where none does."""
    named = {_SIDE_NAMES.get(word, "") for word in re.findall(r"[a-z]+", text.lower())} - {""}
    return named.pop() if len(named) == 1 else "bilateral" if named else ""


def write_annotations(
    path: Path, rows: Iterable[Annotation], start: datetime | None = None
) -> None:
    """Write annotations as CSV, or as EDF+ where the name says so; whole or not at all.

    `start` is the clock at second 0, for EDF+. `peak_g` and `series` have no place in EDF+.
    """
    ordered = in_order(path.name, rows).rows
    content = _edf(path.name, ordered, start) if is_edf(path) else _csv(ordered).encode()
    write_bytes(path, content)


def _csv(rows: Sequence[Annotation]) -> str:
    more = [c for c in MORE_COLUMNS if any(getattr(row, c) is not None for row in rows)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, *more])
    for row in rows:
        times = (round(row.onset_s, 6), round(row.duration_s, 6))
        writer.writerow([row.kind, row.value, *times, *(getattr(row, c) for c in more)])
    return out.getvalue()


def _edf(name: str, rows: Sequence[Annotation], start: datetime | None) -> bytes:
    try:
        import edfio  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise AnnotationError(f"{name}: {_EDF_NEEDS}") from error
    marks = [edfio.EdfAnnotation(0.0, None, "Recording starts")]  # a file has to hold one
    marks += [
        edfio.EdfAnnotation(round(row.onset_s, 6), round(row.duration_s, 6), _edf_text(row))
        for row in rows
    ]
    file = edfio.Edf(
        [],
        annotations=marks,
        recording=None if start is None else edfio.Recording(startdate=start.date()),
        starttime=None if start is None else start.time(),
    )
    return bytes(file.to_bytes())


def _edf_text(row: Annotation) -> str:
    if row.kind == "stage":
        return f"Sleep stage {row.value}"
    if row.kind == "respiratory_event" and _BREATHING.search(row.value):
        return row.value
    head = _HEADS[row.kind]
    return f"{head}: {row.value}" if row.value else head
