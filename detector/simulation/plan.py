"""What a simulated night is asked to hold, and what it truly holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from detector.recording import (
    FloatArray,
    Placement,
    Recording,
    SampleArray,
    Side,
    from_arrays,
)


class Device(StrEnum):
    """A sensor with its noise, step and range in the table."""

    AXIVITY = "axivity"
    ACTIGRAPH = "actigraph"
    GENEACTIV = "geneactiv"
    EMPATICA_E4 = "empatica_e4"
    PHONE = "phone"


class Kind(StrEnum):
    """What can move, or shake, the sensor."""

    PERIODIC = "periodic"
    SINGLE = "single"
    JERK = "jerk"
    LARGE = "large"
    TURN = "turn"
    CLUSTER = "fast_cluster"
    TREMOR = "tremor"
    VIBRATION = "vibration"
    PARTNER = "bed_partner"
    APNEA = "apnea"
    HANDLING = "handling"


LIMB_KINDS = frozenset({Kind.PERIODIC, Kind.SINGLE, Kind.APNEA})
USUAL_KINDS = frozenset(
    {
        Kind.PERIODIC,
        Kind.SINGLE,
        Kind.JERK,
        Kind.LARGE,
        Kind.TURN,
        Kind.CLUSTER,
        Kind.TREMOR,
        Kind.VIBRATION,
    }
)


@dataclass(frozen=True, slots=True)
class Mattress:
    """What a mattress passes on of an acceleration: of a limb, of the body, up to a frequency.

    `tilts`: a turn in bed leaves the sensor on it a little askew.
    """

    limb_ratio: float
    body_ratio: float
    lowpass_hz: float
    tilts: bool = True


@dataclass(frozen=True, slots=True)
class NightPlan:
    """What goes into a night, beside its length, rate and number of periodic movements.

    Each field changes only what it names: with another value the rest of the night stays the
    same as far as it can. `limb_peak_median_g` takes the place of the table's median and of the
    person's own; `apneas_per_h` counts by the hour of sleep, `gaps_per_h` by the hour recorded. An
    ideal sensor has no noise, no steps and no end of its range.

    `gain` makes each movement of the sleeper larger or smaller, and neither gravity nor a turn's
    angle. What is None is as the table says: how often the sleeper turns and trembles by the hour
    of sleep, the bed shakes by the hour worn, how large breathing (at a steady rate, if
    `breathing_hz` gives one) and heartbeat are at the sensor, what a mattress passes on. Over the
    recording the rate rises by `rate_drift` of itself, about the one asked for.
    """

    start: datetime = datetime(2024, 1, 15, 22, 30)
    side: Side = Side.LEFT
    device: Device = Device.AXIVITY
    kinds: frozenset[Kind] = USUAL_KINDS
    limb_peak_median_g: float | None = None
    apneas_per_h: float = 0.0
    bed_partner: bool = False
    ideal_sensor: bool = False
    gaps_per_h: float = 0.0
    clock_drift_ppm: float = 0.0
    stamp_jitter_s: float = 0.0
    off_body_before_min: float = 0.0
    off_body_after_min: float = 0.0
    gain: float = 1.0
    turns_per_h: float | None = None
    tremors_per_h: float | None = None
    vibrations_per_h: float | None = None
    breathing_peak_g: float | None = None
    breathing_hz: float | None = None
    heart_peak_g: float | None = None
    mattress: Mattress | None = None
    rate_drift: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "apneas_per_h",
            "gaps_per_h",
            "stamp_jitter_s",
            "off_body_before_min",
            "off_body_after_min",
            "turns_per_h",
            "tremors_per_h",
            "vibrations_per_h",
            "breathing_peak_g",
            "breathing_hz",
            "heart_peak_g",
        ):
            asked = getattr(self, name)
            if asked is not None and not 0 <= asked < float("inf"):
                raise ValueError(f"{name} is {asked}, 0 or more is needed")
        if not self.kinds <= USUAL_KINDS:
            others = ", ".join(sorted(self.kinds - USUAL_KINDS))
            raise ValueError(f"{others}: asked for by a field of its own, not among the kinds")
        if not abs(self.clock_drift_ppm) <= 10_000:
            raise ValueError(f"a drift of {self.clock_drift_ppm} ppm is beyond 10000 ppm")
        if not 0 < self.gain <= 100:
            raise ValueError(f"a gain of {self.gain} is not above 0 and up to 100")
        if not abs(self.rate_drift) <= 0.5:
            raise ValueError(f"a rate that drifts by {self.rate_drift:g} of itself is beyond 0.5")
        if self.limb_peak_median_g is not None and not 0 < self.limb_peak_median_g <= 8:
            raise ValueError(f"limb_peak_median_g is {self.limb_peak_median_g}, 0 to 8 is needed")


def quiet(plan: NightPlan | None = None) -> NightPlan:
    """Return `plan` (or the usual one) with turns, breathing and heartbeat, and no limb moving."""
    kinds = frozenset({Kind.TURN})
    return replace(plan or NightPlan(), kinds=kinds, bed_partner=False, apneas_per_h=0.0)


@dataclass(frozen=True, slots=True)
class Annotation:
    """One row of the truth: half-open [onset_s, onset_s + duration_s) from the first sample.

    `peak_g` is the longest departure from the gravity at rest, without noise: at the sensor for
    `movement` and `distractor`, at the limb for `limb_movement`; None for what has no amplitude.
    `series` counts the periodic series of `movement` rows from 1; None outside a series.
    """

    kind: str
    value: str
    onset_s: float
    duration_s: float
    peak_g: float | None = None
    series: int | None = None

    def __post_init__(self) -> None:
        if not (self.onset_s >= 0 and self.duration_s > 0):
            raise ValueError(
                f"{self.kind} at {self.onset_s} s for {self.duration_s} s is no interval"
            )

    @property
    def offset_s(self) -> float:
        """Return the first moment that no longer belongs to it."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class SimulatedNight:
    """A recording whose truth is known.

    `t_s` (n,) s from the first sample, strictly increasing, with holes at gaps;
    `acceleration_g` (3, n) in g; `truth` in order of onset. `hz` is the rate asked for.
    """

    t_s: FloatArray
    acceleration_g: SampleArray
    truth: tuple[Annotation, ...]
    placement: Placement
    side: Side
    device: Device
    start: datetime
    hz: float
    seed: int

    def annotations(self, kind: str, value: str | None = None) -> tuple[Annotation, ...]:
        """Return the rows of one kind, and of one value if it is given."""
        return tuple(row for row in self.truth if row.kind == kind and value in (None, row.value))

    def recording(self) -> Recording:
        """Return the night as a recording, as if it had been read from a file."""
        return from_arrays(
            self.t_s,
            self.acceleration_g,
            hz=self.hz,
            start=self.start,
            placement=self.placement,
            side=None if self.placement is Placement.MATTRESS else self.side,
            source=f"simulated night, seed {self.seed}",
        )
