"""Hard ellipsoids: of revolution, and with three different axes."""

from __future__ import annotations

from fractions import Fraction
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
        Along x, y, z, of which the ratios count: kept with the first one 1, and as `aspect` where
        the first two are equal, so that one body is one job.
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
        if self.semiaxes is not None:
            # the ratios of the decimals as they are written: 0.3 / 0.1 is 3
            first, *others = (Fraction(repr(semiaxis)) for semiaxis in self.semiaxes)
            y, z = (float(semiaxis / first) for semiaxis in others)
            one = {"aspect": z, "semiaxes": None} if y == 1.0 else {"semiaxes": (1.0, y, z)}
            for key, value in one.items():
                object.__setattr__(self, key, value)  # else frozen
        return self

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Semiaxes along x, y, z, to a factor."""
        return self.semiaxes or (1.0, 1.0, self.aspect or 1.0)
