"""Every bar of the project beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.coverage import BANDS, FULL
from validation.figures import (
    CASES,
    Measured,
    Night,
    counts_off,
    known,
    label_by_night,
    pooled,
    total,
)
from validation.index import CHANGES
from validation.injection import FILES, RUNS
from validation.measures import f1, label_f1, moved, share
from validation.nights import ALONE, BEYOND_THE_BAR
from validation.tables import (
    FEWER,
    LINE_HEADER,
    SEEDS_ASKED,
    Bar,
    Line,
    at_least,
    at_most,
    lines,
    percent,
    places,
)

LABEL_BARS = (
    ("periodic", "periodic_limb_movement", 0.97),
    ("isolated", "isolated_movement", 0.85),
)
F1_BARS = {"ankle": 0.97, "ankle_partner": 0.97, "third": 0.93, "wrist": 0.95, "mattress": 0.92}
NONE_AT_ALL = Bar("0", high=0)
PLACEMENTS = ("ankle", "wrist", "mattress")
JITTER = ("4 ms jitter, of samples", "4 ms jitter, of stamps alone")
FEWER_SAID = (
    "From fewer nights than were asked, or fewer have enough of it to tell: the figure is less\n"
    "certain than the bar supposes."
)
PEOPLE_ASKED = 200
NIGHTS_ASKED = 1000  # of each band
LOST = "2 % in gaps to 0.3 s, and one of 90 s"


def glance(measured: Measured) -> str:
    """Return two tables: of simulations, and of real nights and reference lists."""
    simulated = [
        *_movements(measured),
        *_periodic(measured),
        *_labels(measured),
        *_distractors(measured),
        *_recordings(measured),
        *_rates(measured),
        *_sleep(measured),
        *_coverage(measured),
    ]
    real = ("real nights and reference lists", *LINE_HEADER[1:])
    tables = lines(simulated) + "\n" + lines([*_injection(measured), *_vectors(measured)], real)
    return tables + (f"\n{FEWER} {FEWER_SAID}\n" if FEWER in tables else "")


def _movements(measured: Measured) -> Iterator[Line]:
    for name, least in F1_BARS.items():
        nights = measured.of(name)
        values = [value for n in nights if (value := f1(n["above"])) is not None]
        bar = at_least(least, places(2))
        yield Line(f"{CASES[name]}: F1", values, bar, places(3), f1(pooled(nights, "above")))
    onsets = [np.array(n["onset_s"]) for n in measured.of("ankle") if n["onset_s"]]
    every = np.concatenate(onsets) if onsets else np.full(1, np.nan)
    biases, spreads = [float(o.mean()) for o in onsets], [float(o.std()) for o in onsets]
    bias, sd = Bar("±0.15 s", -0.15, 0.15), Bar("≤ 0.3 s", high=0.3)
    yield Line("ankle: onset, found minus true", biases, bias, places(3), float(every.mean()))
    yield Line("ankle: onset, SD", spreads, sd, places(3), float(every.std()))


def _periodic(measured: Measured) -> Iterator[Line]:
    for name, most in (("ankle", 0.04), ("ankle_30", 0.04), ("mattress", 0.10)):
        nights = measured.of(name)
        every = moved(total(nights, "periodic_found"), total(nights, "periodic_true"))
        yield Line(
            f"{CASES[name]}: count of periodic movements off by",
            [abs(v) for v in counts_off(nights)],
            at_most(most, percent),
            percent,
            None if every is None else abs(every),
        )
    for name in ("ankle", "ankle_30"):
        both = [(n["periodicity"], n["periodicity_true"]) for n in measured.of(name)]
        off = [abs(a - b) for a, b in both if a is not None and b is not None]
        yield Line(f"{CASES[name]}: periodicity off by", off, at_most(0.03, places(2)), places(3))


def _labels(measured: Measured) -> Iterator[Line]:
    for name in ("ankle", "ankle_30"):
        nights = measured.of(name)
        for said, label, least in LABEL_BARS:
            yield Line(
                f"{CASES[name]}: label {said}, F1",
                label_by_night(nights, label),
                at_least(least, places(2)),
                places(3),
                label_f1(pooled(nights, "labels"), label),
            )
    nights = measured.of("ankle")
    seconds = pooled(nights, "restless")
    yield Line(
        "ankle: restless seconds covered",
        [n["restless"]["both_s"] / n["restless"]["true_s"] for n in nights],
        at_least(0.90, places(2)),
        places(3),
        share(seconds["both_s"], seconds["true_s"]),
    )
    for basis, least in (("hypnogram", 0.90), ("estimate", 0.75)):
        counts = measured.jerks(basis)
        value = share(2 * counts["both"], counts["true"] + counts["found"])
        text = f"{counts['true']} hypnic jerks, sleep by the {basis}: F1"
        nights = sum(one["nights"] for one in measured.of("jerks"))
        yield Line(text, [], at_least(least, places(2)), places(3), value, count=nights)


def _distractors(measured: Measured) -> Iterator[Line]:
    for placement in PLACEMENTS:
        held: list[Night] = [
            figures
            for seed in measured.of("distractors")
            for name, figures in seed.items()
            if name.split("|")[0] not in BEYOND_THE_BAR and name.endswith(f"|{placement}")
        ]
        periodic = [n["periodic"] for n in held]
        rates = [n["counted"] / n["hours"] for n in held]
        text = f"{placement}, a distractor alone"
        partner = placement == "mattress"  # there it cannot be told, and is not asked
        asked = SEEDS_ASKED * (len(ALONE) - len(BEYOND_THE_BAR) - partner)
        yield Line(f"{text}: counted as periodic", periodic, NONE_AT_ALL, places(0), asked=asked)
        bar = at_most(1.0, places(0))
        yield Line(f"{text}: movements/h besides turns", rates, bar, places(2), asked=asked)


def _recordings(measured: Measured) -> Iterator[Line]:
    for check, said, names, most in (
        ("rates", "25 and 100 Hz", ("25 Hz", "100 Hz"), 0.02),
        ("rates", "100 Hz, each fourth sample", ("100 Hz, each fourth sample",), 0.02),
        ("rates", "5 % off or drifting", ("52.5 Hz", "47.5 Hz", "from 48.75 to 51.25 Hz"), 0.02),
        ("rates", "4 ms jitter", JITTER, 0.02),
        ("gaps", LOST, (LOST,), 0.03),
        ("gain", "gain × 0.6 and × 1.8", ("x 0.6", "x 1.8"), 0.05),
    ):
        there = [name for name in names if name in measured.variants(check)]
        sizes = [abs(v) for name in there for v in measured.index_moves(check, name)]
        asked = SEEDS_ASKED * len(names)
        yield Line(f"{said}: index moves by", sizes, at_most(most, percent), percent, asked=asked)
    differ = [one["different"] for seed in measured.of("sameness") for one in seed.values()]
    text, asked = "other axes, clock, chunks: movements that differ", SEEDS_ASKED * len(CHANGES)
    yield Line(text, differ, NONE_AT_ALL, places(0), asked=asked)


def _rates(measured: Measured) -> Iterator[Line]:
    few = known([n["2"] for n in measured.of("few")], "index")
    yield Line("true index 2/h: estimate", few, at_most(4.0, places(0)), places(1))
    for above, what, least in ((True, "sensitivity", 0.95), (False, "specificity", 0.97)):
        right, of = measured.decided("index_true")[above]
        text = f"{of} people {'above' if above else 'not above'} 15/h: {what}"
        people = len(measured.people())
        yield Line(
            text,
            [],
            at_least(least, places(2)),
            places(3),
            share(right, of),
            count=people,
            asked=PEOPLE_ASKED,
        )


def _sleep(measured: Measured) -> Iterator[Line]:
    for what in ("begins", "ends"):
        off = [abs(late) / 60 for late in known(measured.of("ankle"), f"sleep_{what}_late_s")]
        bar, worst = at_most(10.0, places(0)), at_most(25.0, places(0))
        text = f"ankle: sleep period {what} off by, min"
        yield Line(text, off, bar, places(1), worst_bar=worst)
    text = f"{CASES['ankle_60']}: index by the estimate of sleep, off from that by true sleep"
    basis = [moved(n["index"], n["index_on_true_sleep"]) for n in measured.of("ankle_60")]
    yield Line(text, [abs(v) for v in basis if v is not None], at_most(0.05, percent), percent)


def _coverage(measured: Measured) -> Iterator[Line]:
    bar = Bar("92 to 98 %", 0.92, 0.98)
    for band in BANDS:
        hits, of = measured.held(band, FULL, "drawn")
        text = f"{band}/h, nights without a signal: 95 % intervals that hold the person's rate"
        yield Line(text, [], bar, percent, share(hits, of), count=of, asked=NIGHTS_ASKED)


def _injection(measured: Measured) -> Iterator[Line]:
    name = next(iter(FILES))
    runs = measured.injected(name)
    true, hit = (sum(run["by_size"]["80"][k] for run in runs) for k in (0, 1))
    text = f"{true} movements of 80 mg in {name}: recall"
    asked = SEEDS_ASKED * RUNS[name]
    bar = at_least(0.95, places(2))
    yield Line(text, [], bar, places(3), share(hit, true), count=len(runs), asked=asked)
    more = [run["more"] / run["hours"] for run in runs]
    text = f"{name}: detections an hour that nothing explains, by run"
    yield Line(text, more, at_most(2.0, places(0)), places(2), asked=asked)


def _vectors(measured: Measured) -> Iterator[Line]:
    found = measured.of("vectors")
    nights = found[0]["nights"] if found else 0
    text = f"{nights} reference nights of scored leg movements: cells that differ"
    different = float(found[0]["different"]) if nights else None
    yield Line(text, [], NONE_AT_ALL, places(0), different, count=nights, asked=30)
