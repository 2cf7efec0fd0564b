"""What will move in a glass-forming liquid, from where the particles are: linear regression.

    python -m benchmarks.propensity [--kT 0.64] [--particles 1200] [--keep FOLDER]

The mixture of Kob and Andersen (80:20, density 1.2): configurations of one run (LAMMPS), and from
each so many runs with other velocities. The propensity of a particle is the mean of the distance
that it has gone (A. Widmer-Cooper, P. Harrowell and H. Fynewever, Phys. Rev. Lett. 93, 135701
(2004)). It is predicted, for the large particles of configurations left out, by ridge regression on
densities and bond order around the particle in the inherent structure, averaged over neighbours
once and twice (Alkemade, Boattini, Filion and Smallenburg, J. Chem. Phys. 156, 204503 (2022)), and
the way to the inherent structure. Pearson's correlation, with the standard error from those of the
single configurations; the ceiling is that of the mean of so few runs with the mean of infinitely
many, from that of one half of them with the other half. Configurations left out are of the same run
as the others: `still there` says how far they are from being independent, by the part of the large
particles that are within 0.3 of where they were one configuration before.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.learning.regression import ridge
from analysis.neighbourhoods import within
from operations.engines import Integration, Sampling, Segment, choose
from operations.interactions.model import Model
from operations.interactions.start import random_configuration, thermal_velocities
from operations.training.reference_runs import configurations
from workspace_schema.interactions import Interactions
from workspace_schema.system import System

DENSITY, DT, HOT = 1.2, 0.005, 1.2
POTENTIAL = {
    "form": "lennard_jones",
    "truncation": "shift",
    "types": {"B": {"epsilon": 0.5, "sigma": 0.88, "r_cut": 2.2}},
    "pairs": {"A-B": {"epsilon": 1.5, "sigma": 0.8, "r_cut": 2.0}},
}
#: Of the densities: distances, and the width of the Gaussians.
SHELLS = (*np.arange(0.75, 2.0, 0.05), *np.arange(2.0, 4.01, 0.2))
#: Of the bond order: middle of the shells, and degrees.
ORDER, DEGREES = (1.0, 1.4, 2.0), range(1, 9)
#: Neighbours up to here, with weights exp(-r), are averaged over.
AROUND = 2.3
#: After which propensities are measured.
TIMES = (1.65, 5.2, 16.5)


class Liquid:
    """The mixture at a temperature, in LAMMPS."""

    def __init__(self, n: int, kT: float) -> None:
        self.particles = {"A": n - n // 5, "B": n // 5}
        system = System.model_validate({"dimensions": 3, "particles": self.particles})
        self.model = Model.of(system, Interactions.model_validate(POTENTIAL))
        self.kT, self._run = kT, Integration("nvt", DT)
        self._engine = choose("lammps", self.model, self._run)

    def equilibrated(self, number: int, apart: int) -> Iterator[Configuration]:
        """Configurations of one run, so many steps apart, after four times as many of cooling and
        seven times as many at kT."""
        rng = np.random.default_rng(0)
        start = random_configuration(self.particles, 3, DENSITY, self.model.pairs, HOT, rng)
        engine = self._engine(self.model, self._run, 1)
        start.velocities = thermal_velocities(start.n_particles, 3, HOT, rng)
        cooled = Segment(0, 4 * apart, (HOT, self.kT))
        state = engine.begin(start)
        state = engine.run(state, cooled, cooled.stop, Sampling(1000, 0, cooled.stop)).state
        held = Segment(cooled.stop, (10 + number) * apart, (self.kT, self.kT))
        yield from configurations(engine, state, held, 11 * apart, apart)

    def gone(self, start: Configuration, steps: list[int], seed: int) -> np.ndarray:
        """Distances from a start in a run with new velocities, shape (times, particles)."""
        rng = np.random.default_rng(seed)
        n = start.n_particles
        start.velocities = thermal_velocities(n, 3, self.kT, rng)
        start.images = np.zeros((n, 3), dtype=np.int32)
        engine = self._engine(self.model, self._run, seed)
        state, segment, found = engine.begin(start), Segment(0, steps[-1], (self.kT,) * 2), []
        for stop in steps:
            state = engine.run(state, segment, stop, Sampling(steps[-1], 0, steps[-1])).state
            end = engine.configuration(state)
            assert end.images is not None
            way = end.positions + end.images @ end.cell - start.positions
            found.append(np.linalg.norm(way, axis=1))
        return np.array(found)


def quenched(liquid: Liquid, start: Configuration) -> Configuration:
    """The inherent structure."""
    from operations.search.inherent_structure import inherent_structure
    from operations.search.kernels import make_kernel

    return inherent_structure(make_kernel(dict(liquid.model.pairs)), start).configuration


def way(begin: Configuration, end: Configuration) -> np.ndarray:
    """Shortest distance of every particle from where it was."""
    vectors = end.positions - begin.positions
    vectors -= np.rint(vectors @ np.linalg.inv(begin.cell)) @ begin.cell
    return np.asarray(np.linalg.norm(vectors, axis=1))


def described(start: Configuration, rest: Configuration) -> np.ndarray:
    """Features of every particle, shape (N, columns)."""
    from scipy.special import sph_harm_y

    n, found = start.n_particles, within(rest, SHELLS[-1] + 0.2)
    i, j, r = found.query_point_indices, found.point_indices, np.asarray(found.distances)
    columns: list[np.ndarray] = []
    for kind in (0, 1):
        of = start.types[j] == kind
        for middle in SHELLS:
            width = 0.05 if middle < 2.0 else 0.2
            near = np.exp(-0.5 * ((r[of] - middle) / width) ** 2)
            columns.append(np.bincount(i[of], near, n))
    inner = r < AROUND
    i, j, r, unit = i[inner], j[inner], r[inner], found.vectors[inner] / r[inner, None]
    polar, azimuth = np.arccos(np.clip(unit[:, 2], -1, 1)), np.arctan2(unit[:, 1], unit[:, 0])
    for degree in DEGREES:
        harmonics = [sph_harm_y(degree, m, polar, azimuth) for m in range(degree + 1)]
        for middle in ORDER:
            near = np.exp(-0.5 * ((r - middle) / 0.15) ** 2)
            total, power = np.bincount(i, near, n), np.zeros(n)
            for m, values in enumerate(harmonics):
                parts = (np.bincount(i, near * part, n) for part in (values.real, values.imag))
                power += (1 if m == 0 else 2) * sum(part**2 for part in parts)
            columns.append(np.sqrt(power * 4 * np.pi / (2 * degree + 1)) / np.maximum(total, 1e-9))
    columns.append(way(rest, start))
    generations, weights = [np.column_stack(columns)], np.exp(-r)
    share = 1.0 + np.bincount(i, weights, n)
    for _ in range(2):
        last = generations[-1]
        around = np.stack([np.bincount(i, weights * column[j], n) for column in last.T], axis=1)
        generations.append((last + around) / share[:, None])
    return np.concatenate(generations, axis=1)


def runs(
    folder: Path | None,
    kT: float,
    particles: int,
    number: int,
    each: int,
    apart: int,
    t: list[float],
) -> dict[str, np.ndarray]:
    """Configurations, and how far their particles have gone in each run from them.

    A folder keeps them in a file named after all this.
    """
    name = "_".join(map(str, (kT, particles, number, each, apart, *t)))
    file = folder and folder / f"propensity_{name}.npz"
    if file is not None and file.exists():
        with np.load(file) as kept:
            return dict(kept)
    liquid, begin = Liquid(particles, kT), time.process_time()
    starts = list(liquid.equilibrated(number, apart))
    steps = [round(one / DT) for one in t]
    gone = [
        [liquid.gone(start, steps, 1000 * k + run) for run in range(1, each + 1)]
        for k, start in enumerate(starts)
    ]
    arrays: dict[str, Any] = {
        "positions": np.array([start.positions for start in starts]),
        "boxes": np.array([start.box for start in starts]),
        "types": np.array([start.types for start in starts]),
        "gone": np.array(gone),
    }
    print(f"{time.process_time() - begin:.0f} s of processor time", file=sys.stderr)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **arrays)
    return arrays


def frames(arrays: dict[str, np.ndarray]) -> list[Configuration]:
    """The configurations of `runs`."""
    rows = zip(arrays["positions"], arrays["boxes"], arrays["types"], strict=True)
    return [Configuration(x, box, 3, types, ("A", "B")) for x, box, types in rows]


def main() -> None:
    """Print one row a time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kT", type=float, default=0.64)
    parser.add_argument("--particles", type=int, default=1200)
    parser.add_argument("--configurations", type=int, default=10)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--apart", type=int, default=5000, help="steps between configurations")
    parser.add_argument("--times", type=float, nargs="+", default=list(TIMES))
    parser.add_argument("--keep", type=Path, help="folder of the runs, used again if there")
    told = parser.parse_args()
    if told.runs < 2 or told.configurations < 2:
        parser.error("expected two --runs, to be compared, and two --configurations at least")
    liquid, begin = Liquid(told.particles, told.kT), time.process_time()
    arrays = runs(
        told.keep,
        told.kT,
        told.particles,
        told.configurations,
        told.runs,
        told.apart,
        told.times,
    )
    starts = frames(arrays)
    rows, groups, values = [], [], []
    for number, start in enumerate(starts):
        large = start.types == 0
        rows.append(described(start, quenched(liquid, start))[large])
        groups.append(np.full(large.sum(), number))
        values.append(np.asarray(arrays["gone"][number])[:, :, large])
    features, group = np.concatenate(rows), np.concatenate(groups)
    distances = np.concatenate(values, axis=2)  # (runs, times, particles)
    print(f"{features.shape[1]} columns, {len(features)} particles")
    there = [np.mean(way(*pair)[pair[0].types == 0] < 0.3) for pair in pairwise(starts)]
    print(f"still there: {np.mean(there):.3f}")
    print("| t | correlation | ceiling | corrected |\n|---|---|---|---|")
    for k, t in enumerate(told.times):
        of = distances[:, k]
        halves = np.corrcoef(of[::2].mean(axis=0), of[1::2].mean(axis=0))[0, 1]
        ceiling = np.sqrt(2 * halves / (1 + halves))
        propensity = of.mean(axis=0)
        found = ridge(features, propensity, group)
        each = [
            np.corrcoef(found.predicted[group == number], propensity[group == number])[0, 1]
            for number in range(len(starts))
        ]
        error = np.std(each, ddof=1) / np.sqrt(len(each))
        print(
            f"| {t:g} | {found.correlation:.3f} ± {error:.3f} | {ceiling:.3f} |"
            f" {found.correlation / ceiling:.3f} ± {error / ceiling:.3f} |",
            flush=True,
        )
    print(f"{time.process_time() - begin:.0f} s of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
