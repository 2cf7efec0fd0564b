"""Reference structures: symmetry, particles per cell, coordination, distances."""

import re
from collections import Counter

import freud
import numpy as np
import pytest
import spglib

from analysis.neighbourhoods import nearest
from analysis.prototypes import PROTOTYPES, crystal, names, prototype

SPACE = names(dimensions=3)
PLANE = names(dimensions=2)
#: Space group of a plane of particles: that of its plane group, and the mirror it lies in.
LAYER = {"p6mm": 191, "p4mm": 123, "p4gm": 127, "c2mm": 65}
#: Neighbours in the first shell, and how many particles of the cell have so many. The shell ends
#: 12 % beyond the nearest neighbour of any particle.
COORDINATION = {
    "fcc": {12: 4},
    "hcp": {12: 2},
    "dhcp": {12: 4},
    "bcc": {8: 2},
    "bct": {10: 2},
    "sc": {6: 1},
    "simple-hexagonal": {8: 1},
    "diamond": {4: 8},
    "lonsdaleite": {4: 4},
    "diamond-4H": {4: 8},
    "beta-Sn": {6: 4},
    "BC8": {4: 16},
    "clathrate-I": {4: 46},
    "clathrate-II": {4: 136},
    "NaCl": {6: 8},
    "CsCl": {8: 2},
    "ZnS": {4: 8},
    "wurtzite": {4: 4},
    "CuAu": {12: 2},
    "Cu3Au": {12: 4},
    "hexagonal": {6: 1},
    "square": {4: 1},
    "honeycomb": {3: 2},
    "kagome": {4: 3},
    "snub-square": {5: 4},
    "elongated-triangular": {5: 4},
    "truncated-square": {3: 4},
    "rhombic": {4: 2},
}
#: Faces of the Voronoi cells of topologically close-packed structures: Frank and Kasper, Acta
#: Crystallogr. 11, 184 (1958); 12, 483 (1959). Of alpha-Mn, 13 is no Frank-Kasper polyhedron.
FACES = {
    "A15": {12: 2, 14: 6},
    "Cr3Si": {12: 2, 14: 6},
    "sigma": {12: 10, 14: 16, 15: 4},
    "beta-Mn": {12: 8, 14: 12},
    "alpha-Mn": {12: 24, 13: 24, 16: 10},
    "MgZn2": {12: 8, 16: 4},
    "MgCu2": {12: 16, 16: 8},
    "MgNi2": {12: 16, 16: 8},
}
#: Shortest distance at a number density of 1.
SHORTEST = {
    "fcc": 2 ** (1 / 6),
    "hcp": 2 ** (1 / 6),
    "dhcp": 2 ** (1 / 6),
    "CuAu": 2 ** (1 / 6),
    "bcc": np.sqrt(3) * 2 ** (-2 / 3),
    "sc": 1.0,
    "simple-hexagonal": (2 / np.sqrt(3)) ** (1 / 3),
    "diamond": np.sqrt(3) / 2,
    "lonsdaleite": np.sqrt(3) / 2,
    "diamond-4H": np.sqrt(3) / 2,
    "A15": 1.0,
    "MgCu2": 24 ** (1 / 3) / np.sqrt(8),
    "MgZn2": 24 ** (1 / 3) / np.sqrt(8),
    "MgNi2": 24 ** (1 / 3) / np.sqrt(8),
    "bct": (2 * np.sqrt(3 / 2)) ** (1 / 3) * np.sqrt(2 / 3),
    "hexagonal": np.sqrt(2 / np.sqrt(3)),
    "square": 1.0,
    "honeycomb": np.sqrt(4 / (3 * np.sqrt(3))),
    "kagome": np.sqrt(np.sqrt(3) / 2),
    "snub-square": np.sqrt(4 / (2 + np.sqrt(3))),
    "elongated-triangular": np.sqrt(4 / (2 + np.sqrt(3))),
    "truncated-square": 2 / (1 + np.sqrt(2)),
    "rhombic": 1 / np.sqrt(np.sin(np.radians(75))),
}


def cell_of(configuration):
    """Cell and fractional coordinates as spglib takes them; a plane gets a height of its own."""
    cell = configuration.cell.copy()
    if configuration.dimensions == 2:
        cell[2] = (0.0, 0.0, 7.3)
    return cell, configuration.positions @ np.linalg.inv(cell), configuration.types


@pytest.mark.parametrize("name", names())
def test_space_group_and_number_of_particles(name):
    description = PROTOTYPES[name]
    cell = description.cell()
    assert cell.number_density == pytest.approx(1.0)
    assert cell.n_particles == sum(int(site.wyckoff[:-1]) for site in description.sites)
    found = spglib.get_symmetry_dataset(cell_of(cell), symprec=1e-5)
    group = LAYER.get(description.plane_group, description.space_group)
    assert found.number == group
    # Every site is one orbit, of the stated multiplicity, and no two are the same one.
    orbits = Counter(found.crystallographic_orbits.tolist()).values()
    assert sorted(orbits) == sorted(int(site.wyckoff[:-1]) for site in description.sites)


@pytest.mark.parametrize("name", SPACE)
def test_aflow_label_says_the_same(name):
    formula, pearson, group, *letters = PROTOTYPES[name].aflow.split("_")
    assert int(group) == PROTOTYPES[name].space_group
    cell = PROTOTYPES[name].cell()
    assert int(pearson[2:]) == cell.n_particles
    stated = Counter(site.wyckoff[-1] for site in PROTOTYPES[name].sites)
    spelt = Counter()
    for number, letter in re.findall(r"(\d*)([a-z])", "".join(letters)):
        spelt[letter] += int(number or 1)
    assert sorted(stated.values()) == sorted(spelt.values())
    if len(PROTOTYPES[name].types) > 1:
        counts = re.findall(r"[A-Z](\d*)", formula)
        ratio = np.bincount(cell.types)
        parts = np.array([int(count or 1) for count in counts])
        np.testing.assert_allclose(sorted(ratio / ratio.sum()), sorted(parts / parts.sum()))


@pytest.mark.parametrize("name", COORDINATION)
def test_coordination(name):
    distances = nearest(PROTOTYPES[name].cell(), 20).distances
    shell = (distances < 1.12 * distances.min()).sum(axis=1)
    assert Counter(shell.tolist()) == COORDINATION[name]


@pytest.mark.parametrize("name", FACES)
def test_voronoi_cells_of_close_packed_structures(name):
    configuration = PROTOTYPES[name].cell().replicate((3, 3, 3))
    voronoi = freud.locality.Voronoi()
    voronoi.compute((configuration.freud_box(), configuration.positions))
    neighbours = np.asarray(voronoi.nlist.query_point_indices)
    real = np.asarray(voronoi.nlist.weights) > 0.02
    faces = np.bincount(neighbours[real], minlength=configuration.n_particles)
    assert Counter((faces.reshape(27, -1)[0]).tolist()) == FACES[name]


@pytest.mark.parametrize("name", SHORTEST)
def test_shortest_distance(name):
    distances = nearest(PROTOTYPES[name].cell(), 1).distances
    assert distances.min() == pytest.approx(SHORTEST[name])


@pytest.mark.parametrize(
    ("binary", "unary"),
    [
        ("CsCl", "bcc"),
        ("NaCl", "sc"),
        ("ZnS", "diamond"),
        ("wurtzite", "lonsdaleite"),
        ("CuAu", "fcc"),
        ("Cu3Au", "fcc"),
        ("Cr3Si", "A15"),
    ],
)
def test_without_types(binary, unary):
    group = PROTOTYPES[unary].space_group
    cell = PROTOTYPES[binary].untyped.cell()
    assert spglib.get_symmetry_dataset(cell_of(cell), symprec=1e-5).number == group
    both = [
        np.sort(nearest(each, 30).distances, axis=0) for each in (cell, prototype(unary).cell())
    ]
    np.testing.assert_allclose(both[0][0], both[1][0])


@pytest.mark.parametrize("name", names())
def test_orthogonal_crystals_are_the_same(name):
    repeats = (2, 1, 1)[: PROTOTYPES[name].dimensions]
    configuration = crystal(name, repeats, 0.7)
    assert configuration.number_density == pytest.approx(0.7)
    np.testing.assert_array_equal(configuration.box[3:], 0.0)
    cell = PROTOTYPES[name].cell()
    assert configuration.n_particles % (2 * cell.n_particles) == 0
    scale = 0.7 ** (-1 / cell.dimensions)
    expected = nearest(cell, 12).distances * scale
    found = nearest(configuration, 12).distances
    key = lambda rows: sorted(map(tuple, np.unique(np.round(rows, 6), axis=0)))  # noqa: E731
    np.testing.assert_allclose(key(found), key(expected), atol=2e-6)


def test_there_are_enough_and_each_has_a_source():
    assert len(SPACE) >= 30
    assert len(names(3, 1)) == 20
    assert len(names(3, 2)) == 15
    assert set(PLANE) >= {"hexagonal", "square", "honeycomb", "kagome", "snub-square", "rhombic"}
    assert all(each.source for each in PROTOTYPES.values())
    assert len({each.aflow for each in PROTOTYPES.values() if each.aflow}) == len(SPACE)


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="'cubic', expected one of fcc"):
        crystal("cubic", 3, 1.0)
    with pytest.raises(ValueError, match="number_density is 0"):
        crystal("fcc", 3, 0.0)
