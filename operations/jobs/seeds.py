"""Every random number of a job comes from the job's own seed."""

from __future__ import annotations

import hashlib

import numpy as np


def job_seed(job_id: str) -> int:
    """The job's seed, 0 to 2^31 - 1, from its id (replicas differ in their state point)."""
    return int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:4], "big") >> 1


def generator(seed: int, purpose: str) -> np.random.Generator:
    """A random generator for one purpose of a job, independent of those for other purposes."""
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return np.random.default_rng([seed, word])
