"""Two reviewers agree, or not: kappa and F1 against what is worked out by hand."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from detector.classification import Label
from detector.cli import main
from detector.reviewing.agreement import cohens_kappa, reviewer_agreement
from detector.reviewing.log import Action, Decision, Log

P, S = "periodic_limb_movement", "isolated_movement"


def judged(onset_s: float, label: str, who: str = "Ada") -> Decision:
    if not label:
        return Decision(who, "t", Action.DELETE, onset_s, 1.0, S, "")
    return Decision(who, "t", Action.RELABEL, onset_s, 1.0, S, label)


def added(onset_s: float, label: str = P) -> Decision:
    return Decision("Ada", "t", Action.ADD, onset_s, 1.0, "", label)


def test_kappa_of_a_table_by_hand() -> None:
    # 50 cases, 35 the same: 0.7; by chance (25 * 30 + 25 * 20) / 2500 = 0.5
    found = cohens_kappa({(P, P): 20, (P, S): 5, (S, P): 10, (S, S): 15})
    assert found.same == pytest.approx(0.7)
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.4 < found.high


def test_the_interval_of_kappa_is_as_wide_as_samples_spread() -> None:
    share = np.array([0.4, 0.1, 0.2, 0.3])
    cells = [(P, P), (P, S), (S, P), (S, S)]
    rng = np.random.default_rng(1)
    drawn = [
        cohens_kappa(dict(zip(cells, counts, strict=True)))
        for counts in rng.multinomial(400, share, 2000).tolist()
    ]
    values = np.array([one.value for one in drawn], dtype=float)
    widths = np.array([(one.high or 0) - (one.low or 0) for one in drawn])
    assert widths.mean() == pytest.approx(2 * 1.96 * values.std(), rel=0.06)


def test_no_kappa_where_there_is_but_one_label() -> None:
    found = cohens_kappa({(P, P): 12})
    assert (found.count, found.same, found.value) == (12, 1.0, None)
    assert cohens_kappa({}).value is None


def test_reviews_by_hand() -> None:
    first = [judged(10, P), judged(20, P), judged(30, S), judged(40, ""), judged(90, P)]
    second = [judged(10.3, P), judged(20, S), judged(30, ""), judged(40, "")]
    found = reviewer_agreement(first, second)
    assert (found.both, found.only_first, found.only_second) == (4, 1, 0)
    movements = found.movements
    assert (movements.hits, movements.true, movements.found) == (2, 3, 2)
    assert movements.f1 == pytest.approx(4 / 5)
    assert found.labels == {(P, P): 1, (P, S): 1}


def test_what_one_adds_counts_where_the_other_looked() -> None:
    base = [judged(10, P), judged(50, P)]
    found = reviewer_agreement([*base, added(30), added(80)], base)
    assert (found.movements.true, found.movements.found, found.movements.hits) == (3, 2, 2)
    assert found.only_first == 1


def test_both_add_the_same() -> None:
    found = reviewer_agreement([added(30)], [added(30.2)])
    assert found.movements.f1 == 1.0


LABELS = st.sampled_from(["", *map(str, Label)])
REVIEW = st.lists(st.tuples(st.integers(1, 30), LABELS), unique_by=lambda one: one[0])


@given(REVIEW, REVIEW)
def test_it_does_not_matter_who_is_first(
    one: list[tuple[int, str]], other: list[tuple[int, str]]
) -> None:
    first, second = ([judged(10.0 * at, label) for at, label in r] for r in (one, other))
    forth, back = reviewer_agreement(first, second), reviewer_agreement(second, first)
    assert forth.movements.f1 == back.movements.f1
    assert (forth.only_first, forth.only_second) == (back.only_second, back.only_first)
    assert forth.kappa.value == pytest.approx(back.kappa.value)


@given(REVIEW)
def test_who_agrees_with_all_agrees_wholly(rows: list[tuple[int, str]]) -> None:
    review = [judged(10.0 * at, label) for at, label in rows]
    found = reviewer_agreement(review, random.Random(1).sample(review, len(review)))
    assert found.both == len(rows)
    assert found.movements.f1 in (None, 1.0)
    assert found.kappa.value in (None, pytest.approx(1.0))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    rows = {
        "ada": [judged(10.0 * k, P if k % 3 else S) for k in range(1, 31)],
        "bea": [judged(10.0 * k, P if k % 4 else "") for k in range(1, 26)],
    }
    for name, review in rows.items():
        log = Log(tmp_path / f"{name}.csv")
        for one in review:
            log.append(replace(one, reviewer=name))
    return [str(tmp_path / f"{name}.csv") for name in rows]


def test_the_command_says_it_in_a_few_lines(files: list[str]) -> None:
    result = CliRunner().invoke(main, ["agreement", *files])
    assert result.exit_code == 0, result.output
    assert "ada (ada.csv)" in result.output
    assert "by both 25, by the first only 5, by the second only 0" in result.output
    assert "Cohen's kappa" in result.output
    assert all(len(line) <= 100 for line in result.output.splitlines())


def test_the_command_gives_all_as_json(files: list[str]) -> None:
    result = CliRunner().invoke(main, ["agreement", *files, "--json"])
    found = json.loads(result.output)
    assert found["movements"] == {"first": 25, "second": 19, "hits": 19, "f1": 0.8636}
    assert found["labels"]["count"] == sum(row["count"] for row in found["labels"]["pairs"]) == 19


def test_nothing_in_common_is_said(tmp_path: Path, files: list[str]) -> None:
    Log(tmp_path / "none.csv").append(judged(9999.0, P))
    result = CliRunner().invoke(main, ["agreement", files[0], str(tmp_path / "none.csv")])
    assert result.exit_code == 0
    assert "nothing to compare" in result.output


def test_a_file_that_is_no_review_is_wrong_use(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["agreement", files[0], str(tmp_path / "other.csv")])
    assert result.exit_code == 2
    assert "other.csv: is no review" in result.output
    assert len(result.output.splitlines()) == 1
