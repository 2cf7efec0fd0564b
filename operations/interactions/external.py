"""External energies: of every particle in a field, or tied to a site of its own.

A term is a function of the configuration alone, so that a chunk which begins with a state has the
forces that the last one ended with. It gives energy, forces and virial; engines of molecular
dynamics call it at every step and add `scale` times its forces and virial to their own.

The virial is W_ab = -∂U/∂ε_ab of a strain ε that carries the particles and the box along: what has
a fixed place in the fractional coordinates of the box (sites, waves, centres here) goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluated:
    """A term at a configuration.

    Attributes
    ----------
    energy : float
    forces : ndarray of float64, shape (N, 3)
    virial : ndarray of float64, shape (3, 3)
    values : tuple of float
        What is sampled besides the energy.
    """

    energy: float
    forces: FloatArray
    virial: FloatArray
    values: tuple[float, ...] = ()


class Term(Protocol):
    """What an engine asks of an external or bias term.

    Attributes
    ----------
    name : str
    scale : float
        Factor of the term in the energy that acts, such as λ of a thermodynamic integration;
        samples hold the energy without it. With 0 it is only looked at.
    quantities : tuple of str
        Names of `Evaluated.values`.
    conserves_momentum : bool
        Whether its forces add up to zero.
    """

    @property
    def name(self) -> str: ...

    @property
    def scale(self) -> float: ...

    @property
    def quantities(self) -> tuple[str, ...]: ...

    @property
    def conserves_momentum(self) -> bool: ...

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """Energy, forces and virial without `scale`.

        Parameters
        ----------
        positions : ndarray, shape (N, 3)
            Relative to the centre of the box, in the order of the particles' numbers.
        images : ndarray, shape (N, 3)
            Numbers of box vectors by which each particle has been wrapped: it has come to
            positions + images @ cell.
        cell : ndarray, shape (3, 3)
            Box vectors as rows; in two dimensions the third is z.
        """


def acting(
    terms: Iterable[Term], positions: FloatArray, images: FloatArray, cell: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Energy, forces and virial of all terms together, each with its scale."""
    energy, forces, virial = 0.0, np.zeros_like(positions), np.zeros((3, 3))
    for term in terms:
        if term.scale == 0.0:
            continue
        one = term.evaluate(positions, images, cell)
        energy += term.scale * one.energy
        forces += term.scale * one.forces
        virial += term.scale * one.virial
    return energy, forces, 0.5 * (virial + virial.T)


def sampled(
    terms: Iterable[Term],
    positions: FloatArray,
    images: FloatArray,
    cell: FloatArray,
    orientations: FloatArray | None = None,
) -> tuple[float, ...]:
    """Energy of every term without its scale, of all particles, each followed by its values."""
    each = [
        term.of(orientations)
        if isinstance(term, Alignment)
        else term.evaluate(positions, images, cell)
        for term in terms
    ]
    return tuple(value for one in each for value in (one.energy, *one.values))


@dataclass(frozen=True, eq=False)
class Tethers:
    """Springs from particles to sites: U = Σ k_i/2 |d_i|², the energy of an Einstein crystal.

    The displacement d_i from the site is that of the unwrapped particle. A spring belongs to one
    particle and one site for good: to the nearest image of the site the force would jump where a
    particle has gone half a box, and a crystal that drifts would change its energy.

    Attributes
    ----------
    sites : ndarray of float64, shape (N, 3)
        Unwrapped, in fractional coordinates of the box, whose centre is the origin.
    k : float or ndarray of float64, shape (N,)
        0 for a particle without a spring.
    centred : bool
        Whether d_i is taken without the mean displacement of all particles (D. Frenkel and A. J. C.
        Ladd, J. Chem. Phys. 81, 3188 (1984)): the springs then leave alone where the crystal is as
        a whole, and N - 1 particles' degrees of freedom share the energy. Otherwise they tie it.
    """

    sites: FloatArray
    k: float | FloatArray
    centred: bool = False
    name: str = "tethers"
    scale: float = 1.0
    quantities = ()

    @classmethod
    def to(
        cls,
        configuration: Configuration,
        k: float | FloatArray,
        *,
        centred: bool = False,
        scale: float = 1.0,
    ) -> Tethers:
        """Springs to the places where the particles of a configuration are."""
        sites = configuration.positions @ np.linalg.inv(configuration.cell)
        if configuration.images is not None:
            sites = sites + configuration.images
        return cls(sites, k, centred, scale=scale)

    @property
    def is_plain(self) -> bool:
        """Whether they have one stiffness and fixed sites."""
        return not self.centred and np.ndim(self.k) == 0

    @property
    def conserves_momentum(self) -> bool:
        """Whether its forces add up to zero."""
        return self.centred

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `Term`."""
        away = positions + (images - self.sites) @ cell
        if self.centred:
            away = away - away.mean(axis=0)
        pull = np.reshape(self.k, (-1, 1)) * away
        forces = pull.mean(axis=0) - pull if self.centred else -pull
        return Evaluated(0.5 * float(np.vdot(pull, away)), forces, away.T @ forces)


@dataclass(frozen=True, eq=False)
class Alignment:
    """A field that turns hard bodies alike: U = κ Σ (1 - max_s |q_0·q_i s|), Monte Carlo only.

    Attributes
    ----------
    wanted : ndarray, shape (4,)
        q_0, a unit quaternion.
    symmetries : ndarray, shape (n, 4)
        s, the rotations of the body onto itself, the identity among them.
    k : float
        κ.
    """

    wanted: FloatArray
    symmetries: FloatArray
    k: float
    name: str = "alignment"
    scale: float = 1.0
    quantities = ()
    conserves_momentum = True

    def of(self, orientations: FloatArray | None) -> Evaluated:
        """The energy of orientations, shape (N, 4)."""
        if orientations is None:
            raise ValueError("alignment: particles have no orientations")
        each = turned_away(orientations, self.wanted, self.symmetries)
        return Evaluated(self.k * float(each.sum()), np.zeros((len(each), 3)), np.zeros((3, 3)))

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `Term`."""
        raise ValueError("alignment: only Monte Carlo of hard bodies knows orientations")


@dataclass(frozen=True, eq=False)
class PlaneWave:
    """A field that repeats with the box: U = A Σ w_i cos(k·r_i + φ).

    Attributes
    ----------
    amplitude : float
    waves : tuple of int, length 3
        Number of wavelengths along each box vector; k follows the box, so that a strain of it
        changes nothing and the virial is zero.
    phase : float
    weights : float or ndarray of float64, shape (N,)
        w_i, such as 1 for the particles of one type and 0 for the others.
    """

    amplitude: float
    waves: tuple[int, int, int]
    phase: float = 0.0
    weights: float | FloatArray = 1.0
    name: str = "plane_wave"
    scale: float = 1.0
    quantities = ()
    conserves_momentum = False

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `Term`."""
        k = wave_vector(self.waves, cell)
        angles, heights = positions @ k + self.phase, self.amplitude * np.asarray(self.weights)
        energy = float(np.sum(heights * np.cos(angles)))
        return Evaluated(energy, np.outer(heights * np.sin(angles), k), np.zeros((3, 3)))


@dataclass(frozen=True, eq=False)
class Trap:
    """A harmonic well in space: U = Σ_i Σ_a k_a/2 d_ia², d_i the way to the nearest image of its
    centre.

    At half a box from the centre the force jumps: the well must keep the particles away from there.

    Attributes
    ----------
    k : tuple of float, length 3
        Along x, y and z; 0 where the well is open.
    centre : tuple of float, length 3
        In fractional coordinates of the box, whose centre is the origin.
    weights : float or ndarray of float64, shape (N,)
        Factor of every particle.
    """

    k: tuple[float, float, float]
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    weights: float | FloatArray = 1.0
    name: str = "trap"
    scale: float = 1.0
    quantities = ()
    conserves_momentum = False

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `Term`."""
        away = positions @ np.linalg.inv(cell) - self.centre
        away = (away - np.round(away)) @ cell
        forces = -np.reshape(self.weights, (-1, 1)) * np.array(self.k) * away
        return Evaluated(-0.5 * float(np.vdot(forces, away)), forces, away.T @ forces)


def turned_away(orientations: FloatArray, wanted: FloatArray, symmetries: FloatArray) -> FloatArray:
    """1 - max_s |q_0·q s| of orientations q of shape (n, 4); shape (n,)."""
    import rowan

    # q_0·(q s) is (q_0 s*)·q
    equivalent = rowan.multiply(wanted, rowan.conjugate(symmetries))
    return np.asarray(1.0 - np.abs(orientations @ equivalent.T).max(axis=1))


def wave_vector(waves: tuple[int, int, int], cell: FloatArray) -> FloatArray:
    """Wave vector with these numbers of wavelengths along the box vectors, shape (3,)."""
    return np.asarray(2.0 * np.pi * np.linalg.inv(cell) @ np.array(waves))
