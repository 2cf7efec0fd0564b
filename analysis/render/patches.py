"""Patches on particles: where they are, and how their colours come from the particle's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workspace_schema.building_blocks import BUILDING_BLOCKS, AdjustableBody, BuildingBlock
from workspace_schema.building_blocks.adjustable_body import adjustable_body
from workspace_schema.building_blocks.patchy import KernFrenkel
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones
from workspace_schema.canonical import canonical
from workspace_schema.ranges import has_ranges

FloatArray = NDArray[np.float64]

#: Points along the rim of a patch on a disc.
_ARC = 13


@dataclass(frozen=True)
class Patch:
    """A cap on a sphere.

    Attributes
    ----------
    direction : tuple of float
        Unit vector in the axes of the particle.
    half_angle : float
        In radians.
    kind : int
        Patches of one kind have one colour.
    """

    direction: tuple[float, float, float]
    half_angle: float
    kind: int = 0

    def segment(self, radius: float) -> FloatArray:
        """What it covers of a disc in the plane z = 0, shape (n, 3)."""
        middle = np.arctan2(self.direction[1], self.direction[0])
        angles = middle + self.half_angle * np.linspace(-1.0, 1.0, _ARC)
        rim = np.stack([np.cos(angles), np.sin(angles), np.zeros(_ARC)], axis=1)
        return np.asarray(radius * rim)


def patches_of(
    statepoint: Mapping[str, Any], folder: Path | None = None
) -> dict[str, tuple[Patch, ...]]:
    """Patches of the building blocks of a state point, by type; types without are left out.

    What is free is what the design has found that the job in this folder uses; else it is in the
    middle of its bounds.
    """
    blocks = (statepoint.get("system") or {}).get("building_blocks") or {}
    found: dict[str, tuple[Patch, ...]] = {}
    names: list[str] = []
    for type_name, data in blocks.items():
        if has_ranges(data):
            data = canonical(_found(adjustable_body(data, BUILDING_BLOCKS), folder))
        if data.get("form") == "patchy_lennard_jones":
            smooth = PatchyLennardJones.model_validate(data)
            # where the attraction has fallen to exp(-1/2)
            width = min(smooth.width, np.pi)
            found[type_name] = tuple(Patch(vector, width) for vector in smooth.vectors)
        if data.get("form") != "kern_frenkel":
            continue
        block = KernFrenkel.model_validate(data)
        names += [name for name in block.patches if name not in names]
        found[type_name] = tuple(
            Patch(vector, patch.half_angle, names.index(name))
            for name, patch in block.patches.items()
            for vector in patch.vectors
        )
    return found


def _found(body: AdjustableBody, folder: Path | None) -> BuildingBlock:
    """What the design has found that a job uses, or the middle."""
    if folder is not None:
        with suppress(ValueError):
            return body.found(folder.resolve().parent.parent)
    return body.middle


def patch_colours(rgb: np.ndarray, kind: int) -> FloatArray:
    """Colours of patches on particles of colours (n, 3), 0 to 255: dark, light, darker, …"""
    strength = 0.6 / (1 + kind // 2)
    base = np.asarray(rgb, dtype=float)
    return base * (1.0 - strength) if kind % 2 == 0 else base + strength * (255.0 - base)
