"""Crystals by a label, and those that a job has found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import crystal, rectangular
from operations.equilibrium import crystal as module
from operations.equilibrium.crystal import Crystal
from operations.equilibrium.einstein import translations
from operations.equilibrium.finite_size import finite_size
from operations.equilibrium.harmonic import stiffnesses
from operations.equilibrium.phases import check_crystal, lattice_of, phase_name
from operations.interactions.start import lattice
from operations.jobs import trajectory
from operations.jobs.driver import drive
from operations.jobs.errors import EngineError
from tests.operations.equilibrium.test_crystal import COLD, harmonic, merged
from tests.operations.equilibrium.test_harmonic import function
from tests.operations.interruptions import result
from workspace_schema.lattices import LATTICES, Lattice
from workspace_schema.methods.free_energy import FoundPhase, LabelledPhase

JOB = "0123456789abcdef" * 2


def distances(lattice_, n, dimensions):
    """Of the first particle of a box to all others and their images, sorted."""
    made = lattice(lattice_, {"A": n}, dimensions, 1.0, np.random.default_rng(0))
    away = made.positions - made.positions[0]
    away -= np.round(away / made.box[:3]) * made.box[:3] * (np.arange(3) < dimensions)
    return np.sort(np.linalg.norm(away, axis=1))


@pytest.mark.parametrize(("label", "n"), [("fcc", 32), ("bcc", 54), ("hexagonal", 30)])
def test_a_label_is_the_lattice_of_that_name(tmp_path, label, n) -> None:
    found, known = lattice_of(LabelledPhase(label=label), tmp_path), LATTICES[label]
    d = known.dimensions
    assert found.cells(n) in {known.cells(n), known.cells(n)[::-1]}
    assert distances(found, n, d) == pytest.approx(distances(known, n, d), abs=1e-6)


def test_an_unknown_label_says_what_there_is(tmp_path) -> None:
    with pytest.raises(EngineError, match="got foam; expected one of A15, BC8"):
        lattice_of(LabelledPhase(label="foam"), tmp_path)


def test_a_cell_without_right_angles_is_refused() -> None:
    leaning = Configuration(
        np.zeros((1, 3)), np.array([1.0, 1.0, 1.0, 0.2, 0.0, 0.0]), 3, np.zeros(1)
    )
    with pytest.raises(ValueError, match="no cell whose axes are at right angles"):
        rectangular(leaning)


def test_what_a_job_has_found_is_its_crystal(tmp_path) -> None:
    """Hexagonal close packing, of which a job has another cell."""
    phase, folder = FoundPhase(job=JOB), tmp_path / "workspace" / JOB
    folder.mkdir(parents=True)
    with pytest.raises(EngineError, match=r"phase\.job: 01234567: no finished job of this root"):
        lattice_of(phase, tmp_path)
    trajectory.write(folder / "final.gsd", [(0, crystal("hcp", (2, 1, 1), 1.1))])
    (folder / "result.json").write_text("{}")
    found, known = lattice_of(phase, tmp_path), lattice_of(LabelledPhase(label="hcp"), tmp_path)
    assert distances(found, 96, 3) == pytest.approx(distances(known, 96, 3), abs=1e-4)
    assert phase_name(phase.model_dump()) == "crystal 01234567"


def leaning(known: Lattice) -> Lattice:
    """The same crystal in a cell that leans, whose boxes have the same images."""
    d = known.dimensions
    tilts = (known.edges[0] / known.edges[1], 0.0, 1.0 if d == 3 else 0.0)
    cell = replace(known, tilts=tilts)
    sites = np.array(known.sites) * known.edges @ np.linalg.inv(cell.vectors) % 1.0
    return replace(cell, sites=tuple(map(tuple, sites.tolist())))


@pytest.mark.parametrize(("name", "n"), [("square", 36), ("fcc", 32)])
def test_a_crystal_is_the_same_in_a_cell_that_leans(tmp_path, name, n) -> None:
    """Its modes, its translations, and what its size makes."""
    known = LATTICES[name]
    pair = function(tmp_path, form="lennard_jones", r_cut=1.7)
    made = []
    for one in (known, leaning(known)):
        box = lattice(one, {"A": n}, one.dimensions, 0.9, np.random.default_rng(0))
        size = finite_size(one, n, box.volume / n, 0.01)
        made.append([translations(box), one.density(1.0), size, *stiffnesses(box, pair)])
    # the mesh of wave vectors leans, too
    assert made[0] == pytest.approx(made[1], rel=1e-6, abs=2e-5)
    assert made[0][0] == n


def test_a_triclinic_crystal_that_a_job_has_found_has_a_cell_that_leans(tmp_path) -> None:
    folder = tmp_path / "workspace" / JOB
    folder.mkdir(parents=True)
    box = np.array([1.0, 1.1, 0.9, 0.2, 0.1, 0.3])
    cell = Configuration(np.zeros((1, 3)), box, 3, np.zeros(1, dtype=int))
    trajectory.write(folder / "final.gsd", [(0, cell.replicate((2, 1, 1)))])
    (folder / "result.json").write_text("{}")
    found = lattice_of(FoundPhase(job=JOB), tmp_path)
    assert any(found.tilts)
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), -1).reshape(-1, 3)
    near = [np.sort(np.linalg.norm(steps @ one, axis=1))[:30] for one in (found.vectors, cell.cell)]
    assert near[0] == pytest.approx(near[1], abs=1e-4)


def test_the_free_energy_in_a_cell_that_leans_is_exact(tasks, monkeypatch) -> None:
    monkeypatch.setattr(module, "lattice_of", lambda *_: leaning(LATTICES["fcc"]))
    words = merged(COLD, {"method": {"points": 6, "steps": 1000}})
    (task,) = tasks(**words)
    drive(task)
    found, crystal_ = result(task)["free_energy"], Crystal(task)
    assert crystal_.crystal.box[3:].tolist() == [1.0, 0.0, 1.0]
    assert found["error"] < 0.03
    assert abs(found["beta_F_of_N"] - harmonic(crystal_, 1e-3)) < 4.0 * found["error"]


def test_a_crystal_of_two_types_that_a_job_has_found_is_refused(tmp_path) -> None:
    folder = tmp_path / "workspace" / JOB
    folder.mkdir(parents=True)
    trajectory.write(folder / "final.gsd", [(0, crystal("NaCl", 1, 1.0))])
    (folder / "result.json").write_text("{}")
    with pytest.raises(EngineError, match="01234567: a crystal of several types"):
        lattice_of(FoundPhase(job=JOB), tmp_path)


@pytest.mark.parametrize(("label", "touch"), [("A15", 1.0), ("alpha-Mn", 0.943), ("fcc", 2**0.5)])
def test_spheres_touch_where_the_nearest_of_all_sites_are(tmp_path, label, touch) -> None:
    found = lattice_of(LabelledPhase(label=label), tmp_path)
    assert found.density(1.0) == pytest.approx(touch, abs=1e-3)


@pytest.mark.parametrize(
    ("n", "label", "words"),
    [
        (50, "hcp", "50 particles fill no whole cells of hcp; expected 48"),
        (32, "kagome", "kagome has 2 dimensions; expected 3"),
    ],
)
def test_particles_that_fill_no_cells_are_named(tmp_path, n, label, words) -> None:
    cell = lattice_of(LabelledPhase(label=label), tmp_path)
    with pytest.raises(EngineError, match=words):
        check_crystal(label, cell, n, 3, 1.0, None)


def test_a_cold_crystal_of_a_label_has_its_exact_free_energy(tasks) -> None:
    words = merged(COLD, {"system": {"particles": {"A": 48}}, "method": {"points": 6}})
    words["method"] |= {"phase": {"label": "hcp"}, "steps": 1000}
    (task,) = tasks(**words)
    drive(task)
    found = result(task)["free_energy"]
    crystal_ = Crystal(task)
    # four sites of the rectangular cell, two of them are a translation apart
    expected = harmonic(crystal_, 1e-3) + np.log(2.0) / crystal_.n
    assert found["phase"] == "hcp"
    assert found["error"] < 0.03
    assert abs(found["beta_F_of_N"] - expected) < 4.0 * found["error"]
    assert found["finite_size"] is not None
