"""Which result belongs to which truth: one of each, or two folders matched by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.annotations import AnnotationError
from detector.errors import CriteriaError
from detector.evaluation.marks import is_result

_TRUTH_ENDINGS = (".truth.csv", ".truth.edf", ".csv", ".edf", ".bdf")
_RESULT_ENDINGS = (".csv", ".edf", ".bdf")


@dataclass(frozen=True, slots=True)
class Pair:
    """A result and its truth; `truth` is None where there is none of that name."""

    name: str
    result: Path
    truth: Path | None

    def needed_truth(self) -> Path:
        """Return the truth; AnnotationError where there is none."""
        if self.truth is None:
            raise AnnotationError(
                f"{self.name}: there is no truth of that name; call it {self.name}.truth.csv"
            )
        return self.truth


def find_pairs(result: Path, truth: Path) -> list[Pair]:
    """Return the pairs that two paths mean; CriteriaError where they mean none.

    A result is a folder that the detector wrote, or a file of annotations. Where RESULT is a
    folder of results, TRUTH is a folder too: the truth of NAME, or NAME.night, is NAME.truth.csv,
    NAME.truth.edf, NAME.csv, NAME.edf or NAME.bdf, the first that is there.
    """
    for path in (result, truth):
        if not path.exists():
            raise CriteriaError(f"{path} is not there")
    many = result.is_dir() and not is_result(result)
    if many != truth.is_dir():
        raise CriteriaError(
            "one result takes one file as truth, a folder of results a folder of truths; "
            f"{result} is {'a folder of results' if many else 'one result'}"
        )
    if not many:
        return [Pair(result.name, result, truth)]
    results = _results(result)
    if not results:
        raise CriteriaError(f"{result} holds no folder that analyze wrote, and no annotations")
    return [Pair(name, path, _truth_of(name, truth)) for name, path in sorted(results.items())]


def without_result(pairs: Sequence[Pair], truth: Path) -> list[str]:
    """Return the names of files in the folder `truth` that are called a truth and have no pair."""
    if not truth.is_dir():
        return []
    used = {pair.truth for pair in pairs}
    return sorted(p.name for p in truth.glob("*.truth.*") if p not in used)


def _results(folder: Path) -> dict[str, Path]:
    """Return the results in a folder by name: those of the detector, else annotations."""
    written = [path for path in folder.iterdir() if path.is_dir() and is_result(path)]
    if written:
        return {path.name.removesuffix(".night"): path for path in written}
    return {
        path.name[: -len(ending)]: path
        for ending in _RESULT_ENDINGS
        for path in folder.glob(f"*{ending}")
        if ".truth." not in path.name
    }


def _truth_of(name: str, folder: Path) -> Path | None:
    for ending in _TRUTH_ENDINGS:
        if (path := folder / f"{name}{ending}").is_file():
            return path
    return None
