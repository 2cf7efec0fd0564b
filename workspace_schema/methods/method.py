"""What every method has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from workspace_schema.base import Model
from workspace_schema.system import System

if TYPE_CHECKING:
    from workspace_schema.interactions import Interactions

#: Candidates or walkers at once for which a GPU is asked: fewer leave most of it idle.
LEAST_FOR_GPU = 512
#: Particles that one of its warps has room for, in its shared memory, by boundary.
MOST_ON_GPU = {"open": 152, "periodic": 117}


class Method(Model):
    """A way from a physics to configurations.

    A method is one file with one subclass, and one entry in `workspace_schema.methods.facts`.

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
    #: Those of them that only an engine of its own can run.
    by_own: ClassVar[frozenset[str]] = frozenset()
    #: Those of these that it runs on the CPU only.
    by_cpu: ClassVar[frozenset[str]] = frozenset()
    #: Those that it can treat between walls.
    by_walls: ClassVar[frozenset[str]] = frozenset()
    has_depletants: ClassVar[bool] = False  # whether it can treat `system.depletants`
    many_body: ClassVar[bool] = False  # whether it can treat a potential that is no sum over pairs
    finds_bodies: ClassVar[bool] = False  # whether it finds free numbers of building blocks
    uses_found_bodies: ClassVar[bool] = False  # whether it runs what a design has found of them
    has_replicas: ClassVar[bool] = True  # False where another seed changes nothing
    #: Paths that only the rows of its jobs have a value of (`operations.jobs.result.Result.rows`).
    row_axes: ClassVar[frozenset[str]] = frozenset()
    references: ClassVar[tuple[str, ...]] = ()  # keys in analysis/references.bib

    @classmethod
    def on_cpu(cls, block: Mapping[str, Any]) -> bool:
        """Whether a canonical block is of a kind that runs on the CPU only, though others of this
        method run on a GPU."""
        return False

    @classmethod
    def fills_gpu(cls, block: Mapping[str, Any]) -> bool:
        """Whether a canonical block, of points that a GPU has room for, is of a kind that runs
        there, though others of this method run on the CPU only."""
        return False

    @property
    def simulated(self) -> str | None:
        """What an engine is asked for: "nvt", "nve", "npt", or what is more than that; None where
        no engine is asked."""
        ensemble: str | None = getattr(self, "ensemble", None)
        return ensemble

    def idle(self, system: System) -> frozenset[str]:
        """Keys that mean nothing in this system."""
        return frozenset()

    def meant(self, block: dict[str, Any], system: System) -> dict[str, Any]:
        """The canonical block as the state point has it: without what means nothing."""
        idle = self.idle(system)
        return {key: value for key, value in block.items() if key not in idle} if idle else block

    def check_system(self, system: System) -> None:
        """Raise ValueError, ``KEY: what is wrong``, where the method cannot treat this system."""

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError, ``KEY: what is wrong``, where it cannot treat this potential."""

    def check_patchy(self, system: System) -> None:
        """Raise ValueError where patchy Lennard-Jones particles meet others, or have no cut-off in
        a periodic cell."""
        if "patchy_lennard_jones" not in system.forms:
            return
        if len(system.forms) > 1:
            other = min(system.forms - {"patchy_lennard_jones"})
            raise ValueError(
                f"name: {self.name} has no energy between patchy_lennard_jones and {other}"
            )
        for name, block in (system.building_blocks or {}).items():
            if system.boundary == "periodic" and getattr(block, "r_cut", None) is None:
                raise ValueError(
                    f"name: {self.name} in a periodic cell needs building_blocks.{name}.r_cut"
                    " (3 in the paper of the model)"
                )
