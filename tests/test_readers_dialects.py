"""The same samples, written in every dialect, read back the same."""

from __future__ import annotations

import gzip
import itertools
import lzma
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from dialects_written import (
    CLOCKS,
    COUNTS_PER_G,
    HEADS,
    HZ,
    IN_UTC,
    LOCAL,
    OFFSETS,
    PER_G,
    START,
    Dialect,
    N,
    samples,
    written,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.recording import Recording

# Delimiter and decimal mark, and whether all cells stand in quotes.
MARKS = (
    *((",", ".", False), (";", ".", False), (";", ",", False), ("\t", ".", False)),
    *(("\t", ",", False), ("|", ".", False), ("|", ",", False), (" ", ".", False)),
    *((" ", ",", False), (",", ".", True), (",", ",", True)),
)
ORDERS = tuple("".join(order) for order in itertools.permutations("xyz"))
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
NEWLINES = ("\n", "\r\n", "\r")
# Of all files that are possible, 6482, one in so many.
ONE_IN = 9


def whole(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    chunks = list(recording.chunks())
    return (
        np.concatenate([c.t_s for c in chunks]),
        np.concatenate([c.acceleration_g for c in chunks], axis=1),
    )


def text_of(dialect: Dialect) -> str:
    return written(dialect).decode()


def check(path: Path, dialect: Dialect) -> None:
    path.write_bytes(written(dialect))
    recording = read(
        path,
        rate_hz=HZ if dialect.clock == "none" else None,
        scale=COUNTS_PER_G if dialect.unit == "counts" else None,
    )
    t, acceleration = whole(recording)
    np.testing.assert_allclose(acceleration, samples(), atol=2e-7, err_msg=str(dialect))
    atol = 1e-4 if dialect.clock == "days" else 1e-6
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=atol, err_msg=str(dialect))
    assert recording.hz == HZ, dialect
    start = recording.start
    if dialect.clock in LOCAL | OFFSETS.keys():
        assert start is not None, dialect
        assert abs(start.replace(tzinfo=None) - START) < timedelta(milliseconds=0.1), dialect
        assert start.utcoffset() == OFFSETS.get(dialect.clock), dialect
    else:
        assert start == (START.replace(tzinfo=UTC) if dialect.clock in IN_UTC else None), dialect


def dialects() -> list[Dialect]:
    """Return every mark with every clock, unit and header; the rest goes round."""
    found = []
    for i, (mark, clock, unit, head) in enumerate(itertools.product(MARKS, CLOCKS, PER_G, HEADS)):
        delimiter, decimal, quoted = mark
        order = "xyz" if head == "none" else ORDERS[i * 5 % 6]
        dialect = Dialect(delimiter, decimal, clock, unit, head, order, ENCODINGS[i * 3 % 5],
                          NEWLINES[i % 3], quoted=quoted, extra=i % 4 == 1)  # fmt: skip
        if dialect.is_possible():
            found.append(dialect)
    return found


@pytest.mark.parametrize("part", range(10))
def test_cross_product_of_dialects(part: int, tmp_path: Path) -> None:
    chosen = dialects()[::ONE_IN]
    assert len(chosen) > 500
    for dialect in chosen[part::10]:
        check(tmp_path / "a.csv", dialect)


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.sampled_from(MARKS), st.builds(
    Dialect, clock=st.sampled_from(list(CLOCKS)), unit=st.sampled_from(list(PER_G)),
    head=st.sampled_from(list(HEADS)), order=st.sampled_from(ORDERS),
    encoding=st.sampled_from(ENCODINGS), newline=st.sampled_from(NEWLINES), extra=st.booleans(),
))  # fmt: skip
def test_same_samples_in_any_dialect(
    tmp_path: Path, marks: tuple[str, str, bool], dialect: Dialect
) -> None:
    delimiter, decimal, quoted = marks
    dialect = replace(dialect, delimiter=delimiter, decimal=decimal, quoted=quoted)
    if dialect.is_possible():
        check(tmp_path / "b.csv", dialect)


def test_blanks_part_columns(tmp_path: Path) -> None:
    path = tmp_path / "blanks.txt"
    rows = [f"  {i / HZ:8.3f}   {x:9.6f} {y:9.6f}\t{z:9.6f} "
            for i, (x, y, z) in enumerate(samples().T)]  # fmt: skip
    path.write_text("\n".join(rows) + "\n")
    t, acceleration = whole(read(path))
    np.testing.assert_allclose(acceleration, samples(), atol=1e-6)
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=1e-9)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_files(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.csv.x"
    path.write_bytes(pack(text_of(Dialect()).encode()))
    np.testing.assert_allclose(whole(read(path))[1], samples(), atol=1e-6)


def test_units_under_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head, rest = text_of(Dialect(unit="mg")).split("\n", 1)
    path.write_text(f"{head}\nunix,mg,mg,mg\n{rest}")
    layout = describe(path)
    assert (layout.unit, layout.header_rows, layout.confidence["unit"]) == ("mg", 2, "certain")


def test_unit_of_the_header_yields_to_gravity(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text_of(Dialect(unit="g")).replace(",x,y,z", ",x (mg),y (mg),z (mg)"))
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
    path.write_text(text_of(Dialect(clock="day_first")).replace("14/03/2026", "04/03/2026"))
    with pytest.raises(RecordingError, match=r"2026-03-04 or 2026-04-03.*--start"):
        read(path)
    recording = read(path, start=datetime(2026, 4, 3, 22, 41))
    assert recording.start == datetime(2026, 4, 3, 22, 41)


def test_a_damaged_stamp_does_not_tell_the_order_of_dates(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = text_of(Dialect(clock="day_first")).splitlines()
    for damaged in ("74/03/2026", "03/14/2026", "14/74/2026"):
        path.write_text(
            "\n".join([*lines[:9], lines[9].replace("14/03/2026", damaged), *lines[10:]])
        )
        recording = read(path)
        assert recording.start == START
        assert whole(recording)[0].size == N - 1


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
    path.write_text(text_of(Dialect(clock="unix_s")))
    start = read(path, timezone="Europe/Berlin").start
    assert start is not None
    assert start.isoformat() == "2026-03-14T23:41:07.240000+01:00"
    path.write_text(text_of(Dialect(clock="iso")))
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


@pytest.mark.parametrize(("name", "wanted"), [
    ("time (UTC)", "2026-03-14T22:41:07.240000+00:00"),
    ("utc_time", "2026-03-14T22:41:07.240000+00:00"),
    ("timestamp (UTC+02:00)", "2026-03-14T22:41:07.240000+02:00"),
    ("timestamp (-0700)", "2026-03-14T22:41:07.240000-07:00"),
    ("time (ISO-8601)", "2026-03-14T22:41:07.240000"),
])  # fmt: skip
def test_the_name_of_a_clock_may_state_its_zone(name: str, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text_of(Dialect()).replace("timestamp", name))
    recording = read(path)
    assert recording.start is not None
    assert recording.start.isoformat() == wanted
    np.testing.assert_allclose(whole(recording)[0], np.arange(N) / HZ, atol=1e-6)
    assert [code for code, _ in recording.warnings] == (["clock_utc"] if "+00:00" in wanted else [])


def test_a_local_stamp_beside_a_unix_clock_tells_the_offset(tmp_path: Path) -> None:
    local = START + timedelta(hours=5, minutes=30)
    stamps = [f"{local + timedelta(seconds=i / HZ + 0.3):%d.%m.%Y %H:%M:%S}" for i in range(N)]
    names, *rows = text_of(Dialect(clock="unix_ms")).splitlines()
    lines = [f"{names},logged", *(f"{row},{s}" for row, s in zip(rows, stamps, strict=True))]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    recording = read(path)
    assert recording.start is not None
    assert recording.start.isoformat() == local.isoformat() + "+05:30"
    assert recording.warnings == ()


def test_names_that_do_not_fit_the_columns_are_refused(tmp_path: Path) -> None:
    """Else the tenths of a second, or the digits after a decimal comma, would be an axis."""
    path = tmp_path / "a.csv"
    for dialect in (
        Dialect(clock="iso_comma"),
        Dialect(decimal=","),
        Dialect(decimal=",", unit="mg"),
        Dialect(decimal=",", unit="m/s2", clock="elapsed_s"),
    ):
        path.write_text(text_of(dialect))
        with pytest.raises(RecordingError, match="export it with another delimiter or decimal"):
            read(path)


def test_rows_may_begin_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names, *rows = text_of(Dialect(quoted=True)).splitlines()
    path.write_text("\n".join([names, *(f'"{i + 1}",{row}' for i, row in enumerate(rows))]))
    recording = read(path)
    np.testing.assert_allclose(whole(recording)[1], samples(), atol=2e-7)
    assert recording.start == START


@pytest.mark.parametrize("n_torn", [1, 3])
def test_names_count_though_the_first_rows_are_torn(n_torn: int, tmp_path: Path) -> None:
    """Without the names the columns of the gyroscope, which stand first, would be taken."""
    path = tmp_path / "a.csv"
    names, *rows = text_of(Dialect(clock="none", extra=True)).splitlines()
    names, *rows = (",".join([*(cells := line.split(","))[4:7], *cells[:4]])
                    for line in (names, *rows))  # fmt: skip
    rows[:n_torn] = ["12.5,abc"] * n_torn
    path.write_text("\n".join([names, *rows]))
    t, acceleration = whole(read(path, rate_hz=HZ))
    np.testing.assert_allclose(acceleration, samples()[:, n_torn:], atol=2e-7)
    assert t.size == N - n_torn


def test_gx_beside_x_is_the_gyroscope_and_alone_is_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = text_of(Dialect(clock="elapsed_s"))
    path.write_text(text.replace("x,y,z", "gx,gy,gz"))
    np.testing.assert_allclose(whole(read(path))[1], samples(), atol=2e-7)
    rows = [f"{line},0.01,0.02,0.01" for line in text.splitlines()[1:]]
    path.write_text("\n".join(["time,x,y,z,gx,gy,gz", *rows]))
    assert describe(path).columns["x"] == "x"
    path.write_text(
        "\n".join(["time,gx,gy,gz,a,b,c", *(f"{i},0.01,0.02,0.01,9,9,9" for i in range(9))])
    )
    with pytest.raises(RecordingError, match="is gravity in no unit"):
        read(path, rate_hz=HZ)


@pytest.mark.parametrize("pair", [
    ("left_acc_", "right_acc_"), ("acc1_", "acc2_"), ("Wrist Accel ", "Ankle Accel "),
])  # fmt: skip
def test_two_sensors_in_one_file_are_not_told_apart(pair: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names = ",".join(f"{stem}{axis}" for stem in pair for axis in "xyz")
    rows = text_of(Dialect(clock="elapsed_s")).splitlines()[1:]
    lines = [f"{row},{row.split(',', 1)[1]}" for row in rows]
    path.write_text("\n".join([f"time,{names}", *lines]))
    with pytest.raises(RecordingError, match=r"a.csv: holds several sensors .*: give a file with"):
        read(path)


@pytest.mark.parametrize("before", ["1", "0", "25", "{odd}"])
def test_what_is_counted_before_the_axes_is_none_of_them(before: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = text_of(Dialect(clock="elapsed_s", head="none")).splitlines()
    parts = [row.split(",", 1) for row in rows]
    lines = [f"{t},{before.format(odd=i % 2)},{axes}" for i, (t, axes) in enumerate(parts)]
    path.write_text("\n".join(lines))
    recording = read(path)
    np.testing.assert_allclose(whole(recording)[1], samples(), atol=2e-7)
    assert recording.hz == HZ


@pytest.mark.parametrize(("per_s", "hz"), [
    (1e3, 500), (1e3, 250), (1e3, 100), (1e3, 2), (1e6, 500), (1e6, 50), (1e9, 100),
    (1, 50), (1, 2), (1, 1.6),
])  # fmt: skip
def test_a_clock_without_a_unit_is_told_by_its_steps(
    per_s: float, hz: float, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    axes = text_of(Dialect(clock="none", head="none")).splitlines()
    lines = [f"{i / hz * per_s + 7:.{3 if per_s == 1 else 0}f},{row}" for i, row in enumerate(axes)]
    path.write_text("\n".join(["time,x,y,z", *lines]))
    assert read(path).hz == pytest.approx(hz, rel=1e-3)


def test_a_size_at_rest_that_no_sensor_shows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = text_of(Dialect(unit="counts"))
    for names in ("x (g),y (g),z (g)", "x [mg],y [mg],z [mg]", "x (m/s²),y (m/s²),z (m/s²)"):
        path.write_text(text.replace("x,y,z", names))
        with pytest.raises(RecordingError, match=r"a.csv: in .* would be .* g, which no sensor"):
            read(path)
    np.testing.assert_allclose(whole(read(path, scale=COUNTS_PER_G))[1], samples(), atol=2e-7)
