"""Steps towards a distribution: known limits, and the response of the integral equation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from operations.design import updates
from operations.design.bases import Basis
from operations.design.distributions import Distribution
from operations.design.updates import Target
from workspace_schema.potentials import Designed

R = (np.arange(160) + 0.5) * 0.025
BASIS = Basis(Designed(r_cut=2.5, coefficients=16), 0.8)


def target(g, **changes):
    one = Target(BASIS, Distribution(R, g), 1.5, 0.4, 3, 400)
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
    distribution = Distribution(R + shift * 0.025, np.ones(160))
    g = np.exp(-((R - 1.2) ** 2))
    response = updates.response(distribution, g, 2.0, 0.0)
    assert response == pytest.approx(-np.diag(g) / 2.0, abs=1e-10)


def test_the_response_is_the_derivative_of_the_hypernetted_chain():
    u = 4.0 * np.exp(-(R**2) / 0.5) - 0.3 * np.exp(-((R - 1.3) ** 2) / 0.1)
    change = np.exp(-((R - 1.0) ** 2) / 0.05)
    kT, density, h = 1.5, 0.3, 1e-4
    up, down = (hypernetted(u + s * h * change, kT, density) for s in (1, -1))
    g = hypernetted(u, kT, density)
    found = updates.response(Distribution(R, g), g, kT, density) @ change
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
    assert updates.boltzmann(aim, other) == pytest.approx(-0.2 * np.ones(16), abs=1e-2)


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
