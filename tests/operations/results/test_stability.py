"""Verdicts in a campaign whose free energies are those of an equation of state."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from analysis.equilibrium.stability import GibbsEnergies
from operations.jobs.seal import sealed
from operations.results.aggregate import make_table
from operations.results.stability import TABLE, verdicts, with_verdicts, write_stability
from tests.operations.results.test_coexistence import KT, root
from tests.operations.results.test_lines import AXES as LINE_AXES
from tests.operations.results.test_lines import campaign

__all__ = ["root"]


def test_each_job_is_stable_or_metastable_at_its_pressure(root):
    axes = ["method.number_density"]
    jobs = make_table(root, axes)
    # a job that has crystallised above the pressure of freezing, one whose measured temperature
    # has noise, one in which phases coexist, one whose pressure has no error
    points = {
        folder.name: json.loads((folder / "signac_statepoint.json").read_text())
        for folder in (root / "workspace").iterdir()
    }
    assembled = jobs.iloc[[0, 0, 0, 0]].assign(
        method="monte_carlo",
        label="fcc",
        pressure=KT * 12.4,
        pressure_error=[0.1, 0.1, 0.1, None],
        kT=[KT, 1.03 * KT, KT, KT],
        coexisting=["", "", "fluid", ""],
    )
    pressures = dict(zip(jobs["job_id"], jobs["pressure"] / KT, strict=True))
    write_stability(root, verdicts(root, pd.concat([jobs, assembled], ignore_index=True)))
    rows = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    decided = []
    for row in rows[:-2]:
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
    assert len(rows) == len(decided) + 3  # of its own, one is at the pressure of freezing
    for row in rows[-2:]:
        assert (row["phase"], row["verdict"]) == ("fcc", "stable")
        assert (row["compared"], row["not_known"], row["kT"]) == ("fluid", "", KT)
        assert row["pressure"] == pytest.approx(KT * 12.4)


@pytest.mark.parametrize("label", ["square", "decagonal"])
def test_gibbs_energies_judge_what_has_formed_at_their_pressure(tmp_path, label):
    """A quasicrystal by its approximant, which a job has found."""
    found = "ab" * 16
    root = campaign(tmp_path, first=None if label == "square" else {"job": found})
    folder = root / "workspace" / found
    folder.mkdir()
    (folder / "labels.json").write_text(json.dumps(sealed({"label": "decagonal"}, folder, ())))
    table = make_table(root, LINE_AXES).assign(kT=0.107)
    # what was measured of a run at a pressure has noise, its pressure has none
    rows = table.assign(label=label, pressure=0.17, pressure_error=0.1)
    rows = with_verdicts(rows, verdicts(root, rows))
    assembled = rows[rows["method"] == "forward"]
    for row in assembled.to_dict("records"):
        off = row["potential.r0"] - 1.3  # the hexagonal crystal is higher by that
        expected = "stable" if off > 0.0 else "metastable by 1.00 ± 0.01 kT"
        if label == "decagonal" and off < 0.0:
            expected += ", less 0.48 kT of random tilings at most"
        assert (row["stability"], row["stability_against"]) == (expected, "hexagonal")
        assert row["free_energy_above"] == pytest.approx(-off)
        assert row["free_energy_above_error"] == pytest.approx(0.001 * 2**0.5)
    assert len(assembled) == 4
    assert rows["stability"].notna().all()


def test_a_label_that_names_no_crystal_is_judged_by_none(tmp_path):
    """A glass is not the crystal that a job has found and could not name, either."""
    found = "ab" * 16
    root = campaign(tmp_path, first={"job": found})
    folder = root / "workspace" / found
    folder.mkdir()
    (folder / "labels.json").write_text(json.dumps(sealed({"label": "unknown"}, folder, ())))
    rows = make_table(root, LINE_AXES).assign(kT=0.1, label="unknown", pressure=0.1)
    judged = {row["job_id"] for row in verdicts(root, rows)}
    assert judged == set(rows.loc[rows["method"] == "free_energy", "job_id"])


def test_a_pressure_that_is_off_is_all_error():
    energies = GibbsEnergies(1.0, {"a": (0.0, 0.01, 1.0), "b": (0.1, 0.01, 2.0)})
    found = energies.stability("b", 1.1, 0.05)
    assert found.above == pytest.approx(0.1 - 0.05)
    assert found.error == pytest.approx((2 * 0.01**2 + 0.05**2 + 0.025**2) ** 0.5)
    assert energies.stability("b", 1.1, 0.01) is None  # another pressure
    assert energies.stability("c", 1.0) is None


def test_what_may_be_lower_leaves_the_lowest_undecided():
    values = {"a": (-1.0, 0.001, 1.0), "b": (-0.9, 0.001, 1.0), "c": (-0.85, 0.5, 1.0)}
    energies = GibbsEnergies(1.0, values)
    for name in ("a", "c"):
        assert energies.stability(name, 1.0).verdict == "undecided within 0.5 kT"
    assert energies.stability("b", 1.0).verdict == "metastable by 0.100 ± 0.001 kT"
    del values["c"]
    assert energies.stability("a", 1.0).verdict == "stable"


def test_a_campaign_without_free_energies_has_no_verdicts(root):
    (root / "results").mkdir(exist_ok=True)
    (root / "results" / TABLE).write_text("of an earlier campaign")
    write_stability(root, verdicts(root, make_table(root, []).assign(method="forward")))
    assert not (root / "results" / TABLE).exists()
