"""Nothing lost of the articles, nothing copied from them, and each night told what concerns it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.guidance import (
    Advice,
    Fact,
    Findings,
    Group,
    GuidanceCriteria,
    advise,
    articles,
    facts,
    facts_on,
    group_title,
)
from detector.guidance import command as command_module
from detector.guidance.command import guidance
from detector.guidance.facts import PATTERNS, Kind, Role, lines, texts

ARTICLES = Path(__file__).parents[2] / "shared" / "articles"
needs_articles = pytest.mark.skipif(
    not (ARTICLES / "facts.csv").is_file(), reason="the articles lie beside the checkout only"
)

HOURS_SLEEP = 7.0
# counts that bring each pattern above its mark in 7 h, for adult and child
ENOUGH = {"hypnic_jerk": 1, "periodic_limb_movement": 60, "restless_activity": 80}
SUBSETS = [frozenset(subset) for n in range(4) for subset in itertools.combinations(ENOUGH, n)]
ALWAYS_KINDS = {Kind.SEE_DOCTOR, Kind.SAFETY}
QUIET_GROUPS = {Group.OVERVIEW, Group.TRY_FIRST, Group.SEE_DOCTOR, Group.LIMITS}


def night(found: frozenset[str], **others: object) -> Findings:
    counts = {label: ENOUGH[label] for label in found}
    return Findings(**{"asleep": counts, "hours_sleep": HOURS_SLEEP, **others})  # type: ignore[arg-type]


def carried(advices: tuple[Advice, ...]) -> set[str]:
    return {id_ for advice in advices for id_ in advice.facts}


def ids(chosen: Iterator[Fact] | tuple[Fact, ...]) -> set[str]:
    return {fact.id for fact in chosen}


def shared_rows() -> list[dict[str, str]]:
    with (ARTICLES / "facts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own_texts() -> Iterator[tuple[str, str]]:
    yield from ((fact.id, fact.text) for fact in facts())
    yield from ((line.text[:40], line.text) for line in lines())


# The facts ------------------------------------------------------------------------------------


@needs_articles
def test_every_fact_of_the_articles_is_there() -> None:
    theirs = [
        (r["id"], r["article"], r["kind"], tuple(r["concerns"].split("|"))) for r in shared_rows()
    ]
    assert [(f.id, f.article, f.kind.value, f.concerns) for f in facts()] == theirs


@needs_articles
def test_no_six_words_in_a_row_are_the_articles() -> None:
    def sequences(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}

    theirs: set[tuple[str, ...]] = set()
    for path in ARTICLES.glob("*.txt"):
        theirs |= sequences(path.read_text(encoding="utf-8"))
    for row in shared_rows():
        theirs |= sequences(row["fact"])
    copied = {name: shared for name, text in own_texts() if (shared := sequences(text) & theirs)}
    assert not copied


def test_each_fact_is_a_sentence_with_a_known_article() -> None:
    known = {article.id for article in articles() if article.role is Role.ARTICLE}
    assert len(known) == 5
    assert {fact.article for fact in facts()} == known
    for fact in facts():
        assert fact.text[0].isupper(), fact.id
        assert fact.text.endswith("."), fact.id
        assert set(fact.concerns) <= {"any", *PATTERNS}, fact.id


@pytest.mark.parametrize(
    "phrase",
    [
        r"you have", r"you suffer", r"should take", r"stop taking", r"take (this|your) medicine",
        r"diagnosed", r"\bmild\b", r"\bmoderate\b", r"\bsevere\b", r"\bPLMI\b", r"\bcured?\b",
    ],
)  # fmt: skip
def test_nothing_diagnoses_prescribes_or_grades(phrase: str) -> None:
    assert not [name for name, text in own_texts() if re.search(phrase, text, re.IGNORECASE)]


def test_treatment_is_only_what_a_doctor_may_discuss() -> None:
    for fact in facts():
        if fact.kind is Kind.TREATMENT:
            assert "doctor may discuss" in fact.text, fact.id
    medicine = re.compile(r"levodopa|diazepam|benzodiazepine|muscle relaxant|sleep aid")
    for line in lines():
        if medicine.search(line.text):
            assert line.group is Group.DOCTOR_MAY_DISCUSS


def test_potassium_comes_with_the_kidneys_and_medicine_with_its_doctor() -> None:
    by_id = {fact.id: fact.text for fact in facts()}
    assert "kidney" in by_id["D08"]
    assert "never leave it off on your own" in by_id["A10"]
    for line in lines():
        if "D08" in line.facts:
            assert "B08" in line.facts
            assert "kidney" in line.text
        if "A10" in line.facts:
            assert "never leave off a medicine" in line.text


# The lines ------------------------------------------------------------------------------------


def test_lines_speak_of_known_facts_and_sources_and_none_goes_unused() -> None:
    known = ids(facts())
    sources = {article.id for article in articles()}
    assert {id_ for line in lines() for id_ in line.facts} == known
    for line in lines():
        assert set(line.sources) <= sources, line.text
        assert line.text == " ".join(line.text.split()), line.text
    beyond_the_five = {article.id for article in articles() if article.role is not Role.ARTICLE}
    assert {source for line in lines() for source in line.sources} == beyond_the_five


def test_each_line_can_be_reached() -> None:
    nights = [
        night(
            found,
            placement=placement,
            child=child,
            periodic_limb_movement_per_h=30.0,
            excluded={"tremor": 1, "respiratory_train": excluded},
            hours_sleep=hours,
        )
        for found in SUBSETS
        for placement in ("ankle", "wrist", "mattress", "unknown")
        for child in (False, True)
        for excluded in (0, 1)
        for hours in (HOURS_SLEEP, None)
    ]
    nights.append(replace(nights[0], untold=frozenset({"hypnic_jerk"}), hours_sleep=HOURS_SLEEP))
    shown = {advice.text for findings in nights for advice in advise(findings)}
    assert shown == {line.text for line in lines()}


@pytest.mark.parametrize("label", ["hypnic_jerk", "periodic_limb_movement"])
def test_what_the_rate_hides_is_not_called_quiet(label: str) -> None:
    findings = replace(night(frozenset()), untold=frozenset({label}))
    said = " ".join(advice.text for advice in advise(findings))
    assert "quiet night" not in said.lower()
    assert "E12" not in carried(advise(findings))
    assert "cannot be called quiet" in said


@pytest.mark.parametrize("child", [False, True])
@pytest.mark.parametrize("found", SUBSETS[1:], ids="+".join)
def test_a_night_carries_every_fact_that_concerns_it(found: frozenset[str], child: bool) -> None:
    concerning = {
        fact.id
        for fact in facts()
        if fact.kind in ALWAYS_KINDS or any(fact.bears_on(pattern) for pattern in found)
    }
    if found & {"periodic_limb_movement", "restless_activity"}:
        concerning.remove("E12")
    assert carried(advise(night(found, child=child))) == concerning


def test_a_quiet_night_reassures_and_says_what_it_cannot_show() -> None:
    advices = advise(night(frozenset(), placement="ankle"))
    assert {advice.group for advice in advices} == QUIET_GROUPS
    assert advices[0].text.startswith("A quiet night")
    assert "one night" in advices[0].text
    assert "counts for more than this recording" in advices[0].text
    assert "39 %" in advices[1].text
    assert "terrill-2013" in advices[1].articles
    always = {fact.id for fact in facts() if fact.kind in ALWAYS_KINDS}
    reassuring = {"A01", "E01", "E12"}
    habits = {fact.id for fact in facts() if fact.kind is Kind.SELF_HELP and "any" in fact.concerns}
    # E05 is the cause that the one line on exercise resolves
    assert carried(advices) == always | reassuring | habits | {"E05"}


@pytest.mark.parametrize("hours", [None, 0.0, 2.9])
def test_too_little_sleep_is_not_called_quiet(hours: float | None) -> None:
    advices = advise(Findings(hours_sleep=hours))
    assert advices[0].text.startswith("Too little sleep")
    assert "E12" not in carried(advices)
    assert not any("quiet night:" in advice.text for advice in advices)


@pytest.mark.parametrize("found", SUBSETS, ids="+".join)
def test_see_a_doctor_and_limits_are_always_shown(found: frozenset[str]) -> None:
    advices = advise(night(found))
    assert {fact.id for fact in facts() if fact.kind in ALWAYS_KINDS} <= carried(advices)
    red_flags = next(advice for advice in advices if advice.group == Group.SEE_DOCTOR)
    for word in ("injury", "dreams", "seizure", "breathing", "child"):
        assert word in red_flags.text
    assert {"mayo-clinic-rbd", "hopkins-medicine-seizures", "nhs-sleep-apnoea"} <= set(
        red_flags.articles
    )
    assert any(advice.group == Group.LIMITS and "doctor" in advice.text for advice in advices)


@pytest.mark.parametrize("found", SUBSETS, ids="+".join)
def test_groups_stand_in_order_and_each_line_names_its_articles(found: frozenset[str]) -> None:
    advices = advise(night(found))
    order = [list(Group).index(Group(advice.group)) for advice in advices]
    assert order == sorted(order)
    assert 10 <= len(advices) <= 30
    article_of = {fact.id: fact.article for fact in facts()}
    for advice in advices:
        assert {article_of[id_] for id_ in advice.facts} <= set(advice.articles)
        assert len(set(advice.articles)) == len(advice.articles)


def test_the_most_useful_comes_first() -> None:
    def first_tries(found: str) -> list[set[str]]:
        advices = advise(night(frozenset({found})))
        return [set(a.facts) for a in advices if a.group == Group.TRY_FIRST]

    assert first_tries("periodic_limb_movement")[0] == {"C08"}
    assert first_tries("hypnic_jerk")[0] == {"D07"}
    assert first_tries("restless_activity")[0] == {"A13", "C11"}


def test_treatment_only_beside_what_it_is_for() -> None:
    for found in SUBSETS:
        groups = {advice.group for advice in advise(night(found))}
        fits = bool(found & {"periodic_limb_movement", "restless_activity"})
        assert (Group.DOCTOR_MAY_DISCUSS in groups) is fits


# What counts as found -------------------------------------------------------------------------


def is_quiet(findings: Findings) -> bool:
    return advise(findings)[0].text.startswith("A quiet night")


def test_three_periodic_movements_are_no_series_and_four_are_asleep_or_awake() -> None:
    asleep = {"periodic_limb_movement": 2}
    one, two = {"periodic_limb_movement": 1}, {"periodic_limb_movement": 2}
    assert is_quiet(Findings(asleep=asleep, awake=one, hours_sleep=7.0))
    advices = advise(Findings(asleep=asleep, awake=two, hours_sleep=7.0))
    assert "C06" in carried(advices)
    assert "E12" not in carried(advices)


def test_ordinary_turning_brings_no_talk_of_restless_legs() -> None:
    # 6.8 an hour is the healthy adults' median, 10.8 their upper quartile
    ordinary = Findings(asleep={"restless_activity": 68}, hours_sleep=10.0)
    restless = Findings(asleep={"restless_activity": 108}, hours_sleep=10.0)
    assert is_quiet(ordinary)
    assert "C06" in carried(advise(restless))
    assert not is_quiet(Findings(asleep={"restless_activity": 68}, hours_sleep=10.0, child=True))


def test_lying_awake_everybody_moves() -> None:
    assert is_quiet(Findings(awake={"restless_activity": 500}, hours_sleep=7.0))


def test_a_jerk_awake_counts_since_it_belongs_to_the_passage_into_sleep() -> None:
    assert "D01" in carried(advise(Findings(awake={"hypnic_jerk": 1}, hours_sleep=7.0)))


def test_isolated_movements_and_vibration_leave_a_night_quiet() -> None:
    assert is_quiet(
        Findings(asleep={"isolated_movement": 90}, excluded={"vibration": 400}, hours_sleep=7.0)
    )


@pytest.mark.parametrize(
    ("placement", "child", "rate", "compared"),
    [
        ("ankle", False, 15.0, False),
        ("ankle", False, 15.1, True),
        ("ankle", True, 5.1, True),
        ("ankle", False, None, False),
        ("wrist", False, 40.0, False),
        ("mattress", True, 40.0, False),
        ("unknown", False, 40.0, False),
    ],
)
def test_the_laboratory_mark_is_named_at_the_ankle_alone(
    placement: str, child: bool, rate: float | None, compared: bool
) -> None:
    findings = night(
        frozenset({"periodic_limb_movement"}),
        placement=placement,
        child=child,
        periodic_limb_movement_per_h=rate,
    )
    assert any("icsd-3" in advice.articles for advice in advise(findings)) is compared


def test_a_child_and_breathing_bring_their_own_line() -> None:
    def sources(findings: Findings) -> list[tuple[str, ...]]:
        return [a.articles for a in advise(findings) if a.group == Group.SEE_DOCTOR]

    child = ("cahs-child-restless-legs", "aap-child-apnea")
    assert child in sources(night(frozenset(), child=True))
    assert child not in sources(night(frozenset()))
    breathing = night(frozenset(), excluded={"respiratory_train": 12})
    assert ("nhs-sleep-apnoea",) in sources(breathing)
    assert "E12" not in carried(advise(breathing))


@pytest.mark.parametrize(
    "wrong",
    [
        {"asleep": {"twitch": 1}},
        {"awake": {"hypnic_jerk": -1}},
        {"excluded": {"snoring": 1}},
        {"placement": "elbow"},
    ],
)
def test_findings_that_no_night_can_have_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Findings(**wrong)  # type: ignore[arg-type]


def test_criteria_are_above_zero() -> None:
    with pytest.raises(ValueError, match="min_sleep_h"):
        GuidanceCriteria(min_sleep_h=0.0)


# The command ----------------------------------------------------------------------------------


def test_the_command_lists_every_fact_with_its_article() -> None:
    result = CliRunner().invoke(guidance, [])
    assert result.exit_code == 0
    name = {article.id: article.name for article in articles()}
    for fact in facts():
        assert f"  {fact.id}  {fact.text} [{name[fact.article]}]\n" in result.stdout
    assert "takes the place of no doctor" in result.stdout
    assert "acted out" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_command_lists_what_concerns_a_pattern(pattern: str) -> None:
    result = CliRunner().invoke(guidance, ["--pattern", pattern, "--json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    listed = {fact["id"] for fact in document["facts"]}
    assert listed == ids(facts_on(pattern))
    assert listed >= {fact.id for fact in facts() if fact.kind in ALWAYS_KINDS}
    concerning = {fact.id for fact in facts() if fact.bears_on(pattern)}
    expected = [] if pattern == "hypnic_jerk" else ["E12"]
    assert document["left_out"] == sorted(concerning - listed) == expected
    assert document["see_doctor_soon"]
    assert document["limits"]
    named = {article["id"] for article in document["articles"]}
    assert {fact["article"] for fact in document["facts"]} <= named


def test_json_without_a_pattern_leaves_nothing_out() -> None:
    document = json.loads(CliRunner().invoke(guidance, ["--json"]).stdout)
    assert [fact["id"] for fact in document["facts"]] == [fact.id for fact in facts()]
    assert document["facts"][0].keys() == {"id", "article", "kind", "concerns", "text"}
    assert document["left_out"] == []
    assert {article["id"] for article in document["articles"]} >= {f.article for f in facts()}


def test_an_unknown_pattern_is_wrong_use() -> None:
    assert CliRunner().invoke(guidance, ["--pattern", "snoring"]).exit_code == 2


def test_a_terminal_gets_the_same_facts_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "70")
    command_module.guidance.callback(pattern="restless_activity", as_json=False)  # type: ignore[misc]
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert max(len(line) for line in shown.splitlines()) <= 70
    for fact in facts_on("restless_activity"):
        assert re.search(rf"^{fact.id} ", shown, re.MULTILINE)
    assert "Left out" in shown


def test_every_group_and_kind_has_a_heading() -> None:
    assert [group_title(group) for group in Group]
    assert set(texts()["kinds"]) == {kind.value for kind in Kind}
    assert set(texts()["patterns"]) == set(PATTERNS)
