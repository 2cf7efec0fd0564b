"""Spheres, rods and flat faces seen along −z, drawn into an image with a depth buffer.

Everything is opaque and in pixels of the fine image: x to the right, y downwards, z towards the
viewer. The first pass finds what each pixel sees, the second one how bright it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

#: Direction of the light (left, above, in front) and the parts of the light of each kind.
_LIGHT = np.array([-0.42, 0.52, 0.74], dtype=np.float32)
_AMBIENT, _DIFFUSE, _GLOSS = 0.58, 0.54, 0.14
#: Directions in which a pixel looks for what takes light from it.
_OCCLUSION_SAMPLES = 40
WHITE = (255, 255, 255)
_NOWHERE = np.float32(-1e30)


@dataclass
class Canvas:
    """What every pixel of the fine image sees.

    Attributes
    ----------
    height, width : int
    depth : ndarray of float32, shape (height, width)
        z of the surface.
    item : ndarray of int32, shape (height, width)
        Which particle or rod it belongs to; -1 for the paper.
    normal : ndarray of float32, shape (height, width, 2)
        x and y (upwards) of the surface's unit normal.
    """

    height: int
    width: int
    depth: FloatArray = field(init=False)
    item: NDArray[np.int32] = field(init=False)
    normal: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        shape = self.height, self.width
        self.depth = np.full(shape, _NOWHERE, dtype=np.float32)
        self.item = np.full(shape, -1, dtype=np.int32)
        self.normal = np.zeros((*shape, 2), dtype=np.float32)

    def spheres(self, centres: np.ndarray, radii: np.ndarray, items: np.ndarray) -> None:
        """Draw spheres: centres (n, 3), radii (n,), items (n,)."""
        _spheres(
            self.depth,
            self.item,
            self.normal,
            np.ascontiguousarray(centres, dtype=np.float64),
            np.ascontiguousarray(radii, dtype=np.float64),
            np.ascontiguousarray(items, dtype=np.int32),
        )

    def rods(self, ends: np.ndarray, radii: np.ndarray, items: np.ndarray) -> None:
        """Draw cylinders with round ends: ends (n, 2, 3), radii (n,), items (n,)."""
        ends = np.ascontiguousarray(ends, dtype=np.float64).reshape(-1, 2, 3)
        radii = np.ascontiguousarray(radii, dtype=np.float64)
        items = np.ascontiguousarray(items, dtype=np.int32)
        _rods(self.depth, self.item, self.normal, ends, radii, items)
        for side in (0, 1):
            self.spheres(ends[:, side], radii, items)

    def faces(self, corners: list[np.ndarray], normals: np.ndarray, items: np.ndarray) -> None:
        """Draw flat polygons: corners of each (k, 3) in order, normals (n, 3), items (n,).

        Faces that look away from the viewer are left out.
        """
        seen = np.flatnonzero(np.asarray(normals).reshape(-1, 3)[:, 2] > 1e-6)
        kept = [np.asarray(corners[k], dtype=np.float64) for k in seen]
        if not kept:
            return
        starts = np.concatenate([[0], np.cumsum([len(each) for each in kept])])
        _faces(
            self.depth,
            self.item,
            self.normal,
            np.concatenate(kept),
            starts.astype(np.int64),
            np.ascontiguousarray(normals[seen], dtype=np.float64),
            np.ascontiguousarray(items[seen], dtype=np.int32),
        )


@njit(cache=True, error_model="numpy")
def _spheres(depth, item, normal, centres, radii, items):
    height, width = depth.shape
    for k in range(len(radii)):
        x, y, z = centres[k]
        r = radii[k]
        for row in range(max(int(y - r), 0), min(int(y + r) + 1, height)):
            v = (row + 0.5 - y) / r
            across = 1.0 - v * v
            if across <= 0.0:
                continue
            reach = r * np.sqrt(across)
            for column in range(max(int(x - reach), 0), min(int(x + reach) + 1, width)):
                u = (column + 0.5 - x) / r
                square = across - u * u
                if square <= 0.0:
                    continue
                here = z + r * np.sqrt(square)
                if here > depth[row, column]:
                    depth[row, column] = here
                    item[row, column] = items[k]
                    normal[row, column, 0] = u
                    normal[row, column, 1] = -v


@njit(cache=True, error_model="numpy")
def _rods(depth, item, normal, ends, radii, items):
    height, width = depth.shape
    for k in range(len(radii)):
        r = radii[k]
        ax, ay, az = ends[k, 0]
        dx, dy, dz = ends[k, 1] - ends[k, 0]
        length = np.sqrt(dx * dx + dy * dy + dz * dz)
        flat = np.sqrt(dx * dx + dy * dy)
        if flat < 1e-6 * length or flat == 0.0:
            continue  # seen end on: its round end is all there is
        ex, ey = dx / flat, dy / flat  # along the rod on the paper
        sine, cosine = dz / length, flat / length
        low_row = max(int(min(ay, ay + dy) - r), 0)
        high_row = min(int(max(ay, ay + dy) + r) + 1, height)
        low_column = max(int(min(ax, ax + dx) - r), 0)
        high_column = min(int(max(ax, ax + dx) + r) + 1, width)
        for row in range(low_row, high_row):
            for column in range(low_column, high_column):
                qx, qy = column + 0.5 - ax, row + 0.5 - ay
                aside = (qy * ex - qx * ey) / r
                square = 1.0 - aside * aside
                if square <= 0.0:
                    continue
                up = np.sqrt(square)
                along = (qx * ex + qy * ey + r * up * sine) / cosine
                if along < 0.0 or along > length:
                    continue
                here = az + along * sine + r * up * cosine
                if here > depth[row, column]:
                    depth[row, column] = here
                    item[row, column] = items[k]
                    normal[row, column, 0] = -aside * ey - up * sine * ex
                    normal[row, column, 1] = -(aside * ex - up * sine * ey)


@njit(cache=True, error_model="numpy")
def _faces(depth, item, normal, corners, starts, normals, items):
    height, width = depth.shape
    crossings = np.empty(len(corners))
    for k in range(len(items)):
        first, last = starts[k], starts[k + 1]
        x, y, z = corners[first]
        # z on the plane of the face; y points down, the normal's y up
        by_x, by_y = -normals[k, 0] / normals[k, 2], normals[k, 1] / normals[k, 2]
        low, high = corners[first:last, 1].min(), corners[first:last, 1].max()
        for row in range(max(int(low), 0), min(int(high) + 1, height)):
            middle = row + 0.5
            found = 0
            for i in range(first, last):
                j = i + 1 if i + 1 < last else first
                if (corners[i, 1] <= middle) != (corners[j, 1] <= middle):
                    part = (middle - corners[i, 1]) / (corners[j, 1] - corners[i, 1])
                    crossings[found] = corners[i, 0] + part * (corners[j, 0] - corners[i, 0])
                    found += 1
            crossings[:found].sort()
            for pair in range(0, found - 1, 2):
                begin = max(int(np.ceil(crossings[pair] - 0.5)), 0)
                end = min(int(np.ceil(crossings[pair + 1] - 0.5)), width)
                for column in range(begin, end):
                    here = z + by_x * (column + 0.5 - x) + by_y * (middle - y)
                    if here > depth[row, column]:
                        depth[row, column] = here
                        item[row, column] = items[k]
                        normal[row, column, 0] = normals[k, 0]
                        normal[row, column, 1] = normals[k, 1]


def occlusion(canvas: Canvas, reach: float, coarse: int) -> FloatArray:
    """Light that what stands around a place takes from it, 0 to 1, one value per coarse pixel.

    Parameters
    ----------
    canvas : Canvas
    reach : float
        How far to look, in fine pixels; about the size of a particle.
    coarse : int
        Fine pixels along a coarse one.
    """
    from scipy.ndimage import gaussian_filter

    number = np.arange(_OCCLUSION_SAMPLES)
    # A sunflower: even over the disc, no direction preferred.
    angles, lengths = number * 2.399963, reach * np.sqrt((number + 0.5) / _OCCLUSION_SAMPLES)
    offsets = np.stack([np.sin(angles) * lengths, np.cos(angles) * lengths], axis=1)
    found = _occlusion(canvas.depth, offsets.astype(np.int64), reach, coarse)
    # The few directions leave a pattern, which a blur much smaller than a particle takes away.
    return np.asarray(gaussian_filter(found, max(0.1 * reach / coarse, 0.5)))


@njit(cache=True, error_model="numpy")
def _occlusion(depth, offsets, reach, coarse):
    height, width = depth.shape
    result = np.zeros((height // coarse, width // coarse), dtype=np.float32)
    for i in range(height // coarse):
        for j in range(width // coarse):
            row, column = i * coarse + coarse // 2, j * coarse + coarse // 2
            own = depth[row, column]
            if own < -1e29:
                continue
            total = 0.0
            for k in range(len(offsets)):
                r, c = row + offsets[k, 0], column + offsets[k, 1]
                if r < 0 or c < 0 or r >= height or c >= width or depth[r, c] < -1e29:
                    continue
                # slope towards what stands there; what is far in front belongs to another place
                rise = (depth[r, c] - own) / reach
                if rise > 0.03:
                    total += min(rise, max(2.0 - rise, 0.15))
            result[i, j] = total / len(offsets)
    return result


@njit(cache=True, error_model="numpy")
def _shade(depth, item, normal, colours, faceted, light, dark, haze, lines, coarse, paper, lit):
    """Colours of the fine pixels, averaged over the coarse ones."""
    height, width = depth.shape
    rows, columns = height // coarse, width // coarse
    result = np.zeros((rows, columns, 3), dtype=np.float32)
    low, high = haze[0], haze[1]
    halfway = np.array([light[0], light[1], light[2] + 1.0])
    halfway /= np.sqrt((halfway * halfway).sum())
    step = int(lines[0])
    for row in range(rows * coarse):
        for column in range(columns * coarse):
            kind = item[row, column]
            i, j = row // coarse, column // coarse
            if kind < 0:
                for c in range(3):
                    result[i, j, c] += paper[c]
                continue
            nx, ny = normal[row, column, 0], normal[row, column, 1]
            nz = np.sqrt(max(1.0 - nx * nx - ny * ny, 0.0))
            bright, gloss = 1.0, 0.0
            if lit:
                diffuse = max(nx * light[0] + ny * light[1] + nz * light[2], 0.0)
                toward = max(nx * halfway[0] + ny * halfway[1] + nz * halfway[2], 0.0)
                shadow = max(1.0 - 1.5 * dark[i, j], 0.0)
                bright = (_AMBIENT + _DIFFUSE * diffuse) * (0.25 + 0.75 * shadow)
                gloss = 0.0 if faceted[kind] else _GLOSS * toward**32 * shadow
            if step > 0:
                edge = False
                for k in range(4):
                    r = row + (step if k == 0 else -step if k == 1 else 0)
                    c = column + (step if k == 2 else -step if k == 3 else 0)
                    if r < 0 or c < 0 or r >= height or c >= width:
                        continue
                    if item[r, c] != kind:
                        edge |= depth[row, column] - depth[r, c] > lines[1]
                    elif faceted[kind]:
                        ox, oy = normal[r, c, 0], normal[r, c, 1]
                        edge |= (ox - nx) ** 2 + (oy - ny) ** 2 > 0.01
                if edge:
                    bright *= lines[2]
                    gloss = 0.0
            far = haze[2] * min(max((high - depth[row, column]) / (high - low), 0.0), 1.0)
            for c in range(3):
                value = min(colours[kind, c] * bright + 255.0 * gloss, 255.0)
                result[i, j, c] += value + far * (paper[c] - value)
    return result / (coarse * coarse)


def shade(
    canvas: Canvas,
    colours: np.ndarray,
    faceted: np.ndarray,
    *,
    coarse: int,
    lit: bool,
    particle: float,
    outline: float,
    haze: float,
    shadows: bool,
    paper: tuple[int, int, int] = WHITE,
) -> NDArray[np.uint8]:
    """The image of what a canvas has, averaged over `coarse` pixels in both directions.

    Parameters
    ----------
    canvas : Canvas
    colours : ndarray, shape (n_items, 3)
        Red, green and blue, 0 to 255.
    faceted : ndarray of bool, shape (n_items,)
        Which items have flat faces: lines along their edges, no gloss.
    coarse : int
    lit : bool
        Whether there is light; without it colours are as they are.
    particle : float
        Radius of a particle in fine pixels.
    outline : float
        Width of the lines around items in fine pixels; 0 for none.
    haze : float
        Part of the paper's colour that the farthest ones take on.
    shadows : bool
        Whether crevices are darker.
    paper : tuple of int
        Red, green and blue of what is behind.
    """
    seen = canvas.depth[canvas.item >= 0]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    shape = canvas.height // coarse, canvas.width // coarse
    dark = occlusion(canvas, 1.3 * particle, coarse) if shadows else np.zeros(shape, np.float32)
    picture = _shade(
        canvas.depth,
        canvas.item,
        canvas.normal,
        np.ascontiguousarray(colours, dtype=np.float32).reshape(-1, 3),
        np.ascontiguousarray(faceted, dtype=np.bool_),
        _LIGHT / np.linalg.norm(_LIGHT),
        dark,
        np.array([low, max(high, low + 1e-6), haze], dtype=np.float64),
        np.array([round(outline), 0.35 * particle if lit else -1.0, 0.35], dtype=np.float64),
        coarse,
        np.array(paper, dtype=np.float64),
        lit,
    )
    return np.asarray(picture + 0.5, dtype=np.uint8)
