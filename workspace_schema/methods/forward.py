"""Method `forward`: molecular dynamics from a start to whatever assembles."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from workspace_schema.methods.ramp import Ramp
from workspace_schema.methods.schedule import Schedule, Time
from workspace_schema.system import System

#: Bodies with an anisotropic pair potential.
ANISOTROPIC = frozenset({"anisotropic_lennard_jones", "gay_berne"})

# keys that have a meaning only in some ensembles, with the default they have there
_THERMOSTAT: dict[str, Any] = {"thermostat": "bussi", "thermostat_time": 0.5}
_BAROSTAT: dict[str, Any] = {"barostat_time": 5.0}


class Forward(Schedule):
    """Molecular dynamics at constant or ramped temperature and pressure.

    Reduced units: energies in ε, lengths in σ, masses in m, times in σ (m/ε)^½, temperature as kT
    in ε. Particles have mass 1. Types with a building block are rigid bodies, in HOOMD-blue: the
    sites of a `sphere_union`, of mass 1 each, interact by the potential of their type, with those
    of other bodies; bodies with an anisotropic potential are homogeneous and have mass 1.

    Attributes
    ----------
    ensemble : "nvt", "npt" or "nve"
    kT : float or list of float
        Temperature; in "nve" that of the initial velocities.
    thermostat : "bussi" or "langevin"
        Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), or Langevin dynamics; not
        in "nve".
    thermostat_time : float
        Relaxation time of the thermostat.
    barostat_time : float
        Only in "npt": relaxation time of the barostat.
    dt : float
        Time step.
    pressure, cell, number_density, start, equilibration_steps, steps, production_steps
        As in `Schedule`; a "random" start of rigid bodies is a lattice with random orientations.
    """

    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"}) | ANISOTROPIC
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})
    many_body: ClassVar[bool] = True
    by_hoomd: ClassVar[frozenset[str]] = frozenset({"sphere_union"}) | ANISOTROPIC

    by_walls: ClassVar[frozenset[str]] = frozenset({"point"})

    name: Literal["forward"]
    thermostat: Literal["bussi", "langevin"] | None = None
    thermostat_time: Time | None = None
    barostat_time: Time | None = None
    dt: Time = 0.005

    @classmethod
    def ensemble_defaults(cls, ensemble: str) -> dict[str, Any]:
        """Return the defaults of the keys that have a meaning in this ensemble only."""
        thermostat = _THERMOSTAT if ensemble in ("nvt", "npt") else {}
        barostat = _BAROSTAT if ensemble == "npt" else {}
        return super().ensemble_defaults(ensemble) | thermostat | barostat

    @field_validator("kT")
    @classmethod
    def _no_ramp_without_thermostat(cls, value: Ramp, info: ValidationInfo) -> Ramp:
        if info.data.get("ensemble") == "nve" and isinstance(value, list):
            raise ValueError("expected one number: nothing ramps kT at constant energy (nve)")
        return value

    @field_validator("thermostat", "thermostat_time", "barostat_time")
    @classmethod
    def _has_meaning_in_the_ensemble(cls, value: Any, info: ValidationInfo) -> Any:
        ensemble = info.data.get("ensemble")
        if value is None or ensemble in (None, "npt"):
            return value
        if info.field_name not in _THERMOSTAT or ensemble == "nve":
            raise ValueError(f"has no meaning in the ensemble {ensemble}")
        return value

    def check_system(self, system: System) -> None:
        """Raise ValueError where the ensemble or the start does not fit the system."""
        if system.building_blocks and system.boundary == "open":
            raise ValueError(
                "name: forward of rigid bodies needs a box, but system.boundary is open"
            )
        if system.building_blocks and self.cell == "flexible":
            raise ValueError("cell: rigid bodies run in an isotropic cell only")
        _check_anisotropic(system)
        super().check_system(system)


def _check_anisotropic(system: System) -> None:
    """Raise ValueError where two types have no energy between them."""
    present = sorted(system.forms & ANISOTROPIC)
    if not present:
        return
    if len(system.forms) > 1:
        other = min(system.forms - {present[0]})
        raise ValueError(f"name: forward has no energy between {present[0]} and {other}")
    if present == ["gay_berne"] and len(system.types) > 1:
        raise ValueError("name: forward treats gay_berne particles of one type only")
    blocks = (system.building_blocks or {}).values()
    if len({getattr(block, "attraction", None) for block in blocks}) > 1:
        raise ValueError("name: forward needs the same attraction for all types")
