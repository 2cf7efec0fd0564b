"""What is particular to the LAMMPS engine."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines import EngineError, ExplodedError, Integration, Sampling, Segment
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.potentials import FORMS


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


def neighbours(n: int, number_density: float, r_cut: float) -> tuple[Lammps, Configuration]:
    """Soft particles of a long range, and a crystal of them."""
    pair = PairFunction(FORMS["yukawa"](r_cut=r_cut, truncation="shift"))
    model = Model(3, ("A",), {(0, 0): pair})
    random = np.random.default_rng(2)
    crystal = lattice("fcc", {"A": n}, 3, number_density, random)
    crystal.velocities = thermal_velocities(n, 3, 0.5, random)
    return Lammps(model, Integration("nvt", 0.002), 5), crystal


def test_the_list_of_neighbours_is_as_long_as_the_cut_off_needs() -> None:
    # 4/3 π 10.9³ = 5425 neighbours, half of them in the list: more than LAMMPS' 2000
    engine, crystal = neighbours(2048, 1.0, 10.5)
    segment, sampling = Segment(0, 2, (0.5, 0.5)), Sampling(1, 0, 2)
    energy = engine.run(engine.begin(crystal), segment, 2, sampling).samples[0, 2]
    # 2 π ρ ∫ (u - u(r_cut)) r² dr of a fluid without correlations
    r = np.linspace(1e-6, 10.5, 100_001)
    u = np.exp(-r) / r - np.exp(-10.5) / 10.5
    mean_field = 2 * np.pi * np.trapezoid(u * r**2, r)
    assert energy == pytest.approx(mean_field, rel=0.2)


def test_an_overflow_of_the_list_is_no_explosion(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, crystal = neighbours(500, 1.0, 6.0)
    monkeypatch.setattr(engine, "_most_neighbours", lambda: 100)
    with pytest.raises(EngineError, match=r"neighbours within r_cut = 6.*Neighbor list overflow"):
        engine.run(engine.begin(crystal), Segment(0, 9, (0.5, 0.5)), 9, Sampling(9, 0, 9))
    monkeypatch.undo()
    engine.run(engine.begin(crystal), Segment(0, 9, (0.5, 0.5)), 9, Sampling(9, 0, 9))


def test_a_small_box_is_filled_with_images() -> None:
    engine, crystal = neighbours(32, 1.0, 8.0)  # 4/3 π 8.4³ = 2483 neighbours of 32 particles
    engine.begin(crystal)
    assert engine._most_neighbours() == 32 * 6**3  # 16.8 in a box of 32^(1/3) = 3.17 reaches 5.3


def test_what_the_memory_cannot_hold_is_no_explosion(points, crystal, monkeypatch) -> None:
    engine = Lammps(points(2), Integration("nvt", 0.005), 5)
    begin = engine.begin(crystal(2, "hexagonal"))

    def full() -> None:
        raise MemoryError

    monkeypatch.setattr(engine, "_save", full)
    with pytest.raises(MemoryError):
        engine.run(begin, Segment(0, 9, (1.0, 1.0)), 9, Sampling(9, 0, 9))


def test_a_state_that_is_damaged_is_no_explosion(points, crystal) -> None:
    engine = Lammps(points(2), Integration("nvt", 0.005), 5)
    begin = engine.begin(crystal(2, "hexagonal"))
    begin["restart"] = begin["restart"][:200]
    with pytest.raises(EngineError, match="checkpoint"):
        engine.run(begin, Segment(0, 9, (1.0, 1.0)), 9, Sampling(9, 0, 9))


def test_the_box_moves_at_the_temperature_of_the_particles(points, crystal) -> None:
    """Whatever velocities it begins with: a hot start has the fluctuations of a cold one."""
    segment, spread = Segment(0, 20_000, (0.5, 0.5), (2.0, 2.0)), []
    for factor in (0.3, 2.0):
        start = crystal(2, "hexagonal")
        start.velocities *= factor
        engine = Lammps(points(2), Integration("npt", 0.005, barostat_time=1.0), 5)
        chunk = engine.run(engine.begin(start), segment, 20_000, Sampling(20, 0, 20_000))
        spread.append(np.var(chunk.samples[200:, 4]))
    # the temperatures of the starts differ by a factor of 44
    assert 0.6 < spread[0] / spread[1] < 1.6
