"""What the HOOMD-blue engine refuses."""

import numpy as np
import pytest

from operations.engines import EngineError, Integration
from operations.engines.hoomd import Hoomd
from operations.interactions.start import lattice

pytestmark = pytest.mark.hoomd


def test_a_box_that_is_too_small_is_refused(points) -> None:
    small = lattice("fcc", {"A": 32}, 3, 0.8, np.random.default_rng(1))
    with pytest.raises(EngineError, match="needs more than twice r_cut"):
        Hoomd(points(), Integration("nvt", 0.005), 5, "cpu").begin(small)


def test_open_boundaries_are_refused(points, crystal) -> None:
    cluster = crystal(3, "fcc")
    cluster.periodic = False
    with pytest.raises(EngineError, match="no open boundary"):
        Hoomd(points(), Integration("nvt", 0.005), 5, "cpu").begin(cluster)


@pytest.mark.parametrize(("dimensions", "name"), [(2, "hexagonal"), (3, "fcc")])
def test_particles_are_compressed_to_a_volume(points, crystal, dimensions, name) -> None:
    start = crystal(dimensions, name)
    engine = Hoomd(points(dimensions), Integration("nvt", 0.005, thermostat_time=0.1), 5, "cpu")
    state, target, calls, reached = engine.begin(start), start.volume / 1.3, 0, False
    while not reached:
        before = engine.configuration(state).volume
        state, reached = engine.compress(state, 0.5, volume=target)
        now = engine.configuration(state).volume
        assert before * 0.99 * np.exp(-0.1 * dimensions) < now < before
        calls += 1
    assert now == pytest.approx(target, rel=1e-9)
    assert calls == {2: 2, 3: 1}[dimensions]
    assert engine.compress(state, 0.5, volume=target * 1.01) == (state, True)
