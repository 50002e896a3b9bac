"""Known samples written as each exporter writes them, and what has to be read from that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STANDARD_GRAVITY_MS2 = 9.80665
# What is on the wall at the first sample; the date tells day from month.
START = datetime(2026, 3, 14, 22, 41, 7, 240000)
# The same as a clock that runs in UTC shows it.
START_UTC = START.replace(tzinfo=UTC)
UNIX_S = START_UTC.timestamp()
HOLE_S = 3.0


@dataclass(frozen=True)
class Samples:
    """Samples to write: `t_s` (n,) from the first, `axes_g` (3, n)."""

    t_s: Floats
    axes_g: Floats

    def in_unit(self, per_g: float) -> list[list[float]]:
        """Return a row a sample, x, y and z, in a unit of which `per_g` are one g."""
        return [[float(value) for value in row] for row in (self.axes_g * per_g).T]

    def wall(self) -> list[datetime]:
        """Return the clock on the wall at each sample, to the µs."""
        return [START + timedelta(microseconds=round(1e6 * t)) for t in self.t_s]


def night(hz: float, *, n: int = 400, hole: bool = True, gravity: bool = True) -> Samples:
    """Return a limb at rest with a kick; where there is a hole, nothing was recorded for 3 s."""
    generator = np.random.default_rng(round(hz * 10))
    axes = np.array([[-0.31], [0.52], [0.79]]) * gravity + generator.normal(0, 0.004, (3, n))
    kick = n // 2 + np.arange(n // 10)
    axes[:, kick] += np.sin(np.arange(kick.size) / 3) * np.array([[0.4], [-0.3], [0.2]])
    t_s = np.arange(n) / hz
    if hole:
        t_s[3 * n // 4 :] += HOLE_S
    return Samples(t_s, axes)


def uneven(samples: Samples, low_s: float, high_s: float) -> Samples:
    """Return the samples with steps of any length between two, and one long hole."""
    generator = np.random.default_rng(9)
    steps = generator.uniform(low_s, high_s, samples.t_s.size)
    steps[samples.t_s.size // 3] = HOLE_S
    return replace(samples, t_s=np.cumsum(steps) - steps[0])


def held(samples: Samples) -> Samples:
    """Return the samples with each value standing for two rows, as apps write stale ones."""
    return replace(samples, axes_g=samples.axes_g[:, (np.arange(samples.t_s.size) // 2) * 2])


def table(rows: Iterable[Iterable[object]], delimiter: str = ",", end: str = "\n") -> str:
    """Join cells to lines and lines to a text."""
    return "".join(delimiter.join(map(str, row)) + end for row in rows)


def comma(text: str) -> str:
    """Return a number with a decimal comma."""
    return text.replace(".", ",")


def java(value: float) -> str:
    """Return a number as phyphox writes it: 9.850000000E0."""
    mantissa, exponent = f"{value:.9e}".split("e")
    return f"{mantissa}E{int(exponent)}"


def milli(at: datetime, form: str = "%Y-%m-%d %H:%M:%S", mark: str = ".") -> str:
    """Return a stamp to the ms."""
    return f"{at:{form}}{mark}{at.microsecond // 1000:03d}"


Writer = Callable[[Samples], str]


def phyphox(
    delimiter: str, decimal: str, head: str = "Acceleration {axis} (m/s^2)", *, padded: bool = False
) -> Writer:
    def write(samples: Samples) -> str:
        rows: list[list[str]] = []
        for t, axes in zip(samples.t_s + 0.04, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True):
            rows.append([java(value) for value in (t, *axes, np.hypot(*axes[:2]))])
        if padded:
            rows += [[*row[:1], "NaN", "NaN", "NaN", row[4]] for row in rows[-40:]]
            for row in rows[-40:]:
                row[0] = "NaN"
        if decimal == ",":
            rows = [[comma(cell) for cell in row] for row in rows]
        names = ["Time (s)", *(head.format(axis=axis) for axis in "xyz")]
        names.append("Absolute acceleration (m/s^2)")
        if "X" in head:
            names[1:4] = [head.format(axis=axis) for axis in "XYZ"]
        return table([[f'"{name}"' for name in names], *rows], delimiter)

    return write


def sensor_logger(per_g: float = STANDARD_GRAVITY_MS2, elapsed_from_s: float = 0.0302) -> Writer:
    def write(samples: Samples) -> str:
        rows = (
            (round(UNIX_S * 1e3) * 10**6 + round(t * 1e7) * 100, t + elapsed_from_s, z, y, x)
            for t, (x, y, z) in zip(samples.t_s, samples.in_unit(per_g), strict=True)
        )
        return table([("time", "seconds_elapsed", "z", "y", "x"), *rows])

    return write


def physics_toolbox(
    delimiter: str = ",", decimal: str = ".", clock: str = "seconds", minus: str = "-"
) -> Writer:
    def write(samples: Samples) -> str:
        names = ("time", "gFx", "gFy", "gFz", "ax", "ay", "az", "wx", "wy", "wz", "")
        rows: list[list[str]] = []
        wall, rest_g = samples.wall(), samples.axes_g[:, 0]
        for t, at, axes in zip(samples.t_s, wall, samples.in_unit(1), strict=True):
            linear = [9.8 * (value - rest) for value, rest in zip(axes, rest_g, strict=True)]
            cells = [f"{t + 0.0769:.6f}" if clock == "seconds" else milli(at, "%H:%M:%S", clock)]
            numbers = [f"{value:.4f}" for value in (*axes, *linear, 0.01, -0.2, 0.4)]
            if decimal == ",":
                numbers = [comma(cell) for cell in numbers]
                cells = [comma(cell) for cell in cells]
            numbers = [cell.replace("-", minus) for cell in numbers]
            rows.append([*cells, *numbers, ""])
        return "\n" + table([names, *rows], delimiter)

    return write


def androsensor(delimiter: str = ",", head: str = "") -> Writer:
    def write(samples: Samples) -> str:
        names = [f"ACCELEROMETER {axis} (m/s²)" for axis in "XYZ"]
        names += [f"GRAVITY {axis} (m/s²)" for axis in "XYZ"]
        names += [f"LINEAR ACCELERATION {axis} (m/s²)" for axis in "XYZ"]
        names += [f"GYROSCOPE {axis} (rad/s)" for axis in "XYZ"]
        names += ["LIGHT (lux)", "SOUND LEVEL (dB)", "LOCATION Latitude : ",
                  "LOCATION Altitude-google ( m)", "SATELLITES IN RANGE",
                  "Time since start in ms ", "YYYY-MO-DD HH-MI-SS_SSS"]  # fmt: skip
        rows = []
        for t, at, axes in zip(
            samples.t_s, samples.wall(), samples.in_unit(STANDARD_GRAVITY_MS2), strict=True
        ):
            numbers = [f"{value:.4f}" for value in axes]
            rows.append([*numbers, "-3.0401", "5.0995", "7.7472", "0.0010", "-0.0020", "0.0003",
                         "0.01", "0.02", "0.03", "8", "47.261", "", "NaN", "0 / 0",
                         round(1000 * t) + 26, milli(at, mark=":")])  # fmt: skip
        return head + table([names, *rows], delimiter)

    return write


def sensorlog(samples: Samples, *, watch: bool = False) -> str:
    names = ["loggingTime(txt)", "loggingSample(N)", "locationTimestamp_since1970(s)",
             "locationSpeed(m/s)", "accelerometerTimestamp_sinceReboot(s)"]  # fmt: skip
    names += [f"accelerometerAcceleration{axis}(G)" for axis in "XYZ"]
    names += [f"motionRotationRate{axis}(rad/s)" for axis in "XYZ"]
    names += [f"motionUserAcceleration{axis}(G)" for axis in "XYZ"]
    names += [f"motionGravity{axis}(G)" for axis in "XYZ"]
    kept = [i for i in range(len(names)) if not watch or i not in {1, 2, 3}]
    rows = []
    for i, (t, at, axes) in enumerate(
        zip(samples.t_s, samples.wall(), samples.in_unit(1), strict=True)
    ):
        # The log is written up to some ms after the sample.
        logged = at + timedelta(milliseconds=(i * 7) % 5)
        stamp = milli(logged) + " +0200" if not watch else milli(logged, "%Y-%m-%dT%H:%M:%S")
        row = [stamp if not watch else stamp + "+02:00", i + 1, f"{UNIX_S - 7200:.6f}", "-1.0"]
        row += [f"{62608.25 + t:.6f}", *(f"{value:.6f}" for value in axes)]
        row += ["0.01", "0.02", "-0.01", "0.001", "-0.002", "0.003", "-0.31", "0.52", "0.79"]
        rows.append(row)
    return table([cells[i] for i in kept] for cells in [names, *rows])


def sensorlog_watch(samples: Samples) -> str:
    return sensorlog(samples, watch=True)


def science_journal(samples: Samples) -> str:
    rows = (
        (round(1000 * t), *(f"{value:.7f}" for value in axes))
        for t, axes in zip(samples.t_s, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True)
    )
    return table([("relative_time", "AccX", "AccY", "AccZ"), *rows])


def sensor_record(*, with_stamp: bool) -> Writer:
    def write(samples: Samples) -> str:
        names = ["Timestamp", "Milliseconds", "X", "Y", "Z"]
        rows = (
            (f"{at:%Y-%m-%d %H:%M:%S}", round(1000 * t) + 1, *(f"{value:.7f}" for value in axes))
            for t, at, axes in zip(
                samples.t_s, samples.wall(), samples.in_unit(STANDARD_GRAVITY_MS2), strict=True
            )
        )
        skip = 0 if with_stamp else 1
        return table(row[skip:] for row in [names, *rows])

    return write


def beiwe(per_g: float) -> Writer:
    def write(samples: Samples) -> str:
        rows = (
            (round(1000 * (UNIX_S + t)), milli(at, "%Y-%m-%dT%H:%M:%S"), "unknown", *axes)
            for t, at, axes in zip(samples.t_s, samples.wall(), samples.in_unit(per_g), strict=True)
        )
        return table([("timestamp", "UTC time", "accuracy", "x", "y", "z"), *rows])

    return write


ACTIGRAPH_RULE = "-" * 50


def actigraph(
    *, day: str = "3/14/2026", form: str = "M/d/yyyy", stamped: str = "", tail: str = "",
    hz: float = 50.0, clock: str = "22:41:07", idle: str = "", end: str = "\r\n",
) -> Writer:  # fmt: skip
    def write(samples: Samples) -> str:
        head = [
            "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v2.5.0 "
            f"date format {form} at {hz:g} Hz  Filter Normal -----------",
            "Serial Number: CLE2B20130009",
            f"Start Time {clock}",
            f"Start Date {day}",
            *([f"Idle Sleep Mode: {idle}"] if idle else []),
            "Epoch Period (hh:mm:ss) 00:00:00",
            f"Download Time {clock}",
            f"Download Date {day.replace('14', '17')}",
            "Current Memory Address: 0",
            "Current Battery Voltage: 4.21     Mode = 12",
            ACTIGRAPH_RULE,
        ]
        names = [f"Accelerometer {axis}" for axis in "XYZ"]
        rows: list[list[str]] = []
        for at, axes in zip(samples.wall(), samples.in_unit(1), strict=True):
            stamp = [milli(at, stamped)] if stamped else []
            rows.append([*stamp, *(f"{value:.3f}" for value in axes)])
        if stamped:
            names = ["Timestamp", *names]
        return "".join(line + tail + end for line in head) + table([names, *rows], ",", end)

    return write


def gt3x2csv(samples: Samples) -> str:
    text = actigraph(day="14/03/2026", form="d/MM/yyyy", idle="True", end="\n")(samples)
    lines = text.split("\n")
    lines.insert(5, "Sample Rate: 50")
    return "\ufeff" + "\n".join(lines)


def axivity_omgui(samples: Samples) -> str:
    rows = (
        (milli(at), *(f" {value:.6f}" for value in axes))
        for at, axes in zip(samples.wall(), samples.in_unit(1), strict=True)
    )
    return table([("Time", "Accel-X (g)", " Accel-Y (g)", " Accel-Z (g)"), *rows])


def axivity_omconvert(samples: Samples) -> str:
    return axivity_omgui(samples).split("\n", 1)[1].replace(", ", ",")


def axivity_cwa_convert(samples: Samples, *, gyro: str = "", head: str = "") -> str:
    return head + "".join(
        f"{UNIX_S + t:.4f},{x:.6f},{y:.6f},{z:.6f}{gyro}\r\n"
        for t, (x, y, z) in zip(samples.t_s, samples.in_unit(1), strict=True)
    )


def axivity_ax6(samples: Samples) -> str:
    return axivity_cwa_convert(samples, gyro=",-66.223145,-27.221678,104.736320", head="\ufeff")


def geneactiv(samples: Samples) -> str:
    head = {0: "Device Type,GENEActiv           ", 1: "Device Model,1.1",
            2: "Device Unique Serial Code,11152", 4: "Calibration Date,2011-09-07 19:20:18:000",
            10: "Measurement Frequency,50 Hz", 11: f"Start Time,{milli(START, mark=':')}",
            12: "Last measurement,", 13: "Device Location Code,left ankle",
            14: "Time Zone,GMT +01:00", 20: "Subject Code,Example"}  # fmt: skip
    for at, axis in ((50, "x"), (55, "y"), (60, "z")):
        head[at] = f"Sensor type,MEMS accelerometer {axis}-axis"
        head[at + 1] = "Range,-8 to 8             "
        head[at + 3] = "Units,g                   "
    lines = [head.get(i, "") for i in range(100)]
    for at, (x, y, z) in zip(samples.wall(), samples.in_unit(1), strict=True):
        lines.append(f"{milli(at, mark=':')},{x:.4f},{y:.4f},{z:.4f},48,0,24.5")
    return "\r\n".join(lines) + "\r\n"


def empatica_e4(samples: Samples) -> str:
    rows = (",".join(f"{value:.0f}" for value in axes) for axes in samples.in_unit(64))
    start = f"{UNIX_S:.6f}"
    head = [f"{start}, {start}, {start}", "32.000000, 32.000000, 32.000000"]
    return "\n".join([*head, *rows]) + "\n"


def embraceplus(*, with_file_stamp: bool) -> Writer:
    def write(samples: Samples) -> str:
        names = ("file_timestamp", "unix_timestamp", "x", "y", "z")
        rows = (
            (int(UNIX_S), round(1e6 * (UNIX_S + t)), *axes)
            for t, axes in zip(samples.t_s, samples.in_unit(1), strict=True)
        )
        skip = 0 if with_file_stamp else 1
        return table(row[skip:] for row in [names, *rows])

    return write


def sleep_accel(samples: Samples) -> str:
    rows = []
    for i, (t, (x, y, z)) in enumerate(zip(samples.t_s, samples.in_unit(1), strict=True)):
        row = (f"{t - 124.489395:.6f}", f"{x:.6f}", f"{y:.6f}", f"{z:.6f}")
        # Now and then the stamp of the sample before comes again.
        repeated = i % 97 == 50
        rows.append((rows[-1][0], *row[1:]) if repeated else row)
    return table(rows, " ")


def fitbit(samples: Samples) -> str:
    generator = np.random.default_rng(2)
    jumps = 10.0 * generator.integers(-3, 4, samples.t_s.size)
    stamps = np.round(100 * samples.t_s) * 10 + 30 + jumps
    stamps[0] = 0  # the first sample is where the clock starts
    rows = zip(stamps, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True)
    return table((f"{ms:.0f}", *(f"{value:.6f}" for value in axes)) for ms, axes in rows)


def garmin(samples: Samples) -> str:
    rows = []
    for i, (at, axes) in enumerate(zip(samples.wall(), samples.in_unit(1000), strict=True)):
        row = (milli(at, "%Y-%m-%dT%H:%M:%S") + "+02:00", *(f"{value:.0f}" for value in axes))
        # Now and then a stamp does not go on.
        rows.append((rows[-1][0], *row[1:]) if i % 97 == 50 else row)
    return table(rows, ";")


def metawear(samples: Samples) -> str:
    rows = (
        (round(1000 * (UNIX_S + 7 * 3600 + t)), milli(at, "%Y-%m-%dT%H.%M.%S"), f"{t:.3f}",
         *(f"{value:.3f}" for value in axes))
        for t, at, axes in zip(samples.t_s, samples.wall(), samples.in_unit(1), strict=True)
    )  # fmt: skip
    names = ("epoc (ms)", "timestamp (-0700)", "elapsed (s)", "x-axis (g)", "y-axis (g)",
             "z-axis (g)")  # fmt: skip
    return table([names, *rows])


def movesense(samples: Samples) -> str:
    """Write four samples a message, all with the time of the message's first."""
    stamps = np.round(1000 * samples.t_s).astype(int) + 84210
    rows = (
        (stamps[i - i % 4], *(f"{value:.6f}" for value in axes))
        for i, axes in enumerate(samples.in_unit(STANDARD_GRAVITY_MS2))
    )
    return table([("Timestamp (ms)", "X: (m/s^2)", "Y: (m/s^2)", "Z: (m/s^2)"), *rows])


def movesense_app(samples: Samples) -> str:
    """Write each row with a blank after a last comma, as the sample app does."""
    rows = (
        (round(1000 * t) + 84210, *(f"{value:.6f}" for value in axes), " ")
        for t, axes in zip(samples.t_s, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True)
    )
    return table([("Timestamp (ms)", "X: (m/s^2)", "Y: (m/s^2)", "Z: (m/s^2)"), *rows])


def polar(decimal: str = ".", tail: str = ";") -> Writer:
    def write(samples: Samples) -> str:
        rows = []
        for t, at, axes in zip(samples.t_s, samples.wall(), samples.in_unit(1000), strict=True):
            cells = [milli(at, "%Y-%m-%dT%H:%M:%S"), 536640878392915776 + round(1e9 * t)]
            numbers = [f"{value:.0f}" if decimal == "." else f"{value:.1f}" for value in axes]
            cells += [comma(cell) if decimal == "," else cell for cell in numbers]
            rows.append(cells)
        names = ["Phone timestamp", "sensor timestamp [ns]", "X [mg]", "Y [mg]", "Z [mg]"]
        return table([names, *rows], ";", f"{tail}\n")

    return write


def shimmer(delimiter: str = ";", end: str = "\r\n") -> Writer:
    def write(samples: Samples) -> str:
        device = "Shimmer_40AC_"
        names = ["Timestamp_Unix_CAL", *(f"Accel_LN_{axis}_CAL" for axis in "XYZ")]
        names += [*(f"Accel_WR_{axis}_CAL" for axis in "XYZ"), "Battery_CAL"]
        names += [*(f"Gyro_{axis}_CAL" for axis in "XYZ"), "Temperature_BMP280_CAL"]
        units = ["ms", *["m/(s^2)"] * 6, "mV", *["deg/s"] * 3, "Degrees Celsius"]
        rows: list[list[str]] = []
        for t, axes in zip(samples.t_s, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True):
            stamp = f"{(UNIX_S + t) * 1e3:.3f}"
            shown = f"{stamp[0]}.{stamp[1:13]}E12" if t % 2 else f"{stamp}"
            rows.append([shown, *map(repr, axes), "-3.93", "8.42", "-1.62", "4139.19", "0.13",
                         "1.87", "-0.2", "25.1"])  # fmt: skip
        quoted = '"sep=;"' if delimiter == ";" else '"sep=\\t"'
        lines = [[device + name for name in names], units, *rows]
        return quoted + end + table(([*line, ""] for line in lines), delimiter, end)

    return write


def banglejs(per_g: float = 1.0) -> Writer:
    def write(samples: Samples) -> str:
        rows = []
        for t, axes in zip(samples.t_s, samples.in_unit(per_g), strict=True):
            four = [*axes, float(np.linalg.norm(axes))]
            rows.append([round(1000 * t), *(round(value) if per_g > 1 else value
                                            for value in four)])  # fmt: skip
        return table([("Time (ms)", "X", "Y", "Z", "Total"), *rows])

    return write


def xsens_dot(
    axes_name: str = "Acc", *, first_us: int = 192856375, stamped: bool = True, dated: bool = False
) -> Writer:
    def write(samples: Samples) -> str:
        head = ["sep=,", "DeviceTag:,1", "FirmwareVersion:,3.0.0", "AppVersion:,2023.6.0",
                "SyncStatus:,Synced", "OutputRate:,60Hz", "FilterProfile:,General",
                "Measurement Mode:,Sensor fusion Mode - Extended(Euler)",
                *([f"StartTime: ,{milli(START, '%Y-%m-%d_%H:%M:%S', '_')} WEST"] if dated else []),
                "",
                "PacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,"
                + ",".join(f"{axes_name}_{axis}" for axis in "XYZ") + ",Status"]  # fmt: skip
        rows = []
        for i, (t, axes) in enumerate(
            zip(samples.t_s, samples.in_unit(STANDARD_GRAVITY_MS2), strict=True)
        ):
            stamp = (first_us + round(1e6 * t)) % 2**32 if stamped else ""
            rows.append([i + 1, stamp, "-96.604095", "-14.144427", "43.073235",
                         *(f"{value:.6f}" for value in axes), 0])  # fmt: skip
        return "\n".join(head) + "\n" + table(rows)

    return write


def mhealth(names: str = "{}") -> Writer:
    def write(samples: Samples) -> str:
        rows = (
            (milli(at), *(f"{value:.3f}" for value in axes))
            for at, axes in zip(samples.wall(), samples.in_unit(1), strict=True)
        )
        return table([("HEADER_TIME_STAMP", *(names.format(axis) for axis in "XYZ")), *rows])

    return write


def activpal(samples: Samples) -> str:
    rows = (
        (f"{(UNIX_S + t) / 86400 + 25569:.10f}", *(f"{value + 127:.0f}" for value in axes))
        for t, axes in zip(samples.t_s, samples.in_unit(63.5), strict=True)
    )
    return table(rows)
