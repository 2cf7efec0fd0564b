"""By relative entropy: a thermally spread crystal, on the fly; simulations as by structure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from operations.design import updates
from operations.design.distributions import Distribution, ball
from operations.design.pairs import pairs_within
from operations.design.simulated import SimulatedDesign, State
from operations.jobs.seeds import generator
from workspace_schema.methods.design import RelativeEntropy as Parameters

FloatArray = NDArray[np.float64]

#: Bins in the mean distance of particles.
BINS = 40
#: Spread copies of the crystal that the target is the mean of.
COPIES = 40
#: Least f_fit of what has been found.
FIT = 0.9
#: Updates without a better f_fit after which it has settled.
SETTLED = 15


class RelativeEntropy(SimulatedDesign):
    """The design, driven by `operations.jobs.driver`."""

    @property
    def _own(self) -> Parameters:
        assert isinstance(self._method, Parameters)
        return self._method

    def _wanted(self, r_cut: float, half: float) -> Distribution:
        """g(r) of the crystal with Gaussian displacements."""
        own, d = self._own, self._system.dimensions
        spacing = own.number_density ** (-1.0 / d)
        edges = np.arange(int(half / spacing * BINS) + 1) * spacing / BINS
        cell = crystal(own.target, 1, own.number_density)
        repeats = np.ones(3, dtype=int)
        repeats[:d] = np.ceil(2.1 * edges[-1] / cell.box[:d])
        whole = cell.replicate((int(repeats[0]), int(repeats[1]), int(repeats[2])))
        random = generator(self._task.seed, "target")
        counts = np.zeros(len(edges) - 1)
        for _ in range(COPIES):
            spread = with_noise(whole, own.spread * spacing, random)
            counts += np.histogram(pairs_within(spread, float(edges[-1])).r, edges)[0] / COPIES
        shells = np.diff(ball(edges, d)) * own.number_density * whole.n_particles
        return Distribution(0.5 * (edges[1:] + edges[:-1]), counts / shells)

    def _score(self, line: dict[str, Any]) -> float:
        return -float(line["f_fit"])

    def _over(self, state: State) -> str:
        scores = [self._score(line) for line in state.history]
        best = int(np.argmin(scores))
        return "settled" if len(scores) - 1 - best >= SETTLED else ""

    def _verdict(self, state: State) -> tuple[str, str]:
        fit = -min(self._score(line) for line in state.history)
        if fit >= FIT:
            return "found", ""
        verdict = "not found" if state.over else "undecided"
        return (
            verdict,
            f"f_fit is at most {fit:.3f} after {state.update} updates; {FIT:g} is wanted",
        )

    def _change(self, state: State, g: FloatArray) -> tuple[FloatArray, dict[str, Any]]:
        target = self.target
        step, _ = updates.relative_entropy(
            target, state.sums, state.coefficients, self._own.smoothness
        )
        change = updates.entropy_change(target, state.sums, step)
        before = [line.get("relative_entropy", 0.0) for line in state.history[:-1]]
        c = state.coefficients
        return step, {
            "next": "relative_entropy",
            "weight_left": updates.weight_left(state.sums, step, target.kT),
            # relative to that of the start, after the step
            "relative_entropy": (before[-1] if before else 0.0) + change,
            "roughness": float(c @ target.roughness @ c),
        }
