"""Candidates of a genetic search: which parents, varied how.

A. R. Oganov and C. W. Glass, J. Chem. Phys. 124, 244704 (2006).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.interactions.start import random_orientations
from operations.search.bodies import Bodies
from operations.search.crystal_moves import (
    closest_distance,
    closest_distances,
    heredity,
    permuted,
    rattled,
    strained,
    transmuted,
    turned,
)
from operations.search.expected_volume import Expected
from operations.search.kernels import Kernel
from operations.search.random_crystals import random_crystal
from operations.search.soft_modes import soft_displaced
from operations.search.supercells import repeated

#: Displacements and strain that let a symmetric candidate leave a saddle point.
RATTLE = 0.02
#: Children with particles closer than this, in mean distances, are not relaxed.
TOO_CLOSE = 0.3
#: A crystal that resembles another keeps particles so far apart, relative to its closest ones.
NEAREST = (0.6, 0.95)
#: Children of two parents that are tried before a fresh crystal takes their place.
TRIES = 10


@dataclass(frozen=True)
class Variation:
    """Makes candidates.

    Attributes
    ----------
    kernel : Kernel or Bodies
        For soft displacements.
    counts : ndarray of int64, shape (n_types,)
        Particles of each type, where the composition is free the most that a cell holds together.
    type_names : tuple of str
    dimensions : int
    free : bool
        The composition is free.
    tournament : int
        Parents drawn, of which the best is taken.
    weights : mapping
        How often each kind of variation is made, relative to the others.
    type_shapes : tuple of dict, optional
        Of bodies, as in `Configuration`; without, the particles are points.
    """

    kernel: Kernel | Bodies
    counts: NDArray[np.int64]
    type_names: tuple[str, ...]
    dimensions: int
    free: bool
    tournament: int
    weights: Mapping[str, float]
    type_shapes: tuple[dict[str, Any], ...] | None = None

    def candidate(
        self,
        parents: Sequence[Configuration],
        expected: Expected,
        random: np.random.Generator,
    ) -> tuple[Configuration, str, int]:
        """A crystal to be relaxed.

        Parameters
        ----------
        parents : sequence of Configuration
            Best first; none before the first generation.
        expected : Expected
            Scales of a fresh crystal.
        random : numpy.random.Generator

        Returns
        -------
        Configuration
        str
            What made it.
        int
            Energy evaluations spent.
        """
        origin, evaluations = self._draw_origin(bool(parents), random), 0
        child: Configuration | None = None
        if origin == "heredity":
            child = self._child_of_two(parents, random)
        elif origin == "soft_displacement":
            parent = self._parent(parents, random)
            child, evaluations = soft_displaced(self.kernel, parent, random)
        elif origin == "resembling":
            child = self._resembling(parents, expected, random)
        elif origin == "repetition":
            child = self._repeated(expected, random)
        elif origin != "fresh":
            vary = {"strain": strained, "permutation": permuted, "transmutation": transmuted}
            vary["rotation"] = turned
            child = vary[origin](self._parent(parents, random), random)
        if child is None:
            child, origin = self._fresh(expected, random), "fresh"
        return rattled(child, RATTLE, random), origin, evaluations

    def _draw_origin(self, has_parents: bool, random: np.random.Generator) -> str:
        weights = dict(self.weights)
        if len(self.type_names) < 2:
            weights["permutation"] = 0.0
        if not self.free:
            weights["transmutation"] = 0.0
        if self.type_shapes is None:
            weights["rotation"] = 0.0
        if not self._parts:
            weights["repetition"] = 0.0
        if not has_parents:
            fresh = weights["fresh"] + weights["resembling"] or 1.0
            weights = {"fresh": fresh, "repetition": weights["repetition"]}
        names = list(weights)
        share = np.array(list(weights.values()))
        return names[int(random.choice(len(names), p=share / share.sum()))]

    def _parent(
        self, parents: Sequence[Configuration], random: np.random.Generator
    ) -> Configuration:
        """The best of a few."""
        return parents[int(random.integers(len(parents), size=self.tournament).min())]

    def _child_of_two(
        self, parents: Sequence[Configuration], random: np.random.Generator
    ) -> Configuration | None:
        counts = None if self.free else self.counts
        for _ in range(TRIES):
            one, other = (self._parent(parents, random) for _ in range(2))
            child = heredity(one, other, counts, random)
            if child.n_particles <= self.counts.sum() and closest_distance(child) > TOO_CLOSE:
                return child
        return None

    def _resembling(
        self,
        parents: Sequence[Configuration],
        expected: Expected,
        random: np.random.Generator,
    ) -> Configuration:
        """A fresh crystal with the volume of a parent and no distance much below its closest."""
        parent = self._parent(parents, random)
        closest = random.uniform(*NEAREST) * closest_distances(parent)
        volume = parent.volume / parent.n_particles
        wider = (volume / expected.volume) ** (1.0 / self.dimensions)
        apart = np.where(np.isfinite(closest), closest, wider * expected.apart)
        alike = replace(expected, volume=volume, apart=apart)
        return self._fresh(alike, random, high=True)

    def _repeated(self, expected: Expected, random: np.random.Generator) -> Configuration:
        """A fresh crystal of a part of the particles, in a cell that has the others, too."""
        times = self._parts[int(random.integers(len(self._parts)))]
        part = replace(self, counts=self.counts // times)
        return repeated(part._fresh(expected, random), times, random)

    @property
    def _parts(self) -> list[int]:
        """Of how many equal parts the particles can be."""
        common = 1 if self.free else int(np.gcd.reduce(self.counts))
        return [k for k in range(2, common + 1) if common % k == 0]

    def _fresh(
        self, expected: Expected, random: np.random.Generator, high: bool = False
    ) -> Configuration:
        counts = self.counts
        if self.free:
            most = int(counts.sum())
            total = int(random.integers((most + 1) // 2, most + 1))
            counts = random.multinomial(total, random.dirichlet(np.full(len(counts), 0.7)))
        volume = expected.volume * counts.sum()
        crystal = random_crystal(
            counts, self.type_names, volume, expected.apart, self.dimensions, random, high
        )
        if self.type_shapes is None:
            return crystal
        # Crystals have few orientations: so many are drawn, and one of them for each body.
        n = crystal.n_particles
        few = random_orientations(int(random.integers(1, n + 1)), self.dimensions, random)
        orientations = few[random.integers(len(few), size=n)]
        return replace(crystal, orientations=orientations, type_shapes=self.type_shapes)
