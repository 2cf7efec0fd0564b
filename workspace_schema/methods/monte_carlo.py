"""Method `monte_carlo`: hard particles, from a start to whatever assembles."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.building_blocks import HARD
from workspace_schema.building_blocks.packing import check_density
from workspace_schema.building_blocks.patchy import KernFrenkel
from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder
from workspace_schema.errors import at_most
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.ramp import PositiveRampField, knots
from workspace_schema.methods.schedule import Schedule, StartFile
from workspace_schema.system import System


class MonteCarlo(Schedule):
    """Metropolis Monte Carlo of hard and patchy particles, by HOOMD-blue's HPMC.

    J. A. Anderson, M. E. Irrgang, S. C. Glotzer, Comput. Phys. Commun. 204, 21 (2016). Reduced
    units: kT = 1 unless there are energies, lengths as the building blocks have them, pressures in
    kT per volume where kT is left at 1. Sizes of trial moves are adjusted until production begins,
    then fixed; result.json has them.

    Attributes
    ----------
    ensemble : "nvt" or "npt"
    kT : float or list of float
        Only attractions (`kern_frenkel`) know of it, and the pressure.
    number_density : float
        Of the whole run in "nvt", to which a dilute start is compressed; in "npt" that of the
        start, which may be left out.
    equilibration_steps, steps, production_steps : int
        Sweeps: each is one trial move of every particle.
    cluster_period : int, optional
        Sweeps between two geometric cluster moves (J. Liu, E. Luijten, Phys. Rev. Lett. 92, 035504
        (2004)); none where it is absent.
    pressure, cell, start
        As in `Schedule`.
    """

    references: ClassVar[tuple[str, ...]] = ("anderson2016",)
    building_blocks: ClassVar[frozenset[str]] = HARD
    by_hoomd: ClassVar[frozenset[str]] = HARD
    by_cpu: ClassVar[frozenset[str]] = frozenset({"kern_frenkel"})
    has_depletants: ClassVar[bool] = True
    uses_found_bodies: ClassVar[bool] = True
    by_walls: ClassVar[frozenset[str]] = frozenset(
        {"hard_sphere", "kern_frenkel", "hard_polyhedron", "hard_spherocylinder"}
    )

    name: Literal["monte_carlo"]
    ensemble: Literal["nvt", "npt"] = "nvt"
    kT: PositiveRampField = Field(1.0, validate_default=True)
    number_density: Annotated[float, Field(gt=0)] | None = None
    cluster_period: Annotated[int, Field(ge=1, le=10**6)] | None = None

    def needs_density(self) -> bool:
        """Whether nothing else says how dense the start is."""
        dilute = self.ensemble == "npt" and self.start == "random"
        return not dilute and not isinstance(self.start, StartFile)

    def check_system(self, system: System) -> None:
        """Raise ValueError where the ensemble or the start does not fit the system."""
        if system.boundary == "open":
            raise ValueError("name: monte_carlo needs a box, but system.boundary is open")
        if {"hard_polygon", "sphere_union"} <= system.forms:
            raise ValueError(
                "name: monte_carlo has no hard_polygon and sphere_union in one system; expected"
                " one of the two forms"
            )
        flat = [b for b in system.bodies.values() if isinstance(b, HardPolygon)]
        round_ones = {"hard_sphere", "kern_frenkel"} & system.forms
        rounded = any(b.rounding for b in flat) or round_ones
        if rounded and not all(b.convex for b in flat):
            raise ValueError(
                "name: monte_carlo has no concave polygons and disks or rounded polygons in one"
                " system; expected polygons without rounding"
            )
        others = system.forms - {"hard_ellipsoid", "hard_sphere", "kern_frenkel"}
        if "hard_ellipsoid" in system.forms and others:
            raise ValueError(
                f"name: monte_carlo has no hard_ellipsoid and {min(others)} in one system; expected"
                " ellipsoids and spheres"
            )
        if self.pressure is not None and min(knots(self.pressure)) <= 0:
            raise ValueError("pressure: expected more than 0: nothing else holds hard particles")
        if self.number_density is not None and system.building_blocks and system.particles:
            check_density(self.number_density, system.bodies, system.particles, system.dimensions)
        super().check_system(system)
        self._check_clusters(system)
        self._check_spheres(system)
        self._check_room(system)

    def _check_clusters(self, system: System) -> None:
        """Raise ValueError where a cluster that is reflected would not be as likely as before."""
        if self.cluster_period is None:
            return
        if system.walls is not None:
            raise ValueError(
                "cluster_period: a reflection leads through system.walls; expected none of the two"
            )
        turns = any(block.turns for block in system.bodies.values())
        if self.cell == "flexible" and turns and system.dimensions == 3:
            raise ValueError(
                "cluster_period: bodies that can turn are reflected in axes of the box, which stay"
                " at right angles with cell: isotropic only; got flexible"
            )

    def _check_room(self, system: System) -> None:
        """Raise ValueError where bodies cannot turn, or are, between walls; of polyhedra only the
        job knows."""
        if system.walls is None or self.start != "random":
            return
        for name, block in system.bodies.items():
            size = 0.0
            if isinstance(block, HardSphere | KernFrenkel):
                size = block.diameter
            if isinstance(block, HardSpherocylinder):
                size = block.length
            if system.walls.separation <= size:
                raise ValueError(
                    f"start: got 'random'; between walls {system.walls.separation:g} apart there"
                    f" is no room for {name}, which is {size:.5g} long; expected a larger"
                    " separation, or a file"
                )

    def _check_spheres(self, system: System) -> None:
        """Raise ValueError where spheres or disks overlap on the lattice they start on."""
        blocks = system.bodies.values()
        diameters = [b.diameter for b in blocks if isinstance(b, HardSphere | KernFrenkel)]
        if len(diameters) < len(blocks) or not diameters or self.number_density is None:
            return
        lattice = LATTICES.get(self.start) if isinstance(self.start, str) else None
        if lattice is None:
            return
        most = lattice.density(min(diameters))
        if self.number_density > most * (1.0 + 1e-6):
            raise ValueError(
                f"number_density: got {self.number_density:g}; expected at most {at_most(most)}"
                f" with start: {self.start}, where spheres of diameter {min(diameters):g} touch"
            )
