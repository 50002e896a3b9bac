"""What each recording gave, once and for all, under a name made of all that it depends on.

    results/3f/3fa0….json.gz         the summary, and the movements column by column
    results/3f/3fa0….failure.json    why it has no result
    nights/3fa0….html                the page of the recording, there before the result is
    nights/plotly.min.js             the plot library of all pages

A name is the SHA-256 of content, options, criteria and version, so that a change of any of them is
another name, and what two processes make at once is the same.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from detector.cohort.places import Place
from detector.errors import DetectorError
from detector.export import COLUMNS, LIBRARY_FILE

FORMAT = 1
_RESULT, _FAILURE = "json.gz", "failure.json"
_PAGES = "nights"
_TYPES = {
    "movement": pa.int32(),
    "night": pa.int32(),
    "onset_s": pa.float64(),
    "duration_s": pa.float64(),
    "peak_g": pa.float64(),
    "jerk_g_per_s": pa.float64(),
    "turn_deg": pa.float64(),
    "series": pa.int32(),
    "interval_s": pa.float64(),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


@dataclass(frozen=True, slots=True)
class Result:
    """What a recording gave: summary.json as values, and the rows of movements.csv."""

    summary: Mapping[str, Any]
    movements: pa.Table


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a recording gave nothing: `kind` is unusable, lost, or unexpected."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all results, of all pages, and of all failures."""

    results: set[str]
    pages: set[str]
    failures: set[str]


def name_of(parts: Mapping[str, Any]) -> str:
    """Return the name of a result that depends on these values and on nothing else."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


class Store:
    """The results of a study in its folder."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def names(self) -> Names:
        """Return the names of all that is there."""
        found: dict[str, set[str]] = {"html": set(), _RESULT: set(), _FAILURE: set()}
        for folder in ("results", _PAGES):
            for path in self.place.names(folder):
                name, _, kind = path.rpartition("/")[2].partition(".")
                if kind in found:
                    found[kind].add(name)
        return Names(found[_RESULT], found["html"], found[_FAILURE])

    def has(self, name: str) -> bool:
        """Tell whether the result of that name is there, whole."""
        return self.place.has(_path(name, _RESULT))

    def failure(self, name: str) -> Failure | None:
        """Return why there is no such result, None where that is not known."""
        try:
            found = json.loads(self.place.read(_path(name, _FAILURE)))
            return Failure(found["kind"], found["message"])
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def put(
        self,
        name: str,
        rows: Iterable[tuple[Any, ...]],
        summary: Mapping[str, Any],
        page: Iterable[str] | None,
        library: str = "",
    ) -> None:
        """Write a result; one that is there stays. `library` is what all pages load."""
        if page is not None:
            if not self.place.has(f"{_PAGES}/{LIBRARY_FILE}"):
                self.place.write(f"{_PAGES}/{LIBRARY_FILE}", library.encode(), once=True)
            with (
                self.place.writing(page_path(name), once=True) as path,
                path.open("w", encoding="utf-8", newline="") as out,
            ):
                out.writelines(page)
        columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        found = {"summary": summary, "movements": dict(zip(COLUMNS, columns, strict=True))}
        text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self.place.write(_path(name, _RESULT), gzip.compress(text.encode(), 6, mtime=0), once=True)

    def put_failure(self, name: str, failure: Failure) -> None:
        """Write why a recording has no result: it is not tried again while nothing changes."""
        text = json.dumps({"kind": failure.kind, "message": failure.message}, ensure_ascii=False)
        self.place.write(_path(name, _FAILURE), text.encode(), once=True)

    def get(self, name: str) -> Result:
        """Read a result; DetectorError where it is damaged, and then it is taken away."""
        try:
            found = json.loads(gzip.decompress(self.place.read(_path(name, _RESULT))))
            columns = [pa.array(found["movements"][f.name], f.type) for f in SCHEMA]
            return Result(found["summary"], pa.table(columns, SCHEMA))
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            with suppress(OSError):
                self.place.remove(_path(name, _RESULT))
            raise DetectorError(
                f"its stored result was damaged ({error}) and is removed: run the same command "
                "again"
            ) from error

    def has_page(self, name: str) -> bool:
        """Tell whether the page of a result is there."""
        return self.place.has(page_path(name))


def page_path(name: str) -> str:
    """Return where the page of a result lies in the study's folder."""
    return f"{_PAGES}/{name}.html"


def _path(name: str, kind: str) -> str:
    return f"results/{name[:2]}/{name}.{kind}"
