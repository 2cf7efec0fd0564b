"""Colours and markers: apart for every eye, the same everywhere."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from analysis.colours import SYMBOLS, known_styles, mix_with_white, phase_style, phase_styles
from analysis.descriptors.orientational_order import OrientationalOrder, oriented_label
from analysis.labelling import binary, icosahedral, three_dimensional, two_dimensional
from analysis.prototypes import names


def named_by_labels(dimensions: int) -> list[str]:
    """Every name that positions give, and what orientations make of it, from who gives them."""
    found = [*names(dimensions)]  # perfect crystals by their symmetry
    if dimensions == 2:
        found += two_dimensional.PHASES
    else:
        found += [*map(str, three_dimensional.network().classes), "unknown"]
        found += [*binary.PARTS, icosahedral.ICOSAHEDRAL]
    orders = [OrientationalOrder(rank, x, x, 1000) for rank in range(1, 13) for x in (0.0, 1.0)]
    found += [oriented_label(name, order, dimensions) for name in found for order in orders]
    return list(dict.fromkeys(found))


# Phases that one diagram may show together, by dimensions; the common ones have a colour alone.
PHASES = {dimensions: named_by_labels(dimensions) for dimensions in (2, 3)}
COMMON = {
    2: list(two_dimensional.PHASES),
    3: ["fluid", "fcc", "hcp", "bcc", "sc", "diamond", "unknown"],
}

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


@cache
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


def apart(one: str, other: str, vision: str) -> float:
    """Difference of the colours of two phases. Just noticeable is 2.3 (Mahy et al. 1994)."""
    seen = (cielab(known_styles()[name].rgb, vision) for name in (one, other))
    return float(np.linalg.norm(np.subtract(*seen)))


@pytest.mark.parametrize("dimensions", PHASES)
def test_every_phase_that_labels_name_looks_like_no_other(dimensions: int) -> None:
    assert set(PHASES[dimensions]) <= known_styles().keys()
    styles = phase_styles(PHASES[dimensions])
    assert len(set(styles.values())) == len(PHASES[dimensions])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dimensions", COMMON)
def test_colours_of_common_phases_stay_apart(dimensions: int, vision: str) -> None:
    # Points on paper need more than what is just noticeable.
    for one, other in itertools.combinations(COMMON[dimensions], 2):
        assert apart(one, other, vision) > 14, (one, other)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dimensions", PHASES)
def test_colours_of_one_marker_stay_apart(dimensions: int, vision: str) -> None:
    styles = phase_styles(PHASES[dimensions])
    for one, other in itertools.combinations(PHASES[dimensions], 2):
        if styles[one].marker == styles[other].marker:
            plastic = "plastic" in f"{one} {other}"
            assert apart(one, other, vision) > (5 if plastic else 14), (one, other)


@pytest.mark.parametrize("dimensions", COMMON)
def test_markers_of_common_phases_are_different(dimensions: int) -> None:
    # Greyscale leaves only these.
    phases = COMMON[dimensions]
    assert len({phase_style(name).marker for name in phases}) == len(phases)


def test_a_plastic_crystal_looks_like_the_crystal_but_darker() -> None:
    crystal, plastic = phase_style("fcc"), phase_style("plastic fcc")
    assert plastic.marker == crystal.marker
    assert max(plastic.rgb) < max(crystal.rgb)


def test_markers_exist_in_both_libraries() -> None:
    from matplotlib.markers import MarkerStyle
    from plotly.graph_objects import Scatter

    for marker, symbol in SYMBOLS.items():
        MarkerStyle(marker)
        Scatter(marker={"symbol": symbol})


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


def test_other_names_never_look_like_a_known_phase() -> None:
    styles = phase_styles(f"mine {i}" for i in range(40))
    assert not set(styles.values()) & set(known_styles().values())


def test_mix_with_white() -> None:
    assert mix_with_white("#0072B2", 0.0) == (1.0, 1.0, 1.0)
    assert mix_with_white("#0072B2", 1.0) == pytest.approx((0.0, 0x72 / 255, 0xB2 / 255))
