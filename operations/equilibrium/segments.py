"""Biases that have no gradient: segments of trajectory without bias, accepted or not.

S. Auer and D. Frenkel, Nature 409, 1020 (2001). A segment begins where the last one that was
accepted has ended; where it has led is accepted with the probability min(1, exp(-ΔU/kT)), U the
bias. This samples exp(-U/kT) times what the segments sample without it, if going there and back are
equally likely: so of Monte Carlo, and of Langevin dynamics whose velocities are drawn anew for each
segment. At a pressure, dynamics at fixed volume and a trial move of the volume take turns: a
barostat has a memory of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.engines import EngineState, Sampling, Segment
from operations.jobs.seeds import generator

FloatArray = NDArray[np.float64]

#: The last step of all, never reached.
NEVER = 10**15
#: Longest step of ln V, of N particles of a liquid, in units of 1/N.
VOLUME_STEP = 4.0


@dataclass(frozen=True)
class Segments:
    """A simulation under a bias.

    Attributes
    ----------
    measure : callable
        Of a configuration, the numbers to be kept: the variable Q, and what else is of interest.
    bias : callable
        Of a value of Q the energy; infinite where it must not be.
    kT : float
    pressure : float, optional
    length : int
        Steps of a segment.
    period : int
        Segments from one sample to the next.
    seed : int
    """

    measure: Callable[[Configuration], FloatArray]
    bias: Callable[[float], float]
    kT: float
    pressure: float | None
    length: int
    period: int
    seed: int

    def advance(
        self, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray]:
        """Segments from one step to another, both multiples of `length` times `period`.

        Returns
        -------
        state : EngineState
        samples : ndarray, shape (n, columns)
            Share of the segments since the last sample that were accepted, and what `measure`
            says.
        """
        kT, samples, accepted = self.kT, [], 0
        now = self.measure(engine.configuration(state))
        for end in range(step + self.length, stop + 1, self.length):
            random = generator(self.seed, f"segment to {end}")
            later = self._led(engine, state, end, random)
            found = self.measure(engine.configuration(later))
            change = self.bias(float(found[0])) - self.bias(float(now[0]))
            # not a number from infinite to infinite: there it walks until it is somewhere else
            taken = not change > 0.0 or random.random() < math.exp(-change / kT)
            if taken:
                state, now = later, found
            accepted += taken
            if end % (self.length * self.period) == 0:
                samples.append([accepted / self.period, *now])
                accepted = 0
        return state, np.array(samples)

    # -- details ---------------------------------------------------------------------------------

    def _led(
        self, engine: Any, state: EngineState, end: int, random: np.random.Generator
    ) -> EngineState:
        """Where a segment leads that ends at a step."""
        pressure, begin = self.pressure or 0.0, end - self.length
        segment = Segment(0, NEVER, (self.kT, self.kT), (pressure, pressure))
        sampling = Sampling(NEVER, 0, NEVER)
        if "molecular_dynamics" not in engine.capabilities:
            later: EngineState = state | {"step": np.asarray(begin)}
            return engine.run(later, segment, end, sampling).state
        # in random order, so that there and back are equally likely
        resizes = random.permutation([True, False]) if pressure else [False]
        for resize in resizes:
            now = engine.configuration(state)
            if resize:
                state = engine.begin(self._resized(engine, now, random), begin)
            else:
                # Maxwell's, with the spread of the kinetic energy: no scaling to a temperature
                now.velocities = np.zeros((now.n_particles, 3))
                now.velocities[:, : now.dimensions] = math.sqrt(self.kT) * random.normal(
                    size=(now.n_particles, now.dimensions)
                )
                state = engine.begin(now, begin)
                state = engine.run(state, segment, end, sampling).state
        return state

    def _resized(
        self, engine: Any, now: Configuration, random: np.random.Generator
    ) -> Configuration:
        """The same, or all of it larger or smaller."""
        n, d = now.n_particles, now.dimensions
        change = VOLUME_STEP / n * (2.0 * random.random() - 1.0)
        factor = math.exp(change / d)
        box = now.box.copy()
        box[:d] *= factor
        other = replace(now, positions=now.positions * factor, box=box)
        assert self.pressure is not None
        work = engine.energy_and_forces(other)[0] - engine.energy_and_forces(now)[0]
        work += self.pressure * (other.volume - now.volume)
        taken = random.random() < math.exp(min((n + 1) * change - work / self.kT, 0.0))
        return other if taken else now
