"""How long jobs will take, learned from finished ones.

Jobs of one class (method, dynamics, boundary, dimensions, device, engine, form of the potential)
follow seconds = c · steps · N^α, with N particles. c and α are fitted to the logarithms by least
squares; α is fixed where a class has seen one size only. Where a class has no finished job a wider
one answers, and before anything has finished a guess, with a wide margin. Everything here can be
computed anew from the job folders.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.jobs.files import readable_json
from operations.jobs.result import SEARCH
from operations.jobs.state import RESULT, STATEPOINT
from workspace_schema.methods.facts import MANY_BODY, METHODS

#: Finished jobs that are read, at most; evenly chosen.
SAMPLE = 300

#: As `Facts.guesses`, for a method that has none.
OTHERWISE = (1e-6, 2.0)
#: What is expected of a method that does not say how long it is.
UNKNOWN_SECONDS = 60.0
#: Ends of the keys that tell how long a method is, and keys that tell how often it does it.
LENGTHS = ("steps", "hops", "generations", "cycles", "sweeps")
WIDTHS = ("chains", "population", "walkers", "windows")

UNKNOWN_SAFETY = 4.0
LEAST_SAFETY = 1.3

Key = tuple[str, ...]


def particles(statepoint: Mapping[str, Any]) -> int:
    """Number of particles; 1 where it is not said."""
    system = statepoint.get("system")
    counts = system.get("particles") if isinstance(system, Mapping) else None
    if not isinstance(counts, Mapping):
        return 1
    return max(1, sum(n for n in counts.values() if isinstance(n, int)))


def _mapping(value: Any) -> Mapping[str, Any]:
    """A mapping, whatever a file said."""
    return value if isinstance(value, Mapping) else {}


def steps(statepoint: Mapping[str, Any], extent: Mapping[str, Any]) -> int:
    """How long a method is, in whatever it counts: its extents and all that is called so, times
    the chains, structures or windows that do it.

    1 where nothing says it.
    """
    method = _mapping(statepoint.get("method"))
    facts = METHODS.get(str(method.get("name")))
    extent = {**(facts.extents if facts else {}), **_mapping(extent)}
    method = {**method, **extent}
    counts = {
        key: value
        for key, value in method.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    length = sum(n for key, n in counts.items() if key in extent or key.endswith(LENGTHS))
    return max(1, length) * math.prod(max(1, counts.get(key, 1)) for key in WIDTHS)


def _kinds(statepoint: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells jobs of one method apart beside their size: dynamics, boundary, dimensions."""
    method, system = _mapping(statepoint.get("method")), _mapping(statepoint.get("system"))
    return str(method.get("dynamics")), str(system.get("boundary")), str(system.get("dimensions"))


def _classes(statepoint: Mapping[str, Any], device: str, engine: str) -> list[Key]:
    """The classes of a job, the narrowest first."""
    method = str(_mapping(statepoint.get("method")).get("name"))
    form = str(_mapping(statepoint.get("potential")).get("form"))
    whole = (method, *_kinds(statepoint), device)
    return [(*whole, engine, form), (*whole, engine), whole]


def guess(statepoint: Mapping[str, Any], device: str) -> tuple[float, float] | None:
    """Seconds per step and particle, and exponent of the number of particles, of a method that has
    not been seen; None where it has no guess."""
    facts = METHODS.get(str(_mapping(statepoint.get("method")).get("name")))
    dynamics, boundary, dimensions = _kinds(statepoint)
    guesses = facts.guesses if facts else {}
    kinds = (dynamics, boundary, device if statepoint.get("potential") else "hard", device)
    found = next((guesses[kind] for kind in kinds if kind in guesses), None)
    if facts is None or found is None:
        return None
    form = str(_mapping(statepoint.get("potential")).get("form"))
    factor = MANY_BODY.get(form, 1.0)
    if dimensions == "2" and device == "cpu":
        factor *= facts.planar
    return found[0] * factor, found[1]


@dataclass(frozen=True)
class Fit:
    """Parameters of one class: log c, α, and the factor that covers its scatter."""

    log_rate: float
    exponent: float
    safety: float


class CostModel:
    """Expected seconds of jobs.

    Parameters
    ----------
    finished : iterable of (statepoint, extent, result)
        The three mappings of finished jobs.
    """

    def __init__(
        self,
        finished: Iterable[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]] = (),
    ) -> None:
        samples: dict[Key, list[tuple[float, float]]] = defaultdict(list)
        exponents: dict[Key, float] = {}
        engines: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        shared: dict[Key, list[float]] = defaultdict(list)
        for statepoint, extent, result in finished:
            seconds = result.get("wall_seconds")
            if not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
                continue
            device = "gpu" if "gpu" in str(result.get("device", "")).lower() else "cpu"
            engine = str(result.get("engine"))
            engine = SEARCH if engine == "search" else engine  # its name in older results
            point = (
                math.log(particles(statepoint)),
                math.log(seconds / steps(statepoint, extent)),
            )
            for key in _classes(statepoint, device, engine):
                samples[key].append(point)
                exponents[key] = (guess(statepoint, device) or OTHERWISE)[1]
            widest = _classes(statepoint, device, engine)[-1]
            engines[widest][engine] += 1
            together = result.get("together")
            several = together if isinstance(together, int) and together > 0 else 1
            shared[widest].append(1.0 / several)  # of the time, its own
        self._fits = {key: _fit(points, exponents[key]) for key, points in samples.items()}
        self._engines = {key: max(seen, key=lambda e: seen[e]) for key, seen in engines.items()}
        self._shared = {key: len(seen) / sum(seen) for key, seen in shared.items()}

    @classmethod
    def learn(cls, root: Path, finished: Sequence[str] | None = None) -> CostModel:
        """The model of a campaign, from a sample of what has finished there.

        Parameters
        ----------
        root : Path
        finished : sequence of str, optional
            Ids of the finished jobs, where they are known; they are looked for otherwise.
        """
        workspace = str(root / "workspace")
        if finished is None:
            finished = [
                job_id
                for job_id in sorted(os.listdir(workspace) if os.path.isdir(workspace) else [])
                if os.path.isfile(os.path.join(workspace, job_id, RESULT))
            ]
        every = -(-len(finished) // SAMPLE) or 1
        return cls(_finished(root / "workspace" / job_id) for job_id in finished[::every])

    def expect(
        self, statepoint: Mapping[str, Any], extent: Mapping[str, Any], gpu: bool
    ) -> tuple[float, float]:
        """Expected seconds of a whole job, and the factor by which they may be too few."""
        device = "gpu" if gpu else "cpu"
        widest = _classes(statepoint, device, "")[-1]
        engine = self._engines.get(widest, "")
        length = steps(statepoint, extent)
        n_particles = particles(statepoint)
        for key in _classes(statepoint, device, engine):
            if key in self._fits:
                fit = self._fits[key]
                rate = math.exp(fit.log_rate + fit.exponent * math.log(n_particles))
                return length * rate, fit.safety
        rate, exponent = guess(statepoint, device) or OTHERWISE
        seconds = length * rate * n_particles**exponent
        if not self.knows(statepoint, gpu):
            seconds = max(seconds, UNKNOWN_SECONDS)
        return seconds, UNKNOWN_SAFETY

    def at_a_time(self, statepoint: Mapping[str, Any], gpu: bool) -> float:
        """How many jobs like this share the time that each of them takes, in the launches of one
        process on a GPU."""
        widest = _classes(statepoint, "gpu" if gpu else "cpu", "")[-1]
        return self._shared.get(widest, 1.0)

    def knows(self, statepoint: Mapping[str, Any], gpu: bool) -> bool:
        """Whether there is more than a number out of thin air for a job: finished ones of its
        method, or a guess at it."""
        device = "gpu" if gpu else "cpu"
        is_seen = _classes(statepoint, device, "")[-1] in self._fits
        return is_seen or guess(statepoint, device) is not None


def _finished(
    folder: Path,
) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
    result = readable_json(folder / RESULT)
    return readable_json(folder / STATEPOINT), result.get("extent") or {}, result


def _fit(points: list[tuple[float, float]], exponent: float) -> Fit:
    """Least squares of log(seconds per step) over log N; of one size with a given exponent."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    variance = sum((x - mean_x) ** 2 for x, _ in points) / n
    if variance > math.log(1.3) ** 2:
        exponent = sum((x - mean_x) * (y - mean_y) for x, y in points) / n / variance
        exponent = min(max(exponent, 0.0), 3.0)
    log_rate = mean_y - exponent * mean_x
    scatter = sum((y - log_rate - exponent * x) ** 2 for x, y in points) / n
    # few jobs know little of the scatter
    safety = math.exp(2 * math.sqrt(scatter) + 1 / n)
    return Fit(log_rate, exponent, min(max(safety, LEAST_SAFETY), UNKNOWN_SAFETY))
