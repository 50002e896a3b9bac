"""Every format that an exporter writes, as a file with known samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import formats_written as fw
import numpy as np
from formats_written import START, START_UTC, night


@dataclass(frozen=True)
class Format:
    """A file as an exporter writes it, and how it has to be read without an option.

    `step_g` and `step_s` are how finely it writes values and stamps. `start` has a zone where
    the file's clock has one.
    """

    name: str
    exporter: str
    unit: str
    samples: fw.Samples
    write: fw.Writer
    step_g: float
    step_s: float
    hz: float = 50.0
    start: datetime | None = None
    gravity: bool = True
    file_name: str = "export.csv"
    encoding: str = "utf-8"
    warnings: tuple[str, ...] = ()
    repairs: dict[str, int] = field(default_factory=dict)
    start_within_s: float = 2e-6
    hz_within: float = 1e-3

    def __str__(self) -> str:
        return self.name


def offset(hours: float, at: datetime = START) -> datetime:
    """Return a moment of a local clock with its offset from UTC."""
    return at.replace(tzinfo=timezone(timedelta(hours=hours)))


G, MS2, MG, COUNTS = "g", "m/s2", "mg", "counts"
FINE = 1e-6
UTC_GUESSED = ("clock_utc",)
NO_DATE = ("no_clock",)
IDLE_S = 30.0


def asleep(value: str, *, n: int = 400, hz: float = 50.0) -> tuple[fw.Samples, fw.Writer]:
    """Return what is recorded, and a writer that fills the 30 s between with idle sleep.

    What is held for longer than 10 s is idle sleep; until then it may be stillness.
    """
    samples = night(hz, n=n, hole=False)
    at, n_idle = n // 2, round(IDLE_S * hz)
    filled = np.zeros((3, n_idle)) if value == "zeros" else np.repeat(
        samples.axes_g[:, at - 1 : at].round(3), n_idle, axis=1
    )  # fmt: skip
    axes = np.concatenate((samples.axes_g[:, :at], filled, samples.axes_g[:, at:]), axis=1)
    everything = fw.Samples(np.arange(n + n_idle) / hz, axes)
    n_kept = 0 if value == "zeros" else round(10 * hz) - 1
    kept = np.r_[: at + n_kept, at + n_idle : n + n_idle]
    write = fw.actigraph(idle="True")
    return fw.Samples(everything.t_s[kept], axes[:, kept]), lambda _: write(everything)


ZEROS, WRITE_ZEROS = asleep("zeros")
HELD, WRITE_HELD = asleep("held")
EVEN = night(50, hole=False)
HOLED = night(50)
LINEAR = night(50, gravity=False)
EVEN_S = START.replace(microsecond=0)

FORMATS = (
    *(Format(f"phyphox, {name}", "phyphox", MS2, HOLED, fw.phyphox(delimiter, decimal), 1e-8, 1e-8,
             warnings=NO_DATE)
      for name, delimiter, decimal in (
          ("comma, point", ",", "."), ("tab, point", "\t", "."), ("semicolon, point", ";", "."),
          ("tab, comma", "\t", ","), ("semicolon, comma", ";", ","))),
    Format("phyphox, X (m/s^2)", "phyphox", MS2, HOLED, fw.phyphox(",", ".", "{axis} (m/s^2)"),
           1e-8, 1e-8, warnings=NO_DATE),
    Format("phyphox, without g", "phyphox", MS2, LINEAR,
           fw.phyphox(",", ".", "Linear Acceleration {axis} (m/s^2)"), 1e-8, 1e-8, gravity=False,
           warnings=("no_gravity", "no_clock")),
    Format("phyphox, padded", "phyphox", MS2, HOLED, fw.phyphox(",", ".", padded=True), 1e-8, 1e-8,
           warnings=NO_DATE, repairs={"padding": 40}),
    Format("Sensor Logger, total", "sensor_logger", MS2, HOLED, fw.sensor_logger(), FINE, 1e-6,
           start=START_UTC, file_name="TotalAcceleration.csv", warnings=UTC_GUESSED),
    Format("Sensor Logger, without gravity", "sensor_logger", MS2, LINEAR, fw.sensor_logger(),
           FINE, 1e-6, start=START_UTC, gravity=False, file_name="Accelerometer.csv",
           warnings=("no_gravity", "clock_utc")),
    Format("Sensor Logger, watch", "sensor_logger", G, HOLED, fw.sensor_logger(1.0), FINE, 1e-6,
           start=START_UTC, file_name="WatchAccelerometer.csv", warnings=UTC_GUESSED),
    Format("Sensor Logger, uncalibrated", "sensor_logger", G, HOLED, fw.sensor_logger(1.0), FINE,
           1e-6, start=START_UTC, file_name="AccelerometerUncalibrated.csv",
           warnings=UTC_GUESSED),
    Format("Sensor Logger, begins before 0", "sensor_logger", MS2, HOLED,
           fw.sensor_logger(elapsed_from_s=-0.4), FINE, 1e-6, start=START_UTC,
           file_name="TotalAcceleration.csv", warnings=UTC_GUESSED),
    Format("Physics Toolbox", "physics_toolbox", G, fw.uneven(fw.held(HOLED), 0.001, 0.05),
           fw.physics_toolbox(), 1e-4, 1e-6, 39.2, warnings=NO_DATE, hz_within=0.05),
    Format("Physics Toolbox, semicolon", "physics_toolbox", G, HOLED,
           fw.physics_toolbox(";"), 1e-4, 1e-6, warnings=NO_DATE),
    Format("Physics Toolbox, semicolon, decimal comma", "physics_toolbox", G, HOLED,
           fw.physics_toolbox(";", ","), 1e-4, 1e-6, warnings=NO_DATE),
    Format("Physics Toolbox, decimal comma, a minus of its own", "physics_toolbox", G, HOLED,
           fw.physics_toolbox(";", ",", minus="−"), 1e-4, 1e-6, warnings=NO_DATE),
    Format("Physics Toolbox, wall clock", "physics_toolbox", G, HOLED,
           fw.physics_toolbox(clock="."), 1e-4, 1e-3, warnings=NO_DATE),
    Format("Physics Toolbox, wall clock with a colon", "physics_toolbox", G, HOLED,
           fw.physics_toolbox(clock=":"), 1e-4, 1e-3, warnings=NO_DATE),
    Format("AndroSensor, UTF-8", "androsensor", MS2, HOLED, fw.androsensor(), 1e-5, 1e-3,
           start=START),
    Format("AndroSensor, cp1252", "androsensor", MS2, HOLED, fw.androsensor(), 1e-5, 1e-3,
           start=START, encoding="cp1252"),
    Format("AndroSensor, semicolon", "androsensor", MS2, HOLED, fw.androsensor(";", "sep=;\n"),
           1e-5, 1e-3, start=START),
    Format("AndroSensor, semicolon, cp1252", "androsensor", MS2, HOLED, fw.androsensor(";"),
           1e-5, 1e-3, start=START, encoding="cp1252"),
    Format("SensorLog, phone", "sensorlog", G, HOLED, fw.sensorlog, FINE, 1e-6,
           start=offset(2), start_within_s=0.005),
    Format("SensorLog, watch", "sensorlog", G, HOLED, fw.sensorlog_watch, FINE, 1e-6,
           start=offset(2), start_within_s=0.005),
    Format("Science Journal", "science_journal", MS2, fw.uneven(HOLED, 0.037, 0.07),
           fw.science_journal, FINE, 1e-3, 18.7, warnings=NO_DATE, hz_within=0.05),
    Format("Sensor Record, stamp and ms", "sensor_record", MS2, HOLED,
           fw.sensor_record(with_stamp=True), FINE, 1e-3, start=START, start_within_s=0.05),
    Format("Sensor Record, ms", "sensor_record", MS2, HOLED, fw.sensor_record(with_stamp=False),
           FINE, 1e-3, warnings=NO_DATE),
    Format("Beiwe, iOS", "beiwe", G, HOLED, fw.beiwe(1.0), FINE, 1e-3, start=START_UTC,
           warnings=UTC_GUESSED),
    Format("Beiwe, Android", "beiwe", MS2, HOLED, fw.beiwe(fw.STANDARD_GRAVITY_MS2), FINE, 1e-3,
           start=START_UTC, warnings=UTC_GUESSED),
    *(Format(f"ActiGraph, {day}", "actigraph", G, EVEN, fw.actigraph(day=day, form=form), 1e-3,
             1e-9, start=EVEN_S)
      for day, form in (("3/14/2026", "M/d/yyyy"), ("14/3/2026", "d/M/yyyy"),
                        ("14-03-2026", "dd-MM-yyyy"), ("14.03.2026", "dd.MM.yyyy"),
                        ("2026-03-14", "yyyy-MM-dd"), ("2026/03/14", "yyyy/MM/dd"))),
    Format("ActiGraph, order stated wrong", "actigraph", G, EVEN,
           fw.actigraph(day="14/03/2026"), 1e-3, 1e-9, start=EVEN_S),
    Format("ActiGraph, order stated wrong, stamped", "actigraph", G, HOLED,
           fw.actigraph(day="14/03/2026", stamped="%d/%m/%Y %H:%M:%S"), 1e-3, 1e-3, start=START),
    Format("ActiGraph, stamped", "actigraph", G, HOLED,
           fw.actigraph(stamped="%m/%d/%Y %H:%M:%S"), 1e-3, 1e-3, start=START),
    Format("ActiGraph, stamped with points", "actigraph", G, HOLED,
           fw.actigraph(day="14.03.2026", form="dd.MM.yyyy", stamped="%d.%m.%Y %H:%M:%S"),
           1e-3, 1e-3, start=START),
    Format("ActiGraph, tails of a spreadsheet", "actigraph", G, EVEN, fw.actigraph(tail=",,"),
           1e-3, 1e-9, start=EVEN_S),
    Format("ActiGraph, gt3x2csv", "actigraph", G, EVEN, fw.gt3x2csv, 1e-3, 1e-9, start=EVEN_S),
    Format("ActiGraph, asleep, zeros", "actigraph", G, ZEROS, WRITE_ZEROS, 1e-3, 1e-9,
           start=EVEN_S, repairs={"zeros": 1500}),
    Format("ActiGraph, asleep, held values", "actigraph", G, HELD, WRITE_HELD, 1e-3, 1e-9,
           start=EVEN_S, repairs={"idle_sleep": 1001}),
    Format("Axivity, OMGUI", "axivity", G, HOLED, fw.axivity_omgui, FINE, 1e-3, start=START),
    Format("Axivity, no names", "axivity", G, HOLED, fw.axivity_omconvert, FINE, 1e-3,
           start=START),
    Format("Axivity, cwa-convert", "axivity", G, HOLED, fw.axivity_cwa_convert, FINE, 1e-4,
           start=START_UTC, warnings=UTC_GUESSED),
    Format("Axivity, cwa-convert, AX6", "axivity", G, HOLED, fw.axivity_ax6, FINE, 1e-4,
           start=START_UTC, warnings=UTC_GUESSED),
    Format("GENEActiv", "geneactiv", G, HOLED, fw.geneactiv, 1e-4, 1e-3, start=START),
    Format("Empatica E4", "empatica_e4", COUNTS, night(32, hole=False), fw.empatica_e4, 1 / 64,
           1e-9, 32.0, start=START_UTC, warnings=UTC_GUESSED),
    Format("EmbracePlus", "embraceplus", G, night(64), fw.embraceplus(with_file_stamp=False), FINE,
           1e-6, 64.0, start=START_UTC, warnings=UTC_GUESSED),
    Format("EmbracePlus, with the file's stamp", "embraceplus", G, night(64),
           fw.embraceplus(with_file_stamp=True), FINE, 1e-6, 64.0, start=START_UTC,
           warnings=UTC_GUESSED),
    Format("Apple Watch, sleep-accel", "generic", G, HOLED, fw.sleep_accel, FINE, 0.041,
           warnings=NO_DATE, repairs={"repeated_stamps": 4}, hz_within=0.02),
    Format("Fitbit", "generic", MS2, night(25, n=900, hole=False), fw.fitbit, FINE, 0.14, 25.0,
           warnings=NO_DATE, repairs={"jittered_stamps": 53, "repeated_stamps": 51},
           hz_within=0.01),
    Format("Garmin", "garmin", MG, night(25), fw.garmin, 1e-3, 0.041, 25.0, start=offset(2),
           repairs={"repeated_stamps": 4}),
    Format("MetaWear", "metawear", G, HOLED, fw.metawear, 1e-3, 1e-3, start=offset(-7)),
    Format("Movesense, in batches", "movesense", MS2, night(52), fw.movesense, FINE, 0.03, 52.0,
           warnings=(*NO_DATE, "coarse_clock"), hz_within=0.01),
    Format("Movesense, a blank at the end", "movesense", MS2, night(52), fw.movesense_app, FINE,
           1e-3, 52.0, warnings=NO_DATE),
    Format("Polar Sensor Logger", "polar", MG, night(52), fw.polar(), 1e-3, 1e-6, 52.0, start=START,
           start_within_s=2e-3),
    Format("Polar Sensor Logger, nothing at the end", "polar", MG, night(52), fw.polar(tail=""),
           1e-3, 1e-6, 52.0, start=START, start_within_s=2e-3),
    Format("Polar Sensor Logger, decimal comma", "polar", MG, night(52), fw.polar(","), 1e-4, 1e-6,
           52.0, start=START, start_within_s=2e-3),
    Format("Shimmer", "shimmer", MS2, HOLED, fw.shimmer(), FINE, 1e-3, start=START_UTC,
           warnings=UTC_GUESSED, start_within_s=1e-3),
    Format("Shimmer, tabs", "shimmer", MS2, HOLED, fw.shimmer("\t"), FINE, 1e-3, start=START_UTC,
           warnings=UTC_GUESSED, start_within_s=1e-3),
    Format("Bangle.js, g", "banglejs", G, night(12.5), fw.banglejs(), FINE, 1e-3, 12.5,
           warnings=NO_DATE),
    Format("Bangle.js, counts", "banglejs", COUNTS, night(12.5), fw.banglejs(8192), 1 / 8192, 1e-3,
           12.5, warnings=NO_DATE),
    Format("Xsens DOT, Acc", "xsens_dot", MS2, night(60), fw.xsens_dot(), FINE, 1e-6, 60.0,
           warnings=NO_DATE),
    Format("Xsens DOT, FreeAcc", "xsens_dot", MS2, night(60, gravity=False),
           fw.xsens_dot("FreeAcc"), FINE, 1e-6, 60.0, gravity=False,
           warnings=("no_gravity", "no_clock")),
    Format("Xsens DOT, the clock turns over", "xsens_dot", MS2, night(60),
           fw.xsens_dot(first_us=2**32 - 2_000_000), FINE, 1e-6, 60.0, warnings=NO_DATE),
    Format("Xsens DOT, a start in its head", "xsens_dot", MS2, night(60), fw.xsens_dot(dated=True),
           FINE, 1e-6, 60.0, start=START),
    Format("Xsens DOT, no clock but a rate", "xsens_dot", MS2, night(60, hole=False),
           fw.xsens_dot(stamped=False), FINE, 1e-9, 60.0, warnings=NO_DATE),
    Format("mHealth", "mhealth", G, night(80), fw.mhealth(), 1e-3, 1e-3, 80.0, start=START),
    Format("mHealth, names of another unit", "mhealth", G, night(80),
           fw.mhealth("{}_ACCELERATION_METERS_PER_SECOND_SQUARED"), 1e-3, 1e-3, 80.0, start=START),
    Format("activPAL", "activpal", COUNTS, night(20), fw.activpal, 1 / 63.5, 1e-4, 20.0,
           start=START, start_within_s=1e-4),
)  # fmt: skip
