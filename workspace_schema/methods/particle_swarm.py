"""Method `particle_swarm`: the lowest minima of a cluster, or of a cell that is free."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.methods.genetic import Count
from workspace_schema.methods.method import Method
from workspace_schema.system import System

#: More particles than this are refused: of a cell, of a cluster.
MOST_IN_CELL, MOST_IN_CLUSTER = 40, 200


class ParticleSwarm(Method):
    """Structures that fly towards the best that each, and all of them, have met.

    J. Kennedy and R. Eberhart, Proc. IEEE Int. Conf. Neural Networks 4, 1942 (1995); with a
    relaxation after each flight, and a part of the swarm begun anew in each generation, as Y. Wang,
    J. Lv, L. Zhu and Y. Ma, Phys. Rev. B 82, 094116 (2010).

    Attributes
    ----------
    pressure : float
        Of a periodic cell, whose lengths and angles are free; without meaning of a cluster.
    population : int
        Structures of the swarm.
    inertia, attraction : float
        Part of the velocity that is kept, and pull to the best of one and of all.
    fresh : float
        Part of the swarm, the worst, that is made anew in each generation.
    generations, stagnation, max_energy_evaluations, hall_of_fame
        As of `genetic`.
    """

    references: ClassVar[tuple[str, ...]] = ("kennedy1995", "wang2010")

    name: Literal["particle_swarm"]
    pressure: Annotated[float, Field(ge=0)] = 0.0
    population: Annotated[int, Field(ge=2, le=10_000)] = 16
    inertia: Annotated[float, Field(ge=0, lt=1)] = 0.73
    attraction: Annotated[float, Field(ge=0, le=4)] = 1.5
    fresh: Annotated[float, Field(ge=0, le=1)] = 0.3
    generations: Annotated[Count, Field(json_schema_extra={"extent": True})] = 60
    stagnation: Annotated[Count, Field(json_schema_extra={"extent": True})] = 20
    max_energy_evaluations: Count | None = None
    hall_of_fame: Annotated[int, Field(ge=1, le=1000)] = 20

    def check_system(self, system: System) -> None:
        """Raise ValueError where there are too many particles, or a cluster has a pressure."""
        is_open = system.boundary == "open"
        most = MOST_IN_CLUSTER if is_open else MOST_IN_CELL
        if system.n_particles > most:
            raise ValueError(
                f"name: particle_swarm takes up to {most} particles in"
                f" {'a cluster' if is_open else 'a cell'}, system.particles are"
                f" {system.n_particles}"
            )
        if is_open and self.pressure:
            raise ValueError("pressure has no meaning in an open boundary")
