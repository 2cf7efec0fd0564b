"""Branches and where they meet, of equations of state that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from analysis.equilibrium.branches import Branch, Points
from analysis.equilibrium.coexistence import coexistences, crossings

#: βF_ex/N of fcc hard spheres at 1.0409 (Polson et al., 2000).
FCC = 5.91889


def carnahan_starling(rho):
    """βF/N and βP of the fluid of hard spheres."""
    eta = np.pi / 6.0 * np.asarray(rho)
    beta_f = np.log(rho) - 1.0 + (4.0 * eta - 3.0 * eta**2) / (1.0 - eta) ** 2
    return beta_f, rho * (1.0 + eta + eta**2 - eta**3) / (1.0 - eta) ** 3


def speedy(rho):
    """βF/N and βP of the fcc crystal: R. J. Speedy, J. Phys.: Condens. Matter 10, 4387 (1998)."""

    def beta_p(rho):
        z = rho / np.sqrt(2.0)
        return rho * (3.0 / (1.0 - z) - 0.5921 * (z - 0.7072) / (z - 0.601))

    def one(end):
        x = np.linspace(1.0409, end, 4001)
        return trapezoid(beta_p(x) / x**2, x)

    first = FCC + np.log(1.0409) - 1.0
    return first + np.array([one(end) for end in np.atleast_1d(rho)]), beta_p(np.asarray(rho))


def points(name, state, densities, error=0.0, seed=0, from_gas=False, isotherm=()):
    random = np.random.default_rng(seed)
    rho = np.array(densities, dtype=float)
    beta_f, beta_p = state(rho)
    along = np.array(isotherm, dtype=float)
    every = np.concatenate([rho, along])
    pressures = np.concatenate([beta_p, state(along)[1]])
    size = error * every**1.5  # collisions of a gas are few
    noise = random.normal(size=(2, len(every)))
    values = np.column_stack([rho, beta_f + error * noise[0, : len(rho)], np.full_like(rho, error)])
    return Points(
        name,
        values[:0] if from_gas else values,
        np.column_stack([every, pressures + size * noise[1], np.maximum(size, 1e-4 * pressures)]),
        from_gas,
    )


def fluid(**words):
    isotherm = 0.48 * (np.polynomial.legendre.leggauss(12)[0] + 1.0)
    return points("fluid", carnahan_starling, [0.96], from_gas=True, isotherm=isotherm, **words)


def crystal(**words):
    return points("fcc", speedy, [1.02, 1.0409, 1.08], **words)


def test_a_branch_is_the_equation_of_state_of_its_data() -> None:
    branch, rho = Branch.through(fluid()), np.linspace(0.2, 0.95, 20)
    beta_f, beta_p = carnahan_starling(rho)
    assert np.abs(branch.free_energy(rho) - beta_f).max() < 3e-4
    assert np.abs(branch.pressure(rho) / beta_p - 1.0).max() < 3e-4
    branch, rho = Branch.through(crystal()), np.linspace(1.02, 1.08, 20)
    assert np.abs(branch.free_energy(rho) - speedy(rho)[0]).max() < 1e-4


def test_hard_spheres_freeze_where_they_are_known_to() -> None:
    (found,) = coexistences([crystal(), fluid()])
    assert found.phases == ("fluid", "fcc")
    # 11.5727(10) by tethered Monte Carlo; a hundredth of kT in a formula is a tenth of it
    assert found.beta_pressure[0] == pytest.approx(11.5727, abs=0.15)
    assert found.densities[0][0] == pytest.approx(0.939, abs=0.004)
    assert found.densities[1][0] == pytest.approx(1.037, abs=0.004)


def test_errors_are_the_scatter_of_repetitions() -> None:
    exact = coexistences([crystal(), fluid()])[0].beta_pressure[0]
    pulls = []
    for seed in range(12):
        noisy = [crystal(error=0.003, seed=seed), fluid(error=0.003, seed=1000 + seed)]
        (found,) = coexistences(noisy)
        pulls.append((found.beta_pressure[0] - exact) / found.beta_pressure[1])
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 1.7


def test_errors_near_zero_pressure_are_no_part_of_it() -> None:
    """Of two crystals, in proportion to those of their data as long as they can be said."""

    def crystal(name, size, energy, error):
        def state(rho):
            v = 1.0 / rho - size
            return energy + 20.0 * v**2, -40.0 * v

        return points(name, state, 1.0 / (size + np.linspace(-0.06, 0.03, 4)), error)

    errors = []
    for error in (0.01, 0.03):
        (found,) = coexistences([crystal("a", 1.0, 0.0, error), crystal("b", 0.8, 0.02, error)])
        errors.append(found.beta_pressure[1])
    assert found.beta_pressure[0] == pytest.approx(0.1, abs=0.3)
    assert errors[1] == pytest.approx(3.0 * errors[0], rel=0.2)


def test_a_coexistence_that_a_third_phase_undercuts_is_left_out() -> None:
    low = points("better", lambda rho: (speedy(rho)[0] - 0.1, speedy(rho)[1]), [0.99, 1.04, 1.08])
    names = [each.phases for each in coexistences([crystal(), fluid(), low])]
    assert names == [("fluid", "better")]


def test_branches_within_their_noise_of_each_other_do_not_coexist() -> None:
    densities = [1.02, 1.0409, 1.06, 1.08, 1.1]
    fcc = points("fcc", speedy, densities, error=0.003, seed=19)
    hcp = points(
        "hcp", lambda rho: (speedy(rho)[0] + 0.001, speedy(rho)[1]), densities, 0.003, seed=519
    )
    (beta_p, *_), *more = crossings(Branch.through(fcc), Branch.through(hcp))
    assert beta_p > 0.0
    assert not more
    assert coexistences([fcc, hcp]) == []


def test_one_density_is_too_little_for_a_crystal() -> None:
    one = points("fcc", speedy, [1.0409])
    with pytest.raises(ValueError, match="too few densities, 1"):
        Branch.through(one)
    assert coexistences([one, fluid()]) == []


@pytest.mark.parametrize("from_gas", [True, False])
def test_some_hard_rods_become_infinitely_many(from_gas) -> None:
    """On a ring of length V, N rods have the partition function V (V - N)^(N-1) / N!."""
    rho = np.linspace(0.05, 0.7, 14)
    n = np.where(rho < 0.4, 200, 40)
    infinite = -np.log(1.0 - rho)
    beta_p = rho / (1.0 - rho)
    # βP = ∂ln Z/∂V
    of_n = rho + rho**2 * (1.0 - 1.0 / n) / (1.0 - rho)
    error = np.full_like(rho, 1e-3)
    values = np.column_stack([rho, np.log(rho) - 1.0 + (1.0 - 1.0 / n) * infinite, error])
    pressures = np.column_stack([rho, of_n, error])
    some, numbers = Points("fluid", values, pressures), n
    if from_gas:
        some = Points.of_isotherm("fluid", rho, of_n / rho, error, 1.0)
        numbers = np.insert(n, 0, 1)  # of the second virial coefficient
    many = some.of_infinite(n[: len(some.free_energies)], numbers)
    assert many.pressures[-14:, 1] == pytest.approx(beta_p, rel=5e-3)
    assert Branch.through(many).excess(rho)[0] == pytest.approx(infinite, abs=2e-3)
    assert np.abs(Branch.through(some).excess(rho)[0] - infinite).max() > 0.015
