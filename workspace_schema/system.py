"""What is in the box: dimensions, boundary and the particles of each type."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.building_blocks import AdjustableBody, AnyBuildingBlock, BuildingBlock
from workspace_schema.building_blocks.patchy import KernFrenkel, Patch
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.canonical import canonical
from workspace_schema.depletants import MOST, Depletants
from workspace_schema.suggestions import did_you_mean
from workspace_schema.walls import LEAST, SOFT, Walls

TypeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)]
#: Every pair of types has a potential of its own in the state point.
MAX_TYPES = 50
_SOME_TYPES = Field(min_length=1, max_length=MAX_TYPES)
ParticleCount = Annotated[int, Field(ge=1, le=1_000_000_000)]


class System(Model):
    """The particles and the space they live in.

    Attributes
    ----------
    dimensions : 2 or 3
    boundary : "periodic" or "open"
        Open means no box at all: clusters in free space.
    particles : dict of str to int, optional
        Number of particles of each type; for a crystal predicted with a variable cell, the number
        in the cell. Left out only where files bring the particles (method `imported`).
    building_blocks : dict of str to BuildingBlock, optional
        Body of the particles of a type; a type without one is a point.
    walls : Walls, optional
        Between which they are.
    depletants : Depletants, optional
        Between hard spheres.
    """

    dimensions: Literal[2, 3]
    boundary: Literal["periodic", "open"] = "periodic"
    particles: Annotated[dict[TypeName, ParticleCount], _SOME_TYPES] | None = None
    building_blocks: Annotated[dict[TypeName, AnyBuildingBlock], _SOME_TYPES] | None = None
    walls: Walls | None = None
    depletants: Depletants | None = None

    @model_validator(mode="before")
    @classmethod
    def _walls_of_points_are_soft(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("walls"), dict):
            return data
        if data.get("building_blocks"):
            return data
        return data | {"walls": SOFT | Walls.given(data["walls"])}

    @field_validator("particles", mode="before")
    @classmethod
    def _counts_have_types(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, dict):
            example = value if isinstance(value, int) else 64
            raise ValueError(f"expected a number for each type, {{A: {example}}}")
        return value

    @model_validator(mode="after")
    def _building_blocks_fit(self) -> System:
        for name, block in (self.building_blocks or {}).items():
            if self.particles is not None and name not in self.particles:
                hint = did_you_mean(name, self.particles)
                raise ValueError(f"building_blocks.{name}: no such type in particles; {hint}")
            if self.dimensions not in block.lives_in:
                raise ValueError(
                    f"building_blocks.{name}.form: {block.form} lives in"
                    f" {block.lives_in[0]} dimensions, but dimensions is {self.dimensions}"
                )
            for key, vectors in block.in_plane.items() if self.dimensions == 2 else ():
                longest = max(math.hypot(*vector) for vector in vectors)
                if any(abs(vector[2]) > 1e-9 * longest for vector in vectors):
                    raise ValueError(
                        f"building_blocks.{name}.{key}: expected vectors in the plane, z = 0,"
                        " because dimensions is 2"
                    )
        return self

    @model_validator(mode="after")
    def _walls_fit(self) -> System:
        if self.walls is None:
            return self
        if self.boundary == "open":
            raise ValueError("walls: a slit is periodic along its walls, but boundary is open")
        for key in SOFT if self.building_blocks else ():
            if getattr(self.walls, key) is not None:
                raise ValueError(f"walls.{key}: has no meaning for bodies, whose walls are hard")
        least = LEAST * (self.walls.sigma or 0.0)
        if self.walls.separation < least:
            raise ValueError(
                f"walls.separation: got {self.walls.separation:g}; expected at least {least:g},"
                f" {LEAST:g} sigma: nearer there is no room between the cores of the walls"
            )
        return self

    @model_validator(mode="after")
    def _depletants_are_small(self) -> System:
        if self.depletants is None:
            return self
        if self.walls is not None:
            raise ValueError(
                "depletants: expected no walls; they exclude depletants, too, and that is not there"
            )
        blocks = self.building_blocks or {}
        spheres = [block for block in blocks.values() if isinstance(block, HardSphere)]
        if not spheres or self.forms != {"hard_sphere"}:
            raise ValueError("depletants: expected hard_sphere for every type of building_blocks")
        most = MOST * min(sphere.diameter for sphere in spheres)
        if self.depletants.diameter > most:
            raise ValueError(
                f"depletants.diameter: got {self.depletants.diameter:g}; expected at most"
                f" {most:.4g}, {MOST:.4g} of the smallest sphere: larger ones lie between three"
                " spheres at once, and no potential of pairs says what they do"
            )
        return self

    @model_validator(mode="after")
    def _kinds_of_patches_agree(self) -> System:
        known: dict[str, tuple[str, Patch]] = {}
        for name, block in (self.building_blocks or {}).items():
            for kind, patch in block.patches.items() if isinstance(block, KernFrenkel) else ():
                other, first = known.setdefault(kind, (name, patch))
                for key in ("range", "epsilon", "sticks_to"):
                    if getattr(patch, key) != getattr(first, key):
                        raise ValueError(
                            f"building_blocks.{name}.patches.{kind}.{key}: type {other} says it"
                            " otherwise; a kind of patch is the same on all types"
                        )
        for kind, (name, patch) in known.items():
            for other in patch.sticks_to or ():
                if other not in known:
                    raise ValueError(
                        f"building_blocks.{name}.patches.{kind}.sticks_to: no kind {other};"
                        f" {did_you_mean(other, known)}"
                    )
        return self

    @cached_property
    def forms(self) -> set[str]:
        """Forms of the building blocks of all types; a point is "point"."""
        blocks = self.building_blocks or {}
        return {blocks[name].form if name in blocks else "point" for name in self.types}

    @cached_property
    def adjustable(self) -> dict[str, AdjustableBody]:
        """Building blocks of which some numbers are free, by type."""
        blocks = (self.building_blocks or {}).items()
        return {name: block for name, block in blocks if isinstance(block, AdjustableBody)}

    @property
    def bodies(self) -> dict[str, BuildingBlock]:
        """Building blocks by type; what is free is in the middle of its bounds."""
        blocks = dict(self.building_blocks or {})
        return blocks | {name: block.middle for name, block in self.adjustable.items()}

    def found(self, root: Path) -> System:
        """The system with what designs have found; ValueError where they have found nothing."""
        if not self.adjustable:
            return self
        plain = canonical(self)
        for name, block in self.adjustable.items():
            plain["building_blocks"][name] = canonical(block.found(root))
        return System.model_validate(plain)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Names of the particle types, sorted."""
        return tuple(sorted(self.particles or ()))

    @property
    def n_particles(self) -> int:
        """Number of particles of all types."""
        return sum((self.particles or {}).values())
