"""Steps towards a distribution: known limits, and the response of the integral equation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from operations.design import updates
from operations.design.bases import Bases, Basis
from operations.design.distributions import Distribution
from operations.design.target import Target
from workspace_schema.potentials import Designed

R = (np.arange(160) + 0.5) * 0.025
BASIS = Basis(Designed(r_cut=2.5, coefficients=16), 0.8)


def target(g, **changes):
    one = Target(
        Bases(("A",), {"A-A": BASIS}), {"A-A": Distribution(R, g)}, {"A": 400}, 1.5, 0.4, 3
    )
    return replace(one, **changes)


def hypernetted(u, kT, density):
    """g(r) of the hypernetted-chain equation by mixing, on half-way points."""
    n, width = len(R), R[1] - R[0]
    k = np.pi * (np.arange(n) + 1) / (n * width)
    forward = 4 * np.pi * width * np.sin(np.outer(k, R)) * R / k[:, None]
    back = np.linalg.inv(forward)
    gamma = np.zeros(n)
    for _ in range(4000):
        c = np.exp(-u / kT + gamma) - 1 - gamma
        transformed = forward @ c
        new = back @ (transformed / (1 - density * transformed)) - c
        if np.abs(new - gamma).max() < 1e-13:
            break
        gamma = 0.5 * (new + gamma)
    return np.exp(-u / kT + gamma)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_a_gas_responds_where_the_potential_changes(shift):
    g = np.exp(-((R - 1.2) ** 2))
    aim = target(g, number_density=1e-12, kT=2.0)
    aim = replace(aim, distributions={"A-A": Distribution(R + shift * 0.025, g)})
    response = updates.response(aim, g)
    assert response == pytest.approx(-np.diag(g) / 2.0, abs=1e-10)


def test_the_response_is_the_derivative_of_the_hypernetted_chain():
    u = 4.0 * np.exp(-(R**2) / 0.5) - 0.3 * np.exp(-((R - 1.3) ** 2) / 0.1)
    change = np.exp(-((R - 1.0) ** 2) / 0.05)
    kT, density, h = 1.5, 0.3, 1e-4
    up, down = (hypernetted(u + s * h * change, kT, density) for s in (1, -1))
    g = hypernetted(u, kT, density)
    found = updates.response(target(g, kT=kT, number_density=density), g) @ change
    assert found == pytest.approx((up - down) / (2 * h), abs=1e-5)
    assert found[np.argmin(abs(R - 1.0))] < -0.1


def test_boltzmann_inversion_of_a_gas_is_exact():
    """g = exp(-u/kT): the potential of mean force is the potential, in one step."""
    coefficients = np.linspace(1.0, -0.2, 16)
    u = target(np.ones(160)).values @ coefficients
    g = np.where(BASIS.inner <= R, np.exp(-u / 1.5), 0.0)
    aim = target(g)
    assert aim.start() == pytest.approx(coefficients, abs=1e-3)
    other = np.where(BASIS.inner <= R, np.exp(-(u + 0.2 * (aim.values @ np.ones(16))) / 1.5), 0.0)
    step = updates.boltzmann(aim, other, coefficients)
    assert step == pytest.approx(-0.2 * np.ones(16), abs=1e-2)


def test_pressure_of_a_structureless_fluid():
    """g = 1 above the first knot: P = -ρ²/6 ∫ r u' dV, by a finer integral."""
    aim = target((R >= 0.8).astype(float))
    coefficients = np.linspace(2.0, 0.0, 16)
    fine = np.linspace(0.8, 2.5, 20_001)
    slope = BASIS.values(fine, 1) @ coefficients
    exact = -(0.4**2) / 6.0 * np.trapezoid(4 * np.pi * fine**3 * slope, fine)
    assert aim.pressures @ coefficients == pytest.approx(exact, rel=2e-3)


def test_at_the_target_only_the_pressure_changes():
    g = np.where(R > 0.85, 1.0 + 0.3 * np.exp(-((R - 1.1) ** 2) / 0.02), 0.0)
    aim = target(g)
    start = aim.start()
    assert updates.gauss_newton(aim, g, start) == pytest.approx(np.zeros(16), abs=1e-10)
    wanted = 0.6 + float(aim.pressures @ start)
    aim = target(g, pressure=wanted + 0.5)
    step = updates.gauss_newton(aim, g, start)
    assert 0.4 * 1.5 + aim.pressures @ (start + step) == pytest.approx(wanted + 0.5)
    assert np.abs(aim.values @ step)[g > 0.5].max() < 3.0


def test_newton_steps_are_bounded_in_the_fisher_metric():
    random = np.random.default_rng(2)
    aim = target(np.where(R > 0.85, 1.0, 0.0))
    sums = aim.sums + random.normal(0.0, 3.0, (400, 16))
    sums -= sums.mean(axis=0) - aim.sums
    step, squared = updates.newton(aim, sums, np.zeros(16))
    assert step == pytest.approx(np.zeros(16), abs=1e-9)
    assert squared == pytest.approx(0.0, abs=1e-9)
    assert updates.weight_left(sums, step, 1.5) == pytest.approx(1.0)
    near, squared = updates.newton(aim, sums + 0.1, np.zeros(16))
    # more pairs than wanted: the potential repels more
    assert near.sum() > 0.0
    assert squared < updates.FISHER
    far, squared = updates.newton(aim, sums + 30.0, np.zeros(16))
    assert squared > updates.FISHER
    assert far @ np.cov(sums.T) @ far / 1.5**2 == pytest.approx(updates.FISHER)
    assert updates.weight_left(sums, far, 1.5) > 0.3


def test_a_pressure_is_imposed_on_boltzmann_inversion():
    g = np.where(R > 0.85, 1.0 + 0.3 * np.exp(-((R - 1.1) ** 2) / 0.02), 0.0)
    aim = target(g, pressure=1.5)
    step = updates.boltzmann(aim, g, aim.start())
    assert aim.lacking(aim.start() + step) == pytest.approx(0.0, abs=1e-9)
    assert (aim.values @ step)[80] == pytest.approx(
        (aim.values @ step)[40] * (1 - R[80] / 2.5) ** 2 / (1 - R[40] / 2.5) ** 2, rel=0.05
    )


def test_types_that_differ_in_name_only():
    """A mixture of two alike types: pressure and sums of one type, and the same steps."""
    g = np.where(R > 0.85, 1.0 + 0.3 * np.exp(-((R - 1.1) ** 2) / 0.02), 0.0)
    now = np.where(R > 0.85, 1.0 + 0.5 * np.exp(-((R - 1.15) ** 2) / 0.03), 0.0)
    pairs = ("A-A", "A-B", "B-B")
    one = target(g, pressure=1.5)
    two = replace(
        one,
        bases=Bases(("A", "B"), dict.fromkeys(pairs, BASIS)),
        distributions=dict.fromkeys(pairs, Distribution(R, g)),
        particles={"A": 100, "B": 300},
    )
    start = one.start()
    assert two.start() == pytest.approx(np.tile(start, 3))
    assert two.pressures @ two.start() == pytest.approx(one.pressures @ start)
    assert two.sums.reshape(3, -1).sum(axis=0) == pytest.approx(one.sums)
    step = np.tile(updates.boltzmann(one, now, start), 3)
    assert updates.boltzmann(two, np.tile(now, 3), two.start()) == pytest.approx(step)
    change = np.exp(-((R - 1.0) ** 2) / 0.05)
    alike = updates.response(one, now) @ change
    found = updates.response(two, np.tile(now, 3)) @ np.tile(change, 3)
    assert found == pytest.approx(np.tile(alike, 3), abs=1e-10)


def test_response_of_a_mixture_is_the_derivative():
    """Of the hypernetted chain of two types, by differences."""
    pairs = [(0, 0), (0, 1), (1, 1)]
    sizes = {(0, 0): 4.0, (0, 1): 2.0, (1, 1): 6.0}
    u = [sizes[p] * np.exp(-(R**2) / 0.4) for p in pairs]
    change = np.exp(-((R - 0.9) ** 2) / 0.05)
    kT, density, h, numbers = 1.5, 0.3, 1e-4, {"A": 100, "B": 300}
    share = np.array([0.25, 0.75])

    def solved(changed, sign):
        """g of every pair, u of one of them changed."""
        potentials = [one + (k == changed) * sign * h * change for k, one in enumerate(u)]
        n, width = len(R), R[1] - R[0]
        k = np.pi * (np.arange(n) + 1) / (n * width)
        forward = 4 * np.pi * width * np.sin(np.outer(k, R)) * R / k[:, None]
        back, gamma = np.linalg.inv(forward), np.zeros((3, n))
        root = density * np.sqrt(np.outer(share, share))
        for _ in range(4000):
            g = [np.exp(-one / kT + add) for one, add in zip(potentials, gamma, strict=True)]
            c = [one - 1 - add for one, add in zip(g, gamma, strict=True)]
            matrix = np.zeros((n, 2, 2))
            for (a, b), one in zip(pairs, c, strict=True):
                matrix[:, a, b] = matrix[:, b, a] = root[a, b] * (forward @ one)
            whole = np.linalg.solve(np.eye(2) - matrix, matrix)
            new = np.array(
                [
                    back @ (whole[:, a, b] / root[a, b]) - one
                    for (a, b), one in zip(pairs, c, strict=True)
                ]
            )
            if np.abs(new - gamma).max() < 1e-12:
                break
            gamma = 0.5 * (new + gamma)
        return np.concatenate(g)

    g = solved(None, 0)
    keys = ("A-A", "A-B", "B-B")
    aim = Target(
        Bases(("A", "B"), dict.fromkeys(keys, BASIS)),
        {key: Distribution(R, one) for key, one in zip(keys, np.split(g, 3), strict=True)},
        numbers,
        kT,
        density,
        3,
    )
    response = updates.response(aim, g)
    for changed in range(3):
        exact = (solved(changed, 1) - solved(changed, -1)) / (2 * h)
        found = response[:, changed * len(R) : (changed + 1) * len(R)] @ change
        assert found == pytest.approx(exact, abs=2e-5)
        assert np.abs(exact).max() > 0.02


def test_diameters_of_a_dilute_mixture():
    """The example of relentless: WCA particles of diameters 1 and 3, g = exp(-u); at σ u is 1."""
    r = (np.arange(1000) + 0.5) * 0.005
    sizes = {"A-A": 1.0, "A-B": 2.0, "B-B": 3.0}
    bases, distributions = {}, {}
    for pair, sigma in sizes.items():
        x = (sigma / r) ** 6
        u = np.where(r < 2.0 ** (1 / 6) * sigma, 4.0 * (x**2 - x) + 1.0, 0.0)
        g = np.exp(-u)
        bases[pair] = Basis(Designed(r_cut=1.2 * sigma, coefficients=20), float(r[g > 0.02][0]))
        distributions[pair] = Distribution(r, g)
    aim = Target(Bases(("A", "B"), bases), distributions, {"A": 10, "B": 5}, 1.0, 0.015, 3)
    for pair, (basis, own) in aim.bases.found(aim.start()).items():
        fine = np.linspace(basis.inner, 1.2 * sizes[pair], 20_001)
        diameter = fine[np.argmax(basis.values(fine) @ own < 1.0)]
        assert diameter == pytest.approx(sizes[pair], abs=0.002)
