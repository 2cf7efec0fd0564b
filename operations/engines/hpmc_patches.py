"""Kern-Frenkel patches as HPMC pair potentials.

N. Kern and D. Frenkel, J. Chem. Phys. 118, 9882 (2003). HOOMD-blue's angular step says whether
any patch of a set faces any patch of the set on the other particle. For kinds k and l, of which no
two overlap on a particle, that patches of k and l face each other is P(k ∪ l) - P(k) - P(l).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from operations.engines.hpmc_depletion import Depletion
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.building_blocks.patchy import KernFrenkel, Patch, stick


@dataclass(frozen=True)
class _Term:
    """One angular step: these kinds, this factor on the energy in a square well of this range."""

    kinds: tuple[str, ...]
    energy: float
    range: float


class Patches:
    """The attractions of all patches.

    Parameters
    ----------
    blocks : mapping of str to BuildingBlock
        By type; only `KernFrenkel` has patches.
    depletion : Depletion, optional
        Another attraction, which does not depend on kT.

    Attributes
    ----------
    depletion : Depletion, optional
    potentials : list of hoomd.hpmc.pair.Pair
        For the integrator. They do nothing before `set_temperature`.
    """

    def __init__(
        self, blocks: Mapping[str, BuildingBlock], depletion: Depletion | None = None
    ) -> None:
        self.depletion = depletion
        self._blocks = {n: b if isinstance(b, KernFrenkel) else None for n, b in blocks.items()}
        self._terms = _terms(
            {kind: patch for b in self._blocks.values() if b for kind, patch in b.patches.items()}
        )
        self._steps: list[Any] = []
        self.potentials = [self._potential(term) for term in self._terms]
        if depletion is not None:
            self.potentials.append(depletion.potential)

    @property
    def edges(self) -> list[float]:
        """Where those of patches end, in units of the distance of contact."""
        return [term.range for term in self._terms]

    def set_temperature(self, kT: float) -> None:
        """Set all energies in units of kT, which is how HPMC wants them; none where it is inf."""
        if self.depletion is not None:
            self.depletion.act(math.isfinite(kT))
        for term, step in zip(self._terms, self._steps, strict=True):
            for (i, one), (j, other) in self._pairs():
                step.params[(i, j)] = _well(one, other, term, kT)

    def _pairs(self) -> Any:
        items = list(self._blocks.items())
        return [(items[a], items[b]) for a in range(len(items)) for b in range(a, len(items))]

    def _potential(self, term: _Term) -> Any:
        import hoomd

        step = hoomd.hpmc.pair.Step()
        for (i, one), (j, other) in self._pairs():
            step.params[(i, j)] = _well(one, other, term, math.inf)
        self._steps.append(step)
        if all(block and _whole(block, term.kinds) for block in self._blocks.values()):
            return step
        angular = hoomd.hpmc.pair.AngularStep(isotropic_potential=step)
        for name, block in self._blocks.items():
            patches = (
                [block.patches[kind] for kind in term.kinds if kind in block.patches]
                if block
                else []
            )
            angular.mask[name] = {
                "directors": [vector for patch in patches for vector in patch.vectors],
                "deltas": [patch.half_angle for patch in patches for _ in patch.vectors],
            }
        return angular


def _whole(block: KernFrenkel, kinds: tuple[str, ...]) -> bool:
    """Whether a patch of these kinds covers the whole particle."""
    return any(block.patches[k].half_angle >= math.pi for k in kinds if k in block.patches)


def _terms(kinds: Mapping[str, Patch]) -> list[_Term]:
    terms = [
        _Term((k,), patch.epsilon, patch.range)
        for k, patch in kinds.items()
        if stick(k, patch, k, patch)
    ]
    for (k, one), (m, other) in combinations(kinds.items(), 2):
        if stick(k, one, m, other):
            energy, reach = math.sqrt(one.epsilon * other.epsilon), (one.range + other.range) / 2
            terms.append(_Term((k, m), energy, reach))
            terms += [_Term((k,), -energy, reach), _Term((m,), -energy, reach)]
    return [term for term in terms if term.energy]


def _well(
    one: KernFrenkel | None, other: KernFrenkel | None, term: _Term, kT: float
) -> dict[str, list[float]]:
    """A square well between two types, ranges in units of their contact distance."""
    contact = (one.diameter + other.diameter) / 2 if one and other else 0.0
    return {"epsilon": [-term.energy / kT], "r": [contact * term.range]}
