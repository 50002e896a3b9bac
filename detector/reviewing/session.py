"""A review at work: what there is to judge, and each decision written and applied at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from detector.analysis import Analysis
from detector.annotations import AnnotationError
from detector.movements import Movement
from detector.reviewing.apply import judgements, overlapping, placed, reviewed, shown_label
from detector.reviewing.doubt import doubts
from detector.reviewing.log import LABELS, Action, Decision, Log, last_of, now, standing

LONGEST_S = 600.0  # choice: what is longer is no movement but a mistake of the hand


@dataclass(frozen=True, slots=True)
class Item:
    """A movement to judge: found, or added.

    `label` is what it is called now: a `Label`, or an `Exclusion`. `how` tells what was decided:
    accepted, relabelled, deleted, added, or empty. `index` is its place in the movements of the
    reviewed analysis, of a deleted one in those of the analysis before. `doubt` is 0 at a
    threshold, and more the further it lies from all of them.
    """

    key: str
    onset_s: float
    duration_s: float
    night: int
    state: str
    label: str
    reason: str
    how: str
    note: str
    doubt: float
    index: int

    @property
    def is_there(self) -> bool:
        """Tell whether it is a movement of the reviewed night."""
        return self.how != "deleted"


class Session:
    """The review of an analysis by one reviewer, kept in `path`.

    `analysis` is the night as it stands, `before` as the program found it. What stands in the file
    when it is opened is applied. A method that decides has written its row when it returns;
    DetectorError where it could not, and then nothing has changed.
    """

    def __init__(
        self, analysis: Analysis, path: Path, reviewer: str, clock: Callable[[], str] = now
    ) -> None:
        self.before = analysis
        self.reviewer = " ".join(reviewer.split()) or "reviewer"
        self.log = Log(path)
        self._clock = clock
        self._doubts = doubts(analysis)
        self._apply()

    def _apply(self) -> None:
        decisions = self.log.decisions
        self.analysis = reviewed(self.before, decisions)
        self.items = self._items(decisions)
        self._by_key = {item.key: item for item in self.items}

    def _items(self, decisions: tuple[Decision, ...]) -> tuple[Item, ...]:
        found = placed(self.before, judgements(decisions))
        gone = {i for i, one in found.of_movement.items() if one.how == "deleted"}
        index_of = {
            _place(one.movement): index for index, one in enumerate(self.analysis.movements)
        }
        items = []
        for i, old in enumerate(self.before.movements):
            judged = found.of_movement.get(i)
            index = i if i in gone else index_of[_place(old.movement)]
            one = old if i in gone else self.analysis.movements[index]
            items.append(
                Item(
                    key=f"m{i + 1}",
                    onset_s=old.movement.onset_s,
                    duration_s=old.movement.duration_s,
                    night=old.night,
                    state=old.state,
                    label=shown_label(one),
                    reason=one.reason,
                    how="" if judged is None else judged.how,
                    note="" if judged is None else judged.note,
                    doubt=self._doubts[i],
                    index=index,
                )
            )
        notes = {_millis(one.onset_s): one.note for one in found.added}
        for index, one in enumerate(self.analysis.movements):
            onset_s = one.movement.onset_s
            if one.review == "added":
                items.append(
                    Item(
                        key=f"a{_millis(onset_s)}",
                        onset_s=onset_s,
                        duration_s=one.movement.duration_s,
                        night=one.night,
                        state=one.state,
                        label=shown_label(one),
                        reason=one.reason,
                        how="added",
                        note=notes.get(_millis(onset_s), ""),
                        doubt=0.0,
                        index=index,
                    )
                )
        return tuple(sorted(items, key=lambda item: item.onset_s))

    def item(self, key: str) -> Item:
        """Return the movement of a key; KeyError where there is none."""
        return self._by_key[key]

    def accept(self, key: str) -> None:
        """Say that a movement is what it is called now; one that was deleted is there again."""
        item = self.item(key)
        self._write(Action.ACCEPT, item, item.label, item.label)

    def relabel(self, key: str, label: str) -> None:
        """Say that a movement is of another kind: a `Label`, or an `Exclusion`."""
        item = self.item(key)
        if label not in LABELS:
            raise AnnotationError(f"{label!r} is no label; they are {', '.join(sorted(LABELS))}")
        action = Action.ACCEPT if label == item.label else Action.RELABEL
        self._write(action, item, item.label, label)

    def delete(self, key: str) -> None:
        """Say that there is no movement."""
        item = self.item(key)
        self._write(Action.DELETE, item, item.label, "")

    def note(self, key: str, text: str) -> None:
        """Keep a note to a movement; the last one is shown."""
        item = self.item(key)
        label = item.label if item.is_there else ""
        self._write(Action.NOTE, item, label, label, text)

    def add(self, onset_s: float, offset_s: float, label: str) -> str:
        """Say that there is a movement, and return its key; AnnotationError where one is there."""
        grid = self.before.signal.hz
        onset_s, offset_s = (round(t * grid) / grid for t in (onset_s, offset_s))
        movements = [one.movement for one in self.analysis.movements]
        if not 0 <= onset_s < offset_s:
            raise AnnotationError("a movement needs an onset and, later, an end")
        if offset_s - onset_s > LONGEST_S:
            raise AnnotationError(f"a movement lasts {LONGEST_S:g} s at most")
        if overlapping(movements, onset_s, offset_s):
            raise AnnotationError("there is a movement already: relabel it, or delete it first")
        signal = self.before.signal
        part = slice(round(onset_s * grid), round(offset_s * grid))
        if not signal.valid[part].any():
            raise AnnotationError("there is no signal: nothing can be said of this time")
        at = (round(onset_s, 3), round(offset_s - onset_s, 3))
        self._append(Decision(self.reviewer, self._clock(), Action.ADD, *at, "", label))
        return f"a{_millis(onset_s)}"

    def undo(self) -> Decision | None:
        """Take the own last decision back and return it, None where there is none."""
        kept = standing(self.log.decisions)
        last = last_of(kept, self.reviewer)
        if last is None:
            return None
        undone = kept[last]
        self._append(
            Decision(
                self.reviewer,
                self._clock(),
                Action.UNDO,
                undone.onset_s,
                undone.duration_s,
                undone.label_after,
                undone.label_before,
                undone.action,
            )
        )
        return undone

    def _write(self, action: Action, item: Item, before: str, after: str, note: str = "") -> None:
        said = " ".join(note.split())
        self._append(
            Decision(
                self.reviewer,
                self._clock(),
                action,
                round(item.onset_s, 3),
                round(item.duration_s, 3),
                before,
                after,
                said,
            )
        )

    def _append(self, decision: Decision) -> None:
        self.log.append(decision)
        self._apply()


def _place(movement: Movement) -> tuple[int, int]:
    return _millis(movement.onset_s), _millis(movement.offset_s)


def _millis(seconds: float) -> int:
    return round(1000 * seconds)
