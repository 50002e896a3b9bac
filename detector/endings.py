r"""The movement band filtered from the end backwards: what is over does not ring on in it.

movement           ____/\/\/\/\|________
forwards           ____/\/\/\/\|/\/\.___    its filter rings on: good for the onset
backwards      ____.\/\/\/\/\/\|________    it rings ahead: good for the offset
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.conditioning import movement_band
from detector.filtering import SectionFilter
from detector.night_signal import NightSignal
from detector.recording import FloatArray

_SETTLE_S = 2.0  # until the filter has forgotten that it began


@dataclass(frozen=True, slots=True)
class Endings:
    """The envelope of the short window, as `edge_envelope_g`, of the signal filtered backwards."""

    signal: NightSignal
    filter_: SectionFilter
    half: int
    backwards: bool

    @classmethod
    def of(cls, signal: NightSignal, *, backwards: bool) -> Endings:
        """Return what gives the envelope near any movement of `signal`."""
        criteria = signal.conditioned
        sections = movement_band(signal.hz, criteria.edge_band_low_hz, criteria)
        half = max(0, round((criteria.edge_envelope_s * signal.hz - 1) / 2))
        return cls(signal, SectionFilter(sections), half, backwards)

    def envelope_g(self, first: int, last: int) -> FloatArray:
        """Return (last - first,) g; that of the filter forwards near a hole or a held value."""
        signal = self.signal
        if not self.backwards:
            return signal.edge_envelope_g[first:last].astype(np.float64)
        stop = min(signal.valid.size, last + round(_SETTLE_S * signal.hz))
        low = max(0, first - self.half)
        broken = ~signal.valid[low:stop] | signal.jumps[low:stop]
        beyond = np.flatnonzero(broken)
        if beyond.size and beyond[0] < last - low + self.half:
            return signal.edge_envelope_g[first:last].astype(np.float64)
        stop = low + int(beyond[0]) if beyond.size else stop
        cells = signal.acceleration_g[low:stop].T.astype(np.float64)[:, ::-1]
        band = self.filter_.from_rest(cells, max(1, round(0.2 * signal.hz)))
        energy = np.einsum("ij,ij->j", band, band)[::-1]
        sums = np.concatenate(([0.0], np.cumsum(energy)))
        at = np.arange(first, last) - low
        ahead = np.minimum(at + self.half + 1, energy.size)
        behind = np.maximum(at - self.half, 0)
        envelope: FloatArray = np.sqrt(
            np.maximum(sums[ahead] - sums[behind], 0.0) / (ahead - behind)
        )
        return envelope
