"""Samples at the full rate, after a recording was read: what was in the file, or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from detector import raw_samples
from detector.raw_samples import RawPiece, SampleSpool, second_pass
from detector.recording import Recording, from_arrays

SPANS = np.array([[0.0, 1.0], [9.95, 10.05], [40.0, 70.0], [400.0, 500.0]])


def recording(chunk_samples: int = 997) -> Recording:
    rng = np.random.default_rng(5)
    t_s = np.cumsum(rng.uniform(0.008, 0.012, 12_000))
    t_s[6000:] += 7.0
    samples = rng.normal(size=(12_000, 3)).astype(np.float32)
    return from_arrays(t_s, samples, hz=100.0, chunk_samples=chunk_samples)


def whole(found: Recording) -> RawPiece:
    chunks = list(found.chunks())
    return RawPiece(
        np.concatenate([chunk.t_s for chunk in chunks]),
        np.concatenate([chunk.acceleration_g for chunk in chunks], axis=1),
    )


@pytest.mark.parametrize("chunk_samples", [1, 997, 20_000])
def test_what_was_kept_is_what_was_read(chunk_samples):
    spool = SampleSpool()
    watched = spool.watching(recording(chunk_samples))
    everything = whole(watched)
    for (start, stop), piece in zip(SPANS, spool.pieces(SPANS), strict=True):
        inside = (everything.t_s >= start - 1e-6) & (everything.t_s < stop - 1e-6)
        np.testing.assert_allclose(piece.t_s, everything.t_s[inside], atol=1e-4)
        np.testing.assert_array_equal(piece.acceleration_g, everything.acceleration_g[:, inside])


def test_a_second_pass_gives_the_same():
    found = recording()
    spool = SampleSpool()
    whole(spool.watching(found))
    for kept, read in zip(spool.pieces(SPANS), second_pass(found)(SPANS), strict=True):
        np.testing.assert_allclose(kept.t_s, read.t_s, atol=1e-4)
        np.testing.assert_array_equal(kept.acceleration_g, read.acceleration_g)


def test_only_the_first_pass_is_kept():
    spool = SampleSpool()
    watched = spool.watching(recording())
    whole(watched)
    before = spool.pieces(SPANS)[2].t_s.size
    whole(watched)
    assert spool.pieces(SPANS)[2].t_s.size == before > 0


def test_without_room_nothing_is_kept_and_reading_goes_on(monkeypatch):
    monkeypatch.setattr(raw_samples, "ROOM_LEFT_BYTES", 2**80)
    spool = SampleSpool()
    assert whole(spool.watching(recording())).t_s.size == 12_000
    assert [piece.t_s.size for piece in spool.pieces(SPANS)] == [0, 0, 0, 0]
    assert spool.pieces(SPANS)[0].acceleration_g.shape == (3, 0)
