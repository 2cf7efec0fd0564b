"""Bodies with anisotropic pair potentials for molecular dynamics: sizes and ranges of types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.shapes import Shape
from operations.interactions.building_blocks import type_shapes
from workspace_schema.building_blocks.anisotropic_lennard_jones import (
    R_CUT,
    AnisotropicLennardJones,
)
from workspace_schema.building_blocks.gay_berne import GayBerne
from workspace_schema.system import System

#: Where the Lennard-Jones potential has its minimum, in units of σ: there repulsion ends.
MINIMUM = 2.0 ** (1.0 / 6.0)


@dataclass(frozen=True)
class Anisotropic:
    """The particles of a system whose types all have one of these potentials.

    Attributes
    ----------
    blocks : dict of str to AnisotropicLennardJones or GayBerne
        By type.
    shapes : dict of str to Shape
    """

    blocks: Mapping[str, AnisotropicLennardJones | GayBerne]
    shapes: Mapping[str, Shape]

    @classmethod
    def of(cls, system: System) -> Anisotropic | None:
        """Those of a system; None where it has others."""
        kinds = AnisotropicLennardJones | GayBerne
        blocks = {
            name: block
            for name, block in (system.building_blocks or {}).items()
            if isinstance(block, kinds)
        }
        if len(blocks) < max(1, len(system.types)):
            return None
        return cls(blocks, dict(zip(system.types, type_shapes(system), strict=True)))

    def surface_sigma(self, name: str) -> float:
        """σ_c of a type of the anisotropic Lennard-Jones potential."""
        block = self.blocks[name]
        assert isinstance(block, AnisotropicLennardJones)
        return block.contact_ratio * self.shapes[name].inscribed

    def r_cut(self, one: str, other: str) -> float:
        """Distance of centres beyond which two types do not interact, however they are turned."""
        a, b = self.blocks[one], self.blocks[other]
        if isinstance(a, GayBerne):
            # HOOMD-blue cuts at ζ = r_cut over the longest diameter.
            return a.r_cut * max(a.length, a.width)
        assert isinstance(b, AnisotropicLennardJones)
        attractive = max(a.r_cut or R_CUT, b.r_cut or R_CUT)
        centers = attractive if a.attraction in ("centers", "both") else MINIMUM
        surfaces = attractive if a.attraction in ("surfaces", "both") else MINIMUM
        sizes = [self.shapes[name] for name in (one, other)]
        sigma = 0.5 * sum(shape.inscribed for shape in sizes)
        contact = 0.5 * (self.surface_sigma(one) + self.surface_sigma(other))
        apart = 0.5 * sum(shape.circumscribed for shape in sizes)
        return max(centers * sigma, apart + surfaces * contact)

    def epsilon(self, one: str, other: str) -> float:
        """Energy of a pair of types."""
        return math.sqrt(self.blocks[one].epsilon * self.blocks[other].epsilon)

    @property
    def clearance(self) -> float:
        """Distance of centres at which no two bodies repel each other, however they are turned."""
        sizes = []
        for name, block in self.blocks.items():
            size = self.shapes[name].circumscribed
            if isinstance(block, GayBerne):
                size += (MINIMUM - 1.0) * min(block.length, block.width)
            else:
                size = max(
                    size + MINIMUM * self.surface_sigma(name),
                    MINIMUM * self.shapes[name].inscribed,
                )
            sizes.append(size)
        return max(sizes)
