"""Ground states at given pressure and density, and verdicts."""

from __future__ import annotations

import math

import pytest

from analysis.ground_states import GroundState, Structure, at_density, at_pressure, verdict

DENSE = Structure(-3.0, 1.0, "square", 1.0)
MIDDLE = Structure(-3.9, 1.4, "unknown")
DILUTE = Structure(-5.0, 2.0, "hexagonal", 1.5)


def test_pressure_decides() -> None:
    crystals = [DENSE, MIDDLE, DILUTE]
    low, high = at_pressure(crystals, 0.0), at_pressure(crystals, 3.0)
    assert low == GroundState(-5.0, (DILUTE,))
    assert high == GroundState(0.0, (DENSE,))
    assert at_pressure([], 0.0) is None


def test_common_tangent() -> None:
    """Half way between the volumes of the two that touch it; MIDDLE lies on neither side of it
    but for 0.1 above."""
    above = Structure(-3.7, 1.4, "unknown")
    ground = at_density([DILUTE, above, DENSE], 1 / 1.5)
    assert ground is not None
    assert ground.value == pytest.approx(-4.0)
    assert ground.phases == (DENSE, DILUTE)
    assert ground.label == "square + hexagonal"
    below = Structure(-4.9, 1.4, "unknown")
    ground = at_density([DILUTE, below, DENSE], 1 / 1.4)
    assert ground is not None
    assert ground.phases == (below,)


def test_dilute_coexists_with_vacuum_and_too_dense_is_not_known() -> None:
    ground = at_density([DENSE, DILUTE], 0.1)
    assert ground == GroundState(-5.0, (DILUTE,))
    assert at_density([DENSE, DILUTE], 1.2) is None
    # More dilute and higher in energy than vacuum with DILUTE.
    ground = at_density([DILUTE, Structure(-4.0, 3.0, "honeycomb")], 1 / 3.0)
    assert ground == GroundState(-5.0, (DILUTE,))


@pytest.mark.parametrize(
    ("label", "constant", "above", "kT", "expected"),
    [
        ("hexagonal", 1.5, 0.01, 0.1, "stable_assembled"),
        ("hexagonal", 1.5, 0.3, 0.1, "stable_assembled"),  # defects and surfaces
        ("hexagonal", 1.0, 0.3, 0.1, "metastable_assembled"),  # another hexagonal phase
        ("square", 1.0, 0.3, 0.1, "metastable_assembled"),
        ("square", 1.0, 0.02, 0.1, "undecided"),
        ("square", 1.0, -0.3, 0.1, "undecided"),  # the search has missed something
        ("fluid", None, 0.8, 0.1, "stable_not_assembled"),
        ("unknown", None, 0.8, 0.1, "stable_not_assembled"),
        ("unknown", None, 0.02, 0.1, "undecided"),
        ("decagonal", 1.0, 0.12, 0.1, "undecided"),  # entropy may stabilise it
        ("decagonal", 1.0, 0.4, 0.1, "metastable_assembled"),
        ("decagonal", 1.0, 0.4, 0.5, "undecided"),
        ("decagonal", 1.0, -0.02, 0.1, "undecided"),
        ("", None, 0.0, 0.1, "undecided"),
        ("square", 1.0, math.nan, 0.1, "undecided"),
    ],
)
def test_verdict(label, constant, above, kT, expected) -> None:
    ground = GroundState(-5.0, (DILUTE,))
    assembled = Structure(-5.0 + above, 2.0, label, constant)
    assert verdict(assembled, above, ground, kT) == expected
    assert verdict(assembled, above, None, kT) == "undecided"


def test_one_of_two_coexisting_phases_is_stable() -> None:
    ground = GroundState(-4.0, (DENSE, DILUTE))
    assert verdict(DENSE, 0.2, ground, 0.1) == "stable_assembled"


def test_an_unsure_label_is_no_verdict() -> None:
    """A point of confidence 0.42 is not stable assembled."""
    ground = GroundState(-5.0, (DILUTE,))
    assert verdict(DILUTE, 0.0, ground, 0.1, 0.9) == "stable_assembled"
    assert verdict(DILUTE, 0.0, ground, 0.1, 0.42) == "undecided"
    assert verdict(Structure(-4.0, 2.0, "fluid"), 1.0, ground, 0.1, 0.42) == "undecided"
