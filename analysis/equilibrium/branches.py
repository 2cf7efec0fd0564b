"""The free energy of a phase against density, from values and slopes with error bars.

βF_ex/N, over the ideal gas, is a polynomial in ρ; its slope is (βP/ρ - 1)/ρ, so that every pressure
is as good as a free energy. Weighted least squares; nothing is believed beyond the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Coefficients at most, of a phase from the ideal gas on and of another.
MOST_FROM_GAS, MOST = 8, 6
#: Density, in units of the highest, at which a gas is that of its second virial coefficient, and
#: the error of that.
DILUTE, EXACT = 1e-6, 1e-6
#: Part of its range by which a branch is believed beyond it.
BEYOND = 0.1
#: Step of a slope, as a part of the density, and ∂βP/∂ρ of a fluid at least: of a metastable one
#: it may be anything.
STEP, SOFTEST = 1e-3, 0.02
#: Densities at which a branch is looked at.
GRID = 400


@dataclass(frozen=True)
class Points:
    """What is known of a phase at one temperature.

    Attributes
    ----------
    name : str
    free_energies : ndarray, shape (n, 3)
        Density, βF/N, its error; none where they are sums of the pressures.
    pressures : ndarray, shape (m, 3)
        Density, βP, its error.
    from_gas : bool
        Whether the free energy is that of the ideal gas at ρ → 0.
    """

    name: str
    free_energies: FloatArray
    pressures: FloatArray
    from_gas: bool = False

    @classmethod
    def of_isotherm(
        cls, name: str, rho: FloatArray, factor: FloatArray, error: FloatArray, virial: float
    ) -> Points:
        """What is known of a fluid along its isotherm: βP/ρ at densities, each with its error, and
        the second virial coefficient, which is exact."""
        dilute = DILUTE * rho.max()
        gas = (dilute, dilute * (1.0 + dilute * virial), EXACT * abs(virial) * dilute**2)
        measured = np.column_stack([rho, rho * factor, rho * error])
        return cls(name, np.zeros((0, 3)), np.vstack([gas, measured]), True)

    def of_infinite(
        self, of_free_energies: float | FloatArray, of_pressures: float | FloatArray
    ) -> Points:
        """The same of infinitely many particles, where these are data of so many particles each, of
        a fluid in a periodic box, whose number does not fluctuate: βF of n is larger by
        ½ ln(∂ρ/∂βP). J. I. Siepmann, I. R. McDonald and D. Frenkel, J. Phys.: Condens. Matter 4,
        679 (1992).

        Raises
        ------
        ValueError
            Where too little is known.
        """
        branch = Branch.through(self)

        def more(rho: FloatArray) -> FloatArray:
            return -0.5 * np.log(np.maximum(_slope(branch.pressure, rho), SOFTEST))

        values, pressures = self.free_energies.copy(), self.pressures.copy()
        values[:, 1] -= more(values[:, 0]) / of_free_energies
        # of the second virial coefficient nothing is lacking
        measured = pressures[:, 0] > 2.0 * DILUTE * pressures[:, 0].max()
        rho, n = pressures[measured, 0], np.broadcast_to(of_pressures, len(pressures))[measured]
        pressures[measured, 1] -= rho**2 * _slope(more, rho) / n
        return replace(self, free_energies=values, pressures=pressures)

    @property
    def unknowns(self) -> int:
        """Coefficients that the data can determine with noise smoothed: four, and with more than
        three densities of free energies one for each and one; of pressures along an isotherm two
        thirds, and three at least."""
        densities = len(np.unique(self.free_energies[:, 0]))
        if self.from_gas:
            known = len(np.unique(self.pressures[:, 0]))
            return int(min(max(2 * known // 3, 3), known, MOST_FROM_GAS))
        return int(min(max(densities + 1, 4), 2 * densities, MOST))


def _slope(function: Callable[[FloatArray], FloatArray], rho: FloatArray) -> FloatArray:
    """By ρ."""
    step = STEP * rho
    return np.asarray((function(rho + step) - function(rho - step)) / (2.0 * step))


@dataclass(frozen=True)
class Branch:
    """A phase: βF/N as a function of the density.

    Attributes
    ----------
    name : str
    coefficients : ndarray, shape (n,)
        Of ascending powers of (ρ - origin) / scale in βF_ex/N.
    powers : ndarray of int, shape (n,)
    origin, scale : float
    densities : ndarray, shape (GRID,)
        Where it is believed, with the pressure increasing.
    """

    name: str
    coefficients: FloatArray
    powers: NDArray[np.int64]
    origin: float
    scale: float
    densities: FloatArray

    @classmethod
    def through(
        cls, points: Points, random: np.random.Generator | None = None, fewer: int = 0
    ) -> Branch:
        """The branch of a phase; with `random`, of data with another noise of the same size; with
        so many coefficients `fewer`.

        Raises
        ------
        ValueError
            Where too little is known.
        """
        rho, beta_f, error_f = points.free_energies.T
        at, beta_p, error_p = points.pressures.T
        everywhere = np.concatenate([rho, at])
        low, high = everywhere.min(), everywhere.max()
        unknowns = points.unknowns - fewer
        if unknowns < 3:
            raise ValueError(
                f"{points.name}: too few densities, {len(np.unique(everywhere))}; expected two at"
                " least"
            )
        origin, scale = (0.0, high) if points.from_gas else (0.5 * (low + high), high - low)
        first = 1 if points.from_gas else 0
        powers = np.arange(first, first + unknowns)
        x, y = (rho - origin) / scale, (at - origin) / scale
        slope = powers * y[:, None] ** np.maximum(powers - 1, 0) / scale
        matrix = np.vstack([x[:, None] ** powers, slope])
        wanted = np.concatenate([beta_f - np.log(rho) + 1.0, (beta_p / at - 1.0) / at])
        error = np.concatenate([error_f, error_p / at**2])
        if random is not None:
            wanted = wanted + error * random.normal(size=len(error))
        # an error of zero is one that could not be said
        weight = 1.0 / np.maximum(error, 1e-2 * np.median(error) + 1e-12)
        coefficients = np.linalg.lstsq(matrix * weight[:, None], wanted * weight, rcond=None)[0]
        reach = BEYOND * (high - low)
        lowest = low if points.from_gas else low - reach
        grid = np.linspace(lowest, high + (0.0 if points.from_gas else reach), GRID)
        branch = cls(points.name, coefficients, powers, origin, scale, grid)
        rising = np.diff(branch.pressure(grid)) > 0.0
        # the longest stretch in which the phase is stable, at the dense end of a fluid
        start = GRID - 1 - int(np.argmin(rising[::-1])) if not rising.all() else 0
        return cls(points.name, coefficients, powers, origin, scale, grid[start:])

    def excess(self, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
        """βF_ex/N and its slope by ρ."""
        x = (np.asarray(rho)[..., None] - self.origin) / self.scale
        value = x**self.powers @ self.coefficients
        slope = self.powers * x ** np.maximum(self.powers - 1, 0) @ self.coefficients / self.scale
        return value, slope

    def free_energy(self, rho: FloatArray) -> FloatArray:
        """βF/N."""
        return np.asarray(np.log(rho) - 1.0 + self.excess(rho)[0])

    def pressure(self, rho: FloatArray) -> FloatArray:
        """βP."""
        return np.asarray(rho * (1.0 + rho * self.excess(rho)[1]))

    def potential(self, rho: FloatArray) -> FloatArray:
        """βμ = βF/N + βP/ρ."""
        return np.asarray(self.free_energy(rho) + self.pressure(rho) / rho)

    def at_pressure(self, beta_p: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Density and βμ at pressures; NaN where the branch has none such."""
        pressures = self.pressure(self.densities)
        rho = np.interp(beta_p, pressures, self.densities, left=np.nan, right=np.nan)
        return rho, self.potential(rho)
