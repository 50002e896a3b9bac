"""Every threshold of the analysis: its unit in its name, its source beside it.

Where a comment says "choice", no published figure exists; docs/criteria.md tells how it was found.
detector/criteria_files.py reads and writes them as TOML.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from detector.errors import CriteriaError
from detector.recording import Placement


def _require_usable(section: Any) -> None:
    """Raise ValueError where a number is not above 0, or is no number a night could have."""
    for field_ in dataclasses.fields(section):
        value = getattr(section, field_.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not 0 < value < 1e6:
            raise ValueError(f"{field_.name} = {value!r} is not above 0 and below a million")


@dataclass(frozen=True, slots=True)
class ConditioningCriteria:
    """From samples to the low-rate signals of the night."""

    # Published bands begin at 0.1 to 0.5 Hz. Choice on a mattress, which breathes with the sleeper
    # and passes on little of a limb: 1.0.
    band_low_hz: float = 0.5
    band_high_hz: float = 8.0  # movement lies below 8 Hz (published band 0.5 to 8)
    gap_bridge_s: float = 1.1  # choice: bridged by a straight line; most movements last longer
    gap_guard_s: float = 0.5  # choice: invalid on both sides of a longer hole
    # Choice: a recorder that gives the same three values for so long holds them.
    hold_s: float = 1.0
    hold_max_step_g: float = 0.001  # choice: less than any noise; coarser values repeat by chance
    # Choice: gravity that turns by 3 degrees; a larger jump at the end of a hold is a movement.
    hold_jump_g: float = 0.05
    envelope_s: float = 0.5  # choice: this window decides
    edge_envelope_s: float = 0.15  # choice: this one places onset and offset
    edge_band_low_hz: float = 1.0  # choice: a tilt rings for half as long as at 0.5 Hz

    def __post_init__(self) -> None:
        _require_usable(self)
        if not self.band_low_hz < self.band_high_hz:
            raise ValueError(
                f"band_low_hz = {self.band_low_hz!r} is not below "
                f"band_high_hz = {self.band_high_hz!r}"
            )


@dataclass(frozen=True, slots=True)
class DetectionCriteria:
    """Two thresholds over the recording's own noise floor."""

    absolute_floor_g: float = 0.008  # choice (mattress 0.004): a partner is seldom above it
    onset_floor_ratio: float = 2.05  # choice (mattress 2.2): in 80 h noise stays below 1.9
    near_floor_ratio: float = 2.5  # choice (mattress 2.2): weaker, beside others, is a piece
    near_s: float = 10.0  # WASM 2016: below it no periodic interval
    noise_above_ratio: float = 1e-6  # choice: of cells that noise alone may bring so high
    noise_margin_ratio: float = 1.1  # choice: over what even noise reaches; it decides below 8 Hz
    offset_floor_ratio: float = 1.6  # choice
    offset_onset_ratio: float = 0.31  # published: off at 0.31 of the threshold
    backward_ends: bool = True  # choice, by placement: on a mattress, which rings, not
    offset_late_s: float = 0.16  # choice: the last of a release is too slow to be seen
    edge_floor_ratio: float = 2.0  # choice: the short window scatters more
    edge_peak_ratio: float = 0.03  # choice: what rings on below it is no movement
    floor_window_s: float = 60.0  # published: 25th percentile over +-60 s
    floor_mask_ratio: float = 4.0  # published: samples above 4 x the percentile masked
    floor_low_ratio: float = 0.05  # choice: so much of what is measured is always at rest
    floor_cap_ratio: float = 3.0  # choice: tossing for minutes is no noise
    merge_gap_s: float = 1.0  # choice (mattress 2.0): the end drowns before it is over
    tilt_window_s: float = 0.5  # choice: means so long, so far apart, show a step of posture
    min_tilt_g: float = 0.0035  # choice: gravity that turns by 0.2 degrees
    tilt_rest_ratio: float = 3.0  # choice: times the step that breathing and noise make at rest
    tilt_reach_s: float = 4.0  # choice: as long as the +-2 s of a turn
    tilt_mean_s: float = 0.4  # choice: takes ringing out of the posture
    max_hold_s: float = 8.0  # choice: longest weak hold between flexion and release
    hold_tilt_ratio: float = 0.5  # choice: of a step's limit; means over a hold scatter by half
    hold_return_ratio: float = 0.35  # choice: so near to where it was, over how far it was away
    max_pause_s: float = 3.0  # choice: longest pause of a limb on its way to another posture
    half_max_duration_s: float = 1.5  # choice: a shorter one may be a flexion or a release alone
    half_max_pause_s: float = 4.0  # choice: longest pause between such a half and the rest
    # Choice: a partner stays below it at ankle or wrist; on a mattress 0.004, below any movement.
    bed_peak_g: float = 0.015
    bed_swing_deg: float = 0.12  # choice: 2 mg, four times the noise in means of 1 s
    # Choice: where more are small than the sleeper's own can be; shaking of 15 mg makes as much.
    bed_still_deg: float = 0.15
    bed_own_ratio: float = 0.5  # choice: likelier the sleeper's own than not
    bed_strong_members: int = 10  # choice: so many strong ones tell whether a limb turns
    # Weak flanks of a movement (choices, the same on two simulators):
    flank_power_ratio: float = 2.0  # choice: power of a flank over that of rest
    flank_likelihood_ratio: float = 55.0  # choice: so much likelier than rest it has to be
    rest_likelihood_ratio: float = 3000.0  # choice: rest so much likelier ends the search
    # Flanks in a slow band, along the movement's own direction: where no turn is passed on.
    slow_flanks: bool = False  # choice, by placement: on a mattress
    slow_band_low_hz: float = 0.7  # choice: above the breath, its first harmonic too
    slow_band_high_hz: float = 4.0  # choice: half of the noise up to 8 Hz lies above
    slow_even_ratio: float = 0.05  # choice: of its power, what no movement keeps to one line
    flank_gap_s: float = 4.0  # choice: a limb of a restless body pauses as long
    piece_likelihood_ratio: float = 400.0  # choice: some tens of places are tried, so above 55
    # The line along which a movement shakes a mattress (choices, the same on two simulators):
    line_same_deg: float = 18.0  # choice: one in twenty of lines at random is so near
    line_other_deg: float = 37.0  # choice: a restless body changes its line by less as a rule
    line_min_duration_s: float = 0.7  # choice: a shorter one tells its line badly
    line_chance_ratio: float = 0.2  # choice: where more of those far apart share one, it is no sign
    line_members: int = 20  # choice: fewer of these tell no share
    # Another movement that begins while the end of one is still seen (choices):
    sudden_rises: bool = True  # choice, by placement: on a mattress, which shows no hold, not
    rise_weak_s: float = 1.0  # choice: so long nothing ahead of it passes the upper threshold
    rise_ratio: float = 5.0  # choice: of the short window's highest, over that of so long before
    rise_within_s: float = 0.24  # choice: it rises within this; a flank takes longer
    rise_least_s: float = 1.0  # choice: a shorter one, after a turn, may be the end of that
    posture_window_s: float = 2.0  # choice: as a turn (2 s); on a mattress 8.0, some breaths
    turn_window_s: float = 3.0  # choice, by placement (mattress 8.0): a turn is told by these
    min_duration_s: float = 0.1  # choice: a shorter burst is a knock on the sensor
    turn_deg: float = 20.0  # published: gravity turns more than 20 deg over +-2 s and stays
    min_floor_segment_s: float = 20.0  # choice: fewer seconds than that tell no floor

    def __post_init__(self) -> None:
        _require_usable(self)
        likelihoods = (
            self.flank_likelihood_ratio,
            self.rest_likelihood_ratio,
            self.piece_likelihood_ratio,
        )
        if min(self.flank_power_ratio, *likelihoods) <= 1:
            raise ValueError("flank_power_ratio and ..._likelihood_ratio are above 1")
        if self.slow_even_ratio > 1:
            raise ValueError(f"slow_even_ratio = {self.slow_even_ratio!r} is above 1")
        if not self.slow_band_low_hz < self.slow_band_high_hz:
            raise ValueError("slow_band_low_hz is not below slow_band_high_hz")


@dataclass(frozen=True, slots=True)
class NightCriteria:
    """Rest, sleep, wake and time off the body."""

    posture_median_s: float = 15.0  # choice: a limb that moves and returns leaves no trace
    epoch_s: float = 5.0  # van Hees 2018
    still_window_s: float = 300.0  # van Hees 2018: rolling median of 5 min
    still_deg: float = 0.5  # choice within the 0.13 to 0.5 deg of van Hees 2018
    min_rest_block_s: float = 1800.0  # van Hees 2018
    max_rest_gap_s: float = 3600.0  # van Hees 2018
    max_unknown_s: float = 300.0  # choice: a hole as long as the still window tells nothing
    # Published for all movements: 21.4/h asleep, 90.4/h awake (IRLSSG 2021). Here large ones count
    # in full, small ones in part and periodic ones not at all, which leaves fewer of both. The
    # night tells its own rates, held to these: a spread is by how many times two in three people
    # are off at most.
    movement_per_h_asleep: float = 7.5  # choice
    movement_per_h_awake: float = 34.0  # choice
    asleep_spread_ratio: float = 1.5  # choice: 4.5 to 10.8/h of large ones in half the people
    awake_spread_ratio: float = 1.42  # choice
    min_awake_ratio: float = 2.0  # choice: who moves less than that more often is not awake
    # Choice: what a small movement tells, over a large one.
    small_movement_ratio: float = 0.15
    # Between these a movement grows from small to large: most limb movements last 2 to 4 s and most
    # large ones about 9 s.
    large_from_s: float = 4.0  # choice
    large_in_full_s: float = 7.0  # choice
    series_from_s: float = 10.0  # WASM 2016: the shortest interval of a series
    # WASM 2016: the longest interval of a series. A small movement so near to one may be of it.
    near_series_s: float = 90.0
    any_movement_per_h_awake: float = 90.4  # IRLSSG 2021: rows come by chance then
    # Choice: by how many times two in three intervals of one leg's series are off at most.
    series_spread_ratio: float = 1.65
    chance_series_ratio: float = 4.5  # choice: rows by chance, over those that are series
    mean_sleep_bout_s: float = 3000.0  # choice: such probabilities add up to the hours awake
    # Published: sleep ends at any time alike, waking has no usual length (Lo 2002).
    brief_waking_probability: float = 0.6  # choice
    mean_brief_waking_s: float = 200.0  # choice
    mean_long_waking_s: float = 600.0  # choice
    # Choice: an epoch in which waking is less probable is sleep; where nothing moves it never is.
    min_waking_probability: float = 0.2
    state_epoch_s: float = 30.0  # the scoring epoch of every sleep laboratory
    brief_movement_s: float = 1.0  # a single jerk does not put off the onset of sleep
    # van Hees 2015: a lasting change of posture; from half of it on it tells in part (choice)
    lasting_turn_deg: float = 5.0
    min_wake_before_onset_s: float = 180.0  # choice: a shorter waking gives no new onset
    min_scored_wake_before_onset_s: float = 30.0  # choice: an epoch of a hypnogram, which is seen
    off_body_window_s: float = 3600.0  # van Hees: windows of 60 min
    off_body_step_s: float = 900.0  # van Hees: in steps of 15 min
    off_body_sd_g: float = 0.013  # van Hees: SD below 13 mg
    # Choice: breathing (0.2 to 0.4 Hz) over what the sides of it, 0.1 to 0.15 and 0.5 to 0.9 Hz,
    # lead to expect; any noise that falls or rises evenly with frequency gives 1.
    off_body_breathing_ratio: float = 1.3
    off_body_max_step_g: float = 0.008  # choice: with coarser values a breath cannot be seen
    min_night_s: float = 1200.0  # design: 20 valid minutes

    def __post_init__(self) -> None:
        _require_usable(self)
        if not self.movement_per_h_asleep < self.movement_per_h_awake:
            raise ValueError("movement_per_h_asleep is not below movement_per_h_awake")
        bouts = (self.mean_sleep_bout_s, self.mean_brief_waking_s, self.mean_long_waking_s)
        if min(bouts) <= self.state_epoch_s:
            raise ValueError(
                "mean_sleep_bout_s and mean_..._waking_s are longer than state_epoch_s"
            )
        if not self.large_from_s < self.large_in_full_s:
            raise ValueError("large_from_s is not below large_in_full_s")
        if self.small_movement_ratio > 1:
            raise ValueError(f"small_movement_ratio = {self.small_movement_ratio!r} is above 1")
        if not self.brief_waking_probability < 1:
            raise ValueError("brief_waking_probability is not below 1")
        if self.min_waking_probability > 0.5:
            raise ValueError(
                f"min_waking_probability = {self.min_waking_probability!r} is above 0.5"
            )
        whole = (self.epoch_s, self.off_body_step_s, self.off_body_window_s)
        if any(seconds % 1 for seconds in whole) or self.posture_median_s < 1:
            raise ValueError(
                "epoch_s and off_body_... are whole seconds, posture_median_s 1 or more"
            )


@dataclass(frozen=True, slots=True)
class SeriesCriteria:
    """Periodic limb movements, as a rule set."""

    rules: str = "wasm-2016"  # the name that the index carries
    min_duration_s: float = 0.5  # WASM 2016, AASM
    max_duration_s: float = 10.0  # WASM 2016, AASM: on one leg
    max_bilateral_duration_s: float = 15.0  # WASM 2016
    max_parts: int = 4  # WASM 2016: more movements joined over two legs are no candidate
    join_gap_s: float = 0.5  # WASM 2016: offset to next onset
    bilateral_onset_s: float | None = None  # AASM: onsets less than 5 s apart are one
    min_interval_s: float = 10.0  # WASM 2016; AASM 5
    max_interval_s: float = 90.0  # WASM 2016, AASM
    min_members: int = 4  # WASM 2016, AASM
    series_after_short_interval: bool = True  # PLMScoRe and MATPLM yes, SOMAS no
    short_interval_passes: bool = False  # AASM: the later movement is passed over
    non_candidate_passes: bool = False  # AASM: above 10 s it is no leg movement, and ends nothing
    asleep_only: bool = False  # AASM: each movement in sleep; in WASM 2016 a series may cross wake
    respiratory_from_end: bool = True  # WASM 2016: counted from the event's end; AASM all of it
    respiratory_before_s: float = 2.0  # WASM 2016; AASM 0.5
    respiratory_after_s: float = 10.25  # WASM 2016; AASM 0.5
    respiratory_passes: bool = False  # AASM: not scored; WASM 2016 counts with and without them
    arousal_gap_s: float = 0.5  # WASM 2016, AASM: less than that between the two
    gap_ends_series_s: float = 12.0  # choice: hides one movement at most, with what a stamp is off

    def __post_init__(self) -> None:
        _require_usable(self)
        if not self.min_interval_s < self.max_interval_s:
            raise ValueError("min_interval_s is not below max_interval_s")
        if self.min_members < 2:
            raise ValueError(f"min_members = {self.min_members} is no row; it is at least 2")


WASM = SeriesCriteria()
AASM = SeriesCriteria(
    rules="aasm",
    bilateral_onset_s=5.0,
    min_interval_s=5.0,
    short_interval_passes=True,
    non_candidate_passes=True,
    asleep_only=True,
    respiratory_from_end=False,
    respiratory_before_s=0.5,
    respiratory_after_s=0.5,
    respiratory_passes=True,
)


@dataclass(frozen=True, slots=True)
class ClassificationCriteria:
    """Telling the movements of a night apart."""

    # Choice: a burst of 75 to 250 ms and its ringing; 0.4 to 1.9 s on simulated bursts.
    hypnic_max_duration_s: float = 2.0
    # Choice: how far apart in time the pull lies that is left where the ringing of the limb is
    # undone. A burst of 75 to 250 ms comes once, a flexion and its release lie apart.
    hypnic_max_spread_s: float = 0.12
    # Choice: nine tenths of its strength come within, ringing and all. A limb movement takes 0.5 s.
    hypnic_max_strength_s: float = 0.55
    # Choice, where sleep is estimated: how probable a passage into sleep has to be, near enough.
    hypnic_min_passage_probability: float = 0.06
    hypnic_unsure_ratio: float = 0.93  # choice: times both limits then; 1 where it is certain
    hypnic_min_floor_ratio: float = 10.0  # choice: nearer to the noise, noise makes it sharp
    hypnic_before_onset_s: float = 120.0  # choice
    hypnic_after_onset_s: float = 300.0  # choice
    hypnic_alone_s: float = 30.0  # choice
    # What is nearer to the noise than this, times the floor, is seen in part only (choice).
    part_seen_floor_ratio: float = 10.0
    part_seen_min_duration_s: float = 0.2  # choice: the part of 0.5 s that may be seen of it
    part_seen_gap_s: float = 8.0  # choice: the hold lost between two pieces, as long as one seen
    part_seen_max_duration_s: float = 1.25  # choice: a longer one is no flexion or release alone
    restless_min_duration_s: float = 10.0  # WASM 2016: longer is no candidate
    # Published: gravity turns more than 20 deg in a turn in bed; on a mattress 0.3 (choice).
    restless_turn_deg: float = 20.0
    large_min_duration_s: float = 3.0  # IRLSSG 2021: large muscle group movements, 3 to 45 s
    # How exactly a limb comes back: choices, told by the recording's own movements below 3 s.
    return_ratio: float = 4.0  # choice: times what three in four of them stay below
    rest_return_ratio: float = 3.0  # choice: noise has no far stragglers, as limbs have
    return_min_deg: float = 0.1  # choice: less than 1 mm at the end of a lower leg
    return_max_deg: float = 5.0  # van Hees 2015: a lasting change of posture
    return_members: int = 20  # choice: fewer tell nothing, and then
    # Choice: 1 cm at the end of a lower leg; at least that far where the movement is short.
    large_lasting_deg: float = 1.5
    lasting_min_duration_s: float = 1.5  # choice: shorter, the ringing is not over where it ends
    # Choice: a limb stays elsewhere so much as often in long rows as outside them, and it is its
    # way; up to 0.85 where it comes back, 1.05 and more where one movement in five does not.
    stay_ratio: float = 0.95
    stay_row_members: int = 10  # choice: shorter rows come by chance
    large_swing_deg: float = 3.0  # choice: 52 mg, so that no breath makes a way
    large_path_ratio: float = 1.8  # choice: a flexion and its release go out and back, which is 1
    # Choice, by placement (mattress 4): between the 3 s of a large movement and 10 s.
    even_min_duration_s: float = 5.0
    row_duration_ratio: float = 2.0  # choice: as long as the others of its row, or not
    # Choice, by placement (mattress 0.25, which hides how it goes about): mean over maximum; a limb
    # holds still between its two moves.
    even_ratio: float = 0.4
    # When its energy comes, as SD of time over duration: 0.29 evenly, 0.5 half at either end.
    # Choice, by placement (mattress 0.29, evenly): less than evenly apart, it has no two moves.
    middle_spread_ratio: float = 0.25
    # Choice, by placement: on a mattress no turn tells of a movement without a hold what it is.
    unheld_is_restless: bool = False
    hold_spread_ratio: float = 0.32  # choice: more than evenly apart, it goes out and comes back
    strong_ratio: float = 0.05  # choice: of its highest; weaker ends are no part of the course
    middle_ratio: float = 0.6  # choice: the strongest of the middle third over the strongest of all
    # The line along which a row shakes the sensor:
    rows_have_lines: bool = False  # choice, by placement: on a mattress, which shows no posture
    line_band_low_hz: float = 0.7  # choice: above the breath, its first harmonic too
    line_band_high_hz: float = 4.0  # choice: half of the noise up to 8 Hz lies above
    line_power_ratio: float = 0.75  # choice: of its power; a third lies along any line by chance
    # Choice: where more of what is restless outside the rows shares the line, it is no sign.
    line_chance_ratio: float = 0.25
    line_members: int = 20  # choice: fewer of these tell no share
    # Choice: so many others tell the line of a row; lines at random agree in three now and then.
    line_row_members: int = 5
    unheld_return_ratio: float = 0.5  # choice: times the angle of no return, without two moves
    usual_ratio: float = 0.5  # choice: what half of a recording's long movements do is its way
    usual_members: int = 10  # choice: fewer tell nothing
    # Choice: where fewer of a recording's long movements are held, limbs do not hold there; 0.15 to
    # 0.6 where they do, 0 to 0.07 where no movement of a limb has two moves.
    held_ratio: float = 0.1
    held_members: int = 20  # choice: of fewer, none may be held by chance
    cluster_interval_s: float = 10.0  # WASM 2016: below it no periodic interval
    cluster_members: int = 4  # as many as make a series
    rhythm_strength: float = 0.6  # choice
    rhythm_min_cycles: int = 4  # published: 4 or more
    tremor_low_hz: float = 4.0  # choice: above the 0.3 to 4 Hz of rhythmic feet
    # Choice below the published 10 to 15 s of a series; a single limb movement rings for less.
    rhythm_min_duration_s: float = 8.0
    # A row that goes with pauses of breathing: choices, found on simulated apneas.
    train_breath_ratio: float = 2.0  # choice: power of breathing after, over before; 1.4 in depth
    train_member_ratio: float = 0.75  # choice: of the movements of the row it grows at
    train_members: int = 5  # choice: with fewer, chance makes as much
    # Choice, by placement (mattress 0.4, through which no limb sends it): energy above 8 Hz over
    # energy in the movement band.
    vibration_ratio: float = 0.6
    vibration_max_peak_g: float = 0.04  # published: bed and house vibration of 3 to 40 mg
    # Choice, by placement (mattress 10): bed and house vibration lasts 0.05 to 0.4 s.
    vibration_max_duration_s: float = 1.5

    def __post_init__(self) -> None:
        _require_usable(self)
        if not self.line_band_low_hz < self.line_band_high_hz:
            raise ValueError("line_band_low_hz is not below line_band_high_hz")
        if self.strong_ratio > 1:
            raise ValueError(f"strong_ratio = {self.strong_ratio!r} is above 1")
        least = self.hypnic_min_passage_probability
        if not least < 1:
            raise ValueError(f"hypnic_min_passage_probability = {least!r} is not below 1")


@dataclass(frozen=True, slots=True)
class SummaryCriteria:
    """What a figure needs before it may stand."""

    min_sleep_h: float = 3.0  # design: 3 h asleep for an index
    min_movement_per_h: float = 10.0  # periodicity means nothing below about 10 an hour
    # Choice: a jerk of 0.25 s needs samples on its way.
    min_jerk_hz: float = 15.0
    min_movement_hz: float = 5.0  # choice: a limb movement of 0.5 s needs some samples
    block_s: float = 1800.0  # choice: what comes in no series is evener than that
    # Choice: a series that stands for those which a night with few does not show; by simulated
    # people, how often limits hold the rate (docs/validation.md).
    usual_series_members: float = 10.0
    usual_series_members_sd: float = 7.0  # choice, with the one before
    # Choice: so much more, over the number of series, do they vary than those of one night show.
    few_series_ratio: float = 0.5
    confidence: float = 0.95  # the usual one
    noisy_g: float = 0.008  # choice: above it small movements drown

    def __post_init__(self) -> None:
        _require_usable(self)
        if not self.confidence < 1:
            raise ValueError(f"confidence = {self.confidence!r} is not below 1")


def reaches(hz: float, least_hz: float) -> bool:
    """Tell whether a measured rate is as high as one asked for: clocks are off by up to 2 %."""
    return hz >= 0.98 * least_hz


@dataclass(frozen=True, slots=True)
class Criteria:
    """All thresholds of one analysis."""

    conditioning: ConditioningCriteria = field(default_factory=ConditioningCriteria)
    detection: DetectionCriteria = field(default_factory=DetectionCriteria)
    nights: NightCriteria = field(default_factory=NightCriteria)
    series: SeriesCriteria = WASM
    classification: ClassificationCriteria = field(default_factory=ClassificationCriteria)
    summary: SummaryCriteria = field(default_factory=SummaryCriteria)


_CONDITIONING = {
    Placement.ANKLE: ConditioningCriteria(),
    Placement.WRIST: ConditioningCriteria(),
    Placement.UNKNOWN: ConditioningCriteria(),
    Placement.MATTRESS: ConditioningCriteria(band_low_hz=1.0),
}

_DETECTION = {
    Placement.ANKLE: DetectionCriteria(),
    Placement.WRIST: DetectionCriteria(),
    Placement.UNKNOWN: DetectionCriteria(),
    # A mattress passes on a part of each movement, and no tilt that would show a hold.
    Placement.MATTRESS: DetectionCriteria(
        absolute_floor_g=0.004,
        onset_floor_ratio=2.2,
        backward_ends=False,
        near_floor_ratio=2.2,
        merge_gap_s=2.0,
        slow_flanks=True,
        sudden_rises=False,
        posture_window_s=8.0,
        turn_window_s=8.0,
        bed_peak_g=0.004,
    ),
}

_CLASSIFICATION = {
    Placement.ANKLE: ClassificationCriteria(),
    Placement.WRIST: ClassificationCriteria(),
    Placement.UNKNOWN: ClassificationCriteria(),
    # A body that turns shifts its weight and leaves the mattress tilted a little; a limb does not.
    # It passes on nothing of a limb above 8 Hz: shakes come in rows of any length, pulls blur.
    Placement.MATTRESS: ClassificationCriteria(
        hypnic_max_spread_s=0.15,
        restless_turn_deg=0.3,
        even_min_duration_s=4.0,
        even_ratio=0.25,
        middle_spread_ratio=0.29,
        unheld_is_restless=True,
        rows_have_lines=True,
        vibration_ratio=0.4,
        vibration_max_duration_s=10.0,
    ),
}


def default_criteria(placement: Placement, rules: str = "wasm") -> Criteria:
    """Return the criteria for a placement under the rule set `wasm` or `aasm`."""
    if rules not in ("wasm", "aasm"):
        raise CriteriaError(f"rules are wasm or aasm, not {rules!r}")
    return Criteria(
        conditioning=_CONDITIONING[placement],
        detection=_DETECTION[placement],
        classification=_CLASSIFICATION[placement],
        series=WASM if rules == "wasm" else AASM,
    )


def to_dict(criteria: Criteria) -> dict[str, dict[str, Any]]:
    """Return the criteria as tables of plain values, as they stand in summary.json."""
    return dataclasses.asdict(criteria)
