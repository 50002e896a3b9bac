"""What is remembered of files between runs, so that what has not changed is not read again.

A line a file in index.jsonl: its address, its stamp (size and time), its SHA-256, and how long it
took. Losing lines costs reading those files once more, nothing else.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from detector.cohort.places import LocalPlace, Place
from detector.cohort.table import Entry
from detector.cohort.task import Outcome

_NAME = "index.jsonl"
_EVERY = 500  # files after which what cannot be appended to is written anew


class Index:
    """The digests of files that were read, and what analyzing cost."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._digests: dict[tuple[str, str], str] = {}
        self._lines: list[str] = []
        self._n_new = 0
        self.seconds = 0.0  # of worker time that `read_bytes` took
        self.read_bytes = 0
        with suppress(FileNotFoundError):
            for line in place.read(_NAME).decode("utf-8", "replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):  # the last line of a killed run
                    self._take(json.loads(line))
                    self._lines.append(line)

    def _take(self, found: dict[str, Any]) -> None:
        self._digests[found["address"], found["stamp"]] = found["sha256"]
        self.seconds += float(found.get("seconds", 0.0))
        self.read_bytes += int(found.get("bytes", 0)) if found.get("seconds") else 0

    def digests(self, entry: Entry) -> tuple[str, ...] | None:
        """Return the digests of an entry's inputs, None where one is not known as it is now."""
        found = [self._digests.get(one) for one in entry.inputs]
        return None if None in found else tuple(one for one in found if one is not None)

    def add(self, entry: Entry, outcome: Outcome) -> None:
        """Remember what a process found in an entry's files."""
        for k, ((address, _), stamp, digest) in enumerate(
            zip(entry.inputs, outcome.stamps, outcome.digests, strict=False)
        ):
            known = self._digests.get((address, stamp))
            if not stamp or known == digest:
                continue
            row: dict[str, Any] = {"address": address, "stamp": stamp, "sha256": digest}
            if k == 0 and outcome.status == "done":
                row |= {"bytes": entry.size_bytes, "seconds": round(outcome.seconds, 3)}
            self._take(row)
            self._append(json.dumps(row, ensure_ascii=False))

    def _append(self, line: str) -> None:
        self._lines.append(line)
        self._n_new += 1
        if isinstance(self._place, LocalPlace):
            with (self._place.folder / _NAME).open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        elif self._n_new % _EVERY == 0:
            self.save()

    def save(self) -> None:
        """Write all lines; where they were appended as they came, they are there already."""
        if self._n_new and not isinstance(self._place, LocalPlace):
            self._place.write(_NAME, "".join(f"{line}\n" for line in self._lines).encode())
