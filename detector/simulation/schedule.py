"""When what moves during a simulated night: events in time, none of them rendered yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

BOTH = (Side.LEFT, Side.RIGHT)
SPACE_S = 1.5  # choice: least rest between two movements, so that none run into one another
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


@dataclass(frozen=True, slots=True)
class Schedule:
    """All events of a night, in order, and the ends and lengths of respiratory events."""

    events: tuple[Event, ...]
    respiratory: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Night:
    """What every drawing function needs to know."""

    person: Person
    stages: tuple[Stage, ...]
    placement: Placement
    plan: NightPlan
    worn_s: tuple[float, float]

    @property
    def sleep(self) -> FloatArray:
        return spans(self.stages, SLEEP_STAGES)

    @property
    def wake(self) -> FloatArray:
        worn = np.clip(spans(self.stages, frozenset({"W"})), *self.worn_s)
        return worn[worn[:, 1] > worn[:, 0]]


def draw_schedule(
    generator: Callable[[str], np.random.Generator],
    *,
    person: Person,
    stages: tuple[Stage, ...],
    placement: Placement,
    plan: NightPlan,
    worn_s: tuple[float, float],
) -> Schedule:
    """Draw every event of the night; `generator` gives an own stream of chance for each purpose.

    What is drawn first keeps its place; a later event that would run into it is left out, except
    for shakes of the bed, which may fall on anything.
    """
    night = _Night(person, stages, placement, plan, worn_s)
    kinds = plan.kinds
    taken = _Taken(worn_s)
    periodic = _periodic(generator("periodic"), night)
    apneas, respiratory = _apneas(generator("apnea"), night)
    in_series = _stretches([event.onset_s for event in periodic])

    taken.add(_handling(generator("handling"), night), everywhere=True)
    taken.add(_jerks(generator("jerk"), night), wanted=Kind.JERK in kinds)
    taken.guard(value("jerk_solitude_s"))
    taken.add(_turns(generator("turn"), night), wanted=Kind.TURN in kinds)
    taken.add(_large(generator("large"), night), wanted=Kind.LARGE in kinds)
    taken.add(apneas)
    taken.add(periodic, wanted=Kind.PERIODIC in kinds)
    singles = _singles(generator("single"), night, in_series)
    taken.add(singles, wanted=Kind.SINGLE in kinds)
    rng = generator("distractor")
    clusters, tremors = _clusters(rng, night), _tremors(rng, night)
    taken.add(clusters, wanted=Kind.CLUSTER in kinds, space_s=10.0)
    taken.add(tremors, wanted=Kind.TREMOR in kinds, space_s=10.0)

    shakes = _vibrations(generator("vibration"), night) if Kind.VIBRATION in kinds else []
    if plan.bed_partner:
        shakes += _partner(generator("partner"), night)
    events = sorted([*taken.events, *shakes], key=lambda event: event.onset_s)
    return Schedule(tuple(events), tuple(respiratory))


class _Taken:
    """The events that have their place, and the room around them."""

    def __init__(self, worn_s: tuple[float, float]) -> None:
        self.events: list[Event] = []
        self._worn_s = worn_s
        self._guard_s: dict[int, float] = {}

    def guard(self, space_s: float) -> None:
        """Keep `space_s` free around everything that has its place by now, but handling."""
        for i, event in enumerate(self.events):
            if event.kind is not Kind.HANDLING:
                self._guard_s[i] = space_s

    def add(
        self,
        events: Iterable[Event],
        *,
        wanted: bool = True,
        everywhere: bool = False,
        space_s: float = SPACE_S,
    ) -> None:
        """Give each of `events` its place where there is room for it."""
        if not wanted:
            return
        first, last = self._worn_s
        for event in events:
            inside = first + SPACE_S <= event.onset_s and event.offset_s <= last - SPACE_S
            if (inside or everywhere) and self._is_free(event, space_s):
                self.events.append(event)

    def _is_free(self, event: Event, space_s: float) -> bool:
        return all(
            event.onset_s >= other.offset_s + max(space_s, self._guard_s.get(i, 0.0))
            or event.offset_s + max(space_s, self._guard_s.get(i, 0.0)) <= other.onset_s
            for i, other in enumerate(self.events)
        )


def poisson_s(rng: np.random.Generator, per_h: float, within: FloatArray) -> FloatArray:
    """Draw (k,) moments at `per_h` on average in the stretches `within` (j, 2), in order."""
    lengths = within[:, 1] - within[:, 0]
    count = rng.poisson(per_h * lengths.sum() / 3600)
    return _clock_s(np.sort(rng.uniform(0, lengths.sum(), count)), within)


def _clock_s(elapsed_s: FloatArray, within: FloatArray) -> FloatArray:
    """Return the moments at which `elapsed_s` (k,) of the stretches `within` (j, 2) have passed."""
    if not within.size:
        return np.zeros(0)
    before = np.concatenate([[0.0], np.cumsum(within[:, 1] - within[:, 0])])
    which = np.clip(np.searchsorted(before, elapsed_s, side="right") - 1, 0, len(within) - 1)
    return np.asarray(within[which, 0] + elapsed_s - before[which], dtype=np.float64)


def _stretches(onsets_s: Sequence[float]) -> list[tuple[float, float]]:
    """Return from where to where each series runs, by onsets in order."""
    found: list[tuple[float, float]] = []
    for onset in onsets_s:
        if found and onset - found[-1][1] <= 90.0:
            found[-1] = (found[-1][0], onset)
        else:
            found.append((onset, onset))
    return found


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


def _handling(rng: np.random.Generator, night: _Night) -> list[Event]:
    """Return the sensor being put on, and taken off, where it is not worn throughout."""
    first, last = night.worn_s
    moments = [first] * (first > 0)
    if night.plan.off_body_after_min > 0:
        moments.append(last - 6.0)
    return [Event(Kind.HANDLING, moment, float(rng.uniform(3, 6)), 0.5) for moment in moments]


def _jerks(rng: np.random.Generator, night: _Night) -> list[Event]:
    """Draw hypnic jerks about the passages into sleep, each alone."""
    jerks: list[Event] = []
    for i, passage in enumerate(passages_into_sleep_s(night.stages)):
        mean = value("jerk_per_passage" if i else "jerk_per_night")
        for _ in range(rng.poisson(mean)):
            onset = passage + rng.uniform(-value("jerk_before_s"), value("jerk_after_s"))
            peak = log_normal(rng, value("jerk_peak_median_g"), value("jerk_peak_sd"))
            peak = max(peak, value("jerk_peak_min_g"))
            burst_s = uniform(rng, "jerk_burst_min_s", "jerk_burst_max_s")
            jerk = _limb(rng, Kind.JERK, float(onset), burst_s, peak)
            alone = all(abs(jerk.onset_s - o.onset_s) > value("jerk_solitude_s") for o in jerks)
            if alone and night.person.has_jerks:
                jerks.append(replace(jerk, legs=BOTH, lag_s=float(rng.uniform(0, 0.05))))
    return sorted(jerks, key=lambda event: event.onset_s)


def _turns(rng: np.random.Generator, night: _Night) -> list[Event]:
    onsets = [
        *poisson_s(rng, night.person.turn_per_h, night.sleep),
        *poisson_s(rng, value("wake_per_h") * value("wake_turn_share"), night.wake),
    ]
    onsets += [
        float(wake[0] + rng.uniform(2, 8))
        for wake in night.wake
        if rng.random() < value("awakening_turn_share")
    ]
    kick_g = value("turn_kick_peak_g")
    return [Event(Kind.TURN, float(onset), float(rng.uniform(3, 8)), kick_g) for onset in onsets]


def _large(rng: np.random.Generator, night: _Night) -> list[Event]:
    onsets = [
        *poisson_s(rng, night.person.large_per_h, night.sleep),
        *poisson_s(rng, value("wake_per_h") * value("wake_large_share"), night.wake),
    ]
    onsets += [
        float(wake[0] + rng.uniform(1, 10))
        for wake in night.wake
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
    """Draw which legs move; 42 % of movements keep to one."""
    if rng.random() >= value("plm_one_leg_share"):
        return BOTH
    leads = rng.random() < value("plm_leading_leg_share")
    other = Side.RIGHT if leading is Side.LEFT else Side.LEFT
    return (leading if leads else other,)


def _takes_part(placement: Placement, plan: NightPlan, legs: tuple[Side, ...], arm: bool) -> bool:
    if placement is Placement.WRIST:
        return arm
    return placement is Placement.MATTRESS or plan.side in legs


def _periodic(rng: np.random.Generator, night: _Night) -> list[Event]:
    """Draw series of periodic limb movements in sleep without REM."""
    person = night.person
    hours = float(np.sum(night.sleep[:, 1] - night.sleep[:, 0])) / 3600
    if Kind.PERIODIC not in night.plan.kinds or not person.plm_per_h:
        return []

    def interval() -> float:
        while True:  # what series are made of; what breaks them is drawn elsewhere
            drawn = log_normal(rng, person.interval_gm_s, person.interval_sd)
            if 10.0 <= drawn <= 90.0:
                return drawn

    within = spans(night.stages, NREM)
    runs = _lay_out(rng, round(person.plm_per_h * hours), interval, within, person.denser_early)
    events: list[Event] = []
    for onsets in runs:
        leading = BOTH[int(rng.integers(2))]
        arm_joins = rng.random() < value("plm_arm_series_share")
        for onset in onsets:
            aim = log_normal(rng, person.duration_gm_s, person.duration_sd)
            peak = log_normal(rng, person.limb_peak_g, value("limb_peak_movement_sd"))
            arm = bool(arm_joins and rng.random() < value("plm_arm_movement_share"))
            if arm and night.placement is Placement.WRIST:
                peak *= value("plm_arm_peak_ratio")
            legs = _legs(rng, leading)
            events.append(
                replace(
                    _limb(rng, Kind.PERIODIC, float(onset), min(aim, 9.5), peak),
                    legs=legs,
                    lag_s=uniform_lag(rng),
                    recorded=_takes_part(night.placement, night.plan, legs, arm),
                )
            )
    return events


def uniform_lag(rng: np.random.Generator) -> float:
    """Draw by how much the second of two legs is later."""
    return float(rng.uniform(0, value("leg_lag_max_s")))


def _lay_out(
    rng: np.random.Generator,
    count: int,
    interval: Callable[[], float],
    within: FloatArray,
    denser_early: bool,
) -> list[FloatArray]:
    """Return the onsets of about `count` movements as series in the stretches `within` (j, 2).

    The breaks between series grow over the night where it is denser early, and are longest at
    both ends where it is not. Series that find no room are left out.
    """
    room = float(np.sum(within[:, 1] - within[:, 0]))
    least = value("plm_break_min_s")
    runs: list[FloatArray] = []
    used, left = least, count
    while left >= 4:
        drawn = log_normal(rng, value("plm_series_members_median"), value("plm_series_members_sd"))
        members = min(max(4, round(drawn)), left)
        if left - members < 4:
            members = left
        steps = np.array([0.0] + [interval() for _ in range(members - 1)])
        left -= members
        if used + steps.sum() + least <= room:
            runs.append(np.cumsum(steps))
            used += float(steps.sum()) + least
    if not runs:
        return []
    place = np.arange(len(runs) + 1) / len(runs)
    slope = value("plm_early_slope")
    shape = np.exp(slope * place) if denser_early else 0.3 + np.abs(2 * place - 1) * slope
    weights = rng.exponential(size=place.size) * shape
    breaks = (room - used) * weights / weights.sum()
    laid = []
    elapsed = 0.0
    for run, pause in zip(runs, breaks, strict=False):
        elapsed += pause + least
        laid.append(_clock_s(elapsed + run, within))
        elapsed += float(run[-1])
    return laid


def _apneas(
    rng: np.random.Generator, night: _Night
) -> tuple[list[Event], list[tuple[float, float]]]:
    """Draw trains of respiratory events, most of which end in a movement; onset and length."""
    hours = float(np.sum(night.sleep[:, 1] - night.sleep[:, 0])) / 3600
    count = round(night.plan.apneas_per_h * hours)
    runs = _lay_out(
        rng,
        count,
        lambda: uniform(rng, "apnea_interval_min_s", "apnea_interval_max_s"),
        night.sleep,
        denser_early=False,
    )
    events: list[Event] = []
    respiratory: list[tuple[float, float]] = []
    for end in (float(moment) for run in runs for moment in run):
        length = uniform(rng, "apnea_duration_min_s", "apnea_duration_max_s")
        respiratory.append((end - length, length))
        if rng.random() >= value("apnea_movement_share"):
            continue
        person = night.person
        peak = log_normal(rng, person.limb_peak_g, value("limb_peak_movement_sd"))
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        event = _limb(rng, Kind.APNEA, end + float(rng.uniform(0, 2)), min(aim, 9.5), peak)
        arm = bool(rng.random() < value("single_arm_share", Placement.WRIST))
        legs = _legs(rng, night.plan.side)
        recorded = _takes_part(night.placement, night.plan, legs, arm)
        events.append(replace(event, legs=legs, lag_s=uniform_lag(rng), recorded=recorded))
    return events, respiratory


def _singles(
    rng: np.random.Generator, night: _Night, in_series: list[tuple[float, float]]
) -> list[Event]:
    """Draw limb movements that belong to no series, awake and asleep."""
    wake_rate = value("wake_per_h") * (1 - value("wake_large_share") - value("wake_turn_share"))
    onsets = [
        *poisson_s(rng, value("single_per_h"), night.sleep),
        *poisson_s(rng, wake_rate, night.wake),
    ]
    events: list[Event] = []
    for onset in onsets:
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        peak = log_normal(rng, night.person.limb_peak_g, value("limb_peak_movement_sd"))
        event = _limb(rng, Kind.SINGLE, float(onset), min(aim, 9.5), peak)
        of_arm = bool(rng.random() < value("single_arm_share", night.placement))
        leading = BOTH[int(rng.integers(2))]
        moves = _legs(rng, leading)
        lag_s = uniform_lag(rng)
        kept = rng.random() < value("single_in_series_share")
        if not kept and any(first <= onset <= last for first, last in in_series):
            continue
        recorded = _takes_part(night.placement, night.plan, moves, night.plan.side in moves)
        if night.placement is Placement.WRIST:
            recorded = of_arm and night.plan.side in moves
        legs = () if of_arm else moves
        events.append(replace(event, legs=legs, lag_s=lag_s, recorded=recorded))
    return events


def _clusters(rng: np.random.Generator, night: _Night) -> list[Event]:
    """Draw fast clusters: four or more small movements, up to four a second."""
    events = []
    for onset in poisson_s(rng, value("cluster_per_h"), night.sleep):
        members = int(rng.integers(4, int(value("cluster_members_max")) + 1))
        rate = log_uniform(rng, "cluster_min_hz", "cluster_max_hz")
        peak = log_normal(rng, value("cluster_peak_median_g"), value("cluster_peak_sd"))
        event = _limb(rng, Kind.CLUSTER, float(onset), members / rate + 1.0, peak)
        events.append(replace(event, lag_s=1 / rate))
    return events


def _tremors(rng: np.random.Generator, night: _Night) -> list[Event]:
    events = []
    for onset in poisson_s(rng, value("tremor_per_h"), night.sleep):
        length = uniform(rng, "tremor_min_s", "tremor_max_s")
        peak = log_normal(rng, value("tremor_peak_median_g"), value("tremor_peak_sd"))
        event = _limb(rng, Kind.TREMOR, float(onset), length, peak)
        ring_hz = uniform(rng, "tremor_min_hz", "tremor_max_hz", night.placement)
        events.append(replace(event, ring_hz=ring_hz))
    return events


def _vibrations(rng: np.random.Generator, night: _Night) -> list[Event]:
    first, last = night.worn_s
    events = []
    for onset in poisson_s(rng, value("vibration_per_h"), np.array([[first, last - 1.0]])):
        length = uniform(rng, "vibration_min_s", "vibration_max_s")
        peak = log_uniform(rng, "vibration_peak_min_g", "vibration_peak_max_g")
        ring_hz = uniform(rng, "vibration_min_hz", "vibration_max_hz")
        events.append(Event(Kind.VIBRATION, float(onset), length, peak, ring_hz))
    return events


def _partner(rng: np.random.Generator, night: _Night) -> list[Event]:
    """Draw what a bed partner does: limb movements and now and then a turn."""
    first, last = night.worn_s
    events = []
    for onset in poisson_s(rng, value("partner_per_h"), np.array([[first + 2, last - 60.0]])):
        large = rng.random() < value("partner_turn_share")
        aim = log_normal(rng, value("single_duration_gm_s"), value("single_duration_sd"))
        aim *= 2.5 if large else 1.0
        peak = log_normal(rng, value("limb_peak_median_g"), value("limb_peak_movement_sd"))
        events.append(_limb(rng, Kind.PARTNER, float(onset), min(aim, 30.0), peak))
    return events


def is_limb(event: Event) -> bool:
    """Return whether it is a movement of limbs that the rules of scoring look at."""
    return event.kind in LIMB_KINDS
