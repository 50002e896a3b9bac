"""The import graph goes up the layers only; modules are small and say what they are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import detector

ROOT = Path(detector.__file__).parent
LAYERS = (
    ("errors", "recording", "intervals", "filtering", "distributions", "matching"),
    (
        "criteria",
        "criteria_files",
        "notes",
        "progress",
        "judging_options",
        "reading_options",
        "recording_files",
        "writing",
        "annotations",
        "hypnogram",
        "evidence",
    ),
    (
        "readers",
        "read_ahead",
        "grid",
        "holds",
        "night_signal",
        "raw_samples",
        "calibration",
        "two_clocks",
    ),
    ("conditioning", "inspection"),
    ("noise_floor", "posture", "endings"),
    ("edges", "flanks"),
    ("slow_flanks", "rises"),
    ("movements",),
    ("bursts", "exclusion", "gross", "row_lines", "series", "sleep_states"),
    ("nights", "breathing"),
    ("classification", "scoring", "uncertainty"),
    ("summary",),
    ("quality", "guidance"),
    ("analysis",),
    ("pipeline",),
    ("sensitivity", "two_legs", "results"),
    ("export", "report", "reviewing", "trend", "cohort"),
    ("cli", "inspection_commands", "__main__"),
)
OUTSIDE = ("evaluation", "simulation")
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(p for p in ROOT.rglob("*.py") if "__pycache__" not in p.parts)


def dotted(path: Path) -> str:
    parts = ("detector", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path): path for path in MODULES}


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield what runs on import, without what only a type checker sees."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        statement = waiting.pop(0)
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            waiting += statement.orelse
        elif isinstance(statement, ast.If | ast.Try):
            waiting += [*statement.body, *statement.orelse]
        else:
            yield statement


def imports(name: str) -> set[str]:
    """Return the modules of this package that importing module `name` imports."""
    path = NAMES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for statement in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            base = statement.module or ""
            if statement.level:
                above = package.split(".")[: len(package.split(".")) - statement.level + 1]
                base = ".".join([*above, base] if base else above)
            found |= {f"{base}.{alias.name}" for alias in statement.names} | {base}
    return {one for one in found if one in NAMES} - {name}


def part(name: str) -> str:
    """Return the layer's name of a module: readers for detector.readers.stream."""
    return name.split(".")[1] if "." in name else "detector"


GRAPH = {name: imports(name) for name in NAMES}


def test_the_graph_is_seen() -> None:
    assert "detector.intervals" in GRAPH["detector.nights"]
    assert "detector.errors" in GRAPH["detector.readers.stream"]
    assert len(GRAPH) > 40


def test_every_module_has_its_layer() -> None:
    parts = {part(name) for name in NAMES} - {"detector", *OUTSIDE}
    assert parts <= set(RANK), "name the new modules in LAYERS"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_imports_go_up_only(name: str) -> None:
    here = part(name)
    if here in ("detector", *OUTSIDE):
        return assert_outside(name)
    for other in GRAPH[name] - {"detector"}:
        assert part(other) not in OUTSIDE, f"{name} imports {other}, which stands outside"
        assert RANK[part(other)] <= RANK[here], f"{name} imports {other}, which is above it"
    return None


def assert_outside(name: str) -> None:
    """Hold that what is outside the flow takes no more than its lowest layers.

    An evaluation also scores leg movements by the rules.
    """
    if part(name) == "detector":
        assert GRAPH[name] == set(), "a command that needs no filter waits for no import"
        return
    for other in GRAPH[name] - {"detector"}:
        if part(name) == "evaluation" and part(other) == "scoring":
            continue
        assert part(other) == part(name) or RANK[part(other)] <= 1, f"{name} imports {other}"


def test_an_analysis_imports_nothing_slow() -> None:
    # Each of them takes as long to import as a tenth to a half of a night takes to analyze
    code = (
        "import sys, detector.cli, detector.pipeline, detector.export, detector.readers;"
        "import detector.report.page;"
        "slow = {'scipy', 'pandas', 'plotly', 'rich', 'matplotlib'};"
        "print(*sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_no_module_imports_itself_through_others() -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join([*way, name])}"
        if name in done:
            return
        for other in sorted(GRAPH[name]):
            # a package's own list of names is no circle
            if not name.startswith(f"{other}."):
                visit(other, (*way, name))
        done.add(name)

    for name in sorted(GRAPH):
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500, "when two ideas meet in a file, part them"
    doc = ast.get_docstring(compiled(text))
    assert doc, "a module says what it is"
    assert doc.splitlines()[0].endswith((".", ":")), doc.splitlines()[0]
    assert path.name not in ("utils.py", "util.py", "helpers.py", "misc.py", "common.py")


def compiled(text: str) -> ast.Module:
    """Parse with warnings as errors: an escape that is none would warn its first reader."""
    compile(text, "module", "exec")
    return ast.parse(text)


def test_no_file_is_called_utils() -> None:
    assert not list(ROOT.rglob("utils.py"))
    assert not list(ROOT.rglob("utils"))


def test_public_names_are_there() -> None:
    for name in detector.__all__:
        assert getattr(detector, name).__name__ == name
    assert dir(detector) == sorted(detector.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        detector.nothing  # noqa: B018
