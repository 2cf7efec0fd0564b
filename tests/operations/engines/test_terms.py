"""External and bias terms in every engine of molecular dynamics, against what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.special import j0

from analysis.configuration import Configuration
from analysis.statistics import correlated_mean
from operations.engines import EngineError, Integration, Sampling, Segment, engine_classes
from operations.interactions.bias import DensityWave, HarmonicBias
from operations.interactions.external import PlaneWave, Tethers, acting, sampled
from operations.interactions.model import Model
from operations.interactions.start import lattice, thermal_velocities
from tests.operations.engines.test_agreement import TOLERANCE, configuration, direct_sum

engines = pytest.mark.parametrize(
    "engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
)


NVE = Integration("nve", 0.005)


def make(engine, model, integration, seed=5):
    return engine_classes(engine)[0](model, integration, seed, "cpu")


def all_kinds(start: Configuration) -> dict[str, tuple]:
    k = np.linspace(60.0, 120.0, start.n_particles)
    return {
        "external": (Tethers.to(start, k, scale=0.7), PlaneWave(2.0, (2, 1, 0))),
        "bias": (HarmonicBias(DensityWave((3, 2, 0)), 30.0, 2.0),),
    }


def where(particles: Configuration):
    images = np.zeros((particles.n_particles, 3), dtype=np.int32)
    images = images if particles.images is None else particles.images
    return particles.positions, images, particles.cell


@engines
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("scale", [1.0, 0.3, 0.0])
def test_energy_forces_and_virial_are_those_of_pairs_and_terms(
    engine, pairs, dimensions, scale
) -> None:
    particles = configuration(pairs, dimensions, seed=11)
    random = np.random.default_rng(4)
    particles.images = random.integers(-3, 4, (particles.n_particles, 3)).astype(np.int32)
    particles.images[:, dimensions:] = 0
    sites = replace(particles, positions=particles.positions + np.array([0.2, -0.1, 0.0]))
    model = Model(dimensions, ("A",), pairs, scale=scale, **all_kinds(sites))
    found = make(engine, model, Integration("nve", 0.005)).energy_and_forces(particles)
    of_terms, of_pairs = acting(model.terms, *where(particles)), direct_sum(pairs, particles)
    for k in range(3):
        expected = scale * np.array(of_pairs[k]) + of_terms[k]
        largest = np.abs(expected).max() + np.abs(of_terms[k]).max()
        assert np.abs(found[k] - expected).max() < TOLERANCE * largest


@engines
@pytest.mark.parametrize(
    ("integration", "scale"),
    [
        (Integration("nve", 0.005), 1.0),
        (Integration("nvt", 0.005, thermostat="langevin"), 0.5),
        (Integration("nvt", 0.005), 0.2),
        (Integration("npt", 0.005), 1.0),
        (Integration("npt", 0.005, cell="flexible"), 0.5),
    ],
)
def test_a_resumed_run_equals_an_uninterrupted_one(
    engine, points, crystal, integration, scale
) -> None:
    start = crystal(2, "hexagonal")
    model = points(2, scale=scale, **all_kinds(start))
    segment, sampling = Segment(0, 450, (1.0, 0.8), (1.0, 1.0)), Sampling(50, 100, 450)

    def through(fresh):
        simulator = make(engine, model, integration)
        state, samples, frames = simulator.begin(start), [], []
        for stop in (130, 300, 450):
            if fresh:
                simulator = make(engine, model, integration)
                state = {key: np.array(value) for key, value in state.items()}
            chunk = simulator.run(state, segment, stop, sampling)
            state = chunk.state
            samples.append(chunk.samples)
            frames += chunk.frames
        return simulator.configuration(state), np.concatenate(samples), frames

    one, first, frames = through(fresh=False)
    two, second, _ = through(fresh=True)
    for key in ("positions", "velocities", "images", "box"):
        assert np.array_equal(getattr(one, key), getattr(two, key)), key
    assert np.array_equal(first, second)
    assert first.shape == (9, 9)
    # energies are those of the configuration, without scales; the pressure is that of what acts
    rows = {int(row[0]): row for row in first}
    alone, acts = (make(engine, what, integration) for what in (points(2), model))
    for step, frame in frames:
        assert rows[step][5:] == pytest.approx(sampled(model.terms, *where(frame)), rel=1e-9)
        energy = alone.energy_and_forces(frame)[0] / frame.n_particles
        assert rows[step][2] == pytest.approx(energy, rel=1e-6)
        virial = acts.energy_and_forces(frame)[2]
        pressure = (frame.n_particles * rows[step][1] + np.trace(virial[:2, :2]) / 2) / frame.volume
        assert rows[step][3] == pytest.approx(pressure, rel=1e-5)
    assert np.all(np.ptp(first[:, 5:], axis=0) > 0.01)


@engines
def test_energy_with_terms_is_conserved(engine, points, crystal) -> None:
    start = crystal(2, "hexagonal")
    model = points(2, scale=0.5, **all_kinds(start))
    simulator = make(engine, model, Integration("nve", 0.002))
    segment, sampling = Segment(0, 3000, (1.0, 1.0)), Sampling(20, 0, 3000)
    rows = simulator.run(simulator.begin(start), segment, 3000, sampling).samples
    n = start.n_particles
    # no degree of freedom is missing, since springs hold the crystal
    kinetic = n * rows[:, 1]
    terms = 0.7 * rows[:, 5] + rows[:, 6] + rows[:, 7]
    total = n * model.acting_energy(rows, n) + kinetic
    assert total - kinetic == pytest.approx(0.5 * n * rows[:, 2] + terms)
    assert np.ptp(terms) > 1.0
    assert np.ptp(total) < 0.02 * np.ptp(kinetic)


@engines
@pytest.mark.parametrize(
    ("dimensions", "centred", "thermostat"), [(2, False, "langevin"), (3, True, "bussi")]
)
def test_an_einstein_crystal_has_its_energy(engine, dimensions, centred, thermostat) -> None:
    """<U> = d/2 N kT of springs; centred they leave out the centre of mass."""
    n, kT, steps = 9 if dimensions == 2 else 8, 0.7, 16_000
    random, name = np.random.default_rng(2), {2: "square", 3: "sc"}[dimensions]
    start = lattice(name, {"A": n}, dimensions, 0.2, random)
    start.velocities = thermal_velocities(n, dimensions, kT, random)
    springs = Tethers.to(start, 20.0, centred=centred)
    model = Model(dimensions, ("A",), external=(springs,))
    integration = Integration("nvt", 0.01, thermostat=thermostat, thermostat_time=0.3)
    simulator = make(engine, model, integration)
    segment = Segment(0, steps, (kT, kT))
    rows = simulator.run(simulator.begin(start), segment, steps, Sampling(10, 0, steps)).samples
    energy = correlated_mean(rows[200:, 5])
    freedom = dimensions * (n - 1 if centred else n)
    exact = 0.5 * freedom * kT
    assert energy.standard_error < 0.03 * exact  # the centre of mass is 12 %
    assert energy.mean == pytest.approx(exact, abs=4 * energy.standard_error)
    assert np.array_equal(rows[:, 2], np.zeros(len(rows)))
    # the kinetic temperature knows the number of degrees of freedom
    kinetic = correlated_mean(rows[200:, 1])
    assert kinetic.mean == pytest.approx(kT, abs=4 * kinetic.standard_error)


def walks(n: int, x: np.ndarray) -> np.ndarray:
    """Density of |Σ exp(iθ)| / sqrt(n) of n independent angles (J. C. Kluyver, 1905)."""
    t = np.linspace(0.0, 12.0, 6000)
    kernel = j0(np.outer(x * n**0.5, t)) * j0(t) ** n * t
    return x * n * trapezoid(kernel, t, axis=1)


@engines
def test_pinned_density_waves_of_an_ideal_gas_have_their_distribution(engine) -> None:
    n, kT, k, target, steps = 24, 1.0, 6.0, 2.0, 24_000
    random = np.random.default_rng(3)
    start = lattice("square", {"A": n}, 2, 0.5, random)
    start.velocities = thermal_velocities(n, 2, kT, random)
    bias = HarmonicBias(DensityWave((3, 2, 0)), k, target)
    integration = Integration("nvt", 0.01, thermostat="langevin")
    simulator = make(engine, Model(2, ("A",), bias=(bias,)), integration)
    segment = Segment(0, steps, (kT, kT))
    rows = simulator.run(simulator.begin(start), segment, steps, Sampling(5, 0, steps)).samples
    assert rows[:, 5] == pytest.approx(0.5 * k * (rows[:, 6] - target) ** 2)
    x = np.linspace(0.0, n**0.5, 400)
    weight = walks(n, x) * np.exp(-0.5 * k * (x - target) ** 2 / kT)
    moments = [trapezoid(weight * x**power, x) / trapezoid(weight, x) for power in (1, 2)]
    unbiased = trapezoid(walks(n, x) * x, x)
    for power, exact in zip((1, 2), moments, strict=True):
        found = correlated_mean(rows[200:, 6] ** power)
        assert found.standard_error < 0.02 * exact
        assert found.mean == pytest.approx(exact, abs=4 * found.standard_error)
    assert moments[0] > 1.5 * unbiased


@engines
def test_what_goes_wrong_in_a_term_is_said(engine, points, crystal) -> None:
    class Broken(PlaneWave):
        def evaluate(self, positions, images, cell):
            raise ZeroDivisionError("of this term")

    start = crystal(2, "hexagonal")
    model = points(2, external=(Broken(1.0, (1, 0, 0)),))
    simulator = make(engine, model, Integration("nve", 0.005))
    begin = simulator.begin(start)
    with pytest.raises(ZeroDivisionError, match="of this term"):
        simulator.run(begin, Segment(0, 20, (1.0, 1.0)), 20, Sampling(10, 0, 20))


@pytest.mark.hoomd
def test_terms_are_refused_on_a_gpu(points) -> None:
    model = points(external=(PlaneWave(1.0, (1, 0, 0)),))
    with pytest.raises(EngineError, match="external and bias terms on the CPU only"):
        engine_classes("hoomd")[0](model, Integration("nvt", 0.005), 1, "gpu")


@pytest.mark.parametrize("dimensions", [2, 3])
def test_springs_of_lammps_are_those_that_it_calls(pairs, dimensions) -> None:
    particles = configuration(pairs, dimensions, seed=11)
    n = particles.n_particles
    particles.velocities = thermal_velocities(n, dimensions, 1.0, np.random.default_rng(2))
    own = Tethers.to(particles, 40.0, scale=0.7)
    chunks = []
    for term in (own, replace(own, k=np.full(n, 40.0))):
        engine = make("lammps", Model(dimensions, ("A",), pairs, external=(term,)), NVE)
        state, chunk = engine.begin(particles), None
        for stop in (60, 100):  # the second with what has moved
            chunk = engine.run(state, Segment(0, 100, (1.0, 1.0)), stop, Sampling(20, 20, 100))
            state = chunk.state
        chunks.append(chunk)
    one, other = chunks
    assert np.allclose(one.samples, other.samples, rtol=1e-7)
    assert np.allclose(one.frames[-1][1].positions, other.frames[-1][1].positions, atol=1e-7)


def test_a_term_that_is_only_looked_at_changes_nothing(points, crystal) -> None:
    start = crystal(2, "hexagonal")
    start.velocities = thermal_velocities(start.n_particles, 2, 1.0, np.random.default_rng(2))
    spread = Tethers.to(start, 1.0, centred=True, scale=0.0)
    chunks = []
    for terms in ((), (spread,)):
        engine = make("lammps", points(2, external=terms), NVE)
        chunk = engine.run(
            engine.begin(start), Segment(0, 100, (1.0, 1.0)), 100, Sampling(20, 0, 100)
        )
        chunks.append(chunk.samples)
    assert np.array_equal(chunks[0], chunks[1][:, :5])
    assert np.all(chunks[1][:, 5] > 0.0)


def test_gjf_is_exact_in_harmonic_wells_at_long_steps() -> None:
    n, k, random = 108, 1000.0, np.random.default_rng(1)
    start = lattice("fcc", {"A": n}, 3, 1.0, random)
    start.velocities = thermal_velocities(n, 3, 1.0, random)
    model = Model(3, ("A",), external=(Tethers.to(start, k),))
    engine = make("lammps", model, Integration("nvt", 0.02, "gjf", 0.03))
    segment, sampling = Segment(0, 3000, (1.0, 1.0)), Sampling(10, 0, 3000)
    found = engine.run(engine.begin(start), segment, 3000, sampling).samples[30:, 5]
    mean = correlated_mean(found / (1.5 * n))
    assert mean.standard_error < 0.01
    assert abs(mean.mean - 1.0) < 4.0 * mean.standard_error
