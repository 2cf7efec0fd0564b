"""What holds of every engine: chunks are pure functions of the state."""

from __future__ import annotations

import numpy as np
import pytest

from operations.engines import ENGINES, Integration, Sampling, Segment, engine_classes

#: Marks of the tests of an engine.
MARKS = {"lammps": (), "hoomd": (pytest.mark.hoomd,), "batched": ()}

INTEGRATIONS = [
    Integration("nve", 0.005),
    Integration("nvt", 0.005),
    Integration("nvt", 0.005, thermostat="langevin"),
    Integration("npt", 0.005),
    Integration("npt", 0.005, cell="flexible"),
    Integration("npt", 0.005, cell="uniaxial"),
    Integration("npt", 0.005, thermostat="langevin"),
]

#: Steps between samples of the second run. HOOMD-blue's forces differ in the last bit at steps at
#: which the virial is computed too, so that there the log period must be kept.
OTHER_PERIOD = {"lammps": 70, "hoomd": 50, "batched": 70}


@pytest.mark.parametrize(
    ("engine", "integration"),
    [
        pytest.param(name, integration, marks=MARKS[name], id=f"{name}-{integration}")
        for name in ENGINES
        for integration in INTEGRATIONS
        if integration.needs <= engine_classes(name)[0].capabilities
    ],
)
@pytest.mark.parametrize(("dimensions", "name"), [(2, "hexagonal"), (3, "fcc")])
def test_chunks_are_pure_and_independent_of_sampling(
    points, crystal, engine: str, integration: Integration, dimensions: int, name: str
) -> None:
    kind = engine_classes(engine)[0]
    segment = Segment(0, 600, (1.0, 0.5), (1.0, 1.0))
    samplings = Sampling(50, 100, 600), Sampling(OTHER_PERIOD[engine], 0, 600)

    # The first engine goes on with what it has in memory, the second begins from copies.
    one = kind(points(dimensions), integration, 5, "cpu")
    begin = one.begin(crystal(dimensions, name))
    middle = one.run(begin, segment, 150, samplings[0]).state
    middle = one.run(middle, segment, 300, samplings[0]).state
    first = one.run(middle, segment, 600, samplings[0])

    two = kind(points(dimensions), integration, 5, "cpu")
    middle = two.run(begin, segment, 150, samplings[1]).state
    middle = {key: value.copy() for key, value in middle.items()}
    middle = two.run(middle, segment, 300, samplings[1]).state
    second = two.run(middle, segment, 600, samplings[0])

    a, b = one.configuration(first.state), two.configuration(second.state)
    for key in ("positions", "velocities", "images", "box"):
        assert np.array_equal(getattr(a, key), getattr(b, key)), key
    assert np.array_equal(first.samples, second.samples)
    assert first.samples[:, 0].tolist() == list(range(350, 601, 50))
    assert [step for step, _ in first.frames] == [400, 500, 600]
    assert a.images.any()
    assert not a.images[:, dimensions:].any()
    if integration.ensemble == "npt":
        assert not np.array_equal(a.box, crystal(dimensions, name).box)
    if integration.cell == "flexible":
        assert a.box[3] != 0.0
    if integration.cell == "uniaxial":
        edges = crystal(dimensions, name).box
        changed = np.flatnonzero(np.abs(a.box - edges) > 1e-9)
        assert changed.tolist() == [dimensions - 1]


@pytest.mark.hoomd
def test_the_same_averages(points, crystal) -> None:
    segment = Segment(0, 20_000, (1.0, 1.0), (2.0, 2.0))
    means = {}
    for name in ("lammps", "hoomd"):
        engine = engine_classes(name)[0](points(2), Integration("npt", 0.005), 5, "cpu")
        begin = engine.begin(crystal(2, "hexagonal"))
        chunk = engine.run(begin, segment, 20_000, Sampling(20, 0, 20_000))
        means[name] = chunk.samples[200:].mean(axis=0)
    hoomd, lammps = means["hoomd"], means["lammps"]
    assert hoomd[1] == pytest.approx(lammps[1], rel=0.03)
    assert hoomd[2] == pytest.approx(lammps[2], rel=0.05)
    assert hoomd[3] == pytest.approx(2.0, abs=0.3)
    assert hoomd[4] == pytest.approx(lammps[4], rel=0.05)
