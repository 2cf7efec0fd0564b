"""Which columns are coordinates."""

import pytest

from analysis.formats.columns import FRAMES, coordinates, matching, named, with_unit


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("y x mass size ecc signal raw_mass ep frame", "x y"),  # trackpy
        ("id x y intensity x_std y_std", "x y"),
        ("x y x_err y_err vx vy", "x y"),
        ("LABEL ID TRACK_ID QUALITY POSITION_X POSITION_Y POSITION_T", "POSITION_X POSITION_Y"),
        ("Position|X Position|Y Unit", "Position|X Position|Y"),  # Imaris
        ("id X|Position Y|Position", "X|Position Y|Position"),
        ("|| Area X Y XM YM BX BY", "X Y"),  # ImageJ
        ("|| Area Mean XM YM", "XM YM"),
        ("label centroid-0 centroid-1", "centroid-1 centroid-0"),  # scikit-image
        ("Particle|Identifier Position.X Position.Y", "Position.X Position.Y"),  # OVITO
        ("Points:0 Points:1 v:0 v:1", "Points:0 Points:1"),  # ParaView
        ("|| Trajectory Frame x y m0", "x y"),  # MOSAIC
        ("id frame x|[nm] y|[nm] sigma|[nm]", "x|[nm] y|[nm]"),  # ThunderSTORM
        ("ImageNumber Location_Center_X Location_Center_Y", "Location_Center_X Location_Center_Y"),
        ("id xpx ypx", "xpx ypx"),
        ("pos_x pos_y radius", "pos_x pos_y"),
        ("x_um y_um x y", "x y"),
    ],
)
def test_programs_of_the_field(names, expected):
    words = [word.replace("|", " ") for word in names.split()]
    found = coordinates(words, 2)
    assert [words[found[axis]] for axis in "xy"] == [w.replace("|", " ") for w in expected.split()]


def test_a_volume_of_scikit_image():
    names = ["centroid-0", "centroid-1", "centroid-2"]
    assert coordinates(names, 3) == {"z": 0, "y": 1, "x": 2}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("x_px y_px x_um y_um", "more than one choice"),
        ("x y X Y", "more than one choice"),
        ("x (um)|y (px)", "no columns have names known"),
        ("id vx vy", "no columns have names known"),
        ("x_err y_err", "no columns have names known"),
        ("sigma_x sigma_y", "no columns have names known"),
        ("x", "no columns have names known"),
    ],
)
def test_what_is_not_sure_is_refused(names, reason):
    words = names.split("|") if "|" in names else names.split()
    with pytest.raises(ValueError, match=f"expected x, y, .*{reason}.*method.columns: {{x: …, y"):
        coordinates(words, 2)


def test_units():
    assert with_unit("X (µm)") == ("x", "um")
    assert with_unit("x_px") == ("x", "px")
    assert with_unit("Position X") == ("position x", "")
    assert with_unit("y [microns]") == ("y", "um")


def test_frames_and_types_come_in_the_order_of_their_lists():
    assert matching(["Slice", "t (s)", "Frame #"], ("frame", "frame #", "t", "slice")) == [2, 1, 0]
    for name in ("FRAME", "frame_number", "FrameNumber", "TimePoint", "Time (s)", "POSITION_T"):
        assert matching([name, "x"], FRAMES) == [0]


def test_named():
    names = ["a", "Pos X", "pos_x", "pos_x"]
    assert named(names, 2, "x") == 1
    assert named(names, "Pos X", "x") == 1
    with pytest.raises(ValueError, match=r"columns\.x: 2 columns are called 'pos_x'"):
        named(names, "pos_x", "x")
    with pytest.raises(ValueError, match=r"columns\.x: no column 'q'; columns are 'a', 'Pos X'"):
        named(names, "q", "x")
    with pytest.raises(ValueError, match="there are 4 columns"):
        named(names, 5, "x")
