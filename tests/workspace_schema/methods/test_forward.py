"""Parameters of forward simulations."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical, extents
from workspace_schema.methods.forward import Forward
from workspace_schema.system import System

NVT: dict[str, Any] = {"name": "forward", "kT": 1, "number_density": 0.8, "steps": 1000}
SHA = "0" * 64


def forward(**changes: Any) -> Forward:
    return Forward.model_validate(NVT | changes)


def test_canonical_form_has_exactly_what_the_ensemble_knows() -> None:
    common = {
        "name": "forward",
        "kT": 1.0,
        "number_density": 0.8,
        "start": "random",
        "dt": 0.005,
        "equilibration_steps": 0,
        "steps": 1000,
    }
    bath = {"thermostat": "bussi", "thermostat_time": 0.5}
    assert canonical(forward()) == common | bath | {"ensemble": "nvt"}
    assert canonical(forward(ensemble="nve")) == common | {"ensemble": "nve"}
    assert canonical(forward(ensemble="npt", pressure=2)) == common | bath | {
        "ensemble": "npt",
        "pressure": 2.0,
        "cell": "isotropic",
        "barostat_time": 5.0,
    }


def test_canonical_form_reads_as_itself() -> None:
    for method in (
        forward(),
        forward(ensemble="nve"),
        forward(ensemble="npt", pressure=[1, 2, 2], kT=[2, 1]),
        forward(start={"sha256": SHA}),
    ):
        assert Forward.model_validate(canonical(method)) == method


def test_production_is_an_extent() -> None:
    assert canonical(forward(production_steps=7)) == canonical(forward())
    assert extents(forward(production_steps=7)) == {"production_steps": 7}


def test_a_start_file_needs_no_density() -> None:
    data = {key: value for key, value in NVT.items() if key != "number_density"}
    assert Forward.model_validate(data | {"start": {"sha256": SHA}}).number_density is None
    with pytest.raises(ValidationError, match="number_density is missing"):
        Forward.model_validate(data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kT": 0}, "greater than 0"),
        ({"kT": [1, -1]}, "greater than 0"),
        ({"kT": [1, 0.5], "ensemble": "nve"}, "constant energy"),
        ({"ensemble": "npt"}, "expected a pressure"),
        ({"pressure": 1}, "no meaning in the ensemble nvt"),
        ({"cell": "flexible"}, "no meaning in the ensemble nvt"),
        ({"barostat_time": 1}, "no meaning in the ensemble nvt"),
        ({"ensemble": "nve", "thermostat": "bussi"}, "no meaning in the ensemble nve"),
        ({"ensemble": "nph"}, "'nvt', 'npt' or 'nve'"),
        ({"thermostat": "nose"}, "'bussi' or 'langevin'"),
        ({"thermostat_time": 0}, "greater than 0"),
        ({"number_density": -1}, "greater than 0"),
        ({"dt": 0}, "greater than 0"),
        ({"steps": 0}, "greater than or equal to 1"),
        ({"steps": 1.5}, "valid integer"),
        ({"steps": True}, "boolean"),
        ({"steps": 10**30}, "less than or equal"),
        ({"equilibration_steps": -1}, "greater than or equal to 0"),
        ({"start": "crystal"}, "'random'"),
        ({"start": {"sha256": "abc"}}, "match pattern"),
        ({"temperature": 1}, "Extra inputs"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        forward(**changes)


def test_fits_the_system() -> None:
    square = System(dimensions=2, particles={"A": 4})
    cube = System(dimensions=3, particles={"A": 4})
    cluster = System(dimensions=3, boundary="open", particles={"A": 4})
    forward(start="hexagonal").check_system(square)
    forward(start="fcc").check_system(cube)
    forward().check_system(cluster)
    with pytest.raises(ValueError, match="'fcc' is a lattice in 3 dimensions"):
        forward(start="fcc").check_system(square)
    with pytest.raises(ValueError, match="'square' is a lattice in 2 dimensions"):
        forward(start="square").check_system(cube)
    with pytest.raises(ValueError, match="npt needs a box"):
        forward(ensemble="npt", pressure=0).check_system(cluster)
