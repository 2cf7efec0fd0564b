"""Designs that compare simulations with target g(r), and step towards them.

One step is one chunk of the present simulation, or the update of the coefficients after it.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.statistics import mean_of
from operations.design import checkpoint, updates
from operations.design.bases import Bases, Basis, sought
from operations.design.distributions import Distribution
from operations.design.outcome import conclude, described, tables
from operations.design.sampled_liquid import (
    counted,
    curves_with_errors,
    no_liquid,
    noise,
    radial,
    structures,
)
from operations.design.simulated_state import PAIRS, State
from operations.design.target import LEAST, Target
from operations.engines import (
    Engine,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
    wanted,
)
from operations.engines.pace import Pace
from operations.interactions.model import Model
from operations.interactions.start import random_configuration, thermal_velocities
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.jobs.samples import SAMPLE_COLUMNS
from operations.jobs.seeds import generator
from operations.jobs.state import FINAL
from workspace_schema.interactions import pair_key, type_pairs
from workspace_schema.methods.design_liquids import Simulated
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Frames of a simulation.
FRAMES = 100
#: g agrees with the target where it is off by its noise: mean square in units of the noise.
NOISE = 2.0
#: Times that a step is halved after a simulation exploded.
HALVINGS = 3


class SimulatedDesign(ABC):
    """What the ways with simulations share: the verbs of `operations.jobs.driver`."""

    unit = "updates"

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Simulated)
        self._method, self._system = point.method, point.system
        self._types = point.system.types
        particles = point.system.particles or {}
        method, n, d = point.method, point.system.n_particles, point.system.dimensions
        half = 0.5 * (n / method.number_density) ** (1.0 / d)
        wanted = {pair: g.up_to(half) for pair, g in self._wanted(point, half).items()}
        bases = {}
        for a, b in type_pairs(self._types):
            potential, g = sought(point, a, b), wanted[pair_key(a, b)]
            inner = 0.0  # of shapes that reach so far
            if potential.shape == "free":
                inner = float(g.r[int(np.argmax(g.g > LEAST))])  # before it nothing is known
            bases[pair_key(a, b)] = Basis(potential, inner)
        self.target = Target(
            Bases(self._types, bases),
            wanted,
            {name: particles[name] for name in self._types},
            method.kT,
            method.number_density,
            d,
            method.pressure,
        )
        self._apart = max(method.steps // FRAMES, 1)
        # every frame falls on a sample
        self._equilibration = -(-method.equilibration_steps // self._apart) * self._apart
        self._length = self._equilibration + self._apart * FRAMES
        self._integration = Integration("nvt", method.dt)
        self._built: tuple[bytes, Engine] | None = None
        self._pace = Pace()

    # -- what each way has ------------------------------------------------------------------------

    @abstractmethod
    def _wanted(self, point: StatePoint, half: float) -> dict[str, Distribution]:
        """The target by pair of types, as far as the cut-off at least, and half the box where it
        can be."""

    def _score(self, line: dict[str, Any]) -> float:
        """Of a line of the history; the lowest is nearest to the target."""
        return float(line["chi_squared"])

    def _over(self, state: State) -> str:
        """Why it is over; empty where it is not."""
        configuration = self._engine(state.coefficients).configuration
        if reason := no_liquid(configuration(state.first), configuration(state.engine)):
            return reason
        near = self._score(state.history[-1]) <= NOISE and self._has_pressure(state)
        return "noise" if near else ""

    def _has_pressure(self, state: State) -> bool:
        """Whether the pressure is that of the target within twice its error, if it has one."""
        wanted, line = self.target.pressure, state.history[-1]
        if wanted is None:
            return True
        return abs(line["pressure"] - wanted) <= 2.0 * line["pressure_error"] + 0.01 * abs(wanted)

    def _verdict(self, state: State) -> tuple[str, str]:
        """The verdict, and the reason where nothing was found."""
        if state.over == "noise":
            return "found", ""
        if state.over:
            return "not found", state.over
        return "undecided", f"after {state.update - 1} updates g is not within its noise"

    @abstractmethod
    def _change(self, state: State, g: FloatArray) -> tuple[FloatArray, dict[str, Any]]:
        """The step, and what the history says of it."""

    def _of_step(self, state: State, step: FloatArray) -> dict[str, Any]:
        """What the history says of its length, by the frames it is built on."""
        if "weight_left" not in state.history[-1]:
            return {}
        return {"weight_left": updates.weight_left(state.former, step, self.target.kT)}

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """The potential of mean force, on a random start; or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            state = self.load(earlier)
            state.over = ""
            return state
        first = self.target.start()
        engine = self._engine(first)
        n, d, kT = self.target.n_particles, self.target.dimensions, self.target.kT
        start = random_configuration(
            self.target.particles,
            d,
            self.target.number_density,
            self._model(first).pairs,
            kT,
            generator(self._task.seed, "start"),
        )
        start.velocities = thermal_velocities(n, d, kT, generator(self._task.seed, "velocities"))
        begin = engine.begin(start)
        return State(first, first, first, begin, begin, *self._nothing(), pairs=PAIRS)

    def step(self, state: State) -> State:
        """One chunk of the simulation; the update where it is over."""
        begin = time.monotonic()
        if state.step < self._length:
            try:
                state = self._simulated(state)
            except ExplodedError:
                if state.halvings == HALVINGS or state.update == 0:
                    raise
                state.halvings += 1
                state.engine = state.first
                state = self._begun(state, 0.5 * (state.coefficients + state.before))
                if state.former.size:
                    step = state.coefficients - state.before
                    state.history[-1] |= self._of_step(state, step)
        else:
            state = self._updated(state)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether g agrees within its noise, the updates are spent, or it is no liquid."""
        return bool(state.over) or state.update > self._method.updates

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        checkpoint.save(state, path)

    def load(self, path: Path) -> State:
        """Read a checkpoint; ValueError where its g was counted otherwise."""
        state = checkpoint.load(State, path)
        if state.pairs != PAIRS:
            raise ValueError(f"an earlier release wrote {path.name}; g is now 1 at {PAIRS} pairs")
        return state

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Updates done, at most, and how near g is."""
        detail = ""
        if state.history:
            last = state.history[-1]
            detail = f"{last['step']}  f {last['f_fit']:.4f}  noise {last['chi_squared']:.3g}"
        part = state.step / self._length
        return state.update + part, self._method.updates + 1, 1.0, detail

    def rescue(self, state: State) -> None:
        """Keep the last configuration."""
        last = self._engine(state.coefficients).configuration(state.engine)
        trajectory.write(self._task.folder / "last_good.gsd", [(state.step, last)])

    def finish(self, state: State) -> Result:
        """Write the potential nearest to the target and what is known of it."""
        folder, target = self._task.folder, self.target
        self.save(state, folder / "design.npz")
        engine = self._engine(state.coefficients)
        trajectory.write(folder / FINAL, [(0, engine.configuration(state.engine))])
        nearest = min(state.history, key=self._score)
        verdict, reason = self._verdict(state)
        found = target.bases.found(state.best)
        inner = {pair: basis.inner for pair, (basis, _) in found.items()}
        details: dict[str, Any] = {
            "by": self._method.by,
            "f_fit": nearest["f_fit"],
            "chi_squared": nearest["chi_squared"],
            "pressure": nearest["pressure"],
            "pressure_error": nearest["pressure_error"],
            "pressure_of_target": float(
                target.number_density * target.kT + target.pressures @ state.best
            ),
            "updates": state.update,
            "steps": state.total_steps,
            "inner": inner if len(inner) > 1 else next(iter(inner.values())),
            "history": state.history,
            "distribution": structures(target, state.counts),
        }
        start = np.array(state.history[0]["coefficients"])
        details["curves"], undetermined = curves_with_errors(target, state.best, start, state.sums)
        if undetermined is not None:
            details["undetermined"] = undetermined
        result = Result(
            n_particles=target.n_particles,
            engine=engine.name,
            engine_version=engine.version,
            device=engine.device,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=state.total_steps,
            number_density=target.number_density,
            pressure=nearest["pressure"],
            kT=target.kT,
            packages=("numpy", "gsd", "signac", "scipy"),
        )
        details["potential"] = described(found)
        return conclude(self._task, result, tables(found), verdict, reason, details)

    # -- the simulation --------------------------------------------------------------------------

    def _nothing(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return (
            np.zeros((0, len(self.target.g))),
            np.zeros((0, len(self.target.sums))),
            np.zeros(0),
        )

    def _begun(self, state: State, coefficients: FloatArray) -> State:
        """The state before a simulation, which goes on from the last configuration."""
        state.coefficients, state.first = coefficients, state.engine
        state.counts, state.sums, state.pressures = self._nothing()
        state.begun += state.step if state.halvings == 0 else 0
        state.step = 0
        return state

    def _model(self, coefficients: FloatArray) -> Model:
        try:
            pairs = self.target.bases.functions(coefficients)
        except ValueError as error:
            raise ExplodedError(f"the step leads to no potential: {error}") from None
        return Model(self.target.dimensions, self._types, pairs)

    def _engine(self, coefficients: FloatArray) -> Engine:
        """The engine of a potential; that of the last one is kept."""
        key = coefficients.tobytes()
        if self._built is None or self._built[0] != key:
            model = self._model(coefficients)
            kind = wanted(self._task.settings, model, self._integration)
            device = self._task.settings.get("device", "auto")
            self._built = key, kind(model, self._integration, self._task.seed, device)
        return self._built[1]

    def _simulated(self, state: State) -> State:
        """One chunk; frames are looked at once it is in production."""
        engine, equilibration = self._engine(state.coefficients), self._equilibration
        begin = time.monotonic()
        length = max(self._pace.steps(engine, self.target.n_particles), self._apart)
        produces = state.step >= equilibration
        end = self._length if produces else equilibration
        stop = min(state.step + length // self._apart * self._apart, end)
        kT, begun = self.target.kT, state.begun
        segment = Segment(begun, begun + self._length, (kT, kT))
        sampling = Sampling(self._apart, self._apart if produces else 0, begun + 2 * self._length)
        chunk = engine.run(state.engine, segment, begun + stop, sampling)
        self._pace.took(stop - state.step, time.monotonic() - begin)
        hot = (
            chunk.samples[:, SAMPLE_COLUMNS.index("kinetic_temperature")]
            if len(chunk.samples)
            else np.array([kT])
        )
        if not np.isfinite(chunk.samples).all() or np.median(hot) > 2.0 * kT:
            raise ExplodedError("the kinetic temperature says that the integration fails")
        each = [counted(self.target, frame) for _, frame in chunk.frames]
        if each:
            state.counts = np.vstack([state.counts, [one for one, _ in each]])
            state.sums = np.vstack([state.sums, [one for _, one in each]])
            column = SAMPLE_COLUMNS.index("pressure")
            state.pressures = np.append(state.pressures, chunk.samples[:, column])
        state.total_steps += stop - state.step
        state.engine, state.step = chunk.state, stop
        return state

    # -- the update ------------------------------------------------------------------------------

    def _updated(self, state: State) -> State:
        """The state after a simulation: its line of the history, and the next potential."""
        g = radial(self.target, state.counts)
        state.history.append(self._line(state, g, noise(self.target, state.counts)))
        scores = [self._score(line) for line in state.history]
        if scores[-1] <= min(scores):
            state.best = state.coefficients
        state.update += 1
        state.over = self._over(state)
        if state.over or self.finished(state):
            return state
        state.former = state.sums
        change, words = self._change(state, g)
        state.history[-1] |= words
        state.before, state.halvings = state.coefficients, 0
        return self._begun(state, state.coefficients + change)

    def _line(self, state: State, g: FloatArray, error_of_g: FloatArray) -> dict[str, Any]:
        target = self.target
        wanted, inside = target.g, target.inside
        off = (g - wanted)[inside]
        pressure, error = mean_of(state.pressures)
        step = state.history[-1]["next"] if state.history else "start"
        return {
            "update": state.update,
            "step": step,
            "f_fit": float(1.0 - np.abs(off).sum() / (g + wanted)[inside].sum()),
            "chi_squared": float(np.mean((off / np.maximum(error_of_g[inside], 1e-12)) ** 2)),
            "rms_g": float(np.sqrt(np.mean(off**2))),
            "pressure": pressure,
            "pressure_error": error,
            "halvings": state.halvings,
            "coefficients": state.coefficients.tolist(),
        }
