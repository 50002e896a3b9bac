"""Agreement of two measures over many nights, after Bland and Altman.

The limits of agreement are bias +- 1.96 SD: between them lie 95 % of the differences, if these are
normal. Their confidence intervals are the exact ones for a quantile of a normal distribution
(Carkeet, Optom Vis Sci 2015), which hold for few nights too; those of Bland and Altman 1986 are
too narrow there, and symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LIMIT_SD = 1.959963984540054  # 95 % of a normal distribution lie within
CONFIDENCE = 0.95

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Found against true over `names`: `found` and `true` (n,) values, n nights."""

    names: tuple[str, ...]
    found: tuple[float, ...]
    true: tuple[float, ...]
    bias: float
    bias_interval: Span
    sd: float
    lower: float
    lower_interval: Span
    upper: float
    upper_interval: Span


def agreement(names: Sequence[str], found: npt.ArrayLike, true: npt.ArrayLike) -> Agreement | None:
    """Return bias and limits of agreement of `found` with `true` (n,); None below two nights."""
    ours, theirs = np.asarray(found, dtype=float), np.asarray(true, dtype=float)
    if ours.size < 2:
        return None
    from scipy import stats  # noqa: PLC0415 - slow to import, and one night needs none of it

    differences = ours - theirs
    n, bias, sd = differences.size, float(differences.mean()), float(differences.std(ddof=1))
    tail = (1 - CONFIDENCE) / 2
    student = float(stats.t.ppf(1 - tail, n - 1)) / np.sqrt(n)
    noncentral = stats.nct.ppf((tail, 1 - tail), n - 1, LIMIT_SD * np.sqrt(n)) / np.sqrt(n)
    inner, outer = (float(value) * sd for value in noncentral)
    return Agreement(
        names=tuple(names),
        found=tuple(ours.tolist()),
        true=tuple(theirs.tolist()),
        bias=bias,
        bias_interval=(bias - student * sd, bias + student * sd),
        sd=sd,
        lower=bias - LIMIT_SD * sd,
        lower_interval=(bias - outer, bias - inner),
        upper=bias + LIMIT_SD * sd,
        upper_interval=(bias + inner, bias + outer),
    )
