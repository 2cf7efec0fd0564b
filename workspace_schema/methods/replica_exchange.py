"""Method `replica_exchange`: one system at many temperatures that exchange configurations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.methods.method import Method
from workspace_schema.methods.schedule import Start, StartFile, Time, check_start
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]
#: Samples at least; and periods of equilibration, of which a ladder is adapted.
LEAST_SAMPLES, LEAST_ADAPTED = 100, 40


class ReplicaExchange(Method):
    """Parallel tempering: canonical averages of what no single temperature can sample.

    K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). In a periodic box by Langevin
    dynamics in an engine; of clusters (system.boundary: open) by Monte Carlo, no particle further
    than `radius` from the centre of mass.

    Attributes
    ----------
    coldest, hottest : float
        kT of the ends of the ladder; the steps between are adapted during equilibration, until all
        neighbours exchange equally often.
    temperatures : int
        Of the ladder.
    number_density : float
        In a periodic box.
    radius : float
        Of clusters.
    start : str or StartFile
        As in `Schedule`; "random" for all, but for the file.
    dt : float
        Time step, in a periodic box (0.005).
    exchange_period : int
        Steps, of clusters sweeps, between trial exchanges; one sample each.
    equilibration_steps : int
        Steps, of clusters sweeps, of each temperature before sampling: none, and the ladder is one
        of equal ratios, or 40 periods at least.
    steps : int
        The same, sampled: 100 periods at least. An extent: a finished job can be lengthened, and
        stays the same job.
    """

    row_axes: ClassVar[frozenset[str]] = frozenset({"method.kT"})
    references: ClassVar[tuple[str, ...]] = ("hukushima1996", "shirts2008")

    name: Literal["replica_exchange"]
    coldest: Positive
    hottest: Positive
    temperatures: Annotated[int, Field(ge=2, le=100)] = 12
    number_density: Positive | None = None
    radius: Positive | None = None
    start: Start = "random"
    dt: Time | None = None
    exchange_period: Annotated[int, Field(ge=1, le=10**6)] = 100
    equilibration_steps: Annotated[int, Field(ge=0, le=10**8)] = 20_000
    steps: Annotated[int, Field(ge=1000, le=8 * 10**8, json_schema_extra={"extent": True})]

    @model_validator(mode="after")
    def _hottest_is_hotter(self) -> ReplicaExchange:
        if self.hottest <= self.coldest:
            raise ValueError(
                f"hottest: got {self.hottest:g}; expected more than coldest = {self.coldest:g}"
            )
        return self

    @model_validator(mode="after")
    def _periods_suffice(self) -> ReplicaExchange:
        period = self.exchange_period
        least = (LEAST_SAMPLES - 1) * period + 1
        if self.steps < least:
            raise ValueError(
                f"steps: got {self.steps}; expected {least} at least, {LEAST_SAMPLES} times"
                f" exchange_period = {period}"
            )
        least = (LEAST_ADAPTED - 1) * period + 1
        if 0 < self.equilibration_steps < least:
            raise ValueError(
                f"equilibration_steps: got {self.equilibration_steps}; expected 0, or {least} at"
                f" least, {LEAST_ADAPTED} times exchange_period = {period}: of fewer the ladder"
                " cannot be adapted"
            )
        return self

    @property
    def simulated(self) -> str | None:
        """See `Method`."""
        return None if self.radius else "nvt"  # clusters: our own Monte Carlo

    def check_system(self, system: System) -> None:
        """Raise ValueError where what is given does not fit the boundary."""
        is_open = system.boundary == "open"
        of_box = {"number_density": self.number_density, "dt": self.dt}
        for key, value in of_box.items() if is_open else [("radius", self.radius)]:
            if value is not None:
                raise ValueError(
                    f"{key}: has no meaning where system.boundary is {system.boundary}"
                )
        if is_open and self.radius is None:
            raise ValueError("radius is missing; clusters evaporate without it")
        if is_open and isinstance(self.start, str) and self.start != "random":
            raise ValueError(
                f"start: {self.start} is for a periodic box; expected random or a file"
            )
        if not is_open and self.number_density is None and not isinstance(self.start, StartFile):
            raise ValueError("number_density is missing; it is required unless start is a file")
        check_start(self.start, system)
