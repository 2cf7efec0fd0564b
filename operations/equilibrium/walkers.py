"""What a replica is, and how it goes on: particles in a box in an engine, or a cluster by Monte
Carlo. All that a replica is stands in named arrays."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version as package
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.engines import EngineState, Integration, Sampling, Segment, wanted
from operations.equilibrium.cluster import Cluster
from operations.equilibrium.runs import start_of
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.start import lattice, random_configuration
from operations.jobs.driver import Task
from operations.jobs.result import SEARCH
from operations.jobs.seeds import generator
from operations.methods.start_file import read_start
from workspace_schema.inputs import stored_input
from workspace_schema.methods.replica_exchange import ReplicaExchange
from workspace_schema.methods.schedule import StartFile
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: The last step of all, never reached: a sample there would fall between two others.
NEVER = 10**15
#: Steps of one replica are counted from a multiple of this on: no two have the same noise.
APART = 10**9
#: Time step, and relaxation time of the thermostat.
STEP, THERMOSTAT_TIME = 0.005, 1.0


class Walkers(Protocol):
    """Replicas of one system."""

    engine: str
    version: str
    device: str
    #: What is sampled of a potential with a cut-off.
    truncation: str

    def begin(self, number: int, kT: float) -> EngineState:
        """A replica at a temperature."""

    def advance(
        self, number: int, state: EngineState, kT: float, turn: int, adapts: bool
    ) -> tuple[EngineState, float]:
        """One period further at the temperature of this number; the state and its energy."""

    def moved(
        self, state: EngineState, into: EngineState, number: int, turn: int, heat: float
    ) -> EngineState:
        """The state of this number (`into`) with the configuration of another one, √heat times as
        fast."""

    def configuration(self, state: EngineState) -> Configuration:
        """The particles."""


def _given(task: Task, point: StatePoint) -> Configuration | None:
    """The configuration of the start file, if there is one."""
    assert isinstance(point.method, ReplicaExchange)
    start = point.method.start
    if not isinstance(start, StartFile):
        return None
    return read_start(stored_input(task.root, start.sha256), task.statepoint["system"])


class Dynamics:
    """Langevin dynamics in a periodic box."""

    def __init__(self, task: Task, point: StatePoint) -> None:
        assert isinstance(point.method, ReplicaExchange)
        self._task, self._point, self._method = task, point, point.method
        self._model = sampled_model(point, task.root, self._method.hottest)
        self.truncation = words_of(point, self._model)
        self._integration = Integration("nvt", self._method.dt or STEP, "langevin", THERMOSTAT_TIME)
        kind = wanted(task.settings, self._model, self._integration)
        if point.system.dimensions == 3 and "gjf" in kind.capabilities:
            self._integration = replace(self._integration, thermostat="gjf")
        device = str(task.settings.get("device", "auto"))
        self._engine: Any = kind(self._model, self._integration, task.seed, device)
        self.engine, self.version = self._engine.name, self._engine.version
        self.device = self._engine.device
        period = self._method.exchange_period
        self._sampling = Sampling(period, 0, NEVER)
        self._apart = APART // period * period

    def begin(self, number: int, kT: float) -> EngineState:
        """See `Walkers`."""
        random = generator(self._task.seed, f"start {number}")
        system, density = self._point.system, self._method.number_density
        particles, d = system.particles, system.dimensions
        assert particles is not None
        start = _given(self._task, self._point)
        if start is not None:
            scale = 1.0 if density is None else (start.number_density / density) ** (1.0 / d)
            start.positions *= scale
            start.box[:d] *= scale
        else:
            assert density is not None
            name, pairs = str(self._method.start), self._model.pairs
            if name == "random":
                start = random_configuration(particles, d, density, pairs, kT, random)
            else:
                start = lattice(name, particles, d, density, random)
        state: EngineState = self._engine.begin(start_of(start, kT, random), number * self._apart)
        return state

    def advance(
        self, number: int, state: EngineState, kT: float, turn: int, adapts: bool
    ) -> tuple[EngineState, float]:
        """See `Walkers`."""
        stop = self._step(number, turn + 1)
        chunk = self._engine.run(state, Segment(0, NEVER, (kT, kT)), stop, self._sampling)
        return chunk.state, float(chunk.samples[-1, 2]) * self._point.system.n_particles

    def moved(
        self, state: EngineState, into: EngineState, number: int, turn: int, heat: float
    ) -> EngineState:
        """See `Walkers`."""
        configuration = self._engine.configuration(state)
        configuration.velocities *= np.sqrt(heat)
        moved: EngineState = self._engine.begin(configuration, self._step(number, turn))
        return moved

    def configuration(self, state: EngineState) -> Configuration:
        """See `Walkers`."""
        found: Configuration = self._engine.configuration(state)
        return found

    def _step(self, number: int, turn: int) -> int:
        return number * self._apart + turn * self._method.exchange_period


class Clusters:
    """Monte Carlo in an open boundary."""

    engine, version, device = SEARCH, package("numba"), "cpu"
    truncation = "as written"

    def __init__(self, task: Task, point: StatePoint) -> None:
        assert isinstance(point.method, ReplicaExchange)
        assert point.method.radius is not None
        self._task, self._point, self._period = task, point, point.method.exchange_period
        self._cluster = Cluster(task, point, point.method.radius)

    def begin(self, number: int, kT: float) -> EngineState:
        """See `Walkers`."""
        start = _given(self._task, self._point)
        if start is None:
            positions = self._cluster.random(generator(self._task.seed, f"start {number}"))
        else:
            positions = start.positions[np.argsort(start.types, kind="stable")].T.copy()
        return {"positions": positions, "length": np.array([0.1 * self._cluster.radius])}

    def advance(
        self, number: int, state: EngineState, kT: float, turn: int, adapts: bool
    ) -> tuple[EngineState, float]:
        """See `Walkers`."""
        r, length = state["positions"].copy(), state["length"].copy()
        random = generator(self._task.seed, f"moves {number} {turn}")
        energy, accepted = self._cluster.sweep(r, length[0], kT, np.inf, self._period, random)
        if adapts:
            self._cluster.adapt(length, accepted)
        return {"positions": r, "length": length}, energy

    def moved(
        self, state: EngineState, into: EngineState, number: int, turn: int, heat: float
    ) -> EngineState:
        """See `Walkers`."""
        return {"positions": state["positions"], "length": into["length"]}

    def configuration(self, state: EngineState) -> Configuration:
        """See `Walkers`."""
        return self._cluster.configuration(state["positions"])
