"""The templates of the pages, compiled once for each user of the program."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from platformdirs import user_cache_path


@cache
def templates(*packages: str) -> Environment:
    """Return the templates of packages, as `detector.report`; of one name the first one's."""
    loaders: list[BaseLoader] = [PackageLoader(package) for package in packages]
    return Environment(
        loader=ChoiceLoader(loaders),
        bytecode_cache=_Kept(user_cache_path("night-movement-detector") / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _Kept(FileSystemBytecodeCache):
    """Compiled templates in a folder, where it can be written; to compile takes longer than a page.

    One of another text, or of another Python, is compiled anew.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk, no home: compiled each time
            Path(self.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
            super().dump_bytecode(bucket)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, TypeError, ValueError, UnpicklingError):  # cut short, damaged
            bucket.reset()
