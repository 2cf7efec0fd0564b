"""Fixed conditions in a line."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.phase_diagram.caption import caption


@pytest.fixture
def table() -> pd.DataFrame:
    table = pd.DataFrame({"method": ["forward", "forward", "genetic"], "replica": [0, 1, 0]})
    shared = {"system.particles.A": 400, "potential.form": "lennard_jones_gauss"}
    shared |= {"potential.sigma2": 0.02, "potential.truncation": "cut"}
    forward = {"method.kT": "0.6→0.1", "method.pressure": 0.1, "method.ensemble": "npt"}
    forward |= {"method.number_density": 0.85, "method.steps": 120000, "method.dt": 0.005}
    conditions = {"forward": shared | forward, "genetic": shared | {"method.pressure": 0.0}}
    table.attrs["diagram"] = {"conditions": conditions, "follows": []}
    return table


def test_what_is_shared_comes_first_then_what_is_of_a_method(table: pd.DataFrame) -> None:
    text = caption(table, markup=True).replace("\xa0", " ")
    assert text == (
        "<i>N</i> = 400, Lennard-Jones-Gauss, <i>σ</i><sup>2</sup> = 0.02;"
        " forward: <i>k</i><sub>B</sub><i>T</i> = 0.6→0.1, <i>P</i> = 0.1, 120 000 steps,"
        " <i>Δ</i><i>t</i> = 0.005; genetic: <i>P</i> = 0; 2 replicas"
    )  # the density of a run at constant pressure is that of its start, and not said
    assert r"$k_{\mathrm{B}}T$" in caption(table)


def test_methods_that_are_not_shown_are_not_said(table: pd.DataFrame) -> None:
    assert "genetic" not in caption(table[table["method"] == "forward"])


def test_what_follows_from_the_axes_is_said(table: pd.DataFrame) -> None:
    table["method.steps"] = [1000, 2000, None]
    table.attrs["diagram"]["follows"] = ["method.steps"]
    assert "steps = 1000 to 2000, one value a point" in caption(table).replace("\xa0", " ")


def test_a_range_of_one_value_has_no_ends(table: pd.DataFrame) -> None:
    table["method.steps"] = 1000
    table.attrs["diagram"]["follows"] = ["method.steps"]
    assert "steps = 1000, one value a point" in caption(table).replace("\xa0", " ")


def test_of_types_and_pairs_only_what_differs_is_said(table: pd.DataFrame) -> None:
    diagram = table.attrs["diagram"]
    for said in diagram["conditions"].values():
        said |= {"potential.r_cut": 4.0, "potential.types.A.r_cut": 4.0}
        said |= {"potential.pairs.A-B.r_cut": 2.0}
    for key, values in {
        "potential.kappa": [2.0, 4.0, 4.0],
        "potential.types.B.kappa": [2.0, 4.0, 4.0],
        "potential.A": [1.0, 4.0, 4.0],
        "potential.pairs.A-B.A": [-1.0, -4.0, -4.0],
    }.items():
        table[key] = values
        diagram["follows"].append(key)
    text = caption(table, markup=True).replace("\xa0", " ")
    assert "<sub>cut</sub> = 4, <i>r</i><sub>cut,AB</sub> = 2;" in text
    assert (
        "<i>κ</i> = 2 to 4, <i>A</i> = 1 to 4, <i>A</i><sub>AB</sub> = −4 to −1, one value a point"
    ) in text


def test_files_that_follow_are_said_by_their_first_digits(table: pd.DataFrame) -> None:
    table["method.start.sha256"] = ["22bdebe0" + 56 * "0", None, None]
    table.attrs["diagram"]["follows"] = ["method.start.sha256"]
    assert "= 22bdebe0, one value a point" in caption(table).replace("\xa0", " ")


def test_a_table_that_was_not_arranged_has_none() -> None:
    assert caption(pd.DataFrame({"method": ["forward"]})) == ""
