"""Where a study's figures come from: versions, criteria, what was asked for, what was done."""

from __future__ import annotations

import hashlib
import os
import platform
import tomllib
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from detector.cohort.study import Standing
from detector.cohort.task import Plan
from detector.criteria import default_criteria, to_dict
from detector.recording import Placement

SCHEMA = "night-movement-detector/cohort/1"
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "dask", "distributed", "fsspec")


def provenance(
    standing: Standing, plan: Plan, began: datetime, *, n_nights: int, n_movements: int
) -> dict[str, Any]:
    """Return provenance.json as values; `began` is when this run did.

    `recordings` is the SHA-256 over the lines "digest  participant/visit/file" of all recordings in
    order: two studies of the same recordings have the same.
    """
    lines = hashlib.sha256()
    for entry, digest in zip(standing.entries, standing.digests, strict=True):
        lines.update(f"{digest}  {entry.participant}/{entry.visit}/{entry.file}\n".encode())
    failed = Counter(failure.kind for failure in standing.failures if failure is not None)
    return {
        "schema": SCHEMA,
        "version": plan.version,
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": not standing.todo,
        "recordings": len(standing.entries),
        "recordings_sha256": lines.hexdigest(),
        "done": sum(bool(name) for name in standing.names),
        "failed": dict(sorted(failed.items())),
        "left": len(standing.todo),
        "participants": len({entry.participant for entry in standing.entries}),
        "nights": n_nights,
        "movements": n_movements,
        "rules": plan.rules,
        "own_criteria": tomllib.loads(plan.criteria),
        "own_criteria_sha256": _sha256(plan.criteria) if plan.criteria else None,
        "default_criteria": {p.value: to_dict(default_criteria(p, plan.rules)) for p in Placement},
        "environment": environment(),
    }


def environment() -> dict[str, Any]:
    """Return what the figures were made with, on the machine that gathered them."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
