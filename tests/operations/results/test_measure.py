"""Properties that the settings ask for, of runs for which they are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from operations.interactions.start import lattice
from operations.jobs.driver import drive
from operations.methods.forward import Forward
from operations.results.aggregate import make_table
from operations.results.label import label
from tests.event_driven import shear
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


def test_a_cold_crystal_swings_as_its_springs_say(tasks) -> None:
    """Modes of the waves q that fit the box: D = k Σ n n (1 - cos q·r) over the six neighbours."""
    swings = {"kT": 0.001, "steps": 1000, "production_steps": 30_000}
    settings = {"properties": ["normal_modes", "velocities"], "frames": 3100, "log_period": 10}
    (task,) = tasks(
        **merged(
            CRYSTAL,
            {
                "system": {"dimensions": 2, "particles": {"A": 120}},
                "method": swings,
                "settings": settings,
            },
        )
    )
    content = measured(task)
    found = {name: one["value"] for name, one in content["properties"].items()}
    k, r = 72.0 / 2.0 ** (1 / 3), 2.0 ** (1 / 6)
    angles = np.arange(6) * np.pi / 3.0
    n = np.column_stack([np.cos(angles), np.sin(angles)])
    box = lattice("hexagonal", {"A": 120}, 2, 0.916486, np.random.default_rng(0)).box
    h = np.stack(np.meshgrid(np.arange(24), np.arange(24)), -1).reshape(-1, 2)[1:]
    phase = r * (2.0 * np.pi * h / box[:2]) @ n.T
    modes = np.linalg.eigvalsh(np.einsum("qn,na,nb->qab", k * (1.0 - np.cos(phase)), n, n))
    modes = modes[modes > 1e-6]  # a wave of the lattice is none
    assert found["lowest_frequency_squared"] == pytest.approx(modes.min(), rel=1e-3)
    assert found["highest_frequency"] == pytest.approx(np.sqrt(modes.max()), rel=1e-3)
    # modes of a cold crystal keep what energies they begin with
    assert found["einstein_frequency"] == pytest.approx(np.sqrt(3.0 * k), rel=0.05)
    assert "diffusion_by_velocities" not in found
    rest, spectrum, curve = content["curves"]
    assert rest["name"] == "density of states at rest"
    assert (curve["x"][0], curve["y"][0]) == (0.0, 1.0)
    assert spectrum["axes"] == ["ω", "g(ω)"]


def test_velocities_that_are_damped_say_nothing(tasks) -> None:
    damped = {"method": {"thermostat": "langevin"}, "settings": {"properties": ["velocities"]}}
    (task,) = tasks(
        **merged(CRYSTAL, damped | {"system": {"dimensions": 2, "particles": {"A": 120}}})
    )
    assert "expected thermostat: bussi" in measured(task)["not_measured"]["velocities"]


def test_diffusion_and_frequency_are_refused_apart(tasks) -> None:
    """A gas has velocities for longer than those of neighbours; its frequency is none the worse."""
    gas = {
        "system": {"dimensions": 2, "particles": {"A": 100}},
        "potential": {"epsilon": 1.0},
        "method": {"thermostat": "bussi", "thermostat_time": 50.0},
        "settings": {"properties": ["velocities"], "frames": 610},
    }
    (task,) = tasks(**merged(GAS, gas))
    found = measured(task)
    print(found["not_measured"])
    assert found["properties"]["einstein_frequency"]["value"] > 0.0
    assert "diffusion_by_velocities" not in found["properties"]
    assert list(found["not_measured"]) == ["diffusion_by_velocities"]
    names = [curve["name"] for curve in found["curves"]]
    assert names == ["density of states", "correlation of velocities"]


def test_a_mixture_at_random_has_no_short_range_order(tasks) -> None:
    gas = {
        "system": {"dimensions": 2, "particles": {"A": 150, "B": 50}},
        "settings": {"properties": ["mixing"]},
    }
    (task,) = tasks(**merged(GAS, gas | {"potential": {"epsilon": 1e-9}}))
    found = measured(task)["properties"]["short_range_order"]
    assert 0.0 < found["error"] < 0.05
    assert abs(found["value"]) < 4.0 * found["error"]


def test_one_type_has_no_short_range_order(tasks) -> None:
    one = {"system": {"dimensions": 2, "particles": {"A": 120}}}
    (task,) = tasks(**merged(CRYSTAL, one | {"settings": {"properties": ["mixing"]}}))
    assert "expected a mixture" in measured(task)["not_measured"]["mixing"]


#: The liquid near its triple point: M. Ferrario, G. Ciccotti, B. L. Holian and J. P. Ryckaert,
#: Phys. Rev. A 44, 6936 (1991).
LIQUID = {
    "system": {"dimensions": 3, "particles": {"A": 256}},
    "potential": {"form": "lennard_jones", "epsilon": 1.0, "r_cut": 3.0},
    "method": {
        "kT": 0.722,
        "dt": 0.004,
        "number_density": 0.8442,
        "steps": 10_000,
        "production_steps": 300_000,
    },
    "settings": {"properties": ["viscosity"], "frames": 0, "log_period": 5, "engine": "lammps"},
}


@pytest.mark.physical_validation
def test_viscosity_of_lennard_jones_at_its_triple_point(tasks) -> None:
    (task,) = tasks(**LIQUID)
    found = measured(task)["properties"]["viscosity"]
    pull = (found["value"] - 3.24) / np.hypot(found["error"], 0.04)
    print(f"{found['value']:.3f} ± {found['error']:.3f}, published 3.24 ± 0.04, pull {pull:+.1f}")
    assert found["error"] < 0.35
    assert abs(pull) < 3.0


@pytest.mark.physical_validation
def test_diffusion_of_lennard_jones_at_its_triple_point(tasks) -> None:
    """K. Meier, A. Laesecke, S. Kabelac, J. Chem. Phys. 121, 9526 (2004), 1372 particles: 0.0325;
    their viscosity is 3.258. Images of a cube take 2.837297 kT/(6πηL) of both."""
    dense = {"production_steps": 100_000}
    settings = {"properties": ["diffusion", "velocities"], "frames": 12_600, "log_period": 8}
    (task,) = tasks(**merged(LIQUID, {"method": dense, "settings": settings}))
    content = measured(task)
    print(content["not_measured"])
    lost = [2.837297 * 0.722 / (6 * np.pi * 3.258 * (n / 0.8442) ** (1 / 3)) for n in (256, 1372)]
    expected = 0.0325 + lost[1] - lost[0]
    found = content["properties"]
    printed(found, dict.fromkeys(("diffusion", "diffusion_by_velocities"), (expected, 0.0005)))


def test_a_viscosity_needs_the_stress_of_the_run(tasks) -> None:
    short = {"system": {"particles": {"A": 108}}, "potential": {"r_cut": 2.3}}
    short |= {
        "method": {"kT": 1.5, "number_density": 0.7, "steps": 500, "production_steps": 40_000}
    }
    (task,) = tasks(**merged(LIQUID, short))
    found = measured(task)["properties"]["viscosity"]
    # about 1.1 of this state; the run is short, but a factor of two is seen
    assert 0.0 < found["error"] < 0.3
    assert abs(found["value"] - 1.1) < 3.0 * found["error"]
    short |= {"settings": {"properties": None}}
    short["method"] = short["method"] | {"production_steps": 1000}
    (other,) = tasks(root="without", **merged(LIQUID, short))
    drive(other)
    settings = other.root / "signac_project_document.json"
    content = json.loads(settings.read_text())
    content["settings"]["properties"] = ["viscosity"]
    settings.write_text(json.dumps(content))
    label(other.folder, other.root)
    found = json.loads((other.folder / "properties.json").read_text())
    assert "did not sample the shear stress" in found["not_measured"]["viscosity"]


def test_in_two_dimensions_there_is_no_viscosity(tasks) -> None:
    short = {"system": {"dimensions": 2, "particles": {"A": 100}}, "potential": {"r_cut": 2.3}}
    short |= {"method": {"kT": 2.0, "number_density": 0.4, "steps": 500, "production_steps": 1000}}
    (task,) = tasks(**merged(LIQUID, short))
    assert "it grows with the box" in measured(task)["not_measured"]["viscosity"]


def test_a_run_that_has_begun_without_the_stress_goes_on_without(tasks) -> None:
    short = {"system": {"particles": {"A": 108}}, "potential": {"r_cut": 2.3}}
    short |= {"method": {"steps": 200, "production_steps": 200}, "settings": {"properties": None}}
    (task,) = tasks(**merged(LIQUID, short))
    asked = replace(task, settings=task.settings | {"properties": ["viscosity"]})
    assert len(Forward(task).model.columns) == 5
    assert len(Forward(asked).model.columns) == 8
    run = Forward(task)
    run.save(run.step(run.start()), task.folder / "checkpoint.npz")
    run = Forward(asked)
    state = run.load(task.folder / "checkpoint.npz")
    assert run.step(state).samples.shape[1] == 5


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


#: A cell that swings fast, and is looked at as often.
FREE = {
    "ensemble": "npt",
    "cell": "flexible",
    "pressure": 0.0,
    "barostat_time": 2.0,
}
SOFT = {
    "system": {"dimensions": 2, "particles": {"A": 56}},
    "potential": {"form": "lennard_jones", "epsilon": 1.0, "r_cut": 1.5, "truncation": "shift"},
    "method": FREE
    | {
        "start": "hexagonal",
        "kT": 0.01,
        "number_density": 0.916486,
        "thermostat": "langevin",
        "barostat_time": 5.0,
        "steps": 4000,
        "production_steps": 160_000,
    },
    "settings": {
        "properties": ["strain_fluctuations", "fluctuations"],
        "frames": 4100,
        "log_period": 40,
    },
}


def test_a_cold_crystal_fluctuates_as_its_springs_say(tasks) -> None:
    (task,) = tasks(**SOFT)
    found = measured(task)["properties"]
    springs = 0.5 * np.sqrt(3.0) * 72.0 / 2.0 ** (1 / 3)
    for name, expected in (("bulk", springs), ("shear", 0.5 * springs)):
        one = found[f"isothermal_{name}_modulus"]
        assert 0.0 < one["error"] < 0.15 * expected
        # by a hundredth or two softer than at rest
        assert abs(one["value"] - 0.98 * expected) < 4.0 * one["error"]
    assert "c11" not in found
    # of the volume alone the same
    soft = found["compressibility"]
    assert abs(soft["value"] * 0.98 * springs - 1.0) < 4.0 * soft["error"] * springs


def test_fluctuations_of_an_energy_with_a_step_are_not_measured(tasks) -> None:
    cut = {"potential": SOFT["potential"] | {"truncation": "cut"}}
    short = {"method": SOFT["method"] | {"steps": 1000, "production_steps": 8000}}
    (task,) = tasks(**merged(merged(SOFT, cut), short))
    found = measured(task)
    assert "compressibility" in found["properties"]
    missing = found["not_measured"]["thermal_expansion, isobaric_heat_capacity"]
    assert "expected truncation: shift" in missing


def test_a_box_that_swings_within_a_step_is_not_measured(tasks) -> None:
    (task,) = tasks(**merged(SOFT, {"method": SOFT["method"] | {"barostat_time": 0.8}}))
    missing = measured(task)["not_measured"]
    assert all("expected barostat_time" in missing[name] for name in missing)
    assert len(missing) == 2


def test_a_box_of_fixed_shape_has_no_strains(tasks) -> None:
    fixed = {"method": SOFT["method"] | {"cell": "isotropic", "production_steps": 200}}
    (task,) = tasks(**merged(SOFT, fixed))
    assert "expected ensemble: npt, cell: flexible" in str(measured(task)["not_measured"])


def printed(found, expected) -> None:
    for name, (value, error) in expected.items():
        got, wide = found[name]["value"], found[name]["error"]
        pull = (got - value) / np.hypot(wide, error)
        print(f"{name} {got:.4g} ± {wide:.2g}, {value:.4g}, pull {pull:+.1f}")
        assert wide < 0.06 * value
        assert abs(pull) < 3.5, name


#: ε/σ³ of argon in GPa, whose ε/k is 119.8 K and σ 3.405 Å.
ARGON = 119.8 * 1.380649e-23 / 3.405e-10**3 * 1e-9


@pytest.mark.physical_validation
def test_elastic_constants_of_solid_argon_at_60_kelvin(tasks) -> None:
    """LAMMPS' example ELASTIC_T/BORN_MATRIX/Argon, 500 particles: by second derivatives of the
    energy and fluctuations of the stress at constant volume; errors from what should be equal."""
    point = {"form": "lennard_jones", "epsilon": 1.0, "r_cut": 3.524}
    long = {"start": "fcc", "kT": 60 / 119.8, "number_density": 1.0, "dt": 0.005}
    long |= {"barostat_time": 1.0}  # half as precise with 2
    long |= {"steps": 10_000, "production_steps": 400_000}
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": 256}},
        potential=point,
        method=FREE | long,
        settings={
            "properties": ["strain_fluctuations", "fluctuations"],
            "frames": 8200,
            "log_period": 50,
        },
    )
    found = measured(task)["properties"]
    published = {"c11": (2.210, 0.019), "c12": (1.157, 0.01), "c44": (1.412, 0.019)}
    printed(found, {name: (v / ARGON, e / ARGON) for name, (v, e) in published.items()})


@pytest.mark.physical_validation
@pytest.mark.hoomd
def test_elastic_constants_of_hard_spheres(tasks) -> None:
    """The bulk modulus is that of the equation of state of R. J. Speedy, J. Phys.: Condens. Matter
    10, 4387 (1998), the shears are those of as many strained spheres that collide."""
    y = 1.0409 / np.sqrt(2.0)
    z = 3.0 / (1.0 - y) - 0.5921 * (y - 0.7072) / (y - 0.601)
    slope = 3.0 / (1.0 - y) ** 2 - 0.5921 * 0.1062 / (y - 0.601) ** 2
    (task,) = tasks(
        system={
            "dimensions": 3,
            "particles": {"A": 108},
            "building_blocks": {"A": {"form": "hard_sphere"}},
        },
        potential=None,
        method={
            "name": "monte_carlo",
            "ensemble": "npt",
            "cell": "flexible",
            "pressure": float(1.0409 * z),
            "number_density": 1.04,
            "start": "fcc",
            "steps": 20_000,
            "production_steps": 1_200_000,
        },
        settings={
            "properties": ["strain_fluctuations", "fluctuations"],
            "frames": 8200,
            "engine": "hoomd",
        },
    )
    content = measured(task)
    print(content)
    found = content["properties"]
    bulk = found["isothermal_bulk_modulus"]
    assert bulk["error"] < 0.25 * bulk["value"]
    assert abs(bulk["value"] - 1.0409 * (z + y * slope)) < 3.5 * bulk["error"]
    turned, wide = shear((4, 4, 3), 1.0409, True, 0.015, 1_000_000)
    shears = 0.5 * turned, 0.5 * wide
    straight, wide = shear((3, 3, 3), 1.0409, False, 0.015, 1_000_000)
    # of a cubic crystal Voigt's mean is (c11 - c12 + 3 c44) / 5
    voigt = 0.2 * (straight + 3.0 * shears[0]), 0.2 * np.hypot(wide, 3.0 * shears[1])
    printed(found, {"c44": shears, "isothermal_shear_modulus": voigt})


#: Truncated and shifted at 2.5: the equation of state PeTS (M. Heier, S. Stephan, J. Liu, W. G.
#: Chapman, H. Hasse and K. Langenbach, Mol. Phys. 116, 2083 (2018)) by the package feos 0.10.5 at
#: kT = 1 and P = 2: 1/ρ, compressibility, expansion, and heat capacity with the momenta.
PETS = {
    "compressibility": 0.06269,
    "thermal_expansion": 0.3278,
    "isobaric_heat_capacity": 4.711,
}


@pytest.mark.physical_validation
def test_a_liquid_responds_as_its_equation_of_state_says(tasks) -> None:
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": 256}},
        potential={"form": "lennard_jones", "epsilon": 1.0, "r_cut": 2.5, "truncation": "shift"},
        method={
            "ensemble": "npt",
            "pressure": 2.0,
            "kT": 1.0,
            "number_density": 0.8,
            "steps": 20_000,
            "production_steps": 300_000,
        },
        settings={"properties": ["fluctuations"], "frames": 0, "log_period": 20},
    )
    found = measured(task)["properties"]
    assert json.loads((task.folder / "result.json").read_text())["number_density"] == pytest.approx(
        0.8158, rel=0.01
    )
    # second derivatives of an equation of state that was fitted to first ones
    printed(found, {name: (value, 0.02 * value) for name, value in PETS.items()})
