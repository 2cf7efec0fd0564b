"""Configurations of jobs, read from files that nobody vouches for."""

from __future__ import annotations

import os
from pathlib import Path

from analysis.configuration import Configuration
from operations.jobs.files import open_file

#: Particles of a configuration, at most.
MOST_PARTICLES = 20_000_000


def read_configuration(path: Path, frame: int = 0, most: int = MOST_PARTICLES) -> Configuration:
    """A configuration of a job; nothing large is read before its size is known.

    Parameters
    ----------
    path : Path
        A GSD file; links are not followed.
    frame : int
        Counted from 0; -1 is the last one.
    most : int
        Particles, at most.

    Raises
    ------
    ValueError
        Where the file holds no such frame, or more particles than bytes.
    OSError, RuntimeError, KeyError
        Where it cannot be read.
    """
    import gsd.fl

    handle = open_file(path)
    size = os.fstat(handle).st_size
    os.close(handle)
    with gsd.fl.open(str(path), "r") as file:
        at = frame if frame >= 0 else file.nframes - 1
        if not 0 <= at < file.nframes:
            raise ValueError(f"{path.name} has {file.nframes} frames, no frame {frame}")
        holder = at if file.chunk_exists(at, "particles/N") else 0
        n = 0
        if file.chunk_exists(holder, "particles/N"):
            n = int(file.read_chunk(holder, "particles/N").ravel()[0])
    if n > most:
        raise ValueError(f"{n} particles are too many for this, at most {most}")
    if 12 * n > size + 12:  # single precision positions
        raise ValueError(f"{path.name} says it has {n} particles, and has {size} bytes")
    return Configuration.read(path, at)


def in_a_line(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError | ValueError | RuntimeError) and text:
        return text[:300]
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
