"""Crystals in CIF: as many atoms as there are."""

import pytest

from analysis.formats import read_configuration, read_contents
from analysis.labelling import label_configuration
from operations.results.crystals import named
from tests.analysis.formats.files import counts, written
from workspace_schema.methods.imported import Reading

SITES = "label type_symbol fract_x fract_y fract_z"


def block(edges, group, atoms, columns=SITES):
    a, b, c, *angles = edges if len(edges) > 1 else (*edges * 3, 90, 90, 90)
    lines = ["data_x"]
    lines += [f"_cell_length_{k} {v}" for k, v in zip("abc", (a, b, c), strict=True)]
    names = ("alpha", "beta", "gamma")
    lines += [f"_cell_angle_{k} {v}" for k, v in zip(names, angles, strict=True)]
    lines += [*group, "loop_", *(f"_atom_site_{c}" for c in columns.split()), *atoms]
    return "\n".join([*lines, ""])


def hm(name):
    return [f"_symmetry_space_group_name_H-M '{name}'"]


def hall(name):
    return [f"_space_group_name_Hall '{name}'"]


FIRST, SECOND = ["C1 C 0 0 0"], ["C1 C 0.125 0.125 0.125"]
HEX = (2.95, 2.95, 4.817, 90, 90, 120)
TIN = (5.83, 5.83, 3.18, 90, 90, 90)
ARSENIC = (3.76, 3.76, 10.55, 90, 90, 120)
GOOD = {
    "second origin": ((3.567,), hm("F d -3 m :2"), SECOND, {"C": 8}, "diamond"),
    "ICSD's second origin": ((3.567,), hm("F d -3 m Z"), SECOND, {"C": 8}, "diamond"),
    "ICSD's first origin": ((3.567,), hm("F d -3 m S"), FIRST, {"C": 8}, "diamond"),
    "ICSD's joined": ((3.567,), hm("FD-3MZ"), SECOND, {"C": 8}, "diamond"),
    "in words": ((3.567,), hm("F d -3 m (origin choice 2)"), SECOND, {"C": 8}, "diamond"),
    "joined": ((3.567,), hm("Fd-3m:2"), SECOND, {"C": 8}, "diamond"),
    "Hall of the second": ((3.567,), hall("-F 4vw 2vw 3"), SECOND, {"C": 8}, "diamond"),
    "Hall of the first": ((3.567,), hall("F 4d 2 3 -1d"), FIRST, {"C": 8}, "diamond"),
    "code": (
        (3.567,),
        [*hm("F d -3 m"), "_space_group_IT_coordinate_system_code 2"],
        SECOND,
        {"C": 8},
        "diamond",
    ),
    "three digits": (HEX, hm("P 63/m m c"), ["Mg1 Mg .333 .667 .25"], {"Mg": 2}, "hcp"),
    "two digits": (HEX, hm("P 63/m m c"), ["Mg1 Mg .33 .67 .25"], {"Mg": 2}, "hcp"),
    "number": ((3.6,), ["_space_group_IT_number 225"], ["Cu1 Cu 0 0 0"], {"Cu": 4}, "fcc"),
    "old symbol": ((3.6,), hm("F m 3 m"), ["Cu1 Cu2+ 0 0 0"], {"Cu": 4}, "fcc"),
    "names": ((1.4,), hm("F m -3 m"), ["A1 A 0 0 0", "B1 B .5 .5 .5"], {"A": 4, "B": 4}, "NaCl"),
    "uncertainties": (("3.6(2)",), hm("F m -3 m"), ["Cu1 Cu 0.0 0.0 0.0"], {"Cu": 4}, "fcc"),
    "tetragonal": (TIN, hm("I 41/a m d :2"), ["Sn1 Sn 0 .75 .125"], {"Sn": 4}, "beta-Sn"),
    "hexagonal axes": (ARSENIC, hm("R -3 m"), ["As1 As 0 0 .227"], {"As": 6}, None),
    "hexagonal axes, joined": (ARSENIC, hm("R-3mH"), ["As1 As 0 0 .227"], {"As": 6}, None),
    "rhombohedral axes": (
        (4.13, 4.13, 4.13, 54.1, 54.1, 54.1),
        hm("R -3 m R"),
        ["As1 As .227 .227 .227"],
        {"As": 2},
        None,
    ),
    "no group": (
        (3.6,),
        [],
        ["Cu1 Cu 0 0 0", "Cu2 Cu .5 .5 0", "Cu3 Cu .5 0 .5", "Cu4 Cu 0 .5 .5"],
        {"Cu": 4},
        "fcc",
    ),
    "operations": (
        (3.2,),
        ["loop_", "_space_group_symop_operation_xyz", "'x, y, z'", "'1/2+x, y+1/2, .5+z'"],
        ["Fe1 Fe 0 0 0"],
        {"Fe": 2},
        "bcc",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_atoms(tmp_path, name):
    edges, group, atoms, expected, label = GOOD[name]
    found = read_configuration(written(tmp_path, "a.cif", block(edges, group, atoms)), 3)
    assert counts(found) == expected
    if label:
        assert named(found, label_configuration(found))[0].label == label


def test_a_site_of_two_elements_is_one_particle_and_named(tmp_path):
    atoms = ["Cu1 Cu 0 0 0 0.5", "Au1 Au 0 0 0 0.5"]
    text = block((3.8,), hm("F m -3 m"), atoms, f"{SITES} occupancy")
    found = read_contents(written(tmp_path, "a.cif", text), 3)
    assert counts(found.frames[-1]) == {"Au0.5Cu0.5": 4}
    assert found.notes == ["site Cu1 is disordered; its type is called Au0.5Cu0.5"]


def test_labels_without_symbols(tmp_path):
    text = block(
        (1.4,), hm("F m -3 m"), ["A1 0 0 0", "B1 .5 .5 .5"], SITES.replace(" type_symbol", "")
    )
    assert counts(read_configuration(written(tmp_path, "a.cif", text), 3)) == {"A": 4, "B": 4}


OCCUPIED = f"{SITES} occupancy"
BAD = {
    "partly": (hm("F m -3 m"), ["Cu1 Cu 0 0 0 1", "H1 H .25 .25 .25 .05"], OCCUPIED, "site H1 has"),
    "split": (hm("F m -3 m"), ["Cu1 Cu 0.01 0 0 0.1667"], OCCUPIED, "occupancy 0.1667, expected 1"),
    "alternatives": (
        hm("P 1"),
        ["A1 A 0 0 0", "A2 A .02 0 0"],
        SITES,
        "alternatives of each other",
    ),
    "twice": (hm("P 1"), ["A1 A 0 0 0", "A2 A 0 0 0"], SITES, "has occupancy 2, expected 1"),
    "which origin": (hm("F d -3 m"), FIRST, SITES, r"write which: 'F d -3 m :1', 'F d -3 m :2'"),
    "unknown": (hm("X y z"), FIRST, SITES, "'X y z' is not known"),
    "no coordinate": (hm("P 1"), ["A1 A ? 0 0"], SITES, r"site A1: fract_x: got '\?'"),
    "contradiction": (
        [*hm("F m -3 m"), "loop_", "_symmetry_equiv_pos_as_xyz", "'x,y,z'"],
        FIRST,
        SITES,
        "lists 1 symmetry operations, but space group F m -3 m has 192",
    ),
    "operation": (
        ["loop_", "_symmetry_equiv_pos_as_xyz", "'x,y,w'"],
        FIRST,
        SITES,
        "is no symmetry operation",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_reason(tmp_path, name):
    group, atoms, columns, reason = BAD[name]
    path = written(tmp_path, "a.cif", block((3.6,), group, atoms, columns))
    with pytest.raises(ValueError, match=rf"a\.cif cannot be read as \.cif: .*{reason}"):
        read_configuration(path, 3)


def test_no_cell(tmp_path):
    text = block((3.6,), hm("P 1"), FIRST).replace("_cell_length_b 3.6\n", "")
    with pytest.raises(ValueError, match="_cell_length_b: got nothing"):
        read_configuration(written(tmp_path, "a.cif", text), 3)


def test_of_several_structures_the_last_is_meant_and_said(tmp_path):
    both = block((4.05,), hm("F m -3 m"), ["Al 0 0 0"], "label fract_x fract_y fract_z")
    both += block((2.87,), hm("I m -3 m"), ["Fe 0 0 0"], "label fract_x fract_y fract_z").replace(
        "data_x", "data_y"
    )
    found = read_contents(written(tmp_path, "a.cif", both), 3)
    assert counts(found.frames[0]) == {"Fe": 2}
    assert "has 2 structures; the last is meant unless method.frame names one" in found.notes[0]
    first = read_contents(tmp_path / "a.cif", 3, how=Reading(frame=0))
    assert counts(first.frames[0]) == {"Al": 4}
