"""What is in the box: dimensions, boundary and the particles of each type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from workspace_schema.base import Model

TypeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)]
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
    """

    dimensions: Literal[2, 3]
    boundary: Literal["periodic", "open"] = "periodic"
    particles: Annotated[dict[TypeName, ParticleCount], Field(min_length=1)] | None = None

    @field_validator("particles", mode="before")
    @classmethod
    def _counts_have_types(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, dict):
            example = value if isinstance(value, int) else 64
            raise ValueError(f"expected a number for each type, {{A: {example}}}")
        return value

    @property
    def types(self) -> tuple[str, ...]:
        """Names of the particle types, sorted."""
        return tuple(sorted(self.particles or ()))

    @property
    def n_particles(self) -> int:
        """Number of particles of all types."""
        return sum((self.particles or {}).values())
