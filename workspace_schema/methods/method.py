"""What every method has in common."""

from __future__ import annotations

from typing import ClassVar

from workspace_schema.base import Model
from workspace_schema.system import System


class Method(Model):
    """A way from a physics to configurations.

    A method is one file with one subclass, and one line in `workspace_schema.methods.METHODS`.

    Attributes
    ----------
    name : str
        The key of the method in the registry; subclasses narrow it to a literal.
    """

    name: str

    needs_particles: ClassVar[bool] = True
    needs_potential: ClassVar[bool] = True
    #: Forms of building blocks it can treat.
    building_blocks: ClassVar[frozenset[str]] = frozenset({"point"})
    #: Those of them that interact by the `potential:`.
    by_potential: ClassVar[frozenset[str]] = frozenset({"point"})
    #: Those of them that only HOOMD-blue can run.
    by_hoomd: ClassVar[frozenset[str]] = frozenset()
    has_replicas: ClassVar[bool] = True  # False where another seed changes nothing
    references: ClassVar[tuple[str, ...]] = ()  # keys in analysis/references.bib

    def check_system(self, system: System) -> None:
        """Raise ValueError, ``KEY: what is wrong``, where the method cannot treat this system."""
