"""Comparisons: what must hold of any person, and that intervals hold what they claim."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import nights_written
import numpy as np
import pytest
import trend as benchmark
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cli import main
from detector.errors import CriteriaError
from detector.trend.comparison import (
    ASSOCIATION,
    RANDOMIZED,
    Comparison,
    compare_diary,
    compare_plan,
    holm,
    with_holm,
)
from detector.trend.conditions import every_contrast, read_condition, read_contrasts
from detector.trend.correlated import coefficient, difference_of, mean_of
from detector.trend.diary import Diary
from detector.trend.factors import Factor, Kind, factors
from detector.trend.nights import person_nights
from detector.trend.overview import smallest_change
from detector.trend.plan import counted, draw_plan, drawn_orders, plan_csv, read_plan
from detector.trend.sheet import DiaryError

FIRST = nights_written.FIRST
ARMS = [0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1]
CAFFEINE = Diary("d", (factors()["caffeine"],), {})
(CONTRAST,) = read_contrasts(["caffeine=yes"], ["caffeine=no"], CAFFEINE)


def by_evening(arms: Sequence[int | None]) -> dict[date, int | None]:
    return {FIRST + timedelta(days=k): arm for k, arm in enumerate(arms)}


def compared(values: Sequence[float], arms: Sequence[int | None] = ARMS) -> Comparison:
    return compare_diary(person_nights(nights_written.rows(values)), by_evening(arms), CONTRAST)


def figures(one: Comparison) -> list[float]:
    found = [one.difference, one.low, one.high]
    return [math.nan if value is None else value for value in found]


PERSON = nights_written.person(len(ARMS), seed=5)


# Laws --------------------------------------------------------------------------------------------


def test_an_effect_moves_difference_and_interval_by_itself() -> None:
    plain, moved = compared(PERSON), compared(np.array(PERSON) + 6.0 * np.array(ARMS))
    assert np.allclose(np.array(figures(moved)) - 6.0, figures(plain), atol=2e-3)


def test_a_trend_through_time_is_no_effect() -> None:
    plain = compared(PERSON)
    rising = compared(np.array(PERSON) + 0.5 * np.arange(len(PERSON)))
    assert np.allclose(figures(rising), figures(plain), atol=2e-3)


def test_the_sides_exchanged_change_the_sign() -> None:
    plain = compared(PERSON)
    other = compared(PERSON, [1 - arm for arm in ARMS])
    assert other.difference == pytest.approx(-(plain.difference or 0), abs=1e-6)
    assert (other.low, other.high) == (
        pytest.approx(-(plain.high or 0), abs=1e-6),
        pytest.approx(-(plain.low or 0), abs=1e-6),
    )
    assert other.p == pytest.approx(plain.p)


def test_the_first_night_after_a_switch_does_not_count() -> None:
    switches = sum(a != b for a, b in zip(ARMS[1:], ARMS, strict=False))
    one = compared(PERSON)
    assert one.washout == switches
    assert one.with_.nights + one.against.nights == len(ARMS) - switches
    wild = list(PERSON)
    for k in range(1, len(ARMS)):
        if ARMS[k] != ARMS[k - 1]:
            wild[k] = 99.0
    assert figures(compared(wild)) == figures(one)


def test_an_evening_that_was_not_noted_is_no_switch_and_no_night() -> None:
    arms: list[int | None] = list(ARMS)
    noted = {k: v for k, v in by_evening(arms).items() if k != FIRST + timedelta(days=1)}
    person = person_nights(nights_written.rows(PERSON))
    one = compare_diary(person, noted, CONTRAST)
    assert one.with_.nights + one.against.nights == (
        compared(PERSON).with_.nights + compared(PERSON).against.nights - 1
    )


def test_too_few_nights_give_no_figure_and_say_how_many() -> None:
    one = compared(PERSON[:12], ARMS[:12])
    assert one.difference is one.low is one.p is one.smallest is None
    assert one.too_few is not None
    assert "each side needs 5" in one.too_few


def test_nights_that_a_line_goes_through_give_no_interval() -> None:
    one = compared([10.0 + k for k in range(len(ARMS))])
    assert one.difference is None
    assert one.too_few


def test_with_nights_that_do_not_depend_the_mixture_is_wider_than_least_squares() -> None:
    from scipy.stats import linregress  # noqa: PLC0415

    days = np.arange(20.0)
    values = np.array(nights_written.person(20, 2, phi=0.0))
    found = difference_of(values, days, (days % 2 == 0).astype(float))
    assert found is not None
    slope = coefficient(values, np.column_stack((np.ones(20), days)), days)
    assert slope is not None
    assert slope.estimates[0] == pytest.approx(linregress(days, values).slope)
    assert slope.errors[0] == pytest.approx(linregress(days, values).stderr)
    assert sum(slope.weights) == pytest.approx(1)


def test_limits_are_where_the_probability_is() -> None:
    values = np.array(PERSON)
    found = mean_of(values, np.arange(values.size, dtype=float))
    assert found is not None
    for limit in found.limits(0.95):
        assert found.probability(limit) == pytest.approx(0.05, abs=1e-9)


def test_nothing_is_told_of_too_few_values() -> None:
    assert mean_of(np.array([3.0]), np.array([0.0])) is None
    assert coefficient(np.ones(5), np.ones((5, 2)), np.arange(5.0)) is None


# Holm --------------------------------------------------------------------------------------------


def test_holm_on_a_known_row() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_helps_and_keeps_the_order(found: list[float]) -> None:
    corrected = holm(found)
    assert all(new >= old for new, old in zip(corrected, found, strict=True))
    assert all(
        (a <= b) == (corrected[i] <= corrected[j]) or corrected[i] == corrected[j]
        for i, a in enumerate(found)
        for j, b in enumerate(found)
    )
    assert min(corrected) == pytest.approx(min(1.0, len(found) * min(found)))


def test_what_could_not_be_compared_is_not_counted_among_the_looked_at() -> None:
    one, none = compared(PERSON), compared(PERSON[:12], ARMS[:12])
    first, second = with_holm([one, none])
    assert first.p_holm == pytest.approx(one.p)
    assert second.p_holm is None


# Plans -------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(14, 60), st.integers(0, 10**6))
def test_a_plan_keeps_its_promises(nights: int, seed: int) -> None:
    plan = draw_plan("caffeine", FIRST, nights, seed)
    arms = plan.arms
    assert arms.size == nights
    edges = np.flatnonzero(np.diff(arms)) + 1
    lengths = np.diff([0, *edges, nights])
    assert lengths.min() >= 2
    assert lengths.max() <= 5
    counts = counted(arms, 1)
    with_, without = arms[counts].sum(), (1 - arms[counts]).sum()
    assert min(with_, without) >= 5
    assert abs(int(with_) - int(without)) <= 2
    assert np.array_equal(draw_plan("caffeine", FIRST, nights, seed).arms, arms)


def test_a_plan_of_few_nights_still_has_orders_enough() -> None:
    drawn = Counter(tuple(order) for order in drawn_orders(14, 7400, seed=1).tolist())
    assert len(drawn) == 74  # all there are
    assert 2 / len(drawn) < 0.05
    # each as likely: 100 times, give or take 10 by chance
    assert min(drawn.values()) >= 60
    assert max(drawn.values()) <= 140


@pytest.mark.parametrize("nights", [0, 13, 121])
def test_a_plan_that_shows_nothing_is_not_made(nights: int) -> None:
    with pytest.raises(CriteriaError, match="14 to 120"):
        draw_plan("caffeine", FIRST, nights, 1)


def test_a_plan_survives_a_spreadsheet(tmp_path: Path) -> None:
    plan = draw_plan("caffeine", FIRST, 20, 11)
    path = tmp_path / "plan.csv"
    path.write_text(plan_csv(plan), encoding="utf-8")
    again = read_plan(path)
    assert again.by_lot
    assert np.array_equal(again.arms, plan.arms)
    assert again.evenings == plan.evenings
    rows = [line.split(",", 6) for line in plan_csv(plan).splitlines()]
    german = "\n".join(
        ";".join([row[0], ".".join(reversed(row[1].split("-"))), *row[2:]]) for row in rows
    ).replace('"', "")
    path.write_text(german, encoding="cp1252")
    assert read_plan(path).by_lot


def test_a_plan_that_was_changed_is_no_lot(tmp_path: Path) -> None:
    plan = draw_plan("caffeine", FIRST, 20, 11)
    lines = plan_csv(plan).splitlines()
    swapped = [line.replace(",no,", ",yes,", 1) if k == 3 else line for k, line in enumerate(lines)]
    swapped = swapped if swapped != lines else [line.replace(",yes,", ",no,", 1) for line in lines]
    path = tmp_path / "plan.csv"
    path.write_text("\n".join(swapped), encoding="utf-8")
    changed = read_plan(path)
    assert not changed.by_lot
    values = nights_written.person(20, 1)
    one = compare_plan(person_nights(nights_written.rows(values)), changed, CONTRAST, {})
    assert one.kind == ASSOCIATION


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-03-04", "2026-03-05", "is there already"),
        ("2026-03-21", "2026-03-29", "does not follow"),
        (",11,", ",eleven,", "seed is not the number"),
        ("caffeine", "counts", "is no plan"),
        (",yes,yes,", ",perhaps,yes,", "is not clear"),
    ],
)
def test_a_damaged_plan_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = plan_csv(draw_plan("caffeine", FIRST, 20, 11))
    assert old in text
    path = tmp_path / "plan.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DiaryError, match=said):
        read_plan(path)


def planned(values: Sequence[float], seed: int, sides: Sequence[str] = ()) -> Comparison:
    plan = draw_plan("caffeine", FIRST, len(values), seed)
    contrast = read_contrasts(list(sides) or ["caffeine=yes"], (), CAFFEINE)[0]
    return compare_plan(person_nights(nights_written.rows(values)), plan, contrast, {})


def test_a_plan_finds_a_large_effect_and_bounds_it() -> None:
    plan = draw_plan("caffeine", FIRST, 40, 3)
    values = np.array(nights_written.person(40, 8)) + 12.0 * plan.arms
    one = planned(values.tolist(), 3)
    assert one.kind == RANDOMIZED
    assert one.p is not None
    assert one.p < 0.01
    assert one.low is not None
    assert one.high is not None
    assert one.low < 12 < one.high
    assert one.low > 0


def test_a_plans_test_moves_with_the_effect_and_turns_with_the_sides() -> None:
    plan = draw_plan("caffeine", FIRST, 28, 3)
    values = np.array(nights_written.person(28, 8))
    plain = planned(values.tolist(), 3)
    moved = planned((values + 5.0 * plan.arms).tolist(), 3)
    assert np.allclose(np.array(figures(moved)) - 5.0, figures(plain), atol=0.02)
    turned = planned(values.tolist(), 3, ["caffeine=no"])
    assert figures(turned) == pytest.approx([-v for v in np.array(figures(plain))[[0, 2, 1]]])


def test_a_diary_that_strays_from_the_plan_is_counted_as_planned() -> None:
    plan = draw_plan("caffeine", FIRST, 28, 3)
    person = person_nights(nights_written.rows(nights_written.person(28, 8)))
    noted = dict(zip(plan.evenings, plan.arms.tolist(), strict=True))
    noted[plan.evenings[4]] = 1 - noted[plan.evenings[4]]
    one = compare_plan(person, plan, CONTRAST, noted)
    assert one.strayed == 1
    assert figures(one) == figures(compare_plan(person, plan, CONTRAST, {}))


def test_nights_that_are_missing_leave_the_plan_a_lot() -> None:
    plan = draw_plan("caffeine", FIRST, 28, 3)
    values: list[float | None] = list(nights_written.person(28, 8))
    values[6] = values[17] = None
    one = compare_plan(person_nights(nights_written.rows(values)), plan, CONTRAST, {})
    assert one.kind == RANDOMIZED
    assert one.p is not None


# How often intervals hold ------------------------------------------------------------------------


@pytest.mark.parametrize("design", ["plan", "haphazard", "alternate weeks"])
@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_intervals_hold_what_they_claim(design: str, effect: float) -> None:
    persons = 150  # 1,000 in benchmarks/trend.py; this many err by 1.8 %
    found = list(benchmark.results(design, 28, None, effect, persons=persons, seed=4))
    held = sum(benchmark.holds(one, true) for one, true in found)
    assert 0.95 - 3 * math.sqrt(0.95 * 0.05 / persons) <= held / persons <= 1


def test_more_nights_show_smaller_changes() -> None:
    shown = [smallest_change(nights) for nights in (20, 28, 56, 112)]
    assert shown == sorted(shown, reverse=True)
    assert shown[2] / shown[3] * math.sqrt(2) == pytest.approx(2, rel=0.25)


# Conditions --------------------------------------------------------------------------------------


def own_diary() -> Diary:
    columns = (
        *factors().values(),
        Factor("mood", Kind.TEXT, "mood"),
    )
    return Diary("diary.csv", columns, {})


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("caffeine=no", False, True),
        ("caffeine = nein", False, True),
        ("coffee!=yes", False, True),
        ("stress>=6", 6.0, 5.9),
        ("stress<2,5", 2.0, 2.5),
        ("exercise=day,evening", "evening", "none"),
        ("mood=good", "good", "bad"),
    ],
)
def test_a_condition_is_read(text: str, yes: object, no: object) -> None:
    condition = read_condition(text, own_diary())
    assert condition.holds(yes)  # type: ignore[arg-type]
    assert not condition.holds(no)  # type: ignore[arg-type]
    assert condition.negated().holds(no)  # type: ignore[arg-type]


def test_bedtimes_are_in_order_across_midnight() -> None:
    from datetime import time  # noqa: PLC0415

    late = read_condition("bedtime>23:30", own_diary())
    assert late.holds(time(0, 15))
    assert not late.holds(time(22, 0))
    assert late.phrase == "with bedtime above 23:30"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("caffeine", "no condition such as"),
        ("tea=no", "has no column tea; it has bedtime, caffeine"),
        ("caffeine=perhaps", "caffeine is yes or no"),
        ("caffeine>yes", "has no order"),
        ("stress=very", "stress is a number"),
    ],
)
def test_a_condition_that_is_none_is_named(text: str, said: str) -> None:
    with pytest.raises(CriteriaError, match=said):
        read_condition(text, own_diary())


def test_sides_belong_together() -> None:
    with pytest.raises(CriteriaError, match="as many --against as --with"):
        read_contrasts(["caffeine=no", "alcohol=no"], ["caffeine=yes"], own_diary())
    with pytest.raises(CriteriaError, match="two factors"):
        read_contrasts(["caffeine=no"], ["alcohol=yes"], own_diary())


def test_every_column_that_differs_is_looked_at() -> None:
    evenings = list(by_evening([0] * 6))
    rows = {
        day: {"caffeine": k % 2 == 0, "stress": float(k), "alcohol": True, "mood": f"m{k}"}
        for k, day in enumerate(evenings)
    }
    diary = Diary("d", own_diary().columns, rows)
    texts = [(c.with_.text, c.against.text) for c in every_contrast(diary, evenings)]
    assert texts == [("caffeine=no", "caffeine=yes"), ("stress<=2.5", "stress>2.5")]


# The commands ------------------------------------------------------------------------------------


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trend folder of five weeks with a diary in which caffeine adds twelve an hour."""
    arms = [(k // 4) % 2 for k in range(35)]
    values = nights_written.person(35, seed=21, sd=2.0)
    lines = ["date,caffeine,alcohol,stress"]
    for k, (value, arm) in enumerate(zip(values, arms, strict=True)):
        evening = FIRST + timedelta(days=k)
        nights_written.write_result(tmp_path / "nights" / f"n{k:02d}", evening, value + 12 * arm)
        alcohol = ("no", "no", "yes", "yes")[k % 4]
        lines.append(f"{evening},{('no', 'yes')[arm]},{alcohol},{k % 9}")
    diary = tmp_path / "diary.csv"
    diary.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "trend"
    done = run("trend", tmp_path / "nights", "--diary", diary, "--output", out, "--quiet")
    assert done.exit_code == 0, done.output
    return out


def test_compare_says_what_the_nights_show(folder: Path) -> None:
    done = run("compare", folder, "--with", "caffeine=no", "--against", "caffeine=yes")
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "An association in a diary." in said
    assert "fewer periodic limb movements an hour of sleep without caffeine" in said
    assert "It is no proof of a cause" in said
    assert "Make a small experiment of it" in said  # C08
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_compare_takes_the_folder_it_stands_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    done = run("compare", "--with", "caffeine=no", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["comparisons"]
    assert len(found) == 1
    assert found[0]["against"]["condition"] == "caffeine=yes"
    assert found[0]["high"] < 0
    assert found[0]["p_holm"] == found[0]["p"]


def test_all_columns_are_compared_with_holm(folder: Path) -> None:
    done = run("compare", folder, "--all", "--json")
    found = json.loads(done.stdout)["comparisons"]
    assert [one["factor"] for one in found] == ["caffeine", "alcohol", "stress"]
    tested = [one for one in found if one["p"] is not None]
    assert all(one["p_holm"] >= one["p"] for one in tested)
    shown = run("compare", folder, "--all")
    assert "p (Holm)" in shown.stdout


def test_results_and_the_table_give_the_same(folder: Path, tmp_path: Path) -> None:
    words = ("--with", "caffeine=no", "--json", "--diary", tmp_path / "diary.csv")
    one = run("compare", folder / "nights.csv", *words)
    other = run("compare", tmp_path / "nights", *words)
    assert one.exit_code == 0, one.output
    assert one.stdout == other.stdout


def test_a_plan_is_drawn_kept_and_tested(folder: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    words = ("plan", "caffeine", "--nights", "28", "--from", FIRST.isoformat(), "--seed", "3")
    done = run(*words, "--output", plan)
    assert done.exit_code == 0, done.output
    assert "The first night after a switch does not count" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    again = run(*words, "--output", plan)
    assert again.exit_code == 2
    assert "a plan is drawn once" in again.stderr
    tested = run("compare", folder, "--plan", plan)
    assert tested.exit_code == 0, tested.output
    assert "A plan drawn by lot." in tested.stdout
    assert "evenings the diary tells another condition" in " ".join(tested.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "medicine"), "ask the doctor who prescribed it"),
        (("plan", "caffeine", "--nights", "5"), "14 to 120"),
        (("compare", "nowhere", "--with", "caffeine=no"), "nowhere is not there"),
        (("compare", "--with", "caffeine=no"), "there is no nights.csv and no result"),
    ],
)
def test_wrong_use_is_one_line(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what to compare"),
        (("--with", "tea=no"), "has no column tea"),
        (("--against", "caffeine=no"), "give both"),
        (("--all", "--with", "caffeine=no"), "leave out --with"),
    ],
)
def test_an_unclear_comparison_is_one_line(words: tuple[str, ...], said: str, folder: Path) -> None:
    done = run("compare", folder, *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
