"""Whether a phase is stable at a pressure: its chemical potential against those of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from analysis.equilibrium.branches import Branch, Points

#: Repetitions with another noise, whose spread is the error.
SAMPLES = 100
#: Errors by which two chemical potentials must differ.
DECIDED = 2.0


@dataclass(frozen=True)
class Stability:
    """A phase against the best of the others.

    Attributes
    ----------
    other : str
        The one of the lowest chemical potential among them.
    above, error : float
        β(μ - μ of that one); negative of a phase that is stable.
    others : tuple of str
        All that are known at the pressure.
    """

    other: str
    above: float
    error: float
    others: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """In words."""
        if not abs(self.above) > DECIDED * self.error:
            return f"undecided within {self.error:.1g} kT"
        return "stable" if self.above < 0.0 else self._metastable

    @property
    def _metastable(self) -> str:
        digits = max(-int(np.floor(np.log10(self.error))), 0) if self.error > 0.0 else 4
        return f"metastable by {self.above:.{digits}f} ± {self.error:.{digits}f} kT"


class Potentials:
    """Chemical potentials of the phases of a system: branches through the data, and through data
    with another noise of the same size, of which all pressures have their errors."""

    def __init__(self, phases: Sequence[Points], seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self._branches = _branches(phases, None)
        self._repeated = [_branches(phases, random) for _ in range(SAMPLES)]
        self.names = tuple(points.name for points in phases)

    def stability(
        self, name: str, beta_pressure: float, beta_pressure_error: float = 0.0
    ) -> Stability | None:
        """The phase of this name at a pressure; None where it, or every other one, is not known
        there."""
        known = _at(self._branches, beta_pressure)
        own = known.pop(name, None)
        if own is None or not known:
            return None
        other = min(known, key=lambda each: known[each][1])
        repeated = [_at(each, beta_pressure) for each in self._repeated]
        differences = [
            one[name][1] - one[other][1] for one in repeated if {name, other} <= one.keys()
        ]
        error = float(np.std(differences)) if len(differences) > SAMPLES // 2 else np.inf
        # ∂βμ/∂βP is the volume of a particle
        volumes = abs(1.0 / own[0] - 1.0 / known[other][0])
        error = float(np.hypot(error, volumes * beta_pressure_error))
        return Stability(other, own[1] - known[other][1], error, tuple(sorted(known)))


@dataclass(frozen=True)
class GibbsEnergies:
    """Gibbs energies of the phases of a system at one pressure.

    Attributes
    ----------
    beta_pressure : float
    values : mapping of str to (float, float, float)
        Of each phase βG/N, its error, and the number density.
    """

    beta_pressure: float
    values: Mapping[str, tuple[float, float, float]]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all phases."""
        return tuple(self.values)

    def stability(
        self, name: str, beta_pressure: float, beta_pressure_error: float = 0.0
    ) -> Stability | None:
        """As `Potentials.stability`, to first order in what the pressure is off; all that this is
        counts as error."""
        others = {other: value for other, value in self.values.items() if other != name}
        own = self.values.get(name)
        if own is None or not others:
            return None
        off = beta_pressure - self.beta_pressure
        best = min(others, key=lambda other: others[other][0] + off / others[other][2])
        volumes = 1.0 / own[2] - 1.0 / others[best][2]
        above = own[0] - others[best][0] + off * volumes
        parts = own[1], others[best][1], volumes * beta_pressure_error, off * volumes
        return Stability(best, above, float(np.linalg.norm(parts)), tuple(sorted(others)))


def _branches(phases: Sequence[Points], noise: np.random.Generator | None) -> dict[str, Branch]:
    found = {}
    for points in phases:
        with suppress(ValueError):
            found[points.name] = Branch.through(points, noise)
    return found


def _at(branches: Mapping[str, Branch], beta_pressure: float) -> dict[str, tuple[float, float]]:
    """Density and βμ of the phases that are known at a pressure."""
    found = {}
    for name, branch in branches.items():
        rho, potential = branch.at_pressure(np.array(beta_pressure))
        if np.isfinite(potential):
            found[name] = float(rho), float(potential)
    return found
