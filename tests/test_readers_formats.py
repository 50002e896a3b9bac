"""A row for every row of the table of exporters, and for every dialect of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import formats_written as fw
import numpy as np
import pytest
from format_table import EVEN, FORMATS, Format

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.readers.exporters import EXPORTERS
from detector.recording import Placement, Recording, Side


def whole(recording: Recording) -> tuple[fw.Floats, fw.Floats, dict[str, int]]:
    chunks = list(recording.chunks())
    counts: dict[str, int] = {}
    for chunk in chunks:
        for repair in chunk.repairs:
            counts[repair.kind] = counts.get(repair.kind, 0) + repair.count
    t = np.concatenate([c.t_s for c in chunks])
    assert np.all(np.diff(t) > 0)
    return t, np.concatenate([c.acceleration_g for c in chunks], axis=1).astype(np.float64), counts


@pytest.mark.parametrize("written", FORMATS, ids=str)
def test_what_an_exporter_writes_is_read_back(written: Format, tmp_path: Path) -> None:
    path = tmp_path / written.file_name
    path.write_bytes(written.write(written.samples).encode(written.encoding))
    recording, layout = read(path), describe(path)
    t, axes, repairs = whole(recording)
    assert recording.exporter == written.exporter
    assert str(layout.unit) == written.unit
    assert recording.gravity_included is written.gravity
    assert tuple(code for code, _ in recording.warnings) == written.warnings
    np.testing.assert_allclose(axes, written.samples.axes_g, atol=0.51 * written.step_g + 1e-6)
    np.testing.assert_allclose(t, written.samples.t_s, atol=1.01 * written.step_s)
    assert recording.hz == pytest.approx(written.hz, rel=written.hz_within)
    if written.start is None:
        assert recording.start is None
    else:
        assert recording.start is not None
        assert recording.start.utcoffset() == written.start.utcoffset()
        off = abs(recording.start - written.start)
        assert off <= timedelta(seconds=written.start_within_s)
    assert repairs == written.repairs


def test_every_known_exporter_is_written_here() -> None:
    assert {one.slug for one in EXPORTERS} <= {written.exporter for written in FORMATS}


def test_every_row_of_the_table_of_formats_is_written_here() -> None:
    page = Path(__file__).parents[2] / "shared" / "FORMATS.md"
    if not page.is_file():
        pytest.skip("the table of formats is not beside this checkout")
    rows = [line.split("|")[1].strip() for line in page.read_text().splitlines()[5:]
            if line.startswith("|")]  # fmt: skip
    names = " ".join(written.name for written in FORMATS).lower()
    refused = {"actigraph epochs", "generic"}
    for row in rows:
        product = row.split("(")[0].split(" `")[0].strip().lower()
        if product in refused or product.startswith("actiware"):
            continue
        assert product.removesuffix(" raw").removesuffix(" fetchers").split(" sleep")[0] in names


def test_geneactiv_says_where_it_was_worn(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(fw.geneactiv(fw.night(50)))
    recording = read(path)
    assert (recording.placement, recording.side) == (Placement.ANKLE, Side.LEFT)
    assert recording.timezone == "GMT +01:00"


def test_embraceplus_files_that_overlap_are_one_recording(tmp_path: Path) -> None:
    """A file every half an hour, the second of which begins before the first has ended."""
    samples = fw.night(64, n=1200)
    lines = fw.embraceplus(with_file_stamp=False)(samples).splitlines(keepends=True)
    for name, rows in (("1-1-001_1773528067.csv", lines[1:601]), ("1-1-001_1773528075.csv",
                                                                  lines[541:])):  # fmt: skip
        (tmp_path / name).write_text("".join([lines[0], *rows]))
    recording = read(tmp_path)
    t, axes, repairs = whole(recording)
    np.testing.assert_allclose(t, samples.t_s, atol=2e-6)
    np.testing.assert_allclose(axes, samples.axes_g, atol=2e-6)
    assert (recording.exporter, repairs) == ("embraceplus", {"overlap": 60})


NOT_RAW = {
    "Actiware": '"Actiware Export File  (Version 05.00 )"\n"Filename:",""\n\n'
                '"Line","Date","Time","Activity","White Light","Sleep/Wake"\n'
                + '"1","14/03/2026","22:41:00","12","0.1","1"\n' * 50,
    "ActiGraph": fw.actigraph()(EVEN).replace(" at 50 Hz", ""),
    "MotionWatch": "MotionWare Export,1.2.47\nDevice,MotionWatch 8\nDate,Time,Activity,Light\n"
                   + "14/03/2026,22:41:00,12,0.1\n" * 50,
    "Actical": "Actical Export File\nEpoch,Date,Time,Activity Counts,EE,Steps\n"
               + "1,14-Mar-2026,22:41,12,0.1,0\n" * 50,
    "Sleep as Android": "Id,Tz,From,To,Sched,Hours,Rating,Comment,Framerate,Snore,Noise,Cycles,"
                        'DeepSleep,LenAdjust,Geo,"22:41","22:46"\n"1773524467","Europe/London",'
                        '"14. 03. 2026 22:41","15. 03. 2026 6:30","15. 03. 2026 6:40","7.8","0.0",'
                        '"","10007","-1","-1.0","6","0.4","0","","0.8","1.2"\n',
    "Fitbit": "Sleep\nStart Time,End Time,Minutes Asleep,Minutes Awake,Number of Awakenings,Time "
              "in Bed,Minutes REM Sleep,Minutes Light Sleep,Minutes Deep Sleep\n"
              '"2026-03-14 10:41PM","2026-03-15 6:30AM","412","57","33","469","88","260","64"\n',
    "Oura": "date,Sleep Score,Total Sleep Score,REM Sleep Score,Deep Sleep Score,Readiness Score\n"
            + "2026-03-14,81,85,78,90,77\n" * 30,
    "Health export": '<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="en_GB">\n',
    "Polar": "Phone timestamp;sensor timestamp [ns];X [dps];Y [dps];Z [dps]\n"
             + "2026-03-14T22:41:07.240;536640878392915776;1.2;0.4;-0.3;\n" * 50,
}  # fmt: skip


@pytest.mark.parametrize("product", NOT_RAW)
def test_what_holds_no_raw_acceleration_is_refused_by_its_name(
    product: str, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(NOT_RAW[product])
    with pytest.raises(RecordingError, match=rf"^export\.csv: is .*{product}"):
        read(path)


def test_a_file_of_other_sensors_of_shimmer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(fw.shimmer()(EVEN).replace("Accel", "Mag").replace("m/(s^2)", "local_flux"))
    with pytest.raises(RecordingError, match="no column holds x acceleration"):
        read(path)


def test_start_of_another_day_is_found_in_each_order(tmp_path: Path) -> None:
    """Where the header states an order and its dates can be both, the header decides."""
    path = tmp_path / "export.csv"
    for form, wanted in (("M/d/yyyy", datetime(2026, 3, 4)), ("d/M/yyyy", datetime(2026, 4, 3))):
        path.write_text(fw.actigraph(day="3/4/2026", form=form)(EVEN))
        start = read(path).start
        assert start is not None
        assert start.date() == wanted.date()


def test_the_same_file_with_another_exporters_name_is_still_read(tmp_path: Path) -> None:
    """A known header with a file name that says nothing: the size at rest tells the unit."""
    for written in FORMATS:
        if written.exporter != "sensor_logger" or not written.gravity:
            continue
        path = tmp_path / "renamed.csv"
        path.write_text(replace(written).write(written.samples))
        _, axes, _ = whole(read(path))
        np.testing.assert_allclose(axes, written.samples.axes_g, atol=2e-6)
