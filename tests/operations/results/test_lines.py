"""Lines of a campaign whose Gibbs energies are given."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

import init
from analysis.phase_diagram.lines import under_lines
from operations.jobs.seal import sealed
from operations.results.aggregate import make_table
from operations.results.lines import lines

AXES = ["potential.r0", "potential.epsilon"]


def campaign(tmp_path, kT=0.1, pressure=0.1, lacking=(), r_cut=2.5, finite_size=-0.01, first=None):
    """Points that are cooled to 0.1 at a pressure of 0.1, and free energies of two crystals, which
    meet at r0 = 1.3: of `first`, square unless given, and of the hexagonal one."""
    phases = first or {"lattice": "square"}, {"lattice": "hexagonal"}
    form = {"form": "lennard_jones_gauss", "sigma2": 0.02, "r_cut": 2.5}
    form |= {"r0": [1.2, 1.4], "epsilon": [1.0, 2.0]}
    words = {"name": "free_energy", "kT": kT, "pressure": pressure}
    cooled = {"name": "forward", "ensemble": "npt", "pressure": 0.1, "number_density": 0.9}
    content = {
        "name": "lines",
        "system": [{"dimensions": 2, "particles": {"A": 100}}] * 3,
        "potential": [form | {"r_cut": r_cut}, form, form],
        "method": [
            cooled | {"kT": {"ramp": [0.6, 0.1]}, "steps": 1000},
            *(words | {"phase": phase} for phase in phases),
        ],
        "zip": [["system", "potential", "method"]],
        "axes": AXES,
    }
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 0
    for folder in (tmp_path / "root" / "workspace").iterdir():
        point = json.loads((folder / "signac_statepoint.json").read_text())
        if point["method"]["name"] == "free_energy":
            name = point["method"]["phase"].get("lattice")
            if (name, point["potential"]["r0"], point["potential"]["epsilon"]) in lacking:
                continue
            off = point["potential"]["r0"] - 1.3
            value = off if name == "hexagonal" else 0.0
            gibbs = {"mean": value, "standard_error": 0.001}
            details = {"finite_size": finite_size if name == "square" else -0.01}
            averages = dict.fromkeys(("free_energy_per_particle", "pressure"), gibbs)
            averages |= {"gibbs_energy_per_particle": gibbs}
            result = {"averages": averages, "free_energy": details}
            result |= {"kT": kT, "number_density": 1.0, "n_particles": 100}
            (folder / "result.json").write_text(json.dumps(sealed(result, folder, ())))
    return tmp_path / "root"


def test_crystals_of_one_pressure_meet_over_the_points_that_end_there(tmp_path) -> None:
    root = campaign(tmp_path)
    table = make_table(root, AXES)
    (line,) = lines(root, table, AXES)
    assert table.attrs["lines"][0]["curves"] == line.curves
    x, y = np.array(line.curves[0]).T
    assert x == pytest.approx(1.3, abs=1e-4)
    assert (y.min(), y.max()) == (1.0, 2.0)
    assert line.words == "kT = 0.1, P = 0.1"
    assert lines(root, table, AXES[:1]) == []


@pytest.mark.parametrize("other", [{"kT": 0.2}, {"pressure": 0.3}])
def test_lines_at_another_temperature_or_pressure_are_not_of_these_points(tmp_path, other) -> None:
    root = campaign(tmp_path, **other)
    assert make_table(root, AXES).attrs["lines"] == []


def test_lines_of_another_potential_are_not_of_these_points(tmp_path, capfd) -> None:
    root = campaign(tmp_path, r_cut=2.2)
    assert make_table(root, AXES).attrs["lines"] == []
    assert "no lines at kT = 0.1, P = 0.1: not all points end there" in capfd.readouterr().err


def test_a_grid_that_is_not_full_is_said(tmp_path, capfd) -> None:
    root = campaign(tmp_path, lacking=[("square", 1.4, 2.0)])
    table = make_table(root, AXES)
    assert table.attrs["lines"] == []
    assert "square is known at 3 of 2 x 2 values of the axes at kT = 0.1" in capfd.readouterr().err
    assert len(under_lines(table)) == 4  # whether or not there is a line


def test_a_crystal_of_finite_size_is_in_no_line(tmp_path, capfd) -> None:
    root = campaign(tmp_path, finite_size=None)
    assert make_table(root, AXES).attrs["lines"] == []
    assert "square is in no comparison: what its finite size makes" in capfd.readouterr().err
