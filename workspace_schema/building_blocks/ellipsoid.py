"""Hard ellipsoids: of revolution, and with three different axes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length

Ratio = Annotated[float, Field(ge=1e-3, le=1e3)]


class HardEllipsoid(BuildingBlock):
    """A hard ellipsoid.

    Attributes
    ----------
    aspect : float
        Length along the axis of revolution over the width across it: above 1 a rod, below a disc;
        or, instead,
    semiaxes : list of three float
        Along x, y, z, of which the ratios count.
    volume : float
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)
    references: ClassVar[tuple[str, ...]] = ("frenkel1985",)

    form: Literal["hard_ellipsoid"]
    aspect: Ratio | None = None
    semiaxes: tuple[Length, Length, Length] | None = None
    volume: Length = 1.0

    @model_validator(mode="after")
    def _one_description(self) -> HardEllipsoid:
        if (self.aspect is None) == (self.semiaxes is None):
            raise ValueError("expected one of aspect (of an ellipsoid of revolution) and semiaxes")
        if max(self.ratios) > 1e3 * min(self.ratios):
            raise ValueError("semiaxes: expected a longest one of at most 1000 times the shortest")
        return self

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Semiaxes along x, y, z, to a factor."""
        return self.semiaxes or (1.0, 1.0, self.aspect or 1.0)
