"""Files that are wrong are refused with a reason, and nothing is read from them."""

import gzip

import pytest

from analysis.formats import read_contents

DUMP = """ITEM: TIMESTEP
0
ITEM: NUMBER OF ATOMS
3
ITEM: BOX BOUNDS {flags}
{x}
0 8
-0.5 0.5
ITEM: ATOMS id type x y z
1 1 1 1 0
2 1 4 1 0
3 1 1 5 0
"""
DATA = """LAMMPS data

2 atoms
1 atom types

{x} xlo xhi
0 8 ylo yhi
0 8 zlo zhi

Atoms # atomic

1 1 1 1 1
2 1 4 5 6
"""
POSCAR = "one\n{scale}\n4 0 0\n0 4 0\n0 0 4\nA\n1\nDirect\n0 0 0\n"
CIF = """data_x
_cell_length_a 4
_cell_length_b 4
_cell_length_c 4
_cell_angle_alpha {alpha}
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'P 1'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
{atom}
"""
FRAMES = "x,y,frame\n" + "".join(f"{k % 5},{k // 5},{k}\n" for k in range(20))


@pytest.mark.parametrize(
    ("name", "content", "dimensions", "reason"),
    [
        ("a.dump", DUMP.format(flags="pp pp pp", x="8 0"), 2, "box without a volume"),
        ("a.dump", DUMP.format(flags="pp pp pp", x="0 0"), 2, "box without a volume"),
        ("a.dump", DUMP.format(flags="xy xz yz pp pp pp", x="0 8"), 2, "timestep of line 1: box"),
        ("a.data", DATA.format(x="8 0"), 3, "xlo xhi: got 8 0, expected a box with a volume"),
        ("POSCAR", POSCAR.format(scale="0.0"), 3, "line 2: the scale is 0"),
        ("a.cif", CIF.format(alpha="180", atom="A 0 0 0"), 3, "has no volume"),
        ("a.cif", CIF.format(alpha="90", atom="A 0 0"), 3, "is no CIF, or damaged: CIF loop ended"),
        ("a.cif", "no crystal", 3, "is no CIF, or damaged"),
        ("a.gsd", "no crystal at all, but text", 3, "is no GSD file, or cut off"),
        ("a.xml", "<hoomd_xml>", 3, "is no XML, or cut off"),
        ("a.csv.gz", "x,y\n1,2\n", 2, "cannot be unpacked: Not a gzipped file"),
        (
            "a.csv.gz",
            gzip.compress(b"x,y\n1,2\n" * 99, mtime=0)[:-9],
            2,
            "cannot be unpacked: Compressed",
        ),
        ("a.xlsx", b"PK\x03\x04 and more", 2, "is an Excel or ZIP file; save the sheet as CSV"),
        ("a.what", "1 2 3", 2, r"is of no known kind \(.what\)"),
        ("a.csv", FRAMES, 2, "each of the 20 rows is a frame of its own in column 'frame'"),
    ],
)
def test_the_reason_is_said(tmp_path, name: str, content, dimensions: int, reason: str) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=reason) as raised:
        read_contents(tmp_path / name, dimensions)
    assert str(raised.value).startswith(name)
    assert "\n" not in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_the_same_files_are_read_where_they_are_right(tmp_path) -> None:
    right = {
        "a.dump": (DUMP.format(flags="pp pp pp", x="0 8"), 2, 3),
        "a.data": (DATA.format(x="0 8"), 3, 2),
        "POSCAR": (POSCAR.format(scale="1.0"), 3, 1),
        "a.cif": (CIF.format(alpha="90", atom="A 0 0 0"), 3, 1),
        "a.csv": (FRAMES.replace("frame", "row"), 2, 20),
    }
    for name, (content, dimensions, n) in right.items():
        (tmp_path / name).write_text(content)
        assert read_contents(tmp_path / name, dimensions).frames[-1].n_particles == n
