"""The LAMMPS engine: chunks are pure functions of the state."""

import numpy as np
import pytest

from operations.engines import ExplodedError, Integration, Sampling, Segment
from operations.engines.lammps import Lammps
from operations.pair_functions import PairFunction
from operations.start import lattice, thermal_velocities
from workspace_schema.potentials import FORMS

INTEGRATIONS = [
    Integration("nve", 0.005),
    Integration("nvt", 0.005),
    Integration("nvt", 0.005, thermostat="langevin"),
    Integration("npt", 0.005),
    Integration("npt", 0.005, cell="flexible"),
    Integration("npt", 0.005, thermostat="langevin"),
]


@pytest.fixture(scope="module")
def pairs():
    return {(0, 0): PairFunction(FORMS["lennard_jones"]())}


def start(dimensions: int, name: str):
    random = np.random.default_rng(2)
    configuration = lattice(name, {"A": 108}, dimensions, 0.8, random)
    configuration.velocities = thermal_velocities(108, dimensions, 1.0, random)
    return configuration


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=str)
@pytest.mark.parametrize(("dimensions", "name"), [(2, "hexagonal"), (3, "fcc")])
def test_chunks_are_pure_and_independent_of_sampling(pairs, integration, dimensions, name) -> None:
    segment = Segment(0, 600, (1.0, 0.5), (1.0, 1.0))
    engine = Lammps(pairs, integration, 5)
    begin = engine.begin(start(dimensions, name))
    middle = engine.run(begin, segment, 300, Sampling(50, 100, 600)).state
    one = engine.run(middle, segment, 600, Sampling(50, 100, 600))

    other = Lammps(pairs, integration, 5)
    middle = other.run(begin, segment, 300, Sampling(70, 0, 600)).state
    two = other.run(middle, segment, 600, Sampling(50, 100, 600))
    a, b = engine.configuration(one.state), other.configuration(two.state)
    assert np.array_equal(a.positions, b.positions)
    assert np.array_equal(a.velocities, b.velocities)
    assert np.array_equal(a.box, b.box)
    assert np.array_equal(one.samples, two.samples)
    assert one.samples[:, 0].tolist() == list(range(350, 601, 50))
    assert [step for step, _ in one.frames] == [400, 500, 600]
    if integration.cell == "flexible":
        assert a.box[3] != 0.0


def test_every_chunk_has_its_own_noise(pairs) -> None:
    engine = Lammps(pairs, Integration("nvt", 0.005, thermostat="langevin"), 5)
    segment, sampling = Segment(0, 600, (1.0, 1.0)), Sampling(100, 0, 600)
    configuration = start(2, "hexagonal")
    first = engine.run(engine.begin(configuration, 0), segment, 300, sampling)
    second = engine.run(engine.begin(configuration, 300), segment, 600, sampling)
    one, two = engine.configuration(first.state), engine.configuration(second.state)
    assert np.corrcoef(one.velocities[:, 0], two.velocities[:, 0])[0, 1] < 0.9


def test_configuration_of_a_state_is_the_one_it_began_with(pairs) -> None:
    configuration = start(3, "fcc")
    configuration.images = np.random.default_rng(1).integers(-3, 4, (108, 3)).astype(np.int32)
    configuration.box[3:] = (0.1, -0.2, 0.3)
    engine = Lammps(pairs, Integration("nvt", 0.005), 5)
    back = engine.configuration(engine.begin(configuration, 123))
    fractional = (back.positions - configuration.positions) @ np.linalg.inv(configuration.cell)
    moved = np.round(fractional)
    np.testing.assert_allclose(fractional, moved, atol=1e-10)
    assert np.array_equal(back.images, configuration.images - moved)
    np.testing.assert_allclose(back.box, configuration.box, rtol=1e-12)
    assert np.array_equal(back.velocities, configuration.velocities)


def test_the_engine_works_again_after_an_explosion(pairs) -> None:
    engine = Lammps(pairs, Integration("nve", 0.5), 5)
    begin = engine.begin(start(2, "hexagonal"))
    segment = Segment(0, 2000, (1.0, 1.0))
    with pytest.raises(ExplodedError, match="before step 2000"):
        engine.run(begin, segment, 2000, Sampling(100, 0, 2000))
    assert engine.configuration(begin).n_particles == 108


def test_an_open_boundary_has_no_images(pairs) -> None:
    from analysis.configuration import Configuration

    pair = Configuration(
        positions=np.array([[-4.45, 0.0, 0.0], [4.45, 0.0, 0.0]]),
        box=np.array([10.0, 10.0, 10.0, 0.0, 0.0, 0.0]),
        dimensions=3,
        types=np.zeros(2),
        periodic=False,
    )
    engine = Lammps(pairs, Integration("nve", 0.005), 5)
    assert engine.energy_and_forces(pair)[0] == 0.0
    pair.periodic = True
    u = 4 * (1.1**-12 - 1.1**-6)
    assert engine.energy_and_forces(pair)[0] == pytest.approx(u, abs=1e-5)
