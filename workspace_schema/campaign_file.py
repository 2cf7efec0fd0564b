"""The top level of a campaign file: what it may say beside its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from workspace_schema.base import Model
from workspace_schema.errors import Problems
from workspace_schema.labelling import Labelling
from workspace_schema.settings import Settings

MAX_JOBS = 1_000_000
#: Points of which an adaptive campaign chooses, at most, and drawn from intervals by default.
MAX_CANDIDATES, ADAPTIVE_POINTS = 20_000, 2048
#: What only an adaptive campaign has.
ADAPTIVE_KEYS = ("begin", "batch", "until", "explore", "repeat", "cost", "ahead", "phases", "width")


#: What has no meaning where free energies are chosen.
OF_LABELS = ("until", "explore", "repeat", "cost")


class Sample(Model):
    """Points drawn from the intervals of a campaign, and how many of its points are run.

    Without `adaptive` exactly one of the two designs is given, and everything is run. With it the
    points of the file are candidates, of which rounds of runs are chosen (`operations.rounds`).

    Attributes
    ----------
    latin_hypercube : int
        Number of points of a Latin hypercube (McKay, Beckman, Conover, Technometrics 21, 239
        (1979)); another number is another set of points.
    sobol : int
        Number of points of a scrambled Sobol sequence (Owen, J. Complexity 14, 466 (1998)); a
        larger number keeps the points there are. `ADAPTIVE_POINTS` where `adaptive` has intervals
        and no design is given.
    seed : int
        Seed of the design.
    adaptive : int
        Most runs that are proposed.
    begin : int
        Runs spread evenly before anything is known.
    batch : int
        Runs of a round; by default as many as a pack has lanes, 8 to 16.
    until : float
        Stop where the expected agreement with the full grid is so much, two rounds running.
    explore : float
        Share of a round that is spent far from every other run.
    repeat : int
        Replicas that a doubtful point may get, at most `replicas`.
    cost : bool
        Whether what is gained is divided by the expected cost.
    ahead : int
        Rounds that are proposed before the last one is complete: 1 keeps a queue filled.
    phases : list of str
        Two crystals of jobs of method `free_energy`, by their names: what is chosen is where both
        Gibbs energies are computed, so that the line on which they are the same becomes known.
    width : float
        Stop where the line is known so well, in units of the ranges of the axes; 0.02 unless given.
    """

    latin_hypercube: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    sobol: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    adaptive: Annotated[int, Field(ge=1, le=MAX_CANDIDATES)] | None = None
    begin: Annotated[int, Field(ge=1, le=1000)] = 16
    batch: Annotated[int, Field(ge=1, le=1000)] | None = None
    until: Annotated[float, Field(gt=0, le=1)] = 0.95
    explore: Annotated[float, Field(ge=0, le=1)] = 0.125
    repeat: Annotated[int, Field(ge=1, le=100)] = 1
    cost: bool = False
    ahead: Annotated[int, Field(ge=0, le=1)] = 0
    phases: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    width: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _one_design(self) -> Sample:
        designs = (self.latin_hypercube is not None) + (self.sobol is not None)
        if self.adaptive is None:
            if designs != 1:
                raise ValueError("expected one of latin_hypercube and sobol, a number of points")
            needless = [key for key in ADAPTIVE_KEYS if key in self.model_fields_set]
            if needless:
                raise ValueError(f"{needless[0]}: means nothing without adaptive, most runs")
        elif designs > 1:
            raise ValueError("expected at most one of latin_hypercube and sobol")
        if self.width is not None and self.phases is None:
            raise ValueError("width: means nothing without phases")
        if self.phases is not None:
            if self.phases[0] == self.phases[1]:
                raise ValueError("phases: expected two different ones")
            known = type(self).model_fields
            needless = [k for k in OF_LABELS if getattr(self, k) != known[k].default]
            if needless:
                raise ValueError(f"{needless[0]}: means nothing with phases")
        return self

    @property
    def has_design(self) -> bool:
        """Whether points are drawn, from intervals."""
        return self.latin_hypercube is not None or self.sobol is not None

    def draw(self, dimensions: int) -> Sequence[Sequence[float]]:
        """Return the points, shape (n, dimensions), in the unit cube."""
        import warnings

        import numpy as np
        from scipy.stats import qmc

        generator = np.random.default_rng(self.seed)
        if self.latin_hypercube is not None:
            return qmc.LatinHypercube(dimensions, seed=generator).random(self.latin_hypercube)
        with warnings.catch_warnings():  # balance at powers of two matters to integrals, not here
            warnings.simplefilter("ignore", UserWarning)
            return qmc.Sobol(dimensions, seed=generator).random(self.sobol or ADAPTIVE_POINTS)


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
    labels: Labelling | None = None

    @model_validator(mode="after")
    def _one_labeller(self) -> CampaignFile:
        if self.labels is not None and self.settings.labeller is not None:
            raise ValueError("labels: says what settings.labeller says; expected one of them")
        return self


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
