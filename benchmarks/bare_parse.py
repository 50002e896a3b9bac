"""The least that a night costs in Python: pyarrow reads it, its envelope at 25 Hz is computed.

    python benchmarks/bare_parse.py NIGHT.csv

`speed.py` runs this as a process of its own beside the detector. It knows the file's layout (one
line of header, ISO stamps, three axes), checks nothing, finds nothing and writes nothing.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
from pyarrow import csv

PER_CELL, WINDOW = 4, 12  # 100 Hz to 25 Hz; 0.5 s
TYPES = {"time": pa.timestamp("ms"), "x": pa.float32(), "y": pa.float32(), "z": pa.float32()}


def main(path: str) -> None:
    table = csv.read_csv(
        path,
        read_options=csv.ReadOptions(column_names=list(TYPES), skip_rows=1),
        convert_options=csv.ConvertOptions(column_types=TYPES, timestamp_parsers=[csv.ISO8601]),
    )
    stamps = table["time"].to_numpy()
    whole = stamps.size // PER_CELL * PER_CELL
    cells = np.vstack(
        [table[axis].to_numpy()[:whole].reshape(-1, PER_CELL).mean(axis=1) for axis in "xyz"]
    )
    moving = cells - cells.mean(axis=1, keepdims=True)
    sums = np.cumsum(np.einsum("ij,ij->j", moving, moving), dtype=np.float64)
    envelope = np.sqrt((sums[WINDOW:] - sums[:-WINDOW]) / WINDOW)
    print(f"{stamps.size} rows to {stamps[-1]}, median envelope {np.median(envelope):.5f} g")


if __name__ == "__main__":
    main(sys.argv[1])
