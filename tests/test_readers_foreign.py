"""Files of programs that are not known by name, read by the general rules or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from foreign_written import (
    FOREIGN,
    HZ,
    NAMES,
    START,
    Foreign,
    G,
    N,
    axes_of,
    beside,
    counted,
    elapsed,
    mixed,
    ms,
    samples,
    stamped,
    two,
    unix_s,
)

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.readers.layout import ReadOptions


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_what_nobody_has_named_is_read_back(foreign: Foreign, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(foreign.written())
    recording = read(path, **foreign.options)  # type: ignore[arg-type]
    layout = describe(path, ReadOptions(**foreign.options))  # type: ignore[arg-type]
    chunks = list(recording.chunks())
    axes = np.concatenate([chunk.acceleration_g for chunk in chunks], axis=1)
    t = np.concatenate([chunk.t_s for chunk in chunks])
    assert str(layout.unit) == foreign.unit
    assert recording.hz == pytest.approx(HZ, rel=1e-3)
    step_g = 0.5 * 10.0**-foreign.decimals / foreign.per_g
    np.testing.assert_allclose(axes, samples(), atol=step_g + 1e-6)
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=foreign.within_s)
    assert (recording.start is None) == (foreign.start is None)
    if recording.start is not None and foreign.start is not None:
        assert recording.start.utcoffset() == foreign.start.utcoffset()
        assert abs((recording.start - foreign.start).total_seconds()) < foreign.within_s
    assert recording.gravity_included


REFUSED = (
    (Foreign("day or month or year", "t,x,y,z", stamped("%y/%m/12 %H:%M:%S")), "may be"),
    (Foreign("a clock nobody knows", "time,x,y,z", stamped("week %W; %a; %H h %M")),
     "the clock .time. is written as 'week"),
    (Foreign("ms or µs", "time,x,y,z",
             lambda _, t, xyz: f"{t * HZ * 1000:.0f}," + ",".join(xyz)),
     "may be ms .1 Hz. or µs .1000 Hz."),
    (Foreign("ms or the head's", "# Sample rate: 25 Hz\ntimestamp,x,y,z",
             lambda _, t, xyz: f"{round(t * HZ) * 4 + 900}," + ",".join(xyz)),
     "may be ms .250 Hz. or 0.01 s .25 Hz, as the head says.: say which with --rate"),
    *((Foreign(name, NAMES, lambda at, _, xyz, hours=hours: ",".join(
               (f"{at + timedelta(hours=hours):%Y-%m-%d %I:%M:%S}.{ms(at)}", *xyz))),
       f"at row 471 the clock goes {how} from one sample to the next, as one of 12 hours")
      for name, hours, how in (("12 hours, at 12", 0, "ahead by a day"),
                               ("12 hours, at 1", 1, "back by 12 hours"))),
    *((Foreign(f"GPS, {head}", head, lambda at, _, xyz: (
               f"{unix_s(at) - 315964782:.3f}," + ",".join(xyz))),
       "may count from 1970 .2014-11-22. or from 1980 as GPS does .2024-11-26.: .*--start")
      for head in ("gps_time,x,y,z", "# clock: GPS time\ntime,x,y,z")),
    (Foreign("minutes or s", "time,x,y,z", elapsed(unit_s=60)), "may be minutes .25 Hz. or s"),
    (Foreign("digits of a time", "time,x,y,z",
             lambda at, _, xyz: f"{at - timedelta(hours=1):%H%M%S}.{ms(at)}," + ",".join(xyz)),
     "without marks"),
    *((Foreign(name, "time,x,y,z",
               lambda at, _, xyz, form=form: f"{at - timedelta(hours=1):{form}}{ms(at)},"
               + ",".join(xyz)), "without marks")
      for name, form in (("digits to the ms", "%H%M%S"), ("digits of a date", "%y%m%d%H%M%S"))),
    (Foreign("volts", axes_of("acc * (V)"), elapsed()), "no column holds x acceleration"),
    (Foreign("least and largest", axes_of("*_min", "*_max"), beside()),
     "no column holds x acceleration"),
    (Foreign("two wrists", axes_of("LW_*", "RW_*"), beside()), "several sensors"),
    *((Foreign(name, axes_of(*stems), two), "several sensors")
      for name, stems in (
          ("phone and watch", ("phone_acc_*", "watch_acc_*")), ("sensors A, B", ("A_*", "B_*")),
          ("sensors a, b behind", ("*a", "*b")),
          ("sensors B, A", ("B_*", "A_*")), ("the better hand", ("dominant_*", "nonDominant_*")),
          ("the better hand, parted", ("Non-dominant *", "Dominant *")),
          ("numbered", ("sensor1_*", "sensor2_*")), ("counted", ("First acc *", "Second acc *")),
          ("two makes", ("actigraph_*", "axivity_*")))),
    (Foreign("half the range", "time,x,y,z", lambda _, t, xyz: f"{t:.3f}," + ",".join(
        str(512 + int(a)) for a in xyz), per_g=102, decimals=0), "zero lies at half their range"),
    (Foreign("thousands, Swiss", "time;x;y;z",
             lambda _, t, xyz: f"{t:.3f};" + ";".join(f"{float(v):,.0f}".replace(",", "'")
                                                      for v in xyz), per_g=1300),
     "mark between thousands"),
    (Foreign("turning alone, no names", "", lambda _, t, __: (
        f"{t:.3f}," + ",".join(str(round(t * HZ * k) % 7 - 3) for k in (3, 5, 11))),
             options={"scale": 16384}), "show no gravity and have no names"),
    (Foreign("a quaternion", "time,w,x,y,z",
             lambda _, t, xyz: f"{t:.3f},0.1," + ",".join(xyz)), "no column holds x acceleration"),
    (Foreign("thousands", "time;x;y;z",
             lambda _, t, xyz: f"{t:.3f};" + ";".join(f"{float(v):,.0f}" for v in xyz), per_g=1300),
     "mark between thousands"),
    (Foreign("thousands, German", "Zeit;x;y;z",
             lambda _, t, xyz: f"{t:.3f};" + ";".join(f"{float(v):,.0f}".replace(",", ".")
                                                      for v in xyz), per_g=1300),
     "mark between thousands"),
    (Foreign("mixed devices", "time,device,x,y,z",
             lambda _, t, xyz: f"{t:.3f},left,{','.join(xyz)}\n{t + 0.01:.3f},right,"
             + ",".join(reversed(xyz))), "rows of several sensors are mixed .column device: left"),
    (Foreign("two accelerometers", "time,sensor,x,y,z", mixed("Accel A", "Accel B")),
     "rows of several sensors are mixed"),
    (Foreign("another sensor", "time,sensor,x,y,z",
             lambda _, t, xyz: f"{t:.3f},gyroscope,{','.join(xyz)}"), "holds gyroscope, no accel"),
)  # fmt: skip


@pytest.mark.parametrize(("foreign", "wanted"), REFUSED, ids=[str(case[0]) for case in REFUSED])
def test_what_may_be_two_things_is_refused_with_the_reason(
    foreign: Foreign, wanted: str, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(foreign.written())
    with pytest.raises(RecordingError, match=wanted) as refusal:
        list(read(path, **foreign.options).chunks())  # type: ignore[arg-type]
    assert str(refusal.value).startswith("export.csv: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("rate_hz", "hz"), [(1, 1), (1000, 1000)])
def test_a_rate_decides_what_the_clock_leaves_open(
    rate_hz: float, hz: float, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(REFUSED[2][0].written())
    assert read(path, rate_hz=rate_hz).hz == pytest.approx(hz)


@pytest.mark.parametrize(("per_s", "hz"), [(100, 250), (10_000, 2.5)])
def test_a_counter_that_makes_an_unusual_rate_is_told_of(
    per_s: int, hz: float, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(Foreign("", "timestamp,x,y,z", counted(per_s)).written())
    layout = describe(path)
    assert layout.hz == pytest.approx(hz)
    assert layout.confidence["time"] == "assumed"
    said = dict(layout.warnings)["clock_unit"]
    assert said.startswith("timestamp names no unit")
    assert said.endswith("--rate")


def test_another_sensor_that_nothing_names_as_such_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(Foreign("", axes_of("acc_*", "acc_probe_*"), two).written())
    said = dict(describe(path).warnings)
    assert said["several_sensors"].startswith("acc_x, acc_y and acc_z are read; acc_probe_x is of")
    path.write_bytes(Foreign("", axes_of("acc_*", "acc_probe_*"), lambda _, t, xyz: ",".join(
        (f"{t:.3f}", *xyz, *xyz))).written())  # fmt: skip
    assert "several_sensors" not in dict(describe(path).warnings)


def test_a_clock_of_12_hours_without_a_date_runs_on(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(Foreign("", NAMES, lambda at, _, xyz: ",".join(
        (f"{at + timedelta(hours=13):%I:%M:%S}.{ms(at)}", *xyz))).written())  # fmt: skip
    chunks = list(read(path).chunks())
    t = np.concatenate([chunk.t_s for chunk in chunks])
    np.testing.assert_allclose(t, np.arange(N) / HZ, atol=1e-6)
    (repair,) = (repair for chunk in chunks for repair in chunk.repairs)
    assert (repair.kind, repair.count, repair.first_row) == ("half_days", 1, 471)


def test_numbers_with_trimmed_decimals_are_no_thousands(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    trimmed = Foreign("", "time,x,y,z", lambda _, t, xyz: f"{t:.3f}," + ",".join(
        f"{round(float(value), 3):g}" for value in xyz), per_g=G)  # fmt: skip
    path.write_bytes(trimmed.written())
    assert str(describe(path).unit) == "m/s2"


def test_a_damaged_row_of_mixed_sensors_is_counted_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows = Foreign("", "time,sensor,x,y,z", mixed("accelerometer", "gyroscope")).written()
    lines = rows.decode().splitlines()
    lines[201] = "8.000,accelerometer,abc,0.5,0.8"
    path.write_text("\n".join(lines) + "\n")
    chunks = list(read(path).chunks())
    (repair,) = (repair for chunk in chunks for repair in chunk.repairs)
    assert (repair.kind, repair.count, repair.first_row) == ("bad_rows", 1, 202)
    assert sum(chunk.t_s.size for chunk in chunks) == N - 1


def test_a_line_that_begins_as_a_note_but_is_a_row_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    lines = Foreign("", "time,x,y,z", elapsed()).written().decode().splitlines()
    lines[300] = "#" + lines[300][1:]
    path.write_text("\n".join(lines) + "\n")
    kinds = [repair.kind for chunk in read(path).chunks() for repair in chunk.repairs]
    assert kinds == ["bad_rows"]


def test_damage_in_many_rows_costs_them_alone(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    lines = Foreign("", "time,x,y,z", elapsed()).written().decode().splitlines()
    for at in range(150, N, 150):
        lines[at] = lines[at].rpartition(",")[0] + ",1_0"
    path.write_text("\n".join(lines) + "\n")
    chunks = list(read(path).chunks())
    t = np.concatenate([chunk.t_s for chunk in chunks])
    np.testing.assert_allclose(t, np.delete(np.arange(N) / HZ, np.arange(149, N - 1, 150)))
    repairs = [repair for chunk in chunks for repair in chunk.repairs]
    assert [(repair.kind, repair.count) for repair in repairs] == [("bad_rows", 9)]


def test_a_table_without_one_whole_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("time,device,x,y,z\n" + "".join(f"{i},{i % 2},,0.5,0.8\n" for i in range(99)))
    with pytest.raises(RecordingError, match=r"export\.csv: "):
        list(read(path).chunks())


def test_milliseconds_from_the_start_are_no_part_of_the_second(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows = Foreign("", "Timestamp,Milliseconds,X,Y,Z", lambda at, t, xyz: (
        f"{at:%Y-%m-%d %H:%M:%S},{round(t * 1000) + 1}," + ",".join(xyz))).written()  # fmt: skip
    path.write_bytes(b"\n".join(rows.splitlines()[:25]) + b"\n")
    (chunk,) = read(path).chunks()
    np.testing.assert_allclose(chunk.t_s, np.arange(24) / HZ, atol=1e-9)


def test_a_clock_in_doubt_is_passed_over_where_there_is_another(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    doubtful = Foreign("", "time,stamp,x,y,z", lambda at, t, xyz: (
        f"{round(t * HZ) * 1000},{at:%Y-%m-%d %H:%M:%S}.{ms(at)}," + ",".join(xyz)))  # fmt: skip
    path.write_bytes(doubtful.written())
    assert read(path).hz == HZ


def test_a_counter_that_was_started_anew_has_not_turned_over(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    again = Foreign("", "micros,x,y,z", lambda _, t, xyz: (
        f"{round((t + 4000 * (t < 30)) * 1e6)}," + ",".join(xyz)))  # fmt: skip
    path.write_bytes(again.written())
    with pytest.raises(RecordingError, match="stamps run backwards"):
        list(read(path).chunks())


@pytest.mark.parametrize("written", [
    lambda at, t: f"{at + timedelta(hours=1) * (t == 24):%Y-%m-%d %H:%M:%S}.{ms(at)}",
    lambda _, t: f"{(t + 10 + 3600 * (t == 24)) * 1e6:.0f}",
])  # fmt: skip
def test_one_stamp_an_hour_ahead_is_damage_and_no_change_of_clocks(
    written: Callable[[datetime, float], str], tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    ahead = Foreign("", f"# start: {START}\ntime,x,y,z",
                    lambda at, t, xyz: ",".join((written(at, t), *xyz)))  # fmt: skip
    path.write_bytes(ahead.written())
    recording = read(path)
    chunks = list(recording.chunks())
    t = np.concatenate([chunk.t_s for chunk in chunks])
    np.testing.assert_allclose(t, np.delete(np.arange(N), 600) / HZ, atol=1e-6)
    kinds = [(r.kind, r.count) for chunk in chunks for r in chunk.repairs]
    assert kinds == [("backward_stamps", 1)]
    assert recording.start == START
