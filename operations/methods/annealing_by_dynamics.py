"""Annealing by molecular dynamics: cooling in an engine, once or more, each time quenched."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Segment
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.methods.cooling import Cooling, CoolingState
from operations.methods.molecular_dynamics import MolecularDynamics, RunState
from operations.methods.simulation import Steps
from operations.search.inherent_structure import EVALUATIONS, inherent_structure
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome
from operations.search.minima import Minima
from operations.search.wells import refuse_sunken_wells

#: Stages of constant temperature of one cooling.
STAGES = 50

#: Part of a stage after a change of temperature that does not count for the heat capacity.
SETTLING = 0.25


class MdAnnealing(MolecularDynamics):
    """Cooling, reheating, cooling; the inherent structures, lowest first, are the answer.

    Notes of the state: `cooling` (`CoolingState.to_array`), `counts` (cycles that are over,
    quenches, evaluations of quenches), `energies` (of the stage under way), and the minima.
    """

    cell = "flexible"

    def __init__(self, task: Task) -> None:
        method = task.statepoint["method"]
        hot, cold = method["kT"]
        steps, cycles = int(method["steps"]), int(method["cycles"])
        stages = min(STAGES, steps)
        # The first step of each stage, and the last step of the last one.
        self._turns = np.rint(np.linspace(0, steps, stages + 1)).astype(int)
        heats = [hot] + [hot * method.get("reheat", 1.0)] * (cycles - 1)
        self._coolings = [Cooling(method["cooling"], heat, cold, stages) for heat in heats]
        budget = method.get("max_energy_evaluations")
        total = steps * cycles if budget is None else min(steps * cycles, int(budget))
        self._budget = budget
        super().__init__(task, total, hot)
        self._pressure = float(method["pressure"]) if method["ensemble"] == "npt" else None
        refuse_sunken_wells(dict(self.model.pairs), sorted(self._system["particles"]))
        self._kernel = make_kernel(dict(self.model.pairs))

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> RunState:
        """Hot, on the starting configuration."""
        state = self.begin(self._coolings[0].hot)
        state.notes = {
            "cooling": self._coolings[0].start().to_array(),
            "counts": np.zeros(3, dtype=np.int64),
            "energies": np.empty(0),
        }
        return state

    def stepping(self, state: RunState) -> Steps:
        """One chunk of a stage; at the end of a cooling also the quench."""
        cycle, cooling = self._where(state)
        first, last = (
            cycle * int(self._turns[-1]) + self._turns[[cooling.stage, cooling.stage + 1]]
        ).tolist()
        stop = min(last, self._total)
        pressure = self._pressure or 0.0
        segment = Segment(first, stop, (cooling.kT, cooling.kT), (pressure, pressure))
        state = yield from self.advance(state, segment)
        energies = np.concatenate([state.notes["energies"], self._energies(state.samples)])
        if state.step < stop:
            state.notes = state.notes | {"energies": energies}
            return state
        settled = energies[int(SETTLING * len(energies)) :]
        cooling = self._coolings[cycle].next(cooling, settled)
        state.notes = state.notes | {"cooling": cooling.to_array(), "energies": np.empty(0)}
        if self._coolings[cycle].finished(cooling) or state.step >= self._total:
            begin = time.monotonic()
            self._quench(state)
            state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: RunState) -> bool:
        """Whether every cooling is over, or the budget spent."""
        cycles, _, evaluations = state.notes["counts"].tolist()
        spent = self._budget is not None and cycles > 0 and state.step + evaluations >= self._budget
        return state.step >= self._total or (spent and self._where(state)[1].stage == 0)

    def progress(self, state: RunState) -> tuple[float, float, float, str]:
        """Steps done and in all, particles, the last sample and the best inherent structure."""
        done, total, work, detail = super().progress(state)
        best = self._minima(state).best
        return done, total, work, detail + (f"  best H/N {best.enthalpy:.6g}" if best else "")

    def finish(self, state: RunState) -> Result:
        """Write final.gsd and thermo.npz.

        Raises
        ------
        ValueError
            Where no quench has ended in a minimum.
        """
        minima = self._minima(state)
        _, quenches, evaluations = state.notes["counts"].tolist()
        if minima.best is None:
            raise ValueError(
                f"none of {quenches} quenches ended in a minimum: the cell collapses or flies"
                " apart; the potential may have no minimum here"
            )
        self.write_thermo(state)
        minima.write(self._task.folder / "final.gsd")
        result = self.result(state, **minima.quantities(), kT=0.0)
        result = replace(result, energy_evaluations=state.step + evaluations)
        return result.more(**minima.counts(), quenches=quenches)

    def imposed_pressure(self, steps: np.ndarray) -> np.ndarray:
        """Pressure of the barostat at steps, shape (n,)."""
        return np.full(len(steps), self._pressure or 0.0)

    # -- details ---------------------------------------------------------------------------------

    def _where(self, state: RunState) -> tuple[int, CoolingState]:
        """Number and state of the cooling under way."""
        return int(state.notes["counts"][0]), CoolingState.from_array(state.notes["cooling"])

    def _energies(self, samples: np.ndarray) -> np.ndarray:
        """Energies of samples, at constant pressure enthalpies; of all particles."""
        energies = samples[:, 2] * self._n
        return energies if self._pressure is None else energies + self._pressure * samples[:, 4]

    def _quench(self, state: RunState) -> None:
        """Take in the inherent structure of what has been cooled; the next cycle begins hot."""
        cycle, quenches, spent = state.notes["counts"].tolist()
        evaluations = EVALUATIONS
        if self._budget is not None:
            evaluations = max(min(EVALUATIONS, self._budget - state.step - spent), 1)
        configuration = self.engine.configuration(state.engine)
        minimum = inherent_structure(self._kernel, configuration, self._pressure, evaluations)
        spent += minimum.evaluations
        minima = self._minima(state)
        if minimum.outcome not in (Outcome.COLLAPSED, Outcome.DISPERSED):
            quenched = replace(minimum.configuration, velocities=None, images=None)
            minima.add(quenched, minimum.energy, self._pressure_of(quenched), state.step + spent)
        following = self._coolings[min(cycle + 1, len(self._coolings) - 1)].start()
        state.notes = {
            "cooling": following.to_array(),
            "counts": np.array([cycle + 1, quenches + 1, spent]),
            "energies": np.empty(0),
        } | minima.to_arrays()

    def _minima(self, state: RunState) -> Minima:
        return Minima.from_arrays("energy" if self._pressure is None else "enthalpy", state.notes)

    def _pressure_of(self, configuration: Configuration) -> float:
        """The imposed pressure; at constant volume that of the structure."""
        if self._pressure is not None:
            return self._pressure
        return self._kernel.pressure(configuration)
