"""Files of real exporters, read against an independent reading of the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.recording import Placement, Recording, Side

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
beside = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the real recordings are not beside this checkout"
)
MS2 = 9.80665


def whole(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    chunks = list(recording.chunks())
    return (
        np.concatenate([c.t_s for c in chunks]),
        np.concatenate([c.acceleration_g for c in chunks], axis=1),
    )


def csv(path: Path, columns: list[int], **how: object) -> np.ndarray:
    frame = pd.read_csv(path, index_col=False, **how)  # type: ignore[call-overload]
    return frame.iloc[:, columns].to_numpy(dtype=np.float64).T


def stamps(path: Path, column: int, form: str, **how: object) -> np.ndarray:
    frame = pd.read_csv(path, index_col=False, dtype=str, **how)  # type: ignore[call-overload]
    parsed = pd.to_datetime(frame.iloc[:, column], format=form)
    return ((parsed - parsed.iloc[0]) / pd.Timedelta(seconds=1)).to_numpy()


@dataclass(frozen=True)
class Expected:
    file: str
    exporter: str
    hz: float
    start: datetime | None
    per_g: float
    axes: Callable[[Path], np.ndarray]
    times: Callable[[Path], np.ndarray] | None = None
    gravity: bool = True
    warnings: tuple[str, ...] = ()
    start_within_s: float = 1e-6


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


EXPECTED = [
    Expected(
        "actigraph_gt3x2csv_bom.csv", "actigraph", 60, datetime(2024, 4, 30, 14, 53), 1,
        lambda p: csv(p, [0, 1, 2], skiprows=12),
        lambda _: np.arange(1187) / 60,
    ),
    Expected(
        "actigraph_no_timestamp.csv", "actigraph", 40, datetime(2018, 6, 14, 11, 27), 1,
        lambda p: csv(p, [0, 1, 2], skiprows=10),
        lambda _: np.arange(1189) / 40,
    ),
    Expected(
        "actigraph_timestamped.csv", "actigraph", 40,
        datetime(2018, 6, 14, 12, 8, 39, 725000), 1,
        lambda p: csv(p, [1, 2, 3], skiprows=10),
        lambda p: stamps(p, 0, "%m/%d/%Y %H:%M:%S.%f", skiprows=10),
    ),
    Expected(
        "androsensor.csv", "androsensor", 2, datetime(2022, 3, 16, 14, 7, 17, 870000), MS2,
        lambda p: csv(p, [0, 1, 2]),
        lambda p: stamps(p, 14, "%Y-%m-%d %H:%M:%S:%f"),
    ),
    Expected(
        "axivity_unix_seconds_ax6_gyro.csv", "axivity", 98.489,
        utc(2019, 10, 29, 9, 3, 6, 300000), 1,
        lambda p: csv(p, [1, 2, 3], header=None),
        lambda p: csv(p, [0], header=None)[0],
        warnings=("clock_utc",),
    ),
    Expected(
        "embraceplus.csv", "embraceplus", 64, utc(2025, 12, 3, 10, 4, 59, 789634), 1,
        lambda p: csv(p, [2, 3, 4]),
        lambda p: csv(p, [1])[0] / 1e6,
        warnings=("clock_utc",),
    ),
    Expected(
        "empatica_e4_ACC.csv", "empatica_e4", 32, utc(2019, 6, 11, 19, 3, 45), 64,
        lambda p: csv(p, [0, 1, 2], header=None, skiprows=2),
        lambda _: np.arange(1998) / 32,
        warnings=("clock_utc",),
    ),
    Expected(
        "geneactiv.csv", "geneactiv", 100, datetime(2011, 10, 9, 10, 25, 2, 500000), 1,
        lambda p: csv(p, [1, 2, 3], header=None, skiprows=100),
        lambda p: stamps(p, 0, "%Y-%m-%d %H:%M:%S:%f", header=None, skiprows=100),
    ),
    Expected(
        "phyphox_comma.csv", "phyphox", 402, None, MS2, lambda p: csv(p, [1, 2, 3]),
        lambda p: csv(p, [0])[0], warnings=("no_clock",),
    ),
    Expected(
        "phyphox_tab.csv", "phyphox", 500, None, MS2, lambda p: csv(p, [1, 2, 3], sep="\t"),
        lambda p: csv(p, [0], sep="\t")[0], warnings=("no_clock",),
    ),
    Expected(
        "physics_toolbox.csv", "physics_toolbox", 44, None, 1, lambda p: csv(p, [1, 2, 3]),
        lambda p: csv(p, [0])[0], warnings=("no_clock",),
    ),
    Expected(
        "sensor_logger_Accelerometer_without_gravity.csv", "sensor_logger", 99.548,
        utc(2023, 8, 10, 13, 28, 8, 430199), MS2, lambda p: csv(p, [4, 3, 2]),
        lambda p: pd.read_csv(p)["seconds_elapsed"].to_numpy(),
        gravity=False, warnings=("no_gravity", "clock_utc"), start_within_s=2e-6,
    ),
    Expected(
        "sensor_record_timestamp_ms.csv", "sensor_record", 100, datetime(2022, 5, 19, 23, 33, 19),
        MS2, lambda p: csv(p, [2, 3, 4]), lambda p: csv(p, [1])[0] / 1e3, start_within_s=1,
    ),
    Expected(
        "shimmer_sep_semicolon.csv", "shimmer", 51.2, utc(2020, 7, 28, 10, 56, 50, 34000), MS2,
        lambda p: csv(p, [1, 2, 3], sep=";", header=None, skiprows=3), warnings=("clock_utc",),
    ),
]  # fmt: skip


@beside
@pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: e.file)
def test_real_exporter_file_is_read_without_options(expected: Expected) -> None:
    path = RECORDINGS / "exporters" / expected.file
    recording = read(path)
    t, acceleration = whole(recording)
    truth = expected.axes(path) / expected.per_g
    assert recording.exporter == expected.exporter
    assert describe(path).scale_to_g == pytest.approx(1 / expected.per_g)
    assert recording.hz == pytest.approx(expected.hz, rel=2e-3)
    assert recording.gravity_included is expected.gravity
    assert tuple(code for code, _ in recording.warnings) == expected.warnings
    np.testing.assert_allclose(acceleration, truth, rtol=1e-6, atol=1e-7)
    assert t[0] == 0
    if expected.times is not None:
        clock = expected.times(path)
        np.testing.assert_allclose(t, clock - clock[0], atol=2e-6)
    if expected.start is None:
        assert recording.start is None
    else:
        assert recording.start is not None
        assert recording.start.tzinfo == expected.start.tzinfo
        off = abs(recording.start - expected.start)
        assert off < timedelta(seconds=expected.start_within_s)
    if expected.gravity:
        assert np.median(np.linalg.norm(acceleration, axis=0)) == pytest.approx(1, abs=0.35)


@beside
def test_every_real_exporter_file_is_in_the_table_or_refused() -> None:
    known = {e.file for e in EXPECTED} | set(REFUSED)
    assert {p.name for p in (RECORDINGS / "exporters").iterdir()} == known


REFUSED = {
    "not_raw_actigraph_epochs.csv": ("ActiGraph", "counts", "Raw data"),
    "not_raw_actiware_dutch.csv": ("Actiware", "counts", "raw"),
    "not_raw_actiware_english.csv": ("Actiware", "counts", "raw"),
    "polar_sensor_logger_PPG_not_acceleration.txt": ("Polar", "pulse", "_ACC.txt"),
}


@beside
@pytest.mark.parametrize("file", REFUSED)
def test_real_file_without_raw_acceleration_is_refused(file: str) -> None:
    with pytest.raises(RecordingError) as refusal:
        read(RECORDINGS / "exporters" / file)
    message = str(refusal.value)
    assert message.startswith(f"{file}: ")
    assert all(part in message for part in REFUSED[file])
    assert "\n" not in message


@beside
def test_geneactiv_header_says_where_it_was_worn() -> None:
    recording = read(RECORDINGS / "exporters" / "geneactiv.csv")
    assert (recording.placement, recording.side) == (Placement.WRIST, Side.RIGHT)
    assert recording.timezone == "GMT +01"
    assert recording.start is not None
    assert recording.start.tzinfo is None


@beside
def test_shimmer_rows_that_share_a_millisecond_are_spread() -> None:
    recording = read(RECORDINGS / "exporters" / "shimmer_sep_semicolon.csv")
    t, _ = whole(recording)
    assert t.size == 90
    assert t[5:8] == pytest.approx([0.123, 0.132, 0.141])  # 123, 123, 141 ms in the file
    assert sum(r.count for c in recording.chunks() for r in c.repairs) == 4


@beside
@pytest.mark.parametrize(("file", "rows", "end_s"), [
    ("wrist_5hz_a.txt.gz", 76714, 15342.6), ("wrist_5hz_b.txt.gz", 108111, 21635.128),
])  # fmt: skip
def test_night_without_header_and_clock(file: str, rows: int, end_s: float) -> None:
    path = RECORDINGS / "nights" / file
    recording = read(path)
    t, acceleration = whole(recording)
    truth = pd.read_csv(path, sep=" ", header=None, skiprows=1).to_numpy().T
    np.testing.assert_allclose(acceleration, truth[1:4], atol=1e-6)
    np.testing.assert_allclose(t, (truth[0] - truth[0, 0]) / 1e3, atol=1e-9)
    assert (t.size, t[-1]) == (rows, pytest.approx(end_s))
    assert (recording.hz, recording.start, recording.exporter) == (5, None, "generic")


@beside
def test_night_of_raw_counts_needs_their_scale_and_says_so() -> None:
    path = RECORDINGS / "nights" / "bed_2hz.csv.gz"
    wanted = r"x Accel, y Accel, z Accel look like raw counts \(median size 1\d+\).*--scale 16384"
    with pytest.raises(RecordingError, match=wanted):
        read(path)
    recording = read(path, scale=16384)
    t, acceleration = whole(recording)
    truth = pd.read_csv(path)
    kept = truth[truth["Millisecond"] >= truth["Millisecond"].cummax()]
    axes = kept[["x Accel", "y Accel", "z Accel"]].to_numpy().T / 16384
    np.testing.assert_allclose(acceleration, axes, rtol=1e-6)
    np.testing.assert_allclose(t, (kept["Millisecond"] - 2225) / 1e3, atol=1e-9)
    assert recording.start is not None
    assert abs(recording.start - datetime(2017, 11, 17, 1, 39, 28)) < timedelta(seconds=1)
    assert recording.hz == pytest.approx(1.63, abs=0.01)
    repairs = [r for chunk in recording.chunks() for r in chunk.repairs]
    assert [(r.kind, r.count) for r in repairs] == [("backward_stamps", 1)]


@beside
def test_held_values_of_a_real_evening_stay_samples() -> None:
    path = RECORDINGS / "nights" / "wrist_30hz_evening.csv.gz"
    recording = read(path)
    t, acceleration = whole(recording)
    assert recording.start == datetime(2000, 1, 4, 20)
    assert (recording.hz, t.size) == (30, 432000)
    assert np.diff(t).max() < 0.04
    truth = pd.read_csv(path).iloc[:, 1:].to_numpy().T
    np.testing.assert_allclose(acceleration, truth, atol=1e-6)


@beside
def test_layout_says_what_was_recognized() -> None:
    layout = describe(RECORDINGS / "exporters" / "shimmer_sep_semicolon.csv")
    assert (layout.delimiter, layout.decimal, layout.encoding) == (";", ".", "utf-8")
    assert layout.header_rows == 3
    assert layout.columns["x"] == "Shimmer_40AC_Accel_LN_X_CAL"
    assert layout.scale_to_g == pytest.approx(1 / MS2)
    assert dict(layout.confidence) == {
        "time": "certain", "axes": "certain", "unit": "certain", "gravity": "certain",
    }  # fmt: skip
    assert layout.reasons


def test_reading_again_gives_the_same_samples(tmp_path: Path) -> None:
    buffer = io.StringIO()
    pd.DataFrame({"time": np.arange(500) / 50, "x": 0.0, "y": 0.6, "z": 0.8}).to_csv(
        buffer, index=False
    )
    path = tmp_path / "a.csv"
    path.write_text(buffer.getvalue())
    seen: list[int] = []
    recording = read(path, on_bytes=lambda count, _: seen.append(count))
    assert not seen
    first, second = whole(recording), whole(recording)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert sum(seen) == 2 * path.stat().st_size
