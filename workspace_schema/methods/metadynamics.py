"""Method `metadynamics`: the free energy against a collective variable, by a bias that grows."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Lattice, Time, check_start
from workspace_schema.methods.variables import Positive, Smooth, check_reach
from workspace_schema.system import System

#: Steps between samples, of which those between hills are a multiple.
PERIOD = 20
#: Widths of a hill that must fit between `low` and `high`.
LEAST_WIDTHS, MOST_WIDTHS = 5, 1000
#: Of a hill, in kT.
HIGHEST = 10.0


class Metadynamics(Method):
    """Well-tempered metadynamics: A. Barducci, G. Bussi and M. Parrinello, Phys. Rev. Lett. 100,
    020603 (2008).

    Langevin dynamics in a periodic box, under a bias that grows: every `stride` steps a Gaussian
    where the variable is, as high as `height` exp(-V/((γ - 1) kT)), V the bias there. After
    `filling_steps` the bias stays as it is, and the variable is sampled with it.

    Attributes
    ----------
    variable : Variable
        One that has a gradient.
    low, high : float
        Ends of the profile, beyond which a wall is.
    width : float
        Standard deviation of a hill; a fortieth of the range where it is left out.
    height : float
        Of the first hill; kT/2 where it is left out.
    stride : int
        Steps from one hill to the next.
    bias_factor : float
        γ: walls of F between `low` and `high` become lower by this factor.
    bins : int
        Of the profile.
    kT, number_density : float
    start : str
        "random" or a lattice.
    dt : float
    filling_steps, steps : int
        Steps in which hills are laid, and in which samples are taken. `steps` is an extent: a
        finished job can be lengthened, and stays the same job.
    """

    references: ClassVar[tuple[str, ...]] = ("barducci2008",)

    name: Literal["metadynamics"]
    variable: Smooth
    low: Annotated[float, Field(ge=0)]
    high: Positive
    width: Positive | None = None
    height: Positive | None = None
    stride: Annotated[int, Field(ge=PERIOD, le=10**6, multiple_of=PERIOD)] = 200
    bias_factor: Annotated[float, Field(gt=1, le=1e6)] = 10.0
    bins: Annotated[int, Field(ge=2, le=1000)] = 40
    kT: Positive = 1.0
    number_density: Positive
    start: Lattice = "random"
    dt: Time = 0.005
    filling_steps: Annotated[int, Field(ge=1, le=10**9)] = 100_000
    steps: Annotated[int, Field(ge=200, le=10**12, json_schema_extra={"extent": True})] = 200_000

    @model_validator(mode="after")
    def _hills_fit_in(self) -> Metadynamics:
        if self.high <= self.low:
            raise ValueError(f"high: got {self.high:g}; expected more than low = {self.low:g}")
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
    def simulated(self) -> str:
        """See `Method`."""
        return "bias"

    @property
    def equilibration_steps(self) -> int:
        """Those without samples."""
        return self.filling_steps

    def check_system(self, system: System) -> None:
        """Raise ValueError where the box, the start or the variable does not fit the system."""
        if system.boundary == "open":
            raise ValueError("name: metadynamics needs a periodic box, but system.boundary is open")
        check_start(self.start, system)
        check_reach(self.variable, self.high, self.start, self.number_density, system)
