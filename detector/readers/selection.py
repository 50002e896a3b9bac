"""Which files of a folder or an archive hold the acceleration of one recording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import RecordingError
from .columns import SensorName, sensor_named
from .layout import Recognized, recognize_table
from .sources import Entry, Source

_HEAD_BYTES = 2**15


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that holds acceleration: what its head tells, and its sensor by its name."""

    entry: Entry
    recognized: Recognized
    sensor: SensorName
    has_gravity_beside: bool

    @property
    def rank(self) -> int:
        """What to prefer, the least first: all of the acceleration, calibrated."""
        if self.sensor.is_total:
            return 0
        if self.sensor.is_uncalibrated:
            return 2
        is_linear = self.sensor.is_linear or self.recognized.group.includes_gravity is False
        if is_linear or self.recognized.exporter.is_told_by_file_name:
            return 1 if self.has_gravity_beside else 3
        return 1

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """What is the same in all files of one recording: names but for numbers, and columns."""
        shape = re.sub(r"\d+", "#", str(self.entry.inside))
        return (shape, self.recognized.exporter.slug, self.recognized.table.names)


def select(source: Source) -> list[Candidate]:
    """Return the files of the recording, in no order.

    Raises RecordingError where none holds acceleration, or where there are several recordings.
    """
    if source.is_one_file:
        only = _candidate(source, source.entries[0])
        _require_acceleration(only)
        return [only]
    found: list[Candidate] = []
    refusals: list[str] = []
    for entry in source.entries:
        if sensor_named(entry.inside.name.split(".")[0]).kind in {"other", "gravity"}:
            continue
        try:
            found.append(_candidate(source, entry))
        except RecordingError as error:
            refusals.append(str(error))
    if len(refusals) == len(source.entries) == 1:
        raise RecordingError(refusals[0])
    if not found:
        why = f"; {refusals[0]}" if refusals else ""
        raise RecordingError(
            f"{source.name}: none of its {len(source.entries)} files holds acceleration{why}"
        )
    _require_one_device(source, found)
    best = min(candidate.rank for candidate in found)
    chosen = [candidate for candidate in found if candidate.rank == best]
    kinds: dict[tuple[str, str, tuple[str, ...]], list[Candidate]] = {}
    for candidate in chosen:
        kinds.setdefault(candidate.kind, []).append(candidate)
    if len(kinds) > 1:
        raise _several_recordings(source, [group[0] for group in kinds.values()])
    return chosen


def _candidate(source: Source, entry: Entry) -> Candidate:
    return Candidate(
        entry,
        recognize_table(entry.open(), _HEAD_BYTES),
        sensor_named(entry.inside.name.split(".")[0]),
        source.neighbour(entry, "Gravity.csv") is not None,
    )


def _require_acceleration(candidate: Candidate) -> None:
    """Raise RecordingError for another sensor's file of an app that writes all files alike."""
    kind = candidate.sensor.kind
    if candidate.recognized.exporter.is_told_by_file_name and kind in {"other", "gravity"}:
        raise RecordingError(
            f"{candidate.entry.name}: is a file of {candidate.recognized.exporter.title} for "
            f"{'gravity alone' if kind == 'gravity' else 'another sensor'}: give its "
            "TotalAcceleration.csv or Accelerometer.csv"
        )


def _require_one_device(source: Source, found: Sequence[Candidate]) -> None:
    devices = {candidate.sensor.device: candidate for candidate in reversed(found)}
    if len(devices) > 1:
        raise _several_recordings(source, list(devices.values()))


def _several_recordings(source: Source, examples: Sequence[Candidate]) -> RecordingError:
    shown = [str(candidate.entry.inside) for candidate in examples[:3]]
    more = ", …" if len(examples) > 3 else ""
    return RecordingError(
        f"{source.name}: holds several recordings ({', '.join(shown)}{more}): give the file of the "
        "one that is meant"
    )
