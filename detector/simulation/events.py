"""What a sleeper, and the bed, do in a night: each kind of event drawn by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detector.recording import FloatArray, Placement, Side
from detector.simulation.mechanics import Limb
from detector.simulation.plan import LIMB_KINDS, Kind, NightPlan
from detector.simulation.sleep import (
    SLEEP_STAGES,
    Person,
    Stage,
    passages_into_sleep_s,
    spans,
)
from detector.simulation.table import log_normal, log_uniform, uniform, value
from detector.simulation.timing import lay_out, poisson_s

BOTH = (Side.LEFT, Side.RIGHT)
NREM = frozenset({"N1", "N2", "N3"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that will move the sensor.

    `legs` are the legs that move, `lag_s` by how much the second of two is later. `recorded` is
    true where the limb with the sensor takes part. `ring_hz` and `damping` are those of the
    moving limb. `peak_g` is the aim for that limb; the truth is measured on what is rendered.
    """

    kind: Kind
    onset_s: float
    duration_s: float
    peak_g: float
    ring_hz: float = 3.0
    damping: float = 0.4
    legs: tuple[Side, ...] = ()
    lag_s: float = 0.0
    recorded: bool = True

    @property
    def offset_s(self) -> float:
        """Return when it is planned to be over."""
        return self.onset_s + self.duration_s

    @property
    def is_limb(self) -> bool:
        """Return whether the rules of scoring look at it: a movement of limbs alone."""
        return self.kind in LIMB_KINDS


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A person in one night, and the sensor: worn from `worn_s[0]` to `worn_s[1]`."""

    person: Person
    stages: tuple[Stage, ...]
    placement: Placement
    plan: NightPlan
    worn_s: tuple[float, float]

    @property
    def sleep(self) -> FloatArray:
        """Return (k, 2) onset and offset in s of sleep."""
        return spans(self.stages, SLEEP_STAGES)

    @property
    def wake(self) -> FloatArray:
        """Return (k, 2) onset and offset in s of being awake with the sensor on."""
        worn = np.clip(spans(self.stages, frozenset({"W"})), *self.worn_s)
        return worn[worn[:, 1] > worn[:, 0]]


def _limb(
    rng: np.random.Generator, kind: Kind, onset_s: float, aim_s: float, peak_g: float
) -> Event:
    """Return a movement of a limb that is at rest again about `aim_s` after its onset."""
    ring_hz = uniform(rng, "ring_min_hz", "ring_max_hz")
    damping = uniform(rng, "ring_damping_min", "ring_damping_max")
    peak_g = float(np.clip(peak_g, value("limb_peak_min_g"), value("limb_peak_max_g")))
    axis = np.zeros(3)
    tail_s = Limb(1.0, ring_hz, damping, axis, axis).tail_s(peak_g, value("at_rest_g"))
    return Event(kind, onset_s, max(aim_s, tail_s + 0.4), peak_g, ring_hz, damping)


def draw_handling(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Return the sensor being put on, and taken off, where it is not worn throughout."""
    first, last = sleeper.worn_s
    moments = [first] * (first > 0)
    if sleeper.plan.off_body_after_min > 0:
        moments.append(last - 6.0)
    return [Event(Kind.HANDLING, moment, float(rng.uniform(3, 6)), 0.5) for moment in moments]


def draw_jerks(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw hypnic jerks about the passages into sleep, each alone."""
    jerks: list[Event] = []
    for i, passage in enumerate(passages_into_sleep_s(sleeper.stages)):
        mean = value("jerk_per_passage" if i else "jerk_per_night")
        for _ in range(rng.poisson(mean)):
            onset = passage + rng.uniform(-value("jerk_before_s"), value("jerk_after_s"))
            peak = log_normal(rng, value("jerk_peak_median_g"), value("jerk_peak_sd"))
            peak = max(peak, value("jerk_peak_min_g"))
            burst_s = uniform(rng, "jerk_burst_min_s", "jerk_burst_max_s")
            jerk = _limb(rng, Kind.JERK, float(onset), burst_s, peak)
            alone = all(abs(jerk.onset_s - o.onset_s) > value("jerk_solitude_s") for o in jerks)
            if alone and sleeper.person.has_jerks:
                jerks.append(replace(jerk, legs=BOTH, lag_s=float(rng.uniform(0, 0.05))))
    return sorted(jerks, key=lambda event: event.onset_s)


def draw_turns(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw turns in bed, asleep, awake, and at the start of awakenings."""
    onsets = [
        *poisson_s(rng, sleeper.person.turn_per_h, sleeper.sleep),
        *poisson_s(rng, value("wake_per_h") * value("wake_turn_share"), sleeper.wake),
    ]
    onsets += [
        float(wake[0] + rng.uniform(2, 8))
        for wake in sleeper.wake
        if rng.random() < value("awakening_turn_share")
    ]
    kick_g = value("turn_kick_peak_g")
    return [Event(Kind.TURN, float(onset), float(rng.uniform(3, 8)), kick_g) for onset in onsets]


def draw_large(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw movements of large muscle groups, asleep, awake, and at the start of awakenings."""
    onsets = [
        *poisson_s(rng, sleeper.person.large_per_h, sleeper.sleep),
        *poisson_s(rng, value("wake_per_h") * value("wake_large_share"), sleeper.wake),
    ]
    onsets += [
        float(wake[0] + rng.uniform(1, 10))
        for wake in sleeper.wake
        if rng.random() < value("awakening_large_share")
    ]
    events = []
    for onset in onsets:
        length = log_normal(rng, value("large_duration_gm_s"), value("large_duration_sd"))
        length = float(
            np.clip(length, value("large_duration_min_s"), value("large_duration_max_s") - 2.0)
        )
        peak = log_normal(rng, value("large_peak_median_g"), value("large_peak_sd"))
        peak = float(np.clip(peak, value("large_peak_min_g"), value("limb_peak_max_g")))
        event = _limb(rng, Kind.LARGE, float(onset), length, peak)
        events.append(replace(event, legs=BOTH))
    return events


def _legs(rng: np.random.Generator, leading: Side) -> tuple[Side, ...]:
    """Draw which legs move, the earlier one first; 42 % of movements keep to one."""
    other = Side.RIGHT if leading is Side.LEFT else Side.LEFT
    leads = rng.random() < value("plm_leading_leg_share")
    order = (leading, other) if leads else (other, leading)
    return order[:1] if rng.random() < value("plm_one_leg_share") else order


def _takes_part(placement: Placement, plan: NightPlan, legs: tuple[Side, ...], arm: bool) -> bool:
    if placement is Placement.WRIST:
        return arm
    return placement is Placement.MATTRESS or plan.side in legs


def draw_periodic(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw series of periodic limb movements in sleep without REM."""
    person = sleeper.person
    hours = float(np.sum(sleeper.sleep[:, 1] - sleeper.sleep[:, 0])) / 3600
    if Kind.PERIODIC not in sleeper.plan.kinds or not person.plm_per_h:
        return []

    def interval() -> float:
        while True:  # what series are made of; what breaks them is drawn elsewhere
            drawn = log_normal(rng, person.interval_gm_s, person.interval_sd)
            if 10.0 <= drawn <= 90.0:
                return drawn

    within = spans(sleeper.stages, NREM)
    runs = lay_out(
        rng,
        round(person.plm_per_h * hours / (1 - value("plm_pushed_out_share"))),
        interval,
        within=within,
        denser_early=person.denser_early,
    )
    events: list[Event] = []
    for onsets in runs:
        leading = BOTH[int(rng.integers(2))]
        arm_joins = rng.random() < value("plm_arm_series_share")
        for onset in onsets:
            aim = log_normal(rng, person.duration_gm_s, person.duration_sd)
            peak = log_normal(rng, person.limb_peak_g, value("limb_peak_movement_sd"))
            arm = bool(arm_joins and rng.random() < value("plm_arm_movement_share"))
            if arm and sleeper.placement is Placement.WRIST:
                peak *= value("plm_arm_peak_ratio")
            legs = _legs(rng, leading)
            events.append(
                replace(
                    _limb(rng, Kind.PERIODIC, float(onset), min(aim, 9.5), peak),
                    legs=legs,
                    lag_s=_lag_s(rng),
                    recorded=_takes_part(sleeper.placement, sleeper.plan, legs, arm),
                )
            )
    return events


def _lag_s(rng: np.random.Generator) -> float:
    """Draw by how much the second of two legs is later."""
    return float(rng.uniform(0, value("leg_lag_max_s")))


def draw_apneas(
    rng: np.random.Generator, sleeper: Sleeper
) -> tuple[list[Event], list[tuple[float, float]]]:
    """Draw trains of respiratory events, most of which end in a movement; onset and length."""
    hours = float(np.sum(sleeper.sleep[:, 1] - sleeper.sleep[:, 0])) / 3600
    count = round(sleeper.plan.apneas_per_h * hours)
    runs = lay_out(
        rng,
        count,
        lambda: uniform(rng, "apnea_interval_min_s", "apnea_interval_max_s"),
        within=sleeper.sleep,
        denser_early=False,
    )
    events: list[Event] = []
    respiratory: list[tuple[float, float]] = []
    for end in (float(moment) for run in runs for moment in run):
        length = uniform(rng, "apnea_duration_min_s", "apnea_duration_max_s")
        respiratory.append((end - length, length))
        if rng.random() >= value("apnea_movement_share"):
            continue
        person = sleeper.person
        peak = log_normal(rng, person.limb_peak_g, value("limb_peak_movement_sd"))
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        event = _limb(rng, Kind.APNEA, end + float(rng.uniform(0, 2)), min(aim, 9.5), peak)
        arm = bool(rng.random() < value("single_arm_share", Placement.WRIST))
        legs = _legs(rng, sleeper.plan.side)
        recorded = _takes_part(sleeper.placement, sleeper.plan, legs, arm)
        events.append(replace(event, legs=legs, lag_s=_lag_s(rng), recorded=recorded))
    return events, respiratory


def draw_singles(
    rng: np.random.Generator, sleeper: Sleeper, in_series: list[tuple[float, float]]
) -> list[Event]:
    """Draw limb movements that belong to no series, awake and asleep."""
    wake_rate = value("wake_per_h") * (1 - value("wake_large_share") - value("wake_turn_share"))
    onsets = [
        *poisson_s(rng, value("single_per_h"), sleeper.sleep),
        *poisson_s(rng, wake_rate, sleeper.wake),
    ]
    events: list[Event] = []
    for onset in onsets:
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        peak = log_normal(rng, sleeper.person.limb_peak_g, value("limb_peak_movement_sd"))
        event = _limb(rng, Kind.SINGLE, float(onset), min(aim, 9.5), peak)
        of_arm = bool(rng.random() < value("single_arm_share", sleeper.placement))
        leading = BOTH[int(rng.integers(2))]
        moves = _legs(rng, leading)
        lag_s = _lag_s(rng)
        kept = rng.random() < value("single_in_series_share")
        if not kept and any(first <= onset <= last for first, last in in_series):
            continue
        recorded = _takes_part(sleeper.placement, sleeper.plan, moves, sleeper.plan.side in moves)
        if sleeper.placement is Placement.WRIST:
            recorded = of_arm and sleeper.plan.side in moves
        legs = () if of_arm else moves
        events.append(replace(event, legs=legs, lag_s=lag_s, recorded=recorded))
    return events


def draw_clusters(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw fast clusters: four or more small movements, up to four a second."""
    events = []
    for onset in poisson_s(rng, value("cluster_per_h"), sleeper.sleep):
        members = int(rng.integers(4, int(value("cluster_members_max")) + 1))
        rate = log_uniform(rng, "cluster_min_hz", "cluster_max_hz")
        peak = log_normal(rng, value("cluster_peak_median_g"), value("cluster_peak_sd"))
        event = _limb(rng, Kind.CLUSTER, float(onset), members / rate + 1.0, peak)
        events.append(replace(event, lag_s=1 / rate))
    return events


def draw_tremors(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw rhythmic tremor of the limb."""
    events = []
    per_h = sleeper.plan.tremors_per_h
    per_h = value("tremor_per_h") if per_h is None else per_h
    for onset in poisson_s(rng, per_h, sleeper.sleep):
        length = uniform(rng, "tremor_min_s", "tremor_max_s")
        peak = log_normal(rng, value("tremor_peak_median_g"), value("tremor_peak_sd"))
        event = _limb(rng, Kind.TREMOR, float(onset), length, peak)
        ring_hz = uniform(rng, "tremor_min_hz", "tremor_max_hz", sleeper.placement)
        events.append(replace(event, ring_hz=ring_hz))
    return events


def draw_vibrations(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw shakes of the bed or house."""
    first, last = sleeper.worn_s
    events = []
    per_h = sleeper.plan.vibrations_per_h
    per_h = value("vibration_per_h") if per_h is None else per_h
    for onset in poisson_s(rng, per_h, np.array([[first, last - 1.0]])):
        length = uniform(rng, "vibration_min_s", "vibration_max_s")
        peak = log_uniform(rng, "vibration_peak_min_g", "vibration_peak_max_g")
        ring_hz = uniform(rng, "vibration_min_hz", "vibration_max_hz")
        events.append(Event(Kind.VIBRATION, float(onset), length, peak, ring_hz))
    return events


def draw_partner(rng: np.random.Generator, sleeper: Sleeper) -> list[Event]:
    """Draw what a bed partner does: limb movements and now and then a turn."""
    first, last = sleeper.worn_s
    events = []
    for onset in poisson_s(rng, value("partner_per_h"), np.array([[first + 2, last - 60.0]])):
        large = rng.random() < value("partner_turn_share")
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        aim *= 2.5 if large else 1.0
        peak = log_normal(rng, value("limb_peak_median_g"), value("limb_peak_movement_sd"))
        events.append(_limb(rng, Kind.PARTNER, float(onset), min(aim, 30.0), peak))
    return events
