"""What methods have in common that lead a system along a schedule of kT and pressure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.imported import Sha256
from workspace_schema.methods.method import Method
from workspace_schema.methods.ramp import PositiveRampField, RampField
from workspace_schema.system import System

Steps = Annotated[int, Field(ge=0, le=10**15)]
Time = Annotated[float, Field(gt=0)]


class StartFile(Model):
    """A start configuration, known by its content; ``{file: PATH}`` in a campaign file."""

    sha256: Sha256


Lattice = Literal["random", *LATTICES]  # type: ignore[valid-type]
# told apart by their shape, so that an error speaks of one of them only
Start = Annotated[
    Annotated[Lattice, Tag("lattice")] | Annotated[StartFile, Tag("file")],
    Discriminator(lambda value: "file" if isinstance(value, Mapping | StartFile) else "lattice"),
]


class Schedule(Method):
    """A start, equilibration at the first kT and pressure, then the ramp (or hold) over `steps`,
    then production at the last kT and pressure.

    Attributes
    ----------
    ensemble : "nvt" or "npt", or what the method has beside them
    kT : float or list of float
        Temperature.
    pressure : float or list of float
        Only in "npt", and required there.
    cell : "isotropic" or "flexible"
        Only in "npt": the box keeps its shape, or all its lengths and angles are free.
    number_density : float
        Particles per area or volume at the start.
    start : str or StartFile
        "random", a lattice ("square", "hexagonal" in two dimensions, "sc", "bcc", "fcc" in
        three), which the particles must fill, or a file, which is scaled to the number density if
        there is one.
    equilibration_steps, steps, production_steps : int
        Length of the three stages; only `steps` must be given. `production_steps` is an extent:
        a finished run can be lengthened, and stays the same job.
    """

    ensemble: Literal["nvt", "npt", "nve"] = "nvt"
    kT: PositiveRampField
    pressure: RampField | None = Field(None, validate_default=True)
    cell: Literal["isotropic", "flexible"] | None = None
    number_density: Annotated[float, Field(gt=0)] | None = None
    start: Start = "random"
    equilibration_steps: Steps = 0
    steps: Annotated[int, Field(ge=1, le=10**15)]
    production_steps: Steps = Field(0, json_schema_extra={"extent": True})

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_ensemble(cls, data: Any) -> Any:
        # written out here, so that the canonical form has exactly the keys that have a meaning
        if not isinstance(data, dict):
            return data
        defaults = cls.ensemble_defaults(str(data.get("ensemble", "nvt")))
        return defaults | cls.given(data)

    @classmethod
    def ensemble_defaults(cls, ensemble: str) -> dict[str, Any]:
        """Return the defaults of the keys that have a meaning in this ensemble only."""
        return {"cell": "isotropic"} if ensemble == "npt" else {}

    @field_validator("pressure")
    @classmethod
    def _npt_has_a_pressure(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("ensemble") == "npt" and value is None:
            raise ValueError("expected a pressure, because the ensemble is npt")
        return value

    @field_validator("pressure", "cell")
    @classmethod
    def _has_meaning_at_constant_pressure(cls, value: Any, info: ValidationInfo) -> Any:
        ensemble = info.data.get("ensemble")
        if value is not None and ensemble not in (None, "npt"):
            raise ValueError(f"has no meaning in the ensemble {ensemble}")
        return value

    @model_validator(mode="after")
    def _density_is_known(self) -> Schedule:
        if self.number_density is None and self.needs_density():
            raise ValueError("number_density is missing; it is required unless start is a file")
        return self

    def needs_density(self) -> bool:
        """Whether nothing else says how dense the start is."""
        return not isinstance(self.start, StartFile)

    def check_system(self, system: System) -> None:
        """Raise ValueError where the ensemble or the start does not fit the system."""
        if self.ensemble == "npt" and system.boundary == "open":
            raise ValueError("ensemble: npt needs a box, but system.boundary is open")
        if system.walls is not None:
            self._check_walls()
        check_start(self.start, system)

    def _check_walls(self) -> None:
        """Raise ValueError where the ensemble or the start is none between walls."""
        if self.ensemble == "npt":
            raise ValueError("ensemble: npt: between walls the area is fixed; expected nvt")
        if isinstance(self.start, StartFile):
            if self.number_density is not None:
                raise ValueError(
                    f"number_density: got {self.number_density:g}; between walls that of a start"
                    " file is kept, expected none"
                )
        elif self.start != "random":
            raise ValueError(f"start: got {self.start!r}; between walls expected random or a file")


def check_start(start: str | StartFile | None, system: System) -> None:
    """Raise ValueError where a lattice has other dimensions than the system, or a periodic box of
    it more sites than there are particles."""
    lattice = LATTICES.get(start) if isinstance(start, str) else None
    if lattice is None:
        return
    if lattice.dimensions != system.dimensions:
        raise ValueError(
            f"start: {start!r} is a lattice in {lattice.dimensions} dimensions, "
            f"but system.dimensions is {system.dimensions}"
        )
    n = system.n_particles
    if n and system.boundary == "periodic" and lattice.n_sites(n) != n:
        *some, last = lattice.near(n)
        raise ValueError(
            f"start: {start} has {lattice.n_sites(n)} sites in a box for {n} particles; expected a"
            f" number that fills it, such as {', '.join(map(str, some))} or {last}"
        )
