"""Spherical harmonics of nested neighbourhoods, in their own frame."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import nearest


class SphericalNeighbourhoods(Descriptor):
    """|mean of Y_lm| over the nearest k neighbours, for several k, in their principal axes.

    Parameters
    ----------
    shells : tuple of int
        Neighbour numbers k.
    l_max : int
        Largest degree.

    Notes
    -----
    Spellings and Glotzer, AIChE J. 64, 2198 (2018). freud's `LocalDescriptors` turns every
    neighbourhood into the principal axes of its moment of inertia; where these are degenerate, as
    in a cubic crystal, they are arbitrary, and so are single features: only a model trained on
    many orientations averages this out. No invariance under rotation is therefore claimed.
    """

    invariances = GEOMETRIC - {"rotation", "reflection"} | {"scale"}

    def __init__(self, shells: tuple[int, ...] = (4, 6, 8, 12, 14), l_max: int = 6) -> None:
        super().__init__()
        self.shells, self.l_max = shells, l_max

    @property
    def columns(self) -> tuple[str, ...]:
        """Modulus by degree, order and neighbour number."""
        return tuple(
            f"Y{degree},{m}_{k}"
            for k in self.shells
            for degree in range(1, self.l_max + 1)
            for m in range(degree + 1)
        )

    def _compute(self, configuration: Configuration) -> np.ndarray:
        import freud

        result = np.zeros((configuration.n_particles, len(self.columns)))
        table = nearest(configuration, max(self.shells))
        wanted = [
            degree * (degree + 1) // 2 + m
            for degree in range(1, self.l_max + 1)
            for m in range(degree + 1)
        ]
        for number, k in enumerate(self.shells):
            neighbours = table.neighbour_list(k)
            if not len(neighbours):
                continue
            local = freud.environment.LocalDescriptors(
                self.l_max, negative_m=False, mode="neighborhood"
            )
            local.compute(
                (configuration.freud_box(), configuration.positions), neighbors=neighbours
            )
            i = np.asarray(neighbours.query_point_indices)
            counts = np.maximum(np.bincount(i, minlength=configuration.n_particles), 1)
            for place, column in enumerate(wanted, start=number * len(wanted)):
                values = local.sph[:, column]
                mean = np.bincount(i, values.real, configuration.n_particles) + 1j * np.bincount(
                    i, values.imag, configuration.n_particles
                )
                result[:, place] = np.abs(mean) / counts
        return result
