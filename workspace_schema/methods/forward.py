"""Method `forward`: molecular dynamics from a start to whatever assembles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.methods.imported import Sha256
from workspace_schema.methods.method import Method
from workspace_schema.methods.ramp import Ramp, RampField, knots
from workspace_schema.system import System

#: Dimensions of the lattices a run may start from.
LATTICE_DIMENSIONS = {"square": 2, "hexagonal": 2, "sc": 3, "bcc": 3, "fcc": 3}
# keys that have a meaning only in some ensembles, with the default they have there
_THERMOSTAT: dict[str, Any] = {"thermostat": "bussi", "thermostat_time": 0.5}
_BAROSTAT: dict[str, Any] = {"cell": "isotropic", "barostat_time": 5.0}

Steps = Annotated[int, Field(ge=0, le=10**15)]
Time = Annotated[float, Field(gt=0)]


class StartFile(Model):
    """A start configuration, known by its content; ``{file: PATH}`` in a campaign file."""

    sha256: Sha256


Lattice = Literal["random", "square", "hexagonal", "sc", "bcc", "fcc"]
# told apart by their shape, so that an error speaks of one of them only
Start = Annotated[
    Annotated[Lattice, Tag("lattice")] | Annotated[StartFile, Tag("file")],
    Discriminator(lambda value: "file" if isinstance(value, Mapping | StartFile) else "lattice"),
]


class Forward(Method):
    """Molecular dynamics at constant or ramped temperature and pressure.

    Equilibration at the first kT and pressure, then the ramp (or hold) over `steps`, then
    production at the last kT and pressure. Reduced units: energies in ε, lengths in σ, masses in
    m, times in σ (m/ε)^½, temperature as kT in ε.

    Attributes
    ----------
    ensemble : "nvt", "npt" or "nve"
    kT : float or list of float
        Temperature; in "nve" that of the initial velocities.
    pressure : float or list of float
        Only in "npt", and required there.
    thermostat : "bussi" or "langevin"
        Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), or Langevin dynamics; not
        in "nve".
    thermostat_time : float
        Relaxation time of the thermostat.
    cell : "isotropic" or "flexible"
        Only in "npt": the box keeps its shape, or all its lengths and angles are free.
    barostat_time : float
        Only in "npt": relaxation time of the barostat.
    number_density : float
        Particles per area or volume at the start; required unless the start is a file, which is
        otherwise scaled to it.
    start : str or StartFile
        "random", a lattice ("square", "hexagonal" in two dimensions, "sc", "bcc", "fcc" in
        three) or a file.
    dt : float
        Time step.
    equilibration_steps, steps, production_steps : int
        Length of the three stages; only `steps` must be given. `production_steps` is an extent:
        a finished run can be lengthened, and stays the same job.
    """

    name: Literal["forward"]
    ensemble: Literal["nvt", "npt", "nve"] = "nvt"
    kT: RampField
    pressure: RampField | None = Field(None, validate_default=True)
    thermostat: Literal["bussi", "langevin"] | None = None
    thermostat_time: Time | None = None
    cell: Literal["isotropic", "flexible"] | None = None
    barostat_time: Time | None = None
    number_density: Annotated[float, Field(gt=0)] | None = None
    start: Start = "random"
    dt: Time = 0.005
    equilibration_steps: Steps = 0
    steps: Annotated[int, Field(ge=1, le=10**15)]
    production_steps: Steps = Field(0, json_schema_extra={"extent": True})

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_ensemble(cls, data: Any) -> Any:
        # written out here, so that the canonical form has exactly the keys that have a meaning
        if not isinstance(data, dict):
            return data
        ensemble = data.get("ensemble", "nvt")
        defaults = (_THERMOSTAT if ensemble in ("nvt", "npt") else {}) | (
            _BAROSTAT if ensemble == "npt" else {}
        )
        return defaults | {key: value for key, value in data.items() if value is not None}

    @field_validator("kT")
    @classmethod
    def _temperature_is_positive(cls, value: Ramp) -> Ramp:
        if min(knots(value)) <= 0:
            raise ValueError("expected kT greater than 0")
        return value

    @field_validator("kT")
    @classmethod
    def _no_ramp_without_thermostat(cls, value: Ramp, info: ValidationInfo) -> Ramp:
        if info.data.get("ensemble") == "nve" and isinstance(value, list):
            raise ValueError("expected one number: nothing ramps kT at constant energy (nve)")
        return value

    @field_validator("thermostat", "thermostat_time", "cell", "barostat_time", "pressure")
    @classmethod
    def _has_meaning_in_the_ensemble(cls, value: Any, info: ValidationInfo) -> Any:
        ensemble = info.data.get("ensemble")
        if ensemble == "npt" and info.field_name == "pressure" and value is None:
            raise ValueError("expected a pressure, because the ensemble is npt")
        if value is None or ensemble in (None, "npt"):
            return value
        if info.field_name not in _THERMOSTAT or ensemble == "nve":
            raise ValueError(f"has no meaning in the ensemble {ensemble}")
        return value

    @model_validator(mode="after")
    def _density_is_known(self) -> Forward:
        if self.number_density is None and not isinstance(self.start, StartFile):
            raise ValueError("number_density is missing; it is required unless start is a file")
        return self

    def check_system(self, system: System) -> None:
        """Raise ValueError where the ensemble or the start does not fit the system."""
        if self.ensemble == "npt" and system.boundary == "open":
            raise ValueError("ensemble: npt needs a box, but system.boundary is open")
        dimensions = LATTICE_DIMENSIONS.get(str(self.start), system.dimensions)
        if dimensions != system.dimensions:
            raise ValueError(
                f"start: {self.start!r} is a lattice in {dimensions} dimensions, "
                f"but system.dimensions is {system.dimensions}"
            )
