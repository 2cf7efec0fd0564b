"""Packs hold every job once, fill their lanes, and ask for what they need."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operations.slurm import packs
from operations.slurm.cluster import Cluster
from operations.slurm.packs import Due, Pack, plan


def jobs(seconds: list[float], operation: str = "simulate", gpu: bool = False) -> list[Due]:
    ids = [hashlib.md5(f"{operation} {k}".encode()).hexdigest() for k in range(len(seconds))]
    return [Due(id, operation, gpu, s, 1.5) for id, s in zip(ids, seconds, strict=True)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bundle", [None, 7])
def test_every_job_is_in_one_pack(seed: int, bundle: int | None) -> None:
    random = np.random.default_rng(seed)
    due = jobs(list(random.lognormal(3, 3, 300))) + jobs(list(random.lognormal(5, 2, 50)), gpu=True)
    cluster = Cluster.model_validate(
        {"gpu": {"gpus_per_node": 2, "simulations_per_gpu": 3, "nodes_per_job": 2}}
    )
    planned = plan(due, cluster, "c", 12.0, bundle)
    members = [member for pack in planned for member in pack.members]
    assert sorted(members) == sorted(job.job_id for job in due)
    assert len({pack.id for pack in planned}) == len(planned)


def test_seconds_fill_an_hour_of_one_process() -> None:
    planned = plan(jobs([60.0] * 2000), Cluster(), "c", 12.0)
    assert [len(pack.members) for pack in planned] == [60] * 33 + [20]
    assert planned[0].expected_seconds == pytest.approx(3600)
    assert planned[0].walltime_seconds == pytest.approx(3600 * 1.5, rel=0.05)
    assert (planned[0].lanes, planned[0].cores, planned[0].gpus) == (1, 1, 0)


def test_long_jobs_stay_alone_and_keep_to_the_limit() -> None:
    planned = plan(jobs([20 * 3600.0, 60.0, 60.0]), Cluster(), "c", 12.0)
    assert [len(pack.members) for pack in planned] == [1, 2]
    assert planned[0].walltime_seconds == 12 * 3600
    cluster = Cluster.model_validate({"cpu": {"max_hours": 4}})
    assert plan(jobs([20 * 3600.0]), cluster, "c", 12.0)[0].walltime_seconds == 4 * 3600


def test_lanes_of_a_gpu_node() -> None:
    cluster = Cluster.model_validate(
        {
            "gpu": {
                "gpus_per_node": 4,
                "simulations_per_gpu": 2,
                "mps": True,
                "cores_per_gpu": 8,
                "memory_gb": 2,
                "nodes_per_job": 2,
            }
        }
    )
    big, rest = plan(jobs([7200.0] * 19, "forward", gpu=True), cluster, "c", 12.0)
    assert (big.nodes, big.lanes, big.gpus, big.cores, big.mps) == (2, 8, 4, 32, True)
    assert big.memory_mb == 8 * 2048
    # the last pack takes no GPU that it cannot use
    assert (rest.nodes, rest.lanes, rest.gpus, rest.cores) == (1, 3, 2, 16)


def test_resources_do_not_mix() -> None:
    due = jobs([10.0] * 3, "label") + jobs([10.0] * 3, "forward", gpu=True)
    planned = plan(due, Cluster(), "c", 1.0)
    assert {(pack.operation, pack.gpus) for pack in planned} == {("label", 0), ("forward", 1)}


def test_simulations_that_go_together() -> None:
    """A lane has many at a time: on a GPU as many as the cluster file says, on the CPU one a core;
    no more lanes than there is something for."""
    due = [replace(one, together=True) for one in jobs([600.0] * 1000, "forward", gpu=True)]
    cluster = Cluster.model_validate(
        {
            "gpu": {"gpus_per_node": 4, "simulations_per_launch": 100},
            "cpu": {"simulations_per_node": 2, "cores_per_simulation": 8},
        }
    )
    (pack,) = plan(due, cluster, "c", 12.0)
    assert (len(pack.members), pack.together, pack.lanes, pack.gpus) == (1000, 100, 4, 4)
    assert pack.expected_seconds == pytest.approx(3 * 600)  # ten groups on four lanes
    (few,) = plan(due[:150], cluster, "c", 12.0)
    assert (few.lanes, few.gpus, few.expected_seconds) == (2, 2, 600.0)
    cores = [replace(one, gpu=False) for one in due]
    (first, *_) = plan(cores, cluster, "c", 12.0)
    assert (first.together, first.lanes, first.cores, len(first.members)) == (8, 2, 16, 96)
    (others,) = plan(jobs([600.0] * 4, "forward", gpu=True), cluster, "c", 12.0)
    assert (others.together, others.lanes) == (1, 4)
    (side_by_side,) = plan(due[:8], cluster, "c", 12.0, bundle=8, parallel=True)
    assert (side_by_side.together, side_by_side.lanes) == (1, 8)


@pytest.mark.parametrize("n", [256, 257, 300, 2560])
def test_groups_take_turns_as_wholes(n: int) -> None:
    """Of 257 jobs that go 256 at a time, the last waits for all of the others."""
    due = [replace(one, together=True) for one in jobs([3000.0] * n, "forward", gpu=True)]
    planned = plan(due, Cluster.model_validate({"gpu": {"simulations_per_launch": 256}}), "c", 24.0)
    assert [len(pack.members) for pack in planned] == [256] * (n // 256) + [n % 256] * (n % 256 > 0)
    assert {pack.expected_seconds for pack in planned} == {3000.0}
    quick = [replace(one, seconds=1000.0) for one in due]
    (first, *others) = plan(quick, Cluster(), "c", 24.0)
    assert len(first.members) == min(n, 3 * first.together)
    waves = -(-len(first.members) // first.together)
    assert first.expected_seconds == 1000.0 * waves
    assert first.walltime_seconds >= 1.5 * 1000.0 * waves
    assert all(pack.members for pack in others)


def test_memory_of_what_a_process_has_at_a_time() -> None:
    due = [replace(one, together=True) for one in jobs([3000.0] * 65, "forward", gpu=True)]
    gpu = {"memory_gb": 2, "simulations_per_launch": 65, "gpus_per_node": 2}
    (pack,) = plan(due, Cluster.model_validate({"gpu": gpu}), "c", 24.0)
    assert (pack.lanes, pack.together, pack.memory_mb) == (1, 65, 4096)
    (pack,) = plan(due, Cluster.model_validate({"gpu": gpu | {"memory_gb": None}}), "c", 24.0)
    assert pack.memory_mb == 0  # left to the partition


def test_the_second_turn_of_a_lane_is_counted() -> None:
    """Two nodes with two lanes each: five simulations are three on one of them."""
    cluster = Cluster.model_validate({"cpu": {"simulations_per_node": 2, "nodes_per_job": 2}})
    (pack,) = plan(jobs([100.0] * 5), cluster, "c", 12.0)
    assert (pack.nodes, pack.lanes, pack.expected_seconds) == (2, 2, 200.0)


def test_a_file_of_before_has_one_at_a_time(tmp_path: Path) -> None:
    (pack,) = plan(jobs([10.0]), Cluster(), "c", 12.0)
    pack.write(tmp_path)
    file = tmp_path / packs.FOLDER / f"{pack.id}.json"
    content = json.loads(file.read_text())
    assert content.pop("together") == 1
    file.write_text(json.dumps(content))
    assert Pack.read(file) == pack


def test_bundles_as_asked() -> None:
    (pack,) = plan(jobs([10.0] * 8), Cluster(), "c", 12.0, bundle=8, parallel=True)
    assert (len(pack.members), pack.lanes, pack.cores) == (8, 8, 8)
    serial = plan(jobs([10.0] * 8), Cluster(), "c", 12.0, bundle=4)
    assert [(len(pack.members), pack.lanes) for pack in serial] == [(4, 1), (4, 1)]


def test_files_are_what_is_known(tmp_path: Path) -> None:
    one, two = plan(jobs([20_000.0, 20_000.0]), Cluster(), "a b/c", 12.0)
    one.write(tmp_path)
    two.write(tmp_path)
    (tmp_path / packs.FOLDER / "torn.json").write_text("{")
    (tmp_path / packs.FOLDER / "other.json").write_text('{"a": 1}')
    assert packs.known(tmp_path) == {packs.scheduler_name(p): p for p in (one, two)}
    assert packs.scheduler_name(one) == f"a_b_c.simulate.{one.id}"
    assert Pack.read(tmp_path / packs.FOLDER / f"{one.id}.json") == one
    packs.forget(tmp_path, one)
    assert list(packs.known(tmp_path).values()) == [two]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "../../precious"),
        ("id", "0123456789"),  # that of another file
        ("id", "0123456789abcdef"),
        ("id", 5),
        ("name", "../x"),
        ("name", None),
        ("operation", "-o"),
        ("operation", ["label"]),
        ("members", ["../../outside"]),
        ("members", ["0" * 32, "1" * 31]),
        ("members", [["0" * 32]]),
        ("members", "0" * 32),
        ("members", {"0" * 32: 1}),
        ("expected_seconds", "1"),
        ("expected_seconds", True),
        ("walltime_seconds", 60.5),
        ("nodes", "1"),
        ("together", 0),
        ("together", "8"),
        ("lanes", True),
        ("gpus", -1),
        ("cores", None),
        ("memory_mb", []),
        ("mps", 1),
        ("more", 1),
    ],
)
def test_a_file_that_is_no_pack_is_passed_over(tmp_path: Path, key: str, value: Any) -> None:
    (pack,) = plan(jobs([20_000.0]), Cluster(), "c", 12.0)
    pack.write(tmp_path)
    file = tmp_path / packs.FOLDER / f"{pack.id}.json"
    content = asdict(pack) | {key: value}
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="is no pack of simulations"):
        Pack.read(file)
    assert packs.known(tmp_path) == {}
    del content[key]
    file.write_text(json.dumps(content))
    assert (key in ("more", "together")) == bool(packs.known(tmp_path))
