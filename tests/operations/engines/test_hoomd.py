"""The HOOMD-blue engine: chunks are pure functions of the state."""

import numpy as np
import pytest

from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hoomd import Hoomd
from operations.pair_functions import PairFunction
from operations.start import lattice, thermal_velocities
from workspace_schema.potentials import FORMS

pytestmark = pytest.mark.hoomd

INTEGRATIONS = [
    Integration("nve", 0.005),
    Integration("nvt", 0.005),
    Integration("nvt", 0.005, thermostat="langevin"),
    Integration("npt", 0.005),
    Integration("npt", 0.005, cell="flexible"),
]


@pytest.fixture(scope="module")
def pairs():
    return {(0, 0): PairFunction(FORMS["lennard_jones"]())}


def start(dimensions: int, name: str):
    random = np.random.default_rng(2)
    n = {2: 108, 3: 256}[dimensions]
    configuration = lattice(name, {"A": n}, dimensions, 0.8, random)
    configuration.velocities = thermal_velocities(n, dimensions, 1.0, random)
    return configuration


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=str)
@pytest.mark.parametrize(("dimensions", "name"), [(2, "hexagonal"), (3, "fcc")])
def test_chunks_are_pure_and_independent_of_frames(pairs, integration, dimensions, name) -> None:
    segment = Segment(0, 600, (1.0, 0.5), (1.0, 1.0))
    engine = Hoomd(pairs, integration, 5, "cpu")
    begin = engine.begin(start(dimensions, name))
    # One engine goes on with its simulation in memory, the other begins from what it is given.
    sampling = Sampling(50, 100, 600)
    middle = engine.run(
        engine.run(begin, segment, 150, sampling).state, segment, 300, sampling
    ).state
    one = engine.run(middle, segment, 600, Sampling(50, 100, 600))

    other = Hoomd(pairs, integration, 5, "cpu")
    # Steps at which the virial is computed differ in the last bit: the log period must be kept.
    sampling = Sampling(50, 0, 600)
    middle = other.run(begin, segment, 150, sampling).state
    middle = {key: value.copy() for key, value in middle.items()}
    middle = other.run(middle, segment, 300, sampling).state
    two = other.run(middle, segment, 600, Sampling(50, 100, 600))
    for key, value in one.state.items():
        assert np.array_equal(value, two.state[key]), key
    assert np.array_equal(one.samples, two.samples)
    assert one.samples[:, 0].tolist() == list(range(350, 601, 50))
    assert [step for step, _ in one.frames] == [400, 500, 600]
    if integration.ensemble == "npt":
        assert not np.array_equal(one.state["box"], begin["box"])


def test_the_same_averages_as_lammps(pairs) -> None:
    from operations.engines.lammps import Lammps

    segment = Segment(0, 20_000, (1.0, 1.0), (2.0, 2.0))
    means = []
    for engine_class in (Hoomd, Lammps):
        engine = engine_class(pairs, Integration("npt", 0.005), 5, "cpu")
        chunk = engine.run(
            engine.begin(start(2, "hexagonal")), segment, 20_000, Sampling(20, 0, 20_000)
        )
        means.append(chunk.samples[200:].mean(axis=0))
    hoomd, lammps = means
    assert hoomd[1] == pytest.approx(lammps[1], rel=0.03)
    assert hoomd[2] == pytest.approx(lammps[2], rel=0.05)
    assert hoomd[3] == pytest.approx(2.0, abs=0.3)
    assert hoomd[4] == pytest.approx(lammps[4], rel=0.05)


def test_a_box_that_is_too_small_is_refused(pairs) -> None:
    small = lattice("fcc", {"A": 32}, 3, 0.8, np.random.default_rng(1))
    with pytest.raises(EngineError, match="needs more than twice r_cut"):
        Hoomd(pairs, Integration("nvt", 0.005), 5, "cpu").begin(small)


def test_open_boundaries_are_refused(pairs) -> None:
    cluster = start(3, "fcc")
    cluster.periodic = False
    with pytest.raises(EngineError, match="no open boundary"):
        Hoomd(pairs, Integration("nvt", 0.005), 5, "cpu").begin(cluster)
