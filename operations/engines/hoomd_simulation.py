"""What HOOMD-blue's molecular dynamics and its Monte Carlo have in common.

A device, a simulation made from the arrays of an engine state, and one kept in memory from chunk to
chunk.
"""

from __future__ import annotations

import importlib.util
import math
import os
import shutil
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Chunk, EngineError, EngineState, Integration, Sampling, Segment
from operations.engines.hoomd_release import warn_of
from operations.interactions.model import Model

NOT_INSTALLED = "HOOMD-blue is not installed; it comes with environment.yml (conda-forge)"

#: HOOMD-blue's random numbers follow from 16 bits of a seed and 40 of the step. The rest of a job's
#: seed, of 31 bits, goes to the upper bits of the step: no two replicas are one trajectory.
SEEDS, STEPS = 2**16, 2**25

#: Steps from one spatial sorting of the particles to the next, HOOMD-blue's own choice.
SORT_PERIOD = 200


#: Variables that say which GPUs a job holds.
HELD = ("SLURM_JOB_GPUS", "SLURM_STEP_GPUS", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
#: Values by which they say that it holds none.
NONE_HELD = ("", "-1", "NoDevFiles")


@lru_cache
def gpu_present() -> bool:
    """Whether this machine has a GPU that HOOMD-blue here can use."""
    # nothing heavy is imported where there is no driver
    return any(map(shutil.which, ("nvidia-smi", "rocm-smi"))) and not no_gpu()


def no_gpu() -> str:
    """Why HOOMD-blue has no GPU here; empty if it has one."""
    if importlib.util.find_spec("hoomd") is None:
        return NOT_INSTALLED
    import hoomd

    if not hoomd.version.gpu_enabled:
        return (
            "HOOMD-blue here is a build for the CPU only; where there is no GPU when it is"
            " installed, conda must be told: docs/cluster.md, Installation"
        )
    try:
        found = hoomd.device.GPU.get_available_devices()
    except RuntimeError as error:
        return f"HOOMD-blue sees no GPU here: {error}"
    return "" if found else "HOOMD-blue sees no GPU here"


def refuse_idle_gpu(reason: str) -> None:
    """Raise EngineError where this process is about to run on the CPU, for this reason, though its
    job holds a GPU."""
    for name in HELD:
        value = os.environ.get(name, "")
        if value not in NONE_HELD:
            raise EngineError(
                f"device: auto would take the CPU, and the GPU of this job ({name}={value}) would"
                f" be idle: {reason}; to have that, set device: cpu"
            )


@dataclass
class Live:
    """A simulation in memory, which the next chunk may go on with.

    Attributes
    ----------
    restore : callable
        Set what is not in the snapshot (barostat, sizes of trial moves) to that of an engine state.
    kept : callable
        The same, read: named arrays for the next engine state.
    state : EngineState or None
        What the simulation has reached.
    """

    simulation: Any
    segment: Segment
    sampling: Sampling
    restore: Callable[[EngineState], None]
    kept: Callable[[], EngineState]
    state: EngineState | None = None
    samples: list[tuple[float, ...]] = field(default_factory=list)
    frames: list[tuple[int, Configuration]] = field(default_factory=list)


class HoomdSimulation(ABC):
    """HOOMD-blue on a device, with a seed.

    Parameters
    ----------
    model, integration, seed, device
        As in `Engine`.
    cpu_only : str
        What of the model HOOMD-blue has on the CPU only; empty if nothing.
    """

    name = "hoomd"

    #: Arrays of the engine state that are those of HOOMD-blue's particles.
    arrays: tuple[str, ...]

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str, cpu_only: str = ""
    ) -> None:
        reason = self.missing()
        if reason:
            raise EngineError(reason)
        import hoomd

        if device == "gpu" and cpu_only:
            raise EngineError(f"device: gpu, but HOOMD-blue has {cpu_only} on the CPU only")
        if device == "gpu" and no_gpu():
            raise EngineError(f"device: gpu, but {no_gpu()}")
        on_gpu = device == "gpu" or (device == "auto" and not cpu_only and gpu_present())
        if device == "auto" and not on_gpu:
            refuse_idle_gpu(f"HOOMD-blue has {cpu_only} on the CPU only" if cpu_only else no_gpu())
        warn_of(self.version)
        self._device = hoomd.device.GPU() if on_gpu else hoomd.device.CPU()
        self.device = "gpu" if on_gpu else "cpu"
        self._model, self._integration, self._seed = model, integration, seed % SEEDS
        #: HOOMD-blue's step at step 0.
        self._zero = seed // SEEDS * STEPS
        self._live: Live | None = None

    @staticmethod
    def missing() -> str | None:
        """Why HOOMD-blue cannot be used here; None if it can."""
        if importlib.util.find_spec("hoomd") is None:
            return NOT_INSTALLED
        return None

    @property
    def version(self) -> str:
        """HOOMD-blue's version."""
        import hoomd

        return str(hoomd.version.version)

    def _simulation(self, state: EngineState) -> Any:
        import hoomd

        simulation = hoomd.Simulation(device=self._device, seed=self._seed)
        simulation.timestep = self._zero + int(state["step"])
        simulation.create_state_from_snapshot(self._snapshot(state))
        # HOOMD-blue's own grid is for millions of particles: 64 MB, half a second to fill.
        (sorter,) = simulation.operations.tuners
        dimensions = int(state["dimensions"])
        cells = 4.0 * len(state["position"]) ** (1.0 / dimensions)
        sorter.grid = min(2 ** math.ceil(math.log2(cells)), {2: 4096, 3: 256}[dimensions])
        return simulation

    def _snapshot(self, state: EngineState) -> Any:
        import hoomd

        snapshot = hoomd.Snapshot()
        box = np.array(state["box"])
        if int(state["dimensions"]) == 2:
            box[2:] = (0.0, box[3], 0.0, 0.0)
        snapshot.configuration.box = box
        snapshot.particles.N = len(state["position"])
        snapshot.particles.types = [str(name) for name in state["type_names"]]
        for key in self.arrays:
            getattr(snapshot.particles, key)[:] = state[key]
        return snapshot

    def _arrays(self, simulation: Any, like: EngineState) -> EngineState:
        """The particles and the box that a simulation has now."""
        snapshot, n = simulation.state.get_snapshot(), len(like["position"])
        found = {key: np.array(getattr(snapshot.particles, key)[:n]) for key in self.arrays}
        # In two dimensions HOOMD-blue's box has no height, and it counts that particles leave it.
        found["image"][:, self._model.dimensions :] = 0
        return found | {"box": np.array(snapshot.configuration.box, dtype=np.float64)}

    def _every(self, period: int) -> Any:
        """The trigger of steps that are multiples of a period."""
        import hoomd

        return hoomd.trigger.Periodic(period, self._zero % period)

    def _step(self, simulation: Any) -> int:
        """The step that a simulation has reached."""
        return int(simulation.timestep) - self._zero

    def _add_writer(
        self,
        simulation: Any,
        act: Callable[[int], None],
        period: int,
        last: int,
        flags: tuple[Any, ...] = (),
    ) -> None:
        """Call a function with the step every `period` steps (never if 0) and at the step `last`.

        `flags` is what HOOMD-blue must compute for it, members of `hoomd.custom.Action.Flags`.

        HOOMD-blue's C++ side holds the action where Python's garbage collection cannot look. An
        action that held the simulation, as functions and hoomd's `attach` do, would keep it in
        memory for good (64 MB and more each); so the simulation holds the function, and the action
        neither.
        """
        if not period:
            return
        import hoomd

        kept, zero = weakref.ref(act), self._zero
        vars(simulation).setdefault("kept", []).append(act)

        class Action(hoomd.custom.Action):  # type: ignore[misc, name-defined, unused-ignore]
            def attach(self, simulation: Any) -> None:
                pass

            def act(self, step: int) -> None:
                function = kept()
                if function is not None:
                    function(step - zero)

        Action.flags = flags
        trigger = hoomd.trigger.Or([self._every(period), hoomd.trigger.On(zero + last)])
        writer = hoomd.write.CustomWriter(action=Action(), trigger=trigger)
        simulation.operations.writers.append(writer)

    @abstractmethod
    def _assemble(self, state: EngineState, segment: Segment, sampling: Sampling) -> Live:
        """Set up a simulation for the chunks of a segment."""

    def _advance(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Live:
        """Run from a state to a step: with the simulation in memory if it stands there, else with a
        new one."""
        live = self._live
        if live and live.state is state and (live.segment, live.sampling) == (segment, sampling):
            # What a new simulation would begin with, without setting up everything again.
            live.simulation.state.set_snapshot(self._snapshot(state))
        else:
            live = self._live = self._assemble(state, segment, sampling)
        live.samples, live.frames, live.state = [], [], None
        live.restore(state)
        _sort_now(live.simulation)
        live.simulation.run(stop - int(state["step"]))
        return live

    def _chunk(self, live: Live, state: EngineState) -> Chunk:
        """What a run returns, with the state that it has reached."""
        live.state = state
        samples = np.array(live.samples, dtype=np.float64).reshape(-1, len(self._model.columns))
        return Chunk(state, samples, live.frames)


def _sort_now(simulation: Any) -> None:
    """Put neighbours next to each other in memory at the start of a chunk, too: a snapshot has the
    particles in the order of their numbers."""
    import hoomd

    (sorter,) = simulation.operations.tuners
    often = hoomd.trigger.Periodic(SORT_PERIOD)
    sorter.trigger = hoomd.trigger.Or([often, hoomd.trigger.On(simulation.timestep)])
