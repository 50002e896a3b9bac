"""The review as a widget in a notebook: it hands on what a person does, and shows what follows.

Nothing of a night is kept in the notebook's file: all is sent by messages, none of it a trait.
"""

from __future__ import annotations

import getpass
import gzip
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from detector.analysis import Analysis
from detector.errors import DetectorError
from detector.reviewing import payload
from detector.reviewing.session import Session

try:
    import anywidget
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "a review in a notebook takes anywidget: pip install 'night-movement-detector[notebook]'",
        name=error.name,
    ) from error

Message = Mapping[str, Any]


def review(
    analysis: Analysis, file: str | Path | None = None, *, reviewer: str | None = None
) -> ReviewWidget:
    """Return a widget in which a person judges the movements of a night, one by one.

    Every decision is at once a row of `file`, and what stands in it is applied when the widget
    opens. `file` may be the folder of the results, and is by default review.csv in NAME.night of
    the working folder, where `detector analyze` writes. `reviewer` is the name in the rows, by
    default that of the user. AnnotationError where the file is no review, or one of another
    recording.
    """
    return ReviewWidget(Session(analysis, _file(analysis, file), reviewer or _user()))


def _file(analysis: Analysis, given: str | Path | None) -> Path:
    if given is None:
        return Path(f"{Path(analysis.recording.source).name.partition('.')[0]}.night", "review.csv")
    path = Path(given)
    return path if path.suffix.lower() == ".csv" else path / "review.csv"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for its user
        return "reviewer"


@cache
def _plotly_gz() -> bytes:
    """Return the plot library packed: a server takes no message of several megabytes."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("No module named 'plotly'", name="plotly")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return gzip.compress(path.read_bytes(), compresslevel=1)


def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


class ReviewWidget(anywidget.AnyWidget):
    """A session in a notebook; `analysis` is the night as it stands now."""

    _esm = _own("plots.js") + _own("widget.js")
    _css = _own("widget.css")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._sent: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, Callable[[Message], None]] = {
            "open": self._open,
            "overview": self._overview,
            "detail": self._detail,
            "accept": lambda said: session.accept(said["key"]),
            "delete": lambda said: session.delete(said["key"]),
            "relabel": lambda said: session.relabel(said["key"], said["label"]),
            "note": lambda said: session.note(said["key"], said["note"]),
        }
        self.on_msg(self._answer)

    @property
    def analysis(self) -> Analysis:
        """Return the analysis as its reviewers left it."""
        return self.session.analysis

    def _answer(self, _widget: object, said: Message, _buffers: object) -> None:
        do = said["do"]
        more: dict[str, str | None] = {}
        try:
            if do == "add":
                more["key"] = self.session.add(said["from_s"], said["to_s"], said["label"])
            elif do == "undo":
                more["undone"] = self._undone()
            else:
                self._answers[do](said)
        except DetectorError as error:
            self.send({"kind": "refused", "asked": said["asked"], "text": str(error)})
            return
        if do not in ("open", "overview", "detail"):
            self.send({"kind": "state", "asked": said["asked"], **self._changes(), **more})

    def _undone(self) -> str | None:
        decision = self.session.undo()
        if decision is None:
            return None
        same = [i for i in self.session.items if decision.is_about(i.onset_s, i.duration_s)]
        return same[0].key if same else ""

    def _changes(self) -> dict[str, Any]:
        """Return what differs from what was sent before."""
        now = payload.items(self.session)
        changed = [item for key, item in now.items() if self._sent.get(key) != item]
        gone = [key for key in self._sent if key not in now]
        self._sent = now
        return {"items": changed, "gone": gone, "figures": payload.figures(self.session)}

    def _open(self, said: Message) -> None:
        self._sent = {}
        content = {
            "kind": "open",
            "asked": said["asked"],
            **payload.opening(self.session),
            **self._changes(),
        }
        self.send(content, buffers=[] if said["has_plotly"] else [_plotly_gz()])

    def _overview(self, said: Message) -> None:
        figure = payload.overview(self.session, int(said["night"]))
        self.send({"kind": "overview", "asked": said["asked"], "figure": figure})

    def _detail(self, said: Message) -> None:
        span = (float(said["start_s"]), float(said["stop_s"]), float(said["origin_s"]))
        figure = payload.detail(self.session.before, *span)
        self.send({"kind": "detail", "asked": said["asked"], "figure": figure})
