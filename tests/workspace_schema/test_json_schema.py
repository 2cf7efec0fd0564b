"""The JSON Schema for editors agrees with the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from workspace_schema.json_schema import campaign_schema

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
VALIDATOR = jsonschema.Draft202012Validator(campaign_schema())
SYSTEM = {"dimensions": 2, "particles": {"A": 16}}
FORWARD = {"name": "forward", "kT": 0.5, "number_density": 0.8, "steps": 1000}
BASE: dict[str, Any] = {
    "name": "x",
    "system": SYSTEM,
    "potential": {"form": "morse"},
    "method": FORWARD,
}


ROUNDED = {
    "form": "hard_polygon",
    "sides": 4,
    "rounding": {"free": [0.0, 0.5]},
    "design": "ab" * 16,
}


def test_the_committed_file_is_the_export() -> None:
    committed = json.loads((CAMPAIGNS / "campaign.schema.json").read_text())
    assert committed == campaign_schema(), (
        "python init.py --json-schema > campaigns/campaign.schema.json"
    )


def test_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(campaign_schema())


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*.yaml")), ids=lambda file: file.name)
def test_our_campaigns_are_valid(file: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"potential": [{"form": "morse"}, {"form": "lennard_jones", "epsilon": [1, 2]}]},
        {"potential": {"form": "lennard_jones", "epsilon": {"linspace": [1, 2, 3]}}},
        {"potential": {"form": "table", "file": "u.table"}},
        {"potential": {"form": "lennard_jones", "pairs": {"A-B": {"epsilon": [1, 2]}}}},
        {"system": {"dimensions": [2, 3], "particles": {"A": [10, 20], "B": 5}}},
        {"method": FORWARD | {"kT": {"ramp": [1, 0.1]}}},
        {"method": FORWARD | {"kT": [{"ramp": [1, 0.1]}, 0.3], "start": {"file": "a.gsd"}}},
        {"method": [FORWARD, {"name": "imported", "files": "*.gsd"}]},
        {"replicas": 3, "axes": ["method.kT"], "zip": [["a", "b"]], "settings": {"frames": 3}},
        {"sample": {"sobol": 4}},
        {"system": {"dimensions": 2, "particles": {"A": 9}, "building_blocks": {"A": ROUNDED}}},
    ],
)
def test_valid(changes: dict[str, Any]) -> None:
    VALIDATOR.validate(BASE | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a b"},
        {
            "system": {
                "dimensions": 2,
                "building_blocks": {"A": ROUNDED | {"sides": {"free": [3, 5]}}},
            }
        },
        {"system": {"dimensions": 4}},
        {"system": {"dimensions": 2, "particles": {"A": 0}}},
        {"potential": {"epsilon": 1}},
        {"potential": {"form": "lenard_jones"}},
        {"potential": {"form": "lennard_jones", "epsilom": 1}},
        {"potential": {"form": "table", "sha256": "0" * 64}},
        {"method": {"name": "forward"}},
        {"method": FORWARD | {"kT": {"ramp": [1]}}},
        {"method": FORWARD | {"dt": {"linspace": [1, 2]}}},
        {"method": FORWARD | {"dt": []}},
        {"method": {"name": "imported", "sha256": "0" * 64}},
        {"replicas": 0},
        {"settings": {"engine": "gromacs"}},
        {"replica": 1},
    ],
)
def test_refused(changes: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(BASE | changes)
