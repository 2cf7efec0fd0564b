"""Train the network of `three_dimensional` and write three_dimensional.npz.

Run as `python -m analysis.labelling.train_three_dimensional`; it takes a few minutes. The data:
perfect crystals with Gaussian noise, a little strain and vacancies; Lennard-Jones fluids, from
the gas to the supercooled liquid and quenched glasses, by molecular dynamics; random points and
crystals with so much noise that nothing is left of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.three_dimensional import MODEL_FILE, STRUCTURES, Network, features
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise

SEED = 20_240_611
REPEATS: dict[str, int | tuple[int, ...]] = {
    "fcc": 5,
    "hcp": (7, 4, 4),
    "bcc": 6,
    "sc": 8,
    "diamond": 4,
}
#: Gaussian noise per coordinate, in nearest-neighbour distances. Near 0.2 the shells merge.
LARGEST_NOISE = 0.18
CRYSTALS_EACH = 24
#: (number density, kT) of Lennard-Jones fluids; the crystal is stable in none but the last three,
#: where there is no time to crystallise.
FLUIDS = (
    (0.05, 1.5),
    (0.3, 1.5),
    (0.6, 1.2),
    (0.75, 0.9),
    (0.844, 0.75),
    (0.85, 1.0),
    (0.92, 1.2),
    (0.98, 1.6),
    (1.08, 2.6),
    (0.93, 0.7),
    (0.9, 0.3),
    (0.95, 0.1),
)
STEPS = 600
RELAXATION = 200
HIDDEN = 32


def lennard_jones_fluid(
    number_density: float, kT: float, steps: int, rng: np.random.Generator
) -> Configuration:
    """A Lennard-Jones fluid of 864 particles, by Langevin dynamics from random points.

    Cut and force-shifted at 2.5. Overlaps of the random points are relaxed first, by steepest
    descent with steps of at most 0.03.
    """
    from scipy.spatial import cKDTree

    n, dt, friction, cut = 864, 0.004, 1.0, 2.5
    length = (n / number_density) ** (1 / 3)
    x = rng.random((n, 3)) * length
    v = rng.normal(0.0, np.sqrt(kT), (n, 3))

    def pairs_near(x: np.ndarray) -> np.ndarray:
        return cKDTree(x % length, boxsize=length).query_pairs(cut + 0.3, output_type="ndarray")

    def force(x: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        r = x[pairs[:, 0]] - x[pairs[:, 1]]
        r -= length * np.round(r / length)
        d = np.maximum(np.sqrt((r * r).sum(axis=1)), 0.3)
        size = 24.0 * (2.0 * d**-13 - d**-7) - 24.0 * (2.0 * cut**-13 - cut**-7)
        size = np.where(d < cut, size, 0.0)
        r *= (size / d)[:, None]
        total = np.empty((n, 3))
        for axis in range(3):
            total[:, axis] = np.bincount(pairs[:, 0], r[:, axis], n)
            total[:, axis] -= np.bincount(pairs[:, 1], r[:, axis], n)
        return total

    pairs, last = pairs_near(x), x.copy()
    decay = np.exp(-friction * dt)
    for step in range(-RELAXATION, steps):
        f = force(x, pairs)
        if step < 0:
            size = np.linalg.norm(f, axis=1, keepdims=True)
            x = x + f * np.minimum(1e-3, 0.03 / np.maximum(size, 1e-9))
        else:
            # Leapfrog with the Langevin thermostat: one force a step.
            v = decay * (v + dt * f) + np.sqrt(kT * (1.0 - decay**2)) * rng.normal(size=(n, 3))
            x = x + dt * v
        if np.abs(x - last).max() > 0.08:
            pairs, last = pairs_near(x), x.copy()
    x = x % length - 0.5 * length
    return Configuration(x, np.array([length] * 3 + [0.0] * 3), 3, np.zeros(n))


def noisy_crystal(name: str, noise: float, rng: np.random.Generator) -> Configuration:
    """A crystal with noise, perhaps up to 2 % strain along each axis and up to 1 % vacancies."""
    perfect = crystal(name, REPEATS[name], 1.0)
    # Half of them have no strain: there ties decide which of equal neighbours are nearest.
    strain = 1.0 + rng.uniform(-0.02, 0.02, 3) * rng.integers(0, 2)
    box = perfect.box.copy()
    box[:3] *= strain
    keep = rng.random(perfect.n_particles) > rng.uniform(0.0, 0.01)
    strained = replace(
        perfect, positions=perfect.positions[keep] * strain, box=box, types=perfect.types[keep]
    )
    d = float(np.median(nearest(perfect, 1).distances))
    return with_noise(strained, noise * d, rng)


def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features and classes of fresh configurations."""
    x: list[np.ndarray] = []
    y: list[np.ndarray] = []

    def add(configuration: Configuration, name: str) -> None:
        x.append(features(configuration, nearest(configuration, 16)))
        y.append(np.full(configuration.n_particles, STRUCTURES.index(name)))

    for name in STRUCTURES[1:]:
        for level in LARGEST_NOISE * np.linspace(0.0, 1.0, CRYSTALS_EACH):
            add(noisy_crystal(name, level, rng), name)
        add(noisy_crystal(name, rng.uniform(0.3, 0.5), rng), "fluid")
    for number_density, kT in FLUIDS:
        add(lennard_jones_fluid(number_density, kT, STEPS, rng), "fluid")
    box = np.array([10.0, 10.0, 10.0, 0.0, 0.0, 0.0])
    add(Configuration(rng.uniform(-5, 5, (864, 3)), box, 3, np.zeros(864)), "fluid")
    return np.concatenate(x), np.concatenate(y)


def train() -> Network:
    """Fit the network on one set of configurations, its temperature and reach on another."""
    from scipy.optimize import minimize_scalar
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(SEED)
    x, y = data(rng)
    held_x, held_y = data(rng)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    fitted = MLPClassifier(
        (HIDDEN,), activation="tanh", alpha=1e-3, random_state=SEED, max_iter=120, tol=1e-4
    ).fit((x - centre) / scale, y)
    means, precisions, reach = [], [], []
    for k in range(len(STRUCTURES)):
        z = (x[y == k] - centre) / scale
        # The floor keeps features that hardly vary from deciding alone.
        precision = np.linalg.inv(np.cov(z.T) + 1e-3 * np.eye(z.shape[1]))
        away = (held_x[held_y == k] - centre) / scale - z.mean(axis=0)
        distance = np.einsum("ni,ij,nj->n", away, precision, away)
        means.append(z.mean(axis=0))
        precisions.append(precision)
        reach.append(1.5 * np.quantile(distance, 0.999))
    network = Network(
        centre=centre,
        scale=scale,
        hidden=fitted.coefs_[0],
        hidden_bias=fitted.intercepts_[0],
        output=fitted.coefs_[1],
        output_bias=fitted.intercepts_[1],
        temperature=np.array(1.0),
        means=np.array(means),
        precisions=np.array(precisions),
        reach=np.array(reach),
    )
    logits = network.logits(held_x)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(held_y)), held_y]).mean())

    best = minimize_scalar(loss, bounds=(0.2, 10.0), method="bounded").x
    accuracy = float((logits.argmax(axis=1) == held_y).mean())
    print(f"held out: {accuracy:.4f} of {len(held_y)} particles, temperature {best:.3f}")
    return replace(network, temperature=np.array(best))


def main() -> None:
    """Train and write the model file."""
    network = train()
    arrays = {name: value for name, value in vars(network).items() if name != "hash"}
    np.savez_compressed(MODEL_FILE, **arrays)


if __name__ == "__main__":
    main()
