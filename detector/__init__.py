"""Sudden jerks and limb movements in a night's accelerometer recording.

import detector

recording = detector.read("night.csv", placement="ankle")
analysis = detector.analyze(recording)
analysis.to_frame()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.annotations import AnnotationError, Annotations, read_annotations
    from detector.classification import ClassifiedMovement, Label
    from detector.criteria import Criteria, default_criteria
    from detector.errors import CriteriaError, DetectorError, RecordingError
    from detector.movements import Movement
    from detector.pipeline import Analysis, analyze, reanalyze
    from detector.readers import read
    from detector.recording import Chunk, Placement, Recording, Side, from_arrays
    from detector.reviewing.agreement import reviewer_agreement
    from detector.reviewing.apply import reviewed
    from detector.reviewing.log import read_review
    from detector.reviewing.widget import review

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "AnnotationError",
    "Annotations",
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
    "read_annotations",
    "read_review",
    "reanalyze",
    "review",
    "reviewed",
    "reviewer_agreement",
]

# A command that needs no filter does not wait for the import of one.
_HOME = {
    "Analysis": "pipeline",
    "AnnotationError": "annotations",
    "Annotations": "annotations",
    "Chunk": "recording",
    "ClassifiedMovement": "classification",
    "Criteria": "criteria",
    "CriteriaError": "errors",
    "DetectorError": "errors",
    "Label": "classification",
    "Movement": "movements",
    "Placement": "recording",
    "Recording": "recording",
    "RecordingError": "errors",
    "Side": "recording",
    "analyze": "pipeline",
    "default_criteria": "criteria",
    "from_arrays": "recording",
    "read": "readers",
    "read_annotations": "annotations",
    "read_review": "reviewing.log",
    "reanalyze": "pipeline",
    "review": "reviewing.widget",
    "reviewed": "reviewing.apply",
    "reviewer_agreement": "reviewing.agreement",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'detector' has no attribute {name!r}")
    return getattr(importlib.import_module(f"detector.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
