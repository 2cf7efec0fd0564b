"""The campaign of `campaign_scale.py` as signac and signac-flow have it without this program.

    cd ROOT && python plain_campaign.py init N_JOBS | aggregate | status | submit | run

As many operations, groups and labels as `project.py` has, with conditions of the same kind (a file
is there or not), and the same state points. No attempts, no packs, nothing drawn.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import signac
from flow import FlowProject

METHODS = ("annealing", "forward", "basin_hopping", "genetic", "monte_carlo", "imported")
#: State point of the first job, which `campaign_scale.py` leaves in the root.
TEMPLATE = "template.json"
#: Distinct values of each of the two axes; the rest are replicas.
SIDE = 50


class Plain(FlowProject):
    """The data space and its operations."""


simulate = Plain.make_group("simulate")


def isfile(name: str) -> Callable[[Any], bool]:
    """The condition that a job has a file."""
    return lambda job: job.isfile(name)


def nothing(name: str) -> Callable[[Any], None]:
    """A function of this name for an operation that is never run here."""

    def operation(job: Any) -> None:
        raise NotImplementedError(name)

    operation.__name__ = name
    return operation


for method in METHODS:
    added = Plain.operation(directives={"walltime": 12})(nothing(method))
    added = Plain.pre(isfile(f".{method}"))(Plain.post(isfile("result.json"))(added))
    simulate(Plain.pre.not_(isfile("failed.json"))(added))

added = Plain.operation(directives={"walltime": 0.5})(nothing("label"))
added = Plain.pre(isfile("result.json"))(Plain.post(isfile("labels.json"))(added))
simulate(Plain.pre.not_(isfile("failed.json"))(added))

for of_campaign in ("phase_diagram", "report", "notebooks"):
    added = Plain.operation(directives={"walltime": 0.5})(nothing(of_campaign))
    Plain.pre(isfile(".anchor"))(Plain.post(isfile(f"{of_campaign}.done"))(added))

for text, condition in (
    ("finished", isfile("result.json")),
    ("failed", isfile("failed.json")),
    ("running", isfile(".running")),
    ("again", lambda job: job.isfile(".again") or job.isfile(".running")),
    ("continued", lambda job: job.isfile("checkpoint.npz") and not job.isfile("result.json")),
    ("labelled", isfile("labels.json")),
    ("waiting", lambda job: job.isfile(".hoomd") and not job.isfile("result.json")),
):
    condition.__name__ = text
    Plain.label(text)(condition)


def axes(n_jobs: int) -> tuple[list[float], list[float], int]:
    """Values of r0 and of epsilon, and number of replicas."""
    n_r0 = min(SIDE, n_jobs // SIDE)
    r0 = [round(1.0 + 0.02 * k, 10) for k in range(n_r0)]
    epsilon = [round(0.2 + 0.05 * k, 10) for k in range(SIDE)]
    return r0, epsilon, n_jobs // (n_r0 * SIDE)


def init(n_jobs: int) -> None:
    """Make the jobs."""
    project = signac.init_project()
    template = json.loads(Path(TEMPLATE).read_text())
    r0s, epsilons, replicas = axes(n_jobs)
    for r0, epsilon, replica in itertools.product(r0s, epsilons, range(replicas)):
        potential = template["potential"] | {"r0": r0, "epsilon": epsilon}
        job = project.open_job(template | {"potential": potential, "replica": replica})
        job.init()
        open(job.fn(".forward"), "w").close()


def aggregate() -> None:
    """Write one row a job."""
    import pandas as pd

    rows = []
    for job in signac.get_project():
        potential = job.cached_statepoint["potential"]
        row = {"job_id": job.id, "r0": potential["r0"], "epsilon": potential["epsilon"]}
        row["replica"] = job.cached_statepoint["replica"]
        row["failed"] = job.isfile("failed.json")
        for file in ("result.json", "labels.json"):
            if job.isfile(file):
                content = json.loads(Path(job.fn(file)).read_bytes())
                row |= {k: v for k, v in content.items() if not isinstance(v, dict | list)}
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(["r0", "epsilon", "replica"])
    table.to_parquet("phase_diagram.parquet", index=False)


if __name__ == "__main__":
    if sys.argv[1] == "init":
        init(int(sys.argv[2]))
    elif sys.argv[1] == "aggregate":
        aggregate()
    else:
        Plain().main()
