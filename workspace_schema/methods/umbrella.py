"""Method `umbrella`: the free energy against a collective variable, however unlikely its values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from workspace_schema.base import Model
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Lattice, Time, check_start
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]


class DistanceVariable(Model):
    """The distance of two particles.

    Attributes
    ----------
    distance : str
        Their types, "A-B".
    """

    distance: Annotated[str, Field(pattern=r"^[^-]+-[^-]+$")]

    @property
    def types(self) -> tuple[str, str]:
        """Of the two particles."""
        a, b = self.distance.split("-")
        return a, b


class DensityWaveVariable(Model):
    """|ρ_k| of all particles, k along the first box vector: about √N of a crystal, 1 of a fluid.

    Attributes
    ----------
    density_wave : int
        Wavelengths in the box: planes of the lattice across it.
    """

    density_wave: Annotated[int, Field(ge=1, le=10_000)]


def _kind(value: Any) -> str:
    given = isinstance(value, Mapping) and "density_wave" in value
    is_wave = given or isinstance(value, DensityWaveVariable)
    return "density_wave" if is_wave else "distance"


# told apart by their keys, so that an error speaks of one of them only
Variable = Annotated[
    Annotated[DistanceVariable, Tag("distance")]
    | Annotated[DensityWaveVariable, Tag("density_wave")],
    Discriminator(_kind),
]


class Umbrella(Method):
    """Umbrella sampling: G. M. Torrie and J. P. Valleau, J. Comput. Phys. 23, 187 (1977).

    Simulations with a harmonic bias at equal steps of the variable (windows), put together by the
    multistate Bennett ratio. Langevin dynamics in a periodic box.

    Attributes
    ----------
    variable : DistanceVariable or DensityWaveVariable
    low, high : float
        Values of the variable in the first and the last window, and ends of the profile.
    windows : int
    stiffness : float
        Of the bias; kT over the square of a step between windows where it is left out, so that
        neighbours overlap.
    bins : int
        Of the profile.
    kT, number_density : float
    start : str
        "random" or a lattice.
    dt : float
    equilibration_steps, steps : int
        Of each window. `steps` is an extent: a finished job can be lengthened, and stays the same
        job.
    """

    references: ClassVar[tuple[str, ...]] = ("torrie1977", "shirts2008")

    name: Literal["umbrella"]
    variable: Variable
    low: Annotated[float, Field(ge=0)]
    high: Positive
    windows: Annotated[int, Field(ge=2, le=200)] = 12
    stiffness: Positive | None = None
    bins: Annotated[int, Field(ge=2, le=1000)] = 40
    kT: Positive = 1.0
    number_density: Positive
    start: Lattice = "random"
    dt: Time = 0.005
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=200, le=10**12, json_schema_extra={"extent": True})] = 20_000

    @model_validator(mode="after")
    def _high_is_higher(self) -> Umbrella:
        if self.high <= self.low:
            raise ValueError(f"high: got {self.high:g}; expected more than low = {self.low:g}")
        return self

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "bias"

    def check_system(self, system: System) -> None:
        """Raise ValueError where the box, the start or the variable does not fit the system."""
        if system.boundary == "open":
            raise ValueError("name: umbrella needs a periodic box, but system.boundary is open")
        check_start(self.start, system)
        if not isinstance(self.variable, DistanceVariable):
            return
        particles = dict(system.particles or {})
        for name in self.variable.types:
            particles[name] = particles.get(name, 0) - 1
            if particles[name] < 0:
                raise ValueError(
                    f"variable.distance: got {self.variable.distance}, but system.particles has not"
                    f" as many particles of type {name}"
                )
        half = 0.5 * self._shortest_edge(system.n_particles, system.dimensions)
        if self.high >= half:
            raise ValueError(
                f"high: got {self.high:g}; expected less than {half:.5g}, half the shortest edge of"
                " the box"
            )

    def _shortest_edge(self, n: int, dimensions: int) -> float:
        """Of the box of the start."""
        edges = [1.0] * dimensions
        if self.start != "random":
            cell = LATTICES[self.start]
            edges = [count * edge for count, edge in zip(cell.cells(n), cell.edges, strict=True)]
        scale = (n / self.number_density / math.prod(edges)) ** (1.0 / dimensions)
        return scale * min(edges)
