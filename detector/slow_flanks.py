r"""Flanks weaker still, where a whole mattress lies between limb and sensor and passes on no turn.

direction       one body on one bed shakes a sensor mostly to and fro, noise does so all ways
slow band       what is left of weak moves lies low; half of the noise lies above
evidence        .:|:.....:|####|    flanks, and pieces a short rest away, as likely as `flanks.py`
                piece rest flank     asks of them: a likelihood ratio, summed outwards

Each axis of a movement's own strong part is weighed by the share of its power that lies there: the
sum is of the logarithms of how much likelier three Gaussians with that power are than rest alone.

lines           / / ..| |           neighbours that shake along one line are one movement, and two
                one    two          that shake along others are two, though their flanks meet
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.criteria import DetectionCriteria
from detector.filtering import SectionFilter, butterworth_band
from detector.flanks import Span, flank_cells, grown, until_rest, with_room
from detector.night_signal import NightSignal, Spool, Track, stretches, track_runs
from detector.noise_floor import mean_by_second, rest_level, seconds_of
from detector.recording import FloatArray

_ORDER = 2
_SETTLE_S = 4.0  # until the filter has forgotten that it began


def with_slow_flanks(
    signal: NightSignal, spans: Sequence[Span], turns_s: FloatArray, criteria: DetectionCriteria
) -> list[Span]:
    """Return the cells of movements, sorted and apart, with their flanks in the slow band.

    Flanks are `max_hold_s` long at most. Where those of two neighbours meet, they are one movement,
    and so is what lies less than `merge_gap_s` apart when all flanks are found; but for what their
    lines tell. A recording too slow for the band keeps its spans.
    """
    band = _SlowBand.of(signal, turns_s, criteria)
    if band is None:
        return list(spans)

    def reach(span: Span, within: Span) -> tuple[int, int]:
        ahead, behind = band.evidence(span, within)
        return _flank(ahead, criteria), _flank(behind, criteria)

    whole = grown(spans, signal.valid.size, reach)
    out: list[Span] = []
    gap = round(criteria.merge_gap_s * signal.hz)
    for span, within in with_room(whole, signal.valid.size):
        ahead, behind = band.evidence(span, within)
        first = span[0] - _pieces(ahead, criteria, signal.hz)
        last = span[1] + _pieces(behind, criteria, signal.hz)
        before = out[-1][1] if out else -gap
        if out and first - before < gap and np.all(signal.valid[before:first]):
            out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return _by_lines(signal, spans, out, band, criteria)


def _by_lines(
    signal: NightSignal,
    spans: Sequence[Span],
    whole: Sequence[Span],
    band: _SlowBand,
    criteria: DetectionCriteria,
) -> list[Span]:
    """Part what shakes along other lines, and join what does along one with a hold between.

    `spans` are sorted and apart, and each lies in one of `whole`, its movement as found so far.
    """
    if not spans:
        return []
    angles_deg = _line_angles_deg([band.line(span) for span in spans])
    gaps_s = [(other[0] - one[1]) / signal.hz for one, other in pairwise(spans)]
    tells = _lines_tell(angles_deg, gaps_s, criteria)
    least = criteria.line_min_duration_s * signal.hz
    starts = [first for first, _ in whole]
    mine = np.searchsorted(starts, [first for first, _ in spans], side="right") - 1
    out: list[Span] = []
    first = whole[0][0]
    for k, (one, other) in enumerate(pairwise(spans)):
        before, after = whole[mine[k]], whole[mine[k + 1]]
        if before == after:
            long = min(one[1] - one[0], other[1] - other[0]) > least
            if long and angles_deg[k] > criteria.line_other_deg:
                out.append((first, one[1]))
                first = other[0]
        elif not (
            tells
            and angles_deg[k] < criteria.line_same_deg
            and gaps_s[k] < criteria.max_hold_s
            and np.all(signal.valid[one[1] : other[0]])
        ):
            out.append((first, before[1]))
            first = after[0]
    return [*out, (first, whole[-1][1])]


def _line_angles_deg(lines: Sequence[FloatArray]) -> FloatArray:
    """Return (k - 1,) degrees, 0 to 90, between each of the lines (3,) and the next."""
    cosines = [abs(float(one @ other)) for one, other in pairwise(lines)]
    return np.degrees(np.arccos(np.minimum(cosines, 1.0)))


def _lines_tell(
    angles_deg: FloatArray, gaps_s: Sequence[float], criteria: DetectionCriteria
) -> bool:
    """Tell whether movements of this recording that are not one have lines of their own.

    That is seen by neighbours too far apart to be one.
    """
    far = angles_deg[np.array(gaps_s) > criteria.max_hold_s]
    if far.size < criteria.line_members:
        return False
    return bool(np.mean(far < criteria.line_same_deg) <= criteria.line_chance_ratio)


@dataclass(frozen=True, slots=True)
class _SlowBand:
    """The slow band of a signal, (n, 3) g at its cells, and (m,) g2 its power at rest by second.

    `whitens` (3, 3) turns its axes to some along which rest has the same power: a heart beats along
    one line.
    """

    signal: NightSignal
    band_g: Track[np.float32]
    rest_g2: FloatArray
    whitens: FloatArray
    filter_: SectionFilter
    criteria: DetectionCriteria

    @classmethod
    def of(
        cls, signal: NightSignal, turns_s: FloatArray, criteria: DetectionCriteria
    ) -> _SlowBand | None:
        """Return the band, None where the rate is too low for it or nothing tells of rest."""
        low, high = criteria.slow_band_low_hz, criteria.slow_band_high_hz
        if signal.hz < 2.2 * high:
            return None
        filter_ = SectionFilter(butterworth_band(_ORDER, low, high, signal.hz))
        band, power = Spool(np.float32, 3), Spool(np.float32)
        for start, stop in track_runs(signal.valid).tolist():
            band.fill(start, 0.0)
            power.fill(start, 0.0)
            state: FloatArray | None = None
            for first, last in stretches(stop - start):
                cells = signal.acceleration_g[start + first : start + last].T.astype(np.float64)
                if state is None:
                    state = filter_.at_rest(cells[:, : _rest_cells(signal.hz)].mean(axis=1))
                filtered, state = filter_(cells, state)
                band.append(filtered.T)
                power.append(np.einsum("ij,ij->j", filtered, filtered))
        band.fill(signal.valid.size, 0.0)
        power.fill(signal.valid.size, 0.0)
        band_g, power_g2 = band.track(), power.track()
        told = mean_by_second(signal, power_g2)
        rest_g2 = rest_level(signal, told, turns_s, criteria)
        if rest_g2 is None or not np.all(rest_g2 > 0):
            return None
        at_rest = told <= criteria.flank_power_ratio * rest_g2
        whitens = _whitens(signal, band_g, at_rest & (told > 0))
        return cls(signal, band_g, rest_g2, whitens, filter_, criteria)

    def evidence(self, span: Span, within: Span) -> tuple[FloatArray, FloatArray]:
        """Return what each cell ahead of `span`, and behind it, tells for a movement, outwards.

        They are logarithms of likelihood ratios, of cells `within` and valid all the way.
        """
        reach = round(self.criteria.max_hold_s * self.signal.hz)
        low, high = max(within[0], span[0] - reach), min(within[1], span[1] + reach)
        valid = self.signal.valid[low:high]
        unknown = np.flatnonzero(~valid) + low
        low = max([low, *(unknown[unknown < span[0]] + 1).tolist()])
        high = min([high, *unknown[unknown >= span[1]].tolist()])
        second = min(int(span[0] / self.signal.hz), self.rest_g2.size - 1)
        rest_g2 = float(self.rest_g2[second]) / 3
        own = self.band_g[span[0] : span[1]].astype(np.float64) @ self.whitens
        ratios, axes = self._shape(own, rest_g2)
        axes = self.whitens @ axes
        ahead = self.band_g[low : span[0]].astype(np.float64)[::-1]
        behind = self._backwards(span[1], high)
        return (
            self._logarithms(ahead @ axes, ratios, rest_g2),
            self._logarithms(behind @ axes, ratios, rest_g2),
        )

    def line(self, span: Span) -> FloatArray:
        """Return (3,) the line along which the cells of `span` move most, of length 1."""
        own = self.band_g[span[0] : span[1]].astype(np.float64) @ self.whitens
        _, axes = np.linalg.eigh(own.T @ own)
        return np.asarray(axes[:, -1], dtype=np.float64)

    def _shape(self, own_g: FloatArray, rest_g2: float) -> tuple[FloatArray, FloatArray]:
        """Return (3,) the power of a flank over rest by axis, and the axes (3, 3) in columns."""
        powers, axes = np.linalg.eigh(own_g.T @ own_g / len(own_g))
        powers = np.maximum(powers - rest_g2, 0.0)
        total = float(powers.sum())
        shares = powers / total if total > 0 else np.full(3, 1 / 3)
        even = self.criteria.slow_even_ratio
        shares = (1 - even) * shares + even / 3
        return 3 * (self.criteria.flank_power_ratio - 1) * shares, axes

    def _logarithms(self, band_g: FloatArray, ratios: FloatArray, rest_g2: float) -> FloatArray:
        width_hz = self.criteria.slow_band_high_hz - self.criteria.slow_band_low_hz
        independent = 2 * width_hz / self.signal.hz  # values in one cell
        powers = band_g**2 / rest_g2
        told = powers @ (ratios / (1 + ratios)) - np.sum(np.log1p(ratios))
        return np.asarray(0.5 * independent * told, dtype=np.float64)

    def _backwards(self, first: int, last: int) -> FloatArray:
        """Return (k, 3) the band of the cells from `first`, filtered from the end backwards.

        So nothing of the movement ahead rings on in them.
        """
        if last <= first:
            return np.empty((0, 3))
        stop = min(self.signal.valid.size, last + round(_SETTLE_S * self.signal.hz))
        unknown = np.flatnonzero(~self.signal.valid[last:stop])
        stop = last + int(unknown[0]) if unknown.size else stop
        cells = self.signal.acceleration_g[first:stop].T.astype(np.float64)[:, ::-1]
        filtered = self.filter_.from_rest(cells, _rest_cells(self.signal.hz))
        return filtered[:, ::-1].T[: last - first]


def _whitens(
    signal: NightSignal, band_g: Track[np.float32], at_rest: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return (3, 3) what brings the band `at_rest` (m,) to the same power on all axes.

    Its sum stays. Where nothing is at rest, or one axis has no noise, it changes nothing.
    """
    products = np.zeros((3, 3))
    for first, last in stretches(len(band_g)):
        quiet = at_rest[seconds_of(first, last, signal.hz, at_rest.size)]
        cells = band_g[first:last][quiet & signal.valid[first:last]].astype(np.float64)
        products += cells.T @ cells
    powers, axes = np.linalg.eigh(products)
    if not powers[0] > 1e-6 * powers[2]:
        return np.eye(3)
    whitens: FloatArray = axes @ np.diag(np.sqrt(powers.mean() / powers)) @ axes.T
    return whitens


def _rest_cells(hz: float) -> int:
    """Return how many cells tell where the sensor lay, a second: of one alone noise would ring."""
    return max(1, round(hz))


def _flank(logarithms: FloatArray, criteria: DetectionCriteria) -> int:
    """Return how many of the cells, from the edge on, are of the movement without a rest."""
    if not logarithms.size:
        return 0
    sums = np.cumsum(logarithms)
    return flank_cells(until_rest(sums, sums[0], criteria), criteria)


def _pieces(logarithms: FloatArray, criteria: DetectionCriteria, hz: float) -> int:
    """Return how many of the cells there are to the end of the last piece.

    Pieces are runs of evidence that begin no more than `flank_gap_s` after what is ahead of them.
    """
    gap = round(criteria.flank_gap_s * hz)
    least = math.log(criteria.piece_likelihood_ratio)
    reached = 0
    while True:
        sums = np.concatenate(([0.0], np.cumsum(logarithms[reached:])))
        lowest = np.minimum.accumulate(sums)
        likely = np.flatnonzero(sums - lowest > least)
        if not likely.size or int(np.argmin(sums[: likely[0] + 1])) > gap:
            return reached
        rising = until_rest(sums[likely[0] :], sums[likely[0]], criteria)
        reached += int(likely[0]) + int(np.argmax(rising))
