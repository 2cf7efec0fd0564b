"""How particles with a shape are turned: against each other, and all together.

A shape is known by the directions of its corners and faces, of its patches, of the centers of a
union of spheres, each kind of patches and spheres for itself, or of the axis of an ellipsoid of
revolution. Their multipoles of rank l turn with the particle; in two dimensions these are Σ exp(i l
φ). The lowest that does not vanish says what one means by order: for rods l = 2, for cubes and
octahedra 4, for tetrahedra 3, for icosahedra 6; in the plane for rectangles 2, for regular polygons
the number of their sides. Its double is looked at too, and ranks 2 and 4: neighbours that are
turned against each other by half a period (triangles, tetrahedra, head and tail), or nearly square
bodies, are ordered there only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import Shape

#: Highest rank that is looked at, in two and three dimensions.
HIGHEST_RANK = {2: 200, 3: 12}

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
        Of the multipole in which they are ordered most, all together: 2 is nematic order; 4
        tetratic in two, cubatic in three dimensions.
    overall : float
        √(Σ_m |⟨Q_lm⟩|² / Σ_m |Q_lm|²) over all particles: 1 where all are turned alike, of the
        order of 1 / √N where they are turned at random.
    neighbouring : float
        ⟨Σ_m Q_lm(i) Q*_lm(j)⟩ / Σ_m |Q_lm|² over neighbours i, j, the one of largest magnitude of
        all multipoles looked at: 1 where they are turned alike, 0 at random, negative where
        neighbours are turned against each other in a regular way. Other than `overall` it does not
        fall where there are several grains.
    n_particles : int
        That were looked at.
    """

    rank: int
    overall: float
    neighbouring: float
    n_particles: int


def orientational_order(
    configuration: Configuration, members: np.ndarray | None = None
) -> OrientationalOrder | None:
    """Order of the particles of the most frequent type that has an orientation.

    Parameters
    ----------
    configuration : Configuration
    members : ndarray of bool, shape (N,), optional
        Only these.

    Returns
    -------
    OrientationalOrder or None
        None where no type has one, or there are fewer than two of it.
    """
    if configuration.orientations is None or configuration.type_shapes is None:
        return None
    chosen = np.ones(configuration.n_particles, dtype=bool) if members is None else members
    counts = np.bincount(configuration.types[chosen], minlength=len(configuration.type_shapes))
    for kind in np.argsort(-counts, kind="stable"):
        those = np.flatnonzero(chosen & (configuration.types == kind))
        shape = Shape.from_gsd(configuration.type_shapes[kind], configuration.dimensions)
        if shape is None or len(those) < 2:
            continue
        orientations = configuration.orientations[those]
        found = [
            pair
            for directions in _directions(shape)
            for pair in multipoles(directions, orientations, configuration.dimensions).items()
        ]
        if found:
            return _order(configuration, those, found)
    return None


def multipoles(
    directions: np.ndarray, orientations: np.ndarray, dimensions: int
) -> dict[int, np.ndarray]:
    """Multipoles of turned directions: the lowest that does not vanish, its double, 2 and 4.

    Parameters
    ----------
    directions : ndarray, shape (n, 3)
        Not of length 0.
    orientations : ndarray, shape (N, 4)
        Unit quaternions.
    dimensions : 2 or 3

    Returns
    -------
    dict of int to ndarray of complex128, shape (N, m)
        By rank, those that do not vanish, normalised: Σ_m |Q_lm|² = 1.
    """
    import rowan

    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    strengths = {}
    for rank in range(1, HIGHEST_RANK[dimensions] + 1):
        own = _components(unit[None], rank, dimensions)[0]
        size = float(np.sqrt(np.sum(np.abs(own) ** 2)))
        aligned = len(unit) * (np.sqrt((2 * rank + 1) / (4 * np.pi)) if dimensions == 3 else 1.0)
        if size > VANISHING * aligned:
            strengths[rank] = size
    lowest = min(strengths, default=0)
    turned = rowan.rotate(orientations[:, None, :], unit[None])
    return {
        rank: _components(turned, rank, dimensions) / strengths[rank]
        for rank in sorted({lowest, 2 * lowest, 2, 4} & strengths.keys())
    }


def _components(directions: np.ndarray, rank: int, dimensions: int) -> np.ndarray:
    """Multipoles of sets of unit vectors (N, n, 3): shape (N, m)."""
    azimuth = np.arctan2(directions[..., 1], directions[..., 0])
    if dimensions == 2:
        return np.asarray(np.exp(1j * rank * azimuth).sum(axis=1)[:, None])
    from scipy.special import sph_harm_y

    polar = np.arccos(np.clip(directions[..., 2], -1.0, 1.0))
    orders = range(-rank, rank + 1)
    return np.stack([sph_harm_y(rank, m, polar, azimuth).sum(axis=1) for m in orders], axis=1)


def _directions(shape: Shape) -> list[np.ndarray]:
    """Directions that turn with a shape, of each kind shape (n, 3)."""
    least = 1e-9 * shape.circumscribed
    kinds = [points[np.linalg.norm(points, axis=1) > least] for points in shape.marks]
    if shape.kind == "polyhedron":
        from scipy.spatial import ConvexHull

        # Of cubes that are ever more truncated the corners' multipole of rank 4 changes its sign.
        kinds.append(np.unique(ConvexHull(shape.points).equations[:, :3].round(6), axis=0))
    return kinds


def _order(
    configuration: Configuration, members: np.ndarray, found: list[tuple[int, np.ndarray]]
) -> OrientationalOrder:
    from analysis.neighbourhoods import nearest

    subset = configuration.subset(members)
    n = len(members)
    indices = nearest(subset, min(NEIGHBOURS[configuration.dimensions], n - 1)).indices
    overall = [float(np.sqrt(np.sum(np.abs(q.mean(axis=0)) ** 2))) for _, q in found]
    neighbouring = [
        float(np.einsum("im,ikm->ik", q, q[indices].conj()).real.mean()) for _, q in found
    ]
    # Of multipoles that are ordered alike the lowest one gives the name.
    ordered = zip([rank for rank, _ in found], overall, strict=True)
    rank, value = min(pair for pair in ordered if pair[1] > 0.9 * max(overall))
    strongest = max(neighbouring, key=lambda value: (round(abs(value), 6), value))
    return OrientationalOrder(rank, value, strongest, n)


#: Goes with the labels that `oriented_label` has had a say in.
MODEL = "orientation-1"

#: Orientational order from which on a fluid is no longer isotropic, and a crystal not plastic.
ORDERED, ALIGNED = 0.4, 0.3

#: Names of fluids with orientational order, by dimensions and rank.
FLUIDS = {
    (2, 2): "nematic",
    (2, 3): "triatic",
    (2, 4): "tetratic",
    (3, 2): "nematic",
    (3, 4): "cubatic",
}
#: Of other ranks.
ORIENTED_FLUID = "oriented fluid"
#: Nematics whose centres stand in layers, or in columns: `analysis.labelling.liquid_crystals`.
SMECTIC, COLUMNAR = "smectic", "columnar"
#: Fluids of the plane with quasi-long-range order of the bonds: `analysis.labelling.hexatic`.
HEXATIC = "hexatic"
#: All fluids that are not isotropic.
LIQUID_CRYSTALS = (*dict.fromkeys(FLUIDS.values()), ORIENTED_FLUID, SMECTIC, COLUMNAR, HEXATIC)
#: Before the name of a crystal whose particles are turned at random.
PLASTIC = "plastic "


def oriented_label(label: str, order: OrientationalOrder | None, dimensions: int) -> str:
    """The name of a phase that positions alone have named `label`.

    A fluid whose particles are turned alike is nematic, tetratic, cubatic …; a crystal is plastic
    if how a particle is turned says nothing about its neighbours. Whether particles of a plastic
    crystal turn, one configuration does not tell.
    """
    if order is None or label in ("unknown", HEXATIC, ""):
        return label
    if label == "fluid":
        name = FLUIDS.get((dimensions, order.rank), ORIENTED_FLUID)
        chance = 3.0 / np.sqrt(order.n_particles)
        return name if order.overall > max(ORDERED, chance) else label
    return label if abs(order.neighbouring) > ALIGNED else PLASTIC + label
