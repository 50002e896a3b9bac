"""Every check by its name: what measures it, for one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from validation.coverage import measure_coverage
from validation.index import measure_gain, measure_gaps, measure_rates, measure_sameness
from validation.injection import measure_injection
from validation.nights import (
    NIGHTS,
    Case,
    Figures,
    measure_distractors,
    measure_jerks,
    measure_night,
)
from validation.rates import measure_decisions, measure_few
from validation.vectors import measure_vectors


@dataclass(frozen=True, slots=True)
class Check:
    """`measure` gives the figures of one seed; `once`: there is no chance in it, one run does."""

    measure: Callable[[int], Figures]
    once: bool = False


def _night(case: Case) -> Check:
    return Check(partial(measure_night, case))


CHECKS: Mapping[str, Check] = {
    "vectors": Check(measure_vectors, once=True),
    **{name: _night(case) for name, case in NIGHTS.items()},
    "jerks": Check(measure_jerks),
    "distractors": Check(measure_distractors),
    "rates": Check(measure_rates),
    "gain": Check(measure_gain),
    "gaps": Check(measure_gaps),
    "sameness": Check(measure_sameness),
    "few": Check(measure_few),
    "decisions": Check(measure_decisions),
    "injection": Check(measure_injection),
    "coverage": Check(measure_coverage),
}
