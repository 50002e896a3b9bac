"""Nights made for the page: one without a movement, one with thousands, a week."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from detector.pipeline import Analysis, analyze
from detector.recording import Placement, from_arrays

DAY_S = 86_400


def made(
    hours: float,
    hz: float,
    every_s: tuple[float, float] | None,
    start: datetime | None,
    source: str,
) -> Analysis:
    """Return a sleeper who breathes, lies still, and moves each so many seconds, or not at all."""
    rng = np.random.default_rng(11)
    count = round(hours * 3600 * hz)
    t_s = np.arange(count) / hz
    samples = rng.normal(0, 0.002, (count, 3)).astype(np.float32)
    samples += np.array([0.1, 0.2, 0.97], dtype=np.float32)
    samples[:, 2] += 0.004 * np.sin(2 * np.pi * 0.25 * t_s)
    if every_s is not None:
        onsets_s = np.cumsum(rng.uniform(*every_s, size=int(3600 * hours / every_s[0])))
        for onset_s in onsets_s[onsets_s < 3600 * hours - 10]:
            size = round(rng.uniform(0.8, 2.0) * hz)
            first = round(onset_s * hz)
            samples[first : first + size, 0] += 0.15 * rng.normal(size=size) * np.hanning(size)
    return analyze(
        from_arrays(t_s, samples, hz=hz, start=start, placement=Placement.ANKLE, source=source)
    )


def empty_night() -> Analysis:
    """Return four hours in which nothing moved, without a clock."""
    return made(4.0, 12.5, None, None, "empty.csv")


def dense_night() -> Analysis:
    """Return eight hours with a movement about every nine seconds."""
    start = datetime(2026, 3, 2, 22, 30)
    return made(8.0, 12.5, (5.0, 13.0), start, "<img src=x onerror=alert(1)>.csv")


def week() -> Analysis:
    """Return seven days on end with a movement every minute or so."""
    return made(7 * 24.0, 10.0, (15.0, 150.0), datetime(2026, 3, 2, 12, 5), "week.csv")
