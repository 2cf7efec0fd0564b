"""The critical temperature of the Ising model found without labels.

    python -m benchmarks.unsupervised_ising

After Wang, Phys. Rev. B 94, 195105 (2016) and Wetzel, Phys. Rev. E 96, 022140 (2017): own Monte
Carlo of squares of 20, 40 and 60 spins (Wolff clusters), and what is learnt from the spins alone.
The first principal component is the order parameter; its fourth-order cumulants of two sizes cross
at the critical temperature, 2 / ln(1 + sqrt 2) = 2.2692. k-means on two components, DBSCAN on two
of kernel PCA and the coordinate of an autoencoder say at each size where half of the samples are
ordered; a line in 1 / L leads from there to the infinite square. Prints one row a method.
"""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from analysis.learning.embedding import autoencoder, principal_components

SIZES = (20, 40, 60)
TEMPERATURES = np.round(np.arange(1.9, 2.71, 0.05), 3)
SAMPLES = 80
EXACT = 2.0 / np.log(1.0 + np.sqrt(2.0))


@njit(cache=True)
def wolff(size, temperature, samples, rng):
    """Samples of a periodic square of spins, each after as many flips as there are spins."""
    spins = np.ones((size, size), dtype=np.int8)
    found = np.empty((samples, size * size), dtype=np.int8)
    joins = 1.0 - np.exp(-2.0 / temperature)
    stack = np.empty((size * size, 2), dtype=np.int64)
    for sample in range(-20, samples):
        flipped = 0
        while flipped < 2 * size * size:
            x, y = rng.integers(0, size), rng.integers(0, size)
            old = spins[x, y]
            spins[x, y] = -old
            stack[0, 0], stack[0, 1], n = x, y, 1
            flipped += 1
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
        if sample >= 0:
            found[sample] = spins.ravel()
    return found


def half(ordered: np.ndarray) -> float:
    """Temperature at which half of the samples are ordered, shape (n_temperatures, samples)."""
    part = ordered.mean(axis=1)
    above = np.flatnonzero(part < 0.5)[0]
    a, b = part[above - 1], part[above]
    step = TEMPERATURES[above] - TEMPERATURES[above - 1]
    return float(TEMPERATURES[above - 1] + step * (a - 0.5) / (a - b))


def infinite(found: list[float]) -> float:
    """Where a line in 1 / L leads."""
    return float(np.polyfit(1.0 / np.array(SIZES), found, 1)[1])


def crossing(components: list[np.ndarray]) -> float:
    """Mean temperature at which the cumulants of two sizes are equal."""
    cumulants = []
    for values in components:
        squares = (values**2).mean(axis=1)
        cumulant = 1.0 - (values**4).mean(axis=1) / (3.0 * squares**2)
        cumulants.append(np.polyfit(TEMPERATURES[4:12] - EXACT.round(2), cumulant[4:12], 3))
    found = []
    for k in range(len(cumulants) - 1):
        roots = np.roots(cumulants[k + 1] - cumulants[k])
        real = roots[np.abs(roots.imag) < 1e-9].real
        found.append(real[np.abs(real).argmin()] + EXACT.round(2))
    return float(np.mean(found))


def main() -> None:
    """Print what every method finds."""
    from sklearn.cluster import DBSCAN, KMeans
    from sklearn.decomposition import KernelPCA

    begin = time.process_time()
    shape = (len(TEMPERATURES), SAMPLES)
    firsts, found = [], {}
    for size in SIZES:
        rng = np.random.default_rng(size)
        x = np.concatenate([wolff(size, T, SAMPLES, rng) for T in TEMPERATURES]).astype(float)
        x *= rng.choice([-1.0, 1.0], len(x))[:, None]  # both signs are as likely
        m = x.mean(axis=1)
        two = principal_components(x, 1.0, 2).transform(x) / size
        firsts.append(two[:, 0].reshape(shape))
        agree = abs(np.corrcoef(two[:, 0], m)[0, 1])
        clusters = KMeans(3, n_init=4, random_state=0).fit(two)
        middle = np.abs(clusters.cluster_centers_[:, 0]).argmin()
        ordered = clusters.labels_ != middle
        found.setdefault("PCA, k-means", []).append(half(ordered.reshape(shape)))
        kernel = KernelPCA(2, kernel="poly", degree=2, coef0=0.0, gamma=1.0 / size**2)
        curved = kernel.fit_transform(x)
        curved /= curved.std(axis=0)[0]
        groups = DBSCAN(eps=0.06, min_samples=20).fit_predict(curved)
        cold = groups == np.bincount(groups[: 3 * SAMPLES] + 1).argmax() - 1
        if cold[-3 * SAMPLES :].mean() < 0.5:
            found.setdefault("kernel PCA, DBSCAN", []).append(half(cold.reshape(shape)))
        coded = autoencoder(x, 1, hidden=16, seed=0, epochs=30).transform(x)[:, 0]
        groups = KMeans(3, n_init=4, random_state=0).fit(coded[:, None])
        middle = np.abs(groups.cluster_centers_[:, 0] - np.median(coded)).argmin()
        found.setdefault("autoencoder, k-means", []).append(
            half((groups.labels_ != middle).reshape(shape))
        )
        code = abs(np.corrcoef(coded, m)[0, 1])
        spent = time.process_time() - begin
        print(f"L = {size}: first component {agree:.4f}, code {code:.3f} with m; {spent:.1f} s")
    print("\n| method | " + " | ".join(f"L = {size}" for size in SIZES) + " | infinite | off |")
    print("|---" * (len(SIZES) + 3) + "|")
    tc = crossing(firsts)
    print(f"| first component, cumulants cross | | | | {tc:.3f} | {tc - EXACT:+.3f} |")
    for title, each in found.items():
        if len(each) == len(SIZES):
            tc = infinite(each)
            cells = " | ".join(f"{one:.3f}" for one in each)
            print(f"| {title} | {cells} | {tc:.3f} | {tc - EXACT:+.3f} |")
        else:
            print(f"| {title} | no clusters that are cold or hot at every size |")


if __name__ == "__main__":
    main()
