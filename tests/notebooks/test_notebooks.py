"""The notebooks run from top to bottom on a real campaign, as its operation runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.phase_diagram import read_table
from operations.results.aggregate import make_table, write_parquet
from operations.results.coexistence import write_coexistence
from operations.results.notebooks import FOLDER, SOURCES, _execute, run_notebooks
from operations.results.stability import verdicts, write_stability
from tests.operations.results.test_coexistence import KT, filled, result_of_fluid
from tests.operations.results.test_report import AXES, Page

NAMES = ("cost", "design", "equilibrium", "labels", "phase_diagram", "structure_prediction")


def outputs(notebook: Any, kind: str) -> list[str]:
    """All outputs of a notebook that have such a media type."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return ["".join(one[kind]) for one in data if kind in one]


@pytest.mark.parametrize("name", NAMES)
def test_committed_without_outputs(name: str) -> None:
    notebook = nbformat.read(SOURCES / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    # A sentence before every cell; LaTeX would need a script from the network.
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert all("$" not in cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def set_traps(root: Path) -> Path:
    """Modules, configuration and templates that kernels and converters would take from the root;
    returns the file that they leave."""
    canary = root.parent / "canary"
    code = f"open({str(canary)!r}, 'a').write(__name__ + chr(10))\n"
    for name in ("ipykernel_launcher", "ipykernel", "random", "json", "numpy", "matplotlib"):
        (root / f"{name}.py").write_text(code)
    for name in ("ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py"):
        (root / name).write_text(code)
    template = "{{ cycler.__init__.__globals__.os.system('echo x >> " + str(canary) + "') }}"
    for name in ("basic", "classic", "base", "lab"):
        (root / name).mkdir()
        (root / name / "conf.json").write_text("{}")
        for file in ("index.html.j2", "base.html.j2", "null.j2"):
            (root / name / file).write_text(template)
    folder = root / FOLDER
    folder.mkdir(parents=True)
    (root.parent / "outside").write_text("do not touch")
    (folder / "cost.ipynb").symlink_to(root.parent / "outside")
    return canary


@pytest.fixture(scope="module")
def executed(both: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("notebooks") / "a root"
    shutil.copytree(both, root)
    canary = set_traps(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("PYTHONPATH", str(root))  # as flow does
        pages = run_notebooks(root, "both_ways", AXES)
    assert not canary.exists(), canary.read_text()
    assert [page.stem for page in pages] == list(NAMES)
    return root


def read(root: Path, name: str) -> Any:
    return nbformat.read(root / FOLDER / f"{name}.ipynb", as_version=4)


@pytest.mark.slow
def test_a_link_in_the_place_of_a_notebook_is_not_followed(executed: Path) -> None:
    assert (executed.parent / "outside").read_text() == "do not touch"
    assert not (executed / FOLDER / "cost.ipynb").is_symlink()


@pytest.mark.slow
def test_phase_diagram(executed: Path) -> None:
    notebook = read(executed, "phase_diagram")
    assert len(outputs(notebook, "image/png")) == 2
    tables = "".join(outputs(notebook, "text/html"))
    for word in ("hexagonal", "square", "finished", "failed", "unfinished"):
        assert word in tables, word


@pytest.mark.slow
def test_structure_prediction(executed: Path) -> None:
    notebook = read(executed, "structure_prediction")
    tables = "".join(outputs(notebook, "text/html"))
    for word in ("p6mm", "p4mm", "annealing 2", "data:image/png;base64", "assembled"):
        assert word in tables, word
    assert len(outputs(notebook, "image/png")) == 2


@pytest.mark.slow
def test_equilibrium(executed: Path, tmp_path: Path) -> None:
    said = "".join(outputs(read(executed, "equilibrium"), "text/markdown"))
    assert "No coexistence is known" in said
    fluids = {"name": "free_energy", "phase": "fluid", "kT": KT, "number_density": 0.06}
    liquids = fluids | {"number_density": [0.58, 0.65, 0.72, 0.8], "hot": 2.0 * KT}
    root = filled(tmp_path, [fluids, liquids], result_of_fluid)
    jobs = make_table(root, [])
    write_parquet(root, jobs)
    write_coexistence(root, jobs, [])
    write_stability(root, verdicts(root, jobs))
    (root / FOLDER).mkdir()
    _execute(SOURCES / "equilibrium.ipynb", root)
    notebook = read(root, "equilibrium")
    tables = "".join(outputs(notebook, "text/html"))
    for word in ("gas", "liquid", "free_energy_per_particle_error"):
        assert word in tables, word
    assert len(outputs(notebook, "image/png")) == 1


@pytest.mark.slow
def test_labels(executed: Path) -> None:
    notebook = read(executed, "labels")
    labels = {json.loads(f.read_text())["label"] for f in executed.glob("workspace/*/labels.json")}
    # the histogram, one of each label, one with its order parameter, the map, the doubtful ones
    assert len(outputs(notebook, "image/png")) >= 3 + len(labels)


@pytest.mark.slow
@pytest.mark.drill
def test_labels_of_a_campaign_with_damage_and_a_large_job(executed: Path, tmp_path: Path) -> None:
    """The damaged are named, the large one is no hindrance to the map of the others."""
    root = tmp_path / "root"
    shutil.copytree(executed, root)
    table = read_table(root)
    some = table.loc[table["label"].notna(), "job_id"].tolist()
    table.loc[table["job_id"] == some[0], "n_particles"] = 2_000_000
    write_parquet(root, table)
    for k, name in enumerate(("final.gsd", "labels.npz", "labels.json"), start=1):
        file = root / "workspace" / some[k] / name
        file.write_bytes(file.read_bytes()[: 100 * (k - 1)])
    (root / "workspace" / some[4] / "final.gsd").unlink()
    _execute(SOURCES / "labels.ipynb", root)
    notebook = read(root, "labels")
    said = "".join(o.text for c in notebook.cells for o in c.get("outputs", []) if "text" in o)
    assert all(f"{name} is left out" in said for name in some[1:5])
    assert f"{some[0]} is left out" not in said
    assert "1 large jobs are left out" in said
    (drawn,) = [cell for cell in notebook.cells if cell.get("id") == "neighbourhoods"]
    assert any("image/png" in output.get("data", {}) for output in drawn.outputs)


@pytest.mark.slow
def test_cost(executed: Path) -> None:
    notebook = read(executed, "cost")
    tables = "".join(outputs(notebook, "text/html"))
    assert "annealing" in tables
    assert "forward" in tables
    said = "".join(outputs(notebook, "text/markdown"))
    assert "8 jobs, 6 of them done" in said
    assert "core-hours in 1 jobs" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_pages_need_nothing_else(executed: Path, name: str) -> None:
    page = Page((executed / FOLDER / f"{name}.html").read_text())
    assert {"script", "iframe", "link"}.isdisjoint(page.tags)
    assert all(address.startswith("data:image/png;base64,") for address in page.loaded)
    assert page.handlers == []
    assert "Traceback" not in page.words
