"""Soft spheres r⁻¹², whose line of coexistence is P = P₀ T^(1 + 3/12), wherever it begins."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from operations.engines import EngineError
from operations.equilibrium import runs
from operations.interactions.start import lattice
from operations.jobs.driver import drive
from operations.methods.clapeyron import Clapeyron
from operations.results.aggregate import make_table
from operations.results.coexistence import FIGURE, TABLE, write_coexistence
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import interrupted_at_every_checkpoint, result, without_time

LINE = {
    "system": {"dimensions": 3, "particles": {"A": 108}},
    "potential": {"form": "inverse_power", "r_cut": 2.1, "truncation": "shift"},
    "method": {
        "name": "clapeyron",
        "kT": 1.0,
        "phase": {"lattice": "fcc"},
        "pressure": 23.0,
        "pressure_error": 0.1,
        "to": 1.4,
        "number_density": 1.2,
        "points": 3,
        "dt": 0.004,
        "equilibration_steps": 1000,
        "steps": 6000,
    },
    "settings": {"engine": "lammps", "frames": None},
}


def test_soft_spheres_follow_their_scaling(tasks) -> None:
    (task,) = tasks(**LINE)
    drive(task)
    content = result(task)
    found = content["clapeyron"]
    assert (content["kT"], content["pressure"]) == (1.4, found["pressure"][-1][0])
    for kT, (pressure, error) in zip(found["kT"], found["pressure"], strict=True):
        assert abs(pressure - 23.0 * kT**1.25) < 4.0 * error + 0.1
    assert found["pressure"][0] == [23.0, 0.1]
    assert 0.1 < found["pressure"][-1][1] < 1.5
    assert abs(found["drift"]) < 1.5
    (fluid, _), (crystal, _) = (some[0] for some in found["densities"])
    assert crystal / fluid == pytest.approx(1.037, abs=0.02)
    (task.root / "results").mkdir(exist_ok=True)
    write_coexistence(task.root, make_table(task.root, ["method.kT"]), ["method.kT"])
    rows = pd.read_parquet(task.root / "results" / TABLE)
    assert rows["method.kT"].tolist() == rows["kT"].tolist() == found["kT"]
    assert rows["pressure"].tolist() == [value for value, _ in found["pressure"]]
    assert set(rows["by"]) == {"clapeyron"}
    assert (task.root / "results" / FIGURE).stat().st_size > 10_000


def test_a_line_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 1500)
    short = {"method": {"equilibration_steps": 200, "steps": 2000}}
    (task,) = tasks(**merged(LINE, short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Clapeyron)
    assert without_time(cut).items() <= result(task).items()


def test_a_phase_that_becomes_another_one_ends_the_line(tasks, monkeypatch) -> None:
    (task,) = tasks(**LINE)
    line, random = Clapeyron(task), np.random.default_rng(0)
    fluid = lattice("fcc", {"A": 108}, 3, 1.0, random)
    fluid.positions += random.normal(size=(108, 3))
    right, wrong = (
        lattice("fcc", {"A": 108}, 3, 1.0, random),
        lattice("bcc", {"A": 128}, 3, 1.0, random),
    )
    monkeypatch.setattr(line, "_pressures", lambda _, k: [23.0])
    for others, said in (({}, ""), ({2: wrong}, "alone is bcc"), ({3: right}, "is fcc")):
        frames = {0: right, 1: fluid, 2: right, 3: fluid, 4: right, 5: fluid} | others
        monkeypatch.setattr(line, "last", lambda number, _, frames=frames: frames[number])
        with pytest.raises(EngineError, match=said) if said else nullcontext():
            line._check_phases(None)
