"""Equations of state of hard bodies that are known from elsewhere, beside what was measured.

Each gives the compressibility factor Z = βP/ρ at packing fractions η:

- spheres and their mixtures, fluid: G. A. Mansoori, N. F. Carnahan, K. E. Starling, T. W. Leland,
  J. Chem. Phys. 54, 1523 (1971), which is N. F. Carnahan and K. E. Starling, J. Chem. Phys. 51, 635
  (1969), for one size; fcc crystal: R. J. Speedy, J. Phys.: Condens. Matter 10, 4387 (1998);
- disks, fluid and hexagonal crystal: S. Luding, Phys. Rev. E 63, 042201 (2001), its two branches;
- other convex bodies, isotropic: I. Nezbeda, Chem. Phys. Lett. 41, 55 (1976), in two dimensions
  scaled particle theory (T. Boublík, Mol. Phys. 29, 421 (1975)); both have the exact second virial
  coefficient (A. Isihara, J. Chem. Phys. 18, 1446 (1950)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.polyhedra import integrated_mean_curvature
from analysis.shapes import Shape
from workspace_schema.building_blocks.packing import CLOSE_PACKING

Array = NDArray[np.float64]

#: Label of an isotropic fluid.
FLUID = "fluid"
#: Nodes of the rule by which an ellipsoid is averaged over directions, in cos θ and in φ.
NODES = 80


@dataclass(frozen=True)
class Reference:
    """An equation of state.

    Attributes
    ----------
    name : str
    phase : str
        Label of the phase of which it is: an isotropic fluid, or a crystal.
    low, high : float
        Packing fractions between which it holds, of a fluid beyond freezing too.
    factor : callable
        Z of packing fractions, shape (n,).
    """

    name: str
    phase: str
    low: float
    high: float
    factor: Callable[[Array], Array]


def references(shapes: Mapping[str, Shape], counts: Mapping[str, int]) -> list[Reference]:
    """What is known of hard bodies of these shapes, so many of each; empty where nothing is.

    Parameters
    ----------
    shapes : mapping of str to Shape
        By type.
    counts : mapping of str to int
    """
    first = next(iter(shapes.values()))
    if all(shape.kind == "sphere" for shape in shapes.values()):
        alike = len({shape.radius for shape in shapes.values()}) == 1
        if first.dimensions == 3:
            crystal = [Reference("Speedy, fcc", "fcc", 0.52, 0.735, _speedy)] if alike else []
            return [_spheres(shapes, counts), *crystal]
        if not alike:
            return []
        return [
            Reference("Luding, fluid", FLUID, 0.0, 0.67, _disks),
            Reference("Luding, crystal", "hexagonal", 0.73, 0.9, _crystal_of_disks),
        ]
    if len(shapes) > 1 or not first.convex:
        return []
    name = "Nezbeda" if first.dimensions == 3 else "scaled particle theory"
    alpha = nonsphericity(first)
    convex = _convex if first.dimensions == 3 else _flat
    return [Reference(name, FLUID, 0.0, 0.5, lambda eta: convex(eta, alpha))]


def nonsphericity(shape: Shape) -> float:
    """How far a convex body is from a ball, of which it is 1: α = R S / 3V, R the integrated mean
    curvature over 4π; in two dimensions L² / 4πA.

    The second virial coefficient is V (1 + 3α), in two dimensions A (1 + α).
    """
    r = shape.radius
    if shape.kind == "sphere":
        return 1.0
    if shape.dimensions == 2:
        corners = shape.points
        around = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).sum()
        return float((around + 2.0 * np.pi * r) ** 2 / (4.0 * np.pi * shape.volume))
    if shape.kind == "ellipsoid":
        return _ellipsoid(np.array(shape.radii))
    if shape.kind == "spherocylinder":
        surface, curvature = 0.0, float(np.pi * np.linalg.norm(shape.points[1] - shape.points[0]))
    else:
        from scipy.spatial import ConvexHull

        hull = ConvexHull(shape.points)
        surface, curvature = hull.area, integrated_mean_curvature(hull)
    surface += 2.0 * curvature * r + 4.0 * np.pi * r**2
    curvature += 4.0 * np.pi * r
    return float(curvature / (4.0 * np.pi) * surface / (3.0 * shape.volume))


def _ellipsoid(axes: Array) -> float:
    """R is the mean of the support function over directions, S four times the mean projection."""
    cosine, weight = np.polynomial.legendre.leggauss(NODES)
    phi = np.pi * (np.arange(NODES) + 0.5) / NODES
    sine = np.sqrt(1.0 - cosine**2)
    u = np.stack([np.outer(sine, np.cos(phi)), np.outer(sine, np.sin(phi))])
    u = np.concatenate([u, np.broadcast_to(cosine[:, None], (1, NODES, NODES))])

    def mean(squares: Array) -> float:
        values = np.sqrt(np.tensordot(squares, u**2, axes=1))
        return float(weight @ values.mean(axis=1) / 2.0)

    surface = 4.0 * np.pi * np.prod(axes) * mean(axes**-2.0)
    return float(mean(axes**2.0) * surface / (4.0 * np.pi * np.prod(axes)))


def _spheres(shapes: Mapping[str, Shape], counts: Mapping[str, int]) -> Reference:
    """Fluid mixtures of spheres; moments of the diameters in units of the third."""
    sizes = np.array([2.0 * shapes[name].radius for name in counts])
    parts = np.array(list(counts.values())) / sum(counts.values())
    one, two, three = (float(parts @ sizes**k) for k in (1, 2, 3))
    mixed, squared = one * two / three, two**3 / three**2

    def factor(eta: Array) -> Array:
        free = 1.0 - eta
        return 1.0 / free + 3.0 * eta * mixed / free**2 + eta**2 * (3.0 - eta) * squared / free**3

    equal = abs(squared - 1.0) < 1e-12
    name = "Carnahan and Starling" if equal else "Mansoori, Carnahan, Starling and Leland"
    return Reference(name, FLUID, 0.0, 0.55 if equal else 0.5, factor)


def _speedy(eta: Array) -> Array:
    z = eta / CLOSE_PACKING[3]
    return 3.0 / (1.0 - z) - 0.5921 * (z - 0.7072) / (z - 0.601)


def _disks(eta: Array) -> Array:
    free = 1.0 - eta
    return 1.0 + 2.0 * eta * ((1.0 - 7.0 * eta / 16.0) / free**2 - eta**3 / (128.0 * free**4))


def _crystal_of_disks(eta: Array) -> Array:
    left = CLOSE_PACKING[2] - eta
    return 2.0 * CLOSE_PACKING[2] / left * (1.0 - 0.04 * left + 3.25 * left**3)


def _convex(eta: Array, a: float) -> Array:
    terms = 1.0 + (3.0 * a - 2.0) * eta + (a**2 + a - 1.0) * eta**2
    return (terms - a * (5.0 * a - 4.0) * eta**3) / (1.0 - eta) ** 3


def _flat(eta: Array, a: float) -> Array:
    return (1.0 + (a - 1.0) * eta) / (1.0 - eta) ** 2
