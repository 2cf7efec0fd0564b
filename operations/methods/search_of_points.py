"""What searches of points have in common that find structures otherwise than the genetic one, and
relax, judge, keep and report them as that does."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.jobs.driver import Task
from operations.methods.generations import Generation
from operations.methods.genetic import Genetic
from operations.search.kernels import make_kernel
from operations.search.random_crystals import random_crystal
from operations.search.wells import refuse_sunken_wells
from workspace_schema.statepoint import StatePoint


class SearchOfPoints(Genetic):
    """A search of points of fixed composition, on the CPU."""

    _parameters: Any

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert point.potential is not None
        self._parameters = point.method
        self._dimensions, self._types = point.system.dimensions, point.system.types
        self._open = point.system.boundary == "open"
        particles = point.system.particles or {}
        self._counts = np.array([particles[name] for name in self._types], dtype=np.int64)
        self._free, self._device = False, "cpu"
        self._by = "energy" if self._open else "enthalpy"
        self._functions = pair_functions(point.potential, self._types, task.root)
        refuse_sunken_wells(self._functions, self._types)
        self._kernel = self._pairs = make_kernel(self._functions)

    def fresh_crystal(self, state: Generation) -> Configuration:
        """A random one, not relaxed."""
        volume = state.expected.volume * self._counts.sum()
        return random_crystal(
            self._counts, self._types, volume, state.expected.apart, self._dimensions, state.random
        )
