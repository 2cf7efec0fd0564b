"""Method `design` by ground state, by label and by alchemy: for crystals that shall form."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from workspace_schema.interactions import Interactions, type_pairs
from workspace_schema.methods.design_base import Design, Positive, check_range
from workspace_schema.methods.genetic import MOST_PARTICLES
from workspace_schema.methods.ramp import PositiveRampField, RampField
from workspace_schema.methods.targets import IN_A_CELL, check_label, check_target, placed
from workspace_schema.potentials import Adjustable, Designed, Sought
from workspace_schema.system import System


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


class Label(Design):
    """The potential from which the target assembles most surely, by what the judge sees.

    Short runs from random starts, of which the judge says how probable the target is at every
    particle; the mean is what evolution with an adapted covariance maximises (N. Hansen and A.
    Ostermeier, Evol. Comput. 9, 159 (2001)), as G. M. Coli, E. Boattini, L. Filion and M. Dijkstra
    do with a network, Sci. Adv. 8, eabj6731 (2022).

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
    population : int
        Candidates of each update.
    runs : int
        Of each candidate.
    """

    references: ClassVar[tuple[str, ...]] = ("hansen2001", "coli2022")
    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable, Designed)
    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})

    by: Literal["label"]
    target: str
    number_density: Positive
    kT: PositiveRampField
    pressure: RampField | None = None
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 0
    steps: Annotated[int, Field(ge=100, le=10**9)]
    dt: Positive = 0.005
    population: Annotated[int, Field(ge=4, le=1000)] = 8
    runs: Annotated[int, Field(ge=1, le=100)] = 2

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system."""
        super().check_system(system)
        check_label(self.target, system)


class Alchemy(Design):
    """The parameters of a form at which a crystal or a fluid is likeliest, among their bounds.

    Parameters fluctuate beside the particles, by Monte Carlo between pieces of molecular dynamics,
    in the ensemble in which nothing holds them (their potentials are zero): how often a value comes
    is its partition function, and the most frequent one has the lowest free energy. G. van Anders,
    D. Klotsa, A. S. Karas, P. M. Dodd and S. C. Glotzer, ACS Nano 9, 9542 (2015).

    Attributes
    ----------
    target : str
        Name of a crystal, or "fluid".
    kT, number_density : float
    steps : int
        Of molecular dynamics between two looks at the parameters.
    dt : float
    updates : int
        Looks; the first fifth is equilibration. An extent.
    """

    conditions: ClassVar[tuple[str, ...]] = ("number_density", "kT")
    references: ClassVar[tuple[str, ...]] = ("vananders2015", "zhou2019")
    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable,)

    by: Literal["alchemy"]
    target: str
    kT: Positive
    number_density: Positive
    steps: Annotated[int, Field(ge=1, le=10**9)] = 100
    dt: Positive = 0.005
    updates: Annotated[int, Field(ge=50, le=100_000, json_schema_extra={"extent": True})] = 1000

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system, or its cells do not fill it."""
        super().check_system(system)
        if len(system.types) > 1:
            raise ValueError(f"by: {self.by} takes one type of particle")
        if self.target == "fluid":
            return
        check_target(self.target, system.dimensions)
        n, cell = system.n_particles, IN_A_CELL[self.target]
        if n % cell:
            raise ValueError(
                f"target: {self.target} has {cell} particles in a rectangular cell; expected"
                f" system.particles that are so many times a whole number, got {n}"
            )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too small."""
        super().check_potential(potential, system)
        check_range(potential, system, self.number_density)
