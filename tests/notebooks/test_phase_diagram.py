"""The notebook runs from top to bottom on a campaign's table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.phase_diagram.table import TABLE_FILE
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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import papermill

    (tmp_path / TABLE_FILE).parent.mkdir()
    table = make_campaign((4, 4), 2)
    table.to_parquet(tmp_path / TABLE_FILE)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    executed = papermill.execute_notebook(
        str(NOTEBOOK),
        str(tmp_path / "executed.ipynb"),
        parameters={"root": str(tmp_path)},
        progress_bar=False,
        kernel_name="python3",
    )
    assert len(outputs(executed, "image/png")) == 2
    tables = "".join("".join(text) for text in outputs(executed, "text/html"))
    for label in table["label"].dropna().unique():
        assert label in tables
    assert any("of 16 points disagree" in text for text in outputs(executed, "text/markdown"))
