"""Colours of particles: by phase, by type, or by a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.colours import TYPE_COLOURS, phase_style, phase_styles, rgb
from analysis.labelling.labels import UNKNOWN

if TYPE_CHECKING:
    from analysis.configuration import Configuration

_TYPE_RGB = [rgb(colour) for colour in TYPE_COLOURS]
#: Perceptually uniform and monotonic in lightness, also for the colour-blind.
COLOUR_MAP = "viridis"


@dataclass(frozen=True)
class Colouring:
    """A colour for every particle and what the colours mean.

    Attributes
    ----------
    rgb : ndarray of uint8, shape (N, 3)
    legend : tuple of (str, str)
        Text and "#RRGGBB" of each colour, the most frequent one first; empty for numbers.
    title : str
        What a number is; "" for a legend.
    limits : tuple of float
        Of the colour bar.
    """

    rgb: NDArray[np.uint8]
    legend: tuple[tuple[str, str], ...] = ()
    title: str = ""
    limits: tuple[float, float] = (0.0, 1.0)


def by_phase(configuration: Configuration, phases: Sequence[str]) -> Colouring:
    """Every particle in the colour of its phase; the legend has the parts of the particles.

    Raises
    ------
    ValueError
        If there is not one phase for every particle.
    """
    n = configuration.n_particles
    if len(phases) != n:
        raise ValueError(f"{len(phases)} phases for {n} particles")
    styles = phase_styles(phases)
    names, place, counts = np.unique(
        np.array(phases, dtype=str), return_inverse=True, return_counts=True
    )
    palette = np.array([styles[str(name)].rgb for name in names], dtype=np.uint8).reshape(-1, 3)
    order = np.argsort(-counts, kind="stable")
    legend = tuple(
        (f"{names[k]} {100.0 * counts[k] / n:.0f} %", styles[str(names[k])].colour) for k in order
    )
    return Colouring(palette[place.reshape(-1)], legend)


def by_type(configuration: Configuration) -> Colouring:
    """Every particle in the colour of its type."""
    palette = np.array(_TYPE_RGB, dtype=np.uint8)[
        np.arange(len(configuration.type_names)) % len(_TYPE_RGB)
    ]
    present = np.unique(configuration.types)
    legend = tuple(
        (configuration.type_names[k], "#{:02X}{:02X}{:02X}".format(*palette[k])) for k in present
    )
    return Colouring(palette[configuration.types], legend if len(present) > 1 else ())


def by_value(
    values: np.ndarray, title: str, limits: tuple[float, float] | None = None
) -> Colouring:
    """Every particle in the colour of a number.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Particles without a number (nan) are grey.
    title : str
        What stands at the colour bar; may contain mathtext.
    limits : tuple of float, optional
        Ends of the colour bar; the smallest and the largest value unless told otherwise.
    """
    from matplotlib import colormaps

    values = np.asarray(values, dtype=float)
    finite = np.isfinite(values)
    if limits is None:
        found = values[finite]
        limits = (float(found.min()), float(found.max())) if len(found) else (0.0, 1.0)
    low, high = limits if limits[1] > limits[0] else (limits[0] - 0.5, limits[0] + 0.5)
    part = np.clip((np.where(finite, values, low) - low) / (high - low), 0.0, 1.0)
    colours = (255.0 * colormaps[COLOUR_MAP](part)[:, :3] + 0.5).astype(np.uint8)
    colours[~finite] = phase_style(UNKNOWN).rgb
    return Colouring(colours, (), title, (low, high))


def order_parameter(configuration: Configuration, name: str) -> tuple[np.ndarray, str]:
    """An order parameter of every particle, and how it is written.

    Parameters
    ----------
    configuration : Configuration
    name : str
        ``psi6`` (any digit) in two dimensions, of as many nearest neighbours; ``q6`` (any even
        degree) in three, of the neighbours by solid angle; ``coordination`` by solid angle.

    Raises
    ------
    ValueError
        For any other name.
    """
    from analysis.neighbourhoods import solid_angle

    head, digits = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    makers: dict[tuple[str, int], Callable[[int], np.ndarray]] = {
        ("psi", 2): lambda order: _psi(configuration, order),
        ("q", 3): lambda order: _steinhardt(configuration, order),
    }
    maker = makers.get((head, configuration.dimensions))
    n, configuration = configuration.n_particles, _wide(configuration)
    if maker is not None and digits and 1 < int(digits) <= 20:
        symbol = rf"|\psi_{{{digits}}}|" if head == "psi" else rf"q_{{{digits}}}"
        return maker(int(digits))[:n], f"${symbol}$"
    if name == "coordination":
        counts = np.asarray(solid_angle(configuration).neighbor_counts, dtype=float)
        return counts[:n], "neighbours"
    expected = "psi6 or the like" if configuration.dimensions == 2 else "q6 or the like"
    raise ValueError(f"colour is {name!r}, expected label, type, {expected}, or coordination")


def _wide(configuration: Configuration) -> Configuration:
    """A small cell repeated until a neighbour is not met twice; its particles come first."""
    from analysis.render.scene import typical_radius

    if not configuration.periodic or configuration.n_particles == 0:
        return configuration
    counts = np.ones(3, dtype=int)
    least = 12.0 * typical_radius(configuration)
    counts[: configuration.dimensions] = np.ceil(least / configuration.widths)
    return configuration.replicate((int(counts[0]), int(counts[1]), int(counts[2])))


def _psi(configuration: Configuration, n: int) -> np.ndarray:
    from analysis.descriptors.bond_orientational_order import psi
    from analysis.neighbourhoods import nearest

    return np.abs(psi(n, nearest(configuration, n).neighbour_list()))


def _steinhardt(configuration: Configuration, degree: int) -> np.ndarray:
    from analysis.descriptors.steinhardt import q
    from analysis.neighbourhoods import solid_angle

    return np.asarray(q(configuration, solid_angle(configuration), (degree,))[:, 0])
