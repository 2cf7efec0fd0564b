"""Ways to choose the next points of a phase diagram, and to say what is where.

`Nimo` is another program in an environment of its own: `ADAPTIVE_NIMO` names its Python.
"""

from __future__ import annotations

import csv
import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.phase_map.design import next_batch, spread
from analysis.phase_map.phases import PhaseMap, infer
from analysis.phase_map.space import Space
from benchmarks.adaptive_diagrams import Diagram, Laboratory

#: Runs to begin with, and in a batch; the share of them that explore.
BEGIN, BATCH, EXPLORE = 16, 8, 0.125
#: The Python of the environment with nimo, and what it does: a round for each line it is sent.
NIMO = "ADAPTIVE_NIMO"
SERVER = """
import contextlib, sys, nimo
for line in sys.stdin:
    with contextlib.redirect_stdout(sys.stderr):
        nimo.selection("PDC", "candidates.csv", "proposals.csv", 1, int(line), output_res=True)
    print("done", flush=True)
"""


class Way:
    """A way to choose points and to say what is where."""

    def __init__(self, diagram: Diagram, seed: int, begin: int = BEGIN, batch: int = BATCH) -> None:
        self.diagram, self.seed, self.batch = diagram, seed, batch
        axes = ("x", "y", "z")[: len(diagram.shape)]
        self.space = Space(diagram.points, np.zeros(len(diagram.points), dtype=int), axes)
        self.places = [one.place for one in spread(self.space, begin, seed=seed)]
        self.labels: list[str] = []

    def look(self, laboratory: Laboratory) -> None:
        """Run what was chosen last."""
        self.labels += [laboratory(place) for place in self.places[len(self.labels) :]]

    def read(self) -> np.ndarray:
        """What is where, shape (n,), str."""
        return self.nearest()

    def nearest(self) -> np.ndarray:
        """The label of the nearest run."""
        from scipy.spatial import cKDTree

        tree = cKDTree(self.diagram.points[self.places])
        return np.array(self.labels)[tree.query(self.diagram.points)[1]]

    def choose(self) -> list[int]:
        """The next points."""
        raise NotImplementedError

    @property
    def free(self) -> np.ndarray:
        """Points that have not been chosen."""
        return np.setdiff1d(np.arange(len(self.diagram.points)), self.places)

    def lowest(self, values: np.ndarray) -> list[int]:
        """The next points where they have the lowest values."""
        free = self.free
        order = np.argsort(values[free], kind="stable")
        return [int(k) for k in free[order[: self.batch]]]

    def expected(self) -> float | None:
        """Agreement that is expected."""
        return None


class Rounds(Way):
    """This program's."""

    phases: PhaseMap

    def read(self) -> np.ndarray:
        self.phases = infer(self.space, self.places, [{label: 1.0} for label in self.labels])
        return self.phases.winner

    def choose(self) -> list[int]:
        n = len(self.places)
        n_explore = int((n + self.batch) * EXPLORE) - int(n * EXPLORE)
        chosen = next_batch(self.space, self.phases, self.places, [], self.batch, n_explore)
        return [one.place for one in chosen]

    def expected(self) -> float | None:
        return self.phases.agreement


class Sobol(Way):
    """A sequence that fills space, read at the nearest run."""

    def choose(self) -> list[int]:
        n = len(self.places) + self.batch
        return [one.place for one in spread(self.space, n, self.places, self.seed)][: self.batch]


class SobolMap(Rounds):
    """The same sequence, read by this program's map."""

    choose = Sobol.choose


class Random(Way):
    """Any points."""

    def choose(self) -> list[int]:
        generator = np.random.default_rng([self.seed, len(self.places)])
        return [int(k) for k in generator.choice(self.free, self.batch, replace=False)]


class LabelPropagation(Way):
    """Label propagation, and where it is least confident (Terayama et al., Phys. Rev. Materials
    3, 033802 (2019))."""

    def read(self) -> np.ndarray:
        from sklearn.semi_supervised import LabelPropagation as Propagation

        names, codes = np.unique(self.labels, return_inverse=True)
        known = np.full(len(self.diagram.points), -1)
        known[self.places] = codes
        model = Propagation(kernel="knn", n_neighbors=8, max_iter=1000)
        model.fit(self.diagram.points, known)
        self.confidence = np.nan_to_num(model.label_distributions_).max(axis=1)
        return names[np.nan_to_num(model.label_distributions_).argmax(axis=1)]

    def choose(self) -> list[int]:
        free = self.free
        return [
            int(k) for k in free[np.argsort(self.confidence[free], kind="stable")[: self.batch]]
        ]


class Forest(Way):
    """A random forest, and where its two best phases are closest."""

    def read(self) -> np.ndarray:
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(100, random_state=self.seed)
        model.fit(self.diagram.points[self.places], self.labels)
        probability = np.sort(model.predict_proba(self.diagram.points), axis=1)
        second = probability[:, -2] if probability.shape[1] > 1 else 0.0
        self.margin = probability[:, -1] - second
        return np.asarray(model.predict(self.diagram.points))

    def choose(self) -> list[int]:
        return self.lowest(self.margin)


class Nimo(Way):
    """Phase diagram construction of nimo: label propagation, and where it is least confident."""

    @cached_property
    def folder(self) -> Path:
        """Where the two programs exchange files."""
        self._kept = tempfile.TemporaryDirectory()
        return Path(self._kept.name)

    @cached_property
    def server(self) -> subprocess.Popen[str]:
        """The other program."""
        return subprocess.Popen(
            [os.environ[NIMO], "-c", SERVER],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def read(self) -> np.ndarray:
        rows = [[*map(float, point), ""] for point in self.diagram.points]
        for place, label in zip(self.places, self.labels, strict=True):
            rows[place][-1] = label
        with open(self.folder / "candidates.csv", "w", newline="") as stream:
            csv.writer(stream).writerows([[*self.space.axes, "phase"], *rows])
        assert self.server.stdin
        assert self.server.stdout
        print(self.batch, file=self.server.stdin, flush=True)
        assert self.server.stdout.readline() == "done\n"
        return np.array([row["phase"] for row in self._rows("output_res.csv")])

    def choose(self) -> list[int]:
        return [int(row["actions"]) for row in self._rows("proposals.csv")]

    def _rows(self, name: str) -> list[dict[str, str]]:
        with open(self.folder / name, newline="") as stream:
            return list(csv.DictReader(stream))


WAYS: dict[str, type[Way]] = {
    "rounds": Rounds,
    "Sobol, map": SobolMap,
    "Sobol": Sobol,
    "random": Random,
    "label propagation": LabelPropagation,
    "random forest": Forest,
    "nimo (PDC)": Nimo,
}


def chosen(names: Sequence[str]) -> list[tuple[str, type[Way]]]:
    """The ways of these names; all that are there where none is named."""
    there = [(name, kind) for name, kind in WAYS.items() if kind is not Nimo or NIMO in os.environ]
    return [(name, kind) for name, kind in there if not names or name in names]
