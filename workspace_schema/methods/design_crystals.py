"""Method `design` for crystals that shall form: by ground state, label, alchemy and gradient."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from workspace_schema.building_blocks import HARD
from workspace_schema.building_blocks.packing import check_density
from workspace_schema.interactions import Interactions, type_pairs
from workspace_schema.methods.design_base import Design, Positive, check_middle, check_range
from workspace_schema.methods.genetic import MOST_PARTICLES
from workspace_schema.methods.ramp import PositiveRampField, RampField
from workspace_schema.methods.targets import box_of, check_label, check_target, placed
from workspace_schema.potentials import Adjustable, Designed, Sought
from workspace_schema.system import System

#: By gradient: neighbours are those within so many mean distances in the target.
NEIGHBOURS = 2.1
#: By gradient: distances along axes that trajectories may have at once, of some 240 bytes each.
MOST_NUMBERS = 20_000_000


class GroundState(Design):
    """A potential whose crystal of lowest enthalpy is the target, by linear programming.

    The coefficients maximise the gap in enthalpy between the target at its density and pressure and
    a list of competitors: prototypes, and what a genetic search of each designed potential finds
    below the target, until it finds nothing. E. Marcotte, F. H. Stillinger and S. Torquato, J.
    Chem. Phys. 134, 164105 (2011), for monotonic convex potentials.

    Attributes
    ----------
    target : str
        Name of a crystal, of one or two types.
    number_density : float
        Of the target; the pressure follows.
    cells : list of int
        Numbers of particles in the cells that are searched, of mixtures with any composition.
    """

    references: ClassVar[tuple[str, ...]] = ("marcotte2011",)

    by: Literal["ground_state"]
    target: str
    number_density: Positive
    cells: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_PARTICLES)]], Field(min_length=1, max_length=20)
    ]

    @field_validator("cells")
    @classmethod
    def _order_says_nothing(cls, value: list[int]) -> list[int]:
        return sorted(set(value))

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system."""
        super().check_system(system)
        placed(self.target, system.particles or {}, system.dimensions)
        if min(self.cells) < len(system.types):
            raise ValueError(
                f"cells: got {min(self.cells)}; expected at least {len(system.types)} particles,"
                " one of each type"
            )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the potential does not reach the neighbours of a particle."""
        super().check_potential(potential, system)
        spacing = self.number_density ** (-1.0 / system.dimensions)
        for a, b in type_pairs(system.types):
            r_cut = potential.pair(a, b).r_cut
            if r_cut <= spacing:
                raise ValueError(
                    f"r_cut: got {r_cut:g}; expected more than {spacing:.4g}, the mean distance of"
                    " particles at method.number_density"
                )


class Judged(Design):
    """What designs have in common that end with runs from random starts, which the judge sees.

    Attributes
    ----------
    target : str
        A label of a crystal, of one or two types, or quasicrystal; ``plastic `` before it where
        particles have shapes.
    number_density : float
        Of the runs, or of their start where there is a pressure.
    kT : float or list of float
    pressure : float or list of float, optional
        With it the runs are at constant pressure.
    equilibration_steps, steps : int
        Of each run.
    dt : float
    """

    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable, Designed)

    target: str
    number_density: Positive
    kT: PositiveRampField
    pressure: RampField | None = None
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 0
    steps: Annotated[int, Field(ge=100, le=10**9)]
    dt: Positive = 0.005

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "nvt" if self.pressure is None else "npt"


class Label(Judged):
    """The potential from which the target assembles most surely, by what the judge sees.

    Short runs from random starts, of which the judge says how probable the target is at every
    particle; the mean is what evolution with an adapted covariance maximises (N. Hansen and A.
    Ostermeier, Evol. Comput. 9, 159 (2001)), as G. M. Coli, E. Boattini, L. Filion and M. Dijkstra
    do with a network, Sci. Adv. 8, eabj6731 (2022).

    Attributes
    ----------
    population : int
        Candidates of each update.
    runs : int
        Of each candidate.
    """

    references: ClassVar[tuple[str, ...]] = ("hansen2001", "coli2022")
    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})

    by: Literal["label"]
    population: Annotated[int, Field(ge=4, le=1000)] = 8
    runs: Annotated[int, Field(ge=1, le=100)] = 2

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system."""
        super().check_system(system)
        check_label(self.target, system)


class Gradient(Judged):
    """The potential that brings a spread crystal back, by the gradient of what trajectories end in.

    Short Langevin trajectories start from the target with Gaussian displacements. How far the
    neighbours of every particle then are from those in the target is a loss, which is
    differentiated through the trajectories: C. P. Goodrich, E. M. King, S. S. Schoenholz, E. D.
    Cubuk and M. P. Brenner, PNAS 118, e2024083118 (2021). Such gradients explode with the length of
    a trajectory: it is short, and none counts for more than the median one (L. Metz, C. D. Freeman,
    S. S. Schoenholz and T. Kachman, arXiv:2111.05803 (2021), on what is done about it). Steps are
    those of Adam, D. P. Kingma and J. Ba, ICLR 2015.

    Attributes
    ----------
    target : str
        Name of a crystal of one type.
    kT : float or list of float
        Of the runs that are judged; trajectories have the last.
    window : int
        Steps of a trajectory.
    systems : int
        Trajectories of each update.
    spread : float
        Standard deviation of the Gaussian displacements along each axis, in units of the mean
        distance; those longer than twice as much are drawn anew.
    rate : float
        Of the steps, in units of the bounds.
    updates : int
        Steps. An extent.
    """

    references: ClassVar[tuple[str, ...]] = ("goodrich2021", "metz2021", "kingma2015")

    by: Literal["gradient"]
    window: Annotated[int, Field(ge=10, le=10_000, multiple_of=5)] = 200
    systems: Annotated[int, Field(ge=1, le=1000)] = 4
    spread: Annotated[float, Field(gt=0, le=0.3)] = 0.1
    rate: Annotated[float, Field(gt=0, le=0.5)] = 0.02
    updates: Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"extent": True})] = 300

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system, its cells do not fill it, or
        the distances of its particles do not fit: neighbours into the box, all into memory."""
        super().check_system(system)
        check_cells(self, self.target, system)
        n, d = system.n_particles, system.dimensions
        edge = min(box_of(self.target, n, self.number_density)[1])
        least = 2.0 * NEIGHBOURS * self.number_density ** (-1.0 / d)
        if edge < least:
            raise ValueError(
                f"target: the box of {n} particles of {self.target} is {edge:.4g} wide; expected at"
                f" least {least:.4g}: take more of them, or a number with more divisors"
            )
        if (numbers := self.systems * n**2 * d) > MOST_NUMBERS:
            raise ValueError(
                f"systems: {self.systems} times {n} particles squared have {numbers} distances"
                f" along {d} axes; expected at most {MOST_NUMBERS}, some 5 GB"
            )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too small, or the potential at the start is none."""
        super().check_potential(potential, system)
        check_middle(potential, system)
        check_range(potential, system, self.number_density, self.target)


class Alchemy(Design):
    """The parameters of a potential, a hard shape or patches at which a crystal or a fluid is
    likeliest, among their bounds.

    Parameters fluctuate beside the particles, by Monte Carlo between pieces of molecular dynamics
    or, of bodies, of Monte Carlo, in the ensemble in which nothing holds them (their potentials are
    zero): how often a value comes is its partition function, and the most frequent one has the
    lowest free energy. G. van Anders, D. Klotsa, A. S. Karas, P. M. Dodd and S. C. Glotzer, ACS
    Nano 9, 9542 (2015).

    Attributes
    ----------
    target : str
        Name of a crystal, or "fluid".
    kT, number_density : float
        kT has to be said, but of hard bodies without patches, for which it is 1.
    steps : int
        Of molecular dynamics between two looks at the parameters; of bodies sweeps.
    dt : float
        Of points.
    updates : int
        Looks; the first fifth is equilibration. An extent.
    """

    conditions: ClassVar[tuple[str, ...]] = ("number_density", "kT")
    references: ClassVar[tuple[str, ...]] = ("vananders2015", "zhou2019")
    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable,)
    building_blocks: ClassVar[frozenset[str]] = HARD | {"point"}
    by_cpu: ClassVar[frozenset[str]] = frozenset({"kern_frenkel"})
    finds_bodies: ClassVar[bool] = True

    by: Literal["alchemy"]
    target: str
    kT: Positive = 1.0
    number_density: Positive
    steps: Annotated[int, Field(ge=1, le=10**9)] = 100
    dt: Positive = 0.005
    updates: Annotated[int, Field(ge=50, le=100_000, json_schema_extra={"extent": True})] = 1000

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "nvt"

    def idle(self, system: System) -> frozenset[str]:
        """See `Method`: bodies have no time, and where none attract no temperature."""
        if not system.building_blocks:
            return frozenset()
        return frozenset({"dt"} if "kern_frenkel" in system.forms else {"dt", "kT"})

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system, its cells do not fill it, or
        there are energies and no kT."""
        super().check_system(system)
        if "kT" not in self.model_fields_set | self.idle(system):
            raise ValueError("kT: is missing; particles that have energies need it")
        check_cells(self, self.target, system)
        if system.building_blocks and system.particles:
            check_density(self.number_density, system.bodies, system.particles, system.dimensions)

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too small, or the potential at the start is none."""
        super().check_potential(potential, system)
        check_middle(potential, system)
        check_range(potential, system, self.number_density, self.target)


def check_cells(design: Design, target: str, system: System) -> None:
    """Raise ValueError where the system is not whole cells of a crystal of one type, or a fluid."""
    if len(system.types) > 1:
        raise ValueError(f"by: {design.by} takes one type of particle")
    if target == "fluid" and isinstance(design, Alchemy):
        return
    check_target(target, system.dimensions)
    box_of(target, system.n_particles, 1.0)
