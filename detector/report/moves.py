"""The table of thresholds that move the figures, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from detector.sensitivity import Move

_SHOWN = 12


def print_moves(console: Console, moves: Sequence[Move]) -> None:
    """Print the thresholds that move the first night's figures most, a row each."""
    base, *others = moves
    names = list(dict.fromkeys(move.criterion for move in others))
    rows = [(name, [m for m in others if m.criterion == name]) for name in names]
    rows.sort(key=lambda row: -max(_size(move, base) for move in row[1]))
    shown = [row for row in rows if max(_size(move, base) for move in row[1]) > 0][:_SHOWN]
    console.print("\nEach threshold a fifth lower and a fifth higher", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("threshold", "movements", "periodic", "an hour asleep"):
        table.add_column(column, no_wrap=True)
    table.add_row("as they are", *_cells([base]))
    for name, found in shown:
        in_order = sorted(found, key=lambda move: move.factor)
        table.add_row(name.partition(".")[2], *_cells(in_order))
    console.print(table, highlight=False)
    left = len(rows) - len(shown)
    console.print(f"{left} further thresholds move them less, or not at all.", highlight=False)


def _cells(moves: Sequence[Move]) -> tuple[str, str, str]:
    return (
        " to ".join(str(move.movements) for move in moves),
        " to ".join(str(move.periodic) for move in moves),
        " to ".join(_rate(move.periodic_limb_movement_per_h) for move in moves),
    )


def _rate(per_h: float | None) -> str:
    return "-" if per_h is None else f"{per_h:.1f}"


def _size(move: Move, base: Move) -> float:
    return max(abs(move.movements - base.movements), abs(move.periodic - base.periodic))
