"""The distinct minima that a search has found, lowest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.configuration import Configuration
from operations.jobs import trajectory
from operations.search.fingerprint import distance, fingerprint, same_structure
from operations.search.hull import above_hull

#: Structures are the same where energy per particle and density agree to this, relatively, and
#: fingerprints agree.
SAME_ENERGY, SAME_DENSITY = 1e-5, 1e-3

#: Structures that are kept.
MOST = 20

By = Literal["enthalpy", "energy", "hull"]
_NUMBERS = ("energy", "pressure", "times", "first", "quench", "generation")


@dataclass(frozen=True)
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
    first, quench, generation : int
        Energy evaluations, quenches and generations until it was first met; 0 where the search
        does not count them.
    origin : str
        What made it, where the search says so.
    """

    configuration: Configuration
    energy: float
    pressure: float
    times: int = 1
    first: int = 0
    quench: int = 0
    generation: int = 0
    origin: str = ""

    @cached_property
    def fingerprint(self) -> np.ndarray:
        """Descriptor of its neighbourhoods."""
        return fingerprint(self.configuration)

    @property
    def enthalpy(self) -> float:
        """Per particle; the energy where the boundary is open."""
        if not self.configuration.periodic:
            return self.energy
        return self.energy + self.pressure / self.configuration.number_density

    @property
    def counts(self) -> np.ndarray:
        """Particles of each type."""
        n_types = len(self.configuration.type_names)
        return np.bincount(self.configuration.types, minlength=n_types)

    def same(self, other: Found) -> bool:
        """Whether both are one structure."""
        if abs(self.energy - other.energy) > SAME_ENERGY * (1.0 + abs(self.energy)):
            return False
        if self.configuration.periodic:
            densities = self.configuration.number_density, other.configuration.number_density
            if abs(densities[0] - densities[1]) > SAME_DENSITY * densities[0]:
                return False
        return same_structure(self.fingerprint, self.energy, other.fingerprint, other.energy)


def _again(known: Found, new: Found, lower: bool) -> Found:
    """What is known of a structure that has been met again."""
    times = known.times + new.times
    if lower:
        result = replace(
            known,
            configuration=new.configuration,
            energy=new.energy,
            pressure=new.pressure,
            times=times,
        )
        result.__dict__["fingerprint"] = new.fingerprint
    else:
        result = replace(known, times=times)
        result.__dict__["fingerprint"] = known.fingerprint
    return result


@dataclass
class Minima:
    """Distinct structures, lowest first.

    Attributes
    ----------
    by : {"enthalpy", "energy", "hull"}
        What is lowest: the enthalpy at given pressure, the energy at given volume, or the enthalpy
        above the convex hull of all of them where compositions differ.
    found : list of Found
    most : int
        Structures that are kept.
    """

    by: By
    found: list[Found] = field(default_factory=list)
    most: int = MOST

    @property
    def best(self) -> Found | None:
        """The lowest one."""
        return self.found[0] if self.found else None

    def add(
        self, configuration: Configuration, energy: float, pressure: float, evaluations: int
    ) -> None:
        """Take in a structure (its energy is that of all particles) after so many evaluations."""
        self.take(
            [Found(configuration, energy / configuration.n_particles, pressure, 1, evaluations)]
        )

    def take(self, structures: Iterable[Found]) -> None:
        """Take in structures, each new or known already."""
        value = "energy" if self.by == "energy" else "enthalpy"
        for new in structures:
            for k, known in enumerate(self.found):
                if known.same(new):
                    self.found[k] = _again(known, new, getattr(new, value) < getattr(known, value))
                    break
            else:
                self.found.append(new)
        self.found = ranked(self.found, self.by)[: self.most]

    def to_arrays(self, prefix: str = "minima") -> dict[str, np.ndarray]:
        """As arrays whose names begin with the prefix, for a checkpoint."""
        if not self.found:
            return {}
        configurations = [one.configuration for one in self.found]
        first = configurations[0]
        arrays: dict[str, np.ndarray] = {
            "sizes": np.array([c.n_particles for c in configurations]),
            "box": np.array([c.box for c in configurations]),
            "positions": np.concatenate([c.positions for c in configurations]),
            "types": np.concatenate([c.types for c in configurations]),
            "numbers": np.array([[getattr(one, name) for name in _NUMBERS] for one in self.found]),
            "origins": np.array([one.origin for one in self.found]),
            "type_names": np.array(first.type_names),
            "space": np.array([first.dimensions, int(first.periodic)]),
        }
        if first.orientations is not None:
            turned = [c.orientations for c in configurations if c.orientations is not None]
            arrays["orientations"] = np.concatenate(turned)
            arrays["shapes"] = np.array(json.dumps(first.type_shapes))
        return {f"{prefix}_{name}": array for name, array in arrays.items()}

    @classmethod
    def from_arrays(
        cls,
        by: By,
        arrays: Mapping[str, np.ndarray],
        prefix: str = "minima",
        most: int = MOST,
    ) -> Minima:
        """From what `to_arrays` gave, among other arrays."""
        if f"{prefix}_box" not in arrays:
            return cls(by, most=most)

        def of(name: str) -> np.ndarray:
            return arrays[f"{prefix}_{name}"]

        dimensions, periodic = (int(number) for number in of("space"))
        names = tuple(str(name) for name in of("type_names"))
        ends = np.cumsum(of("sizes"))[:-1]
        orientations: Any = [None] * len(of("sizes"))
        shapes = None
        if f"{prefix}_orientations" in arrays:
            orientations = np.split(of("orientations"), ends)
            shapes = tuple(json.loads(str(of("shapes"))))
        found = []
        for box, r, turned, types, numbers, origin in zip(
            of("box"),
            np.split(of("positions"), ends),
            orientations,
            np.split(of("types"), ends),
            of("numbers"),
            of("origins"),
            strict=True,
        ):
            crystal = Configuration(
                r,
                box,
                dimensions,
                types,
                names,
                periodic=bool(periodic),
                orientations=turned,
                type_shapes=shapes,
            )
            energy, pressure, *counts = numbers.tolist()
            times, first, quench, generation = (int(count) for count in counts)
            found.append(
                Found(crystal, energy, pressure, times, first, quench, generation, str(origin))
            )
        return cls(by, found, most)

    def write(self, path: Path) -> None:
        """Write one frame for each structure, best first."""
        frames = []
        for one in self.found:
            log = {"energy_per_particle": one.energy, "times_found": float(one.times)}
            if one.configuration.periodic:
                log |= {"enthalpy_per_particle": one.enthalpy, "pressure": one.pressure}
            frames.append((one.first, replace(one.configuration, log=log)))
        trajectory.write(path, frames)

    def quantities(self) -> dict[str, float | None]:
        """What the result says of the best structure, of which there must be one."""
        best = self.found[0]
        periodic = best.configuration.periodic
        return {
            "energy_per_particle": best.energy,
            "enthalpy_per_particle": best.enthalpy if periodic else None,
            "number_density": best.configuration.number_density if periodic else None,
            "pressure": best.pressure if periodic else None,
        }

    def counts(self) -> dict[str, int]:
        """How many structures there are, and how the best one was found."""
        best = self.found[0]
        return {
            "structures": len(self.found),
            "times_found": best.times,
            "evaluations_to_best": best.first,
        }


def heights(structures: list[Found], by: By) -> np.ndarray:
    """What structures are ranked by, shape (n,): see `Minima`."""
    if by == "energy":
        return np.array([one.energy for one in structures])
    enthalpies = np.array([one.enthalpy for one in structures])
    if by == "enthalpy" or not structures:
        return enthalpies
    # At no pressure separated particles are on the hull.
    bound = 0.0 if structures[0].pressure == 0.0 else None
    return above_hull(np.array([one.counts for one in structures]), enthalpies, bound)


def ranked(structures: list[Found], by: By) -> list[Found]:
    """Structures, lowest first."""
    return [structures[k] for k in np.argsort(heights(structures, by), kind="stable")]


def niches(structures: list[Found], by: By, most: int, width: float) -> list[Found]:
    """The lowest of each niche, so that no structure crowds out the others.

    Parameters
    ----------
    structures : list of Found
    by
        As in `Minima`.
    most : int
        So many at most.
    width : float
        Structures whose fingerprints are closer than this, and enthalpies within 1 %, share a
        niche.
    """
    kept: list[Found] = []
    for one in ranked(structures, by):
        if len(kept) == most:
            break
        near = [
            other.fingerprint
            for other in kept
            if other.fingerprint.shape == one.fingerprint.shape
            and abs(other.enthalpy - one.enthalpy) < 0.01 * (1e-3 + abs(one.enthalpy))
        ]
        if not near or distance(one.fingerprint, np.array(near)).min() >= width:
            kept.append(one)
    return kept
