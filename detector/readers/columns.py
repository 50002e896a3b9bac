"""What the names of columns say: which three are acceleration, in which unit, which are a clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from .stamps import zone_seconds


class Unit(StrEnum):
    """What a number in an axis column counts."""

    G = "g"
    MG = "mg"
    MS2 = "m/s2"
    COUNTS = "counts"


STANDARD_GRAVITY_MS2 = 9.80665
_PER_G = {
    "cm/s2": 980.665, "cms2": 980.665, "gal": 980.665, "mm/s2": 9806.65, "mms2": 9806.65,
    "ug": 1e6, "µg": 1e6, "μg": 1e6, "ft/s2": 32.174, "fts2": 32.174,
}  # fmt: skip
G_PER = {Unit.G: 1.0, Unit.MG: 1e-3, Unit.MS2: 1 / STANDARD_GRAVITY_MS2}

ACCELERATION_WORDS = {
    *("a", "ac", "acc", "acce", "accel", "accelero", "accelerometer", "acceleration", "gf"),
    *("beschleunigung", "versnelling", "acceleratie", "accélération", "aceleración"),
    *("aceleração", "accelerazione", "przyspieszenie", "kiihtyvyys", "akselerasjon"),
    *("zrychlení", "gyorsulás", "acceleració", "ivme", "ускорение"),
}
_LINEAR = {
    *("linear", "lin", "linacc", "linaccel", "user", "free", "freeacc", "dynamic", "body"),
    *("nograv", "nogravity", "hp", "highpass"),
    *("lineare", "lineaire", "linéaire", "lineal", "lineair", "linjär", "lineær", "lineární"),
    *("liniowe", "линейное"),
}
_GRAVITY = {
    *("gravity", "grav", "gravitation", "schwerkraft", "gravité", "gravedad", "gravità", "static"),
}
_WITHOUT = {"without", "no", "minus", "free", "less", "ohne", "sans", "sin", "senza", "zonder"}
_WITH = {"including", "include", "incl", "with", "mit", "inkl", "avec", "con", "met"}
_INCLUDING = {*_WITH, "total"}
# What has been done to an acceleration: the least first.
_CALIBRATED = {"calibrated", "cal"}
_UNCALIBRATED = {"raw", "uncal", "uncalibrated"}
_FILTERED = {"filtered", "filt", "lowpass", "lp", "smooth", "smoothed", "normalized", "normalised"}
_OTHER_SENSOR = {
    *("gyro", "gyroscope", "gyr", "rotation", "rot", "rate", "angular", "omega"),
    *("mag", "magnet", "magnetic", "magnetometer", "magnetfeld", "compass", "field"),
    *("euler", "quat", "quaternion", "orientation", "attitude", "pitch", "roll", "yaw", "heading"),
    *("location", "gps", "lat", "lon", "latitude", "longitude", "pos", "position", "velocity"),
    *("speed", "sd", "std", "var", "variance", "mean", "count", "counts", "steps", "jerk", "enmo"),
    *("channel", "ecg", "ppg", "hr", "temperature", "light", "lux", "pressure"),
}
# Beside axes: what is no sample of them, though a file may be called so.
_DERIVED = {
    *("angle", "angles", "tilt", "inclination", "displacement", "min", "max", "median", "rms"),
    *("average", "avg", "peak", "offset", "bias", "error"),
}
# The output of an analog sensor: nothing in the file tells where its zero lies.
_VOLTAGES = {"v", "mv", "volt", "volts", "millivolt", "millivolts"}
_OTHER_UNITS = ("rad", "deg", "°/", "dps", "gauss", "tesla", "µt", "μt", "ut", "lux", "hz", "hpa")
_SHORT_STEMS = {
    *("gyro", "gyr", "mag", "f", "g", "w", "m", "r", "l", "lin", "linacc", "grav", "gravity"),
}
_STEMS = "|".join(sorted(ACCELERATION_WORDS | _SHORT_STEMS, key=len, reverse=True))
_STEM_AXIS = re.compile(rf"({_STEMS})([xyz])")
_AXIS_STEM = re.compile(r"([xyz])(a|b|acc|accel|acceleration|axis|axes|achse|as|g|val|value|data)")
# acc1, acc2, acc3: numbered from 0 or from 1.
_VALUES = {"value", "values", "val", "data", "v"}
_NUMBERED = ({"0": "x", "1": "y", "2": "z"}, {"1": "x", "2": "y", "3": "z"})
_AXIS_NUMBERS = {"0", "1", "2", "3"}
_ONE_LETTER_OTHERS = {"w": "gyro", "m": "mag", "r": "rotation", "l": "linear"}
_WORD = re.compile(r"[A-ZÀ-ÞĀ-ž]+(?![a-zß-ÿ])|[A-ZÀ-Þ]?[a-zß-ÿĀ-ž]+|[\u0370-\u04ff]+|\d+")
# An axis in brackets of its own, or behind letters of a script that parts no words.
_LONE_AXIS = re.compile(
    r"[(\[]\s*([xyz])\s*[)\]]|\[\s*(\d)\s*\]|(?<=[^\x00-\x7f])([xyz])(?![^\W\d_])", re.IGNORECASE
)
# Scripts that part no words; the longer ones first.
_IN_ENGLISH = {
    "线性加速度": "linear acceleration", "線形加速度": "linear acceleration",
    "加速度": "acceleration", "가속도": "acceleration", "角速度": "gyro", "각속도": "gyro",
    "陀螺": "gyro", "ジャイロ": "gyro", "자이로": "gyro", "磁": "magnetic", "지자기": "magnetic",
    "角度": "orientation", "姿态": "orientation", "重力": "gravity", "중력": "gravity",
    "轴": "axis", "軸": "axis", "축": "axis", "日時": "time", "时间": "time", "時間": "time",
    "时刻": "time", "時刻": "time", "시간": "time", "시각": "time",
}  # fmt: skip
_UNPARTED = re.compile("|".join(_IN_ENGLISH))
_BRACKETS = re.compile(r"[(\[]((?:[^()\[\]]|\([^()]*\))*)[)\]]")
_OFFSET = re.compile(r"(?:utc|gmt)?\s?[+-](?:0?\d|1[0-4])(?::?[0-5]\d)?|z|utc|gmt")
_OFFSET_WITHIN = re.compile(r"\b(?:utc|gmt)\s?[+-](?:0?\d|1[0-4])(?::?[0-5]\d)?(?!\d)")
_TIME_WORDS = {
    *("time", "timestamp", "timestamps", "t", "ts", "stamp", "date", "datetime", "clock"),
    *("epoch", "epoc", "unix", "utc", "elapsed", "sampletimefine", "hh", "mm", "yyyy"),
    *("s", "sec", "secs", "second", "seconds", "ms", "msec", "millis", "millisecond"),
    *("milliseconds", "us", "micros", "microseconds", "ns", "nanos", "nanoseconds"),
    *("day", "hour", "minute", "year", "month"),
    *("zeit", "uhrzeit", "datum", "tijd", "temps", "heure", "tiempo", "hora", "fecha", "data"),
    *("tempo", "ora", "czas", "tid", "tidspunkt", "zeitstempel", "horodatage", "aika", "zaman"),
    *("čas", "idő", "timp", "время", "час", "χρόνος", "cas"),
}
_TIME_UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "micros": 1e-6, "microseconds": 1e-6,
    "sampletimefine": 1e-6,
    "ns": 1e-9, "nanos": 1e-9, "nanoseconds": 1e-9,
    "min": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hours": 3600.0,
    "day": 86400.0, "days": 86400.0, "cs": 0.01,
}  # fmt: skip


def words(name: str) -> list[str]:
    """Return the words of a column name, lower case, without what stands in brackets.

    >>> words("accelerometerAccelerationX(G)")
    ['accelerometer', 'acceleration', 'x']
    """
    plain = _BRACKETS.sub(" ", _LONE_AXIS.sub(r" \1\2\3 ", name))
    plain = _UNPARTED.sub(lambda found: f" {_IN_ENGLISH[found[0]]} ", plain)
    return [word.lower() for word in _WORD.findall(plain)]


def bracketed(name: str) -> str:
    """Return what the last brackets of a name hold, lower case; empty where that is no unit."""
    found = [
        text for text in _BRACKETS.findall(name) if not re.fullmatch(r"\s*[xyzXYZ\d]\s*", text)
    ]
    return str(found[-1]).strip().lower() if found else ""


def unit_of(text: str) -> Unit | None:
    """Return the unit of acceleration that a text such as `m/(s^2)` names."""
    plain = _plain_unit(text)
    if plain in {"g", "g's", "gs", "gn", "gee", "g0", "gforce", "gravity", "standardgravity"}:
        return Unit.G
    if plain in {"mg", "millig"}:
        return Unit.MG
    if plain in {"counts", "lsb", "raw", "adc"}:
        return Unit.COUNTS
    # "m/s�": the superscript is lost where the encoding was taken wrong.
    if re.fullmatch(
        r"m/?s(/s|2|�+|\?)|mps2|m/sec2|(meters?|metres?)(/|per)seconds?(2|squared)", plain
    ):
        return Unit.MS2
    return None


def per_g_of(text: str) -> float | None:
    """Return how many are one g of a unit that nobody but its own users would guess."""
    return _PER_G.get(_plain_unit(text))


def _plain_unit(text: str) -> str:
    """Return a unit in lower case, without marks that may or may not be there."""
    plain = text.lower().replace("²", "2").replace("⁻", "").replace("â", "")
    return re.sub(r"[\s()\[\]^*·:._-]", "", plain)


def seconds_of(name: str, unit: str = "") -> float | None:
    """Return how many seconds one step of a numeric clock is, where its name or unit says so."""
    for text in (unit.lower().strip(), bracketed(name)):
        if text in _TIME_UNITS:
            return _TIME_UNITS[text]
    return next((_TIME_UNITS[w] for w in reversed(words(name)) if w in _TIME_UNITS), None)


def offset_of(name: str) -> int | None:
    """Return the offset from UTC in s that the name of a clock states; None where it states none.

    >>> offset_of("timestamp (-0700)")
    -25200
    """
    if not names_a_clock(name):
        return None
    if _OFFSET.fullmatch(bracketed(name)):
        return zone_seconds(bracketed(name))
    if within := _OFFSET_WITHIN.search(name.lower()):
        return zone_seconds(within[0])
    return None if {"utc", "gmt"}.isdisjoint(words(name)) else 0


def names_a_clock(name: str) -> bool:
    """Whether a name, or its unit, is one that clocks have."""
    if "hh" in name.lower() and "mm" in name.lower():
        return True
    found = words(name)
    return not _TIME_WORDS.isdisjoint(found) or any(
        re.fullmatch(r"time\w*|\w*time|\w*timestamp\w*", word) for word in found[:1]
    )


@dataclass(frozen=True, slots=True)
class SensorName:
    """What the name of a file says of the sensor in it; `device` where it is not the phone."""

    kind: Literal["acceleration", "gravity", "other", "unknown"]
    device: str = ""
    is_linear: bool = False
    is_total: bool = False
    is_uncalibrated: bool = False


def sensor_named(stem: str) -> SensorName:
    """Return what a file's stem says, for apps that write a file a sensor.

    >>> sensor_named("TotalAcceleration").is_total
    True
    """
    found = set(words(stem.replace("_", " ")))
    device = next((word for word in ("watch", "wrist", "headphone", "tag") if word in found), "")
    is_acceleration = bool(found & ACCELERATION_WORDS)
    is_linear = _is_linear(found)
    if not is_acceleration and "gravity" in found:
        return SensorName("gravity", device)
    if not is_acceleration and found & _OTHER_SENSOR:
        return SensorName("other", device)
    kind: Literal["acceleration", "unknown"] = "acceleration" if is_acceleration else "unknown"
    return SensorName(
        kind, device, is_linear, bool(found & _INCLUDING), bool(found & _UNCALIBRATED)
    )


@dataclass(frozen=True, slots=True)
class AxisGroup:
    """Three columns that are the axes of one acceleration sensor; `unit` where a name says it.

    `per_g` is how many of a unit of its own, such as cm/s², are one g.
    """

    x: int
    y: int
    z: int
    key: str
    unit: Unit | None
    includes_gravity: bool | None
    rank: tuple[int, ...]
    named: bool
    per_g: float | None = None


def axis_groups(names: Sequence[str], units: Sequence[str]) -> list[AxisGroup]:
    """Return the triples of acceleration columns, the one to prefer first.

    Preferred is what includes gravity, is called acceleration, is calibrated, and stands first.
    None is returned where one that would come first lacks an axis: its name is damaged.
    """
    said = [(units[i] if i < len(units) else "") or bracketed(n) for i, n in enumerate(names)]
    columns: dict[tuple[str, str], dict[str, int]] = {}
    for index, name in enumerate(names):
        found = _axis(name)
        if found is not None:
            key, axis = found
            columns.setdefault((key, said[index].lower().strip()), {}).setdefault(axis, index)
    if any(words(name) == ["w"] for name in names):  # a quaternion
        columns = {key: axes for key, axes in columns.items() if key[0] != "·"}
    if not columns:
        columns = _numbered(names, said)
    keys = {key for key, _ in columns}
    judged = [(axes, _judge(key, unit, axes, keys)) for (key, unit), axes in columns.items()]
    groups = [group for axes, group in judged if group is not None and len(axes) == 3]
    torn = [group.rank[:2] for axes, group in judged if group is not None and len(axes) == 2]
    groups.sort(key=lambda group: group.rank)
    return [] if groups and torn and min(torn) < groups[0].rank[:2] else groups


def _numbered(names: Sequence[str], units: Sequence[str]) -> dict[tuple[str, str], dict[str, int]]:
    """Return columns such as acc1, acc2, acc3 as `axis_groups` has them with letters."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for index, name in enumerate(names):
        parts = words(name)
        is_value = len(parts) > 1 and parts[0] in ACCELERATION_WORDS | _VALUES
        if is_value and parts[-1] in _AXIS_NUMBERS:
            key = _key(parts, len(parts) - 1, ""), units[index].lower().strip()
            found.setdefault(key, {})[parts[-1]] = index
    letters = {}
    for key, columns in found.items():
        axes = next((numbers for numbers in _NUMBERED if set(columns) == set(numbers)), None)
        if axes is not None:
            letters[key] = {axes[number]: index for number, index in columns.items()}
    return letters


def names_an_axis(name: str) -> bool:
    """Whether a name is one of an x, y or z."""
    return _axis(name) is not None


def _axis(name: str) -> tuple[str, str] | None:
    """Return (the name with a dot in place of the axis, the axis), or None."""
    parts = words(name)
    for i in range(len(parts) - 1, -1, -1):
        if parts[i] in {"x", "y", "z"}:
            return _key(parts, i, ""), parts[i]
    for i in range(len(parts) - 1, -1, -1):
        if match := _STEM_AXIS.fullmatch(parts[i]):
            return _key(parts, i, match[1]), match[2]
        if match := _AXIS_STEM.fullmatch(parts[i]):
            return _key(parts, i, match[2]), match[1]
    return None


def _key(parts: list[str], at: int, stem: str) -> str:
    kept = [*parts[:at], *([stem] if stem else []), "·", *parts[at + 1 :]]
    return " ".join(kept)


def gravity_axes(names: Sequence[str]) -> tuple[int, int, int] | None:
    """Return the three columns of gravity that an app told apart; None without just one such.

    >>> gravity_axes(["userAccX", "userAccY", "userAccZ", "gravityX", "gravityY", "gravityZ"])
    (3, 4, 5)
    """
    columns: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        found = _axis(name)
        if found is not None and _is_gravity(set(found[0].split())):
            columns.setdefault(found[0], {}).setdefault(found[1], index)
    whole = [(axes["x"], axes["y"], axes["z"]) for axes in columns.values() if len(axes) == 3]
    return whole[0] if len(whole) == 1 else None


def _is_linear(found: set[str]) -> bool:
    """Tell whether the words of a name are of an acceleration without gravity."""
    return bool(found & _LINEAR or (found & _WITHOUT and found & (_GRAVITY | {"g"})))


def _is_gravity(found: set[str]) -> bool:
    """Tell whether the words of a name are of gravity alone, without the acceleration."""
    return bool(found & _GRAVITY) and not found & (_INCLUDING | _WITHOUT | _OTHER_SENSOR)


def _treatment(found: set[str]) -> int:
    """Return what to prefer, the least first: calibrated, nothing said, raw, filtered."""
    if found & _FILTERED:
        return 3
    return 2 if found & _UNCALIBRATED else int(not found & _CALIBRATED)


def _judge(key: str, unit: str, axes: dict[str, int], keys: set[str]) -> AxisGroup | None:
    found = set(key.split()) - {"·"}
    if len(found) == 1 and (only := next(iter(found))) in _ONE_LETTER_OTHERS:
        found = {_ONE_LETTER_OTHERS[only]}
    if found == {"g"} and any(ACCELERATION_WORDS & set(other.split()) for other in keys):
        found = {"gyro"}  # ax ay az beside gx gy gz
    if found & ACCELERATION_WORDS:
        found.discard("channel")
    is_linear = _is_linear(found)
    is_other = unit.startswith(_OTHER_UNITS) or unit in _VOLTAGES
    if is_other or found & (_OTHER_SENSOR | _DERIVED) or _is_gravity(found):
        return None
    # Many write gx for the gyroscope; only the size at rest tells.
    in_words = [word for word in ("mg", "g") if word in found and key != "g ·"]
    if found & (_WITHOUT | _WITH):
        in_words = []  # with g, and without it
    per_g = per_g_of(unit)
    acceleration_unit = unit_of(unit) or next(map(unit_of, in_words), None)
    if per_g is not None:
        acceleration_unit = Unit.COUNTS
    is_named = bool(found & (ACCELERATION_WORDS | _LINEAR)) or acceleration_unit is not None
    is_bare = not found - {"axis", "axes", "achse", "val", "value", "data", "f"}
    if unit and acceleration_unit is None and not is_named:
        return None  # a unit that no acceleration has
    rank = (
        int(is_linear),
        0 if is_named else 1 if is_bare else 2,
        int(not found & _INCLUDING),
        _treatment(found),
        min(axes.values()),
    )
    x, y, z = (axes.get(axis, -1) for axis in "xyz")
    return AxisGroup(
        x, y, z, key, acceleration_unit,
        False if is_linear else (True if found & _INCLUDING else None), rank, is_named,
        per_g,
    )  # fmt: skip
