"""Methods on the same physics are joined; nothing thermal is compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from operations.jobs import file_cache, trajectory
from operations.results import overlay as module
from operations.results.aggregate import tabulate
from operations.results.overlay import INHERENT, inherent, overlay, physics
from workspace_schema.job_ids import job_id

LENNARD_JONES = {"form": "lennard_jones", "epsilon": 1.0, "sigma": 1.0, "r_cut": 2.5}


def hexagonal_energy() -> float:
    """Perfect hexagonal lattice of truncated Lennard-Jones particles at no pressure."""
    i, j = np.meshgrid(np.arange(-6, 7), np.arange(-6, 7))
    distances = np.sqrt(i * i + j * j + i * j).ravel()
    distances = distances[distances > 0]

    def energy(a: float) -> float:
        r = a * distances
        r = r[r < 2.5]
        return float(2.0 * np.sum(r**-12 - r**-6))

    # Where the lattice begins to lose a shell of neighbours, its energy jumps.
    return float(minimize_scalar(energy, bounds=(1.08, 1.2), method="bounded").fun)


HEXAGONAL = hexagonal_energy()


class Root:
    """A campaign root with fake jobs."""

    def __init__(self, path: Path) -> None:
        self.path, self.n = path, 0

    def job(self, n, method, result=None, label="", a=None, system=None, frame=None) -> str:
        self.n += 1
        statepoint = {
            "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": n}}
            | (system or {}),
            "potential": LENNARD_JONES,
            "method": method,
            "replica": self.n,
        }
        folder = self.path / "workspace" / job_id(statepoint)
        folder.mkdir(parents=True)
        phases = [{"phase": label, "fraction": 1.0, "lattice_constant": a}]
        contents = {"signac_statepoint": statepoint}
        if result is not None:
            contents |= {"result": result, "labels": {"label": label, "phases": phases}}
        for name, content in contents.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        if frame is not None:
            trajectory.write(folder / "final.gsd", [(0, frame)])
        return folder.name

    def forward(self, frame, label, a=None, **method) -> str:
        return self.job(
            frame.n_particles,
            {"name": "forward", "kT": [1.0, 0.1], "ensemble": "npt", "pressure": 0.0} | method,
            {"energy_per_particle": -2.5, "number_density": 0.8},
            label,
            a,
            frame=frame,
        )

    def predicted(self, energy, density, label, a=None, name="annealing", n=2, pressure=0.0) -> str:
        return self.job(
            n,
            {"name": name, "dynamics": "mc", "pressure": pressure},
            {"energy_per_particle": energy, "number_density": density, "pressure": pressure},
            label,
            a,
        )

    def table(self):
        return overlay(self.path, tabulate(self.path, [])).set_index("job_id")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def warm(name: str, density: float, repeats: int = 8, sigma: float = 0.04):
    return with_noise(crystal(name, repeats, density), sigma, np.random.default_rng(4))


def test_the_inherent_structure_is_compared(root: Root) -> None:
    hot = root.forward(warm("hexagonal", 0.92), "hexagonal", 1.11)
    best = root.predicted(HEXAGONAL, 0.93, "hexagonal", 1.11)
    worse = root.predicted(-2.9, 0.9, "square", 1.0, name="genetic")
    table = root.table()
    assert table.at[hot, "verdict"] == "stable_assembled"
    assert abs(table.at[hot, "energy_above_ground_state"]) < 2e-3  # thermal: 0.7
    assert set(table["predicted_label"]) == {"hexagonal"}
    assert table.at[best, "energy_above_ground_state"] == 0.0
    assert table.at[worse, "energy_above_ground_state"] == pytest.approx(HEXAGONAL * -1 - 2.9)
    assert pd.isna(table.at[best, "verdict"])
    kept = json.loads((root.path / "workspace" / hot / INHERENT).read_text())
    assert kept["energy"] == pytest.approx(HEXAGONAL, abs=2e-3)


def test_other_pressures_other_physics_other_methods_say_nothing(root: Root) -> None:
    job = root.forward(warm("hexagonal", 0.92), "hexagonal", 1.11)
    root.predicted(-9.0, 1.0, "square", 1.0, pressure=5.0)
    unlike = {"particles": {"A": 2, "B": 2}}
    root.job(4, {"name": "genetic"}, {"energy_per_particle": -9.0, "pressure": 0.0}, system=unlike)
    table = root.table()
    assert table.at[job, "verdict"] == "undecided"
    assert np.isnan(table.at[job, "energy_above_ground_state"])


def test_at_constant_density_the_tangent_decides(root: Root) -> None:
    """Between a dense and a dilute prediction; pressure zero is not asked for."""
    job = root.forward(
        warm("hexagonal", 0.92), "hexagonal", 1.11, ensemble="nvt", number_density=0.92
    )
    root.predicted(-3.0, 1 / 1.0, "square", 1.0, pressure=2.0)
    root.predicted(-4.0, 1 / 1.2, "honeycomb", 1.0)
    table = root.table()
    tangent = -3.0 - (1 / 0.92 - 1.0) / 0.2
    above = table.at[job, "energy_above_ground_state"]
    assert above == pytest.approx(HEXAGONAL - tangent, abs=5e-3)
    assert table.at[job, "predicted_label"] == "square + honeycomb"
    assert table.at[job, "verdict"] == "metastable_assembled"


def test_without_a_prediction_the_table_is_as_it_was(root: Root) -> None:
    root.forward(warm("hexagonal", 0.92, 4), "hexagonal")
    table = tabulate(root.path, [])
    assert overlay(root.path, table) is table


def test_what_is_not_finished_or_damaged_has_no_verdict(root: Root, capsys) -> None:
    root.predicted(HEXAGONAL, 0.93, "hexagonal", 1.11)
    unfinished = root.job(64, {"name": "forward", "kT": 0.1, "ensemble": "npt", "pressure": 0.0})
    damaged = root.forward(warm("hexagonal", 0.92, 4), "hexagonal", 1.1)
    (root.path / "workspace" / damaged / "final.gsd").write_text("garbage")
    table = root.table()
    assert pd.isna(table.at[unfinished, "verdict"])
    assert pd.isna(table.at[damaged, "verdict"])
    assert f"no verdict on {damaged}" in capsys.readouterr().err


def test_a_new_result_is_quenched_again(root: Root) -> None:
    job = root.forward(warm("hexagonal", 0.92, 4), "hexagonal")
    folder = root.path / "workspace" / job
    statepoint = json.loads((folder / "signac_statepoint.json").read_text())
    first = inherent(folder, root.path, statepoint, 0.0)
    assert inherent(folder, root.path, statepoint, 0.0) == first
    trajectory.write(folder / "final.gsd", [(0, crystal("square", 6, 0.9))])
    (folder / "result.json").write_text(json.dumps({"energy_per_particle": -1.0}))
    assert inherent(folder, root.path, statepoint, 0.0)["energy"] != first["energy"]


def test_only_what_has_changed_is_read_again(root: Root, monkeypatch) -> None:
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)
    read: list[str] = []
    facts = module._facts
    monkeypatch.setattr(
        module, "_facts", lambda *files: read.append(Path(files[0]).parent.name) or facts(*files)
    )

    def look() -> pd.DataFrame:
        read.clear()
        return root.table()

    hot = root.forward(warm("hexagonal", 0.92, 4), "hexagonal", 1.11)
    best = root.predicted(HEXAGONAL, 0.93, "hexagonal", 1.11)
    first = look()
    assert (first.at[hot, "verdict"], set(read)) == ("stable_assembled", {hot, best})
    pd.testing.assert_frame_equal(look(), first)
    assert read == [hot]  # its inherent structure is new
    pd.testing.assert_frame_equal(look(), first)
    assert read == []
    better = root.predicted(HEXAGONAL - 1.0, 0.93, "square", 1.0)
    assert look().at[hot, "verdict"] != "stable_assembled"
    assert read == [better]


def test_physics_leaves_the_number_of_particles_out_and_keeps_composition() -> None:
    def key(boundary: str = "periodic", **particles: int) -> str:
        system = {"dimensions": 3, "boundary": boundary, "particles": particles}
        return physics({"system": system, "potential": {}})

    assert key(A=2, B=4) == key(A=100, B=200)
    assert key(A=2, B=4) != key(A=2, B=2)
    assert key("open", A=38) != key("open", A=75)
