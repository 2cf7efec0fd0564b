"""Molecular dynamics of many small systems in one launch on a GPU: a block of threads for each.

The text of the CPU (`operations.search.dynamics.follow`) is compiled by numba-cuda (extra `gpu`,
imported only here) for teams of `THREADS` lanes. Systems of one launch have the same forms of
potentials and as many types; parameters, particles, boxes, temperatures, thermostats and steps are
their own. Nothing of a system depends on the others of its launch: the same lanes add the same
numbers in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types as nb

from operations.jobs.deadline import Deadline
from operations.jobs.errors import DeviceLostError
from operations.search.dynamics import MOTION, RECORD, RULE, Motion, Record, Rule, follow
from operations.search.gpu import LANES, cuda_module
from operations.search.neighbour_list import NEIGHBOURS, Neighbours, listed_sum
from operations.search.pair_source import Form
from operations.search.problem import PROBLEM, Problem
from operations.search.team import ported

if TYPE_CHECKING:
    from operations.search.trips import Trip

#: Threads of a system; a number that its results depend on, in the last digits.
THREADS = 128
#: Share of the free memory of a GPU that one launch takes.
SHARE = 0.8

#: Of `Neighbours`, `Motion` and `Record`, what a launch writes before it reads it.
SCRATCH = ("reference", "entries", "counts", "bins", "starts", "order", "force", "virial", "rows")


def _stacked(kind: Any) -> Any:
    """The type of a named tuple whose fields have one more axis, that of the systems."""
    fields = [
        nb.Array(one.dtype, one.ndim + 1, "C")
        if isinstance(one, nb.Array)
        else nb.Array(one, 1, "C")
        for one in kind.types
    ]
    return nb.NamedTuple(fields, kind.instance_class)


#: See `launch_text`: problems, motions, neighbours, rules, records, first steps, sizes, reached.
SIGNATURE = (
    *(_stacked(kind) for kind in (PROBLEM, MOTION, NEIGHBOURS, RULE, RECORD)),
    *(nb.int64[::1], nb.int64[:, ::1], nb.int64[::1]),
)


def block_words(cuda: Any) -> dict[str, Any]:
    """What the words of `operations.search.team` mean where a team is a block of threads."""
    device, warps = cuda.jit(device=True), THREADS // LANES

    @device
    def lane():
        return cuda.threadIdx.x

    @device
    def total(x):
        of_warps = cuda.shared.array(0, nb.float64)  # as large as the launch says
        for k in (16, 8, 4, 2, 1):
            x += cuda.shfl_xor_sync(0xFFFFFFFF, x, k)
        if cuda.laneid == 0:
            of_warps[cuda.threadIdx.x // 32] = x
        cuda.syncthreads()
        x = 0.0
        for k in range(warps):
            x += of_warps[k]
        cuda.syncthreads()  # before the next sum writes there
        return x

    @device
    def sync():
        cuda.syncthreads()

    return {"lane": lane, "total": total, "sync": sync, "WIDTH": THREADS}


def of_one(follow: Any, pair_sum: Any) -> Callable[..., None]:
    """Text that takes system b from the stacks and follows it."""

    def run(b, problems, motions, neighbours, rules, records, steps, sizes, reached):
        n, bins, events = sizes[b, 0], sizes[b, 1], sizes[b, 2]
        m = 3 * n
        problem = Problem(
            problems.types[b, :n],
            problems.coefficients[b],
            problems.forms[b],
            problems.cell[b],
            problems.dimensions[b],
            problems.pressure[b],
            problems.strain_length[b],
            problems.compression[b],
        )
        motion = Motion(
            motions.r[b, :m],
            motions.v[b, :m],
            motions.force[b, :m],
            motions.images[b, :m],
            motions.virial[b],
        )
        near = Neighbours(
            neighbours.reach[b],
            neighbours.skin[b],
            neighbours.grid[b],
            neighbours.layers[b],
            neighbours.periods[b],
            neighbours.shifts[b],
            neighbours.inverse[b],
            neighbours.reference[b, :m],
            neighbours.entries[b, :n],
            neighbours.counts[b, :n],
            neighbours.bins[b, :n],
            neighbours.starts[b, :bins],
            neighbours.order[b, :n],
        )
        rule = Rule(
            rules.thermostat[b],
            rules.dt[b],
            rules.time[b],
            rules.start[b],
            rules.kT[b],
            rules.slope[b],
            rules.seed[b],
        )
        record = Record(
            records.steps[b, :events],
            records.frames[b, :events],
            records.rows[b, :events],
            records.r[b],
            records.v[b],
            records.images[b],
        )
        reached[b] = follow(pair_sum, problem, motion, near, rule, steps[b], record)

    return run


def launch_text(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """Python text of the CUDA kernel of these pair functions, of the signature `SIGNATURE`: a block
    for each system."""
    cuda = cuda_module()
    device, words = cuda.jit(device=True), block_words(cuda)
    pairs = ported(listed_sum(forms, one_type), words, device)

    @device
    def sum_listed(pair_sum, problem, r, neighbours, force, virial):
        return pairs(problem, r, neighbours, force, virial)

    go = ported(follow, words | {"sum_listed": sum_listed}, device)
    run = device(of_one(go, 0))

    def launch(problems, motions, neighbours, rules, records, steps, sizes, reached):
        run(cuda.blockIdx.x, problems, motions, neighbours, rules, records, steps, sizes, reached)

    return launch


@lru_cache(maxsize=128)
def _compile(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """The kernel of `launch_text`."""
    return cuda_module().jit(SIGNATURE)(launch_text(forms, one_type))


def _shape(arrays: Sequence[np.ndarray]) -> tuple[int, ...]:
    """Of the stack of arrays: room for the largest of each axis, and never none."""
    return (
        len(arrays),
        *(max(1, *sizes) for sizes in zip(*(a.shape for a in arrays), strict=True)),
    )


def _stack(tuples: Sequence[Any]) -> Any:
    """On the GPU, the named tuple of the stacks of what named tuples have."""
    cuda, first = cuda_module(), tuples[0]
    fields = []
    for name in first._fields:
        values = [getattr(one, name) for one in tuples]
        if not isinstance(values[0], np.ndarray):
            of_all = np.array(values)
        elif name in SCRATCH:
            fields.append(cuda.device_array(_shape(values), values[0].dtype))
            continue
        else:
            of_all = np.zeros(_shape(values), values[0].dtype)
            for row, value in zip(of_all, values, strict=True):
                row[tuple(map(slice, value.shape))] = value
        fields.append(cuda.to_device(of_all))
    return type(first)(*fields)


def _bytes(trip: Trip) -> int:
    """Memory of a system on the GPU, but for what is little."""
    return int(trip.neighbours.entries.nbytes + 3 * trip.record.r.nbytes + trip.record.rows.nbytes)


def follow_on_gpu(trips: Sequence[Trip]) -> list[int | None]:
    """`operations.search.trips.follow_all`: one launch for all of the same forms, or as few as the
    memory of the GPU has room for."""
    reached: list[int | None] = [None] * len(trips)
    groups: dict[Any, list[int]] = {}
    for number, trip in enumerate(trips):
        tables = trip.kernel.coefficients.shape, trip.kernel.forms.shape
        groups.setdefault((trip.kernel.compiled, tables), []).append(number)
    try:
        for numbers in groups.values():
            free = cuda_module().current_context().get_memory_info()[0]
            most = max(1, int(SHARE * free / max(_bytes(trips[number]) for number in numbers)))
            for first in range(0, len(numbers), most):
                if any(passed is not None for passed in reached) and Deadline().reason_to_stop(0.0):
                    return reached
                some = numbers[first : first + most]
                for number, passed in zip(some, _launch([trips[k] for k in some]), strict=True):
                    reached[number] = passed
    except Exception as error:
        try:  # whatever is asked for after the error of a kernel ends with it
            cuda_module().synchronize()
        except Exception:
            raise DeviceLostError(f"{type(error).__name__}: {error}") from error
        raise
    return reached


def _launch(trips: Sequence[Trip]) -> list[int]:
    cuda, kernel = cuda_module(), trips[0].kernel
    problems, motions, neighbours, rules, records = (
        _stack([getattr(trip, name) for trip in trips])
        for name in ("problem", "motion", "neighbours", "rule", "record")
    )
    sizes = np.array(
        [
            (len(trip.problem.types), len(trip.neighbours.starts), len(trip.record.steps))
            for trip in trips
        ]
    )
    reached = cuda.to_device(np.zeros(len(trips), dtype=np.int64))
    grid = len(trips), THREADS, 0, 8 * THREADS // LANES  # the last: bytes for `total`
    _compile(kernel.compiled, len(kernel.forms) == 1)[grid](
        problems,
        motions,
        neighbours,
        rules,
        records,
        cuda.to_device(np.array([trip.step for trip in trips])),
        cuda.to_device(sizes),
        reached,
    )
    for stacks, name in ((motions, "motion"), (records, "record")):
        for field in stacks._fields:
            of_all = getattr(stacks, field).copy_to_host()
            for row, trip in zip(of_all, trips, strict=True):
                own = getattr(getattr(trip, name), field)
                own[...] = row[tuple(map(slice, own.shape))]
    return [int(passed) for passed in reached.copy_to_host()]
