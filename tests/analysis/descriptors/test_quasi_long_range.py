"""Exponents of crystals whose displacements are drawn from the modes of an elastic plane."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.quasi_long_range import quasi_long_range
from analysis.labelling import label_configuration
from analysis.labelling.hexatic import TELLS, TOO_FEW
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def waves(rows: int, amplitude: float, power: int, seed: int) -> Configuration:
    """A hexagonal crystal of rows × rows, both components of the displacements of every q a
    Gaussian of variance amplitude / (area q^power)."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(rows), indexing="ij"), axis=-1)
    cell = rows * np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])
    k = 2 * np.pi * np.fft.fftfreq(rows, 1 / rows)
    reciprocal = np.linalg.inv(cell).T
    q = np.hypot(*(k[:, None] * reciprocal[0, i] + k * reciprocal[1, i] for i in (0, 1)))
    root = np.sqrt(amplitude / np.linalg.det(cell)) / np.where(q > 0, q, np.inf) ** (power / 2)
    shape = (2, rows, rows)
    noise = random.normal(size=shape) + 1j * random.normal(size=shape)
    moved = (np.fft.ifft2(root * noise, axes=(1, 2)) * rows**2).real
    positions = np.zeros((rows * rows, 3))
    positions[:, :2] = (grid / rows @ cell + np.moveaxis(moved, 0, -1)).reshape(-1, 2)
    box = np.array([cell[0, 0], cell[1, 1], 1.0, cell[1, 0] / cell[1, 1], 0, 0])
    return Configuration(positions, box, 2, np.zeros(rows * rows, dtype=int))


def exponents(configuration: Configuration) -> tuple[float, float]:
    table = nearest(configuration, 6)
    angle = np.arctan2(table.vectors[..., 1], table.vectors[..., 0])
    found = quasi_long_range(configuration, np.exp(6j * angle).mean(axis=1))
    assert found is not None
    return found.bonds, found.positions


@pytest.mark.parametrize("eta", [0.1, 0.3])
@pytest.mark.parametrize("rows", [40, 81])
def test_an_elastic_plane_has_the_exponent_of_its_stiffness(rows: int, eta: float) -> None:
    """Of u with kT / (K A q²) a component positions decay as r^-η, η = G² kT / 2πK."""
    amplitude = 2 * np.pi * eta / (16 * np.pi**2 / 3)
    found = np.array([exponents(waves(rows, amplitude, 2, seed)) for seed in range(40)])
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(40)
    assert abs(mean[0]) < 0.01
    assert abs(mean[1] - eta) < 3 * error[1] + 0.02 * eta
    assert error[1] < 0.1 * eta


def test_noise_alone_leaves_the_order_of_a_crystal() -> None:
    bonds, positions = exponents(with_noise(waves(40, 0.0, 2, 0), 0.1, np.random.default_rng(1)))
    assert abs(bonds) < 0.01
    assert abs(positions) < 0.02


def test_positions_without_order_and_bonds_with_it_are_a_hexatic() -> None:
    soft = with_noise(waves(90, 2e-3, 4, 1), 0.095, np.random.default_rng(1))
    bonds, positions = exponents(soft)
    assert abs(bonds) < 0.25
    assert positions > 1.0
    labels = label_configuration(soft)
    assert (labels.label, labels.reason) == ("hexatic", "")
    assert [phase["phase"] for phase in labels.phases] == ["hexatic"]
    assert "hexatic" in labels.phase_names
    assert "hexagonal" not in labels.phase_names


@pytest.mark.parametrize(("rows", "reason"), [(10, TOO_FEW), (70, TOO_FEW), (130, "")])
def test_of_few_particles_close_to_melting_it_is_said_that_they_do_not_tell(rows, reason) -> None:
    hot = with_noise(waves(rows, 0.01, 2, 3), 0.095, np.random.default_rng(1))
    labels = label_configuration(hot)
    assert (labels.label, labels.reason) == ("hexagonal", reason)
    assert (rows**2 >= TELLS) == (reason == "")


def test_a_cold_crystal_needs_no_telling() -> None:
    labels = label_configuration(
        with_noise(crystal("hexagonal", (18, 11), 1.0), 0.05, np.random.default_rng(1))
    )
    assert (labels.label, labels.reason) == ("hexagonal", "")
