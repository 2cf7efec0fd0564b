"""Rows of tables of descriptor families: what part of the particles is right, and what it costs."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.configuration import Configuration

COSTS = ("particles/s", "kB a particle", "training (s)")
#: How often every family is timed.
TURNS = 3

#: An index into the classes of every particle; -1 is none of them.
PerParticle = Callable[[Configuration], np.ndarray]
#: Configurations with one class, as many as particles, or what says which part of them is right.
Examples = list[tuple[Configuration, Any]]
Row = dict[str, float]


def accuracy(predict: PerParticle, tasks: dict[str, Examples]) -> Row:
    """Part of the particles that is right in every task, and of its worst configuration.

    A family that says what it knows, by `known`, is asked for these classes.
    """
    found, known = {}, getattr(predict, "known", None)
    for task, configurations in tasks.items():
        right = []
        for configuration, told in configurations:
            if known is not None and np.isscalar(told) and told not in known:
                continue
            classes = predict(configuration)
            right.append(float(told(classes) if callable(told) else (classes == told).mean()))
        found[task] = float(np.mean(right)) if right else np.nan
        found[f"{task} worst"] = min(right, default=np.nan)
    return found


def costs(families: dict[str, PerParticle], tasks: dict[str, Examples]) -> dict[str, Row]:
    """Particles a second of processor time, and memory, of all families one after the other.

    The same two configurations of every task, in turns; the fastest turn counts, so that what else
    the machine does changes the order of the families as little as it can.
    """
    some = [each for examples in tasks.values() for each, _ in examples[:2]]
    n = sum(each.n_particles for each in some)
    fastest = dict.fromkeys(families, np.inf)
    for _ in range(TURNS):
        for title, predict in families.items():
            start = time.process_time()
            for each in some:
                predict(each)
            fastest[title] = min(fastest[title], time.process_time() - start)
    return {
        title: {
            "particles/s": n / fastest[title],
            "kB a particle": memory(predict, some[0]),
        }
        for title, predict in families.items()
    }


def memory(predict: PerParticle, configuration: Configuration) -> float:
    """Kilobytes a particle that numpy holds at most; what C++ holds besides is not seen."""
    tracemalloc.start()
    predict(configuration)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / configuration.n_particles / 1e3


def table(rows: dict[str, list[Row]], titles: list[str]) -> list[str]:
    """One line a family: means over seeds, their errors, and the worst configuration."""
    lines = [
        f"| family | {' | '.join(titles)} | {' | '.join(COSTS)} |",
        "|---" * (len(titles) + len(COSTS) + 1) + "|",
    ]
    for title, found in rows.items():
        cells = []
        for task in titles:
            values = [each[task] for each in found]
            if np.isnan(values).any() or (task == "unseen" and not any(values)):
                cells.append("–")  # what a family does not know, or has no `unknown` for
                continue
            error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
            cells.append(f"{np.mean(values):.3f}" + (f" ± {error:.3f}" if error >= 5e-4 else ""))
            if task.endswith("%") or task == "strain":
                cells[-1] += f" ({min(each[f'{task} worst'] for each in found):.2f})"
        for cost in COSTS:
            values = [each[cost] for each in found if each.get(cost, 0) > 1e-3]
            cells.append(f"{np.median(values):.3g}" if values else "–")  # nothing was trained
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines
