"""What a job is eligible for, from the names of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.jobs import attempts, eligibility
from operations.jobs.eligibility import goes_together, next_operation, next_step
from workspace_schema.methods.facts import METHODS


def test_every_method_has_its_operation() -> None:
    for name, facts in METHODS.items():
        step = next_step({f".{name}"})
        assert step is not None
        assert step.operation == (facts.operation or name)
        assert next_operation({f".{name}"}, {}) == ("simulate", False)
        on_gpu = next_operation({f".{name}"}, {"device": "gpu"})
        assert on_gpu == ((step.operation, True) if facts.on_gpu else ("simulate", False))
    assert next_operation({".forward", "result.json"}, {"device": "gpu"}) == ("label", False)
    cells = {".annealing", ".cpu"}
    assert next_operation(cells, {"device": "gpu"}) == ("simulate", False)
    batches = {".genetic", ".gpu"}
    assert next_operation(batches, {"device": "gpu"}) == ("genetic", True)
    assert next_operation(batches, {"device": "cpu"}) == ("simulate", False)
    assert next_operation(batches | {"result.json"}, {"device": "gpu"}) == ("label", False)


def test_what_waits_for_hoomd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eligibility, "hoomd_installed", lambda: False)
    assert next_step({".monte_carlo", ".hoomd"}) is None
    assert next_operation({".monte_carlo", ".hoomd", "result.json"}, {}) == ("label", False)
    monkeypatch.setattr(eligibility, "hoomd_installed", lambda: True)
    assert next_operation({".monte_carlo", ".hoomd"}, {}) == ("simulate", False)


BATCHED = {"engine": "batched", "device": "cpu"}


def together(folder: Path, *names: str, engine: str = "batched") -> bool:
    step = next_step(names)
    assert step is not None
    return goes_together(step, folder, frozenset(names), BATCHED | {"engine": engine})


def test_what_goes_together(tmp_path: Path) -> None:
    """Cells that Monte Carlo anneals have no engine, whatever the settings name."""
    assert together(tmp_path, ".forward")
    assert together(tmp_path, ".annealing")
    assert not together(tmp_path, ".annealing", ".cpu")
    assert not together(tmp_path, ".genetic")
    assert not together(tmp_path, ".forward", "result.json")
    assert not together(tmp_path, ".forward", engine="lammps")


@pytest.mark.parametrize("outcome", ["lost", "out_of_memory", "error", "cancelled", "requeued"])
def test_a_job_that_was_killed_goes_alone(tmp_path: Path, outcome: str) -> None:
    """Until there is progress."""
    attempt = attempts.begin(tmp_path, "forward")
    assert not together(tmp_path, ".forward", ".running")  # of a process that is no more
    attempts.end(tmp_path, attempt, outcome)
    killed = outcome in ("lost", "out_of_memory")
    assert together(tmp_path, ".forward", ".again") != killed
    (tmp_path / "checkpoint.npz").touch()
    assert together(tmp_path, ".forward", ".again")
