"""A small picture of a configuration, as a PNG for web pages and tables, in milliseconds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from analysis.render.colouring import by_phase, by_type
from analysis.render.scene import Style, compose, image, seamless

if TYPE_CHECKING:
    from analysis.configuration import Configuration


def thumbnail(
    configuration: Configuration,
    phases: Sequence[str] | None = None,
    size: int = 112,
    style: Style | None = None,
) -> bytes:
    """Draw a configuration: discs or polygons in two dimensions, shaded bodies in three.

    Parameters
    ----------
    configuration : Configuration
        The lattice vectors are drawn around it unless its boundary is open.
    phases : sequence of str, length N, optional
        Phase of every particle, which gives its colour; without it the particle's type does.
    size : int
        Longer side of the picture in pixels; the shorter one follows from the box.
    style : Style, optional
        Shapes, bonds and view.

    Returns
    -------
    bytes
        A PNG with a palette of 32 colours on a transparent ground: pages are light or dark.

    Raises
    ------
    ValueError
        If there is not one phase for every particle.
    """
    from PIL import Image

    colouring = by_type(configuration) if phases is None else by_phase(configuration, phases)
    scene = seamless(configuration, compose(configuration, style))
    black, white = (
        image(scene, colouring.rgb, size, fine=False, paper=(one, one, one)).astype(float)
        for one in (0, 255)
    )
    opacity = 255.0 - (white - black).mean(axis=-1, keepdims=True)
    colours = np.minimum(255.0 * black / np.maximum(opacity, 1.0), 255.0)
    pixels = np.concatenate([colours, opacity], axis=-1).round().astype(np.uint8)
    picture = Image.fromarray(pixels).quantize(32, method=Image.Quantize.FASTOCTREE)
    stream = BytesIO()
    picture.save(stream, "PNG", optimize=False, compress_level=9)
    return stream.getvalue()


def data_uri(
    configuration: Configuration,
    phases: Sequence[str] | None = None,
    size: int = 112,
    style: Style | None = None,
) -> str:
    """The `thumbnail` as a ``data:`` address, ready for an ``<img>``."""
    encoded = b64encode(thumbnail(configuration, phases, size, style)).decode("ascii")
    return f"data:image/png;base64,{encoded}"
