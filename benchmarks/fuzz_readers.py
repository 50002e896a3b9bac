"""Damage files of every exporter by chance and hold what is read to what was written.

    python benchmarks/fuzz_readers.py --files 100000 --seed 1 [--first 0] [--keep FOLDER]
    python benchmarks/fuzz_readers.py --seed 1 --only 4711 --keep FOLDER

Each file is a good one (`tests/format_table.py`) with one to three mutations, which keep book: of
every line of the damaged file it is known which row of the good one it was, whether its own text
was touched, and by how much its stamp was moved on purpose. The file must be refused with a
RecordingError of one line that begins with its name, or else

- every sample has the axes of a row of the good file, but for at most as many samples as there are
  lines whose text was touched or put in: what is a number there no reader can know for another;
- every sample of an untouched line stands where its stamp says, within the format's own step and
  two samples; one constant for the file is free, and hours that a local clock was set back, turns
  of a clock that turns over. Rows without a stamp may be off by a sample for each line touched,
  and where one of them was doubled that row itself may be either of the two;
- the wall clock of untouched lines is the good file's, within the same and a second; it may be
  missing where a tenth of the lines was touched;
- untouched lines that are missing are counted in the repairs, or stand beside damage at an edge;
- it takes less than 10 s and raises nothing else.

Where the lines above the table were touched, unit, names and start may be others and no sample is
held to anything: only the first and the last line of the list count.
"""

from __future__ import annotations

import argparse
import bz2
import collections
import gzip
import lzma
import multiprocessing
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cache, lru_cache
from pathlib import Path
from types import FrameType

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from format_table import FORMATS, Format

from detector.errors import RecordingError
from detector.readers import describe, read
from detector.readers.clock import CountedClock, TextClock
from detector.recording import Chunk, Recording

MOST_S = 10
JUMPS_S = (1.0, -1.0, 0.5, 60.0, 3600.0, -3600.0, 86400.0, -86400.0, 31557600.0, -31557600.0)
# Repairs that leave rows out; the others keep them.
LEAVES_OUT = {"bad_rows", "padding", "zeros", "truncated", "backward_stamps", "idle_sleep"}
FIELDS = (
    b"", b"abc", b"nan", b"NaN", b"inf", b"-inf", b"1e9", b"-1e9", b"1e400", b"1_0", b"0x10",
    b"--1", b"1.2.3", b"+-1", b"\xd9\xa1\xd9\xa2", b"\xff\xfe", b"null", b"-", b".", b"1e", b'"',
    b'"1', b"1 2", b"0", b"9" * 40, b"true", b"\x00",
)  # fmt: skip
JUNK = (
    b"<html><body>404</body></html>", b"# comment", b"\xef\xbb\xbf", b"\x00" * 50, b"a,b,c,d",
    b"1,2,3,4", b"1;2;3;4", b"-----", b"PK\x03\x04", b"time,x,y,z", b"0,0,0", b"\t\t\t", b"end",
)  # fmt: skip

Random = np.random.Generator


@dataclass
class Line:
    """A line of the damaged file; `row` is its place in the good table, -1 for none."""

    text: bytes
    row: int = -1
    touched: bool = False
    moved_s: float = 0.0


@dataclass
class Damaged:
    """A file under way: the number of its format, the lines above its table, and its table."""

    number: int
    head: list[bytes]
    lines: list[Line]
    head_touched: bool = False
    n_touched: int = 0


@dataclass(frozen=True)
class Good:
    """A good file and what it reads as."""

    format: Format
    head: tuple[bytes, ...]
    rows: tuple[bytes, ...]
    t_s: npt.NDArray[np.float64]
    rows_read: npt.NDArray[np.intp]
    places: dict[tuple[float, float, float], list[int]]
    start_s: float | None
    hz: float
    is_counted: bool
    turn_s: float


@cache
def good(number: int) -> Good:
    """Write and read a format; it has to be read whole."""
    form = FORMATS[number]
    raw = form.write(form.samples).encode(form.encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / form.file_name
        path.write_bytes(raw)
        layout, recording = describe(path), read(path)
        t, axes = joined(list(recording.chunks()))
    lines = raw.splitlines(keepends=True)
    head, rows = lines[: layout.header_rows], lines[layout.header_rows :]
    # Which row each sample is: by its stamp in the good file, all of which are whole.
    n_out = len(rows) - t.size
    stamped = not isinstance(layout.chosen.clock, CountedClock)
    at = np.arange(t.size) if stamped or not n_out else np.rint(t * recording.hz).astype(int)
    places: dict[tuple[float, float, float], list[int]] = {}
    for sample, row in enumerate(at):
        places.setdefault(tuple(axes[:, sample].tolist()), []).append(int(row))
    t_rows = np.full(len(rows), np.nan)
    t_rows[at] = t
    clock = layout.chosen.clock
    turn_s = clock.wraps_s or (86400.0 if isinstance(clock, TextClock) else 0.0)
    start_s = None if recording.start is None else _since_1970(recording)
    return Good(
        form, tuple(head), tuple(rows), t_rows, at, places, start_s, recording.hz,
        not stamped, turn_s,
    )  # fmt: skip


def _since_1970(recording: Recording) -> float:
    assert recording.start is not None
    start = recording.start
    return (start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp()


def joined(chunks: Sequence[Chunk]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    return (
        np.concatenate([c.t_s for c in chunks]),
        np.concatenate([c.acceleration_g for c in chunks], axis=1),
    )


@lru_cache(maxsize=200)
def moved(number: int, row: int, jump_s: float, *, only: bool) -> tuple[bytes, ...] | None:
    """Return a format's rows with stamps that jump at a row; None where they cannot."""
    form = FORMATS[number]
    t = form.samples.t_s.copy()
    if t.size != len(good(number).rows):
        return None
    if only:
        t[row] += jump_s
    else:
        t[row:] += jump_s
    try:
        raw = form.write(replace(form.samples, t_s=t)).encode(form.encoding)
    except (ValueError, OverflowError):
        return None
    rows = raw.splitlines(keepends=True)[len(good(number).head) :]
    return tuple(rows) if len(rows) == len(good(number).rows) else None


# Mutations: each changes the file in place.


def _bytes(file: Damaged, random: Random) -> None:
    """Delete, replace or put in bytes anywhere in the table."""
    at = int(random.integers(len(file.lines)))
    how = random.integers(3)
    n = int(random.integers(1, 60)) if random.random() < 0.5 else int(random.integers(1, 4))
    junk = random.bytes(n) if random.random() < 0.5 else bytes(
        random.choice(np.frombuffer(b"0123456789.,;-+eE\t \n\r\"'", dtype=np.uint8), n)
    )  # fmt: skip
    _splice(file, at, int(random.integers(len(file.lines[at].text) + 1)),
            0 if how == 0 else n, b"" if how == 1 else junk)  # fmt: skip


def _splice(file: Damaged, at: int, column: int, n_out: int, put: bytes) -> None:
    """Replace `n_out` bytes from a column of a line on; lines that they reach are one then."""
    text, last = file.lines[at].text, at
    while len(text) < column + n_out and last + 1 < len(file.lines):
        last += 1
        text += file.lines[last].text
    text = text[:column] + put + text[column + n_out :]
    if not text.endswith(b"\n") and last + 1 < len(file.lines):
        last += 1
        text += file.lines[last].text
    parts = text.splitlines(keepends=True) if b"\n" not in text else _lines(text)
    file.n_touched += max(last - at + 1, len(parts))
    file.lines[at : last + 1] = [Line(part, touched=True) for part in parts]


def _lines(text: bytes) -> list[bytes]:
    *ended, last = text.split(b"\n")
    return [*(part + b"\n" for part in ended), *([last] if last else [])]


def _double(file: Damaged, random: Random) -> None:
    """Write some lines twice, there or elsewhere."""
    at, n = int(random.integers(len(file.lines))), int(random.integers(1, 4))
    # Without a stamp a row is where it stands.
    is_counted = good(file.number).is_counted
    copies = [replace(line, touched=line.touched or is_counted) for line in file.lines[at : at + n]]
    to = at + n if random.random() < 0.5 else int(random.integers(len(file.lines)))
    file.lines[to:to] = copies
    file.n_touched += len(copies)


def _drop(file: Damaged, random: Random) -> None:
    """Leave some lines out."""
    at, n = int(random.integers(len(file.lines))), int(random.integers(1, 30))
    file.n_touched += len(file.lines[at : at + n])
    del file.lines[at : at + n]


def _swap(file: Damaged, random: Random) -> None:
    """Let two lines change places."""
    one = int(random.integers(len(file.lines)))
    two = one + 1 if random.random() < 0.5 else int(random.integers(len(file.lines)))
    two = min(two, len(file.lines) - 1)
    file.lines[one], file.lines[two] = file.lines[two], file.lines[one]
    file.n_touched += abs(two - one) + 1


def _tear(file: Damaged, random: Random) -> None:
    """Cut a line short; its end stays or goes."""
    at = int(random.integers(len(file.lines)))
    text = file.lines[at].text
    column = int(random.integers(max(1, len(text) - 1)))
    keeps = random.random() < 0.7
    n_out = len(text) - column - (len(text) - len(text.rstrip(b"\r\n")) if keeps else 0)
    _splice(file, at, column, max(0, n_out), b"")


def _field(file: Damaged, random: Random) -> None:
    """Put something else in a field."""
    at = int(random.integers(len(file.lines)))
    text = file.lines[at].text
    mark = max(b",;\t ", key=lambda code: text.count(bytes([code])))
    cells = text.rstrip(b"\r\n").split(bytes([mark]))
    cells[int(random.integers(len(cells)))] = FIELDS[int(random.integers(len(FIELDS)))]
    end = text[len(text.rstrip(b"\r\n")) :]
    file.lines[at] = Line(bytes([mark]).join(cells) + end, touched=True)
    file.n_touched += 1


def _stamp(file: Damaged, random: Random) -> None:
    """Move the stamp of one row, or of all rows from one on."""
    jump_s = JUMPS_S[int(random.integers(len(JUMPS_S)))]
    row = int(random.integers(1, len(good(file.number).rows)))
    only = bool(random.random() < 0.5)
    rows = moved(file.number, row, jump_s, only=only)
    if rows is None or good(file.number).is_counted:
        return
    for line in file.lines:
        is_meant = line.row == row if only else line.row >= row
        if is_meant and not line.touched and line.text != rows[line.row]:
            line.text = rows[line.row]
            line.moved_s = jump_s
            if only:
                line.touched = True
                file.n_touched += 1


def _repeat_stamp(file: Damaged, random: Random) -> None:
    """Give some rows the stamp of the one before, or one of another row."""
    row, n = int(random.integers(1, len(good(file.number).rows))), int(random.integers(1, 4))
    back = int(random.integers(-3, 20))
    form = FORMATS[file.number]
    t = form.samples.t_s.copy()
    if t.size != len(good(file.number).rows):
        return
    t[row : row + n] = t[max(0, min(t.size - 1, row - back))]
    rows = form.write(replace(form.samples, t_s=t)).encode(form.encoding).splitlines(keepends=True)
    rows = rows[len(good(file.number).head) :]
    if len(rows) != len(good(file.number).rows):
        return
    for line in file.lines:
        if row <= line.row < row + n and not line.touched:
            line.text, line.touched = rows[line.row], True
            file.n_touched += 1


def _truncate(file: Damaged, random: Random) -> None:
    """Cut the file off anywhere."""
    at = int(random.integers(len(file.lines)))
    column = int(random.integers(len(file.lines[at].text) + 1))
    cut = file.lines[at].text[:column]
    whole_line = cut == file.lines[at].text
    file.lines[at:] = [file.lines[at]] if whole_line else [Line(cut, touched=True)] if cut else []
    file.n_touched += 1


def _nuls(file: Damaged, random: Random) -> None:
    """Put NULs in, in one place or in several."""
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(len(file.lines)))
        _splice(file, at, int(random.integers(len(file.lines[at].text) + 1)), 0,
                b"\0" * int(random.integers(1, 100)))  # fmt: skip


def _junk(file: Damaged, random: Random) -> None:
    """Put junk before or after everything."""
    junk = JUNK[int(random.integers(len(JUNK)))] + b"\n"
    if random.random() < 0.2:
        junk = random.bytes(int(random.integers(1, 300)))
    if random.random() < 0.5:
        file.head[:0] = [junk]
        file.head_touched = True
    else:
        if file.lines and not file.lines[-1].text.endswith(b"\n"):
            file.lines[-1] = Line(file.lines[-1].text + junk, touched=True)
        else:
            file.lines += [Line(part, touched=True) for part in _lines(junk)]
        file.n_touched += 1


def _head(file: Damaged, random: Random) -> None:
    """Change the lines above the table, or put them in again further down."""
    if not file.head:
        return
    at = int(random.integers(len(file.head)))
    how = random.integers(4)
    if how == 0:
        to = int(random.integers(len(file.lines) + 1))
        file.lines[to:to] = [Line(line, touched=True) for line in file.head[at:]]
        file.n_touched += len(file.head) - at
        return
    file.head_touched = True
    text = file.head[at]
    column = int(random.integers(len(text) + 1))
    if how == 1:
        del file.head[at]
    elif how == 2:
        file.head[at] = text[:column] + random.bytes(int(random.integers(1, 4))) + text[column:]
    else:
        file.head[at] = text[:column] + text[column + int(random.integers(1, 6)) :]


def _ends(file: Damaged, random: Random) -> None:
    """Let some lines end otherwise, or with more delimiters; they say the same."""
    first, last = sorted(int(i) for i in random.integers(len(file.lines) + 1, size=2))
    end = (b"\n", b"\r\n", b" \n")[int(random.integers(3))]
    for line in file.lines[first:last]:
        if not line.touched and line.text.endswith(b"\n"):
            line.text = line.text.rstrip(b"\r\n") + end


def _empty_lines(file: Damaged, random: Random) -> None:
    """Put empty lines in."""
    for _ in range(int(random.integers(1, 5))):
        at = int(random.integers(len(file.lines) + 1))
        if at and not file.lines[at - 1].text.endswith(b"\n"):
            continue
        file.lines[at:at] = [Line((b"\n", b"\r\n")[int(random.integers(2))], touched=True)]
        file.n_touched += 1


MUTATIONS: tuple[Callable[[Damaged, Random], None], ...] = (
    _bytes, _bytes, _double, _drop, _swap, _tear, _field, _field, _stamp, _stamp, _repeat_stamp,
    _truncate, _nuls, _junk, _head, _ends, _empty_lines,
)  # fmt: skip


def _packed(data: bytes, path: Path, random: Random) -> tuple[Path, bool]:
    """Write data packed or not, now and then cut short or damaged; return whether damaged."""
    how = int(random.integers(12))
    packs: dict[int, tuple[Callable[[bytes], bytes], str]] = {
        0: (gzip.compress, ".gz"), 1: (bz2.compress, ".bz2"), 2: (lzma.compress, ".xz"),
    }  # fmt: skip
    if how not in packs and how != 3:
        path.write_bytes(data)
        return path, False
    if how == 3:
        out = path.with_suffix(".zip")
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, data)
        packed = out.read_bytes()
    else:
        pack, suffix = packs[how]
        out = path.with_name(path.name + suffix)
        packed = pack(data)
    damage = random.random()
    if damage < 0.3:
        packed = packed[: int(random.integers(len(packed) + 1))]
    elif damage < 0.5:
        at = int(random.integers(len(packed)))
        packed = packed[:at] + random.bytes(int(random.integers(1, 9))) + packed[at + 4 :]
    out.write_bytes(packed)
    return out, 0.3 <= damage < 0.5


@dataclass(frozen=True)
class Outcome:
    """What came of one file; `wrong` is empty where all is as it should be."""

    number: int
    format_name: str
    mutations: tuple[str, ...]
    result: str
    wrong: str = ""


class _TooLongError(Exception):
    pass


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise _TooLongError


def one(seed: int, number: int, folder: Path, keep: Path | None) -> Outcome:
    """Make, read and judge the file of a number."""
    random = np.random.default_rng((seed, number))
    at = int(random.integers(len(FORMATS)))
    source = good(at)
    file = Damaged(at, list(source.head), [Line(text, row) for row, text in enumerate(source.rows)])
    chosen = random.choice(len(MUTATIONS), size=int(random.choice([1, 1, 1, 2, 3])))
    for which in chosen:
        if file.lines:
            MUTATIONS[which](file, random)
    data = b"".join((*file.head, *(line.text for line in file.lines)))
    path, is_broken = _packed(data, folder / source.format.file_name, random)
    names = tuple(MUTATIONS[which].__name__.strip("_") for which in chosen)
    outcome = Outcome(number, source.format.name, names, "refused")
    began = time.perf_counter()
    signal.alarm(MOST_S)
    try:
        reading = _reading(read(path))
    except RecordingError as error:
        message = str(error)
        if "\n" in message or not message.startswith(path.name):
            outcome = replace(outcome, wrong=f"message: {message!r}")
        else:
            outcome = replace(outcome, result=f"refused: {_kind(message)}")
    except _TooLongError:
        outcome = replace(outcome, result="too long", wrong=f"more than {MOST_S} s")
    except Exception:
        outcome = replace(outcome, result="raised", wrong=traceback.format_exc(limit=-3))
    else:
        is_free = is_broken or file.head_touched
        wrong = "" if is_free else _judged(source, file, reading)
        outcome = replace(outcome, result="read", wrong=wrong)
    finally:
        signal.alarm(0)
    if time.perf_counter() - began > MOST_S and not outcome.wrong:
        outcome = replace(outcome, wrong=f"more than {MOST_S} s")
    if keep is not None and outcome.wrong:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{number}_{path.name}").write_bytes(path.read_bytes())
    path.unlink()
    return outcome


def _kind(message: str) -> str:
    text = message.split(": ", 1)[-1]
    return " ".join(word for word in text.split()[:7] if word.isalpha())


@dataclass(frozen=True)
class Reading:
    """What was read of a damaged file; `counts` by kind of repair."""

    recording: Recording
    t_s: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float32]
    counts: collections.Counter[str]


def _reading(recording: Recording) -> Reading:
    chunks = list(recording.chunks())
    counts: collections.Counter[str] = collections.Counter()
    for repair in (repair for chunk in chunks for repair in chunk.repairs):
        counts[repair.kind] += repair.count
    return Reading(recording, *joined(chunks), counts)


def _judged(source: Good, file: Damaged, reading: Reading) -> str:
    """Return what is wrong with what was read; empty where nothing is."""
    moves: dict[int, list[float]] = {}
    for line in file.lines:
        if line.row >= 0 and not line.touched:
            moves.setdefault(line.row, []).append(line.moved_s)
    # Without stamps, one that was doubled may be either: the other may be cut off, or left out.
    doubled = {line.row for line in file.lines if line.touched} if source.is_counted else set()
    read_s: list[float] = []
    wanted_s: list[float] = []
    n_strange, found = 0, set()
    samples = [tuple(sample) for sample in reading.axes.T.tolist()]
    times = collections.Counter(samples)
    for sample, when in zip(samples, reading.t_s, strict=True):
        rows = source.places.get(sample)
        if rows is None:
            n_strange += 1
            continue
        known = [row for row in rows if row in moves]
        found.update(known)
        # A number that was cut short may be that of another row, which is there twice then.
        is_one = len(known) == len(rows) == times[sample] == 1 and len(moves[known[0]]) == 1
        if is_one and known[0] not in doubled:
            read_s.append(when)
            wanted_s.append(source.t_s[known[0]] + moves[known[0]][0])
    if n_strange > file.n_touched:
        return f"{n_strange} samples are of no row, {file.n_touched} lines were touched"
    missing = len(moves.keys() & set(source.rows_read.tolist()) - found)
    n_out = sum(n for kind, n in reading.counts.items() if kind in LEAVES_OUT)
    is_cut = "truncated" in reading.counts
    if missing > n_out + file.n_touched and not is_cut:
        return f"{missing} untouched rows are missing, {n_out} are counted as left out"
    if not read_s:
        return ""
    return _clock_judged(source, file, reading, np.array(read_s), np.array(wanted_s))


def _clock_judged(
    source: Good,
    file: Damaged,
    reading: Reading,
    t: npt.NDArray[np.float64],
    wanted: npt.NDArray[np.float64],
) -> str:
    recording = reading.recording
    period_s = 1 / source.hz
    tolerance_s = 1.01 * source.format.step_s + 2 * period_s
    if source.is_counted:
        tolerance_s += file.n_touched * period_s
    off = t - wanted
    if source.turn_s:
        off -= source.turn_s * np.round((off - _middle(off)) / source.turn_s)
    if "clock_change" in reading.counts:
        off -= 3600 * np.round((off - _middle(off)) / 3600)
    worst = float(np.abs(off - _middle(off)).max())
    if worst > tolerance_s:
        return f"an untouched row is off by {worst:.6g} s, {tolerance_s:.3g} s are allowed"
    is_most = t.size > 0.7 * len(source.rows) and file.n_touched < 0.05 * t.size
    # Rows that are missing of a batch that shares a stamp look like a lower rate.
    share = 0.05 + file.n_touched / t.size * ("coarse_clock" in source.format.warnings)
    if is_most and abs(recording.hz - source.hz) > share * source.hz:
        return f"the rate is {recording.hz:g}, not {source.hz:g} Hz"
    # Where one stamp in ten is damaged, a column is no clock any more, and its date is lost.
    is_sound = file.n_touched < 0.1 * len(file.lines) or recording.start is not None
    if (recording.start is None) != (source.start_s is None) and is_sound:
        return f"the start is {recording.start}"
    if recording.start is not None and source.start_s is not None:
        wall = _since_1970(recording) + t[0] - wanted[0] - source.start_s
        if source.turn_s:
            wall -= source.turn_s * round(wall / source.turn_s)
        if abs(wall) > tolerance_s + 1 and abs(abs(wall) - 3600) > tolerance_s + 1:
            return f"the wall clock is off by {wall:.6g} s"
    return ""


def _middle(values: npt.NDArray[np.float64]) -> float:
    """Return the middle one: of two halves that differ, a median is in neither."""
    return float(np.sort(values)[values.size // 2])


def _run(job: tuple[int, range, str]) -> list[Outcome]:
    seed, numbers, keep = job
    signal.signal(signal.SIGALRM, _stop)
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder:
        return [one(seed, n, Path(folder), Path(keep) if keep else None) for n in numbers]


def _jobs(
    seed: int, numbers: range, keep: str, size: int = 250
) -> Iterator[tuple[int, range, str]]:
    for first in range(numbers.start, numbers.stop, size):
        yield seed, range(first, min(numbers.stop, first + size)), keep


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, help="one file of that seed, with its traceback")
    parser.add_argument("--keep", default="", help="a folder for the files that were read wrong")
    options = parser.parse_args()
    if options.only is not None:
        found = _run((options.seed, range(options.only, options.only + 1), options.keep))
        print(*found, sep="\n")
        return int(any(outcome.wrong for outcome in found))
    results: collections.Counter[str] = collections.Counter()
    n_wrong = 0
    numbers = range(options.first, options.first + options.files)
    with multiprocessing.Pool(options.processes) as pool:
        for outcomes in pool.imap_unordered(_run, _jobs(options.seed, numbers, options.keep)):
            for outcome in outcomes:
                results[outcome.result] += 1
                if outcome.wrong:
                    n_wrong += 1
                    print(outcome.number, outcome.format_name, outcome.mutations, outcome.wrong,
                          flush=True)  # fmt: skip
    print(f"{sum(results.values())} files of seed {options.seed}: {n_wrong} wrong")
    for result, n in results.most_common():
        print(f"{n:8d}  {result}")
    return int(n_wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
