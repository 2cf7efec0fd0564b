"""Lattices and the boxes that hold them."""

from __future__ import annotations

import math

import pytest

from workspace_schema.lattices import LATTICES, MOST_ASPECT, Lattice


def aspect(lattice: Lattice, cells: tuple[int, ...]) -> float:
    lengths = [k * edge for k, edge in zip(cells, lattice.edges, strict=True)]
    return max(lengths) / min(lengths)


@pytest.mark.parametrize("name", LATTICES)
def test_a_box_has_a_site_for_every_particle_and_few_others(name: str) -> None:
    lattice = LATTICES[name]
    for n in range(1, 800):
        assert n <= lattice.n_sites(n) <= 2 * n + len(lattice.sites)
        assert n < 8 * len(lattice.sites) or aspect(lattice, lattice.cells(n)) <= 2.0


def test_a_box_that_is_filled_may_be_longer() -> None:
    assert LATTICES["square"].cells(24) == (4, 6)
    assert LATTICES["square"].cells(14) == (4, 4)  # not 2 x 7
    assert LATTICES["fcc"].cells(480) == (4, 5, 6)
    assert LATTICES["hexagonal"].cells(120) == (10, 6)
    for name, n in (("fcc", 480), ("sc", 120), ("bcc", 240), ("hexagonal", 42)):
        assert LATTICES[name].n_sites(n) == n
        assert aspect(LATTICES[name], LATTICES[name].cells(n)) <= MOST_ASPECT


@pytest.mark.parametrize("name", LATTICES)
def test_numbers_near_one_that_does_not_fill_do(name: str) -> None:
    lattice = LATTICES[name]
    for n in (1, 7, 97, 250, 1001, 10**6 + 1):
        near = lattice.near(n)
        assert [lattice.n_sites(number) for number in near] == near
        assert near == sorted(set(near))
        assert near[0] < n <= near[1] or (n <= near[0] and len(near) == 2)


def test_known_numbers() -> None:
    assert LATTICES["fcc"].near(250) == [108, 256, 500]
    assert LATTICES["fcc"].n_sites(250) == 256
    assert LATTICES["sc"].regular_cells(28) == (4, 4, 4)
    assert LATTICES["sc"].regular_cells(27) == (3, 3, 3)


@pytest.mark.parametrize(
    ("name", "density"),
    [
        ("square", 1.0),
        ("hexagonal", 2 / math.sqrt(3)),
        ("sc", 1.0),
        ("bcc", 3 * math.sqrt(3) / 4),
        ("fcc", math.sqrt(2)),
    ],
)
def test_density_of_touching_neighbours(name: str, density: float) -> None:
    assert LATTICES[name].density(1.0) == pytest.approx(density)
    assert LATTICES[name].density(2.0) == pytest.approx(density / 2 ** LATTICES[name].dimensions)


def test_a_billion_particles_have_a_box() -> None:
    for lattice in LATTICES.values():
        assert lattice.n_sites(10**9) >= 10**9
        assert lattice.near(10**9)[0] < 10**9
