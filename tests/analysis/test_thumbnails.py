"""Pictures of configurations, read back pixel by pixel."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from analysis.colours import phase_style
from analysis.configuration import Configuration
from analysis.thumbnails import data_uri, thumbnail


def plane(n: int, width: float, height: float, tilt: float = 0.0, seed: int = 0) -> Configuration:
    """A square-ish arrangement of n × n particles in a box."""
    place = (np.arange(n) + 0.5) / n - 0.5
    u, v = (grid.ravel() for grid in np.meshgrid(place, place))
    noise = np.random.default_rng(seed).normal(0.0, 0.01, (2, n * n))
    positions = np.stack([u * width + tilt * v * height, v * height, 0 * u], axis=1)
    positions[:, :2] += noise.T
    return Configuration(positions, np.array([width, height, 1, tilt, 0, 0]), 2, np.zeros(n * n))


def crystal(n: int) -> Configuration:
    """A simple cubic crystal of n³ particles."""
    place = (np.arange(n) + 0.5) - n / 2
    positions = np.stack(np.meshgrid(place, place, place), axis=-1).reshape(-1, 3)
    return Configuration(positions, np.array([n, n, n, 0, 0, 0.0]), 3, np.zeros(n**3))


def pixels(png: bytes, paper: int = 255) -> np.ndarray:
    """A picture on a page of some grey."""
    picture = Image.open(BytesIO(png)).convert("RGBA")
    page = Image.new("RGBA", picture.size, (paper, paper, paper, 255))
    return np.asarray(Image.alpha_composite(page, picture).convert("RGB")).astype(int)


def share(image: np.ndarray, phase: str) -> float:
    """Share of the pixels that have nearly the colour of a phase."""
    return float((np.abs(image - phase_style(phase).rgb).sum(axis=2) < 30).mean())


def test_colours_follow_the_phases() -> None:
    configuration = plane(10, 10, 10)
    left = configuration.positions[:, 0] < 0
    image = pixels(thumbnail(configuration, np.where(left, "hexagonal", "square").tolist()))
    middle = image.shape[1] // 2
    assert share(image[:, :middle], "hexagonal") > 0.4
    assert share(image[:, middle:], "square") > 0.4
    assert share(image[:, : middle - 2], "square") == 0.0


@pytest.mark.parametrize("paper", [0, 255])
def test_the_ground_is_that_of_the_page(paper: int) -> None:
    png = thumbnail(crystal(5), ["fcc"] * 125)
    image = pixels(png, paper)
    corners = image[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == paper).all()
    # what is in front is what it is on white, what is far takes on some of the ground
    difference = np.abs(pixels(png, 0) - pixels(png, 255)).max(axis=2)
    assert (difference < 140).mean() > 0.5
    assert (difference == 255).any()


def test_vertical_axis_points_up() -> None:
    configuration = plane(10, 10, 10)
    above = configuration.positions[:, 1] > 0
    image = pixels(thumbnail(configuration, np.where(above, "hexagonal", "square").tolist()))
    assert share(image[:40], "hexagonal") > 0.4


def test_aspect_is_that_of_the_box() -> None:
    height, width, _ = pixels(thumbnail(plane(12, 20, 8), size=120)).shape
    assert width in (119, 120, 121)
    assert width / height == pytest.approx(20 / 8, rel=0.1)


def test_tilted_box_is_drawn() -> None:
    image = pixels(thumbnail(plane(12, 10, 10, tilt=0.5)))
    height, width, _ = image.shape
    assert width / height == pytest.approx(1.5, rel=0.1)
    # Upper left and lower right of a box that leans to the right are empty.
    assert (image[3:15, 3:15] > 250).all()
    assert (image[-15:-3, -15:-3] > 250).all()


def test_spheres_are_shaded_and_the_nearest_is_seen() -> None:
    configuration = crystal(6)
    towards = configuration.positions[:, 1].argmin()  # the view is from −y
    phases = ["fcc"] * configuration.n_particles
    front = configuration.positions[:, 1] < configuration.positions[towards, 1] + 0.1
    phases = ["bcc" if here else phase for here, phase in zip(front, phases, strict=True)]
    image = pixels(thumbnail(configuration, phases))
    red = (image[..., 0] > image[..., 2] + 40).mean()
    blue = (image[..., 2] > image[..., 0] + 40).mean()
    assert red > 0.3
    assert blue > 0.1
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 10


def test_open_boundary_has_no_box() -> None:
    positions = np.random.default_rng(1).normal(0, 1, (38, 3))
    big = np.array([50, 50, 50, 0, 0, 0.0])
    cluster = Configuration(positions, big, 3, np.zeros(38), periodic=False)
    assert (pixels(thumbnail(cluster)) < 250).any(axis=2).mean() > 0.25


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_particles(n: int) -> None:
    box = np.array([5, 5, 5, 0, 0, 0.0])
    for dimensions in (2, 3):
        for periodic in (True, False):
            one = Configuration(np.zeros((n, 3)), box, dimensions, np.zeros(n), periodic=periodic)
            assert pixels(thumbnail(one)).size


def test_wrong_number_of_phases() -> None:
    with pytest.raises(ValueError, match="3 phases for 4 particles"):
        thumbnail(plane(2, 2, 2), ["fluid"] * 3)


@pytest.mark.parametrize("configuration", [plane(64, 70, 70), crystal(16)])
def test_small(configuration: Configuration) -> None:
    """A page has thousands of them."""
    rng = np.random.default_rng(0)
    phases = rng.choice(["fluid", "fcc", "hcp", "bcc"], configuration.n_particles).tolist()
    assert len(thumbnail(configuration, phases)) < 7000


def test_data_uri() -> None:
    head, _, body = data_uri(plane(3, 3, 3)).partition(",")
    assert head == "data:image/png;base64"
    assert b64decode(body).startswith(b"\x89PNG")
