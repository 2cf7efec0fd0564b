"""Diagrams whose phases are known everywhere, for the benchmark of adaptive campaigns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROOT3 = np.sqrt(3.0)
SIGMA2 = 0.02


@dataclass(frozen=True)
class Diagram:
    """A grid of points and what is stable there.

    Attributes
    ----------
    name : str
    points : ndarray of float64, shape (n, d)
        In the unit cube, a regular grid.
    shape : tuple of int
    phase : ndarray of int, shape (n,)
    energies : ndarray of float64, shape (n, c)
        Free energy of each phase; the lowest one is stable.
    """

    name: str
    points: np.ndarray
    shape: tuple[int, ...]
    phase: np.ndarray
    energies: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of the points that each phase has."""
        return np.bincount(self.phase, minlength=self.energies.shape[1]) / len(self.phase)


def grid(shape: tuple[int, ...]) -> np.ndarray:
    """A regular grid in the unit cube, shape (n, d)."""
    axes = [np.linspace(0.0, 1.0, n) for n in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(shape))


def random_diagram(
    shape: tuple[int, ...], n_phases: int, seed: int, length: float = 0.35, least: float = 0.04
) -> Diagram:
    """Phases of random smooth free energies: sums of 200 cosines, of a length, each phase with at
    least a share of the points."""
    generator = np.random.default_rng(seed)
    points = grid(shape)
    while True:
        waves = generator.normal(size=(n_phases, 200, len(shape))) / length
        offsets = generator.uniform(0.0, 2.0 * np.pi, (n_phases, 200))
        weights = generator.normal(size=(n_phases, 200))
        energies = np.stack(
            [
                (np.cos(points @ waves[k].T + offsets[k]) * weights[k]).sum(1) * 0.1
                for k in range(n_phases)
            ],
            axis=1,
        )
        phase = energies.argmin(axis=1)
        if np.bincount(phase, minlength=n_phases).min() >= least * len(points):
            name = f"random {len(shape)}D, {n_phases} phases, seed {seed}"
            return Diagram(name, points, shape, phase, energies)


def lennard_jones_gauss(
    shape: tuple[int, int] = (41, 41),
    r0: tuple[float, float] = (1.1, 1.9),
    epsilon: tuple[float, float] = (0.2, 2.5),
    r_cut: float = 2.5,
) -> Diagram:
    """The crystal of lowest energy of two-dimensional Lennard-Jones-Gauss particles at zero
    temperature and pressure, from lattice sums; those that are never lowest are left out.

    Hexagonal crystals with neighbours in the first and in the second well are two phases.
    """
    spacings = np.linspace(0.75, 2.2, 581)
    places, depths = np.linspace(*r0, shape[0]), np.linspace(*epsilon, shape[1])
    crystals = _crystals()
    energies = np.full((*shape, len(crystals) + 1), np.inf)
    dense = spacings < 1.05
    for k, (basis, cell) in enumerate(crystals.values()):
        distances, counts = _shells(np.array(basis, float), np.array(cell, float), 8.0)
        r = spacings[:, None] * distances
        inside = r < r_cut
        r = np.where(inside, r, 1e3)
        core = 0.5 * ((r**-12 - 2.0 * r**-6) * counts * inside).sum(1)
        for i, place in enumerate(places):
            well = 0.5 * (np.exp(-((r - place) ** 2) / (2.0 * SIGMA2)) * counts * inside).sum(1)
            whole = core[:, None] - well[:, None] * depths
            if k == 0:
                energies[i, :, -1] = whole[dense].min(0)
                whole = whole[~dense]
            energies[i, :, k] = whole.min(0)
    energies = energies.reshape(-1, energies.shape[-1])
    energies = energies[:, np.unique(energies.argmin(axis=1))]
    return Diagram("Lennard-Jones-Gauss", grid(shape), shape, energies.argmin(axis=1), energies)


def _crystals() -> dict[str, tuple[list[list[float]], list[list[float]]]]:
    """Positions and cell vectors of candidate crystals, nearest neighbours at distance 1."""
    side = np.sqrt(2.0 + ROOT3)
    x = 1.0 / (2.0 * np.sqrt(2.0) * side)
    snub = [[x, x + 0.5], [-x, 0.5 - x], [0.5 - x, x], [x + 0.5, -x]]
    height = 1.0 + ROOT3 / 2.0
    crystals = {
        "hexagonal": ([[0, 0]], [[1, 0], [0.5, ROOT3 / 2]]),
        "square": ([[0, 0]], [[1, 0], [0, 1]]),
        "honeycomb": ([[1 / 3, 1 / 3], [2 / 3, 2 / 3]], [[ROOT3, 0], [ROOT3 / 2, 1.5]]),
        "kagome": ([[0, 0], [0.5, 0], [0, 0.5]], [[2, 0], [1, ROOT3]]),
        "snub-square": (snub, [[side, 0], [0, side]]),
        "elongated": ([[0, 0], [-0.5 / height, 1 / height]], [[1, 0], [0.5, height]]),
    }
    for degrees in (64, 68, 72, 76, 80, 84, 87):
        angle = np.radians(degrees)
        cell = [[1.0, 0.0], [float(np.cos(angle)), float(np.sin(angle))]]
        crystals[f"rhombic {degrees}"] = ([[0, 0]], cell)
    return crystals


def _shells(basis: np.ndarray, cell: np.ndarray, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Distances of neighbours in a crystal, and how many a particle has of each."""
    n = int(np.ceil(most / np.linalg.norm(cell, axis=1).min())) + 3
    steps = np.arange(-n, n + 1)
    cells = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2) @ cell
    places = basis @ cell
    r = np.concatenate([np.linalg.norm(cells + b - a, axis=1) for a in places for b in places])
    distances, counts = np.unique(r[(r > 1e-9) & (r < most)].round(8), return_counts=True)
    return distances, counts / len(places)


class Laboratory:
    """What a run at a point of a diagram shows: a function of the point and the replica.

    Parameters
    ----------
    diagram : Diagram
    temperature : float
        Of the kinetics: a phase forms with the Boltzmann weight of its free energy.
    wrong, unknown, failed : float
        Shares of the runs that show any other phase, none that is known, and nothing at all.
    seed : int
    """

    def __init__(
        self,
        diagram: Diagram,
        temperature: float = 0.0,
        wrong: float = 0.0,
        unknown: float = 0.0,
        failed: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.diagram, self.seed = diagram, seed
        self.failed, self.unknown, self.wrong = failed, unknown, wrong
        self.weights = None
        if temperature > 0:
            above = diagram.energies - diagram.energies.min(axis=1, keepdims=True)
            weights = np.exp(-above / temperature)
            self.weights = weights / weights.sum(axis=1, keepdims=True)

    def __call__(self, place: int, replica: int = 0) -> str:
        """The label of a run."""
        generator = np.random.default_rng([self.seed, place, replica])
        lots = generator.random(4)
        if lots[0] < self.failed:
            return "failed"
        if lots[1] < self.unknown:
            return "unknown"
        n_phases = self.diagram.energies.shape[1]
        if lots[2] < self.wrong:
            return str(generator.integers(n_phases))
        if self.weights is not None:
            at = np.searchsorted(self.weights[place].cumsum(), lots[3])
            return str(min(int(at), n_phases - 1))
        return str(self.diagram.phase[place])
