"""What an analysis is: all that a recording gave, night by night, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detector.classification import ClassifiedMovement, Judgement
from detector.criteria import Criteria
from detector.evidence import Evidence
from detector.guidance import Advice
from detector.movements import Detection
from detector.night_signal import NightSignal
from detector.nights import NightContext, View
from detector.quality import QualityNote
from detector.recording import Recording
from detector.series import Series
from detector.summary import NightSummary
from detector.two_clocks import Alignment

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class LegCounts:
    """Movements asleep of one side; `periodic_limb_movement` None where the rate is too low."""

    movement: int
    periodic_limb_movement: int | None


@dataclass(frozen=True, slots=True)
class Review:
    """What people decided of a night: `reviewed` of the `of` movements that were found.

    `relabelled`, `deleted` and `added` are the movements that the review changed.
    """

    reviewers: tuple[str, ...]
    reviewed: int
    of: int
    relabelled: int
    deleted: int
    added: int


@dataclass(frozen=True, slots=True)
class NightResult:
    """One night: its context, its figures, what limits them, and the articles' advice.

    `estimate` is the context by movement alone. `legs`: of two legs, the counts asleep by side
    (left, right, bilateral), else None; `review`: None where nobody reviewed.
    """

    context: NightContext
    estimate: NightContext
    summary: NightSummary
    noise_g: float
    quality: tuple[QualityNote, ...]
    guidance: tuple[Advice, ...]
    legs: Mapping[str, LegCounts] | None = None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one sensor saw, or two on one clock, before nights and series are looked for.

    For each movement of `detection` (n,): `judged`, its `sides`, whether it is long enough for the
    `of_rules` to look at, and whether they let it into a series (`candidate`). `noise_g` and
    `quality` tell the noise floor and the notes of a night. `legs`: of two legs, recording and
    signal of the left and the right one, else empty.
    """

    recording: Recording
    signal: NightSignal
    detection: Detection
    judged: tuple[Judgement, ...]
    sides: tuple[str, ...]
    of_rules: npt.NDArray[np.bool_]
    candidate: npt.NDArray[np.bool_]
    view: View
    noise_g: Callable[[NightContext], float]
    quality: Callable[[NightContext], tuple[QualityNote, ...]]
    alignment: Alignment | None = None
    legs: tuple[tuple[Recording, NightSignal], ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that a recording gave, or those of two legs: `signal` is then the left one's."""

    recording: Recording
    criteria: Criteria
    signal: NightSignal
    detection: Detection
    movements: tuple[ClassifiedMovement, ...]
    series: tuple[Series, ...]
    nights: tuple[NightResult, ...]
    evidence: Evidence
    version: str
    seen: Seen = field(repr=False)
    child: bool = False
    alignment: Alignment | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return one row a movement, with the columns of movements.csv (see GLOSSARY.md)."""
        from detector.export import movements_frame  # noqa: PLC0415 - pandas costs 0.4 s

        return movements_frame(self)

    def plot_night(self, night: int = 0) -> go.Figure:
        """Return the plot of a night (counted from 0): movement, marks by label, states, posture.

        IndexError where there is no such night, as of the other plots.
        """
        return _figures().night_figure(self, night)

    def plot_movement(self, movement: int) -> go.Figure:
        """Return the signal and its thresholds around `self.movements[movement]`."""
        return _figures().movement_figure(self, movement)

    def plot_intervals(self, night: int = 0) -> go.Figure:
        """Return the histogram of intervals between movements asleep, in bins of 2 s."""
        return _figures().interval_figure(self, night)

    def plot_hours(self, night: int = 0) -> go.Figure:
        """Return the movements by label through a night, for each hour of sleep."""
        return _figures().hours_figure(self, night)


def _figures() -> ModuleType:
    """Return the module of figures, which reads analyses and stands above this one."""
    return import_module("detector.report.figures")
