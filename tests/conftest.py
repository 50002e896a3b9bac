"""Nights that many tests look at, simulated and analyzed once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from detector.pipeline import Analysis, analyze
from detector.recording import Placement
from detector.simulation import Exporter, SimulatedNight, simulate_night, write_night

# A busy machine makes a test slow, not wrong
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def ankle_night() -> SimulatedNight:
    """Two and a half hours at the ankle, 50 Hz, with a hundred periodic movements."""
    return simulate_night(seed=1, placement=Placement.ANKLE, hours=2.5, hz=50.0)


@pytest.fixture(scope="session")
def ankle_analysis(ankle_night: SimulatedNight) -> Analysis:
    return analyze(ankle_night.recording())


@pytest.fixture(scope="session")
def long_analysis() -> Analysis:
    """Five hours at the ankle: enough sleep for an index."""
    night = simulate_night(seed=3, placement=Placement.ANKLE, hours=5.0, hz=25.0, plm_per_h=30.0)
    return analyze(night.recording())


@pytest.fixture(scope="session")
def night_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half an hour as an Axivity file."""
    night = simulate_night(seed=4, placement=Placement.ANKLE, hours=0.5, hz=25.0, plm_per_h=40.0)
    path = tmp_path_factory.mktemp("recordings") / "ankle_night.csv"
    write_night(night, path, Exporter.AXIVITY)
    return path
