"""Building blocks in a system: what fits together, and one spelling."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.system import System


def system(dimensions=3, **blocks):
    particles = dict.fromkeys(blocks, 1)
    return System(dimensions=dimensions, particles=particles, building_blocks=blocks)


def patchy(**kinds):
    return {
        "form": "kern_frenkel",
        "patches": {k: {"half_angle": 0.3} | v for k, v in kinds.items()},
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"A": patchy(P={"sticks_to": ["Q"]})}, "no kind Q"),
        ({"A": patchy(P={"range": 1.2}), "B": patchy(P={"range": 1.3})}, "the same on all types"),
        ({"A": patchy(P={}, Q={})}, "overlaps with patches.P"),
        ({"dimensions": 2, "A": patchy(P={})}, "z = 0"),
        ({"dimensions": 2, "A": {"form": "hard_polyhedron", "name": "cube"}}, "lives in 3"),
        ({"dimensions": 2, "A": {"form": "hard_ellipsoid", "aspect": 3}}, "lives in 3"),
        ({"A": {"form": "hard_ellipsoid"}}, "one of aspect .* and semiaxes"),
        ({"A": {"form": "hard_ellipsoid", "aspect": 3, "semiaxes": [1, 1, 3]}}, "one of aspect"),
        ({"A": {"form": "hard_ellipsoid", "semiaxes": [1, 1, 1001]}}, "1000 times the shortest"),
        ({"A": {"form": "hard_spherocylinder", "elongation": 0}}, "greater than or equal"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValidationError, match=message):
        system(**arguments)


def test_in_the_plane_patches_may_lie_in_it_or_cover_all():
    system(2, A=patchy(P={"directions": "square"}))
    system(2, A=patchy(P={"half_angle": 3.141592653589793}))


def test_one_physics_has_one_spelling():
    one = system(A=patchy(P={"sticks_to": ["Q", "P"]}, Q={"directions": [[1, 0, 0]]}))
    other = system(A=patchy(P={"sticks_to": ["P", "Q", "P"]}, Q={"directions": [[1.0, 0, 0]]}))
    assert canonical(one) == canonical(other)
    union = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}
    assert canonical(system(A=union)) == canonical(system(A=union | {"diameters": [1, 1.0]}))
    family = {"form": "hard_polyhedron", "a": 1.5, "c": 2.5}
    assert canonical(system(A=family | {"family": 423})) == canonical(
        system(A=family | {"family": "423"})
    )


@pytest.mark.parametrize(
    ("semiaxes", "kept"),
    [
        ([1, 1, 5], {"aspect": 5.0}),
        ([2, 2, 10], {"aspect": 5.0}),
        ([0.1, 0.1, 0.3], {"aspect": 3.0}),
        ([3, 3, 1], {"aspect": 1 / 3}),
        ([0.1, 0.3, 0.7], {"semiaxes": [1.0, 3.0, 7.0]}),
        ([1, 3, 7], {"semiaxes": [1.0, 3.0, 7.0]}),
        ([5, 1, 1], {"semiaxes": [1.0, 0.2, 0.2]}),  # its axis is x: orientations are others
    ],
)
def test_one_ellipsoid_has_one_spelling(semiaxes, kept):
    block = {"form": "hard_ellipsoid", "volume": 2}
    found = canonical(system(A=block | {"semiaxes": semiaxes}))
    assert found["building_blocks"]["A"] == block | kept
    assert found == canonical(system(A=block | kept))
