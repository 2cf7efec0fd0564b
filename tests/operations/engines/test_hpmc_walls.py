"""Hard bodies between two walls, against what is exact."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.integrate import trapezoid
from scipy.optimize import brentq

from analysis.configuration import Configuration
from analysis.shapes import shape_of
from analysis.statistics import correlated_mean
from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hpmc import Hpmc
from operations.engines.hpmc_walls import WallPressure
from operations.interactions.model import Model
from operations.interactions.start import dilute_start
from operations.interactions.walls import Slit, reaches
from operations.jobs import trajectory
from operations.jobs.driver import drive
from workspace_schema.building_blocks import AnyBuildingBlock
from workspace_schema.system import System

pytestmark = pytest.mark.hoomd

ROD = {"form": "hard_spherocylinder", "elongation": 3.0}
CUBE = {"form": "hard_polyhedron", "name": "cube"}
SPHERE = {"form": "hard_sphere"}


def between(block, separation, n, dimensions=3, density=None):
    """An engine, and a start."""
    data = {
        "dimensions": dimensions,
        "particles": {"A": n},
        "building_blocks": {"A": block},
        "walls": {"separation": separation},
    }
    system = System.model_validate(data)
    hpmc = Hpmc(Model.of(system), Integration("nvt", adjust_until=500), 7, "cpu")
    random = np.random.default_rng(3)
    start = dilute_start(hpmc.largest, {"A": n}, dimensions, random, density, hpmc.slit)
    return hpmc, start


@pytest.mark.parametrize(
    ("block", "dimensions", "width"),
    [(SPHERE, 3, 1.0), (SPHERE, 2, 1.0), (CUBE, 3, 1.5), (ROD, 3, None)],
)
def test_a_gas_presses_as_the_room_of_its_bodies_says(block, dimensions, width) -> None:
    """βP = N / A (H - w), w the mean width of a body over its orientations: 3/2 of a cube's edge,
    D + L/2 of a spherocylinder."""
    separation, n = 5.0, 1000
    hpmc, start = between(block, separation, n, dimensions, density=2e-4)
    if width is None:
        shape = hpmc.shapes["A"]
        width = 2 * shape.radius + 0.5 * np.ptp(shape.points[:, 2])
    sampling, stop = Sampling(10, 2000, 4000), 4000
    chunk = hpmc.run(hpmc.begin(start), Segment(0, stop, (2.0, 2.0)), stop, sampling)
    pressures = chunk.samples[100:, 3]
    area = float(np.prod(start.box[: dimensions - 1]))
    expected = 2.0 * n / (area * (separation - width))
    error = float(pressures.std() / np.sqrt(len(pressures) / 5))
    assert error < 0.1 * expected
    assert pressures.mean() == pytest.approx(expected, abs=3.5 * error)
    last = chunk.frames[-1][1]
    heights = np.abs(last.positions[:, dimensions - 1])
    assert heights.max() <= 0.5 * (separation - hpmc.shapes["A"].inscribed) + 1e-5
    assert heights.max() > 0.4 * (separation - hpmc.shapes["A"].inscribed)


def pressure_of(gaps: np.ndarray, separation: float, *diameters: float) -> float:
    """βP from gaps in an area of 1."""

    class Known(WallPressure):
        def _gaps(self):
            return gaps, 1.0

    blocks = [
        TypeAdapter(AnyBuildingBlock).validate_python(SPHERE | {"diameter": d}) for d in diameters
    ]
    shapes = tuple(shape_of(block, 3) for block in blocks)
    pressure = Known(None, 3, shapes, Slit.of_bodies(separation, 1.0))
    pressure.fit_range()
    return pressure.beta_p


@pytest.mark.parametrize("length", [0.3, 0.1, 0.03, 0.01, 0.003])
def test_the_range_follows_how_near_bodies_are(length: float) -> None:
    gaps = -length * np.log1p(-(np.arange(100_000) + 0.5) / 100_000)
    assert pressure_of(gaps, 9.0, 1.0) == pytest.approx(50_000 / length, rel=0.01)


def test_gaps_end_where_the_widest_body_has_no_room() -> None:
    """Of diameters 1 and 0.4 between walls 1.02 apart, anywhere there."""
    even = (np.arange(60_000) + 0.5) / 60_000
    gaps = np.concatenate([0.02 * even, 0.62 * even])
    assert pressure_of(gaps, 1.02, 1.0, 0.4) == pytest.approx(
        30_000 * (1 / 0.02 + 1 / 0.62), rel=0.01
    )
    assert np.isfinite(pressure_of(np.zeros(10), 1.0, 1.0))


def narrow_slit(width: float, per_length: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights and the density of disks of diameter 1 there (its integral is 1), exact where only
    neighbours can touch: the square of the first eigenvector of exp(-βF s(y, y')), s the distance
    of two that touch along the slit, F the force at which there are so many per length. D. A. Kofke
    and A. J. Post, J. Chem. Phys. 98, 4853 (1993)."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    y, root = width / 2 * nodes, np.sqrt(width / 2 * weights)
    fine = np.linspace(-width / 2, width / 2, 2001)
    touch, at = (np.sqrt(1.0 - (each[:, None] - y[None]) ** 2) for each in (y, fine))

    def solve(force: float) -> tuple[float, np.ndarray]:
        kernel = root[:, None] * np.exp(-force * touch) * root[None]
        values, vectors = np.linalg.eigh(kernel)
        first = vectors[:, -1]
        length = 1.0 / force + first @ (touch * kernel) @ first / values[-1]
        return length, (np.exp(-force * at) @ (root * first) / values[-1]) ** 2

    force = brentq(lambda f: solve(f)[0] - 1.0 / per_length, 1e-3, 1e3)
    return fine, solve(force)[1]


def test_disks_that_cannot_pass_have_their_exact_profile() -> None:
    n, separation, per_length = 400, 1.8, 0.95
    hpmc, start = between(SPHERE, separation, n, 2, density=per_length / separation)
    assert n / start.box[0] == pytest.approx(per_length)
    stop = 20_000
    chunk = hpmc.run(hpmc.begin(start), Segment(0, stop, (1.0, 1.0)), stop, Sampling(10, 100, stop))
    y, density = narrow_slit(separation - 1.0, per_length)
    assert trapezoid(density, y) == pytest.approx(1.0, rel=1e-6)
    pressure = correlated_mean(chunk.samples[200:, 3])
    assert pressure.standard_error < 0.01 * pressure.mean
    # contact theorem
    expected = per_length * density[-1]
    assert pressure.mean == pytest.approx(expected, abs=3.5 * pressure.standard_error)
    heights = np.array([np.mean(frame.positions[:, 1] ** 2) for _, frame in chunk.frames[20:]])
    squares = correlated_mean(heights)
    exact = trapezoid(density * y**2, y)
    print(f"βP {pressure.mean:.4f}({pressure.standard_error:.4f}), exact {expected:.4f}; <y²>")
    print(f"{squares.mean:.5f}({squares.standard_error:.5f}), exact {exact:.5f}")
    assert squares.mean == pytest.approx(exact, abs=3.5 * squares.standard_error)


def test_a_resumed_run_equals_an_uninterrupted_one() -> None:
    hpmc, start = between(ROD, 4.0, 60)
    segment, sampling = Segment(0, 400, (1.0, 1.0)), Sampling(10, 100, 400)
    state = hpmc.begin(start)
    one = hpmc.run(hpmc.run(state, segment, 200, sampling).state, segment, 400, sampling)
    half = between(ROD, 4.0, 60)[0].run(state, segment, 200, sampling)
    kept = {key: np.array(value) for key, value in half.state.items()}
    other = between(ROD, 4.0, 60)[0].run(kept, segment, 400, sampling)
    assert np.array_equal(one.state["position"], other.state["position"])
    assert np.array_equal(one.samples, other.samples)


def test_what_reaches_beyond_the_walls_is_refused() -> None:
    hpmc, start = between(SPHERE, 3.0, 20)
    start.positions[0, 2] = 1.2
    with pytest.raises(EngineError, match=r"1 bodies reach beyond the walls, by up to 0\.2"):
        hpmc.begin(start)
    start.box[2] = 9.0
    with pytest.raises(EngineError, match="the box is 9 along the normal of the walls; expected 4"):
        hpmc.begin(start)


def test_jobs_between_walls(tasks, tmp_path) -> None:
    """Compressed along the walls only; a run goes on from the file of another."""
    changes = {
        "system": {
            "dimensions": 3,
            "particles": {"A": 100},
            "building_blocks": {"A": CUBE},
            "walls": {"separation": 3.0},
        },
        "potential": None,
        "method": {
            "name": "monte_carlo",
            "number_density": 0.35,
            "steps": 500,
            "production_steps": 1000,
        },
        "settings": {"engine": "hoomd", "device": "cpu", "log_period": 10, "frames": 150},
    }
    (task,) = tasks(**changes)
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.35)
    assert result["packing_fraction"] == pytest.approx(0.35)
    # kT times the density of surfaces beside the walls
    cube = shape_of(TypeAdapter(AnyBuildingBlock).validate_python(CUBE), 3)
    frames, near, count = trajectory.read(task.folder / "trajectory.gsd")[50:], 0.04, 0
    for frame in frames:
        reach = reaches((cube,), frame.types, frame.orientations)
        count += int(np.sum(1.5 + np.array([[1.0], [-1.0]]) * frame.positions[:, 2] - reach < near))
    beside = count / len(frames) / (2.0 * near * 100 / (3.0 * 0.35))
    print(f"P {result['pressure']:.3f}, beside the walls {beside:.3f}, {count} of them")
    assert len(frames) >= 100
    assert result["pressure"] == pytest.approx(beside, rel=0.2)
    (longer,) = tasks(**changes | {"method": changes["method"] | {"production_steps": 1500}})
    assert longer.id == task.id
    drive(longer)
    with np.load(task.folder / "thermo.npz") as thermo:
        assert thermo["step"][-1] == 2000
        assert thermo["number_density"] == pytest.approx(0.35, rel=1e-5)
    final = Configuration.read(task.folder / "final.gsd")
    area = float(np.prod(final.box[:2]))
    assert 100 / (3.0 * area) == pytest.approx(0.35, rel=1e-6)
    (task.folder / "final.gsd").rename(tmp_path / "end.gsd")
    changes["method"] |= {"number_density": None, "start": {"file": "end.gsd"}}
    (other,) = tasks(root="another", **changes)
    drive(other)
    again = json.loads((other.folder / "result.json").read_text())
    assert again["number_density"] == pytest.approx(0.35, rel=1e-5)
    changes["system"]["walls"] = {"separation": 4.0}
    (wider,) = tasks(root="a third", **changes)
    drive(wider)
    failed = (wider.folder / "failed.json").read_text()
    assert "the box is 4.73205 along the normal of the walls; expected 5.73205" in failed
