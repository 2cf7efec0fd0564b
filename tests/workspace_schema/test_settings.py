"""How a campaign runs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.settings import Settings


def test_defaults() -> None:
    assert Settings().model_dump(exclude_none=True) == {
        "engine": "auto",
        "device": "auto",
        "log_period": 100,
        "frames": 50,
        "walltime_hours": 12.0,
    }


@pytest.mark.parametrize(
    "data",
    [
        {"engine": "gromacs"},
        {"device": "tpu"},
        {"log_period": 0},
        {"frames": -1},
        {"walltime_hours": 0},
        {"walltime_hours": float("inf")},
        {"walltime": 1},
    ],
)
def test_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(data)
