"""Hard and patchy particles in HOOMD-blue, against sums over pairs written here."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from pydantic import TypeAdapter

from analysis.configuration import Configuration
from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hpmc import Hpmc
from operations.engines.hpmc_pressure import LARGEST, narrowest
from operations.interactions.model import Model
from operations.interactions.start import lattice
from operations.search.hard_bodies import make_bodies
from operations.search.hard_monte_carlo import Crystal, energy
from tests.kern_frenkel import gas, kern_frenkel
from workspace_schema.building_blocks import AnyBuildingBlock

pytestmark = pytest.mark.hoomd
BLOCK = TypeAdapter(AnyBuildingBlock)
HOLD = Segment(0, 1000, (0.7, 0.7), (2.0, 2.0))


def blocks(**types):
    return {name: BLOCK.validate_python(block) for name, block in types.items()}


def engine(types, ensemble="nvt", cell="isotropic", adjust_until=500, dimensions=3):
    model = Model(dimensions, tuple(sorted(types)), blocks=types)
    return Hpmc(model, Integration(ensemble, cell=cell, adjust_until=adjust_until), 7, "cpu")


def energy_of(types, configuration, kT=0.7):
    """What the engine says of a configuration: move sizes 0, one sweep."""
    hpmc = engine(types, adjust_until=0)
    state = hpmc.begin(configuration) | {"moves": np.full(5, 1e-12)}
    chunk = hpmc.run(state, Segment(0, 10, (kT, kT)), 1, Sampling(1, 0, 1))
    return chunk.samples[-1, 2] * configuration.n_particles


def test_patches_of_several_kinds_and_types_have_the_energy_of_kern_and_frenkel():
    north = {"directions": "pole", "half_angle": 0.9, "range": 1.5, "epsilon": 1.0}
    south = {"directions": [[0, 0, -1], [1, 0, -0.2]], "half_angle": 0.6, "range": 1.3}
    types = blocks(
        A={"form": "kern_frenkel", "patches": {"N": north, "S": south | {"epsilon": 4.0}}},
        B={
            "form": "kern_frenkel",
            "diameter": 0.8,
            "patches": {"S": south | {"epsilon": 4.0, "half_angle": 1.2}},
        },
        C={"form": "hard_sphere"},
    )
    kinds = np.arange(60) % 3
    wells = {("N", "N"): (1.0, 1.5), ("S", "S"): (4.0, 1.3), ("N", "S"): (2.0, 1.4)}
    energies = []
    for seed in range(3):
        configuration = gas(60, 4.6, seed, kinds, ("A", "B", "C"))
        expected = kern_frenkel(configuration, types, wells)
        assert energy_of(types, configuration) == pytest.approx(expected, abs=1e-9)
        energies.append(expected)
    assert min(energies) < -10


def test_complementary_patches_stick_to_each_other_only():
    def patch(other):
        return {"directions": "pole", "half_angle": 1.5, "range": 1.5, "sticks_to": [other]}

    types = blocks(
        A={"form": "kern_frenkel", "patches": {"X": patch("Y")}},
        B={"form": "kern_frenkel", "patches": {"Y": patch("X")}},
    )
    configuration = gas(60, 4.6, 5, np.arange(60) % 2, ("A", "B"))
    expected = kern_frenkel(configuration, types, {("X", "Y"): (1.0, 1.5)})
    assert expected < -5
    assert energy_of(types, configuration) == pytest.approx(expected, abs=1e-9)


def test_patches_all_around_are_a_square_well():
    whole = {"range": 1.5, "half_angle": np.pi}
    # Eight patches of 1 radian leave nothing between the corners of a cube.
    eight = {"range": 1.5, "half_angle": 1.0, "directions": "cube"}
    configuration = gas(80, 5.0, 3)
    distances = [np.linalg.norm(a - b) for a, b in combinations(configuration.positions, 2)]
    expected = -float(np.sum(np.array(distances) < 1.5))
    for patch in (whole, eight):
        types = blocks(A={"form": "kern_frenkel", "patches": {"P": patch}})
        assert energy_of(types, configuration) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("types", "dimensions"),
    [
        ({"A": {"form": "hard_polyhedron", "name": "cube"}}, 3),
        ({"A": {"form": "kern_frenkel", "patches": {"P": {"half_angle": 1.0}}}}, 3),
        ({"A": {"form": "hard_polygon", "sides": 5, "rounding": 0.1}}, 2),
        (
            {
                "A": {"form": "sphere_union", "centers": [[0, 0, 0], [0.5, 0, 0]]},
                "B": {"form": "hard_polyhedron", "name": "octahedron"},
            },
            3,
        ),
    ],
)
@pytest.mark.parametrize("ensemble", ["nvt", "npt"])
def test_chunks_do_what_one_run_does_and_a_new_engine_goes_on_exactly(types, dimensions, ensemble):
    types = blocks(**types)
    counts = dict.fromkeys(types, 32)
    name = "square" if dimensions == 2 else "sc"
    start = lattice(name, counts, dimensions, 0.1, np.random.default_rng(1))
    sampling = Sampling(50, 300, 1000)

    def through(stops, fresh):
        hpmc = engine(types, ensemble, "flexible", dimensions=dimensions)
        state, samples, frames = hpmc.begin(start), [], []
        for stop in stops:
            if fresh:
                hpmc = engine(types, ensemble, "flexible", dimensions=dimensions)
                state = {key: np.array(value) for key, value in state.items()}
            chunk = hpmc.run(state, HOLD, stop, sampling)
            state = chunk.state
            samples.append(chunk.samples)
            frames += [step for step, _ in chunk.frames]
        return state, np.concatenate(samples), frames

    stops = (300, 400, 750, 1000)
    one, first, frames = through(stops, fresh=False)
    two, second, _ = through(stops, fresh=True)
    assert frames == [300, 600, 900, 1000]
    assert np.array_equal(first, second)
    for key in one:
        assert np.array_equal(one[key], two[key]), key
    assert len(first) == 20
    if ensemble == "npt":
        assert len(set(first[:, 4])) > 5


def test_overlaps_at_the_start_and_lone_gpus_are_refused():
    configuration = gas(20, 3.0, 1, least=0.7)
    with pytest.raises(EngineError, match="pairs of particles overlap"):
        engine(blocks(A={"form": "hard_sphere"})).begin(configuration)
    model = Model(3, ("A",), blocks=blocks(A={"form": "hard_sphere"}))
    with pytest.raises(EngineError, match="device: gpu, but HOOMD-blue"):
        Hpmc(model, Integration("nvt"), 1, "gpu")


def test_bodies_that_touch_may_overlap_by_the_precision_of_a_file():
    hpmc = engine(blocks(A={"form": "hard_polyhedron", "name": "cube"}))
    touching = lattice("sc", {"A": 64}, 3, 1.0, np.random.default_rng(1))
    for squeeze, fits in ((1e-6, True), (1e-4, False)):
        tight = lattice("sc", {"A": 64}, 3, (1 + squeeze) ** 3, np.random.default_rng(1))
        assert tight.volume < touching.volume
        if fits:
            state = hpmc.begin(tight)
            assert np.prod(state["box"][:3]) == pytest.approx(64, rel=1e-5)
        else:
            with pytest.raises(EngineError, match="overlap at the start"):
                hpmc.begin(tight)


def test_polygons_and_unions_of_disks_together_are_refused():
    types = blocks(
        A={"form": "hard_polygon", "sides": 3},
        B={"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]},
    )
    configuration = Configuration(
        np.array([[-3.0, 0, 0], [3.0, 0, 0]]),
        np.array([20.0, 20, 1, 0, 0, 0]),
        2,
        np.array([0, 1]),
        ("A", "B"),
    )
    with pytest.raises(EngineError, match="no polygons and unions of disks"):
        engine(types, dimensions=2).begin(configuration)


def test_moves_are_adjusted_to_their_acceptance_and_then_stay():
    types = blocks(A={"form": "hard_polyhedron", "name": "cube"})
    hpmc = engine(types, "npt", "flexible", adjust_until=3000)
    start = lattice("sc", {"A": 64}, 3, 0.4, np.random.default_rng(1))
    segment = Segment(0, 5000, (1.0, 1.0), (5.0, 5.0))
    tuned = hpmc.run(hpmc.begin(start), segment, 3000, Sampling(1000, 0, 5000)).state
    after = hpmc.run(tuned, segment, 5000, Sampling(1000, 0, 5000)).state
    assert np.array_equal(tuned["moves"], after["moves"])
    operations = hpmc._live.simulation.operations
    mc, (box,) = operations.integrator, operations.updaters
    # all lengths are free; HOOMD-blue counts moves of a length as moves of the volume
    moves = (mc.translate_moves, mc.rotate_moves, box.volume_moves, box.shear_moves)
    counts = np.array(moves, dtype=float)
    accepted = counts[:, 0] / counts.sum(axis=1)
    assert np.all(accepted > 0.2)
    assert np.all(accepted < 0.42)


def test_moves_of_each_type_are_adjusted_to_its_own_acceptance():
    types = blocks(A={"form": "hard_sphere"}, B={"form": "hard_sphere", "diameter": 0.4})
    start, n = lattice("fcc", {"A": 54, "B": 54}, 3, 0.9, np.random.default_rng(1)), 108
    hpmc, done = engine(types, adjust_until=12_000), False
    state = hpmc.begin(start)
    while not done:
        state, done = hpmc.compress(state, 1.0, volume=n / 1.5)
    state = state | {"step": np.asarray(0)}
    segment = Segment(0, 12_000, (1.0, 1.0))
    state = hpmc.run(state, segment, 12_000, Sampling(6000, 0, 12_000)).state
    sizes = hpmc.move_sizes(state)
    assert list(sizes) == ["translation.A", "translation.B"]
    assert 0.4 * sizes["translation.B"] > 1.5 * sizes["translation.A"]
    simulation = hpmc._live.simulation
    mc = simulation.operations.integrator
    for name in types:
        for other in types:
            mc.shape[other]["ignore_statistics"] = other != name
        simulation.run(1000)
        accepted, rejected = mc.translate_moves
        assert accepted + rejected == 1000 * 54
        assert 0.22 < accepted / (accepted + rejected) < 0.38, name


@pytest.mark.parametrize("cell", ["isotropic", "flexible"])
def test_a_dilute_gas_has_the_volume_of_an_ideal_gas(cell):
    """<V> = (N + 1) kT / P for V^N exp(-PV/kT) in V, whatever the shape of the box does."""
    n, pressure = 8, 0.001
    hpmc = engine(blocks(A={"form": "hard_sphere"}), "npt", cell, 4000)
    start = lattice("sc", {"A": n}, 3, pressure, np.random.default_rng(1))
    segment = Segment(0, 60_000, (1.0, 1.0), (pressure, pressure))
    state = hpmc.begin(start) | {"moves": np.array([0.5, 0.2, 0.1, 1.0, 0.01])}
    state = hpmc.run(state, segment, 4000, Sampling(50, 0, 60_000)).state
    samples = hpmc.run(state, segment, 60_000, Sampling(50, 0, 60_000)).samples
    volumes = samples[:, 4].reshape(16, -1).mean(axis=1)
    error = volumes.std(ddof=1) / 4
    # HOOMD-blue's ln V moves have V^(N + 1) in ln V, which is the same weight
    assert abs(volumes.mean() - (n + 1) / pressure) < 4 * error
    assert error < 0.05 * n / pressure


def test_they_have_no_forces_and_are_compressed_to_no_pressure():
    hpmc = engine(blocks(A={"form": "hard_sphere"}))
    start = lattice("sc", {"A": 27}, 3, 0.3, np.random.default_rng(1))
    with pytest.raises(EngineError, match="to a volume, not to a pressure"):
        hpmc.compress(hpmc.begin(start), 1.0, pressure=1.0)
    with pytest.raises(EngineError, match="have no forces"):
        hpmc.energy_and_forces(start)


def test_the_range_of_the_pressure_ends_before_a_second_step_of_the_potential():
    assert narrowest([]) == LARGEST
    assert narrowest([1.5]) == LARGEST
    assert narrowest([1.05]) == pytest.approx(1 - 1 / 1.05)
    assert narrowest([1.10, 1.05, 1.08]) == pytest.approx(1 - 1.08 / 1.10)


def test_half_of_the_particles_meet_another_one_in_the_range_of_the_pressure():
    """Of rods, too, which meet far more often than spheres of the same packing fraction."""
    rod = {"form": "sphere_union", "centers": [[0, 0, z] for z in np.linspace(-2, 2, 9).tolist()]}
    hpmc = engine(blocks(A=rod))
    state = hpmc.begin(lattice("sc", {"A": 64}, 3, 0.007, np.random.default_rng(1)))
    there = False
    while not there:
        state, there = hpmc.compress(state, 1.0, volume=64 / 0.06)
    step = int(state["step"])
    segment = Segment(step, step + 2000, (1.0, 1.0))
    hpmc.run(state, segment, segment.stop, Sampling(2000, 0, segment.stop))
    sdf = hpmc._live.simulation.operations.computes[0]
    assert sdf.xmax < 0.6 * LARGEST
    assert 0.3 < sdf.sdf_compression.sum() * sdf.dx < 0.7


ELLIPSOIDS = blocks(
    A={"form": "hard_ellipsoid", "aspect": 4},
    B={"form": "hard_ellipsoid", "semiaxes": [1, 2, 0.3], "volume": 0.5},
    C={"form": "hard_sphere", "diameter": 0.7},
)
SPHEROCYLINDERS = blocks(
    A={"form": "hard_spherocylinder", "elongation": 5},
    B={"form": "hard_polyhedron", "name": "cube", "volume": 0.3},
    C={"form": "hard_sphere", "diameter": 0.7},
)


BEAM = [[x, y, z] for x in (0, 2) for y in (0, 1) for z in (0, 1)]
POST = [[x, y, z] for x in (0, 1) for y in (1, 3) for z in (0, 1)]
UNIONS = blocks(
    A={"form": "polyhedron_union", "parts": [BEAM, POST]},
    B={"form": "hard_polyhedron", "name": "tetrahedron", "volume": 0.3},
    C={"form": "sphere_union", "centers": [[0, 0, 0], [0.5, 0, 0]], "diameters": [0.7, 0.5]},
)
POLE = {"form": "kern_frenkel", "diameter": 0.7, "patches": {"P": {"half_angle": 0.8}}}
PATCHY = blocks(C=POLE)


def check_overlaps(types, crowd):
    """As many as the compiled search finds, pair by pair, in a cell where nothing meets twice."""
    d = crowd.dimensions
    hpmc, bodies = engine(types, dimensions=d), make_bodies(types, d)
    cell = np.diag([50.0, 50.0, 50.0 if d == 3 else 1.0])
    crystal = Crystal(crowd.types, crowd.positions / 50, crowd.orientations, cell, d)
    pairs = [
        energy(bodies, crystal._replace(types=crystal.types[k], s=crystal.s[k], q=crystal.q[k]))
        for k in map(np.array, combinations(range(crowd.n_particles), 2))
    ]
    found = int(np.isinf(pairs).sum())
    assert hpmc.overlaps(hpmc._state(crowd, 0)) == found
    assert found > 100


@pytest.mark.parametrize(
    "types", [ELLIPSOIDS, SPHEROCYLINDERS, ELLIPSOIDS | PATCHY, SPHEROCYLINDERS | PATCHY, UNIONS]
)
def test_rods_overlap_where_the_compiled_search_says_so(types):
    check_overlaps(types, gas(120, 5.0, 1, np.arange(120) % 3, tuple(types), least=0.0))


def test_ellipsoids_and_other_bodies_than_spheres_are_refused():
    types = blocks(A={"form": "hard_ellipsoid", "aspect": 2}, B=SPHEROCYLINDERS["A"].model_dump())
    with pytest.raises(EngineError, match="nor ellipsoids and other bodies"):
        engine(types).overlaps(engine(types)._state(gas(2, 9.0, 1, np.arange(2), ("A", "B")), 0))


L = {"form": "hard_polygon", "vertices": [[0, 0], [2, 0], [2, 1], [1, 1], [1, 3], [0, 3]]}
ARROW = {"form": "hard_polygon", "vertices": [[0, 0], [1, 2], [0, 0.7], [-1, 2]], "area": 0.4}


def flat(types, positions, angles, length, kinds) -> Configuration:
    """Turned bodies of the plane in a square box."""
    half = np.array(angles) / 2
    turned = np.column_stack([np.cos(half), 0 * half, 0 * half, np.sin(half)])
    box = np.array([length, length, 1.0, 0, 0, 0])
    return Configuration(positions, box, 2, kinds, tuple(types), orientations=turned)


def test_concave_polygons_overlap_where_the_compiled_search_says_so():
    types = blocks(A=L, B=ARROW, C={"form": "hard_polygon", "sides": 5, "area": 0.3})
    random, n = np.random.default_rng(2), 120
    positions = np.column_stack([random.uniform(-4, 4, (n, 2)), np.zeros(n)])
    angles = random.uniform(0, 2 * np.pi, n)
    check_overlaps(types, flat(types, positions, angles, 50.0, np.arange(n) % 3))


@pytest.mark.parametrize(("apart", "overlaps"), [(1e-4, 0), (-1e-4, 1)])
def test_two_ls_fit_into_each_other(apart, overlaps):
    """One of them turned by half a turn, they are a rectangle twice as long as wide."""
    types = blocks(A=L)
    hpmc = engine(types, dimensions=2)
    both = np.array([[0, 0, 0], [0.25 + apart, 0.75 + 1e-4, 0]])
    placed = flat(types, both, [0.0, np.pi], 30.0, np.zeros(2, dtype=int))
    assert hpmc.overlaps(hpmc._state(placed, 0)) == overlaps


def test_concave_polygons_and_disks_are_refused():
    types = blocks(A=L, B={"form": "hard_sphere"})
    start = flat(types, np.array([[-3.0, 0, 0], [3.0, 0, 0]]), [0.0, 0.0], 20.0, np.arange(2))
    with pytest.raises(EngineError, match="no concave polygons and disks"):
        engine(types, dimensions=2).begin(start)


UNION = {"form": "sphere_union", "centers": [[0, 0, 0], [0.5, 0, 0]]}
SQUARE = {"directions": "square", "half_angle": 0.5}


@pytest.mark.parametrize(
    ("bodies", "dimensions"),
    [
        ([], 3),
        ([{"form": "hard_ellipsoid", "aspect": 2}], 3),
        ([{"form": "hard_spherocylinder", "elongation": 1}], 3),
        ([{"form": "hard_polyhedron", "name": "cube"}], 3),
        ([UNION], 3),
        ([UNION, {"form": "hard_polyhedron", "name": "cube"}], 3),
        ([UNION], 2),
        ([{"form": "hard_polygon", "sides": 5}], 2),
    ],
)
def test_patchy_particles_turn_beside_all_bodies(bodies, dimensions):
    patchy = POLE if dimensions == 3 else POLE | {"patches": {"P": SQUARE}}
    types = blocks(**dict(zip("ABC", [patchy, *bodies], strict=False)))
    name = "square" if dimensions == 2 else "sc"
    start = lattice(name, dict.fromkeys(types, 8), dimensions, 0.05, np.random.default_rng(1))
    hpmc = engine(types, dimensions=dimensions)
    state = hpmc.begin(start)
    chunk = hpmc.run(state, Segment(0, 20, (1.0, 1.0)), 20, Sampling(20, 0, 20))
    turned = np.abs(chunk.state["orientation"] - state["orientation"]).max(axis=1) > 1e-6
    assert turned.all()
