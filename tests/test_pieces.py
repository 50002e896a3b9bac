"""What the page has of the signal: what it says is there, within what it may weigh."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from detector.pipeline import Analysis
from detector.raw_samples import second_pass
from detector.report.page import PAGE_BYTES, page_html
from detector.report.pieces import (
    FINE_LEAST_MG,
    FINE_RATIO,
    low_rate_pieces,
    night_levels,
    on_log_scale,
    raw_pieces,
    weakest_first,
)


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_codes_keep_a_value_to_a_step_and_a_hole_a_hole():
    values = np.array([np.nan, 0.01, 0.05, 1.0, 123.4, 9000.0])
    codes = on_log_scale(values, FINE_LEAST_MG, FINE_RATIO, np.uint16)
    back = np.where(codes > 0, FINE_LEAST_MG * FINE_RATIO ** (codes.astype(float) - 1), np.nan)
    assert codes[0] == 0
    np.testing.assert_allclose(back[2:], values[2:], rtol=1.5e-4)
    assert back[1] == pytest.approx(FINE_LEAST_MG)


def test_a_low_rate_piece_lies_round_every_movement(ankle_analysis: Analysis):
    night = ankle_analysis.nights[0]
    found = low_rate_pieces(ankle_analysis, night, weakest_first(ankle_analysis), 2_000_000)
    counts = unpacked(found["count"], "<u4")
    starts = night.context.start_s + unpacked(found["first"], "<u4") / found["hz"]
    stops = starts + counts / found["hz"]
    for one in ankle_analysis.movements:
        m = one.movement
        near = np.flatnonzero((starts <= m.onset_s) & (stops >= m.offset_s - 1 / found["hz"]))
        assert near.size == 1
    codes = unpacked(found["level"], "<u2")
    assert codes.size == counts.sum()
    first = round(starts[0] * ankle_analysis.signal.hz)
    level = 1000 * ankle_analysis.signal.envelope_g[first : first + 50]
    shown = FINE_LEAST_MG * FINE_RATIO ** (codes[:50].astype(float) - 1)
    np.testing.assert_allclose(shown, level, rtol=2e-4)
    axes = unpacked(found["axes"], "u1").reshape(3, -1)
    least, step = unpacked(found["scale"], "<f4").reshape(2, 3, -1)[:, 0, 0]
    x = least + step * axes[0, :50]
    acceleration = ankle_analysis.signal.acceleration_g[first : first + 50][:, 0]
    np.testing.assert_allclose(x, acceleration, atol=step)


@pytest.mark.parametrize("budget", [20_000, 80_000, 2_000_000])
def test_pieces_keep_to_what_they_may_take(ankle_analysis: Analysis, budget: int):
    night = ankle_analysis.nights[0]
    low = low_rate_pieces(ankle_analysis, night, weakest_first(ankle_analysis), budget)
    assert len(json.dumps(low)) <= budget + 300
    raw = raw_pieces(
        ankle_analysis,
        [second_pass(ankle_analysis.recording)],
        weakest_first(ankle_analysis),
        budget,
    )
    assert len(json.dumps(raw)) <= budget


def test_raw_pieces_are_the_weakest_movements_and_true_to_the_file(ankle_analysis: Analysis):
    source = second_pass(ankle_analysis.recording)
    order = weakest_first(ankle_analysis)
    raw = raw_pieces(ankle_analysis, [source], order, 100_000)
    assert 3 < len(raw) < len(order)
    assert set(raw) == set(order[: len(raw)])
    index = order[0]
    piece = raw[index]
    span = np.array([[piece["start_s"] - 1e-6, piece["stop_s"] + 1e-3]])
    samples = source(span)[0].acceleration_g
    codes = unpacked(piece["axes"], "<u2").reshape(3, -1)
    np.testing.assert_allclose(piece["least"] + piece["step"] * codes, samples, atol=piece["step"])
    m = ankle_analysis.movements[index].movement
    assert piece["start_s"] < m.onset_s
    assert piece["stop_s"] > min(m.offset_s, m.onset_s + 10)


def test_levels_hold_the_extremes_of_each_second(ankle_analysis: Analysis):
    night = ankle_analysis.nights[0]
    found = night_levels(ankle_analysis, night)
    low, high = (unpacked(found[name], "u1") for name in ("low", "high"))
    assert low.size == high.size == pytest.approx(found["stop_s"] - found["start_s"], abs=2)
    assert (low <= high).all()
    m = max(ankle_analysis.movements, key=lambda one: one.movement.peak_g).movement
    assert high.argmax() == pytest.approx(m.onset_s - found["start_s"], abs=m.duration_s + 2)


def test_the_page_weighs_what_it_may_and_says_what_it_holds(ankle_analysis: Analysis):
    page = page_html(
        ankle_analysis, command="x", raw=[second_pass(ankle_analysis.recording)], assets="beside"
    )
    assert len(page.encode()) <= PAGE_BYTES
    without = page_html(ankle_analysis, command="x", assets="beside")
    assert '"raw":{}' in without
    assert '"raw":{}' not in page
