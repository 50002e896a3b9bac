"""Damage is mended or refused, with the row; never a wrong sample, never another exception."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import RecordingError
from detector.readers import opening, read, stream
from detector.recording import Chunk, Recording

HZ = 50
N = 2000
HEAD = "time,x,y,z\n"


def rows(n: int = N) -> list[str]:
    rest = np.array([-0.31, 0.52, 0.79])
    noise = rest + np.random.default_rng(3).normal(0, 0.004, (n, 3))
    at = datetime(2026, 3, 14, 22, 41, 7)
    return [
        f"{(at + timedelta(seconds=i / HZ)).isoformat(' ', 'milliseconds')},{x:.4f},{y:.4f},{z:.4f}"
        for i, (x, y, z) in enumerate(noise)
    ]


GOOD = rows()


def recording_of(path: Path, lines: list[str], head: str = HEAD) -> Recording:
    path.write_text(head + "\n".join(lines) + "\n")
    return read(path)


def whole(recording: Recording) -> tuple[np.ndarray, np.ndarray, list[tuple[str, int, int]]]:
    chunks: list[Chunk] = list(recording.chunks())
    t = np.concatenate([c.t_s for c in chunks])
    assert np.all(np.diff(t) > 0)
    axes = np.concatenate([c.acceleration_g for c in chunks], axis=1)
    return t, axes, [(r.kind, r.count, r.first_row) for c in chunks for r in c.repairs]


def numbers(lines: list[str]) -> np.ndarray:
    return np.array([[float(v) for v in line.split(",")[1:]] for line in lines]).T


@pytest.mark.parametrize("damage", [
    "2026-03-14 22:41:", "", "2026-03-14 22:41:27.000,abc,0.1,0.2", "2026-03-14 22:41:27.000,0.1",
    "2026-03-14 22:41:27.000,0.1,0.2,0.3,0.4", "2026-03-14 22:41:27.000,nan,0.2,0.3",
    "2026-03-14 22:41:27.000,inf,0.2,0.3", "2026-03-14 22:41:27.000,1e9,0.2,0.3",
    "2026-03-14 25:41:27.000,0.1,0.2,0.3", "2026-13-14 22:41:27.000,0.1,0.2,0.3",
    "2026-03-14 22:41:27.000,0.\x001,0.2,0.3", ",0.1,0.2,0.3", "\x00\x00\x00",
    '2026-03-14 22:41:27.000,"0.1,0.2,0.3', "2026-03-14 22:41:27.000,1_0,0.2,0.3",
])  # fmt: skip
def test_one_bad_row_becomes_a_gap(damage: str, tmp_path: Path) -> None:
    lines = [*GOOD[:1000], damage, *GOOD[1001:]]
    t, axes, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    good = [*GOOD[:1000], *GOOD[1001:]]
    np.testing.assert_allclose(axes, numbers(good), atol=1e-7)
    assert np.diff(t).max() == pytest.approx(2 / HZ)
    assert repairs == ([("bad_rows", 1, 1002)] if damage else [])


def test_more_bad_rows_than_one_in_a_hundred_are_refused(tmp_path: Path) -> None:
    lines = [line if i % 50 else "torn" for i, line in enumerate(GOOD, start=7)]
    with pytest.raises(RecordingError, match=r"a.csv: 40 of 2000 rows .* row 45: 'torn'.*export"):
        whole(recording_of(tmp_path / "a.csv", lines))


def test_many_bad_rows_in_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 5000)
    lines = list(GOOD)
    for i in range(11, N, 300):
        lines[i] = "2026-03-14 22:41:27.000,?,0.1,0.2"
    t, axes, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    assert sum(count for _, count, _ in repairs) == 7
    assert repairs[:2] == [("bad_rows", 1, 13), ("bad_rows", 1, 313)]
    np.testing.assert_allclose(axes, numbers([x for x in lines if "?" not in x]), atol=1e-7)
    assert t.size == N - 7


def test_cut_end_is_dropped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + "\n".join(GOOD) + "\n2026-03-14 22:41:4")
    t, _, repairs = whole(read(path))
    assert t.size == N
    assert repairs == [("truncated", 1, N + 2)]


def test_cut_archive_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress((HEAD + "\n".join(GOOD) + "\n").encode())
    path.write_bytes(packed[: len(packed) * 3 // 4])
    t, axes, _ = whole(read(path))
    assert 1000 < t.size < N
    np.testing.assert_allclose(axes[:, :-1], numbers(GOOD)[:, : t.size - 1], atol=1e-7)


def test_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    packed = bytearray(gzip.compress((HEAD + "\n".join(GOOD) + "\n").encode()))
    packed[2000:2100] = bytes(100)
    path.write_bytes(packed)
    with pytest.raises(RecordingError, match=r"a.csv.gz: the compressed data are damaged"):
        whole(read(path))


def test_chunks_are_the_same_for_any_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(GOOD)
    lines[500], lines[501] = lines[501], lines[500]
    lines[700] = lines[699][:23] + lines[700][23:]
    recording = recording_of(tmp_path / "a.csv", lines)
    once = whole(recording)
    for block_bytes in (997, 4001, 20011):
        monkeypatch.setattr(stream, "BLOCK_BYTES", block_bytes)
        again = whole(recording)
        np.testing.assert_array_equal(once[0], again[0])
        np.testing.assert_array_equal(once[1], again[1])
        assert once[2] == again[2]
    assert once[2] == [("backward_stamps", 1, 503), ("repeated_stamps", 1, 702)]


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_bad_row_among_the_first_costs_that_row_alone(at: int, tmp_path: Path) -> None:
    lines = [*GOOD[:at], "2026-03-14 22:41,abc,0.1", *GOOD[at + 1 :]]
    for head in (HEAD, ""):
        _, axes, _ = whole(recording_of(tmp_path / "a.csv", lines, head))
        np.testing.assert_allclose(axes, numbers([*GOOD[:at], *GOOD[at + 1 :]]), atol=1e-7)


@pytest.mark.parametrize(("one", "two"), [(300, 301), (300, 304), (300, 900)])
def test_rows_that_changed_places_keep_their_own_stamps(one: int, two: int, tmp_path: Path) -> None:
    """They are no jitter of the clock, in which rows keep their places and stamps do not."""
    lines = GOOD[:1000]
    lines[one], lines[two] = lines[two], lines[one]
    t, axes, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    place = {tuple(row): i for i, row in enumerate(numbers(GOOD[:1000]).T.astype(np.float32))}
    rows = [place[tuple(row)] for row in axes.T]
    np.testing.assert_allclose(t - t[0], np.array(rows) / HZ, atol=1e-6)
    assert [kind for kind, _, _ in repairs] == ["backward_stamps"]
    assert len(rows) >= 998


def in_batches(size: int) -> list[str]:
    """Return the rows with the stamp of their batch's first."""
    return [GOOD[i - i % size][:23] + line[23:] for i, line in enumerate(GOOD)]


def test_batches_that_changed_places_leave_the_rate_as_it_is(tmp_path: Path) -> None:
    lines = in_batches(5)
    lines[300], lines[317] = lines[317], lines[300]
    assert recording_of(tmp_path / "a.csv", lines).hz == pytest.approx(HZ, rel=2e-3)


def test_a_first_batch_before_a_gap_stays_before_it(tmp_path: Path) -> None:
    lines = in_batches(5)
    del lines[4:200]
    t, _, _ = whole(recording_of(tmp_path / "a.csv", lines))
    kept = np.delete(np.arange(N), np.arange(4, 200)) / HZ
    np.testing.assert_allclose(t - t[-1], kept - kept[-1], atol=1.01 / HZ)


def test_a_date_comes_from_more_than_the_first_row(tmp_path: Path) -> None:
    """The stamps to the second tell the date, the ms the time; the first stamp is damaged."""
    lines = [f"{line[:19]},{1000 * i // HZ}{line[23:]}" for i, line in enumerate(GOOD)]
    lines[0] = lines[0].replace("22:41", "23:41")
    start = recording_of(tmp_path / "a.csv", lines, "Timestamp,Milliseconds,X,Y,Z\n").start
    assert start is not None
    assert abs(start - datetime(2026, 3, 14, 22, 41, 7)) < timedelta(seconds=0.1)


def test_a_damaged_date_in_the_head_is_no_date(tmp_path: Path) -> None:
    head = (
        "------ Data File Created By ActiGraph GT3X+ date format M/d/yyyy at 50 Hz ------\n"
        "Start Time 22:41:07\nStart Date 3/14/20\x1b?26\n------\n"
        "Accelerometer X,Accelerometer Y,Accelerometer Z\n"
    )
    lines = [line.split(",", 1)[1] for line in GOOD]
    recording = recording_of(tmp_path / "a.csv", lines, head)
    assert (recording.start, [code for code, _ in recording.warnings]) == (None, ["no_clock"])


@pytest.mark.parametrize("names", [
    "time,accelerometer x,accel&meter y,accelerometer z,linear acceleration x,"
    "linear acceleration y,linear acceleration z",
    "sep=,time,accelerometer x,accelerometer y,accelerometer z,gyro x,gyro y,gyro z",
    "time,accelerometer xaccelerometer y,accelerometer z,gyro x,gyro y,gyro z",
])  # fmt: skip
def test_damaged_names_lead_to_no_other_columns(names: str, tmp_path: Path) -> None:
    lines = [f"{line},0.01,0.02,0.03" for line in GOOD]
    with pytest.raises(RecordingError, match=r"a.csv: .*(no column holds x|have other names)"):
        recording_of(tmp_path / "a.csv", lines, names + "\n")


@pytest.mark.parametrize("second", ["32.0,abc", "32.0", "32.0,32.0,16.0", "0.0,0.0,0.0", "x,x,x"])
def test_a_damaged_rate_is_asked_for(second: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    start = "1560279825.000000"
    path.write_text(f"{start},{start},{start}\n{second}\n" + "58,25,6\n57,25,7\n" * 200)
    with pytest.raises(RecordingError, match=r"a.csv: no column holds a clock .* --rate"):
        read(path)
    assert read(path, rate_hz=32).hz == 32


def test_an_offset_of_no_zone_is_no_stamp(tmp_path: Path) -> None:
    lines = [f"{line[:23]}+99:00{line[23:]}" for line in GOOD]
    with pytest.raises(RecordingError, match="is written as"):
        recording_of(tmp_path / "a.csv", lines)


@pytest.mark.parametrize("stamp", ["1e308", "-1e308", "1e-320", "9" * 40, "1e400"])
def test_numbers_that_no_clock_shows_cost_their_row(stamp: str, tmp_path: Path) -> None:
    lines = [f"{i / HZ:.3f}{line[23:]}" for i, line in enumerate(GOOD)]
    for row in (700, 1500):
        lines[row] = stamp + lines[row][lines[row].index(",") :]
    recording = recording_of(tmp_path / "a.csv", lines)
    kept = [i for i in range(N) if i not in {700, 1500}]
    assert recording.hz == HZ
    np.testing.assert_allclose(whole(recording)[0], np.array(kept) / HZ, atol=1e-6)


def test_a_known_header_may_be_in_capitals(tmp_path: Path) -> None:
    lines = [f"{i / HZ:.3f},{line[24:]},0,0,0," for i, line in enumerate(GOOD)]
    recording = recording_of(tmp_path / "a.csv", lines, "TIME,GFX,GFY,GFZ,AX,AY,AZ,\n")
    assert recording.exporter == "physics_toolbox"
    np.testing.assert_allclose(whole(recording)[1], numbers(GOOD), atol=1e-7)


def test_gap_stays_a_gap(tmp_path: Path) -> None:
    t, axes, repairs = whole(recording_of(tmp_path / "a.csv", [*GOOD[:800], *GOOD[1300:]]))
    assert t[800] - t[799] == pytest.approx(501 / HZ)
    assert axes.shape == (3, 1500)
    assert not repairs


def test_zeros_on_all_axes_are_a_gap(tmp_path: Path) -> None:
    lines = [x if not 800 <= i < 1300 else x[:23] + ",0,0,0" for i, x in enumerate(GOOD)]
    t, _, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    assert t[800] - t[799] == pytest.approx(501 / HZ)
    assert repairs == [("zeros", 500, 802)]


def test_zeros_and_bad_rows_do_not_move_a_counted_clock(tmp_path: Path) -> None:
    head = (
        "------ Data File Created By ActiGraph GT3X+ date format M/d/yyyy at 50 Hz ------\n"
        "Start Time 22:41:07\nStart Date 3/4/2026\nDownload Date 3/9/2026\n"
        "Idle Sleep Mode: True\n------\nAccelerometer X,Accelerometer Y,Accelerometer Z\n"
    )
    lines = [x.split(",", 1)[1] for x in GOOD]
    lines[300:400] = ["0,0,0"] * 100
    lines[600] = "torn"
    recording = recording_of(tmp_path / "a.csv", lines, head)
    t, _, repairs = whole(recording)
    wanted = np.delete(np.arange(N), [*range(300, 400), 600]) / HZ
    np.testing.assert_allclose(t, wanted, atol=1e-9)
    assert sorted(repairs) == [("bad_rows", 1, 608), ("zeros", 100, 308)]
    assert recording.start == datetime(2026, 3, 4, 22, 41, 7)


def test_padding_is_dropped_and_no_damage(tmp_path: Path) -> None:
    lines = [x if i % 2 else x[:23] + ",NaN,NaN,NaN" for i, x in enumerate(GOOD)]
    t, axes, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    assert t.size == N // 2
    np.testing.assert_allclose(axes, numbers(GOOD)[:, 1::2], atol=1e-7)
    assert repairs == [("padding", N // 2, 2)]


def test_one_stamp_far_ahead_drops_one_row(tmp_path: Path) -> None:
    lines = list(GOOD)
    lines[1000] = lines[1000].replace("2026-03", "2027-03")
    t, _, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    assert t.size == N - 1
    assert repairs == [("backward_stamps", 1, 1002)]


@pytest.mark.parametrize(("lines", "wanted"), [
    ([x.replace(x[:23], GOOD[0][:23]) for x in GOOD], "stands still or runs backwards"),
    ([GOOD[0], *[x.replace(x[:23], GOOD[1][:23]) for x in GOOD[1:]]], "stands still"),
    (GOOD[::-1], "stands still or runs backwards"),
    ([*GOOD[1000:], *GOOD[:1000]], r"stamps run backwards in 1000 of .*row 1002"),
    ([*GOOD[:1000], *[x.replace("2026", "2027") for x in GOOD[1000:]]],
     "jumps by 365 days at row 1002"),
])  # fmt: skip
def test_broken_clocks_are_refused(lines: list[str], wanted: str, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=wanted) as refusal:
        whole(recording_of(tmp_path / "a.csv", lines))
    assert str(refusal.value).startswith("a.csv: ")
    assert "export" in str(refusal.value)


def without(text: str) -> str:
    return "\n".join(text.format(i / HZ) for i in range(300)) + "\n"


@pytest.mark.parametrize(("content", "wanted"), [
    (b"", "is empty"),
    (b"\n\n \n", "is empty"),
    (b"Dear diary,\nI slept badly.\n", "has no three columns of numbers"),
    (bytes(range(256)) * 40, "is binary data"),
    (b"PK\x03\x04" + bytes(range(256)) * 9, "the archive is cut short or damaged"),
    (b"<?xml version='1.0'?><HealthData>", "is XML"),
    (b"Id,Tz,From,To,Sched,Hours\n", "Sleep as Android"),
    (without("{0:.2f},1,2").encode(), "no column holds x acceleration"),
    (("time,heart,steps,noise\n" + without("{0:.2f},61,2,0.4")).encode(),
     "no column holds x acceleration; found time, heart, steps, noise"),
    (("time,gyro_x,gyro_y,gyro_z\n" + without("{0:.2f},1,2,3")).encode(), "no column holds x"),
    (("x,y,z\n" + without("0.1,0.5,0.85")).encode(), "say the rate in Hz with --rate"),
    (("time,x,y,z\n" + without("{0:.2f},0.003,0.001,-0.002")).encode(), "say the unit with --unit"),
    (("time,x,y,z\n" + without("{0:.2f},100,-4000,700")).encode(), "--scale 4096"),
    (("time,x,y,z\n" + without("{0:.2f},,,")).encode(), "has no three columns|too few samples"),
    (b"time,x,y,z\n0.0,0.1,0.5,0.85\n", "no column holds a clock"),
    (("time (min),x,y,z\n" + without("{0:.2f},0.1,0.5,0.85")).encode(), None),
    (b"1\n" * 100, "has no three columns"),
    (b"0.1,0.5,0.8" * 2_000_000, "no three columns"),
])  # fmt: skip
def test_what_is_no_recording_is_refused_in_one_line(
    content: bytes, wanted: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    if wanted is None:
        read(path)
        return
    with pytest.raises(RecordingError, match=wanted) as refusal:
        whole(read(path))
    assert str(refusal.value).startswith("some.csv: ")
    assert "\n" not in str(refusal.value)


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none.csv: there is no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(RecordingError, match="is a folder"):
        read(tmp_path)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(opening.Path, "open", refuse)
    with pytest.raises(RecordingError, match=r"a.csv: cannot be opened: Permission denied"):
        read(path)


def test_a_file_that_goes_away_is_said_so(tmp_path: Path) -> None:
    recording = recording_of(tmp_path / "a.csv", GOOD)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(RecordingError, match=r"a.csv: cannot be read: No such file.*: see that"):
        whole(recording)


def test_a_file_that_grows_reads_the_same_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    recording = recording_of(path, GOOD[:1500])
    chunks = recording.chunks()
    first = next(chunks)
    with path.open("a") as file:
        file.write("\n".join(GOOD[1500:]) + "\n")
    assert first.t_s.size + sum(chunk.t_s.size for chunk in chunks) == 1500
    assert whole(recording)[0].size == 1500
    assert whole(read(path))[0].size == N


def test_a_file_that_shrinks_gives_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    recording = recording_of(path, GOOD)
    path.write_text(HEAD + "\n".join(GOOD[:1000]) + "\n")
    np.testing.assert_allclose(whole(recording)[1], numbers(GOOD[:1000]), atol=1e-7)


def test_nuls_where_a_device_lost_its_power_are_a_gap(tmp_path: Path) -> None:
    lines = [*GOOD[:1000], "\0" * 4096 + GOOD[1000], *GOOD[1001:]]
    _, axes, repairs = whole(recording_of(tmp_path / "a.csv", lines))
    assert repairs == [("bad_rows", 1, 1002)]
    np.testing.assert_allclose(axes, numbers([*GOOD[:1000], *GOOD[1001:]]), atol=1e-7)


def test_an_axis_that_never_changes_is_read_and_named(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 1)[0] + ",0.7900" for line in GOOD]
    recording = recording_of(tmp_path / "a.csv", lines)
    assert dict(recording.warnings) == {
        "axis_stuck": "z never changes: movements along it are not seen"
    }
    np.testing.assert_allclose(whole(recording)[1], numbers(lines), atol=1e-7)


@pytest.mark.parametrize(("change", "wanted"), [
    (lambda line: line.rsplit(",", 1)[0] + ",", "z holds no number in the first 2000"),
    (lambda line: line.rsplit(",", 1)[0] + ",nan", "z holds no number in the first 2000"),
    (lambda line: ",".join([*line.split(",")[:2]] + line.split(",")[1:2] * 2), "x, y and z are"),
    (lambda line: line[:23] + ",1e9,1e9,1e9", "x, y and z are the same in every row.*: export"),
    (lambda line: line[:23] + ",1e9,-2e9,1.5e9", "look like raw counts"),
    (lambda line: line[:23] + ",0,0,0", "x, y and z are the same|was the sensor on"),
])  # fmt: skip
def test_axes_that_no_sensor_gives_are_refused(
    change: Callable[[str], str], wanted: str, tmp_path: Path
) -> None:
    with pytest.raises(RecordingError, match=wanted) as refusal:
        whole(recording_of(tmp_path / "a.csv", [change(line) for line in GOOD]))
    assert str(refusal.value).startswith("a.csv: ")


def test_a_file_without_its_third_axis_is_refused(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 1)[0] for line in GOOD]
    with pytest.raises(RecordingError, match=r"a.csv: .*; found time, x, y: give a file with"):
        recording_of(tmp_path / "a.csv", lines, "time,x,y\n")


@pytest.mark.parametrize("hz", [2, 10, 1000, 1600])
def test_any_rate_is_read(hz: int, tmp_path: Path) -> None:
    start = datetime(2026, 3, 14, 22, 41, 7)
    lines = [
        f"{(start + timedelta(seconds=i / hz)).isoformat(' ', 'microseconds')}{line[23:]}"
        for i, line in enumerate(GOOD)
    ]
    recording = recording_of(tmp_path / "a.csv", lines)
    t, axes, repairs = whole(recording)
    assert recording.hz == hz
    np.testing.assert_allclose(t, np.arange(N) / hz, atol=1e-6)
    np.testing.assert_allclose(axes, numbers(GOOD), atol=1e-7)
    assert not repairs


@pytest.mark.parametrize("place", ["first", "within", "last"])
def test_a_line_of_100_megabytes_is_refused_at_once(place: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long, rows = b"0.1,0.5,0.8," * 8_700_000 + b"\n", "\n".join(GOOD).encode() + b"\n"
    parts = {"first": [long, rows], "within": [rows, long, rows], "last": [rows, long]}[place]
    path.write_bytes(HEAD.encode() + b"".join(parts))
    wanted = "has no three" if place == "first" else "row 2002 is longer than 16 MB.*: export"
    with pytest.raises(RecordingError, match=f"a.csv: {wanted}"):
        whole(read(path))


@pytest.mark.parametrize(("option", "wanted"), [
    ({"unit": "stone"}, "stone"), ({"scale": -1}, "impossible"), ({"rate_hz": 0}, "outside"),
    ({"side": "up"}, "up"),
])  # fmt: skip
def test_options_that_are_none(option: dict[str, object], wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + "\n".join(GOOD))
    with pytest.raises(RecordingError, match=wanted):
        read(path, **option)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.integers(0, 40_000), st.integers(0, 60), st.binary(max_size=60), st.sampled_from("dri"))
def test_mutated_bytes_give_the_unmutated_rows_or_an_error(
    tmp_path: Path, at: int, length: int, junk: bytes, how: str
) -> None:
    """Delete, replace or insert bytes anywhere: what is read are rows that were there."""
    data = bytearray((HEAD + "\n".join(GOOD) + "\n").encode())
    at %= len(data)
    data[at : at + (0 if how == "i" else length)] = b"" if how == "d" else junk
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    try:
        _, axes, _ = whole(read(path))
    except RecordingError:
        return
    there = {tuple(row) for row in numbers(GOOD).T.astype(np.float32)}
    strange = [row for row in axes.T if tuple(row) not in there]
    # A mutation within one number can leave another number: no reader can know.
    assert len(strange) <= 2


def test_a_session_that_ends_in_its_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ACC.csv"
    path.write_text("1560279825.000000, 1560279825.000000, 1560279825.000000\n32.0, 32.0, 32.0\n-1")
    with pytest.raises(RecordingError, match=r"ACC.csv: "):
        read(path)


@pytest.mark.parametrize("damage", ["inf", "-inf", "nan"])
def test_a_counter_that_may_turn_over_shows_its_rate_beside_a_stamp_without_end(
    tmp_path: Path, damage: str
) -> None:
    lines = [f"{20 * i},{row.split(',', 1)[1]}" for i, row in enumerate(GOOD)]
    for row in (300, 301):
        lines[row] = f"{damage},{lines[row].split(',', 1)[1]}"
    found = recording_of(tmp_path / "counter.csv", lines, head="")
    assert found.hz == pytest.approx(HZ)
    chunks = list(found.chunks())
    assert sum(chunk.t_s.size for chunk in chunks) == N - 2
    assert [(one.kind, one.count) for chunk in chunks for one in chunk.repairs] == [("bad_rows", 2)]


def test_a_start_in_the_head_is_of_the_first_row_in_its_place(tmp_path: Path) -> None:
    head = "StartTime:,2026-03-14_22:41:07.000 WEST\n\nSampleTimeFine,Acc_X,Acc_Y,Acc_Z\n"
    lines = [f"{900 + 20_000 * i},{row.split(',', 1)[1]}" for i, row in enumerate(GOOD)]
    for one in (lines, [lines[125], *lines[1:125], lines[0], *lines[126:]]):
        found = recording_of(tmp_path / "night.csv", one, head)
        assert found.start is not None
        begins = found.start.replace(tzinfo=None) - datetime(2026, 3, 14, 22, 41, 7)
        assert abs(begins.total_seconds()) < 2 / HZ


def test_rows_written_late_before_a_gap_end_with_their_stamp(tmp_path: Path) -> None:
    lines = [*GOOD[:503], *GOOD[603:]]
    for row in (500, 501):
        lines[row] = f"{GOOD[502].split(',', 1)[0]},{GOOD[row].split(',', 1)[1]}"
    t, _, repairs = whole(recording_of(tmp_path / "night.csv", lines))
    assert repairs == [("repeated_stamps", 2, 503)]
    assert np.allclose(t, np.delete(np.arange(N) / HZ, slice(503, 603)))
