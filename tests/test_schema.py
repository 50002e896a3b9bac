"""summary.json keeps to its schema, and the glossary names all that a run writes."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import detector
from detector.classification import Label
from detector.exclusion import Exclusion
from detector.export import COLUMNS, summary, to_json
from detector.guidance import Group
from detector.pipeline import Analysis
from detector.recording import Placement, Repair, Side
from detector.simulation import Annotation, SimulatedNight
from detector.summary import Index

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_recordings" / "ankle_night.csv.gz"
EXAMPLE = ROOT.parent / "shared" / "summary.example.json"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "summary.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def short(ankle_analysis: Analysis) -> Json:
    """Two and a half hours: too little for an index."""
    return written(ankle_analysis)


@pytest.fixture(scope="module")
def sample() -> Json:
    return written(detector.analyze(detector.read(SAMPLE, placement="ankle")))


def written(analysis: Analysis) -> Json:
    """Return a summary as a reader of the file gets it."""
    return dict(json.loads(to_json(summary(analysis))))


def complaints(validator: Draft202012Validator, found: Json) -> list[str]:
    return [error.json_path for error in validator.iter_errors(found)]


def test_a_short_night_keeps_to_the_schema(validator: Draft202012Validator, short: Json) -> None:
    assert complaints(validator, short) == []
    index = short["nights"][0]["indices"]["periodic_limb_movement_per_h"]
    assert index["value"] is None
    assert "3 h" in index["withheld"]


def test_a_sample_night_keeps_to_the_schema(validator: Draft202012Validator, sample: Json) -> None:
    assert complaints(validator, sample) == []
    assert sample["nights"][0]["indices"]["periodic_limb_movement_per_h"]["value"] > 0


def test_a_recording_without_a_clock_keeps_to_the_schema(
    validator: Draft202012Validator, ankle_night: SimulatedNight
) -> None:
    part = slice(0, round(0.6 * 3600 * ankle_night.hz))
    recording = detector.from_arrays(
        ankle_night.t_s[part],
        ankle_night.acceleration_g[:, part],
        hz=ankle_night.hz,
        side=Side.LEFT,
    )
    found = written(detector.analyze(recording))
    assert complaints(validator, found) == []
    assert found["recording"]["start"] is None
    assert found["nights"][0]["date"] is None


def test_the_designs_example_keeps_to_the_schema(validator: Draft202012Validator) -> None:
    if not EXAMPLE.is_file():
        pytest.skip("the design's example does not lie beside this checkout")
    assert complaints(validator, json.loads(EXAMPLE.read_text(encoding="utf-8"))) == []


def test_more_keys_may_be_added(validator: Draft202012Validator, short: Json) -> None:
    more = copy.deepcopy(short)
    more["later"] = more["recording"]["later"] = more["nights"][0]["later"] = 1
    assert complaints(validator, more) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("schema", "night-movement-detector/summary/0"),
        ("recording.placement", "elbow"),
        ("recording.side", ""),
        ("recording.start", "2026-03-02 22:41"),
        ("recording.gaps", [[1.0, 2.0]]),
        ("nights", []),
        ("nights.0.basis", "guessed"),
        ("nights.0.date", "March"),
        ("nights.0.sleep_onsets_s", None),
        ("nights.0.hours.sleep", None),
        ("nights.0.counts.twitch", 3),
        ("nights.0.counts.periodic_limb_movement", 1.5),
        ("nights.0.excluded.tremor", None),
        ("nights.0.indices.movement_per_h.value", -1.0),
        ("nights.0.indices.movement_per_h.withheld", "it has a value all the same"),
        ("nights.0.indices.periodicity_share.high", 1.2),
        ("nights.0.series.members_median", None),
        ("nights.0.quality.0.withholds", None),
        ("nights.0.guidance.0.group", "advertisement"),
    ],
)
def test_a_wrong_value_is_refused(
    validator: Draft202012Validator, sample: Json, where: str, value: object
) -> None:
    broken = copy.deepcopy(sample)
    *path, last = where.split(".")
    at: Any = broken
    for step in path:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    assert complaints(validator, broken) != []


def test_no_key_of_the_contract_may_be_missing(
    validator: Draft202012Validator, sample: Json
) -> None:
    """Every key of the contract is taken away once, and missed each time."""
    for holder in contract(sample):
        for key in list(holder):
            value = holder.pop(key)
            assert complaints(validator, sample) != [], key
            holder[key] = value
    assert complaints(validator, sample) == []


def contract(found: Json) -> Iterator[Json]:
    night = found["nights"][0]
    yield from (found, found["recording"], found["recording"]["calibration"], night)
    yield from (night["rest"], night["sleep_period"], night["hours"], night["counts"])
    yield from (night["excluded"], night["indices"], night["indices"]["turn_per_h"])
    yield from (night["series"], night["quality"][0], night["guidance"][0])


def test_the_glossary_names_every_key_of_a_summary(short: Json, sample: Json) -> None:
    keys = {key for found in (short, sample) for key in keys_of(found, skip="criteria")}
    keys |= {field.name for one in (Index, Repair) for field in dataclasses.fields(one)}
    keys |= {"onset_s", "duration_s"}
    assert keys - in_glossary() == set()


def test_the_criteria_page_names_every_criterion(sample: Json) -> None:
    page = code_words(ROOT / "docs" / "criteria.md")
    names = {key for section in sample["criteria"].values() for key in section}
    assert names - page == set()


def keys_of(found: Any, skip: str = "") -> Iterator[str]:
    if isinstance(found, list):
        for part in found:
            yield from keys_of(part, skip)
    elif isinstance(found, dict):
        for key, value in found.items():
            yield key
            if key != skip:
                yield from keys_of(value, skip)


def test_the_glossary_names_every_column() -> None:
    assert set(COLUMNS) - in_glossary() == set()
    annotation = {field.name for field in dataclasses.fields(Annotation)}
    assert annotation - in_glossary() == set()


def test_the_glossary_names_every_value(ankle_night: SimulatedNight) -> None:
    values = {str(one) for kind in (Label, Exclusion, Placement, Side, Group) for one in kind}
    values |= {"sleep", "wake", "unknown", "estimated", "diary", "hypnogram"}
    values |= {row.kind for row in ankle_night.truth}
    assert values - in_glossary() == set()


def test_the_glossary_names_every_code() -> None:
    """Codes of quality and kinds of repair, as they stand in the sources."""
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "detector").rglob("*.py"))
    )
    codes = set(re.findall(r'(?:QualityNote|Repair|\bnote|_note)\(\s*"([a-z_]+)"', sources))
    codes |= set(re.findall(r'(?:yield |warnings\.append\(\()"([a-z_]+)", ', sources))
    assert {"one_night", "low_rate", "truncated", "clock_change", "no_gravity"} <= codes
    assert codes - in_glossary() == set()


@cache
def in_glossary() -> set[str]:
    return code_words(ROOT / "GLOSSARY.md")


def code_words(path: Path) -> set[str]:
    """Return the words that a page sets as code, one by one."""
    return set(re.findall(r"`([\w.-]+)`", path.read_text(encoding="utf-8")))
