"""By structure: the g(r) of a liquid, by Boltzmann, Newton and integral-equation steps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.design import updates
from operations.design.distributions import Distribution, read_distributions
from operations.design.simulated import SimulatedDesign
from operations.design.simulated_state import State
from workspace_schema.inputs import stored_input
from workspace_schema.methods.design_liquids import Structure as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

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

    def _wanted(self, point: StatePoint, half: float) -> dict[str, Distribution]:
        return read_distributions(point, partial(stored_input, self._task.root))

    def _change(self, state: State, g: FloatArray) -> tuple[FloatArray, dict[str, Any]]:
        target, wanted = self.target, self._parameters.algorithm
        newton, squared = updates.newton(target, state.sums, state.coefficients)
        left = updates.weight_left(state.sums, newton, target.kT)
        if wanted == "ibi":
            return updates.boltzmann(target, g, state.coefficients), {"next": "ibi"}
        if wanted is None and state.update <= FIRST:
            free = replace(target, pressure=None)
            return updates.boltzmann(free, g, state.coefficients), {"next": "ibi"}
        small = squared <= updates.FISHER and left >= HALF
        if wanted == "imc" or (wanted is None and (small or target.dimensions == 2)):
            return newton, {"next": "imc", "weight_left": left}
        return updates.gauss_newton(target, g, state.coefficients), {"next": "hncgn"}
