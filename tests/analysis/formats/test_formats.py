"""Files of other codes and of experiments: the same crystal from every format."""

import numpy as np
import pandas as pd
import pytest
from ase import Atoms
from ase.io import write

from analysis.formats import in_cell, read_configuration, read_contents
from analysis.labelling import label_configuration
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.fixture(scope="module")
def sheared():
    """Two types in a triclinic cell."""
    cell = crystal("CsCl", 4, 1.0)
    cell.box[3:] = 0.25, 0.0, 0.5  # another cell of the same lattice, but for its images
    cell.positions = cell.positions @ np.linalg.inv(np.diag(cell.box[:3])) @ cell.cell
    return with_noise(cell, 0.03, np.random.default_rng(0))


def atoms(configuration, pbc=True):
    symbols = np.array(["H", "He"])[configuration.types]
    shift = 0.5 * configuration.cell.sum(axis=0)
    return Atoms(symbols, configuration.positions + shift, cell=configuration.cell, pbc=pbc)


def same(found, expected):
    assert found.n_particles == expected.n_particles
    assert found.number_density == pytest.approx(expected.number_density, rel=1e-4)
    counts = np.bincount(found.types), np.bincount(expected.types)
    np.testing.assert_array_equal(*counts)
    distances = [np.sort(nearest(each, 8).distances, axis=None) for each in (found, expected)]
    np.testing.assert_allclose(*distances, atol=1e-3)


@pytest.mark.parametrize(
    ("suffix", "style"),
    [
        (".data", {"format": "lammps-data"}),
        (".extxyz", {"format": "extxyz"}),
        (".xyz", {"format": "extxyz"}),
        (".cif", {"format": "cif"}),
        (".vasp", {"format": "vasp"}),
    ],
)
def test_by_ase(tmp_path, sheared, suffix, style):
    path = tmp_path / f"mine{suffix}"
    write(path, atoms(sheared), **style)
    same(read_configuration(path, 3), sheared)


def test_gsd(tmp_path, sheared):
    import gsd.hoomd

    with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w") as file:
        file.append(crystal("sc", 2, 1.0).to_frame(0))
        file.append(sheared.to_frame(1))
    same(read_configuration(tmp_path / "a.gsd", 3), sheared)
    # what is outside the box, which HOOMD-blue would refuse, is brought back and said
    frame = sheared.to_frame()
    frame.particles.position = sheared.positions + 40.0 * sheared.cell[0] * (
        np.arange(sheared.n_particles) == 5
    ).reshape(-1, 1)
    with gsd.hoomd.open(str(tmp_path / "far.gsd"), "w") as file:
        file.append(frame)
    found = read_contents(tmp_path / "far.gsd", 3)
    same(found.frames[0], sheared)
    inside = found.frames[0].positions @ np.linalg.inv(sheared.cell)
    assert np.abs(inside).max() < 0.5 + 1e-4
    assert len(found.notes) == 1
    assert "periods of the box" in found.notes[0]


def test_lammps_dump_has_its_last_frame_read(tmp_path, sheared):
    lx, ly, lz, xy, xz, yz = sheared.box
    tilt = np.array([xy * ly, xz * lz, yz * lz])
    low = np.array([min(0.0, tilt[0], tilt[1], tilt[0] + tilt[1]), min(0.0, tilt[2]), 0.0])
    high = np.array([max(0.0, tilt[0], tilt[1], tilt[0] + tilt[1]), max(0.0, tilt[2]), 0.0])
    bounds = np.stack([low, high + np.array([lx, ly, lz]), tilt], axis=1)
    positions = sheared.positions + 0.5 * sheared.cell.sum(axis=0)
    lines = []
    for step, scale in ((0, 0.5), (10, 1.0)):
        lines += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", str(len(positions))]
        lines += ["ITEM: BOX BOUNDS xy xz yz pp pp pp"]
        lines += [" ".join(f"{scale * value:.10f}" for value in row) for row in bounds]
        lines += ["ITEM: ATOMS id type x y z"]
        lines += [
            f"{i + 1} {t + 1} " + " ".join(f"{scale * value:.8f}" for value in row)
            for i, (t, row) in enumerate(zip(sheared.types, positions, strict=True))
        ]
    path = tmp_path / "run.dump"
    path.write_text("\n".join(lines) + "\n")
    found = read_configuration(path, 3)
    same(found, sheared)
    assert found.type_names == ("A", "B")


def test_pos(tmp_path, sheared):
    matrix = " ".join(f"{value:.10f}" for value in sheared.cell.T.ravel())
    lines = [f"boxMatrix {matrix}", 'def A "sphere 1 ff0000ff"', 'def B "sphere 1 ff00ff00"']
    for kind, row in zip(sheared.types, sheared.positions, strict=True):
        colour = "ff0000ff " if kind else ""
        lines.append(f"{'AB'[kind]} {colour}" + " ".join(f"{value:.8f}" for value in row))
    path = tmp_path / "a.pos"
    path.write_text("\n".join([*lines, "eof"]) * 1 + "\n")
    same(read_configuration(path, 3), sheared)


def test_hoomd_xml(tmp_path, sheared):
    keys = dict(zip(("lx", "ly", "lz", "xy", "xz", "yz"), sheared.box, strict=True))
    box = " ".join(f'{key}="{value:.10f}"' for key, value in keys.items())
    rows = "\n".join(" ".join(map(repr, map(float, row))) for row in sheared.positions)
    kinds = "\n".join("AB"[kind] for kind in sheared.types)
    path = tmp_path / "a.xml"
    path.write_text(
        f'<?xml version="1.0"?><hoomd_xml version="1.5"><configuration dimensions="3"><box {box}/>'
        f"<position>{rows}</position><type>{kinds}</type></configuration></hoomd_xml>"
    )
    same(read_configuration(path, 3), sheared)
    with pytest.raises(ValueError, match=r"has 3 dimensions, system\.dimensions is 2"):
        read_configuration(path, 2)


@pytest.mark.parametrize("header", ["x,y", "id,X (um),Y (um)", "particle\tx_um\ty_um\tmass", None])
def test_particles_tracked_in_an_image(tmp_path, header):
    """A field of view with uneven edges, missing particles and localisation noise."""
    rng = np.random.default_rng(0)
    plane = with_noise(crystal("hexagonal", (28, 16), 1.0), 0.06, rng).positions[:, :2]
    edge = 12.0 + 0.5 * np.sin(3.0 * np.arctan2(plane[:, 1], plane[:, 0]))
    plane = plane[(np.linalg.norm(plane, axis=1) < edge) & (rng.random(len(plane)) > 0.02)]
    columns = {"x": plane[:, 0] * 3.1 + 400, "y": plane[:, 1] * 3.1 + 250}
    table = pd.DataFrame(columns)
    path = tmp_path / "field.csv"
    if header is None:
        table.to_csv(path, header=False, index=False)
    else:
        separator = "\t" if "\t" in header else ","
        names = header.split(separator)
        wide = pd.DataFrame(0, index=table.index, columns=names)
        wide[next(n for n in names if n.lower().startswith("x"))] = table["x"]
        wide[next(n for n in names if n.lower().startswith("y"))] = table["y"]
        wide.to_csv(path, sep=separator, index=False)
    found = read_configuration(path, 2)
    assert found.n_particles == len(plane)
    assert not found.periodic
    assert label_configuration(found).label == "hexagonal"


def test_of_several_frames_the_last(tmp_path):
    pd.DataFrame(
        {"x": [0, 1, 0, 5], "y": [0, 0, 0, 0], "z": [0, 0, 1, 2], "frame": [0, 0, 1, 1]}
    ).to_csv(tmp_path / "a.csv", index=False)
    found = read_configuration(tmp_path / "a.csv", 3)
    assert found.n_particles == 2
    assert np.ptp(found.positions[:, 0]) == 5


def test_a_slab_is_periodic_in_its_plane_only(tmp_path):
    slab = crystal("sc", 6, 1.0)
    write(tmp_path / "slab.extxyz", atoms(slab, pbc=(True, True, False)))
    found = read_configuration(tmp_path / "slab.extxyz", 3)
    np.testing.assert_allclose(found.box[:2], 6.0)
    assert found.box[2] > 9.9


def test_a_cell_of_any_orientation():
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    start = with_noise(crystal("diamond", 3, 1.0), 0.02, rng)
    found = in_cell(
        (start.positions + 7.0) @ turn.T, start.cell @ turn.T, ["A"] * start.n_particles, 3
    )
    same(found, start)


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "a.cif").write_text("nonsense")
    with pytest.raises(ValueError, match=r"a\.cif cannot be read as \.cif"):
        read_configuration(tmp_path / "a.cif", 3)
    (tmp_path / "a.csv").write_text("u,v,x\n1,2,3\n")
    with pytest.raises(ValueError, match=r"expected x, y"):
        read_configuration(tmp_path / "a.csv", 2)
    with pytest.raises(FileNotFoundError):
        read_configuration(tmp_path / "none.gsd", 3)
