"""Method `replica_exchange`: one system at many temperatures, whose configurations change places.

Turn by turn every temperature goes on for a period, then neighbours exchange their configurations
with the probability that leaves all of them canonical. During equilibration the ladder is adapted;
after it nothing changes any more. What all temperatures have sampled is put together for a curve of
energy and heat capacity (`operations.equilibrium.mbar`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.statistics import jackknife
from operations.engines import EngineState
from operations.equilibrium.curve import along, highest, in_words
from operations.equilibrium.ladder import (
    adapted,
    exchanges,
    exchanging,
    from_coldest,
    geometric,
    round_trips,
)
from operations.equilibrium.mbar import ApartError, Mixture, thinned
from operations.equilibrium.runs import known
from operations.equilibrium.walkers import Clusters, Dynamics, Walkers
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import Result
from operations.jobs.state import FINAL, PREVIOUS
from workspace_schema.methods.replica_exchange import ReplicaExchange as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Where the states of a job are kept, to be lengthened.
KEPT = "replicas.npz"
#: Round trips below which errors are not known: they would be those of one basin.
TRIPS = 20
#: Seconds of a chunk, about.
CHUNK = 2.0
#: The ladder is adapted after each of these parts of equilibration but the last.
PARTS = 4
COLUMNS = ("energy_per_particle", "heat_capacity")


@dataclass
class State:
    """Where a job is.

    Attributes
    ----------
    kT : ndarray, shape (K,)
        The ladder.
    replicas : list of EngineState
        At each temperature.
    turn : int
        The one that is being done.
    number : int
        Of the temperature that goes on next; those before it have done so in this turn.
    now : ndarray, shape (K,)
        Energies of the configurations at each temperature.
    energies : ndarray, shape (turns, K)
        Of the whole system at the end of each turn, before the exchange; room for those to come.
    places : ndarray of int, shape (turns, K)
        Which replica was at each temperature after it.
    wall_seconds : float
    """

    kT: FloatArray
    replicas: list[EngineState]
    turn: int
    number: int
    now: FloatArray
    energies: FloatArray
    places: NDArray[np.int64]
    wall_seconds: float = 0.0


class ReplicaExchange:
    """See `operations.jobs.driver.Method`."""

    unit = "particle-steps"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(self._point.method, Parameters)
        self._method = self._point.method
        self._n, self._k = self._point.system.n_particles, self._method.temperatures
        self._is_open = self._point.system.boundary == "open"
        kind = Clusters if self._is_open else Dynamics
        self._walkers: Walkers = kind(task, self._point)
        period = self._method.exchange_period
        self._equilibration = -(-self._method.equilibration_steps // period)
        self._turns = self._equilibration + -(-self._method.steps // period)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """A ladder of equal ratios; or the job that is lengthened."""
        kept = self._task.folder / KEPT
        if (self._task.folder / PREVIOUS).exists() and kept.exists():
            return self.load(kept)
        kT = geometric(self._method.coldest, self._method.hottest, self._k)
        replicas = [self._walkers.begin(k, float(kT[k])) for k in range(self._k)]
        none = np.zeros((0, self._k))
        return State(kT, replicas, 0, 0, np.zeros(self._k), none, none.astype(np.int64))

    def step(self, state: State) -> State:
        """Some periods, each of one temperature."""
        began = time.monotonic()
        lacking = self._turns - len(state.energies)
        if lacking > 0:  # at the beginning, and where the job is lengthened
            more = ((0, lacking), (0, 0))
            state.energies, state.places = np.pad(state.energies, more), np.pad(state.places, more)
        while time.monotonic() - began < CHUNK and not self.finished(state):
            k, adapts = state.number, state.turn < self._equilibration
            state.replicas[k], state.now[k] = self._walkers.advance(
                k, state.replicas[k], float(state.kT[k]), state.turn, adapts
            )
            state.number += 1
            if state.number == self._k:
                self._end_turn(state)
        state.wall_seconds += time.monotonic() - began
        return state

    def finished(self, state: State) -> bool:
        """Whether all turns are done."""
        return state.turn >= self._turns

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        content: dict[str, Any] = {
            f"replica_{k}_{name}": value
            for k, replica in enumerate(state.replicas)
            for name, value in replica.items()
        }
        with replacing(path) as temporary:
            np.savez(
                temporary,
                kT=state.kT,
                number=state.number,
                now=state.now,
                energies=state.energies[: state.turn],
                places=state.places[: state.turn],
                wall_seconds=state.wall_seconds,
                **content,
            )

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            return State(
                saved["kT"],
                [part_of(saved, f"replica_{k}_") for k in range(self._k)],
                len(saved["energies"]),
                int(saved["number"]),
                saved["now"],
                saved["energies"],
                saved["places"],
                float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Periods done and in all, particle-steps in each, and how often neighbours exchange."""
        done, detail = state.turn * self._k + state.number, ""
        if state.turn:
            recent = state.energies[max(state.turn - 100, 0) : state.turn]
            rarest = exchanging(1.0 / state.kT, recent).mean(axis=0).min()
            detail = f"acceptance {rarest:.2g} at least"
        work = self._n * self._method.exchange_period
        return done, self._turns * self._k, work, detail

    def rescue(self, state: State) -> None:
        """Keep the last configuration of the replica that fails."""
        last = self._walkers.configuration(state.replicas[state.number])
        trajectory.write(self._task.folder / "last_good.gsd", [(state.turn, last)])

    def finish(self, state: State) -> Result:
        """Write the configurations of all temperatures, the coldest first, and what was sampled."""
        self.save(state, self._task.folder / KEPT)
        energies = state.energies[self._equilibration : state.turn]
        frames = []
        for kT, replica, energy in zip(state.kT, state.replicas, state.now, strict=True):
            frame = self._walkers.configuration(replica)
            frame.log = {"kT": float(kT), "energy_per_particle": float(energy) / self._n}
            frames.append((state.turn, frame))
        trajectory.write(self._task.folder / FINAL, frames)
        curve = along(state.kT[0], state.kT[-1])
        values, errors = self._along(state.kT, curve, energies)
        places = state.places[self._equilibration : state.turn]
        trips = round_trips(places)
        if trips < TRIPS:
            errors[-1] = np.nan
        rows, details = in_words(COLUMNS, state.kT, curve, values, errors)
        return Result(
            n_particles=self._n,
            engine=self._walkers.engine,
            engine_version=self._walkers.version,
            device=self._walkers.device,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=state.turn * self._k * self._method.exchange_period,
            energy_per_particle=rows[0]["energy_per_particle"],
            number_density=None if self._is_open else frames[0][1].number_density,
            kT=float(state.kT[0]),
            rows=rows,
            packages=("numpy", "gsd", "signac", "scipy"),
        ).more(
            truncation=self._walkers.truncation,
            ladder={
                "kT": state.kT.tolist(),
                "acceptance": exchanging(1.0 / state.kT, energies).mean(axis=0).tolist(),
                "round_trips": trips,
                "from_coldest": known(from_coldest(places)),
                "samples": len(energies),
            },
            **details,
        )

    # -- details ---------------------------------------------------------------------------------

    def _end_turn(self, state: State) -> None:
        """Exchange neighbours, pairs of even and of odd numbers in turn; adapt the ladder."""
        turn = state.turn
        place = state.places[turn - 1].copy() if turn else np.arange(self._k)
        state.energies[turn] = state.now
        for a in exchanges(exchanging(1.0 / state.kT, state.now), turn, self._task.seed):
            self._exchange(state, a)
            both, crossed = [a, a + 1], [a + 1, a]
            place[both], state.now[both] = place[crossed], state.now[crossed]
        state.places[turn] = place
        state.turn, state.number = turn + 1, 0
        part = self._equilibration // PARTS
        if part and state.turn in range(part, PARTS * part, part):
            self._adapt(state, state.energies[state.turn - part : state.turn])

    def _exchange(self, state: State, a: int) -> None:
        """Change the places of neighbours, each with the velocities of its new temperature."""
        b, replicas = a + 1, state.replicas
        heat = float(state.kT[a] / state.kT[b])
        cold = self._walkers.moved(replicas[b], replicas[a], a, state.turn + 1, heat)
        hot = self._walkers.moved(replicas[a], replicas[b], b, state.turn + 1, 1.0 / heat)
        replicas[a], replicas[b] = cold, hot

    def _adapt(self, state: State, energies: FloatArray) -> None:
        """Move the ladder's steps to where neighbours exchange equally often."""
        kT = adapted(state.kT, energies)
        state.replicas = [
            self._walkers.moved(replica, replica, k, state.turn, float(kT[k] / state.kT[k]))
            for k, replica in enumerate(state.replicas)
        ]
        state.kT = kT

    def _along(
        self, kT: FloatArray, curve: FloatArray, energies: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Energy and heat capacity per particle at the temperatures of the ladder and of the curve,
        and where the curve is highest; and their errors, each of shape (n, 2). The heat capacity is
        in k, with the momenta's d/2, at constant volume."""
        d = self._point.system.dimensions
        used = thinned(energies, self._k)

        def estimate(states: list[FloatArray]) -> FloatArray:
            u = np.concatenate(states)
            mixture = Mixture.of(u / kT[:, None], [len(each) for each in states])
            found = []
            for one in np.append(kT, curve):
                logarithms = mixture.log_weights(u / one)
                weights = np.exp(logarithms - logarithms.max())
                weights /= weights.sum()
                mean = weights @ u
                variance = weights @ (u - mean) ** 2
                found.append((mean / self._n, variance / one**2 / self._n + 0.5 * d))
            return np.vstack([found, highest(curve, np.array(found)[len(kT) :, 1])])

        try:
            return jackknife(list(used.T), estimate)
        except ApartError as error:
            a, b = kT[error.last : error.last + 2]
            raise ValueError(
                f"kT = {a:.4g} and {b:.4g} share no samples; expected more method.temperatures than"
                f" {self._k}"
            ) from error
