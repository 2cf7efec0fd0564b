"""Files of crystals are read back by ASE as the same crystals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ase.io import read

from analysis.prototypes import PROTOTYPES, crystal
from operations.search.export import to_ase, write_cif, write_extxyz
from operations.search.symmetry import find_symmetry


def test_extxyz(tmp_path):
    first = replace(PROTOTYPES["NaCl"].cell(), log={"energy_per_particle": -1.25})
    second = PROTOTYPES["CsCl"].cell()
    write_extxyz(tmp_path / "a.extxyz", [first, second])
    images = read(tmp_path / "a.extxyz", index=":")
    assert [len(image) for image in images] == [8, 2]
    assert images[0].info["energy_per_particle"] == -1.25
    assert images[0].arrays["type"].tolist() == ["A"] * 4 + ["B"] * 4
    np.testing.assert_allclose(np.array(images[0].cell), first.cell, atol=1e-7)
    np.testing.assert_allclose(images[0].positions, first.positions, atol=1e-7)


@pytest.mark.parametrize("name", ["NaCl", "hcp", "A15"])
def test_cif(tmp_path, name):
    structure = PROTOTYPES[name].cell()
    write_cif(tmp_path / "a.cif", [structure])
    import spglib

    image = read(tmp_path / "a.cif")
    cell = (np.array(image.cell), image.get_scaled_positions(), image.numbers)
    found = spglib.get_symmetry_dataset(cell, symprec=1e-4)
    assert found.number == find_symmetry(structure).number
    assert "A1" in (tmp_path / "a.cif").read_text()


def test_plane_crystals(tmp_path):
    structure = crystal("honeycomb", 1, 1.0)
    assert to_ase(structure).pbc.tolist() == [True, True, False]
    write_cif(tmp_path / "a.cif", [structure])
    assert len(read(tmp_path / "a.cif")) == structure.n_particles


def test_elements_keep_their_names():
    structure = replace(crystal("sc", 2, 1.0), types=np.arange(8) % 3, type_names=("A", "H", "x"))
    assert to_ase(structure).get_chemical_symbols()[:3] == ["He", "H", "Li"]
