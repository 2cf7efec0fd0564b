"""What a GPU node does: whether it agrees with a CPU, how fast it is, how many simulations fill it.

    python -m benchmarks.gpu_node [--minutes 10] [--out gpu_node.md]

on a node with a GPU and HOOMD-blue's build for it; `--device cpu --scale 0.05` runs the same lines
without one, the CPU in the GPU's place. Writes one table:

- agreement: energy, forces and virial of the same configurations on both, and averages of a state
  point of each kind with the difference in standard errors;
- speed: particle-steps (trial moves) per second of whole jobs against N, on the device and on one
  core;
- packing: simulations per hour, 1 to 16 at once on one GPU, with and without NVIDIA's MPS;
- together: particle-steps per second of up to 256 small systems in one launch by `batched`, beside
  one process of HOOMD-blue with one of them;
- a job that is killed and goes on.

What the minutes do not suffice for is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import init
from analysis.configuration import Configuration
from operations.engines import Run, Sampling, Segment
from operations.jobs import attempts
from operations.jobs.driver import Task, drive, method_class
from operations.jobs.isolation import REPOSITORY
from operations.slurm.worker import multi_process_service

LJ: dict[str, Any] = {"form": "lennard_jones", "r_cut": 2.5}
SPHERES = {"A": {"form": "hard_sphere"}}


def _system(n: int, blocks: Any = None, dimensions: int = 3) -> dict[str, Any]:
    return {"dimensions": dimensions, "particles": {"A": n}} | (
        {"building_blocks": blocks} if blocks else {}
    )


def _forward(density: float, **more: Any) -> dict[str, Any]:
    return {"name": "forward", "number_density": density, "kT": 1.0} | more


def _monte_carlo(density: float, **more: Any) -> dict[str, Any]:
    return {"name": "monte_carlo", "number_density": density} | more


#: A state point of each kind: system, potential, method; sweeps or steps of its production.
POINTS: dict[str, tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any], int]] = {
    "Lennard-Jones liquid, nvt": (_system(500), LJ, _forward(0.7), 20_000),
    "Lennard-Jones liquid, npt": (
        _system(500),
        LJ,
        _forward(0.7, ensemble="npt", pressure=1.0),
        20_000,
    ),
    "Mie (table), 2D, nvt": (
        _system(400, dimensions=2),
        {"form": "mie", "n": 24, "m": 6, "r_cut": 2.5},
        _forward(0.6),
        20_000,
    ),
    "dumbbells, nvt": (
        _system(216, {"A": {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}}),
        LJ,
        _forward(0.08, kT=2.0),
        20_000,
    ),
    "soft cubes, nvt": (
        _system(
            64,
            {
                "A": {
                    "form": "anisotropic_lennard_jones",
                    "shape": {"form": "hard_polyhedron", "name": "cube"},
                }
            },
        ),
        None,
        _forward(0.1, dt=0.002),
        10_000,
    ),
    "hard spheres, nvt": (_system(512, SPHERES), None, _monte_carlo(0.7, start="sc"), 20_000),
    "hard spheres, npt": (
        _system(512, SPHERES),
        None,
        _monte_carlo(0.7, start="sc", ensemble="npt", pressure=5.0),
        40_000,
    ),
    "hard spheres, clusters": (
        _system(512, SPHERES),
        None,
        _monte_carlo(0.3, start="sc", cluster_period=5),
        20_000,
    ),
    "hard cubes, nvt": (
        _system(216, {"A": {"form": "hard_polyhedron", "name": "cube"}}),
        None,
        _monte_carlo(0.4, start="sc"),
        10_000,
    ),
}

#: Particles of the systems whose speed is measured, cubes of whole numbers, and of one that is
#: packed with others on a GPU; the steps of that one.
SIZES = (1_000, 8_000, 64_000, 512_000)
PACKED, PACKED_STEPS, TOGETHER = 1_000, 50_000, (1, 2, 4, 8, 16)

#: Particles of a system that shares a launch with others, how many systems, and the steps.
SMALL, LAUNCHES, LAUNCHED_STEPS = 576, (1, 16, 256), 20_000

PARTS = ("agreement", "kill", "speed", "together", "packing")

#: What of a state point is compared.
AVERAGES = ("energy_per_particle", "pressure", "number_density")


class Node:
    """The table of a node, as it is made.

    Parameters
    ----------
    device : "gpu" or "cpu"
    folder : Path
        For the jobs.
    seconds : float
        Left for everything.
    scale : float
        Of steps, of sizes and of what is measured how long.
    together : sequence of int
        Simulations at once.
    """

    def __init__(
        self, device: str, folder: Path, seconds: float, scale: float, together: Sequence[int]
    ) -> None:
        self.device, self._folder, self._scale = device, folder, scale
        self._end = time.monotonic() + seconds
        self._count, self._together = 0, together
        self.rows: list[str] = []

    def say(self, part: str, case: str, found: str) -> None:
        """A row of the table."""
        self.rows.append(f"| {part} | {case} | {found} |")
        print(self.rows[-1], flush=True)

    def task(self, system: Any, potential: Any, method: Any, device: str, length: int) -> Task:
        """A job of a campaign of its own."""
        (task,) = self.tasks(system, potential, method, device, length)
        return task

    def tasks(
        self,
        system: Any,
        potential: Any,
        method: Any,
        device: str,
        length: int,
        engine: str = "hoomd",
        replicas: int = 1,
    ) -> list[Task]:
        """The jobs of a campaign."""
        self._count += 1
        steps = max(int(length * self._scale), 200)
        campaign = {
            "name": f"point_{self._count}",
            "system": system,
            "method": method
            | {"steps": steps, "equilibration_steps": steps, "production_steps": 2 * steps},
            "settings": {"engine": engine, "device": device, "log_period": 50, "frames": 0},
            "replicas": replicas,
        }
        if potential:
            campaign["potential"] = potential
        root = self._folder / str(self._count)
        file = self._folder / "campaign.yaml"
        file.write_text(yaml.safe_dump(campaign))
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = init.main([str(file), "--root", str(root)])
        if status:
            raise SystemExit(said.getvalue())
        folders = (root / "workspace").iterdir()
        return [Task.read(folder, root, campaign["settings"]) for folder in folders]

    def parts(self) -> Iterator[tuple[str, str, Callable[[], str]]]:
        """Everything there is to do, the cheapest and most important first."""
        for name, point in POINTS.items():
            yield "agreement", name, lambda point=point: self._agree(*point)  # type: ignore[misc]
        yield "kill", "Lennard-Jones, SIGKILL after a checkpoint", self._kill
        for n in sorted({max(int(size * self._scale), 216) for size in SIZES}):
            for kind in ("MD", "HPMC"):
                for device in (self.device, "core"):
                    yield (
                        "speed",
                        f"{kind}, N = {n}, {device}",
                        lambda kind=kind, n=n, device=device: self._speed(kind, n, device),  # type: ignore[misc]
                    )
        for k in LAUNCHES:
            case = f"{k} systems of {SMALL} particles, batched in one launch"
            yield "together", case, lambda k=k: self._launch("batched", k)  # type: ignore[misc]
        case = f"one system of {SMALL} particles, one process of HOOMD-blue"
        yield "together", case, lambda: self._launch("hoomd", 1)
        for mps in (False, True):
            for k in self._together:
                case = f"{k} at once{', MPS' if mps else ''}"
                yield "packing", case, lambda k=k, mps=mps: self._pack(k, mps)  # type: ignore[misc]

    def run(self, only: Sequence[str]) -> None:
        """Make the table, or some parts of it; what there is no time for is named."""
        for part, case, act in self.parts():
            if part not in only:
                continue
            if time.monotonic() > self._end:
                self.say(part, case, "not reached")
                continue
            try:
                self.say(part, case, act())
            except Exception as error:  # the rest of the node is worth knowing
                self.say(part, case, f"FAILED: {type(error).__name__}: {error}")

    # -- parts -----------------------------------------------------------------------------------

    def _agree(self, system: Any, potential: Any, method: Any, length: int) -> str:
        results, engines, found = [], [], []
        for device in (self.device, "cpu"):
            task = self.task(system, potential, method, device, length)
            with contextlib.redirect_stderr(io.StringIO()):
                drive(task)
            if not (task.folder / "result.json").exists():
                reason = json.loads((task.folder / "failed.json").read_text())["reason"]
                raise RuntimeError(f"on {device}: {reason}")
            results.append(json.loads((task.folder / "result.json").read_text()))
            engines.append(method_class(task.statepoint["method"]["name"])(task).engine)  # type: ignore[attr-defined]
        for name in AVERAGES:
            one, other = (result["averages"].get(name) or {} for result in results)
            errors = (one.get("standard_error"), other.get("standard_error"))
            if None in errors or not any(errors):
                continue
            both = float(np.hypot(*errors))
            sigmas = (one["mean"] - other["mean"]) / both
            found.append(
                f"{name} {one['mean']:.5g} ± {errors[0]:.2g} and {other['mean']:.5g} ±"
                f" {errors[1]:.2g} ({sigmas:+.1f} σ)"
            )
        if method["name"] == "forward":
            last = Configuration.read(task.folder / "final.gsd")
            (u, f, w), (v, g, x) = (engine.energy_and_forces(last) for engine in engines)
            found.append(
                f"largest difference of U/N {abs(u - v) / last.n_particles:.1e}, of a force"
                f" {np.abs(f - g).max() / np.abs(g).max():.1e}, of the virial"
                f" {np.abs(w - x).max() / np.abs(x).max():.1e} of the largest"
            )
        seconds = [f"{result['wall_seconds']:.0f} s" for result in results]
        return "; ".join([*found, " and ".join(seconds)])

    def _speed(self, kind: str, n: int, device: str) -> str:
        edge = round(n ** (1 / 3))
        blocks, potential = (None, LJ) if kind == "MD" else (SPHERES, None)
        make = _forward if kind == "MD" else _monte_carlo
        where = "cpu" if device == "core" else device
        task = self.task(
            _system(edge**3, blocks), potential, make(0.7, start="sc"), where, 10_000_000
        )
        method: Any = method_class(task.statepoint["method"]["name"])(task)
        seconds = max(8.0 * self._scale, 0.5)
        method.engine.chunk_particle_steps = 300_000 if where == "cpu" else 10**9
        method._pace.seconds = seconds / 4
        state = method.start()
        state = method.step(state)  # kernels are tuned, the speed is told
        begin, first = time.monotonic(), state.step
        while time.monotonic() - begin < seconds:
            state = method.step(state)
        rate = (state.step - first) / (time.monotonic() - begin)
        found = f"{rate * edge**3 / 1e6:.3g} million a second, {rate:.3g} steps a second"
        if "box_period" in state.engine:
            found += f", pressure every {int(state.engine['pressure_every'])} log periods"
        return found

    def _pack(self, k: int, mps: bool) -> str:
        tasks = [
            self.task(
                _system(PACKED), LJ, _forward(0.7, start="sc"), self.device, PACKED_STEPS // 4
            )
            for _ in range(k)
        ]
        steps = tasks[0].statepoint["method"]["steps"] * 4
        with multi_process_service(mps) as variables:
            if mps and not variables:
                return "no nvidia-cuda-mps-control here"
            begin = time.monotonic()
            running = [_process(task, variables) for task in tasks]
            ends = [process.wait() for process in running]
            seconds = time.monotonic() - begin
        done = sum((task.folder / "result.json").exists() for task in tasks)
        if done < k or any(ends):
            raise RuntimeError(f"{done} of {k} finished")
        return (
            f"{k / seconds * 3600:.0f} simulations an hour ({PACKED} particles, {steps} steps),"
            f" {k * steps * PACKED / seconds / 1e6:.3g} million particle-steps a second"
        )

    def _launch(self, engine: str, k: int) -> str:
        tasks = self.tasks(
            _system(SMALL, dimensions=2),
            LJ,
            _forward(0.8, start="hexagonal"),
            self.device,
            10_000_000,
            engine,
            k,
        )
        methods: list[Any] = [method_class("forward")(task) for task in tasks]
        states = [method.start().engine for method in methods]
        segment, sampling = Segment(0, 10**9, (1.0, 1.0)), Sampling(50, 0, 10**9)

        def go(stop: int) -> tuple[float, float]:
            runs = [
                Run(method.engine, state, segment, stop, sampling)
                for method, state in zip(methods, states, strict=True)
            ]
            begin = time.monotonic(), time.process_time()
            for number, chunk in enumerate(Run.answers(runs)):
                if isinstance(chunk, Exception):
                    raise chunk
                states[number] = chunk.state
            return time.monotonic() - begin[0], time.process_time() - begin[1]

        steps, warm = max(int(LAUNCHED_STEPS * self._scale), 200), 50
        go(warm)  # compiles, or tunes kernels
        seconds, of_core = go(warm + steps)
        work = k * SMALL * steps / 1e6
        own = f", {work / of_core:.3g} of processor time" if self.device == "cpu" else ""
        return (
            f"{work / seconds:.3g} million particle-steps a second{own},"
            f" {steps / seconds:.3g} steps a second"
        )

    def _kill(self) -> str:
        # in the GPU's place the CPU has shorter chunks, too
        short = "from operations.engines.pace import Pace; Pace.steps = lambda *_: 500;"
        task = self.task(_system(500), LJ, _forward(0.7), self.device, 25_000)
        running = _process(task, {}, short if self.device == "cpu" else "")
        limit = time.monotonic() + 120.0
        while not (task.folder / "checkpoint.npz").exists() and running.poll() is None:
            if time.monotonic() > limit:
                break
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
        with np.load(task.folder / "checkpoint.npz") as saved:
            step = int(saved["step"])
        with contextlib.redirect_stderr(io.StringIO()):
            drive(task)
        result = json.loads((task.folder / "result.json").read_text())
        outcomes = [one["outcome"] for one in attempts.read(task.folder)]
        with np.load(task.folder / "thermo.npz") as thermo:
            whole = bool(np.all(np.diff(thermo["step"]) == 50))
        return (
            f"killed after step {step} of {result['steps']}; then {', '.join(outcomes)}; samples"
            f" {'without gap' if whole else 'WITH GAPS'}"
        )


def _process(task: Task, variables: dict[str, str], first: str = "") -> subprocess.Popen[bytes]:
    """A process that runs a job, after some statements."""
    script = first + (
        "import sys, json; from pathlib import Path;"
        " from operations.jobs.driver import Task, drive;"
        " drive(Task.read(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])))"
    )
    words = [str(task.folder), str(task.root), json.dumps(task.settings)]
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=REPOSITORY,
        env=os.environ | variables,
        stderr=subprocess.DEVNULL,
    )


def main() -> None:
    """Make the table of this node."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--scale", type=float, default=1.0, help="of steps, sizes and times")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--together", nargs="+", type=int, default=TOGETHER)
    parser.add_argument("--out", type=Path, default=Path("gpu_node.md"))
    options = parser.parse_args()
    import hoomd

    names = []
    if options.device == "gpu":
        names = hoomd.device.GPU.get_available_devices() or ["none"]
    title = (
        f"HOOMD-blue {hoomd.version.version}, {', '.join(map(str, names)) or 'CPU in its place'},"
        f" {time.strftime('%Y-%m-%d')}"
    )
    print(f"{title}\n\n| part | case | found |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        seconds = 60.0 * options.minutes - 30.0
        node = Node(options.device, Path(folder), seconds, options.scale, options.together)
        node.run(options.only)
    options.out.write_text(
        "\n".join([title, "", "| part | case | found |", "|---|---|---|", *node.rows, ""])
    )


if __name__ == "__main__":
    main()
