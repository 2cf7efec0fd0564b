"""A potential of three bodies, learned from its forces, runs in the engine as what it came from."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pytest

import init
from analysis.configuration import Configuration
from analysis.descriptors.radial_distribution import radial_distribution
from operations.engines import EngineError, Integration, Sampling, Segment, choose
from operations.engines.descriptors import LammpsDescriptors
from operations.engines.lammps import Lammps
from operations.interactions.many_body import ManyBody, smallest_distances
from operations.interactions.model import Model
from operations.interactions.spline_rows import SplineRows
from operations.interactions.start import thermal_velocities
from operations.jobs import trajectory
from operations.jobs.driver import run
from operations.training import fit_potential
from operations.training.reference_runs import points
from workspace_schema.interactions import Interactions
from workspace_schema.potentials.pod import PodBasis
from workspace_schema.potentials.uf3 import Uf3Basis
from workspace_schema.system import System

SYSTEM = System.model_validate({"dimensions": 3, "particles": {"A": 64}})
LENGTH = (64 / 0.46) ** (1 / 3)
# Stillinger and Weber, Phys. Rev. B 31, 5262 (1985), in its own units
SILICON = "A A A 1 1 1.8 21 1.2 -0.333333333333 7.049556277 0.6022245584 4 0 0\n"


def silicon(steps: int, period: int, kT: float) -> list[Configuration]:
    """Frames of Stillinger and Weber's silicon with their forces, by LAMMPS' own class."""
    assert Lammps.missing() is None
    lmp, found, half = Lammps._open(), [], 0.5 * LENGTH
    with NamedTemporaryFile("w", suffix=".sw") as file:
        file.write(SILICON)
        file.flush()
        for line in (
            "units lj",
            "lattice diamond 0.46",
            f"region box block {-half} {half} {-half} {half} {-half} {half} units box",
            "create_box 1 box",
            "create_atoms 1 box",
            "mass 1 1.0",
            "pair_style sw",
            f"pair_coeff * * {file.name} A",
            "velocity all create 0.4 1",
            "fix move all nve",
            f"fix heat all temp/csvr {kT} {kT} 0.5 2",
            "timestep 0.005",
            "run 1500",
        ):
            lmp.command(line)
    assert lmp.get_natoms() == 64
    for _ in range(steps // period):
        lmp.command(f"run {period}")
        n = lmp.extract_global("nlocal")
        order = np.argsort(lmp.numpy.extract_atom("id")[:n])
        x, f = (lmp.numpy.extract_atom(name)[:n][order].copy() for name in ("x", "f"))
        x -= LENGTH * np.rint(x / LENGTH)
        box = np.array([LENGTH] * 3 + [0.0] * 3)
        found.append(Configuration(x, box, 3, np.zeros(n), forces=f))
    lmp.close()
    return found


@pytest.fixture(scope="module")
def frames() -> list[Configuration]:
    """Of the liquid."""
    return silicon(steps=3000, period=100, kT=0.12)


def written(frames: list[Configuration], file: Path, forces: bool = True) -> Path:
    """The same as extended XYZ."""
    lines = []
    for frame in frames:
        cell = " ".join(map(repr, frame.cell.ravel().tolist()))
        what = "species:S:1:pos:R:3" + ":forces:R:3" * forces
        lines += [f"{frame.n_particles}", f'Lattice="{cell}" Properties={what} pbc="T T T"']
        rows = np.column_stack([frame.positions, frame.forces]) if forces else frame.positions
        names = np.array(frame.type_names)[frame.types]
        lines += [
            f"{name} {' '.join(map(repr, row))}"
            for name, row in zip(names, rows.tolist(), strict=True)
        ]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def fit(frames: list[Configuration], tmp_path_factory: pytest.TempPathFactory):
    """Files of fits to them, by the command."""
    folder = tmp_path_factory.mktemp("fit")
    xyz = str(written(frames, folder / "a.xyz"))

    @cache
    def fitted(form: str, *words: str) -> Path:
        file = folder / f"{form}{len(words)}.json"
        fit_potential.main([form, xyz, "--out", str(file), "--r-cut", "1.8", *words])
        return file

    return fitted


@pytest.fixture
def fitted(fit) -> Path:
    """The file of proper orthogonal descriptors."""
    return fit("pod")


def model_of(file: Path) -> Model:
    form = next(name for name in fit_potential.CONTENTS if file.name.startswith(name))
    potential = Interactions.model_validate({"form": form, "file": file.name})
    stored = potential.stored(file.parent, file.parent)
    return Model.of(SYSTEM, stored, file.parent)


def engine(file: Path) -> Lammps:
    model = model_of(file)
    assert choose("auto", model, Integration("nvt", 0.005)) is Lammps
    return Lammps(model, Integration("nvt", 0.005), 1)


@pytest.mark.parametrize(
    ("form", "words", "error", "unseen"),
    [
        ("pod", (), 0.03, 0.06),
        ("snap", ("--twice-j", "4"), 0.11, 0.12),
        ("uf3", ("--two-body", "24", "--three-body", "6"), 0.07, 0.08),
        ("uf3", ("--three-body", "0"), 0.7, 0.7),
    ],
)
def test_the_forces_of_three_bodies_are_recovered(frames, fit, form, words, error, unseen):
    """By LAMMPS, what the fit says; pairs alone do not do."""
    file = fit(form, *words)
    data = fit_potential.CONTENTS[form].read(file)
    assert data.fit.rms_force == pytest.approx(1.5, rel=0.15)
    assert data.fit.rms_error < error * data.fit.rms_force
    assert (data.fit.rms_error_left_out or 0.0) < unseen * data.fit.rms_force
    if "0" in words:
        assert data.fit.rms_error > 0.6 * data.fit.rms_force
    found = engine(file)
    errors = [found.energy_and_forces(frame)[1] - frame.forces for frame in frames]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(data.fit.rms_error, rel=1e-4)


def test_a_network_is_trained(frames, tmp_path):
    """The same seed gives the same weights; more steps are better."""
    pytest.importorskip("torch")
    basis = fit_potential.LearnedBasis(r_in=0.8, r_cut=1.8, radial=8, channels=8, hidden=8)
    some = frames[::6]
    fits = [
        fit_potential.fit(some, "learned", basis, blocks, steps, seed=3)
        for blocks, steps in ((1, 20), (1, 20), (1, 1))
    ]
    np.testing.assert_allclose(fits[0].coefficients, fits[1].coefficients, rtol=1e-6, atol=1e-9)
    assert fits[0].fit.rms_error < 0.8 * fits[2].fit.rms_error < 0.3 * fits[2].fit.rms_force
    file = tmp_path / "learned.json"
    file.write_text(fits[0].text())
    found = engine(file)
    errors = [found.energy_and_forces(frame)[1] - frame.forces for frame in some]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(fits[0].fit.rms_error, rel=1e-6)


def test_blocks_are_left_out_as_a_whole(frames):
    """Of each frame five times over, one of five copies would be as good as seen."""
    basis = PodBasis(r_in=0.5, r_cut=1.8, two_body=4, three_body=2, three_body_degree=2)
    a, b = frames[0], frames[-1]
    fits = [fit_potential.fit([one], "pod", basis, blocks=1) for one in (a, b)]
    assert fits[0].fit.rms_error_left_out is None
    errors = [
        LammpsDescriptors(basis, ("A",)).forces(other) @ one.coefficients - np.ravel(other.forces)
        for one, other in zip(fits, (b, a), strict=True)
    ]
    both = fit_potential.fit([a] * 5 + [b] * 5, "pod", basis, blocks=2).fit
    assert both.blocks == 2
    assert both.rms_error_left_out == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-6)
    assert (both.rms_error_left_out or 0.0) > 1.02 * both.rms_error
    assert fit_potential.fit([a, b], "pod", basis).fit.blocks == 2  # no more than there are frames


@pytest.mark.parametrize("form", ["pod", "snap", "uf3"])
def test_forces_are_minus_the_slope_of_the_energy(frames, fit, form):
    words = {"snap": ("--twice-j", "4"), "uf3": ("--two-body", "24", "--three-body", "6")}
    found, h = engine(fit(form, *words.get(form, ()))), 1e-5
    frame = frames[0]
    forces = found.energy_and_forces(frame)[1]
    for axis in range(3):
        energies = []
        for shift in (h, -h):
            x = frame.positions.copy()
            x[7, axis] += shift
            moved = Configuration(x, frame.box, 3, frame.types)
            energies.append(found.energy_and_forces(moved)[0])
        assert forces[7, axis] == pytest.approx((energies[1] - energies[0]) / (2 * h), abs=1e-4)


def test_a_run_that_is_resumed_equals_one_that_is_not(frames, fitted):
    start = Configuration(
        frames[-1].positions, frames[-1].box, 3, frames[-1].types, velocities=np.zeros((64, 3))
    )
    segment, sampling = Segment(0, 60, (0.1, 0.1)), Sampling(10, 0, 60)
    one, other = engine(fitted), engine(fitted)
    state = one.begin(start)
    half = one.run(state, segment, 30, sampling)
    whole = one.run(half.state, segment, 60, sampling).samples
    resumed = other.run(half.state, segment, 60, sampling).samples
    np.testing.assert_array_equal(whole, resumed)


def test_only_lammps_runs_it(fitted):
    model = engine(fitted)._model
    with pytest.raises(EngineError, match=r"hoomd: cannot do many_body; set engine: lammps"):
        choose("hoomd", model, Integration("nvt", 0.005))


def test_a_campaign_runs_with_it_and_counts_frames_outside_of_the_fit(fitted, tmp_path):
    data = json.loads(fitted.read_text())
    closest = data["smallest_distances"]["A-A"]
    outside = []
    # nothing liquid keeps 1.2 apart
    for name, least, density in (
        ("fit", closest, 0.46),
        ("wide", 1.2, 0.46),
        ("dense", closest, 0.9),
    ):
        data["smallest_distances"]["A-A"] = least
        data["fit"]["number_densities"] = [density, density]
        (tmp_path / f"{name}.pod").write_text(json.dumps(data))
        (tmp_path / f"{name}.yaml").write_text(
            f"{{name: {name}, system: {{dimensions: 3, particles: {{A: 64}}}},"
            f" potential: {{form: pod, file: {name}.pod}},"
            " method: {name: forward, ensemble: nvt, number_density: 0.46, kT: 0.1, steps: 300},"
            " settings: {frames: 3}}"
        )
        root = tmp_path / name
        init.main([str(tmp_path / f"{name}.yaml"), "--root", str(root)])
        (folder,) = (root / "workspace").iterdir()
        assert (folder / ".cpu").exists()
        run(folder, root, {"frames": 3}, "forward")
        result = json.loads((folder / "result.json").read_text())
        assert result["engine"] == "lammps"
        assert result["fit"]["rms_error"] == data["fit"]["rms_error"]
        seen = trajectory.read(folder / "trajectory.gsd")
        close = [smallest_distances(frame, ("A",), 1.8)["A-A"] < least for frame in seen]
        outside.append(result["frames_outside_fit"])
        assert outside[-1] == (sum(close) if density == 0.46 else 3)
    assert outside[1] == 3


@pytest.mark.parametrize(
    ("form", "numbers", "size"),
    [
        ("pod", {"r_in": 0.5, "two_body": 8, "three_body": 4, "three_body_degree": 4}, 154),
        ("snap", {"twice_j": 4, "order": 1}, 2 * 14 * 8),
        ("uf3", {"two_body": 15, "three_body": 4, "three_body_r_cut": 1.7}, 45 + 8 * (40 + 32)),
    ],
)
def test_two_types_have_their_own_forces(frames, form, numbers, size):
    """Every other particle of the same liquid called B, and pulled about by another potential: what
    LAMMPS makes of the file are the forces that the fit has."""
    lennard_jones = points("lennard_jones", (("epsilon", 0.05), ("r_cut", 1.7)), (1.0, 0.8))
    pull = Lammps(lennard_jones, Integration("nve", 0.005), 1)
    mixed = []
    for frame in frames[::5]:
        two = Configuration(frame.positions, frame.box, 3, np.arange(64) % 2, ("A", "B"))
        two.forces = frame.forces + pull.energy_and_forces(two)[1]
        mixed.append(two)
    kind = fit_potential.CONTENTS[form].model_fields["basis"].annotation
    basis = kind(r_cut=1.8, **numbers)
    data = fit_potential.fit(mixed, form, basis, blocks=1)
    assert len(data.coefficients) == basis.size(2) == size
    assert data.fit.rms_error < 0.3 * data.fit.rms_force
    found = Lammps(Model(3, ("A", "B"), many_body=ManyBody(data)), Integration("nve", 0.005), 1)
    errors = [found.energy_and_forces(frame)[1] - frame.forces for frame in mixed]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(data.fit.rms_error, rel=1e-4)


@pytest.mark.parametrize(
    ("n", "words", "said"),
    [
        (0, [], "has no forces in frame 0"),
        (
            1,
            ["--three-body", "20", "--three-body-degree", "12"],
            "192 components of forces for 271",
        ),
        (3, ["--r-cut", "0.5"], "no two particles A-A are closer than r_cut = 0.5"),
        (3, ["--r-in", "2"], "r_in is 2; expected less than r_cut"),
        (3, ["--blocks", "0"], "blocks: got 0; expected at least 1"),
    ],
)
def test_what_cannot_be_fitted_is_said(frames, tmp_path, n, words, said):
    file = written(frames[: n or 3], tmp_path / "a.xyz", forces=n > 0)
    with pytest.raises(SystemExit) as error:
        fit_potential.main(
            ["pod", str(file), "--out", str(tmp_path / "a.pod"), "--r-cut", "1.8", *words]
        )
    assert said in str(error.value)
    assert not (tmp_path / "a.pod").exists()


def test_what_no_file_could_hold_is_said_before_the_fit(frames, monkeypatch):
    basis = PodBasis(r_in=0.5, r_cut=1.8, two_body=4, three_body=2, three_body_degree=2)
    tiny = np.append(1e-33, np.ones(basis.size(1) - 1))
    monkeypatch.setattr(fit_potential.LeastSquares, "solved", lambda self, blocks: tiny.copy())
    assert fit_potential.fit(frames[:1], "pod", basis).coefficients[:2] == (0.0, 1.0)
    monkeypatch.delattr(fit_potential, "LeastSquares")
    one = frames[0]
    on_each_other = Configuration(one.positions.copy(), one.box, 3, one.types, forces=one.forces)
    on_each_other.positions[1] = on_each_other.positions[0]
    with pytest.raises(ValueError, match=r"smallest_distances\.A-A"):
        fit_potential.fit([on_each_other], "pod", basis)
    with pytest.raises(ValueError, match=r"9882 coefficients; expected at most 4000: lower two"):
        SplineRows(Uf3Basis(r_cut=1.8), 3)


@cache
def structure() -> np.ndarray:
    """g(r) of Stillinger and Weber's potential at kT = 0.12."""
    each = silicon(steps=24_000, period=50, kT=0.12)[40:]
    return np.mean([radial_distribution(frame, 2.5, 50)[1] for frame in each], axis=0)


@pytest.mark.physical_validation
@pytest.mark.parametrize("form", fit_potential.CONTENTS)
def test_the_liquid_has_the_same_structure(frames, fit, form):
    """g(r) of 64 particles at kT = 0.12, of the fit and of what it was fitted to."""
    if form == "learned":
        pytest.importorskip("torch")
    begin = time.process_time()
    file = fit(form, *(("--blocks", "1") if form == "learned" else ()))
    spent = time.process_time() - begin
    data = fit_potential.CONTENTS[form].read(file)
    print(f"{form}: {len(data.coefficients)} coefficients in {spent:.1f} s; {data.fit}")
    # that of uf3 scatters most, and costs least: in 3500 steps by 0.139
    steps = 20_000 if form == "uf3" else 8000
    start, liquid, kT = frames[-1], engine(file), (0.12, 0.12)
    start.velocities = thermal_velocities(64, 3, kT[0], np.random.default_rng(3))
    segment, sampling = Segment(0, steps, kT), Sampling(20, 20, steps)
    begin = time.process_time()
    chunk = liquid.run(liquid.begin(start), segment, steps, sampling)
    own = time.process_time() - begin
    pair = Lammps(points("lennard_jones", ()), Integration("nvt", 0.005), 1)
    begin = time.process_time()
    pair.run(pair.begin(start), segment, steps, sampling)
    each = np.array([own, time.process_time() - begin]) / steps / 64 * 1e6
    print(f"µs a particle and step: {each[0]:.3g}, of Lennard-Jones {each[1]:.3g}")
    ours = [frame for step, frame in chunk.frames if step > 500]
    found = np.mean([radial_distribution(frame, 2.5, 50)[1] for frame in ours], axis=0)
    apart = np.abs(found - structure())
    print(f"largest {structure().max():.3f}, difference {apart.max():.3f}, rms {apart.std():.3f}")
    assert structure().max() > 1.8
    assert apart.max() < 0.12
