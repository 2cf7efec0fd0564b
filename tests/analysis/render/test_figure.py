"""Pictures for print, read back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from analysis.colours import phase_style
from analysis.labelling import label_configuration
from analysis.prototypes import PROTOTYPES, crystal
from analysis.render import Style, by_phase, by_value, draw, order_parameter
from analysis.render.__main__ import main, patches_beside
from analysis.shapes import Shape
from operations.jobs import trajectory


def pixels(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return imread(path)[..., :3]


def share(image: np.ndarray, colour: tuple[int, int, int], tolerance: float = 0.08) -> float:
    return float((np.abs(image - np.array(colour) / 255).max(axis=-1) < tolerance).mean())


def test_a_plane_crystal_in_the_colour_of_its_phase(tmp_path: Path) -> None:
    square = crystal("square", 8, 1.0)
    draw(square, tmp_path / "a.png", by_phase(square, ["square"] * 64), pixels=500)
    assert share(pixels(tmp_path / "a.png"), phase_style("square").rgb) > 0.4


def test_plane_vector_pictures_are_paths_and_text(tmp_path: Path) -> None:
    hexagonal = crystal("hexagonal", (6, 3), 1.0)
    phases = ["hexagonal"] * 20 + ["fluid"] * 16
    draw(hexagonal, tmp_path / "a.svg", by_phase(hexagonal, phases))
    text = (tmp_path / "a.svg").read_text()
    assert "<image" not in text
    for phase in ("hexagonal", "fluid"):
        assert re.search(f">{phase} [0-9]+ %<", text)
        assert phase_style(phase).colour.lower() in text
    assert text.count("clip-path") > 0
    draw(hexagonal, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"


def test_the_same_picture_twice_is_the_same_file(tmp_path: Path) -> None:
    square = crystal("square", 4, 1.0)
    for name in ("a.svg", "b.svg"):
        draw(square, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_bodies_in_a_vector_file_are_an_image(tmp_path: Path) -> None:
    draw(crystal("fcc", 2, 1.0), tmp_path / "a.svg", pixels=200)
    assert (tmp_path / "a.svg").read_text().count("<image") == 1


def test_order_parameter_and_colour_bar(tmp_path: Path) -> None:
    hexagonal = crystal("hexagonal", (10, 6), 1.0)
    values, title = order_parameter(hexagonal, "psi6")
    assert values == pytest.approx(1.0)
    fcc = crystal("fcc", 4, 1.0)
    values, _ = order_parameter(fcc, "q6")
    assert values == pytest.approx(0.57452, abs=1e-4)
    cell = PROTOTYPES["fcc"].cell()  # too small for a neighbour to be met once
    assert order_parameter(cell, "q6")[0] == pytest.approx(np.full(4, 0.57452), abs=1e-4)
    assert order_parameter(fcc, "coordination")[0] == pytest.approx(12.0)
    draw(hexagonal, tmp_path / "a.svg", by_value(np.linspace(0, 1, 120), title))
    assert "psi" in (tmp_path / "a.svg").read_text()
    with pytest.raises(ValueError, match="expected label, type, psi6"):
        order_parameter(hexagonal, "q6")


def test_numbers_that_are_missing_are_grey() -> None:
    colours = by_value(np.array([np.nan, 1.0, 2.0]), "x")
    assert tuple(colours.rgb[0]) == phase_style("unknown").rgb
    assert colours.limits == (1.0, 2.0)
    assert by_value(np.full(3, 2.0), "x").limits == (1.5, 2.5)


def test_polygons_for_print(tmp_path: Path) -> None:
    one = crystal("square", 5, 1.0)
    corners = 0.45 * np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)])
    shape = Shape("polygon", 2, corners)
    draw(one, tmp_path / "a.png", style=Style(shapes={"A": shape}), pixels=400)
    paper = (pixels(tmp_path / "a.png") > 0.98).all(axis=-1).mean()
    assert paper == pytest.approx(0.19, abs=0.06)


def test_refused(tmp_path: Path) -> None:
    square = crystal("square", 3, 1.0)
    with pytest.raises(ValueError, match=r"a\.bmp: expected a name ending in \.png"):
        draw(square, tmp_path / "a.bmp")
    with pytest.raises(ValueError, match="colours of 4 particles for 9"):
        draw(square, tmp_path / "a.png", by_value(np.zeros(4), "x"))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    square = crystal("square", 12, 1.0)
    trajectory.write(tmp_path / "final.gsd", [(0, square)])
    out = tmp_path / "picture.png"
    words = [str(tmp_path / "final.gsd"), "-o", str(out), "--pixels", "300"]
    assert main(words) == 0
    assert share(pixels(out), phase_style("hexagonal").rgb) > 0.4  # by type
    assert main([*words, "--colour", "label"]) == 2
    assert "has no labels.npz beside it" in capsys.readouterr().err
    label_configuration(square).save(tmp_path)
    assert main(words) == 0
    assert share(pixels(out), phase_style("square").rgb) > 0.4
    assert main([*words, "--colour", "psi4"]) == 0
    assert main([*words, "--frame", "5"]) == 2
    assert "has no frame 5" in capsys.readouterr().err
    assert main([str(tmp_path / "no.gsd"), "-o", str(out)]) == 2


def test_command_on_a_crystal_of_another_program(tmp_path: Path) -> None:
    from operations.search.export import write_cif

    write_cif(tmp_path / "a.cif", [PROTOTYPES["NaCl"].cell()])
    words = ["--unit-cell", "--bonds", "--pixels", "200"]
    assert main([str(tmp_path / "a.cif"), "-o", str(tmp_path / "a.png"), *words]) == 0
    image = pixels(tmp_path / "a.png")
    assert share(image, phase_style("square").rgb, 0.3) > 0.05
    assert share(image, phase_style("hexagonal").rgb, 0.3) > 0.05


def test_a_pipe_in_the_place_of_a_state_point_is_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "signac_statepoint.json")
    assert patches_beside(tmp_path / "final.gsd") == {}
