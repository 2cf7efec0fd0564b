"""Method `metadynamics`: the free energy against a collective variable, by a bias that grows."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.methods.along_variable import AlongVariable
from workspace_schema.methods.variables import Positive
from workspace_schema.system import System

#: Steps between samples, of which those between hills are a multiple.
PERIOD = 20
#: Widths of a hill that must fit between `low` and `high`.
LEAST_WIDTHS, MOST_WIDTHS = 5, 1000
#: Of a hill, in kT.
HIGHEST = 10.0


class Metadynamics(AlongVariable):
    """Well-tempered metadynamics: A. Barducci, G. Bussi and M. Parrinello, Phys. Rev. Lett. 100,
    020603 (2008).

    A bias that grows: every `stride` steps a Gaussian where the variable is, as high as `height`
    exp(-V/((γ - 1) kT)), V the bias there. After `filling_steps` the bias stays as it is, and the
    variable is sampled with it.

    Attributes
    ----------
    low, high : float
        Beyond them walls are.
    width : float
        Standard deviation of a hill; a fortieth of the range where it is left out.
    height : float
        Of the first hill; kT/2 where it is left out.
    stride : int
        Steps from one hill to the next: whole segments, where the bias acts on these.
    bias_factor : float
        γ: walls of F between `low` and `high` become lower by this factor.
    filling_steps, steps : int
        Steps in which hills are laid, and in which samples are taken. `steps` is an extent: a
        finished job can be lengthened, and stays the same job.
    """

    references: ClassVar[tuple[str, ...]] = ("barducci2008", "auer2001")

    name: Literal["metadynamics"]
    width: Positive | None = None
    height: Positive | None = None
    stride: Annotated[int, Field(ge=PERIOD, le=10**6, multiple_of=PERIOD)] = 200
    bias_factor: Annotated[float, Field(gt=1, le=1e6)] = 10.0
    filling_steps: Annotated[int, Field(ge=1, le=10**9)] = 100_000
    steps: Annotated[int, Field(ge=200, le=10**12, json_schema_extra={"extent": True})] = 200_000

    @model_validator(mode="after")
    def _hills_fit_in(self) -> Metadynamics:
        widest = (self.high - self.low) / LEAST_WIDTHS
        if self.width is not None and self.width > widest:
            raise ValueError(
                f"width: got {self.width:g}; expected at most {widest:.4g}, a fifth of the way"
                " from low to high"
            )
        narrowest = (self.high - self.low) / MOST_WIDTHS
        if self.width is not None and self.width < narrowest:
            raise ValueError(
                f"width: got {self.width:g}; expected at least {narrowest:.4g}, a thousandth of the"
                " way from low to high"
            )
        if self.height is not None and self.height > HIGHEST * self.kT:
            raise ValueError(
                f"height: got {self.height:g}; expected at most {HIGHEST * self.kT:g}, {HIGHEST:g}"
                " kT: a hill throws what is on it"
            )
        if self.filling_steps < self.stride:
            raise ValueError(
                f"filling_steps: got {self.filling_steps}; expected at least stride = {self.stride}"
            )
        return self

    @property
    def equilibration_steps(self) -> int:
        """Those without samples."""
        return self.filling_steps

    def check_system(self, system: System) -> None:
        """Raise ValueError where the box, the start or the variable does not fit the system."""
        super().check_system(system)
        if self.by_segments(system) and self.stride % self.segment:
            raise ValueError(
                f"stride: got {self.stride}; expected a multiple of segment = {self.segment}: hills"
                " are laid between segments"
            )
