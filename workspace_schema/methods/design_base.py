"""Method `design`: what its ways have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.building_blocks import HARD
from workspace_schema.interactions import Interactions, type_pairs
from workspace_schema.methods.method import Method
from workspace_schema.methods.targets import box_of
from workspace_schema.plausibility import sure_fault
from workspace_schema.potentials import Adjustable, Designed, Sought
from workspace_schema.ranges import between
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]


class Design(Method):
    """A search for the coefficients of a `designed` potential, or for parameters of a form.

    One job is one design: it runs its own simulations and searches, and writes what it found to
    ``designs/ID.table`` where its verdict is "found". Jobs of other methods with the same system
    and potential, and the same values of `conditions`, use it.

    Attributes
    ----------
    by : str
        What the design goes by.
    updates : int
        At most so many updates of the coefficients. An extent: a design that ended undecided can be
        lengthened, and stays the same job.
    """

    #: Keys of the method that the jobs which use a design share with it, where both have them.
    conditions: ClassVar[tuple[str, ...]] = ("number_density",)
    #: What it can look for: coefficients of a basis, or parameters of a form.
    finds: ClassVar[tuple[type[Sought], ...]] = (Designed,)
    has_replicas: ClassVar[bool] = False
    by_hoomd: ClassVar[frozenset[str]] = HARD

    name: Literal["design"]
    by: str
    updates: Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"extent": True})] = 20

    def check_system(self, system: System) -> None:
        """Raise ValueError where the boundary is open."""
        if system.boundary == "open":
            raise ValueError("name: design needs a periodic cell, but system.boundary is open")

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where there is nothing to design, or it is designed already."""
        shapes = set()
        for a, b in type_pairs(system.types):
            pair = potential.pair(a, b)
            if not isinstance(pair, Sought):
                raise ValueError(f"form: got {pair.form!r}; method design needs {self._needs()}")
            if not isinstance(pair, self.finds):
                free = " with free parameters" if isinstance(pair, Adjustable) else ""
                raise ValueError(
                    f"form: got {pair.form!r}{free}; by: {self.by} needs {self._needs()}"
                )
            if isinstance(pair, Adjustable) and len(system.types) > 1:
                raise ValueError("form: free parameters are of one type of particle")
            if pair.design is not None:
                raise ValueError("design: has no meaning in method design, which finds it")
            if isinstance(pair, Designed):
                shapes.add(pair.shape)
        if len(shapes) > 1:
            raise ValueError(
                f"shape: expected one for all pairs, got {' and '.join(sorted(shapes))}"
            )

    def _needs(self) -> str:
        """What it can look for, in words."""
        words = {Designed: "designed", Adjustable: "a parameter with {free: [low, high]}"}
        return " or ".join(words[kind] for kind in self.finds)


def check_range(
    potential: Interactions, system: System, number_density: float, target: str = "fluid"
) -> None:
    """Raise ValueError where a particle meets two images of another, in the box of a target."""
    r_cut = max(potential.pair(a, b).r_cut for a, b in type_pairs(system.types))
    n = system.n_particles
    edges: tuple[float, ...] = ((n / number_density) ** (1.0 / system.dimensions),)
    if target != "fluid":
        _, edges = box_of(target, n, number_density)
    if r_cut >= (half := 0.5 * min(edges)):
        raise ValueError(
            f"r_cut: got {r_cut:g}; expected less than {half:.5g}, half the smallest edge of the"
            f" box of {n} particles: take more of them, or a number with more divisors"
        )


def check_middle(potential: Interactions, system: System) -> None:
    """Raise ValueError where a form with free parameters is no potential in the middle of their
    bounds, where a design begins."""
    for a, b in type_pairs(system.types):
        pair = potential.pair(a, b)
        if not isinstance(pair, Adjustable):
            continue
        values = between(pair.free, 0.5)
        if (fault := sure_fault(pair.at(values))) is not None:
            first = next(iter(values))
            path = f"parameters.{first}" if pair.form == "expression" else first
            at = ", ".join(f"{name} = {value:g}" for name, value in values.items())
            raise ValueError(f"{path}: in the middle of the bounds, {at}, {fault}")
