"""What a drill has cost: jobs lost, done twice or corrupted, against an undisturbed run."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import gsd.hoomd
import numpy as np

from operations.jobs import attempts
from operations.jobs.state import AGAIN, CHECKPOINT, FAILED, RUNNING

#: What a job that is over has not.
LEFTOVERS = (RUNNING, AGAIN, CHECKPOINT, FAILED)


#: What `losses` counts when all is well.
NOTHING = {"lost": 0, "doubled": 0, "corrupted": 0}


def jobs(root: Path) -> list[Path]:
    """The job folders of a campaign."""
    return sorted((root / "workspace").iterdir())


def outcomes(job: Path, operation: str = "forward") -> list[str]:
    """How the tries at an operation ended, oldest first."""
    return [t["outcome"] for t in attempts.read(job) if t["operation"] == operation]


def overlap(job: Path) -> bool:
    """Whether two tries were made at once."""
    spans = sorted((t["start"], t.get("end", float("inf"))) for t in attempts.read(job))
    return any(one[1] > other[0] for one, other in pairwise(spans))


def same(file: Path, expected: Path) -> bool:
    """Whether two trajectories have the same frames, bit for bit."""
    try:
        with gsd.hoomd.open(file) as one, gsd.hoomd.open(expected) as other:
            return len(one) == len(other) and all(
                a.configuration.step == b.configuration.step
                and np.array_equal(a.particles.position, b.particles.position)
                for a, b in zip(one, other, strict=True)
            )
    except (OSError, RuntimeError):
        return False


def losses(root: Path, undisturbed: Path, clock: bool = True) -> Counter[str]:
    """Number of jobs that are `lost`, `doubled` and `corrupted`; of a forward campaign.

    Parameters
    ----------
    root, undisturbed : Path
        Two campaigns of the same jobs; the second one nothing happened to.
    clock : bool
        Whether the times of tries may be compared.
    """
    count: Counter[str] = Counter(lost=0, doubled=0, corrupted=0)
    for expected in jobs(undisturbed):
        job = root / "workspace" / expected.name
        over = (job / "result.json").exists() and (job / "labels.json").exists()
        count["lost"] += not over or any((job / name).exists() for name in LEFTOVERS)
        finished = [outcomes(job, name).count("finished") for name in ("forward", "label")]
        count["doubled"] += finished != [1, 1] or (clock and overlap(job))
        count["corrupted"] += not (
            all(same(job / name, expected / name) for name in ("final.gsd", "trajectory.gsd"))
            and _same_numbers(job, expected)
            and not list(job.glob(".*.tmp*"))
        )
    return count


def _same_numbers(job: Path, expected: Path) -> bool:
    for file, key in (("result.json", "energy_per_particle"), ("labels.json", "label")):
        try:
            found = json.loads((job / file).read_text())[key]
        except (OSError, ValueError, KeyError):
            return False
        if found != json.loads((expected / file).read_text())[key]:
            return False
    return True
