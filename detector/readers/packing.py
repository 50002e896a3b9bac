"""Packed bytes unpacked piece by piece, and never to more than a recording can be."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

from ..errors import RecordingError

# A piece of this size unpacks to 64 MB at the very most, so that a bomb cannot fill the memory.
PIECE_BYTES = 2**14
# Rows of a still sensor, the most alike there are, pack to a thirtieth; a bomb to a thousandth.
MOST_TIMES = 100
_HARMLESS_BYTES = 2**24
_TEXT_PIECE_BYTES = 2**16

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bz2"),
    (b"(\xb5/\xfd", "zstd"),
)


class CutShort(Exception):  # noqa: N818  a state of the data that readers mend, no failure
    """The packed data end before they are whole; all that came before was given out."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def packing_of(first: bytes) -> str:
    """Return gzip, xz, bz2 or zstd by a file's first bytes; empty where it is not packed."""
    return next((kind for magic, kind in _MAGIC if first.startswith(magic)), "")


def require_no_bomb(name: str, packed_bytes: int, unpacked_bytes: int) -> None:
    """Raise RecordingError where data unpack to more than any recording does."""
    if unpacked_bytes > _HARMLESS_BYTES and unpacked_bytes > MOST_TIMES * packed_bytes:
        raise RecordingError(
            f"{name}: unpacks to more than {MOST_TIMES} times its size, which no recording does: "
            "unpack it yourself and give the CSV file, if it is one"
        )


def inflated(name: str, pieces: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """Unpack gzip, xz or bz2, member after member.

    Raises CutShort at an end that comes too early, RecordingError where the data are damaged.
    """
    unpack = _decompressor(packing)
    n_packed = n_text = 0
    try:
        for piece in pieces:
            n_packed += len(piece)
            data = piece
            while data:
                if unpack.eof:
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    unpack = _decompressor(packing)
                text = unpack.decompress(data)
                n_text += len(text)
                require_no_bomb(name, n_packed, n_text)
                if text:
                    yield text
                data = unpack.unused_data if unpack.eof else b""
    except (zlib.error, lzma.LZMAError, OSError) as error:
        raise _damaged(name, error) from error
    if not unpack.eof:
        raise CutShort


def inflated_zstd(name: str, file: IO[bytes]) -> Iterator[bytes]:
    """Unpack zstd; raises as `inflated` does."""
    import pyarrow as pa  # noqa: PLC0415  heavy, and needed for this packing only

    n_text = 0
    with pa.CompressedInputStream(file, "zstd") as stream:
        while True:
            try:
                text = bytes(stream.read(_TEXT_PIECE_BYTES))
            except OSError as error:
                if "truncated" in str(error).lower():
                    raise CutShort from error
                raise _damaged(name, error) from error
            if not text:
                return
            n_text += len(text)
            require_no_bomb(name, file.tell(), n_text)
            yield text


def _damaged(name: str, error: Exception) -> RecordingError:
    return RecordingError(f"{name}: the compressed data are damaged ({error}): copy the file again")


def _decompressor(packing: str) -> _Decompressor:
    if packing == "xz":
        return lzma.LZMADecompressor()
    if packing == "bz2":
        return bz2.BZ2Decompressor()
    return zlib.decompressobj(wbits=31)
