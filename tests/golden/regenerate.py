"""Write anew what two simulated nights give: run by hand, and look at what changed.

python tests/golden/regenerate.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from detector.export import summary
from detector.pipeline import analyze
from detector.recording import Placement
from detector.simulation import NightPlan, simulate_night

HERE = Path(__file__).parent
NIGHTS: dict[str, dict[str, Any]] = {
    "ankle": {"seed": 11, "placement": Placement.ANKLE, "hours": 4.0, "hz": 50.0, "plm_per_h": 40},
    "wrist_with_gaps": {
        "seed": 12,
        "placement": Placement.WRIST,
        "hours": 4.0,
        "hz": 25.0,
        "plan": NightPlan(gaps_per_h=1.0),
    },
}


def golden(name: str) -> dict[str, Any]:
    """Return the figures of one night, rounded: no text, no criteria, no version."""
    found = summary(analyze(simulate_night(**NIGHTS[name]).recording()))
    (night,) = found["nights"]
    return {
        "recording": {
            "hours": round(found["recording"]["hours"], 3),
            "hz": round(found["recording"]["hz"], 2),
            "noise_mg": round(1000 * found["recording"]["noise_g"], 2),
            "gaps": len(found["recording"]["gaps"]),
        },
        "date": night["date"],
        "basis": night["basis"],
        "sleep_onsets_s": [round(onset) for onset in night["sleep_onsets_s"]],
        "hours": {key: round(value, 2) for key, value in night["hours"].items()},
        "counts": night["counts"],
        "counts_wake": night["counts_wake"],
        "excluded": night["excluded"],
        "indices": {
            key: {part: _rounded(index[part]) for part in ("value", "low", "high")}
            for key, index in night["indices"].items()
        },
        "series": {key: _rounded(value) for key, value in night["series"].items()},
        "quality": sorted(note["code"] for note in night["quality"]),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def main() -> None:
    """Write every file beside this one."""
    for name in NIGHTS:
        text = json.dumps(golden(name), indent=1) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"wrote {name}.json")


if __name__ == "__main__":
    main()
