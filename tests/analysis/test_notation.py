"""Names of axes in the notation of physics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.notation import _SYMBOLS, format_value, html, is_missing, mathtext, unicode

CASES = [
    ("potential.r0", "$r_{0}$", "<i>r</i><sub>0</sub>", "r₀"),
    ("potential.epsilon", r"$\varepsilon$", "<i>ε</i>", "ε"),
    ("potential.sigma2", r"$\sigma^{2}$", "<i>σ</i><sup>2</sup>", "σ²"),
    ("method.kT", r"$k_{\mathrm{B}}T$", "<i>k</i><sub>B</sub><i>T</i>", "kT"),
    ("method.number_density", r"$\rho$", "<i>ρ</i>", "ρ"),
    ("method.pressure", "$P$", "<i>P</i>", "P"),
    ("potential.r_cut", r"$r_{\mathrm{cut}}$", "<i>r</i><sub>cut</sub>", "r_cut"),
    (
        "potential.pairs.A-B.epsilon",
        r"$\varepsilon_{\mathrm{AB}}$",
        "<i>ε</i><sub>AB</sub>",
        "ε_AB",
    ),
    ("potential.pairs.A-B.r0", r"$r_{0,\mathrm{AB}}$", "<i>r</i><sub>0,AB</sub>", "r_0,AB"),
    (
        "potential.types.big.sigma2",
        r"$\sigma_{\mathrm{big}}^{2}$",
        "<i>σ</i><sub>big</sub><sup>2</sup>",
        "σ_big²",
    ),
    (
        "potential.types.A.r_cut",
        r"$r_{\mathrm{cut},\mathrm{A}}$",
        "<i>r</i><sub>cut,A</sub>",
        "r_cut,A",
    ),
    ("system.particles.A", r"$N_{\mathrm{A}}$", "<i>N</i><sub>A</sub>", "N_A"),
    ("potential.epsilon_1", r"$\varepsilon_{1}$", "<i>ε</i><sub>1</sub>", "ε₁"),
    ("potential.k", "$k$", "<i>k</i>", "k"),
    ("method.cooling_rate", "cooling rate", "cooling rate", "cooling rate"),
    ("potential.pairs.A-B.form", "form (AB)", "form (AB)", "form (AB)"),
]


@pytest.mark.parametrize(("name", "tex", "markup", "plain"), CASES)
def test_names(name: str, tex: str, markup: str, plain: str) -> None:
    assert mathtext(name) == tex
    assert html(name) == markup
    assert unicode(name) == plain


@pytest.mark.parametrize(
    "name",
    [
        *(case[0] for case in CASES),
        *(f"potential.pairs.A-B.{symbol}" for symbol in _SYMBOLS),
        "potential.types.é_1.sigma",
        "potential.pairs.$-{}.epsilon",
    ],
)
def test_matplotlib_reads_its_own_dialect(name: str) -> None:
    from matplotlib.mathtext import MathTextParser

    MathTextParser("agg").parse(mathtext(name))


def test_names_from_a_file_cannot_bring_markup() -> None:
    assert html("potential.<b>_x") == "&lt;b&gt; x"
    assert "<b>" not in html("potential.pairs.<b>-B.epsilon")
    assert mathtext("method.cost in $") == r"cost in \$"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.3333"),
        (-2.5, "−2.5"),
        (np.int64(576), "576"),
        ([1.0, 0.1], "1→0.1"),
        (np.array([1.0, 1.0, 0.1]), "1→1→0.1"),
        ("[1.0, 0.1]", "1→0.1"),
        ("nvt", "nvt"),
        ("[not json", "[not json"),
        (True, "yes"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_values(value: object, text: str) -> None:
    assert format_value(value) == text


def test_missing() -> None:
    assert is_missing(None)
    assert is_missing(np.nan)
    assert is_missing(pd.NA)
    assert is_missing(pd.NaT)
    assert not is_missing(0.0)
    assert not is_missing("")
    assert not is_missing(np.array([1.0, 2.0]))
