"""GSD, the format of our own products and of HOOMD-blue."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from analysis.configuration import Configuration, wrap
from analysis.formats.file import File
from analysis.formats.frame import Frames, far


def read(file: File) -> Frames:
    """All frames, each read when it is called for."""
    import gsd.hoomd

    try:
        with gsd.hoomd.open(str(file.path), "r") as trajectory:
            n = len(trajectory)
    except RuntimeError as error:
        raise ValueError("is no GSD file, or cut off") from error
    if n == 0:
        raise ValueError("has no frames")
    return {k: partial(_frame, file, k) for k in range(n)}


def _frame(file: File, number: int) -> Configuration:
    import gsd.hoomd

    with gsd.hoomd.open(str(file.path), "r") as trajectory:
        frame = trajectory[number]
    z = np.asarray(frame.particles.position)[:, 2]
    extent = float(np.max(frame.configuration.box[:2]))
    if int(frame.configuration.dimensions) == 2 and np.ptp(z) > 1e-5 * extent:
        raise ValueError(
            f"says that it has two dimensions, but z goes from {z.min():g} to {z.max():g}"
        )
    configuration = Configuration.from_frame(frame)
    if configuration.periodic and configuration.box[:3].all():
        file.note(far(configuration.positions, configuration.cell, (True, True, True)))
        images = np.zeros(configuration.positions.shape, dtype=np.int32)
        configuration.positions, configuration.images = wrap(
            configuration.positions,
            images if configuration.images is None else configuration.images,
            configuration.box,
            configuration.dimensions,
        )
    # as HOOMD-blue logs them, each kind of force by itself
    forces = [
        v for k, v in frame.log.items() if k.startswith("particles/") and k.endswith("forces")
    ]
    whole = [f for f in forces if np.shape(f) == configuration.positions.shape]
    if whole:
        configuration.forces = np.asarray(np.sum(whole, axis=0), dtype=np.float64)
    if configuration.type_shapes is not None:
        named = list(zip(configuration.type_names, configuration.type_shapes, strict=False))
        damaged = [name for name, entry in named if not _readable(entry, configuration.dimensions)]
        if damaged:
            file.notes.append(f"the shape of type {', '.join(damaged)} is damaged and left out")
        configuration.type_shapes = tuple({} if n in damaged else entry for n, entry in named)
    return configuration


def _readable(entry: dict[str, Any], dimensions: int) -> bool:
    """Whether a shape can be read, or is none that is known here."""
    from analysis.shapes import Shape

    try:
        Shape.from_gsd(entry, dimensions)
    except Exception:
        # whatever a dictionary of another program may lack
        return False
    return True
