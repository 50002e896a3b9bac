"""Butterworth filters in second-order sections, run with carried state, in numpy alone.

scipy.signal does the same; to import it takes longer than to filter a night. The tests hold what is
here to it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from detector.recording import FloatArray

ComplexArray = npt.NDArray[np.complex128]
BLOCK = 32  # the work on a sample grows with it, the work between blocks falls
NOTHING = 1e-20  # of a state, long after: no digit of a sample
PART = 256 * BLOCK  # fits a processor's cache, and is too little work to be parted among threads


def butterworth(order: int, kind: Literal["low", "high"], edge_hz: float, hz: float) -> FloatArray:
    """Return (order / 2, 6) sections b0 b1 b2 1 a1 a2 that pass what lies below, or above, an edge.

    `order` is even; -3 dB remain at `edge_hz`; `hz` is the rate. By the bilinear transform
    s = (z - 1) / (z + 1), the edge prewarped.
    """
    edge = np.tan(np.pi * edge_hz / hz)
    if kind == "low":
        return _sections(edge * _prototype(order), (1.0, 2.0, 1.0), 1.0)
    return _sections(edge / _prototype(order), (1.0, -2.0, 1.0), -1.0)


def butterworth_band(order: int, low_hz: float, high_hz: float, hz: float) -> FloatArray:
    """Return (order, 6) sections that pass what lies between two edges; see `butterworth`."""
    low, high = np.tan(np.pi * np.array((low_hz, high_hz)) / hz)
    half = (high - low) / 2 * _prototype(order)
    apart = np.sqrt(half**2 - low * high)
    middle = 1j * np.sqrt(low * high)
    poles = np.concatenate((half + apart, half - apart))
    return _sections(poles, (1.0, 0.0, -1.0), (1 + middle) / (1 - middle))


def _prototype(order: int) -> ComplexArray:
    """Return the poles (order,) of the analog filter that passes what lies below 1 rad/s."""
    if order % 2:
        raise ValueError(f"order {order} is not even")
    poles: ComplexArray = np.exp(0.5j * np.pi * (1 + (2 * np.arange(order) + 1) / order))
    return poles


def _sections(
    poles: ComplexArray, numerator: tuple[float, float, float], passed: complex
) -> FloatArray:
    """Return the sections of analog poles, each with gain 1 where z is `passed`."""
    upper = poles[poles.imag > 0]  # each stands for itself and its conjugate
    z = (1 + upper) / (1 - upper)
    denominators = np.column_stack((np.ones(len(z)), -2 * z.real, np.abs(z) ** 2))
    powers = passed ** -np.arange(3)
    gains = np.abs(denominators @ powers) / np.abs(np.array(numerator) @ powers)
    return np.hstack((np.outer(gains, numerator), denominators))


class SectionFilter:
    """A cascade of second-order sections as one linear system, run a block of samples at a time.

    With s the state before a block x, the filtered block is `direct` x + `observed` s, and the
    state after it is a jump from s, plus `reached` x: products of matrices, the same as the
    recursion but for rounding. The state is that of the sections in transposed direct form II.
    """

    def __init__(self, sections: FloatArray) -> None:
        step, enters, leaves, through = _state_space(sections)
        powers = [np.eye(len(step))]
        for _ in range(BLOCK):
            powers.append(step @ powers[-1])
        self._powers = np.array(powers)
        self._jumps = _jumps(powers[-1])
        observed = leaves @ self._powers[:-1]
        response = np.append(through, observed[:-1] @ enters)
        lag = np.arange(BLOCK) - np.arange(BLOCK)[:, None]
        # For samples in rows: the transposes, laid out as they are used
        self._observed = np.ascontiguousarray(observed.T)
        self._reached = self._powers[-2::-1] @ enters
        self._direct = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)
        self._steady = np.linalg.solve(np.eye(len(step)) - step, enters)

    def at_rest(self, levels: FloatArray) -> FloatArray:
        """Return the states (r, order) after samples that always were at `levels` (r,)."""
        return np.outer(levels, self._steady)

    def from_rest(self, samples: FloatArray, rest: int) -> FloatArray:
        """Return the filtered rows of `samples` (r, n), at the mean of the first `rest` before."""
        filtered, _ = self(samples, self.at_rest(samples[:, :rest].mean(axis=1)))
        return filtered

    def __call__(self, samples: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the filtered rows of `samples` (r, n) and the state after them."""
        rows, size = samples.shape
        left = size % BLOCK
        whole = size - left
        filtered = np.empty(samples.shape)
        for first in range(0, whole, PART):
            part = slice(first, min(first + PART, whole))
            blocks = samples[:, part].reshape(rows, -1, BLOCK)
            states = _states(self._jumps, blocks @ self._reached, state)
            out = filtered[:, part].reshape(rows, -1, BLOCK)  # a view
            np.matmul(blocks, self._direct, out=out)
            out += states[:, :-1] @ self._observed
            state = states[:, -1]
        tail = samples[:, whole:]
        filtered[:, whole:] = tail @ self._direct[:left, :left] + state @ self._observed[:, :left]
        return filtered, state @ self._powers[left].T + tail @ self._reached[BLOCK - left :]


def _jumps(step: FloatArray) -> list[FloatArray]:
    """Return the transposes of `step` to the powers 1, 2, 4, ..., as far as a state lasts."""
    jumps: list[FloatArray] = []
    while 2 ** len(jumps) <= PART // BLOCK and np.max(np.abs(step)) > NOTHING:
        jumps.append(np.ascontiguousarray(step.T))
        step = step @ step
    return jumps


def _states(jumps: list[FloatArray], drive: FloatArray, state: FloatArray) -> FloatArray:
    """Return (r, k + 1, order) the states before and after each block, by doubling.

    The first is `state`; each further one is one jump from the one before, and its `drive` (r, k).
    """
    states = np.concatenate((state[:, None], drive), axis=1)
    for doubled, jump in enumerate(jumps):
        states[:, 2**doubled :] += states[:, : -(2**doubled)] @ jump
    return states


def _state_space(sections: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return A, b, c, d of the cascade: s' = A s + b x, y = c s + d x."""
    step, enters, leaves, through = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for b0, b1, b2, _, a1, a2 in sections.tolist():
        own, drive = np.array([[-a1, 1.0], [-a2, 0.0]]), np.array([b1 - a1 * b0, b2 - a2 * b0])
        above = np.zeros((len(step), 2))
        step = np.block([[step, above], [np.outer(drive, leaves), own]])
        enters = np.append(enters, drive * through)
        leaves, through = np.concatenate((b0 * leaves, [1.0, 0.0])), b0 * through
    return step, enters, leaves, through


def filter_both_ways(filter_: SectionFilter, samples: FloatArray, pad: int) -> FloatArray:
    """Return the rows of `samples` (r, n) filtered forwards and backwards, without lag.

    Both ends are carried on for `pad` samples, turned about the last value.
    """
    before = 2 * samples[:, :1] - samples[:, pad:0:-1]
    after = 2 * samples[:, -1:] - samples[:, -2 : -pad - 2 : -1]
    there = np.concatenate((before, samples, after), axis=1)
    for _ in range(2):
        there = filter_.from_rest(there, 1)[:, ::-1]
    return there[:, pad : there.shape[1] - pad]


def moving_median(values: FloatArray, size: int) -> FloatArray:
    """Return (n,) the median of the `size` (odd) values about each of `values` (n,).

    Beyond the ends the first and the last value go on.
    """
    half = size // 2
    windows = sliding_window_view(np.pad(values, half, mode="edge"), size)
    medians = np.empty(len(windows))
    for first in range(0, len(windows), PART):
        part = slice(first, first + PART)
        medians[part] = np.partition(windows[part], half, axis=1)[:, half]
    return medians
