"""Everything that an engine is told about energies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from operations.interactions.anisotropic import Anisotropic
from operations.interactions.external import Alignment, Term, Tethers
from operations.interactions.many_body import ManyBody
from operations.interactions.pair_functions import U_MAX, PairFunction, pair_functions
from operations.interactions.rigid_bodies import Body, rigid_bodies
from operations.interactions.walls import SoftWalls
from operations.jobs.errors import EngineError
from operations.jobs.samples import SAMPLE_COLUMNS, SHEAR_COLUMNS
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.depletants import Depletants
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import ManyBodyPotential
from workspace_schema.system import System


@dataclass(frozen=True, eq=False)
class Model:
    """Particles of some types and their energies.

    Attributes
    ----------
    dimensions : 2 or 3
    types : tuple of str
        In alphabetical order.
    pairs : mapping of (int, int) to PairFunction
        By pair of types (i <= j), of points or of the sites of bodies. Without pairs, bodies and
        blocks the particles are an ideal gas.
    bodies : mapping of str to Body
        Rigid bodies, of every type; a point is one of a single site.
    many_body : ManyBody, optional
        The energies of points in place of `pairs`.
    anisotropic : Anisotropic, optional
        The energies of bodies without sites, in place of `pairs`.
    blocks : mapping of str to BuildingBlock
        Hard and patchy particles, of every type.
    external, bias : tuple of Term
        Energies besides: a field or springs, and what only steers the sampling.
    walls : float, optional
        Separation of hard walls, between which bodies are; those of points are among `external`.
    depletants : Depletants, optional
        Between `blocks`, which are hard spheres.
    periodic : bool
    scale : float
        Factor of the energy of pairs or bodies that acts, without the terms; samples hold the
        energy without it. With the factors of the terms, U(λ) = (1 - λ) U_0 + λ U_1 is a model.
        Small ones let cores overlap, for which tables have no energy: LAMMPS then stops, HOOMD-blue
        takes 0. Springs must keep the particles apart.
    shear : bool
        Whether samples hold the pressure off the diagonal, too.
    """

    dimensions: int
    types: tuple[str, ...]
    pairs: Mapping[tuple[int, int], PairFunction] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    many_body: ManyBody | None = None
    anisotropic: Anisotropic | None = None
    blocks: Mapping[str, BuildingBlock] = field(default_factory=dict)
    external: tuple[Term, ...] = ()
    bias: tuple[Term, ...] = ()
    walls: float | None = None
    depletants: Depletants | None = None
    periodic: bool = True
    scale: float = 1.0
    shear: bool = False

    def __post_init__(self) -> None:
        if self.terms and not self.periodic:
            raise ValueError("external and bias terms need a periodic box")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"two terms with one name: {', '.join(self.columns[5:])}")

    @classmethod
    def of(
        cls,
        system: System,
        interactions: Interactions | None = None,
        root: Path | None = None,
        u_max: float = U_MAX,
        pairs: Mapping[tuple[int, int], PairFunction] | None = None,
    ) -> Model:
        """The model of a system: with interactions of points or rigid bodies, without them of
        anisotropic or of hard and patchy particles; for `root` and `u_max` see `PairFunction`.
        `pairs` stand in for the interactions."""
        anisotropic = Anisotropic.of(system)
        if interactions is not None and isinstance(interactions.base, ManyBodyPotential):
            if root is None:
                raise ValueError("a fitted potential needs the root of its campaign to be read")
            many_body = ManyBody(interactions.base.read(root))
            periodic = system.boundary == "periodic"
            return cls(system.dimensions, system.types, many_body=many_body, periodic=periodic)
        if pairs is None and interactions is not None:
            pairs = pair_functions(interactions, system.types, root, u_max)
        hard = pairs is None and anisotropic is None
        separation, soft = _walls(system)
        return cls(
            system.dimensions,
            system.types,
            pairs=dict(pairs or {}),
            bodies={} if hard else rigid_bodies(system),
            anisotropic=anisotropic,
            blocks=dict(system.building_blocks or {}) if hard else {},
            external=soft,
            walls=separation,
            depletants=system.depletants,
            periodic=system.boundary == "periodic",
        )

    def check(self, configuration: Configuration) -> None:
        """Raise EngineError where a configuration is not one of these particles."""
        for what in ("dimensions", "types", "periodic"):
            found = getattr(configuration, "type_names" if what == "types" else what)
            expected = getattr(self, what)
            if found != expected:
                raise EngineError(f"{what} of the configuration: {found}; expected {expected}")

    @property
    def cores(self) -> Mapping[tuple[int, int], PairFunction]:
        """What keeps the particles of a random start apart."""
        return self.pairs if self.many_body is None else self.many_body.cores()

    @property
    def network(self) -> ManyBody | None:
        """The potential of many bodies where no engine has it: its forces come from here."""
        many_body = self.many_body
        return None if many_body is None or many_body.data.basis.in_lammps else many_body

    @property
    def terms(self) -> tuple[Term, ...]:
        """External and bias terms."""
        return self.external + self.bias

    @property
    def acting(self) -> tuple[Term, ...]:
        """Those of the terms that act."""
        return tuple(term for term in self.terms if term.scale != 0.0)

    @property
    def has_springs_only(self) -> bool:
        """Whether plain springs are all that acts besides, and of hard bodies a field that turns
        them alike."""
        springs = [term for term in self.acting if isinstance(term, Tethers) and term.is_plain]
        fields = [term for term in self.acting if isinstance(term, Alignment) and self.blocks]
        others = len(self.acting) - len(springs) - len(fields)
        return others == 0 and len(springs) < 2 and len(fields) < 2

    @property
    def diameters(self) -> np.ndarray:
        """Of those types that are hard spheres, in their order."""
        blocks = [self.blocks[name] for name in self.types if name in self.blocks]
        return np.array([block.diameter for block in blocks if isinstance(block, HardSphere)])

    @property
    def conserves_momentum(self) -> bool:
        """Whether all forces add up to zero."""
        return all(term.conserves_momentum for term in self.acting)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the samples: energies of terms are of all particles, without their scale."""
        own = [(f"{term.name}_energy", *term.quantities) for term in self.terms]
        return SAMPLE_COLUMNS + self.shears + tuple(name for names in own for name in names)

    @property
    def shears(self) -> tuple[str, ...]:
        """The columns of the pressure off the diagonal, where they are asked for."""
        return SHEAR_COLUMNS[: 2 * self.dimensions - 3] if self.shear else ()

    def acting_energy(self, samples: np.ndarray, n: int) -> np.ndarray:
        """Potential energy per particle of all that acts on `n` particles, by samples (rows,)."""
        energy = self.scale * samples[:, SAMPLE_COLUMNS.index("potential_energy")]
        for term in self.terms:
            column = self.columns.index(f"{term.name}_energy")
            energy = energy + term.scale / n * samples[:, column]
        return energy

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities that an engine must have for it."""
        kinds = {
            "hard_particles": bool(self.blocks),
            "anisotropic_bodies": self.anisotropic is not None,
            "rigid_bodies": bool(self.bodies) and self.anisotropic is None,
            "many_body": self.many_body is not None and not self.network,
            "network": self.network is not None,
            "open_boundary": not self.periodic,
            "external_terms": bool(self.terms) and not self.has_springs_only,
            "springs": bool(self.terms) and self.has_springs_only,
            "scaled_energy": self.scale != 1.0,
            "hard_walls": self.walls is not None,
            "shear_stress": self.shear,
        }
        needs = {name for name, needed in kinds.items() if needed}
        if not (self.blocks or self.bodies):
            needs.add("points")
        return frozenset(needs)


def _walls(system: System) -> tuple[float | None, tuple[Term, ...]]:
    """The separation of hard walls, or soft walls as a term."""
    walls = system.walls
    if walls is None:
        return None, ()
    if walls.epsilon is None or walls.sigma is None or walls.r_cut is None:
        return walls.separation, ()
    sigma, r_cut = walls.sigma, walls.sigma * walls.r_cut
    return None, (SoftWalls(walls.separation, walls.epsilon, sigma, r_cut, system.dimensions),)
