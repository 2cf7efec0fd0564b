"""Verdicts in a campaign whose free energies are those of an equation of state."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from operations.results.aggregate import make_table
from operations.results.stability import TABLE, write_stability
from tests.operations.results.test_coexistence import KT, root

__all__ = ["root"]


def test_each_job_is_stable_or_metastable_at_its_pressure(root):
    axes = ["method.number_density"]
    jobs = make_table(root, axes)
    # a job that has crystallised above the pressure of freezing, one of another temperature
    points = {
        folder.name: json.loads((folder / "signac_statepoint.json").read_text())
        for folder in (root / "workspace").iterdir()
    }
    assembled = jobs.iloc[[0, 0, 0]].assign(
        method="monte_carlo",
        label="fcc",
        pressure=KT * 12.4,
        kT=[KT, 2.0 * KT, KT],
        coexisting=["", "", "fluid"],
    )
    pressures = dict(zip(jobs["job_id"], jobs["pressure"] / KT, strict=True))
    write_stability(root, pd.concat([jobs, assembled], ignore_index=True))
    rows = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    decided = []
    for row in rows[:-1]:
        is_fluid = points[row["job_id"]]["method"]["phase"] == "fluid"
        assert (row["phase"], row["against"]) == (
            ("fluid", "fcc") if is_fluid else ("fcc", "fluid")
        )
        over = pressures[row["job_id"]] - 11.57  # the pressure of freezing
        if abs(over) < 0.3:
            continue
        expected = "stable" if (over > 0.0) != is_fluid else "metastable by"
        assert row["verdict"].startswith(expected)
        decided.append(expected)
    assert decided
    assert (rows[-1]["phase"], rows[-1]["verdict"]) == ("fcc", "stable")
    assert (rows[-1]["compared"], rows[-1]["not_known"]) == ("fluid", "")
    assert rows[-1]["pressure"] == pytest.approx(KT * 12.4)


def test_a_campaign_without_free_energies_has_no_verdicts(root):
    write_stability(root, make_table(root, []).assign(method="forward"))
    assert not (root / "results" / TABLE).exists()
