"""What will move in a glass-forming liquid, from where the particles are: linear regression.

    python -m benchmarks.propensity [--kT 0.64 0.56 0.44] [--keep FOLDER]

The mixture of Kob and Andersen (80:20, density 1.2): configurations of runs of their own (LAMMPS),
and from each so many runs with other velocities. The propensity of a particle is the mean of the
distance that it has gone (A. Widmer-Cooper, P. Harrowell and H. Fynewever, Phys. Rev. Lett. 93,
135701 (2004)). It is predicted, for the large particles of configurations left out, by ridge
regression on densities and bond order around the particle in the inherent structure, averaged over
neighbours once and twice (Alkemade, Boattini, Filion and Smallenburg, J. Chem. Phys. 156, 204503
(2022)), and the way to the inherent structure. Pearson's correlation, with the standard error from
those of the single configurations; the ceiling is that of the mean of so few runs with the mean of
infinitely many, from that of one half of them with the other half. F_s: self-intermediate
scattering function of the large particles at k = 7.25, from the distances, says how far the liquid
has relaxed by then.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from analysis.learning.regression import ridge
from analysis.neighbourhoods import within
from operations.engines import Integration, Sampling, Segment, choose
from operations.interactions.model import Model
from operations.interactions.start import random_configuration, thermal_velocities
from workspace_schema.files import overwriting
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
#: First maximum of the structure factor of the large particles.
PEAK = 7.25


@dataclass(frozen=True)
class State:
    """A temperature, and what is done there.

    Attributes
    ----------
    kT : float
    held : int
        Steps at kT before the configuration, after `COOLING` from `HOT`.
    runs : tuple of (float, int)
        Times after which propensities are measured, ascending, and of how many runs each is the
        mean, no later time of more.
    configurations : int
        Each of a run of its own.
    particles : int
    """

    kT: float
    held: int
    runs: tuple[tuple[float, int], ...]
    configurations: int = 8
    particles: int = 640


#: Steps.
COOLING = 5000
#: The last is not in equilibrium, which would take hours.
STATES = (
    State(0.64, 20_000, ((1.65, 20), (5.2, 20), (16.5, 10)), 10),
    State(0.56, 50_000, ((5.2, 16), (52.0, 8))),
    State(0.44, 60_000, ((0.13, 32), (13.0, 8)), 6),
)


class Liquid:
    """The mixture at a temperature, in LAMMPS."""

    def __init__(self, n: int, kT: float) -> None:
        self.particles = {"A": n - n // 5, "B": n // 5}
        system = System.model_validate({"dimensions": 3, "particles": self.particles})
        self.model = Model.of(system, Interactions.model_validate(POTENTIAL))
        self.kT, self._run = kT, Integration("nvt", DT)
        self._engine = choose("lammps", self.model, self._run)

    def equilibrated(self, held: int, seed: int) -> Configuration:
        """The end of a run that was cooled, and held at kT for so many steps."""
        rng = np.random.default_rng(seed)
        start = random_configuration(self.particles, 3, DENSITY, self.model.pairs, HOT, rng)
        engine = self._engine(self.model, self._run, seed)
        start.velocities = thermal_velocities(start.n_particles, 3, HOT, rng)
        state, stop = engine.begin(start), COOLING + held
        sampling = Sampling(stop, 0, stop)
        cooled, rest = Segment(0, COOLING, (HOT, self.kT)), Segment(COOLING, stop, (self.kT,) * 2)
        state = engine.run(state, cooled, COOLING, sampling).state
        return engine.configuration(engine.run(state, rest, stop, sampling).state)

    def gone(self, start: Configuration, steps: list[int], seed: list[int]) -> np.ndarray:
        """Distances from a start in a run with new velocities, shape (times, particles)."""
        rng = np.random.default_rng(seed)
        n = start.n_particles
        start.velocities = thermal_velocities(n, 3, self.kT, rng)
        start.images = np.zeros((n, 3), dtype=np.int32)
        engine = self._engine(self.model, self._run, int(rng.integers(2**31)))
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


#: A configuration, and the distances that its particles have gone after every time in each run,
#: shape (runs, particles).
Moved = tuple[Configuration, list[np.ndarray]]


def simulated(state: State, seed: int, folder: Path | None = None) -> Moved:
    """One of the configurations of a state, and its runs; a folder keeps them in two files."""
    liquid = Liquid(state.particles, state.kT)
    named = f"propensity_{state.kT}_{state.particles}_{state.held}_{seed}"

    def start() -> dict[str, np.ndarray]:
        found = liquid.equilibrated(state.held, seed)
        return {"positions": found.positions, "box": found.box, "types": found.types}

    first = kept(folder, named, start)
    begin = Configuration(first["positions"], first["box"], 3, first["types"], ("A", "B"))

    def gone() -> dict[str, np.ndarray]:
        found: list[list[np.ndarray]] = [[] for _ in state.runs]
        for run in range(state.runs[0][1]):
            due = [round(t / DT) for t, number in state.runs if run < number]
            for row, way in zip(found, liquid.gone(begin, due, [seed, run]), strict=False):
                row.append(way)
        return {f"{t:g}": np.array(ways) for (t, _), ways in zip(state.runs, found, strict=True)}

    told = "_".join(f"{t:g}x{number}" for t, number in state.runs)
    distances = kept(folder, f"{named}_{told}", gone)
    return begin, [distances[f"{t:g}"] for t, _ in state.runs]


def kept(
    folder: Path | None, name: str, make: Callable[[], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Arrays, from a file if the folder has it."""
    if folder is None:
        return make()
    file = folder / f"{name}.npz"
    if not file.exists():
        begin, arrays = time.process_time(), make()
        folder.mkdir(parents=True, exist_ok=True)
        with overwriting(file) as stream:
            np.savez(stream, **arrays)
        print(f"{name}: {time.process_time() - begin:.0f} s", file=sys.stderr, flush=True)
    return read_arrays(file)


def table(state: State, folder: Path | None) -> Iterator[str]:
    """One row a time."""
    liquid, rows, groups = Liquid(state.particles, state.kT), [], []
    values: list[list[np.ndarray]] = [[] for _ in state.runs]
    for seed in range(state.configurations):
        start, gone = simulated(state, seed, folder)
        large = start.types == 0
        rows.append(described(start, quenched(liquid, start))[large])
        groups.append(np.full(large.sum(), seed))
        for row, ways in zip(values, gone, strict=True):
            row.append(ways[:, large])
    features, group = np.concatenate(rows), np.concatenate(groups)
    for (t, _), ways in zip(state.runs, values, strict=True):
        of = np.concatenate(ways, axis=1)  # (runs, particles)
        halves = np.corrcoef(of[::2].mean(axis=0), of[1::2].mean(axis=0))[0, 1]
        ceiling = np.sqrt(2 * halves / (1 + halves))
        propensity = of.mean(axis=0)
        found = ridge(features, propensity, group)
        each = [
            np.corrcoef(found.predicted[group == number], propensity[group == number])[0, 1]
            for number in range(state.configurations)
        ]
        error = np.std(each, ddof=1) / np.sqrt(len(each))
        yield (
            f"| {state.kT:g} | {t:g} | {len(of)} | {np.sinc(PEAK * of / np.pi).mean():.2f} |"
            f" {found.correlation:.3f} ± {error:.3f} | {ceiling:.3f} |"
            f" {found.correlation / ceiling:.3f} ± {error / ceiling:.3f} |"
        )


def main() -> None:
    """Print one row a temperature and time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [state.kT for state in STATES]
    parser.add_argument("--kT", type=float, nargs="+", choices=known, default=known)
    parser.add_argument("--keep", type=Path, help="folder of the runs, used again if there")
    told, begin = parser.parse_args(), time.process_time()
    print("| kT | t | runs | F_s | correlation | ceiling | corrected |\n" + "|---" * 7 + "|")
    for state in STATES:
        if state.kT in told.kT:
            for row in table(state, told.keep):
                print(row, flush=True)
    print(f"{time.process_time() - begin:.0f} s of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
