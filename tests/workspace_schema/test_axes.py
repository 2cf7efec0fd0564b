"""How one value in a campaign file stands for many."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workspace_schema.axes import GSD_MAGIC, LIST_KEYS, Axis, AxisReader, group_axes, place
from workspace_schema.building_blocks import BUILDING_BLOCKS
from workspace_schema.building_blocks.patchy import Patch
from workspace_schema.errors import Problems


def reader(folder: Path = Path()) -> AxisReader:
    return AxisReader(Problems(Path("c.yaml")), folder)


def find(value: Any, folder: Path = Path()) -> tuple[Any, list[Axis], list[str]]:
    found = reader(folder)
    block, axes = found.find(value, ("method",), ("method",))
    return block, axes, list(found.problems.messages)


def spaced(value: Any) -> list[float]:
    _, axes, problems = find({"x": value})
    assert not problems
    assert axes[0].path == ("method", "x")
    return list(axes[0].values or ())


def test_spacings_are_those_of_numpy() -> None:
    np.testing.assert_allclose(spaced({"linspace": [0.2, 2, 7]}), np.linspace(0.2, 2, 7))
    np.testing.assert_allclose(spaced({"logspace": [0.01, 10, 5]}), np.geomspace(0.01, 10, 5))
    np.testing.assert_allclose(spaced({"arange": [1, 2, 0.3]}), np.arange(1, 2, 0.3))
    np.testing.assert_allclose(spaced({"arange": [2, 1, -0.25]}), np.arange(2, 1, -0.25))
    assert spaced({"linspace": [3, 4, 1]}) == [3.0]
    assert spaced({"linspace": [3, 3, 2]}) == [3.0, 3.0]


def test_spaced_values_are_the_decimals_one_would_write() -> None:
    assert spaced({"linspace": [0.1, 1, 10]}) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert spaced({"arange": [0, 0.3, 0.1]}) == [0.0, 0.1, 0.2]
    assert spaced({"logspace": [1e-3, 1e3, 7]}) == [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0]
    third = 1 / 3
    assert spaced({"linspace": [third, 1, 3]})[0] == third  # ends are as they are


def test_lists_ramps_and_nested_blocks() -> None:
    block, axes, problems = find(
        {
            "kT": {"ramp": [1, 0.1]},
            "dt": [0.001, 0.002],
            "deep": {"er": [{"ramp": [3, 2]}, 1.0]},
            "list": [[1, 2], [3, 4]],
            "blocks": [{"A": {"x": 1}}, {"A": {"x": {"ramp": [2, 3]}}}],
        }
    )
    assert not problems
    assert block["kT"] == [1, 0.1]
    assert {axis.path[1:]: axis.values for axis in axes} == {
        ("dt",): [0.001, 0.002],
        ("deep", "er"): [[3, 2], 1.0],
        ("list",): [[1, 2], [3, 4]],
        ("blocks",): [{"A": {"x": 1}}, {"A": {"x": [2, 3]}}],
    }


def test_a_list_of_words_is_a_value_and_a_list_of_such_lists_an_axis() -> None:
    both = ["displacement", "symmetry"]
    assert find({"strategies": both}) == ({"strategies": both}, [], [])
    _, (axis,), problems = find({"strategies": [both, both[:1]]})
    assert list(axis.values or ()) == [both, both[:1]]
    assert not problems


def test_files_are_their_content(tmp_path: Path) -> None:
    (tmp_path / "a.gsd").write_bytes(GSD_MAGIC + b"abc")
    block, _, problems = find({"start": {"file": "a.gsd"}}, tmp_path)
    assert not problems
    assert block == {"start": {"sha256": hashlib.sha256(GSD_MAGIC + b"abc").hexdigest()}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "an empty list"),
        ({"linspace": [1, 2]}, "expected 3 finite numbers, {linspace: [first, last, n]}"),
        ({"linspace": [1, 2, 0]}, "expected n from 1"),
        ({"linspace": [1, 2, 2.5]}, "expected n from 1"),
        ({"linspace": [1, 2, 10**9]}, "expected n from 1"),
        ({"linspace": [1, float("nan"), 3]}, "finite"),
        ({"linspace": [1, True, 3]}, "finite"),
        ({"linspace": 10**400}, "finite"),
        ({"linspace": [1, 10**400, 3]}, "finite"),
        ({"logspace": [0, 1, 3]}, "greater than 0"),
        ({"arange": [0, 1, 0]}, "expected 1 to"),
        ({"arange": [0, 1, -1]}, "expected 1 to"),
        ({"arange": [0, 1e300, 1e-300]}, "expected 1 to"),
        ({"between": [1, 1]}, "low < high"),
        ({"between": [1]}, "expected 2 finite numbers"),
        ({"ramp": [1]}, "at least two"),
        ({"ramp": 1}, "at least two"),
        ({"file": "none.gsd"}, "there is none"),
        ({"file": 3}, "expected a path"),
        ({"file": "a\0.gsd"}, "expected a path"),
        ({"file": "x.xyz"}, "expected a GSD file"),
        ({"file": "text.gsd"}, "got 'text.gsd'; expected a GSD file; its content is not GSD"),
        ({"sha256": "0" * 64}, "unknown key"),
        ([{"a": [1, 2]}], "no list, spacing or interval here"),
    ],
)
def test_refused(value: Any, message: str, tmp_path: Path) -> None:
    (tmp_path / "text.gsd").write_text("no configuration")
    _, _, problems = find({"x": value}, tmp_path)
    assert len(problems) == 1
    assert message in problems[0]


def test_many_spacings_together_are_bounded() -> None:
    _, _, problems = find({f"x{i}": {"linspace": [0, 1, 50_000]} for i in range(10)})
    assert len(problems) == 6


def axis(name: str, values: list[float] | None) -> Axis:
    return Axis(("a", name), ("a", name), values, 10.0, 20.0)


def test_axes_are_multiplied_unless_zipped() -> None:
    problems = Problems(Path("c.yaml"))
    axes = [axis("x", [1, 2]), axis("y", [3, 4, 5]), axis("z", [6, 7])]
    groups = group_axes(axes, [], None, problems)
    assert [group.size for group in groups] == [2, 3, 2]
    groups = group_axes(axes, [["a.x", "a.z"], ["b.x", "b.y"]], None, problems)
    assert [group.size for group in groups] == [2, 3]
    assert [groups[0].value(member, 1) for member in (0, 1)] == [2, 7]
    assert not problems.messages


def test_intervals_are_one_group_of_drawn_points() -> None:
    problems = Problems(Path("c.yaml"))
    axes = [axis("x", None), axis("y", [1, 2]), axis("z", None)]
    groups = group_axes(axes, [], lambda d: [[0.0] * d, [0.25] * d, [1.0] * d], problems)
    assert [group.size for group in groups] == [3, 2]
    assert [groups[0].value(1, step) for step in range(3)] == [10.0, 12.5, 20.0]


@pytest.mark.parametrize(
    ("zipped", "message"),
    [
        ([["a.x", "a.w"]], "'a.w', which does not vary"),
        ([["a.x", "a.y"]], "expected equal lengths; a.x has 2, a.y has 3"),
        ([["a.x", "a.v"], ["a.v", "a.x"]], "zipped twice"),
        ([["a.x", "a.i"]], "an interval"),
    ],
)
def test_refused_zips(zipped: list[list[str]], message: str) -> None:
    problems = Problems(Path("c.yaml"))
    axes = [axis("x", [1, 2]), axis("y", [3, 4, 5]), axis("v", [1, 2]), axis("i", None)]
    group_axes(axes, zipped, lambda d: [[0.5] * d], problems)
    assert any(message in line for line in problems.messages)


def test_place_copies_only_the_way() -> None:
    before = {"a": {"b": 1}, "c": {"d": 2}}
    after = place(before, ("a", "b"), 5)
    assert before["a"]["b"] == 1
    assert after == {"a": {"b": 5}, "c": {"d": 2}}
    assert after["c"] is before["c"]


def test_every_list_of_a_building_block_is_a_value() -> None:
    kinds = [*BUILDING_BLOCKS.values(), Patch]
    lists = {
        name
        for kind in kinds
        for name, field in kind.model_fields.items()
        if "list[" in str(field.annotation).lower() or "tuple[" in str(field.annotation)
    }
    assert {"vertices", "parts", "semiaxes", "centers", "directions"} <= lists
    assert lists <= set(LIST_KEYS)
