"""Configurations from elsewhere."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.methods.imported import Imported


def test_a_file_is_its_hash() -> None:
    assert Imported.model_validate({"name": "imported", "sha256": "a" * 64}).sha256 == "a" * 64
    for sha256 in ("a" * 63, "A" * 64, "../" + "a" * 61):
        with pytest.raises(ValidationError):
            Imported.model_validate({"name": "imported", "sha256": sha256})
