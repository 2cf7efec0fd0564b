"""A bar of a known length below a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Part of the picture that a bar takes, at most.
PART = 0.3
#: Names of units, by their lengths in metres.
_UNITS = ((1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"), (1e-12, "pm"))


def bar_length(width: float, metres: float) -> tuple[float, str]:
    """A round length that fits below a picture, in the units of the picture, and as text.

    Parameters
    ----------
    width : float
        Of the picture.
    metres : float
        The unit of length of the picture in metres.
    """
    most = PART * width * metres
    power = 10.0 ** math.floor(math.log10(most))
    length = power * next(digit for digit in (5.0, 2.0, 1.0) if digit * power <= most * (1 + 1e-9))
    size, name = next((u for u in _UNITS if length >= u[0] * (1 - 1e-9)), _UNITS[-1])
    if length >= 1.0 - 1e-9:
        size, name = 1.0, "m"
    return length / metres, f"{length / size:.3g} {name}"


def scale_bar(axes: Axes, metres: float) -> None:
    """Draw a bar below axes whose unit of length is so many metres."""
    left, right = axes.get_xlim()
    length, text = bar_length(right - left, metres)
    below = axes.get_xaxis_transform()
    axes.plot(
        [left, left + length], [-0.035, -0.035], color="#222222", linewidth=2.5, clip_on=False,
        transform=below, solid_capstyle="butt",
    )  # fmt: skip
    axes.text(left + 0.5 * length, -0.05, text, transform=below, ha="center", va="top")
    axes.set_xlim(left, right)
