"""The notebook runs from top to bottom on a campaign's table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.phase_diagram.table import TABLE_FILE
from operations.aggregate import aggregate
from operations.attempts import FAILED
from operations.driver import drive
from operations.label import label
from tests.analysis.phase_diagram.conftest import make_campaign

REPOSITORY = Path(__file__).parents[2]
NOTEBOOK = REPOSITORY / "notebooks" / "phase_diagram.ipynb"


def outputs(notebook: Any, kind: str) -> list[Any]:
    """All outputs of a notebook that have such a media type."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [one[kind] for one in data if kind in one]


def test_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1


def execute(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook after a run on the campaign at `root`."""
    import papermill

    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return papermill.execute_notebook(
        str(NOTEBOOK),
        str(root / "executed.ipynb"),
        parameters={"root": str(root)},
        progress_bar=False,
        kernel_name="python3",
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TABLE_FILE).parent.mkdir()
    table = make_campaign((4, 4), 2)
    table.to_parquet(tmp_path / TABLE_FILE)
    executed = execute(tmp_path, monkeypatch)
    assert len(outputs(executed, "image/png")) == 2
    tables = "".join("".join(text) for text in outputs(executed, "text/html"))
    for name in table["label"].dropna().unique():
        assert name in tables
    assert any("of 16 points disagree" in text for text in outputs(executed, "text/markdown"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs_on_a_campaign(tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the engine to the notebook: crystals, fluids, a job that failed, one not yet run."""
    *done, failed, _waiting = tasks(
        system={"particles": {"A": 120}},
        potential={"form": "lennard_jones", "epsilon": 1.0, "r0": None},
        method={
            "start": "hexagonal",
            "number_density": [0.84, 0.88],
            "kT": [0.05, 3.0],
            "steps": 3000,
        },
        replicas=2,
    )
    for task in done:
        drive(task)
        label(task.folder, task.root)
    (failed.folder / FAILED).write_text('{"reason": "hot"}')
    root = failed.root
    aggregate(root, "small", ["method.number_density", "method.kT"])

    executed = execute(root, monkeypatch)
    assert len(outputs(executed, "image/png")) == 2
    tables = "".join("".join(text) for text in outputs(executed, "text/html"))
    for word in ("hexagonal", "fluid", "finished", "failed", "unfinished"):
        assert word in tables, word
    for task in done:
        found = json.loads((task.folder / "labels.json").read_text())["label"]
        hot = task.statepoint["method"]["kT"] > 1.0
        assert found == ("fluid" if hot else "hexagonal")
        assert task.id in tables
    assert any("0 of 4 points disagree" in text for text in outputs(executed, "text/markdown"))
