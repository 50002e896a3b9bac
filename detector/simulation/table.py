"""The one table of amplitudes and rates of a simulated night.

`amplitudes.csv` was fixed before any detector was tuned on the nights it makes; a row that has no
published source says "choice". A row with a case holds for that placement or device only and
goes before the row without one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a value, its unit and where it is from."""

    value: float
    unit: str
    source: str


@cache
def rows() -> Mapping[tuple[str, str], Row]:
    """Return every row of the table by (name, case); case is empty where a row holds for all."""
    text = resources.files(__package__).joinpath("amplitudes.csv").read_text(encoding="utf-8")
    return {
        (line["name"], line["case"]): Row(float(line["value"]), line["unit"], line["source"])
        for line in csv.DictReader(text.splitlines())
    }


def value(name: str, case: str = "") -> float:
    """Return the value of `name` for a placement or device, in the unit of its row."""
    table = rows()
    return (table.get((name, case)) or table[name, ""]).value


def uniform(rng: np.random.Generator, least: str, most: str, case: str = "") -> float:
    """Draw evenly between the values of two rows."""
    return float(rng.uniform(value(least, case), value(most, case)))


def log_normal(rng: np.random.Generator, median: float, sd_ln: float) -> float:
    """Draw a positive number whose logarithm is normal about ln `median`."""
    return float(median * np.exp(sd_ln * rng.standard_normal()))


def log_uniform(rng: np.random.Generator, least: str, most: str, case: str = "") -> float:
    """Draw between the values of two rows, each factor as likely as the next."""
    low, high = np.log(value(least, case)), np.log(value(most, case))
    return float(np.exp(rng.uniform(low, high)))
