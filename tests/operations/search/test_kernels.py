"""Compiled energies against a slow double loop, lattice sums and finite differences."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.pair_functions import PairFunction, pair_functions
from operations.search.kernels import Kernel, make_kernel
from operations.search.lbfgs import make_work
from operations.search.team_sums import team_sum
from tests.potentials import GIVEN
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import FORMS

TRICLINIC = np.array([4.1, 3.7, 3.9, 0.3, -0.2, 0.25])


def configuration(
    seed: int, n: int, box: np.ndarray, dimensions: int = 3, periodic: bool = True, n_types: int = 1
) -> Configuration:
    """Random particles, not closer than about 0.75 of each other's lattice sites."""
    generator = np.random.default_rng(seed)
    side = int(np.ceil(n ** (1 / dimensions)))
    sites = np.array(list(itertools.product(range(side), repeat=dimensions)))[:n]
    fractional = np.zeros((n, 3))
    fractional[:, :dimensions] = (sites + 0.1 * generator.standard_normal(sites.shape)) / side
    cell = Configuration(np.zeros((0, 3)), box, dimensions, np.zeros(0)).cell
    return Configuration(
        positions=(fractional - [0.5, 0.5, 0.5 if dimensions == 3 else 0.0]) @ cell,
        box=box,
        dimensions=dimensions,
        types=generator.integers(0, n_types, n),
        type_names=tuple("ABCDE"[:n_types]),
        periodic=periodic,
    )


def reference(
    c: Configuration, functions: dict[tuple[int, int], PairFunction]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Energy, forces and virial by an independent loop over pairs and many images."""
    reach = 6 if c.periodic else 0
    ranges = [range(-reach, reach + 1)] * c.dimensions + [range(1)] * (3 - c.dimensions)
    shifts = np.array(list(itertools.product(*ranges))) @ c.cell
    energy, forces, virial = 0.0, np.zeros((c.n_particles, 3)), np.zeros((3, 3))
    for i in range(c.n_particles):
        for j in range(c.n_particles):
            d = c.positions[i] - c.positions[j] + shifts
            r = np.linalg.norm(d, axis=1)
            d, r = d[r > 0.0], r[r > 0.0]
            function = functions[tuple(sorted((int(c.types[i]), int(c.types[j]))))]
            f = (function.force(r) / r)[:, None] * d
            energy += 0.5 * function.energy(r).sum()
            forces[i] += f.sum(axis=0)
            virial += 0.5 * d.T @ f
    return energy, forces, virial


def assert_agree(c: Configuration, functions: dict[tuple[int, int], PairFunction]) -> None:
    kernel = make_kernel(functions)
    found = kernel.evaluate(c)
    for one, expected in zip(found, reference(c, functions), strict=True):
        scale = np.abs(expected).max() + 1e-3
        np.testing.assert_allclose(one, expected, rtol=0, atol=1e-11 * scale)
    for one, expected in zip(by_team(kernel, c), found, strict=True):
        scale = np.abs(expected).max() + 1e-3
        np.testing.assert_allclose(one, expected, rtol=0, atol=1e-12 * scale)


def by_team(kernel: Kernel, c: Configuration) -> tuple[float, np.ndarray, np.ndarray]:
    """The same by the sums of a GPU; of a cluster without the virial."""
    n, virial = c.n_particles, np.zeros((3, 3))
    force, r = np.empty(3 * n), c.positions.T.ravel()
    problem = kernel.problem(c.types, c.cell, c.dimensions)
    pairs = team_sum(kernel.compiled, len(kernel.forms) == 1, c.periodic)
    energy = pairs(problem, r, c.cell, force, virial, make_work(3 * n))
    forces = force.reshape(3, n).T
    return (energy, forces, virial) if c.periodic else (energy, forces, kernel.evaluate(c)[2])


def functions_of(**potential) -> dict[tuple[int, int], PairFunction]:
    return pair_functions(Interactions.model_validate(potential), ["A"])


def test_every_form_in_a_triclinic_cell_smaller_than_its_cutoff():
    """All forms at once, each as the potential of some pair of five types."""
    names = [name for name in FORMS if name not in GIVEN]
    pairs = list(itertools.combinations_with_replacement("ABCDE", 2))
    assert len(names) == len(pairs) == 15
    interactions = Interactions.model_validate(
        {
            "form": names[0],
            "pairs": {
                f"{i}-{j}": {"form": name} for (i, j), name in zip(pairs, names, strict=True)
            },
        }
    )
    c = configuration(1, 20, TRICLINIC, n_types=5)
    assert set(c.types) == set(range(5))
    assert_agree(c, pair_functions(interactions, list("ABCDE")))


@pytest.mark.parametrize("form", ["lennard_jones_gauss"])
def test_one_form_in_a_triclinic_cell_smaller_than_its_cutoff(form):
    assert_agree(configuration(1, 20, TRICLINIC), functions_of(form=form))


@pytest.mark.parametrize("n", [1, 2, 5, 8, 30, 31])
@pytest.mark.parametrize("form", ["lennard_jones_gauss"])
def test_open_cluster(form, n):
    """Odd and even numbers, whole vectors and not."""
    c = configuration(2, n, np.array([6.0, 5, 5, 0, 0, 0]), periodic=False)
    assert_agree(c, functions_of(form=form, r_cut=3.0))


@pytest.mark.parametrize("form", ["lennard_jones_gauss"])
@pytest.mark.parametrize("box", [[5.0, 4.5, 1, 0.4, 0, 0], [9.0, 8.0, 1, 0.0, 0, 0]])
def test_two_dimensions(form, box):
    c = configuration(3, 16, np.array(box), dimensions=2)
    assert_agree(c, functions_of(form=form))
    _, forces, virial = make_kernel(functions_of(form=form)).evaluate(c)
    assert not forces[:, 2].any()
    assert not virial[2].any()


@pytest.mark.parametrize(
    "truncation",
    [{"truncation": "shift"}, {"truncation": "force_shift"}, {"truncation": "xplor", "r_on": 1.5}],
)
def test_truncations(truncation):
    assert_agree(configuration(4, 12, TRICLINIC), functions_of(form="morse", **truncation))


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("other", [{}, {"form": "yukawa", "r_cut": 2.0}])
def test_mixtures(periodic, other):
    interactions = Interactions.model_validate(
        {
            "form": "lennard_jones",
            "types": {"B": {"sigma": 0.8, "epsilon": 0.5}},
            "pairs": {"B-C": other},
        }
    )
    c = configuration(5, 20, TRICLINIC, periodic=periodic, n_types=3)
    assert set(c.types) == {0, 1, 2}
    assert_agree(c, pair_functions(interactions, ["A", "B", "C"]))


def test_user_formula_with_names_of_the_generated_code():
    potential = {
        "form": "expression",
        "formula": "where(r < c, pair * (1 - r / c)**2, 0) + abs(math) * r**-q + select * erf(r)",
        "parameters": {"c": 1.5, "pair": 3.0, "math": 1.0, "q": 7.5, "select": 0.1},
        "r_cut": 2.0,
    }
    assert_agree(configuration(6, 10, TRICLINIC), functions_of(**potential))


@pytest.mark.parametrize(
    "truncation", [{}, {"truncation": "force_shift"}, {"truncation": "xplor", "r_on": 1.5}]
)
def test_tabulated_potential(tmp_path: Path, truncation):
    r = np.linspace(0.5, 3.0, 60)
    lines = [f"{a} {u}" for a, u in zip(r, 1.0 / r**3 - 1.0 / r**2, strict=True)]
    (tmp_path / "u.txt").write_text("# r u\n" + "\n".join(lines))
    interactions = Interactions.model_validate(
        {"form": "table", "file": "u.txt", "r_cut": 2.5, **truncation}
    ).stored(tmp_path, tmp_path)
    functions = pair_functions(interactions, ["A"], root=tmp_path)
    assert_agree(configuration(7, 12, TRICLINIC), functions)


@pytest.mark.parametrize("form", ["lennard_jones_gauss"])
def test_a_small_cell_is_its_replicated_supercell(form):
    kernel = make_kernel(functions_of(form=form))
    small = configuration(8, 2, np.array([1.6, 1.2, 1.1, 0.3, -0.2, 0.4]))
    repeats = np.array(list(itertools.product(range(4), repeat=3)))
    large = Configuration(
        positions=(small.positions[None] + (repeats @ small.cell)[:, None]).reshape(-1, 3),
        box=small.box * [4, 4, 4, 1, 1, 1],
        dimensions=3,
        types=np.zeros(128),
    )
    energy, forces, virial = kernel.evaluate(small)
    energy_64, forces_64, virial_64 = kernel.evaluate(large)
    assert energy_64 == pytest.approx(64 * energy, rel=1e-12)
    np.testing.assert_allclose(forces_64, np.tile(forces, (64, 1)), atol=1e-10 * abs(energy))
    np.testing.assert_allclose(virial_64, 64 * virial, atol=1e-10 * abs(energy))


def test_positions_outside_the_cell_are_the_same_configuration():
    kernel = make_kernel(functions_of(form="lennard_jones"))
    c = configuration(9, 8, TRICLINIC)
    energy, forces, _ = kernel.evaluate(c)
    c.positions += np.random.default_rng(1).integers(-3, 4, (8, 3)) @ c.cell
    moved_energy, moved_forces, _ = kernel.evaluate(c)
    assert moved_energy == pytest.approx(energy, rel=1e-11)
    np.testing.assert_allclose(moved_forces, forces, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("form", ["lennard_jones_gauss"])
@pytest.mark.parametrize("periodic", [True, False])
def test_forces_and_virial_are_derivatives_of_the_energy(form, periodic):
    kernel = make_kernel(functions_of(form=form, truncation="force_shift"))
    c = configuration(10, 10, TRICLINIC, periodic=periodic)
    _, forces, virial = kernel.evaluate(c)
    h = 1e-5

    def energy(positions: np.ndarray, box: np.ndarray = c.box) -> float:
        return kernel.evaluate(Configuration(positions, box, 3, c.types, periodic=periodic))[0]

    for i, k in itertools.product(range(3), range(3)):
        step = np.zeros_like(c.positions)
        step[i, k] = h
        slope = (energy(c.positions + step) - energy(c.positions - step)) / (2 * h)
        assert forces[i, k] == pytest.approx(-slope, rel=1e-6, abs=1e-6)
    # Strains that keep the cell lower triangular: stretches, and shears that tilt it.
    for a, b in [(0, 0), (1, 1), (2, 2), (1, 0), (2, 0), (2, 1)]:
        energies = []
        for sign in (h, -h):
            strain = np.eye(3)
            strain[a, b] += sign
            (lx, *_), (xy_ly, ly, _), (xz_lz, yz_lz, lz) = c.cell @ strain
            box = np.array([lx, ly, lz, xy_ly / ly, xz_lz / lz, yz_lz / lz])
            energies.append(energy(c.positions @ strain, box))
        slope = (energies[0] - energies[1]) / (2 * h)
        assert virial[a, b] == pytest.approx(-slope, rel=1e-6, abs=1e-5)


def test_lennard_jones_fcc_lattice_sum():
    """Energy of fcc at its minimum without truncation, -8.610200266 ε.

    From the lattice sums A12 = 12.13188 and A6 = 14.45392 (J. E. Jones and A. E. Ingham,
    Proc. R. Soc. A 107, 636 (1925)): 2 (A12 r⁻¹² - A6 r⁻⁶) at r = 1.09017 σ. The tail
    beyond the cut-off is added as an integral, which leaves the unevenness of its shell.
    """
    nearest = 1.09017
    a = np.sqrt(2.0) * nearest
    fcc = Configuration(
        positions=a * np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
        box=np.array([a, a, a, 0, 0, 0]),
        dimensions=3,
        types=np.zeros(4),
    )
    r_cut = 30.0
    energy, forces, _ = make_kernel(functions_of(form="lennard_jones", r_cut=r_cut)).evaluate(
        fcc.replicate((3, 3, 3))
    )
    density = 4 / a**3
    tail = 8 * np.pi * density * (r_cut**-9 / 9 - r_cut**-3 / 3)
    assert energy / 108 + tail == pytest.approx(-8.610200266479197, abs=2e-6)
    assert np.abs(forces).max() < 1e-9


def test_lennard_jones_trimer():
    """Three pairs at the distance of the minimum: exactly -3 ε, no force."""
    r = 2 ** (1 / 6)
    positions = r * np.array([[0, 0, 0], [1, 0, 0], [0.5, np.sqrt(0.75), 0]])
    trimer = Configuration(positions, np.full(6, 20.0), 3, np.zeros(3), periodic=False)
    energy, forces, virial = make_kernel(functions_of(form="lennard_jones", r_cut=9)).evaluate(
        trimer
    )
    assert energy == pytest.approx(-3, abs=1e-12)
    assert np.abs(forces).max() < 1e-12
    assert np.abs(virial).max() < 1e-12


def test_other_parameters_need_no_compilation():
    kernels = [
        make_kernel(functions_of(form="lennard_jones", epsilon=epsilon)) for epsilon in (1.0, 2.0)
    ]
    assert kernels[0].sum(False) is kernels[1].sum(False)
    c = configuration(11, 8, TRICLINIC)
    single, double = (kernel.evaluate(c)[0] for kernel in kernels)
    assert double == pytest.approx(2 * single, rel=1e-13)


def test_unknown_type_is_an_error():
    c = configuration(12, 8, TRICLINIC, n_types=2)
    with pytest.raises(ValueError, match="type 1 has no pair functions"):
        make_kernel(functions_of(form="lennard_jones")).evaluate(c)
