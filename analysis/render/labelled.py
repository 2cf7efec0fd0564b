"""Labels of the particles as a file for OVITO and other viewers, which colour by type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.labelling.labels import Labels

if TYPE_CHECKING:
    from analysis.configuration import Configuration

#: Beside final.gsd in a job folder.
LABELLED = "labelled.gsd"


def write_labelled(configuration: Configuration, labels: Labels, path: str | Path) -> None:
    """Write a configuration in which the type of a particle is its phase.

    Particle properties ("log/particles/…", which OVITO shows by their names) keep the type that it
    had (`type`) and say how sure the phase is (`probability`).

    Parameters
    ----------
    configuration : Configuration
    labels : Labels
        Of this configuration.
    path : str or Path

    Raises
    ------
    ValueError
        If there is not one label for every particle.
    """
    import gsd.hoomd

    n = configuration.n_particles
    if len(labels.per_particle) != n:
        raise ValueError(f"{len(labels.per_particle)} labels for {n} particles")
    frame = configuration.to_frame()
    present = np.unique(labels.per_particle)
    frame.particles.types = [str(labels.phase_names[k]) for k in present]
    frame.particles.typeid = np.searchsorted(present, labels.per_particle).astype(np.uint32)
    frame.particles.type_shapes = None
    frame.log["particles/type"] = configuration.types.astype(np.int32)
    chosen = np.take_along_axis(
        labels.probabilities, labels.per_particle[:, None].astype(np.int64), axis=1
    )
    frame.log["particles/probability"] = chosen[:, 0].astype(np.float32)
    with gsd.hoomd.open(str(path), "w") as file:
        file.append(frame)
