"""Names of crystals: those of the tables for what is known, and honest ones for the rest."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import prototype
from analysis.prototypes.defects import with_noise
from operations.search.crystal_names import crystal_name


@pytest.mark.parametrize(
    ("name", "pearson", "space_group", "wyckoff"),
    [
        ("fcc", "cF4", "Fm-3m", {"4a"}),
        ("hcp", "hP2", "P6_3/mmc", {"2c"}),
        ("diamond", "cF8", "Fd-3m", {"8a"}),
        ("A15", "cP8", "Pm-3n", {"2a", "6d"}),
        ("sigma", "tP30", "P4_2/mnm", {"2a", "4f", "8i", "8j"}),
        ("clathrate-I", "cP46", "Pm-3n", {"6c", "16i", "24k"}),
        ("NaZn13", "cF112", "Fm-3c", {"8a", "8b", "96i"}),
        ("MgNi2", "hP24", "P6_3/mmc", {"4e", "4f", "6g", "6h"}),
        ("kagome", "hp3", "p6mm", {"3c"}),
        ("snub-square", "tp4", "p4gm", {"4c"}),
        ("rhombic", "oc2", "c2mm", {"2a"}),
    ],
)
def test_known_crystals(name, pearson, space_group, wyckoff) -> None:
    found = crystal_name(prototype(name).cell())
    assert found is not None
    words, _ = found
    assert (words.name, words.pearson, words.space_group) == (name, pearson, space_group)
    # which of equivalent letters an orbit has depends on the origin
    twins = {"2b": "2a", "4g": "4f", "6d": "6c", "8b": "8a", "2d": "2c"}
    sets = [{twins.get(one, one) for one in letters} for letters in (wyckoff, _letters(words))]
    assert sets[0] == sets[1]


def _letters(words) -> set[str]:
    return {one.split()[1] for one in words.wyckoff}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("AlB2", "AB2_hP3_191_a_d (C32"),
        ("Cr3Si", "A15"),
        ("sigma", "beta Uranium"),
        ("fcc", "Copper"),
    ],
)
def test_published_crystals_like_it(name, label) -> None:
    found = crystal_name(prototype(name).cell())
    assert found is not None
    assert any(label in one for one in found[0].alike)


def test_a_crystal_in_no_list_has_the_same_name_whatever_its_cell() -> None:
    """P-42_1m: four particles on 4e beside one on 2a, far from every prototype."""
    x, z = 0.18, 0.30
    sites = [
        (0.0, 0.0, 0.0),
        (0.5, 0.5, 0.0),
        (x, 0.5 + x, z),
        (-x, 0.5 - x, z),
        (0.5 + x, -x, -z),
        (0.5 - x, x, -z),
    ]
    box = np.array([2.0, 2.0, 1.5, 0.0, 0.0, 0.0])
    fractions = (np.array(sites) + 0.5) % 1.0 - 0.5
    cell = Configuration(fractions * box[:3], box, 3, np.zeros(6, dtype=np.int32), ("A",))
    small, large = crystal_name(cell), crystal_name(cell.replicate((1, 2, 2)))
    assert small is not None
    assert large is not None
    assert small[0].name == large[0].name == "tP6 P-42_1m"
    for words, _ in (small, large):
        assert words.wyckoff in (("A 2a", "A 4e"), ("A 2b", "A 4e"))
        assert words.alike == ()
        assert words.apart > 0.1


def test_no_nearest_crystal_is_at_no_distance() -> None:
    box = np.array([1.0, 1.3, 1.0, 0.0, 0.0, 0.0])
    plane = Configuration(np.zeros((1, 3)), box, 2, np.zeros(1, dtype=np.int32), ("A",))
    found = crystal_name(plane)
    assert found is not None
    assert (found[0].nearest, found[0].apart) == ("", None)


def test_disorder_has_no_name() -> None:
    cell = prototype("A15").cell().replicate((2, 2, 2))
    assert crystal_name(with_noise(cell, 0.08, np.random.default_rng(1))) is None


def test_large_errors_give_no_name() -> None:
    assert crystal_name(prototype("beta-Mn").cell(), 0.03) is None
