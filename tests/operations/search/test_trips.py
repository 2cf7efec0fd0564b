"""Dynamics of many systems at once: what becomes of one does not depend on the others, on cores and
in a launch, a CPU in the GPU's place."""

from __future__ import annotations

import importlib.util
import signal
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.jobs import deadline
from operations.jobs.errors import DeviceLostError
from operations.search import gpu_dynamics, trips
from operations.search.dynamics import BUSSI, LANGEVIN, NONE, Record, Rule, follow
from operations.search.gpu_dynamics import THREADS, launch_text, of_one
from operations.search.kernels import Kernel, make_kernel
from operations.search.neighbour_list import listed_sum
from operations.search.team import ported
from operations.search.trips import Trip, follow_all, pair_sum
from tests.operations.search.test_dynamics import KERNEL, particles, prepared
from tests.operations.search.test_gpu import Device
from tests.operations.search.test_team import Threads
from workspace_schema.interactions import Interactions


def lennard_jones(**numbers: float) -> Kernel:
    block = {"form": "lennard_jones", "r_cut": 2.5} | numbers
    return make_kernel(pair_functions(Interactions.model_validate(block), ["A"]))


HEATED = Rule(BUSSI, 0.004, 0.5, 0, 1.0, 0.01, 77)


def trip(
    n: int = 9,
    d: int = 2,
    edge: float = 4.1,
    kernel: Kernel = KERNEL,
    rule: Rule = HEATED,
    steps: tuple[int, ...] = (5, 8, 20),
    step: int = 0,
) -> Trip:
    one = particles(d, n, edge)
    one.types = one.types % len(kernel.forms)
    _, motion, neighbours = prepared(one)
    size = (2, 3 * n)
    frames = np.full(len(steps), -1)
    frames[[0, -1]] = 0, 1
    record = Record(
        np.array(steps),
        frames,
        np.zeros((len(steps), 13)),
        np.zeros(size),
        np.zeros(size),
        np.zeros(size, dtype=np.int64),
    )
    problem = kernel.problem(one.types, one.cell, d)
    return Trip(kernel, problem, motion, neighbours, rule, step, record)


def several() -> list[Trip]:
    """Of different sizes, dimensions, potentials, thermostats, steps and numbers."""
    return [
        trip(),
        trip(81, 2, 9.5, rule=Rule(LANGEVIN, 0.002, 0.5, 0, 1.0, 0.0, 5), steps=(3, 11)),
        trip(8, 3, 2.2, rule=Rule(NONE, 0.001, 0.5, 0, 0.0, 0.0, 6), step=2),
        trip(9, 2, 4.1, lennard_jones(epsilon=1.0)),
        trip(16, 2, 5.0, lennard_jones(epsilon=0.7, sigma=0.9), steps=(4,) * 2 + (30,)),
        trip(27, 3, 4.0, lennard_jones(epsilon=2.0)),
    ]


def ends(of: list[Trip], reached: list[int | None]) -> list[list[np.ndarray]]:
    return [
        [
            np.array(passed),
            *(one.motion.r, one.motion.v, one.motion.images),
            *(one.record.rows, one.record.r, one.record.v, one.record.images),
        ]
        for one, passed in zip(of, reached, strict=True)
    ]


def same(one: list[list[np.ndarray]], other: list[list[np.ndarray]]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(a, b) for x, y in pairs for a, b in zip(x, y, strict=True))


def alone() -> list[list[np.ndarray]]:
    return [end for one in several() for end in ends([one], follow_all([one]))]


def test_what_is_seen_is_what_is_there() -> None:
    (one,) = several()[:1]
    assert follow_all([one]) == [3]
    n, motion, record = 9, one.motion, one.record
    v = motion.v.reshape(3, n)
    upper = (0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2)
    assert record.rows[-1, 1:7] == pytest.approx((v @ v.T)[upper])
    assert record.rows[-1, 7:].tolist() == motion.virial[upper].tolist()
    assert np.array_equal(record.r[1], motion.r)
    assert np.array_equal(record.v[1], motion.v)
    assert not np.array_equal(record.r[0], motion.r)
    assert np.isfinite(record.rows).all()


def test_on_several_cores_each_goes_its_own_way(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    together = several()
    assert same(ends(together, follow_all(together)), alone())


def test_threads_find_everything_compiled(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    asked: list[bool] = []

    def seen(kernel: Kernel):
        asked.append(threading.current_thread() is threading.main_thread())
        return pair_sum(kernel)

    monkeypatch.setattr(trips, "pair_sum", seen)
    follow_all(several())
    assert asked
    assert all(asked)


def test_one_that_explodes_takes_nobody_along() -> None:
    together = several()
    together[1] = trip(81, 2, 9.5, rule=Rule(NONE, 5.0, 0.5, 0, 1.0, 0.0, 1))
    reached = follow_all(together)
    assert reached[1] in (0, 1, 2)
    found, expected = ends(together, reached), alone()
    assert same(found[:1] + found[2:], expected[:1] + expected[2:])


@pytest.fixture
def launches(monkeypatch) -> list[int]:
    """How many systems each launch on a GPU had; the CPU is in its place."""
    launched: list[int] = []

    class Launcher:
        def __init__(self, forms, one_type: bool) -> None:
            self.text = of_one(follow, pair_sum(Kernel(np.zeros(0), np.zeros(2 - one_type), forms)))

        def __getitem__(self, grid):
            blocks, threads, _, shared = grid
            assert threads == THREADS == 4 * shared
            launched.append(blocks)
            return lambda *stacks: [self.text(b, *map(plain, stacks)) for b in range(blocks)]

    def plain(stack):
        """Arrays as compiled functions know them."""
        if isinstance(stack, tuple):
            return type(stack)(*map(plain, stack))
        return stack.view(np.ndarray)

    memory = SimpleNamespace(get_memory_info=lambda: (10**9, 10**9))
    monkeypatch.setattr(Device, "current_context", staticmethod(lambda: memory), raising=False)
    monkeypatch.setattr(Device, "device_array", staticmethod(scratch))
    monkeypatch.setattr(gpu_dynamics, "cuda_module", lambda: Device)
    monkeypatch.setattr(gpu_dynamics, "_compile", Launcher)
    monkeypatch.setattr(trips, "check_gpu", lambda: None)
    return launched


def scratch(shape, kind):
    """What nobody has written to says nothing."""
    return np.full(shape, 2**30 if np.dtype(kind).kind == "i" else np.nan, kind).view(
        type(Device.to_device(np.zeros(1)))
    )


def test_a_launch_for_all_of_the_same_forms(launches) -> None:
    """Numbers, sizes, dimensions, thermostats and steps may differ; the same bits as on cores."""
    together = several()
    assert same(ends(together, follow_all(together, "gpu")), alone())
    assert launches == [3, 3]


def test_no_more_in_a_launch_than_there_is_room_for(launches, monkeypatch) -> None:
    together = several()
    size = max(gpu_dynamics._bytes(one) for one in together[:3])
    little = SimpleNamespace(get_memory_info=lambda: (int(2.0 * size / gpu_dynamics.SHARE), 0))
    monkeypatch.setattr(Device, "current_context", staticmethod(lambda: little))
    assert same(ends(together, follow_all(together, "gpu")), alone())
    assert launches[:2] == [2, 1]


def test_a_warning_is_heard_between_launches(launches, monkeypatch) -> None:
    monkeypatch.setattr(deadline, "_warning", signal.SIGTERM)
    together = several()
    reached = follow_all(together, "gpu")
    assert reached == [3, 2, 3, None, None, None]
    assert launches == [3]
    assert same(ends(together[:3], reached[:3]), alone()[:3])


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_launch_that_fails(launches, monkeypatch, is_lost: bool) -> None:
    """A GPU that then answers nothing more is lost to the process."""

    def failing(trips):
        raise RuntimeError("CUDA_ERROR")

    def synchronize():
        if is_lost:
            raise RuntimeError("CUDA_ERROR again")

    monkeypatch.setattr(gpu_dynamics, "_launch", failing)
    monkeypatch.setattr(Device, "synchronize", staticmethod(synchronize), raising=False)
    with pytest.raises(DeviceLostError if is_lost else RuntimeError, match=r"CUDA_ERROR$"):
        follow_all(several(), "gpu")


def test_lanes_see_what_one_sees() -> None:
    """Three threads in the place of lanes."""
    expected, found = trip(steps=(2, 5, 9)), trip(steps=(2, 5, 9))
    assert follow_all([expected]) == [3]
    team = Threads(3)
    pairs = ported(listed_sum(KERNEL.compiled, False), team.words())
    words = team.words() | {"sum_listed": lambda _, *rest: pairs(*rest)}
    assert team.run(ported(follow, words), None, *found[1:]) == [3] * 3
    for one, other in zip(ends([found], [3])[0], ends([expected], [3])[0], strict=True):
        assert other == pytest.approx(one, abs=1e-9)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
)
def test_a_launch_compiles_for_blocks_of_a_gpu(monkeypatch) -> None:
    """To PTX of compute capability 9.0."""
    from numba import cuda
    from numba.cuda import dispatcher

    capability = SimpleNamespace(compute_capability=(9, 0))
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: capability)
    for kernel in (KERNEL, lennard_jones()):
        text = launch_text(kernel.compiled, len(kernel.forms) == 1)
        ptx, _ = cuda.compile_ptx(text, gpu_dynamics.SIGNATURE, cc=(9, 0))
        assert ".target sm_90" in ptx
        assert ".entry" in ptx
        assert "bar.sync" in ptx
        assert "shfl.sync" in ptx
