"""Rows that are laid out alike give the same numbers, to the last bit, as pyarrow reads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.readers import ReadOptions, fixed, parse
from detector.readers.clock import Clock, CountedClock, NumberClock, PartsClock, TextClock
from detector.readers.dialect import Dialect
from detector.readers.digits import MOST_DIGITS, number_of
from detector.readers.parse import Parsed, RowParser
from detector.readers.parts import recognize_parts
from detector.readers.sources import open_source
from detector.readers.stamps import DateOrder, seconds_of_list
from detector.readers.stream import SampleStream

FIRST_NS = 1_705_386_599 * 10**9
BASE_S = FIRST_NS // 10**9 - 7
STAMPS: dict[str, DateOrder] = {
    "%Y-%m-%d %H:%M:%S.{ns:.3}": "ymd",
    "%Y-%m-%dT%H:%M:%S.{ns:.6}": "ymd",
    "%Y-%m-%dT%H:%M:%S.{ns:.3}Z": "ymd",
    "%Y-%m-%d %H:%M:%S.{ns}+02:00": "ymd",
    "%Y-%m-%d %H:%M:%S:{ns:.3}": "ymd",
    "%Y%m%d %H:%M:%S.{ns:.2}": "ymd",
    "%d.%m.%Y %H:%M:%S.{ns:.1}": "dmy",
    "%m/%d/%Y %I:%M:%S.{ns:.2} %p": "mdy",
    "%d-%b-%Y %H:%M:%S": "dmy",
    "%H:%M:%S.{ns:.3}": "ymd",
}


def texts(pattern: str, ticks_ns: Sequence[int]) -> list[str]:
    return [
        datetime.fromtimestamp(ns // 10**9, UTC).strftime(pattern.format(ns=f"{ns % 10**9:09d}"))
        for ns in ticks_ns
    ]


@st.composite
def numbers(draw: st.DrawFn, mark: str, decimals: int, n: int) -> list[str]:
    """A column of numbers as one exporter writes them."""
    digits = st.integers(0, 15).flatmap(lambda size: st.integers(0, 10**size - 1))
    strips_zeros = draw(st.booleans())
    column = []
    for number in draw(st.lists(digits, min_size=n, max_size=n)):
        whole, part = divmod(number, 10**decimals)
        after = f"{part:0{decimals}d}" if decimals else ""
        after = after.rstrip("0") if strips_zeros else after
        column.append(draw(st.sampled_from(["", "-"])) + str(whole) + (after and mark + after))
    return column


@st.composite
def clocks(draw: st.DrawFn, mark: str, n: int) -> tuple[Clock, list[list[str]]]:
    """A clock in the first columns, and what stands in them."""
    first = FIRST_NS + draw(st.integers(0, 10**14))
    ticks = [first + draw(st.integers(1, 2 * 10**9)) * i for i in range(n)]
    days = texts("%Y-%m-%d", ticks)
    parts = [texts(f"%{part}", ticks) for part in "YmdHMS"]
    since = [str(t - first) for t in ticks]
    zone = draw(st.sampled_from([None, ZoneInfo("Europe/Berlin")]))
    found: list[tuple[Clock, list[list[str]]]] = [
        (CountedClock(50.0), []),
        (TextClock((0, 1), "ymd", BASE_S, ""), [days, texts("%H:%M:%S.{ns:.3}", ticks)]),
        (PartsClock((0, 1, 2, 3, 4, 5), BASE_S), parts),
        (NumberClock(0, 1e-9, ticks[0], "", is_integer=True), [[str(t) for t in ticks]]),
        (NumberClock(0, 1e-3, ticks[0] // 10**6, ""), [[str(t // 10**6) for t in ticks]]),
        (NumberClock(0, 1e-9, 0.0, ""), [since]),
    ]
    seconds = [f"{t // 10**9}{mark}{t % 10**9:09d}"[:-3] for t in ticks]
    found.append((NumberClock(0, 1.0, float(seconds[0].replace(mark, ".")), ""), [seconds]))
    for pattern, order in STAMPS.items():
        found.append((TextClock((0,), order, BASE_S, "", zone), [texts(pattern, ticks)]))
    return draw(st.sampled_from(found))


@st.composite
def tables(draw: st.DrawFn) -> tuple[RowParser, bytes]:
    """A block as one exporter writes it, and the parser for it."""
    n = draw(st.integers(1, 9))
    mark = draw(st.sampled_from(".,"))
    delimiter = draw(st.sampled_from(";\t|" if mark == "," else ",;\t"))
    clock, columns = draw(clocks(mark, n))
    axes = []
    decimals = draw(st.integers(0, 12))
    extra = st.lists(st.text("ab 0.-'é", max_size=4), min_size=n, max_size=n)
    for _ in range(3):
        columns += draw(st.lists(extra, max_size=1))
        axes.append(len(columns))
        columns.append(draw(numbers(mark, decimals, n)))
    columns += draw(st.lists(extra, max_size=1))
    dialect = Dialect(delimiter, mark, len(columns), has_quotes=False)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [delimiter.join(cells) + newline for cells in zip(*columns, strict=True)]
    return RowParser(dialect, (axes[0], axes[1], axes[2]), clock), "".join(lines).encode()


def assert_same(one: Parsed, other: Parsed) -> None:
    """Hold that two ways of reading gave the same, to the last bit."""
    assert (one.n_lines, one.n_rows) == (other.n_lines, other.n_rows)
    for mine, others in zip(one.parts, other.parts, strict=True):
        assert mine.bad == others.bad
        for name in ("t_s", "axes", "line"):
            a, b = getattr(mine, name), getattr(others, name)
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            assert a.tobytes() == b.tobytes(), (name, a, b)


def general(parser: RowParser) -> RowParser:
    return replace(parser, tries_fixed=False)


def test_a_mark_in_the_cell_before_is_no_mark_of_this_one() -> None:
    clock = TextClock(columns=(0,), order="ymd", base_s=0, kind="")
    parser = RowParser(Dialect(",", ".", 5, has_quotes=False), (1, 3, 4), clock)
    block = b"2024-01-16T06:29:59.000000,0.0013,.00,0,0.0013\n"
    found = parser.parse(block, 1, 0)
    assert found.is_fixed
    assert_same(found, general(parser).parse(block, 1, 0))


@settings(deadline=None)
@given(tables(), st.sampled_from([1, 3, 12_000]))
def test_what_exporters_write_is_read_as_pyarrow_reads_it(
    table: tuple[RowParser, bytes], piece_rows: int
) -> None:
    parser, block = table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fixed, "_PIECE_ROWS", piece_rows)
        found = parser.parse(block, 11, 5)
    assert found.is_fixed
    assert_same(found, general(parser).parse(block, 11, 5))


@settings(deadline=None)
@given(tables())
def test_a_last_line_needs_no_end(table: tuple[RowParser, bytes]) -> None:
    parser, block = table
    block = block.removesuffix(b"\n").removesuffix(b"\r")
    assert_same(parser.parse(block, 1, 0), general(parser).parse(block, 1, 0))


PLAIN = RowParser(Dialect(",", ".", 4, has_quotes=False), (1, 2, 3), TextClock((0,), "ymd", 0, ""))
ROWS = [f"2024-01-16 06:29:{i:02d}.500,-0.25{i % 10},1.500,12.75{i % 10},7\n" for i in range(20)]
WITH_EXTRA = replace(PLAIN, dialect=replace(PLAIN.dialect, n_columns=5))
DEVIATIONS = {
    "an exponent": ("1.500", "1.5E0"),
    "an empty cell": ("1.500", ""),
    "a missing number": ("1.500", "NaN"),
    "a sign alone": ("1.500", "-"),
    "two signs": ("1.500", "--1.500"),
    "a plus": ("1.500", "+1.500"),
    "a blank": ("1.500", " 1.500"),
    "quotes": ("1.500", '"1.500"'),
    "no digit before the mark": ("1.500", ".500"),
    "no digit behind the mark": ("1.500", "1."),
    "two marks": ("1.500", "1.5.0"),
    "the other mark": ("1.500", "1;500"),
    "a letter": ("1.500", "1.5O0"),
    "too many digits": ("1.500", "1.5000000000000001"),
    "too many decimals": ("1.500", "1.5000000000000"),
    "one cell more": ("1.500", "1.500,3"),
    "one cell less": ("1.500,", ""),
    "the last cell left out": (",7\n", "\n"),
    "an impossible hour": (" 06:", " 26:"),
    "an impossible second": (":07.500", ":67.500"),
    "a wider stamp": (".500,", ".5000,"),
    "another stamp": ("-16 06", "-16T06"),
    "no stamp": ("2024-01-16 06:29:07.500", "2024-01-16 06:29:o7.500"),
    "a return within a cell that is not read": (",7\n", ",7\r8\n"),
    "a return that the others lack": (",7\n", ",7\r\n"),
    "an empty line": (",7\n", ",7\n\n"),
    "a line of something else": (",7\n", ",7\nbattery low\n"),
}


@pytest.mark.parametrize("name", DEVIATIONS)
@pytest.mark.parametrize("place", [0, 7, 19])
def test_one_row_that_deviates_leaves_the_block_to_pyarrow(name: str, place: int) -> None:
    old, new = DEVIATIONS[name]
    row = ROWS[7]
    assert old in row
    rows = [*ROWS[:place], row.replace(old, new, 1), *ROWS[place + 1 :]]
    block = "".join(rows).encode()
    found = WITH_EXTRA.parse(block, 3, 0)
    if name == "another stamp":
        assert found.is_fixed  # of the same width, and as good
    else:
        assert not found.is_fixed
    assert_same(found, general(WITH_EXTRA).parse(block, 3, 0))


def test_a_cell_too_many_does_not_make_up_for_one_too_few() -> None:
    rows = [ROWS[0], ROWS[1].replace(",7", ",7,8"), ROWS[2].replace(",7", ""), ROWS[3]]
    assert not WITH_EXTRA.parse("".join(rows).encode(), 1, 0).is_fixed


def test_quotes_are_never_tried() -> None:
    quoted = replace(WITH_EXTRA, dialect=replace(WITH_EXTRA.dialect, has_quotes=True))
    assert not quoted.parse("".join(ROWS).encode(), 1, 0).is_fixed


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_decimals_beside_the_middle_of_two_floats_round_as_their_text(
    seed: int, decimals: int
) -> None:
    rng = np.random.default_rng(seed)
    low = (10.0 ** rng.uniform(-6, 3, 300)).astype(np.float32)
    middle = [
        (Fraction(float(a)) + Fraction(float(b))) / 2
        for a, b in zip(low, np.nextafter(low, np.float32(np.inf)), strict=True)
    ]
    nearest = [round(m * 10**decimals) + int(rng.integers(-1, 2)) for m in middle]
    numbers = [abs(number) % 10**15 for number in nearest]
    cells = [f"{n // 10**decimals}.{n % 10**decimals:0{decimals}d}".rstrip(".") for n in numbers]
    block = "".join(f"{','.join(cells[i : i + 3])}\n" for i in range(0, 300, 3)).encode()
    parser = RowParser(Dialect(",", ".", 3, has_quotes=False), (0, 1, 2), CountedClock(1.0))
    found = parser.parse(block, 1, 0)
    assert found.is_fixed
    assert_same(found, general(parser).parse(block, 1, 0))
    for value, number in zip(found.parts[0].axes.T.flat, numbers, strict=True):
        exact = Fraction(number, 10**decimals)
        away = abs(Fraction(float(value)) - exact)
        for other in (np.nextafter(value, np.float32(-1)), np.nextafter(value, np.float32(np.inf))):
            assert away <= abs(Fraction(float(other)) - exact)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**MOST_DIGITS - 1), min_size=1, max_size=9), st.integers(0, 9))
def test_digits_make_the_number_they_are(values: list[int], more: int) -> None:
    width = min(MOST_DIGITS, max(len(str(value)) for value in values) + more)
    rows = np.array([[int(c) for c in f"{value:0{width}d}"] for value in values], dtype=np.uint8)
    assert number_of(np.ascontiguousarray(rows.T)).tolist() == values


@settings(deadline=None)
@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=9))
def test_long_integers_lose_nothing(since: list[int]) -> None:
    base = FIRST_NS
    block = "".join(f"{base + ns},0,0,1\n" for ns in since).encode()
    parser = replace(PLAIN, clock=NumberClock(0, 1.0, base, "", is_integer=True))
    found = parser.parse(block, 1, 0)
    assert found.is_fixed
    assert found.parts[0].t_s.tolist() == [float(ns) for ns in since]
    assert_same(found, general(parser).parse(block, 1, 0))


def test_an_integer_beyond_64_bits_is_left_to_pyarrow() -> None:
    parser = replace(PLAIN, clock=NumberClock(0, 1.0, 0, "", is_integer=True))
    for text, is_fixed in ((str(2**63 - 1), True), (str(2**63), False), ("12.5", False)):
        assert parser.parse(f"{text},0,0,1\n".encode(), 1, 0).is_fixed == is_fixed


@settings(deadline=None)
@given(st.integers(0, 10**16), st.integers(1, 12), st.sampled_from([0, BASE_S]))
def test_a_stamp_is_the_float_nearest_to_its_text(ns: int, decimals: int, base_s: int) -> None:
    ticks = BASE_S * 10**9 + ns
    fraction = f"{ticks % 10**9:09d}987"[:decimals]
    text = texts(f"%Y-%m-%d %H:%M:%S.{fraction}", [ticks])[0]
    used = fraction[:9]
    after = Fraction(ticks // 10**9 - base_s) + Fraction(int(used), 10 ** len(used))
    nearest = float(after)
    found = float(seconds_of_list([text], "ymd")[0]) if base_s == 0 else None
    parser = replace(PLAIN, clock=TextClock((0,), "ymd", base_s, ""))
    parsed = parser.parse(f"{text},0,0,1\n".encode(), 1, 0)
    assert parsed.is_fixed
    read_s = float(parsed.parts[0].t_s[0])
    assert found is None or found == read_s
    if after.numerator * (10 ** len(used) // after.denominator) < 2**53:
        assert read_s == nearest
    else:
        assert read_s == pytest.approx(nearest, rel=2**-52)


def write(path: Path, n: int, number: str) -> Path:
    rows = [f"2024-01-16 06:{i // 6000:02d}:{i // 100 % 60:02d}.{i % 100:02d}0" for i in range(n)]
    table = "".join(f"{row},0.1,{number},0.9\n" for row in rows)
    path.write_text(f"Time,X (g),Y (g),Z (g)\n{table}")
    return path


def stream_of(path: Path) -> SampleStream:
    part = recognize_parts(open_source(path), ReadOptions()).parts[0]
    return replace(part.stream(0.0, None), block_bytes=2**14)


@pytest.mark.parametrize(("every", "tried"), [(1, 3), (2000, 10)])
def test_a_file_that_is_never_fixed_is_not_tried_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int, tried: int
) -> None:
    path = write(tmp_path / "night.csv", 4000, "0.25")
    lines = path.read_text().splitlines(keepends=True)
    lines[1::every] = [line.replace(",0.25,", ",2.5e-1,") for line in lines[1::every]]
    path.write_text("".join(lines))
    stream = stream_of(path)
    calls = []
    monkeypatch.setattr(parse, "read_fixed", lambda *a: calls.append(a) or fixed.read_fixed(*a))
    found = list(stream.chunks())
    assert len(calls) == tried
    assert sum(chunk.t_s.size for chunk in found) == 4000
    monkeypatch.setattr(parse, "read_fixed", lambda *_: None)
    for one, other in zip(found, stream.chunks(), strict=True):
        assert one.t_s.tobytes() == other.t_s.tobytes()
        assert one.acceleration_g.tobytes() == other.acceleration_g.tobytes()


def test_reading_an_ordinary_file_imports_no_pyarrow(tmp_path: Path) -> None:
    path = write(tmp_path / "plain.csv", 4000, "0.25")
    program = (
        "import sys\n"
        "from detector.readers import read\n"
        f"n = sum(chunk.t_s.size for chunk in read({str(path)!r}).chunks())\n"
        "assert n == 4000, n\n"
        "assert 'pyarrow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
