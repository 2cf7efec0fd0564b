"""The trajectory of a job: appended chunk by chunk, cut back to what the checkpoint knows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from analysis.configuration import Configuration
from operations.jobs.files import replacing

FILE = "trajectory.gsd"


def append(path: Path, frames: Iterable[tuple[int, Configuration]]) -> None:
    """Append configurations with their steps."""
    import gsd.hoomd

    with gsd.hoomd.open(str(path), "r+" if path.exists() else "x") as trajectory:
        for step, configuration in frames:
            trajectory.append(configuration.to_frame(step))
    # On the disk before the checkpoint that counts these frames.
    with open(path, "rb") as handle:
        os.fsync(handle.fileno())


def keep(path: Path, n_frames: int) -> None:
    """Drop every frame after the first `n_frames`, which a killed run may have left.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    import gsd.hoomd

    if not path.exists():
        if n_frames:
            raise ValueError(f"{path} is missing; the checkpoint counts {n_frames} frames in it")
        return
    with gsd.hoomd.open(str(path), "r") as trajectory:
        if len(trajectory) == n_frames:
            return
        if len(trajectory) < n_frames:
            raise ValueError(
                f"{path} has {len(trajectory)} frames; the checkpoint counts {n_frames}"
            )
        with (
            replacing(path) as temporary,
            gsd.hoomd.open(str(temporary), "w") as shortened,
        ):
            for frame in trajectory[:n_frames]:
                shortened.append(frame)


def keep_until(path: Path, step: int) -> int:
    """Drop every frame after `step`; returns how many are left."""
    import gsd.hoomd

    if not path.exists():
        return 0
    with gsd.hoomd.open(str(path), "r") as trajectory:
        n_frames = sum(frame.configuration.step <= step for frame in trajectory)
    keep(path, n_frames)
    return n_frames


def write(path: Path, frames: Iterable[tuple[int, Configuration]]) -> None:
    """Write a whole file at once, by temporary file and rename."""
    with replacing(path) as temporary:
        append(temporary, frames)


def read(path: Path) -> list[Configuration]:
    """Every configuration of a file."""
    import gsd.hoomd

    with gsd.hoomd.open(str(path), "r") as frames:
        return [Configuration.from_frame(frame) for frame in frames]
