"""What a job is eligible for, from the names of its files."""

from __future__ import annotations

import pytest

from operations.jobs import eligibility
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


def test_what_goes_together() -> None:
    """Cells that Monte Carlo anneals have no engine, whatever the settings name."""
    batched = {"engine": "batched", "device": "cpu"}
    found = {
        names: goes_together(next_step(names), names, batched)  # type: ignore[arg-type]
        for names in (
            frozenset({".forward"}),
            frozenset({".annealing"}),
            frozenset({".annealing", ".cpu"}),
            frozenset({".genetic"}),
            frozenset({".forward", "result.json"}),
        )
    }
    assert list(found.values()) == [True, True, False, False, False]
    forward = frozenset({".forward"})
    assert not goes_together(next_step(forward), forward, {"engine": "lammps"})  # type: ignore[arg-type]
