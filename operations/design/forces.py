"""By forces: least squares between the forces of a trajectory and those of the potential.

One step is one frame; the sums of products are kept by blocks of frames, whose omission in turn
gives the errors (jackknife).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.bases import Bases, Basis, sought
from operations.design.outcome import conclude, curves, described, tables
from operations.design.pairs import by_types, pairs_within
from operations.design.trajectories import stored_sites
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import replacing
from operations.jobs.result import Result
from operations.jobs.state import FINAL
from workspace_schema.interactions import pair_key, type_pairs
from workspace_schema.methods.design_liquids import Forces as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Blocks of frames at most.
BLOCKS = 10
#: Functions that no pair has met, relative to the largest of the diagonal.
UNSEEN = 1e-12
#: Distances closer than this part of the smallest have no spline.
BELOW = 0.999


@dataclass
class State:
    """Sums over frames, by blocks.

    Attributes
    ----------
    products : ndarray, shape (blocks, n, n)
    forces : ndarray, shape (blocks, n)
        Products with the forces of the trajectory.
    squares : ndarray, shape (blocks,)
        Of these forces.
    components : ndarray, shape (blocks,)
        How many there are.
    frame : int
        The next one.
    wall_seconds : float
    """

    products: FloatArray
    forces: FloatArray
    squares: FloatArray
    components: FloatArray
    frame: int = 0
    wall_seconds: float = 0.0


class Forces:
    """The design, driven by `operations.jobs.driver`."""

    unit = "frames"

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Parameters)
        system = point.system
        self._types = system.types
        self._frames = stored_sites(task.root, point)
        self._dimensions = system.dimensions
        bases = {}
        potentials = {pair_key(a, b): sought(point, a, b) for a, b in type_pairs(self._types)}
        self._r_cut = max(potential.r_cut for potential in potentials.values())
        smallest = dict.fromkeys(potentials, np.inf)
        for frame in self._frames:
            self._meet(frame, smallest)
        for pair, potential in potentials.items():
            inner = point.method.inner
            if inner is None:
                inner = min(BELOW * smallest[pair], 0.9 * potential.r_cut)
            bases[pair] = Basis(potential, inner)
        self.bases = Bases(self._types, bases)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """Empty sums."""
        n, blocks = self.bases.size, min(BLOCKS, len(self._frames))
        nothing = np.zeros(blocks)
        return State(
            np.zeros((blocks, n, n)), np.zeros((blocks, n)), nothing.copy(), nothing.copy()
        )

    def step(self, state: State) -> State:
        """One frame."""
        begin = time.monotonic()
        frame = self._frames[state.frame]
        assert frame.forces is not None
        block = state.frame * len(state.squares) // len(self._frames)
        d = self._dimensions
        response, measured = self._response(frame), frame.forces[:, :d].T.ravel()
        state.products[block] += response.T @ response
        state.forces[block] += response.T @ measured
        state.squares[block] += measured @ measured
        state.components[block] += len(measured)
        state.frame += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether all frames are in."""
        return state.frame == len(self._frames)

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        with replacing(path) as temporary:
            np.savez(temporary, **vars(state))

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            arrays = {name: saved[name] for name in saved.files}
        frame, seconds = int(arrays.pop("frame")), float(arrays.pop("wall_seconds"))
        return State(**arrays, frame=frame, wall_seconds=seconds)

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Frames done, of all."""
        return state.frame, len(self._frames), 1.0, ""

    def rescue(self, state: State) -> None:
        """Nothing explodes here."""

    def finish(self, state: State) -> Result:
        """Solve for the coefficients; write the potential and what is known of it."""
        blocks = len(state.squares)
        whole = state.products.sum(axis=0), state.forces.sum(axis=0)
        coefficients, unseen = self._solve(*whole)
        residual = (
            state.squares.sum()
            - 2.0 * coefficients @ whole[1]
            + coefficients @ whole[0] @ coefficients
        )
        components = state.components.sum()
        omitted = [
            self._solve(whole[0] - state.products[k], whole[1] - state.forces[k])[0]
            for k in range(blocks if blocks > 1 else 0)
        ]
        found, parts = self.bases.found(coefficients), self.bases.parts
        others = [{pair: one[part] for pair, part in parts.items()} for one in omitted]
        last = self._frames[-1]
        trajectory.write(self._task.folder / FINAL, [(0, last)])
        lonely = [pair for pair, part in parts.items() if unseen[part].all()]
        reason = f"no two particles {lonely[0]} are closer than r_cut" if lonely else ""
        result = Result(
            n_particles=last.n_particles,
            engine="least squares",
            engine_version=None,
            device="cpu",
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=len(self._frames),
            number_density=last.number_density,
        )
        details: dict[str, Any] = {
            "by": "forces",
            "frames": len(self._frames),
            "blocks": blocks,
            "rms_force": float(np.sqrt(state.squares.sum() / components)),
            "rms_residual": float(np.sqrt(max(residual, 0.0) / components)),
            "unseen_coefficients": int(unseen.sum()),
            "curves": curves(found, others),
        }
        verdict = "not found" if lonely else "found"
        details["potential"] = described(found)
        return conclude(self._task, result, tables(found), verdict, reason, details)

    # -- details ---------------------------------------------------------------------------------

    def _meet(self, frame: Configuration, smallest: dict[str, float]) -> None:
        """Bring the smallest distance of each pair of types down to that of a frame."""
        pairs = pairs_within(frame, self._r_cut)
        for key, chosen in by_types(frame, pairs, self._types):
            smallest[key] = min(smallest[key], float(pairs.r[chosen].min(initial=np.inf)))

    def _response(self, frame: Configuration) -> FloatArray:
        """Forces of each function on all particles, all x, then all y, all z: shape (d N, n)."""
        from scipy.sparse import csr_array

        n, d = frame.n_particles, self._dimensions
        pairs = pairs_within(frame, self._r_cut)
        parts = self.bases.parts
        response = np.zeros((d, n, self.bases.size))
        for key, chosen in by_types(frame, pairs, self._types):
            i, r, unit = pairs.i[chosen], pairs.r[chosen], pairs.unit[chosen]
            slopes = self.bases.of[key].values(r, 1)
            onto = csr_array((np.ones(len(i)), (i, np.arange(len(i)))), shape=(n, len(i)))
            for axis in range(d):
                response[axis, :, parts[key]] = onto @ (-slopes * unit[:, axis, None])
        return response.reshape(d * n, self.bases.size)

    def _solve(self, products: FloatArray, forces: FloatArray) -> tuple[FloatArray, Any]:
        """Coefficients, 0 for functions that no pair has met, and which these are."""
        from scipy.linalg import cholesky, lstsq, solve_triangular
        from scipy.optimize import nnls

        diagonal = np.diag(products)
        unseen = diagonal <= UNSEEN * diagonal.max(initial=1e-300)
        seen = np.flatnonzero(~unseen)
        coefficients = np.zeros(len(forces))
        if not len(seen):
            return coefficients, unseen
        scale = np.sqrt(diagonal[seen])
        matrix = products[np.ix_(seen, seen)] / np.outer(scale, scale)
        right = forces[seen] / scale
        if self.bases.signed:
            coefficients[seen] = lstsq(matrix, right)[0] / scale
        else:
            upper = cholesky(matrix + UNSEEN * np.eye(len(seen)))
            coefficients[seen] = nnls(upper, solve_triangular(upper, right, trans="T"))[0] / scale
        return coefficients, unseen
