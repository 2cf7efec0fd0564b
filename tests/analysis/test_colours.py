"""Colours and markers: apart for every eye, the same everywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from analysis.colours import KNOWN_PHASES, mix_with_white, phase_style, phase_styles

PLANE = [
    "fluid",
    "gas",
    "hexagonal",
    "square",
    "honeycomb",
    "decagonal",
    "dodecagonal",
    "snub-square",
    "unknown",
]  # phases that one diagram may show together
SPACE = ["fluid", "gas", "fcc", "hcp", "bcc", "sc", "diamond", "unknown"]

# Machado, Oliveira and Fernandes, IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009), severity 1,
# acting on linear RGB.
VISION = {
    "normal": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def cielab(rgb: tuple[int, int, int], vision: str) -> np.ndarray:
    """CIE 1976 L*a*b* of an sRGB colour seen by such an eye (IEC 61966-2-1, D65)."""
    value = np.array(rgb) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0.0, 1.0)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("phases", [PLANE, SPACE], ids=["2d", "3d"])
def test_colours_of_a_diagram_stay_apart(phases: list[str], vision: str) -> None:
    # A difference of 2.3 is just noticeable (Mahy et al. 1994); points on paper need more.
    seen = {name: cielab(phase_style(name).rgb, vision) for name in phases}
    for one, other in itertools.combinations(phases, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 14, (one, other)


def test_markers_are_all_different() -> None:
    # Greyscale leaves only these.
    assert len({style.marker for style in KNOWN_PHASES.values()}) == len(KNOWN_PHASES)
    assert len({style.symbol for style in KNOWN_PHASES.values()}) == len(KNOWN_PHASES)


def test_markers_exist_in_both_libraries() -> None:
    from matplotlib.markers import MarkerStyle
    from plotly.graph_objects import Scatter

    for style in phase_styles([*KNOWN_PHASES, *(f"cluster {i}" for i in range(30))]).values():
        MarkerStyle(style.marker)
        Scatter(marker={"symbol": style.symbol})


def test_known_phase_does_not_depend_on_company() -> None:
    alone = phase_style("square")
    assert phase_styles(["zzz", "square", "aaa"])["square"] == alone


def test_other_names_get_colours_of_their_own() -> None:
    names = [f"cluster {i}" for i in range(10)]
    styles = phase_styles(names)
    assert len({style.colour for style in styles.values()}) == len(names)
    assert phase_styles(reversed(names)) == styles


def test_more_names_than_colours_still_differ() -> None:
    names = [f"cluster {i}" for i in range(40)]
    assert len(set(phase_styles(names).values())) == len(names)


def test_mix_with_white() -> None:
    assert mix_with_white("#0072B2", 0.0) == (1.0, 1.0, 1.0)
    assert mix_with_white("#0072B2", 1.0) == pytest.approx((0.0, 0x72 / 255, 0xB2 / 255))
