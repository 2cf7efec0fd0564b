"""How a temperature falls: linear, exponential, or at constant thermodynamic speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: The adaptive schedule cools at most this many times faster or slower than the exponential one.
MOST_FACTOR = 4.0

#: Weight of the newest stage in the running heat capacity.
NEWEST = 0.3


@dataclass(frozen=True)
class Cooling:
    """One cooling in equally long stages.

    The adaptive schedule has d ln T / dt = -v / √C with the heat capacity C from the fluctuations
    of the energy: constant thermodynamic speed, P. Salamon, J. D. Nulton, J. R. Harland,
    J. Pedersen, G. Ruppeiner, L. Liao, Comput. Phys. Commun. 49, 423 (1988), at equal relaxation
    times. The speed v is such that the coldest temperature is reached in the stages that are left
    if √C is from here on what it was on average.

    Attributes
    ----------
    law : {"linear", "exponential", "adaptive"}
    hot, cold : float
    stages : int
    """

    law: str
    hot: float
    cold: float
    stages: int

    def start(self) -> CoolingState:
        """Before the first stage."""
        return CoolingState(0, self.hot, math.nan, 0.0, 0.0)

    def next(self, state: CoolingState, energies: np.ndarray) -> CoolingState:
        """One stage further.

        Parameters
        ----------
        state : CoolingState
        energies : ndarray of float64, shape (n,)
            Energies (enthalpies at constant pressure) of the whole system, sampled at the
            temperature of the stage that is over.
        """
        stage = state.stage + 1
        done = min(stage / self.stages, 1.0)
        if self.law == "linear":
            return CoolingState(stage, self.hot + (self.cold - self.hot) * done, math.nan, 0.0, 0.0)
        if self.law == "exponential":
            kT = self.hot * (self.cold / self.hot) ** done
            return CoolingState(stage, kT, math.nan, 0.0, 0.0)
        now = math.sqrt(heat_capacity(energies, state.kT))
        root = now if math.isnan(state.root) else (1.0 - NEWEST) * state.root + NEWEST * now
        left = math.log(state.kT / self.cold)
        even = left / max(self.stages - state.stage, 1)
        mean = (state.length + root * even) / (state.fallen + even) if even > 0.0 else root
        factor = mean / root if root > 0.0 else 1.0
        fall = even * min(max(factor, 1.0 / MOST_FACTOR), MOST_FACTOR)
        kT = self.cold if stage >= self.stages else max(state.kT * math.exp(-fall), self.cold)
        return CoolingState(stage, kT, root, state.length + root * fall, state.fallen + fall)

    def finished(self, state: CoolingState) -> bool:
        """Whether every stage is over."""
        return state.stage >= self.stages


@dataclass(frozen=True)
class CoolingState:
    """Where a cooling is.

    Attributes
    ----------
    stage : int
        Stages that are over.
    kT : float
        Temperature of the next stage.
    root : float
        Running square root of the heat capacity; nan before the first stage.
    length, fallen : float
        ∫ √C d ln T and ∫ d ln T so far.
    """

    stage: int
    kT: float
    root: float
    length: float
    fallen: float

    def to_array(self) -> np.ndarray:
        """As numbers, for a checkpoint."""
        return np.array([self.stage, self.kT, self.root, self.length, self.fallen])

    @classmethod
    def from_array(cls, numbers: np.ndarray) -> CoolingState:
        """From what `to_array` gave."""
        stage, kT, root, length, fallen = numbers.tolist()
        return cls(int(stage), kT, root, length, fallen)


def heat_capacity(energies: np.ndarray, kT: float) -> float:
    """Configurational heat capacity in units of k_B, from the fluctuations; a drift is taken out.

    Not below one, so that a frozen or small sample does not stop the clock.
    """
    if len(energies) < 4:
        return 1.0
    steps = np.arange(len(energies), dtype=np.float64)
    trend = np.polynomial.polynomial.polyfit(steps, energies, 1)
    rest = energies - np.polynomial.polynomial.polyval(steps, trend)
    variance = float(np.sum(rest**2)) / (len(energies) - 2)
    return max(variance / kT**2, 1.0) if math.isfinite(variance) else 1.0
