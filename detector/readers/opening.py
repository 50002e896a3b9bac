"""A file as blocks of whole UTF-8 lines, whatever it was packed or encoded with."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..errors import RecordingError

BLOCK_BYTES = 4 * 2**20
LONGEST_LINE_BYTES = 16 * 2**20
# A piece of this size unpacks to 64 MB at the very most, so that a bomb cannot fill the memory.
_PACKED_PIECE_BYTES = 2**14
_PLAIN_PIECE_BYTES = 2**20

_PACKINGS = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bz2"),
    (b"(\xb5/\xfd", "zstd"),
)
_REFUSED_MAGIC = (
    (
        b"PK\x03\x04",
        "is a zip archive (or a .gt3x or spreadsheet, which are zip archives): "
        "unpack it and give the CSV file that holds the acceleration",
    ),
    (b"MD", "is a binary Axivity .cwa file: convert it to CSV with OMGUI or cwa-convert"),
    (b"SQLite format 3", "is a database: export the acceleration as CSV"),
    (b"PAR1", "is a Parquet file: export the acceleration as CSV"),
    (b"%PDF", "is a PDF: export the raw acceleration as CSV"),
    (b"\x89HDF", "is an HDF5 file: export the acceleration as CSV"),
    (b"0       ", "is an EDF file: export the raw acceleration as CSV"),
    (b"\xd0\xcf\x11\xe0", "is a spreadsheet: save it as CSV"),
)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _decompressor(packing: str) -> _Decompressor:
    if packing == "xz":
        return lzma.LZMADecompressor()
    if packing == "bz2":
        return bz2.BZ2Decompressor()
    return zlib.decompressobj(wbits=31)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A readable text file: how it is packed and encoded, and its size when it was opened.

    `size_bytes` bounds every pass, so that a file that still grows reads the same twice.
    """

    path: Path
    size_bytes: int
    packing: str = ""
    encoding: str = "utf-8"
    old_mac_lines: bool = False
    on_bytes: Callable[[int], None] | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The name that messages use."""
        return self.path.name

    def head(self, n_bytes: int) -> tuple[bytes, bool]:
        """Return the first `n_bytes` of text as UTF-8, and whether that is the whole file."""
        parts: list[bytes] = []
        size = 0
        for part in self._text(report=False):
            parts.append(part)
            size += len(part)
            if size > n_bytes:
                return b"".join(parts)[:n_bytes], False
        return b"".join(parts), True

    def blocks(self, block_bytes: int = BLOCK_BYTES, *, report: bool = False) -> Iterator[bytes]:
        """Yield blocks of whole lines; only the last may lack its line end.

        Raises RecordingError where the file cannot be read on, or where no line ends.
        """
        parts: list[bytes] = []
        size = 0
        for part in self._text(report=report, piece_bytes=min(block_bytes, _PLAIN_PIECE_BYTES)):
            parts.append(part)
            size += len(part)
            if size < block_bytes:
                continue
            whole = b"".join(parts)
            end = whole.rfind(b"\n") + 1
            if end:
                yield whole[:end]
            elif size > LONGEST_LINE_BYTES:
                raise RecordingError(
                    f"{self.name}: a line is longer than {LONGEST_LINE_BYTES // 2**20} MB: "
                    "this is no table of samples"
                )
            parts = [whole[end:]]
            size = len(parts[0])
        last = b"".join(parts)
        if last:
            yield last

    def _text(self, *, report: bool, piece_bytes: int = _PLAIN_PIECE_BYTES) -> Iterator[bytes]:
        data = self._unpacked(report=report, piece_bytes=piece_bytes)
        if self.encoding.startswith("utf-16"):
            data = _as_utf8(data, self.encoding)
        if self.old_mac_lines:
            data = (part.replace(b"\r", b"\n") for part in data)
        return data

    def _unpacked(self, *, report: bool, piece_bytes: int) -> Iterator[bytes]:
        try:
            if self.packing == "zstd":
                yield from self._zstd(report=report)
            elif self.packing:
                yield from self._inflated(report=report)
            else:
                yield from self._raw(piece_bytes, report=report)
        except (zlib.error, lzma.LZMAError) as error:
            raise RecordingError(
                f"{self.name}: the compressed data are damaged ({error}): copy the file again"
            ) from error
        except OSError as error:
            raise RecordingError(
                f"{self.name}: cannot be read: {error.strerror or error}"
            ) from error

    def _raw(self, piece_bytes: int, *, report: bool) -> Iterator[bytes]:
        left = self.size_bytes
        with self.path.open("rb") as file:
            while left > 0 and (piece := file.read(min(piece_bytes, left))):
                left -= len(piece)
                yield piece
                if report and self.on_bytes is not None:
                    self.on_bytes(len(piece))

    def _inflated(self, *, report: bool) -> Iterator[bytes]:
        """Unpack member after member; what follows a cut end is simply not there."""
        unpack = _decompressor(self.packing)
        for piece in self._raw(_PACKED_PIECE_BYTES, report=report):
            data = piece
            while data:
                if unpack.eof:
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    unpack = _decompressor(self.packing)
                text = unpack.decompress(data)
                if text:
                    yield text
                data = unpack.unused_data if unpack.eof else b""

    def _zstd(self, *, report: bool) -> Iterator[bytes]:
        import pyarrow as pa  # noqa: PLC0415  heavy, and needed for this packing only

        with self.path.open("rb") as file, pa.CompressedInputStream(file, "zstd") as stream:
            done = 0
            while piece := stream.read(_PLAIN_PIECE_BYTES):
                yield bytes(piece)
                if report and self.on_bytes is not None:
                    self.on_bytes(file.tell() - done)
                done = file.tell()


def _as_utf8(data: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for part in data:
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", final=True).encode()


def open_text(path: Path, on_bytes: Callable[[int], None] | None = None) -> TextFile:
    """Look at the first bytes of a file; refuse what is no text, saying what it is."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise RecordingError(
                f"{name}: is a folder: give the CSV file in it that holds the acceleration"
            )
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.read(8)
    except FileNotFoundError as error:
        raise RecordingError(f"{name}: there is no such file") from error
    except OSError as error:
        raise RecordingError(f"{name}: cannot be opened: {error.strerror or error}") from error
    if size == 0:
        raise RecordingError(f"{name}: is empty")
    packing = next((kind for magic, kind in _PACKINGS if first.startswith(magic)), "")
    raw, _ = TextFile(path, size, packing).head(2**16)
    _refuse_binary(name, raw)
    encoding = _encoding(raw)
    is_wide = encoding.startswith("utf-16")
    text = raw.decode(encoding, "replace").encode() if is_wide else raw
    lines_end_in_cr = b"\r" in text and b"\n" not in text
    return TextFile(path, size, packing, encoding, lines_end_in_cr, on_bytes)


def _refuse_binary(name: str, raw: bytes) -> None:
    if not raw.strip():
        raise RecordingError(f"{name}: is empty")
    what = next((text for magic, text in _REFUSED_MAGIC if raw.startswith(magic)), "")
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
    control = sum(raw.count(code) for code in (*range(9), *range(14, 32)) if code)
    if raw.count(0) > 0.01 * len(raw) or control > 0.01 * len(raw):
        return "binary"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
