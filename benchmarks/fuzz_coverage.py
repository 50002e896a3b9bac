"""Look for bytes at which a reader raises anything but RecordingError, guided by coverage.

    pip install atheris
    python benchmarks/fuzz_coverage.py CORPUS -max_total_time=900 -max_len=8192

CORPUS is a folder, filled with the head of a file of each exporter where it is empty. All other
arguments are libFuzzer's; what fails is left in the working folder as `crash-…`. What is read right
is the business of `fuzz_readers.py`.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["detector.readers"]):
    from detector.readers import read

from detector.errors import RecordingError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from format_table import FORMATS

SEED_ROWS = 30
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))


def fill(corpus: Path) -> None:
    """Write the head of each format, if there is nothing yet."""
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    for number, form in enumerate(FORMATS):
        lines = form.write(form.samples).encode(form.encoding).splitlines(keepends=True)
        head = sum(line.count(b",") < 2 for line in lines[:110])
        (corpus / f"{number}.csv").write_bytes(b"".join(lines[: head + SEED_ROWS]))


def one(data: bytes) -> None:
    path = FOLDER / "a.csv"
    path.write_bytes(data)
    try:
        for chunk in read(path).chunks():
            assert np.isfinite(chunk.acceleration_g).all()
    except RecordingError as error:
        message = str(error)
        assert message.startswith("a.csv"), message
        assert "\n" not in message, message


def main() -> None:
    warnings.simplefilter("error")
    fill(Path(next(argument for argument in sys.argv[1:] if not argument.startswith("-"))))
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
