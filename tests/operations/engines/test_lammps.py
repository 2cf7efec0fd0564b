"""What is particular to the LAMMPS engine."""

import numpy as np
import pytest

from operations.engines import EngineError, ExplodedError, Integration, Sampling, Segment
from operations.engines.lammps import Lammps


def test_every_chunk_has_its_own_noise(points, crystal) -> None:
    engine = Lammps(points(2), Integration("nvt", 0.005, thermostat="langevin"), 5)
    segment, sampling = Segment(0, 600, (1.0, 1.0)), Sampling(100, 0, 600)
    configuration = crystal(2, "hexagonal")
    first = engine.run(engine.begin(configuration, 0), segment, 300, sampling)
    second = engine.run(engine.begin(configuration, 300), segment, 600, sampling)
    one, two = engine.configuration(first.state), engine.configuration(second.state)
    assert np.corrcoef(one.velocities[:, 0], two.velocities[:, 0])[0, 1] < 0.9


def test_configuration_of_a_state_is_the_one_it_began_with(points, crystal) -> None:
    configuration = crystal(3, "fcc")
    configuration.images = np.random.default_rng(1).integers(-3, 4, (256, 3)).astype(np.int32)
    configuration.box[3:] = (0.1, -0.2, 0.3)
    engine = Lammps(points(), Integration("nvt", 0.005), 5)
    back = engine.configuration(engine.begin(configuration, 123))
    fractional = (back.positions - configuration.positions) @ np.linalg.inv(configuration.cell)
    moved = np.round(fractional)
    np.testing.assert_allclose(fractional, moved, atol=1e-10)
    assert np.array_equal(back.images, configuration.images - moved)
    np.testing.assert_allclose(back.box, configuration.box, rtol=1e-12)
    assert np.array_equal(back.velocities, configuration.velocities)


def test_the_engine_works_again_after_an_explosion(points, crystal) -> None:
    engine = Lammps(points(2), Integration("nve", 0.5), 5)
    begin = engine.begin(crystal(2, "hexagonal"))
    segment = Segment(0, 2000, (1.0, 1.0))
    with pytest.raises(ExplodedError, match="before step 2000"):
        engine.run(begin, segment, 2000, Sampling(100, 0, 2000))
    assert engine.configuration(begin).n_particles == 108


def test_an_open_boundary_has_no_images(points) -> None:
    from analysis.configuration import Configuration

    pair = Configuration(
        positions=np.array([[-4.45, 0.0, 0.0], [4.45, 0.0, 0.0]]),
        box=np.array([10.0, 10.0, 10.0, 0.0, 0.0, 0.0]),
        dimensions=3,
        types=np.zeros(2),
        periodic=False,
    )
    integration = Integration("nve", 0.005)
    apart = Lammps(points(periodic=False), integration, 5)
    assert apart.energy_and_forces(pair)[0] == 0.0
    pair.periodic = True
    u = 4 * (1.1**-12 - 1.1**-6)
    assert Lammps(points(), integration, 5).energy_and_forces(pair)[0] == pytest.approx(u, abs=1e-5)
    with pytest.raises(EngineError, match="periodic of the configuration: True; expected False"):
        apart.energy_and_forces(pair)


@pytest.mark.parametrize("folder", ["a b", "a$b", "a#b", 'a"b', "not there"])
def test_no_folder_of_temporary_files_is_needed(
    points, crystal, tmp_path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    if folder != "not there":
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    engine = Lammps(points(2), Integration("nvt", 0.005), 5)
    state = engine.begin(crystal(2, "hexagonal"))
    segment = Segment(0, 10, (1.0, 1.0))
    assert len(engine.run(state, segment, 10, Sampling(10, 0, 10)).samples) == 1
