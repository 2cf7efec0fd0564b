"""Whether a phase is stable at a pressure: its chemical potential against those of the others."""

from __future__ import annotations

from collections.abc import Sequence
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
    """

    other: str
    above: float
    error: float

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


def stability(
    phases: Sequence[Points], name: str, beta_pressure: float, seed: int = 0
) -> Stability | None:
    """The phase of this name at a pressure; None where it, or every other one, is not known
    there."""
    random, at = np.random.default_rng(seed), np.array(beta_pressure)

    def potentials(noise: np.random.Generator | None) -> dict[str, float]:
        found = {}
        for points in phases:
            try:
                value = float(Branch.through(points, noise).at_pressure(at)[1])
            except ValueError:
                continue
            if np.isfinite(value):
                found[points.name] = value
        return found

    known = potentials(None)
    own = known.pop(name, None)
    if own is None or not known:
        return None
    other = min(known, key=lambda each: known[each])
    repeated = [potentials(random) for _ in range(SAMPLES)]
    differences = [one[name] - one[other] for one in repeated if {name, other} <= one.keys()]
    error = float(np.std(differences)) if len(differences) > SAMPLES // 2 else np.inf
    return Stability(other, own - known[other], error)
