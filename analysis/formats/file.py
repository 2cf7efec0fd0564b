"""A file from elsewhere: its name, its bytes, its text, never more than can be held in memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from workspace_schema.inputs import LARGEST_FILE, too_large

#: Bytes of the largest text that is read.
LARGEST = 500_000_000

_PACKED: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
#: What the first bytes of files say that are no text.
_NO_TEXT = {
    b"PK\x03\x04": "an Excel or ZIP file; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV",
    b"\x89HDF": "an HDF5 file; write the table as CSV",
    b"\x89PNG": "a picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"%PDF": "a PDF document",
    b"CDF": "a NetCDF file",
}


@dataclass
class File:
    """A file that is read once.

    Attributes
    ----------
    path : Path
        Where its content is.
    name : str
        How the user calls it; what kind it is of is known by this.
    notes : list of str
        What was decided while reading that the user should know.
    """

    path: Path
    name: str
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note, once; "" is none."""
        if text and text not in self.notes:
            self.notes.append(text)

    def check(self) -> None:
        """Refuse what cannot be read in a bounded time.

        Raises
        ------
        ValueError
            If it is no ordinary file (a folder, a pipe, a device), empty, or larger than
            `LARGEST_FILE`.
        OSError
            If it is not there.
        """
        status = self.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is no ordinary file")
        if status.st_size == 0:
            raise ValueError("is empty")
        if status.st_size > LARGEST_FILE:
            raise ValueError(too_large(status.st_size, LARGEST_FILE))

    @property
    def plain_name(self) -> str:
        """The last part of its name without that of a packing program."""
        name = PurePath(self.name).name
        suffix = PurePath(name).suffix.lower()
        return name[: -len(suffix)] if suffix in _PACKED else name

    @cached_property
    def content(self) -> bytes:
        """All bytes, unpacked."""
        unpack = _PACKED.get(PurePath(self.name).suffix.lower())
        try:
            with unpack(self.path) if unpack else self.path.open("rb") as stream:
                content = stream.read(LARGEST + 1)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            if unpack is None or (isinstance(error, OSError) and error.errno is not None):
                raise
            raise ValueError(f"cannot be unpacked: {error}") from error
        if len(content) > LARGEST:
            raise ValueError(too_large(None if unpack else self.path.stat().st_size, LARGEST))
        return content

    @cached_property
    def text(self) -> str:
        """The text of UTF-8, UTF-16 (with or without a byte order mark) or Latin-1 bytes."""
        self.check_no_other()
        text = _decoded(self.content)
        if re.search(r"[\x00-\x06\x0e-\x1a\x1c-\x1f]", text[:100_000]):
            raise ValueError("is no text")
        if not text.strip():
            raise ValueError("is empty")
        return text

    def check_no_other(self) -> None:
        """Raise ValueError where the first bytes are those of a known kind that is not read."""
        for magic, what in _NO_TEXT.items():
            if self.content.startswith(magic):
                raise ValueError(f"is {what}")

    def ends_early(self, first: int, n: int) -> bool:
        """Whether the last of `n` lines has no end and is shorter than any other: cut in the
        middle of a number."""
        lines = self.lines[first : first + n]
        shorter = len(lines) > 1 and len(lines[-1]) < min(map(len, lines[:-1]))
        return shorter and not self.text.endswith(("\n", "\r"))

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return [line.rstrip("\r\n") for line in io.StringIO(self.text, newline=None)]


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(content, "utf-16")
    start = content[:1000]
    # plain text in UTF-16 has a zero in every other byte
    if len(start) > 3 and start.count(0) > len(start) // 3:
        return _decode(
            content, "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"is no text: {error}") from None
