"""An evaluation on one screen of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from detector.evaluation.document import MEASURES

_SHORT = {
    "hypnic_jerk": "jerk",
    "periodic_limb_movement": "periodic",
    "restless_activity": "restless",
    "isolated_movement": "isolated",
    "unlabelled": "no label",
    "none": "none",
}


def print_evaluation(console: Console, found: Mapping[str, Any], output: Path | None) -> None:
    """Print what an evaluation gave; `output` is the folder that was written, None for none."""
    for part in _parts(found, output):
        console.print(part)


def _parts(found: Mapping[str, Any], output: Path | None) -> Iterator[RenderableType]:
    nights, together = found["nights"], found["all_nights"]
    yield Text(
        f"{_count(len(nights), 'night')}, onsets within {found['tolerance_s']:g} s one to one",
        style="bold",
    )
    yield from (Text(line, style="dim") for night in nights for line in _remarks(night))
    yield Text()
    yield _night_table(nights, together)
    yield Text()
    yield Text(_onset(together))
    if together["confusion"]:
        yield Text()
        yield _confusion(together)
    if together["by_peak"]["rows"]:
        yield Text()
        yield _by_peak(together["by_peak"])
    yield Text()
    yield from _agreement(found["agreement"], nights)
    if output is not None:
        yield Text(f"\nTables in {output}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _remarks(night: Mapping[str, Any]) -> Iterator[str]:
    """Yield what to know of one night before reading its figures."""
    if night["shift_s"]:
        yield f"{night['result']}: {night['shift_s']:+.1f} s added to the truth's times"
    if night["found_within"]:
        parts = ", ".join(f"{count} in {what}" for what, count in night["found_within"].items())
        yield f"{night['result']}: found without a partner: {parts}"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _night_table(nights: list[Mapping[str, Any]], together: Mapping[str, Any]) -> Table:
    table = _table("night", "true", "found", "recall", "precision", "F1", "index", "true index")
    for night in nights:
        index = night["index"]
        table.add_row(
            night["result"],
            *_scores(night),
            _said(index["found"]["value"], 1),
            _said(index["true"]["value"], 1),
        )
    if len(nights) > 1:
        table.add_row("all", *_scores(together), style="bold")
        over = together["over_nights"]
        for name in ("median", "worst"):
            shares = (_said(over[key][name], 3) for key in ("recall", "precision", "f1"))
            table.add_row(name, "", "", *shares)
    return table


def _scores(found: Mapping[str, Any]) -> tuple[str, ...]:
    shares = (_said(found[name], 3) for name in ("recall", "precision", "f1"))
    return str(found["true"]), str(found["found"]), *shares


def _said(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _onset(together: Mapping[str, Any]) -> str:
    bias, sd = together["onset_bias_s"], together["onset_sd_s"]
    if bias is None:
        return "no movement was matched"
    spread = "" if sd is None else f", SD {sd:.2f} s"
    return f"onset: found minus true {bias:+.2f} s{spread}"


def _confusion(together: Mapping[str, Any]) -> Table:
    labels, met = together["labels"], together["confusion"]
    counts = {(row["true"], row["found"]): row["count"] for row in met}
    table = _table("true, and found as", *(_SHORT.get(name, name) for name in (*labels, "none")))
    table.add_column("F1", justify="right")
    table.columns[0].no_wrap = True  # else it is given up first where there are many labels
    for name in (*labels, "none"):
        cells = [str(counts.get((name, found), 0)) for found in (*labels, "none")]
        if name in labels:
            cells.append(_said(labels[name]["f1"], 3))
        table.add_row(_SHORT.get(name, name), *cells)
    return table


def _by_peak(by_peak: Mapping[str, Any]) -> Table:
    share = "recall" if by_peak["of"] == "true" else "precision"
    whose = "true" if by_peak["of"] == "true" else "found"
    table = _table(f"{whose} peak, mg", "movements", share)
    for row in by_peak["rows"]:
        top = "and more" if row["high_g"] is None else f"to {1000 * row['high_g']:.0f}"
        size = f"{1000 * row['low_g']:.0f} {top}"
        table.add_row(size, str(row["count"]), _said(row[share], 3))
    return table


def _agreement(
    agreement: Mapping[str, Any], nights: list[Mapping[str, Any]]
) -> Iterator[RenderableType]:
    if len(nights) < 2:
        index = nights[0]["index"]
        for side in ("found", "true"):
            if why := index[side]["withheld"]:
                yield Text(f"index, {side}: withheld, {why}")
        yield Text("agreement (Bland-Altman) takes two nights or more")
        return
    table = _table("result minus truth", "bias", "95 % interval", "limits of agreement")
    for name, said in MEASURES.items():
        found = agreement[name]
        if found is None:
            continue
        low, high = found["bias_interval"]
        table.add_row(
            said,
            f"{found['bias']:+.1f}",
            f"{low:+.1f} to {high:+.1f}",
            f"{found['lower']:+.1f} to {found['upper']:+.1f}",
        )
    yield table
