"""How far the figures move when a threshold is a fifth lower or higher."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace

from detector.criteria import (
    ClassificationCriteria,
    Criteria,
    DetectionCriteria,
    NightCriteria,
)
from detector.pipeline import Analysis, reanalyze
from detector.two_legs import reanalyze_legs

FACTORS = (0.8, 1.2)
_SECTIONS = ("detection", "classification", "nights")
# Names of rules and lengths of nights are no thresholds.
_PASSED_OVER = frozenset({"min_night_s", "state_epoch_s", "epoch_s", "off_body_step_s"})
INDEX = "periodic_limb_movement_per_h"


@dataclass(frozen=True, slots=True)
class Move:
    """One threshold times `factor`, and what the first night's figures are then.

    `criterion` as in a file of criteria, with its section. `movements` counts those that count;
    the index is None where it is withheld.
    """

    criterion: str
    factor: float
    movements: int
    periodic: int
    periodic_limb_movement_per_h: float | None

    def change_percent(self, base: Move) -> float | None:
        """Return how far the index lies from that of `base`, None where there is none."""
        ours, theirs = self.periodic_limb_movement_per_h, base.periodic_limb_movement_per_h
        return None if ours is None or not theirs else 100 * (ours / theirs - 1)

    def to_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


def sensitivity(analysis: Analysis) -> tuple[Move, ...]:
    """Return the figures as they are, and then those under each threshold lower and higher.

    Two legs keep the clock that was found with the thresholds as they are. A threshold that cannot
    be moved so far, since it is then none, is passed over.
    """
    return (_move("as it is", 1.0, analysis), *_moved(analysis))


def _moved(analysis: Analysis) -> Iterator[Move]:
    again = reanalyze_legs if analysis.seen.legs else reanalyze
    for section in _SECTIONS:
        for name in _thresholds(getattr(analysis.criteria, section)):
            for factor in FACTORS:
                criteria = _changed(analysis.criteria, section, name, factor)
                if criteria is not None:
                    other = again(analysis, criteria)
                    yield _move(f"{section}.{name}", factor, other)


def _thresholds(
    section: DetectionCriteria | ClassificationCriteria | NightCriteria,
) -> list[str]:
    found = []
    for one in fields(section):
        value = getattr(section, one.name)
        if isinstance(value, float) and one.name not in _PASSED_OVER:
            found.append(one.name)
    return found


def _changed(criteria: Criteria, section: str, name: str, factor: float) -> Criteria | None:
    old = getattr(criteria, section)
    try:
        return replace(criteria, **{section: replace(old, **{name: factor * getattr(old, name)})})
    except ValueError:
        return None


def _move(criterion: str, factor: float, analysis: Analysis) -> Move:
    first = analysis.nights[0].summary
    return Move(
        criterion,
        factor,
        movements=sum(m.excluded_as is None for m in analysis.movements if m.night == 1),
        periodic=first.counts["periodic_limb_movement"] or 0,
        periodic_limb_movement_per_h=first.indices[INDEX].value,
    )
