"""The distinct minima that a search has found, lowest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.configuration import Configuration
from operations import trajectory
from operations.search.fingerprint import fingerprint, same_structure

#: Structures are the same where energy per particle and density agree to this, relatively, and
#: fingerprints agree.
SAME_ENERGY, SAME_DENSITY = 1e-5, 1e-3

#: Structures that are kept.
MOST = 20


@dataclass
class Found:
    """One structure.

    Attributes
    ----------
    configuration : Configuration
    energy : float
        Per particle.
    pressure : float
        Imposed, or at constant volume its own; nan where the boundary is open.
    times : int
        How often it was met.
    first : int
        Energy evaluations until it was first met.
    """

    configuration: Configuration
    energy: float
    pressure: float
    times: int
    first: int

    @cached_property
    def fingerprint(self) -> np.ndarray:
        """Descriptor of its neighbourhoods (of the first of its kind, where it was met again)."""
        return fingerprint(self.configuration)

    @property
    def enthalpy(self) -> float:
        """Per particle; the energy where the boundary is open."""
        if not self.configuration.periodic:
            return self.energy
        return self.energy + self.pressure / self.configuration.number_density


@dataclass
class Minima:
    """Distinct structures, lowest first.

    Attributes
    ----------
    by : {"enthalpy", "energy"}
        What is lowest: the enthalpy at given pressure, the energy at given volume.
    found : list of Found
    """

    by: Literal["enthalpy", "energy"]
    found: list[Found] = field(default_factory=list)

    @property
    def best(self) -> Found | None:
        """The lowest one."""
        return self.found[0] if self.found else None

    def add(
        self, configuration: Configuration, energy: float, pressure: float, evaluations: int
    ) -> None:
        """Take in a structure (its energy is that of all particles) after so many evaluations."""
        new = Found(configuration, energy / configuration.n_particles, pressure, 1, evaluations)
        known = next((one for one in self.found if _same(one, new)), None)
        if known is None:
            self.found.append(new)
        else:
            known.times += 1
            if self._height(new) < self._height(known):
                known.configuration, known.energy = new.configuration, new.energy
                known.pressure = new.pressure
        self.found.sort(key=self._height)
        del self.found[MOST:]

    def _height(self, one: Found) -> float:
        return one.enthalpy if self.by == "enthalpy" else one.energy

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays with the prefix ``minima_``, for a checkpoint."""
        if not self.found:
            return {}
        configurations = [one.configuration for one in self.found]
        first = configurations[0]
        turned = {}
        if first.orientations is not None:
            turned = {
                "minima_orientations": np.array([c.orientations for c in configurations]),
                "minima_shapes": np.array(json.dumps(first.type_shapes)),
            }
        return turned | {
            "minima_box": np.array([c.box for c in configurations]),
            "minima_positions": np.array([c.positions for c in configurations]),
            "minima_types": np.array([c.types for c in configurations]),
            "minima_numbers": np.array(
                [[one.energy, one.pressure, one.times, one.first] for one in self.found]
            ),
            "minima_type_names": np.array(first.type_names),
            "minima_space": np.array([first.dimensions, int(first.periodic)]),
        }

    @classmethod
    def from_arrays(
        cls, by: Literal["enthalpy", "energy"], arrays: Mapping[str, np.ndarray]
    ) -> Minima:
        """From what `to_arrays` gave, among other arrays."""
        if "minima_box" not in arrays:
            return cls(by)
        dimensions, periodic = (int(number) for number in arrays["minima_space"])
        names = tuple(str(name) for name in arrays["minima_type_names"])
        numbers = arrays["minima_numbers"].tolist()
        orientations: Any = [None] * len(numbers)
        shapes = None
        if "minima_orientations" in arrays:
            orientations = arrays["minima_orientations"]
            shapes = tuple(json.loads(str(arrays["minima_shapes"])))
        return cls(
            by,
            [
                Found(
                    Configuration(
                        *(r, box, dimensions, types, names),
                        periodic=bool(periodic),
                        orientations=turned,
                        type_shapes=shapes,
                    ),
                    energy,
                    pressure,
                    int(times),
                    int(first),
                )
                for box, r, types, turned, (energy, pressure, times, first) in zip(
                    arrays["minima_box"],
                    arrays["minima_positions"],
                    arrays["minima_types"],
                    orientations,
                    numbers,
                    strict=True,
                )
            ],
        )

    def write(self, path: Path) -> None:
        """Write one frame for each structure, best first."""
        frames = []
        for one in self.found:
            log = {"energy_per_particle": one.energy, "times_found": float(one.times)}
            if one.configuration.periodic:
                log |= {"enthalpy_per_particle": one.enthalpy, "pressure": one.pressure}
            frames.append((one.first, replace(one.configuration, log=log)))
        trajectory.write(path, frames)

    def summary(self) -> dict[str, Any]:
        """What of it belongs into result.json; there must be a best structure."""
        best = self.found[0]
        periodic = best.configuration.periodic
        return {
            "energy_per_particle": best.energy,
            "enthalpy_per_particle": best.enthalpy if periodic else None,
            "number_density": best.configuration.number_density if periodic else None,
            "pressure": best.pressure if periodic else None,
            "structures": len(self.found),
            "times_found": best.times,
            "evaluations_to_best": best.first,
        }


def _same(one: Found, other: Found) -> bool:
    if abs(one.energy - other.energy) > SAME_ENERGY * (1.0 + abs(one.energy)):
        return False
    if one.configuration.periodic:
        densities = one.configuration.number_density, other.configuration.number_density
        if abs(densities[0] - densities[1]) > SAME_DENSITY * densities[0]:
            return False
    return same_structure(one.fingerprint, one.energy, other.fingerprint, other.energy)
