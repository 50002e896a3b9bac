"""What the cells of a file's columns hold, for whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass

from .stamps import DateOrder

# A cell that is one of these holds no number, and is no damage.
NULLS = ("", "NaN", "nan", "NAN", "null", "NULL", "None", "N/A", "n/a", "NA", "-")


@dataclass(frozen=True, slots=True)
class NumberCells:
    """A column of numbers less `base`.

    From long integers the base is taken before they become float64: ns from 1970 do not fit one.
    """

    column: int
    base: float = 0.0
    is_integer: bool = False


@dataclass(frozen=True, slots=True)
class StampCells:
    """Stamps as text, in one column or in two (date and time), in s after `base_s`."""

    columns: tuple[int, ...]
    order: DateOrder
    base_s: int


Cells = NumberCells | StampCells
