"""Trial moves per second of the Monte Carlo operation against a bare HOOMD-blue script.

    python benchmarks/hard_particle_overhead.py [--turns 15] [--scale 1.0]

Both start from the same lattice, make the same number of sweeps with the same sizes of trial moves,
take turns of a fifth of a second, and are timed from the starting configuration to the last
product. Both sample pressure and energy every 100 sweeps, the script with HOOMD-blue's own logger
and its own extrapolation of the scale distribution function over the same range; it writes nothing
else. Printed is the ratio operation / bare (`turns.row`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
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
from operations.engines.hpmc_moves import FIRST
from operations.engines.hpmc_pressure import BINS
from operations.jobs.driver import Task, drive
from operations.methods.monte_carlo import MonteCarlo

#: Range of the scale distribution function in the plain script, that of HOOMD-blue's documentation.
RANGE = 0.02

CASES: dict[str, dict[str, Any]] = {
    "hard spheres, N = 1331, ρ = 0.75": {
        "block": {"form": "hard_sphere", "diameter": 1.0},
        "particles": 1331,
        "number_density": 0.75,
        "sweeps": 8_000,
    },
    "cubes, N = 512, φ = 0.5": {
        "block": {"form": "hard_polyhedron", "name": "cube", "volume": 1.0, "rounding": 0.0},
        "particles": 512,
        "number_density": 0.5,
        "sweeps": 8_000,
    },
    "Kern-Frenkel, N = 512, ρ = 0.4": {
        "block": {
            "form": "kern_frenkel",
            "diameter": 1.0,
            "patches": {
                "P": {
                    "directions": "tetrahedron",
                    "half_angle": 0.45,
                    "range": 1.12,
                    "epsilon": 2.0,
                }
            },
        },
        "particles": 512,
        "number_density": 0.4,
        "sweeps": 8_000,
    },
}


def task(case: dict[str, Any], root: Path, scale: float) -> Task:
    """A job of this case in an empty folder: all production, so that no size is adjusted."""
    folder = root / "workspace" / ("0" * 32)
    folder.mkdir(parents=True)
    method = {
        "name": "monte_carlo",
        "ensemble": "nvt",
        "kT": 1.0,
        "start": "sc",
        "number_density": case["number_density"],
        "equilibration_steps": 0,
        "steps": 1,
    }
    system = {
        "dimensions": 3,
        "boundary": "periodic",
        "particles": {"A": case["particles"]},
        "building_blocks": {"A": case["block"]},
    }
    return Task(
        id="0" * 32,
        folder=folder,
        root=root,
        statepoint={"system": system, "method": method, "replica": 0},
        extent={"production_steps": int(case["sweeps"] * scale) - 1},
        settings={"engine": "hoomd", "device": "cpu"},
    )


@contextmanager
def operation(case: dict[str, Any], scale: float) -> Iterator[Callable[[], None]]:
    """The operation, as in a campaign."""
    with tempfile.TemporaryDirectory() as root, contextlib.redirect_stderr(io.StringIO()):
        job = task(case, Path(root), scale)
        yield partial(drive, job)
        sizes = json.loads((job.folder / "result.json").read_text())["move_sizes"]
        assert list(sizes.values()) == FIRST[: len(sizes)].tolist()


@contextmanager
def bare(case: dict[str, Any], scale: float) -> Iterator[Callable[[], None]]:
    """A plain script that makes the same sweeps."""
    with tempfile.TemporaryDirectory() as root:
        job = task(case, Path(root), scale)
        state = MonteCarlo(job).start().engine

        def script() -> None:
            engine = MonteCarlo(job).engine
            simulation, patches = engine._patchy(state)
            patches.set_temperature(1.0)
            engine._moves(simulation, state)
            _log(simulation, engine, state)
            simulation.run(int(case["sweeps"] * scale))

        yield script


def _log(simulation: Any, engine: Any, state: Any) -> None:
    """Write pressure and energy as scripts do."""
    import hoomd

    sdf = hoomd.hpmc.compute.SDF(xmax=RANGE, dx=RANGE / BINS)
    simulation.operations.computes.append(sdf)
    logger = hoomd.logging.Logger(categories=["scalar"])
    logger.add(sdf, quantities=["betaP"])
    logger.add(simulation.operations.integrator, quantities=["pair_energy"])
    table = hoomd.write.Table(hoomd.trigger.Periodic(100), logger, output=io.StringIO())
    simulation.operations.writers.append(table)


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of sweeps")
    options = parser.parse_args()
    print(f"| case | {turns.HEADER} |")
    print("|---|---|---|---|---|")
    for name, case in CASES.items():
        work = case["particles"] * case["sweeps"] * options.scale
        measured = turns.row(
            partial(bare, case, options.scale),
            partial(operation, case, options.scale),
            work,
            options.turns,
        )
        print(f"| {name} | {measured} |", flush=True)


if __name__ == "__main__":
    main()
