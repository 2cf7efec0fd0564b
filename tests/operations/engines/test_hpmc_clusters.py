"""Cluster moves: the same ensemble, sooner.

    pytest -m "physical_validation" -s tests/operations/engines/test_hpmc_clusters.py

prints what docs/validation.md says of them.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from analysis.configuration import Configuration
from analysis.statistics import correlated_mean
from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hpmc import Hpmc
from operations.engines.hpmc_depletion import Depletion
from operations.interactions.model import Model
from operations.interactions.start import lattice
from workspace_schema.building_blocks import AnyBuildingBlock
from workspace_schema.depletants import Depletants

pytestmark = pytest.mark.hoomd
BLOCK = TypeAdapter(AnyBuildingBlock)
SPHERE = {"form": "hard_sphere"}
CUBE = {"form": "hard_polyhedron", "name": "cube"}
PATCHY = {"form": "kern_frenkel", "patches": {"P": {"half_angle": 1.2, "range": 1.4}}}
SWEEPS = 50_000
FEW = Depletants(diameter=0.15, packing_fraction=0.2)


def engine(types, period=None, ensemble="nvt", depletants=None, adjust_until=500) -> Hpmc:
    blocks = {name: BLOCK.validate_python(block) for name, block in types.items()}
    model = Model(3, tuple(sorted(blocks)), blocks=blocks, depletants=depletants)
    how = Integration(ensemble, adjust_until=adjust_until, cluster_period=period)
    return Hpmc(model, how, 5, "cpu")


def run(hpmc: Hpmc, state, sweeps: int, every: int, kT=1.0, pressure=0.0, frames=0):
    segment = Segment(0, sweeps, (kT, kT), (pressure, pressure))
    return hpmc.run(state, segment, sweeps, Sampling(every, frames, sweeps))


@pytest.mark.parametrize(
    ("types", "depletants"), [({"A": SPHERE}, FEW), ({"A": PATCHY, "B": CUBE}, None)]
)
def test_particles_move_farther_than_by_local_moves_without_overlap_and_alike_again(
    types, depletants
) -> None:
    counts = dict.fromkeys(types, 64 // len(types))
    start = lattice("sc", counts, 3, 0.1, np.random.default_rng(1))
    ends = []
    for period, fresh in ((None, False), (2, False), (2, True)):
        hpmc = engine(types, period, depletants=depletants)
        state = hpmc.begin(start)
        for stop in (20, 40):
            hpmc = engine(types, period, depletants=depletants) if fresh else hpmc
            state = hpmc.run(state, Segment(0, 40, (1.0, 1.0)), stop, Sampling(40, 0, 40)).state
        assert hpmc.overlaps(state) == 0
        ends.append(state)
    still, moved, again = ends
    edge = start.box[0]

    def way(state) -> float:
        """Mean displacement, the shortest way around."""
        d = state["position"] - start.positions
        return float(np.linalg.norm(d - edge * np.rint(d / edge), axis=1).mean())

    # two points at random in a periodic cube are 0.48 of its edge apart
    assert way(moved) == pytest.approx(0.48 * edge, rel=0.1)
    assert way(still) < 0.5 * way(moved)
    assert all(np.array_equal(moved[key], again[key]) for key in moved)


def test_a_tilted_box_has_no_axes_to_reflect_bodies_in() -> None:
    start = lattice("sc", {"A": 64}, 3, 0.1, np.random.default_rng(1))
    tilted = replace(start, box=np.array([*start.box[:3], 0.2, 0.0, 0.0]))
    with pytest.raises(EngineError, match=r"cluster_period.*right angles"):
        engine({"A": CUBE}, 5).begin(tilted)
    engine({"A": SPHERE}, 5).begin(tilted)


@pytest.mark.parametrize("form", ["patches", "depletants"])
def test_clusters_alone_bind_two_particles_as_often_as_boltzmann(form) -> None:
    """Each is in the well of the other in a part of all states that is known exactly."""
    edge, kT, well = 3.0, 0.8, 1.4
    whole = {"P": {"half_angle": np.pi, "range": well}}
    types, few, strength = {"A": PATCHY | {"patches": whole}}, None, 1.0 / kT
    bound = 4.0 / 3.0 * np.pi * (well**3 - 1.0) * np.exp(strength)
    if form == "depletants":
        types, few = {"A": SPHERE}, Depletants(diameter=0.15, packing_fraction=0.2)
        depletion = Depletion(few, {"A": BLOCK.validate_python(SPHERE)}, 3)
        edges, energies = depletion.steps["A", "A"]
        well = float(edges[-1])
        shells = np.diff(edges**3, prepend=1.0)
        bound = 4.0 / 3.0 * np.pi * float(shells @ np.exp(-energies))
    expected = bound / (bound + edge**3 - 4.0 / 3.0 * np.pi * well**3)
    start = lattice("sc", {"A": 8}, 3, 8 / edge**3, np.random.default_rng(1))
    start = replace(start, positions=start.positions[:2], types=start.types[:2])
    hpmc = engine(types, 1, depletants=few, adjust_until=0)
    state = hpmc.begin(start) | {"moves": np.full(5, 1e-12)}
    near = correlated_mean(run(hpmc, state, 2000, 5, kT).samples[:, 2] < 0.0)
    print(f"bound {near.mean:.4f} ± {near.standard_error:.4f}, {expected:.4f}")
    assert near.standard_error < 0.05
    assert near.mean == pytest.approx(expected, abs=3.5 * near.standard_error)


@pytest.mark.slow
@pytest.mark.physical_validation
@pytest.mark.parametrize("case", ["depletants", "patches", "cubes", "npt"])
def test_the_ensemble_is_the_same(case) -> None:
    """Energy and pressure, in npt density, with cluster moves and without."""
    types = {"depletants": {"A": SPHERE}, "patches": {"A": PATCHY}}.get(case, {"A": CUBE})
    few = FEW if case == "depletants" else None
    free = case == "npt"  # few, whose volume is soon forgotten
    start = lattice("sc", {"A": 8 if free else 64}, 3, 0.3, np.random.default_rng(1))
    found = []
    for period in (None, 2):
        hpmc = engine(types, period, "npt" if free else "nvt", few)
        sweeps = 40_000 if free else 10_000
        rows = run(hpmc, hpmc.begin(start), sweeps, 10, pressure=0.6).samples[50:]
        columns = (4,) if free else (2, 3)
        found.append([correlated_mean(rows[:, column]) for column in columns])
    for without, having in zip(*found, strict=True):
        error = float(np.hypot(without.standard_error, having.standard_error))
        print(f"\n{case}: {without.mean:.5g}, with clusters {having.mean:.5g} ± {error:.2g}")
        assert having.mean == pytest.approx(without.mean, abs=3.5 * error + 1e-12)


@pytest.mark.slow
@pytest.mark.physical_validation
def test_large_spheres_among_small_ones_forget_sooner() -> None:
    """Eight spheres five times as wide as 500 others: seconds in which density waves of the large
    ones are forgotten, and the number of pairs of large ones with no room for a small one between
    them."""
    edge, random = 13.8, np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), axis=-1).reshape(-1, 3) * edge / 4
    points = list(grid)
    while len(points) < 508:
        point = random.uniform(-edge / 2, edge / 2, 3)
        d = np.array(points) - point
        d -= edge * np.rint(d / edge)
        reach = np.where(np.arange(len(points)) < 8, 3.0, 1.0)
        if (np.linalg.norm(d, axis=1) > reach).all():
            points.append(point)
    kinds = (np.arange(508) >= 8).astype(int)
    box = np.array([edge] * 3 + [0.0] * 3)
    start = Configuration(np.array(points), box, 3, kinds, ("A", "B"))
    means = []
    for period in (None, 10):
        hpmc = engine({"A": {**SPHERE, "diameter": 5.0}, "B": SPHERE}, period)
        begin = time.process_time()
        frames = run(hpmc, hpmc.begin(start), SWEEPS, 50, frames=20).frames
        seconds = (time.process_time() - begin) / SWEEPS
        large = np.array([frame.positions[:8] for _, frame in frames])[len(frames) // 10 :]
        waves = np.exp(2j * np.pi / edge * large).sum(axis=1)
        times = [
            correlated_mean(part).autocorrelation_time
            for part in np.hstack([waves.real, waves.imag]).T
        ]
        d = large[:, :, None] - large[:, None]
        r = np.linalg.norm(d - edge * np.rint(d / edge), axis=-1)
        close = correlated_mean((np.triu(r < 6.0, 1)).sum(axis=(1, 2)) - 0.0)
        sweeps = 20 * np.mean(times)
        print(
            f"\nperiod {period}: {sweeps:.0f} sweeps, {1e3 * seconds:.3g} ms each,"
            f" {sweeps * seconds:.3g} s; close pairs {close.mean:.3f} ± {close.standard_error:.3f}"
        )
        means.append(close)
    without, having = means
    error = float(np.hypot(without.standard_error, having.standard_error))
    assert having.mean == pytest.approx(without.mean, abs=3.5 * error)
    assert having.autocorrelation_time < without.autocorrelation_time
