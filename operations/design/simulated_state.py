"""Where a design by simulations is: what its checkpoint has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.engines import EngineState

FloatArray = NDArray[np.float64]

#: Pairs of N particles where g is 1: in a closed box g then ends at 1 - S(0)/N, which of a dense
#: liquid is nearer to the 1 of an infinite one than the 1 + (1 - S(0))/N of N (N - 1) / 2.
PAIRS = "N²/2"


@dataclass
class State:
    """Where a design is.

    Attributes
    ----------
    coefficients, before, best : ndarray
        Of the present simulation, of the one before it, and of that nearest to the target.
    first, engine : EngineState
        At the begin of the present simulation, and now.
    step : int
        Of the present simulation; those of the engine go on from one to the next, so that none
        has the random numbers of another.
    update : int
        Updates done.
    halvings : int
        Of the present step.
    counts : ndarray, shape (frames, bins)
        Pairs in every bin, of each frame so far.
    sums : ndarray, shape (frames, n)
        Σ over pairs of each function.
    pressures : ndarray
        Samples.
    history : list of dict
        One for each simulation.
    over : str
        Why it is over; empty while it is not.
    begun, total_steps : int
        Steps of the engine at the begin of the present simulation, and in all.
    wall_seconds : float
    former : ndarray, shape (frames, n)
        `sums` of the simulation before, on which the present step is built.
    pairs : str
        How many there are where g is 1; of earlier releases N (N - 1) / 2, or not known.
    """

    coefficients: FloatArray
    before: FloatArray
    best: FloatArray
    first: EngineState
    engine: EngineState
    counts: FloatArray
    sums: FloatArray
    pressures: FloatArray
    step: int = 0
    update: int = 0
    halvings: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    over: str = ""
    begun: int = 0
    total_steps: int = 0
    wall_seconds: float = 0.0
    pairs: str = ""
    former: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
