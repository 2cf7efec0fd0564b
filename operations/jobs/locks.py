"""Locks between processes, by POSIX record locks: they end with the process, however that ends.

They hold across the nodes of a cluster where the file system passes locks on (NFS 4, Lustre with
`flock`, GPFS). Where it has none, a warning says so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.jobs.files import open_file

LOCK = ".lock"
#: File in a root that is locked while one process makes jobs.
JOBS_LOCK = ".init.lock"
_FLOCK = "hhqqi4x"  # struct flock of Linux on 64 bits: type, whence, start, length, pid


class BusyError(Exception):
    """Another process holds the lock."""


@contextmanager
def exclusive(folder: Path, name: str = LOCK, wait: str = "") -> Iterator[None]:
    """Hold the lock of a folder.

    Parameters
    ----------
    folder : Path
    name : str
        File that is locked.
    wait : str
        Said on stderr where another process has the lock, which is then waited for; without it
        the lock is had at once or not at all.

    Raises
    ------
    BusyError
        Where another process has the lock, and `wait` is empty.
    OSError
        Where the file cannot be made, or is a link or no file; nothing is written to it.
    """
    with open(open_file(folder / name, os.O_RDWR | os.O_CREAT), "rb+", buffering=0) as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                print(f"no locks on this file system ({error}): do one at a time", file=sys.stderr)
            elif not wait:
                raise BusyError from None
            else:
                print(wait, file=sys.stderr, flush=True)
                fcntl.lockf(handle, fcntl.LOCK_EX)
        yield


def is_worked_on(folder: Path, active: Collection[str] = ()) -> bool:
    """Whether a job is being worked on, by its lock or, where locks do not travel, by the ids that
    run as the scheduler says."""
    return folder.name in active or is_locked(folder)


def is_locked(folder: Path, name: str = LOCK) -> bool:
    """Whether another process holds the lock of a folder; asks, never takes it, and needs no
    permission to write."""
    try:
        handle = open_file(folder / name)
    except OSError:
        return False
    try:
        question = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(handle, fcntl.F_GETLK, question)
        return struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK
    except OSError:
        return False
    finally:
        os.close(handle)
