"""A scored night on one screen of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_COUNTED = {
    "limb_movement": "all, legs combined",
    "candidate": "candidates",
    "periodic": "periodic",
    "periodic_without_respiratory": "periodic without breathing",
    "periodic_with_arousal": "periodic with an arousal",
    "isolated": "isolated",
    "short_interval": "after a short interval",
    "respiratory": "bound to breathing",
    "arousal": "with an arousal",
}
_INDICES = {
    "periodic_limb_movement_per_h": "periodic asleep",
    "periodic_limb_movement_awake_per_h": "periodic awake",
    "periodicity_intervals": "periodicity (intervals)",
    "periodicity_share": "periodicity (movements)",
    "periodic_without_respiratory_per_h": "periodic without breathing",
    "periodic_with_arousal_per_h": "periodic with an arousal",
    "limb_movement_per_h": "all leg movements",
    "candidate_per_h": "candidates",
    "isolated_per_h": "isolated",
    "short_interval_per_h": "after a short interval",
}
_INTERVALS = {"asleep": "asleep", "all": "all", "in_series": "in series"}


def print_score(console: Console, found: Mapping[str, Any], output: Path | None) -> None:
    """Print what scoring gave; `output` is the file that was written, None where none was."""
    for part in _parts(found, output):
        console.print(part)


def _parts(found: Mapping[str, Any], output: Path | None) -> Iterator[RenderableType]:
    series, rules = found["series"]["count"], found["criteria"]["rules"]
    yield Text(f"{found['source']}: {series} periodic series by {rules}", style="bold")
    hours = found["hours"]
    if hours["sleep"] is None:
        yield Text("no stage is scored, so that nothing can be counted by the hour")
    else:
        yield Text(f"{hours['sleep']:.1f} h asleep, {hours['wake']:.1f} h awake by the hypnogram")
    if found["passed_over"]:
        yield Text(f"passed over: {', '.join(found['passed_over'])}", style="dim")
    yield Text()
    yield _counts(found["counts"])
    yield Text()
    yield _indices(found["indices"])
    yield Text()
    yield _intervals(found["intervals"])
    if output is not None:
        yield Text(f"\nRows in {output}")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(columns[0], no_wrap=True)
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _counts(counts: Mapping[str, Any]) -> Table:
    table = _table("leg movements", "asleep", "awake", "unscored")
    for name, said in _COUNTED.items():
        by_state = counts[name].values()
        table.add_row(said, *("" if count is None else str(count) for count in by_state))
    return table


def _indices(indices: Mapping[str, Any]) -> Table:
    table = _table("index", "value")
    table.add_column("of")
    for name, said in _INDICES.items():
        index = indices[name]
        if index["value"] is None:
            table.add_row(said, "withheld", index["withheld"])
            continue
        rate = name.endswith("_per_h")
        value = f"{index['value']:.1f}/h" if rate else f"{100 * index['value']:.0f} %"
        of = f"in {index['denominator']:.1f} h of" if rate else f"of {index['denominator']}"
        per = index["per"].removeprefix("hour of ").replace(" asleep", "s asleep")
        table.add_row(said, value, f"{index['count']} {of} {per}")
    return table


def _intervals(intervals: Mapping[str, Any]) -> Table:
    table = _table("intervals", "number", "median", "geometric mean", "SD of ln")
    for name, found in intervals.items():
        cells = [_said(found["median_s"], " s", 1), _said(found["geometric_mean_s"], " s", 1)]
        table.add_row(_INTERVALS[name], str(found["count"]), *cells, _said(found["ln_sd"], "", 2))
    return table


def _said(value: float | None, unit: str, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}{unit}"
