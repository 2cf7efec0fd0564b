"""Free bodies in a field that turns them alike, against sums over orientations."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.shapes import Shape, shape_of
from operations.equilibrium.crystal import gauss
from operations.equilibrium.rotors import Rotors, uniform
from operations.interactions.external import turned_away
from workspace_schema.building_blocks import BUILDING_BLOCKS

UPRIGHT = np.array([1.0, 0.0, 0.0, 0.0])


def shape(form: str, dimensions: int = 3, **words) -> Shape:
    block = BUILDING_BLOCKS[form].model_validate({"form": form, **words})
    return shape_of(block, dimensions)


@pytest.mark.parametrize(
    ("body", "order"),
    [
        (shape("hard_polyhedron", name="cube"), 24),
        (shape("hard_polyhedron", name="tetrahedron"), 12),
        (shape("hard_polyhedron", name="dodecahedron"), 60),
        (shape("hard_spherocylinder", elongation=0.5), 2),
        (shape("sphere_union", centers=[[0, 0, 0], [0.3, 0, 0]], diameters=[1.0, 0.9]), 1),
        (shape("sphere_union", centers=[[0, 0, 0], [0.3, 0, 0], [0, 0.3, 0]]), 2),
        (shape("hard_polygon", 2, sides=6, rounding=0.2), 6),
        (shape("hard_polygon", 2, vertices=[[0, 0], [2, 0], [0, 1]]), 1),
    ],
)
def test_rotations_of_a_body_onto_itself(body, order) -> None:
    rotors = Rotors.of(body)
    assert len(rotors.symmetries) == order
    assert np.allclose(rotors.symmetries[0], UPRIGHT)
    assert np.allclose(turned_away(rotors.symmetries, UPRIGHT, rotors.symmetries), 0.0)


@pytest.mark.parametrize(
    "body",
    [
        shape("hard_polyhedron", name="cube"),
        shape("hard_spherocylinder", elongation=0.5),
        shape("hard_polygon", 2, sides=4),
    ],
    ids=["cube", "spherocylinder", "square"],
)
def test_partition_function_and_draws(body) -> None:
    """Against a mean over all orientations."""
    rotors, random = Rotors.of(body), np.random.default_rng(1)
    strong = rotors.strong
    u = turned_away(uniform(2**18, rotors.dimensions, random), UPRIGHT, rotors.symmetries)
    weights = np.exp(-strong * u)
    error = weights.std() / weights.mean() / np.sqrt(len(u))
    assert abs(rotors.log_partition(strong) - np.log(weights.mean())) < 4.0 * error
    drawn = turned_away(rotors.draw(4000, strong, random), UPRIGHT, rotors.symmetries)
    expected = weights @ u / weights.sum()
    assert drawn.mean() == pytest.approx(expected, rel=0.05)
    assert expected < 0.2 * rotors.free_field


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_way_to_a_strong_field_is_resolved(dimensions) -> None:
    """Of a body without rotations onto itself, where the mean of the field is known everywhere."""
    rotors = Rotors(dimensions, UPRIGHT[None])
    weak = 0.5 * rotors.axes / rotors.free_field
    fields, weights = gauss(12, weak, 5000.0)
    step = 1e-4 * (fields + weak)
    slopes = [
        (rotors.log_partition(k - h) - rotors.log_partition(k + h)) / (2.0 * h)
        for k, h in zip(fields, step, strict=True)
    ]
    assert weights @ slopes == pytest.approx(-rotors.log_partition(5000.0), abs=1e-3)


@pytest.mark.parametrize(
    "body",
    [
        Shape,
        shape("hard_spherocylinder", elongation=0.5),
        shape("hard_polyhedron", name="cube"),
        shape("hard_polygon", 2, sides=4),
    ],
    ids=["none", "spherocylinder", "cube", "square"],
)
def test_what_a_rule_gives_too_much(body) -> None:
    """Much with few points, nothing with many; of a body without rotations as it is known."""
    rotors = Rotors(3, UPRIGHT[None]) if body is Shape else Rotors.of(body)
    weak, strong = 0.5 * rotors.axes / rotors.free_field, max(rotors.strong, 5000.0)
    few, many = (rotors.quadrature(*gauss(points, weak, strong), strong) for points in (4, 60))
    assert abs(few) > 0.02
    assert abs(many) < 2e-3
    if body is Shape:
        fields, weights = gauss(4, weak, strong)
        means = [
            (rotors.log_partition(0.999 * k) - rotors.log_partition(1.001 * k)) / (0.002 * k)
            for k in fields
        ]
        assert few == pytest.approx(weights @ means + rotors.log_partition(strong), abs=1e-3)
