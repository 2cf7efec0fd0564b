"""Method `clapeyron`: from one temperature at which a crystal and its fluid coexist to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.methods.coexistence import check_width
from workspace_schema.methods.free_energy import CrystalPhase
from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Time, check_start
from workspace_schema.system import System

if TYPE_CHECKING:
    from workspace_schema.interactions import Interactions

Positive = Annotated[float, Field(gt=0)]


class Clapeyron(Method):
    """The line of coexistence by dP/dT = Δh/(T Δv): D. A. Kofke, J. Chem. Phys. 98, 4149 (1993).

    At each of several temperatures the crystal and the fluid are simulated at the pressure that the
    slopes before predict; then their own enthalpies and volumes correct it.

    Attributes
    ----------
    phase : CrystalPhase
        Its other phase is the fluid; each has all particles.
    kT, pressure, pressure_error : float
        Where both coexist, of the potential that is sampled, and how well that is known.
    to : float
        kT of the other end.
    number_density : float
        Of the crystal before it relaxes.
    points : int
        Temperatures, at equal steps.
    dt : float
    equilibration_steps, steps : int
        Of each simulation. `steps` is no extent: pressures follow from what was simulated before,
        so that a longer one is another job.
    """

    references: ClassVar[tuple[str, ...]] = ("kofke1993",)

    name: Literal["clapeyron"]
    phase: CrystalPhase
    kT: Positive = 1.0
    pressure: float
    pressure_error: Annotated[float, Field(ge=0)] = 0.0
    to: Positive
    number_density: Positive
    points: Annotated[int, Field(ge=3, le=100)] = 5
    dt: Time = 0.005
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=2000, le=10**12)] = 20_000

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Clapeyron:
        if self.to == self.kT:
            raise ValueError(f"to: got {self.to:g}; expected another temperature than kT")
        return self

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "npt"

    def check_system(self, system: System) -> None:
        """Raise ValueError where the system is open, of several types, or fills no crystal."""
        if system.boundary == "open":
            raise ValueError("name: clapeyron needs a periodic box, but system.boundary is open")
        if len(system.types) > 1:
            raise ValueError("name: clapeyron takes one type of particle")
        try:
            check_start(self.phase.lattice, system)
        except ValueError as error:
            raise ValueError(f"phase.lattice: {str(error).removeprefix('start: ')}") from None

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the crystal is too narrow for the potential."""
        check_width(self.phase, system.n_particles, self.number_density, potential, system)
