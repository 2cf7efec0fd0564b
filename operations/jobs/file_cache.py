"""What was computed from files of the job folders, so that only what has changed is read again.

One JSON line an entry: key, signature of the files, value; a later line replaces an earlier one.
The first line says what it is about: another code or other axes begin anew. Each time it is written
a line with a sum of all before follows: what a kill has torn, or a bit has flipped in, is not read.
The file may be deleted at any time; it comes back with the next look at all jobs.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from operations.jobs.files import SETTLED, open_file, read_bytes, replacing
from operations.jobs.progress import say

#: Where caches are, below the root.
CACHE = Path("results") / ".cache"

#: Bytes of a cache that are read, at most.
MOST = 2_000_000_000


class FileCache:
    """Values by key, each valid while its files are the same.

    A file is the same while its inode, size and times are; a file that has just been written is
    not trusted, because it may be written again within the resolution of the times.

    Parameters
    ----------
    path : Path
    about : str
        What the values depend on beside their files, such as `sources` of the code.
    """

    def __init__(self, path: Path, about: str) -> None:
        self.path, self.about = path, about
        self._entries: dict[str, list[Any]] = {}
        self._new: dict[str, list[Any]] = {}
        self._asked: set[str] = set()
        #: Entries in the file, replaced ones too; None where it must be written anew.
        self._n_lines: int | None = None
        self._sum = 0
        self._load()

    def _load(self) -> None:
        try:
            content = read_bytes(self.path, MOST)
            whole = _whole(content)
            lines = [line for line in whole.split(b"\n") if line and line[:1] != b"#"]
            header, *entries = json.loads(b"[" + b",".join(lines) + b"]")
            if header == self.about:
                self._entries = {key: [signature, value] for key, signature, value in entries}
                self._n_lines = len(entries) if whole == content else None
                self._sum = zlib.crc32(whole)
        except (OSError, ValueError, TypeError, RecursionError):
            self._entries = {}

    def get(self, key: str, files: Iterable[str], compute: Callable[[], Any]) -> Any:
        """The value of a key.

        Parameters
        ----------
        key : str
        files : iterable of str
            Paths of all that `compute` reads, always in the same order; they need not exist.
        compute : callable
            Makes the value, of JSON types, where it is not known.
        """
        self._asked.add(key)
        signature, newest = signature_of(files)  # before reading: a change meanwhile is noticed
        known = self._entries.get(key)
        if known is not None and known[0] == signature:
            return known[1]
        value = compute()
        if time.time() - newest / 1e9 > SETTLED:
            self._new[key] = [signature, value]
        return value

    def save(self) -> None:
        """Keep what is new; only for the holder of a lock. A disk that is full costs nothing but
        the time to compute again."""
        kept = {key: self._entries[key] for key in self._entries.keys() & self._asked}
        whole = kept | self._new
        n_lines = (self._n_lines or 0) + len(self._new)
        append = self._n_lines is not None and n_lines <= 2 * len(whole) + 100
        if append and not self._new:
            return
        entries = self._new if append else whole
        text = "" if append else json.dumps(self.about) + "\n"
        text += "".join(json.dumps([key, *entry]) + "\n" for key, entry in entries.items())
        sum_of_all = zlib.crc32(text.encode(), self._sum if append else 0)
        text += f"#{sum_of_all:08x}\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if append:
                with open(open_file(self.path, os.O_WRONLY | os.O_APPEND), "ab") as stream:
                    stream.write(text.encode())
            else:
                with replacing(self.path) as temporary:
                    temporary.write_text(text)
        except OSError as error:
            say(f"{self.path} not written: {error}")


def _whole(content: bytes) -> bytes:
    """The beginning of a file up to the last sum that is right."""
    end = len(content)
    while end > 0:
        begin = content.rfind(b"\n#", 0, end) + 1
        line = content[begin : begin + 10]
        if begin and line == b"#%08x\n" % zlib.crc32(content[:begin]):
            return content[: begin + 10]
        end = begin - 1
    return b""


def signature_of(files: Iterable[str]) -> tuple[str, int]:
    """What tells files from their later versions, and the newest of their times in ns (0 where
    there are none)."""
    parts: list[int | None] = []
    newest = 0
    for file in files:
        try:
            found = os.lstat(file)
        except OSError:
            parts.append(None)
            continue
        changed, modified = found.st_ctime_ns, found.st_mtime_ns
        parts += (found.st_ino, found.st_size, modified, changed)
        newest = max(newest, changed, modified)
    # version 2: the same bytes for the same numbers
    return hashlib.blake2b(marshal.dumps(parts, 2), digest_size=16).hexdigest(), newest


def sources(*files: str | Path) -> str:
    """A hash of source files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()[:16]
