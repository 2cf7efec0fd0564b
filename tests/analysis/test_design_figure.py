"""The figure of a design, whatever its way has left."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from analysis.design_figure import design_figure
from analysis.prototypes import crystal

R = np.linspace(0.8, 2.5, 50)
U = R**-12 - 2.0 * R**-6
CURVE = {"r": R.tolist(), "u": U.tolist(), "u_error": [0.1] * 50, "u_start": (0.5 * U).tolist()}
RADIAL = {"r": R.tolist(), "target": [1.0] * 50, "g": (1.0 + 0.1 * U).tolist()}
HISTORY = [
    {"update": k, "f_fit": 1.0 - 0.5**k, "pressure": 2.0 + k, "pressure_error": 0.3}
    for k in range(6)
]
SPREAD = {"density": [1.0, 3.0, 1.0], "edges": [1.0, 1.2, 1.4, 1.6], "most_probable": 1.3}
NAMES = ("square", "hexagonal", "kagome")
ROWS = [{"enthalpy_per_particle": 2.0 + 0.1 * k, "prototype": name} for k, name in enumerate(NAMES)]


def size(picture):
    image = Image.open(BytesIO(picture))
    image.load()
    return image.size


@pytest.mark.parametrize(
    ("design", "panels"),
    [
        ({"curves": {"A-A": CURVE}}, 1),
        ({"curves": {"A-A": CURVE}, "distribution": RADIAL, "history": HISTORY}, 4),
        ({"distribution": {"A-A": RADIAL, "A-B": RADIAL | {"g": []}}}, 1),
        ({"curves": {"A-A": CURVE}, "distributions": {"r0": SPREAD, "epsilon": SPREAD}}, 3),
        ({"curves": {"A-A": CURVE, "A-B": CURVE}, "history": [{"update": 1, "gap": 0.1}]}, 2),
        ({"history": [{"update": k, "best": 0.1 * k, "mean": 0.0} for k in (1, 2)]}, 1),
        ({"history": [{"update": k, "loss": 0.1 / k} for k in (1, 2)]}, 1),
    ],
)
def test_every_part_is_a_panel(design, panels):
    wide, high = size(design_figure({"design": design}))
    assert wide == pytest.approx(484 * min(panels, 2), abs=2)
    assert high == pytest.approx(341 * -(-panels // 2), abs=2)


def test_crystals_have_pictures():
    result = {"design": {"curves": {"A-A": CURVE}}, "structures": ROWS}
    crystals = [crystal(name, 1, 1.0) for name in NAMES]
    without = size(design_figure(result))
    assert size(design_figure(result, crystals))[0] == 2 * without[0]


def test_what_is_no_design_is_refused():
    with pytest.raises(ValueError, match="no design"):
        design_figure({})
    with pytest.raises(ValueError, match="nothing to be drawn"):
        design_figure({"design": {}})
