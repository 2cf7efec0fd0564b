"""What no configuration may be."""

import numpy as np
import pytest

from analysis.formats.check import check
from analysis.formats.frame import Frame
from analysis.prototypes import crystal

SQUARE = np.stack([*np.divmod(np.arange(100), 10), np.zeros(100)], axis=1) * 1.0


def configuration(positions, cell, periodic=(True, True, True), dimensions=3):
    names = ["A"] * len(positions)
    return Frame(np.asarray(positions, dtype=float), names, cell, periodic).configuration(
        dimensions
    )


@pytest.mark.parametrize("height", [0.0, 1e-4])
def test_a_plane_without_periodicity_across_it(height):
    positions = SQUARE + np.outer(np.arange(100) % 7, [0, 0, height / 7])
    with pytest.raises(ValueError, match=r"100 particles in one plane; is system\.dimensions 2\?"):
        configuration(positions, np.diag([10.0, 10.0, 1.0]), (True, True, False))


@pytest.mark.parametrize("reach", [0.01, 0.1, 3.0])
def test_images_of_a_layer_do_not_meet(reach):
    positions = SQUARE + np.outer(np.arange(100) % 7, [0, 0, reach / 6])
    found = configuration(positions, np.diag([10.0, 10.0, 1.0]), (True, True, False))
    check(found, 3)
    assert found.box[2] > reach + 5.0


def test_one_particle_is_no_plane():
    found = configuration([[1.0, 1.0, 1.0]], np.diag([6.0, 6.0, 6.0]), (True, True, False))
    check(found, 3)
    assert found.box[2] > 6.0


def test_a_plane_in_a_periodic_box():
    found = configuration(SQUARE, np.diag([10.0, 10.0, 1.0]))
    with pytest.raises(ValueError, match="in one plane"):
        check(found, 3)
    check(configuration(SQUARE[[0, 1, 10, 11]], np.diag([2.0, 2.0, 1.0])), 3)  # simple cubic


def test_a_box_that_is_too_thin():
    gas = np.random.default_rng(0).random((64, 3)) * [4.0, 4.0, 1e-4]
    with pytest.raises(ValueError, match="their images meet"):
        check(configuration(gas, np.diag([4.0, 4.0, 1e-4])), 3)


def test_particles_at_one_place_or_at_an_image_of_it():
    sc = crystal("sc", 4, 1.0).positions
    cell = np.diag([4.0, 4.0, 4.0])
    for other in (sc[:1], sc[:1] + np.array([4.0, 0.0, -4.0])):
        with pytest.raises(ValueError, match="2 of 65 particles at the place of another one"):
            check(configuration(np.vstack([sc, other]), cell), 3)


def test_a_dense_ideal_gas_is_none_of_these():
    gas = np.random.default_rng(0).random((20000, 3)) * 10.0
    check(configuration(gas, np.diag([10.0, 10.0, 10.0])), 3)


def test_a_plane_on_the_face_of_its_box_is_one():
    positions = SQUARE + np.outer(np.arange(100) % 2, [0, 0, 1.0])
    check(configuration(positions, np.diag([10.0, 10.0, 1.0]), dimensions=2), 2)
