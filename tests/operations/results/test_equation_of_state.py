"""The equation of state of campaigns whose pressures are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import init
from operations.jobs.seal import sealed
from operations.results import equation_of_state
from operations.results.aggregate import make_table
from operations.results.equation_of_state import FIGURE, TABLE, write_equation_of_state
from workspace_schema.design_files import write_numbers

SPHERES = {
    "dimensions": 3,
    "particles": {"A": 256},
    "building_blocks": {"A": {"form": "hard_sphere"}},
}
MC = {"name": "monte_carlo", "steps": 1000}
#: Of a loop: a compressed particle has so much more room than an expanded one.
ROOM = 0.1


def factor(rho: float) -> float:
    eta = np.pi / 6 * rho
    return (1 + eta + eta**2 - eta**3) / (1 - eta) ** 3


def thermo(folder: Path, method) -> None:
    """A ramp up and down in 1000 sweeps, 1/ρ = 2 - βP/20 and so much less on the way back, which
    has frozen by step 450 and not melted by 700."""
    step = np.arange(1, 1001)
    beta_p = np.interp(step, np.linspace(0, 1000, 3), method["pressure"])
    volume = 2.0 - beta_p / 20 - np.where(step > 500, ROOM, 0.0)
    kT = np.full(1000, method["kT"])
    np.savez(folder / "thermo.npz", step=step, kT=kT, number_density=1 / volume, wall_seconds=1.0)
    frozen = np.array([0.0, 0.2, 0.9, 0.8, 0.1])
    np.savez(
        folder / "labels_trajectory.npz",
        step=np.array([0, 250, 450, 700, 990]),
        phase_names=np.array(["fluid", "fcc"]),
        fractions=np.stack([1.0 - frozen, frozen], axis=1),
    )


@pytest.fixture
def filled(tmp_path):
    """Function that makes a campaign with results one per cent above Carnahan and Starling's."""

    def make(system, methods, labels=None, **more) -> Path:
        content = {"name": "curve", "system": system, "method": methods} | more
        file = tmp_path / "campaign.yaml"
        file.write_text(yaml.safe_dump(content))
        root = tmp_path / "root"
        assert init.main([str(file), "--root", str(root)]) == 0
        for folder in (root / "workspace").iterdir():
            method = json.loads((folder / "signac_statepoint.json").read_text())["method"]
            rho, kT = method.get("number_density", 1.0), method.get("kT", 1.0)
            pressure = 1.01 * kT * rho * factor(rho)
            # the temperature of molecular dynamics is measured
            measured = kT * (1.0 + 0.01 * rho)
            result = {"number_density": rho, "n_particles": 256, "pressure": pressure}
            result["kT"] = kT if method["name"] == "monte_carlo" else measured
            if isinstance(method.get("pressure"), list):
                thermo(folder, method)
            else:
                error = {"mean": pressure, "standard_error": 0.01}
                result["averages"] = {"pressure": error}
            (folder / "result.json").write_text(json.dumps(sealed(result, folder, ())))
            if rho in (labels or {}):
                (folder / "labels.json").write_text(json.dumps({"label": labels[rho]}))
        (root / "results").mkdir(exist_ok=True)
        axes = ["method.number_density"]
        write_equation_of_state(root, make_table(root, axes), axes)
        return root / "results"

    return make


def test_points_beside_the_equation_and_a_loop(filled) -> None:
    ramp = MC | {"ensemble": "npt", "pressure": {"ramp": [1.0, 11.0, 1.0]}}
    dense = MC | {"number_density": [0.3, 0.5, 0.8], "kT": [1.0, 2.0]}
    results = filled(SPHERES, [dense, ramp])
    table = pd.read_parquet(results / TABLE)
    points = table[table["branch"] == "production"]
    assert len(points) == 6
    assert set(points["reference"]) == {"Carnahan and Starling"}
    ratio = points["pressure"] / points["reference_pressure"]
    assert ratio.tolist() == pytest.approx([1.01] * 6)
    expected = np.pi / 6 * points["number_density"]
    assert points["packing_fraction"].tolist() == pytest.approx(expected.tolist())
    ways = table[table["branch"] != "production"]
    assert ways["branch"].value_counts().to_dict() == {"compression": 40, "expansion": 40}
    up = ways[ways["branch"] == "compression"]
    room = 1 / up["number_density"]
    assert room.tolist() == pytest.approx((2 - up["pressure"] / 20).tolist(), rel=1e-3)
    assert ways["label"].dropna().tolist() == ["fluid", "fcc", "fcc", "fluid"]
    assert up.loc[up["label"] == "fcc", "pressure"].iloc[0] == pytest.approx(10.0, abs=0.3)
    assert ways["loop_work"].unique().tolist() == pytest.approx([ROOM * 10.0], rel=0.05)
    assert (results / FIGURE).stat().st_size > 20_000


def test_two_densities_are_no_curve(filled) -> None:
    results = filled(SPHERES, [MC | {"number_density": [0.3, 0.5]}])
    assert not (results / TABLE).exists()


def test_with_energies_each_temperature_is_a_system(filled, monkeypatch) -> None:
    draws: list[Any] = []
    drawn = equation_of_state.draw
    monkeypatch.setattr(
        equation_of_state, "draw", lambda *words: (draws.append(words[0]), drawn(*words))
    )
    system = {"dimensions": 3, "particles": {"A": 256}}
    method = {"name": "forward", "number_density": [0.3, 0.4, 0.5], "kT": [2.0, 3.0], "steps": 10}
    results = filled(system, [method], potential={"form": "lennard_jones"})
    table = pd.read_parquet(results / TABLE)
    assert len(table) == 6
    assert table["reference"].isna().all()
    assert len(draws[0]) == 2
    assert table["packing_fraction"].isna().all()
    assert (results / FIGURE).stat().st_size > 20_000


def test_an_equation_is_that_of_the_phase(filled) -> None:
    """What is not labelled counts as fluid, beside others that are; liquid crystals and crystals
    with other names have no equation."""
    labels = {0.3: "fluid", 0.4: "nematic", 1.1: "fcc", 1.2: "bcc"}
    results = filled(SPHERES, [MC | {"number_density": [0.3, 0.4, 0.5, 1.1, 1.2]}], labels)
    table = pd.read_parquet(results / TABLE).sort_values("number_density")
    assert table["reference"].fillna("").tolist() == [
        "Carnahan and Starling",
        "",
        "Carnahan and Starling",
        "Speedy, fcc",
        "",
    ]
    assert table["label"].fillna("").tolist() == ["fluid", "nematic", "", "fcc", "bcc"]


def test_the_volume_of_designed_bodies_is_that_of_what_was_found(filled) -> None:
    free = {"form": "hard_polygon", "sides": 4, "rounding": {"free": [0.0, 0.5]}}
    system = {"dimensions": 2, "particles": {"A": 256}, "building_blocks": {"A": free}}
    design = {"name": "design", "by": "alchemy", "target": "square", "kT": 1.0}
    ramp = MC | {"ensemble": "npt", "pressure": {"ramp": [1.0, 11.0, 1.0]}}
    results = filled(system, [design | {"number_density": 0.5}, ramp])
    table = pd.read_parquet(results / TABLE)
    assert len(table) == 80
    assert table["packing_fraction"].isna().all()
    point = json.loads(
        next(
            text
            for file in (results.parent / "workspace").glob("*/signac_statepoint.json")
            if "monte_carlo" in (text := file.read_text())
        )
    )
    block = point["system"]["building_blocks"]["A"]
    write_numbers(results.parent, block["design"], {"rounding": 0.25})
    volume, (equation,) = equation_of_state._known(results.parent, point)
    assert volume == pytest.approx(1.0)
    assert equation.name == "scaled particle theory"


def test_what_is_no_longer_there_leaves_no_figure(filled, monkeypatch, capsys) -> None:
    results = filled(SPHERES, [MC | {"number_density": [0.3, 0.5, 0.8]}])
    assert (results / FIGURE).exists()
    monkeypatch.setattr(equation_of_state, "MOST_JOBS", 2)
    root, axes = results.parent, ["method.number_density"]
    write_equation_of_state(root, make_table(root, axes), axes)
    assert not (results / FIGURE).exists()
    assert not (results / TABLE).exists()
    assert "no equation of state: 3 jobs; expected at most 2" in "".join(capsys.readouterr())
