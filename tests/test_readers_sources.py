"""A recording of several files: a folder, an archive, what an app puts beside, standard input."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from detector.errors import RecordingError
from detector.readers import open_recording, read
from detector.readers.layout import ReadOptions
from detector.recording import Recording

HZ = 50
N = 3000
START_NS = 1_750_000_000_000_000_000  # 2025-06-15 15:06:40 UTC
G = 9.80665
REST = np.array([-0.31, 0.52, 0.79])
NOISE = np.random.default_rng(8).normal(0, 0.01, (N, 3))
T = np.arange(N) / HZ

Samples = npt.NDArray[np.float64]


def whole(recording: Recording) -> tuple[Samples, Samples, dict[str, int]]:
    chunks = list(recording.chunks())
    t = np.concatenate([c.t_s for c in chunks])
    assert np.all(np.diff(t) > 0)
    counts: dict[str, int] = {}
    for chunk in chunks:
        for repair in chunk.repairs:
            counts[repair.kind] = counts.get(repair.kind, 0) + repair.count
    axes = np.concatenate([c.acceleration_g for c in chunks], axis=1).astype(np.float64)
    return t, axes, counts


def sensor_logger(path: Path, samples: Samples, t_s: Samples = T) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        f"{START_NS + round(t * 1e9)},{t:.6f},{z:.6f},{y:.6f},{x:.6f}\n"
        for t, (x, y, z) in zip(t_s, samples, strict=True)
    )
    path.write_text("time,seconds_elapsed,z,y,x\n" + "".join(rows))


def phyphox(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = ",".join(f'"Acceleration {axis} (m/s^2)"' for axis in "xyz")
    rows = (
        f"{t:.9E},{x:.9E},{y:.9E},{z:.9E}\n"
        for t, (x, y, z) in zip(T + 0.25, samples * G, strict=True)
    )
    path.write_text(f'"Time (s)",{head}\n' + "".join(rows))


def beiwe(folder: Path, starts_s: list[float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for hour, start_s in enumerate(starts_s):
        rows = (
            f"{START_NS // 10**6 + round(1000 * (start_s + t))},2025-06-15T15:06:40.000,unknown,"
            f"{x:.5f},{y:.5f},{z:.5f}\n"
            for t, (x, y, z) in zip(T, REST + NOISE, strict=True)
        )
        path = folder / f"2025-06-15 {15 + hour:02d}_00_00.csv"
        path.write_text("timestamp,UTC time,accuracy,x,y,z\n" + "".join(rows))


def zipped(folder: Path, inside: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + str(file.relative_to(folder)))
    return path


GIVEN: dict[str, Callable[[Path], Path]] = {
    "folder": lambda folder: folder,
    "archive": zipped,
    "archive with a folder in it": lambda folder: zipped(folder, "2025-06-15_15-06/"),
}


@pytest.mark.parametrize("given", list(GIVEN))
def test_the_apps_own_gravity_and_zone_are_used(given: str, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    sensor_logger(folder / "Accelerometer.csv", NOISE)
    sensor_logger(folder / "Gravity.csv", np.tile(REST, (N, 1)), T + 0.004)
    sensor_logger(folder / "Gyroscope.csv", NOISE)
    (folder / "Metadata.csv").write_text(
        "version,platform,recording timezone,standardisation\n3,ios,Europe/London,false\n"
    )
    recording = read(GIVEN[given](folder))
    t, axes, repairs = whole(recording)
    np.testing.assert_allclose(t, T, atol=1e-6)
    np.testing.assert_allclose(axes.T, REST + NOISE, atol=2e-6)
    assert repairs == {}
    assert recording.start == datetime(2025, 6, 15, 16, 6, 40, tzinfo=ZoneInfo("Europe/London"))
    assert recording.timezone == "Europe/London"
    assert recording.gravity_included
    assert recording.warnings == ()


def test_gravity_beside_a_file_that_was_given_by_itself(tmp_path: Path) -> None:
    sensor_logger(tmp_path / "Accelerometer.csv", NOISE * G)
    sensor_logger(tmp_path / "Gravity.csv", np.tile(REST * G, (N, 1)))
    _, axes, _ = whole(read(tmp_path / "Accelerometer.csv"))
    np.testing.assert_allclose(axes.T, REST + NOISE, atol=2e-6)


def test_no_gravity_is_made_up_where_its_file_has_a_hole(tmp_path: Path) -> None:
    there = (T < 20) | (T >= 30)
    sensor_logger(tmp_path / "Accelerometer.csv", NOISE * G)
    sensor_logger(tmp_path / "Gravity.csv", np.tile(REST * G, (N, 1))[there], T[there])
    t, axes, repairs = whole(read(tmp_path / "Accelerometer.csv"))
    np.testing.assert_allclose(t, T[there], atol=1e-6)
    np.testing.assert_allclose(axes.T, (REST + NOISE)[there], atol=2e-6)
    assert repairs == {"no_gravity_value": int((~there).sum())}


def test_total_acceleration_is_taken_before_all_else(tmp_path: Path) -> None:
    sensor_logger(tmp_path / "n/Accelerometer.csv", NOISE * G)
    sensor_logger(tmp_path / "n/AccelerometerUncalibrated.csv", REST + NOISE + 0.1)
    sensor_logger(tmp_path / "n/Orientation.csv", NOISE)
    sensor_logger(tmp_path / "n/TotalAcceleration.csv", (REST + NOISE) * G)
    opened = open_recording(tmp_path / "n", ReadOptions())
    assert opened.files == ("n/TotalAcceleration.csv",)
    np.testing.assert_allclose(whole(opened.recording)[1].T, REST + NOISE, atol=2e-6)


@pytest.mark.parametrize("name", ["Gravity.csv", "Gyroscope.csv", "Magnetometer.csv"])
def test_another_sensors_file_is_no_acceleration(name: str, tmp_path: Path) -> None:
    sensor_logger(tmp_path / name, NOISE)
    with pytest.raises(RecordingError, match=rf"{name}: is a file of Sensor Logger for"):
        read(tmp_path / name)


def test_two_devices_are_two_recordings(tmp_path: Path) -> None:
    sensor_logger(tmp_path / "n/TotalAcceleration.csv", (REST + NOISE) * G)
    sensor_logger(tmp_path / "n/WatchAccelerometer.csv", REST + NOISE)
    with pytest.raises(RecordingError, match=r"n: holds several recordings \(.*Watch.*\): give"):
        read(tmp_path / "n")


@pytest.mark.parametrize("given", list(GIVEN))
def test_pauses_leave_holes_and_the_date_is_beside(given: str, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    phyphox(folder / "Accelerometer.csv", REST + NOISE)
    (folder / "meta").mkdir()
    (folder / "meta/time.csv").write_text(
        '"event","experiment time","system time","system time text"\n'
        '"START",0.000000000E0,1750000000.0,"2025-06-15 17:06:40.000 UTC+02:00"\n'
        '"PAUSE",2.025000000E1,1750000020.25,"2025-06-15 17:07:00.250 UTC+02:00"\n'
        '"START",2.025000000E1,1750000120.25,"2025-06-15 17:08:40.250 UTC+02:00"\n'
        '"PAUSE",9.000000000E1,1750000190.0,"2025-06-15 17:09:50.000 UTC+02:00"\n'
    )
    recording = read(GIVEN[given](folder))
    t, axes, _ = whole(recording)
    np.testing.assert_allclose(t, np.where(T < 20, T, T + 100), atol=1e-6)
    np.testing.assert_allclose(axes.T, REST + NOISE, atol=2e-6)
    assert recording.start is not None
    assert recording.start.isoformat() == "2025-06-15T17:06:40.250000+02:00"
    assert recording.warnings == ()


@pytest.mark.parametrize("stamp", ["nan", "1e300", "-5", "inf", "1650000000.0", ""])
def test_a_damaged_table_of_pauses_is_refused(stamp: str, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    phyphox(folder / "Accelerometer.csv", REST + NOISE)
    (folder / "meta").mkdir()
    (folder / "meta/time.csv").write_text(
        '"event","experiment time","system time","system time text"\n'
        '"START",0.0,1750000000.0,"2025-06-15 17:06:40.000 UTC+02:00"\n'
        f'"START",20.25,{stamp},"2025-06-15 17:08:40.250 UTC+02:00"\n'
    )
    with pytest.raises(RecordingError, match=r"time.csv: is no table of starts .* leave it out"):
        read(folder)


@pytest.mark.parametrize("given", list(GIVEN))
def test_hours_are_put_in_order_and_overlaps_dropped(given: str, tmp_path: Path) -> None:
    beiwe(tmp_path / "person", [120.0, 0.0, 59.0])
    opened = open_recording(GIVEN[given](tmp_path / "person"), ReadOptions())
    t, axes, repairs = whole(opened.recording)
    assert [name[-12:] for name in opened.files] == ["16_00_00.csv", "17_00_00.csv", "15_00_00.csv"]
    wanted = np.concatenate((T, 59 + T[HZ:], 120 + T))
    np.testing.assert_allclose(t, wanted, atol=2e-3)
    np.testing.assert_allclose(axes[:, :N].T, REST + NOISE, atol=2e-5)
    assert np.diff(t).max() == pytest.approx(1.02, abs=2e-3)
    assert repairs["overlap"] == HZ


def test_recordings_of_the_same_time_are_not_mixed(tmp_path: Path) -> None:
    beiwe(tmp_path / "two", [0.0, 0.0])
    with pytest.raises(RecordingError, match="was recorded at the same time as another file"):
        whole(read(tmp_path / "two"))


def test_a_part_without_rows_adds_nothing(tmp_path: Path) -> None:
    beiwe(tmp_path / "person", [0.0, 60.0])
    (tmp_path / "person/2025-06-15 20_00_00.csv").write_text("timestamp,UTC time,accuracy,x,y,z\n")
    assert whole(read(tmp_path / "person"))[0].size == 2 * N


def test_sessions_with_their_own_start_are_put_in_order(tmp_path: Path) -> None:
    for place, start in enumerate((1560280425, 1560279825)):
        folder = tmp_path / f"e4/{start}_A0{place}"
        folder.mkdir(parents=True)
        rows = "".join(f"{x},{y},{z}\n" for x, y, z in np.round((REST + NOISE) * 64).astype(int))
        head = f"{start}.000000, {start}.000000, {start}.000000\n32.0, 32.0, 32.0\n"
        (folder / "ACC.csv").write_text(head.replace("32.0", "32.000000") + rows)
        (folder / "BVP.csv").write_text(f"{start}.0\n64.0\n" + "0.1\n" * 99)
    recording = read(tmp_path / "e4")
    t, _, _ = whole(recording)
    np.testing.assert_allclose(t, np.concatenate((np.arange(N) / 32, 600 + np.arange(N) / 32)))
    assert recording.start is not None
    assert recording.start.timestamp() == 1560279825


def test_files_without_a_date_cannot_be_put_in_order(tmp_path: Path) -> None:
    phyphox(tmp_path / "n/Accelerometer 1.csv", REST + NOISE)
    phyphox(tmp_path / "n/Accelerometer 2.csv", REST + NOISE)
    with pytest.raises(RecordingError, match="has no date, so that it cannot be put in order"):
        read(tmp_path / "n")


def test_files_of_different_names_are_several_recordings(tmp_path: Path) -> None:
    for name in ("left", "right"):
        beiwe(tmp_path / name, [0.0])
        (tmp_path / "n").mkdir(exist_ok=True)
        next((tmp_path / name).iterdir()).rename(tmp_path / f"n/{name}.csv")
    with pytest.raises(RecordingError, match=r"n: holds several recordings \(left.csv, right.csv"):
        read(tmp_path / "n")


def test_results_beside_a_recording_are_passed_over(tmp_path: Path) -> None:
    beiwe(tmp_path / "person", [0.0])
    result = tmp_path / "person/old.night"
    result.mkdir()
    (result / "movements.csv").write_text("a,b,c\n1,2,3\n")
    (tmp_path / "person/.hidden.csv").write_text("a,b,c\n1,2,3\n")
    (tmp_path / "person/readme.txt").write_text("The hours of one person.\n")
    assert whole(read(tmp_path / "person"))[0].size == N


@pytest.mark.parametrize("packed", ["gz", "xz", "bz2", "zst"])
@pytest.mark.parametrize("cut", [False, True])
def test_packed_files(packed: str, cut: bool, tmp_path: Path) -> None:
    beiwe(tmp_path, [0.0])
    plain = next(tmp_path.iterdir())
    data = plain.read_bytes()
    data = {
        "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress,
        "zst": lambda raw: pa.compress(raw, codec="zstd", asbytes=True),
    }[packed](data)  # fmt: skip
    path = tmp_path / f"a.csv.{packed}"
    path.write_bytes(data[: len(data) - 999] if cut else data)
    if cut and packed == "bz2":  # packed in one piece, of which nothing is left
        with pytest.raises(RecordingError, match="is empty, or cut off"):
            read(path)
        return
    recording = read(path)
    t, axes, repairs = whole(recording)
    np.testing.assert_allclose(axes.T, (REST + NOISE)[: t.size], atol=2e-5)
    assert (t.size == N) is not cut
    assert set(repairs) == ({"truncated"} if cut else set())


def test_standard_input(tmp_path: Path) -> None:
    beiwe(tmp_path, [0.0])
    data = next(tmp_path.iterdir()).read_bytes()
    program = (
        "from detector.readers import read; r = read('-');"
        "print(r.source, r.hz, [sum(c.t_s.size for c in r.chunks()) for _ in 'ab'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=gzip.compress(data), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == f"standard input 50.0 [{N}, {N}]"
    assert done.stderr == b""


def archive_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(("members", "wanted"), [
    ({"../a.csv": b"1,2,3\n"}, "leads out of the archive"),
    ({"/etc/a.csv": b"1,2,3\n"}, "leads out of the archive"),
    ({"a.csv": b"0,0,0\n" * 10**7}, "unpacks to more than 100 times its size"),
    ({"photo.jpg": b"x", "b.jpg": b"y"}, "is an archive without a CSV or text file"),
    ({"log.bin": b"x", "info.txt": b"x"}, r"\.gt3x"),
    ({"[Content_Types].xml": b"x", "xl/a.xml": b"x"}, "is a spreadsheet"),
    ({"a.csv": b"Dear diary\n"}, "some.zip/a.csv: has no three columns"),
    ({"a.csv": b"PK\x03\x04" + bytes(99)}, "an archive within an archive"),
    ({"a.csv": b""}, "is empty"),
])  # fmt: skip
def test_archives_that_are_no_recording(
    members: dict[str, bytes], wanted: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.zip"
    path.write_bytes(archive_of(members))
    with pytest.raises(RecordingError, match=wanted) as refusal:
        read(path)
    assert str(refusal.value).startswith("some.zip")
    assert "\n" not in str(refusal.value)


def test_a_bomb_in_a_packed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"time,x,y,z\n" + b"0.0,0.1,0.5,0.85\n" * 3_000_000))
    with pytest.raises(RecordingError, match="unpacks to more than 100 times its size"):
        whole(read(path, rate_hz=50))


@pytest.mark.parametrize("share", [0.3, 0.8, 0.99])
def test_a_damaged_archive_is_refused(share: float, tmp_path: Path) -> None:
    beiwe(tmp_path / "person", [0.0])
    path = zipped(tmp_path / "person")
    data = bytearray(path.read_bytes())
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(RecordingError, match="the archive is cut short or damaged"):
        read(path)
    data[400:500] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=r"damaged|readable|no three columns"):
        whole(read(path))


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive_of({"a.csv": b"1,2,3\n"}))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + flags] |= 1
    path = tmp_path / "some.zip"
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="is locked with a password"):
        read(path)


def test_all_bytes_of_a_pass_are_told(tmp_path: Path) -> None:
    beiwe(tmp_path / "person", [0.0, 60.0, 120.0])
    for path in (tmp_path / "person", zipped(tmp_path / "person")):
        told: list[tuple[int, int]] = []
        recording = read(path, on_bytes=lambda count, size, told=told: told.append((count, size)))
        list(recording.chunks())
        sizes = {size for _, size in told}
        assert len(sizes) == 1
        assert sum(count for count, _ in told) == sizes.pop()


def test_stamps_that_go_back_by_a_few_samples_keep_their_rows(tmp_path: Path) -> None:
    """A clock rounded to 10 ms that jumps both ways, as some watches write."""
    jitter = np.random.default_rng(2).uniform(-0.025, 0.025, N)
    start = datetime(2026, 3, 14, 22, 41, 7)
    rows = [
        f"{(start + timedelta(seconds=round(t, 2))).isoformat(' ', 'milliseconds')},"
        f"{x:.5f},{y:.5f},{z:.5f}"
        for t, (x, y, z) in zip(T + 0.03 + jitter, REST + NOISE, strict=True)
    ]
    path = tmp_path / "a.csv"
    path.write_text("time,x,y,z\n" + "\n".join(rows) + "\n")
    recording = read(path)
    t, axes, repairs = whole(recording)
    np.testing.assert_allclose(axes.T, REST + NOISE, atol=1e-5)
    assert np.abs(t - T).max() < 0.06
    assert recording.hz == pytest.approx(HZ, rel=0.01)
    assert repairs["jittered_stamps"] > 0.01 * N


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a word")
def test_nothing_is_left_behind_where_the_program_is_ended(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, tempfile; from detector.cli import main; "
        f"tempfile.tempdir = {str(tmp_path)!r}; main(['inspect', '-'])"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"0.1,0.2,0.9\n" * 2**18)  # more than a pipe holds: it is being read
        assert list(tmp_path.iterdir())
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
