"""What differs between releases of HOOMD-blue."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import TypeAdapter

from operations.engines import EngineError, Integration, Sampling, Segment, choose, wanted
from operations.engines import hoomd_release as release
from operations.engines import hoomd_simulation as simulation
from operations.engines.hoomd import Hoomd
from operations.engines.hpmc import RETUNE, Hpmc
from operations.engines.hpmc_moves import FIRST
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from tests.operations.engines.test_choice import NVT, model
from workspace_schema.building_blocks import AnyBuildingBlock


def test_a_release_is_two_numbers() -> None:
    assert release.release_of("7.1.1") == (7, 1)
    assert release.release_of("v5.0.0rc1") == (5, 0)
    assert release.release_of("trunk") == (0, 0)


def test_only_a_release_newer_than_those_that_were_run_is_warned_of_and_once(capsys) -> None:
    release.warn_of.cache_clear()
    for version in ("4.8.2", "7.1.1", "7.1.1", "8.0.0"):
        release.warn_of(version)
    tested, newer = capsys.readouterr().err.splitlines()
    assert "HOOMD-blue 7.1.1 is newer than 4.8" in tested
    assert "its changes up to 7.2 were read" in tested
    assert "nothing is known of it" in newer


@pytest.mark.parametrize(("version", "turns"), [("4.8.2", 0), ("6.1.1", 0), ("7.0.0", 7)])
def test_sizes_of_turns_have_another_meaning_since_7_in_three_dimensions(version, turns) -> None:
    assert release.turns_since(version, 3) == turns
    assert release.turns_since(version, 2) == 0


class BoxMoves:
    def __init__(self, trigger, P):
        self.P = P


class OldBoxMoves:
    def __init__(self, trigger, betaP):
        self.betaP = betaP


def test_the_pressure_of_box_moves_has_the_name_of_the_release() -> None:
    for kind, name in ((BoxMoves, "P"), (OldBoxMoves, "betaP")):
        box = kind(None, 1.0)
        release.set_pressure(box, 2.5)
        assert vars(box) == {name: 2.5}


@pytest.mark.hoomd
def test_box_moves_of_the_release_here_take_a_pressure() -> None:
    import hoomd

    box = release.box_moves(hoomd.trigger.Periodic(2))
    release.set_pressure(box, 2.5)
    assert getattr(box, release._pressure_of(type(box)))(0) == 2.5


@pytest.mark.hoomd
def test_springs_of_5_are_one_of_several_external_potentials(monkeypatch) -> None:
    import hoomd

    mc = SimpleNamespace(external_potentials=[])
    monkeypatch.setattr(hoomd.hpmc.external, "Harmonic", dict, raising=False)
    release.add_harmonic(mc, k_translational=2.0)
    assert vars(mc) == {"external_potentials": [{"k_translational": 2.0}]}


@pytest.mark.hoomd
def test_walls_are_where_a_release_has_them(monkeypatch) -> None:
    import hoomd

    mc, external = SimpleNamespace(external_potentials=[]), hoomd.hpmc.external
    monkeypatch.setattr(external, "WallPotential", list, raising=False)
    release.add_walls(mc, ["below", "above"])
    assert vars(mc) == {"external_potentials": [["below", "above"]]}
    monkeypatch.delattr(external, "WallPotential")
    taken = SimpleNamespace(external_potential="springs")
    with pytest.raises(EngineError, match="takes springs or walls, not both; expected 5"):
        release.add_walls(taken, [])
    assert taken.external_potential == "springs"
    monkeypatch.delattr(external, "wall")
    with pytest.raises(EngineError, match="has no walls for hard bodies"):
        release.add_walls(mc, [])


@pytest.mark.hoomd
def test_cluster_moves_have_the_name_of_the_release(monkeypatch) -> None:
    import hoomd

    for name in ("Clusters", "GCA"):
        monkeypatch.setattr(
            hoomd.hpmc.update, name, lambda name=name, **of: (name, of), raising=False
        )
        assert release.cluster_moves(3) == (name, {"pivot_move_probability": 1.0, "trigger": 3})


CUBE = TypeAdapter(AnyBuildingBlock).validate_python({"form": "hard_polyhedron", "name": "cube"})


@pytest.mark.hoomd
def test_sizes_of_turns_of_another_release_are_found_again(capsys) -> None:
    from operations.interactions.start import lattice

    hpmc = Hpmc(Model(3, ("A",), blocks={"A": CUBE}), Integration("nvt"), 7, "cpu")
    hpmc._turns_since = 7
    state = hpmc.begin(lattice("sc", {"A": 64}, 3, 0.5, np.random.default_rng(1)))
    segment, sampling = Segment(0, 12_000, (1.0, 1.0)), Sampling(1000, 0, 12_000)
    same = hpmc.run(state, segment, 1000, sampling).state
    assert same["moves"].tolist() == FIRST.tolist()
    old = state | {"moves": np.array([0.3, 1e-3, 0.01, 0.01, 0.01]), "turns": np.asarray(0)}
    begun = hpmc.run(old, segment, 1000, sampling).state
    assert "are found again until sweep 5000" in capsys.readouterr().err
    assert int(begun["retune_until"]) == RETUNE
    assert begun["moves"][1] > 0.05
    tuned = hpmc.run(begun, segment, 6000, sampling).state
    mc = hpmc._live.simulation.operations.integrator
    after = hpmc.run(tuned, segment, 12_000, sampling).state
    assert np.array_equal(tuned["moves"], after["moves"])
    accepted, rejected = mc.rotate_moves
    assert 0.2 < accepted / (accepted + rejected) < 0.42
    assert capsys.readouterr().err == ""


@pytest.mark.hoomd
def test_a_finished_run_of_another_release_gives_all_sizes_but_those_of_turns() -> None:
    hpmc = Hpmc(Model(3, ("A", "B"), blocks={"A": CUBE, "B": CUBE}), Integration("nvt"), 7, "cpu")
    hpmc._turns_since = 7
    sizes = {"translation": 0.03, "rotation.A": 0.02, "volume": 0.001}
    for version, first, turns in (("6.1.1", 0.02, 0), ("7.0.0", 0.02, 7)):
        state = hpmc.with_move_sizes({}, sizes, version)
        assert state["moves"].tolist() == [0.03, 0.03, first, 0.2, 0.001, 0.01, 0.01]
        assert int(state["turns"]) == turns
        assert hpmc.move_sizes(state) == {
            "translation.A": 0.03,
            "translation.B": 0.03,
            "rotation.A": 0.02,
            "rotation.B": 0.2,
        }


# -- devices ------------------------------------------------------------------------------------


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "gpu_present", lambda: False)
    monkeypatch.setattr(simulation, "no_gpu", lambda: "it is a build for the CPU only")


@pytest.mark.hoomd
def test_a_gpu_and_a_build_for_the_cpu_is_said(without_gpu) -> None:
    with pytest.raises(EngineError, match="device: gpu, but it is a build for the CPU only"):
        Hoomd(model("Hoomd"), NVT, 1, "gpu")
    with pytest.raises(EngineError, match="LAMMPS runs on the CPU here; it is a build for"):
        Lammps(model("Hoomd"), NVT, 1, "gpu")


@pytest.mark.hoomd
def test_no_gpu_names_its_reason() -> None:
    import hoomd

    if not hoomd.version.gpu_enabled:
        assert "a build for the CPU only" in simulation.no_gpu()


@pytest.mark.hoomd
@pytest.mark.parametrize("name", simulation.HELD)
def test_a_gpu_that_a_job_holds_is_not_left_idle(without_gpu, monkeypatch, name) -> None:
    monkeypatch.setenv(name, "2")
    for begin in (
        lambda: choose("auto", model("Hoomd"), NVT),
        lambda: wanted({}, model("Hoomd"), NVT),
        lambda: Hoomd(model("Hoomd"), NVT, 1, "auto"),
    ):
        with pytest.raises(EngineError, match=rf"\({name}=2\) would be idle: it is a build") as e:
            begin()
        assert "set device: cpu" in str(e.value)
    assert choose("auto", model("Hoomd"), NVT, "cpu").name == "lammps"
    assert wanted({"device": "cpu"}, model("Hoomd"), NVT).name == "lammps"
    assert choose("lammps", model("Hoomd"), NVT).name == "lammps"
    assert Hoomd(model("Hoomd"), NVT, 1, "cpu").device == "cpu"
    for value in simulation.NONE_HELD:
        monkeypatch.setenv(name, value)
        assert choose("auto", model("Hoomd"), NVT).name == "lammps"
