"""Malformed campaign files: one clear line a fault, and nothing written."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema import expansion
from workspace_schema.campaign import read_campaign
from workspace_schema.errors import CampaignError

VALID: list[dict[str, Any]] = [
    CAMPAIGN,
    {
        "name": "mixture",
        "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": 27, "B": [5, 81]}},
        "potential": {
            "form": "lennard_jones",
            "epsilon": {"linspace": [0.5, 1.5, 2]},
            "types": {"B": {"sigma": [1.1, 1.2]}},
            "pairs": {"B-A": {"epsilon": 0.5}},
        },
        "method": [
            {
                "name": "forward",
                "ensemble": "npt",
                "kT": {"ramp": [1.0, 0.5, 0.1]},
                "pressure": 1.0,
                "number_density": 0.5,
                "start": "fcc",
                "steps": 1000,
            },
            FORWARD,
        ],
        "zip": [["system.particles.B", "potential.types.B.sigma"]],
        "axes": ["potential.epsilon", "potential.types.B.sigma"],
        "settings": {"engine": "hoomd", "frames": 10},
    },
    {
        "name": "sampled",
        "system": {"dimensions": 2, "particles": {"A": 16}},
        "potential": {
            "form": "lennard_jones_gauss",
            "epsilon": {"between": [0.5, 1.5]},
            "r0": {"between": [1.1, 1.9]},
        },
        "method": FORWARD,
        "sample": {"sobol": 4, "seed": 1},
    },
]

GARBAGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1.5, 10**30, -(10**400), 1e308, float("nan"), float("inf"), "1e-3"]),
    st.sampled_from(["", " ", "A", "nan", "2024-01-01", "no", "../..", "\0", "é" * 300, "a.b"]),
    st.sampled_from([[], {}, [[]], [None], {"": 1}, {"ramp": []}, {"file": "/"}, {"file": 3}]),
    st.sampled_from(
        [
            {"linspace": [0, 1, 10**9]},
            {"linspace": [0, 1, 2.5]},
            {"linspace": [1, 2]},
            {"linspace": "x"},
            {"logspace": [-1, 1, 3]},
            {"arange": [0, 1, 0]},
            {"arange": [0, 1e300, 1e-300]},
            {"between": [1, 1]},
            {"between": [0, 1]},
            {"linspace": [0.5, 0.6, 3]},
            {"ramp": ["a", 1]},
            {"ramp": {"ramp": [1, 2]}},
            [{"ramp": [1.0, 2.0]}, {"ramp": [float("nan"), 1]}],
            [[1.0, 2.0]],
            {"sha256": "0" * 64},
            [{"name": "forward"}],
            list(range(50)),
            {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}},
        ]
    ),
    st.recursive(
        st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans(), st.none()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    ),
)
LINES = st.sampled_from(
    [
        "name: again",
        "a: &a [*a]",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
        + "".join(
            f"{chr(99 + i)}: &{chr(99 + i)} [{', '.join(['*' + chr(98 + i)] * 9)}]\n"
            for i in range(12)
        ),
        "? [a, b]\n: 1",
        "<<: {name: x}",
        "x: !!python/object/apply:os.system [ls]",
        "x: !!binary aGVsbG8=",
        "x: *undefined",
        "- list",
        "---\nname: second",
        "\t",
        "x: " + "[" * 400,
        "x: " + "{a: " * 100,
        "\x07",
        '"\\UFFFFFFFF": 1',
        "1: 2",
        "null: 2",
        "method: {name: imported, files: [nothing.gsd]}",
        "replicas: 1000000000",
    ]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


@st.composite
def malformed(draw: st.DrawFn) -> bytes:
    """A campaign file with one to three faults; some turn out to be valid."""
    data = deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(places(data)[1:] or [()]))
        node = data
        for key in path[:-1]:
            node = node[key]
        match draw(st.sampled_from(["replace", "remove", "rename", "add", "list", "multiply"])):
            case _ if not path:
                break
            case "remove":
                del node[path[-1]]
            case "rename" if isinstance(node, dict):
                node[f"{path[-1]}{draw(st.sampled_from('sx. -'))}"] = node.pop(path[-1])
            case "add" if isinstance(node[path[-1]], dict):
                node[path[-1]][draw(st.text(max_size=4))] = deepcopy(draw(GARBAGE))
            case "list":
                node[path[-1]] = [deepcopy(node[path[-1]]) for _ in range(draw(st.integers(0, 3)))]
            case "multiply":
                node[path[-1]] = {"linspace": [0.1, 1, draw(st.sampled_from([10, 1000, 10**6]))]}
            case _:
                node[path[-1]] = deepcopy(draw(GARBAGE))
    content = yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode(errors="replace")
    match draw(st.sampled_from(["none", "none", "line", "bytes", "cut", "double"])):
        case "line":
            content += draw(LINES).encode()
        case "bytes":
            at = draw(st.integers(0, len(content)))
            content = content[:at] + draw(st.binary(min_size=1, max_size=8)) + content[at:]
        case "cut":
            content = content[: draw(st.integers(0, len(content)))]
        case "double":
            lines = content.splitlines(keepends=True)
            at = draw(st.integers(0, max(len(lines) - 1, 0)))
            content = b"".join([*lines[: at + 1], *lines[at:]])
    return content


@settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=malformed())
def test_malformed_campaign_files_are_refused_in_one_line_each(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expansion, "MAX_JOBS", 500)  # valid ones are made quickly
    file, root = tmp_path / "c.yaml", tmp_path / "root"
    file.write_bytes(content)
    problems = read_problems(file)
    if not problems:  # the faults cancelled, or there were none
        assert run(file, "--root", root, "--dry-run")[0] == 0
    else:
        assert len(problems) <= 20
        pattern = re.compile(re.escape(str(file)) + r":[1-9]\d*: \S.*")
        for problem in problems:
            assert pattern.fullmatch(problem), problem
            assert len(problem) < 400 + len(str(file))
        assert run(file, "--root", root) == (1, "", "\n".join(problems) + "\n")
    assert not root.exists()


def read_problems(file: Path) -> tuple[str, ...]:
    try:
        read_campaign(file)
    except CampaignError as error:
        return error.problems
    return ()


def test_valid_files_of_the_malformed_test_are_valid(tmp_path: Path) -> None:
    for number, data in enumerate(VALID):
        file = write(tmp_path / "c.yaml", data)
        status, _, err = run(file, "--root", tmp_path / str(number))
        assert status == 0, err
