"""Simulation engines behind one small protocol.

An engine is a class that is told the model (every energy), the equations of motion and a seed. Work
is done in *chunks*: a chunk takes an engine state, advances it and returns the next one. What it
returns follows from the model, the state, the segment, the stop, the sampling and the seed, not
from what the object did before; what it keeps in memory from chunk to chunk (a simulation in
HOOMD-blue) is set to the state first. A run whose every chunk begins from a checkpoint therefore
equals an uninterrupted one bit for bit, as long as chunks and log period stay the same and it runs
on the CPU: on a GPU sums may come in another order, and HOOMD-blue's forces differ in the last bit
at steps at which it computes the virial too.

To add an engine: write a class that satisfies `Engine` in a new file and name it in `ENGINES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from operations.jobs.deadline import Deadline
from operations.jobs.errors import EngineError, ExplodedError, NotBegunError
from operations.jobs.progress import say
from operations.jobs.samples import SAMPLE_COLUMNS

if TYPE_CHECKING:
    from analysis.configuration import Configuration
    from operations.interactions.model import Model

__all__ = ["SAMPLE_COLUMNS", "EngineError", "ExplodedError", "NotBegunError"]

#: Classes by the name that settings have; of several the first that can do what is needed is taken.
ENGINES = {
    "lammps": ("operations.engines.lammps:Lammps",),
    "hoomd": (
        "operations.engines.hoomd:Hoomd",
        "operations.engines.hoomd_bodies:HoomdBodies",
        "operations.engines.hoomd_anisotropic:HoomdAnisotropic",
        "operations.engines.hpmc:Hpmc",
    ),
    "batched": ("operations.engines.batched:Batched",),
}

#: Kinds of particles; a model has one of them.
PARTICLES = ("points", "rigid_bodies", "anisotropic_bodies", "hard_particles")

#: What an engine can be asked for: particles, terms and boundaries (`Model.needs`), equations of
#: motion (`Integration.needs`), and verbs that not every engine has.
CAPABILITIES = (
    *PARTICLES,
    "many_body",
    "network",
    "external_terms",
    "springs",
    "scaled_energy",
    "hard_walls",
    "shear_stress",
    "open_boundary",
    "molecular_dynamics",
    "monte_carlo",
    "nve",
    "nvt",
    "npt",
    "npt_langevin",
    "gjf",
    "flexible_cell",
    "uniaxial_cell",
    "compression_to_pressure",
    "compression_to_volume",
)

#: Seconds that a chunk takes on a GPU, as far as the speed of the last one tells: well below the
#: warning that a scheduler gives.
CHUNK_SECONDS = 20.0

#: Engine state: named arrays, so that it can be kept in one npz file.
EngineState = dict[str, np.ndarray]


@dataclass(frozen=True)
class Integration:
    """Equations of motion, in reduced units (mass 1), or trial moves of Monte Carlo.

    Attributes
    ----------
    ensemble : {"nve", "nvt", "npt"}
    dt : float
        Time step; 0 for Monte Carlo, where a step is a sweep.
    thermostat : {"bussi", "langevin", "gjf"}
        Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007), or Langevin dynamics
        with friction 1 / `thermostat_time`; "gjf" is that of N. Grønbech-Jensen and O. Farago, Mol.
        Phys. 111, 983 (2013), whose positions are exact in a harmonic well at any time step.
    thermostat_time : float
    cell : {"isotropic", "flexible", "uniaxial"}
        In the npt ensemble, whether the volume, every box vector, or only the length of the last
        one follows the pressure.
    barostat_time : float
    adjust_until : int
        Step from which on the sizes of trial moves stay as they are.
    cluster_period : int, optional
        Sweeps of Monte Carlo between two cluster moves.
    """

    ensemble: str
    dt: float = 0.0
    thermostat: str = "bussi"
    thermostat_time: float = 0.5
    cell: str = "isotropic"
    barostat_time: float = 5.0
    adjust_until: int = 0
    cluster_period: int | None = None

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities an engine must have for this."""
        needs = {self.ensemble, "molecular_dynamics" if self.dt else "monte_carlo"}
        if self.ensemble == "npt" and self.thermostat == "langevin":
            needs.add("npt_langevin")
        if self.thermostat == "gjf":
            needs.add("gjf")
        if self.ensemble == "npt" and self.cell != "isotropic":
            needs.add(f"{self.cell}_cell")
        return frozenset(needs)


@dataclass(frozen=True)
class Segment:
    """A stretch of the run on which kT and pressure change linearly with the step.

    Attributes
    ----------
    start, stop : int
        First and last step.
    kT, pressure : tuple of float
        Values at `start` and at `stop`.
    """

    start: int
    stop: int
    kT: tuple[float, float]
    pressure: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Sampling:
    """When to sample: at multiples of a period, and at the very last step of the run.

    Attributes
    ----------
    log_period : int
        Steps between thermodynamic samples.
    frame_period : int
        Steps between frames of the trajectory; 0 for none.
    last : int
        Last step of the run.
    """

    log_period: int
    frame_period: int
    last: int

    def steps(self, period: int, after: int, stop: int) -> list[int]:
        """Multiples of `period` in (after, stop], and the last step if it is among these."""
        if period == 0:
            return []
        steps = list(range((after // period + 1) * period, stop + 1, period))
        return steps if stop < self.last or stop in steps else [*steps, stop]

    def events(self, after: int, stop: int) -> list[tuple[int, bool, bool]]:
        """Steps in (after, stop], `stop` the last, at which something is due, each with whether a
        sample and whether a frame is."""
        samples = set(self.steps(self.log_period, after, stop))
        frames = set(self.steps(self.frame_period, after, stop))
        return [
            (step, step in samples, step in frames) for step in sorted({*samples, *frames, stop})
        ]


@dataclass
class Chunk:
    """What one chunk produced.

    Attributes
    ----------
    state : EngineState
        Where it ended.
    samples : ndarray of float64, shape (n, columns)
        Thermodynamic samples, columns `Model.columns`. The potential energy is that per particle of
        pairs or bodies, without scale, external and bias terms; the pressure is that of all forces
        that act, which is what a barostat holds.
    frames : list of (int, Configuration)
        Configurations at the steps asked for.
    """

    state: EngineState
    samples: np.ndarray
    frames: list[tuple[int, Configuration]] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """A chunk that is asked for: what `Engine.run` is given.

    Attributes
    ----------
    engine : Engine
    state, segment, stop, sampling
        As there.
    """

    engine: Any
    state: EngineState
    segment: Segment
    stop: int
    sampling: Sampling

    @staticmethod
    def answers(runs: Sequence[Run]) -> list[Chunk | Exception]:
        """What becomes of runs: of an engine that can (`run_together`) all at once, of another one
        after the other."""
        found: dict[int, Chunk | Exception] = {}
        kinds: dict[Any, list[int]] = {}
        for number, run in enumerate(runs):
            kinds.setdefault(getattr(type(run.engine), "run_together", None), []).append(number)
        for together, numbers in kinds.items():
            several = [runs[number] for number in numbers]
            found |= zip(numbers, _at_once(together, several), strict=True)
        return [found[number] for number in range(len(runs))]

    def alone(self) -> Chunk | Exception:
        """What becomes of it without others."""
        try:
            chunk: Chunk = self.engine.run(self.state, self.segment, self.stop, self.sampling)
        except Exception as error:
            return error
        return chunk


def _at_once(together: Any, runs: Sequence[Run]) -> list[Chunk | Exception]:
    """What becomes of runs of one kind of engine; where they fail together, of each half, unless a
    signal or the deadline says stop."""
    if together is None or len(runs) == 1:
        return [run.alone() for run in runs]
    try:
        chunks: list[Chunk | Exception] = together(runs)
    except Exception as error:  # too little memory for all of them, say
        say(f"{len(runs)} simulations at once: {type(error).__name__}: {error}; in two halves")
    else:
        return chunks
    ends: list[Chunk | Exception] = []
    for half in (runs[: len(runs) // 2], runs[len(runs) // 2 :]):
        reason = Deadline().reason_to_stop(0.0)
        ends += [NotBegunError(reason)] * len(half) if reason else _at_once(together, half)
    return ends


class Engine(Protocol):
    """What every engine can be asked."""

    name: str
    capabilities: frozenset[str]
    device: str
    #: Work of one chunk in particle-steps at most: on the CPU a few seconds, which a kill can lose.
    chunk_particle_steps: int

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None: ...

    @classmethod
    def missing(cls) -> str | None:
        """Why this engine cannot be used here; None if it can."""

    @property
    def version(self) -> str:
        """The engine's own version."""

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with velocities)."""

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`, which lies inside `segment`.

        Raises
        ------
        ExplodedError
            If the integration diverges; `state` is untouched.

        An engine that can advance many systems at once has ``run_together(runs)`` beside, a static
        method: of each `Run` its chunk, or what it would raise. What becomes of a run does not
        depend on the others. One whose chunks must be shorter than `chunk_particle_steps` says,
        for how often is sampled, has ``most_steps(n_particles, sampling)``.
        """

    def compress(
        self,
        state: EngineState,
        kT: float,
        *,
        pressure: float | None = None,
        volume: float | None = None,
    ) -> tuple[EngineState, bool]:
        """One chunk of the way from a dilute start to a pressure or a volume, one of which is
        given: the next state, and whether it is there.

        Only engines with `compression_to_pressure` or `compression_to_volume` have this verb.
        Samples nothing.
        """

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Potential energy, forces (N, 3) and virial tensor (3, 3) of all that acts on a
        configuration, terms included. Needs `molecular_dynamics`."""


def engine_classes(name: str) -> list[type[Engine]]:
    """The classes that go by a name."""
    return [
        getattr(importlib.import_module(module), attribute)
        for module, _, attribute in (path.partition(":") for path in ENGINES[name])
    ]


def wanted(settings: Mapping[str, Any], model: Model, integration: Integration) -> type[Engine]:
    """What `choose` takes for the engine and the device that the settings of a campaign name."""
    name, device = settings.get("engine", "auto"), settings.get("device", "auto")
    return choose(str(name), model, integration, device)


def choose(name: str, model: Model, integration: Integration, device: str = "auto") -> type[Engine]:
    """The class that can do what model and equations of motion need, of the engine of this name.

    `auto` takes HOOMD-blue where it sees a GPU, else LAMMPS, else HOOMD-blue on the CPU; never
    `batched`.

    Raises
    ------
    EngineError
        If none can, or it is not installed: it says what is lacking and which engine has it. If
        `auto`, of engine and device, leaves a GPU idle that the job holds.
    """
    needs = model.needs | integration.needs
    order = [name]
    if name == "auto":
        from operations.engines.hoomd_simulation import gpu_present, no_gpu, refuse_idle_gpu

        order = ["hoomd", "lammps"] if gpu_present() else ["lammps", "hoomd"]
        if device == "auto" and not gpu_present():
            refuse_idle_gpu(no_gpu())

    def distance(kind: type[Engine]) -> tuple[bool, int]:
        lacking = needs - kind.capabilities
        return not lacking.isdisjoint(PARTICLES), len(lacking)

    reasons = []
    for candidate in order:
        nearest = min(engine_classes(candidate), key=distance)
        lacking = needs - nearest.capabilities
        reason = f"cannot do {', '.join(sorted(lacking))}" if lacking else nearest.missing()
        if reason is None:
            return nearest
        reasons.append(f"{candidate}: {reason}")
    able = [
        other
        for other in ENGINES
        if other not in order and any(needs <= kind.capabilities for kind in engine_classes(other))
    ]
    advice = f"; set engine: {able[0]} (or auto)" if able else ""
    raise EngineError(f"no engine for this run: {'; '.join(reasons)}{advice}")
