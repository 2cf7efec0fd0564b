"""Which class is taken for a model, and what a refusal says."""

from __future__ import annotations

import inspect

import pytest

from operations import engines
from operations.engines import (
    CAPABILITIES,
    ENGINES,
    Engine,
    EngineError,
    Integration,
    choose,
    engine_classes,
)
from operations.interactions.external import PlaneWave
from operations.interactions.model import Model
from workspace_schema.interactions import Interactions
from workspace_schema.system import System

LJ = Interactions.model_validate({"form": "lennard_jones"})
NVT = Integration("nvt", 0.005)
SWEEPS = Integration("nvt")
BLOCKS = {
    "Hoomd": None,
    "HoomdBodies": {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]},
    "HoomdAnisotropic": {"form": "gay_berne", "length": 3.0},
    "Hpmc": {"form": "hard_sphere"},
}


def model(kind: str, **more) -> Model:
    blocks = {"building_blocks": {"A": BLOCKS[kind]}} if BLOCKS[kind] else {}
    system = {"dimensions": 3, "particles": {"A": 8}} | blocks | more
    return Model.of(System.model_validate(system), LJ if kind in ("Hoomd", "HoomdBodies") else None)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every engine is there, no GPU is."""
    monkeypatch.setattr("operations.engines.hoomd_simulation.gpu_present", lambda: False)
    for name in ENGINES:
        for kind in engine_classes(name):
            monkeypatch.setattr(kind, "missing", staticmethod(lambda: None))


def test_every_class_has_the_verbs_of_the_protocol_and_known_capabilities() -> None:
    verbs = [verb for verb in vars(Engine) if not verb.startswith("_") or verb == "__init__"]
    assert {"begin", "run", "compress", "configuration", "energy_and_forces"} < set(verbs)
    every = [(name, kind) for name in ENGINES for kind in engine_classes(name)]
    for name, kind in every:
        assert kind.name == name
        assert kind.capabilities <= set(CAPABILITIES)
        compresses = any(name.startswith("compression_to") for name in kind.capabilities)
        assert hasattr(kind, "compress") == compresses
        for verb in verbs if compresses else [verb for verb in verbs if verb != "compress"]:
            expected = inspect.getattr_static(Engine, verb)
            if inspect.isfunction(expected):
                found = inspect.signature(getattr(kind, verb)).parameters
                assert list(found) == list(inspect.signature(expected).parameters), verb


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("ensemble", ["nvt", "npt"])
def test_the_class_that_can_do_it(installed, kind, ensemble) -> None:
    integration = Integration(ensemble, 0.0 if kind == "Hpmc" else 0.005, cell="flexible")
    assert choose("hoomd", model(kind), integration).__name__ == kind
    expected = "Lammps" if kind == "Hoomd" else kind
    assert choose("auto", model(kind), integration).__name__ == expected


def test_auto_takes_hoomd_where_there_is_a_gpu_and_it_can(installed, monkeypatch) -> None:
    monkeypatch.setattr("operations.engines.hoomd_simulation.gpu_present", lambda: True)
    assert choose("auto", model("Hoomd"), NVT).__name__ == "Hoomd"
    assert choose("auto", model("Hoomd", boundary="open"), NVT).__name__ == "Lammps"


@pytest.mark.parametrize(
    ("name", "what", "integration", "reason"),
    [
        ("lammps", model("HoomdBodies"), NVT, "lammps: cannot do rigid_bodies; set engine: hoomd"),
        ("lammps", model("Hpmc"), SWEEPS, "do hard_particles, monte_carlo; set engine: hoomd"),
        ("hoomd", model("Hoomd", boundary="open"), NVT, "do open_boundary; set engine: lammps"),
        ("hoomd", model("Hpmc"), Integration("nve"), "hoomd: cannot do nve$"),
        ("hoomd", model("Hpmc"), NVT, "hoomd: cannot do molecular_dynamics$"),
        (
            "auto",
            Model(3, ("A",), blocks=model("Hpmc").blocks, external=(PlaneWave(1.0, (1, 0, 0)),)),
            SWEEPS,
            "hoomd: cannot do external_terms$",
        ),
    ],
)
def test_a_refusal_says_what_is_lacking_and_who_has_it(
    installed, name, what, integration, reason
) -> None:
    with pytest.raises(EngineError, match=reason):
        choose(name, what, integration)


def test_what_is_not_installed_is_named(installed, monkeypatch) -> None:
    kind = engines.engine_classes("hoomd")[1]
    monkeypatch.setattr(kind, "missing", staticmethod(lambda: "it is not installed"))
    with pytest.raises(EngineError, match="cannot do rigid_bodies; hoomd: it is not installed"):
        choose("auto", model("HoomdBodies"), NVT)
