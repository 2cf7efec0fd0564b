"""By relative entropy: a trajectory, or a thermally spread crystal on the fly; simulations as by
structure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from operations.design import updates
from operations.design.distributions import Distribution, ball
from operations.design.pairs import by_types, pairs_within
from operations.design.simulated import SimulatedDesign
from operations.design.simulated_state import State
from operations.design.trajectories import stored_sites
from operations.jobs.seeds import generator
from workspace_schema.interactions import pair_key
from workspace_schema.methods.design_liquids import RelativeEntropy as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Bins in the mean distance of particles.
BINS = 40
#: Spread copies of the crystal that the target is the mean of.
COPIES = 40
#: Blocks of frames, whose spread gives the error of g.
BLOCKS = 5
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

    def _wanted(self, point: StatePoint, half: float) -> dict[str, Distribution]:
        if self._own.trajectory is None:
            (a,) = point.system.types
            return {pair_key(a, a): self._crystal(half)}
        return self._liquid(stored_sites(self._task.root, point))

    def _liquid(self, frames: list[Configuration]) -> dict[str, Distribution]:
        """g(r) of a trajectory, with errors from blocks."""
        own, d, particles = self._own, self._system.dimensions, self._system.particles or {}
        spacing = own.number_density ** (-1.0 / d)
        half = 0.5 * min(float(frame.widths.min()) for frame in frames)
        edges = np.arange(int(np.ceil(half / spacing * BINS))) * spacing / BINS
        middle = 0.5 * (edges[1:] + edges[:-1])
        counts: dict[str, list[FloatArray]] = {}
        for frame in frames:
            pairs = pairs_within(frame, float(edges[-1]))
            for key, chosen in by_types(frame, pairs, self._system.types):
                counts.setdefault(key, []).append(np.histogram(pairs.r[chosen], edges)[0])
        volume = self._system.n_particles / own.number_density
        found = {}
        for key, rows in counts.items():
            a, b = key.split("-")
            twice = particles[a] * particles[b] * (1.0 if a == b else 2.0)
            g = np.array(rows) / (twice / volume * np.diff(ball(edges, d)))
            blocks = np.array([part.mean(axis=0) for part in np.array_split(g, BLOCKS)])
            error = blocks.std(axis=0, ddof=1) / np.sqrt(BLOCKS)
            smooth = np.sqrt(np.convolve(error**2, np.ones(5) / 5.0, mode="same"))
            found[key] = Distribution(middle, g.mean(axis=0), smooth)
        return found

    def _crystal(self, half: float) -> Distribution:
        """g(r) of the crystal with Gaussian displacements."""
        own, d = self._own, self._system.dimensions
        assert own.target is not None
        assert own.spread is not None
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
        if self._own.target is None:
            return super()._score(line)
        return -float(line["f_fit"])

    def _over(self, state: State) -> str:
        if self._own.target is None:
            return super()._over(state)
        scores = [self._score(line) for line in state.history]
        best = int(np.argmin(scores))
        return "settled" if len(scores) - 1 - best >= SETTLED else ""

    def _verdict(self, state: State) -> tuple[str, str]:
        if self._own.target is None:
            return super()._verdict(state)
        fit = -min(self._score(line) for line in state.history)
        if fit >= FIT:
            return "found", ""
        verdict = "not found" if state.over else "undecided"
        return (
            verdict,
            f"f_fit is at most {fit:.3f} after {state.update} updates; {FIT:g} is wanted",
        )

    def _change(self, state: State, g: FloatArray) -> tuple[FloatArray, dict[str, Any]]:
        c, target = state.coefficients, self.target
        step, _ = updates.newton(target, state.sums, c, self._own.smoothness)
        return step, {
            "next": "relative_entropy",
            **self._of_step(state, step),
            "roughness": float(c @ target.roughness @ c),
        }

    def _of_step(self, state: State, step: FloatArray) -> dict[str, Any]:
        before = [line.get("relative_entropy", 0.0) for line in state.history[:-1]]
        change = updates.entropy_change(self.target, state.former, step)
        return {
            "weight_left": updates.weight_left(state.former, step, self.target.kT),
            # relative to that of the start, after the step
            "relative_entropy": (before[-1] if before else 0.0) + change,
        }
