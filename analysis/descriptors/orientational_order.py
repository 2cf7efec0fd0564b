"""How particles with a shape are turned: against each other, and all together.

A shape is known by the directions of its corners, or of the centers of a union of spheres.
The lowest multipole of these that does not vanish, of rank l, turns with the particle; in two
dimensions it is Σ exp(i l φ). For rods l = 2, for cubes and octahedra 4, for tetrahedra 3, for
icosahedra 6; in the plane for rectangles 2, for regular polygons the number of their sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import Shape

#: Highest rank that is looked for.
HIGHEST_RANK = 12

#: A multipole below this part of what aligned directions would have is none.
VANISHING = 0.02

#: Neighbours of a particle that it is compared with.
NEIGHBOURS = {2: 4, 3: 6}


@dataclass(frozen=True)
class OrientationalOrder:
    """Order of the orientations.

    Attributes
    ----------
    rank : int
        Of the multipole: 2 is nematic order; 4 tetratic in two, cubatic in three dimensions.
    overall : float
        √(Σ_m |⟨Q_lm⟩|² / Σ_m |Q_lm|²) over all particles: 1 where all are turned alike, of the
        order of 1 / √N where they are turned at random.
    neighbouring : float
        ⟨Σ_m Q_lm(i) Q*_lm(j)⟩ / Σ_m |Q_lm|² over neighbours i, j: 1 where they are turned alike,
        0 at random. Other than `overall` it does not fall where there are several grains.
    """

    rank: int
    overall: float
    neighbouring: float


def orientational_order(configuration: Configuration) -> OrientationalOrder | None:
    """Order of the particles of the most frequent type that has an orientation.

    Returns
    -------
    OrientationalOrder or None
        None where no type has one, or there are fewer than two of it.
    """
    if configuration.orientations is None or configuration.type_shapes is None:
        return None
    for kind in np.argsort(-np.bincount(configuration.types), kind="stable"):
        members = np.flatnonzero(configuration.types == kind)
        shape = Shape.from_gsd(configuration.type_shapes[kind], configuration.dimensions)
        directions = None if shape is None else _directions(shape)
        if directions is None or len(members) < 2:
            continue
        found = multipoles(
            directions, configuration.orientations[members], configuration.dimensions
        )
        if found is not None:
            return _order(configuration, members, *found)
    return None


def multipoles(
    directions: np.ndarray, orientations: np.ndarray, dimensions: int
) -> tuple[int, np.ndarray] | None:
    """The lowest multipole of turned directions that does not vanish.

    Parameters
    ----------
    directions : ndarray, shape (n, 3)
        Not of length 0.
    orientations : ndarray, shape (N, 4)
        Unit quaternions.
    dimensions : 2 or 3

    Returns
    -------
    rank : int
    components : ndarray of complex128, shape (N, m)
        Normalised, Σ_m |Q_lm|² = 1.
    """
    import rowan

    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    for rank in range(1, HIGHEST_RANK + 1):
        own = _components(unit[None], rank, dimensions)[0]
        largest = np.sqrt(np.sum(np.abs(own) ** 2)) / len(unit)
        if dimensions == 3:
            largest *= np.sqrt(4 * np.pi / (2 * rank + 1))
        if largest > VANISHING:
            turned = rowan.rotate(orientations[:, None, :], unit[None])
            components = _components(turned, rank, dimensions)
            return rank, components / np.sqrt(np.sum(np.abs(own) ** 2))
    return None


def _components(directions: np.ndarray, rank: int, dimensions: int) -> np.ndarray:
    """Multipoles of sets of unit vectors (N, n, 3): shape (N, m)."""
    azimuth = np.arctan2(directions[..., 1], directions[..., 0])
    if dimensions == 2:
        return np.asarray(np.exp(1j * rank * azimuth).sum(axis=1)[:, None])
    from scipy.special import sph_harm_y

    polar = np.arccos(np.clip(directions[..., 2], -1.0, 1.0))
    orders = range(-rank, rank + 1)
    return np.stack([sph_harm_y(rank, m, polar, azimuth).sum(axis=1) for m in orders], axis=1)


def _directions(shape: Shape) -> np.ndarray | None:
    """Directions that turn with a shape; None for a sphere."""
    lengths = np.linalg.norm(shape.points, axis=1)
    found = shape.points[lengths > 1e-9 * max(shape.circumscribed, 1e-300)]
    return found if len(found) else None


def _order(
    configuration: Configuration, members: np.ndarray, rank: int, components: np.ndarray
) -> OrientationalOrder:
    from analysis.neighbourhoods import nearest

    overall = float(np.sqrt(np.sum(np.abs(components.mean(axis=0)) ** 2)))
    subset = replace(
        configuration,
        positions=configuration.positions[members],
        types=configuration.types[members],
        velocities=None,
        images=None,
        orientations=None,
    )
    k = min(NEIGHBOURS[configuration.dimensions], len(members) - 1)
    found = nearest(subset, k).indices
    products = np.einsum("im,ikm->ik", components, components[found].conj()).real
    return OrientationalOrder(rank, overall, float(products.mean()))


#: Orientational order from which on a fluid is no longer isotropic, and a crystal not plastic.
ORDERED, ALIGNED = 0.4, 0.3

#: Names of fluids with orientational order, by dimensions and rank.
_FLUIDS = {
    (2, 2): "nematic",
    (2, 3): "triatic",
    (2, 4): "tetratic",
    (3, 2): "nematic",
    (3, 4): "cubatic",
}


def oriented_label(label: str, order: OrientationalOrder | None, dimensions: int) -> str:
    """The name of a phase that positions alone have named `label`.

    A fluid whose particles are turned alike is nematic, tetratic, cubatic …; a crystal whose
    neighbours are not is plastic.
    """
    if order is None or label in ("unknown", "gas", ""):
        return label
    if label == "fluid":
        name = _FLUIDS.get((dimensions, order.rank), "oriented fluid")
        return name if order.overall > ORDERED else label
    return label if order.neighbouring > ALIGNED else f"plastic {label}"
