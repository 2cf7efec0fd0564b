"""Evolution with an adapted covariance (CMA-ES), which follows from what it was told.

Its state is the list of all values that it was told: told again, it is where it was.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from operations.jobs.seeds import generator

FloatArray = NDArray[np.float64]

#: Standard deviation of the first candidates, in units of the bounds.
FIRST_STEP = 0.25


class Evolution:
    """Candidates in the unit cube, for values of which the largest is best.

    Parameters
    ----------
    start : ndarray, shape (n,)
    population : int
    seed : int

    Attributes
    ----------
    candidates : ndarray, shape (population, n)
        Whose values are to be told.
    """

    def __init__(self, start: FloatArray, population: int, seed: int) -> None:
        import cma

        random = generator(seed, "evolution")
        options: dict[str, Any] = {
            "popsize": population,
            "bounds": [0.0, 1.0],
            # its own generator, and not that of numpy, which others use
            "randn": lambda *shape: random.standard_normal(shape),
            "seed": np.nan,
            "verbose": -9,
        }
        # a space of one dimension has no covariance to adapt: a second one means nothing
        self._n = len(start)
        whole = start if self._n > 1 else np.append(start, 0.5)
        self._inner = cma.CMAEvolutionStrategy(whole, FIRST_STEP, options)
        self._ask()

    @classmethod
    def after(cls, told: FloatArray, start: FloatArray, population: int, seed: int) -> Self:
        """Evolution that was told values of shape (updates, population)."""
        evolution = cls(start, population, seed)
        for values in told:
            evolution.tell(values)
        return evolution

    def tell(self, values: FloatArray) -> None:
        """The values of the candidates; there are others then."""
        self._inner.tell(self._asked, (-values).tolist())
        self._ask()

    @property
    def step(self) -> float:
        """Largest standard deviation of a coordinate of the candidates."""
        return float(self.candidates.std(axis=0).max())

    def _ask(self) -> None:
        self._asked = self._inner.ask()
        self.candidates = np.array(self._asked)[:, : self._n]
