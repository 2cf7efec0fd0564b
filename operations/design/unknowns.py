"""What a design without gradients looks for: a point of the unit cube, and the potential there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.design.bases import Basis
from operations.design.outcome import POINTS
from operations.interactions.pair_functions import PairFunction
from workspace_schema.interactions import Interactions, pair_key, type_pairs
from workspace_schema.potentials import Adjustable, Designed, Sought, TableData

FloatArray = NDArray[np.float64]

#: Rows of the table of a form, and the energy up to which it goes: by Hermite interpolation within
#: 1e-6 of the force of Lennard-Jones-Gauss.
ROWS, HIGHEST = 4000, 1e5
#: B-splines begin at so much of the mean distance of particles.
INNER = 0.7
#: Most that one function of a basis adds there, in units of energy; together they start at twice
#: as much.
HEIGHT = 5.0
#: Functions that end before it count as this part of what they are at r = 0.
LEAST = 0.05


class Unknowns(ABC):
    """Coordinates from 0 to 1 for what a design may choose.

    Attributes
    ----------
    start : ndarray, shape (n,)
        Where it begins.
    lowest : float
        Where coordinates end for who follows slopes: that of a square is 0 at 0, and no end.
    """

    potential: Sought
    start: FloatArray
    lowest = 0.0

    @abstractmethod
    def table(self, x: FloatArray) -> TableData:
        """The potential at a point.

        Raises
        ------
        ValueError
            Where it is none: not finite, or bottomless.
        """

    @abstractmethod
    def found(self, x: FloatArray) -> dict[str, Any]:
        """What the result says of a point."""

    def function(self, x: FloatArray) -> PairFunction:
        """The potential at a point, for engines."""
        return PairFunction(self.potential, data=self.table(x))

    def curve(self, x: FloatArray, began: FloatArray | None = None) -> dict[str, list[float]]:
        """u(r) at a point, and where it began: at `start`, unless said."""
        function, start = self.function(x), self.function(self.start if began is None else began)
        r = np.linspace(function.r_inner, function.r_cut, POINTS)
        return {"r": r.tolist(), "u": function.energy(r).tolist()} | {
            "u_start": start.energy(r).tolist()
        }


class Parameters(Unknowns):
    """Free parameters of a form: the cube is that of their bounds.

    Parameters
    ----------
    potential : Adjustable
    """

    def __init__(self, potential: Adjustable) -> None:
        self.potential = self.form = potential
        bounds = np.array(list(potential.free.values()))
        self._low, self._width = bounds[:, 0], bounds[:, 1] - bounds[:, 0]
        self.start = np.full(len(bounds), 0.5)

    def values(self, x: FloatArray) -> dict[str, float]:
        """Parameters by name."""
        values = self._low + self._width * np.asarray(x)
        return dict(zip(self.form.free, values.tolist(), strict=True))

    def table(self, x: FloatArray) -> TableData:
        return self.table_of(self.values(x))

    def table_of(self, values: Mapping[str, float]) -> TableData:
        """The potential of parameters; it is zero from its own cut-off to the largest."""
        function = PairFunction(self.form.at(values), u_max=HIGHEST)
        r, u, force = function.table(ROWS)
        if function.r_cut < self.form.r_cut:
            u[-1] = force[-1] = 0.0
            r, u, force = (
                np.append(x, y) for x, y in ((r, self.form.r_cut), (u, 0.0), (force, 0.0))
            )
        return TableData(tuple(r.tolist()), tuple(u.tolist()), tuple(force.tolist()))

    def found(self, x: FloatArray) -> dict[str, Any]:
        return {"parameters": self.values(x)}


class Coefficients(Unknowns):
    """Coefficients of a basis, between heights in units of an energy.

    Parameters
    ----------
    potential : Designed
    spacing : float
        Mean distance of particles.
    unit : float
        Of energy.
    """

    def __init__(self, potential: Designed, spacing: float, unit: float) -> None:
        self.potential = potential
        at = INNER * spacing
        self.basis = Basis(potential, at if potential.shape == "free" else 0.0)
        n = self.basis.size
        self._height = np.full(n, HEIGHT * unit)
        if self.basis.signed:
            self.start = np.full(n, 0.5)
            return
        there, core = self.basis.values([at, 0.0])
        self._height = self._height / np.maximum(there, LEAST * core)
        self.start, self.lowest = np.full(n, np.sqrt(2.0 / n)), -1.0

    def coefficients(self, x: Any) -> Any:
        """Those of a point; it may be an array of JAX."""
        return self._height * ((2.0 * x - 1.0) if self.basis.signed else x**2)

    def table(self, x: FloatArray) -> TableData:
        return self.basis.table(self.coefficients(np.asarray(x)))

    def found(self, x: FloatArray) -> dict[str, Any]:
        return self.basis.described(self.coefficients(np.asarray(x)))


class Together:
    """The unknowns of every pair of types; coordinates of one stand after those of the other.

    Parameters
    ----------
    potential : Interactions
    types : tuple of str
    spacing, unit : float
        See `Coefficients`.

    Attributes
    ----------
    of : dict of str to Unknowns
        By pair of types.
    """

    def __init__(
        self, potential: Interactions, types: tuple[str, ...], spacing: float, unit: float
    ) -> None:
        self._pairs = {
            (i, j): pair_key(a, b)
            for i, a in enumerate(types)
            for j, b in enumerate(types[i:], start=i)
        }
        self.of: dict[str, Unknowns] = {}
        for a, b in type_pairs(types):
            own = potential.pair(a, b)
            if isinstance(own, Adjustable):
                self.of[pair_key(a, b)] = Parameters(own)
            else:
                assert isinstance(own, Designed)
                self.of[pair_key(a, b)] = Coefficients(own, spacing, unit)
        self.start = np.concatenate([one.start for one in self.of.values()])
        self.lowest = min(one.lowest for one in self.of.values())

    @property
    def potentials(self) -> dict[tuple[int, int], tuple[str, Sought]]:
        """Name of each pair of types, and what is sought, by their indices."""
        return {place: (key, self.of[key].potential) for place, key in self._pairs.items()}

    def _parts(self, x: FloatArray) -> Iterator[tuple[str, Unknowns, FloatArray]]:
        ends = np.cumsum([len(one.start) for one in self.of.values()])[:-1]
        for (key, one), own in zip(self.of.items(), np.split(np.asarray(x), ends), strict=True):
            yield key, one, own

    def tables(self, x: FloatArray) -> dict[str, TableData]:
        """The potentials at a point, by pair of types; `Unknowns.table`."""
        return {key: one.table(own) for key, one, own in self._parts(x)}

    def described(self, x: FloatArray) -> dict[str, Any]:
        """What the result says of a point, by pair of types."""
        return {key: one.found(own) for key, one, own in self._parts(x)}

    def found(self, x: FloatArray) -> dict[str, Any]:
        """What a line of the history says of a point."""
        described = self.described(x)
        return next(iter(described.values())) if len(described) == 1 else {"potential": described}

    def curves(self, x: FloatArray, began: FloatArray | None = None) -> dict[str, Any]:
        """u(r) at a point and where it began, by pair of types; see `Unknowns.curve`."""
        parts = zip(
            self._parts(x), self._parts(self.start if began is None else began), strict=True
        )
        return {key: one.curve(own, first) for (key, one, own), (_, _, first) in parts}
