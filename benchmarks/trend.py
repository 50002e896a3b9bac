"""Comparisons on simulated persons: do intervals hold, are alarms false, what do nights show?

    python benchmarks/trend.py coverage      # 1,000 persons a row, about ten minutes
    python benchmarks/trend.py alarms
    python benchmarks/trend.py power --output docs/trend_power.svg
    python benchmarks/trend.py example --output docs/trend_example

A person's nights are AR(1): a night resembles the one before by phi. The unit of effects is the SD
of a person's nights. Everything goes through the functions that `detector compare` calls.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from detector.results import EXCLUSIONS, HOURS, INDICES, LABELS, NightRow, Setup
from detector.summary import Index
from detector.trend.comparison import Comparison, compare_diary, compare_plan, with_holm
from detector.trend.conditions import Condition, Contrast
from detector.trend.diary import Diary
from detector.trend.factors import Factor, Kind, factors
from detector.trend.folder import nights_csv, read_diary_csv
from detector.trend.nights import PersonNights, person_nights
from detector.trend.plan import draw_plan, plan_csv

FIRST = date(2026, 1, 1)
SETUP = Setup("ankle", "left", "axivity", "estimated", "wasm-2016", "0" * 12, "0")
PER_H, LEVEL = 4.0, 30.0  # SD and mean of a person's index; the level is far from 0
PERSONS = 1000
NIGHTS = (14, 20, 28, 60)
PHIS = (0.0, 0.3, 0.6)
CONTRAST = Contrast(
    factor=Factor("any", Kind.YES_NO, "any"),
    with_=Condition(Factor("any", Kind.YES_NO, "any"), "=", (True,)),
    against=Condition(Factor("any", Kind.YES_NO, "any"), "=", (False,)),
)
Arms = np.ndarray
Design = Callable[[np.random.Generator, int], Arms]


def night_row(evening: date, value: float) -> NightRow:
    index = Index(value, value - 1, value + 1, 7.0, "estimated", None)
    return NightRow(
        result=evening.isoformat(),
        night=1,
        date=evening,
        source="",
        hz=50.0,
        setup=SETUP,
        bedtime=None,
        sleep_start=None,
        sleep_end=None,
        hours=dict.fromkeys(HOURS, 7.0),
        counts=dict.fromkeys(LABELS, 1),
        counts_wake=dict.fromkeys(LABELS, 1),
        excluded=dict.fromkeys(EXCLUSIONS, 0),
        indices=dict.fromkeys(INDICES, index),
        series=dict.fromkeys(
            ("count", "members_median", "interval_s_geometric_mean", "interval_ln_sd")
        ),
        quality=(),
    )


def person(values: np.ndarray) -> PersonNights:
    return person_nights([night_row(day(k), float(v)) for k, v in enumerate(values)])


def day(k: int) -> date:
    return FIRST + timedelta(days=k)


def correlated(rng: np.random.Generator, nights: int, phi: float) -> np.ndarray:
    """Return nights (nights,) of SD 1 with correlation phi from one to the next."""
    noise = rng.standard_normal(nights)
    noise[1:] *= math.sqrt(1 - phi**2)
    for k in range(1, nights):
        noise[k] += phi * noise[k - 1]
    return noise


def haphazard(rng: np.random.Generator, nights: int) -> Arms:
    """Return evenings of one who changes on some days and not on others, in a way of his own."""
    keeps = rng.uniform(0.5, 0.8)
    while True:
        changes = rng.random(nights) > keeps
        arms = (np.cumsum(changes) + rng.integers(2)) % 2
        steady = np.r_[True, arms[1:] == arms[:-1]]
        if min(np.sum(steady & (arms == 1)), np.sum(steady & (arms == 0))) >= 5:
            return arms


def weeks(rng: np.random.Generator, nights: int) -> Arms:
    """Return alternate weeks; halves or quarters where there are not two of each."""
    length = 7 if nights >= 28 else max(nights // 4, 5) if nights >= 20 else nights // 2
    return (np.arange(nights) // length + rng.integers(2)) % 2


def weekend(rng: np.random.Generator, nights: int) -> Arms:
    """Return Fridays to Sundays against the other evenings."""
    return ((np.arange(nights) + rng.integers(7)) % 7 >= 4).astype(int)


DIARIES: dict[str, Design] = {"haphazard": haphazard, "alternate weeks": weeks, "weekends": weekend}


def diary_result(values: np.ndarray, arms: Arms) -> Comparison:
    return compare_diary(person(values), {day(k): int(a) for k, a in enumerate(arms)}, CONTRAST)


def plan_result(values: np.ndarray, seed: int) -> Comparison:
    return compare_plan(person(values), draw_plan("any", FIRST, values.size, seed), CONTRAST, {})


def results(
    design: str, nights: int, phi: float | None, effect: float, *, persons: int, seed: int
) -> Iterator[tuple[Comparison, float]]:
    """Yield the comparison of each person with the true difference; phi None draws one each."""
    rng = np.random.default_rng(seed)
    for number in range(persons):
        own_phi = rng.uniform(0, 0.6) if phi is None else phi
        noise = LEVEL + PER_H * correlated(rng, nights, own_phi)
        if design == "plan":
            arms = draw_plan("any", FIRST, nights, number).arms
            yield plan_result(noise + PER_H * effect * arms, number), PER_H * effect
        else:
            arms = DIARIES[design](rng, nights)
            yield diary_result(noise + PER_H * effect * arms, arms), PER_H * effect


def holds(one: Comparison, true: float) -> bool:
    low = -math.inf if one.low is None else one.low
    high = math.inf if one.high is None else one.high
    return low <= true <= high


def coverage(persons: int, lengths: Sequence[int], designs: Sequence[str]) -> None:
    """Print how often the 95 % interval holds the true difference; an effect is 1 SD."""
    print("| nights | design | no effect | effect | phi 0 | phi 0.3 | phi 0.6 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for nights in lengths:
        for design in designs:
            if design == "weekends" and nights < 20:
                continue  # too few weekend nights count
            cells = []
            settings = ((None, 0.0), (None, 1.0), *((phi, 1.0) for phi in PHIS))
            for seed, (phi, effect) in enumerate(settings, 1000):
                found = results(design, nights, phi, effect, persons=persons, seed=seed)
                share = np.mean([holds(one, true) for one, true in found if not one.too_few])
                cells.append(f"{100 * share:.1f}")
            print(f"| {' | '.join((str(nights), design, *cells))} |", flush=True)


def alarms(persons: int, factors: int = 8) -> None:
    """Print how often any of eight factors without an effect is called different."""
    print("| nights | persons with an alarm, % | without the correction, % |")
    print("| --- | --- | --- |")
    for nights in (20, 28, 60):
        rng = np.random.default_rng(77)
        corrected = plain = 0
        for _ in range(persons):
            noise = LEVEL + PER_H * correlated(rng, nights, rng.uniform(0, 0.6))
            kinds = list(DIARIES.values())
            looked = with_holm(
                [diary_result(noise, kinds[k % len(kinds)](rng, nights)) for k in range(factors)]
            )
            corrected += any(one.p_holm is not None and one.p_holm <= 0.05 for one in looked)
            plain += any(one.p is not None and one.p <= 0.05 for one in looked)
        shares = (f"{100 * corrected / persons:.1f}", f"{100 * plain / persons:.1f}")
        print(f"| {nights} | {' | '.join(shares)} |", flush=True)


def power(persons: int, designs: Sequence[str]) -> dict[str, list[tuple[int, float, float]]]:
    """Return (nights, effect, share found) of a plan and of a haphazard diary."""
    found: dict[str, list[tuple[int, float, float]]] = {}
    for design in designs:
        rows = found.setdefault(design, [])
        for effect in (0.5, 1.0, 1.5, 2.0):
            for nights in (14, 20, 28, 40, 60):
                shown = [
                    one.p is not None and one.p <= 0.05
                    for one, _ in results(design, nights, None, effect, persons=persons, seed=9)
                ]
                rows.append((nights, effect, float(np.mean(shown))))
                print(design, *rows[-1], flush=True)
    return found


def power_svg(found: dict[str, list[tuple[int, float, float]]]) -> str:
    """Return two panels: share of persons in which the difference is found, by nights."""
    width, height, left, top = 340, 250, 52, 46
    titles = {"plan": "A plan drawn by lot", "haphazard": "A diary that just happened"}
    colours = {0.5: "#6b7280", 1.0: "#0072b2", 1.5: "#008a66", 2.0: "#d55e00"}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * width + 110} {height + 100}" '
        'role="img"><title>Power by number of nights</title>',
        "<style>text{font:13px system-ui,sans-serif;fill:#1c2430}.axis{stroke:#6b7280}"
        ".grid{stroke:#dde1e7}.title{font-weight:600}</style>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for panel, (design, rows) in enumerate(found.items()):
        x0 = left + panel * (width + 20)

        def at(nights: float, x0: int = x0) -> float:
            return round(x0 + (nights - 10) / 52 * (width - left), 1)

        def up(share: float) -> float:
            return round(top + (1 - share) * height, 1)

        parts.append(f'<text class="title" x="{x0}" y="24">{titles[design]}</text>')
        for share in (0, 0.2, 0.4, 0.6, 0.8, 1):
            end = at(62)
            parts.append(
                f'<line class="grid" x1="{x0}" x2="{end}" y1="{up(share)}" y2="{up(share)}"/>'
            )
            if panel == 0:
                parts.append(
                    f'<text x="{x0 - 8}" y="{up(share) + 4}" text-anchor="end">'
                    f"{share * 100:.0f} %</text>"
                )
        for nights in (14, 20, 28, 40, 60):
            parts.append(
                f'<text x="{at(nights)}" y="{top + height + 20}" text-anchor="middle">'
                f"{nights}</text>"
            )
        lowest = 0.0
        for effect, colour in sorted(colours.items(), reverse=True):
            points = [(at(n), up(s)) for n, e, s in rows if e == effect]
            line = " ".join(f"{x},{y}" for x, y in points)
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
            parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in points]
            if panel == 1:
                x, y = points[-1]
                lowest = max(lowest + 16, y) if effect != max(colours) else y
                parts.append(f'<text x="{x + 10}" y="{lowest + 4}">{effect:g} SD</text>')
        middle = (at(10) + at(62)) / 2
        parts.append(
            f'<text x="{middle}" y="{top + height + 42}" text-anchor="middle">nights in all</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def example(folder: Path) -> None:
    """Write four weeks of a person in whom caffeine adds six movements an hour, with its plan."""
    plan = draw_plan("caffeine", date(2026, 3, 2), 28, 5)
    rng = np.random.default_rng(12)
    values = 18 + PER_H * correlated(rng, 28, 0.3) + 6 * plan.arms
    rows = []
    for k, (evening, value) in enumerate(zip(plan.evenings, values, strict=True)):
        half = 1.96 * math.sqrt(value / 7)
        index = Index(
            round(value, 1), round(value - half, 1), round(value + half, 1), 7.0, "estimated", None
        )
        row = night_row(evening, 0.0)
        withheld = Index(None, None, None, 2.1, "estimated", None, "2.1 h of sleep; needs 3 h")
        indices = dict.fromkeys(INDICES, withheld if k == 16 else index)
        side = "right" if k == 9 else "left"
        rows.append(replace(row, indices=indices, setup=replace(SETUP, side=side, version="0.1.0")))
    folder.mkdir(exist_ok=True)
    (folder / "plan.csv").write_text(plan_csv(plan), encoding="utf-8", newline="")
    columns = tuple(factors()[name] for name in ("caffeine", "alcohol", "stress"))
    noted = {
        evening: {
            "caffeine": bool(arm) if k != 12 else not arm,
            "alcohol": bool(rng.random() < 0.4),
            "stress": float(rng.integers(1, 9)),
        }
        for k, (evening, arm) in enumerate(zip(plan.evenings, plan.arms, strict=True))
    }
    diary = Diary("diary.csv", columns, noted)
    (folder / "diary.csv").write_text(read_diary_csv(diary), encoding="utf-8", newline="")
    (folder / "nights.csv").write_text(
        nights_csv(person_nights(rows)), encoding="utf-8", newline=""
    )


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Comparisons on simulated persons.")
    parser.add_argument("what", choices=["coverage", "alarms", "power", "example"])
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--nights", type=int, nargs="*", help="only these, of the coverage")
    parser.add_argument("--designs", nargs="*", help="only these, of coverage and power")
    parser.add_argument("--output", type=Path, help="where the plot or the example goes")
    asked = parser.parse_args(words)
    if asked.what == "coverage":
        coverage(asked.persons, asked.nights or NIGHTS, asked.designs or ("plan", *DIARIES))
    elif asked.what == "alarms":
        alarms(asked.persons)
    elif asked.what == "example":
        example(asked.output or Path("docs/trend_example"))
    else:
        found = power(asked.persons, asked.designs or ("plan", "haphazard"))
        if asked.output is not None:
            asked.output.write_text(power_svg(found), encoding="utf-8")


if __name__ == "__main__":
    main()
