"""A slab of crystal beside its fluid: it melts at low pressure and grows at high pressure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.configuration import wrap
from analysis.equilibrium.growth import apart, lasts
from operations.equilibrium import runs
from operations.equilibrium.pinning import coexisting, driving_force, pinned, planes, unseen
from operations.equilibrium.runs import State
from operations.interactions.start import lattice
from operations.jobs.driver import drive
from operations.methods.coexistence import Coexistence
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import ended, result, resumed
from workspace_schema.lattices import LATTICES

#: Soft spheres, whose cut-off takes little away; they freeze at P = 22.66 with densities of 1.152
#: and 1.195 (Wilding, Mol. Phys. 107, 295 (2009)) or 23.24 with 1.160 and 1.204 (Tan, Schultz and
#: Kofke, Mol. Phys. 109, 123 (2011)).
SLAB = {
    "system": {"dimensions": 3, "particles": {"A": 768}},
    "potential": {"form": "inverse_power", "r_cut": 1.8, "truncation": "shift"},
    "method": {
        "name": "coexistence",
        "phase": {"lattice": "fcc"},
        "kT": 1.0,
        "number_density": 1.2,
        "low": 18.0,
        "high": 29.0,
        "pressures": 4,
        "dt": 0.004,
        "equilibration_steps": 500,
        "steps": 3000,
    },
    "settings": {"engine": "lammps", "frames": None},
}


#: They freeze at P = 11.5727(10) (L. A. Fernández, V. Martín-Mayor, B. Seoane and P. Verrocchio,
#: Phys. Rev. Lett. 108, 165701 (2012)), with densities of 0.939 and 1.037.
SPHERES = {
    "system": {
        "dimensions": 3,
        "particles": {"A": 512},
        "building_blocks": {"A": {"form": "hard_sphere"}},
    },
    "potential": None,
    "method": {
        "name": "coexistence",
        "phase": {"lattice": "fcc"},
        "number_density": 1.04,
        "low": 11.0,
        "high": 12.2,
        "pressures": 4,
        "equilibration_steps": 500,
        "steps": 2000,
    },
    "settings": {"engine": "auto", "frames": None},
}


@pytest.mark.physical_validation
@pytest.mark.slow
def test_crystal_melts_at_low_and_grows_at_high_pressure(tasks) -> None:
    (task,) = tasks(**SLAB)
    drive(task)
    content = result(task)
    found, pressure = content["coexistence"], content["averages"]["pressure"]
    velocity = [each for each in found["velocity"] if each is not None]
    assert velocity[0] < 0.0
    assert velocity[-1] > 2.0 * found["velocity_error"][-1]
    # by 3000 steps an error of 1.1, of a range of 11
    assert pressure["mean"] == pytest.approx(23.0, abs=2.5)
    assert 0.5 < pressure["standard_error"] < 1.5
    assert found["left_out"][1:] == ["", "", ""]
    (fluid, _), (crystal, _) = found["densities"]
    assert crystal / fluid == pytest.approx(1.037, abs=0.01)
    assert len(found["curves"]) == 4
    # a tail of a repulsion makes the crystal, which is denser, the less stable one
    assert found["truncation"]["words"].startswith("shift at 1.8")
    assert 0.0 < found["truncation"]["pressure"] < 1.0
    assert (content["n_particles"], content["number_density"]) == (768, None)


def test_a_job_cut_at_every_chunk_has_the_same_samples(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 500)
    small = {"system": {"particles": {"A": 64}}, "potential": {"r_cut": 1.4}}
    (task,) = tasks(**merged(SLAB, small | {"method": {"steps": 2000}}))
    one, (_, other) = ended(Coexistence(task)), resumed(task, Coexistence)
    assert len(one.samples) == 12
    for number, rows in one.samples.items():
        assert np.array_equal(rows, other.samples[number])


@pytest.mark.parametrize("method", [{}, {"pinned": 4.0}])
def test_hard_spheres_cut_at_every_chunk_have_the_same_samples(tasks, monkeypatch, method) -> None:
    monkeypatch.setattr(runs, "CHUNK", 500)
    (task,) = tasks(**merged(SPHERES, {"system": {"particles": {"A": 64}}, "method": method}))
    one, (_, other) = ended(Coexistence(task)), resumed(task, Coexistence)
    assert len(one.samples) == 12
    for number, rows in one.samples.items():
        assert np.array_equal(rows, other.samples[number])
        assert rows.shape == (100, 7 if method and number % 3 != 1 else 5)


def test_of_hard_spheres_the_volume_says_how_much_is_crystal(tasks) -> None:
    (task,) = tasks(**SPHERES)
    method, random = Coexistence(task), np.random.default_rng(0)
    crystal, fluid, slab = (np.zeros((400, 5)) for _ in range(3))
    for rows, volume in ((crystal, 246.0), (fluid, 272.0), (slab, 2.0 * (0.3 * 246 + 0.7 * 272))):
        rows[:, 4] = volume + random.normal(size=400)
    state = State({}, np.zeros(12), {0: crystal, 1: fluid, 2: slab})
    assert method._part(0, state).mean() == pytest.approx(0.3, abs=0.01)
    assert apart(fluid[:, [4]], crystal[:, [4]])
    assert not apart(fluid[:, [4]], fluid[:, [4]] + 1.0)
    assert lasts(fluid[:, [4]], crystal[:, [4]])


@pytest.mark.parametrize(
    ("by_wave", "by_volume", "held"),
    [
        (0.4, 0.3, True),
        (0.3, 0.0, False),
        (0.05, 0.0, False),
        (0.95, 0.9, False),
        (0.3, 0.6, False),
    ],
)
def test_a_pinned_slab_of_hard_spheres_keeps_both_phases(tasks, by_wave, by_volume, held) -> None:
    """Though its volume alone is that of a fluid for a while; not where it is one, with the Q that
    the field gives a fluid, nor where it is crystal that the field does not see."""
    (task,) = tasks(**merged(SPHERES, {"method": {"pinned": 4.0}}))
    method, random = Coexistence(task), np.random.default_rng(0)
    crystal, fluid, slab = (np.zeros((600, 7)) for _ in range(3))
    crystal[:, 4], crystal[:, 6] = 246.0 + random.normal(size=600), 13.0
    fluid[:, 4] = 272.0 + random.normal(size=600)
    part = by_volume + 0.25 * np.sin(np.linspace(0.0, 60.0 * np.pi, 600))
    slab[:, 4] = 2.0 * (272.0 - 26.0 * part)
    slab[:, 6] = by_wave * np.sqrt(2.0) * 13.0
    state = State({}, np.zeros(12), {0: crystal, 1: fluid, 2: slab})
    assert method._is_held(0, state) == held


def test_slabs_of_hard_spheres_begin_without_overlaps(tasks) -> None:
    """Crystal and fluid side by side: as wide as the crystal, whatever its box was at the end."""
    (task,) = tasks(**SPHERES)
    method = Coexistence(task)
    state = State({}, np.zeros(12, dtype=np.int64))
    for number in range(3):
        state.engines[number] = method.begin(number, method.engine(number), state)
        if number == 0:
            state.samples[0] = np.full((1, 5), 256 / 1.05)  # denser than it begins
    boxes = [state.engines[number]["box"] for number in range(3)]
    assert boxes[1][:2] == pytest.approx(boxes[0][:2] * (1.04 / 1.05) ** (1 / 3))
    assert np.array_equal(boxes[2][:2], boxes[1][:2])
    assert len(state.engines[2]["s"]) == 512


@pytest.mark.physical_validation
def test_hard_spheres_freeze_at_the_published_pressure(tasks) -> None:
    """Some 10 minutes of a core."""
    method = {"low": 11.2, "high": 11.9, "pressures": 4, "pinned": 4.0}
    method |= {"equilibration_steps": 30_000, "steps": 250_000}
    (task,) = tasks(**merged(SPHERES, {"system": {"particles": {"A": 1000}}, "method": method}))
    drive(task)
    content = result(task)
    found, pressure = content["coexistence"], content["averages"]["pressure"]
    print(f"P = {pressure['mean']:.3f} ± {pressure['standard_error']}, {found['densities']}")
    assert found["left_out"].count("") >= 3
    assert found["truncation"] == {}
    assert 0.0 < pressure["standard_error"] < 0.15
    assert abs(pressure["mean"] - 11.5727) < 3.0 * pressure["standard_error"]
    (fluid, _), (crystal, _) = found["densities"]
    assert fluid == pytest.approx(0.939, abs=0.005)
    assert crystal == pytest.approx(1.037, abs=0.007)


@pytest.mark.physical_validation
def test_a_pinned_slab_says_where_chemical_potentials_are_the_same(tasks) -> None:
    """Some 200 s of a core."""
    changes = {"low": 21.5, "high": 24.5, "pinned": 4.0}
    (task,) = tasks(
        **merged(SLAB, {"method": changes | {"equilibration_steps": 3000, "steps": 40_000}})
    )
    drive(task)
    content = result(task)
    found, pressure = content["coexistence"], content["averages"]["pressure"]
    assert found["left_out"] == [""] * 4
    assert pressure["standard_error"] < 0.5
    assert abs(pressure["mean"] - 22.95) < 3.0 * pressure["standard_error"] + 0.3
    (fluid, _), (crystal, _) = found["densities"]
    slope = np.polyfit(found["pressures"], found["driving_force"], 1)[0]
    assert slope == pytest.approx(1.0 / fluid - 1.0 / crystal, rel=0.3)


@pytest.mark.parametrize(("name", "waves"), [("fcc", 2), ("bcc", 2), ("sc", 1)])
def test_planes_of_a_lattice_are_in_phase_with_the_wave_that_pins(name, waves) -> None:
    whole = LATTICES[name]
    assert planes(whole) == waves
    random, n = np.random.default_rng(0), whole.near(200)[0]
    field, only = pinned(whole, n, 2 * n, 4.0)
    found = lattice(name, {"A": n}, 3, 1.0, random)
    value = field.variable.evaluate(found.positions, found.images, found.cell)[0]
    assert value == pytest.approx(np.sqrt(n))
    # half of it, blurred as at melting, is about where the field holds the slab
    assert field.target == pytest.approx(0.7 * np.sqrt(n) / np.sqrt(2.0))
    assert (only.scale, field.scale) == (0.0, 1.0)


def test_what_pulls_at_a_pinned_slab_is_the_difference_of_chemical_potentials() -> None:
    """Samples of a Gibbs energy that falls by 0.02 kT for each particle that becomes crystal."""
    random, n, whole = np.random.default_rng(3), 1000, 0.75 * np.sqrt(1000)
    field, _ = pinned(LATTICES["fcc"], 500, n, 4.0)
    q = field.target + n * 0.02 / (whole * field.k) + random.normal(size=4000) / np.sqrt(field.k)
    force, error = driving_force(field, q, np.full(4000, whole / np.sqrt(2.0)), n, 500)
    assert abs(force - 0.02) < 4.0 * error < 0.004


def test_crystal_out_of_phase_is_not_held() -> None:
    by_wave = np.full(600, 0.45)
    assert not unseen(by_wave, by_wave - 0.2)
    assert not unseen(by_wave, by_wave + 0.1)
    assert unseen(by_wave, by_wave + np.linspace(0.0, 0.3, 600))


def test_every_pressure_says_where_forces_vanish() -> None:
    """Along a straight line whose slope the volumes have; what is off it is its error."""
    pressures = np.array([3.0, 4.0, 5.0, 6.0])
    densities = np.stack([np.full((4, 2), (0.9, 1e-6)), np.full((4, 2), (1.0, 1e-6))])
    slope = 1.0 / 0.9 - 1.0
    forces = np.column_stack([slope * (pressures - 4.2), np.full(4, 0.01)])
    zero = coexisting(pressures, forces, densities, 1)
    assert zero.pressure[0] == pytest.approx(4.2)
    assert zero.pressure[1] == pytest.approx(0.005 / slope, rel=0.15)
    assert np.polyval(zero.coefficients, pressures) == pytest.approx(forces[:, 0])
    forces[:, 0] += [0.03, -0.03, 0.03, -0.03]
    assert coexisting(pressures, forces, densities, 1).pressure[1] > 0.014 / slope
    with pytest.raises(ValueError, match="grows at all pressures from 3 to 6"):
        coexisting(pressures, forces + 1.0, densities, 1)
    with pytest.raises(ValueError, match="two phases last at 2 pressures of 4"):
        coexisting(pressures, np.where(pressures[:, None] > 4.5, forces, np.nan), densities, 1)


def test_a_pinned_job_cut_at_every_chunk_has_the_same_samples(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 500)
    small = {"system": {"particles": {"A": 64}}, "potential": {"r_cut": 1.4}}
    (task,) = tasks(**merged(SLAB, small | {"method": {"steps": 2000, "pinned": 4.0}}))
    one, (_, other) = ended(Coexistence(task)), resumed(task, Coexistence)
    assert one.samples[2].shape[1] == one.samples[1].shape[1] + 2
    for number, rows in one.samples.items():
        assert np.array_equal(rows, other.samples[number])


def test_a_range_without_coexistence_is_said(tasks) -> None:
    (task,) = tasks(**merged(SLAB, {"method": {"low": 1.0, "high": 5.0, "steps": 2000}}))
    drive(task)
    reason = json.loads((task.folder / "failed.json").read_text())["reason"]
    assert "two phases last at 0 pressures of 4" in reason
    assert "P = 1: the crystal does not hold" in reason


def test_phases_alone_are_what_they_are_called(tasks, monkeypatch) -> None:
    changes = {"phase": {"lattice": "bcc"}, "number_density": 1.1}
    small = {"system": {"particles": {"A": 500}}, "potential": {"r_cut": 1.4}, "method": changes}
    (task,) = tasks(**merged(SLAB, small))
    method, random = Coexistence(task), np.random.default_rng(0)
    of_fluid, of_crystal = (place + random.normal(size=(400, 2)) for place in (0.0, 10.0))

    def moved(by):
        """From its sites, with the whole of it, beyond the end of the box."""
        found = lattice("bcc", {"A": 250}, 3, 1.2, random)
        positions = found.positions + by * random.normal(size=(250, 3)) + 2.0
        images = np.zeros((250, 3), dtype=np.int32)
        found.positions, found.images = wrap(positions, images, found.box, 3)
        return found

    crystal, fluid, stretched = moved(0.05), moved(2.0), moved(0.02)
    stretched.positions[:, 2] *= np.sqrt(2.0)  # E. C. Bain: bcc is fcc then
    stretched.box[2] *= np.sqrt(2.0)

    def why_not(one, other, alone=(of_fluid, of_crystal)):
        monkeypatch.setattr(method, "last", lambda number, _: (one, other)[number])
        return method._why_not(0, alone, None)

    assert why_not(crystal, fluid) == ""
    assert "the crystal does not hold" in why_not(fluid, fluid)
    assert why_not(stretched, fluid) == "the crystal alone is no longer bcc, but fcc"
    assert why_not(crystal, crystal) == "the fluid freezes by itself: bcc"
    for other in (of_fluid[::-1] + 0.1, np.vstack([of_fluid[:200], of_crystal[:200]])):
        assert "do not stay apart" in why_not(crystal, fluid, (of_fluid, other))
