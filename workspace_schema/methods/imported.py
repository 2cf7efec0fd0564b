"""Method `imported`: configurations from elsewhere, one job a file."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.methods.method import Method

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Imported(Method):
    """A configuration file, known by its content and not by its path.

    A campaign file writes ``files: [...]``, paths or patterns relative to itself; each file
    becomes one job.

    Attributes
    ----------
    sha256 : str
        SHA-256 of the file, 64 hexadecimal digits.
    """

    name: Literal["imported"]
    sha256: Sha256

    needs_particles: ClassVar[bool] = False
    needs_potential: ClassVar[bool] = False
    has_replicas: ClassVar[bool] = False
