"""Templates are compiled once, and always where nothing can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from detector.report import templating


@pytest.fixture(autouse=True)
def cleared() -> Iterator[None]:
    """Let each test, and what comes after, begin with templates of its own."""
    templating.templates.cache_clear()
    yield
    templating.templates.cache_clear()


def macros_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the macros of the page's parts, got anew with what `folder` keeps."""
    monkeypatch.setattr(templating, "user_cache_path", lambda _: folder)
    templating.templates.cache_clear()
    parts = templating.templates("detector.report").get_template("parts.html.j2")
    names = [name for name in vars(parts.module) if not name.startswith("_")]
    assert names
    return names


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = macros_in(tmp_path / "new", monkeypatch)

    def compiled_again(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Environment, "compile", compiled_again)
    assert macros_in(tmp_path / "new", monkeypatch) == first


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = macros_in(tmp_path / "new", monkeypatch)
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    assert macros_in(in_the_way / "below", monkeypatch) == kept
    assert in_the_way.read_bytes() == b""


def test_what_is_kept_and_damaged_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = macros_in(tmp_path, monkeypatch)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for one in files:
        whole = one.read_bytes()
        for damaged in (b"damaged", whole[: len(whole) // 2], whole[:40]):
            one.write_bytes(damaged)
            assert macros_in(tmp_path, monkeypatch) == kept
