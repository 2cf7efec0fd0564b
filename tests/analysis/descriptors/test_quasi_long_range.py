"""Exponents of crystals whose displacements are drawn from the modes of an elastic plane."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.quasi_long_range import lattice_constants_across, quasi_long_range
from analysis.labelling import label_configuration
from analysis.labelling.hexatic import GRAINS, NARROW
from analysis.labelling.thresholds import Thresholds
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def waves(rows: int, amplitude: float, power: int, seed: int, length: int = 1) -> Configuration:
    """A hexagonal crystal of rows × rows, or `length` times as long, both components of the
    displacements of every q a Gaussian of variance amplitude / (area q^power)."""
    random, shape = np.random.default_rng(seed), (length * rows, rows)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    cell = np.array(shape)[:, None] * np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])
    k = [2 * np.pi * np.fft.fftfreq(m, 1 / m) for m in shape]
    reciprocal = np.linalg.inv(cell).T
    q = np.hypot(*(k[0][:, None] * reciprocal[0, i] + k[1] * reciprocal[1, i] for i in (0, 1)))
    root = np.sqrt(amplitude / np.linalg.det(cell)) / np.where(q > 0, q, np.inf) ** (power / 2)
    noise = random.normal(size=(2, *shape)) + 1j * random.normal(size=(2, *shape))
    n = length * rows**2
    moved = (np.fft.ifft2(root * noise, axes=(1, 2)) * n).real
    positions = np.zeros((n, 3))
    positions[:, :2] = (grid / shape @ cell + np.moveaxis(moved, 0, -1)).reshape(-1, 2)
    box = np.array([cell[0, 0], cell[1, 1], 1.0, cell[1, 0] / cell[1, 1], 0, 0])
    return Configuration(positions, box, 2, np.zeros(n, dtype=int))


def hot(configuration: Configuration) -> Configuration:
    """With the noise of single particles close to melting."""
    return with_noise(configuration, 0.095, np.random.default_rng(1))


def exponents(configuration: Configuration) -> tuple[float, float]:
    table = nearest(configuration, 6)
    angle = np.arctan2(table.vectors[..., 1], table.vectors[..., 0])
    found = quasi_long_range(configuration, np.exp(6j * angle).mean(axis=1))
    assert found is not None
    return found.bonds, found.positions


@pytest.mark.parametrize(
    ("rows", "length", "eta"),
    [
        (40, 1, 0.1),
        (40, 1, 0.3),
        pytest.param(81, 1, 0.3, marks=pytest.mark.physical_validation),
        pytest.param(48, 3, 0.1, marks=pytest.mark.physical_validation),
    ],
)
def test_an_elastic_plane_has_the_exponent_of_its_stiffness(rows, length, eta) -> None:
    """Of u with kT / (K A q²) a component positions decay as r^-η, η = G² kT / 2πK."""
    amplitude = 2 * np.pi * eta / (16 * np.pi**2 / 3)
    found = np.array([exponents(waves(rows, amplitude, 2, seed, length)) for seed in range(40)])
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(40)
    assert abs(mean[0]) < 0.01
    assert abs(mean[1] - eta) < 3 * error[1] + 0.02 * eta
    assert error[1] < 0.1 * eta


def test_noise_alone_leaves_the_order_of_a_crystal() -> None:
    bonds, positions = exponents(with_noise(waves(40, 0.0, 2, 0), 0.1, np.random.default_rng(1)))
    assert abs(bonds) < 0.01
    assert abs(positions) < 0.02


def test_positions_without_order_and_bonds_with_it_are_a_hexatic() -> None:
    soft = hot(waves(90, 2e-3, 4, 1))
    bonds, positions = exponents(soft)
    assert abs(bonds) < 0.25
    assert positions > 1.0
    labels = label_configuration(soft)
    assert (labels.label, labels.reason) == ("hexatic", GRAINS)
    assert [phase["phase"] for phase in labels.phases] == ["hexatic"]
    assert "hexatic" in labels.phase_names
    assert "hexagonal" not in labels.phase_names


@pytest.mark.parametrize(
    ("rows", "length", "tells"), [(10, 1, False), (90, 1, False), (130, 1, True), (20, 48, False)]
)
def test_a_narrow_box_close_to_melting_is_said_not_to_tell(rows, length, tells) -> None:
    crystal, t = hot(waves(rows, 0.01, 2, 3, length)), Thresholds()
    labels = label_configuration(crystal)
    reason = "" if tells else NARROW.format(t.tells_crystal)
    assert (labels.label, labels.reason) == ("hexagonal", reason)
    assert (lattice_constants_across(crystal) >= t.tells_crystal) == tells


def test_of_a_ring_without_pairs_nothing_is_said() -> None:
    few = with_noise(crystal("hexagonal", (3, 2), 1.0), 0.01, np.random.default_rng(1))
    assert few.n_particles == 12
    assert quasi_long_range(few, np.ones(12, dtype=complex)) is None


def test_a_cold_crystal_needs_no_telling() -> None:
    labels = label_configuration(
        with_noise(crystal("hexagonal", (18, 11), 1.0), 0.05, np.random.default_rng(1))
    )
    assert (labels.label, labels.reason) == ("hexagonal", "")
