"""A file as blocks of whole UTF-8 lines, whatever it was packed or encoded with."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from ..errors import RecordingError
from .packing import PIECE_BYTES, CutShort, inflated, inflated_zstd, packing_of

BLOCK_BYTES = 2**20
LONGEST_LINE_BYTES = 16 * 2**20
_PLAIN_PIECE_BYTES = 2**20
# What some locales write in place of the hyphen that numbers begin with, and of a blank.
_REWRITTEN = (("−".encode(), b"-"), ("\u202f".encode(), b" "), ("\u00a0".encode(), b" "))

_TORN = {n: tuple(mark[:n] for mark, _ in _REWRITTEN if n < len(mark)) for n in (1, 2)}

_REFUSED_MAGIC = (
    (
        b"PK\x03\x04",
        "is an archive within an archive: unpack it and give the CSV file that holds the "
        "acceleration",
    ),
    (b"MD", "is a binary Axivity .cwa file: convert it to CSV with OMGUI or cwa-convert"),
    (b"SQLite format 3", "is a database: export the acceleration as CSV"),
    (b"PAR1", "is a Parquet file: export the acceleration as CSV"),
    (b"%PDF", "is a PDF: export the raw acceleration as CSV"),
    (b"\x89HDF", "is an HDF5 file: export the acceleration as CSV"),
    (b"0       ", "is an EDF file: export the raw acceleration as CSV"),
    (b"\xd0\xcf\x11\xe0", "is a spreadsheet: save it as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it and give what is in it"),
    (b"Rar!", "is a RAR archive: unpack it and give what is in it"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A readable text file: how it is packed and encoded, and its size when it was opened.

    `member` is its name within the zip archive at `path`, empty for a file of its own. `size_bytes`
    bounds every pass, so that a file that still grows reads the same twice. `name` is what
    messages call it.
    """

    path: Path
    name: str
    size_bytes: int
    member: str = ""
    packing: str = ""
    encoding: str = "utf-8"
    old_mac_lines: bool = False
    is_rewritten: bool = False
    on_bytes: Callable[[int], None] | None = field(default=None, repr=False, compare=False)

    def head(self, n_bytes: int) -> tuple[bytes, bool]:
        """Return the first `n_bytes` of text as UTF-8, and whether that is the whole file."""
        parts: list[bytes] = []
        size = 0
        try:
            for part in self._text(report=False):
                parts.append(part)
                size += len(part)
                if size > n_bytes:
                    return b"".join(parts)[:n_bytes], False
        except CutShort:
            pass  # the pass through the whole file says so
        return b"".join(parts), True

    def blocks(self, block_bytes: int = BLOCK_BYTES, *, report: bool = False) -> Iterator[bytes]:
        """Yield blocks of whole lines; only the last may lack its line end.

        Raises CutShort after the last block of packed data that are not whole, RecordingError
        where the file cannot be read on, or where no line ends.
        """
        parts: list[bytes] = []
        size = done = 0
        cut: CutShort | None = None
        text = self._text(report=report, piece_bytes=min(block_bytes, _PLAIN_PIECE_BYTES))
        while True:
            try:
                part = next(text, None)
            except CutShort as error:
                cut, part = error, None
            if part is None:
                break
            size += len(part)
            end = part.rfind(b"\n") + 1
            if size >= block_bytes and end:
                block = b"".join((*parts, memoryview(part)[:end]))  # copied once, not twice
                yield block
                done += len(block)
                parts = [part[end:]]
                size = len(parts[0])
                continue
            parts.append(part)
            if size > max(block_bytes, LONGEST_LINE_BYTES):
                line = self._line_at(done + b"".join(parts).rfind(b"\n") + 1)
                raise RecordingError(
                    f"{self.name}: row {line} is longer than {LONGEST_LINE_BYTES // 2**20} MB, "
                    "which no row of samples is: export the acceleration again, or cut the file "
                    "there"
                )
        last = b"".join(parts)
        if last:
            yield last
        if cut is not None:
            raise cut

    def _line_at(self, place: int) -> int:
        """Return which line, from 1, the text has `place` bytes into it."""
        line, left = 1, place
        for part in self._text(report=False):
            line += part[:left].count(b"\n")
            left -= len(part)
            if left <= 0:
                break
        return line

    def _text(self, *, report: bool, piece_bytes: int = _PLAIN_PIECE_BYTES) -> Iterator[bytes]:
        data = self._unpacked(report=report, piece_bytes=piece_bytes)
        if self.encoding.startswith("utf-16"):
            data = _as_utf8(data, self.encoding)
        if self.old_mac_lines:
            data = (part.replace(b"\r", b"\n") for part in data)
        if self.is_rewritten:
            data = _rewritten(data)
        return data

    def _unpacked(self, *, report: bool, piece_bytes: int) -> Iterator[bytes]:
        try:
            with self._open() as file:
                if self.packing == "zstd":
                    yield from self._zstd(file, report=report)
                elif self.packing:
                    pieces = self._pieces(file, PIECE_BYTES, report=report)
                    yield from inflated(self.name, pieces, self.packing)
                else:
                    yield from self._pieces(file, piece_bytes, report=report)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise RecordingError(
                f"{self.name}: the archive is damaged ({error}): copy it again"
            ) from error
        except (NotImplementedError, RuntimeError) as error:
            if not self.member:
                raise
            raise RecordingError(
                f"{self.name}: cannot be unpacked ({error}): unpack the archive yourself and give "
                "its folder"
            ) from error
        except OSError as error:
            raise RecordingError(
                f"{self.name}: cannot be read: {error.strerror or error}: see that it is there and "
                "whole, or copy it again"
            ) from error

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        if not self.member:
            with self.path.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as inner:
            yield inner

    def _pieces(self, file: IO[bytes], piece_bytes: int, *, report: bool) -> Iterator[bytes]:
        left = self.size_bytes
        while left > 0 and (piece := file.read(min(piece_bytes, left))):
            left -= len(piece)
            yield piece
            if report and self.on_bytes is not None:
                self.on_bytes(len(piece))

    def _zstd(self, file: IO[bytes], *, report: bool) -> Iterator[bytes]:
        done = 0
        for text in inflated_zstd(self.name, file):
            yield text
            if report and self.on_bytes is not None:
                self.on_bytes(file.tell() - done)
                done = file.tell()


def _as_utf8(data: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for part in data:
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", final=True).encode()


def _rewritten(data: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in data:
        text = rest + part
        torn = next((n for n in (2, 1) if text.endswith(_TORN[n])), 0)
        whole = len(text) - torn
        text, rest = text[:whole], text[whole:]
        for mark, plain in _REWRITTEN:
            text = text.replace(mark, plain)
        yield text
    yield rest


def open_text(path: Path, name: str, size_bytes: int, member: str = "") -> TextFile:
    """Look at the first bytes of a file, or of a zip's member; refuse what is no text."""
    if size_bytes == 0:
        raise RecordingError(f"{name}: is empty: export the recording again")
    first, _ = TextFile(path, name, size_bytes, member).head(8)
    packed = TextFile(path, name, size_bytes, member, packing_of(first))
    raw, _ = packed.head(2**16)
    if packed.packing and not raw:
        raise RecordingError(f"{name}: is empty, or cut off: copy the file again")
    _refuse_binary(name, raw)
    encoding = _encoding(raw)
    is_wide = encoding.startswith("utf-16")
    text = raw.decode(encoding, "replace").encode() if is_wide else raw
    lines_end_in_cr = b"\r" in text and b"\n" not in text
    return replace(
        packed,
        encoding=encoding,
        old_mac_lines=lines_end_in_cr,
        is_rewritten=encoding != "cp1252" and any(mark in text for mark, _ in _REWRITTEN),
    )


def _refuse_binary(name: str, raw: bytes) -> None:
    if not raw.strip(b"\0 \t\r\n"):
        raise RecordingError(f"{name}: is empty: export the recording again")
    what = next((text for magic, text in _REFUSED_MAGIC if raw.startswith(magic)), "")
    if raw[257:262] == b"ustar":
        raise RecordingError(f"{name}: is a tar archive: unpack it and give what is in it")
    is_binary = _encoding(raw) == "binary"
    # "MD" may also be two letters of an ordinary text.
    if what and (is_binary or raw[:2] != b"MD"):
        raise RecordingError(f"{name}: {what}")
    if is_binary:
        raise RecordingError(
            f"{name}: is binary data, not text: export the raw acceleration as CSV"
        )


def _encoding(raw: bytes) -> str:
    """Tell the encoding of the first bytes: utf-8, utf-16, utf-16-le, utf-16-be, cp1252, binary."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros_even, zeros_odd = raw[0::2].count(0), raw[1::2].count(0)
    half = max(1, len(raw) // 2)
    if zeros_odd > 0.4 * half and zeros_even < 0.1 * half:
        return "utf-16-le"
    if zeros_even > 0.4 * half and zeros_odd < 0.1 * half:
        return "utf-16-be"
    # Runs of zeros are rows that a device could not write any more.
    raw = re.sub(rb"\0{8,}", b"", raw)
    control = sum(raw.count(code) for code in (*range(9), *range(14, 32)) if code)
    if raw.count(0) > 0.01 * len(raw) or control > 0.01 * len(raw):
        return "binary"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
