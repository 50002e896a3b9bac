"""Results by check and seed, kept as one JSON file a check."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ("detector", "benchmarks/validation")
APART = ("readers", "report", "guidance")  # of the detector: they change no figure here
PAGES = ("figures.py", "glance.py", "page.py", "store.py", "tables.py")


def sources() -> str:
    """Return a mark of the code that makes the figures; another code makes other figures."""
    digest = hashlib.sha256()
    for folder in MEASURED:
        for path in sorted((ROOT / folder).rglob("*")):
            inner = path.relative_to(ROOT / folder)
            if path.suffix in (".py", ".csv") and inner.parts[0] not in (*APART, *PAGES):
                digest.update(inner.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


class Results:
    """Figures by check and seed; a folder keeps them.

    Those of other code than `mark` are dropped, unless `stale` ones will do.
    """

    def __init__(self, folder: Path | None, mark: str, *, stale: bool = False) -> None:
        self.folder = folder
        self.mark = mark
        self.stale = stale
        self.marks: set[str] = set()  # of the code that made what is here
        self._checks: dict[str, dict[int, Any]] = {}
        self._took_s: dict[str, dict[int, float]] = {}

    def of(self, check: str) -> dict[int, Any]:
        """Return the figures of a check by seed, in order."""
        if check not in self._checks:
            self._checks[check] = self._read(check)
        return dict(sorted(self._checks[check].items()))

    def took_s(self, check: str) -> dict[int, float]:
        """Return the processor's seconds that each seed of a check took, where they are known."""
        self.of(check)
        return self._took_s[check]

    def add(self, check: str, seed: int, figures: Any, took_s: float) -> None:
        """Keep the figures of one seed, at once also in the folder."""
        self.of(check)
        self._took_s[check][seed] = round(took_s, 1)
        # As read from a file: what is continued is made of the same values.
        self.marks.add(self.mark)
        self._checks[check][seed] = json.loads(json.dumps(figures))
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            kept = {
                "sources": self.mark,
                "took_s": self._took_s[check],
                "seeds": self._checks[check],
            }
            text = json.dumps(kept, indent=0)
            beside = self._path(check).with_suffix(".part")
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path(check))

    def _path(self, check: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{check}.json"

    def _read(self, check: str) -> dict[int, Any]:
        self._took_s[check] = {}
        if self.folder is None or not self._path(check).is_file():
            return {}
        kept = json.loads(self._path(check).read_text(encoding="utf-8"))
        if kept["sources"] != self.mark and not self.stale:
            print(f"{check}: the results kept are of other code; measured anew", flush=True)
            return {}
        self.marks.add(kept["sources"])
        self._took_s[check] = {int(seed): s for seed, s in kept.get("took_s", {}).items()}
        return {int(seed): figures for seed, figures in kept["seeds"].items()}
