"""Properties that the settings ask for, of runs for which they are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from operations.jobs.driver import drive
from operations.results.aggregate import make_table
from operations.results.label import label
from tests.operations.equilibrium.test_crystal import merged

PROPERTIES = ["elastic_constants", "fluctuations", "diffusion", "structure"]
#: Particles that hardly know of each other, in a viscous medium.
GAS = {
    "potential": {"form": "gaussian_core", "epsilon": 1e-9, "r_cut": 1.0},
    "method": {
        "kT": 1.0,
        "dt": 0.01,
        "thermostat": "langevin",
        "thermostat_time": 0.2,
        "number_density": 0.3,
        "steps": 100,
        "production_steps": 6000,
    },
    "settings": {"properties": PROPERTIES, "frames": 200, "log_period": 10},
}
CRYSTAL = {
    "potential": {"form": "lennard_jones", "epsilon": 1.0, "r_cut": 1.5},
    "method": {"start": "hexagonal", "kT": 0.01, "number_density": 0.916486, "steps": 300},
    "settings": {"properties": PROPERTIES[:1], "frames": 0},
}


def measured(task):
    drive(task)
    label(task.folder, task.root)
    return json.loads((task.folder / "properties.json").read_text())


def test_an_ideal_gas_in_a_viscous_medium(tasks) -> None:
    """D = kT/(mγ) with γ = 1/thermostat_time; C = d/2, all of it of the momenta."""
    (task,) = tasks(**merged(GAS, {"system": {"dimensions": 2, "particles": {"A": 100}}}))
    found = measured(task)
    diffusion = found["properties"]["diffusion"]
    assert abs(diffusion["value"] - 0.2) < 4.0 * diffusion["error"]
    assert diffusion["error"] < 0.02
    assert found["properties"]["heat_capacity"]["value"] == pytest.approx(1.0, abs=1e-6)
    assert "no crystal of point particles" in found["not_measured"]["elastic_constants"]
    peak = found["properties"]["structure_peak"]
    assert 0.0 < peak["error"] < 0.2
    assert peak["value"] == pytest.approx(1.0, abs=0.4)
    table = make_table(task.root, ["potential.epsilon"])
    assert table["diffusion"].tolist() == [diffusion["value"]]
    assert table["diffusion_error"].tolist() == [diffusion["error"]]
    assert table["bulk_modulus"].isna().all()


def test_a_crystal_at_rest(tasks) -> None:
    """Springs k = 72/2^(1/3) between nearest neighbours of a hexagonal crystal at no pressure."""
    (task,) = tasks(**merged(CRYSTAL, {"system": {"dimensions": 2, "particles": {"A": 120}}}))
    found = measured(task)["properties"]
    bulk = 0.5 * np.sqrt(3.0) * 72.0 / 2.0 ** (1 / 3)
    assert found["bulk_modulus"]["value"] == pytest.approx(bulk, rel=1e-3)
    assert found["shear_modulus"]["value"] == pytest.approx(0.5 * bulk, rel=1e-3)


def test_what_has_no_state_at_rest_has_no_moduli(tasks, monkeypatch) -> None:
    monkeypatch.setattr("operations.results.measure.TOLERANCE", 1e-30)
    (task,) = tasks(**merged(CRYSTAL, {"system": {"dimensions": 2, "particles": {"A": 120}}}))
    found = measured(task)
    assert not found["properties"]
    assert "no crystal at rest" in found["not_measured"]["elastic_constants"]


def test_labels_come_last(tasks, monkeypatch) -> None:
    """What is killed between properties and labels is labelled again."""
    (task,) = tasks(**merged(CRYSTAL, {"system": {"dimensions": 2, "particles": {"A": 120}}}))
    drive(task)
    monkeypatch.setattr("analysis.labelling.labels.Labels.save", lambda *_: None)
    label(task.folder, task.root)
    assert (task.folder / "properties.json").exists()
