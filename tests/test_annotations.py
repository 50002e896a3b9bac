"""Annotations: what is written is read again, and what cannot be read is said with its row."""

from __future__ import annotations

import builtins
import importlib.util
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.annotations import (
    COLUMNS,
    KINDS,
    STAGES,
    Annotation,
    AnnotationError,
    in_order,
    read_annotations,
    write_annotations,
)
from detector.hypnogram import holes, hypnogram
from detector.intervals import total
from detector.recording import Placement
from detector.simulation import simulate_night
from detector.simulation.formats import write_truth

has_edfio = importlib.util.find_spec("edfio") is not None
ENDINGS = ["csv", "edf"] if has_edfio else ["csv"]
needs_edfio = pytest.mark.skipif(not has_edfio, reason="EDF+ takes the extra edf")
law = settings(max_examples=60, deadline=None)
HEAD = ",".join(COLUMNS)

values = {
    "stage": st.sampled_from(STAGES),
    "limb_movement": st.sampled_from(["left", "right", "bilateral", ""]),
    "movement": st.sampled_from(["periodic_limb_movement", "hypnic_jerk", "", "of my own"]),
    "respiratory_event": st.sampled_from(["apnea", "Central apnea", "", "something"]),
    "arousal": st.sampled_from(["", "spontaneous"]),
    "distractor": st.sampled_from(["turn", "vibration"]),
    "off_body": st.just(""),
    "gap": st.just(""),
}
milliseconds = st.integers(-3_600_000, 36_000_000).map(lambda ms: ms / 1000)


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    kind = draw(st.sampled_from(KINDS))
    length_s = draw(st.integers(1, 90_000)) / 1000
    return Annotation(kind, draw(values[kind]), draw(milliseconds), length_s)


def file_of(tmp_path: Path, *lines: str, name: str = "night.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def edf_of(tmp_path: Path, *texts: tuple[float, float | None, str], **more: Any) -> Path:
    import edfio  # noqa: PLC0415 - an extra

    path = tmp_path / "night.edf"
    marks = [edfio.EdfAnnotation(*text) for text in texts]
    edfio.Edf([], annotations=marks, **more).write(path)
    return path


def meanings(path: Path) -> list[tuple[str, str]]:
    return [(row.kind, row.value) for row in read_annotations(path).rows]


class TestLaws:
    @law
    @given(
        st.lists(annotations(), max_size=12),
        st.sampled_from(ENDINGS),
    )
    def test_what_is_written_is_read_again(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[Annotation], ending: str
    ) -> None:
        path = tmp_path_factory.mktemp("annotations") / f"night.{ending}"
        write_annotations(path, rows)
        assert read_annotations(path).rows == in_order("night", rows).rows

    @law
    @given(st.lists(annotations(), max_size=12), st.randoms())
    def test_the_order_of_rows_is_of_no_account(self, rows: list[Annotation], random: Any) -> None:
        mixed = list(rows)
        random.shuffle(mixed)
        assert in_order("night", mixed) == in_order("night", rows)

    @law
    @given(
        st.lists(st.tuples(st.sampled_from(STAGES), st.integers(1, 40)), max_size=8),
        st.integers(1, 4),
    )
    def test_bouts_and_epochs_give_the_same_hypnogram(
        self, bouts: list[tuple[str, int]], parts: int
    ) -> None:
        ends_s = np.cumsum([0, *(30 * length for _, length in bouts)]).tolist()
        whole = [
            Annotation("stage", stage, start, stop - start)
            for (stage, _), (start, stop) in zip(bouts, pairwise(ends_s), strict=True)
        ]
        epochs = [
            Annotation("stage", row.value, row.onset_s + k * size, size)
            for row in whole
            for size in [row.duration_s / parts]
            for k in range(parts)
        ]
        one, other = hypnogram(in_order("a", whole)), hypnogram(in_order("a", epochs[::-1]))
        assert one.stages == other.stages
        np.testing.assert_allclose(one.spans, other.spans, atol=1e-6)
        assert total(one.sleep) + total(one.wake) == pytest.approx(ends_s[-1])
        middles = [row.onset_s + row.duration_s / 2 for row in epochs]
        assert one.at(middles) == other.at(middles) == [row.value for row in epochs]

    def test_the_truth_of_a_simulated_night_is_read(self, tmp_path: Path) -> None:
        night = simulate_night(
            seed=3, placement=Placement.ANKLE, hours=0.5, hz=25.0, plm_per_h=40.0
        )
        path = tmp_path / "night.truth.csv"
        write_truth(night, path)
        found = read_annotations(path)
        assert len(found.rows) == len(night.truth)
        for one, other in zip(found.of("movement"), night.annotations("movement"), strict=True):
            assert (one.value, one.series) == (other.value, other.series)
            assert one.onset_s == pytest.approx(other.onset_s, abs=1e-3)
            assert one.peak_g == pytest.approx(other.peak_g, abs=1e-5)


class TestCsv:
    def test_an_empty_list_is_ordinary(self, tmp_path: Path) -> None:
        found = read_annotations(file_of(tmp_path, HEAD))
        assert found.rows == ()
        assert hypnogram(found).at([1.0]) == [""]
        assert hypnogram(found).stop_s is None
        assert holes(found).shape == (0, 2)

    @pytest.mark.parametrize(
        ("said", "stage"),
        [("w", "W"), ("Wake", "W"), ("REM", "R"), ("S2", "N2"), ("4", "N3"), ("NREM", "sleep")],
    )
    def test_the_usual_names_of_stages(self, tmp_path: Path, said: str, stage: str) -> None:
        assert meanings(file_of(tmp_path, HEAD, f"stage,{said},0,30")) == [("stage", stage)]

    @pytest.mark.parametrize(
        ("said", "label"),
        [
            ("PLM", "periodic_limb_movement"),
            ("Periodic limb movement", "periodic_limb_movement"),
            ("hypnic jerk", "hypnic_jerk"),
            ("Restless", "restless_activity"),
            ("isolated-movement", "isolated_movement"),
            ("Twitch of mine", "Twitch of mine"),
        ],
    )
    def test_the_usual_names_of_labels(self, tmp_path: Path, said: str, label: str) -> None:
        (row,) = read_annotations(file_of(tmp_path, HEAD, f"movement,{said},1,2")).rows
        assert row.value == label

    def test_what_was_not_scored_is_left_out(self, tmp_path: Path) -> None:
        assert meanings(file_of(tmp_path, HEAD, "stage,?,0,30", "stage,MT,30,30")) == []

    def test_a_table_saved_where_the_comma_is_the_decimal_mark(self, tmp_path: Path) -> None:
        lines = (";".join(COLUMNS), "limb_movement;L;12,5;1,25", "", "arousal;;3;2")
        found = read_annotations(file_of(tmp_path, "\ufeff" + lines[0], *lines[1:]))
        assert found.rows == (
            Annotation("arousal", "", 3.0, 2.0),
            Annotation("limb_movement", "left", 12.5, 1.25),
        )

    def test_other_columns_in_another_order(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, "note,Duration_s,onset_s,value,kind", "x,2,1,left,limb_movement")
        assert read_annotations(path).rows == (Annotation("limb_movement", "left", 1.0, 2.0),)

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            (["t,x,y,z", "0,0,0,1"], "lacks kind, value, onset_s, duration_s"),
            ([""], "found: nothing"),
            ([HEAD, "leg,left,1,2"], "row 2: kind 'leg' is not known"),
            ([HEAD, "limb_movement,foot,1,2"], "row 2: value 'foot' of a limb_movement is no side"),
            ([HEAD, "stage,N7,1,2"], "row 2: value 'N7' is no stage"),
            ([HEAD, "", "arousal,,22:41,2"], "row 3: onset_s is '22:41', not a number of seconds"),
            ([HEAD, "arousal,,1,"], "row 2: duration_s is empty, not a number"),
            ([HEAD, "arousal,,1,-2"], "row 2: duration_s is -2; give how long it lasts"),
            ([HEAD, "arousal,,nan,2"], "row 2: onset_s is 'nan'"),
            ([HEAD, "arousal,,1"], "row 2 has 3 values for 4 columns"),
            ([HEAD, "arousal,,1,5,2,5"], "row 2 has 6 values for 4 columns; write numbers with"),
            ([HEAD, 'arousal,"x,1,2'], "row 2 is no CSV"),
            ([HEAD, *["limb_movement,left,1000,2000"] * 4], "in seconds, not in milliseconds"),
            ([HEAD, *["movement,PLM,1000,2000"] * 4], "half of the movements last more than 100 s"),
            ([HEAD, "PLM,,1,2"], "row 2: kind 'PLM' is a label; write the kind movement and the"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_row(
        self, tmp_path: Path, lines: list[str], said: str
    ) -> None:
        with pytest.raises(AnnotationError) as refused:
            read_annotations(file_of(tmp_path, *lines))
        assert str(refused.value).startswith("night.csv: ")
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_file_that_is_not_there_or_no_text(self, tmp_path: Path) -> None:
        with pytest.raises(AnnotationError, match=r"gone\.csv: cannot be read \(No such file"):
            read_annotations(tmp_path / "gone.csv")
        (tmp_path / "packed.csv").write_bytes(b"\x1f\x8b\x08\x00\xff\xfe")
        with pytest.raises(AnnotationError, match=r"packed\.csv: is no text in UTF-8"):
            read_annotations(tmp_path / "packed.csv")


class TestHypnogram:
    def test_a_moment_has_one_stage(self, tmp_path: Path) -> None:
        found = read_annotations(file_of(tmp_path, HEAD, "stage,N2,0,60", "stage,W,30,30"))
        with pytest.raises(AnnotationError, match=r"night\.csv: stage W at 30 s begins while"):
            hypnogram(found)

    def test_the_same_stage_twice_is_once(self, tmp_path: Path) -> None:
        found = hypnogram(
            read_annotations(file_of(tmp_path, HEAD, "stage,N2,0,60", "stage,N2,30,30"))
        )
        assert found.stages == ("N2",)
        assert found.spans.tolist() == [[0, 60]]

    def test_a_stage_begins_at_its_onset_and_ends_before_its_end(self, tmp_path: Path) -> None:
        lines = (HEAD, "stage,W,0,30", "stage,N1,30,30", "stage,R,90,30")
        found = hypnogram(read_annotations(file_of(tmp_path, *lines)))
        assert found.at([-1, 0, 29.9, 30, 59.9, 60, 90, 120]) == [
            *("", "W", "W", "N1", "N1", "", "R", "")
        ]
        assert found.sleep.tolist() == [[30, 60], [90, 120]]
        assert found.wake.tolist() == [[0, 30]]


@needs_edfio
class TestEdf:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("Sleep stage W", "stage", "W"),
            ("Sleep stage 4", "stage", "N3"),
            ("Sleep stage R", "stage", "R"),
            ("Limb movement", "limb_movement", ""),
            ("Limb movement@@EMG LAT", "limb_movement", "left"),
            ("Periodic leg movement (Right)", "limb_movement", "right"),
            ("PLM", "limb_movement", ""),
            ("EEG arousal", "arousal", ""),
            ("RERA", "respiratory_event", "RERA"),
            ("Obstructive apnea", "respiratory_event", "Obstructive apnea"),
            ("Hypopnea", "respiratory_event", "Hypopnea"),
        ],
    )
    def test_the_standard_texts(self, tmp_path: Path, text: str, kind: str, value: str) -> None:
        assert meanings(edf_of(tmp_path, (1.0, 2.0, text))) == [(kind, value)]

    def test_what_is_no_annotation_known_here_is_named(self, tmp_path: Path) -> None:
        path = edf_of(
            tmp_path,
            *((0.0, None, "Recording starts"), (1.0, None, "Lights off"), (2.0, 30.0, "1")),
            *((3.0, 30.0, "Sleep stage ?"), (4.0, 1.0, "Lights off"), (5.0, 1.0, "PLMS")),
        )
        found = read_annotations(path)
        assert found.passed_over == ("Lights off", "1")
        assert [row.kind for row in found.rows] == ["limb_movement"]

    def test_a_stage_without_a_length_lasts_to_the_next(self, tmp_path: Path) -> None:
        path = edf_of(
            tmp_path,
            *((0.0, None, "Sleep stage W"), (30.0, None, "Sleep stage N1")),
            *((40.0, 1.0, "EEG arousal"), (90.0, None, "Sleep stage N2")),
        )
        lengths = {row.value: row.duration_s for row in read_annotations(path).of("stage")}
        assert lengths == {"W": 30.0, "N1": 60.0, "N2": 60.0}

    def test_the_clock_of_second_0(self, tmp_path: Path) -> None:
        start = datetime(2026, 3, 2, 22, 41, 7)
        path = tmp_path / "night.edf"
        write_annotations(path, [Annotation("arousal", "", 1.0, 2.0)], start)
        assert read_annotations(path).start == start
        write_annotations(path, [Annotation("arousal", "", 1.0, 2.0)])
        assert read_annotations(path).start is None

    def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        texts = [(float(k), 1.0, "EEG arousal") for k in range(60)]
        path = edf_of(tmp_path, *texts)
        whole = path.read_bytes()
        for kept in (0, 100, 300, len(whole) - 40):
            path.write_bytes(whole[:kept])
            with pytest.raises(AnnotationError, match=r"^night\.edf: "):
                read_annotations(path)
        path.write_bytes(b"x" * 400)
        with pytest.raises(AnnotationError, match=r"night\.edf: is no EDF\+"):
            read_annotations(path)

    def test_a_file_without_annotations_is_refused(self, tmp_path: Path) -> None:
        import edfio  # noqa: PLC0415 - an extra

        path = tmp_path / "signals.edf"
        edfio.Edf([edfio.EdfSignal(np.arange(100.0), sampling_frequency=10)]).write(path)
        with pytest.raises(AnnotationError, match="holds no annotations"):
            read_annotations(path)

    def test_without_the_library_it_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = edf_of(tmp_path, (1.0, 2.0, "PLM"))
        real = builtins.__import__

        def without(name: str, *rest: Any) -> Any:
            if name == "edfio":
                raise ImportError(name)
            return real(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(AnnotationError, match=r"pip install 'night-movement-detector\[edf\]'"):
            read_annotations(path)


class TestWriting:
    def test_nothing_half_written(self, tmp_path: Path) -> None:
        with pytest.raises(Exception, match="cannot be written"):
            write_annotations(tmp_path / "gone" / "night.csv", [])
        assert list(tmp_path.iterdir()) == []

    def test_amplitude_and_series_where_they_are_known(self, tmp_path: Path) -> None:
        path = tmp_path / "night.csv"
        rows = [
            Annotation("arousal", "", 1.0, 2.0),
            Annotation("movement", "periodic_limb_movement", 3.0, 2.0, 0.05, 1),
        ]
        write_annotations(path, rows)
        assert path.read_text().splitlines()[0] == f"{HEAD},peak_g,series"
        assert read_annotations(path).rows == tuple(rows)

    @pytest.mark.parametrize(("onset_s", "duration_s"), [(np.nan, 1), (1, -1), (1, np.inf)])
    def test_an_annotation_is_a_span_of_time(self, onset_s: float, duration_s: float) -> None:
        with pytest.raises(ValueError, match="is no span of time"):
            Annotation("arousal", "", onset_s, duration_s)
