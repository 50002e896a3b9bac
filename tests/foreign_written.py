"""The same samples as programs write them that nobody has named to the readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import numpy.typing as npt

HZ = 25.0
N = 1500
START = datetime(2024, 11, 25, 23, 59, 41, 240000)  # midnight is within the first minute
G = 9.80665

Row = Callable[[datetime, float, list[str]], str]


def samples() -> npt.NDArray[np.float64]:
    """Return (3, N) g: a limb at rest that moves once."""
    noise = np.random.default_rng(8).normal(0, 0.004, (3, N))
    axes = np.array([[-0.31], [0.52], [0.79]]) + noise
    axes[:, 400:440] += 0.5 * np.sin(np.arange(40) / 3) * np.array([[0.8], [-0.5], [0.4]])
    return axes


@dataclass(frozen=True)
class Foreign:
    """A file: its lines above the rows, how a row is written, and how it has to be read.

    `start` is None where the file has no date. `per_g` is how many of its numbers are one g.
    """

    name: str
    head: str
    row: Row
    start: datetime | None = None
    unit: str = "g"
    per_g: float = 1.0
    decimals: int = 4
    encoding: str = "utf-8"
    options: dict[str, object] = field(default_factory=dict)
    within_s: float = 2e-3

    def __str__(self) -> str:
        return self.name

    def written(self) -> bytes:
        """Return the file."""
        lines = [self.head] if self.head else []
        for i, axes in enumerate((samples() * self.per_g).T):
            t = i / HZ
            cells = [f"{value:.{self.decimals}f}" for value in axes]
            lines.append(self.row(START + timedelta(seconds=t), t, cells))
        return ("\n".join(lines) + "\n").encode(self.encoding)


def ms(at: datetime) -> str:
    return f"{at.microsecond // 1000:03d}"


def unix_s(at: datetime) -> float:
    return at.replace(tzinfo=UTC).timestamp()


def stamped(form: str, tail: str = "", mark: str = ".") -> Row:
    """Return a writer of rows that begin with a stamp and its milliseconds."""
    return lambda at, _, xyz: ",".join((f"{at:{form}}{mark}{ms(at)}{tail}", *xyz))


def elapsed(delimiter: str = ",", decimal: str = ".", unit_s: float = 1.0) -> Row:
    """Return a writer of rows that begin with the time from the start."""
    return lambda _, t, xyz: delimiter.join((f"{t / unit_s:.8f}", *xyz)).replace(".", decimal)


def counted(per_s: int, form: str = "") -> Row:
    """Return a writer of rows that begin with a counter, and with a stamp where it has a form."""
    return lambda at, t, xyz: ",".join(
        (*([f"{at:{form}}"] if form else []), str(900 + round(t * per_s)), *xyz)
    )


def beside_gyro(at: datetime, t: float, xyz: list[str]) -> str:
    return f"{t:.3f},{t % 7:.2f},-2.{round(t * HZ) % 7},{t % 5:.1f},{','.join(xyz)}"


def mixed(title: str, other: str) -> Row:
    """Return a writer of a row of the accelerometer, and one of another sensor after it."""

    def row(at: datetime, t: float, xyz: list[str]) -> str:
        turning = f"0.{round(t * HZ) % 7},-0.1,1.{round(t * HZ) % 3}"
        return f"{t:.3f},{title},{','.join(xyz)}\n{t + 0.002:.3f},{other},{turning}"

    return row


def beside(tail: bool = False) -> Row:
    """Return a writer of three columns that are no acceleration, and of it."""

    def row(_: datetime, t: float, xyz: list[str]) -> str:
        other = [f"0.00{round(t * HZ) % 7}", "0.31", f"0.2{round(t * HZ) % 3}"]
        return ",".join((f"{t:.3f}", *(xyz + other if tail else other + xyz)))

    return row


def two(_: datetime, t: float, xyz: list[str]) -> str:
    """Write a sensor beside another that is worn otherwise."""
    return ",".join((f"{t:.3f}", *xyz, *reversed(xyz)))


def axes_of(*stems: str) -> str:
    """Return the names of a clock and of axes under each stem, with a star in the axis' place."""
    return ",".join(["time", *(stem.replace("*", axis) for stem in stems for axis in "xyz")])


NAMES = "timestamp,ax,ay,az"
DAY, TIME = "%Y-%m-%d", "%H:%M:%S"
FOREIGN = (
    # Languages and scripts
    Foreign("Spanish", "Tiempo (s);Aceleración X (m/s²);Aceleración Y (m/s²);Aceleración Z (m/s²)",
            elapsed(";", ","), unit="m/s2", per_g=G),
    Foreign("French, cp1252", "Temps (s);Accélération X (g);Accélération Y (g);Accélération Z (g)",
            elapsed(";", ","), encoding="cp1252"),
    Foreign("Swedish", "Tid;Acceleration X;Acceleration Y;Acceleration Z", elapsed(";", ",")),
    Foreign("Czech", "Čas;Zrychlení X [g];Zrychlení Y [g];Zrychlení Z [g]", elapsed(";", ",")),
    Foreign("Russian, cp1251", "Время;Ускорение X;Ускорение Y;Ускорение Z", elapsed(";", ","),
            encoding="cp1251"),
    Foreign("Chinese, GBK", "时间,加速度X(g),加速度Y(g),加速度Z(g)", stamped(f"{DAY} {TIME}"),
            START, encoding="gbk"),
    Foreign("Chinese, turning first",
            "时间,X轴角速度,Y轴角速度,Z轴角速度,X轴加速度,Y轴加速度,Z轴加速度", beside_gyro),
    Foreign("Japanese, Shift JIS", "時刻,加速度X(G),加速度Y(G),加速度Z(G)",
            stamped("%Y/%m/%d %H:%M:%S"), START, encoding="shift_jis"),
    # Stamps
    *(Foreign(name, NAMES, stamped(f"{DAY}T{TIME}", tail), START.replace(tzinfo=zone))
      for name, tail, zone in (
          ("Java's zone", "+00:00[Europe/London]", UTC), ("hours alone", "+00", UTC),
          ("a zone's letters", " CET", None))),
    Foreign("packed", NAMES, stamped("%Y%m%d%H%M%S", mark=""), START),
    Foreign("packed, a point", NAMES, stamped("%Y%m%d%H%M%S"), START),
    Foreign("packed, T and Z", NAMES, stamped("%Y%m%dT%H%M%S", "Z"), START.replace(tzinfo=UTC)),
    Foreign("a month's name, a short year", NAMES, stamped(f"%d-%b-%y {TIME}"), START),
    Foreign("a month's name first", NAMES,
            lambda at, _, xyz: f'"{at:%b %d, %Y %I:%M:%S}.{ms(at)} {at:%p}",' + ",".join(xyz),
            START),
    Foreign("ctime, with ms", NAMES, lambda at, _, xyz: ",".join(
        (f"{at:%a %b %d %H:%M:%S}.{ms(at)} {at:%Y}", *xyz)), START),
    Foreign("the shell's date, UTC", NAMES, lambda at, _, xyz: ",".join(
        (f"{at:%a %b %e %H:%M:%S}.{ms(at)} UTC {at:%Y}", *xyz)), START.replace(tzinfo=UTC)),
    Foreign("in brackets", NAMES, lambda at, _, xyz: ",".join(
        (f"[{at:{DAY} {TIME}}.{ms(at)}]", *xyz)), START),
    Foreign("a weekday of two letters", NAMES, lambda at, _, xyz: ",".join(
        (f"{('Mo', 'Di')[at.day - 25]} {at:%d.%m.%Y} {at:{TIME}}.{ms(at)}", *xyz)), START),
    Foreign("24:00 at midnight", NAMES, lambda at, _, xyz: ",".join(
        (f"{START:%Y-%m-%d} {at.hour or 24}:{at:%M:%S}.{ms(at)}", *xyz)), START),
    *(Foreign(f"digits beside a date, {form}", "date,time,x,y,z",
              lambda at, _, xyz, form=form: ",".join((f"{at:{form}}{ms(at)}", *xyz)), START)
      for form in ("%Y-%m-%d,%H%M%S.", "%Y%m%d,%H%M%S", "%d.%m.%Y,%H%M%S.")),
    Foreign("JavaScript's date", NAMES, stamped(f"%a %b %d %Y {TIME}", " GMT+0000 (GMT)"),
            START.replace(tzinfo=UTC)),
    Foreign("Spanish halves of the day", NAMES,
            lambda at, _, xyz: ",".join(
                (f"{at:%d/%m/%Y %I:%M:%S}.{ms(at)} {'ap'[at.hour > 11]}. m.", *xyz)), START),
    Foreign("narrow blanks", NAMES,
            lambda at, _, xyz: ",".join((f"{at:%Y-%m-%d %I:%M:%S}.{ms(at)}\u202f{at:%p}", *xyz)),
            START),
    Foreign("a short year first", NAMES, stamped(f"%y-%m-%d {TIME}"), START),
    Foreign("date and time apart", "Date,x,y,z,Time",
            lambda at, _, xyz: f"{at:{DAY}},{','.join(xyz)},{at:{TIME}}.{ms(at)}", START),
    Foreign("milliseconds apart", "Date,Time,Milliseconds,X,Y,Z",
            lambda at, _, xyz: f"{at:{DAY}},{at:{TIME}},{int(ms(at))},{','.join(xyz)}", START),
    Foreign("parts of a time", "date,hour,min,sec,x,y,z",
            lambda at, _, xyz: f"{at:{DAY}},{at.hour},{at.minute},{at.second}.{ms(at)},"
            + ",".join(xyz), START),
    Foreign("minutes and seconds", "Time,X,Y,Z",
            lambda at, _, xyz: f"{at:%M:%S}.{ms(at)}," + ",".join(xyz)),
    Foreign("over a day", "Elapsed,X,Y,Z",
            lambda _, t, xyz: f"{(t + 86370) // 3600:02.0f}:{(t + 86370) // 60 % 60:02.0f}:"
            f"{(t + 86370) % 60:06.3f}," + ",".join(xyz)),
    Foreign("hours", "Time [h],X,Y,Z", elapsed(unit_s=3600)),
    Foreign("days from the year 0", "time,x,y,z",
            lambda at, _, xyz: f"{unix_s(at) / 86400 + 719529:.10f}," + ",".join(xyz), START),
    Foreign("ticks of .NET", "Ticks,x,y,z",
            lambda at, _, xyz: f"{round(unix_s(at) * 1000 + 62135596800000) * 10**4},"
            + ",".join(xyz), START),
    Foreign("a zone in the name",
            '"#","Date Time, GMT-05:00","X Accel, g","Y Accel, g","Z Accel, g"',
            lambda at, t, xyz: f"{t * HZ + 1:.0f},{at:%m/%d/%y %I:%M:%S}.{ms(at)} {at:%p},"
            + ",".join(xyz), datetime.fromisoformat("2024-11-25T23:59:41.240-05:00")),
    # Heads
    Foreign("a rate in the head", "# Device: A\n# Sample rate: 25 Hz\nx,y,z",
            lambda _, __, xyz: ",".join(xyz)),
    Foreign("rate and start in the head",
            "Device,A\nSampling Frequency (Hz),25\nStart Time,2024-11-25 23:59:41.240\n\nX,Y,Z",
            lambda _, __, xyz: ",".join(xyz), START),
    Foreign("an interval in the head", "Interval=\t0.04 s\nChannelTitle=\tX\tY\tZ",
            lambda _, __, xyz: "\t".join(xyz)),
    Foreign("names in a comment", ";Start_time, 2024-11-25, 23:59:41.240\n;SampleRate, 25,Hz\n"
            ";Headers, time,Ax,Ay,Az", elapsed(), START, "counts", 2048, 0,
            options={"scale": 2048}),
    Foreign("names in two lines", "Time,Gyroscope,,,Accelerometer,,\n,X,Y,Z,X,Y,Z", beside_gyro),
    Foreign("names in two lines, units below",
            "Time,Gyr,Gyr,Gyr,Acc,Acc,Acc\ns,x,y,z,x,y,z\n,dps,dps,dps,g,g,g", beside_gyro),
    Foreign("numbered", "time,acc_0,acc_1,acc_2", elapsed()),
    Foreign("in brackets", "time,accel[x],accel[y],accel[z]", elapsed()),
    *(Foreign(unit, f"time (s),acc x ({unit}),acc y ({unit}),acc z ({unit})", elapsed(),
              unit=read_as, per_g=per_g)
      for unit, read_as, per_g in (
          ("ms-2", "m/s2", G), ("m·s⁻²", "m/s2", G), ("metre per second squared", "m/s2", G),
          ("mG", "mg", 1000), ("cm/s²", "counts", 100 * G), ("gal", "counts", 100 * G),
          ("ft/s2", "counts", 32.174), ("µg", "counts", 1e6))),
    # Which of two
    *(Foreign(name, axes_of(*stems), beside())
      for name, stems in (
          ("no gravity first", ("acc_no_gravity_*", "acc_*")),
          ("without g first", ("Acceleration without g *", "Acceleration with g *")),
          ("ohne g", ("Beschleunigung ohne g *", "Beschleunigung mit g *")),
          ("linéaire", ("Accélération linéaire *", "Accélération *")),
          ("Lineare Beschleunigung", ("Lineare Beschleunigung *", "Beschleunigung *")),
          ("nograv", ("accNoGrav_*", "acc_*")),
          ("body and total", ("body_acc_*", "total_acc_*")),
          ("a web page's", ("acceleration*", "accelerationIncludingGravity*")),
          ("filtered first", ("acc_filt_*", "acc_*")),
          ("low pass first", ("lp_*", "raw_*")),
          ("raw first", ("accel_*", "calibrated_accel_*")),
          ("static first", ("static_acc_*", "acc_*")))),
    Foreign("a field called B", axes_of("a*", "b*"), beside(tail=True)),
    Foreign("gravity told apart, static", axes_of("Static_*", "acc_*"), beside()),
    Foreign("a clock for each sensor", "ecg_time,ecg,acc_time,acc_x,acc_y,acc_z",
            lambda _, t, xyz: f"{t / 5:.4f},0.1,{t:.3f}," + ",".join(xyz)),
    Foreign("clocks of one name", "X[s],EMG,X[s],ACC.X [g],X[s],ACC.Y [g],X[s],ACC.Z [g]",
            lambda _, t, xyz: f"{t / 5:.4f},0.1," + ",".join(f"{t:.3f},{a}" for a in xyz)),
    Foreign("turning first, no names", "",
            lambda _, t, xyz: f"{t * 1000:.0f},{round(t * HZ) % 97},-{round(t * HZ) % 89},"
            f"{round(t * HZ) % 83 - 40}," + ",".join(xyz), unit="counts", per_g=16384, decimals=0,
            options={"scale": 16384}),
    Foreign("size first, no names", "",
            lambda _, t, xyz: ",".join((f"{t:.3f}", f"{sum(float(a)**2 for a in xyz)**0.5:.4f}",
                                        *xyz))),
    Foreign("numbered behind the unit", "timestamp,gyro_rad[0],gyro_rad[1],gyro_rad[2],"
            "accelerometer_m_s2[0],accelerometer_m_s2[1],accelerometer_m_s2[2]",
            lambda _, t, xyz: f"{5e6 + t * 1e6:.0f},0.1,0.2,0.{round(t * HZ) % 9},"
            + ",".join(xyz), unit="m/s2", per_g=G),
    Foreign("OpenBCI", "%OpenBCI Raw EXG Data\n%Number of channels = 4\n%Sample Rate = 25 Hz\n"
            "%Board = OpenBCI_GUI$BoardCytonSerial\nSample Index, EXG Channel 0, EXG Channel 1, "
            "Accel Channel 0, Accel Channel 1, Accel Channel 2, Timestamp, Timestamp (Formatted)",
            lambda at, t, xyz: ", ".join((
                str(round(t * HZ) % 256), "-100.1", "22.1", *xyz, f"{unix_s(at) - 3600:.6f}",
                f"{at:%Y-%m-%d %H:%M:%S}.{ms(at)}")),
            (START - timedelta(hours=1)).replace(tzinfo=UTC).astimezone(
                timezone(timedelta(hours=1)))),
    Foreign("gravity in what is called linear", axes_of("linear_acceleration.*"), elapsed(),
            unit="m/s2", per_g=G),
    # Stamps of microcontrollers and of other programs
    Foreign("32 bits of µs", "micros,x,y,z",
            lambda _, t, xyz: f"{round((t + 4280) * 1e6) % 2**32}," + ",".join(xyz)),
    *(Foreign(f"{per_s} counts a second, by --rate", "timestamp,x,y,z", counted(per_s),
              options={"rate_hz": HZ}) for per_s in (100, 10_000)),
    *(Foreign(f"{per_s} counts a second, beside the time", "date,timestamp,x,y,z",
              counted(per_s, f"{DAY} {TIME}"), START, within_s=0.3) for per_s in (100, 10_000)),
    Foreign("whole seconds of the day, over midnight", "time,x,y,z", lambda at, _, xyz: ",".join(
        (f"{at:{TIME}}", *xyz)), within_s=0.3),
    Foreign("s from 1904", "time,x,y,z",
            lambda at, _, xyz: f"{unix_s(at) + 2082844800:.3f}," + ",".join(xyz)),
    Foreign("half of the day before the fraction", NAMES,
            lambda at, _, xyz: f"{at:%m/%d/%Y %I:%M:%S} {at:%p}.{ms(at)}," + ",".join(xyz), START),
    Foreign("points in the time", NAMES, stamped("%d.%m.%Y %H.%M.%S"), START),
    Foreign("a point behind the day", NAMES, stamped(f"%d. %b. %Y {TIME}"), START),
    Foreign("an update rate", "// Update Rate: 25.0Hz\nx,y,z", lambda _, __, xyz: ",".join(xyz)),
    *(Foreign(f"a rate, {line}", f"{line}\nx,y,z", lambda _, __, xyz: ",".join(xyz))
      for line in (
          "25 Hz", "Accelerometer recording at 25 samples per second", "rate_hz: 25", "# hz=25",
          "# Low-pass filter at 10 Hz\n# sampled at 25 Hz", "Samples per second,25",
          "Abtastfrequenz: 25 Hz", "Fréquence d'échantillonnage : 25 Hz", "# dt=0.04",
          "Frecuencia de muestreo (Hz): 25", "Sampling interval (ms): 40", "Time step 0.04 s")),
    Foreign("a start from 1970", "# start: 1732579181240\n# rate: 25 Hz\nx,y,z",
            lambda _, __, xyz: ",".join(xyz), START.replace(tzinfo=UTC)),
    Foreign("units below, mm/s²", "Frame,X,Y,Z\n,mm/s²,mm/s²,mm/s²",
            lambda _, t, xyz: f"{t * HZ + 1:.0f}," + ",".join(xyz), unit="counts", per_g=1000 * G,
            options={"rate_hz": HZ}),
    Foreign("Polar's, no unit", "Phone timestamp;sensor timestamp [ns];X;Y;Z",
            lambda at, t, xyz: ";".join((f"{at:%Y-%m-%dT%H:%M:%S}.{ms(at)}",
                                         f"{8 * 10**17 + round(t * HZ) * 4 * 10**7}", *xyz)),
            START, "mg", 1000, 0),
    # Rows
    Foreign("mixed sensors", "time,sensor,x,y,z", mixed("accelerometer", "gyroscope")),
    Foreign("mixed sensors without names", "", mixed("ACC", "GYR")),
    Foreign("Android's numbers of sensors", "time,type,x,y,z", mixed("1", "4"),
            unit="m/s2", per_g=G),
    Foreign("notes between rows", "time,x,y,z",
            lambda at, t, xyz: ("# battery 80 %\n" if at.microsecond < 40000 else "")
            + elapsed()(at, t, xyz)),
)  # fmt: skip
