"""What it takes to say something of several nights; no figure of a single night depends on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrendCriteria:
    """The least numbers of nights, and the error that is accepted."""

    min_nights: int = 3  # the least for a mean: patients' nights differ by 25/h
    min_trend_nights: int = 5  # choice: a line through fewer says nothing
    recent_days: int = 28  # choice: "the last weeks" are four
    min_arm_nights: int = 5  # choice: nights on each side of a comparison
    washout_nights: int = 1  # choice: nights after a switch that do not count
    confidence: float = 0.95
    power: float = 0.8  # choice, the usual one: how often a change that is there would be seen
    permutations: int = 1999  # choice: the error of a probability of 0.05 is 0.005

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it has to be 0 or more")
        for name in ("confidence", "power"):
            if not 0.5 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, not between 0.5 and 1")
