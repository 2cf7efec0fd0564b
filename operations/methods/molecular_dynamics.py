"""Molecular dynamics of one job in one of the engines: what every method that runs it shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from operations.engines import EngineError, ExplodedError, Integration, Segment
from operations.interactions.model import Model
from operations.interactions.pair_functions import U_MAX, U_MAX_KT, PairFunction
from operations.interactions.rigid_bodies import (
    clearance,
    random_bodies,
    rotational_freedom,
    thermalise,
)
from operations.interactions.start import lattice, random_configuration, thermal_velocities
from operations.interactions.walls import Slit, SoftWalls
from operations.jobs.driver import Task
from operations.jobs.samples import SHEAR_COLUMNS
from operations.jobs.seeds import generator
from operations.jobs.state import CHECKPOINT, PREVIOUS, THERMO
from operations.methods.schedule import knots
from operations.methods.simulation import RECENT, RunState, Simulation
from workspace_schema.interactions import Interactions
from workspace_schema.lattices import LATTICES
from workspace_schema.system import System

#: The kinetic temperature may not exceed its target by both this factor and this number of
#: standard deviations of its canonical distribution, in the median over the last samples.
HOT, SIGMAS = 1.5, 12.0

#: Bodies that start at random are compressed first where the pressure is more than so many times
#: that of a gas of their density: a barostat would drive them together with all the work that such
#: a pressure does, and overshoot.
DILUTE = 2.0

#: Steps of that compression at most.
MOST_COMPRESSION = 1_000_000

#: Largest drift of the total energy per particle in the nve ensemble, in units of kT.
NVE_DRIFT = 0.1


class MolecularDynamics(Simulation):
    """Particles or rigid bodies with a pair potential in an engine of molecular dynamics.

    Parameters
    ----------
    task : Task
    total : int
        Steps of the whole run.
    hottest : float
        Highest kT.
    pairs : mapping of (int, int) to PairFunction, optional
        In place of the potential of the state point: of a design, which tries many.
    """

    #: What is free at constant pressure where the method does not say it.
    cell = "isotropic"

    def __init__(
        self,
        task: Task,
        total: int,
        hottest: float,
        pairs: Mapping[tuple[int, int], PairFunction] | None = None,
    ) -> None:
        super().__init__(task, total)
        potential = task.statepoint.get("potential") if pairs is None else None
        model = Model.of(
            System.model_validate(self._system),
            None if potential is None else Interactions.model_validate(potential),
            task.root,
            max(U_MAX, U_MAX_KT * hottest),
            pairs,
        )
        self._integration = Integration(
            ensemble=self._method["ensemble"],
            dt=self._method["dt"],
            thermostat=self._method.get("thermostat", "bussi"),
            thermostat_time=self._method.get("thermostat_time", 0.5),
            cell=self._method.get("cell", self.cell),
            barostat_time=self._method.get("barostat_time", 5.0),
        )
        self._wall = next((term for term in model.external if isinstance(term, SoftWalls)), None)
        if self._wall is not None:
            r_cut = max((pair.r_cut for pair in model.pairs.values()), default=0.0)
            self._slit = Slit.of_points(self._wall.separation, r_cut, self._wall.sigma)
        self.engine = self.use(replace(model, shear=self._samples_shear(model)), self._integration)
        moving = max(self._n - self.model.conserves_momentum, 1)
        self._freedom = self._system["dimensions"] * moving
        self._freedom += rotational_freedom(model.bodies, self._system["particles"])

    def _samples_shear(self, model: Model) -> bool:
        """Whether the pressure off the diagonal is sampled: where the viscosity of points is asked
        for; a run that has begun goes on as it did."""
        folder = self._task.folder
        if (folder / CHECKPOINT).exists():
            columns = self._kept(CHECKPOINT, "columns")
            return columns is not None and SHEAR_COLUMNS[0] in columns
        if (folder / PREVIOUS).exists() and (folder / THERMO).exists():
            return self._kept(THERMO, SHEAR_COLUMNS[0]) is not None
        wanted = "viscosity" in (self._task.settings.get("properties") or [])
        is_bulk = not (self._open or model.bodies or model.terms)
        is_measured = self._method["ensemble"] in ("nvt", "nve") and is_bulk
        return wanted and is_measured

    def begin(self, kT: float) -> RunState:
        """The starting configuration with velocities of a temperature."""
        configuration = self._initial_configuration(kT)
        configuration.periodic = self.model.periodic
        random = generator(self._task.seed, "velocities")
        bodies = self.model.bodies
        if bodies:
            thermalise(configuration, bodies, kT, random)
        else:
            configuration.velocities = thermal_velocities(
                configuration.n_particles,
                configuration.dimensions,
                kT,
                random,
                at_rest=self.model.conserves_momentum,
            )
        state = self.begin_at(self.engine.begin(configuration))
        loose, density = configuration.number_density, self._method.get("number_density", 0.0)
        far = self._first_pressure() > DILUTE * loose * kT or loose < density * (1.0 - 1e-9)
        if bodies and far:
            state.notes["compression"] = np.asarray(0)
        return state

    def compress(self, state: RunState) -> RunState:
        """One chunk of the way to the pressure or the density of a run, where particles begin far
        apart."""
        kT, pressure = knots(self._method["kT"])[0], self._first_pressure()
        engine = state.engine | {"step": state.notes["compression"]}
        target: dict[str, float] = {"pressure": pressure}
        if not pressure:
            target = {"volume": self._n / self._method["number_density"]}
        engine, done = self.engine.compress(engine, kT, **target)
        steps = int(engine["step"])
        if not done and steps >= MOST_COMPRESSION:
            reached = self.engine.configuration(engine).number_density
            raise EngineError(
                f"compression ended at number density {reached:.4g} after {steps} steps, below"
                f" the pressure {pressure:g}: expected a core that repels"
            )
        return self.compressed(state, engine, None if done else steps)

    def _first_pressure(self) -> float:
        """Imposed on a random start of bodies; 0 where none is."""
        if self._integration.ensemble != "npt" or self._method["start"] != "random":
            return 0.0
        return knots(self._method["pressure"])[0]

    def check(self, segment: Segment, rows: np.ndarray) -> None:
        """Stop a run whose temperature or energy says that the integration fails.

        `rows` are the first sample of the run and the last ones.
        """
        if not np.isfinite(rows).all():
            raise ExplodedError("non-finite energy or pressure")
        if self._integration.ensemble == "nve":
            if len(rows) == 0:
                return
            kinetic, energy = rows[:, 1], self.model.acting_energy(rows, self._n)
            total = energy + 0.5 * self._freedom / self._n * kinetic
            drift = abs(total[-1] - total[0])
            scale = max(float(np.mean(kinetic)), 1e-300)
            if drift > NVE_DRIFT * scale:
                raise ExplodedError(
                    f"the total energy drifted by {drift:.3g} per particle ({drift / scale:.2g} kT)"
                    f" before step {int(rows[-1, 0])}; use a smaller dt"
                )
            return
        recent = rows[rows[:, 0] > segment.start][-RECENT:]
        if len(recent) < 4:
            return
        target = np.interp(recent[:, 0], (segment.start, segment.stop), segment.kT)
        allowed = max(HOT, 1.0 + SIGMAS * np.sqrt(2.0 / self._freedom))
        # The median, because a random start may heat up for a moment.
        ratio = float(np.median(recent[:, 1] / target))
        if ratio > allowed:
            raise ExplodedError(
                f"the kinetic temperature is {ratio:.2g} times kT before step"
                f" {int(recent[-1, 0])}; use a smaller dt or a shorter thermostat_time"
            )

    def _initial_configuration(self, kT: float) -> Configuration:
        start = self._method["start"]
        dimensions, particles = self._system["dimensions"], self._system["particles"]
        random = generator(self._task.seed, "start")
        if isinstance(start, dict):
            configuration = self._from_file(start["sha256"])
            if self.model.bodies and configuration.orientations is None:
                raise EngineError("method.start: the file has no orientations and type_shapes")
            return configuration
        density = self._method["number_density"]
        if start in LATTICES:
            return lattice(start, particles, dimensions, density, random)
        kT, model = max(kT, 1e-3), self.model
        if model.bodies:
            needed = (
                clearance(model.bodies, model.pairs, kT)
                if model.anisotropic is None
                else model.anisotropic.clearance
            )
            compressed = self._integration.ensemble == "nvt"
            return random_bodies(model.bodies, particles, density, needed, random, compressed)
        slit, nearest = self._slit, 0.0 if self._wall is None else self._wall.nearest(kT)
        return random_configuration(
            particles, dimensions, density, model.cores, kT, random, slit, nearest
        )
