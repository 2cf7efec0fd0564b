"""Method `basin_hopping`: the lowest minima of a cluster or a small periodic cell.

The walk itself is compiled (`operations.search.hopping`); how many hops a chunk makes, and on how
many cores, changes nothing in it, so a resumed search equals an uninterrupted one bit for bit.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from operations.equilibrium.superposition import Superposition
from operations.interactions.building_blocks import type_shapes
from operations.interactions.pair_functions import pair_functions
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import replacing
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.search.bodies import Bodies
from operations.search.building_blocks import bodies_of
from operations.search.cells import in_box
from operations.search.kernels import Kernel, make_kernel
from operations.search.minima import Found, Minima
from operations.search.point_groups import packed
from operations.search.problem import Problem
from operations.search.relax import cores, device_of
from operations.search.resize import resized
from operations.search.scales import length_and_energy
from operations.search.walk import HISTORY, Count, Met, Settings, Strategy, Walk
from operations.search.walking import walk_on
from operations.search.wells import refuse_sunken_wells
from workspace_schema.inputs import stored_input
from workspace_schema.methods.basin_hopping import allowed_strategies
from workspace_schema.statepoint import StatePoint

#: What a finished search leaves, so that it can be lengthened.
WALK = "walk.npz"
#: Arrays of a walk that the files of older searches lack.
LATER = ("visits", "lacking", "seed")
#: Seconds that a chunk should take.
CHUNK = 1.0
#: Rotations of bodies are up to this angle at first.
ANGLE = 0.8
#: A step of the energy that visits are counted in, in units of the well depth.
PAVING = 0.5
#: Temperatures at which minima are weighted.
TEMPERATURES = 201
#: Hops after which a search that has met no minimum is given up.
HOPELESS = 50


@dataclass(frozen=True)
class Hopping:
    """A search between two chunks.

    Attributes
    ----------
    walk : Walk
    hops_per_second : float
    done : bool
        The target is reached or the budget spent.
    wall_seconds : float
    """

    walk: Walk
    hops_per_second: float = 1.0
    done: bool = False
    wall_seconds: float = 0.0


class BasinHopping:
    """See `operations.jobs.driver.Method`."""

    unit = "hops"

    def __init__(self, task: Task) -> None:
        self._task, self._device = task, device_of(task)
        self._key = int(generator(task.seed, "basin hopping").integers(2**63))
        point = StatePoint.read(task.statepoint, task.extent)
        self._system, self._method = point.system, task.statepoint["method"]
        self._hops: int = point.method.hops  # type: ignore[attr-defined]
        is_open = self._system.boundary == "open"
        self._pressure = self._method.get("pressure")
        self._n, d = self._system.n_particles, self._system.dimensions
        density = self._method.get("number_density")
        kernel: Kernel | Bodies
        self._kernel: Kernel | None = None
        self._bodies = bool(self._system.building_blocks)
        if self._bodies:
            kernel = bodies_of(point, task.root)
            self._functions = kernel.sum, kernel.pair_energies
            self._distance, self._depth = kernel.distance, kernel.depth
        else:
            assert point.potential is not None
            functions = pair_functions(point.potential, self._system.types, task.root)
            refuse_sunken_wells(functions, self._system.types)
            kernel = self._kernel = make_kernel(functions)
            self._functions = kernel.sum(not is_open), kernel.pair_energies
            self._distance, self._depth = length_and_energy(
                functions.values(), self._pressure if density is None else density, d
            )
        volume = self._n * self._distance**d * (1.3 if is_open else 1.0)
        if density is not None:
            volume = self._n / density
        counts = self._system.particles or {}
        types = np.repeat(np.arange(len(counts)), [counts[name] for name in self._system.types])
        free = self._pressure is not None
        self._problem = Problem(
            types.astype(np.int64),
            kernel.coefficients,
            kernel.forms,
            np.zeros((self._n, 4)) if self._bodies else np.eye(3),
            d,
            self._pressure or 0.0,
            np.sqrt(self._n) * self._distance if free else 0.0,
        )
        enabled = self._method.get("strategies") or allowed_strategies(self._system)
        target = self._method.get("target_energy")
        budget = self._method.get("max_energy_evaluations")
        groups, orders = packed(d)
        self._settings = Settings(
            open=is_open,
            free=free,
            target=-np.inf if target is None else target + 1e-5 * self._depth,
            budget=np.iinfo(np.int64).max if budget is None else budget,
            distance=self._distance,
            depth=self._depth,
            volume=volume,
            enabled=np.array([strategy.name.lower() in enabled for strategy in Strategy]),
            patience=np.array([100 + 10 * self._n, 20 + self._n // 2, 3]),
            groups=groups,
            orders=orders,
            seeds=self._seeds(np.bincount(types)),
            width=PAVING * self._depth,
            height=self._method.get("paving", 0.0) * self._depth,
            compression=self._method.get("compression", 0.0) * self._depth / self._distance**2,
        )

    def _seeds(self, counts: np.ndarray) -> np.ndarray:
        """Clusters of the file to start from, made to have the particles of this one."""
        seeds = np.zeros((0, 3 * self._n))
        start = self._method.get("start")
        if start is None or self._kernel is None:
            return seeds
        names, d = self._system.types, self._system.dimensions
        for cluster in trajectory.read(stored_input(self._task.root, start["sha256"])):
            strange = set(np.array(cluster.type_names)[cluster.types]) - set(names)
            if strange or cluster.dimensions != d:
                raise ValueError(
                    f"method.start: the file has particles {sorted(set(cluster.type_names))} in"
                    f" {cluster.dimensions} dimensions, expected {list(names)} in {d}"
                )
            index = [names.index(name) if name in names else 0 for name in cluster.type_names]
            cluster = replace(cluster, types=np.array(index)[cluster.types], type_names=names)
            positions = resized(self._kernel, cluster, counts, self._distance)
            seeds = np.concatenate([seeds, positions.T.reshape(1, -1)])
        return seeds

    def start(self) -> Hopping:
        """A walk before its first hop, or the walk of a finished search that is lengthened."""
        finished = self._task.folder / WALK
        if finished.exists():
            return self.load(finished)
        return Hopping(self._fresh())

    def _fresh(self) -> Walk:
        method = self._method
        walk = Walk.fresh(
            self._n,
            method["walkers"],
            method["keep"],
            method["step"] * self._distance,
            method["kT"] * self._depth,
            paved=self._settings.height > 0.0,
        )
        return walk.of_bodies(ANGLE) if self._bodies else walk

    def step(self, state: Hopping) -> Hopping:
        """About a second of hops; the state given is left as it was.

        Raises
        ------
        ValueError
            Where the quenches of the first `HOPELESS` hops have all failed.
        """
        begin = time.perf_counter()
        walk = Walk(*(array.copy() for array in state.walk))
        # At first one of each core; a round of many walkers may take minutes.
        hops = max(int(CHUNK * state.hops_per_second), min(cores(), len(walk.energy)))
        made, hopeless = int(walk.counts[Count.HOPS]), min(HOPELESS, self._hops)
        hops = min(hops, (hopeless if made < hopeless else self._hops) - made)
        on_gpu = self._kernel if self._device == "gpu" else None
        done = walk_on(
            self._functions, self._problem, self._settings, walk, self._key, hops, on_gpu
        )
        quenches, pieces = walk.counts[Count.QUENCHES], walk.counts[Count.IN_PIECES]
        if walk.counts[Count.HOPS] == hopeless and not np.isfinite(walk.minima[0]):
            raise ValueError(
                f"none of {quenches} quenches ended in a minimum, {pieces} in pieces:"
                " the particles collapse or fly apart with this potential"
            )
        seconds = time.perf_counter() - begin
        return Hopping(
            walk,
            hops_per_second=min(hops / seconds, 4.0 * state.hops_per_second),
            done=done,
            wall_seconds=state.wall_seconds + seconds,
        )

    def finished(self, state: Hopping) -> bool:
        """Whether the hops are made, the target is reached or the budget spent."""
        return state.done or bool(state.walk.counts[Count.HOPS] >= self._hops)

    def save(self, state: Hopping, path: Path) -> None:
        """Write a checkpoint."""
        with replacing(path) as temporary:
            np.savez(
                temporary,
                **state.walk._asdict(),
                hops_per_second=state.hops_per_second,
                wall_seconds=state.wall_seconds,
            )

    def load(self, path: Path) -> Hopping:
        """Read a checkpoint.

        Raises
        ------
        ValueError
            With the file and the array, where it is none of this search: what is compiled takes
            its numbers for places in arrays.
        """
        fresh = self._fresh()
        # Older files lack some arrays, count no clusters in pieces, and have visits always.
        saved = {name: getattr(fresh, name) for name in LATER} | read_arrays(path)
        if not self._settings.height > 0.0:
            saved["visits"] = fresh.visits
        if "counts" in saved:
            saved["counts"] = np.resize(np.append(saved["counts"], 0), len(Count))
        numbers = {"hops_per_second": np.array(1.0), "wall_seconds": np.array(0.0)}
        for name, like in (fresh._asdict() | numbers).items():
            one = saved.get(name)
            if one is None or (one.shape, one.dtype) != (like.shape, like.dtype):
                raise ValueError(f"{path}: {name} is not of shape {like.shape} and {like.dtype}")
        walk = Walk(*(np.ascontiguousarray(saved[name]) for name in Walk._fields))
        self._check_ranges(walk, path)
        state = Hopping(
            walk, float(saved["hops_per_second"]), wall_seconds=float(saved["wall_seconds"])
        )
        walk, settings = state.walk, self._settings
        spent = walk.counts[Count.EVALUATIONS] >= settings.budget
        done = walk.minima[0] <= settings.target or spent
        return replace(state, done=bool(done))

    def _check_ranges(self, walk: Walk, path: Path) -> None:
        over = np.arange(HISTORY) < walk.counts[Count.RUNS]
        fits = {
            "counts": walk.counts >= 0,
            "strategy": (walk.strategy >= -1) & (walk.strategy < len(Strategy)),
            "run_strategy": (walk.run_strategy >= over - 1) & (walk.run_strategy < len(Strategy)),
            "lacking": (walk.lacking >= 0) & (walk.lacking < self._n),
            "seed": (walk.seed >= -1) & (walk.seed < len(self._settings.seeds)),
        }
        for name in ("positions", "cells", "step", "kT", "minima_positions", "minima_cells"):
            fits[name] = np.isfinite(getattr(walk, name))
        for name, good in fits.items():
            if not good.all():
                raise ValueError(f"{path}: {name} has numbers that no search leaves")

    def progress(self, state: Hopping) -> tuple[float, float, float, str]:
        """Hops done and in all, and the lowest energy."""
        counts = state.walk.counts
        evaluations = f"evaluations {counts[Count.EVALUATIONS]:.3g}"
        detail = f"lowest {state.walk.minima[0]:.6f}  {evaluations}"
        return int(counts[Count.HOPS]), self._hops, 1, detail

    def rescue(self, state: Hopping) -> None:
        """Nothing explodes: a quench that fails is a move that is not accepted."""

    def finish(self, state: Hopping) -> Result:
        """Write final.gsd and the walk."""
        walk = state.walk
        minima = self._minima(walk)
        if minima.best is None:
            raise ValueError(f"none of {walk.counts[Count.QUENCHES]} quenches ended in a minimum")
        minima.write(self._task.folder / "final.gsd")
        self.save(state, self._task.folder / WALK)
        found = [
            {
                "energy": float(walk.minima[k]),
                "visits": one.times,
                "first_quench": one.quench,
                "first_evaluation": one.first,
            }
            for k, one in enumerate(minima.found)
        ]
        more = {}
        if self._method.get("superposition"):
            more["superposition"] = self._superposition(minima)
        result = Result.of_search(
            **minima.quantities(),
            kT=0.0,
            n_particles=self._n,
            seed=self._task.seed,
            wall_seconds=state.wall_seconds,
            energy_evaluations=int(walk.counts[Count.EVALUATIONS]),
            device=self._device,
        )
        return result.more(
            minima=found,
            hops=int(walk.counts[Count.HOPS]),
            quenches=int(walk.counts[Count.QUENCHES]),
            runs=int(walk.counts[Count.RUNS]),
            in_pieces=int(walk.counts[Count.IN_PIECES]),
            **more,
        )

    def _superposition(self, minima: Minima) -> dict[str, Any]:
        """Occupation of the lowest minimum and heat capacity (per particle) against kT."""
        assert self._kernel is not None
        clusters = [one.configuration for one in minima.found]
        found = Superposition.of(clusters, self._kernel, self._distance)
        if not len(found.energies):  # none holds in all directions
            return {"minima": 0}
        low, high = self._method["superposition"]
        kT = np.linspace(low, high, TEMPERATURES)
        lowest = found.occupations(kT)[:, 0]
        capacity = found.heat_capacity(kT) / self._n
        top, left = int(capacity.argmax()), lowest < 0.5
        return {
            "minima": len(found.energies),
            "energies": found.energies.tolist(),
            "point_group_orders": found.orders.tolist(),
            "known_to": found.known_to(kT),
            "kT": kT.tolist(),
            "lowest": lowest.tolist(),
            "heat_capacity": capacity.tolist(),
            "leaves": float(np.interp(-0.5, -lowest, kT)) if left.any() and not left[0] else None,
            "peak": float(kT[top]) if 0 < top < len(kT) - 1 else None,
        }

    def _minima(self, walk: Walk) -> Minima:
        """The list of the walk, which has told them apart."""
        found = []
        for k in np.flatnonzero(np.isfinite(walk.minima)).tolist():
            configuration = self._configuration(walk, k)
            pressure = self._pressure
            if pressure is None:
                pressure = self._kernel.pressure(configuration) if self._kernel else math.nan
            value = float(walk.minima[k]) / self._n
            work = 0.0
            if self._pressure is not None:
                work = self._pressure / configuration.number_density
            met = walk.minima_met[k]
            found.append(
                Found(
                    configuration,
                    value - work,
                    pressure,
                    times=int(met[Met.VISITS]),
                    first=int(met[Met.EVALUATIONS]),
                    quench=int(met[Met.QUENCHES]),
                )
            )
        return Minima("energy" if self._pressure is None else "enthalpy", found, len(found))

    def _configuration(self, walk: Walk, k: int) -> Configuration:
        """A minimum of the list."""
        n, names = self._n, self._system.types
        positions, d = walk.minima_positions[k].reshape(3, n).T, self._problem.dimensions
        if not self._settings.open:
            return in_box(walk.minima_cells[k], positions, self._problem.types, names, d)
        positions = positions - positions.mean(axis=0)
        shapes = type_shapes(self._system)
        size = max((shape.circumscribed for shape in shapes), default=0.0)
        edge = 2.0 * np.abs(positions).max() + 2.0 * self._distance + size
        box = np.array([edge, edge, edge if d == 3 else 1.0, 0.0, 0.0, 0.0])
        result = Configuration(positions, box, d, self._problem.types, names, periodic=False)
        if self._bodies:
            result.orientations = walk.minima_cells[k].copy()
            result.type_shapes = tuple(shape.to_gsd() for shape in shapes)
        return result
