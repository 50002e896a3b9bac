"""Nights with known truth: a sleeper, a limb that moves by mechanics, and a sensor on it."""

from detector.simulation.formats import Exporter, write_night, write_truth
from detector.simulation.night import simulate_night
from detector.simulation.plan import (
    Annotation,
    Device,
    Kind,
    Mattress,
    NightPlan,
    SimulatedNight,
    quiet,
)

__all__ = [
    "Annotation",
    "Device",
    "Exporter",
    "Kind",
    "Mattress",
    "NightPlan",
    "SimulatedNight",
    "quiet",
    "simulate_night",
    "write_night",
    "write_truth",
]
