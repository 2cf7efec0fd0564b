"""Pictures of labels: bond directions, how good a model is. Every function writes one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration

_DPI = 150


def draw_bond_order(configuration: Configuration, path: str | Path, k: int = 12) -> None:
    """Bond-orientational order diagram: where on the sphere the bonds point.

    Both hemispheres in an equal-area projection; the scale is the density of bonds over that of
    an isotropic structure.

    Parameters
    ----------
    configuration : Configuration
        Three-dimensional.
    path : str or Path
    k : int
        Neighbours of each particle.
    """
    from matplotlib.figure import Figure

    from analysis.descriptors.bond_order_diagram import bond_order_diagram
    from analysis.neighbourhoods import nearest

    bins = (120, 60)
    neighbours = nearest(configuration, k).neighbour_list()
    density = bond_order_diagram(configuration, neighbours, bins)
    figure = Figure(figsize=(8.0, 4.2), layout="constrained")
    azimuth = np.linspace(0.0, 2.0 * np.pi, bins[0] + 1)
    half = bins[1] // 2
    mesh = None
    for number, (title, rows) in enumerate(
        (("upper hemisphere", density[:, :half]), ("lower hemisphere", density[:, : half - 1 : -1]))
    ):
        axes = figure.add_subplot(1, 2, number + 1, projection="polar")
        # Lambert's azimuthal equal-area projection.
        radius = np.sqrt(2.0) * np.sin(0.5 * np.linspace(0.0, np.pi / 2, rows.shape[1] + 1))
        mesh = axes.pcolormesh(
            azimuth, radius, np.sqrt(rows.T), cmap="magma", vmin=0.0, rasterized=True
        )
        axes.set_title(title)
        axes.set_yticklabels([])
        axes.grid(visible=False)
    if mesh is not None:
        figure.colorbar(mesh, ax=figure.axes, label="square root of bond density / isotropic")
    figure.savefig(path, dpi=_DPI)


def draw_confusion(
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    path: str | Path,
    said: tuple[str, str] = ("structure", "particles"),
) -> None:
    """What every structure is called.

    Parameters
    ----------
    matrix : ndarray, shape (len(rows), len(columns))
        Part of the particles of each structure (row) that has each label (column).
    rows, columns : sequence of str
    path : str or Path
    said : tuple of str
        What rows are, and of what the parts.
    """
    from matplotlib.figure import Figure

    if matrix.shape != (len(rows), len(columns)):
        raise ValueError(f"matrix has shape {matrix.shape}, expected {(len(rows), len(columns))}")
    figure = Figure(
        figsize=(0.32 * len(columns) + 2.2, 0.32 * len(rows) + 1.8), layout="constrained"
    )
    axes = figure.add_subplot()
    image = axes.imshow(matrix, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(len(columns)), columns, rotation=90)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel("label")
    axes.set_ylabel(said[0])
    for i, j in zip(*np.nonzero(matrix >= 0.005), strict=True):
        colour = "white" if matrix[i, j] > 0.6 else "black"
        text = f"{matrix[i, j]:.2f}".lstrip("0")
        axes.text(j, i, text, ha="center", va="center", fontsize=6, color=colour)
    figure.colorbar(image, ax=axes, shrink=0.6, label=f"part of the {said[1]}")
    figure.savefig(path, dpi=_DPI)


def draw_reliability(
    confidence: np.ndarray, right: np.ndarray, path: str | Path, said: str = "is right"
) -> float:
    """How often labels of a given probability are right.

    Parameters
    ----------
    confidence : ndarray, shape (N,)
        Probability of the label of each particle.
    right : ndarray, shape (N,)
        Of bool, or the part of several that is.
    path : str or Path
    said : str
        What `right` means.

    Returns
    -------
    float
        Expected calibration error: the mean over all particles of |probability - share of right
        ones|, both averaged over ten bins of equal width (Guo et al., ICML 2017).
    """
    from matplotlib.figure import Figure

    bins, mean, share, count = reliability(confidence, right)
    error = float((count * np.abs(mean - share)).sum() / max(count.sum(), 1))
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#8A8A8A", linewidth=1)
    axes.plot(mean, share, "o-", color="#0072B2")
    axes.bar(bins, count / count.sum(), width=0.08, color="#56B4E9", alpha=0.5)
    axes.set_xlabel("probability of the label")
    axes.set_ylabel(f"share that {said} (bars: share of all)")
    axes.set_title(f"expected calibration error {error:.3f}")
    axes.set_aspect("equal")
    figure.savefig(path, dpi=_DPI)
    return error


def reliability(
    confidence: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Centre, mean probability, share right and number of the bins that have particles, of ten."""
    number = np.minimum((np.asarray(confidence) * 10).astype(int), 9)
    count = np.bincount(number, minlength=10)
    filled = np.flatnonzero(count)
    mean = np.bincount(number, confidence, 10)[filled] / count[filled]
    share = np.bincount(number, right, 10)[filled] / count[filled]
    return filled / 10 + 0.05, mean, share, count[filled]
