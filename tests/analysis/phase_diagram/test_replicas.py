"""Jobs that should have one label, and whether they do."""

import pandas as pd
import pytest

from analysis.phase_diagram.replicas import agreement

AXES = ["potential.r0"]


def jobs(**columns):
    n = len(columns["label"])
    alike = {"potential.r0": 1.4, "method": "forward", "protocol": "p"}
    return pd.DataFrame({name: [value] * n for name, value in alike.items()} | columns)


def test_what_most_replicas_say_and_how_many_say_the_same():
    found = agreement(jobs(label=["square", "fluid", "square", "square", None]), AXES)
    assert found["most_say"].tolist() == ["square"] * 4
    assert found["alike"].tolist() == pytest.approx([2 / 3, 0.0, 2 / 3, 2 / 3])


@pytest.mark.parametrize(
    "differ",
    [
        {"protocol": ["cold", "hot"]},
        {"potential.r0": [1.4, 1.5]},
        {"method": ["forward", "annealing"]},
        {"method": ["imported", "imported"]},
    ],
    ids=str,
)
def test_other_state_points_are_no_replicas(differ):
    assert agreement(jobs(label=["square", "fluid"], **differ), AXES).empty


def test_without_axes_and_without_a_value():
    assert agreement(jobs(label=["square", "fluid"], protocol=["cold", "hot"]), []).empty
    assert len(agreement(jobs(label=["square"] * 2, **{"potential.r0": [None, None]}), AXES)) == 2
