"""Whether a phase is stable at a pressure: its chemical potential against those of the others.

A quasicrystal is known by an approximant, to which random tilings may add an entropy: what depends
on that is undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from analysis.equilibrium.branches import Branch, Points

#: Repetitions with another noise, whose spread is the error.
SAMPLES = 100
#: Errors by which two chemical potentials must differ.
DECIDED = 2.0
#: A Gibbs energy judges at its own pressure: relative difference, and errors of one that was
#: measured.
NEAR, ERRORS = 0.01, 3.0


@dataclass(frozen=True)
class Stability:
    """A phase against the others.

    Attributes
    ----------
    other : str
        That which decides: of those certainly lower the lowest; else of those that may be lower;
        else the lowest.
    above, error : float
        β(μ - μ of that one); negative of a phase that is stable.
    others : tuple of str
        All that are known at the pressure.
    tilings : tuple of float
        Entropy in k per particle that this phase and that one may have besides: of quasicrystals
        of which the approximant is known.
    """

    other: str
    above: float
    error: float
    others: tuple[str, ...] = ()
    tilings: tuple[float, float] = (0.0, 0.0)

    @property
    def is_higher(self) -> bool:
        """Whether it certainly is, whatever tilings add."""
        return self.above - self.tilings[0] > DECIDED * self.error

    @property
    def is_lower(self) -> bool:
        """Whether it certainly is, whatever tilings add."""
        return -self.above - self.tilings[1] > DECIDED * self.error

    @property
    def verdict(self) -> str:
        """In words."""
        if self.is_higher:
            return self._metastable
        if self.is_lower:
            return "stable"
        if not abs(self.above) > DECIDED * self.error:
            return f"undecided within {self.error:.1g} kT"
        return f"undecided within {self.tilings[self.above < 0.0]:.2g} kT of random tilings"

    @property
    def _metastable(self) -> str:
        digits = max(-int(np.floor(np.log10(self.error))), 0) if self.error > 0.0 else 4
        words = f"metastable by {self.above:.{digits}f} ± {self.error:.{digits}f} kT"
        more = f", less {self.tilings[0]:.2g} kT of random tilings at most"
        return words + more if self.tilings[0] else words


def _against(
    name: str, others: Mapping[str, tuple[float, float]], tilings: Mapping[str, float]
) -> Stability:
    """By β(μ - μ of it) and its error of each of the others."""
    own, all_of_them = tilings.get(name, 0.0), tuple(sorted(others))
    found = [
        Stability(other, *difference, all_of_them, (own, tilings.get(other, 0.0)))
        for other, difference in others.items()
    ]
    return max(found, key=lambda one: (one.is_higher, not one.is_lower, one.above))


class Potentials:
    """Chemical potentials of the phases of a system: branches through the data, and through data
    with another noise of the same size, of which all pressures have their errors."""

    def __init__(
        self, phases: Sequence[Points], seed: int = 0, tilings: Mapping[str, float] | None = None
    ) -> None:
        random = np.random.default_rng(seed)
        self._branches = _branches(phases, None)
        self._repeated = [_branches(phases, random) for _ in range(SAMPLES)]
        self.names = tuple(points.name for points in phases)
        self._tilings = tilings or {}

    def stability(
        self, name: str, beta_pressure: float, beta_pressure_error: float = 0.0
    ) -> Stability | None:
        """The phase of this name at a pressure; None where it, or every other one, is not known
        there."""
        known = _at(self._branches, beta_pressure)
        own = known.pop(name, None)
        if own is None or not known:
            return None
        repeated = [_at(each, beta_pressure) for each in self._repeated]
        found = {}
        for other, (density, potential) in known.items():
            differences = [
                one[name][1] - one[other][1] for one in repeated if {name, other} <= one.keys()
            ]
            error = float(np.std(differences)) if len(differences) > SAMPLES // 2 else np.inf
            # ∂βμ/∂βP is the volume of a particle
            volumes = abs(1.0 / own[0] - 1.0 / density)
            error = float(np.hypot(error, volumes * beta_pressure_error))
            found[other] = own[1] - potential, error
        return _against(name, found, self._tilings)


@dataclass(frozen=True)
class GibbsEnergies:
    """Gibbs energies of the phases of a system at one pressure.

    Attributes
    ----------
    beta_pressure : float
    values : mapping of str to (float, float, float)
        Of each phase βG/N, its error, and the number density.
    tilings : mapping of str to float
        As `Stability.tilings`, by phase.
    """

    beta_pressure: float
    values: Mapping[str, tuple[float, float, float]]
    tilings: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all phases."""
        return tuple(self.values)

    def stability(
        self, name: str, beta_pressure: float, beta_pressure_error: float = 0.0
    ) -> Stability | None:
        """As `Potentials.stability`, at this pressure only: what one that was measured is off
        counts to first order, and all as error."""
        others = {other: value for other, value in self.values.items() if other != name}
        own = self.values.get(name)
        off = beta_pressure - self.beta_pressure
        near = max(NEAR * abs(self.beta_pressure), ERRORS * beta_pressure_error)
        if own is None or not others or abs(off) > near:
            return None
        found = {}
        for other, (energy, error, density) in others.items():
            volumes = 1.0 / own[2] - 1.0 / density
            parts = own[1], error, volumes * beta_pressure_error, off * volumes
            found[other] = own[0] - energy + off * volumes, float(np.linalg.norm(parts))
        return _against(name, found, self.tilings)


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
