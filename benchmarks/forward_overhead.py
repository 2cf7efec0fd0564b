"""Particle-steps per second of the forward operation against a bare engine script.

    python benchmarks/forward_overhead.py [--engines lammps hoomd] [--turns 15]

Both do the same work (same start, same pair table, same thermostat, same number of steps), take
turns of a fifth of a second, and are timed from the starting configuration to the last product. The
bare script writes nothing and samples nothing. Printed is the ratio operation / bare (`turns.row`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import turns
from operations.engines import Integration, Segment, engine_classes
from operations.jobs.driver import Task, drive
from operations.methods.forward import Forward

CASES: dict[str, dict[str, Any]] = {
    "2D Lennard-Jones-Gauss, N = 576": {
        "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": 576}},
        "potential": {"form": "lennard_jones_gauss", "epsilon": 1.8, "r0": 1.52, "sigma2": 0.02},
        "method": {"start": "square", "number_density": 0.85, "steps": 200_000},
    },
    "3D Lennard-Jones, N = 4096": {
        "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": 4096}},
        "potential": {"form": "lennard_jones"},
        "method": {"start": "sc", "number_density": 0.8, "steps": 8_000},
    },
}
METHOD = {
    "name": "forward",
    "ensemble": "nvt",
    "thermostat": "bussi",
    "thermostat_time": 0.5,
    "kT": 1.0,
    "dt": 0.005,
    "equilibration_steps": 0,
}


def task(case: dict[str, Any], engine: str, root: Path, scale: float) -> Task:
    """A job of this case in an empty folder."""
    folder = root / "workspace" / ("0" * 32)
    folder.mkdir(parents=True)
    method = METHOD | case["method"]
    method["steps"] = int(method["steps"] * scale)
    return Task(
        id="0" * 32,
        folder=folder,
        root=root,
        statepoint={**case, "method": method, "replica": 0},
        extent={},
        settings={"engine": engine, "device": "cpu"},
    )


@contextmanager
def operation(case: dict[str, Any], engine: str, scale: float) -> Iterator[Callable[[], None]]:
    """The operation, as in a campaign."""
    with tempfile.TemporaryDirectory() as root, contextlib.redirect_stderr(io.StringIO()):
        job = task(case, engine, Path(root), scale)
        yield partial(drive, job)
        if not (job.folder / "result.json").exists():
            raise RuntimeError((job.folder / "failed.json").read_text())


@contextmanager
def bare(case: dict[str, Any], engine: str, scale: float) -> Iterator[Callable[[], None]]:
    """A plain script that makes the same steps."""
    with tempfile.TemporaryDirectory() as root:
        job = task(case, engine, Path(root), scale)
        forward = Forward(job)
        configuration = forward.engine.configuration(forward.start().engine)
        model, steps = forward.model, job.statepoint["method"]["steps"]

        def script() -> None:
            kind = engine_classes(engine)[0]
            simulator = kind(model, Integration("nvt", 0.005), job.seed, "cpu")
            state = simulator.begin(configuration)
            if engine == "lammps":
                _bare_lammps(simulator, steps, configuration.dimensions)
            else:
                _bare_hoomd(simulator, state, steps)

        yield script


def _bare_lammps(simulator: Any, steps: int, dimensions: int) -> None:
    commands = [
        "fix integrate all nve",
        "fix thermostat all temp/csvr 1.0 1.0 0.5 42",
        *(["fix plane all enforce2d"] if dimensions == 2 else []),
        "timestep 0.005",
        "thermo 0",
        f"run {steps}",
    ]
    for line in commands:
        simulator._lmp.command(line)


def _bare_hoomd(simulator: Any, state: Any, steps: int) -> None:
    import hoomd

    simulation = simulator._simulation(state)
    segment = Segment(0, steps, (1.0, 1.0))
    simulation.operations.integrator = hoomd.md.Integrator(
        dt=0.005,
        methods=[simulator._method(segment)],
        forces=simulator._forces(),
    )
    simulation.run(steps)


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engines", nargs="+", default=["lammps", "hoomd"])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of steps")
    options = parser.parse_args()
    print(f"| case | engine | {turns.HEADER} |")
    print("|---|---|---|---|---|---|")
    for name, case in CASES.items():
        work = sum(case["system"]["particles"].values()) * case["method"]["steps"] * options.scale
        for engine in options.engines:
            reason = engine_classes(engine)[0].missing()
            if reason:
                print(f"{engine} left out: {reason}")
                continue
            measured = turns.row(
                partial(bare, case, engine, options.scale),
                partial(operation, case, engine, options.scale),
                work,
                options.turns,
            )
            print(f"| {name} | {engine} | {measured} |", flush=True)


if __name__ == "__main__":
    main()
