"""What no configuration may be, whatever file it comes from."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.formats.frame import FLAT
from analysis.neighbourhoods import check_positions, periodic_images

#: Particles nearer than this part of their mean distance are at the same place.
COINCIDENT = 1e-4
#: A periodic box narrower than this part of the mean distance is filled with images.
NARROWEST = 0.1
#: More particles than any cell of a crystal of one layer: they lie in a plane because they do.
_MOST_IN_LAYER = 16


def check(configuration: Configuration, dimensions: int) -> None:
    """Refuse what cannot be the configuration its author meant.

    Raises
    ------
    ValueError
        If coordinates or the box are not finite, particles coincide, lie in a plane (in three
        dimensions) or on a line (in two), or if the box is so narrow that images meet.
    """
    if configuration.n_particles == 0:
        raise ValueError("has no particles")
    if configuration.dimensions != dimensions:
        raise ValueError(
            f"has {configuration.dimensions} dimensions, system.dimensions is {dimensions}"
        )
    check_positions(configuration)
    n_types = len(configuration.type_names)
    if configuration.types.min() < 0 or configuration.types.max() >= n_types:
        raise ValueError(f"has a particle of a type beyond the {n_types} that it names")
    for name in configuration.type_names:
        if not name.isascii():
            raise ValueError(
                f"has type {name!r}: GSD files hold letters from a to z (ASCII) only, rename it"
            )
    _check_flat(configuration)
    if configuration.periodic:
        _check_narrow(configuration)
    _check_coincident(configuration)


def _spacing(configuration: Configuration) -> float:
    """Mean distance of particles: an edge of the volume of each."""
    d = configuration.dimensions
    sizes = configuration.box[:d]
    if not configuration.periodic:
        sizes = sizes[sizes > FLAT * sizes.max()]
    return float((np.prod(sizes) / configuration.n_particles) ** (1 / len(sizes)))


def _check_narrow(configuration: Configuration) -> None:
    width, spacing = float(configuration.widths.min()), _spacing(configuration)
    if width < NARROWEST * spacing:
        raise ValueError(
            f"has a box that is {width:g} wide in one direction, but particles are about"
            f" {spacing:g} apart: their images meet"
        )


def _check_flat(configuration: Configuration) -> None:
    d, n = configuration.dimensions, configuration.n_particles
    if configuration.periodic:
        if n <= _MOST_IN_LAYER:
            return
        cell = configuration.cell[:d, :d]
        along = configuration.positions[:, :d] @ np.linalg.inv(cell)
        along -= along[0]
        along -= np.round(along)
        reach = float(np.min(np.ptp(along, axis=0) * configuration.widths))
    else:
        if n <= d:
            return
        positions = configuration.positions[:, :d]
        *_, axes = np.linalg.svd(positions - positions.mean(axis=0), full_matrices=False)
        reach = float(np.ptp(positions @ axes[-1]))
    if reach < 1e-6 * _spacing(configuration):
        hint = "in one plane; is system.dimensions 2?" if d == 3 else "on one line"
        raise ValueError(f"has all {n} particles {hint}")


def _check_coincident(configuration: Configuration) -> None:
    from scipy.spatial import cKDTree

    n = configuration.n_particles
    if n < 2:
        return
    tolerance = COINCIDENT * _spacing(configuration)
    images, indices = periodic_images(configuration, tolerance)
    images = images[:, : configuration.dimensions]
    tree = cKDTree(images)
    distance, nearest = tree.query(images[:n], k=2, distance_upper_bound=tolerance)
    close = np.flatnonzero(np.isfinite(distance[:, 1]))
    if len(close):
        first, second = (int(indices[k]) + 1 for k in sorted(nearest[close[0]]))
        raise ValueError(
            f"has {len(close)} of {n} particles at the place of another one, first particles"
            f" {first} and {second}"
        )
