"""Method `monte_carlo` as a job: starts, compression, exact continuation, products, errors."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines.hpmc import Hpmc
from operations.jobs.driver import drive
from operations.methods.monte_carlo import MonteCarlo
from tests.operations.interruptions import interrupted_at_every_checkpoint

HARD: dict[str, Any] = {
    "system": {
        "dimensions": 3,
        "particles": {"A": 64},
        "building_blocks": {"A": {"form": "hard_polyhedron", "name": "cube"}},
    },
    "potential": None,
    "method": {
        "name": "monte_carlo",
        "number_density": 0.45,
        "equilibration_steps": 200,
        "steps": 400,
        "production_steps": 400,
    },
    "settings": {"engine": "hoomd", "device": "cpu", "log_period": 20, "frames": 4},
}
POLYGONS = {
    "dimensions": 2,
    "building_blocks": {"A": {"form": "hard_polygon", "sides": 5}},
}


def merged(changes, base=HARD):
    """`HARD` with nested changes; what is None stays, to remove what `SMALL` has."""
    both = {
        key: merged(changes[key], base[key])
        for key in base.keys() & changes.keys()
        if isinstance(base[key], dict)
        and isinstance(changes[key], dict)
        and key != "building_blocks"
    }
    return base | changes | both


@pytest.mark.hoomd
@pytest.mark.parametrize("changes", [{}, {"system": POLYGONS}])
def test_a_dilute_start_is_compressed_to_its_density(tasks, changes) -> None:
    (task,) = tasks(**merged(changes))
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.45)
    assert result["packing_fraction"] == pytest.approx(0.45)
    assert result["steps"] == 1000
    assert result["averages"]["pressure"]["mean"] > 1.0
    final = Configuration.read(task.folder / "final.gsd")
    assert final.orientations.shape == (64, 4)
    assert final.type_shapes[0]["type"] in ("ConvexPolyhedron", "Polygon")
    with np.load(task.folder / "thermo.npz") as thermo:
        assert thermo["step"].tolist() == list(range(20, 1001, 20))
    assert not (task.folder / "checkpoint.npz").exists()


@pytest.mark.hoomd
def test_a_run_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    begin = Hpmc.__init__

    def short_chunks(self, *words, **named):
        begin(self, *words, **named)
        self.chunk_particle_steps = 64 * 150

    monkeypatch.setattr(Hpmc, "__init__", short_chunks)
    (task,) = tasks(**merged({}))
    drive(task)
    whole = Configuration.read(task.folder / "final.gsd")
    with np.load(task.folder / "thermo.npz") as thermo:
        expected = {key: thermo[key] for key in thermo.files if key != "wall_seconds"}
    folder, result = interrupted_at_every_checkpoint(task, MonteCarlo)
    assert result["steps"] > 6 * 150
    again = Configuration.read(folder / "final.gsd")
    assert np.array_equal(whole.positions, again.positions)
    assert np.array_equal(whole.orientations, again.orientations)
    with np.load(folder / "thermo.npz") as thermo:
        for key, values in expected.items():
            assert np.array_equal(values, thermo[key]), key


@pytest.mark.hoomd
def test_a_run_can_be_lengthened(tasks) -> None:
    (task,) = tasks(**merged({}))
    drive(task)
    sizes = json.loads((task.folder / "result.json").read_text())["move_sizes"]
    (longer,) = tasks(**merged({"method": {"production_steps": 800}}))
    assert longer.id == task.id
    drive(longer)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["steps"] == 1400
    assert result["move_sizes"] == sizes
    with np.load(task.folder / "thermo.npz") as thermo:
        assert thermo["step"].tolist() == list(range(20, 1401, 20))


@pytest.mark.hoomd
def test_patches_cool_and_their_energy_falls(tasks) -> None:
    (task,) = tasks(
        **merged(
            {
                "system": {
                    "building_blocks": {
                        "A": {
                            "form": "kern_frenkel",
                            "patches": {"P": {"half_angle": 1.2, "range": 1.4}},
                        }
                    }
                },
                "method": {"kT": {"ramp": [2.0, 0.2]}, "steps": 2000},
            }
        )
    )
    drive(task)
    with np.load(task.folder / "thermo.npz") as thermo:
        energy, kT = thermo["energy_per_particle"], thermo["kT"]
    assert kT[0] == 2.0
    assert kT[-1] == 0.2
    assert energy[-10:].mean() < energy[:10].mean() - 0.3


@pytest.mark.hoomd
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {
                "system": {
                    "particles": {"A": 32},
                    "building_blocks": {"A": {"form": "hard_polyhedron", "name": "tetrahedron"}},
                },
                "method": {"number_density": 0.6, "start": "fcc"},
            },
            "on fcc, number_density up to 0.09072 is surely free of overlaps, for circumscribed",
        ),
    ],
)
def test_what_cannot_run_fails_with_its_reason(tasks, changes, reason) -> None:
    (task,) = tasks(**merged(changes))
    drive(task)
    assert reason in json.loads((task.folder / "failed.json").read_text())["reason"]


@pytest.mark.hoomd
def test_a_density_that_cannot_be_reached_is_a_failure(tasks, monkeypatch) -> None:
    from operations.methods import monte_carlo

    monkeypatch.setattr(monte_carlo, "PATIENCE", 1000)
    system = {"building_blocks": {"A": {"form": "hard_sphere"}}, "particles": {"A": 108}}
    (task,) = tasks(**merged({"system": system, "method": {"number_density": 1.35}}))
    drive(task)
    reason = json.loads((task.folder / "failed.json").read_text())["reason"]
    reached = float(re.search(r"compression ended at number density (\S+)", reason)[1])
    assert 1.0 < reached < 1.25  # random close packing is at 1.22


@pytest.mark.hoomd
def test_without_production_there_is_no_pressure(tasks) -> None:
    (task,) = tasks(**merged({"method": {"production_steps": 0}}))
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["pressure"] is None
    assert result["enthalpy_per_particle"] is None
    method = {"production_steps": 0, "ensemble": "npt", "pressure": [{"ramp": [2.0, 4.0]}]}
    (task,) = tasks(**merged({"method": method}), root="npt")
    drive(task)
    assert json.loads((task.folder / "result.json").read_text())["pressure"] == 4.0


@pytest.mark.hoomd
def test_the_box_of_a_fluid_that_drifts_apart_is_a_failure(tasks, monkeypatch) -> None:
    from operations.methods import monte_carlo

    system = {"building_blocks": {"A": {"form": "hard_sphere"}}, "particles": {"A": 27}}
    method = {"ensemble": "npt", "cell": "flexible", "pressure": 2.0, "number_density": None}
    (task,) = tasks(**merged({"system": system, "method": method}))
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert len(result["box_widths"]) == 3
    assert set(result["move_sizes"]) == {"translation", "length", "shear"}
    monkeypatch.setattr(monte_carlo, "NARROWEST", 10.0)
    (task,) = tasks(**merged({"system": system, "method": method}), root="narrow")
    drive(task)
    reason = json.loads((task.folder / "failed.json").read_text())["reason"]
    assert "use cell: isotropic" in reason


def test_without_hoomd_jobs_wait_and_status_says_so(campaign, command, monkeypatch) -> None:
    from operations.jobs import eligibility

    monkeypatch.setattr(eligibility, "hoomd_installed", lambda: False)
    names = {".hoomd", ".monte_carlo", "signac_statepoint.json"}
    assert eligibility.waits_for_hoomd(names)
    assert eligibility.next_operation(names, {}) is None
    assert not eligibility.waits_for_hoomd(names | {"result.json"})
    assert eligibility.next_operation({".forward"}, {}) == ("simulate", False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": {"building_blocks": None}}, "building_blocks are missing"),
        ({"potential": {"form": "lennard_jones_gauss"}}, "has no meaning"),
        ({"method": {"number_density": None}}, "number_density is missing"),
        ({"system": {"boundary": "open"}}, "needs a box"),
        ({"method": {"number_density": 1.01}}, "at most 1, a packing fraction of 1"),
        ({"method": {"name": "forward", "kT": 1.0}}, "cannot treat hard_polyhedron"),
        ({"system": {"building_blocks": {"B": {"form": "hard_sphere"}}}}, "no such type"),
        ({"system": {"dimensions": 2}}, "lives in 3 dimensions"),
    ],
)
def test_campaigns_that_make_no_sense_are_refused(tmp_path, capsys, changes, message) -> None:
    import yaml

    import init
    from tests.conftest import SMALL, merge

    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(merge(SMALL, merged(changes))))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "root").exists()


@pytest.mark.hoomd
@pytest.mark.parametrize(
    ("dimensions", "block", "n", "lattice", "density"),
    [
        (3, {"form": "hard_polyhedron", "name": "rhombic_dodecahedron"}, 108, "fcc", 1.0),
        (3, {"form": "hard_polyhedron", "name": "truncated_octahedron"}, 128, "bcc", 1.0),
        (2, {"form": "hard_polygon", "sides": 6}, 64, "hexagonal", 1.0),
    ],
)
def test_bodies_that_fill_space_fit_the_lattice_that_they_tile(
    tasks, dimensions, block, n, lattice, density
) -> None:
    system = {
        "dimensions": dimensions,
        "particles": {"A": n},
        "building_blocks": {"A": block},
    }
    (task,) = tasks(
        **merged({"system": system, "method": {"start": lattice, "number_density": density}})
    )
    method = MonteCarlo(task)
    state = method.start()
    assert method.engine.overlaps(state.engine) == 0
    assert n / np.prod(state.engine["box"][:dimensions]) == pytest.approx(density, rel=1e-4)
    assert np.ptp(state.engine["orientation"], axis=0).max() == 0.0


def test_an_average_without_error_bar_says_how_long_it_must_be(tasks, capsys) -> None:
    """Sampled at every step, energies hardly change from one sample to the next."""
    from operations.methods.forward import Forward

    settings = {"log_period": 1, "frames": 0}
    (task,) = tasks(method={"kT": 1.0, "steps": 10, "production_steps": 100}, settings=settings)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    energy = result["averages"]["energy_per_particle"]
    assert energy["standard_error"] is None
    needed = result["production_steps_needed"]
    assert needed >= 50 * energy["autocorrelation_time"]
    assert f"at least production_steps: {needed}" in capsys.readouterr().err
    assert Forward(task)._steps_needed({"kT": energy | {"standard_error": 0.1}}) == 0
    assert Forward(task)._steps_needed({"kT": energy | {"autocorrelation_time": 2.47}}) == 130
