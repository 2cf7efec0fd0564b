"""Names of space groups against spglib's table of all settings."""

import numpy as np
import pytest

from analysis.formats.space_groups import _settings, _types, operations

TYPES = _types()
#: Settings whose operations are those of another one, which is found in their place.
TWINS = {324: 322, 328: 326, 332: 330}


def test_every_hall_symbol():
    for number, kind in TYPES.items():
        found, _ = _settings({"_space_group_name_hall": kind.hall_symbol}, hexagonal=False)
        assert found == [TWINS.get(number, number)]


def test_every_group_by_its_symbol_and_by_its_number():
    """Those with two origin choices are not decided."""
    twice = {kind.number for kind in TYPES.values() if kind.choice == "2"}
    assert len(twice) == 24
    for number in range(1, 231):
        first = next(kind for kind in TYPES.values() if kind.number == number)
        for tags in (
            {"_symmetry_space_group_name_h-m": first.international_short},
            {"_space_group_it_number": str(number)},
        ):
            found, _ = _settings(tags, hexagonal=True)
            assert len(found) == 1 + (number in twice)
            assert {TYPES[k].number for k in found} == {number}


def test_both_origins_of_every_group_that_has_two():
    for number, kind in TYPES.items():
        if kind.choice in ("1", "2"):
            name = f"{kind.international.split('=')[-1].strip()} :{kind.choice}"
            found, _ = _settings({"_symmetry_space_group_name_h-m": name}, hexagonal=False)
            assert number in found
            assert {TYPES[k].number for k in found} == {kind.number}


@pytest.mark.parametrize(
    ("text", "place", "image"),
    [
        ("x,y,z", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
        ("-Y, X-Y, Z+1/3", (0.1, 0.2, 0.3), (-0.2, -0.1, 0.3 + 1 / 3)),
        ("1/2+x,.5-y,-z", (0.1, 0.2, 0.3), (0.6, 0.3, -0.3)),
        ("'2*x - y, z, x'", (0.1, 0.2, 0.3), (0.0, 0.3, 0.1)),
    ],
)
def test_operations(text, place, image):
    (rotations, translations), _ = operations({"_symmetry_equiv_pos_as_xyz": [text]}, False)
    np.testing.assert_allclose(rotations[0] @ place + translations[0], image, atol=1e-12)


@pytest.mark.parametrize("text", ["x,y", "x,y,w", "x,y,", "x,,z", "x y z"])
def test_what_is_no_operation(text):
    with pytest.raises(ValueError, match="is no symmetry operation"):
        operations({"_symmetry_equiv_pos_as_xyz": [text]}, False)
