"""Laws that a simulated night keeps, whatever its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from detector.recording import Placement, Side
from detector.simulation import (
    Annotation,
    Device,
    Kind,
    Mattress,
    NightPlan,
    SimulatedNight,
    quiet,
    simulate_night,
)
from detector.simulation.mechanics import (
    FINE_HZ,
    Limb,
    angle_scale,
    feel,
    fine_times,
    flexion_drive,
    length,
    minimum_jerk,
    respond,
    rotated,
)
from detector.simulation.rules import Moved, number_series
from detector.simulation.table import rows, value
from detector.simulation.waveforms import usual_mattress

PLACEMENTS = (Placement.ANKLE, Placement.WRIST, Placement.MATTRESS)
X, Y, Z = np.eye(3)
LIMB = Limb(radius_m=0.4, ring_hz=3.0, damping=0.4, flexion_axis=Y, long_axis=X)


@cache
def night(
    *,
    seed: int = 1,
    placement: Placement = Placement.ANKLE,
    hours: float = 1.0,
    hz: float = 25.0,
    plm_per_h: float | None = 40.0,
    plan: NightPlan | None = None,
) -> SimulatedNight:
    return simulate_night(
        seed=seed, placement=placement, hours=hours, hz=hz, plm_per_h=plm_per_h, plan=plan
    )


def hours_of(rows_of_stage: tuple[Annotation, ...], asleep: bool) -> float:
    return sum(r.duration_s for r in rows_of_stage if (r.value != "W") == asleep) / 3600


# the table


def test_every_row_of_the_table_has_a_unit_and_a_source() -> None:
    for key, row in rows().items():
        assert row.unit, key
        assert row.source, key
        assert np.isfinite(row.value), key


def test_no_greatest_value_of_the_table_is_below_its_least() -> None:
    greatest = {(name, case) for name, case in rows() if "_max" in name}
    for name, case in greatest:
        least = name.replace("_max", "_min", 1)
        if (least, "") in rows():
            assert value(least, case) <= value(name, case), (name, case)


def test_a_case_goes_before_the_row_for_all() -> None:
    assert value("limb_radius_min_m", Placement.WRIST) < value("limb_radius_min_m")
    assert value("limb_radius_min_m", Placement.ANKLE) == value("limb_radius_min_m")


# mechanics


def test_minimum_jerk_goes_from_zero_to_one_and_rests_outside() -> None:
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(minimum_jerk(x), [0, 0, 0.5, 1, 1])


def test_a_turned_vector_keeps_its_length() -> None:
    turned = rotated(np.array([0.6, 0.0, 0.8]), Y, np.linspace(0, 7, 50))
    np.testing.assert_allclose(length(turned), 1.0)


def test_a_quarter_turn_of_z_about_y_is_x() -> None:
    np.testing.assert_allclose(rotated(Z, Y, np.array([np.pi / 2]))[:, 0], X, atol=1e-12)


def test_a_limb_that_is_held_comes_to_rest_where_it_is_driven_to() -> None:
    angle = respond(np.full(4000, 0.3), LIMB)
    assert angle[-1] == pytest.approx(0.3, abs=1e-6)
    assert angle.max() > 0.3  # it rings past it


def test_a_limb_rings_at_its_own_frequency() -> None:
    free = Limb(0.4, 2.0, 0.05, Y, X)
    angle = respond(np.ones(int(4 * FINE_HZ)), free) - 1
    crossings = np.flatnonzero(np.diff(np.sign(angle)))
    period_s = 2 * np.mean(np.diff(crossings)) / FINE_HZ
    assert period_s == pytest.approx(1 / (2.0 * np.sqrt(1 - 0.05**2)), rel=0.01)


def test_a_steady_turn_pulls_outward_and_a_quick_one_along_the_tangent() -> None:
    t_s = fine_times(1.0)
    steady = feel(2.0 * t_s, LIMB, Z).dynamic_g[:, 10:-10]
    np.testing.assert_allclose(steady[0], -0.4 * 2.0**2 / 9.80665, rtol=1e-6)  # to the joint
    np.testing.assert_allclose(steady[1:], 0.0, atol=1e-9)
    quick = feel(0.5 * 3.0 * t_s**2, LIMB, Z).dynamic_g[:, 10:-10]
    np.testing.assert_allclose(quick[2], -0.4 * 3.0 / 9.80665, rtol=1e-6)  # y cross x is -z


@pytest.mark.parametrize("peak_g", [0.015, 0.03, 0.184, 0.985])
def test_the_angle_is_scaled_to_the_peak_that_is_asked(peak_g: float) -> None:
    angle = respond(flexion_drive(fine_times(3.0), 0.0, 2.0, 0.4, 0.5), LIMB)
    scale = angle_scale(angle, LIMB, Z, peak_g=peak_g, max_rad=1.2)
    felt = feel(scale * angle, LIMB, Z)
    assert length(felt.change_g).max() == pytest.approx(peak_g, rel=0.02)


def test_no_joint_turns_beyond_its_range() -> None:
    angle = respond(flexion_drive(fine_times(6.0), 0.0, 5.0, 2.0, 2.0), LIMB)
    scale = angle_scale(angle, LIMB, Z, peak_g=50.0, max_rad=1.2)
    assert np.abs(scale * angle).max() == pytest.approx(1.2)


# the rules


def moved(*onsets_s: float, duration_s: float = 2.0) -> list[Moved]:
    return [Moved(onset, duration_s, of_limb=True) for onset in onsets_s]


@pytest.mark.parametrize(
    ("movements", "expected"),
    [
        (moved(0, 20, 40), (0, 0, 0)),
        (moved(0, 20, 40, 60), (1, 1, 1, 1)),
        (moved(0, 10, 100, 110), (1, 1, 1, 1)),
        (moved(0, 20, 40, 130.5), (0, 0, 0, 0)),
        (moved(0, 20, 40, 60, 65, 85, 105, 125), (1, 1, 1, 1, 2, 2, 2, 2)),
        ([*moved(0, 20), Moved(30, 12.0, of_limb=True), *moved(50, 70)], (0,) * 5),
        ([*moved(0, 20), Moved(30, 4.0, of_limb=False), *moved(50, 70)], (0,) * 5),
        ([*moved(0, 20), Moved(30, 0.4, of_limb=True), *moved(40, 60)], (1, 1, 0, 1, 1)),
        ([], ()),
    ],
)
def test_series_follow_wasm(movements: list[Moved], expected: tuple[int, ...]) -> None:
    assert number_series(movements) == expected


def test_a_movement_bound_to_a_respiratory_event_is_passed_over() -> None:
    assert number_series(moved(0, 20, 40, 60, 80), [38.0]) == (1, 1, 0, 1, 1)


# the night


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_one_seed_is_one_night_and_two_are_two(placement: Placement) -> None:
    first = night(placement=placement, hours=0.5)
    again = simulate_night(seed=1, placement=placement, hours=0.5, hz=25.0, plm_per_h=40.0)
    other = night(seed=2, placement=placement, hours=0.5)
    np.testing.assert_array_equal(first.acceleration_g, again.acceleration_g)
    assert first.truth == again.truth
    assert first.truth != other.truth


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_truth_is_sorted_and_within_the_night(placement: Placement) -> None:
    simulated = night(placement=placement)
    onsets = [row.onset_s for row in simulated.truth]
    assert onsets == sorted(onsets)
    assert min(onsets) >= 0
    assert max(row.offset_s for row in simulated.truth) <= 3600.0 + 1e-6
    assert {row.value for row in simulated.annotations("movement")} <= {
        "hypnic_jerk",
        "periodic_limb_movement",
        "restless_activity",
        "isolated_movement",
    }


def test_stages_fill_the_night_and_begin_and_end_awake() -> None:
    stages = night(hours=8.0, hz=10.0).annotations("stage")
    assert stages[0].onset_s == 0
    assert stages[-1].offset_s == 8 * 3600
    assert all(a.offset_s == b.onset_s for a, b in pairwise(stages))
    assert stages[0].value == stages[-1].value == "W"
    assert {stage.value for stage in stages} == {"W", "N1", "N2", "N3", "R"}


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_periodic_movements_of_the_truth_keep_the_rules(placement: Placement) -> None:
    movements = night(placement=placement, hours=4.0).annotations("movement")
    by_series: dict[int, list[Annotation]] = {}
    for row in movements:
        assert (row.series is not None) == (row.value == "periodic_limb_movement")
        if row.series is not None:
            by_series.setdefault(row.series, []).append(row)
    assert by_series
    for members in by_series.values():
        assert len(members) >= 4
        steps = np.diff([row.onset_s for row in members])
        assert steps.min() >= 10
        assert steps.max() <= 90
        assert all(0.5 <= row.duration_s <= 10 for row in members)
        first, last = members[0].onset_s, members[-1].onset_s
        between = [row for row in movements if first < row.onset_s < last]
        assert not any(row.value == "restless_activity" for row in between)


def test_movements_of_the_recorded_limb_never_overlap() -> None:
    movements = night(hours=4.0).annotations("movement")
    assert all(a.offset_s <= b.onset_s for a, b in pairwise(movements))


@pytest.mark.parametrize("side", list(Side))
def test_an_ankle_shows_its_own_leg_alone(side: Side) -> None:
    simulated = night(hours=2.0, plan=NightPlan(side=side))
    legs = {(r.onset_s, r.duration_s) for r in simulated.annotations("limb_movement", side.value)}
    scored = {"periodic_limb_movement", "isolated_movement"}
    own = {
        (r.onset_s, r.duration_s) for r in simulated.annotations("movement") if r.value in scored
    }
    assert own == legs


@pytest.mark.parametrize("asked", [15.0, 40.0])
def test_the_rate_of_periodic_movements_is_near_the_asked(asked: float) -> None:
    rates = []
    for seed in (3, 4):
        simulated = night(
            seed=seed, placement=Placement.MATTRESS, hours=8.0, hz=10.0, plm_per_h=asked
        )
        asleep_h = hours_of(simulated.annotations("stage"), asleep=True)
        rates.append(len(simulated.annotations("movement", "periodic_limb_movement")) / asleep_h)
    assert np.mean(rates) == pytest.approx(asked, rel=0.3)


def test_a_person_without_periodic_movements_moves_as_often_as_published() -> None:
    asleep_h = awake_h = 0.0
    asleep = awake = 0
    for seed in range(4):
        simulated = night(
            seed=seed, placement=Placement.MATTRESS, hours=8.0, hz=10.0, plm_per_h=0.0
        )
        stages = simulated.annotations("stage")
        asleep_h += hours_of(stages, asleep=True)
        awake_h += hours_of(stages, asleep=False)
        for row in simulated.annotations("movement"):
            stage = next(s for s in stages if s.onset_s <= row.onset_s < s.offset_s)
            asleep += stage.value != "W"
            awake += stage.value == "W"
    assert asleep / asleep_h == pytest.approx(21.4, rel=0.3)
    assert awake / awake_h == pytest.approx(90.4, rel=0.3)


def test_hypnic_jerks_are_alone_and_near_a_passage_into_sleep() -> None:
    found = 0
    for seed in range(8):
        simulated = night(seed=seed, hours=1.0, hz=10.0, plm_per_h=60.0)
        stages = simulated.annotations("stage")
        passages = [b.onset_s for a, b in pairwise(stages) if a.value == "W" and b.value != "W"]
        movements = simulated.annotations("movement")
        for jerk in simulated.annotations("movement", "hypnic_jerk"):
            found += 1
            assert any(-60 <= jerk.onset_s - passage <= 300 for passage in passages)
            others = [m.onset_s for m in movements if m is not jerk]
            assert min(abs(jerk.onset_s - other) for other in others) >= 30
            assert jerk.duration_s < 3
    assert found


def test_peaks_grow_with_the_median_that_is_asked() -> None:
    medians = []
    for asked in (0.1, 0.4):
        plan = NightPlan(limb_peak_median_g=asked)
        rows_of_limb = night(hours=2.0, plan=plan).annotations("movement")
        medians.append(np.median([row.peak_g for row in rows_of_limb if row.series]))
    assert medians[1] / medians[0] == pytest.approx(4.0, rel=0.15)


def test_the_true_peak_stands_in_the_samples() -> None:
    plan = NightPlan(ideal_sensor=True)
    simulated = night(hours=1.0, hz=100.0, plan=plan)
    seen = 0
    for row in simulated.annotations("movement", "periodic_limb_movement"):
        first, stop = np.searchsorted(simulated.t_s, [row.onset_s, row.offset_s])
        part = simulated.acceleration_g[:, first:stop].astype(np.float64)
        before = simulated.acceleration_g[:, first - 20 : first].mean(axis=1)
        assert length(part - before[:, None]).max() == pytest.approx(row.peak_g, rel=0.1, abs=0.008)
        seen += 1
    assert seen > 5


def test_a_limb_rests_before_its_onset_and_after_its_end() -> None:
    plan = NightPlan(ideal_sensor=True, kinds=frozenset({Kind.PERIODIC}))
    simulated = night(hours=1.0, hz=100.0, plan=plan)
    for row in simulated.annotations("movement"):
        first, stop = np.searchsorted(simulated.t_s, [row.onset_s, row.offset_s])
        before = simulated.acceleration_g[:, first - 25 : first]
        after = simulated.acceleration_g[:, stop : stop + 25]
        assert np.ptp(before, axis=1).max() < 0.008  # breathing and heartbeat only
        assert np.ptp(after, axis=1).max() < 0.014  # and ringing of at most 3 mg either way


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_gravity_is_one_g_at_rest(placement: Placement) -> None:
    plan = quiet(NightPlan(ideal_sensor=True))
    simulated = night(placement=placement, plan=plan)
    resting = np.ones(simulated.t_s.size, dtype=bool)
    for row in simulated.annotations("distractor"):
        near = (simulated.t_s >= row.onset_s - 1) & (simulated.t_s < row.offset_s + 5)
        resting[near] = False
    size = length(simulated.acceleration_g.astype(np.float64))
    assert np.abs(size[resting] - 1).max() < 0.015


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_quiet_night_has_turns_and_no_limb_movement(placement: Placement) -> None:
    simulated = night(placement=placement, plan=quiet())
    assert not simulated.annotations("limb_movement")
    assert {row.value for row in simulated.annotations("movement")} <= {"restless_activity"}
    assert {row.value for row in simulated.annotations("distractor")} == {"turn"}


def test_a_turn_lasts_at_the_ankle_and_hardly_on_the_mattress() -> None:
    tilts: dict[Placement, list[float]] = {}
    for placement in (Placement.ANKLE, Placement.MATTRESS):
        simulated = night(placement=placement, hours=2.0, plan=quiet(NightPlan(ideal_sensor=True)))
        for row in simulated.annotations("distractor", "turn"):
            first, stop = np.searchsorted(simulated.t_s, [row.onset_s, row.offset_s + 4])
            if stop + 50 > simulated.t_s.size:
                continue
            before = simulated.acceleration_g[:, first - 50 : first].mean(axis=1)
            after = simulated.acceleration_g[:, stop : stop + 50].mean(axis=1)
            cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
            tilts.setdefault(placement, []).append(np.degrees(np.arccos(min(cosine, 1.0))))
    assert min(tilts[Placement.ANKLE]) > 20
    assert max(tilts[Placement.MATTRESS]) < 5


def test_the_noise_of_a_still_sensor_is_that_of_the_table() -> None:
    simulated = night(hours=0.5, hz=50.0, plan=quiet(NightPlan(device=Device.PHONE)))
    pieces = simulated.acceleration_g[:, : simulated.t_s.size // 50 * 50].reshape(3, -1, 50)
    assert np.median(pieces.std(axis=2)) == pytest.approx(
        value("device_noise_g", Device.PHONE), rel=0.15
    )


def test_samples_stand_on_the_steps_and_within_the_range_of_the_device() -> None:
    simulated = night(hours=0.5, plan=NightPlan(device=Device.EMPATICA_E4))
    counts = simulated.acceleration_g * 64
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-4)
    assert np.abs(simulated.acceleration_g).max() <= 2


def test_a_bed_partner_stays_below_15_mg_at_the_limb() -> None:
    plan = NightPlan(bed_partner=True)
    for placement in PLACEMENTS:
        simulated = night(placement=placement, plan=plan)
        peaks = [row.peak_g for row in simulated.annotations("distractor", "bed_partner")]
        assert peaks
        if placement is not Placement.MATTRESS:
            assert max(peak for peak in peaks if peak is not None) < 0.015


def test_gaps_are_holes_in_the_stamps_and_stand_in_the_truth() -> None:
    simulated = night(plan=NightPlan(gaps_per_h=20.0))
    gaps = simulated.annotations("gap")
    assert gaps
    for gap in gaps:
        inside = (simulated.t_s >= gap.onset_s) & (simulated.t_s < gap.offset_s - 1e-9)
        assert not inside.any()
    assert np.count_nonzero(np.diff(simulated.t_s) > 1.5 / 25) == len(gaps)


def test_stamps_drift_and_jitter_and_still_increase() -> None:
    simulated = night(hours=0.5, plan=NightPlan(clock_drift_ppm=500.0, stamp_jitter_s=0.02))
    assert simulated.t_s[0] == 0
    assert np.all(np.diff(simulated.t_s) > 0)
    assert simulated.t_s[-1] == pytest.approx((0.5 * 3600 - 0.04) * 1.0005, abs=0.05)


def test_off_the_body_nothing_moves_but_the_hand_that_puts_it_there() -> None:
    plan = NightPlan(off_body_before_min=10.0, off_body_after_min=15.0, ideal_sensor=True)
    simulated = night(plan=plan)
    off = simulated.annotations("off_body")
    assert [(row.onset_s, row.offset_s) for row in off] == [(0, 600), (2700, 3600)]
    for row in off:
        first, stop = np.searchsorted(simulated.t_s, [row.onset_s + 10, row.offset_s])
        first, stop = (0, stop) if row.onset_s == 0 else (first, stop)
        assert np.ptp(simulated.acceleration_g[:, first:stop], axis=1).max() < 1e-6
    assert all(600 <= row.onset_s < 2700 for row in simulated.annotations("movement"))


def test_movements_at_the_end_of_apneas_are_not_periodic() -> None:
    plan = NightPlan(apneas_per_h=40.0, kinds=frozenset())
    simulated = night(hours=2.0, plan=plan)
    assert simulated.annotations("respiratory_event")
    assert simulated.annotations("movement")
    assert not simulated.annotations("movement", "periodic_limb_movement")


def test_a_gain_makes_movements_smaller_and_neither_turns_nor_others() -> None:
    plan = NightPlan(ideal_sensor=True, bed_partner=True)
    plain, small = night(plan=plan), night(plan=replace(plan, gain=0.25))
    assert len(plain.truth) == len(small.truth)
    for one, other in zip(
        plain.annotations("movement"), small.annotations("movement"), strict=True
    ):
        assert one.onset_s == other.onset_s
        if one.value != "restless_activity":  # a joint's range and a turn's angle stay
            assert other.peak_g == pytest.approx(0.25 * (one.peak_g or 0), rel=0.1)
    shakes = [[r.peak_g for r in n.annotations("distractor", "vibration")] for n in (plain, small)]
    assert shakes[0] == shakes[1]
    partner = [len(n.annotations("distractor", "bed_partner")) for n in (plain, small)]
    assert partner[0] == partner[1] > 0
    turns = quiet(NightPlan(ideal_sensor=True))
    ends = [night(plan=replace(turns, gain=gain)).acceleration_g[:, -1] for gain in (1.0, 0.25)]
    np.testing.assert_allclose(*ends, atol=0.01)


def test_what_is_too_small_to_leave_rest_still_stands_in_the_truth() -> None:
    tiny = night(plan=NightPlan(gain=0.01))
    assert len(tiny.annotations("movement")) == len(night().annotations("movement"))
    assert not tiny.annotations("movement", "periodic_limb_movement")


def test_breathing_has_the_size_and_the_rate_that_are_asked() -> None:
    bare = NightPlan(kinds=frozenset(), heart_peak_g=0.0, ideal_sensor=True)
    still = night(plan=replace(bare, breathing_peak_g=0.0))
    assert np.ptp(still.acceleration_g, axis=1).max() == 0
    plan = replace(bare, breathing_peak_g=0.008, breathing_hz=0.25)
    moving = night(plan=plan).acceleration_g.astype(np.float64)
    moving -= still.acceleration_g
    assert length(moving).max() == pytest.approx(0.008, rel=0.05)
    power = (np.abs(np.fft.rfft(moving, axis=1)) ** 2).sum(axis=0)
    assert np.fft.rfftfreq(moving.shape[1], 1 / 25)[np.argmax(power)] == pytest.approx(0.25)


def test_a_heartbeat_has_the_size_that_is_asked() -> None:
    bare = NightPlan(kinds=frozenset(), breathing_peak_g=0.0, ideal_sensor=True)
    beats = night(plan=replace(bare, heart_peak_g=0.003), hz=100.0).acceleration_g
    assert length(beats - beats.mean(axis=1)[:, None]).max() == pytest.approx(0.003, rel=0.3)


@pytest.mark.parametrize(
    ("plan", "value", "expected"),
    [
        (NightPlan(turns_per_h=30.0), "turn", 120),
        (NightPlan(tremors_per_h=20.0, kinds=frozenset({Kind.TREMOR})), "tremor", 80),
        (NightPlan(vibrations_per_h=100.0), "vibration", 400),
        (NightPlan(vibrations_per_h=0.0), "vibration", 0),
    ],
)
def test_a_distractor_comes_as_often_as_asked(plan: NightPlan, value: str, expected: int) -> None:
    found = night(hours=4.0, hz=10.0, plan=plan).annotations("distractor", value)
    assert len(found) == pytest.approx(expected, rel=0.4)


def test_a_flat_mattress_passes_on_what_is_asked_and_does_not_tilt() -> None:
    plans = [
        NightPlan(ideal_sensor=True, mattress=Mattress(ratio, ratio, 9.0, tilts=False))
        for ratio in (0.12, 0.24)
    ]
    small, large = (night(placement=Placement.MATTRESS, plan=plan) for plan in plans)
    for one, other in zip(
        small.annotations("movement"), large.annotations("movement"), strict=True
    ):
        assert other.peak_g == pytest.approx(2 * (one.peak_g or 0))
    start, end = (
        small.acceleration_g[:, part].mean(axis=1) for part in (slice(99), slice(-99, None))
    )
    np.testing.assert_allclose(start, end, atol=0.003)


def test_a_rate_that_drifts_keeps_its_mean() -> None:
    t_s = night(hours=0.5, plan=NightPlan(rate_drift=0.05)).t_s
    steps_s = np.diff(t_s)
    assert t_s[-1] == pytest.approx(0.5 * 3600 - 0.04)
    assert 1 / steps_s[0] == pytest.approx(25 * 0.975, rel=1e-3)
    assert 1 / steps_s[-1] == pytest.approx(25 * 1.025, rel=2e-3)
    assert np.all(np.diff(steps_s) < 1e-9)


def test_what_is_not_asked_for_is_as_ever() -> None:
    """A field that says what the table says, or nothing, changes no sample and no row."""
    usual = usual_mattress()
    plan = NightPlan(gain=1.0, rate_drift=0.0, mattress=usual, vibrations_per_h=4.0)
    for placement in PLACEMENTS:
        one, other = night(placement=placement), night(placement=placement, plan=plan)
        np.testing.assert_array_equal(one.acceleration_g, other.acceleration_g)
        assert one.truth == other.truth


def test_a_night_is_a_recording() -> None:
    recording = night(hours=0.5).recording()
    chunks = list(recording.chunks())
    assert sum(chunk.t_s.size for chunk in chunks) == 0.5 * 3600 * 25
    assert recording.placement is Placement.ANKLE
    assert recording.side is Side.LEFT


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"placement": Placement.UNKNOWN}, "placement"),
        ({"hours": 0.1}, "0.1 h"),
        ({"hz": 1.0}, "1.0 Hz"),
        ({"seed": -1}, "seed"),
        ({"plm_per_h": -2.0}, "-2.0"),
        ({"hours": 0.5, "plan": NightPlan(off_body_after_min=20)}, "lengthen"),
    ],
)
def test_what_cannot_be_simulated_is_refused(change: dict[str, object], text: str) -> None:
    asked: dict[str, object] = {"seed": 1, "placement": Placement.ANKLE, **change}
    with pytest.raises(ValueError, match=text):
        simulate_night(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        lambda: NightPlan(gaps_per_h=-1),
        lambda: NightPlan(clock_drift_ppm=1e6),
        lambda: NightPlan(limb_peak_median_g=0),
        lambda: NightPlan(gain=0),
        lambda: NightPlan(breathing_hz=-0.2),
        lambda: NightPlan(turns_per_h=float("inf")),
        lambda: NightPlan(rate_drift=0.6),
        lambda: NightPlan(kinds=frozenset({Kind.PARTNER})),
        lambda: Annotation("movement", "", -1.0, 1.0),
        lambda: Annotation("movement", "", 1.0, 0.0),
        lambda: Limb(0.4, 3.0, 1.0, Y, X),
    ],
)
def test_unusable_values_are_refused(change: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        change()
