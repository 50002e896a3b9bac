"""Result folders read back: one row a night, as `summary.json` has it.

A study and a person's own trend both begin with what `detector analyze` wrote. Here it becomes
rows, checked once; nothing is computed.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from detector.errors import DetectorError
from detector.quality import AS_MEASURED
from detector.summary import Index

SCHEMA_NAME = "night-movement-detector/summary/"
INDICES = (
    "periodic_limb_movement_per_h",
    "periodicity_intervals",
    "periodicity_share",
    "movement_per_h",
    "restless_min_per_h",
    "turn_per_h",
)
LABELS = ("hypnic_jerk", "periodic_limb_movement", "restless_activity", "isolated_movement")
EXCLUSIONS = ("tremor", "rhythmic", "vibration", "respiratory_train")
HOURS = ("recorded", "rest", "sleep", "wake", "unknown", "off_body")
# Columns of a table of nights; `flat` gives them in this order
COLUMNS = (
    "result",
    "night",
    "date",
    "source",
    "placement",
    "side",
    "device",
    "hz",
    "basis",
    "rules",
    "criteria",
    "version",
    "bedtime",
    "sleep_start",
    "sleep_end",
    *(f"{name}_h" for name in HOURS),
    *LABELS,
    *(f"{name}_wake" for name in LABELS),
    *(f"excluded_{name}" for name in EXCLUSIONS),
    *(f"{name}{end}" for name in INDICES for end in ("", "_low", "_high", "_withheld")),
    "series_count",
    "series_members_median",
    "interval_s_geometric_mean",
    "interval_ln_sd",
    "quality",
)
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Setup:
    """What has to be the same for two nights to be compared; `side` is both for two legs.

    `device` is the exporter, `rules` the rule set of series, `criteria` the first twelve hex
    digits of the SHA-256 of all thresholds, `basis` what the hours of sleep rest on.
    """

    placement: str
    side: str | None
    device: str
    basis: str
    rules: str
    criteria: str
    version: str

    def differences(self, other: Setup) -> tuple[str, ...]:
        """Return the names of what differs, in the order of the fields."""
        return tuple(name for name in self.__slots__ if getattr(self, name) != getattr(other, name))


@dataclass(frozen=True, slots=True)
class NightRow:
    """One night of a result: `result` is the folder's name, times are the recording's clock.

    `bedtime` is the beginning of the rest; clocks and date are None without a wall clock. Counts
    and indices are those of summary.json, None where they are withheld.
    """

    result: str
    night: int
    date: date | None
    source: str
    hz: float
    setup: Setup
    bedtime: datetime | None
    sleep_start: datetime | None
    sleep_end: datetime | None
    hours: Mapping[str, float]
    counts: Mapping[str, int | None]
    counts_wake: Mapping[str, int | None]
    excluded: Mapping[str, int]
    indices: Mapping[str, Index]
    series: Mapping[str, float | None]
    quality: tuple[str, ...]

    def flat(self) -> dict[str, Any]:
        """Return the values of `COLUMNS` by name: numbers, texts, dates, None."""
        row: dict[str, Any] = {
            "result": self.result,
            "night": self.night,
            "date": self.date,
            "source": self.source,
            "placement": self.setup.placement,
            "side": self.setup.side,
            "device": self.setup.device,
            "hz": self.hz,
            "basis": self.setup.basis,
            "rules": self.setup.rules,
            "criteria": self.setup.criteria,
            "version": self.setup.version,
            "bedtime": self.bedtime,
            "sleep_start": self.sleep_start,
            "sleep_end": self.sleep_end,
        }
        row |= {f"{name}_h": self.hours[name] for name in HOURS}
        row |= {name: self.counts[name] for name in LABELS}
        row |= {f"{name}_wake": self.counts_wake[name] for name in LABELS}
        row |= {f"excluded_{name}": self.excluded[name] for name in EXCLUSIONS}
        for name in INDICES:
            index = self.indices[name]
            row[name] = index.value
            row[f"{name}_low"], row[f"{name}_high"] = index.low, index.high
            row[f"{name}_withheld"] = index.withheld
        row["series_count"] = self.series["count"]
        row["series_members_median"] = self.series["members_median"]
        row["interval_s_geometric_mean"] = self.series["interval_s_geometric_mean"]
        row["interval_ln_sd"] = self.series["interval_ln_sd"]
        row["quality"] = ";".join(self.quality)
        return row


def is_result(path: Path) -> bool:
    """Tell whether a path is a folder that `detector analyze` wrote."""
    try:
        head = (path / "summary.json").read_bytes()[:400]
    except OSError:
        return False
    return SCHEMA_NAME.encode() in head


def find_results(folder: Path) -> list[Path]:
    """Return the result folders at or below a folder in the order of their names."""
    return sorted(_below(folder, 0))


def _below(folder: Path, depth: int) -> Iterable[Path]:
    if is_result(folder):
        yield folder
    elif depth < _DEEPEST:
        for path in folder.iterdir():
            if path.is_dir() and not path.name.startswith("."):
                yield from _below(path, depth + 1)


def read_rows(folder: Path) -> tuple[NightRow, ...]:
    """Return the nights of a result folder; DetectorError where its summary cannot be used."""
    path = folder / "summary.json"
    shown = f"{folder.name}/summary.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DetectorError(f"{folder}: is no folder that detector analyze wrote") from error
    except OSError as error:
        raise DetectorError(f"{shown}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DetectorError(
            f"{shown}: is damaged ({error}); analyze the recording again"
        ) from error
    return rows_of(found, folder.name.removesuffix(".night"))


def rows_of(summary: Mapping[str, Any], result: str) -> tuple[NightRow, ...]:
    """Return the nights of a summary as `detector.export.summary` makes it.

    DetectorError, which names `result`, where it is none.
    """
    try:
        if not str(summary["schema"]).startswith(SCHEMA_NAME):
            raise DetectorError(f"{result}/summary.json: is not a summary of this program")
        return tuple(_row(summary, night, result) for night in summary["nights"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DetectorError(
            f"{result}/summary.json: lacks what a summary has ({error}); analyze the recording "
            "again"
        ) from error


def _row(summary: Mapping[str, Any], night: Mapping[str, Any], result: str) -> NightRow:
    recording = summary["recording"]
    start = _start(recording)
    sleep = night["sleep_period"]
    end_s = None if sleep is None else sleep["onset_s"] + sleep["duration_s"]
    return NightRow(
        result=result,
        night=int(night["night"]),
        date=None if night["date"] is None else date.fromisoformat(night["date"]),
        source=str(recording["source"]),
        hz=float(recording["hz"]),
        setup=_setup(summary, night),
        bedtime=_clock(start, None if night["rest"] is None else night["rest"]["onset_s"]),
        sleep_start=_clock(start, None if sleep is None else sleep["onset_s"]),
        sleep_end=_clock(start, end_s),
        hours={name: float(night["hours"][name]) for name in HOURS},
        counts={name: night["counts"][name] for name in LABELS},
        counts_wake={name: night["counts_wake"][name] for name in LABELS},
        excluded={name: int(night["excluded"][name]) for name in EXCLUSIONS},
        indices={name: _index(index) for name, index in _complete(night["indices"]).items()},
        series=dict(night["series"]),
        quality=tuple(n["code"] for n in night["quality"] if n["code"] not in AS_MEASURED),
    )


def _complete(indices: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the indices; KeyError for one that every summary has."""
    for name in INDICES:
        indices[name]
    return indices


def _setup(summary: Mapping[str, Any], night: Mapping[str, Any]) -> Setup:
    recording = summary["recording"]
    return Setup(
        placement=str(recording["placement"]),
        side="both" if recording.get("alignment") is not None else recording["side"],
        device=str(recording["exporter"]),
        basis=str(night["basis"]),
        rules=str(summary["criteria"]["series"]["rules"]),
        criteria=criteria_id(summary["criteria"]),
        version=str(summary["version"]),
    )


def criteria_id(criteria: Mapping[str, Any]) -> str:
    """Return twelve hex digits that are the same for the same thresholds only."""
    text = json.dumps(criteria, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _start(recording: Mapping[str, Any]) -> datetime | None:
    """Return the clock at the first sample, in its zone where that is known."""
    if recording["start"] is None:
        return None
    start = datetime.fromisoformat(recording["start"])
    if start.tzinfo is None or recording["timezone"] is None:
        return start
    try:
        return start.astimezone(ZoneInfo(recording["timezone"]))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return start  # a fixed offset, or a zone that this machine does not know


def _clock(start: datetime | None, seconds: float | None) -> datetime | None:
    """Return the local clock `seconds` after the start; a clock with a zone may change between."""
    if start is None or seconds is None:
        return None
    passed = timedelta(seconds=float(seconds))
    if start.tzinfo is None:
        return (start + passed).replace(microsecond=0)
    moment = start.astimezone(UTC) + passed
    return moment.astimezone(start.tzinfo).replace(microsecond=0)


def _index(index: Mapping[str, Any]) -> Index:
    return Index(
        value=index["value"],
        low=index["low"],
        high=index["high"],
        hours=float(index["hours"]),
        basis=str(index["basis"]),
        rule=index["rule"],
        withheld=index["withheld"],
    )


def read_table(path: Path) -> tuple[NightRow, ...]:
    """Return the rows of a nights.csv; DetectorError, with its row, where it cannot be used."""
    rows = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ())[:3] != COLUMNS[:3]:
                raise DetectorError(f"{path.name}: is no table of nights that detector trend wrote")
            for number, cells in enumerate(reader, 2):
                try:
                    rows.append(_row_of_cells(cells))
                except (KeyError, TypeError, ValueError) as error:
                    raise DetectorError(
                        f"{path.name}: row {number}: is not as it was written ({error}); run "
                        "detector trend again"
                    ) from error
    except OSError as error:
        raise DetectorError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DetectorError(
            f"{path.name}: is not as it was written (no UTF-8); run detector trend again"
        ) from error
    return tuple(rows)


def _row_of_cells(cells: Mapping[str, str]) -> NightRow:
    sleep_h, basis = float(cells["sleep_h"]), cells["basis"]
    return NightRow(
        result=cells["result"],
        night=int(cells["night"]),
        date=date.fromisoformat(cells["date"]) if cells["date"] else None,
        source=cells["source"],
        hz=float(cells["hz"]),
        setup=Setup(
            placement=cells["placement"],
            side=cells["side"] or None,
            device=cells["device"],
            basis=basis,
            rules=cells["rules"],
            criteria=cells["criteria"],
            version=cells["version"],
        ),
        bedtime=_moment(cells["bedtime"]),
        sleep_start=_moment(cells["sleep_start"]),
        sleep_end=_moment(cells["sleep_end"]),
        hours={name: float(cells[f"{name}_h"]) for name in HOURS},
        counts={name: _whole(cells[name]) for name in LABELS},
        counts_wake={name: _whole(cells[f"{name}_wake"]) for name in LABELS},
        excluded={name: int(cells[f"excluded_{name}"]) for name in EXCLUSIONS},
        indices={name: _index_of_cells(name, cells, sleep_h, basis) for name in INDICES},
        series={
            "count": _number(cells["series_count"]),
            "members_median": _number(cells["series_members_median"]),
            "interval_s_geometric_mean": _number(cells["interval_s_geometric_mean"]),
            "interval_ln_sd": _number(cells["interval_ln_sd"]),
        },
        quality=tuple(code for code in cells["quality"].split(";") if code),
    )


def _index_of_cells(name: str, cells: Mapping[str, str], hours: float, basis: str) -> Index:
    value = _number(cells[name])
    withheld = cells[f"{name}_withheld"] or None
    if (value is None) != (withheld is not None):
        raise ValueError(f"{name} is neither given nor withheld")
    low, high = _number(cells[f"{name}_low"]), _number(cells[f"{name}_high"])
    rule = cells["rules"] if name == "periodic_limb_movement_per_h" else None
    return Index(value, low, high, hours, basis, rule, withheld)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None


def _moment(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell) if cell else None


def table_rows(rows: Sequence[NightRow]) -> list[dict[str, Any]]:
    """Return the rows as a table's, texts in place of dates: CSV and JSON can hold them."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in flat}
        for flat in (row.flat().items() for row in rows)
    ]
