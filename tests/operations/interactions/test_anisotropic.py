"""Bodies with anisotropic pair potentials in `forward`: energies, torques, drift, products."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import rowan

from analysis.configuration import Configuration
from analysis.shapes import Shape, shape_of
from operations.engines import Integration, Sampling, Segment
from operations.interactions.anisotropic import Anisotropic
from operations.interactions.model import Model
from operations.interactions.rigid_bodies import Body, random_bodies, rigid_bodies, thermalise
from operations.jobs.driver import drive
from operations.methods.forward import Forward
from tests.conftest import SMALL, merge
from tests.operations import interruptions
from workspace_schema.campaign import read_campaign
from workspace_schema.errors import CampaignError
from workspace_schema.methods.registry import only_hoomd
from workspace_schema.system import System

SIGMA_C = 0.15


def alj(shape: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"form": "anisotropic_lennard_jones", "shape": shape} | more


CUBE = {"form": "hard_polyhedron", "name": "cube"}
TETRAHEDRON = {"form": "hard_polyhedron", "name": "tetrahedron"}
SQUARE = {"form": "hard_polygon", "vertices": [[0, 0], [1, 0], [1, 1], [0, 1]]}
SPHERE = {"form": "hard_sphere"}
ELLIPSOID = {"form": "gay_berne", "length": 3.0, "width": 1.0}
SHORT = {"form": "gay_berne", "length": 2.0, "r_cut": 1.5}


def system(blocks: dict[str, Any], dimensions: int = 3, n: int = 1) -> System:
    return System.model_validate(
        {
            "dimensions": dimensions,
            "particles": dict.fromkeys(blocks, n),
            "building_blocks": blocks,
        }
    )


def engine(what: System, dt: float = 0.001, ensemble: str = "nve"):
    from operations.engines.hoomd_anisotropic import HoomdAnisotropic

    return HoomdAnisotropic(Model.of(what), Integration(ensemble, dt), 1, "cpu")


def pair(what: System, apart: Any, q: Any = None) -> Configuration:
    """Two bodies, unturned unless quaternions are given."""
    d, names = what.dimensions, what.types
    box = np.array([40.0, 40.0, 40.0 if d == 3 else 1.0, 0.0, 0.0, 0.0])
    types = np.array([0, len(names) - 1])
    turned = np.tile([1.0, 0.0, 0.0, 0.0], (2, 1)) if q is None else np.asarray(q, dtype=float)
    return Configuration(
        np.array([[0.0, 0.0, 0.0], apart]), box, d, types, names, orientations=turned
    )


def lennard_jones(r: Any, sigma: float = 1.0) -> Any:
    s = (sigma / np.asarray(r, dtype=float)) ** 6
    return 4.0 * (s * s - s)


def wca(r: Any, sigma: float = 1.0) -> Any:
    r = np.asarray(r, dtype=float)
    return np.where(r < 2 ** (1 / 6) * sigma, lennard_jones(r, sigma) + 1.0, 0.0)


@pytest.mark.parametrize(
    ("shape", "volume", "tensor"),
    [
        (CUBE, 1.0, [1 / 6] * 3),
        (TETRAHEDRON, 1.0, [(6 * 2**0.5) ** (2 / 3) / 20] * 3),  # a²/20, volume a³/6√2
        ({"form": "hard_sphere", "diameter": 2.0}, 4 / 3 * np.pi, [0.4] * 3),
    ],
)
def test_moments_of_inertia_of_solids(shape, volume, tensor):
    made = shape_of(system({"A": alj(shape)}).building_blocks["A"], 3)
    assert made.volume == pytest.approx(volume)
    assert made.inertia == pytest.approx(np.diag(tensor), abs=1e-9)


def test_moments_of_inertia_of_a_polygon_and_an_ellipsoid():
    block = system({"A": alj(SQUARE | {"vertices": [[0, 0], [2, 0], [2, 1], [0, 1]]})}, 2)
    shape = shape_of(block.building_blocks["A"], 2)  # of area 1
    assert shape.inertia == pytest.approx(np.diag([0.0, 0.0, (2.0 + 0.5) / 12.0]))
    body = Body.solid(Shape("ellipsoid", 3, np.zeros((1, 3)), 0.0, (0.5, 0.5, 1.5)))
    assert body.inertia == pytest.approx([0.5, 0.5, 0.0])  # nothing turns it around its axis
    assert body.shape.volume == pytest.approx(np.pi / 2)
    assert Shape.from_gsd(body.shape.to_gsd(), 3).radii == body.shape.radii


def test_corners_are_in_the_frame_of_the_principal_axes():
    corners = [[0, 0, 0], [3, 0, 0], [0, 2, 0], [0.3, 0.2, 1], [2, 1, 1.5]]
    block = system({"A": alj({"form": "hard_polyhedron", "vertices": corners})})
    shape = shape_of(block.building_blocks["A"], 3)
    body = Body.solid(shape)
    assert rowan.rotate(body.axes, body.corners) == pytest.approx(shape.points)
    moments = Shape("polyhedron", 3, body.corners).inertia
    assert moments == pytest.approx(np.diag(body.inertia), abs=1e-9)
    assert body.mass == 1.0


@pytest.mark.hoomd
@pytest.mark.parametrize(
    ("attraction", "centers", "surfaces"),
    [
        ("none", wca, wca),
        ("centers", lennard_jones, wca),
        ("surfaces", wca, lennard_jones),
        ("both", lennard_jones, lennard_jones),
    ],
)
def test_spheres_are_the_two_isotropic_interactions(attraction, centers, surfaces):
    """The published potential with nothing to turn: of centres and of surfaces."""
    what = system({"A": alj(SPHERE, attraction=attraction)})
    made = engine(what)
    for r in (1.11, 1.16, 1.2, 1.3, 2.2):
        energy, forces, torques, _ = made.energy_forces_and_torques(pair(what, [0.0, r, 0.0]))
        wanted = centers(r)
        if r < made._r_cut:
            wanted += surfaces(r - 1.0, SIGMA_C)
        assert energy == pytest.approx(float(wanted), abs=1e-9)
        assert not torques.any()
        assert forces[0] == pytest.approx(-forces[1])


@pytest.mark.hoomd
@pytest.mark.parametrize("gap", [0.13, 0.15, 0.16])
def test_face_to_face(gap):
    """Cubes: the two nearest points. Squares: each of two corners with the edge across, which two
    corners of either have opposite to them."""
    for shape, d, number in ((CUBE, 3, 1), (SQUARE, 2, 4)):
        what = system({"A": alj(shape)}, d)
        for shift in (0.0, 0.3):
            apart = [1.0 + gap, shift, 0.0]
            energy, forces, _, _ = engine(what).energy_forces_and_torques(pair(what, apart))
            times = number if shift == 0.0 else max(1, number // 2)
            edge = wca(np.hypot(gap, shift), SIGMA_C) * (number - times)
            assert energy == pytest.approx(float(times * wca(gap, SIGMA_C) + edge), rel=1e-9)
            assert forces[0, 1:] == pytest.approx(0.0, abs=1e-9)


def gay_berne(e_i, e_j, r, length=3.0, width=1.0, cut=2.5) -> float:
    """Allen and Germano (2006), with 4ε(ζ⁻¹² - ζ⁻⁶) cut and shifted at ζ = 2.5."""
    unit = r / np.linalg.norm(r)
    chi = (length**2 - width**2) / (length**2 + width**2)
    a, b, c = unit @ e_i, unit @ e_j, e_i @ e_j
    factor = (a + b) ** 2 / (1 + chi * c) + (a - b) ** 2 / (1 - chi * c)
    sigma = width / np.sqrt(1.0 - 0.5 * chi * factor)
    smallest = min(length, width)
    zeta = (np.linalg.norm(r) - sigma + smallest) / smallest
    return float(lennard_jones(zeta) - lennard_jones(cut)) if zeta < cut else 0.0


@pytest.mark.hoomd
@pytest.mark.parametrize("length", [3.0, 0.4])
def test_gay_berne_is_the_published_formula(length):
    what = system({"A": ELLIPSOID | {"length": length}})
    made, random = engine(what), np.random.default_rng(2)
    nonzero = 0
    for _ in range(25):
        q, r = rowan.normalize(random.normal(size=(2, 4))), random.normal(size=3)
        r *= random.uniform(1.0, 3.0) / np.linalg.norm(r)
        axes = rowan.rotate(q, [0.0, 0.0, 1.0])
        wanted = gay_berne(*axes, r, length)
        if wanted > 100.0:
            continue
        found, *_ = made.energy_forces_and_torques(pair(what, r, q))
        assert found == pytest.approx(wanted, rel=1e-8, abs=1e-9)
        nonzero += abs(wanted) > 1e-3
    assert nonzero > 5


#: Blocks and dimensions.
TOUCHING: dict[str, Any] = {
    "gay berne": ({"A": ELLIPSOID}, 3),
    "sphere and cube": ({"A": alj(SPHERE), "B": alj(CUBE, contact_ratio=0.2)}, 3),
    "polygons": ({"A": alj({"form": "hard_polygon", "sides": 5}), "B": alj(SQUARE)}, 2),
    "tetrahedra": ({"A": alj(TETRAHEDRON)}, 3),
    "two polyhedra": ({"A": alj(CUBE | {"rounding": 0.1}), "B": alj(TETRAHEDRON)}, 3),
}


@pytest.mark.hoomd
@pytest.mark.parametrize("case", TOUCHING)
def test_forces_and_torques_are_derivatives_of_the_energy(case):
    """Of bodies in random orientations, moved together until they repel each other."""
    blocks, d = TOUCHING[case]
    what = system(blocks, d)
    made, random = engine(what), np.random.default_rng(5)
    checked = 0
    for _ in range(2):
        q = rowan.normalize(random.normal(size=(2, 4)))
        if d == 2:
            q[:, 1:3] = 0.0
            q = rowan.normalize(q)
        towards = random.normal(size=3) * (1.0, 1.0, d - 2.0)
        towards /= np.linalg.norm(towards)
        r = made._r_cut
        while made.energy_and_forces(pair(what, r * towards, q))[0] < 0.5 and r > 0.5:
            r -= 0.03
        _, forces, torques, _ = made.energy_forces_and_torques(pair(what, r * towards, q))

        def energy(shift, turn, r=r, towards=towards, q=q):
            turned = np.array([q[0], rowan.multiply(rowan.exp(np.array([0.0, *turn]) / 2), q[1])])
            return made.energy_and_forces(pair(what, r * towards + shift, turned))[0]

        size = 1e-5
        for a in range(d):
            step = size * np.eye(3)[a]
            slope = (energy(step, np.zeros(3)) - energy(-step, np.zeros(3))) / (2 * size)
            assert forces[1, a] == pytest.approx(-slope, abs=1e-4 * np.abs(forces).max())
            if d == 2 and a != 1:
                continue
            turn = size * np.eye(3)[a if d == 3 else 2]
            slope = (energy(np.zeros(3), turn) - energy(np.zeros(3), -turn)) / (2 * size)
            found = torques[1, a if d == 3 else 2]
            assert found == pytest.approx(-slope, abs=1e-4 * np.abs(forces).max())
            checked += 1
    assert checked == 2 * (3 if d == 3 else 1)


RUN: dict[str, Any] = {
    "system": {"dimensions": 3, "particles": {"A": 27}, "building_blocks": {"A": alj(CUBE)}},
    "potential": None,
    "method": {
        "number_density": 0.1,
        "kT": 1.0,
        "dt": 0.002,
        "equilibration_steps": 100,
        "steps": 200,
        "production_steps": 100,
    },
    "settings": {"engine": "auto", "log_period": 20, "frames": 4},
}


@pytest.mark.hoomd
@pytest.mark.parametrize(
    ("block", "dimensions", "density"),
    [(alj(CUBE), 3, 0.14), (alj(SQUARE), 2, 0.3), (SHORT, 3, 0.1)],
)
def test_energy_is_conserved(block, dimensions, density):
    """In free flight and many collisions, to a part of kT per particle."""
    n, steps = {2: 36, 3: 27}[dimensions] * (3 if block is SHORT else 1), 1500
    what = system({"A": block}, dimensions, n)
    bodies, random = rigid_bodies(what), np.random.default_rng(1)
    anisotropic = Anisotropic.of(what)
    start = random_bodies(bodies, {"A": n}, density, anisotropic.clearance, random)
    thermalise(start, bodies, 1.0, random)
    made = engine(what, dt=0.002)
    sampling = Sampling(50, 0, steps)
    chunk = made.run(made.begin(start), Segment(0, steps, (1.0, 1.0)), steps, sampling)
    turning = np.count_nonzero(bodies["A"].inertia)
    freedom = dimensions * (n - 1) + n * turning
    assert turning == {2: 1, 3: 2 if block is SHORT else 3}[dimensions]
    total = chunk.samples[:, 2] + 0.5 * freedom / n * chunk.samples[:, 1]
    assert np.ptp(total) < 0.03
    assert np.ptp(chunk.samples[:, 1]) > 0.02  # kT changes: they meet
    assert chunk.samples[:, 1] == pytest.approx(1.0, abs=0.4)


@pytest.mark.hoomd
def test_products_of_a_job(tasks):
    (task,) = tasks(**RUN)
    drive(task)
    found = json.loads((task.folder / "result.json").read_text())
    assert found["engine"] == "hoomd"
    assert found["kT"] == pytest.approx(1.0, abs=0.3)
    final = Configuration.read(task.folder / "final.gsd")
    assert np.linalg.norm(final.orientations, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert final.type_shapes[0]["type"] == "ConvexPolyhedron"
    assert np.abs(final.angular_momenta).max() > 0.0


@pytest.mark.hoomd
def test_ellipsoids_at_constant_pressure_are_resumed(tasks):
    changes = {
        "system": {"particles": {"A": 125}, "building_blocks": {"A": {"shape": None} | SHORT}},
        "method": {"ensemble": "npt", "pressure": 0.1, "number_density": 0.1},
    }
    (task,) = tasks(**merge(RUN, changes) | {"potential": None})
    drive(task)
    folder, found = interruptions.interrupted_at_every_checkpoint(task, Forward)
    assert (
        json.loads((task.folder / "result.json").read_text())["energy_per_particle"]
        == (found["energy_per_particle"])
    )
    one, other = (Configuration.read(each / "final.gsd") for each in (task.folder, folder))
    assert np.array_equal(one.positions, other.positions)
    assert np.array_equal(one.orientations, other.orientations)
    assert one.type_shapes == ({"type": "Ellipsoid", "a": 0.5, "b": 0.5, "c": 1.0},)


@pytest.mark.hoomd
def test_a_dilute_start_is_compressed_before_the_barostat_acts(tasks):
    """At 50 times the pressure of the gas a barostat alone drives bodies into each other."""
    changes = {
        "system": {"particles": {"A": 108}},
        "method": {"ensemble": "npt", "pressure": 5.0, "number_density": 0.1},
    }
    (task,) = tasks(**merge(RUN, changes) | {"potential": None})
    begun = Forward(task).start()
    assert begun.engine["box"][0] == pytest.approx(1080.0 ** (1 / 3))
    drive(task)
    with np.load(task.folder / "thermo.npz") as thermo:
        assert thermo["number_density"].min() > 0.2
        assert thermo["number_density"].max() < 0.7
        assert thermo["kT"].max() < 2.0


@pytest.mark.hoomd
def test_a_start_that_is_too_dense_for_bodies_that_turn_is_compressed(tasks):
    """At constant volume; where nothing holds the temperature meanwhile it is a failure."""
    (task,) = tasks(**merge(RUN, {"method": {"number_density": 0.25}}) | {"potential": None})
    begun = Forward(task).start()
    assert 27 / begun.engine["box"][:3].prod() == pytest.approx(0.17, abs=0.01)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.25)
    assert result["kT"] == pytest.approx(1.0, abs=0.5)
    method = {"number_density": 0.5, "ensemble": "nve"}
    (task,) = tasks(**merge(RUN, {"method": method}) | {"potential": None}, root="nve")
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "overlap at the start; expected at most 0.17" in failed["reason"]


def test_only_hoomd_can_run_them(campaign):
    root = campaign(**RUN)
    (job,) = (root / "workspace").iterdir()
    assert only_hoomd(json.loads((job / "signac_statepoint.json").read_text()))


@pytest.mark.parametrize(
    ("blocks", "changes", "message"),
    [
        ({"A": alj(SQUARE)}, {}, "lives in 2 dimensions"),
        ({"A": alj(CUBE), "B": ELLIPSOID}, {}, "no energy between anisotropic_lennard_jones and"),
        ({"A": alj(CUBE), "B": None}, {}, "potential is missing"),
        ({"A": ELLIPSOID, "B": ELLIPSOID}, {}, "gay_berne particles of one type only"),
        ({"A": alj(CUBE, r_cut=2.5)}, {}, "has no meaning without attraction"),
        (
            {"A": alj(CUBE, attraction="both"), "B": alj(SPHERE)},
            {},
            "the same attraction for all types",
        ),
        ({"A": alj(CUBE)}, {"method": {"name": "monte_carlo"}}, "cannot treat anisotropic"),
        (
            {"A": {"form": "patchy_lennard_jones", "width": 0.3}},
            {},
            "forward cannot treat patchy_lennard_jones; expected basin_hopping or genetic",
        ),
        ({"A": ELLIPSOID}, {"system": {"dimensions": 2}}, "lives in 3 dimensions"),
        (
            {"A": ELLIPSOID},
            {"method": {"cell": "flexible", "ensemble": "npt", "pressure": 1}},
            "isotropic cell",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(tmp_path, blocks, changes, message):
    import yaml

    content = merge(SMALL, merge(RUN, changes) | {"potential": None})
    content["system"]["particles"] = dict.fromkeys(blocks, 8)
    content["system"]["building_blocks"] = {name: b for name, b in blocks.items() if b}
    if "name" in changes.get("method", {}):
        content["method"] = {"name": "monte_carlo", "number_density": 0.1, "steps": 10}
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(CampaignError, match=message):
        read_campaign(file)
