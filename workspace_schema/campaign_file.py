"""The top level of a campaign file: what it may say beside its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from workspace_schema.base import Model
from workspace_schema.errors import Problems
from workspace_schema.settings import Settings

MAX_JOBS = 1_000_000


class Sample(Model):
    """Points drawn from the intervals of a campaign; exactly one of the two designs.

    Attributes
    ----------
    latin_hypercube : int
        Number of points of a Latin hypercube (McKay, Beckman, Conover, Technometrics 21, 239
        (1979)); another number is another set of points.
    sobol : int
        Number of points of a scrambled Sobol sequence (Owen, J. Complexity 14, 466 (1998)); a
        larger number keeps the points there are.
    seed : int
        Seed of the design.
    """

    latin_hypercube: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    sobol: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0

    @model_validator(mode="after")
    def _one_design(self) -> Sample:
        if (self.latin_hypercube is None) == (self.sobol is None):
            raise ValueError("expected one of latin_hypercube and sobol, a number of points")
        return self

    def draw(self, dimensions: int) -> Sequence[Sequence[float]]:
        """Return the points, shape (n, dimensions), in the unit cube."""
        import warnings

        import numpy as np
        from scipy.stats import qmc

        generator = np.random.default_rng(self.seed)
        if self.sobol is None:
            return qmc.LatinHypercube(dimensions, seed=generator).random(self.latin_hypercube)
        with warnings.catch_warnings():  # balance at powers of two matters to integrals, not here
            warnings.simplefilter("ignore", UserWarning)
            return qmc.Sobol(dimensions, seed=generator).random(self.sobol)


class CampaignFile(Model):
    """The top level of a campaign file; the blocks are read after their axes are expanded."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    system: Any
    potential: Any = None
    method: Any
    replicas: Annotated[int, Field(ge=1, le=MAX_JOBS)] = 1
    axes: list[str] | None = None
    zip: list[Annotated[list[str], Field(min_length=2)]] = Field(default_factory=list)
    sample: Sample | None = None
    settings: Settings = Settings()


def read_top(data: dict[str, Any], problems: Problems) -> CampaignFile:
    """Return the top level; where it has problems, as much of it as helps to find more."""
    try:
        return CampaignFile.model_validate(data)
    except ValidationError as error:
        problems.add_validation_error(error, data, CampaignFile.model_fields, lambda path: path)
    wrong = {path[0] for path in problems.paths if path}
    rest = {key: value for key, value in data.items() if key not in wrong}
    if wrong & {"zip", "sample"}:  # without them nothing could be said of the axes
        problems.raise_if_any()
    try:
        return CampaignFile.model_validate({"name": "x", "system": None, "method": None} | rest)
    except ValidationError:
        problems.raise_if_any()
        raise
