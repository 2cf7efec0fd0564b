"""Method `free_energy`: of a crystal or a fluid, at one temperature and density, or pressure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.building_blocks import HARD
from workspace_schema.interactions import Interactions
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import check_start
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]
Name = Literal[*LATTICES]  # type: ignore[valid-type]


class CrystalPhase(Model):
    """A crystal, by the name of its lattice.

    Attributes
    ----------
    lattice : str
        "square", "hexagonal" in two dimensions, "sc", "bcc", "fcc" in three; the particles must
        fill its box.
    """

    lattice: Name


class LabelledPhase(Model):
    """A crystal, by a label.

    Attributes
    ----------
    label : str
        Of one type of particle: "hcp", "A15", "kagome"; whole cells of it have as many particles as
        the system.
    """

    label: str


class FoundPhase(Model):
    """The crystal that a job has found, whatever it is called.

    Attributes
    ----------
    job : str
        Id of a finished job of the same root: of `genetic` or any other whose first configuration
        is a perfect crystal.
    """

    job: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class PlasticPhase(Model):
    """A plastic crystal of hard bodies: their centres are on a lattice, and they turn.

    Attributes
    ----------
    plastic : str
        As `CrystalPhase.lattice`, or a label: "fcc", "hcp", "hexagonal".
    """

    plastic: str


#: Crystals by the key that tells them apart.
CRYSTALS: dict[str, type[Model]] = {
    "lattice": CrystalPhase,
    "label": LabelledPhase,
    "job": FoundPhase,
    "plastic": PlasticPhase,
}
#: Hard bodies that turn: their fluids and plastic crystals have a free energy.
BODIES = HARD - {"hard_sphere", "kern_frenkel"}


def _kind(value: object) -> str | None:
    """Phases are told apart by their shape, so that an error speaks of one of them only."""
    if value == "fluid":
        return "fluid"
    has = [
        key
        for key, kind in CRYSTALS.items()
        if isinstance(value, kind) or (isinstance(value, Mapping) and key in value)
    ]
    return has[0] if len(has) == 1 else None


Phase = Annotated[
    Annotated[Literal["fluid"], Tag("fluid")]
    | Annotated[CrystalPhase, Tag("lattice")]
    | Annotated[LabelledPhase, Tag("label")]
    | Annotated[FoundPhase, Tag("job")]
    | Annotated[PlasticPhase, Tag("plastic")],
    Discriminator(
        _kind,
        custom_error_type="phase",
        custom_error_message="fluid, {lattice: fcc}, {label: hcp}, {job: ID} or {plastic: fcc}",
    ),
]


def check_spheres(phase: CrystalPhase, density: float, system: System) -> None:
    """Raise ValueError where the spheres of a crystal overlap."""
    for block in (system.building_blocks or {}).values():
        if (diameter := getattr(block, "diameter", None)) is None:
            continue
        most = LATTICES[phase.lattice].density(diameter)
        if density >= most:
            raise ValueError(
                f"number_density: got {density:g}; expected less than {most:.5g},"
                f" where spheres of diameter {diameter:g} touch on {phase.lattice}"
            )


class FreeEnergy(Method):
    """The Helmholtz free energy of a phase, with the pressure there.

    A crystal is compared with an Einstein crystal (D. Frenkel and A. J. C. Ladd, J. Chem. Phys. 81,
    3188 (1984)), a fluid with the ideal gas: along the isotherm of its kT or, where a gas would
    condense on that way, along a hotter one and then at its density.

    Attributes
    ----------
    phase : CrystalPhase, LabelledPhase, FoundPhase, PlasticPhase or "fluid"
    kT : float
    number_density : float
        Or, of a crystal of particles with a potential, `pressure`.
    pressure : float
        Instead of the density, which is then the one at which the quasi-harmonic Gibbs energy is
        lowest.
    hot : float
        Of a fluid: kT of the isotherm, above the critical one; `kT` where it is left out.
    points : int
        Of a Gauss-Legendre rule: stiffnesses of the springs at which a crystal is simulated,
        densities of the isotherm of a fluid, and temperatures on the way from `hot` to `kT`. A
        simulation of the phase itself comes first, of a crystal one with the stiffest springs last.
    equilibration_steps : int
        Of each simulation; sweeps of hard spheres.
    steps : int
        Of each simulation. An extent: a finished job can be lengthened, which makes its error
        smaller, and stays the same job.
    """

    building_blocks: ClassVar[frozenset[str]] = BODIES | {"point", "hard_sphere"}
    by_hoomd: ClassVar[frozenset[str]] = BODIES | {"hard_sphere"}
    by_cpu: ClassVar[frozenset[str]] = BODIES | {"hard_sphere"}
    references: ClassVar[tuple[str, ...]] = ("frenkel1984", "polson2000", "bennett1976")

    name: Literal["free_energy"]
    phase: Phase
    kT: Positive = 1.0
    number_density: Positive | None = None
    pressure: float | None = None
    hot: Positive | None = None
    points: Annotated[int, Field(ge=2, le=100)] = 12
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=200, le=10**12, json_schema_extra={"extent": True})] = 20_000

    @field_validator("phase", mode="before")
    @classmethod
    def _label_of_a_lattice(cls, phase: object) -> object:
        """One crystal is one job: the label of a lattice is the lattice."""
        label = phase.get("label") if isinstance(phase, Mapping) else None
        return {"lattice": label} if isinstance(label, str) and label in LATTICES else phase

    @model_validator(mode="after")
    def _density_or_pressure(self) -> FreeEnergy:
        if self.number_density is None and self.pressure is None:
            raise ValueError("number_density: missing; expected it, or of a crystal pressure")
        if self.number_density is not None and self.pressure is not None:
            raise ValueError("pressure: a density is given already; expected one of both")
        if self.pressure is not None and self.phase == "fluid":
            raise ValueError("pressure: only a crystal finds its density; expected number_density")
        return self

    @model_validator(mode="after")
    def _hot_is_hotter(self) -> FreeEnergy:
        if self.hot is not None and self.phase != "fluid":
            raise ValueError("hot: has no meaning of a crystal")
        if self.hot is not None and self.hot <= self.kT:
            raise ValueError(f"hot: got {self.hot:g}; expected more than kT = {self.kT:g}")
        return self

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "nvt" if self.phase == "fluid" else "springs"

    def check_system(self, system: System) -> None:
        """Raise ValueError where the system is open, of several types, or does not fill the
        crystal."""
        if system.boundary == "open":
            raise ValueError("name: free_energy needs a periodic box, but system.boundary is open")
        if len(system.types) > 1:
            raise ValueError("name: free_energy takes one type of particle")
        if self.hot is not None and system.building_blocks:
            raise ValueError("hot: has no meaning of hard particles")
        if self.pressure is not None and system.building_blocks:
            raise ValueError("pressure: has no meaning of hard particles; expected number_density")
        self._check_bodies(system)
        if isinstance(self.phase, CrystalPhase):
            try:
                check_start(self.phase.lattice, system)
            except ValueError as error:
                raise ValueError(f"phase.lattice: {str(error).removeprefix('start: ')}") from None
            if self.number_density is not None:
                check_spheres(self.phase, self.number_density, system)

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too narrow for the potential."""
        if self.number_density is None:  # it is looked at where it is found
            return
        (a,) = system.types
        r_cut = potential.pair(a, a).r_cut
        half = 0.5 * (system.n_particles / self.number_density) ** (1.0 / system.dimensions)
        if r_cut >= half:
            raise ValueError(
                f"r_cut: got {r_cut:g}; expected less than {half:.5g}, half the edge of the box:"
                " take more particles"
            )

    def _check_bodies(self, system: System) -> None:
        """Raise ValueError where bodies turn and the phase is a crystal that is not plastic, or
        the other way round, or the plastic crystal is not of this space or not full."""
        turn, phase = bool(system.forms & BODIES), self.phase
        if turn and not isinstance(phase, PlasticPhase | str):
            raise ValueError(
                "phase: of bodies that turn there are free energies of the fluid and of plastic"
                " crystals; expected fluid or {plastic: fcc}"
            )
        if isinstance(phase, PlasticPhase):
            if not turn:
                raise ValueError(
                    "phase.plastic: the particles do not turn; expected {lattice: fcc}"
                )
            if phase.plastic in LATTICES:
                try:
                    check_start(phase.plastic, system)
                except ValueError as error:
                    words = str(error).removeprefix("start: ")
                    raise ValueError(f"phase.plastic: {words}") from None
