"""Enthalpies of crystals beside that of a target, linear in the coefficients of the potentials.

Coefficients are those of the bases, then of each type but the first its chemical potential less
that of the first: the tangent of the convex hull at the target.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from analysis.configuration import Configuration
from analysis.prototypes import names, prototype
from operations.design.bases import Bases, Basis, sought
from operations.design.lattice_sums import Shells
from operations.design.linear_program import widest_gap
from operations.search.fingerprint import distance, fingerprint
from operations.search.minima import Found
from workspace_schema.interactions import pair_key
from workspace_schema.methods.design_crystals import GroundState
from workspace_schema.methods.targets import placed
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]
Rows = tuple[FloatArray, FloatArray]

#: Volumes per particle at which prototypes compete, relative to that of the target.
VOLUMES = np.geomspace(0.5, 2.0, 61)
#: Those of what a search has found, relative to its own, which is one of them.
NEAR_VOLUMES = np.geomspace(0.9, 1.0 / 0.9, 11)
#: Reach, in units of the mean distance, within which particles of any two types are in a target.
FAR = 3.0
#: Prototypes with more particles in their cell are no competitors from the start.
LARGEST_PROTOTYPE = 30
#: Competitors whose fingerprint is closer to that of the target ask for that part of the gap only:
#: strains, for which fingerprint and enthalpy both grow with the square.
ALIKE = 0.2
#: Most that a function of the shapes that repel adds at r = 0, in units of energy: with more,
#: monotone potentials have cores so steep that no usual time step follows them.
HIGHEST = 100.0
#: Mixtures: each potential has at least the unit of energy at this part of the mean distance, so
#: that particles of no two types sit on each other.
CORE = 0.5
#: B-splines begin at so much of the distance of nearest neighbours in the target.
INNER = 0.7


class Enthalpies:
    """Of a target and its competitors.

    Parameters
    ----------
    point : StatePoint
        Of a design by ground state.

    Attributes
    ----------
    bases : Bases
    crystal : Configuration
        The target, at its density.
    """

    def __init__(self, point: StatePoint) -> None:
        assert isinstance(point.method, GroundState)
        types = self._types = point.system.types
        self._volume = 1.0 / point.method.number_density
        d = self._dimensions = point.system.dimensions
        order = placed(point.method.target, point.system.particles or {}, d)
        cell = self._at(prototype(point.method.target).cell(), 1.0, order)
        self.crystal = self._at(cell, self._volume, types)
        bases = {}
        for a, b in self._pairs:
            nearest = Shells.of(cell, FAR, (a, b)).r[0] * self._volume ** (1 / d)
            pair = pair_key(types[a], types[b])
            bases[pair] = Basis(sought(point, types[a], types[b]), INNER * float(nearest))
        self.bases = Bases(types, bases)
        self._fingerprint = fingerprint(cell)
        self._fractions = self._fractions_of(cell)
        volume = np.array([self._volume])
        self._target = self.sums(cell, volume)
        self._listed = self._prototypes()

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        """Pairs of types, in the order of the bases."""
        return list(itertools.combinations_with_replacement(range(len(self._types)), 2))

    def _shells(self, crystal: Configuration, volumes: FloatArray) -> list[Shells]:
        """Enough of them for the smallest of volumes, of each pair of types."""
        length = float(volumes.min()) ** (1.0 / self._dimensions)
        return [
            Shells.of(crystal, basis.potential.r_cut / length, types)
            for types, basis in zip(self._pairs, self.bases.of.values(), strict=True)
        ]

    def sums(self, crystal: Configuration, volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energies per particle and pressures of every coefficient at volumes."""
        shells = self._shells(crystal, volumes)
        energies, pressures = zip(
            *(
                own.sums(basis, volumes)
                for own, basis in zip(shells, self.bases.of.values(), strict=True)
            ),
            strict=True,
        )
        return np.hstack(energies), np.hstack(pressures)

    def _rows(self, crystal: Configuration, volumes: FloatArray) -> Rows:
        """Heights above the target of each coefficient, and shares of the gap."""
        energies, _ = self.sums(crystal, volumes)
        (energy,), (pressure,) = self._target
        heights = energies - energy + np.outer(volumes - self._volume, pressure)
        mixed = np.tile((self._fractions - self._fractions_of(crystal))[1:], (len(volumes), 1))
        # the wall below B-splines is not linear in the coefficients
        inside = np.ones(len(volumes), dtype=bool)
        shells = self._shells(crystal, volumes) if self.bases.signed else []
        for own, basis in zip(shells, self.bases.of.values(), strict=False):
            if len(own.r):
                inside &= volumes ** (1.0 / self._dimensions) * own.r[0] >= basis.inner
        rows = np.hstack([heights, mixed])[inside]
        return rows, np.full(inside.sum(), self.share(crystal))

    def _fractions_of(self, crystal: Configuration) -> FloatArray:
        """Parts of the particles that are of each type."""
        counts = np.bincount(crystal.types, minlength=len(self._types))
        return np.asarray(counts / crystal.n_particles)

    def alike(self, one: Configuration, other: Configuration) -> bool:
        """Whether two crystals have one composition."""
        return np.allclose(self._fractions_of(one), self._fractions_of(other))

    def above(self, one: Found, coefficients: FloatArray) -> float:
        """Enthalpy above the target, or above its tangent where the composition is another."""
        moved = (self._fractions_of(one.configuration) - self._fractions)[1:]
        slope = float(moved @ coefficients[self.bases.size :])
        return one.enthalpy - self.enthalpy(coefficients) - slope

    def share(self, crystal: Configuration) -> float:
        """Part of the gap that a competitor must be above the target."""
        if not self.alike(crystal, self.crystal):
            return 1.0
        apart = float(distance(self._fingerprint, fingerprint(crystal)))
        return min(1.0, apart / ALIKE)

    def _prototypes(self) -> dict[tuple[str, tuple[str, ...]], Rows]:
        """By name and types, every way round."""
        found = {}
        for name in names(self._dimensions):
            cell, known = prototype(name).cell(), prototype(name).types
            if cell.n_particles > LARGEST_PROTOTYPE:
                continue
            for types in itertools.permutations(self._types, len(known)):
                crystal = self._at(cell, 1.0, types)
                found[name, types] = self._rows(crystal, VOLUMES * self._volume)
        return found

    def lowest_prototypes(self, coefficients: FloatArray) -> list[Found]:
        """Each at the volume, of those listed, at which its enthalpy is lowest."""
        found = []
        pressure, target = self.pressure(coefficients), self.enthalpy(coefficients)
        size = self.bases.size
        for (name, types), (heights, _) in self._listed.items():
            if not len(heights):
                continue
            above = heights @ coefficients
            best = int(np.argmin(above))
            volume = float(VOLUMES[len(VOLUMES) - len(above) + best]) * self._volume
            # heights of another composition are above the tangent
            height = float(heights[best, :size] @ coefficients[:size])
            energy = target + height - pressure * volume
            crystal = self._at(prototype(name).cell(), volume, types)
            found.append(Found(crystal, energy, pressure, origin="prototype"))
        return found

    def _at(self, cell: Configuration, volume: float, types: tuple[str, ...]) -> Configuration:
        """A prototype at a volume per particle, of types of the system in the place of its own."""
        scale, d = volume ** (1.0 / self._dimensions), self._dimensions
        box = cell.box * np.append(np.full(d, scale), np.ones(6 - d))
        kinds = np.array([self._types.index(name) for name in types])[cell.types]
        return Configuration(cell.positions * scale, box, d, kinds, self._types)

    def widest_gap(self, found: list[Found]) -> tuple[FloatArray, float]:
        """Coefficients with the widest gap to the prototypes and what searches have found."""
        others = [
            self._rows(one.configuration, NEAR_VOLUMES / one.configuration.number_density)
            for one in found
        ]
        heights, shares = (
            np.concatenate(parts) for parts in zip(*self._listed.values(), *others, strict=True)
        )
        spacing = self._volume ** (1.0 / self._dimensions)
        bases, differences = self.bases.of.values(), np.zeros(len(self._types) - 1)
        signed = self.bases.signed

        def at(part: float) -> list[FloatArray]:
            """Each potential at a part of the mean distance; at the first knot of B-splines."""
            return [basis.values([basis.inner if signed else part * spacing])[0] for basis in bases]

        unit = np.concatenate([*at(1.0), differences]) / len(bases)
        if len(bases) > 1:
            cores = np.hstack([block_diag(*at(CORE)), np.zeros((len(bases), len(differences)))])
            heights = np.vstack([heights, cores - unit])
            shares = np.append(shares, np.zeros(len(bases)))
        # searches are at the pressure of the target, and under tension a crystal falls apart
        heights = np.vstack([heights, np.append(self._target[1][0], differences)])
        shares = np.append(shares, 0.0)
        if signed:
            highest = np.ones(self.bases.size)
            lowest = -highest
        else:
            highest = HIGHEST / np.concatenate([basis.values([0.0])[0] for basis in bases])
            lowest = np.zeros(self.bases.size)
        free = np.full(len(differences), np.inf)
        return widest_gap(heights, shares, unit, np.append(lowest, -free), np.append(highest, free))

    def own(self, coefficients: FloatArray) -> FloatArray:
        """Those of the bases."""
        return coefficients[: self.bases.size]

    def pressure(self, coefficients: FloatArray) -> float:
        """Of the target."""
        return float(self._target[1][0] @ self.own(coefficients))

    def energy(self, coefficients: FloatArray) -> float:
        """Of the target, per particle."""
        return float(self._target[0][0] @ self.own(coefficients))

    def enthalpy(self, coefficients: FloatArray) -> float:
        """Of the target, per particle."""
        return self.energy(coefficients) + self.pressure(coefficients) * self._volume
