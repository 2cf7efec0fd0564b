"""The free energy F(Q) = -kT ln p(Q) along a collective variable, by simulations with biases.

p is the density of Q without any bias, normalised between the ends of the profile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.equilibrium.mbar import Mixture
from operations.equilibrium.runs import FloatArray, Runs, known
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.bias import CollectiveVariable, DensityWave, Distance
from operations.interactions.neighbour_variables import BondOrder, Coordination, Near
from operations.interactions.start import lattice, random_configuration, random_spheres
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.methods.variables import (
    CoordinationVariable,
    DensityWaveVariable,
    DistanceVariable,
    SteinhardtVariable,
)


@dataclass(frozen=True)
class OfState:
    """A property of the whole system.

    Attributes
    ----------
    name : {"potential_energy", "number_density"}
        The first per particle, of what is sampled.
    """

    name: str

    def of(self, now: Configuration, engine: Any) -> float:
        """Its value."""
        if self.name == "number_density":
            return now.number_density
        return float(engine.energy_and_forces(now)[0]) / now.n_particles


class AlongVariable(Runs):
    """Simulations along a variable.

    Parameters of a subclass have variable, low, high, bins, kT, number_density and start.

    Attributes
    ----------
    model : Model
        Without a bias.
    variable : CollectiveVariable, OfState or None
        None of clusters. Its particles are the first of their types.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.model = sampled_model(self.point, task.root, self.method.kT)
        self.variable = self._variable()

    @cached_property
    def start_configuration(self) -> Configuration:
        """From which all simulations begin."""
        system, density = self.point.system, self.method.number_density
        assert system.particles is not None
        random, name = generator(self._task.seed, "start"), self.method.start
        if name != "random":
            return lattice(name, system.particles, self.d, density, random)
        if self.model.blocks:
            lengths = np.full(self.d, (self.n / density) ** (1.0 / self.d))
            return random_spheres(self.model.diameters, system.particles, lengths, random)
        kT = self.method.kT
        return random_configuration(system.particles, self.d, density, self.model.pairs, kT, random)

    @property
    def values(self) -> FloatArray:
        """Of the variable along the profile: middles of bins, or sizes of clusters."""
        low, high, bins = self.method.low, self.method.high, self.method.bins
        if self.variable is None:
            return np.arange(1.0, np.floor(high) + 1.0)
        return np.asarray(low + (np.arange(bins) + 0.5) * (high - low) / bins)

    def of_bins(self, q: FloatArray, weights: FloatArray) -> FloatArray:
        """The free energy of bins, in kT, of samples with weights."""
        edges = np.linspace(self.method.low, self.method.high, self.method.bins + 1)
        shares = np.histogram(q, edges, weights=weights)[0]
        return np.asarray(-np.log(shares / shares.sum() / np.diff(edges)))

    def profile_in_words(self, values: FloatArray, errors: FloatArray) -> dict[str, Any]:
        """What a result says of free energies in kT and their errors; null where there is none."""
        return {
            "variable": "crystalline_cluster" if self.variable is None else self.variable.name,
            "value": self.values.tolist(),
            "free_energy": known(self.method.kT * values),
            "free_energy_error": known(self.method.kT * errors),
            "truncation": words_of(self.point, self.model),
        }

    def _variable(self) -> CollectiveVariable | OfState | None:
        words, names = self.method.variable, self.point.system.types
        if isinstance(words, str):
            return OfState(words)
        if isinstance(words, DensityWaveVariable):
            return DensityWave((words.density_wave, 0, 0))
        if isinstance(words, SteinhardtVariable):
            return BondOrder(Near(words.steinhardt, words.soft, self.d), words.degree)
        if not isinstance(words, DistanceVariable | CoordinationVariable):
            return None
        a, b = (self.start_configuration.types == names.index(name) for name in words.types)
        if isinstance(words, CoordinationVariable):
            return Coordination(Near(words.within, words.soft, self.d), a, b)
        i = int(np.flatnonzero(a)[0])
        j = int(np.flatnonzero(b & (np.arange(len(b)) != i))[0])
        return Distance(i, j)


def unbiased(samples: Sequence[FloatArray], bias: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Weights that make averages without bias of samples with several biases; they add up to 1.

    Parameters
    ----------
    samples : sequence of ndarray, shape (n, columns)
        Of each bias; the first column is the variable.
    bias : callable
        Of values (n,) all biases in kT, shape (K, n).
    """
    q = np.concatenate([each[:, 0] for each in samples])
    mixture = Mixture.of(bias(q), [len(each) for each in samples])
    logarithms = mixture.log_weights(0.0 * q)
    weights = np.exp(logarithms - logarithms.max())
    return np.asarray(weights / weights.sum())
