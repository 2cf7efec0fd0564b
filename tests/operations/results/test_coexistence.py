"""Coexistence in a campaign whose free energies are those of an equation of state."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

import init
from analysis.equilibrium.branches import Branch
from operations.jobs.seal import sealed
from operations.results.aggregate import make_table
from operations.results.coexistence import (
    FIGURE,
    TABLE,
    WHOLE,
    _of_temperatures,
    systems,
    write_coexistence,
)
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
        "n_particles": 10**9,
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


#: Attraction of a van der Waals fluid of hard spheres, in kT: a gas condenses.
ATTRACTION = 7.0


def van_der_waals(rho):
    """βF/N and βP."""
    beta_f, beta_p = carnahan_starling(rho)
    return beta_f - ATTRACTION * rho, beta_p - ATTRACTION * rho**2


def result_of_fluid(method, state=van_der_waals, second_virial=2.0 * np.pi / 3.0 - ATTRACTION):
    rho, is_gas = method["number_density"], "hot" not in method
    beta_f, beta_p = (float(x) for x in state(rho))
    nodes = np.append(rho * 0.5 * (np.polynomial.legendre.leggauss(12)[0] + 1.0), rho)
    isotherm = {
        "kT": method.get("hot", KT),
        "second_virial": second_virial,
        "number_density": nodes.tolist(),
        "compressibility_factor": (state(nodes)[1] / nodes).tolist(),
        "compressibility_factor_error": [1e-4] * 13,
    }
    error = 1e-3 * beta_p if is_gas else 0.01
    return {
        "kT": KT,
        "number_density": rho,
        "n_particles": 10**9,
        "pressure": KT * beta_p,
        "free_energy_per_particle": KT * beta_f,
        "averages": {
            "free_energy_per_particle": {"mean": KT * beta_f, "standard_error": KT * 1e-3},
            "pressure": {"mean": KT * beta_p, "standard_error": KT * error},
        },
        "free_energy": {"isotherm": isotherm},
    }


def filled(tmp_path, words, results):
    """A campaign whose jobs have results."""
    content = {"name": "made", "system": {"dimensions": 3, "particles": {"A": 256}}}
    content |= {"potential": {"form": "lennard_jones"}, "axes": ["method.kT"], "method": words}
    file, root = tmp_path / "made.yaml", tmp_path / "made"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    for folder in (root / "workspace").iterdir():
        method = json.loads((folder / "signac_statepoint.json").read_text())["method"]
        (folder / "result.json").write_text(json.dumps(sealed(results(method), folder, ())))
    (root / "results").mkdir(exist_ok=True)
    return root


def test_fluids_from_the_ideal_gas_and_from_around_the_critical_point_are_gas_and_liquid(
    tmp_path,
) -> None:
    words = {"name": "free_energy", "phase": "fluid", "kT": KT}
    liquid = words | {"number_density": [0.58, 0.65, 0.72, 0.8], "hot": 2.0 * KT}
    root = filled(tmp_path, [words | {"number_density": 0.06}, liquid], result_of_fluid)
    jobs = make_table(root, [])
    write_coexistence(root, jobs, [])
    (row,) = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    assert (row["by"], row["phase_a"], row["phase_b"]) == ("free_energy", "gas", "liquid")
    # where βP and βμ of that equation of state are the same
    assert row["pressure"] == pytest.approx(KT * 0.03188795, rel=0.01)
    assert row["density_a"] == pytest.approx(0.039287, rel=0.02)
    assert row["density_b"] == pytest.approx(0.59387, rel=0.01)
    assert 0.0 < row["pressure_error"] < 0.02 * row["pressure"]
    (known,) = systems(root, jobs["job_id"].tolist())
    assert [known.name_of("fluid", rho) for rho in (0.01, 0.6)] == ["gas", "liquid"]
    assert known.name_of("fcc", 1.0) == "fcc"


def result_without_attraction(method):
    if method["phase"] == "fluid":
        return result_of_fluid(method, carnahan_starling, 2.0 * np.pi / 3.0)
    return result(method)


@pytest.mark.parametrize("own", [0.5, 0.75])
def test_a_fluid_that_does_not_condense_is_one_phase_however_it_was_reached(tmp_path, own) -> None:
    """Along its own isotherm up to a density below or among those of others, which count too."""
    words = {"name": "free_energy", "kT": KT}
    hot = words | {"phase": "fluid", "number_density": [0.7, 0.8, 0.9, 0.95], "hot": 2.0 * KT}
    fluids = [words | {"phase": "fluid", "number_density": own}, hot]
    crystal = words | {"phase": {"lattice": "fcc"}, "number_density": [1.02, 1.04, 1.08]}
    root = filled(tmp_path, [*fluids, crystal], result_without_attraction)
    jobs = make_table(root, [])
    write_coexistence(root, jobs, [])
    (row,) = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    assert (row["phase_a"], row["phase_b"]) == ("fluid", "fcc")
    assert row["pressure"] == pytest.approx(KT * 11.57, abs=0.3)
    (known,) = systems(root, jobs["job_id"].tolist())
    (fluid,) = (points for points in known.phases if points.name == "fluid")
    assert len(fluid.free_energies) == 4
    assert fluid.pressures[:, 0].max() == 0.95
    branch, rho = Branch.through(fluid), np.linspace(0.05, 0.95, 19)
    assert branch.free_energy(rho) == pytest.approx(carnahan_starling(rho)[0], abs=0.003)


def test_each_point_of_a_fluid_lacks_what_its_own_number_does(tmp_path) -> None:
    """βF of N is larger by ½ ln(∂ρ/∂βP)."""

    def some(method):
        rho = method["number_density"]
        n = 100 if rho > 0.8 else 1000
        found = result_without_attraction(method)
        slope = np.gradient(carnahan_starling(rho + np.array([-1e-4, 0.0, 1e-4]))[1], 1e-4)[1]
        found["averages"]["free_energy_per_particle"]["mean"] -= KT * 0.5 * np.log(slope) / n
        return found | {"n_particles": n}

    words = {"name": "free_energy", "phase": "fluid", "kT": KT, "hot": 2.0 * KT}
    root = filled(tmp_path, words | {"number_density": [0.7, 0.76, 0.82, 0.88]}, some)
    (known,) = systems(root, make_table(root, [])["job_id"].tolist())
    rho, beta_f, _ = known.phases[0].free_energies.T
    assert beta_f == pytest.approx(carnahan_starling(rho)[0], abs=1e-3)


@pytest.mark.parametrize("drive", ["velocity", "driving_force"])
def test_a_slab_is_a_coexistence_with_and_without_the_cut_off(tmp_path, drive) -> None:
    def slab(method):
        low = method["low"]
        return {
            "kT": method["kT"],
            "pressure": low + 0.5,
            "averages": {"pressure": {"mean": low + 0.5, "standard_error": 0.05}},
            "coexistence": {
                "phases": ["fluid", "fcc"],
                "densities": [[0.92, 0.001], [1.01, 0.002]],
                "pressures": [low, low + 0.4, low + 0.8, low + 1.2],
                drive: [None, -0.01, 0.03, 0.07],
                f"{drive}_error": [None, 0.01, 0.01, 0.01],
                "polynomial": [0.1, -0.1 * low - 0.05],
                "curves": [
                    {"time": [0.0, 1.0], "crystal": [0.5, 0.5 + 0.01 * k]} for k in range(4)
                ],
                "truncation": {"words": "shift at 2.5", "pressure": -0.9},
            },
        }

    words = {"name": "coexistence", "phase": {"lattice": "bcc"}, "number_density": 1.0}
    words |= {"kT": 1.0, "low": 4.0, "high": 5.2}
    root = filled(tmp_path, words, slab)
    write_coexistence(root, make_table(root, ["method.kT"]), ["method.kT"])
    sampled, whole = pd.read_parquet(root / "results" / TABLE).to_dict("records")
    assert sampled["by"] == "coexistence"
    assert sampled["method.kT"] == sampled["kT"] == 1.0
    assert (sampled["pressure"], sampled["pressure_error"]) == (4.5, 0.05)
    assert (sampled["density_a"], sampled["density_b"]) == (0.92, 1.01)
    assert (whole["truncation"], whole["pressure"]) == (WHOLE, pytest.approx(3.6))
    assert np.isnan(whole["density_a"])
    assert (root / "results" / FIGURE).stat().st_size > 10_000


def test_what_coexists_at_several_temperatures_is_one_view_of_each_system():
    """Two lines of one potential and the pair of another; lines without the cut-off are others."""
    row = {"by": "free_energy", "truncation": "shift at 2.5", "potential.epsilon": 1.0}
    row |= {"phase_a": "gas", "phase_b": "fcc", "pressure": 1.0, "pressure_error": None}
    rows = [row | {"kT": kT, "method.kT": kT} for kT in (1.0, 0.8)]
    rows += [one | {"phase_b": "liquid"} for one in rows]
    rows += [rows[0] | {"potential.epsilon": 2.0}, rows[0] | {"truncation": WHOLE}]
    views = _of_temperatures(rows, ["potential.epsilon", "method.kT"])
    assert views == [rows[:4]]


def test_one_density_of_a_phase_is_shown(root):
    for folder in (root / "workspace").iterdir():
        method = json.loads((folder / "signac_statepoint.json").read_text())["method"]
        if method["number_density"] != 1.04:
            (folder / "result.json").unlink()
    write_coexistence(root, make_table(root, []), [])
    assert pd.read_parquet(root / "results" / TABLE).empty
    assert (root / "results" / FIGURE).stat().st_size > 10_000


def test_crystals_of_a_finite_size_meet_no_fluid(root, capfd):
    for folder in (root / "workspace").iterdir():
        content = json.loads((folder / "result.json").read_text())
        if "isotherm" not in content["free_energy"]:
            content["free_energy"]["finite_size"] = None
            (folder / "result.json").write_text(json.dumps(sealed(content, folder, ())))
    write_coexistence(root, make_table(root, []), [])
    assert pd.read_parquet(root / "results" / TABLE).empty
    assert capfd.readouterr().err.count("what its finite size makes is not known") == 3


def test_a_campaign_without_free_energies_has_no_coexistence(root):
    jobs = make_table(root, []).assign(method="forward")
    (root / "results" / TABLE).write_text("of an earlier campaign")
    write_coexistence(root, jobs, [])
    assert not (root / "results" / TABLE).exists()
