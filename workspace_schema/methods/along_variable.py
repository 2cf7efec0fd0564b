"""What methods share that follow a collective variable, and what they check."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from workspace_schema.building_blocks.packing import densest, least_volume
from workspace_schema.errors import at_most
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Lattice, Time, check_start
from workspace_schema.methods.variables import (
    NARROWEST,
    CrystallineClusterVariable,
    DistanceVariable,
    Positive,
    Variable,
    check_reach,
    shortest_edge,
)
from workspace_schema.system import System

#: Packing fraction up to which hard spheres begin at random.
RANDOM_PACKING = {2: 0.65, 3: 0.54}


class AlongVariable(Method):
    """A bias on a collective variable, in a periodic box: Langevin dynamics, or Monte Carlo of hard
    spheres.

    The size of a cluster, the potential energy and the density have no gradient here, and hard
    spheres have no forces: there the bias acts on segments. From where a simulation is, a short run
    without any bias; where it has led is accepted with the probability min(1, exp(-ΔU/kT)), U the
    bias (S. Auer and D. Frenkel, Nature 409, 1020 (2001)).

    Attributes
    ----------
    variable : Variable
    low, high : float
        Ends of the profile.
    bins : int
        Of the profile; of clusters every size is one.
    kT, number_density : float
        The density is that of the start where there is a pressure.
    pressure : float
        Where the bias acts on segments; the volume is fixed without.
    segment : int
        Steps, of hard spheres sweeps, of one.
    start : str
        "random" or a lattice.
    dt : float
    """

    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "hard_sphere"})
    by_own: ClassVar[frozenset[str]] = frozenset({"hard_sphere"})

    variable: Variable
    low: float
    high: float
    bins: Annotated[int, Field(ge=2, le=1000)] = 40
    kT: Positive = 1.0
    number_density: Positive
    pressure: Positive | None = None
    segment: Annotated[int, Field(ge=1, le=10_000)] = 20
    start: Lattice = "random"
    dt: Time = 0.005

    @model_validator(mode="after")
    def _low_is_a_value(self) -> AlongVariable:
        if self.low < 0.0 and self.variable != "potential_energy":
            raise ValueError(f"low: got {self.low:g}; expected 0 or more")
        return self

    @model_validator(mode="after")
    def _high_is_higher(self) -> AlongVariable:
        if self.high <= self.low:
            raise ValueError(f"high: got {self.high:g}; expected more than low = {self.low:g}")
        return self

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "bias" if self._has_gradient else "nvt"

    @property
    def _has_gradient(self) -> bool:
        return not isinstance(self.variable, CrystallineClusterVariable | str)

    def by_segments(self, system: System) -> bool:
        """Whether the bias acts on segments."""
        hard = system.forms != {"point"}
        return hard or not self._has_gradient

    def idle(self, system: System) -> frozenset[str]:
        """See `Method`."""
        idle = set() if self.by_segments(system) else {"segment", "pressure"}
        if isinstance(self.variable, CrystallineClusterVariable):
            idle.add("bins")
        if system.forms != {"point"}:
            idle.add("dt")
        return frozenset(idle)

    def check_system(self, system: System) -> None:
        """Raise ValueError where the box, the start or the variable does not fit the system."""
        if system.boundary == "open":
            raise ValueError(f"name: {self.name} needs a periodic box, but system.boundary is open")
        check_start(self.start, system)
        if self.pressure is not None and not self.by_segments(system):
            raise ValueError("pressure: the bias acts at every step here, at fixed volume")
        if self.variable == "number_density" and self.pressure is None:
            raise ValueError("pressure: expected one: without it the number density never changes")
        if self.variable == "potential_energy" and system.forms != {"point"}:
            raise ValueError("variable: hard spheres have no potential_energy")
        self._check_spheres(system)
        density, when = self.number_density, ""
        shrinks = self.pressure and system.forms != {"point"}
        if shrinks and not isinstance(self.variable, DistanceVariable):
            density = densest(system.bodies, system.particles or {}, system.dimensions)[0]
            when = " where it is densest"
        if isinstance(self.variable, CrystallineClusterVariable):
            self._check_cluster(system)
        check_reach(self.variable, self.high, self.start, density, system, when)

    def _check_cluster(self, system: System) -> None:
        if system.dimensions != 3:
            raise ValueError("variable.crystalline_cluster: is of three dimensions")
        if self.low > 0.0:
            raise ValueError(
                f"low: got {self.low:g}; expected 0: clusters are counted in the fluid, which the"
                " first window samples"
            )
        if self.high >= system.n_particles:
            raise ValueError(
                f"high: got {self.high:g}; expected less than {system.n_particles}, the number of"
                " particles"
            )

    def _check_spheres(self, system: System) -> None:
        """Raise ValueError where hard spheres cannot begin at the density."""
        blocks, counts, d = system.bodies, system.particles or {}, system.dimensions
        if system.forms == {"point"}:
            return
        volume = sum(least_volume(blocks[name], d) * counts[name] for name in counts)
        most, start = RANDOM_PACKING[d] * system.n_particles / volume, "at random"
        largest = max(getattr(block, "diameter", 0.0) for block in blocks.values())
        if self.start != "random":
            most, start = LATTICES[self.start].density(largest), f"on {self.start}"
        if self.number_density > most:
            raise ValueError(
                f"number_density: got {self.number_density:g}; expected at most {at_most(most)}"
                f" {start}, where spheres do not overlap"
            )
        densities = {"number_density": self.number_density}
        if self.variable == "number_density":
            densities["high"] = self.high
        for key, density in densities.items():
            edge = shortest_edge(self.start, density, system)
            if edge < NARROWEST * largest:
                raise ValueError(
                    f"{key}: got {density:g}, where the shortest edge of the box is {edge:.4g};"
                    f" expected an edge of at least {NARROWEST * largest:.4g}, {NARROWEST:g}"
                    " diameters, which the walk needs: take more particles"
                )
