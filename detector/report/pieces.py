"""What the page shows of a signal that is looked at closely: levels of it, and pieces.

    the whole night    least and greatest movement of each second (of a week, of 6 s), one byte each
    round a movement   movement and three axes at the rate of the night's signal, or a part of it
    as many as fit     the samples of the file themselves, weakest movements first

All of it is base64 in the page, so each has its share of what the page may weigh.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.errors import DetectorError
from detector.intervals import IndexSpans, Spans, merge
from detector.pipeline import Analysis, NightResult
from detector.raw_samples import RawPiece, RawSource
from detector.report.traces import TimeAxis, envelope_extremes_mg, night_movements

Piece = dict[str, Any]
COARSE_LEAST_MG, COARSE_RATIO = 0.5, 1.037  # one byte: 0.5 mg to 5 g in steps of 3.7 %
FINE_LEAST_MG, FINE_RATIO = 0.05, 1.0002  # two bytes: 0.05 mg to 20 g in steps of 0.02 %
_MARGIN_S = 4.0  # shown on both sides of a movement at the rate of the signal
_RAW_MARGIN_S, _RAW_LONGEST_S = 2.0, 20.0
_POSTURES = 1500
_MOST_LEVELS = 110_000  # of a recording: a second each up to 30 h
_THRESHOLD_S = 5
_CELL_BYTES = 5 * 4 / 3  # two of movement and one an axis, in base64
_SPAN_BYTES = 32 * 4 / 3
_LEAST_HZ = 2.5  # a coarser piece would show no movement
_SAMPLE_BYTES, _PIECE_BYTES = 6 * 4 / 3, 150
_EVEN = 0.1  # of a sample: stamps that are nearer to an even clock are left out


def in_base64(values: npt.NDArray[Any]) -> str:
    """Return the bytes of an array, little endian, as text."""
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).data).decode("ascii")


def on_log_scale(
    values_mg: npt.NDArray[np.floating],
    least_mg: float,
    ratio: float,
    kind: type[np.unsignedinteger[Any]],
) -> npt.NDArray[Any]:
    """Return codes of values: 0 is no data, each step beyond 1 is `ratio` times the last."""
    level = np.log(np.maximum(values_mg, least_mg) / least_mg) / math.log(ratio)
    most = np.iinfo(kind).max
    return np.where(np.isnan(level), 0, np.clip(np.rint(level) + 1, 1, most)).astype(kind)


def night_levels(analysis: Analysis, night: NightResult) -> Piece:
    """Return the whole night: movement by second, thresholds, posture, each as base64."""
    context, signal = night.context, analysis.signal
    axis = TimeAxis(analysis)
    step_s = max(1, math.ceil(signal.duration_s / _MOST_LEVELS))
    cells = round((context.stop_s - context.start_s) * signal.hz)
    blocks = max(1, -(-cells // max(1, round(step_s * signal.hz))))
    low, high, size = envelope_extremes_mg(analysis, context.start_s, context.stop_s, blocks)
    part = slice(int(context.start_s), math.ceil(context.stop_s))
    found = {
        "start": axis.at(context.start_s),
        "start_s": context.start_s,
        "stop_s": context.stop_s,
        "second": axis.step(1.0),
        "step_s": size / signal.hz,
        "low": in_base64(on_log_scale(low, COARSE_LEAST_MG, COARSE_RATIO, np.uint8)),
        "high": in_base64(on_log_scale(high, COARSE_LEAST_MG, COARSE_RATIO, np.uint8)),
        "threshold_step_s": _THRESHOLD_S * step_s,
    }
    onset_g, offset_g = analysis.detection.thresholds_of(
        slice(part.start, part.stop, _THRESHOLD_S * step_s)
    )
    for name, level_g in (("onset_threshold", onset_g), ("offset_threshold", offset_g)):
        values = 1000 * level_g
        found[name] = in_base64(on_log_scale(values, COARSE_LEAST_MG, COARSE_RATIO, np.uint8))
    if signal.gravity_included:
        gravity = np.asarray(signal.gravity_g[part], dtype=np.float64)
        step = max(1, -(-len(gravity) // _POSTURES))
        taken = gravity[::step]
        coded = np.where(np.isnan(taken), -128, np.clip(np.rint(100 * taken), -127, 127))
        found["posture"] = in_base64(coded.T.astype(np.int8))
        found["posture_step_s"] = step
    return found


def low_rate_pieces(
    analysis: Analysis, night: NightResult, order: Sequence[int], budget_bytes: int
) -> Piece:
    """Return movement and axes round every movement of a night, at the finest rate that fits.

    Where even the coarsest does not, movements that come late in `order` go without.
    """
    signal, context = analysis.signal, night.context
    begin = round(context.start_s * signal.hz)
    end = min(round(context.stop_s * signal.hz), len(signal.valid))
    mine = [index for index, _ in night_movements(analysis, night)]
    per, spans = 1, _around(analysis, mine, begin, end)
    wanted = _cells_bytes(spans, 1)
    if wanted > budget_bytes:
        coarsest = max(1, int(signal.hz / _LEAST_HZ))
        per = min(coarsest, math.ceil(wanted / max(1, budget_bytes)))
        kept = mine
        while kept and _cells_bytes(spans, per) > budget_bytes:
            left = set(kept)
            kept = sorted([index for index in order if index in left][: len(kept) * 3 // 4])
            spans = _around(analysis, kept, begin, end)
    spans[:, 0] -= spans[:, 0] % per
    spans[:, 1] += -spans[:, 1] % per
    spans = merge(spans).astype(np.int64)
    counts = (spans[:, 1] - spans[:, 0]) // per
    level, axes = _cells(analysis, begin + spans, per)
    known = ~np.isnan(level)
    if not level.size:
        least = step = np.empty((3, 0))
        codes = np.empty((3, 0), dtype=np.uint8)
    else:
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        least = np.minimum.reduceat(np.where(known, axes, np.inf), starts, axis=1)
        most = np.maximum.reduceat(np.where(known, axes, -np.inf), starts, axis=1)
        least = np.where(np.isfinite(least), least, 0.0)
        step = np.maximum((np.where(np.isfinite(most), most, 0.0) - least) / 255, 1e-5)
        scaled = (axes - np.repeat(least, counts, axis=1)) / np.repeat(step, counts, axis=1)
        codes = np.where(known, np.clip(np.rint(scaled), 0, 255), 0).astype(np.uint8)
    return {
        "hz": signal.hz / per,
        "first": in_base64((spans[:, 0] // per).astype(np.uint32)),
        "count": in_base64(counts.astype(np.uint32)),
        "scale": in_base64(np.stack((least, step)).astype(np.float32)),
        "level": in_base64(on_log_scale(level, FINE_LEAST_MG, FINE_RATIO, np.uint16)),
        "axes": in_base64(codes),
    }


def _around(analysis: Analysis, indices: Sequence[int], begin: int, end: int) -> IndexSpans:
    """Return (k, 2) the values round movements, from the night's `begin` on."""
    hz = analysis.signal.hz
    spans = merge(
        [
            (
                analysis.movements[index].movement.onset_s - _MARGIN_S,
                analysis.movements[index].movement.offset_s + _MARGIN_S,
            )
            for index in indices
        ]
    )
    return np.clip(np.rint(spans * hz), begin, end).astype(np.int64) - begin


def _cells_bytes(spans: IndexSpans, per: int) -> float:
    """Return what pieces take in base64 where `per` values are one."""
    values = float((spans[:, 1] - spans[:, 0]).sum())
    return _CELL_BYTES * (values / per + len(spans)) + _SPAN_BYTES * len(spans)


def _cells(
    analysis: Analysis, spans: npt.NDArray[np.int64], per: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mg (k,), the greatest movement of each `per` values, and g (3, k), the mean axes."""
    signal = analysis.signal
    parts = [slice(start, stop) for start, stop in spans.tolist()]
    size = int((spans[:, 1] - spans[:, 0]).sum())
    level, axes = np.full(size, np.nan), np.full((3, size), np.nan)
    at = 0
    for part in parts:
        known = signal.valid[part]
        here = slice(at, at + known.size)
        level[here] = np.where(known, 1000 * signal.envelope_g[part], np.nan)
        axes[:, here] = np.where(known, signal.acceleration_g[part].T, np.nan)
        at += part.stop - part.start
    if per == 1:
        return level, axes
    there = ~np.isnan(level.reshape(-1, per))
    count = there.sum(axis=1)
    means = np.where(there, axes.reshape(3, -1, per), 0.0).sum(axis=2) / np.maximum(count, 1)
    highest = np.where(there, level.reshape(-1, per), -np.inf).max(axis=1)
    return np.where(count > 0, highest, np.nan), np.where(count > 0, means, np.nan)


def weakest_first(analysis: Analysis) -> list[int]:
    """Return the movements (counted from 0), those whose peak is nearest to the threshold first."""
    peaks_g = np.array([m.movement.peak_g for m in analysis.movements])
    ratio = peaks_g / analysis.detection.thresholds_at(onsets_s(analysis))[0]
    order = np.argsort(np.abs(np.log(np.maximum(ratio, 1e-9))), kind="stable")
    return [int(index) for index in order]


def onsets_s(analysis: Analysis) -> npt.NDArray[np.float64]:
    """Return (k,) s, where each movement begins."""
    return np.array([m.movement.onset_s for m in analysis.movements], dtype=np.float64)


def raw_pieces(
    analysis: Analysis, sources: Sequence[RawSource], order: Sequence[int], budget_bytes: int
) -> dict[int, Piece]:
    """Return the samples of the file round as many movements (counted from 0) as fit, in `order`.

    `sources` is one for one sensor, those of the left and of the right leg for two. A recording
    that cannot be read once more gives none.
    """
    if not sources:
        return {}
    chosen, left = [], float(budget_bytes)
    for index in order:
        start, stop = _raw_span(analysis, index)
        left -= _SAMPLE_BYTES * (stop - start) * analysis.recording.hz + _PIECE_BYTES
        if left < 0:
            break
        chosen.append(index)
    chosen.sort()
    found = {}
    for leg, source in enumerate(sources):
        mine = [i for i in chosen if len(sources) == 1 or leg == _leg_of(analysis, i)]
        try:
            pieces = source(_spans_of(analysis, mine, leg))
        except (DetectorError, OSError):
            continue
        for index, piece in zip(mine, pieces, strict=True):
            if piece.t_s.size > 1:
                found[index] = _coded(analysis, piece, leg)
    return _within(found, order, budget_bytes)


def _within(found: dict[int, Piece], order: Sequence[int], budget_bytes: int) -> dict[int, Piece]:
    """Return the pieces that fit, in that order, by what they really take."""
    kept, left = {}, float(budget_bytes)
    for index in order:
        if index in found:
            piece = found[index]
            left -= len(piece["axes"]) + len(piece.get("stamps", "")) + _PIECE_BYTES
            if left < 0:
                break
            kept[index] = piece
    return kept


def _raw_span(analysis: Analysis, index: int) -> tuple[float, float]:
    m = analysis.movements[index].movement
    start = m.onset_s - _RAW_MARGIN_S
    return start, min(m.offset_s + _RAW_MARGIN_S, start + _RAW_LONGEST_S)


def _leg_of(analysis: Analysis, index: int) -> int:
    """Return 1 for a movement of the right leg alone."""
    return int(analysis.movements[index].side == "right")


def _spans_of(analysis: Analysis, indices: Sequence[int], leg: int) -> Spans:
    spans = np.array([_raw_span(analysis, i) for i in indices], dtype=np.float64).reshape(-1, 2)
    return spans if analysis.alignment is None or not leg else analysis.alignment.on_right(spans)


def _coded(analysis: Analysis, piece: RawPiece, leg: int) -> Piece:
    """Return a piece in two bytes a value; stamps only where the clock is not even."""
    t_s = piece.t_s
    if analysis.alignment is not None and leg:
        t_s = analysis.alignment.on_left(t_s)
    least, most = float(piece.acceleration_g.min()), float(piece.acceleration_g.max())
    step = max((most - least) / 65535, 1e-9)
    codes = np.rint((piece.acceleration_g.astype(np.float64) - least) / step).astype(np.uint16)
    even = np.linspace(t_s[0], t_s[-1], t_s.size)
    found = {
        "start_s": round(float(t_s[0]), 4),
        "stop_s": round(float(t_s[-1]), 4),
        "least": least,
        "step": step,
        "axes": in_base64(codes),
    }
    if np.abs(t_s - even).max() * analysis.recording.hz > _EVEN:
        found["stamps"] = in_base64((t_s - t_s[0]).astype(np.float32))
    if analysis.alignment is not None:
        found["leg"] = ("left", "right")[leg]
    return found
