"""A small picture of a configuration, as a PNG for web pages and tables.

Particles are stamped with NumPy from back to front, at twice the final resolution, and
averaged down; this takes milliseconds where a plotting library takes a second.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.colours import KNOWN_PHASES, phase_styles

if TYPE_CHECKING:
    from analysis.configuration import Configuration

_OVERSAMPLING = 2
_BOX_RGB = (150, 150, 150)
# Types, where there are no labels to colour by: distinct hues of the same palette.
_TYPE_RGB = [
    KNOWN_PHASES[name].rgb for name in ("hexagonal", "square", "snub-square", "dodecagonal")
]
# A view from slightly above and beside a box face shows both its rows and its depth.
_AZIMUTH, _ELEVATION = np.radians(24.0), np.radians(16.0)


def thumbnail(
    configuration: Configuration, phases: Sequence[str] | None = None, size: int = 112
) -> bytes:
    """Draw a configuration: discs in two dimensions, shaded spheres in three.

    Parameters
    ----------
    configuration : Configuration
        The lattice vectors are drawn around it unless its boundary is open.
    phases : sequence of str, length N, optional
        Phase of every particle, which gives its colour; without it the particle's type does.
    size : int
        Longer side of the picture in pixels; the shorter one follows from the box.

    Returns
    -------
    bytes
        A PNG with a palette of 32 colours.

    Raises
    ------
    ValueError
        If there is not one phase for every particle.
    """
    n = configuration.n_particles
    if phases is not None and len(phases) != n:
        raise ValueError(f"{len(phases)} phases for {n} particles")
    view = _view(configuration.dimensions)
    image = _render(
        configuration.positions @ view.T,
        _typical_radius(configuration),
        _particle_colours(configuration, phases),
        _box_edges(configuration) @ view.T,
        size,
        shaded=configuration.dimensions == 3,
    )
    return _png(image)


def data_uri(
    configuration: Configuration, phases: Sequence[str] | None = None, size: int = 112
) -> str:
    """The `thumbnail` as a ``data:`` address, ready for an ``<img>``."""
    encoded = b64encode(thumbnail(configuration, phases, size)).decode("ascii")
    return f"data:image/png;base64,{encoded}"


def _particle_colours(configuration: Configuration, phases: Sequence[str] | None) -> np.ndarray:
    """Red, green and blue of every particle, shape (N, 3), uint8."""
    if phases is None:
        return np.array(_TYPE_RGB, dtype=np.uint8)[configuration.types % len(_TYPE_RGB)]
    styles = phase_styles(phases)
    index = {phase: i for i, phase in enumerate(styles)}
    palette = np.array([style.rgb for style in styles.values()], dtype=np.uint8).reshape(-1, 3)
    return palette[np.array([index[phase] for phase in phases], dtype=int)]


def _typical_radius(configuration: Configuration) -> float:
    """Half the median distance between nearest neighbours.

    Unlike a radius from the number density it also fits a droplet in a large box.
    """
    from scipy.spatial import KDTree

    positions = configuration.positions
    if len(positions) < 2:
        return 0.5
    # A sample of the particles is enough for a median, but each needs all its neighbours.
    sample = positions[:: max(len(positions) // 500, 1)]
    distances, _ = KDTree(positions).query(sample, k=2)
    median = float(np.median(distances[:, 1]))
    return 0.5 * median if np.isfinite(median) and median > 0 else 0.5


def _view(dimensions: int) -> np.ndarray:
    """Rows: what points right, up and towards the viewer in the picture."""
    if dimensions == 2:
        return np.eye(3)
    ca, sa = np.cos(_AZIMUTH), np.sin(_AZIMUTH)
    ce, se = np.cos(_ELEVATION), np.sin(_ELEVATION)
    right = np.array([ca, sa, 0.0])
    towards = np.array([ce * sa, -ce * ca, se])
    return np.stack([right, np.cross(towards, right), towards])


def _box_edges(configuration: Configuration) -> np.ndarray:
    """Points close together along the edges of the periodic box, shape (m, 3)."""
    if not configuration.periodic:
        return np.empty((0, 3))
    d = configuration.dimensions
    cell = configuration.cell[:d]
    along = np.linspace(-0.5, 0.5, 400)
    edges = []
    for direction in range(d):
        others = [axis for axis in range(d) if axis != direction]
        for corner in np.ndindex(*(2,) * (d - 1)):
            fixed = sum(
                ((side - 0.5) * cell[axis] for side, axis in zip(corner, others, strict=True)),
                np.zeros(3),
            )
            edges.append(fixed + along[:, None] * cell[direction])
    return np.concatenate(edges)


def _render(
    centres: np.ndarray,
    radius: float,
    colours: np.ndarray,
    outline: np.ndarray,
    size: int,
    shaded: bool,
) -> np.ndarray:
    """Spheres and the outline seen along −z onto white, shape (height, width, 3), uint8."""
    everything = np.concatenate([centres - radius, centres + radius, outline])
    if len(everything) == 0:
        return np.full((size, size, 3), 255, dtype=np.uint8)
    low, high = everything.min(axis=0), everything.max(axis=0)
    extent = np.maximum(high - low, 1e-12)
    scale = (size * _OVERSAMPLING - 2) / float(extent[:2].max())
    # A flat disc leaves a rim of white to its neighbour; spheres touch.
    reach = max(radius * scale * (1.0 if shaded else 0.92), 0.75)
    margin = int(np.ceil(reach)) + 1  # lets every stamp lie in the canvas as a whole
    width, height = (int(np.ceil(length * scale)) + 2 * margin for length in extent[:2])

    def pixels(points: np.ndarray) -> np.ndarray:
        column = ((points[:, 0] - low[0]) * scale).astype(np.int32) + margin
        row = height - 1 - margin - ((points[:, 1] - low[1]) * scale).astype(np.int32)
        return np.asarray(row * width + column, dtype=np.int32)

    square = np.arange(-margin, margin + 1)
    across = (square[:, None] ** 2 + square[None, :] ** 2) / reach**2
    down, right = np.nonzero(across < 1.0)
    stamp = ((down - margin) * width + right - margin).astype(np.int32)
    slope = np.sqrt(1.0 - across[down, right])  # cosine between surface normal and view

    # Of several assignments to one pixel NumPy keeps the last: the sphere in front.
    order = np.argsort(centres[:, 2], kind="stable")
    canvas = np.full(width * height, -1, dtype=np.int32)
    behind = outline[:, 2] < (centres[:, 2].mean() if len(centres) else 0.0)
    if shaded:
        canvas[pixels(outline[behind])] = -2
    covered = pixels(centres[order])[:, None] + stamp[None, :]
    canvas[covered] = np.arange(covered.size, dtype=np.int32).reshape(covered.shape)
    canvas[pixels(outline[~behind] if shaded else outline)] = -2

    picture = np.full((width * height, 3), 255.0, dtype=np.float32)
    picture[canvas == -2] = _BOX_RGB
    seen = np.flatnonzero(canvas >= 0)
    if len(seen):
        place, spot = np.divmod(canvas[seen], len(stamp))
        colour = colours[order].astype(np.float32)[place]
        if shaded:
            # Light from the viewer; spheres farther away fade towards the paper.
            haze = 0.55 * (high[2] - centres[order, 2]) / extent[2]
            colour *= (0.45 + 0.55 * slope.astype(np.float32))[spot][:, None]
            colour += haze.astype(np.float32)[place][:, None] * (255.0 - colour)
        picture[seen] = colour
    trim = margin - 1  # spheres already lie inside the extent
    fine = picture.reshape(height, width, 3)[trim : height - trim, trim : width - trim]
    rows, columns = (length // _OVERSAMPLING * _OVERSAMPLING for length in fine.shape[:2])
    step = slice(None, None, _OVERSAMPLING)
    shifts = np.ndindex(_OVERSAMPLING, _OVERSAMPLING)
    summed = sum((fine[:rows, :columns][dy:, dx:][step, step] for dy, dx in shifts), np.float32(0))
    return np.asarray(summed / _OVERSAMPLING**2 + 0.5, dtype=np.uint8)


def _png(image: np.ndarray) -> bytes:
    from io import BytesIO

    from PIL import Image

    picture = Image.fromarray(image).quantize(32, method=Image.Quantize.FASTOCTREE)
    stream = BytesIO()
    picture.save(stream, "PNG", optimize=False, compress_level=9)
    return stream.getvalue()
