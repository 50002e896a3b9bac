"""Folders as `detector analyze` writes them, many nights of one person with known figures."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from detector.results import NightRow, rows_of

FIRST = date(2026, 3, 2)
INDEX = {"hours": 7.0, "basis": "estimated", "rule": None, "withheld": None}
NIGHT: dict[str, Any] = {
    "night": 1,
    "date": "2026-03-02",
    "basis": "estimated",
    "rest": {"onset_s": 600.0, "duration_s": 27000.0},
    "sleep_period": {"onset_s": 1200.0, "duration_s": 26000.0},
    "sleep_onsets_s": [1200.0],
    "hours": {
        "recorded": 8.0,
        "rest": 7.5,
        "sleep": 7.0,
        "wake": 1.0,
        "unknown": 0.0,
        "off_body": 0.0,
    },
    "counts": {
        "hypnic_jerk": 1,
        "periodic_limb_movement": 100,
        "restless_activity": 10,
        "isolated_movement": 20,
    },
    "counts_wake": {
        "hypnic_jerk": 0,
        "periodic_limb_movement": 3,
        "restless_activity": 9,
        "isolated_movement": 4,
    },
    "excluded": {"tremor": 0, "rhythmic": 0, "vibration": 5, "respiratory_train": 0},
    "indices": {},
    "series": {
        "count": 5,
        "members_median": 8.0,
        "interval_s_geometric_mean": 25.0,
        "interval_ln_sd": 0.4,
    },
    "quality": [{"code": "one_night", "text": "One night decides nothing.", "withholds": []}],
    "guidance": [],
}
SUMMARY: dict[str, Any] = {
    "schema": "night-movement-detector/summary/1",
    "version": "0.1.0",
    "recording": {
        "source": "ankle.csv.gz",
        "exporter": "axivity",
        "placement": "ankle",
        "side": "left",
        "start": None,
        "timezone": None,
        "hours": 8.0,
        "hz": 50.0,
        "noise_g": 0.003,
        "gaps": [],
        "repairs": [],
        "calibration": {"applied": False, "reason": "the axes covered less than 0.3 g"},
    },
    "criteria": {"detection": {"absolute_floor_g": 0.01}, "series": {"rules": "wasm-2016"}},
    "nights": [NIGHT],
}
NAMES = (
    "periodic_limb_movement_per_h",
    "periodicity_intervals",
    "periodicity_share",
    "movement_per_h",
    "restless_min_per_h",
    "turn_per_h",
)


def summary_of(evening: date, value: float | None, **recording: Any) -> dict[str, Any]:
    """Return a summary of one night with `value` periodic movements an hour, None for withheld."""
    made = copy.deepcopy(SUMMARY)
    start = datetime.combine(evening, time(22, 30))
    made["recording"] |= {"start": start.isoformat(timespec="milliseconds")} | recording
    night = made["nights"][0]
    night["date"] = evening.isoformat()
    for name in NAMES:
        if value is None:
            withheld = {"value": None, "low": None, "high": None, "withheld": "2.1 h of sleep"}
            night["indices"][name] = INDEX | withheld
            continue
        shown = min(1.0, value / 40) if name.startswith("periodicity") else value
        half = 0.05 if name.startswith("periodicity") else 1.96 * math.sqrt(max(value, 1.0) / 7)
        night["indices"][name] = INDEX | {
            "value": round(shown, 4),
            "low": round(max(0.0, shown - half), 4),
            "high": round(shown + half, 4),
        }
    return made


def rows(values: Sequence[float | None], **recording: Any) -> list[NightRow]:
    """Return nights on successive evenings from FIRST on."""
    found: list[NightRow] = []
    for k, value in enumerate(values):
        evening = FIRST + timedelta(days=k)
        found += rows_of(summary_of(evening, value, **recording), f"night-{k + 1:02d}")
    return found


def write_result(folder: Path, evening: date, value: float | None, **recording: Any) -> Path:
    """Write a result folder with its summary and a stand-in for its report."""
    folder.mkdir(parents=True)
    text = json.dumps(summary_of(evening, value, **recording), indent=2)
    (folder / "summary.json").write_text(text, encoding="utf-8")
    (folder / "report.html").write_text("<!DOCTYPE html><title>night</title>", encoding="utf-8")
    return folder


def person(
    nights: int, seed: int, phi: float = 0.3, level: float = 18.0, sd: float = 4.0
) -> list[float]:
    """Return figures of a person whose nights resemble the one before by phi."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(nights)
    for k in range(1, nights):
        noise[k] = phi * noise[k - 1] + math.sqrt(1 - phi**2) * noise[k]
    return [round(float(max(0.5, level + sd * v)), 1) for v in noise]
