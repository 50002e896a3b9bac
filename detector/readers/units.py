"""Unit and gravity: as the owner says, then the header, then the size of gravity at rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import RecordingError
from .clock_judged import Confidence
from .columns import G_PER, Unit
from .measure import Rest, gravity_of

# Calm windows that agree so well show gravity; a header that says another unit is wrong then.
_AGREEING_SPREAD = 0.1
# Less than gravity in any unit.
_LEAST_GRAVITY = 0.35
# Counts that begin at half the range of 10 bits are as large as mg, and alike on all axes.
_OFFSET = 0.4
# More than gravity and any error of a sensor.
_MOST_AT_REST_G = 3.0


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a file's numbers; `names` are its three columns, for messages.

    `unit` with the `source` that says it; `may_be_wrong` where it is not the owner who does.
    """

    file_name: str
    names: tuple[str, str, str]
    unit: Unit | None
    source: str
    counts_per_g: float | None
    gravity: bool | None
    may_be_wrong: bool


@dataclass(frozen=True, slots=True)
class Scaling:
    """Unit, g per number, and whether gravity is in the signal; how surely, and why."""

    unit: Unit
    scale_to_g: float
    gravity_included: bool
    unit_confidence: Confidence
    gravity_confidence: Confidence
    reasons: tuple[str, ...]
    warnings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _JudgedUnit:
    unit: Unit
    confidence: Confidence
    why: str


def judge_scaling(stated: Stated, rest_within: Callable[[int], Rest | None]) -> Scaling:
    """Judge unit and gravity; `rest_within(i)` measures the rest in the i-th, larger, sample.

    Raises RecordingError, saying which option helps, where neither header nor rest decides.
    """
    rest = rest_within(0)
    warnings: list[tuple[str, str]] = []
    confidence: Confidence = "certain"
    unit, why = stated.unit, stated.source
    if unit is not None and not stated.may_be_wrong:
        _require_plausible(stated, unit, rest)
    if unit is None:
        for further in (1, 2):
            if rest is None or rest.fits is None:
                rest = rest_within(further) or rest
        unit, confidence = _unit_at_rest(stated, rest), "likely"
        why = f"the size at rest is {rest.size:.4g}" if rest else "nothing else fits"
    elif (other := _contradiction(stated, rest)) is not None and rest is not None:
        text = (
            f"the header says {unit.value}, but the size at rest, {rest.size:.4g}, is gravity in "
            f"{other.value}: read as {other.value}"
        )
        warnings.append(("unit_contradicts_header", text))
        unit, confidence, why = other, "likely", text
    return _with_gravity(stated, _JudgedUnit(unit, confidence, why), rest, warnings)


def _require_plausible(stated: Stated, unit: Unit, rest: Rest | None) -> None:
    """Raise RecordingError where the owner's unit makes nothing of what is gravity in another."""
    if rest is None or rest.fits in {None, unit} or unit is Unit.COUNTS or stated.gravity is False:
        return
    if rest.fits is not None and rest.spread <= _AGREEING_SPREAD:
        raise RecordingError(
            f"{stated.file_name}: in {unit.value} the size at rest, {rest.size:.4g}, would be "
            f"{rest.size * G_PER[unit]:.2g} g; it is gravity in {rest.fits.value}: leave --unit "
            "out, or correct it"
        )


def _contradiction(stated: Stated, rest: Rest | None) -> Unit | None:
    """Return the unit in which the rest is gravity, where the header says another."""
    if not stated.may_be_wrong or stated.unit in {None, Unit.COUNTS} or stated.gravity is False:
        return None
    if rest is None or rest.fits in {None, stated.unit} or rest.spread > _AGREEING_SPREAD:
        return None
    return rest.fits


def _with_gravity(
    stated: Stated, judged: _JudgedUnit, rest: Rest | None, warnings: list[tuple[str, str]]
) -> Scaling:
    unit = judged.unit
    scale = _scale(stated, unit, rest)
    if rest is not None and rest.size * scale > _MOST_AT_REST_G:
        raise RecordingError(
            f"{stated.file_name}: in {unit.value} ({judged.why}) the size at rest, "
            f"{rest.size:.4g}, would be {rest.size * scale:.3g} g, which no sensor at rest shows: "
            "say the unit with --unit, or counts per g with --scale"
        )
    measured = gravity_of(rest, scale)
    included = stated.gravity if stated.gravity is not None else measured != "removed"
    if stated.gravity is False and stated.may_be_wrong and _shows_gravity(rest, unit):
        included = True
        text = (
            "the header says that gravity has been taken out, but it is there at rest: read as "
            "acceleration with gravity"
        )
        warnings.append(("gravity_contradicts_header", text))
    seen = None if measured is None else measured == "included"
    sure: Confidence = "likely"
    if stated.gravity is not None and stated.gravity == included and seen in {None, included}:
        sure = "certain"
    elif seen is None:
        sure = "assumed"
    if not included:
        text = (
            "the acceleration is without gravity: posture, turns and the angle of the limb "
            "cannot be told from it"
        )
        warnings.append(("no_gravity", text))
    size = f"{rest.size * scale:.2f} g at rest" if rest else "no rest is seen"
    reasons = (f"{unit.value}: {judged.why}", f"gravity {'in' if included else 'ex'}cluded: {size}")
    return Scaling(unit, scale, included, judged.confidence, sure, reasons, tuple(warnings))


def _shows_gravity(rest: Rest | None, unit: Unit) -> bool:
    """Whether calm windows agree on a size, and that is gravity in a unit."""
    return rest is not None and rest.fits is unit and rest.spread <= _AGREEING_SPREAD


def _unit_at_rest(stated: Stated, rest: Rest | None) -> Unit:
    name = stated.file_name
    if rest is None:
        raise RecordingError(
            f"{name}: holds too few samples other than zero on all axes to tell their unit: was "
            "the sensor on?"
        )
    if rest.fits is Unit.MG and rest.is_whole_numbers and rest.least_axis > _OFFSET * rest.size:
        raise RecordingError(
            f"{name}: {', '.join(stated.names)} may be mg, or counts of an analog sensor whose "
            "zero lies at half their range: say --unit mg, or take the counts at 0 g from them"
        )
    if rest.fits is not None and (stated.gravity is not False or _shows_gravity(rest, rest.fits)):
        return rest.fits
    if rest.is_whole_numbers and rest.size > 20:
        per_g = stated.counts_per_g
        if per_g is not None and 0.5 < rest.size / per_g < 2:
            return Unit.COUNTS
        raise RecordingError(_counts_message(stated, rest))
    why = "is gravity in no unit" if stated.gravity is not False else "is without gravity"
    may_be = ""
    if rest.size < _LEAST_GRAVITY and stated.gravity is None:
        may_be = "; it may be without gravity"
    raise RecordingError(
        f"{name}: the size at rest, {rest.size:.3g}, {why} and the header names no unit{may_be}: "
        "say the unit with --unit g, mg or m/s2, or counts per g with --scale"
    )


def _scale(stated: Stated, unit: Unit, rest: Rest | None) -> float:
    if unit is not Unit.COUNTS:
        return G_PER[unit]
    if stated.counts_per_g is None:
        raise RecordingError(_counts_message(stated, rest))
    return 1 / stated.counts_per_g


def _counts_message(stated: Stated, rest: Rest | None) -> str:
    size = f" (median size {_rounded(rest.size)})" if rest else ""
    example = rest.likely_scale if rest else 16384
    return (
        f"{stated.file_name}: {', '.join(stated.names)} look like raw counts{size}: say how many "
        f"counts are one g with --scale, e.g. --scale {example}"
    )


def _rounded(value: float) -> str:
    return f"{float(f'{value:.3g}'):.0f}" if value >= 100 else f"{value:.3g}"
