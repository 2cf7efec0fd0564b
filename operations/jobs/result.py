"""What `result.json` says: the same of every method, and what only one has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import version
from typing import Any

#: The engine of searches: compiled functions of our own, wherever they are called from.
SEARCH = "numba"
#: What a result says of its barostat; those of LAMMPS that do not had one at another temperature.
AT_KT = "at kT"

#: Attributes that are averages or values of a system, null where they have no meaning.
QUANTITIES = (
    "energy_per_particle",
    "enthalpy_per_particle",
    "number_density",
    "pressure",
    "kT",
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a job, filled once, when its method is done.

    Attributes
    ----------
    n_particles : int
    engine, engine_version, device : str or None
        What computed it; None where nothing was computed.
    seed : int
    wall_seconds : float
    energy_evaluations : int
        Of the whole system: steps, sweeps or calls of the energy.
    energy_per_particle, enthalpy_per_particle, number_density, pressure, kT : float or None
        Reduced units; None where they have no meaning.
    details : dict
        What only this method has, by keys of its own.
    rows : sequence of dict
        Where one job gives several points (a ladder of temperatures, a coexistence curve): of each
        its quantities, by the names above, and its place, by the dotted names of axes. Each becomes
        a row of the table in the place of the job's one row.
    packages : tuple of str
        Python packages whose versions are kept.
    """

    n_particles: int
    engine: str | None
    engine_version: str | None
    device: str | None
    seed: int
    wall_seconds: float
    energy_evaluations: int
    energy_per_particle: float | None = None
    enthalpy_per_particle: float | None = None
    number_density: float | None = None
    pressure: float | None = None
    kT: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    rows: Sequence[dict[str, Any]] = ()
    packages: tuple[str, ...] = ("numpy", "gsd", "signac")

    def more(self, **details: Any) -> Result:
        """The same with further details."""
        return replace(self, details=self.details | details)

    @classmethod
    def of_search(cls, **known: Any) -> Result:
        """That of a search by our own compiled functions, on the CPU where nothing else is said."""
        known = {"device": "cpu"} | known
        return cls(
            engine=SEARCH,
            engine_version=version("numba"),
            packages=("numpy", "numba", "gsd", "signac"),
            **known,
        )

    def to_json(self) -> dict[str, Any]:
        """The content of the file.

        Raises
        ------
        ValueError
            Where a detail has the name of an attribute.
        """
        names = [
            one.name for one in fields(self) if one.name not in ("details", "rows", "packages")
        ]
        content = {name: getattr(self, name) for name in names}
        content["versions"] = {name: version(name) for name in self.packages}
        clash = sorted(content.keys() & self.details.keys())
        if clash:
            raise ValueError(f"details of a result have the names of attributes: {clash}")
        rows = {"rows": list(self.rows)} if self.rows else {}
        return content | rows | self.details
