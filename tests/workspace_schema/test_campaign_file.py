"""What the top level of a campaign file may say."""

from __future__ import annotations

import pytest

from workspace_schema.campaign_file import Sample


def test_draws_need_exactly_one_design() -> None:
    for data in ({}, {"sobol": 1, "latin_hypercube": 1}):
        with pytest.raises(ValueError, match="one of latin_hypercube and sobol"):
            Sample.model_validate(data)
