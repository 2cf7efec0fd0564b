"""YAML of unknown origin."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from workspace_schema import marked_yaml
from workspace_schema.errors import CampaignError
from workspace_schema.marked_yaml import plain_scalar, read_yaml


def read(folder: Path, text: str | bytes) -> Any:
    file = folder / "c.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # YAML 1.2 core schema, https://yaml.org/spec/1.2.2/#1032-tag-resolution
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("010", 10),
        ("+1", 1),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("~", None),
        ("", None),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("e5", "e5"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    found = plain_scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_a_number_without_end_is_infinite_not_a_crash() -> None:
    assert plain_scalar("9" * 5000) == math.inf


def test_lines_of_keys_and_items(tmp_path: Path) -> None:
    data, problems = read(tmp_path, "a: 1\nb:\n  c: x\n  d:\n  - 1\n  - 2\n")
    assert data == {"a": 1, "b": {"c": "x", "d": [1, 2]}}
    assert problems.lines[("b", "c")] == 3
    assert problems.lines[("b", "d", 1)] == 6


def test_keys_are_text_as_written(tmp_path: Path) -> None:
    assert read(tmp_path, "No: 1\n1e0: 2\n2024-01-01: 3\n")[0] == {
        "No": 1,
        "1e0": 2,
        "2024-01-01": 3,
    }


def test_keys_of_another_mapping_are_merged(tmp_path: Path) -> None:
    text = """\
one: &one {a: 1, b: {c: 2}}
two: &two
  a: 3
  d: 4
three:
  b: 5
  <<: [*one, *two]
"""
    data, problems = read(tmp_path, text)
    assert data["three"] == {"a": 1, "d": 4, "b": 5}
    assert (problems.lines["three", "b"], problems.lines["three", "d"]) == (6, 4)


def test_quotes_make_text_and_anchors_repeat(tmp_path: Path) -> None:
    data, _ = read(tmp_path, "a: &x ['1', 1]\nb: *x\n")
    assert data == {"a": ["1", 1], "b": ["1", 1]}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", ":2: a: this key stands here twice"),
        (BOMB, "unfolds to more than"),
        ("a: &a\n  b: *a\n", "nested deeper"),
        ("a: &a\n  <<: *a\n", ":2: a: <<: expected another mapping"),
        ("a: &a [1]\nb: {<<: *a}\n", ":2: b: <<: expected another mapping"),
        ("a: " + "[" * 2000, "nested deeper"),
        ("a: " + "{a: " * 50 + "1" + "}" * 50, "nested deeper"),
        ("- a\n", ":1: expected a mapping"),
        ("", "expected a mapping"),
        ("a: [1\nb: 2\n", ":2: not YAML"),
        ("a:\n  b: 1\n\tc: 2\n", ":3: not YAML: a tab; expected spaces"),
        ("a:\tb\n", ":1: not YAML: a tab; expected spaces"),
        ("a: !!python/object/apply:os.system [ls]\n", "a: the tag"),
        ("a: !own 1\n", "a: the tag '!own'"),
        ("? [a]\n: 1\n", "a key must be text"),
        ("a: 1\n---\nb: 1\n", ":2: not YAML"),
        (b"a: \xff\n", "not UTF-8"),
        (b"a: \x00\n", "not YAML"),
        ('"\\UFFFFFFFF": 1', "not YAML"),
        (b"#" * (marked_yaml.MAX_BYTES + 1), "larger than"),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(CampaignError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(CampaignError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)
