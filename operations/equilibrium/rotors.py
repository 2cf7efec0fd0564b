"""Bodies in a field that turns them alike, alone: what orientations of a crystal are compared with.

The field is U = κ (1 - max_s |q_0·q s|): q_0 is the orientation that is wanted, s any rotation that
brings the body onto itself; a body turned by a small angle θ has κ θ²/8. Orientations are weighed
such that those of a free body add up to 1: an ideal gas of bodies has βF/N = ln ρ - 1, too. As the
field knows the rotations, no body has to go from one of its equivalent orientations to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from analysis.shapes import Shape
from operations.interactions.external import turned_away

FloatArray = NDArray[np.float64]

#: Distance, in diameters of a body, of points that are the same.
SAME = 1e-6
#: kT in the middle between two equivalent orientations at the strongest field: nothing is there.
APART = 30.0
#: Orientations by which the field of free bodies is averaged.
ORIENTATIONS = 2**15
#: Steps by which the field near an orientation is summed.
FINE = 20_000


@dataclass(frozen=True)
class Rotors:
    """Bodies that turn.

    Attributes
    ----------
    dimensions : 2 or 3
    symmetries : ndarray, shape (n, 4)
        Quaternions of the rotations of a body onto itself, the identity first.
    """

    dimensions: int
    symmetries: FloatArray

    @classmethod
    def of(cls, shape: Shape) -> Rotors:
        """Those of a shape; of what is round about an axis a few of its rotations, which do."""
        return cls(shape.dimensions, symmetries(shape))

    @property
    def axes(self) -> int:
        """About which a body turns."""
        return 1 if self.dimensions == 2 else 3

    @property
    def free_field(self) -> float:
        """The mean of the field over all orientations."""
        everywhere = uniform(ORIENTATIONS, self.dimensions, np.random.default_rng(0))
        return float(turned_away(everywhere, everywhere[0], self.symmetries).mean())

    @property
    def strong(self) -> float:
        """βκ from which on only one orientation and its equivalents count."""
        halves = np.arccos(np.clip(np.abs(self.symmetries[1:, 0]), 0.0, 1.0)) / 2.0
        return float(APART / (1.0 - np.cos(halves).max())) if len(halves) else APART

    def log_partition(self, beta_kappa: float) -> float:
        """ln ⟨exp(-βU)⟩ over all orientations of a free body, in a field from `strong` on."""
        most = min(1.0, 60.0 / beta_kappa)

        def weight(root: float) -> float:  # the field is root²
            s, power = root * root, 0.5 * (self.axes - 2)
            return 2.0 * root ** (self.axes - 1) * (2.0 - s) ** power * np.exp(-beta_kappa * s)

        total = {1: 2.0, 3: 4.0}[self.axes] / np.pi
        value = quad(weight, 0.0, np.sqrt(most), epsabs=0.0, epsrel=1e-10)[0]
        return float(np.log(total * value * len(self.symmetries)))

    def quadrature(self, nodes: FloatArray, weights: FloatArray, beta_kappa: float) -> float:
        """What a rule gives too much for ∫_0^βκ <u> dβκ of a free body, u its field by κ.

        Parameters
        ----------
        nodes, weights : ndarray, shape (m,)
            Of the rule, in βκ.
        beta_kappa : float
        """
        u, shares = self._spectrum
        means = [np.average(u, weights=shares * np.exp(-x * u)) for x in nodes]
        return float(weights @ means + np.log(shares @ np.exp(-beta_kappa * u)))

    @cached_property
    def _spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Values of u and which shares of all orientations have them: as the sphere of rotations
        has them where only one of the equivalent orientations is near, sampled beyond."""
        end, power = APART / self.strong, 0.5 * (self.axes - 2)
        roots = np.sqrt(end) * (np.arange(FINE) + 0.5) / FINE
        near = roots**2
        shares = roots ** (self.axes - 1) * (2.0 - near) ** power * (np.sqrt(end) / FINE)
        shares *= {1: 4.0, 3: 8.0}[self.axes] / np.pi * len(self.symmetries)
        everywhere = uniform(ORIENTATIONS, self.dimensions, np.random.default_rng(0))
        u = turned_away(everywhere, everywhere[0], self.symmetries)
        u = u[u > end]
        rest = np.full(len(u), max(1.0 - shares.sum(), 0.0) / max(len(u), 1))
        return np.append(near, u), np.append(shares, rest)

    def draw(self, n: int, beta_kappa: float, random: np.random.Generator) -> FloatArray:
        """Turns of n bodies away from the orientation that is wanted, shape (n, 4): near it, not
        near its equivalents."""
        found = np.zeros(0)
        power = 0.5 * (self.axes - 2)
        while len(found) < n:
            s = random.gamma(0.5 * self.axes, 1.0 / beta_kappa, size=2 * n)
            s = s[s < 1.0]
            most = 2.0**power if power > 0.0 else 1.0
            found = np.append(found, s[random.uniform(size=len(s)) * most < (2.0 - s) ** power])
        cosine = 1.0 - found[:n]
        axes = random.normal(size=(n, 3))
        if self.dimensions == 2:
            axes[:, :2] = 0.0
        axes /= np.linalg.norm(axes, axis=1)[:, None]
        return np.column_stack([cosine, np.sqrt(1.0 - cosine**2)[:, None] * axes])


def uniform(n: int, dimensions: int, random: np.random.Generator) -> FloatArray:
    """Orientations drawn from all, shape (n, 4)."""
    q = random.normal(size=(n, 4))
    if dimensions == 2:
        q[:, 1:3] = 0.0
    return np.asarray(q / np.linalg.norm(q, axis=1)[:, None])


def symmetries(shape: Shape) -> FloatArray:
    """Quaternions of the rotations that bring a body onto itself, the identity first."""
    import rowan

    near = SAME * shape.circumscribed
    kinds = [points for points in shape.marks if len(points)]
    points = np.concatenate(kinds) if kinds else np.zeros((0, 3))
    kind = np.repeat(np.arange(len(kinds)), [len(one) for one in kinds])
    found = [np.array([1.0, 0.0, 0.0, 0.0])]
    if len(points) == 0:
        return np.array(found)

    def keeps(turn: FloatArray) -> bool:
        moved = rowan.rotate(turn, points)
        apart = np.linalg.norm(moved[:, None] - points[None], axis=2)
        apart[kind[:, None] != kind[None]] = np.inf
        return bool((apart.min(axis=1) < near).all())

    for turn in _candidates(points, kind, near, shape.dimensions):
        turn = turn if turn[0] >= 0.0 else -turn
        if all(abs(turn @ one) < 1.0 - 1e-9 for one in found) and keeps(turn):
            found.append(turn)
    return np.array(found)


def _candidates(
    points: FloatArray, kind: NDArray[np.int64], near: float, dimensions: int
) -> list[FloatArray]:
    """Turns that bring two points that span the body to others of their kinds; of a line those that
    turn it round."""
    import rowan

    lengths = np.linalg.norm(points, axis=1)
    first = points[lengths.argmax()]
    a = kind[lengths.argmax()]
    alike = points[(kind == a) & (np.abs(lengths - lengths.max()) < near)]
    if dimensions == 2:
        angles = np.arctan2(alike[:, 1], alike[:, 0]) - np.arctan2(first[1], first[0])
        return [np.array([np.cos(x / 2), 0.0, 0.0, np.sin(x / 2)]) for x in angles.tolist()]
    off = np.linalg.norm(np.cross(points, first), axis=1)
    if off.max() < near * lengths.max():
        across = np.cross(first, np.eye(3)[np.abs(first).argmin()])
        return [np.append(0.0, across / np.linalg.norm(across))]
    second, b, length = points[off.argmax()], kind[off.argmax()], lengths[off.argmax()]
    others = points[(kind == b) & (np.abs(lengths - length) < near)]

    def frame(u: FloatArray, v: FloatArray) -> FloatArray:
        e = u / np.linalg.norm(u)
        f = v - (v @ e) * e
        f /= np.linalg.norm(f)
        return np.stack([e, f, np.cross(e, f)], axis=1)

    here, angle = frame(first, second), first @ second
    return [
        rowan.from_matrix(frame(u, v) @ here.T, require_orthogonal=False)
        for u in alike
        for v in others
        if abs(u @ v - angle) < near * lengths.max()
    ]
