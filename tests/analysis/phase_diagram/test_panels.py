"""Text and ticks of a panel."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.phase_diagram.panels import _log_ticks, _thin, escape, wrap
from analysis.phase_diagram.points import merge_replicas
from analysis.phase_diagram.table import uniform
from tests.analysis.phase_diagram.conftest import EPSILON, R0, MakeCampaign


def test_lines_are_short_and_nothing_is_lost() -> None:
    text = "a long heading with averyveryveryveryverylongword and so on"
    lines = wrap(text, 20).split("\n")
    assert max(map(len, lines)) <= 20
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_formulas_are_not_broken() -> None:
    formula = r"$k_{\mathrm{B}} T = 0.1$"
    assert formula in wrap(f"temperature {formula} and density", 12).split("\n")


def test_dollars_of_a_label_are_printed() -> None:
    from matplotlib.cbook import is_math_text

    assert not is_math_text(escape("costs $5 or $6"))


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (-3.2, 0.2, ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"]),
        (-1.1, 0.1, ["0.1", "0.2", "0.5", "1"]),
    ],
)
def test_logarithmic_ticks(low: float, high: float, names: list[str]) -> None:
    major, texts, minor = _log_ticks(low, high, room=6)
    assert texts == names
    assert all(low <= tick <= high for tick in [*major, *minor])
    assert any(np.isclose(10 ** np.array(minor), 0.3))


def test_dense_points_are_thinned_evenly(campaign: MakeCampaign) -> None:
    table = campaign(shape=(50, 50), replicas=1)
    points = merge_replicas(uniform(table, []), table[[R0, EPSILON]].to_numpy())
    x, y = points.coordinates.T
    paper = np.stack([(x - 1.1) / 0.7 * 199, (y - 0.2) / 1.8 * 149], axis=1)
    kept = _thin(paper, points, pitch=10.0)
    assert 200 < kept[points.labelled].sum() <= 300  # one for each of 20 × 15 squares
    assert kept[~points.labelled].any()
