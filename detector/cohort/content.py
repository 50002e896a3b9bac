"""The content of a recording as a digest: of one file as sha256sum tells it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from detector.readers.sources import open_source

_PIECE_BYTES = 2**20


def digest_of_recording(path: Path) -> str:
    """Return the SHA-256 of a recording, with all files that a reader would look at.

    Of a file by itself it is that of its bytes; of several that of a list of names and digests.
    """
    source = open_source(path)
    if zipfile.is_zipfile(path) if path.is_file() else False:
        return digest_of_file(path)
    files = {str(entry.inside): entry.path for entry in source.entries}
    files |= {str(entry.inside): entry.path for entry in source.beside.values()}
    if list(files.values()) == [path]:
        return digest_of_file(path)
    lines = [f"{digest_of_file(files[name])}  {name}\n" for name in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
