"""Simulated nights, their truth, and what the detector makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from detector.annotations import Annotation, Annotations, in_order
from detector.criteria import WASM
from detector.evaluation import match_onsets
from detector.hypnogram import hypnogram
from detector.intervals import Spans, inside, total
from detector.pipeline import Analysis, analysis_of, analyze
from detector.recording import Placement
from detector.scoring import score_night
from detector.series import periodicity_of_intervals
from detector.simulation import Device, Kind, Mattress, NightPlan, SimulatedNight, simulate_night
from validation.measures import (
    NOISE_RATIO,
    PERIODIC,
    RESTLESS,
    VISIBLE_RATIO,
    FloatArray,
    Mark,
    asleep,
    counts_above,
    covered_s,
    false_causes,
    labels_above,
    largest_within,
    matched,
    miss_causes,
    recall_by_ratio,
    tally,
    vector_rms_g,
    visible,
)

Figures = dict[str, Any]
STRETCHES = ("tremor", "fast_cluster")  # named in the truth as a stretch, not by movement
FLAT = Mattress(limb_ratio=0.12, body_ratio=0.12, lowpass_hz=9.0, tilts=False)
PHONE = NightPlan(device=Device.PHONE)
FIRST_S = 600.0  # after first falling asleep
SPREADS_S = (0.09, 0.1, 0.11, 0.13, 0.14)  # below and above the criterion


@dataclass(frozen=True, slots=True)
class Case:
    """A night to simulate: where the sensor is, and where the detector is told it is."""

    placement: Placement = Placement.ANKLE
    told: Placement | None = None
    plan: NightPlan = field(default_factory=NightPlan)
    plm_per_h: float | None = None
    hours: float = 8.0
    hz: float = 50.0

    def simulate(self, seed: int) -> SimulatedNight:
        return simulate_night(
            seed=seed,
            placement=self.placement,
            hours=self.hours,
            hz=self.hz,
            plm_per_h=self.plm_per_h,
            plan=self.plan,
        )

    def twin(self, seed: int) -> SimulatedNight:
        """Return the same night of a sensor without noise, steps or end of its range."""
        return replace(self, plan=replace(self.plan, ideal_sensor=True)).simulate(seed)

    def analyze(
        self,
        night: SimulatedNight,
        hypnogram: Annotations | None = None,
        events: Annotations | None = None,
    ) -> Analysis:
        recording = night.recording()
        if self.told is not None:
            recording = replace(recording, placement=self.told)
        return analyze(recording, hypnogram=hypnogram, events=events)


NIGHTS: Mapping[str, Case] = {
    "ankle": Case(),
    "ankle_partner": Case(plan=NightPlan(bed_partner=True)),
    "ankle_30": Case(plm_per_h=30.0),
    "ankle_60": Case(plm_per_h=60.0),
    "third": Case(plan=NightPlan(gain=1 / 3)),
    "wrist": Case(told=Placement.WRIST, plan=NightPlan(gain=0.35)),
    "wrist_own": Case(Placement.WRIST),
    "mattress": Case(Placement.MATTRESS, plan=replace(PHONE, mattress=FLAT)),
    "mattress_own": Case(Placement.MATTRESS, plan=PHONE),
}

BARE = NightPlan(kinds=frozenset(), breathing_peak_g=0.0, heart_peak_g=0.0)
ALONE: Mapping[str, tuple[NightPlan, float]] = {
    "noise alone": (BARE, 8.0),
    "breathing, 8 mg at 0.2 Hz": (replace(BARE, breathing_peak_g=0.008, breathing_hz=0.2), 8.0),
    "breathing, 8 mg at 0.33 Hz": (replace(BARE, breathing_peak_g=0.008, breathing_hz=0.33), 8.0),
    "heartbeat, 3 mg": (replace(BARE, heart_peak_g=0.003), 8.0),
    "40 turns in 8 h": (replace(BARE, kinds=frozenset({Kind.TURN}), turns_per_h=4.0), 8.0),
    "300 vibrations in 30 min": (
        replace(BARE, kinds=frozenset({Kind.VIBRATION}), vibrations_per_h=600.0),
        0.5,
    ),
    "tremor, 40 in 8 h": (replace(BARE, kinds=frozenset({Kind.TREMOR}), tremors_per_h=6.0), 8.0),
    "a bed partner": (replace(BARE, bed_partner=True), 8.0),
    "on a table, the house shaking": (replace(BARE, kinds=frozenset({Kind.VIBRATION})), 8.0),
    "fast clusters of movements": (replace(BARE, kinds=frozenset({Kind.CLUSTER})), 8.0),
    "apneas, 40 an hour": (replace(BARE, apneas_per_h=40.0), 8.0),
    "apneas, 40 an hour, and scored": (replace(BARE, apneas_per_h=40.0), 8.0),
}
SCORED = ("apneas, 40 an hour, and scored",)  # the detector is given the respiratory events
BEYOND_THE_BAR = ("fast clusters of movements", "apneas, 40 an hour", *SCORED)


def true_marks(night: SimulatedNight) -> list[Mark]:
    """Return what the recorded limb did, in order of onset, without sizes."""
    rows = sorted(night.annotations("movement"), key=lambda row: row.onset_s)
    return [Mark(row.onset_s, row.offset_s, row.value) for row in rows]


def sized(marks: list[Mark], rms_g: FloatArray, hz: float) -> list[Mark]:
    """Return the marks with the amplitude that each has in the night without noise.

    `rms_g` (n,) is that night's vector RMS.
    """
    return [replace(m, size_g=largest_within(rms_g, hz, m.onset_s, m.offset_s)) for m in marks]


def noise_g(night: SimulatedNight, twin: SimulatedNight) -> float:
    """Return the RMS of the sensor noise as a vector in the movement band, over an hour."""
    part = slice(0, round(3600 * night.hz))
    difference = night.acceleration_g[:, part] - twin.acceleration_g[:, part]
    return float(np.sqrt(np.mean(vector_rms_g(difference, night.hz) ** 2)))


def found_marks(analysis: Analysis) -> tuple[list[Mark], list[Mark]]:
    """Return the movements that count, and those that are known to be something else."""
    counted: list[Mark] = []
    excluded: list[Mark] = []
    for one in analysis.movements:
        span = one.movement
        mark = Mark(span.onset_s, span.offset_s, str(one.label), one.state, span.peak_g)
        (counted if one.excluded_as is None else excluded).append(mark)
    return counted, excluded


def annotated(night: SimulatedNight, *kinds: str) -> Annotations:
    """Return the truth's rows of these kinds, as a file of annotations would hold them."""
    rows = [
        Annotation(row.kind, row.value, row.onset_s, row.duration_s)
        for row in night.truth
        if row.kind in kinds
    ]
    return in_order("truth", rows)


def true_sleep(night: SimulatedNight) -> Spans:
    """Return the spans (k, 2) s of true sleep."""
    return hypnogram(annotated(night, "stage")).sleep


def two_leg_index(night: SimulatedNight) -> float | None:
    """Return the index that the rules give for both legs, recorded or not."""
    scored = score_night(annotated(night, "limb_movement", "stage"), WASM)
    periodic = sum(one.periodic and one.state == "sleep" for one in scored.movements)
    return periodic / (total(scored.sleep) / 3600) if len(scored.sleep) else None


def measure_night(case: Case, seed: int) -> Figures:
    """Return all that is measured of one night with its truth."""
    night, twin = case.simulate(seed), case.twin(seed)
    noise = noise_g(night, twin)
    rms_g = vector_rms_g(twin.acceleration_g, twin.hz)
    true = sized(true_marks(night), rms_g, twin.hz)
    analysis = case.analyze(night)
    found, excluded = found_marks(analysis)
    stretches = [
        (row.onset_s - 1, row.offset_s + 1)
        for row in night.annotations("distractor")
        if row.value in STRETCHES
    ]
    free = [m for m in found if not inside(stretches, [m.onset_s])[0]]
    matching, strict = matched(free, true), matched(found, true)
    seen = visible(true, rms_g, twin.hz, VISIBLE_RATIO * noise)
    least_g = NOISE_RATIO * noise
    others = [
        Mark(row.onset_s, row.offset_s, row.value)
        for row in night.annotations("distractor")
        if row.value != "turn"
    ]
    missed = miss_causes(found, excluded, true, matching)
    return {
        "noise_g": noise,
        "above": counts_above(matching, true, least_g),
        "all": counts_above(matching, true, 0.0),
        "strict": counts_above(strict, true, least_g),
        "visible": counts_above(matched(free, seen), seen, least_g),
        "onset_s": [round(free[i].onset_s - true[j].onset_s, 3) for i, j in matching.pairs],
        "labels": labels_above(free, true, matching, least_g),
        "restless": covered_s(found, true, RESTLESS),
        "by_ratio": recall_by_ratio(matching, true, noise),
        "missed": tally([(j, why) for j, why in missed if true[j].size_g >= least_g]),
        "false": tally(false_causes(free, true, others, matching)),
        **series_figures(night, analysis, true, found),
        **sleep_figures(night, analysis),
    }


def series_figures(
    night: SimulatedNight, analysis: Analysis, true: list[Mark], found: list[Mark]
) -> Figures:
    """Return counts, indices and periodicity, found and true."""
    sleep = true_sleep(night)
    hours = total(sleep) / 3600
    true_asleep = asleep(true, sleep)
    summary = analysis.nights[0].summary
    index = summary.indices["periodic_limb_movement_per_h"]
    on_true_sleep = sum(m.label == PERIODIC for m in asleep(found, sleep)) / hours
    return {
        "periodic_true": sum(m.label == PERIODIC for m in true),
        "periodic_found": sum(m.label == PERIODIC for m in found),
        "index_true": sum(m.label == PERIODIC for m in true_asleep) / hours,
        "index_two_legs": two_leg_index(night),
        "index": index.value,
        "index_low": index.low,
        "index_high": index.high,
        "index_on_true_sleep": on_true_sleep,
        "periodicity_true": periodicity_of_intervals(
            [m.onset_s for m in true_asleep], sleep[:, 1], analysis.criteria.series
        ),
        "periodicity": summary.indices["periodicity_intervals"].value,
    }


def sleep_figures(night: SimulatedNight, analysis: Analysis) -> Figures:
    """Return by how much the estimated sleep period begins and ends late, and the hours."""
    sleep = true_sleep(night)
    summary = analysis.nights[0].summary
    period = summary.sleep_period_s
    return {
        "sleep_begins_late_s": None if period is None else period[0] - float(sleep[0, 0]),
        "sleep_ends_late_s": None if period is None else sum(period) - float(sleep[-1, 1]),
        "sleep_h": summary.hours["sleep"],
        "sleep_true_h": total(sleep) / 3600,
    }


def measure_alone(name: str, placement: Placement, seed: int) -> Figures:
    """Return what is found in a night that holds one distractor and nothing else."""
    plan, hours = ALONE[name]
    if placement is Placement.MATTRESS:
        plan = replace(plan, device=Device.PHONE)
    case = Case(placement, plan=plan, hours=hours)
    night = case.simulate(seed)
    scored = annotated(night, "respiratory_event") if name in SCORED else None
    analysis = case.analyze(night, events=scored)
    found, excluded = found_marks(analysis)
    turns = [(row.onset_s - 1, row.offset_s + 3) for row in night.annotations("distractor", "turn")]
    besides = [m for m in found if not inside(turns, [m.onset_s])[0]]
    return {
        "hours": hours,
        "events": len(night.annotations("distractor")) + len(night.annotations("movement")),
        "periodic": sum(m.label == PERIODIC for m in found),
        "counted": len(besides),
        "excluded": len(excluded),
        "sleep_h": analysis.nights[0].summary.hours["sleep"],
    }


def measure_distractors(seed: int) -> Figures:
    """Return the figures of each distractor alone, at each placement."""
    return {
        f"{name}|{placement}": measure_alone(name, placement, seed)
        for name in ALONE
        for placement in (Placement.ANKLE, Placement.WRIST, Placement.MATTRESS)
        if not (name == "a bed partner" and placement is Placement.MATTRESS)
    }


def measure_jerks(seed: int) -> Figures:
    """Return hypnic jerks, true, found and both, by what sleep rests on; three nights a seed.

    "first" are those up to some minutes after first falling asleep; "within" gives the same by
    other limits on how a jerk may be spread in time.
    """
    names = [f"{basis}{part}" for basis in ("estimate", "hypnogram") for part in ("", ", first")]
    names += [f"{basis}, within {limit_s:g} s" for basis in names[::2] for limit_s in SPREADS_S]
    sums = {name: {"true": 0, "found": 0, "both": 0} for name in names}
    taken_for: dict[str, int] = {}
    for k in range(3):
        case = NIGHTS["ankle"]
        night = case.simulate(10 * seed + k)
        true = true_marks(night)
        analyses = {
            "estimate": case.analyze(night),
            "hypnogram": case.analyze(night, annotated(night, "stage")),
        }
        slept_s = float(hypnogram(annotated(night, "stage")).sleep[0, 0])
        for basis, analysis in analyses.items():
            found, _ = found_marks(analysis)
            first = [
                [mark for mark in marks if mark.onset_s < slept_s + FIRST_S]
                for marks in (found, true)
            ]
            counted = {basis: jerk_counts(found, true), f"{basis}, first": jerk_counts(*first)}
            for limit_s in SPREADS_S:
                other, _ = found_marks(with_spread(analysis, limit_s))
                counted[f"{basis}, within {limit_s:g} s"] = jerk_counts(other, true)
            for name, counts in counted.items():
                sums[name] = {key: n + counts[key] for key, n in sums[name].items()}
            if basis == "estimate":
                for name, n in jerks_taken_for(found, true).items():
                    taken_for[name] = taken_for.get(name, 0) + n
    return {"nights": 3, **sums, "taken_for": taken_for}


def with_spread(analysis: Analysis, limit_s: float) -> Analysis:
    """Return the analysis by another limit on how a hypnic jerk may be spread in time."""
    used = analysis.criteria
    kinds = replace(used.classification, hypnic_max_spread_s=limit_s)
    return analysis_of(
        analysis.seen, replace(used, classification=kinds), analysis.evidence, child=False
    )


def jerk_counts(found: list[Mark], true: list[Mark]) -> dict[str, int]:
    """Return how many jerks are true, found, and both, paired within 1 s."""
    label = "hypnic_jerk"
    matching = matched(found, true)
    both = sum(found[i].label == label == true[j].label for i, j in matching.pairs)
    return {
        "true": sum(m.label == label for m in true),
        "found": sum(m.label == label for m in found),
        "both": both,
    }


def jerks_taken_for(found: list[Mark], true: list[Mark]) -> dict[str, int]:
    """Return what true jerks were called, and what was called a jerk, as "true>found"."""
    labels = labels_above(found, true, matched(found, true), 0.0)
    return {pair: n for pair, n in labels.items() if "hypnic_jerk" in pair.split(">")}


def same_movements(one: Analysis, other: Analysis) -> Figures:
    """Return in how many movements two analyses of one night differ, and by how much in onset."""
    ours, theirs = list(one.movements), list(other.movements)
    onsets = [[m.movement.onset_s for m in marks] for marks in (ours, theirs)]
    pairs = match_onsets(onsets[0], onsets[1], 0.1).pairs
    alike = sum(
        ours[i].label == theirs[j].label and ours[i].excluded_as == theirs[j].excluded_as
        for i, j in pairs
    )
    apart = [abs(onsets[0][i] - onsets[1][j]) for i, j in pairs]
    return {
        "movements": len(ours),
        "different": len(ours) + len(theirs) - 2 * alike,
        "onset_s": max(apart, default=0.0),
    }
