"""Method `imported`: configurations from elsewhere, one job a file."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.base import Model
from workspace_schema.conditions import Conditions
from workspace_schema.methods.method import Method

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: A column of a table, by its name or by its number from 1.
Column = (
    Annotated[int, Field(ge=1, le=10_000)] | Annotated[str, Field(min_length=1, max_length=200)]
)
Length = Annotated[float, Field(gt=0)]
_LATER = {"since": 2}


class Columns(Model):
    """Which columns of a table are what; those not given are known by their names.

    Attributes
    ----------
    x, y, z : str or int, optional
        Coordinates: name of the column, or its number from 1. All or none.
    frame : str or int, optional
        Number of the picture, so that frames do not lie on each other.
    type : str or int, optional
        Type of the particle.
    """

    x: Column | None = None
    y: Column | None = None
    z: Column | None = None
    frame: Column | None = None
    type: Column | None = None


class Reading(Model):
    """How a file is read, where that is not known by the file itself.

    Attributes
    ----------
    columns : Columns, optional
        Of a table.
    pixel_size : float, optional
        Length of a pixel, by which the coordinates of a table are multiplied.
    voxel : list of 2 or 3 float, optional
        The same along x, y, z, where they differ.
    frame : "last", "all" or int
        Which frame is labelled: the last one; the last one, and all become the trajectory; or the
        one of this number: as the table has it, otherwise counted from 0.
    """

    columns: Annotated[Columns | None, Field(json_schema_extra=_LATER)] = None
    pixel_size: Annotated[Length | None, Field(json_schema_extra=_LATER)] = None
    voxel: Annotated[
        Annotated[list[Length], Field(min_length=2, max_length=3)] | None,
        Field(json_schema_extra=_LATER),
    ] = None
    frame: Annotated[
        Literal["last", "all"] | Annotated[int, Field(ge=0)], Field(json_schema_extra=_LATER)
    ] = "last"

    @model_validator(mode="after")
    def _one_scale(self) -> Reading:
        if self.pixel_size is not None and self.voxel is not None:
            raise ValueError("pixel_size: has no meaning beside voxel")
        return self


class Imported(Method, Reading):
    """A configuration file, known by its content and not by its path.

    A campaign file writes ``files: [...]``, paths or patterns relative to itself; each file
    becomes one job.

    Attributes
    ----------
    sha256 : str
        SHA-256 of the file, 64 hexadecimal digits.
    conditions : dict, optional
        Of the sample; a state point has them beside its blocks (`workspace_schema.conditions`).
    """

    name: Literal["imported"]
    sha256: Sha256
    conditions: Annotated[Conditions | None, Field(json_schema_extra=_LATER)] = None

    needs_particles: ClassVar[bool] = False
    needs_potential: ClassVar[bool] = False
    has_replicas: ClassVar[bool] = False
