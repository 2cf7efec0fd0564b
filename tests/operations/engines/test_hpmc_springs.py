"""Springs in HOOMD-blue's Monte Carlo: equipartition, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.statistics import correlated_mean
from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hpmc_springs import has_springs
from operations.interactions.external import PlaneWave, Tethers
from operations.interactions.model import Model
from operations.interactions.start import lattice
from workspace_schema.building_blocks.sphere import HardSphere

SMALL = {"A": HardSphere(form="hard_sphere", diameter=0.2)}


def model(d, *terms):
    return Model(d, ("A",), blocks=SMALL, external=terms)


@pytest.mark.hoomd
@pytest.mark.parametrize(("d", "name", "n"), [(2, "square", 36), (3, "fcc", 32)])
def test_springs_hold_half_kT_a_degree_of_freedom(d, name, n) -> None:
    from operations.engines.hpmc import Hpmc

    start, kT, k = lattice(name, {"A": n}, d, 1.0, np.random.default_rng(0)), 2.0, 2000.0
    ties = Tethers.to(start, k)
    spread = replace(ties, k=1.0, centred=True, name="spread", scale=0.0)
    engine = Hpmc(model(d, ties, spread), Integration("nvt", adjust_until=500), 3, "cpu")
    state, segment = engine.begin(start), Segment(0, 10_000, (kT, kT))
    found = engine.run(state, segment, 5000, Sampling(10, 0, 10_000)).samples[50:]
    for column, freedom in ((5, d * n), (6, d * (n - 1) / k)):
        mean = correlated_mean(found[:, column] / (0.5 * kT * freedom))
        assert mean.standard_error < 0.03
        assert abs(mean.mean - 1.0) < 4.0 * mean.standard_error


def test_only_springs_of_one_stiffness_are_known() -> None:
    start = lattice("square", {"A": 36}, 2, 1.0, np.random.default_rng(0))
    ties = Tethers.to(start, 5.0, scale=2.0)
    looked_at = replace(ties, centred=True, name="spread", scale=0.0)
    assert has_springs(model(2, ties, looked_at))
    assert not has_springs(model(2, looked_at))
    wave = PlaneWave(1.0, (1, 0, 0))
    centred, several = replace(ties, centred=True), replace(ties, k=np.ones(36))
    for term in (wave, centred, several):
        with pytest.raises(EngineError, match="springs of one stiffness"):
            has_springs(model(2, term))
