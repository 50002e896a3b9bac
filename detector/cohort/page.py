"""The page of a study and those of its participants: plain files that ask for nothing."""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from detector.cohort.codebook import quality_texts
from detector.cohort.gather import Person
from detector.cohort.places import Place, fetched
from detector.cohort.study import Standing
from detector.cohort.task import Plan
from detector.errors import DetectorError
from detector.report.templating import templates
from detector.results import NightRow
from detector.trend.diary import Diary, read_diary
from detector.trend.nights import person_nights
from detector.trend.overview import overview
from detector.trend.page import trend_page_html

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MEASURES = (
    ("sleep_h", "Hours of sleep", "h"),
    ("periodic_limb_movement_per_h", "Periodic limb movements an hour of sleep", "1/h"),
    ("movement_per_h", "All movements an hour of sleep", "1/h"),
    ("restless_min_per_h", "Restless minutes an hour of sleep", "min/h"),
)
_FIGURES = {
    "periodic_limb_movement_per_h": "periodic",
    "movement_per_h": "all movements",
}
_INDEX = "periodic_limb_movement_per_h"
_BINS = 24
_LEAST_NIGHTS = 3  # nothing is averaged under three usable nights
_MOST_PEOPLE = 2000
_MOST_FAILURES = 100


@dataclass(slots=True)
class _Group:
    """The figures of the nights of one placement."""

    n_nights: int = 0
    n_people: int = 0
    values: dict[str, array[float]] = field(
        default_factory=lambda: {name: array("d") for name, _, _ in _MEASURES}
    )
    withheld: Counter[str] = field(default_factory=Counter)


class StudyPages:
    """Takes participants one by one, writes their pages, and at the end that of the study.

    With `links` each recording has a page, which that of its participant leads to.
    """

    def __init__(self, place: Place, plan: Plan, *, links: bool) -> None:
        self._place, self._plan, self._links = place, plan, links
        self._groups: dict[str, _Group] = {}
        self._quality: Counter[str] = Counter()
        self._people: list[dict[str, Any]] = []
        self._n_people = self._n_nights = 0
        self._kept: set[str] = set()

    def add(self, person: Person) -> None:
        """Take the nights of a participant."""
        self._n_people += 1
        self._n_nights += len(person.nights)
        for placement in {row.setup.placement for row, _ in person.nights}:
            self._groups.setdefault(placement, _Group()).n_people += 1
        for row, _ in person.nights:
            self._count(row)
        if self._links and person.nights:
            self._write_person(person)
        if len(self._people) < _MOST_PEOPLE:
            self._people.append(self._line(person))

    def close(self, standing: Standing) -> None:
        """Write cohort.html; pages of participants who are no longer in the study go."""
        for name in set(self._place.names("people")) - self._kept:
            self._place.remove(name)
        failed = [
            (entry, failure)
            for entry, failure in zip(standing.entries, standing.failures, strict=True)
            if failure is not None
        ]
        meanings = quality_texts()
        text = (
            templates("detector.cohort")
            .get_template("cohort.html.j2")
            .render(
                policy=_POLICY,
                css=_css(),
                version=self._plan.version,
                rules=self._plan.rules,
                own_criteria=self._plan.criteria_name if self._plan.criteria else "",
                n_recordings=len(standing.entries),
                n_done=sum(bool(name) for name in standing.names),
                n_left=len(standing.todo),
                n_failed=len(failed),
                n_people=self._n_people,
                n_nights=self._n_nights,
                groups=[_group_view(name, self._groups[name]) for name in sorted(self._groups)],
                quality=[
                    (code, meanings.get(code, ""), n, _percent(n, self._n_nights))
                    for code, n in _most(self._quality)
                ],
                failures=failed[:_MOST_FAILURES],
                people=self._people,
                least_nights=_LEAST_NIGHTS,
                pages=self._links,
            )
        )
        self._place.write("cohort.html", text.encode())

    def _count(self, row: NightRow) -> None:
        group = self._groups[row.setup.placement]
        group.n_nights += 1
        group.values["sleep_h"].append(row.hours["sleep"])
        for name, _, _ in _MEASURES[1:]:
            value = row.indices[name].value
            if value is not None:
                group.values[name].append(value)
        reason = row.indices[_INDEX].withheld
        if reason:
            group.withheld[reason.rpartition("; ")[2]] += 1  # without this night's own figure
        self._quality.update(row.quality)

    def _write_person(self, person: Person) -> None:
        name = f"people/{quote(person.participant, safe=' @+')}.html"
        nights = person_nights([row for row, _ in person.nights])
        links = {row.result: f"../{page}" for row, page in person.nights if page}
        text = trend_page_html(
            person.participant, nights, overview(nights), self._diary(person), links
        )
        self._place.write(name, text.encode())
        self._kept.add(name)

    def _diary(self, person: Person) -> Diary | None:
        """Return a participant's diary; None where there is none that can be read any more."""
        if not person.diary:
            return None
        known = [row.date for row, _ in person.nights if row.date is not None]
        with tempfile.TemporaryDirectory() as folder, suppress(DetectorError, OSError):
            return read_diary(fetched(person.diary, Path(folder)), known)
        return None

    def _line(self, person: Person) -> dict[str, Any]:
        rows = [row for row, _ in person.nights]
        dates = sorted(row.date for row in rows if row.date is not None)
        nights = person_nights(rows)
        values = nights.values().tolist()
        enough = len(values) >= _LEAST_NIGHTS
        differ = sorted({name for night in nights.nights for name in night.differs})
        page = quote(f"people/{quote(person.participant, safe=' @+')}.html")
        return {
            "participant": person.participant,
            "page": page if self._links and rows else "",
            "n_nights": len(rows),
            "n_failed": person.n_failed,
            "first": dates[0].isoformat() if dates else "",
            "last": dates[-1].isoformat() if dates else "",
            "placement": ", ".join(sorted({row.setup.placement for row in rows})),
            "sleep": _number(float(np.median([r.hours["sleep"] for r in rows]))) if rows else "",
            "median": _number(float(np.median(values))) if enough else "",
            "range": f"{_number(min(values))} to {_number(max(values))}" if enough else "",
            "n_values": len(values),
            "figure": _FIGURES.get(nights.figure, nights.figure),
            "differ": ", ".join(differ),
        }


def _group_view(placement: str, group: _Group) -> dict[str, Any]:
    return {
        "placement": placement,
        "n_nights": group.n_nights,
        "n_people": group.n_people,
        "charts": [
            _chart(title, unit, np.frombuffer(group.values[name]))
            for name, title, unit in _MEASURES
            if len(group.values[name])
        ],
        "withheld": _most(group.withheld),
    }


def _chart(title: str, unit: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """Return a histogram: bars in per cent of its width and height, and its figures."""
    low, quarter, middle, three, high = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
    top = _round_up(high)
    counts, _ = np.histogram(values, bins=_BINS, range=(0.0, top))
    most = max(int(counts.max()), 1)
    figures = {
        "n": len(values),
        "low": _number(low),
        "quarter": _number(quarter),
        "middle": _number(middle),
        "three": _number(three),
        "high": _number(high),
    }
    return {
        "title": title,
        "unit": unit,
        "most": most,
        "top": f"{top:g}",
        "bars": [
            (round(100 * k / _BINS, 2), round(100 - 92 * n / most, 2), round(92 * n / most, 2))
            for k, n in enumerate(counts.tolist())
            if n
        ],
        "width": round(100 / _BINS - 0.3, 2),
        "figures": figures,
        "text": (
            f"{title}: {len(values)} nights, half of them between {figures['quarter']} and "
            f"{figures['three']}, median {figures['middle']}"
        ),
    }


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 3, 5, 8 times a power of ten, at least 1."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(next(m * power for m in (1, 2, 3, 5, 8, 10, 20) if m * power >= value))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / max(whole, 1)
    return "below 1 %" if 0 < share < 1 else f"{share:.0f} %"


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


@cache
def _css() -> str:
    """Return the style of the report's page, and what only these pages have."""
    own = files(__package__).joinpath("templates/cohort.css").read_text(encoding="utf-8")
    shared = files("detector.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    return f"{shared}\n{own}"
