"""The same samples, written in every dialect, read back the same."""

from __future__ import annotations

import gzip
import itertools
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.recording import Recording

HZ = 25.0
N = 400
START = datetime(2026, 3, 14, 22, 41, 7, 240000)
UNIX = (START - datetime(1970, 1, 1)).total_seconds()


@cache
def samples() -> np.ndarray:
    """Return (3, N) g: a limb at rest, with a kick in the middle."""
    noise = np.random.default_rng(5).normal(0, 0.004, (3, N))
    samples = np.array([[-0.31], [0.52], [0.79]]) + noise
    samples[:, 200:230] += np.sin(np.arange(30) / 3) * np.array([[0.4], [-0.3], [0.2]])
    return samples.round(4)


@dataclass(frozen=True)
class Style:
    delimiter: str = ","
    decimal: str = "."
    clock: str = "iso"
    unit: str = "g"
    names: str = "{}"
    order: str = "xyz"
    header: bool = True
    preamble: tuple[str, ...] = ()
    extra: bool = False
    quoted: bool = False
    newline: str = "\n"
    encoding: str = "utf-8"


PER_G = {"g": 1.0, "mg": 1000.0, "m/s2": 9.80665}


@cache
def stamp(clock: str, seconds: float) -> tuple[str, ...]:
    at = START + timedelta(seconds=seconds)
    milli = f"{at.microsecond // 1000:03d}"
    unix = UNIX + seconds
    return {
        "iso": (at.strftime("%Y-%m-%d %H:%M:%S.") + milli,),
        "iso_t": (at.strftime("%Y-%m-%dT%H:%M:%S.") + milli,),
        "iso_z": (at.strftime("%Y-%m-%dT%H:%M:%S.") + milli + "Z",),
        "offset": (at.strftime("%Y-%m-%dT%H:%M:%S.") + milli + "+02:00",),
        "colon": (at.strftime("%Y-%m-%d %H:%M:%S:") + milli,),
        "day_first": (at.strftime("%d/%m/%Y %H:%M:%S.") + milli,),
        "dots": (at.strftime("%d.%m.%Y %H:%M:%S.") + milli,),
        "month_first": (f"{at.month}/{at.day}/{at.year} " + at.strftime("%H:%M:%S.") + milli,),
        "twelve": (at.strftime("%m/%d/%Y %I:%M:%S.") + milli + at.strftime(" %p"),),
        "two_columns": (
            at.strftime("%Y-%m-%d"),
            at.strftime("%H:%M:%S.") + milli,
        ),
        "unix_s": (f"{unix:.3f}",),
        "unix_ms": (f"{round(unix * 1e3)}",),
        "unix_us": (f"{round(unix * 1e6)}",),
        "unix_ns": (f"{round(unix * 1e3) * 1_000_000}",),
        "elapsed_s": (f"{seconds + 3.5:.3f}",),
        "elapsed_ms": (f"{round(seconds * 1e3) + 528}",),
        "days": (f"{unix / 86400 + 25569:.10f}",),
        "none": (),
    }[clock]


TIME_NAMES = {"two_columns": ["Date", "Time"], "none": [], "elapsed_ms": ["time (ms)"]}
LOCAL = {"iso", "iso_t", "colon", "day_first", "dots", "month_first", "twelve", "two_columns",
         "days"}  # fmt: skip
ZONED = {"iso_z", "unix_s", "unix_ms", "unix_us", "unix_ns"}
TOLERANCE_S = {"days": 1e-4, "unix_s": 1e-6}


def text_of(style: Style) -> str:
    values = samples() * PER_G[style.unit]
    quote = '"' if style.quoted else ""
    unit = {"m/s2": "m/s^2"}.get(style.unit, style.unit)
    names = [style.names.format(axis, unit=unit) for axis in style.order]
    lines = list(style.preamble)
    if style.header:
        cells = [*TIME_NAMES.get(style.clock, ["timestamp"]), *names]
        if style.extra:
            cells = ["label", *cells, "gyro_x", "gyro_y", "gyro_z", "temperature"]
        lines.append(style.delimiter.join(f"{quote}{c}{quote}" for c in cells))
    for i in range(N):
        cells = list(stamp(style.clock, i / HZ))
        cells += [f"{values['xyz'.index(axis), i]:.6f}" for axis in style.order]
        if style.extra:
            cells = ["a", *cells, "12.5", f"{i % 7}.5", "-3.1", "31.4"]
        if style.decimal == ",":
            cells = [c.replace(".", ",") if ":" not in c and c.count(".") < 2 else c for c in cells]
        lines.append(style.delimiter.join(f"{quote}{c}{quote}" for c in cells))
    return style.newline.join(lines) + style.newline


def whole(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    chunks = list(recording.chunks())
    return (
        np.concatenate([c.t_s for c in chunks]),
        np.concatenate([c.acceleration_g for c in chunks], axis=1),
    )


def check(path: Path, style: Style) -> None:
    path.write_bytes(text_of(style).encode(style.encoding))
    recording = read(path, rate_hz=HZ if style.clock == "none" else None)
    t, acceleration = whole(recording)
    np.testing.assert_allclose(acceleration, samples(), atol=2e-6)
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=TOLERANCE_S.get(style.clock, 1e-7))
    assert recording.hz == HZ
    if style.clock in LOCAL:
        assert recording.start is not None
        assert abs(recording.start - START) < timedelta(milliseconds=0.1)
    elif style.clock in ZONED:
        assert recording.start == START.replace(tzinfo=UTC)
    elif style.clock == "offset":
        assert recording.start is not None
        assert recording.start.isoformat() == "2026-03-14T22:41:07.240000+02:00"
    else:
        assert recording.start is None


NAMES = ("{}", "acc{}", "a{}", "acc_{}", "{}-axis", "{} Accel", "Accel-{} ({unit})", "Acc.{}")
CLOCKS = (
    *("iso", "iso_t", "iso_z", "offset", "colon", "day_first", "dots", "month_first", "twelve"),
    *("two_columns", "unix_s", "unix_ms", "unix_us", "unix_ns", "elapsed_s", "elapsed_ms"),
    *("days", "none"),
)
MARKS = [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), ("|", ",")]


@pytest.mark.parametrize("clock", CLOCKS)
def test_cross_product_of_dialects(clock: str, tmp_path: Path) -> None:
    heads = ((True, "xyz"), (True, "zyx"), (False, "xyz"))
    product = itertools.product(MARKS, PER_G, heads)
    for i, ((delimiter, decimal), unit, (header, order)) in enumerate(product):
        # Every other of them for each clock, the others for the next: over 500 files in all.
        if i % 2 != CLOCKS.index(clock) % 2:
            continue
        style = Style(delimiter, decimal, clock, unit, header=header, order=order,
                      names=NAMES[i % len(NAMES)].replace("{}", "{0}"))  # fmt: skip
        check(tmp_path / "a.csv", style)


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.builds(
    Style,
    clock=st.sampled_from(CLOCKS),
    unit=st.sampled_from(list(PER_G)),
    names=st.sampled_from(NAMES),
    order=st.sampled_from(["".join(p) for p in itertools.permutations("xyz")]),
    preamble=st.sampled_from([(), ("# made by an app", "# 25 Hz"), ("Subject: A", "", "Note,1"),
                              ("",)]),
    extra=st.booleans(),
    quoted=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
), st.sampled_from(MARKS))  # fmt: skip
def test_same_samples_in_any_dialect(tmp_path: Path, style: Style, marks: tuple[str, str]) -> None:
    delimiter, decimal = marks
    fields = {name: getattr(style, name) for name in Style.__dataclass_fields__}
    check(tmp_path / "b.csv", Style(**{**fields, "delimiter": delimiter, "decimal": decimal}))


def test_blanks_part_columns(tmp_path: Path) -> None:
    path = tmp_path / "blanks.txt"
    rows = [f"  {i / HZ:8.3f}   {x:7.4f} {y:7.4f}\t{z:7.4f} "
            for i, (x, y, z) in enumerate(samples().T)]  # fmt: skip
    path.write_text("\n".join(rows) + "\n")
    t, acceleration = whole(read(path))
    np.testing.assert_allclose(acceleration, samples(), atol=1e-6)
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=1e-9)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_files(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.csv.x"
    path.write_bytes(pack(text_of(Style()).encode()))
    np.testing.assert_allclose(whole(read(path))[1], samples(), atol=1e-6)


def test_units_under_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head, rest = text_of(Style(unit="mg")).split("\n", 1)
    path.write_text(f"{head}\nunix,mg,mg,mg\n{rest}")
    layout = describe(path)
    assert (layout.unit, layout.header_rows, layout.confidence["unit"]) == ("mg", 2, "certain")


def test_unit_of_the_header_yields_to_gravity(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text_of(Style(unit="g")).replace(",x,y,z", ",x (mg),y (mg),z (mg)"))
    recording = read(path)
    assert [code for code, _ in recording.warnings] == ["unit_contradicts_header"]
    np.testing.assert_allclose(whole(recording)[1], samples(), atol=1e-6)
    with pytest.raises(RecordingError, match=r"would be 0\.001 g; it is gravity in g"):
        read(path, unit="mg")


@pytest.mark.parametrize(("names", "column"), [
    ("time,accelerometerAccelerationX(G),accelerometerAccelerationY(G),"
     "accelerometerAccelerationZ(G),motionUserAccelerationX(G),motionUserAccelerationY(G),"
     "motionUserAccelerationZ(G)", "accelerometerAccelerationX(G)"),
    ("time,user_x,user_y,user_z,acc_x,acc_y,acc_z", "acc_x"),
    ("time,gx,gy,gz,ax,ay,az", "ax"),
    ("time,Gyroscope x (rad/s),Gyroscope y (rad/s),Gyroscope z (rad/s),X (m/s^2),Y (m/s^2),"
     "Z (m/s^2)", "X (m/s^2)"),
    ("time,raw_acc_x,raw_acc_y,raw_acc_z,acc_x,acc_y,acc_z", "acc_x"),
])  # fmt: skip
def test_gravity_included_and_calibrated_is_preferred(
    names: str, column: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    scale = 9.80665 if "m/s" in column else 1
    x = samples() * scale
    first = names.split(",").index(column) == 1
    rows = []
    for i in range(N):
        axes = ",".join(f"{v:.5f}" for v in x[:, i])
        other = "0.01,0.02,-0.01"
        rows.append(f"{i / HZ:.3f},{axes},{other}" if first else f"{i / HZ:.3f},{other},{axes}")
    path.write_text(names + "\n" + "\n".join(rows) + "\n")
    assert describe(path).columns["x"] == column
    np.testing.assert_allclose(whole(read(path))[1], samples(), atol=1e-5)


def test_date_that_may_be_two_days_is_refused_with_both(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text_of(Style(clock="day_first")).replace("14/03/2026", "04/03/2026"))
    with pytest.raises(RecordingError, match=r"2026-03-04 or 2026-04-03.*--start"):
        read(path)
    recording = read(path, start=datetime(2026, 4, 3, 22, 41))
    assert recording.start == datetime(2026, 4, 3, 22, 41)


def test_midnight_tells_the_order_of_the_date(tmp_path: Path) -> None:
    rows = []
    for i, (x, y, z) in enumerate(samples().T):
        at = datetime(2026, 3, 4, 23, 59, 52) + timedelta(seconds=i / HZ)
        rows.append(f"{at:%d/%m/%Y %H:%M:%S}.{at.microsecond // 1000:03d},{x},{y},{z}")
    path = tmp_path / "a.csv"
    path.write_text("time,x,y,z\n" + "\n".join(rows) + "\n")
    assert read(path).start == datetime(2026, 3, 4, 23, 59, 52)


def test_time_of_day_runs_on_past_midnight(tmp_path: Path) -> None:
    rows = []
    for i, (x, y, z) in enumerate(samples().T):
        at = datetime(2026, 3, 4, 23, 59, 52) + timedelta(seconds=i / HZ)
        rows.append(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d},{x},{y},{z}")
    path = tmp_path / "a.csv"
    path.write_text("time,x,y,z\n" + "\n".join(rows) + "\n")
    recording = read(path)
    np.testing.assert_allclose(whole(recording)[0], np.arange(N) / HZ, atol=1e-9)
    assert recording.start is None


def test_zone_is_applied_where_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text_of(Style(clock="unix_s")))
    start = read(path, timezone="Europe/Berlin").start
    assert start is not None
    assert start.isoformat() == "2026-03-14T23:41:07.240000+01:00"
    path.write_text(text_of(Style(clock="iso")))
    start = read(path, timezone="Europe/Berlin").start
    assert start is not None
    assert start.isoformat() == "2026-03-14T22:41:07.240000+01:00"
    with pytest.raises(RecordingError, match="no time zone 'Mars'"):
        read(path, timezone="Mars")


@pytest.mark.parametrize(("first", "zone"), [
    (datetime(2026, 10, 25, 2, 59, 50), None),
    (datetime(2026, 10, 25, 2, 59, 50), "Europe/Berlin"),
    (datetime(2026, 3, 29, 1, 59, 50), "Europe/Berlin"),
])  # fmt: skip
def test_change_of_clocks_loses_no_second(
    first: datetime, zone: str | None, tmp_path: Path
) -> None:
    rows = []
    shift = timedelta(hours=1 if first.month == 3 else -1)
    for i, (x, y, z) in enumerate(samples().T):
        at = first + timedelta(seconds=i / HZ) + (shift if i >= 250 else timedelta())
        rows.append(f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d},{x},{y},{z}")
    path = tmp_path / "a.csv"
    path.write_text("time,x,y,z\n" + "\n".join(rows) + "\n")
    recording = read(path, timezone=zone)
    np.testing.assert_allclose(whole(recording)[0], np.arange(N) / HZ, atol=1e-6)


def test_rows_within_a_second_are_spread(tmp_path: Path) -> None:
    rows = []
    for i, (x, y, z) in enumerate(samples().T):
        at = START.replace(microsecond=0) + timedelta(seconds=(i + 10) / HZ)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{x},{y},{z}")
    path = tmp_path / "a.csv"
    path.write_text("time,x,y,z\n" + "\n".join(rows) + "\n")
    recording = read(path)
    t, _ = whole(recording)
    assert recording.hz == HZ
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=1e-9)
    assert [code for code, _ in recording.warnings] == ["coarse_clock"]


def test_parts_of_a_date_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["x,y,z,Year,Month,Day,Hour,Minute,Second,Millisecond"]
    for i, (x, y, z) in enumerate(samples().T):
        at = START + timedelta(seconds=i / HZ)
        rows.append(f"{x},{y},{z},{at.year},{at.month},{at.day},{at.hour},{at.minute},"
                    f"{at.second},{at.microsecond // 1000}")  # fmt: skip
    path.write_text("\n".join(rows))
    recording = read(path)
    np.testing.assert_allclose(whole(recording)[0], np.arange(N) / HZ, atol=1e-9)
    assert recording.start == START
