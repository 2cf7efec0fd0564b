"""Patches are where the building block says."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.render import draw
from analysis.render.patches import Patch, patch_colours, patches_of
from analysis.render.scene import Style, compose, image
from analysis.shapes import Shape
from workspace_schema.design_files import write_numbers

JANUS = {"form": "kern_frenkel", "patches": {"p": {"directions": "pole", "half_angle": np.pi / 2}}}
TWO = {
    "form": "kern_frenkel",
    "patches": {
        "q": {"directions": [[2, 0, 0]], "half_angle": 0.4},
        "p": {"directions": [[-1, 0, 0]], "half_angle": 0.3},
    },
}


def test_of_a_state_point() -> None:
    found = patches_of({"system": {"building_blocks": {"A": JANUS, "B": TWO}}})
    assert found["A"] == (Patch((0, 0, 1), np.pi / 2, 0),)
    assert [(patch.direction, patch.kind) for patch in found["B"]] == [
        ((1, 0, 0), 1),
        ((-1, 0, 0), 0),
    ]
    assert patches_of({"system": {"building_blocks": {"A": {"form": "hard_sphere"}}}}) == {}
    assert patches_of({}) == {}


def test_what_is_free_is_what_was_found(tmp_path):
    patch = {"half_angle": {"free": [0.4, 0.8]}}
    block = {"form": "kern_frenkel", "patches": {"X": patch}, "design": "ab" * 16}
    point = {"system": {"building_blocks": {"A": block}}}
    assert patches_of(point)["A"][0].half_angle == pytest.approx(0.6)
    folder = tmp_path / "workspace" / ("cd" * 16)
    assert patches_of(point, folder)["A"][0].half_angle == pytest.approx(0.6)
    write_numbers(tmp_path, "ab" * 16, {"patches.X.half_angle": 0.7})
    assert patches_of(point, folder)["A"][0].half_angle == 0.7


@pytest.mark.parametrize("half_angle", [0.4, 1.0, np.pi / 2])
def test_area_of_a_patch_that_looks_at_the_viewer(half_angle: float) -> None:
    """Turned by its quaternion from z to -y, where the viewer is: a disc of radius sin θ."""
    box = np.array([9, 9, 9, 0, 0, 0.0])
    turn = np.array([[np.cos(np.pi / 4), np.sin(np.pi / 4), 0, 0]])
    ball = (Shape("sphere", 3, np.zeros((1, 3)), 1.0).to_gsd(),)
    one = Configuration(np.zeros((1, 3)), box, 3, [0], orientations=turn, type_shapes=ball)
    style = Style(patches={"A": (Patch((0, 0, 1), half_angle),)}, cell=False, view=(0.0, 0.0))
    light = image(compose(one, style), np.array([[250, 250, 250]]), 400, fine=False).astype(int)
    plain = image(
        compose(one, Style(cell=False, view=(0.0, 0.0))),
        np.array([[250, 250, 250]]),
        400,
        fine=False,
    ).astype(int)
    covered = (plain - light).sum(axis=2) > 60
    whole = np.pi * (light.shape[0] / 2) ** 2
    assert covered.sum() / whole == pytest.approx(np.sin(half_angle) ** 2, abs=0.03)


def test_on_discs(tmp_path) -> None:
    box = np.array([4, 4, 1, 0, 0, 0.0])
    quarter = np.array([[np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)]])  # x becomes y
    disc = (Shape("sphere", 2, np.zeros((1, 3)), 1.0).to_gsd(),)
    one = Configuration(np.zeros((1, 3)), box, 2, [0], orientations=quarter, type_shapes=disc)
    style = Style(patches={"A": (Patch((1, 0, 0), 0.8),)}, cell=False)
    picture = image(compose(one, style), np.array([[200, 0, 0]]), 200, fine=False).astype(int)
    dark = np.argwhere(picture[..., 0] < 120)
    assert dark[:, 0].max() < 60  # at the top
    assert dark[:, 1].mean() == pytest.approx(100, abs=3)
    draw(one, tmp_path / "a.svg", style=style)
    assert (tmp_path / "a.svg").stat().st_size > 1000


def test_kinds_differ() -> None:
    colours = [patch_colours(np.array([[100.0, 150, 200]]), kind) for kind in range(4)]
    assert len({tuple(colour[0]) for colour in colours}) == 4
    assert all(colour.min() >= 0 and colour.max() <= 255 for colour in colours)


def test_smooth_patches_are_drawn_as_wide_as_their_attraction() -> None:
    block = {"form": "patchy_lennard_jones", "directions": "poles", "width": 0.3}
    found = patches_of({"system": {"building_blocks": {"A": block}}})
    assert [patch.half_angle for patch in found["A"]] == [0.3, 0.3]
    assert found["A"][1].direction == (0.0, 0.0, -1.0)
