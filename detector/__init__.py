"""Sudden jerks and limb movements in a night's accelerometer recording.

    import detector

    recording = detector.read("night.csv", placement="ankle")
    analysis = detector.analyze(recording)
    analysis.to_frame()
"""

from detector.classification import ClassifiedMovement, Label
from detector.criteria import Criteria, default_criteria
from detector.errors import CriteriaError, DetectorError, RecordingError
from detector.movements import Movement
from detector.pipeline import Analysis, analyze
from detector.readers import read
from detector.recording import Chunk, Placement, Recording, Side, from_arrays

__all__ = [
    "Analysis",
    "Chunk",
    "ClassifiedMovement",
    "Criteria",
    "CriteriaError",
    "DetectorError",
    "Label",
    "Movement",
    "Placement",
    "Recording",
    "RecordingError",
    "Side",
    "analyze",
    "default_criteria",
    "from_arrays",
    "read",
]
