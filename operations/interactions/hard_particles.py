"""Hard and patchy particles of a job: their engine and their starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.configuration import Configuration
from operations.engines import EngineError
from operations.engines.hpmc import Hpmc
from operations.interactions.start import lattice, random_orientations, spacing
from operations.jobs.driver import Task
from workspace_schema.system import System

#: Distance of neighbours in a dilute start, in diameters of the circumscribed sphere.
DILUTE = 1.05


def hard_particles(task: Task, ensemble: str, cell: str, adjust_until: int) -> Hpmc:
    """The engine with a job's building blocks; see `Hpmc` for the parameters.

    Raises
    ------
    EngineError
        If HOOMD-blue is not there, or another engine is asked for.
    """
    wanted = str(task.settings.get("engine", "auto"))
    if wanted not in ("auto", Hpmc.name):
        raise EngineError(f"{wanted} has no hard particles; set engine: hoomd (or auto)")
    system = System.model_validate(task.statepoint["system"])
    return Hpmc(
        dict(system.building_blocks or {}),
        system.dimensions,
        ensemble,
        cell,
        task.seed,
        task.settings.get("device", "auto"),
        adjust_until,
    )


def dilute_start(
    engine: Hpmc,
    particles: Mapping[str, int],
    dimensions: int,
    random: np.random.Generator,
    number_density: float | None = None,
) -> Configuration:
    """Particles in a square or cube, on a lattice so wide that they can turn, in random order and
    orientations.

    Parameters
    ----------
    engine : Hpmc
    particles : mapping of str to int
        Number of particles of each type.
    dimensions : 2 or 3
    random : numpy.random.Generator
    number_density : float, optional
        The lattice is wider where this asks for it.
    """
    name = "square" if dimensions == 2 else "sc"
    configuration = lattice(name, particles, dimensions, 1.0, random, regular=True)
    # Sites of a lattice that is not full are closer than the density says.
    scale = DILUTE * engine.largest / spacing(configuration)
    if number_density is not None:
        scale = max(scale, number_density ** (-1 / dimensions))
    configuration.positions *= scale
    configuration.box[:dimensions] *= scale
    configuration.orientations = random_orientations(configuration.n_particles, dimensions, random)
    return configuration
