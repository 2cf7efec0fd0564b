"""A many-body potential whose energy is a small network."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from workspace_schema.potentials.many_body import FittedData, InnerBasis, ManyBodyPotential

if TYPE_CHECKING:
    import numpy as np


class LearnedBasis(InnerBasis):
    """The network: cosines of the distance, mixed to channels for each pair of types,
    products of these with powers of the cosine up to a degree, summed over pairs of neighbours, and
    a hidden layer."""

    in_lammps: ClassVar[bool] = False
    inner: ClassVar[float] = 0.9

    radial: int = Field(default=10, ge=1, le=32)
    channels: int = Field(default=10, ge=1, le=32)
    degree: int = Field(default=3, ge=0, le=6)
    hidden: int = Field(default=32, ge=1, le=256)

    def shapes(self, types: int) -> dict[str, tuple[int, ...]]:
        """The arrays of weights by name, in the order of the coefficients."""
        features = self.channels * (self.degree + 2)
        return {
            "mix": (types, types, self.radial, self.channels),
            "straight": (types, features),
            "inner": (features, self.hidden),
            "bias": (types, self.hidden),
            "outer": (self.hidden,),
        }

    def size(self, types: int) -> int:
        """Of all weights."""
        return sum(prod(shape) for shape in self.shapes(types).values())

    def weights(self, coefficients: Sequence[float], types: int) -> dict[str, np.ndarray]:
        """The coefficients as arrays."""
        import numpy as np

        found, start = {}, 0
        for name, shape in self.shapes(types).items():
            stop = start + prod(shape)
            found[name] = np.array(coefficients[start:stop]).reshape(shape)
            start = stop
        return found

    def text(self, types: int) -> str:
        """What the network is."""
        numbers = (self.radial, self.channels, self.degree, self.hidden)
        return f"r_in {self.r_in!r}\nr_cut {self.r_cut!r}\nnetwork {' '.join(map(str, numbers))}\n"

    def coefficients_text(self, coefficients: Sequence[float], types: int) -> str:
        """One below the other."""
        return "\n".join(map(repr, coefficients)) + "\n"


class LearnedData(FittedData):
    """Content of a file."""

    form: ClassVar[str] = "learned"
    basis: LearnedBasis


class Learned(ManyBodyPotential):
    """A many-body potential whose energy is a small network, from a file of `fit_potential`.

    ``python -m operations.training.fit_potential learned TRAJECTORY --out FILE --r-cut R --seed S``
    trains it, which takes torch (extra ``networks``); a run takes numpy only, in LAMMPS or, with
    ``engine: hoomd``, in HOOMD-blue, both on the CPU and called from Python at every step, in 80 µs
    a particle, 200 times Lennard-Jones. All else is as with `pod`. The file holds numbers: a traced
    module of torch (TorchScript) would be a program, and nothing in a campaign's root is ever run.
    J. Behler and M. Parrinello, Phys. Rev. Lett. 98, 146401 (2007); sums over pairs of neighbours
    by moments: A. V. Shapeev, Multiscale Model. Simul. 14, 1153 (2016).
    """

    suffix: ClassVar[str] = "learned"
    content: ClassVar[type[FittedData]] = LearnedData
    engines: ClassVar[dict[str, str]] = {"lammps": "LAMMPS", "hoomd": "HOOMD-blue"}
    references: ClassVar[tuple[str, ...]] = ("behler2007", "shapeev2016")

    form: Literal["learned"] = "learned"
