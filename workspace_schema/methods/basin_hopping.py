"""Method `basin_hopping`: the lowest minima of a cluster or a small periodic cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat, field_validator, model_validator

from workspace_schema.methods.method import LEAST_FOR_GPU, Method
from workspace_schema.methods.schedule import StartFile
from workspace_schema.system import System

Strategy = Literal["displacement", "vacancies", "symmetry"]
MAX_PARTICLES = 1000
#: Particles of a cluster at most whose vibrations are computed.
MOST_VIBRATING = 100
#: Particles of all walkers together: a checkpoint of every second has 24 bytes of each.
MAX_WALKING = 2_500_000
#: Particles that take the room of the visits of a walker where there is a paving.
VISITS = 342


class BasinHopping(Method):
    """Monte Carlo among minima: move, quench, accept or not.

    D. J. Wales, J. P. K. Doye, J. Phys. Chem. A 101, 5111 (1997). Of points, and in an open
    boundary of building blocks that turn.

    Attributes
    ----------
    hops : int
        Quenches. An extent: a finished search can be lengthened, and stays the same job.
    pressure : float
        A periodic cell: all its lengths and angles are free.
    number_density : float
        A periodic cell: a cube (square) of this density.
    strategies : list
        Of "displacement", "vacancies" (weakly bound particles to vacant sites of a cluster of one
        type) and "symmetry" (a cluster's start and moves by point groups). Left out, all that
        the system allows compete; the one whose runs pay best is taken most often.
    kT : float
        Temperature of acceptance, at first; adapted. In units of the potential's well depth.
    paving : float
        What each visit of a run adds to the energies within half a well depth, in units of that
        depth, for whether the next move is accepted: landscape paving, U. H. E. Hansmann and L. T.
        Wille, Phys. Rev. Lett. 88, 068105 (2002); 0 is none.
    compression : float
        A cluster of points: each quench begins with springs of all particles to their centre, this
        times Σ r² in units of the well depth and the distance at the potential's minimum, and ends
        without; M. Locatelli, F. Schoen, Comput. Optim. Appl. 26, 173 (2003), J. P. K. Doye, Phys.
        Rev. E 62, 8753 (2000). 0 is none.
    step : float
        Displacement of each coordinate, at first; adapted. In units of the distance at the
        potential's minimum.
    walkers : int
        Walkers that take turns and share what they learn. With 512 or more of points, which only
        follow "displacement" without compression, quenches are made on a GPU where the campaign
        asks for one.
    keep : int
        How many distinct minima are kept.
    superposition : list of two float
        A cluster of points: temperatures between which the kept minima are weighted by energy,
        vibrations and symmetry; see `operations.equilibrium.superposition`.
    target_energy : float
        Energy (enthalpy at a pressure) of the whole system at which the search may stop.
    max_energy_evaluations : int
        Budget of energy evaluations; each trial occupation of vacant sites is one.
    start : StartFile
        ``{file: PATH}`` in a campaign file: clusters from which the first runs start, one each, in
        the order of the file. Particles that they have too many are taken away, those that they
        lack put on their surface; so the minima of N - 1 or N + 1 particles seed a search for N.
    """

    references: ClassVar[tuple[str, ...]] = ("wales1997",)
    building_blocks: ClassVar[frozenset[str]] = frozenset(
        {"point", "sphere_union", "patchy_lennard_jones"}
    )
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})

    name: Literal["basin_hopping"]
    hops: Annotated[int, Field(ge=1, le=10**12, json_schema_extra={"extent": True})] = 10_000
    pressure: float | None = None
    number_density: Annotated[float, Field(gt=0)] | None = None
    strategies: Annotated[list[Strategy], Field(min_length=1)] | None = None
    kT: Annotated[float, Field(gt=0)] = 0.8
    paving: Annotated[float, Field(ge=0, le=10, json_schema_extra={"since": 2})] = 0.0
    compression: Annotated[float, Field(ge=0, le=1000, json_schema_extra={"since": 2})] = 0.0
    step: Annotated[float, Field(gt=0, le=2)] = 0.36
    walkers: Annotated[int, Field(ge=1, le=16384)] = 1
    keep: Annotated[int, Field(ge=1, le=1000)] = 20
    superposition: Annotated[list[PositiveFloat], Field(min_length=2, max_length=2)] | None = None
    target_energy: float | None = None
    max_energy_evaluations: Annotated[int, Field(ge=1, le=10**15)] | None = None
    start: StartFile | None = None

    @field_validator("strategies")
    @classmethod
    def _order_says_nothing(cls, value: list[Strategy] | None) -> list[Strategy] | None:
        return sorted(set(value)) if value is not None else None

    @model_validator(mode="after")
    def _one_condition(self) -> BasinHopping:
        if self.pressure is not None and self.number_density is not None:
            raise ValueError("pressure and number_density: expected one of them at most")
        if self.superposition is not None and self.superposition[0] >= self.superposition[1]:
            raise ValueError(
                f"superposition: got {list(self.superposition)}; expected a lower and a higher kT"
            )
        return self

    @classmethod
    def fills_gpu(cls, block: Mapping[str, Any]) -> bool:
        """Other strategies spend most of their time between quenches; the CPU alone compresses."""
        cell = "pressure" in block or "number_density" in block  # where there are no others
        plain = cell or block.get("strategies") == ["displacement"]
        compressed = block.get("compression", 0.0) > 0.0
        return bool(plain and not compressed and block["walkers"] >= LEAST_FOR_GPU)

    def check_system(self, system: System) -> None:
        """Raise ValueError where boundary, conditions and strategies do not fit."""
        given = self.pressure is not None or self.number_density is not None
        if system.boundary == "open" and given:
            raise ValueError("pressure and number_density have no meaning in an open boundary")
        if system.boundary == "periodic" and not given:
            raise ValueError(
                "pressure or number_density is missing; expected one in a periodic cell"
                " (for a cluster: system.boundary: open)"
            )
        if system.building_blocks and system.boundary == "periodic":
            raise ValueError("name: basin_hopping of building blocks needs system.boundary: open")
        self.check_patchy(system)
        if system.boundary == "periodic" and self.start is not None:
            raise ValueError("start is for clusters (system.boundary: open)")
        if system.building_blocks and self.start is not None:
            raise ValueError("start is for clusters of points, without building_blocks")
        if self.compression > 0 and (system.boundary == "periodic" or system.building_blocks):
            raise ValueError("compression is for clusters of points (system.boundary: open)")
        if self.superposition is not None:
            self._check_superposition(system)
        if system.n_particles > MAX_PARTICLES:
            raise ValueError(
                f"{system.n_particles} particles; expected at most {MAX_PARTICLES}, all pairs count"
            )
        visits = VISITS if self.paving > 0 else 0
        if (system.n_particles + visits) * self.walkers > MAX_WALKING:
            paved = f", and visits of the paving that take the room of {VISITS}" if visits else ""
            raise ValueError(
                f"walkers: {self.walkers} of {system.n_particles} particles{paved}; expected at"
                f" most {MAX_WALKING} particles of all walkers together"
            )
        for strategy in self.strategies or ():
            if strategy not in allowed_strategies(system):
                raise ValueError(
                    f"strategies: {strategy} is for clusters"
                    + (" of one type" if strategy == "vacancies" else "")
                    + (" of points" if system.building_blocks else "")
                )

    def _check_superposition(self, system: System) -> None:
        """Raise ValueError where the vibrations of minima are not known."""
        if system.boundary == "periodic" or system.building_blocks:
            raise ValueError("superposition is for clusters of points (system.boundary: open)")
        if not 2 <= system.n_particles <= MOST_VIBRATING:
            raise ValueError(
                f"superposition: got {system.n_particles} particles; expected 2 to {MOST_VIBRATING}"
            )
        if self.keep < 2:
            raise ValueError(f"superposition: got keep: {self.keep}; expected hundreds of minima")


def allowed_strategies(system: System) -> tuple[Strategy, ...]:
    """The strategies that a system allows."""
    if system.boundary == "periodic" or system.building_blocks:
        return ("displacement",)
    if len(system.types) > 1:
        return ("displacement", "symmetry")
    return ("displacement", "vacancies", "symmetry")
