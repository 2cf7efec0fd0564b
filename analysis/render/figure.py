"""Pictures of configurations for print: particles, cell, and what the colours mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import METRES, Configuration
from analysis.render.colouring import COLOUR_MAP, Colouring, by_type
from analysis.render.patches import patch_colours
from analysis.render.scale_bar import scale_bar
from analysis.render.scene import Scene, Style, compose, image, shift_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Longer side of the particles in inches, and pixels of it in a PNG.
WIDTH, PIXELS = 3.4, 1600
#: More particles than this are one image also in a vector file.
MOST_PATHS = 20_000

_INK, _CELL = "#222222", "#555555"


def draw(
    configuration: Configuration,
    path: str | Path,
    colouring: Colouring | None = None,
    style: Style | None = None,
    *,
    title: str = "",
    legend: bool = True,
    width: float = WIDTH,
    pixels: int = PIXELS,
) -> None:
    """Draw a configuration for print.

    In two dimensions particles are discs or polygons; those that reach across an edge of a
    periodic box show on the other side, too. In three dimensions they are shaded spheres or
    polyhedra, darker in crevices; in PDF and SVG they are an image of `pixels` pixels among
    vector text.

    Parameters
    ----------
    configuration : Configuration
    path : str or Path
        Where to write: .png, .svg or .pdf.
    colouring : Colouring, optional
        As `analysis.render.colouring` makes them; by type unless given.
    style : Style, optional
        Shapes, bonds, unit cell, view.
    title : str
        Above the picture; may contain mathtext.
    legend : bool
        Whether a legend or colour bar says what the colours mean.
    width : float
        Longer side of the particles in inches.
    pixels : int
        The same in pixels of the image.

    Raises
    ------
    ValueError
        For a suffix that is not known, or colours of other particles.
    """
    import matplotlib
    from matplotlib.figure import Figure

    from analysis.phase_diagram.figure import STYLE

    path = Path(path)
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in ("png", "svg", "pdf"):
        raise ValueError(f"{path.name}: expected a name ending in .png, .svg or .pdf")
    colouring = colouring or by_type(configuration)
    if len(colouring.rgb) != configuration.n_particles:
        raise ValueError(
            f"colours of {len(colouring.rgb)} particles for {configuration.n_particles}"
        )
    style = style or Style()
    scene = compose(configuration, style)
    options: Any = STYLE | {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "picture"}
    with matplotlib.rc_context(options):
        paths = scene.flat and len(scene.centres) <= MOST_PATHS
        seamless = paths and bool(len(scene.edges)) and not style.unit_cell
        low, high = _extent(scene, seamless)
        size = (high - low) * width / max(float((high - low).max()), 1e-12)
        figure = Figure(figsize=(float(size[0]), float(size[1])))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.set_axis_off()
        if paths:
            if seamless:
                scene = shift_images(configuration, scene)
            _draw_flat(axes, scene, colouring, width / float((high - low).max()), seamless)
        else:
            axes.imshow(
                image(scene, colouring.rgb, pixels),
                extent=(float(low[0]), float(high[0]), float(low[1]), float(high[1])),
                interpolation="none" if suffix != "png" else "antialiased",
                interpolation_stage="rgba",
                aspect="auto",
            )
        if title:
            axes.text(0.5, 1.015, title, transform=axes.transAxes, ha="center", va="bottom")
        if legend:
            _legend(figure, axes, colouring)
        if METRES in configuration.log:
            scale_bar(axes, configuration.log[METRES])
        metadata = {"Date": None} if suffix == "svg" else {"CreationDate": None}
        figure.savefig(
            path,
            format=suffix,
            dpi=pixels / width,
            bbox_inches="tight",
            pad_inches=0.03,
            metadata=metadata if suffix != "png" else None,
        )


def _extent(scene: Scene, seamless: bool) -> tuple[np.ndarray, np.ndarray]:
    """Lower left and upper right of everything, as `image` takes them."""
    if seamless:
        ends = scene.edges.reshape(-1, 3)[:, :2]
        low, high = ends.min(axis=0), ends.max(axis=0)
    else:
        low, high = (corner[:2] for corner in scene.bounds())
    if not (high > low).any():
        return np.zeros(2), np.ones(2)
    pad = 0.004 * float((high - low).max()) if scene.flat else 0.0  # half a line
    return low - pad, high + pad


def _draw_flat(
    axes: Axes, scene: Scene, colouring: Colouring, inches: float, seamless: bool
) -> None:
    """Discs, polygons, bonds and the cell as paths; `inches` is the unit of length."""
    from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
    from matplotlib.patches import Polygon

    clip = None
    if len(scene.edges):
        outline = Polygon(_around(scene), closed=True, fill=False, linewidth=0.7, edgecolor=_CELL)
        outline.set_zorder(5)
        axes.add_patch(outline)
        clip = outline if seamless else None
    rgb = colouring.rgb[scene.particles] / 255.0
    outlines = np.clip(rgb * 0.45, 0.0, 1.0)
    radius = float(np.median(scene.radii)) if len(scene.radii) else 1.0
    thin = float(np.clip(0.09 * radius * 72.0 * inches, 0.1, 0.5))  # points
    if len(scene.bonds):
        ends = scene.centres[scene.bonds][:, :, :2]
        bonds = LineCollection(list(ends), colors=_CELL, linewidths=2.5 * thin, zorder=1)
        axes.add_collection(bonds)
        if clip is not None:
            bonds.set_clip_path(clip)
    for kind, body in enumerate(scene.bodies):
        here = scene.kinds == kind
        if not here.any():
            continue
        look: Any = {"facecolors": rgb[here], "edgecolors": outlines[here], "linewidths": thin}
        drawn: list[EllipseCollection | PolyCollection] = []
        for x, y, z, radius in body.spheres:
            width = np.full(int(here.sum()), 2.0 * radius)
            drawn.append(
                EllipseCollection(
                    width, width, np.zeros(len(width)), units="xy",
                    offsets=scene.turned(kind, np.array([[x, y, z]]))[:, 0, :2],
                    transOffset=axes.transData, **look,
                )
            )  # fmt: skip
        if body.faces:
            drawn.append(PolyCollection(list(scene.turned(kind, body.corners)[:, :, :2]), **look))
        for patch in scene.patches[kind]:
            covered = scene.turned(kind, patch.segment(body.radius))[:, :, :2]
            colours = patch_colours(255.0 * rgb[here], patch.kind) / 255.0
            drawn.append(PolyCollection(list(covered), facecolors=colours, linewidths=0.0))
        for order, collection in enumerate(drawn):
            collection.set_zorder(2 + 0.01 * order)
            axes.add_collection(collection, autolim=False)
            if clip is not None:
                collection.set_clip_path(clip)


def _around(scene: Scene) -> np.ndarray:
    """Corners of a two-dimensional cell in order around it, shape (4, 2)."""
    corners = np.unique(scene.edges[:, :, :2].reshape(-1, 2).round(9), axis=0)
    middle = corners.mean(axis=0)
    angles = np.arctan2(*(corners - middle).T[::-1])
    return np.asarray(corners[np.argsort(angles)])


def _legend(figure: Figure, axes: Axes, colouring: Colouring) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.lines import Line2D

    if colouring.title:
        beside = axes.inset_axes((1.03, 0.1, 0.035, 0.8))
        scale = ScalarMappable(Normalize(*colouring.limits), COLOUR_MAP)
        bar = figure.colorbar(scale, cax=beside)
        bar.set_label(colouring.title)
        bar.outline.set_linewidth(0.5)
    elif colouring.legend:
        handles = [
            Line2D(
                [], [], marker="o", linestyle="", markersize=6,
                markerfacecolor=colour, markeredgecolor=_INK, markeredgewidth=0.3,
            )
            for _, colour in colouring.legend
        ]  # fmt: skip
        axes.legend(
            handles,
            [text.replace("$", r"\$") for text, _ in colouring.legend],
            loc="center left",
            bbox_to_anchor=(1.01, 0.5),
            frameon=False,
            handletextpad=0.2,
            borderaxespad=0.0,
        )
