"""By structure: the g(r) of a liquid, by Boltzmann, Newton and integral-equation steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.design import updates
from operations.design.distributions import Distribution, read_distribution
from operations.design.sampled_liquid import no_liquid
from operations.design.simulated import SimulatedDesign, State
from workspace_schema.inputs import stored_input
from workspace_schema.methods.design import Structure as Parameters

FloatArray = NDArray[np.float64]

#: g agrees with the target where it is off by its noise: mean square in units of the noise.
NOISE = 2.0
#: Boltzmann inversions before other steps.
FIRST = 2
#: Part of the frames that a Newton step must leave their weight.
HALF = 0.5


class Structure(SimulatedDesign):
    """The design, driven by `operations.jobs.driver`."""

    @property
    def _parameters(self) -> Parameters:
        assert isinstance(self._method, Parameters)
        return self._method

    @property
    def _pressure(self) -> float | None:
        return self._parameters.pressure

    def _wanted(self, r_cut: float, half: float) -> Distribution:
        file = stored_input(self._task.root, self._parameters.distribution.sha256)
        return read_distribution(file, r_cut)

    def _score(self, line: dict[str, Any]) -> float:
        return float(line["chi_squared"])

    def _over(self, state: State) -> str:
        configuration = self._engine(state.coefficients).configuration
        if reason := no_liquid(configuration(state.first), configuration(state.engine)):
            return reason
        near = self._score(state.history[-1]) <= NOISE and self._has_pressure(state)
        return "noise" if near else ""

    def _verdict(self, state: State) -> tuple[str, str]:
        if state.over == "noise":
            return "found", ""
        if state.over:
            return "not found", state.over
        return "undecided", f"after {state.update - 1} updates g is not within its noise"

    def _change(self, state: State, g: FloatArray) -> tuple[FloatArray, dict[str, Any]]:
        target, wanted = self.target, self._parameters.algorithm
        newton, squared = updates.newton(target, state.sums, state.coefficients)
        left = updates.weight_left(state.sums, newton, target.kT)
        if wanted == "ibi" or (wanted is None and state.update <= FIRST):
            return updates.boltzmann(target, g), {"next": "ibi"}
        small = squared <= updates.FISHER and left >= HALF
        if wanted == "imc" or (wanted is None and (small or target.dimensions == 2)):
            return newton, {"next": "imc", "weight_left": left}
        return updates.gauss_newton(target, g, state.coefficients), {"next": "hncgn"}

    def _has_pressure(self, state: State) -> bool:
        """Whether the pressure is that of the target within twice its error, if it has one."""
        wanted, line = self.target.pressure, state.history[-1]
        if wanted is None:
            return True
        return abs(line["pressure"] - wanted) <= 2.0 * line["pressure_error"] + 0.01 * abs(wanted)
