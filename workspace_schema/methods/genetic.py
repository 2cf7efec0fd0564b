"""Method `genetic`: crystals predicted by an evolutionary search, the cell free at a pressure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.base import Model
from workspace_schema.methods.method import LEAST_FOR_GPU, Method
from workspace_schema.system import System

#: More particles in a cell than this are refused.
MOST_PARTICLES = 40

Weight = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Variation(Model):
    """How often each way to make a candidate is taken, relative to the others.

    Attributes
    ----------
    heredity : float
        Slabs of two parents, spliced.
    strain : float
        A parent under a random strain.
    soft_displacement : float
        A parent displaced along one of its softest vibrations, in which bodies swing too.
    permutation : float
        A parent with particles of different types exchanged; mixtures only.
    transmutation : float
        A parent with types changed; free composition only.
    rotation : float
        A parent with some bodies turned at random; building blocks only.
    fresh : float
        A new random crystal: symmetric, of bodies that are turned at random.
    resembling : float
        Such a crystal, of high symmetry more often, with the volume of a parent, and with no two
        particles much closer than the closest of that.
    repetition : float
        A new random crystal of a half, a third … of the particles, repeated to fill the cell; fixed
        composition only.
    """

    heredity: Weight = 0.4
    strain: Weight = 0.1
    soft_displacement: Weight = 0.2
    permutation: Weight = 0.2
    transmutation: Weight = 0.2
    rotation: Annotated[Weight, Field(json_schema_extra={"since": 1})] = 0.2
    fresh: Weight = 0.3
    resembling: Annotated[Weight, Field(json_schema_extra={"since": 2})] = 1.0
    repetition: Annotated[Weight, Field(json_schema_extra={"since": 2})] = 0.6

    @model_validator(mode="after")
    def _something_remains(self) -> Variation:
        if not self.heredity + self.strain + self.soft_displacement + self.fresh > 0:
            raise ValueError("heredity, strain, soft_displacement and fresh are all 0")
        return self


class Genetic(Method):
    """Evolutionary search for the crystals of lowest enthalpy.

    The cell holds `system.particles`, points or bodies that turn; all its lengths and angles are
    free. Potentials are as in `forward`; temperature is zero.

    Attributes
    ----------
    pressure : float
        At which enthalpies are compared.
    composition : "fixed" or "free"
        Free: `system.particles` together are the most that a cell holds, of any mixture of
        the types, judged by the enthalpy above the convex hull.
    population : int
        Distinct structures kept, and candidates made, in a generation. With 512 or more the
        candidates are relaxed on a GPU where the campaign asks for one (points, not bodies).
    tournament : int
        Structures drawn for each parent, of which the best is taken.
    variation : Variation
    generations : int
        At most so many. Like stagnation an extent: a finished search can be lengthened, and stays
        the same job.
    stagnation : int
        Generations without a better structure after which the search ends.
    max_energy_evaluations : int, optional
        Budget; the generation in which it is spent is the last.
    hall_of_fame : int
        Distinct structures given in the end, best first.
    """

    references: ClassVar[tuple[str, ...]] = ("oganov2006", "lyakhov2013", "oganov2009")
    building_blocks: ClassVar[frozenset[str]] = frozenset(
        {"point", "sphere_union", "patchy_lennard_jones"}
    )
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})

    name: Literal["genetic"]
    pressure: Annotated[float, Field(ge=0)] = 0.0
    composition: Literal["fixed", "free"] = "fixed"
    population: Annotated[int, Field(ge=2, le=10_000)] = 16
    tournament: Annotated[int, Field(ge=1, le=100)] = 3
    variation: Variation = Variation()
    generations: Annotated[Count, Field(json_schema_extra={"extent": True})] = 60
    stagnation: Annotated[Count, Field(json_schema_extra={"extent": True})] = 12
    max_energy_evaluations: Count | None = None
    hall_of_fame: Annotated[int, Field(ge=1, le=1000)] = 20

    most_particles: ClassVar[int] = MOST_PARTICLES

    @classmethod
    def fills_gpu(cls, block: Mapping[str, Any]) -> bool:
        """A generation is relaxed at once."""
        return bool(block["population"] >= LEAST_FOR_GPU)

    def check_system(self, system: System) -> None:
        """Raise ValueError where the cell is open, too large, or has nothing to mix."""
        if system.boundary == "open":
            raise ValueError("name: genetic needs a periodic cell, but system.boundary is open")
        if system.n_particles > MOST_PARTICLES:
            raise ValueError(
                f"name: genetic takes cells of up to {MOST_PARTICLES} particles, "
                f"system.particles are {system.n_particles}"
            )
        self.check_patchy(system)
        if self.composition == "free" and len(system.types) < 2:
            raise ValueError("composition: free needs two types of particle or more")
