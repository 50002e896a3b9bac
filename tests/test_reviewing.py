"""What people decide is kept row by row, stands, and all else follows by the analysis' own code."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import detector
from detector.annotations import AnnotationError
from detector.classification import Label
from detector.cli import main
from detector.errors import DetectorError
from detector.export import movements_csv, summary
from detector.pipeline import Analysis, reanalyze
from detector.reviewing.apply import judgements, reviewed
from detector.reviewing.doubt import doubts
from detector.reviewing.log import COLUMNS, Action, Decision, Log, read_review, standing
from detector.reviewing.session import Item, Session
from detector.simulation import Exporter, simulate_night, write_night

PERIODIC, SINGLE = "periodic_limb_movement", "isolated_movement"


def row(action: Action, onset_s: float = 100.0, who: str = "Ada", **more: str) -> Decision:
    before = more.get("before", "" if action is Action.ADD else SINGLE)
    after = more.get("after", "" if action is Action.DELETE else SINGLE)
    note = more.get("note", "")
    return Decision(who, "2026-03-02T10:00:00.000+00:00", action, onset_s, 1.5, before, after, note)


@pytest.fixture
def session(long_analysis: Analysis, tmp_path: Path) -> Session:
    seconds = count()
    clock = lambda: f"2026-03-02T10:00:{next(seconds):02d}.000+00:00"  # noqa: E731
    return Session(long_analysis, tmp_path / "night" / "review.csv", "Ada", clock)


def counts(analysis: Analysis) -> dict[str, int | None]:
    return dict(analysis.nights[0].summary.counts)


def first(session: Session, wanted: Callable[[Item], bool]) -> Item:
    return next(item for item in session.items if wanted(item))


def asleep(label: str) -> Callable[[Item], bool]:
    return lambda item: item.label == label and item.state == "sleep"


# The file


def test_a_file_reads_back_what_was_written(tmp_path: Path) -> None:
    log = Log(tmp_path / "new" / "review.csv")
    rows = (row(Action.ACCEPT), row(Action.DELETE, 20.0), row(Action.NOTE, 7.125, note='a, "b"; c'))
    for one in rows:
        log.append(one)
    assert read_review(str(log.path)) == rows == Log(log.path).decisions
    assert log.path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)


def test_a_row_only_adds_to_the_file(tmp_path: Path) -> None:
    log = Log(tmp_path / "review.csv")
    log.append(row(Action.ACCEPT))
    before = log.path.read_bytes()
    log.append(row(Action.UNDO))
    assert log.path.read_bytes().startswith(before)


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_row_cut_off_while_it_was_written_costs_only_itself(tmp_path: Path, kept: int) -> None:
    log = Log(tmp_path / "review.csv")
    log.append(row(Action.ACCEPT))
    whole = log.path.read_bytes()
    log.append(row(Action.DELETE, 20.0))
    log.path.write_bytes(log.path.read_bytes()[: len(whole) + kept])
    again = Log(log.path)
    assert again.decisions == (row(Action.ACCEPT),)
    again.append(row(Action.ACCEPT, 30.0))
    assert read_review(log.path) == (row(Action.ACCEPT), row(Action.ACCEPT, 30.0))


def test_a_last_row_without_its_line_break_counts(tmp_path: Path) -> None:
    log = Log(tmp_path / "review.csv")
    log.append(row(Action.ACCEPT))
    log.path.write_bytes(log.path.read_bytes().rstrip(b"\n"))
    again = Log(log.path)
    again.append(row(Action.DELETE, 20.0))
    assert read_review(log.path) == (row(Action.ACCEPT), row(Action.DELETE, 20.0))


def test_a_header_cut_off_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text("reviewer,ti", encoding="utf-8")
    with pytest.raises(AnnotationError, match="is no review"):
        read_review(path)
    log = Log(path)
    assert log.decisions == ()
    log.append(row(Action.ACCEPT))
    assert read_review(path) == (row(Action.ACCEPT),)


WRITER = """
import sys
from pathlib import Path
from detector.reviewing.log import Action, Decision, Log

log = Log(Path(sys.argv[1]))
for second in range(10_000):
    log.append(Decision("Ada", "now", Action.ACCEPT, float(second), 1.0, "tremor", "tremor"))
    print(second, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_what_was_said_to_be_written_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(25)]
        os.kill(writer.pid, signal.SIGKILL)
    found = [one.onset_s for one in Log(path).decisions]
    assert found[: len(told)] == told
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind,value,onset_s,duration_s\n", "is no review"),
        ("\x00\x01", "is no review"),
        ("{header}\nAda,t,accept,1.0,1.0,tremor\n", "row 2 has 6 values for 8 columns"),
        ("{header}\nAda,t,accept,soon,1.0,tremor,tremor,\n", "row 2: onset_s"),
        ("{header}\nAda,t,accept,nan,1.0,tremor,tremor,\n", "row 2: nan s"),
        ("{header}\nAda,t,maybe,1.0,1.0,tremor,tremor,\n", "action 'maybe' is not known"),
        ("{header}\nAda,t,relabel,1.0,1.0,tremor,twitch,\n", "'twitch' is no label"),
        ("{header}\nAda,t,delete,1.0,1.0,tremor,tremor,\n", "row 2: delete"),
        ("{header}\n,t,accept,1.0,1.0,tremor,tremor,\n", "a reviewer needs a name"),
    ],
)
def test_a_bad_file_is_told_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text.format(header=",".join(COLUMNS)), encoding="utf-8")
    with pytest.raises(AnnotationError, match=said) as told:
        read_review(path)
    assert str(told.value).startswith("review.csv: ")


def test_a_file_that_cannot_be_written_changes_nothing(
    session: Session, long_analysis: Analysis
) -> None:
    session.log.path.parent.write_text("a file where the folder would have to be")
    with pytest.raises(DetectorError, match="cannot be written"):
        session.delete(session.items[0].key)
    assert counts(session.analysis) == counts(long_analysis)
    assert session.items[0].how == ""


# What stands


def test_an_undo_takes_the_own_last_row() -> None:
    rows = (row(Action.ACCEPT, 1.0), row(Action.ACCEPT, 2.0, "Bea"), row(Action.UNDO, 1.0))
    assert standing(rows) == (rows[1],)


ACTIONS = st.sampled_from([Action.ACCEPT, Action.RELABEL, Action.DELETE, Action.NOTE])


@given(st.lists(st.tuples(ACTIONS, st.integers(1, 5), st.sampled_from(["Ada", "Bea"]))))
def test_undoing_all_leaves_nothing(done: list[tuple[Action, int, str]]) -> None:
    rows = [row(action, float(at), who) for action, at, who in done]
    undone = [row(Action.UNDO, float(at), who) for _, at, who in done]
    assert standing([*rows, *undone]) == ()


@given(st.lists(st.tuples(ACTIONS, st.integers(1, 5), st.sampled_from(["Ada", "Bea"]))))
def test_a_row_and_its_undo_are_as_if_neither_were(done: list[tuple[Action, int, str]]) -> None:
    rows = [row(action, float(at), who) for action, at, who in done]
    more = [*rows, row(Action.DELETE, 3.0, "Ada"), row(Action.UNDO, 3.0, "Ada")]
    assert judgements(more) == judgements(rows)


def test_of_several_rows_the_last_decides() -> None:
    rows = [
        row(Action.ACCEPT),
        row(Action.RELABEL, after=PERIODIC),
        row(Action.NOTE, note="see the neighbour"),
        row(Action.ACCEPT, who="Bea", before=PERIODIC, after=PERIODIC),
    ]
    (one,) = judgements(rows)
    assert (one.label, one.how, one.note) == (PERIODIC, "relabelled", "see the neighbour")
    assert one.reviewers == ("Ada", "Bea")


def test_added_and_deleted_again_never_was() -> None:
    assert judgements([row(Action.ADD), row(Action.DELETE)]) == ()


# The night


def test_nobody_decided_and_nothing_changes(long_analysis: Analysis) -> None:
    same = reviewed(long_analysis, [])
    plain = summary(same)
    review = plain["nights"][0].pop("review")
    plain["nights"][0]["quality"].pop(0)
    assert plain == summary(long_analysis)
    assert (review["reviewed"], review["of"]) == (0, len(long_analysis.movements))
    assert review["reviewers"] == ()


def test_accepting_all_changes_no_figure(session: Session, long_analysis: Analysis) -> None:
    decisions = [
        Decision("Ada", "t", Action.ACCEPT, i.onset_s, i.duration_s, i.label, i.label)
        for i in session.items
    ]
    all_accepted = reviewed(long_analysis, decisions)
    night = all_accepted.nights[0]
    assert night.summary == long_analysis.nights[0].summary
    assert night.review is not None
    assert night.review.reviewed == night.review.of == len(long_analysis.movements)
    assert {one.review for one in all_accepted.movements} == {"accepted"}


def test_a_relabelled_movement_moves_from_one_count_to_another(session: Session) -> None:
    before = counts(session.analysis)
    item = first(session, asleep("restless_activity"))
    session.relabel(item.key, "hypnic_jerk")
    after = counts(session.analysis)
    assert after["restless_activity"] == (before["restless_activity"] or 0) - 1
    assert after["hypnic_jerk"] == (before["hypnic_jerk"] or 0) + 1
    one = session.analysis.movements[session.item(item.key).index]
    assert one.reason.startswith("by review; before, restless_activity: ")
    assert one.review == "relabelled"


def test_a_row_of_four_without_one_is_no_row(session: Session, long_analysis: Analysis) -> None:
    # what follows the deleted one within an interval could take its place in the row
    onsets = [one.movement.onset_s for one in long_analysis.movements]
    four = next(
        one
        for one in long_analysis.series
        if len(one.members) < 8
        and onsets[(k := one.members[len(one.members) // 2]) + 1] - onsets[k] > 10
    )
    before = counts(session.analysis)[PERIODIC] or 0
    middle = four.members[len(four.members) // 2]
    session.delete(f"m{middle + 1}")
    after = counts(session.analysis)[PERIODIC] or 0
    assert before - len(four.members) <= after < before
    left = [session.item(f"m{i + 1}") for i in four.members if i != middle]
    assert {item.how for item in left} == {""}
    # what the rules make of the others is what they would make had it never been found
    kept = [i for i in range(len(long_analysis.movements)) if i != middle]
    assert len(session.analysis.movements) == len(kept)


def test_calling_a_member_single_parts_its_row(session: Session, long_analysis: Analysis) -> None:
    longest = max(long_analysis.series, key=lambda one: len(one.members))
    middle = longest.members[len(longest.members) // 2]
    session.relabel(f"m{middle + 1}", SINGLE)
    one = session.analysis.movements[middle]
    assert (one.label, one.series) == (Label.ISOLATED_MOVEMENT, None)
    numbers = {session.analysis.movements[i].series for i in longest.members if i != middle}
    assert len(numbers - {None}) in (1, 2)
    assert len(numbers) == 2


def test_what_is_called_periodic_may_join_a_row(session: Session, long_analysis: Analysis) -> None:
    longest = max(long_analysis.series, key=lambda one: len(one.members))
    middle = longest.members[len(longest.members) // 2]
    key = f"m{middle + 1}"
    session.relabel(key, SINGLE)
    session.relabel(key, PERIODIC)
    assert session.analysis.movements[middle].series == long_analysis.movements[middle].series
    assert counts(session.analysis) == counts(long_analysis)


def test_a_label_stands_where_the_rules_would_have_another(session: Session) -> None:
    item = first(session, lambda one: one.label == SINGLE and one.state == "sleep")
    session.relabel(item.key, PERIODIC)
    one = session.analysis.movements[session.item(item.key).index]
    assert one.label is Label.PERIODIC_LIMB_MOVEMENT


def test_what_is_excluded_leaves_all_counts(session: Session) -> None:
    item = first(session, asleep(SINGLE))
    before = session.analysis.nights[0].summary
    session.relabel(item.key, "tremor")
    after = session.analysis.nights[0].summary
    assert after.excluded["tremor"] == before.excluded["tremor"] + 1
    assert (after.counts[SINGLE] or 0) == (before.counts[SINGLE] or 0) - 1
    session.relabel(item.key, SINGLE)
    assert session.analysis.nights[0].summary.counts == before.counts


def test_an_index_is_the_new_count_over_the_same_hours(session: Session) -> None:
    item = first(session, asleep(SINGLE))
    before = session.analysis.nights[0].summary
    session.delete(item.key)
    after = session.analysis.nights[0].summary
    assert after.hours == before.hours
    now = sum(count or 0 for count in after.counts.values())
    assert now == sum(count or 0 for count in before.counts.values()) - 1
    index = after.indices["movement_per_h"]
    assert index.value == pytest.approx(now / after.hours["sleep"])


def quiet_s(analysis: Analysis, length_s: float = 20.0) -> float:
    """Return an instant asleep around which nothing was found."""
    onsets = [one.movement.onset_s for one in analysis.movements if one.state == "sleep"]
    ends = [one.movement.offset_s for one in analysis.movements if one.state == "sleep"]
    gap = next(k for k in range(len(ends) - 1) if onsets[k + 1] - ends[k] > 2 * length_s)
    return ends[gap] + length_s


def test_an_added_movement_counts_and_is_measured(session: Session) -> None:
    at = quiet_s(session.analysis)
    before = counts(session.analysis)
    key = session.add(at, at + 1.5, SINGLE)
    assert counts(session.analysis)[SINGLE] == (before[SINGLE] or 0) + 1
    one = session.analysis.movements[session.item(key).index]
    assert one.movement.onset_s == pytest.approx(at, abs=0.05)
    assert one.movement.duration_s == pytest.approx(1.5, abs=0.05)
    assert one.movement.peak_g > 0
    assert (one.reason, one.review, session.item(key).how) == ("added by review", "added", "added")
    session.delete(key)
    assert counts(session.analysis) == before
    assert not any(item.key == key for item in session.items)


@pytest.mark.parametrize("span", [(5.0, 5.0), (-3.0, 1.0), (10.0, 5000.0), (1e7, 1e7 + 2)])
def test_what_cannot_be_a_movement_is_not_added(
    session: Session, span: tuple[float, float]
) -> None:
    with pytest.raises(AnnotationError):
        session.add(*span, SINGLE)
    assert not session.log.path.exists()


def test_a_movement_is_not_added_over_another(session: Session) -> None:
    item = session.items[3]
    with pytest.raises(AnnotationError, match="there is a movement already"):
        session.add(item.onset_s - 0.2, item.onset_s + 0.4, SINGLE)
    session.delete(item.key)
    key = session.add(item.onset_s - 0.2, item.onset_s + 0.4, SINGLE)
    assert session.item(key).how == "added"
    assert session.item(item.key).how == "deleted"


def test_undo_goes_back_step_by_step(session: Session) -> None:
    seen = [counts(session.analysis)]
    session.relabel(session.items[2].key, "restless_activity")
    seen.append(counts(session.analysis))
    session.delete(session.items[5].key)
    seen.append(counts(session.analysis))
    at = quiet_s(session.analysis)
    session.add(at, at + 1.0, PERIODIC)
    for expected in reversed(seen):
        assert session.undo() is not None
        assert counts(session.analysis) == expected
    assert session.undo() is None
    assert not any(item.how for item in session.items)


def test_a_review_opened_again_is_as_it_was_left(session: Session) -> None:
    session.accept(session.items[0].key)
    session.relabel(session.items[2].key, "restless_activity")
    session.note(session.items[2].key, "the knee,\n and then the hip")
    session.delete(session.items[4].key)
    at = quiet_s(session.analysis)
    session.add(at, at + 1.0, SINGLE)
    again = Session(session.before, session.log.path, "Ada")
    assert again.items == session.items
    assert summary(again.analysis) == summary(session.analysis)
    assert again.items[2].note == "the knee, and then the hip"
    assert again.undo() is not None


def test_a_note_judges_nothing(session: Session) -> None:
    session.note(session.items[0].key, "odd")
    assert session.items[0].how == ""
    review = session.analysis.nights[0].review
    assert review is not None
    assert review.reviewed == 0


def test_two_reviewers_are_both_named(session: Session) -> None:
    session.accept(session.items[0].key)
    other = Session(session.before, session.log.path, "Bea")
    other.accept(other.items[1].key)
    review = other.analysis.nights[0].review
    assert review is not None
    assert (review.reviewers, review.reviewed) == (("Ada", "Bea"), 2)


def test_a_review_holds_under_other_criteria(session: Session, long_analysis: Analysis) -> None:
    """What was kept stays, also where a higher threshold no longer finds it."""
    for item in session.items[:40]:
        session.accept(item.key)
    detection = replace(long_analysis.criteria.detection, onset_floor_ratio=14.0)
    stricter = reanalyze(long_analysis, replace(long_analysis.criteria, detection=detection))
    assert len(stricter.movements) < len(long_analysis.movements)
    again = reviewed(stricter, session.log.decisions)
    onsets = [one.movement.onset_s for one in again.movements]
    for item in session.items[:40]:
        assert any(
            one.movement.onset_s < item.onset_s + item.duration_s
            and item.onset_s < one.movement.offset_s
            for one in again.movements
        )
    assert onsets == sorted(onsets)


def test_the_review_of_another_recording_is_refused(
    session: Session, ankle_analysis: Analysis
) -> None:
    for item in session.items[:6]:
        session.accept(item.key)
    moved = [replace(one, onset_s=one.onset_s + 3.7) for one in session.log.decisions]
    with pytest.raises(AnnotationError, match="the review of another recording"):
        reviewed(ankle_analysis, moved)


def test_a_reviewed_night_is_not_reviewed_twice(long_analysis: Analysis) -> None:
    with pytest.raises(ValueError, match="reviewed already"):
        reviewed(reviewed(long_analysis, []), [])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([*Label, "delete"])), max_size=12))
def test_decided_labels_stand_whatever_else_is_decided(
    long_analysis: Analysis, done: list[tuple[int, str]]
) -> None:
    rows = []
    for index, what in done:
        one = long_analysis.movements[index]
        at = (round(one.movement.onset_s, 3), round(one.movement.duration_s, 3))
        action = Action.DELETE if what == "delete" else Action.RELABEL
        after = "" if what == "delete" else str(what)
        rows.append(Decision("Ada", "t", action, *at, str(one.label), after))
    found = reviewed(long_analysis, rows)
    by_onset = {round(one.movement.onset_s, 3): one for one in found.movements}
    for decided in judgements(rows):
        here = by_onset.get(decided.onset_s)
        assert (None if here is None else str(here.label)) == decided.label
    assert sum(len(one.members) for one in found.series) == sum(
        one.series is not None for one in found.movements
    )


# Doubt, files, command line


def test_what_lies_on_a_threshold_is_the_most_doubtful(long_analysis: Analysis) -> None:
    found = doubts(long_analysis)
    assert len(found) == len(long_analysis.movements)
    assert all(doubt >= 0 for doubt in found)
    nearest = long_analysis.movements[found.index(min(found))]
    assert min(found) < 0.05
    assert nearest.movement.duration_s > 0


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    night = simulate_night(seed=4, placement="ankle", hours=0.5, hz=25.0, plm_per_h=40.0)  # type: ignore[arg-type]
    path = tmp_path / "night.csv"
    write_night(night, path, Exporter.AXIVITY)
    return path


def test_the_command_line_writes_the_reviewed_night(recorded: Path) -> None:
    runner = CliRunner()
    folder = recorded.parent / "night.night"
    analysis = detector.analyze(detector.read(recorded, placement="ankle"))
    session = Session(analysis, folder / "review.csv", "Ada <b>")
    session.delete(session.items[0].key)
    session.relabel(session.items[2].key, "restless_activity")
    asked = ["analyze", str(recorded), "--placement", "ankle", "--quiet"]
    assert runner.invoke(main, asked).exit_code == 0, "a folder that holds a review only is ours"
    plain = (folder / "movements.csv").read_text(encoding="utf-8")
    assert plain.splitlines()[0].endswith(",interval_s")
    result = runner.invoke(main, [*asked, "--review", str(folder / "review.csv")])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((folder / "movements.csv").read_text("utf-8").splitlines()))
    assert len(rows) == len(analysis.movements) - 1
    assert [one["review"] for one in rows].count("relabelled") == 1
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    review = told["nights"][0]["review"]
    assert review == {
        "reviewers": ["Ada <b>"],
        "reviewed": 2,
        "of": len(analysis.movements),
        "relabelled": 1,
        "deleted": 1,
        "added": 0,
    }
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f"2 of the {len(analysis.movements)} movements" in page
    assert "Ada &lt;b&gt;" in page
    assert "Ada <b>" not in page
    assert read_review(folder / "review.csv") == session.log.decisions
    assert movements_csv(session.analysis) == (folder / "movements.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("more", [["--sensitivity"], ["other.csv"]])
def test_a_review_goes_with_one_recording_as_it_is(recorded: Path, more: list[str]) -> None:
    review = recorded.parent / "review.csv"
    Log(review).append(row(Action.ACCEPT))
    result = CliRunner().invoke(main, ["analyze", str(recorded), "--review", str(review), *more])
    assert result.exit_code == 2
    assert "--review" in result.output


def test_a_review_that_is_none_is_told_in_a_line(recorded: Path) -> None:
    result = CliRunner().invoke(main, ["analyze", str(recorded), "--review", str(recorded)])
    assert result.exit_code == 2
    assert "night.csv: is no review" in result.output
    assert not (recorded.parent / "night.night").exists()
