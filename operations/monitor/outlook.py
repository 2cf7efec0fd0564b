"""What a campaign will be, before it has begun: energies, densities, hours, the next command."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.jobs.cost import CostModel, particles
from operations.jobs.isolation import REPOSITORY
from operations.jobs.progress import about
from workspace_schema.canonical import lookup
from workspace_schema.interactions import Interactions
from workspace_schema.methods.registry import on_gpu, only_hoomd, read_method
from workspace_schema.points import Point
from workspace_schema.potentials import PairPotential, Table, TableData

#: Points of which every one is looked at, and of the others one in so many.
MOST, EVERY = 300, 101
#: Pairs whose energy is drawn.
MOST_CURVES = 6
#: Distance up to which it is.
LONGEST = 10.0
#: Densities that are listed.
MOST_DENSITIES = 5
#: So many folders up a path is told by the way there.
MOST_STEPS = 1


class Outlook:
    """Takes note of points that go by, and tells what they will be.

    Parameters
    ----------
    root : Path
        What has finished there tells how long others take.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._potentials: dict[str, tuple[Point, Interactions]] = {}
        self._boxes: dict[tuple[float, float], None] = {}
        self.n_new = self.n_only_hoomd = self._n_seen = self._n_timed = 0
        self.any_on_gpu = self.any_by_engine = False
        self._seconds = {False: 0.0, True: 0.0}
        self._unknown: dict[bool, dict[str, None]] = {False: {}, True: {}}

    @cached_property
    def _model(self) -> CostModel:
        return CostModel.learn(self._root)

    def add(self, point: Point, is_new: bool = True) -> None:
        """Look at a point, which is a job to be made or one that is there; where they are many,
        only at some."""
        self.n_new += is_new
        self.n_only_hoomd += is_new and only_hoomd(point.statepoint)
        self._n_seen += 1
        if self._n_seen > MOST and self._n_seen % EVERY:
            return
        method = point.statepoint["method"]
        fits_gpu = on_gpu(point.statepoint)
        self.any_on_gpu |= fits_gpu
        if not self.any_by_engine:
            self.any_by_engine = read_method(method | point.extent).simulated is not None
        if is_new:
            self._n_timed += 1
            for gpu in (False, True):
                there = gpu and fits_gpu
                if self._model.knows(point.statepoint, there):
                    seconds = self._model.expect(point.statepoint, point.extent, there)[0]
                    self._seconds[gpu] += seconds
                else:
                    self._unknown[gpu][method["name"]] = None
        potential = point.statepoint.get("potential")
        known = "particles" in point.statepoint["system"]  # of a file they are not, beforehand
        if potential is not None and known and len(self._potentials) < MOST:
            self._potentials.setdefault(
                str(potential), (point, Interactions.model_validate(potential))
            )
        density, system = method.get("number_density"), point.statepoint["system"]
        if density and len(self._boxes) < MOST:
            volume, free = particles(point.statepoint) / density, system["dimensions"]
            if walls := system.get("walls"):  # the edges along them
                volume, free = volume / walls["separation"], free - 1
            edge = volume ** (1.0 / free)
            self._boxes[density, edge] = None

    def seconds(self, gpu: bool) -> float:
        """Expected seconds of all new jobs of which something is known, one after the other; with
        what runs on GPUs there, or on cores."""
        return self._seconds[gpu] / max(self._n_timed, 1) * self.n_new

    def cost(self, gpu: bool) -> str:
        """The expected time, in words."""
        seconds, kind = self.seconds(gpu), "GPU" if gpu and self.any_on_gpu else "core"
        hours = f" ({seconds / 3600.0:.2g} {kind}-hours)" if seconds > 60.0 else ""
        said = [f"about {about(seconds)} on one {kind}{hours}"]
        if self._unknown[gpu]:
            names = ", ".join(self._unknown[gpu])
            said = said * (seconds > 0.0) + [f"{names} not known before the first have finished"]
        return f"expected: {'; '.join(said)}"

    def densities(self) -> str:
        """Densities of the starts and edges of their boxes; "" where there are none."""
        boxes = sorted(self._boxes)
        if not boxes:
            return ""
        if len(boxes) > MOST_DENSITIES:
            (low, edge), (high, other) = boxes[0], boxes[-1]
            return (
                f"number densities {low:.4g} to {high:.4g} at the start, boxes {edge:.3g} to"
                f" {other:.3g} long"
            )
        said = ", ".join(f"{density:.4g} (box {edge:.3g} long)" for density, edge in boxes)
        return f"number density at the start: {said}"

    def energies(self, axes: tuple[str, ...], tables: Mapping[str, Path]) -> list[str]:
        """u(r) of the first and of the last potential, in letters; empty where there is none.

        Parameters
        ----------
        axes : tuple of str
            Whose values tell potentials apart.
        tables : mapping of str to Path
            Files of tabulated potentials by their hashes.
        """
        import numpy as np

        from analysis.text_plot import text_plot

        known = list(self._potentials.values())
        chosen = known if len(known) <= MOST_CURVES else [known[0], known[-1]]
        curves: dict[str, Any] = {}
        for point, potential in chosen:
            types = sorted(point.statepoint["system"]["particles"])
            told = _differences(point, axes) if len(chosen) > 1 else ""
            for i, a in enumerate(types):
                for b in types[i:]:
                    name = ", ".join(part for part in (f"{a}-{b}" * (len(types) > 1), told) if part)
                    curve = _curve(potential.pair(a, b), tables)
                    if curve is not None and len(curves) < MOST_CURVES:
                        curves.setdefault(name or potential.base.form, curve)
        if not curves:
            return []
        ends = np.concatenate([u[len(u) // 4 :] for _, u in curves.values()])
        lowest = float(np.min([u[np.isfinite(u)].min() for _, u in curves.values()]))
        lowest = min(lowest, 0.0)
        finite = ends[np.isfinite(ends)]
        highest = max(2.0 * abs(lowest), float(np.quantile(np.abs(finite), 0.5)), 1e-3)
        return text_plot(curves, 1.1 * lowest, highest, ("r", "u(r)"))


def _differences(point: Point, axes: tuple[str, ...]) -> str:
    """The values of a point that belong to its potential."""
    told = []
    for axis in axes:
        if axis.startswith("potential."):
            try:
                told.append(f"{axis.removeprefix('potential.')} {lookup(point.statepoint, axis)}")
            except KeyError:
                continue
    return ", ".join(told)


def _curve(potential: PairPotential, tables: Mapping[str, Path]) -> Any:
    """r and u(r) below the cut-off; None of what is not at hand."""
    import numpy as np

    from workspace_schema.plausibility import energies

    if isinstance(potential, Table):
        file = tables.get(str(potential.sha256))
        if file is None:
            return None
        data = TableData.read(file)
        return np.array(data.r), np.array(data.energy)
    if potential.tabulated:  # what a design is going to find
        return None
    r = np.linspace(0.0, min(potential.r_cut, LONGEST), 2001)
    return r, energies(potential, r)


def next_command(root: Path, here: Path) -> str:
    """The commands that run the jobs of a root, as they are typed in a folder."""
    program, python = _path(REPOSITORY / "project.py", root), "python"
    if shutil.which(python) != sys.executable:
        python = _path(Path(sys.executable), root)
    cores = os.cpu_count() or 1
    parallel = f" --parallel {cores}" if cores > 1 else ""
    lines = f"next: cd {_path(root, here)} && {python} {program} run{parallel}"
    if shutil.which("sbatch"):
        lines += f"\n      or, on the nodes of the cluster: {python} {program} submit"
    return lines


def _path(path: Path, start: Path) -> str:
    """A path as one types it in a folder."""
    relative = os.path.relpath(path, start)
    away = relative.split(os.sep).count(os.pardir)
    return shlex.quote(relative if away <= MOST_STEPS else str(path))
