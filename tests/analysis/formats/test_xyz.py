"""XYZ and extended XYZ with types of any name."""

import pytest

from analysis.formats import read_configuration, read_contents
from operations.search.export import write_extxyz
from tests.analysis.formats.files import alloy, counted, counts, written

ALLOY = alloy()
EDGE = float(ALLOY.box[0])
BOX = f'Lattice="{EDGE} 0 0 0 {EDGE} 0 0 0 {EDGE}"'


def xyz(comment, row="{n} {p}", names=("A", "B"), n=None):
    rows = [
        row.format(n=names[t], p=f"{x:.6f} {y:.6f} {z:.6f}")
        for t, (x, y, z) in zip(ALLOY.types, ALLOY.positions, strict=True)
    ]
    return "\n".join([str(len(rows) if n is None else n), comment, *rows, ""])


@pytest.mark.parametrize("names", [("A", "B"), ("1", "2"), ("Au", "Cu"), ("Colloid", "polymer")])
@pytest.mark.parametrize(
    ("comment", "row"),
    [
        (f"{BOX} Properties=species:S:1:pos:R:3", "{n} {p}"),
        (f"{BOX} Properties=type:S:1:pos:R:3", "{n} {p}"),
        (f"{BOX} Properties=id:I:1:pos:R:3:species:S:1:forces:R:3", "7 {p} {n} 0 0 0"),
        (f'{BOX} Properties=species:S:1:pos:R:3:type:S:1 pbc="T T T"', "H {p} {n}"),
        (f"{BOX}", "{n} {p}"),
        ("Atoms. Timestep: 0", "{n} {p}"),
    ],
)
def test_types(tmp_path, names, comment, row):
    found = counted(written(tmp_path, "a.xyz", xyz(comment, row, names)))
    expected = ("A", "B") if names == ("1", "2") else names
    assert found == {expected[0]: 8, expected[1]: 24}


def test_our_own_file_read_back(tmp_path):
    write_extxyz(tmp_path / "final.extxyz", [ALLOY])
    found = read_configuration(tmp_path / "final.extxyz", 3)
    assert counts(found) == {"A": 8, "B": 24}
    assert found.number_density == pytest.approx(ALLOY.number_density)


def test_a_torn_last_frame_is_noted(tmp_path):
    whole = xyz(BOX)
    for cut in (3, 40, 400, len(whole) - 5):
        found = read_contents(written(tmp_path, "a.xyz", whole + whole[:-cut]), 3)
        assert counts(found.frames[-1]) == {"A": 8, "B": 24}
        assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (xyz(BOX, n=40), "40 particles announced, 32 are there"),
        (xyz(BOX, n=20), "line 23: got .*, expected the number of particles"),
        ("0\n\n", "has no particles"),
        ("2\n\n1 2 3\n4 5 6\n", "line 3 has 3 columns, expected 4, a type and three coordinates"),
        ("2\n\nA 1 2 3\nA 4 x 6\n", "line 4: .* are no coordinates"),
        (xyz(f"{BOX} Properties=species:S:1:velo:R:3"), "Properties has no pos"),
        (xyz(f"{BOX} Properties=species:S:1:pos:R:2"), "pos has 2 columns, expected 3"),
        ("2\n\n0.5 1 2 A\n1.5 4 5 A\n", "line 3: '0.5' is no type|are no coordinates"),
        ("2\n\n0.5 1 2 7\n1.5 4 5 7\n", "line 3: '0.5' is no type, but a coordinate"),
        (xyz('Lattice="1 0 0"'), "Lattice: got '1 0 0', expected 9 numbers"),
        (xyz('Lattice="6 0 0 6 0 0 0 0 6"'), "lattice vectors that do not span a volume"),
    ],
)
def test_refused_with_a_reason(tmp_path, text, reason):
    with pytest.raises(ValueError, match=reason):
        read_configuration(written(tmp_path, "a.xyz", text), 3)


def test_a_plane_that_is_periodic_in_itself_has_a_density(tmp_path):
    """As two-dimensional files are mostly written; a strip of it has none."""
    rows = "".join(f"A {i} {j} 0\n" for i in range(4) for j in range(4))
    for pbc, bounded in (("T T F", True), ("T T T", True), ("T F F", False)):
        head = f'16\nLattice="4 0 0 0 4 0 0 0 1" Properties=species:S:1:pos:R:3 pbc="{pbc}"\n'
        assert read_contents(written(tmp_path, "plane.xyz", head + rows), 2).bounded is bounded


@pytest.mark.parametrize(("shift", "far"), [(0.0, False), (1000.0, False), (40.0, True)])
def test_coordinates_far_from_each_other_are_said(tmp_path, shift, far):
    """Over many periods of the box: unwrapped, or in another unit. All of them far is no matter."""
    rows = [
        f"A {x + shift * EDGE * (k == 3 or not far)} {y} {z}"
        for k, (x, y, z) in enumerate(ALLOY.positions)
    ]
    text = "\n".join([str(len(rows)), f"{BOX} Properties=species:S:1:pos:R:3", *rows, ""])
    found = read_contents(written(tmp_path, "a.xyz", text), 3)
    assert found.frames[0].n_particles == 32
    assert ["reach over more than 3 periods" in note for note in found.notes] == [True] * far
