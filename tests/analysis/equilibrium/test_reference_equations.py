"""Reference equations of state against exact values and each other."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.equilibrium.reference_equations import nonsphericity, references
from analysis.shapes import Shape, shape_of
from workspace_schema.system import System

#: Virial coefficients of hard disks, B_k / B_2^(k-1), k = 2, 3, …: N. Clisby, B. M. McCoy, J. Stat.
#: Phys. 122, 15 (2006).
DISKS = (1, 0.782004, 0.532232, 0.333556, 0.198833, 0.114868, 0.064993, 0.036219, 0.019954)


def shape(dimensions: int, **block) -> Shape:
    data = {"dimensions": dimensions, "particles": {"A": 1}, "building_blocks": {"A": block}}
    blocks = System.model_validate(data).building_blocks
    assert blocks
    return shape_of(blocks["A"], dimensions)


def prolate(aspect: float) -> float:
    """Surface and mean radius of curvature of an ellipsoid of revolution, in closed form."""
    e = np.sqrt(1 - aspect**-2)
    surface = 2 * np.pi * (1 + aspect / e * np.arcsin(e))
    radius = (aspect + np.arccosh(aspect) / np.sqrt(aspect**2 - 1)) / 2
    return radius * surface / (4 * np.pi * aspect)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (shape(3, form="hard_sphere", diameter=0.7), 1.0),
        (shape(3, form="hard_polyhedron", name="cube", volume=3.0), 1.5),
        (shape(3, form="hard_spherocylinder", elongation=5), 42 / 17),
        (shape(3, form="hard_ellipsoid", aspect=5, volume=2.0), prolate(5.0)),
        (shape(2, form="hard_polygon", sides=4, area=2.0), 4 / np.pi),
    ],
)
def test_nonsphericity_of_known_bodies(body: Shape, expected: float) -> None:
    assert nonsphericity(body) == pytest.approx(expected, rel=1e-9)


def test_rounding_brings_a_body_nearer_to_a_ball() -> None:
    """A cube of edge a swept by r: V, S and M are the sums of Steiner."""
    body = shape(3, form="hard_polyhedron", name="cube", volume=1.0, rounding=0.3)
    a, r = np.ptp(body.points[:, 0]), 0.3
    volume = a**3 + 6 * a**2 * r + 3 * np.pi * a * r**2 + 4 / 3 * np.pi * r**3
    surface = 6 * a**2 + 6 * np.pi * a * r + 4 * np.pi * r**2
    expected = (3 * np.pi * a + 4 * np.pi * r) / (4 * np.pi) * surface / (3 * volume)
    assert volume == pytest.approx(1.0)
    assert nonsphericity(body) == pytest.approx(expected, rel=1e-9)
    assert 1.0 < expected < 1.5


@pytest.mark.parametrize(
    ("body", "second"),
    [
        (shape(3, form="hard_sphere"), 4.0),
        (shape(3, form="hard_polyhedron", name="cube"), 5.5),
        (shape(2, form="hard_sphere"), 2.0),
        (shape(2, form="hard_polygon", sides=4), 1 + 4 / np.pi),
    ],
)
def test_second_virial_coefficients_are_exact(body: Shape, second: float) -> None:
    fluid = references({"A": body}, {"A": 1})[0]
    assert (fluid.factor(np.array([1e-6]))[0] - 1) / 1e-6 == pytest.approx(second, rel=1e-4)


def test_spheres_freeze_where_they_are_known_to() -> None:
    fluid, crystal = references({"A": shape(3, form="hard_sphere")}, {"A": 5})
    assert (fluid.name, fluid.phase, crystal.phase) == ("Carnahan and Starling", "fluid", "fcc")
    x = np.array([0.49])
    assert fluid.factor(x)[0] == pytest.approx((1 + x + x**2 - x**3)[0] / 0.51**3)
    # W. G. Hoover and F. H. Ree, J. Chem. Phys. 49, 3609 (1968), as mended since: 11.57
    densities = {0.9392: fluid, 1.0376: crystal}
    for rho, one in densities.items():
        assert rho * one.factor(np.array([np.pi / 6 * rho]))[0] == pytest.approx(11.57, rel=0.005)


def test_mixtures_of_spheres() -> None:
    """With parts of equal size they are one fluid; otherwise contact values give the pressure."""
    big, small = shape(3, form="hard_sphere"), shape(3, form="hard_sphere", diameter=0.4)
    counts = {"A": 1, "B": 3}
    (known,) = references({"A": big, "B": small}, counts)
    eta, sizes, parts = 0.4, np.array([1.0, 0.4]), np.array([0.25, 0.75])
    rho = eta / (np.pi / 6 * parts @ sizes**3)
    xi = [np.pi / 6 * rho * parts @ sizes**k for k in range(4)]
    z = 1.0
    for i in range(2):
        for j in range(2):
            reduced = sizes[i] * sizes[j] / (sizes[i] + sizes[j])
            free = 1 - xi[3]
            contact = (
                1 / free + 3 * reduced * xi[2] / free**2 + 2 * (reduced * xi[2]) ** 2 / free**3
            )
            distance = (sizes[i] + sizes[j]) / 2
            z += 2 * np.pi / 3 * rho * parts[i] * parts[j] * distance**3 * contact
    # the contact values are those of Boublík and Mansoori et al., whose pressure this is
    assert known.factor(np.array([eta]))[0] == pytest.approx(z, rel=1e-9)


def test_disks() -> None:
    fluid, crystal = references({"A": shape(2, form="hard_sphere", diameter=2.0)}, {"A": 5})
    for eta in (0.1, 0.3, 0.4):
        series = 1 + sum(b * (2 * eta) ** (k + 1) for k, b in enumerate(DISKS))
        assert fluid.factor(np.array([eta]))[0] == pytest.approx(series, rel=0.005)
    # free volume α: B. J. Alder, W. G. Hoover, D. A. Young, J. Chem. Phys. 49, 3688 (1968)
    for alpha in (0.05, 0.1, 0.15):
        eta = np.pi / np.sqrt(12) / (1 + alpha)
        expected = 2 / alpha + 1.90 + 0.67 * alpha
        assert crystal.factor(np.array([eta]))[0] == pytest.approx(expected, rel=0.005)


def test_of_other_bodies_nothing_is_claimed() -> None:
    union = shape(3, form="sphere_union", centers=[[0, 0, 0], [1, 0, 0]])
    cube = shape(3, form="hard_polyhedron", name="cube")
    assert references({"A": union}, {"A": 1}) == []
    assert references({"A": cube, "B": union}, {"A": 1, "B": 1}) == []
