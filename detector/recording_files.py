"""Which files and folders may be recordings, by their names."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

TEXT = frozenset({".csv", ".txt", ".tsv", ".tab", ".dat", ".asc"})
PACKED = frozenset({".gz", ".xz", ".bz2", ".zst"})
ARCHIVE = frozenset({".zip"})
# Beside a file that was given by itself, only what an app is known to put there is looked at.
BESIDE = ("Gravity.csv", "Metadata.csv", "meta/time.csv")
# A folder that an app exports as one recording holds one of them.
_OF_ONE_RECORDING = frozenset(
    {"acc.csv", "accelerometer.csv", "totalacceleration.csv", "gravity.csv", "metadata.csv"}
)


def is_text_name(name: str) -> bool:
    """Tell whether a file of this name holds text, packed or not."""
    path = PurePosixPath(name.lower())
    inner = PurePosixPath(path.stem) if path.suffix in PACKED else path
    return inner.suffix in TEXT


def may_be_recording(name: str) -> bool:
    """Tell whether a file of this name may be a recording: text, packed text, or an archive."""
    path = PurePosixPath(name.lower())
    if path.name.endswith(".truth.csv"):
        return False  # what detector simulate writes beside a night
    return path.suffix in ARCHIVE or is_text_name(name)


def is_recording_folder(folder: Path) -> bool:
    """Tell whether a folder is one recording, as an app made it."""
    names = {entry.name.lower() for entry in os.scandir(folder)}
    return bool(names & _OF_ONE_RECORDING) or (folder / "meta" / "time.csv").is_file()
