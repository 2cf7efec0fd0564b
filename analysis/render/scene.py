"""What is in a picture: particles with shapes, bonds, edges of the cell; and its image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.render.bodies import Body, rotate
from analysis.render.patches import Patch, patch_colours
from analysis.shapes import Shape

if TYPE_CHECKING:
    from analysis.render.raster import Canvas

FloatArray = NDArray[np.float64]

#: Looking from slightly above and beside a face of the box shows both its rows and its depth.
VIEW = (24.0, 16.0)
#: Particles closer to a face of the unit cell than this part of its edge have images there.
ON_FACE = 0.02
#: Bonds reach to this distance, in nearest-neighbour distances.
BOND_REACH = 1.2

_EDGE_RGB = (120, 120, 120)
_FLAT_RADIUS = 0.92  # a flat disc leaves a rim of paper to its neighbour; spheres touch


@dataclass(frozen=True)
class Style:
    """How a configuration is shown.

    Attributes
    ----------
    shapes : mapping of str to Shape
        By type, instead of those of the configuration; where a type has none at all, discs or
        spheres that touch their neighbours.
    patches : mapping of str to tuple of Patch
        By type, on discs and spheres.
    scale : float
        Of the radii of discs and spheres without a shape of their own.
    bonds : bool
        Whether neighbours are joined.
    unit_cell : bool
        Show the cell from its corner, with the images that complete its faces, edges and corners.
    cell : bool
        Whether the edges of a periodic cell are drawn.
    view : tuple of float
        Azimuth and elevation of the viewer in degrees, from -y and from the xy plane; only in
        three dimensions.
    """

    shapes: Mapping[str, Shape] = field(default_factory=dict)
    patches: Mapping[str, tuple[Patch, ...]] = field(default_factory=dict)
    scale: float = 1.0
    bonds: bool = False
    unit_cell: bool = False
    cell: bool = True
    view: tuple[float, float] = VIEW


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn, in the viewer's axes: x to the right, y up, z towards the viewer.

    Attributes
    ----------
    centres : ndarray, shape (n, 3)
    particles : ndarray of int, shape (n,)
        Which particle of the configuration each one is, or is an image of.
    bodies : tuple of Body
    patches : tuple of tuple of Patch
        On each of the bodies.
    kinds : ndarray of int, shape (n,)
        Index into `bodies`.
    orientations : ndarray, shape (n, 4)
        In the axes of the configuration.
    bonds : ndarray of int, shape (m, 2)
        Pairs of what is drawn.
    edges : ndarray, shape (k, 2, 3)
        Ends of the edges of the cell.
    axes : ndarray, shape (3, 3)
        Rows: right, up and towards the viewer in the axes of the configuration.
    flat : bool
        Whether the configuration is two-dimensional.
    clipped : bool
        Whether what reaches out of the cell is cut off there, its images being in the scene.
    """

    centres: FloatArray
    particles: NDArray[np.int64]
    bodies: tuple[Body, ...]
    patches: tuple[tuple[Patch, ...], ...]
    kinds: NDArray[np.int64]
    orientations: FloatArray
    bonds: NDArray[np.int64]
    edges: FloatArray
    axes: FloatArray
    flat: bool
    clipped: bool = False

    @property
    def radii(self) -> FloatArray:
        """Of the circumscribed sphere of each one, shape (n,)."""
        return np.array([body.radius for body in self.bodies], dtype=float)[self.kinds]

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper ends of everything along the three axes; zeros of nothing."""
        points = [self.edges.reshape(-1, 3)]
        for kind, body in enumerate(() if self.clipped else self.bodies):
            for x, y, z, radius in body.spheres:
                centres = self.turned(kind, np.array([[x, y, z]]))[:, 0]
                points += [centres - radius, centres + radius]
            points.append(self.turned(kind, body.corners).reshape(-1, 3))
        everything = np.concatenate(points)
        if len(everything) == 0:
            return np.zeros(3), np.zeros(3)
        return everything.min(axis=0), everything.max(axis=0)

    def turned(self, kind: int, points: np.ndarray) -> FloatArray:
        """Points (n, 3) of a body where they are on each of its kind, (its number, n, 3)."""
        here = self.kinds == kind
        turned = rotate(self.orientations[here], points) @ self.axes.T
        return np.asarray(self.centres[here, None, :] + turned)


def compose(configuration: Configuration, style: Style | None = None) -> Scene:
    """The scene of a configuration, in its shapes and orientations where it has them."""
    style = style or Style()
    n, flat = configuration.n_particles, configuration.dimensions == 2
    positions, particles = configuration.positions, np.arange(n)
    if style.unit_cell and configuration.periodic:
        positions, particles = complete_cell(configuration)
    orientations = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))
    if configuration.orientations is not None:
        orientations = np.asarray(configuration.orientations, dtype=float)
    radius = typical_radius(configuration)
    shown = radius * style.scale * (_FLAT_RADIUS if flat else 1.0)
    shapes = own_shapes(configuration) | dict(style.shapes)
    bodies = tuple(
        Body.of(shapes[name]) if name in shapes else Body.ball(shown)
        for name in configuration.type_names
    )
    axes = _axes(configuration.dimensions, style.view)
    bonds = np.empty((0, 2), dtype=np.int64)
    if style.bonds and len(positions) > 1:
        from scipy.spatial import KDTree

        bonds = KDTree(positions).query_pairs(2.0 * radius * BOND_REACH, output_type="ndarray")
    edges = np.empty((0, 2, 3))
    if style.cell and configuration.periodic:
        edges = _edges(configuration, 0.0 if style.unit_cell else -0.5)
    return Scene(
        positions @ axes.T,
        particles,
        bodies,
        tuple(tuple(style.patches.get(name, ())) for name in configuration.type_names),
        configuration.types[particles].astype(np.int64),
        orientations[particles],
        bonds.astype(np.int64),
        edges @ axes.T,
        axes,
        flat,
    )


def own_shapes(configuration: Configuration) -> dict[str, Shape]:
    """Shapes of the types of a configuration, of those that have one."""
    listed = zip(configuration.type_names, configuration.type_shapes or (), strict=False)
    found = {name: Shape.from_gsd(entry, configuration.dimensions) for name, entry in listed}
    return {name: shape for name, shape in found.items() if shape is not None}


def complete_cell(configuration: Configuration) -> tuple[FloatArray, NDArray[np.int64]]:
    """Particles of the unit cell that begins at the origin, and their images on its boundary.

    In two dimensions these are all that touch the cell. Where no particle lies at the origin, the
    first one is moved there.

    Returns
    -------
    positions : ndarray, shape (M, 3)
    particles : ndarray of int, shape (M,)
        Which particle each one is an image of.
    """
    d = configuration.dimensions
    cell = configuration.cell
    fractional = configuration.positions @ np.linalg.inv(cell)
    if len(fractional):
        off = np.abs(fractional[:, :d] - np.round(fractional[:, :d])).max(axis=1)
        if off.min() > ON_FACE:
            fractional = fractional - fractional[0]
    fractional[:, :d] -= np.floor(fractional[:, :d] + ON_FACE)
    margin = np.full(d, ON_FACE)
    if d == 2:
        margin = np.maximum(0.95 * typical_radius(configuration) / configuration.widths, ON_FACE)
    particles = np.arange(len(fractional))
    for axis in range(d):
        copies, members = [fractional], [particles]
        for step in (-1.0, 1.0):
            images = fractional.copy()
            images[:, axis] += step
            near = (images[:, axis] >= -margin[axis]) & (images[:, axis] <= 1.0 + margin[axis])
            copies.append(images[near])
            members.append(particles[near])
        fractional, particles = np.concatenate(copies), np.concatenate(members)
    return fractional @ cell, particles


def seamless(configuration: Configuration, scene: Scene) -> Scene:
    """A picture that stays in its box: in a periodic plane what reaches across an edge shows on the
    other side. Any other scene is as it was."""
    if not scene.flat or not len(scene.edges) or len(scene.bonds):
        return scene
    return replace(shift_images(configuration, scene), clipped=True)


def shift_images(configuration: Configuration, scene: Scene) -> Scene:
    """The scene of a two-dimensional periodic box with the images that reach into it."""
    from analysis.neighbourhoods import periodic_images

    reach = float(scene.radii.max(initial=0.0))
    flat, which = periodic_images(configuration, 1.05 * reach)
    images = np.pad(flat, ((0, 0), (0, 1)))
    return replace(
        scene,
        centres=images,
        particles=which,
        kinds=scene.kinds[which],
        orientations=scene.orientations[which],
    )


def typical_radius(configuration: Configuration) -> float:
    """Half the median distance between nearest neighbours, images included.

    Unlike a radius from the number density it also fits a droplet in a large box.
    """
    from scipy.spatial import KDTree

    positions = configuration.positions
    if configuration.periodic and 0 < len(positions) < 30:
        # In a small cell the nearest neighbour is an image.
        span = np.arange(-1, 2)
        steps = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(-1, 3)
        if configuration.dimensions == 2:
            steps = steps[steps[:, 2] == 0]
        shifts = steps @ configuration.cell
        everything = (positions + shifts[:, None, :]).reshape(-1, 3)
    else:
        everything = positions
    if len(everything) < 2:
        return 0.5
    # A sample of the particles is enough for a median, but each needs all its neighbours.
    sample = positions[:: max(len(positions) // 500, 1)]
    distances, _ = KDTree(everything).query(sample, k=2)
    median = float(np.median(distances[:, 1]))
    return 0.5 * median if np.isfinite(median) and median > 0 else 0.5


def _axes(dimensions: int, view: tuple[float, float]) -> FloatArray:
    if dimensions == 2:
        return np.eye(3)
    azimuth, elevation = np.radians(view)
    ca, sa = np.cos(azimuth), np.sin(azimuth)
    ce, se = np.cos(elevation), np.sin(elevation)
    right = np.array([ca, sa, 0.0])
    towards = np.array([ce * sa, -ce * ca, se])
    return np.stack([right, np.cross(towards, right), towards])


def _edges(configuration: Configuration, low: float) -> FloatArray:
    """Ends of the edges of the cell whose corner has the fractional coordinates `low`."""
    d = configuration.dimensions
    cell = configuration.cell[:d]
    edges = []
    for axis in range(d):
        others = [other for other in range(d) if other != axis]
        for corner in np.ndindex(*(2,) * (d - 1)):
            begin = np.full(d, low)
            begin[others] += corner
            end = begin.copy()
            end[axis] += 1.0
            edges.append((begin @ cell, end @ cell))
    return np.array(edges)


def image(
    scene: Scene,
    colours: np.ndarray,
    size: int,
    *,
    fine: bool = True,
    paper: tuple[int, int, int] = (255, 255, 255),
) -> NDArray[np.uint8]:
    """A scene on paper, as pixels.

    Parameters
    ----------
    scene : Scene
    colours : ndarray, shape (n_particles, 3)
        Red, green and blue, 0 to 255, of each particle of the configuration.
    size : int
        Longer side in pixels.
    fine : bool
        With shadows in crevices and outlines; without, for thumbnails.
    paper : tuple of int
        Its red, green and blue.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    from analysis.render.raster import Canvas, shade

    radii = scene.radii
    coarse = 3 if fine and size <= 1200 else 2
    low, high = scene.bounds()
    if not (high > low).any():
        return np.tile(np.array(paper, dtype=np.uint8), (size, size, 1))
    line = 0.7 * coarse * (max(size / 600.0, 1.0) if fine else 1.0)  # half the width of an edge
    margin = 2.0 * line
    scale = (size * coarse - 2.0 * margin) / max(float((high - low)[:2].max()), 1e-12)
    width, height = (int(np.ceil(s * scale + 2.0 * margin)) for s in (high - low)[:2])
    width, height = (-(-side // coarse) * coarse for side in (width, height))

    def pixels(points: np.ndarray) -> FloatArray:
        x = (points[..., 0] - low[0]) * scale + margin
        y = (high[1] - points[..., 1]) * scale + margin
        return np.stack([x, y, (points[..., 2] - low[2]) * scale], axis=-1)

    canvas = Canvas(height, width)
    faceted = [np.zeros(len(radii), dtype=bool)]
    palette = [np.asarray(colours, dtype=float).reshape(-1, 3)[scene.particles]]
    for kind, body in enumerate(scene.bodies):
        here = np.flatnonzero(scene.kinds == kind)
        for x, y, z, radius in body.spheres:
            # never smaller than what can be seen
            reach = np.full(len(here), max(radius * scale, 0.75))
            canvas.spheres(pixels(scene.turned(kind, np.array([[x, y, z]]))[:, 0]), reach, here)
        for rod in body.rods:
            thick = np.full(len(here), body.thickness * scale)
            canvas.rods(pixels(scene.turned(kind, rod)), thick, here)
        corners = pixels(scene.turned(kind, body.corners))
        normals = rotate(scene.orientations[here], body.normals()) @ scene.axes.T
        for number, face in enumerate(body.faces):
            canvas.faces(list(corners[:, list(face)]), normals[:, number], here)
        faceted[0][here] = len(body.faces) > 0 and not body.smooth
    if scene.clipped:
        canvas.item[~_inside(pixels(scene.edges), canvas.item.shape)] = -1
    n = len(radii)
    for kind in _paint_patches(canvas, scene):
        palette.append(patch_colours(palette[0], kind))
        faceted.append(np.zeros(len(radii), dtype=bool))
        n += len(radii)
    if len(scene.bonds):
        ends = pixels(scene.centres[scene.bonds])
        middle = ends.mean(axis=1, keepdims=True)
        thick = np.full(len(ends), 0.28 * float(np.median(radii)) * scale)
        for side in (0, 1):
            half = np.concatenate([ends[:, side : side + 1], middle], axis=1)
            canvas.rods(half, thick, n + np.arange(len(ends)))
            palette.append(palette[0][scene.bonds[:, side]])
            faceted.append(np.zeros(len(ends), dtype=bool))
            n += len(ends)
    if len(scene.edges):
        ends = pixels(scene.edges)
        if scene.flat:
            ends[..., 2] += radii.max(initial=1.0) * scale * 2.0
        canvas.rods(ends, np.full(len(ends), line), np.full(len(ends), n))
        palette.append(np.array([_EDGE_RGB], dtype=float))
        faceted.append(np.zeros(1, dtype=bool))
    return shade(
        canvas,
        np.concatenate(palette),
        np.concatenate(faceted),
        coarse=coarse,
        lit=not scene.flat,
        particle=float(np.median(radii)) * scale if len(radii) else 1.0,
        outline=0.5 * line if fine else 0.0,
        haze=0.0 if scene.flat else 0.35 if fine else 0.5,
        shadows=fine and not scene.flat,
        paper=paper,
    )


def _inside(edges: np.ndarray, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels lie in the cell of a plane; its edges in pixels, shape (4, 2, 3)."""
    corner = edges[0, 0, :2]
    sides = np.stack([edges[0, 1, :2] - corner, edges[2, 1, :2] - corner], axis=1)
    rows, columns = np.indices(shape[:2]) + 0.5
    off = np.stack([columns - corner[0], rows - corner[1]])
    fractional = np.einsum("ij,jrc->irc", np.linalg.inv(sides), off)
    return np.asarray(((fractional >= 0.0) & (fractional <= 1.0)).all(axis=0))


def _paint_patches(canvas: Canvas, scene: Scene) -> range:
    """Give what is seen of patches items of its own, those of one kind after another.

    Returns
    -------
    range
        The kinds of patches; patch kind k of particle i is item n (1 + k) + i.
    """
    n = len(scene.centres)
    kinds = [patch.kind for patches in scene.patches for patch in patches]
    if not kinds:
        return range(0)
    seen = np.flatnonzero(canvas.item >= 0)
    item = canvas.item.reshape(-1)[seen]
    flat = canvas.normal.reshape(-1, 2)[seen]
    normal = np.column_stack([flat, np.sqrt(np.maximum(1.0 - (flat**2).sum(axis=1), 0.0))])
    painted = item.copy()
    for kind, patches in enumerate(scene.patches):
        here = scene.kinds == kind
        rows = np.cumsum(here) - 1
        on = np.flatnonzero(here[item])
        for patch in patches:
            direction = np.array([patch.direction])
            turned = rotate(scene.orientations[here], direction)[:, 0] @ scene.axes.T
            cosine = np.einsum("ij,ij->i", normal[on], turned[rows[item[on]]])
            inside = on[cosine > np.cos(patch.half_angle)]
            painted[inside] = n * (1 + patch.kind) + item[inside]
    canvas.item.reshape(-1)[seen] = painted
    return range(max(kinds) + 1)
