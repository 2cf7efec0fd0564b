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
