"""Criteria: each with its source, in and out of TOML, refused where they are none."""

from __future__ import annotations

import ast
import dataclasses
import json
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detector.criteria
from detector.criteria import (
    AASM,
    WASM,
    Criteria,
    default_criteria,
    to_dict,
)
from detector.criteria_files import read_criteria, to_toml
from detector.errors import CriteriaError
from detector.recording import Placement

SOURCE = Path(detector.criteria.__file__).read_text(encoding="utf-8")
LINES = SOURCE.splitlines()


def numeric_fields() -> list[tuple[str, str, int]]:
    """Return (class, field, line number) of each field that holds a number."""
    found = []
    for node in ast.parse(SOURCE).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                kind = ast.unparse(field.annotation)
                if "float" in kind or "int" in kind:
                    found.append((node.name, field.target.id, field.lineno))
    return found


FIELDS = numeric_fields()


def test_the_fields_are_seen() -> None:
    seen = {(owner, name) for owner, name, _ in FIELDS}
    tables = [type(getattr(Criteria(), f.name)) for f in dataclasses.fields(Criteria)]
    numbers = {
        (table.__name__, f.name)
        for table in tables
        for f in dataclasses.fields(table)
        if "float" in str(f.type) or "int" in str(f.type)
    }
    assert seen == numbers
    assert len(seen) > 60


@pytest.mark.parametrize(("owner", "name", "line"), FIELDS, ids=str)
def test_a_threshold_has_its_source(owner: str, name: str, line: int) -> None:
    own, before = LINES[line - 1], LINES[line - 2].strip()
    said = own.partition("#")[2].strip() if "#" in own else before.removeprefix("#").strip()
    assert "#" in own or before.startswith("#"), f"{owner}.{name} does not say where it is from"
    assert len(said) > 3


@pytest.mark.parametrize(("owner", "name", "line"), FIELDS, ids=str)
def test_a_threshold_has_its_unit(owner: str, name: str, line: int) -> None:
    units = ("_s", "_g", "_hz", "_deg", "_h", "_per_h", "_asleep", "_awake")
    pure = ("ratio", "probability", "parts", "members", "cycles", "strength", "confidence")
    assert name.endswith(units) or any(word in name for word in pure), f"{owner}.{name}"


@pytest.mark.parametrize("placement", list(Placement))
@pytest.mark.parametrize("rules", ["wasm", "aasm"])
def test_toml_out_and_in(placement: Placement, rules: str, tmp_path: Path) -> None:
    criteria = default_criteria(placement, rules)
    path = tmp_path / "criteria.toml"
    path.write_text(to_toml(criteria), encoding="utf-8")
    assert read_criteria(path, criteria) == criteria
    assert read_criteria(path, Criteria()) == criteria


@settings(max_examples=40, deadline=None)
@given(
    window_s=st.floats(1e-9, 999_999.0),
    members=st.integers(2, 50),
    rules=st.text(st.characters(categories=("L", "N"), include_characters="-_ "), max_size=12),
    passes=st.booleans(),
)
def test_any_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    window_s: float,
    members: int,
    rules: str,
    passes: bool,
) -> None:
    base = Criteria()
    criteria = dataclasses.replace(
        base,
        detection=dataclasses.replace(base.detection, floor_window_s=window_s),
        series=dataclasses.replace(
            base.series, min_members=members, rules=rules, short_interval_passes=passes
        ),
    )
    path = tmp_path_factory.mktemp("toml") / "criteria.toml"
    path.write_text(to_toml(criteria), encoding="utf-8")
    assert read_criteria(path, base) == criteria


def test_what_a_table_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[series]\nmax_interval_s = 60\n", encoding="utf-8")
    criteria = read_criteria(path, default_criteria(Placement.ANKLE))
    assert criteria.series == dataclasses.replace(WASM, max_interval_s=60)
    assert criteria.detection == default_criteria(Placement.ANKLE).detection
    path.write_text("", encoding="utf-8")
    assert read_criteria(path, Criteria()) == Criteria()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[detection]\nonset_ratio = 3\n", r"mine.toml: \[detection\] has no onset_ratio; it has"),
        ("[detect]\n", r"mine.toml: no table \[detect\]; the tables are conditioning, detection"),
        ("detection = 3\n", r"no table \[detection\]"),
        ("[detection]\nonset_floor_ratio = 'a'\n", "of another kind"),
        ("[detection]\nonset_floor_ratio = true\n", "of another kind"),
        ("[detection]\nonset_floor_ratio = [1]\n", "of another kind"),
        ("[series]\nseries_after_short_interval = 1\n", "of another kind"),
        ("[series]\nrules = 3\n", "of another kind"),
        ("[series]\nmin_members = 4.5\n", "min_members"),
        ("[detection]\nonset_floor_ratio = -1\n", "not above 0"),
        ("[detection]\nonset_floor_ratio = nan\n", "not above 0"),
        ("[detection]\nonset_floor_ratio = inf\n", "not above 0"),
        ("[classification]\nhypnic_min_passage_probability = 1.0\n", "not below 1"),
        ("[detection\n", "is no TOML file"),
    ],
)
def test_what_is_no_criterion_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError, match=said):
        read_criteria(path, Criteria())


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CriteriaError, match="cannot be read"):
        read_criteria(tmp_path / "missing.toml", Criteria())
    (tmp_path / "latin.toml").write_bytes(b"# M\xfcller\n")
    with pytest.raises(CriteriaError, match="is no TOML file"):
        read_criteria(tmp_path / "latin.toml", Criteria())


def test_rule_sets() -> None:
    assert default_criteria(Placement.WRIST).series == WASM
    assert default_criteria(Placement.WRIST, "aasm").series == AASM
    assert (WASM.min_interval_s, WASM.max_interval_s, WASM.min_members) == (10, 90, 4)
    assert (AASM.min_interval_s, AASM.max_interval_s, AASM.min_members) == (5, 90, 4)
    with pytest.raises(CriteriaError, match="rules are wasm or aasm"):
        default_criteria(Placement.WRIST, "icsd")


def test_an_unknown_placement_takes_the_wrists() -> None:
    assert default_criteria(Placement.UNKNOWN) == default_criteria(Placement.WRIST)


@pytest.mark.parametrize("placement", list(Placement))
def test_criteria_agree_with_each_other(placement: Placement) -> None:
    c = default_criteria(placement)
    assert c.conditioning.band_low_hz < c.conditioning.band_high_hz
    assert c.conditioning.edge_envelope_s < c.conditioning.envelope_s
    assert c.detection.offset_floor_ratio < c.detection.onset_floor_ratio
    for low, high in pairwise(
        (c.series.min_duration_s, c.series.max_duration_s, c.series.max_bilateral_duration_s)
    ):
        assert low < high
    assert c.series.min_interval_s < c.series.max_interval_s


def test_criteria_are_plain_values() -> None:
    assert json.loads(json.dumps(to_dict(Criteria()))) == to_dict(Criteria())
    assert set(tomllib.loads(to_toml(Criteria()))) == set(to_dict(Criteria()))


def test_criteria_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Criteria().detection.onset_floor_ratio = 1.0  # type: ignore[misc]
