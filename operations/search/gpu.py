"""Relaxation of many configurations at once on a GPU: a warp for each, by the text of the CPU.

L-BFGS (`operations.search.lbfgs`) and the sums over pairs (`operations.search.team_sums`) are
compiled by numba-cuda (extra `gpu`, imported only here) for teams of 32 lanes, with scratch space
in shared memory. As many warps as the GPU holds take configurations from one queue, so that those
that are soon relaxed wait for none.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types as nb

from operations.search.kernels import Kernel
from operations.search.lbfgs import MATRICES, MEMORY, NEAR, ROWS, Work, descend
from operations.search.pair_source import Form
from operations.search.problem import Problem
from operations.search.team import ported
from operations.search.team_sums import team_sum

LANES = 32
#: Bytes of shared memory that a block may have without being asked for, and that a multiprocessor
#: has for all of its blocks (compute capability 9.0: 227 kB, less a kB a block).
BLOCK, MULTIPROCESSOR = 48 * 1024, 220 * 1024
#: Warps of a block, where they fit, and of a multiprocessor, which has 65 536 registers: a lane
#: uses 234 for a Lennard-Jones cluster.
WARPS, RESIDENT = 4, 8
#: Scratch space is made for a multiple of so many variables: few kernels are compiled.
STEP = 24

FLOATS, INTEGERS = nb.float64[::1], nb.int64[::1]
#: See `batch_kernel`.
SIGNATURE = (
    *(nb.float64[:, ::1], INTEGERS, nb.int64[:, ::1], nb.float64[:, :, ::1], FLOATS),
    *(nb.float64[:, :, ::1], nb.int64[:, ::1], nb.int64, nb.float64),
    *(nb.float64, nb.float64, nb.int64, nb.int32[::1], FLOATS, INTEGERS, INTEGERS),
)


def cuda_module() -> Any:
    """numba-cuda."""
    from numba import cuda

    return cuda


def no_gpu() -> str:
    """Why nothing can be relaxed on a GPU here; empty if it can."""
    if importlib.util.find_spec("numba_cuda") is None:
        return "numba-cuda is not installed: pip install 'numba-cuda[cu12]' (extra gpu)"
    return "" if cuda_module().is_available() else "numba-cuda sees no GPU here"


def warp_bytes(variables: int, periodic: bool) -> int:
    """Shared memory of one warp."""
    rows = 1 + (ROWS if periodic else NEAR)
    return 8 * (rows * variables + 9 * MATRICES + 2 * MEMORY)


def warp_words(cuda: Any) -> dict[str, Any]:
    """What the words of `operations.search.team` mean where a team is a warp."""
    device = cuda.jit(device=True)

    @device
    def lane():
        return cuda.laneid

    @device
    def total(x):
        for k in (16, 8, 4, 2, 1):
            x += cuda.shfl_xor_sync(0xFFFFFFFF, x, k)
        return x

    @device
    def sync():
        cuda.syncwarp()

    return {"lane": lane, "total": total, "sync": sync, "WIDTH": LANES}


def batch_kernel(
    forms: tuple[Form | str, ...], one_type: bool, periodic: bool, variables: int, warps: int
) -> Any:
    """Python text of the CUDA kernel of these pair functions, of the signature `SIGNATURE`.

    ``kernel(v, particles, types, cells, lengths, coefficients, forms, dimensions, pressure,
    tolerance, max_step, most, queue, energies, evaluations, outcomes)`` changes v, one row a
    configuration, and writes the last three; the queue is a counter at zero.
    """
    cuda = cuda_module()
    device = cuda.jit(device=True)
    words = warp_words(cuda)
    pairs = ported(team_sum(forms, one_type, periodic), words, device)

    @device
    def sum_pairs(pair_sum, problem, r, cell, force, virial, work):
        return pairs(problem, r, cell, force, virial, work)

    lbfgs = ported(descend, words | {"sum_pairs": sum_pairs}, device)
    shape = (warps, 1 + (ROWS if periodic else NEAR), variables)
    matrices_shape, loops_shape = (warps, MATRICES, 3, 3), (warps, 2, MEMORY)

    def relax(
        v,
        particles,
        types,
        cells,
        lengths,
        coefficients,
        forms,
        dimensions,
        pressure,
        tolerance,
        max_step,
        most,
        queue,
        energies,
        evaluations,
        outcomes,
    ):
        rows = cuda.shared.array(shape, nb.float64)
        matrices = cuda.shared.array(matrices_shape, nb.float64)
        loops = cuda.shared.array(loops_shape, nb.float64)
        w, me = cuda.threadIdx.x // LANES, cuda.laneid
        work = Work(rows[w, 1:], matrices[w], loops[w, 0], loops[w, 1])
        while True:
            b = 0
            if me == 0:
                b = cuda.atomic.add(queue, 0, 1)
            b = cuda.shfl_sync(0xFFFFFFFF, b, 0)
            if b >= len(particles):
                return
            n = particles[b]
            m = 3 * n + (9 if lengths[b] > 0.0 else 0)
            mine = rows[w, 0, :m]
            for k in range(me, m, LANES):
                mine[k] = v[b, k]
            problem = Problem(
                types[b, :n], coefficients, forms, cells[b], dimensions, pressure, lengths[b], 0.0
            )
            outcome, energy, spent = lbfgs(0, problem, mine, tolerance, max_step, most, work)
            cuda.syncwarp()
            for k in range(me, m, LANES):
                v[b, k] = mine[k]
            if me == 0:
                outcomes[b], energies[b], evaluations[b] = outcome, energy, spent
            cuda.syncwarp()

    return relax


@lru_cache(maxsize=128)
def _compile(*which: Any) -> Any:
    """The kernel of `batch_kernel`."""
    return cuda_module().jit(SIGNATURE)(batch_kernel(*which))


def lbfgs_batch(
    kernel: Kernel,
    problems: Sequence[Problem],
    starts: Sequence[np.ndarray],
    periodic: bool,
    tolerance: float,
    max_step: float,
    max_evaluations: int,
) -> list[tuple[int, float, int]]:
    """Minimise by L-BFGS on a GPU, in place: `operations.search.lbfgs.lbfgs` for a list.

    Parameters
    ----------
    kernel : Kernel
    problems : sequence of Problem
        Of one pressure and number of dimensions.
    starts : sequence of ndarray
        The variables of each.
    periodic : bool
    tolerance, max_step, max_evaluations
        As there.

    Returns
    -------
    list of (outcome, energy, evaluations)

    Raises
    ------
    ValueError
        Where a configuration has more variables than shared memory has room for.
    """
    count, particles = len(starts), np.array([len(one.types) for one in problems])
    v, types = np.zeros((count, max(map(len, starts)))), np.zeros((count, particles.max()), int)
    for k, (problem, start) in enumerate(zip(problems, starts, strict=True)):
        v[k, : len(start)], types[k, : particles[k]] = start, problem.types
    cells = np.array([problem.cell for problem in problems])
    lengths = np.array([problem.strain_length for problem in problems])
    rules = tolerance, max_step, max_evaluations
    ends = lbfgs_rows(kernel, problems[0], v, particles, types, cells, lengths, periodic, *rules)
    for start, end in zip(starts, v, strict=True):
        start[:] = end[: len(start)]
    return [(int(a), float(b), int(c)) for a, b, c in zip(*ends, strict=True)]


def lbfgs_rows(
    kernel: Kernel,
    like: Problem,
    v: np.ndarray,
    particles: np.ndarray,
    types: np.ndarray,
    cells: np.ndarray,
    lengths: np.ndarray,
    periodic: bool,
    tolerance: float,
    max_step: float,
    max_evaluations: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`lbfgs_batch` of arrays that have a row for each configuration.

    Parameters
    ----------
    kernel : Kernel
    like : Problem
        Dimensions and pressure are those of all.
    v : ndarray of float64, shape (B, variables)
        Changed.
    particles : ndarray of int64, shape (B,)
    types : ndarray of int64, shape (B, most particles)
    cells : ndarray of float64, shape (B, 3, 3)
    lengths : ndarray of float64, shape (B,)
        See `Problem.strain_length`.
    periodic, tolerance, max_step, max_evaluations
        As there.

    Returns
    -------
    outcomes, energies, evaluations : ndarray, shape (B,)
    """
    cuda = cuda_module()
    count, most = v.shape
    variables = -(-most // STEP) * STEP
    warps = min(WARPS, BLOCK // warp_bytes(variables, periodic))
    if warps == 0:
        raise ValueError(
            f"a configuration of {most} variables has no room in a GPU's shared memory of"
            f" {BLOCK} bytes; expected fewer particles, or device: cpu"
        )
    there = [cuda.to_device(array) for array in (v, particles, types, cells, lengths)]
    tables = [cuda.to_device(kernel.coefficients), cuda.to_device(kernel.forms)]
    queue = cuda.to_device(np.zeros(1, dtype=np.int32))
    energies = cuda.device_array(count, np.float64)
    evaluations, outcomes = (cuda.device_array(count, np.int64) for _ in range(2))
    side_by_side = MULTIPROCESSOR // (warps * warp_bytes(variables, periodic) + 1024)
    blocks = cuda.get_current_device().MULTIPROCESSOR_COUNT * max(
        1, min(side_by_side, RESIDENT // warps)
    )
    relax = _compile(kernel.compiled, len(kernel.forms) == 1, periodic, variables, warps)
    relax[blocks, LANES * warps](
        *there,
        *tables,
        like.dimensions,
        like.pressure,
        tolerance,
        max_step,
        max_evaluations,
        queue,
        energies,
        evaluations,
        outcomes,
    )
    v[:] = there[0].copy_to_host()
    return outcomes.copy_to_host(), energies.copy_to_host(), evaluations.copy_to_host()
