"""docs/validation.md from the results: page.md, with a table in each of its places."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from string import Template

import numpy as np

from detector import __version__
from detector.criteria import ClassificationCriteria
from validation.checks import CHECKS
from validation.coverage import BANDS, FULL, INDICES, NIGHTS_A_PERSON
from validation.figures import (
    CASES,
    FEW_LABELS,
    FEW_PERIODIC,
    Measured,
    Night,
    counts_off,
    farthest,
    known,
    pooled,
    spread,
    total,
)
from validation.glance import PLACEMENTS, glance
from validation.injection import FILES, SIZES_MG
from validation.measures import (
    NONE,
    RATIO_EDGES,
    binomial_limits,
    f1,
    label_f1,
    moved,
    share,
)
from validation.nights import ALONE, BEYOND_THE_BAR, SPREADS_S
from validation.people import KINDS
from validation.rates import MARK_PER_H
from validation.store import Results
from validation.tables import (
    DASH,
    FEWER,
    SEEDS_ASKED,
    minutes,
    percent,
    places,
    said,
    signed_percent,
    table,
)

TEMPLATE = Path(__file__).with_name("page.md")
SHORT = {
    "hypnic_jerk": "jerk",
    "periodic_limb_movement": "periodic",
    "restless_activity": "restless",
    "isolated_movement": "isolated",
    NONE: "not there",
}
TUNING = range(20)  # the seeds that choices are made on (CONTRIBUTING.md)
UNUSED = "Its seeds were never used to choose anything."
TRIAL = "**Its seeds were used to choose: a trial of the script, no validation.**"


def page(results: Results, seeds: range) -> str:
    """Return the page, of what there is of `seeds`."""
    measured = Measured(results, seeds)
    filled = {
        "chosen": UNUSED if not set(seeds) & set(TUNING) else TRIAL,
        "first": str(seeds.start),
        "stop": str(seeds.stop),
        "last": str(seeds.stop - 1),
        "version": __version__,
        "few_periodic": str(FEW_PERIODIC),
        "few_labels": str(FEW_LABELS),
        "person_nights": str(NIGHTS_A_PERSON),
        "jerk_nights": str(sum(one["nights"] for one in measured.of("jerks"))),
        "glance": glance(measured),
        "movements": _movements(measured),
        "by_ratio": _by_ratio(measured),
        "missed": _causes(measured, "missed", "missed: there is"),
        "false": _causes(measured, "false", "false: there is"),
        "periodic": _periodic(measured),
        "labels_ankle": _labels(measured, "ankle"),
        "labels_mattress": _labels(measured, "mattress"),
        "jerks": _jerks(measured),
        "jerk_spread": f"{ClassificationCriteria().hypnic_max_spread_s:g}",
        "distractors": _distractors(measured),
        "recordings": _recordings(measured),
        "sameness": _sameness(measured),
        "decisions": _decisions(measured),
        "bands": _bands(measured),
        "few": _few(measured),
        "sleep": _sleep(measured),
        "coverage": _coverage(measured),
        "coverage_all": _coverage_of_all(measured),
        "checks": _checks(measured),
        "injection": _injection(measured),
        "vectors": _vectors(measured),
    }
    # by now every result is read
    filled["sources"] = ", ".join(sorted(results.marks)) or results.mark
    text = Template(TEMPLATE.read_text(encoding="utf-8"))
    return text.substitute({name: part.rstrip("\n") for name, part in filled.items()})


def _movements(measured: Measured) -> str:
    rows = []
    for name, case in CASES.items():
        nights = measured.of(name)
        sums = pooled(nights, "above")
        others = [said(f1(pooled(nights, key)), places(3)) for key in ("visible", "strict", "all")]
        true = sums["hits"] + sums["missed"]
        values = spread([f1(n["above"]) for n in nights], places(3), min)
        rows.append(
            [case, str(len(nights)), str(true), said(f1(sums), places(3)), *values, *others]
        )
    header = ("simulation", "nights", "true", "F1", "median", "worst", "F1, onset when visible")
    return table((*header, "F1, tremor and clusters too", "F1, every true movement"), rows)


def _by_ratio(measured: Measured) -> str:
    rows = []
    for k, (low, high) in enumerate(pairwise(RATIO_EDGES)):
        cells = [f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"]
        for name in CASES:
            counts = [n["by_ratio"][k] for n in measured.of(name)]
            cells.append(_recall(sum(c[0] for c in counts), sum(c[1] for c in counts)))
        rows.append(cells)
    return table(("simulation: amplitude over noise", *CASES.values()), rows)


def _recall(true: int, hit: int) -> str:
    return f"{hit / true:.2f} of {true}" if true else DASH


def _causes(measured: Measured, key: str, first: str) -> str:
    sums = {name: pooled(measured.of(name), key) for name in CASES}
    every: Counter[str] = Counter()
    for counts in sums.values():
        every.update(counts)
    rows = [
        [cause.replace("_", " "), *(str(sums[name][cause]) for name in CASES)]
        for cause, _ in every.most_common()
    ]
    return table((f"simulation, {first}", *CASES.values()), rows)


def _periodic(measured: Measured) -> str:
    rows = []
    for name, case in CASES.items():
        nights = [n for n in measured.of(name) if n["index"] is not None]
        off = [n["index"] - n["index_true"] for n in nights]
        keys = ("index", "index_true", "index_two_legs")
        rows.append(
            [
                case,
                *(f"{total(nights, key):.0f}" for key in ("periodic_found", "periodic_true")),
                *spread(counts_off(nights), signed_percent, farthest),
                *(spread(known(nights, key), places(1), max)[0] for key in keys),
                *spread(off, _signed, farthest),
            ]
        )
    header = ("simulation", "periodic, found", "true", "count off, median", "worst")
    index = ("index/h, median", "true, this leg", "true, two legs", "index off, median", "worst")
    return table((*header, *index), rows)


def _signed(value: float) -> str:
    return f"{value:+.1f}"


def _labels(measured: Measured, name: str) -> str:
    met = pooled(measured.of(name), "labels")
    rows = []
    for true, short in SHORT.items():
        counts = [str(met[f"{true}>{found}"]) for found in SHORT]
        value = label_f1(met, true) if true != NONE else None
        rows.append([short, *counts, said(value, places(3))])
    found = [SHORT[label] for label in SHORT if label != NONE]
    return table(
        (f"simulation, {CASES[name]}: true, and found as", *found, "not found", "F1"), rows
    )


def _jerks(measured: Measured) -> str:
    rows = []
    for basis in ("hypnogram", "estimate"):
        whole, first = measured.jerks(basis), measured.jerks(f"{basis}, first")
        later = Counter({key: n - first[key] for key, n in whole.items()})
        parts = {"": whole, ", up to 10 min after first falling asleep": first, ", later": later}
        for limit_s in SPREADS_S:
            name = f", spread in time up to {limit_s:g} s"
            parts[name] = measured.jerks(f"{basis}, within {limit_s:g} s")
        for part, counts in parts.items():
            true, found, both = (counts[key] for key in ("true", "found", "both"))
            shares = (share(both, true), share(both, found), share(2 * both, true + found))
            figures = [said(value, places(3)) for value in shares]
            rows.append([f"by the {basis}{part}", str(true), str(found), str(both), *figures])
    header = ["simulation: hypnic jerks, sleep", "true", "found", "both"]
    header += ["recall", "precision", "F1"]
    return table(header, rows)


def _distractors(measured: Measured) -> str:
    rows = []
    for name in ALONE:
        cells = [name + (" (no bar)" if name in BEYOND_THE_BAR else "")]
        for placement in PLACEMENTS:
            key = f"{name}|{placement}"
            runs = [one[key] for one in measured.of("distractors") if key in one]
            rates = [run["counted"] / run["hours"] for run in runs]
            periodic = [float(run["periodic"]) for run in runs]
            cells += [spread(periodic, places(0), max)[1], *spread(rates, places(2), max)]
        rows.append(cells)
    header = ["simulation, and nothing else"]
    for placement in PLACEMENTS:
        header += [f"{placement}: periodic, worst", "movements/h, median", "worst"]
    return table(header, rows)


def _recordings(measured: Measured) -> str:
    rows = []
    for check in ("rates", "gain", "gaps"):
        for name in measured.variants(check)[1:]:
            off = measured.index_moves(check, name)
            mean = signed_percent(float(np.mean(off))) if off else DASH
            size = spread([abs(v) for v in off], percent, max)
            rows.append([name, mean, *size, _kept(measured.of(check), name)])
    header = ("simulation", "index moves, mean", "median size", "worst", "periodic, of before")
    return table(header, rows)


def _kept(nights: list[Night], name: str) -> str:
    reference = next(iter(nights[0]))
    before = sum(n[reference]["periodic"] for n in nights)
    return said(share(sum(n[name]["periodic"] for n in nights), before), percent)


def _sameness(measured: Measured) -> str:
    rows = []
    for name in measured.variants("sameness"):
        ones = [seed[name] for seed in measured.of("sameness")]
        apart_s = max(one["onset_s"] for one in ones)
        counts = [f"{total(ones, key):.0f}" for key in ("movements", "different")]
        rows.append([name, *counts, f"{apart_s:.4f} s"])
    return table(("simulation", "movements", "that differ", "onsets apart, at most"), rows)


def _decisions(measured: Measured) -> str:
    rows = []
    for truth, whose in (("index_true", "of this leg"), ("index_two_legs", "of two legs")):
        for above, (right, of) in measured.decided(truth).items():
            what = "above, and found above" if above else "not above, and not found above"
            limits = "{:.3f} to {:.3f}".format(*binomial_limits(right, of)) if of else DASH
            rows.append(
                [f"truth {whose}: {what}", str(of), said(share(right, of), places(3)), limits]
            )
    return table(("simulation", "people", "share", "95 % limits"), rows)


def _bands(measured: Measured) -> str:
    rows = []
    for low, high in pairwise((0, 5, 10, 13, 15, 17, 20, 30, 100)):
        here = [n for n in measured.people() if low <= n["index_true"] < high]
        over = sum(n["index"] > MARK_PER_H for n in here)
        off = spread([n["index"] - n["index_true"] for n in here], _signed, farthest)
        rows.append([f"{low} to {high}/h", str(len(here)), str(over), *off])
    header = ("simulation: true index", "people", "found above 15/h", "off by, median", "worst")
    return table(header, rows)


def _few(measured: Measured) -> str:
    rows = []
    for asked in measured.variants("few"):
        nights = [n[asked] for n in measured.of("few")]
        cells = [spread(known(nights, key), places(1), max) for key in ("index_true", "index")]
        rows.append([f"{asked}/h", *cells[0], *cells[1]])
    header = (
        "simulation: rate of both legs",
        "true index, median",
        "most",
        "found, median",
        "most",
    )
    return table(header, rows)


def _sleep(measured: Measured) -> str:
    rows = []
    for name, case in CASES.items():
        nights = measured.of(name)
        cells = [case]
        for what in ("begins", "ends"):
            late = known(nights, f"sleep_{what}_late_s")
            cells.append(spread([abs(v) for v in late], minutes, max)[0])
            cells.append(spread(late, lambda v: f"{v / 60:+.1f} min", farthest)[1])
        hours = [n["sleep_h"] / n["sleep_true_h"] - 1 for n in nights]
        many = [n for n in nights if n["index_on_true_sleep"] >= 5]
        basis = [moved(n["index"], n["index_on_true_sleep"]) for n in many]
        cells += spread(hours, signed_percent, farthest)
        rows.append([*cells, *spread(basis, signed_percent, farthest)])
    period = ("begins, off by, median", "late, worst", "ends, off by, median", "late, worst")
    hours_said = ("hours off, median", "worst", "index, over that by true sleep", "worst")
    return table(("simulation", *period, *hours_said), rows)


def _coverage(measured: Measured) -> str:
    rows = []
    for kind in KINDS:
        for band in BANDS:
            nights = measured.drawn(band, kind)
            held = share(*measured.held(band, kind, "drawn"))
            over = [share(sum(n["high"] < n["drawn"] for n in nights), len(nights))]
            over.append(share(sum(n["low"] > n["drawn"] for n in nights), len(nights)))
            rate = share(total(nights, "index"), total(nights, "drawn")) if band != "0" else None
            widths = spread([(n["high"] - n["low"]) / 2 for n in nights], places(1), max)
            shares = [said(value, percent) for value in (held, *over)]
            ratio = said(rate, places(2))
            rows.append([f"{kind}, {band}/h", str(len(nights)), *shares, ratio, widths[0]])
    header = ("simulation without a signal", "nights", "hold the rate", "lie below it", "above it")
    return table((*header, "index over rate, mean", "half the width/h, median"), rows)


def _coverage_of_all(measured: Measured) -> str:
    rows = []
    for index in INDICES:
        cells = [index.replace("_", " ")]
        for band in BANDS:
            hits, of = measured.held_of(band, FULL, index)
            cells += [said(share(hits, of), percent), str(of)]
        rows.append(cells)
    header = ["simulation without a signal"]
    for band in BANDS:
        header += [f"{band}/h", "nights"]
    return table(header, rows)


def _checks(measured: Measured) -> str:
    rows = []
    for name, check in CHECKS.items():
        took = spread(measured.took_s(name), places(0), max)
        asked = 1 if check.once else SEEDS_ASKED
        count = len(measured.of(name))
        rows.append([name, f"{count} of {asked} {FEWER}" if count < asked else str(count), *took])
    return table(("check", "seeds", "processor's seconds a seed, median", "most"), rows)


def _injection(measured: Measured) -> str:
    runs = {name: measured.injected(name) for name in FILES}
    if not any(runs.values()):
        return "Not measured: no recordings lay beside the checkout."
    rows = []
    for mg in SIZES_MG:
        counts = {name: [run["by_size"][str(mg)] for run in runs[name]] for name in FILES}
        cells = [_recall(sum(c[0] for c in n), sum(c[1] for c in n)) for n in counts.values()]
        rows.append([f"{mg} mg", *cells])
    for said_, key in (
        ("hours recorded", "hours"),
        ("hours quiet and not held", "free_h"),
        ("movements of its own", "own"),
        ("of these no longer found, median of a run", "lost_own"),
        ("found that nothing explains, median of a run", "more"),
    ):
        rows.append([said_, *(spread(known(n, key), places(1), max)[0] for n in runs.values())])
    header = ("simulated movements in a real night", *(name.split(".")[0] for name in FILES))
    return table(header, rows)


def _vectors(measured: Measured) -> str:
    found = measured.of("vectors")
    if not found or not found[0]["nights"]:
        return "Not measured: no reference nights lay beside the checkout."
    one = found[0]
    return (
        f"{one['nights']} reference nights of leg movements, made by others, scored by the rules "
        f"of WASM 2016:\n{one['rows']} rows, {one['cells']} cells, "
        f"{one['different']} of them differ."
    )
