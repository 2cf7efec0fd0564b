"""One colour and one marker per phase, the same in every figure, page and thumbnail.

The colours are those of Okabe and Ito, "Color Universal Design" (2008), which stay
apart under the common colour vision deficiencies; the markers keep the phases apart in
greyscale. Two- and three-dimensional phases share colours (close-packed is blue in both),
never markers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

UNLABELLED_COLOUR = "#8A8A8A"  # unfinished jobs
FAILED_COLOUR = "#4D4D4D"

_SKY, _BLUE, _GREEN, _YELLOW = "#56B4E9", "#0072B2", "#009E73", "#F0E442"
_ORANGE, _VERMILLION, _PURPLE = "#E69F00", "#D55E00", "#CC79A7"


@dataclass(frozen=True)
class PhaseStyle:
    """How a phase looks.

    Attributes
    ----------
    colour : str
        "#RRGGBB".
    marker : str
        Matplotlib's name of the marker.
    symbol : str
        Plotly's name of the same marker.
    """

    colour: str
    marker: str
    symbol: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        return rgb(self.colour)


KNOWN_PHASES: dict[str, PhaseStyle] = {
    "fluid": PhaseStyle(_SKY, "o", "circle"),
    "gas": PhaseStyle("#D0F0FF", ".", "circle-dot"),
    "hexagonal": PhaseStyle(_BLUE, "h", "hexagon"),
    "square": PhaseStyle(_ORANGE, "s", "square"),
    "honeycomb": PhaseStyle(_YELLOW, "H", "hexagon2"),
    "decagonal": PhaseStyle(_PURPLE, "*", "star"),
    "dodecagonal": PhaseStyle(_GREEN, "P", "cross"),
    "snub-square": PhaseStyle(_VERMILLION, "^", "triangle-up"),
    "fcc": PhaseStyle(_BLUE, "D", "diamond"),
    "hcp": PhaseStyle(_GREEN, "p", "pentagon"),
    "bcc": PhaseStyle(_VERMILLION, "v", "triangle-down"),
    "sc": PhaseStyle(_ORANGE, "8", "octagon"),
    "diamond": PhaseStyle(_PURPLE, "d", "diamond-tall"),
    "unknown": PhaseStyle("#C2C2C2", "X", "x"),
}

# Verdicts on prediction and assembly; they stand in a panel of their own.
VERDICT_STYLES: dict[str, PhaseStyle] = {
    "stable_assembled": PhaseStyle(_GREEN, "o", "circle"),
    "metastable_assembled": PhaseStyle(_VERMILLION, "d", "diamond-tall"),
    "stable_not_assembled": PhaseStyle(_ORANGE, "v", "triangle-down"),
    "undecided": PhaseStyle("#C2C2C2", "s", "square"),
}

# Phases that a user's own model names: every colour with every marker, neighbours unlike.
_SPARE_COLOURS = (
    _VERMILLION,
    _BLUE,
    _YELLOW,
    _GREEN,
    _PURPLE,
    _SKY,
    _ORANGE,
    "#332288",
    "#882255",
    "#999933",
)
_SPARE_MARKERS = (
    ("<", "triangle-left"),
    (">", "triangle-right"),
    ("v", "triangle-down"),
    ("D", "diamond"),
    ("p", "pentagon"),
    ("s", "square"),
    ("o", "circle"),
)
_SPARE_STYLES = tuple(
    PhaseStyle(
        _SPARE_COLOURS[index % len(_SPARE_COLOURS)],
        *_SPARE_MARKERS[index % len(_SPARE_MARKERS)],
    )
    for index in range(len(_SPARE_COLOURS) * len(_SPARE_MARKERS))
)


def phase_styles(names: Iterable[str]) -> dict[str, PhaseStyle]:
    """Colour and marker of every phase in `names`.

    The phases of `KNOWN_PHASES` always look the same. Any other name has a place of its
    own among the spare styles, taken from a hash of the name, so that it looks the same in
    another figure too; only where two names of one figure want the same colour does the
    alphabetically later one move on.

    Parameters
    ----------
    names : iterable of str
        Phase names, in any order, repeats allowed.

    Returns
    -------
    dict of str to PhaseStyle
    """
    styles: dict[str, PhaseStyle] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        known = KNOWN_PHASES.get(name) or VERDICT_STYLES.get(name)
        if known is not None:
            styles[name] = known
            continue
        if len(taken) == len(_SPARE_COLOURS):
            taken.clear()  # more names than colours: from here on the markers tell them apart
        place = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
        used = set(styles.values())
        order = [_SPARE_STYLES[(place + i) % len(_SPARE_STYLES)] for i in range(len(_SPARE_STYLES))]
        free = [style for style in order if style not in used] or order
        styles[name] = next((style for style in free if style.colour not in taken), free[0])
        taken.add(styles[name].colour)
    return styles


def phase_style(name: str) -> PhaseStyle:
    """Colour and marker of one phase."""
    return phase_styles([name])[name]


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix_with_white(colour: str, strength: float) -> tuple[float, float, float]:
    """Red, green and blue, 0 to 1, of `colour` thinned with white.

    Unlike transparency this leaves no seams where neighbouring polygons overlap.

    Parameters
    ----------
    colour : str
        "#RRGGBB".
    strength : float
        0 is white, 1 is the colour itself.
    """
    red, green, blue = (1.0 - strength * (1.0 - channel / 255.0) for channel in rgb(colour))
    return red, green, blue
