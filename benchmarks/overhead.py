"""Work per second of the operations against bare scripts of their engines.

    python -m benchmarks.overhead forward [--engines lammps hoomd] [--turns 15] [--scale 1.0]
    python -m benchmarks.overhead monte_carlo [--turns 15] [--scale 1.0]

Both do the same work (same start, same pair table and thermostat, or same sizes of trial moves,
same number of steps), take turns of a fifth of a second, and are timed from the starting
configuration to the last product. The bare script writes nothing. Of molecular dynamics, in
particle-steps, it samples nothing either; of Monte Carlo, in trial moves, both sample pressure and
energy every 100 sweeps, the script with HOOMD-blue's own logger and its own extrapolation of the
scale distribution function over the same range. Printed is the ratio operation / bare
(`turns.row`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import turns
from operations.engines import Integration, Segment, engine_classes
from operations.engines.hpmc_moves import FIRST
from operations.engines.hpmc_pressure import BINS
from operations.jobs.driver import Task, drive
from operations.methods.forward import Forward
from operations.methods.monte_carlo import MonteCarlo

#: Range of the scale distribution function in the plain script, that of HOOMD-blue's documentation.
RANGE = 0.02

DYNAMICS = {
    "name": "forward",
    "ensemble": "nvt",
    "thermostat": "bussi",
    "thermostat_time": 0.5,
    "kT": 1.0,
    "dt": 0.005,
    "equilibration_steps": 0,
}
SWEEPS = {
    "name": "monte_carlo",
    "ensemble": "nvt",
    "kT": 1.0,
    "start": "sc",
    "equilibration_steps": 0,
    "steps": 8_000,
}
PATCH = {"directions": "tetrahedron", "half_angle": 0.45, "range": 1.12, "epsilon": 2.0}


def _bodies(block: dict[str, Any], n: int, density: float) -> dict[str, Any]:
    return {
        "system": {
            "dimensions": 3,
            "boundary": "periodic",
            "particles": {"A": n},
            "building_blocks": {"A": block},
        },
        "method": SWEEPS | {"number_density": density},
    }


CASES: dict[str, dict[str, dict[str, Any]]] = {
    "forward": {
        "2D Lennard-Jones-Gauss, N = 576": {
            "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": 576}},
            "potential": {
                "form": "lennard_jones_gauss",
                "epsilon": 1.8,
                "r0": 1.52,
                "sigma2": 0.02,
            },
            "method": DYNAMICS | {"start": "square", "number_density": 0.85, "steps": 200_000},
        },
        "3D Lennard-Jones, N = 4096": {
            "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": 4096}},
            "potential": {"form": "lennard_jones"},
            "method": DYNAMICS | {"start": "sc", "number_density": 0.8, "steps": 8_000},
        },
    },
    "monte_carlo": {
        "hard spheres, N = 1331, ρ = 0.75": _bodies(
            {"form": "hard_sphere", "diameter": 1.0}, 1331, 0.75
        ),
        "cubes, N = 512, φ = 0.5": _bodies(
            {"form": "hard_polyhedron", "name": "cube", "volume": 1.0, "rounding": 0.0}, 512, 0.5
        ),
        "Kern-Frenkel, N = 512, ρ = 0.4": _bodies(
            {"form": "kern_frenkel", "diameter": 1.0, "patches": {"P": PATCH}}, 512, 0.4
        ),
    },
}


@contextmanager
def job(case: dict[str, Any], engine: str, scale: float) -> Iterator[Task]:
    """A job of a case in an empty folder; of Monte Carlo all is production, so that no size of a
    move is adjusted."""
    method, extent = dict(case["method"]), {}
    method["steps"] = int(method["steps"] * scale)
    if method["name"] == "monte_carlo":
        extent = {"production_steps": method["steps"] - 1}
        method["steps"] = 1
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "workspace", "0" * 32)
        folder.mkdir(parents=True)
        point = {**case, "method": method, "replica": 0}
        settings = {"engine": engine, "device": "cpu"}
        yield Task(folder.name, folder, Path(root), point, extent, settings)


@contextmanager
def operation(case: dict[str, Any], engine: str, scale: float) -> Iterator[Callable[[], None]]:
    """The operation, as in a campaign."""
    with job(case, engine, scale) as task, contextlib.redirect_stderr(io.StringIO()):
        yield partial(drive, task)
        result = task.folder / "result.json"
        if not result.exists():
            raise RuntimeError((task.folder / "failed.json").read_text())
        if task.extent:
            sizes = json.loads(result.read_text())["move_sizes"]
            assert list(sizes.values()) == FIRST[: len(sizes)].tolist()


@contextmanager
def bare(case: dict[str, Any], engine: str, scale: float) -> Iterator[Callable[[], None]]:
    """A plain script that makes the same steps."""
    with job(case, engine, scale) as task:
        yield _sweeps(task) if task.extent else _dynamics(task, engine)


def _dynamics(task: Task, engine: str) -> Callable[[], None]:
    forward = Forward(task)
    configuration = forward.engine.configuration(forward.start().engine)
    model, steps = forward.model, task.statepoint["method"]["steps"]

    def script() -> None:
        kind = engine_classes(engine)[0]
        simulator = kind(model, Integration("nvt", 0.005), task.seed, "cpu")
        state = simulator.begin(configuration)
        if engine == "lammps":
            _bare_lammps(simulator, steps, configuration.dimensions)
        else:
            _bare_hoomd(simulator, state, steps)

    return script


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
        dt=0.005, methods=[simulator._method(segment)], forces=simulator._forces()
    )
    simulation.run(steps)


def _sweeps(task: Task) -> Callable[[], None]:
    state = MonteCarlo(task).start().engine

    def script() -> None:
        import hoomd

        engine = MonteCarlo(task).engine
        simulation, patches = engine._patchy(state)
        patches.set_temperature(1.0)
        engine._moves(simulation, state)
        sdf = hoomd.hpmc.compute.SDF(xmax=RANGE, dx=RANGE / BINS)
        simulation.operations.computes.append(sdf)
        logger = hoomd.logging.Logger(categories=["scalar"])
        logger.add(sdf, quantities=["betaP"])
        logger.add(simulation.operations.integrator, quantities=["pair_energy"])
        table = hoomd.write.Table(hoomd.trigger.Periodic(100), logger, output=io.StringIO())
        simulation.operations.writers.append(table)
        simulation.run(task.extent["production_steps"] + 1)

    return script


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("method", choices=CASES)
    parser.add_argument("--engines", nargs="+", help="of forward; default: lammps hoomd")
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of steps")
    options = parser.parse_args()
    engines = options.engines or (["lammps", "hoomd"] if options.method == "forward" else ["hoomd"])
    print(f"| case | engine | {turns.HEADER} |")
    print("|---|---|---|---|---|---|")
    for name, case in CASES[options.method].items():
        work = sum(case["system"]["particles"].values()) * case["method"]["steps"] * options.scale
        for engine in engines:
            reason = engine_classes(engine)[0].missing()
            if reason:
                print(f"{engine} left out: {reason}")
                continue
            sides = (partial(side, case, engine, options.scale) for side in (bare, operation))
            print(f"| {name} | {engine} | {turns.row(*sides, work, options.turns)} |", flush=True)


if __name__ == "__main__":
    main()
