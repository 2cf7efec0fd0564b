"""LAMMPS data and dumps: styles, labels, torn ends."""

import gzip

import numpy as np
import pytest

from analysis.formats import read_configuration, read_contents
from tests.analysis.formats.files import alloy, counted, counts, written

ALLOY = alloy()
EDGE = float(ALLOY.box[0])
PLACES = ALLOY.positions + 0.5 * EDGE
TYPES = ALLOY.types + 1
EXPECTED = {"A": 8, "B": 24}


def data(row, style="", labels=False, n=None):
    head = ["mine", "", f"{len(PLACES) if n is None else n} atoms", "2 atom types", ""]
    head += [f"0 {EDGE} {axis}lo {axis}hi" for axis in "xyz"]
    if labels:
        head += ["", "Atom Type Labels", "", "1 Big", "2 small"]
    head += ["", "Masses", "", "1 1.0", "2 1.0", "", f"Atoms # {style}" if style else "Atoms", ""]
    rows = [
        row.format(i=i + 1, t=t, l=("Big", "small")[t - 1], p=f"{x:.6f} {y:.6f} {z:.6f}")
        for i, (t, (x, y, z)) in enumerate(zip(TYPES, PLACES, strict=True))
    ]
    return "\n".join([*head, *rows, "", "Velocities", "", "1 0 0 0", ""])


STYLES = {
    "atomic": "{i} {t} {p}",
    "charge": "{i} {t} 0.5 {p}",
    "molecular": "{i} 3 {t} {p}",
    "full": "{i} 3 {t} -0.5 {p} 0 0 1",
    "sphere": "{i} {t} 1.0 1.0 {p}",
    "ellipsoid": "{i} {t} 0 1.0 {p}",
    "dipole": "{i} {t} 0.0 {p} 0 0 1",
    "hybrid sphere": "{i} {t} {p} 1.0 1.0",
    "bpm/sphere": "{i} 3 {t} 1.0 1.0 {p}",
    "spin": "{i} {t} {p} 0 0 1 2.0",
}


@pytest.mark.parametrize("style", STYLES)
def test_atom_styles(tmp_path, style):
    assert counted(written(tmp_path, "a.data", data(STYLES[style], style))) == EXPECTED


@pytest.mark.parametrize("style", ["atomic", "molecular", "full"])
def test_a_style_that_is_not_named_is_noted(tmp_path, style):
    found = read_contents(written(tmp_path, "data.mine", data(STYLES[style])), 3)
    assert counts(found.frames[-1]) == EXPECTED
    assert found.notes == [f"atom style {style} is assumed, as the file names none"]


@pytest.mark.parametrize("row", ["{i} {l} {p}", "{i} {t} {p}"])
def test_labels_of_types(tmp_path, row):
    path = written(tmp_path, "a.data", data(row, "atomic", labels=True))
    assert counted(path) == {"Big": 8, "small": 24}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (data(STYLES["full"], "atomic"), "is no line of atom style atomic"),
        (data("{i} 1 {t} 1 {p}"), "full, sphere fit; write it behind the word"),
        (data(STYLES["atomic"], "atomic", n=40), "has 32 lines in section Atoms, expected 40"),
        (data(STYLES["atomic"], "strange"), "atom style 'strange' .* is not known"),
        (data("{i} 7 {p}", "atomic"), "is no line of atom style atomic with 2 types"),
        ("units lj\natom_style atomic\n", "is no LAMMPS data file"),
    ],
)
def test_data_refused_with_a_reason(tmp_path, text, reason):
    with pytest.raises(ValueError, match=reason):
        read_configuration(written(tmp_path, "a.data", text), 3)


def dump(columns="id type x y z", row="{i} {t} {p}", flags="pp pp pp", places=PLACES, n=None):
    head = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", str(len(PLACES) if n is None else n)]
    head += [f"ITEM: BOX BOUNDS {flags}", *[f"0 {EDGE}"] * 3, f"ITEM: ATOMS {columns}"]
    rows = [
        row.format(i=i + 1, t=t, l="AB"[t - 1], p=f"{x:.6f} {y:.6f} {z:.6f}")
        for i, (t, (x, y, z)) in enumerate(zip(TYPES, places, strict=True))
    ]
    return "\n".join([*head, *rows, ""])


@pytest.mark.parametrize(
    "text",
    [
        dump(),
        dump("id element x y z", "{i} {l} {p}"),
        dump("id type element xu yu zu", "{i} {t} {l} {p}"),
        dump("id typelabel x y z vx", "{i} {l} {p} 0"),
        dump("id type xs ys zs", places=PLACES / EDGE),
    ],
)
def test_columns_of_a_dump(tmp_path, text):
    found = read_configuration(written(tmp_path, "a.dump", text), 3)
    assert counts(found) == EXPECTED
    assert found.number_density == pytest.approx(ALLOY.number_density, rel=1e-5)


@pytest.mark.parametrize("name", ["dump.equil", "dump.0.lammpstrj", "mine.txt", "dump.gz"])
def test_names_of_dumps(tmp_path, name):
    content = dump().encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert counted(tmp_path / name) == EXPECTED


@pytest.mark.parametrize("cut", [500, len(dump()) - 30, 20, 1])
def test_a_torn_last_frame_is_noted(tmp_path, cut):
    whole = dump()
    torn = dump(places=PLACES + 0.1)[:-cut] if cut > 1 else "ITEM: TIMESTEP\n"
    found = read_contents(written(tmp_path, "a.dump", whole + torn), 3)
    assert counts(found.frames[-1]) == EXPECTED
    (note,) = found.notes
    assert "frame 1 is cut off" in note


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (dump()[:-500], "is cut off"),
        (dump(n=20), "has 32 particles, expected 20"),
        (dump("id type vx vy vz"), "has no column x; columns are id type vx vy vz"),
        (dump(row="{i} {t} nan 0 0"), "32 of 32 particles whose coordinates are not finite"),
        ("ITEM: ENTRIES\n1\n", "this timestep has no box"),
        ("hello\n", "expected ITEM"),
        ("\x00\x01", "is no text"),
    ],
)
def test_dumps_refused_with_a_reason(tmp_path, text, reason):
    with pytest.raises(ValueError, match=reason):
        read_configuration(written(tmp_path, "a.dump", text), 3)


def test_a_slab_has_no_density(tmp_path):
    found = read_contents(written(tmp_path, "a.dump", dump(flags="pp pp ff")), 3)
    assert not found.bounded
    np.testing.assert_allclose(found.frames[-1].box[:2], EDGE, rtol=1e-5)


def test_a_volume_is_no_plane(tmp_path):
    with pytest.raises(ValueError, match=r"plane of constant z .*is it 3\?"):
        read_configuration(written(tmp_path, "a.dump", dump()), 2)
