"""How well movements are found and told apart on simulated nights: one row a night.

    python benchmarks/accuracy.py --placement ankle --seeds 1000:1020

Truth and movements are matched one to one, onsets within 1 s. All true movements above the
sensor's noise count. What is excluded (tremor, vibration) counts on neither side, nor what is
found within a tremor or a fast cluster, which the truth names as a stretch.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from detector.evaluation import confusion, match_onsets
from detector.intervals import inside, intersect, total
from detector.pipeline import Analysis, analyze
from detector.recording import Placement
from detector.simulation import NightPlan, SimulatedNight, simulate_night

TOLERANCE_S = 1.0
LABELS = ("hypnic_jerk", "periodic_limb_movement", "restless_activity", "isolated_movement")


@dataclass(frozen=True, slots=True)
class NightScore:
    seed: int
    f1: float | None
    precision: float | None
    recall: float | None
    true_periodic: int
    found_periodic: int
    true_sleep_h: float
    found_sleep_h: float
    sleep_overlap: float
    labels: dict[tuple[str, str], int]
    missed_peaks_g: tuple[float, ...]
    true_peaks_g: tuple[float, ...]


def score_night(night: SimulatedNight, analysis: Analysis) -> NightScore:
    truth = sorted(night.annotations("movement"), key=lambda row: row.onset_s)

    stretches = [
        (row.onset_s - 1, row.onset_s + row.duration_s + 1)
        for row in night.annotations("distractor")
        if row.value in ("tremor", "fast_cluster")
    ]
    found = [
        m
        for m in analysis.movements
        if m.excluded_as is None and not inside(stretches, [m.movement.onset_s])[0]
    ]
    matching = match_onsets(
        [m.movement.onset_s for m in found], [row.onset_s for row in truth], TOLERANCE_S
    )
    hit = {j for _, j in matching.pairs}
    sleep = np.array(
        [
            (r.onset_s, r.onset_s + r.duration_s)
            for r in night.truth
            if r.kind == "stage" and r.value != "W"
        ]
    ).reshape(-1, 2)
    context = analysis.nights[0].context
    both = total(intersect(sleep, context.sleep))
    return NightScore(
        seed=night.seed,
        f1=matching.f1,
        precision=matching.precision,
        recall=matching.recall,
        true_periodic=sum(r.value == "periodic_limb_movement" for r in truth),
        found_periodic=sum(m.label == "periodic_limb_movement" for m in found),
        true_sleep_h=total(sleep) / 3600,
        found_sleep_h=total(context.sleep) / 3600,
        sleep_overlap=both / max(1.0, total(sleep) + total(context.sleep) - both),
        labels=confusion([str(m.label) for m in found], [r.value for r in truth], matching),
        missed_peaks_g=tuple(r.peak_g or 0.0 for j, r in enumerate(truth) if j not in hit),
        true_peaks_g=tuple(r.peak_g or 0.0 for r in truth),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--placement", default="ankle", choices=["ankle", "wrist", "mattress"])
    parser.add_argument("--seeds", default="0:10", help="first:stop")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--hz", type=float, default=50.0)
    parser.add_argument("--plm-per-h", type=float)
    options = parser.parse_args()
    first, stop = (int(part) for part in options.seeds.split(":"))
    scores = []
    for seed in range(first, stop):
        night = simulate_night(
            seed=seed,
            placement=Placement(options.placement),
            hours=options.hours,
            hz=options.hz,
            plm_per_h=options.plm_per_h,
            plan=NightPlan(),
        )
        score = score_night(night, analyze(night.recording()))
        scores.append(score)
        print(
            f"seed {seed:4d}  F1 {score.f1 or 0:.3f}  precision {score.precision or 0:.3f}  "
            f"recall {score.recall or 0:.3f}  periodic {score.found_periodic:3d} of "
            f"{score.true_periodic:3d}  sleep {score.found_sleep_h:.2f} of "
            f"{score.true_sleep_h:.2f} h, overlap {score.sleep_overlap:.2f}",
            flush=True,
        )
    report(scores)


def report(scores: list[NightScore]) -> None:
    labels: Counter[tuple[str, str]] = Counter()
    for score in scores:
        labels.update(score.labels)
    hits = sum(n for (a, b), n in labels.items() if "none" not in (a, b))
    both = sum(n for (_, b), n in labels.items() if b != "none")
    both += sum(n for (a, _), n in labels.items() if a != "none")
    f1 = [s.f1 for s in scores if s.f1 is not None]
    found = sum(s.found_periodic for s in scores)
    true = sum(s.true_periodic for s in scores)
    print(f"\nF1 over all {2 * hits / both:.3f}, nights {min(f1):.3f} to {max(f1):.3f}")
    print(f"periodic movements {found} of {true}: {100 * (found / max(1, true) - 1):+.1f} %")
    print("true label (row) and label given (column)")
    columns = (*LABELS, "none")
    print(" " * 24 + "".join(f"{name[:12]:>14}" for name in columns))
    for row in columns:
        print(f"{row:24}" + "".join(f"{labels[row, column]:14d}" for column in columns))
    print("recall by true peak")
    peaks = np.array([p for s in scores for p in s.true_peaks_g])
    missed = np.array([p for s in scores for p in s.missed_peaks_g])
    edges = (0.0, 0.02, 0.03, 0.05, 0.1, 0.2, np.inf)
    for low, high in pairwise(edges):
        n = int(np.sum((peaks >= low) & (peaks < high)))
        if n:
            lost = int(np.sum((missed >= low) & (missed < high)))
            print(f"  {1000 * low:5.0f} mg and more: {1 - lost / n:.3f} of {n}")


if __name__ == "__main__":
    main()
