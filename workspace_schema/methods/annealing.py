"""Method `annealing`: slow cooling, then the inherent structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from workspace_schema.building_blocks import HARD
from workspace_schema.methods.method import Method
from workspace_schema.methods.ramp import Ramp, RampField
from workspace_schema.methods.schedule import Start, StartFile, Steps, Time, check_start
from workspace_schema.system import System

#: Particles in a cell that Monte Carlo of particles and cell can order.
MOST_IN_CELL = 20

# keys that have a meaning only in one kind of dynamics, with the default they have there
_MD: dict[str, Any] = {
    "ensemble": "nvt",
    "thermostat": "bussi",
    "thermostat_time": 0.5,
    "start": "random",
    "dt": 0.005,
    "steps": 100_000,
}
_NPT: dict[str, Any] = {"barostat_time": 5.0, "pressure": 0.0}
_MC: dict[str, Any] = {"pressure": 0.0, "chains": 50, "sweeps": 1000}
_ONLY_MD = (*_MD, "barostat_time", "number_density")
_ONLY_MC = ("chains", "sweeps")


class Annealing(Method):
    """Cooling to a ground state, by molecular dynamics or in small cells by Monte Carlo.

    S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Science 220, 671 (1983). With ``dynamics: md`` a
    large system is cooled in an engine, one or more times, and quenched after each cooling; with
    ``dynamics: mc`` many independent cells of 1 to 20 particles are cooled at a pressure, their
    shape free, as in L. Filion et al., Phys. Rev. Lett. 103, 188302 (2009).

    Hard particles know only of pressure / kT: cooled at a pressure of 1, from kT = 1 to 1e-5, they
    are compressed to 1e5 kT per volume, and what is found is the densest packing.

    Attributes
    ----------
    dynamics : "md" or "mc"
    kT : ramp of two knots
        Where cooling begins and ends.
    cooling : "adaptive", "exponential" or "linear"
        Adaptive: constant thermodynamic speed, slower where the heat capacity is large
        (P. Salamon et al., Comput. Phys. Commun. 49, 423 (1988)).
    cycles : int
        How often a system is cooled; later times from `reheat` on, where it is quenched and
        what it has become is kept.
    reheat : float
        Only with more than one cycle: temperature of reheating in units of the first kT.
    max_energy_evaluations : int, optional
        Budget; nothing begins after it is spent.
    pressure : float
        In "mc" and in "npt"; the cell is free in all lengths and angles.
    ensemble : "nvt" or "npt"
        This and the following only in "md", as in method `forward`.
    thermostat, thermostat_time, barostat_time, number_density, start, dt
    steps : int
        Time steps of one cooling.
    chains : int
        This and the following only in "mc": independent random starts.
    sweeps : int
        Monte Carlo sweeps of one cooling: a trial move of every particle, two of the cell, and in
        mixtures exchanges of unlike particles; of bodies a displacement and a turn of each, one
        move of the cell, and exchanges.
    """

    building_blocks: ClassVar[frozenset[str]] = HARD | {"point"}
    references: ClassVar[tuple[str, ...]] = ("kirkpatrick1983",)

    name: Literal["annealing"]
    dynamics: Literal["md", "mc"] = "md"
    kT: RampField = Field(default_factory=lambda: [2.0, 0.02])
    cooling: Literal["adaptive", "exponential", "linear"] = "adaptive"
    cycles: Annotated[int, Field(ge=1, le=10_000)] = 1
    reheat: Annotated[float, Field(gt=0, le=1)] | None = None
    max_energy_evaluations: Annotated[int, Field(ge=1, le=10**15)] | None = None
    ensemble: Literal["nvt", "npt"] | None = None
    pressure: float | None = None
    thermostat: Literal["bussi", "langevin"] | None = None
    thermostat_time: Time | None = None
    barostat_time: Time | None = None
    number_density: Annotated[float, Field(gt=0)] | None = None
    start: Start | None = None
    dt: Time | None = None
    steps: Annotated[Steps, Field(ge=1)] | None = None
    chains: Annotated[int, Field(ge=1, le=10**6)] | None = None
    sweeps: Annotated[int, Field(ge=1, le=10**9)] | None = None

    @classmethod
    def on_cpu(cls, block: Mapping[str, Any]) -> bool:
        """Cells are cooled by our own compiled functions."""
        return block.get("dynamics") == "mc"

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_dynamics(cls, data: Any) -> Any:
        # written out here, so that the canonical form has exactly the keys that have a meaning
        if not isinstance(data, dict):
            return data
        given = cls.given(data)
        defaults = _MD if given.get("dynamics", "md") == "md" else _MC
        if defaults is _MD and given.get("ensemble") == "npt":
            defaults = _MD | _NPT
        several = isinstance(given.get("cycles"), int) and given["cycles"] > 1
        return defaults | ({"reheat": 0.5} if several else {}) | given

    @field_validator("kT")
    @classmethod
    def _is_cooled(cls, value: Ramp) -> Ramp:
        if not isinstance(value, list) or len(value) != 2 or not value[0] > value[1] > 0:
            raise ValueError("expected {ramp: [first, last]} with first > last > 0")
        return value

    @field_validator(*_ONLY_MD, *_ONLY_MC, "reheat", "pressure")
    @classmethod
    def _has_a_meaning(cls, value: Any, info: ValidationInfo) -> Any:
        key, dynamics = info.field_name, info.data.get("dynamics")
        if value is None or dynamics is None:
            return value
        if key == "reheat" and info.data.get("cycles") == 1:
            raise ValueError("has no meaning with one cycle")
        if (key in _ONLY_MC and dynamics == "md") or (key in _ONLY_MD and dynamics == "mc"):
            raise ValueError(f"has no meaning with dynamics: {dynamics}")
        if key in ("pressure", "barostat_time") and info.data.get("ensemble") == "nvt":
            raise ValueError("has no meaning in the ensemble nvt")
        return value

    @model_validator(mode="after")
    def _density_is_known(self) -> Annealing:
        from_file = isinstance(self.start, StartFile)
        if self.dynamics == "md" and self.number_density is None and not from_file:
            raise ValueError("number_density is missing; it is required unless start is a file")
        return self

    def check_system(self, system: System) -> None:
        """Raise ValueError where the dynamics or the start does not fit the system."""
        is_open = system.boundary == "open"
        hard = system.forms - {"point"}
        if hard and ("point" in system.forms or self.dynamics != "mc"):
            raise ValueError(
                f"dynamics: expected mc, and building_blocks for all types, to treat {min(hard)}"
            )
        if hard and (self.pressure or 0.0) <= 0.0:
            raise ValueError("pressure: expected more than 0: nothing else holds hard particles")
        if is_open and (self.dynamics == "mc" or self.ensemble == "npt"):
            what = "dynamics: mc" if self.dynamics == "mc" else "ensemble: npt"
            raise ValueError(f"{what} needs a periodic cell, but system.boundary is open")
        if self.dynamics == "mc" and system.n_particles > MOST_IN_CELL:
            raise ValueError(
                f"dynamics: mc takes up to {MOST_IN_CELL} particles a cell, but system.particles"
                f" has {system.n_particles}"
            )
        check_start(self.start, system)
