"""Seconds and peak memory of this program's commands on large campaigns, against plain signac-flow.

    python -m benchmarks.campaign_scale [--jobs 10000 100000] [--turns 3] [--folder /tmp]
        [--only status table]

Both sides have the same jobs (the products of finished ones are made up by this script) in two
roots on one disk, and take turns; each command is a process of its own, from the shell's view. The
plain side is `plain_campaign.py`. Printed is the median of the turns: wall time, processor time,
largest resident memory. Directory and file contents are cached by the system on both sides.

| what | this program | plain |
|---|---|---|
| init | `init.py`, all jobs new | `open_job(…).init()` and a mark for the method |
| init again | `init.py`, nothing new | the same again |
| status | `project.py status` | `status` |
| status -d -p | up to 5000 jobs | the same parameters named: its own choice of those that vary \
fails on nested state points |
| submit | `submit --pretend`: chooses what is due, renders one script a pack | `submit --pretend \
--bundle N`: chooses what is due, renders one script with all of it |
| one job | `run -o label -j ID` of a job that is labelled already | the same |
| table | `tabulate` and its parquet file | loop over the jobs, one table |
| table again | the same after one new result | the same again |
| aggregate | table, atlas, PNG and HTML | the table, again |
| aggregate again | after one new result | the table, again |
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import plain_campaign
from operations.jobs.isolation import REPOSITORY

LABELS = ("fluid", "hexagonal", "square", "honeycomb", "decagonal", "unknown")
#: Hard links of one file, which a file system limits.
MOST_LINKS = 10_000
TABLE = """
import sys, json
from pathlib import Path
from operations.results.aggregate import make_table, write_parquet
axes = json.loads(Path("signac_project_document.json").read_text())["axes"]
write_parquet(Path.cwd(), make_table(Path.cwd(), axes))
"""


@dataclass
class Cost:
    """What one command has taken."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def text(self) -> str:
        """Medians: wall and processor seconds, MiB."""
        wall, cpu, memory = map(statistics.median, (self.wall, self.cpu, self.memory))
        return f"{wall:7.2f} s ({cpu:6.2f} s cpu, {memory:5.0f} MiB)"


def run(command: list[str], cwd: Path, environment: dict[str, str], cost: Cost) -> None:
    """Run a command, add what it took."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        if status:
            said.seek(0)
            raise RuntimeError(f"{command}: {said.read().decode()[-2000:]}")
    cost.wall.append(wall)
    cost.cpu.append(usage.ru_utime + usage.ru_stime)
    cost.memory.append(usage.ru_maxrss / 1024)


def campaign(n_jobs: int) -> dict[str, Any]:
    """The campaign file."""
    r0, epsilon, replicas = plain_campaign.axes(n_jobs)
    return {
        "name": "scale",
        "system": {"dimensions": 2, "particles": {"A": 256}},
        "potential": {
            "form": "lennard_jones_gauss",
            "r0": r0,
            "epsilon": epsilon,
            "sigma2": 0.02,
            "r_cut": 2.5,
        },
        "method": {
            "name": "forward",
            "number_density": 0.85,
            "kT": {"ramp": [1.0, 0.1]},
            "steps": 156_250,  # a minute, as far as is known before any has finished
        },
        "replicas": replicas,
        "axes": ["potential.r0", "potential.epsilon"],
    }


def products(folder: Path) -> None:
    """The heavy files of a finished job, which all of them share."""
    import gsd.hoomd

    from analysis.configuration import Configuration
    from analysis.labelling.labels import Labels

    grid = np.stack(np.meshgrid(np.arange(16), np.arange(16), indexing="ij"), -1).reshape(-1, 2)
    positions = np.zeros((256, 3))
    positions[:, :2] = grid - 7.5
    box = np.array([16.0, 16.0, 1.0, 0.0, 0.0, 0.0])
    frame = Configuration(positions, box, 2, np.zeros(256, dtype=int)).to_frame()
    folder.mkdir()
    for name in ("final.gsd", "trajectory.gsd"):
        with gsd.hoomd.open(str(folder / name), "w") as file:
            file.append(frame)
    particles = np.zeros(256, dtype=np.int8)
    probabilities = np.ones((256, 1), dtype=np.float32)
    Labels("square", 0.9, [], 0.0, 1, "made up", "0", particles, probabilities, ("square",)).save(
        folder
    )
    (folder / "labels.json").unlink()
    np.savez(folder / "thermo.npz", step=np.arange(50))
    line = {"attempt": "0" * 12, "operation": "forward", "start": 0.0, "end": 1.0}
    (folder / "attempts.jsonl").write_text(json.dumps(line | {"outcome": "finished"}) + "\n")


class Finisher:
    """Gives jobs the files of a campaign at work: 65 % labelled, 5 % finished, 2 % failed, 3 % at
    a checkpoint, the others not begun; the same in every root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies = 0
        self.used = MOST_LINKS
        products(folder)

    def _link(self, job: str) -> None:
        if self.used >= MOST_LINKS:
            self.copies += 1
            self.used = 0
            shutil.copytree(self.folder, f"{self.folder}.{self.copies}")
        self.used += 1
        source = f"{self.folder}.{self.copies}"
        for name in os.listdir(source):
            os.link(os.path.join(source, name), os.path.join(job, name))

    def finish(self, job: str, labelled: bool = True, link: bool = True) -> None:
        """Write the products of a job; a link would change the times of the files of others."""
        job_id = os.path.basename(job)
        random = int(job_id[:12], 16) / 16**12
        result = {
            "energy_per_particle": -3.0 + random,
            "enthalpy_per_particle": -2.9 + random,
            "number_density": 0.85,
            "pressure": 0.1 + random,
            "kT": 0.1,
            "n_particles": 256,
            "engine": "lammps",
            "engine_version": "22Jul2025",
            "device": "cpu",
            "seed": 12345,
            "wall_seconds": 60.0 + random,
            "energy_evaluations": 100_000,
            "software": {"python": "3.11.2", "numpy": "2.1.0", "lammps": "2025.7.22.4.0"},
            "extent": {},
        }
        label = LABELS[int(job_id[12:16], 16) % len(LABELS)]
        labels = {
            "label": label,
            "confidence": random,
            "phases": [{"phase": label, "fraction": 0.9, "lattice_constant": 1.1}],
            "void_fraction": 0.0,
            "grains": 2,
            "model": "rules",
            "model_hash": "0123456789abcdef",
            "phase_names": ["square"],
            "reason": "",
            "orientational_order": None,
        }
        if link:
            self._link(job)
        else:
            shutil.copytree(self.folder, job, dirs_exist_ok=True)
        for name, content in (("result", result), ("labels", labels)):
            if name == "result" or labelled:
                with open(os.path.join(job, f"{name}.json"), "w") as stream:
                    stream.write(json.dumps(content, indent=2))

    def finish_most(self, root: Path) -> list[str]:
        """Finish most jobs of a root; returns the folders of those that have not begun."""
        workspace = str(root / "workspace")
        waiting = []
        for job_id in sorted(os.listdir(workspace)):
            job = os.path.join(workspace, job_id)
            part = int(job_id[16:24], 16) / 16**8
            if part < 0.70:
                self.finish(job, labelled=part < 0.65)
            elif part < 0.75:
                name = "failed.json" if part < 0.72 else "checkpoint.npz"
                with open(os.path.join(job, name), "w") as stream:
                    stream.write('{"operation": "forward", "reason": "ExplodedError: at 17"}')
            else:
                waiting.append(job)
        anchor = os.path.join(workspace, min(os.listdir(workspace)), ".anchor")
        open(anchor, "w").close()
        return waiting


@contextmanager
def scheduler(folder: Path) -> Iterator[dict[str, str]]:
    """Variables with which both sides see a SLURM that has nothing queued."""
    commands = folder / "commands"
    commands.mkdir()
    for name in ("squeue", "sbatch", "sacct", "scontrol"):
        (commands / name).write_text("#!/bin/sh\nexit 0\n")
        (commands / name).chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SIGNAC_")}
    yield kept | {"PATH": f"{commands}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


class Comparison:
    """Both sides, at one number of jobs.

    Parameters
    ----------
    n_jobs : int
    folder : Path
        Empty; both roots are made in it.
    turns : int
    only : collection of str
        Names of what is timed; empty means all.
    """

    def __init__(self, n_jobs: int, folder: Path, turns: int, only: Collection[str] = ()) -> None:
        self.n_jobs, self.folder, self.turns, self.only = n_jobs, folder, turns, only
        self.ours, self.plain = folder / "ours", folder / "plain"
        self.costs: dict[str, tuple[Cost, Cost]] = {}

    def both(
        self,
        name: str,
        ours: list[str],
        plain: list[str],
        environment: dict[str, str],
        before: Callable[[], object] = lambda: None,
        turns: int | None = None,
        cluster: tuple[str, str] = ("StandardEnvironment", "StandardEnvironment"),
    ) -> None:
        """Time two commands in turns."""
        if self.only and name not in ("init", *self.only):
            return
        costs = self.costs.setdefault(name, (Cost(), Cost()))
        script = str(REPOSITORY / "benchmarks" / "plain_campaign.py")
        for _ in range(turns or self.turns):
            before()
            for words, root, kind, cost in (
                (ours, self.ours, cluster[0], costs[0]),
                ([script, *plain], self.plain, cluster[1], costs[1]),
            ):
                variables = environment | {"SIGNAC_FLOW_ENVIRONMENT": kind}
                run([sys.executable, *words], root, variables, cost)
        ratio = statistics.median(costs[0].wall) / statistics.median(costs[1].wall)
        print(
            f"| {self.n_jobs} | {name} | {costs[0].text()} | {costs[1].text()} | {ratio:.2f} |",
            flush=True,
        )

    def run(self) -> None:
        """Time everything; print a line each."""
        import yaml

        from workspace_schema.campaign import read_campaign

        file = self.folder / "campaign.yaml"
        file.write_text(yaml.safe_dump(campaign(self.n_jobs)))
        template = read_campaign(file).points[0].statepoint
        init, project = str(REPOSITORY / "init.py"), str(REPOSITORY / "project.py")

        def fresh() -> None:
            for root in (self.ours, self.plain):
                shutil.rmtree(root, ignore_errors=True)
                root.mkdir()
            (self.plain / plain_campaign.TEMPLATE).write_text(json.dumps(template))

        with scheduler(self.folder) as local:
            make = [init, str(file), "--root", "."], ["init", str(self.n_jobs)]
            self.both("init", *make, local, fresh)
            ids = [sorted(os.listdir(root / "workspace")) for root in (self.ours, self.plain)]
            if ids[0] != ids[1] or len(ids[0]) != self.n_jobs:
                raise RuntimeError("the two sides have different jobs")
            self.both("init again", *make, local)
            finisher = Finisher(self.folder / "products")
            waiting = [finisher.finish_most(root) for root in (self.ours, self.plain)]
            self.both("status", [project, "status"], ["status"], local)
            if self.n_jobs <= 5000:
                words = ["status", "-d", "-p"]
                named = ["potential.r0", "potential.epsilon", "method.name", "replica"]
                self.both("status -d -p", [project, *words], [*words, *named], local, turns=1)
            self.both(
                "submit",
                [project, "submit", "--pretend"],
                ["submit", "--pretend", "--bundle", str(self.n_jobs)],
                local,
                cluster=("CampaignSlurm", "DefaultSlurmEnvironment"),
            )
            done = next(
                job for job in ids[0] if (self.ours / "workspace" / job / "labels.json").exists()
            )
            words = ["run", "-o", "label", "-j", done]
            self.both("one job", [project, *words], words, local)

            def forget() -> None:
                shutil.rmtree(self.ours / "results")
                (self.ours / "results").mkdir()

            def one_more() -> None:
                for jobs in waiting:
                    finisher.finish(jobs.pop(), link=False)
                (self.ours / "results" / ".due").touch()

            table = ["-c", TABLE]
            whole = [project, "run", "-o", "aggregate"]
            path = local | {"PYTHONPATH": str(REPOSITORY)}
            self.both("table", table, ["aggregate"], path, forget)
            self.both("table again", table, ["aggregate"], path, one_more)
            self.both("aggregate", whole, ["aggregate"], path, lambda: (forget(), one_more()))
            self.both("aggregate again", whole, ["aggregate"], path, one_more)
        for file in sorted((self.ours / "results").glob("phase_diagram.*")):
            print(f"{file.name}: {file.stat().st_size / 2**20:.1f} MiB")


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[10_000])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", nargs="+", default=[], metavar="WHAT", help="rows beside init")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| jobs | what | this program | plain | ratio |")
    print("|---|---|---|---|---|")
    for n_jobs in options.jobs:
        with tempfile.TemporaryDirectory(prefix="scale-", dir=options.folder) as folder:
            Comparison(n_jobs, Path(folder), options.turns, options.only).run()


if __name__ == "__main__":
    main()
