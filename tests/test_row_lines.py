"""Laws of the line of a row: a long one that shakes along it is of the row, in any direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import WASM, default_criteria
from detector.movements import Movement
from detector.recording import Placement, from_arrays
from detector.row_lines import on_line_of_row, shakes

HZ = 50.0
CRITERIA = default_criteria(Placement.MATTRESS).classification
LINE, ACROSS = np.array([0.6, 0.0, 0.8]), np.array([0.8, 0.0, -0.6])
EVENLY = np.eye(3) / 3


def along(line: np.ndarray, share: float = 1.0) -> np.ndarray:
    """Return the powers (3, 3) of what has `share` of them along a line, the rest across."""
    rest = (1 - share) / 2
    return rest * np.eye(3) + (share - rest) * np.outer(line, line)


def moved(onset_s: float, duration_s: float = 2.0) -> Movement:
    return Movement(onset_s, onset_s + duration_s, 0.02, 1.0, 0.001, 0.0)


def of_row(
    given: Sequence[np.ndarray],
    others: Sequence[np.ndarray],
    *,
    at: int = 3,
    interval_s: float = 25.0,
) -> list[int]:
    """Return which are of a row in which `at` is restless, after `others`, restless and alone."""
    movements = [moved(300.0 * k) for k in range(len(others))]
    movements += [moved(300.0 * len(others) + interval_s * k) for k in range(len(given))]
    restless = np.ones(len(movements), dtype=bool)
    restless[len(others) :] = False
    restless[len(others) + at] = True
    alike = np.ones(len(movements), dtype=bool)
    found = on_line_of_row(
        movements, [*others, *given], CRITERIA, WASM, alike=alike, restless=restless
    )
    return [index - len(others) for index in found]


ROW = [along(LINE)] * 6
TOSSES = [EVENLY] * 20


class TestOnLineOfRow:
    """What is restless by its way, and whether it shakes as its row does."""

    @pytest.mark.parametrize("at", range(6))
    def test_what_shakes_along_the_line_of_its_row_is_of_it(self, at: int) -> None:
        assert of_row(ROW, TOSSES, at=at) == [at]

    @pytest.mark.parametrize("other", [along(ACROSS), EVENLY], ids=["across", "evenly"])
    def test_what_shakes_otherwise_is_not(self, other: np.ndarray) -> None:
        assert of_row([*ROW[:3], other, *ROW[4:]], TOSSES) == []

    def test_a_row_without_a_line_tells_nothing(self) -> None:
        lines = [along(line) for line in np.eye(3)]
        assert of_row([*lines, lines[0], *lines[1:]], TOSSES) == []

    def test_where_the_restless_share_the_line_it_is_no_sign(self) -> None:
        assert of_row(ROW, [along(LINE)] * 5 + [EVENLY] * 15) == [3]
        assert of_row(ROW, [along(LINE)] * 6 + [EVENLY] * 14) == []

    def test_few_restless_ones_tell_nothing(self) -> None:
        assert of_row(ROW, TOSSES[:19]) == []

    def test_few_others_tell_no_line(self) -> None:
        assert of_row(ROW[:5], TOSSES) == []

    @pytest.mark.parametrize("interval_s", [9.0, 91.0])
    def test_a_row_of_other_intervals_is_none(self, interval_s: float) -> None:
        assert of_row(ROW, TOSSES, interval_s=interval_s) == []

    def test_what_is_not_known_is_left_alone(self) -> None:
        unknown = np.full((3, 3), np.nan)
        assert of_row([*ROW[:3], unknown, *ROW[4:]], TOSSES) == []
        assert of_row([*ROW, unknown], TOSSES) == [3]

    @pytest.mark.parametrize("seed", range(4))
    def test_it_is_the_same_however_the_sensor_lies(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        turned = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        others = [along(line, 0.7) for line in rng.standard_normal((20, 3))]
        others = [power / np.trace(power) for power in others]
        row = [along(LINE, share) for share in rng.uniform(0.6, 1.0, 6)]
        plain = of_row(row, others)
        lies = [[turned @ power @ turned.T for power in powers] for powers in (row, others)]
        assert of_row(*lies) == plain


def test_a_shake_along_a_line_has_its_power_there_whatever_breath_and_gravity() -> None:
    t_s = np.arange(round(60 * HZ)) / HZ
    fade = np.clip(np.minimum(t_s - 30.0, 33.0 - t_s) / 0.2, 0, 1)
    shaking = np.outer(LINE, 0.02 * fade * np.sin(2 * np.pi * 1.7 * t_s))
    breath = np.outer(ACROSS, 0.02 * np.sin(2 * np.pi * 0.25 * t_s))
    samples = shaking + breath + np.array([[0.0], [1.0], [0.0]])
    conditioning = default_criteria(Placement.MATTRESS).conditioning
    signal = condition(from_arrays(t_s, samples, hz=HZ), conditioning)
    (power,) = shakes(signal, [moved(30.0, 3.0)], CRITERIA)
    assert np.trace(power) == pytest.approx(1.0)
    assert LINE @ power @ LINE > 0.97
