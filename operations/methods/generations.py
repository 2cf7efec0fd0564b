"""A genetic search between two generations, and how it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from operations.jobs.files import replacing
from operations.search.expected_volume import Expected
from operations.search.minima import Found, Minima

_COUNTERS = ("generation", "stagnant", "relaxations", "evaluations", "outcomes", "wall_seconds")


@dataclass
class Generation:
    """A generation.

    Attributes
    ----------
    population : list of Found
        The parents of the next generation, best first.
    hall : Minima
        The best distinct structures met so far.
    random : numpy.random.Generator
    expected : Expected
        Scales of the crystal.
    generation, stagnant, relaxations, evaluations : int
    outcomes : dict of str to int
        What became of the candidates.
    wall_seconds : float
    """

    population: list[Found]
    hall: Minima
    random: np.random.Generator
    expected: Expected
    generation: int = 0
    stagnant: int = 0
    relaxations: int = 0
    evaluations: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    wall_seconds: float = 0.0

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything, numbers bit by bit, for a checkpoint."""
        content = {
            "random": self.random.bit_generator.state,
            "expected": asdict(self.expected) | {"apart": self.expected.apart.tolist()},
            "counters": {name: getattr(self, name) for name in _COUNTERS},
        }
        arrays = {"state": np.array(json.dumps(content))} | self.hall.to_arrays("hall")
        return arrays | Minima(self.hall.by, self.population).to_arrays("population")

    def save(self, path: Path) -> None:
        """Write everything."""
        with replacing(path) as temporary:
            np.savez(temporary, **self.to_arrays())  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path, empty: Minima) -> Generation:
        """Read what `save` wrote; the hall of fame is one like `empty`."""
        with np.load(path) as saved:
            return cls.from_arrays(saved, empty)

    @classmethod
    def from_arrays(cls, saved: Mapping[str, np.ndarray], empty: Minima) -> Generation:
        """From what `to_arrays` gave."""
        content = json.loads(str(saved["state"]))
        hall = Minima.from_arrays(empty.by, saved, "hall", empty.most)
        population = Minima.from_arrays(empty.by, saved, "population").found
        random = np.random.default_rng()
        random.bit_generator.state = content["random"]
        expected = content["expected"] | {"apart": np.array(content["expected"]["apart"])}
        return cls(population, hall, random, Expected(**expected), **content["counters"])
