"""A synthetic campaign: two-dimensional, with every kind of row a real one has."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

R0, EPSILON = "potential.r0", "potential.epsilon"

MakeCampaign = Callable[..., pd.DataFrame]


def make_campaign(
    shape: tuple[int, int] = (6, 7),
    replicas: int = 2,
    methods: Sequence[str] = ("forward",),
    more: Mapping[str, Sequence[Any]] | None = None,
) -> pd.DataFrame:
    """Rows on a grid of r0 and ε: regions, coexistence, failed and unfinished jobs."""
    rng = np.random.default_rng(0)
    more = more or {}
    rows = []
    grid = itertools.product(
        methods,
        np.linspace(1.1, 1.8, shape[0]),
        np.linspace(0.2, 2.0, shape[1]),
        *more.values(),
        range(replicas),
    )
    for method, r0, epsilon, *others, replica in grid:
        x = (r0 - 1.1) / 0.7 + rng.normal(0, 0.05)
        y = (epsilon - 0.2) / 1.8 + rng.normal(0, 0.05)
        label = "hexagonal" if y < 0.4 else "square" if x < 0.4 else "decagonal"
        label = "fluid" if x > 0.8 and y > 0.6 else "unknown" if x > 0.9 else label
        status = rng.choice(["finished", "failed", "unfinished"], p=[0.86, 0.06, 0.08])
        done = status == "finished"
        phases = [{"phase": label, "fraction": 0.8, "lattice_constant": 1.11}]
        if 0.35 < y < 0.45:
            phases.append({"phase": "fluid", "fraction": 0.2, "lattice_constant": None})
        rows.append(
            {
                "job_id": hashlib.md5(
                    repr((method, r0, epsilon, others, replica)).encode()
                ).hexdigest(),
                R0: float(r0),
                EPSILON: float(epsilon),
                **dict(zip(more, others, strict=True)),
                "method": method,
                "replica": replica,
                "status": str(status),
                "label": label if done else None,
                "confidence": float(rng.uniform(0.5, 1.0)) if done else np.nan,
                "phases": json.dumps(phases) if done else None,
                "energy_per_particle": float(-2 - epsilon + 0.3 * x) if done else np.nan,
                "number_density": 0.85,
                "engine": "hoomd",
                "wall_seconds": 60.0,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture
def campaign() -> MakeCampaign:
    return make_campaign
