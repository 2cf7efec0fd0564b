"""Coexistence in a campaign whose free energies are those of an equation of state."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

import init
from operations.jobs.seal import sealed
from operations.results.aggregate import make_table
from operations.results.coexistence import FIGURE, TABLE, WHOLE, write_coexistence
from tests.analysis.equilibrium.test_coexistence import carnahan_starling, speedy

KT = 2.0


def result(method):
    """That of a job, without noise."""
    rho, crystal = method["number_density"], method["phase"] != "fluid"
    beta_f, beta_p = speedy(rho) if crystal else carnahan_starling(rho)
    nodes = np.append(rho * 0.5 * (np.polynomial.legendre.leggauss(12)[0] + 1.0), rho)
    isotherm = {
        "kT": KT,
        "second_virial": 2.0 * np.pi / 3.0,
        "number_density": nodes.tolist(),
        "compressibility_factor": (carnahan_starling(nodes)[1] / nodes).tolist(),
        "compressibility_factor_error": [1e-3] * 13,
    }
    return {
        "kT": KT,
        "number_density": rho,
        "pressure": KT * float(beta_p),
        "free_energy_per_particle": KT * float(np.squeeze(beta_f)),
        "averages": {
            "free_energy_per_particle": {
                "mean": KT * float(np.squeeze(beta_f)),
                "standard_error": KT * 1e-3,
            },
            "pressure": {"mean": KT * float(beta_p), "standard_error": KT * 0.01},
        },
        "free_energy": {} if crystal else {"isotherm": isotherm},
    }


@pytest.fixture
def root(tmp_path):
    words = {"name": "free_energy", "kT": KT}
    content = {
        "name": "freezing",
        "system": {
            "dimensions": 3,
            "particles": {"A": 256},
            "building_blocks": {"A": {"form": "hard_sphere", "diameter": 1.0}},
        },
        "method": [
            words | {"phase": "fluid", "number_density": 0.96},
            words | {"phase": {"lattice": "fcc"}, "number_density": [1.02, 1.04, 1.08]},
        ],
        "axes": ["method.number_density"],
    }
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 0
    for folder in (tmp_path / "root" / "workspace").iterdir():
        method = json.loads((folder / "signac_statepoint.json").read_text())["method"]
        (folder / "result.json").write_text(json.dumps(sealed(result(method), folder, ())))
    (tmp_path / "root" / "results").mkdir(exist_ok=True)
    return tmp_path / "root"


def test_fluid_and_crystal_of_one_campaign_meet(root):
    axes = ["method.number_density"]
    jobs = make_table(root, axes)
    assert jobs["free_energy_per_particle"].notna().all()
    assert jobs["free_energy_per_particle_error"].tolist() == [KT * 1e-3] * 4
    write_coexistence(root, jobs, axes)
    (row,) = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    assert (row["phase_a"], row["phase_b"], row["kT"]) == ("fluid", "fcc", KT)
    assert row["pressure"] == pytest.approx(KT * 11.57, abs=0.3)
    assert 0.0 < row["pressure_error"] < 0.2
    assert row["density_a"] == pytest.approx(0.939, abs=0.004)
    assert row["density_b"] == pytest.approx(1.037, abs=0.004)
    assert "method.number_density" not in row
    assert (root / "results" / FIGURE).stat().st_size > 10_000


def test_without_the_cut_off_phases_meet_where_the_free_energies_are_the_larger_ones(root):
    """A tail of -aρ of every phase, left out of the jobs: with it the pressure is that of hard
    spheres less aρ², the same for both, and they meet as a van der Waals fluid and crystal do."""
    a = 1.5
    for folder in (root / "workspace").iterdir():
        rho = json.loads((folder / "signac_statepoint.json").read_text())["method"][
            "number_density"
        ]
        content = json.loads((folder / "result.json").read_text())
        tail = {"words": "cut", "energy_per_particle": -KT * a * rho, "pressure": -KT * a * rho**2}
        content["free_energy"]["truncation"] = tail
        (folder / "result.json").write_text(json.dumps(sealed(content, folder, ())))
    write_coexistence(root, make_table(root, []), [])
    sampled, whole = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    assert (sampled["truncation"], whole["truncation"]) == ("cut", WHOLE)
    x = np.array([whole["density_a"], whole["density_b"]])
    states = carnahan_starling(x[:1]), speedy(x[1:])
    beta_f, beta_p = np.hstack([np.vstack(state) for state in states])
    pressures = beta_p - a * x**2
    potentials = beta_f - a * x + pressures / x
    assert pressures == pytest.approx(whole["pressure"] / KT, abs=0.05)
    assert potentials[0] == pytest.approx(potentials[1], abs=0.02)
    assert whole["pressure"] < sampled["pressure"] - 1.0


def test_a_campaign_without_free_energies_has_no_coexistence(root):
    jobs = make_table(root, []).assign(method="forward")
    write_coexistence(root, jobs, [])
    assert not (root / "results" / TABLE).exists()
