"""What a GPU is given and gives back, a CPU in its place; and that its kernels compile."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import numba
import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.jobs.errors import EngineError
from operations.search import gpu
from operations.search.kernels import Kernel, make_kernel
from operations.search.lbfgs import lbfgs
from operations.search.relax import relax
from tests.operations.search.test_relax import KERNEL, crystals, numbers
from workspace_schema.interactions import Interactions
from workspace_schema.methods.method import MOST_ON_GPU

MIXTURE = {
    "form": "lennard_jones_gauss",
    "types": {"B": {"epsilon": 0.8}},
    "pairs": {"A-B": {"form": "yukawa", "r_cut": 2.0}},
}


class Array(np.ndarray):
    """An array on a device that is this one."""

    def copy_to_host(self) -> np.ndarray:
        return np.array(self)


class Device:
    """`numba.cuda` as far as a launch needs it."""

    @staticmethod
    def to_device(array: np.ndarray) -> Array:
        return array.copy().view(Array)

    @staticmethod
    def device_array(shape: int, kind: type) -> Array:
        return np.empty(shape, kind).view(Array)

    @staticmethod
    def get_current_device() -> SimpleNamespace:
        return SimpleNamespace(MULTIPROCESSOR_COUNT=3)


def one_by_one(kernel: Kernel, launches: list[tuple[int, int]]):
    """In the place of the compiled kernel: the minimiser of the CPU, row by row."""

    class Launcher:
        def __getitem__(self, grid):
            launches.append(grid)
            return self.run

        def run(self, v, particles, types, cells, lengths, coefficients, forms, *rest):
            dimensions, pressure, tolerance, max_step, most, queue, *ends = rest
            assert not queue.any()
            energies, evaluations, outcomes = ends
            for b, n in enumerate(particles):
                problem = kernel.problem(np.array(types[b, :n]), np.array(cells[b]), dimensions)
                problem = problem._replace(pressure=pressure, strain_length=float(lengths[b]))
                mine = np.array(v[b, : 3 * n + (9 if lengths[b] > 0.0 else 0)])
                end = lbfgs(kernel.sum(True), problem, mine, tolerance, max_step, most)
                outcomes[b], energies[b], evaluations[b] = end
                v[b, : len(mine)] = mine

    return lambda *which: Launcher()


def test_a_batch_comes_back_in_order(monkeypatch):
    """Of cells of one to three particles, the same bits as on the CPU."""
    starts, launches = crystals(7), []
    expected = numbers(relax(KERNEL, starts, 0.5, tolerance=1e-5))
    monkeypatch.setattr(numba, "cuda", Device, raising=False)
    monkeypatch.setattr(gpu, "no_gpu", lambda: "")
    monkeypatch.setattr(gpu, "_compile", one_by_one(KERNEL, launches))
    found = relax(KERNEL, starts, 0.5, tolerance=1e-5, device="gpu")
    assert numbers(found) == expected
    ((blocks, threads),) = launches
    assert blocks % 3 == 0
    assert threads % gpu.LANES == 0


def test_without_a_gpu_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"device: gpu, but numba-cuda is not installed"):
        relax(KERNEL, crystals(1), 0.5, device="gpu")


def test_what_is_too_large_for_shared_memory(monkeypatch):
    monkeypatch.setattr(numba, "cuda", Device, raising=False)
    for boundary, more in (("open", 0), ("periodic", 9)):
        most = 3 * MOST_ON_GPU[boundary] + more
        there = [-(-size // gpu.STEP) * gpu.STEP for size in (most, most + 3)]
        fit, too_large = (gpu.warp_bytes(size, more > 0) for size in there)
        assert fit <= gpu.BLOCK < too_large
    problem = KERNEL.problem(np.zeros(200, int), np.eye(3), 3)
    with pytest.raises(ValueError, match=r"600 variables has no room .* device: cpu"):
        gpu.lbfgs_batch(KERNEL, [problem], [np.zeros(600)], True, 1e-4, 0.4, 9)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
)
@pytest.mark.parametrize("periodic", [False, True])
def test_kernels_compile_without_a_gpu(periodic, monkeypatch):
    """To PTX of compute capability 9.0; the first is what an H200 would run."""
    from numba import cuda
    from numba.cuda import dispatcher

    capability = SimpleNamespace(compute_capability=(9, 0))
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: capability)
    functions = pair_functions(Interactions.model_validate(MIXTURE), ["A", "B"])
    kernel = make_kernel(functions) if periodic else KERNEL
    text = gpu.batch_kernel(kernel.compiled, len(kernel.forms) == 1, periodic, 120, 2)
    ptx, _ = cuda.compile_ptx(text, gpu.SIGNATURE, cc=(9, 0))
    assert ".target sm_90" in ptx
    assert ".entry" in ptx
