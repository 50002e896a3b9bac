"""The words of trend, compare and plan, and figures said with them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from detector.report.texts import date_text, number_text
from detector.report.texts import texts as report_texts
from detector.results import Setup
from detector.trend.nights import PersonNight, PersonNights


@cache
def texts() -> Mapping[str, Any]:
    """Return the parsed texts file."""
    text = files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def figure_scale(figure: str) -> float:
    """Return what a figure is multiplied with where it is shown: shares are per cent."""
    return 100.0 if report_texts()["indices"][figure]["share"] else 1.0


def figure_text(value: float, figure: str) -> str:
    """Return a value of a figure, without its unit."""
    return number_text(value * figure_scale(figure))


def figure_unit(figure: str) -> str:
    """Return what a value of a figure counts: periodic limb movements an hour of sleep."""
    return str(texts()["figure"][figure])


def figure_name(figure: str) -> str:
    """Return the name of a figure, as the report has it."""
    return str(report_texts()["indices"][figure]["name"])


def evening_text(evening: date | None) -> str:
    """Return an evening as it stands in a table: Mon 2 Mar."""
    return str(texts()["view"]["no_date"]) if evening is None else date_text(evening, short=True)


def nights_text(count: int) -> str:
    """Return a number of nights."""
    words = texts()["view"]
    return str(words["nights_one" if count == 1 else "nights_many"].format(count=count))


def setup_text(setup: Setup) -> str:
    """Return in what the nights that are compared are alike."""
    words, report = texts()["view"], report_texts()
    placement = report["placement"].get(setup.placement, setup.placement)
    if setup.side is not None:
        side = {"both": "both"}.get(setup.side, setup.side)
        placement = words["side"].format(side=side, placement=placement)
    basis = report["basis"].get(setup.basis, setup.basis)
    return str(words["setup"].format(placement=placement, device=setup.device, basis=basis))


def why_text(night: PersonNight, nights: PersonNights) -> str:
    """Return why a night is not compared, in words, empty where it is."""
    if not night.differs or nights.setup is None:
        return night.excluded
    words = texts()["differs"]
    parts = []
    for name in night.differs:
        own, usual = getattr(night.row.setup, name), getattr(nights.setup, name)
        apart = texts()["apart"]
        form = apart["hidden" if name == "criteria" else "setup"]
        untold = apart["untold"]
        parts.append(form.format(what=words[name], own=own or untold, usual=usual or untold))
    return "; ".join(parts)
