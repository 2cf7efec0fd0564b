"""Configurations from elsewhere."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.methods.imported import Imported


def test_a_file_is_its_hash() -> None:
    assert Imported.model_validate({"name": "imported", "sha256": "a" * 64}).sha256 == "a" * 64
    for sha256 in ("a" * 63, "A" * 64, "../" + "a" * 61):
        with pytest.raises(ValidationError):
            Imported.model_validate({"name": "imported", "sha256": sha256})


def test_what_says_nothing_is_not_in_the_state_point() -> None:
    """Ids of jobs from before these keys stay."""
    file = {"name": "imported", "sha256": "a" * 64}
    assert canonical(Imported.model_validate(file)) == file
    assert canonical(Imported.model_validate(file | {"frame": "last", "columns": None})) == file
    more = {"columns": {"x": "u", "y": 3}, "pixel_size": 0.1, "frame": 2}
    assert canonical(Imported.model_validate(file | more)) == file | more


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pixel_size": 0.1, "voxel": [1, 1, 2]}, "no meaning beside voxel"),
        ({"pixel_size": 0}, "greater than 0"),
        ({"voxel": [1]}, "at least 2"),
        ({"columns": {"u": "x"}}, "Extra inputs"),
        ({"columns": {"x": 0}}, "greater than or equal to 1"),
        ({"frame": "first"}, "last"),
        ({"frame": -1}, "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Imported.model_validate({"name": "imported", "sha256": "a" * 64} | changes)
