"""Tables of tracked particles: the same crystal from every notation, or a reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.formats import read_configuration, read_contents
from analysis.labelling import label_configuration
from tests.analysis.formats.files import counted, plane, written
from workspace_schema.methods.imported import Reading

POINTS = plane()
ROWS = [f"{x:.3f},{y:.3f}" for x, y in POINTS]
CSV = "\n".join(["x,y", *ROWS, ""])
GROUPED = [f"{100 * x:,.1f};{100 * y:,.1f}" for x, y in POINTS]
SWAP = str.maketrans(",.", ".,")


def rows(template: str, frames: tuple[int, ...] = (0,), shift: float = 0.0) -> str:
    return "".join(
        template.format(i=i, x=x + t * shift, y=y, t=t) + "\n"
        for t in frames
        for i, (x, y) in enumerate(POINTS)
    )


TRACKMATE = (
    "LABEL,ID,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME\n"
    "Label,Spot ID,Quality,X,Y,Z,T,Frame\nLabel,Spot ID,Quality,X,Y,Z,T,Frame\n"
    ",,(quality),(micron),(micron),(micron),(sec),\n"
)
GOOD = {
    "bom.csv": "\ufeff" + CSV,
    "preamble.csv": "Experiment: colloids\nDate: 2024-01-05\nNA 1.4, 100x\n\n" + CSV,
    "semicolon.csv": CSV.replace(",", ";"),
    "excel.csv": "sep=;\n" + CSV.replace(",", ";"),
    "german.csv": CSV.replace(",", ";").replace(".", ","),
    "tab.txt": CSV.replace(",", "\t").replace(".", ","),
    "thousands.csv": "x;y\n" + "\n".join(GROUPED),
    "german_thousands.csv": "x;y\n" + "\n".join(row.translate(SWAP) for row in GROUPED),
    "quoted.csv": '"x","y"\n' + rows('"{x}","{y}"'),
    "trailing.csv": "x,y,\n" + rows("{x},{y},"),
    "mac.csv": CSV.replace("\n", "\r"),
    "savetxt.txt": rows("  {x:10.3f}  {y:10.3f}"),
    "fortran.dat": rows(" {x:.6E} {y:.6E}").replace("E+", "D+"),
    "gnuplot.dat": "# x y\n" + rows("{x} {y}"),
    "pandas.csv": "0,1\n" + rows("{x},{y}"),
    "header_with_blanks.txt": "X Position   Y Position\n" + rows("{x}    {y}"),
    "index.txt": "   x      y\n" + rows("{i}  {x}  {y}"),
    "ovito.txt": '# "Particle Identifier" "Position.X" "Position.Y"\n' + rows("{i} {x} {y}"),
    "imaris.csv": "\nPosition\n ==== \nPosition X,Position Y,Position Z,Unit,Time,ID,\n"
    + rows("{x},{y},3.5,um,{t},{i},", (1, 2), 9.0),
    "trackmate.csv": TRACKMATE + rows("ID{i},{i},5,{x},{y},0,{t},{t}", (0, 1), 9.0),
    "trackpy.csv": ",y,x,mass,ep,frame\n" + rows("{i},{y},{x},100,0.05,{t}", (0, 1), 9.0),
    "frame_number.csv": "Frame #,X,Y\n" + rows("{t},{x},{y}", (0, 1), 9.0),
    "slice.csv": "Slice,X,Y\n" + rows("{t},{x},{y}", (1, 2), 9.0),
    "time.csv": "t,x,y\n" + rows("{t}.5,{x},{y}", (0, 1), 9.0),
    "pictures.csv": "image,x,y\n" + rows("im{t}.tif,{x},{y}", (0, 1), 9.0),
    "paraview.csv": '"Points:0","Points:1","Points:2"\n' + rows("{x},{y},0"),
}


@pytest.mark.parametrize("name", GOOD)
def test_no_particle_is_lost_or_moved(tmp_path, name):
    found = read_configuration(written(tmp_path, name, GOOD[name]), 2)
    assert not found.periodic
    assert found.n_particles == len(POINTS)
    scale = 100.0 if "thousands" in name else 1.0
    sides = np.sort(np.ptp(found.positions[:, :2], axis=0))
    np.testing.assert_allclose(sides, scale * np.sort(np.ptp(POINTS, axis=0)), rtol=1e-4)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_encodings(tmp_path, encoding):
    text = CSV.replace("x,y", "x (µm),y (µm)")
    assert counted(written(tmp_path, "a.csv", text, encoding), 2) == {"A": len(POINTS)}


def test_errors_are_not_taken_for_positions(tmp_path):
    text = "x,y,x_err,y_err\n" + rows("{x},{y},0.{i},0.1")
    found = read_configuration(written(tmp_path, "a.csv", text), 2)
    np.testing.assert_allclose(np.ptp(found.positions[:, 0]), np.ptp(POINTS[:, 0]))
    assert label_configuration(found).label == "hexagonal"


def test_types(tmp_path):
    text = "x,y,Particle Type\n" + "".join(
        f"{x},{y},{1 + k % 3 // 2}.0\n" for k, (x, y) in enumerate(POINTS)
    )
    assert counted(written(tmp_path, "a.csv", text), 2) == {"A": 80, "B": 40}


BAD = {
    "no numbers": (CSV + "nan,nan\n,5\n7,None\n8,-\n", r"4 of 124 rows .* in x, y: line 122: nan"),
    "first": ("x,y\nNaN,NaN\n" + rows("{x},{y}"), "1 of 121 rows .*line 2: NaN, NaN"),
    "half": ("x,y\n1,nan\n" + rows("{x},{y}"), "1 of 121 rows .*line 2: 1, nan"),
    "infinite": (CSV + "inf,1\n", "1 of 121 rows"),
    "ragged": (CSV + "1,2,3\n", "line 122 has 3 cells, expected 2"),
    "short": (CSV + "17\n", "line 122 has 1 cells, expected 2"),
    "shifted": ("x,y,\n" + rows("{x},{y},") + "7,1,2,\n", "line 122 has 4 cells, expected 3"),
    "header only": ("x,y\n", "has no rows of at least 2 numbers"),
    "nothing": ("", "is empty"),
    "blank": ("\n \n", "is empty"),
    "web page": ("<html><body>404</body></html>", "has no rows of at least 2 numbers"),
    "workbook": ("PK\x03\x04", "is an Excel or ZIP file; save the sheet as CSV"),
    "decimal commas between commas": ("x,y\n1,5,2,5\n3,5,4,5\n", "4 columns and no header"),
    "ambiguous": ('x,y\n"1,234","50"\n"70","80"\n', "may be 1234 or 1.234"),
    "first columns": (rows("{i},{x},{y}"), "3 columns and no header; expected 2, or their numbers"),
    "names": ("id,u,v\n" + rows("{i},{x},{y}"), "columns are 'id', 'u', 'v'; name them by method"),
    "frames": ("particle,x,y\n" + rows("{i},{x},{y}", (0, 1), 9.0), "same particle more than once"),
    "two frames": (
        "Frame,Slice,X,Y\n" + rows("1,{t},{x},{y}", (0, 1), 9.0),
        "both 'Frame' and 'Slice' may be the frame",
    ),
    "unknown frames": ("pic,x,y\n" + rows("{t},{x},{y}", (3, 4, 5), 9.0), "'pic' tells 3 blocks"),
    "movies": (
        "Label,x,y,frame\n" + rows("m{t}.avi,{x},{y},7", (0, 1), 9.0),
        "'Label' tells 2 blocks of rows",
    ),
    "letters": (
        "x,y,type\n" + rows("{x},{y},groß"),
        "has type 'groß': GSD files hold letters from a to z",
    ),
    "no frame": ("x,y,frame\n" + rows("{x},{y},1") + "3,4,\n", "line 122: '' is no number of a"),
    "means": (
        " ,Area,X,Y\n" + rows("{i},5,{x},{y}") + "Mean,5,3,4\nSD,1,2,3\n",
        "2 rows are no particles, but summaries of others: line 122: Mean",
    ),
    "twice": (CSV + ROWS[3] + "\n", "2 of 121 particles at the place of another one"),
    "line": ("x,y\n0,0\n1,0\n2,0\n", "all 3 particles on one line"),
    "volume": ("x,y,z\n" + rows("{x},{y},{i}"), "do not lie in a plane .*is it 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_reason(tmp_path, name):
    text, reason = BAD[name]
    with pytest.raises(ValueError, match=rf"a\.csv .*{reason}"):
        read_configuration(written(tmp_path, "a.csv", text), 2)


def test_a_plane_is_no_volume(tmp_path):
    with pytest.raises(ValueError, match="at least 3 numbers"):
        read_configuration(written(tmp_path, "a.csv", CSV), 3)
    with pytest.raises(ValueError, match=r"in one plane; is system\.dimensions 2"):
        read_configuration(written(tmp_path, "b.csv", "x,y,z\n" + rows("{x},{y},4")), 3)


def test_columns_that_are_named(tmp_path):
    path = written(tmp_path, "a.csv", "id,u,v,w,movie\n" + rows("{i},{x},0,{y},{t}", (3, 4), 9.0))
    how = {"columns": {"x": "u", "y": "w", "frame": "movie"}}
    found = read_configuration(path, 2, how=Reading.model_validate(how))
    np.testing.assert_allclose(np.ptp(found.positions[:, 1]), np.ptp(POINTS[:, 1]))
    assert found.n_particles == len(POINTS)
    by_number = {"columns": {"x": 2, "y": 4, "frame": 5}, "frame": 3}
    again = read_configuration(path, 2, how=Reading.model_validate(by_number))
    np.testing.assert_allclose(again.positions, found.positions)
    for wrong, reason in (
        ({"columns": {"x": "u"}}, r"columns\.y is missing"),
        ({"columns": {"x": "u", "y": "u"}}, "not all different"),
        ({"columns": {"x": "q", "y": "w"}}, r"columns\.x: no column 'q'"),
        (by_number | {"frame": 5}, "has no frame 5; its 2 frames are 3 to 4"),
    ):
        with pytest.raises(ValueError, match=reason):
            read_configuration(path, 2, how=Reading.model_validate(wrong))


def test_all_frames(tmp_path):
    path = written(tmp_path, "a.csv", "frame,x,y\n" + rows("{t},{x},{y}", (10, 9, 2)))
    found = read_contents(path, 2, how=Reading(frame="all"))
    assert [frame.n_particles for frame in found.frames] == [120, 120, 120]
    assert not found.bounded
    assert found.notes == ["3 frames by column 'frame', of 120 to 120 rows"]


def test_planes_of_a_stack_are_no_frames(tmp_path):
    text = "x,y,z,Slice\n" + rows("{x},{y},{i},{t}", (1, 2), 9.0)
    path = written(tmp_path, "a.csv", text)
    with pytest.raises(ValueError, match=r"'Slice' may be the frame, or the plane of a stack"):
        read_contents(path, 3)
    told = Reading.model_validate({"columns": {"frame": "Slice"}})
    assert read_configuration(path, 3, how=told).n_particles == 120


def test_two_columns_may_be_the_frame_unless_one_is_named(tmp_path):
    text = "Frame,Slice,X,Y\n" + rows("1,{t},{x},{y}", (0, 1), 9.0)
    told = Reading.model_validate({"columns": {"frame": "Slice"}})
    assert read_configuration(written(tmp_path, "a.csv", text), 2, how=told).n_particles == 120


def test_columns_that_are_named_must_be_coordinates_of_one_unit(tmp_path):
    path = written(tmp_path, "a.csv", "x (um),y (nm),frame\n" + rows("{x},{y},{t}", (0, 1), 9.0))
    for columns, reason in (
        ({"x": 1, "y": 2}, "different units: nm, um"),
        ({"x": 1, "y": 3}, r"columns\.y: column 'frame' is no coordinate"),
    ):
        with pytest.raises(ValueError, match=reason):
            read_configuration(path, 2, how=Reading.model_validate({"columns": columns}))


def test_lengths_of_a_voxel(tmp_path):
    box = "x,y,z\n" + "".join(f"{k % 3},{k // 3 % 3},{k // 9}\n" for k in range(27))
    path = written(tmp_path, "a.csv", box)
    found = read_configuration(path, 3, how=Reading(voxel=[0.1, 0.2, 0.3]))
    np.testing.assert_allclose(np.ptp(found.positions, axis=0), [0.2, 0.4, 0.6])
    found = read_configuration(path, 3, how=Reading(pixel_size=0.5))
    np.testing.assert_allclose(np.ptp(found.positions, axis=0), 1.0)
    with pytest.raises(ValueError, match="got 2 lengths, expected 3"):
        read_configuration(path, 3, how=Reading(voxel=[0.1, 0.2]))
    named = written(tmp_path, "b.csv", box.replace("x,y,z", "x_um,y_um,z_um"))
    with pytest.raises(ValueError, match="are in um already"):
        read_configuration(named, 3, how=Reading(pixel_size=0.5))


def test_a_table_that_seems_to_be_cut_off(tmp_path):
    found = read_contents(written(tmp_path, "a.csv", CSV[:-5]), 2)
    assert found.notes == ["the last line is the shortest and has no end: is the file cut off?"]
    assert not read_contents(written(tmp_path, "b.csv", CSV), 2).notes


@pytest.mark.parametrize(
    ("head", "how", "metres"),
    [
        ("x,y", {}, None),
        ("x,y", {"pixel_size": 0.1}, 1e-6),
        ("x,y", {"voxel": [0.1, 0.2]}, 1e-6),
        ("x (um),y (um)", {}, 1e-6),
        ("x_nm,y_nm", {}, 1e-9),
        ("x [px],y [px]", {}, None),
        ("POSITION_X,POSITION_Y\nX,Y\n(micron),(micron)", {}, 1e-6),
    ],
)
def test_the_unit_of_length_is_kept(
    tmp_path: Path, head: str, how: dict[str, Any], metres: float | None
) -> None:
    (tmp_path / "t.csv").write_text(head + "\n1.5,2.5\n7.5,2.5\n1.5,9.5\n")
    read = read_configuration(tmp_path / "t.csv", 2, how=Reading.model_validate(how))
    assert read.log.get("unit_in_metres") == metres
