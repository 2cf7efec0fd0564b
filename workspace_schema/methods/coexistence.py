"""Method `coexistence`: the pressure at which a crystal beside its fluid stays as it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.lattices import LATTICES
from workspace_schema.methods.free_energy import CrystalPhase, check_spheres
from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Time, check_start
from workspace_schema.methods.variables import NARROWEST, shortest_edge
from workspace_schema.system import System

if TYPE_CHECKING:
    from workspace_schema.interactions import Interactions

Positive = Annotated[float, Field(gt=0)]


def check_width(
    phase: CrystalPhase, n: int, density: float, potential: Interactions, system: System
) -> None:
    """Raise ValueError where a crystal of `n` particles is too narrow for the potential."""
    (a,) = system.types
    r_cut, cell = potential.pair(a, a).r_cut, LATTICES[phase.lattice]
    edges = [count * edge for count, edge in zip(cell.cells(n), cell.edges, strict=True)]
    scale = (n / density / math.prod(edges)) ** (1.0 / system.dimensions)
    if 2.0 * r_cut >= scale * min(edges):
        raise ValueError(
            f"r_cut: got {r_cut:g}; expected less than {0.5 * scale * min(edges):.5g}, half the"
            " shortest edge of the crystal: take more particles"
        )


class Coexistence(Method):
    """Direct coexistence: A. J. C. Ladd and L. V. Woodcock, Chem. Phys. Lett. 51, 155 (1977), or
    interface pinning: U. R. Pedersen, J. Chem. Phys. 139, 104102 (2013).

    At each of several pressures a crystal, its fluid, and a slab of the one beside the other are
    simulated; half of the particles are crystal. The length of the box along the normal of the slab
    follows the pressure, its cross-section is that of the crystal.

    Attributes
    ----------
    phase : CrystalPhase
    kT : float
    number_density : float
        Of the crystal before it relaxes.
    low, high : float
        The pressures between which the crystal is expected to begin to grow.
    pressures : int
        Their number, at equal steps.
    pinned : float
        κ/kT of a field κ/2 (Q - a)² that holds the slab as it is, Q = |ρ_k| of planes along the
        normal; what pulls at it is the difference of the chemical potentials. Left out, the slab is
        free to grow and melt, and its velocity is measured.
    dt : float
        Without meaning of hard spheres, whose steps are sweeps.
    equilibration_steps, steps : int
        Of each simulation. `steps` is an extent: a finished job can be lengthened, and stays the
        same job.
    """

    references: ClassVar[tuple[str, ...]] = ("ladd1977", "pedersen2013")
    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "hard_sphere"})
    by_own: ClassVar[frozenset[str]] = frozenset({"hard_sphere"})

    name: Literal["coexistence"]
    phase: CrystalPhase
    kT: Positive = 1.0
    number_density: Positive
    low: Positive
    high: Positive
    pressures: Annotated[int, Field(ge=4, le=100)] = 5
    pinned: Annotated[Positive | None, Field(json_schema_extra={"since": 2})] = None
    dt: Time = 0.005
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=2000, le=10**12, json_schema_extra={"extent": True})] = 20_000

    @model_validator(mode="after")
    def _high_is_higher(self) -> Coexistence:
        if self.high <= self.low:
            raise ValueError(f"high: got {self.high:g}; expected more than low = {self.low:g}")
        return self

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "npt"

    def idle(self, system: System) -> frozenset[str]:
        """See `Method`."""
        return frozenset() if system.forms == {"point"} else frozenset({"dt"})

    def check_system(self, system: System) -> None:
        """Raise ValueError where the system is open, of several types, or half of its particles do
        not fill the crystal."""
        if system.boundary == "open":
            raise ValueError("name: coexistence needs a periodic box, but system.boundary is open")
        if len(system.types) > 1:
            raise ValueError("name: coexistence takes one type of particle")
        if self.pinned and system.dimensions != 3:
            raise ValueError(
                "pinned: is of three dimensions: in the plane |ρ_k| of a crystal is not in"
                " proportion to its size"
            )
        n = system.n_particles
        if n % 2:
            raise ValueError(f"name: coexistence needs an even number of particles, but got {n}")
        half = system.model_copy(update={"particles": {system.types[0]: n // 2}})
        try:
            check_start(self.phase.lattice, half)
        except ValueError as error:
            words = str(error).removeprefix("start: ")
            raise ValueError(f"phase.lattice: half of the particles are crystal; {words}") from None
        check_spheres(self.phase, self.number_density, system)
        edge = shortest_edge(self.phase.lattice, self.number_density, half)
        for block in system.bodies.values():
            narrowest = NARROWEST * getattr(block, "diameter", 0.0)
            if edge < narrowest:
                raise ValueError(
                    f"number_density: the shortest edge of the crystal is {edge:.4g}; expected at"
                    f" least {narrowest:.4g}, {NARROWEST:g} diameters: take more particles"
                )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the crystal is too narrow for the potential."""
        check_width(self.phase, system.n_particles // 2, self.number_density, potential, system)
