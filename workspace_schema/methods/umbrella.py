"""Method `umbrella`: the free energy against a collective variable, however unlikely its values."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.methods.along_variable import AlongVariable
from workspace_schema.methods.variables import Positive


class Umbrella(AlongVariable):
    """Umbrella sampling: G. M. Torrie and J. P. Valleau, J. Comput. Phys. 23, 187 (1977).

    Simulations with a harmonic bias at equal steps of the variable (windows), put together by the
    multistate Bennett ratio.

    Attributes
    ----------
    low, high : float
        Values of the variable in the first and the last window, too.
    windows : int
    stiffness : float
        Of the bias; kT over the square of a step between windows where it is left out, so that
        neighbours overlap.
    equilibration_steps, steps : int
        Of each window. `steps` is an extent: a finished job can be lengthened, and stays the same
        job.
    """

    references: ClassVar[tuple[str, ...]] = ("torrie1977", "shirts2008", "auer2001")

    name: Literal["umbrella"]
    windows: Annotated[int, Field(ge=2, le=200)] = 12
    stiffness: Positive | None = None
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=200, le=10**12, json_schema_extra={"extent": True})] = 20_000
