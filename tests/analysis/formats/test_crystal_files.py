"""VASP's and injavis' files."""

import numpy as np
import pytest

from analysis.formats import read_configuration
from tests.analysis.formats.files import alloy, counted, written

POSCAR = "c\n3.6\n1 0 0\n0 1 0\n0 0 1\nA B\n1 3\nDirect\n0 0 0\n.5 .5 0\n.5 0 .5\n0 .5 .5\n"


@pytest.mark.parametrize("name", ["POSCAR", "CONTCAR", "POSCAR_1", "run.POSCAR", "a.vasp"])
def test_names_and_types(tmp_path, name):
    assert counted(written(tmp_path, name, POSCAR)) == {"A": 1, "B": 3}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("A B\n", "", {"A": 1, "B": 3}),  # VASP 4
        ("A B\n", "Au/1a2b Cu/3c\n", {"Au": 1, "Cu": 3}),  # VASP 6
        ("3.6\n", "-46.656\n", {"A": 1, "B": 3}),  # the volume
        ("Direct\n", "Selective dynamics\nDirect\n", {"A": 1, "B": 3}),
        ("0 .5 .5\n", "0 .5 .5\n\n0 0 0\n0 0 0\n", {"A": 1, "B": 3}),  # velocities
    ],
)
def test_variants_of_poscar(tmp_path, old, new, expected):
    path = written(tmp_path, "POSCAR", POSCAR.replace(old, new))
    assert counted(path) == expected
    assert read_configuration(path, 3).number_density == pytest.approx(4 / 3.6**3)


def test_a_poscar_that_is_cut_off(tmp_path):
    with pytest.raises(ValueError, match="is cut off: 3 of 4 particles"):
        read_configuration(written(tmp_path, "POSCAR", POSCAR[:-9]), 3)


def test_pos_with_a_shape_and_no_names(tmp_path):
    places = alloy().positions
    edge = alloy().box[0]
    rows = [f"ff0000ff {x:.6f} {y:.6f} {z:.6f} 1 0 0 0" for x, y, z in places]
    shape = 'shape "poly3d 4 1 1 1 -1 -1 1 -1 1 -1 1 -1 -1"'
    text = "\n".join([f"boxMatrix {edge} 0 0 0 {edge} 0 0 0 {edge}", shape, *rows, "eof", ""])
    found = read_configuration(written(tmp_path, "a.pos", text), 3)
    assert found.n_particles == 32
    off = found.positions - places
    np.testing.assert_allclose(off, edge * np.round(off / edge), atol=1e-5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('box 6 6 6\ndef A "sphere 1"\nA 0 0 0\nB 1 1 1\n', "line 4: 'B' is not defined"),
        ('def A "sphere 1"\nA 0 0 0\n', "has no box"),
        ("box 6 6 6\neof\n", "has no particles"),
        ('box 6 6 6\ndef A "sphere 1"\nA 0 0\n', "line 3: got '0 0', expected"),
    ],
)
def test_pos_refused_with_a_reason(tmp_path, text, reason):
    with pytest.raises(ValueError, match=reason):
        read_configuration(written(tmp_path, "a.pos", text), 3)
