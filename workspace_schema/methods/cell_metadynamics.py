"""Method `cell_metadynamics`: crystals, by hills that push the cell out of where it has been."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.methods.genetic import MOST_PARTICLES, Count
from workspace_schema.methods.method import Method
from workspace_schema.system import System


class CellMetadynamics(Method):
    """A walk of the cell on the enthalpy and hills that it leaves behind, particles at rest.

    R. Martoňák, A. Laio and M. Parrinello, Phys. Rev. Lett. 90, 075503 (2003), at zero temperature:
    after each step of the cell the particles are relaxed in it, and a copy with a free cell, which
    is what has been found.

    Attributes
    ----------
    pressure : float
    width : float
        Length of a step of the cell, and width of a hill, in units of the edge of a cube, or
        square, of its volume.
    height : float
        Of a hill, in units of the enthalpy of the crystal.
    patience : int
        Steps without a lower crystal after which the walk begins anew from a random one, without
        hills.
    steps : int
        At most so many. An extent: a finished search can be lengthened, and stays the same job.
    max_energy_evaluations, hall_of_fame
        As of `genetic`.
    """

    references: ClassVar[tuple[str, ...]] = ("martonak2003",)

    name: Literal["cell_metadynamics"]
    pressure: Annotated[float, Field(ge=0)] = 0.0
    width: Annotated[float, Field(gt=0, le=1)] = 0.1
    height: Annotated[float, Field(gt=0, le=1)] = 0.02
    patience: Annotated[int, Field(ge=1, le=10**6)] = 40
    steps: Annotated[Count, Field(json_schema_extra={"extent": True})] = 400
    max_energy_evaluations: Count | None = None
    hall_of_fame: Annotated[int, Field(ge=1, le=1000)] = 20

    def check_system(self, system: System) -> None:
        """Raise ValueError where there is no cell, or it is too large."""
        if system.boundary == "open":
            raise ValueError("name: cell_metadynamics needs a periodic cell, not an open boundary")
        if system.n_particles > MOST_PARTICLES:
            raise ValueError(
                f"name: cell_metadynamics takes cells of up to {MOST_PARTICLES} particles,"
                f" system.particles are {system.n_particles}"
            )
