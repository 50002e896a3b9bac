"""Write a simulated night as a device or app would export it, and its truth beside it."""

from __future__ import annotations

import csv
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from detector.errors import DetectorError
from detector.recording import FloatArray, Placement, SampleArray
from detector.simulation.mechanics import STANDARD_GRAVITY
from detector.simulation.plan import Device, SimulatedNight
from detector.simulation.table import value
from detector.simulation.text import IntArray, decimals, exponents, stamps

CHUNK_ROWS = 2**18
TRUTH_COLUMNS = ("kind", "value", "onset_s", "duration_s", "peak_g", "series")


class Exporter(StrEnum):
    """A layout in which a night can be written."""

    AXIVITY = "axivity"
    ACTIGRAPH = "actigraph"
    ACTIGRAPH_TIMESTAMPED = "actigraph_timestamped"
    GENEACTIV = "geneactiv"
    EMPATICA_E4 = "empatica_e4"
    SENSOR_LOGGER = "sensor_logger"
    PHYPHOX = "phyphox"


class WriteError(DetectorError):
    """A simulated night cannot be written as asked."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How an exporter writes: lines ahead of the samples, the columns, and the end of a line."""

    device: Device
    head: Callable[[SimulatedNight], str]
    columns: Callable[[SimulatedNight, FloatArray, SampleArray], list[pa.Array]]
    crlf: bool = False
    has_stamps: bool = True


def usual_device(exporter: Exporter) -> Device:
    """Return the device whose files the exporter writes."""
    return _LAYOUTS[exporter].device


def usual_hz(exporter: Exporter) -> float:
    """Return the rate at which that device records when nobody asks for another."""
    return value("device_hz", usual_device(exporter))


def write_night(night: SimulatedNight, path: Path, exporter: Exporter) -> None:
    """Write the samples of `night` to `path`, packed if it ends in .gz; whole or not at all."""
    layout = _LAYOUTS[exporter]
    if not layout.has_stamps and night.annotations("gap"):
        raise WriteError(f"{exporter} writes no stamps, so that its file can hold no gaps")
    with _replacing(path) as out:
        out.write(_lines(layout.head(night), crlf=layout.crlf))
        for first in range(0, night.t_s.size, CHUNK_ROWS):
            part = slice(first, first + CHUNK_ROWS)
            columns = layout.columns(night, night.t_s[part], night.acceleration_g[:, part])
            out.write(_lines(_rows(columns), crlf=layout.crlf))


def write_truth(night: SimulatedNight, path: Path) -> None:
    """Write the truth of `night` to `path` as annotations; whole or not at all.

    `peak_g` and `series` follow the four columns of every annotation file, empty where a row has
    none.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TRUTH_COLUMNS)
    for row in night.truth:
        peak = "" if row.peak_g is None else f"{row.peak_g:.5f}"
        series = "" if row.series is None else row.series
        onset, duration = f"{row.onset_s:.3f}", f"{row.duration_s:.3f}"
        writer.writerow([row.kind, row.value, onset, duration, peak, series])
    with _replacing(path) as out:
        out.write(text.getvalue().encode())


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """Open a new file that takes the place of `path` once it is complete, and else goes away."""
    if ":" in path.name:
        raise WriteError(f"{path.name}: a ':' in a file's name is not allowed on every system")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written ({error.strerror})") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                # without name and time in it, equal nights make equal files
                with gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as packed:
                    yield packed
            else:
                yield raw
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    """Return the mask that a file made in the ordinary way would get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _rows(columns: list[pa.Array]) -> bytes:
    """Return the rows of `columns` as comma-separated text."""
    table = pa.table(columns, names=[str(i) for i in range(len(columns))])
    out = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    pyarrow.csv.write_csv(table, out, options)
    return bytes(out.getvalue())


def _lines(text: str | bytes, *, crlf: bool) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return raw.replace(b"\n", b"\r\n") if crlf else raw


def _ms(night: SimulatedNight, t_s: FloatArray) -> IntArray:
    """Return (n,) the milliseconds from the clock's start, a whole second, to each sample."""
    begins_ms = round(night.start.microsecond / 1000)
    return np.asarray(np.rint(t_s * 1000).astype(np.int64) + begins_ms)


def _whole_second(night: SimulatedNight) -> datetime:
    return night.start.replace(microsecond=0)


def _unix_s(night: SimulatedNight) -> float:
    """Return the Unix time of the first sample; a clock without a zone is taken as UTC."""
    start = night.start
    return (start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp()


def _axivity_head(_: SimulatedNight) -> str:
    return "Time,Accel-X (g), Accel-Y (g), Accel-Z (g)\n"


def _axivity_columns(
    night: SimulatedNight, t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    clock = stamps(_whole_second(night), _ms(night, t_s), "ymd", colon=False)
    return [clock, *(decimals(axis, 6) for axis in acceleration_g)]


def _actigraph_head(night: SimulatedNight, names: str) -> str:
    day = f"{night.start.month}/{night.start.day}/{night.start.year}"
    lines = [
        "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.4 Firmware v1.9.2 "
        f"date format M/d/yyyy at {night.hz:g} Hz  Filter Normal -----------",
        "Serial Number: MOS0000000000",
        f"Start Time {night.start:%H:%M:%S}",
        f"Start Date {day}",
        "Epoch Period (hh:mm:ss) 00:00:00",
        f"Download Time {night.start:%H:%M:%S}",
        f"Download Date {day}",
        "Current Memory Address: 0",
        "Current Battery Voltage: 4.10     Mode = 12",
        "-" * 50,
        names,
    ]
    return "\n".join(lines) + "\n"


def _actigraph_bare_head(night: SimulatedNight) -> str:
    return _actigraph_head(night, "Accelerometer X,Accelerometer Y,Accelerometer Z")


def _actigraph_stamped_head(night: SimulatedNight) -> str:
    return _actigraph_head(night, "Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z")


def _actigraph_bare_columns(
    _: SimulatedNight, _t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    return [decimals(axis, 3) for axis in acceleration_g]


def _actigraph_stamped_columns(
    night: SimulatedNight, t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    clock = stamps(_whole_second(night), _ms(night, t_s), "mdy", colon=False)
    return [clock, *(decimals(axis, 3) for axis in acceleration_g)]


def _geneactiv_head(night: SimulatedNight) -> str:
    """Return the 100 lines of the header; what is left out of them stays an empty line."""
    lines = [""] * 100
    location = "" if night.placement is Placement.MATTRESS else f"{night.side} {night.placement}"
    start = f"{night.start:%Y-%m-%d %H:%M:%S}:{night.start.microsecond // 1000:03d}"
    lines[0:6] = [
        "Device Type,GENEActiv",
        "Device Model,1.2",
        "Device Unique Serial Code,000000",
        "Device Firmware Version,Ver05.11",
        f"Calibration Date,{start}",
        "Application name & version,GENEActiv PC Software 3.2",
    ]
    lines[10:15] = [
        f"Measurement Frequency,{night.hz:g} Hz",
        f"Start Time,{start}",
        "Last measurement,",
        f"Device Location Code,{location}",
        "Time Zone,GMT +00:00",
    ]
    lines[20:27] = [
        "Subject Code,simulated",
        "Date of Birth,",
        "Sex,",
        "Height,",
        "Weight,",
        "Handedness Code,",
        "Subject Notes,",
    ]
    for first, axis in zip((49, 54, 59), "xyz", strict=True):
        lines[first : first + 5] = [
            f"Sensor type,MEMS accelerometer {axis}-axis",
            "Range,-8 to 8",
            "Resolution,0.0039",
            "Units,g",
            "Additional information,",
        ]
    return "\n".join(lines) + "\n"


def _geneactiv_columns(
    night: SimulatedNight, t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    clock = stamps(_whole_second(night), _ms(night, t_s), "ymd", colon=True)
    zeros = pa.array(np.zeros(t_s.size, dtype=np.int64))
    warmth = decimals(np.full(t_s.size, 31.5), 1)
    return [clock, *(decimals(axis, 4) for axis in acceleration_g), zeros, zeros, warmth]


def _empatica_head(night: SimulatedNight) -> str:
    rows = [", ".join([f"{number:.6f}"] * 3) for number in (_unix_s(night), night.hz)]
    return "\n".join(rows) + "\n"


def _empatica_columns(
    _: SimulatedNight, _t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    counts = np.clip(np.rint(acceleration_g * 64), -128, 127).astype(np.int64)
    return [pa.array(axis) for axis in counts]


def _sensor_logger_head(_: SimulatedNight) -> str:
    return "time,seconds_elapsed,z,y,x\n"


def _sensor_logger_columns(
    night: SimulatedNight, t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    begins_ns = round(_unix_s(night) * 1000) * 1_000_000
    clock = pa.array(np.rint(t_s * 1e9).astype(np.int64) + begins_ns)
    x, y, z = acceleration_g.astype(np.float64) * STANDARD_GRAVITY
    return [clock, decimals(t_s, 9), decimals(z, 6), decimals(y, 6), decimals(x, 6)]


def _phyphox_head(_: SimulatedNight) -> str:
    names = ["Time (s)", *(f"Acceleration {axis} (m/s^2)" for axis in "xyz")]
    return ",".join(f'"{name}"' for name in names) + "\n"


def _phyphox_columns(
    _: SimulatedNight, t_s: FloatArray, acceleration_g: SampleArray
) -> list[pa.Array]:
    metric = acceleration_g.astype(np.float64) * STANDARD_GRAVITY
    return [exponents(t_s, 9), *(exponents(axis, 9) for axis in metric)]


_LAYOUTS = {
    Exporter.AXIVITY: _Layout(Device.AXIVITY, _axivity_head, _axivity_columns),
    Exporter.ACTIGRAPH: _Layout(
        Device.ACTIGRAPH, _actigraph_bare_head, _actigraph_bare_columns, has_stamps=False
    ),
    Exporter.ACTIGRAPH_TIMESTAMPED: _Layout(
        Device.ACTIGRAPH, _actigraph_stamped_head, _actigraph_stamped_columns
    ),
    Exporter.GENEACTIV: _Layout(Device.GENEACTIV, _geneactiv_head, _geneactiv_columns, crlf=True),
    Exporter.EMPATICA_E4: _Layout(
        Device.EMPATICA_E4, _empatica_head, _empatica_columns, has_stamps=False
    ),
    Exporter.SENSOR_LOGGER: _Layout(Device.PHONE, _sensor_logger_head, _sensor_logger_columns),
    Exporter.PHYPHOX: _Layout(Device.PHONE, _phyphox_head, _phyphox_columns),
}
