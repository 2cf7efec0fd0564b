"""The free energy F(Q) = -kT ln p(Q) along a collective variable, by simulations with biases.

p is the density of Q without any bias, normalised between the ends of the profile. A bias is a
force, or acts on segments (`operations.equilibrium.segments`).

Of crystalline clusters it is F(n) = -kT ln(<N_n>/N), N_n the number of clusters of n particles,
whichever they are: the work of formation of one, which does not depend on the number of particles
of the system. The bias acts on the largest cluster; N_n counts all of them, in all samples with
their weights, so that nothing has to be fitted together. That is one nucleus in a metastable fluid:
segments that lead to a second one, or to one that meets its own periodic image, are not accepted.
Past the critical size the bias would hold the largest and let the others grow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, cast

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.crystalline_clusters import crystalline_clusters
from analysis.equilibrium.barrier import barrier
from operations.engines import Engine, EngineError, Integration
from operations.engines.batched import Batched
from operations.equilibrium.mbar import Mixture
from operations.equilibrium.runs import FloatArray, Run, Runs, State, known, measured
from operations.equilibrium.segments import Segments
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.bias import CollectiveVariable, DensityWave, Distance
from operations.interactions.model import Model
from operations.interactions.neighbour_variables import BondOrder, Coordination, Near
from operations.interactions.start import lattice, random_configuration, random_spheres
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.methods.variables import (
    CoordinationVariable,
    DensityWaveVariable,
    DistanceVariable,
    SteinhardtVariable,
    shortest_edge,
)

#: Relaxation time of the thermostat.
THERMOSTAT_TIME = 1.0
#: Segments from one sample to the next.
SEGMENTS = 10
#: Particles of a second cluster from which on it may be a nucleus, and is one if it has more than
#: this part of those of the largest.
NUCLEUS, PART = 16, 1 / 3
#: Points up to which `batched` makes segments: LAMMPS takes some 0.1 s to begin each.
FEW = 1000
#: Where free energies are zero, in words.
OF_CLUSTERS = "a cluster of that size for each particle: F = -kT ln(N_n/N), N_n of all clusters"
OF_DENSITY = "a density of 1: exp(-F/kT) has the integral 1 from low to high"


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

    Parameters of a subclass are `workspace_schema.methods.along_variable.AlongVariable`.

    Attributes
    ----------
    model : Model
        Without a bias.
    variable : CollectiveVariable, OfState or None
        None of clusters. Its particles are the first of their types.
    """

    walks_spheres = True

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
    def by_segments(self) -> bool:
        """Whether the bias has no gradient."""
        return bool(self.method.by_segments(self.point.system))

    @property
    def column(self) -> int:
        """Of the samples, that of the variable."""
        return 1 if self.by_segments else -1

    @property
    def period(self) -> int:
        """See `Runs`."""
        return self.method.segment * SEGMENTS if self.by_segments else super().period

    def kind(self, model: Model, integration: Integration) -> type[Engine]:
        """See `Runs`; where nothing else is wanted the one that makes segments quickly."""
        free = {"engine": "auto", "device": "auto"} | dict(self._task.settings)
        points = not model.blocks and not model.many_body
        small = self.by_segments and self.n <= FEW and points
        if small and free["engine"] == "auto" and free["device"] != "gpu":
            return cast("type[Engine]", Batched)
        return super().kind(model, integration)

    def run(self, model: Model) -> Run:
        """A simulation of a model, which has the bias unless it acts on segments."""
        kT, pressure = self.method.kT, self.method.pressure or 0.0
        if model.blocks:
            ensemble = "npt" if pressure else "nvt"
            moves = Integration(ensemble, adjust_until=self._equilibration)
            return Run(model, moves, kT, pressure=pressure)
        integration = self.langevin(model, self.method.dt, THERMOSTAT_TIME)
        return Run(model, integration, kT, pressure=pressure)

    def segments(
        self, number: int, engine: Any, bias: Callable[[float], float], stride: int = 0
    ) -> Segments:
        """Of a run under a bias; a sample every `stride` steps, or `period`."""
        return Segments(
            partial(self._measure, engine),
            bias,
            self.method.kT,
            self.runs[number].pressure or None,
            self.method.segment,
            (stride or self.period) // self.method.segment,
            (self._task.seed + 104_729 * number) % 2**31,
        )

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

    def profile(self, rows: FloatArray, weights: FloatArray) -> FloatArray:
        """The free energy along the profile, in kT, of samples with weights that add up to 1; of
        clusters the height of the barrier and the critical size after it; of segments the number
        density at the end."""
        density = self.n / (weights @ rows[:, 1:2])
        if self.variable is None:
            free_energy = -np.log(weights @ rows[:, 2:] / self.n)
            return np.concatenate([free_energy, barrier(free_energy), density])
        return np.append(self.of_bins(rows[:, 0], weights), density)

    def sampled(self, number: int, state: State) -> FloatArray:
        """What a run has measured, the variable first.

        Raises
        ------
        EngineError
            Where the variable is infinite in a sample.
        """
        rows = state.samples[number][:, self.column :]
        if not np.isfinite(rows[:, 0]).all():
            raise EngineError(
                f"run {number + 1} of {len(self.runs)} begins with two nuclei, or one that meets"
                " its own image, and has not lost them in method.equilibration_steps; expected a"
                " fluid, start: random"
            )
        return rows

    def in_words(
        self, values: FloatArray, errors: FloatArray, state: State
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a result says of `profile` and its errors, `averages` and details; null where there
        is none. At a pressure the density without bias, N/<V>, is an average."""
        method, n = self.method, len(self.values)
        averages: dict[str, Any] = {}
        if method.pressure:
            if isinstance(self.variable, Distance):
                # further than half of the narrowest box there are its corners only
                least = min(rows[:, self.column + 1].min() for rows in state.samples.values())
                half = 0.5 * shortest_edge(method.start, self.n / least, self.point.system)
                values[:n][self.values + 0.5 * (self.values[1] - self.values[0]) > half] = np.nan
            averages["pressure"] = measured(method.pressure, 0.0)  # imposed
            mean, deviation = known(np.array([values[-1], errors[-1]]))
            averages["number_density"] = {"mean": mean, "standard_error": deviation}
        details: dict[str, Any] = {
            "variable": "crystalline_cluster" if self.variable is None else self.variable.name,
            "zero": OF_CLUSTERS if self.variable is None else OF_DENSITY,
            "value": self.values.tolist(),
            "free_energy": known(method.kT * values[:n]),
            "free_energy_error": known(method.kT * errors[:n]),
            "truncation": words_of(self.point, self.model),
        }
        if self.by_segments:
            details["accepted"] = [float(rows[:, 0].mean()) for rows in state.samples.values()]
        if self.variable is None:
            units = np.array([method.kT, 1.0])
            height, critical = zip(
                known(values[n : n + 2] * units), known(errors[n : n + 2] * units), strict=True
            )
            names = ("barrier", "barrier_error", "critical_size", "critical_size_error")
            details |= dict(zip(names, (*height, *critical), strict=True))
        return averages, details

    def _measure(self, engine: Any, now: Configuration) -> FloatArray:
        """The variable and the volume; of clusters how many there are of each size, too.

        The variable is infinite, and so is the bias, where there are two nuclei, or one without an
        end.
        """
        if isinstance(self.variable, OfState):
            return np.array([self.variable.of(now, engine), now.volume])
        if self.variable is not None:
            assert now.images is not None
            q = self.variable.evaluate(now.positions, now.images, now.cell)[0]
            return np.array([q, now.volume])
        words, n = self.method.variable, len(self.values)
        within, aligned, bonds = words.crystalline_cluster, words.aligned, words.bonds
        sizes, endless = crystalline_clusters(now, within, aligned, bonds)
        numbers = np.bincount(sizes, minlength=n + 1)[1 : n + 1]
        largest, second = np.append(sizes, [0, 0])[:2]
        alone = second <= max(NUCLEUS, PART * largest) and not endless[:1].any()
        return np.array([largest if alone else np.inf, now.volume, *numbers], dtype=np.float64)

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
