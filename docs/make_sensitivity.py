"""Write docs/sensitivity.md: how far the figures of the sample nights move with each threshold.

    python docs/make_sensitivity.py

It analyzes each sample night some hundred times: a minute or two.
"""

from __future__ import annotations

from pathlib import Path

from detector.pipeline import analyze
from detector.readers import read
from detector.sensitivity import Move, sensitivity

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "sensitivity.md"
NIGHTS = {
    "ankle": "ankle_night.csv.gz",
    "wrist": "wrist_night.csv.gz",
    "mattress": "phone_on_mattress.csv.gz",
}
SHOWN = 10
HEAD = """# Sensitivity

How far the figures of the three sample nights, which are simulations, move when one threshold is a
fifth lower or higher and all others stay. Written by `python docs/make_sensitivity.py`; the same
for a night of your own: `detector analyze night.csv --sensitivity`.

A threshold that moves the figures much is one to be careful with; it does not say that it is wrong.
The rules of periodic series (10 to 90 s, four in a row) are no thresholds of this program and stay.
"""


def chapter(placement: str) -> str:
    """Return the table of one sample night, the thresholds that move it most first."""
    path = ROOT / "sample_recordings" / NIGHTS[placement]
    base, *others = sensitivity(analyze(read(path, placement=placement)))
    rows: dict[str, list[Move]] = {}
    for move in others:
        rows.setdefault(move.criterion, []).append(move)
    ranked = sorted(rows.items(), key=lambda row: -max(size(move, base) for move in row[1]))
    lines = [
        f"## {placement.capitalize()}",
        "",
        f"As it is: {base.movements} movements, {base.periodic} periodic asleep, "
        f"{rate(base)} an hour of sleep.",
        "",
        "| threshold | movements | periodic | an hour of sleep |",
        "| --- | --- | --- | --- |",
    ]
    for name, moves in ranked[:SHOWN]:
        cells = (
            " to ".join(str(move.movements) for move in moves),
            " to ".join(str(move.periodic) for move in moves),
            " to ".join(rate(move) for move in moves),
        )
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    still = sum(max(size(move, base) for move in moves) == 0 for moves in rows.values())
    lines += ["", f"{still} of {len(rows)} thresholds move neither number at all."]
    return "\n".join(lines)


def size(move: Move, base: Move) -> float:
    """Return how many movements, or periodic ones, a threshold adds or takes."""
    return max(abs(move.movements - base.movements), abs(move.periodic - base.periodic))


def rate(move: Move) -> str:
    """Return the index in words."""
    value = move.periodic_limb_movement_per_h
    return "not given" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    PAGE.write_text("\n".join([HEAD, *(chapter(p) + "\n" for p in NIGHTS)]), encoding="utf-8")
