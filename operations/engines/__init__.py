"""Simulation engines behind one small protocol.

An engine is a module with one class. It keeps no state of its own between calls: a *chunk* takes
an engine state, advances it and returns the next one. Because every chunk starts from what a
checkpoint holds, a resumed run does exactly what an uninterrupted run does.

To add an engine: write a class that satisfies `Engine` in a new file and name it in `ENGINES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from analysis.configuration import Configuration
    from operations.interactions.pair_functions import PairFunction

ENGINES = {
    "lammps": "operations.engines.lammps:Lammps",
    "hoomd": "operations.engines.hoomd:Hoomd",
}

#: What an engine can be asked for.
CAPABILITIES = (
    "nve",
    "nvt",
    "npt",
    "npt_langevin",
    "flexible_cell",
    "small_box",
    "open_boundary",
    "rigid_bodies",
)

#: Columns of the thermodynamic samples that every engine returns, in this order.
SAMPLE_COLUMNS = (
    "step",
    "kinetic_temperature",
    "potential_energy",
    "pressure",
    "volume",
)

#: Engine state: named arrays, so that it can be kept in one npz file.
EngineState = dict[str, np.ndarray]


class EngineError(Exception):
    """The engine cannot do what was asked, or is not there. Nothing has run."""


class ExplodedError(Exception):
    """The integration diverged: lost particles, overlaps, non-finite numbers."""


@dataclass(frozen=True)
class Integration:
    """Equations of motion, in reduced units (mass 1).

    Attributes
    ----------
    ensemble : {"nve", "nvt", "npt"}
    thermostat : {"bussi", "langevin"}
        Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007), or Langevin dynamics
        with friction 1 / `thermostat_time`.
    thermostat_time : float
    cell : {"isotropic", "flexible"}
        In the npt ensemble, whether only the volume or every box vector follows the pressure.
    barostat_time : float
    dt : float
    """

    ensemble: str
    dt: float
    thermostat: str = "bussi"
    thermostat_time: float = 0.5
    cell: str = "isotropic"
    barostat_time: float = 5.0

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities an engine must have for this."""
        needs = {self.ensemble}
        if self.ensemble == "npt" and self.thermostat == "langevin":
            needs.add("npt_langevin")
        if self.ensemble == "npt" and self.cell == "flexible":
            needs.add("flexible_cell")
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


@dataclass
class Chunk:
    """What one chunk produced.

    Attributes
    ----------
    state : EngineState
        Where it ended.
    samples : ndarray of float64, shape (n, 5)
        Thermodynamic samples, columns `SAMPLE_COLUMNS`, energies per particle.
    frames : list of (int, Configuration)
        Configurations at the steps asked for.
    """

    state: EngineState
    samples: np.ndarray
    frames: list[tuple[int, Configuration]] = field(default_factory=list)


class Engine(Protocol):
    """What every engine can be asked."""

    name: str
    capabilities: frozenset[str]
    device: str
    #: Work of one chunk in particle-steps: a few seconds, the most that a kill can lose.
    chunk_particle_steps: int

    def __init__(
        self,
        pair_functions: Mapping[tuple[int, int], PairFunction],
        integration: Integration,
        seed: int,
        device: str = "auto",
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
        """

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Potential energy, forces (N, 3) and virial tensor (3, 3) of a configuration."""


def engine_class(name: str) -> type[Engine]:
    """The engine's class by name."""
    module, _, attribute = ENGINES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def choose(name: str = "auto", needs: frozenset[str] = frozenset()) -> type[Engine]:
    """The engine to use here.

    `auto` takes HOOMD-blue where it sees a GPU, else LAMMPS, else HOOMD-blue on the CPU.

    Raises
    ------
    EngineError
        If no engine that can do what is needed is installed.
    """
    order = [name]
    if name == "auto":
        from operations.engines.hoomd_simulation import gpu_present

        order = ["hoomd", "lammps"] if gpu_present() else ["lammps", "hoomd"]
    reasons = []
    for candidate in order:
        engine = engine_class(candidate)
        lacking = needs - engine.capabilities
        reason = f"cannot do {', '.join(sorted(lacking))}" if lacking else engine.missing()
        if reason is None:
            return engine
        reasons.append(f"{candidate}: {reason}")
    raise EngineError("no engine for this run: " + "; ".join(reasons))
