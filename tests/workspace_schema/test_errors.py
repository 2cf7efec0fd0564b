"""Error messages of campaign files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN, run, write
from workspace_schema.errors import (
    MAX_PROBLEMS,
    CampaignError,
    Problems,
    at_most,
    did_you_mean,
    dotted,
    show,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.0**0.5, "1.414"),
        (1.2999, "1.299"),
        (1.0, "1"),
        (1.0 - 1e-15, "1"),
        (0.090725, "0.09072"),
        (9.9999, "9.999"),
        (123456.0, "1.234e+05"),
        (3.0000001e-9, "3e-09"),
    ],
)
def test_bounds_are_within_themselves(value: float, expected: str) -> None:
    assert at_most(value) == expected
    assert float(expected) <= value * (1 + 1e-12)


def problems() -> Problems:
    return Problems(Path("c.yaml"), {(): 1, ("a",): 2, ("a", "b"): 3})


def test_a_line_has_file_line_path_and_message() -> None:
    found = problems()
    found.add(("a", "b", 0), "got 1; expected 2")
    with pytest.raises(CampaignError) as caught:
        found.raise_if_any()
    # the line is that of the nearest key that is in the file
    assert caught.value.problems == ("c.yaml:3: a.b[0]: got 1; expected 2",)


def test_one_problem_a_key() -> None:
    found = problems()
    found.add(("a",), "first")
    found.add(("a",), "second")
    found.add(("a", "b"), "consequence of the first")
    assert list(found.messages) == ["c.yaml:2: a: first"]


def test_at_most_twenty_problems_of_one_line_each() -> None:
    found = problems()
    for number in range(100):
        found.add(("a", number), "x\ny\x07 " + "z" * 1000)
    assert found.full
    with pytest.raises(CampaignError) as caught:
        found.raise_if_any()
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert all(len(line) < 350 and line.isprintable() for line in caught.value.problems)


def test_sentences_that_begin_with_a_key_are_placed_there() -> None:
    found = problems()
    found.add_sentence("b.c: too large", {"b": {"c": 1}}, lambda path: ("a", *path))
    found.add_sentence("d: unheard of", {"b": 1}, lambda path: path)
    assert list(found.messages) == ["c.yaml:3: a.b.c: too large", "c.yaml:1: d: unheard of"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (10**500, "an integer of more than 18 digits"),
        ("a\nb", "'a\\nb'"),
        (list(range(30)), "a list of 30 values"),
        ("x" * 100, "'" + "x" * 58 + "…"),
    ],
)
def test_values_are_shown_short(value: object, text: str) -> None:
    assert show(value) == text


def test_near_misses_are_suggested() -> None:
    assert did_you_mean("epsilonn", ["epsilon", "sigma"]) == "did you mean epsilon?"
    assert did_you_mean("q", ["epsilon", "sigma"]) == "expected one of epsilon, sigma"


def test_dotted() -> None:
    assert dotted(("method", 0, "kT", 2)) == "method[0].kT[2]"


HULL = {"form": "anisotropic_lennard_jones"}
NUMBERS = "expected a list, [a, b, …]"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (HULL | {"shape": {"x": 1}}, "shape.form: missing; this key is required"),
        (HULL | {"shape": "cube"}, "shape: got 'cube'; expected a mapping of keys"),
        ({"form": "hard_ellipsoid", "semiaxes": -3}, f"semiaxes: got -3; {NUMBERS}"),
        ({"form": "hard_polygon", "vertices": ["a"] * 3}, f"vertices[0]: got 'a'; {NUMBERS}"),
    ],
)
def test_shapes_and_tuples_in_our_words(tmp_path: Path, block: dict[str, Any], said: str) -> None:
    system = CAMPAIGN["system"] | {"building_blocks": {"A": block}}
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"system": system})
    status, _, error = run(file, "--root", tmp_path / "root")
    assert status == 1
    assert f": system.building_blocks.A.{said}" in error
    assert "valid tuple" not in error
    assert "extract tag" not in error
