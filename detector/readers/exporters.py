"""The table of known exporters: a new one is one row here, and at most one small function."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..recording import Placement, Side
from .columns import Unit
from .stamps import DateOrder, day_of, stamp_seconds
from .table import Table


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file's own head says beside its rows."""

    hz: float | None = None
    start: str = ""
    date_order: DateOrder | None = None
    timezone: str = ""
    placement: Placement = Placement.UNKNOWN
    side: Side | None = None
    unit: Unit | None = None
    gravity: bool | None = None
    idle_sleep: bool = False
    skip_rows: int = 0


def _no_facts(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    return Facts()


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter: what tells it (every pattern given has to be found) and what it writes.

    `names` is searched in the column names joined by `|`, `first_row` in the first row's cells
    joined by `,`, `preamble` in the lines above the table; all in lower case. `columns` names
    the columns of a file that has no header, and only such is told by a `first_row`; `axes` are
    the names of x, y and z where the general rule would take others. `is_told_by_file_name`: the
    app writes a file for each sensor, all with the same header. `zero` is the count at 0 g.
    """

    slug: str
    title: str
    names: str = ""
    first_row: str = ""
    preamble: str = ""
    columns: tuple[str, ...] = ()
    axes: tuple[str, str, str] | None = None
    unit: Unit | None = None
    counts_per_g: float | None = None
    zero: float = 0.0
    gravity: bool | None = None
    wraps_s: float = 0.0
    is_told_by_file_name: bool = False
    facts: Callable[[Table, str], Facts] = _no_facts
    advice: str = ""

    def recognizes(self, table: Table) -> bool:
        """Whether a table is one of this exporter."""
        names = "|".join(table.names).lower()
        cells = ",".join(table.rows[0]).lower() if table.rows else ""
        above = "\n".join(table.preamble).lower()
        if self.first_row and names.strip("|"):
            return False
        pairs = ((self.names, names), (self.first_row, cells), (self.preamble, above))
        return all(re.search(pattern, text) for pattern, text in pairs if pattern)


def _stated_order(stated: str) -> DateOrder | None:
    """Return the order that a stated format such as `d/MM/yyyy` has."""
    letters = re.sub(r"[^dmy]", "", stated.lower())
    order = "".join(dict.fromkeys(letters))
    return {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}.get(order)  # type: ignore[return-value]


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    return match[1].strip() if match else ""


# What stands between the words and the number: a mark, a unit, a quote.
_BETWEEN = r"[\s,;:=\"\[(]*(?:hz|samples/s|s|ms)?[\s,;:=\"\])]*"
_RATE_SAID = (
    r"(?:\b(?:sampl\w*[ _-]?(?:rate|freq\w*)|(?:data|output|update|logging|accel\w*)[ _-]?rate"
    r"|frequency|samples?[ _-]*(?:per|/)[ _-]*s(?:ec(?:ond)?s?)?|abtast(?:rate|freq\w*)|fs|odr"
    r"|bemonsteringsfrequentie|fr[ée]quence d['’ ][ée]chantillonnage|frecuencia de muestreo"
    r"|frequenza di campionamento|frequ[êe]ncia de amostragem|cz[ęe]stotliwo[śs][ćc] \w*bkowania"
    rf")|^\W{{0,9}}(?:rate|hz))(?:_hz|_sps)?{_BETWEEN}(\d+(?:[.,]\d+)?)(?![\d:/-])(?!\s*[km])"
)
# A line that says nothing else; what has been filtered at a frequency was not sampled at it.
_RATE_ALONE = (
    r"^(?!.*(?:filter|pass|cut|notch|mains|noise|band))\W{0,9}"
    r"(?:[a-z ,;:]{0,99}\b(?:at|with|@)\s*)?"
    r"(\d+(?:[.,]\d+)?)\s*(?:hz|hertz|sps|samples?\s*(?:per|/|a)\s*s(?:ec(?:ond)?)?)\b\W{0,9}$"
)
_INTERVAL_SAID = (
    r"\b(?:sampl\w*[ _-]?(?:interval|period|time)|interval|time[ _-]?step|abtastintervall|dt)"
    r"[\s,;:=\"]*(?:[\[(_]?\b(?P<before>m?s)\b[\])]?[\s,;:=\"]*)?(?P<number>\d+(?:[.,]\d+)?)"
    r"[ \t,;]*(?:(?P<after>m?s)(?:ec\w*)?\b)?"
)
_START_SAID = (
    r"\b(?:start|record|begin)\w*[ _-]?(?:date|time|at|on)?[ _/&-]*(?:date|time)?[\s,;:=\"]+"
    r"(\d[\w:./-]*(?:(?:T|[\s,;]+)\d+:[\d:.]+)?\s*(?:[AP]M|Z|[+-]\d\d:?\d\d)?)"
)
# 2004 to 2049, in s or ms from 1970.
_UNIX = re.compile(r"1[1-9]\d{8}(?:\.\d+)?|1[1-9]\d{11}|2[0-4]\d{8}(?:\.\d+)?|2[0-4]\d{11}")


def _rate(text: str) -> float | None:
    """Return a stated rate; None where the text is no number, or none that a sensor has."""
    hz = float(text) if re.fullmatch(r"\d+(\.\d*)?", text) else 0.0
    return hz if 0.5 <= hz <= 10_000 else None


def _generic(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    """Take the rate and the start from lines above the table that name them."""
    head = "\n".join(table.preamble)
    if not re.search(r"\d", head):
        return Facts()
    hz = (_found(_RATE_SAID, head) or _found(_RATE_ALONE, head)).replace(",", ".")
    if not hz:
        period_s = _period_s(head)
        hz = f"{1 / period_s:.9g}" if period_s > 0 else ""
    start = _found(_START_SAID, head)
    if _UNIX.fullmatch(start):
        seconds = float(start) / (1000 if len(start) == 13 else 1)
        return Facts(hz=_rate(hz), start=f"unix {seconds:.6f}")
    is_clear = re.match(r"\d{4}|\d{1,2}[- ][A-Za-z]", start) and stamp_seconds(start) > 0
    return Facts(hz=_rate(hz), start=start if is_clear else "")


def _period_s(head: str) -> float:
    """Return a stated interval between samples; 0 where none is, or where its unit is open."""
    said = re.search(_INTERVAL_SAID, head, re.IGNORECASE)
    if said is None:
        return 0.0
    number, unit = float(said["number"].replace(",", ".")), said["after"] or said["before"]
    if unit is None:  # a part of a second is no ms
        return (
            0.0 if number >= 1 or head[said.end("number") :].lstrip(" \t")[:1].isalpha() else number
        )
    return number * (1e-3 if unit.lower() == "ms" else 1.0)


def _actigraph(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    head = "\n".join(table.preamble)
    hz = _found(r" at (\d+(?:\.\d+)?) ?Hz", head) or _found(r"Sample Rate:?\s*(\d+)", head)
    start = _found(r"Start Date[: ] ?([\d./-]+)[\s,;]*$", head)
    download = _found(r"Download Date[: ] ?([\d./-]+)[\s,;]*$", head)
    order = _header_order(_stated_order(_found(r"date format ([dmy./-]+)", head)), start, download)
    time = _found(r"Start Time[: ] ?(\d+:\d\d:\d\d)[\s,;]*$", head)
    return Facts(
        hz=_rate(hz),
        start=f"{start} {time}" if start and time else "",
        date_order=order,
        idle_sleep=bool(re.search(r"Idle Sleep Mode: ?(True|Enabled|On)", head, re.IGNORECASE)),
    )


def _header_order(stated: DateOrder | None, start: str, download: str) -> DateOrder | None:
    """Return the order under which the header's own dates exist and follow each other."""
    others: tuple[DateOrder, ...] = ("mdy", "dmy", "ymd")
    orders = [stated, *others] if stated else list(others)
    for order in orders:
        first, last = day_of(start, order), day_of(download, order)
        if first is not None and (last is None or last >= first):
            return order
    return stated


def _geneactiv(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    head = "\n".join(table.preamble)
    place = _found(r"Device Location Code,([^\r\n]*)", head).lower()
    hz = _found(r"Measurement Frequency,\s*([\d.]+)", head)
    return Facts(
        hz=_rate(hz),
        start=_found(r"Start Time,\s*([\d:. -]+)", head),
        timezone=_found(r"Time Zone,([^\r\n,]*)", head),
        placement=next((p for p in (Placement.WRIST, Placement.ANKLE) if p in place),
                       Placement.UNKNOWN),
        side=next((side for side in Side if side in place), None),
    )  # fmt: skip


def _empatica(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    seconds = table.dialect.number(table.rows[0][0])
    second = table.rows[1] if len(table.rows) > 1 else ("",)
    # Where the row of the rate is damaged, the next is one of samples.
    is_rate = len(set(second)) == 1 and "." in second[0]
    hz = _rate(second[0]) if is_rate else None
    return Facts(hz=hz, start=f"unix {seconds:.6f}", skip_rows=2)


def _xsens_dot(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    head = "\n".join(table.preamble)
    hz = _found(r"(?:Output|Update )Rate:?\W*(\d+)", head)
    start = _found(r"StartTime: ?,\s*(\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d_\d+)", head)
    return Facts(hz=_rate(hz), start=start)


def _sensor_logger(table: Table, file_name: str) -> Facts:  # noqa: ARG001
    """Take from the file's name what its header, the same for every sensor, leaves open."""
    name = file_name.lower()
    if "uncalibrated" in name or name.startswith("watch"):
        return Facts(unit=Unit.G, gravity=True)
    if "total" in name:
        return Facts(unit=Unit.MS2, gravity=True)
    return Facts(unit=Unit.MS2)


EXPORTERS: tuple[Exporter, ...] = (
    Exporter("phyphox", "phyphox", unit=Unit.MS2,
             names=r'^time \(s\)\|((linear )?acceleration )?x \(m/s',
             advice="export “CSV (comma, decimal point)” from “Acceleration (with g)”"),
    Exporter("sensor_logger", "Sensor Logger", names=r"^time\|seconds_elapsed\|z\|y\|x",
             facts=_sensor_logger, is_told_by_file_name=True,
             advice="record Accelerometer and export CSV; TotalAcceleration.csv has gravity in it"),
    Exporter("physics_toolbox", "Physics Toolbox", names=r"^time\|gfx\|gfy\|gfz(\||$)",
             axes=("gFx", "gFy", "gFz"), unit=Unit.G, gravity=True,
             advice="record the G-force meter and export CSV"),
    Exporter("androsensor", "AndroSensor", unit=Unit.MS2, gravity=True,
             names=r"accelerometer x \(m/s.*time since start in ms",
             advice="record the accelerometer and share the CSV"),
    Exporter("sensorlog", "SensorLog", names=r"loggingtime\(txt\)",
             advice="log the accelerometer and export CSV"),
    Exporter("science_journal", "Science Journal", names=r"^relative_time\|accx\|accy\|accz",
             unit=Unit.MS2, gravity=True, advice="record AccX, AccY and AccZ and export CSV"),
    Exporter("sensor_record", "Sensor Record", names=r"^(timestamp\|)?milliseconds\|x\|y\|z",
             unit=Unit.MS2, gravity=True, advice="record the accelerometer and export CSV"),
    Exporter("beiwe", "Beiwe", names=r"^timestamp\|utc time\|accuracy\|x\|y\|z", gravity=True,
             advice="download the accelerometer data stream"),
    Exporter("actigraph", "ActiGraph", preamble=r"file created by actigraph", facts=_actigraph,
             unit=Unit.G, gravity=True, columns=("x", "y", "z"),
             advice="in ActiLife export “Raw data” to CSV, with or without timestamps"),
    Exporter("axivity", "Axivity", names=r"accel-x \(g\)", unit=Unit.G, gravity=True,
             advice="in OMGUI export “Raw CSV”, unit g"),
    Exporter("axivity", "Axivity", unit=Unit.G, gravity=True,
             first_row=r"^(1\d{9}\.\d{2,6}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})"
                       r"(,-?\d\.\d{6}){3}(,|$)",
             columns=("time", "x", "y", "z"), advice="cwa-convert -out file.csv"),
    Exporter("geneactiv", "GENEActiv", preamble=r"^\ufeff?device type,geneactiv",
             columns=("time", "x", "y", "z", "lux", "button", "temperature"), facts=_geneactiv,
             unit=Unit.G, gravity=True, advice="in the PC software convert .bin to “Raw CSV”"),
    Exporter("empatica_e4", "Empatica E4", first_row=r"^(1\d{9}\.\d+),\1,\1$",
             columns=("x", "y", "z"), facts=_empatica, unit=Unit.COUNTS, counts_per_g=64,
             gravity=True, advice="give ACC.csv of the session's archive"),
    Exporter("embraceplus", "EmbracePlus", names=r"^(file_timestamp\|)?unix_timestamp\|x\|y\|z",
             unit=Unit.G, gravity=True, advice="give the accelerometer CSV"),
    Exporter("garmin", "Garmin", first_row=r"^[\d-]{10}t[\d:.]{8,}[+-]\d\d:\d\d(,-?\d+){3}$",
             columns=("time", "x", "y", "z"), unit=Unit.MG, gravity=True,
             advice="export the raw accelerometer as CSV"),
    Exporter("metawear", "MetaWear", names=r"^epoc \(ms\)\|", unit=Unit.G, gravity=True,
             advice="export the accelerometer as CSV"),
    Exporter("movesense", "Movesense", names=r"x: \(m/s\^2\)", unit=Unit.MS2, gravity=True,
             advice="export the Acc stream as CSV"),
    Exporter("polar", "Polar Sensor Logger",
             names=r"^phone timestamp\|sensor timestamp \[ns\]\|x \[mg\]",
             unit=Unit.MG, gravity=True, advice="give the …_ACC.txt file"),
    Exporter("shimmer", "Shimmer", names=r"shimmer_\w+_accel_\w*x", gravity=True,
             advice="in Consensys export CSV, calibrated, with the Unix time"),
    Exporter("banglejs", "Bangle.js", names=r"^time \(ms\)\|x\|y\|z\|total", counts_per_g=8192,
             gravity=True, advice="download the accelerometer recording as CSV"),
    Exporter("xsens_dot", "Xsens DOT", names=r"packetcounter\|sampletimefine", unit=Unit.MS2,
             wraps_s=2**32 / 1e6, facts=_xsens_dot,
             advice="export CSV with Acc_X, Acc_Y and Acc_Z"),
    Exporter("activpal", "activPAL", first_row=r"^4\d{4}\.\d{6,}(,\d{1,3}){3}$",
             columns=("time", "x", "y", "z"), unit=Unit.COUNTS, counts_per_g=63.5, zero=127,
             gravity=True, advice="export the raw accelerometer as CSV"),
    Exporter("mhealth", "mHealth", names=r"^header_time_stamp\|", unit=Unit.G, gravity=True,
             advice="give the raw accelerometer CSV"),
)  # fmt: skip
GENERIC = Exporter("generic", "CSV", facts=_generic, advice="time and three axes, a column each")


@dataclass(frozen=True, slots=True)
class NotRaw:
    """A file that holds no raw acceleration: the text that tells it and what to say."""

    pattern: str
    message: str


NOT_RAW: tuple[NotRaw, ...] = (
    NotRaw(r"^\W*actiware", "is an Actiware export of activity counts by epoch, not raw "
           "acceleration: an Actiwatch keeps none; record with a device that exports raw data"),
    NotRaw(r"\Aactiwatch|actiwatch[- ]data|\bactogram", "is an Actiwatch export of activity "
           "counts by epoch, not raw acceleration, which it keeps none of"),
    NotRaw(r"data (table )?file created by actigraph(?![^\n]* at \d+ ?hz)", "is an ActiGraph "
           "export of activity counts by epoch, not raw acceleration: in ActiLife export the "
           ".gt3x file again as “Raw data” CSV"),
    NotRaw(r"motionwatch|motionware", "is a MotionWatch export of activity counts by epoch, not "
           "raw acceleration: set the watch to record raw (tri-axial) data and export that"),
    NotRaw(r"\bactical\b", "is an Actical export of activity counts by epoch, not raw "
           "acceleration, which it keeps none of"),
    NotRaw(r"\A\W*id\W+tz\W+from\W+to\W+sched", "is a Sleep as Android record of sleep, not raw "
           "acceleration: record with a sensor app that exports the accelerometer"),
    NotRaw(r"\A[^\n]*(sleep[_ ]?score|readiness|contributors|bedtime_start)", "is an Oura export "
           "of sleep and scores, not raw acceleration, which the ring gives none of"),
    NotRaw(r"\A([^\n]*\n)?[^\n]*(minutes ?asleep|time ?in ?bed|minutes ?awake|calories ?burned)",
           "is a Fitbit export of sleep or activity by the minute, not raw acceleration"),
    NotRaw(r"\A\s*<\?xml|\A\s*<!doctype", "is XML or a web page (a Health export is), not raw "
           "acceleration: record with a sensor app and export its CSV"),
    NotRaw(r"\A\s*[{\[]\s*[\"{]", "is JSON, not CSV: export the raw acceleration as CSV"),
    NotRaw(r"\A[^\n]*sensor timestamp \[ns\];(?!x( \[mg\])?;)",
           "is a Polar Sensor Logger file of another sensor (pulse, heart or rotation), not "
           "acceleration: give the file whose name ends in _ACC.txt"),
)  # fmt: skip


def recognize(table: Table) -> Exporter:
    """Return the exporter that wrote a table; GENERIC where none is known."""
    return next((exporter for exporter in EXPORTERS if exporter.recognizes(table)), GENERIC)


def why_not_raw(text: str) -> str:
    """Return what a file is that holds no raw acceleration; empty where it may hold some."""
    head = text[:16384].lower()
    return next((no.message for no in NOT_RAW if re.search(no.pattern, head, re.MULTILINE)), "")


def start_seconds(facts: Facts) -> tuple[float, bool] | None:
    """Return a stated start in s from 1970, and whether it is UTC; None where none is stated."""
    if facts.start.startswith("unix "):
        return float(facts.start[5:]), True
    seconds = stamp_seconds(facts.start, facts.date_order or "ymd")
    return (seconds, False) if seconds == seconds else None  # noqa: PLR0124  NaN is no start
