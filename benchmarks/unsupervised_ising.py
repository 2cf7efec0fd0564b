"""The critical temperature of the Ising model found without labels.

    python -m benchmarks.unsupervised_ising [--seeds 5]

After Wang, Phys. Rev. B 94, 195105 (2016) and Wetzel, Phys. Rev. E 96, 022140 (2017): own Monte
Carlo of squares of 20, 40 and 60 spins (Wolff clusters), and what is learnt from the spins alone.
The first principal component is the order parameter; its fourth-order cumulants of the two largest
sizes cross at the critical temperature, 2 / ln(1 + sqrt 2) = 2.2692. k-means on two components and
on the coordinate of an autoencoder, and DBSCAN on two components of kernel PCA, say at each size
where half of the samples are ordered. Their bound is an order that does not change with the size L.
Above the critical temperature a square has it where its susceptibility is as large as L^2: at a
distance of L^(-8/7) for the exponent 7/4, which a line in 1 / L does not know. Prints one row a
method; ± is the standard error over seeds, each with samples of its own.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from numba import njit

from analysis.learning.embedding import Embedding, autoencoder, principal_components

SIZES = (20, 40, 60)
TEMPERATURES = np.round(np.arange(1.9, 2.71, 0.025), 3)
SAMPLES = 100
EXACT = 2.0 / np.log(1.0 + np.sqrt(2.0))
#: Of the lengths, in which lines lead to the infinite square.
POWERS = (1.0, 8.0 / 7.0)
#: Cumulants between which two of them are compared, in so many other samples: they are 2/3 in the
#: cold, 0 in the heat.
BETWEEN, MANY = (0.2, 0.65), 1000
#: How near temperatures are to the crossing at last.
NEAR = 0.11
#: Of DBSCAN: samples around one in a cluster, part of all samples that a phase has at least, and
#: the radii that are tried, from the largest.
CORE, PHASE, RADII = 20, 0.1, np.geomspace(0.5, 0.01, 60)


@njit(cache=True)
def wolff(size, temperature, samples, rng):
    """Samples of a periodic square of spins, a number of clusters apart that flips about two
    squares of spins.

    The number comes from clusters before the first sample: a sample taken as soon as so many spins
    have flipped would follow large clusters too often.
    """
    spins = np.ones((size, size), dtype=np.int8)
    found = np.empty((samples, size * size), dtype=np.int8)
    joins = 1.0 - np.exp(-2.0 / temperature)
    stack = np.empty((size * size, 2), dtype=np.int64)
    clusters, flipped = 0, 0
    while flipped < 40 * size * size:
        flipped += flip(spins, joins, stack, rng)
        clusters += 1
    apart = clusters // 20 + 1
    for sample in range(samples):
        for _ in range(apart):
            flip(spins, joins, stack, rng)
        found[sample] = spins.ravel()
    return found


@njit(cache=True)
def flip(spins, joins, stack, rng):
    """Flip the cluster of a spin; returns its size."""
    size = len(spins)
    x, y = rng.integers(0, size), rng.integers(0, size)
    old = spins[x, y]
    spins[x, y] = -old
    stack[0, 0], stack[0, 1], n = x, y, 1
    flipped = 1
    while n:
        n -= 1
        x, y = stack[n, 0], stack[n, 1]
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            u, v = (x + dx) % size, (y + dy) % size
            if spins[u, v] == old and rng.random() < joins:
                spins[u, v] = -old
                stack[n, 0], stack[n, 1] = u, v
                n += 1
                flipped += 1
    return flipped


def samples(size: int, seed: int) -> np.ndarray:
    """Of all temperatures, shape (n_temperatures * SAMPLES, size**2); both signs are as likely."""
    rng = np.random.default_rng([seed, size])
    spins = np.concatenate([wolff(size, T, SAMPLES, rng) for T in TEMPERATURES])
    return spins * rng.choice([-1.0, 1.0], len(spins))[:, None]


def half(ordered: np.ndarray) -> float:
    """Temperature at which half of the samples are ordered; none where they never are."""
    part = ordered.reshape(len(TEMPERATURES), -1).mean(axis=1)
    above = int((part < 0.5).argmax())
    if above == 0:
        return float("nan")
    return float(np.interp(0.5, part[[above, above - 1]], TEMPERATURES[[above, above - 1]]))


def infinite(found: np.ndarray, power: float) -> np.ndarray:
    """Where lines in 1 / L^power lead, from values of shape (n_seeds, n_sizes)."""
    return np.polyfit(np.array(SIZES) ** -power, found.T, 1)[1]


def cumulants(component: np.ndarray) -> np.ndarray:
    """Of fourth order, of values of shape (n_temperatures, n_samples)."""
    return 1.0 - (component**4).mean(axis=1) / (3.0 * (component**2).mean(axis=1) ** 2)


def measured(size: int, first: Embedding, T: np.ndarray, seed: int) -> np.ndarray:
    """Cumulants of what was learnt to be the first component, in `MANY` other samples."""
    rng = np.random.default_rng([seed, size, MANY])
    return cumulants(np.stack([first.transform(wolff(size, t, MANY, rng))[:, 0] for t in T]))


def crossing(T: np.ndarray, small: np.ndarray, large: np.ndarray) -> float:
    """Temperature at which the cumulants of two sizes are equal, by a cubic through what is near
    to where a cubic through all says; none where there is no such temperature."""
    middle, inside = float(T.mean()), np.ones(len(T), dtype=bool)
    for _ in range(2):
        off = np.polynomial.Polynomial.fit(T[inside], (large - small)[inside], 3)
        roots = off.roots()
        real = roots[np.abs(roots.imag) < 1e-9].real
        real = real[(real > T[0]) & (real < T[-1])]
        falls = real[off.deriv()(real) < 0.0]  # below, the larger square is more ordered
        if not len(falls):
            return float("nan")
        middle = float(falls[np.abs(falls - middle).argmin()])
        inside = np.abs(T - middle) < NEAR
    return middle


def middle_cluster(values: np.ndarray) -> np.ndarray:
    """Which rows are in the middle one of three clusters along the first column."""
    from sklearn.cluster import KMeans

    clusters = KMeans(3, n_init=4, random_state=0).fit(values)
    return np.asarray(clusters.labels_ == np.argsort(clusters.cluster_centers_[:, 0])[1])


def cold_cluster(values: np.ndarray) -> np.ndarray:
    """Which rows are in the cluster of the coldest, at the largest radius of DBSCAN with which
    there are two phases."""
    from sklearn.cluster import DBSCAN

    for radius in RADII:
        labels = DBSCAN(eps=radius, min_samples=CORE).fit_predict(values)
        sizes = np.bincount(labels + 1)[1:]
        if (sizes > PHASE * len(values)).sum() == 2:
            return np.asarray(labels == np.bincount(labels[: 3 * SAMPLES] + 1)[1:].argmax())
    return np.zeros(len(values), dtype=bool)


def learnt(size: int, seed: int) -> tuple[dict[str, float], Embedding, np.ndarray]:
    """What every method finds at a size, the components, and the cumulants of the first."""
    from sklearn.decomposition import KernelPCA

    x = samples(size, seed)
    m = x.mean(axis=1)
    components = principal_components(x, 1.0, 2)
    two = components.transform(x) / size
    kernel = KernelPCA(2, kernel="poly", degree=2, coef0=0.0, gamma=1.0 / size**2)
    curved = kernel.fit_transform(x)
    code = autoencoder(x, 1, hidden=16, seed=seed, epochs=20).transform(x)
    found = {
        "PCA, k-means": half(~middle_cluster(two)),
        "autoencoder, k-means": half(~middle_cluster(code)),
        "kernel PCA, DBSCAN": half(cold_cluster(curved / curved[:, 0].std())),
    }
    for title, values in (("first component", two), ("code", code)):
        found[title] = float(abs(np.corrcoef(values[:, 0], m)[0, 1]))
    return found, components, cumulants(two[:, 0].reshape(len(TEMPERATURES), -1))


def mean(values: np.ndarray, digits: int = 3) -> str:
    """With its standard error."""
    error = f" ± {values.std(ddof=1) / np.sqrt(len(values)):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{error}"


def main() -> None:
    """Print what every method finds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    told, begin = parser.parse_args(), time.process_time()
    rows: dict[str, list[list[float]]] = {}
    crossed = []
    for seed in range(told.seeds):
        each = [learnt(size, seed) for size in SIZES]
        for title in each[0][0]:
            rows.setdefault(title, []).append([found[title] for found, *_ in each])
        between = (each[-2][2] + each[-1][2]) / 2.0
        T = TEMPERATURES[(between > BETWEEN[0]) & (between < BETWEEN[1])]
        largest = zip(SIZES[-2:], each[-2:], strict=True)
        crossed.append(crossing(T, *(measured(size, one[1], T, seed) for size, one in largest)))
        print(f"{seed}: {time.process_time() - begin:.0f} s", file=sys.stderr, flush=True)
    arrays = {title: np.array(values) for title, values in rows.items()}
    for title in ("first component", "code"):
        agree = " | ".join(mean(values, 4) for values in arrays.pop(title).T)
        print(f"correlation of the {title} with the magnetisation: {agree}")
    print("\n| method | " + " | ".join(f"L = {size}" for size in SIZES), end=" | ")
    print("1 / L | off | L^(-8/7) | off |\n" + "|---" * (len(SIZES) + 5) + "|")
    tc = np.array(crossed)
    print(f"| first component, cumulants cross | | | | {mean(tc)} | {tc.mean() - EXACT:+.4f} | | |")
    for title, values in arrays.items():
        cells = [mean(of) for of in values.T]
        for power in POWERS:
            tc = infinite(values, power)
            cells += [mean(tc), f"{tc.mean() - EXACT:+.4f}"]
        print(f"| {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
