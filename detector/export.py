"""Results as files: movements.csv, summary.json, report.html, written whole or not at all."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.criteria import to_dict
from detector.errors import DetectorError
from detector.pipeline import Analysis, NightResult
from detector.summary import Index
from detector.two_clocks import Alignment

if TYPE_CHECKING:
    import pandas as pd

    from detector.sensitivity import Move

SCHEMA = "night-movement-detector/summary/1"
COLUMNS = (
    "movement",
    "night",
    "onset",
    "onset_s",
    "duration_s",
    "peak_g",
    "jerk_g_per_s",
    "turn_deg",
    "side",
    "state",
    "label",
    "excluded_as",
    "reason",
    "series",
    "interval_s",
)
REVIEW_COLUMN = "review"  # the last one of a reviewed night
REVIEW_FILE = "review.csv"  # beside the results, and kept by every run
FILES = ("movements.csv", "summary.json", "report.html")
LIBRARY_FILE = "plotly.min.js"  # beside the page where it is not within


def iso_ms(moment: datetime | None) -> str | None:
    """Return ISO 8601 to the millisecond, with the offset where the clock has one."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def columns(analysis: Analysis) -> tuple[str, ...]:
    """Return the columns of movements.csv: `COLUMNS`, and one more where people reviewed."""
    return (*COLUMNS, REVIEW_COLUMN) if _is_reviewed(analysis) else COLUMNS


def _is_reviewed(analysis: Analysis) -> bool:
    return any(night.review is not None for night in analysis.nights)


def movement_rows(analysis: Analysis) -> Iterator[tuple[Any, ...]]:
    """Yield one row a movement in the order of `columns`; None where a value does not apply."""
    is_reviewed = _is_reviewed(analysis)
    for number, one in enumerate(analysis.movements, 1):
        m = one.movement
        yield (
            number,
            one.night,
            iso_ms(analysis.recording.clock(round(m.onset_s, 3))),
            round(m.onset_s, 3),
            round(m.duration_s, 3),
            round(m.peak_g, 5),
            round(m.jerk_g_per_s, 4),
            None if math.isnan(m.turn_deg) else round(m.turn_deg, 1),
            one.side or None,
            one.state,
            str(one.label),
            None if one.excluded_as is None else str(one.excluded_as),
            one.reason,
            one.series,
            None if one.interval_s is None else round(one.interval_s, 3),
            *((one.review or None,) if is_reviewed else ()),
        )


def movements_csv(analysis: Analysis) -> str:
    """Return the text of movements.csv."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns(analysis))
    writer.writerows(movement_rows(analysis))
    return out.getvalue()


def movements_frame(analysis: Analysis) -> pd.DataFrame:
    """Return the rows of movements.csv as a data frame; `series` as a nullable integer."""
    import pandas as pd  # noqa: PLC0415 - 0.4 s that the command line does not need

    names = columns(analysis)
    frame = pd.DataFrame(list(movement_rows(analysis)), columns=list(names))
    numbers = ("onset_s", "duration_s", "peak_g", "jerk_g_per_s", "turn_deg", "interval_s")
    kinds = dict.fromkeys(names, "string") | dict.fromkeys(numbers, "float64")
    return frame.astype(kinds | {"movement": "int64", "night": "int64", "series": "Int64"})


def summary(analysis: Analysis, moves: Sequence[Move] = ()) -> dict[str, Any]:
    """Return summary.json as plain values; its schema stands in docs/summary.schema.json.

    `moves` are what changed thresholds do; without any the key is not there.
    """
    sensitivity = {"sensitivity": [move.to_dict() for move in moves]} if moves else {}
    recording, signal = analysis.recording, analysis.signal
    noise = max(night.noise_g for night in analysis.nights)
    alignment = {} if analysis.alignment is None else {"alignment": _clocks(analysis.alignment)}
    calibration = {"applied": signal.calibration.applied, "reason": signal.calibration.reason}
    return {
        "schema": SCHEMA,
        "version": analysis.version,
        "recording": {
            "source": recording.source,
            "exporter": recording.exporter,
            "placement": str(recording.placement),
            "side": None if recording.side is None else str(recording.side),
            "start": iso_ms(recording.start),
            "timezone": recording.timezone,
            "hours": round(signal.duration_s / 3600, 4),
            "hz": round(recording.hz, 4),
            "noise_g": round(noise, 6),
            "gaps": [_span(start, stop - start) for start, stop in signal.gaps.tolist()],
            "repairs": [dataclasses.asdict(repair) for repair in signal.repairs],
            "calibration": calibration,
            **alignment,
        },
        "criteria": to_dict(analysis.criteria),
        "nights": [_night(night) for night in analysis.nights],
        **sensitivity,
    }


def _clocks(alignment: Alignment) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in dataclasses.asdict(alignment).items()}


def _span(onset_s: float, duration_s: float) -> dict[str, float]:
    return {"onset_s": round(onset_s, 3), "duration_s": round(duration_s, 3)}


def _night(night: NightResult) -> dict[str, Any]:
    s = night.summary
    legs = {}
    if night.legs is not None:
        legs["legs"] = {side: dataclasses.asdict(counts) for side, counts in night.legs.items()}
    review = {} if night.review is None else {"review": dataclasses.asdict(night.review)}
    return {
        "night": s.night,
        "date": None if s.date is None else s.date.isoformat(),
        "basis": s.basis,
        "rest": None if s.rest_s is None else _span(*s.rest_s),
        "sleep_period": None if s.sleep_period_s is None else _span(*s.sleep_period_s),
        "sleep_onsets_s": [round(onset, 3) for onset in s.sleep_onsets_s],
        "hours": {name: round(value, 4) for name, value in s.hours.items()},
        "counts": dict(s.counts),
        "counts_wake": dict(s.counts_wake),
        "excluded": dict(s.excluded),
        "indices": {name: _index(index) for name, index in s.indices.items()},
        "series": {name: _rounded(v) for name, v in dataclasses.asdict(s.series).items()},
        **legs,
        **review,
        "quality": [
            {"code": q.code, "text": q.text, "withholds": list(q.withholds)} for q in night.quality
        ],
        "guidance": [
            {
                "group": str(a.group),
                "text": a.text,
                "facts": list(a.facts),
                "articles": list(a.articles),
            }
            for a in night.guidance
        ],
    }


def _rounded(value: float | str | None) -> float | str | None:
    return round(value, 4) if isinstance(value, float) else value


def _index(index: Index) -> dict[str, Any]:
    values = dataclasses.asdict(index)
    return {name: _rounded(value) for name, value in values.items()}


def to_json(value: object) -> str:
    """Return JSON text that every reader of the standard accepts: no NaN, no infinity."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


def is_result_folder(folder: Path) -> bool:
    """Tell whether a folder is one that a run or a review wrote, and so may be replaced."""
    try:
        if [entry.name for entry in folder.iterdir()] == [REVIEW_FILE]:
            return True
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("schema") == SCHEMA


def write_results(
    analysis: Analysis,
    folder: Path,
    page: Iterable[str],
    moves: Sequence[Move] = (),
    library: str | None = None,
) -> None:
    """Write the three files of a run into `folder`, whole or not at all.

    `page` are the pieces of the report, `moves` what changed thresholds do, `library` the plot
    library where the page wants it beside itself. A folder that is there is replaced when a run
    wrote it, else DetectorError is raised; other files in it are carried over.
    """
    if folder.exists() and not (folder.is_dir() and is_result_folder(folder)):
        raise DetectorError(
            f"{folder} is there and was not written by this program; it is left as it is. "
            "Choose another place with --output"
        )
    texts: dict[str, Iterable[str]] = dict(
        zip(
            FILES,
            ([movements_csv(analysis)], [to_json(summary(analysis, moves)), "\n"], page),
            strict=True,
        )
    )
    if library is not None:
        texts[LIBRARY_FILE] = [library]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise DetectorError(f"{folder}: cannot be written ({error.strerror})") from error
    try:
        for name, text in texts.items():
            with (fresh / name).open("w", encoding="utf-8", newline="") as file:
                file.writelines(text)
        fresh.chmod(0o755)
        _keep_others(folder, fresh)
        _put_in_place(fresh, folder)
    except OSError as error:
        raise DetectorError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _keep_others(folder: Path, fresh: Path) -> None:
    """Copy what a person laid beside an older result, such as a review, to the new one."""
    if not folder.exists():
        return
    for entry in folder.iterdir():
        if entry.name in (*FILES, LIBRARY_FILE):
            continue
        if entry.is_dir():
            shutil.copytree(entry, fresh / entry.name)
        else:
            shutil.copy2(entry, fresh / entry.name)


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Rename `fresh` to `folder`; an older result goes only when the new one stands."""
    if not folder.exists():
        fresh.replace(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    try:
        folder.replace(old / "result")
        fresh.replace(folder)
    except BaseException:
        if not folder.exists() and (old / "result").exists():
            (old / "result").replace(folder)
        raise
    finally:
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
