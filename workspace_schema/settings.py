"""How a campaign runs: nothing here changes which job it is, so nothing here is in an id."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workspace_schema.base import Model
from workspace_schema.properties import PROPERTIES

#: Particles that the engine `batched` has room for.
MOST_BATCHED = 4096


class Settings(Model):
    """Settings of a campaign, kept in the project document.

    Attributes
    ----------
    engine : "auto", "lammps", "hoomd" or "batched"
        Simulation engine; auto takes LAMMPS or HOOMD-blue, the first that is installed and can do
        the job.
    device : "auto", "cpu" or "gpu"
    log_period : int
        Steps between two samples of energy, pressure and temperature.
    frames : int
        Frames of the trajectory over one run; 0 writes none.
    walltime_hours : float
        Time limit of one submitted job, in hours; an unfinished job goes on in the next one.
    former_jobs : "show", optional
        Whether jobs that the campaign file no longer has are in the table and the diagram; left
        out, they are not.
    pool : int, optional
        Processes of one job that has independent runs (design by label); left out, one.
    labeller : str, optional
        Who labels, by a name of `analysis.labelling.labellers`; left out, the rules and networks of
        this code.
    properties : list of str, optional
        What is measured of finished jobs when they are labelled, by its names in
        `workspace_schema.properties`.
    """

    engine: Literal["auto", "lammps", "hoomd", "batched"] = "auto"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    log_period: Annotated[int, Field(ge=1, le=10**12)] = 100
    frames: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    walltime_hours: Annotated[float, Field(gt=0, le=10_000)] = 12.0
    former_jobs: Literal["show"] | None = None
    pool: Annotated[int, Field(ge=1, le=256)] | None = None
    labeller: str | None = None
    properties: list[Literal[*PROPERTIES]] | None = None  # type: ignore[valid-type]
