"""Method `nested_sampling`: averages at all temperatures from configurations of falling energy."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.methods.method import Method
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]
#: More particles than this are refused: of a cell, of a cluster.
MOST_IN_CELL, MOST_IN_CLUSTER = 64, 100


class NestedSampling(Method):
    """From a gas to crystals without a ladder: of many walkers the highest in energy is made anew
    below its own energy, again and again.

    J. Skilling, Bayesian Analysis 1, 833 (2006); L. B. Pártay, A. P. Bartók and G. Csányi, J. Phys.
    Chem. B 114, 10502 (2010); cells at a pressure as R. J. N. Baldock et al., Phys. Rev. B 93,
    174108 (2016).

    Attributes
    ----------
    coldest, hottest : float
        Between them averages are given; the walkers go on until what is below them counts for
        nothing at the coldest.
    temperatures : int
        Rows of the table between both.
    walkers : int
        The more, the smaller the errors, and the more basins are kept in sight.
    sweeps : int
        Of Monte Carlo, by which a copy of another walker leaves it.
    radius : float
        Of clusters (system.boundary: open): no particle further from the centre of mass.
    pressure : float
        Of periodic cells, whose lengths and angles are free.
    """

    row_axes: ClassVar[frozenset[str]] = frozenset({"method.kT"})
    references: ClassVar[tuple[str, ...]] = ("skilling2006", "partay2010", "baldock2016")

    name: Literal["nested_sampling"]
    coldest: Positive
    hottest: Positive
    temperatures: Annotated[int, Field(ge=2, le=100)] = 12
    walkers: Annotated[int, Field(ge=200, le=100_000)] = 500
    sweeps: Annotated[int, Field(ge=1, le=10**6)] = 100
    radius: Positive | None = None
    pressure: Positive | None = None

    @model_validator(mode="after")
    def _hottest_is_hotter(self) -> NestedSampling:
        if self.hottest <= self.coldest:
            raise ValueError(
                f"hottest: got {self.hottest:g}; expected more than coldest = {self.coldest:g}"
            )
        return self

    def check_system(self, system: System) -> None:
        """Raise ValueError where what is given does not fit the boundary, or the system is too
        large."""
        is_open = system.boundary == "open"
        most = MOST_IN_CLUSTER if is_open else MOST_IN_CELL
        kind, needed, other = ("cluster", "radius", "pressure") if is_open else (
            "periodic cell", "pressure", "radius"
        )  # fmt: skip
        if not 2 <= system.n_particles <= most:
            raise ValueError(
                f"name: nested_sampling takes 2 to {most} particles in a {kind}, system.particles"
                f" are {system.n_particles}"
            )
        if getattr(self, needed) is None:
            raise ValueError(f"{needed} is missing; without it a {kind} evaporates")
        if getattr(self, other) is not None:
            raise ValueError(f"{other}: has no meaning of a {kind}")
